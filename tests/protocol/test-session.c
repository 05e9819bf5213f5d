/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-session.c: every row of the table in tn-session.h, and what it says about coming back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support-session.h"

#define LOGIN_BASIC "{'login':{'scheme':'basic','secret':'YWxpY2U6YWxpY2UxMjM='}}"
#define LOGIN_TOKEN "{'login':{'scheme':'token','secret':'VE9LRU4='}}"
#define SUB_ME      "{'sub':{'topic':'me','get':{'what':'desc sub'}}}"

static int set_up(void **state)
{
    *state = fixture_new();
    return 0;
}

static int tear_down(void **state)
{
    fixture_free(*state);
    return 0;
}

static void expect_state(const Fixture *f, TnSessionState state)
{
    assert_string_equal(tn_session_state_name(tn_session_state(f->session)),
                        tn_session_state_name(state));
}

static void advance(Fixture *f, gint64 ms)
{
    fake_advance(f->fake, &f->session, ms);
}

static void lose(Fixture *f)
{
    fake_closed(f->fake, TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
}

/* Signing in ------------------------------------------------------------------------------------*/

static void session__open__connects_from_the_next_tick(void **state)
{
    Fixture *f = *state;

    expect_state(f, TN_SESSION_OFF);
    tn_session_open(f->session);
    expect_state(f, TN_SESSION_CONNECTING);
    assert_false(f->fake->is_connecting);
    advance(f, 0);
    fixture_expect(f, "phase connecting");
    assert_true(f->fake->is_connecting);
    assert_string_equal(f->fake->host, "one.example");
    assert_int_equal(f->fake->port, 443);
    assert_true(f->fake->use_tls);
    assert_string_equal(f->fake->api_key, "KEY");
    assert_string_equal(f->fake->ca_file, "ca.pem");
}

static void session__open__twice_is_once(void **state)
{
    Fixture *f = *state;

    fixture_connect(f);
    tn_session_open(f->session);
    advance(f, 0);
    expect_state(f, TN_SESSION_HELLO);
}

static void session__sign_in__walks_the_phases_to_up(void **state)
{
    Fixture *f = *state;

    fixture_connect(f);
    expect_state(f, TN_SESSION_HELLO);
    fixture_hello(f);
    expect_state(f, TN_SESSION_LOGIN);
    g_free(fixture_answer(f, LOGIN_BASIC, 200, "ok", "{'user':'usrALICE','token':'VE9LRU4='}"));
    fixture_expect(f, "phase attaching");
    expect_state(f, TN_SESSION_ATTACHING);
    assert_string_equal(tn_session_user(f->session), "usrALICE");
    fixture_me(f);
    expect_state(f, TN_SESSION_UP);
    assert_true(tn_session_is_attached(f->session, "me"));
    /* Signed in and nothing asked: no timer. */
    assert_int_equal(f->fake->deadline_ms, -1);
    assert_int_equal(tn_session_resumes(f->session), 0);
}

static void session__me__is_up_only_when_all_parts_came(void **state)
{
    Fixture *f = *state;
    g_autofree char *id = NULL, *desc = NULL, *rows = NULL;

    fixture_connect(f);
    fixture_hello(f);
    fixture_login(f);
    id = fake_expect(f->fake, SUB_ME);
    desc = g_strdup_printf("{'meta':{'id':'%s','topic':'me','desc':{}}}", id);
    rows = g_strdup_printf("{'meta':{'id':'%s','topic':'me','sub':[{'topic':'usrB'}]}}", id);
    /* In a cluster the description may precede the 200. */
    fake_receive(f->fake, desc);
    fake_receive(f->fake, rows);
    fixture_expect(f, "meta me desc; meta me sub");
    expect_state(f, TN_SESSION_ATTACHING);
    fake_receive(f->fake, "{'pres':{'topic':'me','src':'usrB','what':'on'}}");
    fixture_expect(f, "pres me usrB");
    fixture_reply(f, id, "me", 200, "ok", NULL);
    fixture_expect(f, "up usrALICE 0.25 131072");
}

static void session__me__already_attached_asks_for_the_rows(void **state)
{
    Fixture *f = *state;
    g_autofree char *id = NULL, *meta = NULL;

    fixture_connect(f);
    fixture_hello(f);
    fixture_login(f);
    g_free(fixture_answer(f, SUB_ME, 304, "already subscribed", NULL));
    id = fake_expect(f->fake, "{'get':{'topic':'me','what':'desc sub'}}");
    meta = g_strdup_printf("{'meta':{'id':'%s','topic':'me','desc':{},'sub':[]}}", id);
    fake_receive(f->fake, meta);
    fixture_expect(f, "meta me desc sub; up usrALICE 0.25 131072");
}

static void session__me__locked_is_repeated_on_the_same_connection(void **state)
{
    Fixture *f = *state;

    fixture_connect(f);
    fixture_hello(f);
    fixture_login(f);
    g_free(fixture_answer(f, SUB_ME, 503, "locked", NULL));
    fake_expect_silence(f->fake);
    advance(f, 1000);
    fixture_me(f);
}

static void session__me__refused_by_the_cluster_is_never_up(void **state)
{
    Fixture *f = *state;

    fixture_connect(f);
    fixture_hello(f);
    fixture_login(f);
    g_free(fixture_answer(f, SUB_ME, 502, "cluster unreachable", NULL));
    fixture_expect(f, "failed transient server 502 one.example");
    expect_state(f, TN_SESSION_FAILED);
    assert_false(f->fake->is_open);
}

/* {code, text, diary} of answers to hi and login that end it all. */
typedef struct {
    int code;
    const char *text, *params, *diary;
} Refusal;

static void session__hello__refusals_say_why(void **state)
{
    static const Refusal rows[] = {
        {505, "version not supported", NULL, "failed permanent version 505 one.example"},
        {400, "malformed", NULL, "failed permanent server 400 one.example"},
        {502, "cluster unreachable", NULL, "failed transient server 502 one.example"},
        {503, "service unavailable", NULL, "failed overload server 503 one.example"},
    };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Fixture *f = fixture_new();
        g_autofree char *hi = NULL;

        fixture_connect(f);
        hi = fake_take(f->fake);
        fixture_reply(f, "1", NULL, rows[i].code, rows[i].text, NULL);
        fixture_expect(f, rows[i].diary);
        expect_state(f, TN_SESSION_FAILED);
        assert_int_equal(f->fake->deadline_ms, -1);
        fixture_free(f);
    }
}

