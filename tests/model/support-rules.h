/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules that the model holds the engine to. */
#ifndef SUPPORT_RULES_H
#define SUPPORT_RULES_H

#include "support-model.h"

/* While the engine calls. */
void rules_asked(Model *model, const Ask *ask);
void rules_sync_changed(Model *model, guint channel, ReceiptSyncState state, ReceiptReason reason);
void rules_message_changed(Model *model, guint channel, guint id, const ReceiptMessage *message);
void rules_receipt_moved(Model *model, guint channel, guint member, ReceiptKind kind, guint32 seq);
/* After each input that is not inside a batch. */
void rules_after(Model *model);
/* When everything was answered, nothing is open and nothing is due. */
void rules_at_rest(Model *model);

#endif
