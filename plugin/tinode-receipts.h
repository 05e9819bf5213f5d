/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-receipts.h: the bridge between the receipt engine and the rest: the engine's requests
 * become session requests, its observations become signals and lines, its state goes to the store.
 */
#ifndef TINODE_RECEIPTS_H
#define TINODE_RECEIPTS_H

#include "tinode-account.h"

G_BEGIN_DECLS

/* The engine's ports, all served by this account. */
void tinode_receipts_ports(TinodeAccount *ta, ReceiptPorts *ports);

G_END_DECLS

#endif
