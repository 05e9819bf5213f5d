/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The circuit breaker of one channel. Layer 1, pure.
 *
 * Closed: attempts are made. After `failures` in a row it opens: nothing is tried until open_ms
 * have passed. Then it is half-open: one probe. A failed probe opens it again at once; a good one
 * closes it, and only success that lasted clears the count, so a channel that answers and falls
 * over again is not hammered.
 */
#ifndef RECEIPT_BREAKER_H
#define RECEIPT_BREAKER_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    guint failures; /* in a row */
    gboolean is_open;
    gint64 probe_ms; /* when the probe is due; only while open */
} ReceiptBreaker;

void receipt_breaker_reset(ReceiptBreaker *breaker);
/* An attempt failed. has_lasted: the success before it had lasted, the row starts anew.
 * Returns: TRUE if the breaker opened now (a failed probe included). */
gboolean receipt_breaker_fail(ReceiptBreaker *breaker, gint64 now_ms, gboolean has_lasted,
                              guint limit, gint64 open_ms);
/* An attempt succeeded: closed, but the row is kept until success has lasted. */
void receipt_breaker_succeed(ReceiptBreaker *breaker);

G_END_DECLS

#endif
