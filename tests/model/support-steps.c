/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running one step of a life, see support-steps.h. */
#include "support-steps.h"

#include <string.h>

/* Running one step ----------------------------------------------------------------------------- */

/* Tell the engine, then look at the rules. */
#define INPUT(model, call)                                                                         \
    do {                                                                                           \
        MODEL_CALL(model, call);                                                                   \
        model_leave(model);                                                                        \
    } while (0)

#define E model->engine, model->now_ms, name

static guint32 some_seq(const Model *model, const Step *step, guint16 chance)
{
    const OracleChannel *facts = &model->oracle.channels[step->channel];
    guint32 seq;

    switch (chance % 8) {
    case 0:
    case 1:
        seq = facts->last + 1;
        break;
    case 2:
        seq = facts->last;
        break;
    case 3:
        seq = facts->handed_up_to + 1;
        break;
    case 4:
        seq = facts->last + 1 + chance / 8 % 4;
        break;
    default:
        seq = 1 + chance / 8 % (facts->last + 1);
        break;
    }
    if (chance % 61 == 0)
        seq = 0;
    return MIN(seq, ORACLE_SEQS - 1);
}

static void run_view(Model *model, const Step *step)
{
    const char *name = oracle_channel_names[step->channel];
    World *world = &model->worlds[step->channel];
    static const char *const words[] = {"opened", "focused", "unfocused", "closed"};

    model_say(model, "%s %s", words[step->op - OP_OPENED], name);
    model_enter(model);
    model_view_moved(model);
    if (step->op == OP_FOCUSED && !world->is_focused)
        world->focused_ms = model->now_ms;
    world->is_open = step->op == OP_CLOSED ? FALSE : world->is_open || step->op <= OP_FOCUSED;
    world->is_focused = step->op == OP_FOCUSED || (step->op == OP_OPENED && world->is_focused);
    switch (step->op) {
    case OP_OPENED:
        INPUT(model, receipt_engine_opened(E));
        break;
    case OP_FOCUSED:
        INPUT(model, receipt_engine_focused(E));
        break;
    case OP_UNFOCUSED:
        INPUT(model, receipt_engine_unfocused(E));
        break;
    default:
        INPUT(model, receipt_engine_closed(E));
        break;
    }
}

static void run_app(Model *model, const Step *step)
{
    gboolean is_active = step->a % 3 > 0;

    model_say(model, "app %s", is_active ? "active" : "inactive");
    model_enter(model);
    model_view_moved(model);
    for (guint i = 0; i < ORACLE_CHANNELS; i++) {
        /* What is in view when the user comes back is as good as focused then. */
        if (is_active && !model->is_app_active)
            model->worlds[i].focused_ms = model->now_ms;
    }
    model->is_app_active = is_active;
    INPUT(model, receipt_engine_app_active(model->engine, model->now_ms, is_active));
}

static void run_hold(Model *model, const Step *step)
{
    const char *name = oracle_channel_names[step->channel];
    World *world = &model->worlds[step->channel];
    ReceiptHold hold = step->a % 2;

    model_say(model, "%s %s %s", step->op == OP_HOLD ? "hold" : "release", name,
              hold == RECEIPT_HOLD_ASKED ? "asked" : "catch-up");
    model_enter(model);
    if (step->op == OP_HOLD) {
        world->n_holds[hold]++;
        INPUT(model, receipt_engine_hold(E, hold));
    } else {
        if (world->n_holds[hold] > 0)
            world->n_holds[hold]--;
        INPUT(model, receipt_engine_release(E, hold));
    }
}

