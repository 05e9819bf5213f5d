/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What we have of one channel, and what follows from it: unread, and the cursors that we could
 * tell. Layer 2.
 *
 * A cursor vouches for everything below it. So recv may go up to the highest message that was
 * handed to the user with nothing missing below it, and read up to the highest that a person has
 * seen with nothing unseen below it. Both count from what the server already knows us to have read
 * (`own`), and pass over deleted messages, but a deletion alone moves neither.
 *
 * Three cursors are ours alone:
 *   handed_up_to  everything below was handed on; unlike the recv we tell, it does not jump when
 *                 own writing marks messages read that were never fetched: they are still to come
 *   seen_up_to    everything below was seen here, told or not
 *   tell_up_to    the highest that may be told as read
 *
 * Nothing passes last_seq, the newest message that the server is known to have.
 */
#ifndef RECEIPT_INBOX_H
#define RECEIPT_INBOX_H

#include "receipt-cursor.h"
#include "receipt-ranges.h"

G_BEGIN_DECLS

typedef struct {
    guint32 last_seq;
    ReceiptCursor own;    /* as the server is known to store it, recv raised to read */
    guint32 handed_up_to; /* 0 while nothing was handed on that joins what came before */
    guint32 seen_up_to;
    guint32 tell_up_to;
    ReceiptCursor refused; /* cursors up to these were refused for good: never told again */
    ReceiptRanges handed;  /* above handed_up_to */
    ReceiptRanges seen;    /* above seen_up_to and the own read */
    ReceiptRanges deleted;
} ReceiptInbox;

void receipt_inbox_clear(ReceiptInbox *inbox);
/* The server has messages up to seq. Returns: whether that was news. */
gboolean receipt_inbox_raise_last(ReceiptInbox *inbox, guint32 seq);
/* Our own cursor as the server shows it, clamped to last_seq. */
ReceiptMoved receipt_inbox_merge_own(ReceiptInbox *inbox, ReceiptKind kind, guint32 seq);
/* We wrote seq: the server takes everything up to it as read by us. */
void receipt_inbox_publish(ReceiptInbox *inbox, guint32 seq);
/* low..high were handed to the user or hold nothing to show. What is above last_seq is left out. */
void receipt_inbox_hand(ReceiptInbox *inbox, guint32 low, guint32 high);
/* A person has seen everything up to seq that was handed on by now. tell: the server may know. */
void receipt_inbox_see(ReceiptInbox *inbox, guint32 seq, gboolean tell);
void receipt_inbox_delete(ReceiptInbox *inbox, guint32 low, guint32 high);

/* The cursor that could be told now; at or below own if there is nothing new. */
guint32 receipt_inbox_target(const ReceiptInbox *inbox, ReceiptKind kind);
/* The same, but 0 unless it says something new to the server that was not refused. */
guint32 receipt_inbox_news(const ReceiptInbox *inbox, ReceiptKind kind);
/* The server will not have it: do not tell what can be told up to seq. */
void receipt_inbox_refuse(ReceiptInbox *inbox, ReceiptKind kind, guint32 seq);
/* Messages above what was read or seen, without deleted and seen ones. */
guint receipt_inbox_unread(const ReceiptInbox *inbox);
/* The lowest of them; 0 if there is none. */
guint32 receipt_inbox_first_unread(const ReceiptInbox *inbox);
gsize receipt_inbox_bytes(const ReceiptInbox *inbox);

G_END_DECLS

#endif
