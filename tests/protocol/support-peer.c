/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * support-peer.c: see support-peer.h. Everything is asynchronous in the default main context.
 */
#include "support-peer.h"

#include <string.h>
#include <sys/socket.h>

struct _PeerConn {
    int refs;   /* of the peer, and of each operation under way */
    Peer *peer; /* NULL: dropped */
    GSocketConnection *socket;
    GIOStream *stream;
    GCancellable *cancellable;
    guint8 chunk[65536];
    GByteArray *in;
    gboolean is_upgraded;
    GQueue out; /* of GByteArray; the head is being written */
    gboolean is_finishing;
};

static void conn_unref(PeerConn *conn)
{
    if (--conn->refs > 0)
        return;
    g_queue_clear_full(&conn->out, (GDestroyNotify)g_byte_array_unref);
    g_byte_array_unref(conn->in);
    g_clear_object(&conn->stream);
    g_clear_object(&conn->socket);
    g_object_unref(conn->cancellable);
    g_free(conn);
}

/* Operations under way end by their cancellable, all but a TLS handshake: that waits for the socket
 * in a thread, which a shutdown wakes up and closing the descriptor does not. */
static void conn_drop(PeerConn *conn)
{
    Peer *peer = g_steal_pointer(&conn->peer);

    if (peer == NULL)
        return;
    peer->n_ended++;
    g_cancellable_cancel(conn->cancellable);
    if (peer->certificate != NULL)
        g_socket_shutdown(g_socket_connection_get_socket(conn->socket), TRUE, TRUE, NULL);
    else
        g_socket_close(g_socket_connection_get_socket(conn->socket), NULL);
    g_ptr_array_remove(peer->conns, conn);
}

static void on_written(GObject *source, GAsyncResult *result, gpointer user_data);

static void write_next(PeerConn *conn)
{
    GByteArray *bytes = g_queue_peek_head(&conn->out);

    if (bytes == NULL) {
        if (conn->is_finishing)
            conn_drop(conn);
        return;
    }
    conn->refs++;
    g_output_stream_write_all_async(g_io_stream_get_output_stream(conn->stream), bytes->data,
                                    bytes->len, G_PRIORITY_DEFAULT, conn->cancellable, on_written,
                                    conn);
}

static void on_written(GObject *source, GAsyncResult *result, gpointer user_data)
{
    PeerConn *conn = user_data;
    gboolean is_ok = g_output_stream_write_all_finish(G_OUTPUT_STREAM(source), result, NULL, NULL);

    g_byte_array_unref(g_queue_pop_head(&conn->out));
    if (conn->peer != NULL) {
        if (is_ok)
            write_next(conn);
        else
            conn_drop(conn);
    }
    conn_unref(conn);
}

void peer_send_bytes(PeerConn *conn, GByteArray *bytes)
{
    g_queue_push_tail(&conn->out, bytes);
    if (conn->out.length == 1)
        write_next(conn);
}

void peer_put_frame(GByteArray *bytes, int flags, const void *payload, gsize length)
{
    guint8 head[10] = {(guint8)flags};
    guint n = 2;

    if (length < 126) {
        head[1] = (guint8)length;
    } else if (length < 65536) {
        head[1] = 126;
        head[2] = (guint8)(length >> 8);
        head[3] = (guint8)length;
        n = 4;
    } else {
        head[1] = 127;
        for (int i = 0; i < 8; i++)
            head[2 + i] = (guint8)((guint64)length >> (56 - 8 * i));
        n = 10;
    }
    g_byte_array_append(bytes, head, n);
    if (length > 0)
        g_byte_array_append(bytes, payload, (guint)length);
}

void peer_send(PeerConn *conn, int flags, const void *payload, gsize length)
{
    GByteArray *bytes = g_byte_array_new();

    peer_put_frame(bytes, flags, payload, length);
    peer_send_bytes(conn, bytes);
}

void peer_send_text(PeerConn *conn, const char *text)
{
    peer_send(conn, PEER_TEXT | PEER_FIN, text, strlen(text));
}

static void send_string(PeerConn *conn, const char *text)
{
    GByteArray *bytes = g_byte_array_new();

    g_byte_array_append(bytes, (const guint8 *)text, (guint)strlen(text));
    peer_send_bytes(conn, bytes);
}

