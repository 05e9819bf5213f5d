/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-session-link.c: connecting, hello, me; losing the link and coming back. The rows of the table
 * in tn-session.h are here, but those of LOGIN and CONFIRM. Part of protocol/.
 */
#include "tn-session-internal.h"

#include <string.h>

static gboolean is_transient(TnError error)
{
    return error == TN_ERROR_TRANSIENT || error == TN_ERROR_OVERLOAD || error == TN_ERROR_TIMEOUT ||
           error == TN_OK;
}

static gboolean is_signing_in(const TnSession *session)
{
    return session->state == TN_SESSION_HELLO || session->state == TN_SESSION_LOGIN ||
           session->state == TN_SESSION_CONFIRM || session->state == TN_SESSION_ATTACHING;
}

/* The end of a connection
 * ------------------------------------------------------------------------*/

static void keep_failure(TnSession *session, const TnFailure *why)
{
    KeptFailure *last = &session->last;
    char *detail = g_strdup(why->detail);
    char *server = g_strdup(session->server != NULL ? session->server->label : why->server);

    g_free(last->detail);
    g_free(last->server);
    last->failure = *why;
    last->failure.detail = last->detail = detail;
    last->failure.server = last->server = server;
    session_log(session, "lost %s: %s %d %s", server != NULL ? server : "-",
                tn_cause_name(why->cause), why->code, detail != NULL ? detail : "");
}

static void end_connection(TnSession *session, TnSessionState next)
{
    session->generation++;
    session->connect_at_ms = session->phase_until_ms = session->me_again_at_ms = -1;
    session->signing_id = 0;
    session_set_state(session, next);
    tn_transport_close(session->transport, FALSE);
    topics_drop_all(session);
}

static void give_up(TnSession *session)
{
    session->resume_until_ms = -1;
    if (!session_tell_outcomes(session))
        return;
    if (session->events.failed != NULL)
        session->events.failed(&session->last.failure, session->user_data);
}

void link_fail(TnSession *session, const TnFailure *why)
{
    keep_failure(session, why);
    end_connection(session, TN_SESSION_FAILED);
    give_up(session);
}

/* Before the first UP nothing is to be resumed, but another node may answer. An unanswered {acc}
 * may have made the account: repeated it would be told that the name is taken. */
static gboolean may_try_next_server(const TnSession *session)
{
    return session->first_tries < tn_servers_count(session->servers) &&
           !((session->is_new || reset_is_final(session)) && session->state == TN_SESSION_LOGIN);
}

void link_lose(TnSession *session, const TnFailure *why)
{
    gint64 now_ms = session_now(session);
    gboolean is_loss = session->state == TN_SESSION_UP;
    gboolean is_first = is_loss || session->state == TN_SESSION_CONFIRM;

    if (!is_transient(why->error) || (!session->was_up && !may_try_next_server(session))) {
        link_fail(session, why);
        return;
    }
    keep_failure(session, why);
    if (is_first && session->was_up)
        session->resume_until_ms = now_ms + session->resume_ms;
    if (is_loss && now_ms - session->up_since_ms >= LASTING_UP_MS)
        tn_backoff_reset(&session->backoff);
    end_connection(session, TN_SESSION_BACKOFF);
    session->connect_at_ms = now_ms;
    if (session->was_up) {
        session->connect_at_ms +=
            tn_backoff_next(&session->backoff, session->clock.chance(session->user_data));
        session_log(session, "again in %" G_GINT64_FORMAT " ms", session->connect_at_ms - now_ms);
    }
    if (session_tell_outcomes(session) && is_loss && session->events.down != NULL)
        session->events.down(&session->last.failure, session->user_data);
}

void link_lose_code(TnSession *session, TnCause cause, int code, const char *detail)
{
    TnFailure why = {TN_ERROR_TRANSIENT, cause, code, detail, NULL};

    link_lose(session, &why);
}

