/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-message-commands.c: /edit, /delete, /reply, /save, /answer, /resend, /seen. */
#include "fake-server.h"

#include <string.h>
#include <util.h>

#define OWN(text)   "line usrBob <usrBob> " text " [send]"
#define QUIET(text) "line usrBob <usrBob> " text " [system nolog]"
#define NOTES       "slf"
#define FORM                                                                                       \
    "{'txt':'Coming?YesNoMoreNote','fmt':[{'at':0,'len':20,'tp':'FM'},{'at':7,'len':3,'key':0},"   \
    "{'at':10,'len':2,'key':1},{'at':12,'len':4,'key':2},{'at':16,'len':4,'key':3}],"              \
    "'ent':[{'tp':'BN','data':{'name':'yes','act':'pub','val':'oh yes'}},"                         \
    "{'tp':'BN','data':{'name':'no','act':'pub'}},"                                                \
    "{'tp':'BN','data':{'name':'more','act':'url','ref':'https://example.org/?a=1#x'}},"           \
    "{'tp':'BN','data':{'name':'n','act':'note','val':'x'}}]}"

static PurpleConversation *begin(void)
{
    PurpleAccount *account;

    fake_allow(FAKE_ANY & ~FAKE_LINE);
    server_topic(BOB, "Bob", 2, 2);
    server_topic(NOTES, "", 0, 0);
    account = server_sign_in();
    fake_focus(fake_open(account, BOB));
    server_advance(10000);
    server_ignore("");
    fake_ignore(FAKE_ANY);
    return scene_bob(account);
}

static void run(PurpleConversation *conv, const char *command)
{
    char *error;

    if (fake_command(conv, command, &error) != PURPLE_CMD_RET_OK)
        fail_msg("/%s: %s", command, error);
    server_work();
}

static void refused(PurpleConversation *conv, const char *command, const char *why)
{
    char *error;

    assert_int_equal(fake_command(conv, command, &error), PURPLE_CMD_RET_FAILED);
    assert_string_equal(error, why);
    g_free(error);
}

static void expect_states(const char *states)
{
    g_autofree char *told = fake_message_states();

    assert_string_equal(told, states);
    fake_ignore(FAKE_SIGNAL);
}

/* /edit ------------------------------------------------------------------------------------------
 */

static void edit__last_message__is_replaced_with_a_tick_of_its_own(void **state)
{
    PurpleConversation *conv = begin();
    g_autofree char *id = NULL;

    (void)state;
    fake_send(conv, "hallo");
    server_work();
    fake_ignore(FAKE_SIGNAL);
    run(conv, "edit <b>hello</b> &amp; more");
    id = g_strdup(fake_written_id());
    assert_non_null(id);
    fake_expect(FAKE_LINE, OWN("hallo"), OWN("Edited “hallo”: <b>hello</b> &amp; more"), NULL);
    expect_states("pending sent");
    server_note(BOB, BOB, "read", 4);
    assert_string_equal(fake_call("message-state", conv->account, BOB, id), "read");
    run(conv, "edit hello");
    fake_expect(FAKE_LINE, QUIET("Read."), OWN("Edited “hello &amp; more”: hello"), NULL);
    server_expect("pub", "pub usrBob hallo",
                  "pub usrBob {\"fmt\":[{\"len\":5,\"tp\":\"ST\"}],\"txt\":\"hello & more\"} "
                  "[replace :3]",
                  "pub usrBob hello [replace :3]", NULL);
}

static void edit__of_a_message_from_another_device__works(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    server_say(BOB, SELF, "from phone");
    server_say(BOB, BOB, "not mine");
    fake_ignore(FAKE_LINE);
    run(conv, "edit corrected");
    fake_expect(FAKE_LINE, OWN("Edited “from phone”: corrected"), NULL);
    server_expect("pub", "pub usrBob corrected [replace :3]", NULL);
}

