/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-session-topics.c: requests while the session is up: what waits for what, and which answer is
 * whose. Part of protocol/.
 */
#include "tn-session-internal.h"

#include <string.h>

/* Answers that came late are remembered for so many {sub}s of one connection. */
#define MAX_LATE 256

static const char *const kind_names[] = {
    [TN_REQUEST_SUB] = "sub", [TN_REQUEST_LEAVE] = "leave", [TN_REQUEST_GET] = "get",
    [TN_REQUEST_PUB] = "pub", [TN_REQUEST_NOTE] = "note",   [TN_REQUEST_ACC] = "acc",
    [TN_REQUEST_SET] = "set", [TN_REQUEST_DEL] = "del",
};

/* Sending
 * ----------------------------------------------------------------------------------------*/

void topics_defer_all(TnSession *session, TnRequest *request, TnError error)
{
    for (guint i = 0; i < request->waiters->len; i++) {
        const TnWaiter *waiter = &g_array_index(request->waiters, TnWaiter, i);

        session_defer(session, waiter->done, waiter->user_data, request->topic, error);
    }
    tn_request_free(request);
}

void topics_send(TnSession *session, TnRequest *request, char *frame)
{
    gint64 timeout_ms = request->kind == TN_REQUEST_NOTE ? NOTE_SETTLED_MS : REQUEST_TIMEOUT_MS;

    session_log(session, "> %u %s %s", request->id, kind_names[request->kind], request->topic);
    if (session->server_info.max_message_size > 0 &&
        strlen(frame) > session->server_info.max_message_size) {
        /* The server would end the connection. */
        tn_secret_free(frame);
        topics_defer_all(session, request, TN_ERROR_PERMANENT);
        return;
    }
    if (!session_send(session, frame)) {
        topics_defer_all(session, request, TN_ERROR_OVERLOAD);
        return;
    }
    tn_requests_add(session->requests, request, session_now(session) + timeout_ms);
}

/* The last {sub} for the topic that is not answered, unless a {leave} comes after it; NULL. */
static TnRequest *sub_under_way(TnSession *session, const char *topic)
{
    TnRequest *last = tn_line_last(session->line, topic);

    if (last == NULL && session->in_flight != NULL && strcmp(session->in_flight->topic, topic) == 0)
        last = session->in_flight;
    return last != NULL && last->kind == TN_REQUEST_SUB ? last : NULL;
}

static void send_held(TnSession *session, TnRequest *request)
{
    if (request->kind == TN_REQUEST_GET)
        request->ends_at_first = !tn_session_is_attached(session, request->topic);
    topics_send(session, request, g_steal_pointer(&request->frame));
}

void topics_send_or_hold(TnSession *session, TnRequest *request)
{
    TnRequest *sub = sub_under_way(session, request->topic);

    if (sub != NULL)
        g_queue_push_tail(&sub->held, request);
    else
        send_held(session, request);
}

static char *line_frame(TnRequest *request)
{
    char id[16];

    if (request->frame != NULL)
        return g_steal_pointer(&request->frame);
    g_snprintf(id, sizeof id, "%u", request->id);
    if (request->kind == TN_REQUEST_SUB)
        return tn_encode_sub(id, request->topic, &request->get);
    return tn_encode_leave(id, request->topic, request->is_unsub);
}

/* What waited for a {sub} that failed has not been sent, and says so. */
static void fail_held(TnSession *session, TnRequest *sub, const TnReply *why)
{
    TnReply reply = *why;
    TnRequest *request;

    if (reply.error == TN_ERROR_TIMEOUT)
        reply.error = TN_ERROR_TRANSIENT;
    while ((request = g_queue_pop_head(&sub->held)) != NULL) {
        if (reply.error != TN_ERROR_REDIRECT)
            reply.topic = request->topic;
        session_settle(session, request, &reply);
    }
}

void topics_pump(TnSession *session)
{
    while (session->state == TN_SESSION_UP && session->in_flight == NULL) {
        TnRequest *request = tn_line_take(session->line, session_now(session)), *held;

        if (request == NULL)
            return;
        request->parts = tn_get_parts(&request->get);
        session_log(session, "> %u %s %s", request->id, kind_names[request->kind], request->topic);
        if (session_send(session, line_frame(request))) {
            session->in_flight = request;
            tn_requests_add(session->requests, request, session_now(session) + REQUEST_TIMEOUT_MS);
            return;
        }
        while ((held = g_queue_pop_head(&request->held)) != NULL)
            topics_defer_all(session, held, TN_ERROR_OVERLOAD);
        topics_defer_all(session, request, TN_ERROR_OVERLOAD);
    }
}

