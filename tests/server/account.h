/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Login, tokens, accounts, credentials (tests/server). Wire facts, section 2. */
#ifndef LOOPBACK_ACCOUNT_H
#define LOOPBACK_ACCOUNT_H

#include "room.h"

/* From now on new accounts need an e-mail address, confirmed with the code 123456. */
void account_require_email(void);

/* reqCred of {hi}. New reference. */
json_t *account_required(void);
/* Whether a method stands in it. */
gboolean account_requires(const char *method);

/* {login}, {acc}, {del what="user"}. */
void account_login(Request *request);
void account_acc(Request *request);
void account_delete_user(Request *request);

/* {set me cred}, {del what="cred"}. */
void account_set_cred(Room *room, Request *request);
void account_delete_cred(Room *room, Request *request);

/* Whom a token (base64, standard or URL-safe alphabet) belongs to. On failure NULL and *code: 400
 * or 401. */
User *account_by_token(const char *token, int *code);

/* Whom login:password in base64 belongs to; the same. */
User *account_by_password(const char *secret, int *code);

#endif
