/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-server-answers.c: requests and answers, as the real server does where the plugin can tell.
 */
#include "fake-server-internal.h"

#include <stdlib.h>
#include <string.h>

/* Out -------------------------------------------------------------------------------------------
 */

/* Takes frame. */
static void push(json_t *frame)
{
    char *text = json_dumps(frame, JSON_COMPACT);
    g_autofree char *copy = g_strdup(text);

    free(text);
    json_decref(frame);
    if (fake_link_is_open())
        fake_push(copy);
}

static json_t *pack(const char *kind, const char *id, const char *topic)
{
    return json_pack("{s:{s:s*,s:s*}}", kind, "id", id, "topic", topic);
}

static json_t *body_of(json_t *frame)
{
    return json_object_iter_value(json_object_iter(frame));
}

static void answer(const char *id, const char *topic, int code, const char *text, json_t *params)
{
    json_t *frame = pack("ctrl", id, topic);

    json_object_set_new(body_of(frame), "code", json_integer(code));
    json_object_set_new(body_of(frame), "text", json_string(text));
    if (params != NULL)
        json_object_set_new(body_of(frame), "params", params);
    push(frame);
}

void server_push_data(const Topic *topic, const Stored *stored)
{
    json_t *frame = pack("data", NULL, topic->name);

    json_object_set_new(body_of(frame), "from", json_string(stored->from));
    json_object_set_new(body_of(frame), "ts", json_string("2026-01-02T03:04:05Z"));
    json_object_set_new(body_of(frame), "seq", json_integer(stored->seq));
    if (stored->head != NULL)
        json_object_set(body_of(frame), "head", stored->head);
    if (stored->text[0] == '{') {
        g_autofree char *text = fake_json(stored->text);

        json_object_set_new(body_of(frame), "content", json_loads(text, 0, NULL));
    } else {
        json_object_set_new(body_of(frame), "content", json_string(stored->text));
    }
    push(frame);
}

static json_t *cursors_of(const Topic *topic, const char *user, json_t *row)
{
    const guint read = server_cursor_of(topic->read, user),
                recv = server_cursor_of(topic->recv, user);

    if (read > 0)
        json_object_set_new(row, "read", json_integer(read));
    if (recv > 0)
        json_object_set_new(row, "recv", json_integer(recv));
    return row;
}

static const char *mode_of(const Topic *topic)
{
    if (topic->mode != NULL)
        return topic->mode;
    return server_is_group(topic) ? "JRWPS" : "JRWPA";
}

json_t *server_row(const Topic *topic)
{
    json_t *row = json_pack("{s:s,s:{s:s},s:{s:s},s:b}", "topic", topic->name, "public", "fn",
                            topic->fn, "acs", "mode", mode_of(topic), "online", 1);

    if (topic->clear > 0)
        json_object_set_new(row, "clear", json_integer(topic->clear));
    if (topic->seq > 0)
        json_object_set_new(row, "seq", json_integer(topic->seq));
    return cursors_of(topic, SELF, row);
}

static void push_members(const Topic *topic, const char *id)
{
    json_t *frame = pack("meta", id, topic->name), *rows = json_array();
    const char *members[4];
    const guint n_members = server_members(topic, members);

    for (guint i = 0; i < n_members; i++)
        json_array_append_new(rows, cursors_of(topic, members[i],
                                               json_pack("{s:s,s:{s:s}}", "user", members[i], "acs",
                                                         "mode", mode_of(topic))));
    json_object_set_new(body_of(frame), "sub", rows);
    push(frame);
}

static void push_desc(const Topic *topic, const char *id)
{
    json_t *frame = pack("meta", id, topic->name);
    json_t *desc = cursors_of(topic, SELF, json_pack("{s:{s:s}}", "public", "fn", topic->fn));

    json_object_set_new(desc, "seq", json_integer(topic->seq));
    json_object_set_new(body_of(frame), "desc", desc);
    push(frame);
}

static guint number(json_t *object, const char *key)
{
    return (guint)json_integer_value(json_object_get(object, key));
}

/* Newest first. */
static void push_history(const Topic *topic, const char *id, json_t *range)
{
    const guint since = number(range, "since"), before = number(range, "before");
    const guint limit = number(range, "limit") != 0 ? MIN(number(range, "limit"), 100) : 100;
    guint count = 0;

    for (GTreeNode *node = g_tree_node_last(topic->messages); node != NULL && count < limit;
         node = g_tree_node_previous(node)) {
        const Stored *stored = g_tree_node_value(node);

        if (stored->seq < since || (before != 0 && stored->seq >= before))
            continue;
        server_push_data(topic, stored);
        count++;
    }
    if (count > 0)
        answer(id, topic->name, 208, "delivered",
               json_pack("{s:s,s:i}", "what", "data", "count", (int)count));
    else
        answer(id, topic->name, 204, "no content", json_pack("{s:s}", "what", "data"));
}

