/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages, notes, deletions (tests/server). Wire facts, sections 5 and 6. */
#include "room.h"

#include <string.h>

#include "clock.h"
#include "event.h"

#define DELETE_AGE_MS 600000
#define MAX_DELETE    1024

static json_t *data_frame(const Message *message)
{
    json_t *data = json_pack("{s:s, s:i, s:O}", "from", message->from->id, "seq", message->seq,
                             "content", message->content);

    packet_set_time(data, "ts", message->ts);
    packet_set(data, "head", message->head);
    return json_pack("{s:o}", "data", data);
}

int post_publish(Room *room, User *user, Session *session, Request *request, json_t *head,
                 json_t *content, gboolean noecho)
{
    Seat *seat = room_seat(room, user);
    Filter readers = {.in = ACS_READ};
    News news = {.act = user->id};
    const Message *message;
    Member *member;
    gint64 now;

    if ((seat_mode(seat) & ACS_WRITE) == 0) {
        if (request != NULL)
            session_reply_as(request, room_name_for(room, user), 403, "permission denied", NULL);
        return 0;
    }
    now = clock_stamp_ms();
    message = chat_post(room->chat, user, head, content, now);
    /* The author has read it, in memory, and with R in what is stored; nobody is told. */
    seat->read = seat->recv = message->seq;
    member = chat_member(room->chat, user, FALSE, FALSE);
    if (member != NULL && (seat_mode(seat) & ACS_READ) != 0) {
        member->read = member->recv = message->seq;
        member->updated = now;
    }
    event_pub(user->login, room_name_for(room, user), room->name, message->seq,
              message->content != NULL ? message->content : json_null());
    if (request != NULL && *request->id != '\0')
        session_reply_as(request, room_name_for(room, user), 202, "accepted",
                         json_pack("{s:i}", "seq", message->seq));
    news.seq = message->seq;
    pres_offline(room, "msg", &news, &readers, NULL, NULL, TRUE);
    room_broadcast(room, data_frame(message), noecho ? session : NULL);
    return message->seq;
}

/* A read or recv moves the seat and what is stored. Returns the cursor as others on me see it, 0 if
 * it is stale. */
static int move_cursor(Room *room, Seat *seat, gboolean is_read, int seq)
{
    Member *member = chat_member(room->chat, seat->user, seat->reader, FALSE);
    int *cursor = is_read ? &seat->read : &seat->recv;

    /* What a reader of a channel has seen is not remembered in memory, so nothing is ever stale. */
    if (!seat->reader) {
        if (seq <= *cursor)
            return 0;
        *cursor = seq;
        if (seat->read > seat->recv)
            seat->recv = seat->read;
        seq = *cursor;
    }
    if (member != NULL) {
        if (is_read)
            member->read = seq;
        else
            member->recv = seq;
        member->updated = clock_stamp_ms();
    }
    return seq;
}

void post_note(Room *room, User *user, Session *session, const char *topic, const char *what,
               int seq)
{
    Seat *seat = room_seat(room, user);
    gboolean reader = room_as_reader(room, topic);
    gboolean is_read = strcmp(what, "read") == 0;
    unsigned mode;
    int told = 0;
    json_t *info;

    if (seq > room->chat->seq || seat == NULL || seat->deleted || (reader && !room->chat->channel))
        return;
    mode = seat_mode(seat);
    if (is_read || strcmp(what, "recv") == 0) {
        News news = {0};

        if ((mode & ACS_READ) == 0)
            return;
        told = move_cursor(room, seat, is_read, seq);
        if (told == 0)
            return;
        news.seq = told;
        pres_single(room, user, mode, what, &news, session, TRUE);
    } else if (g_str_has_prefix(what, "kp") && (mode & ACS_WRITE) == 0) {
        return;
    }
    event_say("note", user->login, room_name_for(room, user), room->name, what, seq);
    if (reader)
        return;
    pres_info(room, user, what, told, session);
    info = json_pack("{s:s, s:s}", "from", user->id, "what", what);
    packet_set_int(info, "seq", seq);
    room_broadcast(room, json_pack("{s:o}", "info", info), session);
}

/* ---- deleting ---- */

static gint compare_ranges(gconstpointer a, gconstpointer b)
{
    const Deletion *x = a;
    const Deletion *y = b;

    if (x->low != y->low)
        return x->low < y->low ? -1 : 1;
    return y->hi < x->hi ? -1 : y->hi > x->hi;
}

void post_merge_ranges(GArray *ranges)
{
    guint last = 0;

    g_array_sort(ranges, compare_ranges);
    for (guint i = 1; i < ranges->len; i++) {
        Deletion *kept = &g_array_index(ranges, Deletion, last);
        Deletion *next = &g_array_index(ranges, Deletion, i);

        if (kept->low == next->low)
            continue;
        if (kept->hi > 0 && kept->hi + 1 >= next->low) {
            kept->hi = MAX(kept->hi, next->hi);
            continue;
        }
        last++;
        g_array_index(ranges, Deletion, last) = *next;
    }
    if (ranges->len > 0)
        g_array_set_size(ranges, last + 1);
}

