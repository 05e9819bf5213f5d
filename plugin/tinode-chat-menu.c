/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-chat-menu.c: mute, archive, leave, delete. */
#include "tinode-chat-menu.h"

#include <core.h>
#include <request.h>
#include <signals.h>
#include <util.h>

#include "tinode-chat.h"
#include "tinode-group-ask.h"
#include "tinode-group.h"
#include "tinode-text.h"

static TinodeTopic *topic_of(PurpleBlistNode *node)
{
    PurpleChat *chat = (PurpleChat *)node;
    TinodeAccount *ta = tinode_account_find(purple_chat_get_account(chat));

    return ta != NULL ? tinode_topic_find(ta, g_hash_table_lookup(purple_chat_get_components(chat),
                                                                  TINODE_CHAT_COMPONENT))
                      : NULL;
}

static void tell(TinodeTopic *topic, char *why)
{
    if (why != NULL)
        tinode_group_say(topic, TRUE, why);
    g_free(why);
}

static void on_mute(PurpleBlistNode *node, gpointer data)
{
    TinodeTopic *topic = topic_of(node);

    if (topic != NULL)
        tell(topic, tinode_group_mute(topic, GPOINTER_TO_INT(data)));
}

static void on_archive(PurpleBlistNode *node, gpointer data)
{
    TinodeTopic *topic = topic_of(node);

    if (topic != NULL)
        tell(topic, tinode_group_archive(topic, GPOINTER_TO_INT(data)));
}

static void on_leave(PurpleBlistNode *node, gpointer data)
{
    TinodeTopic *topic = topic_of(node);

    if (topic != NULL)
        tinode_group_ask(topic, GPOINTER_TO_INT(data));
}

static GList *add(GList *menu, const char *label, void (*func)(PurpleBlistNode *, gpointer),
                  int data)
{
    return g_list_append(
        menu, purple_menu_action_new(label, PURPLE_CALLBACK(func), GINT_TO_POINTER(data), NULL));
}

GList *tinode_chat_menu(PurpleBlistNode *node)
{
    TinodeTopic *topic = PURPLE_BLIST_NODE_IS_CHAT(node) ? topic_of(node) : NULL;
    GList *menu = NULL;

    if (topic == NULL || topic->group == NULL || !topic->is_subscribed)
        return NULL;
    menu = tinode_group_is_muted(topic) ? add(menu, _("Unmute"), on_mute, FALSE)
                                        : add(menu, _("Mute"), on_mute, TRUE);
    menu = topic->is_archived ? add(menu, _("Take out of the archive"), on_archive, FALSE)
                              : add(menu, _("Put into the archive"), on_archive, TRUE);
    if (tinode_rights_lacking(topic, TINODE_DEED_LEAVE) == NULL)
        return add(menu, _("Leave group…"), on_leave, TINODE_DEED_LEAVE);
    return add(menu, _("Delete group…"), on_leave, TINODE_DEED_DELETE);
}

/* Finch asks the protocol for what a buddy's menu offers, not for a chat's. */
static void on_extended_menu(PurpleBlistNode *node, GList **menu, gpointer data)
{
    TinodeAccount *ta = data;

    if (g_strcmp0(purple_core_get_ui(), "gnt-purple") == 0 && PURPLE_BLIST_NODE_IS_CHAT(node) &&
        purple_chat_get_account((PurpleChat *)node) == ta->account)
        *menu = g_list_concat(*menu, tinode_chat_menu(node));
}

void tinode_chat_menu_connect(TinodeAccount *ta)
{
    purple_signal_connect(purple_blist_get_handle(), "blist-node-extended-menu", ta,
                          PURPLE_CALLBACK(on_extended_menu), ta);
}