static void push_deletions(const Topic *topic, const char *id)
{
    json_t *frame, *ranges;

    if (topic->clear == 0) {
        answer(id, topic->name, 204, "no content", json_pack("{s:s}", "what", "del"));
        return;
    }
    frame = pack("meta", id, topic->name);
    ranges = json_array();
    for (guint i = 0; i < topic->deleted->len; i += 2)
        json_array_append_new(
            ranges, json_pack("{s:i,s:i}", "low", (int)g_array_index(topic->deleted, guint, i),
                              "hi", (int)g_array_index(topic->deleted, guint, i + 1) + 1));
    json_object_set_new(body_of(frame), "del",
                        json_pack("{s:i,s:o}", "clear", (int)topic->clear, "delseq", ranges));
    push(frame);
}

static void serve_get(const Topic *topic, const char *id, json_t *get)
{
    const char *what = json_string_value(json_object_get(get, "what"));

    if (what == NULL)
        return;
    if (strstr(what, "desc") != NULL)
        push_desc(topic, id);
    if (strstr(what, "sub") != NULL)
        push_members(topic, id);
    if (strstr(what, "data") != NULL)
        push_history(topic, id, json_object_get(get, "data"));
    if (strstr(what, "del") != NULL)
        push_deletions(topic, id);
}

static void push_me_rows(const char *id, const char *only)
{
    json_t *frame = pack("meta", id, "me"), *rows = json_array();

    for (guint i = 0; i < server_all_topics()->len; i++)
        if (only == NULL || strcmp(((Topic *)server_all_topics()->pdata[i])->name, only) == 0)
            json_array_append_new(rows, server_row(server_all_topics()->pdata[i]));
    if (json_array_size(rows) == 0) {
        json_decref(rows);
        json_decref(frame);
        answer(id, "me", 204, "no content", json_pack("{s:s}", "what", "sub"));
        return;
    }
    json_object_set_new(body_of(frame), "sub", rows);
    push(frame);
}

/* In --------------------------------------------------------------------------------------------
 */

static char *describe_get(json_t *get)
{
    json_t *data = json_object_get(get, "data");
    GString *text = g_string_new(NULL);

    if (json_object_get(get, "what") != NULL)
        g_string_append_printf(text, " %s", json_string_value(json_object_get(get, "what")));
    if (number(data, "since") != 0)
        g_string_append_printf(text, " since %u", number(data, "since"));
    if (number(data, "before") != 0)
        g_string_append_printf(text, " before %u", number(data, "before"));
    return g_string_free(text, FALSE);
}

/* TRUE: the request was dealt with by a fault. *is_done: it is carried out all the same. */
static gboolean has_fault(const char *kind, json_t *body, gboolean *is_done)
{
    g_autofree char *text = NULL;
    int code;

    *is_done = TRUE;
    if (!server_take_fault(kind, &code, &text))
        return FALSE;
    *is_done = code == 0;
    if (code > 0)
        answer(json_string_value(json_object_get(body, "id")),
               json_string_value(json_object_get(body, "topic")), code, text, NULL);
    return TRUE;
}

static void serve_pub(Topic *topic, json_t *body, gboolean is_silent)
{
    const char *text = json_string_value(json_object_get(body, "content"));
    const guint seq = topic->seq + 1;

    server_store_head(topic->name, SELF, seq, text != NULL ? text : "",
                      json_object_get(body, "head"));
    server_raise(topic->read, SELF, seq);
    server_raise(topic->recv, SELF, seq);
    if (!is_silent)
        answer(json_string_value(json_object_get(body, "id")), topic->name, 202, "accepted",
               json_pack("{s:i}", "seq", (int)seq));
}

/* Without D only for us; nobody else sees what is here. */
static void serve_del(Topic *topic, json_t *body, gboolean is_silent)
{
    json_t *range = json_array_get(json_object_get(body, "delseq"), 0);
    const guint low = number(range, "low"), high = number(range, "hi");

    server_remove(topic, low, high != 0 ? high - 1 : low);
    if (!is_silent)
        answer(json_string_value(json_object_get(body, "id")), topic->name, 200, "ok",
               json_pack("{s:i}", "del", (int)topic->clear));
}

static void serve_note(Topic *topic, json_t *body)
{
    const char *what = json_string_value(json_object_get(body, "what"));
    const guint seq = number(body, "seq");

    if (strcmp(what, "kp") == 0)
        return;
    if (!topic->is_attached && strcmp(what, "read") == 0) {
        answer(NULL, topic->name, 409, "must attach first", NULL);
        return;
    }
    if (seq <= topic->seq)
        server_raise(strcmp(what, "read") == 0 ? topic->read : topic->recv, SELF, seq);
}

