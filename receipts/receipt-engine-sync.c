/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who gets a place, requests and their outcomes. Layer 4, see receipt-engine-private.h. */
#include "receipt-engine-private.h"

/* Requests ------------------------------------------------------------------------------------- */

void request_free(gpointer data)
{
    Request *request = data;

    g_ref_string_release(request->channel);
    g_free(request);
}

guint32 request_new(ReceiptEngine *engine, RequestKind kind, Channel *channel,
                    ReceiptOutputKind output, ReceiptOutput **out)
{
    Request *request = g_new0(Request, 1);
    ReceiptOutput *added;
    guint32 id;

    /* 0 is no request; after four thousand million ids old ones are long over. */
    do
        id = ++engine->last_request;
    while (id == 0 || g_hash_table_contains(engine->requests, GUINT_TO_POINTER(id)));
    request->kind = kind;
    request->channel = g_ref_string_acquire(channel->name);
    g_hash_table_insert(engine->requests, GUINT_TO_POINTER(id), request);
    added = receipt_outputs_add(&engine->outputs, output, channel->name, NULL);
    added->request = id;
    if (out != NULL)
        *out = added;
    return id;
}

void sync_ask_snapshot(ReceiptEngine *engine, Channel *channel)
{
    if (channel->snapshot_request != 0 || !engine->is_up)
        return;
    channel->snapshot_request =
        request_new(engine, REQUEST_SNAPSHOT, channel, RECEIPT_OUT_SNAPSHOT, NULL);
    cursor_mark_asked(channel);
}

/* The machine ---------------------------------------------------------------------------------- */

static void start(ReceiptEngine *engine, Channel *channel)
{
    ReceiptOutput *out;

    channel->was_suspended = FALSE;
    channel->is_fresh = FALSE;
    channel->attach_asked_ms = engine->now_ms;
    channel->sync_request = request_new(engine, REQUEST_ATTACH, channel, RECEIPT_OUT_ATTACH, &out);
    out->why = (channel->holds & HOLD_FOCUS) != 0;
}

static void detach(ReceiptEngine *engine, Channel *channel)
{
    channel->is_detach_asked = TRUE;
    channel->is_confirming = FALSE;
    channel->retry_ms = -1;
    channel->sync_request = request_new(engine, REQUEST_DETACH, channel, RECEIPT_OUT_DETACH, NULL);
}

/* Before leaving: what was sent and not shown back is asked for, since unattached there is no way
 * to learn it. */
static void refresh_stop(ReceiptEngine *engine, Channel *channel)
{
    if (channel->is_detach_asked) {
        /* A failed detach waits to be repeated: no need, if the channel is wanted again. */
        if (channel->sync_request == 0 && channel->wish == RECEIPT_WISH_HELD)
            sync_feed(engine, channel, RECEIPT_SYNC_IN_DETACHED);
        return;
    }
    if (channel->wish == RECEIPT_WISH_HELD && channel->is_confirming) {
        sync_feed(engine, channel, RECEIPT_SYNC_IN_KEEP);
        return;
    }
    if (channel->is_confirming && cursor_is_unshown(channel)) {
        /* An answer that may be older than what is still on its way proves nothing. */
        if (channel->snapshot_request != 0 || cursor_is_in_flight(channel))
            return;
        if (!cursor_was_asked(channel)) {
            sync_ask_snapshot(engine, channel);
            return;
        }
    }
    detach(engine, channel);
}

static void count_active(ReceiptEngine *engine, ReceiptSyncState from, ReceiptSyncState to)
{
    if (from == RECEIPT_SYNC_ACTIVE)
        engine->n_active--;
    if (to == RECEIPT_SYNC_ACTIVE)
        engine->n_active++;
    engine->metrics.active_max = MAX(engine->metrics.active_max, engine->n_active);
    if (to == RECEIPT_SYNC_EVICTED)
        engine->metrics.evicted++;
}

