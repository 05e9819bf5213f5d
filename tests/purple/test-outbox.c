/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-outbox.c: own messages on their way, each exactly once: the rows of tinode-outbox.h. */
#include "fake-server.h"

#include <errno.h>

/* The conversation with Bob is open, focused, attached; two messages, read by both. */
static PurpleConversation *begin(void)
{
    PurpleAccount *account;

    server_topic(BOB, "Bob", 2, 2);
    account = server_sign_in();
    fake_focus(fake_open(account, BOB));
    server_advance(10000);
    server_ignore("");
    fake_ignore(FAKE_ANY);
    return scene_bob(account);
}

/* States that were told since the last time, in this order, joined by spaces. Claims all signals.
 */
static void expect_states(const char *states)
{
    g_autofree char *told = fake_message_states();

    assert_string_equal(told, states);
    fake_ignore(FAKE_SIGNAL);
}

static void outbox__attached__goes_out_at_once_with_its_private_key(void **state)
{
    PurpleConversation *conv = begin();
    g_autofree char *id = NULL;

    (void)state;
    assert_int_equal(fake_send(conv, "hello"), 1);
    fake_expect(FAKE_LINE, "line usrBob <usrBob> hello [send]", NULL);
    id = g_strdup(fake_written_id()); /* a companion saw it while the line was written */
    assert_non_null(id);
    assert_null(purple_conversation_get_data(conv, "tinode-message-id"));
    fake_sent("{'pub':{'topic':'usrBob','noecho':true,'content':'hello'}}");
    assert_string_equal(fake_sent_member("pub.head.x-purple-tinode-id"), id);
    fake_reply("{'ctrl':{'code':202,'text':'accepted','topic':'usrBob','params':{'seq':3}}}");
    fake_turn();
    fake_ignore(FAKE_SIGNAL);
    assert_string_equal(fake_call("message-state", conv->account, BOB, id), "sent");
}

static void outbox__receipts_come__sent_delivered_read(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    fake_send(conv, "hello");
    server_work();
    expect_states("pending sent");
    server_note(BOB, BOB, "recv", 3);
    expect_states("delivered");
    server_note(BOB, BOB, "read", 3);
    expect_states("read");
    server_note(BOB, BOB, "recv", 3);
    expect_states("");
    fake_ignore(FAKE_LINE);
}

static void outbox__three_at_once__one_in_flight_and_in_order(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    fake_send(conv, "one");
    fake_send(conv, "two");
    fake_send(conv, "three");
    fake_sent("{'pub':{'content':'one'}}");
    fake_sent_nothing();
    fake_reply("{'ctrl':{'code':202,'topic':'usrBob','params':{'seq':3}}}");
    fake_sent("{'pub':{'content':'two'}}");
    fake_sent_nothing();
    fake_reply("{'ctrl':{'code':202,'topic':'usrBob','params':{'seq':4}}}");
    fake_sent("{'pub':{'content':'three'}}");
    fake_reply("{'ctrl':{'code':202,'topic':'usrBob','params':{'seq':5}}}");
    fake_allow(FAKE_LINE | FAKE_SIGNAL);
}

static void outbox__not_attached__holds_the_channel_until_it_is_out(void **state)
{
    PurpleAccount *account;
    PurpleConversation *conv;

    (void)state;
    fake_allow(FAKE_ANY);
    server_topic(BOB, "Bob", 2, 2);
    account = server_sign_in();
    conv = fake_open(account, BOB); /* in the background: nothing is attached */
    server_advance(1000);
    server_expect("", NULL);
    fake_send(conv, "hello");
    server_work();
    assert_int_equal(server_count("sub usrBob"), 1);
    server_expect("pub", "pub usrBob hello", NULL);
    server_advance(30000);
    assert_false(server_is_attached(BOB)); /* nothing else holds it */
}

static void outbox__refused__fails_with_a_sentence_and_the_next_goes(void **state)
{
    static const struct {
        int code;
        const char *text, *line;
    } cases[] = {
        {403, "permission denied",
         "Your message was not sent: you may not write here. To try again, type /resend."},
        {404, "topic not found",
         "Your message was not sent: this conversation does not exist any more."},
        {400, "malformed",
         "Your message was not sent: the server refused it. To try again, type /resend."},
    };
    PurpleConversation *conv = begin();

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *line =
            g_strdup_printf("line usrBob <usrBob> %s [system nolog]", cases[i].line);

        server_refuse("pub", cases[i].code, cases[i].text, 1);
        fake_send(conv, "x");
        fake_send(conv, "y");
        server_work();
        server_expect("pub", "pub usrBob x", "pub usrBob y", NULL);
        fake_expect(FAKE_LINE, "line usrBob <usrBob> x [send]", "line usrBob <usrBob> y [send]",
                    line, NULL);
        expect_states("pending pending failed sent");
    }
}

