/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-chat.c: groups as chats. */
#include "fake-server.h"

#include <errno.h>
#include <string.h>

static PurpleAccount *account;

static PurpleConversation *begin(void)
{
    fake_allow(FAKE_ANY);
    server_topic(GROUP, "Flowers", 10, 10);
    account = server_sign_in();
    fake_ignore(FAKE_ANY);
    fake_join(account, GROUP);
    return fake_find(account, GROUP);
}

static PurpleConversation *begin_focused(void)
{
    PurpleConversation *conv = begin();

    fake_focus(conv);
    server_advance(10000);
    server_ignore("");
    fake_ignore(FAKE_ANY);
    return conv;
}

static PurpleConvChat *chat_of(PurpleConversation *conv)
{
    return PURPLE_CONV_CHAT(conv);
}

/* The last tinode-message-state: "state delivered read members". */
static void assert_last_state(const char *wanted)
{
    g_autofree char *line = fake_last(FAKE_SIGNAL, "tinode-message-state *");
    g_auto(GStrv) words = NULL;
    g_autofree char *told = NULL;

    assert_non_null(line);
    words = g_strsplit(line, " ", -1);
    told = g_strjoinv(" ", words + 4);
    assert_string_equal(told, wanted);
}

/* Joining ----------------------------------------------------------------------------------------
 */

static void chat__joined__has_title_and_members_though_nobody_looks(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    assert_non_null(conv);
    fake_expect_one(FAKE_CONV, "joined grpFlowers");
    assert_string_equal(conv->title, "Flowers");
    assert_string_equal(chat_of(conv)->nick, SELF);
    server_advance(10000);
    assert_int_equal(g_list_length(chat_of(conv)->in_room), 4);
    fake_expect(FAKE_MEMBER, "member grpFlowers +usrAlice usrAlice",
                "member grpFlowers +usrBob usrBob", "member grpFlowers +usrCarol usrCarol",
                "member grpFlowers +usrDave usrDave", NULL); /* none of them came in just now */
    assert_int_equal(server_count("sub grpFlowers"), 1);
    assert_false(server_is_attached(GROUP)); /* in the background */
}

static void chat__name_that_is_no_group__cannot_be_joined(void **state)
{
    static const char *const names[] = {BOB, "", "  "};

    (void)state;
    begin();
    fake_ignore(FAKE_ANY);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        fake_join(account, names[i]);
        fake_expect(FAKE_NOTIFY, "notify error This group cannot be joined", NULL);
        fake_expect(FAKE_CONV, "join failed", NULL);
    }
}

static void chat__joined_by_its_name__is_the_one_that_we_are_in(void **state)
{
    (void)state;
    begin();
    fake_close(fake_find(account, GROUP));
    fake_ignore(FAKE_ANY);
    fake_join(account, " flowers ");
    fake_expect_one(FAKE_CONV, "joined grpFlowers");
    fake_join(account, "FLOWERS"); /* open already: comes to the front */
    fake_expect_one(FAKE_CONV, "presented grpFlowers");
}

static void chat__joined_in_finch_by_its_name__no_window_of_that_name_stays(void **state)
{
    PurpleConversation *placeholder;

    (void)state;
    begin();
    fake_allow(FAKE_ANY);
    placeholder = purple_conversation_new(PURPLE_CONV_TYPE_CHAT, account, "flowers");
    fake_join(account, "flowers"); /* open and not left: it may be a chat */
    assert_ptr_equal(fake_find(account, "flowers"), placeholder);
    PURPLE_CONV_CHAT(placeholder)->left = TRUE;
    fake_join(account, "flowers");
    assert_null(fake_find(account, "flowers"));
    assert_non_null(fake_find(account, GROUP));
}

static void chat__two_groups_of_one_name__neither_is_guessed(void **state)
{
    (void)state;
    fake_allow(FAKE_ANY);
    server_topic(GROUP, "Flowers", 0, 0);
    server_topic("grpOther", "flowers", 0, 0);
    account = server_sign_in();
    fake_ignore(FAKE_ANY);
    fake_join(account, "Flowers");
    fake_expect(FAKE_NOTIFY, "notify error This group cannot be joined", NULL);
    fake_expect(FAKE_CONV, "join failed", NULL);
}

