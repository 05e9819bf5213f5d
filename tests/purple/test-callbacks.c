/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-callbacks.c: every callback that the plugin registers is fired here. The table of the
 * protocol is walked as memory: a member that is set and that no test of this list fires, fails.
 */
#include "fake-files.h"
#include "fake-server.h"

#include <string.h>

static PurpleAccount *account;

static void begin(void)
{
    fake_allow(FAKE_ANY);
    server_topic(BOB, "Bob", 3, 2);
    server_store(BOB, BOB, 3, "unread");
    server_topic(GROUP, "Flowers", 0, 0);
    account = server_sign_in();
    server_advance(1000);
}

static PurpleBuddy *bob(void)
{
    PurpleBuddy *buddy = purple_find_buddy(account, BOB);

    assert_non_null(buddy);
    return buddy;
}

static void fire_list_icon(void)
{
    assert_string_equal(fake_prpl()->list_icon(account, bob()), "tinode");
}

static void fire_status_text(void)
{
    /* One message is unread, but its conversation is open: it shows by itself. */
    assert_non_null(fake_find(account, BOB));
    assert_null(fake_prpl()->status_text(bob()));
}

static void fire_tooltip_text(void)
{
    fake_ignore(FAKE_NOTIFY);
    fake_prpl()->tooltip_text(bob(), (PurpleNotifyUserInfo *)account, TRUE);
    fake_expect(FAKE_NOTIFY, "tooltip Unread: 1", NULL);
    fake_push("{'pres':{'topic':'me','src':'usrBob','what':'off'}}");
    fake_prpl()->tooltip_text(bob(), (PurpleNotifyUserInfo *)account, FALSE);
    fake_expect(FAKE_NOTIFY, "tooltip Unread: 1", "tooltip Last seen: 03:04", NULL);
}

static void fire_status_types(void)
{
    /* Made with the account; the three that the fake lets a user choose are there. */
    fake_status(account, "away");
    fake_status(account, "available");
}

static void fire_chat_info(void)
{
    GList *entries = fake_prpl()->chat_info(account->gc);
    struct proto_chat_entry *entry = entries->data;

    assert_int_equal(g_list_length(entries), 1);
    assert_string_equal(entry->identifier, "topic");
    assert_true(entry->required);
    g_list_free_full(entries, g_free);
}

static void fire_chat_info_defaults(void)
{
    GHashTable *some = fake_prpl()->chat_info_defaults(account->gc, GROUP);
    GHashTable *none = fake_prpl()->chat_info_defaults(account->gc, NULL);

    assert_string_equal(g_hash_table_lookup(some, "topic"), GROUP);
    assert_int_equal(g_hash_table_size(none), 0);
    g_hash_table_destroy(some);
    g_hash_table_destroy(none);
}

static void fire_get_chat_name(void)
{
    GHashTable *components = fake_prpl()->chat_info_defaults(account->gc, GROUP);
    g_autofree char *name = fake_prpl()->get_chat_name(components);

    assert_string_equal(name, GROUP);
    g_hash_table_destroy(components);
}

static void fire_login_and_close(void)
{
    assert_non_null(account->gc->proto_data);
    fake_logout(account);
    fake_turn();
    server_sign_in();
}

static void fire_send_im(void)
{
    server_ignore("");
    assert_int_equal(fake_send(fake_find(account, BOB), "hello"), 1);
    server_advance(1000);
    server_expect("pub", "pub usrBob hello", NULL);
}

static void fire_send_typing(void)
{
    fake_focus(fake_find(account, BOB));
    server_advance(1000);
    server_ignore("");
    assert_int_equal(fake_type(fake_find(account, BOB), PURPLE_TYPING), 3);
    server_work();
    server_expect("note", "note usrBob kp", NULL);
}

static void fire_set_status(void)
{
    fake_prpl()->set_status(account, purple_presence_get_active_status(account->presence));
    server_work();
}

static void fire_set_idle(void)
{
    fake_idle(account, TRUE);
    server_work();
    fake_idle(account, FALSE);
    server_work();
}

static void fire_chats(void)
{
    PurpleConversation *conv;

    fake_join(account, GROUP); /* join_chat */
    server_advance(1000);
    conv = fake_find(account, GROUP);
    assert_non_null(conv);
    server_ignore("");
    assert_true(fake_send(conv, "hello all") >= 0); /* chat_send */
    server_advance(1000);
    server_expect("pub", "pub grpFlowers hello all", NULL);
    {
        g_autofree char *alias =
            fake_prpl()->get_cb_alias(account->gc, PURPLE_CONV_CHAT(conv)->id, BOB);
        g_autofree char *name =
            fake_prpl()->get_cb_real_name(account->gc, PURPLE_CONV_CHAT(conv)->id, BOB);

        assert_string_equal(alias, "Bob");
        assert_string_equal(name, BOB);
    }
    assert_non_null(fake_prpl()->find_blist_chat(account, GROUP));
    assert_null(fake_prpl()->find_blist_chat(account, "grpOther"));
    fake_close(conv); /* chat_leave */
    server_advance(10000);
    assert_false(server_is_attached(GROUP));
}

