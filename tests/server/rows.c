/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of meta.sub (tests/server): a user's conversations on me, the members of a conversation,
 * hits of a search. Cursors in rows are those that are stored, not those of the room. Wire facts,
 * sections 3, 6.4. */
#include "meta.h"

#include <string.h>

#include "clock.h"

#define MAX_ROWS 1024

/* ---- me ---- */

typedef struct {
    Member *member;
    gint64 updated;
    gboolean with_topic; /* what is stored of the topic counts too */
} Row;

static gint64 row_time(const Row *row)
{
    gint64 touched = row->with_topic ? row->member->chat->touched : 0;

    return MAX(row->updated, touched);
}

static gint compare_rows(gconstpointer a, gconstpointer b)
{
    gint64 x = row_time(a);
    gint64 y = row_time(b);

    return x < y ? -1 : x > y;
}

static gboolean wants_chat(const Chat *chat, const User *user, const char *topic)
{
    if (topic == NULL || *topic == '\0')
        return TRUE;
    if (g_str_has_prefix(topic, "usr"))
        return chat->kind == CHAT_P2P && strcmp(chat_peer(chat, user)->id, topic) == 0;
    if (strcmp(topic, "slf") == 0)
        return chat->kind == CHAT_SELF;
    return strlen(topic) > 3 && strcmp(chat->name + 3, topic + 3) == 0 && chat->kind == CHAT_GROUP;
}

/* Rows of one subscription: with `since`, only what is newer, and only as much of it as is newer.
 */
static void collect(GArray *rows, Member *member, gint64 since)
{
    Chat *chat = member->chat;
    Row row = {.member = member, .updated = member->updated};

    if (since == 0 && member->deleted != 0)
        return;
    row.with_topic = since == 0 || chat->touched > since;
    if (row.with_topic)
        row.updated = MAX(row.updated, chat->updated);
    if (chat->kind == CHAT_P2P)
        row.updated = MAX(row.updated, chat_peer(chat, member->user)->updated);
    if (since == 0 || row_time(&row) > since)
        g_array_append_val(rows, row);
}

static GArray *collect_all(User *user, json_t *options, gint64 since)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(Row));
    GPtrArray *chats = world_chats();
    const char *topic = packet_string(options, "topic");
    int limit = packet_int(options, "limit");

    for (guint i = 0; i < chats->len; i++) {
        Chat *chat = chats->pdata[i];

        if (!wants_chat(chat, user, topic))
            continue;
        for (guint n = 0; n < chat->members->len; n++) {
            Member *member = chat->members->pdata[n];

            if (member->user == user)
                collect(rows, member, since);
        }
    }
    if (since != 0)
        g_array_sort(rows, compare_rows);
    if (limit <= 0 || limit > MAX_ROWS)
        limit = MAX_ROWS;
    /* Rows of me and of the search count, but are not told. */
    if (since == 0 && limit == MAX_ROWS)
        limit -= 2;
    if (rows->len > (guint)limit)
        g_array_set_size(rows, (guint)limit);
    return rows;
}

static const char *contact_name(const Member *member)
{
    return member->chat->kind == CHAT_P2P ? chat_peer(member->chat, member->user)->id
                                          : member->chat->name;
}

static void set_row_topic(json_t *out, const Member *member)
{
    if (member->chat->kind == CHAT_SELF)
        json_object_set_new(out, "topic", json_string("slf"));
    else if (member->reader)
        json_object_set_new(out, "topic", json_sprintf("chn%s", member->chat->name + 3));
    else
        json_object_set_new(out, "topic", json_string(contact_name(member)));
}

/* Of a row that is alive and may be joined. */
static void describe_row(json_t *out, const Row *row, gboolean online)
{
    const Member *member = row->member;
    const Chat *chat = member->chat;
    const User *peer = chat->kind == CHAT_P2P ? chat_peer(chat, member->user) : NULL;

    if ((member->want & member->given & ACS_READ) == 0) {
        packet_set_time(out, "touched", row->updated);
    } else {
        packet_set_int(out, "read", member->read);
        packet_set_int(out, "recv", member->recv);
        packet_set_int(out, "clear", member->clear);
        if (row->with_topic) {
            packet_set_time(out, "touched", chat->touched);
            packet_set_int(out, "seq", chat->seq);
        }
    }
    if (peer != NULL && peer->seen != 0 && !online) {
        json_t *seen = json_object();

        packet_set_time(seen, "when", peer->seen);
        packet_set_string(seen, "ua", peer->seen_ua);
        json_object_set_new(out, "seen", seen);
    }
    if (chat->kind == CHAT_GROUP && row->with_topic)
        packet_set_int(out, "subcnt", chat->subcnt);
}

