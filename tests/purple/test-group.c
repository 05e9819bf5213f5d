/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-group.c: what can be done in groups, frame by frame, and what is said of it. */
#include "fake-server.h"

#include <errno.h>
#include <string.h>

#include "plugin/tinode-rights.h"

#define OWNER    "JRWPASDO"
#define OPERATOR "JRWPASD"
#define MEMBER   "JRWPS"

#define OK "{'ctrl':{'code':200,'text':'ok'}}"

static PurpleAccount *account;
static PurpleConversation *conv;

/* The group joined, attached and looked at; our rights are mode. */
static void begin(const char *mode)
{
    fake_allow(FAKE_ANY);
    server_topic(BOB, "Bob", 0, 0);
    server_topic(GROUP, "Flowers", 10, 10);
    account = server_sign_in();
    fake_join(account, GROUP);
    conv = fake_find(account, GROUP);
    fake_focus(conv);
    server_advance(10000);
    fake_pushf("{'meta':{'topic':'me','sub':[{'topic':'grpFlowers',"
               "'acs':{'want':'%s','given':'%s','mode':'%s'}}]}}",
               mode, mode, mode);
    fake_turn();
    server_ignore("");
    fake_drop_frames();
    fake_ignore(FAKE_ANY);
}

/* The rows that follow a change: the answer to the {get} just sent. */
static void members(const char *rows)
{
    fake_sent("{'get':{'topic':'grpFlowers','what':'sub'}}");
    fake_replyf("{'meta':{'topic':'grpFlowers','sub':[%s]}}", rows);
    fake_turn();
}

#define ROW(user, mode, name)                                                                      \
    "{'user':'" user "','acs':{'want':'" mode "','given':'" mode "','mode':'" mode                 \
    "'},'public':{'fn':'" name "'}}"
#define ME   ROW("usrAlice", "JRWPASDO", "Alice")
#define BOBS ROW("usrBob", "JRWPS", "Bob")

static void run(const char *command)
{
    char *error;

    assert_int_equal(fake_command(conv, command, &error), PURPLE_CMD_RET_OK);
    assert_null(error);
}

static void refused(const char *command, const char *sentence)
{
    g_autofree char *error = NULL;

    assert_int_equal(fake_command(conv, command, &error), PURPLE_CMD_RET_FAILED);
    assert_string_equal(error, sentence);
    fake_sent_nothing();
}

static void said(const char *text)
{
    g_autofree char *line = g_strdup_printf("line grpFlowers <grpFlowers> %s [system nolog]", text);

    fake_expect_one(FAKE_LINE, line);
}

static PurpleConvChat *chat(void)
{
    return PURPLE_CONV_CHAT(conv);
}

/* Rights -----------------------------------------------------------------------------------------
 */

static void rights__of_each_mode__allow_what_they_should(void **state)
{
    static const struct {
        TinodeDeed deed;
        const char *enough, *lacking;
    } cases[] = {
        {TINODE_DEED_WRITE, "W", "JRPASDO"},   {TINODE_DEED_TOPIC, "O", "JRWPASD"},
        {TINODE_DEED_RENAME, "O", "JRWPASD"},  {TINODE_DEED_INVITE, "S", "JRWPD"},
        {TINODE_DEED_INVITE, "A", "JRWPD"},    {TINODE_DEED_KICK, "A", "JRWPSD"},
        {TINODE_DEED_BAN, "O", "JRWPSD"},      {TINODE_DEED_UNBAN, "A", "JRWPSD"},
        {TINODE_DEED_ROLE, "A", "JRWPSD"},     {TINODE_DEED_DELETE, "O", "JRWPASD"},
        {TINODE_DEED_LEAVE, "JR", "JRWPASDO"},
    };

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        TinodeTopic topic = {.kind = TN_TOPIC_GROUP, .has_mode = TRUE};

        assert_true(tn_access_parse(cases[i].enough, &topic.mode));
        assert_null(tinode_rights_lacking(&topic, cases[i].deed));
        assert_true(tn_access_parse(cases[i].lacking, &topic.mode));
        assert_non_null(tinode_rights_lacking(&topic, cases[i].deed));
        topic.has_mode = FALSE; /* not told yet: the server is asked */
        assert_null(tinode_rights_lacking(&topic, cases[i].deed));
        topic.kind = TN_TOPIC_CHANNEL; /* readers only read, whatever is told */
        assert_true((tinode_rights_lacking(&topic, cases[i].deed) == NULL) ==
                    (cases[i].deed == TINODE_DEED_LEAVE));
    }
}

