/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filling a room from what is stored, or making the topic (tests/server). */
#include "room-load.h"

#include <string.h>

#include "clock.h"

static Seat *seat_of(Room *room, const Member *member)
{
    Seat *seat = room_add_seat(room, member->user);

    seat->want = member->want;
    seat->given = member->given;
    seat->read = member->read;
    seat->recv = member->recv;
    seat->clear = member->clear;
    seat->private = json_incref(member->private);
    return seat;
}

void room_add_contact(Room *me, const char *name, gboolean online, gboolean enabled)
{
    Contact *contact = g_new0(Contact, 1);

    contact->online = online;
    contact->enabled = enabled;
    g_hash_table_insert(me->contacts, g_strdup(name), contact);
}

void room_load_contacts(Room *me)
{
    GPtrArray *chats = world_chats();

    for (guint i = 0; i < chats->len; i++) {
        Chat *chat = chats->pdata[i];
        Member *member = chat_member(chat, me->user, FALSE, FALSE);
        gboolean enabled;

        if (member == NULL)
            continue;
        enabled = (member->want & member->given & ACS_PRES) != 0;
        room_add_contact(me, chat->kind == CHAT_P2P ? chat_peer(chat, me->user)->id : chat->name,
                         FALSE, enabled);
    }
}

static int load_me(Room *room, User *user, const Session *session)
{
    Seat *seat = room_add_seat(room, user);

    room->kind = ROOM_ME;
    room->user = user;
    room->ua = session == NULL ? NULL : g_strdup(session->ua);
    seat->want = user->me_want;
    seat->given = user->me_given;
    seat->private = json_incref(user->private);
    return 0;
}

static int load_fnd(Room *room, User *user)
{
    Seat *seat = room_add_seat(room, user);

    room->kind = ROOM_FND;
    room->user = user;
    seat->want = seat->given = ACS_ME;
    return 0;
}

static int load_self(Room *room, Request *request)
{
    Chat *chat = world_chat(room->name);
    User *user;
    Seat *seat;

    room->kind = ROOM_SELF;
    if (chat == NULL) {
        gint64 now = clock_stamp_ms();

        if (request == NULL)
            return 404;
        user = request->session->user;
        chat = world_add_chat(CHAT_SELF, room->name, now);
        chat->a = chat->owner = user;
        chat->auth = ACS_SELF;
        chat_add_member(chat, user, FALSE, ACS_SELF, ACS_ALL, NULL, now);
        request->created = request->newsub = TRUE;
        seat = room_add_seat(room, user);
        seat->want = seat->given = ACS_SELF;
    } else {
        seat_of(room, chat_member(chat, chat->owner, FALSE, TRUE));
    }
    room->chat = chat;
    return 0;
}

static void set_seen(Seat *seat, const User *peer)
{
    seat->seen = peer->seen;
    seat->seen_ua = g_strdup(peer->seen_ua);
}

/* One of the two is missing, or both: they are made anew. */
static void make_p2p(Room *room, Request *request, User *user, User *peer)
{
    Chat *chat = room->chat;
    json_t *set = json_object_get(request->body, "set");
    const char *mode = packet_string(json_object_get(set, "sub"), "mode");
    const char *defacs =
        packet_string(json_object_get(json_object_get(set, "desc"), "defacs"), "auth");
    Member *mine = chat_member(chat, user, FALSE, FALSE);
    Member *theirs = chat_member(chat, peer, FALSE, FALSE);
    gint64 now = clock_stamp_ms();
    unsigned their_given = user->auth;
    unsigned wanted;

    if (defacs != NULL && (!acs_parse(defacs, &their_given) || their_given == ACS_UNSET))
        their_given = user->auth;
    their_given = theirs != NULL ? theirs->given : (their_given & ACS_P2P_MAX) | ACS_APPROVE;
    if (theirs == NULL)
        request->created = TRUE;
    if (mine == NULL) {
        unsigned want = their_given;

        if (mode != NULL && acs_parse(mode, &wanted) && wanted != ACS_UNSET)
            want = (wanted & ACS_P2P_MAX) | ACS_APPROVE | ACS_JOIN;
        mine = chat_add_member(chat, user, FALSE, want, peer->auth, NULL, now);
        world_merge(NULL, json_object_get(json_object_get(set, "desc"), "private"), &mine->private);
        request->newsub = TRUE;
    }
    if (theirs == NULL)
        theirs = chat_add_member(chat, peer, FALSE, (peer->auth & ACS_P2P_MAX) | ACS_APPROVE,
                                 their_given, NULL, now);
    seat_of(room, mine);
    seat_of(room, theirs);
}

