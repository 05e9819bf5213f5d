/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stories of the engine: the cursors that we owe, unread, what is kept across restarts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support-world.h"

#define E world->engine, world->now_ms

static World *active_with(guint32 last_seq, guint32 read)
{
    World *world = world_new_online();

    world_activate(world, "usrB", last_seq, "usrB", NULL);
    world_snapshot_own(world, "usrB", last_seq, read, read);
    world_clear_log(world);
    return world;
}

static void cursor__recv__is_gathered_and_sent_once(void **state)
{
    World *world = active_with(10, 7);

    (void)state;
    receipt_engine_handed(E, "usrB", 8, 8);
    world_pass(world, 40);
    receipt_engine_handed(E, "usrB", 9, 9);
    world_pass(world, 40);
    receipt_engine_handed(E, "usrB", 10, 10);
    world_expect_nothing(world);
    assert_int_equal(receipt_engine_owed(world->engine, "usrB", RECEIPT_RECV), 10);
    world_pass(world, 19);
    world_expect_nothing(world);
    world_pass(world, 1);
    world_expect(world, "send usrB recv 10");
    world_answer(world, "send", RECEIPT_OK);
    assert_int_equal(world_metrics(world).cursors_coalesced, 2);
    assert_int_equal(world_metrics(world).cursors_sent, 1);
    assert_int_equal(world_metrics(world).cursors_owed, 1);
    world_free(world);
}

static void cursor__recv__stops_below_what_is_missing(void **state)
{
    World *world = active_with(10, 5);

    (void)state;
    receipt_engine_handed(E, "usrB", 8, 10);
    world_pass(world, 1000);
    world_expect_nothing(world);
    receipt_engine_handed(E, "usrB", 6, 6);
    world_pass(world, 100);
    world_expect(world, "send usrB recv 6");
    receipt_engine_deleted(E, "usrB", 7, 7);
    world_pass(world, 100);
    world_expect(world, "unread usrB 4", "send usrB recv 10");
    assert_int_equal(receipt_engine_handed_up_to(world->engine, "usrB"), 10);
    world_free(world);
}

static void cursor__read__goes_at_once_and_says_recv_too(void **state)
{
    World *world = active_with(10, 7);

    (void)state;
    receipt_engine_handed(E, "usrB", 8, 10);
    receipt_engine_seen(E, "usrB", 9, TRUE);
    world_expect(world, "send usrB read 9", "unread usrB 1");
    world_pass(world, 100);
    world_expect(world, "send usrB recv 10");
    receipt_engine_seen(E, "usrB", 10, TRUE);
    world_expect(world, "send usrB read 10", "unread usrB 0");
    world_free(world);
}

static void cursor__read__covers_a_recv_that_is_due(void **state)
{
    World *world = active_with(10, 7);

    (void)state;
    receipt_engine_handed(E, "usrB", 8, 10);
    receipt_engine_seen(E, "usrB", 10, TRUE);
    assert_int_equal(receipt_engine_owed(world->engine, "usrB", RECEIPT_RECV), 0);
    assert_int_equal(receipt_engine_owed(world->engine, "usrB", RECEIPT_READ), 10);
    world_pass(world, 1000);
    world_expect(world, "send usrB read 10", "unread usrB 0");
    world_free(world);
}

static void cursor__read__never_says_more_than_was_seen(void **state)
{
    World *world = active_with(20, 10);

    (void)state;
    /* 11..15 come late: seen(20) was about what was there. */
    receipt_engine_handed(E, "usrB", 16, 20);
    receipt_engine_seen(E, "usrB", 20, TRUE);
    world_expect(world, "unread usrB 5");
    receipt_engine_handed(E, "usrB", 11, 15);
    world_pass(world, 100);
    world_expect(world, "send usrB recv 20");
    receipt_engine_seen(E, "usrB", 15, TRUE);
    world_expect(world, "send usrB read 20", "unread usrB 0");
    world_free(world);
}

