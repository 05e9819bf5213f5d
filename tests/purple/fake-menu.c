/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-menu.c: the menus of the buddy list and of a conversation. */
#include "fake.h"

#include <blist.h>
#include <core.h>
#include <signals.h>
#include <string.h>
#include <util.h>

PurpleMenuAction *purple_menu_action_new(const char *label, PurpleCallback callback, gpointer data,
                                         GList *children)
{
    PurpleMenuAction *action = g_new0(PurpleMenuAction, 1);

    assert_null(children);
    action->label = g_strdup(label);
    action->callback = callback;
    action->data = data;
    return action;
}

/* Runs the item of that label; takes the menu. */
static char *choose(GList *menu, gpointer target, const char *label)
{
    GString *labels = g_string_new(NULL);
    PurpleMenuAction *chosen = NULL;

    for (GList *link = menu; link != NULL; link = link->next) {
        PurpleMenuAction *action = link->data;

        g_string_append_printf(labels, "%s%s", labels->len > 0 ? "|" : "", action->label);
        if (g_strcmp0(action->label, label) == 0)
            chosen = action;
    }
    if (label != NULL && chosen == NULL)
        fake_fail("no item %s in %s", label, labels->str);
    if (chosen != NULL)
        ((void (*)(gpointer, gpointer))chosen->callback)(target, chosen->data);
    for (GList *link = menu; link != NULL; link = link->next) {
        g_free(((PurpleMenuAction *)link->data)->label);
        g_free(link->data);
    }
    g_list_free(menu);
    return g_string_free(labels, FALSE);
}

char *fake_node_menu(PurpleAccount *account, const char *name, const char *label)
{
    PurpleBuddy *buddy = purple_find_buddy(account, name);
    PurpleBlistNode *node =
        buddy != NULL ? &buddy->node : (PurpleBlistNode *)purple_blist_find_chat(account, name);
    GList *menu = NULL;

    /* Finch does not ask the protocol about chats; every client asks by the signal. */
    if (buddy != NULL || g_strcmp0(purple_core_get_ui(), "gnt-purple") != 0)
        menu = fake_prpl()->blist_node_menu(node);
    purple_signal_emit(purple_blist_get_handle(), "blist-node-extended-menu", node, &menu);
    return choose(menu, node, label);
}

char *fake_conversation_menu(PurpleConversation *conv, const char *label)
{
    GList *menu = NULL;

    purple_signal_emit(purple_conversations_get_handle(), "conversation-extended-menu", conv,
                       &menu);
    return choose(menu, conv, label);
}
