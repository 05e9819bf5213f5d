/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sessions without a connection (tests/server). */
#include "ghost.h"

#include <string.h>

#define VERSION 25

static Session *ghost_new(User *user)
{
    Session *ghost = session_new(NULL);

    ghost->user = user;
    ghost->version = VERSION;
    ghost->heard = json_array();
    return ghost;
}

static void ghost_end(Session *ghost)
{
    session_closed(ghost);
    session_settle();
}

void ghost_attach(User *user, const char *topic)
{
    Session *ghost = ghost_new(user);

    room_attach_now(ghost, topic);
    ghost_end(ghost);
}

json_t *ghost_run(User *user, json_t *frame)
{
    char *text = json_dumps(frame, JSON_COMPACT);
    const char *verb = NULL;
    json_t *body = NULL;
    json_t *packet = packet_read(text, strlen(text), &verb, &body);
    const char *topic = packet_string(body, "topic");
    Session *ghost;
    json_t *heard;

    free(text);
    if (packet == NULL || strcmp(verb, "hi") == 0 || strcmp(verb, "login") == 0 ||
        strcmp(verb, "sub") == 0) {
        json_decref(packet);
        return NULL;
    }
    ghost = ghost_new(user);
    if (topic != NULL && strcmp(topic, "me") != 0)
        room_attach_now(ghost, topic);
    json_array_clear(ghost->heard);
    session_dispatch(request_new(ghost, packet, verb, body));
    heard = json_incref(ghost->heard);
    ghost_end(ghost);
    return heard;
}
