/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Subscriptions and modes: joining, inviting, blocking, muting, unsubscribing (tests/server). Wire
 * facts, sections 4 and 6.5. */
#include "room.h"

#include <string.h>

#include "clock.h"

#define MAX_MEMBERS 128

/* The mode that anybody gets who comes by himself. */
static unsigned default_access(const Room *room)
{
    switch (room->kind) {
    case ROOM_GROUP:
    case ROOM_SELF:
        return room->chat->auth;
    case ROOM_ME:
        return room->user->auth;
    case ROOM_P2P:
    case ROOM_FND:
    default:
        return ACS_NONE;
    }
}

static guint living(const Room *room)
{
    guint count = 0;

    for (guint i = 0; i < room->seats->len; i++) {
        const Seat *seat = room->seats->pdata[i];

        if (!seat->deleted && !seat->reader)
            count++;
    }
    return count;
}

/* Writes the modes of a seat to what is stored. */
static void store_modes(Room *room, const Seat *seat)
{
    Member *member;

    if (room->kind == ROOM_ME) {
        room->user->me_want = seat->want;
        room->user->me_given = seat->given;
        return;
    }
    member = room->chat == NULL ? NULL : chat_member(room->chat, seat->user, seat->reader, FALSE);
    if (member == NULL)
        return;
    member->want = seat->want;
    member->given = seat->given;
    member->updated = clock_stamp_ms();
}

/* TRUE if `a` has something that `b` lacks. */
static gboolean better(unsigned a, unsigned b)
{
    return (ACS_ALL & a & ~b) != 0;
}

static char *change_text(unsigned before, unsigned now)
{
    if (now == ACS_UNSET)
        return g_strdup("N");
    return before == ACS_UNSET || before == ACS_NONE ? acs_text(now) : acs_delta(before, now);
}

static void tell_gone(Room *room, User *user, gboolean reader, Session *skip)
{
    Filter sharers = {.in = ACS_SHARERS, .exclude = user->id};
    News none = {0};

    if (room->kind == ROOM_P2P) {
        pres_single(room, user, ACS_UNSET, "gone", &none, skip, FALSE);
        pres_unattached(chat_peer(room->chat, user), user->id, "off", &none, NULL);
    } else if (room->kind == ROOM_GROUP && !reader) {
        pres_online(room, "off", user->id, &none, &sharers, skip);
        pres_unattached(user, room->name, "gone", &none, skip);
    }
}

void subs_tell(Room *room, User *user, User *actor, gboolean reader, unsigned old_want,
               unsigned old_given, unsigned new_want, unsigned new_given, Session *skip)
{
    g_autofree char *dwant = change_text(old_want, new_want);
    g_autofree char *dgiven = change_text(old_given, new_given);
    News news = {.tgt = user->id, .act = actor->id, .dwant = dwant, .dgiven = dgiven};
    News none = {0};
    Filter sharers = {.in = ACS_SHARERS, .exclude = user->id};
    gboolean had = (old_want & old_given & ACS_PRES) != 0;
    gboolean has = (new_want & new_given & ACS_PRES) != 0;

    pres_online(room, "acs", user->id, &news, &sharers, skip);
    if (better(new_want, new_given) || old_want == ACS_NONE)
        pres_offline(room, "acs", &news, &sharers, &sharers, skip, TRUE);
    if (new_want == ACS_UNSET || new_given == ACS_UNSET) {
        tell_gone(room, user, reader, skip);
        return;
    }
    if (had && !has) {
        if (room->kind == ROOM_P2P)
            pres_unattached(user, chat_peer(room->chat, user)->id, "off+dis", &none, NULL);
        else if (room->kind == ROOM_GROUP && !reader)
            pres_unattached(user, room->name, "off+dis", &none, NULL);
    } else if (has && !had) {
        if (room->kind == ROOM_GROUP && !reader)
            pres_single(room, user, new_want & new_given, "?unkn+en", &none, NULL, FALSE);
        else if (room->kind == ROOM_ME)
            pres_interested(room, "on+en", room->ua);
    }
    pres_direct(room, "acs", &news, user->id, skip);
    pres_single(room, user, new_want & new_given, "acs", &news, skip, TRUE);
}

/* ---- one's own subscription ---- */

/* Somebody who has no seat takes one. FALSE: refused, and answered. *old_* is what to compare with.
 */
