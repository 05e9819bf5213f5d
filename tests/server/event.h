/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines out (tests/server): answers to steering lines, and, with --events, what the server
 * observes. */
#ifndef LOOPBACK_EVENT_H
#define LOOPBACK_EVENT_H

#include <glib.h>
#include <jansson.h>

/* Turns {"ev":…} lines on. */
void event_enable(void);

/* Writes one line to stdout and flushes it; the object is taken. */
void event_line(json_t *object);

/* {"ev":name,"who":login,"topic":as that user names it,"room":stable name,"seq":…,"what":…}; parts
 * that are NULL or 0 are left out. Nothing unless events are on. */
void event_say(const char *name, const char *who, const char *topic, const char *room,
               const char *what, int seq);

/* The same for a message that was stored, with what is in it; content is lent. */
void event_pub(const char *who, const char *topic, const char *room, int seq, json_t *content);

#endif
