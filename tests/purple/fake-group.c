/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-group.c: what groups need of libpurple beside conversations: questions with buttons, forms,
 * invitations, the list of rooms, menus of the buddy list. */
#include "fake.h"

#include <blist.h>
#include <request.h>
#include <roomlist.h>
#include <server.h>
#include <string.h>
#include <util.h>

#define MAX_BUTTONS 4

/* Questions with buttons ------------------------------------------------------------------------
 */

static struct {
    void *handle, *data;
    guint n_buttons;
    char *labels[MAX_BUTTONS];
    PurpleRequestActionCb funcs[MAX_BUTTONS];
} action;

static char *plain(const char *label)
{
    g_auto(GStrv) parts = g_strsplit(label, "_", -1);

    return g_strjoinv("", parts);
}

void *purple_request_action(void *handle, const char *title, const char *primary,
                            const char *secondary, int default_action, PurpleAccount *account,
                            const char *who, PurpleConversation *conv, void *user_data,
                            size_t action_count, ...)
{
    va_list args;

    assert_non_null(handle);
    assert_non_null(title);
    assert_non_null(primary);
    assert_non_null(secondary);
    assert_null(who);
    assert_null(conv);
    assert_true((size_t)default_action < action_count && action_count <= MAX_BUTTONS);
    if (action.handle != NULL)
        fake_fail("two questions are open: %s", primary);
    action.handle = handle;
    action.data = user_data;
    action.n_buttons = (guint)action_count;
    va_start(args, action_count);
    for (guint i = 0; i < action.n_buttons; i++) {
        action.labels[i] = plain(va_arg(args, const char *));
        action.funcs[i] = (PurpleRequestActionCb)va_arg(args, GCallback);
    }
    va_end(args);
    fake_event(FAKE_NOTIFY, account, "ask %s", primary);
    return &action;
}

void fake_choose(const char *label)
{
    PurpleRequestActionCb func = NULL;
    void *data = action.data;
    int index = 0;

    if (action.handle == NULL)
        fake_fail("no question is open");
    for (guint i = 0; i < action.n_buttons; i++) {
        if (strcmp(action.labels[i], label) == 0) {
            func = action.funcs[i];
            index = (int)i;
        }
        g_free(action.labels[i]);
    }
    memset(&action, 0, sizeof action);
    if (func == NULL)
        fake_fail("the question has no button %s", label);
    func(data, index);
}

/* Forms -----------------------------------------------------------------------------------------
 * A list of fields; what libpurple keeps of them beside that does not matter here. */

typedef struct {
    char *id;
    char *text;
    int choice;
    guint n_choices;
    gboolean is_choice, is_required;
} Field;

typedef struct {
    GPtrArray *fields; /* of Field */
    PurpleRequestFieldsCb ok, cancel;
    void *data;
} Form;

/* A group is the array before the form takes it. */
typedef struct {
    GPtrArray *fields;
} FieldGroup;

static Form *form;

static void field_free(gpointer data)
{
    Field *field = data;

    g_free(field->id);
    g_free(field->text);
    g_free(field);
}

static void form_free(Form *fields)
{
    g_ptr_array_unref(fields->fields);
    g_free(fields);
}

PurpleRequestFields *purple_request_fields_new(void)
{
    Form *fields = g_new0(Form, 1);

    fields->fields = g_ptr_array_new_with_free_func(field_free);
    return (PurpleRequestFields *)fields;
}

PurpleRequestFieldGroup *purple_request_field_group_new(const char *title)
{
    FieldGroup *group = g_new0(FieldGroup, 1);

    assert_null(title);
    group->fields = g_ptr_array_new();
    return (PurpleRequestFieldGroup *)group;
}

static Field *field_new(const char *id, const char *label)
{
    Field *field = g_new0(Field, 1);

    assert_non_null(label);
    field->id = g_strdup(id);
    return field;
}

PurpleRequestField *purple_request_field_string_new(const char *id, const char *text,
                                                    const char *default_value, gboolean multiline)
{
    Field *field = field_new(id, text);

    assert_false(multiline);
    field->text = g_strdup(default_value);
    return (PurpleRequestField *)field;
}

PurpleRequestField *purple_request_field_choice_new(const char *id, const char *text,
                                                    int default_value)
{
    Field *field = field_new(id, text);

    field->is_choice = TRUE;
    field->choice = default_value;
    return (PurpleRequestField *)field;
}

void purple_request_field_choice_add(PurpleRequestField *choice, const char *label)
{
    Field *field = (Field *)choice;

    assert_true(field->is_choice);
    assert_non_null(label);
    field->n_choices++;
}

void purple_request_field_set_required(PurpleRequestField *field, gboolean required)
{
    ((Field *)field)->is_required = required;
}

void purple_request_field_group_add_field(PurpleRequestFieldGroup *group, PurpleRequestField *field)
{
    g_ptr_array_add(((FieldGroup *)group)->fields, field);
}

