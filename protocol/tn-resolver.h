/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-resolver.h: names to numeric addresses, in the background. Private to the transport; below it.
 */
#ifndef TN_RESOLVER_H
#define TN_RESOLVER_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct _TnLookup TnLookup;

/* addresses: numeric, in the order to try them, IPv4 and IPv6 by turns, at least one; NULL if the
 * name could not be resolved, then error says why (for the log). Both borrowed. The lookup is
 * released after the call. */
typedef void (*TnLookupFunc)(char *const *addresses, const char *error, gpointer user_data);

/* Look a name up without blocking. done is called once, from a later turn of the default main
 * context. */
TnLookup *tn_lookup_start(const char *name, TnLookupFunc done,
                          gpointer user_data) G_GNUC_WARN_UNUSED_RESULT;
/* done is not called any more, and nothing of the lookup is left when this returns. */
void tn_lookup_cancel(TnLookup *lookup);

G_END_DECLS

#endif
