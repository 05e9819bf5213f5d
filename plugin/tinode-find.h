/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-find.h: "Find People and Groups…" and /search: the question, and the window of results
 * with its buttons; a list of lines in clients that have no such window.
 */
#ifndef TINODE_FIND_H
#define TINODE_FIND_H

#include "tinode-search.h"

G_BEGIN_DECLS

/* Ask what to look for, then show. */
void tinode_find_ask(TinodeAccount *ta);
/* Look for it and show the results, or say that there are none. */
void tinode_find(TinodeAccount *ta, const char *words);
/* Show these hits; primary says what they are. FALSE: the client has no window for it. */
gboolean tinode_find_show(TinodeAccount *ta, const char *primary, GPtrArray *hits);
/* The same as plain lines, "Bob Smith — usrX": for clients without that window. Newly allocated. */
char *tinode_find_lines(GPtrArray *hits);

G_END_DECLS

#endif