/* Answers
 * ----------------------------------------------------------------------------------------*/

static TnReply reply_from(const TnRequest *request, const TnCtrl *ctrl, TnError error)
{
    TnReply reply = {
        .error = error,
        .code = ctrl->code,
        .text = ctrl->text,
        .topic = request->topic,
        .seq = ctrl->seq,
        .count = request->count,
        .acs = ctrl->acs,
    };

    if (error == TN_ERROR_REDIRECT && ctrl->new_topic != NULL)
        reply.topic = ctrl->new_topic;
    return reply;
}

static TnRequest *take_in_flight(TnSession *session)
{
    return tn_requests_steal(session->requests, g_steal_pointer(&session->in_flight));
}

/* A locked topic is asked for again with a new id, from the front of the line. */
static void repeat_locked(TnSession *session)
{
    TnRequest *request = take_in_flight(session);

    request->tries++;
    request->id = tn_requests_next_id(session->requests);
    request->not_before_ms =
        session_now(session) + LOCKED_MIN_MS +
        (gint64)(session->clock.chance(session->user_data) * (LOCKED_MAX_MS - LOCKED_MIN_MS));
    tn_line_push_back(session->line, request);
}

static gboolean wants_history(const TnRequest *request)
{
    for (guint i = 0; i < request->waiters->len; i++) {
        if (g_array_index(request->waiters, TnWaiter, i).history != NULL)
            return request->get.data;
    }
    return FALSE;
}

/* The rest of an attach: its messages under the same id, or after a 304 the whole get, sent anew.
 * Becomes a get of its own, whose waiters are those for history. */
static void follow_sub(TnSession *session, TnRequest *sub, gboolean is_anew)
{
    TnRequest *rest;
    char id[16];

    if (is_anew ? tn_get_parts(&sub->get) == 0 : !wants_history(sub))
        return;
    rest = tn_request_new(TN_REQUEST_GET,
                          is_anew ? tn_requests_next_id(session->requests) : sub->id, sub->topic);
    for (guint i = 0; i < sub->waiters->len; i++) {
        const TnWaiter *waiter = &g_array_index(sub->waiters, TnWaiter, i);

        tn_request_add_waiter(rest, sub->get.data ? waiter->history : NULL, NULL,
                              waiter->user_data);
    }
    rest->count = sub->count;
    rest->parts = wants_history(sub) ? TN_PART_DATA : tn_get_parts(&sub->get);
    if (!is_anew) {
        tn_requests_add(session->requests, rest, session_now(session) + REQUEST_TIMEOUT_MS);
        return;
    }
    g_snprintf(id, sizeof id, "%u", rest->id);
    topics_send(session, rest, tn_encode_get(id, sub->topic, &sub->get));
}

static void sub_succeeded(TnSession *session, const TnCtrl *ctrl)
{
    TnRequest *sub = take_in_flight(session), *held;
    TnReply reply = reply_from(sub, ctrl, TN_OK);
    const char *topic = ctrl->topic != NULL ? ctrl->topic : sub->topic;

    reply.topic = topic;
    g_hash_table_add(session->attached, g_strdup(topic));
    session_settle_waiters(session, sub, &reply, FALSE);
    if (ctrl->code == 304)
        follow_sub(session, sub, TRUE);
    else if (sub->get.data && (sub->parts & TN_PART_DATA) == 0)
        /* In a cluster the end of the messages may come before the 200. */
        session_settle_waiters(session, sub, &reply, TRUE);
    else
        follow_sub(session, sub, FALSE);
    while ((held = g_queue_pop_head(&sub->held)) != NULL)
        send_held(session, held);
    session_log(session, "outcome %u %s: ok %d", sub->id, topic, ctrl->code);
    tn_request_free(sub);
    topics_pump(session);
}

static guint part_of(const char *what)
{
    static const struct {
        const char *what;
        guint part;
    } parts[] = {
        {"desc", TN_PART_DESC}, {"sub", TN_PART_SUB},   {"data", TN_PART_DATA},
        {"del", TN_PART_DEL},   {"tags", TN_PART_TAGS}, {"creds", TN_PART_CRED},
        {"cred", TN_PART_CRED},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (g_strcmp0(what, parts[i].what) == 0)
            return parts[i].part;
    }
    return 0;
}

static gboolean ends_part(const TnCtrl *ctrl)
{
    return (ctrl->code == 204 || ctrl->code == 208) && part_of(ctrl->what) != 0;
}

