/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-status.h: being seen online, or not. A Tinode server knows online and offline only; away
 * and idle stay here, where they decide what counts as seen. Invisible withdraws presence from the
 * own topic: contacts see us offline, and nothing of them or of new messages is told to us any
 * more, so that the list of conversations has to be asked for now and then.
 */
#ifndef TINODE_STATUS_H
#define TINODE_STATUS_H

#include "tinode-account.h"

G_BEGIN_DECLS

TinodeStatus *tinode_status_new(TinodeAccount *ta) G_GNUC_WARN_UNUSED_RESULT;
void tinode_status_quiet(TinodeStatus *status);
void tinode_status_free(TinodeStatus *status);
guint tinode_status_timers(const TinodeStatus *status);

/* Own rights to the own topic, as told. */
void tinode_status_mode(TinodeAccount *ta, const TnAcs *acs);
/* A row of a conversation came: what is newer than it is asked for next time. */
void tinode_status_row(TinodeAccount *ta, const TnRow *row);
/* Signed in, or back after a lost link. */
void tinode_status_up(TinodeAccount *ta);
void tinode_status_down(TinodeAccount *ta);

/* libpurple's. */
GList *tinode_status_types(PurpleAccount *account);
void tinode_set_status(PurpleAccount *account, PurpleStatus *status);
void tinode_set_idle(PurpleConnection *gc, int seconds);

G_END_DECLS

#endif
