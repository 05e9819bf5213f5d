/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-history.c: every message is shown once, in order, and what is missing is fetched: the rows
 * of tinode-history.h. */
#include "fake-server.h"

static PurpleAccount *begin(guint seq, guint read)
{
    server_topic(BOB, "Bob", seq, read);
    fake_allow(FAKE_ANY & ~FAKE_LINE);
    return server_sign_in();
}

static PurpleAccount *begin_focused(guint seq)
{
    PurpleAccount *account = begin(seq, seq);

    fake_focus(fake_open(account, BOB));
    server_advance(10000);
    server_ignore("");
    fake_ignore(FAKE_ANY);
    return account;
}

static void store_many(const char *topic, guint low, guint high)
{
    for (guint seq = low; seq <= high; seq++) {
        g_autofree char *text = g_strdup_printf("message %u", seq);

        server_store(topic, BOB, seq, text);
    }
}

/* Lines "message low" to "message high", each once, in order, and no others. */
static void expect_lines(const char *flags, guint low, guint high)
{
    for (guint seq = low; seq <= high; seq++) {
        g_autofree char *line = g_strdup_printf("line usrBob <usrBob> message %u [%s]", seq, flags);

        if (fake_count(FAKE_LINE, line) != 1)
            fail_msg("%u times: %s", fake_count(FAKE_LINE, line), line);
        fake_expect_next(FAKE_LINE, line);
    }
    fake_expect(FAKE_LINE, NULL);
}

/* SETTLED ----------------------------------------------------------------------------------------
 */

static void history__next_message__is_handed_on(void **state)
{
    (void)state;
    begin_focused(2);
    scene_say(BOB, BOB, 3, "three");
    fake_expect(FAKE_LINE, "line usrBob <usrBob> three [recv]", NULL);
    scene_say(BOB, BOB, 3, "three");
    fake_expect(FAKE_LINE, NULL);
}

static void history__message_above_a_gap__waits_for_the_gap(void **state)
{
    (void)state;
    begin_focused(2);
    server_store(BOB, BOB, 3, "three");
    server_store(BOB, BOB, 4, "four");
    server_store(BOB, BOB, 5, "five");
    scene_say(BOB, BOB, 5, "five"); /* 3 and 4 were lost on the way */
    fake_expect(FAKE_LINE, NULL);
    server_work();
    server_expect("get", "get usrBob data since 3 before 5", NULL);
    fake_expect(FAKE_LINE, "line usrBob <usrBob> three [recv]", "line usrBob <usrBob> four [recv]",
                "line usrBob <usrBob> five [recv]", NULL);
}

static void history__gap_holds_nothing__is_passed_over_and_not_asked_again(void **state)
{
    (void)state;
    begin_focused(2);
    server_store(BOB, BOB, 9, "nine");
    scene_say(BOB, BOB, 9, "nine");
    server_work();
    fake_expect(FAKE_LINE, "line usrBob <usrBob> nine [recv]", NULL);
    server_advance(30000);
    server_expect("get usrBob data", "get usrBob data since 3 before 9", NULL);
    server_say(BOB, BOB, "ten");
    fake_expect(FAKE_LINE, "line usrBob <usrBob> ten [recv]", NULL);
    server_advance(5000);
    assert_int_equal(server_count("note usrBob read 10"), 1);
}

static void history__news_while_not_attached__attaches_shows_tells_and_leaves(void **state)
{
    (void)state;
    begin(2, 2);
    server_expect("", NULL);
    server_say(BOB, BOB, "hello");
    server_advance(10000);
    fake_expect(FAKE_LINE, "line usrBob <usrBob> hello [recv]", NULL);
    assert_int_equal(server_count("sub usrBob desc sub data since 3"), 1);
    assert_int_equal(server_count("note usrBob recv 3"), 1);
    assert_int_equal(server_count("leave usrBob"), 1);
    assert_false(server_is_attached(BOB));
}

/* First visits -----------------------------------------------------------------------------------
 */

static void history__opened_for_the_first_time__shows_the_last_lines_as_context(void **state)
{
    PurpleAccount *account;

    (void)state;
    server_topic(BOB, "Bob", 0, 0);
    store_many(BOB, 1, 40);
    for (guint i = 0; i < 2; i++)
        server_note(BOB, i == 0 ? SELF : BOB, "read", 40);
    fake_allow(FAKE_ANY & ~FAKE_LINE);
    account = server_sign_in();
    fake_focus(fake_open(account, BOB));
    server_advance(5000);
    expect_lines("recv", 17, 40); /* 24 by default */
    server_expect("note", NULL);
    assert_int_equal(fake_count(FAKE_SIGNAL, "tinode-unread *"), 0);
    server_say(BOB, BOB, "message 41");
    expect_lines("recv", 41, 41);
}

