/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-form.c: questions to the person that have buttons, and forms. One is open at a time. */
#include "fake.h"

#include <request.h>
#include <string.h>

static struct {
    void *handle, *data;
    PurpleAccount *account;
    GPtrArray *labels; /* buttons; NULL: it is a form */
    GArray *callbacks; /* GCallback */
    PurpleRequestFields *fields;
    PurpleRequestFieldsCb ok, cancel;
} form;

static gboolean has_forms = TRUE;

/* Fields ----------------------------------------------------------------------------------------
 */

PurpleRequestFields *purple_request_fields_new(void)
{
    return g_new0(PurpleRequestFields, 1);
}

PurpleRequestFieldGroup *purple_request_field_group_new(const char *title)
{
    assert_null(title);
    return g_new0(PurpleRequestFieldGroup, 1);
}

void purple_request_fields_add_group(PurpleRequestFields *fields, PurpleRequestFieldGroup *group)
{
    assert_null(fields->groups);
    fields->groups = g_list_append(NULL, group);
}

PurpleRequestField *purple_request_field_string_new(const char *id, const char *text,
                                                    const char *default_value, gboolean multiline)
{
    PurpleRequestField *field = g_new0(PurpleRequestField, 1);

    assert_non_null(text);
    assert_false(multiline);
    field->type = PURPLE_REQUEST_FIELD_STRING;
    field->id = g_strdup(id);
    field->u.string.value = g_strdup(default_value);
    return field;
}

PurpleRequestField *purple_request_field_choice_new(const char *id, const char *text,
                                                    int default_value)
{
    PurpleRequestField *field = g_new0(PurpleRequestField, 1);

    assert_non_null(text);
    field->type = PURPLE_REQUEST_FIELD_CHOICE;
    field->id = g_strdup(id);
    field->u.choice.value = default_value;
    return field;
}

void purple_request_field_choice_add(PurpleRequestField *field, const char *label)
{
    assert_int_equal(field->type, PURPLE_REQUEST_FIELD_CHOICE);
    field->u.choice.labels = g_list_append(field->u.choice.labels, g_strdup(label));
}

void purple_request_field_string_set_masked(PurpleRequestField *field, gboolean masked)
{
    field->u.string.masked = masked;
}

void purple_request_field_set_required(PurpleRequestField *field, gboolean required)
{
    field->required = required;
}

void purple_request_field_group_add_field(PurpleRequestFieldGroup *group, PurpleRequestField *field)
{
    group->fields = g_list_append(group->fields, field);
}

static GList *list_fields(const PurpleRequestFields *fields)
{
    return ((PurpleRequestFieldGroup *)fields->groups->data)->fields;
}

static PurpleRequestField *find_field(const PurpleRequestFields *fields, const char *id)
{
    for (GList *link = list_fields(fields); link != NULL; link = link->next)
        if (strcmp(((PurpleRequestField *)link->data)->id, id) == 0)
            return link->data;
    fake_fail("the form has no field %s", id);
}

const char *purple_request_fields_get_string(const PurpleRequestFields *fields, const char *id)
{
    const char *text = find_field(fields, id)->u.string.value;

    return text != NULL && text[0] != '\0' ? text : NULL; /* as Pidgin has it */
}

int purple_request_fields_get_choice(const PurpleRequestFields *fields, const char *id)
{
    return find_field(fields, id)->u.choice.value;
}

static void field_free(gpointer data)
{
    PurpleRequestField *field = data;

    g_free(field->id);
    if (field->type == PURPLE_REQUEST_FIELD_STRING)
        g_free(field->u.string.value);
    else
        g_list_free_full(field->u.choice.labels, g_free);
    g_free(field);
}

static void fields_free(PurpleRequestFields *fields)
{
    if (fields == NULL)
        return;
    g_list_free_full(list_fields(fields), field_free);
    g_list_free_full(fields->groups, g_free);
    g_free(fields);
}

/* Asking ----------------------------------------------------------------------------------------
 */

PurpleRequestUiOps *purple_request_get_ui_ops(void)
{
    /* Only whether they are there is looked at. */
    static PurpleRequestUiOps all, few;

    all.request_input = few.request_input = (gpointer)fake_form;
    all.request_action = few.request_action = (gpointer)fake_form;
    all.request_fields = (gpointer)fake_form;
    return has_forms ? &all : &few;
}

static void begin(void *handle, PurpleAccount *account, const char *primary, void *data)
{
    assert_non_null(handle);
    assert_non_null(primary);
    if (form.handle != NULL)
        fake_fail("two questions are open: %s", primary);
    form.handle = handle;
    form.account = account;
    form.data = data;
    fake_event(FAKE_NOTIFY, account, "ask %s", primary);
}

