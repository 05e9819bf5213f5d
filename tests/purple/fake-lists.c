/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-lists.c: the buddy list, commands, notices, the debug log, and small helpers. */
#include "fake.h"

#include <blist.h>
#include <core.h>
#include <debug.h>
#include <notify.h>
#include <server.h>
#include <string.h>
#include <util.h>

static GPtrArray *nodes;      /* PurpleBlistNode: groups, buddies and chats in one chain */
static GHashTable *presences; /* "account name" -> status */
static char *user_dir;
static GPtrArray *debug;

/* The buddy list --------------------------------------------------------------------------------
 */

static void add_node(PurpleBlistNode *node, PurpleBlistNodeType type)
{
    if (nodes == NULL)
        nodes = g_ptr_array_new();
    node->type = type;
    if (nodes->len > 0)
        ((PurpleBlistNode *)nodes->pdata[nodes->len - 1])->next = node;
    g_ptr_array_add(nodes, node);
}

static void node_free(PurpleBlistNode *node)
{
    if (node->type == PURPLE_BLIST_BUDDY_NODE) {
        PurpleBuddy *buddy = (PurpleBuddy *)node;

        g_free(buddy->name);
        g_free(buddy->alias);
        fake_people_forget(buddy);
        g_free(buddy->server_alias);
    } else if (node->type == PURPLE_BLIST_CHAT_NODE) {
        PurpleChat *chat = (PurpleChat *)node;

        g_free(chat->alias);
        g_hash_table_destroy(chat->components);
    } else {
        g_free(((PurpleGroup *)node)->name);
    }
    g_clear_pointer(&node->settings, g_hash_table_destroy);
    g_free(node);
}

static void remove_node(PurpleBlistNode *node)
{
    guint index;

    if (nodes == NULL || !g_ptr_array_find(nodes, node, &index))
        fake_fail("an entry that is not on the list is removed");
    if (index > 0)
        ((PurpleBlistNode *)nodes->pdata[index - 1])->next = node->next;
    g_ptr_array_remove_index(nodes, index);
    node_free(node);
}

PurpleBlistNode *purple_blist_get_root(void)
{
    return nodes != NULL && nodes->len > 0 ? nodes->pdata[0] : NULL;
}

PurpleBlistNode *purple_blist_node_next(PurpleBlistNode *node, gboolean is_offline)
{
    assert_true(is_offline);
    return node->next;
}

PurpleBlistNodeType purple_blist_node_get_type(PurpleBlistNode *node)
{
    return node->type;
}

PurpleGroup *purple_find_group(const char *name)
{
    for (PurpleBlistNode *node = purple_blist_get_root(); node != NULL; node = node->next)
        if (node->type == PURPLE_BLIST_GROUP_NODE && strcmp(((PurpleGroup *)node)->name, name) == 0)
            return (PurpleGroup *)node;
    return NULL;
}

PurpleGroup *purple_group_new(const char *name)
{
    PurpleGroup *group = g_new0(PurpleGroup, 1);

    group->name = g_strdup(name);
    return group;
}

void purple_blist_add_group(PurpleGroup *group, PurpleBlistNode *after)
{
    (void)after;
    add_node(&group->node, PURPLE_BLIST_GROUP_NODE);
    fake_event(FAKE_LIST, NULL, "group %s", group->name);
}

PurpleBuddy *purple_buddy_new(PurpleAccount *account, const char *name, const char *alias)
{
    PurpleBuddy *buddy = g_new0(PurpleBuddy, 1);

    buddy->account = account;
    buddy->name = g_strdup(name);
    buddy->alias = g_strdup(alias);
    return buddy;
}

void purple_blist_add_buddy(PurpleBuddy *buddy, PurpleContact *contact, PurpleGroup *group,
                            PurpleBlistNode *after)
{
    (void)contact;
    (void)after;
    fake_people_set_group(buddy, group);
    if (nodes != NULL && g_ptr_array_find(nodes, buddy, NULL)) {
        fake_event(FAKE_LIST, buddy->account, "move %s %s", buddy->name, group->name);
        return;
    }
    add_node(&buddy->node, PURPLE_BLIST_BUDDY_NODE);
    fake_event(FAKE_LIST, buddy->account, "buddy %s", buddy->name);
}

