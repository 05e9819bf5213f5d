/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-backoff.h: how long to wait before the next attempt to connect: full jitter under a ceiling
 * that doubles. Inside protocol/ only; pure.
 */
#ifndef TN_BACKOFF_H
#define TN_BACKOFF_H

#include <glib.h>

G_BEGIN_DECLS

/* Ceiling of the first delay, which may be none at all. All clients of a server that went away
 * start in the same instant: of them no second sees more than a good half. */
#define TN_BACKOFF_FIRST_MS 2000
#define TN_BACKOFF_MIN_MS   500   /* floor of all later ones, whose ceiling doubles */
#define TN_BACKOFF_CAP_MS   15000 /* at least four attempts in the minute that a link is resumed */

typedef struct {
    guint attempts; /* 0: the next delay is a first one */
} TnBackoff;

void tn_backoff_reset(TnBackoff *backoff);
/* Milliseconds for a chance in [0, 1); counts as an attempt. */
gint64 tn_backoff_next(TnBackoff *backoff, double chance);

G_END_DECLS

#endif
