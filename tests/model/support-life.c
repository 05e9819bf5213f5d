/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making, running and shortening lives, see support-steps.h. */
#include "support-steps.h"

/* How often each comes, in a life that has all of them. */
static const guint8 weights[N_OPS] = {
    [OP_OPENED] = 3,   [OP_FOCUSED] = 8,  [OP_UNFOCUSED] = 5,
    [OP_CLOSED] = 3,   [OP_APP] = 2,      [OP_MUTED] = 1,
    [OP_HOLD] = 5,     [OP_RELEASE] = 5,  [OP_HANDED] = 14,
    [OP_SEEN] = 12,    [OP_NEW] = 6,      [OP_STORED] = 4,
    [OP_FAILED] = 2,   [OP_CURSOR] = 12,  [OP_MESSAGE_FORGET] = 2,
    [OP_ARRIVED] = 16, [OP_ECHO] = 8,     [OP_SNAPSHOT] = 8,
    [OP_MEMBER] = 4,   [OP_DELETED] = 3,  [OP_LOST] = 2,
    [OP_FORGET] = 1,   [OP_NETWORK] = 3,  [OP_PASS] = 36,
    [OP_OPTIONS] = 1,  [OP_OUTCOME] = 60, [OP_UNKNOWN_OUTCOME] = 1,
    [OP_BEGIN] = 2,    [OP_END] = 4,      [OP_RESTART] = 1,
    [OP_NEST] = 3,
};

Life *life_new(guint64 seed, guint n_steps)
{
    Life *life = g_new0(Life, 1);
    guint64 state = seed;
    guint mine[N_OPS], sum = 0, first, n_channels;

    life->seed = model_random(&state);
    life->profile = model_roll(&state, 1u << 16);
    life->has_new_link = model_roll(&state, 2);
    life->steps = g_array_sized_new(FALSE, FALSE, sizeof(Step), n_steps);
    /* The fewer conversations, the further each of them gets. */
    n_channels = 1 + model_roll(&state, ORACLE_CHANNELS);
    first = model_roll(&state, ORACLE_CHANNELS - n_channels + 1);
    /* Lives without this or with much of that go deeper than lives with a bit of everything. */
    for (guint op = 0; op < N_OPS; op++) {
        static const guint8 factors[] = {0, 1, 2, 2, 2, 6};
        guint factor = factors[model_roll(&state, G_N_ELEMENTS(factors))];

        if (factor == 0 && (op == OP_PASS || op == OP_OUTCOME || op == OP_ARRIVED))
            factor = 1;
        mine[op] = weights[op] * factor;
        sum += mine[op];
    }
    for (guint i = 0; i < n_steps; i++) {
        guint64 r = model_random(&state);
        guint pick = model_roll(&state, sum), op = 0;
        Step step;

        for (; pick >= mine[op]; op++)
            pick -= mine[op];
        step = (Step){(guint8)op, (guint8)(first + (r >> 48) % n_channels), (guint16)r,
                      (guint16)(r >> 16), (guint16)(r >> 32)};
        g_array_append_val(life->steps, step);
    }
    return life;
}

void life_free(Life *life)
{
    g_array_unref(life->steps);
    g_free(life);
}

LifeResult life_run(const Life *life, gboolean with_log, LifeMeddle meddle)
{
    LifeResult result = {0};
    ReceiptOptions options;
    Step inner = {0};
    Model model;

    step_options(life->profile, &options);
    model_init(&model, life->seed, &options);
    model.on_call_data = &inner;
    model.fail_percent = life->profile / 7 % 5 * 15;
    model.oblige_percent = life->profile / 35 % 3 == 0 ? 50 : 0;
    if (with_log)
        model.log = g_string_new(NULL);
    model_set_options(&model, &options);
    model_network(&model, TRUE);
    for (guint i = 0; i < life->steps->len && model.failure == NULL; i++) {
        step_run(&model, &g_array_index(life->steps, Step, i));
        if (meddle != NULL)
            meddle(&model);
    }
    result.n_inputs = model.n_inputs;
    if (model.failure == NULL)
        model_wind_down(&model, life->has_new_link);
    result.n_sent = model.n_sent;
    result.n_lives = model.n_lives;
    result.failure = g_steal_pointer(&model.failure);
    result.rule = model.rule;
    if (with_log)
        result.log = g_strdup(model.log->str);
    model_clear(&model);
    return result;
}

void life_result_clear(LifeResult *result)
{
    g_clear_pointer(&result->failure, g_free);
    g_clear_pointer(&result->log, g_free);
}

static gboolean still_fails(const Life *life, const char *rule, LifeMeddle meddle)
{
    LifeResult result = life_run(life, FALSE, meddle);
    gboolean fails = result.failure != NULL && result.rule == rule;

    life_result_clear(&result);
    return fails;
}

/* One walk that takes out `size` steps wherever the rule stays broken without them. */
static gboolean shrink_by(Life *life, guint size, const char *rule, LifeMeddle meddle,
                          guint *n_runs)
{
    gboolean has_shrunk = FALSE;

    for (guint at = 0; at < life->steps->len;) {
        GArray *whole = life->steps;

        life->steps = g_array_copy(whole);
        g_array_remove_range(life->steps, at, MIN(size, whole->len - at));
        *n_runs += 1;
        if (still_fails(life, rule, meddle)) {
            g_array_unref(whole);
            has_shrunk = TRUE;
        } else {
            g_array_unref(life->steps);
            life->steps = whole;
            /* Small ones at every place: two steps may need each other. */
            at += size > 2 ? size : 1;
        }
    }
    return has_shrunk;
}

guint life_shrink(Life *life, const char *rule, LifeMeddle meddle)
{
    guint n_runs = 0;

    for (guint size = life->steps->len / 2; size > 2; size /= 2)
        shrink_by(life, size, rule, meddle, &n_runs);
    while (shrink_by(life, 1, rule, meddle, &n_runs) || shrink_by(life, 2, rule, meddle, &n_runs))
        ;
    return n_runs;
}
