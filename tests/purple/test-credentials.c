/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-credentials.c: codes that confirm an address, new accounts, another password. */
#include "fake-scene.h"

#include <core.h>
#include <string.h>

#define HERE "127.0.0.1:6060: "
#define CODE_WANTED                                                                                \
    "{'ctrl':{'code':300,'text':'validate credentials','params':{'user':'usrAlice',"               \
    "'cred':['email'],'token':'dG9rZW4='}}}"
#define WELCOME    "{'ctrl':{'code':200,'text':'ok','params':{'user':'usrAlice','token':'dG9rZW4='}}}"
#define ASK_CODE   "ask The server has sent a code to the e-mail address of this account."
#define WRONG_CODE "ask That was not the code that the server has sent to the e-mail address of *"

static void expect_end(PurpleAccount *account, const char *reason_and_text)
{
    g_autofree char *line = g_strconcat("error ", reason_and_text, NULL);

    fake_expect(FAKE_ERROR, line, NULL);
    fake_turn();
    fake_expect_one(FAKE_STATE, "disconnected");
    fake_turn();
    assert_null(account->gc);
    assert_false(fake_is_asked());
    assert_int_equal(fake_timers(), 0);
}

/* Codes -----------------------------------------------------------------------------------------
 */

static PurpleAccount *until_code(void)
{
    PurpleAccount *account = fake_account("alice");

    fake_allow(FAKE_PROGRESS);
    scene_connect(account);
    scene_hello();
    fake_sent("{'login':{'scheme':'basic','secret':'YWxpY2U6c2VjcmV0','cred':'none'}}");
    fake_reply(CODE_WANTED);
    fake_expect(FAKE_NOTIFY, ASK_CODE, NULL);
    return account;
}

static void code__wrong_then_right__is_asked_again_and_signs_in(void **state)
{
    PurpleAccount *account = until_code();

    (void)state;
    fake_advance(3600 * 1000); /* as long as it takes to read one's mail */
    fake_sent_nothing();
    fake_answer(" 000000 ");
    fake_turn();
    fake_sent("{'login':{'scheme':'basic','secret':'YWxpY2U6c2VjcmV0',"
              "'cred':[{'meth':'email','resp':'000000'}]}}");
    fake_reply(CODE_WANTED);
    fake_expect(FAKE_NOTIFY, WRONG_CODE, NULL);
    fake_answer("123456");
    fake_turn();
    fake_sent("{'login':{'cred':[{'meth':'email','resp':'123456'}]}}");
    fake_reply(WELCOME);
    scene_me("");
    assert_true(fake_is_online(account));
    fake_expect(FAKE_ERROR | FAKE_NOTIFY, NULL);
    fake_ignore(FAKE_STATE);
}

static void code__refused_for_good__is_told_and_is_fatal(void **state)
{
    PurpleAccount *account = until_code();

    (void)state;
    fake_answer("000000");
    fake_turn();
    fake_sent("{'login':{}}");
    fake_reply("{'ctrl':{'code':422,'text':'policy violation'}}");
    expect_end(account, "other-error " HERE "Too many wrong codes: the server takes no more of "
                        "them for this account.");
}

static void code__user_cancels__is_told_and_is_fatal(void **state)
{
    PurpleAccount *account = until_code();

    (void)state;
    fake_answer(NULL);
    fake_turn();
    expect_end(account, "other-error " HERE "The server wants an address of this account to be "
                        "confirmed first.");
    fake_sent_nothing();
}

static void code__connection_ends_meanwhile__question_is_taken_back(void **state)
{
    PurpleAccount *account = until_code();

    (void)state;
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_expect(FAKE_NOTIFY, "question closed", NULL);
    expect_end(account, "network-error " HERE "The server closed the connection.");
}

static void code__user_signs_out_meanwhile__question_is_taken_back(void **state)
{
    PurpleAccount *account = until_code();

    (void)state;
    fake_logout(account);
    fake_expect(FAKE_NOTIFY | FAKE_STATE, "question closed", "disconnected", NULL);
    fake_turn();
    assert_int_equal(fake_timers(), 0);
}

