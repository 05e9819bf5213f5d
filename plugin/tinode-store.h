/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-store.h: what survives a restart: two small files per account in the user's directory,
 * tinode/<account>.state (the engine's) and tinode/<account>.texts (own messages that the server
 * does not have yet, and only until it has them). Both 0600, replaced atomically: after a call
 * returns a kill loses nothing; the system's own write-back makes it safe against power loss within
 * seconds. A file that cannot be read is set aside as <name>.damaged-<n>, never deleted, and the
 * user is told.
 */
#ifndef TINODE_STORE_H
#define TINODE_STORE_H

#include "tinode-account.h"

G_BEGIN_DECLS

TinodeStore *tinode_store_new(TinodeAccount *ta) G_GNUC_WARN_UNUSED_RESULT;
/* Writes what is still to be written. */
void tinode_store_free(TinodeStore *store);

/* Give the engine its state, and the outboxes their texts. Nothing there is no error; what cannot
 * be used is set aside and told through the connection's account. */
void tinode_store_load(TinodeStore *store);
/* Nothing is kept of this account any more: both files go, and nothing more is written. */
void tinode_store_forget(TinodeStore *store);
/* Written before it returns. A full disk is told once per sign-in, and tried again at the next
 * change. */
void tinode_store_save_state(TinodeStore *store, GBytes *state);
/* What waits in the outboxes changed: written before it returns. */
void tinode_store_texts_changed(TinodeStore *store);

G_END_DECLS

#endif
