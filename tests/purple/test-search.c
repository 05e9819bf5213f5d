/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-search.c: finding people and groups, and adding who was found. */
#include "fake-scene.h"

#include <string.h>

static PurpleAccount *begin(void)
{
    PurpleAccount *account = scene_sign_in(ROW_BOB);

    fake_ignore(FAKE_ANY);
    return account;
}

static void attach_fnd(void)
{
    fake_sent("{'sub':{'topic':'fnd'}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'fnd'}}");
}

/* One query is asked; rows: elements of the answer, "" for none. */
static void answer_query(const char *query, const char *rows)
{
    g_autofree char *set = g_strdup_printf("{'set':{'topic':'fnd','desc':{'public':'%s'}}}", query);

    fake_sent(set);
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'fnd'}}");
    fake_sent("{'get':{'topic':'fnd','what':'sub'}}");
    if (rows[0] != '\0')
        fake_replyf("{'meta':{'topic':'fnd','sub':[%s]}}", rows);
    else
        fake_reply("{'ctrl':{'code':204,'text':'no content','topic':'fnd',"
                   "'params':{'what':'sub'}}}");
}

static void leave_fnd(void)
{
    fake_sent("{'leave':{'topic':'fnd','unsub':'none'}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'fnd'}}");
    fake_sent_nothing();
}

static void search(PurpleAccount *account, const char *words)
{
    g_autofree char *menu = fake_menu(account, "Find People and Groups…");

    fake_expect(FAKE_NOTIFY, "ask Find people and groups", NULL);
    fake_answer(words);
}

#define HIT(id, fn, tag)                                                                           \
    "{'topic':'" id "','acs':{'mode':'JRWPAS'},'public':{'fn':'" fn "'},'private':['" tag "']}"

static void search__login__shows_who_has_it_and_leaves(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    search(account, "Carol");
    attach_fnd();
    answer_query("basic:carol", HIT("usrCarol", "Carol", "basic:carol"));
    answer_query("alias:carol,carol",
                 HIT("usrCarol", "Carol", "carol") "," HIT("grpCarols", "Carols", "carol"));
    leave_fnd();
    fake_expect(FAKE_NOTIFY,
                "results Found for “Carol”: Carol,usrCarol,Person,carol; "
                "Carols,grpCarols,Group,carol [im join add info]",
                NULL);
}

static void search__address__is_one_query(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    search(account, "bob@example.com");
    attach_fnd();
    answer_query("email:bob@example.com", HIT("usrBob", "Bob", "email:bob@example.com"));
    leave_fnd();
    fake_expect(FAKE_NOTIFY,
                "results Found for “bob@example.com”: Bob,usrBob,Person,bob@example.com "
                "[im add info]",
                NULL);
}

static void search__nobody__is_said(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    search(account, "nobody here");
    attach_fnd();
    answer_query("nobody here", "");
    leave_fnd();
    fake_expect(FAKE_NOTIFY, "notify info Find people and groups", NULL);
    assert_non_null(strstr(fake_notice_text(), "Nobody was found for “nobody here”."));
}

static void search__nothing_to_look_for__asks_nobody(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    search(account, " ::: ");
    fake_sent_nothing();
    fake_expect(FAKE_NOTIFY, "notify info Find people and groups", NULL);
}

static void search__id__is_looked_up(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    search(account, "usrCarol");
    fake_sent("{'get':{'topic':'usrCarol','what':'desc'}}");
    fake_reply("{'meta':{'topic':'usrCarol','desc':{'public':{'fn':'Carol'}}}}");
    fake_sent_nothing();
    fake_expect(FAKE_NOTIFY, "results Found for “usrCarol”: Carol,usrCarol,Person, [im add info]",
                NULL);
}

static void search__login_that_looks_like_an_id__is_asked_for_after_all(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    search(account, "usrsula");
    fake_sent("{'get':{'topic':'usrsula','what':'desc'}}");
    fake_reply("{'ctrl':{'code':404,'text':'not found','topic':'usrsula'}}");
    attach_fnd();
    answer_query("basic:usrsula", HIT("usrU", "Ursula", "basic:usrsula"));
    answer_query("alias:usrsula,usrsula", "");
    leave_fnd();
    fake_expect(FAKE_NOTIFY, "results Found for “usrsula”: Ursula,usrU,Person,usrsula*", NULL);
}

