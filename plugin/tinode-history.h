/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-history.h: from {data} in any order to messages handed to the user once, in order.
 *
 * History comes newest first and in pages, live messages come in between, gaps are normal (deleted
 * messages) and can also be losses. So messages are gathered, and handed on only when everything
 * below them was handed on or is known not to exist. What was handed on is kept by the receipt
 * engine, which also keeps it across restarts.
 * An edit that is gathered together with what it replaces lends it its text: nobody has seen
 * either.
 *
 *   state     input                     action                                     next
 *   --------  ------------------------  -----------------------------------------  ----------
 *   SETTLED   next message              hand on                                    SETTLED
 *   SETTLED   message above a gap       get data of the gap                        FETCHING
 *   SETTLED   news, attached            get data since the last handed on          FETCHING
 *   SETTLED   news, not attached        hold the channel for catching up           SETTLED
 *   any       attach asked for          data goes into the same {sub}              FETCHING
 *   FETCHING  message                   keep                                       FETCHING
 *   FETCHING  page ends, gap open       get the page before                        FETCHING
 *   FETCHING  page ends, gap closed     hand on in slices, release the hold        SETTLED
 *   FETCHING  failed                    keep what came; asked anew by the next     SETTLED
 *                                       attach, or after a growing while
 */
#ifndef TINODE_HISTORY_H
#define TINODE_HISTORY_H

#include "tinode-topic.h"

G_BEGIN_DECLS

TinodeHistory *tinode_history_new(TinodeTopic *topic);
void tinode_history_free(TinodeHistory *history);

/* An attach is about to be asked for: set what history it shall bring. */
void tinode_history_prepare(TinodeTopic *topic, TnGet *get);
/* That attach failed before it brought anything. */
void tinode_history_attach_failed(TinodeTopic *topic);
/* The end of a page of history: of the attach, or of a {get}. */
void tinode_history_page_done(TinodeTopic *topic, const TnReply *reply);
/* A {data}, asked for or live. May hand messages to libpurple before it returns. */
void tinode_history_take(TinodeTopic *topic, const TnData *data);
/* The server has messages that were not handed on: fetch them, attaching if need be. No-op when
 * there is nothing new, or the topic is blocked. */
void tinode_history_news(TinodeTopic *topic);
/* Attach once for description, members and history, although nothing says that there is news: a
 * chat was joined in the background. */
void tinode_history_visit(TinodeTopic *topic);
/* Fetch what is newer than the last handed on, although nothing says that there is anything: an
 * own message may have been stored without an answer. Needs an attached topic; else the next
 * attach does it. */
void tinode_history_refetch(TinodeTopic *topic);
/* A conversation was opened: what is unread but not on the screen is shown once more. Needs an
 * attached topic; else the next attach does it. */
void tinode_history_opened(TinodeTopic *topic);
/* The topic is gone or refused: stop waiting for it. */
void tinode_history_give_up(TinodeTopic *topic);
/* The account closes: cancel the timer. */
void tinode_history_quiet(TinodeTopic *topic);

G_END_DECLS

#endif
