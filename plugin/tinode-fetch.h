/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-fetch.h: small files that nobody asked for by a click (pictures in messages, contacts'
 * photos): from the account's own server only, two at a time, bounded in size and time.
 */
#ifndef TINODE_FETCH_H
#define TINODE_FETCH_H

#include "tinode-account.h"

G_BEGIN_DECLS

/* bytes: borrowed; NULL: it could not be had. data is freed after the call by its destroy. */
typedef void (*TinodeFetchFunc)(TinodeAccount *ta, GBytes *bytes, gpointer data);

TinodeFetch *tinode_fetch_new(TinodeAccount *ta) G_GNUC_WARN_UNUSED_RESULT;
/* Stop everything: nobody is told any more. */
void tinode_fetch_quiet(TinodeFetch *fetch);
void tinode_fetch_free(TinodeFetch *fetch);

/* FALSE: not from our server, not signed in, or too many are waiting: func is not called, data was
 * freed. Else func is called once from a later turn of the loop, unless the account closes first;
 * it may close the account. limit: bytes. */
gboolean tinode_fetch_add(TinodeFetch *fetch, const char *ref, goffset limit, TinodeFetchFunc func,
                          gpointer data, GDestroyNotify destroy);

G_END_DECLS

#endif
