/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stories of the engine: links lost, limits, failures, breakers, polls, overload. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support-world.h"

#define E world->engine, world->now_ms

/* The one-minute rule -------------------------------------------------------------------------- */

static void link__back_within_the_minute__resumes_focused_first(void **state)
{
    World *world = world_new_online();

    (void)state;
    receipt_engine_hold(E, "usrA", RECEIPT_HOLD_ASKED);
    world_answer(world, "attach usrA", RECEIPT_OK);
    world_activate(world, "usrB", 3, "usrB", NULL);
    receipt_engine_hold(E, "usrC", RECEIPT_HOLD_ASKED);
    world_answer(world, "attach usrC", RECEIPT_OK);
    world_clear_log(world);
    world_network(world, FALSE);
    world_expect(world, "sync usrA suspended network-lost", "sync usrB suspended network-lost",
                 "sync usrC suspended network-lost");
    assert_int_equal(world->deadline_ms, world->now_ms + 60000);
    world_pass(world, 59999);
    world_expect_nothing(world);
    world_network(world, TRUE);
    world_expect(world, "sync usrB starting network-back", "attach usrB focused",
                 "sync usrC starting network-back", "attach usrC",
                 "sync usrA starting network-back", "attach usrA");
    world_answer_all(world, RECEIPT_OK);
    assert_int_equal(world->deadline_ms, -1);
    world_free(world);
}

static void link__down_for_a_minute__stops_and_starts_again_when_back(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_activate(world, "usrB", 3, "usrB", NULL);
    world_network(world, FALSE);
    world_clear_log(world);
    world_pass(world, 60000);
    world_expect(world, "sync usrB idle minute-over");
    assert_int_equal(world->deadline_ms, -1);
    world_pass(world, 1000000);
    world_network(world, TRUE);
    world_expect(world, "sync usrB starting network-back", "attach usrB focused");
    world_free(world);
}

static void link__back_exactly_at_the_minute__is_too_late(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_activate(world, "usrB", 3, "usrB", NULL);
    world_network(world, FALSE);
    world_clear_log(world);
    /* Nobody called the tick: the machine slept. */
    world->now_ms += 60000;
    world_network(world, TRUE);
    world_expect(world, "sync usrB idle minute-over", "sync usrB starting network-back",
                 "attach usrB focused");
    world_free(world);
}

static void link__flapping__starts_the_minute_anew_each_time(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_activate(world, "usrB", 3, "usrB", NULL);
    for (guint i = 0; i < 10; i++) {
        world_network(world, FALSE);
        world_pass(world, 50000);
        world_network(world, TRUE);
        world_answer_all(world, RECEIPT_OK);
        world_pass(world, 20000);
        assert_int_equal(world_state(world, "usrB"), RECEIPT_SYNC_ACTIVE);
    }
    assert_int_equal(world_count(world, "sync usrB idle"), 0);
    assert_int_equal(world_count(world, "attach"), 10);
    world_free(world);
}

static void link__lost__makes_earlier_outcomes_void(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_focus(world, "usrB");
    world_network(world, FALSE);
    world_clear_log(world);
    world_answer(world, "attach", RECEIPT_OK);
    world_expect_nothing(world);
    assert_int_equal(world_state(world, "usrB"), RECEIPT_SYNC_SUSPENDED);
    receipt_engine_outcome(E, 4711, RECEIPT_OK);
    assert_int_equal(world_metrics(world).outcomes_unknown, 1);
    world_free(world);
}

static void link__lost_while_lingering__lets_go(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_activate(world, "usrB", 3, "usrB", NULL);
    world_unfocus(world, "usrB");
    world_network(world, FALSE);
    world_clear_log(world);
    world_pass(world, 5000);
    world_expect(world, "sync usrB idle unfocused");
    world_network(world, TRUE);
    world_expect_nothing(world);
    assert_int_equal(world->deadline_ms, -1);
    world_free(world);
}

static void link__lost_while_stopping__leaves_nothing(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_activate(world, "usrB", 3, "usrB", NULL);
    receipt_engine_closed(E, "usrB");
    world_pass(world, 5000);
    world_network(world, FALSE);
    world_expect(world, "sync usrB stopping closed", "detach usrB", "sync usrB idle network-lost");
    world_network(world, TRUE);
    world_expect_nothing(world);
    world_free(world);
}

