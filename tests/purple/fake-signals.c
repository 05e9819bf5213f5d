/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake-signals.c: libpurple's signals and calls between plugins. Handlers run in order of priority,
 * the lowest first. Where libpurple would only write a debug line, or walk freed memory, the test
 * fails.
 */
#include "fake.h"

#include <signals.h>
#include <string.h>
#include <value.h>

#include "plugin/tinode-signals.h"

typedef struct {
    void *handle;
    PurpleCallback func;
    void *data;
    int priority;
    gboolean is_vargs, is_gone;
} Handler;

typedef struct {
    void *instance;
    char *name;
    PurpleSignalMarshalFunc marshal;
    GPtrArray *values; /* PurpleValue */
    GList *handlers;
    guint emitting;
} Signal;

typedef struct {
    PurpleCallback func;
    PurpleSignalMarshalFunc marshal;
    PurpleValue *result;
    GPtrArray *values;
} Call;

typedef struct {
    char *signal;
    void (*func)(gpointer data);
    gpointer data;
} Once;

static GList *signals;
static GHashTable *calls; /* of the plugin: name -> Call */
static GList *onces;
static int conversations_handle, accounts_handle, blist_handle;
static gboolean is_ready = TRUE;

/* Values ----------------------------------------------------------------------------------------
 */

PurpleValue *purple_value_new(PurpleType type, ...)
{
    PurpleValue *value = g_new0(PurpleValue, 1);
    va_list args;

    value->type = type;
    va_start(args, type);
    if (type == PURPLE_TYPE_SUBTYPE)
        value->u.subtype = va_arg(args, int);
    va_end(args);
    return value;
}

static const char *name_of(const PurpleValue *value)
{
    switch (value->type) {
    case PURPLE_TYPE_SUBTYPE:
        return value->u.subtype == PURPLE_SUBTYPE_ACCOUNT ? "account" : "subtype";
    case PURPLE_TYPE_STRING:
        return "string";
    case PURPLE_TYPE_UINT:
        return "uint";
    case PURPLE_TYPE_BOOLEAN:
        return "boolean";
    case PURPLE_TYPE_INT:
        return "int";
    default:
        return "other";
    }
}

/* As many as were announced, each once; more cannot be seen, fewer crash or are refused here. */
static GPtrArray *take_values(int count, va_list *args)
{
    GPtrArray *values = g_ptr_array_new_with_free_func(g_free);

    for (int i = 0; i < count; i++) {
        PurpleValue *value = va_arg(*args, PurpleValue *);

        if (value == NULL)
            fake_fail("value %d of %d is missing", i + 1, count);
        g_ptr_array_add(values, value);
    }
    return values;
}

static char *join_names(const GPtrArray *values)
{
    GString *text = g_string_new("(");

    for (guint i = 0; i < values->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? "," : "", name_of(values->pdata[i]));
    return g_string_free(g_string_append_c(text, ')'), FALSE);
}

/* Signals ---------------------------------------------------------------------------------------
 */

static Signal *find(void *instance, const char *name)
{
    for (GList *link = signals; link != NULL; link = link->next) {
        Signal *signal = link->data;

        if (signal->instance == instance && strcmp(signal->name, name) == 0)
            return signal;
    }
    return NULL;
}

static Signal *find_or_fail(void *instance, const char *name)
{
    Signal *signal = find(instance, name);

    if (signal == NULL)
        fake_fail("signal %s is not known on its handle", name);
    return signal;
}

gulong purple_signal_register(void *instance, const char *name, PurpleSignalMarshalFunc marshal,
                              PurpleValue *result, int count, ...)
{
    Signal *signal = g_new0(Signal, 1);
    va_list args;

    if (find(instance, name) != NULL)
        fake_fail("signal %s is registered twice", name);
    assert_null(result);
    signal->instance = instance;
    signal->name = g_strdup(name);
    signal->marshal = marshal;
    va_start(args, count);
    signal->values = take_values(count, &args);
    va_end(args);
    signals = g_list_append(signals, signal);
    return 1;
}