void sync_feed(ReceiptEngine *engine, Channel *channel, ReceiptSyncInput input)
{
    ReceiptSyncState from = channel->state;
    ReceiptSyncStep step = receipt_sync_step(from, input, channel->wish,
                                             channel_hold_reason(channel), channel->free_reason);
    ReceiptOutput *out;

    if (!step.is_known)
        return;
    channel->state = step.state;
    channel->reason = step.reason;
    if (step.state != RECEIPT_SYNC_STOPPING)
        channel->is_detach_asked = FALSE;
    if (step.state != RECEIPT_SYNC_WAITING)
        channel->retry_ms = -1;
    count_active(engine, from, step.state);
    if (from == RECEIPT_SYNC_TRIPPED || step.state == RECEIPT_SYNC_IDLE)
        channel->poll_ms = -1;
    if (step.state == RECEIPT_SYNC_SUSPENDED)
        channel->was_suspended = TRUE;
    engine->needs_schedule = engine->needs_times = TRUE;
    channel_touch(engine, channel);

    out = receipt_outputs_add(&engine->outputs, RECEIPT_OUT_SYNC, channel->name, NULL);
    out->what = step.state;
    out->why = step.reason;
    if (step.action == RECEIPT_SYNC_DO_ATTACH)
        start(engine, channel);
    if (step.action == RECEIPT_SYNC_DO_DETACH) {
        channel->is_confirming = from == RECEIPT_SYNC_ACTIVE;
        channel->detach_tries = 0;
        refresh_stop(engine, channel);
    }
}

/* No start until the link is new or somebody acts. */
static void refuse(ReceiptEngine *engine, Channel *channel)
{
    channel->is_refused = TRUE;
    channel->is_watch = FALSE;
    channel->poll_ms = -1;
    engine->needs_schedule = engine->needs_times = TRUE;
    channel_touch(engine, channel);
}

/* The channel does not exist for us: nothing is owed and nothing is waited for. */
void sync_gone(ReceiptEngine *engine, Channel *channel)
{
    channel->is_gone = TRUE;
    refuse(engine, channel);
    cursor_drop_owed(engine, channel);
    if (channel->ledger != NULL)
        receipt_ledger_abandon(channel->ledger, 1, G_MAXUINT32);
    channel_refresh_holds(engine, channel);
    channel->free_reason = RECEIPT_REASON_GONE;
    channel->wish = RECEIPT_WISH_FREE;
    /* While an answer about being attached is still to come, it is waited for. */
    if (channel->sync_request == 0)
        sync_feed(engine, channel, RECEIPT_SYNC_IN_GONE);
}

/* A failure of the channel. Returns: TRUE if the breaker opened. */
static gboolean fail(ReceiptEngine *engine, Channel *channel, ReceiptError error)
{
    const ReceiptStrategy *strategy = receipt_strategy_for(error);
    gboolean has_lasted =
        receipt_backoff_fail(&channel->backoff, engine->now_ms, engine->options.stable_ms);

    if (strategy->is_load)
        engine_load_up(engine);
    channel->not_before_ms =
        engine->now_ms + receipt_backoff_delay(&channel->backoff, engine->options.backoff_min_ms,
                                               engine->options.backoff_max_ms,
                                               engine_chance(engine));
    channel->retry_ms = channel->not_before_ms;
    if (!strategy->counts ||
        !receipt_breaker_fail(&channel->breaker, engine->now_ms, has_lasted,
                              engine->options.breaker_failures, engine->options.breaker_open_ms))
        return FALSE;
    engine->metrics.breaker_trips++;
    channel->poll_ms = -1;
    channel_problem(engine, channel, RECEIPT_PROBLEM_SYNC, error);
    return TRUE;
}

