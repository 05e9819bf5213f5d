/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-account.c: accounts, their options, presence, connections. */
#include "fake.h"

#include <accountopt.h>
#include <eventloop.h>
#include <idle.h>
#include <privacy.h>
#include <signals.h>
#include <status.h>
#include <string.h>

/* libpurple keeps these three to itself. */
struct _PurpleStatusType {
    PurpleStatusPrimitive primitive;
    char *id;
};

struct _PurpleStatus {
    PurpleStatusType *type;
};

struct _PurplePresence {
    GList *statuses; /* PurpleStatus */
    PurpleStatus *active;
    gboolean is_idle;
};

static GList *accounts;
static char *blocked;
static gint64 input_ms = -1; /* last input; -1: always now */
static gboolean has_idle_ops = TRUE;

GList *fake_accounts(void)
{
    return accounts;
}

/* Options ---------------------------------------------------------------------------------------
 */

static PurpleAccountOption *option_new(PurplePrefType type, const char *text, const char *key)
{
    PurpleAccountOption *option = g_new0(PurpleAccountOption, 1);

    option->type = type;
    option->text = g_strdup(text);
    option->pref_name = g_strdup(key);
    return option;
}

PurpleAccountOption *purple_account_option_bool_new(const char *text, const char *key,
                                                    gboolean fallback)
{
    PurpleAccountOption *option = option_new(PURPLE_PREF_BOOLEAN, text, key);

    option->default_value.boolean = fallback;
    return option;
}

PurpleAccountOption *purple_account_option_int_new(const char *text, const char *key, int fallback)
{
    PurpleAccountOption *option = option_new(PURPLE_PREF_INT, text, key);

    option->default_value.integer = fallback;
    return option;
}

PurpleAccountOption *purple_account_option_string_new(const char *text, const char *key,
                                                      const char *fallback)
{
    PurpleAccountOption *option = option_new(PURPLE_PREF_STRING, text, key);

    option->default_value.string = g_strdup(fallback);
    return option;
}

PurpleAccountOption *purple_account_option_list_new(const char *text, const char *key, GList *list)
{
    PurpleAccountOption *option = option_new(PURPLE_PREF_STRING_LIST, text, key);

    option->default_value.list = list;
    return option;
}

/* An account that was never edited has no settings: the caller's default counts, as in libpurple.
 * A key that is no option, or another default than the option's, is a mistake. */
static PurpleAccountOption *option_of(const char *key)
{
    for (GList *link = fake_prpl()->protocol_options; link != NULL; link = link->next)
        if (strcmp(((PurpleAccountOption *)link->data)->pref_name, key) == 0)
            return link->data;
    fake_fail("%s is no option of an account", key);
}

/* What the plugin keeps there for itself is no option. */
/* What the plugin remembers for itself is no option. */
static gboolean is_kept(const char *key)
{
    return g_str_has_prefix(key, "tinode-");
}

void purple_account_set_string(PurpleAccount *account, const char *key, const char *value)
{
    if (!is_kept(key))
        fake_fail("the plugin changes the option %s", key);
    if (value != NULL)
        g_hash_table_insert(account->settings, g_strdup(key), g_strdup(value));
    else
        g_hash_table_remove(account->settings, key);
}

const char *purple_account_get_string(const PurpleAccount *account, const char *key,
                                      const char *fallback)
{
    const PurpleAccountOption *option = is_kept(key) ? NULL : option_of(key);

    if (option != NULL && option->type != PURPLE_PREF_STRING &&
        option->type != PURPLE_PREF_STRING_LIST)
        fake_fail("option %s is no string", key);
    if (g_hash_table_contains(account->settings, key))
        return g_hash_table_lookup(account->settings, key);
    return fallback;
}

int purple_account_get_int(const PurpleAccount *account, const char *key, int fallback)
{
    const PurpleAccountOption *option = option_of(key);
    const char *value = g_hash_table_lookup(account->settings, key);

    if (option->type != PURPLE_PREF_INT)
        fake_fail("option %s is no number", key);
    if (fallback != option->default_value.integer)
        fake_fail("option %s has two defaults", key);
    return value != NULL ? (int)g_ascii_strtoll(value, NULL, 10) : fallback;
}

