/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-send.c: what becomes of a message that cannot leave now: it waits, or its writer is told.
 * Nothing that was typed vanishes. */
#include "fake-server.h"

static PurpleAccount *account;

static void expect_states(const char *states)
{
    g_autofree char *told = fake_message_states();

    assert_string_equal(told, states);
    fake_ignore(FAKE_SIGNAL);
}

static PurpleConversation *begin_chat(void)
{
    PurpleConversation *conv;

    fake_allow(FAKE_ANY & ~(FAKE_LINE | FAKE_NOTIFY));
    server_topic(GROUP, "Flowers", 10, 10);
    account = server_sign_in();
    fake_join(account, GROUP);
    conv = fake_find(account, GROUP);
    fake_focus(conv);
    server_advance(10000);
    server_ignore("");
    fake_ignore(FAKE_ANY);
    return conv;
}

static void send__chat_while_the_link_is_down__waits_as_an_im_does(void **state)
{
    PurpleConversation *conv = begin_chat();

    (void)state;
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    assert_int_equal(fake_send(conv, "one"), 1);
    assert_int_equal(fake_send(conv, "two"), 1);
    fake_expect(FAKE_LINE, "line grpFlowers <usrAlice> one [send]",
                "line grpFlowers <usrAlice> two [send]", NULL);
    expect_states("pending pending");
    fake_advance(8000);
    server_resume();
    server_advance(5000);
    server_expect("pub", "pub grpFlowers one", "pub grpFlowers two", NULL);
    expect_states("sent sent");
    fake_expect(FAKE_LINE, NULL);
}

/* Lost for longer than it is resumed: the client signs in and joins again. */
static void send__chat_while_the_link_is_down_for_good__goes_out_after_the_next_login(void **state)
{
    PurpleConversation *conv = begin_chat();

    (void)state;
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    assert_int_equal(fake_send(conv, "kept"), 1);
    fake_ignore(FAKE_LINE);
    fake_logout(account);
    fake_turn();
    account = server_sign_in();
    server_advance(5000);
    server_expect("pub", "pub grpFlowers kept", NULL);
    fake_ignore(FAKE_LINE);
}

/* A plugin or the bus may send before the client would let a person. */
static void send__before_signed_in__is_told_in_the_conversation(void **state)
{
    PurpleConversation *conv;

    (void)state;
    fake_allow(FAKE_ANY & ~(FAKE_LINE | FAKE_NOTIFY));
    account = fake_account("alice");
    fake_server_of(account);
    fake_login(account);
    fake_turn();
    conv = fake_open(account, BOB);
    assert_int_equal(fake_send(conv, "too early"), 0);
    fake_expect(
        FAKE_LINE,
        "line usrBob <usrBob> Your message was not sent: you are not signed in yet. [error]", NULL);
    fake_expect(FAKE_NOTIFY, NULL);
    fake_sent_nothing();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(send__chat_while_the_link_is_down__waits_as_an_im_does),
        FAKE_TEST(send__chat_while_the_link_is_down_for_good__goes_out_after_the_next_login),
        FAKE_TEST(send__before_signed_in__is_told_in_the_conversation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
