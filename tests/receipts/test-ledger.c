/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The own messages of a channel: states, sums, and what a move costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "receipts/receipt-ledger.h"

static void count_touched(ReceiptOwn *own, gpointer user_data)
{
    (void)own;
    *(guint *)user_data += 1;
}

static guint take(ReceiptLedger *ledger)
{
    guint count = 0;

    receipt_ledger_take_touched(ledger, G_MAXUINT, count_touched, &count);
    return count;
}

static ReceiptOwn *store(ReceiptLedger *ledger, guint32 seq, guint members)
{
    g_autofree char *id = g_strdup_printf("m%u", seq);
    ReceiptOwn *own = receipt_ledger_store(ledger, id, seq);

    assert_non_null(own);
    receipt_ledger_set_sums(ledger, own, members, 0, 0);
    return own;
}

static void ledger__moves_forward__through_all_states(void **state)
{
    g_autoptr(ReceiptLedger) ledger = receipt_ledger_new();
    ReceiptOwn *own = receipt_ledger_new_pending(ledger, "m1");

    (void)state;
    receipt_ledger_set_whole(ledger);
    assert_int_equal(own->state, RECEIPT_MESSAGE_PENDING);
    assert_null(receipt_ledger_new_pending(ledger, "m1"));
    assert_ptr_equal(receipt_ledger_store(ledger, "m1", 5), own);
    assert_null(receipt_ledger_store(ledger, "m1", 5));
    assert_null(receipt_ledger_store(ledger, "m1", 6));
    receipt_ledger_set_sums(ledger, own, 2, 0, 0);
    assert_int_equal(own->state, RECEIPT_MESSAGE_SENT);
    assert_int_equal(receipt_ledger_pass(ledger, RECEIPT_RECV, 0, 5), 1);
    assert_int_equal(own->state, RECEIPT_MESSAGE_SENT);
    assert_int_equal(receipt_ledger_pass(ledger, RECEIPT_RECV, 4, 9), 1);
    assert_int_equal(own->state, RECEIPT_MESSAGE_DELIVERED);
    receipt_ledger_pass(ledger, RECEIPT_READ, 0, 5);
    receipt_ledger_pass(ledger, RECEIPT_READ, 0, 5);
    assert_int_equal(own->state, RECEIPT_MESSAGE_READ);
    assert_int_equal(receipt_ledger_n_unsettled(ledger), 0);
    assert_false(receipt_ledger_fail(ledger, "m1"));
}

static void ledger__failed__can_be_sent_again_and_goes_last_in_line(void **state)
{
    g_autoptr(ReceiptLedger) ledger = receipt_ledger_new();
    ReceiptOwn *own = receipt_ledger_new_pending(ledger, "m1");
    guint pending = 0;

    (void)state;
    receipt_ledger_new_pending(ledger, "m2");
    assert_true(receipt_ledger_fail(ledger, "m1"));
    assert_false(receipt_ledger_fail(ledger, "m1"));
    assert_false(receipt_ledger_fail(ledger, "nobody"));
    assert_int_equal(receipt_ledger_n_pending(ledger), 1);
    assert_ptr_equal(receipt_ledger_last(ledger), receipt_ledger_find(ledger, "m2"));
    assert_ptr_equal(receipt_ledger_new_pending(ledger, "m1"), own);
    assert_ptr_equal(receipt_ledger_last(ledger), own);
    receipt_ledger_foreach_pending(ledger, count_touched, &pending);
    assert_int_equal(pending, 2);
    assert_true(receipt_ledger_fail(ledger, "m1"));
    /* The server had it after all. */
    assert_ptr_equal(receipt_ledger_store(ledger, "m1", 7), own);
    assert_int_equal(own->state, RECEIPT_MESSAGE_SENT);
    assert_int_equal(receipt_ledger_n_pending(ledger), 1);
}

static void ledger_store__prefers__the_id_that_the_user_sees(void **state)
{
    g_autoptr(ReceiptLedger) ledger = receipt_ledger_new();

    (void)state;
    receipt_ledger_new_pending(ledger, "local");
    assert_non_null(receipt_ledger_store(ledger, "echo", 5));
    assert_null(receipt_ledger_store(ledger, "echo2", 5));
    assert_non_null(receipt_ledger_store(ledger, "local", 5));
    assert_null(receipt_ledger_find(ledger, "echo"));
    assert_int_equal(receipt_ledger_size(ledger), 1);
    assert_int_equal(receipt_ledger_n_unsettled(ledger), 1);
}

