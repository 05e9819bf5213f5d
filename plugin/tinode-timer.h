/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-timer.h: one deadline on the client's event loop, and the monotonic clock that goes with
 * it. The engine and the session each own one; both tell a time, not an interval.
 */
#ifndef TINODE_TIMER_H
#define TINODE_TIMER_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct _TinodeTimer TinodeTimer;
typedef void (*TinodeTimerFunc)(gpointer user_data);

/* Milliseconds of the monotonic clock; the only clock that the engine and the session are told. */
gint64 tinode_now_ms(void);

/* func is called from the main loop, never from tinode_timer_set(). Returns: (transfer full). */
TinodeTimer *tinode_timer_new(TinodeTimerFunc func, gpointer user_data) G_GNUC_WARN_UNUSED_RESULT;
/* Cancels. Safe inside func. NULL is ignored. */
void tinode_timer_free(TinodeTimer *timer);
/* Fire once at at_ms (tinode_now_ms() clock), at once if that is past; -1 cancels. */
void tinode_timer_set(TinodeTimer *timer, gint64 at_ms);
gboolean tinode_timer_is_armed(const TinodeTimer *timer);

G_END_DECLS

#endif
