/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ticks-log.c: lines of JSON for tests. */
#include "ticks-log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static FILE *file;
static guint watch;
static gint64 last_us;

#define TURN_MS  5
#define STALL_MS 20

/* Seen from inside the loop: how long it was since the last turn. */
static gboolean on_turn(gpointer data)
{
    const gint64 now_us = g_get_monotonic_time();
    const gint64 late_ms = (now_us - last_us) / 1000 - TURN_MS;

    (void)data;
    if (last_us > 0 && late_ms >= STALL_MS) {
        g_autofree char *ms = g_strdup_printf("%" G_GINT64_FORMAT, late_ms);

        ticks_log("stall", "ms", ms, NULL);
    }
    last_us = g_get_monotonic_time();
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
    ticks_log("loaded", NULL);
}

void ticks_log_close(void)
{
    if (file == NULL)
        return;
    ticks_log("unloaded", NULL);
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

void ticks_log(const char *ev, ...)
{
    const char *key;
    va_list args;

    if (file == NULL)
        return;
    fprintf(file, "{\"ev\":");
    write_string(ev);
    va_start(args, ev);
    while ((key = va_arg(args, const char *)) != NULL) {
        const char *value = va_arg(args, const char *);

        if (value == NULL)
            continue;
        putc(',', file);
        write_string(key);
        putc(':', file);
        write_string(value);
    }
    va_end(args);
    fprintf(file, "}\n");
    fflush(file);
}
