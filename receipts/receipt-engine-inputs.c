/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inputs of receipts.h, but for outcomes and time. Layer 4, see receipt-engine-private.h. */
#include "receipt-engine-private.h"

#include <string.h>

/* Every input on a channel begins and ends the same way. NULL: the input is not for us (a bad name,
 * or no room), and everything was ended already. */
static Channel *enter(ReceiptEngine *engine, gint64 now_ms, const char *name)
{
    Channel *channel;

    engine_enter(engine, now_ms);
    channel = channel_ensure(engine, name);
    if (channel == NULL) {
        engine_leave(engine);
        return NULL;
    }
    channel_touch(engine, channel);
    return channel;
}

static Channel *enter_known(ReceiptEngine *engine, gint64 now_ms, const char *name)
{
    Channel *channel;

    engine_enter(engine, now_ms);
    channel = channel_find(engine, name);
    if (channel == NULL) {
        engine_leave(engine);
        return NULL;
    }
    channel_touch(engine, channel);
    return channel;
}

/* Somebody acts, or there is news: a channel that was given up gets another chance. */
static void unrefuse(ReceiptEngine *engine, Channel *channel)
{
    if (!channel->is_refused)
        return;
    channel->is_refused = channel->is_gone = FALSE;
    engine->needs_schedule = engine->needs_times = TRUE;
}

/* What the user does --------------------------------------------------------------------------- */

static void open_channel(ReceiptEngine *engine, Channel *channel)
{
    if (channel->is_open)
        return;
    channel->is_open = TRUE;
    unrefuse(engine, channel);
    channel_use(engine, channel);
}

void receipt_engine_opened(ReceiptEngine *engine, gint64 now_ms, const char *name)
{
    Channel *channel = enter(engine, now_ms, name);

    if (channel == NULL)
        return;
    open_channel(engine, channel);
    engine_leave(engine);
}

void receipt_engine_focused(ReceiptEngine *engine, gint64 now_ms, const char *name)
{
    Channel *channel = enter(engine, now_ms, name);

    if (channel == NULL)
        return;
    open_channel(engine, channel);
    if (!channel->is_focused) {
        gboolean is_flipping = engine->focus_moved_ms >= 0 &&
                               engine->now_ms - engine->focus_moved_ms < RECEIPT_FLIP_MS;

        channel->is_focused = TRUE;
        channel->focus_due_ms = is_flipping ? engine->now_ms + RECEIPT_FLIP_MS : engine->now_ms;
        engine->focus_moved_ms = engine->now_ms;
        engine->needs_times = TRUE;
        unrefuse(engine, channel);
        channel_use(engine, channel);
    }
    engine_leave(engine);
}

static void unfocus(ReceiptEngine *engine, Channel *channel)
{
    if (!channel->is_focused)
        return;
    channel->is_focused = FALSE;
    channel->focus_due_ms = -1;
    engine->needs_schedule = engine->needs_times = TRUE;
}

void receipt_engine_unfocused(ReceiptEngine *engine, gint64 now_ms, const char *name)
{
    Channel *channel = enter_known(engine, now_ms, name);

    if (channel == NULL)
        return;
    unfocus(engine, channel);
    engine_leave(engine);
}

void receipt_engine_closed(ReceiptEngine *engine, gint64 now_ms, const char *name)
{
    Channel *channel = enter_known(engine, now_ms, name);

    if (channel == NULL)
        return;
    unfocus(engine, channel);
    channel->is_open = FALSE;
    engine_leave(engine);
}

void receipt_engine_app_active(ReceiptEngine *engine, gint64 now_ms, gboolean is_active)
{
    g_return_if_fail(engine != NULL);
    engine_enter(engine, now_ms);
    if (!engine->is_app_active != !is_active) {
        engine->is_app_active = !!is_active;
        engine->needs_times = TRUE;
        for (guint i = 0; i < engine->all->len; i++) {
            Channel *channel = g_ptr_array_index(engine->all, i);

            if (channel->is_open)
                channel_touch(engine, channel);
        }
    }
    engine_leave(engine);
}

void receipt_engine_set_muted(ReceiptEngine *engine, gint64 now_ms, const char *name,
                              gboolean is_muted)
{
    Channel *channel = enter(engine, now_ms, name);

    if (channel == NULL)
        return;
    channel->is_muted = !!is_muted;
    engine_leave(engine);
}

static guint *hold_count(Channel *channel, ReceiptHold hold)
{
    return hold == RECEIPT_HOLD_CATCH_UP ? &channel->n_catch_up : &channel->n_asked;
}

void receipt_engine_hold(ReceiptEngine *engine, gint64 now_ms, const char *name, ReceiptHold hold)
{
    Channel *channel = enter(engine, now_ms, name);

    if (channel == NULL)
        return;
    *hold_count(channel, hold) += 1;
    unrefuse(engine, channel);
    channel_use(engine, channel);
    engine_leave(engine);
}