static void edit__nothing_written_or_nothing_typed__says_so(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    server_say(BOB, BOB, "not mine");
    fake_ignore(FAKE_LINE);
    run(conv, "edit x"); /* it may be older than this sign-in */
    fake_expect(FAKE_LINE, QUIET("There is no message of yours among the last ones here."), NULL);
    server_expect("get usrBob", "get usrBob data", NULL);
    refused(conv, "edit x", "There is no message of yours among the last ones here.");
    refused(conv, "edit", "Type /edit and the new text of your last message.");
    server_expect("pub", NULL);
}

static void edit__message_waits__changes_what_will_be_sent(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_send(conv, "hallo");
    fake_ignore(FAKE_LINE);
    run(conv, "edit hello");
    fake_expect(FAKE_LINE, QUIET("Your message that waits to be sent is now: hello"), NULL);
    fake_advance(8000);
    server_resume();
    server_advance(5000);
    server_expect("pub", "pub usrBob hello", NULL);
    expect_states("pending sent");
}

/* The server has it, but we do not know: the edit waits for its number, over a restart, too. */
static void edit__message_is_in_doubt__edits_it_when_it_is_found(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    server_silence("pub", 1);
    fake_send(conv, "hallo");
    server_work();
    run(conv, "edit hello");
    run(conv, "edit hello there");
    fake_ignore(FAKE_LINE);
    fake_logout(conv->account);
    fake_turn();
    server_sign_in();
    server_advance(15000);
    server_expect("pub", "pub usrBob hallo", "pub usrBob hello there [replace :3]", NULL);
    fake_expect(FAKE_LINE, NULL);
}

static void edit__of_what_is_refused__is_refused_too(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    fake_send(conv, "hallo");
    fake_sent("{'pub':{'content':'hallo'}}");
    run(conv, "edit hello");
    fake_ignore(FAKE_LINE | FAKE_SIGNAL);
    fake_reply("{'ctrl':{'code':400,'text':'malformed','topic':'usrBob'}}");
    server_work();
    server_expect("pub", NULL);
    expect_states("failed failed");
    fake_ignore(FAKE_LINE);
}

static void edit__answer_is_lost_but_stored__is_not_sent_again(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    fake_send(conv, "hallo");
    server_work();
    server_silence("pub", 1);
    run(conv, "edit hello");
    server_advance(15000);
    fake_expect(FAKE_LINE, OWN("hallo"), OWN("Edited “hallo”: hello"), NULL);
    server_expect("pub", "pub usrBob hallo", "pub usrBob hello [replace :3]", NULL);
}

static void edit__longer_than_the_server_takes__is_refused_at_once(void **state)
{
    PurpleConversation *conv = begin();
    g_autofree char *text = g_strnfill(200 * 1024, 'x');
    g_autofree char *command = g_strconcat("edit ", text, NULL);

    (void)state;
    fake_send(conv, "short");
    server_work();
    fake_ignore(FAKE_LINE);
    run(conv, command);
    fake_expect(FAKE_LINE,
                "line usrBob <usrBob> Your message was not sent: it is longer than this server *",
                NULL);
    server_expect("pub", "pub usrBob short", NULL);
}

static void rot(PurpleAccount *account, const char *who, char **text, gpointer data)
{
    (void)account;
    (void)who;
    (void)data;
    g_free(*text);
    *text = strcmp(who, BOB) == 0 ? g_strdup("secret") : NULL;
}

/* A plugin that encrypts sees these texts, too. */
static void edit_and_reply__another_plugin_changes_the_text__that_is_sent(void **state)
{
    PurpleConversation *conv = begin();
    int handle;

    (void)state;
    server_say(BOB, BOB, "Tea?");
    fake_send(conv, "hallo");
    server_work();
    server_ignore("");
    fake_ignore(FAKE_LINE);
    purple_signal_connect(purple_conversations_get_handle(), "sending-im-msg", &handle,
                          PURPLE_CALLBACK(rot), NULL);
    run(conv, "edit hello");
    fake_expect(FAKE_LINE, OWN("Edited “hallo”: hello"), NULL);
    server_expect("pub", "pub usrBob secret [replace :4]", NULL);
    run(conv, "reply Yes");
    fake_ignore(FAKE_LINE);
    server_expect("pub",
                  "pub usrBob {\"ent\":[{\"data\":{\"val\":\"usrBob\"},\"tp\":\"MN\"}],"
                  "\"fmt\":[{\"len\":3},{\"at\":3,\"len\":1,\"tp\":\"BR\"},"
                  "{\"len\":8,\"tp\":\"QQ\"}],\"txt\":\"Bob Tea?secret\"} [reply :3]",
                  NULL);
    purple_signals_disconnect_by_handle(&handle);
}

