/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-session-login.c: the rows of LOGIN and CONFIRM of the table in tn-session.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support-session.h"

#define HI    "{'hi':{'ver':'0.25','ua':'Test/1.0 (Linux); lib/1.0','lang':'en-US'}}"
#define LOGIN "{'login':{'scheme':'basic','secret':'YWxpY2U6YWxpY2UxMjM='}}"
#define CODED                                                                                      \
    "{'login':{'cred':[{'meth':'%s','resp':'%s'}],'scheme':'basic',"                               \
    "'secret':'YWxpY2U6YWxpY2UxMjM='}}"
#define ACC                                                                                        \
    "{'acc':{'user':'new','login':true,'desc':{'public':{'fn':'Alice'}},%s"                        \
    "'scheme':'basic','secret':'YWxpY2U6YWxpY2UxMjM='}}"
#define WANTED "{'user':'usrALICE','cred':['email'],'token':'VE9LRU4='}"
#define OK     "{'user':'usrALICE','token':'VE9LRU4='}"

static void expect_state(const Fixture *f, TnSessionState state)
{
    assert_string_equal(tn_session_state_name(tn_session_state(f->session)),
                        tn_session_state_name(state));
}

static void advance(Fixture *f, gint64 ms)
{
    fake_advance(f->fake, &f->session, ms);
}

/* The next frame, which must be the format with these, is answered. */
static void answer(Fixture *f, const char *format, const char *one, const char *two, int code,
                   const char *text, const char *params)
{
    g_auto(GStrv) parts = g_strsplit(format, "%s", 3);
    g_autofree char *frame =
        g_strconcat(parts[0], one != NULL ? one : "", parts[1], two != NULL ? two : "",
                    parts[1] != NULL && parts[2] != NULL ? parts[2] : NULL, NULL);

    g_free(fixture_answer(f, frame, code, text, params));
}

static void reply(Fixture *f, const char *text)
{
    tn_session_answer(f->session, text);
    fixture_expect(f, ""); /* nothing is told before it returns */
    advance(f, 0);
}

/* Codes ----------------------------------------------------------------------------------------*/

static Fixture *asked(void)
{
    Fixture *f = fixture_new();

    fixture_connect(f);
    fixture_hello(f);
    g_free(fixture_answer(f, LOGIN, 300, "validate credentials", WANTED));
    fixture_expect(f, "phase confirm; question code email");
    expect_state(f, TN_SESSION_CONFIRM);
    return f;
}

static void confirm__wrong_and_right_code__is_asked_again_and_goes_on(void **state)
{
    Fixture *f = asked();

    (void)state;
    assert_int_equal(f->fake->deadline_ms, -1); /* a person takes as long as he likes */
    advance(f, 24 * 3600 * 1000);
    assert_true(f->fake->is_open);
    reply(f, "000000");
    fixture_expect(f, "phase login");
    answer(f, CODED, "email", "000000", 300, "validate credentials", WANTED);
    fixture_expect(f, "phase confirm; question code email again");
    reply(f, "123456");
    fixture_expect(f, "phase login");
    answer(f, CODED, "email", "123456", 200, "ok", OK);
    fixture_expect(f, "phase attaching");
    fixture_me(f);
    fixture_free(f);
}

static void confirm__two_methods__each_is_asked_for_the_first_time(void **state)
{
    Fixture *f = asked();

    (void)state;
    reply(f, "123456");
    fixture_expect(f, "phase login");
    answer(f, CODED, "email", "123456", 300, "validate credentials", "{'cred':['tel']}");
    fixture_expect(f, "phase confirm; question code tel");
    reply(f, "1");
    fixture_expect(f, "phase login");
    answer(f, CODED, "tel", "1", 200, "ok", OK);
    fixture_expect(f, "phase attaching");
    fixture_free(f);
}

static void confirm__no_more_tries__fails(void **state)
{
    Fixture *f = asked();

    (void)state;
    reply(f, "000000");
    fixture_expect(f, "phase login");
    answer(f, CODED, "email", "000000", 422, "policy violation", NULL);
    fixture_expect(f, "failed permanent codes 422 one.example");
    fixture_free(f);
}

static void confirm__declined__fails_and_sends_nothing(void **state)
{
    Fixture *f = asked();

    (void)state;
    reply(f, NULL);
    fixture_expect(f, "failed credential credential 300 one.example");
    fake_expect_silence(f->fake);
    assert_false(f->fake->is_open);
    assert_int_equal(f->fake->deadline_ms, -1);
    fixture_free(f);
}

static void confirm__answered_twice__the_first_counts(void **state)
{
    Fixture *f = asked();

    (void)state;
    tn_session_answer(f->session, "123456");
    tn_session_answer(f->session, NULL);
    advance(f, 0);
    fixture_expect(f, "phase login");
    tn_session_answer(f->session, "late");
    answer(f, CODED, "email", "123456", 200, "ok", OK);
    fixture_expect(f, "phase attaching");
    fixture_free(f);
}

