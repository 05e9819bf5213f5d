/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions to the person and their answers. Layer: tests (purple-host).
 */
#include "host-request.h"

#include <stdarg.h>
#include <stdlib.h>

#include "host-input.h"
#include "host-json.h"
#include "host.h"

typedef enum {
    KIND_INPUT,
    KIND_CHOICE,
    KIND_ACTION,
    KIND_FIELDS,
    KIND_FILE,
    KIND_AUTHORIZE,
} Kind;

static const char *const kind_words[] = {"input",  "choice", "action",
                                         "fields", "file",   "authorize"};

typedef struct {
    guint id;
    Kind kind;
    PurpleRequestType type;
    GCallback ok, cancel;
    void *data;
    PurpleRequestFields *fields; /* KIND_FIELDS: owned by libpurple until closed */
    GPtrArray *labels;           /* buttons or choices, without their underscores */
    GArray *values;              /* KIND_CHOICE: int; KIND_ACTION: GCallback */
} Request;

static GList *open_requests; /* newest first */
static guint last_id;

static void request_free(gpointer data)
{
    Request *request = data;

    g_clear_pointer(&request->labels, g_ptr_array_unref);
    g_clear_pointer(&request->values, g_array_unref);
    /* libpurple leaves the fields to the one who shows them. */
    g_clear_pointer(&request->fields, purple_request_fields_destroy);
    g_free(request);
}

static Request *request_new(Kind kind, PurpleRequestType type, void *data)
{
    Request *request = g_new0(Request, 1);

    request->id = ++last_id;
    request->kind = kind;
    request->type = type;
    request->data = data;
    request->labels = g_ptr_array_new_with_free_func(g_free);
    open_requests = g_list_prepend(open_requests, request);
    return request;
}

static Request *find_request(guint id)
{
    for (GList *l = open_requests; l != NULL; l = l->next)
        if (((Request *)l->data)->id == id)
            return l->data;
    return NULL;
}

static void add_label(Request *request, const char *label)
{
    g_auto(GStrv) parts = g_strsplit(label != NULL ? label : "", "_", -1);

    g_ptr_array_add(request->labels, g_strjoinv("", parts));
}

static json_t *request_event(Request *request, PurpleAccount *account, const char *title,
                             const char *primary, const char *secondary)
{
    json_t *event = host_event_for("request", account);

    host_set_int(event, "id", request->id);
    host_set_str(event, "kind", kind_words[request->kind]);
    host_set_str(event, "title", title);
    host_set_str(event, "primary", primary);
    host_set_str(event, "secondary", secondary);
    if (request->labels->len > 0) {
        json_t *buttons = json_array();

        for (guint i = 0; i < request->labels->len; i++)
            json_array_append_new(buttons, host_string(request->labels->pdata[i]));
        host_set(event, "buttons", buttons);
    }
    return event;
}

static void *request_input(const char *title, const char *primary, const char *secondary,
                           const char *default_value, gboolean multiline, gboolean masked,
                           gchar *hint G_GNUC_UNUSED, const char *ok_text, GCallback ok,
                           const char *cancel_text, GCallback cancel, PurpleAccount *account,
                           const char *who G_GNUC_UNUSED, PurpleConversation *conv G_GNUC_UNUSED,
                           void *data)
{
    Request *request = request_new(KIND_INPUT, PURPLE_REQUEST_INPUT, data);
    json_t *event;

    request->ok = ok;
    request->cancel = cancel;
    add_label(request, ok_text);
    add_label(request, cancel_text);
    event = request_event(request, account, title, primary, secondary);
    host_set_str(event, "default", default_value);
    host_set_bool(event, "multiline", multiline);
    host_set_bool(event, "masked", masked);
    host_emit(event);
    return request;
}

static void *request_choice(const char *title, const char *primary, const char *secondary,
                            int default_value, const char *ok_text G_GNUC_UNUSED, GCallback ok,
                            const char *cancel_text G_GNUC_UNUSED, GCallback cancel,
                            PurpleAccount *account, const char *who G_GNUC_UNUSED,
                            PurpleConversation *conv G_GNUC_UNUSED, void *data, va_list choices)
{
    Request *request = request_new(KIND_CHOICE, PURPLE_REQUEST_CHOICE, data);
    const char *label;
    json_t *event;

    request->ok = ok;
    request->cancel = cancel;
    request->values = g_array_new(FALSE, FALSE, sizeof(int));
    while ((label = va_arg(choices, const char *)) != NULL) {
        int value = va_arg(choices, int);

        add_label(request, label);
        g_array_append_val(request->values, value);
    }
    event = request_event(request, account, title, primary, secondary);
    host_set_int(event, "default", default_value);
    host_emit(event);
    return request;
}

