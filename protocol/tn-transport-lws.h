/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-transport-lws.h: the transport over libwebsockets, inside a GLib main loop that belongs to
 * somebody else. The only door to libwebsockets; tn-transport-lws.c is the only file that sees it.
 */
#ifndef TN_TRANSPORT_LWS_H
#define TN_TRANSPORT_LWS_H

#include "tn-dialer.h"
#include "tn-transport.h"

G_BEGIN_DECLS

/* A transport on the default main context; the caller runs the loop. Nothing is allocated in
 * libwebsockets before the first open(). Returns: (transfer full), never NULL; what is missing on
 * the machine (the event loop glue) is told by closed() with TN_CAUSE_NO_GLUE. */
TnTransport *tn_transport_lws_new(void) G_GNUC_WARN_UNUSED_RESULT;

/* Ask this dialer before each open() from now on (copied; its data must outlive the transport).
 * Where it is needed nothing else makes a connection or looks a name up. */
void tn_transport_lws_set_dialer(TnTransport *transport, const TnDialer *dialer);

/* Where libwebsockets' own messages go (one line each, no line feed, no secrets of ours). NULL:
 * nowhere. Process-wide, as libwebsockets' log is; call with NULL before the code is unmapped. */
typedef void (*TnLogFunc)(const char *line, gboolean is_error, gpointer user_data);
void tn_transport_lws_set_log(TnLogFunc func, gpointer user_data);

G_END_DECLS

#endif
