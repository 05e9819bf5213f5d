/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-pictures.h: pictures that the user puts between words: small ones go inside the message,
 * large ones up as files first. The message keeps its place in the outbox meanwhile, and what is
 * written after it waits behind it; it fails if a picture does not get there.
 */
#ifndef TINODE_PICTURES_H
#define TINODE_PICTURES_H

#include "tinode-topic.h"

G_BEGIN_DECLS

/* The client's HTML names pictures of its store, or an earlier run left such that never went up. */
gboolean tinode_pictures_are_in(const char *html);
/* Send it; extra as for tinode_outbox_push(). Returns: the id, newly allocated. NULL: refused, and
 * told in the conversation. */
char *tinode_pictures_send(TinodeTopic *topic, const char *html, GVariant *extra);
/* The account closes: what is on its way up is given up; the message fails at the next sign-in. */
void tinode_pictures_close(TinodeAccount *ta);

G_END_DECLS

#endif