static void rights__refusals_of_the_server__each_has_a_sentence(void **state)
{
    static const TnReply replies[] = {
        {.error = TN_ERROR_FORBIDDEN, .code = 403},
        {.error = TN_ERROR_GONE, .code = 404},
        {.error = TN_ERROR_PERMANENT, .code = 422},
        {.error = TN_ERROR_PERMANENT, .code = 400},
        {.error = TN_ERROR_TIMEOUT},
        {.error = TN_ERROR_TRANSIENT},
        {.error = TN_ERROR_TRANSIENT, .code = 500},
        {.error = TN_ERROR_OVERLOAD},
        {.error = TN_ERROR_REDIRECT, .code = 303},
    };
    const TinodeTopic topic = {.kind = TN_TOPIC_GROUP};

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(replies); i++)
        for (TinodeDeed deed = TINODE_DEED_WRITE; deed <= TINODE_DEED_CREATE; deed++) {
            g_autofree char *with = tinode_rights_refused(&topic, deed, &replies[i], "Bob");
            g_autofree char *without = tinode_rights_refused(NULL, deed, &replies[i], NULL);

            assert_true(g_str_has_suffix(with, "."));
            assert_true(g_str_has_suffix(without, "."));
            assert_null(strstr(without, "(null)"));
        }
}

static void rights__as_flags(void **state)
{
    (void)state;
    assert_int_equal(tinode_rights_flags(TN_ACCESS_OWNER | TN_ACCESS_APPROVE, TRUE),
                     PURPLE_CBFLAGS_FOUNDER);
    assert_int_equal(tinode_rights_flags(TN_ACCESS_APPROVE, FALSE), PURPLE_CBFLAGS_OP);
    assert_int_equal(tinode_rights_flags(TN_ACCESS_WRITE, TRUE), PURPLE_CBFLAGS_VOICE);
    assert_int_equal(tinode_rights_flags(TN_ACCESS_WRITE | TN_ACCESS_SHARE, FALSE),
                     PURPLE_CBFLAGS_NONE);
    assert_int_equal(tinode_rights_flags(TN_ACCESS_READ, TRUE), PURPLE_CBFLAGS_NONE);
}

static void write__without_the_right__is_said_and_nothing_is_sent(void **state)
{
    (void)state;
    begin("JRP");
    assert_int_equal(fake_send(conv, "hello"), 0);
    fake_expect(FAKE_LINE,
                "line grpFlowers <grpFlowers> You may read this group, but not write in it: its "
                "owner or an operator has to allow it. Nothing was sent. [system nolog]",
                NULL);
    fake_sent_nothing();
}

/* Topic and name ---------------------------------------------------------------------------------
 */

static void topic__set_in_the_window__is_sent_and_shown_with_who(void **state)
{
    (void)state;
    begin(OWNER);
    fake_prpl()->set_chat_topic(account->gc, chat()->id, "tulips <3");
    fake_sent("{'set':{'topic':'grpFlowers','desc':{'public':{'note':'tulips <3'}}}}");
    fake_reply(OK);
    fake_sent("{'get':{'topic':'grpFlowers','what':'desc'}}");
    fake_reply("{'meta':{'topic':'grpFlowers','desc':{'public':{'fn':'Flowers',"
               "'note':'tulips <3'}}}}");
    fake_expect_one(FAKE_CONV, "topic grpFlowers tulips <3 (usrAlice)");
    said("usrAlice has set the topic: tulips &lt;3");
    fake_drop_frames();
}

static void topic__cleared__is_said(void **state)
{
    (void)state;
    begin(MEMBER);
    fake_push("{'meta':{'topic':'grpFlowers','desc':{'public':{'fn':'Flowers','note':'x'}}}}");
    said("The topic is now: x");
    fake_push("{'meta':{'topic':'grpFlowers','desc':{'public':{'fn':'Flowers'}}}}");
    said("The topic was removed.");
    fake_expect_one(FAKE_CONV, "topic grpFlowers - (-)");
}

static void topic__not_allowed__is_said_and_the_old_one_stays(void **state)
{
    (void)state;
    begin(MEMBER);
    fake_prpl()->set_chat_topic(account->gc, chat()->id, "mine");
    said("Only the owner of this group can change its topic.");
    fake_expect_one(FAKE_CONV, "topic grpFlowers - (-)");
    fake_sent_nothing();
    fake_prpl()->set_chat_topic(account->gc, 4711, "no such chat");
    fake_sent_nothing();
}

static void rename__is_sent__title_and_list_follow(void **state)
{
    (void)state;
    begin(OWNER);
    refused("rename", "Please say what the group is to be called.");
    run("rename Trees & more");
    fake_sent("{'set':{'topic':'grpFlowers','desc':{'public':{'fn':'Trees & more'}}}}");
    fake_reply(OK);
    fake_sent("{'get':{'topic':'grpFlowers','what':'desc'}}");
    fake_reply("{'meta':{'topic':'grpFlowers','desc':{'public':{'fn':'Trees & more'}}}}");
    said("This group is called Trees &amp; more now.");
    assert_string_equal(conv->title, "Trees & more");
    assert_string_equal(fake_alias(account, GROUP), "Trees & more");
    fake_drop_frames();
}

