/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-credentials.h: what stands between a person and the account: codes that confirm an
 * address, new accounts, another password.
 */
#ifndef TINODE_CREDENTIALS_H
#define TINODE_CREDENTIALS_H

#include "tinode-account.h"

G_BEGIN_DECLS

/* Events of the session; user_data is the TinodeAccount. */
void tinode_credentials_ask(TnQuestion question, const char *method, gboolean is_again,
                            gpointer user_data);
void tinode_credentials_created(gpointer user_data);
/* The connection ends with a reason after which no client tries by itself: that would be a login to
 * an account that does not exist. */
void tinode_credentials_not_created(TinodeAccount *ta, const TnFailure *why);
/* Takes back a question that is open. */
void tinode_credentials_close(TinodeAccount *ta);

/* libpurple's change_passwd. */
void tinode_change_password(PurpleConnection *gc, const char *old_password,
                            const char *new_password);

G_END_DECLS

#endif
