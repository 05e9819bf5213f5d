/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client's session: the queue of its requests and their dispatch (tests/server). */
#include "session.h"

#include <string.h>

#include "account.h"
#include "clock.h"
#include "event.h"
#include "fault.h"
#include "room.h"

#define MAX_WAITING 256
#define VERSION_MIN 0x0014 /* 0.20 */

static GPtrArray *sessions;
static GQueue gone = G_QUEUE_INIT; /* Session, their connections ended */
static guint64 last_sid;

static void request_destroy(gpointer data)
{
    request_free(data);
}

Session *session_new(Conn *conn)
{
    Session *session = g_new0(Session, 1);

    session->refs = 1;
    session->sid = ++last_sid;
    session->conn = conn;
    session->rooms = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    session->todo = g_queue_new();
    if (sessions == NULL)
        sessions = g_ptr_array_new();
    g_ptr_array_add(sessions, session);
    return session;
}

Session *session_ref(Session *session)
{
    session->refs++;
    return session;
}

void session_unref(Session *session)
{
    if (--session->refs > 0)
        return;
    g_hash_table_destroy(session->rooms);
    g_queue_free_full(session->todo, request_destroy);
    json_decref(session->heard);
    g_free(session->ua);
    g_free(session->lang);
    g_free(session->query);
    g_free(session);
}

const char *session_login(const Session *session)
{
    return session->user == NULL ? NULL : session->user->login;
}

void session_foreach(void (*fn)(Session *session, gpointer data), gpointer data)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new();

    for (guint i = 0; sessions != NULL && i < sessions->len; i++)
        g_ptr_array_add(all, session_ref(sessions->pdata[i]));
    for (guint i = 0; i < all->len; i++) {
        Session *session = all->pdata[i];

        if (session->conn != NULL)
            fn(session, data);
        session_unref(session);
    }
}

Request *request_new(Session *session, json_t *frame, const char *verb, json_t *body)
{
    Request *request = g_new0(Request, 1);
    const char *text;

    request->session = session_ref(session);
    request->frame = frame;
    request->verb = verb;
    request->body = body;
    text = packet_string(body, "id");
    request->id = text == NULL ? "" : text;
    text = packet_string(body, "topic");
    request->topic = text == NULL ? "" : text;
    return request;
}

void request_free(Request *request)
{
    session_unref(request->session);
    json_decref(request->frame);
    g_free(request->room);
    g_free(request);
}

gboolean session_send(Session *session, json_t *frame)
{
    gboolean is_data = json_object_get(frame, "data") != NULL;
    gboolean lost = FALSE;

    if (session->heard != NULL)
        json_array_append(session->heard, frame);
    if (session->conn != NULL && !(session->swallow && (!is_data || session->swallow_data))) {
        guint limit = conn_queue_limit();

        lost = limit != 0 && conn_queued(session->conn) >= limit;
        if (!lost) {
            char *text = json_dumps(frame, JSON_COMPACT);

            conn_send_text(session->conn, text, strlen(text));
            free(text);
        }
    }
    json_decref(frame);
    return !lost;
}

void session_reply_as(Request *request, const char *topic, int code, const char *text,
                      json_t *params)
{
    session_send(request->session, packet_ctrl(request->id, topic, code, text, params));
}

void session_reply(Request *request, int code, const char *text, json_t *params)
{
    session_reply_as(request, request->topic, code, text, params);
}

char *session_room_name(const User *user, const char *topic, int *code)
{
    if (*topic == '\0') {
        *code = 400;
        return NULL;
    }
    if (strcmp(topic, "me") == 0)
        return g_strdup(user->id);
    if (strcmp(topic, "fnd") == 0)
        return g_strconcat("fnd", user->id + 3, NULL);
    if (strcmp(topic, "slf") == 0)
        return world_self_name(user);
    if (g_str_has_prefix(topic, "usr")) {
        User peer = {.id = (char *)topic};

        if (!world_is_user_id(topic)) {
            *code = 400;
            return NULL;
        }
        if (strcmp(topic, user->id) == 0) {
            *code = 403;
            return NULL;
        }
        return world_p2p_name(user, &peer);
    }
    if (g_str_has_prefix(topic, "p2p") || g_str_has_prefix(topic, "slf") ||
        g_str_has_prefix(topic, "fnd")) {
        *code = 404;
        return NULL;
    }
    if (g_str_has_prefix(topic, "chn"))
        return g_strconcat("grp", topic + 3, NULL);
    return g_strdup(topic);
}