static void *request_action(const char *title, const char *primary, const char *secondary,
                            int default_action, PurpleAccount *account,
                            const char *who G_GNUC_UNUSED, PurpleConversation *conv G_GNUC_UNUSED,
                            void *data, size_t count, va_list actions)
{
    Request *request = request_new(KIND_ACTION, PURPLE_REQUEST_ACTION, data);
    json_t *event;

    request->values = g_array_new(FALSE, FALSE, sizeof(GCallback));
    for (size_t i = 0; i < count; i++) {
        const char *label = va_arg(actions, const char *);
        GCallback callback = va_arg(actions, GCallback);

        add_label(request, label);
        g_array_append_val(request->values, callback);
    }
    event = request_event(request, account, title, primary, secondary);
    host_set_int(event, "default", default_action);
    host_emit(event);
    return request;
}

static void *request_action_with_icon(const char *title, const char *primary, const char *secondary,
                                      int default_action, PurpleAccount *account, const char *who,
                                      PurpleConversation *conv, gconstpointer icon G_GNUC_UNUSED,
                                      gsize size G_GNUC_UNUSED, void *data, size_t count,
                                      va_list actions)
{
    return request_action(title, primary, secondary, default_action, account, who, conv, data,
                          count, actions);
}

static json_t *describe_field(PurpleRequestField *field)
{
    static const char *const types[] = {"none", "string", "integer", "boolean", "choice",
                                        "list", "label",  "image",   "account"};
    PurpleRequestFieldType type = purple_request_field_get_type(field);
    json_t *one = json_object();

    host_set_str(one, "id", purple_request_field_get_id(field));
    host_set_str(one, "label", purple_request_field_get_label(field));
    host_set_str(one, "type", types[type]);
    host_set_bool(one, "required", purple_request_field_is_required(field));
    if (type == PURPLE_REQUEST_FIELD_STRING) {
        host_set_str(one, "value", purple_request_field_string_get_value(field));
        host_set_bool(one, "masked", purple_request_field_string_is_masked(field));
    } else if (type == PURPLE_REQUEST_FIELD_INTEGER) {
        host_set_int(one, "value", purple_request_field_int_get_value(field));
    } else if (type == PURPLE_REQUEST_FIELD_BOOLEAN) {
        host_set_bool(one, "value", purple_request_field_bool_get_value(field));
    } else if (type == PURPLE_REQUEST_FIELD_CHOICE) {
        json_t *labels = json_array();

        for (GList *l = purple_request_field_choice_get_labels(field); l != NULL; l = l->next)
            json_array_append_new(labels, host_string(l->data));
        host_set(one, "choices", labels);
        host_set_int(one, "value", purple_request_field_choice_get_value(field));
    }
    return one;
}

static void *request_fields(const char *title, const char *primary, const char *secondary,
                            PurpleRequestFields *fields, const char *ok_text, GCallback ok,
                            const char *cancel_text, GCallback cancel, PurpleAccount *account,
                            const char *who G_GNUC_UNUSED, PurpleConversation *conv G_GNUC_UNUSED,
                            void *data)
{
    Request *request = request_new(KIND_FIELDS, PURPLE_REQUEST_FIELDS, data);
    json_t *list = json_array();
    json_t *event;

    request->ok = ok;
    request->cancel = cancel;
    request->fields = fields;
    add_label(request, ok_text);
    add_label(request, cancel_text);
    event = request_event(request, account, title, primary, secondary);
    for (GList *g = purple_request_fields_get_groups(fields); g != NULL; g = g->next)
        for (GList *l = purple_request_field_group_get_fields(g->data); l != NULL; l = l->next)
            json_array_append_new(list, describe_field(l->data));
    host_set(event, "fields", list);
    host_emit(event);
    return request;
}

static void *request_file(const char *title, const char *filename, gboolean saving, GCallback ok,
                          GCallback cancel, PurpleAccount *account, const char *who G_GNUC_UNUSED,
                          PurpleConversation *conv G_GNUC_UNUSED, void *data)
{
    Request *request = request_new(KIND_FILE, PURPLE_REQUEST_FILE, data);
    json_t *event;

    request->ok = ok;
    request->cancel = cancel;
    event = request_event(request, account, title, NULL, NULL);
    host_set_str(event, "default", filename);
    host_set_bool(event, "save", saving);
    host_emit(event);
    return request;
}

