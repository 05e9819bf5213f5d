/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-session-reset.c: the rows of the table in tn-session.h about a forgotten password.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support-session.h"

/* basic:email:a@example.com; 123456:email:a@example.com; :other1 */
#define LOGIN "{'login':{'scheme':'reset','secret':'YmFzaWM6ZW1haWw6YUBleGFtcGxlLmNvbQ=='}}"
#define ACC                                                                                        \
    "{'acc':{'tmpscheme':'code','tmpsecret':'MTIzNDU2OmVtYWlsOmFAZXhhbXBsZS5jb20=',"               \
    "'scheme':'basic','secret':'Om90aGVyMQ=='}}"

static const TnReset send_code = {.method = "email", .address = "a@example.com"};
static const TnReset set_password = {
    .method = "email", .address = "a@example.com", .code = "123456", .password = "other1"};

#define HI "{'hi':{'ver':'0.25','ua':'Test/1.0 (Linux); lib/1.0','lang':'en-US'}}"

static void hello(Fixture *f)
{
    g_free(fixture_answer(f, HI, 201, "created", "{'reqCred':{'auth':['tel','email']}}"));
    fixture_expect(f, "phase login");
}

static Fixture *until_login(const char *servers, const TnReset *reset)
{
    Fixture *f = fixture_new_reset(servers, reset);

    fixture_connect(f);
    hello(f);
    return f;
}

static void expect_over(Fixture *f, TnSessionState state)
{
    assert_int_equal(tn_session_state(f->session), state);
    assert_false(f->fake->is_open);
    assert_int_equal(f->fake->deadline_ms, -1);
    fake_advance(f->fake, &f->session, 120000);
    fake_expect_silence(f->fake);
    fixture_expect(f, "");
}

static void reset__code_is_sent__is_told_and_off(void **state)
{
    Fixture *f = until_login("one.example", &send_code);

    (void)state;
    g_free(fixture_answer(f, LOGIN, 301, "auth reset", NULL));
    fixture_expect(f, "reset");
    expect_over(f, TN_SESSION_OFF);
    fixture_free(f);
}

static void reset__code_was_sent_before__is_told_and_off(void **state)
{
    Fixture *f = until_login("one.example", &send_code);

    (void)state;
    g_free(fixture_answer(f, LOGIN, 409, "duplicate credential", NULL));
    fixture_expect(f, "reset earlier");
    expect_over(f, TN_SESSION_OFF);
    fixture_free(f);
}

static void reset__password_is_set__is_told_and_off(void **state)
{
    Fixture *f = until_login("one.example", &set_password);

    (void)state;
    g_free(fixture_answer(f, ACC, 200, "ok", NULL));
    fixture_expect(f, "reset");
    expect_over(f, TN_SESSION_OFF);
    assert_null(strstr(f->traces->str, "123456"));
    assert_null(strstr(f->traces->str, "other1"));
    assert_null(strstr(f->traces->str, "example.com"));
    fixture_free(f);
}

/* Each answer to one of the steps. */
static void reset__refused__says_why_and_is_never_repeated(void **state)
{
    static const struct {
        const TnReset *step;
        int code;
        const char *params, *diary;
    } rows[] = {
        {&send_code, 400, NULL, "failed permanent no-reset 400 one.example"},
        {&send_code, 401, NULL, "failed permanent no-reset 401 one.example"},
        {&send_code, 403, NULL, "failed permanent no-reset 403 one.example"},
        {&send_code, 501, NULL, "failed permanent no-reset 501 one.example"},
        {&send_code, 500, NULL, "failed transient server 500 one.example"},
        {&set_password, 401, "{'what':'auth'}", "failed permanent code 401 one.example"},
        {&set_password, 409, NULL, "failed permanent no-reset 409 one.example"},
        {&set_password, 422, NULL, "failed permanent new-password 422 one.example"},
        {&set_password, 400, NULL, "failed permanent no-reset 400 one.example"},
        {&set_password, 404, NULL, "failed permanent no-reset 404 one.example"},
        {&set_password, 501, NULL, "failed permanent no-reset 501 one.example"},
        {&set_password, 500, NULL, "failed permanent server 500 one.example"},
        {&set_password, 503, NULL, "failed permanent server 503 one.example"},
        {&set_password, 301, NULL, "failed permanent server 301 one.example"},
    };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Fixture *f = until_login("one.example", rows[i].step);

        g_free(fixture_answer(f, rows[i].step == &send_code ? LOGIN : ACC, rows[i].code, "x",
                              rows[i].params));
        fixture_expect(f, rows[i].diary);
        expect_over(f, TN_SESSION_FAILED);
        fixture_free(f);
    }
}

static void reset__answer_makes_no_sense__is_malformed(void **state)
{
    Fixture *f = until_login("one.example", &send_code);

    (void)state;
    g_free(fixture_answer(f, LOGIN, 200, "ok", NULL));
    fixture_expect(f, "failed transient malformed 0 one.example");
    expect_over(f, TN_SESSION_FAILED);
    fixture_free(f);
}

