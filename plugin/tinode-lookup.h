/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-lookup.h: the user behind a login, asked of the server's directory (the topic fnd). */
#ifndef TINODE_LOOKUP_H
#define TINODE_LOOKUP_H

#include "tinode-account.h"

G_BEGIN_DECLS

/* user: NULL if there is none of that login, or reply tells of a failure. name: as they call
 * themselves, NULL unknown. Not called once the account closes. */
typedef void (*TinodeLookupFunc)(const TnReply *reply, const char *user, const char *name,
                                 gpointer data);

/* One at a time. NULL: under way; else why not: plain text, (transfer full), and func is not
 * called. free_data is called in any case, when func has been or will not be. */
char *tinode_lookup(TinodeAccount *ta, const char *login, TinodeLookupFunc func, gpointer data,
                    GDestroyNotify free_data);
/* {meta} of fnd came. */
void tinode_lookup_rows(TinodeAccount *ta, const TnMeta *meta);

G_END_DECLS

#endif
