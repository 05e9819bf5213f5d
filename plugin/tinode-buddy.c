/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-buddy.c: the buddy list. */
#include "tinode-buddy.h"

#include <prpl.h>
#include <server.h>
#include <string.h>
#include <util.h>

#include "tinode-avatar.h"
#include "tinode-chat.h"
#include "tinode-hidden.h"
#include "tinode-info.h"
#include "tinode-people.h"
#include "tinode-seen.h"
#include "tinode-text.h"

#define STATUS_ONLINE  "available"
#define STATUS_OFFLINE "offline"

/* The entry is in the archive's group because we put it there. */
#define NODE_ARCHIVED "tinode-archived"
/* The group that it was in before. */
#define NODE_HOME "tinode-home"

static const char *group_name(gboolean is_archive)
{
    return is_archive ? _("Tinode archive") : _("Tinode");
}

static PurpleGroup *ensure_named(const char *name)
{
    PurpleGroup *group = purple_find_group(name);

    if (group == NULL) {
        group = purple_group_new(name);
        purple_blist_add_group(group, NULL);
    }
    return group;
}

/* Where entries begin; the user moves them as he likes. */
static PurpleGroup *ensure_group(gboolean is_archive)
{
    return ensure_named(group_name(is_archive));
}

static void tell_presence(TinodeTopic *topic)
{
    PurpleAccount *account = topic->ta->account;

    if (purple_find_buddy(account, topic->name) == NULL)
        return;
    /* Notes to oneself are always there. */
    purple_prpl_got_user_status(
        account, topic->name,
        topic->is_online || topic->kind == TN_TOPIC_SELF ? STATUS_ONLINE : STATUS_OFFLINE, NULL);
}

static void remember_archive(PurpleBuddy *buddy, gboolean is_archived)
{
    purple_blist_node_set_bool((PurpleBlistNode *)buddy, NODE_ARCHIVED, is_archived);
}

/* Into the archive, and out of it to where it was. Only when it changes: where the user has put it
 * otherwise, it stays. */
static void follow_archive(TinodeTopic *topic, PurpleBuddy *buddy)
{
    PurpleBlistNode *node = (PurpleBlistNode *)buddy;
    PurpleGroup *group = purple_buddy_get_group(buddy);
    const char *name = group != NULL ? purple_group_get_name(group) : group_name(FALSE);
    const gboolean is_there = strcmp(name, group_name(TRUE)) == 0;
    const char *home = purple_blist_node_get_string(node, NODE_HOME);

    if (purple_blist_node_get_bool(node, NODE_ARCHIVED) == topic->is_archived)
        return;
    remember_archive(buddy, topic->is_archived);
    if (is_there == topic->is_archived)
        return;
    if (topic->is_archived)
        purple_blist_node_set_string(node, NODE_HOME, name);
    else
        name = home != NULL ? home : group_name(FALSE);
    purple_blist_add_buddy(buddy, NULL,
                           topic->is_archived ? ensure_group(TRUE) : ensure_named(name), NULL);
}

/* What we call somebody ourselves is no news to us, and a name in the place of an id to nobody. */
static void tell_title(TinodeTopic *topic, const char *old)
{
    g_autofree char *before = NULL, *now = NULL, *line = NULL;

    if (old == NULL || strcmp(old, topic->name) == 0 ||
        strcmp(tinode_topic_title(topic), topic->name) == 0 || topic->comment != NULL)
        return;
    before = g_markup_escape_text(old, -1);
    now = g_markup_escape_text(tinode_topic_title(topic), -1);
    /* Translators: a person, by the old name and by the new one. */
    line = g_strdup_printf(_("%s is called %s now."), before, now);
    tinode_topic_write_line(topic, line);
}

/* libpurple's own serv_got_alias() would write a line with the id into the conversation. */
static void show_title(TinodeTopic *topic, PurpleBuddy *buddy)
{
    const char *title = tinode_topic_title(topic);
    g_autofree char *old = g_strdup(purple_buddy_get_server_alias(buddy));
    GSList *buddies;

    if (g_strcmp0(old, title) == 0)
        return;
    buddies = purple_find_buddies(topic->ta->account, topic->name); /* one in each group */
    for (GSList *link = buddies; link != NULL; link = link->next)
        purple_blist_server_alias_buddy(link->data, title);
    g_slist_free(buddies);
    if (tinode_topic_conversation(topic) != NULL)
        tell_title(topic, old);
}

static void update_buddy(TinodeTopic *topic)
{
    TinodeAccount *ta = topic->ta;
    PurpleBuddy *buddy = purple_find_buddy(ta->account, topic->name);

    if (buddy == NULL) {
        buddy = purple_buddy_new(ta->account, topic->name, NULL);
        purple_blist_add_buddy(buddy, NULL, ensure_group(topic->is_archived), NULL);
        if (topic->is_archived)
            remember_archive(buddy, TRUE);
    } else {
        follow_archive(topic, buddy);
    }
    tinode_people_follow_comment(topic, buddy);
    show_title(topic, buddy);
    tell_presence(topic);
}

/* The name that the list got from us. As long as it stands there, it follows the group's. */
#define NODE_TITLE "tinode-title"

