/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Playing one transcript (tests/server) against a loopback server of its own. The rules are in the
 * README beside the transcripts. Included once by the test that plays them all. */
#ifndef TEST_PLAY_H
#define TEST_PLAY_H

#include <signal.h>
#include <stdlib.h>

#include "test-names.h"
#include "test-server.h"
#include "test-wire.h"

#define NOTE_MS    50
#define QUIET_MS   (elsewhere != NULL ? 500 : 100) /* a real server may be busy */
#define SILENCE_MS 300
#define EARLY_MS   500
#define PACE_MS    20

/* Frames that the real server sends or does not, depending on which of its threads is faster. */
static const struct {
    const char *file;
    const char *who;
    const char *what; /* of a {pres} on me */
} optional[] = {
    {"group-ban", "bob", "acs"},
};

/* How a file is played against a server that is not a loopback one of its own. */
typedef struct Play Play;
typedef struct {
    gboolean (*begin)(Play *play); /* FALSE: it said why */
    void (*end)(Play *play);
    void (*wait)(Play *play, gint64 ms);
    char *(*secret)(Play *play, const char *user);   /* login:password; caller frees */
    json_t *(*outgoing)(Play *play, json_t *frame);  /* takes and gives the reference */
    gboolean (*concerns)(Play *play, json_t *frame); /* FALSE: of a world beside the file's */
    void (*settle)(json_t *frame);                   /* both sides, before they are compared */
} PlayElsewhere;

static const PlayElsewhere *elsewhere; /* NULL: a loopback server for each file */

typedef struct {
    char *name;
    Wire *wire;
    char *desc_ts;    /* ts of the last answer to {get desc} */
    json_t *expected; /* array: frames awaited in this stretch */
    int closed;       /* code that the file shows, 0: not to be closed */
    gboolean closed_seen;
} Client;

struct Play {
    const char *name;
    json_t *header;
    GPtrArray *lines; /* json_t, without the header */
    GPtrArray *clients;
    GPtrArray *wires;
    Names names;
    Server server;
    gint64 at_ms;        /* virtual time since the start, as far as the file tells */
    gint64 began_ms;     /* real time of that start; 0: not told yet. Only elsewhere. */
    gboolean is_sending; /* the line before was sent, too: requests in one go */
    guint line;
    GString *trouble;
    char *not_applicable; /* why the file cannot be played there */
};

/* ---- trouble ---- */

static void G_GNUC_PRINTF(2, 3) complain(Play *play, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    g_string_append_printf(play->trouble, "%s.jsonl:%u: %s\n", play->name, play->line, text);
}

static gboolean is_fine(const Play *play)
{
    return play->trouble->len == 0 && play->not_applicable == NULL;
}

static char *as_text(json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    char *copy = g_strdup(text);

    free(text);
    return copy;
}

