/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-events.c: what the server tells besides messages, and where it ends up. */
#include "fake-server.h"

#include <string.h>

static PurpleAccount *begin(void)
{
    PurpleAccount *account;

    fake_allow(FAKE_ANY & ~FAKE_LINE);
    server_topic(BOB, "Bob", 4, 4);
    server_topic(CAROL, "Carol", 4, 4);
    server_topic(GROUP, "Flowers", 4, 4);
    account = server_sign_in();
    fake_ignore(FAKE_ANY);
    return account;
}

static void focus(PurpleAccount *account, const char *name)
{
    PurpleConversation *conv = fake_find(account, name);

    fake_focus(conv != NULL ? conv : fake_open(account, name));
    server_advance(5000);
}

/* Deletions --------------------------------------------------------------------------------
 */

static void deleted__some_of_the_unread__are_not_waited_for(void **state)
{
    PurpleAccount *account;

    (void)state;
    fake_allow(FAKE_ANY & ~FAKE_LINE);
    server_topic(BOB, "Bob", 15, 15);
    server_store(BOB, BOB, 16, "sixteen");
    server_store(BOB, BOB, 19, "nineteen");
    server_store(BOB, BOB, 20, "twenty");
    account = server_sign_in();
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'del','clear':3}}");
    focus(account, BOB);
    fake_expect(FAKE_LINE, "line usrBob <usrBob> sixteen [recv]",
                "line usrBob <usrBob> nineteen [recv]", "line usrBob <usrBob> twenty [recv]", NULL);
    server_advance(30000);
    server_expect("note usrBob read", "note usrBob read 20", NULL);
    assert_true(server_count("get usrBob data") <= 1);
    fake_expect_one(FAKE_SIGNAL, "tinode-unread usrBob 0");
}

static void deleted__last_unread_one__count_falls(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    focus(account, CAROL); /* Bob's is in the background */
    server_say(BOB, BOB, "oops");
    server_advance(1000);
    fake_ignore(FAKE_LINE);
    fake_expect_one(FAKE_SIGNAL, "tinode-unread usrBob 1");
    fake_push("{'meta':{'topic':'usrBob','del':{'clear':1,'delseq':[{'low':5}]}}}");
    fake_expect_one(FAKE_SIGNAL, "tinode-unread usrBob 0");
}

static void deleted__while_attached__is_taken_from_the_ranges(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    focus(account, BOB);
    fake_window(FALSE);
    server_advance(1500);
    server_say(BOB, BOB, "five");
    server_say(BOB, BOB, "six");
    fake_ignore(FAKE_LINE);
    fake_expect_one(FAKE_SIGNAL, "tinode-unread usrBob 2");
    server_delete(BOB, 6, 6);
    fake_expect_one(FAKE_SIGNAL, "tinode-unread usrBob 1");
    fake_expect(FAKE_LINE, "line usrBob <usrBob> Bob deleted a message: “six” [system nolog]",
                NULL);
}

/* Members and cards ------------------------------------------------------------------------------
 */

static void members__presence_in_a_group__is_taken_in_quietly(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    fake_join(account, GROUP);
    focus(account, GROUP);
    fake_ignore(FAKE_ANY);
    fake_push("{'pres':{'topic':'grpFlowers','src':'usrBob','what':'on'}}");
    fake_push("{'pres':{'topic':'grpFlowers','src':'usrBob','what':'off'}}");
    fake_push("{'pres':{'topic':'grpFlowers','src':'usrNobody','what':'on'}}");
    fake_push("{'pres':{'topic':'grpFlowers','what':'on'}}");
    fake_expect(FAKE_ANY, NULL);
}

static void cards__change_on_an_attached_topic__are_fetched(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    fake_join(account, GROUP);
    focus(account, GROUP);
    server_ignore("");
    fake_push("{'pres':{'topic':'grpFlowers','what':'upd'}}");
    server_work();
    server_expect("get", "get grpFlowers desc", NULL);
    fake_push("{'pres':{'topic':'grpFlowers','src':'usrBob','what':'upd'}}");
    server_work();
    server_expect("get", "get grpFlowers sub", NULL);
    fake_ignore(FAKE_LINE);
}

