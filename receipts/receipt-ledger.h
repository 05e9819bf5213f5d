/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The own messages of one channel and how far each has come. Layer 2; knows no members, only sums:
 * the engine above tells it by how much a member's cursor moved.
 *
 * Stored messages are sorted by seq, so a cursor that moves from a to b costs a binary search and
 * the messages in (a, b], whatever the size of the channel. A message advances to delivered or read
 * when every member that counts has it, and only once the audience is whole; it never goes back.
 * A message is unsettled while its read state may still change: those survive a restart.
 */
#ifndef RECEIPT_LEDGER_H
#define RECEIPT_LEDGER_H

#include "receipts.h"

G_BEGIN_DECLS

/* Messages that nobody ever reads must not grow without end; the oldest goes first. */
#define RECEIPT_OWN_MAX 16384
/* Settled messages kept for questions about them; older ones are long scrolled away. */
#define RECEIPT_OWN_SETTLED_MAX 256

typedef struct {
    char *id; /* a GRefString */
    guint32 seq;
    ReceiptMessageState state;
    guint delivered, read, members;
    guint is_touched : 1; /* waits in the list of changes */
    guint is_unsettled : 1;
    guint is_abandoned : 1; /* deleted: nothing waits for it */
    guint was_told : 1;     /* the engine's: what the observer was told last */
    ReceiptMessageState told_state;
    guint32 told_seq;
    guint told_delivered, told_read, told_members;
} ReceiptOwn;

typedef struct _ReceiptLedger ReceiptLedger;

ReceiptLedger *receipt_ledger_new(void);
void receipt_ledger_free(ReceiptLedger *ledger);

ReceiptOwn *receipt_ledger_find(ReceiptLedger *ledger, const char *id);
/* A message that is being sent: pending, last in line. A failed one becomes pending again, last in
 * line too. Returns: NULL if it is known and not failed. */
ReceiptOwn *receipt_ledger_new_pending(ReceiptLedger *ledger, const char *id);
/* The server stored it. Returns: NULL if that is no news (known with a seq, or another message
 * holds that seq). The sums of the new one are to be set by receipt_ledger_set_sums(). */
ReceiptOwn *receipt_ledger_store(ReceiptLedger *ledger, const char *id, guint32 seq);
void receipt_ledger_set_sums(ReceiptLedger *ledger, ReceiptOwn *own, guint members, guint delivered,
                             guint read);
/* As found in a store of earlier: never below this state, nothing to tell. */
void receipt_ledger_set_state(ReceiptLedger *ledger, ReceiptOwn *own, ReceiptMessageState state);
/* Refused. FALSE unless it was pending. */
gboolean receipt_ledger_fail(ReceiptLedger *ledger, const char *id);
gboolean receipt_ledger_remove(ReceiptLedger *ledger, const char *id);
/* Nobody waits for the stored messages among low..high any more (deleted); they still count. */
void receipt_ledger_abandon(ReceiptLedger *ledger, guint32 low, guint32 high);

/* One more member has what lies in (after, up_to]. Returns: how many messages that passed. */
guint receipt_ledger_pass(ReceiptLedger *ledger, ReceiptKind kind, guint32 after, guint32 up_to);
/* One member more (sign 1) or less (-1), who counts after `since` and has these cursors. */
void receipt_ledger_join(ReceiptLedger *ledger, guint32 since, guint32 recv, guint32 read,
                         int sign);
/* All sums anew, for lists: begin, add every member that counts, end. Costs a binary search per
 * member and one walk over the messages. */
void receipt_ledger_recount_begin(ReceiptLedger *ledger);
void receipt_ledger_recount_add(ReceiptLedger *ledger, guint32 since, guint32 recv, guint32 read);
void receipt_ledger_recount_end(ReceiptLedger *ledger);
/* All members are known from now on. */
void receipt_ledger_set_whole(ReceiptLedger *ledger);

/* Messages touched since they were last taken, in the order in which they were, at most max of
 * them. Settled ones beyond the bound are dropped afterwards. Returns: how many were taken. */
typedef void (*ReceiptOwnFunc)(ReceiptOwn *own, gpointer user_data);
guint receipt_ledger_take_touched(ReceiptLedger *ledger, guint max, ReceiptOwnFunc func,
                                  gpointer user_data);
gboolean receipt_ledger_has_touched(ReceiptLedger *ledger);

/* All: stored by seq, then pending and failed in the order of sending. func changes nothing. */
void receipt_ledger_foreach(ReceiptLedger *ledger, ReceiptOwnFunc func, gpointer user_data);
/* Pending in the order of sending, failed ones left out. */
void receipt_ledger_foreach_pending(ReceiptLedger *ledger, ReceiptOwnFunc func, gpointer user_data);
/* Stored and not settled, by seq; the newest `max` of them. */
void receipt_ledger_foreach_unsettled(ReceiptLedger *ledger, guint max, ReceiptOwnFunc func,
                                      gpointer user_data);
/* The newest with a seq, else the newest pending one, else NULL. */
ReceiptOwn *receipt_ledger_last(ReceiptLedger *ledger);
/* Stored messages that somebody still has to read. */
guint receipt_ledger_n_unsettled(ReceiptLedger *ledger);
guint receipt_ledger_n_pending(ReceiptLedger *ledger);
/* Grows with every change of what a store has to remember: pending, unsettled, their order. */
guint64 receipt_ledger_edition(ReceiptLedger *ledger);
guint receipt_ledger_size(ReceiptLedger *ledger);
gsize receipt_ledger_bytes(ReceiptLedger *ledger);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReceiptLedger, receipt_ledger_free)
G_END_DECLS

#endif