static void signal_free(gpointer data)
{
    Signal *signal = data;

    g_list_free_full(signal->handlers, g_free);
    g_ptr_array_free(signal->values, TRUE);
    g_free(signal->name);
    g_free(signal);
}

void purple_signals_unregister_by_instance(void *instance)
{
    gboolean has_found = FALSE;
    GList *next;

    for (GList *link = signals; link != NULL; link = next) {
        Signal *signal = link->data;

        next = link->next;
        if (signal->instance != instance)
            continue;
        if (signal->emitting > 0)
            fake_fail("signal %s is unregistered while it is emitted", signal->name);
        has_found = TRUE;
        signal_free(signal);
        signals = g_list_delete_link(signals, link);
    }
    if (!has_found)
        fake_fail("an instance without signals is unregistered");
}

static gint by_priority(gconstpointer a, gconstpointer b)
{
    return ((const Handler *)a)->priority - ((const Handler *)b)->priority;
}

static gulong connect_common(void *instance, const char *name, void *handle, PurpleCallback func,
                             void *data, int priority, gboolean is_vargs)
{
    Signal *signal = find_or_fail(instance, name);
    Handler *handler = g_new0(Handler, 1);

    assert_non_null(handle);
    assert_non_null(func);
    handler->handle = handle;
    handler->func = func;
    handler->data = data;
    handler->priority = priority;
    handler->is_vargs = is_vargs;
    signal->handlers = g_list_insert_sorted(signal->handlers, handler, by_priority);
    return 1;
}

gulong purple_signal_connect(void *instance, const char *name, void *handle, PurpleCallback func,
                             void *data)
{
    return connect_common(instance, name, handle, func, data, PURPLE_SIGNAL_PRIORITY_DEFAULT,
                          FALSE);
}

gulong purple_signal_connect_priority(void *instance, const char *name, void *handle,
                                      PurpleCallback func, void *data, int priority)
{
    return connect_common(instance, name, handle, func, data, priority, FALSE);
}

static void sweep(Signal *signal)
{
    GList *next;

    for (GList *link = signal->handlers; link != NULL; link = next) {
        next = link->next;
        if (((Handler *)link->data)->is_gone) {
            g_free(link->data);
            signal->handlers = g_list_delete_link(signal->handlers, link);
        }
    }
}

void purple_signals_disconnect_by_handle(void *handle)
{
    assert_non_null(handle);
    for (GList *link = signals; link != NULL; link = link->next) {
        Signal *signal = link->data;

        for (GList *each = signal->handlers; each != NULL; each = each->next)
            if (((Handler *)each->data)->handle == handle)
                ((Handler *)each->data)->is_gone = TRUE;
        if (signal->emitting == 0)
            sweep(signal);
    }
}

/* libpurple has the next handler in hand while one runs: when that one goes, it walks freed
 * memory. */
static void emit(Signal *signal, va_list args)
{
    GList *link = signal->handlers;

    signal->emitting++;
    while (link != NULL) {
        Handler *handler = link->data;
        GList *next = link->next;
        const gboolean was_there = next == NULL || !((Handler *)next->data)->is_gone;
        va_list copy;

        va_copy(copy, args);
        if (handler->is_vargs)
            ((void (*)(va_list *, void *))handler->func)(&copy, handler->data);
        else
            signal->marshal(handler->func, copy, handler->data, NULL);
        va_end(copy);
        if (next != NULL && was_there && ((Handler *)next->data)->is_gone)
            fake_fail("a handler of %s disconnects the next one: libpurple would crash",
                      signal->name);
        link = next;
    }
    if (--signal->emitting == 0)
        sweep(signal);
}

