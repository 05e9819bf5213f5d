/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stories of the engine: own messages, members, who has what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "receipts/receipt-audience.h"
#include "support-world.h"

#define E world->engine, world->now_ms

static World *flowers(guint32 last_seq)
{
    World *world = world_new_online();

    world_activate(world, "grpF", last_seq, "usrB", "usrC", "usrD", NULL);
    world_snapshot_own(world, "grpF", last_seq, last_seq, last_seq);
    world_clear_log(world);
    return world;
}

static void message__in_a_group__says_how_far(void **state)
{
    World *world = flowers(29);

    (void)state;
    receipt_engine_message_new(E, "grpF", "m");
    receipt_engine_message_stored(E, "grpF", "m", 30);
    receipt_engine_cursor(E, "grpF", "usrB", RECEIPT_RECV, 30);
    receipt_engine_cursor(E, "grpF", "usrB", RECEIPT_READ, 30);
    receipt_engine_cursor(E, "grpF", "usrC", RECEIPT_RECV, 30);
    world_expect(world, "message grpF m 0 pending 0/0/0", "message grpF m 30 sent 0/0/3",
                 "receipt grpF usrB recv 30", "message grpF m 30 sent 1/0/3",
                 "receipt grpF usrB read 30", "message grpF m 30 sent 1/1/3",
                 "receipt grpF usrC recv 30", "message grpF m 30 sent 2/1/3");
    receipt_engine_cursor(E, "grpF", "usrD", RECEIPT_RECV, 30);
    world_expect(world, "receipt grpF usrD recv 30", "message grpF m 30 delivered 3/1/3");
    receipt_engine_cursor(E, "grpF", "usrC", RECEIPT_READ, 30);
    receipt_engine_cursor(E, "grpF", "usrD", RECEIPT_READ, 30);
    world_expect(world, "receipt grpF usrC read 30", "message grpF m 30 delivered 3/2/3",
                 "receipt grpF usrD read 30", "message grpF m 30 read 3/3/3");
    world_free(world);
}

static void message__told_backwards__stays_and_is_counted_stale(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_activate(world, "usrB", 12, "usrB", NULL);
    receipt_engine_cursor(E, "usrB", "usrB", RECEIPT_READ, 10);
    world_clear_log(world);
    {
        guint64 before = world_metrics(world).stale;

        receipt_engine_arrived(E, "usrB", 8, "usrB");
        receipt_engine_arrived(E, "usrB", 7, "usrB");
        receipt_engine_arrived(E, "usrB", 6, "usrB");
        receipt_engine_cursor(E, "usrB", "usrB", RECEIPT_READ, 4);
        world_snapshot_member(world, "usrB", "usrB", 3, 9);
        world_expect_nothing(world);
        assert_int_equal(world_metrics(world).stale - before, 5);
    }
    world_free(world);
}

static void message__of_another__means_that_they_read_ours(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_activate(world, "usrB", 12, "usrB", NULL);
    world_snapshot_own(world, "usrB", 12, 12, 12);
    world_clear_log(world);
    receipt_engine_message_stored(E, "usrB", "m", 13);
    receipt_engine_arrived(E, "usrB", 14, "usrB");
    world_expect(world, "message usrB m 13 sent 0/0/1", "receipt usrB usrB read 14",
                 "message usrB m 13 read 1/1/1", "unread usrB 1");
    world_free(world);
}

static void message__who_comes_later__takes_no_tick_back(void **state)
{
    World *world = flowers(9);

    (void)state;
    receipt_engine_message_stored(E, "grpF", "m10", 10);
    receipt_engine_member(E, "grpF", "usrE", TRUE);
    receipt_engine_cursor(E, "grpF", "usrG", RECEIPT_RECV, 10);
    receipt_engine_message_stored(E, "grpF", "m11", 11);
    world_expect(world, "message grpF m10 10 sent 0/0/3", "receipt grpF usrG recv 10",
                 "message grpF m11 11 sent 0/0/5");
    world_free(world);
}

static void message__who_leaves__holds_no_tick_back(void **state)
{
    World *world = flowers(9);

    (void)state;
    receipt_engine_message_stored(E, "grpF", "m", 10);
    receipt_engine_cursor(E, "grpF", "usrB", RECEIPT_READ, 10);
    receipt_engine_cursor(E, "grpF", "usrC", RECEIPT_READ, 10);
    world_clear_log(world);
    receipt_engine_member(E, "grpF", "usrD", FALSE);
    world_expect(world, "message grpF m 10 read 2/2/2");
    /* A late receipt of who left does not make them a member again. */
    receipt_engine_cursor(E, "grpF", "usrD", RECEIPT_READ, 10);
    receipt_engine_member(E, "grpF", "usrB", FALSE);
    world_expect(world, "receipt grpF usrD read 10", "message grpF m 10 read 1/1/1");
    world_free(world);
}