static gboolean take_seat(Room *room, Request *request, gboolean reader, unsigned mode,
                          json_t *private, unsigned *old_want, unsigned *old_given)
{
    User *user = request->session->user;
    Seat *seat = room_seat(room, user);
    Member *stored = room->chat == NULL ? NULL : chat_member(room->chat, user, reader, TRUE);
    unsigned want = seat == NULL ? ACS_NONE : seat->want;
    unsigned given = seat == NULL ? ACS_NONE : seat->given;

    if (room->kind == ROOM_GROUP && !reader && living(room) >= MAX_MEMBERS) {
        session_reply(request, 422, "policy violation", NULL);
        return FALSE;
    }
    *old_want = *old_given = ACS_NONE;
    if (room->kind == ROOM_P2P) {
        want = ((mode != ACS_UNSET ? mode : want) & ACS_P2P_MAX) | ACS_APPROVE;
    } else if (reader) {
        gboolean known = stored != NULL && stored->deleted == 0;

        given = *old_given = ACS_READER;
        *old_want = known ? stored->want : ACS_READER;
        want = mode == ACS_UNSET ? *old_want : (mode & ACS_READER) | ACS_READ | ACS_JOIN;
    } else {
        given = stored != NULL ? stored->given : default_access(room);
        want = mode == ACS_UNSET ? default_access(room) : mode;
    }
    if ((given & ACS_JOIN) == 0) {
        session_reply(request, 403, "permission denied", NULL);
        return FALSE;
    }
    if (seat == NULL)
        seat = room_add_seat(room, user);
    seat->deleted = FALSE;
    seat->reader = reader;
    seat->want = want;
    seat->given = given;
    seat->read = seat->recv = seat->clear = 0;
    g_clear_pointer(&seat->private, json_decref);
    world_merge(NULL, private, &seat->private);
    if (stored == NULL || stored->deleted != 0)
        chat_add_member(room->chat, user, reader, want, given, seat->private, clock_stamp_ms());
    else if (reader)
        store_modes(room, seat);
    return TRUE;
}

/* The owner hands over: the old one keeps all but the O. */
static void change_owner(Room *room, Seat *seat)
{
    User *old_owner = room->chat->owner;
    Seat *old = room_seat(room, old_owner);
    unsigned want = old == NULL ? ACS_NONE : old->want;
    unsigned given = old == NULL ? ACS_NONE : old->given;

    room->chat->owner = seat->user;
    if (old == NULL)
        return;
    old->want &= ~(unsigned)ACS_OWNER;
    old->given &= ~(unsigned)ACS_OWNER;
    store_modes(room, old);
    subs_tell(room, old_owner, seat->user, FALSE, want, given, old->want, old->given, NULL);
}

/* A wish for a mode of somebody who has a seat. FALSE: refused, and answered. */
static gboolean wish(Room *room, Request *request, Seat *seat, unsigned *mode)
{
    User *owner = room->chat == NULL ? NULL : room->chat->owner;

    if (owner == seat->user && owner != NULL &&
        (*mode & (ACS_OWNER | ACS_JOIN)) != (ACS_OWNER | ACS_JOIN)) {
        session_reply(request, 403, "permission denied", NULL);
        return FALSE;
    }
    if ((seat->given & ACS_OWNER) != 0) {
        if ((*mode & ACS_OWNER) != 0)
            seat->given |= *mode;
    } else if ((*mode & ACS_OWNER) != 0) {
        session_reply(request, 403, "permission denied", NULL);
        return FALSE;
    } else if (room->kind == ROOM_GROUP && (seat->given & ACS_ADMINS) != 0 &&
               (*mode & ACS_ADMINS) != 0) {
        seat->given |= *mode & ~(unsigned)ACS_DELETE;
    }
    if (room->kind == ROOM_P2P)
        *mode = (*mode & ACS_P2P_MAX) | ACS_APPROVE;
    return TRUE;
}

static gboolean change_seat(Room *room, Request *request, Seat *seat, gboolean reader,
                            unsigned mode, json_t *private)
{
    gboolean new_owner = mode != ACS_UNSET && (mode & ACS_OWNER) != 0 &&
                         (seat->given & ACS_OWNER) != 0 && (seat->want & ACS_OWNER) == 0;
    Member *member =
        room->chat == NULL ? NULL : chat_member(room->chat, seat->user, seat->reader, FALSE);
    unsigned want = seat->want;
    unsigned given = seat->given;
    json_t *merged = NULL;

    if (!seat->reader && reader) {
        session_reply(request, 303, "use other", json_pack("{s:s}", "topic", room->name));
        return FALSE;
    }
    if (mode != ACS_UNSET) {
        if (!wish(room, request, seat, &mode))
            return FALSE;
        seat->want = mode;
    } else if ((seat->want & ACS_JOIN) == 0) {
        /* Who had turned away and comes back takes what is given. */
        seat->want = seat->given | default_access(room);
    }
    if (private != NULL && !json_is_null(private)) {
        world_merge(NULL, private, &merged);
        json_decref(seat->private);
        seat->private = merged;
        if (member != NULL) {
            json_decref(member->private);
            member->private = json_incref(merged);
            member->updated = clock_stamp_ms();
        }
    }
    if (seat->want != want || seat->given != given)
        store_modes(room, seat);
    if (new_owner)
        change_owner(room, seat);
    return TRUE;
}

