/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-commands.h: what can be typed into a conversation. */
#ifndef TINODE_COMMANDS_H
#define TINODE_COMMANDS_H

#include "tinode-topic.h"

G_BEGIN_DECLS

/* In the plugin's load and unload. */
void tinode_commands_init(void);
void tinode_commands_uninit(void);

typedef enum {
    TINODE_IN_IM = 1 << 0,
    TINODE_IN_CHAT = 1 << 1,
} TinodeCommandWhere;

/* One command. args as libpurple has them: one letter for each, w a word, s the rest of the line.
 * run gets that many strings, none of them NULL, "" for what was not typed. It returns NULL when it
 * is done or under way, else why not: one plain sentence as HTML, (transfer full). It is only
 * called while the account has an engine, but perhaps without a link. */
typedef struct {
    const char *name;
    const char *args;
    guint where; /* TinodeCommandWhere */
    char *(*run)(TinodeTopic *topic, char **args);
    const char *help; /* for N_(): "invite <name>: ..." */
} TinodeCommand;

/* Registers them, until tinode_commands_uninit(). commands has to last as long. Call it in
 * tinode_commands_init(). */
void tinode_commands_add(const TinodeCommand *commands, gsize n_commands);

G_END_DECLS

#endif
