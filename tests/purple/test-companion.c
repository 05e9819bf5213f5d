/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-companion.c: what companions rely on beside the signals: being loaded with the first
 * sign-in unless switched off, and the calls that tell of messages already written.
 */
#include "fake-server.h"

#include <core.h>
#include <string.h>

#include "plugin/tinode-companion.h"

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

/* Sends a line; its id as a companion learns it: (transfer full). */
static char *say(PurpleConversation *conv, const char *html)
{
    char *id;

    fake_send(conv, html);
    id = g_strdup(fake_written_id());
    assert_non_null(id);
    server_work();
    return id;
}

/* Loading -------------------------------------------------------------------------------------- */

static void sign_in(void)
{
    fake_allow(FAKE_ANY);
    account = server_sign_in();
}

static void companion__of_this_client__is_loaded_at_sign_in(void **state)
{
    (void)state;
    fake_install_companion("gtk-tinode-ticks");
    assert_false(fake_companion_is_loaded());
    sign_in();
    assert_true(fake_companion_is_loaded());
    assert_true(tinode_companion_is_loaded());
}

static void companion__of_another_client__is_left_alone(void **state)
{
    (void)state;
    fake_set_ui(FAKE_FINCH);
    fake_install_companion("gtk-tinode-ticks");
    sign_in();
    assert_false(fake_companion_is_loaded());
}

static void companion__in_finch__is_loaded_at_sign_in(void **state)
{
    (void)state;
    fake_set_ui(FAKE_FINCH);
    fake_install_companion("gnt-tinode-ticks");
    sign_in();
    assert_true(fake_companion_is_loaded());
}

static void companion__switched_off_by_the_user__stays_off_until_switched_on(void **state)
{
    (void)state;
    fake_install_companion("gtk-tinode-ticks");
    sign_in();
    fake_switch_companion(FALSE);
    fake_logout(account);
    fake_login(account);
    assert_false(fake_companion_is_loaded());
    fake_switch_companion(TRUE);
    fake_install_companion("gtk-tinode-ticks");
    fake_logout(account);
    fake_login(account);
    assert_true(fake_companion_is_loaded());
}

static void companion__unloaded_when_the_client_ends__is_loaded_again(void **state)
{
    (void)state;
    fake_install_companion("gtk-tinode-ticks");
    sign_in();
    fake_logout(account);
    fake_quit();
    assert_false(fake_companion_is_loaded());
    fake_unload(); /* a new run with the same preferences */
    fake_load();
    fake_login(account);
    assert_true(fake_companion_is_loaded());
}

static void companion__cannot_be_loaded__signing_in_goes_on(void **state)
{
    (void)state;
    fake_install_companion("gtk-tinode-ticks");
    fake_break_companion();
    sign_in();
    assert_true(fake_is_online(account));
    assert_false(tinode_companion_is_loaded());
    assert_int_equal(fake_debug_count("warning", "gtk-tinode-ticks"), 1);
}

/* Calls ---------------------------------------------------------------------------------------- */

static void sync_state__is_asked__is_what_was_told(void **state)
{
    PurpleConversation *conv = begin(BOB);

    (void)state;
    assert_string_equal(fake_call("sync-state", account, BOB), "active");
    assert_string_equal(fake_call("sync-state", account, CAROL), "idle");
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    assert_string_equal(fake_call("sync-state", account, BOB), "suspended");
    assert_null(fake_call("sync-state", account, NULL));
    (void)conv;
}

static gint replay(const char *channel)
{
    return GPOINTER_TO_INT(fake_call("replay-message-states", account, channel));
}

static void replay__some_written__tells_each_once_the_oldest_first(void **state)
{
    PurpleConversation *conv = begin(BOB);
    g_autofree char *one = say(conv, "one"), *two = say(conv, "two"), *three = NULL;
    g_autofree char *line = NULL, *states = NULL;

    (void)state;
    server_note(BOB, BOB, "read", 3);
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    three = say(conv, "three");
    fake_ignore(FAKE_SIGNAL);
    assert_int_equal(replay(BOB), 3);
    states = fake_message_states();
    assert_string_equal(states, "read sent pending");
    fake_ignore(FAKE_SIGNAL);
    replay(BOB);
    line = g_strdup_printf("tinode-message-state %s %s 3 read 1 1 1", BOB, one);
    fake_expect_one(FAKE_SIGNAL, line);
    assert_int_equal(replay(CAROL), 0);
}