static void rename__of_an_entry_that_the_user_named__keeps_his_name(void **state)
{
    (void)state;
    begin(MEMBER);
    purple_blist_alias_chat(purple_blist_find_chat(account, GROUP), "My garden");
    fake_push("{'meta':{'topic':'me','sub':[{'topic':'grpFlowers','acs':{},"
              "'public':{'fn':'Trees'}}]}}");
    assert_string_equal(fake_alias(account, GROUP), "My garden");
    assert_string_equal(conv->title, "Trees");
}

/* The server tells it with the first attach only. */
static void rename__for_ourselves__is_no_news(void **state)
{
    (void)state;
    begin(MEMBER);
    fake_push("{'meta':{'topic':'grpFlowers','desc':{'public':{'fn':'Flowers'},"
              "'private':{'comment':'My garden'}}}}");
    fake_turn();
    assert_string_equal(conv->title, "My garden");
    fake_expect(FAKE_LINE, NULL);
    fake_push("{'meta':{'topic':'grpFlowers','desc':{'public':{'fn':'Trees'}}}}");
    said("This group is called Trees now.");
    assert_string_equal(conv->title, "My garden");
}

/* People -----------------------------------------------------------------------------------------
 */

static void invite(const char *who)
{
    fake_prpl()->chat_invite(account->gc, chat()->id, "a message that is not sent", who);
}

static void invite__contact_by_name__becomes_a_member(void **state)
{
    (void)state;
    begin(MEMBER);
    fake_push("{'meta':{'topic':'me','sub':[{'topic':'usrEve','acs':{'mode':'JRWPA'},"
              "'public':{'fn':'Eve Adams'}}]}}");
    invite("eve ADAMS");
    fake_sent("{'set':{'topic':'grpFlowers','sub':{'user':'usrEve','mode':'none'}}}");
    fake_reply(OK);
    said("Eve Adams was invited.");
    members(ME "," BOBS "," ROW("usrEve", "JRWPS", "Eve"));
    fake_expect_one(FAKE_MEMBER, "member grpFlowers +usrEve Eve Adams (new)");
    fake_drop_frames();
}

static void invite__login__is_looked_up_first(void **state)
{
    (void)state;
    begin(MEMBER);
    run("invite frank");
    fake_sent("{'sub':{'topic':'fnd'}}");
    fake_reply("{'ctrl':{'code':200,'topic':'fnd','text':'ok'}}");
    fake_sent("{'set':{'topic':'fnd','desc':{'public':'basic:frank'}}}");
    fake_reply("{'ctrl':{'code':200,'topic':'fnd','text':'ok'}}");
    fake_sent("{'get':{'topic':'fnd','what':'sub'}}");
    fake_reply("{'meta':{'topic':'fnd','sub':[{'topic':'usrFrank','acs':{},"
               "'public':{'fn':'Frank'}}]}}");
    fake_turn();
    fake_sent("{'set':{'topic':'grpFlowers','sub':{'user':'usrFrank'}}}");
    fake_reply("{'ctrl':{'code':422,'text':'policy violation'}}");
    fake_sent("{'leave':{'topic':'fnd'}}");
    fake_reply("{'ctrl':{'code':200,'topic':'fnd'}}");
    said("Frank cannot be invited: this group is full.");
    refused("invite two words", "There is nobody of this name in your lists, and it is no login.");
    refused("invite", "Please say who.");
}

static void invite__nobody_of_that_login__is_said(void **state)
{
    (void)state;
    begin(MEMBER);
    run("invite frank");
    fake_sent("{'sub':{'topic':'fnd'}}");
    fake_reply("{'ctrl':{'code':200,'topic':'fnd','text':'ok'}}");
    fake_sent("{'set':{'topic':'fnd'}}");
    fake_reply("{'ctrl':{'code':200,'topic':'fnd','text':'ok'}}");
    fake_sent("{'get':{'topic':'fnd','what':'sub'}}");
    fake_reply("{'ctrl':{'code':204,'topic':'fnd','text':'no content','params':{'what':'sub'}}}");
    said("There is nobody called frank in your lists or on the server.");
    fake_drop_frames();
}

static void invite__without_the_right__is_explained(void **state)
{
    (void)state;
    begin("JRWP");
    invite(BOB);
    said("You may not invite people to this group: its owner or an operator has to allow it.");
    fake_sent_nothing();
}

static void invite__account_closes_meanwhile__nothing_is_left(void **state)
{
    (void)state;
    begin(MEMBER);
    run("invite frank");
    fake_sent("{'sub':{'topic':'fnd'}}");
    fake_logout(account);
    fake_turn();
}

