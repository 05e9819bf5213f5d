/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptions of topics: meta.desc, {set desc} (tests/server). */
#include "meta.h"

#include <string.h>

#include "clock.h"

static json_t *defacs_of(unsigned auth, unsigned anon)
{
    g_autofree char *auth_text = acs_text(auth);
    g_autofree char *anon_text = acs_text(anon);

    return json_pack("{s:s, s:s}", "auth", auth_text, "anon", anon_text);
}

static gint64 updated_of(const Room *room)
{
    return room->chat != NULL ? room->chat->updated : room->user->updated;
}

static json_t *card_of(const Room *room, const User *user)
{
    if (room->kind == ROOM_P2P)
        return chat_peer(room->chat, user)->public;
    return room->chat != NULL      ? room->chat->public
           : room->kind == ROOM_ME ? room->user->public
                                   : NULL;
}

static json_t *trusted_of(const Room *room, const User *user)
{
    if (room->kind == ROOM_P2P)
        return chat_peer(room->chat, user)->trusted;
    return room->chat != NULL      ? room->chat->trusted
           : room->kind == ROOM_ME ? room->user->trusted
                                   : NULL;
}

/* What only those see who belong to the topic. */
static void describe_member(Room *room, const Seat *seat, json_t *desc, gboolean all)
{
    unsigned mode = seat_mode(seat);

    if (room->kind == ROOM_ME)
        json_object_set_new(desc, "defacs", defacs_of(room->user->auth, room->user->anon));
    else if (room->kind != ROOM_P2P && room->chat != NULL && (mode & ACS_SHARERS) != 0)
        json_object_set_new(desc, "defacs", defacs_of(room->chat->auth, room->chat->anon));
    json_object_set_new(desc, "acs", packet_acs(seat->want, seat->given));
    if ((mode & ACS_PRES) != 0) {
        packet_set_bool(desc, "online", room->kind == ROOM_GROUP && room->attached->len > 0);
        if (room->kind == ROOM_P2P && seat->seen != 0) {
            json_t *seen = json_object();

            packet_set_time(seen, "when", seat->seen);
            packet_set_string(seen, "ua", seat->seen_ua);
            json_object_set_new(desc, "seen", seen);
        }
    }
    if (all)
        packet_set(desc, "private", seat->private);
    if ((mode & ACS_READ) == 0 || room->chat == NULL) {
        packet_set_time(desc, "touched", updated_of(room));
        return;
    }
    packet_set_int(desc, "seq", room->chat->seq);
    packet_set_time(desc, "touched", room->chat->touched);
    packet_set_int(desc, "clear", MAX(seat->clear, room->chat->delid));
    if (!seat->reader) {
        packet_set_int(desc, "read", seat->read);
        packet_set_int(desc, "recv", MAX(seat->recv, seat->read));
    }
}

void describe_get(Room *room, Request *request, json_t *options)
{
    User *user = request->session->user;
    Seat *seat = room_seat(room, user);
    gint64 since = meta_since(options);
    gboolean all = since == 0 || updated_of(room) > since;
    json_t *desc;

    if (json_object_get(options, "user") != NULL || packet_int(options, "limit") != 0) {
        session_reply(request, 400, "malformed", NULL);
        return;
    }
    desc = json_object();
    if (since == 0)
        packet_set_time(desc, "created",
                        room->chat != NULL ? room->chat->created : room->user->created);
    packet_set_time(desc, "updated", updated_of(room));
    if (room->kind == ROOM_GROUP) {
        packet_set_bool(desc, "chan", room->chat->channel);
        packet_set_int(desc, "subcnt", room->subcnt);
    }
    if (all) {
        packet_set(desc, "public", card_of(room, user));
        packet_set(desc, "trusted", trusted_of(room, user));
    }
    if (seat != NULL)
        describe_member(room, seat, desc, all);
    meta_send(request, request->topic, "desc", desc);
}

static json_t *acs_mode_only(unsigned mode)
{
    g_autofree char *text = acs_text(mode);

    return json_pack("{s:s}", "mode", text);
}

void describe_get_unattached(Request *request)
{
    User *user = request->session->user;
    Chat *chat = world_chat(request->room);
    Member *member = chat == NULL ? NULL : chat_member(chat, user, FALSE, FALSE);
    json_t *desc = json_object();

    if (g_str_has_prefix(request->room, "grp")) {
        if (chat == NULL) {
            json_decref(desc);
            session_reply(request, 404, "topic not found", NULL);
            return;
        }
        packet_set_time(desc, "created", chat->created);
        packet_set_time(desc, "updated", chat->updated);
        packet_set(desc, "public", chat->public);
        packet_set(desc, "trusted", chat->trusted);
        packet_set_bool(desc, "chan", chat->channel);
        packet_set_int(desc, "subcnt", chat->subcnt);
        if (chat->owner == user)
            json_object_set_new(desc, "defacs", defacs_of(chat->auth, chat->anon));
        json_object_set_new(desc, "acs", acs_mode_only(chat->auth));
    } else {
        gboolean named = g_str_has_prefix(request->topic, "usr");
        User *peer = named                               ? world_user_by_id(request->topic)
                     : strcmp(request->topic, "me") == 0 ? user
                                                         : NULL;

        if (peer == NULL) {
            json_decref(desc);
            session_reply(request, named ? 404 : 400, named ? "user not found" : "malformed", NULL);
            return;
        }
        packet_set_time(desc, "created", peer->created);
        packet_set_time(desc, "updated", peer->updated);
        packet_set(desc, "public", peer->public);
        packet_set(desc, "trusted", peer->trusted);
        json_object_set_new(desc, "acs", acs_mode_only(peer->auth));
    }
    if (member != NULL) {
        packet_set(desc, "private", member->private);
        json_object_set_new(desc, "acs", packet_acs(member->want, member->given));
    }
    meta_send(request, request->topic, "desc", desc);
}

