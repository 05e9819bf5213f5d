/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-login.c: signing in, failing to, losing the link and coming back, signing out. */
#include "fake-scene.h"

#include <string.h>

/* Signing in ------------------------------------------------------------------------------------
 */

static void login__server_answers__connected_only_when_usable(void **state)
{
    PurpleAccount *account = fake_account("alice");

    (void)state;
    fake_login(account);
    assert_null(fake_connecting()); /* nothing happens inside login() */
    fake_turn();
    fake_expect(FAKE_ANY, "progress Connecting", NULL);
    assert_string_equal(fake_connecting(), "127.0.0.1:6060");

    fake_opened();
    fake_expect(FAKE_ANY, "progress Greeting the server", NULL);
    fake_sent("{'hi':{'id':'1','ver':'0.25','topic':'none'}}");
    assert_non_null(strstr(fake_sent_member("hi.ua"), "purple-tinode/"));
    fake_reply("{'ctrl':{'code':201,'text':'created','params':{'ver':'0.25','build':'test'}}}");

    fake_expect(FAKE_ANY, "progress Signing in", NULL);
    fake_sent("{'login':{'scheme':'basic','secret':'YWxpY2U6c2VjcmV0'}}"); /* alice:secret */
    fake_reply("{'ctrl':{'code':200,'text':'ok','params':{'user':'usrAlice','token':'dA=='}}}");

    fake_expect(FAKE_ANY, "progress Fetching contacts", NULL);
    fake_sent("{'sub':{'topic':'me','get':{'what':'desc sub'}}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'me'}}");
    fake_reply("{'meta':{'topic':'me','desc':{'public':{'fn':'Alice'}}}}");
    fake_expect(FAKE_ANY, "display name Alice", NULL);
    assert_false(fake_is_online(account));
    fake_reply("{'meta':{'topic':'me','sub':[" ROW_BOB "]}}");
    assert_true(fake_is_online(account));
    fake_expect(FAKE_ANY, "connected", "group Tinode", "buddy usrBob", "alias usrBob Bob",
                "presence usrBob available", NULL);
    fake_sent_nothing();
}

static void login__nothing_is_open__no_topic_is_attached_and_no_timer_is_armed(void **state)
{
    PurpleAccount *account = scene_sign_in(ROW_BOB "," ROW_GROUP);

    (void)state;
    (void)account;
    fake_advance(30000); /* presence that was not confirmed after signing in is settled by then */
    fake_ignore(FAKE_PRESENCE | FAKE_TYPING);
    assert_int_equal(fake_timers(), 0);
    fake_advance(3600 * 1000);
    fake_sent_nothing();
}

static void login__user_id_and_token__is_a_token_login(void **state)
{
    PurpleAccount *account = fake_account("usrAlice");

    (void)state;
    fake_allow(FAKE_PROGRESS);
    scene_connect(account);
    scene_hello();
    fake_sent("{'login':{'scheme':'token','secret':'secret'}}");
}

static void login__default_settings__are_the_public_server_with_tls(void **state)
{
    PurpleAccount *account = fake_account("alice");

    (void)state;
    fake_allow(FAKE_PROGRESS);
    fake_set_string(account, "server", "");
    fake_set_string(account, "tls", "required");
    fake_server_of(account);
    fake_login(account);
    fake_turn();
    assert_string_equal(fake_connecting(), "sandbox.tinode.co:443 tls");
}

static void login__not_encrypted__warns_unless_the_server_is_this_computer(void **state)
{
    static const struct {
        const char *server, *tls;
        gboolean warns;
    } cases[] = {
        {"chat.example.org", "off", TRUE},
        {"127.0.0.1:6060, chat.example.org", "off", TRUE},
        {"chat.example.org", "required", FALSE},
        {"127.0.0.1:6060", "off", FALSE},
        {"localhost", "off", FALSE},
        {"[::1]:6060", "off", FALSE},
    };
    PurpleAccount *account = fake_account("alice");

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        fake_set_string(account, "server", cases[i].server);
        fake_set_string(account, "tls", cases[i].tls);
        fake_login(account);
        if (fake_count(FAKE_NOTIFY, "notify warning This connection is not encrypted") !=
            (cases[i].warns ? 1 : 0))
            fail_msg("%s, tls %s", cases[i].server, cases[i].tls);
        fake_ignore(FAKE_NOTIFY);
        fake_logout(account);
        fake_turn();
        fake_ignore(FAKE_STATE | FAKE_PROGRESS);
    }
}

