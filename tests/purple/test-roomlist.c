/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-roomlist.c: the list of rooms, and new ones. */
#include "fake-server.h"

#include <string.h>

static PurpleAccount *account;

static void begin(void)
{
    fake_allow(FAKE_ANY);
    server_topic(BOB, "Bob", 0, 0);
    server_topic(GROUP, "Flowers", 0, 0);
    server_topic("grpAnts", "Ants", 0, 0);
    account = server_sign_in();
    server_advance(1000);
    server_ignore("");
    fake_ignore(FAKE_ANY);
}

static void rooms__are_our_groups_in_order(void **state)
{
    PurpleRoomlist *list;

    (void)state;
    begin();
    fake_push("{'meta':{'topic':'me','sub':[{'topic':'grpAnts','acs':{},'subcnt':7,"
              "'public':{'fn':'Ants','note':'six legs'}},{'topic':'chnNews','acs':{'mode':'JRP'},"
              "'public':{'fn':'News'}}]}}");
    fake_ignore(FAKE_ANY);
    list = fake_rooms(account);
    fake_expect(FAKE_LIST, "rooms", NULL);
    fake_sent("{'get':{'topic':'me','what':'sub'}}");
    fake_reply("{'meta':{'topic':'me','sub':[{'topic':'grpFlowers','acs':{'mode':'JRP'},"
               "'subcnt':4}]}}");
    fake_turn();
    fake_expect(FAKE_LIST, "room Ants|grpAnts|7|six legs|Group",
                "room Flowers|grpFlowers|4||Group, you only read", "room News|chnNews|0||Channel",
                "rooms end", NULL);
    fake_join_room(list, "Ants");
    fake_expect_one(FAKE_CONV, "joined grpAnts");
    purple_roomlist_unref(list);
    fake_drop_frames();
}

static void rooms__while_the_link_is_down__are_those_that_are_known(void **state)
{
    PurpleRoomlist *list;

    (void)state;
    begin();
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    list = fake_rooms(account);
    fake_advance(100);
    assert_int_equal(g_list_length(list->rooms), 2);
    assert_false(list->in_progress);
    purple_roomlist_unref(list);
}

static void rooms__asked_again_or_closed_meanwhile__the_first_ends(void **state)
{
    PurpleRoomlist *first, *second;

    (void)state;
    begin();
    first = fake_rooms(account);
    second = fake_rooms(account);
    assert_false(first->in_progress);
    assert_true(second->in_progress);
    fake_logout(account);
    fake_turn();
    assert_false(second->in_progress);
    purple_roomlist_unref(first);
    purple_roomlist_unref(second);
}

/* Removing is not leaving, but the entry does not come back by itself. */
static void hidden__entry_removed_by_the_user__stays_away_until_joined(void **state)
{
    (void)state;
    begin();
    purple_blist_remove_chat(purple_blist_find_chat(account, GROUP));
    fake_push("{'meta':{'topic':'me','sub':[{'topic':'grpFlowers','acs':{},"
              "'public':{'fn':'Trees'}}]}}");
    fake_logout(account);
    fake_turn();
    server_sign_in();
    server_advance(1000);
    assert_null(purple_blist_find_chat(account, GROUP));
    assert_non_null(purple_blist_find_chat(account, "grpAnts"));
    purple_blist_remove_chat(purple_blist_find_chat(account, "grpAnts"));
    fake_join(account, GROUP);
    assert_non_null(purple_blist_find_chat(account, GROUP));
    assert_null(purple_blist_find_chat(account, "grpAnts"));
    fake_push("{'pres':{'topic':'me','src':'grpAnts','what':'gone'}}");
    server_advance(1000);
    assert_string_equal(purple_account_get_string(account, "tinode-hidden-chats", ""), "");
}

/* New ones ---------------------------------------------------------------------------------------
 */

static void create(const char *name, const char *about, const char *kind)
{
    g_free(fake_menu(account, "New Group or Channel…"));
    fake_expect_one(FAKE_NOTIFY, "ask New group");
    fake_fill_in("name", name);
    fake_fill_in("about", about);
    fake_fill_in("kind", kind);
    fake_submit(TRUE);
}

static void form__filled_in__makes_a_group_and_opens_it(void **state)
{
    (void)state;
    begin();
    create(" Trees ", "all of them", "0");
    fake_sent("{'sub':{'set':{'desc':{'public':{'fn':'Trees','note':'all of them'}}}}}");
    assert_true(g_str_has_prefix(fake_sent_member("sub.topic"), "new"));
    fake_reply("{'ctrl':{'code':200,'topic':'grpTrees','params':{'acs':{'want':'JRWPASDO',"
               "'given':'JRWPASDO','mode':'JRWPASDO'}}}}");
    fake_sent("{'get':{'topic':'me','what':'sub'}}");
    fake_reply("{'meta':{'topic':'me','sub':[{'topic':'grpTrees','acs':{'mode':'JRWPASDO'},"
               "'public':{'fn':'Trees','note':'all of them'}}]}}");
    fake_expect_one(FAKE_LIST, "chat grpTrees Trees");
    fake_sent("{'leave':{'topic':'grpTrees','unsub':'none'}}");
    fake_reply("{'ctrl':{'code':200,'topic':'grpTrees'}}");
    fake_turn();
    fake_expect_one(FAKE_CONV, "joined grpTrees");
    fake_expect_one(FAKE_CONV, "topic grpTrees all of them (-)");
    fake_sent("{'sub':{'topic':'grpTrees'}}");
    fake_drop_frames();
}

static void form__channel__is_one(void **state)
{
    (void)state;
    begin();
    create("News", "", "1");
    fake_sent("{'sub':{'set':{'desc':{'public':{'fn':'News','note':'none'}}}}}");
    assert_true(g_str_has_prefix(fake_sent_member("sub.topic"), "nch"));
    fake_reply("{'ctrl':{'code':403,'text':'permission denied'}}");
    fake_expect_one(FAKE_NOTIFY, "notify error The group was not created");
    fake_drop_frames();
}

static void form__nonsense__is_refused_here(void **state)
{
    g_autofree char *long_name = g_strnfill(61, 'x');

    (void)state;
    begin();
    create("   ", "", "0");
    fake_expect_one(FAKE_NOTIFY, "notify error The group was not created");
    create(long_name, "", "0");
    fake_expect_one(FAKE_NOTIFY, "notify error The group was not created");
    fake_sent_nothing();
    g_free(fake_menu(account, "New Group or Channel…"));
    fake_submit(FALSE);
    fake_sent_nothing();
}

static void form__sent_after_the_connection_is_lost__is_refused(void **state)
{
    (void)state;
    begin();
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    create("Trees", "", "0");
    fake_expect_one(FAKE_NOTIFY, "notify error The group was not created");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(rooms__are_our_groups_in_order),
        FAKE_TEST(rooms__while_the_link_is_down__are_those_that_are_known),
        FAKE_TEST(rooms__asked_again_or_closed_meanwhile__the_first_ends),
        FAKE_TEST(hidden__entry_removed_by_the_user__stays_away_until_joined),
        FAKE_TEST(form__filled_in__makes_a_group_and_opens_it),
        FAKE_TEST(form__channel__is_one),
        FAKE_TEST(form__nonsense__is_refused_here),
        FAKE_TEST(form__sent_after_the_connection_is_lost__is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