static void run_range(Model *model, const Step *step)
{
    const char *name = oracle_channel_names[step->channel];
    const OracleChannel *facts = &model->oracle.channels[step->channel];
    gboolean is_deletion = step->op == OP_DELETED;
    guint32 low, high;

    /* Mostly what comes next, sometimes anything, sometimes more than there is. */
    if (step->a % 4 > 0 && !is_deletion) {
        low = facts->handed_up_to + 1;
        high = step->a % 4 == 1 ? facts->last : low + step->b % 4;
    } else {
        low = some_seq(model, step, step->b);
        high = step->c % 16 == 0 ? G_MAXUINT32 : low + step->c % 5;
        if (step->c % 32 == 1)
            low = high + 1;
    }
    model_say(model, "%s %s %u..%u", is_deletion ? "deleted" : "handed", name, low, high);
    model_enter(model);
    model->is_void = is_deletion && low > high;
    if (is_deletion && low <= high)
        oracle_deleted(&model->oracle, step->channel, low, high);
    if (!is_deletion)
        oracle_handed(&model->oracle, step->channel, low, high);
    if (is_deletion)
        INPUT(model, receipt_engine_deleted(E, low, high));
    else
        INPUT(model, receipt_engine_handed(E, low, high));
}

static void run_seen(Model *model, const Step *step)
{
    const char *name = oracle_channel_names[step->channel];
    const OracleChannel *facts = &model->oracle.channels[step->channel];
    guint32 seq = step->a % 3 == 0 ? some_seq(model, step, step->b) : facts->handed_up_to;
    gboolean tell = step->c % 4 > 0;

    if (step->c % 64 == 1)
        seq = G_MAXUINT32;
    model_say(model, "seen %s %u%s", name, seq, tell ? "" : " untold");
    model_enter(model);
    oracle_seen(&model->oracle, step->channel, seq, tell);
    INPUT(model, receipt_engine_seen(E, seq, tell));
}

/* What was dropped is told from the beginning if it comes again. */
static void forget_told(Model *model, guint channel)
{
    for (guint id = 0; id < ORACLE_IDS; id++) {
        if (!model->oracle.channels[channel].messages[id].is_known)
            model->worlds[channel].messages[id].is_told = FALSE;
    }
}

static guint some_id(const Model *model, const Step *step)
{
    guint ids[ORACLE_IDS], n = oracle_pending(&model->oracle, step->channel, ids);

    return step->b % 3 > 0 && n > 0 ? ids[step->c % n] : step->c % ORACLE_IDS;
}

static void run_message(Model *model, const Step *step)
{
    const char *name = oracle_channel_names[step->channel];
    guint id = step->op == OP_NEW ? step->c % ORACLE_IDS : some_id(model, step);
    guint32 seq = some_seq(model, step, step->a);
    ReceiptError error = 1 + step->a % (RECEIPT_N_ERRORS - 1);

    model_enter(model);
    switch (step->op) {
    case OP_NEW:
        model_say(model, "message %s %s", name, oracle_ids[id]);
        oracle_message_new(&model->oracle, step->channel, id);
        INPUT(model, receipt_engine_message_new(E, oracle_ids[id]));
        break;
    case OP_STORED:
        model_say(model, "stored %s %s as %u", name, oracle_ids[id], seq);
        model->is_void = seq == 0;
        oracle_message_stored(&model->oracle, step->channel, id, seq);
        forget_told(model, step->channel);
        model_succeeded(model, step->channel, RECEIPT_PROBLEM_MESSAGE);
        INPUT(model, receipt_engine_message_stored(E, oracle_ids[id], seq));
        break;
    case OP_FAILED:
        model_say(model, "failed %s %s %s", name, oracle_ids[id], receipt_error_name(error));
        oracle_message_failed(&model->oracle, step->channel, id);
        INPUT(model, receipt_engine_message_failed(E, oracle_ids[id], error));
        break;
    default:
        model_say(model, "message forget %s %s", name, oracle_ids[id]);
        oracle_message_forget(&model->oracle, step->channel, id);
        forget_told(model, step->channel);
        INPUT(model, receipt_engine_message_forget(E, oracle_ids[id]));
        break;
    }
}

static const char *member_name(int member)
{
    return member == ORACLE_SELF ? "usrMe" : member < 0 ? NULL : oracle_member_names[member];
}

