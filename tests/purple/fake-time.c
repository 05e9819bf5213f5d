/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-time.c: clocks, timers and chance. GLib's own functions of the same names are interposed by
 * these definitions for everything that is linked into the test. */
#include "fake.h"

#include <eventloop.h>

/* 2026-01-02 03:04:05 UTC */
#define START_REAL_MS      G_GINT64_CONSTANT(1767323045000)
#define START_MONOTONIC_MS 1000000
/* A timer that is armed anew at once would spin a real loop. */
#define MAX_FIRED 100000

typedef struct {
    guint id;
    gint64 at_ms;
    guint every_ms;
    GSourceFunc func;
    gpointer data;
    gboolean is_running, is_removed;
} Timer;

static GList *timers; /* by time, then by arming */
static guint last_id;
static gint64 now_ms = START_MONOTONIC_MS;
static gint64 cost_us; /* what each look at the clock costs */
static gint64 spent_us;
static double chance = 0.5;
static guint32 last_random;

gint64 fake_now_ms(void)
{
    return now_ms - START_MONOTONIC_MS;
}

void fake_set_cost(gint64 us)
{
    cost_us = us;
}

gint64 g_get_monotonic_time(void)
{
    spent_us += cost_us;
    now_ms += spent_us / 1000;
    spent_us %= 1000;
    return now_ms * 1000;
}

gint64 g_get_real_time(void)
{
    return (now_ms - START_MONOTONIC_MS + START_REAL_MS) * 1000;
}

GDateTime *g_date_time_new_now_local(void)
{
    return g_date_time_new_from_unix_local(g_get_real_time() / G_USEC_PER_SEC);
}

double g_random_double(void)
{
    return chance;
}

guint32 g_random_int(void)
{
    return ++last_random;
}

void fake_set_chance(double value)
{
    chance = value;
}

static gint by_time(gconstpointer a, gconstpointer b)
{
    const Timer *first = a, *second = b;

    if (first->at_ms != second->at_ms)
        return first->at_ms < second->at_ms ? -1 : 1;
    return first->id < second->id ? -1 : 1;
}

static guint add(guint interval_ms, GSourceFunc func, gpointer data)
{
    Timer *timer = g_new0(Timer, 1);

    timer->id = ++last_id;
    timer->at_ms = now_ms + interval_ms;
    timer->every_ms = interval_ms;
    timer->func = func;
    timer->data = data;
    timers = g_list_insert_sorted(timers, timer, by_time);
    return timer->id;
}

guint purple_timeout_add(guint interval_ms, GSourceFunc func, gpointer data)
{
    return add(interval_ms, func, data);
}

guint purple_timeout_add_seconds(guint seconds, GSourceFunc func, gpointer data)
{
    return add(seconds * 1000, func, data);
}

gboolean purple_timeout_remove(guint id)
{
    for (GList *link = timers; link != NULL; link = link->next) {
        Timer *timer = link->data;

        if (timer->id != id || timer->is_removed)
            continue;
        timer->is_removed = TRUE;
        if (!timer->is_running) {
            timers = g_list_delete_link(timers, link);
            g_free(timer);
        }
        return TRUE;
    }
    fake_fail("timer %u is removed, but it is not armed", id);
}

static void fire(Timer *timer)
{
    gboolean goes_on;

    timer->is_running = TRUE;
    goes_on = timer->func(timer->data);
    timer->is_running = FALSE;
    timers = g_list_remove(timers, timer);
    if (!goes_on || timer->is_removed) {
        g_free(timer);
        return;
    }
    timer->at_ms = now_ms + timer->every_ms;
    timers = g_list_insert_sorted(timers, timer, by_time);
}

/* Not one that runs further up on the stack. */
static Timer *next_until(gint64 until_ms)
{
    for (GList *link = timers; link != NULL; link = link->next) {
        Timer *timer = link->data;

        if (timer->at_ms > until_ms)
            return NULL;
        if (!timer->is_running)
            return timer;
    }
    return NULL;
}

void fake_advance(gint64 ms)
{
    const gint64 until_ms = now_ms + ms;
    guint n_fired = 0;
    Timer *timer;

    while ((timer = next_until(until_ms)) != NULL) {
        if (++n_fired > MAX_FIRED)
            fake_fail("timers fire without end");
        now_ms = MAX(now_ms, timer->at_ms);
        fire(timer);
    }
    now_ms = MAX(now_ms, until_ms);
}

void fake_turn(void)
{
    fake_advance(0);
    fake_serve_inputs();
}

void fake_fire_next(void)
{
    Timer *timer = next_until(G_MAXINT64);

    if (timer == NULL)
        return;
    now_ms = MAX(now_ms, timer->at_ms);
    fire(timer);
}

gboolean fake_is_due(void)
{
    return next_until(now_ms) != NULL;
}

guint fake_timers(void)
{
    return g_list_length(timers);
}

void fake_time_reset(void)
{
    now_ms = START_MONOTONIC_MS;
    cost_us = spent_us = 0;
    chance = 0.5;
}

void fake_time_check(void)
{
    const guint left = g_list_length(timers);

    g_list_free_full(g_steal_pointer(&timers), g_free);
    if (left > 0)
        fake_fail("%u timers are left over", left);
}
