/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * support-web.h: an HTTP server that misbehaves on demand, plain or TLS, in the test's own main
 * loop. Remembers what it was asked.
 */
#ifndef SUPPORT_WEB_H
#define SUPPORT_WEB_H

#include <gio/gio.h>

typedef enum {
    WEB_ANSWER,  /* head and body */
    WEB_SILENT,  /* nothing */
    WEB_CUT,     /* head and half of the body, then the end */
    WEB_ENDLESS, /* head, and the body again and again */
    WEB_DEAF,    /* reads no more than the head, says nothing */
    WEB_HANG,    /* head and half of the body, then nothing */
} WebMode;

typedef struct {
    WebMode mode;
    const char *head; /* status line and headers, each with its CR LF; NULL: 200 with the length */
    GBytes *body;     /* NULL: none */
} WebPage;

typedef struct {
    char *head;
    GByteArray *body;
} WebRequest;

typedef struct {
    guint16 port;
    /* Asked once a head is there: what to answer. */
    const WebPage *(*page)(const char *head, gpointer user_data);
    gpointer user_data;
    GPtrArray *requests; /* of WebRequest: those whose head came */
    guint n_accepted, n_ended;
    guint64 n_sent; /* bytes */

    GSocketService *service;
    GTlsCertificate *certificate;
    GPtrArray *conns;
} Web;

/* certificate: PEM file with certificate and key; NULL for plain. */
Web *web_new(const char *certificate);
void web_free(Web *web);
/* The newest; NULL if there is none. */
const WebRequest *web_last(const Web *web);

#endif
