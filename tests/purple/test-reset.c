/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-reset.c: a forgotten password, from the offer to being online with a new one. */
#include "fake-scene.h"

#include <request.h>
#include <string.h>

#define HERE    "127.0.0.1:6060: "
#define OFFER   "ask The password of alice was not accepted."
#define WHERE   "ask Where is the code to be sent?"
#define SENT    "ask If that address belongs to an account, a code is on its way to it."
#define WRONG   "ask That was not the code that the server has sent."
#define FAILED  "notify error Your password was not changed"
#define UNKNOWN "notify error It is not known whether your password was changed"
/* basic:email:a@example.com; 123456:email:a@example.com; :other1 */
#define LOGIN "{'login':{'scheme':'reset','secret':'YmFzaWM6ZW1haWw6YUBleGFtcGxlLmNvbQ=='}}"
#define ACC                                                                                        \
    "{'acc':{'tmpscheme':'code','tmpsecret':'MTIzNDU2OmVtYWlsOmFAZXhhbXBsZS5jb20=',"               \
    "'scheme':'basic','secret':'Om90aGVyMQ==','user':'none'}}"

/* Signing in fails, the connection is gone. */
static void fail_login(PurpleAccount *account)
{
    fake_allow(FAKE_PROGRESS);
    scene_connect(account);
    scene_hello();
    fake_sent("{'login':{'scheme':'basic'}}");
    fake_reply("{'ctrl':{'code':401,'text':'authentication failed'}}");
    fake_expect(FAKE_ERROR,
                "error authentication-failed " HERE "The user name or the password is wrong.",
                NULL);
    fake_turn();
    fake_expect(FAKE_STATE, "disconnected", NULL);
    fake_turn();
    assert_null(account->gc);
    assert_int_equal(fake_timers(), 0);
}

static PurpleAccount *until_offer(void)
{
    PurpleAccount *account = fake_account("alice");

    fail_login(account);
    fake_expect(FAKE_NOTIFY, OFFER, NULL);
    return account;
}

static PurpleAccount *until_where(void)
{
    PurpleAccount *account = until_offer();

    fake_press("Set a New Password…");
    fake_expect(FAKE_NOTIFY, WHERE, NULL);
    assert_null(fake_connecting());
    assert_int_equal(fake_timers(), 0);
    return account;
}

/* The next step connects and says hello. */
static void greet(void)
{
    fake_turn();
    assert_string_equal(fake_connecting(), "127.0.0.1:6060");
    fake_opened();
    fake_sent("{'hi':{'ver':'0.25'}}");
    fake_reply("{'ctrl':{'code':201,'params':{'ver':'0.25','reqCred':{'auth':['email','tel']}}}}");
}

static void send_code(void)
{
    greet();
    fake_sent(LOGIN);
    fake_reply("{'ctrl':{'code':301,'text':'auth reset'}}");
    assert_false(fake_link_is_open());
    assert_int_equal(fake_timers(), 0); /* nothing waits for the person */
}

static PurpleAccount *until_sent(void)
{
    PurpleAccount *account = until_where();

    fake_answer(" A@Example.com ");
    send_code();
    fake_expect(FAKE_NOTIFY, SENT, NULL);
    return account;
}

static PurpleAccount *until_acc(void)
{
    PurpleAccount *account = until_sent();

    fake_fill("code", " 123456 ", "password", "other1", "password-again", "other1", NULL);
    greet();
    fake_sent(ACC);
    return account;
}

static void expect_over(PurpleAccount *account)
{
    assert_null(account->gc);
    assert_false(fake_is_form_open());
    assert_false(fake_is_asked());
    assert_int_equal(fake_timers(), 0);
    assert_null(fake_connecting());
    assert_string_equal(account->password, "secret");
}

/* The way ---------------------------------------------------------------------------------------
 */

