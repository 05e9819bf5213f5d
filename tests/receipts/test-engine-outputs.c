/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Outputs come last: callbacks that call back, close, batch and free. And the engine's bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "receipts/receipt-engine-private.h"
#include "support-world.h"

#define ENGINE world->engine, world->now_ms

static void oblige_and_close(World *world, const char *line, gpointer data)
{
    (void)data;
    if (strcmp(line, "sync usrB active attached") == 0)
        receipt_engine_closed(ENGINE, "usrB");
    if (strcmp(line, "attach usrB focused") == 0)
        receipt_engine_tick(ENGINE);
}

static void outputs__calling_back__sees_a_consistent_engine(void **state)
{
    World *world = world_new_online();

    (void)state;
    world->options.linger_ms = 0;
    world_apply_options(world);
    world->is_obliging = TRUE;
    world->on_line = oblige_and_close;
    world_focus(world, "usrB");
    world_expect(world, "sync usrB starting focused", "attach usrB focused",
                 "sync usrB active attached", "sync usrB stopping closed", "detach usrB",
                 "sync usrB idle detached");
    assert_int_equal(world->deadline_ms, -1);
    world_free(world);
}

typedef struct {
    guint nth, seen;
} FreeAt;

static void free_at(World *world, const char *line, gpointer data)
{
    FreeAt *at = data;

    (void)line;
    if (at->seen++ != at->nth)
        return;
    receipt_engine_free(g_steal_pointer(&world->engine));
}

/* A story that calls every port; the engine is freed inside the nth call. */
static guint story_freed_at(guint nth)
{
    World *world = world_new_online();
    FreeAt at = {nth, 0};
    guint steps = 0;

    world->logs_saves = TRUE;
    world->on_line = free_at;
    world->on_line_data = &at;
    while (world->engine != NULL && steps < 12) {
        switch (steps++) {
        case 0:
            world_focus(world, "usrB");
            break;
        case 1:
            world_answer(world, "attach", RECEIPT_OK);
            break;
        case 2:
            world_snapshot_own(world, "usrB", 9, 4, 4);
            break;
        case 3:
            receipt_engine_message_new(ENGINE, "usrB", "m");
            break;
        case 4:
            receipt_engine_handed(ENGINE, "usrB", 5, 9);
            break;
        case 5:
            receipt_engine_seen(ENGINE, "usrB", 9, TRUE);
            break;
        case 6:
            receipt_engine_message_stored(ENGINE, "usrB", "m", 10);
            break;
        case 7:
            receipt_engine_cursor(ENGINE, "usrB", "usrB", RECEIPT_READ, 10);
            break;
        case 8:
            receipt_engine_message_new(ENGINE, "usrB", "n");
            break;
        case 9:
            receipt_engine_message_failed(ENGINE, "usrB", "n", RECEIPT_ERROR_PERMANENT);
            break;
        case 10:
            receipt_engine_lost(ENGINE, "usrB", RECEIPT_ERROR_FORBIDDEN);
            break;
        default:
            receipt_engine_closed(ENGINE, "usrB");
            break;
        }
    }
    world_free(world);
    return at.seen;
}

static void outputs__freeing_inside__is_safe_in_every_callback(void **state)
{
    guint all = story_freed_at(G_MAXUINT);

    (void)state;
    assert_true(all > 15);
    for (guint nth = 0; nth < all; nth++)
        assert_int_equal(story_freed_at(nth), nth + 1);
}

static void open_batch(World *world, const char *line, gpointer data)
{
    gboolean *is_open = data;

    if (*is_open || strcmp(line, "unread usrB 3") != 0)
        return;
    *is_open = TRUE;
    receipt_engine_begin(world->engine);
}

static void outputs__batch_opened_inside__holds_the_rest_back(void **state)
{
    World *world = world_new_online();
    gboolean is_open = FALSE;

    (void)state;
    world->on_line = open_batch;
    world->on_line_data = &is_open;
    receipt_engine_arrived(ENGINE, "usrB", 3, NULL);
    assert_true(is_open);
    world_clear_log(world);
    receipt_engine_arrived(ENGINE, "usrB", 4, NULL);
    world_expect_nothing(world);
    receipt_engine_end(ENGINE);
    world_expect(world, "unread usrB 4");
    world_free(world);
}