void purple_signal_emit(void *instance, const char *name, ...)
{
    Signal *signal = find_or_fail(instance, name);
    va_list args;

    va_start(args, name);
    emit(signal, args);
    va_end(args);
}

void *purple_blist_get_handle(void)
{
    return &blist_handle;
}

void *purple_conversations_get_handle(void)
{
    return &conversations_handle;
}

void *purple_accounts_get_handle(void)
{
    return &accounts_handle;
}

/* Marshallers of libpurple's own signals that the fake emits. */

static void marshal_1(PurpleCallback func, va_list args, void *data, void **result)
{
    gpointer first = va_arg(args, gpointer);

    (void)result;
    ((void (*)(gpointer, gpointer))func)(first, data);
}

void fake_register_signal(void *instance, const char *name)
{
    purple_signal_register(instance, name, marshal_1, NULL, 0);
}

static void marshal_2(PurpleCallback func, va_list args, void *data, void **result)
{
    gpointer first = va_arg(args, gpointer);
    gpointer second = va_arg(args, gpointer);

    (void)result;
    ((void (*)(gpointer, gpointer, gpointer))func)(first, second, data);
}

static void marshal_update(PurpleCallback func, va_list args, void *data, void **result)
{
    gpointer first = va_arg(args, gpointer);
    guint type = va_arg(args, guint);

    (void)result;
    ((void (*)(gpointer, guint, gpointer))func)(first, type, data);
}

static void marshal_3(PurpleCallback func, va_list args, void *data, void **result)
{
    gpointer first = va_arg(args, gpointer);
    gpointer second = va_arg(args, gpointer);
    gpointer third = va_arg(args, gpointer);

    (void)result;
    ((void (*)(gpointer, gpointer, gpointer, gpointer))func)(first, second, third, data);
}

static void marshal_sending_chat(PurpleCallback func, va_list args, void *data, void **result)
{
    gpointer first = va_arg(args, gpointer);
    gpointer second = va_arg(args, gpointer);
    guint third = va_arg(args, guint);

    (void)result;
    ((void (*)(gpointer, gpointer, guint, gpointer))func)(first, second, third, data);
}

static void marshal_wrote(PurpleCallback func, va_list args, void *data, void **result)
{
    gpointer account = va_arg(args, gpointer);
    gpointer who = va_arg(args, gpointer);
    gpointer text = va_arg(args, gpointer);
    gpointer conv = va_arg(args, gpointer);
    guint flags = va_arg(args, guint);

    (void)result;
    ((void (*)(gpointer, gpointer, gpointer, gpointer, guint, gpointer))func)(account, who, text,
                                                                              conv, flags, data);
}

/* What a companion sees: connected at the usual priority, before the account signs in. */

static char *written_id;

static void run_onces(const char *name);

static void on_wrote(PurpleAccount *account, const char *who, const char *text,
                     PurpleConversation *conv, PurpleMessageFlags flags, gpointer data)
{
    (void)account;
    (void)who;
    (void)text;
    (void)flags;
    (void)data;
    g_free(written_id);
    written_id = g_strdup(purple_conversation_get_data(conv, TINODE_MESSAGE_ID));
    run_onces(purple_conversation_get_type(conv) == PURPLE_CONV_TYPE_IM ? "wrote-im-msg"
                                                                        : "wrote-chat-msg");
}

const char *fake_written_id(void)
{
    return written_id;
}

static void connect_companion(void *handle)
{
    connect_common(handle, "wrote-im-msg", &conversations_handle, PURPLE_CALLBACK(on_wrote), NULL,
                   PURPLE_SIGNAL_PRIORITY_DEFAULT, FALSE);
    connect_common(handle, "wrote-chat-msg", &conversations_handle, PURPLE_CALLBACK(on_wrote), NULL,
                   PURPLE_SIGNAL_PRIORITY_DEFAULT, FALSE);
}