static void attached(ReceiptEngine *engine, Channel *channel)
{
    engine->metrics.started_ok++;
    receipt_samples_add(&engine->activation, engine->now_ms - channel->attach_asked_ms);
    receipt_backoff_succeed(&channel->backoff, engine->now_ms);
    receipt_breaker_succeed(&channel->breaker);
    channel->is_unsure = FALSE;
    channel->not_before_ms = -1;
    channel->problems &= ~(guint)(1u << RECEIPT_PROBLEM_SYNC | 1u << RECEIPT_PROBLEM_LOST);
    engine->problems = 0;
    channel->watch_ms = engine->now_ms + engine->options.confirm_ms;
    sync_feed(engine, channel, RECEIPT_SYNC_IN_ATTACHED);
}

static void attach_outcome(ReceiptEngine *engine, Channel *channel, ReceiptError error)
{
    const ReceiptStrategy *strategy = receipt_strategy_for(error);
    gboolean has_tripped;

    channel->sync_request = 0;
    if (error == RECEIPT_OK) {
        attached(engine, channel);
        return;
    }
    engine->metrics.started_failed[error]++;
    switch (strategy->attach) {
    case RECEIPT_REMEDY_GONE:
        channel_problem(engine, channel, RECEIPT_PROBLEM_LOST, error);
        sync_gone(engine, channel);
        break;
    case RECEIPT_REMEDY_RETRY:
        has_tripped = fail(engine, channel, error);
        channel->is_unsure |= strategy->is_unsure;
        if (has_tripped && !(channel->is_unsure && channel->wish == RECEIPT_WISH_FREE))
            sync_feed(engine, channel, RECEIPT_SYNC_IN_TRIPPED);
        else
            sync_feed(engine, channel,
                      channel->is_unsure ? RECEIPT_SYNC_IN_UNSURE : RECEIPT_SYNC_IN_FAILED);
        break;
    default:
        refuse(engine, channel);
        channel_problem(engine, channel, RECEIPT_PROBLEM_SYNC, error);
        sync_feed(engine, channel, RECEIPT_SYNC_IN_REFUSED);
        break;
    }
}

/* A detach that failed for a passing reason is repeated, so that nothing stays attached; not for
 * ever, and not if the channel is wanted again (the server takes a second attach as well). */
static void detach_outcome(ReceiptEngine *engine, Channel *channel, ReceiptError error)
{
    const ReceiptStrategy *strategy = receipt_strategy_for(error);

    channel->sync_request = 0;
    if (error == RECEIPT_OK)
        engine->metrics.stopped_ok++;
    else
        engine->metrics.stopped_failed[error]++;
    if (strategy->is_load)
        engine_load_up(engine);
    if (strategy->attach == RECEIPT_REMEDY_RETRY && error != RECEIPT_ERROR_ATTACH_FIRST &&
        channel->wish != RECEIPT_WISH_HELD && !channel->is_gone &&
        channel->detach_tries + 1 < engine->options.breaker_failures) {
        ReceiptBackoff backoff = {++channel->detach_tries, -1};

        channel->retry_ms =
            engine->now_ms + receipt_backoff_delay(&backoff, engine->options.backoff_min_ms,
                                                   engine->options.backoff_max_ms,
                                                   engine_chance(engine));
        engine->needs_times = TRUE;
        return;
    }
    channel->is_unsure = FALSE;
    if (channel->is_gone)
        sync_feed(engine, channel, RECEIPT_SYNC_IN_GONE);
    else
        sync_feed(engine, channel, RECEIPT_SYNC_IN_DETACHED);
}

static void snapshot_outcome(ReceiptEngine *engine, Channel *channel, ReceiptError error)
{
    const ReceiptStrategy *strategy = receipt_strategy_for(error);

    channel->snapshot_request = 0;
    channel->is_watch = FALSE;
    engine->needs_times = TRUE;
    if (strategy->is_load)
        engine_load_up(engine);
    if (strategy->attach == RECEIPT_REMEDY_GONE) {
        channel_problem(engine, channel, RECEIPT_PROBLEM_LOST, error);
        sync_gone(engine, channel);
    } else if (strategy->cursor == RECEIPT_REMEDY_AGAIN) {
        sync_lost(engine, channel, error);
    } else if (strategy->attach == RECEIPT_REMEDY_GIVE_UP &&
               channel->state != RECEIPT_SYNC_ACTIVE) {
        refuse(engine, channel);
    }
}