static void session__login__refusals_say_why(void **state)
{
    static const Refusal rows[] = {
        {401, "authentication failed", NULL, "failed auth password 401 one.example"},
        {300, "validate credentials", "{'cred':[]}",
         "failed credential credential 300 one.example"},
        {403, "permission denied", NULL, "failed auth suspended 403 one.example"},
        {404, "user not found", NULL, "failed gone no-user 404 one.example"},
        {500, "internal error", NULL, "failed transient server 500 one.example"},
        {422, "policy violation", NULL, "failed permanent server 422 one.example"},
        {200, "ok", "{'token':'x'}", "failed transient malformed 0 one.example"},
    };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Fixture *f = fixture_new();

        fixture_connect(f);
        fixture_hello(f);
        g_free(fixture_answer(f, LOGIN_BASIC, rows[i].code, rows[i].text, rows[i].params));
        fixture_expect(f, rows[i].diary);
        expect_state(f, TN_SESSION_FAILED);
        fixture_free(f);
    }
}

static void session__login__malformed_without_id_is_meant_for_it(void **state)
{
    Fixture *f = *state;
    g_autofree char *login = NULL;

    fixture_connect(f);
    fixture_hello(f);
    login = fake_take(f->fake);
    fake_receive(f->fake, "{'ctrl':{'code':400,'text':'malformed'}}");
    fixture_expect(f, "failed permanent server 400 one.example");
}

static void session__login__with_a_user_id_sends_the_password_as_token(void **state)
{
    Fixture *f = fixture_new_with("one.example", "usrALICE");

    (void)state;
    fixture_connect(f);
    fixture_hello(f);
    g_free(fixture_answer(f, "{'login':{'scheme':'token','secret':'alice123'}}", 401,
                          "authentication failed", NULL));
    fixture_expect(f, "failed auth password 401 one.example");
    fixture_free(f);
}

static void session__malformed_frame__ends_signing_in_but_not_a_session(void **state)
{
    Fixture *f = *state;
    Fixture *other = fixture_new();

    fixture_connect(other);
    fake_receive(other->fake, "<html>");
    fixture_expect(other, "failed transient malformed 0 one.example");
    fixture_free(other);

    fixture_up(f);
    fake_receive(f->fake, "{'data':{'topic':'usrB','seq':-1}}");
    fake_receive(f->fake, "{'ctrl'");
    fake_receive(f->fake, "0");
    expect_state(f, TN_SESSION_UP);
    assert_int_equal(tn_session_malformed(f->session), 2);
}

