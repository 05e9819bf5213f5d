/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-polls.c: a conversation over the limit is asked after now and then: what may happen before
 * the answer is there. */
#include "fake-server.h"

static PurpleAccount *account;

static void focus(const char *name)
{
    PurpleConversation *conv = fake_find(account, name);

    fake_focus(conv != NULL ? conv : fake_open(account, name));
    server_advance(5000);
}

/* Carol has the only place; a message to Bob is not read yet. */
static void begin(void)
{
    fake_allow(FAKE_ANY);
    account = fake_account("alice");
    fake_set_int(account, "sync-limit", 1);
    fake_set_bool(account, "sync-background", TRUE);
    server_topic(BOB, "Bob", 4, 4);
    server_topic(CAROL, "Carol", 4, 4);
    server_sign_in();
    focus(BOB);
    fake_send(fake_find(account, BOB), "hello");
    server_advance(1000);
    focus(CAROL);
    server_advance(20000);
    assert_false(server_is_attached(BOB));
    server_ignore("");
    fake_ignore(FAKE_ANY);
}

/* Until the next poll was asked, and not a moment longer. */
static void begin_asked(void)
{
    begin();
    server_silence("sub", 1);
    for (guint i = 0; i < 1000 && server_count("sub usrBob") == 0; i++)
        server_advance(100);
    assert_int_equal(server_count("sub usrBob"), 1);
}

static void poll__answered__brings_the_receipts(void **state)
{
    (void)state;
    begin();
    server_note(BOB, BOB, "read", 5);
    server_advance(100000);
    assert_true(fake_count(FAKE_SIGNAL, "tinode-message-state usrBob * 5 read 1 1 1") == 1);
    assert_false(server_is_attached(BOB));
    server_ignore("");
}

static void poll__refused__is_asked_again_later(void **state)
{
    guint asked;

    (void)state;
    begin();
    server_refuse("sub", 503, "overloaded", 1);
    server_advance(60000);
    asked = server_count("sub usrBob");
    assert_in_range(asked, 1, 2);
    server_advance(300000);
    assert_true(server_count("sub usrBob") > asked);
    assert_int_equal(server_count("leave usrBob"), server_count("sub usrBob") - 1);
    assert_true(server_is_attached(CAROL));
    server_ignore("");
}

static void poll__account_closes_before_the_answer__is_silent(void **state)
{
    (void)state;
    begin_asked();
    fake_logout(account);
    fake_ignore(FAKE_ANY);
    fake_advance(300000);
    fake_expect(FAKE_SIGNAL | FAKE_ERROR, NULL);
    assert_int_equal(fake_timers(), 0);
    server_ignore("");
}

static void poll__link_is_lost_before_the_answer__goes_on_after(void **state)
{
    (void)state;
    begin_asked();
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    server_pass(2000);
    server_resume();
    server_advance(5000);
    assert_true(server_is_attached(CAROL));
    server_ignore("");
    server_note(BOB, BOB, "read", 5);
    server_advance(300000);
    assert_string_equal(fake_call("sync-state", account, CAROL), "active");
    server_ignore("");
}

/* It is wanted for good by then: what was attached for the answer stays. */
static void poll__focus_comes_before_the_answer__stays_attached(void **state)
{
    gint64 ms = 0;

    begin();
    for (; server_count("sub usrBob") == 0 && ms < 100000; ms += 10)
        server_advance(10);
    server_ignore("");
    fake_teardown(state);
    fake_setup(state);
    begin();
    fake_advance(ms); /* the same life, but nobody answers */
    fake_focus(fake_find(account, BOB));
    fake_advance(1000);
    server_work();
    assert_true(server_is_attached(BOB));
    assert_int_equal(server_count("leave usrBob"), 0);
    server_advance(5000);
    assert_string_equal(fake_call("sync-state", account, BOB), "active");
    assert_int_equal(server_count("leave usrBob"), 0);
    server_ignore("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(poll__answered__brings_the_receipts),
        FAKE_TEST(poll__refused__is_asked_again_later),
        FAKE_TEST(poll__account_closes_before_the_answer__is_silent),
        FAKE_TEST(poll__link_is_lost_before_the_answer__goes_on_after),
        FAKE_TEST(poll__focus_comes_before_the_answer__stays_attached),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
