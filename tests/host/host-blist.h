/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The buddy list: `buddy` and `chat` events when something that a person sees there changes.
 * Layer: tests (purple-host).
 */
#ifndef TESTS_HOST_HOST_BLIST_H
#define TESTS_HOST_HOST_BLIST_H

#include <jansson.h>
#include <purple.h>

PurpleBlistUiOps *host_blist_ops(void);
void host_blist_init(void);
void host_blist_uninit(void);

/* The account's buddies, and its chats: arrays of what the events hold. The caller owns them. */
json_t *host_blist_buddies(PurpleAccount *account);
json_t *host_blist_chats(PurpleAccount *account);

#endif