static void kick__operator__member_leaves_with_the_reason(void **state)
{
    (void)state;
    begin(OPERATOR);
    run("kick usrBob (null)"); /* as BitlBee has it */
    fake_sent("{'del':{'topic':'grpFlowers','what':'sub','user':'usrBob'}}");
    fake_reply("{'ctrl':{'code':500,'text':'internal error'}}");
    said("There is no connection to the server, or it has a problem. Please try again later.");
    run("kick Bob:");
    fake_sent("{'del':{'topic':'grpFlowers','what':'sub','user':'usrBob'}}");
    fake_reply(OK);
    members(ME);
    fake_expect_one(FAKE_MEMBER, "member grpFlowers -usrBob removed by Alice");
    fake_drop_frames();
}

static void ban__operator__is_banned_until_lifted(void **state)
{
    (void)state;
    begin(OPERATOR);
    run("ban \"Bob\"");
    fake_sent("{'set':{'topic':'grpFlowers','sub':{'user':'usrBob','mode':'N'}}}");
    fake_reply(OK);
    members(ME ",{'user':'usrBob','acs':{'want':'JRWPS','given':'N','mode':'N'}}");
    fake_expect_one(FAKE_MEMBER, "member grpFlowers -usrBob banned by Alice");
    refused("invite Bob", "Bob is banned from this group. /unban lifts that.");
    run("unban Bob");
    fake_sent("{'del':{'topic':'grpFlowers','what':'sub','user':'usrBob'}}");
    fake_reply(OK);
    said("Bob is not banned any more and can be invited.");
    members(ME);
    run("invite usrBob");
    fake_sent("{'set':{'topic':'grpFlowers','sub':{'user':'usrBob'}}}");
    fake_reply("{'ctrl':{'code':304,'text':'not modified'}}");
    said("Bob is in this group already.");
    members(ME "," BOBS);
    fake_drop_frames();
}

static void refusals__of_the_server__are_explained(void **state)
{
    static const struct {
        const char *command, *frame, *sentence;
    } cases[] = {
        {"kick Bob", "{'del':{'user':'usrBob'}}",
         "You may not do that to Bob. The owner of a group cannot be removed."},
        {"invite usrBob", "{'set':{'sub':{'user':'usrBob'}}}",
         "Bob cannot be invited: the group is closed to this person, or this person to groups."},
        {"topic x", "{'set':{'desc':{'public':{'note':'x'}}}}", "The server does not allow it."},
    };

    (void)state;
    begin(OWNER);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        run(cases[i].command);
        fake_sent(cases[i].frame);
        fake_reply("{'ctrl':{'code':403,'text':'permission denied'}}");
        said(cases[i].sentence);
        fake_sent_nothing();
    }
}

static void role__op_and_voice__are_bits_of_what_is_given(void **state)
{
    static const struct {
        const char *command, *mode;
    } cases[] = {{"op Bob", "JRWPASD"},
                 {"deop Bob", "JRWPS"},
                 {"voice Bob", "JRWPS"},
                 {"devoice Bob", "JRPS"}};

    (void)state;
    begin(OWNER);
    fake_push("{'meta':{'topic':'grpFlowers','sub':[" ME "," BOBS "]}}");
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *wanted = g_strdup_printf(
            "{'set':{'topic':'grpFlowers','sub':{'user':'usrBob','mode':'%s'}}}", cases[i].mode);

        run(cases[i].command);
        fake_sent(wanted);
        fake_reply(OK);
        members(ME "," BOBS);
    }
    refused("op Nobody", "Nobody is not a member of this group.");
    refused("op", "Please say who.");
    fake_drop_frames();
}

static void role__given_but_not_wanted__waits_for_the_member(void **state)
{
    (void)state;
    begin(OWNER);
    fake_push("{'meta':{'topic':'grpFlowers','sub':[" ME "," BOBS "]}}");
    run("op Bob");
    fake_sent("{'set':{'sub':{'user':'usrBob','mode':'JRWPASD'}}}");
    fake_reply("{'ctrl':{'code':200,'params':{'acs':{'want':'JRWPS','given':'JRWPASD',"
               "'mode':'JRWPS'}}}}");
    said("Bob has been offered that: it counts once it is accepted.");
    fake_drop_frames();
}

static void role__given_to_us__is_taken(void **state)
{
    (void)state;
    begin(MEMBER);
    fake_push("{'pres':{'topic':'grpFlowers','what':'acs','dacs':{'given':'+AO'}}}");
    fake_sent("{'set':{'topic':'grpFlowers','sub':{'mode':'JRWPAS','user':'none'}}}");
    fake_drop_frames(); /* never the ownership */
    fake_push("{'pres':{'topic':'grpFlowers','what':'acs','dacs':{'given':'-W'}}}");
    fake_sent("{'get':{'topic':'grpFlowers','what':'sub'}}");
    fake_push("{'pres':{'topic':'grpFlowers','what':'acs','dacs':{'given':'nonsense'}}}");
    fake_push("{'pres':{'topic':'grpFlowers','what':'acs','dacs':{'given':'+'}}}");
    assert_int_equal(fake_sent_count("{'set':{}}"), 0);
}

