/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One member's pair of cursors. Layer 1, see receipt-cursor.h. */
#include "receipt-cursor.h"

ReceiptMoved receipt_cursor_merge(ReceiptCursor *cursor, ReceiptKind kind, guint32 seq, guint32 cap)
{
    ReceiptMoved moved = RECEIPT_MOVED_NOTHING;

    seq = MIN(seq, cap);
    if (kind == RECEIPT_READ && seq > cursor->read) {
        cursor->read = seq;
        moved |= RECEIPT_MOVED_READ;
    }
    if (seq > cursor->recv) {
        cursor->recv = seq;
        moved |= RECEIPT_MOVED_RECV;
    }
    return moved;
}

guint32 receipt_cursor_get(const ReceiptCursor *cursor, ReceiptKind kind)
{
    return kind == RECEIPT_READ ? cursor->read : cursor->recv;
}
