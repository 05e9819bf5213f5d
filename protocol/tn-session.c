/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-session.c: a session's life, its deadline, and how it tells things without minding what those
 * whom it tells do to it. Part of protocol/.
 */
#include "tn-session-internal.h"

#include <string.h>

/* What the host was told last has come to pass: the next one is told even if it is the same. */
#define DEADLINE_OVER G_MININT64

/* One outcome that has not been told yet. */
typedef struct {
    TnReplyFunc func;
    gpointer user_data;
    TnReply reply; /* strings owned */
} Outcome;

static void outcome_free(gpointer data)
{
    Outcome *outcome = data;

    g_free((char *)outcome->reply.text);
    g_free((char *)outcome->reply.topic);
    g_free(outcome);
}

static Outcome *outcome_new(TnReplyFunc func, gpointer user_data, const TnReply *reply)
{
    Outcome *outcome = g_new0(Outcome, 1);

    outcome->func = func;
    outcome->user_data = user_data;
    outcome->reply = *reply;
    outcome->reply.text = g_strdup(reply->text);
    outcome->reply.topic = g_strdup(reply->topic);
    return outcome;
}

/* Holding and telling
 * ----------------------------------------------------------------------------*/

static gint64 sooner(gint64 a_ms, gint64 b_ms)
{
    if (a_ms < 0 || b_ms < 0)
        return MAX(a_ms, b_ms);
    return MIN(a_ms, b_ms);
}

static void update_deadline(TnSession *session)
{
    gint64 at_ms = sooner(link_deadline(session), topics_deadline(session));

    if (session->deferred.length > 0)
        at_ms = sooner(at_ms, session_now(session));
    if (at_ms == session->told_deadline_ms
        /* Overdue is overdue: no new deadline each time that the clock has moved on. */
        || (session->deferred.length > 0 && session->told_deadline_ms >= 0 &&
            session->told_deadline_ms <= at_ms))
        return;
    session->told_deadline_ms = at_ms;
    session->clock.set_deadline(at_ms, session->user_data);
}

static void session_destroy(TnSession *session)
{
    tn_servers_free(session->servers);
    g_free(session->login);
    g_free(session->agent);
    g_free(session->language);
    g_free(session->ca_file);
    g_free(session->full_name);
    login_clear(session);
    g_free(session->api_key);
    g_free(session->user);
    g_free(session->server_version);
    g_free(session->server_build);
    g_free(session->last.detail);
    g_free(session->last.server);
    tn_requests_free(session->requests);
    tn_line_free(session->line);
    g_hash_table_destroy(session->attached);
    g_hash_table_destroy(session->late);
    g_queue_clear_full(&session->outcomes, outcome_free);
    g_queue_clear_full(&session->deferred, outcome_free);
    g_free(session);
}

void session_enter(TnSession *session)
{
    session->holds++;
}

void session_leave(TnSession *session)
{
    if (!session->is_freed)
        update_deadline(session);
    if (--session->holds == 0)
        session_destroy(session);
}

gboolean session_is_same(const TnSession *session, guint generation)
{
    return !session->is_freed && session->generation == generation;
}

gint64 session_now(const TnSession *session)
{
    return session->clock.now_ms(session->user_data);
}

void session_log(TnSession *session, const char *format, ...)
{
    g_autofree char *line = NULL;
    va_list args;

    if (session->log == NULL)
        return;
    va_start(args, format);
    line = g_strdup_vprintf(format, args);
    va_end(args);
    session->log(line, session->log_data);
}

void session_set_state(TnSession *session, TnSessionState state)
{
    if (session->state == state)
        return;
    session_log(session, "state %s", tn_session_state_name(state));
    session->state = state;
}

gboolean session_tell_phase(TnSession *session)
{
    guint generation = session->generation;

    if (session->events.phase != NULL)
        session->events.phase(session->state, session->user_data);
    return session_is_same(session, generation);
}

gboolean session_send(TnSession *session, char *frame)
{
    gboolean is_taken = tn_transport_send(session->transport, frame, strlen(frame));

    /* Any frame may be a login. */
    tn_secret_free(frame);
    return is_taken;
}

void session_settle_waiters(TnSession *session, const TnRequest *request, const TnReply *reply,
                            gboolean is_history)
{
    for (guint i = 0; i < request->waiters->len; i++) {
        const TnWaiter *waiter = &g_array_index(request->waiters, TnWaiter, i);
        TnReplyFunc func = is_history ? waiter->history : waiter->done;

        if (func != NULL)
            g_queue_push_tail(&session->outcomes, outcome_new(func, waiter->user_data, reply));
    }
}

void session_settle(TnSession *session, TnRequest *request, const TnReply *reply)
{
    session_log(session, "outcome %u %s: %s %d", request->id, request->topic,
                tn_error_name(reply->error), reply->code);
    session_settle_waiters(session, request, reply, FALSE);
    tn_request_free(request);
}

void session_defer(TnSession *session, TnReplyFunc done, gpointer user_data, const char *topic,
                   TnError error)
{
    TnReply reply = {.error = error, .topic = topic};

    if (done != NULL)
        g_queue_push_tail(&session->deferred, outcome_new(done, user_data, &reply));
}

gboolean session_tell_outcomes(TnSession *session)
{
    guint generation = session->generation;
    Outcome *outcome;

    while (!session->is_freed && (outcome = g_queue_pop_head(&session->outcomes)) != NULL) {
        outcome->func(&outcome->reply, outcome->user_data);
        outcome_free(outcome);
    }
    return session_is_same(session, generation);
}