static void outputs__without_ports__work_all_the_same(void **state)
{
    ReceiptOptions options;
    ReceiptPorts none = {0};
    ReceiptEngine *engine;
    World *world = world_new_online();

    (void)state;
    world_free(world);
    receipt_options_init(&options);
    none.transport = (ReceiptTransport){0};
    engine = receipt_engine_new(ME, &options, &none);
    receipt_engine_arrived(engine, 1, "usrB", 3, "usrB");
    receipt_engine_message_new(engine, 1, "usrB", "m");
    receipt_engine_message_failed(engine, 1, "usrB", "m", RECEIPT_ERROR_GONE);
    receipt_engine_handed(engine, 1, "usrB", 1, 3);
    assert_int_equal(receipt_engine_owed(engine, "usrB", RECEIPT_RECV), 3);
    receipt_engine_free(engine);
    receipt_engine_free(NULL);
}

static void clock__going_back__stands_still(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_activate(world, "usrB", 0, NULL);
    world_unfocus(world, "usrB");
    receipt_engine_tick(world->engine, world->now_ms - 500000);
    world_expect_nothing(world);
    world_pass(world, 5000);
    world_expect(world, "sync usrB stopping unfocused", "detach usrB");
    world_free(world);
}

static void clock__late_and_early_ticks__do_the_work_once(void **state)
{
    World *world = world_new_online();

    (void)state;
    world_activate(world, "usrB", 0, NULL);
    world_unfocus(world, "usrB");
    world->now_ms += 4000;
    receipt_engine_tick(ENGINE);
    receipt_engine_tick(ENGINE);
    world_expect_nothing(world);
    assert_int_equal(world_metrics(world).timers_fired, 0);
    assert_int_equal(world_metrics(world).timers_armed, 1);
    world->now_ms += 4000000;
    receipt_engine_tick(ENGINE);
    receipt_engine_tick(ENGINE);
    world_expect(world, "sync usrB stopping unfocused", "detach usrB");
    assert_int_equal(world_metrics(world).timers_fired, 1);
    assert_int_equal(world_metrics(world).timers_armed, 0);
    world_free(world);
}

static void bounds__names__too_long_or_empty_are_ignored(void **state)
{
    World *world = world_new_online();
    g_autofree char *longest = g_strnfill(RECEIPT_NAME_MAX, 'x');
    g_autofree char *longer = g_strnfill(RECEIPT_NAME_MAX + 1, 'x');
    ReceiptMember rows[] = {{longer, 1, 1, TRUE}, {"", 1, 1, TRUE}, {"usrB", 1, 1, TRUE}};
    ReceiptSnapshot shot = {.last_seq = 1, .members = rows, .n_members = 3};

    (void)state;
    receipt_engine_opened(ENGINE, longer);
    receipt_engine_opened(ENGINE, "");
    receipt_engine_opened(ENGINE, longest);
    assert_int_equal(world_metrics(world).channels, 1);
    receipt_engine_snapshot(ENGINE, "grpF", &shot);
    assert_int_equal(world_metrics(world).members, 1);
    receipt_engine_message_new(ENGINE, "grpF", longer);
    receipt_engine_cursor(ENGINE, "grpF", longer, RECEIPT_READ, 1);
    receipt_engine_member(ENGINE, "grpF", "", TRUE);
    receipt_engine_arrived(ENGINE, "grpF", 1, longer);
    assert_int_equal(world_metrics(world).members, 1);
    assert_int_equal(world_metrics(world).messages, 0);
    world_free(world);
}

