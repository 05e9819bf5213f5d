/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-text.h: everything that is written for people: sentences for failures and problems, and
 * the words inside messages. Translated here, in one place.
 */
#ifndef TINODE_TEXT_H
#define TINODE_TEXT_H

#include <connection.h>
#include <glib/gi18n-lib.h>

#include "protocol/tn-error.h"
#include "receipts/receipts.h"

G_BEGIN_DECLS

/* Once: the words for what is no text in messages (tn-words.h). */
void tinode_text_init(void);
/* One plain sentence about why the connection failed, without technical detail. Newly allocated. */
char *tinode_failure_text(const TnFailure *why);
/* libpurple's reason: only network and TLS trouble that may pass lets the client reconnect. */
PurpleConnectionError tinode_failure_reason(const TnFailure *why);
/* One sentence about a refused message. Static. */
const char *tinode_refusal_text(ReceiptError category);
/* Why something that the user asked for was not done. Static. */
const char *tinode_request_text(TnError error);
/* One sentence about a problem with sync. Static. */
const char *tinode_problem_text(ReceiptProblem problem, ReceiptError category);
/* The sync state in words, for /receipts. Static. */
const char *tinode_sync_text(ReceiptSyncState state, ReceiptReason reason);

ReceiptError tinode_receipt_error(TnError error);

/* A moment as people read it: "12:04" today, with the date otherwise. Newly allocated. */
char *tinode_time_text(gint64 unix_ms);

G_END_DECLS

#endif
