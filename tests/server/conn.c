/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes of one connection (tests/server). */
#include "conn.h"

#include <string.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "http.h"
#include "session.h"
#include "ws.h"

#define READ_CHUNK      65536
#define INPUT_LIMIT     (CONN_MAX_UPLOAD + (1 << 20))
#define MAX_OUTPUT      (256u << 20)
#define WRITE_TIMEOUT_S 10
#define PING_MS         49500
#define PONG_MS         55000
#define DRAIN_MS        2000
#define END_MS          1000

typedef struct {
    GBytes *bytes;
    gint64 due_us; /* monotonic */
} Out;

struct Conn {
    GSocketConnection *socket;
    GIOStream *stream;    /* the socket, or TLS on it */
    GCancellable *cancel; /* of the TLS handshake */
    GSource *reader;
    GSource *writer;
    guint delay_timer;
    guint write_timer;
    guint ping_timer;
    gint64 pong_us;
    GByteArray *in;
    GByteArray *message; /* of a fragmented message */
    gboolean fragmented;
    GQueue *out; /* Out */
    gsize out_bytes;
    gsize offset; /* of the first chunk that has left */
    Session *session;
    gboolean paused;
    gboolean closing;  /* close once the queue is empty */
    gboolean draining; /* all is sent; what still comes is thrown away */
    gboolean dead;     /* closed; freed when the last reference goes */
    int refs;          /* one for being open, one for a handshake under way */
};

static GPtrArray *conns;
static guint alive; /* not freed yet */

static struct {
    char *delay_who;
    guint delay_ms;
    GHashTable *muted; /* logins; "" is everybody */
    gboolean cut;
    char *cut_who;
    gsize cut_left;
    gboolean cut_reset;
    guint queue_limit;
} mischief;

static void conn_flush(Conn *conn);
static void start_reading(Conn *conn);
static gboolean on_readable(GObject *stream, gpointer data);

static void out_free(gpointer data)
{
    Out *out = data;

    g_bytes_unref(out->bytes);
    g_free(out);
}

static gboolean is_whom(const Conn *conn, const char *who)
{
    const char *login = conn->session == NULL ? NULL : session_login(conn->session);

    return who == NULL || (login != NULL && strcmp(login, who) == 0);
}

static gboolean is_muted(const Conn *conn)
{
    const char *login;

    if (mischief.muted == NULL)
        return FALSE;
    login = conn->session == NULL ? NULL : session_login(conn->session);
    return g_hash_table_contains(mischief.muted, "") ||
           (login != NULL && g_hash_table_contains(mischief.muted, login));
}

static void drop_source(GSource **source)
{
    if (*source == NULL)
        return;
    g_source_destroy(*source);
    g_clear_pointer(source, g_source_unref);
}

static void drop_timer(guint *id)
{
    if (*id != 0)
        g_source_remove(*id);
    *id = 0;
}

static void conn_unref(Conn *conn)
{
    if (--conn->refs > 0)
        return;
    alive--;
    g_object_unref(conn->cancel);
    g_byte_array_free(conn->in, TRUE);
    g_byte_array_free(conn->message, TRUE);
    g_queue_free_full(conn->out, out_free);
    g_object_unref(conn->stream);
    g_object_unref(conn->socket);
    g_free(conn);
}

static void on_closed(GObject *stream, GAsyncResult *result, gpointer data)
{
    Conn *conn = data;

    /* The peer may have gone first; there is nothing to do about it. */
    g_io_stream_close_finish(G_IO_STREAM(stream), result, NULL);
    g_io_stream_close(G_IO_STREAM(conn->socket), NULL, NULL);
    conn_unref(conn);
}

/* Nothing is read or written any more. The memory goes in a later turn of the main loop, so that
 * callers up the stack may still look at it. */
