/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-reason.h: why a connection failed, made of what libwebsockets lets slip: the text of its
 * callback, the HTTP status, its log lines. Private to the transport; pure.
 */
#ifndef TN_REASON_H
#define TN_REASON_H

#include "tn-error.h"

G_BEGIN_DECLS

/* What is known of a connection that ended before the WebSocket was open. */
typedef struct {
    const char *text;      /* of libwebsockets' callback; NULL for none */
    int status;            /* HTTP, 0 if none came */
    int certificate_error; /* X509_V_ERR_*, 0 for none */
    gboolean is_late;      /* it took so long that a limit of libwebsockets struck */
    gboolean is_silent;    /* the server sent nothing at all */
    gboolean is_unread;    /* bytes of the server are left that TLS made nothing of */
} TnEvidence;

TnCause tn_reason_cause(const TnEvidence *evidence);
/* What to do about a cause that the transport reports. */
TnError tn_reason_error(TnCause cause);

/* X509_V_ERR_* out of a log line; 0 if it is not about a refused certificate. */
int tn_reason_certificate_error(const char *line);
/* TRUE if the log line says that no certificate could be read from the CA file. */
gboolean tn_reason_is_ca_unread(const char *line);
/* A copy without line feed and without the API key, which is part of the URL. */
char *tn_reason_scrub(const char *line) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

#endif
