/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-chat.c: groups as chats. */
#include "tinode-chat.h"

#include <core.h>
#include <errno.h>
#include <notify.h>
#include <prpl.h>
#include <server.h>
#include <string.h>

#include "tinode-history.h"
#include "tinode-im.h"
#include "tinode-message.h"
#include "tinode-text.h"

#define COMPONENT "topic"

GList *tinode_chat_info(PurpleConnection *gc)
{
    struct proto_chat_entry *entry = g_new0(struct proto_chat_entry, 1);

    (void)gc;
    entry->label = _("_Group:");
    entry->identifier = COMPONENT;
    entry->required = TRUE;
    return g_list_append(NULL, entry);
}

GHashTable *tinode_chat_components(const char *name)
{
    GHashTable *components = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);

    if (name != NULL)
        g_hash_table_insert(components, (gpointer)COMPONENT, g_strdup(name));
    return components;
}

GHashTable *tinode_chat_info_defaults(PurpleConnection *gc, const char *name)
{
    (void)gc;
    return tinode_chat_components(name);
}

char *tinode_get_chat_name(GHashTable *components)
{
    return g_strdup(g_hash_table_lookup(components, COMPONENT));
}

PurpleChat *tinode_find_blist_chat(PurpleAccount *account, const char *name)
{
    for (PurpleBlistNode *node = purple_blist_get_root(); node != NULL;
         node = purple_blist_node_next(node, TRUE)) {
        PurpleChat *chat = (PurpleChat *)node;

        if (!PURPLE_BLIST_NODE_IS_CHAT(node) || purple_chat_get_account(chat) != account)
            continue;
        if (g_strcmp0(g_hash_table_lookup(purple_chat_get_components(chat), COMPONENT), name) == 0)
            return chat;
    }
    return NULL;
}

static TinodeTopic *topic_by_id(PurpleConnection *gc, int id)
{
    TinodeAccount *ta = gc->proto_data;

    return ta != NULL ? g_hash_table_lookup(ta->chats, GINT_TO_POINTER(id)) : NULL;
}

static void forget_id(TinodeTopic *topic)
{
    g_hash_table_remove(topic->ta->chats, GINT_TO_POINTER(topic->chat_id));
    topic->chat_id = 0;
}

/* BitlBee puts the user into the channel itself, and takes our own id for somebody else's. */
static gboolean is_listed(const TinodeTopic *topic, const char *user)
{
    return g_strcmp0(purple_core_get_ui(), "BitlBee") != 0 ||
           g_strcmp0(user, tinode_account_self(topic->ta)) != 0;
}

/* All in one call: Finch writes a line for each. */
static void add_users(PurpleConvChat *chat, GList *users, GList *flags, gboolean are_new)
{
    if (users != NULL)
        purple_conv_chat_add_users(chat, users, NULL, flags, are_new);
}

/* The list of a chat that was just opened: who is known already. */
static void show_known_members(TinodeTopic *topic, PurpleConversation *conv)
{
    PurpleConvChat *chat = PURPLE_CONV_CHAT(conv);
    g_autoptr(GList) users = NULL;
    g_autoptr(GList) flags = NULL;
    GHashTableIter iter;
    char *user;

    g_hash_table_iter_init(&iter, topic->members);
    while (g_hash_table_iter_next(&iter, (gpointer *)&user, NULL))
        if (is_listed(topic, user) && !purple_conv_chat_find_user(chat, user)) {
            users = g_list_prepend(users, user);
            flags = g_list_prepend(flags, GINT_TO_POINTER(PURPLE_CBFLAGS_NONE));
        }
    add_users(chat, users, flags, FALSE);
}

PurpleConversation *tinode_chat_ensure_joined(TinodeTopic *topic)
{
    TinodeAccount *ta = topic->ta;
    PurpleConversation *conv = tinode_topic_conversation(topic);

    if (topic->chat_id != 0 && conv != NULL && !purple_conv_chat_has_left(PURPLE_CONV_CHAT(conv)))
        return conv;
    if (topic->chat_id == 0) {
        topic->chat_id = ++ta->last_chat_id;
        g_hash_table_insert(ta->chats, GINT_TO_POINTER(topic->chat_id), topic);
    }
    conv = serv_got_joined_chat(ta->gc, topic->chat_id, topic->name);
    if (conv == NULL)
        return NULL;
    purple_conv_chat_set_nick(PURPLE_CONV_CHAT(conv), tinode_account_self(ta));
    purple_conversation_set_title(conv, tinode_topic_title(topic));
    show_known_members(topic, conv);
    return conv;
}

/* The members come with the first attach; a tab in the background would wait for it until it is
 * looked at, so a join fetches them once. */
void tinode_join_chat(PurpleConnection *gc, GHashTable *components)
{
    TinodeAccount *ta = gc->proto_data;
    const char *name = g_hash_table_lookup(components, COMPONENT);
    TinodeTopic *topic = ta != NULL ? tinode_topic_ensure(ta, name) : NULL;

    if (topic == NULL || !tinode_topic_is_group(topic) || ta->engine == NULL) {
        purple_notify_error(gc, _("Tinode"), _("This group cannot be joined"),
                            _("A group's name begins with grp, a channel's with chn."));
        purple_serv_got_join_chat_failed(gc, components);
        return;
    }
    if (tinode_topic_is_blocked(topic)) {
        purple_notify_error(gc, _("Tinode"), _("This group cannot be joined"),
                            _("You have blocked it, or its owner does not let you in."));
        purple_serv_got_join_chat_failed(gc, components);
        return;
    }
    tinode_chat_ensure_joined(topic);
    tinode_history_visit(topic);
}

