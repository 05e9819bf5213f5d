/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The other members of one channel: their cursors, whether they count, and since when. Layer 2.
 *
 * A member counts for message seq when it may read the channel and `since` < seq: who comes later
 * never takes a tick back. Members first learnt from the first complete list, or by a sign of life
 * of their own before it, have been there from the beginning (since 0). Who left, or lost the right
 * to read, is kept as a row that does not count, so that a late receipt of theirs does not make
 * them a member again.
 *
 * The audience is whole once a complete list came, or when its only member has the channel's own
 * name (a conversation of two). Before that nobody can say that all have something.
 */
#ifndef RECEIPT_AUDIENCE_H
#define RECEIPT_AUDIENCE_H

#include "receipt-cursor.h"

G_BEGIN_DECLS

/* Servers list at most some thousand members; beyond this counts are of no use to anybody. */
#define RECEIPT_MEMBERS_MAX 20000

/* How many times at which a cursor moved past something are remembered, newest first out last.
 * Older ones are answered with -1: nobody asks when the ninth last message was read. */
#define RECEIPT_STEPS_MAX 8

typedef struct {
    guint32 seq;
    gint64 ms;
} ReceiptStep;

typedef struct {
    char *name; /* a GRefString */
    ReceiptCursor cursor;
    guint32 since;
    guint can_read : 1;
    guint is_touched : 1;         /* the engine's: a move waits to be told */
    guint32 told_recv, told_read; /* the engine's: cursors as last told */
    guint stamp;                  /* of the list that named it last */
    GArray *steps[2];             /* of ReceiptStep by kind, oldest first; NULL while none */
} ReceiptMemberRow;

typedef struct _ReceiptAudience ReceiptAudience;

ReceiptAudience *receipt_audience_new(const char *channel);
void receipt_audience_free(ReceiptAudience *audience);

ReceiptMemberRow *receipt_audience_find(ReceiptAudience *audience, const char *member);
/* Find or add; a new one can read, and counts from `since` on. NULL when there are too many. */
ReceiptMemberRow *receipt_audience_ensure(ReceiptAudience *audience, const char *member,
                                          guint32 since, gboolean *is_new);
/* Whether all members are known. */
gboolean receipt_audience_is_whole(ReceiptAudience *audience);
void receipt_audience_set_whole(ReceiptAudience *audience);

/* Remember that the row's cursor reached seq at now_ms. */
void receipt_audience_note_step(ReceiptMemberRow *row, ReceiptKind kind, guint32 seq,
                                gint64 now_ms);
/* When the row's cursor was learnt to cover seq; -1 if it does not, or nobody remembers. */
gint64 receipt_audience_learnt_ms(const ReceiptMemberRow *row, ReceiptKind kind, guint32 seq);
gboolean receipt_audience_counts(const ReceiptMemberRow *row, guint32 seq);

/* The only ways to change a row, so that the sums below stay true. */
ReceiptMoved receipt_audience_merge(ReceiptAudience *audience, ReceiptMemberRow *row,
                                    ReceiptKind kind, guint32 seq, guint32 cap);
/* since is looked at only when the right is new. */
void receipt_audience_set_can_read(ReceiptAudience *audience, ReceiptMemberRow *row,
                                   gboolean can_read, guint32 since);
/* How many count for seq, and how many of them have received and read it. Constant for a seq that
 * is newer than all that is known of the members, which is what a message just sent is. */
void receipt_audience_tally(ReceiptAudience *audience, guint32 seq, guint *members,
                            guint *delivered, guint *read);

/* Lists: begin, mark every row that is named, then walk those that were not. */
guint receipt_audience_next_stamp(ReceiptAudience *audience);

typedef void (*ReceiptRowFunc)(ReceiptMemberRow *row, gpointer user_data);
/* In no particular order: for sums only. */
void receipt_audience_foreach(ReceiptAudience *audience, ReceiptRowFunc func, gpointer user_data);
/* Those that count for seq, by name. (transfer container) */
GPtrArray *receipt_audience_sorted(ReceiptAudience *audience, guint32 seq);

guint receipt_audience_size(ReceiptAudience *audience);
gsize receipt_audience_bytes(ReceiptAudience *audience);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReceiptAudience, receipt_audience_free)
G_END_DECLS

#endif
