/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines in: reads stdin, cuts it into lines, checks each against the table of commands and runs
 * one a turn of the main loop, below everything that libpurple has to do, so that what one line
 * sets going has happened before the next is looked at. Layer: tests (purple-host).
 */
#ifndef TESTS_HOST_HOST_INPUT_H
#define TESTS_HOST_HOST_INPUT_H

#include <glib.h>
#include <jansson.h>

/*
 * A command: what {"do": name} does. `fields` names the members that it knows, separated by
 * spaces, each as name:type with the types s (string), i (integer), b (boolean), o (object),
 * a (array), * (any), and a ! behind those that must be there: "account:s! name:s! text:s".
 * Members that are not named are an error. `run` gets the checked object and returns NULL, or a
 * newly allocated text for the `error` event.
 */
typedef struct {
    const char *name;
    const char *fields;
    char *(*run)(json_t *in);
} HostCommand;

/* Starts reading stdin. `commands` ends with a NULL name and is kept. At the end: host_quit(). */
void host_input_init(const HostCommand *const *tables);
void host_input_uninit(void);

/*
 * No further line is run before an event named `ev` (of `account`, unless NULL) was emitted since
 * the last line that was no `wait`, or `ms` milliseconds have passed; with `ev` the latter is told
 * by an `error`. NULL `ev`: only time.
 */
void host_input_wait(const char *ev, const char *account, int ms);

/* Members of a checked line; strings are lent, absent ones are NULL, FALSE or the default. */
const char *host_in_str(json_t *in, const char *key);
gboolean host_in_bool(json_t *in, const char *key);
json_int_t host_in_int(json_t *in, const char *key, json_int_t otherwise);

/* A `result` event for this line: "do", "tag" when given, "account" when given; fill and emit. */
json_t *host_result(json_t *in);

#endif
