/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules that the model holds the engine to, see support-rules.h. */
#include "support-rules.h"

#include <string.h>

#include "receipts/receipt-engine-private.h"

/* While the engine calls ----------------------------------------------------------------------- */

static const char *name_of(guint channel)
{
    return oracle_channel_names[channel];
}

static guint count_asks(const Model *model, guint channel, guint kinds)
{
    guint count = 0;

    for (guint i = 0; i < model->asks->len; i++) {
        const Ask *ask = &g_array_index(model->asks, Ask, i);

        count += ask->channel == channel && (kinds & (1u << ask->kind)) && !ask->is_void;
    }
    return count;
}

static void check_cursor(Model *model, const Ask *ask)
{
    World *world = &model->worlds[ask->channel];
    const OracleChannel *facts = &model->oracle.channels[ask->channel];
    const char *kind = receipt_kind_name(ask->cursor), *name = name_of(ask->channel);

    if (!world->is_attached || (world->state != RECEIPT_SYNC_ACTIVE && !model->was_nested))
        model_fail(model, "cursors are sent attached", "%s %s %u while %s", name, kind, ask->seq,
                   receipt_sync_state_name(world->state));
    if (ask->seq == 0 || ask->seq > facts->last) {
        model_fail(model, "no cursor above what the server has", "%s %s %u of %u", name, kind,
                   ask->seq, facts->last);
        return;
    }
    if (world->sent[ask->cursor][ask->seq] == SENT_ONCE)
        model_fail(model, "no value twice on one connection", "%s %s %u", name, kind, ask->seq);
    for (guint32 seq = ask->seq + 1; seq < ORACLE_SEQS; seq++) {
        if (world->sent[ask->cursor][seq] == SENT_ONCE)
            model_fail(model, "cursors are sent upwards", "%s %s %u after %u", name, kind, ask->seq,
                       seq);
    }
    world->sent[ask->cursor][ask->seq] = SENT_ONCE;
    if (model->was_nested)
        return;
    if (ask->seq <= facts->own[ask->cursor])
        model_fail(model, "nothing is told that the server knows", "%s %s %u, it has %u", name,
                   kind, ask->seq, facts->own[ask->cursor]);
    if (ask->seq != oracle_owed(&model->oracle, ask->channel, ask->cursor))
        model_fail(model, "what is sent is what is owed", "%s %s %u, owed is %u", name, kind,
                   ask->seq, oracle_owed(&model->oracle, ask->channel, ask->cursor));
}

void rules_asked(Model *model, const Ask *ask)
{
    const World *world = &model->worlds[ask->channel];
    const char *name = name_of(ask->channel);

    if (!model->is_up)
        model_fail(model, "nothing is asked without a link", "%s, kind %d", name, ask->kind);
    for (guint i = 0; i < model->asks->len; i++) {
        if (ask->id == 0 || g_array_index(model->asks, Ask, i).id == ask->id)
            model_fail(model, "each request has its own number", "%u", ask->id);
    }
    switch (ask->kind) {
    case ASK_ATTACH:
    case ASK_DETACH:
        if (count_asks(model, ask->channel, 1u << ASK_ATTACH | 1u << ASK_DETACH) > 0)
            model_fail(model, "one attach or detach at a time", "%s", name);
        if (!model->was_nested && world->state != (ask->kind == ASK_ATTACH ? RECEIPT_SYNC_STARTING
                                                                           : RECEIPT_SYNC_STOPPING))
            model_fail(model, "attach starts and detach stops", "%s is %s", name,
                       receipt_sync_state_name(world->state));
        break;
    case ASK_SNAPSHOT:
        if (count_asks(model, ask->channel, 1u << ASK_SNAPSHOT) > 0)
            model_fail(model, "one snapshot at a time", "%s", name);
        break;
    case ASK_CURSOR:
        check_cursor(model, ask);
        break;
    }
}

