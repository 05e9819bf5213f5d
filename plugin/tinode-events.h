/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-events.h: what the session tells, passed on: to the receipt engine, to the topics, to
 * libpurple. One small function per event.
 */
#ifndef TINODE_EVENTS_H
#define TINODE_EVENTS_H

#include "tinode-account.h"

G_BEGIN_DECLS

/* The session's events; user_data is the TinodeAccount. Static. */
const TnSessionEvents *tinode_events(void);

G_END_DECLS

#endif