PurpleBuddy *purple_find_buddy(PurpleAccount *account, const char *name)
{
    g_autofree char *wanted = g_strdup(fake_normalize(account, name));

    for (PurpleBlistNode *node = purple_blist_get_root(); node != NULL; node = node->next) {
        PurpleBuddy *buddy = (PurpleBuddy *)node;

        if (node->type == PURPLE_BLIST_BUDDY_NODE && buddy->account == account &&
            g_strcmp0(fake_normalize(account, buddy->name), wanted) == 0)
            return buddy;
    }
    return NULL;
}

PurpleAccount *purple_buddy_get_account(const PurpleBuddy *buddy)
{
    return buddy->account;
}

const char *purple_buddy_get_name(const PurpleBuddy *buddy)
{
    return buddy->name;
}

void purple_blist_remove_buddy(PurpleBuddy *buddy)
{
    fake_event(FAKE_LIST, buddy->account, "remove %s", buddy->name);
    remove_node(&buddy->node);
}

const char *purple_buddy_get_server_alias(PurpleBuddy *buddy)
{
    return buddy->server_alias;
}

void purple_blist_server_alias_buddy(PurpleBuddy *buddy, const char *alias)
{
    if (g_strcmp0(buddy->server_alias, alias) == 0)
        return;
    g_free(buddy->server_alias);
    buddy->server_alias = g_strdup(alias);
    fake_event(FAKE_LIST, buddy->account, "alias %s %s", buddy->name, alias);
}

void purple_prpl_got_user_status(PurpleAccount *account, const char *name, const char *status, ...)
{
    if (!fake_is_status(account, status))
        fake_fail("the protocol has no status %s", status);
    if (purple_find_buddy(account, name) == NULL)
        fake_fail("the presence of %s, who is no buddy", name);
    if (presences == NULL)
        presences = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_insert(presences, g_strdup_printf("%s %s", account->username, name),
                        g_strdup(status));
    fake_event(FAKE_PRESENCE, account, "presence %s %s", name, status);
}

const char *fake_presence(PurpleAccount *account, const char *name)
{
    g_autofree char *key = g_strdup_printf("%s %s", account->username, name);

    return presences != NULL ? g_hash_table_lookup(presences, key) : NULL;
}

PurpleChat *purple_chat_new(PurpleAccount *account, const char *alias, GHashTable *components)
{
    PurpleChat *chat = g_new0(PurpleChat, 1);

    chat->account = account;
    chat->alias = g_strdup(alias);
    chat->components = components;
    return chat;
}

/* What stands with the nodes of the list. */
static GHashTable *settings_of(PurpleBlistNode *node)
{
    if (node->settings == NULL)
        node->settings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return node->settings;
}

void purple_blist_node_set_string(PurpleBlistNode *node, const char *key, const char *value)
{
    g_hash_table_replace(settings_of(node), g_strdup(key), g_strdup(value));
}

const char *purple_blist_node_get_string(PurpleBlistNode *node, const char *key)
{
    return g_hash_table_lookup(settings_of(node), key);
}

void purple_blist_node_remove_setting(PurpleBlistNode *node, const char *key)
{
    g_hash_table_remove(settings_of(node), key);
}

void purple_blist_node_set_bool(PurpleBlistNode *node, const char *key, gboolean value)
{
    purple_blist_node_set_string(node, key, value ? "yes" : "no");
}

gboolean purple_blist_node_get_bool(PurpleBlistNode *node, const char *key)
{
    return g_strcmp0(purple_blist_node_get_string(node, key), "yes") == 0;
}

const char *purple_buddy_get_contact_alias(PurpleBuddy *buddy)
{
    return buddy->server_alias != NULL ? buddy->server_alias : buddy->name;
}

/* Adds it, or moves it to another group. */
void purple_blist_add_chat(PurpleChat *chat, PurpleGroup *group, PurpleBlistNode *after)
{
    (void)after;
    assert_non_null(group);
    if (g_ptr_array_find(nodes, chat, NULL)) {
        fake_event(FAKE_LIST, chat->account, "move %s to %s",
                   (const char *)g_hash_table_lookup(chat->components, "topic"), group->name);
        return;
    }
    add_node(&chat->node, PURPLE_BLIST_CHAT_NODE);
    fake_event(FAKE_LIST, chat->account, "chat %s %s",
               (const char *)g_hash_table_lookup(chat->components, "topic"), chat->alias);
}

