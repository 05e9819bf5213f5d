/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-seen.c: what counts as seen, in which client, and who learns it. */
#include "fake-server.h"

/* Bob and Carol, four messages each, all read. Both conversations are open, Carol's has the focus
 * unless the client knows none. */
static PurpleAccount *begin(void)
{
    PurpleAccount *account;

    server_topic(BOB, "Bob", 4, 4);
    server_topic(CAROL, "Carol", 4, 4);
    account = server_sign_in();
    fake_open(account, BOB);
    fake_focus(fake_open(account, CAROL));
    server_advance(10000);
    server_ignore("");
    fake_ignore(FAKE_ANY);
    fake_allow(FAKE_ANY);
    return account;
}

static void focus(PurpleAccount *account, const char *name)
{
    fake_focus(fake_find(account, name));
    server_work();
}

/* A message is in view
 * ----------------------------------------------------------------------------*/

static void seen__background_tab__is_received_at_once_and_read_after_focus_and_dwell(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    server_say(BOB, BOB, "hello");
    server_advance(1000);
    server_expect("note", "note usrBob recv 5", NULL);
    fake_expect_one(FAKE_SIGNAL, "tinode-unread usrBob 1");
    server_advance(9000);
    server_expect("note", NULL);

    focus(account, BOB);
    server_advance(990);
    server_expect("note", NULL);
    server_advance(1000);
    server_expect("note", "note usrBob read 5", NULL);
    fake_expect_one(FAKE_SIGNAL, "tinode-unread usrBob 0");
    server_advance(30000);
    server_expect("note", NULL);
}

static void seen__fly_by__is_not_reading(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    server_say(BOB, BOB, "hello");
    server_advance(10000);
    server_ignore("");
    for (guint i = 0; i < 10; i++) {
        focus(account, BOB);
        server_advance(300);
        fake_focus(NULL);
        server_advance(700);
    }
    server_expect("note", NULL);
    assert_true(server_count("sub usrBob") <= 1);
    assert_true(server_count("leave usrBob") <= 1);
    focus(account, BOB);
    server_advance(2000);
    server_expect("note", "note usrBob read 5", NULL);
}

/* The blur lies between two looks of the poll: only the hint of the new focus
 * tells of it. */
static void seen__fly_by_faster_than_the_poll__is_not_reading(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    server_say(BOB, BOB, "hello");
    server_advance(10000);
    server_ignore("");
    for (guint i = 0; i < 10; i++) {
        focus(account, BOB);
        server_advance(300);
        fake_focus(NULL);
        server_advance(550);
    }
    server_expect("note", NULL);
    focus(account, BOB);
    server_advance(2000);
    server_expect("note", "note usrBob read 5", NULL);
}

static void seen__arrives_while_focused__is_read_after_dwell_without_any_signal(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    focus(account, BOB);
    server_advance(5000);
    server_ignore("");
    server_say(BOB, BOB, "hello");
    server_advance(990);
    server_expect("note usrBob read", NULL);
    server_advance(1000);
    server_expect("note usrBob read", "note usrBob read 5", NULL);
}

static void seen__several_in_view__one_cursor_says_it(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    server_say(BOB, BOB, "one");
    server_say(BOB, BOB, "two");
    server_say(BOB, BOB, "three");
    server_advance(5000);
    server_ignore("");
    focus(account, BOB);
    server_advance(3000);
    server_expect("note", "note usrBob read 7", NULL);
}

static void seen__own_system_line__marks_nothing_as_read(void **state)
{
    PurpleAccount *account = begin();
    char *error;

    (void)state;
    server_say(BOB, BOB, "hello");
    server_advance(5000);
    server_ignore("");
    fake_command(fake_find(account, BOB), "receipts", &error); /* writes a line: UNSEEN */
    assert_null(error);
    server_advance(5000);
    server_expect("note usrBob read", NULL);
}

/* Clients ----------------------------------------------------------------------------------------
 */

