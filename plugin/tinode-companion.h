/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-companion.h: the companion that draws ticks in the client's windows is loaded with the
 * first sign-in, where the client is one that has a companion and it is installed. Who switches it
 * off in the client's list of plugins has it stay off; switching it on again is remembered, too.
 */
#ifndef TINODE_COMPANION_H
#define TINODE_COMPANION_H

#include <glib.h>

G_BEGIN_DECLS

/* Whether the user wants it: a boolean preference, kept by the plugin's unload and load. */
#define TINODE_COMPANION_PREF "/plugins/prpl/tinode/companion"

/* In the protocol plugin's load and unload: watches the companions being switched on and off. */
void tinode_companion_init(void);
void tinode_companion_uninit(void);
/* At sign-in: load the running client's companion, unless it was switched off. */
void tinode_companion_load(void);
/* One is loaded. */
gboolean tinode_companion_is_loaded(void);

G_END_DECLS

#endif
