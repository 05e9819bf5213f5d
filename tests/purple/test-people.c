/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-people.c: what the user does to a contact: removing, renaming, blocking, muting, asking for
 * information; and who comes without having been added. */
#include "fake-scene.h"

#include <string.h>

#define RIGHTS(want, given) "'acs':{'want':'" want "','given':'" given "','mode':'" want "'}"
#define ROW_BLOCKED                                                                                \
    "{'topic':'usrCarol','acs':{'want':'RWA','given':'JRWPA','mode':'RWA'},"                       \
    "'public':{'fn':'Carol'}}"

static PurpleAccount *begin(const char *rows)
{
    PurpleAccount *account = scene_sign_in(rows);

    fake_ignore(FAKE_ANY);
    return account;
}

static gboolean is_denied(PurpleAccount *account, const char *who)
{
    return g_slist_find_custom(account->deny, who, (GCompareFunc)strcmp) != NULL;
}

static void push_row(const char *inside)
{
    fake_pushf("{'meta':{'topic':'me','sub':[{%s}]}}", inside);
}

/* The row that is asked for after a change. */
static void answer_row(const char *name, const char *inside)
{
    g_autofree char *get = g_strdup_printf("{'get':{'topic':'me','sub':{'topic':'%s'}}}", name);

    fake_sent(get);
    fake_replyf("{'meta':{'topic':'me','sub':[{'topic':'%s',%s}]}}", name, inside);
}

static void attach_bob(void)
{
    fake_sent("{'sub':{'topic':'usrBob','get':'none'}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrBob'}}");
}

static void leave_bob(void)
{
    fake_sent("{'leave':{'topic':'usrBob','unsub':'none'}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrBob'}}");
}

/* Removing --------------------------------------------------------------------------------------
 */

static void remove__contact__goes_from_the_server_and_says_once_what_follows(void **state)
{
    PurpleAccount *account = begin(ROW_BOB ",{'topic':'usrCarol'," RIGHTS("JRWPA", "JRWPA") "}");

    (void)state;
    fake_remove(account, BOB);
    fake_sent("{'del':{'topic':'usrBob','what':'topic'}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrBob'}}");
    fake_expect(FAKE_NOTIFY, "notify info Bob was removed", NULL);
    fake_remove(account, CAROL);
    fake_sent("{'del':{'topic':'usrCarol','what':'topic'}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrCarol'}}");
    fake_expect(FAKE_NOTIFY, NULL);
    fake_sent_nothing();
    fake_expect(FAKE_LIST, "remove usrBob", "remove usrCarol", NULL);
    fake_ignore(FAKE_ANY);
}

static void remove__refused__brings_the_buddy_back(void **state)
{
    PurpleAccount *account = begin(ROW_BOB);

    (void)state;
    fake_remove(account, BOB);
    fake_sent("{'del':{'topic':'usrBob'}}");
    fake_reply("{'ctrl':{'code':500,'text':'internal error','topic':'usrBob'}}");
    fake_expect(FAKE_NOTIFY, "notify error This contact could not be removed", NULL);
    assert_string_equal(fake_alias(account, BOB), "Bob");
    fake_ignore(FAKE_ANY);
}

static void remove__writes_again_later__is_back(void **state)
{
    PurpleAccount *account = begin(ROW_BOB);

    (void)state;
    fake_remove(account, BOB);
    fake_sent("{'del':{'topic':'usrBob'}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrBob'}}");
    fake_ignore(FAKE_ANY);
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'msg','seq':3,'act':'usrBob'}}");
    fake_sent("{'get':{'topic':'me','sub':{'topic':'usrBob'}}}"); /* and nothing else yet */
    fake_sent_nothing();
    fake_reply("{'meta':{'topic':'me','sub':[{'topic':'usrBob'," RIGHTS(
        "JRWPA", "JRWPA") ","
                          "'public':{'fn':'Bob'},'seq':3}]}}");
    assert_string_equal(fake_alias(account, BOB), "Bob");
    fake_sent("{'sub':{'topic':'usrBob'}}");
    fake_ignore(FAKE_ANY);
    fake_allow(FAKE_ANY);
}

