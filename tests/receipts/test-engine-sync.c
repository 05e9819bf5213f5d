/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stories of the engine: start and stop, holds, linger, focus, background. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support-world.h"

static void engine__starts_and_stops__around_a_view(void **state)
{
    World *world = world_new_online();

    (void)state;
    receipt_engine_opened(world->engine, world->now_ms, "usrB");
    world_expect_nothing(world);
    world_focus(world, "usrB");
    world_expect(world, "sync usrB starting focused", "attach usrB focused");
    world_answer(world, "attach usrB", RECEIPT_OK);
    world_expect(world, "sync usrB active attached");
    assert_int_equal(world->deadline_ms, -1);
    world_unfocus(world, "usrB");
    world_expect_nothing(world);
    assert_int_equal(world->deadline_ms, world->now_ms + 5000);
    world_pass(world, 4999);
    world_expect_nothing(world);
    world_pass(world, 1);
    world_expect(world, "sync usrB stopping unfocused", "detach usrB");
    world_answer(world, "detach usrB", RECEIPT_OK);
    world_expect(world, "sync usrB idle detached");
    assert_int_equal(world->deadline_ms, -1);
    world_free(world);
}

static void engine__says_closed__when_the_conversation_is_gone(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_activate(world, "usrB", 0, NULL);
    receipt_engine_closed(world->engine, world->now_ms, "usrB");
    world_pass(world, 5000);
    world_expect(world, "sync usrB stopping closed", "detach usrB");
    world_free(world);
}

static void engine__says_inactive__when_the_user_goes_and_starts_again_when_back(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_activate(world, "usrB", 0, NULL);
    receipt_engine_app_active(world->engine, world->now_ms, FALSE);
    world_pass(world, 5000);
    world_expect(world, "sync usrB stopping inactive", "detach usrB");
    world_answer(world, "detach", RECEIPT_OK);
    world_expect(world, "sync usrB idle detached");
    world_pass(world, 100000);
    receipt_engine_app_active(world->engine, world->now_ms, TRUE);
    world_expect(world, "sync usrB starting focused", "attach usrB focused");
    world_free(world);
}

static void engine__stays_attached__when_the_focus_returns_within_the_linger(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_activate(world, "usrB", 0, NULL);
    world_unfocus(world, "usrB");
    world_pass(world, 3000);
    world_focus(world, "usrB");
    world_pass(world, 60000);
    world_expect_nothing(world);
    assert_int_equal(world->deadline_ms, -1);
    world_free(world);
}

static void engine__ends_detached__when_stopped_during_the_start(void **state)
{
    World *world = world_new_online();

    (void)state;
    world->options.linger_ms = 0;
    world_apply_options(world);
    world_focus(world, "usrB");
    world_expect(world, "sync usrB starting focused", "attach usrB focused");
    world_unfocus(world, "usrB");
    world_expect_nothing(world);
    world_answer(world, "attach", RECEIPT_OK);
    world_expect(world, "sync usrB stopping unfocused", "detach usrB");
    world_answer(world, "detach", RECEIPT_OK);
    world_expect(world, "sync usrB idle detached");
    assert_int_equal(world->deadline_ms, -1);
    world_free(world);
}

static void engine__ends_attached__when_started_during_the_stop(void **state)
{
    World *world = world_new_online();

    (void)state;
    world->options.linger_ms = 0;
    world_apply_options(world);
    world_activate(world, "usrB", 0, NULL);
    world_unfocus(world, "usrB");
    world_expect(world, "sync usrB stopping unfocused", "detach usrB");
    world_pass(world, 1000);
    world_focus(world, "usrB");
    world_expect_nothing(world);
    world_answer(world, "detach", RECEIPT_OK);
    world_expect(world, "sync usrB starting focused", "attach usrB focused");
    world_answer(world, "attach", RECEIPT_OK);
    world_expect(world, "sync usrB active attached");
    world_free(world);
}

