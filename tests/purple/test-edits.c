/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-edits.c: what others do with messages after they were shown: edits and deletions. */
#include "fake-server.h"

#define LINE(text)  "line usrBob <usrBob> " text " [recv]"
#define QUIET(text) "line usrBob <usrBob> " text " [system nolog]"

/* Attached and looked at; two messages that both have read and nobody sees here. */
static PurpleAccount *begin(void)
{
    PurpleAccount *account;

    fake_allow(FAKE_ANY & ~FAKE_LINE);
    server_topic(BOB, "Bob", 2, 2);
    account = server_sign_in();
    fake_focus(fake_open(account, BOB));
    server_advance(10000);
    server_ignore("");
    fake_ignore(FAKE_ANY);
    return account;
}

static void edit__of_a_known_message__says_what_it_was(void **state)
{
    (void)state;
    begin();
    server_say(BOB, BOB, "old & <b>bold</b>");
    server_edit(BOB, BOB, 3, "fixed");
    server_edit(BOB, BOB, 3, "fixed again");
    fake_expect(FAKE_LINE, LINE("old &amp; &lt;b&gt;bold&lt;/b&gt;"),
                LINE("Edited “old &amp; &lt;b&gt;bold&lt;/b&gt;”: fixed"),
                LINE("Edited “fixed”: fixed again"), NULL);
    server_advance(3000);
    assert_int_equal(server_cursor(BOB, SELF, "read"), 5);
}

static void edit__of_an_unknown_message__is_shown_once_and_marked(void **state)
{
    (void)state;
    begin();
    server_edit(BOB, BOB, 1, "fixed");
    fake_expect(FAKE_LINE, LINE("Edited: fixed"), NULL);
}

static void edit__by_somebody_else__is_no_edit(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    server_topic(GROUP, "Flowers", 0, 0);
    fake_join(account, GROUP);
    fake_focus(fake_find(account, GROUP));
    server_advance(1000);
    server_say(GROUP, BOB, "mine");
    server_edit(GROUP, CAROL, 1, "forged");
    server_edit(GROUP, BOB, 1, "true");
    fake_expect(FAKE_LINE, "line grpFlowers <usrBob> mine [recv]",
                "line grpFlowers <usrCarol> forged [recv]",
                "line grpFlowers <usrBob> Edited “mine”: true [recv]", NULL);
}

static void edit__of_a_later_message__is_a_message(void **state)
{
    (void)state;
    begin();
    server_edit(BOB, BOB, 3, "of itself");
    server_edit(BOB, BOB, 9, "of the future");
    fake_expect(FAKE_LINE, LINE("of itself"), LINE("of the future"), NULL);
}

static void edit__link_flaps_and_account_restarts__is_not_shown_again(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    server_say(BOB, BOB, "old");
    server_edit(BOB, BOB, 3, "new");
    fake_ignore(FAKE_LINE);
    for (int i = 0; i < 3; i++) {
        fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
        fake_advance(8000);
        server_resume();
        server_advance(5000);
    }
    fake_logout(account);
    fake_turn();
    server_sign_in();
    server_advance(15000);
    fake_expect(FAKE_LINE, NULL);
}

static void edit__while_away__the_last_text_is_shown_once_in_place(void **state)
{
    PurpleAccount *account;

    (void)state;
    fake_allow(FAKE_ANY & ~FAKE_LINE);
    server_topic(BOB, "Bob", 2, 2);
    server_store(BOB, BOB, 3, "wrong");
    server_store(BOB, BOB, 4, "between");
    server_store_edit(BOB, BOB, 5, 3, "better");
    server_store_edit(BOB, CAROL, 6, 3, "forged");
    server_store_edit(BOB, BOB, 7, 3, "best");
    account = server_sign_in();
    fake_focus(fake_open(account, BOB));
    server_advance(10000);
    fake_expect(FAKE_LINE, LINE("best (edited)"), LINE("between"), LINE("forged"), NULL);
    assert_int_equal(server_cursor(BOB, SELF, "read"), 7);
    server_edit(BOB, BOB, 3, "last");
    fake_expect(FAKE_LINE, LINE("Edited “best”: last"), NULL);
}

static void edit__while_away_of_what_was_shown__is_a_line(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    server_say(BOB, BOB, "wrong");
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    server_edit(BOB, BOB, 3, "right");
    fake_advance(8000);
    server_resume();
    server_advance(5000);
    fake_expect(FAKE_LINE, LINE("wrong"), LINE("Edited “wrong”: right"), NULL);
    (void)account;
}

static void edit__on_another_device__is_an_own_line_with_ticks(void **state)
{
    (void)state;
    begin();
    server_say(BOB, SELF, "from phone");
    server_edit(BOB, SELF, 3, "from phone, corrected");
    fake_expect(FAKE_LINE, "line usrBob <usrBob> from phone [send remote]",
                "line usrBob <usrBob> Edited “from phone”: from phone, corrected [send remote]",
                NULL);
    assert_non_null(fake_written_id());
}

/* Deletions --------------------------------------------------------------------------------------
 */

static void deleted__what_was_shown__is_one_quiet_line(void **state)
{
    (void)state;
    begin();
    server_say(BOB, BOB, "one");
    server_say(BOB, BOB, "two");
    server_say(BOB, BOB, "three <i>");
    server_say(BOB, BOB, "four");
    fake_ignore(FAKE_LINE);
    server_delete(BOB, 5, 5);
    fake_expect(FAKE_LINE, QUIET("Bob deleted a message: “three &lt;i&gt;”"), NULL);
    server_delete(BOB, 3, 6);
    fake_expect(FAKE_LINE, QUIET("Bob deleted 3 messages."), NULL);
}

