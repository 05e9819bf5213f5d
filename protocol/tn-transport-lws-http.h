/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-transport-lws-http.h: HTTP requests over libwebsockets, in the WebSocket's context. Private to
 * the transport.
 */
#ifndef TN_TRANSPORT_LWS_HTTP_H
#define TN_TRANSPORT_LWS_HTTP_H

#include "tn-dialer.h"
#include "tn-http.h"
#include "tn-transport-lws-context.h"

G_BEGIN_DECLS

/* Its name in tn_lws_protocols, and what is called for it. */
#define TN_LWS_HTTP "tinode-http"
int tn_lws_http_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                      size_t length);

/* list: of TnHttp; holds it as long as it lives. holder: of the WebSocket, NULL: none yet. */
TnHttp *tn_lws_http_start(GQueue *list, TnLwsContext *holder, const TnDialer *dialer,
                          const TnHttpRequest *request, const TnHttpEvents *events,
                          gpointer user_data);
void tn_lws_http_cancel(TnHttp *http);
void tn_lws_http_resume(TnHttp *http);
void tn_lws_http_cancel_all(GQueue *list);

G_END_DECLS

#endif