static void session__phase__that_lasts_too_long_is_given_up(void **state)
{
    static const char *const names[] = {"hello", "login", "attaching"};

    (void)state;
    for (guint phase = 0; phase < G_N_ELEMENTS(names); phase++) {
        Fixture *f = fixture_new();

        fixture_connect(f);
        if (phase > 0)
            fixture_hello(f);
        if (phase > 1)
            fixture_login(f);
        advance(f, 19999);
        assert_string_equal(tn_session_state_name(tn_session_state(f->session)), names[phase]);
        fixture_expect(f, "");
        advance(f, 1);
        fixture_expect(f, "failed timeout timeout 0 one.example");
        assert_false(f->fake->is_open);
        fixture_free(f);
    }
}

static void session__connecting__does_not_wait_for_a_silent_transport_for_ever(void **state)
{
    Fixture *f = *state;

    tn_session_open(f->session);
    advance(f, 34999);
    fixture_expect(f, "phase connecting");
    advance(f, 1);
    fixture_expect(f, "failed timeout timeout 0 one.example");
    assert_false(f->fake->is_connecting);
}

static void session__first_connection__that_fails_is_told_at_once(void **state)
{
    Fixture *f = *state;

    tn_session_open(f->session);
    advance(f, 0);
    fixture_forget(f);
    fake_closed(f->fake, TN_ERROR_TRANSIENT, TN_CAUSE_REFUSED);
    fixture_expect(f, "failed transient refused 0 one.example");
    assert_int_equal(f->fake->deadline_ms, -1);
    /* The host tries again with the same session. */
    fixture_up(f);
}

static void session__several_servers__are_each_tried_once_at_first(void **state)
{
    Fixture *f = fixture_new_with("one.example, two.example:6060,[::1]:7070", "alice");

    (void)state;
    tn_session_open(f->session);
    advance(f, 0);
    assert_string_equal(f->fake->host, "one.example");
    fake_closed(f->fake, TN_ERROR_TRANSIENT, TN_CAUSE_REFUSED);
    advance(f, 0);
    assert_string_equal(f->fake->host, "two.example");
    assert_int_equal(f->fake->port, 6060);
    fake_closed(f->fake, TN_ERROR_TRANSIENT, TN_CAUSE_REFUSED);
    advance(f, 0);
    assert_string_equal(f->fake->host, "::1");
    assert_int_equal(f->fake->port, 7070);
    fake_closed(f->fake, TN_ERROR_TRANSIENT, TN_CAUSE_REFUSED);
    fixture_expect(f, "phase connecting; phase connecting; phase connecting; "
                      "failed transient refused 0 [::1]:7070");
    fixture_free(f);
}

static void session__permanent_error__is_not_tried_elsewhere(void **state)
{
    Fixture *f = fixture_new_with("one.example,two.example", "alice");

    (void)state;
    tn_session_open(f->session);
    advance(f, 0);
    fixture_forget(f);
    fake_closed(f->fake, TN_ERROR_PERMANENT, TN_CAUSE_TLS_EXPIRED);
    fixture_expect(f, "failed permanent tls-expired 0 one.example");
    fixture_free(f);
}

static void session__server_list__that_makes_no_sense_fails(void **state)
{
    static const char *const lists[] = {
        "", " , ", "host:0", "host:99999", "host:", "[::1", "a b", "http://host/", "[::1]x", ":80"};

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
        Fixture *f = fixture_new_with(lists[i], "alice");

        tn_session_open(f->session);
        advance(f, 0);
        fixture_expect(f, "failed permanent config 0 -");
        fixture_free(f);
    }
}

/* Losing the link -------------------------------------------------------------------------------*/

static void session__link_lost__comes_back_with_the_token(void **state)
{
    Fixture *f = *state;

    fixture_up(f);
    fixture_attached(f, "usrB");
    f->fake->chance = 0.5;
    lose(f);
    fixture_expect(f, "down transient closed 0 one.example");
    expect_state(f, TN_SESSION_BACKOFF);
    assert_false(tn_session_is_attached(f->session, "usrB"));
    assert_false(tn_session_is_attached(f->session, "me"));
    advance(f, 499);
    fixture_expect(f, "");
    advance(f, 1);
    fixture_expect(f, "phase connecting");
    fake_opened(f->fake);
    fixture_expect(f, "phase hello");
    fixture_hello(f);
    g_free(fixture_answer(f, LOGIN_TOKEN, 200, "ok", "{'user':'usrALICE','token':'TkVX'}"));
    fixture_expect(f, "phase attaching");
    fixture_me(f);
    assert_int_equal(tn_session_resumes(f->session), 1);
    assert_int_equal(f->fake->deadline_ms, -1);
    /* The fresh token is the one for the next time. */
    lose(f);
    advance(f, 1000);
    fake_opened(f->fake);
    fixture_forget(f);
    fixture_hello(f);
    g_free(fake_expect(f->fake, "{'login':{'scheme':'token','secret':'TkVX'}}"));
}