void receipt_engine_release(ReceiptEngine *engine, gint64 now_ms, const char *name,
                            ReceiptHold hold)
{
    Channel *channel = enter_known(engine, now_ms, name);

    if (channel == NULL)
        return;
    if (*hold_count(channel, hold) > 0)
        *hold_count(channel, hold) -= 1;
    engine_leave(engine);
}

void receipt_engine_handed(ReceiptEngine *engine, gint64 now_ms, const char *name, guint32 low,
                           guint32 high)
{
    Channel *channel = enter(engine, now_ms, name);

    if (channel == NULL)
        return;
    receipt_inbox_hand(&channel->inbox, low, high);
    cursor_refresh_owed(engine, channel);
    engine_leave(engine);
}

void receipt_engine_seen(ReceiptEngine *engine, gint64 now_ms, const char *name, guint32 seq,
                         gboolean tell)
{
    Channel *channel = enter(engine, now_ms, name);

    if (channel == NULL)
        return;
    receipt_inbox_see(&channel->inbox, seq, tell);
    cursor_refresh_owed(engine, channel);
    engine_leave(engine);
}

/* Own messages --------------------------------------------------------------------------------- */

void receipt_engine_message_new(ReceiptEngine *engine, gint64 now_ms, const char *name,
                                const char *id)
{
    Channel *channel = name_is_good(id) ? enter(engine, now_ms, name) : NULL;

    if (channel == NULL)
        return;
    receipt_ledger_new_pending(channel_ledger(channel), id);
    engine_leave(engine);
}

void receipt_engine_message_stored(ReceiptEngine *engine, gint64 now_ms, const char *name,
                                   const char *id, guint32 seq)
{
    Channel *channel = name_is_good(id) && seq > 0 ? enter(engine, now_ms, name) : NULL;
    ReceiptOwn *own;

    if (channel == NULL)
        return;
    cursor_published(channel, seq);
    receipt_inbox_publish(&channel->inbox, seq);
    receipt_inbox_hand(&channel->inbox, seq, seq);
    own = receipt_ledger_store(channel_ledger(channel), id, seq);
    if (own != NULL) {
        members_tally(channel, own);
        channel->problems &= ~(guint)(1u << RECEIPT_PROBLEM_MESSAGE);
    } else {
        engine->metrics.stale++;
    }
    engine_leave(engine);
}

void receipt_engine_message_failed(ReceiptEngine *engine, gint64 now_ms, const char *name,
                                   const char *id, ReceiptError category)
{
    Channel *channel = name_is_good(id) ? enter_known(engine, now_ms, name) : NULL;

    if (channel == NULL)
        return;
    if (channel->ledger != NULL && receipt_ledger_fail(channel->ledger, id))
        channel_problem(engine, channel, RECEIPT_PROBLEM_MESSAGE, category);
    else
        engine->metrics.stale++;
    engine_leave(engine);
}

void receipt_engine_message_forget(ReceiptEngine *engine, gint64 now_ms, const char *name,
                                   const char *id)
{
    Channel *channel = name_is_good(id) ? enter_known(engine, now_ms, name) : NULL;

    if (channel == NULL)
        return;
    if (channel->ledger != NULL)
        receipt_ledger_remove(channel->ledger, id);
    engine_leave(engine);
}

/* What the server tells ------------------------------------------------------------------------ */

static void link_up(ReceiptEngine *engine)
{
    engine->lost_ms = -1;
    engine->problems = 0;
    for (guint i = 0; i < engine->all->len; i++) {
        Channel *channel = g_ptr_array_index(engine->all, i);

        channel->is_refused = channel->is_gone = FALSE;
        /* What was read while we were away is learnt only from the members' rows. */
        channel->is_watch = channel_unsettled(channel) > 0;
        channel->is_fresh = FALSE;
        /* A focus that moved without a link holds nothing yet. */
        if (channel->is_watch || channel->is_focused || channel->holds != 0 ||
            channel->state != RECEIPT_SYNC_IDLE)
            channel_touch(engine, channel);
    }
}

static void link_down(ReceiptEngine *engine)
{
    GHashTableIter iter;
    gpointer request;

    engine->lost_ms = engine->now_ms;
    g_hash_table_iter_init(&iter, engine->requests);
    while (g_hash_table_iter_next(&iter, NULL, &request))
        ((Request *)request)->is_void = TRUE;
    for (guint i = 0; i < engine->all->len; i++)
        sync_link_lost(engine, g_ptr_array_index(engine->all, i));
}

void receipt_engine_network(ReceiptEngine *engine, gint64 now_ms, gboolean is_up)
{
    g_return_if_fail(engine != NULL);
    engine_enter(engine, now_ms);
    if (!engine->is_up != !is_up) {
        engine->is_up = !!is_up;
        engine->needs_schedule = engine->needs_times = TRUE;
        if (is_up)
            link_up(engine);
        else
            link_down(engine);
    }
    engine_leave(engine);
}

