/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events out: building and writing the JSON lines of purple-host. Layer: tests.
 */
#include "host-json.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static FILE *out;
static HostEventFunc listener;
static gpointer listener_data;

gboolean host_json_init(void)
{
    int fd = dup(STDOUT_FILENO);

    if (fd < 0)
        return FALSE;
    out = fdopen(fd, "w");
    if (out == NULL || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        return FALSE;
    return TRUE;
}

void host_json_uninit(void)
{
    if (out != NULL)
        fclose(out);
    out = NULL;
}

void host_json_set_listener(HostEventFunc func, gpointer data)
{
    listener = func;
    listener_data = data;
}

json_t *host_string(const char *value)
{
    g_autofree char *valid = NULL;

    if (value == NULL)
        value = "";
    if (!g_utf8_validate(value, -1, NULL))
        value = valid = g_utf8_make_valid(value, -1);
    return json_string(value);
}

json_t *host_event(const char *ev)
{
    json_t *event = json_object();

    host_set_str(event, "ev", ev);
    return event;
}

json_t *host_event_for(const char *ev, PurpleAccount *account)
{
    json_t *event = host_event(ev);

    if (account != NULL)
        host_set_str(event, "account", purple_account_get_username(account));
    return event;
}

void host_set_str(json_t *object, const char *key, const char *value)
{
    json_object_set_new(object, key, host_string(value));
}

void host_set_int(json_t *object, const char *key, json_int_t value)
{
    json_object_set_new(object, key, json_integer(value));
}

void host_set_bool(json_t *object, const char *key, gboolean value)
{
    json_object_set_new(object, key, json_boolean(value));
}

void host_set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

void host_emit(json_t *event)
{
    if (out != NULL) {
        json_dumpf(event, out, JSON_COMPACT);
        fputc('\n', out);
        fflush(out);
    }
    if (listener != NULL)
        listener(event, listener_data);
    json_decref(event);
}

void host_emit_error(const char *format, ...)
{
    g_autofree char *text = NULL;
    json_t *event;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    event = host_event("error");
    host_set_str(event, "text", text);
    host_emit(event);
}