static void cards__own_name_changes__is_our_display_name(void **state)
{
    begin();
    (void)state;
    fake_push("{'meta':{'topic':'me','desc':{'public':{'fn':'Alice in Wonderland'}}}}");
    fake_expect(FAKE_STATE, "display name Alice in Wonderland", NULL);
}

static void group__renamed__its_chat_and_its_title_follow(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    fake_join(account, GROUP);
    server_advance(1000);
    fake_push("{'meta':{'topic':'me','sub':[{'topic':'grpFlowers','acs':{},"
              "'public':{'fn':'Trees'}}]}}");
    assert_string_equal(fake_find(account, GROUP)->title, "Trees");
    fake_expect_one(FAKE_LINE,
                    "line grpFlowers <grpFlowers> This group is called Trees now. [system nolog]");
}

/* Receipts of others -----------------------------------------------------------------------------
 */

static void receipts__on_me_for_a_channel_we_left__still_count(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    focus(account, BOB);
    fake_send(fake_find(account, BOB), "hello");
    server_work();
    focus(account, CAROL);
    server_advance(10000);
    assert_false(server_is_attached(BOB));
    fake_ignore(FAKE_ANY);
    server_note(BOB, BOB, "read", 5);
    fake_expect_one(FAKE_SIGNAL, "tinode-message-state usrBob * 5 read 1 1 1");
    fake_ignore(FAKE_LINE);
}

static void receipts__nonsense__moves_nothing(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    focus(account, BOB);
    fake_ignore(FAKE_ANY);
    fake_push("{'info':{'topic':'usrBob','what':'read','seq':4}}");
    fake_push("{'info':{'topic':'usrBob','from':'usrBob','what':'read'}}");
    fake_push("{'info':{'topic':'usrBob','from':'usrBob','what':'dance','seq':3}}");
    fake_push("{'info':{'topic':'not a topic','from':'usrBob','what':'read','seq':3}}");
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'dance'}}");
    fake_push("{'pres':{'topic':'me','src':'../etc','what':'on'}}");
    fake_push("{'pres':{'topic':'me','src':'me','what':'on'}}");
    fake_push("{'data':{'topic':'not a topic','from':'usrBob','ts':'2026-01-02T03:04:05Z',"
              "'seq':9,'content':'x'}}");
    fake_push("{'nothing':{}}");
    fake_push("0");
    fake_expect(FAKE_ANY, NULL);
}

/* Sync that fails --------------------------------------------------------------------------------
 */

static void sync__refused__one_sentence_and_no_further_attach(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    server_refuse("sub", 403, "permission denied", 1);
    focus(account, BOB);
    server_ignore("");
    server_advance(300000);
    server_expect("sub", NULL);
    assert_int_equal(fake_count(FAKE_SIGNAL, "tinode-problem usrBob forbidden *"), 1);
    fake_expect(FAKE_LINE,
                "line usrBob <usrBob> The server does not let you into this conversation. "
                "[system nolog]",
                NULL);
}

static void sync__server_has_a_problem_with_it__is_said_once_and_others_go_on(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    server_refuse("sub", 500, "internal error", 5);
    focus(account, BOB);
    server_advance(60000);
    assert_int_equal(fake_count(FAKE_SIGNAL, "tinode-sync-changed usrBob tripped *"), 1);
    fake_expect(FAKE_LINE,
                "line usrBob <usrBob> Receipts in this conversation come late: * [system nolog]",
                NULL);
    focus(account, CAROL);
    assert_true(server_is_attached(CAROL));
    focus(account, BOB);
    server_advance(200000); /* one probe, and it is well again */
    assert_true(server_is_attached(BOB));
    fake_expect(FAKE_LINE, NULL);
}

