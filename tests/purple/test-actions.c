/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-actions.c: the account's menu, and being invisible. */
#include "fake-scene.h"

#include <glib/gstdio.h>
#include <string.h>

static PurpleAccount *begin(void)
{
    PurpleAccount *account = scene_sign_in(ROW_BOB);

    fake_ignore(FAKE_ANY);
    return account;
}

static void choose(PurpleAccount *account, const char *label)
{
    g_autofree char *menu = fake_menu(account, label);

    assert_non_null(strstr(menu, label));
}

static void menu__offers__what_an_account_can_do(void **state)
{
    PurpleAccount *account = begin();
    g_autofree char *menu = fake_menu(account, NULL);

    (void)state;
    assert_string_equal(
        menu,
        "Find People and Groups…|New Group or Channel…|Set Name…|Set Tags…|Add E-Mail or Phone…|"
        "Change Password…|Sync Statistics…|Forget This Device's Stored State…");
}

static void name__is_set__others_see_it(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    choose(account, "Set Name…");
    fake_expect(FAKE_NOTIFY, "ask Set your name [Alice]", NULL);
    fake_answer("  Alice Hatter ");
    fake_sent("{'set':{'topic':'me','desc':{'public':{'fn':'Alice Hatter'}}}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'me'}}");
    fake_expect(FAKE_STATE, "display name Alice Hatter", NULL);
    fake_expect(FAKE_NOTIFY, "notify info Others see your new name now", NULL);
}

static void name__empty_or_refused__is_said(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    choose(account, "Set Name…");
    fake_answer("  ");
    fake_sent_nothing();
    fake_expect_one(FAKE_NOTIFY, "notify error Your name was not changed");
    choose(account, "Set Name…");
    fake_answer("Eve");
    fake_sent("{'set':{'topic':'me'}}");
    fake_reply("{'ctrl':{'code':403,'text':'permission denied','topic':'me'}}");
    fake_expect_one(FAKE_NOTIFY, "notify error Your name was not changed");
    choose(account, "Set Name…");
    fake_answer(NULL);
    fake_sent_nothing();
    fake_ignore(FAKE_NOTIFY);
}

static void tags__are_set__those_of_the_server_stay(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    choose(account, "Set Tags…");
    fake_sent("{'get':{'topic':'me','what':'tags'}}");
    fake_reply("{'meta':{'topic':'me','tags':['basic:alice','email:a@example.com','gardener',"
               "'paris']}}");
    fake_expect(FAKE_NOTIFY, "ask Set your tags [gardener paris]", NULL);
    fake_answer("gardener, rome basic:bob");
    fake_sent("{'set':{'topic':'me','tags':['basic:alice','email:a@example.com','gardener',"
              "'rome']}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'me'}}");
    fake_expect(FAKE_NOTIFY, "notify info Your tags were changed", NULL);
}

static void tags__none_so_far__are_asked_for(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    choose(account, "Set Tags…");
    fake_sent("{'get':{'topic':'me','what':'tags'}}");
    fake_reply("{'ctrl':{'code':204,'text':'no content','topic':'me','params':{'what':'tags'}}}");
    fake_expect(FAKE_NOTIFY, "ask Set your tags []", NULL);
    fake_answer("rome");
    fake_sent("{'set':{'topic':'me','tags':['rome']}}");
    fake_reply("{'ctrl':{'code':403,'text':'permission denied','topic':'me'}}");
    fake_expect(FAKE_NOTIFY, "notify error Your tags were not changed", NULL);
}

static void address__is_added__and_confirmed_by_its_code(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    choose(account, "Add E-Mail or Phone…");
    fake_answer("Alice@Example.com");
    fake_sent("{'set':{'topic':'me','cred':{'meth':'email','val':'alice@example.com'}}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'me'}}");
    fake_expect_one(FAKE_NOTIFY, "ask The server has sent a code to your address");
    fake_answer(" 000000 ");
    fake_sent("{'set':{'topic':'me','cred':{'meth':'email','resp':'000000'}}}");
    fake_reply("{'ctrl':{'code':406,'text':'invalid response','topic':'me'}}");
    fake_expect_one(FAKE_NOTIFY, "ask That was not the code");
    fake_answer("123456");
    fake_sent("{'set':{'topic':'me','cred':{'meth':'email','resp':'123456'}}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'me'}}");
    fake_expect_one(FAKE_NOTIFY, "notify info Your address is confirmed");
    fake_ignore(FAKE_NOTIFY);
}

