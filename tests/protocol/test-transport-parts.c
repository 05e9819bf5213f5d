/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-transport-parts.c: what the transport is made of, as far as it needs no socket: buffers,
 * reasons, endpoints, and looking names up.
 */
#include "support-client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <linux/tcp.h>

#include "protocol/tn-endpoint.h"
#include "protocol/tn-frames.h"
#include "protocol/tn-reason.h"
#include "protocol/tn-resolver.h"

static void outbox__gives_back_in_order__with_headroom(void **state)
{
    TnOutbox outbox;
    gsize length = 0;
    guint8 *text;

    (void)state;
    tn_outbox_init(&outbox, 16, 100, 3);
    assert_null(tn_outbox_peek(&outbox, &length));
    assert_true(tn_outbox_push(&outbox, "one", 3));
    assert_true(tn_outbox_push(&outbox, "", 0));
    text = tn_outbox_peek(&outbox, &length);
    assert_int_equal(length, 3);
    assert_memory_equal(text, "one", 3);
    memset(text - 16, 0xff, 16 + length); /* as libwebsockets does; a checker would tell */
    tn_outbox_pop(&outbox);
    assert_non_null(tn_outbox_peek(&outbox, &length));
    assert_int_equal(length, 0);
    tn_outbox_pop(&outbox);
    assert_true(tn_outbox_is_empty(&outbox));
    tn_outbox_pop(&outbox);
    tn_outbox_clear(&outbox);
}

static void outbox__refuses__above_its_limits(void **state)
{
    TnOutbox outbox;

    (void)state;
    tn_outbox_init(&outbox, 16, 10, 3);
    assert_false(tn_outbox_push(&outbox, "eleven byte", 11));
    assert_true(tn_outbox_push(&outbox, "ten bytes!", 10));
    assert_false(tn_outbox_push(&outbox, "x", 1));
    assert_true(tn_outbox_push(&outbox, "", 0));
    assert_true(tn_outbox_push(&outbox, "", 0));
    assert_false(tn_outbox_push(&outbox, "", 0)); /* three frames */
    tn_outbox_pop(&outbox);
    assert_true(tn_outbox_push(&outbox, "x", 1));
    tn_outbox_clear(&outbox);
    assert_true(tn_outbox_push(&outbox, "ten bytes!", 10));
    tn_outbox_clear(&outbox);
}

static void inbox__joins_pieces__up_to_its_limit(void **state)
{
    TnInbox inbox;
    GByteArray *whole;

    (void)state;
    tn_inbox_init(&inbox, 10);
    assert_true(tn_inbox_append(&inbox, "01234", 5, 5));
    assert_true(tn_inbox_append(&inbox, "56789", 5, 0));
    assert_false(tn_inbox_append(&inbox, "a", 1, 0));
    whole = tn_inbox_take(&inbox);
    assert_int_equal(whole->len, 10);
    assert_string_equal((char *)whole->data, "0123456789");
    tn_inbox_give_back(&inbox, whole);
    assert_false(tn_inbox_append(&inbox, "0", 1, 10));
    assert_false(tn_inbox_append(&inbox, "0", 1, G_MAXSIZE));
    whole = tn_inbox_take(&inbox);
    assert_int_equal(whole->len, 0);
    assert_string_equal((char *)whole->data, "");
    tn_inbox_give_back(&inbox, whole);
    tn_inbox_clear(&inbox);
}

static void reason__reads_the_number__of_a_refused_certificate(void **state)
{
    (void)state;
    assert_int_equal(tn_reason_certificate_error("SSL error: certificate has expired "
                                                 "(preverify_ok=0;err=10;depth=0)\n"),
                     10);
    assert_int_equal(tn_reason_certificate_error("something else; err=7"), 0);
    assert_int_equal(tn_reason_certificate_error("SSL error: cut"), 0);
}

