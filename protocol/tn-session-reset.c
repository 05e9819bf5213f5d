/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-session-reset.c: a forgotten password, one of its two steps in place of signing in: having a
 * code sent, and setting the new password with it. Part of protocol/.
 */
#include "tn-session-internal.h"

#include <string.h>

void reset_keep(TnSession *session, const TnReset *reset)
{
    if (reset == NULL)
        return;
    session->reset.method = g_strdup(reset->method);
    session->reset.address = g_strdup(reset->address);
    session->reset.code = g_strdup(reset->code);
    session->reset.password = g_strdup(reset->password != NULL ? reset->password : "");
}

void reset_clear(TnSession *session)
{
    g_clear_pointer(&session->reset.method, g_free);
    g_clear_pointer(&session->reset.address, g_free);
    tn_secret_free(g_steal_pointer(&session->reset.code));
    tn_secret_free(g_steal_pointer(&session->reset.password));
}

gboolean reset_is_wanted(const TnSession *session)
{
    return session->reset.method != NULL;
}

gboolean reset_is_final(const TnSession *session)
{
    return session->reset.code != NULL;
}

static void fail(TnSession *session, TnCause cause, int code, const char *text)
{
    TnFailure why = {TN_ERROR_PERMANENT, cause, code, text, NULL};

    link_fail(session, &why);
}

/* Servers tell new accounts which methods they want, which are those that they can send a code by.
 * Asked for one that they cannot, they would end with all that they serve (0.25). */
static gboolean is_offered(const TnSession *session, const TnCtrl *ctrl)
{
    return ctrl->required != NULL && g_strv_contains(ctrl->required, session->reset.method);
}

void reset_begin(TnSession *session, const TnCtrl *ctrl)
{
    const char *address = session->reset.address;
    char text[16], *frame;
    const char *id;

    /* The server splits at colons and would take only a part. */
    if (strchr(address, ':') != NULL) {
        fail(session, TN_CAUSE_ADDRESS, 0, "unfit for a reset");
        return;
    }
    if (!is_offered(session, ctrl)) {
        fail(session, TN_CAUSE_NO_RESET, 0, "no such method");
        return;
    }
    id = link_new_id(session, text, sizeof text);
    if (reset_is_final(session))
        frame = tn_encode_acc_reset(id, session->reset.method, address, session->reset.code,
                                    session->reset.password);
    else
        frame = tn_encode_login_reset(id, session->reset.method, address);
    link_begin_phase(session, TN_SESSION_LOGIN, frame);
}

static void finish(TnSession *session, gboolean is_earlier)
{
    tn_session_close(session);
    if (!session->is_freed && session->events.reset != NULL)
        session->events.reset(is_earlier, session->user_data);
}

static gboolean is_refused(const TnCtrl *ctrl)
{
    return (ctrl->code >= 400 && ctrl->code <= 499) || ctrl->code == 501;
}

static void handle_sent(TnSession *session, const TnCtrl *ctrl)
{
    if (ctrl->code == 301 || ctrl->code == 409)
        finish(session, ctrl->code == 409);
    else if (is_refused(ctrl))
        fail(session, TN_CAUSE_NO_RESET, ctrl->code, ctrl->text);
    else if (tn_error_from_ctrl(ctrl->code, ctrl->text, "login") == TN_OK)
        link_refuse_malformed(session, "answer to reset");
    else
        link_refuse(session, TN_CAUSE_SERVER, ctrl, "login");
}

static void handle_set(TnSession *session, const TnCtrl *ctrl)
{
    if (ctrl->code >= 200 && ctrl->code <= 299)
        finish(session, FALSE);
    else if (ctrl->code == 401)
        fail(session, TN_CAUSE_CODE, ctrl->code, ctrl->text);
    else if (ctrl->code == 422)
        fail(session, TN_CAUSE_NEW_PASSWORD, ctrl->code, ctrl->text);
    else
        fail(session, is_refused(ctrl) ? TN_CAUSE_NO_RESET : TN_CAUSE_SERVER, ctrl->code,
             ctrl->text);
}

void reset_handle(TnSession *session, const TnCtrl *ctrl)
{
    if (reset_is_final(session))
        handle_set(session, ctrl);
    else
        handle_sent(session, ctrl);
}