static void login__name_only_begins_like_this_computer__is_warned_about(void **state)
{
    static const char *const servers[] = {"localhost.example.org", "127.example.org:6060",
                                          "localhosts", "127.0.0.1.example.org"};
    PurpleAccount *account = fake_account("alice");

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(servers); i++) {
        fake_set_string(account, "server", servers[i]);
        fake_login(account);
        if (fake_count(FAKE_NOTIFY, "notify warning This connection is not encrypted") != 1)
            fail_msg("%s", servers[i]);
        fake_ignore(FAKE_NOTIFY);
        fake_logout(account);
        fake_turn();
        fake_ignore(FAKE_STATE | FAKE_PROGRESS);
    }
}

/* Failing ---------------------------------------------------------------------------------------
 */

static void expect_failure(PurpleAccount *account, const char *reason, const char *text)
{
    g_autofree char *line = g_strdup_printf("error %s %s", reason, text);

    fake_expect(FAKE_ERROR, line, NULL);
    fake_turn();
    fake_expect(FAKE_STATE, "disconnected", NULL);
    assert_null(account->gc);
    fake_turn();
    assert_int_equal(fake_timers(), 0);
}

#define HERE "127.0.0.1:6060: "

static void login__link_fails__reason_and_sentence_fit_the_cause(void **state)
{
    static const struct {
        TnCause cause;
        TnError error;
        const char *reason, *text;
    } cases[] = {
        {TN_CAUSE_NO_GLUE, TN_ERROR_PERMANENT, "other-error",
         HERE "A part is missing on this computer: please install the package "
              "libwebsockets-evlib-glib."},
        {TN_CAUSE_DNS, TN_ERROR_TRANSIENT, "network-error",
         HERE "The name of the server could not be found."},
        {TN_CAUSE_REFUSED, TN_ERROR_TRANSIENT, "network-error",
         HERE "The server cannot be reached."},
        {TN_CAUSE_TIMEOUT, TN_ERROR_TIMEOUT, "network-error", HERE "The server does not answer."},
        {TN_CAUSE_CLOSED, TN_ERROR_TRANSIENT, "network-error",
         HERE "The server closed the connection."},
        {TN_CAUSE_TLS, TN_ERROR_TRANSIENT, "encryption-error",
         HERE "A secure connection could not be made."},
        {TN_CAUSE_TLS_EXPIRED, TN_ERROR_PERMANENT, "cert-expired",
         HERE "The certificate of the server has expired."},
        {TN_CAUSE_TLS_SELF_SIGNED, TN_ERROR_PERMANENT, "cert-self-signed",
         HERE "The server signed its certificate itself. *"},
        {TN_CAUSE_TLS_UNKNOWN_CA, TN_ERROR_PERMANENT, "cert-untrusted",
         HERE "The certificate of the server comes from an authority *"},
        {TN_CAUSE_TLS_WRONG_HOST, TN_ERROR_PERMANENT, "cert-hostname-mismatch",
         HERE "The certificate of the server is for another name."},
        {TN_CAUSE_TLS_CA_FILE, TN_ERROR_PERMANENT, "invalid-settings",
         HERE "The CA file in the account's settings cannot be read *"},
        {TN_CAUSE_NOT_TLS, TN_ERROR_PERMANENT, "encryption-error",
         HERE "The server does not speak TLS on this port."},
        {TN_CAUSE_API_KEY, TN_ERROR_PERMANENT, "invalid-settings",
         HERE "The server refused the API key in the account's settings."},
        {TN_CAUSE_NOT_WEBSOCKET, TN_ERROR_TRANSIENT, "network-error",
         HERE "Something else than a Tinode server answered. *"},
        {TN_CAUSE_TOO_LARGE, TN_ERROR_TRANSIENT, "network-error",
         HERE "A message was larger than the server allows."},
    };
    PurpleAccount *account = fake_account("alice");

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        fake_server_of(account);
        fake_login(account);
        fake_turn();
        fake_closed(cases[i].error, cases[i].cause);
        fake_ignore(FAKE_PROGRESS);
        expect_failure(account, cases[i].reason, cases[i].text);
    }
}