static void cursor__seen_without_tell__lowers_only_the_unread_count(void **state)
{
    World *world = active_with(10, 7);

    (void)state;
    receipt_engine_handed(E, "usrB", 8, 10);
    receipt_engine_seen(E, "usrB", 10, FALSE);
    world_pass(world, 100);
    world_expect(world, "unread usrB 0", "send usrB recv 10");
    assert_int_equal(receipt_engine_own_cursor(world->engine, "usrB", RECEIPT_READ), 7);
    /* The policy changes, or the user answers: now it may be told. */
    receipt_engine_seen(E, "usrB", 10, TRUE);
    world_expect(world, "send usrB read 10");
    world_free(world);
}

static void cursor__tells_delivered_off__owes_no_recv(void **state)
{
    World *world = active_with(10, 7);

    (void)state;
    world->options.tells_delivered = FALSE;
    world_apply_options(world);
    receipt_engine_handed(E, "usrB", 8, 10);
    world_pass(world, 1000);
    world_expect_nothing(world);
    receipt_engine_seen(E, "usrB", 10, TRUE);
    world_expect(world, "send usrB read 10", "unread usrB 0");
    world_free(world);
}

static void cursor__owed__is_confirmed_by_an_echo(void **state)
{
    World *world = active_with(10, 7);

    (void)state;
    receipt_engine_handed(E, "usrB", 8, 10);
    receipt_engine_seen(E, "usrB", 10, TRUE);
    world_answer(world, "send", RECEIPT_OK);
    world_pass(world, 70);
    receipt_engine_cursor(E, "usrB", ME, RECEIPT_READ, 10);
    assert_int_equal(receipt_engine_owed(world->engine, "usrB", RECEIPT_READ), 0);
    world_pass(world, 100000);
    world_expect(world, "send usrB read 10", "unread usrB 0");
    assert_int_equal(world_metrics(world).cursors_confirmed, 1);
    assert_int_equal(world_metrics(world).ack.p50, 70);
    assert_int_equal(world->deadline_ms, -1);
    world_free(world);
}

static void cursor__owed__is_asked_for_once_when_the_server_is_silent(void **state)
{
    World *world = active_with(10, 7);

    (void)state;
    receipt_engine_handed(E, "usrB", 8, 10);
    receipt_engine_seen(E, "usrB", 10, TRUE);
    world_answer(world, "send", RECEIPT_OK);
    world_clear_log(world);
    world_pass(world, 4999);
    world_expect_nothing(world);
    world_pass(world, 1);
    world_expect(world, "snapshot usrB");
    world_answer(world, "snapshot", RECEIPT_OK);
    world_pass(world, 1000000);
    world_expect_nothing(world);
    assert_int_equal(world->deadline_ms, -1);
    assert_int_equal(receipt_engine_owed(world->engine, "usrB", RECEIPT_READ), 10);
    world_free(world);
}

static void cursor__owed__is_sent_once_more_on_a_new_link(void **state)
{
    World *world = active_with(10, 7);

    (void)state;
    receipt_engine_handed(E, "usrB", 8, 10);
    receipt_engine_seen(E, "usrB", 10, TRUE);
    world_answer(world, "send", RECEIPT_OK);
    world_clear_log(world);
    world_network(world, FALSE);
    world_pass(world, 1000);
    world_network(world, TRUE);
    world_expect(world, "sync usrB suspended network-lost", "sync usrB starting network-back",
                 "attach usrB focused");
    world_answer(world, "attach", RECEIPT_OK);
    world_expect(world, "sync usrB active attached", "send usrB read 10");
    world_answer(world, "send", RECEIPT_OK);
    world_snapshot_own(world, "usrB", 10, 10, 10);
    world_pass(world, 100000);
    world_expect_nothing(world);
    world_free(world);
}

static void cursor__read_on_the_phone__owes_nothing(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_snapshot_own(world, "usrB", 5, 3, 3);
    world_expect(world, "unread usrB 2");
    receipt_engine_cursor(E, "usrB", ME, RECEIPT_READ, 5);
    receipt_engine_cursor(E, "usrB", ME, RECEIPT_READ, 5);
    world_expect(world, "unread usrB 0");
    world_focus(world, "usrB");
    world_answer(world, "attach", RECEIPT_OK);
    receipt_engine_handed(E, "usrB", 4, 5);
    receipt_engine_seen(E, "usrB", 5, TRUE);
    world_pass(world, 3000);
    world_expect(world, "sync usrB starting focused", "attach usrB focused",
                 "sync usrB active attached");
    world_free(world);
}

