/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-people.h: what the user does to the buddy list, done on the server: adding by id, login,
 * address or tag, removing, renaming. The group that a buddy is in stays on this computer.
 */
#ifndef TINODE_PEOPLE_H
#define TINODE_PEOPLE_H

#include "tinode-topic.h"

G_BEGIN_DECLS

/* The handle of all questions that concern people and the account; owns nothing else. */
TinodePeople *tinode_people_new(TinodeAccount *ta) G_GNUC_WARN_UNUSED_RESULT;
/* Takes back what is still asked. When the account closes; free comes later. */
void tinode_people_quiet(TinodePeople *people);
void tinode_people_free(TinodePeople *people);
guint tinode_people_timers(const TinodePeople *people);
/* Call func in the next turn of the loop, unless the account closes: what signs out must not be
 * called by a question, which clients still use after its answer. */
void tinode_people_later(TinodePeople *people, void (*func)(TinodeAccount *ta));

/* The conversation is deleted for us on the server, without a word. A failure is told. */
void tinode_people_forget(TinodeTopic *topic);
/* The user's own name for a contact came from the server: the buddy's alias follows. */
void tinode_people_follow_comment(TinodeTopic *topic, PurpleBuddy *buddy);

/* libpurple's. */
void tinode_add_buddy(PurpleConnection *gc, PurpleBuddy *buddy, PurpleGroup *group,
                      const char *message);
void tinode_remove_buddy(PurpleConnection *gc, PurpleBuddy *buddy, PurpleGroup *group);
void tinode_alias_buddy(PurpleConnection *gc, const char *who, const char *alias);

G_END_DECLS

#endif