void fake_conversations_ready(gboolean ready)
{
    void *handle = purple_conversations_get_handle();

    if (!ready && is_ready) {
        purple_signals_unregister_by_instance(handle);
        purple_signals_unregister_by_instance(&blist_handle);
    }
    if (ready && !is_ready) {
        purple_signal_register(&blist_handle, "blist-node-extended-menu", marshal_2, NULL, 0);
        purple_signal_register(handle, "conversation-created", marshal_1, NULL, 0);
        purple_signal_register(handle, "conversation-updated", marshal_update, NULL, 0);
        purple_signal_register(handle, "deleting-conversation", marshal_1, NULL, 0);
        purple_signal_register(handle, "conversation-extended-menu", marshal_2, NULL, 0);
        purple_signal_register(handle, "wrote-im-msg", marshal_wrote, NULL, 0);
        purple_signal_register(handle, "wrote-chat-msg", marshal_wrote, NULL, 0);
        purple_signal_register(handle, "sending-im-msg", marshal_3, NULL, 0);
        purple_signal_register(handle, "sending-chat-msg", marshal_sending_chat, NULL, 0);
        purple_signal_register(handle, "sent-im-msg", marshal_3, NULL, 0);
        purple_signal_register(handle, "chat-joined", marshal_1, NULL, 0);
        purple_signal_register(handle, "chat-left", marshal_1, NULL, 0);
        purple_signal_register(&blist_handle, "blist-node-removed", marshal_1, NULL, 0);
        connect_companion(handle);
    }
    is_ready = ready;
}

/* The plugin's signals, as another plugin sees them ---------------------------------------------
 */

void fake_once_in(const char *name, void (*func)(gpointer data), gpointer data)
{
    Once *once = g_new0(Once, 1);

    once->signal = g_strdup(name);
    once->func = func;
    once->data = data;
    onces = g_list_append(onces, once);
}

static void once_free(gpointer data)
{
    g_free(((Once *)data)->signal);
    g_free(data);
}

void fake_forget_onces(void)
{
    g_list_free_full(g_steal_pointer(&onces), once_free);
}

static void run_onces(const char *name)
{
    for (GList *link = onces; link != NULL; link = link->next) {
        Once *once = link->data;

        if (strcmp(once->signal, name) != 0)
            continue;
        onces = g_list_delete_link(onces, link);
        once->func(once->data);
        once_free(once);
        return;
    }
}

/* The plugin promises strings that are never NULL. */
static void on_signal(va_list *args, void *data)
{
    Signal *signal = data;
    PurpleAccount *account = va_arg(*args, PurpleAccount *);
    GString *text = g_string_new(signal->name);

    if (g_list_find(fake_accounts(), account) == NULL)
        fake_fail("%s: the first argument is no account", signal->name);
    for (guint i = 1; i < signal->values->len; i++) {
        const PurpleValue *value = signal->values->pdata[i];

        if (value->type == PURPLE_TYPE_STRING) {
            const char *string = va_arg(*args, const char *);

            if (string == NULL)
                fake_fail("%s: argument %u is NULL", signal->name, i + 1);
            g_string_append_printf(text, " %s", string[0] != '\0' ? string : "-");
        } else {
            g_string_append_printf(text, " %u", va_arg(*args, guint));
        }
    }
    fake_event(FAKE_SIGNAL, account, "%s", text->str);
    g_string_free(text, TRUE);
    run_onces(signal->name);
}

void fake_watch_signals(void)
{
    for (GList *link = signals; link != NULL; link = link->next) {
        Signal *signal = link->data;

        if (signal->instance == fake_plugin())
            connect_common(signal->instance, signal->name, fake_plugin(),
                           PURPLE_CALLBACK(on_signal), signal, PURPLE_SIGNAL_PRIORITY_DEFAULT,
                           TRUE);
    }
}

static gint by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Takes names. */
static char *join_sorted(GPtrArray *names)
{
    char *text;

    g_ptr_array_sort(names, by_text);
    g_ptr_array_add(names, NULL);
    text = g_strjoinv(" ", (char **)names->pdata);
    g_ptr_array_free(names, TRUE);
    return text;
}

