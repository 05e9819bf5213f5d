/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One engine beside the oracle, see support-model.h. */
#include "support-model.h"

#include <string.h>

#include "receipts/receipt-engine-private.h"

#include "support-rules.h"

#define SELF "usrMe"

guint64 model_random(guint64 *state)
{
    guint64 z = (*state += G_GUINT64_CONSTANT(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

guint model_roll(guint64 *state, guint below)
{
    return below == 0 ? 0 : (guint)(model_random(state) % below);
}

ReceiptError model_some_error(guint16 chance)
{
    static const ReceiptError passing[] = {RECEIPT_ERROR_TRANSIENT, RECEIPT_ERROR_OVERLOAD,
                                           RECEIPT_ERROR_ATTACH_FIRST, RECEIPT_ERROR_TIMEOUT};

    return chance % 3 > 0 ? passing[chance / 3 % G_N_ELEMENTS(passing)]
                          : 1 + (ReceiptError)(chance / 3 % (RECEIPT_N_ERRORS - 1));
}

void model_say(Model *model, const char *format, ...)
{
    va_list args;

    if (model->log == NULL)
        return;
    g_string_append_printf(model->log, "  %8" G_GINT64_FORMAT "  %*s", model->now_ms,
                           model->is_inside ? 4 : 0, "");
    va_start(args, format);
    g_string_append_vprintf(model->log, format, args);
    va_end(args);
    g_string_append_c(model->log, '\n');
}

void model_fail(Model *model, const char *rule, const char *format, ...)
{
    va_list args;
    g_autofree char *what = NULL;

    if (model->failure != NULL)
        return;
    va_start(args, format);
    what = g_strdup_vprintf(format, args);
    va_end(args);
    model->rule = rule;
    model->failure = g_strdup_printf("%s: %s", rule, what);
}

static guint index_of(const char *const *names, guint n, const char *name)
{
    for (guint i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0)
            return i;
    }
    g_assert_not_reached();
}

static guint channel_of(const char *name)
{
    return index_of(oracle_channel_names, ORACLE_CHANNELS, name);
}

/* Ports ---------------------------------------------------------------------------------------- */

/* Every call of the engine passes here: now and then the world does something from inside it.
 * Returns: FALSE if the engine must not have called at all. */
static gboolean called(Model *model, const char *what)
{
    if (model->is_freed)
        model_fail(model, "silent after free", "%s", what);
    if (model->depth > 0)
        model_fail(model, "outputs wait for the end of the batch", "%s", what);
    if (++model->n_calls > 10000) {
        model_fail(model, "every input comes to an end", "%s", what);
        model_free_engine(model);
    }
    return !model->is_freed;
}

static void maybe_act(Model *model)
{
    if (model->calls_until < 0 || model->calls_until-- > 0 || model->is_freed)
        return;
    model->was_nested = TRUE;
    model->on_call(model, model->on_call_data);
}

static void set_deadline(gint64 at_ms, gpointer data)
{
    Model *model = data;

    if (!called(model, "set_deadline"))
        return;
    if (at_ms == model->deadline_ms)
        model_fail(model, "a deadline is told when it changes", "%" G_GINT64_FORMAT, at_ms);
    model->deadline_ms = at_ms;
    maybe_act(model);
}

static double chance(gpointer data)
{
    Model *model = data;

    return (double)(model_random(&model->chance) >> 11) / (double)(G_GUINT64_CONSTANT(1) << 53);
}

static void oblige(Model *model, guint32 id)
{
    ReceiptError error = RECEIPT_OK;

    if (model->is_freed || model_roll(&model->chance, 100) >= model->oblige_percent)
        return;
    if (model_roll(&model->chance, 100) < model->fail_percent)
        error = model_some_error((guint16)model_random(&model->chance));
    for (guint i = 0; i < model->asks->len; i++) {
        if (g_array_index(model->asks, Ask, i).id != id)
            continue;
        model->was_nested = TRUE;
        model_answer(model, i, error);
        return;
    }
}

static void asked(Model *model, Ask ask)
{
    if (!called(model, "a request"))
        return;
    rules_asked(model, &ask);
    g_array_append_val(model->asks, ask);
    if (ask.kind == ASK_SNAPSHOT)
        memset(model->worlds[ask.channel].is_unasked, 0,
               sizeof model->worlds[ask.channel].is_unasked);
    maybe_act(model);
    oblige(model, ask.id);
}

static void attach(guint32 id, const char *channel, gboolean is_focused, gpointer data)
{
    guint index = channel_of(channel);
    Model *model = data;

    if (is_focused && !model->was_nested && !model->was_batch && !model->worlds[index].is_focused)
        model_fail(model, "an attach is urgent for a view in focus only", "%s", channel);
    asked(model, (Ask){.id = id, .kind = ASK_ATTACH, .channel = index});
}

static void detach(guint32 id, const char *channel, gpointer data)
{
    asked(data, (Ask){.id = id, .kind = ASK_DETACH, .channel = channel_of(channel)});
}

static void snapshot(guint32 id, const char *channel, gpointer data)
{
    asked(data, (Ask){.id = id, .kind = ASK_SNAPSHOT, .channel = channel_of(channel)});
}

static void send_cursor(guint32 id, const char *channel, ReceiptKind kind, guint32 seq,
                        gpointer data)
{
    Model *model = data;

    model->n_sent++;
    asked(model, (Ask){id, ASK_CURSOR, channel_of(channel), kind, seq, FALSE});
}

static void sync_changed(const char *channel, ReceiptSyncState state, ReceiptReason reason,
                         gpointer data)
{
    Model *model = data;

    if (!called(model, "sync_changed"))
        return;
    rules_sync_changed(model, channel_of(channel), state, reason);
    maybe_act(model);
}

static void message_changed(const char *channel, const ReceiptMessage *message, gpointer data)
{
    Model *model = data;

    if (!called(model, "message_changed"))
        return;
    rules_message_changed(model, channel_of(channel), index_of(oracle_ids, ORACLE_IDS, message->id),
                          message);
    maybe_act(model);
}

static void receipt_moved(const char *channel, const char *member, ReceiptKind kind, guint32 seq,
                          gpointer data)
{
    Model *model = data;

    if (!called(model, "receipt_moved"))
        return;
    rules_receipt_moved(model, channel_of(channel),
                        index_of(oracle_member_names, ORACLE_MEMBERS, member), kind, seq);
    maybe_act(model);
}

static void unread_changed(const char *channel, guint count, gpointer data)
{
    Model *model = data;
    World *world = &model->worlds[channel_of(channel)];

    if (!called(model, "unread_changed"))
        return;
    if (count == world->unread)
        model_fail(model, "unread is told when it changes", "%s %u", channel, count);
    world->unread = count;
    maybe_act(model);
}

static void problem(const char *channel, ReceiptProblem what, ReceiptError category, gpointer data)
{
    Model *model = data;
    World *world;

    if (!called(model, "problem"))
        return;
    if (category == RECEIPT_OK ||
        (channel == NULL) != (category == RECEIPT_ERROR_AUTH && what == RECEIPT_PROBLEM_SYNC))
        model_fail(model, "a problem names its category", "%s", receipt_error_name(category));
    if (channel != NULL) {
        world = &model->worlds[channel_of(channel)];
        if (world->credits[what] == 0)
            model_fail(model, "a problem is told once until success", "%s %d", channel, what);
        else
            world->credits[what]--;
    }
    maybe_act(model);
}

static void save(GBytes *state, gpointer data)
{
    Model *model = data;

    if (!called(model, "save"))
        return;
    if (model->n_saves++ > 0 && !model->was_nested)
        model_fail(model, "one save a batch", "%u", model->n_saves);
    g_clear_pointer(&model->saved, g_bytes_unref);
    model->saved = g_bytes_ref(state);
    model->saved_oracle = model->oracle;
    oracle_restart(&model->saved_oracle);
    model->has_switched = FALSE;
    maybe_act(model);
}

/* Life ----------------------------------------------------------------------------------------- */

static void new_engine(Model *model)
{
    ReceiptPorts ports = {
        .clock = {set_deadline, chance},
        .transport = {attach, detach, snapshot, send_cursor},
        .observer = {sync_changed, message_changed, receipt_moved, unread_changed, problem},
        .store = {save},
        .user_data = model,
    };

    memset(model->worlds, 0, sizeof model->worlds);
    for (guint i = 0; i < ORACLE_CHANNELS; i++) {
        for (guint problem = 0; problem < G_N_ELEMENTS(model->worlds[i].credits); problem++)
            model->worlds[i].credits[problem] = 1;
    }
    g_array_set_size(model->asks, 0);
    model->engine = receipt_engine_new(SELF, &model->options, &ports);
    model->deadline_ms = model->lost_ms = -1;
    model->quiet_ms = model->now_ms;
    model->is_up = model->is_freed = FALSE;
    model->is_app_active = TRUE;
    model->depth = 0;
    model->n_unknown = 0;
    model->n_lives++;
}

void model_init(Model *model, guint64 seed, const ReceiptOptions *options)
{
    memset(model, 0, sizeof *model);
    model->chance = seed;
    model->options = *options;
    model->now_ms = 1000000;
    model->calls_until = -1;
    model->asks = g_array_new(FALSE, FALSE, sizeof(Ask));
    model->oracle.tells_delivered = options->tells_delivered;
    model->oracle.now_ms = model->now_ms;
    new_engine(model);
}

void model_clear(Model *model)
{
    if (!model->is_freed)
        receipt_engine_free(model->engine);
    g_clear_pointer(&model->saved, g_bytes_unref);
    g_clear_pointer(&model->asks, g_array_unref);
    g_clear_pointer(&model->failure, g_free);
    if (model->log != NULL)
        g_string_free(model->log, TRUE);
    model->log = NULL;
}

void model_free_engine(Model *model)
{
    if (model->is_freed)
        return;
    receipt_engine_free(model->engine);
    model->is_freed = TRUE;
}

void model_restart(Model *model)
{
    gint64 now_ms = model->now_ms;

    model_say(model, "restart");
    model_free_engine(model);
    if (model->saved == NULL) {
        memset(&model->saved_oracle, 0, sizeof model->saved_oracle);
        model->saved_oracle.last_order = model->oracle.last_order;
    }
    model->has_switched = model->saved_oracle.tells_delivered != model->options.tells_delivered;
    model->oracle = model->saved_oracle;
    model->oracle.tells_delivered = model->options.tells_delivered;
    model->oracle.now_ms = now_ms;
    new_engine(model);
    if (model->saved != NULL) {
        g_autoptr(GError) error = NULL;

        if (!receipt_engine_load(model->engine, model->saved, &error))
            model_fail(model, "what was saved can be loaded", "%s", error->message);
    }
    for (guint channel = 0; channel < ORACLE_CHANNELS; channel++) {
        for (guint id = 0; id < ORACLE_IDS; id++) {
            const OracleMessage *own = &model->oracle.channels[channel].messages[id];
            Told *told = &model->worlds[channel].messages[id];

            /* The observer of the earlier life was told, and nothing is new since. */
            told->is_told = own->is_known;
            told->message = (ReceiptMessage){NULL, own->seq, own->state, 0, 0, 0};
        }
    }
    /* Nothing is told before the next input. */
    model_tick(model);
}

/* Inputs --------------------------------------------------------------------------------------- */

void model_enter(Model *model)
{
    model->n_inputs++;
    model->oracle.now_ms = model->now_ms;
    if (model->is_inside)
        return;
    model->is_void = FALSE;
    model->was_batch = model->depth > 0;
    model->n_saves = model->n_calls = 0;
    model->was_nested = FALSE;
    for (guint i = 0; i < ORACLE_CHANNELS; i++) {
        World *world = &model->worlds[i];

        memset(world->n_cursor_calls, 0, sizeof world->n_cursor_calls);
        for (guint id = 0; id < ORACLE_IDS; id++)
            world->messages[id].n_calls = 0;
    }
}

void model_leave(Model *model)
{
    if (model->is_inside || model->depth > 0 || model->failure != NULL)
        return;
    if (model->is_void)
        MODEL_CALL(model, receipt_engine_tick(model->engine, model->now_ms));
    if (model->is_freed)
        model_restart(model);
    else
        rules_after(model);
}

void model_tick(Model *model)
{
    model_enter(model);
    MODEL_CALL(model, receipt_engine_tick(model->engine, model->now_ms));
    model_leave(model);
}

static void forget_sent(World *world)
{
    memset(world->sent, 0, sizeof world->sent);
    memset(world->is_unasked, 0, sizeof world->is_unasked);
    memset(world->has_trouble, 0, sizeof world->has_trouble);
}

/* The server did not take what it has not shown: it may be sent once more. */
static void sent_in_vain(World *world)
{
    for (guint i = 0; i < 2 * ORACLE_SEQS; i++) {
        if ((&world->sent[0][0])[i] == SENT_ONCE)
            (&world->sent[0][0])[i] = SENT_IN_VAIN;
    }
    memset(world->is_unasked, 0, sizeof world->is_unasked);
}

/* A channel that is gone is not attached, and not left either. */
static void gone(Model *model, guint channel)
{
    oracle_gone(&model->oracle, channel);
    model->worlds[channel].is_attached = FALSE;
}

static void answered_cursor(Model *model, const Ask *ask, ReceiptError error)
{
    World *world = &model->worlds[ask->channel];

    if (error != RECEIPT_OK) {
        world->has_trouble[ask->cursor] = TRUE;
        world->is_unasked[ask->cursor] = FALSE;
    }
    switch (error) {
    case RECEIPT_OK:
        if (ask->seq > world->server[ask->cursor] && !world->has_trouble[ask->cursor])
            world->is_unasked[ask->cursor] = TRUE;
        world->server[ask->cursor] = MAX(world->server[ask->cursor], ask->seq);
        break;
    case RECEIPT_ERROR_TRANSIENT:
    case RECEIPT_ERROR_OVERLOAD:
    case RECEIPT_ERROR_TIMEOUT:
        if (ask->seq < ORACLE_SEQS)
            world->sent[ask->cursor][ask->seq] = SENT_IN_VAIN;
        break;
    case RECEIPT_ERROR_ATTACH_FIRST:
        sent_in_vain(world);
        world->is_attached = FALSE;
        break;
    case RECEIPT_ERROR_REDIRECT:
    case RECEIPT_ERROR_PERMANENT:
        oracle_refused(&model->oracle, ask->channel, ask->cursor, ask->seq);
        break;
    case RECEIPT_ERROR_GONE:
        gone(model, ask->channel);
        break;
    default:
        break;
    }
}

static gboolean is_final(ReceiptError error)
{
    return error == RECEIPT_ERROR_REDIRECT || error == RECEIPT_ERROR_AUTH ||
           error == RECEIPT_ERROR_FORBIDDEN || error == RECEIPT_ERROR_PERMANENT;
}

/* What an outcome means for the world and the facts. */
static void answered(Model *model, const Ask *ask, ReceiptError error)
{
    World *world = &model->worlds[ask->channel];

    if (ask->is_void)
        return;
    switch (ask->kind) {
    case ASK_ATTACH:
        if (error == RECEIPT_OK) {
            world->is_attached = TRUE;
            model_succeeded(model, ask->channel, RECEIPT_PROBLEM_SYNC);
            model_succeeded(model, ask->channel, RECEIPT_PROBLEM_LOST);
        } else if (error == RECEIPT_ERROR_TIMEOUT) {
            /* Carried out or not, nobody knows. */
            world->is_attached |= model_roll(&model->chance, 2);
        } else if (error == RECEIPT_ERROR_GONE) {
            gone(model, ask->channel);
        } else if (is_final(error)) {
            world->is_attached = FALSE;
        }
        break;
    case ASK_DETACH:
        world->is_attached &= error != RECEIPT_OK;
        world->is_doubtful |= error != RECEIPT_OK;
        break;
    case ASK_SNAPSHOT:
        if (error == RECEIPT_ERROR_GONE)
            gone(model, ask->channel);
        if (error == RECEIPT_ERROR_ATTACH_FIRST) {
            sent_in_vain(world);
            world->is_attached = FALSE;
        }
        break;
    case ASK_CURSOR:
        answered_cursor(model, ask, error);
        break;
    }
}

static const char *const ask_words[] = {"attach", "detach", "snapshot", "cursor"};

void model_answer(Model *model, guint index, ReceiptError error)
{
    Ask ask = g_array_index(model->asks, Ask, index);

    model_say(model, "outcome of %s %s%s%s%s: %s", ask_words[ask.kind],
              oracle_channel_names[ask.channel], ask.kind == ASK_CURSOR ? " " : "",
              ask.kind == ASK_CURSOR ? receipt_kind_name(ask.cursor) : "",
              ask.is_void ? " (of an earlier link or life)" : "", receipt_error_name(error));
    g_array_remove_index(model->asks, index);
    model_enter(model);
    answered(model, &ask, error);
    MODEL_CALL(model, receipt_engine_outcome(model->engine, model->now_ms, ask.id, error));
    model_leave(model);
}

void model_lost(Model *model, guint channel, ReceiptError error)
{
    World *world = &model->worlds[channel];

    model_say(model, "lost %s %s", oracle_channel_names[channel], receipt_error_name(error));
    model_enter(model);
    world->is_attached = FALSE;
    if (error == RECEIPT_ERROR_ATTACH_FIRST)
        sent_in_vain(world);
    if (error == RECEIPT_ERROR_GONE)
        gone(model, channel);
    MODEL_CALL(model, receipt_engine_lost(model->engine, model->now_ms,
                                          oracle_channel_names[channel], error));
    model_leave(model);
}

void model_network(Model *model, gboolean is_up)
{
    model_say(model, "network %s", is_up ? "up" : "down");
    model_enter(model);
    if (!is_up && model->is_up) {
        model->lost_ms = model->now_ms;
        for (guint i = 0; i < model->asks->len; i++)
            g_array_index(model->asks, Ask, i).is_void = TRUE;
        for (guint i = 0; i < ORACLE_CHANNELS; i++) {
            model->worlds[i].is_attached = model->worlds[i].is_doubtful = FALSE;
            forget_sent(&model->worlds[i]);
        }
    }
    model->is_up = is_up;
    MODEL_CALL(model, receipt_engine_network(model->engine, model->now_ms, is_up));
    model_leave(model);
}

void model_forget(Model *model, guint channel)
{
    World *world = &model->worlds[channel];

    model_say(model, "forget %s", oracle_channel_names[channel]);
    model_enter(model);
    oracle_forget(&model->oracle, channel);
    memset(world->cursor, 0, sizeof world->cursor);
    memset(world->messages, 0, sizeof world->messages);
    memset(world->n_holds, 0, sizeof world->n_holds);
    memset(world->server, 0, sizeof world->server);
    forget_sent(world);
    world->is_attached = world->is_muted = FALSE;
    for (guint problem = 0; problem < G_N_ELEMENTS(world->credits); problem++)
        model_succeeded(model, channel, problem);
    for (guint i = 0; i < model->asks->len; i++) {
        Ask *ask = &g_array_index(model->asks, Ask, i);

        if (ask->channel == channel && ask->kind == ASK_CURSOR)
            ask->is_void = TRUE;
    }
    MODEL_CALL(model,
               receipt_engine_forget(model->engine, model->now_ms, oracle_channel_names[channel]));
    model_leave(model);
}

void model_set_options(Model *model, const ReceiptOptions *options)
{
    model_say(model,
              "options: limit %u%s%s linger %" G_GINT64_FORMAT " grace %" G_GINT64_FORMAT
              " confirm %" G_GINT64_FORMAT " coalesce %" G_GINT64_FORMAT " breaker %u",
              options->limit, options->is_background_warm ? " warm" : "",
              options->tells_delivered ? "" : " without-delivered", options->linger_ms,
              options->grace_ms, options->confirm_ms, options->coalesce_ms,
              options->breaker_failures);
    model_enter(model);
    /* A linger that runs was set with the longer of the two. */
    model->quiet_ms =
        MAX(model->quiet_ms, model->now_ms + MAX(options->linger_ms, model->options.linger_ms));
    model->options = *options;
    if (model->oracle.tells_delivered != options->tells_delivered)
        model->has_switched = TRUE;
    model->oracle.tells_delivered = options->tells_delivered;
    MODEL_CALL(model, receipt_engine_set_options(model->engine, model->now_ms, options));
    model_leave(model);
}

/* In a batch failures and successes are told at the end, one after the other. */
void model_succeeded(Model *model, guint channel, ReceiptProblem problem)
{
    model->worlds[channel].credits[problem]++;
}

/* From the latest end of a view on, with what a settling focus may add. */
void model_view_moved(Model *model)
{
    model->quiet_ms =
        MAX(model->quiet_ms, model->now_ms + MAX(model->options.linger_ms, 0) + RECEIPT_FLIP_MS);
}

void model_begin(Model *model)
{
    model_say(model, "begin");
    model->depth++;
    receipt_engine_begin(model->engine);
}

void model_end(Model *model)
{
    if (model->depth == 0)
        return;
    model_say(model, "end");
    model_enter(model);
    model->depth--;
    model_view_moved(model);
    MODEL_CALL(model, receipt_engine_end(model->engine, model->now_ms));
    model_leave(model);
}
