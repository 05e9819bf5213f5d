/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of one channel's sync: state x input -> state, action, reason. Layer 1, a pure function
 * over one table; who holds a channel, who gets a place and when something is due is decided by
 * the engine above and comes in as a wish or an input.
 *
 * At most one request about being attached is open per channel. So a stop during a start waits for
 * the answer and then detaches, and a start during a stop waits for the answer and then attaches:
 * whatever the order of acts, the channel ends as the latest wish says.
 *
 * Wishes:  HELD  somebody holds the channel and it has a place
 *          FULL  somebody holds it, but others have the places
 *          FREE  nobody holds it
 * Inputs:  WISH       the wish may have changed (told as HELD only while the link is up)
 *          ATTACHED   the attach succeeded
 *          FAILED     the attach failed, worth repeating after a back-off (idle: an earlier one
 *                     did, and its back-off is not over: letting go and holding again is no way
 *                     around it)
 *          UNSURE     the same, but the server may have attached us all the same
 *          TRIPPED    the attach failed, and the breaker opened (idle: it is still open)
 *          REFUSED    the attach was refused until something changes
 *          DETACHED   the detach was answered (or need not be)
 *          KEEP       held again before the detach was asked for
 *          DUE        the back-off is over, or the probe is due
 *          LOST       the server detached us: again at once
 *          LOST_WAIT  the server detached us: after a back-off
 *          LINK_LOST, LINK_BACK, MINUTE_OVER (the link was down for grace_ms)
 *          GONE       the channel is gone for us
 *
 * The table. "hold" stands for the reason of the highest hold, "free" for how the last one went.
 * What is not listed is ignored: the state stays, nothing is asked, nothing is told.
 *
 *   state      input        wish       -> state      action  reason
 *   idle       WISH         HELD          starting   attach  hold
 *   idle       WISH         FULL          evicted    -       limit
 *   idle       FAILED       HELD, FULL    waiting    -       error
 *   idle       TRIPPED      HELD, FULL    tripped    -       breaker-open
 *   starting   ATTACHED     HELD          active     -       attached
 *   starting   ATTACHED     FULL          stopping   detach  limit
 *   starting   ATTACHED     FREE          stopping   detach  free
 *   starting   FAILED       HELD, FULL    waiting    -       error
 *   starting   FAILED       FREE          idle       -       error
 *   starting   UNSURE       HELD, FULL    waiting    -       error
 *   starting   UNSURE       FREE          stopping   detach  error
 *   starting   TRIPPED      HELD, FULL    tripped    -       breaker-open
 *   starting   TRIPPED      FREE          idle       -       error
 *   starting   REFUSED      any           idle       -       error
 *   starting   LINK_LOST    HELD, FULL    suspended  -       network-lost
 *   starting   LINK_LOST    FREE          idle       -       network-lost
 *   starting   GONE         any           idle       -       gone
 *   active     WISH         FULL          stopping   detach  limit
 *   active     WISH         FREE          stopping   detach  free
 *   active     LOST         HELD          starting   attach  lost
 *   active     LOST         FULL          evicted    -       limit
 *   active     LOST         FREE          idle       -       lost
 *   active     LOST_WAIT    HELD, FULL    waiting    -       lost
 *   active     LOST_WAIT    FREE          idle       -       lost
 *   active     TRIPPED      HELD, FULL    tripped    -       breaker-open
 *   active     TRIPPED      FREE          idle       -       lost
 *   active     REFUSED      any           idle       -       lost
 *   active     LINK_LOST    HELD, FULL    suspended  -       network-lost
 *   active     LINK_LOST    FREE          idle       -       network-lost
 *   active     GONE         any           idle       -       gone
 *   stopping   KEEP         HELD          active     -       hold
 *   stopping   DETACHED     HELD          starting   attach  hold
 *   stopping   DETACHED     FULL          evicted    -       limit
 *   stopping   DETACHED     FREE          idle       -       detached
 *   stopping   LINK_LOST    HELD, FULL    suspended  -       network-lost
 *   stopping   LINK_LOST    FREE          idle       -       network-lost
 *   stopping   GONE         any           idle       -       gone
 *   waiting    WISH         FREE          idle       -       free
 *   waiting    UNSURE       FREE          stopping   detach  free
 *   waiting    DUE          HELD          starting   attach  retry
 *   waiting    DUE          FULL          evicted    -       limit
 *   waiting    LINK_LOST    HELD, FULL    suspended  -       network-lost
 *   waiting    LINK_LOST    FREE          idle       -       network-lost
 *   waiting    GONE         any           idle       -       gone
 *   suspended  WISH         FREE          idle       -       free
 *   suspended  LINK_BACK    HELD          starting   attach  network-back
 *   suspended  LINK_BACK    FULL          evicted    -       limit
 *   suspended  LINK_BACK    FREE          idle       -       free
 *   suspended  MINUTE_OVER  any           idle       -       minute-over
 *   suspended  GONE         any           idle       -       gone
 *   tripped    WISH         FREE          idle       -       free
 *   tripped    UNSURE       FREE          stopping   detach  free
 *   tripped    DUE          HELD          starting   attach  probe
 *   tripped    DUE          FULL          evicted    -       limit
 *   tripped    MINUTE_OVER  any           idle       -       minute-over
 *   tripped    GONE         any           idle       -       gone
 *   evicted    WISH         HELD          starting   attach  room
 *   evicted    WISH         FREE          idle       -       free
 *   evicted    UNSURE       FREE          stopping   detach  free
 *   evicted    MINUTE_OVER  any           idle       -       minute-over
 *   evicted    GONE         any           idle       -       gone
 *
 * While an answer is still to come (starting, stopping) the engine tells GONE only with the answer;
 * until then it no longer wishes, so that a late yes is undone.
 * tripped and evicted outlive a lost link (they need none), but not the minute.
 */
