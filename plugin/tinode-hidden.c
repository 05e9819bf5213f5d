/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-hidden.c: taken off the buddy list, but not left. */
#include "tinode-hidden.h"

#include <blist.h>
#include <signals.h>
#include <string.h>

#include "tinode-chat.h"

#define SETTING "tinode-hidden-chats"
/* Names with spaces between; more than these are not remembered. */
#define MAX_HIDDEN 256

static char **hidden(PurpleAccount *account)
{
    return g_strsplit(purple_account_get_string(account, SETTING, ""), " ", -1);
}

gboolean tinode_hidden_is(const TinodeTopic *topic)
{
    g_auto(GStrv) names = hidden(topic->ta->account);

    return g_strv_contains((const char *const *)names, topic->name);
}

static void set(TinodeTopic *topic, gboolean is_hidden)
{
    PurpleAccount *account = topic->ta->account;
    g_auto(GStrv) names = hidden(account);
    g_autoptr(GString) text = g_string_new(is_hidden ? topic->name : "");

    if (g_strv_contains((const char *const *)names, topic->name) == is_hidden)
        return;
    for (guint i = 0; i < MAX_HIDDEN && names[i] != NULL; i++)
        if (names[i][0] != '\0' && strcmp(names[i], topic->name) != 0)
            g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", names[i]);
    purple_account_set_string(account, SETTING, text->str);
}

void tinode_hidden_forget(TinodeTopic *topic)
{
    set(topic, FALSE);
}

/* What we remove ourselves is not subscribed any more by then. */
static void on_removed(PurpleBlistNode *node, gpointer data)
{
    TinodeAccount *ta = data;
    PurpleChat *chat = (PurpleChat *)node;
    TinodeTopic *topic;

    if (ta->is_closing || !PURPLE_BLIST_NODE_IS_CHAT(node) ||
        purple_chat_get_account(chat) != ta->account)
        return;
    topic = tinode_topic_find(
        ta, g_hash_table_lookup(purple_chat_get_components(chat), TINODE_CHAT_COMPONENT));
    if (topic != NULL && topic->group != NULL && topic->is_subscribed)
        set(topic, TRUE);
}

void tinode_hidden_connect(TinodeAccount *ta)
{
    purple_signal_connect(purple_blist_get_handle(), "blist-node-removed", ta,
                          PURPLE_CALLBACK(on_removed), ta);
}