static void deleted__what_was_never_shown__is_no_line(void **state)
{
    (void)state;
    begin();
    server_delete(BOB, 1, 2);
    fake_expect(FAKE_LINE, NULL);
    server_expect("get usrBob", NULL);
}

static void deleted__told_twice__is_one_line(void **state)
{
    (void)state;
    begin();
    server_say(BOB, BOB, "one");
    fake_ignore(FAKE_LINE);
    server_delete(BOB, 3, 3);
    fake_push("{'meta':{'topic':'usrBob','del':{'clear':1,'delseq':[{'low':3}]}}}");
    server_work();
    fake_expect(FAKE_LINE, QUIET("Bob deleted a message: “one”"), NULL);
}

static void deleted__by_nobody_in_particular__is_said_so(void **state)
{
    (void)state;
    begin();
    server_say(BOB, BOB, "one");
    server_say(BOB, BOB, "two");
    server_say(BOB, BOB, "three");
    fake_ignore(FAKE_LINE);
    server_delete(BOB, 2, 2);
    fake_push("{'pres':{'topic':'usrBob','what':'del','clear':2,'delseq':[{'low':3,'hi':5}]}}");
    server_work();
    fake_expect(FAKE_LINE, NULL); /* they are still there */
    server_delete(BOB, 3, 4);
    fake_expect(FAKE_LINE, QUIET("Bob deleted 2 messages."), NULL);
}

static void deleted__but_kept_by_the_server__is_no_line(void **state)
{
    (void)state;
    begin();
    server_say(BOB, BOB, "old");
    fake_ignore(FAKE_LINE);
    server_keep(BOB);
    server_delete(BOB, 3, 3);
    fake_expect(FAKE_LINE, NULL);
    server_expect("get usrBob", "get usrBob data since 3 before 4", NULL);
    server_say(BOB, BOB, "new");
    fake_expect(FAKE_LINE, LINE("new"), NULL);
    server_advance(5000);
    assert_int_equal(server_cursor(BOB, SELF, "read"), 4);
}

static void deleted__with_its_edits__is_one_message(void **state)
{
    (void)state;
    begin();
    server_say(BOB, BOB, "one");
    server_edit(BOB, BOB, 3, "two");
    fake_ignore(FAKE_LINE);
    server_delete(BOB, 3, 4);
    fake_expect(FAKE_LINE, QUIET("Bob deleted a message: “two”"), NULL);
}

static void deleted__link_lost_while_looking__is_told_and_nothing_is_left(void **state)
{
    (void)state;
    begin();
    server_say(BOB, BOB, "one");
    fake_ignore(FAKE_LINE);
    server_silence("get", 1);
    server_delete(BOB, 3, 3);
    fake_expect(FAKE_LINE, NULL);
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_expect(FAKE_LINE, QUIET("Bob deleted a message: “one”"), NULL);
}

static void deleted__account_closes_while_looking__nothing_is_left(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    server_say(BOB, BOB, "one");
    fake_ignore(FAKE_LINE);
    server_silence("get", 1);
    server_delete(BOB, 3, 3);
    fake_logout(account);
    fake_turn();
    fake_expect(FAKE_LINE, NULL);
}

/* Newer servers --------------------------------------------------------------------------------
 */

static void reactions__of_newer_servers__are_passed_over(void **state)
{
    (void)state;
    begin();
    server_say(BOB, BOB, "one");
    fake_ignore(FAKE_LINE);
    fake_push("{'info':{'topic':'usrBob','from':'usrBob','what':'react','seq':3,'react':'x'}}");
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'react','seq':3}}");
    fake_push("{'meta':{'topic':'usrBob','react':[{'seq':3,'data':[{'val':'x','count':1}]}]}}");
    fake_push("{'react':{'topic':'usrBob','seq':3}}");
    server_work();
    fake_expect(FAKE_LINE, NULL);
    server_say(BOB, BOB, "two");
    fake_expect(FAKE_LINE, LINE("two"), NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(edit__of_a_known_message__says_what_it_was),
        FAKE_TEST(edit__of_an_unknown_message__is_shown_once_and_marked),
        FAKE_TEST(edit__by_somebody_else__is_no_edit),
        FAKE_TEST(edit__of_a_later_message__is_a_message),
        FAKE_TEST(edit__link_flaps_and_account_restarts__is_not_shown_again),
        FAKE_TEST(edit__while_away__the_last_text_is_shown_once_in_place),
        FAKE_TEST(edit__while_away_of_what_was_shown__is_a_line),
        FAKE_TEST(edit__on_another_device__is_an_own_line_with_ticks),
        FAKE_TEST(deleted__what_was_shown__is_one_quiet_line),
        FAKE_TEST(deleted__what_was_never_shown__is_no_line),
        FAKE_TEST(deleted__told_twice__is_one_line),
        FAKE_TEST(deleted__by_nobody_in_particular__is_said_so),
        FAKE_TEST(deleted__but_kept_by_the_server__is_no_line),
        FAKE_TEST(deleted__with_its_edits__is_one_message),
        FAKE_TEST(deleted__link_lost_while_looking__is_told_and_nothing_is_left),
        FAKE_TEST(deleted__account_closes_while_looking__nothing_is_left),
        FAKE_TEST(reactions__of_newer_servers__are_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
