/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-content.h: what is kept of a message's content, between the codec, which fills it,
 * tn-drafty.c, which shows it, and tn-html.c, which makes it. Inside protocol/ only.
 */
#ifndef TN_CONTENT_H
#define TN_CONTENT_H

#include "tn-drafty.h"

G_BEGIN_DECLS

/* Spans in one document: more than a person formats, less than what makes sorting felt. */
#define TN_MAX_SPANS 4096
/* Styles inside styles; deeper ones are left out, their text is shown. */
#define TN_MAX_NESTING 32
/* An address that is longer is no link, its text is shown. */
#define TN_MAX_URL 4096

typedef enum {
    TN_SPAN_STRONG,    /* ST */
    TN_SPAN_EMPHASIS,  /* EM */
    TN_SPAN_DELETED,   /* DL */
    TN_SPAN_CODE,      /* CO */
    TN_SPAN_BREAK,     /* BR: stands for one character */
    TN_SPAN_LINK,      /* LN */
    TN_SPAN_MENTION,   /* MN */
    TN_SPAN_HASHTAG,   /* HT */
    TN_SPAN_HIGHLIGHT, /* HL */
    TN_SPAN_HIDDEN,    /* HD */
    TN_SPAN_QUOTE,     /* QQ */
    TN_SPAN_FORM,      /* FM */
    TN_SPAN_ROW,       /* RW */
    TN_SPAN_BUTTON,    /* BN */
    TN_SPAN_PICTURE,   /* IM */
    TN_SPAN_AUDIO,     /* AU */
    TN_SPAN_VIDEO,     /* VD */
    TN_SPAN_FILE,      /* EX */
    TN_SPAN_CALL,      /* VC */
    TN_SPAN_CARD,      /* TC */
    TN_SPAN_ANSWER,    /* EX with the answer to a form, as an attachment; only written */
    TN_SPAN_OTHER,     /* of no type that we know, or without what its type needs: mere text */
} TnSpanKind;

/* A stretch of the text in grapheme clusters, as sent: not clamped, not sorted. */
typedef struct {
    guint32 at, length;
    TnSpanKind kind;
    gboolean is_attachment; /* outside the text: at is without meaning */
    char *url;              /* http or https; LINK has one, BUTTON and media may */
    char *name;             /* of a file, a person, a choice; the state of a call; may be NULL */
    char *value;            /* MENTION: whom; BUTTON, ANSWER: what it stands for; may be NULL */
    TnChoiceAct act;        /* BUTTON */
    guint32 seq;            /* ANSWER: of the form */
    char *mime, *ref;       /* of media: as told; ref is printable ASCII. May be NULL */
    GBytes *bytes;          /* of media: what came, or goes, inside the message; may be NULL */
    guint32 width, height;  /* of a picture; 0: not told */
    guint32 size;           /* bytes; 0: not told */
    guint32 duration_ms;    /* 0: not told */
} TnSpan;

struct _TnContent {
    char *text;    /* UTF-8, never NULL */
    TnSpan *spans; /* NULL if there are none */
    gsize n_spans;
    guint n_sharers; /* beside the one who made it */
};

/* http:// or https:// followed by something, no spaces, quotes or control characters. */
gboolean tn_url_is_safe(const char *url);
/* A span of this kind has something to show without any text. */
gboolean tn_span_is_object(TnSpanKind kind);
/* ST for STRONG and so on; NULL for OTHER. Static. */
const char *tn_span_type(TnSpanKind kind);
/* Pictures, audio, video and files: they have bytes somewhere. */
gboolean tn_span_is_media(TnSpanKind kind);
/* Strict base64 with padding; NULL: it is none, or nothing. */
GBytes *tn_bytes_from_base64(const char *text, gsize length);
/* And back: OTHER if unknown; NULL is fine. */
TnSpanKind tn_span_kind(const char *type);

/* A document in the order of reading. Spans are clamped to the text and properly nested: sorted by
 * position, the longer first, QUOTE first among equals; those that partly overlap an earlier one
 * are left out, and empty ones, unless they are objects. The text that BREAK stands for is not
 * told. Attachments come last. */
typedef struct {
    void (*open)(const TnSpan *span, gpointer data);
    void (*text)(const char *from, const char *to, gpointer data);
    /* from, to: the text that the span covers */
    void (*close)(const TnSpan *span, const char *from, const char *to, gpointer data);
} TnVisitor;
void tn_content_walk(const TnContent *content, const TnVisitor *visitor, gpointer data);

G_END_DECLS

#endif
