/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Topics in memory: loading, attaching, leaving, unloading (tests/server). */
#include "room.h"

#include <string.h>

#include "clock.h"
#include "event.h"
#include "room-load.h"

/* Loading takes a moment, as it does from a database: who comes meanwhile is told 503 "locked". */
#define LOAD_MS 2

static GHashTable *rooms;   /* name → Room */
static GHashTable *pending; /* GSource id → Request, for the end of the program */

static void seat_free(gpointer data)
{
    Seat *seat = data;

    json_decref(seat->private);
    g_free(seat->seen_ua);
    g_free(seat);
}

static void attached_free(gpointer data)
{
    Attached *attached = data;

    session_unref(attached->session);
    g_free(attached);
}

static void room_free(gpointer data)
{
    Room *room = data;

    clock_cancel(&room->unload_timer);
    clock_cancel(&room->ua_timer);
    g_ptr_array_free(room->attached, TRUE);
    g_ptr_array_free(room->seats, TRUE);
    g_hash_table_destroy(room->contacts);
    g_free(room->ua);
    g_free(room->ua_now);
    g_free(room->name);
    g_free(room);
}

void room_init(void)
{
    rooms = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, room_free);
    pending =
        g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, (GDestroyNotify)request_free);
}

void room_shutdown(void)
{
    GHashTableIter iter;
    gpointer id;

    g_hash_table_iter_init(&iter, pending);
    while (g_hash_table_iter_next(&iter, &id, NULL))
        g_source_remove(GPOINTER_TO_UINT(id));
    g_clear_pointer(&pending, g_hash_table_destroy);
    g_clear_pointer(&rooms, g_hash_table_destroy);
    pres_forget();
}

static Room *room_new(const char *name)
{
    Room *room = g_new0(Room, 1);

    room->name = g_strdup(name);
    room->loading = TRUE;
    room->attached = g_ptr_array_new_with_free_func(attached_free);
    room->seats = g_ptr_array_new_with_free_func(seat_free);
    room->contacts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_insert(rooms, room->name, room);
    return room;
}

Room *room_find(const char *name)
{
    return rooms == NULL ? NULL : g_hash_table_lookup(rooms, name);
}

Seat *room_seat(Room *room, const User *user)
{
    for (guint i = 0; i < room->seats->len; i++) {
        Seat *seat = room->seats->pdata[i];

        if (seat->user == user)
            return seat;
    }
    return NULL;
}

Seat *room_add_seat(Room *room, User *user)
{
    Seat *seat = g_new0(Seat, 1);

    seat->user = user;
    g_ptr_array_add(room->seats, seat);
    return seat;
}

void room_remove_seat(Room *room, const User *user)
{
    g_ptr_array_remove(room->seats, room_seat(room, user));
}

unsigned seat_mode(const Seat *seat)
{
    return seat == NULL ? ACS_NONE : seat->want & seat->given;
}

Attached *room_attached(Room *room, const Session *session)
{
    for (guint i = 0; i < room->attached->len; i++) {
        Attached *attached = room->attached->pdata[i];

        if (attached->session == session)
            return attached;
    }
    return NULL;
}

gboolean room_as_reader(const Room *room, const char *topic)
{
    return room->kind == ROOM_GROUP && g_str_has_prefix(topic, "chn");
}

static const char *reader_name(const Room *room)
{
    g_autofree char *name = g_strconcat("chn", room->name + 3, NULL);

    return g_intern_string(name);
}

const char *room_name_for(Room *room, const User *user)
{
    const Seat *seat;

    switch (room->kind) {
    case ROOM_ME:
        return "me";
    case ROOM_FND:
        return "fnd";
    case ROOM_SELF:
        return "slf";
    case ROOM_P2P:
        return chat_peer(room->chat, user)->id;
    case ROOM_GROUP:
    default:
        seat = room_seat(room, user);
        return seat != NULL && seat->reader ? reader_name(room) : room->name;
    }
}

/* ---- user agents ---- */

static void on_ua(gpointer data)
{
    Room *room = data;

    room->ua_timer = 0;
    if (room->ua_now == NULL || g_strcmp0(room->ua_now, room->ua) == 0)
        return;
    g_free(room->ua);
    room->ua = g_strdup(room->ua_now);
    pres_interested(room, "ua", room->ua);
    pres_drain();
}

static void agent_is(Room *room, const char *ua)
{
    if (ua == NULL || g_strcmp0(room->ua_now, ua) == 0)
        return;
    g_free(room->ua_now);
    room->ua_now = g_strdup(ua);
    clock_cancel(&room->ua_timer);
    room->ua_timer = clock_after(ROOM_UA_MS, on_ua, room);
}

