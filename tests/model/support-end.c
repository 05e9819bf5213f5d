/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a life of the model ends: everything is answered and let go, and nothing may be left. */
#include "support-model.h"

#include "receipts/receipt-engine-private.h"

#include "support-rules.h"

/* A server that answers everything, and shows what it has. */
static void serve(Model *model)
{
    while (model->asks->len > 0 && model->failure == NULL) {
        Ask ask = g_array_index(model->asks, Ask, 0);

        if (!ask.is_void && ask.kind == ASK_SNAPSHOT) {
            const World *world = &model->worlds[ask.channel];
            ReceiptSnapshot shot = {.has_own = TRUE,
                                    .own_recv = world->server[RECEIPT_RECV],
                                    .own_read = world->server[RECEIPT_READ]};

            model_say(model, "snapshot %s own %u/%u", oracle_channel_names[ask.channel],
                      shot.own_recv, shot.own_read);
            model_enter(model);
            oracle_snapshot(&model->oracle, ask.channel, &shot);
            MODEL_CALL(model, receipt_engine_snapshot(model->engine, model->now_ms,
                                                      oracle_channel_names[ask.channel], &shot));
            model_leave(model);
        }
        model_answer(model, 0, RECEIPT_OK);
    }
}

static void settle(Model *model)
{
    for (guint turn = 0; turn < 400 && model->failure == NULL; turn++) {
        serve(model);
        if (model->deadline_ms < 0)
            return;
        model->now_ms = MAX(model->now_ms, model->deadline_ms);
        model_say(model, "tick");
        model_tick(model);
    }
    if (model->failure == NULL)
        model_fail(model, "all comes to rest", "a deadline is left at %" G_GINT64_FORMAT,
                   model->deadline_ms);
}

static void let_go(Model *model, guint channel)
{
    const char *name = oracle_channel_names[channel];
    World *world = &model->worlds[channel];

    model_say(model, "close %s, release all", name);
    model_enter(model);
    world->is_open = world->is_focused = world->is_muted = FALSE;
    model_view_moved(model);
    MODEL_CALL(model, receipt_engine_closed(model->engine, model->now_ms, name));
    MODEL_CALL(model, receipt_engine_set_muted(model->engine, model->now_ms, name, FALSE));
    for (guint hold = 0; hold < 2; hold++) {
        for (; world->n_holds[hold] > 0; world->n_holds[hold]--)
            MODEL_CALL(model, receipt_engine_release(model->engine, model->now_ms, name, hold));
    }
    model_leave(model);
}

void model_wind_down(Model *model, gboolean has_new_link)
{
    ReceiptMetrics metrics;
    gsize bytes;

    model->calls_until = -1;
    model->oblige_percent = 0;
    model->has_new_link = has_new_link;
    model->touched = ORACLE_CHANNELS;
    while (model->depth > 0)
        model_end(model);
    if (has_new_link && model->is_up)
        model_network(model, FALSE);
    if (!model->is_up)
        model_network(model, TRUE);
    for (guint i = 0; i < ORACLE_CHANNELS && model->failure == NULL; i++)
        let_go(model, i);
    settle(model);
    if (model->failure == NULL)
        rules_at_rest(model);

    for (guint i = 0; i < ORACLE_CHANNELS && model->failure == NULL; i++)
        model_forget(model, i);
    settle(model);
    if (model->failure != NULL)
        return;
    receipt_engine_metrics(model->engine, &metrics);
    bytes = metrics.bytes;
    if (metrics.channels != 0 || metrics.messages != 0 || metrics.members != 0)
        model_fail(model, "nothing is kept of what was forgotten", "%u channels", metrics.channels);
    if (bytes != sizeof(ReceiptEngine))
        model_fail(model, "memory returns to where it began", "%" G_GSIZE_FORMAT, bytes);
    if (metrics.timers_armed != 0)
        model_fail(model, "nothing is armed when idle", "at the end");
}
