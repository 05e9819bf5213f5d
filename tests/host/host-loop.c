/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libpurple's event loop operations on GLib. Layer: tests (purple-host).
 */
#include "host-loop.h"

#include <time.h>

#include "host-clock.h"

typedef struct {
    PurpleInputFunction func;
    gpointer data;
} HostInputWatch;

static gboolean input_ready(GIOChannel *source, GIOCondition condition, gpointer data)
{
    HostInputWatch *watch = data;
    int purple_condition = 0;

    /* A hang-up or an error is told as readable and as writable: the reader finds out which. */
    if (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR))
        purple_condition |= PURPLE_INPUT_READ;
    if (condition & (G_IO_OUT | G_IO_HUP | G_IO_ERR | G_IO_NVAL))
        purple_condition |= PURPLE_INPUT_WRITE;
    watch->func(watch->data, g_io_channel_unix_get_fd(source), purple_condition);
    return TRUE;
}

static guint input_add(int fd, PurpleInputCondition condition, PurpleInputFunction func,
                       gpointer data)
{
    HostInputWatch *watch = g_new0(HostInputWatch, 1);
    GIOChannel *channel = g_io_channel_unix_new(fd);
    GIOCondition wanted = 0;
    guint id;

    watch->func = func;
    watch->data = data;
    if (condition & PURPLE_INPUT_READ)
        wanted |= G_IO_IN | G_IO_HUP | G_IO_ERR;
    if (condition & PURPLE_INPUT_WRITE)
        wanted |= G_IO_OUT | G_IO_HUP | G_IO_ERR | G_IO_NVAL;
    id = g_io_add_watch_full(channel, G_PRIORITY_DEFAULT, wanted, input_ready, watch, g_free);
    g_io_channel_unref(channel);
    return id;
}

static PurpleEventLoopUiOps loop_ops = {
    .timeout_add = host_clock_add,
    .timeout_remove = host_clock_remove,
    .input_add = input_add,
    .input_remove = g_source_remove,
    .timeout_add_seconds = host_clock_add_seconds,
};

PurpleEventLoopUiOps *host_loop_ops(void)
{
    return &loop_ops;
}

/* Turns -----------------------------------------------------------------------------------------*/

typedef struct {
    gint64 wall_us, cpu_us;
} Instant;

static HostLoopTurns turns;
static Instant woke; /* 0: not yet */

static gint64 read_clock(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (gint64)now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

/* A turn is what happens between two polls. */
static gint poll_between_turns(GPollFD *fds, guint n_fds, gint timeout)
{
    gint n;

    if (woke.wall_us != 0) {
        turns.n++;
        turns.longest_us = MAX(turns.longest_us, read_clock(CLOCK_MONOTONIC) - woke.wall_us);
        turns.longest_cpu_us =
            MAX(turns.longest_cpu_us, read_clock(CLOCK_THREAD_CPUTIME_ID) - woke.cpu_us);
    }
    n = g_poll(fds, n_fds, timeout);
    woke.wall_us = read_clock(CLOCK_MONOTONIC);
    woke.cpu_us = read_clock(CLOCK_THREAD_CPUTIME_ID);
    return n;
}

void host_loop_init(void)
{
    g_main_context_set_poll_func(NULL, poll_between_turns);
}

HostLoopTurns host_loop_take_turns(void)
{
    const HostLoopTurns taken = turns;

    turns = (HostLoopTurns){0};
    return taken;
}

/* Allocation, formatting and hashing, as libpurple and the plugin spend their time. */
static gint64 measure_once(void)
{
    const gint64 begin_us = read_clock(CLOCK_THREAD_CPUTIME_ID);
    GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    for (guint i = 0; i < 2000; i++)
        g_hash_table_replace(table, g_strdup_printf("usr%u", i), g_strdup_printf("Name %u", i));
    g_hash_table_destroy(table);
    return read_clock(CLOCK_THREAD_CPUTIME_ID) - begin_us;
}

gint64 host_loop_yardstick_us(void)
{
    gint64 most_us = 1;

    for (guint i = 0; i < 5; i++)
        most_us = MAX(most_us, measure_once());
    /* This is no work of the turn that asks. */
    woke.wall_us = read_clock(CLOCK_MONOTONIC);
    woke.cpu_us = read_clock(CLOCK_THREAD_CPUTIME_ID);
    return most_us;
}