static gboolean is_new_topic(const char *topic)
{
    return g_str_has_prefix(topic, TN_NEW_GROUP) || g_str_has_prefix(topic, TN_NEW_CHANNEL);
}

static void line_answered(TnSession *session, TnRequest *request, const TnCtrl *ctrl)
{
    TnError error = tn_error_from_ctrl(ctrl->code, ctrl->text, kind_names[request->kind]);
    TnReply reply;

    if (ends_part(ctrl)) {
        request->parts &= ~part_of(ctrl->what);
        if (ctrl->count > request->count)
            request->count = ctrl->count;
        return;
    }
    /* A new topic cannot be locked; its frame has gone. */
    if (ctrl->code == 503 && g_strcmp0(ctrl->text, "locked") == 0 &&
        request->tries < LOCKED_TRIES && !is_new_topic(request->topic)) {
        repeat_locked(session);
        topics_pump(session);
        return;
    }
    if (request->kind == TN_REQUEST_SUB && error == TN_OK) {
        sub_succeeded(session, ctrl);
        return;
    }
    take_in_flight(session);
    reply = reply_from(request, ctrl, error);
    if (request->kind == TN_REQUEST_SUB)
        fail_held(session, request, &reply);
    else if (error == TN_OK || error == TN_ERROR_ATTACH_FIRST)
        g_hash_table_remove(session->attached, request->topic);
    session_settle(session, request, &reply);
    topics_pump(session);
}

static void settle_get(TnSession *session, TnRequest *request, const TnReply *reply)
{
    session_settle(session, tn_requests_steal(session->requests, request), reply);
}

static void get_answered(TnSession *session, TnRequest *request, const TnCtrl *ctrl)
{
    TnError error = tn_error_from_ctrl(ctrl->code, ctrl->text, "get");
    TnReply reply;

    if (part_of(ctrl->what) == TN_PART_DATA && ctrl->count > request->count)
        request->count = ctrl->count;
    if (error == TN_OK) {
        /* An end that names no part ends all. */
        request->parts &= ctrl->what != NULL ? ~part_of(ctrl->what) : 0;
        if (request->parts != 0 && !request->ends_at_first)
            return;
    }
    reply = reply_from(request, ctrl, error);
    settle_get(session, request, &reply);
}

/* {pub}, {set}, {del} */
static void change_answered(TnSession *session, TnRequest *request, const TnCtrl *ctrl)
{
    TnReply reply = reply_from(
        request, ctrl, tn_error_from_ctrl(ctrl->code, ctrl->text, kind_names[request->kind]));

    if (reply.error == TN_ERROR_ATTACH_FIRST || (reply.error == TN_OK && request->is_unsub))
        topics_detached(session, request->topic);
    session_settle(session, tn_requests_steal(session->requests, request), &reply);
}

/* The next login, after a lost link, may be by password. */
static void acc_answered(TnSession *session, TnRequest *request, const TnCtrl *ctrl)
{
    TnReply reply = reply_from(request, ctrl, tn_error_from_ctrl(ctrl->code, ctrl->text, "acc"));

    if (reply.error == TN_OK && tn_topic_kind(session->login) != TN_TOPIC_P2P) {
        tn_secret_free(session->password);
        session->password = g_steal_pointer(&request->secret);
    }
    session_settle(session, tn_requests_steal(session->requests, request), &reply);
}

/* The answer to a {sub} that its callers have given up: the topic must not stay attached with
 * nobody to know of it. */
static void late_answer(TnSession *session, const TnCtrl *ctrl)
{
    guint64 id;
    const char *topic;
    TnRequest *leave;

    if (!g_ascii_string_to_unsigned(ctrl->id, 10, 1, G_MAXUINT32, &id, NULL))
        return;
    topic = g_hash_table_lookup(session->late, GUINT_TO_POINTER((guint)id));
    if (topic == NULL || ctrl->what != NULL)
        return;
    if (tn_error_from_ctrl(ctrl->code, ctrl->text, "sub") == TN_OK &&
        !tn_session_is_attached(session, topic) && sub_under_way(session, topic) == NULL) {
        leave = tn_request_new(TN_REQUEST_LEAVE, tn_requests_next_id(session->requests), topic);
        tn_line_push(session->line, leave);
    }
    g_hash_table_remove(session->late, GUINT_TO_POINTER((guint)id));
    topics_pump(session);
}

