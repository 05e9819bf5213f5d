/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake-conv.c: conversations, in the order of steps that libpurple has, and a client that shows
 * them. Where libpurple would go on with a wrong argument, the test fails.
 */
#include "fake.h"

#include <core.h>
#include <server.h>
#include <signals.h>
#include <string.h>

#include "plugin/tinode-signals.h"

static GList *conversations;
static PurpleConversation *active; /* the tab in front */
static gboolean is_window_on;
static FakeUi ui;

static gboolean ui_has_focus(PurpleConversation *conv)
{
    return is_window_on && conv == active;
}

static void on_chat_update_user(PurpleConversation *conv, const char *user);

static PurpleConversationUiOps ui_ops = {.has_focus = ui_has_focus,
                                         .chat_update_user = on_chat_update_user};

void fake_set_ui(FakeUi which)
{
    ui = which;
    ui_ops.has_focus = which == FAKE_BITLBEE ? NULL : ui_has_focus;
    active = NULL;
    is_window_on = TRUE;
}

const char *purple_core_get_ui(void)
{
    static const char *const names[] = {"gtk-gaim", "gnt-purple", "BitlBee"};

    return names[ui];
}

static void check(const PurpleConversation *conv)
{
    if (g_list_find(conversations, conv) == NULL)
        fake_fail("a conversation that does not exist any more is used");
}

/* Getters ---------------------------------------------------------------------------------------
 */

/* deleting-conversation shows one that is no longer in the list. */
static PurpleConversation *deleting;

static void check_readable(const PurpleConversation *conv)
{
    if (conv != deleting)
        check(conv);
}

GList *purple_get_conversations(void)
{
    return conversations;
}

PurpleAccount *purple_conversation_get_account(const PurpleConversation *conv)
{
    check_readable(conv);
    return conv->account;
}

const char *purple_conversation_get_name(const PurpleConversation *conv)
{
    check_readable(conv);
    return conv->name;
}

PurpleConversationType purple_conversation_get_type(const PurpleConversation *conv)
{
    check_readable(conv);
    return conv->type;
}

PurpleConvIm *purple_conversation_get_im_data(const PurpleConversation *conv)
{
    check(conv);
    return conv->type == PURPLE_CONV_TYPE_IM ? conv->u.im : NULL;
}

PurpleConvChat *purple_conversation_get_chat_data(const PurpleConversation *conv)
{
    check(conv);
    return conv->type == PURPLE_CONV_TYPE_CHAT ? conv->u.chat : NULL;
}

PurpleConversationUiOps *purple_conversation_get_ui_ops(const PurpleConversation *conv)
{
    check(conv);
    return conv->ui_ops;
}

gboolean purple_conversation_has_focus(PurpleConversation *conv)
{
    check(conv);
    return conv->ui_ops->has_focus != NULL && conv->ui_ops->has_focus(conv);
}

gpointer purple_conversation_get_data(PurpleConversation *conv, const char *key)
{
    check_readable(conv);
    return g_hash_table_lookup(conv->data, key);
}

void purple_conversation_set_data(PurpleConversation *conv, const char *key, gpointer data)
{
    check_readable(conv);
    g_hash_table_replace(conv->data, g_strdup(key), data);
}

GList *purple_conversation_get_message_history(PurpleConversation *conv)
{
    check(conv);
    return conv->message_history;
}

PurpleConversation *purple_find_conversation_with_account(PurpleConversationType type,
                                                          const char *name,
                                                          const PurpleAccount *account)
{
    g_autofree char *wanted = NULL;

    assert_non_null(name);
    wanted = g_strdup(fake_normalize((PurpleAccount *)account, name));
    for (GList *link = conversations; link != NULL; link = link->next) {
        PurpleConversation *conv = link->data;

        if (conv->account == account && (type == PURPLE_CONV_TYPE_ANY || conv->type == type) &&
            g_strcmp0(fake_normalize(conv->account, conv->name), wanted) == 0)
            return conv;
    }
    return NULL;
}

