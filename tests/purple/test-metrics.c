/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-metrics.c: the counters that tools read. */
#include "fake-server.h"

#include <jansson.h>
#include <string.h>

static PurpleAccount *account;

static json_t *metrics(void)
{
    g_autofree char *text = fake_call("metrics-json", account);
    json_error_t error;
    json_t *json;

    assert_non_null(text);
    json = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL)
        fail_msg("%s: %s", error.text, text);
    return json;
}

/* A number at "sync.active". */
static json_int_t number(json_t *json, const char *path)
{
    g_auto(GStrv) keys = g_strsplit(path, ".", -1);
    json_t *value = json;

    for (char **key = keys; *key != NULL; key++)
        value = json_object_get(value, *key);
    if (!json_is_integer(value))
        fail_msg("%s is no number", path);
    return json_integer_value(value);
}

static void begin(void)
{
    fake_allow(FAKE_ANY);
    server_topic(BOB, "Bob", 2, 2);
    account = server_sign_in();
}

static const char *const promised[] = {
    "sync.started_ok",    "sync.stopped_ok",   "sync.active",      "sync.active_max",
    "sync.limit",         "sync.evicted",      "receipts.applied", "receipts.stale",
    "receipts.snapshots", "receipts.polls",    "cursors.sent",     "cursors.coalesced",
    "cursors.owed",       "cursors.confirmed", "breaker.trips",    "breaker.open",
    "link.connects",      "link.resumes",      "link.frames_in",   "link.frames_out",
    "link.bytes_in",      "link.bytes_out",    "memory.channels",  "memory.members",
    "memory.messages",    "memory.bytes",      "timers.armed",     "timers.fired",
};

static void json__signed_in__has_every_promised_number(void **state)
{
    json_t *json;

    (void)state;
    begin();
    json = metrics();
    for (guint i = 0; i < G_N_ELEMENTS(promised); i++)
        assert_true(number(json, promised[i]) >= 0);
    assert_int_equal(number(json, "sync.limit"), 8);
    assert_int_equal(json_object_size(json), 7);
    json_decref(json);
}

static void json__signed_in__latencies_and_failures_are_objects(void **state)
{
    static const char *const percentiles[] = {"p50", "p95", "p99"};
    json_t *json, *activation, *ack;

    (void)state;
    begin();
    json = metrics();
    activation = json_object_get(json_object_get(json, "sync"), "activation_ms");
    ack = json_object_get(json_object_get(json, "cursors"), "ack_ms");
    for (guint i = 0; i < G_N_ELEMENTS(percentiles); i++) {
        assert_true(json_is_null(json_object_get(activation, percentiles[i])));
        assert_true(json_is_null(json_object_get(ack, percentiles[i])));
    }
    assert_true(json_is_object(json_object_get(json_object_get(json, "sync"), "started_failed")));
    assert_true(json_is_object(json_object_get(json_object_get(json, "sync"), "stopped_failed")));
    json_decref(json);
}

static void json__after_work__counts_it(void **state)
{
    json_t *json;
    json_int_t in, out;

    (void)state;
    begin();
    fake_focus(fake_open(account, BOB));
    server_advance(1000);
    server_say(BOB, BOB, "hello");
    server_advance(20000);
    fake_send(fake_find(account, BOB), "answer");
    server_advance(1000);
    json = metrics();
    assert_int_equal(number(json, "sync.started_ok"), 1);
    assert_int_equal(number(json, "sync.active"), 1);
    assert_int_equal(number(json, "sync.active_max"), 1);
    assert_int_equal(number(json, "cursors.owed"), 0);
    assert_true(number(json, "cursors.sent") >= 1);
    assert_true(number(json, "cursors.confirmed") >= 1);
    assert_int_equal(number(json, "link.connects"), 1);
    assert_int_equal(number(json, "link.resumes"), 0);
    assert_int_equal(number(json, "memory.messages"), 1);
    assert_true(number(json, "memory.bytes") > 0);
    assert_true(number(json, "sync.activation_ms.p50") >= 0);
    in = number(json, "link.frames_in");
    out = number(json, "link.frames_out");
    json_decref(json);

    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_advance(3000);
    server_resume();
    server_advance(1000);
    json = metrics();
    assert_int_equal(number(json, "link.connects"), 2);
    assert_int_equal(number(json, "link.resumes"), 1);
    assert_true(number(json, "link.frames_in") > in);
    assert_true(number(json, "link.frames_out") > out);
    json_decref(json);
}

static void json__attach_is_refused__is_counted_by_category(void **state)
{
    json_t *json;

    (void)state;
    begin();
    server_refuse("sub", 500, "internal error", 1);
    fake_focus(fake_open(account, BOB));
    server_work();
    json = metrics();
    assert_int_equal(number(json, "sync.started_failed.transient"), 1);
    json_decref(json);
}

/* After a quiet minute nothing is armed. */
static void json__nobody_looks__no_timer_is_armed(void **state)
{
    json_t *json;

    (void)state;
    begin();
    fake_focus(fake_open(account, BOB));
    server_say(BOB, BOB, "hello");
    server_advance(5000);
    json = metrics();
    assert_true(number(json, "timers.armed") >= 1); /* the poll that sees the focus go */
    json_decref(json);
    fake_window(FALSE);
    server_advance(120000);
    json = metrics();
    assert_int_equal(number(json, "timers.armed"), 0);
    assert_int_equal(fake_timers(), 0);
    json_decref(json);
}

static void text__signed_in__is_for_people(void **state)
{
    g_autofree char *text = NULL;

    (void)state;
    begin();
    text = fake_call("metrics-text", account);
    assert_true(g_str_has_prefix(text, "In sync: 0 of at most 8 (most so far: 0)\n"));
    assert_non_null(strstr(text, "Time to start: not measured yet\n"));
}

static void json__holds_no_secret(void **state)
{
    g_autofree char *text = NULL;

    (void)state;
    begin();
    text = fake_call("metrics-json", account);
    assert_null(strstr(text, "secret"));
    assert_null(strstr(text, "dG9rZW4="));
    assert_null(strstr(text, "alice"));
    assert_int_equal(fake_debug_count("misc", "secret"), 0);
    assert_int_equal(fake_debug_count("misc", "YWxpY2U6c2VjcmV0"), 0);
    assert_int_equal(fake_debug_count("misc", "dG9rZW4="), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(json__signed_in__has_every_promised_number),
        FAKE_TEST(json__signed_in__latencies_and_failures_are_objects),
        FAKE_TEST(json__after_work__counts_it),
        FAKE_TEST(json__attach_is_refused__is_counted_by_category),
        FAKE_TEST(json__nobody_looks__no_timer_is_armed),
        FAKE_TEST(text__signed_in__is_for_people),
        FAKE_TEST(json__holds_no_secret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
