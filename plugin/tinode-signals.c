/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-signals.c: registration and emission of the public signals, and the calls. */
#include "tinode-signals.h"

#include <account.h>
#include <signals.h>
#include <value.h>

#include "tinode-account.h"
#include "tinode-details.h"
#include "tinode-metrics.h"

static PurplePlugin *instance;

/* Marshallers: libpurple has ready ones only for a few combinations of types. */

static void marshal_4(PurpleCallback cb, va_list args, void *data, void **result)
{
    gpointer account = va_arg(args, gpointer);
    gpointer channel = va_arg(args, gpointer);
    gpointer third = va_arg(args, gpointer);
    gpointer fourth = va_arg(args, gpointer);

    (void)result;
    ((void (*)(gpointer, gpointer, gpointer, gpointer, gpointer))cb)(account, channel, third,
                                                                     fourth, data);
}

static void marshal_message(PurpleCallback cb, va_list args, void *data, void **result)
{
    gpointer account = va_arg(args, gpointer);
    gpointer channel = va_arg(args, gpointer);
    gpointer id = va_arg(args, gpointer);
    guint seq = va_arg(args, guint);
    gpointer state = va_arg(args, gpointer);
    guint delivered = va_arg(args, guint);
    guint read = va_arg(args, guint);
    guint members = va_arg(args, guint);

    (void)result;
    ((void (*)(gpointer, gpointer, gpointer, guint, gpointer, guint, guint, guint, gpointer))cb)(
        account, channel, id, seq, state, delivered, read, members, data);
}

static void marshal_receipt(PurpleCallback cb, va_list args, void *data, void **result)
{
    gpointer account = va_arg(args, gpointer);
    gpointer channel = va_arg(args, gpointer);
    gpointer who = va_arg(args, gpointer);
    gpointer kind = va_arg(args, gpointer);
    guint seq = va_arg(args, guint);

    (void)result;
    ((void (*)(gpointer, gpointer, gpointer, gpointer, guint, gpointer))cb)(account, channel, who,
                                                                            kind, seq, data);
}

static void marshal_unread(PurpleCallback cb, va_list args, void *data, void **result)
{
    gpointer account = va_arg(args, gpointer);
    gpointer channel = va_arg(args, gpointer);
    guint count = va_arg(args, guint);

    (void)result;
    ((void (*)(gpointer, gpointer, guint, gpointer))cb)(account, channel, count, data);
}

static void marshal_call(PurpleCallback cb, va_list args, void *data, void **result)
{
    gpointer account = va_arg(args, gpointer);
    gpointer channel = va_arg(args, gpointer);
    gboolean answer = ((gboolean(*)(gpointer, gpointer, gpointer))cb)(account, channel, data);

    if (result != NULL)
        *result = GINT_TO_POINTER(answer);
}

static void marshal_call_text(PurpleCallback cb, va_list args, void *data, void **result)
{
    gpointer account = va_arg(args, gpointer);
    char *answer = ((char *(*)(gpointer, gpointer))cb)(account, data);

    if (result != NULL)
        *result = answer;
    else
        g_free(answer);
}

static void marshal_call_word(PurpleCallback cb, va_list args, void *data, void **result)
{
    gpointer account = va_arg(args, gpointer);
    gpointer channel = va_arg(args, gpointer);
    gpointer answer = ((gpointer(*)(gpointer, gpointer, gpointer))cb)(account, channel, data);

    if (result != NULL)
        *result = answer;
}

static void marshal_call_details(PurpleCallback cb, va_list args, void *data, void **result)
{
    gpointer account = va_arg(args, gpointer);
    gpointer channel = va_arg(args, gpointer);
    gpointer id = va_arg(args, gpointer);
    char *answer =
        ((char *(*)(gpointer, gpointer, gpointer, gpointer))cb)(account, channel, id, data);

    if (result != NULL)
        *result = answer;
    else
        g_free(answer);
}

static void marshal_call_state(PurpleCallback cb, va_list args, void *data, void **result)
{
    gpointer account = va_arg(args, gpointer);
    gpointer channel = va_arg(args, gpointer);
    gpointer id = va_arg(args, gpointer);
    gpointer answer =
        ((gpointer(*)(gpointer, gpointer, gpointer, gpointer))cb)(account, channel, id, data);

    if (result != NULL)
        *result = answer;
}

