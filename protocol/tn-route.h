/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-route.h: the way to a server, before there is a connection: through the host's dialer where
 * that is needed, else by looking the name up. Private to what connects; below it.
 */
#ifndef TN_ROUTE_H
#define TN_ROUTE_H

#include "tn-dialer.h"
#include "tn-relay.h"

G_BEGIN_DECLS

typedef struct _TnRoute TnRoute;

/* addresses: what to connect to, by turns (transfer full); NULL: there is none, then why says the
 * cause (borrowed). relay: lives behind the one address, (transfer full); NULL where nobody dialed.
 * The route is gone when this is called. */
typedef void (*TnRouteFunc)(char **addresses, TnRelay *relay, const TnFailure *why,
                            gpointer user_data);

/* host: ASCII name or numeric address. dialer is copied; all of it may be NULL. Within limit_ms a
 * connection is made by the dialer, or within half of it the name is looked up. done is called
 * once, from a later turn of the default main context. */
TnRoute *tn_route_start(const char *host, guint16 port, const TnDialer *dialer, guint limit_ms,
                        TnRouteFunc done, gpointer user_data) G_GNUC_WARN_UNUSED_RESULT;
/* done is not called any more. NULL is allowed. */
void tn_route_cancel(TnRoute *route);

G_END_DECLS

#endif