void room_agent_seen(Session *session)
{
    Room *me;

    if (session->user == NULL || session->ua == NULL || *session->ua == '\0')
        return;
    me = g_hash_table_lookup(session->rooms, session->user->id);
    if (me != NULL)
        agent_is(me, session->ua);
}

/* ---- leaving ---- */

static void on_unload(gpointer data)
{
    Room *room = data;
    News none = {0};

    room->unload_timer = 0;
    g_hash_table_steal(rooms, room->name);
    if (room->kind == ROOM_ME) {
        pres_interested(room, "off", room->ua_now);
    } else if (room->kind == ROOM_GROUP) {
        pres_offline(room, "off", &none, NULL, NULL, NULL, FALSE);
        room->chat->subcnt = (int)chat_count(room->chat);
    }
    room_free(room);
    pres_drain();
}

static void arm_unload(Room *room)
{
    clock_cancel(&room->unload_timer);
    if (room->attached->len == 0)
        room->unload_timer = clock_after(ROOM_UNLOAD_MS, on_unload, room);
}

static void detach(Room *room, Attached *attached)
{
    g_hash_table_remove(attached->session->rooms, room->name);
    g_ptr_array_remove(room->attached, attached);
}

static Session *most_recent(Room *room)
{
    Session *found = NULL;

    for (guint i = 0; i < room->attached->len; i++) {
        Session *session = ((Attached *)room->attached->pdata[i])->session;

        if (found == NULL || session->last_action >= found->last_action)
            found = session;
    }
    return found;
}

static void left_me(Room *room, Session *session)
{
    Session *other = most_recent(room);
    User *user = room->user;

    if (other != NULL)
        agent_is(room, other->ua);
    user->seen = clock_now_ms();
    g_free(user->seen_ua);
    user->seen_ua = g_strdup(other == NULL ? session->ua : other->ua);
}

static void left_group(Room *room, User *user, Seat *seat)
{
    Filter readers = {.in = ACS_READ};
    News none = {0};

    if (seat->online > 0)
        return;
    if (seat->reader)
        room_remove_seat(room, user);
    else
        pres_online(room, "off", user->id, &none, &readers, NULL);
}

void room_leave(Room *room, Session *session, Request *request)
{
    Attached *attached = room_attached(room, session);
    gboolean mismatch;
    User *user;
    Seat *seat;

    if (attached == NULL)
        return;
    user = attached->user;
    mismatch = request != NULL && attached->reader != room_as_reader(room, request->topic);
    event_say("leave", user->login, room_name_for(room, user), room->name, NULL, 0);
    detach(room, attached);
    seat = room_seat(room, user);
    if (seat != NULL)
        seat->online--;
    if (room->kind == ROOM_ME)
        left_me(room, session);
    else if (room->kind == ROOM_FND)
        g_clear_pointer(&session->query, g_free);
    else if (room->kind == ROOM_GROUP && seat != NULL)
        left_group(room, user, seat);
    if (mismatch)
        session_reply(request, 404, "not found", NULL);
    else if (request != NULL)
        session_reply(request, 200, "ok", NULL);
    arm_unload(room);
}

void room_evict(Room *room, User *user, gboolean unsub, Session *skip)
{
    const char *name = room_name_for(room, user);
    Seat *seat = room_seat(room, user);

    if (seat != NULL)
        seat->online = 0;
    if (seat != NULL && unsub && room->kind == ROOM_P2P)
        seat->deleted = TRUE;
    else if (seat != NULL && (unsub || seat->reader))
        room_remove_seat(room, user);
    for (guint i = room->attached->len; i-- > 0;) {
        Attached *attached = room->attached->pdata[i];
        Session *session = attached->session;

        if (attached->user != user)
            continue;
        session_ref(session);
        event_say("leave", user->login, name, room->name, NULL, 0);
        detach(room, attached);
        if (session != skip)
            session_send(session, packet_ctrl(NULL, name, 205, "evicted",
                                              json_pack("{s:b}", "unsub", unsub)));
        session_unref(session);
    }
    arm_unload(room);
}

void room_drop(Room *room)
{
    while (room->attached->len > 0)
        detach(room, room->attached->pdata[room->attached->len - 1]);
    g_hash_table_remove(rooms, room->name);
}

