/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-hidden.h: groups that the user took off the buddy list without leaving them. They stay off
 * it, over sign-ins too, until they are joined again. Kept in the account's settings.
 */
#ifndef TINODE_HIDDEN_H
#define TINODE_HIDDEN_H

#include "tinode-topic.h"

G_BEGIN_DECLS

/* What the client removes is noticed from here on, until tinode_im_disconnect(). */
void tinode_hidden_connect(TinodeAccount *ta);

gboolean tinode_hidden_is(const TinodeTopic *topic);
/* It is wanted again, or gone. */
void tinode_hidden_forget(TinodeTopic *topic);

G_END_DECLS

#endif