/* In a conversation of two it is mostly the other one. */
static int some_member(const Step *step, guint16 chance)
{
    if (chance % 16 == 0)
        return ORACLE_SELF;
    if (step->channel < 3 && chance % 8 < 6)
        return step->channel;
    return chance / 8 % ORACLE_MEMBERS;
}

static void run_arrived(Model *model, const Step *step)
{
    const char *name = oracle_channel_names[step->channel];
    int author = step->a % 6 == 0 ? ORACLE_NOBODY : some_member(step, step->c);
    guint32 seq = some_seq(model, step, step->b);

    model_say(model, "arrived %s %u by %s", name, seq,
              author == ORACLE_NOBODY ? "somebody" : member_name(author));
    model_enter(model);
    model->is_void = seq == 0;
    oracle_arrived(&model->oracle, step->channel, seq, author);
    INPUT(model, receipt_engine_arrived(E, seq, member_name(author)));
}

static void tell_cursor(Model *model, guint channel, int member, ReceiptKind kind, guint32 seq)
{
    const char *name = oracle_channel_names[channel];

    model_say(model, "cursor %s of %s: %s %u", name, member_name(member), receipt_kind_name(kind),
              seq);
    model_enter(model);
    model->is_void = seq == 0;
    oracle_cursor(&model->oracle, channel, member, kind, seq);
    INPUT(model, receipt_engine_cursor(E, member_name(member), kind, seq));
}

static void run_cursor(Model *model, const Step *step)
{
    guint32 seq = step->c % 16 == 1 ? G_MAXUINT32 : some_seq(model, step, step->b);

    if (step->op == OP_ECHO) {
        ReceiptKind kind = step->a % 2;

        tell_cursor(model, step->channel, ORACLE_SELF, kind,
                    model->worlds[step->channel].server[kind]);
    } else {
        tell_cursor(model, step->channel, some_member(step, step->a), step->c % 2, seq);
    }
}

static void run_snapshot(Model *model, const Step *step)
{
    const char *name = oracle_channel_names[step->channel];
    const World *world = &model->worlds[step->channel];
    ReceiptMember members[ORACLE_MEMBERS + 2];
    ReceiptSnapshot shot = {.members = members, .is_complete = step->a % 4 == 0};
    guint64 chance = step->b;
    g_autoptr(GString) words = g_string_new(NULL);

    if (step->a % 3 == 0)
        shot.last_seq = some_seq(model, step, step->c);
    if (step->a / 4 % 2 == 0) {
        shot.has_own = TRUE;
        shot.own_recv = world->server[RECEIPT_RECV];
        shot.own_read = step->a / 8 % 16 == 0 ? some_seq(model, step, step->c / 2)
                                              : world->server[RECEIPT_READ];
    }
    for (guint i = 0; step->a / 32 % 4 > 0 && i < G_N_ELEMENTS(members); i++) {
        guint32 top = model->oracle.channels[step->channel].last + 2;
        /* Everybody in turn, now and then one twice, and ourselves. */
        guint who = i < ORACLE_MEMBERS ? i : model_roll(&chance, ORACLE_MEMBERS + 1);

        if (model_roll(&chance, i < ORACLE_MEMBERS ? 2 : 6) > 0)
            continue;
        members[shot.n_members++] = (ReceiptMember){
            who < ORACLE_MEMBERS ? oracle_member_names[who] : "usrMe", model_roll(&chance, top),
            model_roll(&chance, top), model_roll(&chance, 5) > 0};
    }
    for (gsize i = 0; i < shot.n_members; i++)
        g_string_append_printf(words, ", %s %u/%u%s", members[i].member, members[i].recv,
                               members[i].read, members[i].can_read ? "" : " without the right");
    model_say(model, "snapshot %s last %u%s own %u/%u%s%s", name, shot.last_seq,
              shot.has_own ? "" : " no", shot.own_recv, shot.own_read, words->str,
              shot.is_complete ? ", complete" : "");
    model_enter(model);
    oracle_snapshot(&model->oracle, step->channel, &shot);
    INPUT(model, receipt_engine_snapshot(E, &shot));
}