void link_refuse(TnSession *session, TnCause cause, const TnCtrl *ctrl, const char *what)
{
    TnFailure why = {tn_error_from_ctrl(ctrl->code, ctrl->text, what), cause, ctrl->code,
                     ctrl->text, NULL};

    link_lose(session, &why);
}

void link_refuse_malformed(TnSession *session, const char *detail)
{
    link_lose_code(session, TN_CAUSE_MALFORMED, 0, detail);
}

/* Connecting
 * -------------------------------------------------------------------------------------*/

void link_open(TnSession *session)
{
    session->generation++;
    session->was_up = FALSE;
    session->first_tries = 0;
    session->server = NULL;
    session->resume_until_ms = -1;
    session->connect_at_ms = session_now(session);
    tn_backoff_reset(&session->backoff);
    login_restart(session);
    session_set_state(session, TN_SESSION_CONNECTING);
}

static void connect_next(TnSession *session)
{
    TnEndpoint endpoint;

    session->connect_at_ms = -1;
    if (session->servers == NULL) {
        TnFailure why = {TN_ERROR_PERMANENT, TN_CAUSE_CONFIG, 0, "list of servers", NULL};

        link_fail(session, &why);
        return;
    }
    session->generation++;
    session->first_tries++;
    session->server = tn_servers_next(session->servers);
    session->phase_until_ms = session_now(session) + CONNECT_GUARD_MS;
    session_set_state(session, TN_SESSION_CONNECTING);
    session_log(session, "connect %s", session->server->label);
    if (!session_tell_phase(session))
        return;
    endpoint = (TnEndpoint){session->server->host, session->server->port, session->use_tls,
                            session->ca_file, session->api_key};
    tn_transport_open(session->transport, &endpoint, &session_transport_events, session);
}

void link_begin_phase(TnSession *session, TnSessionState state, char *frame)
{
    session->phase_until_ms = session_now(session) + PHASE_TIMEOUT_MS;
    session_set_state(session, state);
    session_log(session, "> %u", session->signing_id);
    if (!session_send(session, frame)) {
        link_lose_code(session, TN_CAUSE_CLOSED, 0, "not sent");
        return;
    }
    session_tell_phase(session);
}

const char *link_new_id(TnSession *session, char *text, gsize size)
{
    session->signing_id = tn_requests_next_id(session->requests);
    g_snprintf(text, size, "%u", session->signing_id);
    return text;
}

static void say_hi(TnSession *session)
{
    char id[16];

    link_begin_phase(session, TN_SESSION_HELLO,
                     tn_encode_hi(link_new_id(session, id, sizeof id), TN_PROTOCOL_VERSION,
                                  session->agent, session->language));
}

static const TnGet me_get = {.desc = TRUE, .sub = TRUE};

void link_attach_me(TnSession *session)
{
    char id[16];

    session->me_missing = ME_CTRL | ME_DESC | ME_ROWS;
    session->me_tries = session->me_pages = 0;
    session->me_since_ms = session->me_newest_ms = session->me_next_ms = 0;
    link_begin_phase(session, TN_SESSION_ATTACHING,
                     tn_encode_sub(link_new_id(session, id, sizeof id), "me", &me_get));
}

/* Within the phase that runs: the same {sub} again, or the get that a 304 left undone. */
static void ask_me_again(TnSession *session, gboolean is_get)
{
    char text[16];
    const char *id = link_new_id(session, text, sizeof text);

    session->me_again_at_ms = -1;
    if (!session_send(session,
                      is_get ? tn_encode_get(id, "me", &me_get) : tn_encode_sub(id, "me", &me_get)))
        link_lose_code(session, TN_CAUSE_CLOSED, 0, "not sent");
}

/* Answers
 * ----------------------------------------------------------------------------------------*/

