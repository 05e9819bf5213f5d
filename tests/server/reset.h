/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Forgotten passwords (tests/server): codes that were sent to an address, and whom they let in. */
#ifndef LOOPBACK_RESET_H
#define LOOPBACK_RESET_H

#include "room.h"

/* The code of every address, here and for addresses that are to be confirmed. */
#define RESET_CODE "123456"

/* {login scheme="reset"}. */
void reset_begin(Request *request);

/* Whom tmpscheme and tmpsecret of {acc} let in, once; after three wrong codes nobody. NULL: nobody,
 * which is answered. */
User *reset_user(Request *request);

#endif
