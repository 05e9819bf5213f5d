/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-chat.c: groups as chats. */
#include "tinode-chat.h"

#include <errno.h>
#include <notify.h>
#include <prpl.h>
#include <server.h>
#include <string.h>

#include "tinode-buddy.h"
#include "tinode-group-new.h"
#include "tinode-group.h"
#include "tinode-hidden.h"
#include "tinode-history.h"
#include "tinode-im.h"
#include "tinode-members.h"
#include "tinode-message.h"
#include "tinode-text.h"

#define COMPONENT TINODE_CHAT_COMPONENT

GList *tinode_chat_info(PurpleConnection *gc)
{
    struct proto_chat_entry *entry = g_new0(struct proto_chat_entry, 1);

    (void)gc;
    entry->label = _("_Group (name or id):");
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
    tinode_group_show_card(topic, conv);
    tinode_members_show(topic, conv);
    return conv;
}

/* The members come with the first attach; a tab in the background would wait for it until it is
 * looked at, so a join fetches them once. */
void tinode_chat_open(TinodeTopic *topic)
{
    PurpleConversation *conv = tinode_topic_conversation(topic);
    const gboolean was_open = conv != NULL && topic->chat_id != 0;

    topic->group->loss = TINODE_LOSS_NONE; /* the server knows better, and says so */
    if (tinode_hidden_is(topic)) {
        tinode_hidden_forget(topic);
        tinode_buddy_update(topic);
    }
    conv = tinode_chat_ensure_joined(topic);
    if (conv != NULL && was_open)
        purple_conversation_present(conv);
    tinode_history_visit(topic);
}

/* The one of our groups that is called so; NULL if none is, or several are. */
static TinodeTopic *topic_by_title(TinodeAccount *ta, const char *title, gboolean *is_ambiguous)
{
    g_autofree char *folded = g_utf8_casefold(title, -1);
    TinodeTopic *topic, *found = NULL;
    GHashTableIter iter;

    *is_ambiguous = FALSE;
    g_hash_table_iter_init(&iter, ta->topics);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&topic)) {
        g_autofree char *other = g_utf8_casefold(tinode_topic_title(topic), -1);

        if (!tinode_topic_is_group(topic) || !topic->is_subscribed || strcmp(folded, other) != 0)
            continue;
        *is_ambiguous = found != NULL;
        found = topic;
    }
    return *is_ambiguous ? NULL : found;
}

static void refuse_join(TinodeAccount *ta, GHashTable *components, const char *why)
{
    if (why != NULL)
        purple_notify_error(ta->gc, _("Tinode"), _("This group cannot be joined"), why);
    purple_serv_got_join_chat_failed(ta->gc, components);
}

/* What was typed is no id. */
/* Finch opens a window named as what was typed, which is never to be anything but left, before it
 * asks for the chat; a group's own window is named by its id. */
static void close_placeholder(TinodeAccount *ta, const char *typed)
{
    PurpleConversation *conv =
        purple_find_conversation_with_account(PURPLE_CONV_TYPE_CHAT, typed, ta->account);

    if (conv != NULL && purple_conv_chat_has_left(PURPLE_CONV_CHAT(conv)))
        purple_conversation_destroy(conv);
}

static void join_by_title(TinodeAccount *ta, GHashTable *components, const char *title)
{
    gboolean is_ambiguous;
    TinodeTopic *topic = topic_by_title(ta, title, &is_ambiguous);

    if (topic != NULL && !tinode_topic_is_blocked(topic)) {
        tinode_chat_open(topic);
    } else if (is_ambiguous) {
        refuse_join(ta, components,
                    _("Several of your groups have this name. Please choose one in the buddy list "
                      "or the room list."));
    } else if (topic != NULL) {
        refuse_join(ta, components, tinode_rights_blocked(topic));
    } else {
        refuse_join(ta, components, NULL);
        tinode_group_new_confirm(ta, title);
    }
}