static void keep_server_info(TnSession *session, const TnCtrl *ctrl)
{
    g_free(session->server_version);
    g_free(session->server_build);
    session->server_version = g_strdup(ctrl->server_version);
    session->server_build = g_strdup(ctrl->server_build);
    session->server_info.version = session->server_version;
    session->server_info.build = session->server_build;
    session->server_info.max_message_size = ctrl->max_message_size;
    session->server_info.max_subscriber_count = ctrl->max_subscriber_count;
    session->server_info.max_file_size = ctrl->max_file_size;
}

static void handle_hello(TnSession *session, const TnCtrl *ctrl)
{
    if (ctrl->code == 505) {
        link_refuse(session, TN_CAUSE_VERSION, ctrl, "hi");
    } else if (ctrl->code < 200 || ctrl->code > 299) {
        link_refuse(session, TN_CAUSE_SERVER, ctrl, "hi");
    } else {
        keep_server_info(session, ctrl);
        login_keep_required(session, ctrl->required);
        login_begin(session, ctrl);
    }
}

static void come_up(TnSession *session)
{
    session->phase_until_ms = session->resume_until_ms = -1;
    session->signing_id = 0;
    session->up_since_ms = session_now(session);
    if (session->was_up)
        session->n_resumes++;
    session->was_up = TRUE;
    g_hash_table_add(session->attached, g_strdup("me"));
    session_set_state(session, TN_SESSION_UP);
    if (session->events.up != NULL)
        session->events.up(&session->server_info, session->user_data);
}

/* The rows changed after a time, oldest first. */
static void ask_me_page(TnSession *session)
{
    g_autofree char *since = tn_time_format(session->me_next_ms);
    const TnGet get = {.sub = TRUE, .ims = since};
    char id[16];

    session->me_pages++;
    session->me_since_ms = session->me_next_ms;
    session->me_next_ms = 0;
    session->me_missing = ME_ROWS;
    link_begin_phase(session, TN_SESSION_ATTACHING,
                     tn_encode_get(link_new_id(session, id, sizeof id), "me", &get));
}

/* The next page only when all of the last answer is there: each has an id of its own. */
static void me_part_came(TnSession *session, guint parts)
{
    session->me_missing &= ~parts;
    if (session->me_missing != 0)
        return;
    if (session->me_next_ms == 0)
        come_up(session);
    else
        ask_me_page(session);
}

static gint64 newest_change(const TnMeta *meta)
{
    gint64 newest_ms = 0;

    for (gsize i = 0; i < meta->n_subs; i++) {
        const TnRow *row = &meta->subs[i];

        newest_ms = MAX(newest_ms, MAX(row->updated_ms, MAX(row->touched_ms, row->deleted_ms)));
    }
    return newest_ms;
}

/* Decides whether a page follows. The first answer has no order, so that the pages begin with the
 * oldest row. A page may end amid rows of one time: the next begins with that time again; where
 * that brings nothing but them once more it is skipped. */
static void me_rows_came(TnSession *session, const TnMeta *meta)
{
    gint64 newest_ms = newest_change(meta);
    gboolean is_long = meta->n_subs >= ME_LONG_ROWS;

    if (session->me_pages == ME_MAX_PAGES)
        session_log(session, "me: too many rows");
    else if (session->me_pages == 0)
        session->me_next_ms = is_long ? 1 : 0;
    else if (newest_ms > session->me_newest_ms)
        session->me_next_ms = newest_ms - 1;
    else if (is_long && newest_ms > session->me_since_ms)
        session->me_next_ms = newest_ms;
    if (session->me_pages > 0)
        session->me_newest_ms = MAX(session->me_newest_ms, newest_ms);
}

static guint me_part(const char *what)
{
    if (what == NULL)
        return ME_DESC | ME_ROWS;
    return strcmp(what, "sub") == 0 ? ME_ROWS : strcmp(what, "desc") == 0 ? ME_DESC : 0;
}

