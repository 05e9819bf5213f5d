/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-server.c: answers, as the real server does where the plugin can tell. */
#include "fake-server.h"

#include <jansson.h>
#include <string.h>

typedef struct {
    guint seq;
    char *from, *text, *id;
} Stored;

typedef struct {
    char *name, *fn;
    guint seq;
    gboolean is_attached;
    GHashTable *recv, *read; /* user -> seq */
    GTree *messages;         /* seq -> Stored */
} Topic;

typedef struct {
    char *kind;
    int code; /* 0: silent; -1: lost */
    char *text;
    guint n;
} Fault;

static GHashTable *topics;
static GPtrArray *order; /* of rows */
static GPtrArray *wire;
static GList *faults;
static PurpleAccount *account;

/* State -----------------------------------------------------------------------------------------
 */

static void stored_free(gpointer data)
{
    Stored *stored = data;

    g_free(stored->from);
    g_free(stored->text);
    g_free(stored->id);
    g_free(stored);
}

static void topic_free(gpointer data)
{
    Topic *topic = data;

    g_free(topic->name);
    g_free(topic->fn);
    g_hash_table_destroy(topic->recv);
    g_hash_table_destroy(topic->read);
    g_tree_destroy(topic->messages);
    g_free(topic);
}

static void fault_free(gpointer data)
{
    Fault *fault = data;

    g_free(fault->kind);
    g_free(fault->text);
    g_free(fault);
}

void fake_server_reset(void)
{
    if (topics != NULL)
        fake_drop_frames(); /* what nobody will answer any more */
    g_clear_pointer(&topics, g_hash_table_destroy);
    g_clear_pointer(&order, g_ptr_array_unref);
    g_clear_pointer(&wire, g_ptr_array_unref);
    g_list_free_full(g_steal_pointer(&faults), fault_free);
    account = NULL;
}

static void ensure(void)
{
    if (topics != NULL)
        return;
    topics = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, topic_free);
    order = g_ptr_array_new();
    wire = g_ptr_array_new_with_free_func(g_free);
}

static Topic *find(const char *name)
{
    Topic *topic = topics != NULL ? g_hash_table_lookup(topics, name) : NULL;

    if (topic == NULL)
        fake_fail("the server has no topic %s", name);
    return topic;
}

static gint by_seq(gconstpointer a, gconstpointer b, gpointer data)
{
    (void)data;
    return GPOINTER_TO_UINT(a) < GPOINTER_TO_UINT(b) ? -1 : a != b;
}

static gboolean is_group(const Topic *topic)
{
    return strncmp(topic->name, "grp", 3) == 0;
}

static guint members_of(const Topic *topic, const char **members)
{
    members[0] = SELF;
    members[1] = is_group(topic) ? BOB : topic->name;
    members[2] = CAROL;
    members[3] = DAVE;
    return is_group(topic) ? 4 : 2;
}

static guint cursor(GHashTable *cursors, const char *user)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(cursors, user));
}

static void raise_cursor(GHashTable *cursors, const char *user, guint seq)
{
    if (cursor(cursors, user) < seq)
        g_hash_table_insert(cursors, g_strdup(user), GUINT_TO_POINTER(seq));
}

void server_topic(const char *name, const char *fn, guint seq, guint read)
{
    Topic *topic = g_new0(Topic, 1);
    const char *members[4];
    guint n_members;

    ensure();
    topic->name = g_strdup(name);
    topic->fn = g_strdup(fn);
    topic->seq = seq;
    topic->recv = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    topic->read = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    topic->messages = g_tree_new_full(by_seq, NULL, NULL, stored_free);
    n_members = members_of(topic, members);
    for (guint i = 0; i < n_members; i++) {
        raise_cursor(topic->recv, members[i], read);
        raise_cursor(topic->read, members[i], read);
    }
    g_hash_table_insert(topics, topic->name, topic);
    g_ptr_array_add(order, topic);
}

void server_store_id(const char *name, const char *from, guint seq, const char *text,
                     const char *id)
{
    Topic *topic = find(name);
    Stored *stored = g_new0(Stored, 1);

    stored->seq = seq;
    stored->from = g_strdup(from);
    stored->text = g_strdup(text);
    stored->id = g_strdup(id);
    g_tree_insert(topic->messages, GUINT_TO_POINTER(seq), stored);
    topic->seq = MAX(topic->seq, seq);
}

void server_store(const char *name, const char *from, guint seq, const char *text)
{
    server_store_id(name, from, seq, text, NULL);
}

guint server_seq(const char *name)
{
    return find(name)->seq;
}

guint server_cursor(const char *name, const char *user, const char *what)
{
    Topic *topic = find(name);

    return cursor(strcmp(what, "read") == 0 ? topic->read : topic->recv, user);
}