static PurpleValue *account_value(void)
{
    return purple_value_new(PURPLE_TYPE_SUBTYPE, PURPLE_SUBTYPE_ACCOUNT);
}

static PurpleValue *string_value(void)
{
    return purple_value_new(PURPLE_TYPE_STRING);
}

static PurpleValue *uint_value(void)
{
    return purple_value_new(PURPLE_TYPE_UINT);
}

static gboolean call_hold(PurpleAccount *account, const char *channel, gboolean is_start)
{
    TinodeAccount *ta = tinode_account_find(account);

    if (ta == NULL || ta->engine == NULL || channel == NULL || !tn_topic_is_valid(channel))
        return FALSE;
    if (is_start)
        receipt_engine_hold(ta->engine, tinode_now_ms(), channel, RECEIPT_HOLD_ASKED);
    else
        receipt_engine_release(ta->engine, tinode_now_ms(), channel, RECEIPT_HOLD_ASKED);
    return TRUE;
}

static gboolean call_start(PurpleAccount *account, const char *channel, gpointer data)
{
    (void)data;
    return call_hold(account, channel, TRUE);
}

static gboolean call_stop(PurpleAccount *account, const char *channel, gpointer data)
{
    (void)data;
    return call_hold(account, channel, FALSE);
}

static const char *call_message_state(PurpleAccount *account, const char *channel, const char *id,
                                      gpointer data)
{
    TinodeAccount *ta = tinode_account_find(account);
    ReceiptMessage message;

    (void)data;
    if (ta == NULL || ta->engine == NULL || channel == NULL || id == NULL ||
        !receipt_engine_message(ta->engine, channel, id, &message))
        return NULL;
    return receipt_message_state_name(message.state);
}

static const char *call_sync_state(PurpleAccount *account, const char *channel, gpointer data)
{
    TinodeAccount *ta = tinode_account_find(account);

    (void)data;
    if (ta == NULL || ta->engine == NULL || channel == NULL)
        return NULL;
    return receipt_sync_state_name(receipt_engine_sync_state(ta->engine, channel, NULL));
}

static void collect_id(const ReceiptMessage *message, gpointer data)
{
    g_ptr_array_add(data, g_strdup(message->id));
}

/* A handler may do anything, closing the account included: each message is looked up anew. */
static gint call_replay(PurpleAccount *account, const char *channel, gpointer data)
{
    TinodeAccount *ta = tinode_account_find(account);
    g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
    ReceiptMessage message;
    gint told = 0;

    (void)data;
    if (ta == NULL || ta->engine == NULL || channel == NULL)
        return -1;
    receipt_engine_foreach_message(ta->engine, channel, collect_id, ids);
    for (guint i = 0; i < ids->len; i++) {
        g_autofree char *id = NULL;

        ta = tinode_account_find(account);
        if (ta == NULL || ta->engine == NULL)
            break;
        if (!receipt_engine_message(ta->engine, channel, ids->pdata[i], &message))
            continue;
        message.id = id = g_strdup(message.id);
        told++;
        tinode_signals_message(account, channel, &message);
    }
    return told;
}

static TinodeTopic *topic_of(PurpleAccount *account, const char *channel)
{
    TinodeAccount *ta = tinode_account_find(account);

    return ta != NULL && ta->engine != NULL ? tinode_topic_find(ta, channel) : NULL;
}

static char *call_message_receipts(PurpleAccount *account, const char *channel, const char *id,
                                   gpointer data)
{
    TinodeTopic *topic = topic_of(account, channel);

    (void)data;
    return topic != NULL && id != NULL ? tinode_details_tooltip(topic, id) : NULL;
}

static gboolean call_show_receipts(PurpleAccount *account, const char *channel, gpointer data)
{
    TinodeTopic *topic = topic_of(account, channel);

    (void)data;
    if (topic == NULL)
        return FALSE;
    tinode_details_show(topic);
    return TRUE;
}

static char *call_metrics_json(PurpleAccount *account, gpointer data)
{
    TinodeAccount *ta = tinode_account_find(account);

    (void)data;
    return ta != NULL ? tinode_metrics_json(ta) : NULL;
}

static char *call_metrics_text(PurpleAccount *account, gpointer data)
{
    TinodeAccount *ta = tinode_account_find(account);

    (void)data;
    return ta != NULL ? tinode_metrics_text(ta) : NULL;
}

