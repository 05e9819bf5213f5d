/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Channels: finding them, who holds them, telling what changed. Layer 4, see
 * receipt-engine-private.h. */
#include "receipt-engine-private.h"

#include <string.h>

gboolean name_is_good(const char *name)
{
    return name != NULL && *name != '\0' && strnlen(name, RECEIPT_NAME_MAX + 1) <= RECEIPT_NAME_MAX;
}

Channel *channel_find(ReceiptEngine *engine, const char *name)
{
    return name == NULL ? NULL : g_hash_table_lookup(engine->by_name, name);
}

static Channel *channel_new(const char *name)
{
    Channel *channel = g_new0(Channel, 1);

    channel->name = g_ref_string_new(name);
    channel->reason = channel->free_reason = channel->view_end = RECEIPT_REASON_DONE;
    channel->wish = RECEIPT_WISH_FREE;
    channel->focus_due_ms = channel->linger_until_ms = channel->retry_ms = -1;
    channel->watch_ms = channel->poll_ms = channel->not_before_ms = -1;
    receipt_backoff_reset(&channel->backoff);
    receipt_breaker_reset(&channel->breaker);
    cursor_forget_connection(channel);
    return channel;
}

void channel_free(gpointer data)
{
    Channel *channel = data;

    g_ref_string_release(channel->name);
    receipt_inbox_clear(&channel->inbox);
    receipt_ledger_free(channel->ledger);
    g_clear_pointer(&channel->moved, g_ptr_array_unref);
    receipt_audience_free(channel->audience);
    g_free(channel);
}

void channel_drop(ReceiptEngine *engine, Channel *channel)
{
    for (guint kind = RECEIPT_RECV; kind <= RECEIPT_READ; kind++) {
        if (channel->out[kind].owed > 0)
            engine->metrics.cursors_owed--;
    }
    g_ptr_array_remove(engine->all, channel);
    g_ptr_array_remove(engine->live, channel);
    g_ptr_array_remove(engine->touched, channel);
    g_ptr_array_remove(engine->told, channel);
    g_ptr_array_remove(engine->flooded, channel);
    if (channel_is_worth_saving(channel))
        engine->needs_save = TRUE;
    g_hash_table_remove(engine->by_name, channel->name);
}

/* Room for one more: the oldest channel that nothing needs, one of which nothing is remembered if
 * there is such. */
static gboolean make_room(ReceiptEngine *engine)
{
    Channel *victim = NULL;

    for (guint i = 0; i < engine->all->len; i++) {
        Channel *channel = g_ptr_array_index(engine->all, i);

        if (channel->is_open || channel->is_touched || channel->is_told ||
            !channel_is_quiet(engine, channel) || channel_unsettled(channel) > 0 ||
            (channel->ledger != NULL && receipt_ledger_n_pending(channel->ledger) > 0))
            continue;
        if (victim == NULL || !channel_is_worth_saving(channel))
            victim = channel;
        if (!channel_is_worth_saving(channel))
            break;
    }
    if (victim != NULL)
        channel_drop(engine, victim);
    return victim != NULL;
}

Channel *channel_ensure(ReceiptEngine *engine, const char *name)
{
    Channel *channel;

    if (!name_is_good(name))
        return NULL;
    channel = channel_find(engine, name);
    if (channel != NULL) {
        channel->is_forgotten = FALSE;
        return channel;
    }
    if (engine->all->len >= RECEIPT_CHANNELS_MAX && !make_room(engine))
        return NULL;
    channel = channel_new(name);
    g_hash_table_insert(engine->by_name, channel->name, channel);
    g_ptr_array_add(engine->all, channel);
    return channel;
}

void channel_touch(ReceiptEngine *engine, Channel *channel)
{
    if (!channel->is_touched) {
        channel->is_touched = TRUE;
        g_ptr_array_add(engine->touched, channel);
    }
    if (!channel->is_live) {
        channel->is_live = TRUE;
        g_ptr_array_add(engine->live, channel);
    }
}

/* The user, or somebody for them, turned to it. */
void channel_use(ReceiptEngine *engine, Channel *channel)
{
    channel->used = ++engine->last_used;
    engine->needs_schedule = TRUE;
    channel_touch(engine, channel);
}

