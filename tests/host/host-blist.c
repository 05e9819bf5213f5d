/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The buddy list turned into events. Layer: tests (purple-host).
 */
#include "host-blist.h"

#include "host-conv.h"
#include "host-json.h"

/* Node → the text last told: libpurple asks to redraw much more often than something changes. */
static GHashTable *told;

static void describe_buddy(json_t *into, PurpleBuddy *buddy)
{
    PurplePresence *presence = purple_buddy_get_presence(buddy);
    PurpleStatus *status = purple_presence_get_active_status(presence);
    PurplePlugin *prpl =
        purple_find_prpl(purple_account_get_protocol_id(purple_buddy_get_account(buddy)));
    PurplePluginProtocolInfo *info = prpl != NULL ? PURPLE_PLUGIN_PROTOCOL_INFO(prpl) : NULL;
    PurpleGroup *group = purple_buddy_get_group(buddy);
    g_autofree char *text = NULL;

    host_set_str(into, "name", purple_buddy_get_name(buddy));
    host_set_str(into, "alias", purple_buddy_get_alias(buddy));
    host_set_bool(into, "online", PURPLE_BUDDY_IS_ONLINE(buddy));
    host_set_str(into, "status", status != NULL ? purple_status_get_id(status) : "");
    host_set_bool(into, "idle", purple_presence_is_idle(presence));
    host_set_str(into, "group", group != NULL ? purple_group_get_name(group) : "");
    if (info != NULL && info->status_text != NULL &&
        purple_account_is_connected(purple_buddy_get_account(buddy)))
        text = info->status_text(buddy);
    if (text != NULL)
        host_set_str(into, "status-text", text);
}

static void add_component(gpointer key, gpointer value, gpointer components)
{
    if (g_utf8_validate(key, -1, NULL))
        host_set_str(components, key, value);
}

static void describe_chat(json_t *into, PurpleChat *chat)
{
    json_t *components = json_object();
    PurplePlugin *prpl =
        purple_find_prpl(purple_account_get_protocol_id(purple_chat_get_account(chat)));
    PurplePluginProtocolInfo *info = prpl != NULL ? PURPLE_PLUGIN_PROTOCOL_INFO(prpl) : NULL;
    g_autofree char *name = NULL;

    if (info != NULL && info->get_chat_name != NULL)
        name = info->get_chat_name(purple_chat_get_components(chat));
    g_hash_table_foreach(purple_chat_get_components(chat), add_component, components);
    host_set_str(into, "name", name);
    host_set_str(into, "alias", purple_chat_get_name(chat));
    host_set(into, "components", components);
}

static void tell_node(PurpleBlistNode *node, const char *what)
{
    gboolean is_buddy = PURPLE_BLIST_NODE_IS_BUDDY(node);
    PurpleAccount *account;
    json_t *event;
    char *text;

    if (told == NULL || (!is_buddy && !PURPLE_BLIST_NODE_IS_CHAT(node)))
        return;
    account = is_buddy ? purple_buddy_get_account((PurpleBuddy *)node)
                       : purple_chat_get_account((PurpleChat *)node);
    event = host_event_for(is_buddy ? "buddy" : "chat", account);
    if (is_buddy)
        describe_buddy(event, (PurpleBuddy *)node);
    else
        describe_chat(event, (PurpleChat *)node);
    text = json_dumps(event, JSON_COMPACT | JSON_SORT_KEYS);
    if (g_strcmp0(what, "update") != 0) {
        g_hash_table_remove(told, node);
        free(text);
    } else if (g_strcmp0(g_hash_table_lookup(told, node), text) == 0) {
        free(text);
        json_decref(event);
        return;
    } else {
        what = g_hash_table_contains(told, node) ? "update" : "add";
        g_hash_table_replace(told, node, text);
    }
    host_set_str(event, "what", what);
    host_emit(event);
}

static void blist_update(PurpleBuddyList *list G_GNUC_UNUSED, PurpleBlistNode *node)
{
    /* A node is told once it hangs in the list: before, it has neither group nor account status. */
    if (node != NULL && node->parent != NULL)
        tell_node(node, "update");
}

/* A list takes the nodes of an account that signs off out of sight without removing them. */
static gboolean is_only_hidden(PurpleBlistNode *node)
{
    PurpleBuddy *buddy = (PurpleBuddy *)node;

    if (PURPLE_BLIST_NODE_IS_CHAT(node))
        return !purple_account_is_connected(purple_chat_get_account((PurpleChat *)node));
    return buddy ==
           purple_find_buddy(purple_buddy_get_account(buddy), purple_buddy_get_name(buddy));
}

static void blist_remove(PurpleBuddyList *list G_GNUC_UNUSED, PurpleBlistNode *node)
{
    if (told != NULL && g_hash_table_contains(told, node))
        tell_node(node, is_only_hidden(node) ? "hide" : "remove");
}

static void blist_request_add_buddy(PurpleAccount *account, const char *name, const char *group,
                                    const char *alias)
{
    json_t *event = host_event_for("notify", account);

    host_set_str(event, "kind", "add-buddy");
    host_set_str(event, "title", name);
    host_set_str(event, "text", alias);
    host_set_str(event, "group", group);
    host_emit(event);
}

static PurpleBlistUiOps blist_ops = {
    .update = blist_update,
    .remove = blist_remove,
    .request_add_buddy = blist_request_add_buddy,
};

PurpleBlistUiOps *host_blist_ops(void)
{
    return &blist_ops;
}

static json_t *collect(PurpleAccount *account, gboolean buddies)
{
    json_t *all = json_array();

    for (PurpleBlistNode *node = purple_blist_get_root(); node != NULL;
         node = purple_blist_node_next(node, TRUE)) {
        json_t *one;

        if (buddies ? !PURPLE_BLIST_NODE_IS_BUDDY(node) : !PURPLE_BLIST_NODE_IS_CHAT(node))
            continue;
        if ((buddies ? purple_buddy_get_account((PurpleBuddy *)node)
                     : purple_chat_get_account((PurpleChat *)node)) != account)
            continue;
        one = json_object();
        if (buddies)
            describe_buddy(one, (PurpleBuddy *)node);
        else
            describe_chat(one, (PurpleChat *)node);
        json_array_append_new(all, one);
    }
    return all;
}

json_t *host_blist_buddies(PurpleAccount *account)
{
    return collect(account, TRUE);
}

json_t *host_blist_chats(PurpleAccount *account)
{
    return collect(account, FALSE);
}

void host_blist_init(void)
{
    told = g_hash_table_new_full(NULL, NULL, NULL, free);
}

void host_blist_uninit(void)
{
    g_clear_pointer(&told, g_hash_table_destroy);
}
