/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-transport.h: the port through which a session reaches a server, one text frame at a time.
 * tn-transport-lws.h implements it over libwebsockets; tests implement it in memory.
 * Knows nothing of Tinode but its URL.
 */
#ifndef TN_TRANSPORT_H
#define TN_TRANSPORT_H

#include "tn-error.h"
#include "tn-http.h"

G_BEGIN_DECLS

/* Where to connect. All strings are copied by open(). */
typedef struct {
    const char *host; /* name, IPv4 or bare IPv6 literal */
    guint16 port;
    gboolean use_tls;
    const char *ca_file; /* PEM of a private CA beside the system's; NULL or "" for none */
    const char *api_key;
} TnEndpoint;

typedef struct {
    /* The WebSocket is open: send() may be called. */
    void (*opened)(gpointer user_data);
    /* One whole text message. text has length bytes of the wire (not checked, may hold NUL) and
     * is followed by a NUL; valid during the call. May call close() or free the session. */
    void (*received)(const char *text, gsize length, gpointer user_data);
    /* The end, exactly once for each open(), never inside open() or close()'s caller's frame: from
     * a later turn of the loop. Nothing follows it. Not called after close(). */
    void (*closed)(const TnFailure *why, gpointer user_data);
} TnTransportEvents;

/* Counters since the transport was made; never reset. */
typedef struct {
    guint64 connects; /* WebSockets that were opened */
    guint64 frames_in, frames_out;
    guint64 bytes_in, bytes_out; /* payload */
} TnTransportCounters;

typedef struct _TnTransport TnTransport;

/* The functions of an implementation; a transport embeds this struct first. */
typedef struct {
    /* Begin to connect; at most one connection at a time (g_return_if_fail). Never blocks: names
     * are resolved in the background; each phase has its own deadline (30 s in all). */
    void (*open)(TnTransport *transport, const TnEndpoint *endpoint,
                 const TnTransportEvents *events, gpointer user_data);
    /* Queue one text frame (copied). FALSE: not open, or the queue is full (4 MiB or 4096 frames):
     * nothing was queued. */
    gboolean (*send)(TnTransport *transport, const char *text, gsize length);
    /* End it now, in whatever phase; no event follows. Queued frames: with is_orderly they get one
     * chance to leave (what the socket takes at once). No-op when closed. Safe inside events. */
    void (*close)(TnTransport *transport, gboolean is_orderly);
    const TnTransportCounters *(*counters)(TnTransport *transport);
    /* Close and release. Safe inside events. HTTP requests end with it, untold. */
    void (*free)(TnTransport *transport);
    /* Begin an HTTP request (tn-http.h), by the ways that connections take, whether one is open or
     * not; never blocks. request and events are copied. Returns: for cancel and resume until it has
     * ended, never NULL. The three may be NULL together: no such requests. */
    TnHttp *(*http_start)(TnTransport *transport, const TnHttpRequest *request,
                          const TnHttpEvents *events, gpointer user_data);
    /* Break it off: no event follows. Safe inside its events. */
    void (*http_cancel)(TnTransport *transport, TnHttp *http);
    /* There is more of the body to send. */
    void (*http_resume)(TnTransport *transport, TnHttp *http);
} TnTransportClass;

struct _TnTransport {
    const TnTransportClass *klass;
};

static inline void tn_transport_open(TnTransport *transport, const TnEndpoint *endpoint,
                                     const TnTransportEvents *events, gpointer user_data)
{
    transport->klass->open(transport, endpoint, events, user_data);
}

static inline gboolean tn_transport_send(TnTransport *transport, const char *text, gsize length)
{
    return transport->klass->send(transport, text, length);
}

static inline void tn_transport_close(TnTransport *transport, gboolean is_orderly)
{
    transport->klass->close(transport, is_orderly);
}

static inline const TnTransportCounters *tn_transport_counters(TnTransport *transport)
{
    return transport->klass->counters(transport);
}

static inline void tn_transport_free(TnTransport *transport)
{
    if (transport != NULL)
        transport->klass->free(transport);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TnTransport, tn_transport_free)

G_END_DECLS

#endif
