/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the server has stored (tests/server): users, conversations, who belongs to them with which
 * mode and cursors, messages, the log of deletions. It stands for the database: a topic in memory
 * (room.h) keeps its own copy of modes and cursors, and the two may differ, as on a real server. */
#ifndef LOOPBACK_WORLD_H
#define LOOPBACK_WORLD_H

#include <glib.h>
#include <jansson.h>

#include "acs.h"

typedef struct {
    char *id; /* usr + 11 characters */
    char *login;
    char *password;
    json_t *public;  /* card, or NULL */
    json_t *trusted; /* or NULL */
    json_t *private; /* private data on me, or NULL */
    json_t *tags;    /* array of strings */
    json_t *creds;   /* array of {meth, val, done} */
    unsigned auth;   /* default access for those signed in */
    unsigned anon;
    unsigned me_want;
    unsigned me_given;
    gint64 created;
    gint64 updated;
    gint64 seen; /* when the last session left me; 0: never was there */
    char *seen_ua;
    gboolean deleted;
} User;

typedef enum { CHAT_P2P, CHAT_GROUP, CHAT_SELF } ChatKind;

typedef struct Chat Chat;

/* A stored subscription. */
typedef struct {
    Chat *chat;
    User *user;
    gboolean reader; /* of a channel: subscribed to chn…, not grp… */
    unsigned want;
    unsigned given;
    int read;
    int recv;
    int clear;
    json_t *private;
    gint64 updated;
    gint64 deleted; /* 0: alive */
} Member;

typedef struct {
    int seq;
    User *from;
    gint64 ts;
    json_t *head; /* or NULL */
    json_t *content;
    gboolean deleted; /* for everybody */
} Message;

typedef struct {
    int id;    /* number of the transaction */
    User *who; /* NULL: for everybody */
    int low;
    int hi; /* exclusive */
} Deletion;

struct Chat {
    ChatKind kind;
    char *name; /* p2p + 22, grp + 11, slf + 11 characters */
    User *a;    /* p2p: both; self: a */
    User *b;
    User *owner; /* group, self */
    gboolean channel;
    json_t *public;
    json_t *trusted;
    unsigned auth;
    unsigned anon;
    gint64 created;
    gint64 updated;
    gint64 touched;
    int seq;
    int delid;
    int subcnt;
    GPtrArray *members;  /* Member, deleted ones included */
    GPtrArray *messages; /* Message, ascending */
    GArray *deletions;   /* Deletion */
};

/* Makes an empty world; world_free() drops everything. */
void world_init(void);
void world_free(void);

/* All users (User) and conversations (Chat), in the order of their making. Owned by the world. */
GPtrArray *world_users(void);
GPtrArray *world_chats(void);

/* Makes a user; the id follows from the login (see README.md). Card, tags, and creds are for the
 * caller to fill in. */
User *world_add_user(const char *login, const char *password);

/* Deleted users are not found. */
User *world_user_by_login(const char *login);
User *world_user_by_id(const char *id);

/* Marks a user deleted, and drops the user's subscriptions, p2p conversations and own groups. */
void world_delete_user(User *user);

/* TRUE if the text is usr + 11 characters of URL-safe base64. */
gboolean world_is_user_id(const char *id);

/* Stored names of the conversation of two users, of the notes to self. Caller frees. */
char *world_p2p_name(const User *a, const User *b);
char *world_self_name(const User *user);

/* `prefix` + the next group name. Caller frees. */
char *world_new_group_name(void);
/* The name of a group that is known by a word ("flowers"): always the same. Caller frees. */
char *world_group_name(const char *word);

Chat *world_chat(const char *name);
Chat *world_add_chat(ChatKind kind, const char *name, gint64 now);
void world_delete_chat(Chat *chat);

/* The subscription of a user, as a reader of the channel or in full; NULL if there is none. */
Member *chat_member(Chat *chat, const User *user, gboolean reader, gboolean deleted_too);

/* Makes a subscription, or makes a deleted one anew, its cursors at 0. `private` is borrowed. */
Member *chat_add_member(Chat *chat, User *user, gboolean reader, unsigned want, unsigned given,
                        json_t *private, gint64 now);

/* Marks the subscription deleted. FALSE if there is none. */
gboolean chat_remove_member(Chat *chat, User *user, gboolean reader, gint64 now);

/* Members that are not deleted, readers of a channel apart. */
guint chat_count(const Chat *chat);

/* The other user of a p2p conversation. */
User *chat_peer(const Chat *chat, const User *user);

/* Stores a message; head and content are borrowed. */
Message *chat_post(Chat *chat, User *from, json_t *head, json_t *content, gint64 now);

/* TRUE if the user sees this message in history. */
gboolean chat_visible(const Chat *chat, const Message *message, const User *user);

/* Values of two things laid over each other as the server does for public and private: the text
 * U+2421 clears a value or a key. *out gets a new reference or NULL. TRUE if it differs from `old`.
 */
gboolean world_merge(json_t *old, json_t *patch, json_t **out);

/* Fills the world: the users of the sample data; with `chats`, also the conversations of the
 * default world. */
void world_fill_default(gboolean chats);

/* Fills it from a file instead (form: README.md). On failure FALSE and a text in *error. */
gboolean world_fill_from_file(const char *path, char **error);

/* The groups that are known by a word: {word: name}. New reference. Forgotten by world_free(). */
json_t *world_group_words(void);
void world_forget_words(void);

#endif