PurpleConversation *fake_find(PurpleAccount *account, const char *name)
{
    return purple_find_conversation_with_account(PURPLE_CONV_TYPE_ANY, name, account);
}

/* Life ------------------------------------------------------------------------------------------
 */

static void updated(PurpleConversation *conv, PurpleConvUpdateType type)
{
    purple_signal_emit(purple_conversations_get_handle(), "conversation-updated", conv, type);
}

static void buddy_free(gpointer data)
{
    PurpleConvChatBuddy *buddy = data;

    g_free(buddy->name);
    g_free(buddy->alias);
    g_free(buddy);
}

PurpleConversation *purple_conversation_new(PurpleConversationType type, PurpleAccount *account,
                                            const char *name)
{
    PurpleConversation *conv = purple_find_conversation_with_account(type, name, account);

    if (conv != NULL && type == PURPLE_CONV_TYPE_CHAT) {
        if (!conv->u.chat->left)
            fake_fail("a chat that is open is opened again");
        g_list_free_full(g_steal_pointer(&conv->u.chat->in_room), buddy_free);
        conv->u.chat->left = FALSE;
    }
    if (conv != NULL)
        return conv;
    if (account->gc == NULL)
        fake_fail("a conversation of an account that is offline is opened");
    conv = g_new0(PurpleConversation, 1);
    conv->type = type;
    conv->account = account;
    conv->name = g_strdup(name);
    conv->title = g_strdup(name);
    conv->data = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    conv->ui_ops = &ui_ops;
    if (type == PURPLE_CONV_TYPE_IM) {
        conv->u.im = g_new0(PurpleConvIm, 1);
        conv->u.im->conv = conv;
    } else {
        conv->u.chat = g_new0(PurpleConvChat, 1);
        conv->u.chat->conv = conv;
        conv->u.chat->nick = g_strdup(account->gc->display_name != NULL ? account->gc->display_name
                                                                        : account->username);
    }
    conversations = g_list_prepend(conversations, conv);
    fake_event(FAKE_CONV, account, "created %s", name);
    updated(conv, PURPLE_CONV_UPDATE_TITLE);
    purple_signal_emit(purple_conversations_get_handle(), "conversation-created", conv);
    return conv;
}

static void keep_message(PurpleConversation *conv, const char *text, PurpleMessageFlags flags)
{
    PurpleConvMessage *message = g_new0(PurpleConvMessage, 1);

    message->what = g_strdup(text);
    message->flags = flags;
    message->conv = conv;
    conv->message_history = g_list_prepend(conv->message_history, message);
}

static void message_free(gpointer data)
{
    g_free(((PurpleConvMessage *)data)->what);
    g_free(data);
}

static void conversation_free(PurpleConversation *conv)
{
    if (g_hash_table_lookup(conv->data, TINODE_MESSAGE_ID) != NULL)
        fake_fail("a conversation ends with data of the plugin in it");
    if (conv->type == PURPLE_CONV_TYPE_CHAT) {
        g_list_free_full(conv->u.chat->in_room, buddy_free);
        g_free(conv->u.chat->nick);
        g_free(conv->u.chat->topic);
    }
    g_list_free_full(conv->message_history, message_free);
    g_free(conv->u.misc);
    g_hash_table_destroy(conv->data);
    g_free(conv->name);
    g_free(conv->title);
    g_free(conv);
}

static void leave_chat(PurpleConversation *conv)
{
    PurpleConnection *gc = conv->account->gc;
    const int id = conv->u.chat->id;

    if (!conv->u.chat->left && fake_prpl()->chat_leave != NULL)
        fake_prpl()->chat_leave(gc, id);
    if (!conv->u.chat->left)
        serv_got_chat_left(gc, id);
}

