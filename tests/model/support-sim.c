/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clock and the queue of a simulated week, and its rules at the end; see support-sim.h. */
#include "support-sim.h"

#include <math.h>
#include <string.h>

#include "support-model.h"

#define DAY_MS (24 * 3600 * (gint64)1000)

guint sim_roll(Sim *sim, guint below)
{
    return model_roll(&sim->chance, below);
}

gboolean sim_chance(Sim *sim, guint percent)
{
    return sim_roll(sim, 100) < percent;
}

/* Times between independent things: many short ones, a few long ones. */
gint64 sim_about(Sim *sim, gint64 mean_ms)
{
    double share =
        (double)(model_random(&sim->chance) >> 11) / (double)(G_GUINT64_CONSTANT(1) << 53);

    return 1 + (gint64)(-log(1.0 - share) * (double)mean_ms);
}

void sim_fail(Sim *sim, const char *format, ...)
{
    va_list args;
    g_autofree char *what = NULL;

    if (sim->failure != NULL)
        return;
    va_start(args, format);
    what = g_strdup_vprintf(format, args);
    va_end(args);
    sim->failure = g_strdup_printf("SOAK=%" G_GUINT64_FORMAT ", at %" G_GINT64_FORMAT " ms: %s",
                                   sim->seed, sim->now_ms, what);
}

gboolean sim_is_day(const Sim *sim)
{
    gint64 hour = sim->now_ms % DAY_MS / 3600000;

    return hour >= 7 && hour < 23;
}

guint sim_index(const Sim *sim, const char *name)
{
    for (guint i = 0; i < SIM_CHANNELS; i++) {
        if (strcmp(sim->topics[i].name, name) == 0)
            return i;
    }
    g_assert_not_reached();
}

/* The queue ------------------------------------------------------------------------------------ */

static SimEvent *at(Sim *sim, guint index)
{
    return &g_array_index(sim->queue, SimEvent, index);
}

