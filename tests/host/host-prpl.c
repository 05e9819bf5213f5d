/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A protocol without a server, for the tests of purple-host itself: buddies bob and carol, the chat
 * "room", every kind of call and question that the host has to answer. Layer: tests.
 */
#include "host-prpl.h"

#include <gmodule.h>
#include <purple.h>
#include <string.h>

static PurplePlugin *self;
static guint last_id;

/* "ctl" is no person: what is written to it is done, one turn of the loop later. */
typedef struct {
    PurpleAccount *account;
    char **words;
} Order;

static const char *word(Order *order, guint index)
{
    return index < g_strv_length(order->words) ? order->words[index] : "";
}

static void answered(void *data, const char *text)
{
    PurpleConnection *gc = data;

    serv_got_im(gc, "bob", text != NULL ? text : "nothing", PURPLE_MESSAGE_RECV, time(NULL));
}

static void pressed(void *data, int index)
{
    g_autofree char *text = g_strdup_printf("button %d", index);

    answered(data, text);
}

static void filled(void *data, PurpleRequestFields *fields)
{
    g_autofree char *text =
        g_strdup_printf("name %s, often %d", purple_request_fields_get_string(fields, "name"),
                        purple_request_fields_get_bool(fields, "often"));

    answered(data, text);
}

static void authorized(void *data)
{
    answered(data, "authorized");
}

static void denied(void *data)
{
    answered(data, "denied");
}

static void ask_fields(PurpleConnection *gc)
{
    PurpleRequestFields *fields = purple_request_fields_new();
    PurpleRequestFieldGroup *group = purple_request_field_group_new(NULL);
    PurpleRequestField *field = purple_request_field_string_new("name", "_Name", NULL, FALSE);

    purple_request_field_set_required(field, TRUE);
    purple_request_field_group_add_field(group, field);
    purple_request_field_group_add_field(group,
                                         purple_request_field_bool_new("often", "_Often", FALSE));
    purple_request_fields_add_group(fields, group);
    purple_request_fields(gc, "Form", "Fill in", NULL, fields, "_OK", G_CALLBACK(filled), "_Cancel",
                          NULL, purple_connection_get_account(gc), NULL, NULL, gc);
}

static void ask(PurpleConnection *gc, const char *kind)
{
    PurpleAccount *account = purple_connection_get_account(gc);

    if (strcmp(kind, "input") == 0)
        purple_request_input(gc, "Code", "Which code?", NULL, "", FALSE, FALSE, NULL, "_OK",
                             G_CALLBACK(answered), "_Cancel", G_CALLBACK(answered), account, NULL,
                             NULL, gc);
    else if (strcmp(kind, "action") == 0)
        purple_request_action(gc, "Well", "Which one?", NULL, 0, account, NULL, NULL, gc, 2, "_Red",
                              pressed, "_Blue", pressed);
    else if (strcmp(kind, "choice") == 0)
        purple_request_choice(gc, "Well", "Which one?", NULL, 1, "_OK", G_CALLBACK(pressed),
                              "_Cancel", NULL, account, NULL, NULL, gc, "One", 1, "Two", 2, NULL);
    else if (strcmp(kind, "fields") == 0)
        ask_fields(gc);
    else if (strcmp(kind, "authorize") == 0)
        purple_account_request_authorization(account, "dave", NULL, "Dave", "Hello?", FALSE,
                                             authorized, denied, gc);
    else if (strcmp(kind, "no-more") == 0)
        purple_request_close_with_handle(gc);
}

static void write_system(PurpleAccount *account, const char *who, const char *text)
{
    PurpleConversation *conv =
        purple_find_conversation_with_account(PURPLE_CONV_TYPE_ANY, who, account);

    if (conv != NULL)
        purple_conversation_write(conv, "", text, PURPLE_MESSAGE_SYSTEM | PURPLE_MESSAGE_NO_LOG,
                                  time(NULL));
}

static void obey_chat(Order *order, PurpleConnection *gc)
{
    PurpleConversation *conv = purple_find_chat(gc, 1);

    if (conv == NULL)
        return;
    if (strcmp(word(order, 0), "enters") == 0)
        purple_conv_chat_add_user(PURPLE_CONV_CHAT(conv), word(order, 1), NULL, PURPLE_CBFLAGS_NONE,
                                  FALSE);
    else if (strcmp(word(order, 0), "leaves") == 0)
        purple_conv_chat_remove_user(PURPLE_CONV_CHAT(conv), word(order, 1), NULL);
    else
        serv_got_chat_in(gc, 1, word(order, 1), PURPLE_MESSAGE_RECV, word(order, 2), time(NULL));
}

