/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ticks-prefs.h: what the user chose in the Plugins dialog. libpurple's preferences. */
#ifndef TICKS_PREFS_H
#define TICKS_PREFS_H

#include <plugin.h>

#include "ticks-model.h"

G_BEGIN_DECLS

/* When the plugin is probed. */
void ticks_prefs_init(void);
PurplePluginPrefFrame *ticks_prefs_frame(PurplePlugin *plugin);
void ticks_prefs_look(TickLook *look);
/* Ticks in groups, too. */
gboolean ticks_prefs_in_groups(void);
/* changed is called when any of them changes, until handle is disconnected. */
void ticks_prefs_watch(void *handle, void (*changed)(void));
void ticks_prefs_unwatch(void *handle);

G_END_DECLS

#endif