/* Whether the table leads from one state to another at all. */
static gboolean is_step(ReceiptSyncState from, ReceiptSyncState to)
{
    for (guint input = 0; input < RECEIPT_N_SYNC_INPUTS; input++) {
        for (guint wish = 0; wish < RECEIPT_N_WISHES; wish++) {
            ReceiptSyncStep step = receipt_sync_step(from, input, wish, 0, 0);

            if (step.is_known && step.state == to)
                return TRUE;
        }
    }
    return FALSE;
}

void rules_sync_changed(Model *model, guint channel, ReceiptSyncState state, ReceiptReason reason)
{
    World *world = &model->worlds[channel];
    static gint8 steps[RECEIPT_N_SYNC_STATES][RECEIPT_N_SYNC_STATES];

    if (steps[world->state][state] == 0)
        steps[world->state][state] = is_step(world->state, state) ? 1 : -1;
    if (steps[world->state][state] < 0 || reason >= RECEIPT_N_REASONS)
        model_fail(model, "states follow the table", "%s from %s to %s", name_of(channel),
                   receipt_sync_state_name(world->state), receipt_sync_state_name(state));
    world->state = state;
}

static gboolean is_same(const ReceiptMessage *a, const ReceiptMessage *b)
{
    return a->seq == b->seq && a->state == b->state && a->delivered == b->delivered &&
           a->read == b->read && a->members == b->members;
}

static char *words_of(const ReceiptMessage *message)
{
    return g_strdup_printf("%u %s %u/%u/%u", message->seq,
                           receipt_message_state_name(message->state), message->delivered,
                           message->read, message->members);
}

static void compare(Model *model, const char *rule, guint channel, guint id,
                    const ReceiptMessage *is, const ReceiptMessage *ought)
{
    if (!is_same(is, ought)) {
        g_autofree char *left = words_of(is);
        g_autofree char *right = words_of(ought);

        model_fail(model, rule, "%s %s is %s, ought to be %s", name_of(channel), oracle_ids[id],
                   left, right);
    }
}

static gboolean is_forward(const ReceiptMessage *before, const ReceiptMessage *after)
{
    if (before->state == RECEIPT_MESSAGE_FAILED)
        return after->state <= RECEIPT_MESSAGE_READ || after->state == RECEIPT_MESSAGE_FAILED;
    if (after->state == RECEIPT_MESSAGE_FAILED)
        return before->state == RECEIPT_MESSAGE_PENDING;
    return after->state >= before->state && (before->seq == 0 || after->seq == before->seq);
}

void rules_message_changed(Model *model, guint channel, guint id, const ReceiptMessage *message)
{
    Told *told = &model->worlds[channel].messages[id];

    if (told->n_calls++ > 0 && !model->was_nested)
        model_fail(model, "one call per message and batch", "%s %s", name_of(channel),
                   oracle_ids[id]);
    if (told->is_told && is_same(&told->message, message))
        model_fail(model, "a message is told when it changes", "%s %s", name_of(channel),
                   oracle_ids[id]);
    /* Within a batch an id may have been dropped and taken anew. */
    if (told->is_told && !is_forward(&told->message, message))
        model_fail(model, "states only move forward", "%s %s from %s to %s", name_of(channel),
                   oracle_ids[id], receipt_message_state_name(told->message.state),
                   receipt_message_state_name(message->state));
    if (message->state == RECEIPT_MESSAGE_FAILED || message->state == RECEIPT_MESSAGE_PENDING ||
        message->seq > 0)
        told->is_told = TRUE;
    told->message = *message;
    told->message.id = NULL;
}

void rules_receipt_moved(Model *model, guint channel, guint member, ReceiptKind kind, guint32 seq)
{
    World *world = &model->worlds[channel];
    guint32 *told = world->cursor[member];

    if (world->n_cursor_calls[member][kind]++ > 0 && !model->was_nested)
        model_fail(model, "one call per member, kind and batch", "%s %s", name_of(channel),
                   oracle_member_names[member]);
    if (seq <= told[kind])
        model_fail(model, "no cursor moves back", "%s %s %s from %u to %u", name_of(channel),
                   oracle_member_names[member], receipt_kind_name(kind), told[kind], seq);
    if (seq > model->oracle.channels[channel].last)
        model_fail(model, "no cursor above what the server has", "%s %s %u", name_of(channel),
                   oracle_member_names[member], seq);
    told[kind] = seq;
    told[RECEIPT_RECV] = MAX(told[RECEIPT_RECV], told[RECEIPT_READ]);
}

