/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unread and the cursors that could be told, held against a plain picture of every message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "receipts/receipt-inbox.h"

static void inbox__ignores__what_the_server_does_not_have(void **state)
{
    ReceiptInbox inbox = {0};

    (void)state;
    receipt_inbox_hand(&inbox, 1, 9);
    assert_int_equal(receipt_inbox_target(&inbox, RECEIPT_RECV), 0);
    assert_int_equal(receipt_inbox_merge_own(&inbox, RECEIPT_READ, 5), RECEIPT_MOVED_NOTHING);
    assert_true(receipt_inbox_raise_last(&inbox, 4));
    assert_false(receipt_inbox_raise_last(&inbox, 4));
    receipt_inbox_hand(&inbox, 1, 9);
    receipt_inbox_see(&inbox, 9, TRUE);
    receipt_inbox_delete(&inbox, 4, G_MAXUINT32);
    assert_int_equal(receipt_inbox_target(&inbox, RECEIPT_RECV), 4);
    assert_int_equal(receipt_inbox_news(&inbox, RECEIPT_READ), 4);
    receipt_inbox_raise_last(&inbox, 6);
    assert_int_equal(receipt_inbox_target(&inbox, RECEIPT_RECV), 4);
    assert_int_equal(receipt_inbox_unread(&inbox), 2);
    receipt_inbox_clear(&inbox);
}

static void inbox_refuse__silences__what_was_refused_only(void **state)
{
    ReceiptInbox inbox = {0};

    (void)state;
    receipt_inbox_raise_last(&inbox, 9);
    receipt_inbox_hand(&inbox, 1, 5);
    receipt_inbox_refuse(&inbox, RECEIPT_RECV, 5);
    assert_int_equal(receipt_inbox_news(&inbox, RECEIPT_RECV), 0);
    receipt_inbox_hand(&inbox, 6, 6);
    assert_int_equal(receipt_inbox_news(&inbox, RECEIPT_RECV), 6);
    receipt_inbox_clear(&inbox);
}

#define TOP 14

/* The plain picture: one flag per message and fact. */
typedef struct {
    guint32 last, own_recv, own_read, told;
    gboolean handed[TOP + 2], seen[TOP + 2], deleted[TOP + 2];
} Picture;

static guint32 plain_recv(const Picture *picture)
{
    guint32 top = picture->own_read;

    for (guint32 seq = picture->own_read + 1; seq <= picture->last; seq++) {
        if (picture->handed[seq])
            top = seq;
        else if (!picture->deleted[seq])
            break;
    }
    return top;
}

static guint32 plain_seen(const Picture *picture)
{
    guint32 top = picture->own_read;

    for (guint32 seq = picture->own_read + 1; seq <= picture->last; seq++) {
        if (picture->seen[seq])
            top = seq;
        else if (!picture->deleted[seq])
            break;
    }
    return top;
}

static guint plain_unread(const Picture *picture)
{
    guint count = 0;

    for (guint32 seq = picture->own_read + 1; seq <= picture->last; seq++)
        count += !picture->seen[seq] && !picture->deleted[seq];
    return count;
}

static void step(GRand *chance, ReceiptInbox *inbox, Picture *picture)
{
    guint32 low = (guint32)g_rand_int_range(chance, 1, TOP + 1);
    guint32 high = low + (guint32)g_rand_int_range(chance, 0, 4);
    gboolean tell = g_rand_boolean(chance);

    high = MIN(high, TOP);
    switch (g_rand_int_range(chance, 0, 6)) {
    case 0:
        receipt_inbox_raise_last(inbox, high);
        picture->last = MAX(picture->last, high);
        break;
    case 1:
        receipt_inbox_merge_own(inbox, tell ? RECEIPT_READ : RECEIPT_RECV, low);
        low = MIN(low, picture->last);
        picture->own_recv = MAX(picture->own_recv, low);
        if (tell)
            picture->own_read = MAX(picture->own_read, low);
        break;
    case 2:
        receipt_inbox_delete(inbox, low, high);
        for (guint32 seq = low; seq <= MIN(high, picture->last); seq++)
            picture->deleted[seq] = TRUE;
        break;
    case 3:
        receipt_inbox_see(inbox, high, tell);
        /* Who has seen what is there has seen that the rest is deleted. */
        for (guint32 seq = 1; seq <= MIN(high, picture->last); seq++)
            picture->seen[seq] |=
                picture->handed[seq] || (picture->deleted[seq] && seq <= plain_recv(picture));
        /* What is not there yet is not told by this, however it is seen later. */
        for (guint32 seq = 1; tell && seq <= MIN(high, picture->last); seq++) {
            if (picture->seen[seq] || seq <= plain_seen(picture))
                picture->told = MAX(picture->told, seq);
        }
        break;
    default:
        receipt_inbox_hand(inbox, low, high);
        for (guint32 seq = low; seq <= MIN(high, picture->last); seq++)
            picture->handed[seq] = TRUE;
        break;
    }
}

static void inbox__agrees__with_the_plain_picture(void **state)
{
    GRand *chance = g_rand_new_with_seed(4);

    (void)state;
    for (guint round = 0; round < 5000; round++) {
        ReceiptInbox inbox = {0};
        Picture picture = {0};
        guint32 handed_up_to = 0;

        for (guint i = 0; i < 25; i++) {
            step(chance, &inbox, &picture);
            assert_int_equal(inbox.own.read, picture.own_read);
            assert_int_equal(inbox.own.recv, picture.own_recv);
            assert_int_equal(receipt_inbox_unread(&inbox), plain_unread(&picture));
            assert_int_equal(receipt_inbox_target(&inbox, RECEIPT_READ),
                             MIN(plain_seen(&picture), picture.told));
            assert_int_equal(receipt_inbox_target(&inbox, RECEIPT_RECV),
                             MAX(plain_recv(&picture), inbox.handed_up_to));
            /* Everything between where it began and where it is was handed on or deleted. */
            assert_true(inbox.handed_up_to >= handed_up_to);
            for (guint32 seq = handed_up_to + 1; handed_up_to > 0 && seq <= inbox.handed_up_to;
                 seq++)
                assert_true(picture.handed[seq] || picture.deleted[seq]);
            handed_up_to = inbox.handed_up_to;
        }
        receipt_inbox_clear(&inbox);
    }
    g_rand_free(chance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inbox__ignores__what_the_server_does_not_have),
        cmocka_unit_test(inbox_refuse__silences__what_was_refused_only),
        cmocka_unit_test(inbox__agrees__with_the_plain_picture),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
