/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-companion.c: which client has which companion, and whether it is wanted. */
#include "tinode-companion.h"

#include <core.h>
#include <debug.h>
#include <plugin.h>
#include <prefs.h>
#include <signals.h>

static const struct {
    const char *ui, *id;
} companions[] = {
    {"gtk-gaim", "gtk-tinode-ticks"},
    {"gnt-purple", "gnt-tinode-ticks"},
};

/* At the end libpurple unloads everything: that is nobody's wish. Also the handle of our signal
 * handlers. */
static gboolean is_quitting;

static gboolean is_companion(const PurplePlugin *plugin)
{
    for (guint i = 0; i < G_N_ELEMENTS(companions); i++)
        if (plugin->info != NULL && g_strcmp0(plugin->info->id, companions[i].id) == 0)
            return TRUE;
    return FALSE;
}

static void on_load(PurplePlugin *plugin, gpointer data)
{
    (void)data;
    if (is_companion(plugin))
        purple_prefs_set_bool(TINODE_COMPANION_PREF, TRUE);
}

static void on_unload(PurplePlugin *plugin, gpointer data)
{
    (void)data;
    if (is_companion(plugin) && !is_quitting)
        purple_prefs_set_bool(TINODE_COMPANION_PREF, FALSE);
}

static void on_quitting(gpointer data)
{
    (void)data;
    is_quitting = TRUE;
}

void tinode_companion_init(void)
{
    is_quitting = FALSE;
    purple_prefs_add_none("/plugins/prpl");
    purple_prefs_add_none("/plugins/prpl/tinode");
    purple_prefs_add_bool(TINODE_COMPANION_PREF, TRUE);
    purple_signal_connect(purple_plugins_get_handle(), "plugin-load", &is_quitting,
                          PURPLE_CALLBACK(on_load), NULL);
    purple_signal_connect(purple_plugins_get_handle(), "plugin-unload", &is_quitting,
                          PURPLE_CALLBACK(on_unload), NULL);
    purple_signal_connect(purple_get_core(), "quitting", &is_quitting, PURPLE_CALLBACK(on_quitting),
                          NULL);
}

void tinode_companion_uninit(void)
{
    purple_signals_disconnect_by_handle(&is_quitting);
}

void tinode_companion_load(void)
{
    const char *ui = purple_core_get_ui();

    if (!purple_prefs_get_bool(TINODE_COMPANION_PREF))
        return;
    for (guint i = 0; i < G_N_ELEMENTS(companions); i++) {
        PurplePlugin *plugin;

        if (g_strcmp0(ui, companions[i].ui) != 0)
            continue;
        plugin = purple_plugins_find_with_id(companions[i].id);
        if (plugin != NULL && !purple_plugin_is_loaded(plugin) && !purple_plugin_load(plugin))
            purple_debug_warning("tinode", "the companion %s cannot be loaded\n", companions[i].id);
    }
}

gboolean tinode_companion_is_loaded(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(companions); i++) {
        PurplePlugin *plugin = purple_plugins_find_with_id(companions[i].id);

        if (plugin != NULL && purple_plugin_is_loaded(plugin))
            return TRUE;
    }
    return FALSE;
}
