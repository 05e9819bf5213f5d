/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What libpurple shows in dialogs of its own: `notify` events. Nothing stays open, so nothing is
 * to be closed. Layer: tests (purple-host).
 */
#ifndef TESTS_HOST_HOST_NOTIFY_H
#define TESTS_HOST_HOST_NOTIFY_H

#include <purple.h>

PurpleNotifyUiOps *host_notify_ops(void);

#endif