static void search__two_at_once__wait_in_line_and_attach_once(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    search(account, "a@example.com");
    search(account, "b@example.com");
    attach_fnd();
    answer_query("email:a@example.com", "");
    attach_fnd(); /* answered at once: nothing was left */
    answer_query("email:b@example.com", "");
    leave_fnd();
    assert_int_equal(fake_count(FAKE_NOTIFY, "notify info Find people and groups"), 2);
    fake_ignore(FAKE_NOTIFY);
}

static void search__link_is_lost__is_said(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    search(account, "carol");
    attach_fnd();
    fake_sent("{'set':{'topic':'fnd'}}");
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_expect(FAKE_NOTIFY, "notify info Find people and groups", NULL);
    assert_non_null(strstr(fake_notice_text(), "no connection"));
}

static void search__refused__is_said(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    search(account, "tel:+15550100");
    attach_fnd();
    fake_sent("{'set':{'topic':'fnd'}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'fnd'}}");
    fake_sent("{'get':{'topic':'fnd'}}");
    fake_reply("{'ctrl':{'code':403,'text':'permission denied','topic':'fnd'}}");
    leave_fnd();
    fake_expect(FAKE_NOTIFY, "notify info Find people and groups", NULL);
    assert_non_null(strstr(fake_notice_text(), "does not look for"));
}

static void search__sign_out_meanwhile__says_nothing(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    search(account, "carol");
    search(account, "dave");
    attach_fnd();
    fake_drop_frames();
    fake_logout(account);
    fake_turn();
    fake_expect(FAKE_NOTIFY, NULL);
    fake_ignore(FAKE_STATE);
}

static void search__asked_and_signed_out__question_is_taken_back(void **state)
{
    PurpleAccount *account = begin();
    g_autofree char *menu = fake_menu(account, "Find People and Groups…");

    (void)state;
    fake_logout(account);
    fake_expect(FAKE_NOTIFY, "ask Find people and groups", "question closed", NULL);
    fake_turn();
    fake_ignore(FAKE_STATE);
}

static void search__rows_of_all_kinds__are_bounded_and_sane(void **state)
{
    PurpleAccount *account = begin();
    g_autoptr(GString) rows = g_string_new("{'topic':'me'},{'topic':'usrAlice','public':{'fn':'"
                                           "Myself'}},{'topic':'sys'},{'user':'usrX'},"
                                           "{'topic':'usr one'}");
    g_autofree char *shown = NULL;
    guint semicolons = 0;

    (void)state;
    for (guint i = 0; i < 150; i++)
        g_string_append_printf(rows, ",{'topic':'usrN%u','public':{'fn':'a\\nb<i>'}}", i);
    search(account, "x@example.com");
    attach_fnd();
    answer_query("email:x@example.com", rows->str);
    leave_fnd();
    shown = fake_last(FAKE_NOTIFY, "results *");
    assert_non_null(strstr(shown, "a b<i>,usrN0,Person,"));
    assert_null(strstr(shown, "Myself"));
    for (const char *c = shown; *c != '\0'; c++)
        semicolons += *c == ';';
    assert_int_equal(semicolons, 99);
    fake_ignore(FAKE_NOTIFY);
}

static void search__client_without_that_window__gets_lines(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    fake_no_windows();
    search(account, "c@example.com");
    attach_fnd();
    answer_query("email:c@example.com",
                 HIT("usrCarol", "Carol", "x") "," HIT("usrDave", "Dave", "x"));
    leave_fnd();
    fake_expect(FAKE_NOTIFY, "notify info Found for “c@example.com”:", NULL);
    assert_string_equal(fake_notice_text(), "Carol — usrCarol\nDave — usrDave");
}