static void cursor__own_writing__reads_silently(void **state)
{
    World *world = active_with(10, 7);

    (void)state;
    receipt_engine_handed(E, "usrB", 8, 10);
    receipt_engine_message_new(E, "usrB", "m1");
    receipt_engine_message_stored(E, "usrB", "m1", 11);
    world_pass(world, 60000);
    world_expect(world, "message usrB m1 0 pending 0/0/0", "message usrB m1 11 sent 0/0/1",
                 "unread usrB 0");
    assert_int_equal(receipt_engine_own_cursor(world->engine, "usrB", RECEIPT_READ), 11);
    assert_int_equal(receipt_engine_owed(world->engine, "usrB", RECEIPT_RECV), 0);
    assert_int_equal(world->deadline_ms, -1);
    world_free(world);
}

static void cursor__written_on_the_phone__reads_silently(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_snapshot_own(world, "usrB", 14, 12, 12);
    receipt_engine_arrived(E, "usrB", 15, ME);
    world_expect(world, "unread usrB 2", "unread usrB 0");
    assert_int_equal(receipt_engine_handed_up_to(world->engine, "usrB"), 0);
    world_free(world);
}

static void cursor__own_writing__leaves_what_was_not_fetched_to_be_fetched(void **state)
{
    World *world = active_with(10, 0);

    (void)state;
    receipt_engine_handed(E, "usrB", 1, 4);
    receipt_engine_message_stored(E, "usrB", "m1", 11);
    assert_int_equal(receipt_engine_handed_up_to(world->engine, "usrB"), 4);
    receipt_engine_handed(E, "usrB", 5, 10);
    assert_int_equal(receipt_engine_handed_up_to(world->engine, "usrB"), 11);
    world_free(world);
}

static void cursor__first_visit__counts_from_the_servers_read(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_focus(world, "usrB");
    world_answer(world, "attach", RECEIPT_OK);
    receipt_engine_arrived(E, "usrB", 105, "usrB");
    receipt_engine_handed(E, "usrB", 101, 105);
    receipt_engine_seen(E, "usrB", 105, TRUE);
    world_clear_log(world);
    /* The own row comes after the messages. */
    world_snapshot_own(world, "usrB", 105, 0, 100);
    world_expect(world, "send usrB read 105", "unread usrB 0");
    assert_int_equal(receipt_engine_handed_up_to(world->engine, "usrB"), 105);
    world_free(world);
}

static void cursor__deleted__is_passed_over_and_never_unread(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_snapshot_own(world, "usrB", 20, 15, 15);
    world_focus(world, "usrB");
    world_answer(world, "attach", RECEIPT_OK);
    receipt_engine_deleted(E, "usrB", 17, 18);
    receipt_engine_deleted(E, "usrB", 17, 18);
    receipt_engine_handed(E, "usrB", 16, 16);
    receipt_engine_handed(E, "usrB", 19, 20);
    receipt_engine_seen(E, "usrB", 20, TRUE);
    receipt_engine_deleted(E, "usrB", 1, 4000000000u);
    world_expect(world, "unread usrB 5", "sync usrB starting focused", "attach usrB focused",
                 "sync usrB active attached", "unread usrB 3", "send usrB read 20",
                 "unread usrB 0");
    world_free(world);
}

