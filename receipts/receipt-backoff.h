/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long to wait after a failure. Layer 1, pure: the chance is handed in.
 *
 * Exponential with full jitter: the n-th wait is anywhere between nothing and min * 2^n, capped, so
 * that clients which failed together do not come back together. Only a success that lasted
 * (stable_ms) resets it: an attach that is answered and undone at once is not a recovery.
 */
#ifndef RECEIPT_BACKOFF_H
#define RECEIPT_BACKOFF_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    guint attempt;     /* failures since the last success that lasted */
    gint64 success_ms; /* since when it works; -1 while it does not */
} ReceiptBackoff;

#define RECEIPT_BACKOFF_INIT                                                                       \
    {                                                                                              \
        0, -1                                                                                      \
    }

void receipt_backoff_reset(ReceiptBackoff *backoff);
/* It works now. */
void receipt_backoff_succeed(ReceiptBackoff *backoff, gint64 now_ms);
/* It failed. Returns: TRUE if the success before it had lasted (the count starts anew). */
gboolean receipt_backoff_fail(ReceiptBackoff *backoff, gint64 now_ms, gint64 stable_ms);
/* The wait after the latest failure, at least 1 ms. chance is in [0, 1). */
gint64 receipt_backoff_delay(const ReceiptBackoff *backoff, gint64 min_ms, gint64 max_ms,
                             double chance);

G_END_DECLS

#endif