/* The limit ------------------------------------------------------------------------------------ */

static World *full_house(guint limit)
{
    World *world = world_new_online();

    world->options.limit = limit;
    world_apply_options(world);
    return world;
}

static void limit__evicts_the_least_recently_used__and_lets_it_back(void **state)
{
    World *world = full_house(2);

    (void)state;
    receipt_engine_hold(E, "usrA", RECEIPT_HOLD_ASKED);
    receipt_engine_hold(E, "usrB", RECEIPT_HOLD_ASKED);
    world_answer_all(world, RECEIPT_OK);
    world_clear_log(world);
    receipt_engine_hold(E, "usrC", RECEIPT_HOLD_ASKED);
    world_expect(world, "sync usrA stopping limit", "detach usrA", "sync usrC starting asked",
                 "attach usrC");
    world_answer_all(world, RECEIPT_OK);
    world_expect(world, "sync usrA evicted limit", "sync usrC active attached");
    assert_int_equal(world_metrics(world).evicted, 1);
    assert_int_equal(world->deadline_ms, -1);
    receipt_engine_release(E, "usrB", RECEIPT_HOLD_ASKED);
    world_expect(world, "sync usrB stopping done", "detach usrB", "sync usrA starting room",
                 "attach usrA");
    world_answer_all(world, RECEIPT_OK);
    assert_int_equal(world_metrics(world).active_max, 2);
    world_free(world);
}

static void limit__focused__beats_warm_beats_lingering(void **state)
{
    World *world = full_house(1);

    (void)state;
    world->options.is_background_warm = TRUE;
    world_apply_options(world);
    receipt_engine_opened(E, "usrA");
    world_answer_all(world, RECEIPT_OK);
    receipt_engine_hold(E, "usrL", RECEIPT_HOLD_ASKED);
    assert_int_equal(world_state(world, "usrL"), RECEIPT_SYNC_EVICTED);
    world_clear_log(world);
    world_focus(world, "usrF");
    world_expect(world, "sync usrA stopping limit", "detach usrA", "sync usrF starting focused",
                 "attach usrF focused");
    world_answer_all(world, RECEIPT_OK);
    assert_int_equal(world_state(world, "usrA"), RECEIPT_SYNC_EVICTED);
    world_clear_log(world);
    receipt_engine_closed(E, "usrF");
    world_expect(world, "sync usrF stopping limit", "detach usrF", "sync usrA starting room",
                 "attach usrA");
    world_free(world);
}

static void limit__start_that_lost_its_place__does_not_become_active(void **state)
{
    World *world = full_house(1);

    (void)state;
    receipt_engine_hold(E, "usrA", RECEIPT_HOLD_ASKED);
    receipt_engine_hold(E, "usrB", RECEIPT_HOLD_ASKED);
    world_clear_log(world);
    world_answer(world, "attach usrB", RECEIPT_OK);
    world_answer(world, "attach usrA", RECEIPT_OK);
    world_expect(world, "sync usrB active attached", "sync usrA stopping limit", "detach usrA");
    world_free(world);
}

static void limit__lowered__takes_effect_at_once(void **state)
{
    World *world = full_house(3);

    (void)state;
    receipt_engine_hold(E, "usrA", RECEIPT_HOLD_ASKED);
    receipt_engine_hold(E, "usrB", RECEIPT_HOLD_ASKED);
    receipt_engine_hold(E, "usrC", RECEIPT_HOLD_ASKED);
    world_answer_all(world, RECEIPT_OK);
    world_clear_log(world);
    world->options.limit = 1;
    world_apply_options(world);
    assert_int_equal(world_count(world, "detach"), 2);
    assert_int_equal(world_metrics(world).active, 1);
    assert_int_equal(world_state(world, "usrC"), RECEIPT_SYNC_ACTIVE);
    world_free(world);
}

static void limit__job__is_not_starved_by_warm_channels(void **state)
{
    World *world = full_house(1);

    (void)state;
    world->options.is_background_warm = TRUE;
    world_apply_options(world);
    receipt_engine_hold(E, "usrJ", RECEIPT_HOLD_CATCH_UP);
    receipt_engine_opened(E, "usrA");
    assert_int_equal(world_state(world, "usrJ"), RECEIPT_SYNC_STARTING);
    assert_int_equal(world_state(world, "usrA"), RECEIPT_SYNC_EVICTED);
    world_free(world);
}

