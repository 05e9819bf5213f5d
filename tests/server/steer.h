/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steering (tests/server): one JSON line on stdin is one order. The list is in README.md. */
#ifndef LOOPBACK_STEER_H
#define LOOPBACK_STEER_H

#include <glib.h>

/* Does what a line says; answers on stdout where there is something to answer, or {"error":…}. */
void steer_line(const char *line);

/* Called for {"do":"shutdown"}: the program's end. */
void steer_set_quit(void (*quit)(void));

#endif
