/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-session-pages: signing in with more conversations than a server tells at once. A server of
 * the test's own answers {get me sub} as Tinode does: 1024 rows at most, without order unless they
 * are asked for by time, and then those that are later, oldest first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "protocol/tn-codec.h"

#include "support-session.h"

#define SERVER_ROWS 1024

typedef struct {
    Fixture *f;
    gint64 *times; /* of conversation i, named usr + i */
    guint n;
    GHashTable *seen; /* names that were told */
    guint n_gets;
} World;

static gint compare(gconstpointer a, gconstpointer b, gpointer data)
{
    const World *world = data;
    gint64 x = world->times[*(const guint *)a], y = world->times[*(const guint *)b];

    return x < y ? -1 : x > y;
}

static gboolean keep_name(gpointer key, gpointer value, gpointer data)
{
    (void)value, (void)data;
    g_free(key);
    return TRUE;
}

/* The numbers of those that the server tells; since_ms 0: none was given. */
static GArray *select_rows(const World *world, gint64 since_ms)
{
    GArray *numbers = g_array_new(FALSE, FALSE, sizeof(guint));

    for (guint i = 0; i < world->n; i++) {
        if (since_ms == 0 || world->times[i] > since_ms)
            g_array_append_val(numbers, i);
    }
    if (since_ms != 0)
        g_array_sort_with_data(numbers, compare, (gpointer)world);
    if (numbers->len > SERVER_ROWS)
        g_array_set_size(numbers, SERVER_ROWS);
    return numbers;
}

/* What was asked last: its id, and the time. The frame may be the {sub} with everything in it. */
static char *take_request(World *world, gint64 *since_ms)
{
    g_autofree char *text = fake_take(world->f->fake);
    json_t *frame = text != NULL ? json_loads(text, 0, NULL) : NULL;
    json_t *get = json_object_get(frame, "get");
    const char *ims = json_string_value(json_object_get(json_object_get(get, "sub"), "ims"));
    char *id;

    if (get == NULL)
        get = json_object_get(frame, "sub");
    else
        assert_string_equal(json_string_value(json_object_get(get, "what")), "sub");
    assert_non_null(get);
    assert_string_equal(json_string_value(json_object_get(get, "topic")), "me");
    *since_ms = ims != NULL ? tn_time_parse(ims) : 0;
    id = g_strdup(json_string_value(json_object_get(get, "id")));
    json_decref(frame);
    world->n_gets++;
    return id;
}

static void tell_rows(World *world, const char *id, gint64 since_ms)
{
    g_autoptr(GArray) numbers = select_rows(world, since_ms);
    g_autoptr(GString) rows = g_string_new(NULL);

    if (numbers->len == 0) {
        fixture_reply(world->f, id, "me", 204, "no content", "{'what':'sub'}");
        return;
    }
    g_string_printf(rows, "{'meta':{'id':'%s','topic':'me','sub':[", id);
    for (guint i = 0; i < numbers->len; i++) {
        guint number = g_array_index(numbers, guint, i);
        g_autofree char *name = g_strdup_printf("usr%u", number);
        g_autofree char *time = tn_time_format(world->times[number]);

        g_string_append_printf(rows, "%s{'topic':'%s','%s':'%s','acs':{}}", i > 0 ? "," : "", name,
                               number % 3 == 0   ? "updated"
                               : number % 3 == 1 ? "touched"
                                                 : "deleted",
                               time);
        if (!g_hash_table_contains(world->seen, name))
            g_hash_table_add(world->seen, g_steal_pointer(&name));
    }
    g_string_append(rows, "]}}");
    fake_receive(world->f->fake, rows->str);
}

/* Signs in until it is up, or has asked `most` times. */
static void sign_in(World *world, guint most)
{
    gint64 since_ms;
    char *id;

    fixture_connect(world->f);
    fixture_hello(world->f);
    fixture_login(world->f);
    id = take_request(world, &since_ms);
    assert_int_equal(since_ms, 0);
    fixture_reply(world->f, id, "me", 200, "ok", NULL);
    {
        g_autofree char *desc = g_strdup_printf(
            "{'meta':{'id':'%s','topic':'me','desc':{'public':{'fn':'Alice'}}}}", id);

        fake_receive(world->f->fake, desc);
    }
    tell_rows(world, id, 0);
    g_free(id);
    while (tn_session_state(world->f->session) == TN_SESSION_ATTACHING && world->n_gets < most) {
        id = take_request(world, &since_ms);
        assert_true(since_ms > 0);
        tell_rows(world, id, since_ms);
        g_free(id);
    }
    fixture_forget(world->f);
}

