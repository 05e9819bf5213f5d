/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Durable state <-> bytes. Layer 3; no file, no engine.
 *
 * Layout, all numbers little-endian:
 *   8 bytes   "receipts"
 *   4 bytes   version of the payload, 1
 *   4 bytes   length of the payload
 *   32 bytes  SHA-256 of all the other bytes
 *   payload   a GVariant "(sa(suuuuuuuua(uu)a(uu)a(uu)a(suy)))": our user id, then per channel
 *             name, last_seq, own recv and read, handed, seen and tell up to, refused recv and
 *             read, ranges handed, seen and deleted, and own messages (id, seq or 0, state):
 *             pending ones in order, then stored ones
 *
 * Reading believes nothing: a length or checksum that differs is torn, another magic or another
 * user is foreign, a later version is newer; what is inside is checked again value by value. There
 * are no message texts in it.
 */
#ifndef RECEIPT_JOURNAL_H
#define RECEIPT_JOURNAL_H

#include "receipt-inbox.h"
#include "receipt-ledger.h"

G_BEGIN_DECLS

/* A file that is larger than this is not ours: 4096 channels with their ids fit well. */
#define RECEIPT_JOURNAL_BYTES_MAX (64u << 20)
/* Stored messages kept per channel, the newest. In a group where somebody never reads, none ever
 * settles; a save must not grow with the years. */
#define RECEIPT_JOURNAL_STORED_MAX 256
/* Intervals kept per set; the lowest matter most, and losing the rest only means telling later. */
#define RECEIPT_JOURNAL_RANGES_MAX 64

typedef struct {
    char *id;
    guint32 seq; /* 0: pending */
    ReceiptMessageState state;
} ReceiptJournalMessage;

typedef struct {
    char *name;
    ReceiptInbox inbox;
    GArray *messages; /* of ReceiptJournalMessage */
} ReceiptJournalChannel;

typedef struct _ReceiptJournalWriter ReceiptJournalWriter;

ReceiptJournalWriter *receipt_journal_writer_new(const char *self);
void receipt_journal_writer_add(ReceiptJournalWriter *writer, const char *channel,
                                const ReceiptInbox *inbox, ReceiptLedger *ledger);
/* (transfer full); the writer is freed. */
GBytes *receipt_journal_writer_finish(ReceiptJournalWriter *writer);

/* Returns: (transfer full): array of ReceiptJournalChannel, each with its own clear function; NULL
 * with a RECEIPT_STORE_ERROR otherwise. */
GArray *receipt_journal_read(GBytes *bytes, const char *self, GError **error);

G_END_DECLS

#endif
