/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Life, batches, the one deadline, delivering outputs. Layer 4, see receipt-engine-private.h. */
#include "receipt-engine-private.h"

#include "receipt-journal.h"

void receipt_options_init(ReceiptOptions *options)
{
    *options = (ReceiptOptions){
        .limit = 8,
        .is_background_warm = FALSE,
        .tells_delivered = TRUE,
        .linger_ms = 5000,
        .grace_ms = 60000,
        .confirm_ms = 5000,
        .coalesce_ms = 100,
        .backoff_min_ms = 1000,
        .backoff_max_ms = 60000,
        .stable_ms = 30000,
        .breaker_failures = 5,
        .breaker_open_ms = 120000,
        .poll_ms = 60000,
        .slice = 0,
        .slice_ms = 5,
    };
}

ReceiptEngine *receipt_engine_new(const char *self, const ReceiptOptions *options,
                                  const ReceiptPorts *ports)
{
    ReceiptEngine *engine;

    g_return_val_if_fail(self != NULL && options != NULL && ports != NULL, NULL);
    engine = g_new0(ReceiptEngine, 1);
    engine->self = g_strdup(self);
    engine->options = *options;
    engine->ports = *ports;
    engine->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, channel_free);
    engine->all = g_ptr_array_new();
    engine->live = g_ptr_array_new();
    engine->touched = g_ptr_array_new();
    engine->told = g_ptr_array_new();
    engine->flooded = g_ptr_array_new();
    engine->requests = g_hash_table_new_full(NULL, NULL, NULL, request_free);
    engine->is_app_active = TRUE;
    engine->lost_ms = engine->focus_moved_ms = -1;
    engine->next_ms = engine->told_deadline_ms = engine->slice_due_ms = -1;
    receipt_outputs_init(&engine->outputs);
    return engine;
}

static void destroy(ReceiptEngine *engine)
{
    receipt_outputs_clear(&engine->outputs);
    g_hash_table_destroy(engine->requests);
    g_ptr_array_unref(engine->flooded);
    g_ptr_array_unref(engine->told);
    g_ptr_array_unref(engine->touched);
    g_ptr_array_unref(engine->live);
    g_ptr_array_unref(engine->all);
    g_hash_table_destroy(engine->by_name);
    g_free(engine->self);
    g_free(engine);
}

void receipt_engine_free(ReceiptEngine *engine)
{
    if (engine == NULL)
        return;
    /* Inside a port's call: the loop that called it still stands on the engine. */
    if (engine->is_delivering)
        engine->is_dead = TRUE;
    else
        destroy(engine);
}

double engine_chance(ReceiptEngine *engine)
{
    double chance = engine->ports.clock.chance != NULL
                        ? engine->ports.clock.chance(engine->ports.user_data)
                        : 0.5;

    return chance >= 0.0 && chance < 1.0 ? chance : 0.5;
}

/* Load: goes up by one with each complaint, down by one with each quiet spell. */
guint engine_load_now(ReceiptEngine *engine)
{
    gint64 steps;

    if (engine->load == 0)
        return 0;
    steps = (engine->now_ms - engine->load_ms) / RECEIPT_LOAD_RECOVER_MS;
    return steps >= engine->load ? 0 : engine->load - (guint)steps;
}

void engine_load_up(ReceiptEngine *engine)
{
    engine->load = MIN(engine_load_now(engine) + 1, RECEIPT_LOAD_MAX);
    engine->load_ms = engine->now_ms;
    engine->needs_schedule = engine->needs_times = TRUE;
}

/* When the load that takes places away goes down, if anybody waits for one; -1 otherwise. */
static gint64 next_recovery_ms(ReceiptEngine *engine)
{
    guint load = engine_load_now(engine);

    if (load < 2 || !engine->is_up)
        return -1;
    for (guint i = 0; i < engine->live->len; i++) {
        const Channel *channel = g_ptr_array_index(engine->live, i);

        if (channel->state == RECEIPT_SYNC_EVICTED)
            return engine->load_ms + (gint64)(engine->load - load + 1) * RECEIPT_LOAD_RECOVER_MS;
    }
    return -1;
}

