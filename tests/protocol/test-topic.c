/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-topic.c: names of topics and access modes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/tn-wire.h"

static void topic__kind__is_told_by_the_name(void **state)
{
    static const struct {
        const char *topic;
        TnTopicKind kind;
    } rows[] = {
        {"me", TN_TOPIC_ME},
        {"fnd", TN_TOPIC_FND},
        {"slf", TN_TOPIC_SELF},
        {"sys", TN_TOPIC_SYS},
        {"usrAAAAAAAAAAA", TN_TOPIC_P2P},
        {"grpAAAAAAAAAAA", TN_TOPIC_GROUP},
        {"chnAAAAAAAAAAA", TN_TOPIC_CHANNEL},
        {"p2pAAAAAAAAAAAAAAAAAAAAAA", TN_TOPIC_UNKNOWN},
        {"mean", TN_TOPIC_UNKNOWN},
        {"usr", TN_TOPIC_UNKNOWN},
        {"", TN_TOPIC_UNKNOWN},
        {NULL, TN_TOPIC_UNKNOWN},
    };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_int_equal(tn_topic_kind(rows[i].topic), rows[i].kind);
}

static void topic__is_valid__refuses_what_is_no_id(void **state)
{
    g_autofree char *longest = g_strnfill(TN_MAX_NAME, 'a'), *longer = NULL;

    (void)state;
    memcpy(longest, "usr", 3);
    longer = g_strconcat(longest, "a", NULL);
    assert_true(tn_topic_is_valid("me"));
    assert_true(tn_topic_is_valid("usrA-b_C0123456"));
    assert_true(tn_topic_is_valid(longest));
    assert_false(tn_topic_is_valid(longer));
    assert_false(tn_topic_is_valid("usrA/b"));
    assert_false(tn_topic_is_valid("usr A"));
    assert_false(tn_topic_is_valid("usrA\n"));
    assert_false(tn_topic_is_valid("usr\xc3\xa4"));
    assert_false(tn_topic_is_valid("xyzAAAA"));
    assert_false(tn_topic_is_valid(NULL));
}

static void access__parse__and_format__are_inverse(void **state)
{
    (void)state;
    for (guint bits = 0; bits < 256; bits++) {
        g_autofree char *mode = tn_access_format(bits);
        guint again = ~bits;

        assert_true(tn_access_parse(mode, &again));
        assert_int_equal(again, bits);
    }
}

static void access__parse__refuses_what_is_no_mode(void **state)
{
    static const char *const wrong[] = {NULL, "", "NJ", "JN", "X", "jr", "+J", "J R"};
    guint bits = 5;

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        assert_false(tn_access_parse(wrong[i], &bits));
        assert_int_equal(bits, 5);
    }
    assert_true(tn_access_parse("PJ", &bits));
    assert_int_equal(bits, TN_ACCESS_JOIN | TN_ACCESS_PRES);
}

static void access__apply__takes_whole_modes_and_deltas(void **state)
{
    static const struct {
        const char *from, *delta, *to; /* to NULL: malformed */
    } rows[] = {
        {"JRWP", "JR", "JR"},
        {"JRWP", "N", "N"},
        {"JRWP", "-P", "JRW"},
        {"JRW", "+P", "JRWP"},
        {"JRP", "+W-P", "JRW"},
        {"JRWPS", "-RS", "JWP"},
        {"JRWP", "-P+SA-J", "RWAS"},
        {"N", "+J", "J"},
        {"J", "+J", "J"},
        {"J", "", NULL},
        {"J", "+", NULL},
        {"J", "+W-", NULL},
        {"J", "+-W", NULL},
        {"J", "+W-x", NULL},
        {"J", "+N", NULL},
        {"J", NULL, NULL},
    };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint bits = 0, before, after = 0;

        assert_true(tn_access_parse(rows[i].from, &bits));
        before = bits;
        assert_int_equal(tn_access_apply(rows[i].delta, &bits), rows[i].to != NULL);
        if (rows[i].to == NULL)
            after = before;
        else
            assert_true(tn_access_parse(rows[i].to, &after));
        assert_int_equal(bits, after);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(topic__kind__is_told_by_the_name),
        cmocka_unit_test(topic__is_valid__refuses_what_is_no_id),
        cmocka_unit_test(access__parse__and_format__are_inverse),
        cmocka_unit_test(access__parse__refuses_what_is_no_mode),
        cmocka_unit_test(access__apply__takes_whole_modes_and_deltas),
    };

    return cmocka_run_group_tests_name("topic", tests, NULL, NULL);
}