static void code__other_methods__are_named(void **state)
{
    static const struct {
        const char *method, *text;
    } cases[] = {
        {"tel", "ask The server has sent a code to the phone number of this account."},
        {"pigeon%s", "ask The server wants a code that confirms this account (pigeon%s)."},
    };
    PurpleAccount *account = fake_account("alice");

    (void)state;
    fake_allow(FAKE_PROGRESS);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        scene_connect(account);
        scene_hello();
        fake_sent("{'login':{}}");
        fake_replyf("{'ctrl':{'code':300,'text':'x','params':{'cred':['%s']}}}", cases[i].method);
        fake_expect(FAKE_NOTIFY, cases[i].text, NULL);
        fake_logout(account);
        fake_ignore(FAKE_NOTIFY | FAKE_STATE);
        fake_turn();
    }
}

/* New accounts ----------------------------------------------------------------------------------
 */

static void until_acc_of(PurpleAccount *account, const char *answer_to_hi)
{
    fake_allow(FAKE_PROGRESS);
    fake_server_of(account);
    fake_register(account);
    fake_turn();
    fake_opened();
    fake_sent("{'hi':{}}");
    fake_reply(answer_to_hi);
}

static PurpleAccount *until_acc(const char *answer_to_hi)
{
    PurpleAccount *account = fake_account("alice");

    account->alias = g_strdup("Alice Hatter");
    until_acc_of(account, answer_to_hi);
    return account;
}

#define HI       "{'ctrl':{'code':201,'text':'created','params':{'ver':'0.25','reqCred':null}}}"
#define HI_EMAIL "{'ctrl':{'code':201,'params':{'ver':'0.25','reqCred':{'auth':['email']}}}}"

static void register__server_takes_it__account_is_enabled_and_online(void **state)
{
    PurpleAccount *account = until_acc(HI);

    (void)state;
    fake_sent("{'acc':{'user':'new','scheme':'basic','secret':'YWxpY2U6c2VjcmV0','login':true,"
              "'desc':{'public':{'fn':'Alice Hatter'}},'cred':'none'}}");
    fake_reply(WELCOME);
    fake_expect(FAKE_STATE, "enabled", "registered", NULL);
    assert_false(account->gc->wants_to_die);
    scene_me("");
    assert_true(fake_is_online(account));
    fake_ignore(FAKE_STATE);
}

static void register__server_wants_an_address__asks_for_it_and_then_for_the_code(void **state)
{
    PurpleAccount *account = until_acc(HI_EMAIL);

    (void)state;
    fake_expect(FAKE_NOTIFY, "ask The server wants an e-mail address for a new account.", NULL);
    fake_sent_nothing();
    fake_answer("a@example.com");
    fake_turn();
    fake_sent(
        "{'acc':{'user':'new','login':true,'cred':[{'meth':'email','val':'a@example.com'}]}}");
    fake_reply(CODE_WANTED);
    fake_expect(FAKE_STATE, "enabled", "registered", NULL);
    fake_expect(FAKE_NOTIFY, ASK_CODE, NULL);
    fake_answer("123456");
    fake_turn();
    fake_sent("{'login':{'secret':'YWxpY2U6c2VjcmV0','cred':[{'meth':'email','resp':'123456'}]}}");
    fake_reply(WELCOME);
    scene_me("");
    assert_true(fake_is_online(account));
    fake_ignore(FAKE_STATE);
}

static void register__server_tells_late_that_it_wants_an_address__asks_for_it(void **state)
{
    (void)state;
    until_acc(HI);
    fake_sent("{'acc':{'cred':'none'}}");
    fake_reply("{'ctrl':{'code':422,'text':'policy violation','params':{'creds':['email']}}}");
    fake_expect(FAKE_NOTIFY, "ask The server wants an e-mail address for a new account.", NULL);
    fake_answer("a@example.com");
    fake_turn();
    fake_sent("{'acc':{'cred':[{'meth':'email','val':'a@example.com'}]}}");
    fake_reply("{'ctrl':{'code':422,'text':'policy violation','params':{'creds':['email']}}}");
    fake_expect(FAKE_ERROR, "error other-error " HERE "The server does not take this address.",
                NULL);
    fake_turn();
    fake_ignore(FAKE_STATE);
}