/* After each input: facts ---------------------------------------------------------------------- */

static void check_inbox(Model *model, guint channel)
{
    const OracleChannel *facts = &model->oracle.channels[channel];
    const char *name = name_of(channel);
    guint unread = oracle_unread(&model->oracle, channel);
    ReceiptEngine *engine = model->engine;

    if (receipt_engine_unread(engine, name) != unread || model->worlds[channel].unread != unread)
        model_fail(model, "unread is what was neither seen nor deleted",
                   "%s has %u, told %u, ought to have %u", name,
                   receipt_engine_unread(engine, name), model->worlds[channel].unread, unread);
    if (receipt_engine_first_unread(engine, name) != oracle_first_unread(&model->oracle, channel))
        model_fail(model, "the first unread", "%s %u, ought to be %u", name,
                   receipt_engine_first_unread(engine, name),
                   oracle_first_unread(&model->oracle, channel));
    if (receipt_engine_handed_up_to(engine, name) != facts->handed_up_to)
        model_fail(model, "handed up to where nothing is missing", "%s %u, ought to be %u", name,
                   receipt_engine_handed_up_to(engine, name), facts->handed_up_to);
    if (receipt_engine_last_seq(engine, name) != facts->last)
        model_fail(model, "the newest message", "%s %u, ought to be %u", name,
                   receipt_engine_last_seq(engine, name), facts->last);
    for (guint kind = RECEIPT_RECV; kind <= RECEIPT_READ; kind++) {
        guint32 own = receipt_engine_own_cursor(engine, name, kind);
        guint32 is = receipt_engine_owed(engine, name, kind);
        guint32 ought = oracle_owed(&model->oracle, channel, kind);

        if (own != facts->own[kind])
            model_fail(model, "own cursors are the highest shown", "%s %s %u, ought to be %u", name,
                       receipt_kind_name(kind), own, facts->own[kind]);
        if (is != ought)
            model_fail(model, "owed is what the server has not shown", "%s %s %u, ought to be %u",
                       name, receipt_kind_name(kind), is, ought);
    }
    if (facts->own[RECEIPT_RECV] < facts->own[RECEIPT_READ])
        model_fail(model, "read implies recv", "%s", name);
}

static void check_messages(Model *model, guint channel)
{
    const char *name = name_of(channel);

    for (guint id = 0; id < ORACLE_IDS; id++) {
        const OracleMessage *own = &model->oracle.channels[channel].messages[id];
        Told *told = &model->worlds[channel].messages[id];
        ReceiptMessage is, ought;
        gboolean is_known = receipt_engine_message(model->engine, name, oracle_ids[id], &is);

        if (is_known != own->is_known) {
            model_fail(model, "a message is known until it is dropped", "%s %s", name,
                       oracle_ids[id]);
            return;
        }
        if (!is_known) {
            told->is_told = FALSE;
            continue;
        }
        ought = oracle_message(&model->oracle, channel, id);
        compare(model, "counts and states are those of the members", channel, id, &is, &ought);
        compare(model, "what is told is what is", channel, id, &told->message, &is);
    }
}

typedef struct {
    Model *model;
    guint channel, next, seq;
} Walk;

