/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The person at the keyboard: how long ago the last input was, as libpurple's idle machinery asks
 * for it. Until told otherwise somebody is there all the time. Layer: tests (purple-host).
 */
#ifndef TESTS_HOST_HOST_IDLE_H
#define TESTS_HOST_HOST_IDLE_H

#include <purple.h>

/* NULL in BitlBee, which has no such operation. */
PurpleIdleUiOps *host_idle_ops(void);

/* Somebody is there, all the time: the idle time is 0 from now on. libpurple looks at once. */
void host_idle_present(void);

/*
 * The last input was `seconds` ago and none has come since; the idle time grows from here.
 * libpurple looks at once, and makes the accounts idle and away by its own rules.
 */
void host_idle_since(int seconds);

/* Longer than libpurple waits before it makes the accounts idle and away. Seconds. */
int host_idle_enough(void);

/* A key was pressed: after host_idle_since() the last input is now; libpurple is told too. */
void host_idle_touch(void);

#endif
