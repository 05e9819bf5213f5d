/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other members of a channel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "receipts/receipt-audience.h"

static void audience__counts__from_since_on(void **state)
{
    g_autoptr(ReceiptAudience) audience = receipt_audience_new("grpF");
    gboolean is_new;
    ReceiptMemberRow *bob = receipt_audience_ensure(audience, "usrB", 0, &is_new);
    ReceiptMemberRow *carol = receipt_audience_ensure(audience, "usrC", 10, NULL);

    (void)state;
    assert_true(is_new);
    assert_ptr_equal(receipt_audience_ensure(audience, "usrB", 99, &is_new), bob);
    assert_false(is_new);
    assert_int_equal(bob->since, 0);
    assert_true(receipt_audience_counts(bob, 1));
    assert_false(receipt_audience_counts(carol, 10));
    assert_true(receipt_audience_counts(carol, 11));
    receipt_audience_set_can_read(audience, carol, FALSE, 0);
    assert_false(receipt_audience_counts(carol, 11));
    /* Who comes back counts from then on. */
    receipt_audience_set_can_read(audience, carol, TRUE, 20);
    assert_false(receipt_audience_counts(carol, 20));
    /* Saying it twice changes nothing. */
    receipt_audience_set_can_read(audience, carol, TRUE, 30);
    assert_int_equal(carol->since, 20);
}

static void audience_is_whole__needs_a_list__or_a_conversation_of_two(void **state)
{
    g_autoptr(ReceiptAudience) group = receipt_audience_new("grpF");
    g_autoptr(ReceiptAudience) pair = receipt_audience_new("usrB");

    (void)state;
    receipt_audience_ensure(group, "usrB", 0, NULL);
    assert_false(receipt_audience_is_whole(group));
    receipt_audience_set_whole(group);
    assert_true(receipt_audience_is_whole(group));
    assert_false(receipt_audience_is_whole(pair));
    receipt_audience_ensure(pair, "usrB", 0, NULL);
    assert_true(receipt_audience_is_whole(pair));
}

static void audience_tally__agrees__with_counting_one_by_one(void **state)
{
    GRand *chance = g_rand_new_with_seed(2);

    (void)state;
    for (guint round = 0; round < 300; round++) {
        g_autoptr(ReceiptAudience) audience = receipt_audience_new("grpF");
        ReceiptMemberRow *rows[5];

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
            g_autofree char *name = g_strdup_printf("usr%u", i);

            rows[i] = receipt_audience_ensure(audience, name,
                                              (guint32)g_rand_int_range(chance, 0, 6), NULL);
        }
        for (guint step = 0; step < 12; step++) {
            ReceiptMemberRow *row = rows[g_rand_int_range(chance, 0, G_N_ELEMENTS(rows))];
            guint32 seq = (guint32)g_rand_int_range(chance, 0, 10);

            if (g_rand_int_range(chance, 0, 3) == 0)
                receipt_audience_set_can_read(audience, row, g_rand_boolean(chance), seq);
            else
                receipt_audience_merge(
                    audience, row, g_rand_boolean(chance) ? RECEIPT_READ : RECEIPT_RECV, seq, 9);
        }
        for (guint32 seq = 1; seq < 12; seq++) {
            guint members, delivered, read, m = 0, d = 0, r = 0;
            g_autoptr(GPtrArray) sorted = receipt_audience_sorted(audience, seq);

            receipt_audience_tally(audience, seq, &members, &delivered, &read);
            for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                if (!rows[i]->can_read || rows[i]->since >= seq)
                    continue;
                assert_ptr_equal(g_ptr_array_index(sorted, m), rows[i]);
                m++;
                d += rows[i]->cursor.recv >= seq;
                r += rows[i]->cursor.read >= seq;
            }
            assert_int_equal(sorted->len, m);
            assert_int_equal(members, m);
            assert_int_equal(delivered, d);
            assert_int_equal(read, r);
        }
    }
    g_rand_free(chance);
}

static void audience_learnt_ms__remembers__the_latest_steps(void **state)
{
    g_autoptr(ReceiptAudience) audience = receipt_audience_new("grpF");
    ReceiptMemberRow *row = receipt_audience_ensure(audience, "usrB", 0, NULL);

    (void)state;
    assert_int_equal(receipt_audience_learnt_ms(row, RECEIPT_READ, 1), -1);
    for (guint32 i = 1; i <= RECEIPT_STEPS_MAX + 2; i++) {
        receipt_audience_merge(audience, row, RECEIPT_READ, 10 * i, 1000);
        receipt_audience_note_step(row, RECEIPT_READ, 10 * i, 1000 + i);
    }
    assert_int_equal(receipt_audience_learnt_ms(row, RECEIPT_READ, 100), 1010);
    assert_int_equal(receipt_audience_learnt_ms(row, RECEIPT_READ, 91), 1010);
    assert_int_equal(receipt_audience_learnt_ms(row, RECEIPT_READ, 90), 1009);
    assert_int_equal(receipt_audience_learnt_ms(row, RECEIPT_READ, 30), 1003);
    /* The first two fell out. */
    assert_int_equal(receipt_audience_learnt_ms(row, RECEIPT_READ, 29), -1);
    assert_int_equal(receipt_audience_learnt_ms(row, RECEIPT_READ, 101), -1);
    assert_int_equal(receipt_audience_learnt_ms(row, RECEIPT_RECV, 10), -1);
}

static void audience_ensure__is_bounded__and_lets_go_of_who_left(void **state)
{
    g_autoptr(ReceiptAudience) audience = receipt_audience_new("grpF");
    ReceiptMemberRow *first = receipt_audience_ensure(audience, "first", 0, NULL);

    (void)state;
    for (guint i = 1; i < RECEIPT_MEMBERS_MAX; i++) {
        g_autofree char *name = g_strdup_printf("usr%u", i);

        assert_non_null(receipt_audience_ensure(audience, name, 0, NULL));
    }
    assert_null(receipt_audience_ensure(audience, "one too many", 0, NULL));
    receipt_audience_set_can_read(audience, first, FALSE, 0);
    assert_non_null(receipt_audience_ensure(audience, "one too many", 0, NULL));
    assert_null(receipt_audience_find(audience, "first"));
    assert_int_equal(receipt_audience_size(audience), RECEIPT_MEMBERS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(audience__counts__from_since_on),
        cmocka_unit_test(audience_is_whole__needs_a_list__or_a_conversation_of_two),
        cmocka_unit_test(audience_tally__agrees__with_counting_one_by_one),
        cmocka_unit_test(audience_learnt_ms__remembers__the_latest_steps),
        cmocka_unit_test(audience_ensure__is_bounded__and_lets_go_of_who_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
