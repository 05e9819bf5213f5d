/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A clock that can be pushed, and timers on it. Layer: tests (purple-host).
 */
#include "host-clock.h"

#include <time.h>

/* No step is longer, so that an answer on its way is not overtaken by a deadline of many seconds.
 */
#define STEP_MS 250
/* So long nothing may happen before the next step: a server on this machine answers in less. */
#define QUIET_MS 4

typedef struct {
    guint id;
    gint64 due_us;
    guint interval_ms;
    GSourceFunc func;
    gpointer data;
} Timer;

static gint64 pushed_us;
static GQueue timers = G_QUEUE_INIT; /* by time, then by age */
static guint last_id;
static guint running_id; /* the timer whose function runs; 0 when it removed itself */
static guint source;     /* the real one, for the first timer */
static guint step_source;
static gint64 target_us;
static void (*advance_done)(gpointer data);
static gpointer advance_data;

/* Visible to the modules that are loaded: they bind to this one. */
__attribute__((visibility("default"))) gint64 g_get_monotonic_time(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (gint64)now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000 + pushed_us;
}

static gint compare(gconstpointer a, gconstpointer b, gpointer data G_GNUC_UNUSED)
{
    const Timer *one = a, *two = b;

    return one->due_us < two->due_us ? -1 : one->due_us > two->due_us;
}

static void arm(void);

static void insert(Timer *timer)
{
    GList *link = timers.head;

    /* Behind those of the same time. */
    while (link != NULL && compare(link->data, timer, NULL) <= 0)
        link = link->next;
    g_queue_insert_before(&timers, link, timer);
    arm();
}

static void run_first(void)
{
    Timer *timer = g_queue_pop_head(&timers);
    gboolean again;

    running_id = timer->id;
    again = timer->func(timer->data);
    if (again && running_id == timer->id) {
        timer->due_us = MAX(timer->due_us + (gint64)timer->interval_ms * 1000, timer->due_us + 1);
        insert(timer);
    } else {
        g_free(timer);
    }
    running_id = 0;
}

static gboolean run_due(gpointer data G_GNUC_UNUSED)
{
    const gint64 now_us = g_get_monotonic_time();
    Timer *first;

    source = 0;
    /* One a turn, as GLib's own: what it sets going is served before the next. */
    first = g_queue_peek_head(&timers);
    if (first != NULL && first->due_us <= now_us)
        run_first();
    arm();
    return G_SOURCE_REMOVE;
}

static void arm(void)
{
    Timer *first = g_queue_peek_head(&timers);
    gint64 wait_us;

    g_clear_handle_id(&source, g_source_remove);
    if (first == NULL)
        return;
    wait_us = MAX(0, first->due_us - g_get_monotonic_time());
    source = g_timeout_add((guint)((wait_us + 999) / 1000), run_due, NULL);
}

guint host_clock_add(guint interval_ms, GSourceFunc func, gpointer data)
{
    Timer *timer = g_new0(Timer, 1);
    const guint id = ++last_id;

    timer->id = id;
    timer->interval_ms = interval_ms;
    timer->due_us = g_get_monotonic_time() + (gint64)interval_ms * 1000;
    timer->func = func;
    timer->data = data;
    insert(timer);
    return id;
}

guint host_clock_add_seconds(guint interval_s, GSourceFunc func, gpointer data)
{
    return host_clock_add(interval_s * 1000, func, data);
}

gboolean host_clock_remove(guint id)
{
    if (id == running_id && id != 0) {
        running_id = 0;
        return TRUE;
    }
    for (GList *link = timers.head; link != NULL; link = link->next) {
        Timer *timer = link->data;

        if (timer->id != id)
            continue;
        g_queue_delete_link(&timers, link);
        g_free(timer);
        arm();
        return TRUE;
    }
    return FALSE;
}

static gboolean on_step(gpointer data G_GNUC_UNUSED)
{
    const gint64 now_us = g_get_monotonic_time();
    Timer *first = g_queue_peek_head(&timers);
    gint64 next_us = MIN(now_us + STEP_MS * 1000, target_us);

    if (first != NULL && first->due_us <= now_us)
        return G_SOURCE_CONTINUE; /* it runs first */
    if (now_us >= target_us) {
        step_source = 0;
        advance_done(advance_data);
        return G_SOURCE_REMOVE;
    }
    if (first != NULL)
        next_us = MIN(next_us, first->due_us);
    pushed_us += MAX(0, next_us - now_us);
    arm();
    return G_SOURCE_CONTINUE;
}

void host_clock_advance(guint ms, void (*done)(gpointer data), gpointer data)
{
    g_return_if_fail(step_source == 0);
    target_us = g_get_monotonic_time() + (gint64)ms * 1000;
    advance_done = done;
    advance_data = data;
    /* Low priority: sockets and timers that are ready come first. */
    step_source = g_timeout_add_full(G_PRIORITY_LOW, QUIET_MS, on_step, NULL, NULL);
}

void host_clock_uninit(void)
{
    g_clear_handle_id(&source, g_source_remove);
    g_clear_handle_id(&step_source, g_source_remove);
    g_queue_clear_full(&timers, g_free);
}
