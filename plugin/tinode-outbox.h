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
 *   WAITING              its picture never went up    failed with a sentence, next    (gone)
 *                        in an earlier run
 *   DOUBTFUL             seen in history              stored, next one                (gone)
 *   DOUBTFUL             history came, not in it      it was not stored: repeat       WAITING
 *   (failed)             the user sends it again      pending, at the end of the line WAITING
 *
 * A message that waits, first or not, can still be changed or taken back. An edit of one that is in
 * flight or in doubt stands in line behind it and gets its number from it.
 */
#ifndef TINODE_OUTBOX_H
#define TINODE_OUTBOX_H

#include "tinode-topic.h"

G_BEGIN_DECLS

TinodeOutbox *tinode_outbox_new(TinodeTopic *topic);
void tinode_outbox_free(TinodeOutbox *outbox);

/* What a message is beside its text: an a{sv} of these, kept on disk with it. */
#define TINODE_EXTRA_REPLACE    "replace"    /* u: it is a new version of that message */
#define TINODE_EXTRA_REPLACE_ID "replace-id" /* s: the same, by its local id until it has a seq */
#define TINODE_EXTRA_REPLY      "reply"      /* u: it answers that message */
#define TINODE_EXTRA_QUOTE      "quote"      /* (sss): with this quote: name, user, words */
#define TINODE_EXTRA_FORWARDED  "forwarded"  /* s: it was that message: "grpX:12" */
#define TINODE_EXTRA_AUTHOR     "author"     /* (ss): written by: name, user */
#define TINODE_EXTRA_ANSWER     "answer"     /* (uss): to that form: seq, name, value; "": none */

/* Send libpurple's HTML as the message id; the engine knows it as pending before this returns.
 * extra: an a{sv}, sunk; NULL: nothing. */
void tinode_outbox_push(TinodeTopic *topic, const char *id, const char *html, GVariant *extra);
/* The same, but it keeps its place until it is released (with its final text) or refused: the
 * pictures in it are on their way up. Neither does anything where it is not there any more. */
void tinode_outbox_push_held(TinodeTopic *topic, const char *id, const char *html, GVariant *extra);
void tinode_outbox_release(TinodeTopic *topic, const char *id, const char *html);
void tinode_outbox_refuse(TinodeTopic *topic, const char *id, const char *sentence);
/* What would be sent: (transfer full). */
TnContent *tinode_outbox_content(const char *html, GVariant *extra) G_GNUC_WARN_UNUSED_RESULT;
/* The topic was attached: what waits may go. */
void tinode_outbox_attached(TinodeTopic *topic);
/* A message of ours was seen in history or as an echo. */
void tinode_outbox_settle(TinodeTopic *topic, const char *id, guint32 seq);
/* History since before anything in doubt was fetched whole. */
void tinode_outbox_looked_up(TinodeTopic *topic);
/* The topic is gone or refused: everything that waits has failed. */
void tinode_outbox_fail_all(TinodeTopic *topic, ReceiptError category);
/* The account closes: cancel the timer. What waits stays on disk. */
void tinode_outbox_quiet(TinodeTopic *topic);

/* What waits, as (channel, id, html, extra), appended to an a(sssa{sv}) builder; and back. */
void tinode_outbox_save(TinodeTopic *topic, GVariantBuilder *builder);
void tinode_outbox_restore(TinodeTopic *topic, const char *id, const char *html, GVariant *extra);

/* The HTML of a message that the server does not have, refused ones included; NULL: there is none.
 * Borrowed until the next call. ts_ms: Unix, when it was written; 0: not known. */
const char *tinode_outbox_text(TinodeTopic *topic, const char *id, gint64 *ts_ms);
/* The newest text of the user's that the server does not have for certain: its HTML, NULL if there
 * is none. is_waiting: it has not left yet, so that it can still be changed. */
const char *tinode_outbox_newest(TinodeTopic *topic, gboolean *is_waiting);
/* Change it, or take it back: only where it waits. */
void tinode_outbox_edit_newest(TinodeTopic *topic, const char *html);
void tinode_outbox_take_back_newest(TinodeTopic *topic);
/* What an edit of it has to carry where it does not wait: (transfer floating). */
GVariant *tinode_outbox_extra_for_edit_of_newest(TinodeTopic *topic);
/* The same of message seq, which was sent with of beside its text; NULL: nothing. */
GVariant *tinode_outbox_extra_for_edit(guint32 seq, GVariant *of);
/* Everything that was refused since signing in is pending again, the last 32 of it. How
 * many those are. */
guint tinode_outbox_resend(TinodeTopic *topic);

G_END_DECLS

#endif
