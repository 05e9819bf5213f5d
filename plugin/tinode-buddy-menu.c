/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-buddy-menu.c: muting and archiving. Blocking is in every client's own menu already. */
#include "tinode-buddy-menu.h"

#include "tinode-access.h"
#include "tinode-buddy.h"
#include "tinode-people.h"
#include "tinode-text.h"

/* NULL: the server has no conversation with this buddy. */
static TinodeTopic *topic_of(PurpleBlistNode *node)
{
    PurpleBuddy *buddy = (PurpleBuddy *)node;
    TinodeAccount *ta = tinode_account_find(purple_buddy_get_account(buddy));
    TinodeTopic *topic = ta != NULL ? tinode_topic_find(ta, purple_buddy_get_name(buddy)) : NULL;

    return topic != NULL && topic->is_subscribed ? topic : NULL;
}

static void on_mute(PurpleBlistNode *node, gpointer data)
{
    TinodeTopic *topic = topic_of(node);

    (void)data;
    if (topic != NULL)
        tinode_access_mute(topic, !tinode_access_is_muted(topic));
}

static void on_archive(PurpleBlistNode *node, gpointer data)
{
    TinodeTopic *topic = topic_of(node);

    (void)data;
    if (topic != NULL)
        tinode_people_archive(topic, !topic->is_archived);
}

static GList *add(GList *menu, const char *label, void (*func)(PurpleBlistNode *, gpointer))
{
    return g_list_append(menu, purple_menu_action_new(label, PURPLE_CALLBACK(func), NULL, NULL));
}

GList *tinode_buddy_menu(PurpleBlistNode *node)
{
    TinodeTopic *topic = PURPLE_BLIST_NODE_IS_BUDDY(node) ? topic_of(node) : NULL;
    GList *menu = NULL;

    if (topic == NULL)
        return NULL;
    if (topic->has_mode && !tinode_topic_is_blocked(topic))
        menu = add(menu, tinode_access_is_muted(topic) ? _("Unmute") : _("Mute"), on_mute);
    return add(menu, topic->is_archived ? _("Take out of the archive") : _("Put into the archive"),
               on_archive);
}
