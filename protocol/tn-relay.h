/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-relay.h: lends a connected stream to a library that wants to connect by itself: the library
 * connects to a local address, and bytes are copied both ways. Private to the transport; below it.
 */
#ifndef TN_RELAY_H
#define TN_RELAY_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct _TnRelay TnRelay;

/* fd, a connected stream socket, is taken over. Works on the default main context, at its priority;
 * nothing blocks, and no more than 128 KiB are held. NULL: there is no local socket to be had (fd
 * is closed then). */
TnRelay *tn_relay_new(int fd) G_GNUC_WARN_UNUSED_RESULT;
/* Where to connect to, once, from this process: "+@name", libwebsockets' way to write an abstract
 * UNIX socket. */
const char *tn_relay_address(const TnRelay *relay);
/* Bytes that came from the stream so far. */
guint64 tn_relay_received(const TnRelay *relay);
/* Close all. is_orderly: what was written to the local side leaves as far as the stream takes it at
 * once. NULL is allowed. */
void tn_relay_free(TnRelay *relay, gboolean is_orderly);

G_END_DECLS

#endif
