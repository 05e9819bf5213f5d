/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-stranger.h: somebody writes for the first time, and the account's rules want to be asked:
 * accept, ignore, or block. Where no question is needed messages just come.
 */
#ifndef TINODE_STRANGER_H
#define TINODE_STRANGER_H

#include "tinode-topic.h"

G_BEGIN_DECLS

/* Ask about this conversation if it has to be asked about and was not since sign-in. */
void tinode_stranger_check(TinodeTopic *topic);

G_END_DECLS

#endif