static void reset__all_goes_well__is_kept_and_online_with_it(void **state)
{
    PurpleAccount *account = until_sent();
    g_autofree char *fields = fake_form();

    (void)state;
    assert_string_equal(fields, "code|password*|password-again*");
    fake_advance(3600 * 1000); /* as long as it takes to read one's mail */
    fake_fill("code", "123456", "password", "other1", "password-again", "other1", NULL);
    greet();
    fake_sent(ACC);
    fake_reply("{'ctrl':{'code':200,'text':'ok','params':null}}");
    fake_expect(FAKE_NOTIFY, "notify info Your password was changed", NULL);
    fake_expect(FAKE_STATE, "enabled", NULL);
    assert_string_equal(account->password, "other1");
    greet();
    fake_sent("{'login':{'scheme':'basic','secret':'YWxpY2U6b3RoZXIx'}}"); /* alice:other1 */
    fake_reply("{'ctrl':{'code':200,'text':'ok','params':{'user':'usrAlice'}}}");
    scene_me("");
    assert_true(fake_is_online(account));
    fake_ignore(FAKE_STATE | FAKE_LIST);
}

static void reset__phone_number__is_sent_as_servers_keep_it(void **state)
{
    static const struct {
        const char *typed, *secret;
    } rows[] = {
        {"+1 (702) 555-0001", "YmFzaWM6dGVsOisxNzAyNTU1MDAwMQ=="},
        {"001702.555.0001", "YmFzaWM6dGVsOisxNzAyNTU1MDAwMQ=="},
    };
    PurpleAccount *account = fake_account("alice");

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *frame =
            g_strdup_printf("{'login':{'scheme':'reset','secret':'%s'}}", rows[i].secret);

        fail_login(account);
        fake_press("Set a New Password…");
        fake_answer(rows[i].typed);
        greet();
        fake_sent(frame);
        fake_reply("{'ctrl':{'code':301,'text':'auth reset'}}");
        fake_cancel_form();
        fake_ignore(FAKE_NOTIFY);
        expect_over(account);
    }
}

static void reset__no_address__is_asked_for_again_and_nothing_is_sent(void **state)
{
    static const char *const typed[] = {"",      " ",     "alice",     "a@",    "@example.com",
                                        "a:b@c", "a b@c", "A <a@b.c>", "123",   "+",
                                        "00",    "+1;2",  "12+34",     "a@\xff"};

    (void)state;
    until_where();
    for (guint i = 0; i < G_N_ELEMENTS(typed); i++) {
        fake_answer(typed[i]);
        fake_expect(FAKE_NOTIFY, "ask That is neither an e-mail address nor a phone number.", NULL);
        assert_int_equal(fake_timers(), 0);
    }
    fake_answer(NULL);
}

/* Codes and passwords ---------------------------------------------------------------------------
 */

static void reset__wrong_code_then_right__is_asked_for_alone_and_goes_on(void **state)
{
    PurpleAccount *account = until_acc();

    (void)state;
    fake_reply("{'ctrl':{'code':401,'text':'authentication failed','params':{'what':'auth'}}}");
    fake_expect(FAKE_NOTIFY, WRONG, NULL);
    assert_int_equal(fake_timers(), 0);
    fake_answer("123456");
    greet();
    fake_sent(ACC);
    fake_reply("{'ctrl':{'code':200,'text':'ok'}}");
    fake_expect(FAKE_NOTIFY, "notify info Your password was changed", NULL);
    assert_string_equal(account->password, "other1");
    fake_ignore(FAKE_STATE);
}

static void reset__three_wrong_codes__end_it(void **state)
{
    PurpleAccount *account = until_acc();

    (void)state;
    for (guint i = 0; i < 2; i++) {
        fake_reply("{'ctrl':{'code':401,'text':'authentication failed'}}");
        fake_expect(FAKE_NOTIFY, WRONG, NULL);
        fake_answer("000000");
        greet();
        fake_sent("{'acc':{'tmpsecret':'MDAwMDAwOmVtYWlsOmFAZXhhbXBsZS5jb20='}}");
    }
    fake_reply("{'ctrl':{'code':401,'text':'authentication failed'}}");
    fake_expect(FAKE_NOTIFY, FAILED, NULL);
    expect_over(account);
    /* It can be begun anew. */
    fail_login(account);
    fake_expect(FAKE_NOTIFY, OFFER, NULL);
    fake_press("Cancel");
}

