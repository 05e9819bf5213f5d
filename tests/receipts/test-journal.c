/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Durable state and bytes: what goes in comes out, and nothing else is believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "receipts/receipt-journal.h"

#define SELF "usrMe"

static GBytes *write_one(void)
{
    ReceiptJournalWriter *writer = receipt_journal_writer_new(SELF);
    g_autoptr(ReceiptLedger) ledger = receipt_ledger_new();
    ReceiptInbox inbox = {0};

    receipt_inbox_raise_last(&inbox, 50);
    receipt_inbox_merge_own(&inbox, RECEIPT_READ, 10);
    receipt_inbox_merge_own(&inbox, RECEIPT_RECV, 12);
    receipt_inbox_hand(&inbox, 11, 20);
    receipt_inbox_hand(&inbox, 30, 32);
    receipt_inbox_see(&inbox, 15, TRUE);
    receipt_inbox_delete(&inbox, 40, 41);
    receipt_inbox_refuse(&inbox, RECEIPT_RECV, 13);
    receipt_ledger_new_pending(ledger, "second");
    receipt_ledger_new_pending(ledger, "first");
    receipt_ledger_new_pending(ledger, "failed");
    receipt_ledger_fail(ledger, "failed");
    receipt_ledger_store(ledger, "sent", 44);
    receipt_ledger_set_state(ledger, receipt_ledger_store(ledger, "delivered", 43),
                             RECEIPT_MESSAGE_DELIVERED);
    receipt_ledger_set_state(ledger, receipt_ledger_store(ledger, "read", 42),
                             RECEIPT_MESSAGE_READ);
    receipt_journal_writer_add(writer, "usrB", &inbox, ledger);
    receipt_journal_writer_add(writer, "grpF", &(ReceiptInbox){.last_seq = 3}, NULL);
    receipt_inbox_clear(&inbox);
    return receipt_journal_writer_finish(writer);
}

static void assert_refused(GBytes *bytes, const char *self, int code)
{
    g_autoptr(GError) error = NULL;

    assert_null(receipt_journal_read(bytes, self, &error));
    assert_non_null(error);
    assert_true(error->domain == RECEIPT_STORE_ERROR);
    if (code >= 0)
        assert_int_equal(error->code, code);
}

static void journal__gives_back__what_was_written(void **state)
{
    g_autoptr(GBytes) bytes = write_one();
    g_autoptr(GError) error = NULL;
    GArray *channels = receipt_journal_read(bytes, SELF, &error);
    const ReceiptJournalChannel *channel;
    static const char *const ids[] = {"second", "first", "delivered", "sent"};
    static const guint32 seqs[] = {0, 0, 43, 44};

    (void)state;
    assert_null(error);
    assert_int_equal(channels->len, 2);
    channel = &g_array_index(channels, ReceiptJournalChannel, 0);
    assert_string_equal(channel->name, "usrB");
    assert_int_equal(channel->inbox.last_seq, 50);
    assert_int_equal(channel->inbox.own.read, 10);
    assert_int_equal(channel->inbox.own.recv, 12);
    assert_int_equal(channel->inbox.handed_up_to, 20);
    assert_int_equal(channel->inbox.seen_up_to, 15);
    assert_int_equal(channel->inbox.tell_up_to, 15);
    assert_int_equal(channel->inbox.refused.recv, 13);
    assert_true(receipt_ranges_contains(&channel->inbox.handed, 31));
    assert_true(receipt_ranges_contains(&channel->inbox.deleted, 40));
    assert_int_equal(receipt_inbox_unread(&channel->inbox), 33);
    assert_int_equal(channel->messages->len, G_N_ELEMENTS(ids));
    for (guint i = 0; i < G_N_ELEMENTS(ids); i++) {
        const ReceiptJournalMessage *message =
            &g_array_index(channel->messages, ReceiptJournalMessage, i);

        assert_string_equal(message->id, ids[i]);
        assert_int_equal(message->seq, seqs[i]);
    }
    g_array_unref(channels);
}

static void journal__refuses__every_flipped_bit(void **state)
{
    g_autoptr(GBytes) bytes = write_one();
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);

    (void)state;
    for (gsize i = 0; i < size; i++) {
        for (guint bit = 0; bit < 8; bit++) {
            g_autofree guint8 *bad = g_memdup2(data, size);
            g_autoptr(GBytes) torn = NULL;

            bad[i] ^= (guint8)(1u << bit);
            torn = g_bytes_new(bad, size);
            assert_refused(torn, SELF,
                           i < 8 ? RECEIPT_STORE_ERROR_FOREIGN : RECEIPT_STORE_ERROR_TORN);
        }
    }
}

