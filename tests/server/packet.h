/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets of the protocol as JSON (tests/server): which keys and types a client may send, and the
 * making of {ctrl}. Wire facts, section 0.1. */
#ifndef LOOPBACK_PACKET_H
#define LOOPBACK_PACKET_H

#include <glib.h>
#include <jansson.h>

/* Reads a frame of a client. On success a new reference to the whole, *verb (static text), *body
 * (borrowed). NULL if it is no packet: broken JSON, a key or type that does not belong, nothing in
 * it. */
json_t *packet_read(const char *text, gsize len, const char **verb, json_t **body);

/* {"ctrl":…}; id, topic may be NULL or empty, params NULL (none) or anything, JSON null too; they
 * are taken. New reference. */
json_t *packet_ctrl(const char *id, const char *topic, int code, const char *text, json_t *params);

/* The usual text of a code; "" if there is none. */
const char *packet_text(int code);

/* Members of an object, or NULL / 0 / FALSE. */
const char *packet_string(json_t *object, const char *key);
int packet_int(json_t *object, const char *key);
gboolean packet_bool(json_t *object, const char *key);

/* Sets a member unless it is zero, FALSE or NULL, as the server does. */
void packet_set_int(json_t *object, const char *key, int value);
void packet_set_bool(json_t *object, const char *key, gboolean value);
void packet_set_string(json_t *object, const char *key, const char *value);
void packet_set(json_t *object, const char *key, json_t *value); /* value borrowed */
void packet_set_time(json_t *object, const char *key, gint64 ms);

/* {want, given, mode}. New reference. */
json_t *packet_acs(unsigned want, unsigned given);

/* [{low, hi}] or [{low}] of half-open ranges. */
json_t *packet_range(int low, int hi);

#endif
