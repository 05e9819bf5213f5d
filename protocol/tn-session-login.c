/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-session-login.c: signing in, making a new account, and what the user is asked meanwhile: the
 * rows of LOGIN and CONFIRM of the table in tn-session.h. Part of protocol/.
 */
#include "tn-session-internal.h"

#include <string.h>

static void forget_answer(TnSession *session)
{
    session->is_answered = FALSE;
    tn_secret_free(g_steal_pointer(&session->answer));
}

void login_restart(TnSession *session)
{
    forget_answer(session);
    session->is_coded = FALSE;
    g_clear_pointer(&session->method, g_free);
}

void login_clear(TnSession *session)
{
    login_restart(session);
    g_clear_pointer(&session->required, g_strfreev);
    g_clear_pointer(&session->addresses, g_ptr_array_unref);
}

static void forget_token(TnSession *session)
{
    tn_secret_free(g_steal_pointer(&session->token));
}

/* Asking the user
 * --------------------------------------------------------------------------------*/

static void ask(TnSession *session, TnQuestion question, const char *method)
{
    gboolean is_again = question == TN_QUESTION_CODE && session->is_coded &&
                        g_strcmp0(session->method, method) == 0;
    g_autofree char *word = g_strdup(method);

    forget_answer(session);
    session->question = question;
    session->is_coded = FALSE;
    g_free(session->method);
    session->method = g_strdup(word);
    session->signing_id = 0;
    /* People read their mail as long as they like. */
    session->phase_until_ms = session->resume_until_ms = -1;
    session_set_state(session, TN_SESSION_CONFIRM);
    if (session_tell_phase(session))
        session->events.question(question, word, is_again, session->user_data);
}

static void ask_code(TnSession *session, const TnCtrl *ctrl)
{
    if (session->events.question == NULL || ctrl->cred == NULL || ctrl->cred[0] == NULL)
        link_refuse(session, TN_CAUSE_CREDENTIAL, ctrl, "login");
    else
        ask(session, TN_QUESTION_CODE, ctrl->cred[0]);
}

/* Login
 * ------------------------------------------------------------------------------------------*/

/* With the token of an earlier login if there is one: it is cheap for the server. */
static void log_in(TnSession *session)
{
    char text[16];
    const char *id = link_new_id(session, text, sizeof text);
    const TnCredential code = {.method = session->method, .response = session->answer};
    const TnCredential *confirmation = session->answer != NULL ? &code : NULL;
    char *frame;

    session->is_token_login = session->token != NULL;
    session->is_coded = confirmation != NULL;
    if (session->token != NULL)
        frame = tn_encode_login_token(id, session->token, confirmation);
    else if (tn_topic_kind(session->login) == TN_TOPIC_P2P)
        frame = tn_encode_login_token(id, session->password, confirmation);
    else
        frame = tn_encode_login_basic(id, session->login, session->password, confirmation);
    forget_answer(session);
    link_begin_phase(session, TN_SESSION_LOGIN, frame);
}

static void keep_login(TnSession *session, const TnCtrl *ctrl)
{
    g_free(session->user);
    session->user = g_strdup(ctrl->user);
    session->server_info.user = session->user;
    if (ctrl->token != NULL) {
        forget_token(session);
        session->token = g_strdup(ctrl->token);
    }
}

static void handle_login(TnSession *session, const TnCtrl *ctrl)
{
    switch (ctrl->code) {
    case 200:
        if (ctrl->user == NULL) {
            link_refuse_malformed(session, "login without user");
            return;
        }
        keep_login(session, ctrl);
        link_attach_me(session);
        return;
    case 401:
        if (session->is_token_login) {
            forget_token(session);
            log_in(session);
            return;
        }
        link_refuse(session, TN_CAUSE_PASSWORD, ctrl, "login");
        return;
    case 300:
        ask_code(session, ctrl);
        return;
    case 403:
        link_refuse(session, TN_CAUSE_SUSPENDED, ctrl, "login");
        return;
    case 404:
        link_refuse(session, TN_CAUSE_NO_USER, ctrl, "login");
        return;
    case 422:
        link_refuse(session, session->is_coded ? TN_CAUSE_CODES : TN_CAUSE_SERVER, ctrl, "login");
        return;
    default:
        if (tn_error_from_ctrl(ctrl->code, ctrl->text, "login") == TN_OK)
            link_refuse_malformed(session, "answer to login");
        else
            link_refuse(session, TN_CAUSE_SERVER, ctrl, "login");
    }
}

/* New accounts
 * -----------------------------------------------------------------------------------*/

void login_keep_required(TnSession *session, const char *const *required)
{
    if (!session->is_new || required == NULL)
        return;
    g_strfreev(session->required);
    session->required = g_strdupv((char **)required);
}

