/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * purple-host's start and end: options, the user directory, libpurple with the operations of all
 * the other files, the main loop, an orderly end. Layer: tests. What goes in and out: README.md.
 */
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host-blist.h"
#include "host-clock.h"
#include "host-conn.h"
#include "host-conv.h"
#include "host-do.h"
#include "host-focus.h"
#include "host-idle.h"
#include "host-input.h"
#include "host-json.h"
#include "host-leaks.h"
#include "host-lists.h"
#include "host-loop.h"
#include "host-notify.h"
#include "host-prpl.h"
#include "host-request.h"
#include "host-signal.h"
#include "host.h"

Host host;

/* The names by which libpurple stores what is this client's, and by which it shows itself. */
static const struct {
    const char *option;
    const char *id;
    const char *name;
} clients[] = {
    [HOST_PIDGIN] = {"pidgin", "gtk-gaim", "Pidgin"},
    [HOST_FINCH] = {"finch", "gnt-purple", "Finch"},
    [HOST_BITLBEE] = {"bitlbee", "BitlBee", "BitlBee"},
};

/* Turns of the main loop after libpurple's end. */
#define DRAIN_TURNS 100

static gboolean debug_on;
static gboolean with_test_protocol;

void host_quit(void)
{
    if (g_main_loop_is_running(host.loop))
        g_main_loop_quit(host.loop);
}

static gboolean on_signal(gpointer data G_GNUC_UNUSED)
{
    host_quit();
    return G_SOURCE_CONTINUE;
}

static void debug_print(PurpleDebugLevel level G_GNUC_UNUSED, const char *category,
                        const char *text)
{
    fprintf(stderr, "%s: %s", category != NULL ? category : "", text);
}

static gboolean debug_is_enabled(PurpleDebugLevel level G_GNUC_UNUSED,
                                 const char *category G_GNUC_UNUSED)
{
    return debug_on;
}

static PurpleDebugUiOps debug_ops = {
    .print = debug_print,
    .is_enabled = debug_is_enabled,
};

static void core_prefs_init(void)
{
    if (host.ui != HOST_PIDGIN)
        return;
    purple_prefs_add_none("/pidgin");
    purple_prefs_add_none("/pidgin/conversations");
    purple_prefs_add_none("/pidgin/conversations/im");
    purple_prefs_add_bool("/pidgin/conversations/im/close_immediately", TRUE);
    purple_prefs_add_string("/pidgin/conversations/im/hide_new", "never");
}

static void core_ui_init(void)
{
    purple_accounts_set_ui_ops(host_request_account_ops());
    purple_blist_set_ui_ops(host_blist_ops());
    purple_connections_set_ui_ops(host_conn_ops());
    purple_conversations_set_ui_ops(host_conv_ops());
    purple_idle_set_ui_ops(host_idle_ops());
    purple_notify_set_ui_ops(host_notify_ops());
    purple_request_set_ui_ops(host_request_ops());
    purple_roomlist_set_ui_ops(host_roomlist_ops());
    purple_xfers_set_ui_ops(host_xfer_ops());
}

static GHashTable *core_ui_info(void)
{
    static GHashTable *info;

    if (info == NULL) {
        info = g_hash_table_new(g_str_hash, g_str_equal);
        g_hash_table_insert(info, (gpointer) "name", (gpointer)clients[host.ui].name);
        g_hash_table_insert(info, (gpointer) "version", (gpointer)purple_core_get_version());
        g_hash_table_insert(info, (gpointer) "client_type",
                            (gpointer)(host.ui == HOST_FINCH ? "console" : "pc"));
    }
    return info;
}

static PurpleCoreUiOps core_ops = {
    .ui_prefs_init = core_prefs_init,
    .ui_init = core_ui_init,
    .get_ui_info = core_ui_info,
};

static gboolean parse_ui(const char *option G_GNUC_UNUSED, const char *value,
                         gpointer data G_GNUC_UNUSED, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(clients); i++)
        if (strcmp(clients[i].option, value) == 0) {
            host.ui = i;
            return TRUE;
        }
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "no such client: %s", value);
    return FALSE;
}