static void journal__refuses__every_length_but_its_own(void **state)
{
    g_autoptr(GBytes) bytes = write_one();
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    g_autofree guint8 *longer = g_malloc0(size + 1);
    g_autoptr(GBytes) appended = NULL;

    (void)state;
    for (gsize length = 0; length < size; length++) {
        g_autoptr(GBytes) torn = g_bytes_new(data, length);

        assert_refused(torn, SELF, RECEIPT_STORE_ERROR_TORN);
    }
    memcpy(longer, data, size);
    appended = g_bytes_new(longer, size + 1);
    assert_refused(appended, SELF, RECEIPT_STORE_ERROR_TORN);
}

static void journal__refuses__another_user_and_other_files(void **state)
{
    g_autoptr(GBytes) bytes = write_one();
    g_autoptr(GBytes) text = g_bytes_new_static("<?xml version='1.0'?>", 21);
    g_autoptr(GBytes) little = g_bytes_new_static("rec?", 4);

    (void)state;
    assert_refused(bytes, "usrOther", RECEIPT_STORE_ERROR_FOREIGN);
    assert_refused(text, SELF, RECEIPT_STORE_ERROR_FOREIGN);
    assert_refused(little, SELF, RECEIPT_STORE_ERROR_FOREIGN);
}

/* The same envelope around another payload or version, with a sum that is right. */
static GBytes *forge(guint32 version, GVariant *payload)
{
    g_autoptr(GVariant) value = g_variant_ref_sink(payload);
    g_autoptr(GChecksum) sha = g_checksum_new(G_CHECKSUM_SHA256);
    gsize size = g_variant_get_size(value), length = 32;
    guint8 *data = g_malloc0(48 + size);
    guint32 le_version = GUINT32_TO_LE(version), le_size = GUINT32_TO_LE((guint32)size);

    memcpy(data, "receipts", 8);
    memcpy(data + 8, &le_version, 4);
    memcpy(data + 12, &le_size, 4);
    g_variant_store(value, data + 48);
    g_checksum_update(sha, data, 16);
    g_checksum_update(sha, data + 48, (gssize)size);
    g_checksum_get_digest(sha, data + 16, &length);
    return g_bytes_new_take(data, 48 + size);
}

static void journal__refuses__a_newer_version_and_a_wrong_payload(void **state)
{
    g_autoptr(GBytes) newer = forge(2, g_variant_new_string("of the future"));
    g_autoptr(GBytes) older = forge(0, g_variant_new_string("of the past"));
    g_autoptr(GBytes) wrong = forge(1, g_variant_new_string("not what it says"));

    (void)state;
    assert_refused(newer, SELF, RECEIPT_STORE_ERROR_NEWER);
    assert_refused(older, SELF, RECEIPT_STORE_ERROR_FOREIGN);
    assert_refused(wrong, SELF, RECEIPT_STORE_ERROR_TORN);
}

static void journal__puts_right__values_that_cannot_be(void **state)
{
    g_autoptr(GBytes) bytes =
        forge(1, g_variant_new_parsed(
                     "('usrMe', [('usrB', uint32 9, uint32 99, uint32 99, uint32 99, uint32 99,"
                     " uint32 99, uint32 99, uint32 99, [(uint32 5, uint32 2), (8, 4000000000)],"
                     " [(uint32 1, uint32 3)], [(uint32 0, uint32 4)],"
                     " [('', uint32 0, byte 0), ('late', 10, 1), ('odd', 3, 9), ('read', 3, 3),"
                     " ('pending with seq', 3, 0), ('stored without', 0, 1), ('good', 3, 1)])])"));
    g_autoptr(GError) error = NULL;
    GArray *channels = receipt_journal_read(bytes, SELF, &error);
    const ReceiptJournalChannel *channel;

    (void)state;
    assert_non_null(channels);
    channel = &g_array_index(channels, ReceiptJournalChannel, 0);
    assert_int_equal(channel->inbox.own.read, 9);
    assert_int_equal(channel->inbox.own.recv, 9);
    assert_int_equal(channel->inbox.handed_up_to, 9);
    assert_int_equal(channel->inbox.tell_up_to, 9);
    assert_int_equal(receipt_ranges_size(&channel->inbox.handed), 0);
    assert_int_equal(receipt_inbox_unread(&channel->inbox), 0);
    assert_int_equal(channel->messages->len, 1);
    assert_string_equal(g_array_index(channel->messages, ReceiptJournalMessage, 0).id, "good");
    g_array_unref(channels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(journal__gives_back__what_was_written),
        cmocka_unit_test(journal__refuses__every_flipped_bit),
        cmocka_unit_test(journal__refuses__every_length_but_its_own),
        cmocka_unit_test(journal__refuses__another_user_and_other_files),
        cmocka_unit_test(journal__refuses__a_newer_version_and_a_wrong_payload),
        cmocka_unit_test(journal__puts_right__values_that_cannot_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
