/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's clock: the monotonic time that libpurple's timers and the plugin see, which a test can
 * push forward. Layer: tests (purple-host).
 *
 * g_get_monotonic_time() of this program (and, since it is exported, of the modules that it loads)
 * is the real clock plus what was pushed. GLib itself keeps the real one.
 */
#ifndef TESTS_HOST_HOST_CLOCK_H
#define TESTS_HOST_HOST_CLOCK_H

#include <glib.h>

/* Timers for libpurple's event loop: as g_timeout_add() and g_source_remove(), on this clock.
 * Timers run in the order of their times, at GLib's default priority. */
guint host_clock_add(guint interval_ms, GSourceFunc func, gpointer data);
guint host_clock_add_seconds(guint interval_s, GSourceFunc func, gpointer data);
gboolean host_clock_remove(guint id);

/*
 * Lets ms milliseconds pass, in steps: each timer fires at its time, and between steps the main
 * loop runs until the network has been quiet for a moment, so that an answer that a real server
 * gives at once comes before the next timer. done is called once, from the main loop; one at a
 * time.
 */
void host_clock_advance(guint ms, void (*done)(gpointer data), gpointer data);

/* At the end: every timer that is left is dropped. */
void host_clock_uninit(void);

#endif
