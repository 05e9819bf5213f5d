/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-session-files.c: files in the name of the user who is signed in: the session knows the server
 * and holds the token. Part of protocol/.
 */
#include "tn-session-internal.h"

static gboolean fill_server(const TnSession *session, TnFileServer *server)
{
    if (session->server == NULL || session->token == NULL || session->is_freed)
        return FALSE;
    *server = (TnFileServer){
        .host = session->server->host,
        .port = session->server->port,
        .use_tls = session->use_tls,
        .ca_file = session->ca_file,
        .api_key = session->api_key,
        .token = session->token,
    };
    return TRUE;
}

TnFile *tn_session_upload(TnSession *session, const TnUpload *upload, const TnFileEvents *events,
                          gpointer user_data)
{
    TnFileServer server;

    if (!fill_server(session, &server))
        return NULL;
    session_log(session, "upload %" G_GOFFSET_FORMAT " bytes", upload->size);
    return tn_file_upload(session->transport, &server, upload, events, user_data);
}

TnFile *tn_session_download(TnSession *session, const char *ref, goffset limit, guint total_ms,
                            const TnFileEvents *events, gpointer user_data)
{
    TnFileServer server;

    if (!fill_server(session, &server))
        return NULL;
    session_log(session, "download, at most %" G_GOFFSET_FORMAT " bytes", limit);
    return tn_file_download(session->transport, &server, ref, limit, total_ms, events, user_data);
}

gboolean tn_session_is_own_file(const TnSession *session, const char *ref)
{
    TnFileServer server;

    return ref != NULL && fill_server(session, &server) && tn_file_is_own(&server, ref);
}
