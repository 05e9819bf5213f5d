/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steering lines (tests/server). */
#include "steer.h"

#include <string.h>

#include "clock.h"
#include "event.h"
#include "fault.h"
#include "ghost.h"
#include "files.h"
#include "http.h"
#include "listen.h"
#include "room.h"
#include "state.h"

#define MAX_FLOOD 1000000

static void (*quit_program)(void);

void steer_set_quit(void (*quit)(void))
{
    quit_program = quit;
}

static const char *string_of(json_t *line, const char *key)
{
    return packet_string(line, key);
}

/* Times, counts, lengths: `fallback` if missing; -1 if it makes no sense. */
static gint64 number_of(json_t *line, const char *key, gint64 fallback)
{
    json_t *value = json_object_get(line, key);

    if (value == NULL)
        return fallback;
    return json_is_integer(value) && json_integer_value(value) >= 0 &&
                   json_integer_value(value) <= G_MAXINT
               ? json_integer_value(value)
               : -1;
}

/* ---- connections ---- */

typedef struct {
    const char *who;
    gboolean reset;
    json_t *frame;
    const char *raw;
    gint64 times;
    gint64 hits;
} Sweep;

static gboolean hits(Session *session, Sweep *sweep)
{
    if (sweep->who != NULL && g_strcmp0(session_login(session), sweep->who) != 0)
        return FALSE;
    sweep->hits++;
    return TRUE;
}

static void drop_one(Session *session, gpointer data)
{
    Sweep *sweep = data;

    if (hits(session, sweep))
        conn_abort(session->conn, sweep->reset);
}

static void drop_conn(Conn *conn, gpointer data)
{
    Sweep *sweep = data;

    conn_abort(conn, sweep->reset);
}

static const char *do_drop(json_t *line, json_t *answer)
{
    Sweep sweep = {.who = string_of(line, "who"), .reset = packet_bool(line, "reset")};

    if (sweep.who != NULL)
        session_foreach(drop_one, &sweep);
    else
        conn_foreach(drop_conn, &sweep);
    packet_set_int(answer, "sessions", (int)sweep.hits);
    return NULL;
}

static const char *do_refuse(json_t *line, json_t *answer)
{
    gint64 for_ms = number_of(line, "for_ms", -1);
    const char *how = string_of(line, "how");

    (void)answer;
    if (for_ms < 0)
        return "for_ms is missing";
    if (how != NULL && strcmp(how, "upgrade") == 0) {
        http_refuse_for(for_ms);
        return NULL;
    }
    if (how != NULL && strcmp(how, "tcp") != 0)
        return "how: tcp or upgrade";
    listen_refuse(for_ms);
    return NULL;
}

static const char *do_delay(json_t *line, json_t *answer)
{
    gint64 ms = number_of(line, "ms", -1);

    (void)answer;
    if (ms < 0)
        return "ms is missing";
    conn_set_delay(string_of(line, "who"), (guint)ms);
    return NULL;
}

static const char *do_cut(json_t *line, json_t *answer)
{
    gint64 bytes = number_of(line, "after_bytes", -1);

    (void)answer;
    if (bytes < 0)
        return "after_bytes is missing";
    conn_set_cut(string_of(line, "who"), (gsize)bytes, packet_bool(line, "reset"));
    return NULL;
}

static const char *do_mute(json_t *line, json_t *answer)
{
    json_t *on = json_object_get(line, "on");

    (void)answer;
    conn_set_mute(string_of(line, "who"), on == NULL || json_is_true(on));
    return NULL;
}

static const char *do_queue(json_t *line, json_t *answer)
{
    gint64 frames = number_of(line, "max", -1);

    (void)answer;
    if (frames < 0)
        return "max is missing";
    conn_set_queue_limit((guint)frames);
    return NULL;
}

static const char *do_handshake(json_t *line, json_t *answer)
{
    gint64 times = number_of(line, "times", 1);

    (void)answer;
    if (times < 0 || !http_set_handshake(string_of(line, "mode"), (guint)times))
        return "unknown mode";
    return NULL;
}

/* A file that lies on the server: of the base64 in data, or of so many bytes, or looked at. */
static const char *do_file(json_t *line, json_t *answer)
{
    const char *path = string_of(line, "url"), *data = string_of(line, "data");
    const gint64 size = number_of(line, "bytes", 0);
    const char *type = string_of(line, "type");
    gsize len = 0;

    if (path != NULL) {
        g_autofree char *sum = files_look(path, &len);

        if (sum == NULL)
            return "there is no such file";
        json_object_set_new(answer, "sha256", json_string(sum));
        json_object_set_new(answer, "size", json_integer((json_int_t)len));
        return NULL;
    }
    if (size < 0 || size > CONN_MAX_UPLOAD)
        return "bytes makes no sense";
    g_autofree guint8 *bytes = data != NULL ? g_base64_decode(data, &len) : g_malloc0((gsize)size);
    g_autofree char *url = files_put(bytes, data != NULL ? len : (gsize)size,
                                     type != NULL ? type : "application/octet-stream");

    json_object_set_new(answer, "url", json_string(url));
    return NULL;
}

