/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-transport-lws-context.h: libwebsockets' contexts in a foreign GLib loop, its log, and the
 * event loop glue that all of it hangs on. Private to the transport.
 */
#ifndef TN_TRANSPORT_LWS_CONTEXT_H
#define TN_TRANSPORT_LWS_CONTEXT_H

#include <libwebsockets.h>

#include "tn-endpoint.h"
#include "tn-reason.h"
#include "tn-relay.h"

G_BEGIN_DECLS

#define TN_LWS_LIMIT_S 20 /* libwebsockets' own limits on phases of connecting, below ours */

/* The user pointer of its context. */
typedef struct {
    struct lws_context *context;
    GMainLoop *loop; /* never run: names the default main context */
    void *loops[1];
    gboolean has_tls;
    TnCaFile ca;
    int refs;            /* of the WebSocket's owner, and of requests under way */
    gpointer owner;      /* of the WebSocket; NULL: none any more */
    struct lws *running; /* the socket in whose callback we are; NULL outside */
} TnLwsContext;

/* Load the event loop glue for good. FALSE: it is not installed; error is newly allocated. */
gboolean tn_lws_pin_glue(char **error);

/* What a connection in a context is about: the first is the WebSocket. */
extern const struct lws_protocols tn_lws_protocols[];

/* holder if it does for such a connection, else a new one, without owner. holder may be NULL, and
 * keeps its references. ca_file: NULL or "" for none. Returns: (transfer full); NULL: cause says
 * why. */
TnLwsContext *tn_lws_context_get(TnLwsContext *holder, gboolean use_tls, const char *ca_file,
                                 TnCause *cause);
TnLwsContext *tn_lws_context_ref(TnLwsContext *holder);
/* The last one destroys it: now, or in a later turn of the loop if one of its callbacks is on the
 * stack. NULL is allowed. */
void tn_lws_context_unref(TnLwsContext *holder);

/* What the socket and the relay (NULL: none) tell of a connection that came to nothing. */
void tn_lws_look_at_socket(struct lws *wsi, const TnRelay *relay, TnEvidence *evidence);

/* Why the last certificate was refused (X509_V_ERR_*), by the log; 0: none was. Forgets it. */
int tn_lws_take_certificate_error(void);

G_END_DECLS

#endif
