/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stories of the engine where two things happen at once, or in the wrong order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support-world.h"

#define E world->engine, world->now_ms

/* usrA is evicted by usrB, with an own message that nobody has read. */
static World *evicted(void)
{
    World *world = world_new_online();

    world->options.limit = 1;
    world_apply_options(world);
    receipt_engine_hold(E, "usrA", RECEIPT_HOLD_ASKED);
    world_answer(world, "attach", RECEIPT_OK);
    receipt_engine_message_stored(E, "usrA", "m", 1);
    world_pass(world, 1000);
    world_focus(world, "usrB");
    world_answer_all(world, RECEIPT_OK);
    assert_int_equal(world_state(world, "usrA"), RECEIPT_SYNC_EVICTED);
    world_clear_log(world);
    return world;
}

static void poll__that_finds_the_channel_gone__ends_it(void **state)
{
    World *world = evicted();

    (void)state;
    world_pass(world, 60000);
    world_expect(world, "snapshot usrA");
    world_answer(world, "snapshot", RECEIPT_ERROR_GONE);
    world_expect(world, "problem usrA lost gone", "sync usrA idle gone");
    assert_int_equal(world->deadline_ms, -1);
    world_free(world);
}

static void poll__that_is_forbidden__ends_in_silence(void **state)
{
    World *world = evicted();

    (void)state;
    world_pass(world, 60000);
    world_clear_log(world);
    world_answer(world, "snapshot", RECEIPT_ERROR_FORBIDDEN);
    world_expect(world, "sync usrA idle done");
    assert_int_equal(world->deadline_ms, -1);
    world_free(world);
}

static void poll__under_overload__goes_on(void **state)
{
    World *world = evicted();

    (void)state;
    world_pass(world, 60000);
    world_answer(world, "snapshot", RECEIPT_ERROR_OVERLOAD);
    world_clear_log(world);
    assert_int_equal(world->deadline_ms, world->now_ms + 60000);
    world_pass(world, 60000);
    world_expect(world, "snapshot usrA");
    world_free(world);
}

static void poll__told_attach_first__harms_nothing(void **state)
{
    World *world = evicted();

    (void)state;
    world_pass(world, 60000);
    world_clear_log(world);
    world_answer(world, "snapshot", RECEIPT_ERROR_ATTACH_FIRST);
    world_expect_nothing(world);
    assert_int_equal(world_state(world, "usrA"), RECEIPT_SYNC_EVICTED);
    world_free(world);
}

static void evicted__released__is_idle_at_once(void **state)
{
    World *world = evicted();

    (void)state;
    receipt_engine_release(E, "usrA", RECEIPT_HOLD_ASKED);
    world_expect(world, "sync usrA idle done");
    assert_int_equal(world->deadline_ms, -1);
    world_free(world);
}

static void evicted__link_lost__waits_for_room_or_the_minute(void **state)
{
    World *world = evicted();

    (void)state;
    world_network(world, FALSE);
    world_expect(world, "sync usrB suspended network-lost");
    world_pass(world, 60000);
    world_expect(world, "sync usrA idle minute-over", "sync usrB idle minute-over");
    world_network(world, TRUE);
    world_expect(world, "sync usrA evicted limit", "sync usrB starting network-back",
                 "attach usrB focused");
    world_free(world);
}

static void tripped__keeps_its_breaker__over_a_short_loss(void **state)
{
    World *world = world_new_online();

    (void)state;
    world->options.breaker_failures = 1;
    world_apply_options(world);
    world_focus(world, "usrB");
    world_answer(world, "attach", RECEIPT_ERROR_TIMEOUT);
    world_clear_log(world);
    world_network(world, FALSE);
    world_pass(world, 10000);
    world_network(world, TRUE);
    world_expect_nothing(world);
    assert_int_equal(world_state(world, "usrB"), RECEIPT_SYNC_TRIPPED);
    /* After the minute all is forgotten. */
    world_network(world, FALSE);
    world_pass(world, 60000);
    world_network(world, TRUE);
    world_expect(world, "sync usrB idle minute-over", "sync usrB starting network-back",
                 "attach usrB focused");
    assert_int_equal(world_metrics(world).breaker_open, 0);
    world_free(world);
}