static void message__complete_list__shows_who_left_and_who_came(void **state)
{
    World *world = flowers(9);
    ReceiptMember rows[] = {{"usrB", 10, 10, TRUE},
                            {"usrC", 10, 4, TRUE},
                            {"usrE", 0, 0, TRUE},
                            {ME, 3, 3, TRUE},
                            {"usrX", 10, 10, FALSE}};
    ReceiptSnapshot shot = {
        .last_seq = 10, .members = rows, .n_members = G_N_ELEMENTS(rows), .is_complete = TRUE};

    (void)state;
    receipt_engine_message_stored(E, "grpF", "m", 10);
    world_clear_log(world);
    receipt_engine_snapshot(E, "grpF", &shot);
    world_expect(world, "receipt grpF usrB read 10", "receipt grpF usrC recv 10",
                 "receipt grpF usrC read 4", "receipt grpF usrX read 10",
                 "message grpF m 10 delivered 2/1/2");
    receipt_engine_snapshot(E, "grpF", &shot);
    world_expect_nothing(world);
    world_free(world);
}

static void message__before_the_list__is_not_called_delivered(void **state)
{
    World *world = world_new_online();
    ReceiptMember rows[] = {{"usrB", 1, 0, TRUE}, {"usrC", 0, 0, TRUE}};
    ReceiptSnapshot shot = {.members = rows, .n_members = 2, .is_complete = TRUE};

    (void)state;
    receipt_engine_message_stored(E, "grpF", "m", 1);
    receipt_engine_cursor(E, "grpF", "usrB", RECEIPT_RECV, 1);
    world_expect(world, "message grpF m 1 sent 0/0/0", "receipt grpF usrB recv 1",
                 "message grpF m 1 sent 1/0/1");
    receipt_engine_snapshot(E, "grpF", &shot);
    world_expect(world, "message grpF m 1 sent 1/0/2");
    receipt_engine_cursor(E, "grpF", "usrC", RECEIPT_RECV, 1);
    world_expect(world, "receipt grpF usrC recv 1", "message grpF m 1 delivered 2/0/2");
    world_free(world);
}

static void message__refused__is_told_and_can_be_sent_again(void **state)
{
    World *world = flowers(9);

    (void)state;
    receipt_engine_message_new(E, "grpF", "m");
    receipt_engine_message_new(E, "grpF", "m");
    receipt_engine_message_failed(E, "grpF", "m", RECEIPT_ERROR_FORBIDDEN);
    receipt_engine_message_failed(E, "grpF", "m", RECEIPT_ERROR_FORBIDDEN);
    world_expect(world, "message grpF m 0 pending 0/0/0", "problem grpF message forbidden",
                 "message grpF m 0 failed 0/0/0");
    receipt_engine_message_new(E, "grpF", "m");
    receipt_engine_message_failed(E, "grpF", "m", RECEIPT_ERROR_FORBIDDEN);
    /* The same trouble is not told twice. */
    world_expect(world, "message grpF m 0 pending 0/0/0", "message grpF m 0 failed 0/0/0");
    receipt_engine_message_new(E, "grpF", "m");
    receipt_engine_message_stored(E, "grpF", "m", 10);
    receipt_engine_message_new(E, "grpF", "m2");
    receipt_engine_message_failed(E, "grpF", "m2", RECEIPT_ERROR_FORBIDDEN);
    world_expect(world, "message grpF m 0 pending 0/0/0", "message grpF m 10 sent 0/0/3",
                 "message grpF m2 0 pending 0/0/0", "problem grpF message forbidden",
                 "message grpF m2 0 failed 0/0/0");
    receipt_engine_message_forget(E, "grpF", "m2");
    receipt_engine_message_forget(E, "grpF", "m2");
    world_expect_nothing(world);
    assert_false(receipt_engine_message(world->engine, "grpF", "m2", &(ReceiptMessage){0}));
    world_free(world);
}

static void message__stored_twice__is_one(void **state)
{
    World *world = flowers(9);

    (void)state;
    receipt_engine_message_stored(E, "grpF", "m", 10);
    receipt_engine_message_stored(E, "grpF", "m", 10);
    world_expect(world, "message grpF m 10 sent 0/0/3");
    assert_int_equal(world_metrics(world).messages, 1);
    world_free(world);
}