static World *world_new(guint n)
{
    World *world = g_new0(World, 1);

    world->f = fixture_new();
    world->n = n;
    world->times = g_new0(gint64, n);
    world->seen = g_hash_table_new(g_str_hash, g_str_equal);
    /* 2026-01-02 and a second for each, in an order of no meaning. */
    for (guint i = 0; i < n; i++)
        world->times[i] = 1767312000000 + (gint64)(i * 7919u % n) * 1000;
    return world;
}

static void world_free(World *world)
{
    g_hash_table_foreach_remove(world->seen, keep_name, NULL);
    g_hash_table_destroy(world->seen);
    g_free(world->times);
    fixture_free(world->f);
    g_free(world);
}

static void expect_all(World *world, guint n_gets)
{
    assert_int_equal(tn_session_state(world->f->session), TN_SESSION_UP);
    assert_int_equal(g_hash_table_size(world->seen), world->n);
    assert_int_equal(world->n_gets, n_gets);
    fake_expect_silence(world->f->fake);
    assert_int_equal(world->f->fake->deadline_ms, -1);
}

static void pages__short_list__asks_once(void **state)
{
    World *world = world_new(999);

    (void)state;
    sign_in(world, 9);
    expect_all(world, 1);
    world_free(world);
}

static void pages__list_that_may_be_cut__is_asked_for_by_time(void **state)
{
    World *world = world_new(1000);

    (void)state;
    sign_in(world, 9);
    /* The whole, and the row at its end once more. */
    expect_all(world, 3);
    world_free(world);
}

static void pages__long_list__comes_whole(void **state)
{
    World *world = world_new(3000);

    (void)state;
    sign_in(world, 9);
    expect_all(world, 1 + 3 + 1);
    world_free(world);
}

/* The border between two pages lies within rows of one time. */
static void pages__rows_of_one_time_at_the_border__are_all_told(void **state)
{
    World *world = world_new(2000);

    (void)state;
    for (guint i = 0; i < 2000; i++)
        world->times[i] = 1767312000000 + (gint64)(i / 100) * 1000;
    sign_in(world, 9);
    expect_all(world, 4);
    world_free(world);
}

/* More rows of one time than a page holds: what it leaves out cannot be had, but the later ones. */
static void pages__page_of_one_time__goes_on_behind_it(void **state)
{
    World *world = world_new(2500);

    (void)state;
    for (guint i = 0; i < 1500; i++)
        world->times[i] = 1767312000000;
    for (guint i = 1500; i < 2500; i++)
        world->times[i] = 1767312001000 + i;
    sign_in(world, 9);
    assert_int_equal(tn_session_state(world->f->session), TN_SESSION_UP);
    assert_int_equal(g_hash_table_size(world->seen), SERVER_ROWS + 1000);
    world_free(world);
}

/* A server that ignores the time, or has no end, does not keep anybody from signing in. */
static void pages__endless_list__is_given_up(void **state)
{
    World *world = world_new(200000);

    (void)state;
    sign_in(world, 99);
    assert_int_equal(tn_session_state(world->f->session), TN_SESSION_UP);
    assert_in_range(world->n_gets, 10, 20);
    world_free(world);
}

static void pages__link_lost_between_pages__begins_anew(void **state)
{
    World *world = world_new(3000);

    (void)state;
    sign_in(world, 3);
    assert_int_equal(tn_session_state(world->f->session), TN_SESSION_ATTACHING);
    fake_closed(world->f->fake, TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fixture_forget(world->f);
    world->n_gets = 0;
    tn_session_close(world->f->session);
    tn_session_open(world->f->session);
    tn_session_close(world->f->session);
    sign_in(world, 9);
    expect_all(world, 5);
    world_free(world);
}

static void pages__answer_that_does_not_come__ends_the_attempt(void **state)
{
    World *world = world_new(3000);

    (void)state;
    sign_in(world, 2);
    assert_int_equal(tn_session_state(world->f->session), TN_SESSION_ATTACHING);
    fake_advance(world->f->fake, &world->f->session, 19999);
    assert_int_equal(tn_session_state(world->f->session), TN_SESSION_ATTACHING);
    fake_advance(world->f->fake, &world->f->session, 1);
    assert_int_equal(tn_session_state(world->f->session), TN_SESSION_FAILED);
    fixture_forget(world->f);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages__short_list__asks_once),
        cmocka_unit_test(pages__list_that_may_be_cut__is_asked_for_by_time),
        cmocka_unit_test(pages__long_list__comes_whole),
        cmocka_unit_test(pages__rows_of_one_time_at_the_border__are_all_told),
        cmocka_unit_test(pages__page_of_one_time__goes_on_behind_it),
        cmocka_unit_test(pages__endless_list__is_given_up),
        cmocka_unit_test(pages__link_lost_between_pages__begins_anew),
        cmocka_unit_test(pages__answer_that_does_not_come__ends_the_attempt),
    };

    return cmocka_run_group_tests_name("session-pages", tests, NULL, NULL);
}