static void remove__sign_out_before_the_answer__is_harmless(void **state)
{
    PurpleAccount *account = begin(ROW_BOB);

    (void)state;
    fake_remove(account, BOB);
    fake_sent("{'del':{'topic':'usrBob'}}");
    fake_logout(account);
    fake_turn();
    fake_expect(FAKE_NOTIFY, NULL);
    fake_ignore(FAKE_ANY);
}

/* Names -----------------------------------------------------------------------------------------
 */

static void rename__by_the_user__is_stored_and_cleared(void **state)
{
    PurpleAccount *account = begin(ROW_BOB);

    (void)state;
    fake_rename(account, BOB, "Robert");
    attach_bob();
    fake_sent("{'set':{'topic':'usrBob','desc':{'private':{'comment':'Robert'}}}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrBob'}}");
    assert_string_equal(fake_alias(account, BOB), "Robert");
    leave_bob();
    fake_rename(account, BOB, "Robert"); /* nothing new */
    fake_sent_nothing();
    fake_rename(account, BOB, "");
    attach_bob();
    fake_sent("{'set':{'topic':'usrBob','desc':{'private':{'comment':'\xe2\x90\xa1'}}}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrBob'}}");
    leave_bob();
    assert_string_equal(fake_alias(account, BOB), "Bob");
    assert_null(fake_private_alias(account, BOB));
    fake_ignore(FAKE_ANY);
}

static void rename__twice_before_the_answer__ends_with_the_second(void **state)
{
    PurpleAccount *account = begin(ROW_BOB);

    (void)state;
    fake_rename(account, BOB, "Robert");
    attach_bob();
    fake_sent("{'set':{'topic':'usrBob','desc':{'private':{'comment':'Robert'}}}}");
    fake_rename(account, BOB, "");
    fake_sent("{'set':{'topic':'usrBob','desc':{'private':{'comment':'\xe2\x90\xa1'}}}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrBob'}}");
    leave_bob();
    assert_string_equal(fake_alias(account, BOB), "Bob");
    fake_drop_frames();
    fake_allow(FAKE_ANY);
}

static void rename__elsewhere__is_followed_and_so_is_clearing(void **state)
{
    PurpleAccount *account = begin(ROW_BOB);

    (void)state;
    push_row("'topic':'usrBob','private':{'comment':'Robert'}");
    assert_string_equal(fake_private_alias(account, BOB), "Robert");
    push_row("'topic':'usrBob','private':{'comment':'Bobby'}");
    assert_string_equal(fake_private_alias(account, BOB), "Bobby");
    push_row("'topic':'usrBob'"); /* not told: nothing changes */
    assert_string_equal(fake_private_alias(account, BOB), "Bobby");
    push_row("'topic':'usrBob','private':'\xe2\x90\xa1'");
    assert_null(fake_private_alias(account, BOB));
    assert_string_equal(fake_alias(account, BOB), "Bob");
    fake_ignore(FAKE_ANY);
}

static void rename__not_stored__is_said(void **state)
{
    PurpleAccount *account = begin(ROW_BOB);

    (void)state;
    fake_rename(account, BOB, "Robert");
    attach_bob();
    fake_sent("{'set':{'topic':'usrBob'}}");
    fake_reply("{'ctrl':{'code':403,'text':'permission denied','topic':'usrBob'}}");
    leave_bob();
    fake_expect(FAKE_NOTIFY, "notify error The new name is known on this computer only", NULL);
    assert_string_equal(fake_private_alias(account, BOB), "Robert");
}

static void rename__name_that_is_only_here__is_not_taken_away(void **state)
{
    PurpleAccount *account = begin(ROW_BOB);

    (void)state;
    fake_rename(account, BOB, "Robert");
    attach_bob();
    fake_sent("{'set':{'topic':'usrBob'}}");
    fake_reply("{'ctrl':{'code':403,'text':'permission denied','topic':'usrBob'}}");
    leave_bob();
    fake_ignore(FAKE_ANY);
    push_row("'topic':'usrBob','private':{'arch':false}");
    assert_string_equal(fake_private_alias(account, BOB), "Robert");
    fake_ignore(FAKE_ANY);
}

/* Blocking --------------------------------------------------------------------------------------
 */

