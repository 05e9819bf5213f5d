/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sync table, walked cell by cell: every state, input and wish, the forbidden ones too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "receipts/receipt-sync.h"

/* Reasons handed in, unlike any that the table has of its own. */
#define HOLD RECEIPT_REASON_ASKED
#define FREE RECEIPT_REASON_CLOSED

typedef struct {
    gboolean is_known;
    ReceiptSyncState state;
    ReceiptSyncAction action;
    ReceiptReason reason;
} Cell;

#define CELL(state, action, reason)                                                                \
    ((Cell){TRUE, RECEIPT_SYNC_##state, RECEIPT_SYNC_DO_##action, reason})
#define WHY(name) RECEIPT_REASON_##name
static const Cell ignored = {FALSE, RECEIPT_SYNC_IDLE, RECEIPT_SYNC_DO_NOTHING, HOLD};

/* What ought to happen, said the other way round: by input, in sentences. */
static Cell on_wish(ReceiptSyncState state, ReceiptWish wish)
{
    switch (state) {
    case RECEIPT_SYNC_IDLE:
        return wish == RECEIPT_WISH_HELD   ? CELL(STARTING, ATTACH, HOLD)
               : wish == RECEIPT_WISH_FULL ? CELL(EVICTED, NOTHING, WHY(LIMIT))
                                           : ignored;
    case RECEIPT_SYNC_ACTIVE:
        return wish == RECEIPT_WISH_FULL   ? CELL(STOPPING, DETACH, WHY(LIMIT))
               : wish == RECEIPT_WISH_FREE ? CELL(STOPPING, DETACH, FREE)
                                           : ignored;
    case RECEIPT_SYNC_EVICTED:
        return wish == RECEIPT_WISH_HELD   ? CELL(STARTING, ATTACH, WHY(ROOM))
               : wish == RECEIPT_WISH_FREE ? CELL(IDLE, NOTHING, FREE)
                                           : ignored;
    case RECEIPT_SYNC_WAITING:
    case RECEIPT_SYNC_SUSPENDED:
    case RECEIPT_SYNC_TRIPPED:
        return wish == RECEIPT_WISH_FREE ? CELL(IDLE, NOTHING, FREE) : ignored;
    default:
        /* An answer about being attached is on its way. */
        return ignored;
    }
}

static Cell on_answer(ReceiptSyncState state, ReceiptSyncInput input, ReceiptWish wish)
{
    gboolean is_held = wish != RECEIPT_WISH_FREE;

    /* Held again before the back-off is over, or while the breaker is open. */
    if (state == RECEIPT_SYNC_IDLE && is_held) {
        if (input == RECEIPT_SYNC_IN_FAILED)
            return CELL(WAITING, NOTHING, WHY(ERROR));
        if (input == RECEIPT_SYNC_IN_TRIPPED)
            return CELL(TRIPPED, NOTHING, WHY(BREAKER_OPEN));
    }
    if (state == RECEIPT_SYNC_STARTING) {
        switch (input) {
        case RECEIPT_SYNC_IN_ATTACHED:
            return wish == RECEIPT_WISH_HELD   ? CELL(ACTIVE, NOTHING, WHY(ATTACHED))
                   : wish == RECEIPT_WISH_FULL ? CELL(STOPPING, DETACH, WHY(LIMIT))
                                               : CELL(STOPPING, DETACH, FREE);
        case RECEIPT_SYNC_IN_FAILED:
            return is_held ? CELL(WAITING, NOTHING, WHY(ERROR)) : CELL(IDLE, NOTHING, WHY(ERROR));
        case RECEIPT_SYNC_IN_UNSURE:
            return is_held ? CELL(WAITING, NOTHING, WHY(ERROR))
                           : CELL(STOPPING, DETACH, WHY(ERROR));
        case RECEIPT_SYNC_IN_TRIPPED:
            return is_held ? CELL(TRIPPED, NOTHING, WHY(BREAKER_OPEN))
                           : CELL(IDLE, NOTHING, WHY(ERROR));
        case RECEIPT_SYNC_IN_REFUSED:
            return CELL(IDLE, NOTHING, WHY(ERROR));
        default:
            return ignored;
        }
    }
    if (state == RECEIPT_SYNC_ACTIVE && input == RECEIPT_SYNC_IN_TRIPPED)
        return is_held ? CELL(TRIPPED, NOTHING, WHY(BREAKER_OPEN)) : CELL(IDLE, NOTHING, WHY(LOST));
    if (state == RECEIPT_SYNC_ACTIVE && input == RECEIPT_SYNC_IN_REFUSED)
        return CELL(IDLE, NOTHING, WHY(LOST));
    if (state == RECEIPT_SYNC_STOPPING && input == RECEIPT_SYNC_IN_DETACHED)
        return wish == RECEIPT_WISH_HELD   ? CELL(STARTING, ATTACH, HOLD)
               : wish == RECEIPT_WISH_FULL ? CELL(EVICTED, NOTHING, WHY(LIMIT))
                                           : CELL(IDLE, NOTHING, WHY(DETACHED));
    /* Nobody holds it any more, and it may be attached all the same. */
    if (input == RECEIPT_SYNC_IN_UNSURE && wish == RECEIPT_WISH_FREE &&
        (state == RECEIPT_SYNC_WAITING || state == RECEIPT_SYNC_TRIPPED ||
         state == RECEIPT_SYNC_EVICTED))
        return CELL(STOPPING, DETACH, FREE);
    return ignored;
}

static Cell on_time(ReceiptSyncState state, ReceiptWish wish)
{
    if (state != RECEIPT_SYNC_WAITING && state != RECEIPT_SYNC_TRIPPED)
        return ignored;
    if (wish == RECEIPT_WISH_FULL)
        return CELL(EVICTED, NOTHING, WHY(LIMIT));
    if (wish == RECEIPT_WISH_FREE)
        return ignored;
    return state == RECEIPT_SYNC_WAITING ? CELL(STARTING, ATTACH, WHY(RETRY))
                                         : CELL(STARTING, ATTACH, WHY(PROBE));
}

static Cell on_lost(ReceiptSyncState state, ReceiptSyncInput input, ReceiptWish wish)
{
    if (state != RECEIPT_SYNC_ACTIVE)
        return ignored;
    if (wish == RECEIPT_WISH_FREE)
        return CELL(IDLE, NOTHING, WHY(LOST));
    if (input == RECEIPT_SYNC_IN_LOST_WAIT)
        return CELL(WAITING, NOTHING, WHY(LOST));
    return wish == RECEIPT_WISH_HELD ? CELL(STARTING, ATTACH, WHY(LOST))
                                     : CELL(EVICTED, NOTHING, WHY(LIMIT));
}

static Cell on_link(ReceiptSyncState state, ReceiptSyncInput input, ReceiptWish wish)
{
    if (input == RECEIPT_SYNC_IN_LINK_LOST) {
        if (state == RECEIPT_SYNC_IDLE || state == RECEIPT_SYNC_SUSPENDED ||
            state == RECEIPT_SYNC_TRIPPED || state == RECEIPT_SYNC_EVICTED)
            return ignored;
        return wish == RECEIPT_WISH_FREE ? CELL(IDLE, NOTHING, WHY(NETWORK_LOST))
                                         : CELL(SUSPENDED, NOTHING, WHY(NETWORK_LOST));
    }
    if (input == RECEIPT_SYNC_IN_LINK_BACK) {
        if (state != RECEIPT_SYNC_SUSPENDED)
            return ignored;
        return wish == RECEIPT_WISH_HELD   ? CELL(STARTING, ATTACH, WHY(NETWORK_BACK))
               : wish == RECEIPT_WISH_FULL ? CELL(EVICTED, NOTHING, WHY(LIMIT))
                                           : CELL(IDLE, NOTHING, FREE);
    }
    return state == RECEIPT_SYNC_SUSPENDED || state == RECEIPT_SYNC_TRIPPED ||
                   state == RECEIPT_SYNC_EVICTED
               ? CELL(IDLE, NOTHING, WHY(MINUTE_OVER))
               : ignored;
}

static Cell ought(ReceiptSyncState state, ReceiptSyncInput input, ReceiptWish wish)
{
    switch (input) {
    case RECEIPT_SYNC_IN_WISH:
        return on_wish(state, wish);
    case RECEIPT_SYNC_IN_KEEP:
        return state == RECEIPT_SYNC_STOPPING && wish == RECEIPT_WISH_HELD
                   ? CELL(ACTIVE, NOTHING, HOLD)
                   : ignored;
    case RECEIPT_SYNC_IN_DUE:
        return on_time(state, wish);
    case RECEIPT_SYNC_IN_LOST:
    case RECEIPT_SYNC_IN_LOST_WAIT:
        return on_lost(state, input, wish);
    case RECEIPT_SYNC_IN_LINK_LOST:
    case RECEIPT_SYNC_IN_LINK_BACK:
    case RECEIPT_SYNC_IN_MINUTE_OVER:
        return on_link(state, input, wish);
    case RECEIPT_SYNC_IN_GONE:
        return state == RECEIPT_SYNC_IDLE ? ignored : CELL(IDLE, NOTHING, WHY(GONE));
    default:
        return on_answer(state, input, wish);
    }
}

static void sync_step__agrees__in_every_cell(void **test_state)
{
    guint known = 0;

    (void)test_state;
    for (guint state = 0; state < RECEIPT_N_SYNC_STATES; state++) {
        for (guint input = 0; input < RECEIPT_N_SYNC_INPUTS; input++) {
            for (guint wish = 0; wish < RECEIPT_N_WISHES; wish++) {
                ReceiptSyncStep is = receipt_sync_step(state, input, wish, HOLD, FREE);
                Cell cell = ought(state, input, wish);

                if (is.is_known != cell.is_known)
                    fail_msg("state %u input %u wish %u: known %d", state, input, wish,
                             is.is_known);
                if (!is.is_known) {
                    assert_int_equal(is.state, state);
                    assert_int_equal(is.action, RECEIPT_SYNC_DO_NOTHING);
                    continue;
                }
                known++;
                if (is.state != cell.state || is.action != cell.action || is.reason != cell.reason)
                    fail_msg("state %u input %u wish %u: %s %d %s", state, input, wish,
                             receipt_sync_state_name(is.state), is.action,
                             receipt_reason_name(is.reason));
            }
        }
    }
    assert_true(known > 0);
}

static void sync_step__attaches__only_into_starting_and_when_held(void **test_state)
{
    (void)test_state;
    for (guint state = 0; state < RECEIPT_N_SYNC_STATES; state++) {
        for (guint input = 0; input < RECEIPT_N_SYNC_INPUTS; input++) {
            for (guint wish = 0; wish < RECEIPT_N_WISHES; wish++) {
                ReceiptSyncStep step = receipt_sync_step(state, input, wish, HOLD, FREE);

                assert_int_equal(step.is_known && step.state == RECEIPT_SYNC_STARTING,
                                 step.action == RECEIPT_SYNC_DO_ATTACH);
                assert_int_equal(step.is_known && step.state == RECEIPT_SYNC_STOPPING,
                                 step.action == RECEIPT_SYNC_DO_DETACH);
                if (step.action == RECEIPT_SYNC_DO_ATTACH)
                    assert_int_equal(wish, RECEIPT_WISH_HELD);
                /* No step leads to where it came from: every one is worth telling. */
                if (step.is_known)
                    assert_int_not_equal(step.state, state);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sync_step__agrees__in_every_cell),
        cmocka_unit_test(sync_step__attaches__only_into_starting_and_when_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
