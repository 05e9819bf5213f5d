/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-plugin.h: what the rest needs of the plugin's own file. */
#ifndef TINODE_PLUGIN_H
#define TINODE_PLUGIN_H

#include "tinode-account.h"

G_BEGIN_DECLS

/* Say once at each connection that it is not encrypted, unless the server is this computer. */
void tinode_plugin_warn_plain(TinodeAccount *ta, gboolean uses_tls);

G_END_DECLS

#endif
