/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections to a server anywhere, in the clear or through TLS (tests/server). Part of conform.c.
 */
#ifndef CONFORM_DIAL_H
#define CONFORM_DIAL_H

#include <gio/gio.h>
#include <glib-unix.h>

static struct {
    char *host; /* host:port */
    gboolean tls;
    const char *ca_file; /* NULL: the system's */
} dial;

typedef struct {
    GIOStream *far;
    int near;
} Relay;

static void on_client_event(GSocketClient *client, GSocketClientEvent event,
                            GSocketConnectable *connectable, GIOStream *stream, gpointer data)
{
    GTlsDatabase *trusted = data;

    (void)client;
    (void)connectable;
    if (event == G_SOCKET_CLIENT_TLS_HANDSHAKING)
        g_tls_connection_set_database(G_TLS_CONNECTION(stream), trusted);
}

static gpointer relay_out(gpointer data)
{
    Relay *relay = data;
    GOutputStream *out = g_io_stream_get_output_stream(relay->far);
    char chunk[16384];
    ssize_t n;

    while ((n = recv(relay->near, chunk, sizeof chunk, 0)) > 0 &&
           g_output_stream_write_all(out, chunk, (gsize)n, NULL, NULL, NULL))
        ;
    g_io_stream_close(relay->far, NULL, NULL);
    return NULL;
}

static gpointer relay_in(gpointer data)
{
    Relay *relay = data;
    GInputStream *in = g_io_stream_get_input_stream(relay->far);
    GThread *other = g_thread_new("out", relay_out, relay);
    char chunk[16384];
    gssize n;

    while ((n = g_input_stream_read(in, chunk, sizeof chunk, NULL, NULL)) > 0 &&
           send(relay->near, chunk, (size_t)n, MSG_NOSIGNAL) == n)
        ;
    shutdown(relay->near, SHUT_RDWR);
    g_thread_join(other);
    close(relay->near);
    g_object_unref(relay->far);
    g_free(relay);
    return NULL;
}

/* Our end of a pair of sockets whose other end two threads keep in step with the server. */
static int through_tls(GSocketConnection *connection)
{
    Relay *relay;
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return -1;
    relay = g_new0(Relay, 1);
    relay->far = g_object_ref(G_IO_STREAM(connection));
    relay->near = ends[1];
    g_thread_unref(g_thread_new("in", relay_in, relay));
    return ends[0];
}

static int dial_server(guint16 port)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketConnection) connection = NULL;
    g_autoptr(GTlsDatabase) trusted = NULL;
    g_autoptr(GError) error = NULL;

    g_socket_client_set_timeout(client, dial.tls ? 0 : WIRE_DEADLINE_MS / 1000);
    g_socket_client_set_tls(client, dial.tls);
    if (dial.tls && dial.ca_file != NULL) {
        trusted = g_tls_file_database_new(dial.ca_file, &error);
        if (trusted != NULL)
            g_signal_connect(client, "event", G_CALLBACK(on_client_event), trusted);
    }
    if (error == NULL)
        connection = g_socket_client_connect_to_host(client, dial.host, port, NULL, &error);
    if (connection == NULL) {
        fprintf(stderr, "conform: %s: %s\n", dial.host, error->message);
        return -1;
    }
    if (dial.tls)
        return through_tls(connection);
    /* A copy outlives the object; the socket of GLib does not block. */
    {
        int fd = dup(g_socket_get_fd(g_socket_connection_get_socket(connection)));

        if (fd >= 0)
            g_unix_set_fd_nonblocking(fd, FALSE, NULL);
        return fd;
    }
}

#endif