#ifndef RECEIPT_SYNC_H
#define RECEIPT_SYNC_H

#include "receipts.h"

G_BEGIN_DECLS

typedef enum {
    RECEIPT_WISH_HELD,
    RECEIPT_WISH_FULL,
    RECEIPT_WISH_FREE,
} ReceiptWish;
#define RECEIPT_N_WISHES (RECEIPT_WISH_FREE + 1)

typedef enum {
    RECEIPT_SYNC_IN_WISH,
    RECEIPT_SYNC_IN_ATTACHED,
    RECEIPT_SYNC_IN_FAILED,
    RECEIPT_SYNC_IN_UNSURE,
    RECEIPT_SYNC_IN_TRIPPED,
    RECEIPT_SYNC_IN_REFUSED,
    RECEIPT_SYNC_IN_DETACHED,
    RECEIPT_SYNC_IN_KEEP,
    RECEIPT_SYNC_IN_DUE,
    RECEIPT_SYNC_IN_LOST,
    RECEIPT_SYNC_IN_LOST_WAIT,
    RECEIPT_SYNC_IN_LINK_LOST,
    RECEIPT_SYNC_IN_LINK_BACK,
    RECEIPT_SYNC_IN_MINUTE_OVER,
    RECEIPT_SYNC_IN_GONE,
} ReceiptSyncInput;
#define RECEIPT_N_SYNC_INPUTS (RECEIPT_SYNC_IN_GONE + 1)

typedef enum {
    RECEIPT_SYNC_DO_NOTHING,
    RECEIPT_SYNC_DO_ATTACH,
    RECEIPT_SYNC_DO_DETACH,
} ReceiptSyncAction;

typedef struct {
    gboolean is_known; /* FALSE: not in the table, everything else is as before */
    ReceiptSyncState state;
    ReceiptSyncAction action;
    ReceiptReason reason; /* meaningful when is_known */
} ReceiptSyncStep;

/* hold and free are the reasons that the table calls so. */
ReceiptSyncStep receipt_sync_step(ReceiptSyncState state, ReceiptSyncInput input, ReceiptWish wish,
                                  ReceiptReason hold, ReceiptReason free);

G_END_DECLS

#endif
