/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-http.h: one HTTP request beside a session's WebSocket, as the transport's port offers it
 * (http_start, http_cancel and http_resume of tn-transport.h). Bodies stream both ways and are
 * never held. Knows nothing of files or of Tinode; follows no redirect, keeps no connection.
 */
#ifndef TN_HTTP_H
#define TN_HTTP_H

#include "tn-error.h"

G_BEGIN_DECLS

/* One request under way; the transport's implementation defines it. */
typedef struct _TnHttp TnHttp;

/* A line of a head. Name without colon; neither may hold control characters. */
typedef struct {
    const char *name, *value;
} TnHttpHeader;

/* All strings are copied. */
typedef struct {
    const char *host; /* name, IPv4 or bare IPv6 literal */
    guint16 port;
    gboolean use_tls;
    const char *ca_file; /* as of TnEndpoint */
    const char *method;  /* "GET", "POST" */
    const char *path;    /* with its query, from / on; printable ASCII, at most TN_HTTP_MAX_PATH */
    const TnHttpHeader *headers;
    gsize n_headers;
    goffset body_length; /* -1: no body */
    guint total_ms;      /* for all of it, however lively it is; 0: no limit */
} TnHttpRequest;

/* libwebsockets writes no longer request lines. */
#define TN_HTTP_MAX_PATH 1900
/* How long a phase of connecting, or silence after that, may last. */
#define TN_HTTP_SILENCE_MS 30000

typedef struct {
    int status;
    goffset length;       /* Content-Length; -1: not told, or nonsense */
    const char *type;     /* Content-Type; NULL */
    const char *location; /* NULL */
} TnHttpAnswer;

/* Any of them may cancel the request. read is needed with a body only; others may be NULL but
 * ended. */
typedef struct {
    /* The next piece of the body, at most size bytes. 0: there is nothing yet, http_resume() tells
     * when there is. -1: there will be none, which ends the request by PERMANENT, CAUSE_NONE. */
    gssize (*read)(guint8 *buffer, gsize size, gpointer user_data);
    /* The head of the answer; borrowed. */
    void (*answered)(const TnHttpAnswer *answer, gpointer user_data);
    /* A piece of its body. */
    void (*received)(const guint8 *bytes, gsize length, gpointer user_data);
    /* The end, once, from a later turn of the loop; the request is gone. why: NULL if the whole
     * answer has come, whatever its status; else borrowed. Not called after a cancel. */
    void (*ended)(const TnFailure *why, gpointer user_data);
} TnHttpEvents;

G_END_DECLS

#endif