static void ledger_pass__touches__only_what_it_passes(void **state)
{
    g_autoptr(ReceiptLedger) ledger = receipt_ledger_new();

    (void)state;
    for (guint32 seq = 10; seq <= 10000; seq += 10)
        store(ledger, seq, 3);
    assert_int_equal(take(ledger), 1000);
    assert_int_equal(receipt_ledger_pass(ledger, RECEIPT_READ, 5000, 5020), 2);
    assert_int_equal(take(ledger), 2);
    assert_int_equal(receipt_ledger_pass(ledger, RECEIPT_READ, 5001, 5009), 0);
    assert_int_equal(receipt_ledger_pass(ledger, RECEIPT_READ, 5010, 5010), 0);
    assert_int_equal(receipt_ledger_pass(ledger, RECEIPT_READ, 9000, 4), 0);
    assert_false(receipt_ledger_has_touched(ledger));
}

static void ledger__does_not_advance__before_the_audience_is_whole(void **state)
{
    g_autoptr(ReceiptLedger) ledger = receipt_ledger_new();
    ReceiptOwn *own = store(ledger, 1, 1);

    (void)state;
    receipt_ledger_pass(ledger, RECEIPT_RECV, 0, 1);
    assert_int_equal(own->state, RECEIPT_MESSAGE_SENT);
    take(ledger);
    receipt_ledger_set_whole(ledger);
    assert_int_equal(own->state, RECEIPT_MESSAGE_DELIVERED);
    assert_int_equal(take(ledger), 1);
    receipt_ledger_set_whole(ledger);
    assert_int_equal(take(ledger), 0);
}

static void ledger_join__lets_ticks_go__when_the_last_to_wait_for_leaves(void **state)
{
    g_autoptr(ReceiptLedger) ledger = receipt_ledger_new();
    ReceiptOwn *own = store(ledger, 5, 2);

    (void)state;
    receipt_ledger_set_whole(ledger);
    receipt_ledger_pass(ledger, RECEIPT_RECV, 0, 5);
    receipt_ledger_pass(ledger, RECEIPT_READ, 0, 5);
    assert_int_equal(own->state, RECEIPT_MESSAGE_SENT);
    receipt_ledger_join(ledger, 0, 0, 0, -1);
    assert_int_equal(own->state, RECEIPT_MESSAGE_READ);
    assert_int_equal(own->members, 1);
    /* And then everybody: nothing goes back. */
    receipt_ledger_join(ledger, 0, 5, 5, -1);
    assert_int_equal(own->members, 0);
    assert_int_equal(own->read, 0);
    assert_int_equal(own->state, RECEIPT_MESSAGE_READ);
}

static void ledger__waits_for_nobody__in_an_empty_channel_or_when_deleted(void **state)
{
    g_autoptr(ReceiptLedger) ledger = receipt_ledger_new();

    (void)state;
    store(ledger, 1, 0);
    store(ledger, 2, 1);
    store(ledger, 3, 1);
    assert_int_equal(receipt_ledger_n_unsettled(ledger), 3);
    receipt_ledger_set_whole(ledger);
    assert_int_equal(receipt_ledger_n_unsettled(ledger), 2);
    receipt_ledger_abandon(ledger, 0, 2);
    assert_int_equal(receipt_ledger_n_unsettled(ledger), 1);
    receipt_ledger_abandon(ledger, 3, G_MAXUINT32);
    assert_int_equal(receipt_ledger_n_unsettled(ledger), 0);
    assert_int_equal(receipt_ledger_size(ledger), 3);
}

typedef struct {
    guint32 since, recv, read;
} Member;

static void ledger_recount__agrees__with_moving_one_by_one(void **state)
{
    GRand *chance = g_rand_new_with_seed(3);

    (void)state;
    for (guint round = 0; round < 300; round++) {
        g_autoptr(ReceiptLedger) by_list = receipt_ledger_new();
        g_autoptr(ReceiptLedger) by_step = receipt_ledger_new();
        guint n = (guint)g_rand_int_range(chance, 0, 6);

        for (guint32 seq = 1; seq <= 12; seq += (guint32)g_rand_int_range(chance, 1, 4)) {
            store(by_list, seq, 0);
            store(by_step, seq, 0);
        }
        receipt_ledger_recount_begin(by_list);
        for (guint i = 0; i < n; i++) {
            Member member = {(guint32)g_rand_int_range(chance, 0, 14),
                             (guint32)g_rand_int_range(chance, 0, 14), 0};

            member.read = (guint32)g_rand_int_range(chance, 0, (gint)member.recv + 1);
            receipt_ledger_recount_add(by_list, member.since, member.recv, member.read);
            receipt_ledger_join(by_step, member.since, 0, 0, 1);
            receipt_ledger_pass(by_step, RECEIPT_RECV, member.since, member.recv);
            receipt_ledger_pass(by_step, RECEIPT_READ, member.since, member.read);
        }
        receipt_ledger_recount_end(by_list);
        for (guint32 seq = 1; seq <= 12; seq++) {
            g_autofree char *id = g_strdup_printf("m%u", seq);
            const ReceiptOwn *left = receipt_ledger_find(by_list, id);
            const ReceiptOwn *right = receipt_ledger_find(by_step, id);

            if (left == NULL)
                continue;
            assert_int_equal(left->members, right->members);
            assert_int_equal(left->delivered, right->delivered);
            assert_int_equal(left->read, right->read);
        }
    }
    g_rand_free(chance);
}

