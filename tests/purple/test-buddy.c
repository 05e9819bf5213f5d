/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-buddy.c: the server's contacts and groups on libpurple's list, their names and presence. */
#include "fake-server.h"

#include <string.h>

static PurpleAccount *begin(const char *rows)
{
    PurpleAccount *account = fake_account("alice");

    scene_sign_in_as(account, SELF, rows);
    fake_ignore(FAKE_PROGRESS | FAKE_STATE);
    return account;
}

static void list__signed_in__has_contacts_and_groups_once(void **state)
{
    PurpleAccount *account = begin(ROW_BOB "," ROW_GROUP);

    (void)state;
    assert_int_equal(fake_count(FAKE_LIST, "buddy usrBob"), 1);
    assert_int_equal(fake_count(FAKE_LIST, "chat grpFlowers Flowers"), 1);
    assert_int_equal(fake_count(FAKE_LIST, "group Tinode"), 1);
    assert_int_equal(fake_count(FAKE_LIST, "*"), 4); /* and the alias */
    fake_expect(FAKE_PRESENCE, "presence usrBob available", NULL);
    fake_ignore(FAKE_LIST);
    fake_logout(account);
    fake_turn();
    scene_sign_in_as(account, SELF, ROW_BOB "," ROW_GROUP);
    fake_expect(FAKE_LIST, NULL);
    fake_ignore(FAKE_ANY);
}

static void list__nothing_of_it__is_told_before_connected(void **state)
{
    PurpleAccount *account = fake_account("alice");

    (void)state;
    fake_allow(FAKE_ANY);
    scene_connect(account);
    scene_hello();
    scene_log_in(SELF);
    fake_sent("{'sub':{'topic':'me'}}");
    fake_reply("{'meta':{'topic':'me','sub':[" ROW_BOB "]}}");
    fake_expect(FAKE_LIST | FAKE_PRESENCE, NULL);
}

static void names__of_all_kinds__are_shown_and_distinct(void **state)
{
    static const struct {
        const char *public_part, *shown;
    } cases[] = {
        {"'public':{'fn':'\xe3\x83\xa1\xe3\x82\xab'},", "\xe3\x83\xa1\xe3\x82\xab"},
        {"'public':{'fn':'#dev ops'},", "#dev ops"},
        {"'public':{'fn':'Bob'},", "Bob"},
        {"'public':{'fn':''},", "usrX3"},
        {"", "usrX4"},
        {"'public':{},", "usrX5"},
        {"'public':{'fn':'Bob'},'private':{'comment':'Bobby'},", "Bobby"},
    };
    PurpleAccount *account = begin("");

    (void)state;
    fake_allow(FAKE_ANY);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *name = g_strdup_printf("usrX%u", i);

        fake_pushf("{'meta':{'topic':'me','sub':[{'topic':'%s',%s'acs':{'mode':'JRWPA'}}]}}", name,
                   cases[i].public_part);
        assert_string_equal(fake_alias(account, name), cases[i].shown);
    }
}

static void names__line_breaks_and_markup__are_one_literal_line(void **state)
{
    PurpleAccount *account = begin("");

    (void)state;
    fake_allow(FAKE_ANY);
    fake_push("{'meta':{'topic':'me','sub':[{'topic':'usrBob','acs':{'mode':'JRWPA'},"
              "'public':{'fn':'a\\nb<i>'}}]}}");
    assert_null(strpbrk(fake_alias(account, BOB), "\r\n"));
    assert_non_null(strpbrk(fake_alias(account, BOB), "<"));
}

static void names__renamed_later__keep_the_buddy(void **state)
{
    PurpleAccount *account = begin(ROW_BOB);

    (void)state;
    fake_ignore(FAKE_ANY);
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'upd'}}");
    fake_sent("{'get':{'topic':'me','what':'sub','sub':{'topic':'usrBob'}}}");
    fake_reply("{'meta':{'topic':'me','sub':[{'topic':'usrBob','acs':{},"
               "'public':{'fn':'Robert'}}]}}");
    fake_sent("{'get':{'topic':'usrBob','what':'desc'}}"); /* the user's own name may be there */
    fake_expect(FAKE_LIST, "alias usrBob Robert", NULL);
    assert_string_equal(fake_alias(account, BOB), "Robert");
    fake_ignore(FAKE_PRESENCE);
}

static void names__changed_while_we_talk__are_told_by_names_alone(void **state)
{
    PurpleAccount *account = begin(ROW_BOB);

    (void)state;
    fake_open(account, BOB);
    fake_turn();
    fake_drop_frames();
    fake_ignore(FAKE_ANY);
    fake_push("{'meta':{'topic':'me','sub':[{'topic':'usrBob','acs':{},"
              "'public':{'fn':'Rob <b>'}}]}}");
    fake_expect(FAKE_LINE, "line usrBob <usrBob> Bob is called Rob &lt;b&gt; now. [system nolog]",
                NULL);
    fake_push("{'meta':{'topic':'me','sub':[{'topic':'usrBob','acs':{},"
              "'private':{'comment':'My friend'}}]}}");
    assert_string_equal(fake_alias(account, BOB), "My friend");
    fake_expect(FAKE_LINE, NULL);
    fake_drop_frames();
    fake_ignore(FAKE_ANY);
}