static const char *do_files(json_t *line, json_t *answer)
{
    (void)answer;
    return files_set_mode(string_of(line, "mode"), string_of(line, "to")) ? NULL : "unknown mode";
}

/* ---- requests ---- */

static const char *do_error(json_t *line, json_t *answer)
{
    gint64 code = number_of(line, "code", -1);
    gint64 times = number_of(line, "times", 1);

    (void)answer;
    if (code < 100 || code > 599 || times < 1)
        return "code or times makes no sense";
    if (!fault_add_error(string_of(line, "to"), string_of(line, "topic"), string_of(line, "who"),
                         (int)code, string_of(line, "text"), (guint)times))
        return "to: no such request";
    return NULL;
}

static const char *do_silence(json_t *line, json_t *answer)
{
    gint64 times = number_of(line, "times", 1);

    (void)answer;
    if (times < 1)
        return "times makes no sense";
    if (!fault_add_silence(string_of(line, "to"), string_of(line, "topic"), string_of(line, "who"),
                           packet_bool(line, "echo"), (guint)times))
        return "to: no such request";
    return NULL;
}

static const char *do_clear(json_t *line, json_t *answer)
{
    (void)line;
    (void)answer;
    fault_clear();
    conn_set_delay(NULL, 0);
    conn_set_mute(NULL, FALSE);
    conn_set_queue_limit(0);
    conn_clear_cut();
    http_set_handshake(NULL, 0);
    http_refuse_for(0);
    return NULL;
}

/* ---- frames ---- */

static void send_one(Session *session, gpointer data)
{
    Sweep *sweep = data;

    if (!hits(session, sweep))
        return;
    for (gint64 i = 0; i < sweep->times && session->conn != NULL; i++) {
        if (sweep->raw != NULL)
            conn_send_text(session->conn, sweep->raw, strlen(sweep->raw));
        else
            session_send(session, json_incref(sweep->frame));
    }
}

static const char *do_frame(json_t *line, json_t *answer)
{
    Sweep sweep = {.who = string_of(line, "to"),
                   .frame = json_object_get(line, "frame"),
                   .raw = string_of(line, "raw"),
                   .times = 1};

    if (sweep.frame == NULL && sweep.raw == NULL)
        return "frame is missing";
    session_foreach(send_one, &sweep);
    packet_set_int(answer, "sessions", (int)sweep.hits);
    return NULL;
}

/* A topic that is named by id, login, or the word of a group. Caller frees. */
static char *topic_of(const char *text)
{
    User *peer = world_user_by_login(text);
    json_t *words = world_group_words();
    const char *name = packet_string(words, text);
    char *topic = g_strdup(peer != NULL ? peer->id : name != NULL ? name : text);

    json_decref(words);
    return topic;
}

/* The room of a topic that a user (login) names by id, login, or the word of a group. */
static Room *room_of(json_t *line, const char *key, User **user, const char **error)
{
    const char *as = string_of(line, "as");
    const char *text = string_of(line, key);
    g_autofree char *topic = text == NULL ? NULL : topic_of(text);
    g_autofree char *name = NULL;
    int code;
    Room *room;

    *user = as == NULL ? NULL : world_user_by_login(as);
    if (*user == NULL || topic == NULL) {
        *error = "as: no such user, or the topic is missing";
        return NULL;
    }
    name = session_room_name(*user, topic, &code);
    room = name == NULL ? NULL : room_load_now(name);
    if (room == NULL && name != NULL && g_str_has_prefix(topic, "usr")) {
        /* A first word to somebody: the conversation is made as by any client. */
        ghost_attach(*user, topic);
        room = room_load_now(name);
    }
    if (room == NULL || room->chat == NULL || room_seat(room, *user) == NULL) {
        *error = "no such conversation of this user";
        return NULL;
    }
    return room;
}

static const char *do_say(json_t *line, json_t *answer)
{
    const char *error = NULL;
    User *user;
    Room *room = room_of(line, "to", &user, &error);
    json_t *head = json_object_get(line, "head");
    gint64 times = number_of(line, "times", 1);
    int seq = 0;

    if (room == NULL)
        return error;
    if (times < 1 || times > MAX_FLOOD)
        return "times makes no sense";
    for (gint64 i = 0; i < times; i++) {
        seq = post_publish(room, user, NULL, NULL, json_is_object(head) ? head : NULL,
                           json_object_get(line, "content"), FALSE);
        pres_drain();
    }
    if (seq == 0)
        return "not allowed to write there";
    packet_set_int(answer, "seq", seq);
    json_object_set_new(answer, "room", json_string(room->name));
    return NULL;
}

