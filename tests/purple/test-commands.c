/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-commands.c: /receipts and /receipts stats. */
#include "fake-server.h"

#include <string.h>

static PurpleAccount *account;

static PurpleConversation *begin(const char *topic)
{
    fake_allow(FAKE_ANY);
    server_topic(BOB, "Bob <b>", 2, 2);
    server_topic(CAROL, "Carol", 0, 0);
    server_topic(DAVE, "Dave", 0, 0);
    server_topic(GROUP, "Flowers", 2, 2);
    account = server_sign_in();
    if (strcmp(topic, GROUP) == 0)
        fake_join(account, GROUP);
    else
        fake_open(account, topic);
    fake_focus(fake_find(account, topic));
    server_advance(10000);
    fake_ignore(FAKE_ANY);
    return fake_find(account, topic);
}

/* The line that /receipts writes, without its frame: (transfer full). */
static char *report(PurpleConversation *conv, const char *command)
{
    g_autofree char *frame = g_strdup_printf("line %s <%s> ", conv->name, conv->name);
    g_autofree char *line = NULL;
    char *error;

    fake_ignore(FAKE_LINE);
    assert_int_equal(fake_command(conv, command, &error), PURPLE_CMD_RET_OK);
    assert_null(error);
    line = fake_last(FAKE_LINE, "*");
    assert_non_null(line);
    assert_true(g_str_has_prefix(line, frame));
    assert_true(g_str_has_suffix(line, " [system nolog]"));
    assert_int_equal(fake_count(FAKE_LINE, "*"), 1);
    return g_strndup(line + strlen(frame),
                     strlen(line) - strlen(frame) - strlen(" [system nolog]"));
}

static void receipts__nothing_written__says_so(void **state)
{
    g_autofree char *text = report(begin(BOB), "receipts");

    (void)state;
    assert_string_equal(text,
                        "Receipts: in sync.<br>You have not written here since you signed in.");
}

static void receipts__one_to_one__says_how_far_and_when(void **state)
{
    PurpleConversation *conv = begin(BOB);
    g_autofree char *sent = NULL, *delivered = NULL, *read = NULL;

    (void)state;
    fake_send(conv, "hello");
    server_work();
    sent = report(conv, "receipts");
    assert_string_equal(sent, "Receipts: in sync.<br>Your last message was sent.<br>"
                              "Not yet delivered to: Bob &lt;b&gt;");
    server_note(BOB, BOB, "recv", 3);
    delivered = report(conv, "receipts");
    assert_string_equal(delivered, "Receipts: in sync.<br>Your last message was delivered.<br>"
                                   "Delivered to: Bob &lt;b&gt; (03:04)");
    server_advance(120000);
    server_note(BOB, BOB, "read", 3);
    read = report(conv, "receipts");
    assert_string_equal(read, "Receipts: in sync.<br>Your last message was read.<br>"
                              "Read by: Bob &lt;b&gt; (03:06)");
}

static void receipts__group__names_who_has_it_and_who_has_not(void **state)
{
    PurpleConversation *conv = begin(GROUP);
    g_autofree char *text = NULL;

    (void)state;
    fake_send(conv, "hello all");
    server_work();
    server_note(GROUP, BOB, "read", 3);
    server_note(GROUP, CAROL, "recv", 3);
    text = report(conv, "receipts");
    assert_string_equal(text, "Receipts: in sync.<br>Your last message was sent.<br>"
                              "Read by: Bob &lt;b&gt; (03:04)<br>Delivered to: Carol (03:04)<br>"
                              "Not yet delivered to: Dave");
}

static void receipts__waiting_and_offline__are_said(void **state)
{
    PurpleConversation *conv = begin(BOB);
    g_autofree char *text = NULL;

    (void)state;
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_send(conv, "hello");
    text = report(conv, "receipts");
    assert_string_equal(text, "Receipts: offline.<br>Your last message waits to be sent.");
}

static void stats__asked__are_lines_for_people(void **state)
{
    g_autofree char *text = report(begin(BOB), "receipts stats");

    (void)state;
    assert_true(g_str_has_prefix(text, "In sync: 1 of at most 8 (most so far: 1)<br>"));
    assert_non_null(strstr(text, "<br>Connections: 1, resumed: 0<br>"));
    assert_null(strchr(text, '\n'));
}

static void receipts__wrong_word__says_what_is_right(void **state)
{
    char *error;

    (void)state;
    assert_int_equal(fake_command(begin(BOB), "receipts nonsense", &error), PURPLE_CMD_RET_FAILED);
    assert_string_equal(error, "Type /receipts or /receipts stats.");
    g_free(error);
    fake_expect(FAKE_LINE, NULL);
}

static void receipts__signed_out__says_so(void **state)
{
    PurpleConversation *conv = begin(BOB);
    char *error;

    (void)state;
    fake_logout(account);
    fake_turn();
    assert_int_equal(fake_command(conv, "receipts", &error), PURPLE_CMD_RET_FAILED);
    assert_string_equal(error, "You are not signed in.");
    g_free(error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(receipts__nothing_written__says_so),
        FAKE_TEST(receipts__one_to_one__says_how_far_and_when),
        FAKE_TEST(receipts__group__names_who_has_it_and_who_has_not),
        FAKE_TEST(receipts__waiting_and_offline__are_said),
        FAKE_TEST(stats__asked__are_lines_for_people),
        FAKE_TEST(receipts__wrong_word__says_what_is_right),
        FAKE_TEST(receipts__signed_out__says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
