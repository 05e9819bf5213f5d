/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The listening socket (tests/server). */
#include "listen.h"

#include <stdio.h>

#include "clock.h"
#include "conn.h"

#define RETRY_MS 50

static GSocketService *service;
static GTlsCertificate *tls;
static guint16 listen_port;
static guint return_timer;

static gboolean on_incoming(GSocketService *from, GSocketConnection *socket, GObject *source,
                            gpointer data)
{
    (void)from;
    (void)source;
    (void)data;
    conn_accept(socket, tls);
    return TRUE;
}

static gboolean open_socket(GError **error)
{
    g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
    g_autoptr(GSocketAddress) address = g_inet_socket_address_new(loopback, listen_port);
    g_autoptr(GSocketAddress) effective = NULL;

    service = g_socket_service_new();
    if (!g_socket_listener_add_address(G_SOCKET_LISTENER(service), address, G_SOCKET_TYPE_STREAM,
                                       G_SOCKET_PROTOCOL_TCP, NULL, &effective, error)) {
        g_clear_object(&service);
        return FALSE;
    }
    listen_port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(effective));
    g_signal_connect(service, "incoming", G_CALLBACK(on_incoming), NULL);
    g_socket_service_start(service);
    return TRUE;
}

guint16 listen_start(guint16 port, GTlsCertificate *certificate, char **error)
{
    g_autoptr(GError) problem = NULL;

    listen_port = port;
    tls = certificate;
    if (open_socket(&problem))
        return listen_port;
    *error = g_strdup(problem->message);
    return 0;
}

static void close_socket(void)
{
    if (service == NULL)
        return;
    g_socket_service_stop(service);
    g_socket_listener_close(G_SOCKET_LISTENER(service));
    g_clear_object(&service);
}

static void on_return(gpointer data)
{
    g_autoptr(GError) problem = NULL;

    (void)data;
    return_timer = 0;
    if (open_socket(&problem))
        return;
    fprintf(stderr, "tinode-loopback: cannot listen again: %s\n", problem->message);
    return_timer = clock_after(RETRY_MS, on_return, NULL);
}

void listen_refuse(gint64 for_ms)
{
    close_socket();
    clock_cancel(&return_timer);
    return_timer = clock_after(for_ms, on_return, NULL);
}

void listen_stop(void)
{
    clock_cancel(&return_timer);
    close_socket();
}