void topics_handle_reply(TnSession *session, const TnCtrl *ctrl)
{
    TnRequest *request = tn_requests_find(session->requests, ctrl->id);

    if (ctrl->code == 502) {
        if (request != NULL && request != session->in_flight) {
            TnReply reply = reply_from(request, ctrl, TN_ERROR_TRANSIENT);

            session_settle(session, tn_requests_steal(session->requests, request), &reply);
        }
        link_lose_code(session, TN_CAUSE_SERVER, ctrl->code, ctrl->text);
        return;
    }
    if (request == NULL) {
        late_answer(session, ctrl);
        return;
    }
    switch (request->kind) {
    case TN_REQUEST_SUB:
    case TN_REQUEST_LEAVE:
        line_answered(session, request, ctrl);
        break;
    case TN_REQUEST_GET:
        get_answered(session, request, ctrl);
        break;
    case TN_REQUEST_PUB:
    case TN_REQUEST_SET:
    case TN_REQUEST_DEL:
        change_answered(session, request, ctrl);
        break;
    case TN_REQUEST_ACC:
        acc_answered(session, request, ctrl);
        break;
    case TN_REQUEST_NOTE:
        break; /* its id never left */
    }
    session_tell_outcomes(session);
}

void topics_handle_complaint(TnSession *session, const TnCtrl *ctrl)
{
    TnError error = tn_error_from_ctrl(ctrl->code, ctrl->text, "note");
    g_autoptr(GPtrArray) notes = NULL;

    if (ctrl->code == 502) {
        link_lose_code(session, TN_CAUSE_SERVER, ctrl->code, ctrl->text);
        return;
    }
    if (ctrl->code != 409 && ctrl->code != 503)
        return;
    if (error == TN_ERROR_ATTACH_FIRST && ctrl->topic != NULL &&
        sub_under_way(session, ctrl->topic) == NULL)
        topics_detached(session, ctrl->topic);
    notes = tn_requests_select(session->requests, TN_REQUEST_NOTE, ctrl->topic);
    for (guint i = 0; i < notes->len; i++) {
        TnRequest *note = g_ptr_array_index(notes, i);
        TnReply reply = reply_from(note, ctrl, error);

        session_settle(session, tn_requests_steal(session->requests, note), &reply);
    }
    session_tell_outcomes(session);
}

void topics_handle_meta(TnSession *session, const TnMeta *meta)
{
    TnRequest *request = tn_requests_find(session->requests, meta->id);
    TnReply reply;

    if (request == NULL || request->kind != TN_REQUEST_GET)
        return;
    request->parts &=
        ~((meta->desc != NULL ? TN_PART_DESC : 0u) | (meta->has_subs ? TN_PART_SUB : 0u) |
          (meta->has_del ? TN_PART_DEL : 0u) | (meta->has_tags ? TN_PART_TAGS : 0u) |
          (meta->has_cred ? TN_PART_CRED : 0u));
    if (request->parts != 0 && !request->ends_at_first)
        return;
    reply =
        (TnReply){.error = TN_OK, .code = 200, .topic = request->topic, .count = request->count};
    settle_get(session, request, &reply);
    session_tell_outcomes(session);
}

/* Messages that come are a sign of life of the gets that wait for their end. */
void topics_handle_data(TnSession *session, const TnData *data)
{
    g_autoptr(GPtrArray) gets = tn_requests_select(session->requests, TN_REQUEST_GET, data->topic);

    for (guint i = 0; i < gets->len; i++) {
        TnRequest *get = g_ptr_array_index(gets, i);

        if ((get->parts & TN_PART_DATA) != 0)
            tn_requests_postpone(session->requests, get, session_now(session) + REQUEST_TIMEOUT_MS);
    }
}

void topics_detached(TnSession *session, const char *topic)
{
    if (strcmp(topic, "me") != 0)
        g_hash_table_remove(session->attached, topic);
}

/* The end of all --------------------------------------------------------------------------------*/

static void drop(TnSession *session, TnRequest *request)
{
    TnReply reply = {.error = TN_ERROR_TRANSIENT, .topic = request->topic};

    fail_held(session, request, &reply);
    session_settle(session, request, &reply);
}

void topics_drop_all(TnSession *session)
{
    TnRequest *request;

    session->in_flight = NULL;
    while ((request = tn_requests_first(session->requests)) != NULL)
        drop(session, tn_requests_steal(session->requests, request));
    while ((request = tn_line_pop(session->line)) != NULL)
        drop(session, request);
    g_hash_table_remove_all(session->attached);
    g_hash_table_remove_all(session->late);
}

/* Time
 * -------------------------------------------------------------------------------------------*/