static gboolean parse_options(int *argc, char ***argv)
{
    const GOptionEntry entries[] = {
        {"ui", 0, 0, G_OPTION_ARG_CALLBACK, parse_ui, "The client played", "pidgin|finch|bitlbee"},
        {"dir", 0, 0, G_OPTION_ARG_FILENAME, &host.dir, "libpurple's user directory", "DIR"},
        {"plugins", 0, 0, G_OPTION_ARG_FILENAME, &host.plugins, "Where the plugin lies", "DIR"},
        {"reconnect", 0, 0, G_OPTION_ARG_INT, &host.reconnect_ms,
         "Sign in again after a passing error", "MS"},
        {"trace", 0, 0, G_OPTION_ARG_NONE, &host.trace, "Tell libpurple's signals", NULL},
        {"debug", 0, 0, G_OPTION_ARG_NONE, &debug_on, "libpurple's debug log to stderr", NULL},
        {"with-test-protocol", 0, 0, G_OPTION_ARG_NONE, &with_test_protocol,
         "Add the protocol " HOST_PRPL_ID ", which needs no server", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    GOptionContext *context = g_option_context_new("- libpurple, steered by JSON lines");
    g_autoptr(GError) error = NULL;
    gboolean ok;

    host.reconnect_ms = -1;
    g_option_context_add_main_entries(context, entries, NULL);
    ok = g_option_context_parse(context, argc, argv, &error) && *argc == 1;
    if (!ok)
        fprintf(stderr, "purple-host: %s\n", error != NULL ? error->message : "too many arguments");
    g_option_context_free(context);
    return ok;
}

/* The folder plugin/ beside the one that this program lies in. */
static char *default_plugins(void)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = g_path_get_dirname(self != NULL ? self : ".");

    return g_build_filename(folder, "..", "plugin", NULL);
}

static void remove_tree(const char *path)
{
    GDir *dir;
    const char *name;

    /* A link to a folder is removed, not followed. */
    if (!g_file_test(path, G_FILE_TEST_IS_SYMLINK) && (dir = g_dir_open(path, 0, NULL)) != NULL) {
        while ((name = g_dir_read_name(dir)) != NULL) {
            g_autofree char *child = g_build_filename(path, name, NULL);

            remove_tree(child);
        }
        g_dir_close(dir);
    }
    g_remove(path);
}

static void tell_ready(void)
{
    PurplePlugin *plugin = purple_plugins_find_with_id("prpl-tinode");
    json_t *event = host_event("ready");

    host_set_str(event, "ui", clients[host.ui].option);
    host_set_str(event, "libpurple", purple_core_get_version());
    host_set_str(event, "dir", purple_user_dir());
    /* "" when it was not found: a sign-in would say so too. */
    host_set_str(event, "plugin", plugin != NULL ? plugin->path : "");
    host_emit(event);
}

static gboolean start(void)
{
    static const HostCommand *const tables[] = {
        host_do_account_commands, host_do_conv_commands, host_do_file_commands,
        host_do_list_commands,    host_do_misc_commands, NULL,
    };

    purple_util_set_user_dir(host.dir);
    purple_debug_set_ui_ops(&debug_ops);
    purple_core_set_ui_ops(&core_ops);
    purple_eventloop_set_ui_ops(host_loop_ops());
    purple_plugins_add_search_path(host.plugins);
    host_blist_init();
    if (!purple_core_init(clients[host.ui].id)) {
        fprintf(stderr, "purple-host: libpurple does not start\n");
        return FALSE;
    }
    if (with_test_protocol)
        host_prpl_register();
    purple_set_blist(purple_blist_new());
    purple_blist_load();
    host_focus()->init();
    host_conn_init();
    /* libpurple calls the newest handler first: what is traced is what a plugin sees. */
    host_conv_init();
    host_signal_init();
    tell_ready();
    host_input_init(tables);
    return TRUE;
}

static void stop(void)
{
    host_input_uninit();
    host_conn_stop();
    /* Disconnects all accounts, and takes the conversations and the buddy list apart. */
    purple_core_quit();
    /* What is due, and no more: a timer that nobody stopped must not keep us here. */
    for (int i = 0; i < DRAIN_TURNS && g_main_context_iteration(NULL, FALSE); i++)
        ;
    host_focus()->uninit();
    host_conn_uninit();
    host_request_uninit();
    host_signal_uninit();
    host_blist_uninit();
    host_notify_uninit();
    host_clock_uninit();
}

int main(int argc, char **argv)
{
    gboolean own_dir;
    guint on_int, on_term;
    int status = 1;

    setlocale(LC_ALL, "");
    host_leaks_init();
    if (!parse_options(&argc, &argv) || !host_json_init())
        return 2;
    signal(SIGPIPE, SIG_IGN);
    own_dir = host.dir == NULL;
    if (own_dir)
        host.dir = g_dir_make_tmp("purple-host-XXXXXX", NULL);
    if (host.plugins == NULL)
        host.plugins = default_plugins();
    host.loop = g_main_loop_new(NULL, FALSE);
    host_loop_init();
    on_int = g_unix_signal_add(SIGINT, on_signal, NULL);
    on_term = g_unix_signal_add(SIGTERM, on_signal, NULL);
    if (host.dir != NULL && start()) {
        g_main_loop_run(host.loop);
        stop();
        status = 0;
    }
    if (own_dir && host.dir != NULL)
        remove_tree(host.dir);
    g_source_remove(on_int);
    g_source_remove(on_term);
    g_main_loop_unref(host.loop);
    host_json_uninit();
    g_free(host.dir);
    g_free(host.plugins);
    return status;
}