void tinode_join_chat(PurpleConnection *gc, GHashTable *components)
{
    TinodeAccount *ta = gc->proto_data;
    const char *typed = g_hash_table_lookup(components, COMPONENT);
    g_autofree char *name = g_strstrip(g_strdup(typed != NULL ? typed : ""));
    const TnTopicKind kind = tn_topic_kind(name);
    const gboolean is_id =
        (kind == TN_TOPIC_GROUP || kind == TN_TOPIC_CHANNEL) && tn_topic_is_valid(name);
    TinodeTopic *topic;

    if (ta == NULL || ta->engine == NULL) {
        purple_serv_got_join_chat_failed(gc, components);
    } else if (name[0] == '\0' || kind == TN_TOPIC_P2P) {
        refuse_join(ta, components,
                    _("Please type the name of one of your groups, or a group's id, which begins "
                      "with grp or chn."));
    } else if (!is_id) {
        close_placeholder(ta, typed);
        join_by_title(ta, components, name);
    } else if ((topic = tinode_topic_ensure(ta, name)) == NULL) {
        refuse_join(ta, components, _("There are too many conversations."));
    } else if (tinode_topic_is_blocked(topic)) {
        refuse_join(ta, components, tinode_rights_blocked(topic));
    } else {
        tinode_chat_open(topic);
    }
}

void tinode_chat_leave(PurpleConnection *gc, int id)
{
    TinodeTopic *topic = topic_by_id(gc, id);

    if (topic != NULL)
        forget_id(topic); /* sync stops by the conversation's end; the group stays ours */
}

/* A chat that was left keeps its window, its number in it, and what is typed there. */
static TinodeTopic *topic_of_left(TinodeAccount *ta, int id)
{
    for (GList *link = purple_get_chats(); link != NULL; link = link->next) {
        PurpleConversation *conv = link->data;

        if (purple_conversation_get_account(conv) == ta->account &&
            purple_conv_chat_get_id(PURPLE_CONV_CHAT(conv)) == id)
            return tinode_topic_of_conversation(ta, conv);
    }
    return NULL;
}

static int refuse_left(TinodeAccount *ta, int id)
{
    TinodeTopic *topic = ta != NULL ? topic_of_left(ta, id) : NULL;
    g_autofree char *why = topic != NULL ? tinode_group_loss_text(topic) : NULL;

    if (why != NULL)
        purple_notify_error(ta->gc, _("Tinode"), _("The message was not sent"), why);
    return -ENOTCONN;
}

int tinode_chat_send(PurpleConnection *gc, int id, const char *html, PurpleMessageFlags flags)
{
    TinodeTopic *topic = topic_by_id(gc, id);
    PurpleConversation *conv = topic != NULL ? tinode_topic_conversation(topic) : NULL;
    g_autofree char *message_id = NULL;
    const char *lacking;
    int error = 0;

    if (conv == NULL)
        return refuse_left(gc->proto_data, id);
    lacking = tinode_rights_lacking(topic, TINODE_DEED_WRITE);
    if (lacking != NULL) {
        tinode_topic_write_line(topic, lacking);
        return 0; /* said: libpurple has nothing to add */
    }
    message_id = tinode_send(topic, html, &error);
    if (message_id == NULL)
        return error;
    tinode_message_write_own(topic, message_id, html, flags, time(NULL));
    return 1;
}

/* From the client's dialogs: a name, an id, a login, or a buddy that was dropped on the chat. */
void tinode_chat_invite(PurpleConnection *gc, int id, const char *message, const char *who)
{
    TinodeTopic *topic = topic_by_id(gc, id);
    g_autofree char *why = NULL;

    (void)message; /* the server carries none */
    if (topic == NULL)
        return;
    why = tinode_group_do_named(topic, TINODE_DEED_INVITE, who);
    if (why != NULL)
        tinode_group_say(topic, TRUE, why);
}