static void role__changed_by_somebody__is_said_with_who(void **state)
{
    (void)state;
    begin(MEMBER);
    fake_push("{'meta':{'topic':'grpFlowers','sub':[" ROW(
        "usrAlice", "JRWPS", "Alice") "," BOBS "," ROW("usrCarol", "JRWPASDO", "Carol") "]}}");
    fake_ignore(FAKE_ANY);
    fake_push("{'pres':{'topic':'grpFlowers','src':'usrBob','what':'acs','act':'usrCarol',"
              "'dacs':{'given':'+A'}}}");
    members(ROW("usrAlice", "JRWPS", "Alice") "," ROW("usrBob", "JRWPAS", "Bob") "," ROW(
        "usrCarol", "JRWPASDO", "Carol"));
    fake_expect(FAKE_MEMBER, "member grpFlowers usrBob op", NULL);
    said("Bob is an operator now. (Changed by Carol.)");
    fake_push("{'pres':{'topic':'grpFlowers','src':'usrBob','what':'acs','act':'usrCarol',"
              "'dacs':{'given':'-AW'}}}");
    members(ROW("usrAlice", "JRWPS",
                "Alice") "," ROW("usrBob", "JRPS", "Bob") "," ROW("usrCarol", "JRWPASDO", "Carol"));
    said("Bob is no operator any more. (Changed by Carol.)");
    fake_expect_one(FAKE_MEMBER, "member grpFlowers usrBob");
    fake_expect_one(FAKE_MEMBER, "member grpFlowers usrAlice voice"); /* writing is a mark now */
}

/* Names ------------------------------------------------------------------------------------------
 */

static void names__two_of_one_name__can_be_told_apart(void **state)
{
    (void)state;
    begin(OWNER);
    fake_push("{'meta':{'topic':'grpFlowers','sub':[" ME "," BOBS
              "," ROW("usrBobby1234", "JRWPS", "bob") "," ROW("usrEve", "JRWPS", "Eve") "]}}");
    {
        g_autofree char *one = fake_prpl()->get_cb_alias(account->gc, chat()->id, "usrBobby1234");
        g_autofree char *two = fake_prpl()->get_cb_alias(account->gc, chat()->id, BOB);
        g_autofree char *eve = fake_prpl()->get_cb_alias(account->gc, chat()->id, "usrEve");

        assert_string_equal(one, "bob (1234)");
        assert_string_equal(two, "Bob (rBob)");
        assert_string_equal(eve, "Eve");
    }
    /* libpurple shows a buddy's alias by itself; the list is put right. */
    assert_string_equal(purple_conv_chat_cb_find(chat(), BOB)->alias, "Bob (rBob)");
    refused("kick Bob", "Several people are called Bob: please use the name with the letters in "
                        "brackets, or the id.");
    refused("op Bob", "Several people are called Bob: please use the name with the letters in "
                      "brackets, or the id.");
    run("kick bob (1234)");
    fake_sent("{'del':{'topic':'grpFlowers','what':'sub','user':'usrBobby1234'}}");
    fake_drop_frames();
}

static void names__made_of_markup__stay_text(void **state)
{
    (void)state;
    begin(OWNER);
    fake_push("{'meta':{'topic':'grpFlowers','sub':[" ME ","
              "{'user':'usrEve','acs':{'mode':'JRWPS','given':'JRWPS'},"
              "'public':{'fn':'<b>Eve</b>'}}]}}");
    run("kick <b>Eve</b>");
    fake_sent("{'del':{'user':'usrEve'}}");
    fake_reply("{'ctrl':{'code':403,'text':'permission denied'}}");
    said("You may not do that to &lt;b&gt;Eve&lt;/b&gt;. The owner of a group cannot be removed.");
    refused("op <i>", "&lt;i&gt; is not a member of this group.");
}

static void typing__member_types__shows_until_it_is_over(void **state)
{
    (void)state;
    begin(MEMBER);
    fake_push("{'info':{'topic':'grpFlowers','from':'usrBob','what':'kp'}}");
    fake_expect_one(FAKE_MEMBER, "member grpFlowers usrBob typing");
    fake_push("{'info':{'topic':'grpFlowers','from':'usrNobody','what':'kp'}}");
    fake_advance(3000);
    fake_push("{'info':{'topic':'grpFlowers','from':'usrBob','what':'kp'}}");
    fake_push("{'info':{'topic':'grpFlowers','from':'usrCarol','what':'kp'}}");
    fake_expect(FAKE_MEMBER, "member grpFlowers usrCarol typing", NULL);
    fake_advance(4000);
    fake_expect(FAKE_MEMBER, NULL);
    server_say(GROUP, CAROL, "done");
    fake_expect(FAKE_MEMBER, "member grpFlowers usrCarol", NULL);
    fake_advance(1500);
    fake_expect(FAKE_MEMBER, "member grpFlowers usrBob", NULL);
    fake_drop_frames();
}

