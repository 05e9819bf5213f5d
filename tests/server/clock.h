/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server's clock (tests/server): a virtual wall clock that can run fast or be pushed forward,
 * and the timers that hang on it. Delays of the server itself (unloading of topics, user agent
 * changes) use it, so that a test need not wait for them. */
#ifndef LOOPBACK_CLOCK_H
#define LOOPBACK_CLOCK_H

#include <glib.h>

typedef void (*ClockFunc)(gpointer data);

/* Starts the clock at the real time. `speed` virtual seconds pass in a real one (1 or more). */
void clock_init(double speed);

/* Forgets all timers. */
void clock_shutdown(void);

/* Virtual time, milliseconds since 1970. */
gint64 clock_now_ms(void);

/* The same, but no two calls give the same value: what was changed by a later request is later.
 * It runs ahead of the clock by two seconds at most. */
gint64 clock_stamp_ms(void);

/* Pushes the clock forward; timers that fall due fire before it returns, in order, each at its
 * time. */
void clock_advance(gint64 ms);

/* Calls fn(data) once, `ms` virtual milliseconds from now, from the main loop or clock_advance().
 * Returns an id, never 0. */
guint clock_after(gint64 ms, ClockFunc fn, gpointer data);

/* Cancels the timer *id, if any, and sets it to 0. */
void clock_cancel(guint *id);

/* A time as Go writes it: RFC 3339, UTC, trailing zeros of the fraction left out. Caller frees. */
char *clock_format(gint64 ms);

/* The reverse, for the times that clients send. FALSE: not a time. */
gboolean clock_parse(const char *text, gint64 *ms);

#endif
