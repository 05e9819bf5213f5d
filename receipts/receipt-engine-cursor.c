/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cursors that we owe the server: what is owed, when it is sent, until it is shown back.
 * Layer 4, see receipt-engine-private.h.
 *
 * A cursor is owed from the moment it may be told until the server shows it, whatever a request
 * said about it. It is sent once per value and connection, while the channel is active; a snapshot
 * is asked for if the server does not show it by itself.
 */
#include "receipt-engine-private.h"

static gint64 window_ms(ReceiptEngine *engine, ReceiptKind kind)
{
    guint load = engine_load_now(engine);

    /* A read goes at once, as long as the server keeps up. */
    if (kind == RECEIPT_READ && load == 0)
        return 0;
    return engine->options.coalesce_ms << load;
}

/* What the server has shown since it was sent. */
static void note_shown(ReceiptEngine *engine, Channel *channel, ReceiptKind kind)
{
    OwedCursor *out = &channel->out[kind];

    if (out->unshown == 0 || receipt_cursor_get(&channel->inbox.own, kind) < out->unshown)
        return;
    out->unshown = 0;
    engine->metrics.cursors_confirmed++;
    receipt_samples_add(&engine->ack, engine->now_ms - out->sent_ms);
}

static void set_owed(ReceiptEngine *engine, Channel *channel, ReceiptKind kind, guint32 owed)
{
    OwedCursor *out = &channel->out[kind];
    gboolean was_waiting = out->owed > out->sent;

    if (owed == out->owed)
        return;
    engine->needs_times = TRUE;
    engine->metrics.cursors_owed += (owed > 0 ? 1 : 0) - (out->owed > 0 ? 1 : 0);
    if (owed > out->owed && owed > out->sent) {
        if (was_waiting)
            engine->metrics.cursors_coalesced++;
        else
            out->due_ms = MAX(out->due_ms, engine->now_ms + window_ms(engine, kind));
    }
    out->owed = owed;
}

void cursor_refresh_owed(ReceiptEngine *engine, Channel *channel)
{
    ReceiptInbox *inbox = &channel->inbox;
    guint32 read, recv;

    note_shown(engine, channel, RECEIPT_RECV);
    note_shown(engine, channel, RECEIPT_READ);
    read = receipt_inbox_news(inbox, RECEIPT_READ);
    set_owed(engine, channel, RECEIPT_READ, read);
    /* A read says recv as well. */
    recv = engine->options.tells_delivered ? receipt_inbox_news(inbox, RECEIPT_RECV) : 0;
    if (recv <= read)
        recv = 0;
    set_owed(engine, channel, RECEIPT_RECV, recv);
}

static void send_cursor(ReceiptEngine *engine, Channel *channel, ReceiptKind kind)
{
    OwedCursor *out = &channel->out[kind];
    ReceiptOutput *output;
    Request *request;

    out->request = request_new(engine, REQUEST_CURSOR, channel, RECEIPT_OUT_CURSOR, &output);
    request = g_hash_table_lookup(engine->requests, GUINT_TO_POINTER(out->request));
    request->cursor = kind;
    request->seq = out->owed;
    output->what = kind;
    output->seq = out->owed;
    out->sent = out->unshown = out->owed;
    out->sent_ms = engine->now_ms;
    out->due_ms = -1;
    engine->metrics.cursors_sent++;
    engine->needs_times = TRUE;
}

/* Owed, and not handed over in this connection. */
static gboolean waits(const OwedCursor *out)
{
    return out->owed > out->sent;
}

/* Handed over, not shown, and nobody has asked for it yet. */
static gboolean wants_asking(const OwedCursor *out)
{
    return out->owed > 0 && out->owed <= out->done && out->asked < out->owed;
}

void cursor_refresh_sending(ReceiptEngine *engine, Channel *channel)
{
    gboolean is_ask_due = FALSE;

    if (channel->state != RECEIPT_SYNC_ACTIVE || !engine->is_up)
        return;
    /* read first: it may make the recv superfluous. */
    for (int kind = RECEIPT_READ; kind >= RECEIPT_RECV; kind--) {
        OwedCursor *out = &channel->out[kind];

        if (waits(out) && out->due_ms <= engine->now_ms)
            send_cursor(engine, channel, kind);
        if (wants_asking(out) && engine->now_ms - out->sent_ms >= engine->options.confirm_ms)
            is_ask_due = TRUE;
    }
    if (is_ask_due && channel->snapshot_request == 0)
        sync_ask_snapshot(engine, channel);
}

gint64 cursor_next_ms(ReceiptEngine *engine, Channel *channel)
{
    gint64 next = G_MAXINT64;

    if (channel->state != RECEIPT_SYNC_ACTIVE || !engine->is_up)
        return -1;
    for (guint kind = RECEIPT_RECV; kind <= RECEIPT_READ; kind++) {
        const OwedCursor *out = &channel->out[kind];

        if (waits(out))
            next = MIN(next, MAX(out->due_ms, 0));
        if (wants_asking(out) && channel->snapshot_request == 0)
            next = MIN(next, out->sent_ms + engine->options.confirm_ms);
    }
    return next == G_MAXINT64 ? -1 : next;
}

