/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-commands-message.h: commands about messages: edit, delete, reply, save, answer and so on.
 */
#ifndef TINODE_COMMANDS_MESSAGE_H
#define TINODE_COMMANDS_MESSAGE_H

/* In tinode_commands_init(). */
void tinode_commands_message_add(void);

#endif