static void window_comes_back(FakeUi ui)
{
    PurpleAccount *account = begin();

    fake_set_ui(ui);
    focus(account, BOB);
    server_advance(2000);
    fake_window(FALSE);
    server_advance(10000);
    server_say(BOB, BOB, "eight");
    server_advance(5000);
    server_ignore("");
    fake_window(TRUE);
    server_advance(980);
    server_expect("note usrBob read", NULL);
    server_advance(1000);
    server_expect("note usrBob read", "note usrBob read 5", NULL);
    server_say(BOB, BOB, "nine");
    server_advance(5000);
    server_expect("note usrBob read", "note usrBob read 6", NULL);
}

static void seen__pidgin_window_back__read_though_focus_comes_after_the_signal(void **state)
{
    (void)state;
    window_comes_back(FAKE_PIDGIN);
}

static void seen__finch_window_back__read(void **state)
{
    (void)state;
    window_comes_back(FAKE_FINCH);
}

static void seen__window_lost__is_noticed_without_a_signal_and_sync_stops(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    focus(account, BOB);
    server_advance(2000);
    fake_ignore(FAKE_SIGNAL);
    server_ignore("");
    fake_window(FALSE);
    server_advance(10000);
    server_expect("leave usrBob", "leave usrBob", NULL);
    fake_expect_one(FAKE_SIGNAL, "tinode-sync-changed usrBob stopping unfocused");
    server_say(BOB, BOB, "unseen");
    server_advance(10000);
    server_expect("note usrBob read", NULL);
}

static void seen__switch_between_tabs__cause_no_storm(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    for (guint i = 0; i < 20; i++) {
        focus(account, i % 2 == 0 ? BOB : CAROL);
        server_advance(500);
    }
    assert_true(server_count("sub") <= 1);
    server_expect("leave", NULL);
}

static void seen__client_without_focus__seen_acts_as_reply(void **state)
{
    PurpleAccount *account;
    PurpleConversation *conv;

    (void)state;
    fake_allow(FAKE_ANY);
    fake_set_ui(FAKE_BITLBEE);
    server_topic(BOB, "Bob", 0, 0);
    account = server_sign_in();
    server_say(BOB, BOB, "one");
    server_say(BOB, BOB, "two");
    server_say(BOB, BOB, "three");
    server_advance(30000);
    assert_int_equal(server_count("note usrBob read"), 0);
    assert_true(server_count("note usrBob recv 3") >= 1);
    conv = scene_bob(account);
    fake_ignore(FAKE_ANY);
    assert_int_equal(fake_send(conv, "answer"), 1);
    server_advance(5000);
    fake_expect_one(FAKE_SIGNAL, "tinode-unread usrBob 0");
    server_expect("note usrBob read", NULL);
    server_note(BOB, BOB, "read", 4);
    server_advance(1000);
    assert_int_equal(fake_count(FAKE_LINE, "line usrBob <usrBob> *"),
                     1); /* our own, by libpurple */
}

/* A person is there ------------------------------------------------------------------------------
 */

static void absence(gboolean wants_attention)
{
    PurpleAccount *account = begin();

    fake_set_bool(account, "attention", wants_attention);
    focus(account, BOB);
    server_advance(2000);
    server_ignore("");
    fake_idle(account, TRUE);
    server_work();
    server_say(BOB, BOB, "six");
    server_advance(1500);
    assert_int_equal(server_count("note usrBob recv 5"), 1);
    server_advance(8500);
    assert_int_equal(server_count("note usrBob read 5"), wants_attention ? 0 : 1);
    fake_idle(account, FALSE);
    server_advance(980);
    assert_int_equal(server_count("note usrBob read 5"), wants_attention ? 0 : 1);
    server_advance(1000);
    assert_int_equal(server_count("note usrBob read 5"), 1);

    fake_status(account, "away");
    server_work();
    server_say(BOB, BOB, "seven");
    server_advance(10000);
    assert_int_equal(server_count("note usrBob read 6"), wants_attention ? 0 : 1);
    fake_status(account, "available");
    server_advance(980);
    assert_int_equal(server_count("note usrBob read 6"), wants_attention ? 0 : 1);
    server_advance(1000);
    assert_int_equal(server_count("note usrBob read 6"), 1);
    assert_int_equal(server_count("note usrBob read"), 2);
}

