/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-events.h: what the session tells, passed on: to the receipt engine, to the topics, to
 * libpurple. One small function per event.
 */
#ifndef TINODE_EVENTS_H
#define TINODE_EVENTS_H

#include "tinode-topic.h"

G_BEGIN_DECLS

/* The session's events; user_data is the TinodeAccount. Static. */
const TnSessionEvents *tinode_events(void);

/* Ask for the row of a conversation on me: what changed there comes as {meta}. */
void tinode_events_fetch_row(TinodeAccount *ta, const char *name);

/* A conversation is over for us: messages fail, what was owed is dropped, chat and list entry go.
 */
void tinode_events_forget(TinodeTopic *topic);

G_END_DECLS

#endif
