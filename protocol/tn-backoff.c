/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-backoff.c: delays between attempts to connect. Part of protocol/; pure.
 */
#include "tn-backoff.h"

void tn_backoff_reset(TnBackoff *backoff)
{
    backoff->attempts = 0;
}

gint64 tn_backoff_next(TnBackoff *backoff, double chance)
{
    guint attempt = backoff->attempts;
    gint64 ceiling;

    if (backoff->attempts < 16) /* far beyond the cap, far below an overflow */
        backoff->attempts++;
    if (attempt == 0)
        return (gint64)(chance * TN_BACKOFF_FIRST_MS);
    ceiling = MIN((gint64)TN_BACKOFF_FIRST_MS << attempt, (gint64)TN_BACKOFF_CAP_MS);
    return TN_BACKOFF_MIN_MS + (gint64)(chance * (double)(ceiling - TN_BACKOFF_MIN_MS));
}
