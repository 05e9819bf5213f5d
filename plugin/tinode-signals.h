/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-signals.h: the public face for companions and scripts. Signals on the protocol plugin's
 * handle, with simple types only, so that the session bus carries them too, and calls by
 * purple_plugin_ipc_call(). Names and meanings are stable.
 *
 *   signal                arguments                                    when
 *   --------------------  -------------------------------------------  ----------------------------
 *   tinode-sync-changed   account, channel, state, reason              sync of a channel changed
 *   tinode-message-state  account, channel, id, seq, state,            an own message changed
 *                         delivered, read, members
 *   tinode-receipt        account, channel, who, kind, seq             a member's cursor moved
 *   tinode-unread         account, channel, count                      unread count changed
 *   tinode-problem        account, channel or "", category, text       worth telling the user
 *
 * account is a PurpleAccount *, seq and counts are guint, everything else const char *, never NULL,
 * valid during the emission. Handlers may call anything of libpurple, closing the account included.
 *
 * When many own messages change at once (more than 64), tinode-message-state comes in slices, so
 * that the client can draw in between: each message once, in the order in which they changed, as it
 * is by then. The calls below answer at once what is true, ahead of what was told.
 *
 * To draw ticks: while an own line is being written ("wrote-im-msg", Pidgin's "displayed-im-msg"),
 * the conversation's data under TINODE_MESSAGE_ID is its local id; remember where the line ends
 * under that id and draw what tinode-message-state says of it. A companion that is loaded while
 * conversations are open calls "replay-message-states".
 *
 *   call                   arguments             result
 *   ---------------------  --------------------  --------------------------------------------------
 *   start-receipt-sync     account, channel      gboolean: FALSE if the account is not signed in
 *   stop-receipt-sync      account, channel      gboolean
 *   sync-state             account, channel      const char *: idle starting active stopping
 * waiting suspended tripped evicted; static; NULL if not signed in message-state          account,
 * channel, id  const char *: pending sent delivered read failed; static; NULL if there is no such
 * message replay-message-states  account, channel      gint: emits tinode-message-state for every
 * own message of the channel that is still known, the oldest first, and says how many; -1 if not
 * signed in message-receipts       account, channel, id  char *, newly allocated: how far it is,
 * who has it and since when, in plain translated lines, for a tooltip; NULL if there is no such
 * message show-receipts          account, channel      gboolean: opens a window with the last own
 * messages and who has them; FALSE if the channel is unknown metrics-json           account char *,
 * newly allocated; NULL if not signed in metrics-text           account               char *, newly
 * allocated; NULL if not signed in
 */
#ifndef TINODE_SIGNALS_H
#define TINODE_SIGNALS_H

#include <account.h>
#include <plugin.h>

#include "receipts/receipts.h"

G_BEGIN_DECLS

/* Conversation data: the id of the own message that is being written. */
#define TINODE_MESSAGE_ID "tinode-message-id"

/* In the plugin's load and unload; nothing is emitted before or after. */
void tinode_signals_init(PurplePlugin *plugin);
void tinode_signals_uninit(void);

/* One emission each; handlers run before these return. */
void tinode_signals_sync(PurpleAccount *account, const char *channel, ReceiptSyncState state,
                         ReceiptReason reason);
void tinode_signals_message(PurpleAccount *account, const char *channel,
                            const ReceiptMessage *message);
void tinode_signals_receipt(PurpleAccount *account, const char *channel, const char *who,
                            ReceiptKind kind, guint32 seq);
void tinode_signals_unread(PurpleAccount *account, const char *channel, guint count);
/* text is for people, translated, without technical detail. */
void tinode_signals_problem(PurpleAccount *account, const char *channel, const char *category,
                            const char *text);

G_END_DECLS

#endif