/* Reads delseq. NULL: not valid. */
static GArray *read_ranges(json_t *delseq, int last_seq)
{
    g_autoptr(GArray) ranges = g_array_new(FALSE, TRUE, sizeof(Deletion));
    gint64 count = 0;
    size_t i;
    json_t *entry;

    json_array_foreach (delseq, i, entry) {
        Deletion range = {.low = packet_int(entry, "low"), .hi = packet_int(entry, "hi")};

        if (range.low > last_seq || range.low < 0 || range.hi < 0 ||
            (range.hi > 0 && range.low > range.hi) || (range.low == 0 && range.hi == 0))
            return NULL;
        if (range.hi > last_seq)
            range.hi = last_seq + 1;
        else if (range.hi - range.low <= 1)
            range.hi = 0;
        count += range.hi == 0 ? 1 : range.hi - range.low;
        g_array_append_val(ranges, range);
    }
    if (ranges->len == 0)
        return NULL;
    post_merge_ranges(ranges);
    if (count > MAX_DELETE && ranges->len > 1)
        return NULL;
    return g_steal_pointer(&ranges);
}

/* TRUE if a message was deleted for all. Old ones are spared. */
static gboolean hard_delete(Chat *chat, const Deletion *range)
{
    gint64 oldest = clock_now_ms() - DELETE_AGE_MS;
    int hi = range->hi == 0 ? range->low + 1 : range->hi;
    gboolean any = FALSE;

    for (guint i = 0; i < chat->messages->len; i++) {
        Message *message = chat->messages->pdata[i];

        if (message->seq >= range->low && message->seq < hi && !message->deleted &&
            message->ts > oldest)
            any = message->deleted = TRUE;
    }
    return any;
}

static void store_deletion(Chat *chat, User *who, GArray *ranges)
{
    gboolean any = who != NULL;
    gint64 now = clock_stamp_ms();

    chat->delid++;
    for (guint i = 0; i < ranges->len && who == NULL; i++)
        any |= hard_delete(chat, &g_array_index(ranges, Deletion, i));
    for (guint i = 0; i < ranges->len && any; i++) {
        Deletion entry = g_array_index(ranges, Deletion, i);

        entry.id = chat->delid;
        entry.who = who;
        if (entry.hi == 0)
            entry.hi = entry.low + 1;
        g_array_append_val(chat->deletions, entry);
    }
    chat->updated = chat->touched = now;
    for (guint i = 0; i < chat->members->len; i++) {
        Member *member = chat->members->pdata[i];

        if (who == NULL || member->user == who) {
            member->clear = chat->delid;
            member->updated = now;
        }
    }
}

void post_delete(Room *room, Request *request)
{
    User *user = request->session->user;
    Seat *seat = room_seat(room, user);
    unsigned mode = seat_mode(seat);
    gboolean hard = packet_bool(request->body, "hard") && (mode & ACS_DELETE) != 0;
    Filter readers = {.in = ACS_READ};
    Filter own = {.single = user->id};
    News news = {.act = user->id};
    g_autoptr(GArray) ranges = NULL;
    json_t *list;

    if (room->chat == NULL || room_as_reader(room, request->topic)) {
        session_reply(request, 405, packet_text(405), NULL);
        return;
    }
    if ((mode & (ACS_READ | ACS_DELETE)) == 0) {
        session_reply(request, 403, "permission denied", NULL);
        return;
    }
    ranges = read_ranges(json_object_get(request->body, "delseq"), room->chat->seq);
    if (ranges == NULL) {
        session_reply(request, 400, "malformed", NULL);
        return;
    }
    store_deletion(room->chat, hard ? NULL : user, ranges);
    list = json_array();
    for (guint i = 0; i < ranges->len; i++) {
        const Deletion *range = &g_array_index(ranges, Deletion, i);

        json_array_append_new(list, packet_range(range->low, range->hi));
    }
    news.clear = room->chat->delid;
    news.delseq = list;
    for (guint i = 0; i < room->seats->len; i++) {
        Seat *other = room->seats->pdata[i];

        if (hard || other == seat)
            other->clear = room->chat->delid;
    }
    if (hard) {
        pres_online(room, "del", user->id, &news, &readers, request->session);
        pres_offline(room, "del", &news, &readers, NULL, request->session, TRUE);
    } else if ((mode & ACS_PRES) != 0) {
        news.act = NULL;
        pres_online(room, "del", user->id, &news, &own, request->session);
        pres_single(room, user, mode, "del", &news, request->session, TRUE);
    }
    session_reply(request, 200, "ok", json_pack("{s:i}", "del", room->chat->delid));
    json_decref(list);
}