void purple_request_fields_add_group(PurpleRequestFields *fields, PurpleRequestFieldGroup *added)
{
    FieldGroup *group = (FieldGroup *)added;

    for (guint i = 0; i < group->fields->len; i++)
        g_ptr_array_add(((Form *)fields)->fields, group->fields->pdata[i]);
    g_ptr_array_unref(group->fields);
    g_free(group);
}

static Field *field_of(const void *filled, const char *id)
{
    const Form *fields = filled;

    for (guint i = 0; i < fields->fields->len; i++)
        if (strcmp(((Field *)fields->fields->pdata[i])->id, id) == 0)
            return fields->fields->pdata[i];
    fake_fail("the form has no field %s", id);
}

const char *purple_request_fields_get_string(const PurpleRequestFields *fields, const char *id)
{
    const char *text = field_of(fields, id)->text;

    return text != NULL && text[0] != '\0' ? text : NULL; /* as Pidgin has it */
}

int purple_request_fields_get_choice(const PurpleRequestFields *fields, const char *id)
{
    return field_of(fields, id)->choice;
}

void *purple_request_fields(void *handle, const char *title, const char *primary,
                            const char *secondary, PurpleRequestFields *fields, const char *ok_text,
                            GCallback ok_cb, const char *cancel_text, GCallback cancel_cb,
                            PurpleAccount *account, const char *who, PurpleConversation *conv,
                            void *user_data)
{
    (void)secondary;
    assert_non_null(handle);
    assert_non_null(title);
    assert_non_null(ok_text);
    assert_non_null(cancel_text);
    assert_non_null(cancel_cb);
    assert_null(who);
    assert_null(conv);
    if (form != NULL)
        fake_fail("two forms are open: %s", primary);
    form = (Form *)fields;
    form->ok = (PurpleRequestFieldsCb)ok_cb;
    form->cancel = (PurpleRequestFieldsCb)cancel_cb;
    form->data = user_data;
    fake_event(FAKE_NOTIFY, account, "form %s", primary);
    return form;
}

void fake_fill(const char *id, const char *text)
{
    Field *field;

    if (form == NULL)
        fake_fail("no form is open");
    field = field_of(form, id);
    if (field->is_choice) {
        field->choice = atoi(text);
        assert_true((guint)field->choice < field->n_choices);
        return;
    }
    g_free(field->text);
    field->text = g_strdup(text);
}

void fake_submit(gboolean is_ok)
{
    Form *filled = g_steal_pointer(&form);

    if (filled == NULL)
        fake_fail("no form is open");
    for (guint i = 0; is_ok && i < filled->fields->len; i++) {
        const Field *field = filled->fields->pdata[i];

        if (field->is_required && (field->text == NULL || field->text[0] == '\0'))
            fake_fail("the form cannot be sent without %s", field->id);
    }
    (is_ok ? filled->ok : filled->cancel)(filled->data, (PurpleRequestFields *)filled);
    form_free(filled);
}

/* Invitations -----------------------------------------------------------------------------------
 */

static struct {
    PurpleConnection *gc;
    GHashTable *components;
} invitation;

gboolean purple_privacy_check(PurpleAccount *account, const char *who)
{
    (void)account;
    return !fake_is_blocked(who);
}

void serv_got_chat_invite(PurpleConnection *gc, const char *name, const char *who,
                          const char *message, GHashTable *data)
{
    assert_null(message);
    assert_true(purple_privacy_check(gc->account, who)); /* libpurple leaks data otherwise */
    if (invitation.gc != NULL)
        fake_fail("two invitations are open");
    invitation.gc = gc;
    invitation.components = data;
    fake_event(FAKE_NOTIFY, gc->account, "invitation to %s by %s", name, who);
}

void fake_accept_invitation(gboolean is_yes)
{
    PurpleConnection *gc = g_steal_pointer(&invitation.gc);
    g_autoptr(GHashTable) components = g_steal_pointer(&invitation.components);

    if (gc == NULL)
        fake_fail("no invitation is open");
    (is_yes ? fake_prpl()->join_chat : fake_prpl()->reject_chat)(gc, components);
}

/* Rooms -----------------------------------------------------------------------------------------
 */

PurpleRoomlist *purple_roomlist_new(PurpleAccount *account)
{
    PurpleRoomlist *list = g_new0(PurpleRoomlist, 1);

    list->account = account;
    list->ref = 1;
    return list;
}

static void roomlist_field_free(gpointer data)
{
    PurpleRoomlistField *field = data;

    g_free(field->label);
    g_free(field->name);
    g_free(field);
}

static void room_free(PurpleRoomlist *list, PurpleRoomlistRoom *room)
{
    GList *value = room->fields;

    for (GList *link = list->fields; link != NULL && value != NULL;
         link = link->next, value = value->next)
        if (((PurpleRoomlistField *)link->data)->type == PURPLE_ROOMLIST_FIELD_STRING)
            g_free(value->data);
    g_list_free(room->fields);
    g_free(room->name);
    g_free(room);
}

void purple_roomlist_unref(PurpleRoomlist *list)
{
    if (--list->ref > 0)
        return;
    for (GList *link = list->rooms; link != NULL; link = link->next)
        room_free(list, link->data);
    g_list_free(list->rooms);
    g_list_free_full(list->fields, roomlist_field_free);
    g_free(list);
}