static void register__refused__reason_and_sentence_fit_and_no_client_tries_again(void **state)
{
    static const struct {
        const char *answer, *line;
    } cases[] = {
        {"'code':409,'text':'duplicate credential','params':{'what':'auth'}",
         "name-in-use " HERE "Somebody else has this user name already."},
        {"'code':422,'text':'policy violation','params':{'what':'auth'}",
         "invalid-username " HERE "The server does not take this user name. *"},
        {"'code':400,'text':'malformed','params':{'what':'auth'}",
         "invalid-username " HERE "The server does not take this user name. *"},
        {"'code':422,'text':'policy violation'",
         "other-error " HERE "The server does not take this password. It may be too short."},
        {"'code':400,'text':'malformed'",
         "other-error " HERE "The server does not let you create an account."},
        {"'code':403,'text':'permission denied','params':{'what':'state'}",
         "other-error " HERE "The server does not let you create an account."},
        {"'code':501,'text':'not implemented'",
         "other-error " HERE "The server does not let you create an account."},
        {"'code':500,'text':'internal error'",
         "other-error " HERE "The server has a problem of its own."},
        {"'code':502,'text':'cluster unreachable'",
         "other-error " HERE "The server has a problem of its own."},
    };

    PurpleAccount *account = fake_account("alice");

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        until_acc_of(account, HI);
        fake_sent("{'acc':{}}");
        fake_replyf("{'ctrl':{%s}}", cases[i].answer);
        fake_expect_one(FAKE_STATE, "not registered");
        expect_end(account, cases[i].line);
        assert_false(purple_account_get_enabled(account, purple_core_get_ui()));
    }
}

static void register__address_is_refused__is_about_the_address(void **state)
{
    static const struct {
        const char *answer, *line;
    } cases[] = {
        {"'code':409,'text':'duplicate credential'",
         "error other-error " HERE "Another account has this address already."},
        {"'code':400,'text':'malformed'",
         "error other-error " HERE "The server does not take this address."},
        {"'code':409,'text':'duplicate credential','params':{'what':'auth'}",
         "error name-in-use " HERE "Somebody else has this user name already."},
    };

    PurpleAccount *account = fake_account("alice");

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        until_acc_of(account, HI_EMAIL);
        fake_ignore(FAKE_NOTIFY);
        fake_answer("a@example.com");
        fake_turn();
        fake_sent("{'acc':{}}");
        fake_replyf("{'ctrl':{%s}}", cases[i].answer);
        fake_expect(FAKE_ERROR, cases[i].line, NULL);
        fake_turn();
        fake_ignore(FAKE_STATE);
    }
}

static void register__not_answered__is_not_repeated_on_another_node(void **state)
{
    PurpleAccount *account = fake_account("alice");

    (void)state;
    fake_allow(FAKE_PROGRESS);
    fake_set_string(account, "server", "127.0.0.1:6060,127.0.0.2:6061");
    fake_server_of(account);
    fake_register(account);
    fake_turn();
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_REFUSED); /* nothing was asked: the other node */
    fake_turn();
    fake_opened();
    fake_sent("{'hi':{}}");
    fake_reply(HI);
    fake_sent("{'acc':{}}");
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_expect_one(FAKE_STATE, "not registered");
    fake_expect(FAKE_ERROR, "error other-error *: The server closed the connection.", NULL);
    fake_turn();
    fake_ignore(FAKE_STATE);
    fake_sent_nothing();
}

static void register__without_a_password__asks_for_one_to_be_chosen(void **state)
{
    PurpleAccount *account = fake_account("alice");

    (void)state;
    purple_account_set_password(account, NULL);
    fake_register(account);
    fake_expect(FAKE_ERROR, "error other-error A new account needs a password: *", NULL);
    fake_turn();
    fake_ignore(FAKE_STATE);
}

static void expect_unfit(const char *name)
{
    until_acc_of(fake_account(name), HI);
    fake_expect(FAKE_ERROR,
                "error invalid-username " HERE "The server does not take this user name. *", NULL);
    fake_turn();
    fake_ignore(FAKE_STATE);
    fake_sent_nothing();
}

static void register__name_has_a_colon__is_refused_here(void **state)
{
    (void)state;
    expect_unfit("al:ice");
}

static void register__name_is_an_id__is_refused_here(void **state)
{
    (void)state;
    expect_unfit("usrAAAAAAAAAAA");
}

/* Another password ------------------------------------------------------------------------------
 */

static void password__is_changed__is_kept_and_used_from_then_on(void **state)
{
    PurpleAccount *account = scene_sign_in("");
    g_autofree char *menu = fake_menu(account, "Change Password…");

    (void)state;
    assert_non_null(strstr(menu, "Change Password…"));
    assert_non_null(strstr(menu, "New Group or Channel…"));
    fake_expect(FAKE_NOTIFY, "dialog change password", NULL);
    fake_change_password(account, "secret", "other1");
    fake_sent("{'acc':{'scheme':'basic','secret':'Om90aGVyMQ==','user':'none'}}"); /* :other1 */
    fake_reply("{'ctrl':{'code':200,'text':'ok','params':null}}");
    fake_expect(FAKE_NOTIFY, "notify info Your password was changed", NULL);
    assert_string_equal(account->password, "other1");
    /* The token was refused: by password, then. */
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_advance(2000);
    fake_opened();
    scene_hello();
    fake_sent("{'login':{'scheme':'token'}}");
    fake_reply("{'ctrl':{'code':401,'text':'authentication failed'}}");
    fake_sent("{'login':{'scheme':'basic','secret':'YWxpY2U6b3RoZXIx'}}"); /* alice:other1 */
}