static void sync__over_the_limit__falls_back_to_polls_that_leave_again(void **state)
{
    PurpleAccount *account;

    (void)state;
    fake_allow(FAKE_ANY);
    account = fake_account("alice");
    fake_set_int(account, "sync-limit", 1);
    fake_set_bool(account, "sync-background", TRUE);
    server_topic(BOB, "Bob", 4, 4);
    server_topic(CAROL, "Carol", 4, 4);
    server_sign_in();
    focus(account, BOB);
    fake_send(fake_find(account, BOB), "hello");
    server_advance(1000);
    focus(account, CAROL);
    server_advance(20000);
    assert_int_equal(fake_count(FAKE_SIGNAL, "tinode-sync-changed usrBob evicted limit"), 1);
    assert_true(server_is_attached(CAROL));
    assert_false(server_is_attached(BOB));
    server_ignore("");
    server_advance(120000);
    assert_in_range(server_count("sub usrBob desc sub"), 1, 3);
    assert_int_equal(server_count("leave usrBob"), server_count("sub usrBob"));
    assert_false(server_is_attached(BOB));
    assert_true(server_is_attached(CAROL));
    fake_ignore(FAKE_LINE);
}

static void sync__asked_for_what_we_blocked__is_refused_here(void **state)
{
    PurpleAccount *account;

    (void)state;
    fake_allow(FAKE_ANY);
    account = scene_sign_in("{'topic':'usrBob','acs':{'want':'N','given':'JRWPA','mode':'N'}}");
    fake_call("start-receipt-sync", account, BOB);
    fake_advance(60000);
    fake_sent_nothing();
    assert_int_equal(fake_count(FAKE_SIGNAL, "tinode-sync-changed usrBob idle error"), 1);
}

static void sync__unsubscribed_elsewhere__is_gone(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    fake_join(account, GROUP);
    focus(account, GROUP);
    fake_ignore(FAKE_ANY);
    server_ignore("");
    fake_push("{'ctrl':{'code':205,'text':'evicted','topic':'grpFlowers',"
              "'params':{'unsub':true}}}");
    server_advance(60000);
    fake_expect_one(FAKE_LIST, "remove grpFlowers");
    assert_true(PURPLE_CONV_CHAT(fake_find(account, GROUP))->left);
    server_expect("sub", NULL);
    fake_ignore(FAKE_LINE);
}

/* On and off again, at any moment. */
static void account__disabled_and_enabled_200_times__ends_clean(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    fake_allow(FAKE_ANY);
    server_say(BOB, BOB, "hello");
    for (guint i = 0; i < 200; i++) {
        if (i % 3 == 0 && fake_find(account, BOB) != NULL)
            fake_focus(fake_find(account, BOB));
        server_advance((i * 37) % 1500);
        if (i % 7 == 0 && fake_find(account, BOB) != NULL)
            fake_close(fake_find(account, BOB));
        fake_logout(account);
        if (i % 2 == 0)
            fake_turn();
        server_sign_in();
        server_say(BOB, BOB, "more");
    }
    focus(account, BOB);
    server_advance(10000);
    assert_int_equal(server_cursor(BOB, SELF, "read"), server_seq(BOB));
    assert_int_equal(fake_count(FAKE_LINE, "line usrBob <usrBob> more *"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(deleted__some_of_the_unread__are_not_waited_for),
        FAKE_TEST(deleted__last_unread_one__count_falls),
        FAKE_TEST(deleted__while_attached__is_taken_from_the_ranges),
        FAKE_TEST(members__presence_in_a_group__is_taken_in_quietly),
        FAKE_TEST(cards__change_on_an_attached_topic__are_fetched),
        FAKE_TEST(cards__own_name_changes__is_our_display_name),
        FAKE_TEST(group__renamed__its_chat_and_its_title_follow),
        FAKE_TEST(receipts__on_me_for_a_channel_we_left__still_count),
        FAKE_TEST(receipts__nonsense__moves_nothing),
        FAKE_TEST(sync__refused__one_sentence_and_no_further_attach),
        FAKE_TEST(sync__server_has_a_problem_with_it__is_said_once_and_others_go_on),
        FAKE_TEST(sync__over_the_limit__falls_back_to_polls_that_leave_again),
        FAKE_TEST(sync__asked_for_what_we_blocked__is_refused_here),
        FAKE_TEST(sync__unsubscribed_elsewhere__is_gone),
        FAKE_TEST(account__disabled_and_enabled_200_times__ends_clean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