void sync_lost(ReceiptEngine *engine, Channel *channel, ReceiptError error)
{
    const ReceiptStrategy *strategy = receipt_strategy_for(error);

    if (strategy->lost == RECEIPT_REMEDY_GONE) {
        channel_problem(engine, channel, RECEIPT_PROBLEM_LOST, error);
        sync_gone(engine, channel);
        return;
    }
    if (strategy->lost == RECEIPT_REMEDY_AGAIN) {
        cursor_send_again(channel);
        channel_refresh_holds(engine, channel);
        if (channel->holds != 0 && !channel->is_refused && channel->wish == RECEIPT_WISH_FREE)
            channel->wish = RECEIPT_WISH_HELD;
    }
    channel_touch(engine, channel);
    if (channel->state == RECEIPT_SYNC_STOPPING && channel->sync_request == 0) {
        sync_feed(engine, channel, RECEIPT_SYNC_IN_DETACHED);
        return;
    }
    if (channel->state != RECEIPT_SYNC_ACTIVE)
        return;
    if (strategy->lost == RECEIPT_REMEDY_GIVE_UP) {
        refuse(engine, channel);
        channel_problem(engine, channel, RECEIPT_PROBLEM_SYNC, error);
        sync_feed(engine, channel, RECEIPT_SYNC_IN_REFUSED);
    } else if (fail(engine, channel, error)) {
        sync_feed(engine, channel, RECEIPT_SYNC_IN_TRIPPED);
    } else {
        /* At once, but only once: a server that takes us and drops us again is not hammered. */
        gboolean is_first = channel->backoff.attempt <= 1;

        sync_feed(engine, channel,
                  strategy->lost == RECEIPT_REMEDY_AGAIN && is_first ? RECEIPT_SYNC_IN_LOST
                                                                     : RECEIPT_SYNC_IN_LOST_WAIT);
    }
}

void receipt_engine_outcome(ReceiptEngine *engine, gint64 now_ms, guint32 request,
                            ReceiptError error)
{
    Request *found;
    Channel *channel;

    g_return_if_fail(engine != NULL);
    if ((guint)error >= RECEIPT_N_ERRORS)
        error = RECEIPT_ERROR_TRANSIENT;
    engine_enter(engine, now_ms);
    found = g_hash_table_lookup(engine->requests, GUINT_TO_POINTER(request));
    if (found == NULL) {
        engine->metrics.outcomes_unknown++;
        engine_leave(engine);
        return;
    }
    g_hash_table_steal(engine->requests, GUINT_TO_POINTER(request));
    channel = found->is_void ? NULL : channel_find(engine, found->channel);
    if (channel != NULL) {
        channel_touch(engine, channel);
        if (found->kind == REQUEST_CURSOR) {
            if (receipt_strategy_for(error)->is_load)
                engine_load_up(engine);
            cursor_outcome(engine, channel, request, found, error);
        } else if (found->kind == REQUEST_SNAPSHOT) {
            if (channel->snapshot_request == request)
                snapshot_outcome(engine, channel, error);
        } else if (channel->sync_request == request) {
            if (found->kind == REQUEST_ATTACH)
                attach_outcome(engine, channel, error);
            else
                detach_outcome(engine, channel, error);
        }
    }
    request_free(found);
    engine_leave(engine);
}

/* Places --------------------------------------------------------------------------------------- */