static void session__token_refused__falls_back_to_the_password(void **state)
{
    Fixture *f = *state;

    fixture_up(f);
    lose(f);
    advance(f, 0);
    fake_opened(f->fake);
    fixture_forget(f);
    fixture_hello(f);
    g_free(fixture_answer(f, LOGIN_TOKEN, 401, "authentication failed", NULL));
    fixture_expect(f, "phase login");
    g_free(fixture_answer(f, LOGIN_BASIC, 200, "ok", "{'user':'usrALICE'}"));
    fixture_expect(f, "phase attaching");
    fixture_me(f);
}

static void session__frames_that_end_a_link__lead_to_the_next_server(void **state)
{
    static const struct {
        const char *frame, *diary;
    } rows[] = {
        {"{'ctrl':{'code':205,'text':'server shutdown'}}",
         "down transient shutdown 205 one.example"},
        {"{'pres':{'topic':'me','src':'grpF','what':'term'}}",
         "down transient server 0 one.example"},
        {"{'pres':{'topic':'me','what':'term'}}", "down transient server 0 one.example"},
        {"{'pres':{'topic':'usrB','what':'term'}}", "down transient server 0 one.example"},
        {"{'ctrl':{'topic':'usrB','code':502,'text':'cluster unreachable'}}",
         "down transient server 502 one.example"},
        {"{'ctrl':{'topic':'me','code':205,'text':'evicted','params':{'unsub':false}}}",
         "down transient server 205 one.example"},
    };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Fixture *f = fixture_new_with("one.example,two.example", "alice");

        fixture_up(f);
        fake_receive(f->fake, rows[i].frame);
        fixture_expect(f, rows[i].diary);
        expect_state(f, TN_SESSION_BACKOFF);
        assert_false(f->fake->is_open);
        advance(f, 1000);
        fixture_expect(f, "phase connecting");
        assert_string_equal(f->fake->host, "two.example");
        fixture_free(f);
    }
}

static void session__evicted_whole__fails_as_suspended(void **state)
{
    Fixture *f = *state;

    fixture_up(f);
    tn_session_get(f->session, "me", &(TnGet){.desc = TRUE}, fixture_done, fixture_name(f, "get"));
    fake_receive(f->fake, "{'ctrl':{'code':205,'text':'evicted'}}");
    fixture_expect(f, "get: transient 0 me; failed auth suspended 205 one.example");
    expect_state(f, TN_SESSION_FAILED);
    assert_int_equal(f->fake->deadline_ms, -1);
}

static void session__evicted_from_a_topic__is_told(void **state)
{
    Fixture *f = *state;

    fixture_up(f);
    fixture_attached(f, "grpF");
    fake_receive(f->fake,
                 "{'ctrl':{'topic':'grpF','code':205,'text':'evicted','params':{'unsub':true}}}");
    fixture_expect(f, "evicted grpF unsub");
    assert_false(tn_session_is_attached(f->session, "grpF"));
    fixture_attached(f, "grpF");
    fake_receive(f->fake, "{'pres':{'topic':'me','src':'grpF','what':'gone'}}");
    fixture_expect(f, "pres me grpF");
    assert_false(tn_session_is_attached(f->session, "grpF"));
    expect_state(f, TN_SESSION_UP);
}

/* Delays between the attempts of one outage, in ms. */
static GArray *delays_of_outage(Fixture *f)
{
    GArray *delays = g_array_new(FALSE, FALSE, sizeof(gint64));

    while (tn_session_state(f->session) != TN_SESSION_FAILED) {
        gint64 before = f->fake->now_ms, delay;

        while (!f->fake->is_connecting && tn_session_state(f->session) == TN_SESSION_BACKOFF)
            advance(f, 1);
        if (!f->fake->is_connecting)
            break;
        assert_true(delays->len < 100); /* an outage ends */
        delay = f->fake->now_ms - before;
        g_array_append_val(delays, delay);
        fake_closed(f->fake, TN_ERROR_TRANSIENT, TN_CAUSE_REFUSED);
    }
    return delays;
}

