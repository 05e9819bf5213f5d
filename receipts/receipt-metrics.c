/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Latencies. Layer 1, see receipt-metrics.h. */
#include "receipt-metrics.h"

#include <stdlib.h>
#include <string.h>

void receipt_samples_add(ReceiptSamples *samples, gint64 ms)
{
    samples->ms[samples->next] = (guint32)CLAMP(ms, 0, (gint64)G_MAXUINT32);
    samples->next = (samples->next + 1) % RECEIPT_SAMPLES;
    samples->n = MIN(samples->n + 1, RECEIPT_SAMPLES);
}

static int compare(const void *a, const void *b)
{
    guint32 left = *(const guint32 *)a, right = *(const guint32 *)b;

    return left < right ? -1 : left > right;
}

static gint64 percentile(const guint32 *sorted, guint n, guint percent)
{
    guint rank = (n * percent + 99) / 100; /* nearest rank, rounded up */

    return sorted[MAX(rank, 1) - 1];
}

void receipt_samples_read(const ReceiptSamples *samples, ReceiptLatency *out)
{
    guint32 sorted[RECEIPT_SAMPLES];

    out->p50 = out->p95 = out->p99 = -1;
    if (samples->n == 0)
        return;
    memcpy(sorted, samples->ms, samples->n * sizeof *sorted);
    qsort(sorted, samples->n, sizeof *sorted, compare);
    out->p50 = percentile(sorted, samples->n, 50);
    out->p95 = percentile(sorted, samples->n, 95);
    out->p99 = percentile(sorted, samples->n, 99);
}
