/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Floods of changes of own messages, told in slices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support-world.h"

#define ENGINE world->engine, world->now_ms
#define SLICE  64
#define FLOOD  1000

static World *world_sliced(void)
{
    World *world = world_new_online();

    world->options.slice = SLICE;
    world_apply_options(world);
    return world;
}

/* n own messages in the conversation with usrB, all told as sent; the log is empty. */
static void own_messages(World *world, const char *channel, guint n)
{
    receipt_engine_begin(world->engine);
    for (guint i = 1; i <= n; i++) {
        g_autofree char *id = g_strdup_printf("m%u", i);

        receipt_engine_message_stored(ENGINE, channel, id, i);
    }
    receipt_engine_end(ENGINE);
    world_pass(world, world->options.slice_ms * (n / SLICE + 1));
    assert_int_equal(world_count(world, "message "), n);
    world_clear_log(world);
}

static World *world_before_flood(void)
{
    World *world = world_sliced();

    world_activate(world, "usrB", 0, "usrB", NULL);
    own_messages(world, "usrB", FLOOD);
    return world;
}

static void read_all(World *world)
{
    receipt_engine_cursor(ENGINE, "usrB", "usrB", RECEIPT_READ, FLOOD);
}

/* Whatever is told of messages in the log, they are the next ones after *last, in order. */
static void expect_next(World *world, guint *last, guint n)
{
    assert_int_equal(world_count(world, "message "), n);
    for (guint i = 0; i < world->log->len; i++) {
        const char *line = g_ptr_array_index(world->log, i);
        g_autofree char *wanted = NULL;

        if (!g_str_has_prefix(line, "message "))
            continue;
        ++*last;
        wanted = g_strdup_printf("message usrB m%u %u read 1/1/1", *last, *last);
        assert_string_equal(line, wanted);
    }
    world_clear_log(world);
}

static void slices__flood__tells_each_once_in_order(void **state)
{
    World *world = world_before_flood();
    guint last = 0, slices = 1;

    (void)state;
    read_all(world);
    assert_int_equal(world_count(world, "receipt usrB usrB read"), 1);
    expect_next(world, &last, SLICE);
    while (last < FLOOD) {
        assert_int_equal(world->deadline_ms, world->now_ms + world->options.slice_ms);
        world_pass(world, world->options.slice_ms - 1);
        expect_next(world, &last, 0);
        world_pass(world, 1);
        expect_next(world, &last, MIN(SLICE, FLOOD - last));
        slices++;
    }
    assert_int_equal(slices, (FLOOD + SLICE - 1) / SLICE);
    /* Nothing wakes anybody for it any more. */
    assert_int_not_equal(world->deadline_ms, world->now_ms + world->options.slice_ms);
    world_pass(world, 1000);
    assert_int_equal(world_count(world, "message "), 0);
    world_free(world);
}

static void slices__as_many_as_fit__are_told_at_once(void **state)
{
    World *world = world_sliced();
    guint last = 0;

    (void)state;
    world_activate(world, "usrB", 0, "usrB", NULL);
    own_messages(world, "usrB", SLICE);
    receipt_engine_cursor(ENGINE, "usrB", "usrB", RECEIPT_READ, SLICE);
    expect_next(world, &last, SLICE);
    world_free(world);
}

static void slices__queries__are_ahead_of_what_is_told(void **state)
{
    World *world = world_before_flood();
    ReceiptMessage message;

    (void)state;
    read_all(world);
    assert_true(receipt_engine_message(world->engine, "usrB", "m1000", &message));
    assert_int_equal(message.state, RECEIPT_MESSAGE_READ);
    assert_int_equal(world_count(world, "message usrB m1000 "), 0);
    world_free(world);
}

/* What happens to a message before its turn comes is told together, once. */
static void slices__change_while_it_waits__is_told_as_it_is_by_then(void **state)
{
    World *world = world_before_flood();

    (void)state;
    receipt_engine_cursor(ENGINE, "usrB", "usrB", RECEIPT_RECV, FLOOD);
    assert_int_equal(world_count(world, "message "), SLICE);
    assert_int_equal(world_count(world, "message usrB m64 64 delivered 1/0/1"), 1);
    world_clear_log(world);
    read_all(world); /* no more because of this */
    assert_int_equal(world_count(world, "message "), 0);
    world_pass(world, world->options.slice_ms);
    assert_int_equal(world_count(world, "message "), SLICE);
    assert_int_equal(world_count(world, "message usrB m65 65 read 1/1/1"), 1);
    world_pass(world, 1000);
    /* Those that had been told before changed since, and come last. */
    assert_int_equal(world_count(world, "message "), FLOOD);
    assert_string_equal(g_ptr_array_index(world->log, FLOOD), "message usrB m64 64 read 1/1/1");
    world_free(world);
}

static void slices__another_channel__does_not_wait(void **state)
{
    World *world = world_before_flood();

    (void)state;
    world_snapshot_member(world, "usrC", "usrC", 0, 0);
    receipt_engine_message_stored(ENGINE, "usrC", "c", 1);
    read_all(world);
    world_clear_log(world);
    receipt_engine_cursor(ENGINE, "usrC", "usrC", RECEIPT_READ, 1);
    world_expect(world, "receipt usrC usrC read 1", "message usrC c 1 read 1/1/1");
    world_free(world);
}

