/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-session-ask.c: what can be asked of a session that is up, but for attaching and leaving: each
 * becomes a request with a frame. Part of protocol/.
 */
#include "tn-session-internal.h"

void tn_session_get(TnSession *session, const char *topic, const TnGet *get, TnReplyFunc done,
                    gpointer user_data)
{
    session_enter(session);
    if (topics_are_up(session, topic, done, user_data)) {
        TnRequest *request = topics_request(session, TN_REQUEST_GET, topic, done, user_data);
        char id[16];

        g_snprintf(id, sizeof id, "%u", request->id);
        request->parts = tn_get_parts(get);
        request->frame = tn_encode_get(id, topic, get);
        if (request->parts == 0)
            topics_defer_all(session, request, TN_OK);
        else
            topics_send_or_hold(session, request);
    }
    session_leave(session);
}

void tn_session_publish(TnSession *session, const char *topic, const TnPub *pub, TnReplyFunc done,
                        gpointer user_data)
{
    session_enter(session);
    if (topics_are_up(session, topic, done, user_data)) {
        TnRequest *request = topics_request(session, TN_REQUEST_PUB, topic, done, user_data);
        char id[16];

        g_snprintf(id, sizeof id, "%u", request->id);
        request->frame = tn_encode_pub(id, topic, pub, TRUE);
        topics_send_or_hold(session, request);
    }
    session_leave(session);
}

void tn_session_set(TnSession *session, const char *topic, const TnSet *set, TnReplyFunc done,
                    gpointer user_data)
{
    session_enter(session);
    if (topics_are_up(session, topic, done, user_data)) {
        TnRequest *request = topics_request(session, TN_REQUEST_SET, topic, done, user_data);
        char id[16];

        g_snprintf(id, sizeof id, "%u", request->id);
        request->frame = tn_encode_set(id, topic, set);
        topics_send_or_hold(session, request);
    }
    session_leave(session);
}

void tn_session_delete(TnSession *session, const char *topic, const TnDelete *what,
                       TnReplyFunc done, gpointer user_data)
{
    session_enter(session);
    if (topics_are_up(session, topic, done, user_data)) {
        TnRequest *request = topics_request(session, TN_REQUEST_DEL, topic, done, user_data);
        char id[16];

        g_snprintf(id, sizeof id, "%u", request->id);
        request->frame = tn_encode_del(id, topic, what);
        request->is_unsub = what->what == TN_DELETE_TOPIC;
        topics_send_or_hold(session, request);
    }
    session_leave(session);
}

void tn_session_create(TnSession *session, gboolean is_channel, const TnSet *set, TnReplyFunc done,
                       gpointer user_data)
{
    const char *kind = is_channel ? TN_NEW_CHANNEL : TN_NEW_GROUP;

    session_enter(session);
    if (topics_are_up(session, kind, done, user_data)) {
        guint32 number = tn_requests_next_id(session->requests);
        g_autofree char *topic = g_strdup_printf("%s%u", kind, number);
        TnRequest *request = topics_request(session, TN_REQUEST_SUB, topic, done, user_data);
        char id[16];

        g_snprintf(id, sizeof id, "%u", request->id);
        request->is_urgent = TRUE;
        request->frame = tn_encode_sub_new(id, topic, set);
        tn_line_push(session->line, request);
        topics_pump(session);
    }
    session_leave(session);
}

void tn_session_note(TnSession *session, const char *topic, const char *what, guint32 seq,
                     TnReplyFunc done, gpointer user_data)
{
    session_enter(session);
    if (topics_are_up(session, topic, done, user_data)) {
        TnRequest *request = topics_request(session, TN_REQUEST_NOTE, topic, done, user_data);

        request->frame = tn_encode_note(topic, what, seq);
        topics_send_or_hold(session, request);
    }
    session_leave(session);
}

void tn_session_change_password(TnSession *session, const char *password, TnReplyFunc done,
                                gpointer user_data)
{
    session_enter(session);
    if (topics_are_up(session, "me", done, user_data)) {
        TnRequest *request = topics_request(session, TN_REQUEST_ACC, "me", done, user_data);
        char id[16];

        g_snprintf(id, sizeof id, "%u", request->id);
        request->secret = g_strdup(password);
        topics_send(session, request, tn_encode_acc_password(id, password));
    }
    session_leave(session);
}

void tn_session_typing(TnSession *session, const char *topic)
{
    if (session->state == TN_SESSION_UP && tn_session_is_attached(session, topic))
        session_send(session, tn_encode_note(topic, "kp", 0));
}