static void message__in_a_batch__is_told_once(void **state)
{
    World *world = flowers(9);

    (void)state;
    receipt_engine_begin(world->engine);
    receipt_engine_message_new(E, "grpF", "m");
    receipt_engine_message_stored(E, "grpF", "m", 10);
    receipt_engine_begin(world->engine);
    receipt_engine_cursor(E, "grpF", "usrB", RECEIPT_RECV, 5);
    receipt_engine_end(E);
    receipt_engine_cursor(E, "grpF", "usrB", RECEIPT_RECV, 10);
    receipt_engine_cursor(E, "grpF", "usrC", RECEIPT_READ, 10);
    receipt_engine_arrived(E, "grpF", 11, NULL);
    receipt_engine_arrived(E, "grpF", 12, NULL);
    world_expect_nothing(world);
    receipt_engine_end(E);
    world_expect(world, "receipt grpF usrB recv 10", "receipt grpF usrC read 10",
                 "message grpF m 10 sent 2/1/3", "unread grpF 2");
    world_free(world);
}

static void message__pending__survives_a_restart_in_order(void **state)
{
    World *world = flowers(9);
    World *next;
    ReceiptMessage message;

    (void)state;
    receipt_engine_message_new(E, "grpF", "late");
    receipt_engine_message_new(E, "grpF", "early");
    receipt_engine_message_stored(E, "grpF", "unread", 10);
    receipt_engine_cursor(E, "grpF", "usrB", RECEIPT_RECV, 10);
    receipt_engine_cursor(E, "grpF", "usrC", RECEIPT_RECV, 10);
    receipt_engine_cursor(E, "grpF", "usrD", RECEIPT_RECV, 10);
    next = world_new_from(world->saved);
    world_free(world);
    world = next;
    assert_true(receipt_engine_message(world->engine, "grpF", "late", &message));
    assert_int_equal(message.state, RECEIPT_MESSAGE_PENDING);
    assert_true(receipt_engine_last_message(world->engine, "grpF", &message));
    assert_string_equal(message.id, "unread");
    /* It was delivered before, and stays so while nobody is known yet. */
    assert_int_equal(message.state, RECEIPT_MESSAGE_DELIVERED);
    world_network(world, TRUE);
    world_expect(world, "sync grpF starting watch", "attach grpF");
    world_free(world);
}

static void name_it(const char *name, gpointer user_data)
{
    g_string_append_printf(user_data, "%s ", name);
}

static void list_it(const char *member, gboolean has_received, gboolean has_read,
                    gint64 received_ms, gint64 read_ms, gpointer user_data)
{
    g_string_append_printf(user_data, "%s %d@%d %d@%d; ", member, has_received, (int)received_ms,
                           has_read, (int)read_ms);
}

static void member__without_the_right_to_read__never_counts_until_given(void **state)
{
    World *world = flowers(9);

    (void)state;
    receipt_engine_member(E, "grpF", "usrE", FALSE);
    receipt_engine_message_stored(E, "grpF", "m10", 10);
    receipt_engine_member(E, "grpF", "usrE", TRUE);
    receipt_engine_member(E, "grpF", "usrE", TRUE);
    receipt_engine_message_stored(E, "grpF", "m11", 11);
    world_expect(world, "message grpF m10 10 sent 0/0/3", "message grpF m11 11 sent 0/0/4");
    receipt_engine_member(E, "grpF", ME, FALSE);
    receipt_engine_member(E, "grpF", ME, TRUE);
    world_expect_nothing(world);
    assert_int_equal(world_metrics(world).members, 4);
    world_free(world);
}

static void member__beyond_the_bound__is_left_out(void **state)
{
    World *world = world_new_online();

    (void)state;
    receipt_engine_begin(world->engine);
    for (guint i = 0; i < RECEIPT_MEMBERS_MAX + 5; i++) {
        g_autofree char *name = g_strdup_printf("usr%u", i);

        receipt_engine_member(E, "grpF", name, TRUE);
    }
    receipt_engine_end(E);
    receipt_engine_arrived(E, "grpF", 1, "one more");
    world_snapshot_member(world, "grpF", "and another", 1, 1);
    assert_int_equal(world_metrics(world).members, RECEIPT_MEMBERS_MAX);
    world_free(world);
}

static void query__who_has_it__by_name_with_times(void **state)
{
    World *world = flowers(9);
    GString *text = g_string_new(NULL);

    (void)state;
    world->now_ms = 2000000;
    receipt_engine_message_stored(E, "grpF", "m", 10);
    receipt_engine_member(E, "grpF", "usrA", TRUE);
    receipt_engine_cursor(E, "grpF", "usrD", RECEIPT_READ, 10);
    world->now_ms = 2000007;
    receipt_engine_cursor(E, "grpF", "usrB", RECEIPT_RECV, 10);
    receipt_engine_foreach_member(world->engine, "grpF", 10, list_it, text);
    assert_string_equal(text->str, "usrB 1@2000007 0@-1; usrC 0@-1 0@-1; "
                                   "usrD 1@2000000 1@2000000; ");
    g_string_truncate(text, 0);
    receipt_engine_message_new(E, "grpF", "p1");
    receipt_engine_message_new(E, "grpF", "p2");
    receipt_engine_pending(world->engine, "grpF", name_it, text);
    receipt_engine_foreach_channel(world->engine, name_it, text);
    assert_string_equal(text->str, "p1 p2 grpF ");
    g_string_free(text, TRUE);
    world_free(world);
}

