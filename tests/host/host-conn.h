/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections as the client treats them: `connected` and `disconnected` events, signing in again
 * after a passing error when asked for, chats marked and joined again, BitlBee's clearing up.
 * Layer: tests (purple-host).
 */
#ifndef TESTS_HOST_HOST_CONN_H
#define TESTS_HOST_HOST_CONN_H

#include <purple.h>

PurpleConnectionUiOps *host_conn_ops(void);

/* Connects to libpurple's connection signals; after purple_core_init(). */
void host_conn_init(void);
/* Before libpurple stops: nothing signs in again from here on. */
void host_conn_stop(void);
/* After it stopped. */
void host_conn_uninit(void);

/* Forgets a pending automatic sign-in of the account. */
void host_conn_forget_reconnect(PurpleAccount *account);

#endif