static void confirm__link_lost__fails_with_the_cause(void **state)
{
    Fixture *f = asked();

    (void)state;
    fake_closed(f->fake, TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fixture_expect(f, "failed transient closed 0 one.example");
    tn_session_answer(f->session, "123456");
    advance(f, 60000);
    fixture_expect(f, "");
    fixture_free(f);
}

static void confirm__server_shuts_down_and_there_is_another__asks_there(void **state)
{
    Fixture *f = fixture_new_with("one.example,two.example", "alice");

    (void)state;
    fixture_connect(f);
    fixture_hello(f);
    g_free(fixture_answer(f, LOGIN, 300, "validate credentials", WANTED));
    fixture_expect(f, "phase confirm; question code email");
    fake_receive(f->fake, "{'ctrl':{'code':205,'text':'server shutdown'}}");
    advance(f, 0);
    fixture_expect(f, "phase connecting");
    fake_opened(f->fake);
    fixture_expect(f, "phase hello");
    fixture_hello(f);
    g_free(fixture_answer(f, LOGIN, 300, "validate credentials", WANTED));
    fixture_expect(f, "phase confirm; question code email");
    fixture_free(f);
}

static void confirm__closed_meanwhile__is_quiet_and_forgets_the_answer(void **state)
{
    Fixture *f = asked();

    (void)state;
    tn_session_answer(f->session, "123456");
    tn_session_close(f->session);
    advance(f, 60000);
    fixture_expect(f, "");
    fixture_connect(f);
    fixture_hello(f);
    g_free(fixture_answer(f, LOGIN, 200, "ok", OK));
    fixture_expect(f, "phase attaching");
    fixture_free(f);
}

/* The minute of resuming does not run while a person looks for his phone. */
static void confirm__while_resuming__waits_and_then_resumes(void **state)
{
    Fixture *f = fixture_new();

    (void)state;
    fixture_up(f);
    fake_closed(f->fake, TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fixture_expect(f, "down transient closed 0 one.example");
    advance(f, 2000);
    fixture_expect(f, "phase connecting");
    fake_opened(f->fake);
    fixture_expect(f, "phase hello");
    fixture_hello(f);
    g_free(fixture_answer(f, "{'login':{'scheme':'token','secret':'VE9LRU4='}}", 300, "x", WANTED));
    fixture_expect(f, "phase confirm; question code email");
    advance(f, 600000);
    fixture_expect(f, "");
    reply(f, "123456");
    fixture_expect(f, "phase login");
    fixture_login(f);
    fixture_me(f);
    fixture_free(f);
}

/* New accounts ---------------------------------------------------------------------------------*/

static Fixture *greeted(const char *servers, const char *params)
{
    Fixture *f = fixture_new_account(servers, "alice");

    fixture_connect(f);
    g_free(fixture_answer(f, HI, 201, "created", params));
    return f;
}

#define NONE  "{'ver':'0.25','reqCred':null,'maxMessageSize':131072}"
#define EMAIL "{'ver':'0.25','reqCred':{'auth':['email'],'anon':['x']},'maxMessageSize':131072}"

static void acc__made__is_signed_in_and_later_logins_are_logins(void **state)
{
    Fixture *f = greeted("one.example", NONE);

    (void)state;
    fixture_expect(f, "phase login");
    answer(f, ACC, NULL, NULL, 200, "ok", OK);
    fixture_expect(f, "created; phase attaching");
    fixture_me(f);
    fake_closed(f->fake, TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fixture_expect(f, "down transient closed 0 one.example");
    advance(f, 2000);
    fixture_expect(f, "phase connecting");
    fixture_resume(f);
    fixture_free(f);
}

static void acc__address_required__is_asked_for_then_confirmed(void **state)
{
    Fixture *f = greeted("one.example", EMAIL);

    (void)state;
    fixture_expect(f, "phase confirm; question address email");
    fake_expect_silence(f->fake);
    reply(f, "n@example.com");
    fixture_expect(f, "phase login");
    answer(f, ACC, "'cred':[{'meth':'email','val':'n@example.com'}],", NULL, 300,
           "validate credentials", WANTED);
    fixture_expect(f, "created; phase confirm; question code email");
    reply(f, "123456");
    fixture_expect(f, "phase login");
    answer(f, CODED, "email", "123456", 200, "ok", OK);
    fixture_expect(f, "phase attaching");
    fixture_free(f);
}

static void acc__two_addresses_required__are_asked_for_one_after_the_other(void **state)
{
    Fixture *f = greeted("one.example", "{'reqCred':{'auth':['email','tel']}}");

    (void)state;
    fixture_expect(f, "phase confirm; question address email");
    reply(f, "n@example.com");
    fixture_expect(f, "phase confirm; question address tel");
    reply(f, "+1");
    fixture_expect(f, "phase login");
    answer(f, ACC, "'cred':[{'meth':'email','val':'n@example.com'},{'meth':'tel','val':'+1'}],",
           NULL, 200, "ok", OK);
    fixture_expect(f, "created; phase attaching");
    fixture_free(f);
}

static void acc__refused__says_why_and_is_never_repeated(void **state)
{
    static const struct {
        int code;
        const char *params, *diary;
    } rows[] = {
        {409, "{'what':'auth'}", "failed permanent name-taken 409 one.example"},
        {409, NULL, "failed permanent name-taken 409 one.example"},
        {422, "{'what':'auth'}", "failed permanent name 422 one.example"},
        {422, NULL, "failed permanent new-password 422 one.example"},
        {400, "{'what':'auth'}", "failed permanent name 400 one.example"},
        {400, NULL, "failed permanent no-register 400 one.example"},
        {401, NULL, "failed permanent no-register 401 one.example"},
        {403, "{'what':'tags'}", "failed permanent no-register 403 one.example"},
        {500, NULL, "failed permanent server 500 one.example"},
        {502, NULL, "failed permanent server 502 one.example"},
    };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Fixture *f = greeted("one.example,two.example", NONE);

        fixture_expect(f, "phase login");
        answer(f, ACC, NULL, NULL, rows[i].code, "x", rows[i].params);
        fixture_expect(f, rows[i].diary);
        advance(f, 60000);
        fixture_free(f);
    }
}

static void acc__not_answered__is_not_repeated_on_another_server(void **state)
{
    Fixture *f = greeted("one.example,two.example", NONE);
    g_autofree char *acc = fake_take(f->fake);

    (void)state;
    fixture_expect(f, "phase login");
    advance(f, 20000);
    fixture_expect(f, "failed timeout timeout 0 one.example");
    advance(f, 60000);
    fixture_free(f);
}

/* Another password -----------------------------------------------------------------------------*/

static void password__changed__is_that_of_the_next_login(void **state)
{
    Fixture *f = fixture_new();

    (void)state;
    fixture_up(f);
    tn_session_change_password(f->session, "other1", fixture_done, fixture_name(f, "a"));
    g_free(
        fixture_answer(f, "{'acc':{'scheme':'basic','secret':'Om90aGVyMQ=='}}", 200, "ok", NULL));
    fixture_expect(f, "a: ok 200 me");
    assert_string_equal(tn_session_password(f->session), "other1");
    fixture_free(f);
}

static void password__refused_or_not_answered__is_the_old_one(void **state)
{
    Fixture *f = fixture_new();
    g_autofree char *acc = NULL;

    (void)state;
    tn_session_change_password(f->session, "other1", fixture_done, fixture_name(f, "a"));
    advance(f, 0);
    fixture_expect(f, "a: transient 0 me");
    fixture_up(f);
    tn_session_change_password(f->session, "x", fixture_done, fixture_name(f, "b"));
    g_free(fixture_answer(f, "{'acc':{'scheme':'basic','secret':'Ong='}}", 422, "policy violation",
                          NULL));
    fixture_expect(f, "b: permanent 422 me");
    tn_session_change_password(f->session, "other1", fixture_done, fixture_name(f, "c"));
    acc = fake_take(f->fake);
    advance(f, 10000);
    fixture_expect(f, "c: timeout 0 me");
    assert_string_equal(tn_session_password(f->session), "alice123");
    fixture_free(f);
}

static void publish__larger_than_the_server_takes__never_leaves(void **state)
{
    Fixture *f = fixture_new();
    g_autofree char *text = g_strnfill(131072, 'x');
    g_autoptr(TnContent) content = tn_content_from_text(text);

    (void)state;
    fixture_up(f);
    fixture_attached(f, "usrB");
    tn_session_publish(f->session, "usrB", &(TnPub){.client_id = "1", .content = content},
                       fixture_done, fixture_name(f, "a"));
    advance(f, 0);
    fixture_expect(f, "a: permanent 0 usrB");
    fake_expect_silence(f->fake);
    expect_state(f, TN_SESSION_UP);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(confirm__wrong_and_right_code__is_asked_again_and_goes_on),
        cmocka_unit_test(confirm__two_methods__each_is_asked_for_the_first_time),
        cmocka_unit_test(confirm__no_more_tries__fails),
        cmocka_unit_test(confirm__declined__fails_and_sends_nothing),
        cmocka_unit_test(confirm__answered_twice__the_first_counts),
        cmocka_unit_test(confirm__link_lost__fails_with_the_cause),
        cmocka_unit_test(confirm__server_shuts_down_and_there_is_another__asks_there),
        cmocka_unit_test(confirm__closed_meanwhile__is_quiet_and_forgets_the_answer),
        cmocka_unit_test(confirm__while_resuming__waits_and_then_resumes),
        cmocka_unit_test(acc__made__is_signed_in_and_later_logins_are_logins),
        cmocka_unit_test(acc__address_required__is_asked_for_then_confirmed),
        cmocka_unit_test(acc__two_addresses_required__are_asked_for_one_after_the_other),
        cmocka_unit_test(acc__refused__says_why_and_is_never_repeated),
        cmocka_unit_test(acc__not_answered__is_not_repeated_on_another_server),
        cmocka_unit_test(password__changed__is_that_of_the_next_login),
        cmocka_unit_test(password__refused_or_not_answered__is_the_old_one),
        cmocka_unit_test(publish__larger_than_the_server_takes__never_leaves),
    };

    return cmocka_run_group_tests_name("session-login", tests, NULL, NULL);
}
