/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands about the buddy list: buddies, add, remove, alias, info, block, menu, rooms.
 * Layer: tests (purple-host).
 */
#include "host-blist.h"
#include "host-do.h"
#include "host-json.h"
#include "host-lists.h"
#include "host-notify.h"

static char *do_buddies(json_t *in)
{
    char *error = NULL;
    PurpleAccount *account = host_do_account(in, &error);
    json_t *event;

    if (account == NULL)
        return error;
    event = host_result(in);
    host_set(event, "value", host_blist_buddies(account));
    host_set(event, "chats", host_blist_chats(account));
    host_emit(event);
    return NULL;
}

/* As the "add buddy" dialog does it: into the list first, then to the server. */
static char *do_add(json_t *in)
{
    const char *group_name = host_in_str(in, "group");
    char *error = NULL;
    PurpleAccount *account = host_do_online_account(in, &error);
    PurpleGroup *group = NULL;
    PurpleBuddy *buddy;

    if (account == NULL)
        return error;
    if (purple_find_buddy(account, host_in_str(in, "name")) != NULL)
        return g_strdup("add: that buddy is in the list already");
    if (group_name != NULL) {
        group = purple_find_group(group_name);
        if (group == NULL) {
            group = purple_group_new(group_name);
            purple_blist_add_group(group, NULL);
        }
    }
    buddy = purple_buddy_new(account, host_in_str(in, "name"), host_in_str(in, "alias"));
    purple_blist_add_buddy(buddy, NULL, group, NULL);
    purple_account_add_buddy_with_invite(account, buddy, host_in_str(in, "message"));
    return NULL;
}

static char *do_remove(json_t *in)
{
    const char *name = host_in_str(in, "name");
    char *error = NULL;
    PurpleAccount *account = host_do_account(in, &error);
    PurpleBuddy *buddy;
    PurpleChat *chat;

    if (account == NULL)
        return error;
    buddy = purple_find_buddy(account, name);
    chat = buddy == NULL ? purple_blist_find_chat(account, name) : NULL;
    if (chat != NULL) {
        purple_blist_remove_chat(chat);
        return NULL;
    }
    if (buddy == NULL)
        return g_strdup("remove: it is not in the list");
    purple_account_remove_buddy(account, buddy, purple_buddy_get_group(buddy));
    purple_blist_remove_buddy(buddy);
    return NULL;
}

static char *do_alias(json_t *in)
{
    const char *name = host_in_str(in, "name"), *alias = host_in_str(in, "alias");
    char *error = NULL;
    PurpleAccount *account = host_do_account(in, &error);
    PurpleBuddy *buddy;
    PurpleChat *chat;

    if (account == NULL)
        return error;
    buddy = purple_find_buddy(account, name);
    chat = buddy == NULL ? purple_blist_find_chat(account, name) : NULL;
    if (buddy != NULL) {
        purple_blist_alias_buddy(buddy, alias);
        serv_alias_buddy(buddy);
    } else if (chat != NULL) {
        purple_blist_alias_chat(chat, alias);
    } else {
        return g_strdup("alias: it is not in the list");
    }
    return NULL;
}

static char *do_info(json_t *in)
{
    char *error = NULL;
    PurpleAccount *account = host_do_online_account(in, &error);

    if (account == NULL)
        return error;
    serv_get_info(purple_account_get_connection(account), host_in_str(in, "name"));
    return NULL;
}

static char *do_block(json_t *in)
{
    char *error = NULL;
    PurpleAccount *account = host_do_account(in, &error);

    if (account == NULL)
        return error;
    if (host_in_bool(in, "on"))
        purple_privacy_deny(account, host_in_str(in, "name"), FALSE, FALSE);
    else
        purple_privacy_allow(account, host_in_str(in, "name"), FALSE, FALSE);
    return NULL;
}

static PurpleBlistNode *find_node(PurpleAccount *account, const char *name)
{
    PurpleBuddy *buddy = purple_find_buddy(account, name);

    return buddy != NULL ? (PurpleBlistNode *)buddy
                         : (PurpleBlistNode *)purple_blist_find_chat(account, name);
}

static gboolean run_item(PurpleMenuAction *item, const char *label, gpointer node)
{
    if (item == NULL || g_strcmp0(item->label, label) != 0 || item->callback == NULL)
        return FALSE;
    ((void (*)(gpointer, gpointer))item->callback)(node, item->data);
    return TRUE;
}

/* Without "label": a `result` with the labels. With it: runs that item. */
static char *do_menu(json_t *in)
{
    const char *label = host_in_str(in, "label");
    char *error = NULL;
    PurpleAccount *account = host_do_online_account(in, &error);
    PurplePluginProtocolInfo *info;
    PurpleBlistNode *node;
    json_t *labels;
    gboolean done = FALSE;
    GList *menu;

    if (account == NULL)
        return error;
    info = PURPLE_PLUGIN_PROTOCOL_INFO(
        purple_connection_get_prpl(purple_account_get_connection(account)));
    node = find_node(account, host_in_str(in, "name"));
    if (node == NULL)
        return g_strdup("menu: it is not in the list");
    menu = info->blist_node_menu != NULL ? info->blist_node_menu(node) : NULL;
    labels = json_array();
    for (GList *l = menu; l != NULL; l = l->next) {
        PurpleMenuAction *item = l->data;

        if (item != NULL)
            json_array_append_new(labels, host_string(item->label));
        if (label != NULL && !done)
            done = run_item(item, label, node);
        if (item != NULL)
            purple_menu_action_free(item);
    }
    g_list_free(menu);
    if (label == NULL) {
        json_t *event = host_result(in);

        host_set(event, "value", labels);
        host_emit(event);
        return NULL;
    }
    json_decref(labels);
    return done ? NULL : g_strdup("menu: there is no such item");
}

static char *do_rooms(json_t *in)
{
    char *error = NULL;
    PurpleAccount *account = host_do_online_account(in, &error);

    return account != NULL ? host_lists_rooms(account) : error;
}

static char *do_press(json_t *in)
{
    char *error = NULL;
    PurpleAccount *account = host_do_online_account(in, &error);

    if (account == NULL)
        return error;
    if (!host_notify_press(purple_account_get_connection(account), host_in_str(in, "button"),
                           (guint)host_in_int(in, "row", 0)))
        return g_strdup("press: there is no such window, row or button");
    return NULL;
}

const HostCommand host_do_list_commands[] = {
    {"buddies", "account:s!", do_buddies},
    {"add", "account:s! name:s! alias:s group:s message:s", do_add},
    {"remove", "account:s! name:s!", do_remove},
    {"alias", "account:s! name:s! alias:s!", do_alias},
    {"info", "account:s! name:s!", do_info},
    {"block", "account:s! name:s! on:b!", do_block},
    {"menu", "account:s! name:s! label:s", do_menu},
    {"press", "account:s! button:s! row:i", do_press},
    {"rooms", "account:s!", do_rooms},
    {NULL, NULL, NULL},
};
