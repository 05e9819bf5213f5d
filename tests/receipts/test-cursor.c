/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One member's pair of cursors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "receipts/receipt-cursor.h"

static void cursor_merge__keeps__highest_when_told_backwards(void **state)
{
    ReceiptCursor cursor = {0, 0};

    (void)state;
    assert_int_equal(receipt_cursor_merge(&cursor, RECEIPT_READ, 10, 20),
                     RECEIPT_MOVED_READ | RECEIPT_MOVED_RECV);
    assert_int_equal(receipt_cursor_merge(&cursor, RECEIPT_READ, 4, 20), RECEIPT_MOVED_NOTHING);
    assert_int_equal(receipt_cursor_merge(&cursor, RECEIPT_RECV, 3, 20), RECEIPT_MOVED_NOTHING);
    assert_int_equal(receipt_cursor_merge(&cursor, RECEIPT_READ, 10, 20), RECEIPT_MOVED_NOTHING);
    assert_int_equal(cursor.read, 10);
    assert_int_equal(cursor.recv, 10);
}

static void cursor_merge__moves_recv_alone__when_received(void **state)
{
    ReceiptCursor cursor = {5, 5};

    (void)state;
    assert_int_equal(receipt_cursor_merge(&cursor, RECEIPT_RECV, 8, 20), RECEIPT_MOVED_RECV);
    assert_int_equal(receipt_cursor_get(&cursor, RECEIPT_RECV), 8);
    assert_int_equal(receipt_cursor_get(&cursor, RECEIPT_READ), 5);
    /* read below recv moves read alone */
    assert_int_equal(receipt_cursor_merge(&cursor, RECEIPT_READ, 7, 20), RECEIPT_MOVED_READ);
    assert_int_equal(cursor.recv, 8);
}

static void cursor_merge__clamps__to_what_exists(void **state)
{
    ReceiptCursor cursor = {0, 0};

    (void)state;
    assert_int_equal(receipt_cursor_merge(&cursor, RECEIPT_READ, G_MAXUINT32, 3),
                     RECEIPT_MOVED_READ | RECEIPT_MOVED_RECV);
    assert_int_equal(cursor.read, 3);
    assert_int_equal(receipt_cursor_merge(&cursor, RECEIPT_RECV, 9, 0), RECEIPT_MOVED_NOTHING);
    assert_int_equal(cursor.recv, 3);
}

static void cursor_merge__holds_its_invariants__for_every_short_sequence(void **state)
{
    (void)state;
    /* Every sequence of three merges out of kinds x seqs 0..3 under cap 2. */
    for (guint code = 0; code < 8 * 8 * 8; code++) {
        ReceiptCursor cursor = {0, 0};

        for (guint step = 0, rest = code; step < 3; step++, rest /= 8) {
            ReceiptCursor before = cursor;
            ReceiptMoved moved = receipt_cursor_merge(
                &cursor, rest & 1 ? RECEIPT_READ : RECEIPT_RECV, (rest >> 1) & 3, 2);

            assert_true(cursor.recv >= cursor.read);
            assert_true(cursor.recv <= 2);
            assert_true(cursor.recv >= before.recv && cursor.read >= before.read);
            assert_int_equal((moved & RECEIPT_MOVED_RECV) != 0, cursor.recv != before.recv);
            assert_int_equal((moved & RECEIPT_MOVED_READ) != 0, cursor.read != before.read);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cursor_merge__keeps__highest_when_told_backwards),
        cmocka_unit_test(cursor_merge__moves_recv_alone__when_received),
        cmocka_unit_test(cursor_merge__clamps__to_what_exists),
        cmocka_unit_test(cursor_merge__holds_its_invariants__for_every_short_sequence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
