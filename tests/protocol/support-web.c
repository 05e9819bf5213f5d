/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * support-web.c: see support-web.h. Everything is asynchronous in the default main context.
 */
#include "support-web.h"

#include <string.h>
#include <sys/socket.h>

typedef struct {
    int refs; /* of the server, and of each operation under way */
    Web *web; /* NULL: dropped */
    GSocketConnection *socket;
    GIOStream *stream;
    GCancellable *cancellable;
    guint8 chunk[65536];
    GByteArray *in;
    WebRequest *request; /* owned by the server; NULL: no head yet */
    gsize wanted;        /* bytes of the body */
    const WebPage *page;
    GByteArray *out;
    gboolean is_answered;
} Conn;

static void conn_unref(gpointer data)
{
    Conn *conn = data;

    if (--conn->refs > 0)
        return;
    g_byte_array_unref(conn->in);
    g_byte_array_unref(conn->out);
    g_clear_object(&conn->stream);
    g_clear_object(&conn->socket);
    g_object_unref(conn->cancellable);
    g_free(conn);
}

static void conn_drop(Conn *conn)
{
    Web *web = g_steal_pointer(&conn->web);

    if (web == NULL)
        return;
    web->n_ended++;
    g_cancellable_cancel(conn->cancellable);
    if (web->certificate != NULL)
        g_socket_shutdown(g_socket_connection_get_socket(conn->socket), TRUE, TRUE, NULL);
    else
        g_socket_close(g_socket_connection_get_socket(conn->socket), NULL);
    g_ptr_array_remove(web->conns, conn);
}

static void append_body(Conn *conn, gboolean is_half)
{
    gsize length = conn->page->body != NULL ? g_bytes_get_size(conn->page->body) : 0;

    if (length > 0)
        g_byte_array_append(conn->out, g_bytes_get_data(conn->page->body, NULL),
                            (guint)(is_half ? length / 2 : length));
}

static void on_written(GObject *source, GAsyncResult *result, gpointer user_data);

static void write_out(Conn *conn)
{
    conn->refs++;
    g_output_stream_write_all_async(g_io_stream_get_output_stream(conn->stream), conn->out->data,
                                    conn->out->len, G_PRIORITY_DEFAULT, conn->cancellable,
                                    on_written, conn);
}

static void on_written(GObject *source, GAsyncResult *result, gpointer user_data)
{
    Conn *conn = user_data;
    const gboolean is_ok =
        g_output_stream_write_all_finish(G_OUTPUT_STREAM(source), result, NULL, NULL);

    if (conn->web != NULL) {
        conn->web->n_sent += conn->out->len;
        g_byte_array_set_size(conn->out, 0);
        if (is_ok && conn->page->mode == WEB_ENDLESS) {
            append_body(conn, FALSE);
            write_out(conn);
        } else if (!is_ok || conn->page->mode != WEB_HANG) {
            conn_drop(conn);
        }
    }
    conn_unref(conn);
}

static void answer(Conn *conn)
{
    const WebPage *page = conn->page;
    g_autofree char *head = NULL;

    if (conn->is_answered || page->mode == WEB_SILENT || page->mode == WEB_DEAF)
        return;
    conn->is_answered = TRUE;
    head = page->head != NULL
               ? g_strdup(page->head)
               : g_strdup_printf("HTTP/1.1 200 OK\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n",
                                 page->body != NULL ? g_bytes_get_size(page->body) : 0);
    g_byte_array_append(conn->out, (const guint8 *)head, (guint)strlen(head));
    g_byte_array_append(conn->out, (const guint8 *)"\r\n", 2);
    append_body(conn, page->mode == WEB_CUT || page->mode == WEB_HANG);
    write_out(conn);
}

static gsize body_length(const char *head)
{
    g_autofree char *lower = g_ascii_strdown(head, -1);
    const char *at = strstr(lower, "content-length:");

    return at != NULL ? (gsize)g_ascii_strtoull(at + strlen("content-length:"), NULL, 10) : 0;
}