static void tripped__that_may_be_attached__is_detached_when_left(void **state)
{
    World *world = world_new_online();

    (void)state;
    world->options.breaker_failures = 1;
    world_apply_options(world);
    receipt_engine_hold(E, "usrB", RECEIPT_HOLD_ASKED);
    world_answer(world, "attach", RECEIPT_ERROR_TIMEOUT);
    world_clear_log(world);
    receipt_engine_release(E, "usrB", RECEIPT_HOLD_ASKED);
    world_expect(world, "sync usrB stopping done", "detach usrB");
    world_answer(world, "detach", RECEIPT_ERROR_TIMEOUT);
    world_expect(world, "sync usrB idle detached");
    assert_int_equal(world->deadline_ms, -1);
    world_free(world);
}

static void tripped__with_the_release_on_its_way__is_detached_too(void **state)
{
    World *world = world_new_online();

    (void)state;
    world->options.breaker_failures = 1;
    world_apply_options(world);
    receipt_engine_hold(E, "usrB", RECEIPT_HOLD_ASKED);
    receipt_engine_release(E, "usrB", RECEIPT_HOLD_ASKED);
    world_clear_log(world);
    world_answer(world, "attach", RECEIPT_ERROR_TIMEOUT);
    world_expect(world, "problem usrB sync timeout", "sync usrB stopping error", "detach usrB");
    world_free(world);
}

static void waiting__released__stops_waiting(void **state)
{
    World *world = world_new_online();

    (void)state;
    receipt_engine_hold(E, "usrB", RECEIPT_HOLD_ASKED);
    world_answer(world, "attach", RECEIPT_ERROR_TRANSIENT);
    world_clear_log(world);
    receipt_engine_release(E, "usrB", RECEIPT_HOLD_ASKED);
    world_expect(world, "sync usrB idle done");
    assert_int_equal(world->deadline_ms, -1);
    world_free(world);
}

static void waiting__due_without_room__is_evicted(void **state)
{
    World *world = world_new_online();

    (void)state;
    world->options.limit = 1;
    world_apply_options(world);
    receipt_engine_hold(E, "usrA", RECEIPT_HOLD_ASKED);
    world_answer(world, "attach", RECEIPT_ERROR_TRANSIENT);
    world_focus(world, "usrB");
    world_answer(world, "attach", RECEIPT_OK);
    world_clear_log(world);
    world_pass(world, 500);
    world_expect(world, "sync usrA evicted limit");
    world_free(world);
}

static void failure__letting_go_and_holding_again__is_no_way_around(void **state)
{
    World *world = world_new_online();

    (void)state;
    world->options.breaker_failures = 2;
    world_apply_options(world);
    receipt_engine_hold(E, "usrB", RECEIPT_HOLD_CATCH_UP);
    world_answer(world, "attach", RECEIPT_ERROR_TRANSIENT);
    receipt_engine_release(E, "usrB", RECEIPT_HOLD_CATCH_UP);
    assert_int_equal(world->deadline_ms, -1);
    world_clear_log(world);
    world_pass(world, 200);
    receipt_engine_hold(E, "usrB", RECEIPT_HOLD_CATCH_UP);
    world_expect(world, "sync usrB waiting error");
    world_pass(world, 299);
    world_expect_nothing(world);
    world_pass(world, 1);
    world_expect(world, "sync usrB starting retry", "attach usrB");
    world_answer(world, "attach", RECEIPT_ERROR_TRANSIENT);
    receipt_engine_release(E, "usrB", RECEIPT_HOLD_CATCH_UP);
    world_clear_log(world);
    world_pass(world, 60000);
    receipt_engine_hold(E, "usrB", RECEIPT_HOLD_CATCH_UP);
    world_expect(world, "sync usrB tripped breaker-open");
    receipt_engine_release(E, "usrB", RECEIPT_HOLD_CATCH_UP);
    world_pass(world, 60000);
    world_clear_log(world);
    /* By now the probe is due. */
    receipt_engine_hold(E, "usrB", RECEIPT_HOLD_CATCH_UP);
    world_expect(world, "sync usrB starting catch-up", "attach usrB");
    world_free(world);
}

