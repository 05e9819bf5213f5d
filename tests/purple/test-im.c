/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-im.c: what the user types and sends, what Bob types, and the id of a line being written. */
#include "fake-server.h"

#include <errno.h>
#include <signals.h>
#include <string.h>

static PurpleConversation *begin(void)
{
    PurpleAccount *account;

    fake_allow(FAKE_ANY);
    server_topic(BOB, "Bob", 2, 2);
    account = server_sign_in();
    fake_focus(fake_open(account, BOB));
    server_advance(10000);
    server_ignore("");
    fake_ignore(FAKE_ANY);
    return scene_bob(account);
}

/* Sending ----------------------------------------------------------------------------------------
 */

static void send__markup_of_libpurple__leaves_as_the_characters_typed(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    fake_send(conv, "if (a &lt; b &amp;&amp; c &gt; d) &quot;it's&quot;");
    fake_sent("{'pub':{'topic':'usrBob'}}");
    assert_string_equal(fake_sent_member("pub.content"), "if (a < b && c > d) \"it's\"");
    fake_drop_frames();
}

static void send__several_lines__leave_as_several_lines(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    fake_send(conv, "a<br>b<BR/>c");
    fake_sent("{'pub':{'head':{'mime':'text/x-drafty'},'content':{"
              "'fmt':[{'at':1,'len':1,'tp':'BR'},{'at':3,'len':1,'tp':'BR'}]}}}");
    assert_int_equal(strlen(fake_sent_member("pub.content.txt")), 5);
    fake_drop_frames();
}

static void send__formatting__leaves_as_spans(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    assert_true((conv->account->gc->flags & PURPLE_CONNECTION_HTML) != 0);
    fake_send(conv, "<b>a</b> <a href=\"https://example.org/?a&amp;b\">x</a>");
    fake_sent("{'pub':{'head':{'mime':'text/x-drafty'},'content':{'txt':'a x',"
              "'fmt':[{'len':1,'tp':'ST'},{'at':2,'len':1}],"
              "'ent':[{'tp':'LN','data':{'url':'https://example.org/?a&b'}}]}}}");
    fake_drop_frames();
}

static void send__to_what_is_no_person__is_refused_in_words(void **state)
{
    static const char *const names[] = {GROUP, "bob@example.org", SELF, "me"};
    PurpleConversation *conv = begin();

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        assert_int_equal(fake_prpl()->send_im(conv->account->gc, names[i], "x", 0), 0);
        fake_expect(FAKE_NOTIFY, "notify error The message was not sent", NULL);
    }
    fake_open(conv->account, "bob");
    assert_int_equal(fake_send(fake_find(conv->account, "bob"), "x"), 0);
    fake_expect(FAKE_LINE, "line bob <bob> * [error]", NULL);
    fake_turn();
    fake_sent_nothing();
}

static void send__link_is_being_resumed__waits_and_goes_out(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    assert_int_equal(fake_send(conv, "hello"), 1);
    assert_int_equal(fake_count(FAKE_SIGNAL, "tinode-message-state usrBob *"), 1);
    fake_advance(3000);
    server_resume();
    server_advance(1000);
    server_expect("pub", "pub usrBob hello", NULL);
}

static void send__without_a_conversation__goes_out_all_the_same(void **state)
{
    PurpleConversation *conv = begin();
    PurpleAccount *account = conv->account;

    (void)state;
    fake_close(conv);
    server_advance(10000);
    assert_int_equal(fake_prpl()->send_im(account->gc, BOB, "by a plugin", 0), 1);
    server_advance(1000);
    server_expect("pub", "pub usrBob by a plugin", NULL);
}

/* The id of the line
 * ------------------------------------------------------------------------------- */

static void id__while_the_line_is_written__is_in_the_conversation(void **state)
{
    PurpleConversation *conv = begin();
    g_autofree char *first = NULL;

    (void)state;
    fake_send(conv, "one");
    first = g_strdup(fake_written_id());
    assert_non_null(first);
    assert_null(purple_conversation_get_data(conv, "tinode-message-id"));
    fake_send(conv, "two");
    assert_non_null(fake_written_id());
    assert_string_not_equal(fake_written_id(), first);
    server_work();
    server_say(BOB, BOB, "answer");
    assert_null(fake_written_id()); /* not ours */
}