static void search__by_command__is_the_same(void **state)
{
    PurpleAccount *account = begin();
    PurpleConversation *conv = fake_open(account, BOB);
    g_autofree char *error = NULL, *none = NULL;

    (void)state;
    assert_int_equal(fake_command(conv, "search", &none), PURPLE_CMD_RET_FAILED);
    assert_non_null(strstr(none, "/search"));
    assert_int_equal(fake_command(conv, "search carol@example.com", &error), PURPLE_CMD_RET_OK);
    attach_fnd();
    answer_query("email:carol@example.com", HIT("usrCarol", "Carol", "x"));
    leave_fnd();
    fake_expect(FAKE_NOTIFY, "results *Carol,usrCarol,Person,x [im add info]", NULL);
    fake_ignore(FAKE_ANY);
}

static void results__buttons__do_what_they_say(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    search(account, "flowers garden");
    attach_fnd();
    answer_query("flowers garden",
                 HIT("usrCarol", "Carol", "x") "," HIT("grpFlowers", "Flowers", "x"));
    leave_fnd();
    fake_ignore(FAKE_NOTIFY);
    fake_press_result(PURPLE_NOTIFY_BUTTON_ADD, 0);
    fake_expect(FAKE_LIST, "dialog add buddy usrCarol", NULL);
    fake_press_result(PURPLE_NOTIFY_BUTTON_ADD, 1);
    fake_expect(FAKE_LIST, "dialog add chat grpFlowers Flowers", NULL);
    fake_press_result(PURPLE_NOTIFY_BUTTON_INFO, 0);
    fake_sent("{'get':{'topic':'usrCarol','what':'desc'}}");
    fake_reply("{'meta':{'topic':'usrCarol','desc':{'public':{'fn':'Carol'}}}}");
    fake_expect_one(FAKE_NOTIFY, "window usrCarol");
    fake_ignore(FAKE_NOTIFY);
    fake_press_result(PURPLE_NOTIFY_BUTTON_IM, 0);
    fake_expect(FAKE_CONV, "created usrCarol", "presented usrCarol", NULL);
    fake_press_result(PURPLE_NOTIFY_BUTTON_JOIN, 1);
    assert_non_null(fake_find(account, GROUP));
    fake_drop_frames();
    fake_allow(FAKE_ANY);
}

/* Adding ----------------------------------------------------------------------------------------
 */

/* The contact is made on the server: attached for a moment, nothing is fetched. */
static void expect_made(const char *id, const char *fn, gboolean has_searched)
{
    g_autofree char *sub = g_strdup_printf("{'sub':{'topic':'%s','get':'none'}}", id);
    g_autofree char *leave = g_strdup_printf("{'leave':{'topic':'%s','unsub':'none'}}", id);
    g_autofree char *get = g_strdup_printf("{'get':{'topic':'me','sub':{'topic':'%s'}}}", id);

    fake_sent(sub);
    fake_replyf("{'ctrl':{'code':200,'text':'ok','topic':'%s','params':{'acs':"
                "{'want':'JRWPA','given':'JRWPA','mode':'JRWPA'}}}}",
                id);
    if (has_searched)
        fake_sent("{'leave':{'topic':'fnd'}}");
    else
        fake_sent(leave);
    fake_reply("{'ctrl':{'code':200,'text':'ok'}}");
    fake_sent(get);
    fake_replyf("{'meta':{'topic':'me','sub':[{'topic':'%s','acs':{'want':'JRWPA',"
                "'given':'JRWPA','mode':'JRWPA'},'public':{'fn':'%s'},'online':true}]}}",
                id, fn);
    if (has_searched) {
        fake_sent(leave);
        fake_reply("{'ctrl':{'code':200,'text':'ok'}}");
    }
    fake_sent_nothing();
}

static void add__by_login__stands_on_the_list_by_the_id(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    fake_add(account, "carol", "Friends", NULL);
    attach_fnd();
    answer_query("basic:carol", HIT("usrCarol", "Carol", "basic:carol"));
    answer_query("alias:carol,carol", "");
    expect_made("usrCarol", "Carol Xmas", TRUE);
    assert_null(purple_find_buddy(account, "carol"));
    assert_string_equal(fake_alias(account, CAROL), "Carol Xmas");
    assert_string_equal(fake_group(account, CAROL), "Friends");
    assert_string_equal(fake_presence(account, CAROL), "available");
    fake_expect(FAKE_NOTIFY | FAKE_CONV | FAKE_SIGNAL, NULL); /* no window, no sync */
    fake_ignore(FAKE_ANY);
}