static int load_p2p(Room *room, Request *request, const char **text)
{
    User *user = request == NULL ? NULL : request->session->user;
    User *peer = request == NULL ? NULL : world_user_by_id(request->topic);
    Chat *chat = world_chat(room->name);

    room->kind = ROOM_P2P;
    room->chat = chat;
    if (chat != NULL && chat_count(chat) == 2) {
        set_seen(seat_of(room, chat_member(chat, chat->a, FALSE, FALSE)), chat->b);
        set_seen(seat_of(room, chat_member(chat, chat->b, FALSE, FALSE)), chat->a);
        return 0;
    }
    *text = "user not found";
    if (request == NULL || peer == NULL)
        return 404;
    if (chat == NULL) {
        chat = world_add_chat(CHAT_P2P, room->name, clock_stamp_ms());
        chat->a = user;
        chat->b = peer;
        room->chat = chat;
    }
    make_p2p(room, request, user, peer);
    return 0;
}

static int make_group(Room *room, Request *request)
{
    json_t *set = json_object_get(request->body, "set");
    json_t *desc = json_object_get(set, "desc");
    json_t *defacs = json_object_get(desc, "defacs");
    const char *mode = packet_string(json_object_get(set, "sub"), "mode");
    const char *text;
    gint64 now = clock_stamp_ms();
    unsigned want = ACS_ALL;
    unsigned parsed;
    Chat *chat = world_add_chat(CHAT_GROUP, room->name, now);
    Member *member;

    chat->owner = request->session->user;
    chat->channel = g_str_has_prefix(request->topic, "nch");
    world_merge(NULL, json_object_get(desc, "public"), &chat->public);
    text = packet_string(defacs, "auth");
    if (text != NULL && acs_parse(text, &parsed) && parsed != ACS_UNSET)
        chat->auth = parsed & ~(unsigned)ACS_OWNER;
    text = packet_string(defacs, "anon");
    if (text != NULL && acs_parse(text, &parsed) && parsed != ACS_UNSET)
        chat->anon = parsed & ~(unsigned)ACS_OWNER;
    if (mode != NULL && acs_parse(mode, &parsed) && parsed != ACS_UNSET)
        want = parsed | ACS_JOIN | ACS_OWNER;
    member = chat_add_member(chat, chat->owner, FALSE, want, ACS_ALL, NULL, now);
    world_merge(NULL, json_object_get(desc, "private"), &member->private);
    seat_of(room, member);
    room->kind = ROOM_GROUP;
    room->chat = chat;
    room->subcnt = 1;
    request->created = request->newsub = TRUE;
    return 0;
}

static int load_group(Room *room)
{
    Chat *chat = world_chat(room->name);

    room->kind = ROOM_GROUP;
    room->chat = chat;
    if (chat == NULL)
        return 404;
    room->subcnt = chat->subcnt;
    for (guint i = 0; i < chat->members->len; i++) {
        Member *member = chat->members->pdata[i];

        if (member->deleted == 0 && !member->reader)
            seat_of(room, member);
    }
    return 0;
}

int room_load(Room *room, Request *request, const char **text)
{
    Session *session = request == NULL ? NULL : request->session;
    User *user = session == NULL ? NULL : session->user;
    const char *topic = request == NULL ? room->name : request->topic;

    *text = "topic not found";
    if (g_str_has_prefix(topic, "new") || g_str_has_prefix(topic, "nch"))
        return request == NULL ? 404 : make_group(room, request);
    if (strcmp(topic, "me") == 0)
        return load_me(room, user, session);
    if (strcmp(topic, "fnd") == 0)
        return load_fnd(room, user);
    if (g_str_has_prefix(room->name, "slf"))
        return load_self(room, request);
    if (g_str_has_prefix(room->name, "p2p"))
        return load_p2p(room, request, text);
    if (g_str_has_prefix(room->name, "grp"))
        return load_group(room);
    if (strcmp(topic, "sys") == 0) {
        *text = "permission denied";
        return 403;
    }
    return 404;
}
