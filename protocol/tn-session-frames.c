/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-session-frames.c: each frame that comes in goes to whom it concerns. Part of protocol/.
 */
#include "tn-session-internal.h"

#include <string.h>

/* {ctrl 205}: something ended without our asking. */
static void handle_end(TnSession *session, const TnCtrl *ctrl)
{
    if (g_strcmp0(ctrl->text, "server shutdown") == 0) {
        link_lose_code(session, TN_CAUSE_SHUTDOWN, ctrl->code, ctrl->text);
    } else if (ctrl->topic == NULL) {
        TnFailure why = {TN_ERROR_AUTH, TN_CAUSE_SUSPENDED, ctrl->code, ctrl->text, NULL};

        link_fail(session, &why);
    } else if (strcmp(ctrl->topic, "me") == 0) {
        /* Without me we are deaf; only a new connection is sure to bring it back. */
        link_lose_code(session, TN_CAUSE_SERVER, ctrl->code, ctrl->text);
    } else {
        topics_detached(session, ctrl->topic);
        if (session->events.evicted != NULL)
            session->events.evicted(ctrl->topic, ctrl->is_unsub, session->user_data);
    }
}

/* FALSE: id is none of the open phase of signing in. */
static gboolean is_signing_id(const TnSession *session, const char *id)
{
    char text[16];

    if (session->signing_id == 0)
        return FALSE;
    g_snprintf(text, sizeof text, "%u", session->signing_id);
    return g_strcmp0(id, text) == 0;
}

static void handle_ctrl(TnSession *session, const TnCtrl *ctrl)
{
    session_log(session, "< ctrl %s %s %d %s", ctrl->id != NULL ? ctrl->id : "-",
                ctrl->topic != NULL ? ctrl->topic : "-", ctrl->code,
                ctrl->text != NULL ? ctrl->text : "");
    if (ctrl->code == 205)
        handle_end(session, ctrl);
    else if (session->state != TN_SESSION_UP &&
             (is_signing_id(session, ctrl->id) || (ctrl->id == NULL && ctrl->code >= 400)))
        /* Without an id only one request can be meant: signing in asks one thing at a time. */
        link_handle_ctrl(session, ctrl);
    else if (session->state == TN_SESSION_UP && ctrl->id != NULL)
        topics_handle_reply(session, ctrl);
    else if (session->state == TN_SESSION_UP)
        topics_handle_complaint(session, ctrl);
}

static void handle_meta(TnSession *session, const TnMeta *meta)
{
    guint generation = session->generation;

    session_log(session, "< meta %s %s", meta->id != NULL ? meta->id : "-", meta->topic);
    if (session->events.meta != NULL)
        session->events.meta(meta, session->user_data);
    if (!session_is_same(session, generation))
        return;
    if (session->state == TN_SESSION_UP)
        topics_handle_meta(session, meta);
    else if (is_signing_id(session, meta->id))
        link_handle_meta(session, meta);
}

static void handle_data(TnSession *session, const TnData *data)
{
    session_log(session, "< data %s %u", data->topic, data->seq);
    topics_handle_data(session, data);
    if (session->events.data != NULL)
        session->events.data(data, session->user_data);
}

static void handle_pres(TnSession *session, const TnPres *pres)
{
    session_log(session, "< pres %s %s %d", pres->topic, pres->src != NULL ? pres->src : "-",
                (int)pres->what);
    if (pres->what == TN_PRES_TERM) {
        /* Whatever it names, what still works afterwards varies; a new connection is sure. */
        link_lose_code(session, TN_CAUSE_SERVER, 0, "term");
        return;
    }
    /* For a deleted group this is the only notice, though we were detached from it. */
    if (pres->what == TN_PRES_GONE && pres->src != NULL && strcmp(pres->topic, "me") == 0)
        topics_detached(session, pres->src);
    if (session->events.pres != NULL)
        session->events.pres(pres, session->user_data);
}

static void handle_info(TnSession *session, const TnInfo *info)
{
    session_log(session, "< info %s %s %d %u", info->topic, info->src != NULL ? info->src : "-",
                (int)info->what, info->seq);
    if (session->events.info != NULL)
        session->events.info(info, session->user_data);
}

static void handle_malformed(TnSession *session, const char *why)
{
    session->n_malformed++;
    session_log(session, "< malformed: %s", why);
    if (session->state == TN_SESSION_HELLO || session->state == TN_SESSION_LOGIN)
        link_lose_code(session, TN_CAUSE_MALFORMED, 0, why);
}

static void handle_packet(TnSession *session, const TnPacket *packet)
{
    gboolean is_attaching =
        session->state == TN_SESSION_ATTACHING || session->state == TN_SESSION_UP;

    switch (packet->kind) {
    case TN_PACKET_CTRL:
        handle_ctrl(session, &packet->ctrl);
        return;
    case TN_PACKET_OTHER:
        session_log(session, "< other");
        return;
    default:
        break;
    }
    /* Nothing else concerns a connection that is not signed in. */
    if (!is_attaching)
        return;
    switch (packet->kind) {
    case TN_PACKET_DATA:
        handle_data(session, &packet->data);
        break;
    case TN_PACKET_META:
        handle_meta(session, &packet->meta);
        break;
    case TN_PACKET_PRES:
        handle_pres(session, &packet->pres);
        break;
    case TN_PACKET_INFO:
        handle_info(session, &packet->info);
        break;
    default:
        break;
    }
}

void frames_received(TnSession *session, const char *text, gsize length)
{
    g_autoptr(GError) error = NULL;
    TnPacket *packet = tn_packet_decode(text, length, &error);

    if (packet == NULL) {
        handle_malformed(session, error->message);
        return;
    }
    handle_packet(session, packet);
    tn_packet_free(packet);
}