/* A main loop that is never at rest. */
static gboolean spin(gpointer data G_GNUC_UNUSED)
{
    return G_SOURCE_CONTINUE;
}

static void obey(Order *order, PurpleConnection *gc)
{
    const char *verb = word(order, 0);

    if (strcmp(verb, "say") == 0)
        serv_got_im(gc, word(order, 1), word(order, 2), PURPLE_MESSAGE_RECV, time(NULL));
    else if (strcmp(verb, "type") == 0)
        serv_got_typing(gc, word(order, 1), 5, PURPLE_TYPING);
    else if (strcmp(verb, "online") == 0)
        purple_prpl_got_user_status(order->account, word(order, 1), "available", NULL);
    else if (strcmp(verb, "system") == 0)
        write_system(order->account, word(order, 1), word(order, 2));
    else if (strcmp(verb, "drop") == 0)
        purple_connection_error_reason(gc, PURPLE_CONNECTION_ERROR_NETWORK_ERROR, "cut");
    else if (strcmp(verb, "refuse") == 0)
        purple_connection_error_reason(gc, PURPLE_CONNECTION_ERROR_AUTHENTICATION_FAILED, "no");
    else if (strcmp(verb, "ask") == 0)
        ask(gc, word(order, 1));
    else if (strcmp(verb, "notify") == 0)
        purple_notify_error(gc, "Trouble", "Something", "went wrong");
    else if (strcmp(verb, "spin") == 0)
        purple_timeout_add(0, spin, NULL);
    else if (strcmp(verb, "signal") == 0)
        purple_signal_emit(self, "tinode-unread", order->account, NULL, -7);
    else
        obey_chat(order, gc);
}

static gboolean obey_later(gpointer data)
{
    Order *order = data;
    PurpleConnection *gc = purple_account_get_connection(order->account);

    if (gc != NULL && PURPLE_CONNECTION_IS_CONNECTED(gc))
        obey(order, gc);
    g_strfreev(order->words);
    g_free(order);
    return G_SOURCE_REMOVE;
}

static const char *list_icon(PurpleAccount *account G_GNUC_UNUSED, PurpleBuddy *buddy G_GNUC_UNUSED)
{
    return "irc";
}

static GList *status_types(PurpleAccount *account G_GNUC_UNUSED)
{
    GList *types = NULL;

    types = g_list_append(types,
                          purple_status_type_new(PURPLE_STATUS_AVAILABLE, "available", NULL, TRUE));
    types = g_list_append(types, purple_status_type_new(PURPLE_STATUS_AWAY, "away", NULL, TRUE));
    return g_list_append(types,
                         purple_status_type_new(PURPLE_STATUS_OFFLINE, "offline", NULL, TRUE));
}

static GList *chat_info(PurpleConnection *gc G_GNUC_UNUSED)
{
    struct proto_chat_entry *entry = g_new0(struct proto_chat_entry, 1);

    entry->label = "_Room";
    entry->identifier = "room";
    entry->required = TRUE;
    return g_list_append(NULL, entry);
}

static GHashTable *chat_info_defaults(PurpleConnection *gc G_GNUC_UNUSED, const char *name)
{
    GHashTable *components = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);

    g_hash_table_insert(components, (gpointer) "room", g_strdup(name));
    return components;
}

static char *get_chat_name(GHashTable *components)
{
    return g_strdup(g_hash_table_lookup(components, "room"));
}

static void join_chat(PurpleConnection *gc, GHashTable *components)
{
    PurpleConversation *conv = serv_got_joined_chat(gc, 1, g_hash_table_lookup(components, "room"));

    if (conv != NULL)
        purple_conv_chat_add_user(PURPLE_CONV_CHAT(conv), "bob", NULL, PURPLE_CBFLAGS_NONE, FALSE);
}

static void add_buddy_to_list(PurpleAccount *account, const char *name)
{
    if (purple_find_buddy(account, name) == NULL)
        purple_blist_add_buddy(purple_buddy_new(account, name, NULL), NULL, NULL, NULL);
}

static void sign_in(PurpleAccount *account)
{
    PurpleConnection *gc = purple_account_get_connection(account);

    if (strcmp(purple_account_get_string(account, "mood", "good"), "bad") == 0) {
        purple_connection_error_reason(gc, PURPLE_CONNECTION_ERROR_NETWORK_ERROR, "no way");
        return;
    }
    purple_connection_set_state(gc, PURPLE_CONNECTED);
    add_buddy_to_list(account, "bob");
    add_buddy_to_list(account, "carol");
}