static void show_it(const ReceiptMessage *message, gpointer user_data)
{
    g_string_append_printf(user_data, "%s %u %s; ", message->id, message->seq,
                           receipt_message_state_name(message->state));
}

static void query__own_messages__stored_by_seq_then_those_in_line(void **state)
{
    World *world = world_new();
    GString *text = g_string_new(NULL);

    (void)state;
    receipt_engine_message_new(E, "usrA", "waits");
    receipt_engine_message_new(E, "usrA", "refused");
    receipt_engine_message_stored(E, "usrA", "later", 7);
    receipt_engine_message_stored(E, "usrA", "earlier", 3);
    receipt_engine_message_failed(E, "usrA", "refused", RECEIPT_ERROR_FORBIDDEN);
    receipt_engine_foreach_message(world->engine, "usrA", show_it, text);
    receipt_engine_foreach_message(world->engine, "usrB", show_it, text);
    assert_string_equal(text->str, "earlier 3 sent; later 7 sent; waits 0 pending; "
                                   "refused 0 failed; ");
    g_string_free(text, TRUE);
    world_free(world);
}

static void query__of_the_unknown__is_empty(void **state)
{
    World *world = world_new();
    GString *text = g_string_new(NULL);
    ReceiptReason reason;
    ReceiptMessage message;

    (void)state;
    assert_int_equal(receipt_engine_sync_state(world->engine, "usrX", &reason), RECEIPT_SYNC_IDLE);
    assert_int_equal(reason, RECEIPT_REASON_DONE);
    assert_false(receipt_engine_message(world->engine, "usrX", "m", &message));
    assert_false(receipt_engine_last_message(world->engine, "usrX", &message));
    assert_int_equal(receipt_engine_unread(world->engine, "usrX"), 0);
    assert_int_equal(receipt_engine_handed_up_to(world->engine, NULL), 0);
    assert_int_equal(receipt_engine_last_seq(world->engine, "usrX"), 0);
    assert_int_equal(receipt_engine_own_cursor(world->engine, "usrX", RECEIPT_READ), 0);
    assert_int_equal(receipt_engine_owed(world->engine, "usrX", RECEIPT_READ), 0);
    receipt_engine_foreach_member(world->engine, "usrX", 1, list_it, text);
    receipt_engine_pending(world->engine, "usrX", name_it, text);
    receipt_engine_foreach_channel(world->engine, name_it, text);
    assert_string_equal(text->str, "");
    /* Nor does any of these make a channel. */
    receipt_engine_unfocused(E, "usrX");
    receipt_engine_closed(E, "usrX");
    receipt_engine_message_failed(E, "usrX", "m", RECEIPT_ERROR_GONE);
    receipt_engine_message_forget(E, "usrX", "m");
    receipt_engine_lost(E, "usrX", RECEIPT_ERROR_GONE);
    receipt_engine_forget(E, "usrX");
    receipt_engine_arrived(E, "usrX", 0, NULL);
    receipt_engine_cursor(E, "usrX", "", RECEIPT_READ, 1);
    receipt_engine_message_stored(E, "usrX", "m", 0);
    receipt_engine_deleted(E, "usrX", 5, 4);
    assert_int_equal(world_metrics(world).channels, 0);
    world_expect_nothing(world);
    g_string_free(text, TRUE);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message__in_a_group__says_how_far),
        cmocka_unit_test(message__told_backwards__stays_and_is_counted_stale),
        cmocka_unit_test(message__of_another__means_that_they_read_ours),
        cmocka_unit_test(message__who_comes_later__takes_no_tick_back),
        cmocka_unit_test(message__who_leaves__holds_no_tick_back),
        cmocka_unit_test(message__complete_list__shows_who_left_and_who_came),
        cmocka_unit_test(message__before_the_list__is_not_called_delivered),
        cmocka_unit_test(message__refused__is_told_and_can_be_sent_again),
        cmocka_unit_test(message__stored_twice__is_one),
        cmocka_unit_test(message__in_a_batch__is_told_once),
        cmocka_unit_test(message__pending__survives_a_restart_in_order),
        cmocka_unit_test(member__without_the_right_to_read__never_counts_until_given),
        cmocka_unit_test(member__beyond_the_bound__is_left_out),
        cmocka_unit_test(query__who_has_it__by_name_with_times),
        cmocka_unit_test(query__own_messages__stored_by_seq_then_those_in_line),
        cmocka_unit_test(query__of_the_unknown__is_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
