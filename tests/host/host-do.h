/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands, by concern: tables for host_input_init(), each ended by a NULL name, and what they
 * share. Layer: tests (purple-host). README.md says what each command does.
 */
#ifndef TESTS_HOST_HOST_DO_H
#define TESTS_HOST_HOST_DO_H

#include <purple.h>

#include "host-input.h"

extern const HostCommand host_do_account_commands[];
extern const HostCommand host_do_conv_commands[];
extern const HostCommand host_do_file_commands[];
extern const HostCommand host_do_list_commands[];
extern const HostCommand host_do_misc_commands[];

/*
 * The account named by "account"; *error is set (newly allocated) and NULL returned when there is
 * none, or, for the second, when it is not connected.
 */
PurpleAccount *host_do_account(json_t *in, char **error);
PurpleAccount *host_do_online_account(json_t *in, char **error);

/* The open conversation of "account" and "name", IM or chat; *error as above. */
PurpleConversation *host_do_conv(json_t *in, char **error);

#endif