static char *describe_content(json_t *content)
{
    char *document;
    char *what;

    if (json_is_string(content))
        return g_strdup_printf(" %s", json_string_value(content));
    document = json_dumps(content, JSON_COMPACT | JSON_SORT_KEYS);
    what = g_strdup_printf(" %s", document);
    free(document);
    return what;
}

static char *describe_pub(json_t *body)
{
    static const char *const keys[] = {"replace", "reply", "forwarded"};
    g_autofree char *content = describe_content(json_object_get(body, "content"));
    GString *text = g_string_new(content);
    json_t *head = json_object_get(body, "head");

    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        const char *value = json_string_value(json_object_get(head, keys[i]));

        if (value != NULL)
            g_string_append_printf(text, " [%s %s]", keys[i], value);
    }
    return g_string_free(text, FALSE);
}

static char *describe_del(json_t *body)
{
    json_t *range = json_array_get(json_object_get(body, "delseq"), 0);
    const guint low = number(range, "low"), high = number(range, "hi");

    return g_strdup_printf(" %u-%u%s", low, high != 0 ? high - 1 : low,
                           json_is_true(json_object_get(body, "hard")) ? " hard" : "");
}

static void log_request(const char *kind, const char *name, json_t *body)
{
    json_t *get = strcmp(kind, "sub") == 0 ? json_object_get(body, "get") : body;
    g_autofree char *what = NULL;

    if (strcmp(kind, "note") == 0)
        what = number(body, "seq") != 0
                   ? g_strdup_printf(" %s %u", json_string_value(json_object_get(body, "what")),
                                     number(body, "seq"))
                   : g_strdup_printf(" %s", json_string_value(json_object_get(body, "what")));
    else if (strcmp(kind, "pub") == 0)
        what = describe_pub(body);
    else if (strcmp(kind, "del") == 0)
        what = describe_del(body);
    else
        what = describe_get(get);
    server_log(g_strdup_printf("%s %s%s", kind, name, what));
}

static void serve_topic(const char *kind, Topic *topic, json_t *body, gboolean is_silent)
{
    const char *id = json_string_value(json_object_get(body, "id"));

    if (strcmp(kind, "sub") == 0) {
        if (topic->is_attached) {
            answer(id, topic->name, 304, "already subscribed", NULL);
            return;
        }
        topic->is_attached = TRUE;
        if (is_silent)
            return;
        answer(id, topic->name, 200, "ok", NULL);
        serve_get(topic, id, json_object_get(body, "get"));
    } else if (strcmp(kind, "leave") == 0) {
        topic->is_attached = FALSE;
        if (!is_silent)
            answer(id, topic->name, 200, "ok", NULL);
    } else if (strcmp(kind, "get") == 0 && !is_silent) {
        serve_get(topic, id, body);
    } else if (strcmp(kind, "pub") == 0) {
        if (topic->is_attached)
            serve_pub(topic, body, is_silent);
        else
            answer(id, topic->name, 409, "must attach first", NULL);
    } else if (strcmp(kind, "del") == 0) {
        serve_del(topic, body, is_silent);
    } else if (strcmp(kind, "note") == 0) {
        serve_note(topic, body);
    }
}

static void serve(json_t *frame)
{
    const char *kind = json_object_iter_key(json_object_iter(frame));
    json_t *body = body_of(frame);
    const char *name = json_string_value(json_object_get(body, "topic"));
    gboolean is_done, is_silent;

    if (name == NULL)
        fake_fail("a request without a topic: %s", kind);
    if (strcmp(name, "me") == 0) {
        push_me_rows(json_string_value(json_object_get(body, "id")),
                     json_string_value(json_object_get(json_object_get(body, "sub"), "topic")));
        return;
    }
    log_request(kind, name, body);
    is_silent = has_fault(kind, body, &is_done);
    if (is_done)
        serve_topic(kind, server_find(name), body, is_silent);
}

static void answer_all(void)
{
    char *text;

    fake_server_of(server_account());
    while ((text = fake_take_frame()) != NULL) {
        json_t *frame = json_loads(text, 0, NULL);

        g_free(text);
        serve(frame);
        json_decref(frame);
    }
}

void server_step(void)
{
    fake_fire_next();
    answer_all();
}

void server_work(void)
{
    do {
        fake_turn();
        answer_all();
    } while (fake_is_due());
}

void server_advance(gint64 ms)
{
    const gint64 end_ms = fake_now_ms() + ms;

    server_work();
    while (fake_now_ms() < end_ms) {
        fake_advance(MIN(10, end_ms - fake_now_ms()));
        server_work();
    }
}

void server_pass(gint64 ms)
{
    server_advance(ms);
}