/* Own settings -----------------------------------------------------------------------------------
 */

static void mute__is_our_own_wish_without_news(void **state)
{
    (void)state;
    begin(MEMBER);
    run("mute");
    fake_sent("{'set':{'topic':'grpFlowers','sub':{'mode':'JRWS','user':'none'}}}");
    fake_reply("{'ctrl':{'code':200,'params':{'acs':{'want':'JRWS','given':'JRWPS',"
               "'mode':'JRWS'}}}}");
    fake_sent("{'get':{'topic':'me'}}");
    said("This conversation is muted: what is new in it shows when you open it. /unmute ends "
         "that.");
    refused("mute", "This conversation is muted already.");
    run("unmute");
    fake_sent("{'set':{'topic':'grpFlowers','sub':{'mode':'JRWPS','user':'none'}}}");
    fake_reply("{'ctrl':{'code':200,'params':{'acs':{'want':'JRWPS','given':'JRWPS',"
               "'mode':'JRWPS'}}}}");
    fake_sent("{'get':{'topic':'me'}}");
    said("This conversation is not muted any more.");
    refused("unmute", "This conversation is not muted.");
}

static void mute__of_a_conversation_that_is_closed__attaches_for_a_moment(void **state)
{
    g_autofree char *before = NULL, *after = NULL;

    (void)state;
    begin(MEMBER);
    fake_focus(NULL);
    fake_close(conv);
    server_advance(10000);
    assert_false(server_is_attached(GROUP));
    before = fake_node_menu(account, GROUP, "Mute");
    assert_string_equal(before, "Message Receipts…|Mute|Archive|Leave Group…");
    fake_sent("{'sub':{'topic':'grpFlowers','get':'none'}}");
    fake_reply(OK);
    fake_sent("{'set':{'topic':'grpFlowers','sub':{'mode':'JRWS'}}}");
    fake_reply("{'ctrl':{'code':200,'params':{'acs':{'want':'JRWS','given':'JRWPS'}}}}");
    fake_sent("{'leave':{'topic':'grpFlowers','unsub':'none'}}");
    fake_reply(OK);
    fake_expect(FAKE_NOTIFY, NULL);
    fake_drop_frames();
    after = fake_node_menu(account, GROUP, NULL);
    assert_string_equal(after, "Message Receipts…|Unmute|Archive|Leave Group…");
}

static void archive__moves_the_entry_and_back(void **state)
{
    (void)state;
    begin(MEMBER);
    run("archive");
    fake_sent("{'set':{'topic':'grpFlowers','desc':{'private':{'arch':true}}}}");
    fake_reply(OK);
    fake_expect_one(FAKE_LIST, "move grpFlowers to Tinode archive");
    /* Another device takes it out. */
    fake_push("{'meta':{'topic':'me','sub':[{'topic':'grpFlowers','acs':{},"
              "'private':{'arch':false}}]}}");
    fake_expect_one(FAKE_LIST, "move grpFlowers to Tinode");
}

/* Coming and going -------------------------------------------------------------------------------
 */

static void leave__by_command__unsubscribes_and_says_so(void **state)
{
    (void)state;
    begin(MEMBER);
    run("leave");
    fake_sent("{'leave':{'topic':'grpFlowers','unsub':true}}");
    fake_reply(OK);
    said("You have left this group.");
    assert_true(chat()->left);
    fake_expect_one(FAKE_LIST, "remove grpFlowers");
    assert_int_equal(fake_send(conv, "hi"), -ENOTCONN);
    fake_expect_one(FAKE_NOTIFY, "notify error The message was not sent");
    server_advance(60000);
    server_expect("sub", NULL);
}

static void leave__by_the_menu__asks_first(void **state)
{
    g_autofree char *menu = NULL;

    (void)state;
    begin(MEMBER);
    menu = fake_node_menu(account, GROUP, "Leave Group…");
    fake_expect_one(FAKE_NOTIFY, "ask Leave Flowers?");
    fake_press("Cancel");
    fake_sent_nothing();
    g_free(fake_node_menu(account, GROUP, "Leave Group…"));
    fake_press("Leave");
    fake_sent("{'leave':{'topic':'grpFlowers','unsub':true}}");
    fake_drop_frames();
}

static void menu__finch__offers_the_same(void **state)
{
    g_autofree char *menu = NULL;

    (void)state;
    begin(OWNER);
    fake_set_ui(FAKE_FINCH);
    menu = fake_node_menu(account, GROUP, NULL);
    assert_string_equal(menu, "Message Receipts…|Mute|Archive|Delete Group…");
}