static void password__is_not_changed__says_why_and_keeps_the_old_one(void **state)
{
    static const struct {
        const char *answer, *notice;
    } cases[] = {
        {"'code':422,'text':'policy violation'", "notify error Your password was not changed"},
        {"'code':500,'text':'internal error'", "notify error Your password was not changed"},
        {NULL, "notify error It is not known whether your password was changed"},
    };
    PurpleAccount *account = scene_sign_in("");

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        fake_change_password(account, "secret", "other1");
        fake_sent("{'acc':{}}");
        if (cases[i].answer != NULL)
            fake_replyf("{'ctrl':{%s}}", cases[i].answer);
        else
            fake_advance(10000);
        fake_expect(FAKE_NOTIFY, cases[i].notice, NULL);
        assert_string_equal(account->password, "secret");
    }
    fake_change_password(account, "wrong", "other1");
    fake_expect(FAKE_NOTIFY, "notify error Your password was not changed", NULL);
    assert_string_equal(account->password, "secret");
    fake_change_password(account, "secret", "");
    fake_expect(FAKE_NOTIFY, "notify error Your password was not changed", NULL);
    assert_string_equal(account->password, "secret");
    fake_sent_nothing();
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_change_password(account, "secret", "other1");
    fake_expect(FAKE_NOTIFY, "notify error Your password was not changed", NULL);
    assert_string_equal(account->password, "secret");
}

static void password__sign_out_before_the_answer__says_that_it_is_not_known(void **state)
{
    PurpleAccount *account = scene_sign_in("");

    (void)state;
    fake_change_password(account, "secret", "other1");
    fake_sent("{'acc':{}}");
    fake_logout(account);
    fake_expect(FAKE_NOTIFY, "notify error It is not known whether your password was changed",
                NULL);
    fake_ignore(FAKE_STATE);
    fake_turn();
}

static void password__user_signs_in_by_token__has_none_to_change(void **state)
{
    PurpleAccount *account = fake_account("usrAAAAAAAAAAA");
    g_autofree char *menu = NULL;

    (void)state;
    fake_allow(FAKE_PROGRESS | FAKE_STATE);
    scene_connect(account);
    scene_hello();
    fake_sent("{'login':{'scheme':'token'}}");
    fake_reply(WELCOME);
    scene_me("");
    menu = fake_menu(account, NULL);
    assert_non_null(menu);
    assert_null(strstr(menu, "Change Password…"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(code__wrong_then_right__is_asked_again_and_signs_in),
        FAKE_TEST(code__refused_for_good__is_told_and_is_fatal),
        FAKE_TEST(code__user_cancels__is_told_and_is_fatal),
        FAKE_TEST(code__connection_ends_meanwhile__question_is_taken_back),
        FAKE_TEST(code__user_signs_out_meanwhile__question_is_taken_back),
        FAKE_TEST(code__other_methods__are_named),
        FAKE_TEST(register__server_takes_it__account_is_enabled_and_online),
        FAKE_TEST(register__server_wants_an_address__asks_for_it_and_then_for_the_code),
        FAKE_TEST(register__server_tells_late_that_it_wants_an_address__asks_for_it),
        FAKE_TEST(register__refused__reason_and_sentence_fit_and_no_client_tries_again),
        FAKE_TEST(register__address_is_refused__is_about_the_address),
        FAKE_TEST(register__not_answered__is_not_repeated_on_another_node),
        FAKE_TEST(register__without_a_password__asks_for_one_to_be_chosen),
        FAKE_TEST(register__name_has_a_colon__is_refused_here),
        FAKE_TEST(register__name_is_an_id__is_refused_here),
        FAKE_TEST(password__is_changed__is_kept_and_used_from_then_on),
        FAKE_TEST(password__is_not_changed__says_why_and_keeps_the_old_one),
        FAKE_TEST(password__sign_out_before_the_answer__says_that_it_is_not_known),
        FAKE_TEST(password__user_signs_in_by_token__has_none_to_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