static void history__option_is_zero__first_visit_shows_nothing_old(void **state)
{
    PurpleAccount *account;

    (void)state;
    server_topic(BOB, "Bob", 0, 0);
    store_many(BOB, 1, 10);
    server_note(BOB, SELF, "read", 10);
    fake_allow(FAKE_ANY & ~FAKE_LINE);
    account = fake_account("alice");
    fake_set_int(account, "history", 0);
    server_sign_in();
    fake_focus(fake_open(account, BOB));
    server_advance(5000);
    fake_expect(FAKE_LINE, NULL);
}

static void history__first_visit_with_unread__everything_unread_is_shown(void **state)
{
    (void)state;
    server_topic(BOB, "Bob", 3, 3);
    store_many(BOB, 1, 60);
    fake_allow(FAKE_ANY & ~FAKE_LINE);
    server_sign_in();
    server_advance(5000);
    expect_lines("recv", 4, 60);
    assert_int_equal(server_count("note usrBob recv 60"), 1);
    fake_expect_one(FAKE_SIGNAL, "tinode-unread usrBob 57");
}

/* Pages ------------------------------------------------------------------------------------------
 */

static void history__a_thousand_unread__all_once_in_order_and_one_read(void **state)
{
    PurpleAccount *account;

    (void)state;
    server_topic(BOB, "Bob", 1, 1);
    store_many(BOB, 2, 1051);
    fake_allow(FAKE_ANY & ~FAKE_LINE);
    account = server_sign_in();
    fake_focus(fake_open(account, BOB));
    server_advance(10000);
    expect_lines("recv", 2, 1051);
    server_expect("note usrBob read", "note usrBob read 1051", NULL);
    assert_true(server_count("note usrBob recv") <= 3);
}

static void history__long_backlog__is_worked_off_in_slices(void **state)
{
    guint most = 0, shown = 0, before = 0;

    (void)state;
    begin(1, 1);
    store_many(BOB, 2, 101);
    fake_set_cost(1000);
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'msg','seq':101,'act':'usrBob'}}");
    for (guint i = 0; i < 1000 && shown < 100; i++) {
        server_step();
        shown = fake_count(FAKE_LINE, "line *");
        most = MAX(most, shown - before);
        before = shown;
    }
    expect_lines("recv", 2, 101);
    assert_true(most > 0 && most <= 10);
}

/* FETCHING ---------------------------------------------------------------------------------------
 */

static void history__news_while_fetching__is_fetched_after(void **state)
{
    g_autofree char *members = scene_p2p_members(2, 2, 2);

    (void)state;
    begin(2, 2);
    server_store(BOB, BOB, 3, "three");
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'msg','seq':3,'act':'usrBob'}}");
    fake_turn();
    fake_sent("{'sub':{'topic':'usrBob','get':{'data':{'since':3}}}}");
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'msg','seq':4,'act':'usrBob'}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrBob'}}");
    fake_reply("{'meta':{'topic':'usrBob','desc':{'seq':3,'read':2,'recv':2}}}");
    fake_replyf("{'meta':{'topic':'usrBob','sub':[%s]}}", members);
    scene_say(BOB, BOB, 3, "three");
    fake_reply("{'ctrl':{'code':208,'topic':'usrBob','params':{'what':'data','count':1}}}");
    fake_sent("{'get':{'topic':'usrBob','what':'data','data':{'since':4}}}");
    scene_say(BOB, BOB, 4, "four");
    fake_reply("{'ctrl':{'code':208,'topic':'usrBob','params':{'what':'data','count':1}}}");
    fake_expect(FAKE_LINE, "line usrBob <usrBob> three [recv]", "line usrBob <usrBob> four [recv]",
                NULL);
    fake_drop_frames();
}