static void check_member(const char *member, gboolean has_received, gboolean has_read,
                         gint64 received_ms, gint64 read_ms, gpointer data)
{
    Walk *walk = data;
    Model *model = walk->model;
    const OracleMember *row;

    while (walk->next < ORACLE_MEMBERS &&
           !oracle_counts(&model->oracle, walk->channel, walk->next, walk->seq))
        walk->next++;
    if (walk->next >= ORACLE_MEMBERS || strcmp(member, oracle_member_names[walk->next]) != 0) {
        model_fail(model, "who counts for a message", "%s %u: %s", name_of(walk->channel),
                   walk->seq, member);
        return;
    }
    row = &model->oracle.channels[walk->channel].members[walk->next++];
    if (has_received != (row->cursor[RECEIPT_RECV] >= walk->seq) ||
        has_read != (row->cursor[RECEIPT_READ] >= walk->seq))
        model_fail(model, "who has received and read a message", "%s %u: %s",
                   name_of(walk->channel), walk->seq, member);
    if (received_ms > model->now_ms || read_ms > model->now_ms ||
        (received_ms >= 0 && !has_received) || (read_ms >= 0 && !has_read) ||
        (received_ms >= 0 && received_ms < row->learnt[RECEIPT_RECV][walk->seq]) ||
        (read_ms >= 0 && read_ms < row->learnt[RECEIPT_READ][walk->seq]))
        model_fail(model, "nothing is learnt before it was told", "%s %u: %s",
                   name_of(walk->channel), walk->seq, member);
}

static void check_members(Model *model, guint channel)
{
    const OracleChannel *facts = &model->oracle.channels[channel];
    Walk walk = {model, channel, 0, 1 + (guint)(model->n_inputs % (ORACLE_SEQS - 1))};

    for (guint i = 0; i < ORACLE_MEMBERS; i++) {
        const guint32 *told = model->worlds[channel].cursor[i];
        const OracleMember *row = &facts->members[i];

        if (told[RECEIPT_RECV] != row->cursor[RECEIPT_RECV] ||
            told[RECEIPT_READ] != row->cursor[RECEIPT_READ])
            model_fail(model, "members' cursors are told as they are", "%s %s told %u/%u, is %u/%u",
                       name_of(channel), oracle_member_names[i], told[RECEIPT_RECV],
                       told[RECEIPT_READ], row->cursor[RECEIPT_RECV], row->cursor[RECEIPT_READ]);
    }
    receipt_engine_foreach_member(model->engine, name_of(channel), walk.seq, check_member, &walk);
    for (; walk.next < ORACLE_MEMBERS; walk.next++) {
        if (oracle_counts(&model->oracle, channel, walk.next, walk.seq))
            model_fail(model, "who counts for a message", "%s %u: not %s", name_of(channel),
                       walk.seq, oracle_member_names[walk.next]);
    }
}

typedef struct {
    Model *model;
    guint channel, n, at;
    guint ids[ORACLE_IDS];
} Line;

static void check_one_pending(const char *id, gpointer data)
{
    Line *line = data;

    if (line->at >= line->n || strcmp(id, oracle_ids[line->ids[line->at]]) != 0)
        model_fail(line->model, "pending in the order of sending", "%s: %s", name_of(line->channel),
                   id);
    line->at++;
}

static void check_lines(Model *model, guint channel)
{
    Line line = {.model = model, .channel = channel};
    guint last = oracle_last_message(&model->oracle, channel);
    ReceiptMessage message;
    gboolean has_last = receipt_engine_last_message(model->engine, name_of(channel), &message);

    if (has_last != (last < ORACLE_IDS) || (has_last && strcmp(message.id, oracle_ids[last]) != 0))
        model_fail(model, "the last message", "%s: %s", name_of(channel),
                   has_last ? message.id : "none");
    line.n = oracle_pending(&model->oracle, channel, line.ids);
    receipt_engine_pending(model->engine, name_of(channel), check_one_pending, &line);
    if (line.at != line.n)
        model_fail(model, "pending in the order of sending", "%s: %u of %u", name_of(channel),
                   line.at, line.n);
}

/* After each input: sync ----------------------------------------------------------------------- */

static gboolean is_viewed(const Model *model, guint channel)
{
    const World *world = &model->worlds[channel];

    return model->is_app_active &&
           (world->is_focused || (world->is_open && model->options.is_background_warm));
}

