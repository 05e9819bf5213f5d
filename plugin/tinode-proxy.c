/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-proxy.c: connections through libpurple's proxies. It speaks their protocols and hands
 * names on for them to look up; what it does not do right is caught here before it is asked.
 */
#include "tinode-proxy.h"

#include <eventloop.h>
#include <netinet/in.h>
#include <proxy.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/tn-codec.h"
#include "tinode-tunnel.h"

#define MAX_NAME  255 /* in SOCKS */
#define BARE_PORT 80  /* for this port libpurple asks an HTTP proxy for no tunnel */

struct _TnDial {
    TnDialDone done;
    gpointer user_data;
    guint16 port;
    int proxy_port;
    char *request; /* for a tunnel that we ask for; NULL: libpurple does */
    TinodeTunnel *tunnel;
    guint refusal; /* timer */
    TnCause cause; /* of the refusal */
    const char *detail;
};

static void dial_free(TnDial *dial)
{
    if (dial->refusal != 0)
        purple_timeout_remove(dial->refusal);
    tn_secret_free(dial->request);
    g_free(dial);
}

static void fail(TnDial *dial, TnCause cause, int code, const char *detail)
{
    const TnFailure why = {.cause = cause, .code = code, .detail = detail};
    TnDialDone done = dial->done;
    gpointer user_data = dial->user_data;

    dial_free(dial);
    done(-1, &why, user_data);
}

static void succeed(TnDial *dial, int fd)
{
    TnDialDone done = dial->done;
    gpointer user_data = dial->user_data;

    dial_free(dial);
    done(fd, NULL, user_data);
}

static gboolean on_refusal(gpointer data)
{
    TnDial *dial = data;

    dial->refusal = 0;
    fail(dial, dial->cause, 0, dial->detail);
    return FALSE;
}

/* Without asking anybody. */
static void refuse(TnDial *dial, TnCause cause, const char *detail)
{
    dial->cause = cause;
    dial->detail = detail;
    dial->refusal = purple_timeout_add(0, on_refusal, dial);
}

/* Connected ------------------------------------------------------------------------------------ */

static void on_tunnel(int fd, int status, const char *problem, gpointer data)
{
    TnDial *dial = data;

    dial->tunnel = NULL;
    if (fd >= 0)
        succeed(dial, fd);
    else
        fail(dial, TN_CAUSE_PROXY, status, problem);
}

/* The variable no_proxy makes libpurple connect without one. Then the other end is not the proxy,
 * which shows in the port; where the ports are the same, the proxy is meant. */
static gboolean is_proxy_there(int fd, int proxy_port)
{
    struct sockaddr_storage peer = {0};
    socklen_t length = sizeof peer;

    if (proxy_port == BARE_PORT || getpeername(fd, (struct sockaddr *)&peer, &length) != 0)
        return TRUE;
    if (peer.ss_family == AF_INET)
        return ntohs(((struct sockaddr_in *)&peer)->sin_port) != BARE_PORT;
    if (peer.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&peer)->sin6_port) != BARE_PORT;
    return TRUE;
}

static void on_connected(gpointer data, int fd, const char *error)
{
    TnDial *dial = data;

    if (fd < 0) {
        fail(dial, TN_CAUSE_PROXY, 0, error);
    } else if (dial->request == NULL) {
        succeed(dial, fd);
    } else if (is_proxy_there(fd, dial->proxy_port)) {
        dial->tunnel = tinode_tunnel_start(fd, g_steal_pointer(&dial->request), on_tunnel, dial);
    } else if (dial->port == BARE_PORT) {
        succeed(dial, fd);
    } else {
        close(fd);
        fail(dial, TN_CAUSE_PROXY, 0, "libpurple connected to something else than the proxy");
    }
}

/* Dialing -------------------------------------------------------------------------------------- */

static gboolean is_http(PurpleProxyType type)
{
    return type == PURPLE_PROXY_HTTP || type == PURPLE_PROXY_USE_ENVVAR;
}

