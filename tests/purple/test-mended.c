/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-mended.c: behaviours that were broken once, each across several files of the plugin. */
#include "fake-server.h"

#include "plugin/tinode-timer.h"

static PurpleAccount *begin(void)
{
    PurpleAccount *account;

    server_topic(BOB, "Bob", 4, 4);
    server_topic(CAROL, "Carol", 4, 4);
    account = server_sign_in();
    fake_open(account, BOB);
    fake_focus(fake_open(account, CAROL));
    server_advance(10000);
    server_ignore("");
    fake_ignore(FAKE_ANY);
    fake_allow(FAKE_ANY);
    return account;
}

static void focus(PurpleAccount *account, const char *name)
{
    fake_focus(fake_find(account, name));
    server_work();
}

static void store_many(const char *topic, guint low, guint high)
{
    for (guint seq = low; seq <= high; seq++) {
        g_autofree char *text = g_strdup_printf("message %u", seq);

        server_store(topic, BOB, seq, text);
    }
}

static void expect_states(const char *states)
{
    g_autofree char *told = fake_message_states();

    assert_string_equal(told, states);
    fake_ignore(FAKE_SIGNAL);
}

static void history__more_than_is_ever_fetched__is_told_once_and_stays_unread(void **state)
{
    PurpleAccount *account;

    (void)state;
    server_topic(BOB, "Bob", 1, 1);
    store_many(BOB, 2, 5500);
    fake_allow(FAKE_ANY & ~FAKE_LINE);
    account = server_sign_in();
    fake_focus(fake_open(account, BOB));
    server_advance(20000);
    assert_int_equal(fake_count(FAKE_LINE, "line usrBob <usrBob> message 5500 [recv]"), 1);
    assert_int_equal(
        fake_count(FAKE_LINE, "line usrBob <usrBob> 499 older messages were not fetched.*"), 1);
    fake_ignore(FAKE_LINE);
    server_expect("note usrBob read", NULL); /* what was not fetched was not seen */
}

static void outbox__conversation_is_gone__everything_that_waits_fails(void **state)
{
    PurpleAccount *account = begin();
    PurpleConversation *conv = fake_find(account, BOB);

    (void)state;
    fake_allow(FAKE_LIST | FAKE_PRESENCE | FAKE_CONV);
    focus(account, BOB);
    server_advance(1000);
    fake_ignore(FAKE_ANY);
    fake_send(conv, "one");
    fake_send(conv, "two");
    fake_sent("{'pub':{'content':'one'}}");
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'gone'}}");
    fake_expect_one(FAKE_LINE,
                    "line usrBob <usrBob> Your message was not sent: this conversation *");
    fake_ignore(FAKE_LINE);
    expect_states("pending pending failed failed");
    fake_turn();
}

/* The blur lies between two looks of the poll: only the hint of the new focus
 * tells of it. */
static void seen__fly_by_faster_than_the_poll__is_not_reading(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    server_say(BOB, BOB, "hello");
    server_advance(10000);
    server_ignore("");
    for (guint i = 0; i < 10; i++) {
        focus(account, BOB);
        server_advance(300);
        fake_focus(NULL);
        server_advance(550);
    }
    server_expect("note", NULL);
    focus(account, BOB);
    server_advance(2000);
    server_expect("note", "note usrBob read 5", NULL);
}

/* The answer to a look-up is lost: the topic stays attached, nothing else would
 * ask again. */
static void outbox__look_up_is_lost__is_asked_again(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    focus(account, BOB);
    server_advance(1000);
    server_silence("pub lost", 1);
    server_silence("get", 1);
    fake_send(fake_find(account, BOB), "hello");
    server_advance(60000);
    server_expect("pub", "pub usrBob hello", "pub usrBob hello", NULL);
}

/* An attach that was asked for another reason fails: news that came meanwhile
 * are still fetched. */
static void history__news_while_an_attach_fails__are_fetched(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    server_silence("sub lost", 1);
    fake_focus(fake_find(account, BOB));
    server_work();
    fake_focus(NULL);
    server_store(BOB, BOB, 5, "hello");
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'msg','seq':5,'act':'"
              "usrBob'}}");
    server_advance(60000);
    assert_int_equal(fake_count(FAKE_LINE, "line usrBob <usrBob> hello *"), 1);
}

static void login__name_only_begins_like_this_computer__is_warned_about(void **state)
{
    static const char *const servers[] = {"localhost.example.org", "127.example.org:6060",
                                          "localhosts", "127.0.0.1.example.org"};
    PurpleAccount *account = fake_account("alice");

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(servers); i++) {
        fake_set_string(account, "server", servers[i]);
        fake_login(account);
        if (fake_count(FAKE_NOTIFY, "notify warning This connection is not encrypted") != 1)
            fail_msg("%s", servers[i]);
        fake_ignore(FAKE_NOTIFY);
        fake_logout(account);
        fake_turn();
        fake_ignore(FAKE_STATE | FAKE_PROGRESS);
    }
}

static void on_timer(gpointer data)
{
    ++*(guint *)data;
}

/* The clock goes on while a deadline is being set: it must not slip past and wait for weeks. */
static void timer__deadline_comes_while_it_is_set__fires_at_once(void **state)
{
    guint n_fired = 0;
    TinodeTimer *timer = tinode_timer_new(on_timer, &n_fired);

    (void)state;
    fake_set_cost(1000);
    for (guint i = 0; i < 10; i++) {
        tinode_timer_set(timer, tinode_now_ms() + i);
        fake_advance(100);
        assert_int_equal(n_fired, i + 1);
        assert_false(tinode_timer_is_armed(timer));
    }
    tinode_timer_free(timer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(history__more_than_is_ever_fetched__is_told_once_and_stays_unread),
        FAKE_TEST(outbox__conversation_is_gone__everything_that_waits_fails),
        FAKE_TEST(seen__fly_by_faster_than_the_poll__is_not_reading),
        FAKE_TEST(outbox__look_up_is_lost__is_asked_again),
        FAKE_TEST(history__news_while_an_attach_fails__are_fetched),
        FAKE_TEST(timer__deadline_comes_while_it_is_set__fires_at_once),
        FAKE_TEST(login__name_only_begins_like_this_computer__is_warned_about),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
