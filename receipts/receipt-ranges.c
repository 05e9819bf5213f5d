/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A set of message numbers as intervals. Layer 1, see receipt-ranges.h. */
#include "receipt-ranges.h"

static ReceiptRange *range_at(const ReceiptRanges *ranges, guint index)
{
    return &g_array_index(ranges->items, ReceiptRange, index);
}

guint receipt_ranges_size(const ReceiptRanges *ranges)
{
    return ranges->items == NULL ? 0 : ranges->items->len;
}

const ReceiptRange *receipt_ranges_at(const ReceiptRanges *ranges, guint index)
{
    return range_at(ranges, index);
}

void receipt_ranges_clear(ReceiptRanges *ranges)
{
    g_clear_pointer(&ranges->items, g_array_unref);
}

/* Index of the first interval that ends at or above seq, the size if there is none. */
static guint first_reaching(const ReceiptRanges *ranges, guint32 seq)
{
    guint low = 0, high = receipt_ranges_size(ranges);

    while (low < high) {
        guint middle = low + (high - low) / 2;

        if (range_at(ranges, middle)->high < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

gboolean receipt_ranges_add(ReceiptRanges *ranges, guint32 low, guint32 high)
{
    ReceiptRange added = {MAX(low, 1), high};
    guint first, last, size;

    if (added.low > added.high)
        return FALSE;
    if (ranges->items == NULL)
        ranges->items = g_array_new(FALSE, FALSE, sizeof(ReceiptRange));
    size = ranges->items->len;

    /* Every interval that overlaps or touches the new one is swallowed by it. */
    first = first_reaching(ranges, added.low - 1);
    if (first < size && range_at(ranges, first)->low <= added.low &&
        range_at(ranges, first)->high >= added.high)
        return FALSE;
    for (last = first; last < size; last++) {
        const ReceiptRange *range = range_at(ranges, last);

        if (range->low > added.high && range->low - added.high > 1)
            break;
        added.low = MIN(added.low, range->low);
        added.high = MAX(added.high, range->high);
    }
    if (last > first) {
        ranges->edition++;
        *range_at(ranges, first) = added;
        g_array_remove_range(ranges->items, first + 1, last - first - 1);
        return TRUE;
    }
    /* A hostile or broken source only: see RECEIPT_RANGES_MAX. */
    if (size >= RECEIPT_RANGES_MAX)
        return FALSE;
    ranges->edition++;
    g_array_insert_val(ranges->items, first, added);
    return TRUE;
}

void receipt_ranges_drop_up_to(ReceiptRanges *ranges, guint32 seq)
{
    guint keep;

    if (ranges->items == NULL || seq == 0)
        return;
    keep = seq == G_MAXUINT32 ? ranges->items->len : first_reaching(ranges, seq + 1);
    if (keep > 0)
        g_array_remove_range(ranges->items, 0, keep);
    if (ranges->items->len == 0) {
        receipt_ranges_clear(ranges);
        return;
    }
    if (range_at(ranges, 0)->low <= seq)
        range_at(ranges, 0)->low = seq + 1;
}

gboolean receipt_ranges_contains(const ReceiptRanges *ranges, guint32 seq)
{
    guint index = first_reaching(ranges, seq);

    return seq > 0 && index < receipt_ranges_size(ranges) && range_at(ranges, index)->low <= seq;
}

guint32 receipt_ranges_contiguous(const ReceiptRanges *ranges, guint32 base)
{
    guint index;

    if (base == G_MAXUINT32)
        return base;
    index = first_reaching(ranges, base + 1);
    if (index < receipt_ranges_size(ranges) && range_at(ranges, index)->low <= base + 1)
        return range_at(ranges, index)->high;
    return base;
}

guint receipt_ranges_count(const ReceiptRanges *ranges, guint32 low, guint32 high)
{
    guint count = 0;
    guint size = receipt_ranges_size(ranges);

    if (low > high)
        return 0;
    for (guint i = first_reaching(ranges, low); i < size; i++) {
        const ReceiptRange *range = range_at(ranges, i);

        if (range->low > high)
            break;
        count += MIN(range->high, high) - MAX(range->low, low) + 1;
    }
    return count;
}

guint32 receipt_ranges_highest(const ReceiptRanges *ranges, guint32 low, guint32 high)
{
    guint index = first_reaching(ranges, high);
    guint32 highest = 0;

    if (index < receipt_ranges_size(ranges) && range_at(ranges, index)->low <= high)
        highest = high;
    else if (index > 0)
        highest = range_at(ranges, index - 1)->high;
    return highest >= low && low <= high ? highest : 0;
}
