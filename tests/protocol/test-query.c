/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-query.c: what people type becomes what the server understands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "protocol/tn-query.h"

/* queries: joined by " | " */
static void expect_queries(const char *typed, const char *queries)
{
    g_auto(GStrv) found = tn_query_make(typed);
    g_autofree char *line = g_strjoinv(" | ", found);

    assert_string_equal(line, queries);
    assert_int_equal(tn_query_kind(typed), *queries != '\0' ? TN_QUERY_TAGS : TN_QUERY_NOTHING);
}

static void make__bare_word__is_a_login_then_a_tag(void **state)
{
    (void)state;
    expect_queries("bob", "basic:bob | alias:bob,bob");
    expect_queries("  Bob\n", "basic:bob | alias:bob,bob");
    expect_queries("メカ", "basic:メカ | alias:メカ,メカ");
}

static void make__address__has_the_form_in_which_it_is_kept(void **state)
{
    (void)state;
    expect_queries("bob@example.com", "email:bob@example.com");
    expect_queries("Bob@Example.COM", "email:bob@example.com");
    expect_queries("+15550100", "tel:+15550100");
    expect_queries("+1 (555) 01-00", "tel:+15550100");
    expect_queries("+49/89 636-48018", "tel:+498963648018");
}

static void make__what_is_only_like_an_address__is_a_word(void **state)
{
    (void)state;
    expect_queries("bob@example", "basic:bob@example | alias:bob@example,bob@example");
    expect_queries("@bob", "alias:bob");
    expect_queries("5550100", "basic:5550100 | alias:5550100,5550100");
    expect_queries("+1555", "basic:+1555 | alias:+1555,+1555");
    expect_queries("a@b@c.d", "basic:a@b@c.d | alias:a@b@c.d,a@b@c.d");
}

static void make__tag_with_a_prefix__is_asked_as_typed(void **state)
{
    (void)state;
    expect_queries("basic:bob", "basic:bob");
    expect_queries("Alias:Bob", "alias:bob");
    expect_queries("tel:+15550100", "tel:+15550100");
}

static void make__several_words__must_all_be_there(void **state)
{
    (void)state;
    expect_queries("nobody here", "nobody here");
    expect_queries("travel,paris", "travel paris");
    expect_queries("travel bob@example.com", "travel email:bob@example.com");
    expect_queries("a b c d e f g h i j", "a b c d e f g h");
}

static void make__what_means_something_in_a_query__is_left_out(void **state)
{
    (void)state;
    expect_queries("\"bob\"", "basic:bob | alias:bob,bob");
    expect_queries("o'brien <b>", "obrien b");
    expect_queries(":::", "");
    expect_queries("", "");
    expect_queries(" , \" ", "");
    expect_queries("\xff\xfe", "");
}

static void make__endless_word__is_none(void **state)
{
    g_autofree char *word = g_strnfill(97, 'x');

    (void)state;
    expect_queries(word, "");
}

static void kind__id_of_the_server__is_looked_up(void **state)
{
    (void)state;
    assert_int_equal(tn_query_kind("usrJFYFdxIIYyg"), TN_QUERY_ID);
    assert_int_equal(tn_query_kind(" grpmAwv5OQZU3c "), TN_QUERY_ID);
    assert_int_equal(tn_query_kind("chnmAwv5OQZU3c"), TN_QUERY_ID);
    assert_int_equal(tn_query_kind("me"), TN_QUERY_TAGS);
    assert_int_equal(tn_query_kind("fnd"), TN_QUERY_TAGS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(make__bare_word__is_a_login_then_a_tag),
        cmocka_unit_test(make__address__has_the_form_in_which_it_is_kept),
        cmocka_unit_test(make__what_is_only_like_an_address__is_a_word),
        cmocka_unit_test(make__tag_with_a_prefix__is_asked_as_typed),
        cmocka_unit_test(make__several_words__must_all_be_there),
        cmocka_unit_test(make__what_means_something_in_a_query__is_left_out),
        cmocka_unit_test(make__endless_word__is_none),
        cmocka_unit_test(kind__id_of_the_server__is_looked_up),
    };

    return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