/* Time ----------------------------------------------------------------------------------------- */

static gint64 minute_ms(ReceiptEngine *engine)
{
    return engine->lost_ms < 0 ? -1 : engine->lost_ms + MAX(engine->options.grace_ms, 0);
}

/* The link was down too long: the memory of the sync goes, what is owed and unsettled stays. */
void engine_minute_over(ReceiptEngine *engine)
{
    engine->lost_ms = -1;
    engine->load = 0;
    for (guint i = 0; i < engine->all->len; i++) {
        Channel *channel = g_ptr_array_index(engine->all, i);
        gboolean was_synced = channel->state != RECEIPT_SYNC_IDLE;

        sync_feed(engine, channel, RECEIPT_SYNC_IN_MINUTE_OVER);
        sync_forget_memory(channel);
        if (was_synced) {
            channel->was_suspended = TRUE;
            channel_touch(engine, channel);
        }
    }
}

/* The next slice of what floods: the channels are told on in the order in which they began. */
static void run_slice(ReceiptEngine *engine)
{
    engine->slice_due_ms = -1;
    for (guint i = 0; i < engine->flooded->len; i++) {
        Channel *channel = g_ptr_array_index(engine->flooded, i);

        channel->is_flooded = FALSE;
        channel_touch(engine, channel);
    }
    g_ptr_array_set_size(engine->flooded, 0);
}

/* Everything that is due by now, once, however late. */
static void run_due(ReceiptEngine *engine)
{
    g_autoptr(GPtrArray) due = NULL;
    gint64 minute = minute_ms(engine);

    engine->needs_times = TRUE;
    engine->next_ms = -1;
    if (minute >= 0 && engine->now_ms >= minute)
        engine_minute_over(engine);
    if (engine->slice_due_ms >= 0 && engine->now_ms >= engine->slice_due_ms)
        run_slice(engine);
    if (engine->load > 0)
        engine->needs_schedule = TRUE;
    due = g_ptr_array_new();
    for (guint i = 0; i < engine->live->len; i++) {
        Channel *channel = g_ptr_array_index(engine->live, i);
        gint64 next = channel_next_ms(engine, channel);

        if (next >= 0 && next <= engine->now_ms)
            g_ptr_array_add(due, channel);
    }
    g_ptr_array_sort(due, channel_compare);
    for (guint i = 0; i < due->len; i++)
        sync_due(engine, g_ptr_array_index(due, i));
}

static void compute_next(ReceiptEngine *engine)
{
    gint64 next = G_MAXINT64;
    gint64 minute = minute_ms(engine), recovery = next_recovery_ms(engine);

    engine->needs_times = FALSE;
    if (minute >= 0)
        next = MIN(next, minute);
    if (recovery >= 0)
        next = MIN(next, recovery);
    if (engine->slice_due_ms >= 0)
        next = MIN(next, engine->slice_due_ms);
    for (guint i = 0; i < engine->live->len; i++) {
        gint64 at = channel_next_ms(engine, g_ptr_array_index(engine->live, i));

        if (at >= 0)
            next = MIN(next, at);
    }
    engine->next_ms = next == G_MAXINT64 ? -1 : next;
}

/* Settling and delivering ---------------------------------------------------------------------- */

static void refresh(ReceiptEngine *engine, Channel *channel)
{
    channel->is_touched = FALSE;
    cursor_refresh_owed(engine, channel);
    cursor_refresh_sending(engine, channel);
    channel_refresh_holds(engine, channel);
    sync_refresh(engine, channel);
    if (!channel->is_told) {
        channel->is_told = TRUE;
        g_ptr_array_add(engine->told, channel);
    }
}

