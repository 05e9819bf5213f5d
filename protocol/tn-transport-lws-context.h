/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-transport-lws-context.h: libwebsockets' contexts in a foreign GLib loop, its log, and the
 * event loop glue that all of it hangs on. Private to the transport.
 */
#ifndef TN_TRANSPORT_LWS_CONTEXT_H
#define TN_TRANSPORT_LWS_CONTEXT_H

#include <libwebsockets.h>

#include "tn-endpoint.h"

G_BEGIN_DECLS

#define TN_LWS_LIMIT_S 20 /* libwebsockets' own limits on phases of connecting, below ours */

/* The user pointer of its context. */
typedef struct {
    struct lws_context *context;
    GMainLoop *loop; /* never run: names the default main context */
    void *loops[1];
    gboolean has_tls;
    TnCaFile ca;
    gpointer owner;      /* NULL: to be destroyed */
    struct lws *running; /* the socket in whose callback we are; NULL outside */
} TnLwsContext;

/* Load the event loop glue for good. FALSE: it is not installed; error is newly allocated. */
gboolean tn_lws_pin_glue(char **error);

/* ca: its path is taken over. cause: TN_CAUSE_NONE, or why there is no context (NULL). */
TnLwsContext *tn_lws_context_new(gpointer owner, gboolean has_tls, TnCaFile *ca,
                                 const struct lws_protocols *protocols, TnCause *cause);
/* Forget the owner and destroy it: now, or in a later turn of the loop if one of its callbacks is
 * on the stack. NULL is allowed. */
void tn_lws_context_release(TnLwsContext *holder);

/* Why the last certificate was refused (X509_V_ERR_*), by the log; 0: none was. Forgets it. */
int tn_lws_take_certificate_error(void);

G_END_DECLS

#endif