/* ---- {hi} ---- */

static int parse_version(const char *text)
{
    char *end;
    guint64 major;
    guint64 minor;

    if (text == NULL || !g_ascii_isdigit(*text))
        return 0;
    major = g_ascii_strtoull(text, &end, 10);
    if (*end != '.' || !g_ascii_isdigit(end[1]))
        return 0;
    minor = g_ascii_strtoull(end + 1, NULL, 10);
    return major > 0x7f || minor > 0xff ? 0 : (int)(major << 8 | minor);
}

static json_t *hello_params(void)
{
    return json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:o}", "ver", "0.25", "build",
                     "postgres:undef", "maxMessageSize", CONN_MAX_MESSAGE, "maxSubscriberCount",
                     128, "minTagLength", 2, "maxTagLength", 96, "maxTagCount", 16,
                     "maxFileUploadSize", CONN_MAX_UPLOAD, "msgDelAge", 600, "reqCred",
                     account_required());
}

static void do_hi(Request *request)
{
    Session *session = request->session;
    const char *text = packet_string(request->body, "ver");
    const char *device = packet_string(request->body, "dev");
    int version = parse_version(text);
    json_t *params = NULL;

    if (session->version == 0) {
        if (version == 0) {
            session_reply(request, 400, "malformed", NULL);
            return;
        }
        if (version < VERSION_MIN) {
            session_reply(request, 505, "version not supported", NULL);
            return;
        }
        session->version = version;
        session->ua = g_strdup(packet_string(request->body, "ua"));
        params = hello_params();
        device = NULL;
    } else if (text != NULL && *text != '\0' && version != session->version) {
        session_reply(request, 409, "command out of sequence", NULL);
        return;
    } else if (session->user == NULL) {
        session_reply(request, 401, "authentication required", NULL);
        return;
    }
    g_free(session->lang);
    session->lang = g_strdup(packet_string(request->body, "lang"));
    if (device != NULL && *device != '\0')
        session_reply(request, 200, "ok", params);
    else
        session_reply(request, 201, "created", params);
}

/* ---- requests about a topic ---- */

static void do_sub(Request *request)
{
    Session *session = request->session;

    if (g_str_has_prefix(request->topic, "new") || g_str_has_prefix(request->topic, "nch")) {
        g_free(request->room);
        request->room = world_new_group_name();
    } else if (g_hash_table_contains(session->rooms, request->room)) {
        session_reply(request, 304, "already subscribed", NULL);
        request_free(request);
        return;
    }
    session->in_flight = TRUE;
    room_join(request);
}

static void do_leave(Request *request)
{
    Room *room = g_hash_table_lookup(request->session->rooms, request->room);
    gboolean unsub = packet_bool(request->body, "unsub");

    if (room == NULL && unsub)
        session_reply(request, 409, "must attach first", NULL);
    else if (room == NULL)
        session_reply(request, 304, "not joined", NULL);
    else if (unsub && (room->kind == ROOM_ME || room->kind == ROOM_FND))
        session_reply(request, 403, "permission denied", NULL);
    else if (unsub)
        subs_leave(room, request);
    else
        room_leave(room, request->session, request);
}

static void do_pub(Request *request)
{
    Session *session = request->session;
    Room *room = g_hash_table_lookup(session->rooms, request->room);
    json_t *head = json_object_get(request->body, "head");
    json_t *content = json_object_get(request->body, "content");

    if (json_is_object(head))
        json_object_del(head, "sender");
    if (!json_is_object(head) || json_object_size(head) == 0)
        head = NULL;
    if (room == NULL || room->kind == ROOM_ME || room->kind == ROOM_FND)
        session_reply(request, 409, "must attach first", NULL);
    else
        post_publish(room, session->user, session, request, head, content,
                     packet_bool(request->body, "noecho"));
}

static void do_get(Request *request)
{
    Room *room = g_hash_table_lookup(request->session->rooms, request->room);

    if (room != NULL)
        meta_get(room, request, request->body);
    else
        meta_get_unattached(request);
}

