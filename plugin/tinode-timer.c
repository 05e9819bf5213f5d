/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-timer.c: a deadline as a libpurple timeout. */
#include "tinode-timer.h"

#include <eventloop.h>

/* Longer waits are cut: the deadline is asked again when the cut one fires. */
#define MAX_WAIT_MS (24 * 60 * 60 * 1000)

struct _TinodeTimer {
    TinodeTimerFunc func;
    gpointer user_data;
    gint64 at_ms;
    guint source;
};

gint64 tinode_now_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

TinodeTimer *tinode_timer_new(TinodeTimerFunc func, gpointer user_data)
{
    TinodeTimer *timer = g_new0(TinodeTimer, 1);

    timer->func = func;
    timer->user_data = user_data;
    timer->at_ms = -1;
    return timer;
}

void tinode_timer_free(TinodeTimer *timer)
{
    if (timer == NULL)
        return;
    if (timer->source != 0)
        purple_timeout_remove(timer->source);
    g_free(timer);
}

static void arm(TinodeTimer *timer);

static gboolean on_timeout(gpointer data)
{
    TinodeTimer *timer = data;

    timer->source = 0;
    if (timer->at_ms > tinode_now_ms()) {
        arm(timer);
    } else {
        timer->at_ms = -1;
        timer->func(timer->user_data); /* may free the timer */
    }
    return FALSE;
}

static void arm(TinodeTimer *timer)
{
    /* Asked once: CLAMP() evaluates more than once, and the clock may move in between. */
    const gint64 wait_ms = timer->at_ms - tinode_now_ms();

    timer->source = purple_timeout_add((guint)CLAMP(wait_ms, 0, MAX_WAIT_MS), on_timeout, timer);
}

void tinode_timer_set(TinodeTimer *timer, gint64 at_ms)
{
    if (timer->source != 0 && timer->at_ms == at_ms)
        return;
    if (timer->source != 0)
        purple_timeout_remove(timer->source);
    timer->source = 0;
    timer->at_ms = at_ms;
    if (at_ms >= 0)
        arm(timer);
}

gboolean tinode_timer_is_armed(const TinodeTimer *timer)
{
    return timer->source != 0;
}