static void session__backoff__grows_with_jitter_to_a_cap(void **state)
{
    Fixture *f = *state;
    static const gint64 expected[] = {999, 999, 1999, 3998, 7996, 14995, 14995};
    g_autoptr(GArray) delays = NULL;

    fixture_up(f);
    f->fake->chance = 0.9999;
    lose(f);
    fixture_forget(f);
    delays = delays_of_outage(f);
    assert_int_equal(delays->len, G_N_ELEMENTS(expected));
    for (guint i = 0; i < delays->len; i++)
        assert_in_range(g_array_index(delays, gint64, i), expected[i] - 2, expected[i] + 5);
    fixture_forget(f);
}

static void session__resume__is_given_up_after_its_time_with_the_last_cause(void **state)
{
    Fixture *f = *state;
    gint64 lost_at_ms;
    g_autoptr(GArray) delays = NULL;

    fixture_up(f);
    f->fake->chance = 0.7;
    lose(f);
    lost_at_ms = f->fake->now_ms;
    fixture_expect(f, "down transient closed 0 one.example");
    delays = delays_of_outage(f);
    assert_int_equal(f->fake->now_ms, lost_at_ms + 60000);
    assert_true(g_str_has_suffix(f->diary->str,
                                 "phase connecting; failed transient refused 0 one.example"));
    assert_null(strstr(f->diary->str, "down"));
    fixture_forget(f);
    assert_int_equal(f->fake->deadline_ms, -1);
}

static void session__resume__ends_an_attempt_that_is_under_way(void **state)
{
    Fixture *f = *state;

    fixture_up(f);
    lose(f);
    advance(f, 0);
    fake_opened(f->fake);
    advance(f, 19000);
    expect_state(f, TN_SESSION_HELLO);
    lose(f);
    advance(f, 11000);
    lose(f);
    advance(f, 29999);
    expect_state(f, TN_SESSION_CONNECTING);
    fixture_forget(f);
    advance(f, 1);
    fixture_expect(f, "failed transient closed 0 one.example");
    assert_false(f->fake->is_connecting);
}

static void session__backoff__starts_anew_only_after_an_up_that_lasted(void **state)
{
    Fixture *f = *state;
    gint64 lost_at_ms;

    fixture_up(f);
    f->fake->chance = 0.5;
    lose(f); /* at once: first delay 500 */
    advance(f, 500);
    fixture_forget(f);
    fixture_resume(f);
    advance(f, 29999);
    lose(f); /* did not last: second delay 750 */
    fixture_forget(f);
    lost_at_ms = f->fake->now_ms;
    advance(f, 749);
    assert_false(f->fake->is_connecting);
    advance(f, 1);
    assert_true(f->fake->is_connecting);
    assert_int_equal(f->fake->now_ms, lost_at_ms + 750);
    fixture_forget(f);
    fixture_resume(f);
    advance(f, 30000);
    lose(f); /* lasted */
    fixture_forget(f);
    advance(f, 499);
    assert_false(f->fake->is_connecting);
    advance(f, 1);
    assert_true(f->fake->is_connecting);
    fixture_forget(f);
}

static void session__certificate_error__while_resuming_is_told_at_once(void **state)
{
    Fixture *f = *state;

    fixture_up(f);
    lose(f);
    advance(f, 0);
    fixture_forget(f);
    fake_closed(f->fake, TN_ERROR_PERMANENT, TN_CAUSE_TLS_EXPIRED);
    fixture_expect(f, "failed permanent tls-expired 0 one.example");
}

/* Closing
 * ----------------------------------------------------------------------------------------*/

static void session__close__in_any_state_is_silent_and_complete(void **state)
{
    (void)state;
    for (guint steps = 0; steps < 6; steps++) {
        Fixture *f = fixture_new();

        if (steps > 0)
            tn_session_open(f->session);
        if (steps > 1)
            advance(f, 0);
        if (steps > 2)
            fake_opened(f->fake);
        fixture_forget(f);
        if (steps > 3)
            fixture_hello(f);
        if (steps > 4)
            fixture_login(f);
        tn_session_close(f->session);
        expect_state(f, TN_SESSION_OFF);
        assert_false(f->fake->is_open || f->fake->is_connecting);
        assert_int_equal(f->fake->deadline_ms, -1);
        advance(f, 100000);
        fixture_expect(f, "");
        /* And it can be opened again. */
        fixture_up(f);
        fixture_free(f);
    }
}