/* What the plugin keeps for itself in an account is no option. */
gboolean purple_account_get_bool(const PurpleAccount *account, const char *key, gboolean fallback)
{
    const gboolean is_own = g_str_has_prefix(key, "tinode-");
    const PurpleAccountOption *option = is_own ? NULL : option_of(key);
    const char *value = g_hash_table_lookup(account->settings, key);

    if (is_own)
        return value != NULL ? value[0] == '1' : fallback;
    if (option->type != PURPLE_PREF_BOOLEAN)
        fake_fail("option %s is no yes or no", key);
    if (!fallback != !option->default_value.boolean)
        fake_fail("option %s has two defaults", key);
    return value != NULL ? value[0] == '1' : fallback;
}

void fake_set_string(PurpleAccount *account, const char *key, const char *value)
{
    option_of(key);
    g_hash_table_insert(account->settings, g_strdup(key), g_strdup(value));
}

void fake_set_int(PurpleAccount *account, const char *key, int value)
{
    option_of(key);
    g_hash_table_insert(account->settings, g_strdup(key), g_strdup_printf("%d", value));
}

void fake_set_bool(PurpleAccount *account, const char *key, gboolean value)
{
    fake_set_int(account, key, value ? 1 : 0);
}

/* Presence --------------------------------------------------------------------------------------
 */

PurpleStatusType *purple_status_type_new(PurpleStatusPrimitive primitive, const char *id,
                                         const char *name, gboolean user_settable)
{
    PurpleStatusType *type = g_new0(PurpleStatusType, 1);

    (void)name;
    (void)user_settable;
    type->primitive = primitive;
    type->id = g_strdup(id);
    return type;
}

PurpleStatusPrimitive purple_status_type_get_primitive(const PurpleStatusType *type)
{
    return type->primitive;
}

PurpleStatusType *purple_status_get_type(const PurpleStatus *status)
{
    return status->type;
}

PurplePresence *purple_account_get_presence(const PurpleAccount *account)
{
    return account->presence;
}

PurpleStatus *purple_presence_get_active_status(const PurplePresence *presence)
{
    return presence->active;
}

gboolean purple_presence_is_idle(const PurplePresence *presence)
{
    return presence->is_idle;
}

gboolean fake_is_status(PurpleAccount *account, const char *id)
{
    for (GList *link = account->status_types; link != NULL; link = link->next)
        if (strcmp(((PurpleStatusType *)link->data)->id, id) == 0)
            return TRUE;
    return FALSE;
}

void fake_status(PurpleAccount *account, const char *id)
{
    PurplePresence *presence = account->presence;

    for (GList *link = presence->statuses; link != NULL; link = link->next) {
        PurpleStatus *status = link->data;

        if (strcmp(status->type->id, id) != 0)
            continue;
        presence->active = status;
        if (account->gc != NULL && account->gc->state == PURPLE_CONNECTED &&
            fake_prpl()->set_status != NULL)
            fake_prpl()->set_status(account, status);
        return;
    }
    fake_fail("no status %s", id);
}

void fake_idle(PurpleAccount *account, gboolean is_idle)
{
    account->presence->is_idle = is_idle;
    if (account->gc != NULL && fake_prpl()->set_idle != NULL)
        fake_prpl()->set_idle(account->gc, is_idle ? 60 : 0);
}

static time_t time_idle(void)
{
    return input_ms < 0 ? 0 : (fake_now_ms() - input_ms) / 1000;
}

PurpleIdleUiOps *purple_idle_get_ui_ops(void)
{
    static PurpleIdleUiOps ops = {.get_time_idle = time_idle};

    return has_idle_ops ? &ops : NULL;
}

void fake_input_age(int seconds)
{
    input_ms = seconds < 0 ? -1 : fake_now_ms() - (gint64)seconds * 1000;
    if (seconds >= 0 && input_ms < 0)
        fake_fail("advance the clock first: there is no input before the beginning");
}

void fake_no_idle_ops(void)
{
    has_idle_ops = FALSE;
}

void fake_block(const char *user)
{
    g_free(blocked);
    blocked = g_strdup(user);
}

gboolean fake_is_blocked(const char *user)
{
    return g_strcmp0(user, blocked) == 0;
}

/* Accounts --------------------------------------------------------------------------------------
 */

