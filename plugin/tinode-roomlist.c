/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-roomlist.c: our groups and channels as rooms. */
#include "tinode-roomlist.h"

#include <string.h>

#include "tinode-chat.h"
#include "tinode-group.h"
#include "tinode-text.h"

static void finish(TinodeAccount *ta)
{
    PurpleRoomlist *list = g_steal_pointer(&ta->rooms);

    if (list == NULL)
        return;
    purple_roomlist_set_in_progress(list, FALSE);
    purple_roomlist_unref(list);
}

void tinode_roomlist_quiet(TinodeAccount *ta)
{
    finish(ta);
}

static const char *kind_of(const TinodeTopic *topic)
{
    if (topic->kind == TN_TOPIC_CHANNEL)
        return _("Channel");
    return topic->has_mode && (topic->mode & TN_ACCESS_WRITE) == 0 ? _("Group, you only read")
                                                                   : _("Group");
}

static guint members_of(const TinodeTopic *topic)
{
    return MAX(topic->group->n_members, g_hash_table_size(topic->members));
}

static void add(PurpleRoomlist *list, TinodeTopic *topic)
{
    PurpleRoomlistRoom *room =
        purple_roomlist_room_new(PURPLE_ROOMLIST_ROOMTYPE_ROOM, tinode_topic_title(topic), NULL);

    purple_roomlist_room_add_field(list, room, topic->name);
    purple_roomlist_room_add_field(list, room, GUINT_TO_POINTER(members_of(topic)));
    purple_roomlist_room_add_field(list, room, topic->note != NULL ? topic->note : "");
    purple_roomlist_room_add_field(list, room, kind_of(topic));
    purple_roomlist_room_add(list, room);
}

static gint by_title(gconstpointer a, gconstpointer b)
{
    const TinodeTopic *one = *(const TinodeTopic *const *)a, *two = *(const TinodeTopic *const *)b;
    const gint order = g_utf8_collate(tinode_topic_title(one), tinode_topic_title(two));

    return order != 0 ? order : strcmp(one->name, two->name);
}

static void on_rows(const TnReply *reply, gpointer data)
{
    TinodeAccount *ta = data;
    g_autoptr(GPtrArray) topics = g_ptr_array_new();
    GHashTableIter iter;
    TinodeTopic *topic;

    (void)reply; /* without an answer, what is known */
    if (ta->is_closing || ta->rooms == NULL)
        return;
    g_hash_table_iter_init(&iter, ta->topics);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&topic))
        if (tinode_topic_is_group(topic) && topic->is_subscribed)
            g_ptr_array_add(topics, topic);
    g_ptr_array_sort(topics, by_title);
    for (guint i = 0; i < topics->len && ta->rooms != NULL; i++)
        add(ta->rooms, topics->pdata[i]);
    finish(ta);
}

static GList *fields_of(void)
{
    GList *fields = NULL;

    /* What a room is joined by; "name" is libpurple's own. */
    fields = g_list_append(fields, purple_roomlist_field_new(PURPLE_ROOMLIST_FIELD_STRING, "",
                                                             TINODE_CHAT_COMPONENT, TRUE));
    fields = g_list_append(fields, purple_roomlist_field_new(PURPLE_ROOMLIST_FIELD_INT,
                                                             _("Members"), "members", FALSE));
    fields = g_list_append(fields, purple_roomlist_field_new(PURPLE_ROOMLIST_FIELD_STRING,
                                                             _("Topic"), "about", FALSE));
    return g_list_append(
        fields, purple_roomlist_field_new(PURPLE_ROOMLIST_FIELD_STRING, _("Kind"), "kind", FALSE));
}

PurpleRoomlist *tinode_roomlist_get_list(PurpleConnection *gc)
{
    TinodeAccount *ta = gc->proto_data;
    const TnGet get = {.sub = TRUE};

    if (ta == NULL || ta->engine == NULL)
        return NULL;
    finish(ta);
    ta->rooms = purple_roomlist_new(ta->account);
    purple_roomlist_set_fields(ta->rooms, fields_of());
    purple_roomlist_set_in_progress(ta->rooms, TRUE);
    tn_session_get(ta->session, "me", &get, on_rows, ta);
    return ta->rooms;
}

void tinode_roomlist_cancel(PurpleRoomlist *list)
{
    TinodeAccount *ta = tinode_account_find(list->account);

    if (ta != NULL && ta->rooms == list)
        finish(ta);
}
