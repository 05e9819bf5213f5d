/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-seen.h: which conversations are open and in view, and what a person has seen in them.
 * Everything about attention is decided here and nowhere else.
 *
 * libpurple tells focus gained (late, in Pidgin one turn of the loop before it is true) and never
 * tells focus lost. So every hint only schedules one evaluation in the next turn, and while some
 * conversation has the focus a poll of one second looks whether it still has. Without a focused
 * conversation no timer is armed.
 *
 * A message counts as seen when all of these hold for seen-after-ms without a break:
 *   1. its conversation has the focus;
 *   2. the client knows focus at all (otherwise "seen" acts as "reply");
 *   3. a person is there: not idle, not away or invisible, and some input since shortly before the
 *      message came (a window that came up by itself is nobody) - unless "attention" is off;
 *   4. it has been in view that long, counted anew after every break;
 *   5. the policy "send-read" wants others to learn it: seen; the other policies:
 *      reply    seen here only; the server learns it when an answer is published
 *      arrival  told when the message is handed to the client
 *      never    seen here only
 * A read vouches for everything below it: where older unread messages were too many to be fetched,
 * none is told.
 */
#ifndef TINODE_SEEN_H
#define TINODE_SEEN_H

#include "tinode-topic.h"

G_BEGIN_DECLS

typedef enum {
    TINODE_READ_SEEN,
    TINODE_READ_REPLY,
    TINODE_READ_ARRIVAL,
    TINODE_READ_NEVER,
} TinodeReadPolicy;

/* Connects to libpurple's conversation signals for this account. The engine may come later. */
TinodeSeen *tinode_seen_new(TinodeAccount *ta) G_GNUC_WARN_UNUSED_RESULT;
/* The account closes: disconnect from all signals, cancel all timers. */
void tinode_seen_quiet(TinodeSeen *seen);
void tinode_seen_free(TinodeSeen *seen);

/* Something may have changed (focus, idle, status, connection): look in the next turn. Cheap. */
void tinode_seen_schedule(TinodeSeen *seen);
/* A message of somebody else was handed to the client. */
void tinode_seen_message(TinodeSeen *seen, TinodeTopic *topic, guint32 seq);
/* Look now; for tests and for the end of sign-in. */
void tinode_seen_evaluate(TinodeSeen *seen);

/* The policy in force for a conversation, as account and client decide it. */
TinodeReadPolicy tinode_seen_policy(const TinodeAccount *ta, PurpleConversation *conv);
/* The client has a notion of focus. */
gboolean tinode_seen_knows_focus(PurpleConversation *conv);
/* Timers armed at this moment. */
guint tinode_seen_timers(const TinodeSeen *seen);

G_END_DECLS

#endif