PurpleAccount *fake_account(const char *user)
{
    PurpleAccount *account = g_new0(PurpleAccount, 1);

    account->username = g_strdup(user);
    account->password = g_strdup("secret");
    account->protocol_id = g_strdup("prpl-tinode");
    account->settings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    account->ui_settings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    account->status_types = fake_prpl()->status_types(account);
    account->presence = g_new0(PurplePresence, 1);
    for (GList *link = account->status_types; link != NULL; link = link->next) {
        PurpleStatus *status = g_new0(PurpleStatus, 1);

        status->type = link->data;
        account->presence->statuses = g_list_append(account->presence->statuses, status);
    }
    accounts = g_list_append(accounts, account);
    fake_status(account, "available");
    fake_set_string(account, "server", "127.0.0.1:6060");
    fake_set_string(account, "tls", "off");
    return account;
}

static void status_type_free(gpointer data)
{
    g_free(((PurpleStatusType *)data)->id);
    g_free(data);
}

static void account_free(gpointer data)
{
    PurpleAccount *account = data;

    assert_null(account->gc);
    g_list_free_full(account->presence->statuses, g_free);
    g_slist_free_full(account->deny, g_free);
    g_list_free_full(account->status_types, status_type_free);
    g_free(account->presence);
    g_hash_table_destroy(account->settings);
    g_hash_table_destroy(account->ui_settings);
    g_free(account->alias);
    g_free(account->username);
    g_free(account->password);
    g_free(account->protocol_id);
    g_free(account);
}

void fake_accounts_end(void)
{
    g_list_free_full(g_steal_pointer(&accounts), account_free);
    input_ms = -1;
    has_idle_ops = TRUE;
    fake_block(NULL);
}

void fake_delete_account(PurpleAccount *account)
{
    if (account->gc != NULL)
        fake_logout(account);
    purple_signal_emit(purple_accounts_get_handle(), "account-destroying", account);
    accounts = g_list_remove(accounts, account);
    account_free(account);
}

void purple_account_set_bool(PurpleAccount *account, const char *key, gboolean value)
{
    assert_true(g_str_has_prefix(key, "tinode-"));
    g_hash_table_insert(account->settings, g_strdup(key), g_strdup(value ? "1" : "0"));
}

PurpleConnection *purple_account_get_connection(const PurpleAccount *account)
{
    return account->gc;
}

const char *purple_account_get_protocol_id(const PurpleAccount *account)
{
    return account->protocol_id;
}

const char *purple_account_get_username(const PurpleAccount *account)
{
    return account->username;
}

const char *fake_normalize(PurpleAccount *account, const char *name)
{
    return fake_prpl()->normalize != NULL ? fake_prpl()->normalize(account, name) : name;
}

/* Connections -----------------------------------------------------------------------------------
 */

void fake_login(PurpleAccount *account)
{
    PurpleConnection *gc = g_new0(PurpleConnection, 1);

    assert_null(account->gc);
    gc->prpl = fake_plugin();
    gc->account = account;
    gc->password = g_strdup(account->password);
    gc->state = PURPLE_CONNECTING;
    account->gc = gc;
    fake_link_login(account);
    fake_prpl()->login(account);
    fake_link_login(NULL);
}

/* As libpurple takes a connection down. */
void fake_logout(PurpleAccount *account)
{
    PurpleConnection *gc = account->gc;
    const void *ours = gc != NULL ? gc->proto_data : NULL;

    if (gc == NULL)
        fake_fail("%s has no connection", account->username);
    while (gc->buddy_chats != NULL)
        fake_connection_chat_left(gc, gc->buddy_chats->data);
    fake_prpl()->close(gc);
    if (gc->proto_data != NULL)
        fake_fail("close() left proto_data behind");
    if (fake_is_asked_by(ours))
        fake_fail("close() left a question open");
    fake_form_close(gc); /* libpurple closes what belongs to the connection */
    gc->state = PURPLE_DISCONNECTED;
    fake_event(FAKE_STATE, account, "disconnected");
    account->gc = NULL;
    if (gc->disconnect_timeout > 0)
        purple_timeout_remove(gc->disconnect_timeout);
    g_free(gc->password);
    g_free(gc->display_name);
    g_free(gc);
}

gboolean fake_is_online(PurpleAccount *account)
{
    return account->gc != NULL && account->gc->state == PURPLE_CONNECTED;
}

static void check_gc(PurpleConnection *gc)
{
    for (GList *link = accounts; link != NULL; link = link->next)
        if (((PurpleAccount *)link->data)->gc == gc)
            return;
    fake_fail("a connection that does not exist any more is used");
}