static void outbox__must_attach_first__attaches_anew_and_sends(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    fake_allow(FAKE_LINE);
    server_refuse("pub", 409, "must attach first", 1);
    fake_send(conv, "hello");
    server_advance(5000);
    server_expect("pub", "pub usrBob hello", "pub usrBob hello", NULL);
    assert_int_equal(server_count("sub usrBob"), 1);
    expect_states("pending sent");
}

static void outbox__answer_is_lost_but_stored__found_in_history_not_sent_again(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    server_silence("pub", 1);
    fake_send(conv, "hello");
    server_advance(9000);
    expect_states("pending");
    server_advance(3000);
    server_expect("pub", "pub usrBob hello", NULL);
    expect_states("sent");
    fake_expect(FAKE_LINE, "line usrBob <usrBob> hello [send]", NULL);
}

static void outbox__lost_before_it_was_stored__is_sent_again_after_looking(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    server_silence("pub lost", 1);
    fake_send(conv, "hello");
    server_advance(15000);
    server_expect("pub", "pub usrBob hello", "pub usrBob hello", NULL);
    assert_true(server_count("get usrBob") >= 1);
    expect_states("pending sent");
    fake_expect(FAKE_LINE, "line usrBob <usrBob> hello [send]", NULL);
}

static void outbox__looking_fails__is_neither_repeated_nor_failed(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    fake_allow(FAKE_LINE);
    server_silence("pub", 1);
    server_silence("get", 100);
    fake_send(conv, "hello");
    server_advance(60000);
    server_expect("pub", "pub usrBob hello", NULL);
    expect_states("pending");
}

static void outbox__server_is_busy__waits_growing_times_and_looks_before_repeating(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    fake_allow(FAKE_LINE);
    server_refuse("pub", 503, "service unavailable", 3);
    fake_send(conv, "hello");
    server_advance(900);
    server_expect("pub", "pub usrBob hello", NULL);
    server_advance(200); /* 1 s */
    server_expect("pub", "pub usrBob hello", NULL);
    server_advance(1800);
    server_expect("pub", NULL);
    server_advance(300); /* 2 s */
    server_expect("pub", "pub usrBob hello", NULL);
    server_advance(5000); /* 4 s */
    server_expect("pub", "pub usrBob hello", NULL);
    expect_states("pending sent");
}

static void outbox__link_lost_with_one_in_flight__nothing_is_posted_twice(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    server_silence("pub", 1);
    fake_send(conv, "a");
    fake_send(conv, "b");
    server_work();
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_send(conv, "c");
    fake_advance(8000);
    server_resume();
    server_advance(5000);
    server_expect("pub", "pub usrBob a", "pub usrBob b", "pub usrBob c", NULL);
    fake_expect(FAKE_LINE, "line usrBob <usrBob> a [send]", "line usrBob <usrBob> b [send]",
                "line usrBob <usrBob> c [send]", NULL);
    expect_states("pending pending pending sent sent sent");
}

static void outbox__signed_out_before_it_was_stored__goes_out_after_the_next_login(void **state)
{
    PurpleConversation *conv = begin();
    PurpleAccount *account = conv->account;

    (void)state;
    fake_allow(FAKE_ANY);
    server_silence("pub lost", 1);
    fake_send(conv, "hello");
    server_work();
    fake_logout(account);
    fake_turn();
    server_ignore("");
    server_sign_in();
    server_advance(15000);
    server_expect("pub", "pub usrBob hello", NULL);
}

static void outbox__signed_out_after_it_was_stored__is_found_after_the_next_login(void **state)
{
    PurpleConversation *conv = begin();
    PurpleAccount *account = conv->account;

    (void)state;
    server_silence("pub", 1);
    fake_send(conv, "hello");
    server_work();
    fake_ignore(FAKE_ANY);
    fake_logout(account);
    fake_turn();
    server_ignore("");
    server_sign_in();
    server_advance(15000);
    server_expect("pub", NULL);
    fake_expect(FAKE_LINE, NULL); /* the line is there already */
    fake_ignore(FAKE_ANY);
}

