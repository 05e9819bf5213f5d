/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-group.h: what can be done to a group or channel that exists: its topic and name, people
 * invited, removed, banned, their roles, leaving, deleting; and what becomes of it when it is lost.
 * Members are in tinode-members.h, rights in tinode-rights.h, muting and archiving, which are the
 * same for contacts, in tinode-access.h.
 */
#ifndef TINODE_GROUP_H
#define TINODE_GROUP_H

#include "tinode-rights.h"
#include "tinode-topic.h"

G_BEGIN_DECLS

/* How a group was lost. */
typedef enum {
    TINODE_LOSS_NONE,
    TINODE_LOSS_REMOVED, /* by lost_by, if that is known */
    TINODE_LOSS_BANNED,
    TINODE_LOSS_LEFT,    /* by ourselves, here or on another device */
    TINODE_LOSS_GONE,    /* removed, deleted, or left elsewhere: the server does not say */
    TINODE_LOSS_DELETED, /* by ourselves */
} TinodeLoss;

struct _TinodeGroup {
    gboolean is_moderated;  /* not every member may write */
    gboolean is_card_told;  /* name and description are known */
    gboolean is_card_shown; /* in the open chat, so that a change is news */
    guint32 n_members;      /* as a row of me counts them; 0 unknown */
    GHashTable
        *announced;    /* user -> who did it: changes that {pres acs} told, until the rows come */
    GHashTable *names; /* folded name -> how many members have it; NULL: to be counted */
    char *invited_by;  /* somebody let us in, and the row has not come yet */
    char *card_by;     /* who has just changed name or topic, NULL unknown */
    char *shown_note;  /* what the open chat shows as its topic */
    char *told_fn;     /* the name for all when a chat was last shown or told of it */
    TinodeLoss loss;   /* why we are out; NONE while we are in */
    guint32 shown;     /* when we lost it, the window had shown up to here; 0 never lost */
    char *lost_by;     /* user id, NULL unknown */
};

TinodeGroup *tinode_group_new(void);
void tinode_group_free(TinodeGroup *group);
/* A row or description of it came. */
void tinode_group_merge(TinodeTopic *topic, const TnRow *row);

/* Do it. NULL: under way, the outcome is told in the conversation, or as a notice if none is open;
 * else why it cannot be done: plain text, (transfer full). user: whom it is about, an id; text: the
 * new topic or name. Attaches for as long as it takes where that is needed. */
char *tinode_group_do(TinodeTopic *topic, TinodeDeed deed, const char *user, const char *text);
/* The same about a person by name: a member, a contact, an id, or a login that the server knows. */
char *tinode_group_do_named(TinodeTopic *topic, TinodeDeed deed, const char *name);
/* Change what a member may do: bits of TnAccess. */
char *tinode_group_role(TinodeTopic *topic, const char *user, guint add, guint remove);
/* Rights that were given just now, by actor (NULL: unknown): our own wish follows where people
 * expect that. */
void tinode_group_accept(TinodeTopic *topic, const char *actor, guint gained);

/* Say something about the group to the user: a line in the open chat, else a notice. Plain text. */
void tinode_group_say(TinodeTopic *topic, gboolean is_error, const char *text);

/* In tinode-group-life.c. */

/* {pres acs} about ourselves: remembered until the row, or the end, comes. gained: rights that were
 * given just now. The server offers rights, one's own wish has to follow: those to write, invite,
 * remove and delete are taken, as people expect of being made an operator. */
void tinode_group_access_told(TinodeTopic *topic, const char *actor, gboolean is_out, guint gained);
/* The row of a group came: an invitation that waits for it is told. */
void tinode_group_row_came(TinodeTopic *topic);
/* A chat was just opened: its title and topic, without a word. */
void tinode_group_show_card(TinodeTopic *topic, PurpleConversation *conv);
/* Name or description may have changed: title, topic and a line in the open chat follow. */
void tinode_group_card_changed(TinodeTopic *topic);
/* It is over for us, for good: one line, what is owed is dropped, chat and entry in the list go. */
void tinode_group_gone(TinodeTopic *topic, TinodeLoss loss);
/* The server has detached us and keeps us out. */
void tinode_group_thrown_out(TinodeTopic *topic);
/* Why we are out, as one sentence; NULL while we are in. Plain text, (transfer full). */
char *tinode_group_loss_text(const TinodeTopic *topic);

G_END_DECLS

#endif