static void history__fetch_fails__what_came_is_kept_and_the_next_attach_asks_anew(void **state)
{
    g_autofree char *members = scene_p2p_members(2, 2, 2);

    (void)state;
    begin(2, 2);
    server_store(BOB, BOB, 3, "three");
    server_store(BOB, BOB, 4, "four");
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'msg','seq':4,'act':'usrBob'}}");
    fake_turn();
    fake_sent("{'sub':{'topic':'usrBob'}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrBob'}}");
    fake_reply("{'meta':{'topic':'usrBob','desc':{'seq':4,'read':2,'recv':2}}}");
    fake_replyf("{'meta':{'topic':'usrBob','sub':[%s]}}", members);
    scene_say(BOB, BOB, 4, "four");
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED); /* 3 and the end never came */
    fake_expect(FAKE_LINE, NULL);
    fake_advance(3000);
    server_resume();
    server_advance(5000);
    fake_expect(FAKE_LINE, "line usrBob <usrBob> three [recv]", "line usrBob <usrBob> four [recv]",
                NULL);
}

/* Nothing twice ----------------------------------------------------------------------------------
 */

static void history__link_flaps_and_account_restarts__no_line_is_repeated(void **state)
{
    PurpleAccount *account = begin_focused(2);

    (void)state;
    server_say(BOB, BOB, "message 3");
    expect_lines("recv", 3, 3);
    for (guint i = 0; i < 5; i++) {
        fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
        fake_advance(20000);
        server_resume();
        server_advance(5000);
        fake_expect(FAKE_LINE, NULL);
    }
    fake_logout(account);
    fake_turn();
    server_store(BOB, BOB, 4, "message 4");
    server_sign_in();
    server_advance(5000);
    fake_expect(FAKE_LINE, "line usrBob <usrBob> message 4 [recv delayed]", NULL);
}

static void history__never_opened_and_unread__unread_stays_what_it_is_over_restarts(void **state)
{
    PurpleAccount *account;

    (void)state;
    server_topic(BOB, "Bob", 3, 3);
    store_many(BOB, 4, 5);
    fake_allow(FAKE_ANY & ~FAKE_LINE);
    account = server_sign_in();
    server_advance(5000);
    expect_lines("recv", 4, 5);
    fake_ignore(FAKE_SIGNAL);
    fake_logout(account);
    fake_turn();
    server_sign_in();
    server_advance(5000);
    fake_expect(FAKE_LINE, NULL);
    assert_int_equal(fake_count(FAKE_SIGNAL, "tinode-unread usrBob 0"), 0);
}

/* What messages are ------------------------------------------------------------------------------
 */

static void history__written_on_another_device__is_an_own_line_with_ticks(void **state)
{
    begin_focused(2);
    (void)state;
    server_say(BOB, SELF, "from phone");
    fake_expect(FAKE_LINE, "line usrBob <usrBob> from phone [send remote]", NULL);
    assert_non_null(fake_written_id());
    fake_ignore(FAKE_SIGNAL);
    server_note(BOB, BOB, "read", 3);
    assert_int_equal(fake_count(FAKE_SIGNAL, "tinode-message-state usrBob *"), 1);
    fake_expect(FAKE_LINE, "line usrBob <usrBob> Read. [system nolog]", NULL);
    server_advance(5000);
    server_expect("note", NULL);
}

static void history__written_on_another_device_unattached__unread_is_zero(void **state)
{
    begin(2, 2);
    (void)state;
    server_say(BOB, BOB, "earlier");
    server_advance(20000);
    assert_false(server_is_attached(BOB));
    fake_expect_one(FAKE_SIGNAL, "tinode-unread usrBob 1");
    fake_ignore(FAKE_LINE);
    server_say(BOB, SELF, "from phone");
    server_advance(5000);
    fake_expect(FAKE_LINE, "line usrBob <usrBob> from phone [send remote]", NULL);
    server_expect("note usrBob read", NULL);
    fake_expect_one(FAKE_SIGNAL, "tinode-unread usrBob 0");
}

static void history__edit__is_one_line_that_says_so_and_is_covered_by_read(void **state)
{
    begin_focused(20);
    (void)state;
    fake_push("{'data':{'topic':'usrBob','from':'usrBob','ts':'2026-01-02T03:04:05Z','seq':21,"
              "'head':{'replace':':12'},'content':'fixed'}}");
    fake_expect(FAKE_LINE, "line usrBob <usrBob> Edited: fixed [recv]", NULL);
    server_advance(3000);
    fake_sent_nothing();
    assert_int_equal(server_count("note usrBob read 21"), 1);
}

static void history__nothing_to_show__is_passed_over(void **state)
{
    begin_focused(2);
    (void)state;
    fake_push("{'data':{'topic':'usrBob','from':'usrBob','ts':'2026-01-02T03:04:05Z','seq':3,"
              "'content':null}}");
    scene_say(BOB, BOB, 4, "shown");
    fake_expect(FAKE_LINE, "line usrBob <usrBob> shown [recv]", NULL);
}