static void reason__has_a_cause__for_each_evidence(void **state)
{
    static const struct {
        TnEvidence evidence;
        TnCause cause;
    } rows[] = {
        {{.certificate_error = 10}, TN_CAUSE_TLS_EXPIRED},
        {{.certificate_error = 9}, TN_CAUSE_TLS_EXPIRED},
        {{.certificate_error = 18}, TN_CAUSE_TLS_SELF_SIGNED},
        {{.certificate_error = 19}, TN_CAUSE_TLS_UNKNOWN_CA},
        {{.certificate_error = 20}, TN_CAUSE_TLS_UNKNOWN_CA},
        {{.certificate_error = 62}, TN_CAUSE_TLS_WRONG_HOST},
        {{.certificate_error = 64}, TN_CAUSE_TLS_WRONG_HOST},
        {{.certificate_error = 66}, TN_CAUSE_TLS},
        {{.text = "HS: x", .status = 403}, TN_CAUSE_API_KEY},
        {{.text = "HS: x", .status = 502}, TN_CAUSE_NOT_WEBSOCKET},
        {{.text = "read failed", .status = 403}, TN_CAUSE_CLOSED},
        {{.text = "Unable to connect"}, TN_CAUSE_REFUSED},
        {{.text = "Unable to connect", .is_late = TRUE}, TN_CAUSE_TIMEOUT},
        {{.text = "Timed out waiting SSL"}, TN_CAUSE_TIMEOUT},
        {{.text = "connect SSL err 1: x", .is_silent = TRUE}, TN_CAUSE_CLOSED},
        {{.text = "connect SSL err 1: x", .is_unread = TRUE}, TN_CAUSE_NOT_TLS},
        {{.text = "connect SSL err 1: x"}, TN_CAUSE_TLS},
        {{.text = NULL}, TN_CAUSE_CLOSED},
    };

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_string_equal(tn_cause_name(tn_reason_cause(&rows[i].evidence)),
                            tn_cause_name(rows[i].cause));
}

static void reason__scrubs__the_api_key(void **state)
{
    static const struct {
        const char *line, *clean;
    } rows[] = {
        {"GET /v0/channels?apikey=AQEAAA_rAp HTTP/1.1\n", "GET /v0/channels?apikey=*** HTTP/1.1"},
        {"a?APIKEY=x&b=c", "a?apikey=***&b=c"},
        {"apikey=x apikey=y", "apikey=*** apikey=***"},
        {"apikey=", "apikey=***"},
        {"no key, no harm\r\n", "no key, no harm"},
    };

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *clean = tn_reason_scrub(rows[i].line);

        assert_string_equal(clean, rows[i].clean);
    }
}

static void tcp_info__has_the_bytes_received__where_we_look(void **state)
{
    (void)state;
    assert_int_equal(offsetof(struct tcp_info, tcpi_bytes_received),
                     TN_TCP_INFO_RECEIVED * sizeof(guint64));
}

static void target__knows__what_can_be_connected_to(void **state)
{
    g_autoptr(GString) longest = g_string_new(NULL);
    const struct {
        const char *host;
        guint16 port;
        gboolean use_tls;
        const char *authority; /* NULL: refused */
    } rows[] = {
        {"tinode.test", 443, TRUE, "tinode.test"},
        {"tinode.test", 80, FALSE, "tinode.test"},
        {"tinode.test", 80, TRUE, "tinode.test:80"},
        {"tinode.test", 6060, FALSE, "tinode.test:6060"},
        {"B\xc3\x9c"
         "CHER.test",
         80, FALSE, "xn--bcher-kva.test"},
        {"192.0.2.1", 443, TRUE, "192.0.2.1"},
        {"2001:db8::1", 80, FALSE, "[2001:db8::1]"},
        {"2001:db8::1", 8080, FALSE, "[2001:db8::1]:8080"},
        {"2001:db8::1", 443, TRUE, NULL},
        {"[2001:db8::1]", 80, FALSE, NULL},
        {"tinode.test:80", 80, FALSE, NULL},
        {"tinode.test", 0, FALSE, NULL},
        {"", 80, FALSE, NULL},
        {NULL, 80, FALSE, NULL},
        {"a/b", 80, FALSE, NULL},
        {"a b", 80, FALSE, NULL},
        {"a\nb", 80, FALSE, NULL},
        {"\xff", 80, FALSE, NULL},
    };

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        TnEndpoint endpoint = {.host = rows[i].host,
                               .port = rows[i].port,
                               .use_tls = rows[i].use_tls,
                               .api_key = "k+/"};
        TnTarget target;
        const char *wrong = tn_target_init(&target, &endpoint);

        if (rows[i].authority == NULL) {
            assert_non_null(wrong);
        } else {
            assert_null(wrong);
            assert_string_equal(target.authority, rows[i].authority);
            assert_string_equal(target.path, "/v0/channels?apikey=k%2B%2F");
        }
        tn_target_clear(&target);
    }
    /* A certificate would be checked against a part of it. */
    while (longest->len < 130)
        g_string_append(longest, "a.");
    for (int use_tls = 0; use_tls < 2; use_tls++) {
        TnEndpoint endpoint = {.host = longest->str, .port = 443, .use_tls = use_tls};
        TnTarget target;

        assert_int_equal(tn_target_init(&target, &endpoint) == NULL, !use_tls);
        tn_target_clear(&target);
    }
}

