/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Error category -> what is done about it: the one table. Layer 1, data only.
 *
 *   category      attach     cursor     lost       breaker  load  unsure  problem
 *   ok            -          -          -          -        -     -       -
 *   transient     retry      retry      retry      yes      -     -       -
 *   overload      retry      retry      retry      yes      yes   -       -
 *   attach-first  retry      again      again      yes      -     -       -
 *   redirect      give up    drop       give up    -        -     -       sync
 *   auth          give up    give up    give up    -        -     -       sync (all channels)
 *   forbidden     give up    give up    give up    -        -     -       sync
 *   gone          gone       gone       gone       -        -     -       lost
 *   permanent     give up    drop       give up    -        -     -       sync
 *   timeout       retry      retry      retry      yes      -     yes     -
 *
 * retry: after a back-off. again: attach at once (after a repeat in a row: as retry). give up: not
 * until the link is new or the user acts. drop: this cursor value is never sent again. gone: forget
 * what was owed. breaker: counts as a failure of the channel. load: everything is sent less often.
 * unsure: the request may have been carried out all the same.
 */
#ifndef RECEIPT_STRATEGY_H
#define RECEIPT_STRATEGY_H

#include "receipts.h"

G_BEGIN_DECLS

typedef enum {
    RECEIPT_REMEDY_NONE,
    RECEIPT_REMEDY_RETRY,
    RECEIPT_REMEDY_AGAIN,
    RECEIPT_REMEDY_GIVE_UP,
    RECEIPT_REMEDY_DROP,
    RECEIPT_REMEDY_GONE,
} ReceiptRemedy;

typedef struct {
    ReceiptRemedy attach; /* also for a detach: everything but retry means that it is done */
    ReceiptRemedy cursor;
    ReceiptRemedy lost;
    gboolean counts; /* for the breaker */
    gboolean is_load;
    gboolean is_unsure;
    gboolean is_problem;
} ReceiptStrategy;

const ReceiptStrategy *receipt_strategy_for(ReceiptError error);

G_END_DECLS

#endif