/* In libpurple's order; has_focus may still be true inside. */
void fake_close(PurpleConversation *conv)
{
    PurpleConnection *gc = conv->account->gc;

    check(conv);
    if (gc != NULL && conv->type == PURPLE_CONV_TYPE_IM) {
        if (fake_prpl()->send_typing != NULL)
            fake_prpl()->send_typing(gc, conv->name, PURPLE_NOT_TYPING);
        if (fake_prpl()->convo_closed != NULL)
            fake_prpl()->convo_closed(gc, conv->name);
    } else if (gc != NULL) {
        leave_chat(conv);
    }
    conversations = g_list_remove(conversations, conv);
    deleting = conv;
    fake_event(FAKE_CONV, conv->account, "deleted %s", conv->name);
    purple_signal_emit(purple_conversations_get_handle(), "deleting-conversation", conv);
    deleting = NULL;
    if (active == conv)
        active = NULL;
    conversation_free(conv);
}

void purple_conversation_destroy(PurpleConversation *conv)
{
    fake_close(conv);
}

void fake_conversations_end(void)
{
    while (conversations != NULL)
        fake_close(conversations->data);
    active = NULL;
}

void purple_conversation_set_title(PurpleConversation *conv, const char *title)
{
    check(conv);
    assert_non_null(title);
    g_free(conv->title);
    conv->title = g_strdup(title);
    fake_event(FAKE_CONV, conv->account, "title %s %s", conv->name, title);
    updated(conv, PURPLE_CONV_UPDATE_TITLE);
}

/* Lines -----------------------------------------------------------------------------------------
 */

static char *flag_words(PurpleMessageFlags flags)
{
    static const struct {
        PurpleMessageFlags flag;
        const char *word;
    } words[] = {
        {PURPLE_MESSAGE_SEND, "send"},          {PURPLE_MESSAGE_RECV, "recv"},
        {PURPLE_MESSAGE_SYSTEM, "system"},      {PURPLE_MESSAGE_ERROR, "error"},
        {PURPLE_MESSAGE_DELAYED, "delayed"},    {PURPLE_MESSAGE_NO_LOG, "nolog"},
        {PURPLE_MESSAGE_REMOTE_SEND, "remote"},
    };
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
        if ((flags & words[i].flag) != 0)
            g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", words[i].word);
    return g_string_free(text, FALSE);
}

void purple_conversation_write(PurpleConversation *conv, const char *who, const char *text,
                               PurpleMessageFlags flags, time_t when)
{
    PurpleAccount *account = conv->account;
    g_autofree char *words = flag_words(flags);
    const gboolean is_im = conv->type == PURPLE_CONV_TYPE_IM;

    check(conv);
    assert_non_null(text);
    assert_true(when > 0);
    if (!is_im && account->gc != NULL && g_slist_find(account->gc->buddy_chats, conv) == NULL)
        return; /* libpurple drops it without a word */
    if (who == NULL || who[0] == '\0')
        who = conv->name;
    fake_event(FAKE_LINE, account, "line %s <%s> %s [%s]", conv->name, who, text, words);
    keep_message(conv, text, flags);
    /* Clients mark tabs that are not in view. */
    if (ui != FAKE_BITLBEE && !ui_has_focus(conv) && (flags & PURPLE_MESSAGE_SEND) == 0 &&
        (ui == FAKE_PIDGIN || (flags & PURPLE_MESSAGE_SYSTEM) == 0))
        updated(conv, PURPLE_CONV_UPDATE_UNSEEN);
    purple_signal_emit(purple_conversations_get_handle(), is_im ? "wrote-im-msg" : "wrote-chat-msg",
                       account, who, text, conv, flags);
}

void purple_conv_im_write(PurpleConvIm *im, const char *who, const char *text,
                          PurpleMessageFlags flags, time_t when)
{
    purple_conversation_write(im->conv, who, text, flags, when);
}

gboolean purple_conv_present_error(const char *who, PurpleAccount *account, const char *text)
{
    PurpleConversation *conv =
        purple_find_conversation_with_account(PURPLE_CONV_TYPE_ANY, who, account);

    if (conv == NULL)
        return FALSE;
    purple_conversation_write(conv, NULL, text, PURPLE_MESSAGE_ERROR, 1);
    return TRUE;
}

