/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-slices.c: one receipt that passes very many own messages, and a client that lives on. */
#include "fake-server.h"

#include <string.h>

#define FLOOD 300
#define SLICE 64 /* README: more than these at once come in slices */

static PurpleAccount *account;

/* FLOOD own messages in the open conversation with Bob; all of it claimed. */
static PurpleConversation *begin(void)
{
    fake_allow(FAKE_ANY);
    server_topic(BOB, "Bob", 0, 0);
    account = server_sign_in();
    fake_focus(fake_open(account, BOB));
    server_advance(10000);
    for (guint i = 0; i < FLOOD; i++)
        server_say(BOB, SELF, "mine");
    server_advance(10000);
    fake_ignore(FAKE_ANY);
    server_ignore("");
    return scene_bob(account);
}

static guint n_told(void)
{
    return fake_count(FAKE_SIGNAL, "tinode-message-state usrBob *");
}

static void slices__one_read_for_all__every_message_once(void **state)
{
    const guint timers = (begin(), fake_timers());
    guint before = 0, turns = 0;

    (void)state;
    server_note(BOB, BOB, "read", FLOOD);
    assert_int_equal(n_told(), SLICE);
    assert_int_equal(fake_timers(), timers + 1);
    while (n_told() > before) {
        assert_in_range(n_told() - before, 1, SLICE);
        before = n_told();
        turns++;
        server_advance(5);
    }
    assert_int_equal(turns, (FLOOD + SLICE - 1) / SLICE);
    assert_int_equal(fake_timers(), timers); /* nobody is woken any more */
    for (guint seq = 1; seq <= FLOOD; seq++) {
        g_autofree char *one = g_strdup_printf("tinode-message-state usrBob * %u read 1 1 1", seq);

        assert_int_equal(fake_count(FAKE_SIGNAL, one), 1);
    }
}

static void slices__few__are_told_before_anything_else_happens(void **state)
{
    (void)state;
    begin();
    server_note(BOB, BOB, "read", SLICE);
    assert_int_equal(n_told(), SLICE);
    server_advance(1000);
    assert_int_equal(n_told(), SLICE);
}

/* The user writes on while the flood is told. */
static void slices__sent_in_the_middle__goes_out_at_once(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    server_note(BOB, BOB, "read", FLOOD);
    fake_send(conv, "now");
    server_work();
    server_expect("pub", "pub usrBob now", NULL);
    server_advance(1000);
    assert_int_equal(n_told(), FLOOD + 1);
    assert_int_equal(fake_count(FAKE_SIGNAL, "tinode-message-state usrBob * 301 sent 0 0 1"), 1);
}

static void slices__account_closes_in_the_middle__is_silent(void **state)
{
    (void)state;
    begin();
    server_note(BOB, BOB, "read", FLOOD);
    server_advance(5);
    fake_logout(account);
    fake_ignore(FAKE_ANY);
    fake_advance(10000);
    assert_int_equal(n_told(), 0);
    assert_int_equal(fake_timers(), 0);
}

static void slices__conversation_closes_in_the_middle__the_rest_is_told(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    server_note(BOB, BOB, "read", FLOOD);
    fake_close(conv);
    server_advance(30000);
    assert_int_equal(n_told(), FLOOD);
}

/* Handlers ------------------------------------------------------------------------------------- */

static guint emission, close_at;

static void on_emission(gpointer data)
{
    (void)data;
    if (++emission == close_at)
        fake_logout(account);
    else
        fake_once_in("tinode-message-state", on_emission, NULL);
}

static void slices__handler_signs_out_in_any_slice__nothing_is_touched_after(void **state)
{
    const guint at[] = {1, SLICE, SLICE + 1, 2 * SLICE + 7, FLOOD};

    for (guint i = 0; i < G_N_ELEMENTS(at); i++) {
        begin();
        emission = 0;
        close_at = at[i];
        fake_once_in("tinode-message-state", on_emission, NULL);
        server_note(BOB, BOB, "read", FLOOD);
        for (guint n = 0; n < FLOOD / SLICE && account->gc != NULL; n++)
            fake_advance(5);
        assert_null(account->gc);
        assert_int_equal(emission, at[i]);
        fake_advance(1000);
        fake_teardown(state);
        fake_setup(state);
    }
}

static void ask(gpointer data)
{
    const guint n = GPOINTER_TO_UINT(fake_call("replay-message-states", account, BOB));

    (void)data;
    assert_true(n >= FLOOD);
}

static void slices__handler_asks_for_all__is_answered_and_the_flood_goes_on(void **state)
{
    (void)state;
    begin();
    fake_once_in("tinode-message-state", ask, NULL);
    server_note(BOB, BOB, "read", FLOOD);
    assert_int_equal(n_told(), SLICE + FLOOD);
    server_advance(1000);
    assert_int_equal(n_told(), 2 * FLOOD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(slices__one_read_for_all__every_message_once),
        FAKE_TEST(slices__few__are_told_before_anything_else_happens),
        FAKE_TEST(slices__sent_in_the_middle__goes_out_at_once),
        FAKE_TEST(slices__account_closes_in_the_middle__is_silent),
        FAKE_TEST(slices__conversation_closes_in_the_middle__the_rest_is_told),
        FAKE_TEST(slices__handler_signs_out_in_any_slice__nothing_is_touched_after),
        FAKE_TEST(slices__handler_asks_for_all__is_answered_and_the_flood_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
