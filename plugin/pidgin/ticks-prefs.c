/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ticks-prefs.c: preferences and their frame. */
#include "ticks-prefs.h"

#include <glib/gi18n-lib.h>
#include <pluginpref.h>
#include <prefs.h>
#include <string.h>

#define ROOT    "/plugins/gtk/tinode-ticks"
#define SYMBOLS ROOT "/symbols"
#define COLOURS ROOT "/colours"
#define COUNTS  ROOT "/counts"
#define GROUPS  ROOT "/groups"

static const char *const styles[] = {[TICK_GLYPHS] = "text",
                                     [TICK_IMAGES] = "pictures",
                                     [TICK_WORDS] = "words",
                                     [TICK_ASCII] = "ascii"};

void ticks_prefs_init(void)
{
    purple_prefs_add_none("/plugins");
    purple_prefs_add_none("/plugins/gtk");
    purple_prefs_add_none(ROOT);
    purple_prefs_add_string(SYMBOLS, styles[TICK_IMAGES]);
    purple_prefs_add_bool(COLOURS, TRUE);
    purple_prefs_add_bool(COUNTS, TRUE);
    purple_prefs_add_bool(GROUPS, TRUE);
}

static void add(PurplePluginPrefFrame *frame, const char *name, const char *label)
{
    purple_plugin_pref_frame_add(frame, purple_plugin_pref_new_with_name_and_label(name, label));
}

PurplePluginPrefFrame *ticks_prefs_frame(PurplePlugin *plugin)
{
    PurplePluginPrefFrame *frame = purple_plugin_pref_frame_new();
    PurplePluginPref *pref =
        purple_plugin_pref_new_with_name_and_label(SYMBOLS, _("Show the state of a message as"));

    (void)plugin;
    purple_plugin_pref_set_type(pref, PURPLE_PLUGIN_PREF_CHOICE);
    purple_plugin_pref_add_choice(pref, _("Ticks"), (gpointer)styles[TICK_IMAGES]);
    purple_plugin_pref_add_choice(pref, _("Ticks of the font"), (gpointer)styles[TICK_GLYPHS]);
    purple_plugin_pref_add_choice(pref, _("Words"), (gpointer)styles[TICK_WORDS]);
    purple_plugin_pref_add_choice(pref, _("Plain characters (+ ++ **)"),
                                  (gpointer)styles[TICK_ASCII]);
    purple_plugin_pref_frame_add(frame, pref);
    add(frame, COLOURS, _("Use colours"));
    add(frame, GROUPS, _("In groups, too"));
    add(frame, COUNTS, _("Show how many have received or read it in groups"));
    return frame;
}

void ticks_prefs_look(TickLook *look)
{
    const char *style = purple_prefs_get_string(SYMBOLS);

    look->style = TICK_IMAGES;
    for (guint i = 0; i < G_N_ELEMENTS(styles); i++)
        if (g_strcmp0(style, styles[i]) == 0)
            look->style = i;
    look->has_colours = purple_prefs_get_bool(COLOURS);
    look->has_counts = purple_prefs_get_bool(COUNTS);
}

gboolean ticks_prefs_in_groups(void)
{
    return purple_prefs_get_bool(GROUPS);
}

static void on_changed(const char *name, PurplePrefType type, gconstpointer value, gpointer data)
{
    (void)name;
    (void)type;
    (void)value;
    ((void (*)(void))data)();
}

void ticks_prefs_watch(void *handle, void (*changed)(void))
{
    purple_prefs_connect_callback(handle, ROOT, on_changed, (gpointer)changed);
}

void ticks_prefs_unwatch(void *handle)
{
    purple_prefs_disconnect_by_handle(handle);
}
