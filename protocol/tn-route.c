/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-route.c: dialing or looking up, with a deadline. Part of protocol/.
 */
#include "tn-route.h"

#include <gio/gio.h>

#include "tn-resolver.h"

struct _TnRoute {
    char *host;
    TnDialer dialer;
    TnLookup *lookup;
    TnDial *dial;
    guint deadline, turn; /* sources */
    TnRouteFunc done;
    gpointer user_data;
};

static void route_free(TnRoute *route)
{
    if (route->lookup != NULL)
        tn_lookup_cancel(route->lookup);
    if (route->dial != NULL)
        route->dialer.cancel(route->dial);
    if (route->deadline != 0)
        g_source_remove(route->deadline);
    if (route->turn != 0)
        g_source_remove(route->turn);
    g_free(route->host);
    g_free(route);
}

void tn_route_cancel(TnRoute *route)
{
    if (route != NULL)
        route_free(route);
}

static void finish(TnRoute *route, char **addresses, TnRelay *relay, const TnFailure *why)
{
    TnRouteFunc done = route->done;
    gpointer user_data = route->user_data;

    route_free(route);
    done(addresses, relay, why, user_data);
}

static void fail(TnRoute *route, TnCause cause, int code, const char *detail)
{
    const TnFailure why = {.cause = cause, .code = code, .detail = detail};

    finish(route, NULL, NULL, &why);
}

static gboolean on_deadline(gpointer user_data)
{
    TnRoute *route = user_data;

    route->deadline = 0;
    if (route->lookup != NULL)
        fail(route, TN_CAUSE_TIMEOUT, 0, "looking up the name took too long");
    else
        fail(route, TN_CAUSE_PROXY, 0, "no connection through the proxy in time");
    return G_SOURCE_REMOVE;
}

static void on_addresses(char *const *addresses, const char *error, gpointer user_data)
{
    TnRoute *route = user_data;

    route->lookup = NULL;
    if (addresses == NULL)
        fail(route, TN_CAUSE_DNS, 0, error);
    else
        finish(route, g_strdupv((char **)addresses), NULL, NULL);
}

static void on_dialed(int fd, const TnFailure *why, gpointer user_data)
{
    TnRoute *route = user_data;
    const char *only[] = {NULL, NULL};
    TnRelay *relay;

    route->dial = NULL;
    if (fd < 0) {
        fail(route, why->cause, why->code, why->detail);
        return;
    }
    relay = tn_relay_new(fd);
    if (relay == NULL) {
        fail(route, TN_CAUSE_PROXY, 0, "there is no local socket to be had");
        return;
    }
    only[0] = tn_relay_address(relay);
    finish(route, g_strdupv((char **)only), relay, NULL);
}

static gboolean on_numeric(gpointer user_data)
{
    TnRoute *route = user_data;
    const char *only[] = {route->host, NULL};

    route->turn = 0;
    finish(route, g_strdupv((char **)only), NULL, NULL);
    return G_SOURCE_REMOVE;
}

TnRoute *tn_route_start(const char *host, guint16 port, const TnDialer *dialer, guint limit_ms,
                        TnRouteFunc done, gpointer user_data)
{
    TnRoute *route = g_new0(TnRoute, 1);

    route->host = g_strdup(host);
    route->dialer = *dialer;
    route->done = done;
    route->user_data = user_data;
    if (dialer->dial != NULL && dialer->is_needed(host, port, dialer->data)) {
        route->deadline = g_timeout_add(limit_ms, on_deadline, route);
        route->dial = dialer->dial(host, port, on_dialed, route, dialer->data);
    } else if (g_hostname_is_ip_address(host)) {
        route->turn = g_timeout_add(0, on_numeric, route);
    } else {
        route->deadline = g_timeout_add(limit_ms / 2, on_deadline, route);
        route->lookup = tn_lookup_start(host, on_addresses, route);
    }
    return route;
}
