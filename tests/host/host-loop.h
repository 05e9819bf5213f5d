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

#endif
