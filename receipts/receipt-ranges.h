/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set of message numbers, kept as sorted, disjoint, non-adjacent closed intervals. Layer 1.
 *
 * Messages come in runs, so a set of thousands is a handful of intervals. The number of intervals
 * is bounded (RECEIPT_RANGES_MAX): a hostile peer that tells every second number must not make us
 * grow. What does not fit is left out, which only ever makes us claim less.
 */
#ifndef RECEIPT_RANGES_H
#define RECEIPT_RANGES_H

#include <glib.h>

G_BEGIN_DECLS

/* Real gaps come from deletions and from pages that are still being fetched: dozens at most. */
#define RECEIPT_RANGES_MAX 4096

typedef struct {
    guint32 low, high; /* both included, 1 <= low <= high */
} ReceiptRange;

typedef struct {
    GArray *items; /* of ReceiptRange; NULL while empty */
    guint edition; /* grows with every addition */
} ReceiptRanges;

void receipt_ranges_clear(ReceiptRanges *ranges);
/* Add low..high. low 0 is taken as 1; an empty or impossible interval adds nothing.
 * Returns: whether the set changed. */
gboolean receipt_ranges_add(ReceiptRanges *ranges, guint32 low, guint32 high);
/* Forget everything up to seq. */
void receipt_ranges_drop_up_to(ReceiptRanges *ranges, guint32 seq);
gboolean receipt_ranges_contains(const ReceiptRanges *ranges, guint32 seq);
/* The highest n such that base+1..n are all in the set; base if base+1 is not. */
guint32 receipt_ranges_contiguous(const ReceiptRanges *ranges, guint32 base);
/* How many numbers of low..high are in the set. */
guint receipt_ranges_count(const ReceiptRanges *ranges, guint32 low, guint32 high);
/* The highest number of low..high that is in the set; 0 if none is. */
guint32 receipt_ranges_highest(const ReceiptRanges *ranges, guint32 low, guint32 high);
guint receipt_ranges_size(const ReceiptRanges *ranges);
const ReceiptRange *receipt_ranges_at(const ReceiptRanges *ranges, guint index);

G_END_DECLS

#endif