/* /delete ----------------------------------------------------------------------------------------
 */

static void delete__with_the_right_to__is_for_everybody(void **state)
{
    PurpleConversation *conv;

    (void)state;
    fake_allow(FAKE_ANY & ~FAKE_LINE);
    server_topic(BOB, "Bob", 2, 2);
    server_mode(BOB, "JRWPAD");
    conv = fake_open(server_sign_in(), BOB);
    fake_focus(conv);
    server_advance(10000);
    server_ignore("");
    fake_send(conv, "oops");
    server_work();
    server_say(BOB, BOB, "what?");
    run(conv, "edit oops again");
    fake_ignore(FAKE_LINE);
    run(conv, "delete");
    fake_expect(FAKE_LINE, QUIET("Deleted for everybody: “oops again”"), NULL);
    server_expect("del", "del usrBob 5-5 hard", "del usrBob 3-3 hard", NULL);
    run(conv, "delete");
    fake_expect(FAKE_LINE, QUIET("There is no such message among the last ones here."), NULL);
}

static void delete__without_the_right_to__says_that_others_have_it(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    fake_send(conv, "first words");
    fake_send(conv, "last");
    server_work();
    fake_ignore(FAKE_LINE);
    run(conv, "delete &quot;FIRST&quot;");
    fake_expect(FAKE_LINE, QUIET("Deleted for you, the others still have it: “first words”"), NULL);
    server_expect("del", "del usrBob 3-3 hard", NULL);
}

static void delete__too_old__says_that_it_is_kept(void **state)
{
    PurpleConversation *conv;

    (void)state;
    fake_allow(FAKE_ANY & ~FAKE_LINE);
    server_topic(BOB, "Bob", 2, 2);
    server_mode(BOB, "JRWPAD");
    server_keep(BOB);
    conv = fake_open(server_sign_in(), BOB);
    fake_focus(conv);
    server_advance(10000);
    fake_send(conv, "old");
    server_work();
    fake_ignore(FAKE_LINE);
    run(conv, "delete");
    fake_expect(FAKE_LINE,
                QUIET("The server keeps this message, it is too old to be deleted: “old”"), NULL);
    run(conv, "edit newer");
    fake_ignore(FAKE_LINE);
    run(conv, "delete");
    fake_expect(FAKE_LINE,
                QUIET("The server keeps this message, it is too old to be deleted: “newer”"), NULL);
    server_note(BOB, BOB, "read", 4);
    fake_expect(FAKE_LINE, QUIET("Read."), NULL);
}

static void delete__refused_or_not_connected__says_so_and_deletes_nothing(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    fake_send(conv, "oops");
    server_work();
    fake_ignore(FAKE_LINE);
    server_refuse("del", 403, "permission denied", 1);
    run(conv, "delete");
    fake_expect(FAKE_LINE, QUIET("The message was not deleted: the server does not let you."),
                NULL);
    server_refuse("del", 500, "internal error", 1);
    run(conv, "delete");
    fake_expect(FAKE_LINE, QUIET("The message was not deleted: please try again."), NULL);
    refused(conv, "delete oops",
            "Type /delete for your last message, or /delete \"words\" for another one of yours "
            "that holds them.");
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    refused(conv, "delete",
            "This conversation is not connected now: please try again in a moment.");
}

