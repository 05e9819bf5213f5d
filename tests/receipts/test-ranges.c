/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of message numbers, held against a plain array of flags. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "receipts/receipt-ranges.h"

static void ranges_add__merges__what_touches(void **state)
{
    ReceiptRanges ranges = {NULL};

    (void)state;
    assert_true(receipt_ranges_add(&ranges, 5, 6));
    assert_true(receipt_ranges_add(&ranges, 9, 9));
    assert_int_equal(receipt_ranges_size(&ranges), 2);
    assert_true(receipt_ranges_add(&ranges, 7, 8));
    assert_int_equal(receipt_ranges_size(&ranges), 1);
    assert_int_equal(receipt_ranges_at(&ranges, 0)->low, 5);
    assert_int_equal(receipt_ranges_at(&ranges, 0)->high, 9);
    assert_false(receipt_ranges_add(&ranges, 6, 9));
    assert_false(receipt_ranges_add(&ranges, 9, 6));
    assert_true(receipt_ranges_add(&ranges, 0, 1));
    assert_int_equal(receipt_ranges_at(&ranges, 0)->low, 1);
    receipt_ranges_clear(&ranges);
    assert_int_equal(receipt_ranges_size(&ranges), 0);
}

static void ranges__work__at_the_top_of_the_numbers(void **state)
{
    ReceiptRanges ranges = {NULL};

    (void)state;
    assert_true(receipt_ranges_add(&ranges, G_MAXUINT32 - 1, G_MAXUINT32));
    assert_true(receipt_ranges_contains(&ranges, G_MAXUINT32));
    assert_int_equal(receipt_ranges_contiguous(&ranges, G_MAXUINT32 - 2), G_MAXUINT32);
    assert_int_equal(receipt_ranges_contiguous(&ranges, G_MAXUINT32), G_MAXUINT32);
    assert_int_equal(receipt_ranges_count(&ranges, 1, G_MAXUINT32), 2);
    assert_true(receipt_ranges_add(&ranges, 1, G_MAXUINT32));
    assert_int_equal(receipt_ranges_size(&ranges), 1);
    receipt_ranges_drop_up_to(&ranges, G_MAXUINT32 - 1);
    assert_int_equal(receipt_ranges_at(&ranges, 0)->low, G_MAXUINT32);
    receipt_ranges_drop_up_to(&ranges, G_MAXUINT32);
    assert_int_equal(receipt_ranges_size(&ranges), 0);
}

static void ranges_add__stops_growing__at_the_bound(void **state)
{
    ReceiptRanges ranges = {NULL};

    (void)state;
    for (guint32 i = 0; i < 2 * RECEIPT_RANGES_MAX; i++)
        receipt_ranges_add(&ranges, 3 * i + 1, 3 * i + 1);
    assert_int_equal(receipt_ranges_size(&ranges), RECEIPT_RANGES_MAX);
    /* What merges still fits. */
    assert_true(receipt_ranges_add(&ranges, 2, 3));
    receipt_ranges_clear(&ranges);
}

#define TOP 24

static void ranges__agree__with_plain_flags(void **state)
{
    GRand *chance = g_rand_new_with_seed(1);

    (void)state;
    for (guint round = 0; round < 2000; round++) {
        ReceiptRanges ranges = {NULL};
        gboolean flags[TOP + 2] = {FALSE};

        for (guint step = 0; step < 8; step++) {
            guint32 low = (guint32)g_rand_int_range(chance, 0, TOP + 1);
            guint32 high = (guint32)g_rand_int_range(chance, 0, TOP + 1);
            gboolean has_changed = FALSE;

            if (g_rand_int_range(chance, 0, 4) == 0) {
                receipt_ranges_drop_up_to(&ranges, low);
                for (guint32 i = 0; i <= low; i++)
                    flags[i] = FALSE;
                continue;
            }
            for (guint32 i = MAX(low, 1); i <= high; i++) {
                has_changed |= !flags[i];
                flags[i] = TRUE;
            }
            assert_int_equal(receipt_ranges_add(&ranges, low, high), has_changed);
        }
        for (guint32 low = 0; low <= TOP; low++) {
            guint32 next = low;
            guint count = 0;

            assert_int_equal(receipt_ranges_contains(&ranges, low), flags[low]);
            while (flags[next + 1])
                next++;
            assert_int_equal(receipt_ranges_contiguous(&ranges, low), next);
            for (guint32 i = low; i <= TOP; i++)
                count += flags[i];
            assert_int_equal(receipt_ranges_count(&ranges, low, TOP), count);
            for (guint32 high = low; high <= TOP; high++) {
                guint32 highest = 0;

                for (guint32 i = MAX(low, 1); i <= high; i++)
                    highest = flags[i] ? i : highest;
                assert_int_equal(receipt_ranges_highest(&ranges, low, high), highest);
            }
        }
        assert_int_equal(receipt_ranges_count(&ranges, 5, 4), 0);
        receipt_ranges_clear(&ranges);
    }
    g_rand_free(chance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_add__merges__what_touches),
        cmocka_unit_test(ranges__work__at_the_top_of_the_numbers),
        cmocka_unit_test(ranges_add__stops_growing__at_the_bound),
        cmocka_unit_test(ranges__agree__with_plain_flags),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