static void sign_out(gpointer data)
{
    fake_logout(data);
}

static void replay__a_handler_signs_out__ends(void **state)
{
    PurpleConversation *conv = begin(BOB);
    g_autofree char *one = say(conv, "one"), *two = say(conv, "two");

    (void)state;
    fake_ignore(FAKE_SIGNAL);
    fake_once_in("tinode-message-state", sign_out, account);
    assert_int_equal(replay(BOB), 1);
    assert_int_equal(replay(BOB), -1);
}

static void message_receipts__group__names_who_and_when_one_a_line(void **state)
{
    PurpleConversation *conv = begin(GROUP);
    g_autofree char *id = say(conv, "hello all");
    g_autofree char *text = NULL;

    (void)state;
    server_note(GROUP, BOB, "read", 3);
    server_note(GROUP, CAROL, "recv", 3);
    text = fake_call("message-receipts", account, GROUP, id);
    assert_string_equal(text, "Sent.\nRead by:\n  Bob <b> (03:04)\nDelivered to:\n  Carol (03:04)\n"
                              "Not yet delivered to:\n  Dave");
    assert_null(fake_call("message-receipts", account, GROUP, "none"));
    assert_null(fake_call("message-receipts", account, GROUP, NULL));
    assert_null(fake_call("message-receipts", account, "usrNobody", id));
}

/* A large group, with a name that no window is wide enough for: what is shown stays bounded. */
static void message_receipts__large_group__is_cut_and_says_so(void **state)
{
    PurpleConversation *conv = begin(GROUP);
    GString *rows = g_string_new(NULL);
    g_autofree char *id = NULL, *text = NULL, *more = NULL;
    guint lines = 0;

    (void)state;
    for (guint i = 0; i < 40; i++)
        g_string_append_printf(rows,
                               "%s{'user':'usrMember%02u','acs':{'mode':'JRWPS'},'public':{'fn':"
                               "'%0200u'}}",
                               i > 0 ? "," : "", i, i);
    fake_pushf("{'meta':{'topic':'%s','sub':[%s]}}", GROUP, rows->str);
    g_string_free(rows, TRUE);
    id = say(conv, "hello all");
    text = fake_call("message-receipts", account, GROUP, id);
    more = g_strdup_printf("\n  and %u more", 40 - 12);
    assert_true(g_str_has_suffix(text, more));
    for (const char *c = text; (c = strchr(c, '\n')) != NULL; c++)
        lines++;
    assert_int_equal(lines, 1 + 12 + 1);
    assert_true(strlen(text) < 12 * 64 + 100);
}

static void message_receipts__pending__says_only_that(void **state)
{
    PurpleConversation *conv = begin(BOB);
    g_autofree char *id = NULL, *text = NULL;

    (void)state;
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    id = say(conv, "hello");
    text = fake_call("message-receipts", account, BOB, id);
    assert_string_equal(text, "Waits to be sent.");
}

static void show_receipts__many_written__shows_the_last_ten_the_newest_first(void **state)
{
    PurpleConversation *conv = begin(BOB);
    g_autofree char *window = NULL;

    (void)state;
    for (guint i = 1; i <= 12; i++) {
        g_autofree char *html = g_strdup_printf("<b>line</b> %u &amp; %060u", i, i);
        g_autofree char *id = say(conv, html);
    }
    fake_ignore(FAKE_NOTIFY);
    assert_int_equal(GPOINTER_TO_INT(fake_call("show-receipts", account, BOB)), TRUE);
    window = fake_last(FAKE_NOTIFY, "*");
    assert_non_null(window);
    assert_true(g_str_has_prefix(
        window, "window Message Receipts: Your last messages to Bob <b>: <b>line 12 &amp; 0"));
    assert_non_null(strstr(window, "…</b> (03:0"));
    assert_non_null(strstr(window, "<b>line 3 &amp; "));
    assert_null(strstr(window, "<b>line 2 &amp; "));
    assert_non_null(strstr(window, "(03:04)<br>Not yet delivered to: Bob &lt;b&gt;<br>"));
}

