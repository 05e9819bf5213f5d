/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-access.h: one's own rights to a conversation, as people use them: blocking (own wish
 * without J and P), muting (without P), archiving, and what libpurple's list of blocked people says
 * of it. Blocks are the server's: they hold on all devices, and what another device does is
 * followed.
 */
#ifndef TINODE_ACCESS_H
#define TINODE_ACCESS_H

#include "tinode-topic.h"

G_BEGIN_DECLS

/* The user has turned it away (not: is not let in). */
gboolean tinode_access_is_blocked(const TinodeTopic *topic);
/* No news of it on me. */
gboolean tinode_access_is_muted(const TinodeTopic *topic);
/* Somebody new: may write, and was not yet accepted. Attaching would accept. */
gboolean tinode_access_is_unconfirmed(const TinodeTopic *topic);
/* What one may do there, in words: "read, write". Newly allocated; NULL: not known. */
char *tinode_access_text(guint mode);

/* Ask the server. In a conversation that is not attached this attaches for a moment: what is set
 * from outside would hold only once the server has put the conversation to sleep. A refusal is
 * told to the user, and taken back here. */
void tinode_access_block(TinodeTopic *topic, gboolean is_on);
/* For every kind of conversation. NULL: under way; done, an open conversation is told, not done,
 * the user. Else why it cannot be: plain text, newly allocated. */
char *tinode_access_mute(TinodeTopic *topic, gboolean is_on) G_GNUC_WARN_UNUSED_RESULT;
/* In the private part of the conversation, so on all devices. */
char *tinode_access_archive(TinodeTopic *topic, gboolean is_on) G_GNUC_WARN_UNUSED_RESULT;
/* Take what is given, and give the same: somebody new becomes a contact. */
void tinode_access_accept(TinodeTopic *topic);

/* For a {set} that follows at once, and after it: attached for that long, if it is not and may be.
 * What is set from outside neither reaches a running conversation nor the user's other devices. */
void tinode_access_reach(TinodeTopic *topic);
void tinode_access_leave(TinodeTopic *topic);

/* Before libpurple is told that we are online, and when rights came: its list of blocked people
 * says what the server says. is_new: the first that is heard of the conversation; who is on the
 * list by then is blocked on the server, too. */
void tinode_access_take_up(TinodeAccount *ta);
void tinode_access_follow(TinodeTopic *topic, gboolean is_new);

/* libpurple's. */
void tinode_add_deny(PurpleConnection *gc, const char *who);
void tinode_rem_deny(PurpleConnection *gc, const char *who);

G_END_DECLS

#endif