static void *request_folder(const char *title, const char *dirname, GCallback ok, GCallback cancel,
                            PurpleAccount *account, const char *who, PurpleConversation *conv,
                            void *data)
{
    Request *request = request_file(title, dirname, FALSE, ok, cancel, account, who, conv, data);

    request->type = PURPLE_REQUEST_FOLDER;
    return request;
}

static void *request_authorize(PurpleAccount *account, const char *who, const char *id,
                               const char *alias, const char *message, gboolean on_list,
                               PurpleAccountRequestAuthorizationCb authorize,
                               PurpleAccountRequestAuthorizationCb deny, void *data)
{
    Request *request = request_new(KIND_AUTHORIZE, PURPLE_REQUEST_ACTION, data);
    json_t *event;

    request->ok = G_CALLBACK(authorize);
    request->cancel = G_CALLBACK(deny);
    add_label(request, "authorize");
    add_label(request, "deny");
    event = request_event(request, account, who, alias, message);
    host_set_str(event, "name", who);
    host_set_str(event, "own-id", id);
    host_set_bool(event, "on-list", on_list);
    host_emit(event);
    return request;
}

static void close_any(void *ui_handle)
{
    Request *request = ui_handle;
    GList *link = g_list_find(open_requests, request);
    json_t *event;

    if (link == NULL)
        return;
    event = host_event("request-closed");
    host_set_int(event, "id", request->id);
    host_set_str(event, "kind", kind_words[request->kind]);
    open_requests = g_list_delete_link(open_requests, link);
    request_free(request);
    host_emit(event);
}

static void request_close(PurpleRequestType type G_GNUC_UNUSED, void *ui_handle)
{
    close_any(ui_handle);
}

/* Index of a button by label or number, -1 when there is none such. */
static int find_label(Request *request, const char *text)
{
    char *end;
    long number;

    for (guint i = 0; i < request->labels->len; i++)
        if (g_ascii_strcasecmp(request->labels->pdata[i], text) == 0)
            return i;
    number = strtol(text, &end, 10);
    if (end == text || *end != '\0' || number < 0 || number >= (long)request->labels->len)
        return -1;
    return number;
}

static char *set_field(PurpleRequestField *field, json_t *value)
{
    const char *id = purple_request_field_get_id(field);

    switch (purple_request_field_get_type(field)) {
    case PURPLE_REQUEST_FIELD_STRING:
        if (!json_is_string(value))
            break;
        purple_request_field_string_set_value(field, json_string_value(value));
        return NULL;
    case PURPLE_REQUEST_FIELD_INTEGER:
        if (!json_is_integer(value))
            break;
        purple_request_field_int_set_value(field, json_integer_value(value));
        return NULL;
    case PURPLE_REQUEST_FIELD_BOOLEAN:
        if (!json_is_boolean(value))
            break;
        purple_request_field_bool_set_value(field, json_is_true(value));
        return NULL;
    case PURPLE_REQUEST_FIELD_CHOICE:
        if (!json_is_integer(value))
            break;
        purple_request_field_choice_set_value(field, json_integer_value(value));
        return NULL;
    default:
        return g_strdup_printf("answer: field \"%s\" cannot be set", id);
    }
    return g_strdup_printf("answer: field \"%s\" has another type", id);
}

static char *fill_fields(Request *request, json_t *values, const char *text)
{
    const char *key;
    json_t *value;

    if (text != NULL) {
        for (GList *g = purple_request_fields_get_groups(request->fields); g != NULL; g = g->next)
            for (GList *l = purple_request_field_group_get_fields(g->data); l; l = l->next)
                if (purple_request_field_get_type(l->data) == PURPLE_REQUEST_FIELD_STRING) {
                    purple_request_field_string_set_value(l->data, text);
                    return NULL;
                }
        return g_strdup("answer: the request has no text field");
    }
    json_object_foreach (values, key, value) {
        char *error;

        if (!purple_request_fields_exists(request->fields, key))
            return g_strdup_printf("answer: there is no field \"%s\"", key);
        error = set_field(purple_request_fields_get_field(request->fields, key), value);
        if (error != NULL)
            return error;
    }
    if (!purple_request_fields_all_required_filled(request->fields))
        return g_strdup("answer: a required field is empty");
    return NULL;
}

static void call_action(Request *request, int index)
{
    PurpleRequestActionCb callback =
        (PurpleRequestActionCb)g_array_index(request->values, GCallback, index);

    if (callback != NULL)
        callback(request->data, index);
}

