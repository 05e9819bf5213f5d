/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members' cursors and what they do to the ledger. Layer 4, see receipt-engine-private.h. */
#include "receipt-engine-private.h"

#include <string.h>

/* Have the observer told about the row's cursors when the batch is over. */
static void note_moved(Channel *channel, ReceiptMemberRow *row)
{
    if (row->is_touched)
        return;
    if (channel->moved == NULL)
        channel->moved = g_ptr_array_new();
    row->is_touched = TRUE;
    g_ptr_array_add(channel->moved, row);
}

/* A two-person conversation is whole as soon as the other one is known. */
static void check_whole(Channel *channel)
{
    if (channel->ledger != NULL && channel->audience != NULL &&
        receipt_audience_is_whole(channel->audience))
        receipt_ledger_set_whole(channel->ledger);
}

void members_tally(Channel *channel, ReceiptOwn *own)
{
    guint members = 0, delivered = 0, read = 0;

    check_whole(channel);
    if (channel->audience != NULL)
        receipt_audience_tally(channel->audience, own->seq, &members, &delivered, &read);
    receipt_ledger_set_sums(channel->ledger, own, members, delivered, read);
}

/* Merge one value into a row and move the messages that it passes. is_recounted: the sums are made
 * anew by the caller, only the cursor moves. */
static ReceiptMoved move(ReceiptEngine *engine, Channel *channel, ReceiptMemberRow *row,
                         ReceiptKind kind, guint32 seq, gboolean is_recounted)
{
    ReceiptCursor before = row->cursor;
    ReceiptMoved moved =
        receipt_audience_merge(channel->audience, row, kind, seq, channel->inbox.last_seq);

    if (moved == RECEIPT_MOVED_NOTHING)
        return moved;
    note_moved(channel, row);
    for (guint k = RECEIPT_RECV; k <= RECEIPT_READ; k++) {
        guint32 from = receipt_cursor_get(&before, k), to = receipt_cursor_get(&row->cursor, k);
        gboolean has_passed = is_recounted;

        if (to <= from || !row->can_read || channel->ledger == NULL)
            continue;
        if (!is_recounted)
            has_passed = receipt_ledger_pass(channel->ledger, k, MAX(from, row->since), to) > 0;
        if (has_passed)
            receipt_audience_note_step(row, k, to, engine->now_ms);
    }
    return moved;
}

/* Who shows up before the first complete list has been there from the beginning. */
static guint32 since_for_new(Channel *channel)
{
    return receipt_audience_is_whole(channel->audience) ? channel->inbox.last_seq : 0;
}

void members_cursor(ReceiptEngine *engine, Channel *channel, const char *member, ReceiptKind kind,
                    guint32 seq)
{
    ReceiptAudience *audience = channel_audience(channel);
    gboolean is_new;
    ReceiptMemberRow *row =
        receipt_audience_ensure(audience, member, since_for_new(channel), &is_new);

    if (row == NULL)
        return;
    if (is_new && channel->ledger != NULL)
        receipt_ledger_join(channel->ledger, row->since, 0, 0, 1);
    if (move(engine, channel, row, kind, seq, FALSE) != RECEIPT_MOVED_NOTHING)
        engine->metrics.applied++;
    else
        engine->metrics.stale++;
    if (is_new)
        check_whole(channel);
}

/* The right of a known row changes, or a new row gets its first. */
static void set_right(Channel *channel, ReceiptMemberRow *row, gboolean can_read, guint32 since)
{
    if (!row->can_read == !can_read)
        return;
    if (!can_read && channel->ledger != NULL)
        receipt_ledger_join(channel->ledger, row->since, row->cursor.recv, row->cursor.read, -1);
    receipt_audience_set_can_read(channel->audience, row, can_read, since);
    if (can_read && channel->ledger != NULL)
        receipt_ledger_join(channel->ledger, row->since, row->cursor.recv, row->cursor.read, 1);
}

