/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server's virtual clock and its timers (tests/server). One GSource stands for the earliest
 * timer. */
#include "clock.h"

#include <string.h>

#define STAMP_LEAD_MS 2000

typedef struct {
    guint id;
    gint64 due_ms;
    ClockFunc fn;
    gpointer data;
} Timer;

static double clock_speed = 1.0;
static gint64 base_ms;
static gint64 base_mono_us;
static gint64 last_stamp_ms;
static GList *timers;
static guint next_id = 1;
static guint source_id;

void clock_init(double speed)
{
    clock_speed = speed < 1.0 ? 1.0 : speed;
    base_ms = g_get_real_time() / 1000;
    base_mono_us = g_get_monotonic_time();
}

gint64 clock_now_ms(void)
{
    double passed_us = (double)(g_get_monotonic_time() - base_mono_us) * clock_speed;

    return base_ms + (gint64)(passed_us / 1000.0);
}

gint64 clock_stamp_ms(void)
{
    gint64 now = clock_now_ms();

    if (now > last_stamp_ms)
        last_stamp_ms = now;
    else if (last_stamp_ms - now < STAMP_LEAD_MS)
        last_stamp_ms++;
    return last_stamp_ms;
}

static gint compare_due(gconstpointer a, gconstpointer b)
{
    const Timer *x = a;
    const Timer *y = b;

    if (x->due_ms != y->due_ms)
        return x->due_ms < y->due_ms ? -1 : 1;
    return x->id < y->id ? -1 : 1;
}

static void fire_due(gint64 until_ms)
{
    while (timers != NULL) {
        Timer *timer = timers->data;

        if (timer->due_ms > until_ms)
            return;
        timers = g_list_delete_link(timers, timers);
        timer->fn(timer->data);
        g_free(timer);
    }
}

static void rearm(void);

static gboolean on_source(gpointer data)
{
    (void)data;
    source_id = 0;
    fire_due(clock_now_ms());
    rearm();
    return G_SOURCE_REMOVE;
}

static void rearm(void)
{
    Timer *first;
    double wait_ms;

    if (source_id != 0)
        g_source_remove(source_id);
    source_id = 0;
    if (timers == NULL)
        return;
    first = timers->data;
    wait_ms = (double)(first->due_ms - clock_now_ms()) / clock_speed;
    source_id = g_timeout_add(wait_ms < 1.0 ? 1 : (guint)wait_ms + 1, on_source, NULL);
}

void clock_advance(gint64 ms)
{
    gint64 target = clock_now_ms() + ms;

    while (timers != NULL) {
        Timer *first = timers->data;
        gint64 ahead = first->due_ms - clock_now_ms();

        if (first->due_ms > target)
            break;
        if (ahead > 0)
            base_ms += ahead;
        fire_due(first->due_ms);
    }
    if (target > clock_now_ms())
        base_ms += target - clock_now_ms();
    rearm();
}

guint clock_after(gint64 ms, ClockFunc fn, gpointer data)
{
    Timer *timer = g_new0(Timer, 1);

    timer->id = next_id++;
    timer->due_ms = clock_now_ms() + ms;
    timer->fn = fn;
    timer->data = data;
    timers = g_list_insert_sorted(timers, timer, compare_due);
    rearm();
    return timer->id;
}

void clock_cancel(guint *id)
{
    if (*id == 0)
        return;
    for (GList *link = timers; link != NULL; link = link->next) {
        Timer *timer = link->data;

        if (timer->id == *id) {
            timers = g_list_delete_link(timers, link);
            g_free(timer);
            break;
        }
    }
    *id = 0;
    rearm();
}

void clock_shutdown(void)
{
    g_list_free_full(timers, g_free);
    timers = NULL;
    rearm();
}

char *clock_format(gint64 ms)
{
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(ms / 1000);
    g_autofree char *whole = g_date_time_format(when, "%Y-%m-%dT%H:%M:%S");
    char fraction[8];

    if (ms % 1000 == 0)
        return g_strconcat(whole, "Z", NULL);
    g_snprintf(fraction, sizeof fraction, "%03d", (int)(ms % 1000));
    for (gsize n = strlen(fraction); n > 0 && fraction[n - 1] == '0'; n--)
        fraction[n - 1] = '\0';
    return g_strconcat(whole, ".", fraction, "Z", NULL);
}

gboolean clock_parse(const char *text, gint64 *ms)
{
    g_autoptr(GDateTime) when = g_date_time_new_from_iso8601(text, NULL);

    if (when == NULL)
        return FALSE;
    /* GLib keeps the seconds as a double, which may read .123 as .122999. */
    *ms = g_date_time_to_unix(when) * 1000 + (g_date_time_get_microsecond(when) + 500) / 1000;
    return TRUE;
}
