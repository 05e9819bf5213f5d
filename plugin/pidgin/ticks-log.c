/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ticks-log.c: lines of JSON for tests. */
#include "ticks-log.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

static FILE *file;
static guint watch;
static gint64 last_us, last_busy_us;

#define TURN_MS  5
#define STALL_MS 20

/* What this process has worked so far: on a machine that others share, the clock says little. */
static gint64 busy_us(void)
{
    struct timespec spent;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return (gint64)spent.tv_sec * G_USEC_PER_SEC + spent.tv_nsec / 1000;
}

/* Seen from inside the loop: how long it was since the last turn. */
static gboolean on_turn(gpointer data)
{
    const gint64 late_ms = (g_get_monotonic_time() - last_us) / 1000 - TURN_MS;
    const gint64 busy_ms = (busy_us() - last_busy_us) / 1000;

    (void)data;
    if (last_us > 0 && (late_ms >= STALL_MS || busy_ms >= STALL_MS)) {
        g_autofree char *ms = g_strdup_printf("%" G_GINT64_FORMAT, late_ms);
        g_autofree char *busy = g_strdup_printf("%" G_GINT64_FORMAT, busy_ms);

        ticks_log("stall", "ms", ms, "busy", busy);
    }
    last_us = g_get_monotonic_time();
    last_busy_us = busy_us();
    return TRUE;
}

void ticks_log_open(void)
{
    const char *path = g_getenv("TINODE_TICKS_LOG");

    if (path == NULL || file != NULL)
        return;
    file = fopen(path, "ae");
    if (file == NULL) {
        g_printerr("TINODE_TICKS_LOG: %s: %s\n", path, g_strerror(errno));
        return;
    }
    if (g_getenv("TINODE_TICKS_LOG_STALLS") != NULL)
        watch = g_timeout_add(TURN_MS, on_turn, NULL);
    ticks_log("loaded");
}

void ticks_log_close(void)
{
    if (file == NULL)
        return;
    ticks_log("unloaded");
    if (watch != 0)
        g_source_remove(watch);
    watch = 0;
    fclose(file);
    file = NULL;
}

gboolean ticks_log_is_on(void)
{
    return file != NULL;
}

gboolean ticks_log_is_brief(void)
{
    return watch != 0;
}

static void write_string(const char *text)
{
    putc('"', file);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            fprintf(file, "\\%c", *c);
        else if ((guchar)*c < 0x20)
            fprintf(file, "\\u%04x", (guint)(guchar)*c);
        else
            putc(*c, file);
    }
    putc('"', file);
}

void ticks_log_words(const char *const *words, gsize n_words)
{
    if (file == NULL)
        return;
    fprintf(file, "{\"ev\":");
    write_string(words[0]);
    for (gsize i = 1; i + 1 < n_words; i += 2) {
        if (words[i + 1] == NULL)
            continue;
        putc(',', file);
        write_string(words[i]);
        putc(':', file);
        write_string(words[i + 1]);
    }
    fprintf(file, "}\n");
    fflush(file);
}
