/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines in: reading, checking and running the JSON commands of purple-host. Layer: tests.
 */
#include "host-input.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

#include "host-json.h"
#include "host.h"

/* Longer lines are refused: far above any message that a test sends. */
#define LINE_MAX_BYTES (16u << 20)
/* A line waits no longer for a main loop that is never at rest. Milliseconds. */
#define LATE_MS 1000
/* Events remembered for a `wait` that comes late. */
#define RECENT_MAX 1000

static const HostCommand *const *tables;
static GByteArray *buffer;
static GQueue lines = G_QUEUE_INIT;
static guint read_source, run_source, late_source, wait_source;
static gboolean ended, finished;
static char *wait_ev, *wait_account;
static gboolean waiting;
/* Events since the last line that was no `wait`: what is waited for may have come at once. */
static json_t *recent;

static void schedule(void);

const char *host_in_str(json_t *in, const char *key)
{
    return json_string_value(json_object_get(in, key));
}

gboolean host_in_bool(json_t *in, const char *key)
{
    return json_is_true(json_object_get(in, key));
}

json_int_t host_in_int(json_t *in, const char *key, json_int_t otherwise)
{
    json_t *value = json_object_get(in, key);

    return value != NULL ? json_integer_value(value) : otherwise;
}

json_t *host_result(json_t *in)
{
    static const char *const echoed[] = {"do", "tag", "account", "name", "call"};
    json_t *event = host_event("result");

    for (guint i = 0; i < G_N_ELEMENTS(echoed); i++) {
        json_t *value = json_object_get(in, echoed[i]);

        if (value != NULL)
            json_object_set(event, echoed[i], value);
    }
    return event;
}

static gboolean type_fits(json_t *value, char type)
{
    switch (type) {
    case 's':
        return json_is_string(value);
    case 'i':
        return json_is_integer(value);
    case 'b':
        return json_is_boolean(value);
    case 'o':
        return json_is_object(value);
    case 'a':
        return json_is_array(value);
    default:
        return TRUE;
    }
}

/* The type letter of `key` in `fields`, 0 when it is not among them. */
static char field_type(const char *fields, const char *key)
{
    g_auto(GStrv) words = g_strsplit(fields, " ", -1);
    gsize length = strlen(key);

    if (strcmp(key, "do") == 0 || strcmp(key, "tag") == 0)
        return 's';
    for (guint i = 0; words[i] != NULL; i++)
        if (strncmp(words[i], key, length) == 0 && words[i][length] == ':')
            return words[i][length + 1];
    return 0;
}

static char *check_fields(const HostCommand *command, json_t *in)
{
    g_auto(GStrv) words = g_strsplit(command->fields, " ", -1);
    const char *key;
    json_t *value;

    json_object_foreach (in, key, value) {
        char type = field_type(command->fields, key);

        if (type == 0)
            return g_strdup_printf("%s: unknown field \"%s\"", command->name, key);
        if (!type_fits(value, type))
            return g_strdup_printf("%s: field \"%s\" has the wrong type", command->name, key);
    }
    for (guint i = 0; words[i] != NULL; i++) {
        char *colon = strchr(words[i], ':');

        if (colon == NULL || !g_str_has_suffix(words[i], "!"))
            continue;
        *colon = '\0';
        if (json_object_get(in, words[i]) == NULL)
            return g_strdup_printf("%s: field \"%s\" is missing", command->name, words[i]);
    }
    return NULL;
}

static const HostCommand *find_command(const char *name)
{
    for (guint t = 0; tables[t] != NULL; t++)
        for (const HostCommand *command = tables[t]; command->name != NULL; command++)
            if (strcmp(command->name, name) == 0)
                return command;
    return NULL;
}

static char *run_object(json_t *in)
{
    const char *name = host_in_str(in, "do");
    const HostCommand *command;
    char *error;

    if (name == NULL)
        return g_strdup("the line has no \"do\"");
    command = find_command(name);
    if (command == NULL)
        return g_strdup_printf("unknown command \"%s\"", name);
    error = check_fields(command, in);
    if (strcmp(name, "wait") != 0)
        json_array_clear(recent);
    return error != NULL ? error : command->run(in);
}

static void run_line(const char *line)
{
    g_autofree char *error = NULL;
    json_error_t where;
    json_t *in, *event;

    if (line[strspn(line, " \t\r")] == '\0')
        return;
    in = json_loads(line, JSON_REJECT_DUPLICATES, &where);
    if (in == NULL)
        error = g_strdup_printf("not JSON: %s", where.text);
    else if (!json_is_object(in))
        error = g_strdup("not a JSON object");
    else
        error = run_object(in);
    if (error != NULL) {
        event = host_event("error");
        host_set_str(event, "text", error);
        if (json_is_string(json_object_get(in, "do")))
            json_object_set(event, "do", json_object_get(in, "do"));
        if (json_is_string(json_object_get(in, "tag")))
            json_object_set(event, "tag", json_object_get(in, "tag"));
        host_emit(event);
    }
    json_decref(in);
}

