/* SPDX-License-Identifier: GPL-2.0-or-later */
/* News between rooms (tests/server): {pres} and {info} are queued, routed to the room that they are
 * for, and from there to its sessions. Rooms of kind me keep track of who is online by asking each
 * other: "on", "off", with +en, +dis, +rem for changes of interest; "?unkn" asks for the other's
 * state, "?none" only changes the interest. Wire facts, sections 3 and 6.2. */
#include "room.h"

#include <string.h>

#include "room-load.h"

typedef struct {
    char *to; /* name of a room */
    guint64 skip_sid;
    gboolean info;
    char *topic; /* the kind of room that it is meant for: "me", a group, "" for p2p */
    char *src;
    char *what;
    char *from;
    char *act;
    char *tgt;
    char *dwant;
    char *dgiven;
    char *ua;
    int seq;
    int clear;
    json_t *delseq;
    unsigned in;
    char *single;
    char *exclude;
    char *skip_room; /* sessions attached there have been told there */
    gboolean want_reply;
} Route;

static GQueue queue = G_QUEUE_INIT;
static gboolean draining;

static void route_free(gpointer data)
{
    Route *route = data;

    g_free(route->to);
    g_free(route->topic);
    g_free(route->src);
    g_free(route->what);
    g_free(route->from);
    g_free(route->act);
    g_free(route->tgt);
    g_free(route->dwant);
    g_free(route->dgiven);
    g_free(route->ua);
    g_free(route->single);
    g_free(route->exclude);
    g_free(route->skip_room);
    json_decref(route->delseq);
    g_free(route);
}

/* Queues news for a room; NULL if it is not in memory. `self` is whom act and tgt need not name. */
static Route *push(const char *to, const char *topic, const char *src, const char *what,
                   const char *self, const News *news, Session *skip)
{
    Route *route;

    if (room_find(to) == NULL)
        return NULL;
    route = g_new0(Route, 1);
    route->to = g_strdup(to);
    route->topic = g_strdup(topic);
    route->src = g_strdup(src);
    route->what = g_strdup(what);
    route->skip_sid = skip == NULL ? 0 : skip->sid;
    if (news != NULL) {
        route->act = g_strcmp0(news->act, self) == 0 ? NULL : g_strdup(news->act);
        route->tgt = g_strcmp0(news->tgt, self) == 0 ? NULL : g_strdup(news->tgt);
        route->dwant = g_strdup(news->dwant);
        route->dgiven = g_strdup(news->dgiven);
        route->ua = g_strdup(news->ua);
        route->seq = news->seq;
        route->clear = news->clear;
    }
    g_queue_push_tail(&queue, route);
    return route;
}

/* How news for this very room name it: only those pass through to its sessions. */
static const char *own_topic(const Room *room)
{
    switch (room->kind) {
    case ROOM_ME:
        return "me";
    case ROOM_FND:
        return "fnd";
    case ROOM_P2P:
        return "";
    case ROOM_SELF:
        return "slf";
    case ROOM_GROUP:
    default:
        return room->name;
    }
}

static gboolean passes(unsigned mode, const char *what, const Filter *filter)
{
    if (strcmp(what, "acs") == 0 || strcmp(what, "gone") == 0)
        return TRUE;
    if (strcmp(what, "upd") == 0 && (mode & ACS_JOIN) != 0)
        return TRUE;
    return (mode & ACS_PRES) != 0 &&
           (filter == NULL || filter->in == 0 || (mode & filter->in) != 0);
}

void pres_online(Room *room, const char *what, const char *src, const News *news,
                 const Filter *filter, Session *skip)
{
    Route *route = push(room->name, own_topic(room), src, what, src, news, skip);

    if (route == NULL)
        return;
    route->delseq = json_incref(news->delseq);
    if (filter != NULL) {
        route->in = filter->in;
        route->single = g_strdup(filter->single);
        route->exclude = g_strdup(filter->exclude);
    }
}

static json_t *pres_frame(const char *topic, const Route *route)
{
    json_t *pres = json_pack("{s:s, s:s}", "topic", topic, "what", route->what);

    packet_set_string(pres, "src", route->src);
    packet_set_string(pres, "ua", route->ua);
    packet_set_int(pres, "seq", route->seq);
    packet_set_int(pres, "clear", route->clear);
    packet_set(pres, "delseq", route->delseq);
    packet_set_string(pres, "tgt", route->tgt);
    packet_set_string(pres, "act", route->act);
    if ((route->dwant != NULL && *route->dwant != '\0') ||
        (route->dgiven != NULL && *route->dgiven != '\0')) {
        json_t *dacs = json_object();

        packet_set_string(dacs, "want", route->dwant);
        packet_set_string(dacs, "given", route->dgiven);
        json_object_set_new(pres, "dacs", dacs);
    }
    return json_pack("{s:o}", "pres", pres);
}