static void show_receipts__edited_and_waiting__have_their_newest_text(void **state)
{
    PurpleConversation *conv = begin(BOB);
    g_autofree char *first = say(conv, "frist"), *second = NULL, *error = NULL, *window = NULL;

    (void)state;
    assert_int_equal(fake_command(conv, "edit first", &error), PURPLE_CMD_RET_OK);
    server_work();
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    second = say(conv, "second");
    fake_ignore(FAKE_NOTIFY);
    fake_call("show-receipts", account, BOB);
    window = fake_last(FAKE_NOTIFY, "*");
    assert_non_null(strstr(window, "<b>second</b> ("));
    assert_non_null(strstr(window, "<b>first</b> ("));
    assert_null(strstr(window, "frist"));
}

static void show_receipts__nothing_written_or_nobody__says_so(void **state)
{
    (void)state;
    begin(BOB);
    assert_int_equal(GPOINTER_TO_INT(fake_call("show-receipts", account, BOB)), TRUE);
    fake_expect_next(FAKE_NOTIFY, "window *You have not written here since you signed in.");
    assert_null(fake_call("show-receipts", account, "usrNobody"));
    assert_null(fake_call("show-receipts", account, NULL));
}

/* Menus ---------------------------------------------------------------------------------------- */

static void menu__of_contact_and_conversation__shows_the_window(void **state)
{
    PurpleConversation *conv = begin(BOB);
    g_autofree char *list = NULL, *own = NULL;

    (void)state;
    list = fake_node_menu(account, BOB, "Message Receipts…");
    fake_expect_next(FAKE_NOTIFY, "window *You have not written here since you signed in.");
    own = fake_conversation_menu(conv, "Message Receipts…");
    fake_expect_next(FAKE_NOTIFY, "window *You have not written here since you signed in.");
    assert_string_equal(own, "Message Receipts…");
}

static void menu__used_after_signing_out__does_nothing(void **state)
{
    PurpleConversation *conv = begin(BOB);
    g_autofree char *own = NULL;

    (void)state;
    fake_logout(account);
    fake_ignore(FAKE_ANY);
    own = fake_conversation_menu(conv, "Message Receipts…");
    fake_expect(FAKE_NOTIFY, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(companion__of_this_client__is_loaded_at_sign_in),
        FAKE_TEST(companion__of_another_client__is_left_alone),
        FAKE_TEST(companion__in_finch__is_loaded_at_sign_in),
        FAKE_TEST(companion__switched_off_by_the_user__stays_off_until_switched_on),
        FAKE_TEST(companion__unloaded_when_the_client_ends__is_loaded_again),
        FAKE_TEST(companion__cannot_be_loaded__signing_in_goes_on),
        FAKE_TEST(sync_state__is_asked__is_what_was_told),
        FAKE_TEST(replay__some_written__tells_each_once_the_oldest_first),
        FAKE_TEST(replay__a_handler_signs_out__ends),
        FAKE_TEST(message_receipts__group__names_who_and_when_one_a_line),
        FAKE_TEST(message_receipts__large_group__is_cut_and_says_so),
        FAKE_TEST(message_receipts__pending__says_only_that),
        FAKE_TEST(show_receipts__many_written__shows_the_last_ten_the_newest_first),
        FAKE_TEST(show_receipts__edited_and_waiting__have_their_newest_text),
        FAKE_TEST(show_receipts__nothing_written_or_nobody__says_so),
        FAKE_TEST(menu__of_contact_and_conversation__shows_the_window),
        FAKE_TEST(menu__used_after_signing_out__does_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