static void unschedule(void)
{
    g_clear_handle_id(&run_source, g_source_remove);
    g_clear_handle_id(&late_source, g_source_remove);
}

/* Removes its own source, whichever of the two it is. */
static gboolean run_next(gpointer data G_GNUC_UNUSED)
{
    g_autofree char *line = g_queue_pop_head(&lines);

    unschedule();
    if (line != NULL)
        run_line(line);
    else if (ended) {
        finished = TRUE;
        host_quit();
    }
    schedule();
    return G_SOURCE_CONTINUE;
}

static void schedule(void)
{
    if (run_source != 0 || waiting || finished || (g_queue_is_empty(&lines) && !ended))
        return;
    run_source = g_idle_add_full(G_PRIORITY_DEFAULT_IDLE, run_next, NULL, NULL);
    late_source = g_timeout_add(LATE_MS, run_next, NULL);
}

static void cut_lines(void)
{
    guint8 *newline;

    while ((newline = memchr(buffer->data, '\n', buffer->len)) != NULL) {
        gsize length = newline - buffer->data;

        g_queue_push_tail(&lines, g_strndup((const char *)buffer->data, length));
        g_byte_array_remove_range(buffer, 0, length + 1);
    }
    if (buffer->len > LINE_MAX_BYTES) {
        host_emit_error("a line of more than %u bytes was dropped", LINE_MAX_BYTES);
        g_byte_array_set_size(buffer, 0);
    }
}

static gboolean read_ready(int fd, GIOCondition condition G_GNUC_UNUSED,
                           gpointer data G_GNUC_UNUSED)
{
    guint8 chunk[65536];
    gssize got = read(fd, chunk, sizeof chunk);

    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return G_SOURCE_CONTINUE;
    if (got > 0) {
        g_byte_array_append(buffer, chunk, got);
        cut_lines();
        schedule();
        return G_SOURCE_CONTINUE;
    }
    /* The last line may lack its end. */
    if (buffer->len > 0)
        g_queue_push_tail(&lines, g_strndup((const char *)buffer->data, buffer->len));
    g_byte_array_set_size(buffer, 0);
    ended = TRUE;
    read_source = 0;
    schedule();
    return G_SOURCE_REMOVE;
}

static void end_wait(void)
{
    g_clear_handle_id(&wait_source, g_source_remove);
    g_clear_pointer(&wait_ev, g_free);
    g_clear_pointer(&wait_account, g_free);
    waiting = FALSE;
    schedule();
}

static gboolean is_wanted(json_t *event, const char *ev, const char *account)
{
    if (ev == NULL || g_strcmp0(host_in_str(event, "ev"), ev) != 0)
        return FALSE;
    return account == NULL || g_strcmp0(host_in_str(event, "account"), account) == 0;
}

static void saw_event(json_t *event, gpointer data G_GNUC_UNUSED)
{
    if (json_array_size(recent) < RECENT_MAX)
        json_array_append(recent, event);
    if (waiting && is_wanted(event, wait_ev, wait_account))
        end_wait();
}

static gboolean wait_over(gpointer data G_GNUC_UNUSED)
{
    g_autofree char *ev = g_strdup(wait_ev);

    wait_source = 0;
    end_wait();
    if (ev != NULL)
        host_emit_error("wait: no \"%s\" came in time", ev);
    return G_SOURCE_REMOVE;
}

void host_input_wait(const char *ev, const char *account, int ms)
{
    json_t *event;
    size_t i;

    json_array_foreach (recent, i, event)
        if (is_wanted(event, ev, account))
            return;
    waiting = TRUE;
    wait_ev = g_strdup(ev);
    wait_account = g_strdup(account);
    wait_source = g_timeout_add(ms, wait_over, NULL);
}

void host_input_init(const HostCommand *const *command_tables)
{
    tables = command_tables;
    buffer = g_byte_array_new();
    recent = json_array();
    host_json_set_listener(saw_event, NULL);
    read_source = g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, read_ready, NULL);
}

void host_input_uninit(void)
{
    host_json_set_listener(NULL, NULL);
    g_clear_handle_id(&read_source, g_source_remove);
    unschedule();
    g_clear_handle_id(&wait_source, g_source_remove);
    g_clear_pointer(&wait_ev, g_free);
    g_clear_pointer(&wait_account, g_free);
    g_queue_clear_full(&lines, g_free);
    g_clear_pointer(&recent, json_decref);
    g_clear_pointer(&buffer, g_byte_array_unref);
}
