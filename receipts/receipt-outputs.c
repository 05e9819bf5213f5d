/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the engine has to say, queued. Layer 2, see receipt-outputs.h. */
#include "receipt-outputs.h"

void receipt_outputs_init(ReceiptOutputs *outputs)
{
    outputs->items = g_array_new(FALSE, TRUE, sizeof(ReceiptOutput));
    outputs->next = 0;
}

void receipt_outputs_clear(ReceiptOutputs *outputs)
{
    ReceiptOutput out;

    while (receipt_outputs_take(outputs, &out))
        receipt_output_release(&out);
    g_clear_pointer(&outputs->items, g_array_unref);
}

ReceiptOutput *receipt_outputs_add(ReceiptOutputs *outputs, ReceiptOutputKind kind, char *channel,
                                   char *name)
{
    ReceiptOutput *out;

    g_array_set_size(outputs->items, outputs->items->len + 1);
    out = &g_array_index(outputs->items, ReceiptOutput, outputs->items->len - 1);
    out->kind = kind;
    out->channel = channel != NULL ? g_ref_string_acquire(channel) : NULL;
    out->name = name != NULL ? g_ref_string_acquire(name) : NULL;
    return out;
}

gboolean receipt_outputs_take(ReceiptOutputs *outputs, ReceiptOutput *out)
{
    if (outputs->next >= outputs->items->len)
        return FALSE;
    *out = g_array_index(outputs->items, ReceiptOutput, outputs->next);
    outputs->next++;
    if (outputs->next == outputs->items->len) {
        g_array_set_size(outputs->items, 0);
        outputs->next = 0;
    }
    return TRUE;
}

void receipt_output_release(ReceiptOutput *out)
{
    g_clear_pointer(&out->channel, g_ref_string_release);
    g_clear_pointer(&out->name, g_ref_string_release);
}

static void deliver_request(const ReceiptOutput *out, const ReceiptTransport *transport,
                            gpointer user_data)
{
    switch (out->kind) {
    case RECEIPT_OUT_ATTACH:
        transport->attach(out->request, out->channel, out->why != 0, user_data);
        break;
    case RECEIPT_OUT_DETACH:
        transport->detach(out->request, out->channel, user_data);
        break;
    case RECEIPT_OUT_SNAPSHOT:
        transport->snapshot(out->request, out->channel, user_data);
        break;
    default:
        transport->send_cursor(out->request, out->channel, out->what, out->seq, user_data);
        break;
    }
}

void receipt_output_deliver(const ReceiptOutput *out, const ReceiptPorts *ports)
{
    const ReceiptObserver *observer = &ports->observer;
    ReceiptMessage message = out->message;

    switch (out->kind) {
    case RECEIPT_OUT_SYNC:
        if (observer->sync_changed != NULL)
            observer->sync_changed(out->channel, out->what, out->why, ports->user_data);
        break;
    case RECEIPT_OUT_MESSAGE:
        message.id = out->name;
        if (observer->message_changed != NULL)
            observer->message_changed(out->channel, &message, ports->user_data);
        break;
    case RECEIPT_OUT_RECEIPT:
        if (observer->receipt_moved != NULL)
            observer->receipt_moved(out->channel, out->name, out->what, out->seq, ports->user_data);
        break;
    case RECEIPT_OUT_UNREAD:
        if (observer->unread_changed != NULL)
            observer->unread_changed(out->channel, out->what, ports->user_data);
        break;
    case RECEIPT_OUT_PROBLEM:
        if (observer->problem != NULL)
            observer->problem(out->channel, out->what, out->why, ports->user_data);
        break;
    default:
        deliver_request(out, &ports->transport, ports->user_data);
        break;
    }
}