ReceiptLedger *channel_ledger(Channel *channel)
{
    if (channel->ledger == NULL)
        channel->ledger = receipt_ledger_new();
    return channel->ledger;
}

ReceiptAudience *channel_audience(Channel *channel)
{
    if (channel->audience == NULL)
        channel->audience = receipt_audience_new(channel->name);
    return channel->audience;
}

guint channel_unsettled(Channel *channel)
{
    return channel->ledger == NULL ? 0 : receipt_ledger_n_unsettled(channel->ledger);
}

/* Holds ---------------------------------------------------------------------------------------- */

static guint compute_holds(ReceiptEngine *engine, Channel *channel)
{
    guint holds = 0;
    /* Only a start waits for the focus to settle; what is on its way already is held at once. */
    gboolean has_settled =
        channel->state != RECEIPT_SYNC_IDLE || engine->now_ms >= channel->focus_due_ms;

    if (engine->is_app_active && channel->is_focused && has_settled)
        holds |= HOLD_FOCUS;
    if (engine->is_app_active && channel->is_open && engine->options.is_background_warm)
        holds |= HOLD_WARM;
    if (channel->linger_until_ms > engine->now_ms)
        holds |= HOLD_LINGER;
    if (channel->n_catch_up > 0)
        holds |= HOLD_CATCH_UP;
    if (cursor_is_unhanded(channel))
        holds |= HOLD_OWED;
    if (channel->n_asked > 0)
        holds |= HOLD_ASKED;
    if (channel->is_watch)
        holds |= HOLD_WATCH;
    return holds;
}

/* A view that ends lingers, if there is something to keep. */
static guint begin_linger(ReceiptEngine *engine, Channel *channel, guint holds)
{
    gboolean is_worth_it =
        channel->state == RECEIPT_SYNC_STARTING || channel->state == RECEIPT_SYNC_ACTIVE ||
        channel->state == RECEIPT_SYNC_STOPPING || channel->state == RECEIPT_SYNC_WAITING ||
        channel->state == RECEIPT_SYNC_SUSPENDED;

    channel->view_end = engine->is_app_active ? RECEIPT_REASON_UNFOCUSED : RECEIPT_REASON_INACTIVE;
    if (!is_worth_it || engine->options.linger_ms <= 0)
        return holds;
    channel->linger_until_ms = engine->now_ms + engine->options.linger_ms;
    return holds | HOLD_LINGER;
}

void channel_refresh_holds(ReceiptEngine *engine, Channel *channel)
{
    guint before = channel->holds, holds, gone;

    if (channel->is_watch && (channel->is_fresh || channel_unsettled(channel) == 0))
        channel->is_watch = FALSE;
    holds = compute_holds(engine, channel);
    if ((before & HOLD_VIEW) && !(holds & HOLD_VIEW))
        holds = begin_linger(engine, channel, holds);
    if (holds & HOLD_VIEW) {
        channel->linger_until_ms = -1;
        holds &= ~(guint)HOLD_LINGER;
    }
    gone = before & ~holds;
    if (gone & (HOLD_VIEW | HOLD_LINGER))
        channel->free_reason = channel->is_open ? channel->view_end : RECEIPT_REASON_CLOSED;
    else if (gone != 0)
        channel->free_reason = RECEIPT_REASON_DONE;
    if (holds == 0)
        channel->was_suspended = FALSE;
    if (holds == before)
        return;
    channel->holds = holds;
    engine->needs_schedule = engine->needs_times = TRUE;
}

/* Short jobs (fetch, deliver) go before channels that are merely kept warm, which would starve them
 * for ever; watching takes what is left. */
int channel_rank(const Channel *channel)
{
    if (channel->holds & HOLD_FOCUS)
        return 5;
    if (channel->holds & (HOLD_CATCH_UP | HOLD_OWED))
        return 4;
    if (channel->holds & HOLD_WARM)
        return 3;
    if (channel->holds & (HOLD_LINGER | HOLD_ASKED))
        return 2;
    return channel->holds & HOLD_WATCH ? 1 : 0;
}

