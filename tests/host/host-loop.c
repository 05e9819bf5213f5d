/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libpurple's event loop operations on GLib. Layer: tests (purple-host).
 */
#include "host-loop.h"

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