static void login__server_refuses_login__reason_and_sentence_fit_the_code(void **state)
{
    static const struct {
        const char *answer, *reason, *text;
    } cases[] = {
        {"'code':401,'text':'authentication failed'", "authentication-failed",
         HERE "The user name or the password is wrong."},
        {"'code':403,'text':'permission denied'", "authentication-failed",
         HERE "The server does not let this account in."},
        {"'code':404,'text':'user not found'", "invalid-username",
         HERE "There is no such user on the server."},
        {"'code':300,'text':'validate credentials','params':{'cred':[]}", "other-error",
         HERE "The server wants an address of this account to be confirmed first."},
        {"'code':503,'text':'service unavailable'", "network-error",
         HERE "The server has a problem of its own."},
        {"'code':502,'text':'cluster unreachable'", "network-error",
         HERE "The server has a problem of its own."},
        {"'code':200,'text':'ok'", "network-error",
         HERE "The server sent something that is not understood."},
    };
    PurpleAccount *account = fake_account("alice");

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        scene_connect(account);
        scene_hello();
        fake_sent("{'login':{'scheme':'basic'}}");
        fake_replyf("{'ctrl':{%s}}", cases[i].answer);
        fake_ignore(FAKE_PROGRESS);
        /* A forgotten password is the business of its own tests. */
        if (i == 0)
            fake_press("Cancel");
        fake_ignore(FAKE_NOTIFY);
        expect_failure(account, cases[i].reason, cases[i].text);
    }
}

static void login__server_is_too_old__is_told_once_and_is_fatal(void **state)
{
    PurpleAccount *account = fake_account("alice");

    (void)state;
    scene_connect(account);
    fake_sent("{'hi':{}}");
    fake_reply("{'ctrl':{'code':505,'text':'version not supported'}}");
    fake_ignore(FAKE_PROGRESS);
    expect_failure(account, "other-error",
                   HERE "The server does not support this version of the protocol.");
}

static void login__server_setting_makes_no_sense__is_told(void **state)
{
    PurpleAccount *account = fake_account("alice");

    (void)state;
    fake_set_string(account, "server", "chat.example.org:port");
    fake_set_string(account, "tls", "required");
    fake_login(account);
    fake_turn();
    fake_ignore(FAKE_PROGRESS);
    expect_failure(account, "invalid-settings",
                   "The server setting is not a host name with an optional port.");
}

static void login__no_answer_in_a_phase__times_out_as_network_error(void **state)
{
    PurpleAccount *account = fake_account("alice");

    (void)state;
    scene_connect(account);
    fake_sent("{'hi':{}}");
    fake_advance(19999);
    fake_expect(FAKE_ERROR, NULL);
    fake_advance(1);
    fake_ignore(FAKE_PROGRESS);
    fake_expect(FAKE_ERROR, "error network-error " HERE "The server does not answer.", NULL);
    fake_turn();
    fake_expect(FAKE_STATE, "disconnected", NULL);
}

static void login__account_is_thrown_out_while_up__is_fatal(void **state)
{
    PurpleAccount *account = scene_sign_in("");

    (void)state;
    fake_push("{'ctrl':{'code':205,'text':'evicted'}}");
    expect_failure(account, "authentication-failed",
                   HERE "The server does not let this account in.");
}

static void login__several_servers__each_is_tried_before_it_fails(void **state)
{
    PurpleAccount *account = fake_account("alice");
    g_autofree char *first = NULL;

    (void)state;
    fake_allow(FAKE_PROGRESS);
    fake_set_string(account, "server", "127.0.0.1:6060,127.0.0.2:6061");
    fake_login(account);
    fake_turn();
    first = g_strdup(fake_connecting());
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_REFUSED);
    fake_turn();
    fake_expect(FAKE_ERROR, NULL);
    assert_non_null(fake_connecting());
    assert_string_not_equal(fake_connecting(), first);
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_REFUSED);
    fake_expect(FAKE_ERROR, "error network-error *", NULL);
    fake_turn();
    fake_ignore(FAKE_STATE);
}

