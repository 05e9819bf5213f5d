/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-server.c: what the server knows, and what happens to it. */
#include "fake-server-internal.h"

#include <string.h>

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
    json_decref(stored->head);
    g_free(stored);
}

static void topic_free(gpointer data)
{
    Topic *topic = data;

    g_free(topic->name);
    g_free(topic->fn);
    g_free(topic->mode);
    g_hash_table_destroy(topic->recv);
    g_hash_table_destroy(topic->read);
    g_array_unref(topic->deleted);
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

Topic *server_find(const char *name)
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

gboolean server_is_group(const Topic *topic)
{
    return strncmp(topic->name, "grp", 3) == 0;
}

guint server_members(const Topic *topic, const char **members)
{
    members[0] = SELF;
    members[1] = server_is_group(topic) ? BOB : topic->name;
    members[2] = CAROL;
    members[3] = DAVE;
    return server_is_group(topic) ? 4 : 2;
}

guint server_cursor_of(GHashTable *cursors, const char *user)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(cursors, user));
}

void server_raise(GHashTable *cursors, const char *user, guint seq)
{
    if (server_cursor_of(cursors, user) < seq)
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
    topic->deleted = g_array_new(FALSE, FALSE, sizeof(guint));
    topic->messages = g_tree_new_full(by_seq, NULL, NULL, stored_free);
    n_members = server_members(topic, members);
    for (guint i = 0; i < n_members; i++) {
        server_raise(topic->recv, members[i], read);
        server_raise(topic->read, members[i], read);
    }
    g_hash_table_insert(topics, topic->name, topic);
    g_ptr_array_add(order, topic);
}

void server_store_head(const char *name, const char *from, guint seq, const char *text,
                       json_t *head)
{
    Topic *topic = server_find(name);
    Stored *stored = g_new0(Stored, 1);

    stored->seq = seq;
    stored->from = g_strdup(from);
    stored->text = g_strdup(text);
    stored->head = json_incref(head);
    g_tree_insert(topic->messages, GUINT_TO_POINTER(seq), stored);
    topic->seq = MAX(topic->seq, seq);
}

void server_store(const char *name, const char *from, guint seq, const char *text)
{
    server_store_head(name, from, seq, text, NULL);
}

void server_store_edit(const char *name, const char *from, guint seq, guint target,
                       const char *text)
{
    g_autofree char *replace = g_strdup_printf(":%u", target);
    json_t *head = json_pack("{s:s}", "replace", replace);

    server_store_head(name, from, seq, text, head);
    json_decref(head);
}

void server_mode(const char *name, const char *mode)
{
    Topic *topic = server_find(name);

    g_free(topic->mode);
    topic->mode = g_strdup(mode);
}

void server_keep(const char *name)
{
    server_find(name)->keeps = TRUE;
}

guint server_seq(const char *name)
{
    return server_find(name)->seq;
}

guint server_cursor(const char *name, const char *user, const char *what)
{
    Topic *topic = server_find(name);

    return server_cursor_of(strcmp(what, "read") == 0 ? topic->read : topic->recv, user);
}

GPtrArray *server_texts(const char *name, const char *from)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);

    for (GTreeNode *node = g_tree_node_first(server_find(name)->messages); node != NULL;
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
    return server_find(name)->is_attached;
}

GPtrArray *server_all_topics(void)
{
    return order;
}

PurpleAccount *server_account(void)
{
    return account;
}

void server_log(char *line)
{
    g_ptr_array_add(wire, line);
}

gboolean server_take_fault(const char *kind, int *code, char **text)
{
    for (GList *link = faults; link != NULL; link = link->next) {
        Fault *fault = link->data;

        if (strcmp(fault->kind, kind) != 0)
            continue;
        *code = fault->code;
        *text = g_strdup(fault->text);
        if (--fault->n == 0) {
            fault_free(fault);
            faults = g_list_delete_link(faults, link);
        }
        return TRUE;
    }
    return FALSE;
}

/* What happens ----------------------------------------------------------------------------------
 */

static char *all_rows(void)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; order != NULL && i < order->len; i++) {
        json_t *row = server_row(order->pdata[i]);
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

static void tell_message(Topic *topic, guint seq, const char *from)
{
    server_raise(topic->read, from, seq);
    server_raise(topic->recv, from, seq);
    if (!fake_link_is_open())
        return;
    if (topic->is_attached)
        server_push_data(topic, g_tree_lookup(topic->messages, GUINT_TO_POINTER(seq)));
    else if (strcmp(from, SELF) == 0)
        fake_pushf("{'pres':{'topic':'me','src':'%s','what':'msg','seq':%u}}", topic->name, seq);
    else
        fake_pushf("{'pres':{'topic':'me','src':'%s','what':'msg','seq':%u,'act':'%s'}}",
                   topic->name, seq, from);
    server_work();
}

guint server_say(const char *name, const char *from, const char *text)
{
    const guint seq = server_seq(name) + 1;

    server_store(name, from, seq, text);
    tell_message(server_find(name), seq, from);
    return seq;
}

guint server_edit(const char *name, const char *from, guint target, const char *text)
{
    const guint seq = server_seq(name) + 1;

    server_store_edit(name, from, seq, target, text);
    tell_message(server_find(name), seq, from);
    return seq;
}

void server_note(const char *name, const char *from, const char *what, guint seq)
{
    Topic *topic = server_find(name);

    server_raise(strcmp(what, "read") == 0 ? topic->read : topic->recv, from, seq);
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

void server_remove(Topic *topic, guint low, guint high)
{
    for (guint seq = low; seq <= high && !topic->keeps; seq++)
        g_tree_remove(topic->messages, GUINT_TO_POINTER(seq));
    g_array_append_val(topic->deleted, low);
    g_array_append_val(topic->deleted, high);
    topic->clear++;
}

/* Told as the server does: with the ranges where attached, else a number on me. */
void server_delete(const char *name, guint low, guint high)
{
    Topic *topic = server_find(name);

    server_remove(topic, low, high);
    if (!fake_link_is_open())
        return;
    if (topic->is_attached)
        fake_pushf("{'pres':{'topic':'%s','src':'%s','what':'del','clear':%u,"
                   "'delseq':[{'low':%u,'hi':%u}]}}",
                   name, server_is_group(topic) ? BOB : name, topic->clear, low, high + 1);
    else
        fake_pushf("{'pres':{'topic':'me','src':'%s','what':'del','clear':%u}}", name,
                   topic->clear);
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
