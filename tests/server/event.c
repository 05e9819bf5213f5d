/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines out (tests/server). */
#include "event.h"

#include <stdio.h>
#include <stdlib.h>

static gboolean enabled;

void event_enable(void)
{
    enabled = TRUE;
}

void event_line(json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);

    puts(text);
    fflush(stdout);
    free(text);
    json_decref(object);
}

void event_pub(const char *who, const char *topic, const char *room, int seq, json_t *content)
{
    if (enabled)
        event_line(json_pack("{s:s, s:s, s:s, s:s, s:i, s:O}", "ev", "pub", "who", who, "topic",
                             topic, "room", room, "seq", seq, "content", content));
}

void event_say(const char *name, const char *who, const char *topic, const char *room,
               const char *what, int seq)
{
    json_t *line;

    if (!enabled)
        return;
    line = json_pack("{s:s}", "ev", name);
    if (who != NULL)
        json_object_set_new(line, "who", json_string(who));
    if (topic != NULL)
        json_object_set_new(line, "topic", json_string(topic));
    if (room != NULL)
        json_object_set_new(line, "room", json_string(room));
    if (what != NULL)
        json_object_set_new(line, "what", json_string(what));
    if (seq != 0)
        json_object_set_new(line, "seq", json_integer(seq));
    event_line(line);
}
