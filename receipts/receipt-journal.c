/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Durable state <-> bytes. Layer 3, see receipt-journal.h. */
#include "receipt-journal.h"

#include <string.h>

#define MAGIC        "receipts"
#define MAGIC_SIZE   8
#define VERSION      1
#define SUM_SIZE     32
#define HEADER_SIZE  (MAGIC_SIZE + 4 + 4 + SUM_SIZE)
#define CHANNEL_TYPE "(suuuuuuuua(uu)a(uu)a(uu)a(suy))"
#define PAYLOAD_TYPE "(sa" CHANNEL_TYPE ")"

struct _ReceiptJournalWriter {
    char *self;
    GVariantBuilder channels;
};

G_DEFINE_QUARK(receipt - store - error - quark, receipt_store_error)

ReceiptJournalWriter *receipt_journal_writer_new(const char *self)
{
    ReceiptJournalWriter *writer = g_new0(ReceiptJournalWriter, 1);

    writer->self = g_strdup(self);
    g_variant_builder_init(&writer->channels, G_VARIANT_TYPE("a" CHANNEL_TYPE));
    return writer;
}

static void write_ranges(GVariantBuilder *builder, const ReceiptRanges *ranges)
{
    guint size = MIN(receipt_ranges_size(ranges), RECEIPT_JOURNAL_RANGES_MAX);

    g_variant_builder_open(builder, G_VARIANT_TYPE("a(uu)"));
    for (guint i = 0; i < size; i++) {
        const ReceiptRange *range = receipt_ranges_at(ranges, i);

        g_variant_builder_add(builder, "(uu)", range->low, range->high);
    }
    g_variant_builder_close(builder);
}

static void write_message(ReceiptOwn *own, gpointer user_data)
{
    g_variant_builder_add(user_data, "(suy)", own->id, own->seq, (guint8)own->state);
}

void receipt_journal_writer_add(ReceiptJournalWriter *writer, const char *channel,
                                const ReceiptInbox *inbox, ReceiptLedger *ledger)
{
    GVariantBuilder *builder = &writer->channels;

    g_variant_builder_open(builder, G_VARIANT_TYPE(CHANNEL_TYPE));
    g_variant_builder_add(builder, "s", channel);
    g_variant_builder_add(builder, "u", inbox->last_seq);
    g_variant_builder_add(builder, "u", inbox->own.recv);
    g_variant_builder_add(builder, "u", inbox->own.read);
    g_variant_builder_add(builder, "u", inbox->handed_up_to);
    g_variant_builder_add(builder, "u", inbox->seen_up_to);
    g_variant_builder_add(builder, "u", inbox->tell_up_to);
    g_variant_builder_add(builder, "u", inbox->refused.recv);
    g_variant_builder_add(builder, "u", inbox->refused.read);
    write_ranges(builder, &inbox->handed);
    write_ranges(builder, &inbox->seen);
    write_ranges(builder, &inbox->deleted);
    g_variant_builder_open(builder, G_VARIANT_TYPE("a(suy)"));
    if (ledger != NULL) {
        receipt_ledger_foreach_pending(ledger, write_message, builder);
        receipt_ledger_foreach_unsettled(ledger, RECEIPT_JOURNAL_STORED_MAX, write_message,
                                         builder);
    }
    g_variant_builder_close(builder);
    g_variant_builder_close(builder);
}

/* The checksum covers the header before it and the payload after it. */
static void checksum(const guint8 *data, gsize size, guint8 *sum)
{
    g_autoptr(GChecksum) sha = g_checksum_new(G_CHECKSUM_SHA256);
    gsize length = SUM_SIZE;

    g_checksum_update(sha, data, HEADER_SIZE - SUM_SIZE);
    g_checksum_update(sha, data + HEADER_SIZE, (gssize)(size - HEADER_SIZE));
    g_checksum_get_digest(sha, sum, &length);
}

static GVariant *to_little_endian(GVariant *value)
{
    return G_BYTE_ORDER == G_BIG_ENDIAN ? g_variant_byteswap(value) : g_variant_ref(value);
}

