/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Error category -> what is done about it. Layer 1, see receipt-strategy.h. */
#include "receipt-strategy.h"

#define NONE    RECEIPT_REMEDY_NONE
#define RETRY   RECEIPT_REMEDY_RETRY
#define AGAIN   RECEIPT_REMEDY_AGAIN
#define GIVE_UP RECEIPT_REMEDY_GIVE_UP
#define DROP    RECEIPT_REMEDY_DROP
#define GONE    RECEIPT_REMEDY_GONE

/* clang-format off */
static const ReceiptStrategy strategies[RECEIPT_N_ERRORS] = {
    /*                             attach   cursor   lost     counts load   unsure problem */
    [RECEIPT_OK]                 = {NONE,    NONE,    NONE,    FALSE, FALSE, FALSE, FALSE},
    [RECEIPT_ERROR_TRANSIENT]    = {RETRY,   RETRY,   RETRY,   TRUE,  FALSE, FALSE, FALSE},
    [RECEIPT_ERROR_OVERLOAD]     = {RETRY,   RETRY,   RETRY,   TRUE,  TRUE,  FALSE, FALSE},
    [RECEIPT_ERROR_ATTACH_FIRST] = {RETRY,   AGAIN,   AGAIN,   TRUE,  FALSE, FALSE, FALSE},
    [RECEIPT_ERROR_REDIRECT]     = {GIVE_UP, DROP,    GIVE_UP, FALSE, FALSE, FALSE, TRUE},
    [RECEIPT_ERROR_AUTH]         = {GIVE_UP, GIVE_UP, GIVE_UP, FALSE, FALSE, FALSE, TRUE},
    [RECEIPT_ERROR_FORBIDDEN]    = {GIVE_UP, GIVE_UP, GIVE_UP, FALSE, FALSE, FALSE, TRUE},
    [RECEIPT_ERROR_GONE]         = {GONE,    GONE,    GONE,    FALSE, FALSE, FALSE, TRUE},
    [RECEIPT_ERROR_PERMANENT]    = {GIVE_UP, DROP,    GIVE_UP, FALSE, FALSE, FALSE, TRUE},
    [RECEIPT_ERROR_TIMEOUT]      = {RETRY,   RETRY,   RETRY,   TRUE,  FALSE, TRUE,  FALSE},
};
/* clang-format on */

const ReceiptStrategy *receipt_strategy_for(ReceiptError error)
{
    /* A category from a later host: worth repeating is the careful reading. */
    if ((guint)error >= RECEIPT_N_ERRORS)
        error = RECEIPT_ERROR_TRANSIENT;
    return &strategies[error];
}
