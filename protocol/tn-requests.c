/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-requests.c: requests, their table and their line. Part of protocol/; pure.
 */
#include "tn-requests.h"

#include <string.h>

#include "tn-codec.h"

TnRequest *tn_request_new(TnRequestKind kind, guint32 id, const char *topic)
{
    TnRequest *request = g_new0(TnRequest, 1);

    request->kind = kind;
    request->id = id;
    request->topic = g_strdup(topic);
    request->waiters = g_array_new(FALSE, FALSE, sizeof(TnWaiter));
    g_queue_init(&request->held);
    return request;
}

static void request_free(gpointer data)
{
    tn_request_free(data);
}

void tn_request_free(TnRequest *request)
{
    if (request == NULL)
        return;
    g_queue_clear_full(&request->held, request_free);
    tn_get_clear(&request->get);
    g_array_free(request->waiters, TRUE);
    g_free(request->frame);
    tn_secret_free(request->secret);
    g_free(request->topic);
    g_free(request);
}

void tn_request_add_waiter(TnRequest *request, TnReplyFunc done, TnReplyFunc history,
                           gpointer user_data)
{
    TnWaiter waiter = {done, history, user_data};

    if (done != NULL || history != NULL)
        g_array_append_val(request->waiters, waiter);
}

guint tn_get_parts(const TnGet *get)
{
    if (get == NULL)
        return 0;
    return (get->desc ? TN_PART_DESC : 0) | (get->sub ? TN_PART_SUB : 0) |
           (get->data ? TN_PART_DATA : 0) | (get->del ? TN_PART_DEL : 0) |
           (get->tags ? TN_PART_TAGS : 0) | (get->cred ? TN_PART_CRED : 0);
}

/* is_first: nobody asked for this part before, so the other's filter is the filter. */
static void merge_filter(const char **into, const char *other, gboolean is_first)
{
    char *old = (char *)*into;

    if (is_first)
        *into = g_strdup(other);
    else if (g_strcmp0(old, other) == 0)
        return;
    else
        *into = NULL;
    g_free(old);
}

/* 0 stands for "no bound", which is wider than any. */
static guint32 wider_low(guint32 a, guint32 b, gboolean is_first)
{
    return is_first ? b : MIN(a, b);
}

static guint32 wider_high(guint32 a, guint32 b, gboolean is_first)
{
    if (is_first)
        return b;
    return a == 0 || b == 0 ? 0 : MAX(a, b);
}

void tn_get_merge(TnGet *into, const TnGet *other)
{
    if (other == NULL)
        return;
    if (other->sub) {
        merge_filter(&into->sub_user, other->sub_user, !into->sub);
        merge_filter(&into->sub_topic, other->sub_topic, !into->sub);
        merge_filter(&into->ims, other->ims, !into->sub);
        into->sub_limit = wider_high(into->sub_limit, other->sub_limit, !into->sub);
    }
    if (other->data) {
        into->data_since = wider_low(into->data_since, other->data_since, !into->data);
        into->data_before = wider_high(into->data_before, other->data_before, !into->data);
        into->data_limit = wider_high(into->data_limit, other->data_limit, !into->data);
    }
    if (other->del)
        into->del_since = wider_low(into->del_since, other->del_since, !into->del);
    into->desc |= other->desc;
    into->sub |= other->sub;
    into->data |= other->data;
    into->del |= other->del;
    into->tags |= other->tags;
    into->cred |= other->cred;
}

void tn_get_clear(TnGet *get)
{
    g_free((char *)get->sub_user);
    g_free((char *)get->sub_topic);
    g_free((char *)get->ims);
    *get = (TnGet){0};
}

/* The table -------------------------------------------------------------------------------------*/

struct _TnRequests {
    GHashTable *by_id; /* id -> TnRequest, owned by by_deadline */
    GSequence *by_deadline;
    guint32 last_id;
};

TnRequests *tn_requests_new(void)
{
    TnRequests *table = g_new0(TnRequests, 1);

    table->by_id = g_hash_table_new(NULL, NULL);
    table->by_deadline = g_sequence_new(NULL);
    return table;
}

void tn_requests_free(TnRequests *table)
{
    TnRequest *request;

    if (table == NULL)
        return;
    while ((request = tn_requests_first(table)) != NULL)
        tn_request_free(tn_requests_steal(table, request));
    g_sequence_free(table->by_deadline);
    g_hash_table_destroy(table->by_id);
    g_free(table);
}

guint32 tn_requests_next_id(TnRequests *table)
{
    return ++table->last_id;
}

static int compare_due(gconstpointer a, gconstpointer b, gpointer user_data)
{
    const TnRequest *left = a, *right = b;

    (void)user_data;
    if (left->deadline_ms != right->deadline_ms)
        return left->deadline_ms < right->deadline_ms ? -1 : 1;
    return left->id < right->id ? -1 : left->id > right->id;
}

void tn_requests_add(TnRequests *table, TnRequest *request, gint64 deadline_ms)
{
    request->deadline_ms = deadline_ms;
    request->due = g_sequence_insert_sorted(table->by_deadline, request, compare_due, NULL);
    g_hash_table_insert(table->by_id, GUINT_TO_POINTER(request->id), request);
}

