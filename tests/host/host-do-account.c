/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands about accounts and the person: login, register, logout, status, idle, input. Layer:
 * tests (purple-host).
 */
#include <string.h>

#include "host-conn.h"
#include "host-do.h"
#include "host-idle.h"
#include "host.h"

#define DEFAULT_PROTOCOL "prpl-tinode"

static PurpleAccount *find_account(const char *name)
{
    for (GList *l = purple_accounts_get_all(); l != NULL; l = l->next)
        if (g_strcmp0(purple_account_get_username(l->data), name) == 0)
            return l->data;
    return NULL;
}

PurpleAccount *host_do_account(json_t *in, char **error)
{
    PurpleAccount *account = find_account(host_in_str(in, "account"));

    if (account == NULL)
        *error = g_strdup_printf("%s: there is no account \"%s\"", host_in_str(in, "do"),
                                 host_in_str(in, "account"));
    return account;
}

PurpleAccount *host_do_online_account(json_t *in, char **error)
{
    PurpleAccount *account = host_do_account(in, error);

    if (account == NULL || purple_account_is_connected(account))
        return account;
    *error = g_strdup_printf("%s: \"%s\" is not connected", host_in_str(in, "do"),
                             purple_account_get_username(account));
    return NULL;
}

static PurpleAccountOption *find_option(PurplePluginProtocolInfo *info, const char *key)
{
    for (GList *l = info->protocol_options; l != NULL; l = l->next)
        if (g_strcmp0(purple_account_option_get_setting(l->data), key) == 0)
            return l->data;
    return NULL;
}

static gboolean in_list(PurpleAccountOption *option, const char *value)
{
    for (GList *l = purple_account_option_get_list(option); l != NULL; l = l->next)
        if (g_strcmp0(((PurpleKeyValuePair *)l->data)->value, value) == 0)
            return TRUE;
    return FALSE;
}

/* Checks one option; with an account also sets it. */
static char *set_option(PurplePluginProtocolInfo *info, PurpleAccount *account, const char *key,
                        json_t *value)
{
    PurpleAccountOption *option = find_option(info, key);

    if (option == NULL)
        return g_strdup_printf("login: the protocol has no option \"%s\"", key);
    switch (purple_account_option_get_type(option)) {
    case PURPLE_PREF_BOOLEAN:
        if (!json_is_boolean(value))
            break;
        if (account != NULL)
            purple_account_set_bool(account, key, json_is_true(value));
        return NULL;
    case PURPLE_PREF_INT:
        if (!json_is_integer(value))
            break;
        if (account != NULL)
            purple_account_set_int(account, key, json_integer_value(value));
        return NULL;
    case PURPLE_PREF_STRING_LIST:
        if (json_is_string(value) && !in_list(option, json_string_value(value)))
            return g_strdup_printf("login: option \"%s\" has no choice \"%s\"", key,
                                   json_string_value(value));
        /* fall through */
    case PURPLE_PREF_STRING:
        if (!json_is_string(value))
            break;
        if (account != NULL)
            purple_account_set_string(account, key, json_string_value(value));
        return NULL;
    default:
        break;
    }
    return g_strdup_printf("login: option \"%s\" has another type", key);
}

static char *set_options(PurplePluginProtocolInfo *info, PurpleAccount *account, json_t *options)
{
    const char *key;
    json_t *value;

    json_object_foreach (options, key, value) {
        char *error = set_option(info, account, key, value);

        if (error != NULL)
            return error;
    }
    return NULL;
}

static const struct {
    const char *word;
    PurpleProxyType type;
} proxy_types[] = {
    {"global", PURPLE_PROXY_USE_GLOBAL}, {"none", PURPLE_PROXY_NONE},
    {"http", PURPLE_PROXY_HTTP},         {"socks4", PURPLE_PROXY_SOCKS4},
    {"socks5", PURPLE_PROXY_SOCKS5},     {"environment", PURPLE_PROXY_USE_ENVVAR},
    {"tor", PURPLE_PROXY_TOR},
};