static void do_set(Request *request)
{
    Room *room = g_hash_table_lookup(request->session->rooms, request->room);
    json_t *body = request->body;

    if (!json_is_object(json_object_get(body, "desc")) &&
        !json_is_object(json_object_get(body, "sub")) &&
        !json_is_array(json_object_get(body, "tags")) &&
        !json_is_object(json_object_get(body, "cred")) &&
        !json_is_object(json_object_get(body, "aux")))
        session_reply(request, 400, "malformed", NULL);
    else if (room != NULL)
        meta_set(room, request);
    else if (json_is_array(json_object_get(body, "tags")) ||
             json_is_object(json_object_get(body, "cred")) ||
             json_is_object(json_object_get(body, "aux")))
        session_reply(request, 403, "permission denied", NULL);
    else
        subs_set_unattached(request);
}

static void do_del(Request *request)
{
    Room *room = g_hash_table_lookup(request->session->rooms, request->room);
    const char *what = packet_string(request->body, "what");

    if (what == NULL)
        what = "msg";
    if (strcmp(what, "topic") == 0)
        subs_delete_topic(request);
    else if (strcmp(what, "msg") != 0 && strcmp(what, "sub") != 0 && strcmp(what, "cred") != 0 &&
             *what != '\0')
        session_reply(request, 400, "malformed", NULL);
    else if (room == NULL)
        session_reply(request, 409, "must attach first", NULL);
    else if (strcmp(what, "sub") == 0)
        subs_delete_member(room, request);
    else if (strcmp(what, "cred") == 0)
        account_delete_cred(room, request);
    else
        post_delete(room, request);
}

static void do_note(Request *request)
{
    Session *session = request->session;
    const char *what = packet_string(request->body, "what");
    int seq = packet_int(request->body, "seq");
    Room *room;

    if (what == NULL)
        return;
    if (strcmp(what, "kp") == 0 || strcmp(what, "kpa") == 0 || strcmp(what, "kpv") == 0) {
        if (seq != 0)
            return;
    } else if (strcmp(what, "read") == 0 || strcmp(what, "recv") == 0) {
        if (seq <= 0)
            return;
    } else if (strcmp(what, "data") != 0 || json_object_get(request->body, "payload") == NULL) {
        return;
    }
    room = g_hash_table_lookup(session->rooms, request->room);
    if (room == NULL && strcmp(what, "recv") == 0) {
        room = room_find(request->room);
        if (room == NULL || room->loading || room->kind == ROOM_ME || room->kind == ROOM_FND)
            return;
    }
    if (room == NULL)
        session_reply(request, 409, "must attach first", NULL);
    else if (room->kind != ROOM_ME && room->kind != ROOM_FND)
        post_note(room, session->user, session, request->topic, what, seq);
}

/* TRUE: the session may do this; otherwise it is answered. */
static gboolean is_allowed(Request *request)
{
    Session *session = request->session;
    gboolean is_note = strcmp(request->verb, "note") == 0;
    gboolean own_topic;
    int code = 0;

    if (session->version == 0) {
        if (!is_note)
            session_reply_as(request, NULL, 409, "command out of sequence", NULL);
        return FALSE;
    }
    if (strcmp(request->verb, "login") == 0 || strcmp(request->verb, "acc") == 0)
        return TRUE;
    if (session->user == NULL) {
        if (!is_note)
            session_reply(request, 401, "authentication required", NULL);
        return FALSE;
    }
    own_topic = strcmp(request->verb, "del") != 0 ||
                g_strcmp0(packet_string(request->body, "what"), "user") != 0;
    if (own_topic) {
        request->room = session_room_name(session->user, request->topic, &code);
        if (request->room == NULL && !is_note)
            session_reply(request, code, packet_text(code), NULL);
        return request->room != NULL;
    }
    return TRUE;
}

static void run(Request *request)
{
    static const struct {
        const char *verb;
        void (*run)(Request *request);
        gboolean agent; /* shows which agent the user is at */
    } handlers[] = {{"pub", do_pub, TRUE},           {"leave", do_leave, FALSE},
                    {"get", do_get, TRUE},           {"set", do_set, TRUE},
                    {"del", do_del, FALSE},          {"note", do_note, TRUE},
                    {"login", account_login, FALSE}, {"acc", account_acc, FALSE}};
    const char *verb = request->verb;
    Session *session = request->session;

    if (strcmp(verb, "del") == 0 && request->room == NULL) {
        account_delete_user(request);
        return;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(handlers); i++) {
        if (strcmp(handlers[i].verb, verb) != 0)
            continue;
        handlers[i].run(request);
        if (handlers[i].agent)
            room_agent_seen(session);
    }
}