static void conn_end(Conn *conn, gboolean orderly, gboolean reset)
{
    Session *session = conn->session;

    if (conn->dead)
        return;
    conn->dead = TRUE;
    conn->session = NULL;
    g_cancellable_cancel(conn->cancel);
    drop_source(&conn->reader);
    drop_source(&conn->writer);
    drop_timer(&conn->delay_timer);
    drop_timer(&conn->write_timer);
    drop_timer(&conn->ping_timer);
    g_ptr_array_remove_fast(conns, conn);
    if (reset) {
        struct linger now = {.l_onoff = 1, .l_linger = 0};
        int fd = g_socket_get_fd(g_socket_connection_get_socket(conn->socket));

        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    if (!orderly)
        g_io_stream_close(G_IO_STREAM(conn->socket), NULL, NULL);
    if (session != NULL)
        session_closed(session);
    g_io_stream_close_async(conn->stream, G_PRIORITY_DEFAULT, NULL, on_closed, conn);
}

void conn_abort(Conn *conn, gboolean reset)
{
    conn_end(conn, FALSE, reset);
}

Session *conn_session(Conn *conn)
{
    return conn->session;
}

guint conn_queued(const Conn *conn)
{
    return conn->out->length;
}

static gboolean on_write_timeout(gpointer data)
{
    Conn *conn = data;

    conn->write_timer = 0;
    conn_end(conn, FALSE, FALSE);
    return G_SOURCE_REMOVE;
}

static gboolean on_drained(gpointer data)
{
    Conn *conn = data;

    conn->write_timer = 0;
    conn_end(conn, TRUE, FALSE);
    return G_SOURCE_REMOVE;
}

/* Closing while input is unread would reset the connection, and the peer might lose what was sent
 * last: so the writing half goes first, and the rest when the peer has gone too. */
static void conn_drain(Conn *conn)
{
    Session *session = conn->session;

    if (conn->stream != G_IO_STREAM(conn->socket)) {
        conn_end(conn, TRUE, FALSE);
        return;
    }
    conn->draining = TRUE;
    conn->session = NULL;
    drop_timer(&conn->ping_timer);
    drop_timer(&conn->write_timer);
    g_socket_shutdown(g_socket_connection_get_socket(conn->socket), FALSE, TRUE, NULL);
    start_reading(conn);
    conn->write_timer = g_timeout_add(DRAIN_MS, on_drained, conn);
    if (session != NULL)
        session_closed(session);
}

static gboolean on_writable(GObject *stream, gpointer data)
{
    Conn *conn = data;

    (void)stream;
    drop_source(&conn->writer);
    conn_flush(conn);
    return G_SOURCE_REMOVE;
}

static gboolean on_delay_over(gpointer data)
{
    Conn *conn = data;

    conn->delay_timer = 0;
    conn_flush(conn);
    return G_SOURCE_REMOVE;
}

static void wait_writable(Conn *conn)
{
    GPollableOutputStream *stream =
        G_POLLABLE_OUTPUT_STREAM(g_io_stream_get_output_stream(conn->stream));

    conn->writer = g_pollable_output_stream_create_source(stream, NULL);
    g_source_set_callback(conn->writer, G_SOURCE_FUNC(on_writable), conn, NULL);
    g_source_attach(conn->writer, NULL);
    if (conn->write_timer == 0)
        conn->write_timer = g_timeout_add_seconds(WRITE_TIMEOUT_S, on_write_timeout, conn);
}

/* Writes a piece of the first chunk. FALSE: stop, the socket is full, or the connection is over. */
static gboolean write_some(Conn *conn, Out *out)
{
    GPollableOutputStream *stream =
        G_POLLABLE_OUTPUT_STREAM(g_io_stream_get_output_stream(conn->stream));
    g_autoptr(GError) error = NULL;
    gsize size;
    const guint8 *data = g_bytes_get_data(out->bytes, &size);
    gboolean cutting = mischief.cut && is_whom(conn, mischief.cut_who);
    gsize want = size - conn->offset;
    gssize n = 0;

    if (cutting && want > mischief.cut_left)
        want = mischief.cut_left;
    if (want > 0)
        n = g_pollable_output_stream_write_nonblocking(stream, data + conn->offset, want, NULL,
                                                       &error);
    if (n < 0) {
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
            wait_writable(conn);
        else
            conn_end(conn, FALSE, FALSE);
        return FALSE;
    }
    drop_timer(&conn->write_timer);
    conn->offset += (gsize)n;
    if (cutting) {
        mischief.cut_left -= (gsize)n;
        if (mischief.cut_left == 0) {
            mischief.cut = FALSE;
            conn_end(conn, FALSE, mischief.cut_reset);
            return FALSE;
        }
    }
    if (conn->offset == size) {
        conn->out_bytes -= size;
        conn->offset = 0;
        out_free(g_queue_pop_head(conn->out));
    }
    return TRUE;
}

static void conn_flush(Conn *conn)
{
    if (conn->writer != NULL || conn->delay_timer != 0)
        return;
    while (!conn->dead && !g_queue_is_empty(conn->out)) {
        Out *out = g_queue_peek_head(conn->out);
        gint64 wait_us = out->due_us - g_get_monotonic_time();

        if (wait_us > 0) {
            conn->delay_timer = g_timeout_add((guint)(wait_us / 1000) + 1, on_delay_over, conn);
            return;
        }
        if (!write_some(conn, out))
            return;
    }
    if (!conn->dead && conn->closing && !conn->draining)
        conn_drain(conn);
}

void conn_write(Conn *conn, GBytes *bytes)
{
    Out *out;
    gint64 delay_ms;

    if (conn->dead || conn->closing || is_muted(conn))
        return;
    if (conn->out_bytes > MAX_OUTPUT) {
        conn_end(conn, FALSE, FALSE);
        return;
    }
    delay_ms = mischief.delay_ms != 0 && is_whom(conn, mischief.delay_who) ? mischief.delay_ms : 0;
    out = g_new0(Out, 1);
    out->bytes = g_bytes_ref(bytes);
    out->due_us = delay_ms == 0 ? 0 : g_get_monotonic_time() + delay_ms * 1000;
    conn->out_bytes += g_bytes_get_size(bytes);
    g_queue_push_tail(conn->out, out);
    conn_flush(conn);
}

void conn_send_text(Conn *conn, const char *text, gsize len)
{
    g_autoptr(GBytes) frame = ws_build(WS_TEXT, TRUE, text, len);

    conn_write(conn, frame);
}

void conn_close(Conn *conn, unsigned code)
{
    if (conn->dead || conn->closing)
        return;
    if (code != 0) {
        g_autoptr(GBytes) frame = ws_build_close(code);

        conn_write(conn, frame);
    }
    if (conn->dead)
        return;
    conn->closing = TRUE;
    drop_source(&conn->reader);
    conn_flush(conn);
}

/* Answers control frames. FALSE: nothing more is to be read. */
static gboolean take_control(Conn *conn, const WsFrame *frame)
{
    if (frame->opcode == WS_PONG) {
        conn->pong_us = g_get_monotonic_time();
    } else if (frame->opcode == WS_PING) {
        g_autoptr(GBytes) pong = ws_build(WS_PONG, TRUE, frame->payload, frame->len);

        conn_write(conn, pong);
    } else {
        unsigned code =
            frame->len < 2 ? 1000 : (unsigned)frame->payload[0] << 8 | frame->payload[1];

        conn_close(conn, code == 1005 || code == 1006 ? 1002 : code);
        return FALSE;
    }
    return TRUE;
}

static gboolean take_frame(Conn *conn, const WsFrame *frame)
{
    if (frame->opcode >= WS_CLOSE)
        return take_control(conn, frame);
    if ((frame->opcode == WS_CONT) != conn->fragmented) {
        conn_close(conn, 1002);
        return FALSE;
    }
    if (frame->len > 0)
        g_byte_array_append(conn->message, frame->payload, (guint)frame->len);
    conn->fragmented = !frame->fin;
    if (frame->fin) {
        g_autoptr(GByteArray) message = g_steal_pointer(&conn->message);

        conn->message = g_byte_array_new();
        session_take(conn->session, message->data, message->len);
    }
    return !conn->dead && !conn->closing;
}

static void take_frames(Conn *conn)
{
    gsize at = 0;
    gboolean go_on = TRUE;

    while (go_on && at < conn->in->len && !conn->paused) {
        WsFrame frame;
        gsize used = 0;

        switch (ws_parse(conn->in->data + at, conn->in->len - at,
                         CONN_MAX_MESSAGE - conn->message->len, &frame, &used)) {
        case WS_MORE:
            go_on = FALSE;
            break;
        case WS_FRAME:
            at += used;
            go_on = take_frame(conn, &frame);
            break;
        case WS_LARGE:
            conn_close(conn, 1009);
            go_on = FALSE;
            break;
        case WS_BAD:
        default:
            conn_close(conn, 1002);
            go_on = FALSE;
            break;
        }
    }
    if (at > 0)
        g_byte_array_remove_range(conn->in, 0, (guint)at);
}

static void take_input(Conn *conn)
{
    gsize used;

    while (!conn->dead && !conn->closing && conn->in->len > 0) {
        if (conn->session != NULL) {
            take_frames(conn);
            return;
        }
        used = http_take(conn, conn->in->data, conn->in->len);
        if (used == 0)
            return;
        g_byte_array_remove_range(conn->in, 0, (guint)used);
    }
}

static void start_reading(Conn *conn)
{
    GPollableInputStream *stream =
        G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(conn->stream));

    if (conn->reader != NULL || conn->dead || (conn->closing && !conn->draining))
        return;
    conn->reader = g_pollable_input_stream_create_source(stream, NULL);
    g_source_set_callback(conn->reader, G_SOURCE_FUNC(on_readable), conn, NULL);
    g_source_attach(conn->reader, NULL);
}