static gboolean is_sooner(const SimEvent *a, const SimEvent *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void swap(Sim *sim, guint a, guint b)
{
    SimEvent event = *at(sim, a);

    *at(sim, a) = *at(sim, b);
    *at(sim, b) = event;
}

static void push(Sim *sim, SimEvent event)
{
    guint index = sim->queue->len;

    g_array_append_val(sim->queue, event);
    for (; index > 0 && is_sooner(at(sim, index), at(sim, (index - 1) / 2));
         index = (index - 1) / 2)
        swap(sim, index, (index - 1) / 2);
}

static SimEvent pop(Sim *sim)
{
    SimEvent first = *at(sim, 0);
    guint index = 0;

    swap(sim, 0, sim->queue->len - 1);
    g_array_set_size(sim->queue, sim->queue->len - 1);
    for (;;) {
        guint best = index;

        for (guint child = 2 * index + 1; child <= 2 * index + 2; child++) {
            if (child < sim->queue->len && is_sooner(at(sim, child), at(sim, best)))
                best = child;
        }
        if (best == index)
            return first;
        swap(sim, index, best);
        index = best;
    }
}

void sim_at(Sim *sim, gint64 after_ms, SimFunc run, guint channel, guint32 a, guint32 b)
{
    push(sim, (SimEvent){sim->now_ms + after_ms, ++sim->last_order, run, channel, a, b, 0, 0});
}

void sim_at_link(Sim *sim, gint64 after_ms, SimFunc run, guint channel, guint32 a, guint32 b)
{
    push(sim, (SimEvent){sim->now_ms + after_ms, ++sim->last_order, run, channel, a, b, sim->link,
                         sim->life});
}

/* What comes first: the next event, or the engine's deadline. */
static void step(Sim *sim)
{
    SimEvent event;

    if (sim->deadline_ms >= 0 && (sim->queue->len == 0 || sim->deadline_ms <= at(sim, 0)->at_ms)) {
        sim->now_ms = MAX(sim->now_ms, sim->deadline_ms);
        sim->counts.ticks++;
        receipt_engine_tick(sim->engine, sim->now_ms);
        if (sim->deadline_ms >= 0 && sim->deadline_ms <= sim->now_ms)
            sim_fail(sim, "the deadline stands still");
        sim_client_check(sim, SIM_CHANNELS);
        return;
    }
    event = pop(sim);
    sim->now_ms = MAX(sim->now_ms, event.at_ms);
    if ((event.link != 0 && (event.link != sim->link || !sim->is_up)) ||
        (event.life != 0 && event.life != sim->life))
        return;
    sim->counts.events++;
    event.run(sim, &event);
}

/* The week ------------------------------------------------------------------------------------- */

Sim *sim_new(guint64 seed)
{
    Sim *sim = g_new0(Sim, 1);

    sim->seed = sim->chance = seed;
    sim->now_ms = 8 * 3600 * (gint64)1000; /* a morning */
    sim->queue = g_array_new(FALSE, FALSE, sizeof(SimEvent));
    sim->requests = g_array_new(FALSE, FALSE, sizeof(SimRequest));
    sim->posts = g_ptr_array_new_with_free_func(g_free);
    sim->focused = -1;
    sim->deadline_ms = -1;
    for (guint i = 0; i < SIM_CHANNELS; i++) {
        gboolean is_group = i % 4 == 3;
        SimTopic *topic = &sim->topics[i];

        topic->name = g_strdup_printf("%s%02u", is_group ? "grp" : "usr", i);
        topic->n_members = is_group ? 2 + sim_roll(sim, SIM_MEMBERS - 1) : 1;
        topic->last = sim_roll(sim, 200);
        topic->own[RECEIPT_RECV] = topic->own[RECEIPT_READ] = topic->last;
        topic->pace_ms = (gint64)(10 + sim_roll(sim, 600)) * 60000;
        sim->views[i].may_tell = i % 10 != 5;
        sim->views[i].owed_since[0] = sim->views[i].owed_since[1] = -1;
    }
    return sim;
}

void sim_free(Sim *sim)
{
    receipt_engine_free(sim->engine);
    for (guint i = 0; i < SIM_CHANNELS; i++)
        g_free(sim->topics[i].name);
    g_clear_pointer(&sim->saved, g_bytes_unref);
    g_array_unref(sim->queue);
    g_array_unref(sim->requests);
    g_ptr_array_unref(sim->posts);
    g_free(sim->failure);
    g_free(sim);
}

static void run_until(Sim *sim, gint64 end_ms)
{
    while (sim->failure == NULL && (sim->queue->len > 0 || sim->deadline_ms >= 0) &&
           (sim->queue->len == 0 ||
            MIN(at(sim, 0)->at_ms, sim->deadline_ms < 0 ? G_MAXINT64 : sim->deadline_ms) <= end_ms))
        step(sim);
    sim->now_ms = MAX(sim->now_ms, end_ms);
}

/* Everything arrived, everything is known, nothing is armed. */
static void check_end(Sim *sim)
{
    for (guint i = 0; i < SIM_CHANNELS && sim->failure == NULL; i++) {
        const SimTopic *topic = &sim->topics[i];
        const SimView *view = &sim->views[i];

        for (guint kind = RECEIPT_RECV; kind <= RECEIPT_READ; kind++) {
            guint32 owed = receipt_engine_owed(sim->engine, topic->name, kind);

            if (owed > 0)
                sim_fail(sim, "%s still owes %s %u", topic->name, receipt_kind_name(kind), owed);
        }
        if (topic->own[RECEIPT_READ] < view->told)
            sim_fail(sim, "%s: %u was seen and may be told, the server has %u", topic->name,
                     view->told, topic->own[RECEIPT_READ]);
        if (topic->own[RECEIPT_RECV] < topic->last)
            sim_fail(sim, "%s: %u came, the server has recv %u", topic->name, topic->last,
                     topic->own[RECEIPT_RECV]);
        if (receipt_engine_unread(sim->engine, topic->name) > 0)
            sim_fail(sim, "%s: all was seen, %u are unread", topic->name,
                     receipt_engine_unread(sim->engine, topic->name));
        if (topic->is_attached)
            sim_fail(sim, "%s stays attached", topic->name);
    }
    for (guint i = 0; i < sim->posts->len && sim->failure == NULL; i++) {
        const SimPost *post = g_ptr_array_index(sim->posts, i);
        ReceiptMessage message;

        if (!receipt_engine_message(sim->engine, sim->topics[post->channel].name, post->id,
                                    &message))
            continue; /* settled in an earlier life, or long ago */
        if (message.state != RECEIPT_MESSAGE_READ)
            sim_fail(sim, "%s %s is %s %u/%u/%u, and all have read it",
                     sim->topics[post->channel].name, post->id,
                     receipt_message_state_name(message.state), message.delivered, message.read,
                     message.members);
    }
    receipt_engine_metrics(sim->engine, &sim->rest);
    if (sim->deadline_ms >= 0 || sim->rest.timers_armed != 0)
        sim_fail(sim, "a deadline is left at %" G_GINT64_FORMAT, sim->deadline_ms);
    if (sim->rest.active != 0 || sim->requests->len != 0)
        sim_fail(sim, "%u active, %u requests open at rest", sim->rest.active, sim->requests->len);
    if (sim->rest.cursors_owed != 0)
        sim_fail(sim, "%u cursors owed by the metrics", sim->rest.cursors_owed);
}

/* What is left behind by channels that were left. */
static void check_memory(Sim *sim, gsize before)
{
    ReceiptMetrics metrics;

    for (guint i = 0; i < SIM_CHANNELS; i++)
        receipt_engine_forget(sim->engine, sim->now_ms, sim->topics[i].name);
    receipt_engine_metrics(sim->engine, &metrics);
    if (metrics.bytes != before || metrics.channels != 0 || sim->deadline_ms >= 0)
        sim_fail(sim,
                 "%" G_GSIZE_FORMAT
                 " bytes and %u channels are left, it began with %" G_GSIZE_FORMAT,
                 metrics.bytes, metrics.channels, before);
}

gboolean sim_run(Sim *sim, gint64 days)
{
    ReceiptMetrics fresh;

    sim->end_ms = sim->now_ms + days * DAY_MS;
    sim_client_start(sim);
    receipt_engine_metrics(sim->engine, &fresh);
    sim_server_start(sim);
    run_until(sim, sim->end_ms);

    /* Nobody writes any more, link and server behave; one new connection for what was given up. */
    sim->is_calm = TRUE;
    sim_link_down(sim);
    sim_link_up(sim);
    run_until(sim, sim->now_ms + 3600000);
    sim->is_awake = TRUE;
    receipt_engine_app_active(sim->engine, sim->now_ms, TRUE);
    for (guint i = 0; i < SIM_CHANNELS && sim->failure == NULL; i++) {
        sim_client_look(sim, i);
        run_until(sim, sim->now_ms + 20000);
    }
    sim_client_calm(sim);
    run_until(sim, sim->now_ms + 60000);
    sim_server_all_read(sim);
    sim_link_down(sim);
    sim_link_up(sim);
    run_until(sim, sim->now_ms + 3600000);
    if (sim->failure == NULL)
        check_end(sim);
    if (sim->failure == NULL)
        check_memory(sim, fresh.bytes);
    return sim->failure == NULL;
}
