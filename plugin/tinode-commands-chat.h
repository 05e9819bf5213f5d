/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-commands-chat.h: commands about groups, called as people know them from IRC. */
#ifndef TINODE_COMMANDS_CHAT_H
#define TINODE_COMMANDS_CHAT_H

#include <glib.h>

G_BEGIN_DECLS

/* In tinode_commands_init(). */
void tinode_commands_chat_init(void);

G_END_DECLS

#endif
