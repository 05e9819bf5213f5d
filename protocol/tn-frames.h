/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-frames.h: frames on their way: a bounded queue of those to send, and a bounded buffer in which
 * a received one comes together from its pieces. Private to the transport; pure.
 */
#ifndef TN_FRAMES_H
#define TN_FRAMES_H

#include <glib.h>

G_BEGIN_DECLS

/* Frames to send, each with headroom bytes of writable memory in front. */
typedef struct {
    GQueue frames;
    gsize bytes;
    gsize headroom, max_bytes;
    guint max_frames;
} TnOutbox;

void tn_outbox_init(TnOutbox *outbox, gsize headroom, gsize max_bytes, guint max_frames);
void tn_outbox_clear(TnOutbox *outbox);
/* Copies. FALSE: it would go above a limit; nothing was queued. */
gboolean tn_outbox_push(TnOutbox *outbox, const char *text, gsize length);
/* The oldest frame's text, owned by the outbox; NULL if there is none. */
guint8 *tn_outbox_peek(TnOutbox *outbox, gsize *length);
void tn_outbox_pop(TnOutbox *outbox);
gboolean tn_outbox_is_empty(const TnOutbox *outbox);

/* A frame being received. */
typedef struct {
    GByteArray *bytes;
    gsize max_bytes;
} TnInbox;

void tn_inbox_init(TnInbox *inbox, gsize max_bytes);
void tn_inbox_clear(TnInbox *inbox);
/* coming: how many bytes are known to follow. FALSE: with them it would go above the limit. */
gboolean tn_inbox_append(TnInbox *inbox, const void *piece, gsize length, gsize coming);
/* Take the whole frame out, a NUL behind it that its length does not count.
 * Returns: (transfer full) */
GByteArray *tn_inbox_take(TnInbox *inbox) G_GNUC_WARN_UNUSED_RESULT;
/* bytes: (transfer full), from take(): the memory is used again unless it is large. */
void tn_inbox_give_back(TnInbox *inbox, GByteArray *bytes);

G_END_DECLS

#endif