/* libpurple asks the protocol, and only while the account is online. */
PurpleChat *purple_blist_find_chat(PurpleAccount *account, const char *name)
{
    if (!fake_is_online(account))
        return NULL;
    assert_non_null(fake_prpl()->find_blist_chat);
    return fake_prpl()->find_blist_chat(account, name);
}

PurpleAccount *purple_chat_get_account(PurpleChat *chat)
{
    return chat->account;
}

GHashTable *purple_chat_get_components(PurpleChat *chat)
{
    return chat->components;
}

/* The alias, else the first of the components that the protocol names. */
const char *purple_buddy_get_alias(PurpleBuddy *buddy)
{
    return buddy->server_alias != NULL ? buddy->server_alias : buddy->name;
}

const char *purple_chat_get_name(PurpleChat *chat)
{
    GList *entries;
    const char *name;

    if (chat->alias != NULL && chat->alias[0] != '\0')
        return chat->alias;
    entries = fake_prpl()->chat_info(chat->account->gc);
    name = g_hash_table_lookup(chat->components,
                               ((struct proto_chat_entry *)entries->data)->identifier);
    g_list_free_full(entries, g_free);
    return name;
}

void purple_blist_alias_chat(PurpleChat *chat, const char *alias)
{
    if (g_strcmp0(chat->alias, alias) == 0)
        return;
    g_free(chat->alias);
    chat->alias = g_strdup(alias);
    fake_event(FAKE_LIST, chat->account, "alias %s %s",
               (const char *)g_hash_table_lookup(chat->components, "topic"), alias);
}

void purple_blist_remove_chat(PurpleChat *chat)
{
    fake_event(FAKE_LIST, chat->account, "remove %s",
               (const char *)g_hash_table_lookup(chat->components, "topic"));
    purple_signal_emit(purple_blist_get_handle(), "blist-node-removed", chat);
    remove_node(&chat->node);
}

/* What the client shows of the entry is asked anew: an event with the status text. */
static void on_update(PurpleBuddyList *list, PurpleBlistNode *node)
{
    PurpleBuddy *buddy = (PurpleBuddy *)node;
    g_autofree char *text = NULL;

    (void)list;
    assert_int_equal(node->type, PURPLE_BLIST_BUDDY_NODE);
    text = fake_prpl()->status_text(buddy);
    fake_event(FAKE_STATUS, buddy->account, "status %s %s", buddy->name, text != NULL ? text : "-");
}

PurpleBlistUiOps *purple_blist_get_ui_ops(void)
{
    static PurpleBlistUiOps ops = {.update = on_update};

    return &ops;
}

PurpleBuddyList *purple_get_blist(void)
{
    static PurpleBuddyList list;

    return &list;
}

void fake_join(PurpleAccount *account, const char *name)
{
    GHashTable *components = fake_prpl()->chat_info_defaults(account->gc, name);

    fake_prpl()->join_chat(account->gc, components);
    g_hash_table_destroy(components);
}

const char *fake_alias(PurpleAccount *account, const char *name)
{
    PurpleBuddy *buddy = purple_find_buddy(account, name);
    PurpleChat *chat = buddy == NULL ? purple_blist_find_chat(account, name) : NULL;

    return buddy != NULL ? buddy->server_alias : chat != NULL ? chat->alias : NULL;
}

/* Notices ---------------------------------------------------------------------------------------
 */

void *purple_notify_message(void *handle, PurpleNotifyMsgType type, const char *title,
                            const char *primary, const char *secondary,
                            PurpleNotifyCloseCallback cb, gpointer data)
{
    static const char *const kinds[] = {
        [PURPLE_NOTIFY_MSG_ERROR] = "error",
        [PURPLE_NOTIFY_MSG_WARNING] = "warning",
        [PURPLE_NOTIFY_MSG_INFO] = "info",
    };

    (void)cb;
    (void)data;
    assert_non_null(handle);
    assert_non_null(title);
    assert_non_null(primary);
    fake_people_keep_text(secondary);
    fake_event(FAKE_NOTIFY,
               g_list_find(fake_accounts(), handle) != NULL ? handle
                                                            : ((PurpleConnection *)handle)->account,
               "notify %s %s", kinds[type], primary);
    return NULL;
}