/* Signing out -----------------------------------------------------------------------------------
 */

static void connect_only(PurpleAccount *account)
{
    fake_server_of(account);
    fake_login(account);
    fake_turn();
}

static void login__user_signs_out_in_any_phase__ends_quietly(void **state)
{
    PurpleAccount *account = fake_account("alice");

    (void)state;
    for (guint phase = 0; phase < 6; phase++) {
        if (phase == 0)
            fake_login(account);
        else if (phase == 1)
            connect_only(account);
        else
            scene_connect(account);
        if (phase > 2)
            scene_hello();
        if (phase > 3)
            scene_log_in(SELF);
        if (phase > 4)
            scene_me(ROW_BOB);
        fake_ignore(FAKE_ANY);
        fake_logout(account);
        fake_expect(FAKE_ANY, "disconnected", NULL);
        fake_turn();
        assert_int_equal(fake_timers(), 0);
    }
    fake_drop_frames();
}

/* Losing the link -------------------------------------------------------------------------------
 */

static void resume(const char *rows)
{
    fake_opened();
    scene_hello();
    fake_sent("{'login':{'scheme':'token','secret':'dG9rZW4='}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','params':{'user':'usrAlice',"
               "'token':'dG9rZW4='}}}");
    scene_me(rows);
}

static void link__lost_and_back_within_the_minute__client_is_told_nothing(void **state)
{
    PurpleAccount *account = scene_sign_in(ROW_BOB);

    (void)state;
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    assert_null(fake_connecting());
    fake_advance(2000);
    assert_non_null(fake_connecting());
    resume(ROW_BOB);
    fake_ignore(FAKE_LIST | FAKE_PRESENCE);
    fake_expect(FAKE_PROGRESS | FAKE_STATE | FAKE_ERROR, "display name Alice", NULL);
    assert_true(fake_is_online(account));
    fake_advance(60000);
    fake_ignore(FAKE_PRESENCE | FAKE_TYPING);
    fake_expect(FAKE_ERROR, NULL);
    assert_true(fake_is_online(account));
}

static void link__lost_for_a_minute__is_a_network_error(void **state)
{
    PurpleAccount *account = scene_sign_in("");

    (void)state;
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    while (fake_now_ms() < 59000) {
        fake_advance(1000);
        fake_expect(FAKE_ERROR, NULL);
        if (fake_connecting() != NULL)
            fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_REFUSED);
    }
    fake_advance(2000);
    fake_expect(FAKE_ERROR, "error network-error " HERE "The server cannot be reached.", NULL);
    fake_turn();
    fake_expect(FAKE_STATE, "disconnected", NULL);
    assert_null(account->gc);
}

static void link__lost_and_certificate_bad_on_return__is_told_at_once(void **state)
{
    scene_sign_in("");
    (void)state;
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_advance(2000);
    fake_closed(TN_ERROR_PERMANENT, TN_CAUSE_TLS_EXPIRED);
    fake_expect(FAKE_ERROR, "error cert-expired *", NULL);
    fake_turn();
    fake_ignore(FAKE_STATE);
}

static void link__never_two_connections__while_it_flaps(void **state)
{
    PurpleAccount *account = scene_sign_in("");

    (void)state;
    (void)account;
    for (guint i = 0; i < 20; i++) { /* the transport fails on a second open() */
        fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
        fake_advance(20000);
        assert_non_null(fake_connecting());
        resume("");
        fake_ignore(FAKE_STATE);
        fake_advance(20000);
    }
    fake_expect(FAKE_ERROR, NULL);
}

/* Accounts --------------------------------------------------------------------------------------
 */