static json_t *me_row(Room *room, const Row *row, gint64 since, gboolean presencer)
{
    const Member *member = row->member;
    const Chat *chat = member->chat;
    const User *peer = chat->kind == CHAT_P2P ? chat_peer(chat, member->user) : NULL;
    const Contact *contact = g_hash_table_lookup(room->contacts, contact_name(member));
    gboolean online = contact != NULL && contact->online && member->deleted == 0 && presencer &&
                      chat->kind != CHAT_SELF && !member->reader;
    json_t *out = json_object();

    set_row_topic(out, member);
    if (member->deleted != 0) {
        packet_set_time(out, "deleted", member->deleted);
        json_object_set_new(out, "acs", json_object());
        return out;
    }
    packet_set_time(out, "updated", row->updated);
    packet_set_bool(out, "online", online);
    json_object_set_new(out, "acs", packet_acs(member->want, member->given));
    if ((member->want & member->given & ACS_JOIN) != 0)
        describe_row(out, row, online);
    if (since == 0 || row->updated > since) {
        if (peer != NULL) {
            packet_set(out, "public", peer->public);
            packet_set(out, "trusted", peer->trusted);
        } else if (row->with_topic) {
            packet_set(out, "public", chat->public);
            packet_set(out, "trusted", chat->trusted);
        }
        packet_set(out, "private", member->private);
    }
    return out;
}

/* Contacts that are online and otherwise as they were: else they would look offline. */
static void add_online(json_t *list, Room *room, GHashTable *selected)
{
    GHashTableIter iter;
    gpointer name;
    gpointer value;

    g_hash_table_iter_init(&iter, room->contacts);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        const Contact *contact = value;

        if (contact->online && !g_hash_table_contains(selected, name))
            json_array_append_new(list, json_pack("{s:b, s:{}, s:s}", "online", 1, "acs", "topic",
                                                  (const char *)name));
    }
}

static json_t *me_rows(Room *room, json_t *options, gint64 since)
{
    g_autoptr(GArray) rows = collect_all(room->user, options, since);
    g_autoptr(GHashTable) selected = g_hash_table_new(g_str_hash, g_str_equal);
    gboolean presencer = (seat_mode(room_seat(room, room->user)) & ACS_PRES) != 0;
    json_t *list = json_array();

    for (guint i = 0; i < rows->len; i++) {
        const Row *row = &g_array_index(rows, Row, i);

        g_hash_table_add(selected, (gpointer)contact_name(row->member));
        if (row->member->deleted != 0 && row->member->deleted <= since)
            continue;
        json_array_append_new(list, me_row(room, row, since, presencer));
    }
    if (since != 0 && presencer)
        add_online(list, room, selected);
    return list;
}

/* ---- members ---- */

static json_t *member_row(Room *room, Member *member, const Seat *asking, gint64 since)
{
    unsigned mode = member->want & member->given;
    gboolean group = room->kind == ROOM_GROUP;
    gboolean own = member->user == asking->user;
    gboolean banned = group && (mode & ACS_JOIN) == 0;
    gboolean told = own || (seat_mode(asking) & ACS_SHARERS) != 0 || (mode & ACS_ADMINS) != 0;
    const Seat *seat = room_seat(room, member->user);
    json_t *out = json_pack("{s:s}", "user", member->user->id);

    if (member->deleted != 0) {
        packet_set_time(out, "deleted", member->deleted);
        json_object_set_new(out, "acs", json_object());
        return out;
    }
    packet_set_time(out, "updated", member->updated);
    json_object_set_new(out, "acs", told ? packet_acs(member->want, member->given) : json_object());
    if ((mode & ACS_READ) != 0 && !banned) {
        packet_set_int(out, "read", member->read);
        packet_set_int(out, "recv", member->recv);
        if (own)
            packet_set_int(out, "clear", member->clear);
    }
    if (group)
        packet_set_bool(out, "online",
                        seat != NULL && seat->online > 0 && (seat_mode(asking) & ACS_PRES) != 0);
    if (since == 0 || member->updated > since) {
        if (group) {
            packet_set(out, "public", member->user->public);
            packet_set(out, "trusted", member->user->trusted);
        }
        if (own)
            packet_set(out, "private", member->private);
    }
    return out;
}

static json_t *member_rows(Room *room, Request *request, json_t *options, gint64 since)
{
    User *user = request->session->user;
    gboolean reader = room_as_reader(room, request->topic);
    const char *only = reader ? user->id : packet_string(options, "user");
    int limit = packet_int(options, "limit");
    const Seat *asking = room_seat(room, user);
    json_t *list = json_array();

    if (limit <= 0 || limit > MAX_ROWS)
        limit = MAX_ROWS;
    for (guint i = 0; i < room->chat->members->len; i++) {
        Member *member = room->chat->members->pdata[i];

        if (json_array_size(list) >= (size_t)limit)
            break;
        if (member->reader != reader || (only != NULL && strcmp(only, member->user->id) != 0) ||
            (member->deleted != 0 && (since == 0 || member->deleted <= since)))
            continue;
        json_array_append_new(list, member_row(room, member, asking, since));
    }
    return list;
}

