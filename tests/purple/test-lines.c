/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-lines.c: receipts as words, where nothing draws ticks. */
#include "fake-server.h"

static PurpleAccount *account;

static PurpleConversation *begin(const char *topic, FakeUi ui, const char *option)
{
    fake_allow(FAKE_ANY & ~FAKE_LINE);
    fake_set_ui(ui);
    server_topic(BOB, "Bob", 2, 2);
    server_topic(GROUP, "Flowers", 2, 2);
    account = fake_account("alice");
    fake_set_string(account, "receipt-lines", option);
    server_sign_in();
    if (topic[0] == 'g')
        fake_join(account, topic);
    else
        fake_open(account, topic);
    fake_focus(fake_find(account, topic));
    server_advance(10000);
    fake_ignore(FAKE_ANY);
    return fake_find(account, topic);
}

/* Three messages, delivered, then two of them read, then all. */
static void three_messages(PurpleConversation *conv)
{
    fake_send(conv, "one");
    fake_send(conv, "two");
    fake_send(conv, "three");
    server_advance(1000);
    fake_ignore(FAKE_LINE);
    server_note(BOB, BOB, "recv", 5);
    server_note(BOB, BOB, "read", 4);
    server_note(BOB, BOB, "recv", 5);
    server_note(BOB, BOB, "read", 5);
}

static void expect_both(void)
{
    fake_expect(FAKE_LINE, "line usrBob <usrBob> Delivered. [system nolog]",
                "line usrBob <usrBob> Read. [system nolog]", NULL);
}

static void lines__client_with_windows_and_no_companion__one_line_a_change(void **state)
{
    (void)state;
    three_messages(begin(BOB, FAKE_FINCH, "auto"));
    expect_both();
}

static void lines__pidgin_without_companion__too(void **state)
{
    (void)state;
    three_messages(begin(BOB, FAKE_PIDGIN, "auto"));
    expect_both();
}

static void lines__companion_draws_ticks__none(void **state)
{
    PurpleConversation *conv = begin(BOB, FAKE_PIDGIN, "auto");

    (void)state;
    fake_set_companion("gtk-tinode-ticks");
    three_messages(conv);
    fake_expect(FAKE_LINE, NULL);
}

static void lines__client_that_would_show_them_as_bobs__none(void **state)
{
    (void)state;
    three_messages(begin(BOB, FAKE_BITLBEE, "auto"));
    fake_expect(FAKE_LINE, NULL);
}

static void lines__bitlbee_asked_for__in_the_control_channel(void **state)
{
    (void)state;
    fake_allow(FAKE_ANY);
    three_messages(begin(BOB, FAKE_BITLBEE, "on"));
    fake_expect(FAKE_LINE, NULL);
    fake_expect(FAKE_NOTIFY, "notice Bob: Delivered.", "notice Bob: Read.", NULL);
}

static void lines__finch_asked_for__also_out_of_view(void **state)
{
    PurpleConversation *conv = begin(BOB, FAKE_FINCH, "on");

    (void)state;
    fake_window(FALSE);
    server_advance(1500);
    three_messages(conv);
    expect_both();
    fake_window(TRUE);
    server_advance(2000);
    fake_expect(FAKE_LINE, NULL); /* each once */
}

static void lines__off__none(void **state)
{
    (void)state;
    three_messages(begin(BOB, FAKE_FINCH, "off"));
    fake_expect(FAKE_LINE, NULL);
}

static void lines__on__also_beside_a_companion(void **state)
{
    PurpleConversation *conv = begin(BOB, FAKE_PIDGIN, "on");

    (void)state;
    fake_set_companion("gtk-tinode-ticks");
    three_messages(conv);
    expect_both();
}

static void lines__not_in_view__the_last_word_comes_with_the_focus(void **state)
{
    PurpleConversation *conv = begin(BOB, FAKE_PIDGIN, "auto");

    (void)state;
    fake_send(conv, "one");
    server_advance(1000);
    fake_ignore(FAKE_LINE);
    fake_window(FALSE);
    server_advance(1500);
    server_note(BOB, BOB, "recv", 3);
    server_note(BOB, BOB, "read", 3);
    server_advance(1000);
    fake_expect(FAKE_LINE, NULL); /* it would colour the tab */
    fake_window(TRUE);
    server_advance(100);
    fake_expect(FAKE_LINE, "line usrBob <usrBob> Read. [system nolog]", NULL);
    fake_window(FALSE);
    server_advance(2000);
    fake_window(TRUE);
    server_advance(2000);
    fake_expect(FAKE_LINE, NULL); /* said once */
}

static void lines__group__say_how_many(void **state)
{
    PurpleConversation *conv = begin(GROUP, FAKE_FINCH, "auto");

    (void)state;
    fake_send(conv, "hello all");
    server_advance(1000);
    fake_ignore(FAKE_LINE);
    server_note(GROUP, BOB, "read", 3);
    server_note(GROUP, CAROL, "read", 3);
    fake_expect(FAKE_LINE, NULL);
    server_note(GROUP, DAVE, "recv", 3);
    fake_expect(FAKE_LINE, "line grpFlowers <grpFlowers> Delivered to all 3. [system nolog]", NULL);
    server_note(GROUP, DAVE, "read", 3);
    fake_expect(FAKE_LINE, "line grpFlowers <grpFlowers> Read by all 3. [system nolog]", NULL);
}

static void lines__group_of_two__does_not_say_all(void **state)
{
    PurpleConversation *conv = begin(GROUP, FAKE_FINCH, "auto");

    (void)state;
    fake_allow(FAKE_ANY & ~FAKE_LINE);
    fake_send(conv, "hello Bob");
    server_advance(1000);
    fake_push("{'meta':{'topic':'grpFlowers','sub':[{'user':'usrAlice'},{'user':'usrBob'}]}}");
    fake_turn();
    fake_ignore(FAKE_LINE);
    server_note(GROUP, BOB, "recv", 3);
    server_note(GROUP, BOB, "read", 3);
    fake_expect(FAKE_LINE, "line grpFlowers <grpFlowers> Delivered. [system nolog]",
                "line grpFlowers <grpFlowers> Read. [system nolog]", NULL);
}

static void lines__older_message__is_not_spoken_of(void **state)
{
    PurpleConversation *conv = begin(BOB, FAKE_FINCH, "auto");

    (void)state;
    fake_send(conv, "one");
    fake_send(conv, "two");
    server_advance(1000);
    fake_ignore(FAKE_LINE);
    server_note(BOB, BOB, "read", 3); /* the first of the two */
    fake_expect(FAKE_LINE, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(lines__client_with_windows_and_no_companion__one_line_a_change),
        FAKE_TEST(lines__pidgin_without_companion__too),
        FAKE_TEST(lines__companion_draws_ticks__none),
        FAKE_TEST(lines__client_that_would_show_them_as_bobs__none),
        FAKE_TEST(lines__bitlbee_asked_for__in_the_control_channel),
        FAKE_TEST(lines__finch_asked_for__also_out_of_view),
        FAKE_TEST(lines__off__none),
        FAKE_TEST(lines__on__also_beside_a_companion),
        FAKE_TEST(lines__not_in_view__the_last_word_comes_with_the_focus),
        FAKE_TEST(lines__group__say_how_many),
        FAKE_TEST(lines__group_of_two__does_not_say_all),
        FAKE_TEST(lines__older_message__is_not_spoken_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
