/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events out: one JSON object a line, flushed at once. Layer: tests (purple-host). The real stdout
 * is kept for these lines alone; whatever libpurple or a plugin prints goes to stderr.
 */
#ifndef TESTS_HOST_HOST_JSON_H
#define TESTS_HOST_HOST_JSON_H

#include <glib.h>
#include <jansson.h>
#include <purple.h>

/* Called with every event after it was written. The event is only lent. */
typedef void (*HostEventFunc)(json_t *event, gpointer data);

/*
 * Takes stdout for events and points file descriptor 1 at stderr. Call once, first of all.
 * Returns FALSE when the descriptor cannot be duplicated.
 */
gboolean host_json_init(void);

/* Closes the event stream. */
void host_json_uninit(void);

/* One listener, for `wait`. NULL removes it. */
void host_json_set_listener(HostEventFunc func, gpointer data);

/* A new event object {"ev": ev}; the caller fills it and hands it to host_emit(). */
json_t *host_event(const char *ev);

/* The same with the account's user name under "account" (left out for NULL). */
json_t *host_event_for(const char *ev, PurpleAccount *account);

/* Sets a member; NULL becomes "", bytes that are not UTF-8 are replaced, never dropped. */
void host_set_str(json_t *object, const char *key, const char *value);
void host_set_int(json_t *object, const char *key, json_int_t value);
void host_set_bool(json_t *object, const char *key, gboolean value);
/* Takes `value`. */
void host_set(json_t *object, const char *key, json_t *value);

/* A JSON string of any bytes, by the rules of host_set_str(). The caller owns it. */
json_t *host_string(const char *value);

/* Writes the event as one line and flushes; takes `event`. The listener is called before return. */
void host_emit(json_t *event);

/* Emits {"ev":"error","text":…}. */
void host_emit_error(const char *format, ...) G_GNUC_PRINTF(1, 2);

#endif