static void chat__name_that_nothing_has__a_new_group_is_offered(void **state)
{
    (void)state;
    begin_focused();
    fake_ignore(FAKE_ANY);
    fake_join(account, "me"); /* a name like any other */
    fake_expect(FAKE_NOTIFY, "ask You are in no group called me", NULL);
    fake_expect(FAKE_CONV, "join failed", NULL);
    fake_press("Cancel");
    fake_drop_frames();
    fake_join(account, "a <b>");
    fake_expect(FAKE_NOTIFY, "ask You are in no group called a <b>", NULL);
    fake_press("Create");
    fake_sent("{'sub':{'set':{'desc':{'public':{'fn':'a <b>','note':'none'}}}}}");
    assert_true(g_str_has_prefix(fake_sent_member("sub.topic"), "new"));
}

static void chat__blocked_by_ourselves__is_not_attached(void **state)
{
    (void)state;
    fake_allow(FAKE_ANY);
    account = scene_sign_in("{'topic':'grpFlowers','acs':{'want':'N','given':'JRW','mode':'N'}}");
    fake_ignore(FAKE_ANY);
    fake_join(account, GROUP);
    fake_advance(10000);
    fake_expect(FAKE_CONV, "join failed", NULL);
    fake_sent_nothing();
}

static void chat__server_does_not_let_in__is_said_and_left(void **state)
{
    PurpleConversation *conv;

    (void)state;
    fake_allow(FAKE_ANY);
    server_topic(GROUP, "Flowers", 0, 0);
    account = server_sign_in();
    server_refuse("sub", 403, "permission denied", 1);
    fake_join(account, GROUP);
    server_advance(1000);
    conv = fake_find(account, GROUP);
    assert_true(chat_of(conv)->left);
    fake_expect_one(FAKE_LINE,
                    "line grpFlowers <grpFlowers> The server does not let you into this group. *");
    server_ignore("");
    server_advance(60000);
    server_expect("sub", NULL);
    assert_int_equal(fake_send(conv, "hi"), -ENOTCONN);
}

/* Messages ---------------------------------------------------------------------------------------
 */

static void chat__redirected_to_nowhere__is_left_with_a_line(void **state)
{
    (void)state;
    fake_allow(FAKE_ANY);
    server_topic(GROUP, "Flowers", 0, 0);
    account = server_sign_in();
    server_refuse("sub", 303, "use other", 1);
    fake_join(account, GROUP);
    server_advance(1000);
    assert_true(chat_of(fake_find(account, GROUP))->left);
    fake_expect_one(FAKE_LINE,
                    "line grpFlowers <grpFlowers> The server does not let you into this group. *");
}

static void chat__message_of_a_member__is_a_line_of_his(void **state)
{
    begin_focused();
    (void)state;
    server_say(GROUP, CAROL, "hello");
    fake_expect(FAKE_LINE, "line grpFlowers <usrCarol> hello [recv]", NULL);
    server_advance(3000);
    assert_int_equal(server_count("note grpFlowers read 11"), 1);
}

static void chat__user_sends__one_line_with_its_id_and_one_pub(void **state)
{
    PurpleConversation *conv = begin_focused();

    (void)state;
    assert_true(fake_send(conv, "hello all") >= 0);
    server_advance(1000);
    fake_expect(FAKE_LINE, "line grpFlowers <usrAlice> hello all [send]", NULL);
    assert_non_null(fake_written_id());
    assert_null(purple_conversation_get_data(conv, "tinode-message-id"));
    server_expect("pub", "pub grpFlowers hello all", NULL);
}

static void chat__receipts__say_how_far_it_is(void **state)
{
    PurpleConversation *conv = begin_focused();

    (void)state;
    fake_send(conv, "hello all");
    server_advance(1000);
    fake_ignore(FAKE_ANY);
    server_note(GROUP, BOB, "recv", 11);
    server_note(GROUP, BOB, "read", 11);
    server_note(GROUP, CAROL, "recv", 11);
    assert_last_state("sent 2 1 3");
    server_note(GROUP, DAVE, "recv", 11);
    assert_last_state("delivered 3 1 3");
    server_note(GROUP, CAROL, "read", 11);
    server_note(GROUP, DAVE, "read", 11);
    assert_last_state("read 3 3 3");
}