static void follow_title(PurpleChat *chat, TinodeTopic *topic)
{
    PurpleBlistNode *node = (PurpleBlistNode *)chat;
    const char *title = tinode_topic_title(topic), *shown = purple_chat_get_name(chat);

    if (!purple_strequal(shown, title) &&
        (purple_strequal(shown, topic->name) ||
         purple_strequal(shown, purple_blist_node_get_string(node, NODE_TITLE))))
        purple_blist_alias_chat(chat, title);
    if (!purple_strequal(title, purple_blist_node_get_string(node, NODE_TITLE)))
        purple_blist_node_set_string(node, NODE_TITLE, title);
}

/* Only when it changes: where the user has put the entry otherwise, it stays. */
static void follow_chat_archive(PurpleChat *chat, TinodeTopic *topic)
{
    PurpleBlistNode *node = (PurpleBlistNode *)chat;

    if (purple_blist_node_get_bool(node, NODE_ARCHIVED) == topic->is_archived)
        return;
    purple_blist_node_set_bool(node, NODE_ARCHIVED, topic->is_archived);
    purple_blist_add_chat(chat, ensure_group(topic->is_archived), NULL);
}

static void update_chat(TinodeTopic *topic)
{
    PurpleChat *chat = purple_blist_find_chat(topic->ta->account, topic->name);

    if (chat == NULL && tinode_hidden_is(topic))
        return;
    if (chat == NULL) {
        chat = purple_chat_new(topic->ta->account, tinode_topic_title(topic),
                               tinode_chat_components(topic->name));
        purple_blist_add_chat(chat, ensure_group(FALSE), NULL);
    }
    follow_title(chat, topic);
    follow_chat_archive(chat, topic);
}

void tinode_buddy_update(TinodeTopic *topic)
{
    if (!topic->ta->is_online)
        return;
    if (tinode_topic_is_group(topic))
        update_chat(topic);
    else
        update_buddy(topic);
    tinode_avatar_update(topic);
}

void tinode_buddy_remove(TinodeTopic *topic)
{
    PurpleAccount *account = topic->ta->account;
    PurpleBuddy *buddy;
    PurpleChat *chat;

    topic->is_subscribed = FALSE;
    if (tinode_topic_is_group(topic)) {
        chat = purple_blist_find_chat(account, topic->name);
        if (chat != NULL)
            purple_blist_remove_chat(chat);
        return;
    }
    buddy = purple_find_buddy(account, topic->name);
    if (buddy != NULL)
        purple_blist_remove_buddy(buddy);
}

void tinode_buddy_redraw(TinodeTopic *topic)
{
    PurpleBlistUiOps *ops = purple_blist_get_ui_ops();
    PurpleBuddy *buddy = purple_find_buddy(topic->ta->account, topic->name);

    if (buddy != NULL && ops != NULL && ops->update != NULL)
        ops->update(purple_get_blist(), (PurpleBlistNode *)buddy);
}

void tinode_buddy_presence(TinodeTopic *topic, gboolean is_online)
{
    topic->is_online = is_online;
    topic->is_presence_told = TRUE;
    if (!is_online)
        topic->seen_ms = g_get_real_time() / 1000;
    if (tinode_topic_is_group(topic))
        return;
    if (!is_online)
        serv_got_typing_stopped(topic->ta->gc, topic->name);
    tell_presence(topic);
}

void tinode_buddy_doubt_presence(TinodeAccount *ta)
{
    GHashTableIter iter;
    TinodeTopic *topic;

    g_hash_table_iter_init(&iter, ta->topics);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&topic))
        topic->is_presence_told = FALSE;
}

void tinode_buddy_settle_presence(gpointer data)
{
    TinodeAccount *ta = data;
    g_autoptr(GList) topics = g_hash_table_get_values(ta->topics);

    for (GList *link = topics; link != NULL && !ta->is_closing; link = link->next) {
        TinodeTopic *topic = link->data;

        if (topic->is_online && !topic->is_presence_told)
            tinode_buddy_presence(topic, FALSE);
    }
}

const char *tinode_list_icon(PurpleAccount *account, PurpleBuddy *buddy)
{
    (void)account;
    (void)buddy;
    return "tinode";
}

static TinodeTopic *topic_of_buddy(PurpleBuddy *buddy)
{
    TinodeAccount *ta = tinode_account_find(purple_buddy_get_account(buddy));

    return ta != NULL ? tinode_topic_find(ta, purple_buddy_get_name(buddy)) : NULL;
}

char *tinode_status_text(PurpleBuddy *buddy)
{
    TinodeTopic *topic = topic_of_buddy(buddy);
    guint unread;

    /* An open conversation shows this text, too, and Pidgin does not draw it anew there. */
    if (topic == NULL || topic->ta->engine == NULL || tinode_topic_conversation(topic) != NULL)
        return NULL;
    unread = receipt_engine_unread(topic->ta->engine, topic->name);
    if (unread == 0)
        return tinode_info_receipt(topic);
    return g_strdup_printf(ngettext("%u unread", "%u unread", unread), unread);
}

void tinode_tooltip_text(PurpleBuddy *buddy, PurpleNotifyUserInfo *info, gboolean is_full)
{
    TinodeTopic *topic = topic_of_buddy(buddy);

    (void)is_full;
    if (topic != NULL && topic->ta->engine != NULL)
        tinode_info_add_state(topic, info);
}

const char *tinode_normalize(const PurpleAccount *account, const char *who)
{
    static char buffer[256];

    (void)account;
    if (who == NULL || strlen(who) >= sizeof buffer)
        return NULL;
    g_strlcpy(buffer, who, sizeof buffer);
    return buffer;
}

gboolean tinode_offline_message(const PurpleBuddy *buddy)
{
    (void)buddy;
    return TRUE; /* the server keeps messages */
}