/* Newly made from {"type", "host", "port", "user", "password"}; NULL with *error set. */
static PurpleProxyInfo *proxy_of(json_t *in, char **error)
{
    const char *type = NULL, *name = NULL, *user = NULL, *password = NULL;
    PurpleProxyInfo *proxy;
    json_error_t where;
    int port = 0;

    if (json_unpack_ex(in, &where, 0, "{s:s, s?s, s?i, s?s, s?s !}", "type", &type, "host", &name,
                       "port", &port, "user", &user, "password", &password) != 0) {
        *error = g_strdup_printf("login: proxy: %s", where.text);
        return NULL;
    }
    for (guint i = 0; i < G_N_ELEMENTS(proxy_types); i++)
        if (strcmp(proxy_types[i].word, type) == 0) {
            proxy = purple_proxy_info_new();
            purple_proxy_info_set_type(proxy, proxy_types[i].type);
            purple_proxy_info_set_host(proxy, name);
            purple_proxy_info_set_port(proxy, port);
            purple_proxy_info_set_username(proxy, user);
            purple_proxy_info_set_password(proxy, password);
            return proxy;
        }
    *error = g_strdup_printf("login: there is no proxy type \"%s\"", type);
    return NULL;
}

static void go_online(PurpleAccount *account)
{
    PurpleStatusType *available;

    if (!purple_presence_is_online(purple_account_get_presence(account))) {
        available = purple_account_get_status_type_with_primitive(account, PURPLE_STATUS_AVAILABLE);
        if (available != NULL)
            purple_account_set_status(account, purple_status_type_get_id(available), TRUE, NULL);
    }
    if (!purple_account_get_enabled(account, purple_core_get_ui()))
        purple_account_set_enabled(account, purple_core_get_ui(), TRUE);
    else if (purple_account_is_disconnected(account))
        purple_account_connect(account);
}

/* The account that the fields describe, made or changed; *error (newly allocated) and NULL when
 * they make no sense. */
static PurpleAccount *account_of(json_t *in, char **error)
{
    const char *name = host_in_str(in, "account");
    const char *protocol = host_in_str(in, "protocol");
    json_t *options = json_object_get(in, "options");
    json_t *proxy_in = json_object_get(in, "proxy");
    PurpleAccount *account = find_account(name);
    PurpleProxyInfo *proxy = NULL;
    const char *word = host_in_str(in, "do");
    PurplePlugin *prpl;

    if (account != NULL && protocol != NULL &&
        g_strcmp0(purple_account_get_protocol_id(account), protocol) != 0) {
        *error = g_strdup_printf("%s: \"%s\" is an account of %s", word, name,
                                 purple_account_get_protocol_id(account));
        return NULL;
    }
    if (account != NULL && !purple_account_is_disconnected(account)) {
        *error = g_strdup_printf("%s: \"%s\" is signed in already", word, name);
        return NULL;
    }
    if (account != NULL)
        protocol = purple_account_get_protocol_id(account);
    else if (protocol == NULL)
        protocol = DEFAULT_PROTOCOL;
    prpl = purple_find_prpl(protocol);
    if (prpl == NULL) {
        *error = g_strdup_printf("%s: there is no protocol \"%s\"", word, protocol);
        return NULL;
    }
    /* All is checked before anything is set. */
    *error = set_options(PURPLE_PLUGIN_PROTOCOL_INFO(prpl), NULL, options);
    if (*error == NULL && proxy_in != NULL)
        proxy = proxy_of(proxy_in, error);
    if (*error != NULL)
        return NULL;
    if (account == NULL) {
        account = purple_account_new(name, protocol);
        purple_account_set_remember_password(account, TRUE);
        purple_accounts_add(account);
    }
    if (host_in_str(in, "password") != NULL)
        purple_account_set_password(account, host_in_str(in, "password"));
    if (host_in_str(in, "alias") != NULL)
        purple_account_set_alias(account, host_in_str(in, "alias"));
    set_options(PURPLE_PLUGIN_PROTOCOL_INFO(prpl), account, options);
    if (proxy != NULL)
        purple_account_set_proxy_info(account, proxy);
    host_conn_forget_reconnect(account);
    return account;
}