/* Every input that names a channel, with this name. */
static void call_all(World *world, const char *name)
{
    ReceiptSnapshot shot = {.last_seq = 1};

    receipt_engine_opened(ENGINE, name);
    receipt_engine_focused(ENGINE, name);
    receipt_engine_unfocused(ENGINE, name);
    receipt_engine_closed(ENGINE, name);
    receipt_engine_set_muted(ENGINE, name, TRUE);
    receipt_engine_hold(ENGINE, name, RECEIPT_HOLD_ASKED);
    receipt_engine_release(ENGINE, name, RECEIPT_HOLD_ASKED);
    receipt_engine_handed(ENGINE, name, 1, 2);
    receipt_engine_seen(ENGINE, name, 2, TRUE);
    receipt_engine_message_new(ENGINE, name, "m");
    receipt_engine_message_stored(ENGINE, name, "m", 1);
    receipt_engine_message_failed(ENGINE, name, "m", RECEIPT_ERROR_GONE);
    receipt_engine_message_forget(ENGINE, name, "m");
    receipt_engine_arrived(ENGINE, name, 1, "usrB");
    receipt_engine_cursor(ENGINE, name, "usrB", RECEIPT_READ, 1);
    receipt_engine_snapshot(ENGINE, name, &shot);
    receipt_engine_snapshot(ENGINE, name, NULL);
    receipt_engine_member(ENGINE, name, "usrB", TRUE);
    receipt_engine_deleted(ENGINE, name, 1, 2);
    receipt_engine_lost(ENGINE, name, RECEIPT_ERROR_GONE);
    receipt_engine_forget(ENGINE, name);
}

static void bounds__inputs__without_a_name_do_nothing(void **state)
{
    World *world = world_new_online();
    g_autofree char *longer = g_strnfill(RECEIPT_NAME_MAX + 1, 'x');

    (void)state;
    call_all(world, NULL);
    call_all(world, "");
    call_all(world, longer);
    assert_int_equal(world_metrics(world).channels, 0);
    world_expect_nothing(world);
    /* With one, and with nonsense, they end where they began. */
    call_all(world, "usrB");
    receipt_engine_message_new(ENGINE, "usrB", NULL);
    receipt_engine_message_stored(ENGINE, "usrB", "", 3);
    receipt_engine_message_failed(ENGINE, "usrB", NULL, RECEIPT_ERROR_GONE);
    receipt_engine_message_forget(ENGINE, "usrB", NULL);
    receipt_engine_cursor(ENGINE, "usrB", "usrB", RECEIPT_READ, 0);
    receipt_engine_member(ENGINE, "usrB", NULL, TRUE);
    world_answer_all(world, RECEIPT_OK);
    world_pass(world, 100000);
    world_answer_all(world, RECEIPT_OK);
    world_pass(world, 1000000);
    assert_int_equal(world_state(world, "usrB"), RECEIPT_SYNC_IDLE);
    assert_int_equal(world->deadline_ms, -1);
    world_free(world);
}

static void bounds__channels_with_something_to_remember__go_last(void **state)
{
    World *world = world_new();

    (void)state;
    receipt_engine_begin(world->engine);
    for (guint i = 0; i < RECEIPT_CHANNELS_MAX; i++) {
        g_autofree char *name = g_strdup_printf("usr%u", i);

        receipt_engine_arrived(ENGINE, name, 3, NULL);
        /* All but one have a history that must not be shown twice; usr0 waits for an answer. */
        if (i != 77) {
            receipt_engine_handed(ENGINE, name, 1, 3);
            receipt_engine_cursor(ENGINE, name, ME, RECEIPT_READ, 3);
        }
    }
    receipt_engine_message_new(ENGINE, "usr0", "m");
    receipt_engine_end(ENGINE);
    receipt_engine_opened(ENGINE, "new1");
    assert_int_equal(receipt_engine_last_seq(world->engine, "usr77"), 0);
    receipt_engine_opened(ENGINE, "new2");
    assert_int_equal(receipt_engine_last_seq(world->engine, "usr0"), 3);
    assert_int_equal(receipt_engine_last_seq(world->engine, "usr1"), 0);
    assert_int_equal(receipt_engine_last_seq(world->engine, "usr2"), 3);
    world_free(world);
}