static void time_out(TnSession *session, TnRequest *request)
{
    TnReply reply = {.topic = request->topic, .count = request->count};

    reply.error = request->kind == TN_REQUEST_NOTE ? TN_OK : TN_ERROR_TIMEOUT;
    if (request == session->in_flight) {
        session->in_flight = NULL;
        if (request->kind == TN_REQUEST_SUB) {
            fail_held(session, request, &reply);
            if (g_hash_table_size(session->late) < MAX_LATE)
                g_hash_table_insert(session->late, GUINT_TO_POINTER(request->id),
                                    g_strdup(request->topic));
        }
    }
    session_settle(session, request, &reply);
}

void topics_tick(TnSession *session, gint64 now_ms)
{
    TnRequest *request;

    while ((request = tn_requests_first(session->requests)) != NULL &&
           request->deadline_ms <= now_ms)
        time_out(session, tn_requests_steal(session->requests, request));
    topics_pump(session);
    session_tell_outcomes(session);
}

gint64 topics_deadline(const TnSession *session)
{
    const TnRequest *first = tn_requests_first(session->requests);
    gint64 wake_ms = session->in_flight == NULL ? tn_line_wake(session->line) : -1;

    if (first == NULL)
        return wake_ms;
    return wake_ms < 0 ? first->deadline_ms : MIN(wake_ms, first->deadline_ms);
}

/* Asking
 * -----------------------------------------------------------------------------------------*/

gboolean topics_are_up(TnSession *session, const char *topic, TnReplyFunc done, gpointer user_data)
{
    if (session->state == TN_SESSION_UP)
        return TRUE;
    session_defer(session, done, user_data, topic, TN_ERROR_TRANSIENT);
    return FALSE;
}

TnRequest *topics_request(TnSession *session, TnRequestKind kind, const char *topic,
                          TnReplyFunc done, gpointer user_data)
{
    TnRequest *request = tn_request_new(kind, tn_requests_next_id(session->requests), topic);

    tn_request_add_waiter(request, done, NULL, user_data);
    return request;
}

void tn_session_attach(TnSession *session, const char *topic, const TnGet *get, gboolean is_urgent,
                       TnReplyFunc attached, TnReplyFunc history, gpointer user_data)
{
    TnRequest *request;

    session_enter(session);
    if (topics_are_up(session, topic, attached, user_data)) {
        request = tn_line_last(session->line, topic);
        if (request == NULL || request->kind != TN_REQUEST_SUB) {
            request = topics_request(session, TN_REQUEST_SUB, topic, NULL, NULL);
            request->is_urgent = is_urgent;
            tn_line_push(session->line, request);
        } else if (is_urgent && !request->is_urgent) {
            request->is_urgent = TRUE;
            tn_line_push(session->line, tn_line_steal(session->line, request));
        }
        tn_request_add_waiter(request, attached, history, user_data);
        tn_get_merge(&request->get, get);
        topics_pump(session);
    }
    session_leave(session);
}

/* TRUE: there is nothing left to leave. */
static gboolean withdraw_attach(TnSession *session, const char *topic)
{
    TnRequest *last = tn_line_last(session->line, topic), *held;
    gboolean is_waiting = last != NULL && last->kind == TN_REQUEST_SUB;

    if (is_waiting) {
        tn_line_steal(session->line, last);
        while ((held = g_queue_pop_head(&last->held)) != NULL)
            topics_defer_all(session, held, TN_ERROR_TRANSIENT);
        topics_defer_all(session, last, TN_ERROR_TRANSIENT);
    }
    return is_waiting && !tn_session_is_attached(session, topic) &&
           tn_line_last(session->line, topic) == NULL &&
           (session->in_flight == NULL || strcmp(session->in_flight->topic, topic) != 0);
}

void tn_session_leave(TnSession *session, const char *topic, gboolean is_unsub, TnReplyFunc done,
                      gpointer user_data)
{
    session_enter(session);
    if (topics_are_up(session, topic, done, user_data)) {
        TnRequest *request;

        if (withdraw_attach(session, topic) && !is_unsub) {
            session_defer(session, done, user_data, topic, TN_OK);
        } else {
            request = tn_line_last(session->line, topic);
            if (request == NULL) {
                request = topics_request(session, TN_REQUEST_LEAVE, topic, NULL, NULL);
                tn_line_push(session->line, request);
            }
            tn_request_add_waiter(request, done, NULL, user_data);
            request->is_unsub |= is_unsub;
            topics_pump(session);
        }
    }
    session_leave(session);
}
