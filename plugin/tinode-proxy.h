/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-proxy.h: the account's proxy setting, as libpurple understands it (the account's own, the
 * client's, the desktop's, the environment's), for everything that connects. A connection that
 * should go through a proxy goes through it or fails: never around it.
 */
#ifndef TINODE_PROXY_H
#define TINODE_PROXY_H

#include <account.h>

#include "protocol/tn-dialer.h"

G_BEGIN_DECLS

/* account is borrowed: it must live as long as anything is dialed. */
void tinode_proxy_dialer(PurpleAccount *account, TnDialer *dialer);

G_END_DECLS

#endif