static void cursor__catch_up__delivers_recv_confirms_and_leaves(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_snapshot_own(world, "usrB", 4, 4, 4);
    receipt_engine_arrived(E, "usrB", 5, "usrB");
    receipt_engine_hold(E, "usrB", RECEIPT_HOLD_CATCH_UP);
    world_answer(world, "attach", RECEIPT_OK);
    world_expect(world, "receipt usrB usrB read 5", "unread usrB 1", "sync usrB starting catch-up",
                 "attach usrB", "sync usrB active attached");
    receipt_engine_handed(E, "usrB", 5, 5);
    receipt_engine_release(E, "usrB", RECEIPT_HOLD_CATCH_UP);
    world_expect_nothing(world);
    world_pass(world, 100);
    world_expect(world, "send usrB recv 5");
    world_answer(world, "send", RECEIPT_OK);
    world_expect(world, "sync usrB stopping done", "snapshot usrB");
    world_snapshot_own(world, "usrB", 5, 5, 4);
    world_expect(world, "detach usrB");
    world_answer(world, "detach", RECEIPT_OK);
    world_answer(world, "snapshot", RECEIPT_OK);
    world_expect(world, "sync usrB idle detached");
    assert_int_equal(world->deadline_ms, -1);
    world_free(world);
}

static void cursor__unshown__does_not_keep_the_channel_for_ever(void **state)
{
    World *world = active_with(5, 4);

    (void)state;
    world->options.confirm_ms = 20000;
    world_apply_options(world);
    receipt_engine_handed(E, "usrB", 5, 5);
    receipt_engine_seen(E, "usrB", 5, TRUE);
    world_answer(world, "send", RECEIPT_OK);
    receipt_engine_closed(E, "usrB");
    world_clear_log(world);
    world_pass(world, 5000);
    world_expect(world, "sync usrB stopping closed", "snapshot usrB");
    /* The focus comes back while the server is being asked: nothing was lost yet. */
    world_focus(world, "usrB");
    world_expect(world, "sync usrB active focused");
    world_answer(world, "snapshot", RECEIPT_OK);
    receipt_engine_closed(E, "usrB");
    world_pass(world, 5000);
    world_expect(world, "sync usrB stopping closed", "detach usrB");
    world_answer(world, "detach", RECEIPT_OK);
    world_expect(world, "sync usrB idle detached");
    assert_int_equal(receipt_engine_owed(world->engine, "usrB", RECEIPT_READ), 5);
    assert_int_equal(world->deadline_ms, -1);
    world_free(world);
}

static void cursor__attach_first__attaches_again_and_sends_again(void **state)
{
    World *world = active_with(5, 4);

    (void)state;
    receipt_engine_handed(E, "usrB", 5, 5);
    receipt_engine_seen(E, "usrB", 5, TRUE);
    world_clear_log(world);
    world_answer(world, "send", RECEIPT_ERROR_ATTACH_FIRST);
    world_expect(world, "sync usrB starting lost", "attach usrB focused");
    world_answer(world, "attach", RECEIPT_OK);
    world_expect(world, "sync usrB active attached", "send usrB read 5");
    world_free(world);
}

static void cursor__late_complaint__is_delivered_by_a_new_attach(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_snapshot_own(world, "usrB", 5, 4, 4);
    receipt_engine_hold(E, "usrB", RECEIPT_HOLD_CATCH_UP);
    world_answer(world, "attach", RECEIPT_OK);
    receipt_engine_handed(E, "usrB", 5, 5);
    receipt_engine_release(E, "usrB", RECEIPT_HOLD_CATCH_UP);
    world_pass(world, 100);
    world_answer(world, "send", RECEIPT_OK);
    world_clear_log(world);
    /* The server's complaint about the note comes when we are already leaving. */
    receipt_engine_lost(E, "usrB", RECEIPT_ERROR_ATTACH_FIRST);
    world_expect(world, "sync usrB starting owed", "attach usrB");
    world_answer(world, "attach", RECEIPT_OK);
    world_expect(world, "sync usrB active attached", "send usrB recv 5");
    world_free(world);
}

static void cursor__overload__waits_then_repeats(void **state)
{
    World *world = active_with(5, 4);

    (void)state;
    receipt_engine_handed(E, "usrB", 5, 5);
    receipt_engine_seen(E, "usrB", 5, TRUE);
    world_clear_log(world);
    world_answer(world, "send", RECEIPT_ERROR_OVERLOAD);
    world_expect_nothing(world);
    world_pass(world, 499);
    world_expect_nothing(world);
    world_pass(world, 1);
    world_expect(world, "send usrB read 5");
    world_free(world);
}

