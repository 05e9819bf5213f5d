/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-chat-menu.h: what the buddy list's menu of a group or channel offers. */
#ifndef TINODE_CHAT_MENU_H
#define TINODE_CHAT_MENU_H

#include <blist.h>

#include "tinode-account.h"

G_BEGIN_DECLS

/* Items for a chat's entry, for blist_node_menu; NULL for anything else. (transfer full) */
GList *tinode_chat_menu(PurpleBlistNode *node);
/* The same in Finch, which does not ask for them, until ta's signals are disconnected. */
void tinode_chat_menu_connect(TinodeAccount *ta);

G_END_DECLS

#endif