static void delete__message_waits__is_taken_back(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    server_silence("pub", 1);
    fake_send(conv, "in doubt");
    server_work();
    refused(conv, "delete", "Your last message is being sent: please try again in a moment.");
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_send(conv, "oops");
    fake_ignore(FAKE_LINE);
    run(conv, "delete");
    fake_expect(FAKE_LINE, QUIET("Your message that waited to be sent was taken back."), NULL);
    fake_advance(8000);
    server_resume();
    server_advance(5000);
    server_expect("pub", "pub usrBob in doubt", NULL);
}

/* /reply -----------------------------------------------------------------------------------------
 */

static void reply__last_message_of_others__is_quoted(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    server_say(BOB, BOB, "Coming?");
    fake_send(conv, "wait");
    server_work();
    fake_ignore(FAKE_LINE);
    server_ignore("");
    run(conv, "reply Yes");
    fake_expect(FAKE_LINE, OWN("To Bob “Coming?”: Yes"), NULL);
    server_expect("pub",
                  "pub usrBob {\"ent\":[{\"data\":{\"val\":\"usrBob\"},\"tp\":\"MN\"}],"
                  "\"fmt\":[{\"len\":3},{\"at\":3,\"len\":1,\"tp\":\"BR\"},"
                  "{\"len\":11,\"tp\":\"QQ\"}],\"txt\":\"Bob Coming?Yes\"} [reply :3]",
                  NULL);
}

static void reply__to_words__finds_the_message_that_holds_them(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    server_say(BOB, BOB, "Tea or \u00c4pfel?");
    server_say(BOB, BOB, "Hello?");
    fake_ignore(FAKE_LINE);
    run(conv, "reply &quot;\u00e4pfel&quot; Tea");
    fake_expect(FAKE_LINE, OWN("To Bob “Tea or Äpfel?”: Tea"), NULL);
    assert_int_equal(server_count("pub usrBob"), 1);
    run(conv, "reply &quot;nowhere&quot; x");
    fake_expect(FAKE_LINE, QUIET("There is no such message among the last ones here."), NULL);
    refused(conv, "reply &quot;nowhere&quot; x",
            "There is no such message among the last ones here.");
    refused(conv, "reply &quot;tea&quot;",
            "Type /reply and your answer to the last message, or /reply \"words\" and your answer "
            "to another one that holds them.");
}

static void reply__edited__keeps_its_quote(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    server_say(BOB, BOB, "Coming?");
    run(conv, "reply Yse");
    server_ignore("");
    fake_ignore(FAKE_LINE);
    run(conv, "edit Yes");
    fake_expect(FAKE_LINE, OWN("Edited “Yse”: Yes"), NULL);
    run(conv, "edit Yes!");
    fake_ignore(FAKE_LINE);
    assert_int_equal(server_count("pub usrBob {\"ent\":[{\"data\":{\"val\":\"usrBob\"},"), 2);
    server_expect("pub usrBob Yes", NULL);
    server_silence("pub", 1);
    run(conv, "edit No");
    run(conv, "edit Never");
    fake_ignore(FAKE_LINE);
    server_advance(15000);
    assert_int_equal(server_count("pub usrBob {\"ent\":[{\"data\":{\"val\":\"usrBob\"},"), 4);
    server_ignore("");
}

static void reply__waits__keeps_its_quote_over_a_restart(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    server_say(BOB, BOB, "Coming?");
    server_silence("pub lost", 1);
    run(conv, "reply Yes");
    fake_ignore(FAKE_LINE);
    fake_logout(conv->account);
    fake_turn();
    server_ignore("");
    server_sign_in();
    server_advance(15000);
    server_expect("pub",
                  "pub usrBob {\"ent\":[{\"data\":{\"val\":\"usrBob\"},\"tp\":\"MN\"}],"
                  "\"fmt\":[{\"len\":3},{\"at\":3,\"len\":1,\"tp\":\"BR\"},"
                  "{\"len\":11,\"tp\":\"QQ\"}],\"txt\":\"Bob Coming?Yes\"} [reply :3]",
                  NULL);
}

/* /save ------------------------------------------------------------------------------------------
 */