static guint n_addresses(const TnSession *session)
{
    return session->addresses != NULL ? session->addresses->len : 0;
}

/* The method whose address is not known yet; NULL: none. */
static const char *missing_address(const TnSession *session)
{
    guint n_required = session->required != NULL ? g_strv_length(session->required) : 0;

    return n_addresses(session) < n_required ? session->required[n_addresses(session)] : NULL;
}

static void fail_create(TnSession *session, TnCause cause, int code, const char *text)
{
    TnFailure why = {TN_ERROR_PERMANENT, cause, code, text, NULL};

    link_fail(session, &why);
}

static void create(TnSession *session)
{
    g_autofree TnCredential *credentials = g_new0(TnCredential, n_addresses(session));
    char text[16];

    /* A colon would end the name, and what looks like an id could never sign in by password. */
    if (strchr(session->login, ':') != NULL || tn_topic_kind(session->login) == TN_TOPIC_P2P) {
        fail_create(session, TN_CAUSE_NAME, 0, "unfit for a login");
        return;
    }
    if (missing_address(session) != NULL && session->events.question != NULL) {
        ask(session, TN_QUESTION_ADDRESS, missing_address(session));
        return;
    }
    for (guint i = 0; i < n_addresses(session); i++)
        credentials[i] = (TnCredential){.method = session->required[i],
                                        .value = g_ptr_array_index(session->addresses, i)};
    session->is_token_login = session->is_coded = FALSE;
    link_begin_phase(session, TN_SESSION_LOGIN,
                     tn_encode_acc_new(link_new_id(session, text, sizeof text), session->login,
                                       session->password, session->full_name, credentials,
                                       n_addresses(session)));
}

static TnCause refusal_cause(const TnSession *session, const TnCtrl *ctrl)
{
    gboolean is_name = g_strcmp0(ctrl->what, "auth") == 0;
    gboolean has_address = n_addresses(session) > 0;

    switch (ctrl->code) {
    case 400:
        return is_name ? TN_CAUSE_NAME : has_address ? TN_CAUSE_ADDRESS : TN_CAUSE_NO_REGISTER;
    case 401:
    case 403:
    case 501:
        return TN_CAUSE_NO_REGISTER;
    case 409:
        return is_name || !has_address ? TN_CAUSE_NAME_TAKEN : TN_CAUSE_ADDRESS_TAKEN;
    case 422:
        return is_name                  ? TN_CAUSE_NAME
               : ctrl->required != NULL ? TN_CAUSE_ADDRESS
                                        : TN_CAUSE_NEW_PASSWORD;
    default:
        return TN_CAUSE_SERVER;
    }
}

static void handle_acc(TnSession *session, const TnCtrl *ctrl)
{
    guint generation = session->generation;

    if (ctrl->code == 200 || ctrl->code == 300) {
        session->is_new = FALSE;
        if (session->events.created != NULL)
            session->events.created(session->user_data);
        if (session_is_same(session, generation))
            handle_login(session, ctrl);
        return;
    }
    if (ctrl->code == 422 && ctrl->required != NULL && n_addresses(session) == 0) {
        login_keep_required(session, ctrl->required);
        if (missing_address(session) != NULL && session->events.question != NULL) {
            create(session);
            return;
        }
    }
    /* For good, whatever the code: see may_try_next_server(). */
    fail_create(session, refusal_cause(session, ctrl), ctrl->code, ctrl->text);
}

/* What the others call
 * ---------------------------------------------------------------------------*/

void login_begin(TnSession *session, const TnCtrl *ctrl)
{
    if (reset_is_wanted(session))
        reset_begin(session, ctrl);
    else if (session->is_new)
        create(session);
    else
        log_in(session);
}

void login_handle(TnSession *session, const TnCtrl *ctrl)
{
    if (reset_is_wanted(session))
        reset_handle(session, ctrl);
    else if (session->is_new)
        handle_acc(session, ctrl);
    else
        handle_login(session, ctrl);
}

void login_tick(TnSession *session)
{
    if (!session->is_answered)
        return;
    if (session->answer == NULL) {
        TnFailure why = {TN_ERROR_CREDENTIAL, TN_CAUSE_CREDENTIAL, 300, "declined", NULL};

        link_fail(session, &why);
        return;
    }
    if (session->was_up)
        session->resume_until_ms = session_now(session) + session->resume_ms;
    if (session->question == TN_QUESTION_ADDRESS) {
        if (session->addresses == NULL)
            session->addresses = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(session->addresses, g_strdup(session->answer));
        forget_answer(session);
        create(session);
    } else {
        log_in(session);
    }
}