void purple_conv_chat_write(PurpleConvChat *chat, const char *who, const char *text,
                            PurpleMessageFlags flags, time_t when)
{
    assert_non_null(who);
    if (g_strcmp0(fake_normalize(chat->conv->account, who), chat->nick) == 0)
        flags |= PURPLE_MESSAGE_SEND;
    else
        flags |= PURPLE_MESSAGE_RECV;
    purple_conversation_write(chat->conv, who, text, flags, when);
}

void serv_got_im(PurpleConnection *gc, const char *who, const char *text, PurpleMessageFlags flags,
                 time_t when)
{
    PurpleConversation *conv;

    assert_non_null(text);
    if (fake_is_blocked(who))
        return;
    conv = purple_find_conversation_with_account(PURPLE_CONV_TYPE_IM, who, gc->account);
    if (conv == NULL)
        conv = purple_conversation_new(PURPLE_CONV_TYPE_IM, gc->account, who);
    purple_conv_im_write(PURPLE_CONV_IM(conv), who, text, flags, when);
}

void serv_got_typing(PurpleConnection *gc, const char *who, int timeout, PurpleTypingState state)
{
    assert_int_equal(state, PURPLE_TYPING);
    fake_event(FAKE_TYPING, gc->account, "typing %s %d", who, timeout);
}

void serv_got_typing_stopped(PurpleConnection *gc, const char *who)
{
    fake_event(FAKE_TYPING, gc->account, "typing stopped %s", who);
}

/* Chats -----------------------------------------------------------------------------------------
 */

static PurpleConversation *chat_by_id(PurpleConnection *gc, int id)
{
    for (GSList *link = gc->buddy_chats; link != NULL; link = link->next)
        if (((PurpleConversation *)link->data)->u.chat->id == id)
            return link->data;
    return NULL;
}

PurpleConversation *serv_got_joined_chat(PurpleConnection *gc, int id, const char *name)
{
    PurpleConversation *conv;

    assert_true(id != 0);
    if (chat_by_id(gc, id) != NULL)
        fake_fail("two chats have the id %d", id);
    conv = purple_conversation_new(PURPLE_CONV_TYPE_CHAT, gc->account, name);
    if (g_slist_find(gc->buddy_chats, conv) == NULL)
        gc->buddy_chats = g_slist_append(gc->buddy_chats, conv);
    conv->u.chat->id = id;
    fake_event(FAKE_CONV, gc->account, "joined %s", name);
    purple_signal_emit(purple_conversations_get_handle(), "chat-joined", conv);
    return conv;
}

void fake_connection_chat_left(PurpleConnection *gc, PurpleConversation *conv)
{
    gc->buddy_chats = g_slist_remove(gc->buddy_chats, conv);
    conv->u.chat->left = TRUE;
    fake_event(FAKE_CONV, gc->account, "left %s", conv->name);
    updated(conv, PURPLE_CONV_UPDATE_CHATLEFT);
}

void serv_got_chat_left(PurpleConnection *gc, int id)
{
    PurpleConversation *conv = chat_by_id(gc, id);

    if (conv == NULL)
        return;
    fake_connection_chat_left(gc, conv);
    purple_signal_emit(purple_conversations_get_handle(), "chat-left", conv);
}

void serv_got_chat_in(PurpleConnection *gc, int id, const char *who, PurpleMessageFlags flags,
                      const char *text, time_t when)
{
    PurpleConversation *conv = chat_by_id(gc, id);

    assert_non_null(who);
    assert_non_null(text);
    if (conv == NULL)
        fake_fail("a message for a chat that is not joined");
    purple_conv_chat_write(PURPLE_CONV_CHAT(conv), who, text, flags, when);
}

void purple_serv_got_join_chat_failed(PurpleConnection *gc, GHashTable *components)
{
    (void)components;
    fake_event(FAKE_CONV, gc->account, "join failed");
}

void purple_conv_chat_set_nick(PurpleConvChat *chat, const char *nick)
{
    char *copy = g_strdup(fake_normalize(chat->conv->account, nick));

    g_free(chat->nick);
    chat->nick = copy;
}