/* What they do is in test-group.c and test-roomlist.c: here nothing may break. */
static void fire_group_deeds(void)
{
    PurplePluginProtocolInfo *prpl = fake_prpl();
    PurpleRoomlist *rooms = fake_rooms(account);
    GHashTable *components = prpl->chat_info_defaults(account->gc, "grpOther");

    fake_join(account, GROUP);
    prpl->chat_invite(account->gc, PURPLE_CONV_CHAT(fake_find(account, GROUP))->id, NULL, BOB);
    prpl->set_chat_topic(account->gc, PURPLE_CONV_CHAT(fake_find(account, GROUP))->id, NULL);
    prpl->reject_chat(account->gc, components);
    g_free(fake_node_menu(account, GROUP, NULL));
    g_free(fake_node_menu(account, BOB, NULL));
    assert_true(rooms->in_progress);
    prpl->roomlist_cancel(rooms);
    assert_false(rooms->in_progress);
    purple_roomlist_unref(rooms);
    g_hash_table_destroy(components);
    fake_close(fake_find(account, GROUP));
    fake_drop_frames();
}

static void fire_normalize(void)
{
    char *long_name = g_strnfill(300, 'x');

    assert_string_equal(fake_prpl()->normalize(account, "usrBoB"), "usrBoB");
    assert_null(fake_prpl()->normalize(account, NULL));
    assert_null(fake_prpl()->normalize(account, long_name));
    g_free(long_name);
}

static void fire_offline_message(void)
{
    assert_true(fake_prpl()->offline_message(bob()));
}

static void fire_register_user(void)
{
    PurpleAccount *carol = fake_account("carol");

    fake_server_of(carol);
    fake_register(carol);
    fake_turn();
    assert_non_null(fake_connecting());
    fake_logout(carol);
    fake_turn();
    fake_server_of(account);
}

static void fire_change_passwd(void)
{
    fake_change_password(account, "wrong", "other1");
    assert_string_equal(account->password, "secret");
}

static void fire_get_info(void)
{
    server_work();
    fake_ignore(FAKE_NOTIFY);
    fake_prpl()->get_info(account->gc, BOB);
    fake_sent("{'get':{'topic':'usrBob','what':'desc'}}");
    fake_reply("{'meta':{'topic':'usrBob','desc':{'public':{'fn':'Bob'}}}}");
    fake_expect_one(FAKE_NOTIFY, "window usrBob");
    fake_ignore(FAKE_NOTIFY);
}

static void fire_add_buddy_with_invite(void)
{
    fake_add(account, ":::", "Friends", NULL);
    assert_null(purple_find_buddy(account, ":::"));
    fake_expect(FAKE_NOTIFY, "notify error Nobody was added", NULL);
}

static void fire_alias_buddy(void)
{
    fake_rename(account, BOB, "Robert");
    fake_sent("{'set':{'topic':'usrBob','desc':{'private':{'comment':'Robert'}}}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrBob'}}");
    assert_string_equal(fake_alias(account, BOB), "Robert");
}

static void fire_privacy(void)
{
    fake_deny(account, "bob", TRUE); /* add_deny */
    fake_expect(FAKE_NOTIFY, "notify error Nobody was blocked", NULL);
    fake_deny(account, "bob", FALSE); /* rem_deny */
    fake_expect(FAKE_NOTIFY, NULL);
}

static void fire_blist_node_menu(void)
{
    g_autofree char *menu = fake_node_menu(account, BOB, NULL);

    assert_string_equal(menu, "Message Receipts…|Mute|Archive");
}

static void fire_remove_buddy(void)
{
    fake_remove(account, BOB);
    fake_sent("{'del':{'topic':'usrBob','what':'topic'}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'usrBob'}}");
    fake_expect(FAKE_NOTIFY, "notify info Robert was removed", NULL);
}

#define MEMBER(name)                                                                               \
    {                                                                                              \
#name, G_STRUCT_OFFSET(PurplePluginProtocolInfo, name)                                     \
    }