static const char *text_of(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* ---- the server ---- */

static void advance(Play *play, gint64 ms)
{
    g_autofree char *line = NULL;
    json_t *answer;

    if (elsewhere != NULL) {
        elsewhere->wait(play, ms);
        return;
    }
    line = g_strdup_printf("{\"do\":\"clock\",\"advance_ms\":%" G_GINT64_FORMAT ",\"id\":1}", ms);
    answer = server_order(&play->server, line);
    if (!json_is_object(answer) || json_object_get(answer, "error") != NULL)
        complain(play, "the clock does not move");
    json_decref(answer);
}

static gboolean start_server(Play *play)
{
    gboolean email = g_strcmp0(text_of(play->header, "config"), "email-required") == 0;
    const char *const options[] = {"--empty", email ? "--require-email" : NULL, NULL};
    json_t *answer;
    const char *login;
    json_t *id;

    if (elsewhere != NULL)
        return elsewhere->begin(play);
    if (!server_start(&play->server, options)) {
        complain(play, "the server does not listen");
        return FALSE;
    }
    answer = server_order(&play->server, "{\"do\":\"state\"}");
    json_object_foreach (json_object_get(json_object_get(answer, "state"), "users"), login, id) {
        g_autofree char *upper = g_ascii_strup(login, -1);
        g_autofree char *placeholder = g_strconcat("usr", upper, NULL);

        names_add(&play->names, placeholder, json_string_value(id));
    }
    json_decref(answer);
    return TRUE;
}

static void stop_server(Play *play)
{
    int status;

    if (elsewhere != NULL) {
        elsewhere->end(play);
        return;
    }
    status = server_stop(&play->server);
    if (status != 0)
        complain(play, "the server ended with status %x", (unsigned)status);
}

/* ---- clients ---- */

static Client *client_of(Play *play, const char *name)
{
    for (guint i = 0; i < play->clients->len; i++) {
        Client *client = play->clients->pdata[i];

        if (g_strcmp0(client->name, name) == 0)
            return client;
    }
    return NULL;
}

static void client_free(gpointer data)
{
    Client *client = data;

    g_free(client->name);
    g_free(client->desc_ts);
    json_decref(client->expected);
    g_free(client);
}

static const char *kind_of(json_t *frame)
{
    void *at = json_object_iter(frame);

    return at == NULL ? "" : json_object_iter_key(at);
}

/* A text that came, in the form of the files; the raw text as a JSON string if it is no frame.
 * NULL: the file has nothing to do with it. */
static json_t *take_text(Play *play, Client *client, const char *text)
{
    json_t *frame = json_loads(text, 0, NULL);
    json_t *meta = json_object_get(frame, "meta");
    json_t *out;

    if (frame == NULL)
        return json_string(text);
    if (elsewhere != NULL && !elsewhere->concerns(play, frame)) {
        json_decref(frame);
        return NULL;
    }
    if (json_object_get(meta, "desc") != NULL) {
        g_free(client->desc_ts);
        client->desc_ts = g_strdup(text_of(meta, "ts"));
    }
    out = names_to_file(&play->names, NULL, frame);
    names_settle(out);
    if (elsewhere != NULL)
        elsewhere->settle(out);
    json_decref(frame);
    return out;
}

static gboolean is_optional(const Play *play, const Client *client, json_t *frame)
{
    json_t *pres = json_object_get(frame, "pres");

    for (gsize i = 0; i < G_N_ELEMENTS(optional); i++)
        if (strcmp(optional[i].file, play->name) == 0 &&
            strcmp(optional[i].who, client->name) == 0 &&
            g_strcmp0(text_of(pres, "topic"), "me") == 0 &&
            g_strcmp0(text_of(pres, "what"), optional[i].what) == 0)
            return TRUE;
    return FALSE;
}

/* All that came, in the form of the files. New reference to an array. */
static json_t *take_all(Play *play, Client *client)
{
    json_t *all = json_array();

    while (!g_queue_is_empty(client->wire->texts)) {
        g_autofree char *text = g_queue_pop_head(client->wire->texts);
        json_t *frame = take_text(play, client, text);

        if (frame == NULL || is_optional(play, client, frame))
            json_decref(frame);
        else
            json_array_append_new(all, frame);
    }
    return all;
}

static void forget_all(Play *play)
{
    for (guint i = 0; i < play->clients->len; i++)
        json_decref(take_all(play, play->clients->pdata[i]));
}

/* ---- comparing ---- */

/* Frames of one class come in order; between classes there is none: replies, messages and {info} of
 * attached topics; {pres} of an attached topic; evictions and answers to notes. News on me are a
 * set: "*" first. */
static char *class_of(json_t *frame)
{
    const char *kind = json_is_object(frame) ? kind_of(frame) : "raw";
    json_t *body = json_is_object(frame) ? json_object_get(frame, kind) : NULL;
    const char *topic = text_of(body, "topic");
    gboolean ctrl = strcmp(kind, "ctrl") == 0;
    json_int_t code = json_integer_value(json_object_get(body, "code"));

    if (topic == NULL)
        topic = "";
    if (strcmp(kind, "pres") == 0 || strcmp(kind, "info") == 0) {
        if (strcmp(topic, "me") == 0)
            return g_strdup("*me");
        if (strcmp(kind, "pres") == 0)
            return g_strconcat("pres ", topic, NULL);
    }
    if (ctrl && json_object_get(body, "id") == NULL && (code == 205 || code == 409))
        return g_strconcat("odd ", topic, NULL);
    return g_strdup("reply");
}

static gint compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Texts of the frames of one class, sorted if their order means nothing. */
static GPtrArray *of_class(json_t *frames, const char *class_name)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    size_t i;
    json_t *frame;

    json_array_foreach (frames, i, frame) {
        g_autofree char *its = class_of(frame);

        if (strcmp(its, class_name) == 0)
            g_ptr_array_add(texts, as_text(frame));
    }
    if (*class_name == '*')
        g_ptr_array_sort(texts, compare_texts);
    return texts;
}

