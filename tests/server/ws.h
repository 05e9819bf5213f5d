/* SPDX-License-Identifier: GPL-2.0-or-later */
/* WebSocket framing of the server's side (tests/server), RFC 6455, on plain buffers: no socket
 * here. */
#ifndef LOOPBACK_WS_H
#define LOOPBACK_WS_H

#include <glib.h>

enum { WS_CONT = 0, WS_TEXT = 1, WS_BINARY = 2, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10 };

typedef struct {
    gboolean fin;
    guint8 opcode;
    guint8 *payload; /* unmasked, in place of the input */
    gsize len;
} WsFrame;

typedef enum {
    WS_MORE,  /* not complete yet */
    WS_FRAME, /* *frame and *used are set */
    WS_LARGE, /* announces more than `max` bytes: close with 1009 */
    WS_BAD    /* not what a client may send: close with 1002 */
} WsResult;

/* Takes one frame off the front of buf, which is unmasked in place. `max` bounds the payload. */
WsResult ws_parse(guint8 *buf, gsize len, gsize max, WsFrame *frame, gsize *used);

/* An unmasked frame of the server. Caller unrefs. */
GBytes *ws_build(guint8 opcode, gboolean fin, const void *data, gsize len);

/* A close frame; code 0 makes an empty one. */
GBytes *ws_build_close(unsigned code);

/* Value of Sec-WebSocket-Accept for a client's key. Caller frees. */
char *ws_accept_key(const char *key);

#endif