static void session__close__tells_open_requests_before_it_returns(void **state)
{
    Fixture *f = *state;

    fixture_up(f);
    tn_session_attach(f->session, "usrB", NULL, FALSE, fixture_done, fixture_history,
                      fixture_name(f, "attach"));
    tn_session_attach(f->session, "usrC", NULL, FALSE, fixture_done, NULL, fixture_name(f, "wait"));
    tn_session_note(f->session, "usrC", "read", 3, fixture_done, fixture_name(f, "note"));
    tn_session_get(f->session, "me", &(TnGet){.sub = TRUE}, fixture_done, fixture_name(f, "get"));
    fixture_expect(f, "");
    tn_session_close(f->session);
    fixture_expect(f, "attach: transient 0 usrB; get: transient 0 me; note: transient 0 usrC; "
                      "wait: transient 0 usrC");
    assert_true(f->fake->was_orderly);
    assert_int_equal(f->fake->deadline_ms, -1);
}

static void session__close__keeps_the_token(void **state)
{
    Fixture *f = *state;

    fixture_up(f);
    tn_session_close(f->session);
    fixture_connect(f);
    fixture_hello(f);
    g_free(fake_expect(f->fake, LOGIN_TOKEN));
}

static void session__close__while_backing_off_stops_it(void **state)
{
    Fixture *f = *state;

    fixture_up(f);
    lose(f);
    tn_session_close(f->session);
    fixture_forget(f);
    advance(f, 100000);
    expect_state(f, TN_SESSION_OFF);
    fixture_expect(f, "");
}

/* Events that do things to the session ----------------------------------------------------------*/

static void free_session(Fixture *f)
{
    tn_session_free(g_steal_pointer(&f->session));
}

static void close_session(Fixture *f)
{
    tn_session_close(f->session);
}

static void reopen_session(Fixture *f)
{
    tn_session_close(f->session);
    tn_session_open(f->session);
}

static void ask_again(Fixture *f)
{
    tn_session_attach(f->session, "usrX", NULL, TRUE, fixture_done, NULL, fixture_name(f, "again"));
    tn_session_leave(f->session, "usrY", FALSE, fixture_done, fixture_name(f, "bye"));
    tn_session_note(f->session, "usrX", "read", 1, fixture_done, fixture_name(f, "note again"));
}

/* A life with every kind of event and outcome in it. */
static void live(Fixture *f)
{
    g_autoptr(TnContent) content = tn_content_from_text("hi");

#define STEP(statement)                                                                            \
    do {                                                                                           \
        if (f->session != NULL)                                                                    \
            statement;                                                                             \
    } while (0)
#define IF_OPEN(statement) STEP(if (f->fake->is_open) statement)

    STEP(tn_session_open(f->session));
    STEP(advance(f, 0));
    if (f->session != NULL && f->fake->is_connecting)
        fake_opened(f->fake);
    IF_OPEN(fixture_reply(f, "1", NULL, 201, "created", NULL));
    IF_OPEN(fixture_reply(f, "2", NULL, 200, "ok", "{'user':'usrALICE','token':'VE9LRU4='}"));
    IF_OPEN(fake_receive(f->fake, "{'meta':{'id':'3','topic':'me','desc':{},'sub':[]}}"));
    IF_OPEN(fixture_reply(f, "3", "me", 200, "ok", NULL));
    STEP(tn_session_attach(f->session, "usrB", &(TnGet){.data = TRUE}, FALSE, fixture_done,
                           fixture_history, fixture_name(f, "attach")));
    STEP(tn_session_publish(f->session, "usrC", &(TnPub){.client_id = "c1", .content = content},
                            fixture_done, fixture_name(f, "pub")));
    STEP(tn_session_note(f->session, "usrC", "read", 1, fixture_done, fixture_name(f, "note")));
    IF_OPEN(fixture_reply(f, "4", "usrB", 200, "ok", NULL));
    IF_OPEN(fake_receive(f->fake, "{'data':{'topic':'usrB','seq':1,'content':'x'}}"));
    IF_OPEN(fixture_reply(f, "4", "usrB", 208, "delivered", "{'what':'data','count':1}"));
    IF_OPEN(fixture_reply(f, "5", "usrC", 202, "accepted", "{'seq':2}"));
    IF_OPEN(fixture_reply(f, NULL, "usrC", 409, "must attach first", NULL));
    IF_OPEN(fake_receive(f->fake, "{'pres':{'topic':'me','src':'usrB','what':'on'}}"));
    IF_OPEN(fake_receive(f->fake, "{'info':{'topic':'usrB','from':'usrB','what':'kp'}}"));
    IF_OPEN(fixture_reply(f, NULL, "usrB", 205, "evicted", "{'unsub':false}"));
    STEP(tn_session_get(f->session, "usrB", &(TnGet){.desc = TRUE}, fixture_done,
                        fixture_name(f, "get1")));
    STEP(tn_session_get(f->session, "usrB", &(TnGet){.desc = TRUE}, fixture_done,
                        fixture_name(f, "get2")));
    IF_OPEN(lose(f));
    STEP(advance(f, 200000));
#undef IF_OPEN
#undef STEP
}