/* The server has used up the code before it looks at the password. */
static void reset__password_is_too_short__another_code_is_sent(void **state)
{
    (void)state;
    until_acc();
    fake_reply("{'ctrl':{'code':422,'text':'policy violation'}}");
    fake_expect(FAKE_NOTIFY, NULL);
    send_code();
    fake_expect(FAKE_NOTIFY, "ask The server does not take this password. *", NULL);
    fake_fill("code", "123456", "password", "other1", "password-again", "other1", NULL);
    greet();
    fake_sent(ACC);
    fake_reply("{'ctrl':{'code':200,'text':'ok'}}");
    fake_expect(FAKE_NOTIFY, "notify info Your password was changed", NULL);
    fake_ignore(FAKE_STATE);
}

/* Servers send no other one while it counts. */
static void reset__code_was_sent_before__is_asked_for(void **state)
{
    (void)state;
    until_where();
    fake_answer("a@example.com");
    greet();
    fake_sent(LOGIN);
    fake_reply("{'ctrl':{'code':409,'text':'duplicate credential'}}");
    fake_expect(FAKE_NOTIFY, "ask A code was sent to that address a while ago. It still counts.",
                NULL);
    fake_fill("code", "123456", "password", "other1", "password-again", "other1", NULL);
    greet();
    fake_sent(ACC);
    fake_reply("{'ctrl':{'code':200,'text':'ok'}}");
    fake_expect(FAKE_NOTIFY, "notify info Your password was changed", NULL);
    fake_ignore(FAKE_STATE);
}

static void reset__new_passwords_differ_or_are_empty__asks_again(void **state)
{
    (void)state;
    until_sent();
    fake_fill("code", "123456", "password", "other1", "password-again", "other2", NULL);
    fake_expect(FAKE_NOTIFY, "ask The two new passwords are not the same.", NULL);
    fake_fill("code", "123456", "password", "", "password-again", "", NULL);
    fake_expect(FAKE_NOTIFY, "ask The code and the new password are both needed.", NULL);
    assert_int_equal(fake_timers(), 0);
    fake_cancel_form();
}

static void reset__account_has_a_proxy__goes_through_it(void **state)
{
    PurpleAccount *account = until_where();

    (void)state;
    fake_proxy(account, PURPLE_PROXY_SOCKS5, "proxy.example", 1080);
    fake_answer("a@example.com");
    fake_turn();
    assert_null(fake_connecting());
    assert_string_equal(fake_dialing(), "127.0.0.1 6060");
    fake_dialed(-1);
    fake_expect(FAKE_NOTIFY, FAILED, NULL);
    expect_over(account);
}

/* Failing ---------------------------------------------------------------------------------------
 */

static void reset__server_refuses_or_is_down__is_told_and_ends(void **state)
{
    static const char *const answers[] = {
        "'code':501,'text':'not implemented'",
        "'code':400,'text':'malformed'",
        "'code':500,'text':'internal error'",
    };
    PurpleAccount *account = fake_account("alice");

    (void)state;
    for (guint i = 0; i <= G_N_ELEMENTS(answers); i++) {
        fail_login(account);
        fake_press("Set a New Password…");
        fake_expect(FAKE_NOTIFY, OFFER, WHERE, NULL);
        fake_answer("a@example.com");
        if (i < G_N_ELEMENTS(answers)) {
            greet();
            fake_sent(LOGIN);
            fake_replyf("{'ctrl':{%s}}", answers[i]);
        } else {
            fake_turn();
            fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_REFUSED);
        }
        fake_expect(FAKE_NOTIFY, FAILED, NULL);
        expect_over(account);
    }
}