static void chat__message_while_closed__opens_the_chat(void **state)
{
    PurpleConversation *conv = begin_focused();

    (void)state;
    fake_close(conv);
    server_advance(10000);
    server_expect("leave", "leave grpFlowers", NULL);
    server_say(GROUP, BOB, "still here");
    server_advance(10000);
    fake_expect(FAKE_LINE, "line grpFlowers <usrBob> still here [recv]", NULL);
    assert_non_null(fake_find(account, GROUP));
    assert_int_equal(server_count("note grpFlowers recv 11"), 1);
}

static void chat__closed__is_detached_after_the_linger_and_not_left(void **state)
{
    PurpleConversation *conv = begin_focused();

    (void)state;
    fake_close(conv);
    server_work();
    assert_true(server_is_attached(GROUP));
    fake_sent_nothing();
    fake_advance(6000);
    fake_sent("{'leave':{'topic':'grpFlowers','unsub':'none'}}");
    fake_reply("{'ctrl':{'code':200,'topic':'grpFlowers'}}");
}

/* Members ----------------------------------------------------------------------------------------
 */

static void members__come_and_go__the_list_follows(void **state)
{
    PurpleConversation *conv = begin_focused();

    (void)state;
    fake_push("{'pres':{'topic':'grpFlowers','src':'usrEve','what':'acs','act':'usrEve'}}");
    fake_push("{'pres':{'topic':'grpFlowers','src':'usrCarol','what':'acs','act':'usrAlice'}}");
    fake_push("{'pres':{'topic':'grpFlowers','src':'usrDave','what':'acs'}}");
    fake_drop_frames();
    fake_push("{'meta':{'topic':'grpFlowers','sub':["
              "{'user':'usrAlice','acs':{'mode':'JRWPASDO'}},{'user':'usrBob','acs':{'mode':"
              "'JRWPA'}},{'user':'usrEve','acs':{'mode':'JRWP'},'public':{'fn':'Eve'}}]}}");
    fake_expect_one(FAKE_MEMBER, "member grpFlowers usrAlice founder");
    fake_expect_one(FAKE_MEMBER, "member grpFlowers +usrEve * (new)");
    fake_expect_one(FAKE_MEMBER, "member grpFlowers -usrCarol removed by usrAlice");
    fake_expect_one(FAKE_MEMBER, "member grpFlowers -usrDave");
    assert_int_equal(g_list_length(chat_of(conv)->in_room), 3);
    {
        g_autofree char *alias =
            fake_prpl()->get_cb_alias(account->gc, chat_of(conv)->id, "usrEve");

        assert_string_equal(alias, "Eve");
    }
}

/* Nobody said that they came or went: they did while we were away. */
static void members__list_differs_without_news__follows_without_a_word(void **state)
{
    PurpleConversation *conv = begin_focused();

    (void)state;
    fake_push("{'meta':{'topic':'grpFlowers','sub':[{'user':'usrAlice','acs':{'mode':'JRWPS'}},"
              "{'user':'usrEve','acs':{'mode':'JRWP'},'public':{'fn':'Eve'}}]}}");
    assert_int_equal(g_list_length(chat_of(conv)->in_room), 2);
    assert_int_equal(fake_count(FAKE_MEMBER, "* (new)"), 0);
    assert_int_equal(fake_count(FAKE_MEMBER, "member grpFlowers -*"), 0);
    fake_expect_one(FAKE_MEMBER, "member grpFlowers cleared");
}

static void members__change_is_announced__rows_are_fetched(void **state)
{
    begin_focused();
    (void)state;
    fake_push("{'pres':{'topic':'grpFlowers','src':'usrEve','what':'acs','act':'usrBob',"
              "'dacs':{'want':'JRWP','given':'JRWP'}}}");
    fake_sent("{'get':{'topic':'grpFlowers','what':'sub'}}");
    fake_drop_frames();
}

/* Ends -------------------------------------------------------------------------------------------
 */

static void chat__evicted__is_said_once_and_nothing_is_attached(void **state)
{
    PurpleConversation *conv = begin_focused();

    (void)state;
    fake_push("{'ctrl':{'code':205,'text':'evicted','topic':'grpFlowers',"
              "'params':{'unsub':false},'ts':'2026-01-02T03:04:05Z'}}");
    server_advance(60000);
    server_expect("sub", NULL);
    assert_true(chat_of(conv)->left);
    assert_int_equal(fake_count(FAKE_SIGNAL, "tinode-problem grpFlowers *"), 1);
    assert_int_equal(fake_count(FAKE_LINE, "*"), 1);
    assert_int_equal(fake_send(conv, "hi"), -ENOTCONN);
}