static const char *do_note(json_t *line, json_t *answer)
{
    const char *error = NULL;
    User *user;
    Room *room = room_of(line, "topic", &user, &error);
    const char *what = string_of(line, "what");
    gint64 seq = number_of(line, "seq", 0);

    (void)answer;
    if (room == NULL)
        return error;
    if (what == NULL || seq < 0)
        return "what or seq makes no sense";
    post_note(room, user, NULL, string_of(line, "topic"), what, (int)seq);
    pres_drain();
    return NULL;
}

/* Any request, in the name of a user: attached to its topic while it lasts. */
static const char *do_request(json_t *line, json_t *answer)
{
    const char *as = string_of(line, "as");
    User *user = as == NULL ? NULL : world_user_by_login(as);
    json_t *frame = json_object_get(line, "frame");
    json_t *heard;

    if (user == NULL || !json_is_object(frame))
        return "as or frame is missing";
    heard = ghost_run(user, frame);
    if (heard == NULL)
        return "no request that can be made so";
    json_object_set_new(answer, "heard", heard);
    return NULL;
}

/* Many frames at once: {info} kp in the name of a contact, or the frame given. */
static const char *do_flood(json_t *line, json_t *answer)
{
    const char *topic = string_of(line, "topic");
    gint64 frames = number_of(line, "frames", -1);
    json_t *frame = json_object_get(line, "frame");
    Sweep sweep = {.who = string_of(line, "to"), .times = frames};

    if (frames < 1 || frames > MAX_FLOOD)
        return "frames makes no sense";
    if (frame == NULL && topic == NULL)
        return "topic or frame is missing";
    sweep.frame = frame != NULL ? json_incref(frame)
                                : json_pack("{s:{s:s, s:s, s:s}}", "info", "topic", topic, "from",
                                            topic, "what", "kp");
    session_foreach(send_one, &sweep);
    json_decref(sweep.frame);
    packet_set_int(answer, "sessions", (int)sweep.hits);
    return NULL;
}

/* ---- the server as a whole ---- */

static const char *do_state(json_t *line, json_t *answer)
{
    (void)line;
    json_object_set_new(answer, "state", state_make());
    return NULL;
}

static const char *do_clock(json_t *line, json_t *answer)
{
    gint64 ms = number_of(line, "advance_ms", -1);

    (void)answer;
    if (ms < 0)
        return "advance_ms is missing";
    clock_advance(ms);
    return NULL;
}

static const char *do_unload(json_t *line, json_t *answer)
{
    (void)line;
    (void)answer;
    clock_advance(ROOM_UNLOAD_MS + 1);
    return NULL;
}

static const char *do_shutdown(json_t *line, json_t *answer)
{
    gint64 for_ms = number_of(line, "for_ms", -1);

    (void)answer;
    if (for_ms < 0) {
        quit_program();
        return NULL;
    }
    session_evict(NULL);
    listen_refuse(for_ms);
    return NULL;
}

static const struct {
    const char *name;
    const char *(*run)(json_t *line, json_t *answer); /* NULL, or what is wrong */
} orders[] = {
    {"drop", do_drop},         {"refuse", do_refuse},   {"delay", do_delay},
    {"error", do_error},       {"silence", do_silence}, {"cut", do_cut},
    {"mute", do_mute},         {"frame", do_frame},     {"say", do_say},
    {"note", do_note},         {"state", do_state},     {"clock", do_clock},
    {"unload", do_unload},     {"flood", do_flood},     {"handshake", do_handshake},
    {"queue", do_queue},       {"request", do_request}, {"clear", do_clear},
    {"shutdown", do_shutdown}, {"file", do_file},       {"files", do_files},
};

void steer_line(const char *text)
{
    json_error_t where;
    json_t *line = json_loads(text, JSON_REJECT_DUPLICATES, &where);
    const char *name = packet_string(line, "do");
    json_t *id = json_object_get(line, "id");
    json_t *answer = json_object();
    const char *problem = name == NULL ? "no order in the line" : "unknown order";

    for (gsize i = 0; i < G_N_ELEMENTS(orders) && name != NULL; i++) {
        if (strcmp(orders[i].name, name) != 0)
            continue;
        session_settle();
        problem = orders[i].run(line, answer);
        pres_drain();
        session_settle();
        break;
    }
    if (line == NULL)
        problem = where.text;
    if (problem != NULL) {
        json_object_clear(answer);
        packet_set_string(answer, "error", problem);
        packet_set_string(answer, "do", name);
    }
    /* Who wants an answer to each order gives it an id. */
    if (id != NULL)
        json_object_set(answer, "id", id);
    if (id != NULL || problem != NULL || g_strcmp0(name, "state") == 0)
        event_line(answer);
    else
        json_decref(answer);
    json_decref(line);
}