/* Nobody outside holds it, nothing is owed, nothing waited for, no view lingers. */
static gboolean is_free(const Model *model, guint channel)
{
    const World *world = &model->worlds[channel];

    return !is_viewed(model, channel) && world->n_holds[0] == 0 && world->n_holds[1] == 0 &&
           oracle_owed(&model->oracle, channel, RECEIPT_RECV) == 0 &&
           oracle_owed(&model->oracle, channel, RECEIPT_READ) == 0 &&
           oracle_n_unsettled(&model->oracle, channel) == 0 && model->now_ms >= model->quiet_ms;
}

static void check_sync(Model *model, guint channel, guint n_focused)
{
    World *world = &model->worlds[channel];
    const char *name = name_of(channel);
    Channel *inside = g_hash_table_lookup(model->engine->by_name, name);
    ReceiptSyncState state = receipt_engine_sync_state(model->engine, name, NULL);
    guint n_sync = count_asks(model, channel, 1u << ASK_ATTACH | 1u << ASK_DETACH);
    guint n_any = n_sync + count_asks(model, channel, 1u << ASK_SNAPSHOT | 1u << ASK_CURSOR);

    if (state != world->state)
        model_fail(model, "each change of sync is told", "%s is %s, told %s", name,
                   receipt_sync_state_name(state), receipt_sync_state_name(world->state));
    if (!model->is_up && (state == RECEIPT_SYNC_STARTING || state == RECEIPT_SYNC_ACTIVE ||
                          state == RECEIPT_SYNC_STOPPING || state == RECEIPT_SYNC_WAITING))
        model_fail(model, "without a link nothing is synced", "%s is %s", name,
                   receipt_sync_state_name(state));
    if (!model->is_up && state != RECEIPT_SYNC_IDLE &&
        model->now_ms - model->lost_ms >= MAX(model->options.grace_ms, 0))
        model_fail(model, "after the minute all is stopped", "%s is %s", name,
                   receipt_sync_state_name(state));
    if (model->is_up && state == RECEIPT_SYNC_SUSPENDED)
        model_fail(model, "with a link nothing is suspended", "%s", name);
    if (state == RECEIPT_SYNC_STARTING && n_sync != 1)
        model_fail(model, "who starts waits for its own request", "%s: %u", name, n_sync);
    if (state == RECEIPT_SYNC_STOPPING && n_any == 0 && model->deadline_ms < 0)
        model_fail(model, "who stops waits for something", "%s", name);
    if (model->is_up && is_free(model, channel) && state != RECEIPT_SYNC_IDLE &&
        state != RECEIPT_SYNC_STARTING && state != RECEIPT_SYNC_STOPPING)
        model_fail(model, "what nobody needs is not synced", "%s is %s", name,
                   receipt_sync_state_name(state));
    if (model->is_up && world->is_focused && model->is_app_active &&
        model->now_ms - world->focused_ms >= RECEIPT_FLIP_MS && inside != NULL &&
        !inside->is_refused && n_focused <= MAX(model->options.limit, 1) &&
        engine_load_now(model->engine) < 2 &&
        (state == RECEIPT_SYNC_IDLE || state == RECEIPT_SYNC_EVICTED))
        model_fail(model, "what is in view is synced", "%s is %s", name,
                   receipt_sync_state_name(state));
}