void purple_roomlist_set_fields(PurpleRoomlist *list, GList *fields)
{
    assert_null(list->fields);
    list->fields = fields;
}

void purple_roomlist_set_in_progress(PurpleRoomlist *list, gboolean in_progress)
{
    list->in_progress = in_progress;
    fake_event(FAKE_LIST, list->account, in_progress ? "rooms" : "rooms end");
}

PurpleRoomlistField *purple_roomlist_field_new(PurpleRoomlistFieldType type, const gchar *label,
                                               const gchar *name, gboolean hidden)
{
    PurpleRoomlistField *field = g_new0(PurpleRoomlistField, 1);

    assert_non_null(label);
    field->type = type;
    field->label = g_strdup(label);
    field->name = g_strdup(name);
    field->hidden = hidden;
    return field;
}

PurpleRoomlistRoom *purple_roomlist_room_new(PurpleRoomlistRoomType type, const gchar *name,
                                             PurpleRoomlistRoom *parent)
{
    PurpleRoomlistRoom *room = g_new0(PurpleRoomlistRoom, 1);

    assert_null(parent);
    room->type = type;
    room->name = g_strdup(name);
    return room;
}

void purple_roomlist_room_add_field(PurpleRoomlist *list, PurpleRoomlistRoom *room,
                                    gconstpointer field)
{
    const PurpleRoomlistField *of = g_list_nth_data(list->fields, g_list_length(room->fields));

    assert_non_null(of);
    room->fields = g_list_append(
        room->fields, of->type == PURPLE_ROOMLIST_FIELD_STRING ? g_strdup(field) : (gpointer)field);
}

void purple_roomlist_room_add(PurpleRoomlist *list, PurpleRoomlistRoom *room)
{
    GString *text = g_string_new(NULL);
    GList *value = room->fields;

    for (GList *link = list->fields; link != NULL; link = link->next, value = value->next) {
        const PurpleRoomlistField *field = link->data;

        if (field->type == PURPLE_ROOMLIST_FIELD_STRING)
            g_string_append_printf(text, "|%s", (const char *)value->data);
        else
            g_string_append_printf(text, "|%d", GPOINTER_TO_INT(value->data));
    }
    list->rooms = g_list_append(list->rooms, room);
    fake_event(FAKE_LIST, list->account, "room %s%s", room->name, text->str);
    g_string_free(text, TRUE);
}

PurpleRoomlist *fake_rooms(PurpleAccount *account)
{
    PurpleRoomlist *list = fake_prpl()->roomlist_get_list(account->gc);

    if (list != NULL)
        list->ref++;
    return list;
}

void fake_join_room(PurpleRoomlist *list, const char *name)
{
    for (GList *link = list->rooms; link != NULL; link = link->next) {
        PurpleRoomlistRoom *room = link->data;
        g_autoptr(GHashTable) components = g_hash_table_new(g_str_hash, g_str_equal);
        GList *value = room->fields;

        if (strcmp(room->name, name) != 0)
            continue;
        g_hash_table_replace(components, (gpointer) "name", room->name);
        for (GList *field = list->fields; field != NULL; field = field->next, value = value->next)
            g_hash_table_replace(components, ((PurpleRoomlistField *)field->data)->name,
                                 value->data);
        fake_prpl()->join_chat(list->account->gc, components);
        return;
    }
    fake_fail("there is no room %s", name);
}

/* Menus -----------------------------------------------------------------------------------------
 */

PurpleMenuAction *purple_menu_action_new(const char *label, PurpleCallback callback, gpointer data,
                                         GList *children)
{
    PurpleMenuAction *item = g_new0(PurpleMenuAction, 1);

    assert_null(children);
    item->label = g_strdup(label);
    item->callback = callback;
    item->data = data;
    return item;
}

char *fake_node_menu(PurpleAccount *account, const char *name, const char *label)
{
    PurpleBuddy *buddy = purple_find_buddy(account, name);
    PurpleBlistNode *node =
        buddy != NULL ? &buddy->node : (PurpleBlistNode *)purple_blist_find_chat(account, name);
    GString *labels = g_string_new(NULL);
    GList *items = fake_prpl()->blist_node_menu(node);

    for (GList *link = items; link != NULL; link = link->next) {
        PurpleMenuAction *item = link->data;

        g_string_append_printf(labels, "%s%s", labels->len > 0 ? "|" : "", item->label);
        if (g_strcmp0(item->label, label) == 0)
            ((void (*)(PurpleBlistNode *, gpointer))item->callback)(node, item->data);
        g_free(item->label);
        g_free(item);
    }
    g_list_free(items);
    return g_string_free(labels, FALSE);
}

/* End -------------------------------------------------------------------------------------------
 * A question that is still open goes with its window: nobody is told. */

void fake_group_reset(void)
{
    for (guint i = 0; i < action.n_buttons; i++)
        g_free(action.labels[i]);
    memset(&action, 0, sizeof action);
    g_clear_pointer(&form, form_free);
    g_clear_pointer(&invitation.components, g_hash_table_destroy);
    invitation.gc = NULL;
}
