/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-core.c: the fake's life, and its record of events. */
#include "fake-files.h"
#include "fake.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

/* The plugin's entry point. */
gboolean purple_init_plugin(PurplePlugin *plugin);

typedef struct {
    FakeKind kind;
    char *line;
} Event;

static GQueue events = G_QUEUE_INIT;
static guint allowed;
static PurplePlugin plugin;
static char *user_dir;

static void event_free(gpointer data)
{
    Event *event = data;

    g_free(event->line);
    g_free(event);
}

void fake_fail(const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    fail_msg("at %" G_GINT64_FORMAT " ms: %s", fake_now_ms(), text);
    abort(); /* fail_msg() does not return, but does not say so */
}

char *fake_json(const char *text)
{
    return g_strdelimit(g_strdup(text), "'", '"');
}

/* Events ----------------------------------------------------------------------------------------
 */

void fake_event(FakeKind kind, PurpleAccount *account, const char *format, ...)
{
    GList *all = fake_accounts();
    Event *event = g_new0(Event, 1);
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    event->kind = kind;
    if (account == NULL || (all != NULL && all->data == account))
        event->line = g_steal_pointer(&text);
    else
        event->line = g_strdup_printf("%s: %s", account->username, text);
    g_queue_push_tail(&events, event);
}

/* One * stands for anything. */
static gboolean matches(const char *line, const char *pattern)
{
    const char *star = strchr(pattern, '*');
    gsize before = star != NULL ? (gsize)(star - pattern) : 0;

    if (star == NULL)
        return strcmp(line, pattern) == 0;
    return strlen(line) >= strlen(pattern) - 1 && strncmp(line, pattern, before) == 0 &&
           g_str_has_suffix(line, star + 1);
}

static char *list_events(guint kinds)
{
    GString *text = g_string_new(NULL);

    for (GList *link = events.head; link != NULL; link = link->next) {
        Event *event = link->data;

        if ((event->kind & kinds) != 0)
            g_string_append_printf(text, "\n    %s", event->line);
    }
    return g_string_free(text, FALSE);
}

static GList *next_of(GList *link, guint kinds)
{
    while (link != NULL && (((Event *)link->data)->kind & kinds) == 0)
        link = link->next;
    return link;
}

void fake_expect(guint kinds, ...)
{
    g_autofree char *all = list_events(kinds);
    const char *line;
    GList *link;
    va_list args;

    va_start(args, kinds);
    link = next_of(events.head, kinds);
    while ((line = va_arg(args, const char *)) != NULL) {
        GList *next = link != NULL ? next_of(link->next, kinds) : NULL;

        if (link == NULL || !matches(((Event *)link->data)->line, line))
            fake_fail("expected '%s', got '%s'; all events:%s", line,
                      link != NULL ? ((Event *)link->data)->line : "nothing more", all);
        event_free(link->data);
        g_queue_delete_link(&events, link);
        link = next;
    }
    va_end(args);
    if (link != NULL)
        fake_fail("unexpected '%s'; all events:%s", ((Event *)link->data)->line, all);
}

void fake_expect_next(guint kinds, const char *line)
{
    GList *link = next_of(events.head, kinds);

    if (link == NULL || !matches(((Event *)link->data)->line, line))
        fake_fail("expected '%s', got '%s'", line,
                  link != NULL ? ((Event *)link->data)->line : "nothing more");
    event_free(link->data);
    g_queue_delete_link(&events, link);
}

void fake_ignore(guint kinds)
{
    GList *link = next_of(events.head, kinds);

    while (link != NULL) {
        GList *next = next_of(link->next, kinds);

        event_free(link->data);
        g_queue_delete_link(&events, link);
        link = next;
    }
}

void fake_expect_one(guint kinds, const char *line)
{
    g_autofree char *all = list_events(kinds);

    for (GList *link = next_of(events.head, kinds); link != NULL; link = next_of(link->next, kinds))
        if (matches(((Event *)link->data)->line, line)) {
            event_free(link->data);
            g_queue_delete_link(&events, link);
            return;
        }
    fake_fail("expected '%s' among:%s", line, all);
}

void fake_take_lines(const char *beginning, GPtrArray *texts)
{
    const char *word = strstr(beginning, "> ") + 2;
    GList *link = next_of(events.head, FAKE_LINE);

    while (link != NULL) {
        GList *next = next_of(link->next, FAKE_LINE);
        Event *event = link->data;

        if (g_str_has_prefix(event->line, beginning)) {
            const char *text = event->line + (word - beginning);

            g_ptr_array_add(texts, g_strndup(text, (gsize)(strrchr(text, '[') - text) - 1));
            event_free(event);
            g_queue_delete_link(&events, link);
        }
        link = next;
    }
}

