/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin's own signals and calls. Layer: tests (purple-host).
 */
#include "host-signal.h"

#include <stdarg.h>

#include "host-input.h"
#include "host-json.h"
#include "host-prpl.h"

#define ARGS_MAX 4

static const char *const plugin_ids[] = {"prpl-tinode", HOST_PRPL_ID};

static const char *const signal_names[] = {
    "tinode-sync-changed", "tinode-message-state", "tinode-receipt",
    "tinode-unread",       "tinode-problem",
};

typedef struct {
    PurplePlugin *plugin;
    const char *name;
} Subscription;

static GList *subscriptions;
static int handle;

static json_t *pointer_argument(PurpleValue *type, void *pointer)
{
    if (pointer != NULL && purple_value_get_type(type) == PURPLE_TYPE_SUBTYPE &&
        purple_value_get_subtype(type) == PURPLE_SUBTYPE_ACCOUNT)
        return host_string(purple_account_get_username(pointer));
    return pointer == NULL ? host_string("") : json_string("(pointer)");
}

/* Takes the next argument: what varargs make of each type. */
static json_t *argument(PurpleValue *type, va_list *args)
{
    switch (purple_value_get_type(type)) {
    case PURPLE_TYPE_BOOLEAN:
        return json_boolean(va_arg(*args, int));
    case PURPLE_TYPE_CHAR:
    case PURPLE_TYPE_SHORT:
    case PURPLE_TYPE_INT:
    case PURPLE_TYPE_ENUM:
        return json_integer(va_arg(*args, int));
    case PURPLE_TYPE_UCHAR:
    case PURPLE_TYPE_USHORT:
    case PURPLE_TYPE_UINT:
        return json_integer(va_arg(*args, guint));
    case PURPLE_TYPE_LONG:
        return json_integer(va_arg(*args, long));
    case PURPLE_TYPE_ULONG:
        return json_integer(va_arg(*args, unsigned long));
    case PURPLE_TYPE_INT64:
        return json_integer(va_arg(*args, gint64));
    case PURPLE_TYPE_UINT64:
        return json_integer(va_arg(*args, guint64));
    case PURPLE_TYPE_STRING:
        return host_string(va_arg(*args, const char *));
    default:
        return pointer_argument(type, va_arg(*args, void *));
    }
}

static void got_signal(va_list args, gpointer data)
{
    Subscription *subscription = data;
    json_t *event = host_event("signal");
    json_t *list = json_array();
    PurpleValue **types = NULL;
    PurpleValue *returned = NULL;
    int count = 0;
    va_list copy;

    purple_signal_get_values(subscription->plugin, subscription->name, &returned, &count, &types);
    va_copy(copy, args);
    for (int i = 0; i < count; i++)
        json_array_append_new(list, argument(types[i], &copy));
    va_end(copy);
    host_set_str(event, "name", subscription->name);
    host_set(event, "args", list);
    host_emit(event);
}

void host_signal_init(void)
{
    for (guint p = 0; p < G_N_ELEMENTS(plugin_ids); p++) {
        PurplePlugin *plugin = purple_find_prpl(plugin_ids[p]);

        for (guint i = 0; plugin != NULL && i < G_N_ELEMENTS(signal_names); i++) {
            Subscription *subscription = g_new0(Subscription, 1);

            subscription->plugin = plugin;
            subscription->name = signal_names[i];
            subscriptions = g_list_prepend(subscriptions, subscription);
            /* A signal that is not registered is told by libpurple as a critical warning. */
            purple_signal_connect_vargs(plugin, signal_names[i], &handle,
                                        PURPLE_CALLBACK(got_signal), subscription);
        }
    }
}

void host_signal_uninit(void)
{
    g_list_free_full(subscriptions, g_free);
    subscriptions = NULL;
}

/* Fills `values` with the strings to pass after the account; NULL or an error. */
static char *collect_args(json_t *in, const char **values, int *count)
{
    json_t *args = json_object_get(in, "args");
    const char *name = host_in_str(in, "name");
    json_t *value;
    size_t i;

    *count = 0;
    if (name != NULL)
        values[(*count)++] = name;
    json_array_foreach (args, i, value) {
        if (!json_is_string(value))
            return g_strdup("ipc: arguments are strings");
        if (*count == ARGS_MAX - 1)
            return g_strdup("ipc: too many arguments");
        values[(*count)++] = json_string_value(value);
    }
    return NULL;
}

static char *set_value(json_t *event, const char *call, PurpleValue *type, void *returned)
{
    PurpleType kind = type != NULL ? purple_value_get_type(type) : PURPLE_TYPE_UNKNOWN;

    if (kind == PURPLE_TYPE_STRING && g_str_has_suffix(call, "-json")) {
        json_error_t where;
        json_t *parsed = json_loads(returned != NULL ? returned : "", JSON_DECODE_ANY, &where);

        if (parsed == NULL)
            return g_strdup_printf("ipc: %s returned no JSON: %s", call, where.text);
        host_set(event, "value", parsed);
    } else if (kind == PURPLE_TYPE_STRING) {
        host_set_str(event, "value", returned);
    } else if (kind == PURPLE_TYPE_BOOLEAN) {
        host_set_bool(event, "value", GPOINTER_TO_INT(returned));
    } else if (kind == PURPLE_TYPE_UNKNOWN) {
        host_set(event, "value", json_null());
    } else {
        host_set_int(event, "value", GPOINTER_TO_INT(returned));
    }
    return NULL;
}

char *host_signal_ipc(json_t *in, PurpleAccount *account)
{
    PurplePlugin *plugin = purple_find_prpl(purple_account_get_protocol_id(account));
    const char *call = host_in_str(in, "call");
    const char *values[ARGS_MAX] = {NULL};
    PurpleValue *returns = NULL, **types = NULL;
    int wanted = 0, count = 0;
    gboolean ok = FALSE;
    json_t *event;
    void *returned;
    char *error = collect_args(in, values, &count);

    if (error != NULL)
        return error;
    if (plugin == NULL || !purple_plugin_ipc_get_params(plugin, call, &returns, &wanted, &types))
        return g_strdup_printf("ipc: there is no call \"%s\"", call);
    if (wanted != count + 1)
        return g_strdup_printf("ipc: %s takes %d arguments after the account", call, wanted - 1);
    returned = purple_plugin_ipc_call(plugin, call, &ok, account, values[0], values[1], values[2]);
    if (!ok)
        return g_strdup_printf("ipc: %s failed", call);
    event = host_result(in);
    error = set_value(event, call, returns, returned);
    /* The metrics texts are the caller's; other results are lent. */
    if (g_str_has_prefix(call, "metrics-"))
        g_free(returned);
    if (error != NULL)
        json_decref(event);
    else
        host_emit(event);
    return error;
}