static char *do_login(json_t *in)
{
    char *error = NULL;
    PurpleAccount *account = account_of(in, &error);

    if (account != NULL)
        go_online(account);
    return error;
}

/* As the clients do for a new account that is to be made on the server: it is not enabled. */
static char *do_register(json_t *in)
{
    const char *protocol = host_in_str(in, "protocol");
    PurplePlugin *prpl = purple_find_prpl(protocol != NULL ? protocol : DEFAULT_PROTOCOL);
    PurpleAccount *account;
    char *error = NULL;

    if (prpl != NULL && PURPLE_PLUGIN_PROTOCOL_INFO(prpl)->register_user == NULL)
        return g_strdup("register: the protocol makes no accounts");
    account = account_of(in, &error);
    if (account != NULL)
        purple_account_register(account);
    return error;
}

static char *do_logout(json_t *in)
{
    char *error = NULL;
    PurpleAccount *account = host_do_account(in, &error);

    if (account == NULL)
        return error;
    host_conn_forget_reconnect(account);
    purple_account_set_enabled(account, purple_core_get_ui(), FALSE);
    return NULL;
}

static char *do_delete_account(json_t *in)
{
    char *error = NULL;
    PurpleAccount *account = host_do_account(in, &error);

    if (account == NULL)
        return error;
    purple_accounts_delete(account);
    return NULL;
}

/* Without an account: the status of the whole client, as its status selector sets it. */
static char *set_client_status(const char *id, const char *message)
{
    PurpleStatusPrimitive primitive = purple_primitive_get_type_from_id(id);
    PurpleSavedStatus *saved;

    if (primitive == PURPLE_STATUS_UNSET)
        return g_strdup_printf("status: there is no status \"%s\"", id);
    saved = purple_savedstatus_find_transient_by_type_and_message(primitive, message);
    if (saved == NULL) {
        saved = purple_savedstatus_new(NULL, primitive);
        purple_savedstatus_set_message(saved, message);
    }
    purple_savedstatus_activate(saved);
    return NULL;
}

static char *do_status(json_t *in)
{
    const char *id = host_in_str(in, "id");
    const char *message = host_in_str(in, "message");
    PurpleAccount *account;
    char *error = NULL;

    if (host_in_str(in, "account") == NULL)
        return set_client_status(id, message);
    account = host_do_account(in, &error);
    if (account == NULL)
        return error;
    if (purple_account_get_status_type(account, id) == NULL)
        return g_strdup_printf("status: the protocol has no status \"%s\"", id);
    if (message != NULL)
        purple_account_set_status(account, id, TRUE, "message", message, NULL);
    else
        purple_account_set_status(account, id, TRUE, NULL);
    return NULL;
}

static char *do_idle(json_t *in)
{
    if (host_idle_ops() == NULL)
        return g_strdup("idle: this client knows no idle time");
    if (host_in_bool(in, "on"))
        host_idle_since(host_idle_enough());
    else
        host_idle_present();
    return NULL;
}

static char *do_input(json_t *in)
{
    json_int_t seconds = host_in_int(in, "seconds_ago", 0);

    if (host_idle_ops() == NULL)
        return g_strdup("input: this client knows no idle time");
    if (seconds < 0 || seconds > G_MAXINT32)
        return g_strdup("input: \"seconds_ago\" is out of range");
    host_idle_since(seconds);
    return NULL;
}

const HostCommand host_do_account_commands[] = {
    {"login", "account:s! password:s options:o protocol:s alias:s proxy:o", do_login},
    {"register", "account:s! password:s options:o protocol:s alias:s proxy:o", do_register},
    {"logout", "account:s!", do_logout},
    {"delete-account", "account:s!", do_delete_account},
    {"status", "account:s id:s! message:s", do_status},
    {"idle", "on:b!", do_idle},
    {"input", "seconds_ago:i!", do_input},
    {NULL, NULL, NULL},
};
