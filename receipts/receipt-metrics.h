/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Latencies, cheap to note and exact to read. Layer 1.
 *
 * The plain counters live in ReceiptMetrics itself. A latency keeps the newest samples in a ring:
 * noting one is a store, reading a percentile sorts a copy, which only a person asking for
 * statistics pays for.
 */
#ifndef RECEIPT_METRICS_H
#define RECEIPT_METRICS_H

#include "receipts.h"

G_BEGIN_DECLS

/* Enough for a p99 that means something, small enough (2 KiB) to keep two per account. */
#define RECEIPT_SAMPLES 512

typedef struct {
    guint32 ms[RECEIPT_SAMPLES];
    guint n;    /* samples held */
    guint next; /* where the next one goes */
} ReceiptSamples;

void receipt_samples_add(ReceiptSamples *samples, gint64 ms);
/* Nearest-rank percentiles over the samples held; -1 while there are none. */
void receipt_samples_read(const ReceiptSamples *samples, ReceiptLatency *out);

G_END_DECLS

#endif
