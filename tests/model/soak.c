/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * soak [SECONDS]: simulated weeks with an unreliable link and server, each with its report; one
 * week, or as many as fit into so many real seconds. SOAK gives the first seed. Ends with 1 when a
 * rule was broken.
 */
#include <stdio.h>

#include "support-sim.h"

#define DAYS 7

static char *span(gint64 ms)
{
    gint64 seconds = ms / 1000;

    if (seconds < 120)
        return g_strdup_printf("%.1f s", (double)ms / 1000);
    if (seconds < 7200)
        return g_strdup_printf("%.1f min", (double)seconds / 60);
    return g_strdup_printf("%.1f h", (double)seconds / 3600);
}

static void report(const Sim *sim, double seconds)
{
    const SimCounts *n = &sim->counts;
    g_autofree char *owed = span(n->longest_owed_ms);
    const ReceiptMetrics *rest = &sim->rest;

    printf("seed        %" G_GUINT64_FORMAT "\n", sim->seed);
    printf("virtual     %d days, %d conversations; %" G_GUINT64_FORMAT " events, %" G_GUINT64_FORMAT
           " wake-ups, %" G_GUINT64_FORMAT " saves\n",
           DAYS, SIM_CHANNELS, n->events, n->ticks, n->saves);
    printf("messages    %" G_GUINT64_FORMAT " in, %" G_GUINT64_FORMAT " out, %" G_GUINT64_FORMAT
           " receipts of others\n",
           n->arrivals, n->posts, n->receipts);
    printf("trouble     %" G_GUINT64_FORMAT " outages, %" G_GUINT64_FORMAT
           " restarts, %" G_GUINT64_FORMAT " times thrown out, %" G_GUINT64_FORMAT
           " refusals (%" G_GUINT64_FORMAT " overload, %" G_GUINT64_FORMAT
           " time-outs), %" G_GUINT64_FORMAT " notes and %" G_GUINT64_FORMAT " news lost\n",
           n->outages, n->restarts, n->drops_by_server, n->refusals, n->overloads, n->timeouts,
           n->lost_notes, n->lost_news);
    printf("requests    %" G_GUINT64_FORMAT ", at most %u at a time; at most %u channels active\n",
           n->requests, n->requests_max, n->active_max);
    printf("cursors     %" G_GUINT64_FORMAT " sent, %" G_GUINT64_FORMAT
           " of them again after a refusal; longest owed %s; owed now %u\n",
           n->cursors, n->repeats, owed, rest->cursors_owed);
    printf("at rest     %u channels, %u messages known, %" G_GSIZE_FORMAT
           " KiB (at most %" G_GSIZE_FORMAT " KiB), timers armed %u\n",
           rest->channels, rest->messages, rest->bytes / 1024, n->bytes_max / 1024,
           rest->timers_armed);
    printf("real        %.2f s\n", seconds);
    printf("%s\n\n",
           sim->failure == NULL ? "every cursor arrived, every rule was kept" : sim->failure);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    const char *text = g_getenv("SOAK");
    guint64 seed = text != NULL && *text != '\0' ? g_ascii_strtoull(text, NULL, 0)
                                                 : (guint64)g_get_real_time();
    gint64 begin_us = g_get_monotonic_time(), now_us = begin_us;
    double limit = argc > 1 ? g_ascii_strtod(argv[1], NULL) : 0;
    guint n_weeks = 0;
    gboolean is_good = TRUE;

    do {
        Sim *sim = sim_new(seed++);
        gint64 start_us = now_us;

        is_good = sim_run(sim, DAYS);
        now_us = g_get_monotonic_time();
        report(sim, (double)(now_us - start_us) / G_USEC_PER_SEC);
        sim_free(sim);
        n_weeks++;
    } while (is_good && (double)(now_us - begin_us) / G_USEC_PER_SEC < limit);
    printf("%u weeks, %s\n", n_weeks, is_good ? "all good" : "the last one broke a rule");
    return is_good ? 0 : 1;
}