/* A channel of which only the name is left, or one without state, hold or time. */
static void retire(ReceiptEngine *engine, Channel *channel)
{
    if (!channel_is_quiet(engine, channel))
        return;
    if (channel->is_forgotten && !channel->is_open && !channel->is_touched) {
        channel_drop(engine, channel);
        return;
    }
    if (channel->is_live && !channel->is_touched) {
        channel->is_live = FALSE;
        g_ptr_array_remove_fast(engine->live, channel);
    }
}

static void tell(ReceiptEngine *engine)
{
    engine->slice_left = engine->options.slice > 0 ? engine->options.slice : G_MAXUINT;
    for (guint i = 0; i < engine->told->len; i++) {
        Channel *channel = g_ptr_array_index(engine->told, i);

        channel->is_told = FALSE;
        channel_tell(engine, channel);
    }
    /* A flood that begins now is another time. */
    if (engine->slice_due_ms >= 0 &&
        (engine->next_ms < 0 || engine->next_ms > engine->slice_due_ms))
        engine->next_ms = engine->slice_due_ms;
}

static void settle(ReceiptEngine *engine)
{
    do {
        /* The list may grow while it is walked, and channels may be touched again. */
        for (guint i = 0; i < engine->touched->len; i++)
            refresh(engine, g_ptr_array_index(engine->touched, i));
        g_ptr_array_set_size(engine->touched, 0);
        if (engine->needs_schedule)
            sync_schedule(engine);
        if (engine->touched->len == 0 && engine->needs_times) {
            compute_next(engine);
            if (engine->next_ms >= 0 && engine->next_ms <= engine->now_ms)
                run_due(engine);
        }
    } while (engine->touched->len > 0 || engine->needs_schedule || engine->needs_times);

    tell(engine);
    /* From the end: a channel that is dropped takes itself out of the list. */
    for (guint i = engine->told->len; i > 0; i--)
        retire(engine, g_ptr_array_index(engine->told, i - 1));
    g_ptr_array_set_size(engine->told, 0);
}

static void save(ReceiptEngine *engine)
{
    ReceiptJournalWriter *writer;
    g_autoptr(GBytes) bytes = NULL;

    engine->needs_save = FALSE;
    if (engine->ports.store.save == NULL)
        return;
    writer = receipt_journal_writer_new(engine->self);
    for (guint i = 0; i < engine->all->len; i++) {
        Channel *channel = g_ptr_array_index(engine->all, i);

        if (channel_is_worth_saving(channel))
            receipt_journal_writer_add(writer, channel->name, &channel->inbox, channel->ledger);
    }
    bytes = receipt_journal_writer_finish(writer);
    engine->ports.store.save(bytes, engine->ports.user_data);
}

/* A request that was queued, and that no longer makes sense when its turn comes: its link was lost,
 * or the channel was, for a cursor. Nobody heard of it, so it was not made. */
static gboolean take_back(ReceiptEngine *engine, const ReceiptOutput *out)
{
    const Request *request;
    Channel *channel = NULL;

    if (out->request == 0)
        return FALSE;
    request = g_hash_table_lookup(engine->requests, GUINT_TO_POINTER(out->request));
    if (request != NULL && !request->is_void) {
        if (request->kind != REQUEST_CURSOR)
            return FALSE;
        channel = channel_find(engine, request->channel);
        if (channel == NULL || channel->state == RECEIPT_SYNC_ACTIVE ||
            (channel->state == RECEIPT_SYNC_STOPPING && !channel->is_detach_asked))
            return FALSE;
        cursor_unsend(engine, channel, request->cursor, out->request);
    }
    g_hash_table_remove(engine->requests, GUINT_TO_POINTER(out->request));
    return TRUE;
}

/* One output, or the save, or the deadline. FALSE: nothing is left. The save comes first: what is
 * told to the world must not be lost by what the world does then. */
static gboolean deliver_one(ReceiptEngine *engine)
{
    ReceiptOutput out;

    settle(engine);
    if (engine->needs_save) {
        save(engine);
        return TRUE;
    }
    if (receipt_outputs_take(&engine->outputs, &out)) {
        if (!take_back(engine, &out))
            receipt_output_deliver(&out, &engine->ports);
        receipt_output_release(&out);
        return TRUE;
    }
    if (engine->next_ms == engine->told_deadline_ms)
        return FALSE;
    engine->told_deadline_ms = engine->next_ms;
    if (engine->ports.clock.set_deadline != NULL)
        engine->ports.clock.set_deadline(engine->next_ms, engine->ports.user_data);
    return TRUE;
}