void tinode_set_chat_topic(PurpleConnection *gc, int id, const char *text)
{
    TinodeTopic *topic = topic_by_id(gc, id);
    PurpleConversation *conv = topic != NULL ? tinode_topic_conversation(topic) : NULL;
    g_autofree char *why = NULL;

    if (conv == NULL)
        return;
    why = tinode_group_do(topic, TINODE_DEED_TOPIC, NULL, text != NULL ? text : "");
    if (why == NULL)
        return;
    tinode_group_say(topic, TRUE, why);
    purple_conv_chat_set_topic(PURPLE_CONV_CHAT(conv), NULL, topic->note); /* undo the client's */
}

/* The server has made us a member already: joining is opening the chat, declining is leaving. */
static void ask_invited(TinodeTopic *topic, const char *actor)
{
    TinodeAccount *ta = topic->ta;
    const char *who = tinode_topic_member_title(topic, actor);

    if (!purple_privacy_check(ta->account, actor))
        return;
    /* libpurple shows and checks the same word. */
    if (!purple_privacy_check(ta->account, who))
        who = actor;
    serv_got_chat_invite(ta->gc, tinode_topic_title(topic), who, NULL,
                         tinode_chat_components(topic->name));
}

typedef struct {
    TinodeTopic *topic;
    char *actor;
} Invitation;

static void on_inviter(const TnReply *reply, gpointer data)
{
    Invitation *invitation = data;
    TinodeTopic *topic = invitation->topic;

    (void)reply; /* without an answer, by the id */
    if (!topic->ta->is_closing && topic->is_subscribed)
        ask_invited(topic, invitation->actor);
    g_free(invitation->actor);
    g_free(invitation);
}

void tinode_chat_invited(TinodeTopic *topic, const char *actor)
{
    const TnGet get = {.desc = TRUE};
    Invitation *invitation;

    if (tinode_topic_member_title(topic, actor) != actor) {
        ask_invited(topic, actor);
        return;
    }
    invitation = g_new0(Invitation, 1);
    invitation->topic = topic;
    invitation->actor = g_strdup(actor);
    tn_session_get(topic->ta->session, actor, &get, on_inviter, invitation);
}

void tinode_reject_chat(PurpleConnection *gc, GHashTable *components)
{
    TinodeAccount *ta = gc->proto_data;
    TinodeTopic *topic =
        ta != NULL ? tinode_topic_find(ta, g_hash_table_lookup(components, COMPONENT)) : NULL;
    g_autofree char *why = NULL;

    if (topic == NULL || topic->group == NULL)
        return;
    why = tinode_group_do(topic, TINODE_DEED_LEAVE, NULL, NULL);
    if (why != NULL)
        tinode_group_say(topic, TRUE, why);
}

char *tinode_get_cb_alias(PurpleConnection *gc, int id, const char *who)
{
    TinodeTopic *topic = topic_by_id(gc, id);

    return topic != NULL ? g_strdup(tinode_members_title(topic, who)) : NULL;
}

char *tinode_get_cb_real_name(PurpleConnection *gc, int id, const char *who)
{
    (void)gc;
    (void)id;
    return g_strdup(who);
}

void tinode_chat_join_failed(TinodeTopic *topic, gboolean is_gone)
{
    PurpleConversation *conv = tinode_topic_conversation(topic);

    if (conv == NULL || topic->chat_id == 0)
        return;
    tinode_topic_write_line(topic, is_gone ? _("There is no such group on the server.")
                                           : _("The server does not let you into this group."));
    topic->group->loss = is_gone ? TINODE_LOSS_GONE : TINODE_LOSS_BANNED;
    tinode_chat_gone(topic);
}

void tinode_chat_redirected(TinodeTopic *topic, const char *name)
{
    TinodeAccount *ta = topic->ta;
    g_autoptr(GHashTable) components = NULL;

    if (topic->chat_id == 0)
        return;
    if (name == NULL || strcmp(name, topic->name) == 0 || tn_topic_kind(name) != TN_TOPIC_GROUP) {
        tinode_chat_join_failed(topic, FALSE);
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