static void chat__deleted_by_its_owner__is_left_and_removed(void **state)
{
    PurpleConversation *conv = begin_focused();

    (void)state;
    fake_push("{'pres':{'topic':'me','src':'grpFlowers','what':'gone'}}");
    server_advance(60000);
    assert_true(chat_of(conv)->left);
    fake_expect_one(FAKE_LIST, "remove grpFlowers");
    server_expect("sub", NULL);
    assert_int_equal(fake_send(conv, "hi"), -ENOTCONN);
}

static void chat__invited_again__works(void **state)
{
    PurpleConversation *conv = begin_focused();

    (void)state;
    fake_push("{'pres':{'topic':'me','src':'grpFlowers','what':'gone'}}");
    server_advance(10000);
    fake_push("{'pres':{'topic':'me','src':'grpFlowers','what':'acs',"
              "'dacs':{'want':'JRWPS','given':'JRWPS'}}}");
    server_advance(1000);
    fake_join(account, GROUP);
    server_advance(1000);
    assert_false(chat_of(conv)->left);
    assert_true(fake_send(conv, "back") >= 0);
    server_advance(1000);
    server_expect("pub", "pub grpFlowers back", NULL);
}

/* libpurple marks the chat as left at sign-off, and the client joins it again. */
static void chat__reconnect__joined_again_without_a_line(void **state)
{
    PurpleConversation *conv = begin_focused();

    (void)state;
    fake_logout(account);
    fake_turn();
    assert_true(chat_of(conv)->left);
    server_ignore("");
    fake_ignore(FAKE_ANY);
    server_sign_in();
    fake_join(account, GROUP);
    server_advance(2000);
    assert_false(chat_of(conv)->left);
    assert_true(server_is_attached(GROUP));
    assert_int_equal(g_list_length(chat_of(conv)->in_room), 4);
    fake_expect(FAKE_LINE, NULL);
    assert_int_equal(fake_count(FAKE_MEMBER, "member grpFlowers +usrBob * (new)"), 0);
    fake_send(conv, "hello");
    server_advance(1000);
    server_expect("pub", "pub grpFlowers hello", NULL);
}

static void chat__link_resumed__is_active_again_by_itself(void **state)
{
    PurpleConversation *conv = begin_focused();

    (void)state;
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_advance(3000);
    server_resume();
    server_advance(1000);
    assert_true(server_is_attached(GROUP));
    assert_false(chat_of(conv)->left);
    assert_int_equal(g_list_length(chat_of(conv)->in_room), 4);
    fake_expect(FAKE_LINE | FAKE_MEMBER, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(chat__joined__has_title_and_members_though_nobody_looks),
        FAKE_TEST(chat__name_that_is_no_group__cannot_be_joined),
        FAKE_TEST(chat__joined_by_its_name__is_the_one_that_we_are_in),
        FAKE_TEST(chat__joined_in_finch_by_its_name__no_window_of_that_name_stays),
        FAKE_TEST(chat__two_groups_of_one_name__neither_is_guessed),
        FAKE_TEST(chat__name_that_nothing_has__a_new_group_is_offered),
        FAKE_TEST(chat__blocked_by_ourselves__is_not_attached),
        FAKE_TEST(chat__server_does_not_let_in__is_said_and_left),
        FAKE_TEST(chat__message_of_a_member__is_a_line_of_his),
        FAKE_TEST(chat__user_sends__one_line_with_its_id_and_one_pub),
        FAKE_TEST(chat__receipts__say_how_far_it_is),
        FAKE_TEST(chat__message_while_closed__opens_the_chat),
        FAKE_TEST(chat__closed__is_detached_after_the_linger_and_not_left),
        FAKE_TEST(members__come_and_go__the_list_follows),
        FAKE_TEST(members__list_differs_without_news__follows_without_a_word),
        FAKE_TEST(members__change_is_announced__rows_are_fetched),
        FAKE_TEST(chat__evicted__is_said_once_and_nothing_is_attached),
        FAKE_TEST(chat__deleted_by_its_owner__is_left_and_removed),
        FAKE_TEST(chat__redirected_to_nowhere__is_left_with_a_line),
        FAKE_TEST(chat__invited_again__works),
        FAKE_TEST(chat__reconnect__joined_again_without_a_line),
        FAKE_TEST(chat__link_resumed__is_active_again_by_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