static void block__contact__is_turned_away_on_the_server(void **state)
{
    PurpleAccount *account = begin(ROW_BOB);

    (void)state;
    fake_deny(account, BOB, TRUE);
    attach_bob();
    fake_sent("{'set':{'topic':'usrBob','sub':{'mode':'RWA'}}}");
    fake_push("{'ctrl':{'topic':'usrBob','params':{'unsub':false},'code':205,'text':'evicted'}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrBob','params':{'acs':"
               "{'want':'RWA','given':'JRWPA','mode':'RWA'}}}}");
    answer_row(BOB, "'acs':{'want':'RWA','given':'JRWPA','mode':'RWA'}");
    fake_sent_nothing();
    assert_true(is_denied(account, BOB));
    fake_expect(FAKE_NOTIFY, NULL);
    /* The running conversation goes on telling of messages until it has been put to sleep. */
    fake_ignore(FAKE_SIGNAL);
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'msg','seq':1,'act':'usrBob'}}");
    fake_sent_nothing();
    fake_expect(FAKE_SIGNAL, NULL);
    fake_ignore(FAKE_ANY);
}

static void block__rows_of_before_come_late__do_not_undo_it(void **state)
{
    PurpleAccount *account = begin(ROW_BOB);
    g_autofree char *menu = NULL;

    (void)state;
    fake_deny(account, BOB, TRUE);
    attach_bob();
    fake_sent("{'set':{'topic':'usrBob','sub':{'mode':'RWA'}}}");
    fake_push("{'meta':{'topic':'usrBob','sub':[{'user':'usrAlice'," RIGHTS(
        "JRWPA", "JRWPA") "},{'user':'usrBob'," RIGHTS("JRWPA", "JRWPA") "}]}}");
    menu = fake_node_menu(account, BOB, NULL);
    assert_null(strstr(menu, "Mute")); /* of what is blocked nothing is to be muted */
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrBob','params':{'acs':"
               "{'want':'RWA','given':'JRWPA','mode':'RWA'}}}}");
    fake_drop_frames();
    fake_ignore(FAKE_ANY);
}

static void unblock__contact__is_let_in_again(void **state)
{
    PurpleAccount *account = begin(ROW_BLOCKED);

    (void)state;
    assert_true(is_denied(account, CAROL));
    fake_deny(account, CAROL, FALSE);
    fake_sent("{'sub':{'topic':'usrCarol','get':'none'}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrCarol','params':{'acs':"
               "{'want':'JRWPA','given':'JRWPA','mode':'JRWPA'}}}}");
    fake_sent("{'set':{'topic':'usrCarol','sub':{'mode':'JRWPA'}}}");
    fake_reply("{'ctrl':{'code':304,'text':'not modified','topic':'usrCarol'}}");
    fake_sent("{'leave':{'topic':'usrCarol'}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrCarol'}}");
    answer_row(CAROL, RIGHTS("JRWPA", "JRWPA") ",'seq':2");
    assert_false(is_denied(account, CAROL));
    fake_sent("{'sub':{'topic':'usrCarol','get':{'what':'desc sub data'}}}"); /* what came */
    fake_allow(FAKE_ANY);
}

static void block__refused__is_said_and_taken_back(void **state)
{
    PurpleAccount *account = begin(ROW_BOB);

    (void)state;
    fake_deny(account, BOB, TRUE);
    attach_bob();
    fake_sent("{'set':{'topic':'usrBob'}}");
    fake_reply("{'ctrl':{'code':500,'text':'internal error','topic':'usrBob'}}");
    leave_bob();
    fake_expect(FAKE_NOTIFY, "notify error This contact could not be blocked", NULL);
    assert_false(is_denied(account, BOB));
    fake_drop_frames();
    fake_allow(FAKE_ANY);
}

static void block__of_the_server__is_on_the_list_at_sign_in_and_never_attached(void **state)
{
    PurpleAccount *account = begin(ROW_BOB "," ROW_BLOCKED);

    (void)state;
    assert_true(is_denied(account, CAROL));
    assert_false(is_denied(account, BOB));
    fake_focus(fake_open(account, CAROL));
    fake_advance(5000);
    fake_sent_nothing();
    fake_allow(FAKE_ANY);
}

static void block__elsewhere__is_followed_live(void **state)
{
    PurpleAccount *account = begin(ROW_BOB);

    (void)state;
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'acs','dacs':{'want':'-JP'}}}");
    answer_row(BOB, "'acs':{'want':'RWA','given':'JRWPA','mode':'RWA'}");
    assert_true(is_denied(account, BOB));
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'acs','dacs':{'want':'+JP'}}}");
    answer_row(BOB, RIGHTS("JRWPA", "JRWPA"));
    assert_false(is_denied(account, BOB));
    fake_ignore(FAKE_ANY);
}