static void outbox__own_echo_before_the_answer__one_line_and_one_state(void **state)
{
    PurpleConversation *conv = begin();
    g_autofree char *echo = NULL;

    (void)state;
    fake_send(conv, "hello");
    fake_sent("{'pub':{'content':'hello'}}");
    echo = g_strdup_printf("{'data':{'topic':'usrBob','from':'usrAlice',"
                           "'ts':'2026-01-02T03:04:05Z','seq':3,"
                           "'head':{'x-purple-tinode-id':'%s'},'content':'hello'}}",
                           fake_sent_member("pub.head.x-purple-tinode-id"));
    fake_push(echo);
    fake_reply("{'ctrl':{'code':202,'topic':'usrBob','params':{'seq':3}}}");
    fake_push(echo);
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'msg','seq':3}}");
    server_advance(5000);
    fake_expect(FAKE_LINE, "line usrBob <usrBob> hello [send]", NULL);
    assert_int_equal(fake_count(FAKE_SIGNAL, "tinode-unread usrBob 1"), 0);
    expect_states("pending sent");
    server_expect("pub", NULL);
}

#define TOO_LONG                                                                                   \
    "line usrBob <usrBob> Your message was not sent: it is longer than this server takes (128.0*"

static void sign_out(gpointer account)
{
    fake_logout(account);
}

static void outbox__refused_and_a_handler_of_the_sentence_signs_out__is_all(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    server_refuse("pub", 403, "permission denied", 1);
    fake_send(conv, "one");
    fake_send(conv, "two");
    fake_ignore(FAKE_LINE);
    fake_once_in("wrote-im-msg", sign_out, conv->account);
    server_work();
    assert_int_equal(fake_count(FAKE_LINE, "*"), 1);
    assert_false(fake_is_online(conv->account));
    fake_ignore(FAKE_ANY);
}

static void outbox__longer_than_the_server_takes__is_refused_at_once(void **state)
{
    PurpleConversation *conv = begin();
    g_autofree char *text = g_strnfill(200 * 1024, 'x');
    g_autofree char *quotes = g_strnfill(100 * 1024, '"');   /* two bytes each in a frame */
    g_autofree char *slashes = g_strnfill(100 * 1024, '\\'); /* the same */

    (void)state;
    assert_int_equal(fake_send(conv, text), 0);
    assert_int_equal(fake_send(conv, quotes), 0);
    assert_int_equal(fake_send(conv, slashes), 0);
    fake_sent_nothing();
    fake_expect(FAKE_LINE, TOO_LONG, TOO_LONG, TOO_LONG, NULL);
    assert_int_equal(fake_send(conv, "short"), 1);
    server_work();
    fake_ignore(FAKE_ANY);
}

static void outbox__conversation_is_gone__everything_that_waits_fails(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    fake_allow(FAKE_ANY & ~(FAKE_LINE | FAKE_SIGNAL));
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

/* The answer to a look-up is lost: the topic stays attached, nothing else would
 * ask again. */
static void outbox__look_up_is_lost__is_asked_again(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    fake_allow(FAKE_ANY);
    server_silence("pub lost", 1);
    server_silence("get", 1);
    fake_send(conv, "hello");
    server_advance(60000);
    server_expect("pub", "pub usrBob hello", "pub usrBob hello", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(outbox__attached__goes_out_at_once_with_its_private_key),
        FAKE_TEST(outbox__receipts_come__sent_delivered_read),
        FAKE_TEST(outbox__three_at_once__one_in_flight_and_in_order),
        FAKE_TEST(outbox__not_attached__holds_the_channel_until_it_is_out),
        FAKE_TEST(outbox__refused__fails_with_a_sentence_and_the_next_goes),
        FAKE_TEST(outbox__must_attach_first__attaches_anew_and_sends),
        FAKE_TEST(outbox__answer_is_lost_but_stored__found_in_history_not_sent_again),
        FAKE_TEST(outbox__lost_before_it_was_stored__is_sent_again_after_looking),
        FAKE_TEST(outbox__looking_fails__is_neither_repeated_nor_failed),
        FAKE_TEST(outbox__server_is_busy__waits_growing_times_and_looks_before_repeating),
        FAKE_TEST(outbox__link_lost_with_one_in_flight__nothing_is_posted_twice),
        FAKE_TEST(outbox__signed_out_before_it_was_stored__goes_out_after_the_next_login),
        FAKE_TEST(outbox__signed_out_after_it_was_stored__is_found_after_the_next_login),
        FAKE_TEST(outbox__own_echo_before_the_answer__one_line_and_one_state),
        FAKE_TEST(outbox__refused_and_a_handler_of_the_sentence_signs_out__is_all),
        FAKE_TEST(outbox__longer_than_the_server_takes__is_refused_at_once),
        FAKE_TEST(outbox__conversation_is_gone__everything_that_waits_fails),
        FAKE_TEST(outbox__look_up_is_lost__is_asked_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