static void run_member(Model *model, const Step *step)
{
    const char *name = oracle_channel_names[step->channel];
    int member = some_member(step, step->a);
    gboolean can_read = step->b % 3 > 0;

    model_say(model, "member %s %s %s", name, member_name(member), can_read ? "in" : "out");
    model_enter(model);
    oracle_member(&model->oracle, step->channel, member, can_read);
    INPUT(model, receipt_engine_member(E, member_name(member), can_read));
}

static void run_outcome(Model *model, const Step *step)
{
    ReceiptError error = RECEIPT_OK;

    if (model->asks->len == 0) {
        /* Nobody asks anything for as long as there is no link. */
        if (!model->is_up && step->a % 4 == 0)
            model_network(model, TRUE);
        return;
    }
    if (step->b % 100 < model->fail_percent)
        error = model_some_error(step->c);
    /* Mostly in the order of asking. */
    model_answer(model, step->a % 3 > 0 ? 0 : step->a / 3 % model->asks->len, error);
}

static void run_unknown_outcome(Model *model, const Step *step)
{
    model_say(model, "outcome of nothing");
    model_enter(model);
    model->n_unknown++;
    INPUT(model, receipt_engine_outcome(model->engine, model->now_ms, 0xfffff000u + step->a % 16,
                                        step->b % RECEIPT_N_ERRORS));
}

static void tick_at(Model *model, gint64 at_ms)
{
    model->now_ms = MAX(model->now_ms, at_ms);
    model_say(model, "tick");
    model_tick(model);
}

static void run_pass(Model *model, const Step *step)
{
    gint64 deadline_ms = model->deadline_ms, end_ms;
    gint64 minute_ms = model->lost_ms + model->options.grace_ms;

    switch (step->a % 12) {
    case 0: /* a moment before, then exactly */
        if (deadline_ms > 0)
            tick_at(model, deadline_ms - 1);
        G_GNUC_FALLTHROUGH;
    case 1:
    case 2:
    case 3:
        if (deadline_ms >= 0)
            tick_at(model, deadline_ms);
        break;
    case 4:
        if (deadline_ms >= 0)
            tick_at(model, deadline_ms + 1 + step->b % 50);
        break;
    case 5: /* a machine that slept */
        tick_at(model, model->now_ms + (gint64)step->b * 20);
        break;
    case 6: /* nobody calls in time: the next input finds out */
        model->now_ms += step->b % 8000;
        model_say(model, "time passes");
        break;
    case 7: /* the edges of the minute */
        if (!model->is_up && model->lost_ms >= 0)
            tick_at(model, minute_ms - step->b % 2);
        break;
    default: /* as it should be */
        end_ms = model->now_ms + (step->a % 12 < 10 ? step->b % 400 : step->b % 20000);
        for (guint i = 0; i < 50 && model->failure == NULL && model->deadline_ms >= 0 &&
                          model->depth == 0 && model->deadline_ms <= end_ms;
             i++)
            tick_at(model, model->deadline_ms);
        model->now_ms = MAX(model->now_ms, end_ms);
        break;
    }
    /* From inside a call the engine has to hear of it, or the rules look at another time. */
    if (model->is_inside)
        tick_at(model, model->now_ms);
}

void step_options(guint profile, ReceiptOptions *options)
{
    static const gint64 lingers[] = {5000, 5000, 0, 700};
    static const gint64 graces[] = {60000, 60000, 0, 3000};

    receipt_options_init(options);
    options->limit = 1 + profile % 4;
    options->is_background_warm = profile / 4 % 4 == 0;
    options->tells_delivered = profile / 16 % 4 > 0;
    options->linger_ms = lingers[profile / 64 % 4];
    options->grace_ms = graces[profile / 256 % 4];
    options->breaker_failures = 1 + profile / 1024 % 5;
    if (profile / 8192 % 4 == 0)
        options->confirm_ms = options->coalesce_ms = 0;
    if (profile / 32768 % 2 == 0)
        options->stable_ms = 500;
}

