/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What random lives of the engine (tests/model/) found, as the shortest story of each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support-world.h"

#define E world->engine, world->now_ms

static void focus__that_moved_without_a_link__starts_when_it_is_back(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_focus(world, "usrA");
    world_answer(world, "attach", RECEIPT_OK);
    world_network(world, FALSE);
    world_unfocus(world, "usrA");
    world_focus(world, "usrB");
    world_pass(world, 1000);
    world_clear_log(world);
    world_network(world, TRUE);
    assert_int_equal(world_count(world, "attach usrB focused"), 1);
    world_free(world);
}

static void seen__tells_only_what_was_there_to_be_seen(void **state)
{
    World *world = world_new_online();

    (void)state;
    receipt_engine_arrived(E, "usrA", 5, "usrA");
    receipt_engine_handed(E, "usrA", 1, 2);
    receipt_engine_seen(E, "usrA", 5, TRUE);
    assert_int_equal(receipt_engine_owed(world->engine, "usrA", RECEIPT_READ), 2);
    /* The policy has changed since: the rest is seen, and not told. */
    receipt_engine_handed(E, "usrA", 3, 5);
    receipt_engine_seen(E, "usrA", 5, FALSE);
    assert_int_equal(receipt_engine_owed(world->engine, "usrA", RECEIPT_READ), 2);
    assert_int_equal(receipt_engine_unread(world->engine, "usrA"), 0);
    world_free(world);
}

static void request__queued_before_its_link_was_lost__is_not_made(void **state)
{
    World *world = world_new_online();

    (void)state;
    world->options.limit = 1;
    world_apply_options(world);
    receipt_engine_hold(E, "usrA", RECEIPT_HOLD_ASKED);
    world_focus(world, "usrB");
    world_clear_log(world);
    receipt_engine_begin(world->engine);
    world_answer(world, "attach usrA", RECEIPT_OK); /* over the limit: it is to be left again */
    world_network(world, FALSE);
    world_network(world, TRUE);
    receipt_engine_end(E);
    assert_int_equal(world_count(world, "detach usrA"), 0);
    world_free(world);
}

static void cursor__answered_after_its_channel_was_forgotten__says_nothing_of_the_next(void **state)
{
    World *world = world_new_online();

    (void)state;
    receipt_engine_arrived(E, "usrA", 1, "usrA");
    receipt_engine_handed(E, "usrA", 1, 1);
    world_answer(world, "attach", RECEIPT_OK);
    world_pass(world, 100);
    assert_int_equal(world_count(world, "send usrA recv 1"), 1);
    receipt_engine_forget(E, "usrA");
    receipt_engine_arrived(E, "usrA", 1, NULL);
    receipt_engine_handed(E, "usrA", 1, 1);
    world_clear_log(world);
    world_answer(world, "send", RECEIPT_OK); /* the one of before */
    world_answer(world, "attach", RECEIPT_OK);
    world_pass(world, 100);
    assert_int_equal(world_count(world, "send usrA recv 1"), 1);
    world_free(world);
}

static void poll__of_a_channel_that_was_forgotten__leaves_no_wake_up(void **state)
{
    World *world = world_new_online();

    (void)state;
    receipt_engine_set_muted(E, "grpA", TRUE);
    receipt_engine_message_stored(E, "grpA", "m", 3);
    assert_true(world->deadline_ms > world->now_ms);
    receipt_engine_forget(E, "grpA");
    assert_int_equal(world->deadline_ms, -1);
    world_free(world);
}

static void focus__still_settling_when_news_come_again__starts_in_time(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_focus(world, "usrB");
    world_focus(world, "usrA");
    receipt_engine_forget(E, "usrA");
    receipt_engine_arrived(E, "usrA", 1, "usrA");
    world_clear_log(world);
    world_pass(world, 300);
    assert_int_equal(world_count(world, "attach usrA"), 1);
    world_free(world);
}

static void first_unread__passes_over_what_was_deleted(void **state)
{
    World *world = world_new_online();

    (void)state;
    receipt_engine_arrived(E, "usrA", 4, "usrA");
    receipt_engine_deleted(E, "usrA", 1, 2);
    assert_int_equal(receipt_engine_first_unread(world->engine, "usrA"), 3);
    receipt_engine_deleted(E, "usrA", 3, 4);
    assert_int_equal(receipt_engine_first_unread(world->engine, "usrA"), 0);
    world_free(world);
}

static void problem__of_a_channel_that_was_forgotten__is_not_told(void **state)
{
    World *world = world_new_online();

    (void)state;
    receipt_engine_hold(E, "usrA", RECEIPT_HOLD_ASKED);
    receipt_engine_forget(E, "usrA");
    world_answer(world, "attach", RECEIPT_ERROR_PERMANENT);
    assert_int_equal(world_count(world, "problem"), 0);
    assert_int_equal(world_metrics(world).channels, 0);
    world_free(world);
}