/* Every line of a life's diary, so that each can be the one that a hook acts on. */
static GStrv life_diary(void)
{
    Fixture *f = fixture_new();
    GStrv lines;

    live(f);
    lines = g_strsplit(f->diary->str, "; ", -1);
    fixture_forget(f);
    fixture_free(f);
    return lines;
}

static void act_at_each_event(void (*hook)(Fixture *fixture))
{
    g_auto(GStrv) lines = life_diary();

    assert_true(g_strv_length(lines) > 15);
    for (char **line = lines; *line != NULL; line++) {
        Fixture *f = fixture_new();

        f->hook_at = *line;
        f->hook = hook;
        live(f);
        assert_null(f->hook_at); /* it was reached */
        if (hook == free_session) {
            /* It was the last thing told. */
            assert_true(g_str_has_suffix(f->diary->str, *line));
            assert_null(f->session);
        }
        fixture_forget(f);
        fixture_free(f);
    }
}

static void session__free__in_any_event_is_safe_and_final(void **state)
{
    (void)state;
    act_at_each_event(free_session);
}

static void session__close__in_any_event_is_safe(void **state)
{
    (void)state;
    act_at_each_event(close_session);
}

static void session__reopen__in_any_event_is_safe(void **state)
{
    (void)state;
    act_at_each_event(reopen_session);
}

static void session__requests__in_any_event_are_safe(void **state)
{
    (void)state;
    act_at_each_event(ask_again);
}

static void session__close__in_an_outcome_tells_the_rest_first(void **state)
{
    Fixture *f = *state;

    fixture_up(f);
    tn_session_get(f->session, "me", &(TnGet){.sub = TRUE}, fixture_done, fixture_name(f, "a"));
    tn_session_get(f->session, "me", &(TnGet){.sub = TRUE}, fixture_done, fixture_name(f, "b"));
    f->hook_at = "a:";
    f->hook = close_session;
    lose(f);
    /* Both, once; and no event after the close. */
    fixture_expect(f, "a: transient 0 me; b: transient 0 me");
    advance(f, 100000);
}

static void session__outcome__of_what_is_asked_while_down_comes_at_the_next_tick(void **state)
{
    Fixture *f = *state;

    tn_session_attach(f->session, "usrB", NULL, FALSE, fixture_done, fixture_history,
                      fixture_name(f, "attach"));
    tn_session_leave(f->session, "usrB", FALSE, fixture_done, fixture_name(f, "leave"));
    tn_session_note(f->session, "usrB", "read", 1, NULL, NULL);
    tn_session_typing(f->session, "usrB");
    fixture_expect(f, "");
    assert_int_equal(f->fake->deadline_ms, f->fake->now_ms);
    advance(f, 0);
    fixture_expect(f, "attach: transient 0 usrB; leave: transient 0 usrB");
    assert_int_equal(f->fake->deadline_ms, -1);
}

static void ask_once_more(Fixture *f)
{
    tn_session_leave(f->session, "usrB", FALSE, fixture_done, fixture_name(f, "more"));
}

static void session__outcome__asked_for_in_an_outcome_has_its_own_deadline(void **state)
{
    Fixture *f = *state;

    tn_session_leave(f->session, "usrB", FALSE, fixture_done, fixture_name(f, "first"));
    f->hook_at = "first";
    f->hook = ask_once_more;
    f->fake->deadline_ms = -1; /* the timer fires */
    tn_session_tick(f->session);
    fixture_expect(f, "first: transient 0 usrB");
    assert_int_equal(f->fake->deadline_ms, f->fake->now_ms);
    advance(f, 0);
    fixture_expect(f, "more: transient 0 usrB");
}

