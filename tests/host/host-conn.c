/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections: reports, reconnecting, and joining chats again. Layer: tests (purple-host).
 */
#include "host-conn.h"

#include "host-conv.h"
#include "host-json.h"
#include "host.h"

static const char *const reason_words[] = {
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

typedef struct {
    const char *reason;
    char *text;
} Report;

static GHashTable *reports;    /* PurpleAccount → Report: told before the connection goes */
static GHashTable *reconnects; /* PurpleAccount → source id */
static GHashTable *to_clear;   /* PurpleAccount → source id: BitlBee's end of a session */
static gboolean stopping;
static int handle;

static void report_free(gpointer data)
{
    Report *report = data;

    g_free(report->text);
    g_free(report);
}

static void source_remove(gpointer id)
{
    g_source_remove(GPOINTER_TO_UINT(id));
}

static gboolean sign_in_again(gpointer data)
{
    PurpleAccount *account = data;

    g_hash_table_steal(reconnects, account);
    if (purple_account_get_enabled(account, purple_core_get_ui()) &&
        purple_account_is_disconnected(account))
        purple_account_connect(account);
    return G_SOURCE_REMOVE;
}

static void plan_reconnect(PurpleAccount *account)
{
    if (host.reconnect_ms < 0 || stopping)
        return;
    g_hash_table_replace(
        reconnects, account,
        GUINT_TO_POINTER(g_timeout_add(host.reconnect_ms, sign_in_again, account)));
}

/* BitlBee forgets the account and with it all its conversations, whatever ended the connection. */
static gboolean clear_session(gpointer data)
{
    PurpleAccount *account = data;
    GList *all = g_list_copy(purple_get_conversations());

    g_hash_table_steal(to_clear, account);
    for (GList *l = all; l != NULL; l = l->next)
        if (purple_conversation_get_account(l->data) == account)
            purple_conversation_destroy(l->data);
    g_list_free(all);
    if (!g_hash_table_contains(reconnects, account))
        purple_account_set_enabled(account, purple_core_get_ui(), FALSE);
    return G_SOURCE_REMOVE;
}

static void conn_report(PurpleConnection *gc, PurpleConnectionError reason, const char *text)
{
    PurpleAccount *account = purple_connection_get_account(gc);
    Report *report = g_new0(Report, 1);

    report->reason = (guint)reason < G_N_ELEMENTS(reason_words) ? reason_words[reason] : "unknown";
    report->text = g_strdup(text);
    g_hash_table_replace(reports, account, report);
    if (!purple_connection_error_is_fatal(reason))
        plan_reconnect(account);
    else
        purple_account_set_enabled(account, purple_core_get_ui(), FALSE);
}

static void conn_connected(PurpleConnection *gc)
{
    PurpleAccount *account = purple_connection_get_account(gc);
    json_t *event = host_event_for("connected", account);

    g_hash_table_remove(reports, account);
    host_set_str(event, "display-name", purple_connection_get_display_name(gc));
    host_emit(event);
}

static void conn_disconnected(PurpleConnection *gc)
{
    PurpleAccount *account = purple_connection_get_account(gc);
    Report *report = g_hash_table_lookup(reports, account);
    json_t *event = host_event_for("disconnected", account);

    host_set_str(event, "reason", report != NULL ? report->reason : "requested");
    host_set_str(event, "text", report != NULL ? report->text : "");
    g_hash_table_remove(reports, account);
    host_emit(event);
    if (host.ui == HOST_BITLBEE && !stopping)
        g_hash_table_replace(to_clear, account,
                             GUINT_TO_POINTER(g_timeout_add(0, clear_session, account)));
}

static void conn_notice(PurpleConnection *gc, const char *text)
{
    json_t *event = host_event_for("notify", purple_connection_get_account(gc));

    host_set_str(event, "kind", "notice");
    host_set_str(event, "title", "");
    host_set_str(event, "text", text);
    host_emit(event);
}

static PurpleConnectionUiOps conn_ops = {
    .connected = conn_connected,
    .disconnected = conn_disconnected,
    .notice = conn_notice,
    .report_disconnect_reason = conn_report,
};

PurpleConnectionUiOps *host_conn_ops(void)
{
    return &conn_ops;
}

/* Pidgin and Finch: which chats are we in now, to be joined again at the next sign-in? */
static void signing_off(PurpleConnection *gc, gpointer data G_GNUC_UNUSED)
{
    PurpleMessageFlags flags = PURPLE_MESSAGE_SYSTEM;

    if (host.ui == HOST_BITLBEE)
        return;
    if (host.ui == HOST_PIDGIN)
        flags |= PURPLE_MESSAGE_NO_LOG;
    for (GList *l = purple_get_chats(); l != NULL; l = l->next) {
        PurpleConversation *conv = l->data;

        if (purple_conversation_get_account(conv) != purple_connection_get_account(gc) ||
            purple_conv_chat_has_left(PURPLE_CONV_CHAT(conv)))
            continue;
        purple_conversation_set_data(conv, "want-to-rejoin", GINT_TO_POINTER(TRUE));
        purple_conversation_write(conv, NULL, "Signed off; this chat is joined again at sign-in.",
                                  flags, time(NULL));
    }
}

static void join_again(PurpleConnection *gc, PurpleConversation *conv)
{
    const char *name = purple_conversation_get_name(conv);
    PurpleChat *chat = purple_blist_find_chat(purple_conversation_get_account(conv), name);
    PurplePluginProtocolInfo *prpl = PURPLE_PLUGIN_PROTOCOL_INFO(purple_connection_get_prpl(gc));
    GHashTable *components;

    if (chat != NULL) {
        serv_join_chat(gc, purple_chat_get_components(chat));
        return;
    }
    if (prpl->chat_info_defaults == NULL)
        return;
    components = prpl->chat_info_defaults(gc, name);
    serv_join_chat(gc, components);
    g_hash_table_destroy(components);
}

static void signed_on(PurpleConnection *gc, gpointer data G_GNUC_UNUSED)
{
    GList *chats;

    if (host.ui == HOST_BITLBEE)
        return;
    chats = g_list_copy(purple_get_chats());
    for (GList *l = chats; l != NULL; l = l->next)
        if (purple_conversation_get_account(l->data) == purple_connection_get_account(gc) &&
            purple_conversation_get_data(l->data, "want-to-rejoin") != NULL)
            join_again(gc, l->data);
    g_list_free(chats);
}

void host_conn_forget_reconnect(PurpleAccount *account)
{
    g_hash_table_remove(reconnects, account);
}

static void account_removed(PurpleAccount *account, gpointer data G_GNUC_UNUSED)
{
    g_hash_table_remove(reports, account);
    g_hash_table_remove(reconnects, account);
    g_hash_table_remove(to_clear, account);
}

void host_conn_init(void)
{
    void *connections = purple_connections_get_handle();

    reports = g_hash_table_new_full(NULL, NULL, NULL, report_free);
    reconnects = g_hash_table_new_full(NULL, NULL, NULL, source_remove);
    to_clear = g_hash_table_new_full(NULL, NULL, NULL, source_remove);
    purple_signal_connect(connections, "signing-off", &handle, PURPLE_CALLBACK(signing_off), NULL);
    purple_signal_connect(connections, "signed-on", &handle, PURPLE_CALLBACK(signed_on), NULL);
    purple_signal_connect(purple_accounts_get_handle(), "account-removed", &handle,
                          PURPLE_CALLBACK(account_removed), NULL);
}

void host_conn_stop(void)
{
    stopping = TRUE;
    g_hash_table_remove_all(reconnects);
    g_hash_table_remove_all(to_clear);
}

void host_conn_uninit(void)
{
    g_clear_pointer(&reports, g_hash_table_destroy);
    g_clear_pointer(&reconnects, g_hash_table_destroy);
    g_clear_pointer(&to_clear, g_hash_table_destroy);
}