PurpleAccount *purple_connection_get_account(const PurpleConnection *gc)
{
    return gc->account;
}

const char *purple_connection_get_password(const PurpleConnection *gc)
{
    return gc->password;
}

void purple_connection_set_state(PurpleConnection *gc, PurpleConnectionState state)
{
    check_gc(gc);
    if (gc->state == state)
        return;
    gc->state = state;
    if (state != PURPLE_CONNECTED)
        fake_fail("the plugin sets state %d", state);
    fake_event(FAKE_STATE, gc->account, "connected");
}

void purple_connection_set_display_name(PurpleConnection *gc, const char *name)
{
    check_gc(gc);
    g_free(gc->display_name);
    gc->display_name = g_strdup(name);
    fake_event(FAKE_STATE, gc->account, "display name %s", name);
}

const char *purple_connection_get_display_name(const PurpleConnection *gc)
{
    return gc->display_name;
}

void purple_connection_update_progress(PurpleConnection *gc, const char *text, size_t step,
                                       size_t count)
{
    check_gc(gc);
    assert_non_null(text);
    assert_true(step < count);
    fake_event(FAKE_PROGRESS, gc->account, "progress %s", text);
}

static const char *reason_name(PurpleConnectionError reason)
{
    static const char *const names[] = {
        [PURPLE_CONNECTION_ERROR_NETWORK_ERROR] = "network-error",
        [PURPLE_CONNECTION_ERROR_INVALID_USERNAME] = "invalid-username",
        [PURPLE_CONNECTION_ERROR_AUTHENTICATION_FAILED] = "authentication-failed",
        [PURPLE_CONNECTION_ERROR_AUTHENTICATION_IMPOSSIBLE] = "authentication-impossible",
        [PURPLE_CONNECTION_ERROR_NO_SSL_SUPPORT] = "no-ssl-support",
        [PURPLE_CONNECTION_ERROR_ENCRYPTION_ERROR] = "encryption-error",
        [PURPLE_CONNECTION_ERROR_NAME_IN_USE] = "name-in-use",
        [PURPLE_CONNECTION_ERROR_INVALID_SETTINGS] = "invalid-settings",
        [PURPLE_CONNECTION_ERROR_CERT_NOT_PROVIDED] = "cert-not-provided",
        [PURPLE_CONNECTION_ERROR_CERT_UNTRUSTED] = "cert-untrusted",
        [PURPLE_CONNECTION_ERROR_CERT_EXPIRED] = "cert-expired",
        [PURPLE_CONNECTION_ERROR_CERT_NOT_ACTIVATED] = "cert-not-activated",
        [PURPLE_CONNECTION_ERROR_CERT_HOSTNAME_MISMATCH] = "cert-hostname-mismatch",
        [PURPLE_CONNECTION_ERROR_CERT_FINGERPRINT_MISMATCH] = "cert-fingerprint-mismatch",
        [PURPLE_CONNECTION_ERROR_CERT_SELF_SIGNED] = "cert-self-signed",
        [PURPLE_CONNECTION_ERROR_CERT_OTHER_ERROR] = "cert-other-error",
        [PURPLE_CONNECTION_ERROR_OTHER_ERROR] = "other-error",
    };

    assert_true((guint)reason < G_N_ELEMENTS(names));
    return names[reason];
}

static gboolean on_disconnect(gpointer data)
{
    PurpleAccount *account = data;

    account->gc->disconnect_timeout = 0;
    fake_logout(account);
    return FALSE;
}

gboolean purple_connection_error_is_fatal(PurpleConnectionError reason)
{
    return reason != PURPLE_CONNECTION_ERROR_NETWORK_ERROR &&
           reason != PURPLE_CONNECTION_ERROR_ENCRYPTION_ERROR;
}

/* The first error wins; the connection is taken down in the next turn. */
void purple_connection_notice(PurpleConnection *gc, const char *text)
{
    fake_event(FAKE_NOTIFY, gc->account, "notice %s", text);
}

void purple_connection_error_reason(PurpleConnection *gc, PurpleConnectionError reason,
                                    const char *text)
{
    check_gc(gc);
    assert_non_null(text);
    if (gc->disconnect_timeout > 0)
        return;
    fake_event(FAKE_ERROR, gc->account, "error %s %s", reason_name(reason), text);
    gc->disconnect_timeout = purple_timeout_add(0, on_disconnect, gc->account);
}