void *purple_notify_formatted(void *handle, const char *title, const char *primary,
                              const char *secondary, const char *text, PurpleNotifyCloseCallback cb,
                              gpointer data)
{
    (void)secondary;
    assert_non_null(handle);
    assert_non_null(title);
    assert_null(cb);
    assert_null(data);
    fake_people_keep_text(text);
    fake_event(FAKE_NOTIFY, ((PurpleConnection *)handle)->account, "window %s: %s: %s", title,
               primary, text);
    return NULL;
}

/* Tests hand in a pointer of their own; what is added shows as an event. */
void purple_notify_user_info_add_pair_plaintext(PurpleNotifyUserInfo *info, const char *label,
                                                const char *value)
{
    assert_non_null(info);
    fake_event(FAKE_NOTIFY, NULL, "tooltip %s: %s", label, value);
}

/* Commands --------------------------------------------------------------------------------------
 */

typedef struct {
    PurpleCmdId id;
    char *name, *args, *help;
    PurpleCmdFlag flags;
    PurpleCmdFunc func;
    void *data;
} Command;

static GPtrArray *commands;
static PurpleCmdId last_command;

static void command_free(gpointer data)
{
    Command *command = data;

    g_free(command->name);
    g_free(command->args);
    g_free(command->help);
    g_free(command);
}

static Command *find_command(const char *name)
{
    for (guint i = 0; commands != NULL && i < commands->len; i++)
        if (strcmp(((Command *)commands->pdata[i])->name, name) == 0)
            return commands->pdata[i];
    return NULL;
}

PurpleCmdId purple_cmd_register(const gchar *name, const gchar *args, PurpleCmdPriority priority,
                                PurpleCmdFlag flags, const gchar *prpl_id, PurpleCmdFunc func,
                                const gchar *help, void *data)
{
    Command *command = g_new0(Command, 1);

    if (find_command(name) != NULL)
        fake_fail("the command %s is registered twice", name);
    assert_int_equal(priority, PURPLE_CMD_P_PRPL);
    assert_string_equal(prpl_id, "prpl-tinode");
    assert_true((flags & PURPLE_CMD_FLAG_PRPL_ONLY) != 0);
    assert_true((flags & (PURPLE_CMD_FLAG_IM | PURPLE_CMD_FLAG_CHAT)) != 0);
    assert_true(g_str_has_prefix(help, name)); /* as people look it up */
    assert_int_equal(strspn(args, "wsS"), strlen(args));
    command->id = ++last_command;
    command->name = g_strdup(name);
    command->args = g_strdup(args);
    command->help = g_strdup(help);
    command->flags = flags;
    command->func = func;
    command->data = data;
    if (commands == NULL)
        commands = g_ptr_array_new_with_free_func(command_free);
    g_ptr_array_add(commands, command);
    return command->id;
}

void purple_cmd_unregister(PurpleCmdId id)
{
    for (guint i = 0; commands != NULL && i < commands->len; i++)
        if (((Command *)commands->pdata[i])->id == id) {
            g_ptr_array_remove_index(commands, i);
            if (commands->len == 0)
                g_clear_pointer(&commands, g_ptr_array_unref);
            return;
        }
    fake_fail("a command that is not registered is unregistered");
}

/* As libpurple cuts a line up: what was not typed is NULL, and so is what follows it. */
PurpleCmdRet fake_command(PurpleConversation *conv, const char *text, char **error)
{
    g_auto(GStrv) words = g_strsplit(text, " ", 2);
    const char *rest = words[1] != NULL ? words[1] : "";
    Command *command = find_command(words[0]);
    g_auto(GStrv) args = NULL;

    if (command == NULL)
        fake_fail("no command %s", words[0]);
    assert_true((command->flags & (conv->type == PURPLE_CONV_TYPE_IM ? PURPLE_CMD_FLAG_IM
                                                                     : PURPLE_CMD_FLAG_CHAT)) != 0);
    args = g_new0(char *, strlen(command->args) + 1);
    for (guint i = 0; command->args[i] != '\0' && rest[0] != '\0'; i++) {
        const char *end = command->args[i] == 'w' ? strchr(rest, ' ') : NULL;

        args[i] = end != NULL ? g_strndup(rest, end - rest) : g_strdup(rest);
        rest = end != NULL ? end + 1 : "";
    }
    if (rest[0] != '\0' || g_strv_length(args) < strlen(command->args))
        assert_true((command->flags & PURPLE_CMD_FLAG_ALLOW_WRONG_ARGS) != 0);
    *error = NULL;
    return command->func(conv, words[0], args, error, command->data);
}