gboolean subs_own(Room *room, Request *request, gboolean reader, const char *text, json_t *private,
                  json_t **acs)
{
    Session *session = request->session;
    User *user = session->user;
    Seat *seat = room_seat(room, user);
    unsigned mode = ACS_UNSET;
    unsigned want = seat == NULL ? ACS_NONE : seat->want;
    unsigned given = seat == NULL ? ACS_NONE : seat->given;

    *acs = NULL;
    if (text != NULL && !acs_parse(text, &mode)) {
        session_reply(request, 400, "malformed", NULL);
        return FALSE;
    }
    if (seat == NULL || seat->deleted) {
        if (!take_seat(room, request, reader, mode, private, &want, &given))
            return FALSE;
        seat = room_seat(room, user);
    } else if (!change_seat(room, request, seat, reader, mode, private)) {
        return FALSE;
    }
    if (!reader && room->kind == ROOM_ME && (want & given & ACS_PRES) != 0 &&
        (seat_mode(seat) & ACS_PRES) == 0)
        pres_interested(room, "off+dis", room->ua);
    if (want != seat->want || given != seat->given)
        subs_tell(room, user, user, reader, want, given, seat->want, seat->given, session);
    if (request->newsub || want != seat->want || given != seat->given)
        *acs = packet_acs(seat->want, seat->given);
    if ((seat->want & ACS_JOIN) == 0) {
        pres_drain();
        room_evict(room, user, FALSE, NULL);
        return TRUE;
    }
    if ((seat->given & ACS_JOIN) == 0) {
        g_clear_pointer(acs, json_decref);
        session_reply(request, 403, "permission denied", NULL);
        return FALSE;
    }
    return TRUE;
}

/* ---- somebody else's ---- */

/* Invites a user. NULL: refused, and answered. */
static Seat *invite(Room *room, Request *request, User *target, unsigned given)
{
    Member *stored = chat_member(room->chat, target, FALSE, TRUE);
    unsigned want;
    Seat *seat;

    if (room->kind == ROOM_GROUP && living(room) >= MAX_MEMBERS) {
        session_reply(request, 422, "policy violation", NULL);
        return NULL;
    }
    if (given == ACS_UNSET)
        given = default_access(room) | ACS_JOIN;
    want = stored != NULL ? stored->want : target->auth & given;
    if ((want & ACS_JOIN) == 0) {
        session_reply(request, 403, "permission denied", NULL);
        return NULL;
    }
    chat_add_member(room->chat, target, FALSE, want, given, NULL, clock_stamp_ms());
    room_remove_seat(room, target);
    seat = room_add_seat(room, target);
    seat->want = want;
    seat->given = given;
    return seat;
}

/* TRUE: the requester may grant this; otherwise it is answered. */
static gboolean may_grant(Room *room, Request *request, unsigned host, unsigned given)
{
    gboolean owner = room->chat->owner == request->session->user;

    if ((host & ACS_SHARERS) != 0 && !room_as_reader(room, request->topic) &&
        (given == ACS_UNSET || ((host & ACS_ADMINS) != 0 && ((given & ACS_OWNER) == 0 || owner))))
        return TRUE;
    session_reply(request, 403, "permission denied", NULL);
    return FALSE;
}