/* Failures ------------------------------------------------------------------------------------- */

static void failure__transient__backs_off_longer_each_time_then_trips(void **state)
{
    World *world = world_new_online();
    static const gint64 waits[] = {500, 1000, 2000, 4000};

    (void)state;
    world_focus(world, "usrB");
    world_clear_log(world);
    for (guint i = 0; i < G_N_ELEMENTS(waits); i++) {
        world_answer(world, "attach", RECEIPT_ERROR_TRANSIENT);
        world_expect(world, "sync usrB waiting error");
        assert_int_equal(world->deadline_ms, world->now_ms + waits[i]);
        world_pass(world, waits[i]);
        world_expect(world, "sync usrB starting retry", "attach usrB focused");
    }
    world_answer(world, "attach", RECEIPT_ERROR_TRANSIENT);
    world_expect(world, "problem usrB sync transient", "sync usrB tripped breaker-open");
    assert_int_equal(world_metrics(world).breaker_open, 1);
    assert_int_equal(world->deadline_ms, world->now_ms + 120000);
    world_pass(world, 120000);
    world_expect(world, "sync usrB starting probe", "attach usrB focused");
    world_answer(world, "attach", RECEIPT_ERROR_TIMEOUT);
    /* Told once until it works again. */
    world_expect(world, "sync usrB tripped breaker-open");
    world_pass(world, 120000);
    world_answer(world, "attach", RECEIPT_OK);
    world_expect(world, "sync usrB starting probe", "attach usrB focused",
                 "sync usrB active attached");
    assert_int_equal(world_metrics(world).breaker_trips, 2);
    assert_int_equal(world_metrics(world).breaker_open, 0);
    assert_int_equal(world_metrics(world).started_failed[RECEIPT_ERROR_TRANSIENT], 5);
    assert_int_equal(world_metrics(world).started_failed[RECEIPT_ERROR_TIMEOUT], 1);
    world_free(world);
}

static void failure__success__resets_only_when_it_lasted(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_focus(world, "usrB");
    for (guint i = 0; i < 3; i++) {
        world_answer(world, "attach", RECEIPT_ERROR_TRANSIENT);
        world_pass(world, 60000);
    }
    world_answer(world, "attach", RECEIPT_OK);
    world_clear_log(world);
    world_pass(world, 29999);
    receipt_engine_lost(E, "usrB", RECEIPT_ERROR_TRANSIENT);
    world_expect(world, "sync usrB waiting lost");
    assert_int_equal(world->deadline_ms, world->now_ms + 4000);
    world_pass(world, 4000);
    world_answer(world, "attach", RECEIPT_OK);
    world_pass(world, 30000);
    world_clear_log(world);
    receipt_engine_lost(E, "usrB", RECEIPT_ERROR_TRANSIENT);
    world_expect(world, "sync usrB waiting lost");
    assert_int_equal(world->deadline_ms, world->now_ms + 500);
    world_free(world);
}

static void failure__lost_again_and_again__is_no_storm(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_focus(world, "usrB");
    world_answer(world, "attach", RECEIPT_OK);
    world_clear_log(world);
    receipt_engine_lost(E, "usrB", RECEIPT_ERROR_ATTACH_FIRST);
    world_expect(world, "sync usrB starting lost", "attach usrB focused");
    world_answer(world, "attach", RECEIPT_OK);
    receipt_engine_lost(E, "usrB", RECEIPT_ERROR_ATTACH_FIRST);
    world_expect(world, "sync usrB active attached", "sync usrB waiting lost");
    world_free(world);
}

static void failure__forbidden__waits_for_a_reason_to_try_again(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_focus(world, "usrB");
    world_clear_log(world);
    world_answer(world, "attach", RECEIPT_ERROR_FORBIDDEN);
    world_expect(world, "problem usrB sync forbidden", "sync usrB idle error");
    world_pass(world, 1000000);
    world_expect_nothing(world);
    assert_int_equal(world->deadline_ms, -1);
    receipt_engine_member(E, "usrB", ME, TRUE);
    world_expect(world, "sync usrB starting focused", "attach usrB focused");
    world_free(world);
}