static void add__by_id__is_looked_up_and_made(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    fake_add(account, CAROL, "Friends", NULL);
    fake_sent("{'get':{'topic':'usrCarol','what':'desc'}}");
    fake_reply("{'meta':{'topic':'usrCarol','desc':{'public':{'fn':'Carol'}}}}");
    expect_made(CAROL, "Carol", FALSE);
    assert_string_equal(fake_alias(account, CAROL), "Carol");
    fake_expect(FAKE_NOTIFY, NULL);
    fake_ignore(FAKE_ANY);
}

static void add__with_a_name_of_ones_own__is_stored(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    fake_add(account, "carol@example.com", "Friends", "My Carol");
    attach_fnd();
    answer_query("email:carol@example.com", HIT("usrCarol", "Carol", "x"));
    fake_sent("{'sub':{'topic':'usrCarol'}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrCarol','params':{'acs':"
               "{'want':'JRWPA','given':'JRWPA','mode':'JRWPA'}}}}");
    fake_sent("{'leave':{'topic':'fnd'}}");
    fake_sent("{'set':{'topic':'usrCarol','desc':{'private':{'comment':'My Carol'}}}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrCarol'}}");
    fake_drop_frames();
    assert_string_equal(fake_private_alias(account, CAROL), "My Carol");
    assert_string_equal(fake_alias(account, CAROL), "My Carol");
    fake_allow(FAKE_ANY);
}

static void add__nobody__leaves_no_dead_buddy_and_says_so(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    fake_add(account, "nobody", "Friends", NULL);
    attach_fnd();
    answer_query("basic:nobody", "");
    answer_query("alias:nobody,nobody", HIT("grpNobodies", "Nobodies", "nobody"));
    leave_fnd();
    fake_expect(FAKE_NOTIFY, "notify error Nobody was added", NULL);
    assert_non_null(strstr(fake_notice_text(), "Nobody was found for “nobody”."));
    assert_null(purple_find_buddy(account, "nobody"));
    fake_ignore(FAKE_ANY);
}

static void add__unknown_id__is_said(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    fake_add(account, "usrXYZ", "Friends", NULL);
    fake_sent("{'get':{'topic':'usrXYZ','what':'desc'}}");
    fake_reply("{'ctrl':{'code':404,'text':'user not found','topic':'usrXYZ'}}");
    attach_fnd();
    answer_query("basic:usrxyz", "");
    answer_query("alias:usrxyz,usrxyz", "");
    leave_fnd();
    fake_expect(FAKE_NOTIFY, "notify error Nobody was added", NULL);
    assert_null(purple_find_buddy(account, "usrXYZ"));
    fake_ignore(FAKE_ANY);
}

static void add__several_fit__are_offered(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    fake_add(account, "gardener", "Friends", NULL);
    attach_fnd();
    answer_query("basic:gardener", "");
    answer_query("alias:gardener,gardener",
                 HIT("usrCarol", "Carol", "gardener") "," HIT("usrDave", "Dave", "gardener"));
    leave_fnd();
    fake_expect(FAKE_NOTIFY,
                "results Several people fit. Please choose whom to add: "
                "Carol,usrCarol,Person,gardener; Dave,usrDave,Person,gardener [im add info]",
                NULL);
    assert_null(purple_find_buddy(account, "gardener"));
    fake_ignore(FAKE_LIST);
    fake_no_windows();
    fake_add(account, "garden@example.com", "Friends", NULL);
    attach_fnd();
    answer_query("email:garden@example.com",
                 HIT("usrCarol", "Carol", "x") "," HIT("usrDave", "Dave", "x"));
    leave_fnd();
    fake_expect(FAKE_NOTIFY, "notify info Several people fit. Please add one by the id:", NULL);
    assert_string_equal(fake_notice_text(), "Carol — usrCarol\nDave — usrDave");
    fake_ignore(FAKE_ANY);
}