static void history__markup__is_shown_as_typed(void **state)
{
    begin_focused(2);
    (void)state;
    fake_push_raw("{\"data\":{\"topic\":\"usrBob\",\"from\":\"usrBob\","
                  "\"ts\":\"2026-01-02T03:04:05Z\",\"seq\":3,"
                  "\"content\":\"<b>hi</b> &amp; <img src=x> it's\"}}");
    fake_expect(FAKE_LINE,
                "line usrBob <usrBob> &lt;b&gt;hi&lt;/b&gt; &amp;amp; &lt;img src=x&gt; it's "
                "[recv]",
                NULL);
}

/* Attaching would unblock it. */
static void history__blocked_by_ourselves__news_attach_nothing(void **state)
{
    (void)state;
    fake_allow(FAKE_ANY);
    scene_sign_in("{'topic':'usrBob','acs':{'want':'N','given':'JRWPA','mode':'N'},"
                  "'public':{'fn':'Bob'}}");
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'msg','seq':4,'act':'usrBob'}}");
    fake_advance(10000);
    fake_sent_nothing();
}

static void history__somebody_unknown_writes__appears_with_the_message(void **state)
{
    PurpleAccount *account = begin(2, 2);

    (void)state;
    server_topic(DAVE, "Dave", 0, 0);
    fake_push("{'pres':{'topic':'me','src':'usrDave','what':'acs',"
              "'dacs':{'want':'JRWPA','given':'JRWPA'}}}");
    server_work();
    server_say(DAVE, DAVE, "hi");
    server_advance(5000);
    assert_string_equal(fake_alias(account, DAVE), "Dave");
    fake_expect(FAKE_LINE, "line usrDave <usrDave> hi [recv]", NULL);
    fake_expect_one(FAKE_SIGNAL, "tinode-unread usrDave 1");
    assert_int_equal(server_count("note usrDave recv 1"), 1);
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

/* An attach that was asked for another reason fails: news that came meanwhile
 * are still fetched. */
static void history__news_while_an_attach_fails__are_fetched(void **state)
{
    PurpleAccount *account = begin(4, 4);
    PurpleConversation *conv = fake_open(account, BOB);

    (void)state;
    fake_allow(FAKE_ANY);
    server_advance(10000);
    server_silence("sub lost", 1);
    fake_focus(conv);
    server_work();
    fake_focus(NULL);
    server_store(BOB, BOB, 5, "hello");
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'msg','seq':5,'act':'usrBob'}}");
    server_advance(60000);
    assert_int_equal(fake_count(FAKE_LINE, "line usrBob <usrBob> hello *"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(history__next_message__is_handed_on),
        FAKE_TEST(history__message_above_a_gap__waits_for_the_gap),
        FAKE_TEST(history__gap_holds_nothing__is_passed_over_and_not_asked_again),
        FAKE_TEST(history__news_while_not_attached__attaches_shows_tells_and_leaves),
        FAKE_TEST(history__opened_for_the_first_time__shows_the_last_lines_as_context),
        FAKE_TEST(history__option_is_zero__first_visit_shows_nothing_old),
        FAKE_TEST(history__first_visit_with_unread__everything_unread_is_shown),
        FAKE_TEST(history__a_thousand_unread__all_once_in_order_and_one_read),
        FAKE_TEST(history__long_backlog__is_worked_off_in_slices),
        FAKE_TEST(history__news_while_fetching__is_fetched_after),
        FAKE_TEST(history__fetch_fails__what_came_is_kept_and_the_next_attach_asks_anew),
        FAKE_TEST(history__link_flaps_and_account_restarts__no_line_is_repeated),
        FAKE_TEST(history__never_opened_and_unread__unread_stays_what_it_is_over_restarts),
        FAKE_TEST(history__written_on_another_device__is_an_own_line_with_ticks),
        FAKE_TEST(history__written_on_another_device_unattached__unread_is_zero),
        FAKE_TEST(history__edit__is_one_line_that_says_so_and_is_covered_by_read),
        FAKE_TEST(history__nothing_to_show__is_passed_over),
        FAKE_TEST(history__markup__is_shown_as_typed),
        FAKE_TEST(history__blocked_by_ourselves__news_attach_nothing),
        FAKE_TEST(history__somebody_unknown_writes__appears_with_the_message),
        FAKE_TEST(history__more_than_is_ever_fetched__is_told_once_and_stays_unread),
        FAKE_TEST(history__news_while_an_attach_fails__are_fetched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
