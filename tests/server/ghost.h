/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sessions without a connection (tests/server): a user acts on order, and everybody else is told as
 * if a client had done it. */
#ifndef LOOPBACK_GHOST_H
#define LOOPBACK_GHOST_H

#include "room.h"

/* Attaches a user to a topic and leaves it again: the topic is made if need be. */
void ghost_attach(User *user, const char *topic);

/* Does a request of a client in the name of a user, attached to its topic meanwhile. Returns what
 * the ghost was sent, as an array (new reference); NULL: no packet, or one that cannot be done so.
 */
json_t *ghost_run(User *user, json_t *frame);

#endif