static void lost__gone_or_forbidden__ends_without_a_detach(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_activate(world, "usrA", 0, NULL);
    receipt_engine_lost(E, "usrA", RECEIPT_ERROR_GONE);
    world_expect(world, "problem usrA lost gone", "sync usrA idle gone");
    world_pass(world, 300);
    world_activate(world, "usrB", 0, NULL);
    receipt_engine_lost(E, "usrB", RECEIPT_ERROR_FORBIDDEN);
    world_expect(world, "problem usrB sync forbidden", "sync usrB idle lost");
    /* Told without a category: as a passing one. */
    world_pass(world, 300);
    world_activate(world, "usrC", 0, NULL);
    receipt_engine_lost(E, "usrC", RECEIPT_OK);
    world_expect(world, "sync usrC waiting lost");
    receipt_engine_lost(E, "usrC", RECEIPT_ERROR_TRANSIENT);
    world_expect_nothing(world);
    world_free(world);
}

static void lost__often__opens_the_breaker(void **state)
{
    World *world = world_new_online();

    (void)state;
    world->options.breaker_failures = 2;
    world_apply_options(world);
    world_activate(world, "usrA", 0, NULL);
    receipt_engine_lost(E, "usrA", RECEIPT_ERROR_ATTACH_FIRST);
    world_answer(world, "attach", RECEIPT_OK);
    world_clear_log(world);
    receipt_engine_lost(E, "usrA", RECEIPT_ERROR_OVERLOAD);
    world_expect(world, "problem usrA sync overload", "sync usrA tripped breaker-open");
    world_free(world);
}

static void stop__while_a_detach_is_open__ignores_a_loss(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_activate(world, "usrA", 0, NULL);
    receipt_engine_closed(E, "usrA");
    world_pass(world, 5000);
    world_clear_log(world);
    receipt_engine_lost(E, "usrA", RECEIPT_ERROR_TRANSIENT);
    world_expect_nothing(world);
    world_answer(world, "detach", RECEIPT_ERROR_ATTACH_FIRST);
    world_expect(world, "sync usrA idle detached");
    world_free(world);
}

static void stop__during_a_poll__waits_for_no_answer(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_activate(world, "usrB", 5, "usrB", NULL);
    world_snapshot_own(world, "usrB", 5, 4, 4);
    receipt_engine_handed(E, "usrB", 5, 5);
    receipt_engine_seen(E, "usrB", 5, TRUE);
    world_answer(world, "send", RECEIPT_OK);
    world_pass(world, 5000);
    /* Asked, not answered, and a newer cursor is sent meanwhile. */
    receipt_engine_arrived(E, "usrB", 6, "usrB");
    receipt_engine_handed(E, "usrB", 6, 6);
    receipt_engine_seen(E, "usrB", 6, TRUE);
    world_answer(world, "send", RECEIPT_OK);
    receipt_engine_closed(E, "usrB");
    world_clear_log(world);
    world_pass(world, 5000);
    world_expect(world, "sync usrB stopping closed");
    world_answer(world, "snapshot", RECEIPT_ERROR_TIMEOUT);
    /* That answer said nothing about the newer one. */
    world_expect(world, "snapshot usrB");
    world_answer(world, "snapshot", RECEIPT_ERROR_TIMEOUT);
    world_expect(world, "detach usrB");
    world_free(world);
}