static void failure__auth__is_one_problem_for_all(void **state)
{
    World *world = world_new_online();

    (void)state;
    receipt_engine_hold(E, "usrA", RECEIPT_HOLD_ASKED);
    receipt_engine_hold(E, "usrB", RECEIPT_HOLD_ASKED);
    world_clear_log(world);
    world_answer_all(world, RECEIPT_ERROR_AUTH);
    world_expect(world, "problem - sync auth", "sync usrA idle error", "sync usrB idle error");
    world_network(world, FALSE);
    world_network(world, TRUE);
    assert_int_equal(world_count(world, "attach"), 2);
    world_free(world);
}

static void failure__gone__drops_what_was_owed_and_says_so(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_snapshot_own(world, "grpF", 5, 4, 4);
    receipt_engine_message_stored(E, "grpF", "m1", 3);
    receipt_engine_handed(E, "grpF", 5, 5);
    world_clear_log(world);
    world_answer(world, "attach", RECEIPT_ERROR_GONE);
    world_expect(world, "problem grpF lost gone", "sync grpF idle gone");
    assert_int_equal(receipt_engine_owed(world->engine, "grpF", RECEIPT_RECV), 0);
    world_network(world, FALSE);
    world_network(world, TRUE);
    world_pass(world, 1000000);
    world_expect_nothing(world);
    world_free(world);
}

static void failure__timeout__may_have_attached_so_a_stop_detaches(void **state)
{
    World *world = world_new_online();

    (void)state;
    world->options.linger_ms = 0;
    world_apply_options(world);
    world_focus(world, "usrB");
    world_answer(world, "attach", RECEIPT_ERROR_TIMEOUT);
    world_clear_log(world);
    receipt_engine_closed(E, "usrB");
    world_expect(world, "sync usrB stopping closed", "detach usrB");
    world_answer(world, "detach", RECEIPT_OK);
    world_expect(world, "sync usrB idle detached");
    world_free(world);
}

static void failure__of_a_detach__is_repeated_then_given_up(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_activate(world, "usrB", 0, NULL);
    receipt_engine_closed(E, "usrB");
    world_pass(world, 5000);
    world_answer(world, "detach", RECEIPT_ERROR_TIMEOUT);
    world_expect(world, "sync usrB stopping closed", "detach usrB");
    world_pass(world, 500);
    world_expect(world, "detach usrB");
    world_answer(world, "detach", RECEIPT_ERROR_TIMEOUT);
    /* Wanted again: no need to leave first. */
    world_focus(world, "usrB");
    world_expect(world, "sync usrB starting focused", "attach usrB focused");
    world_answer(world, "attach", RECEIPT_OK);
    receipt_engine_closed(E, "usrB");
    world_pass(world, 5000);
    for (guint i = 0; i < 5; i++) {
        world_answer(world, "detach", RECEIPT_ERROR_OVERLOAD);
        world_pass(world, 100000);
    }
    assert_int_equal(world_state(world, "usrB"), RECEIPT_SYNC_IDLE);
    assert_int_equal(world->deadline_ms, -1);
    assert_int_equal(world_metrics(world).stopped_failed[RECEIPT_ERROR_TIMEOUT], 2);
    world_free(world);
}

static void failure__of_one_channel__delays_no_other(void **state)
{
    World *world = full_house(8);

    (void)state;
    for (guint i = 0; i < 50; i++) {
        g_autofree char *name = g_strdup_printf("usr%02u", i);

        receipt_engine_hold(E, name, RECEIPT_HOLD_ASKED);
    }
    /* The most recently used is dead; the rest of the eight work. */
    for (guint i = 0; i < 20; i++) {
        while (world_n_open(world) > 0) {
            gboolean is_dead = world_count(world, "attach usr49") > 0;

            world_clear_log(world);
            if (is_dead)
                world_answer(world, "attach usr49", RECEIPT_ERROR_TIMEOUT);
            world_answer_all(world, RECEIPT_OK);
        }
        world_pass(world, 10000);
    }
    assert_int_equal(world_state(world, "usr49"), RECEIPT_SYNC_TRIPPED);
    /* Its place is used by another. */
    assert_int_equal(world_metrics(world).active, 8);
    assert_int_equal(world_state(world, "usr41"), RECEIPT_SYNC_ACTIVE);
    world_free(world);
}

/* Polling and watching ------------------------------------------------------------------------- */

