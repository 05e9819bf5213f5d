/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What libpurple shows in dialogs of its own: `notify` events. Nothing stays open, so nothing is
 * to be closed. Layer: tests (purple-host).
 */
#ifndef TESTS_HOST_HOST_NOTIFY_H
#define TESTS_HOST_HOST_NOTIFY_H

#include <purple.h>

PurpleNotifyUiOps *host_notify_ops(void);
void host_notify_uninit(void);

/* A button of the newest window with results, for a row of it. FALSE: there is none. */
gboolean host_notify_press(PurpleConnection *gc, const char *name, guint row);

#endif