static void add__who_is_there_already__is_not_added_twice(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    fake_add(account, "bob@example.com", "Friends", NULL);
    attach_fnd();
    answer_query("email:bob@example.com", HIT("usrBob", "Bob", "x"));
    leave_fnd();
    assert_null(purple_find_buddy(account, "bob@example.com"));
    assert_int_equal(fake_count(FAKE_LIST, "buddy usrBob"), 0);
    fake_ignore(FAKE_ANY);
}

static void add__removed_meanwhile__is_not_made(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    fake_add(account, "carol", "Friends", NULL);
    fake_remove(account, "carol");
    attach_fnd();
    answer_query("basic:carol", HIT("usrCarol", "Carol", "basic:carol"));
    answer_query("alias:carol,carol", "");
    leave_fnd();
    assert_null(purple_find_buddy(account, CAROL));
    fake_ignore(FAKE_ANY);
}

static void add__refused__is_said_and_taken_back(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    fake_add(account, CAROL, "Friends", NULL);
    fake_sent("{'get':{'topic':'usrCarol','what':'desc'}}");
    fake_reply("{'meta':{'topic':'usrCarol','desc':{'public':{'fn':'Carol'}}}}");
    fake_sent("{'sub':{'topic':'usrCarol'}}");
    fake_reply("{'ctrl':{'code':403,'text':'permission denied','topic':'usrCarol'}}");
    fake_sent_nothing();
    fake_expect(FAKE_NOTIFY, "notify error Nobody was added", NULL);
    assert_null(purple_find_buddy(account, CAROL));
    fake_ignore(FAKE_ANY);
}

static void add__no_link__is_said(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_add(account, "carol", "Friends", NULL);
    fake_turn();
    fake_expect(FAKE_NOTIFY, "notify error Nobody was added", NULL);
    assert_non_null(strstr(fake_notice_text(), "no connection"));
    assert_null(purple_find_buddy(account, "carol"));
    fake_ignore(FAKE_ANY);
}

static void add__sign_out_meanwhile__is_harmless(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    fake_add(account, CAROL, "Friends", NULL);
    fake_sent("{'get':{'topic':'usrCarol','what':'desc'}}");
    fake_reply("{'meta':{'topic':'usrCarol','desc':{'public':{'fn':'Carol'}}}}");
    fake_sent("{'sub':{'topic':'usrCarol'}}");
    fake_logout(account);
    fake_turn();
    fake_expect(FAKE_NOTIFY, NULL);
    fake_ignore(FAKE_ANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(search__login__shows_who_has_it_and_leaves),
        FAKE_TEST(search__address__is_one_query),
        FAKE_TEST(search__nobody__is_said),
        FAKE_TEST(search__nothing_to_look_for__asks_nobody),
        FAKE_TEST(search__id__is_looked_up),
        FAKE_TEST(search__login_that_looks_like_an_id__is_asked_for_after_all),
        FAKE_TEST(search__two_at_once__wait_in_line_and_attach_once),
        FAKE_TEST(search__link_is_lost__is_said),
        FAKE_TEST(search__refused__is_said),
        FAKE_TEST(search__sign_out_meanwhile__says_nothing),
        FAKE_TEST(search__asked_and_signed_out__question_is_taken_back),
        FAKE_TEST(search__rows_of_all_kinds__are_bounded_and_sane),
        FAKE_TEST(search__client_without_that_window__gets_lines),
        FAKE_TEST(search__by_command__is_the_same),
        FAKE_TEST(results__buttons__do_what_they_say),
        FAKE_TEST(add__by_login__stands_on_the_list_by_the_id),
        FAKE_TEST(add__by_id__is_looked_up_and_made),
        FAKE_TEST(add__with_a_name_of_ones_own__is_stored),
        FAKE_TEST(add__nobody__leaves_no_dead_buddy_and_says_so),
        FAKE_TEST(add__unknown_id__is_said),
        FAKE_TEST(add__several_fit__are_offered),
        FAKE_TEST(add__who_is_there_already__is_not_added_twice),
        FAKE_TEST(add__removed_meanwhile__is_not_made),
        FAKE_TEST(add__refused__is_said_and_taken_back),
        FAKE_TEST(add__no_link__is_said),
        FAKE_TEST(add__sign_out_meanwhile__is_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