void pres_direct(Room *room, const char *what, const News *news, const char *single, Session *skip)
{
    for (guint i = 0; i < room->attached->len; i++) {
        Attached *attached = room->attached->pdata[i];
        Seat *seat = room_seat(room, attached->user);
        Route like = {.what = (char *)what,
                      .dwant = (char *)news->dwant,
                      .dgiven = (char *)news->dgiven,
                      .seq = news->seq,
                      .clear = news->clear};

        if (attached->session == skip || seat == NULL || seat->deleted ||
            !passes(seat_mode(seat), what, NULL) ||
            (single != NULL && strcmp(single, attached->user->id) != 0))
            continue;
        session_send(attached->session, pres_frame(room_name_for(room, attached->user), &like));
    }
}

void pres_offline(Room *room, const char *what, const News *news, const Filter *source,
                  const Filter *target, Session *skip, gboolean offline_only)
{
    for (guint i = 0; i < room->seats->len; i++) {
        Seat *seat = room->seats->pdata[i];
        Route *route;

        if (seat->deleted || !passes(seat_mode(seat), what, source))
            continue;
        route = push(seat->user->id, "me", room_name_for(room, seat->user), what, seat->user->id,
                     news, skip);
        if (route == NULL)
            continue;
        if (target != NULL) {
            route->in = target->in;
            route->single = g_strdup(target->single);
            route->exclude = g_strdup(target->exclude);
        }
        if (offline_only)
            route->skip_room = g_strdup(room->name);
    }
}

void pres_single(Room *room, User *user, unsigned mode, const char *what, const News *news,
                 Session *skip, gboolean offline_only)
{
    Route *route;

    if (mode == ACS_GONE || !passes(mode, what, NULL))
        return;
    route = push(user->id, "me", room_name_for(room, user), what, user->id, news, skip);
    if (route == NULL)
        return;
    route->want_reply = g_str_has_prefix(what, "?unkn");
    if (offline_only)
        route->skip_room = g_strdup(room->name);
}

void pres_unattached(User *user, const char *src, const char *what, const News *news, Session *skip)
{
    push(user->id, "me", src, what, user->id, news, skip);
}

void pres_interested(Room *me, const char *what, const char *ua)
{
    gboolean to_online = strcmp(what, "upd") == 0 || strcmp(what, "ua") == 0;
    News news = {.ua = ua};
    GHashTableIter iter;
    gpointer key;
    gpointer value;

    g_hash_table_iter_init(&iter, me->contacts);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        Contact *contact = value;
        gboolean group = g_str_has_prefix(key, "grp");
        Route *route;

        if (g_str_has_prefix(key, "chn") || (to_online && !contact->online))
            continue;
        route = push(key, to_online && group ? key : "me", me->name, what, NULL, &news, NULL);
        if (route != NULL)
            route->want_reply = g_str_has_prefix(what, "on");
        if (g_str_has_suffix(what, "+dis"))
            contact->online = FALSE;
    }
}

void pres_info(Room *room, const User *from, const char *what, int seq, Session *skip)
{
    News news = {.seq = seq};

    for (guint i = 0; i < room->seats->len; i++) {
        Seat *seat = room->seats->pdata[i];
        unsigned mode = seat_mode(seat);
        Route *route;

        if (seat->deleted || (mode & ACS_PRES) == 0 || (mode & ACS_READ) == 0)
            continue;
        route =
            push(seat->user->id, "me", room_name_for(room, seat->user), what, NULL, &news, skip);
        if (route == NULL)
            continue;
        route->info = TRUE;
        route->from = g_strdup(from->id);
        route->skip_room = g_strdup(room->name);
    }
}

/* ---- arriving ---- */

/* A contact's news at a me: keeps the books. FALSE: nothing that the sessions need to hear. */
static gboolean note_contact(Room *me, const char *src, const char *command, gboolean changes,
                             gboolean online)
{
    Contact *contact = g_hash_table_lookup(me->contacts, src);
    gboolean news = changes;

    if (contact == NULL) {
        if (strcmp(command, "rem") == 0)
            return FALSE;
        if (strcmp(src, me->name) != 0)
            room_add_contact(me, src, online, strcmp(command, "en") == 0);
        return news && strcmp(command, "en") == 0;
    }
    if (strcmp(command, "rem") == 0) {
        if (!contact->enabled && changes && !online)
            news = FALSE;
        g_hash_table_remove(me->contacts, src);
        return news;
    }
    if (strcmp(command, "en") == 0) {
        if (contact->enabled && (!changes || contact->online == online))
            news = FALSE;
        contact->enabled = TRUE;
    } else if (strcmp(command, "dis") == 0) {
        news = news && contact->enabled && contact->online;
        contact->enabled = FALSE;
    } else if (!contact->enabled || !changes || contact->online == online) {
        news = FALSE;
    }
    if (!contact->enabled)
        contact->online = FALSE;
    else if (changes)
        contact->online = online;
    return news;
}

/* Takes the commands of the presence exchange out of `what`, answers questions. FALSE: not for
 * sessions. */
