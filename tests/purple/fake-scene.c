/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-scene.c: the usual beginnings. */
#include "fake-scene.h"

void scene_connect(PurpleAccount *account)
{
    fake_server_of(account);
    fake_login(account);
    fake_turn();
    assert_string_equal(fake_connecting(), "127.0.0.1:6060");
    fake_opened();
}

void scene_hello(void)
{
    fake_sent("{'hi':{'ver':'0.25'}}");
    fake_reply("{'ctrl':{'code':201,'text':'created','params':{'ver':'0.25','build':'test',"
               "'maxMessageSize':131072}}}");
}

void scene_log_in(const char *user)
{
    fake_sent("{'login':{'scheme':'basic'}}");
    fake_replyf("{'ctrl':{'code':200,'text':'ok','params':{'user':'%s','token':'dG9rZW4=',"
                "'authlvl':'auth'}}}",
                user);
}

void scene_me(const char *rows)
{
    fake_sent("{'sub':{'topic':'me','get':{'what':'desc sub'}}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'me'}}");
    fake_reply("{'meta':{'topic':'me','desc':{'public':{'fn':'Alice'}}}}");
    if (rows[0] != '\0')
        fake_replyf("{'meta':{'topic':'me','sub':[%s]}}", rows);
    else
        fake_reply("{'ctrl':{'code':204,'text':'no content','topic':'me',"
                   "'params':{'what':'sub'}}}");
}

void scene_sign_in_as(PurpleAccount *account, const char *user, const char *rows)
{
    scene_connect(account);
    scene_hello();
    scene_log_in(user);
    scene_me(rows);
    assert_true(fake_is_online(account));
}

PurpleAccount *scene_sign_in(const char *rows)
{
    PurpleAccount *account = fake_account("alice");

    scene_sign_in_as(account, SELF, rows);
    fake_ignore(FAKE_PROGRESS | FAKE_STATE | FAKE_LIST | FAKE_PRESENCE);
    return account;
}

void scene_attach(const char *topic, const char *desc, const char *subs, ...)
{
    g_autofree char *sub = g_strdup_printf("{'sub':{'topic':'%s'}}", topic);
    const char *frame;
    guint count = 0;
    va_list args;

    fake_sent(sub);
    fake_replyf("{'ctrl':{'code':200,'text':'ok','topic':'%s'}}", topic);
    fake_replyf("{'meta':{'topic':'%s','desc':{%s}}}", topic, desc);
    if (subs != NULL)
        fake_replyf("{'meta':{'topic':'%s','sub':[%s]}}", topic, subs);
    else
        fake_replyf("{'ctrl':{'code':204,'topic':'%s','params':{'what':'sub'}}}", topic);
    va_start(args, subs);
    for (; (frame = va_arg(args, const char *)) != NULL; count++)
        fake_push(frame);
    va_end(args);
    if (count > 0)
        fake_replyf("{'ctrl':{'code':208,'text':'delivered','topic':'%s',"
                    "'params':{'what':'data','count':%u}}}",
                    topic, count);
    else
        fake_replyf("{'ctrl':{'code':204,'text':'no content','topic':'%s',"
                    "'params':{'what':'data'}}}",
                    topic);
}

char *scene_p2p_members(guint own_read, guint bob_recv, guint bob_read)
{
    return g_strdup_printf("{'user':'usrAlice','acs':{'mode':'JRWPA'},'read':%u,'recv':%u},"
                           "{'user':'usrBob','acs':{'mode':'JRWPA'},'read':%u,'recv':%u}",
                           own_read, own_read, bob_read, bob_recv);
}

void scene_leave(const char *topic)
{
    g_autofree char *leave = g_strdup_printf("{'leave':{'topic':'%s','unsub':'none'}}", topic);

    fake_sent(leave);
    fake_replyf("{'ctrl':{'code':200,'text':'ok','topic':'%s'}}", topic);
}

void scene_say(const char *topic, const char *from, guint seq, const char *text)
{
    fake_pushf("{'data':{'topic':'%s','from':'%s','ts':'2026-01-02T03:04:05Z','seq':%u,"
               "'content':'%s'}}",
               topic, from, seq, text);
}

PurpleConversation *scene_bob(PurpleAccount *account)
{
    PurpleConversation *conv = fake_find(account, BOB);

    assert_non_null(conv);
    return conv;
}

PurpleAccount *scene_with_bob(guint seq)
{
    g_autofree char *row =
        g_strdup_printf("{'topic':'usrBob','acs':{'want':'JRWPA','given':'JRWPA','mode':'JRWPA'},"
                        "'public':{'fn':'Bob'},'seq':%u,'read':%u,'recv':%u,'online':true}",
                        seq, seq, seq);
    g_autofree char *members = scene_p2p_members(seq, seq, seq);
    g_autofree char *desc = g_strdup_printf("'seq':%u,'read':%u,'recv':%u", seq, seq, seq);
    PurpleAccount *account = scene_sign_in(row);

    fake_ignore(FAKE_ANY);
    fake_focus(fake_open(account, BOB));
    fake_turn();
    scene_attach(BOB, desc, members, NULL);
    fake_turn();
    fake_sent_nothing();
    fake_ignore(FAKE_ANY);
    return account;
}
