/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-endpoint.h: what a user typed as a server, made into what can be connected to, or refused.
 * Private to the transport; sees no socket.
 */
#ifndef TN_ENDPOINT_H
#define TN_ENDPOINT_H

#include <time.h>

#include "tn-transport.h"

G_BEGIN_DECLS

/* An endpoint, checked and owned. */
typedef struct {
    char *host;      /* ASCII; an IPv6 literal without brackets */
    char *authority; /* for the Host header and the certificate check: host[:port] */
    char *path;      /* with the API key: never to be logged */
    char *ca_file;   /* NULL: none */
    guint16 port;
    gboolean use_tls;
} TnTarget;

/* NULL, or what is wrong with the endpoint (for the log, static). The target is to be cleared in
 * both cases. */
const char *tn_target_init(TnTarget *target, const TnEndpoint *endpoint);
void tn_target_clear(TnTarget *target);

/* A file of CA certificates as it was when it was looked at. */
typedef struct {
    char *path; /* NULL: no file */
    struct timespec changed;
    goffset size;
    guint64 inode;
} TnCaFile;

/* FALSE: it is missing, no plain file, or holds no certificate. path may be NULL (TRUE). */
gboolean tn_ca_file_look(TnCaFile *ca, const char *path);
gboolean tn_ca_file_is_same(const TnCaFile *one, const TnCaFile *other);
void tn_ca_file_clear(TnCaFile *ca);

G_END_DECLS

#endif
