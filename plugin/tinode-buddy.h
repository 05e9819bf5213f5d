/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-buddy.h: contacts and groups of the server as buddies and chats of the buddy list. */
#ifndef TINODE_BUDDY_H
#define TINODE_BUDDY_H

#include <blist.h>

#include "tinode-topic.h"

G_BEGIN_DECLS

/* Add or update the entry of a topic: a buddy with alias and presence, or a chat. */
void tinode_buddy_update(TinodeTopic *topic);
/* The server does not have it any more. */
void tinode_buddy_remove(TinodeTopic *topic);
/* What its line in the list says (unread) changed: draw it anew. */
void tinode_buddy_redraw(TinodeTopic *topic);
/* {pres on} or {pres off}. */
void tinode_buddy_presence(TinodeTopic *topic, gboolean is_online);

/* The link was lost: what is known of presence stays until it is told anew, so that a short gap
 * shows as nothing. */
void tinode_buddy_doubt_presence(TinodeAccount *ta);
/* Back for a while: contacts that nothing was told of are offline. A TinodeTimerFunc. */
void tinode_buddy_settle_presence(gpointer ta);

/* libpurple's callbacks. Strings returned are newly allocated. */
const char *tinode_list_icon(PurpleAccount *account, PurpleBuddy *buddy);
char *tinode_status_text(PurpleBuddy *buddy);
void tinode_tooltip_text(PurpleBuddy *buddy, PurpleNotifyUserInfo *info, gboolean is_full);
/* Names are compared as they are: ids of Tinode are case-sensitive. Static buffer, as libpurple
 * expects; NULL for what cannot be a name. */
const char *tinode_normalize(const PurpleAccount *account, const char *who);
gboolean tinode_offline_message(const PurpleBuddy *buddy);

G_END_DECLS

#endif
