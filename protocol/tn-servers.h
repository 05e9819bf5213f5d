/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-servers.h: the nodes of one cluster, tried in turn. Inside protocol/ only; pure.
 */
#ifndef TN_SERVERS_H
#define TN_SERVERS_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    char *host; /* IPv6 without brackets */
    guint16 port;
    char *label; /* host, or host:port where the port is not the usual one; for people */
} TnServer;

typedef struct _TnServers TnServers;

/* "host[:port][,host[:port]...]"; spaces around entries are ignored, IPv6 stands in brackets when a
 * port follows. Returns: (transfer full); NULL if the list is empty or an entry cannot be
 * understood. */
TnServers *tn_servers_parse(const char *list, guint16 default_port) G_GNUC_WARN_UNUSED_RESULT;
void tn_servers_free(TnServers *servers);

guint tn_servers_count(const TnServers *servers);
/* The first, at the first call, then the one after it, and round again. */
const TnServer *tn_servers_next(TnServers *servers);

G_END_DECLS

#endif
