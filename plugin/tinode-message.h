/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-message.h: one message on its way from the wire to a line in a conversation. */
#ifndef TINODE_MESSAGE_H
#define TINODE_MESSAGE_H

#include "tinode-known.h"
#include "tinode-topic.h"

G_BEGIN_DECLS

typedef struct {
    guint32 seq;
    char *from;         /* NULL in channels */
    gint64 ts_ms;       /* Unix ms */
    char *html;         /* what people see; empty: nothing to show */
    char *line;         /* its beginning as text, for sentences about it */
    GPtrArray *choices; /* of TnChoice; NULL: no form */
    char *client_id;    /* our private key in head, on messages of ours */
    guint32 replace;    /* an edit of that message; 0 */
    gboolean is_own;
    gboolean is_call;
    gboolean has_objects; /* more than text */
    gboolean is_edited;   /* html is that of a later version already */
    gboolean is_fetched;  /* came with history, not live */
    gboolean is_again;    /* handed on before, and not on the screen any more */
    gboolean is_context;  /* was read elsewhere before this device first saw the conversation */
    TnContent *content;   /* of a message with pictures or files (tinode-media.h); else NULL */
    gsize weight;         /* bytes that came inside it */
} TinodeMessage;

/* Copies what it needs. */
TinodeMessage *tinode_message_new(TinodeTopic *topic, const TnData *data);
void tinode_message_free(gpointer message);

/* A message of ours that this client sent: settle it (its seq is known now). TRUE: it was one,
 * there is nothing to show. */
gboolean tinode_message_settle_own(TinodeTopic *topic, const TinodeMessage *message);
/* It claims to replace an earlier message. */
gboolean tinode_message_is_edit(const TinodeMessage *message);
/* The text of a later version takes the place of its own: nobody has seen either. */
void tinode_message_take_version(TinodeMessage *message, const TinodeMessage *version);
/* Nothing is shown of it, a message that was handed on shows its text already; but it is known. */
void tinode_message_take_in(TinodeTopic *topic, const TinodeMessage *version);
/* Hand it to libpurple: exactly one line, or none if there is nothing to show or libpurple blocks
 * the sender. Conversations are opened as any protocol does. */
void tinode_message_hand(TinodeTopic *topic, const TinodeMessage *message);

/* Write the line of an own message into the open conversation, if there is one, so that it carries
 * the id. flags beside SEND. */
void tinode_message_write_own(TinodeTopic *topic, const char *id, const char *html,
                              PurpleMessageFlags flags, time_t when);
/* It is known from here on (tinode-known.h). Handing on does that, too. */
void tinode_message_know(TinodeTopic *topic, const TinodeMessage *message);
/* An own message that the server has now: it is known from here on. replace: what it is a new
 * version of, 0; extra: what it is beside its text, NULL; ts_ms: Unix, when it was written, 0. */
void tinode_message_know_own(TinodeTopic *topic, guint32 seq, guint32 replace, const char *html,
                             GVariant *extra, gint64 ts_ms);
/* The conversation, opened in the background if there is none, as news do. NULL: it cannot be. */
PurpleConversation *tinode_message_open(TinodeTopic *topic);
/* The line of a new version of a message that is known, or not (NULL). Newly allocated. */
char *tinode_message_edit_line(const TinodeKnownMessage *original, const char *html);

/* While the line of an own message is written, the conversation carries its id. */
void tinode_message_set_id(PurpleConversation *conv, const char *id);

G_END_DECLS

#endif