static void close_connection(PurpleConnection *gc G_GNUC_UNUSED)
{
}

static int send_im(PurpleConnection *gc, const char *who, const char *html,
                   PurpleMessageFlags flags G_GNUC_UNUSED)
{
    PurpleAccount *account = purple_connection_get_account(gc);
    PurpleConversation *conv =
        purple_find_conversation_with_account(PURPLE_CONV_TYPE_IM, who, account);

    if (strcmp(who, "ctl") == 0) {
        Order *order = g_new0(Order, 1);

        order->account = account;
        order->words = g_strsplit(html, " ", 3);
        purple_timeout_add(0, obey_later, order);
        return 1;
    }
    g_free(purple_conversation_get_data(conv, "tinode-message-id"));
    purple_conversation_set_data(conv, "tinode-message-id", g_strdup_printf("m%u", ++last_id));
    /* What reached the wire, back as a notification. */
    purple_notify_info(gc, "wire", html, NULL);
    return 1;
}

static unsigned int send_typing(PurpleConnection *gc, const char *who, PurpleTypingState state)
{
    g_autofree char *text = g_strdup_printf("%s %d", who, state);

    purple_notify_info(gc, "typing", text, NULL);
    return 3;
}

static void convo_closed(PurpleConnection *gc, const char *who)
{
    purple_notify_info(gc, "closed", who, NULL);
}

static void deleting(PurpleConversation *conv, gpointer data G_GNUC_UNUSED)
{
    g_free(purple_conversation_get_data(conv, "tinode-message-id"));
    purple_conversation_set_data(conv, "tinode-message-id", NULL);
}

static void chat_leave(PurpleConnection *gc, int id)
{
    serv_got_chat_left(gc, id);
}

static int chat_send(PurpleConnection *gc, int id, const char *html, PurpleMessageFlags flags)
{
    serv_got_chat_in(gc, id, purple_account_get_username(purple_connection_get_account(gc)),
                     flags | PURPLE_MESSAGE_SEND, html, time(NULL));
    return 1;
}

static void set_idle(PurpleConnection *gc, int seconds)
{
    purple_notify_info(gc, "idle", seconds > 0 ? "yes" : "no", NULL);
}

static void set_status(PurpleAccount *account, PurpleStatus *status)
{
    purple_notify_info(purple_account_get_connection(account), "status",
                       purple_status_get_id(status), NULL);
}

static gboolean offline_message(const PurpleBuddy *buddy G_GNUC_UNUSED)
{
    return TRUE;
}

static PurpleCmdRet run_command(PurpleConversation *conv, const gchar *name G_GNUC_UNUSED,
                                gchar **args, gchar **error, void *data G_GNUC_UNUSED)
{
    if (strcmp(args[0], "fail") == 0) {
        *error = g_strdup("as asked");
        return PURPLE_CMD_RET_FAILED;
    }
    purple_conversation_write(conv, "", args[0], PURPLE_MESSAGE_SYSTEM | PURPLE_MESSAGE_NO_LOG,
                              time(NULL));
    return PURPLE_CMD_RET_OK;
}

static char *metrics_json(PurpleAccount *account)
{
    return g_strdup_printf("{\"who\":\"%s\"}", purple_account_get_username(account));
}

static char *message_state(PurpleAccount *account G_GNUC_UNUSED, const char *channel,
                           const char *id)
{
    return (char *)(strcmp(channel, "bob") == 0 && strcmp(id, "m1") == 0 ? "read" : "unknown");
}

static void marshal_ptr_ptr_int(PurpleCallback callback, va_list args, void *data,
                                void **result G_GNUC_UNUSED)
{
    void *a = va_arg(args, void *);
    void *b = va_arg(args, void *);
    int c = va_arg(args, int);

    ((void (*)(void *, void *, int, void *))callback)(a, b, c, data);
}

static void marshal_call(PurpleCallback callback, va_list args, void *data, void **result)
{
    void *a = va_arg(args, void *);
    void *b = va_arg(args, void *);
    void *c = va_arg(args, void *);

    *result = ((void *(*)(void *, void *, void *, void *))callback)(a, b, c, data);
}

