/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-roomlist.h: the client's list of rooms: the groups and channels that we are in. (The
 * server has no list of all of them, and its search wants to know what to look for.) */
#ifndef TINODE_ROOMLIST_H
#define TINODE_ROOMLIST_H

#include <roomlist.h>

#include "tinode-account.h"

G_BEGIN_DECLS

/* libpurple's callbacks. */
PurpleRoomlist *tinode_roomlist_get_list(PurpleConnection *gc);
void tinode_roomlist_cancel(PurpleRoomlist *list);

/* The account closes. */
void tinode_roomlist_quiet(TinodeAccount *ta);

G_END_DECLS

#endif
