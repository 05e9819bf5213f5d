/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One member's pair of cursors, recv and read. Layer 1: a value, knows nothing but the kinds.
 *
 * Invariants, whatever is merged in whatever order: neither cursor ever moves back, recv >= read
 * (who has read a message has received it, although servers store them apart), and neither passes
 * the cap it was merged under (a receipt for a message that nobody has yet is not believed).
 */
#ifndef RECEIPT_CURSOR_H
#define RECEIPT_CURSOR_H

#include "receipts.h"

G_BEGIN_DECLS

typedef struct {
    guint32 recv;
    guint32 read;
} ReceiptCursor;

/* What a merge moved. */
typedef enum {
    RECEIPT_MOVED_NOTHING = 0,
    RECEIPT_MOVED_RECV = 1 << 0,
    RECEIPT_MOVED_READ = 1 << 1,
} ReceiptMoved;

/* Merge a told value in: the highest wins, read takes recv with it, nothing passes cap.
 * Returns: what moved. */
ReceiptMoved receipt_cursor_merge(ReceiptCursor *cursor, ReceiptKind kind, guint32 seq,
                                  guint32 cap);

guint32 receipt_cursor_get(const ReceiptCursor *cursor, ReceiptKind kind);

G_END_DECLS

#endif
