/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-members.h: the people of a group as an open chat lists them. Their user id is their name
 * in the chat, so that messages and information go to the right one; what is shown is an alias that
 * no two members share. Roles and typing are libpurple's flags. Who comes or goes while the chat is
 * open, and by whom, is told by libpurple's own lines; lists that are only learnt are not.
 */
#ifndef TINODE_MEMBERS_H
#define TINODE_MEMBERS_H

#include "tinode-topic.h"

G_BEGIN_DECLS

/* A chat was just opened: who is known already. */
void tinode_members_show(TinodeTopic *topic, PurpleConversation *conv);
/* Member rows came and were merged: the open chat's list follows. is_complete: who is not among
 * them is gone. */
void tinode_members_changed(TinodeTopic *topic, const TnMeta *meta, gboolean is_complete);
/* {pres acs} about a member, by whom (NULL: by themselves): the rows that follow are news. */
void tinode_members_announce(TinodeTopic *topic, const char *user, const char *actor);
/* Somebody came, went or is called otherwise: names are compared anew. */
void tinode_members_renamed(TinodeTopic *topic);
/* {pres on} or {pres off}. */
void tinode_members_presence(TinodeTopic *topic, const char *user, gboolean is_online);
/* {info kp}: typing shows for a few seconds, or until a message comes. */
void tinode_members_typing(TinodeTopic *topic, const char *user);
void tinode_members_stopped_typing(TinodeTopic *topic, const char *user);
/* A TinodeTimerFunc: whose sign is due goes. */
void tinode_members_typing_over(gpointer ta);

/* The name shown, which no other member has. Never NULL; valid until the next call. */
const char *tinode_members_title(const TinodeTopic *topic, const char *user);
/* Who is meant: a user id, a name as shown, the name of a contact, in any case of letters. NULL:
 * nobody, or (*is_ambiguous) more than one. Borrowed from what is known of them, or text itself. */
const char *tinode_members_find(const TinodeTopic *topic, const char *text, gboolean *is_ambiguous);

G_END_DECLS

#endif