/* The more urgent first, then the more recently used; a total order. */
int channel_compare(gconstpointer a, gconstpointer b)
{
    const Channel *left = *(Channel *const *)a, *right = *(Channel *const *)b;
    int ranks = channel_rank(right) - channel_rank(left);

    if (ranks != 0)
        return ranks;
    if (left->used != right->used)
        return left->used > right->used ? -1 : 1;
    return strcmp(left->name, right->name);
}

ReceiptReason channel_hold_reason(const Channel *channel)
{
    if (channel->was_suspended)
        return RECEIPT_REASON_NETWORK_BACK;
    if (channel->holds & HOLD_FOCUS)
        return RECEIPT_REASON_FOCUSED;
    if (channel->holds & HOLD_CATCH_UP)
        return RECEIPT_REASON_CATCH_UP;
    if (channel->holds & HOLD_OWED)
        return RECEIPT_REASON_OWED;
    if (channel->holds & HOLD_ASKED)
        return RECEIPT_REASON_ASKED;
    if (channel->holds & HOLD_WATCH)
        return RECEIPT_REASON_WATCH;
    return RECEIPT_REASON_OPENED;
}

/* Times ---------------------------------------------------------------------------------------- */

static void sooner(gint64 *next, gint64 at)
{
    if (at >= 0 && (*next < 0 || at < *next))
        *next = at;
}

gint64 channel_next_ms(ReceiptEngine *engine, Channel *channel)
{
    gint64 next = -1;

    if (channel->holds & HOLD_LINGER)
        sooner(&next, channel->linger_until_ms);
    if (!engine->is_up)
        return next;
    if (channel->is_focused && engine->is_app_active && !(channel->holds & HOLD_FOCUS) &&
        !channel->is_refused)
        sooner(&next, channel->focus_due_ms);
    if (channel->state == RECEIPT_SYNC_WAITING || channel->state == RECEIPT_SYNC_STOPPING)
        sooner(&next, channel->retry_ms);
    if (channel->state == RECEIPT_SYNC_TRIPPED)
        sooner(&next, channel->breaker.probe_ms);
    if (channel->is_watch && channel->state == RECEIPT_SYNC_ACTIVE)
        sooner(&next, channel->watch_ms);
    sooner(&next, channel->poll_ms);
    sooner(&next, cursor_next_ms(engine, channel));
    return next;
}

gboolean channel_is_quiet(ReceiptEngine *engine, Channel *channel)
{
    return channel->state == RECEIPT_SYNC_IDLE && channel->holds == 0 && !channel->is_flooded &&
           channel->snapshot_request == 0 && channel_next_ms(engine, channel) < 0;
}

/* Telling -------------------------------------------------------------------------------------- */

void channel_problem(ReceiptEngine *engine, Channel *channel, ReceiptProblem problem,
                     ReceiptError error)
{
    /* Not signed in: that is everybody's problem, and one. */
    gboolean is_for_all = error == RECEIPT_ERROR_AUTH && problem == RECEIPT_PROBLEM_SYNC;
    guint *told = is_for_all ? &engine->problems : &channel->problems;
    ReceiptOutput *out;

    /* Whoever left a channel does not want to hear of it. */
    if ((*told & (1u << problem)) || (channel->is_forgotten && !is_for_all))
        return;
    *told |= 1u << problem;
    out = receipt_outputs_add(&engine->outputs, RECEIPT_OUT_PROBLEM,
                              is_for_all ? NULL : channel->name, NULL);
    out->what = problem;
    out->why = error;
}

typedef struct {
    ReceiptEngine *engine;
    Channel *channel;
} Telling;

static void tell_message(ReceiptOwn *own, gpointer user_data)
{
    Telling *telling = user_data;
    ReceiptOutput *out;

    if (own->was_told && own->told_state == own->state && own->told_seq == own->seq &&
        own->told_delivered == own->delivered && own->told_read == own->read &&
        own->told_members == own->members)
        return;
    own->was_told = TRUE;
    own->told_state = own->state;
    own->told_seq = own->seq;
    own->told_delivered = own->delivered;
    own->told_read = own->read;
    own->told_members = own->members;
    out = receipt_outputs_add(&telling->engine->outputs, RECEIPT_OUT_MESSAGE,
                              telling->channel->name, own->id);
    out->message =
        (ReceiptMessage){NULL, own->seq, own->state, own->delivered, own->read, own->members};
}