static void session__tick__early_or_late_does_no_harm(void **state)
{
    Fixture *f = *state;

    tn_session_tick(f->session);
    fixture_connect(f);
    tn_session_tick(f->session);
    f->fake->now_ms += 5;
    tn_session_tick(f->session);
    expect_state(f, TN_SESSION_HELLO);
    fixture_hello(f);
    fixture_login(f);
    fixture_me(f);
    lose(f);
    fixture_forget(f);
    /* A machine that slept: everything is overdue at once, and one thing happens. */
    f->fake->now_ms += 3600000;
    tn_session_tick(f->session);
    fixture_expect(f, "failed transient closed 0 one.example");
}

static void session__log__never_holds_a_secret(void **state)
{
    Fixture *f = *state;
    g_autoptr(TnContent) content = tn_content_from_text("my words");

    fixture_up(f);
    tn_session_publish(f->session, "usrB", &(TnPub){.client_id = "c1", .content = content}, NULL,
                       NULL);
    fake_receive(f->fake, "{'data':{'topic':'usrB','seq':1,'content':'her words'}}");
    fake_receive(f->fake, "{'meta':{'topic':'me','sub':[{'topic':'usrB','public':{'fn':'Bob'}}]}}");
    lose(f);
    advance(f, 1000);
    fake_opened(f->fake);
    fixture_forget(f);
    fixture_hello(f);
    assert_non_null(strstr(f->traces->str, "state login"));
    assert_non_null(strstr(f->traces->str, "usrB"));
    assert_null(strstr(f->traces->str, "alice123"));
    assert_null(strstr(f->traces->str, "YWxpY2U"));
    assert_null(strstr(f->traces->str, "VE9LRU4"));
    assert_null(strstr(f->traces->str, "KEY"));
    assert_null(strstr(f->traces->str, "words"));
    assert_null(strstr(f->traces->str, "Bob"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(session__open__connects_from_the_next_tick),
        TEST(session__open__twice_is_once),
        TEST(session__sign_in__walks_the_phases_to_up),
        TEST(session__me__is_up_only_when_all_parts_came),
        TEST(session__me__already_attached_asks_for_the_rows),
        TEST(session__me__locked_is_repeated_on_the_same_connection),
        TEST(session__me__refused_by_the_cluster_is_never_up),
        cmocka_unit_test(session__hello__refusals_say_why),
        cmocka_unit_test(session__login__refusals_say_why),
        TEST(session__login__malformed_without_id_is_meant_for_it),
        cmocka_unit_test(session__login__with_a_user_id_sends_the_password_as_token),
        TEST(session__malformed_frame__ends_signing_in_but_not_a_session),
        cmocka_unit_test(session__phase__that_lasts_too_long_is_given_up),
        TEST(session__connecting__does_not_wait_for_a_silent_transport_for_ever),
        TEST(session__first_connection__that_fails_is_told_at_once),
        cmocka_unit_test(session__several_servers__are_each_tried_once_at_first),
        cmocka_unit_test(session__permanent_error__is_not_tried_elsewhere),
        cmocka_unit_test(session__server_list__that_makes_no_sense_fails),
        TEST(session__link_lost__comes_back_with_the_token),
        TEST(session__token_refused__falls_back_to_the_password),
        cmocka_unit_test(session__frames_that_end_a_link__lead_to_the_next_server),
        TEST(session__evicted_whole__fails_as_suspended),
        TEST(session__evicted_from_a_topic__is_told),
        TEST(session__backoff__grows_with_jitter_to_a_cap),
        TEST(session__resume__is_given_up_after_its_time_with_the_last_cause),
        TEST(session__resume__ends_an_attempt_that_is_under_way),
        TEST(session__backoff__starts_anew_only_after_an_up_that_lasted),
        TEST(session__certificate_error__while_resuming_is_told_at_once),
        cmocka_unit_test(session__close__in_any_state_is_silent_and_complete),
        TEST(session__close__tells_open_requests_before_it_returns),
        TEST(session__close__keeps_the_token),
        TEST(session__close__while_backing_off_stops_it),
        cmocka_unit_test(session__free__in_any_event_is_safe_and_final),
        cmocka_unit_test(session__close__in_any_event_is_safe),
        cmocka_unit_test(session__reopen__in_any_event_is_safe),
        cmocka_unit_test(session__requests__in_any_event_are_safe),
        TEST(session__close__in_an_outcome_tells_the_rest_first),
        TEST(session__outcome__of_what_is_asked_while_down_comes_at_the_next_tick),
        TEST(session__outcome__asked_for_in_an_outcome_has_its_own_deadline),
        TEST(session__tick__early_or_late_does_no_harm),
        TEST(session__log__never_holds_a_secret),
    };

    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