static void cursor__refused_for_good__is_dropped(void **state)
{
    World *world = active_with(5, 4);

    (void)state;
    receipt_engine_handed(E, "usrB", 5, 5);
    receipt_engine_seen(E, "usrB", 5, TRUE);
    world_clear_log(world);
    world_answer(world, "send", RECEIPT_ERROR_PERMANENT);
    world_expect(world, "problem usrB sync permanent");
    /* That it was received is another matter, and was never refused. */
    world_pass(world, 100);
    world_expect(world, "send usrB recv 5");
    world_answer(world, "send", RECEIPT_ERROR_PERMANENT);
    world_pass(world, 1000000);
    world_expect_nothing(world);
    assert_int_equal(receipt_engine_owed(world->engine, "usrB", RECEIPT_READ), 0);
    assert_int_equal(world->deadline_ms, -1);
    world_free(world);
}

static void cursor__that_always_fails__ends_in_silence_and_stays_owed(void **state)
{
    World *world = active_with(5, 4);

    (void)state;
    receipt_engine_handed(E, "usrB", 5, 5);
    receipt_engine_seen(E, "usrB", 5, TRUE);
    world_clear_log(world);
    for (guint i = 0; i < 5; i++) {
        world_answer(world, "send", RECEIPT_ERROR_TRANSIENT);
        world_pass(world, 100000);
    }
    assert_int_equal(world_n_open(world), 0);
    assert_int_equal(world->deadline_ms, -1);
    assert_int_equal(receipt_engine_owed(world->engine, "usrB", RECEIPT_READ), 5);
    world_free(world);
}

static void cursor__owed_offline__starts_the_channel_when_the_link_is_back(void **state)
{
    World *world = world_new();

    (void)state;
    world_snapshot_own(world, "usrB", 5, 4, 4);
    receipt_engine_handed(E, "usrB", 5, 5);
    world_expect(world, "unread usrB 1");
    assert_int_equal(world->deadline_ms, -1);
    world_network(world, TRUE);
    world_expect(world, "sync usrB starting owed", "attach usrB");
    world_free(world);
}

static void cursor__owed__survives_a_restart(void **state)
{
    World *world = active_with(10, 4);
    World *next;

    (void)state;
    receipt_engine_handed(E, "usrB", 5, 9);
    receipt_engine_seen(E, "usrB", 7, TRUE);
    receipt_engine_seen(E, "usrB", 8, FALSE);
    receipt_engine_message_new(E, "usrB", "m1");
    receipt_engine_message_new(E, "usrB", "m2");
    next = world_new_from(world->saved);
    world_free(world);
    world = next;
    assert_int_equal(receipt_engine_owed(world->engine, "usrB", RECEIPT_READ), 7);
    assert_int_equal(receipt_engine_owed(world->engine, "usrB", RECEIPT_RECV), 9);
    assert_int_equal(receipt_engine_handed_up_to(world->engine, "usrB"), 9);
    assert_int_equal(receipt_engine_unread(world->engine, "usrB"), 2);
    world_network(world, TRUE);
    world_expect(world, "sync usrB starting owed", "attach usrB", "unread usrB 2");
    world_answer(world, "attach", RECEIPT_OK);
    world_expect(world, "sync usrB active attached", "send usrB read 7", "send usrB recv 9");
    assert_int_equal(world->n_saves, 0);
    world_free(world);
}

static void cursor__confirmed__does_not_come_back_after_a_restart(void **state)
{
    World *world = active_with(10, 4);
    World *next;

    (void)state;
    receipt_engine_handed(E, "usrB", 5, 10);
    receipt_engine_seen(E, "usrB", 10, TRUE);
    world_answer(world, "send", RECEIPT_OK);
    receipt_engine_cursor(E, "usrB", ME, RECEIPT_READ, 10);
    next = world_new_from(world->saved);
    world_free(world);
    world = next;
    world_network(world, TRUE);
    world_expect_nothing(world);
    world_free(world);
}

