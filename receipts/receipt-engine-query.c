/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The queries, metrics and words of receipts.h: nothing here changes anything. Layer 4, see
 * receipt-engine-private.h. */
#include "receipt-engine-private.h"

ReceiptSyncState receipt_engine_sync_state(ReceiptEngine *engine, const char *name,
                                           ReceiptReason *reason)
{
    const Channel *channel = channel_find(engine, name);

    if (reason != NULL)
        *reason = channel == NULL ? RECEIPT_REASON_DONE : channel->reason;
    return channel == NULL ? RECEIPT_SYNC_IDLE : channel->state;
}

static gboolean show(const ReceiptOwn *own, ReceiptMessage *out)
{
    if (own == NULL)
        return FALSE;
    *out = (ReceiptMessage){own->id, own->seq, own->state, own->delivered, own->read, own->members};
    return TRUE;
}

gboolean receipt_engine_message(ReceiptEngine *engine, const char *name, const char *id,
                                ReceiptMessage *out)
{
    const Channel *channel = channel_find(engine, name);

    if (channel == NULL || channel->ledger == NULL || id == NULL)
        return FALSE;
    return show(receipt_ledger_find(channel->ledger, id), out);
}

gboolean receipt_engine_last_message(ReceiptEngine *engine, const char *name, ReceiptMessage *out)
{
    const Channel *channel = channel_find(engine, name);

    if (channel == NULL || channel->ledger == NULL)
        return FALSE;
    return show(receipt_ledger_last(channel->ledger), out);
}

guint receipt_engine_unread(ReceiptEngine *engine, const char *name)
{
    const Channel *channel = channel_find(engine, name);

    return channel == NULL ? 0 : receipt_inbox_unread(&channel->inbox);
}

guint32 receipt_engine_first_unread(ReceiptEngine *engine, const char *name)
{
    const Channel *channel = channel_find(engine, name);

    return channel == NULL ? 0 : receipt_inbox_first_unread(&channel->inbox);
}

guint32 receipt_engine_handed_up_to(ReceiptEngine *engine, const char *name)
{
    const Channel *channel = channel_find(engine, name);

    return channel == NULL ? 0 : channel->inbox.handed_up_to;
}

guint32 receipt_engine_last_seq(ReceiptEngine *engine, const char *name)
{
    const Channel *channel = channel_find(engine, name);

    return channel == NULL ? 0 : channel->inbox.last_seq;
}

guint32 receipt_engine_own_cursor(ReceiptEngine *engine, const char *name, ReceiptKind kind)
{
    const Channel *channel = channel_find(engine, name);

    return channel == NULL ? 0 : receipt_cursor_get(&channel->inbox.own, kind);
}

guint32 receipt_engine_owed(ReceiptEngine *engine, const char *name, ReceiptKind kind)
{
    const Channel *channel = channel_find(engine, name);

    return channel == NULL ? 0 : channel->out[kind == RECEIPT_READ].owed;
}

void receipt_engine_foreach_member(ReceiptEngine *engine, const char *name, guint32 seq,
                                   ReceiptMemberFunc func, gpointer user_data)
{
    const Channel *channel = channel_find(engine, name);
    g_autoptr(GPtrArray) rows = NULL;

    if (channel == NULL || channel->audience == NULL)
        return;
    rows = receipt_audience_sorted(channel->audience, seq);
    for (guint i = 0; i < rows->len; i++) {
        const ReceiptMemberRow *row = g_ptr_array_index(rows, i);

        func(row->name, row->cursor.recv >= seq, row->cursor.read >= seq,
             receipt_audience_learnt_ms(row, RECEIPT_RECV, seq),
             receipt_audience_learnt_ms(row, RECEIPT_READ, seq), user_data);
    }
}

void receipt_engine_foreach_channel(ReceiptEngine *engine, ReceiptNameFunc func, gpointer user_data)
{
    for (guint i = 0; i < engine->all->len; i++)
        func(((Channel *)g_ptr_array_index(engine->all, i))->name, user_data);
}

typedef struct {
    ReceiptNameFunc func;
    gpointer user_data;
} Naming;

static void name_pending(ReceiptOwn *own, gpointer user_data)
{
    Naming *naming = user_data;

    naming->func(own->id, naming->user_data);
}

