/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The listening socket (tests/server): it can go away for a while and come back on the same port.
 */
#ifndef LOOPBACK_LISTEN_H
#define LOOPBACK_LISTEN_H

#include <gio/gio.h>

/* Listens on 127.0.0.1; port 0 takes a free one. Returns the port, or 0 and a text in *error. The
 * certificate (or NULL) is kept. */
guint16 listen_start(guint16 port, GTlsCertificate *certificate, char **error);

/* Refuses connections for so long, then listens again. Those that are open stay. */
void listen_refuse(gint64 for_ms);

void listen_stop(void);

#endif
