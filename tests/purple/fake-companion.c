/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake-companion.c: libpurple's list of plugins with one other plugin in it, a companion; the
 * signals that tell of plugins and of the end; and boolean preferences, which outlive the plugin.
 */
#include "fake.h"

#include <core.h>
#include <prefs.h>
#include <signals.h>
#include <string.h>

static int plugins_handle, core_handle;
static PurplePluginInfo info;
static PurplePlugin other;
static GHashTable *prefs; /* name -> GINT_TO_POINTER(value) */
static GHashTable *groups;
static gboolean is_broken;

void fake_companion_reset(void)
{
    memset(&other, 0, sizeof other);
    memset(&info, 0, sizeof info);
    is_broken = FALSE;
    g_clear_pointer(&prefs, g_hash_table_destroy);
    g_clear_pointer(&groups, g_hash_table_destroy);
    prefs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    fake_register_signal(&plugins_handle, "plugin-load");
    fake_register_signal(&plugins_handle, "plugin-unload");
    fake_register_signal(&core_handle, "quitting");
}

void fake_companion_end(void)
{
    fake_set_companion(NULL);
    g_clear_pointer(&prefs, g_hash_table_destroy);
    g_clear_pointer(&groups, g_hash_table_destroy);
}

void fake_install_companion(const char *id)
{
    g_free(info.id);
    info.id = g_strdup(id);
    other.info = id != NULL ? &info : NULL;
    other.loaded = FALSE;
}

void fake_set_companion(const char *id)
{
    fake_install_companion(id);
    other.loaded = id != NULL;
}

void fake_break_companion(void)
{
    is_broken = TRUE;
}

gboolean fake_companion_is_loaded(void)
{
    return other.loaded;
}

void fake_switch_companion(gboolean is_on)
{
    if (is_on) {
        assert_true(purple_plugin_load(&other));
        return;
    }
    assert_true(other.loaded);
    other.loaded = FALSE;
    purple_signal_emit(&plugins_handle, "plugin-unload", &other);
}

void fake_quit(void)
{
    purple_signal_emit(&core_handle, "quitting", NULL);
    if (other.loaded)
        fake_switch_companion(FALSE);
}

/* What the plugin calls ------------------------------------------------------------------------ */

void *purple_plugins_get_handle(void)
{
    return &plugins_handle;
}

PurpleCore *purple_get_core(void)
{
    return (PurpleCore *)(gpointer)&core_handle;
}

PurplePlugin *purple_plugins_find_with_id(const char *id)
{
    return info.id != NULL && strcmp(id, info.id) == 0 ? &other : NULL;
}

gboolean purple_plugin_is_loaded(const PurplePlugin *plugin)
{
    return plugin->loaded;
}

gboolean purple_plugin_load(PurplePlugin *plugin)
{
    assert_ptr_equal(plugin, &other);
    assert_false(plugin->loaded);
    if (is_broken)
        return FALSE;
    plugin->loaded = TRUE;
    purple_signal_emit(&plugins_handle, "plugin-load", plugin);
    return TRUE;
}

/* libpurple refuses a preference whose group is not there. */
static void check_group(const char *name)
{
    g_autofree char *group = g_path_get_dirname(name);

    if (strcmp(group, "/plugins") != 0 && !g_hash_table_contains(groups, group))
        fake_fail("preference %s: %s is not there", name, group);
}

void purple_prefs_add_none(const char *name)
{
    check_group(name);
    g_hash_table_add(groups, g_strdup(name));
}

void purple_prefs_add_bool(const char *name, gboolean value)
{
    check_group(name);
    if (!g_hash_table_contains(prefs, name))
        g_hash_table_insert(prefs, g_strdup(name), GINT_TO_POINTER(value));
}

static void check_pref(const char *name)
{
    if (!g_hash_table_contains(prefs, name))
        fake_fail("preference %s is not there", name);
}

void purple_prefs_set_bool(const char *name, gboolean value)
{
    check_pref(name);
    g_hash_table_insert(prefs, g_strdup(name), GINT_TO_POINTER(value));
}

gboolean purple_prefs_get_bool(const char *name)
{
    check_pref(name);
    return GPOINTER_TO_INT(g_hash_table_lookup(prefs, name));
}
