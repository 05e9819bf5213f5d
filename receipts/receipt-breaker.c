/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The circuit breaker of one channel. Layer 1, see receipt-breaker.h. */
#include "receipt-breaker.h"

void receipt_breaker_reset(ReceiptBreaker *breaker)
{
    breaker->failures = 0;
    breaker->is_open = FALSE;
    breaker->probe_ms = -1;
}

gboolean receipt_breaker_fail(ReceiptBreaker *breaker, gint64 now_ms, gboolean has_lasted,
                              guint limit, gint64 open_ms)
{
    if (has_lasted)
        breaker->failures = 0;
    if (breaker->failures < G_MAXUINT)
        breaker->failures++;
    if (breaker->failures < MAX(limit, 1))
        return FALSE;
    breaker->is_open = TRUE;
    breaker->probe_ms = now_ms + MAX(open_ms, 1);
    return TRUE;
}

void receipt_breaker_succeed(ReceiptBreaker *breaker)
{
    breaker->is_open = FALSE;
    breaker->probe_ms = -1;
}