static void bounds__channels__let_go_of_what_nobody_needs(void **state)
{
    World *world = world_new_online();

    (void)state;
    receipt_engine_begin(world->engine);
    for (guint i = 0; i < RECEIPT_CHANNELS_MAX; i++) {
        g_autofree char *name = g_strdup_printf("usr%u", i);

        receipt_engine_opened(ENGINE, name);
    }
    receipt_engine_end(ENGINE);
    receipt_engine_opened(ENGINE, "one too many");
    assert_int_equal(receipt_engine_last_seq(world->engine, "one too many"), 0);
    receipt_engine_arrived(ENGINE, "one too many", 5, NULL);
    assert_int_equal(receipt_engine_last_seq(world->engine, "one too many"), 0);
    receipt_engine_closed(ENGINE, "usr7");
    receipt_engine_arrived(ENGINE, "one too many", 5, NULL);
    assert_int_equal(receipt_engine_last_seq(world->engine, "one too many"), 5);
    assert_int_equal(world_metrics(world).channels, RECEIPT_CHANNELS_MAX);
    world_free(world);
}

static void forget__drops_all__but_the_open_view(void **state)
{
    World *world = world_new_online();
    ReceiptMessage message;

    (void)state;
    world_activate(world, "grpF", 5, "usrB", NULL);
    receipt_engine_message_stored(ENGINE, "grpF", "m", 6);
    receipt_engine_arrived(ENGINE, "grpF", 8, "usrB");
    receipt_engine_handed(ENGINE, "grpF", 7, 8);
    world_clear_log(world);
    receipt_engine_forget(ENGINE, "grpF");
    world_expect(world, "sync grpF idle gone", "unread grpF 0");
    assert_false(receipt_engine_message(world->engine, "grpF", "m", &message));
    assert_int_equal(receipt_engine_owed(world->engine, "grpF", RECEIPT_RECV), 0);
    world_pass(world, 1000000);
    world_expect_nothing(world);
    assert_int_equal(world->deadline_ms, -1);
    /* A new invitation. */
    receipt_engine_arrived(ENGINE, "grpF", 1, "usrB");
    world_expect(world, "sync grpF starting focused", "attach grpF focused",
                 "receipt grpF usrB read 1", "unread grpF 1");
    world_free(world);
}

static void forget__during_a_start__undoes_a_late_yes_and_leaves_no_channel(void **state)
{
    World *world = world_new_online();

    (void)state;
    receipt_engine_hold(ENGINE, "grpF", RECEIPT_HOLD_ASKED);
    world_clear_log(world);
    receipt_engine_forget(ENGINE, "grpF");
    world_expect_nothing(world);
    world_answer(world, "attach", RECEIPT_OK);
    world_expect(world, "sync grpF stopping gone", "detach grpF");
    world_answer(world, "detach", RECEIPT_ERROR_GONE);
    world_expect(world, "sync grpF idle gone");
    assert_int_equal(world_metrics(world).channels, 0);
    world_free(world);
}

static void load__refuses__what_is_damaged_and_changes_nothing(void **state)
{
    World *world = world_new();
    g_autoptr(GBytes) bytes = g_bytes_new_static("receipts", 8);
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_false(receipt_engine_load(world->engine, bytes, &error));
    assert_int_equal(error->code, RECEIPT_STORE_ERROR_TORN);
    assert_int_equal(world_metrics(world).channels, 0);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs__calling_back__sees_a_consistent_engine),
        cmocka_unit_test(outputs__freeing_inside__is_safe_in_every_callback),
        cmocka_unit_test(outputs__batch_opened_inside__holds_the_rest_back),
        cmocka_unit_test(outputs__without_ports__work_all_the_same),
        cmocka_unit_test(clock__going_back__stands_still),
        cmocka_unit_test(clock__late_and_early_ticks__do_the_work_once),
        cmocka_unit_test(bounds__names__too_long_or_empty_are_ignored),
        cmocka_unit_test(bounds__inputs__without_a_name_do_nothing),
        cmocka_unit_test(bounds__channels_with_something_to_remember__go_last),
        cmocka_unit_test(bounds__channels__let_go_of_what_nobody_needs),
        cmocka_unit_test(forget__drops_all__but_the_open_view),
        cmocka_unit_test(forget__during_a_start__undoes_a_late_yes_and_leaves_no_channel),
        cmocka_unit_test(load__refuses__what_is_damaged_and_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