/* Whoever waits, waits for something: an answer, or a time. */
static void check_waiting(Model *model, guint channel)
{
    const World *world = &model->worlds[channel];
    const char *name = name_of(channel);
    const Channel *inside = g_hash_table_lookup(model->engine->by_name, name);
    gboolean is_refused = inside != NULL && inside->is_refused;
    gboolean is_polled = world->state == RECEIPT_SYNC_EVICTED ||
                         world->state == RECEIPT_SYNC_TRIPPED ||
                         (world->state == RECEIPT_SYNC_IDLE && world->is_muted);

    if (model->deadline_ms < 0 &&
        (world->state == RECEIPT_SYNC_WAITING || world->state == RECEIPT_SYNC_SUSPENDED ||
         (world->state == RECEIPT_SYNC_TRIPPED && model->is_up)))
        model_fail(model, "who waits has a time", "%s is %s", name,
                   receipt_sync_state_name(world->state));
    if (!model->is_up || is_refused)
        return;
    if (is_polled && oracle_n_unsettled(&model->oracle, channel) > 0 && model->deadline_ms < 0 &&
        count_asks(model, channel, 1u << ASK_SNAPSHOT) == 0)
        model_fail(model, "without sync receipts are polled for", "%s", name);
    if (world->n_holds[0] + world->n_holds[1] > 0 && world->state == RECEIPT_SYNC_IDLE)
        model_fail(model, "what is held is synced, or waits for its turn", "%s", name);
    for (guint kind = RECEIPT_RECV; kind <= RECEIPT_READ; kind++) {
        guint32 owed = oracle_owed(&model->oracle, channel, kind);

        if (world->state == RECEIPT_SYNC_ACTIVE && owed > 0 && world->is_unasked[kind] &&
            world->sent[kind][owed] == SENT_ONCE && owed <= world->server[kind] &&
            count_asks(model, channel, 1u << ASK_SNAPSHOT | 1u << ASK_CURSOR) == 0 &&
            model->deadline_ms < 0)
            model_fail(model, "what is not shown is asked for", "%s %s %u", name,
                       receipt_kind_name(kind), owed);
        if (owed == 0 || world->sent[kind][owed] != SENT_NEVER)
            continue;
        if (world->state == RECEIPT_SYNC_IDLE ||
            (world->state == RECEIPT_SYNC_ACTIVE && model->deadline_ms < 0))
            model_fail(model, "what is owed is on its way", "%s %s %u while %s", name,
                       receipt_kind_name(kind), owed, receipt_sync_state_name(world->state));
    }
}

static void check_sums(Model *model)
{
    ReceiptEngine *engine = model->engine;
    guint n_active = 0, n_placed = 0, n_owed = 0;

    for (guint i = 0; i < engine->all->len; i++) {
        const Channel *channel = g_ptr_array_index(engine->all, i);

        n_active += channel->state == RECEIPT_SYNC_ACTIVE;
        n_placed += channel->wish == RECEIPT_WISH_HELD && (channel->state == RECEIPT_SYNC_ACTIVE ||
                                                           channel->state == RECEIPT_SYNC_STARTING);
        n_owed += (channel->out[RECEIPT_RECV].owed > 0) + (channel->out[RECEIPT_READ].owed > 0);
        if (!channel->is_live && !channel_is_quiet(engine, (Channel *)channel))
            model_fail(model, "who has a state, a hold or a time is looked after", "%s",
                       channel->name);
    }
    if (n_active != engine->n_active || n_owed != engine->metrics.cursors_owed)
        model_fail(model, "sums are what they sum up", "active %u of %u, owed %u of %u",
                   engine->n_active, n_active, engine->metrics.cursors_owed, n_owed);
    if (n_active > MAX(model->options.limit, 1) || n_placed > MAX(model->options.limit, 1))
        model_fail(model, "no more than the limit", "%u active, %u starting or active", n_active,
                   n_placed);
    if (g_hash_table_size(engine->requests) != model->asks->len)
        model_fail(model, "each request waits for one outcome", "%u open, %u known inside",
                   model->asks->len, g_hash_table_size(engine->requests));
    if (engine->touched->len > 0 || engine->told->len > 0 || engine->outputs.items->len > 0)
        model_fail(model, "nothing is left undone", "after an input");
}

static void check_deadline(Model *model)
{
    gboolean is_idle = model->now_ms >= model->quiet_ms;

    if (model->deadline_ms >= 0 && model->deadline_ms <= model->now_ms)
        model_fail(model, "a deadline lies ahead", "%" G_GINT64_FORMAT, model->deadline_ms);
    for (guint i = 0; i < ORACLE_CHANNELS; i++) {
        ReceiptSyncState state = model->worlds[i].state;

        is_idle = is_idle && (state == RECEIPT_SYNC_IDLE || state == RECEIPT_SYNC_ACTIVE) &&
                  oracle_owed(&model->oracle, i, RECEIPT_RECV) == 0 &&
                  oracle_owed(&model->oracle, i, RECEIPT_READ) == 0 &&
                  oracle_n_unsettled(&model->oracle, i) == 0;
    }
    if (!model->is_up)
        is_idle =
            model->lost_ms < 0 || model->now_ms - model->lost_ms >= MAX(model->options.grace_ms, 0);
    if (is_idle && model->deadline_ms >= 0)
        model_fail(model, "nothing is armed when idle", "%" G_GINT64_FORMAT " at %" G_GINT64_FORMAT,
                   model->deadline_ms, model->now_ms);
}

