/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-rights.h: what may be done in a group, and why not, in words. The own access mode is asked
 * first, so that most refusals are explained without asking the server; what the server refuses all
 * the same is explained from its answer. Pure, but for translation.
 */
#ifndef TINODE_RIGHTS_H
#define TINODE_RIGHTS_H

#include "tinode-topic.h"

G_BEGIN_DECLS

typedef enum {
    TINODE_DEED_WRITE,
    TINODE_DEED_TOPIC,
    TINODE_DEED_RENAME,
    TINODE_DEED_INVITE,
    TINODE_DEED_KICK,
    TINODE_DEED_BAN,
    TINODE_DEED_UNBAN,
    TINODE_DEED_ROLE,
    TINODE_DEED_LEAVE,
    TINODE_DEED_DELETE,
    TINODE_DEED_ACCEPT, /* take rights that somebody gave us */
    TINODE_DEED_CREATE,
} TinodeDeed;

/* The sentence that says which right is missing, NULL if none is, or our rights are not known.
 * Static; plain text. */
const char *tinode_rights_lacking(const TinodeTopic *topic, TinodeDeed deed);
/* Why the server did not do it. topic: NULL where there is none yet. whom: the name of the person
 * it was about, NULL. Plain text, (transfer full). */
char *tinode_rights_refused(const TinodeTopic *topic, TinodeDeed deed, const TnReply *reply,
                            const char *whom);
/* Why a group cannot be joined that we may not attach to. Static; plain text. */
const char *tinode_rights_blocked(const TinodeTopic *topic);

/* What a member is called for these rights, as libpurple's flags. is_moderated: not everybody may
 * write, so that those who may are marked. */
PurpleConvChatBuddyFlags tinode_rights_flags(guint mode, gboolean is_moderated);

G_END_DECLS

#endif