/* NULL, or what this proxy cannot do, for the log. libpurple would put up a dialog at every attempt
 * for the first, and ask the proxy for another address than the one that is meant for the others.
 */
static const char *find_obstacle(const PurpleProxyInfo *proxy, const char *host)
{
    const char *name = purple_proxy_info_get_host(proxy);
    gboolean is_ipv6 = strchr(host, ':') != NULL;

    if (name == NULL || name[0] == '\0' || purple_proxy_info_get_port(proxy) <= 0)
        return "the proxy setting names no host or no port";
    if (purple_proxy_info_get_type(proxy) == PURPLE_PROXY_SOCKS4 && is_ipv6)
        return "SOCKS 4 knows no IPv6 address";
    if (strlen(host) > MAX_NAME)
        return "the name is too long for a proxy";
    return NULL;
}

/* libpurple's own way to ask for a tunnel waits for ever when the user or the password is wrong,
 * and holds up the whole program while the text of a refusal comes. So it makes the bare stream to
 * the proxy, which it does for one port, and we ask. Not where it knows more than we do: a Windows
 * domain's way to sign in (NTLM), and hosts that no_proxy names together with a port. */
static gboolean is_our_tunnel(const PurpleProxyInfo *proxy, guint16 port)
{
    const char *user = purple_proxy_info_get_username(proxy);

    if (!is_http(purple_proxy_info_get_type(proxy)))
        return FALSE;
    if (port == BARE_PORT)
        return TRUE;
    return (user == NULL || strchr(user, '\\') == NULL) && g_getenv("no_proxy") == NULL &&
           g_getenv("NO_PROXY") == NULL;
}

static TnDial *dial(const char *host, guint16 port, TnDialDone done, gpointer user_data,
                    gpointer data)
{
    PurpleAccount *account = data;
    PurpleProxyInfo *proxy = purple_proxy_get_setup(account);
    g_autofree char *bracketed = NULL;
    TnDial *self = g_new0(TnDial, 1);
    const char *obstacle = find_obstacle(proxy, host);

    self->done = done;
    self->user_data = user_data;
    self->port = port;
    self->proxy_port = purple_proxy_info_get_port(proxy);
    if (obstacle != NULL) {
        refuse(self, TN_CAUSE_PROXY_CONFIG, obstacle);
        return self;
    }
    if (is_http(purple_proxy_info_get_type(proxy)) && strchr(host, ':') != NULL)
        host = bracketed = g_strdup_printf("[%s]", host);
    if (is_our_tunnel(proxy, port)) {
        self->request = tinode_tunnel_request(host, port, purple_proxy_info_get_username(proxy),
                                              purple_proxy_info_get_password(proxy));
        port = BARE_PORT;
    }
    /* The dial is the handle: libpurple forgets some failures without a word, and a request that it
     * has forgotten cannot be cancelled by its own name. */
    if (purple_proxy_connect(self, account, host, port, on_connected, self) == NULL)
        refuse(self, TN_CAUSE_PROXY, "libpurple does not begin to connect");
    return self;
}

static void cancel(TnDial *dial_)
{
    purple_proxy_connect_cancel_with_handle(dial_);
    if (dial_->tunnel != NULL)
        tinode_tunnel_cancel(dial_->tunnel);
    dial_free(dial_);
}

static gboolean is_needed(const char *host, guint16 port, gpointer data)
{
    PurpleProxyInfo *proxy = purple_proxy_get_setup(data);

    (void)host;
    (void)port;
    return proxy != NULL && purple_proxy_info_get_type(proxy) != PURPLE_PROXY_NONE;
}

void tinode_proxy_dialer(PurpleAccount *account, TnDialer *dialer)
{
    dialer->is_needed = is_needed;
    dialer->dial = dial;
    dialer->cancel = cancel;
    dialer->data = account;
}
