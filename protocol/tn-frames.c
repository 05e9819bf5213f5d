/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-frames.c: the transport's buffers, both ways. Knows no socket.
 */
#include "tn-frames.h"

#include <string.h>

/* Memory kept between received frames: nearly all are far smaller. */
#define KEEP_BYTES (64 * 1024)

typedef struct {
    gsize length, headroom;
    guint8 memory[]; /* headroom, then the text */
} Frame;

void tn_outbox_init(TnOutbox *outbox, gsize headroom, gsize max_bytes, guint max_frames)
{
    g_queue_init(&outbox->frames);
    outbox->bytes = 0;
    outbox->headroom = headroom;
    outbox->max_bytes = max_bytes;
    outbox->max_frames = max_frames;
}

/* Any frame may be a login. */
static void frame_free(gpointer data)
{
    Frame *frame = data;

    explicit_bzero(frame, sizeof(Frame) + frame->headroom + frame->length);
    g_free(frame);
}

void tn_outbox_clear(TnOutbox *outbox)
{
    g_queue_clear_full(&outbox->frames, frame_free);
    outbox->bytes = 0;
}

gboolean tn_outbox_push(TnOutbox *outbox, const char *text, gsize length)
{
    Frame *frame;

    if (outbox->frames.length >= outbox->max_frames || length > outbox->max_bytes ||
        outbox->bytes > outbox->max_bytes - length)
        return FALSE;
    frame = g_malloc(sizeof(Frame) + outbox->headroom + length);
    frame->length = length;
    frame->headroom = outbox->headroom;
    if (length > 0)
        memcpy(frame->memory + outbox->headroom, text, length);
    g_queue_push_tail(&outbox->frames, frame);
    outbox->bytes += length;
    return TRUE;
}

guint8 *tn_outbox_peek(TnOutbox *outbox, gsize *length)
{
    Frame *frame = g_queue_peek_head(&outbox->frames);

    if (frame == NULL)
        return NULL;
    *length = frame->length;
    return frame->memory + outbox->headroom;
}

void tn_outbox_pop(TnOutbox *outbox)
{
    Frame *frame = g_queue_pop_head(&outbox->frames);

    if (frame == NULL)
        return;
    outbox->bytes -= frame->length;
    frame_free(frame);
}

gboolean tn_outbox_is_empty(const TnOutbox *outbox)
{
    return outbox->frames.length == 0;
}

void tn_inbox_init(TnInbox *inbox, gsize max_bytes)
{
    inbox->bytes = NULL;
    inbox->max_bytes = max_bytes;
}

/* Any frame may have brought a token. What the array left behind as it grew is not reached; frames
 * with a token are shorter than a first read. */
static void wipe(GByteArray *bytes)
{
    if (bytes->len > 0)
        explicit_bzero(bytes->data, bytes->len);
}

void tn_inbox_clear(TnInbox *inbox)
{
    if (inbox->bytes != NULL)
        wipe(inbox->bytes);
    g_clear_pointer(&inbox->bytes, g_byte_array_unref);
}

gboolean tn_inbox_append(TnInbox *inbox, const void *piece, gsize length, gsize coming)
{
    gsize have = inbox->bytes != NULL ? inbox->bytes->len : 0;

    if (length > inbox->max_bytes - have || coming > inbox->max_bytes - have - length)
        return FALSE;
    if (inbox->bytes == NULL)
        inbox->bytes = g_byte_array_new();
    if (length > 0)
        g_byte_array_append(inbox->bytes, piece, length);
    return TRUE;
}

GByteArray *tn_inbox_take(TnInbox *inbox)
{
    GByteArray *bytes = g_steal_pointer(&inbox->bytes);
    const guint8 nul = 0;

    if (bytes == NULL)
        bytes = g_byte_array_new();
    g_byte_array_append(bytes, &nul, 1);
    g_byte_array_set_size(bytes, bytes->len - 1);
    return bytes;
}

void tn_inbox_give_back(TnInbox *inbox, GByteArray *bytes)
{
    wipe(bytes);
    if (inbox->bytes != NULL || bytes->len > KEEP_BYTES) {
        g_byte_array_unref(bytes);
        return;
    }
    g_byte_array_set_size(bytes, 0);
    inbox->bytes = bytes;
}