static void set_other(Room *room, Request *request, User *target, const char *text)
{
    User *user = request->session->user;
    Seat *seat = room_seat(room, target);
    unsigned given = ACS_UNSET;
    unsigned old_want = ACS_UNSET;
    unsigned old_given = ACS_UNSET;

    if (text != NULL && !acs_parse(text, &given)) {
        session_reply(request, 400, "malformed", NULL);
        return;
    }
    if (given != ACS_UNSET && room->kind == ROOM_P2P)
        given = (given & ACS_P2P_MAX) | ACS_APPROVE;
    /* There are two in a conversation of two, and one in notes to self. */
    if (room->chat == NULL || room->kind == ROOM_SELF ||
        (room->kind == ROOM_P2P && chat_peer(room->chat, user) != target)) {
        session_reply(request, 403, "permission denied", NULL);
        return;
    }
    if (!may_grant(room, request, seat_mode(room_seat(room, user)), given))
        return;
    if (seat == NULL || seat->deleted) {
        seat = invite(room, request, target, given);
        if (seat == NULL)
            return;
    } else {
        old_want = seat->want;
        old_given = seat->given;
        if (given != ACS_UNSET && given != seat->given) {
            if (room->chat->owner == target &&
                (given & (ACS_OWNER | ACS_JOIN)) != (ACS_OWNER | ACS_JOIN)) {
                session_reply(request, 403, "permission denied", NULL);
                return;
            }
            seat->given = given;
            store_modes(room, seat);
        }
    }
    if (old_given == seat->given) {
        session_reply(request, 304, "not modified", NULL);
        return;
    }
    subs_tell(room, target, user, FALSE, old_want, old_given, seat->want, seat->given,
              request->session);
    session_reply(
        request, 200, "ok",
        json_pack("{s:o, s:s}", "acs", packet_acs(seat->want, seat->given), "user", target->id));
    if ((seat->given & ACS_JOIN) == 0) {
        pres_drain();
        room_evict(room, target, FALSE, NULL);
    }
}

void subs_set(Room *room, Request *request)
{
    json_t *sub = json_object_get(request->body, "sub");
    const char *whom = packet_string(sub, "user");
    const char *mode = packet_string(sub, "mode");
    User *user = request->session->user;
    User *target = user;
    json_t *acs = NULL;

    if (whom != NULL && *whom != '\0') {
        target = world_user_by_id(whom);
        if (!world_is_user_id(whom)) {
            session_reply(request, 400, "malformed", NULL);
            return;
        }
        if (target == NULL) {
            session_reply(request, 404, "user not found", NULL);
            return;
        }
    }
    if (target != user) {
        set_other(room, request, target, mode);
        return;
    }
    if (!subs_own(room, request, room_as_reader(room, request->topic), mode, NULL, &acs))
        return;
    if (acs == NULL)
        session_reply(request, 304, "not modified", NULL);
    else
        session_reply(request, 200, "ok", json_pack("{s:o}", "acs", acs));
}

/* Only what is stored changes; a room in memory does not hear of it. */
void subs_set_unattached(Request *request)
{
    User *user = request->session->user;
    json_t *sub = json_object_get(request->body, "sub");
    json_t *private = json_object_get(json_object_get(request->body, "desc"), "private");
    const char *text = packet_string(sub, "mode");
    const char *whom = packet_string(sub, "user");
    gboolean has_mode = text != NULL && *text != '\0';
    Chat *chat = world_chat(request->room);
    Member *member = chat == NULL
                         ? NULL
                         : chat_member(chat, user, g_str_has_prefix(request->topic, "chn"), FALSE);
    gboolean changed = FALSE;
    unsigned mode = ACS_UNSET;
    json_t *merged;

    if ((private == NULL || json_is_null(private)) && !has_mode) {
        session_reply(request, 304, "not modified", NULL);
        return;
    }
    if (whom != NULL && *whom != '\0' && strcmp(whom, user->id) != 0) {
        session_reply(request, 403, "permission denied", NULL);
        return;
    }
    if (member == NULL) {
        session_reply(request, 404, "not found", NULL);
        return;
    }
    if (has_mode && !acs_parse(text, &mode)) {
        session_reply(request, 400, "malformed", NULL);
        return;
    }
    if (has_mode && (mode & ACS_OWNER) != (member->want & ACS_OWNER)) {
        session_reply(request, 403, "permission denied", NULL);
        return;
    }
    if (has_mode && chat->kind == CHAT_P2P)
        mode = (mode & ACS_P2P_MAX) | ACS_APPROVE;
    if (world_merge(member->private, private, &merged)) {
        json_decref(member->private);
        member->private = json_incref(merged);
        changed = TRUE;
    }
    json_decref(merged);
    has_mode = has_mode && mode != member->want;
    if (has_mode)
        member->want = mode;
    if (!changed && !has_mode) {
        session_reply(request, 304, "not modified", NULL);
        return;
    }
    member->updated = clock_stamp_ms();
    session_reply(request, 200, "ok",
                  has_mode ? json_pack("{s:o}", "acs", packet_acs(member->want, member->given))
                           : NULL);
}

/* ---- unsubscribing ---- */