guint fake_count(guint kinds, const char *line)
{
    guint count = 0;

    for (GList *link = next_of(events.head, kinds); link != NULL; link = next_of(link->next, kinds))
        count += matches(((Event *)link->data)->line, line);
    return count;
}

char *fake_last(guint kinds, const char *line)
{
    const char *last = NULL;

    for (GList *link = next_of(events.head, kinds); link != NULL; link = next_of(link->next, kinds))
        if (matches(((Event *)link->data)->line, line))
            last = ((Event *)link->data)->line;
    return g_strdup(last);
}

char *fake_message_states(void)
{
    GString *states = g_string_new(NULL);
    GList *link = next_of(events.head, FAKE_SIGNAL);

    while (link != NULL) {
        GList *next = next_of(link->next, FAKE_SIGNAL);
        Event *event = link->data;
        g_auto(GStrv) words = g_strsplit(event->line, " ", -1);

        if (g_str_has_prefix(event->line, "tinode-message-state ")) {
            g_string_append_printf(states, "%s%s", states->len > 0 ? " " : "", words[4]);
            event_free(event);
            g_queue_delete_link(&events, link);
        }
        link = next;
    }
    return g_string_free(states, FALSE);
}

void fake_allow(guint kinds)
{
    allowed |= kinds;
}

/* Life ------------------------------------------------------------------------------------------
 */

PurplePlugin *fake_plugin(void)
{
    return &plugin;
}

PurplePluginProtocolInfo *fake_prpl(void)
{
    return plugin.info->extra_info;
}

void fake_load(void)
{
    assert_false(plugin.loaded);
    assert_true(plugin.info->load(&plugin));
    plugin.loaded = TRUE;
    fake_watch_signals();
}

void fake_unload(void)
{
    assert_true(plugin.loaded);
    assert_true(plugin.info->unload(&plugin));
    /* As libpurple does after unload. */
    purple_plugin_ipc_unregister_all(&plugin);
    plugin.loaded = FALSE;
}

/* What GLib complains about is a bug. */
static void on_log(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
    (void)data;
    if ((level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) != 0)
        fake_fail("%s: %s", domain != NULL ? domain : "?", message);
}

int fake_setup_unloaded(void **state)
{
    (void)state;
    g_log_set_default_handler(on_log, NULL);
    g_setenv("TZ", "UTC", TRUE);
    if (plugin.info == NULL)
        assert_true(purple_init_plugin(&plugin));
    user_dir = g_dir_make_tmp("tinode-test-XXXXXX", NULL);
    assert_non_null(user_dir);
    fake_set_user_dir(user_dir);
    fake_debug_reset();
    fake_request_reset();
    fake_group_reset();
    fake_time_reset();
    fake_signals_reset();
    fake_link_reset();
    fake_files_reset();
    fake_proxy_reset();
    fake_server_reset();
    fake_set_ui(FAKE_PIDGIN);
    fake_companion_reset();
    fake_block(NULL);
    allowed = 0;
    return 0;
}

int fake_setup(void **state)
{
    fake_setup_unloaded(state);
    fake_load();
    return 0;
}

static void remove_tree(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    if (dir != NULL) {
        g_chmod(path, 0700);
        while ((name = g_dir_read_name(dir)) != NULL) {
            g_autofree char *child = g_build_filename(path, name, NULL);

            remove_tree(child);
        }
        g_dir_close(dir);
    }
    g_remove(path);
}

static void check_events(void)
{
    g_autofree char *all = list_events(FAKE_ANY & ~allowed);

    g_queue_clear_full(&events, event_free);
    if (all[0] != '\0')
        fake_fail("events that the test did not claim:%s", all);
}

int fake_teardown(void **state)
{
    (void)state;
    for (GList *link = fake_accounts(); link != NULL; link = link->next)
        if (((PurpleAccount *)link->data)->gc != NULL)
            fake_logout(link->data);
    fake_ignore(FAKE_STATE);
    fake_conversations_end();
    fake_ignore(FAKE_CONV);
    if (plugin.loaded)
        fake_unload();
    remove_tree(user_dir);
    g_clear_pointer(&user_dir, g_free);
    fake_time_check();
    fake_lists_end();
    fake_companion_end();
    fake_accounts_end();
    fake_signals_check();
    fake_lists_check();
    fake_server_reset();
    fake_form_check();
    fake_link_check();
    fake_files_check();
    fake_proxy_check();
    check_events();
    return 0;
}
