/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-deletions.h: messages that were shown and do not exist any more, and deleting own ones.
 *
 * What the server says of deletions is no proof: it keeps messages that are older than its limit,
 * and names them as deleted all the same. So the messages that were shown are asked for once more,
 * and only those that do not come are told as deleted, in one line.
 */
#ifndef TINODE_DELETIONS_H
#define TINODE_DELETIONS_H

#include "tinode-known.h"
#include "tinode-topic.h"

G_BEGIN_DECLS

/* The server says that these were deleted; who: by whom, NULL: not told. */
void tinode_deletions_told(TinodeTopic *topic, const TnRange *ranges, gsize n_ranges,
                           const char *who);
/* History brought seq: it exists. TRUE: it was asked for here and was handed on long ago. */
gboolean tinode_deletions_came(TinodeTopic *topic, guint32 seq);

/* Delete an own message with all its versions, for everybody where the server lets us. The outcome
 * is a line in the conversation. Needs an attached topic. */
void tinode_deletions_delete(TinodeTopic *topic, const TinodeKnownMessage *message);

/* The account closes: what is asked for has no outcome any more. */
void tinode_deletions_free(TinodeTopic *topic);

G_END_DECLS

#endif
