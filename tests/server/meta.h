/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of {get} that have files of their own (tests/server): rows, searching, {set desc}. */
#ifndef LOOPBACK_META_H
#define LOOPBACK_META_H

#include "room.h"

/* {meta} around one part, which is taken. */
void meta_send(Request *request, const char *topic, const char *part, json_t *value);

/* 204 with params.what. */
void meta_nothing(Request *request, const char *topic, const char *what);

/* Time in `ims` of options of a {get}; 0: none. */
gint64 meta_since(json_t *options);

/* rows.c: meta.sub of me, fnd, and the rest. `options` is the "sub" of the query, or NULL. */
void rows_get(Room *room, Request *request, json_t *options);
/* A user's own row of a topic, without being attached. */
void rows_get_own(Request *request, json_t *options);

/* describe.c: meta.desc and {set desc}. */
void describe_get(Room *room, Request *request, json_t *options);
void describe_get_unattached(Request *request);
void describe_set(Room *room, Request *request);

#endif