static void slices__forgotten_in_the_middle__is_silent(void **state)
{
    World *world = world_before_flood();

    (void)state;
    read_all(world);
    receipt_engine_closed(ENGINE, "usrB");
    receipt_engine_forget(ENGINE, "usrB");
    world_answer_all(world, RECEIPT_OK);
    world_clear_log(world);
    world_pass(world, 60000);
    world_answer_all(world, RECEIPT_OK);
    assert_int_equal(world_count(world, "message "), 0);
    assert_int_equal(world->deadline_ms, -1);
    assert_int_equal(world_metrics(world).channels, 0);
    world_free(world);
}

static void slices__message_forgotten_in_the_middle__is_not_told(void **state)
{
    World *world = world_before_flood();

    (void)state;
    read_all(world);
    receipt_engine_message_forget(ENGINE, "usrB", "m500");
    world_pass(world, 1000);
    assert_int_equal(world_count(world, "message "), FLOOD - 1);
    assert_int_equal(world_count(world, "message usrB m500 "), 0);
    world_free(world);
}

typedef struct {
    guint at, seen;
} FreeAt;

static void free_at(World *world, const char *line, gpointer data)
{
    FreeAt *at = data;

    if (g_str_has_prefix(line, "message ") && ++at->seen == at->at)
        receipt_engine_free(g_steal_pointer(&world->engine));
    if (world->engine == NULL)
        world->deadline_ms = -1; /* the host's timer goes with it */
}

static void slices__freed_in_any_of_them__is_silent(void **state)
{
    const guint at[] = {1, SLICE - 1, SLICE, SLICE + 1, 2 * SLICE, FLOOD};

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(at); i++) {
        World *world = world_before_flood();
        FreeAt free_here = {at[i], 0};

        world->on_line = free_at;
        world->on_line_data = &free_here;
        read_all(world);
        for (guint n = 0; n < FLOOD / SLICE && world->engine != NULL; n++)
            world_pass(world, world->options.slice_ms);
        assert_null(world->engine);
        assert_int_equal(free_here.seen, at[i]);
        world_free(world);
    }
}

/* Saved whole before the first of them is told. */
static void slices__save__does_not_wait(void **state)
{
    World *world = world_before_flood();
    World *next;

    (void)state;
    world->logs_saves = TRUE;
    read_all(world);
    assert_string_equal(g_ptr_array_index(world->log, 0), "save");
    next = world_new_from(world->saved);
    assert_int_equal(world_metrics(next).messages, 0);
    world_free(next);
    world_free(world);
}

static void slices__several_floods__end_one_after_the_other(void **state)
{
    World *world = world_before_flood();
    guint of_c = 0, last = 0;

    (void)state;
    world_snapshot_member(world, "usrC", "usrC", 0, 0);
    for (guint i = 1; i <= 2 * SLICE; i++) {
        g_autofree char *id = g_strdup_printf("c%u", i);

        receipt_engine_message_stored(ENGINE, "usrC", id, i);
    }
    world_clear_log(world);
    read_all(world);
    receipt_engine_cursor(ENGINE, "usrC", "usrC", RECEIPT_READ, 2 * SLICE);
    while (world->deadline_ms == world->now_ms + world->options.slice_ms) {
        of_c += world_count(world, "message usrC");
        assert_in_range(world_count(world, "message "), 0, 2 * SLICE);
        last += world_count(world, "message usrB");
        world_clear_log(world);
        world_pass(world, world->options.slice_ms);
    }
    assert_int_equal(of_c + world_count(world, "message usrC"), 2 * SLICE);
    assert_int_equal(last + world_count(world, "message usrB"), FLOOD);
    world_free(world);
}

/* The bound may be lifted while there is a flood. */
static void slices__no_bound__tells_all(void **state)
{
    World *world = world_before_flood();

    (void)state;
    read_all(world);
    world->options.slice = 0;
    world_apply_options(world);
    world_pass(world, world->options.slice_ms);
    assert_int_equal(world_count(world, "message "), FLOOD);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices__flood__tells_each_once_in_order),
        cmocka_unit_test(slices__as_many_as_fit__are_told_at_once),
        cmocka_unit_test(slices__queries__are_ahead_of_what_is_told),
        cmocka_unit_test(slices__change_while_it_waits__is_told_as_it_is_by_then),
        cmocka_unit_test(slices__another_channel__does_not_wait),
        cmocka_unit_test(slices__forgotten_in_the_middle__is_silent),
        cmocka_unit_test(slices__message_forgotten_in_the_middle__is_not_told),
        cmocka_unit_test(slices__freed_in_any_of_them__is_silent),
        cmocka_unit_test(slices__save__does_not_wait),
        cmocka_unit_test(slices__several_floods__end_one_after_the_other),
        cmocka_unit_test(slices__no_bound__tells_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
