/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-commands.h: what can be typed into a conversation. */
#ifndef TINODE_COMMANDS_H
#define TINODE_COMMANDS_H

#include <glib.h>

G_BEGIN_DECLS

/* In the plugin's load and unload. */
void tinode_commands_init(void);
void tinode_commands_uninit(void);

G_END_DECLS

#endif