void *purple_request_action(void *handle, const char *title, const char *primary,
                            const char *secondary, int default_action, PurpleAccount *account,
                            const char *who, PurpleConversation *conv, void *user_data,
                            size_t action_count, ...)
{
    va_list args;

    assert_non_null(title);
    assert_non_null(secondary);
    assert_true(default_action >= PURPLE_DEFAULT_ACTION_NONE && default_action < (int)action_count);
    assert_null(conv);
    (void)who;
    begin(handle, account, primary, user_data);
    form.labels = g_ptr_array_new_with_free_func(g_free);
    form.callbacks = g_array_new(FALSE, FALSE, sizeof(GCallback));
    va_start(args, action_count);
    for (size_t i = 0; i < action_count; i++) {
        g_auto(GStrv) parts = g_strsplit(va_arg(args, const char *), "_", -1);
        GCallback callback = va_arg(args, GCallback);

        g_ptr_array_add(form.labels, g_strjoinv("", parts));
        g_array_append_val(form.callbacks, callback);
    }
    va_end(args);
    return &form;
}

void *purple_request_fields(void *handle, const char *title, const char *primary,
                            const char *secondary, PurpleRequestFields *fields, const char *ok_text,
                            GCallback ok_cb, const char *cancel_text, GCallback cancel_cb,
                            PurpleAccount *account, const char *who, PurpleConversation *conv,
                            void *user_data)
{
    assert_non_null(title);
    (void)secondary;
    assert_non_null(ok_text);
    assert_non_null(ok_cb);
    assert_non_null(cancel_text);
    assert_non_null(cancel_cb);
    assert_null(who);
    assert_null(conv);
    begin(handle, account, primary, user_data);
    form.fields = fields;
    form.ok = (PurpleRequestFieldsCb)ok_cb;
    form.cancel = (PurpleRequestFieldsCb)cancel_cb;
    return &form;
}

static void forget(void)
{
    g_clear_pointer(&form.labels, g_ptr_array_unref);
    g_clear_pointer(&form.callbacks, g_array_unref);
    fields_free(form.fields);
    memset(&form, 0, sizeof form);
}

void fake_form_close(const void *handle)
{
    PurpleAccount *account = form.account;

    if (form.handle == NULL || form.handle != handle)
        return;
    forget();
    fake_event(FAKE_NOTIFY, account, "question closed");
}

/* Answering -------------------------------------------------------------------------------------
 */

void fake_press(const char *label)
{
    for (guint i = 0; form.labels != NULL && i < form.labels->len; i++)
        if (strcmp(form.labels->pdata[i], label) == 0) {
            GCallback callback = g_array_index(form.callbacks, GCallback, i);
            void *data = form.data;

            forget();
            if (callback != NULL)
                ((PurpleRequestActionCb)callback)(data, (int)i);
            return;
        }
    fake_fail("no question with a button %s is open", label);
}

char *fake_form(void)
{
    GString *text = g_string_new(NULL);

    if (form.fields == NULL)
        fake_fail("no form is open");
    for (GList *link = list_fields(form.fields); link != NULL; link = link->next) {
        const PurpleRequestField *field = link->data;

        g_string_append_printf(
            text, "%s%s%s", text->len > 0 ? "|" : "", field->id,
            field->type == PURPLE_REQUEST_FIELD_STRING && field->u.string.masked ? "*" : "");
    }
    return g_string_free(text, FALSE);
}

/* The callback may open the next one; the fields of this one live until it returns. */
static void close_form(PurpleRequestFieldsCb callback)
{
    PurpleRequestFields *fields = g_steal_pointer(&form.fields);
    void *data = form.data;

    forget();
    callback(data, fields);
    fields_free(fields);
}

void fake_fill_in(const char *id, const char *text)
{
    PurpleRequestField *field;

    if (form.fields == NULL)
        fake_fail("no form is open");
    field = find_field(form.fields, id);
    if (field->type == PURPLE_REQUEST_FIELD_CHOICE) {
        field->u.choice.value = atoi(text);
        assert_in_range(field->u.choice.value, 0, g_list_length(field->u.choice.labels) - 1);
        return;
    }
    g_free(field->u.string.value);
    field->u.string.value = g_strdup(text);
}

void fake_fill(const char *id, ...)
{
    va_list args;

    va_start(args, id);
    for (; id != NULL; id = va_arg(args, const char *))
        fake_fill_in(id, va_arg(args, const char *));
    va_end(args);
    fake_submit(TRUE);
}

static void check_required(void)
{
    for (GList *link = list_fields(form.fields); link != NULL; link = link->next) {
        const PurpleRequestField *field = link->data;

        if (field->required && field->u.string.value == NULL)
            fake_fail("the field %s must be filled in", field->id);
    }
}

void fake_submit(gboolean is_ok)
{
    if (form.fields == NULL)
        fake_fail("no form is open");
    if (is_ok)
        check_required();
    close_form(is_ok ? form.ok : form.cancel);
}

void fake_cancel_form(void)
{
    fake_submit(FALSE);
}

gboolean fake_is_form_open(void)
{
    return form.handle != NULL;
}

void fake_no_forms(void)
{
    has_forms = FALSE;
}

void fake_form_reset(void)
{
    forget();
    has_forms = TRUE;
}

void fake_form_check(void)
{
    gboolean is_open = form.handle != NULL;

    fake_form_reset();
    if (is_open)
        fake_fail("a question was left open");
}