static void compare_class(Play *play, const Client *client, json_t *expected, json_t *got,
                          const char *class_name)
{
    g_autoptr(GPtrArray) want = of_class(expected, class_name);
    g_autoptr(GPtrArray) have = of_class(got, class_name);

    for (guint i = 0; i < MAX(want->len, have->len); i++) {
        const char *a = i < want->len ? want->pdata[i] : "nothing";
        const char *b = i < have->len ? have->pdata[i] : "nothing";

        if (strcmp(a, b) != 0) {
            complain(play, "%s\n  recorded %s\n  came     %s", client->name, a, b);
            return;
        }
    }
}

static void compare(Play *play, Client *client, json_t *got)
{
    g_autoptr(GHashTable) classes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    json_t *lists[] = {client->expected, got};
    GHashTableIter iter;
    gpointer name;

    for (int n = 0; n < 2; n++) {
        size_t i;
        json_t *frame;

        json_array_foreach (lists[n], i, frame)
            g_hash_table_add(classes, class_of(frame));
    }
    g_hash_table_iter_init(&iter, classes);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        compare_class(play, client, client->expected, got, name);
}

static gboolean is_complete(Play *play)
{
    for (guint i = 0; i < play->clients->len; i++) {
        Client *client = play->clients->pdata[i];

        if (g_queue_get_length(client->wire->texts) < json_array_size(client->expected) ||
            (client->closed != 0 && client->wire->fd >= 0))
            return FALSE;
    }
    return TRUE;
}

/* The end of a stretch: waits for all that the file shows since the last one, and compares. */
static void settle(Play *play)
{
    gint64 deadline = wire_now_ms() + WIRE_DEADLINE_MS;

    while (!is_complete(play) && wire_now_ms() < deadline)
        wire_pump(play->wires, deadline);
    for (guint i = 0; i < play->clients->len; i++) {
        Client *client = play->clients->pdata[i];
        json_t *got = take_all(play, client);

        compare(play, client, got);
        json_decref(got);
        json_array_clear(client->expected);
        if (client->closed != 0 && client->wire->close_code != client->closed)
            complain(play, "%s: closed with %d, recorded %d", client->name,
                     client->wire->close_code, client->closed);
        if (client->closed != 0)
            client->closed_seen = TRUE;
        if (client->wire->fd < 0 && !client->closed_seen)
            complain(play, "%s: the connection ended", client->name);
        client->closed = 0;
    }
}

/* Where the file tells the time: pushes the clock, and sees that nothing comes much too early. */
static void reach(Play *play, json_t *line)
{
    json_t *at = json_object_get(line, "at_ms");
    gint64 ms = json_integer_value(at);
    gint64 gap;

    /* Real time has gone on since the line before. */
    if (at != NULL && elsewhere != NULL && play->began_ms == 0)
        play->began_ms = wire_now_ms() - ms;
    if (elsewhere != NULL && play->began_ms != 0)
        play->at_ms = wire_now_ms() - play->began_ms;
    gap = ms - play->at_ms;

    if (at == NULL || gap <= 0)
        return;
    settle(play);
    if (gap > 2 * EARLY_MS) {
        advance(play, gap - EARLY_MS);
        wire_settle(play->wires, NOTE_MS);
        settle(play);
        gap = EARLY_MS;
    }
    advance(play, gap);
    play->at_ms = ms;
}

/* ---- sending ---- */