void receipt_engine_pending(ReceiptEngine *engine, const char *name, ReceiptNameFunc func,
                            gpointer user_data)
{
    const Channel *channel = channel_find(engine, name);
    Naming naming = {func, user_data};

    if (channel != NULL && channel->ledger != NULL)
        receipt_ledger_foreach_pending(channel->ledger, name_pending, &naming);
}

typedef struct {
    ReceiptMessageFunc func;
    gpointer user_data;
} Showing;

static void show_to(ReceiptOwn *own, gpointer user_data)
{
    Showing *showing = user_data;
    ReceiptMessage message;

    if (show(own, &message))
        showing->func(&message, showing->user_data);
}

void receipt_engine_foreach_message(ReceiptEngine *engine, const char *name,
                                    ReceiptMessageFunc func, gpointer user_data)
{
    const Channel *channel = channel_find(engine, name);
    Showing showing = {func, user_data};

    if (channel != NULL && channel->ledger != NULL)
        receipt_ledger_foreach(channel->ledger, show_to, &showing);
}

/* Metrics -------------------------------------------------------------------------------------- */

void receipt_engine_metrics(ReceiptEngine *engine, ReceiptMetrics *out)
{
    g_return_if_fail(engine != NULL && out != NULL);
    *out = engine->metrics;
    out->active = engine->n_active;
    out->limit = engine->options.limit;
    out->timers_armed = engine->told_deadline_ms >= 0;
    receipt_samples_read(&engine->activation, &out->activation);
    receipt_samples_read(&engine->ack, &out->ack);
    out->breaker_open = 0;
    out->channels = engine->all->len;
    out->bytes = sizeof *engine + g_hash_table_size(engine->requests) * (sizeof(Request) + 32);
    for (guint i = 0; i < engine->all->len; i++) {
        const Channel *channel = g_ptr_array_index(engine->all, i);

        out->breaker_open += channel->breaker.is_open;
        out->bytes += sizeof *channel + 64 + receipt_inbox_bytes(&channel->inbox);
        if (channel->audience != NULL) {
            out->members += receipt_audience_size(channel->audience);
            out->bytes += receipt_audience_bytes(channel->audience);
        }
        if (channel->ledger != NULL) {
            out->messages += receipt_ledger_size(channel->ledger);
            out->bytes += receipt_ledger_bytes(channel->ledger);
        }
    }
}

/* Words ---------------------------------------------------------------------------------------- */

static const char *word(const char *const *words, guint n, guint index)
{
    return index < n ? words[index] : "unknown";
}

const char *receipt_kind_name(ReceiptKind kind)
{
    static const char *const words[] = {"recv", "read"};

    return word(words, G_N_ELEMENTS(words), kind);
}

const char *receipt_error_name(ReceiptError error)
{
    static const char *const words[] = {"ok",   "transient", "overload", "attach-first", "redirect",
                                        "auth", "forbidden", "gone",     "permanent",    "timeout"};

    G_STATIC_ASSERT(G_N_ELEMENTS(words) == RECEIPT_N_ERRORS);
    return word(words, G_N_ELEMENTS(words), error);
}

const char *receipt_sync_state_name(ReceiptSyncState state)
{
    static const char *const words[] = {"idle",    "starting",  "active",  "stopping",
                                        "waiting", "suspended", "tripped", "evicted"};

    G_STATIC_ASSERT(G_N_ELEMENTS(words) == RECEIPT_N_SYNC_STATES);
    return word(words, G_N_ELEMENTS(words), state);
}

const char *receipt_reason_name(ReceiptReason reason)
{
    static const char *const words[] = {
        "focused",      "opened",       "catch-up",    "owed",     "watch", "asked",
        "attached",     "closed",       "unfocused",   "inactive", "done",  "detached",
        "network-lost", "network-back", "minute-over", "limit",    "room",  "error",
        "retry",        "breaker-open", "probe",       "lost",     "gone",
    };

    G_STATIC_ASSERT(G_N_ELEMENTS(words) == RECEIPT_N_REASONS);
    return word(words, G_N_ELEMENTS(words), reason);
}

const char *receipt_message_state_name(ReceiptMessageState state)
{
    static const char *const words[] = {"pending", "sent", "delivered", "read", "failed"};

    return word(words, G_N_ELEMENTS(words), state);
}