static void ledger__is_bounded__settled_go_first(void **state)
{
    g_autoptr(ReceiptLedger) ledger = receipt_ledger_new();

    (void)state;
    receipt_ledger_set_whole(ledger);
    store(ledger, 1, 2);
    for (guint32 seq = 2; seq <= 4 * RECEIPT_OWN_SETTLED_MAX; seq++) {
        store(ledger, seq, 1);
        receipt_ledger_pass(ledger, RECEIPT_RECV, seq - 1, seq);
        receipt_ledger_pass(ledger, RECEIPT_READ, seq - 1, seq);
        take(ledger);
    }
    assert_true(receipt_ledger_size(ledger) <= 2 * RECEIPT_OWN_SETTLED_MAX + 1);
    assert_non_null(receipt_ledger_find(ledger, "m1"));
    assert_null(receipt_ledger_find(ledger, "m2"));
    assert_int_equal(receipt_ledger_last(ledger)->seq, 4 * RECEIPT_OWN_SETTLED_MAX);
    for (guint32 seq = 100000; seq < 100000 + RECEIPT_OWN_MAX; seq++)
        store(ledger, seq, 1);
    assert_int_equal(receipt_ledger_size(ledger), RECEIPT_OWN_MAX);
    assert_non_null(receipt_ledger_find(ledger, "m100000"));
    assert_null(receipt_ledger_find(ledger, "m1024"));
}

static void append_seq(ReceiptOwn *own, gpointer user_data)
{
    g_string_append_printf(user_data, "%u ", own->seq);
}

static void ledger_foreach_unsettled__gives__the_newest(void **state)
{
    g_autoptr(ReceiptLedger) ledger = receipt_ledger_new();
    GString *text = g_string_new(NULL);

    (void)state;
    for (guint32 seq = 1; seq <= 6; seq++)
        store(ledger, seq, 1);
    receipt_ledger_abandon(ledger, 5, 5);
    receipt_ledger_foreach_unsettled(ledger, 3, append_seq, text);
    assert_string_equal(text->str, "3 4 6 ");
    g_string_truncate(text, 0);
    receipt_ledger_foreach_unsettled(ledger, 99, append_seq, text);
    assert_string_equal(text->str, "1 2 3 4 6 ");
    g_string_truncate(text, 0);
    receipt_ledger_foreach_unsettled(ledger, 0, append_seq, text);
    assert_string_equal(text->str, "");
    g_string_free(text, TRUE);
}

static void ledger_remove__leaves_no_trace__even_of_a_touched_one(void **state)
{
    g_autoptr(ReceiptLedger) ledger = receipt_ledger_new();
    guint64 edition;

    (void)state;
    receipt_ledger_new_pending(ledger, "p");
    store(ledger, 4, 1);
    store(ledger, 5, 1);
    edition = receipt_ledger_edition(ledger);
    assert_true(receipt_ledger_remove(ledger, "m4"));
    assert_true(receipt_ledger_remove(ledger, "p"));
    assert_false(receipt_ledger_remove(ledger, "p"));
    assert_true(receipt_ledger_edition(ledger) > edition);
    assert_int_equal(take(ledger), 1);
    assert_int_equal(receipt_ledger_pass(ledger, RECEIPT_RECV, 0, 9), 1);
    assert_true(receipt_ledger_remove(ledger, "m5"));
    assert_null(receipt_ledger_last(ledger));
    assert_int_equal(receipt_ledger_n_unsettled(ledger), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ledger__moves_forward__through_all_states),
        cmocka_unit_test(ledger__failed__can_be_sent_again_and_goes_last_in_line),
        cmocka_unit_test(ledger_store__prefers__the_id_that_the_user_sees),
        cmocka_unit_test(ledger_pass__touches__only_what_it_passes),
        cmocka_unit_test(ledger__does_not_advance__before_the_audience_is_whole),
        cmocka_unit_test(ledger_join__lets_ticks_go__when_the_last_to_wait_for_leaves),
        cmocka_unit_test(ledger__waits_for_nobody__in_an_empty_channel_or_when_deleted),
        cmocka_unit_test(ledger_recount__agrees__with_moving_one_by_one),
        cmocka_unit_test(ledger__is_bounded__settled_go_first),
        cmocka_unit_test(ledger_foreach_unsettled__gives__the_newest),
        cmocka_unit_test(ledger_remove__leaves_no_trace__even_of_a_touched_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
