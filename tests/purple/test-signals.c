/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-signals.c: the public signals as companions and scripts use them. A
 * handler may do anything that libpurple can do, signing out included: the same
 * story is told again and again, and each time the account is closed inside
 * another emission. Under AddressSanitizer this shows what is touched
 * afterwards.
 */
#include "fake-server.h"

#include <string.h>

static PurpleAccount *account;
static guint emission, close_at;
static gboolean may_act; /* not inside a call of the client, which itself would crash */
static void (*act)(void);

/* Counting and acting
 * ----------------------------------------------------------------------------
 */

static const char *const names[] = {"tinode-sync-changed", "tinode-message-state", "tinode-receipt",
                                    "tinode-unread", "tinode-problem"};

static void on_emission(gpointer data)
{
    const char *name = data;

    fake_once_in(name, on_emission, data);
    if (may_act && ++emission == close_at)
        act();
}

static void close_account(void)
{
    if (account->gc != NULL)
        fake_logout(account);
}

static void close_conversations(void)
{
    PurpleConversation *conv;

    while ((conv = fake_find(account, BOB)) != NULL || (conv = fake_find(account, GROUP)) != NULL)
        fake_close(conv);
}

static void ask_everything(void)
{
    g_autofree char *json = fake_call("metrics-json", account);
    g_autofree char *text = fake_call("metrics-text", account);

    assert_non_null(json);
    assert_non_null(text);
    assert_non_null(fake_call("start-receipt-sync", account, CAROL));
    assert_non_null(fake_call("stop-receipt-sync", account, CAROL));
    fake_call("message-state", account, BOB, "none");
    assert_non_null(fake_call("sync-state", account, BOB));
    assert_null(fake_call("message-receipts", account, BOB, "none"));
}

/* The story
 * --------------------------------------------------------------------------------------
 */

static gboolean is_on(void)
{
    return account->gc != NULL;
}

static void say_as_user(const char *name, const char *text)
{
    PurpleConversation *conv = is_on() ? fake_find(account, name) : NULL;

    if (conv == NULL || (conv->type == PURPLE_CONV_TYPE_CHAT && conv->u.chat->left))
        return;
    may_act = FALSE;
    fake_send(conv, text);
    may_act = TRUE;
    server_work();
}

static void step_catch_up(void)
{
    server_say(BOB, BOB, "hello");
    server_advance(8000);
}

static void step_focus(void)
{
    fake_focus(fake_open(account, BOB));
    server_advance(3000);
}

static void step_receipts(void)
{
    say_as_user(BOB, "one");
    say_as_user(BOB, "two");
    server_note(BOB, BOB, "recv", 6);
    server_note(BOB, BOB, "read", 6);
    server_advance(1000);
}

static void step_refused(void)
{
    server_refuse("pub", 403, "permission denied", 1);
    say_as_user(BOB, "no");
    server_advance(1000);
}

static void step_group(void)
{
    fake_join(account, GROUP);
    server_advance(1000);
    say_as_user(GROUP, "hello all");
    server_note(GROUP, CAROL, "read", 1);
    server_advance(1000);
}

static void step_link(void)
{
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_advance(2000);
    if (is_on() && fake_connecting() != NULL) {
        fake_opened();
        scene_hello();
        fake_sent("{'login':{}}");
        fake_reply("{'ctrl':{'code':200,'text':'ok','params':{'user':'usrAlice'}}}");
        fake_sent("{'sub':{'topic':'me'}}");
        fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'me'}}");
        fake_reply("{'meta':{'topic':'me','desc':{}}}");
        fake_reply("{'ctrl':{'code':204,'topic':'me','params':{'what':'sub'}}}");
        server_advance(1000);
    }
}

static void step_gone(void)
{
    fake_push("{'pres':{'topic':'me','src':'grpFlowers','what':'gone'}}");
    server_advance(1000);
}

static void step_evicted(void)
{
    fake_push("{'ctrl':{'code':205,'text':'evicted','topic':'usrBob',"
              "'params':{'unsub':false}}}");
    server_advance(1000);
}

static void tell_story(void)
{
    static void (*const steps[])(void) = {step_catch_up, step_focus, step_receipts, step_refused,
                                          step_group,    step_link,  step_gone,     step_evicted};

    emission = 0;
    may_act = TRUE;
    for (guint i = 0; i < G_N_ELEMENTS(steps) && is_on(); i++)
        steps[i]();
    may_act = FALSE;
}

static void begin(void)
{
    fake_allow(FAKE_ANY);
    server_topic(BOB, "Bob", 3, 3);
    server_topic(CAROL, "Carol", 0, 0);
    server_topic(GROUP, "Flowers", 0, 0);
    account = server_sign_in();
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        fake_once_in(names[i], on_emission, (gpointer)names[i]);
}

/* One run of the story in a world of its own. TRUE: close_at was reached. */
static gboolean run(void (*what)(void), guint at)
{
    act = what;
    close_at = at;
    begin();
    tell_story();
    fake_turn();
    fake_forget_onces();
    return emission >= at;
}

static void all_runs(void (*what)(void), void **state)
{
    guint at = 1;

    while (run(what, at)) {
        at++;
        fake_teardown(state);
        fake_setup(state);
    }
    assert_true(at > 20); /* the story has that many emissions at least */
}

