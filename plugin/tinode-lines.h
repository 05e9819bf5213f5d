/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-lines.h: receipts as words, where nothing draws ticks. One plain system line when the
 * newest own message of a conversation is delivered or read: coalesced, not logged, never in the
 * peer's name, and never so that a tab is marked by it: while the conversation is out of view only
 * where the client marks nothing for such a line and they were asked for. In BitlBee, where they
 * must be asked for, they come in the control channel.
 */
#ifndef TINODE_LINES_H
#define TINODE_LINES_H

#include "tinode-topic.h"

G_BEGIN_DECLS

TinodeLines *tinode_lines_new(TinodeAccount *ta) G_GNUC_WARN_UNUSED_RESULT;
void tinode_lines_free(TinodeLines *lines);

/* An own message changed. Writes at most one line before it returns. */
void tinode_lines_message(TinodeLines *lines, TinodeTopic *topic, const ReceiptMessage *message);
/* The conversation came into view: what could not be said before is said now, if still true. */
void tinode_lines_focused(TinodeLines *lines, TinodeTopic *topic);

G_END_DECLS

#endif
