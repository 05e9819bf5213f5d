/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The life of one channel's sync as data. Layer 1; receipt-sync.h has the same table in words. */
#include "receipt-sync.h"

#define HELD (1u << RECEIPT_WISH_HELD)
#define FULL (1u << RECEIPT_WISH_FULL)
#define FREE (1u << RECEIPT_WISH_FREE)
#define ANY  (HELD | FULL | FREE)

/* Reasons that depend on who holds, or held, the channel. */
#define BY_HOLD RECEIPT_N_REASONS
#define BY_FREE (RECEIPT_N_REASONS + 1)

typedef struct {
    guint8 state, input, wishes, next, action, reason;
} Row;

#define ROW(state, input, wishes, next, action, reason)                                            \
    {                                                                                              \
        RECEIPT_SYNC_##state, RECEIPT_SYNC_IN_##input, wishes, RECEIPT_SYNC_##next,                \
            RECEIPT_SYNC_DO_##action, reason                                                       \
    }
#define R(name) RECEIPT_REASON_##name

static const Row rows[] = {
    ROW(IDLE, WISH, HELD, STARTING, ATTACH, BY_HOLD),
    ROW(IDLE, WISH, FULL, EVICTED, NOTHING, R(LIMIT)),
    ROW(IDLE, FAILED, HELD | FULL, WAITING, NOTHING, R(ERROR)),
    ROW(IDLE, TRIPPED, HELD | FULL, TRIPPED, NOTHING, R(BREAKER_OPEN)),

    ROW(STARTING, ATTACHED, HELD, ACTIVE, NOTHING, R(ATTACHED)),
    ROW(STARTING, ATTACHED, FULL, STOPPING, DETACH, R(LIMIT)),
    ROW(STARTING, ATTACHED, FREE, STOPPING, DETACH, BY_FREE),
    ROW(STARTING, FAILED, HELD | FULL, WAITING, NOTHING, R(ERROR)),
    ROW(STARTING, FAILED, FREE, IDLE, NOTHING, R(ERROR)),
    ROW(STARTING, UNSURE, HELD | FULL, WAITING, NOTHING, R(ERROR)),
    ROW(STARTING, UNSURE, FREE, STOPPING, DETACH, R(ERROR)),
    ROW(STARTING, TRIPPED, HELD | FULL, TRIPPED, NOTHING, R(BREAKER_OPEN)),
    ROW(STARTING, TRIPPED, FREE, IDLE, NOTHING, R(ERROR)),
    ROW(STARTING, REFUSED, ANY, IDLE, NOTHING, R(ERROR)),
    ROW(STARTING, LINK_LOST, HELD | FULL, SUSPENDED, NOTHING, R(NETWORK_LOST)),
    ROW(STARTING, LINK_LOST, FREE, IDLE, NOTHING, R(NETWORK_LOST)),
    ROW(STARTING, GONE, ANY, IDLE, NOTHING, R(GONE)),

    ROW(ACTIVE, WISH, FULL, STOPPING, DETACH, R(LIMIT)),
    ROW(ACTIVE, WISH, FREE, STOPPING, DETACH, BY_FREE),
    ROW(ACTIVE, LOST, HELD, STARTING, ATTACH, R(LOST)),
    ROW(ACTIVE, LOST, FULL, EVICTED, NOTHING, R(LIMIT)),
    ROW(ACTIVE, LOST, FREE, IDLE, NOTHING, R(LOST)),
    ROW(ACTIVE, LOST_WAIT, HELD | FULL, WAITING, NOTHING, R(LOST)),
    ROW(ACTIVE, LOST_WAIT, FREE, IDLE, NOTHING, R(LOST)),
    ROW(ACTIVE, TRIPPED, HELD | FULL, TRIPPED, NOTHING, R(BREAKER_OPEN)),
    ROW(ACTIVE, TRIPPED, FREE, IDLE, NOTHING, R(LOST)),
    ROW(ACTIVE, REFUSED, ANY, IDLE, NOTHING, R(LOST)),
    ROW(ACTIVE, LINK_LOST, HELD | FULL, SUSPENDED, NOTHING, R(NETWORK_LOST)),
    ROW(ACTIVE, LINK_LOST, FREE, IDLE, NOTHING, R(NETWORK_LOST)),
    ROW(ACTIVE, GONE, ANY, IDLE, NOTHING, R(GONE)),

    ROW(STOPPING, KEEP, HELD, ACTIVE, NOTHING, BY_HOLD),
    ROW(STOPPING, DETACHED, HELD, STARTING, ATTACH, BY_HOLD),
    ROW(STOPPING, DETACHED, FULL, EVICTED, NOTHING, R(LIMIT)),
    ROW(STOPPING, DETACHED, FREE, IDLE, NOTHING, R(DETACHED)),
    ROW(STOPPING, LINK_LOST, HELD | FULL, SUSPENDED, NOTHING, R(NETWORK_LOST)),
    ROW(STOPPING, LINK_LOST, FREE, IDLE, NOTHING, R(NETWORK_LOST)),
    ROW(STOPPING, GONE, ANY, IDLE, NOTHING, R(GONE)),

    ROW(WAITING, WISH, FREE, IDLE, NOTHING, BY_FREE),
    ROW(WAITING, UNSURE, FREE, STOPPING, DETACH, BY_FREE),
    ROW(WAITING, DUE, HELD, STARTING, ATTACH, R(RETRY)),
    ROW(WAITING, DUE, FULL, EVICTED, NOTHING, R(LIMIT)),
    ROW(WAITING, LINK_LOST, HELD | FULL, SUSPENDED, NOTHING, R(NETWORK_LOST)),
    ROW(WAITING, LINK_LOST, FREE, IDLE, NOTHING, R(NETWORK_LOST)),
    ROW(WAITING, GONE, ANY, IDLE, NOTHING, R(GONE)),

    ROW(SUSPENDED, WISH, FREE, IDLE, NOTHING, BY_FREE),
    ROW(SUSPENDED, LINK_BACK, HELD, STARTING, ATTACH, R(NETWORK_BACK)),
    ROW(SUSPENDED, LINK_BACK, FULL, EVICTED, NOTHING, R(LIMIT)),
    ROW(SUSPENDED, LINK_BACK, FREE, IDLE, NOTHING, BY_FREE),
    ROW(SUSPENDED, MINUTE_OVER, ANY, IDLE, NOTHING, R(MINUTE_OVER)),
    ROW(SUSPENDED, GONE, ANY, IDLE, NOTHING, R(GONE)),

    ROW(TRIPPED, WISH, FREE, IDLE, NOTHING, BY_FREE),
    ROW(TRIPPED, UNSURE, FREE, STOPPING, DETACH, BY_FREE),
    ROW(TRIPPED, DUE, HELD, STARTING, ATTACH, R(PROBE)),
    ROW(TRIPPED, DUE, FULL, EVICTED, NOTHING, R(LIMIT)),
    ROW(TRIPPED, MINUTE_OVER, ANY, IDLE, NOTHING, R(MINUTE_OVER)),
    ROW(TRIPPED, GONE, ANY, IDLE, NOTHING, R(GONE)),

    ROW(EVICTED, WISH, HELD, STARTING, ATTACH, R(ROOM)),
    ROW(EVICTED, WISH, FREE, IDLE, NOTHING, BY_FREE),
    ROW(EVICTED, UNSURE, FREE, STOPPING, DETACH, BY_FREE),
    ROW(EVICTED, MINUTE_OVER, ANY, IDLE, NOTHING, R(MINUTE_OVER)),
    ROW(EVICTED, GONE, ANY, IDLE, NOTHING, R(GONE)),
};

ReceiptSyncStep receipt_sync_step(ReceiptSyncState state, ReceiptSyncInput input, ReceiptWish wish,
                                  ReceiptReason hold, ReceiptReason free)
{
    ReceiptSyncStep step = {FALSE, state, RECEIPT_SYNC_DO_NOTHING, hold};

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        const Row *row = &rows[i];

        if (row->state != state || row->input != input || !(row->wishes & (1u << wish)))
            continue;
        step.is_known = TRUE;
        step.state = row->next;
        step.action = row->action;
        step.reason = row->reason == BY_HOLD   ? hold
                      : row->reason == BY_FREE ? free
                                               : (ReceiptReason)row->reason;
        return step;
    }
    return step;
}