static void poll__evicted_with_unread_own_messages__is_slow_and_ends(void **state)
{
    World *world = full_house(1);

    (void)state;
    world_activate(world, "usrA", 0, "usrA", NULL);
    receipt_engine_message_stored(E, "usrA", "m1", 1);
    receipt_engine_hold(E, "usrA", RECEIPT_HOLD_ASKED);
    receipt_engine_closed(E, "usrA");
    world_pass(world, 5000);
    world_focus(world, "usrB");
    world_answer_all(world, RECEIPT_OK);
    assert_int_equal(world_state(world, "usrA"), RECEIPT_SYNC_EVICTED);
    world_clear_log(world);
    assert_int_equal(world->deadline_ms, world->now_ms + 60000);
    world_pass(world, 60000);
    world_expect(world, "snapshot usrA");
    world_pass(world, 600000);
    world_expect_nothing(world);
    world_answer(world, "snapshot", RECEIPT_OK);
    world_pass(world, 60000);
    world_expect(world, "snapshot usrA");
    world_snapshot_member(world, "usrA", "usrA", 1, 1);
    world_answer(world, "snapshot", RECEIPT_OK);
    world_expect(world, "receipt usrA usrA read 1", "message usrA m1 1 read 1/1/1");
    assert_int_equal(world->deadline_ms, -1);
    assert_int_equal(world_metrics(world).polls, 2);
    world_free(world);
}

static void poll__closed__only_when_muted(void **state)
{
    World *world = world_new_online();

    (void)state;
    receipt_engine_message_stored(E, "usrA", "m1", 1);
    world_clear_log(world);
    world_pass(world, 1000000);
    world_expect_nothing(world);
    receipt_engine_set_muted(E, "usrA", TRUE);
    world_pass(world, 60000);
    world_expect(world, "snapshot usrA");
    world_answer(world, "snapshot", RECEIPT_OK);
    receipt_engine_set_muted(E, "usrA", FALSE);
    world_pass(world, 1000000);
    world_expect_nothing(world);
    assert_int_equal(world->deadline_ms, -1);
    world_free(world);
}

static void watch__after_a_reconnect__attaches_once_for_the_rows(void **state)
{
    World *world = world_new_online();

    (void)state;
    receipt_engine_message_stored(E, "usrA", "m1", 1);
    world_network(world, FALSE);
    world_clear_log(world);
    world_network(world, TRUE);
    world_expect(world, "sync usrA starting watch", "attach usrA");
    world_answer(world, "attach", RECEIPT_OK);
    world_expect(world, "sync usrA active attached");
    world_snapshot_member(world, "usrA", "usrA", 1, 0);
    world_answer(world, "detach", RECEIPT_OK);
    world_expect(world, "sync usrA stopping done", "detach usrA", "receipt usrA usrA recv 1",
                 "message usrA m1 1 delivered 1/0/1", "sync usrA idle detached");
    world_pass(world, 1000000);
    world_expect_nothing(world);
    assert_int_equal(world->deadline_ms, -1);
    world_free(world);
}

static void watch__without_rows__asks_for_them_once(void **state)
{
    World *world = world_new_online();

    (void)state;
    receipt_engine_message_stored(E, "usrA", "m1", 1);
    world_network(world, FALSE);
    world_network(world, TRUE);
    world_answer(world, "attach", RECEIPT_OK);
    world_clear_log(world);
    world_pass(world, 5000);
    world_expect(world, "snapshot usrA");
    world_answer(world, "snapshot", RECEIPT_ERROR_TIMEOUT);
    world_expect(world, "sync usrA stopping done", "detach usrA");
    world_free(world);
}

/* Overload ------------------------------------------------------------------------------------- */

static void overload__gathers_longer__and_recovers_gradually(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_activate(world, "usrA", 100, "usrA", NULL);
    receipt_engine_hold(E, "usrX", RECEIPT_HOLD_ASKED);
    world_answer(world, "attach", RECEIPT_ERROR_OVERLOAD);
    world_pass(world, 500);
    world_answer(world, "attach", RECEIPT_ERROR_OVERLOAD);
    receipt_engine_release(E, "usrX", RECEIPT_HOLD_ASKED);
    world_clear_log(world);
    receipt_engine_handed(E, "usrA", 1, 1);
    receipt_engine_seen(E, "usrA", 1, TRUE);
    world_pass(world, 399);
    world_expect(world, "unread usrA 99");
    world_pass(world, 1);
    world_expect(world, "send usrA read 1");
    world_pass(world, 10000);
    world_clear_log(world);
    receipt_engine_handed(E, "usrA", 2, 2);
    world_pass(world, 199);
    world_expect_nothing(world);
    world_pass(world, 1);
    world_expect(world, "send usrA recv 2");
    world_pass(world, 10000);
    receipt_engine_handed(E, "usrA", 3, 3);
    world_clear_log(world);
    world_pass(world, 100);
    world_expect(world, "send usrA recv 3");
    world_free(world);
}

