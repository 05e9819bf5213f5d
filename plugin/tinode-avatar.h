/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-avatar.h: photos of contacts and groups in the buddy list, and one's own. What is known
 * already is neither fetched nor set again; a group's icon that the user has chosen stays.
 */
#ifndef TINODE_AVATAR_H
#define TINODE_AVATAR_H

#include <prpl.h>

#include "tinode-topic.h"

G_BEGIN_DECLS

/* What icons libpurple shall make of what the user chooses. */
#define TINODE_ICON_SPEC                                                                           \
    {                                                                                              \
        (char *)"png,jpeg,gif", 32, 32, 512, 512, 262144, PURPLE_ICON_SCALE_SEND                   \
    }

/* A card was told: keep its photo until it is shown. TRUE if it is another one than before. */
gboolean tinode_avatar_told(TinodeTopic *topic, const TnCard *card);
/* The topic is in the buddy list: show what was told. */
void tinode_avatar_update(TinodeTopic *topic);
void tinode_avatar_forget(TinodeTopic *topic);

/* libpurple's callback: publish this as our own photo; NULL: none. */
void tinode_set_buddy_icon(PurpleConnection *gc, PurpleStoredImage *image);
/* The account closes. */
void tinode_avatar_close(TinodeAccount *ta);

G_END_DECLS

#endif
