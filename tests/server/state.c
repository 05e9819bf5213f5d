/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole state of the server as JSON (tests/server). */
#include "state.h"

#include "room.h"

static void add_session(Session *session, gpointer data)
{
    json_t *out = json_pack("{s:I}", "sid", (json_int_t)session->sid);
    json_t *attached = json_array();
    GHashTableIter iter;
    gpointer room;

    packet_set_string(out, "user", session_login(session));
    packet_set_string(out, "ua", session->ua);
    g_hash_table_iter_init(&iter, session->rooms);
    while (g_hash_table_iter_next(&iter, NULL, &room))
        json_array_append_new(attached, json_string(room_name_for(room, session->user)));
    json_object_set_new(out, "attached", attached);
    json_array_append_new(data, out);
}

static json_t *member_state(const Member *member, Room *room)
{
    Seat *seat = room == NULL ? NULL : room_seat(room, member->user);
    g_autofree char *want = acs_text(member->want);
    g_autofree char *given = acs_text(member->given);
    json_t *out = json_pack("{s:s, s:s, s:s, s:i, s:i}", "user", member->user->login, "want", want,
                            "given", given, "read", member->read, "recv", member->recv);

    if (member->reader)
        json_object_set_new(out, "reader", json_true());
    json_object_set_new(out, "online", json_integer(seat == NULL ? 0 : seat->online));
    if (seat != NULL)
        json_object_set_new(out, "memory",
                            json_pack("{s:i, s:i}", "read", seat->read, "recv", seat->recv));
    return out;
}

static json_t *chat_state(const Chat *chat)
{
    static const char *const kinds[] = {"p2p", "group", "self"};
    Room *room = room_find(chat->name);
    json_t *members = json_array();
    json_t *out = json_pack("{s:s, s:s, s:i, s:b}", "room", chat->name, "kind", kinds[chat->kind],
                            "seq", chat->seq, "loaded", room != NULL && !room->loading);

    for (guint i = 0; i < chat->members->len; i++) {
        const Member *member = chat->members->pdata[i];

        if (member->deleted == 0)
            json_array_append_new(members, member_state(member, room));
    }
    json_object_set_new(out, "members", members);
    return out;
}

json_t *state_make(void)
{
    json_t *users = json_object();
    json_t *sessions = json_array();
    json_t *topics = json_array();
    GPtrArray *all = world_users();

    for (guint i = 0; i < all->len; i++) {
        const User *user = all->pdata[i];

        if (!user->deleted)
            json_object_set_new(users, user->login, json_string(user->id));
    }
    session_foreach(add_session, sessions);
    all = world_chats();
    for (guint i = 0; i < all->len; i++)
        json_array_append_new(topics, chat_state(all->pdata[i]));
    return json_pack("{s:o, s:o, s:o, s:o}", "users", users, "groups", world_group_words(),
                     "sessions", sessions, "topics", topics);
}