static void seen__idle_or_away__nothing_counts_until_back_and_dwell(void **state)
{
    (void)state;
    absence(TRUE);
}

static void seen__attention_off__idle_and_away_do_not_matter(void **state)
{
    (void)state;
    absence(FALSE);
}

/* A window that came up by itself is nobody. */
static void seen__no_input_since_long__waits_for_the_next_touch(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    server_advance(300000);
    fake_input_age(180);
    focus(account, BOB);
    server_say(BOB, BOB, "hello");
    server_advance(20000);
    server_expect("note usrBob read", NULL);
    fake_input_age(0);
    server_advance(2100); /* the poll looks once a second */
    server_expect("note usrBob read", "note usrBob read 5", NULL);
}

static void seen__input_shortly_before__is_enough_to_have_read_it(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    focus(account, BOB);
    server_advance(100000);
    fake_input_age(30);
    server_say(BOB, BOB, "hello");
    server_advance(3000);
    server_expect("note usrBob read", "note usrBob read 5", NULL);
}

static void seen__client_cannot_tell_input__focus_is_enough(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    fake_no_idle_ops();
    focus(account, BOB);
    server_say(BOB, BOB, "hello");
    server_advance(3000);
    server_expect("note usrBob read", "note usrBob read 5", NULL);
}

/* Policies ---------------------------------------------------------------------------------------
 */

static void seen__policy_reply__server_learns_it_by_the_answer_alone(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    fake_set_string(account, "send-read", "reply");
    server_say(BOB, BOB, "five");
    server_say(BOB, BOB, "six");
    server_advance(1000);
    focus(account, BOB);
    server_advance(10000);
    server_expect("note usrBob read", NULL);
    fake_expect_one(FAKE_SIGNAL, "tinode-unread usrBob 0");
    fake_send(fake_find(account, BOB), "answer");
    server_advance(1000);
    server_expect("pub", "pub usrBob answer", NULL);
    server_expect("note usrBob read", NULL);

    fake_logout(account);
    fake_turn();
    server_ignore("");
    fake_ignore(FAKE_ANY);
    server_sign_in();
    focus(account, BOB);
    server_advance(10000);
    fake_expect(FAKE_LINE, NULL);
    assert_int_equal(fake_count(FAKE_SIGNAL, "tinode-unread usrBob 1"), 0);
    server_expect("note", NULL);
}

static void seen__policy_never__only_the_count_here_falls(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    fake_set_string(account, "send-read", "never");
    server_say(BOB, BOB, "five");
    server_advance(1000);
    focus(account, BOB);
    server_advance(10000);
    server_expect("note usrBob read", NULL);
    fake_expect_one(FAKE_SIGNAL, "tinode-unread usrBob 0");
}

static void seen__policy_arrival__is_told_when_handed_on(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    fake_set_string(account, "send-read", "arrival");
    server_say(BOB, BOB, "five");
    server_advance(500);
    server_expect("note usrBob read", "note usrBob read 5", NULL);
}

static void seen__dwell_of_zero__read_in_the_next_turn(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    fake_set_int(account, "seen-after-ms", 0);
    server_say(BOB, BOB, "five");
    server_advance(5000);
    focus(account, BOB);
    server_advance(50);
    server_expect("note usrBob read", "note usrBob read 5", NULL);
}

/* Ends and timers --------------------------------------------------------------------------------
 */

static void seen__closed_while_an_evaluation_waits__is_closed(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    server_say(BOB, BOB, "hello");
    server_advance(5000);
    server_ignore("");
    fake_focus(fake_find(account, BOB)); /* only schedules */
    fake_close(fake_find(account, BOB));
    server_advance(10000);
    server_expect("note usrBob read", NULL);
    assert_false(server_is_attached(BOB));
}

static void seen__closed_and_opened_again__dwell_starts_anew(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    focus(account, BOB);
    server_advance(5000);
    server_say(BOB, BOB, "hello");
    server_advance(900);
    fake_close(fake_find(account, BOB));
    fake_focus(fake_open(account, BOB));
    server_advance(980);
    server_expect("note usrBob read", NULL);
    fake_close(fake_find(account, BOB));
}

