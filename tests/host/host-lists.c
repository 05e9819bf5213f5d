/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Room lists and file transfers turned into events. Layer: tests (purple-host).
 */
#include "host-lists.h"

#include "host-json.h"

/* A list's ui_data: the array of its rooms so far. */

static void roomlist_create(PurpleRoomlist *list)
{
    list->ui_data = json_array();
}

static json_t *field_value(PurpleRoomlistField *field, gpointer value)
{
    switch (purple_roomlist_field_get_type(field)) {
    case PURPLE_ROOMLIST_FIELD_BOOL:
        return json_boolean(GPOINTER_TO_INT(value));
    case PURPLE_ROOMLIST_FIELD_INT:
        return json_integer(GPOINTER_TO_INT(value));
    case PURPLE_ROOMLIST_FIELD_STRING:
        break;
    }
    return host_string(value);
}

static void roomlist_add_room(PurpleRoomlist *list, PurpleRoomlistRoom *room)
{
    json_t *one = json_object();
    GList *value = purple_roomlist_room_get_fields(room);

    host_set_str(one, "name", purple_roomlist_room_get_name(room));
    for (GList *l = purple_roomlist_get_fields(list); l != NULL && value != NULL;
         l = l->next, value = value->next) {
        PurpleRoomlistField *field = l->data;

        if (field->name != NULL)
            host_set(one, field->name, field_value(field, value->data));
    }
    json_array_append_new(list->ui_data, one);
}

static void roomlist_in_progress(PurpleRoomlist *list, gboolean going_on)
{
    json_t *event;

    if (going_on || list->ui_data == NULL)
        return;
    event = host_event_for("result", list->account);
    host_set_str(event, "do", "rooms");
    json_object_set(event, "value", list->ui_data);
    host_emit(event);
}

static void roomlist_destroy(PurpleRoomlist *list)
{
    json_decref(list->ui_data);
    list->ui_data = NULL;
}

static PurpleRoomlistUiOps roomlist_ops = {
    .create = roomlist_create,
    .add_room = roomlist_add_room,
    .in_progress = roomlist_in_progress,
    .destroy = roomlist_destroy,
};

PurpleRoomlistUiOps *host_roomlist_ops(void)
{
    return &roomlist_ops;
}

char *host_lists_rooms(PurpleAccount *account)
{
    PurpleConnection *gc = purple_account_get_connection(account);
    PurpleRoomlist *list = purple_roomlist_get_list(gc);

    return list == NULL ? g_strdup("rooms: this protocol lists none") : NULL;
}

static void tell_xfer(PurpleXfer *xfer, const char *what)
{
    json_t *event = host_event_for("xfer", purple_xfer_get_account(xfer));

    host_set_str(event, "what", what);
    host_set_str(event, "name", xfer->who);
    host_set_str(event, "direction",
                 purple_xfer_get_type(xfer) == PURPLE_XFER_SEND ? "send" : "receive");
    host_set_str(event, "file", purple_xfer_get_filename(xfer));
    host_set_int(event, "size", purple_xfer_get_size(xfer));
    host_set_int(event, "done", purple_xfer_get_bytes_sent(xfer));
    host_emit(event);
}

static void xfer_new(PurpleXfer *xfer)
{
    tell_xfer(xfer, "new");
}

static void xfer_progress(PurpleXfer *xfer, double percent G_GNUC_UNUSED)
{
    tell_xfer(xfer, purple_xfer_is_completed(xfer) ? "complete" : "progress");
}

static void xfer_cancel_local(PurpleXfer *xfer)
{
    tell_xfer(xfer, "cancelled-here");
}

static void xfer_cancel_remote(PurpleXfer *xfer)
{
    tell_xfer(xfer, "cancelled-there");
}

static PurpleXferUiOps xfer_ops = {
    .new_xfer = xfer_new,
    .update_progress = xfer_progress,
    .cancel_local = xfer_cancel_local,
    .cancel_remote = xfer_cancel_remote,
};

PurpleXferUiOps *host_xfer_ops(void)
{
    return &xfer_ops;
}