static void leave__owner__may_only_delete(void **state)
{
    g_autofree char *menu = NULL;

    (void)state;
    begin(OWNER);
    refused("leave", "This group is yours, so you cannot leave it. /leave delete deletes it for "
                     "everybody.");
    menu = fake_node_menu(account, GROUP, NULL);
    assert_string_equal(menu, "Message Receipts…|Mute|Archive|Delete Group…");
    run("leave delete");
    fake_expect_one(FAKE_NOTIFY, "ask Delete Flowers?");
    fake_press("Delete");
    fake_sent("{'del':{'topic':'grpFlowers','what':'topic','hard':true}}");
    fake_reply(OK);
    said("You have deleted this group.");
    assert_true(chat()->left);
}

static void leave__connection_ends_before_the_answer__leaves_nothing(void **state)
{
    (void)state;
    begin(MEMBER);
    g_free(fake_node_menu(account, GROUP, "Leave Group…"));
    fake_expect(FAKE_NOTIFY, "ask *", NULL);
    fake_logout(account);
    fake_expect(FAKE_NOTIFY, "question closed", NULL);
    fake_turn();
}

static void sign_out(gpointer data)
{
    fake_logout(data);
}

/* What is told goes on for nobody. */
static void lines__whose_handler_signs_out__are_the_last(void **state)
{
    static const char *const frames[] = {
        "{'pres':{'topic':'me','src':'grpFlowers','what':'gone'}}",
        "{'ctrl':{'code':205,'text':'evicted','topic':'grpFlowers','params':{'unsub':true}}}",
        "{'meta':{'topic':'grpFlowers','desc':{'public':{'fn':'Trees','note':'tulips'}}}}",
    };

    (void)state;
    begin(MEMBER);
    for (guint i = 0; i < G_N_ELEMENTS(frames); i++) {
        fake_once_in("wrote-chat-msg", sign_out, account);
        fake_push(frames[i]);
        fake_turn();
        assert_false(fake_is_online(account));
        assert_int_equal(fake_count(FAKE_LINE, "*"), 1);
        fake_ignore(FAKE_ANY);
        account = server_sign_in();
        fake_join(account, GROUP);
        conv = fake_find(account, GROUP);
        fake_focus(conv);
        server_advance(10000);
        server_ignore("");
        fake_drop_frames();
        fake_ignore(FAKE_ANY);
    }
}

static void close_window(gpointer data)
{
    fake_close(data);
}

static void card__whose_first_line_closes_the_window__is_not_told_on(void **state)
{
    (void)state;
    begin(MEMBER);
    fake_once_in("wrote-chat-msg", close_window, conv);
    fake_push("{'meta':{'topic':'grpFlowers','desc':{'public':{'fn':'Trees','note':'tulips'}}}}");
    said("This group is called Trees now.");
    assert_null(fake_find(account, GROUP));
    fake_drop_frames();
    fake_ignore(FAKE_ANY);
}

static void gone__told_twice__is_said_once(void **state)
{
    (void)state;
    begin(MEMBER);
    fake_push("{'pres':{'topic':'me','src':'grpFlowers','what':'gone'}}");
    fake_push("{'ctrl':{'code':205,'text':'evicted','topic':'grpFlowers',"
              "'params':{'unsub':true}}}");
    fake_expect(FAKE_LINE,
                "line grpFlowers <grpFlowers> You are not in this group any more: you were "
                "removed, it was deleted, or you left it on another device. [system nolog]",
                NULL);
}

static void gone__by_whom__is_said_where_it_was_told(void **state)
{
    (void)state;
    begin(MEMBER);
    fake_push("{'pres':{'topic':'me','src':'grpFlowers','what':'acs','act':'usrBob',"
              "'dacs':{'given':'-JRWPS'}}}");
    fake_push("{'ctrl':{'code':205,'text':'evicted','topic':'grpFlowers',"
              "'params':{'unsub':false}}}");
    said("You are out of this group: Bob has banned you.");
    fake_drop_frames();
    refused("invite Bob", "You are out of this group: Bob has banned you.");
    fake_drop_frames();
}

static void invited(void)
{
    fake_push("{'pres':{'topic':'me','src':'grpOther','what':'acs','act':'usrBob',"
              "'dacs':{'want':'JRWPS','given':'JRWPS'}}}");
    fake_sent("{'get':{'topic':'me','what':'sub'}}");
    fake_reply("{'meta':{'topic':'me','sub':[{'topic':'grpOther','acs':{'want':'JRWPS',"
               "'given':'JRWPS','mode':'JRWPS'},'public':{'fn':'Other'}}]}}");
    fake_turn();
    fake_expect_one(FAKE_LIST, "chat grpOther Other");
}

