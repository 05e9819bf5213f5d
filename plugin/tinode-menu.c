/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-menu.c: receipts, muting, archiving, leaving. Blocking is in every client's own menu. */
#include "tinode-menu.h"

#include <conversation.h>
#include <core.h>
#include <signals.h>

#include "tinode-access.h"
#include "tinode-chat.h"
#include "tinode-details.h"
#include "tinode-group-ask.h"
#include "tinode-group.h"
#include "tinode-text.h"

/* NULL: the server has no conversation with it, or we are not online. */
static TinodeTopic *topic_of(PurpleBlistNode *node)
{
    PurpleAccount *account;
    const char *name;
    TinodeAccount *ta;
    TinodeTopic *topic;

    if (PURPLE_BLIST_NODE_IS_BUDDY(node)) {
        account = purple_buddy_get_account((PurpleBuddy *)node);
        name = purple_buddy_get_name((PurpleBuddy *)node);
    } else if (PURPLE_BLIST_NODE_IS_CHAT(node)) {
        account = purple_chat_get_account((PurpleChat *)node);
        name = g_hash_table_lookup(purple_chat_get_components((PurpleChat *)node),
                                   TINODE_CHAT_COMPONENT);
    } else {
        return NULL;
    }
    ta = tinode_account_find(account);
    topic = ta != NULL && ta->engine != NULL ? tinode_topic_find(ta, name) : NULL;
    return topic != NULL && topic->is_subscribed ? topic : NULL;
}

/* The buddy list ------------------------------------------------------------------------------- */

/* Items do what their labels said when the menu was made. */
static void on_receipts(PurpleBlistNode *node, gpointer data)
{
    TinodeTopic *topic = topic_of(node);

    (void)data;
    if (topic != NULL)
        tinode_details_show(topic);
}

static void tell(TinodeTopic *topic, char *why)
{
    if (why != NULL)
        tinode_group_say(topic, TRUE, why);
    g_free(why);
}

static void on_mute(PurpleBlistNode *node, gpointer is_on)
{
    TinodeTopic *topic = topic_of(node);

    if (topic != NULL)
        tell(topic, tinode_access_mute(topic, GPOINTER_TO_INT(is_on)));
}

static void on_archive(PurpleBlistNode *node, gpointer is_on)
{
    TinodeTopic *topic = topic_of(node);

    if (topic != NULL)
        tell(topic, tinode_access_archive(topic, GPOINTER_TO_INT(is_on)));
}

static void on_leave(PurpleBlistNode *node, gpointer deed)
{
    TinodeTopic *topic = topic_of(node);

    if (topic != NULL && topic->group != NULL)
        tinode_group_ask(topic, GPOINTER_TO_INT(deed));
}

static GList *add(GList *menu, const char *label, void (*func)(PurpleBlistNode *, gpointer),
                  int data)
{
    return g_list_append(
        menu, purple_menu_action_new(label, PURPLE_CALLBACK(func), GINT_TO_POINTER(data), NULL));
}

GList *tinode_list_menu(PurpleBlistNode *node)
{
    TinodeTopic *topic = topic_of(node);
    GList *menu = NULL;

    if (topic == NULL)
        return NULL;
    if (topic->kind != TN_TOPIC_CHANNEL) /* whose readers write nothing */
        menu = add(menu, _("Message Receipts…"), on_receipts, 0);
    if (topic->has_mode && !tinode_topic_is_blocked(topic))
        menu = tinode_access_is_muted(topic) ? add(menu, _("Unmute"), on_mute, FALSE)
                                             : add(menu, _("Mute"), on_mute, TRUE);
    menu = topic->is_archived ? add(menu, _("Unarchive"), on_archive, FALSE)
                              : add(menu, _("Archive"), on_archive, TRUE);
    if (topic->group == NULL)
        return menu;
    if (tinode_rights_lacking(topic, TINODE_DEED_LEAVE) == NULL)
        return add(menu, _("Leave Group…"), on_leave, TINODE_DEED_LEAVE);
    return add(menu, _("Delete Group…"), on_leave, TINODE_DEED_DELETE);
}

/* A conversation -------------------------------------------------------------------------------
 * Its menu is made when it comes to the front and may be used much later: whether the account is
 * online is asked by the item, not before. */

static gboolean is_started;

static void on_conversation_receipts(PurpleConversation *conv, gpointer data)
{
    TinodeAccount *ta = tinode_account_find(purple_conversation_get_account(conv));
    TinodeTopic *topic =
        ta != NULL && ta->engine != NULL ? tinode_topic_of_conversation(ta, conv) : NULL;

    (void)data;
    if (topic != NULL)
        tinode_details_show(topic);
}

static void on_menu(PurpleConversation *conv, GList **menu, gpointer data)
{
    PurpleAccount *account = purple_conversation_get_account(conv);

    (void)data;
    if (g_strcmp0(purple_account_get_protocol_id(account), TINODE_PRPL_ID) != 0 ||
        tn_topic_kind(purple_conversation_get_name(conv)) == TN_TOPIC_CHANNEL)
        return;
    *menu = g_list_append(*menu, purple_menu_action_new(_("Message Receipts…"),
                                                        PURPLE_CALLBACK(on_conversation_receipts),
                                                        NULL, NULL));
}

/* Finch asks the protocol for what a buddy's menu offers, not for a chat's. */
static void on_list_menu(PurpleBlistNode *node, GList **menu, gpointer data)
{
    (void)data;
    if (g_strcmp0(purple_core_get_ui(), "gnt-purple") == 0 && PURPLE_BLIST_NODE_IS_CHAT(node))
        *menu = g_list_concat(*menu, tinode_list_menu(node));
}

void tinode_menu_start(void)
{
    if (is_started)
        return;
    is_started = TRUE;
    purple_signal_connect(purple_conversations_get_handle(), "conversation-extended-menu",
                          &is_started, PURPLE_CALLBACK(on_menu), NULL);
    purple_signal_connect(purple_blist_get_handle(), "blist-node-extended-menu", &is_started,
                          PURPLE_CALLBACK(on_list_menu), NULL);
}

void tinode_menu_uninit(void)
{
    purple_signals_disconnect_by_handle(&is_started);
    is_started = FALSE;
}