static void run_options(Model *model, const Step *step)
{
    ReceiptOptions options;

    step_options((guint)step->a ^ (guint)step->b << 8, &options);
    model_set_options(model, &options);
}

/* From inside one of the next calls: an input, or the end of this engine. */
static void nested(Model *model, gpointer data)
{
    Step step = *(const Step *)data;

    if (step.b % 32 == 0) {
        model_say(model, "free");
        model_free_engine(model);
        return;
    }
    if (step.op != OP_NEST)
        step_run(model, &step);
}

static void run_nest(Model *model, const Step *step)
{
    static const guint8 ops[] = {OP_SEEN,   OP_HANDED,  OP_ARRIVED, OP_CLOSED, OP_FOCUSED, OP_HOLD,
                                 OP_STORED, OP_NETWORK, OP_CURSOR,  OP_LOST,   OP_OUTCOME, OP_PASS};
    Step *inner = model->on_call_data;

    *inner = *step;
    inner->op = ops[step->a % G_N_ELEMENTS(ops)];
    inner->a = step->a / G_N_ELEMENTS(ops);
    model->on_call = nested;
    model->calls_until = step->c % 6;
}

static void run_muted(Model *model, const Step *step)
{
    const char *name = oracle_channel_names[step->channel];
    gboolean is_muted = step->a % 2;

    model_say(model, "muted %s %s", name, is_muted ? "yes" : "no");
    model_enter(model);
    model->worlds[step->channel].is_muted = is_muted;
    INPUT(model, receipt_engine_set_muted(E, is_muted));
}

void step_run(Model *model, const Step *step)
{
    model->touched = model->is_inside ? ORACLE_CHANNELS : step->channel;
    switch (step->op) {
    case OP_OPENED:
    case OP_FOCUSED:
    case OP_UNFOCUSED:
    case OP_CLOSED:
        run_view(model, step);
        break;
    case OP_APP:
        run_app(model, step);
        break;
    case OP_MUTED:
        run_muted(model, step);
        break;
    case OP_HOLD:
    case OP_RELEASE:
        run_hold(model, step);
        break;
    case OP_HANDED:
    case OP_DELETED:
        run_range(model, step);
        break;
    case OP_SEEN:
        run_seen(model, step);
        break;
    case OP_NEW:
    case OP_STORED:
    case OP_FAILED:
    case OP_MESSAGE_FORGET:
        run_message(model, step);
        break;
    case OP_ARRIVED:
        run_arrived(model, step);
        break;
    case OP_CURSOR:
    case OP_ECHO:
        run_cursor(model, step);
        break;
    case OP_SNAPSHOT:
        run_snapshot(model, step);
        break;
    case OP_MEMBER:
        run_member(model, step);
        break;
    case OP_LOST:
        model_lost(model, step->channel, model_some_error(step->a));
        break;
    case OP_FORGET:
        model_forget(model, step->channel);
        break;
    case OP_NETWORK:
        model_network(model, model->is_up ? step->a % 4 == 0 : step->a % 4 > 0);
        break;
    case OP_PASS:
        run_pass(model, step);
        break;
    case OP_OPTIONS:
        run_options(model, step);
        break;
    case OP_OUTCOME:
        run_outcome(model, step);
        break;
    case OP_UNKNOWN_OUTCOME:
        run_unknown_outcome(model, step);
        break;
    case OP_BEGIN:
        if (model->depth < 2)
            model_begin(model);
        break;
    case OP_END:
        model_end(model);
        break;
    case OP_RESTART:
        if (step->a % 2 == 0)
            model_restart(model);
        break;
    case OP_NEST:
        run_nest(model, step);
        break;
    default:
        break;
    }
}
