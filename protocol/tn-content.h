/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-content.h: what is kept of a message's content, between the codec, which fills it, and
 * tn-drafty.c, which shows it. Inside protocol/ only.
 */
#ifndef TN_CONTENT_H
#define TN_CONTENT_H

#include "tn-drafty.h"

G_BEGIN_DECLS

/* Spans in one document: more than a person formats, less than what makes sorting felt. */
#define TN_MAX_SPANS 4096
/* An address that is longer is no link, its text is shown. */
#define TN_MAX_URL 4096

typedef enum {
    TN_SPAN_STRONG,   /* ST */
    TN_SPAN_EMPHASIS, /* EM */
    TN_SPAN_DELETED,  /* DL */
    TN_SPAN_CODE,     /* CO */
    TN_SPAN_BREAK,    /* BR */
    TN_SPAN_LINK,     /* LN */
} TnSpanKind;

/* A stretch of the text in grapheme clusters, as sent: not clamped, not sorted. at is not negative
 * and length is positive. */
typedef struct {
    guint32 at, length;
    TnSpanKind kind;
    char *url; /* LINK only, http or https */
} TnSpan;

struct _TnContent {
    char *text;    /* UTF-8, never NULL */
    TnSpan *spans; /* NULL if there are none */
    gsize n_spans;
};

/* http:// or https:// followed by something, no spaces, quotes or control characters. */
gboolean tn_url_is_safe(const char *url);

G_END_DECLS

#endif
