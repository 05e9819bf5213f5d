/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-dialer.h: the port through which a host makes connections for the transport where it has ways
 * of its own, such as a proxy that the user has set. Knows no socket and no proxy protocol.
 */
#ifndef TN_DIALER_H
#define TN_DIALER_H

#include "tn-error.h"

G_BEGIN_DECLS

/* One connection that is being made; the host defines it. */
typedef struct _TnDial TnDial;

/* fd: a connected stream socket, (transfer full); -1 if there is none, then why tells the reason
 * (borrowed; its category is not looked at). Otherwise why is NULL. */
typedef void (*TnDialDone)(int fd, const TnFailure *why, gpointer user_data);

typedef struct {
    /* Asked before each connection. FALSE: the transport connects by itself. */
    gboolean (*is_needed)(const char *host, guint16 port, gpointer data);
    /* Begin. host: an ASCII name, for whoever is at the other end to look up, or an address; an
     * IPv6 one without brackets. done is called once, from a later turn of the loop; the dial is
     * gone when it is called. Without a deadline: the transport has one, and cancels. */
    TnDial *(*dial)(const char *host, guint16 port, TnDialDone done, gpointer user_data,
                    gpointer data);
    /* done is not called any more. Not for use inside done. */
    void (*cancel)(TnDial *dial);
    gpointer data;
} TnDialer;

G_END_DECLS

#endif
