/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What we have of one channel. Layer 2, see receipt-inbox.h. */
#include "receipt-inbox.h"

void receipt_inbox_clear(ReceiptInbox *inbox)
{
    receipt_ranges_clear(&inbox->handed);
    receipt_ranges_clear(&inbox->seen);
    receipt_ranges_clear(&inbox->deleted);
    *inbox = (ReceiptInbox){0};
}

/* From base upwards through everything in set, passing over what was deleted. Returns the highest
 * member of set reached, base if none: deletions alone lead nowhere. */
static guint32 walk(const ReceiptRanges *set, const ReceiptRanges *deleted, guint32 base)
{
    guint32 top = base, at = base;

    for (;;) {
        guint32 next = receipt_ranges_contiguous(set, at);

        if (next > at) {
            top = at = next;
            continue;
        }
        next = receipt_ranges_contiguous(deleted, at);
        if (next == at)
            return top;
        /* Some of what was deleted may have been handed on before. */
        top = MAX(top, receipt_ranges_highest(set, at + 1, next));
        at = next;
    }
}

/* Where handed_up_to starts: at what the server knows as read, or below, if own writing has
 * jumped over the first that was handed on. */
static guint32 first_base(const ReceiptInbox *inbox)
{
    guint32 first;

    if (receipt_ranges_size(&inbox->handed) == 0)
        return inbox->own.read;
    first = receipt_ranges_at(&inbox->handed, 0)->low;
    return MIN(inbox->own.read, first - 1);
}

static guint32 seen_base(const ReceiptInbox *inbox)
{
    return MAX(inbox->own.read, inbox->seen_up_to);
}

/* After any change: move the floors up and forget what lies below them. */
static void settle(ReceiptInbox *inbox)
{
    guint32 base = inbox->handed_up_to > 0 ? inbox->handed_up_to : first_base(inbox);
    guint32 top = walk(&inbox->handed, &inbox->deleted, base);

    if (top > base)
        inbox->handed_up_to = top;
    receipt_ranges_drop_up_to(&inbox->handed, inbox->handed_up_to);

    base = seen_base(inbox);
    top = walk(&inbox->seen, &inbox->deleted, base);
    if (top > base)
        inbox->seen_up_to = top;
    base = seen_base(inbox);
    receipt_ranges_drop_up_to(&inbox->seen, base);

    if (inbox->handed_up_to > 0)
        base = MIN(base, inbox->handed_up_to);
    receipt_ranges_drop_up_to(&inbox->deleted, base);
}

gboolean receipt_inbox_raise_last(ReceiptInbox *inbox, guint32 seq)
{
    if (seq <= inbox->last_seq)
        return FALSE;
    inbox->last_seq = seq;
    return TRUE;
}

ReceiptMoved receipt_inbox_merge_own(ReceiptInbox *inbox, ReceiptKind kind, guint32 seq)
{
    ReceiptMoved moved = receipt_cursor_merge(&inbox->own, kind, seq, inbox->last_seq);

    if (moved != RECEIPT_MOVED_NOTHING)
        settle(inbox);
    return moved;
}

void receipt_inbox_publish(ReceiptInbox *inbox, guint32 seq)
{
    receipt_inbox_raise_last(inbox, seq);
    receipt_inbox_merge_own(inbox, RECEIPT_READ, seq);
}

void receipt_inbox_hand(ReceiptInbox *inbox, guint32 low, guint32 high)
{
    high = MIN(high, inbox->last_seq);
    low = MAX(low, inbox->handed_up_to + 1);
    if (low <= high && receipt_ranges_add(&inbox->handed, low, high))
        settle(inbox);
}

void receipt_inbox_see(ReceiptInbox *inbox, guint32 seq, gboolean tell)
{
    guint32 base = seen_base(inbox);
    guint32 up_to, top;
    guint size = receipt_ranges_size(&inbox->handed);

    /* All that was handed on without a gap, then what lies above gaps: those will have to be seen
     * on their own. */
    up_to = MIN(seq, receipt_inbox_target(inbox, RECEIPT_RECV));
    top = MIN(seq, MAX(base, up_to));
    if (up_to > base)
        receipt_ranges_add(&inbox->seen, base + 1, up_to);
    for (guint i = 0; i < size; i++) {
        const ReceiptRange *range = receipt_ranges_at(&inbox->handed, i);

        if (range->low > seq)
            break;
        receipt_ranges_add(&inbox->seen, MAX(range->low, base + 1), MIN(range->high, seq));
        top = MAX(top, MIN(range->high, seq));
    }
    /* What was not there to be seen is not told by this, however it is seen later. */
    if (tell)
        inbox->tell_up_to = MAX(inbox->tell_up_to, top);
    settle(inbox);
}

void receipt_inbox_delete(ReceiptInbox *inbox, guint32 low, guint32 high)
{
    high = MIN(high, inbox->last_seq);
    if (low <= high && receipt_ranges_add(&inbox->deleted, low, high))
        settle(inbox);
}

guint32 receipt_inbox_target(const ReceiptInbox *inbox, ReceiptKind kind)
{
    guint32 top;

    if (kind == RECEIPT_RECV) {
        guint32 base = MAX(inbox->own.read, inbox->handed_up_to);

        top = walk(&inbox->handed, &inbox->deleted, base);
    } else {
        top = MIN(seen_base(inbox), inbox->tell_up_to);
    }
    return MIN(top, inbox->last_seq);
}

guint32 receipt_inbox_news(const ReceiptInbox *inbox, ReceiptKind kind)
{
    guint32 target = receipt_inbox_target(inbox, kind);
    guint32 refused = kind == RECEIPT_READ ? inbox->refused.read : inbox->refused.recv;

    return target > receipt_cursor_get(&inbox->own, kind) && target > refused ? target : 0;
}

void receipt_inbox_refuse(ReceiptInbox *inbox, ReceiptKind kind, guint32 seq)
{
    guint32 *refused = kind == RECEIPT_READ ? &inbox->refused.read : &inbox->refused.recv;

    *refused = MAX(*refused, MIN(seq, inbox->last_seq));
}

guint receipt_inbox_unread(const ReceiptInbox *inbox)
{
    guint32 base = seen_base(inbox);
    guint count, size = receipt_ranges_size(&inbox->seen);

    if (inbox->last_seq <= base)
        return 0;
    count = inbox->last_seq - base;
    count -= receipt_ranges_count(&inbox->deleted, base + 1, inbox->last_seq);
    /* What was seen and then deleted is in both sets; it goes only once. */
    for (guint i = 0; i < size; i++) {
        const ReceiptRange *range = receipt_ranges_at(&inbox->seen, i);

        count -= range->high - range->low + 1;
        count += receipt_ranges_count(&inbox->deleted, range->low, range->high);
    }
    return count;
}

guint32 receipt_inbox_first_unread(const ReceiptInbox *inbox)
{
    guint32 at = seen_base(inbox), before;

    do {
        before = at;
        at = receipt_ranges_contiguous(&inbox->seen, at);
        at = receipt_ranges_contiguous(&inbox->deleted, at);
    } while (at > before);
    return at < inbox->last_seq ? at + 1 : 0;
}

gsize receipt_inbox_bytes(const ReceiptInbox *inbox)
{
    return sizeof *inbox + sizeof(ReceiptRange) * (receipt_ranges_size(&inbox->handed) +
                                                   receipt_ranges_size(&inbox->seen) +
                                                   receipt_ranges_size(&inbox->deleted));
}
