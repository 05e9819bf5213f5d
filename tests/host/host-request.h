/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions to the person: `request` events, answered by the `answer` command, and `request-closed`
 * when libpurple takes one back. Authorisation questions of accounts are requests too. Layer: tests
 * (purple-host).
 */
#ifndef TESTS_HOST_HOST_REQUEST_H
#define TESTS_HOST_HOST_REQUEST_H

#include <jansson.h>
#include <purple.h>

PurpleRequestUiOps *host_request_ops(void);
PurpleAccountUiOps *host_request_account_ops(void);

/*
 * Answers the newest open question, or the one with "id": "text" is the input, the label or index
 * of a button or choice, the first field, or a file name; "fields" sets fields by their ids;
 * "cancel" cancels. Callbacks run before it returns. NULL, or a newly allocated error.
 */
char *host_request_answer(json_t *in);

/* Drops what is still open; no callback is called. After libpurple has stopped. */
void host_request_uninit(void);

#endif