static void block__by_the_other_side__is_no_block_of_ours(void **state)
{
    PurpleAccount *account =
        begin("{'topic':'usrBob','acs':{'want':'JRWPA','given':'A','mode':'A'}}");

    (void)state;
    assert_false(is_denied(account, BOB));
    fake_ignore(FAKE_ANY);
}

static void block__somebody_without_a_conversation__counts_once_there_is_one(void **state)
{
    PurpleAccount *account = begin("");

    (void)state;
    fake_deny(account, BOB, TRUE);
    fake_sent_nothing();
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'msg','seq':1,'act':'usrBob'}}");
    answer_row(BOB, RIGHTS("JRWPA", "JRWPA") ",'seq':1");
    attach_bob();
    fake_sent("{'set':{'topic':'usrBob','sub':{'mode':'RWA'}}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrBob'}}");
    fake_drop_frames();
    assert_true(is_denied(account, BOB));
    fake_allow(FAKE_ANY);
}

/* Muting and archiving --------------------------------------------------------------------------
 */

static void mute__and_unmute__sets_presence_of_the_conversation(void **state)
{
    PurpleAccount *account = begin(ROW_BOB);
    g_autofree char *first = fake_node_menu(account, BOB, "Mute");
    g_autofree char *second = NULL;

    (void)state;
    attach_bob();
    fake_sent("{'set':{'topic':'usrBob','sub':{'mode':'JRWA'}}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrBob','params':{'acs':"
               "{'want':'JRWA','given':'JRWPA','mode':'JRWA'}}}}");
    leave_bob();
    answer_row(BOB, RIGHTS("JRWA", "JRWPA"));
    second = fake_node_menu(account, BOB, "Unmute");
    assert_string_equal(second, "Message Receipts…|Unmute|Archive");
    attach_bob();
    fake_sent("{'set':{'topic':'usrBob','sub':{'mode':'JRWPA'}}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrBob'}}");
    leave_bob();
    fake_drop_frames();
    fake_expect(FAKE_NOTIFY, NULL);
    fake_allow(FAKE_ANY);
}

static void mute__in_an_open_conversation__does_not_leave_it(void **state)
{
    PurpleAccount *account = scene_with_bob(3);
    g_autofree char *menu = NULL;

    (void)state;
    menu = fake_node_menu(account, BOB, "Mute");
    fake_sent("{'set':{'topic':'usrBob','sub':{'mode':'JRWA'}}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrBob'}}");
    fake_sent("{'get':{'topic':'me'}}");
    fake_sent_nothing();
    fake_allow(FAKE_ANY);
}

static void archive__contact__moves_there_and_back(void **state)
{
    PurpleAccount *account = begin(ROW_BOB);
    g_autofree char *first = fake_node_menu(account, BOB, "Archive");
    g_autofree char *second = NULL;

    (void)state;
    attach_bob();
    fake_sent("{'set':{'topic':'usrBob','desc':{'private':{'arch':true}}}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrBob'}}");
    leave_bob();
    assert_string_equal(fake_group(account, BOB), "Tinode archive");
    second = fake_node_menu(account, BOB, NULL);
    assert_non_null(strstr(second, "Unarchive"));
    push_row("'topic':'usrBob','private':{'comment':'x'}"); /* taken out elsewhere */
    assert_string_equal(fake_group(account, BOB), "Tinode");
    fake_ignore(FAKE_ANY);
}

static void archive__contact_in_another_group__comes_back_to_it(void **state)
{
    PurpleAccount *account = begin(ROW_BOB);
    PurpleGroup *group = purple_group_new("Friends");

    (void)state;
    purple_blist_add_group(group, NULL);
    purple_blist_add_buddy(purple_find_buddy(account, BOB), NULL, group, NULL);
    push_row("'topic':'usrBob','private':{'arch':true}");
    assert_string_equal(fake_group(account, BOB), "Tinode archive");
    push_row("'topic':'usrBob','private':{'comment':'x'}");
    assert_string_equal(fake_group(account, BOB), "Friends");
    fake_ignore(FAKE_ANY);
}