static void handle_me(TnSession *session, const TnCtrl *ctrl)
{
    if (ctrl->code == 204 || ctrl->code == 208) {
        me_part_came(session, me_part(ctrl->what));
    } else if (ctrl->code >= 200 && ctrl->code <= 299) {
        me_part_came(session, ME_CTRL);
    } else if (ctrl->code == 304) {
        session->me_missing &= ~ME_CTRL;
        ask_me_again(session, TRUE);
    } else if (ctrl->code == 503 && g_strcmp0(ctrl->text, "locked") == 0 &&
               session->me_tries < LOCKED_TRIES) {
        session->me_tries++;
        session->me_again_at_ms =
            session_now(session) + LOCKED_MIN_MS +
            (gint64)(session->clock.chance(session->user_data) * (LOCKED_MAX_MS - LOCKED_MIN_MS));
    } else {
        link_refuse(session, ctrl->code == 404 ? TN_CAUSE_NO_USER : TN_CAUSE_SERVER, ctrl, "sub");
    }
}

void link_handle_ctrl(TnSession *session, const TnCtrl *ctrl)
{
    switch (session->state) {
    case TN_SESSION_HELLO:
        handle_hello(session, ctrl);
        break;
    case TN_SESSION_LOGIN:
        login_handle(session, ctrl);
        break;
    case TN_SESSION_ATTACHING:
        handle_me(session, ctrl);
        break;
    default:
        break;
    }
}

void link_handle_meta(TnSession *session, const TnMeta *meta)
{
    if (meta->has_subs)
        me_rows_came(session, meta);
    me_part_came(session, (meta->desc != NULL ? ME_DESC : 0) | (meta->has_subs ? ME_ROWS : 0));
}

/* Transport and time
 * -----------------------------------------------------------------------------*/

static void on_opened(gpointer user_data)
{
    TnSession *session = user_data;

    session_enter(session);
    if (session->state == TN_SESSION_CONNECTING)
        say_hi(session);
    session_leave(session);
}

static void on_received(const char *text, gsize length, gpointer user_data)
{
    TnSession *session = user_data;

    session_enter(session);
    if (is_signing_in(session) || session->state == TN_SESSION_UP)
        frames_received(session, text, length);
    session_leave(session);
}

static void on_closed(const TnFailure *why, gpointer user_data)
{
    TnSession *session = user_data;

    session_enter(session);
    if (session->state == TN_SESSION_CONNECTING || is_signing_in(session) ||
        session->state == TN_SESSION_UP)
        link_lose(session, why);
    session_leave(session);
}

const TnTransportEvents session_transport_events = {on_opened, on_received, on_closed};

static gboolean is_due(gint64 at_ms, gint64 now_ms)
{
    return at_ms >= 0 && at_ms <= now_ms;
}

void link_tick(TnSession *session, gint64 now_ms)
{
    if (is_due(session->resume_until_ms, now_ms)) {
        TnFailure why = session->last.failure;
        g_autofree char *detail = g_strdup(why.detail);

        why.detail = detail;
        link_fail(session, &why);
    } else if (session->state == TN_SESSION_CONFIRM) {
        login_tick(session);
    } else if (is_due(session->phase_until_ms, now_ms)) {
        TnFailure why = {TN_ERROR_TIMEOUT, TN_CAUSE_TIMEOUT, 0,
                         tn_session_state_name(session->state), NULL};

        link_lose(session, &why);
    } else if (is_due(session->connect_at_ms, now_ms)) {
        connect_next(session);
    } else if (is_due(session->me_again_at_ms, now_ms)) {
        ask_me_again(session, FALSE);
    }
}

gint64 link_deadline(const TnSession *session)
{
    const gint64 deadlines[] = {session->connect_at_ms, session->phase_until_ms,
                                session->me_again_at_ms, session->resume_until_ms};
    gint64 first_ms = -1;

    for (gsize i = 0; i < G_N_ELEMENTS(deadlines); i++) {
        if (deadlines[i] >= 0 && (first_ms < 0 || deadlines[i] < first_ms))
            first_ms = deadlines[i];
    }
    return first_ms;
}