static void reset__new_password_is_not_answered__says_that_it_is_not_known(void **state)
{
    PurpleAccount *account = until_acc();

    (void)state;
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_expect(FAKE_NOTIFY, UNKNOWN, NULL);
    expect_over(account);
}

static void reset__server_is_down_when_the_code_is_typed__says_that_nothing_changed(void **state)
{
    PurpleAccount *account = until_sent();

    (void)state;
    fake_fill("code", "123456", "password", "other1", "password-again", "other1", NULL);
    fake_turn();
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_REFUSED);
    fake_expect(FAKE_NOTIFY, FAILED, NULL);
    expect_over(account);
}

/* The offer -------------------------------------------------------------------------------------
 */

static void offer__declined__is_not_repeated_until_signed_in(void **state)
{
    PurpleAccount *account = until_offer();

    (void)state;
    fail_login(account); /* it is still open: one is enough */
    fake_expect(FAKE_NOTIFY, NULL);
    fake_press("Cancel");
    fail_login(account);
    fake_expect(FAKE_NOTIFY, NULL);
    scene_sign_in_as(account, SELF, "");
    fake_ignore(FAKE_STATE | FAKE_LIST);
    fake_logout(account);
    fake_ignore(FAKE_STATE);
    fake_turn();
    fail_login(account);
    fake_expect(FAKE_NOTIFY, OFFER, NULL);
    fake_press("Cancel");
}

static void offer__cancelled_on_the_way__is_made_again(void **state)
{
    PurpleAccount *account = until_where();

    (void)state;
    fake_answer(NULL);
    expect_over(account);
    fail_login(account);
    fake_expect(FAKE_NOTIFY, OFFER, NULL);
    fake_press("Cancel");
}

static void offer__client_shows_no_forms__is_not_made(void **state)
{
    (void)state;
    fake_no_forms();
    fail_login(fake_account("alice"));
    fake_expect(FAKE_NOTIFY, NULL);
}

static void offer__who_signs_in_by_token__has_no_password_to_forget(void **state)
{
    PurpleAccount *account = fake_account("usrAAAAAAAAAAA");

    (void)state;
    fake_allow(FAKE_PROGRESS | FAKE_STATE);
    scene_connect(account);
    scene_hello();
    fake_sent("{'login':{'scheme':'token'}}");
    fake_reply("{'ctrl':{'code':401,'text':'authentication failed'}}");
    fake_ignore(FAKE_ERROR);
    fake_turn();
    fake_expect(FAKE_NOTIFY, NULL);
}

static void offer__account_is_suspended__is_not_made(void **state)
{
    PurpleAccount *account = fake_account("alice");

    (void)state;
    fake_allow(FAKE_PROGRESS | FAKE_STATE);
    scene_connect(account);
    scene_hello();
    fake_sent("{'login':{'scheme':'basic'}}");
    fake_reply("{'ctrl':{'code':403,'text':'permission denied'}}");
    fake_ignore(FAKE_ERROR);
    fake_turn();
    fake_expect(FAKE_NOTIFY, NULL);
}

/* Lifetime --------------------------------------------------------------------------------------
 */

static void reset__signed_in_meanwhile__is_taken_back(void **state)
{
    PurpleAccount *account = until_sent();

    (void)state;
    scene_sign_in_as(account, SELF, "");
    fake_expect(FAKE_NOTIFY, "question closed", NULL);
    assert_false(fake_is_form_open());
    fake_ignore(FAKE_STATE | FAKE_LIST);
}

/* That login has the old password; the new one is that of the next. */
static void reset__done_while_another_login_runs__leaves_that_alone(void **state)
{
    PurpleAccount *account = until_sent();

    (void)state;
    fake_login(account);
    fake_turn();
    fake_fill("code", "123456", "password", "other1", "password-again", "other1", NULL);
    greet(); /* the newer link */
    fake_sent(ACC);
    fake_reply("{'ctrl':{'code':200,'text':'ok'}}");
    fake_expect(FAKE_NOTIFY, "notify info Your password was changed", NULL);
    fake_expect(FAKE_STATE, NULL);
    assert_string_equal(account->password, "other1");
    fake_opened();
    scene_hello();
    fake_sent("{'login':{'scheme':'basic','secret':'YWxpY2U6c2VjcmV0'}}"); /* alice:secret */
}