void room_drop_user(User *user)
{
    g_autoptr(GPtrArray) gone = g_ptr_array_new();
    GHashTableIter iter;
    gpointer value;
    News none = {0};

    g_hash_table_iter_init(&iter, rooms);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Room *room = value;

        if (room->loading)
            continue;
        if (room->user == user || (room->chat != NULL && room->chat->owner == user) ||
            (room->kind == ROOM_P2P && room_seat(room, user) != NULL))
            g_ptr_array_add(gone, room);
    }
    for (guint i = 0; i < gone->len; i++) {
        Room *room = gone->pdata[i];

        if (room->kind == ROOM_P2P)
            pres_unattached(chat_peer(room->chat, user), user->id, "gone", &none, NULL);
        else if (room->kind == ROOM_GROUP)
            pres_offline(room, "gone", &none, NULL, NULL, NULL, FALSE);
        room_drop(room);
    }
}

/* ---- attaching ---- */

/* What others learn at once of a new topic or subscription. */
static void tell_new(Room *room, Request *request, Seat *seat)
{
    User *user = seat->user;
    g_autofree char *want = acs_text(seat->want);
    g_autofree char *given = acs_text(seat->given);
    News mine = {.dwant = want, .dgiven = given, .act = user->id};
    News none = {0};

    if (room->kind == ROOM_P2P) {
        User *peer = chat_peer(room->chat, user);
        Seat *other = room_seat(room, peer);
        unsigned mode = other->deleted ? ACS_GONE : seat_mode(other);

        if (request->created) {
            g_autofree char *their_want = acs_text(other->want);
            g_autofree char *their_given = acs_text(other->given);
            News theirs = {.dwant = their_want, .dgiven = their_given, .act = user->id};

            pres_single(room, peer, mode, "acs", &theirs, NULL, FALSE);
        }
        if (request->newsub) {
            pres_single(room, user, seat_mode(seat), "?none+en", &none, NULL, FALSE);
            pres_single(room, peer, mode, (mode & ACS_PRES) != 0 ? "?unkn+en" : "?unkn", &none,
                        NULL, FALSE);
        }
    }
    if (request->newsub)
        pres_single(room, user, seat_mode(seat), "acs", &mine, request->session, FALSE);
}

static void tell_online(Room *room, Session *session, Seat *seat)
{
    Filter readers = {.in = ACS_READ};
    News none = {0};

    if (room->kind == ROOM_ME && !room->announced) {
        room->announced = TRUE;
        room_load_contacts(room);
        pres_interested(room, "on", session->ua);
    } else if (room->kind == ROOM_GROUP && !seat->reader) {
        if (!room->announced) {
            room->announced = TRUE;
            pres_offline(room, (seat_mode(seat) & ACS_PRES) != 0 ? "on+en" : "on", &none, NULL,
                         NULL, NULL, FALSE);
        } else if (seat->online == 1) {
            pres_online(room, "on", seat->user->id, &none, &readers, session);
        }
    }
}

static void attach(Room *room, Request *request, Seat *seat, gboolean reader)
{
    Attached *attached = g_new0(Attached, 1);
    Session *session = request->session;

    attached->session = session_ref(session);
    attached->user = session->user;
    attached->reader = reader;
    g_ptr_array_add(room->attached, attached);
    g_hash_table_insert(session->rooms, g_strdup(room->name), room);
    seat->online++;
    if (room->kind == ROOM_GROUP && request->newsub)
        room->subcnt++;
    event_say("attach", session->user->login, room_name_for(room, session->user), room->name, NULL,
              0);
}

/* The room is there: the subscription is checked and made, the session attached, the {get} done. */
static void enter(Room *room, Request *request)
{
    Session *session = request->session;
    json_t *set = json_object_get(request->body, "set");
    json_t *set_sub = json_object_get(set, "sub");
    const char *whom = packet_string(set_sub, "user");
    gboolean reader = room_as_reader(room, request->topic);
    json_t *acs = NULL;
    json_t *params = json_object();
    const char *name;
    Seat *seat;

    clock_cancel(&room->unload_timer);
    seat = room_seat(room, session->user);
    if (!request->newsub && (room->kind == ROOM_P2P || room->kind == ROOM_GROUP))
        request->newsub = seat == NULL || seat->deleted;
    if (reader && !room->chat->channel) {
        session_reply(request, 404, "not found", NULL);
    } else if (whom != NULL && *whom != '\0') {
        session_reply(request, 400, "malformed", NULL);
    } else if (subs_own(room, request, reader, packet_string(set_sub, "mode"),
                        json_object_get(json_object_get(set, "desc"), "private"), &acs)) {
        seat = room_seat(room, session->user);
        if (acs != NULL)
            json_object_set_new(params, "acs", acs);
        if (acs == NULL || (seat_mode(seat) & ACS_JOIN) != 0)
            attach(room, request, seat, reader);
        name = room_name_for(room, session->user);
        if (request->created && strcmp(name, request->topic) != 0) {
            packet_set_string(params, "tmpname", request->topic);
            request->topic = name;
        }
        session_reply_as(request, name, 200, "ok",
                         json_object_size(params) > 0 ? json_incref(params) : NULL);
        if (acs != NULL)
            tell_new(room, request, seat);
        if (room_attached(room, session) != NULL)
            tell_online(room, session, seat);
        if (json_is_object(json_object_get(request->body, "get")))
            meta_get(room, request, json_object_get(request->body, "get"));
    }
    json_decref(params);
    arm_unload(room);
}