static void invited__by_a_contact__asks_and_opens(void **state)
{
    (void)state;
    begin(MEMBER);
    invited();
    fake_expect_one(FAKE_NOTIFY, "invitation to Other by Bob");
    assert_null(fake_find(account, "grpOther"));
    fake_accept_invitation(TRUE);
    fake_turn();
    fake_sent("{'sub':{'topic':'grpOther'}}");
    assert_non_null(fake_find(account, "grpOther"));
    fake_drop_frames();
}

static void invited__declined__is_left_again(void **state)
{
    (void)state;
    begin(MEMBER);
    invited();
    fake_accept_invitation(FALSE);
    fake_sent("{'del':{'topic':'grpOther','what':'topic','hard':'none'}}");
    fake_reply(OK);
    fake_expect_one(FAKE_LIST, "remove grpOther");
}

static void invited__by_a_stranger__the_name_is_asked_for(void **state)
{
    (void)state;
    begin(MEMBER);
    fake_push("{'pres':{'topic':'me','src':'grpOther','what':'acs','act':'usrEve',"
              "'dacs':{'want':'JRWPS','given':'JRWPS'}}}");
    fake_sent("{'get':{'topic':'me'}}");
    fake_reply("{'meta':{'topic':'me','sub':[{'topic':'grpOther','acs':{'want':'JRWPS',"
               "'given':'JRWPS','mode':'JRWPS'},'public':{'fn':'Other'}}]}}");
    fake_turn();
    fake_sent("{'get':{'topic':'usrEve','what':'desc'}}");
    fake_reply("{'meta':{'topic':'usrEve','desc':{'public':{'fn':'Eve Adams'}}}}");
    fake_turn();
    fake_expect_one(FAKE_NOTIFY, "invitation to Other by Eve Adams");
}

static void invited__by_somebody_blocked__is_not_asked(void **state)
{
    (void)state;
    begin(MEMBER);
    fake_block(BOB);
    invited();
    assert_int_equal(fake_count(FAKE_NOTIFY, "invitation *"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rights__of_each_mode__allow_what_they_should),
        cmocka_unit_test(rights__refusals_of_the_server__each_has_a_sentence),
        cmocka_unit_test(rights__as_flags),
        FAKE_TEST(write__without_the_right__is_said_and_nothing_is_sent),
        FAKE_TEST(topic__set_in_the_window__is_sent_and_shown_with_who),
        FAKE_TEST(topic__cleared__is_said),
        FAKE_TEST(topic__not_allowed__is_said_and_the_old_one_stays),
        FAKE_TEST(rename__is_sent__title_and_list_follow),
        FAKE_TEST(rename__of_an_entry_that_the_user_named__keeps_his_name),
        FAKE_TEST(rename__for_ourselves__is_no_news),
        FAKE_TEST(invite__contact_by_name__becomes_a_member),
        FAKE_TEST(invite__login__is_looked_up_first),
        FAKE_TEST(invite__nobody_of_that_login__is_said),
        FAKE_TEST(invite__without_the_right__is_explained),
        FAKE_TEST(invite__account_closes_meanwhile__nothing_is_left),
        FAKE_TEST(kick__operator__member_leaves_with_the_reason),
        FAKE_TEST(ban__operator__is_banned_until_lifted),
        FAKE_TEST(refusals__of_the_server__are_explained),
        FAKE_TEST(role__op_and_voice__are_bits_of_what_is_given),
        FAKE_TEST(role__given_but_not_wanted__waits_for_the_member),
        FAKE_TEST(role__given_to_us__is_taken),
        FAKE_TEST(role__changed_by_somebody__is_said_with_who),
        FAKE_TEST(names__two_of_one_name__can_be_told_apart),
        FAKE_TEST(names__made_of_markup__stay_text),
        FAKE_TEST(typing__member_types__shows_until_it_is_over),
        FAKE_TEST(mute__is_our_own_wish_without_news),
        FAKE_TEST(mute__of_a_conversation_that_is_closed__attaches_for_a_moment),
        FAKE_TEST(archive__moves_the_entry_and_back),
        FAKE_TEST(leave__by_command__unsubscribes_and_says_so),
        FAKE_TEST(leave__by_the_menu__asks_first),
        FAKE_TEST(menu__finch__offers_the_same),
        FAKE_TEST(leave__owner__may_only_delete),
        FAKE_TEST(leave__connection_ends_before_the_answer__leaves_nothing),
        FAKE_TEST(lines__whose_handler_signs_out__are_the_last),
        FAKE_TEST(card__whose_first_line_closes_the_window__is_not_told_on),
        FAKE_TEST(gone__told_twice__is_said_once),
        FAKE_TEST(gone__by_whom__is_said_where_it_was_told),
        FAKE_TEST(invited__by_a_contact__asks_and_opens),
        FAKE_TEST(invited__declined__is_left_again),
        FAKE_TEST(invited__by_a_stranger__the_name_is_asked_for),
        FAKE_TEST(invited__by_somebody_blocked__is_not_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