static void reset__address_has_a_colon__fails_and_sends_nothing(void **state)
{
    const TnReset odd = {.method = "email", .address = "a:b@example.com"};
    Fixture *f = fixture_new_reset("one.example", &odd);

    (void)state;
    fixture_connect(f);
    g_free(fixture_answer(f, HI, 201, "created", "{'reqCred':{'auth':['email']}}"));
    fixture_expect(f, "failed permanent address 0 one.example");
    expect_over(f, TN_SESSION_FAILED);
    fixture_free(f);
}

/* Asked by such a method, servers break down. */
static void reset__method_is_not_offered__fails_and_sends_nothing(void **state)
{
    static const char *const params[] = {NULL, "{'reqCred':null}", "{'reqCred':{'auth':['tel']}}",
                                         "{'reqCred':{'root':['email']}}"};

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(params); i++) {
        Fixture *f = fixture_new_reset("one.example,two.example", &send_code);

        fixture_connect(f);
        g_free(fixture_answer(f, HI, 201, "created", params[i]));
        fixture_expect(f, "failed permanent no-reset 0 one.example");
        expect_over(f, TN_SESSION_FAILED);
        fixture_free(f);
    }
}

static void reset__server_is_down__the_next_one_is_asked(void **state)
{
    Fixture *f = fixture_new_reset("one.example,two.example", &set_password);

    (void)state;
    tn_session_open(f->session);
    fake_advance(f->fake, &f->session, 0);
    fixture_expect(f, "phase connecting");
    fake_closed(f->fake, TN_ERROR_TRANSIENT, TN_CAUSE_REFUSED);
    fake_advance(f->fake, &f->session, 0);
    fixture_expect(f, "phase connecting");
    fake_opened(f->fake);
    fixture_expect(f, "phase hello");
    hello(f);
    g_free(fixture_answer(f, ACC, 200, "ok", NULL));
    fixture_expect(f, "reset");
    fixture_free(f);
}

/* It may have been done, which uses up the code. */
static void reset__password_is_not_answered__is_not_repeated_on_another_server(void **state)
{
    Fixture *f = until_login("one.example,two.example", &set_password);
    g_autofree char *acc = fake_take(f->fake);

    (void)state;
    assert_non_null(acc);
    fake_closed(f->fake, TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fixture_expect(f, "failed transient closed 0 one.example");
    expect_over(f, TN_SESSION_FAILED);
    fixture_free(f);
}

static void reset__code_is_not_answered__is_asked_for_on_another_server(void **state)
{
    Fixture *f = until_login("one.example,two.example", &send_code);
    g_autofree char *login = fake_take(f->fake);

    (void)state;
    assert_non_null(login);
    fake_advance(f->fake, &f->session, 20000);
    fake_advance(f->fake, &f->session, 0);
    fixture_expect(f, "phase connecting");
    fake_opened(f->fake);
    fixture_expect(f, "phase hello");
    hello(f);
    g_free(fixture_answer(f, LOGIN, 301, "auth reset", NULL));
    fixture_expect(f, "reset");
    fixture_free(f);
}

static void free_it(Fixture *f)
{
    tn_session_free(g_steal_pointer(&f->session));
}

static void reset__freed_when_told__is_quiet(void **state)
{
    Fixture *f = until_login("one.example", &set_password);

    (void)state;
    f->hook_at = "reset";
    f->hook = free_it;
    g_free(fixture_answer(f, ACC, 200, "ok", NULL));
    fixture_expect(f, "reset");
    assert_int_equal(f->fake->deadline_ms, -1);
    fixture_free(f);
}

static void reset__closed_meanwhile__is_quiet(void **state)
{
    Fixture *f = until_login("one.example", &set_password);
    g_autofree char *acc = fake_take(f->fake);

    (void)state;
    assert_non_null(acc);
    tn_session_close(f->session);
    expect_over(f, TN_SESSION_OFF);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reset__code_is_sent__is_told_and_off),
        cmocka_unit_test(reset__code_was_sent_before__is_told_and_off),
        cmocka_unit_test(reset__password_is_set__is_told_and_off),
        cmocka_unit_test(reset__refused__says_why_and_is_never_repeated),
        cmocka_unit_test(reset__answer_makes_no_sense__is_malformed),
        cmocka_unit_test(reset__address_has_a_colon__fails_and_sends_nothing),
        cmocka_unit_test(reset__method_is_not_offered__fails_and_sends_nothing),
        cmocka_unit_test(reset__server_is_down__the_next_one_is_asked),
        cmocka_unit_test(reset__password_is_not_answered__is_not_repeated_on_another_server),
        cmocka_unit_test(reset__code_is_not_answered__is_asked_for_on_another_server),
        cmocka_unit_test(reset__freed_when_told__is_quiet),
        cmocka_unit_test(reset__closed_meanwhile__is_quiet),
    };

    return cmocka_run_group_tests_name("session-reset", tests, NULL, NULL);
}