char *fake_list_signals(void)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

    for (GList *link = signals; link != NULL; link = link->next) {
        Signal *signal = link->data;
        g_autofree char *values = join_names(signal->values);

        if (signal->instance == fake_plugin())
            g_ptr_array_add(names, g_strconcat(signal->name, values, NULL));
    }
    return join_sorted(names);
}

/* Calls -----------------------------------------------------------------------------------------
 */

static void call_free(gpointer data)
{
    Call *call = data;

    g_free(call->result);
    g_ptr_array_free(call->values, TRUE);
    g_free(call);
}

gboolean purple_plugin_ipc_register(PurplePlugin *plugin, const char *name, PurpleCallback func,
                                    PurpleSignalMarshalFunc marshal, PurpleValue *result, int count,
                                    ...)
{
    Call *call = g_new0(Call, 1);
    va_list args;

    assert_ptr_equal(plugin, fake_plugin());
    if (calls == NULL)
        calls = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, call_free);
    if (g_hash_table_contains(calls, name))
        fake_fail("call %s is registered twice", name);
    call->func = func;
    call->marshal = marshal;
    call->result = result;
    va_start(args, count);
    call->values = take_values(count, &args);
    va_end(args);
    g_hash_table_insert(calls, g_strdup(name), call);
    return TRUE;
}

void purple_plugin_ipc_unregister_all(PurplePlugin *plugin)
{
    assert_ptr_equal(plugin, fake_plugin());
    g_clear_pointer(&calls, g_hash_table_destroy);
}

void *fake_call(const char *command, ...)
{
    Call *call = calls != NULL ? g_hash_table_lookup(calls, command) : NULL;
    void *result = NULL;
    va_list args;

    if (call == NULL)
        fake_fail("call %s is not known", command);
    va_start(args, command);
    call->marshal(call->func, args, NULL, &result);
    va_end(args);
    return result;
}

char *fake_list_calls(void)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    const char *name;
    Call *call;

    if (calls != NULL) {
        g_hash_table_iter_init(&iter, calls);
        while (g_hash_table_iter_next(&iter, (gpointer *)&name, (gpointer *)&call)) {
            g_autofree char *values = join_names(call->values);

            g_ptr_array_add(names, g_strconcat(name, values, "->", name_of(call->result), NULL));
        }
    }
    return join_sorted(names);
}

/* Life ------------------------------------------------------------------------------------------
 */

void fake_signals_reset(void)
{
    g_list_free_full(g_steal_pointer(&signals), signal_free);
    g_list_free_full(g_steal_pointer(&onces), once_free);
    is_ready = FALSE;
    fake_conversations_ready(TRUE);
    purple_signal_register(purple_accounts_get_handle(), "account-destroying", marshal_1, NULL, 0);
}

void fake_signals_check(void)
{
    g_autoptr(GString) left = g_string_new(NULL);

    purple_signals_disconnect_by_handle(&conversations_handle);
    g_clear_pointer(&written_id, g_free);

    for (GList *link = signals; link != NULL; link = link->next) {
        Signal *signal = link->data;

        if (signal->instance == fake_plugin())
            g_string_append_printf(left, " signal %s", signal->name);
        if (signal->handlers != NULL)
            g_string_append_printf(left, " %u handlers of %s", g_list_length(signal->handlers),
                                   signal->name);
    }
    if (calls != NULL)
        g_string_append(left, " calls");
    if (onces != NULL)
        g_string_append_printf(left, " %s was never emitted", ((Once *)onces->data)->signal);
    g_list_free_full(g_steal_pointer(&signals), signal_free);
    g_list_free_full(g_steal_pointer(&onces), once_free);
    if (left->len > 0)
        fake_fail("left over:%s", left->str);
}
