/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-transport-lws-internal.h: what only tests turn: limits that are too long to wait for, and a
 * machine that lacks a package. Process-wide; call before open().
 */
#ifndef TN_TRANSPORT_LWS_INTERNAL_H
#define TN_TRANSPORT_LWS_INTERNAL_H

#include "tn-transport-lws.h"

G_BEGIN_DECLS

/* Where the kernel's struct tcp_info has tcpi_bytes_received, in 64-bit words. The C library's
 * struct ends before it, and the kernel's header does not go with the C library's. */
#define TN_TCP_INFO_RECEIVED 16

/* Milliseconds for a whole open(); 0: the real limit. */
void tn_transport_lws_set_deadline(guint total_ms);
/* Seconds after the last pong until a ping, and until the link counts as dead (ping < hangup);
 * 0, 0: the real ones. */
void tn_transport_lws_set_dead_link(guint16 ping_s, guint16 hangup_s);
/* Milliseconds for connecting, and for silence after it, in an HTTP request; 0: the real limit. */
void tn_transport_lws_set_silence(guint ms);
/* File name of the event loop glue; NULL: the real one. Forgets that it was found. */
void tn_transport_lws_set_glue(const char *file);
/* How often reading was paused to let the loop turn, since the program began. */
guint64 tn_transport_lws_pauses(void);
/* Contexts of libwebsockets that exist now, and that were made since the program began. */
guint tn_transport_lws_contexts(void);
guint tn_transport_lws_contexts_made(void);

G_END_DECLS

#endif