static void address__is_none_or_taken__is_said(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    choose(account, "Add E-Mail or Phone…");
    fake_answer("alice");
    fake_sent_nothing();
    fake_expect_one(FAKE_NOTIFY, "notify error Your address was not added");
    choose(account, "Add E-Mail or Phone…");
    fake_answer("+1 555 0100 1");
    fake_sent("{'set':{'topic':'me','cred':{'meth':'tel','val':'+155501001'}}}");
    fake_reply("{'ctrl':{'code':409,'text':'duplicate credential','topic':'me'}}");
    fake_expect_one(FAKE_NOTIFY, "notify error Your address was not added");
    assert_non_null(strstr(fake_notice_text(), "Another account"));
    fake_ignore(FAKE_NOTIFY);
}

static void statistics__are_shown__in_a_window_or_as_text(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    choose(account, "Sync Statistics…");
    fake_expect(FAKE_NOTIFY, "window Tinode: Sync statistics: *", NULL);
    assert_non_null(strstr(fake_notice_text(), "<br>"));
    fake_no_windows();
    choose(account, "Sync Statistics…");
    fake_expect(FAKE_NOTIFY, "notify info Sync statistics", NULL);
    assert_null(strstr(fake_notice_text(), "<br>"));
}

static guint files_of_state(void)
{
    g_autofree char *folder = g_build_filename(purple_user_dir(), "tinode", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    guint count = 0;

    while (dir != NULL && g_dir_read_name(dir) != NULL)
        count++;
    return count;
}

static void forget__is_confirmed__state_is_gone_and_signs_in_again(void **state)
{
    PurpleAccount *account = scene_with_bob(3);

    (void)state;
    fake_send(scene_bob(account), "never sent");
    fake_drop_frames();
    assert_int_equal(files_of_state(), 2);
    choose(account, "Forget This Device's Stored State…");
    fake_expect_one(FAKE_NOTIFY, "ask Forget what this computer keeps for this account?");
    fake_press("OK");
    fake_turn();
    assert_int_equal(files_of_state(), 0);
    assert_non_null(fake_connecting());
    fake_allow(FAKE_ANY);
}

static void forget__is_cancelled__nothing_happens(void **state)
{
    PurpleAccount *account = scene_with_bob(3);

    (void)state;
    choose(account, "Forget This Device's Stored State…");
    fake_press("Cancel");
    fake_turn();
    assert_true(files_of_state() > 0);
    assert_true(fake_is_online(account));
    fake_allow(FAKE_ANY);
}

static void forget__signed_out_first__nothing_happens(void **state)
{
    PurpleAccount *account = scene_with_bob(3);

    (void)state;
    choose(account, "Forget This Device's Stored State…");
    fake_press("OK");
    fake_logout(account);
    fake_turn();
    assert_true(files_of_state() > 0);
    assert_null(fake_connecting());
    fake_allow(FAKE_ANY);
}

/* Invisible -------------------------------------------------------------------------------------
 */

/* Own rights are told with the own card. */
static PurpleAccount *begin_with_mode(const char *want)
{
    PurpleAccount *account = fake_account("alice");

    scene_connect(account);
    scene_hello();
    scene_log_in(SELF);
    fake_sent("{'sub':{'topic':'me'}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'me'}}");
    fake_replyf("{'meta':{'topic':'me','desc':{'public':{'fn':'Alice'},'acs':{'want':'%s',"
                "'given':'JPS','mode':'%s'}}}}",
                want, want);
    fake_reply("{'meta':{'topic':'me','sub':[{'topic':'usrBob','updated':'2026-01-02T03:04:05Z',"
               "'acs':{'want':'JRWPA','given':'JRWPA','mode':'JRWPA'}}]}}");
    fake_ignore(FAKE_ANY);
    return account;
}

static void invisible__and_back__withdraws_presence_and_polls_meanwhile(void **state)
{
    PurpleAccount *account = begin_with_mode("JPS");

    (void)state;
    fake_status(account, "invisible");
    fake_sent("{'set':{'topic':'me','sub':{'mode':'JS'}}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'me','params':{'acs':{'want':'JS',"
               "'given':'JPS','mode':'JS'}}}}");
    fake_expect(FAKE_NOTIFY, "notify info You are invisible", NULL);
    fake_advance(119000);
    fake_sent_nothing();
    fake_advance(2000);
    fake_sent("{'get':{'topic':'me','what':'sub','sub':{'ims':'2026-01-02T03:04:05.000Z'}}}");
    fake_reply("{'meta':{'topic':'me','sub':[{'topic':'usrBob','acs':{},'seq':4,"
               "'touched':'2026-01-02T03:05:05Z'}]}}");
    fake_expect_one(FAKE_SIGNAL, "tinode-unread usrBob 4");
    fake_drop_frames();
    fake_status(account, "available");
    fake_sent("{'set':{'topic':'me','sub':{'mode':'JPS'}}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'me','params':{'acs':{'want':'JPS',"
               "'given':'JPS','mode':'JPS'}}}}");
    fake_sent("{'get':{'topic':'me','sub':{'ims':'2026-01-02T03:05:05.000Z'}}}");
    fake_drop_frames();
    fake_status(account, "invisible"); /* what it means is said once */
    fake_expect(FAKE_NOTIFY, NULL);
    fake_drop_frames();
    fake_allow(FAKE_ANY);
}

static void invisible__at_sign_in__is_asked_for(void **state)
{
    PurpleAccount *account = fake_account("alice");

    (void)state;
    fake_status(account, "invisible");
    scene_connect(account);
    scene_hello();
    scene_log_in(SELF);
    fake_sent("{'sub':{'topic':'me'}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'me'}}");
    fake_reply("{'meta':{'topic':'me','desc':{'acs':{'want':'JPS','given':'JPS','mode':'JPS'}}}}");
    fake_reply("{'ctrl':{'code':204,'text':'no content','topic':'me','params':{'what':'sub'}}}");
    fake_sent("{'set':{'topic':'me','sub':{'mode':'JS'}}}");
    fake_allow(FAKE_ANY);
}

static void invisible__in_another_client__is_left_alone(void **state)
{
    PurpleAccount *account = begin_with_mode("JS");

    (void)state;
    fake_status(account, "away");
    fake_sent_nothing();
    fake_advance(121000);
    fake_sent("{'get':{'topic':'me','what':'sub'}}"); /* nothing else tells of new messages */
    fake_allow(FAKE_ANY);
}

static void invisible__left_so_and_signed_in_available__is_visible_again(void **state)
{
    PurpleAccount *account = begin_with_mode("JPS");

    (void)state;
    fake_status(account, "invisible");
    fake_sent("{'set':{'topic':'me','sub':{'mode':'JS'}}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'me'}}");
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_status(account, "available"); /* no link: done when it is back */
    fake_advance(2000);
    fake_opened();
    scene_hello();
    fake_sent("{'login':{}}");
    fake_reply("{'ctrl':{'code':200,'params':{'user':'usrAlice'}}}");
    fake_sent("{'sub':{'topic':'me'}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'me'}}");
    fake_reply("{'meta':{'topic':'me','desc':{'acs':{'want':'JS','given':'JPS','mode':'JS'}}}}");
    fake_reply("{'ctrl':{'code':204,'text':'no content','topic':'me','params':{'what':'sub'}}}");
    fake_sent("{'set':{'topic':'me','sub':{'mode':'JPS'}}}");
    fake_allow(FAKE_ANY);
}

static void invisible__refused__is_said(void **state)
{
    PurpleAccount *account = begin_with_mode("JPS");

    (void)state;
    fake_status(account, "invisible");
    fake_sent("{'set':{'topic':'me'}}");
    fake_reply("{'ctrl':{'code':403,'text':'permission denied','topic':'me'}}");
    fake_expect_one(FAKE_NOTIFY, "notify error Whether others see you online was not changed");
    fake_advance(300000);
    fake_sent_nothing();
    fake_allow(FAKE_ANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(menu__offers__what_an_account_can_do),
        FAKE_TEST(name__is_set__others_see_it),
        FAKE_TEST(name__empty_or_refused__is_said),
        FAKE_TEST(tags__are_set__those_of_the_server_stay),
        FAKE_TEST(tags__none_so_far__are_asked_for),
        FAKE_TEST(address__is_added__and_confirmed_by_its_code),
        FAKE_TEST(address__is_none_or_taken__is_said),
        FAKE_TEST(statistics__are_shown__in_a_window_or_as_text),
        FAKE_TEST(forget__is_confirmed__state_is_gone_and_signs_in_again),
        FAKE_TEST(forget__is_cancelled__nothing_happens),
        FAKE_TEST(forget__signed_out_first__nothing_happens),
        FAKE_TEST(invisible__and_back__withdraws_presence_and_polls_meanwhile),
        FAKE_TEST(invisible__at_sign_in__is_asked_for),
        FAKE_TEST(invisible__in_another_client__is_left_alone),
        FAKE_TEST(invisible__left_so_and_signed_in_available__is_visible_again),
        FAKE_TEST(invisible__refused__is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
