/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * support-session.c: the fixture of support-session.h.
 */
#include "support-session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

typedef struct {
    Fixture *fixture;
    char *name;
} Name;

static void note(Fixture *fixture, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void note(Fixture *fixture, const char *format, ...)
{
    g_autofree char *line = NULL;
    va_list args;

    va_start(args, format);
    line = g_strdup_vprintf(format, args);
    va_end(args);
    if (fixture->diary->len > 0)
        g_string_append(fixture->diary, "; ");
    g_string_append(fixture->diary, line);
    if (fixture->hook_at != NULL && g_str_has_prefix(line, fixture->hook_at)) {
        fixture->hook_at = NULL;
        fixture->hook(fixture);
    }
}

static void on_phase(TnSessionState state, gpointer user_data)
{
    note(user_data, "phase %s", tn_session_state_name(state));
}

static void on_up(const TnServerInfo *info, gpointer user_data)
{
    note(user_data, "up %s %s %u", info->user, info->version, info->max_message_size);
}

static void note_failure(Fixture *fixture, const char *event, const TnFailure *why)
{
    note(fixture, "%s %s %s %d %s", event, tn_error_name(why->error), tn_cause_name(why->cause),
         why->code, why->server != NULL ? why->server : "-");
}

static void on_down(const TnFailure *why, gpointer user_data)
{
    note_failure(user_data, "down", why);
}

static void on_failed(const TnFailure *why, gpointer user_data)
{
    note_failure(user_data, "failed", why);
}

static void on_data(const TnData *data, gpointer user_data)
{
    note(user_data, "data %s %u", data->topic, data->seq);
}

static void on_meta(const TnMeta *meta, gpointer user_data)
{
    note(user_data, "meta %s%s%s", meta->topic, meta->desc != NULL ? " desc" : "",
         meta->has_subs ? " sub" : "");
}

static void on_pres(const TnPres *pres, gpointer user_data)
{
    note(user_data, "pres %s %s", pres->topic, pres->src != NULL ? pres->src : "-");
}

static void on_info(const TnInfo *info, gpointer user_data)
{
    note(user_data, "info %s %s %u", info->topic, info->from, info->seq);
}

static void on_evicted(const char *topic, gboolean is_unsub, gpointer user_data)
{
    note(user_data, "evicted %s%s", topic, is_unsub ? " unsub" : "");
}

static void on_question(TnQuestion question, const char *method, gboolean is_again,
                        gpointer user_data)
{
    note(user_data, "question %s %s%s", question == TN_QUESTION_CODE ? "code" : "address", method,
         is_again ? " again" : "");
}

static void on_created(gpointer user_data)
{
    note(user_data, "created");
}

static void on_reset(gboolean is_earlier, gpointer user_data)
{
    note(user_data, is_earlier ? "reset earlier" : "reset");
}

static const TnSessionEvents events = {on_phase,   on_up,       on_down,    on_failed,
                                       on_data,    on_meta,     on_pres,    on_info,
                                       on_evicted, on_question, on_created, on_reset};

static void on_log(const char *line, gpointer user_data)
{
    Fixture *fixture = user_data;

    assert_null(strpbrk(line, "\r\n"));
    g_string_append(fixture->traces, line);
    g_string_append_c(fixture->traces, '\n');
}

static Fixture *new_fixture(const char *servers, const char *login, gboolean is_new,
                            const TnReset *reset)
{
    Fixture *fixture = g_new0(Fixture, 1);
    TnSessionConfig config = {
        .servers = servers,
        .use_tls = TRUE,
        .api_key = "KEY",
        .ca_file = "ca.pem",
        .login = login,
        .password = "alice123",
        .agent = "Test/1.0 (Linux); lib/1.0",
        .language = "en-US",
        .is_new = is_new,
        .full_name = "Alice",
        .resume_ms = 60000,
        .reset = reset,
    };

    fixture->fake = fake_transport_new();
    fixture->diary = g_string_new(NULL);
    fixture->traces = g_string_new(NULL);
    fixture->session = tn_session_new(&fixture->fake->base, &config, &fake_clock, &events, fixture);
    tn_session_set_log(fixture->session, on_log, fixture);
    return fixture;
}

Fixture *fixture_new_with(const char *servers, const char *login)
{
    return new_fixture(servers, login, FALSE, NULL);
}

Fixture *fixture_new_account(const char *servers, const char *login)
{
    return new_fixture(servers, login, TRUE, NULL);
}

Fixture *fixture_new_reset(const char *servers, const TnReset *reset)
{
    return new_fixture(servers, NULL, FALSE, reset);
}

Fixture *fixture_new(void)
{
    return fixture_new_with("one.example", "alice");
}

static void name_free(gpointer data)
{
    Name *name = data;

    g_free(name->name);
    g_free(name);
}

void fixture_free(Fixture *fixture)
{
    /* Whoever told something that no test looked at has a bug, or the test has. */
    fixture_expect(fixture, "");
    tn_session_free(fixture->session);
    fixture_expect(fixture, "");
    fake_transport_destroy(fixture->fake);
    g_string_free(fixture->diary, TRUE);
    g_string_free(fixture->traces, TRUE);
    g_slist_free_full(fixture->names, name_free);
    g_free(fixture);
}

gpointer fixture_name(Fixture *fixture, const char *text)
{
    Name *name = g_new0(Name, 1);

    name->fixture = fixture;
    name->name = g_strdup(text);
    fixture->names = g_slist_prepend(fixture->names, name);
    return name;
}

static void note_reply(const Name *name, const char *kind, const TnReply *reply)
{
    g_autoptr(GString) line = g_string_new(NULL);

    g_string_printf(line, "%s%s: %s %d %s", name->name, kind, tn_error_name(reply->error),
                    reply->code, reply->topic);
    if (reply->seq != 0)
        g_string_append_printf(line, " seq %u", reply->seq);
    if (reply->count != 0)
        g_string_append_printf(line, " count %u", reply->count);
    note(name->fixture, "%s", line->str);
}

void fixture_done(const TnReply *reply, gpointer user_data)
{
    note_reply(user_data, "", reply);
}

void fixture_history(const TnReply *reply, gpointer user_data)
{
    note_reply(user_data, " history", reply);
}

void fixture_expect(Fixture *fixture, const char *diary)
{
    g_autofree char *found = g_strdup(fixture->diary->str);

    g_string_truncate(fixture->diary, 0);
    assert_string_equal(found, diary);
}

void fixture_forget(Fixture *fixture)
{
    g_string_truncate(fixture->diary, 0);
}

void fixture_reply(Fixture *fixture, const char *id, const char *topic, int code, const char *text,
                   const char *params)
{
    g_autofree char *topic_part = topic != NULL ? g_strdup_printf("'topic':'%s',", topic) : NULL;
    g_autofree char *params_part = params != NULL ? g_strdup_printf("'params':%s,", params) : NULL;
    g_autofree char *id_part = id != NULL ? g_strdup_printf("'id':'%s',", id) : NULL;
    g_autofree char *frame =
        g_strdup_printf("{'ctrl':{%s%s%s'code':%d,'text':'%s','ts':'2026-01-02T03:04:05Z'}}",
                        id_part != NULL ? id_part : "", topic_part != NULL ? topic_part : "",
                        params_part != NULL ? params_part : "", code, text);

    fake_receive(fixture->fake, frame);
}

char *fixture_answer(Fixture *fixture, const char *expected, int code, const char *text,
                     const char *params)
{
    char *id = fake_expect(fixture->fake, expected);

    fixture_reply(fixture, id, NULL, code, text, params);
    return id;
}

void fixture_connect(Fixture *fixture)
{
    tn_session_open(fixture->session);
    fixture_expect(fixture, "");
    fake_advance(fixture->fake, &fixture->session, 0);
    fixture_expect(fixture, "phase connecting");
    fake_opened(fixture->fake);
    fixture_expect(fixture, "phase hello");
}

void fixture_hello(Fixture *fixture)
{
    g_free(fixture_answer(fixture,
                          "{'hi':{'ver':'0.25','ua':'Test/1.0 (Linux); lib/1.0','lang':'en-US'}}",
                          201, "created", "{'ver':'0.25','build':'test','maxMessageSize':131072}"));
    fixture_expect(fixture, "phase login");
}

void fixture_login(Fixture *fixture)
{
    g_autofree char *frame = fake_take(fixture->fake), *id = NULL;

    /* What it must be is the business of the tests of signing in. */
    assert_non_null(frame);
    assert_true(g_str_has_prefix(frame, "{\"login\":{\"id\":\""));
    id = g_strndup(frame + 16, strcspn(frame + 16, "\""));
    fixture_reply(fixture, id, NULL, 200, "ok", "{'user':'usrALICE','token':'VE9LRU4='}");
    fixture_expect(fixture, "phase attaching");
}

void fixture_me(Fixture *fixture)
{
    g_autofree char *id = fixture_answer(
        fixture, "{'sub':{'topic':'me','get':{'what':'desc sub'}}}", 200, "ok", NULL);
    g_autofree char *meta =
        g_strdup_printf("{'meta':{'id':'%s','topic':'me','desc':{'public':{'fn':'Alice'}}}}", id);

    fake_receive(fixture->fake, meta);
    fixture_expect(fixture, "meta me desc");
    fixture_reply(fixture, id, "me", 204, "no content", "{'what':'sub'}");
    fixture_expect(fixture, "up usrALICE 0.25 131072");
}

void fixture_up(Fixture *fixture)
{
    fixture_connect(fixture);
    fixture_hello(fixture);
    fixture_login(fixture);
    fixture_me(fixture);
}

void fixture_resume(Fixture *fixture)
{
    fake_opened(fixture->fake);
    fixture_expect(fixture, "phase hello");
    fixture_hello(fixture);
    fixture_login(fixture);
    fixture_me(fixture);
}

void fixture_attached(Fixture *fixture, const char *topic)
{
    g_autofree char *expected = g_strdup_printf("{'sub':{'topic':'%s'}}", topic), *id = NULL;

    tn_session_attach(fixture->session, topic, NULL, FALSE, NULL, NULL, NULL);
    id = fixture_answer(fixture, expected, 200, "ok", NULL);
    assert_true(tn_session_is_attached(fixture->session, topic));
}