static gboolean on_readable(GObject *object, gpointer data)
{
    static guint8 chunk[READ_CHUNK];
    Conn *conn = data;
    GPollableInputStream *stream = G_POLLABLE_INPUT_STREAM(object);
    g_autoptr(GError) error = NULL;
    gssize n = g_pollable_input_stream_read_nonblocking(stream, chunk, sizeof chunk, NULL, &error);

    if (n < 0 && g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        return G_SOURCE_CONTINUE;
    if (n <= 0 || conn->in->len + (gsize)n > INPUT_LIMIT) {
        conn_end(conn, FALSE, FALSE);
        return G_SOURCE_REMOVE;
    }
    if (!conn->draining) {
        g_byte_array_append(conn->in, chunk, (guint)n);
        take_input(conn);
    }
    return !conn->dead && conn->reader != NULL ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

void conn_pause(Conn *conn, gboolean pause)
{
    if (conn->dead || conn->paused == pause)
        return;
    conn->paused = pause;
    if (pause) {
        drop_source(&conn->reader);
    } else {
        start_reading(conn);
        take_input(conn);
    }
}

static gboolean on_ping(gpointer data)
{
    Conn *conn = data;
    g_autoptr(GBytes) ping = ws_build(WS_PING, TRUE, NULL, 0);

    /* Who is muted cannot know that a pong was wanted. */
    if (!is_muted(conn) && g_get_monotonic_time() - conn->pong_us > (gint64)PONG_MS * 1000) {
        conn->ping_timer = 0;
        conn_end(conn, FALSE, FALSE);
        return G_SOURCE_REMOVE;
    }
    conn_write(conn, ping);
    return G_SOURCE_CONTINUE;
}

void conn_upgrade(Conn *conn)
{
    /* Sending the 101 may have ended it. */
    if (conn->dead || conn->closing)
        return;
    conn->session = session_new(conn);
    conn->pong_us = g_get_monotonic_time();
    conn->ping_timer = g_timeout_add(PING_MS, on_ping, conn);
}

static void on_handshake(GObject *stream, GAsyncResult *result, gpointer data)
{
    Conn *conn = data;

    if (!g_tls_connection_handshake_finish(G_TLS_CONNECTION(stream), result, NULL))
        conn_end(conn, FALSE, FALSE);
    start_reading(conn);
    conn_unref(conn);
}

void conn_accept(GSocketConnection *socket, GTlsCertificate *certificate)
{
    Conn *conn = g_new0(Conn, 1);
    GSocket *raw = g_socket_connection_get_socket(socket);

    if (conns == NULL)
        conns = g_ptr_array_new();
    g_ptr_array_add(conns, conn);
    g_socket_set_option(raw, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
    alive++;
    conn->refs = 1;
    conn->cancel = g_cancellable_new();
    conn->socket = g_object_ref(socket);
    conn->in = g_byte_array_new();
    conn->message = g_byte_array_new();
    conn->out = g_queue_new();
    if (certificate == NULL) {
        conn->stream = g_object_ref(G_IO_STREAM(socket));
        start_reading(conn);
        return;
    }
    conn->stream = g_tls_server_connection_new(G_IO_STREAM(socket), certificate, NULL);
    conn->refs++;
    g_tls_connection_handshake_async(G_TLS_CONNECTION(conn->stream), G_PRIORITY_DEFAULT,
                                     conn->cancel, on_handshake, conn);
}

void conn_foreach(void (*fn)(Conn *conn, gpointer data), gpointer data)
{
    g_autoptr(GPtrArray) all =
        conns == NULL ? g_ptr_array_new() : g_ptr_array_copy(conns, NULL, NULL);

    /* fn may close connections, but none is freed before the main loop turns. */
    for (guint i = 0; i < all->len; i++)
        fn(all->pdata[i], data);
}

static void forget(Conn *conn, gpointer data)
{
    (void)data;
    conn_end(conn, FALSE, FALSE);
}

void conn_shutdown(void)
{
    gint64 end = g_get_monotonic_time() + END_MS * 1000;

    conn_foreach(forget, NULL);
    /* Let the closing of the streams finish: TLS does it in threads of its own. */
    while (alive > 0 && g_get_monotonic_time() < end)
        if (!g_main_context_iteration(NULL, FALSE))
            g_usleep(1000);
    g_clear_pointer(&conns, g_ptr_array_unref);
    g_clear_pointer(&mischief.muted, g_hash_table_unref);
    g_clear_pointer(&mischief.delay_who, g_free);
    g_clear_pointer(&mischief.cut_who, g_free);
}

void conn_set_delay(const char *who, guint ms)
{
    g_free(mischief.delay_who);
    mischief.delay_who = g_strdup(who);
    mischief.delay_ms = ms;
}

void conn_set_mute(const char *who, gboolean on)
{
    if (mischief.muted == NULL)
        mischief.muted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (on)
        g_hash_table_add(mischief.muted, g_strdup(who == NULL ? "" : who));
    else if (who == NULL)
        g_hash_table_remove_all(mischief.muted);
    else
        g_hash_table_remove(mischief.muted, who);
}

void conn_set_cut(const char *who, gsize bytes, gboolean reset)
{
    g_free(mischief.cut_who);
    mischief.cut_who = g_strdup(who);
    mischief.cut = TRUE;
    mischief.cut_left = bytes;
    mischief.cut_reset = reset;
}

void conn_clear_cut(void)
{
    mischief.cut = FALSE;
}

void conn_set_queue_limit(guint frames)
{
    mischief.queue_limit = frames;
}

guint conn_queue_limit(void)
{
    return mischief.queue_limit;
}
