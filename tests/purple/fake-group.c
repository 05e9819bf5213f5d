/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-group.c: what groups need of libpurple beside conversations and questions: invitations, the
 * list of rooms. */
#include "fake.h"

#include <blist.h>
#include <request.h>
#include <roomlist.h>
#include <server.h>
#include <string.h>
#include <util.h>

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

/* End -------------------------------------------------------------------------------------------
 * A question that is still open goes with its window: nobody is told. */

void fake_group_reset(void)
{
    g_clear_pointer(&invitation.components, g_hash_table_destroy);
    invitation.gc = NULL;
}
