/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-reset.h: a forgotten password. The client says that it is wrong and asks for another in
 * its own ways; beside that, the person can have a code sent to an address of the account and set a
 * new password with it. There is no connection of the account meanwhile: what is asked belongs to
 * the account and ends with it.
 */
#ifndef TINODE_RESET_H
#define TINODE_RESET_H

#include <account.h>

G_BEGIN_DECLS

/* The server did not take the account's password. Asks once until the account is signed in: who has
 * declined is not asked after each typing error. Nothing where the client has no dialogs for it, or
 * the account signs in by a token. */
void tinode_reset_offer(PurpleAccount *account);

/* The account is signed in, its password is known: whatever is asked or under way is taken back. */
void tinode_reset_forget(PurpleAccount *account);

/* The same for all accounts, when the plugin is unloaded. */
void tinode_reset_uninit(void);

G_END_DECLS

#endif