gboolean purple_conv_chat_has_left(PurpleConvChat *chat)
{
    return chat->left;
}

GList *purple_conv_chat_get_users(const PurpleConvChat *chat)
{
    return chat->in_room;
}

const char *purple_conv_chat_cb_get_name(PurpleConvChatBuddy *buddy)
{
    return buddy->name;
}

static PurpleConvChatBuddy *find_user(PurpleConvChat *chat, const char *user)
{
    for (GList *link = chat->in_room; link != NULL; link = link->next)
        if (strcmp(((PurpleConvChatBuddy *)link->data)->name, user) == 0)
            return link->data;
    return NULL;
}

gboolean purple_conv_chat_find_user(PurpleConvChat *chat, const char *user)
{
    return find_user(chat, user) != NULL;
}

static const char *flags_word(PurpleConvChatBuddyFlags flags)
{
    return (flags & PURPLE_CBFLAGS_FOUNDER) != 0 ? " founder"
           : (flags & PURPLE_CBFLAGS_OP) != 0    ? " op"
           : (flags & PURPLE_CBFLAGS_VOICE) != 0 ? " voice"
                                                 : "";
}

static const char *typing_word(PurpleConvChatBuddyFlags flags)
{
    return (flags & PURPLE_CBFLAGS_TYPING) != 0 ? " typing" : "";
}

/* A buddy's alias, else the protocol's: (transfer full). */
static char *alias_of(PurpleConvChat *chat, const char *user)
{
    PurpleBuddy *buddy = purple_find_buddy(chat->conv->account, user);
    char *alias;

    if (buddy != NULL)
        return g_strdup(purple_buddy_get_contact_alias(buddy));
    alias = fake_prpl()->get_cb_alias(chat->conv->account->gc, chat->id, user);
    return alias != NULL ? alias : g_strdup(user);
}

/* The event shows the alias that the client shows. */
static void add_user(PurpleConvChat *chat, const char *user, PurpleConvChatBuddyFlags flags,
                     gboolean is_new)
{
    PurpleConvChatBuddy *buddy = g_new0(PurpleConvChatBuddy, 1);

    if (find_user(chat, user) != NULL)
        fake_fail("%s is in the chat already", user);
    buddy->name = g_strdup(user);
    buddy->alias = alias_of(chat, user);
    buddy->flags = flags;
    chat->in_room = g_list_append(chat->in_room, buddy);
    fake_event(FAKE_MEMBER, chat->conv->account, "member %s +%s %s%s%s", chat->conv->name, user,
               buddy->alias, flags_word(flags), is_new ? " (new)" : "");
}

void purple_conv_chat_add_users(PurpleConvChat *chat, GList *users, GList *extras, GList *flags,
                                gboolean is_new)
{
    assert_int_equal(g_list_length(users), g_list_length(extras));
    assert_int_equal(g_list_length(users), g_list_length(flags));
    for (; users != NULL; users = users->next, flags = flags->next)
        add_user(chat, users->data, GPOINTER_TO_INT(flags->data), is_new);
}

void purple_conv_chat_remove_user(PurpleConvChat *chat, const char *user, const char *reason)
{
    PurpleConvChatBuddy *buddy = find_user(chat, user);

    if (buddy == NULL)
        fake_fail("%s is not in the chat", user);
    chat->in_room = g_list_remove(chat->in_room, buddy);
    fake_event(FAKE_MEMBER, chat->conv->account, "member %s -%s%s%s", chat->conv->name, user,
               reason != NULL ? " " : "", reason != NULL ? reason : "");
    buddy_free(buddy);
}

void purple_conv_chat_clear_users(PurpleConvChat *chat)
{
    fake_event(FAKE_MEMBER, chat->conv->account, "member %s cleared", chat->conv->name);
    g_list_free_full(g_steal_pointer(&chat->in_room), buddy_free);
}