static void check_metrics(Model *model)
{
    ReceiptMetrics metrics;
    guint messages = 0, members = 0;

    receipt_engine_metrics(model->engine, &metrics);
    for (guint i = 0; i < ORACLE_CHANNELS; i++) {
        for (guint id = 0; id < ORACLE_IDS; id++)
            messages += model->oracle.channels[i].messages[id].is_known;
        for (guint member = 0; member < ORACLE_MEMBERS; member++)
            members += model->oracle.channels[i].members[member].is_known;
    }
    if (metrics.messages != messages || metrics.members != members ||
        metrics.timers_armed != (model->deadline_ms >= 0) || metrics.active_max < metrics.active ||
        metrics.outcomes_unknown != model->n_unknown)
        model_fail(model, "metrics are exact", "messages %u of %u, members %u of %u",
                   metrics.messages, messages, metrics.members, members);
}

static void check_saved(Model *model)
{
    const Oracle *saved = &model->saved_oracle;

    /* What the server showed of a recv while none was to be told is not worth a save. */
    if (model->has_switched)
        return;
    for (guint i = 0; i < ORACLE_CHANNELS; i++) {
        if (!oracle_is_safe(&model->oracle, saved, i))
            model_fail(model, "a kill after an input loses nothing", "%s", name_of(i));
    }
}

void rules_after(Model *model)
{
    guint n_focused = 0;
    guint whole = (guint)(model->n_inputs % ORACLE_CHANNELS); /* in turn; see below */

    for (guint i = 0; i < ORACLE_CHANNELS; i++) {
        n_focused += model->worlds[i].is_focused;
        for (guint problem = 0; problem < G_N_ELEMENTS(model->worlds[i].credits); problem++)
            model->worlds[i].credits[problem] = MIN(model->worlds[i].credits[problem], 1);
    }
    for (guint i = 0; i < ORACLE_CHANNELS; i++) {
        check_sync(model, i, n_focused);
        check_waiting(model, i);
        /* What an input does not touch does not change: so every channel's facts are looked at in
         * turn, and those of the input's at once. */
        if (i != whole && i != model->touched && model->touched < ORACLE_CHANNELS)
            continue;
        check_inbox(model, i);
        check_messages(model, i);
        check_members(model, i);
        check_lines(model, i);
    }
    check_sums(model);
    check_deadline(model);
    check_saved(model);
    if (model->n_inputs % 64 == 0)
        check_metrics(model);
}

void rules_at_rest(Model *model)
{
    for (guint i = 0; i < ORACLE_CHANNELS; i++) {
        const World *world = &model->worlds[i];
        const Channel *inside = g_hash_table_lookup(model->engine->by_name, name_of(i));
        gboolean may_owe = !model->has_new_link && inside != NULL && inside->is_refused;

        if (world->state != RECEIPT_SYNC_IDLE)
            model_fail(model, "at rest nothing is synced", "%s is %s", name_of(i),
                       receipt_sync_state_name(world->state));
        if (world->is_attached && !world->is_doubtful)
            model_fail(model, "nothing stays attached", "%s", name_of(i));
        for (guint kind = RECEIPT_RECV; kind <= RECEIPT_READ; kind++) {
            guint32 owed = oracle_owed(&model->oracle, i, kind);

            if (owed == 0 || may_owe)
                continue;
            /* On an old link it may have been sent, and refused for as long as that lasts. */
            if (model->has_new_link || world->sent[kind][owed] == SENT_NEVER)
                model_fail(model, "every owed cursor arrives", "%s %s %u", name_of(i),
                           receipt_kind_name(kind), owed);
        }
    }
}