static gboolean is_due(ReceiptEngine *engine, Channel *channel)
{
    if (channel->state == RECEIPT_SYNC_WAITING)
        return channel->retry_ms >= 0 && engine->now_ms >= channel->retry_ms;
    if (channel->state == RECEIPT_SYNC_TRIPPED || channel->state == RECEIPT_SYNC_IDLE) {
        if (channel->breaker.is_open && engine->now_ms < channel->breaker.probe_ms)
            return FALSE;
    }
    return channel->state != RECEIPT_SYNC_IDLE || engine->now_ms >= channel->not_before_ms;
}

/* How many channels may be synced now: fewer while the server complains. */
static guint places(ReceiptEngine *engine)
{
    guint limit = MAX(engine->options.limit, 1);
    guint load = engine_load_now(engine);

    return load < 2 ? limit : MAX(limit - limit * (load - 1) / 8, 1);
}

/* Tell the machine what the new wish means in its state. */
static void apply_wish(ReceiptEngine *engine, Channel *channel)
{
    gboolean is_free = channel->wish == RECEIPT_WISH_FREE;

    switch (channel->state) {
    case RECEIPT_SYNC_SUSPENDED:
        sync_feed(engine, channel,
                  is_free || !engine->is_up ? RECEIPT_SYNC_IN_WISH : RECEIPT_SYNC_IN_LINK_BACK);
        break;
    case RECEIPT_SYNC_WAITING:
    case RECEIPT_SYNC_TRIPPED:
    case RECEIPT_SYNC_EVICTED:
        if (is_free)
            sync_feed(engine, channel,
                      channel->is_unsure && engine->is_up ? RECEIPT_SYNC_IN_UNSURE
                                                          : RECEIPT_SYNC_IN_WISH);
        else if (channel->state == RECEIPT_SYNC_EVICTED)
            sync_feed(engine, channel, RECEIPT_SYNC_IN_WISH);
        else if (engine->is_up && is_due(engine, channel))
            sync_feed(engine, channel, RECEIPT_SYNC_IN_DUE);
        break;
    case RECEIPT_SYNC_STOPPING:
        refresh_stop(engine, channel);
        break;
    default:
        sync_feed(engine, channel, RECEIPT_SYNC_IN_WISH);
        break;
    }
}

/* Held again, but an earlier failure still stands. */
static void hold_back(ReceiptEngine *engine, Channel *channel)
{
    gboolean is_open = channel->breaker.is_open && engine->now_ms < channel->breaker.probe_ms;

    channel->retry_ms = channel->not_before_ms;
    sync_feed(engine, channel, is_open ? RECEIPT_SYNC_IN_TRIPPED : RECEIPT_SYNC_IN_FAILED);
}

void sync_schedule(ReceiptEngine *engine)
{
    g_autoptr(GPtrArray) wanted = g_ptr_array_new();
    g_autoptr(GPtrArray) others = g_ptr_array_new();
    g_autoptr(GPtrArray) troubled = g_ptr_array_new();
    guint limit = places(engine);

    engine->needs_schedule = FALSE;
    for (guint i = 0; i < engine->live->len; i++) {
        Channel *channel = g_ptr_array_index(engine->live, i);

        if (channel->holds == 0 || channel->is_refused) {
            channel->wish = RECEIPT_WISH_FREE;
            g_ptr_array_add(others, channel);
        } else if (!engine->is_up || !is_due(engine, channel)) {
            /* Backing off takes no place: nobody waits for a channel that is in trouble. */
            channel->wish = RECEIPT_WISH_HELD;
            if (engine->is_up && channel->state == RECEIPT_SYNC_IDLE)
                g_ptr_array_add(troubled, channel);
        } else {
            g_ptr_array_add(wanted, channel);
        }
    }
    g_ptr_array_sort(wanted, channel_compare);
    for (guint i = 0; i < wanted->len; i++) {
        Channel *channel = g_ptr_array_index(wanted, i);

        channel->wish = i < limit ? RECEIPT_WISH_HELD : RECEIPT_WISH_FULL;
        if (i >= limit)
            g_ptr_array_add(others, channel);
    }
    for (guint i = 0; i < troubled->len; i++)
        hold_back(engine, g_ptr_array_index(troubled, i));
    /* Who leaves goes first, then who comes, most urgent first. */
    for (guint i = 0; i < others->len; i++)
        apply_wish(engine, g_ptr_array_index(others, i));
    for (guint i = 0; i < MIN(wanted->len, limit); i++)
        apply_wish(engine, g_ptr_array_index(wanted, i));
}