void peer_finish(PeerConn *conn)
{
    conn->is_finishing = TRUE;
    if (conn->out.length == 0)
        conn_drop(conn);
}

void peer_reset(PeerConn *conn)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    int fd = g_socket_get_fd(g_socket_connection_get_socket(conn->socket));

    if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)) != 0)
        g_error("SO_LINGER: %s", g_strerror(errno));
    conn_drop(conn);
}

static char *accept_key(const char *head)
{
    static const char name[] = "sec-websocket-key:";
    g_autofree char *lower = g_ascii_strdown(head, -1);
    const char *at = strstr(lower, name);
    g_autofree char *joined = NULL;
    g_autofree char *key = NULL;
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
    guint8 digest[20];
    gsize length = sizeof(digest);

    if (at == NULL)
        return g_strdup("none");
    at = head + (at - lower) + strlen(name);
    key = g_strstrip(g_strndup(at, strcspn(at, "\r\n")));
    joined = g_strconcat(key, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", NULL);
    g_checksum_update(sum, (const guchar *)joined, -1);
    g_checksum_get_digest(sum, digest, &length);
    return g_base64_encode(digest, length);
}

static void on_request(PeerConn *conn, const char *head)
{
    Peer *peer = conn->peer;
    g_autofree char *key = accept_key(head);
    g_autofree char *upgrade = g_strdup_printf("HTTP/1.1 101 Switching Protocols\r\n"
                                               "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                                               "Sec-WebSocket-Accept: %s\r\n\r\n",
                                               key);

    g_free(peer->request);
    peer->request = g_strdup(head);
    switch (peer->mode) {
    case PEER_ANSWER:
        send_string(conn, peer->answer);
        peer_finish(conn);
        return;
    case PEER_RESET:
        send_string(conn, upgrade);
        peer_reset(conn);
        return;
    case PEER_WEBSOCKET:
        conn->is_upgraded = TRUE;
        peer->n_opened++;
        send_string(conn, upgrade);
        if (peer->on_open != NULL)
            peer->on_open(conn, peer->user_data);
        return;
    default:
        return;
    }
}

static void on_frame(PeerConn *conn, int opcode, const guint8 *payload, gsize length)
{
    Peer *peer = conn->peer;

    if (peer->is_frozen)
        return;
    switch (opcode) {
    case PEER_TEXT:
        peer->n_texts++;
        if (peer->on_text != NULL)
            peer->on_text(conn, (const char *)payload, length, peer->user_data);
        return;
    case PEER_PING:
        peer->n_pings++;
        peer_send(conn, PEER_PONG | PEER_FIN, payload, length);
        return;
    case PEER_PONG:
        peer->n_pongs++;
        return;
    case PEER_CLOSE:
        peer->close_code = length >= 2 ? payload[0] << 8 | payload[1] : 0;
        return;
    default:
        g_error("the client sent a frame with opcode %d", opcode);
    }
}

/* One frame from the front of what came in. FALSE: not whole yet. */
static gboolean parse_frame(PeerConn *conn)
{
    const guint8 *bytes = conn->in->data;
    gsize have = conn->in->len, head = 6, length;
    g_autofree guint8 *payload = NULL;
    int opcode;

    if (have < 2)
        return FALSE;
    length = bytes[1] & 0x7f;
    if (length >= 126) {
        guint wide = length == 126 ? 2 : 8;

        if (have < 2 + wide)
            return FALSE;
        length = 0;
        for (guint i = 0; i < wide; i++)
            length = length << 8 | bytes[2 + i];
        head += wide;
    }
    if (have < head + length)
        return FALSE;
    if ((bytes[1] & 0x80) == 0)
        g_error("the client sent a frame without a mask");
    opcode = bytes[0] & 0xf;
    payload = g_malloc(length + 1);
    for (gsize i = 0; i < length; i++)
        payload[i] = bytes[head + i] ^ bytes[head - 4 + (i & 3)];
    payload[length] = '\0';
    g_byte_array_remove_range(conn->in, 0, (guint)(head + length));
    on_frame(conn, opcode, payload, length);
    return TRUE;
}

static void parse(PeerConn *conn)
{
    if (!conn->is_upgraded) {
        char *end = g_strstr_len((const char *)conn->in->data, conn->in->len, "\r\n\r\n");
        g_autofree char *head = NULL;

        if (end == NULL)
            return;
        head = g_strndup((const char *)conn->in->data, end - (const char *)conn->in->data);
        g_byte_array_remove_range(conn->in, 0, (guint)strlen(head) + 4);
        on_request(conn, head);
    }
    while (conn->peer != NULL && conn->is_upgraded && parse_frame(conn))
        ;
}

static void read_next(PeerConn *conn);

static void on_read(GObject *source, GAsyncResult *result, gpointer user_data)
{
    PeerConn *conn = user_data;
    gssize n = g_input_stream_read_finish(G_INPUT_STREAM(source), result, NULL);

    if (conn->peer != NULL) {
        if (n > 0) {
            g_byte_array_append(conn->in, conn->chunk, (guint)n);
            parse(conn);
        }
        if (n <= 0)
            conn_drop(conn);
        else if (conn->peer != NULL)
            read_next(conn);
    }
    conn_unref(conn);
}

static void read_next(PeerConn *conn)
{
    if (conn->is_upgraded && conn->peer->is_deaf)
        return;
    conn->refs++;
    g_input_stream_read_async(g_io_stream_get_input_stream(conn->stream), conn->chunk,
                              sizeof(conn->chunk), G_PRIORITY_DEFAULT, conn->cancellable, on_read,
                              conn);
}

static gboolean on_incoming(GSocketService *service, GSocketConnection *socket, GObject *source,
                            gpointer user_data)
{
    Peer *peer = user_data;
    PeerConn *conn;

    (void)service;
    (void)source;
    peer->n_accepted++;
    conn = g_new0(PeerConn, 1);
    conn->refs = 1;
    conn->peer = peer;
    conn->in = g_byte_array_new();
    conn->cancellable = g_cancellable_new();
    conn->socket = g_object_ref(socket);
    g_queue_init(&conn->out);
    if (peer->certificate != NULL) {
        g_autoptr(GError) error = NULL;

        conn->stream = g_tls_server_connection_new(G_IO_STREAM(socket), peer->certificate, &error);
        if (conn->stream == NULL)
            g_error("TLS: %s", error->message);
    } else {
        conn->stream = g_object_ref(G_IO_STREAM(socket));
    }
    g_ptr_array_add(peer->conns, conn);
    if (peer->mode == PEER_CLOSE_ON_ACCEPT) {
        conn_drop(conn);
    } else if (peer->mode == PEER_GARBAGE) {
        read_next(conn);
        send_string(conn, peer->answer);
        peer_finish(conn);
    } else {
        read_next(conn);
    }
    return TRUE;
}

Peer *peer_new(const char *address, const char *certificate)
{
    Peer *peer = g_new0(Peer, 1);
    g_autoptr(GError) error = NULL;
    g_autoptr(GSocketAddress) any = g_inet_socket_address_new_from_string(address, 0);
    g_autoptr(GSocketAddress) bound = NULL;

    peer->close_code = -1;
    peer->conns = g_ptr_array_new_with_free_func((GDestroyNotify)conn_unref);
    peer->service = g_socket_service_new();
    if (certificate != NULL) {
        peer->certificate = g_tls_certificate_new_from_file(certificate, &error);
        if (peer->certificate == NULL)
            g_error("%s: %s", certificate, error->message);
    }
    if (!g_socket_listener_add_address(G_SOCKET_LISTENER(peer->service), any, G_SOCKET_TYPE_STREAM,
                                       G_SOCKET_PROTOCOL_TCP, NULL, &bound, &error))
        g_error("%s: %s", address, error->message);
    peer->port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound));
    g_signal_connect(peer->service, "incoming", G_CALLBACK(on_incoming), peer);
    g_socket_service_start(peer->service);
    return peer;
}

void peer_free(Peer *peer)
{
    while (peer->conns->len > 0)
        conn_drop(g_ptr_array_index(peer->conns, peer->conns->len - 1));
    g_signal_handlers_disconnect_by_data(peer->service, peer);
    g_socket_service_stop(peer->service);
    g_socket_listener_close(G_SOCKET_LISTENER(peer->service));
    g_object_unref(peer->service);
    g_clear_object(&peer->certificate);
    g_ptr_array_unref(peer->conns);
    g_free(peer->request);
    g_free(peer);
}

PeerConn *peer_last(Peer *peer)
{
    return peer->conns->len > 0 ? g_ptr_array_index(peer->conns, peer->conns->len - 1) : NULL;
}