typedef struct {
    char *addresses, *error;
    guint n_done;
    TnLookup *lookup;
} Answer;

static void on_answer(char *const *addresses, const char *error, gpointer user_data)
{
    Answer *answer = user_data;

    answer->n_done++;
    g_free(answer->addresses);
    g_free(answer->error);
    answer->addresses = addresses != NULL ? g_strjoinv(" ", (char **)addresses) : NULL;
    answer->error = g_strdup(addresses == NULL ? error : NULL);
}

static void on_answer_cancel(char *const *addresses, const char *error, gpointer user_data)
{
    Answer *answer = user_data;

    on_answer(addresses, error, answer);
    tn_lookup_cancel(answer->lookup);
}

static void lookup__gives_families_by_turns__eight_at_most(void **state)
{
    Answer answer = {0};

    (void)state;
    fake_resolver_install();
    fake_resolver_add("mixed.test", (const char *[]){"2001:db8::1", "2001:db8::2", "2001:db8::3",
                                                     "192.0.2.1", NULL});
    fake_resolver_add("four.test", (const char *[]){"192.0.2.1", "192.0.2.2", NULL});
    fake_resolver_add("many.test", (const char *[]){"192.0.2.1", "192.0.2.2", "192.0.2.3",
                                                    "192.0.2.4", "192.0.2.5", "192.0.2.6",
                                                    "192.0.2.7", "192.0.2.8", "192.0.2.9", NULL});
    answer.lookup = tn_lookup_start("mixed.test", on_answer, &answer);
    assert_int_equal(answer.n_done, 0);
    WAIT(answer.n_done == 1);
    assert_string_equal(answer.addresses, "2001:db8::1 192.0.2.1 2001:db8::2 2001:db8::3");
    answer.lookup = tn_lookup_start("four.test", on_answer_cancel, &answer);
    WAIT(answer.n_done == 2);
    assert_string_equal(answer.addresses, "192.0.2.1 192.0.2.2");
    answer.lookup = tn_lookup_start("many.test", on_answer, &answer);
    WAIT(answer.n_done == 3);
    assert_string_equal(answer.addresses, "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 "
                                          "192.0.2.6 192.0.2.7 192.0.2.8");
    answer.lookup = tn_lookup_start("nobody.test", on_answer, &answer);
    WAIT(answer.n_done == 4);
    assert_null(answer.addresses);
    assert_non_null(answer.error);
    fake_resolver_remove();
    g_free(answer.error);
}

static void lookup__never_answers__once_cancelled(void **state)
{
    Answer answer = {0};

    (void)state;
    for (int turns = 0; turns < 5; turns++) {
        answer.n_done = 0;
        answer.lookup = tn_lookup_start("nonexistent.invalid", on_answer, &answer);
        for (int i = 0; i < turns; i++)
            g_main_context_iteration(NULL, FALSE);
        if (answer.n_done > 0) /* it was faster */
            continue;
        tn_lookup_cancel(answer.lookup);
        settle();
        assert_int_equal(answer.n_done, 0);
    }
    g_free(answer.error);
}

static void lookup__finds__this_machine(void **state)
{
    Answer answer = {0};

    (void)state;
    answer.lookup = tn_lookup_start("localhost", on_answer, &answer);
    WAIT(answer.n_done == 1);
    assert_non_null(strstr(answer.addresses, "127.0.0.1"));
    g_free(answer.addresses);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outbox__gives_back_in_order__with_headroom),
        cmocka_unit_test(outbox__refuses__above_its_limits),
        cmocka_unit_test(inbox__joins_pieces__up_to_its_limit),
        cmocka_unit_test(reason__reads_the_number__of_a_refused_certificate),
        cmocka_unit_test(reason__has_a_cause__for_each_evidence),
        cmocka_unit_test(reason__scrubs__the_api_key),
        cmocka_unit_test(tcp_info__has_the_bytes_received__where_we_look),
        cmocka_unit_test(target__knows__what_can_be_connected_to),
        cmocka_unit_test(lookup__gives_families_by_turns__eight_at_most),
        cmocka_unit_test(lookup__never_answers__once_cancelled),
        cmocka_unit_test(lookup__finds__this_machine),
    };

    return cmocka_run_group_tests_name("transport parts", tests, NULL, NULL);
}
