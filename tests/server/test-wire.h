/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small WebSocket client for the tests of the loopback server (tests/server): blocking, with
 * deadlines, on bare sockets, so that it shares nothing with the server or the plugin. Included
 * once by a test program, hence static functions. */
#ifndef TEST_WIRE_H
#define TEST_WIRE_H

#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WIRE_DEADLINE_MS 5000
#define WIRE_KEY         "AQEAAAABAAD_rAp4DJh05a1HAwFT3A6K"

typedef struct {
    int fd; /* -1: ended */
    GByteArray *in;
    GQueue *texts;  /* char *, text frames that came */
    int close_code; /* once ended; 1006: no close frame */
} Wire;

static const char *wire_key = WIRE_KEY;
static const char *wire_host = "127.0.0.1";

static gint64 wire_now_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

static int wire_connect(guint16 port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* How a connection is made; another one where the server is not a loopback one. */
static int (*wire_dial)(guint16 port) = wire_connect;

/* Writes all. A peer that has gone is no failure here: the reading side notices. */
static void wire_write(int fd, const void *data, gsize len)
{
    const guint8 *at = data;

    while (len > 0) {
        ssize_t n = send(fd, at, len, MSG_NOSIGNAL);

        if (n <= 0)
            return;
        at += n;
        len -= (gsize)n;
    }
}

/* Reads once, waiting until the deadline. Returns the bytes, 0 at the end, -1 when time is up. */
static gssize wire_read(int fd, void *data, gsize len, gint64 deadline_ms)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    gint64 left = deadline_ms - wire_now_ms();
    ssize_t n;

    if (poll(&entry, 1, left > 0 ? (int)left : 0) <= 0)
        return -1;
    n = recv(fd, data, len, 0);
    return n < 0 ? 0 : n;
}

static void wire_send_frame(Wire *wire, guint8 opcode, const void *data, gsize len)
{
    static const guint8 mask[4] = {0x11, 0x22, 0x33, 0x44};
    GByteArray *out = g_byte_array_new();
    guint8 head[14] = {(guint8)(0x80 | opcode)};
    guint n = 2;

    if (len < 126) {
        head[1] = (guint8)(0x80 | len);
    } else if (len < 65536) {
        head[1] = 0x80 | 126;
        head[2] = (guint8)(len >> 8);
        head[3] = (guint8)len;
        n = 4;
    } else {
        head[1] = 0x80 | 127;
        for (guint i = 0; i < 8; i++)
            head[2 + i] = (guint8)((guint64)len >> (56 - 8 * i));
        n = 10;
    }
    memcpy(head + n, mask, sizeof mask);
    g_byte_array_append(out, head, n + 4);
    g_byte_array_append(out, data, (guint)len);
    for (gsize i = 0; i < len; i++)
        out->data[n + 4 + i] ^= mask[i % 4];
    wire_write(wire->fd, out->data, out->len);
    g_byte_array_free(out, TRUE);
}

static void wire_send(Wire *wire, const char *text)
{
    wire_send_frame(wire, 1, text, strlen(text));
}

static void wire_end(Wire *wire, int code)
{
    if (wire->fd < 0)
        return;
    close(wire->fd);
    wire->fd = -1;
    if (wire->close_code == 0)
        wire->close_code = code;
}

/* Takes the frames that are complete out of the input. */
static void wire_take_frames(Wire *wire)
{
    const guint8 *data = wire->in->data;
    gsize have = wire->in->len;
    gsize at = 0;

    while (have - at >= 2) {
        guint8 opcode = data[at] & 0x0f;
        guint64 len = data[at + 1] & 0x7f;
        gsize head = len == 126 ? 4 : len == 127 ? 10 : 2;

        if (have - at < head)
            break;
        for (gsize i = 2, wide = head; i < wide; i++)
            len = i == 2 ? data[at + 2] : len << 8 | data[at + i];
        if (have - at < head + len)
            break;
        if (opcode == 1)
            g_queue_push_tail(wire->texts, g_strndup((const char *)data + at + head, (gsize)len));
        else if (opcode == 8)
            wire->close_code = len < 2 ? 1005 : data[at + head] << 8 | data[at + head + 1];
        else if (opcode == 9)
            wire_send_frame(wire, 10, data + at + head, (gsize)len);
        at += head + (gsize)len;
    }
    if (at > 0)
        g_byte_array_remove_range(wire->in, 0, (guint)at);
}

static void wire_input(Wire *wire)
{
    static guint8 chunk[65536];
    ssize_t n = recv(wire->fd, chunk, sizeof chunk, 0);

    if (n <= 0) {
        wire_end(wire, 1006);
        return;
    }
    g_byte_array_append(wire->in, chunk, (guint)n);
    wire_take_frames(wire);
}

/* Waits for input on any of the connections, until the deadline. FALSE: nothing came. */
static gboolean wire_pump(GPtrArray *wires, gint64 deadline_ms)
{
    struct pollfd entries[32];
    Wire *of[32];
    nfds_t count = 0;
    gint64 left = deadline_ms - wire_now_ms();

    for (guint i = 0; i < wires->len && count < G_N_ELEMENTS(entries); i++) {
        Wire *wire = wires->pdata[i];

        if (wire->fd < 0)
            continue;
        of[count] = wire;
        entries[count++] = (struct pollfd){.fd = wire->fd, .events = POLLIN};
    }
    if (poll(entries, count, left > 0 ? (int)left : 0) <= 0)
        return FALSE;
    for (nfds_t i = 0; i < count; i++)
        if (entries[i].revents != 0)
            wire_input(of[i]);
    return TRUE;
}

/* Pumps until nothing has come for so long. */
static void wire_settle(GPtrArray *wires, gint64 quiet_ms)
{
    gint64 end = wire_now_ms() + WIRE_DEADLINE_MS;

    while (wire_pump(wires, wire_now_ms() + quiet_ms) && wire_now_ms() < end)
        ;
}

/* Opens a WebSocket. NULL: refused. */
static Wire *wire_open(guint16 port)
{
    g_autofree char *request =
        g_strdup_printf("GET /v0/channels?apikey=%s HTTP/1.1\r\nHost: %s\r\n"
                        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n\r\n",
                        wire_key, wire_host);
    gint64 deadline = wire_now_ms() + WIRE_DEADLINE_MS;
    int fd = wire_dial(port);
    g_autoptr(GString) head = g_string_new(NULL);
    char byte;
    Wire *wire;

    if (fd < 0)
        return NULL;
    wire_write(fd, request, strlen(request));
    /* Byte by byte, so that no frame is taken along. */
    while (!g_str_has_suffix(head->str, "\r\n\r\n") && wire_read(fd, &byte, 1, deadline) == 1)
        g_string_append_c(head, byte);
    if (!g_str_has_prefix(head->str, "HTTP/1.1 101 ") || !g_str_has_suffix(head->str, "\r\n\r\n")) {
        close(fd);
        return NULL;
    }
    wire = g_new0(Wire, 1);
    wire->fd = fd;
    wire->in = g_byte_array_new();
    wire->texts = g_queue_new();
    return wire;
}

static void wire_free(gpointer data)
{
    Wire *wire = data;

    if (wire->fd >= 0)
        close(wire->fd);
    g_byte_array_free(wire->in, TRUE);
    g_queue_free_full(wire->texts, g_free);
    g_free(wire);
}

#endif