static void take(Conn *conn)
{
    if (conn->request == NULL) {
        char *end = g_strstr_len((const char *)conn->in->data, conn->in->len, "\r\n\r\n");

        if (end == NULL)
            return;
        conn->request = g_new0(WebRequest, 1);
        conn->request->head =
            g_strndup((const char *)conn->in->data, end - (const char *)conn->in->data);
        conn->request->body = g_byte_array_new();
        g_ptr_array_add(conn->web->requests, conn->request);
        g_byte_array_remove_range(conn->in, 0, (guint)strlen(conn->request->head) + 4);
        conn->wanted = body_length(conn->request->head);
        conn->page = conn->web->page(conn->request->head, conn->web->user_data);
    }
    g_byte_array_append(conn->request->body, conn->in->data, conn->in->len);
    g_byte_array_set_size(conn->in, 0);
    if (conn->request->body->len >= conn->wanted)
        answer(conn);
}

static void read_next(Conn *conn);

static void on_read(GObject *source, GAsyncResult *result, gpointer user_data)
{
    Conn *conn = user_data;
    const gssize n = g_input_stream_read_finish(G_INPUT_STREAM(source), result, NULL);

    if (conn->web != NULL && n > 0) {
        g_byte_array_append(conn->in, conn->chunk, (guint)n);
        take(conn);
    }
    if (conn->web != NULL && n <= 0)
        conn_drop(conn);
    else if (conn->web != NULL && (conn->page == NULL || conn->page->mode != WEB_DEAF))
        read_next(conn);
    conn_unref(conn);
}

static void read_next(Conn *conn)
{
    conn->refs++;
    g_input_stream_read_async(g_io_stream_get_input_stream(conn->stream), conn->chunk,
                              sizeof conn->chunk, G_PRIORITY_DEFAULT, conn->cancellable, on_read,
                              conn);
}

static gboolean on_incoming(GSocketService *service, GSocketConnection *socket, GObject *source,
                            gpointer user_data)
{
    Web *web = user_data;
    Conn *conn = g_new0(Conn, 1);
    g_autoptr(GError) error = NULL;

    (void)service;
    (void)source;
    web->n_accepted++;
    conn->refs = 1;
    conn->web = web;
    conn->in = g_byte_array_new();
    conn->out = g_byte_array_new();
    conn->cancellable = g_cancellable_new();
    conn->socket = g_object_ref(socket);
    conn->stream = web->certificate == NULL
                       ? g_object_ref(G_IO_STREAM(socket))
                       : g_tls_server_connection_new(G_IO_STREAM(socket), web->certificate, &error);
    if (conn->stream == NULL)
        g_error("TLS: %s", error->message);
    g_ptr_array_add(web->conns, conn);
    read_next(conn);
    return TRUE;
}

static void request_free(gpointer data)
{
    WebRequest *request = data;

    g_free(request->head);
    g_byte_array_unref(request->body);
    g_free(request);
}

Web *web_new(const char *certificate)
{
    Web *web = g_new0(Web, 1);
    g_autoptr(GError) error = NULL;
    g_autoptr(GSocketAddress) any = g_inet_socket_address_new_from_string("127.0.0.1", 0);
    g_autoptr(GSocketAddress) bound = NULL;

    web->conns = g_ptr_array_new_with_free_func(conn_unref);
    web->requests = g_ptr_array_new_with_free_func(request_free);
    web->service = g_socket_service_new();
    if (certificate != NULL) {
        web->certificate = g_tls_certificate_new_from_file(certificate, &error);
        if (web->certificate == NULL)
            g_error("%s: %s", certificate, error->message);
    }
    if (!g_socket_listener_add_address(G_SOCKET_LISTENER(web->service), any, G_SOCKET_TYPE_STREAM,
                                       G_SOCKET_PROTOCOL_TCP, NULL, &bound, &error))
        g_error("%s", error->message);
    web->port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound));
    g_signal_connect(web->service, "incoming", G_CALLBACK(on_incoming), web);
    g_socket_service_start(web->service);
    return web;
}

void web_free(Web *web)
{
    while (web->conns->len > 0)
        conn_drop(g_ptr_array_index(web->conns, web->conns->len - 1));
    g_signal_handlers_disconnect_by_data(web->service, web);
    g_socket_service_stop(web->service);
    g_socket_listener_close(G_SOCKET_LISTENER(web->service));
    g_object_unref(web->service);
    g_clear_object(&web->certificate);
    g_ptr_array_unref(web->conns);
    g_ptr_array_unref(web->requests);
    g_free(web);
}

const WebRequest *web_last(const Web *web)
{
    return web->requests->len > 0 ? web->requests->pdata[web->requests->len - 1] : NULL;
}