GPtrArray *server_texts(const char *name, const char *from)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);

    for (GTreeNode *node = g_tree_node_first(find(name)->messages); node != NULL;
         node = g_tree_node_next(node)) {
        const Stored *stored = g_tree_node_value(node);

        if (strcmp(stored->from, from) == 0)
            g_ptr_array_add(texts, g_strdup(stored->text));
    }
    return texts;
}

void server_mend(void)
{
    g_list_free_full(g_steal_pointer(&faults), fault_free);
}

gboolean server_is_attached(const char *name)
{
    return find(name)->is_attached;
}

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

static void push_data(const Topic *topic, const Stored *stored)
{
    json_t *frame = pack("data", NULL, topic->name);

    json_object_set_new(body_of(frame), "from", json_string(stored->from));
    json_object_set_new(body_of(frame), "ts", json_string("2026-01-02T03:04:05Z"));
    json_object_set_new(body_of(frame), "seq", json_integer(stored->seq));
    if (stored->id != NULL)
        json_object_set_new(body_of(frame), "head",
                            json_pack("{s:s}", "x-purple-tinode-id", stored->id));
    json_object_set_new(body_of(frame), "content", json_string(stored->text));
    push(frame);
}

static json_t *cursors_of(const Topic *topic, const char *user, json_t *row)
{
    const guint read = cursor(topic->read, user), recv = cursor(topic->recv, user);

    if (read > 0)
        json_object_set_new(row, "read", json_integer(read));
    if (recv > 0)
        json_object_set_new(row, "recv", json_integer(recv));
    return row;
}

static const char *mode_of(const Topic *topic)
{
    return is_group(topic) ? "JRWPS" : "JRWPA";
}

static json_t *row_of(const Topic *topic)
{
    json_t *row = json_pack("{s:s,s:{s:s},s:{s:s},s:b}", "topic", topic->name, "public", "fn",
                            topic->fn, "acs", "mode", mode_of(topic), "online", 1);

    if (topic->seq > 0)
        json_object_set_new(row, "seq", json_integer(topic->seq));
    return cursors_of(topic, SELF, row);
}

static void push_members(const Topic *topic, const char *id)
{
    json_t *frame = pack("meta", id, topic->name), *rows = json_array();
    const char *members[4];
    const guint n_members = members_of(topic, members);

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
        push_data(topic, stored);
        count++;
    }
    if (count > 0)
        answer(id, topic->name, 208, "delivered",
               json_pack("{s:s,s:i}", "what", "data", "count", (int)count));
    else
        answer(id, topic->name, 204, "no content", json_pack("{s:s}", "what", "data"));
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
}

static void push_me_rows(const char *id, const char *only)
{
    json_t *frame = pack("meta", id, "me"), *rows = json_array();

    for (guint i = 0; i < order->len; i++)
        if (only == NULL || strcmp(((Topic *)order->pdata[i])->name, only) == 0)
            json_array_append_new(rows, row_of(order->pdata[i]));
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
    const char *id = json_string_value(json_object_get(body, "id"));
    const char *topic = json_string_value(json_object_get(body, "topic"));

    *is_done = TRUE;
    for (GList *link = faults; link != NULL; link = link->next) {
        Fault *fault = link->data;

        if (strcmp(fault->kind, kind) != 0)
            continue;
        *is_done = fault->code == 0;
        if (fault->code > 0)
            answer(id, topic, fault->code, fault->text, NULL);
        if (--fault->n == 0) {
            fault_free(fault);
            faults = g_list_delete_link(faults, link);
        }
        return TRUE;
    }
    return FALSE;
}

static void serve_pub(Topic *topic, json_t *body, gboolean is_silent)
{
    const char *text = json_string_value(json_object_get(body, "content"));
    const char *id =
        json_string_value(json_object_get(json_object_get(body, "head"), "x-purple-tinode-id"));
    const guint seq = topic->seq + 1;

    server_store_id(topic->name, SELF, seq, text != NULL ? text : "", id);
    raise_cursor(topic->read, SELF, seq);
    raise_cursor(topic->recv, SELF, seq);
    if (!is_silent)
        answer(json_string_value(json_object_get(body, "id")), topic->name, 202, "accepted",
               json_pack("{s:i}", "seq", (int)seq));
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
        raise_cursor(strcmp(what, "read") == 0 ? topic->read : topic->recv, SELF, seq);
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
        what = g_strdup_printf(" %s", json_is_string(json_object_get(body, "content"))
                                          ? json_string_value(json_object_get(body, "content"))
                                          : "(document)");
    else
        what = describe_get(get);
    g_ptr_array_add(wire, g_strdup_printf("%s %s%s", kind, name, what));
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
        serve_topic(kind, find(name), body, is_silent);
}