static void tell_moved(ReceiptEngine *engine, Channel *channel, ReceiptMemberRow *row)
{
    const ReceiptCursor *cursor = &row->cursor;

    row->is_touched = FALSE;
    /* A recv that only follows from the read is not told beside it. */
    if (cursor->recv > row->told_recv && cursor->recv > cursor->read) {
        ReceiptOutput *out =
            receipt_outputs_add(&engine->outputs, RECEIPT_OUT_RECEIPT, channel->name, row->name);
        out->what = RECEIPT_RECV;
        out->seq = cursor->recv;
    }
    if (cursor->read > row->told_read) {
        ReceiptOutput *out =
            receipt_outputs_add(&engine->outputs, RECEIPT_OUT_RECEIPT, channel->name, row->name);
        out->what = RECEIPT_READ;
        out->seq = cursor->read;
    }
    row->told_recv = cursor->recv;
    row->told_read = cursor->read;
}

Durable channel_durable(Channel *channel)
{
    const ReceiptInbox *inbox = &channel->inbox;

    return (Durable){
        .handed = inbox->handed_up_to,
        .seen = inbox->seen_up_to,
        .tell = inbox->tell_up_to,
        .recv = channel->out[RECEIPT_RECV].owed,
        .read = channel->out[RECEIPT_READ].owed,
        .handed_edition = inbox->handed.edition,
        .seen_edition = inbox->seen.edition,
        .messages_edition = channel->ledger == NULL ? 0 : receipt_ledger_edition(channel->ledger),
    };
}

static gboolean is_same(const Durable *a, const Durable *b)
{
    return a->handed == b->handed && a->seen == b->seen && a->tell == b->tell &&
           a->recv == b->recv && a->read == b->read && a->handed_edition == b->handed_edition &&
           a->seen_edition == b->seen_edition && a->messages_edition == b->messages_edition;
}

gboolean channel_is_worth_saving(Channel *channel)
{
    const ReceiptInbox *inbox = &channel->inbox;

    return inbox->handed_up_to > 0 || inbox->seen_up_to > 0 ||
           receipt_ranges_size(&inbox->handed) > 0 || channel_unsettled(channel) > 0 ||
           (channel->ledger != NULL && receipt_ledger_n_pending(channel->ledger) > 0);
}

/* A channel in a flood is told on when the next slice is due, not by whatever else touches it. */
static void tell_messages(ReceiptEngine *engine, Channel *channel)
{
    Telling telling = {engine, channel};

    if (channel->is_flooded)
        return;
    engine->slice_left -=
        receipt_ledger_take_touched(channel->ledger, engine->slice_left, tell_message, &telling);
    if (!receipt_ledger_has_touched(channel->ledger))
        return;
    channel->is_flooded = TRUE;
    g_ptr_array_add(engine->flooded, channel);
    if (engine->slice_due_ms < 0)
        engine->slice_due_ms = engine->now_ms + MAX(engine->options.slice_ms, 1);
}

void channel_tell(ReceiptEngine *engine, Channel *channel)
{
    Durable durable = channel_durable(channel);
    guint unread = receipt_inbox_unread(&channel->inbox);

    if (channel->moved != NULL) {
        for (guint i = 0; i < channel->moved->len; i++)
            tell_moved(engine, channel, g_ptr_array_index(channel->moved, i));
        g_ptr_array_set_size(channel->moved, 0);
    }
    if (channel->ledger != NULL)
        tell_messages(engine, channel);
    if (unread != channel->told_unread) {
        ReceiptOutput *out =
            receipt_outputs_add(&engine->outputs, RECEIPT_OUT_UNREAD, channel->name, NULL);
        out->what = unread;
        channel->told_unread = unread;
    }
    if (!is_same(&durable, &channel->durable)) {
        channel->durable = durable;
        engine->needs_save = TRUE;
    }
}
