/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Room lists and file transfers: `result` of the `rooms` command, `xfer` events. Layer: tests
 * (purple-host).
 */
#ifndef TESTS_HOST_HOST_LISTS_H
#define TESTS_HOST_HOST_LISTS_H

#include <purple.h>

PurpleRoomlistUiOps *host_roomlist_ops(void);
PurpleXferUiOps *host_xfer_ops(void);

/* Asks for the account's rooms; told by a `result` when complete. NULL, or an error. */
char *host_lists_rooms(PurpleAccount *account);

#endif
