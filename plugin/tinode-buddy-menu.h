/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-buddy-menu.h: what the buddy list offers for a contact beside the client's own. */
#ifndef TINODE_BUDDY_MENU_H
#define TINODE_BUDDY_MENU_H

#include <blist.h>

G_BEGIN_DECLS

/* For libpurple's blist_node_menu: PurpleMenuAction, (transfer full); NULL for what is no buddy. */
GList *tinode_buddy_menu(PurpleBlistNode *node);

G_END_DECLS

#endif
