/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-actions.h: the account's menu: finding people, one's own card and addresses, statistics.
 */
#ifndef TINODE_ACTIONS_H
#define TINODE_ACTIONS_H

#include <plugin.h>

#include "tinode-account.h"

G_BEGIN_DECLS

/* libpurple's: PurplePluginAction, (transfer full). context: the connection. */
GList *tinode_actions(PurplePlugin *plugin, gpointer context);

/* The account's own tags came: the question about them waits for it. */
void tinode_actions_tags(TinodeAccount *ta, const char *const *tags);

G_END_DECLS

#endif