static void cursor__what_lies_above_a_gap__survives_a_restart(void **state)
{
    World *world = active_with(20, 10);
    World *next;

    (void)state;
    receipt_engine_handed(E, "usrB", 18, 20);
    receipt_engine_handed(E, "usrB", 14, 15);
    receipt_engine_seen(E, "usrB", 20, TRUE);
    next = world_new_from(world->saved);
    world_free(world);
    world = next;
    assert_int_equal(receipt_engine_unread(world->engine, "usrB"), 5);
    receipt_engine_handed(E, "usrB", 11, 13);
    assert_int_equal(receipt_engine_handed_up_to(world->engine, "usrB"), 15);
    receipt_engine_handed(E, "usrB", 16, 17);
    assert_int_equal(receipt_engine_handed_up_to(world->engine, "usrB"), 20);
    receipt_engine_seen(E, "usrB", 17, FALSE);
    /* 18..20 were seen and might be told, in the earlier life. */
    assert_int_equal(receipt_engine_owed(world->engine, "usrB", RECEIPT_READ), 20);
    world_free(world);
}

static void cursor__save__comes_first_and_once_per_batch(void **state)
{
    World *world = active_with(10, 4);

    (void)state;
    world->logs_saves = TRUE;
    world->n_saves = 0;
    receipt_engine_begin(world->engine);
    receipt_engine_handed(E, "usrB", 5, 5);
    receipt_engine_handed(E, "usrB", 6, 6);
    receipt_engine_seen(E, "usrB", 6, TRUE);
    world_expect_nothing(world);
    receipt_engine_end(E);
    world_expect(world, "save", "send usrB read 6", "unread usrB 4");
    /* News that changes nothing durable is not written. */
    receipt_engine_arrived(E, "usrB", 11, "usrB");
    world_expect(world, "receipt usrB usrB read 11", "unread usrB 5");
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cursor__recv__is_gathered_and_sent_once),
        cmocka_unit_test(cursor__recv__stops_below_what_is_missing),
        cmocka_unit_test(cursor__read__goes_at_once_and_says_recv_too),
        cmocka_unit_test(cursor__read__covers_a_recv_that_is_due),
        cmocka_unit_test(cursor__read__never_says_more_than_was_seen),
        cmocka_unit_test(cursor__seen_without_tell__lowers_only_the_unread_count),
        cmocka_unit_test(cursor__tells_delivered_off__owes_no_recv),
        cmocka_unit_test(cursor__owed__is_confirmed_by_an_echo),
        cmocka_unit_test(cursor__owed__is_asked_for_once_when_the_server_is_silent),
        cmocka_unit_test(cursor__owed__is_sent_once_more_on_a_new_link),
        cmocka_unit_test(cursor__read_on_the_phone__owes_nothing),
        cmocka_unit_test(cursor__own_writing__reads_silently),
        cmocka_unit_test(cursor__written_on_the_phone__reads_silently),
        cmocka_unit_test(cursor__own_writing__leaves_what_was_not_fetched_to_be_fetched),
        cmocka_unit_test(cursor__first_visit__counts_from_the_servers_read),
        cmocka_unit_test(cursor__deleted__is_passed_over_and_never_unread),
        cmocka_unit_test(cursor__catch_up__delivers_recv_confirms_and_leaves),
        cmocka_unit_test(cursor__unshown__does_not_keep_the_channel_for_ever),
        cmocka_unit_test(cursor__attach_first__attaches_again_and_sends_again),
        cmocka_unit_test(cursor__late_complaint__is_delivered_by_a_new_attach),
        cmocka_unit_test(cursor__overload__waits_then_repeats),
        cmocka_unit_test(cursor__refused_for_good__is_dropped),
        cmocka_unit_test(cursor__that_always_fails__ends_in_silence_and_stays_owed),
        cmocka_unit_test(cursor__owed_offline__starts_the_channel_when_the_link_is_back),
        cmocka_unit_test(cursor__owed__survives_a_restart),
        cmocka_unit_test(cursor__confirmed__does_not_come_back_after_a_restart),
        cmocka_unit_test(cursor__what_lies_above_a_gap__survives_a_restart),
        cmocka_unit_test(cursor__save__comes_first_and_once_per_batch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