static void finish(Request *request, Room *room)
{
    Session *session = session_ref(request->session);

    session->swallow = request->swallow;
    session->swallow_data = request->swallow_data;
    if (session->conn != NULL && room_attached(room, session) != NULL)
        session_reply(request, 304, "already subscribed", NULL);
    else if (session->conn != NULL)
        enter(room, request);
    else
        arm_unload(room);
    session->swallow = FALSE;
    request_free(request);
    pres_drain();
    session_flight_over(session);
    session_unref(session);
}

static gboolean on_join(gpointer data)
{
    Request *request = data;
    Room *room = room_find(request->room);

    if (room == NULL || room->loading)
        room_join(request);
    else
        finish(request, room);
    return G_SOURCE_REMOVE;
}

static gboolean on_load(gpointer data)
{
    Request *request = data;
    Session *session = request->session;
    Room *room = room_find(request->room);
    const char *text = NULL;
    int code;

    room->loading = FALSE;
    code = room_load(room, request, &text);
    if (code == 0) {
        finish(request, room);
        return G_SOURCE_REMOVE;
    }
    g_hash_table_remove(rooms, room->name);
    session_ref(session);
    session_reply(request, code, text, NULL);
    request_free(request);
    session_flight_over(session);
    session_unref(session);
    return G_SOURCE_REMOVE;
}

typedef struct {
    GSourceFunc fn;
    Request *request;
    guint id;
} Later;

static gboolean on_later(gpointer data)
{
    Later *later = data;

    g_hash_table_steal(pending, GUINT_TO_POINTER(later->id));
    later->fn(later->request);
    return G_SOURCE_REMOVE;
}

static void do_later(guint ms, GSourceFunc fn, Request *request)
{
    Later *later = g_new0(Later, 1);

    later->fn = fn;
    later->request = request;
    later->id = ms == 0 ? g_idle_add_full(G_PRIORITY_DEFAULT, on_later, later, g_free)
                        : g_timeout_add_full(G_PRIORITY_DEFAULT, ms, on_later, later, g_free);
    g_hash_table_insert(pending, GUINT_TO_POINTER(later->id), request);
}

void room_join(Request *request)
{
    Session *session = request->session;
    Room *room = room_find(request->room);

    if (room == NULL) {
        room_new(request->room);
        do_later(LOAD_MS, on_load, request);
    } else if (room->loading) {
        session_ref(session);
        session_reply(request, 503, "locked", NULL);
        request_free(request);
        session_flight_over(session);
        session_unref(session);
    } else {
        do_later(0, on_join, request);
    }
}

Room *room_load_now(const char *name)
{
    Room *room = room_find(name);
    const char *text = NULL;

    /* Some session is having it loaded at this moment: that ends within LOAD_MS. */
    while (room != NULL && room->loading) {
        g_main_context_iteration(NULL, TRUE);
        room = room_find(name);
    }
    if (room != NULL)
        return room;
    room = room_new(name);
    room->loading = FALSE;
    if (room_load(room, NULL, &text) != 0) {
        g_hash_table_remove(rooms, name);
        return NULL;
    }
    arm_unload(room);
    return room;
}

gboolean room_attach_now(Session *session, const char *topic)
{
    json_t *frame = json_pack("{s:{s:s}}", "sub", "topic", topic);
    Request *request = request_new(session, frame, "sub", json_object_get(frame, "sub"));
    const char *text = NULL;
    int code = 0;
    Room *room = NULL;

    request->room = session_room_name(session->user, topic, &code);
    if (request->room != NULL)
        room = room_find(request->room);
    if (request->room != NULL && room == NULL) {
        room = room_new(request->room);
        room->loading = FALSE;
        if (room_load(room, request, &text) != 0) {
            g_hash_table_remove(rooms, request->room);
            room = NULL;
        }
    }
    if (room != NULL && !room->loading && room_attached(room, session) == NULL)
        enter(room, request);
    request_free(request);
    pres_drain();
    return room != NULL && room_attached(room, session) != NULL;
}