static gboolean load(PurplePlugin *plugin)
{
    static const char *const signals[] = {"tinode-sync-changed", "tinode-message-state",
                                          "tinode-receipt", "tinode-unread", "tinode-problem"};

    for (guint i = 0; i < G_N_ELEMENTS(signals); i++)
        purple_signal_register(plugin, signals[i], marshal_ptr_ptr_int, NULL, 3,
                               purple_value_new(PURPLE_TYPE_SUBTYPE, PURPLE_SUBTYPE_ACCOUNT),
                               purple_value_new(PURPLE_TYPE_STRING),
                               purple_value_new(PURPLE_TYPE_INT));
    purple_plugin_ipc_register(plugin, "metrics-json", PURPLE_CALLBACK(metrics_json),
                               purple_marshal_POINTER__POINTER,
                               purple_value_new(PURPLE_TYPE_STRING), 1,
                               purple_value_new(PURPLE_TYPE_SUBTYPE, PURPLE_SUBTYPE_ACCOUNT));
    purple_plugin_ipc_register(plugin, "message-state", PURPLE_CALLBACK(message_state),
                               marshal_call, purple_value_new(PURPLE_TYPE_STRING), 3,
                               purple_value_new(PURPLE_TYPE_SUBTYPE, PURPLE_SUBTYPE_ACCOUNT),
                               purple_value_new(PURPLE_TYPE_STRING),
                               purple_value_new(PURPLE_TYPE_STRING));
    purple_cmd_register("say-here", "s", PURPLE_CMD_P_PRPL,
                        PURPLE_CMD_FLAG_IM | PURPLE_CMD_FLAG_CHAT | PURPLE_CMD_FLAG_PRPL_ONLY,
                        HOST_PRPL_ID, run_command, "say-here TEXT", NULL);
    purple_signal_connect(purple_conversations_get_handle(), "deleting-conversation", plugin,
                          PURPLE_CALLBACK(deleting), NULL);
    return TRUE;
}

static PurplePluginProtocolInfo protocol = {
    .options = OPT_PROTO_NO_PASSWORD,
    .icon_spec = NO_BUDDY_ICONS,
    .list_icon = list_icon,
    .status_types = status_types,
    .chat_info = chat_info,
    .chat_info_defaults = chat_info_defaults,
    .login = sign_in,
    .close = close_connection,
    .send_im = send_im,
    .send_typing = send_typing,
    .set_status = set_status,
    .set_idle = set_idle,
    .join_chat = join_chat,
    .get_chat_name = get_chat_name,
    .chat_leave = chat_leave,
    .chat_send = chat_send,
    .convo_closed = convo_closed,
    .offline_message = offline_message,
    .struct_size = sizeof(PurplePluginProtocolInfo),
};

static PurplePluginInfo info = {
    .magic = PURPLE_PLUGIN_MAGIC,
    .major_version = PURPLE_MAJOR_VERSION,
    .minor_version = PURPLE_MINOR_VERSION,
    .type = PURPLE_PLUGIN_PROTOCOL,
    .priority = PURPLE_PRIORITY_DEFAULT,
    .id = (char *)HOST_PRPL_ID,
    .name = (char *)"Host test",
    .version = (char *)"1",
    .summary = (char *)"A protocol without a server",
    .description = (char *)"For the tests of purple-host.",
    .author = (char *)"",
    .homepage = (char *)"",
    .load = load,
    .extra_info = &protocol,
};

static void add_options(void)
{
    GList *moods = NULL;
    PurpleKeyValuePair *pair;

    for (guint i = 0; i < 2; i++) {
        pair = g_new0(PurpleKeyValuePair, 1);
        pair->key = g_strdup(i == 0 ? "Good" : "Bad");
        pair->value = g_strdup(i == 0 ? "good" : "bad");
        moods = g_list_append(moods, pair);
    }
    protocol.protocol_options = g_list_append(
        protocol.protocol_options, purple_account_option_list_new("Mood", "mood", moods));
    protocol.protocol_options = g_list_append(protocol.protocol_options,
                                              purple_account_option_int_new("Number", "number", 1));
    protocol.protocol_options = g_list_append(
        protocol.protocol_options, purple_account_option_bool_new("Flag", "flag", FALSE));
    protocol.protocol_options = g_list_append(
        protocol.protocol_options, purple_account_option_string_new("Server", "server", ""));
}

void host_prpl_register(void)
{
    add_options();
    self = purple_plugin_new(TRUE, NULL);
    self->info = &info;
    purple_plugin_register(self);
    /* Protocols are loaded by a probing alone; what it knows already it leaves as it is. */
    purple_plugins_probe(G_MODULE_SUFFIX);
}