static void archive__contact_that_the_user_takes_out_of_the_group__stays_there(void **state)
{
    PurpleAccount *account = begin(ROW_BOB);
    PurpleGroup *group = purple_group_new("Friends");

    (void)state;
    push_row("'topic':'usrBob','private':{'arch':true}");
    assert_string_equal(fake_group(account, BOB), "Tinode archive");
    purple_blist_add_group(group, NULL);
    purple_blist_add_buddy(purple_find_buddy(account, BOB), NULL, group, NULL);
    push_row("'topic':'usrBob','private':{'arch':true,'comment':'x'}");
    assert_string_equal(fake_group(account, BOB), "Friends");
    push_row("'topic':'usrBob','private':{'comment':'x'}");
    assert_string_equal(fake_group(account, BOB), "Friends");
    fake_ignore(FAKE_ANY);
}

/* Somebody new ----------------------------------------------------------------------------------
 */

static void stranger__writes__appears_with_the_message(void **state)
{
    PurpleAccount *account = begin("");

    (void)state;
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'acs',"
              "'dacs':{'want':'JRWPA','given':'JRWPA'}}}");
    answer_row(BOB, RIGHTS("JRWPA", "JRWPA") ",'public':{'fn':'Bob'}");
    assert_string_equal(fake_alias(account, BOB), "Bob");
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'msg','seq':1,'act':'usrBob'}}");
    fake_sent("{'sub':{'topic':'usrBob'}}");
    fake_expect(FAKE_NOTIFY, NULL);
    fake_allow(FAKE_ANY);
}

/* The rights of an account that wants to be asked. */
static PurpleAccount *ask_about_bob(void)
{
    PurpleAccount *account = begin("");

    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'acs',"
              "'dacs':{'want':'N','given':'JRWPA'}}}");
    answer_row(BOB, "'acs':{'want':'N','given':'JRWPA','mode':'N'},'public':{'fn':'Bob'}");
    fake_expect(FAKE_NOTIFY, "ask Bob wants to write to you", NULL);
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'msg','seq':1,'act':'usrBob'}}");
    fake_sent_nothing(); /* attaching would accept */
    assert_false(is_denied(account, BOB));
    fake_expect(FAKE_NOTIFY, NULL);
    return account;
}

static void stranger__is_accepted__takes_what_is_given(void **state)
{
    PurpleAccount *account = ask_about_bob();

    (void)state;
    fake_press("Accept");
    attach_bob();
    fake_sent("{'set':{'topic':'usrBob','sub':{'mode':'JRWPA'}}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrBob','params':{'acs':"
               "{'want':'JRWPA','given':'JRWPA','mode':'JRWPA'}}}}");
    fake_sent("{'set':{'topic':'usrBob','sub':{'user':'usrBob','mode':'JRWPA'}}}");
    leave_bob();
    answer_row(BOB, RIGHTS("JRWPA", "JRWPA") ",'seq':1");
    fake_sent("{'sub':{'topic':'usrBob','get':{'what':'desc sub data'}}}");
    assert_false(is_denied(account, BOB));
    fake_allow(FAKE_ANY);
}

static void stranger__is_ignored__is_deleted(void **state)
{
    PurpleAccount *account = ask_about_bob();

    (void)state;
    fake_press("Ignore");
    fake_sent("{'del':{'topic':'usrBob','what':'topic'}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrBob'}}");
    assert_null(purple_find_buddy(account, BOB));
    fake_expect(FAKE_NOTIFY, NULL);
    fake_ignore(FAKE_ANY);
}

static void stranger__is_blocked__without_being_let_in_first(void **state)
{
    PurpleAccount *account = ask_about_bob();

    (void)state;
    fake_press("Block");
    fake_sent("{'set':{'topic':'usrBob','sub':{'mode':'RW'}}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrBob','params':{'acs':"
               "{'want':'RWA','given':'JRWPA','mode':'RWA'}}}}");
    answer_row(BOB, "'acs':{'want':'RWA','given':'JRWPA','mode':'RWA'}");
    fake_sent_nothing();
    assert_true(is_denied(account, BOB));
    fake_ignore(FAKE_ANY);
}

static void stranger__sign_out_while_asked__takes_the_question_back(void **state)
{
    PurpleAccount *account = ask_about_bob();

    (void)state;
    fake_logout(account);
    fake_expect(FAKE_NOTIFY, "question closed", NULL);
    fake_turn();
    fake_ignore(FAKE_ANY);
}