static void send_line(Play *play, Client *client, json_t *line)
{
    const char *raw = text_of(line, "raw");
    json_t *frame;
    g_autofree char *text = NULL;

    if (raw != NULL) {
        wire_send(client->wire, raw);
        return;
    }
    frame = names_from_file(&play->names, NULL, json_object_get(line, "frame"), client->desc_ts);
    if (elsewhere != NULL)
        frame = elsewhere->outgoing(play, frame);
    text = as_text(frame);
    wire_send(client->wire, text);
    json_decref(frame);
}

static const char *id_of(json_t *frame)
{
    return text_of(json_object_get(frame, kind_of(frame)), "id");
}

/* Sends a request of the preparation and waits for its {ctrl}; what else comes is forgotten. */
static void prepare(Play *play, Client *client, json_t *frame)
{
    gint64 deadline = wire_now_ms() + WIRE_DEADLINE_MS;
    json_t *line = json_pack("{s:O}", "frame", frame);
    const char *id = id_of(frame);
    gboolean answered = id == NULL;

    send_line(play, client, line);
    json_decref(line);
    if (id == NULL)
        wire_settle(play->wires, NOTE_MS);
    while (!answered && wire_now_ms() < deadline) {
        json_t *got;
        size_t i;
        json_t *one;

        wire_pump(play->wires, deadline);
        got = take_all(play, client);
        json_array_foreach (got, i, one) {
            json_t *ctrl = json_object_get(one, "ctrl");

            if (g_strcmp0(text_of(ctrl, "id"), id) != 0)
                continue;
            answered = TRUE;
            if (json_integer_value(json_object_get(ctrl, "code")) >= 300) {
                g_autofree char *text = as_text(one);

                complain(play, "%s: preparation failed: %s", client->name, text);
            }
        }
        json_decref(got);
    }
    if (!answered)
        complain(play, "%s: no answer during preparation", client->name);
}

static void log_in(Play *play, Client *client, const char *user, json_t *spec)
{
    g_autofree char *login = g_ascii_strdown(user + 3, -1);
    g_autofree char *secret = elsewhere != NULL ? elsewhere->secret(play, user)
                                                : g_strdup_printf("%s:%s123", login, login);
    g_autofree char *coded = g_base64_encode((const guchar *)secret, strlen(secret));
    const char *ua = text_of(spec, "ua");
    json_t *frame = json_pack("{s:{s:s, s:s, s:s, s:s}}", "hi", "id", "h1", "ver", "0.25", "ua",
                              ua == NULL ? "probe/1.0" : ua, "lang", "en-US");

    prepare(play, client, frame);
    json_decref(frame);
    frame =
        json_pack("{s:{s:s, s:s, s:s}}", "login", "id", "h2", "scheme", "basic", "secret", coded);
    prepare(play, client, frame);
    json_decref(frame);
}

/* A file may begin with a token that was got before: a session apart gets one. */
static void get_token(Play *play)
{
    Client other = {.name = (char *)"token"};
    json_t *sessions = json_object_get(play->header, "sessions");
    json_t *spec = json_object_iter_value(json_object_iter(sessions));

    other.wire = wire_open(play->server.port);
    if (other.wire == NULL) {
        complain(play, "no connection to get a token");
        return;
    }
    g_ptr_array_add(play->wires, other.wire);
    log_in(play, &other, text_of(spec, "user"), spec);
    g_ptr_array_remove(play->wires, other.wire);
    g_free(other.desc_ts);
}

static gboolean needs_token(json_t *line)
{
    json_t *login = json_object_get(json_object_get(line, "frame"), "login");

    return g_strcmp0(text_of(login, "secret"), "TOKEN") == 0;
}

static void open_clients(Play *play)
{
    const char *name;
    json_t *spec;

    json_object_foreach (json_object_get(play->header, "sessions"), name, spec) {
        Client *client = g_new0(Client, 1);
        const char *at = text_of(spec, "at");
        json_t *frame;

        client->name = g_strdup(name);
        client->expected = json_array();
        client->wire = wire_open(play->server.port);
        g_ptr_array_add(play->clients, client);
        if (client->wire == NULL) {
            complain(play, "%s: no connection", name);
            return;
        }
        g_ptr_array_add(play->wires, client->wire);
        if (strcmp(at, "connected") == 0)
            continue;
        log_in(play, client, text_of(spec, "user"), spec);
        if (strcmp(at, "me") != 0)
            continue;
        frame = json_pack("{s:{s:s, s:s}}", "sub", "id", "h3", "topic", "me");
        prepare(play, client, frame);
        json_decref(frame);
    }
    wire_settle(play->wires, QUIET_MS);
    forget_all(play);
}