/* Other plugins ---------------------------------------------------------------------------------
 */

gboolean purple_plugin_register(PurplePlugin *plugin)
{
    assert_non_null(plugin->info);
    return TRUE;
}

/* Debug and helpers -----------------------------------------------------------------------------
 */

static void G_GNUC_PRINTF(3, 0)
    keep(const char *level, const char *category, const char *format, va_list args)
{
    g_autofree char *text = g_strdup_vprintf(format, args);

    assert_string_equal(category, "tinode");
    if (debug == NULL)
        debug = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(debug, g_strdup_printf("%s: %s", level, text));
    if (g_getenv("FAKE_DEBUG") != NULL)
        g_printerr("[%" G_GINT64_FORMAT "] %s: %s", fake_now_ms(), level, text);
}

#define LEVEL(name)                                                                                \
    void purple_debug_##name(const char *category, const char *format, ...)                        \
    {                                                                                              \
        va_list args;                                                                              \
                                                                                                   \
        va_start(args, format);                                                                    \
        keep(#name, category, format, args);                                                       \
        va_end(args);                                                                              \
    }

LEVEL(misc)
LEVEL(info)
LEVEL(warning)
LEVEL(error)

void fake_debug_reset(void)
{
    g_clear_pointer(&debug, g_ptr_array_unref);
}

guint fake_debug_count(const char *level, const char *text)
{
    g_autofree char *start = g_strconcat(level, ": ", NULL);
    guint count = 0;

    for (guint i = 0; debug != NULL && i < debug->len; i++)
        count += g_str_has_prefix(debug->pdata[i], start) && strstr(debug->pdata[i], text) != NULL;
    return count;
}

const char *purple_core_get_version(void)
{
    return "2.14.12";
}

gboolean purple_strequal(const gchar *left, const gchar *right)
{
    return g_strcmp0(left, right) == 0;
}

const char *purple_user_dir(void)
{
    assert_non_null(user_dir);
    return user_dir;
}

void fake_set_user_dir(const char *dir)
{
    g_free(user_dir);
    user_dir = g_strdup(dir);
}

/* Tags go, <br> is a line feed, the entities of HTML 2 are characters. */
char *purple_markup_strip_html(const char *html)
{
    static const struct {
        const char *entity;
        const char *text;
    } entities[] = {{"&lt;", "<"},    {"&gt;", ">"},   {"&amp;", "&"},
                    {"&quot;", "\""}, {"&apos;", "'"}, {"&nbsp;", " "}};
    GString *text = g_string_new(NULL);

    while (*html != '\0') {
        guint i = 0;

        if (*html == '<' && strchr(html, '>') != NULL) {
            if (g_ascii_strncasecmp(html, "<br", 3) == 0)
                g_string_append_c(text, '\n');
            html = strchr(html, '>') + 1;
            continue;
        }
        while (i < G_N_ELEMENTS(entities) && !g_str_has_prefix(html, entities[i].entity))
            i++;
        if (i < G_N_ELEMENTS(entities)) {
            g_string_append(text, entities[i].text);
            html += strlen(entities[i].entity);
        } else {
            g_string_append_c(text, *html++);
        }
    }
    return g_string_free(text, FALSE);
}

void fake_lists_end(void)
{
    for (guint i = 0; nodes != NULL && i < nodes->len; i++)
        node_free(nodes->pdata[i]);
    g_clear_pointer(&nodes, g_ptr_array_unref);
    g_clear_pointer(&presences, g_hash_table_destroy);
    fake_people_end();
    fake_set_user_dir(NULL);
    fake_debug_reset();
}

void fake_lists_check(void)
{
    if (commands != NULL)
        fake_fail("the command %s is left over", ((Command *)commands->pdata[0])->name);
}