static void reset__account_is_deleted__ends_at_each_stage(void **state)
{
    static PurpleAccount *(*const stages[])(void) = {until_offer, until_where, until_sent,
                                                     until_acc};

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(stages); i++) {
        PurpleAccount *account = stages[i]();

        fake_delete_account(account);
        fake_ignore(FAKE_NOTIFY);
        assert_false(fake_is_form_open());
        assert_false(fake_is_asked());
        assert_int_equal(fake_timers(), 0);
        assert_false(fake_link_is_open());
    }
}

static void reset__plugin_is_unloaded__ends_at_each_stage(void **state)
{
    static PurpleAccount *(*const stages[])(void) = {until_offer, until_where, until_sent,
                                                     until_acc};

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(stages); i++) {
        stages[i]();
        fake_unload();
        fake_ignore(FAKE_NOTIFY);
        assert_false(fake_is_form_open());
        assert_false(fake_is_asked());
        assert_int_equal(fake_timers(), 0);
        assert_false(fake_link_is_open());
        fake_accounts_end();
        fake_load();
    }
}

static void reset__secrets__are_in_no_log(void **state)
{
    static const char *const levels[] = {"misc", "info", "warning", "error"};

    (void)state;
    until_acc();
    fake_reply("{'ctrl':{'code':401,'text':'authentication failed'}}");
    fake_answer(NULL);
    fake_ignore(FAKE_NOTIFY);
    assert_true(fake_debug_count("misc", "401") > 0); /* it is written down, without secrets */
    for (guint i = 0; i < G_N_ELEMENTS(levels); i++) {
        assert_int_equal(fake_debug_count(levels[i], "123456"), 0);
        assert_int_equal(fake_debug_count(levels[i], "other1"), 0);
        assert_int_equal(fake_debug_count(levels[i], "example.com"), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(reset__all_goes_well__is_kept_and_online_with_it),
        FAKE_TEST(reset__phone_number__is_sent_as_servers_keep_it),
        FAKE_TEST(reset__no_address__is_asked_for_again_and_nothing_is_sent),
        FAKE_TEST(reset__wrong_code_then_right__is_asked_for_alone_and_goes_on),
        FAKE_TEST(reset__three_wrong_codes__end_it),
        FAKE_TEST(reset__password_is_too_short__another_code_is_sent),
        FAKE_TEST(reset__code_was_sent_before__is_asked_for),
        FAKE_TEST(reset__new_passwords_differ_or_are_empty__asks_again),
        FAKE_TEST(reset__account_has_a_proxy__goes_through_it),
        FAKE_TEST(reset__server_refuses_or_is_down__is_told_and_ends),
        FAKE_TEST(reset__new_password_is_not_answered__says_that_it_is_not_known),
        FAKE_TEST(reset__server_is_down_when_the_code_is_typed__says_that_nothing_changed),
        FAKE_TEST(offer__declined__is_not_repeated_until_signed_in),
        FAKE_TEST(offer__cancelled_on_the_way__is_made_again),
        FAKE_TEST(offer__client_shows_no_forms__is_not_made),
        FAKE_TEST(offer__who_signs_in_by_token__has_no_password_to_forget),
        FAKE_TEST(offer__account_is_suspended__is_not_made),
        FAKE_TEST(reset__signed_in_meanwhile__is_taken_back),
        FAKE_TEST(reset__done_while_another_login_runs__leaves_that_alone),
        FAKE_TEST(reset__account_is_deleted__ends_at_each_stage),
        FAKE_TEST(reset__plugin_is_unloaded__ends_at_each_stage),
        FAKE_TEST(reset__secrets__are_in_no_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