/* Another plugin swallows what the user sent: the next line must not carry its id. */
static void id__line_is_never_written__does_not_stay(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    assert_int_equal(fake_prpl()->send_im(conv->account->gc, BOB, "swallowed", PURPLE_MESSAGE_SEND),
                     1);
    assert_non_null(purple_conversation_get_data(conv, "tinode-message-id"));
    purple_signal_emit(purple_conversations_get_handle(), "sent-im-msg", conv->account, BOB,
                       "swallowed");
    assert_null(purple_conversation_get_data(conv, "tinode-message-id"));
    server_work();
}

static void id__conversation_closes_before_the_line__is_freed(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    fake_prpl()->send_im(conv->account->gc, BOB, "x", PURPLE_MESSAGE_SEND);
    fake_close(conv); /* the fake fails if data of ours is left in it */
    server_work();
}

/* Typing -----------------------------------------------------------------------------------------
 */

static void typing__user_types_on__at_most_one_note_in_three_seconds(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    for (guint i = 0; i < 100; i++) {
        fake_type(conv, PURPLE_TYPING);
        server_advance(100);
    }
    assert_in_range(server_count("note usrBob kp"), 3, 4);
}

static void typing__stops_or_closes__no_note(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    assert_int_equal(fake_type(conv, PURPLE_TYPED), 0);
    assert_int_equal(fake_type(conv, PURPLE_NOT_TYPING), 0);
    fake_close(conv); /* libpurple tells that typing stopped */
    server_advance(10000);
    server_expect("note", NULL);
}

static void typing__not_attached__no_note(void **state)
{
    PurpleAccount *account;

    (void)state;
    fake_allow(FAKE_ANY);
    server_topic(BOB, "Bob", 2, 2);
    account = server_sign_in();
    assert_int_equal(fake_type(fake_open(account, BOB), PURPLE_TYPING), 0);
    assert_int_equal(fake_prpl()->send_typing(account->gc, "unknown", PURPLE_TYPING), 0);
    server_work();
    server_expect("note", NULL);
}

static void typing__bob_types__shows_for_a_few_seconds(void **state)
{
    begin();
    (void)state;
    fake_push("{'info':{'topic':'usrBob','from':'usrBob','what':'kp'}}");
    fake_expect(FAKE_TYPING, "typing usrBob 5", NULL); /* libpurple ends it after 5 s */
    fake_push("{'info':{'topic':'me','src':'usrBob','from':'usrBob','what':'kp'}}");
    fake_expect(FAKE_TYPING, "typing usrBob 5", NULL);
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'off'}}");
    fake_expect(FAKE_TYPING, "typing stopped usrBob", NULL);
}

static void typing__in_a_group_or_by_ourselves__shows_nothing(void **state)
{
    begin();
    (void)state;
    fake_push("{'info':{'topic':'grpFlowers','from':'usrBob','what':'kp'}}");
    fake_push("{'info':{'topic':'usrBob','from':'usrAlice','what':'kp'}}");
    fake_push("{'info':{'topic':'me','from':'usrBob','what':'kp'}}");
    fake_expect(FAKE_TYPING, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(send__markup_of_libpurple__leaves_as_the_characters_typed),
        FAKE_TEST(send__several_lines__leave_as_several_lines),
        FAKE_TEST(send__formatting__leaves_as_spans),
        FAKE_TEST(send__to_what_is_no_person__is_refused_in_words),
        FAKE_TEST(send__link_is_being_resumed__waits_and_goes_out),
        FAKE_TEST(send__without_a_conversation__goes_out_all_the_same),
        FAKE_TEST(id__while_the_line_is_written__is_in_the_conversation),
        FAKE_TEST(id__line_is_never_written__does_not_stay),
        FAKE_TEST(id__conversation_closes_before_the_line__is_freed),
        FAKE_TEST(typing__user_types_on__at_most_one_note_in_three_seconds),
        FAKE_TEST(typing__stops_or_closes__no_note),
        FAKE_TEST(typing__not_attached__no_note),
        FAKE_TEST(typing__bob_types__shows_for_a_few_seconds),
        FAKE_TEST(typing__in_a_group_or_by_ourselves__shows_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