void tinode_chat_leave(PurpleConnection *gc, int id)
{
    TinodeTopic *topic = topic_by_id(gc, id);

    if (topic != NULL)
        forget_id(topic); /* sync stops by the conversation's end; the group stays ours */
}

int tinode_chat_send(PurpleConnection *gc, int id, const char *html, PurpleMessageFlags flags)
{
    TinodeTopic *topic = topic_by_id(gc, id);
    PurpleConversation *conv = topic != NULL ? tinode_topic_conversation(topic) : NULL;
    g_autofree char *message_id = NULL;
    int error = 0;

    if (conv == NULL)
        return -ENOTCONN;
    message_id = tinode_send(topic, html, &error);
    if (message_id == NULL)
        return error;
    tinode_message_set_id(conv, message_id);
    purple_conv_chat_write(PURPLE_CONV_CHAT(conv), tinode_account_self(topic->ta), html,
                           flags | PURPLE_MESSAGE_SEND, time(NULL));
    conv = tinode_topic_conversation(topic);
    if (conv != NULL)
        tinode_message_set_id(conv, NULL);
    return 1;
}

char *tinode_get_cb_alias(PurpleConnection *gc, int id, const char *who)
{
    TinodeTopic *topic = topic_by_id(gc, id);

    return topic != NULL ? g_strdup(tinode_topic_member_title(topic, who)) : NULL;
}

char *tinode_get_cb_real_name(PurpleConnection *gc, int id, const char *who)
{
    (void)gc;
    (void)id;
    return g_strdup(who);
}

static PurpleConvChatBuddyFlags flags_of(const TnRow *row)
{
    if (!row->acs.has_mode)
        return PURPLE_CBFLAGS_NONE;
    if ((row->acs.mode & TN_ACCESS_OWNER) != 0)
        return PURPLE_CBFLAGS_FOUNDER;
    if ((row->acs.mode & TN_ACCESS_APPROVE) != 0)
        return PURPLE_CBFLAGS_OP;
    return PURPLE_CBFLAGS_NONE;
}

static void drop_missing(TinodeTopic *topic, PurpleConvChat *chat, GHashTable *told)
{
    g_autoptr(GList) users = g_list_copy(purple_conv_chat_get_users(chat));

    for (GList *link = users; link != NULL; link = link->next) {
        g_autofree char *name = g_strdup(purple_conv_chat_cb_get_name(link->data));

        if (g_hash_table_contains(told, name))
            continue;
        purple_conv_chat_remove_user(chat, name, NULL);
        g_hash_table_remove(topic->members, name);
    }
}

void tinode_chat_members_changed(TinodeTopic *topic, const TnMeta *meta)
{
    PurpleConversation *conv = tinode_topic_conversation(topic);
    g_autoptr(GHashTable) told = NULL;
    g_autoptr(GList) users = NULL;
    g_autoptr(GList) flags = NULL;
    gboolean is_first;
    PurpleConvChat *chat;

    if (topic->members == NULL || conv == NULL || topic->chat_id == 0)
        return;
    chat = PURPLE_CONV_CHAT(conv);
    told = g_hash_table_new(g_str_hash, g_str_equal);
    /* A list that is filled for the first time is no news of anybody coming in. */
    is_first = purple_conv_chat_get_users(chat) == NULL;
    for (gsize i = 0; i < meta->n_subs; i++) {
        const TnRow *row = &meta->subs[i];

        if (row->user == NULL || row->is_deleted)
            continue;
        if (!g_hash_table_add(told, (gpointer)row->user) || !is_listed(topic, row->user))
            continue;
        if (purple_conv_chat_find_user(chat, row->user)) {
            purple_conv_chat_user_set_flags(chat, row->user, flags_of(row));
            continue;
        }
        users = g_list_prepend(users, (gpointer)row->user);
        flags = g_list_prepend(flags, GINT_TO_POINTER(flags_of(row)));
    }
    users = g_list_reverse(users);
    flags = g_list_reverse(flags);
    add_users(chat, users, flags, !is_first);
    drop_missing(topic, chat, told);
}

void tinode_chat_member_presence(TinodeTopic *topic, const char *user, gboolean is_online)
{
    TinodeMember *member;

    if (topic->members == NULL || user == NULL)
        return;
    member = g_hash_table_lookup(topic->members, user);
    if (member != NULL)
        member->is_online = is_online;
}

void tinode_chat_join_failed(TinodeTopic *topic)
{
    PurpleConversation *conv = tinode_topic_conversation(topic);

    if (conv == NULL || topic->chat_id == 0)
        return;
    tinode_topic_write_line(topic, _("The server does not let you into this group."));
    tinode_chat_gone(topic);
}

void tinode_chat_redirected(TinodeTopic *topic, const char *name)
{
    TinodeAccount *ta = topic->ta;
    g_autoptr(GHashTable) components = NULL;

    if (topic->chat_id == 0)
        return;
    if (name == NULL || strcmp(name, topic->name) == 0 || tn_topic_kind(name) != TN_TOPIC_GROUP) {
        tinode_chat_join_failed(topic);
        return;
    }
    components = tinode_chat_components(name);
    tinode_topic_write_line(topic,
                            _("You are a member of this group, not only a reader: it goes on "
                              "in the group's own conversation."));
    tinode_chat_gone(topic);
    if (!ta->is_closing)
        tinode_join_chat(ta->gc, components);
}

void tinode_chat_gone(TinodeTopic *topic)
{
    if (topic->chat_id == 0)
        return;
    serv_got_chat_left(topic->ta->gc, topic->chat_id);
    forget_id(topic);
}