#include "test-play-http.h"

/* ---- the race ---- */

/* Elsewhere the other loser may be in the way. */
static void repeat(Play *play, Client *client, json_t *line)
{
    json_int_t code = 503;

    if (elsewhere == NULL)
        prepare(play, client, json_object_get(line, "frame"));
    for (int tries = 0; elsewhere != NULL && code == 503 && tries < 10; tries++) {
        gint64 deadline = wire_now_ms() + WIRE_DEADLINE_MS;
        json_t *got;

        elsewhere->wait(play, NOTE_MS);
        send_line(play, client, line);
        while (g_queue_is_empty(client->wire->texts) && wire_pump(play->wires, deadline))
            ;
        got = take_all(play, client);
        code = json_integer_value(
            json_object_get(json_object_get(json_array_get(got, 0), "ctrl"), "code"));
        json_decref(got);
    }
    if (elsewhere != NULL && code != 200)
        complain(play, "%s: does not get in", client->name);
}

/* Several sessions ask in the same instant: one gets in, whichever, and the others when they
 * repeat. */
static void play_race(Play *play, guint from)
{
    guint winners = 0;
    gint64 deadline = wire_now_ms() + WIRE_DEADLINE_MS;
    g_autoptr(GPtrArray) asking = g_ptr_array_new();

    for (guint i = from; i < play->lines->len; i++) {
        json_t *line = play->lines->pdata[i];

        if (strcmp(text_of(line, "dir"), ">") != 0)
            break;
        g_ptr_array_add(asking, line);
        send_line(play, client_of(play, text_of(line, "who")), line);
    }
    for (guint i = 0; i < asking->len; i++) {
        Client *client = client_of(play, text_of(asking->pdata[i], "who"));
        json_t *got;
        json_t *ctrl;
        json_int_t code;

        while (g_queue_is_empty(client->wire->texts) && wire_pump(play->wires, deadline))
            ;
        got = take_all(play, client);
        ctrl = json_object_get(json_array_get(got, 0), "ctrl");
        code = json_integer_value(json_object_get(ctrl, "code"));
        if (code == 200)
            winners++;
        else if (code != 503 || g_strcmp0(text_of(ctrl, "text"), "locked") != 0)
            complain(play, "%s: neither 200 nor 503 locked", client->name);
        json_decref(got);
        if (code == 503)
            repeat(play, client, asking->pdata[i]);
    }
    if (winners == 0 || (winners > 1 && elsewhere == NULL))
        complain(play, "%u sessions got in at once", winners);
    wire_settle(play->wires, SILENCE_MS);
    settle(play);
}

/* ---- the whole ---- */

static void play_event(Play *play, json_t *line)
{
    const char *event = text_of(line, "event");
    Client *client = client_of(play, text_of(line, "who"));

    if (strcmp(event, "closed") == 0) {
        client->closed = (int)json_integer_value(json_object_get(line, "code"));
        return;
    }
    settle(play);
    if (strcmp(event, "wait") == 0) {
        gint64 ms = json_integer_value(json_object_get(line, "ms"));

        advance(play, ms);
        play->at_ms += ms;
        wire_settle(play->wires, NOTE_MS);
    } else if (strcmp(event, "server-shutdown") == 0) {
        kill(play->server.pid, SIGTERM);
    } else if (strcmp(event, "send-text-frame") == 0) {
        g_autofree char *text =
            g_strnfill((gsize)json_integer_value(json_object_get(line, "bytes")), 'x');

        wire_send(client->wire, text);
    } else {
        complain(play, "unknown event %s", event);
    }
}

