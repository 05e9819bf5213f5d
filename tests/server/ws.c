/* SPDX-License-Identifier: GPL-2.0-or-later */
/* WebSocket framing (tests/server), written apart from the client's library on purpose. */
#include "ws.h"

#include <string.h>

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

WsResult ws_parse(guint8 *buf, gsize len, gsize max, WsFrame *frame, gsize *used)
{
    gsize at = 2;
    guint64 size;
    const guint8 *mask;

    if (len < 2)
        return WS_MORE;
    frame->fin = (buf[0] & 0x80) != 0;
    frame->opcode = buf[0] & 0x0f;
    /* Reserved bits need an extension, and none is ever agreed on; clients must mask. */
    if ((buf[0] & 0x70) != 0 || (buf[1] & 0x80) == 0)
        return WS_BAD;
    size = buf[1] & 0x7f;
    if (frame->opcode >= WS_CLOSE && (size > 125 || !frame->fin))
        return WS_BAD;
    if (frame->opcode > WS_PONG || (frame->opcode > WS_BINARY && frame->opcode < WS_CLOSE))
        return WS_BAD;
    if (size == 126) {
        if (len < 4)
            return WS_MORE;
        size = (guint64)buf[2] << 8 | buf[3];
        at = 4;
    } else if (size == 127) {
        if (len < 10)
            return WS_MORE;
        size = 0;
        for (gsize i = 2; i < 10; i++)
            size = size << 8 | buf[i];
        at = 10;
    }
    if (frame->opcode < WS_CLOSE && size > max)
        return WS_LARGE;
    if (len < at + 4 + size)
        return WS_MORE;
    mask = buf + at;
    frame->payload = buf + at + 4;
    frame->len = (gsize)size;
    for (gsize i = 0; i < frame->len; i++)
        frame->payload[i] ^= mask[i % 4];
    *used = at + 4 + frame->len;
    return WS_FRAME;
}

GBytes *ws_build(guint8 opcode, gboolean fin, const void *data, gsize len)
{
    GByteArray *out = g_byte_array_sized_new((guint)len + 10);
    guint8 head[10];
    guint n = 2;

    head[0] = (guint8)((fin ? 0x80 : 0) | opcode);
    if (len < 126) {
        head[1] = (guint8)len;
    } else if (len < 65536) {
        head[1] = 126;
        head[2] = (guint8)(len >> 8);
        head[3] = (guint8)len;
        n = 4;
    } else {
        head[1] = 127;
        for (guint i = 0; i < 8; i++)
            head[2 + i] = (guint8)((guint64)len >> (56 - 8 * i));
        n = 10;
    }
    g_byte_array_append(out, head, n);
    if (len > 0)
        g_byte_array_append(out, data, (guint)len);
    return g_byte_array_free_to_bytes(out);
}

GBytes *ws_build_close(unsigned code)
{
    guint8 payload[2] = {(guint8)(code >> 8), (guint8)code};

    return ws_build(WS_CLOSE, TRUE, payload, code == 0 ? 0 : sizeof payload);
}

char *ws_accept_key(const char *key)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
    guint8 digest[20];
    gsize len = sizeof digest;

    g_checksum_update(sum, (const guchar *)key, -1);
    g_checksum_update(sum, (const guchar *)GUID, -1);
    g_checksum_get_digest(sum, digest, &len);
    return g_base64_encode(digest, len);
}