/* Hidden by the client's preference: created, but nobody sees it. */
static void seen__conversation_nobody_sees__is_received_but_not_read(void **state)
{
    server_topic(DAVE, "Dave", 0, 0);
    begin();
    (void)state;
    server_say(DAVE, DAVE, "hello"); /* libpurple opens the conversation, no focus comes */
    server_advance(30000);
    server_expect("note usrDave", "note usrDave recv 1", NULL);
    assert_false(server_is_attached(DAVE));
}

static void seen__blocked_sender__is_not_shown_and_stops_nothing(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    focus(account, BOB);
    fake_block(BOB);
    server_say(BOB, BOB, "blocked");
    server_advance(3000);
    assert_int_equal(fake_count(FAKE_LINE, "line *"), 0);
    fake_block(NULL);
    server_say(BOB, BOB, "shown");
    server_advance(3000);
    fake_expect(FAKE_LINE, "line usrBob <usrBob> shown [recv]", NULL);
    assert_int_equal(server_count("note usrBob read 6"), 1);
}

static void seen__focused__one_poll_is_armed_and_nothing_when_no_longer(void **state)
{
    PurpleAccount *account = begin();

    (void)state;
    focus(account, CAROL);
    server_advance(60000);
    assert_int_equal(fake_timers(), 1);
    fake_window(FALSE);
    server_advance(60000);
    assert_int_equal(fake_timers(), 0);
}

static void seen__client_without_focus__no_poll_at_all(void **state)
{
    PurpleAccount *account;

    (void)state;
    fake_allow(FAKE_ANY);
    fake_set_ui(FAKE_BITLBEE);
    server_topic(BOB, "Bob", 3, 3);
    account = server_sign_in();
    fake_open(account, BOB);
    server_advance(60000);
    assert_int_equal(fake_timers(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(seen__background_tab__is_received_at_once_and_read_after_focus_and_dwell),
        FAKE_TEST(seen__fly_by__is_not_reading),
        FAKE_TEST(seen__fly_by_faster_than_the_poll__is_not_reading),
        FAKE_TEST(seen__arrives_while_focused__is_read_after_dwell_without_any_signal),
        FAKE_TEST(seen__several_in_view__one_cursor_says_it),
        FAKE_TEST(seen__own_system_line__marks_nothing_as_read),
        FAKE_TEST(seen__pidgin_window_back__read_though_focus_comes_after_the_signal),
        FAKE_TEST(seen__finch_window_back__read),
        FAKE_TEST(seen__window_lost__is_noticed_without_a_signal_and_sync_stops),
        FAKE_TEST(seen__switch_between_tabs__cause_no_storm),
        FAKE_TEST(seen__client_without_focus__seen_acts_as_reply),
        FAKE_TEST(seen__idle_or_away__nothing_counts_until_back_and_dwell),
        FAKE_TEST(seen__attention_off__idle_and_away_do_not_matter),
        FAKE_TEST(seen__no_input_since_long__waits_for_the_next_touch),
        FAKE_TEST(seen__input_shortly_before__is_enough_to_have_read_it),
        FAKE_TEST(seen__client_cannot_tell_input__focus_is_enough),
        FAKE_TEST(seen__policy_reply__server_learns_it_by_the_answer_alone),
        FAKE_TEST(seen__policy_never__only_the_count_here_falls),
        FAKE_TEST(seen__policy_arrival__is_told_when_handed_on),
        FAKE_TEST(seen__dwell_of_zero__read_in_the_next_turn),
        FAKE_TEST(seen__closed_while_an_evaluation_waits__is_closed),
        FAKE_TEST(seen__closed_and_opened_again__dwell_starts_anew),
        FAKE_TEST(seen__conversation_nobody_sees__is_received_but_not_read),
        FAKE_TEST(seen__blocked_sender__is_not_shown_and_stops_nothing),
        FAKE_TEST(seen__focused__one_poll_is_armed_and_nothing_when_no_longer),
        FAKE_TEST(seen__client_without_focus__no_poll_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