PurpleConvChatBuddy *purple_conv_chat_cb_find(PurpleConvChat *chat, const char *user)
{
    return find_user(chat, user);
}

PurpleConvChatBuddyFlags purple_conv_chat_user_get_flags(PurpleConvChat *chat, const char *user)
{
    PurpleConvChatBuddy *buddy = find_user(chat, user);

    return buddy != NULL ? buddy->flags : PURPLE_CBFLAGS_NONE;
}

void purple_conv_chat_user_set_flags(PurpleConvChat *chat, const char *user,
                                     PurpleConvChatBuddyFlags flags)
{
    PurpleConvChatBuddy *buddy = find_user(chat, user);

    if (buddy == NULL)
        fake_fail("%s is not in the chat", user);
    if (buddy->flags == flags)
        return;
    buddy->flags = flags;
    fake_event(FAKE_MEMBER, chat->conv->account, "member %s %s%s%s", chat->conv->name, user,
               flags_word(flags), typing_word(flags));
}

static void on_chat_update_user(PurpleConversation *conv, const char *user)
{
    fake_event(FAKE_MEMBER, conv->account, "member %s %s is shown as %s", conv->name, user,
               find_user(conv->u.chat, user)->alias);
}

void purple_conv_chat_set_topic(PurpleConvChat *chat, const char *who, const char *topic)
{
    g_free(chat->topic);
    chat->topic = g_strdup(topic);
    fake_event(FAKE_CONV, chat->conv->account, "topic %s %s (%s)", chat->conv->name,
               topic != NULL ? topic : "-", who != NULL ? who : "-");
}

int purple_conv_chat_get_id(const PurpleConvChat *chat)
{
    return chat->id;
}

GList *purple_get_chats(void)
{
    static GList *chats;

    g_clear_pointer(&chats, g_list_free);
    for (GList *link = conversations; link != NULL; link = link->next)
        if (((PurpleConversation *)link->data)->type == PURPLE_CONV_TYPE_CHAT)
            chats = g_list_append(chats, link->data);
    return chats;
}

const char *purple_conversation_get_title(const PurpleConversation *conv)
{
    return conv->title;
}

void purple_conversation_present(PurpleConversation *conv)
{
    fake_event(FAKE_CONV, conv->account, "presented %s", conv->name);
}

/* The user --------------------------------------------------------------------------------------
 */

PurpleConversation *fake_open(PurpleAccount *account, const char *name)
{
    return purple_conversation_new(PURPLE_CONV_TYPE_IM, account, name);
}

void fake_focus(PurpleConversation *conv)
{
    active = conv;
    if (conv != NULL && is_window_on && ui != FAKE_BITLBEE)
        updated(conv, PURPLE_CONV_UPDATE_UNSEEN);
}

void fake_window(gboolean is_on)
{
    if (ui == FAKE_FINCH)
        is_window_on = is_on;
    if (is_on && active != NULL)
        updated(active, PURPLE_CONV_UPDATE_UNSEEN);
    is_window_on = is_on;
}

/* What it makes of addresses is libpurple's business. */
char *purple_markup_linkify(const char *text)
{
    return g_strdup(text);
}

int fake_send(PurpleConversation *conv, const char *html)
{
    PurpleAccount *account = conv->account;
    int result;

    check(conv);
    assert_non_null(account->gc);
    if (conv->type == PURPLE_CONV_TYPE_CHAT)
        return fake_prpl()->chat_send(account->gc, conv->u.chat->id, html, PURPLE_MESSAGE_SEND);
    result = fake_prpl()->send_im(account->gc, conv->name, html, PURPLE_MESSAGE_SEND);
    if (result > 0)
        purple_conv_im_write(PURPLE_CONV_IM(conv), NULL, html, PURPLE_MESSAGE_SEND, 1);
    purple_signal_emit(purple_conversations_get_handle(), "sent-im-msg", account, conv->name, html);
    return result;
}

unsigned int fake_type(PurpleConversation *conv, PurpleTypingState state)
{
    return fake_prpl()->send_typing(conv->account->gc, conv->name, state);
}