GBytes *receipt_journal_writer_finish(ReceiptJournalWriter *writer)
{
    g_autoptr(GVariant) native =
        g_variant_ref_sink(g_variant_new("(sa" CHANNEL_TYPE ")", writer->self, &writer->channels));
    g_autoptr(GVariant) payload = to_little_endian(native);
    gsize size = g_variant_get_size(payload);
    guint8 *data = g_malloc0(HEADER_SIZE + size);
    guint32 version = GUINT32_TO_LE(VERSION), length = GUINT32_TO_LE((guint32)size);

    memcpy(data, MAGIC, MAGIC_SIZE);
    memcpy(data + MAGIC_SIZE, &version, 4);
    memcpy(data + MAGIC_SIZE + 4, &length, 4);
    g_variant_store(payload, data + HEADER_SIZE);
    checksum(data, HEADER_SIZE + size, data + HEADER_SIZE - SUM_SIZE);
    g_free(writer->self);
    g_free(writer);
    return g_bytes_new_take(data, HEADER_SIZE + size);
}

static void message_clear(gpointer data)
{
    g_free(((ReceiptJournalMessage *)data)->id);
}

static void channel_clear(gpointer data)
{
    ReceiptJournalChannel *channel = data;

    g_free(channel->name);
    receipt_inbox_clear(&channel->inbox);
    g_clear_pointer(&channel->messages, g_array_unref);
}

static GVariant *unwrap(GBytes *bytes, GError **error)
{
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    guint32 version, length;
    guint8 sum[SUM_SIZE];
    g_autoptr(GBytes) part = NULL;
    g_autoptr(GVariant) payload = NULL;

    if (size >= MAGIC_SIZE ? memcmp(data, MAGIC, MAGIC_SIZE) != 0
                           : size > 0 && memcmp(data, MAGIC, size) != 0) {
        g_set_error_literal(error, RECEIPT_STORE_ERROR, RECEIPT_STORE_ERROR_FOREIGN,
                            "not a receipt store");
        return NULL;
    }
    if (size < HEADER_SIZE || size > RECEIPT_JOURNAL_BYTES_MAX) {
        g_set_error(error, RECEIPT_STORE_ERROR, RECEIPT_STORE_ERROR_TORN,
                    "%" G_GSIZE_FORMAT " bytes cannot be a receipt store", size);
        return NULL;
    }
    memcpy(&version, data + MAGIC_SIZE, 4);
    memcpy(&length, data + MAGIC_SIZE + 4, 4);
    if (GUINT32_FROM_LE(length) != size - HEADER_SIZE) {
        g_set_error(error, RECEIPT_STORE_ERROR, RECEIPT_STORE_ERROR_TORN,
                    "%u bytes announced, %" G_GSIZE_FORMAT " found", GUINT32_FROM_LE(length),
                    size - HEADER_SIZE);
        return NULL;
    }
    checksum(data, size, sum);
    if (memcmp(sum, data + HEADER_SIZE - SUM_SIZE, SUM_SIZE) != 0) {
        g_set_error_literal(error, RECEIPT_STORE_ERROR, RECEIPT_STORE_ERROR_TORN,
                            "the checksum differs");
        return NULL;
    }
    if (GUINT32_FROM_LE(version) != VERSION) {
        g_set_error(error, RECEIPT_STORE_ERROR,
                    GUINT32_FROM_LE(version) > VERSION ? RECEIPT_STORE_ERROR_NEWER
                                                       : RECEIPT_STORE_ERROR_FOREIGN,
                    "version %u is not known here", GUINT32_FROM_LE(version));
        return NULL;
    }
    /* A copy: GVariant wants its bytes aligned, the file's payload need not be. */
    part = g_bytes_new(data + HEADER_SIZE, size - HEADER_SIZE);
    payload =
        g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(PAYLOAD_TYPE), part, FALSE));
    if (!g_variant_is_normal_form(payload)) {
        g_set_error_literal(error, RECEIPT_STORE_ERROR, RECEIPT_STORE_ERROR_TORN,
                            "the payload is not in normal form");
        return NULL;
    }
    return to_little_endian(payload);
}

