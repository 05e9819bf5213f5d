/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long to wait after a failure. Layer 1, see receipt-backoff.h. */
#include "receipt-backoff.h"

/* 2^20 times the shortest wait is beyond every cap; more would only overflow. */
#define MAX_DOUBLINGS 20

void receipt_backoff_reset(ReceiptBackoff *backoff)
{
    backoff->attempt = 0;
    backoff->success_ms = -1;
}

void receipt_backoff_succeed(ReceiptBackoff *backoff, gint64 now_ms)
{
    if (backoff->success_ms < 0)
        backoff->success_ms = now_ms;
}

gboolean receipt_backoff_fail(ReceiptBackoff *backoff, gint64 now_ms, gint64 stable_ms)
{
    gboolean has_lasted = backoff->success_ms >= 0 && now_ms - backoff->success_ms >= stable_ms;

    if (has_lasted)
        backoff->attempt = 0;
    backoff->success_ms = -1;
    if (backoff->attempt < G_MAXUINT)
        backoff->attempt++;
    return has_lasted;
}

gint64 receipt_backoff_delay(const ReceiptBackoff *backoff, gint64 min_ms, gint64 max_ms,
                             double chance)
{
    guint doublings = MIN(backoff->attempt > 0 ? backoff->attempt - 1 : 0, MAX_DOUBLINGS);
    gint64 ceiling = MIN(MAX(min_ms, 1) << doublings, MAX(max_ms, 1));

    return CLAMP((gint64)(chance * (double)ceiling), 1, ceiling);
}