static gboolean exchange(Room *room, Route *route)
{
    g_auto(GStrv) parts = g_strsplit(route->what, "+", 2);
    const char *command = parts[1] == NULL ? "" : parts[1];
    gboolean on = strcmp(parts[0], "on") == 0;
    gboolean gone = strcmp(parts[0], "gone") == 0;
    gboolean asks = strcmp(parts[0], "?unkn") == 0;
    gboolean changes = on || gone || strcmp(parts[0], "off") == 0;
    gboolean news = changes;
    gboolean removed = gone || strcmp(command, "rem") == 0;

    if (!changes && !asks && strcmp(parts[0], "?none") != 0)
        return TRUE;
    if (room->kind == ROOM_ME) {
        /* Having been removed from somebody's list is no news by itself. */
        gboolean known = g_hash_table_contains(room->contacts, route->src);

        news = note_contact(room, route->src, removed ? "rem" : command, changes, on);
        removed = removed && known;
    }
    if ((on || asks) && route->want_reply) {
        Route *reply =
            push(route->src, "me", room->name, removed ? "off+rem" : "on", NULL, NULL, NULL);

        if (reply != NULL)
            reply->want_reply = asks;
    }
    g_free(route->what);
    route->what = g_strdup(parts[0]);
    return news;
}

static gboolean is_told_elsewhere(const Session *session, const Route *route)
{
    return route->skip_room != NULL && g_hash_table_contains(session->rooms, route->skip_room);
}

static gboolean may_hear(Room *room, const Attached *attached, const Route *route)
{
    Seat *seat = room_seat(room, attached->user);
    unsigned mode = seat_mode(seat);

    if (route->single != NULL && strcmp(route->single, attached->user->id) != 0)
        return FALSE;
    if (route->exclude != NULL && strcmp(route->exclude, attached->user->id) == 0)
        return FALSE;
    if ((mode & ACS_PRES) == 0 && strcmp(route->what, "gone") != 0 &&
        strcmp(route->what, "acs") != 0)
        return FALSE;
    return route->in == 0 || (mode & route->in) != 0;
}

static json_t *info_frame(const Route *route)
{
    json_t *info = json_pack("{s:s, s:s, s:s, s:s}", "topic", "me", "src", route->src, "from",
                             route->from, "what", route->what);

    packet_set_int(info, "seq", route->seq);
    return json_pack("{s:o}", "info", info);
}

static void deliver(Route *route)
{
    Room *room = room_find(route->to);
    g_autoptr(GPtrArray) slow = NULL;

    if (room == NULL || room->loading)
        return;
    if (!route->info && (!exchange(room, route) || strcmp(own_topic(room), route->topic) != 0))
        return;
    slow = g_ptr_array_new();
    for (guint i = 0; i < room->attached->len; i++) {
        Attached *attached = room->attached->pdata[i];
        gboolean own_key = route->info && strcmp(route->what, "kp") == 0 &&
                           strcmp(route->from, attached->user->id) == 0;
        json_t *frame;

        if (attached->session->sid == route->skip_sid || own_key ||
            is_told_elsewhere(attached->session, route) ||
            (!route->info && !may_hear(room, attached, route)))
            continue;
        frame = route->info ? info_frame(route)
                            : pres_frame(room_name_for(room, attached->user), route);
        if (!session_send(attached->session, frame))
            g_ptr_array_add(slow, attached->session);
    }
    for (guint i = 0; i < slow->len; i++)
        room_leave(room, slow->pdata[i], NULL);
}

void pres_drain(void)
{
    if (draining)
        return;
    draining = TRUE;
    while (!g_queue_is_empty(&queue)) {
        Route *route = g_queue_pop_head(&queue);

        deliver(route);
        route_free(route);
    }
    draining = FALSE;
}

void pres_forget(void)
{
    g_queue_clear_full(&queue, route_free);
}

void room_broadcast(Room *room, json_t *frame, Session *skip)
{
    json_t *data = json_object_get(frame, "data");
    json_t *info = json_object_get(frame, "info");
    const char *what = packet_string(info, "what");
    const char *from = packet_string(info, "from");
    g_autoptr(GPtrArray) slow = g_ptr_array_new();

    for (guint i = 0; i < room->attached->len; i++) {
        Attached *attached = room->attached->pdata[i];
        gboolean can_read = (seat_mode(room_seat(room, attached->user)) & ACS_READ) != 0;
        json_t *body;
        json_t *copy;

        if (attached->session == skip || !can_read || (info != NULL && attached->reader))
            continue;
        if (info != NULL && strcmp(what, "kp") == 0 && strcmp(from, attached->user->id) == 0)
            continue;
        body = json_copy(data != NULL ? data : info);
        json_object_set_new(body, "topic", json_string(room_name_for(room, attached->user)));
        if (attached->reader)
            json_object_del(body, "from");
        copy = json_pack("{s:o}", data != NULL ? "data" : "info", body);
        if (!session_send(attached->session, copy))
            g_ptr_array_add(slow, attached->session);
    }
    for (guint i = 0; i < slow->len; i++)
        room_leave(room, slow->pdata[i], NULL);
    json_decref(frame);
}
