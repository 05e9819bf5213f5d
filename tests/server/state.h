/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole state of the server as JSON (tests/server), for tests. The form is in README.md. */
#ifndef LOOPBACK_STATE_H
#define LOOPBACK_STATE_H

#include <jansson.h>

/* New reference. */
json_t *state_make(void);

#endif