static void save__last_message__goes_to_the_notes_as_forwarded(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    server_say(BOB, BOB, "the address");
    fake_ignore(FAKE_LINE);
    run(conv, "save");
    server_advance(3000);
    fake_expect(FAKE_LINE, "line slf <slf> the address [send]",
                QUIET("Saved in your notes to self: “the address”"), NULL);
    server_expect("pub",
                  "pub slf {\"ent\":[{\"data\":{\"val\":\"usrBob\"},\"tp\":\"MN\"}],"
                  "\"fmt\":[{\"len\":5},{\"at\":5,\"len\":1,\"tp\":\"BR\"}],"
                  "\"txt\":\"\u27a6 Bob the address\"} [forwarded usrBob:3]",
                  NULL);
    assert_string_equal(fake_presence(conv->account, NOTES), "available");
    assert_string_equal(fake_alias(conv->account, NOTES), "Notes to self");
}

static void save__own_notes_and_more_than_text__are_refused(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    server_say(BOB, BOB, "{'txt':' ','fmt':[{'len':1}],'ent':[{'tp':'IM','data':{'name':'a'}}]}");
    fake_ignore(FAKE_LINE);
    refused(conv, "save",
            "Only short texts can be passed on: this message is long, or holds more than text.");
    refused(conv, "save this",
            "Type /save for the last message, or /save \"words\" for another "
            "one that holds them.");
    server_expect("pub", NULL);
}

static void forward__to_a_name__goes_there_as_forwarded(void **state)
{
    PurpleConversation *conv;

    (void)state;
    server_topic(CAROL, "Carol & Co", 0, 0);
    server_topic(DAVE, "Twin", 0, 0);
    server_topic(GROUP, "Twin", 0, 0);
    conv = begin();
    server_say(BOB, BOB, "old news");
    server_say(BOB, BOB, "fresh news");
    fake_ignore(FAKE_LINE);
    run(conv, "forward &quot;old&quot; carol &amp; co");
    server_advance(3000);
    fake_expect(FAKE_LINE, "line usrCarol <usrCarol> old news [send]",
                QUIET("Forwarded to Carol &amp; Co: “old news”"), NULL);
    server_expect("pub",
                  "pub usrCarol {\"ent\":[{\"data\":{\"val\":\"usrBob\"},\"tp\":\"MN\"}],"
                  "\"fmt\":[{\"len\":5},{\"at\":5,\"len\":1,\"tp\":\"BR\"}],"
                  "\"txt\":\"\u27a6 Bob old news\"} [forwarded usrBob:3]",
                  NULL);
    refused(conv, "forward",
            "Type /forward and a name for the last message, or /forward \"words\" "
            "and a name for another one that holds them.");
    refused(conv, "forward twin", "More than one conversation has this name.");
    refused(conv, "forward nobody", "There is no contact or group of this name.");
    server_expect("pub", NULL);
}

/* /answer ----------------------------------------------------------------------------------------
 */

static void answer__choice_that_is_sent__is_its_title_with_the_answer(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    server_say(BOB, BOB, FORM);
    fake_expect(FAKE_LINE,
                "line usrBob <usrBob> Coming?<br>1. Yes<br>2. No<br>3. <a "
                "href=\"https://example.org/?a=1#x\">More</a><br>4. Note<br>(Choose with /answer "
                "and the number.) [recv]",
                NULL);
    run(conv, "answer 1");
    run(conv, "answer 2");
    fake_expect(FAKE_LINE, OWN("Yes"), OWN("No"), NULL);
    server_expect("pub",
                  "pub usrBob {\"ent\":[{\"data\":{\"mime\":\"text/x-drafty-fr\",\"val\":"
                  "{\"resp\":{\"yes\":\"oh yes\"},\"seq\":3}},\"tp\":\"EX\"}],"
                  "\"fmt\":[{\"at\":-1}],\"txt\":\"Yes\"}",
                  "pub usrBob {\"ent\":[{\"data\":{\"mime\":\"text/x-drafty-fr\",\"val\":"
                  "{\"resp\":{\"no\":1},\"seq\":3}},\"tp\":\"EX\"}],"
                  "\"fmt\":[{\"at\":-1}],\"txt\":\"No\"}",
                  NULL);
}

