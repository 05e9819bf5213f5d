/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-topic.h: what is known of one topic: its names, rights and members, its history being
 * fetched (tinode-history.h) and own messages on their way out (tinode-outbox.h). Rows of the
 * server are merged here, never overwritten by absence.
 */
#ifndef TINODE_TOPIC_H
#define TINODE_TOPIC_H

#include <conversation.h>

#include "tinode-account.h"

G_BEGIN_DECLS

typedef struct _TinodeTopic TinodeTopic;
typedef struct _TinodeHistory TinodeHistory;
typedef struct _TinodeOutbox TinodeOutbox;
typedef struct _TinodeDeletion TinodeDeletion;
typedef struct _TinodeRecall TinodeRecall;
typedef struct _TinodeMedia TinodeMedia;
typedef struct _TinodeGroup TinodeGroup;

/* One member of a group. */
typedef struct {
    char *fn; /* may be NULL */
    guint mode, given;
    gboolean has_mode;
    gboolean is_online;
    gboolean could_write;   /* when the list was shown last */
    gint64 typing_until_ms; /* 0: not typing */
} TinodeMember;

struct _TinodeTopic {
    TinodeAccount *ta;
    char *name;
    TnTopicKind kind;
    char *fn;                /* public name, NULL if none was told */
    char *comment;           /* the user's own name for it, NULL */
    char *note;              /* public description: a group's topic; NULL */
    gboolean is_archived;    /* the user has put it away */
    guint want, given, mode; /* own rights */
    gboolean has_mode;
    gboolean has_wish;      /* want and given were told, not only what holds */
    gboolean is_subscribed; /* a row of me named it */
    gboolean is_online;
    gboolean is_history_cut; /* older unread messages were not fetched: nobody has seen them here */
    gboolean is_presence_told;       /* on this connection */
    gboolean is_access_changing;     /* own rights: a request is under way (tinode-access.h) */
    gboolean is_asked_about;         /* somebody new: the user was asked (tinode-stranger.h) */
    guint32 desc_seq;                /* newest seq that a description told of while attached */
    guint32 clear_told, clear_known; /* newest deletion told of, and newest that was fetched */
    gint64 seen_ms;                  /* Unix ms of when the contact was last online, 0 unknown */
    int chat_id;                     /* 0: no chat is joined */
    GHashTable *members;             /* groups: user id -> TinodeMember; NULL otherwise */
    TinodeGroup *group; /* groups: what only they have, tinode-group.h; NULL otherwise */
    TinodeHistory *history;
    TinodeOutbox *outbox;
    GSList *deletions; /* TinodeDeletion: being looked up, or on their way (tinode-deletions.h) */
    TinodeRecall *recall;       /* a command waits for older messages (tinode-recall.h); NULL */
    gboolean is_recalled;       /* they came already */
    TinodeMedia *media;         /* pictures and files that came here; NULL: none yet */
    struct _TinodePhoto *photo; /* told, not yet shown (tinode-avatar.c); NULL */
    gint64 typing_sent_ms;      /* when our last {note kp} left, 0 never */
};

/* NULL if nothing is known of it. */
TinodeTopic *tinode_topic_find(TinodeAccount *ta, const char *name);
/* Find or make. NULL if the name is no name of a conversation (checked: names come from the wire,
 * from disk and from the user). */
TinodeTopic *tinode_topic_ensure(TinodeAccount *ta, const char *name);
void tinode_topic_free(TinodeTopic *topic);
/* The account closes: cancel every timer of its topics. */
void tinode_topics_quiet(TinodeAccount *ta);

/* Merge a row of me, or a description. TRUE if something that people see changed. */
gboolean tinode_topic_merge(TinodeTopic *topic, const TnRow *row);
/* Merge own rights alone. */
void tinode_topic_merge_mode(TinodeTopic *topic, const TnAcs *acs);
/* Apply dacs of a {pres acs} about ourselves. */
void tinode_topic_merge_acs(TinodeTopic *topic, const char *want, const char *given);
/* Merge a member row. TRUE if it is new, or has another name. */
gboolean tinode_topic_merge_member(TinodeTopic *topic, const TnRow *row);

/* Name to show: the comment, the public name, or the id. Never NULL; owned by the topic. */
const char *tinode_topic_title(const TinodeTopic *topic);
/* Name to show for a user id, in this topic's context. Never NULL. */
const char *tinode_topic_member_title(const TinodeTopic *topic, const char *user);
gboolean tinode_topic_is_group(const TinodeTopic *topic);
/* We may not attach: blocked by ourselves (attaching would unblock), or not allowed to join. */
gboolean tinode_topic_is_blocked(const TinodeTopic *topic);
/* Attached at this moment. */
gboolean tinode_topic_is_attached(const TinodeTopic *topic);
/* Attached, and the engine wants it to stay so. Otherwise a request would come behind the {leave},
 * and a mode that is set from outside reaches what is stored only. */
gboolean tinode_topic_stays_attached(const TinodeTopic *topic);

/* The open conversation, NULL if there is none. */
PurpleConversation *tinode_topic_conversation(const TinodeTopic *topic);
/* The topic of a conversation of this account, NULL if it is none of ours. */
TinodeTopic *tinode_topic_of_conversation(TinodeAccount *ta, PurpleConversation *conv);
/* Write a line of the system's into the open conversation, not logged; dropped if none is open. */
void tinode_topic_write_line(TinodeTopic *topic, const char *html);

G_END_DECLS

#endif