/* Polling, watching, the link ------------------------------------------------------------------ */

gboolean sync_needs_poll(ReceiptEngine *engine, Channel *channel)
{
    return engine->is_up && !channel->is_refused && channel_unsettled(channel) > 0 &&
           (channel->state == RECEIPT_SYNC_EVICTED || channel->state == RECEIPT_SYNC_TRIPPED ||
            (channel->is_muted && channel->state == RECEIPT_SYNC_IDLE));
}

static void refresh_poll(ReceiptEngine *engine, Channel *channel)
{
    gint64 period = MAX(engine->options.poll_ms, 1);

    if (!sync_needs_poll(engine, channel)) {
        if (channel->poll_ms >= 0)
            engine->needs_times = TRUE;
        channel->poll_ms = -1;
    } else if (channel->poll_ms < 0 && channel->snapshot_request == 0) {
        /* A quarter early to a quarter late: polls of many channels spread. */
        double share = 0.75 + engine_chance(engine) / 2;

        channel->poll_ms = engine->now_ms + MAX((gint64)((double)period * share), 1);
        engine->needs_times = TRUE;
    }
}

void sync_refresh(ReceiptEngine *engine, Channel *channel)
{
    if (channel->state == RECEIPT_SYNC_STOPPING)
        refresh_stop(engine, channel);
    refresh_poll(engine, channel);
}

/* Something of this channel's is due. */
void sync_due(ReceiptEngine *engine, Channel *channel)
{
    gint64 now_ms = engine->now_ms;

    channel_touch(engine, channel);
    if (!engine->is_up)
        return;
    if (channel->state == RECEIPT_SYNC_STOPPING && channel->retry_ms >= 0 &&
        channel->retry_ms <= now_ms && channel->sync_request == 0)
        detach(engine, channel);
    if (channel->state == RECEIPT_SYNC_WAITING || channel->state == RECEIPT_SYNC_TRIPPED)
        engine->needs_schedule = TRUE;
    if (channel->is_watch && channel->state == RECEIPT_SYNC_ACTIVE && channel->watch_ms >= 0 &&
        channel->watch_ms <= now_ms) {
        channel->watch_ms = -1;
        sync_ask_snapshot(engine, channel);
    }
    if (channel->poll_ms >= 0 && channel->poll_ms <= now_ms) {
        channel->poll_ms = -1;
        if (channel->snapshot_request == 0) {
            engine->metrics.polls++;
            sync_ask_snapshot(engine, channel);
        }
    }
}

void sync_link_lost(ReceiptEngine *engine, Channel *channel)
{
    channel->sync_request = channel->snapshot_request = 0;
    channel->is_unsure = FALSE;
    channel->retry_ms = channel->poll_ms = channel->watch_ms = channel->not_before_ms = -1;
    cursor_forget_connection(channel);
    sync_feed(engine, channel, RECEIPT_SYNC_IN_LINK_LOST);
    channel_touch(engine, channel);
}

void sync_forget_memory(Channel *channel)
{
    receipt_backoff_reset(&channel->backoff);
    receipt_breaker_reset(&channel->breaker);
    channel->is_watch = channel->is_unsure = FALSE;
    channel->retry_ms = channel->watch_ms = channel->poll_ms = channel->linger_until_ms = -1;
    channel->not_before_ms = -1;
}