static void expect(Play *play, json_t *line)
{
    Client *client = client_of(play, text_of(line, "who"));
    const char *raw = text_of(line, "raw");
    json_t *frame = raw != NULL ? json_string(raw) : json_deep_copy(json_object_get(line, "frame"));

    names_settle(frame);
    if (elsewhere != NULL)
        elsewhere->settle(frame);
    json_array_append_new(client->expected, frame);
}

static void play_line(Play *play, json_t *line, gboolean *preparing)
{
    const char *dir = text_of(line, "dir");
    gboolean out = strcmp(dir, ">") == 0;
    Client *client = client_of(play, text_of(line, "who"));

    if (json_is_true(json_object_get(line, "setup"))) {
        prepare(play, client, json_object_get(line, "frame"));
        return;
    }
    if (*preparing) {
        wire_settle(play->wires, QUIET_MS);
        forget_all(play);
        *preparing = FALSE;
    }
    reach(play, line);
    if (!out)
        play->is_sending = FALSE;
    if (strcmp(dir, "-") == 0) {
        play_event(play, line);
    } else if (!out) {
        expect(play, line);
    } else {
        settle(play);
        /* Times are told in milliseconds: what happened before is to be earlier. */
        if (elsewhere != NULL && !play->is_sending)
            elsewhere->wait(play, PACE_MS);
        if (needs_token(line) && play->names.token == NULL)
            get_token(play);
        send_line(play, client, line);
        play->is_sending = TRUE;
        if (json_object_get(line, "raw") != NULL || id_of(json_object_get(line, "frame")) == NULL)
            wire_settle(play->wires, NOTE_MS);
    }
}

static void play_lines(Play *play)
{
    gboolean preparing = TRUE;

    for (guint i = 0; i < play->lines->len && is_fine(play); i++) {
        json_t *line = play->lines->pdata[i];

        play->line = i + 2;
        if (g_strcmp0(text_of(line, "who"), "http") == 0) {
            if (i + 1 < play->lines->len)
                play_http(play, line, play->lines->pdata[i + 1]);
            i++;
        } else if (!preparing && json_is_true(json_object_get(play->header, "race")) &&
                   strcmp(text_of(line, "dir"), ">") == 0) {
            play_race(play, i);
            return;
        } else {
            play_line(play, line, &preparing);
        }
    }
    if (!is_fine(play))
        return;
    settle(play);
    wire_settle(play->wires, SILENCE_MS);
    settle(play);
}

static gboolean load(Play *play)
{
    g_autofree char *path = g_strdup_printf("%s/transcripts/%s.jsonl", data_dir, play->name);
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) lines = NULL;

    if (!g_file_get_contents(path, &text, NULL, &error)) {
        complain(play, "%s", error->message);
        return FALSE;
    }
    lines = g_strsplit(g_strchomp(text), "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        json_t *line = json_loads(lines[i], 0, NULL);

        if (line == NULL) {
            complain(play, "line %u is no JSON", i + 1);
            return FALSE;
        }
        if (i == 0)
            play->header = line;
        else
            g_ptr_array_add(play->lines, line);
    }
    return TRUE;
}

static void line_free(gpointer data)
{
    json_decref(data);
}

/* Plays a file. Returns what went wrong, empty if nothing did. Caller frees. `why_not` (or NULL):
 * why it cannot be played, for the caller to free, or NULL. */
static char *play_file(const char *name, char **why_not)
{
    Play play = {.name = name};

    play.trouble = g_string_new(NULL);
    play.lines = g_ptr_array_new_with_free_func(line_free);
    play.clients = g_ptr_array_new_with_free_func(client_free);
    play.wires = g_ptr_array_new_with_free_func(wire_free);
    names_init(&play.names);
    if (load(&play) && start_server(&play)) {
        open_clients(&play);
        if (is_fine(&play))
            play_lines(&play);
    }
    g_ptr_array_free(play.wires, TRUE);
    stop_server(&play);
    g_ptr_array_free(play.clients, TRUE);
    g_ptr_array_free(play.lines, TRUE);
    names_clear(&play.names);
    json_decref(play.header);
    if (why_not != NULL)
        *why_not = g_steal_pointer(&play.not_applicable);
    g_free(play.not_applicable);
    return g_string_free(play.trouble, FALSE);
}

#endif