void engine_enter(ReceiptEngine *engine, gint64 now_ms)
{
    engine->depth++;
    /* A clock that goes back stands still for us. */
    engine->now_ms = MAX(engine->now_ms, now_ms);
    if (engine->next_ms >= 0 && engine->now_ms >= engine->next_ms)
        run_due(engine);
}

void engine_leave(ReceiptEngine *engine)
{
    engine->depth--;
    if (engine->depth > 0 || engine->is_delivering)
        return;
    engine->is_delivering = TRUE;
    /* A port may have opened a batch: then the rest waits for its end. */
    while (!engine->is_dead && engine->depth == 0 && deliver_one(engine))
        ;
    engine->is_delivering = FALSE;
    if (engine->is_dead)
        destroy(engine);
}

void receipt_engine_begin(ReceiptEngine *engine)
{
    g_return_if_fail(engine != NULL);
    engine->depth++;
}

void receipt_engine_end(ReceiptEngine *engine, gint64 now_ms)
{
    g_return_if_fail(engine != NULL && engine->depth > 0);
    engine_enter(engine, now_ms);
    engine->depth--;
    engine_leave(engine);
}

void receipt_engine_tick(ReceiptEngine *engine, gint64 now_ms)
{
    g_return_if_fail(engine != NULL);
    if (engine->next_ms >= 0 && now_ms >= engine->next_ms)
        engine->metrics.timers_fired++;
    engine_enter(engine, now_ms);
    engine_leave(engine);
}

void receipt_engine_set_options(ReceiptEngine *engine, gint64 now_ms, const ReceiptOptions *options)
{
    g_return_if_fail(engine != NULL && options != NULL);
    engine_enter(engine, now_ms);
    engine->options = *options;
    for (guint i = 0; i < engine->all->len; i++)
        channel_touch(engine, g_ptr_array_index(engine->all, i));
    engine->needs_schedule = engine->needs_times = TRUE;
    engine_leave(engine);
}

/* The store ------------------------------------------------------------------------------------ */

static void take_up_message(Channel *channel, const ReceiptJournalMessage *message)
{
    ReceiptLedger *ledger = channel_ledger(channel);
    ReceiptOwn *own;

    if (!name_is_good(message->id))
        return;
    own = message->seq == 0 ? receipt_ledger_new_pending(ledger, message->id)
                            : receipt_ledger_store(ledger, message->id, message->seq);
    if (own == NULL)
        return;
    receipt_ledger_set_state(ledger, own, message->state);
    own->was_told = TRUE;
    own->told_state = own->state;
    own->told_seq = own->seq;
}

gboolean receipt_engine_load(ReceiptEngine *engine, GBytes *state, GError **error)
{
    GArray *channels;

    g_return_val_if_fail(engine != NULL && state != NULL, FALSE);
    channels = receipt_journal_read(state, engine->self, error);
    if (channels == NULL)
        return FALSE;
    for (guint i = 0; i < channels->len; i++) {
        ReceiptJournalChannel *stored = &g_array_index(channels, ReceiptJournalChannel, i);
        Channel *channel = channel_ensure(engine, stored->name);

        if (channel == NULL)
            continue;
        receipt_inbox_clear(&channel->inbox);
        channel->inbox = stored->inbox;
        stored->inbox = (ReceiptInbox){0};
        for (guint m = 0; m < stored->messages->len; m++)
            take_up_message(channel, &g_array_index(stored->messages, ReceiptJournalMessage, m));
        cursor_refresh_owed(engine, channel);
        channel->durable = channel_durable(channel);
        channel_touch(engine, channel);
    }
    g_array_unref(channels);
    return TRUE;
}
