/* SPDX-License-Identifier: GPL-2.0-or-later */
/* {get} and {set} (tests/server): which parts, in which order; messages, deletions, tags,
 * credentials. */
#include "meta.h"

#include <string.h>

#include "account.h"
#include "clock.h"

#define MAX_MESSAGES 100
#define MAX_ROWS     1024

enum {
    PART_DESC = 1 << 0,
    PART_SUB = 1 << 1,
    PART_DATA = 1 << 2,
    PART_DEL = 1 << 3,
    PART_TAGS = 1 << 4,
    PART_CRED = 1 << 5,
    PART_AUX = 1 << 6
};

static unsigned parts_of(const char *what)
{
    static const struct {
        const char *name;
        unsigned part;
    } names[] = {{"desc", PART_DESC}, {"sub", PART_SUB},   {"data", PART_DATA}, {"del", PART_DEL},
                 {"tags", PART_TAGS}, {"cred", PART_CRED}, {"aux", PART_AUX}};
    g_auto(GStrv) words = g_strsplit(what == NULL ? "" : what, " ", 32);
    unsigned parts = 0;

    for (guint i = 0; words[i] != NULL; i++)
        for (gsize n = 0; n < G_N_ELEMENTS(names); n++)
            if (strcmp(words[i], names[n].name) == 0)
                parts |= names[n].part;
    return parts;
}

void meta_send(Request *request, const char *topic, const char *part, json_t *value)
{
    json_t *meta = json_pack("{s:s, s:o}", "topic", topic, part, value);

    packet_set_string(meta, "id", request->id);
    /* A client takes this as `ims` later: what changes afterwards must be later, if only by a
     * moment. */
    packet_set_time(meta, "ts", clock_stamp_ms());
    session_send(request->session, json_pack("{s:o}", "meta", meta));
}

void meta_nothing(Request *request, const char *topic, const char *what)
{
    session_reply_as(request, topic, 204, "no content", json_pack("{s:s}", "what", what));
}

gint64 meta_since(json_t *options)
{
    const char *text = packet_string(options, "ims");
    gint64 ms = 0;

    return text != NULL && clock_parse(text, &ms) ? ms : 0;
}

/* ---- messages ---- */

static gboolean in_ranges(int seq, json_t *ranges)
{
    size_t i;
    json_t *range;

    json_array_foreach (ranges, i, range) {
        int low = packet_int(range, "low");
        int hi = packet_int(range, "hi");

        if (hi == 0 ? seq == low : seq >= low && seq < hi)
            return TRUE;
    }
    return FALSE;
}

static void send_message(Request *request, const char *topic, const Message *message,
                         gboolean reader)
{
    json_t *data = json_pack("{s:s, s:i, s:O}", "topic", topic, "seq", message->seq, "content",
                             message->content);

    if (!reader)
        packet_set_string(data, "from", message->from->id);
    packet_set_time(data, "ts", message->ts);
    packet_set(data, "head", message->head);
    session_send(request->session, json_pack("{s:o}", "data", data));
}

static gboolean is_plain(json_t *options)
{
    return json_object_get(options, "ims") == NULL && json_object_get(options, "user") == NULL &&
           json_object_get(options, "topic") == NULL;
}

static void get_data(Room *room, Request *request, json_t *options)
{
    User *user = request->session->user;
    const char *topic = room_name_for(room, user);
    json_t *ranges = json_object_get(options, "ranges");
    int since = packet_int(options, "since");
    int before = packet_int(options, "before");
    int limit = packet_int(options, "limit");
    int count = 0;
    guint i = room->chat == NULL ? 0 : room->chat->messages->len;

    if (!is_plain(options)) {
        session_reply(request, 400, "malformed", NULL);
        return;
    }
    if ((seat_mode(room_seat(room, user)) & ACS_READ) == 0) {
        session_reply(request, 403, "permission denied", NULL);
        return;
    }
    if (limit <= 0 || limit > MAX_MESSAGES)
        limit = MAX_MESSAGES;
    while (i-- > 0 && count < limit) {
        const Message *message = room->chat->messages->pdata[i];

        if (json_array_size(ranges) > 0
                ? !in_ranges(message->seq, ranges)
                : message->seq < since || (before > 0 && message->seq >= before))
            continue;
        if (!chat_visible(room->chat, message, user))
            continue;
        send_message(request, topic, message, room_as_reader(room, request->topic));
        count++;
    }
    if (count == 0)
        meta_nothing(request, request->topic, "data");
    else
        session_reply(request, 208, "delivered",
                      json_pack("{s:s, s:i}", "what", "data", "count", count));
}

