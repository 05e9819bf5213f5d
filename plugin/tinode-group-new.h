/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-group-new.h: new groups and channels. */
#ifndef TINODE_GROUP_NEW_H
#define TINODE_GROUP_NEW_H

#include <plugin.h>

#include "tinode-account.h"

G_BEGIN_DECLS

/* A form: name, topic, kind. What is made is opened. */
void tinode_group_new_ask(TinodeAccount *ta);
/* "There is no group X. Make it?" */
void tinode_group_new_confirm(TinodeAccount *ta, const char *name);
/* Make it and open it. NULL: under way, the outcome is told; else why not: plain text, (transfer
 * full). about may be NULL. */
char *tinode_group_new_make(TinodeAccount *ta, const char *name, const char *about,
                            gboolean is_channel);
/* The account's menu item. */
void tinode_group_new_action(PurplePluginAction *action);

G_END_DECLS

#endif
