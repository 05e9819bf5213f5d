/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * purple-host: the real libpurple without a display, steered by JSON lines, with the focus
 * behaviour of Pidgin, Finch or BitlBee. Layer: tests. This header holds what all its files share:
 * which client is played, and the options of the command line. tests/host/README.md describes the
 * lines in and out.
 */
#ifndef TESTS_HOST_HOST_H
#define TESTS_HOST_HOST_H

#include <glib.h>
#include <purple.h>

/* The client whose habits are reproduced. */
typedef enum {
    HOST_PIDGIN,
    HOST_FINCH,
    HOST_BITLBEE,
} HostUi;

/* One for the process, filled by main() before libpurple starts, constant from then on. */
typedef struct {
    HostUi ui;
    char *dir;        /* the libpurple user directory */
    char *plugins;    /* where the protocol plugins under test lie */
    int reconnect_ms; /* sign in again this long after a passing error; -1: never */
    gboolean trace;   /* `trace` events: may be switched while running */
    GMainLoop *loop;
} Host;

extern Host host;

/*
 * Asks the program to end in order: the main loop stops at its next turn. May be called from
 * anywhere in the loop, and more than once.
 */
void host_quit(void);

#endif