static void two_accounts__one_signs_out__the_other_goes_on(void **state)
{
    PurpleAccount *alice = fake_account("alice");
    PurpleAccount *carol = fake_account("carol");

    (void)state;
    scene_sign_in_as(alice, SELF, ROW_BOB);
    scene_sign_in_as(carol, CAROL, ROW_BOB);
    fake_expect(FAKE_STATE, "display name Alice", "connected", "carol: display name Alice",
                "carol: connected", NULL);
    fake_ignore(FAKE_ANY);

    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'off'}}");
    fake_expect(FAKE_PRESENCE, "carol: presence usrBob offline", NULL);
    fake_logout(alice);
    fake_turn();
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'on'}}");
    fake_expect(FAKE_PRESENCE, "carol: presence usrBob available", NULL);
    assert_true(fake_is_online(carol));
    fake_ignore(FAKE_STATE | FAKE_TYPING);
}

static void reconnect__conversation_is_open_and_focused__is_attached_again_by_itself(void **state)
{
    PurpleAccount *account = scene_with_bob(3);
    g_autofree char *members = scene_p2p_members(3, 3, 3);

    (void)state;
    fake_logout(account);
    fake_turn();
    scene_sign_in_as(account, SELF,
                     "{'topic':'usrBob','acs':{'mode':'JRWPA'},'seq':3,'read':3,'recv':3}");
    fake_turn();
    scene_attach(BOB, "'seq':3,'read':3,'recv':3", members, NULL);
    fake_expect(FAKE_LINE | FAKE_CONV, NULL); /* nothing is shown twice, nothing is reopened */
    fake_expect_one(FAKE_SIGNAL, "tinode-sync-changed usrBob active attached");
    fake_ignore(FAKE_ANY);
}

static void link__resumed__open_conversation_is_attached_again_by_itself(void **state)
{
    g_autofree char *members = scene_p2p_members(3, 3, 3);

    (void)state;
    scene_with_bob(3);
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_expect_one(FAKE_SIGNAL, "tinode-sync-changed usrBob suspended network-lost");
    fake_advance(2000);
    resume("{'topic':'usrBob','acs':{'mode':'JRWPA'},'seq':3,'read':3,'recv':3}");
    scene_attach(BOB, "'seq':3,'read':3,'recv':3", members, NULL);
    fake_expect(FAKE_SIGNAL, "tinode-sync-changed usrBob starting network-back",
                "tinode-sync-changed usrBob active attached", NULL);
    fake_expect(FAKE_LINE | FAKE_CONV, NULL);
    fake_ignore(FAKE_ANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(login__server_answers__connected_only_when_usable),
        FAKE_TEST(login__nothing_is_open__no_topic_is_attached_and_no_timer_is_armed),
        FAKE_TEST(login__user_id_and_token__is_a_token_login),
        FAKE_TEST(login__default_settings__are_the_public_server_with_tls),
        FAKE_TEST(login__not_encrypted__warns_unless_the_server_is_this_computer),
        FAKE_TEST(login__name_only_begins_like_this_computer__is_warned_about),
        FAKE_TEST(login__link_fails__reason_and_sentence_fit_the_cause),
        FAKE_TEST(login__server_refuses_login__reason_and_sentence_fit_the_code),
        FAKE_TEST(login__server_is_too_old__is_told_once_and_is_fatal),
        FAKE_TEST(login__server_setting_makes_no_sense__is_told),
        FAKE_TEST(login__no_answer_in_a_phase__times_out_as_network_error),
        FAKE_TEST(login__account_is_thrown_out_while_up__is_fatal),
        FAKE_TEST(login__several_servers__each_is_tried_before_it_fails),
        FAKE_TEST(login__user_signs_out_in_any_phase__ends_quietly),
        FAKE_TEST(link__lost_and_back_within_the_minute__client_is_told_nothing),
        FAKE_TEST(link__lost_for_a_minute__is_a_network_error),
        FAKE_TEST(link__lost_and_certificate_bad_on_return__is_told_at_once),
        FAKE_TEST(link__never_two_connections__while_it_flaps),
        FAKE_TEST(two_accounts__one_signs_out__the_other_goes_on),
        FAKE_TEST(reconnect__conversation_is_open_and_focused__is_attached_again_by_itself),
        FAKE_TEST(link__resumed__open_conversation_is_attached_again_by_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
