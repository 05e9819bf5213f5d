/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filling a room from what is stored, or making the topic (tests/server). */
#ifndef LOOPBACK_ROOM_LOAD_H
#define LOOPBACK_ROOM_LOAD_H

#include "room.h"

/* Fills a room; request is the {sub} that asks for it, or NULL (only what exists is loaded then).
 * Sets created and newsub of the request. Returns 0, or the code and *text of the refusal. */
int room_load(Room *room, Request *request, const char **text);

/* me: the contacts, from the user's subscriptions. */
void room_load_contacts(Room *me);

/* me: adds a contact, named by a user's id or a group's name. */
void room_add_contact(Room *me, const char *name, gboolean online, gboolean enabled);

#endif
