/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands about everything else: ipc, answer, action, pref, trace, wait, wait-idle, loop, quit.
 * Layer: tests (purple-host).
 */
#include "host-clock.h"
#include "host-do.h"
#include "host-json.h"
#include "host-loop.h"
#include "host-request.h"
#include "host-signal.h"
#include "host.h"

/* Long enough for any wait that is not a mistake. Milliseconds. */
#define WAIT_DEFAULT_MS 10000
#define WAIT_MAX_MS     (10 * 60 * 1000)
/* A week of the host's own time. Milliseconds. */
#define ADVANCE_MAX_MS (7 * 24 * 60 * 60 * 1000)

static char *do_ipc(json_t *in)
{
    char *error = NULL;
    PurpleAccount *account = host_do_account(in, &error);

    return account != NULL ? host_signal_ipc(in, account) : error;
}

static char *do_answer(json_t *in)
{
    return host_request_answer(in);
}

/* The protocol's own menu of the account. Without "label": a `result` with the labels. */
static char *do_action(json_t *in)
{
    const char *label = host_in_str(in, "label");
    char *error = NULL;
    PurpleAccount *account = host_do_online_account(in, &error);
    PurpleConnection *gc;
    PurplePlugin *plugin;
    json_t *labels;
    gboolean done = FALSE;
    GList *actions;

    if (account == NULL)
        return error;
    gc = purple_account_get_connection(account);
    plugin = purple_connection_get_prpl(gc);
    actions = PURPLE_PLUGIN_HAS_ACTIONS(plugin) ? PURPLE_PLUGIN_ACTIONS(plugin, gc) : NULL;
    labels = json_array();
    for (GList *l = actions; l != NULL; l = l->next) {
        PurplePluginAction *action = l->data;

        if (action == NULL)
            continue;
        json_array_append_new(labels, host_string(action->label));
        if (!done && g_strcmp0(action->label, label) == 0) {
            action->plugin = plugin;
            action->context = gc;
            action->callback(action);
            done = TRUE;
        }
        purple_plugin_action_free(action);
    }
    g_list_free(actions);
    if (label == NULL) {
        json_t *event = host_result(in);

        host_set(event, "value", labels);
        host_emit(event);
        return NULL;
    }
    json_decref(labels);
    return done ? NULL : g_strdup("action: there is no such action");
}

static char *do_pref(json_t *in)
{
    const char *name = host_in_str(in, "name");
    json_t *value = json_object_get(in, "value");
    PurplePrefType type;

    if (!purple_prefs_exists(name))
        return g_strdup_printf("pref: there is no preference \"%s\"", name);
    type = purple_prefs_get_type(name);
    if (type == PURPLE_PREF_BOOLEAN && json_is_boolean(value))
        purple_prefs_set_bool(name, json_is_true(value));
    else if (type == PURPLE_PREF_INT && json_is_integer(value))
        purple_prefs_set_int(name, json_integer_value(value));
    else if (type == PURPLE_PREF_STRING && json_is_string(value))
        purple_prefs_set_string(name, json_string_value(value));
    else
        return g_strdup_printf("pref: \"%s\" has another type", name);
    return NULL;
}

static char *do_trace(json_t *in)
{
    host.trace = host_in_bool(in, "on");
    return NULL;
}

static char *do_wait(json_t *in)
{
    json_int_t ms = host_in_int(in, "ms", WAIT_DEFAULT_MS);

    if (ms < 0 || ms > WAIT_MAX_MS)
        return g_strdup("wait: \"ms\" is out of range");
    host_input_wait(host_in_str(in, "ev"), host_in_str(in, "account"), ms);
    return NULL;
}

/* Lines run only when nothing is left to do, so this one has nothing to wait for. */
static char *do_wait_idle(json_t *in)
{
    host_emit(host_result(in));
    return NULL;
}

static char *do_loop(json_t *in)
{
    const HostLoopTurns turns = host_loop_take_turns();
    json_t *event = host_result(in);

    host_set(event, "value",
             json_pack("{s:i, s:f, s:f, s:f}", "turns", (int)turns.n, "longest_ms",
                       (double)turns.longest_us / 1000, "longest_cpu_ms",
                       (double)turns.longest_cpu_us / 1000, "yardstick_ms",
                       (double)host_loop_yardstick_us() / 1000));
    host_emit(event);
    return NULL;
}

static void clock_done(gpointer data)
{
    host_emit(data);
}

/* No line is run before its `result`: what follows finds the later time. */
static char *do_clock(json_t *in)
{
    json_int_t ms = host_in_int(in, "advance_ms", 0);

    if (ms < 0 || ms > ADVANCE_MAX_MS)
        return g_strdup("clock: \"advance_ms\" is out of range");
    host_input_wait("result", NULL, WAIT_MAX_MS);
    host_clock_advance(ms, clock_done, host_result(in));
    return NULL;
}

static char *do_quit(json_t *in G_GNUC_UNUSED)
{
    host_quit();
    return NULL;
}

const HostCommand host_do_misc_commands[] = {
    {"ipc", "account:s! call:s! name:s args:a", do_ipc},
    {"answer", "text:s cancel:b fields:o id:i", do_answer},
    {"action", "account:s! label:s", do_action},
    {"pref", "name:s! value:*!", do_pref},
    {"trace", "on:b!", do_trace},
    {"wait", "ev:s account:s ms:i", do_wait},
    {"wait-idle", "", do_wait_idle},
    {"loop", "", do_loop},
    {"clock", "advance_ms:i!", do_clock},
    {"quit", "", do_quit},
    {NULL, NULL, NULL},
};