void receipt_engine_arrived(ReceiptEngine *engine, gint64 now_ms, const char *name, guint32 seq,
                            const char *author)
{
    Channel *channel = seq > 0 ? enter(engine, now_ms, name) : NULL;

    if (channel == NULL)
        return;
    if (channel->is_gone)
        unrefuse(engine, channel);
    receipt_inbox_raise_last(&channel->inbox, seq);
    if (author != NULL && strcmp(author, engine->self) == 0) {
        cursor_published(channel, seq);
        receipt_inbox_publish(&channel->inbox, seq);
    } else if (name_is_good(author)) {
        members_cursor(engine, channel, author, RECEIPT_READ, seq);
    }
    engine_leave(engine);
}

static void own_cursor(ReceiptEngine *engine, Channel *channel, ReceiptKind kind, guint32 seq)
{
    if (receipt_inbox_merge_own(&channel->inbox, kind, seq) != RECEIPT_MOVED_NOTHING)
        engine->metrics.applied++;
    else
        engine->metrics.stale++;
    cursor_refresh_owed(engine, channel);
}

void receipt_engine_cursor(ReceiptEngine *engine, gint64 now_ms, const char *name,
                           const char *member, ReceiptKind kind, guint32 seq)
{
    Channel *channel = name_is_good(member) && seq > 0 ? enter(engine, now_ms, name) : NULL;

    if (channel == NULL)
        return;
    if (strcmp(member, engine->self) == 0)
        own_cursor(engine, channel, kind, seq);
    else
        members_cursor(engine, channel, member, kind, seq);
    engine_leave(engine);
}

void receipt_engine_snapshot(ReceiptEngine *engine, gint64 now_ms, const char *name,
                             const ReceiptSnapshot *snapshot)
{
    Channel *channel = snapshot != NULL ? enter(engine, now_ms, name) : NULL;

    if (channel == NULL)
        return;
    engine->metrics.snapshots++;
    if (channel->is_gone)
        unrefuse(engine, channel);
    receipt_inbox_raise_last(&channel->inbox, snapshot->last_seq);
    if (snapshot->has_own) {
        own_cursor(engine, channel, RECEIPT_RECV, snapshot->own_recv);
        own_cursor(engine, channel, RECEIPT_READ, snapshot->own_read);
    }
    if (snapshot->is_complete || snapshot->n_members > 0) {
        members_snapshot(engine, channel, snapshot);
        channel->is_fresh = TRUE;
    }
    engine_leave(engine);
}

void receipt_engine_member(ReceiptEngine *engine, gint64 now_ms, const char *name,
                           const char *member, gboolean can_read)
{
    Channel *channel = name_is_good(member) ? enter(engine, now_ms, name) : NULL;

    if (channel == NULL)
        return;
    if (strcmp(member, engine->self) == 0) {
        if (can_read)
            unrefuse(engine, channel);
    } else {
        members_right(engine, channel, member, can_read);
    }
    engine_leave(engine);
}

void receipt_engine_deleted(ReceiptEngine *engine, gint64 now_ms, const char *name, guint32 low,
                            guint32 high)
{
    Channel *channel = low <= high ? enter(engine, now_ms, name) : NULL;

    if (channel == NULL)
        return;
    receipt_inbox_delete(&channel->inbox, low, high);
    if (channel->ledger != NULL)
        receipt_ledger_abandon(channel->ledger, low, high);
    cursor_refresh_owed(engine, channel);
    engine_leave(engine);
}

void receipt_engine_lost(ReceiptEngine *engine, gint64 now_ms, const char *name,
                         ReceiptError category)
{
    Channel *channel = enter_known(engine, now_ms, name);

    if (channel == NULL)
        return;
    sync_lost(engine, channel, category == RECEIPT_OK ? RECEIPT_ERROR_TRANSIENT : category);
    engine_leave(engine);
}

/* What is still to be answered about cursors says nothing about the next life of the channel. */
static void void_cursors(ReceiptEngine *engine, const Channel *channel)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, engine->requests);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Request *request = value;

        if (request->kind == REQUEST_CURSOR && strcmp(request->channel, channel->name) == 0)
            request->is_void = TRUE;
    }
}

void receipt_engine_forget(ReceiptEngine *engine, gint64 now_ms, const char *name)
{
    Channel *channel = enter_known(engine, now_ms, name);

    if (channel == NULL)
        return;
    channel->n_catch_up = channel->n_asked = 0;
    channel->is_muted = FALSE;
    sync_gone(engine, channel);
    if (channel_is_worth_saving(channel))
        engine->needs_save = TRUE;
    if (channel->moved != NULL)
        g_ptr_array_set_size(channel->moved, 0);
    if (channel->is_flooded)
        g_ptr_array_remove(engine->flooded, channel);
    channel->is_flooded = FALSE;
    g_clear_pointer(&channel->ledger, receipt_ledger_free);
    g_clear_pointer(&channel->audience, receipt_audience_free);
    receipt_inbox_clear(&channel->inbox);
    cursor_forget_connection(channel);
    void_cursors(engine, channel);
    cursor_refresh_owed(engine, channel);
    channel->problems = 0;
    /* Counters of editions begin anew, and must not come to look like those that were saved. */
    channel->durable.messages_edition = G_MAXUINT64;
    channel->is_forgotten = TRUE;
    engine_leave(engine);
}