static void fire_files(void)
{
    PurplePluginProtocolInfo *prpl = fake_prpl();
    PurpleXfer *xfer;
    int id;

    if (fake_find(account, GROUP) == NULL) {
        fake_join(account, GROUP);
        server_advance(1000);
        server_ignore("");
    }
    id = PURPLE_CONV_CHAT(fake_find(account, GROUP))->id;
    fake_disk_set("x", 1);
    assert_true(prpl->can_receive_file(account->gc, BOB));
    assert_false(prpl->can_receive_file(account->gc, "nobody"));
    assert_true(prpl->chat_can_receive_file(account->gc, id));
    assert_false(prpl->chat_can_receive_file(account->gc, 12345));
    xfer = prpl->new_xfer(account->gc, BOB);
    assert_non_null(xfer);
    purple_xfer_cancel_local(xfer);
    prpl->send_file(account->gc, BOB, "/nowhere/a");
    prpl->chat_send_file(account->gc, id, "/nowhere/b");
    assert_int_equal(fake_xfers(), 2);
    assert_int_equal(fake_https(), 2);
    fake_http_fail(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_http_fail(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    assert_int_equal(fake_xfers(), 0);
}

static void fire_set_buddy_icon(void)
{
    fake_prpl()->set_buddy_icon(account->gc, NULL); /* there was none: nothing to tell */
}

/* Members that are no callbacks. */
static const struct {
    const char *name;
    gsize offset;
} data_members[] = {MEMBER(options), MEMBER(user_splits), MEMBER(protocol_options),
                    MEMBER(struct_size)};

static const struct {
    const char *name;
    gsize offset;
    void (*fire)(void);
} callbacks[] = {
#define FIRED(name, func)                                                                          \
    {                                                                                              \
#name, G_STRUCT_OFFSET(PurplePluginProtocolInfo, name), func                               \
    }
    FIRED(list_icon, fire_list_icon),
    FIRED(status_text, fire_status_text),
    FIRED(tooltip_text, fire_tooltip_text),
    FIRED(status_types, fire_status_types),
    FIRED(chat_info, fire_chat_info),
    FIRED(chat_info_defaults, fire_chat_info_defaults),
    FIRED(get_chat_name, fire_get_chat_name),
    FIRED(login, fire_login_and_close),
    FIRED(close, fire_login_and_close),
    FIRED(send_im, fire_send_im),
    FIRED(send_typing, fire_send_typing),
    FIRED(set_status, fire_set_status),
    FIRED(set_idle, fire_set_idle),
    FIRED(join_chat, fire_chats),
    FIRED(chat_leave, fire_chats),
    FIRED(chat_send, fire_chats),
    FIRED(get_cb_alias, fire_chats),
    FIRED(get_cb_real_name, fire_chats),
    FIRED(find_blist_chat, fire_chats),
    FIRED(chat_invite, fire_group_deeds),
    FIRED(set_chat_topic, fire_group_deeds),
    FIRED(reject_chat, fire_group_deeds),
    FIRED(blist_node_menu, fire_group_deeds),
    FIRED(roomlist_get_list, fire_group_deeds),
    FIRED(roomlist_cancel, fire_group_deeds),
    FIRED(normalize, fire_normalize),
    FIRED(offline_message, fire_offline_message),
    FIRED(change_passwd, fire_change_passwd),
    FIRED(register_user, fire_register_user),
    FIRED(get_info, fire_get_info),
    FIRED(add_buddy_with_invite, fire_add_buddy_with_invite),
    FIRED(alias_buddy, fire_alias_buddy),
    FIRED(add_deny, fire_privacy),
    FIRED(rem_deny, fire_privacy),
    FIRED(blist_node_menu, fire_blist_node_menu),
    FIRED(remove_buddy, fire_remove_buddy),
    FIRED(set_buddy_icon, fire_set_buddy_icon),
    FIRED(can_receive_file, fire_files),
    FIRED(new_xfer, fire_files),
    FIRED(send_file, fire_files),
    FIRED(chat_can_receive_file, fire_files),
    FIRED(chat_send_file, fire_files),
};

static void callbacks__each_that_is_set__is_fired(void **state)
{
    (void)state;
    begin();
    for (guint i = 0; i < G_N_ELEMENTS(callbacks); i++) {
        const gpointer *slot = G_STRUCT_MEMBER_P(fake_prpl(), callbacks[i].offset);

        if (*slot == NULL)
            fail_msg("%s is fired here but not set", callbacks[i].name);
        callbacks[i].fire();
    }
}

static void callbacks__table_is_walked__none_is_set_that_no_test_fires(void **state)
{
    const PurplePluginProtocolInfo *prpl = fake_prpl();
    const gsize icon = G_STRUCT_OFFSET(PurplePluginProtocolInfo, icon_spec);

    (void)state;
    for (gsize at = 0; at + sizeof(gpointer) <= sizeof *prpl; at += sizeof(gpointer)) {
        gpointer value;
        gboolean is_known = at >= icon && at < icon + sizeof(PurpleBuddyIconSpec);

        memcpy(&value, (const char *)prpl + at, sizeof value);
        for (guint i = 0; i < G_N_ELEMENTS(data_members); i++)
            is_known |= at == data_members[i].offset / sizeof(gpointer) * sizeof(gpointer);
        for (guint i = 0; i < G_N_ELEMENTS(callbacks); i++)
            is_known |= at == callbacks[i].offset;
        if (value != NULL && !is_known)
            fail_msg("the callback at offset %zu is set, but no test fires it", at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(callbacks__each_that_is_set__is_fired),
        FAKE_TEST(callbacks__table_is_walked__none_is_set_that_no_test_fires),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