static void register_signals(void)
{
    purple_signal_register(instance, "tinode-sync-changed", marshal_4, NULL, 4, account_value(),
                           string_value(), string_value(), string_value());
    purple_signal_register(instance, "tinode-message-state", marshal_message, NULL, 8,
                           account_value(), string_value(), string_value(), uint_value(),
                           string_value(), uint_value(), uint_value(), uint_value());
    purple_signal_register(instance, "tinode-receipt", marshal_receipt, NULL, 5, account_value(),
                           string_value(), string_value(), string_value(), uint_value());
    purple_signal_register(instance, "tinode-unread", marshal_unread, NULL, 3, account_value(),
                           string_value(), uint_value());
    purple_signal_register(instance, "tinode-problem", marshal_4, NULL, 4, account_value(),
                           string_value(), string_value(), string_value());
}

static void register_calls(void)
{
    purple_plugin_ipc_register(instance, "start-receipt-sync", PURPLE_CALLBACK(call_start),
                               marshal_call, purple_value_new(PURPLE_TYPE_BOOLEAN), 2,
                               account_value(), string_value());
    purple_plugin_ipc_register(instance, "stop-receipt-sync", PURPLE_CALLBACK(call_stop),
                               marshal_call, purple_value_new(PURPLE_TYPE_BOOLEAN), 2,
                               account_value(), string_value());
    purple_plugin_ipc_register(instance, "message-state", PURPLE_CALLBACK(call_message_state),
                               marshal_call_state, string_value(), 3, account_value(),
                               string_value(), string_value());
    purple_plugin_ipc_register(instance, "sync-state", PURPLE_CALLBACK(call_sync_state),
                               marshal_call_word, string_value(), 2, account_value(),
                               string_value());
    purple_plugin_ipc_register(instance, "replay-message-states", PURPLE_CALLBACK(call_replay),
                               marshal_call, purple_value_new(PURPLE_TYPE_INT), 2, account_value(),
                               string_value());
    purple_plugin_ipc_register(instance, "message-receipts", PURPLE_CALLBACK(call_message_receipts),
                               marshal_call_details, string_value(), 3, account_value(),
                               string_value(), string_value());
    purple_plugin_ipc_register(instance, "show-receipts", PURPLE_CALLBACK(call_show_receipts),
                               marshal_call, purple_value_new(PURPLE_TYPE_BOOLEAN), 2,
                               account_value(), string_value());
    purple_plugin_ipc_register(instance, "metrics-json", PURPLE_CALLBACK(call_metrics_json),
                               marshal_call_text, string_value(), 1, account_value());
    purple_plugin_ipc_register(instance, "metrics-text", PURPLE_CALLBACK(call_metrics_text),
                               marshal_call_text, string_value(), 1, account_value());
}

void tinode_signals_init(PurplePlugin *plugin)
{
    instance = plugin;
    register_signals();
    register_calls();
}

void tinode_signals_uninit(void)
{
    purple_plugin_ipc_unregister_all(instance);
    purple_signals_unregister_by_instance(instance);
    instance = NULL;
}

void tinode_signals_sync(PurpleAccount *account, const char *channel, ReceiptSyncState state,
                         ReceiptReason reason)
{
    purple_signal_emit(instance, "tinode-sync-changed", account, channel,
                       receipt_sync_state_name(state), receipt_reason_name(reason));
}

void tinode_signals_message(PurpleAccount *account, const char *channel,
                            const ReceiptMessage *message)
{
    purple_signal_emit(instance, "tinode-message-state", account, channel, message->id,
                       (guint)message->seq, receipt_message_state_name(message->state),
                       message->delivered, message->read, message->members);
}

void tinode_signals_receipt(PurpleAccount *account, const char *channel, const char *who,
                            ReceiptKind kind, guint32 seq)
{
    purple_signal_emit(instance, "tinode-receipt", account, channel, who, receipt_kind_name(kind),
                       (guint)seq);
}

void tinode_signals_unread(PurpleAccount *account, const char *channel, guint count)
{
    purple_signal_emit(instance, "tinode-unread", account, channel, count);
}

void tinode_signals_problem(PurpleAccount *account, const char *channel, const char *category,
                            const char *text)
{
    purple_signal_emit(instance, "tinode-problem", account, channel, category, text);
}