static void read_ranges(GVariantIter *iter, guint32 last_seq, ReceiptRanges *ranges)
{
    guint32 low, high;

    while (g_variant_iter_next(iter, "(uu)", &low, &high))
        receipt_ranges_add(ranges, low, MIN(high, last_seq));
}

static void read_messages(GVariantIter *iter, ReceiptJournalChannel *channel)
{
    ReceiptJournalMessage message;
    guint8 state;

    while (g_variant_iter_next(iter, "(suy)", &message.id, &message.seq, &state)) {
        gboolean is_known =
            message.seq == 0 ? state == RECEIPT_MESSAGE_PENDING
                             : state == RECEIPT_MESSAGE_SENT || state == RECEIPT_MESSAGE_DELIVERED;

        if (!is_known || message.seq > channel->inbox.last_seq || *message.id == '\0' ||
            channel->messages->len >= RECEIPT_OWN_MAX) {
            g_free(message.id);
            continue;
        }
        message.state = state;
        g_array_append_val(channel->messages, message);
    }
}

/* A sum can be right and a value still wrong (a fault of an earlier version): nothing here may
 * bring the engine out of step with itself. */
static void read_channel(GVariant *row, ReceiptJournalChannel *channel)
{
    ReceiptInbox *inbox = &channel->inbox;
    g_autoptr(GVariantIter) handed = NULL;
    g_autoptr(GVariantIter) seen = NULL;
    g_autoptr(GVariantIter) deleted = NULL;
    g_autoptr(GVariantIter) messages = NULL;

    *channel = (ReceiptJournalChannel){0};
    channel->messages = g_array_new(FALSE, FALSE, sizeof(ReceiptJournalMessage));
    g_array_set_clear_func(channel->messages, message_clear);
    g_variant_get(row, CHANNEL_TYPE, &channel->name, &inbox->last_seq, &inbox->own.recv,
                  &inbox->own.read, &inbox->handed_up_to, &inbox->seen_up_to, &inbox->tell_up_to,
                  &inbox->refused.recv, &inbox->refused.read, &handed, &seen, &deleted, &messages);
    inbox->own.read = MIN(inbox->own.read, inbox->last_seq);
    inbox->own.recv = CLAMP(inbox->own.recv, inbox->own.read, inbox->last_seq);
    inbox->handed_up_to = MIN(inbox->handed_up_to, inbox->last_seq);
    inbox->seen_up_to = MIN(inbox->seen_up_to, inbox->last_seq);
    inbox->tell_up_to = MIN(inbox->tell_up_to, inbox->last_seq);
    inbox->refused.recv = MIN(inbox->refused.recv, inbox->last_seq);
    inbox->refused.read = MIN(inbox->refused.read, inbox->last_seq);
    read_ranges(handed, inbox->last_seq, &inbox->handed);
    read_ranges(seen, inbox->last_seq, &inbox->seen);
    read_ranges(deleted, inbox->last_seq, &inbox->deleted);
    receipt_ranges_drop_up_to(&inbox->handed, inbox->handed_up_to);
    receipt_ranges_drop_up_to(&inbox->seen, MAX(inbox->own.read, inbox->seen_up_to));
    read_messages(messages, channel);
}

GArray *receipt_journal_read(GBytes *bytes, const char *self, GError **error)
{
    g_autoptr(GVariant) payload = unwrap(bytes, error);
    g_autoptr(GVariantIter) iter = NULL;
    g_autofree char *owner = NULL;
    GArray *channels;
    GVariant *row;

    if (payload == NULL)
        return NULL;
    g_variant_get(payload, PAYLOAD_TYPE, &owner, &iter);
    if (strcmp(owner, self) != 0) {
        g_set_error_literal(error, RECEIPT_STORE_ERROR, RECEIPT_STORE_ERROR_FOREIGN,
                            "the store of another user");
        return NULL;
    }
    channels = g_array_new(FALSE, FALSE, sizeof(ReceiptJournalChannel));
    g_array_set_clear_func(channels, channel_clear);
    while ((row = g_variant_iter_next_value(iter)) != NULL) {
        ReceiptJournalChannel channel;

        read_channel(row, &channel);
        g_array_append_val(channels, channel);
        g_variant_unref(row);
    }
    return channels;
}