static void stranger__at_sign_in__is_asked_about_once(void **state)
{
    PurpleAccount *account =
        scene_sign_in("{'topic':'usrBob','acs':{'want':'N','given':'JRWPA','mode':'N'},"
                      "'public':{'fn':'Bob'}}");

    (void)state;
    fake_expect(FAKE_NOTIFY, "ask Bob wants to write to you", NULL);
    push_row("'topic':'usrBob','acs':{'want':'N','given':'JRWPA','mode':'N'}");
    fake_expect(FAKE_NOTIFY, NULL);
    fake_logout(account);
    fake_turn();
    fake_ignore(FAKE_ANY);
}

/* Information -----------------------------------------------------------------------------------
 */

static void info__contact__shows_the_card_and_what_is_known(void **state)
{
    PurpleAccount *account = begin("{'topic':'usrBob'," RIGHTS(
        "JRWA", "JRWPA") ",'public':{'fn':'Bob'},'private':"
                         "{'comment':'Robert'},'seen':{'when':'2026-01-02T03:04:05Z','ua':'x'}}");

    (void)state;
    fake_prpl()->get_info(account->gc, BOB);
    fake_sent("{'get':{'topic':'usrBob','what':'desc'}}");
    fake_reply(
        "{'meta':{'topic':'usrBob','desc':{'public':{'fn':'Bob\\n<i>Smith','note':'Gardener',"
        "'org':{'fn':'Flowers Ltd','title':'Head'},'comm':[{'proto':'tel',"
        "'value':'+15550100'},{'proto':'email','value':'bob@example.com'},{'proto':'x',"
        "'value':'y'},{'proto':'tel'},7]},'trusted':{'verified':true,'danger':true}}}}");
    fake_expect(FAKE_NOTIFY, "tooltip Name: Bob <i>Smith",
                "tooltip The server says: verified, dangerous: be careful",
                "tooltip About: Gardener", "tooltip Organisation: Flowers Ltd",
                "tooltip Title: Head", "tooltip Phone: +15550100",
                "tooltip E-mail: bob@example.com", "tooltip Reached by: y",
                "tooltip Your name for them: Robert", "tooltip Id: usrBob",
                "tooltip Presence: offline", "tooltip Last seen: *", "tooltip Muted: Yes",
                "tooltip You may: read, write, administer", "window usrBob", NULL);
    fake_ignore(FAKE_ANY);
}

static void info__unknown_person__says_so(void **state)
{
    PurpleAccount *account = begin("");

    (void)state;
    fake_prpl()->get_info(account->gc, "usrNone");
    fake_sent("{'get':{'topic':'usrNone','what':'desc'}}");
    fake_reply("{'ctrl':{'code':404,'text':'not found','topic':'usrNone'}}");
    fake_expect(FAKE_NOTIFY, "notify error There is no information", NULL);
    fake_prpl()->get_info(account->gc, "bob");
    fake_expect(FAKE_NOTIFY, "notify error There is no information", NULL);
    fake_sent_nothing();
}

static void info__oneself__is_the_own_card(void **state)
{
    PurpleAccount *account = begin("");

    (void)state;
    fake_prpl()->get_info(account->gc, SELF);
    fake_sent("{'get':{'topic':'me','what':'desc'}}");
    fake_reply("{'meta':{'topic':'me','desc':{'public':{'fn':'Alice'}}}}");
    fake_expect(FAKE_NOTIFY, "tooltip Name: Alice", "tooltip Id: usrAlice", "window usrAlice",
                NULL);
    fake_ignore(FAKE_ANY);
}

static void info__no_link__shows_what_is_known(void **state)
{
    PurpleAccount *account = begin(ROW_BOB);

    (void)state;
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_prpl()->get_info(account->gc, BOB);
    fake_turn();
    fake_expect_one(FAKE_NOTIFY, "tooltip Name: Bob");
    fake_expect_one(FAKE_NOTIFY, "window usrBob");
    fake_ignore(FAKE_ANY);
}

static void info__sign_out_meanwhile__is_harmless(void **state)
{
    PurpleAccount *account = begin(ROW_BOB);

    (void)state;
    fake_prpl()->get_info(account->gc, BOB);
    fake_sent("{'get':{'topic':'usrBob'}}");
    fake_logout(account);
    fake_turn();
    fake_expect(FAKE_NOTIFY, NULL);
    fake_ignore(FAKE_ANY);
}

