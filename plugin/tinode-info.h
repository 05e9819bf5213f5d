/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-info.h: everything that is known of a person or a group, in the client's window for it
 * (get_info), and the part of it that the buddy list shows.
 */
#ifndef TINODE_INFO_H
#define TINODE_INFO_H

#include <notify.h>

#include "tinode-topic.h"

G_BEGIN_DECLS

TinodeInfo *tinode_info_new(void) G_GNUC_WARN_UNUSED_RESULT;
/* After the session. */
void tinode_info_free(TinodeInfo *info);

/* A description came: windows that wait for one take the card out of it. name: "me" for oneself. */
void tinode_info_take(TinodeAccount *ta, const char *name, const TnRow *desc);

/* "Read 12:04", "Delivered", "Sent": how far the newest message of the conversation is, if it is
 * the user's own. Newly allocated; NULL: it is not, or there is none. */
char *tinode_info_receipt(TinodeTopic *topic);
/* What the list and the window say alike: presence, unread, last seen, receipts, blocked, muted. */
void tinode_info_add_state(TinodeTopic *topic, PurpleNotifyUserInfo *out);

/* libpurple's. */
void tinode_get_info(PurpleConnection *gc, const char *who);

G_END_DECLS

#endif