static void answer__choice_that_is_an_address__is_a_link_with_the_answer(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    server_say(BOB, BOB, FORM);
    fake_ignore(FAKE_LINE);
    run(conv, "answer 3");
    fake_expect(FAKE_LINE,
                QUIET("To answer, open <a "
                      "href=\"https://example.org/?a=1&amp;more=1&amp;seq=3&amp;uid=usrAlice#x\">"
                      "https://example.org/?a=1&amp;more=1&amp;seq=3&amp;uid=usrAlice#x</a>"),
                NULL);
    server_expect("pub", NULL);
}

static void answer__what_cannot_be_answered__says_so(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    run(conv, "answer 1");
    fake_expect(FAKE_LINE,
                QUIET("There is no question with numbered choices among the last messages here."),
                NULL);
    server_say(BOB, BOB, FORM);
    fake_ignore(FAKE_LINE);
    refused(conv, "answer 4", "Servers do not pass this kind of answer on: nothing was sent.");
    refused(conv, "answer 5", "Type /answer and a number from 1 to 4.");
    refused(conv, "answer", "Type /answer and a number from 1 to 4.");
    refused(conv, "answer yes", "Type /answer and a number from 1 to 4.");
    server_say(BOB, BOB,
               "{'txt':'Go','fmt':[{'len':2}],'ent':[{'tp':'BN','data':{'act':'url',"
               "'ref':'javascript:alert(1)'}}]}");
    fake_ignore(FAKE_LINE);
    refused(conv, "answer 1", "It is not known how to answer that: nothing was sent.");
    server_expect("pub", NULL);
}

/* The others -------------------------------------------------------------------------------------
 */

static void resend__what_was_refused__is_sent_again_in_order(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    server_refuse("pub", 403, "permission denied", 2);
    fake_send(conv, "one");
    fake_send(conv, "two");
    server_work();
    expect_states("pending pending failed failed");
    fake_ignore(FAKE_LINE);
    server_ignore("");
    run(conv, "resend");
    fake_expect(FAKE_LINE, QUIET("2 messages are sent again."), NULL);
    server_expect("pub", "pub usrBob one", "pub usrBob two", NULL);
    expect_states("pending pending sent sent");
    refused(conv, "resend", "No message of yours has failed here since you signed in.");
}

static void seen__asked_for__tells_read_whatever_the_policy(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    fake_set_string(conv->account, "send-read", "never");
    server_say(BOB, BOB, "three");
    server_advance(5000);
    assert_int_equal(server_cursor(BOB, SELF, "read"), 2);
    fake_ignore(FAKE_LINE);
    run(conv, "seen");
    server_advance(2000);
    fake_expect(FAKE_LINE, QUIET("All messages here count as read."), NULL);
    assert_int_equal(server_cursor(BOB, SELF, "read"), 3);
}

static void react__no_server_can__says_so(void **state)
{
    (void)state;
    refused(begin(), "react x", "This server does not know reactions.");
}

/* What is older than this sign-in ----------------------------------------------------------------
 */

/* The window outlives the connection: what stands in it can be meant. */
static void recall__shown_before_this_sign_in__is_looked_up_once(void **state)
{
    PurpleConversation *conv = begin();
    PurpleAccount *account = conv->account;

    (void)state;
    server_say(BOB, BOB, "Tea?");
    fake_send(conv, "Yse");
    server_work();
    run(conv, "edit Yes");
    server_advance(5000);
    fake_logout(account);
    fake_turn();
    server_sign_in();
    server_advance(5000);
    conv = scene_bob(account);
    fake_ignore(FAKE_ANY);
    server_ignore("");
    run(conv, "edit Yes!");
    fake_expect(FAKE_LINE, OWN("Edited “Yes”: Yes!"), NULL);
    server_expect("get usrBob", "get usrBob data", NULL);
    run(conv, "reply &quot;tea&quot; please");
    fake_expect(FAKE_LINE, OWN("To Bob “Tea?”: please"), NULL);
    server_expect("get usrBob", NULL);
    assert_int_equal(server_count("pub usrBob Yes! [replace :4]"), 1);
    assert_int_equal(server_count("pub usrBob {"), 1);
}