/* Life
 * -------------------------------------------------------------------------------------------*/

TnSession *tn_session_new(TnTransport *transport, const TnSessionConfig *config,
                          const TnClock *clock, const TnSessionEvents *events, gpointer user_data)
{
    TnSession *session = g_new0(TnSession, 1);

    session->transport = transport;
    session->clock = *clock;
    session->events = *events;
    session->user_data = user_data;
    session->servers = tn_servers_parse(config->servers, config->use_tls ? 443 : 80);
    session->login = g_strdup(config->login != NULL ? config->login : "");
    session->password = g_strdup(config->password != NULL ? config->password : "");
    session->agent = g_strdup(config->agent);
    session->language = g_strdup(config->language);
    session->ca_file = g_strdup(config->ca_file);
    session->api_key = g_strdup(config->api_key);
    session->full_name = g_strdup(config->full_name);
    session->is_new = config->is_new;
    reset_keep(session, config->reset);
    session->use_tls = config->use_tls;
    session->resume_ms = config->resume_ms;
    session->holds = 1;
    session->connect_at_ms = session->phase_until_ms = -1;
    session->me_again_at_ms = session->resume_until_ms = -1;
    session->told_deadline_ms = -1;
    session->requests = tn_requests_new();
    session->line = tn_line_new();
    session->attached = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    session->late = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    g_queue_init(&session->outcomes);
    g_queue_init(&session->deferred);
    return session;
}

void tn_session_free(TnSession *session)
{
    if (session == NULL || session->is_freed)
        return;
    session->is_freed = TRUE;
    session->generation++;
    tn_transport_close(session->transport, TRUE);
    tn_transport_free(g_steal_pointer(&session->transport));
    tn_secret_free(g_steal_pointer(&session->password));
    tn_secret_free(g_steal_pointer(&session->token));
    reset_clear(session);
    if (session->told_deadline_ms != -1)
        session->clock.set_deadline(-1, session->user_data);
    session_leave(session);
}

void tn_session_open(TnSession *session)
{
    if (session->state != TN_SESSION_OFF && session->state != TN_SESSION_FAILED)
        return;
    session_enter(session);
    link_open(session);
    session_leave(session);
}

void tn_session_close(TnSession *session)
{
    Outcome *outcome;

    session_enter(session);
    session->generation++;
    session_set_state(session, TN_SESSION_OFF);
    session->connect_at_ms = session->phase_until_ms = -1;
    session->me_again_at_ms = session->resume_until_ms = -1;
    session->signing_id = 0;
    tn_transport_close(session->transport, TRUE);
    topics_drop_all(session);
    while ((outcome = g_queue_pop_head(&session->deferred)) != NULL)
        g_queue_push_tail(&session->outcomes, outcome);
    session_tell_outcomes(session);
    session_leave(session);
}

void tn_session_answer(TnSession *session, const char *answer)
{
    if (session->state != TN_SESSION_CONFIRM || session->is_answered)
        return;
    session_enter(session);
    session->is_answered = TRUE;
    session->answer = g_strdup(answer);
    session->phase_until_ms = session_now(session);
    session_leave(session);
}

void tn_session_tick(TnSession *session)
{
    gint64 now_ms = session_now(session);
    guint generation = session->generation;
    Outcome *outcome;

    session_enter(session);
    if (session->told_deadline_ms >= 0 && session->told_deadline_ms <= now_ms)
        session->told_deadline_ms = DEADLINE_OVER;
    while ((outcome = g_queue_pop_head(&session->deferred)) != NULL)
        g_queue_push_tail(&session->outcomes, outcome);
    session_tell_outcomes(session);
    if (session_is_same(session, generation))
        topics_tick(session, now_ms);
    /* Connecting may begin or end here, with other generations: only a freed one is no session. */
    if (!session->is_freed)
        link_tick(session, now_ms);
    session_leave(session);
}

TnSessionState tn_session_state(const TnSession *session)
{
    return session->state;
}

const char *tn_session_user(const TnSession *session)
{
    return session->user;
}

const char *tn_session_password(const TnSession *session)
{
    return session->password;
}

gboolean tn_session_is_attached(const TnSession *session, const char *topic)
{
    return topic != NULL && g_hash_table_contains(session->attached, topic);
}

const TnTransportCounters *tn_session_counters(const TnSession *session)
{
    return tn_transport_counters(session->transport);
}

guint64 tn_session_resumes(const TnSession *session)
{
    return session->n_resumes;
}

guint64 tn_session_malformed(const TnSession *session)
{
    return session->n_malformed;
}

void tn_session_set_log(TnSession *session, TnSessionLogFunc func, gpointer user_data)
{
    session->log = func;
    session->log_data = user_data;
}

const char *tn_session_state_name(TnSessionState state)
{
    switch (state) {
    case TN_SESSION_OFF:
        return "off";
    case TN_SESSION_CONNECTING:
        return "connecting";
    case TN_SESSION_HELLO:
        return "hello";
    case TN_SESSION_LOGIN:
        return "login";
    case TN_SESSION_CONFIRM:
        return "confirm";
    case TN_SESSION_ATTACHING:
        return "attaching";
    case TN_SESSION_UP:
        return "up";
    case TN_SESSION_BACKOFF:
        return "backoff";
    case TN_SESSION_FAILED:
        return "failed";
    }
    return "unknown";
}