/* How far the user's own last message is, where people look. */
static void receipts__of_the_last_message__are_in_the_list(void **state)
{
    PurpleAccount *account = scene_with_bob(3);
    PurpleConversation *conv = scene_bob(account);
    PurpleBuddy *buddy = purple_find_buddy(account, BOB);
    g_autofree char *text = NULL;

    (void)state;
    assert_null(fake_prpl()->status_text(buddy));
    fake_send(conv, "hello");
    fake_sent("{'pub':{'topic':'usrBob'}}");
    fake_reply("{'ctrl':{'code':202,'text':'accepted','topic':'usrBob','params':{'seq':4}}}");
    fake_push("{'info':{'topic':'usrBob','from':'usrBob','what':'read','seq':4}}");
    assert_null(fake_prpl()->status_text(buddy)); /* the window shows it */
    fake_close(conv);
    text = fake_prpl()->status_text(buddy);
    assert_true(g_str_has_prefix(text, "Read "));
    fake_ignore(FAKE_ANY);
    fake_prpl()->tooltip_text(buddy, (PurpleNotifyUserInfo *)account, TRUE);
    fake_expect(FAKE_NOTIFY, "tooltip Your last message: Read *", NULL);
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'msg','seq':5,'act':'usrBob'}}");
    fake_prpl()->tooltip_text(buddy, (PurpleNotifyUserInfo *)account, TRUE);
    assert_int_equal(fake_count(FAKE_NOTIFY, "tooltip Your last message: *"), 0);
    fake_drop_frames();
    fake_allow(FAKE_ANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(remove__contact__goes_from_the_server_and_says_once_what_follows),
        FAKE_TEST(remove__refused__brings_the_buddy_back),
        FAKE_TEST(remove__writes_again_later__is_back),
        FAKE_TEST(remove__sign_out_before_the_answer__is_harmless),
        FAKE_TEST(rename__by_the_user__is_stored_and_cleared),
        FAKE_TEST(rename__twice_before_the_answer__ends_with_the_second),
        FAKE_TEST(rename__elsewhere__is_followed_and_so_is_clearing),
        FAKE_TEST(rename__not_stored__is_said),
        FAKE_TEST(rename__name_that_is_only_here__is_not_taken_away),
        FAKE_TEST(block__contact__is_turned_away_on_the_server),
        FAKE_TEST(block__rows_of_before_come_late__do_not_undo_it),
        FAKE_TEST(unblock__contact__is_let_in_again),
        FAKE_TEST(block__refused__is_said_and_taken_back),
        FAKE_TEST(block__of_the_server__is_on_the_list_at_sign_in_and_never_attached),
        FAKE_TEST(block__elsewhere__is_followed_live),
        FAKE_TEST(block__by_the_other_side__is_no_block_of_ours),
        FAKE_TEST(block__somebody_without_a_conversation__counts_once_there_is_one),
        FAKE_TEST(mute__and_unmute__sets_presence_of_the_conversation),
        FAKE_TEST(mute__in_an_open_conversation__does_not_leave_it),
        FAKE_TEST(archive__contact__moves_there_and_back),
        FAKE_TEST(archive__contact_in_another_group__comes_back_to_it),
        FAKE_TEST(archive__contact_that_the_user_takes_out_of_the_group__stays_there),
        FAKE_TEST(stranger__writes__appears_with_the_message),
        FAKE_TEST(stranger__is_accepted__takes_what_is_given),
        FAKE_TEST(stranger__is_ignored__is_deleted),
        FAKE_TEST(stranger__is_blocked__without_being_let_in_first),
        FAKE_TEST(stranger__sign_out_while_asked__takes_the_question_back),
        FAKE_TEST(stranger__at_sign_in__is_asked_about_once),
        FAKE_TEST(info__contact__shows_the_card_and_what_is_known),
        FAKE_TEST(info__unknown_person__says_so),
        FAKE_TEST(info__oneself__is_the_own_card),
        FAKE_TEST(info__no_link__shows_what_is_known),
        FAKE_TEST(info__sign_out_meanwhile__is_harmless),
        FAKE_TEST(receipts__of_the_last_message__are_in_the_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