gboolean cursor_is_unhanded(const Channel *channel)
{
    for (guint kind = RECEIPT_RECV; kind <= RECEIPT_READ; kind++) {
        if (channel->out[kind].owed > channel->out[kind].done)
            return TRUE;
    }
    return FALSE;
}

gboolean cursor_is_unshown(const Channel *channel)
{
    for (guint kind = RECEIPT_RECV; kind <= RECEIPT_READ; kind++) {
        const OwedCursor *out = &channel->out[kind];

        if (out->owed > 0 && out->owed <= out->sent)
            return TRUE;
    }
    return FALSE;
}

gboolean cursor_is_in_flight(const Channel *channel)
{
    return channel->out[RECEIPT_RECV].request != 0 || channel->out[RECEIPT_READ].request != 0;
}

gboolean cursor_was_asked(const Channel *channel)
{
    for (guint kind = RECEIPT_RECV; kind <= RECEIPT_READ; kind++) {
        const OwedCursor *out = &channel->out[kind];

        if (out->owed > 0 && out->owed <= out->sent && out->asked < out->owed)
            return FALSE;
    }
    return TRUE;
}

/* Only what is over counts as asked for: an answer may have been on its way before the rest. */
void cursor_mark_asked(Channel *channel)
{
    for (guint kind = RECEIPT_RECV; kind <= RECEIPT_READ; kind++)
        channel->out[kind].asked = channel->out[kind].done;
}

static void retry(ReceiptEngine *engine, OwedCursor *out, guint32 seq)
{
    ReceiptBackoff backoff = {++out->tries, -1};

    /* Still owed, but not in this connection: no wake-ups for a note that is refused for ever. */
    if (out->tries >= MAX(engine->options.breaker_failures, 1)) {
        out->done = MAX(out->done, seq);
        out->asked = MAX(out->asked, seq);
        return;
    }
    out->sent = out->done;
    out->due_ms = engine->now_ms + receipt_backoff_delay(&backoff, engine->options.backoff_min_ms,
                                                         engine->options.backoff_max_ms,
                                                         engine_chance(engine));
}

void cursor_outcome(ReceiptEngine *engine, Channel *channel, guint32 id, const Request *request,
                    ReceiptError error)
{
    OwedCursor *out = &channel->out[request->cursor];
    const ReceiptStrategy *strategy = receipt_strategy_for(error);
    gboolean is_latest = id == out->request;

    engine->needs_times = TRUE;
    if (is_latest)
        out->request = 0;
    if (strategy->is_problem && strategy->cursor != RECEIPT_REMEDY_GONE)
        channel_problem(engine, channel, RECEIPT_PROBLEM_SYNC, error);
    switch (strategy->cursor) {
    case RECEIPT_REMEDY_NONE:
        out->done = MAX(out->done, request->seq);
        out->tries = 0;
        break;
    case RECEIPT_REMEDY_RETRY:
        /* A newer one is on its way and says this too. */
        if (is_latest)
            retry(engine, out, request->seq);
        break;
    case RECEIPT_REMEDY_AGAIN:
        sync_lost(engine, channel, error);
        break;
    case RECEIPT_REMEDY_DROP:
        receipt_inbox_refuse(&channel->inbox, request->cursor, request->seq);
        out->done = MAX(out->done, request->seq);
        out->unshown = 0;
        break;
    case RECEIPT_REMEDY_GONE:
        sync_gone(engine, channel);
        break;
    default:
        out->done = MAX(out->done, request->seq);
        out->asked = MAX(out->asked, request->seq);
        break;
    }
}

void cursor_forget_connection(Channel *channel)
{
    for (guint kind = RECEIPT_RECV; kind <= RECEIPT_READ; kind++) {
        OwedCursor *out = &channel->out[kind];

        out->sent = out->done = out->asked = out->unshown = out->request = 0;
        out->due_ms = -1;
        out->tries = 0;
    }
}

/* It was not sent after all. */
void cursor_unsend(ReceiptEngine *engine, Channel *channel, ReceiptKind kind, guint32 id)
{
    OwedCursor *out = &channel->out[kind];

    engine->metrics.cursors_sent--;
    if (out->request == id) {
        out->sent = out->done;
        out->unshown = out->request = 0;
    }
    channel_touch(engine, channel);
}

/* The server says that it took nothing: what it has not shown was not delivered. */
void cursor_send_again(Channel *channel)
{
    for (guint kind = RECEIPT_RECV; kind <= RECEIPT_READ; kind++) {
        OwedCursor *out = &channel->out[kind];

        /* Also of what is not owed now: a read may cover a recv, and be refused. */
        out->sent = out->done = out->asked = 0;
        out->request = 0;
    }
}

void cursor_drop_owed(ReceiptEngine *engine, Channel *channel)
{
    for (guint kind = RECEIPT_RECV; kind <= RECEIPT_READ; kind++) {
        receipt_inbox_refuse(&channel->inbox, kind, receipt_inbox_target(&channel->inbox, kind));
        channel->out[kind].unshown = 0;
    }
    cursor_refresh_owed(engine, channel);
}

/* Own writing covers what was owed; that is no confirmation of what was sent. */
void cursor_published(Channel *channel, guint32 seq)
{
    for (guint kind = RECEIPT_RECV; kind <= RECEIPT_READ; kind++) {
        if (channel->out[kind].unshown <= seq)
            channel->out[kind].unshown = 0;
    }
}