static void get_del(Room *room, Request *request, json_t *options)
{
    User *user = request->session->user;
    const char *topic = room_name_for(room, user);
    int since = packet_int(options, "since");
    int before = packet_int(options, "before");
    int clear = 0;
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(Deletion));
    json_t *list;

    if (!is_plain(options)) {
        session_reply(request, 400, "malformed", NULL);
        return;
    }
    if (room->chat != NULL && (seat_mode(room_seat(room, user)) & ACS_READ) != 0) {
        for (guint i = 0; i < room->chat->deletions->len && ranges->len < MAX_ROWS; i++) {
            Deletion entry = g_array_index(room->chat->deletions, Deletion, i);

            if ((entry.who != NULL && entry.who != user) || entry.id < since ||
                (before > 1 && entry.id >= before))
                continue;
            clear = MAX(clear, entry.id);
            if (entry.hi <= entry.low + 1)
                entry.hi = 0;
            g_array_append_val(ranges, entry);
        }
    }
    if (ranges->len == 0) {
        meta_nothing(request, topic, "del");
        return;
    }
    post_merge_ranges(ranges);
    list = json_array();
    for (guint i = 0; i < ranges->len; i++) {
        const Deletion *entry = &g_array_index(ranges, Deletion, i);

        json_array_append_new(list, packet_range(entry->low, entry->hi));
    }
    meta_send(request, topic, "del", json_pack("{s:i, s:o}", "clear", clear, "delseq", list));
}

/* ---- tags, credentials ---- */

static void get_tags(Room *room, Request *request)
{
    if (room->kind == ROOM_P2P || room->kind == ROOM_SELF)
        session_reply(request, 405, packet_text(405), NULL);
    else if (room->kind == ROOM_ME && json_array_size(room->user->tags) > 0)
        meta_send(request, request->topic, "tags", json_deep_copy(room->user->tags));
    else
        meta_nothing(request, request->topic, "tags");
}

static void get_cred(Room *room, Request *request)
{
    if (room->kind != ROOM_ME)
        session_reply(request, 405, packet_text(405), NULL);
    else if (json_array_size(room->user->creds) == 0)
        meta_nothing(request, request->topic, "creds");
    else
        meta_send(request, request->topic, "cred", json_deep_copy(room->user->creds));
}

/* Tags of other namespaces than one's own words are kept as they are. */
static void set_tags(Room *room, Request *request)
{
    json_t *wanted = json_object_get(request->body, "tags");
    json_t *tags;
    News none = {0};
    size_t i;
    json_t *tag;

    if (room->kind != ROOM_ME) {
        session_reply(request, 405, packet_text(405), NULL);
        return;
    }
    tags = json_array();
    json_array_foreach (room->user->tags, i, tag) {
        if (strchr(json_string_value(tag), ':') != NULL)
            json_array_append(tags, tag);
    }
    json_array_foreach (wanted, i, tag) {
        if (json_is_string(tag) && strchr(json_string_value(tag), ':') == NULL)
            json_array_append(tags, tag);
    }
    if (json_equal(tags, room->user->tags)) {
        json_decref(tags);
        session_reply(request, 304, "not modified", NULL);
        return;
    }
    json_decref(room->user->tags);
    room->user->tags = tags;
    room->user->updated = clock_stamp_ms();
    session_reply(request, 200, "ok", NULL);
    pres_online(room, "tags", NULL, &none, NULL, request->session);
}

/* ---- which parts ---- */

void meta_get(Room *room, Request *request, json_t *query)
{
    /* An attach sends the bulk last, a plain {get} sends it before tags. */
    static const unsigned for_sub[] = {PART_DESC, PART_SUB,  PART_TAGS, PART_CRED,
                                       PART_AUX,  PART_DATA, PART_DEL};
    static const unsigned for_get[] = {PART_DESC, PART_SUB,  PART_DATA, PART_DEL,
                                       PART_TAGS, PART_CRED, PART_AUX};
    gboolean attaching = strcmp(request->verb, "sub") == 0;
    unsigned parts = parts_of(packet_string(query, "what"));

    if (parts == 0) {
        if (!attaching)
            session_reply(request, 400, "malformed", NULL);
        return;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(for_get); i++) {
        switch (parts & (attaching ? for_sub[i] : for_get[i])) {
        case PART_DESC:
            describe_get(room, request, json_object_get(query, "desc"));
            break;
        case PART_SUB:
            rows_get(room, request, json_object_get(query, "sub"));
            break;
        case PART_DATA:
            get_data(room, request, json_object_get(query, "data"));
            break;
        case PART_DEL:
            get_del(room, request, json_object_get(query, "del"));
            break;
        case PART_TAGS:
            get_tags(room, request);
            break;
        case PART_CRED:
            get_cred(room, request);
            break;
        case PART_AUX:
            meta_nothing(request, request->topic, "aux");
            break;
        default:
            break;
        }
    }
}

void meta_get_unattached(Request *request)
{
    unsigned parts = parts_of(packet_string(request->body, "what"));

    if (parts == 0)
        session_reply(request, 400, "malformed", NULL);
    else if (parts == PART_DESC)
        describe_get_unattached(request);
    else if ((parts & (PART_DESC | PART_SUB)) != 0)
        rows_get_own(request, json_object_get(request->body, "sub"));
    else
        session_reply(request, 403, "permission denied", NULL);
}

void meta_set(Room *room, Request *request)
{
    json_t *body = request->body;

    if (json_is_object(json_object_get(body, "desc")))
        describe_set(room, request);
    if (json_is_object(json_object_get(body, "sub")))
        subs_set(room, request);
    if (json_is_array(json_object_get(body, "tags")))
        set_tags(room, request);
    if (json_is_object(json_object_get(body, "cred")))
        account_set_cred(room, request);
    if (json_is_object(json_object_get(body, "aux")))
        session_reply(request, 403, "permission denied", NULL);
}
