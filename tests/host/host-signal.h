/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin's own signals and calls: every signal becomes a `signal` event, the `ipc` command
 * calls. Layer: tests (purple-host).
 */
#ifndef TESTS_HOST_HOST_SIGNAL_H
#define TESTS_HOST_HOST_SIGNAL_H

#include <jansson.h>
#include <purple.h>

/* Connects to the signals of the plugins under test; after they were probed. */
void host_signal_init(void);
/* After libpurple has stopped, which drops the signals. */
void host_signal_uninit(void);

/*
 * Runs purple_plugin_ipc_call() on the account's protocol plugin. Arguments: the account, then
 * "name", then the strings of "args", as many as the call was registered with. Emits a `result`
 * with "value"; the text of a call named …-json is parsed. NULL, or a newly allocated error.
 */
char *host_signal_ipc(json_t *in, PurpleAccount *account);

#endif
