/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-outbox.h: own messages on their way to one topic: in order, one at a time, each exactly
 * once.
 *
 *   state of the first   input                        action                          next
 *   -------------------  ---------------------------  ------------------------------  ------------
 *   WAITING              attached, nothing in doubt   {pub} with its private key      IN_FLIGHT
 *   WAITING              not attached                 hold the channel: it attaches   WAITING
 *   IN_FLIGHT            202                          stored, next one                (gone)
 *   IN_FLIGHT            refused for good             failed with a sentence, next    (gone)
 *   IN_FLIGHT            409 must attach first        the engine attaches anew        WAITING
 *   IN_FLIGHT            anything else, or no answer  look for its key in history     DOUBTFUL
 *   HELD                 its pictures are up          as WAITING                      WAITING
 *   HELD                 a picture did not get there  failed with a sentence, next    (gone)
 *   DOUBTFUL             seen in history              stored, next one                (gone)
 *   DOUBTFUL             history came, not in it      it was not stored: repeat       WAITING
 */
#ifndef TINODE_OUTBOX_H
#define TINODE_OUTBOX_H

#include "tinode-topic.h"

G_BEGIN_DECLS

TinodeOutbox *tinode_outbox_new(TinodeTopic *topic);
void tinode_outbox_free(TinodeOutbox *outbox);

/* Send libpurple's HTML as the message id; the engine knows it as pending before this returns. */
void tinode_outbox_push(TinodeTopic *topic, const char *id, const char *html);
/* The same, but it keeps its place until it is released (with its final text) or refused: the
 * pictures in it are on their way up. Neither does anything where it is not there any more. */
void tinode_outbox_push_held(TinodeTopic *topic, const char *id, const char *html);
void tinode_outbox_release(TinodeTopic *topic, const char *id, const char *html);
void tinode_outbox_refuse(TinodeTopic *topic, const char *id, const char *sentence);
/* The topic was attached: what waits may go. */
void tinode_outbox_attached(TinodeTopic *topic);
/* A message of ours was seen in history or as an echo. */
void tinode_outbox_settle(TinodeTopic *topic, const char *id);
/* History since before anything in doubt was fetched whole. */
void tinode_outbox_looked_up(TinodeTopic *topic);
/* The topic is gone or refused: everything that waits has failed. */
void tinode_outbox_fail_all(TinodeTopic *topic, ReceiptError category);
/* The account closes: cancel the timer. What waits stays on disk. */
void tinode_outbox_quiet(TinodeTopic *topic);

/* What waits, as (channel, id, html), appended to an a(sss) builder; and back. */
void tinode_outbox_save(TinodeTopic *topic, GVariantBuilder *builder);
void tinode_outbox_restore(TinodeTopic *topic, const char *id, const char *html);

G_END_DECLS

#endif