static void recall__fails_or_account_closes__says_so_and_ends(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    server_refuse("get", 403, "permission denied", 1);
    run(conv, "save");
    fake_expect(FAKE_LINE, QUIET("There is no such message among the last ones here."), NULL);
    server_silence("get", 1);
    run(conv, "save"); /* once more: that time nothing came */
    refused(conv, "save", "There is no such message among the last ones here.");
    fake_logout(conv->account);
    fake_turn();
    fake_expect(FAKE_LINE, NULL);
}

/* Notes to self ----------------------------------------------------------------------------------
 */

static void notes__written_here_and_elsewhere__are_own_lines_without_receipts(void **state)
{
    PurpleConversation *conv = begin(), *notes;

    (void)state;
    notes = fake_open(conv->account, NOTES);
    fake_focus(notes);
    server_advance(1000);
    server_ignore("");
    fake_ignore(FAKE_ANY);
    assert_int_equal(fake_send(notes, "milk"), 1);
    server_work();
    server_say(NOTES, SELF, "bread");
    server_advance(5000);
    fake_expect(FAKE_LINE, "line slf <slf> milk [send]", "line slf <slf> bread [send remote]",
                NULL);
    assert_int_equal(fake_count(FAKE_SIGNAL, "tinode-unread*"), 0);
    server_expect("note", NULL);
    assert_int_equal(fake_type(notes, PURPLE_TYPING), 0);
    refused(notes, "save", "These are your notes already.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(edit__last_message__is_replaced_with_a_tick_of_its_own),
        FAKE_TEST(edit__of_a_message_from_another_device__works),
        FAKE_TEST(edit__nothing_written_or_nothing_typed__says_so),
        FAKE_TEST(edit__message_waits__changes_what_will_be_sent),
        FAKE_TEST(edit__message_is_in_doubt__edits_it_when_it_is_found),
        FAKE_TEST(edit__of_what_is_refused__is_refused_too),
        FAKE_TEST(edit__answer_is_lost_but_stored__is_not_sent_again),
        FAKE_TEST(edit__longer_than_the_server_takes__is_refused_at_once),
        FAKE_TEST(edit_and_reply__another_plugin_changes_the_text__that_is_sent),
        FAKE_TEST(delete__with_the_right_to__is_for_everybody),
        FAKE_TEST(delete__without_the_right_to__says_that_others_have_it),
        FAKE_TEST(delete__too_old__says_that_it_is_kept),
        FAKE_TEST(delete__refused_or_not_connected__says_so_and_deletes_nothing),
        FAKE_TEST(delete__message_waits__is_taken_back),
        FAKE_TEST(reply__last_message_of_others__is_quoted),
        FAKE_TEST(reply__to_words__finds_the_message_that_holds_them),
        FAKE_TEST(reply__edited__keeps_its_quote),
        FAKE_TEST(reply__waits__keeps_its_quote_over_a_restart),
        FAKE_TEST(save__last_message__goes_to_the_notes_as_forwarded),
        FAKE_TEST(save__own_notes_and_more_than_text__are_refused),
        FAKE_TEST(forward__to_a_name__goes_there_as_forwarded),
        FAKE_TEST(answer__choice_that_is_sent__is_its_title_with_the_answer),
        FAKE_TEST(answer__choice_that_is_an_address__is_a_link_with_the_answer),
        FAKE_TEST(answer__what_cannot_be_answered__says_so),
        FAKE_TEST(resend__what_was_refused__is_sent_again_in_order),
        FAKE_TEST(seen__asked_for__tells_read_whatever_the_policy),
        FAKE_TEST(react__no_server_can__says_so),
        FAKE_TEST(recall__shown_before_this_sign_in__is_looked_up_once),
        FAKE_TEST(recall__fails_or_account_closes__says_so_and_ends),
        FAKE_TEST(notes__written_here_and_elsewhere__are_own_lines_without_receipts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