static void signals__handler_signs_out_in_any_emission__nothing_is_touched_after(void **state)
{
    all_runs(close_account, state);
}

static void signals__handler_closes_the_windows_in_any_emission__all_goes_on(void **state)
{
    all_runs(close_conversations, state);
}

static void signals__handler_calls_back_in_any_emission__is_answered(void **state)
{
    all_runs(ask_everything, state);
}

/* What is told
 * -----------------------------------------------------------------------------------
 */

static void signals__story__tells_every_signal(void **state)
{
    (void)state;
    close_at = 0;
    begin();
    tell_story();
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *pattern = g_strconcat(names[i], " *", NULL);

        if (fake_count(FAKE_SIGNAL, pattern) == 0)
            fail_msg("%s was never emitted", names[i]);
    }
    fake_forget_onces();
}

static void signals__peer_receipts__are_told_with_words_and_numbers(void **state)
{
    scene_with_bob(3);
    (void)state;
    fake_push("{'info':{'topic':'usrBob','from':'usrBob','what':'recv','seq':3}"
              "}"); /* known */
    scene_say(BOB, SELF, 4, "mine");
    fake_ignore(FAKE_ANY);
    fake_push("{'info':{'topic':'usrBob','from':'usrBob','what':'recv','seq':4}}");
    fake_expect_one(FAKE_SIGNAL, "tinode-receipt usrBob usrBob recv 4");
    assert_int_equal(fake_count(FAKE_SIGNAL, "tinode-message-state usrBob *"), 1);
    fake_push("{'info':{'topic':'usrBob','from':'usrBob','what':'read','seq':4}}");
    fake_expect_one(FAKE_SIGNAL, "tinode-receipt usrBob usrBob read 4");
    fake_ignore(FAKE_ANY);
    fake_drop_frames();
}

static void signals__older_receipts__never_move_anything_backwards(void **state)
{
    scene_with_bob(3);
    (void)state;
    scene_say(BOB, SELF, 4, "mine");
    fake_push("{'info':{'topic':'usrBob','from':'usrBob','what':'read','seq':4}}");
    fake_ignore(FAKE_ANY);
    fake_push("{'info':{'topic':'usrBob','from':'usrBob','what':'read','seq':2}}");
    fake_push("{'info':{'topic':'usrBob','from':'usrBob','what':'recv','seq':3}}");
    fake_push("{'info':{'topic':'usrBob','from':'usrBob','what':'read','seq':4}}");
    fake_push("{'meta':{'topic':'usrBob','sub':[{'user':'usrAlice','read':4},"
              "{'user':'usrBob','read':3,'recv':1}]}}");
    fake_expect(FAKE_SIGNAL, NULL);
    fake_drop_frames();
}

static void signals__read_on_another_device__unread_falls_once_and_no_note_is_sent(void **state)
{
    (void)state;
    fake_allow(FAKE_ANY);
    server_topic(BOB, "Bob", 3, 3);
    account = server_sign_in();
    server_say(BOB, BOB, "four");
    server_say(BOB, BOB, "five");
    server_advance(20000);
    fake_expect_one(FAKE_SIGNAL, "tinode-unread usrBob 2");
    fake_ignore(FAKE_ANY);
    server_ignore("");
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'read','seq':5}}");
    server_note(BOB, SELF, "read", 5);
    fake_focus(fake_find(account, BOB));
    server_advance(3000);
    assert_int_equal(fake_count(FAKE_SIGNAL, "tinode-unread usrBob 0"), 1);
    assert_int_equal(fake_count(FAKE_SIGNAL, "tinode-message-state *"), 0);
    server_expect("note", NULL);
}

static void calls__start_and_stop__hold_a_channel_that_nobody_looks_at(void **state)
{
    (void)state;
    fake_allow(FAKE_ANY);
    server_topic(BOB, "Bob", 3, 3);
    account = server_sign_in();
    assert_int_equal(GPOINTER_TO_INT(fake_call("start-receipt-sync", account, BOB)), TRUE);
    server_advance(60000);
    assert_true(server_is_attached(BOB));
    fake_expect_one(FAKE_SIGNAL, "tinode-sync-changed usrBob starting asked");
    assert_int_equal(GPOINTER_TO_INT(fake_call("stop-receipt-sync", account, BOB)), TRUE);
    assert_int_equal(GPOINTER_TO_INT(fake_call("stop-receipt-sync", account, BOB)), TRUE);
    server_advance(10000);
    assert_false(server_is_attached(BOB));
    assert_int_equal(GPOINTER_TO_INT(fake_call("start-receipt-sync", account, "not a name")),
                     FALSE);
    assert_int_equal(GPOINTER_TO_INT(fake_call("start-receipt-sync", account, NULL)), FALSE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(signals__story__tells_every_signal),
        FAKE_TEST(signals__handler_signs_out_in_any_emission__nothing_is_touched_after),
        FAKE_TEST(signals__handler_closes_the_windows_in_any_emission__all_goes_on),
        FAKE_TEST(signals__handler_calls_back_in_any_emission__is_answered),
        FAKE_TEST(signals__peer_receipts__are_told_with_words_and_numbers),
        FAKE_TEST(signals__older_receipts__never_move_anything_backwards),
        FAKE_TEST(signals__read_on_another_device__unread_falls_once_and_no_note_is_sent),
        FAKE_TEST(calls__start_and_stop__hold_a_channel_that_nobody_looks_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
