/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-tunnel.h: asks an HTTP proxy for a tunnel (CONNECT) on a stream to it.
 */
#ifndef TINODE_TUNNEL_H
#define TINODE_TUNNEL_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct _TinodeTunnel TinodeTunnel;

/* fd: the stream, (transfer full), a tunnel now; -1 if the proxy made none, then problem tells why,
 * for the log (borrowed), and status is that of its answer (0: none came). The tunnel is gone. */
typedef void (*TinodeTunnelDone)(int fd, int status, const char *problem, gpointer data);

/* The whole request, credentials in it. host: an IPv6 address has its brackets. user may be NULL:
 * no credentials; password may be. Newly allocated. */
char *tinode_tunnel_request(const char *host, guint16 port, const char *user, const char *password);

/* Takes fd and request over. done is called once, from a later turn of the loop. */
TinodeTunnel *tinode_tunnel_start(int fd, char *request, TinodeTunnelDone done,
                                  gpointer data) G_GNUC_WARN_UNUSED_RESULT;
/* done is not called any more; the stream is closed. */
void tinode_tunnel_cancel(TinodeTunnel *tunnel);

G_END_DECLS

#endif
