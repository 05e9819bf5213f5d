/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libpurple's event loop operations on GLib, as all its clients have them. Layer: tests
 * (purple-host).
 */
#ifndef TESTS_HOST_HOST_LOOP_H
#define TESTS_HOST_HOST_LOOP_H

#include <purple.h>

/* Constant, lives as long as the process. Timers and inputs run at the default priority. */
PurpleEventLoopUiOps *host_loop_ops(void);

/* What the main loop did between two polls, in real time, and of that in this thread's own. */
typedef struct {
    guint n;
    gint64 longest_us, longest_cpu_us;
} HostLoopTurns;

/* From now on turns are measured. Once, before the loop runs. */
void host_loop_init(void);
/* Those that have ended since the last call; the one that calls has not. */
HostLoopTurns host_loop_take_turns(void);
/* What a fixed piece of work costs here and now, in microseconds of this thread: turns are compared
 * with it, so that a slow or busy machine, or a sanitizer, changes both sides. */
gint64 host_loop_yardstick_us(void);

#endif
