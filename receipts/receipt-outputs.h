/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the engine has to say, queued until it is consistent. Layer 2.
 *
 * The queue holds copies (references for names), so that whatever a port does while it is called,
 * the outputs still to come stay valid.
 */
#ifndef RECEIPT_OUTPUTS_H
#define RECEIPT_OUTPUTS_H

#include "receipts.h"

G_BEGIN_DECLS

typedef enum {
    RECEIPT_OUT_ATTACH,
    RECEIPT_OUT_DETACH,
    RECEIPT_OUT_SNAPSHOT,
    RECEIPT_OUT_CURSOR,
    RECEIPT_OUT_SYNC,
    RECEIPT_OUT_MESSAGE,
    RECEIPT_OUT_RECEIPT,
    RECEIPT_OUT_UNREAD,
    RECEIPT_OUT_PROBLEM,
} ReceiptOutputKind;

typedef struct {
    ReceiptOutputKind kind;
    char *channel; /* a GRefString; NULL in a problem that concerns all */
    char *name;    /* a GRefString: member, or message id */
    guint32 request, seq;
    guint what; /* the kind, state, problem or count */
    guint why;  /* the reason, category or focus */
    ReceiptMessage message;
} ReceiptOutput;

typedef struct {
    GArray *items; /* of ReceiptOutput */
    guint next;    /* the first that was not taken */
} ReceiptOutputs;

void receipt_outputs_init(ReceiptOutputs *outputs);
void receipt_outputs_clear(ReceiptOutputs *outputs);
/* Appends; channel and name are references, taken here. Returns: the output, to fill in; valid
 * until the next call. */
ReceiptOutput *receipt_outputs_add(ReceiptOutputs *outputs, ReceiptOutputKind kind, char *channel,
                                   char *name);
/* Take the oldest. FALSE: none. The caller releases it. */
gboolean receipt_outputs_take(ReceiptOutputs *outputs, ReceiptOutput *out);
void receipt_output_release(ReceiptOutput *out);
/* Call the port that it is for. */
void receipt_output_deliver(const ReceiptOutput *out, const ReceiptPorts *ports);

G_END_DECLS

#endif