static void lose_it(World *world, const char *line, gpointer data)
{
    (void)data;
    if (!g_str_equal(line, "sync usrA active attached"))
        return;
    world->on_line = NULL;
    receipt_engine_lost(E, "usrA", RECEIPT_ERROR_ATTACH_FIRST);
}

static void cursor__queued_before_its_channel_was_lost__waits_for_the_next_attach(void **state)
{
    World *world = world_new_online();

    (void)state;
    receipt_engine_arrived(E, "usrA", 1, "usrA");
    receipt_engine_handed(E, "usrA", 1, 1);
    receipt_engine_seen(E, "usrA", 1, TRUE);
    world->on_line = lose_it;
    world_answer(world, "attach", RECEIPT_OK);
    assert_int_equal(world_count(world, "send"), 0);
    assert_int_equal(world_metrics(world).cursors_sent, 0);
    world_answer(world, "attach", RECEIPT_OK);
    assert_int_equal(world_count(world, "send usrA read 1"), 1);
    world_free(world);
}

static void recv__covered_by_a_read_that_is_refused__is_sent_again(void **state)
{
    World *world = world_new_online();

    (void)state;
    receipt_engine_arrived(E, "usrA", 1, "usrA");
    receipt_engine_handed(E, "usrA", 1, 1);
    world_answer(world, "attach", RECEIPT_OK);
    world_pass(world, 100);
    receipt_engine_seen(E, "usrA", 1, TRUE);
    assert_int_equal(world_count(world, "send usrA"), 2);
    world_answer(world, "send usrA recv", RECEIPT_ERROR_ATTACH_FIRST);
    world_answer(world, "send usrA read", RECEIPT_ERROR_PERMANENT);
    world_clear_log(world);
    world_answer(world, "attach", RECEIPT_OK);
    world_pass(world, 100);
    assert_int_equal(world_count(world, "send usrA recv 1"), 1);
    world_free(world);
}

static void cursor__in_flight_while_the_server_is_asked__is_asked_for_again(void **state)
{
    World *world = world_new_online();

    (void)state;
    world->options.confirm_ms = world->options.coalesce_ms = 0;
    world_apply_options(world);
    receipt_engine_message_stored(E, "grpA", "m", 1);
    receipt_engine_arrived(E, "grpA", 2, "usrX");
    receipt_engine_handed(E, "grpA", 2, 2);
    receipt_engine_hold(E, "grpA", RECEIPT_HOLD_ASKED);
    world_network(world, FALSE);
    world_network(world, TRUE);
    world_clear_log(world);
    world_answer(world, "attach", RECEIPT_ERROR_TRANSIENT); /* of the link before */
    world_answer(world, "attach", RECEIPT_OK);
    /* The own message is asked for while the cursor is on its way: the answer may be older. */
    assert_int_equal(world_count(world, "send grpA recv 2"), 1);
    assert_int_equal(world_count(world, "snapshot grpA"), 1);
    world_answer(world, "send grpA", RECEIPT_OK);
    world_answer(world, "snapshot", RECEIPT_OK);
    world_pass(world, 0);
    assert_int_equal(world_count(world, "snapshot grpA"), 2);
    world_free(world);
}

static void count_pending(const char *name, gpointer count)
{
    (void)name;
    *(guint *)count += 1;
}

static void save__tells_the_next_life_of_a_channel_from_the_one_before(void **state)
{
    World *world = world_new_online();
    World *next;
    guint count = 0;

    (void)state;
    receipt_engine_message_new(E, "usrA", "m1");
    receipt_engine_message_forget(E, "usrA", "m1");
    receipt_engine_begin(world->engine);
    receipt_engine_forget(E, "usrA");
    receipt_engine_message_new(E, "usrA", "m2");
    receipt_engine_message_new(E, "usrA", "m3");
    receipt_engine_end(E);
    next = world_new_from(world->saved);
    receipt_engine_pending(next->engine, "usrA", count_pending, &count);
    assert_int_equal(count, 2);
    world_free(next);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(focus__that_moved_without_a_link__starts_when_it_is_back),
        cmocka_unit_test(seen__tells_only_what_was_there_to_be_seen),
        cmocka_unit_test(request__queued_before_its_link_was_lost__is_not_made),
        cmocka_unit_test(
            cursor__answered_after_its_channel_was_forgotten__says_nothing_of_the_next),
        cmocka_unit_test(focus__still_settling_when_news_come_again__starts_in_time),
        cmocka_unit_test(first_unread__passes_over_what_was_deleted),
        cmocka_unit_test(problem__of_a_channel_that_was_forgotten__is_not_told),
        cmocka_unit_test(cursor__queued_before_its_channel_was_lost__waits_for_the_next_attach),
        cmocka_unit_test(save__tells_the_next_life_of_a_channel_from_the_one_before),
        cmocka_unit_test(recv__covered_by_a_read_that_is_refused__is_sent_again),
        cmocka_unit_test(cursor__in_flight_while_the_server_is_asked__is_asked_for_again),
        cmocka_unit_test(poll__of_a_channel_that_was_forgotten__leaves_no_wake_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