void tn_requests_postpone(TnRequests *table, TnRequest *request, gint64 deadline_ms)
{
    (void)table;
    request->deadline_ms = deadline_ms;
    g_sequence_sort_changed(request->due, compare_due, NULL);
}

TnRequest *tn_requests_find(const TnRequests *table, const char *id)
{
    guint64 number;

    if (id == NULL || !g_ascii_string_to_unsigned(id, 10, 1, G_MAXUINT32, &number, NULL))
        return NULL;
    return g_hash_table_lookup(table->by_id, GUINT_TO_POINTER((guint)number));
}

TnRequest *tn_requests_first(const TnRequests *table)
{
    GSequenceIter *first = g_sequence_get_begin_iter(table->by_deadline);

    return g_sequence_iter_is_end(first) ? NULL : g_sequence_get(first);
}

TnRequest *tn_requests_steal(TnRequests *table, TnRequest *request)
{
    g_hash_table_remove(table->by_id, GUINT_TO_POINTER(request->id));
    g_sequence_remove(request->due);
    request->due = NULL;
    return request;
}

GPtrArray *tn_requests_select(const TnRequests *table, TnRequestKind kind, const char *topic)
{
    GPtrArray *selected = g_ptr_array_new();
    GSequenceIter *i = g_sequence_get_begin_iter(table->by_deadline);

    for (; !g_sequence_iter_is_end(i); i = g_sequence_iter_next(i)) {
        TnRequest *request = g_sequence_get(i);

        if (request->kind == kind && (topic == NULL || strcmp(request->topic, topic) == 0))
            g_ptr_array_add(selected, request);
    }
    return selected;
}

guint tn_requests_size(const TnRequests *table)
{
    return g_hash_table_size(table->by_id);
}

/* The line --------------------------------------------------------------------------------------*/

struct _TnLine {
    GQueue queue; /* TnRequest, owned */
};

TnLine *tn_line_new(void)
{
    TnLine *line = g_new0(TnLine, 1);

    g_queue_init(&line->queue);
    return line;
}

void tn_line_free(TnLine *line)
{
    if (line == NULL)
        return;
    g_queue_clear_full(&line->queue, request_free);
    g_free(line);
}

static void push_urgent(TnLine *line, TnRequest *request)
{
    GList *link = line->queue.head;

    while (link != NULL && ((TnRequest *)link->data)->is_urgent)
        link = link->next;
    request->is_urgent = TRUE;
    g_queue_insert_before(&line->queue, link, request);
}

static void hurry_topic(TnLine *line, const char *topic)
{
    for (GList *link = line->queue.head, *next; link != NULL; link = next) {
        TnRequest *request = link->data;

        next = link->next;
        if (request->is_urgent || strcmp(request->topic, topic) != 0)
            continue;
        g_queue_delete_link(&line->queue, link);
        push_urgent(line, request);
    }
}

void tn_line_push(TnLine *line, TnRequest *request)
{
    if (!request->is_urgent) {
        g_queue_push_tail(&line->queue, request);
        return;
    }
    hurry_topic(line, request->topic);
    push_urgent(line, request);
}

void tn_line_push_back(TnLine *line, TnRequest *request)
{
    g_queue_push_head(&line->queue, request);
}

TnRequest *tn_line_last(const TnLine *line, const char *topic)
{
    for (GList *link = line->queue.tail; link != NULL; link = link->prev) {
        TnRequest *request = link->data;

        if (strcmp(request->topic, topic) == 0)
            return request;
    }
    return NULL;
}

/* Whether another one for the same topic stands before it. */
static gboolean is_overtaking(const TnLine *line, const GList *link)
{
    const TnRequest *request = link->data;

    for (const GList *before = line->queue.head; before != link; before = before->next) {
        if (strcmp(((const TnRequest *)before->data)->topic, request->topic) == 0)
            return TRUE;
    }
    return FALSE;
}

TnRequest *tn_line_take(TnLine *line, gint64 now_ms)
{
    for (GList *link = line->queue.head; link != NULL; link = link->next) {
        TnRequest *request = link->data;

        if (request->not_before_ms > now_ms || is_overtaking(line, link))
            continue;
        g_queue_delete_link(&line->queue, link);
        return request;
    }
    return NULL;
}

TnRequest *tn_line_pop(TnLine *line)
{
    return g_queue_pop_head(&line->queue);
}

TnRequest *tn_line_steal(TnLine *line, TnRequest *request)
{
    g_queue_remove(&line->queue, request);
    return request;
}

gint64 tn_line_wake(const TnLine *line)
{
    gint64 wake_ms = -1;

    for (GList *link = line->queue.head; link != NULL; link = link->next) {
        const TnRequest *request = link->data;

        if (request->not_before_ms > 0 && (wake_ms < 0 || request->not_before_ms < wake_ms))
            wake_ms = request->not_before_ms;
    }
    return wake_ms;
}
