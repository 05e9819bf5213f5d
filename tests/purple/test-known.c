/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-known.c: what was shown lately, and that it is no more than a bounded lot. */
#include "fake.h"

#include <string.h>

#include "plugin/tinode-known.h"

static void put(TinodeKnown *known, const char *channel, guint32 seq, const char *from,
                const char *text)
{
    const TinodeKnownMessage message = {.seq = seq,
                                        .from = (char *)from,
                                        .is_own = strcmp(from, "usrAlice") == 0,
                                        .html = (char *)text,
                                        .line = (char *)text};

    tinode_known_put(known, channel, &message);
}

static gboolean is_own(const TinodeKnownMessage *message, gconstpointer data)
{
    (void)data;
    return message->is_own;
}

static guint count(TinodeKnown *known, const char *channel)
{
    g_autoptr(GArray) seqs = tinode_known_between(known, channel, 1, G_MAXUINT32);

    return seqs->len;
}

static void known__messages_of_two_channels__do_not_mix(void **state)
{
    TinodeKnown *known = tinode_known_new();

    (void)state;
    put(known, "usrBob", 3, "usrBob", "three");
    put(known, "usrBob", 5, "usrAlice", "five");
    put(known, "usrBob", 9, "usrBob", "nine");
    put(known, "grpF", 4, "usrAlice", "four");
    assert_string_equal(tinode_known_find(known, "usrBob", 5)->line, "five");
    assert_null(tinode_known_find(known, "grpF", 5));
    assert_null(tinode_known_find(known, "usrNobody", 5));
    assert_int_equal(tinode_known_newest(known, "usrBob", NULL, NULL)->seq, 9);
    assert_int_equal(tinode_known_newest(known, "usrBob", is_own, NULL)->seq, 5);
    assert_int_equal(tinode_known_newest(known, "grpF", is_own, NULL)->seq, 4);
    tinode_known_forget(known, "usrBob", 5);
    tinode_known_forget(known, "usrBob", 5);
    assert_null(tinode_known_newest(known, "usrBob", is_own, NULL));
    assert_int_equal(count(known, "usrBob"), 2);
    tinode_known_free(known);
}

static void known__put_again__is_another_version_by_the_same_author(void **state)
{
    TinodeKnown *known = tinode_known_new();
    const TinodeKnownMessage *message;

    (void)state;
    put(known, "usrBob", 3, "usrBob", "old");
    put(known, "usrBob", 3, "usrMallory", "new");
    tinode_known_replaced(known, "usrBob", 3, 7);
    tinode_known_replaced(known, "usrBob", 3, 7);
    tinode_known_replaced(known, "usrBob", 4, 8); /* not known */
    message = tinode_known_find(known, "usrBob", 3);
    assert_string_equal(message->from, "usrBob");
    assert_string_equal(message->html, "new");
    assert_int_equal(message->versions->len, 1);
    tinode_known_free(known);
}

static void known__many_short_messages__the_oldest_of_all_go(void **state)
{
    TinodeKnown *known = tinode_known_new();

    (void)state;
    put(known, "usrOld", 1, "usrOld", "first of all");
    for (guint32 seq = 1; seq <= 3 * TINODE_KNOWN_MAX; seq++)
        put(known, seq % 2 == 0 ? "usrBob" : "grpF", seq, "usrBob", "x");
    assert_null(tinode_known_find(known, "usrOld", 1));
    assert_int_equal(count(known, "usrBob") + count(known, "grpF"), TINODE_KNOWN_MAX);
    assert_non_null(tinode_known_find(known, "usrBob", 3 * TINODE_KNOWN_MAX));
    assert_null(tinode_known_find(known, "usrBob", 2 * TINODE_KNOWN_MAX - 2));
    tinode_known_free(known);
}

static void known__long_messages__are_bounded_in_bytes(void **state)
{
    TinodeKnown *known = tinode_known_new();
    g_autofree char *text = g_strnfill(4000, 'x');
    g_autofree char *huge = g_strnfill(1024 * 1024, 'x');

    (void)state;
    for (guint32 seq = 1; seq <= 1000; seq++)
        put(known, "usrBob", seq, "usrBob", text);
    assert_true(count(known, "usrBob") <= TINODE_KNOWN_BYTES / 8000);
    assert_true(count(known, "usrBob") > TINODE_KNOWN_BYTES / 16000);
    {
        const TinodeKnownMessage message = {
            .seq = 1001, .from = (char *)"usrBob", .html = huge, .line = (char *)"xx…"};

        tinode_known_put(known, "usrBob", &message);
    }
    assert_null(tinode_known_find(known, "usrBob", 1001)->html); /* spoken of, not passed on */
    assert_true(count(known, "usrBob") > 1);
    tinode_known_free(known);
}

static void known__words__are_few_and_no_markup(void **state)
{
    TinodeKnown *known = tinode_known_new();
    g_autofree char *short_words = NULL, *long_words = NULL;

    (void)state;
    put(known, "usrBob", 1, "usrBob", "<b>&");
    put(known, "usrBob", 2, "usrBob", "a text that goes on for quite a while and then some");
    short_words = tinode_known_words(tinode_known_find(known, "usrBob", 1));
    long_words = tinode_known_words(tinode_known_find(known, "usrBob", 2));
    assert_string_equal(short_words, "“&lt;b&gt;&amp;”");
    assert_string_equal(long_words, "“a text that goes on for quite a…”");
    tinode_known_free(known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known__messages_of_two_channels__do_not_mix),
        cmocka_unit_test(known__put_again__is_another_version_by_the_same_author),
        cmocka_unit_test(known__many_short_messages__the_oldest_of_all_go),
        cmocka_unit_test(known__long_messages__are_bounded_in_bytes),
        cmocka_unit_test(known__words__are_few_and_no_markup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