static void overload__that_goes_on__sends_background_channels_to_polling(void **state)
{
    World *world = full_house(8);

    (void)state;
    for (guint i = 0; i < 8; i++) {
        g_autofree char *name = g_strdup_printf("usr%u", i);

        receipt_engine_hold(E, name, RECEIPT_HOLD_ASKED);
    }
    world_answer_all(world, RECEIPT_OK);
    receipt_engine_arrived(E, "usr7", 3, NULL);
    receipt_engine_handed(E, "usr7", 1, 3);
    for (guint32 seq = 1; seq <= 3; seq++)
        receipt_engine_seen(E, "usr7", seq, TRUE);
    world_clear_log(world);
    for (guint32 seq = 1; seq <= 3; seq++)
        world_answer(world, "send usr7", RECEIPT_ERROR_OVERLOAD);
    /* The third complaint takes the second place. */
    world_expect(world, "sync usr0 stopping limit", "detach usr0", "sync usr1 stopping limit",
                 "detach usr1");
    world_answer(world, "detach usr0", RECEIPT_OK);
    world_answer(world, "detach usr1", RECEIPT_OK);
    world_expect(world, "sync usr0 evicted limit", "sync usr1 evicted limit");
    world_pass(world, 9999);
    assert_int_equal(world_metrics(world).active, 6);
    world_clear_log(world);
    world_pass(world, 1);
    world_expect(world, "sync usr1 starting room", "attach usr1");
    world_pass(world, 10000);
    world_expect(world, "sync usr0 starting room", "attach usr0");
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(link__back_within_the_minute__resumes_focused_first),
        cmocka_unit_test(link__down_for_a_minute__stops_and_starts_again_when_back),
        cmocka_unit_test(link__back_exactly_at_the_minute__is_too_late),
        cmocka_unit_test(link__flapping__starts_the_minute_anew_each_time),
        cmocka_unit_test(link__lost__makes_earlier_outcomes_void),
        cmocka_unit_test(link__lost_while_lingering__lets_go),
        cmocka_unit_test(link__lost_while_stopping__leaves_nothing),
        cmocka_unit_test(limit__evicts_the_least_recently_used__and_lets_it_back),
        cmocka_unit_test(limit__focused__beats_warm_beats_lingering),
        cmocka_unit_test(limit__start_that_lost_its_place__does_not_become_active),
        cmocka_unit_test(limit__lowered__takes_effect_at_once),
        cmocka_unit_test(limit__job__is_not_starved_by_warm_channels),
        cmocka_unit_test(failure__transient__backs_off_longer_each_time_then_trips),
        cmocka_unit_test(failure__success__resets_only_when_it_lasted),
        cmocka_unit_test(failure__lost_again_and_again__is_no_storm),
        cmocka_unit_test(failure__forbidden__waits_for_a_reason_to_try_again),
        cmocka_unit_test(failure__auth__is_one_problem_for_all),
        cmocka_unit_test(failure__gone__drops_what_was_owed_and_says_so),
        cmocka_unit_test(failure__timeout__may_have_attached_so_a_stop_detaches),
        cmocka_unit_test(failure__of_a_detach__is_repeated_then_given_up),
        cmocka_unit_test(failure__of_one_channel__delays_no_other),
        cmocka_unit_test(poll__evicted_with_unread_own_messages__is_slow_and_ends),
        cmocka_unit_test(poll__closed__only_when_muted),
        cmocka_unit_test(watch__after_a_reconnect__attaches_once_for_the_rows),
        cmocka_unit_test(watch__without_rows__asks_for_them_once),
        cmocka_unit_test(overload__gathers_longer__and_recovers_gradually),
        cmocka_unit_test(overload__that_goes_on__sends_background_channels_to_polling),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