void session_dispatch(Request *request)
{
    Session *session = request->session;
    gboolean is_sub;

    session->last_action = clock_now_ms();
    if (request->probe) {
        conn_send_text(session->conn, "0", 1);
        request_free(request);
        return;
    }
    if (request->frame == NULL) {
        session_send(session, packet_ctrl(NULL, NULL, 400, "malformed", NULL));
        request_free(request);
        return;
    }
    if (fault_error(request)) {
        request_free(request);
        return;
    }
    fault_silence(request);
    session->swallow = request->swallow;
    session->swallow_data = request->swallow_data;
    is_sub = strcmp(request->verb, "sub") == 0;
    if (strcmp(request->verb, "hi") == 0) {
        do_hi(request);
    } else if (is_allowed(request)) {
        if (is_sub) {
            do_sub(request);
            room_agent_seen(session);
        } else {
            run(request);
        }
    } else {
        is_sub = FALSE;
    }
    session->swallow = FALSE;
    if (!is_sub)
        request_free(request);
    pres_drain();
}

/* Works the queue off, up to a request that has to wait for a {sub} under way. */
static void pump(Session *session)
{
    if (session->pumping)
        return;
    session_ref(session);
    session->pumping = TRUE;
    while (session->conn != NULL && !g_queue_is_empty(session->todo)) {
        Request *next = g_queue_peek_head(session->todo);

        if (session->in_flight && next->verb != NULL &&
            (strcmp(next->verb, "sub") == 0 || strcmp(next->verb, "leave") == 0))
            break;
        session_dispatch(g_queue_pop_head(session->todo));
    }
    session->pumping = FALSE;
    if (session->conn != NULL)
        conn_pause(session->conn, session->todo->length >= MAX_WAITING);
    session_unref(session);
}

void session_take(Session *session, const guint8 *text, gsize len)
{
    const char *verb = NULL;
    json_t *body = NULL;
    gboolean probe = len == 1 && *text == '1';
    json_t *frame = probe ? NULL : packet_read((const char *)text, len, &verb, &body);
    Request *request = request_new(session, frame, verb, body);

    request->probe = probe;
    g_queue_push_tail(session->todo, request);
    pump(session);
}

void session_flight_over(Session *session)
{
    session->in_flight = FALSE;
    pump(session);
}

void session_sign_in(Session *session, User *user)
{
    session->user = user;
    event_say("connect", user->login, NULL, NULL, NULL, 0);
}

static void collect_room(gpointer key, gpointer value, gpointer data)
{
    (void)key;
    g_ptr_array_add(data, value);
}

/* Leaves all rooms. Not done at once when a connection ends, because that can happen while a room
 * is going through its sessions. */
static void leave_all(Session *session)
{
    g_autoptr(GPtrArray) rooms = g_ptr_array_new();

    g_hash_table_foreach(session->rooms, collect_room, rooms);
    for (guint i = 0; i < rooms->len; i++)
        room_leave(rooms->pdata[i], session, NULL);
    if (session->user != NULL && session->heard == NULL)
        event_say("disconnect", session->user->login, NULL, NULL, NULL, 0);
}

void session_settle(void)
{
    while (!g_queue_is_empty(&gone)) {
        Session *session = g_queue_pop_head(&gone);

        leave_all(session);
        session_unref(session);
        pres_drain();
    }
}

static gboolean on_gone(gpointer data)
{
    (void)data;
    session_settle();
    return G_SOURCE_REMOVE;
}

void session_closed(Session *session)
{
    session->conn = NULL;
    g_ptr_array_remove_fast(sessions, session);
    g_queue_push_tail(&gone, session);
    g_idle_add_full(G_PRIORITY_HIGH, on_gone, NULL, NULL);
}

static void evict_one(Session *session, gpointer data)
{
    const User *user = data;

    if (user != NULL && session->user != user)
        return;
    session_send(session,
                 packet_ctrl(NULL, NULL, 205, user == NULL ? "server shutdown" : "evicted", NULL));
    if (session->conn != NULL)
        conn_close(session->conn, 0);
}

void session_evict(const User *user)
{
    session_foreach(evict_one, (gpointer)user);
}