/* What is absent in a row was not told; it is not gone. */
static void names__row_without_a_name__changes_nothing(void **state)
{
    PurpleAccount *account = begin(ROW_BOB);

    (void)state;
    fake_ignore(FAKE_ANY);
    fake_push("{'meta':{'topic':'me','sub':[{'topic':'usrBob','acs':{},'seq':0}]}}");
    fake_expect(FAKE_LIST, NULL);
    assert_string_equal(fake_alias(account, BOB), "Bob");
    fake_ignore(FAKE_PRESENCE);
}

static void presence__first_session__comes_by_itself(void **state)
{
    PurpleAccount *account =
        begin("{'topic':'usrBob','acs':{'mode':'JRWPA'},'public':{'fn':'Bob'}}");

    (void)state;
    assert_string_equal(fake_presence(account, BOB), "offline");
    fake_ignore(FAKE_ANY);
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'on','ua':'x'}}");
    fake_expect(FAKE_PRESENCE, "presence usrBob available", NULL);
    assert_true(fake_prpl()->offline_message(NULL));
}

static void presence__link_drops_and_returns__does_not_flicker(void **state)
{
    PurpleAccount *account = begin(ROW_BOB);

    (void)state;
    fake_ignore(FAKE_ANY);
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_advance(2000);
    fake_opened();
    scene_hello();
    fake_sent("{'login':{}}");
    fake_reply("{'ctrl':{'code':200,'params':{'user':'usrAlice'}}}");
    scene_me("{'topic':'usrBob','acs':{'mode':'JRWPA'},'public':{'fn':'Bob'}}"); /* no online */
    assert_int_equal(fake_count(FAKE_PRESENCE, "presence usrBob offline"), 0);
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'on'}}");
    fake_advance(60000);
    assert_int_equal(fake_count(FAKE_PRESENCE, "presence usrBob offline"), 0);
    assert_string_equal(fake_presence(account, BOB), "available");
    fake_ignore(FAKE_ANY);
}

static void presence__gone_meanwhile__is_told_after_a_while(void **state)
{
    PurpleAccount *account = begin(ROW_BOB);

    (void)state;
    fake_ignore(FAKE_ANY);
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_advance(2000);
    fake_opened();
    scene_hello();
    fake_sent("{'login':{}}");
    fake_reply("{'ctrl':{'code':200,'params':{'user':'usrAlice'}}}");
    scene_me("{'topic':'usrBob','acs':{'mode':'JRWPA'},'public':{'fn':'Bob'}}");
    fake_advance(60000);
    assert_string_equal(fake_presence(account, BOB), "offline");
    fake_ignore(FAKE_ANY);
}

static void list__deleted_on_the_server__is_removed(void **state)
{
    begin(ROW_BOB "," ROW_GROUP);
    (void)state;
    fake_ignore(FAKE_ANY);
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'gone'}}");
    fake_push("{'meta':{'topic':'me','sub':[{'topic':'grpFlowers','acs':{},"
              "'deleted':'2026-01-02T03:04:05Z'}]}}");
    fake_expect(FAKE_LIST, "remove usrBob", "remove grpFlowers", NULL);
    fake_allow(FAKE_SIGNAL);
}

static void list__names_that_are_none__are_passed_over(void **state)
{
    begin("{'topic':'me'},{'topic':'fnd'},{'topic':'usr'},{'topic':'usrA b'},{'topic':'bob'},"
          "{'topic':'../x'},{'topic':'usrAlice'}");
    (void)state;
    fake_expect(FAKE_LIST | FAKE_PRESENCE, NULL);
}

static void list__access_is_changed__the_row_is_fetched(void **state)
{
    begin(ROW_BOB);
    (void)state;
    fake_ignore(FAKE_ANY);
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'acs','act':'usrBob',"
              "'dacs':{'given':'-P'}}}");
    fake_sent("{'get':{'topic':'me','sub':{'topic':'usrBob'}}}");
    fake_reply("{'meta':{'topic':'me','sub':[{'topic':'usrBob',"
               "'acs':{'want':'JRWPA','given':'JRWA','mode':'JRWA'}}]}}");
    fake_allow(FAKE_ANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(list__signed_in__has_contacts_and_groups_once),
        FAKE_TEST(list__nothing_of_it__is_told_before_connected),
        FAKE_TEST(names__of_all_kinds__are_shown_and_distinct),
        FAKE_TEST(names__line_breaks_and_markup__are_one_literal_line),
        FAKE_TEST(names__renamed_later__keep_the_buddy),
        FAKE_TEST(names__changed_while_we_talk__are_told_by_names_alone),
        FAKE_TEST(names__row_without_a_name__changes_nothing),
        FAKE_TEST(presence__first_session__comes_by_itself),
        FAKE_TEST(presence__link_drops_and_returns__does_not_flicker),
        FAKE_TEST(presence__gone_meanwhile__is_told_after_a_while),
        FAKE_TEST(list__deleted_on_the_server__is_removed),
        FAKE_TEST(list__names_that_are_none__are_passed_over),
        FAKE_TEST(list__access_is_changed__the_row_is_fetched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
