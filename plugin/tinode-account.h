/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-account.h: one signed-in (or signing-in) account. The place where session, receipt engine
 * and libpurple's connection are introduced to each other; what they say to each other is in
 * tinode-receipts.c (engine) and tinode-events.c (session).
 *
 * Lives from login() to close(): libpurple's connection owns it through proto_data. Everything here
 * is called from the main loop.
 */
#ifndef TINODE_ACCOUNT_H
#define TINODE_ACCOUNT_H

#include <account.h>
#include <connection.h>

#include "protocol/tn-session.h"
#include "receipts/receipts.h"
#include "tinode-timer.h"

G_BEGIN_DECLS

#define TINODE_PRPL_ID "prpl-tinode"

/* Account options: libpurple's keys and defaults. Kept for good. */
#define TINODE_OPTION_SERVER          "server"
#define TINODE_OPTION_TLS             "tls"
#define TINODE_OPTION_CA_FILE         "ca-file"
#define TINODE_OPTION_API_KEY         "api-key"
#define TINODE_OPTION_SEND_READ       "send-read"
#define TINODE_OPTION_SEND_DELIVERED  "send-delivered"
#define TINODE_OPTION_SEEN_AFTER_MS   "seen-after-ms"
#define TINODE_OPTION_ATTENTION       "attention"
#define TINODE_OPTION_SYNC_LIMIT      "sync-limit"
#define TINODE_OPTION_SYNC_BACKGROUND "sync-background"
#define TINODE_OPTION_RECEIPT_LINES   "receipt-lines"
#define TINODE_OPTION_HISTORY         "history"

#define TINODE_DEFAULT_SERVER        "sandbox.tinode.co"
#define TINODE_DEFAULT_TLS           "required"
#define TINODE_DEFAULT_API_KEY       "AQEAAAABAAD_rAp4DJh05a1HAwFT3A6K"
#define TINODE_DEFAULT_SEND_READ     "seen"
#define TINODE_DEFAULT_SEEN_AFTER_MS 1000
#define TINODE_DEFAULT_SYNC_LIMIT    8
#define TINODE_DEFAULT_RECEIPT_LINES "auto"
#define TINODE_DEFAULT_HISTORY       24

typedef struct _TinodeAccount TinodeAccount;
typedef struct _TinodeSeen TinodeSeen;
typedef struct _TinodeStore TinodeStore;
typedef struct _TinodeLines TinodeLines;
typedef struct _TinodeKnown TinodeKnown;
typedef struct _TinodePeople TinodePeople;
typedef struct _TinodeSearch TinodeSearch;
typedef struct _TinodeInfo TinodeInfo;
typedef struct _TinodeStatus TinodeStatus;
typedef struct _TinodeFetch TinodeFetch;

struct _TinodeAccount {
    PurpleAccount *account;
    PurpleConnection *gc;
    TnSession *session;
    ReceiptEngine *engine; /* NULL until our own id is known, at the first sign-in */
    TinodeTimer *session_timer;
    TinodeTimer *engine_timer;
    TinodeTimer *presence_timer;
    TinodeTimer *typing_timer;     /* members of groups that type */
    GPtrArray *typing;             /* of TinodeTopic, borrowed: somebody types there */
    struct _PurpleRoomlist *rooms; /* being filled, NULL */
    GPtrArray *questions;          /* that were asked, with their data; NULL */
    TinodeStore *store;
    TinodeSeen *seen;
    TinodeLines *lines;
    TinodeKnown *known;   /* what was shown lately */
    TinodePeople *people; /* also the handle of questions about people and the account */
    TinodeSearch *search;
    TinodeInfo *info;
    TinodeStatus *status;
    TinodeFetch *fetch;         /* small files that are fetched unasked */
    GList *xfers;               /* file transfers under way (tinode-xfer.c) */
    GList *uploads;             /* pictures of messages that wait for them (tinode-pictures.c) */
    TnFile *photo;              /* our own photo on its way up (tinode-avatar.c) */
    const char *photo_type;     /* "png" */
    char **tags;                /* our own, as last told; NULL: not asked for, or none */
    const char *address_method; /* of the address that is being confirmed */
    GHashTable *topics;         /* name -> TinodeTopic, owned */
    GHashTable *chats;          /* chat id -> TinodeTopic, borrowed */
    int last_chat_id;
    guint64 last_message;     /* counter in local ids */
    char *id_prefix;          /* random, so that local ids never repeat across restarts */
    guint32 max_message_size; /* bytes of a frame, as the server told; 0 unknown */
    guint32 max_file_size;    /* bytes of an upload, as the server told; 0 unknown */
    gboolean is_new;          /* the account is to be made on the server first */
    gboolean is_asking;       /* a question to the user is open */
    gboolean is_online;       /* libpurple was told CONNECTED */
    gboolean is_closing;
};

/* Start signing in. gc->proto_data is set; outcomes come through the connection. */
void tinode_account_login(PurpleAccount *account);
/* The same, but the account is made on the server first. */
void tinode_account_register(PurpleAccount *account);
/* Sign out in an orderly way and free everything. What is owed stays on disk. */
void tinode_account_close(PurpleConnection *gc);

/* Free what is closed but was not freed yet, because it might have been on the call stack. Only
 * when none of our code is on it: when the plugin is unloaded. */
void tinode_account_reap(void);

/* A session with the account's server, by its settings: proxy, encryption and the rest. what holds
 * who signs in, or what else is to be done; of the connection nothing in it counts. */
TnSession *tinode_account_new_session(PurpleAccount *account, const TnSessionConfig *what,
                                      void (*set_deadline)(gint64 at_ms, gpointer user_data),
                                      const TnSessionEvents *events, gpointer user_data);

/* The account's object while it has a connection of ours; NULL otherwise, and while it closes. */
TinodeAccount *tinode_account_find(PurpleAccount *account);

/* Our own user id, NULL before the first sign-in. */
const char *tinode_account_self(const TinodeAccount *ta);
/* Signed in with a working link: requests can be served now. */
gboolean tinode_account_is_up(const TinodeAccount *ta);
/* A local id for a message, unique across restarts. Newly allocated. */
char *tinode_account_new_id(TinodeAccount *ta);
/* Timers of ours that are armed at this moment. */
guint tinode_account_timers_armed(const TinodeAccount *ta);
/* Create the engine once our own id is known. TRUE if there is one. */
gboolean tinode_account_ensure_engine(TinodeAccount *ta);
/* The account options, as the engine wants them. Read at each call. */
void tinode_account_engine_options(const TinodeAccount *ta, ReceiptOptions *options);

G_END_DECLS

#endif