static void engine__attaches_first_and_last__when_flipping_through_fifty_tabs(void **state)
{
    World *world = world_new_online();

    (void)state;
    for (guint i = 0; i < 50; i++) {
        g_autofree char *name = g_strdup_printf("usr%02u", i);

        world_focus(world, name);
        world_pass(world, 20);
        if (i < 49)
            world_unfocus(world, name);
    }
    world_pass(world, 1000);
    assert_int_equal(world_count(world, "attach"), 2);
    world_expect(world, "sync usr00 starting focused", "attach usr00 focused",
                 "sync usr49 starting focused", "attach usr49 focused");
    world_answer_all(world, RECEIPT_OK);
    world_pass(world, 60000);
    world_answer_all(world, RECEIPT_OK);
    assert_int_equal(world_state(world, "usr00"), RECEIPT_SYNC_IDLE);
    assert_int_equal(world_state(world, "usr49"), RECEIPT_SYNC_ACTIVE);
    assert_int_equal(world->deadline_ms, -1);
    world_free(world);
}

static void engine__counts_holds__and_stops_with_the_last(void **state)
{
    World *world = world_new_online();

    (void)state;
    receipt_engine_release(world->engine, world->now_ms, "usrB", RECEIPT_HOLD_ASKED);
    receipt_engine_hold(world->engine, world->now_ms, "usrB", RECEIPT_HOLD_ASKED);
    receipt_engine_hold(world->engine, world->now_ms, "usrB", RECEIPT_HOLD_ASKED);
    receipt_engine_hold(world->engine, world->now_ms, "usrB", RECEIPT_HOLD_CATCH_UP);
    world_expect(world, "sync usrB starting asked", "attach usrB");
    world_answer(world, "attach", RECEIPT_OK);
    receipt_engine_release(world->engine, world->now_ms, "usrB", RECEIPT_HOLD_ASKED);
    receipt_engine_release(world->engine, world->now_ms, "usrB", RECEIPT_HOLD_CATCH_UP);
    receipt_engine_release(world->engine, world->now_ms, "usrB", RECEIPT_HOLD_CATCH_UP);
    world_expect(world, "sync usrB active attached");
    receipt_engine_release(world->engine, world->now_ms, "usrB", RECEIPT_HOLD_ASKED);
    world_expect(world, "sync usrB stopping done", "detach usrB");
    world_free(world);
}

static void engine__keeps_background_warm__only_by_option(void **state)
{
    World *world = world_new_online();

    (void)state;
    receipt_engine_opened(world->engine, world->now_ms, "usrB");
    world_expect_nothing(world);
    world->options.is_background_warm = TRUE;
    world_apply_options(world);
    world_expect(world, "sync usrB starting opened", "attach usrB");
    world_answer(world, "attach", RECEIPT_OK);
    world_expect(world, "sync usrB active attached");
    world->options.is_background_warm = FALSE;
    world_apply_options(world);
    world_pass(world, 5000);
    world_expect(world, "sync usrB stopping unfocused", "detach usrB");
    world_free(world);
}

static void engine__waits_for_the_link__when_focused_offline(void **state)
{
    World *world = world_new();

    (void)state;
    world_focus(world, "usrB");
    world_pass(world, 100000);
    world_expect_nothing(world);
    assert_int_equal(world->deadline_ms, -1);
    world_network(world, TRUE);
    world_expect(world, "sync usrB starting focused", "attach usrB focused");
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engine__starts_and_stops__around_a_view),
        cmocka_unit_test(engine__says_closed__when_the_conversation_is_gone),
        cmocka_unit_test(engine__says_inactive__when_the_user_goes_and_starts_again_when_back),
        cmocka_unit_test(engine__stays_attached__when_the_focus_returns_within_the_linger),
        cmocka_unit_test(engine__ends_detached__when_stopped_during_the_start),
        cmocka_unit_test(engine__ends_attached__when_started_during_the_stop),
        cmocka_unit_test(engine__attaches_first_and_last__when_flipping_through_fifty_tabs),
        cmocka_unit_test(engine__counts_holds__and_stops_with_the_last),
        cmocka_unit_test(engine__keeps_background_warm__only_by_option),
        cmocka_unit_test(engine__waits_for_the_link__when_focused_offline),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