static void answer_all(void)
{
    char *text;

    fake_server_of(account);
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

/* What happens ----------------------------------------------------------------------------------
 */

static char *all_rows(void)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; order != NULL && i < order->len; i++) {
        json_t *row = row_of(order->pdata[i]);
        char *json = json_dumps(row, JSON_COMPACT);

        g_string_append_printf(text, "%s%s", i > 0 ? "," : "", json);
        free(json);
        json_decref(row);
    }
    return g_string_free(text, FALSE);
}

static void detach_all(void)
{
    for (guint i = 0; i < order->len; i++)
        ((Topic *)order->pdata[i])->is_attached = FALSE;
}

PurpleAccount *server_sign_in(void)
{
    g_autofree char *rows = NULL;

    ensure();
    detach_all();
    rows = all_rows();
    account = fake_accounts() != NULL ? fake_accounts()->data : fake_account("alice");
    scene_sign_in_as(account, SELF, rows);
    fake_ignore(FAKE_PROGRESS | FAKE_STATE | FAKE_LIST | FAKE_PRESENCE);
    server_work();
    return account;
}

void server_resume(void)
{
    g_autofree char *rows = NULL;

    detach_all();
    rows = all_rows();
    fake_opened();
    scene_hello();
    fake_sent("{'login':{'scheme':'token'}}");
    fake_reply("{'ctrl':{'code':200,'text':'ok','params':{'user':'usrAlice',"
               "'token':'dG9rZW4='}}}");
    scene_me(rows);
    fake_ignore(FAKE_PROGRESS | FAKE_STATE | FAKE_LIST | FAKE_PRESENCE);
    server_work();
}

guint server_say(const char *name, const char *from, const char *text)
{
    Topic *topic = find(name);
    const guint seq = topic->seq + 1;

    server_store(name, from, seq, text);
    raise_cursor(topic->read, from, seq);
    raise_cursor(topic->recv, from, seq);
    if (!fake_link_is_open())
        return seq;
    if (topic->is_attached)
        push_data(topic, g_tree_lookup(topic->messages, GUINT_TO_POINTER(seq)));
    else if (strcmp(from, SELF) == 0)
        fake_pushf("{'pres':{'topic':'me','src':'%s','what':'msg','seq':%u}}", name, seq);
    else
        fake_pushf("{'pres':{'topic':'me','src':'%s','what':'msg','seq':%u,'act':'%s'}}", name, seq,
                   from);
    server_work();
    return seq;
}

void server_note(const char *name, const char *from, const char *what, guint seq)
{
    Topic *topic = find(name);

    raise_cursor(strcmp(what, "read") == 0 ? topic->read : topic->recv, from, seq);
    if (!fake_link_is_open())
        return;
    if (topic->is_attached)
        fake_pushf("{'info':{'topic':'%s','from':'%s','what':'%s','seq':%u}}", name, from, what,
                   seq);
    else
        fake_pushf("{'info':{'topic':'me','src':'%s','from':'%s','what':'%s','seq':%u}}", name,
                   from, what, seq);
    server_work();
}

static void add_fault(const char *kind, int code, const char *text, guint n)
{
    Fault *fault = g_new0(Fault, 1);

    ensure();
    fault->kind = g_strndup(kind, strcspn(kind, " "));
    fault->code = code;
    fault->text = g_strdup(text);
    fault->n = n;
    faults = g_list_append(faults, fault);
}

void server_refuse(const char *kind, int code, const char *text, guint n)
{
    add_fault(kind, code, text, n);
}

void server_silence(const char *kind, guint n)
{
    add_fault(kind, g_str_has_suffix(kind, " lost") ? -1 : 0, NULL, n);
}

/* What was asked --------------------------------------------------------------------------------
 */

static char *list_wire(const char *prefix)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; wire != NULL && i < wire->len; i++)
        if (g_str_has_prefix(wire->pdata[i], prefix))
            g_string_append_printf(text, "\n    %s", (char *)wire->pdata[i]);
    return g_string_free(text, FALSE);
}

void server_expect(const char *prefix, ...)
{
    g_autofree char *found = list_wire(prefix);
    g_autoptr(GString) wanted = g_string_new(NULL);
    const char *line;
    va_list args;

    va_start(args, prefix);
    while ((line = va_arg(args, const char *)) != NULL)
        g_string_append_printf(wanted, "\n    %s", line);
    va_end(args);
    if (strcmp(found, wanted->str) != 0)
        fake_fail("requests %s:%s\nexpected:%s", prefix, found, wanted->str);
    server_ignore(prefix);
}

void server_ignore(const char *prefix)
{
    for (guint i = 0; wire != NULL && i < wire->len;)
        if (g_str_has_prefix(wire->pdata[i], prefix))
            g_ptr_array_remove_index(wire, i);
        else
            i++;
}

guint server_count(const char *prefix)
{
    guint count = 0;

    for (guint i = 0; wire != NULL && i < wire->len; i++)
        count += g_str_has_prefix(wire->pdata[i], prefix);
    return count;
}