/* ---- fnd ---- */

/* Which of the terms the user's tags have; NULL if all that must be there are not. A space asks for
 * all of its sides, a comma for one. */
static json_t *matching(const User *user, char **all)
{
    json_t *found = json_array();

    for (guint i = 0; all[i] != NULL; i++) {
        g_auto(GStrv) any = g_strsplit(all[i], ",", 64);
        gboolean hit = *all[i] == '\0';

        for (guint n = 0; any[n] != NULL; n++) {
            size_t t;
            json_t *tag;

            json_array_foreach (user->tags, t, tag) {
                if (strcmp(json_string_value(tag), g_strstrip(any[n])) == 0) {
                    json_array_append(found, tag);
                    hit = TRUE;
                }
            }
        }
        if (!hit) {
            json_decref(found);
            return NULL;
        }
    }
    return found;
}

static json_t *found_rows(Request *request)
{
    const char *query = request->session->query;
    GPtrArray *users = world_users();
    json_t *list = json_array();
    g_auto(GStrv) all = NULL;

    if (query == NULL || *query == '\0')
        return list;
    all = g_strsplit(query, " ", 64);
    for (guint i = 0; i < users->len && json_array_size(list) < MAX_ROWS; i++) {
        User *user = users->pdata[i];
        g_autofree char *mode = acs_text(user->auth);
        json_t *tags;
        json_t *row;

        if (user->deleted || user == request->session->user)
            continue;
        tags = matching(user, all);
        if (json_array_size(tags) > 0) {
            row = json_pack("{s:s, s:{s:s}, s:O}", "topic", user->id, "acs", "mode", mode,
                            "private", tags);
            packet_set_time(row, "updated", user->updated);
            packet_set(row, "public", user->public);
            packet_set(row, "trusted", user->trusted);
            json_array_append_new(list, row);
        }
        json_decref(tags);
    }
    return list;
}

/* ---- {get sub} ---- */

void rows_get(Room *room, Request *request, json_t *options)
{
    gint64 since = meta_since(options);
    json_t *list;

    if (packet_int(options, "since") != 0 || packet_int(options, "before") != 0) {
        session_reply(request, 400, "malformed", NULL);
        return;
    }
    switch (room->kind) {
    case ROOM_ME:
        list = me_rows(room, options, since);
        break;
    case ROOM_FND:
        list = found_rows(request);
        break;
    case ROOM_P2P:
    case ROOM_GROUP:
        list = member_rows(room, request, options, since);
        break;
    case ROOM_SELF:
    default:
        list = json_array();
        break;
    }
    if (json_array_size(list) > 0) {
        meta_send(request, request->topic, "sub", list);
        return;
    }
    json_decref(list);
    meta_nothing(request, request->topic, "sub");
}

static json_t *own_row(const Member *member)
{
    unsigned mode = member->want & member->given;
    json_t *out = json_object();

    if (member->deleted != 0) {
        packet_set_time(out, "deleted", member->deleted);
        json_object_set_new(out, "acs", json_object());
        return out;
    }
    json_object_set_new(out, "user", json_string(member->user->id));
    packet_set_time(out, "updated", member->updated);
    json_object_set_new(out, "acs", packet_acs(member->want, member->given));
    packet_set(out, "private", member->private);
    if ((mode & ACS_READ) != 0 && (mode & ACS_JOIN) != 0) {
        packet_set_int(out, "clear", member->clear);
        packet_set_int(out, "read", member->read);
        packet_set_int(out, "recv", member->recv);
    }
    return out;
}

void rows_get_own(Request *request, json_t *options)
{
    User *user = request->session->user;
    const char *whom = packet_string(options, "user");
    Chat *chat = world_chat(request->room);
    gboolean reader = g_str_has_prefix(request->topic, "chn");
    Member *member = chat == NULL ? NULL : chat_member(chat, user, reader, TRUE);
    json_t *row;

    if (whom != NULL && *whom != '\0' && strcmp(whom, user->id) != 0) {
        session_reply(request, 403, "permission denied", NULL);
    } else if (strcmp(request->topic, "me") == 0) {
        row = json_pack("{s:s, s:o}", "user", user->id, "acs",
                        packet_acs(user->me_want, user->me_given));
        packet_set_time(row, "updated", user->updated);
        packet_set(row, "private", user->private);
        meta_send(request, request->topic, "sub", json_pack("[o]", row));
    } else if (member == NULL) {
        session_reply(request, 404, "not found", NULL);
    } else {
        meta_send(request, request->topic, "sub", json_pack("[o]", own_row(member)));
    }
}
