/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-menu.h: what the client's menus offer for a contact, a group or a conversation beside the
 * client's own items. Only what needs a choice or shows something; each item does one call.
 */
#ifndef TINODE_MENU_H
#define TINODE_MENU_H

#include <blist.h>

G_BEGIN_DECLS

/* For libpurple's blist_node_menu: PurpleMenuAction, (transfer full). NULL: the node is neither a
 * buddy nor a chat, or the server has no conversation with it. */
GList *tinode_list_menu(PurpleBlistNode *node);

/* The items in a conversation's own menu, and in Finch those of a chat, for all accounts, from the
 * first sign-in on (when plugins are loaded libpurple has no such signal yet); may be called again.
 * Until uninit. */
void tinode_menu_start(void);
void tinode_menu_uninit(void);

G_END_DECLS

#endif