void members_right(ReceiptEngine *engine, Channel *channel, const char *member, gboolean can_read)
{
    ReceiptAudience *audience = channel_audience(channel);
    ReceiptMemberRow *row = receipt_audience_find(audience, member);

    (void)engine;
    if (row != NULL) {
        set_right(channel, row, can_read, channel->inbox.last_seq);
        return;
    }
    row = receipt_audience_ensure(audience, member, channel->inbox.last_seq, NULL);
    if (row == NULL)
        return;
    if (!can_read)
        receipt_audience_set_can_read(audience, row, FALSE, 0);
    else if (channel->ledger != NULL)
        receipt_ledger_join(channel->ledger, row->since, 0, 0, 1);
    check_whole(channel);
}

/* A walk over the rows of a list that came in. */
typedef struct {
    Channel *channel;
    guint stamp;
    gboolean has_changed;
} Walk;

static void leave_if_not_named(ReceiptMemberRow *row, gpointer user_data)
{
    Walk *walk = user_data;

    if (row->stamp == walk->stamp || !row->can_read)
        return;
    receipt_audience_set_can_read(walk->channel->audience, row, FALSE, 0);
    walk->has_changed = TRUE;
}

static void add_to_recount(ReceiptMemberRow *row, gpointer user_data)
{
    if (row->can_read)
        receipt_ledger_recount_add(user_data, row->since, row->cursor.recv, row->cursor.read);
}

/* First who is there, then how far they are: a list may bring thousands at once, so sums are made
 * anew when anybody came or went, and moved one by one otherwise. */
static gboolean apply_rights(ReceiptEngine *engine, Channel *channel,
                             const ReceiptSnapshot *snapshot, Walk *walk)
{
    guint32 since = since_for_new(channel);

    for (gsize i = 0; i < snapshot->n_members; i++) {
        const ReceiptMember *member = &snapshot->members[i];
        ReceiptMemberRow *row;
        gboolean is_new;

        if (!name_is_good(member->member) || strcmp(member->member, engine->self) == 0)
            continue;
        row = receipt_audience_ensure(channel->audience, member->member, since, &is_new);
        if (row == NULL)
            continue;
        row->stamp = walk->stamp;
        if (!is_new && !row->can_read == !member->can_read)
            continue;
        receipt_audience_set_can_read(channel->audience, row, member->can_read,
                                      channel->inbox.last_seq);
        walk->has_changed = TRUE;
    }
    if (snapshot->is_complete)
        receipt_audience_foreach(channel->audience, leave_if_not_named, walk);
    return walk->has_changed;
}

void members_snapshot(ReceiptEngine *engine, Channel *channel, const ReceiptSnapshot *snapshot)
{
    ReceiptAudience *audience = channel_audience(channel);
    Walk walk = {channel, receipt_audience_next_stamp(audience), FALSE};
    gboolean is_recounted = apply_rights(engine, channel, snapshot, &walk);

    for (gsize i = 0; i < snapshot->n_members; i++) {
        const ReceiptMember *member = &snapshot->members[i];
        ReceiptMemberRow *row;
        ReceiptMoved moved;

        if (!name_is_good(member->member) || strcmp(member->member, engine->self) == 0)
            continue;
        row = receipt_audience_find(audience, member->member);
        if (row == NULL)
            continue;
        moved = move(engine, channel, row, RECEIPT_RECV, member->recv, is_recounted);
        moved |= move(engine, channel, row, RECEIPT_READ, member->read, is_recounted);
        if (moved != RECEIPT_MOVED_NOTHING)
            engine->metrics.applied++;
        else
            engine->metrics.stale++;
    }
    if (snapshot->is_complete)
        receipt_audience_set_whole(audience);
    if (is_recounted && channel->ledger != NULL) {
        receipt_ledger_recount_begin(channel->ledger);
        receipt_audience_foreach(audience, add_to_recount, channel->ledger);
        receipt_ledger_recount_end(channel->ledger);
    }
    check_whole(channel);
}