static char *give_action(Request *request, const char *text, gboolean cancel)
{
    int index;

    if (cancel) {
        /* Closing the dialog presses nothing, unless there is a button for it. */
        index = find_label(request, "Cancel");
        if (index >= 0)
            call_action(request, index);
        return NULL;
    }
    index = text != NULL ? find_label(request, text) : -1;
    if (index < 0)
        return g_strdup("answer: there is no such button");
    call_action(request, index);
    return NULL;
}

static char *give_choice(Request *request, const char *text, gboolean cancel)
{
    GCallback callback = cancel ? request->cancel : request->ok;
    int index = text != NULL ? find_label(request, text) : -1;

    if (!cancel && index < 0)
        return g_strdup("answer: there is no such choice");
    if (callback != NULL)
        ((PurpleRequestChoiceCb)callback)(request->data,
                                          cancel ? 0 : g_array_index(request->values, int, index));
    return NULL;
}

static char *give(Request *request, json_t *in)
{
    const char *text = host_in_str(in, "text");
    json_t *fields = json_object_get(in, "fields");
    gboolean cancel = host_in_bool(in, "cancel");
    GCallback callback = cancel ? request->cancel : request->ok;
    char *error;

    if (fields != NULL && request->kind != KIND_FIELDS)
        return g_strdup("answer: this request has no fields");
    switch (request->kind) {
    case KIND_ACTION:
        return give_action(request, text, cancel);
    case KIND_CHOICE:
        return give_choice(request, text, cancel);
    case KIND_INPUT:
    case KIND_FILE:
        if (!cancel && text == NULL)
            return g_strdup("answer: \"text\" is missing");
        if (callback != NULL)
            ((PurpleRequestInputCb)callback)(request->data, text);
        return NULL;
    case KIND_FIELDS:
        error = cancel ? NULL : fill_fields(request, fields, text);
        if (error == NULL && callback != NULL)
            ((PurpleRequestFieldsCb)callback)(request->data, request->fields);
        return error;
    case KIND_AUTHORIZE:
        if (!cancel && g_strcmp0(text, "authorize") != 0 && g_strcmp0(text, "deny") != 0)
            return g_strdup("answer: \"authorize\" or \"deny\"?");
        if (g_strcmp0(text, "deny") == 0)
            callback = request->cancel;
        if (callback != NULL)
            ((PurpleAccountRequestAuthorizationCb)callback)(request->data);
        return NULL;
    }
    return g_strdup("answer: unknown kind of request");
}

char *host_request_answer(json_t *in)
{
    guint id = host_in_int(in, "id", 0);
    Request *request;
    char *error;

    if (id == 0 && open_requests != NULL)
        id = ((Request *)open_requests->data)->id;
    request = find_request(id);
    if (request == NULL)
        return g_strdup("answer: no request is open");
    error = give(request, in);
    /* The callback may have had it closed. */
    request = find_request(id);
    if (error != NULL || request == NULL)
        return error;
    if (request->kind == KIND_AUTHORIZE) {
        open_requests = g_list_remove(open_requests, request);
        request_free(request);
    } else {
        purple_request_close(request->type, request);
    }
    return NULL;
}

void host_request_uninit(void)
{
    g_list_free_full(open_requests, request_free);
    open_requests = NULL;
}

static PurpleRequestUiOps window_ops = {
    .request_input = request_input,
    .request_choice = request_choice,
    .request_action = request_action,
    .request_fields = request_fields,
    .request_file = request_file,
    .close_request = request_close,
    .request_folder = request_folder,
    .request_action_with_icon = request_action_with_icon,
};

/* BitlBee can ask for a line of text and for a button, nothing else. */
static PurpleRequestUiOps bitlbee_ops = {
    .request_input = request_input,
    .request_action = request_action,
    .close_request = request_close,
};

PurpleRequestUiOps *host_request_ops(void)
{
    return host.ui == HOST_BITLBEE ? &bitlbee_ops : &window_ops;
}

static void notify_added(PurpleAccount *account, const char *who, const char *id G_GNUC_UNUSED,
                         const char *alias, const char *message)
{
    json_t *event = host_event_for("notify", account);

    host_set_str(event, "kind", "added");
    host_set_str(event, "title", who);
    host_set_str(event, "alias", alias);
    host_set_str(event, "text", message);
    host_emit(event);
}

static PurpleAccountUiOps account_ops = {
    .notify_added = notify_added,
    .request_add = notify_added,
    .request_authorize = request_authorize,
    .close_account_request = close_any,
};

PurpleAccountUiOps *host_request_account_ops(void)
{
    return &account_ops;
}