static void drop_if_empty(Room *room)
{
    Chat *chat = room->chat;

    if (room->kind != ROOM_P2P || living(room) > 0)
        return;
    pres_drain();
    room_drop(room);
    world_delete_chat(chat);
}

void subs_leave(Room *room, Request *request)
{
    Session *session = request->session;
    User *user = session->user;
    Seat *seat = room_seat(room, user);
    gboolean reader = room_as_reader(room, request->topic);
    unsigned want;
    unsigned given;

    if (room->chat->owner == user) {
        session_reply(request, 403, "permission denied", NULL);
        return;
    }
    if (seat == NULL || !chat_remove_member(room->chat, user, seat->reader, clock_stamp_ms())) {
        session_reply(request, 304, "no action", NULL);
        return;
    }
    session_reply(request, 200, "ok", NULL);
    want = reader ? ACS_READER : seat->want;
    given = reader ? ACS_READER : seat->given;
    subs_tell(room, user, user, reader, want, given, ACS_UNSET, ACS_UNSET, session);
    /* The eviction comes after the news of it, as news go by another queue than replies. */
    room_evict(room, user, TRUE, session);
    if (room->kind == ROOM_GROUP)
        room->subcnt--;
    drop_if_empty(room);
}

static void delete_group(Room *room, Chat *chat, Request *request)
{
    News none = {0};

    session_reply(request, 200, "ok", NULL);
    if (room != NULL) {
        pres_offline(room, "gone", &none, NULL, NULL, NULL, FALSE);
        room_drop(room);
    } else {
        for (guint i = 0; i < chat->members->len; i++) {
            Member *member = chat->members->pdata[i];

            if (member->deleted == 0 && !member->reader)
                pres_unattached(member->user, chat->name, "gone", &none, request->session);
        }
    }
    world_delete_chat(chat);
}

static void delete_unattached(Chat *chat, Request *request, Member *member)
{
    Session *session = request->session;
    User *user = session->user;
    guint count = chat_count(chat);
    News none = {0};
    User *peer;

    if (chat->kind == CHAT_P2P && count < 2)
        world_delete_chat(chat);
    else
        chat_remove_member(chat, user, member->reader, clock_stamp_ms());
    pres_unattached(user, request->topic, "gone", &none, session);
    if (g_str_has_prefix(request->topic, "usr") && count == 2) {
        peer = world_user_by_id(request->topic);
        pres_unattached(user, request->topic, "?none+rem", &none, NULL);
        if (peer != NULL)
            pres_unattached(peer, user->id, "off", &none, NULL);
    }
    session_reply(request, 200, "ok", NULL);
}

void subs_delete_topic(Request *request)
{
    User *user = request->session->user;
    gboolean reader = g_str_has_prefix(request->topic, "chn");
    Room *room = room_find(request->room);
    Chat *chat = world_chat(request->room);
    Member *member = chat == NULL ? NULL : chat_member(chat, user, reader, FALSE);

    if (room != NULL && room->loading) {
        session_reply(request, 503, "locked", NULL);
    } else if (member == NULL) {
        session_reply(request, 304, "no action", NULL);
    } else if (chat->owner == user) {
        delete_group(room, chat, request);
    } else if (room != NULL) {
        subs_leave(room, request);
    } else {
        delete_unattached(chat, request, member);
    }
}

void subs_delete_member(Room *room, Request *request)
{
    User *user = request->session->user;
    const char *whom = packet_string(request->body, "user");
    User *target = whom == NULL ? NULL : world_user_by_id(whom);
    Seat *seat;

    if (room->chat == NULL || room_as_reader(room, request->topic) || target == NULL ||
        target == user || room->kind == ROOM_P2P ||
        (seat_mode(room_seat(room, user)) & ACS_ADMINS) == 0) {
        session_reply(request, 403, "permission denied", NULL);
        return;
    }
    seat = room_seat(room, target);
    if (seat == NULL) {
        session_reply(request, 304, "no action", NULL);
        return;
    }
    if ((seat_mode(seat) & ACS_OWNER) != 0 || (seat->want & ACS_JOIN) == 0) {
        session_reply(request, 403, "permission denied", NULL);
        return;
    }
    if (chat_remove_member(room->chat, target, FALSE, clock_stamp_ms()))
        session_reply(request, 200, "ok", NULL);
    else
        session_reply(request, 304, "no action", NULL);
    subs_tell(room, target, user, FALSE, seat->want, seat->given, ACS_UNSET, ACS_UNSET,
              request->session);
    room_evict(room, target, TRUE, NULL);
}
