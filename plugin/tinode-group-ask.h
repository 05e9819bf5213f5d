/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-group-ask.h: the question before a group is left or deleted. */
#ifndef TINODE_GROUP_ASK_H
#define TINODE_GROUP_ASK_H

#include "tinode-rights.h"

G_BEGIN_DECLS

/* LEAVE or DELETE, once the user says yes. Refusals are told. */
void tinode_group_ask(TinodeTopic *topic, TinodeDeed deed);

G_END_DECLS

#endif