static void cursor__forbidden__is_kept_for_another_day(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_activate(world, "usrB", 5, "usrB", NULL);
    receipt_engine_handed(E, "usrB", 1, 5);
    receipt_engine_seen(E, "usrB", 5, TRUE);
    world_clear_log(world);
    world_answer(world, "send", RECEIPT_ERROR_FORBIDDEN);
    world_expect(world, "problem usrB sync forbidden");
    world_pass(world, 1000000);
    world_expect_nothing(world);
    assert_int_equal(receipt_engine_owed(world->engine, "usrB", RECEIPT_READ), 5);
    world_network(world, FALSE);
    world_network(world, TRUE);
    world_answer(world, "attach", RECEIPT_OK);
    assert_int_equal(world_count(world, "send usrB read 5"), 1);
    world_answer(world, "send", RECEIPT_ERROR_GONE);
    assert_int_equal(receipt_engine_owed(world->engine, "usrB", RECEIPT_READ), 0);
    assert_int_equal(world_state(world, "usrB"), RECEIPT_SYNC_IDLE);
    world_free(world);
}

static void cursor__older_failure__is_covered_by_a_newer_one(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_activate(world, "usrB", 5, "usrB", NULL);
    receipt_engine_handed(E, "usrB", 1, 5);
    receipt_engine_seen(E, "usrB", 4, TRUE);
    receipt_engine_seen(E, "usrB", 5, TRUE);
    world_clear_log(world);
    world_answer(world, "send usrB read 4", RECEIPT_ERROR_TRANSIENT);
    world_answer(world, "send usrB read 5", RECEIPT_OK);
    receipt_engine_cursor(E, "usrB", ME, RECEIPT_READ, 5);
    world_pass(world, 1000000);
    world_expect_nothing(world);
    world_free(world);
}

static void debounced__focus__is_held_at_once_when_already_attached(void **state)
{
    World *world = world_new_online();

    (void)state;
    receipt_engine_hold(E, "usrB", RECEIPT_HOLD_ASKED);
    world_answer(world, "attach", RECEIPT_OK);
    world_focus(world, "usrA");
    world_unfocus(world, "usrA");
    world_clear_log(world);
    world_focus(world, "usrB");
    receipt_engine_release(E, "usrB", RECEIPT_HOLD_ASKED);
    world_pass(world, 10);
    world_expect_nothing(world);
    assert_int_equal(world_state(world, "usrB"), RECEIPT_SYNC_ACTIVE);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(poll__that_finds_the_channel_gone__ends_it),
        cmocka_unit_test(poll__that_is_forbidden__ends_in_silence),
        cmocka_unit_test(poll__under_overload__goes_on),
        cmocka_unit_test(poll__told_attach_first__harms_nothing),
        cmocka_unit_test(evicted__released__is_idle_at_once),
        cmocka_unit_test(evicted__link_lost__waits_for_room_or_the_minute),
        cmocka_unit_test(tripped__keeps_its_breaker__over_a_short_loss),
        cmocka_unit_test(tripped__that_may_be_attached__is_detached_when_left),
        cmocka_unit_test(tripped__with_the_release_on_its_way__is_detached_too),
        cmocka_unit_test(waiting__released__stops_waiting),
        cmocka_unit_test(waiting__due_without_room__is_evicted),
        cmocka_unit_test(failure__letting_go_and_holding_again__is_no_way_around),
        cmocka_unit_test(lost__gone_or_forbidden__ends_without_a_detach),
        cmocka_unit_test(lost__often__opens_the_breaker),
        cmocka_unit_test(stop__while_a_detach_is_open__ignores_a_loss),
        cmocka_unit_test(stop__during_a_poll__waits_for_no_answer),
        cmocka_unit_test(cursor__forbidden__is_kept_for_another_day),
        cmocka_unit_test(cursor__older_failure__is_covered_by_a_newer_one),
        cmocka_unit_test(debounced__focus__is_held_at_once_when_already_attached),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