/* ---- {set desc} ---- */

static gboolean set_defacs(json_t *defacs, gboolean me, unsigned *auth, unsigned *anon)
{
    const char *texts[] = {packet_string(defacs, "auth"), packet_string(defacs, "anon")};
    unsigned *modes[] = {auth, anon};

    for (int i = 0; i < 2; i++) {
        unsigned mode;

        if (texts[i] == NULL || *texts[i] == '\0')
            continue;
        if (!acs_parse(texts[i], &mode) || (mode & ACS_OWNER) != 0)
            return FALSE;
        if (me && mode != ACS_NONE)
            mode = (mode & (ACS_P2P_MAX | ACS_GROUP)) | ACS_APPROVE;
        *modes[i] = mode;
    }
    return TRUE;
}

/* Public data and default access. Returns 0, or the code of the refusal; *changed: others are told.
 */
static int set_common(Room *room, Request *request, json_t *desc, gboolean *changed,
                      gboolean *saved)
{
    User *user = request->session->user;
    json_t *public = json_object_get(desc, "public");
    json_t *defacs = json_object_get(desc, "defacs");
    gboolean group = room->kind == ROOM_GROUP;
    json_t **card = group ? &room->chat->public : &user->public;
    unsigned auth = group ? room->chat->auth : user->auth;
    unsigned anon = group ? room->chat->anon : user->anon;
    json_t *merged;

    if (json_object_get(desc, "trusted") != NULL)
        return 403;
    if (public == NULL && defacs == NULL)
        return 0;
    if (room->kind == ROOM_P2P || room->kind == ROOM_SELF || (group && room->chat->owner != user))
        return 403;
    if (!set_defacs(defacs, !group, &auth, &anon))
        return 400;
    if (auth != (group ? room->chat->auth : user->auth) ||
        anon != (group ? room->chat->anon : user->anon)) {
        *(group ? &room->chat->auth : &user->auth) = auth;
        *(group ? &room->chat->anon : &user->anon) = anon;
        *saved = TRUE;
    }
    if (world_merge(*card, public, &merged)) {
        json_decref(*card);
        *card = json_incref(merged);
        *changed = *saved = TRUE;
    }
    json_decref(merged);
    return 0;
}

static gboolean set_private(Room *room, Seat *seat, json_t *private)
{
    Member *member;
    json_t *merged;
    gboolean changed = world_merge(seat->private, private, &merged);

    if (changed) {
        json_decref(seat->private);
        seat->private = json_incref(merged);
        member =
            room->chat == NULL ? NULL : chat_member(room->chat, seat->user, seat->reader, FALSE);
        if (member != NULL) {
            json_decref(member->private);
            member->private = json_incref(merged);
            member->updated = clock_stamp_ms();
        } else if (room->kind == ROOM_ME) {
            json_decref(room->user->private);
            room->user->private = json_incref(merged);
        }
    }
    json_decref(merged);
    return changed;
}

/* The query of a search belongs to the session. */
static void set_query(Request *request, json_t *desc)
{
    json_t *public = json_object_get(desc, "public");
    Session *session = request->session;

    if (!json_is_string(public) || g_strcmp0(session->query, json_string_value(public)) == 0) {
        session_reply(request, 304, "not modified", NULL);
        return;
    }
    g_free(session->query);
    session->query = g_strdup(json_string_value(public));
    if (strcmp(session->query, "\xe2\x90\xa1") == 0)
        g_clear_pointer(&session->query, g_free);
    session_reply(request, 200, "ok", NULL);
}

void describe_set(Room *room, Request *request)
{
    json_t *desc = json_object_get(request->body, "desc");
    User *user = request->session->user;
    Seat *seat = room_seat(room, user);
    Filter others = {.in = ACS_JOIN, .exclude = user->id};
    News none = {0};
    gboolean changed = FALSE;
    gboolean saved = FALSE;
    gboolean private;
    int code;

    if (room->kind == ROOM_FND) {
        set_query(request, desc);
        return;
    }
    code = set_common(room, request, desc, &changed, &saved);
    if (code != 0) {
        session_reply(request, code, packet_text(code), NULL);
        return;
    }
    private = set_private(room, seat, json_object_get(desc, "private"));
    if (!saved && !private) {
        session_reply(request, 304, "not modified", NULL);
        return;
    }
    if (saved && room->kind == ROOM_ME)
        user->updated = clock_stamp_ms();
    else if (saved)
        room->chat->updated = room->chat->touched = clock_stamp_ms();
    if (changed && room->kind == ROOM_ME)
        pres_interested(room, "upd", NULL);
    else if (changed)
        pres_offline(room, "upd", &none, &others, &others, request->session, FALSE);
    if (changed || private)
        pres_single(room, user, seat_mode(seat), "upd", &none, request->session, FALSE);
    session_reply(request, 200, "ok", NULL);
}
