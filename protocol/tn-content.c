/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-content.c: documents as trees: which spans count, and in which order they are read. Part of
 * protocol/; pure, knows no JSON: the codec fills tn-content.h.
 */
#include "tn-content.h"

#include <string.h>

#include "tn-grapheme.h"

static const char *const types[] = {
    [TN_SPAN_STRONG] = "ST",  [TN_SPAN_EMPHASIS] = "EM", [TN_SPAN_DELETED] = "DL",
    [TN_SPAN_CODE] = "CO",    [TN_SPAN_BREAK] = "BR",    [TN_SPAN_LINK] = "LN",
    [TN_SPAN_MENTION] = "MN", [TN_SPAN_HASHTAG] = "HT",  [TN_SPAN_HIGHLIGHT] = "HL",
    [TN_SPAN_HIDDEN] = "HD",  [TN_SPAN_QUOTE] = "QQ",    [TN_SPAN_FORM] = "FM",
    [TN_SPAN_ROW] = "RW",     [TN_SPAN_BUTTON] = "BN",   [TN_SPAN_PICTURE] = "IM",
    [TN_SPAN_AUDIO] = "AU",   [TN_SPAN_VIDEO] = "VD",    [TN_SPAN_FILE] = "EX",
    [TN_SPAN_CALL] = "VC",    [TN_SPAN_CARD] = "TC",
};

const char *tn_span_type(TnSpanKind kind)
{
    if (kind == TN_SPAN_ANSWER)
        return types[TN_SPAN_FILE];
    return kind < G_N_ELEMENTS(types) ? types[kind] : NULL;
}

TnSpanKind tn_span_kind(const char *type)
{
    for (guint kind = 0; kind < G_N_ELEMENTS(types); kind++) {
        if (g_strcmp0(type, types[kind]) == 0)
            return kind;
    }
    return TN_SPAN_OTHER;
}

gboolean tn_span_is_object(TnSpanKind kind)
{
    return kind >= TN_SPAN_BUTTON && kind <= TN_SPAN_CARD;
}

gboolean tn_span_is_media(TnSpanKind kind)
{
    return kind >= TN_SPAN_PICTURE && kind <= TN_SPAN_FILE;
}

GBytes *tn_bytes_from_base64(const char *text, gsize length)
{
    g_autofree char *copy = NULL;
    gsize plain, size = 0;

    if (length == 0 || length % 4 != 0)
        return NULL;
    copy = g_strndup(text, length);
    plain = strspn(copy, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    if (length - plain > 2 || strspn(copy + plain, "=") != length - plain)
        return NULL;
    g_base64_decode_inplace(copy, &size);
    return g_bytes_new_take(g_steal_pointer(&copy), size);
}

gboolean tn_url_is_safe(const char *url)
{
    const char *rest;

    if (url == NULL || strlen(url) > TN_MAX_URL)
        return FALSE;
    if (g_ascii_strncasecmp(url, "https://", 8) == 0)
        rest = url + 8;
    else if (g_ascii_strncasecmp(url, "http://", 7) == 0)
        rest = url + 7;
    else
        return FALSE;
    if (*rest == '\0' || *rest == '/')
        return FALSE;
    for (const char *p = url; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);

        if (c <= ' ' || c == '"' || c == '<' || c == '>' || c == '\\' || c == 0xfffd ||
            g_unichar_iscntrl(c) || g_unichar_isspace(c))
            return FALSE;
    }
    return TRUE;
}

gboolean tn_content_is_empty(const TnContent *content)
{
    if (content == NULL)
        return TRUE;
    for (gsize i = 0; i < content->n_spans; i++) {
        if (tn_span_is_object(content->spans[i].kind))
            return FALSE;
    }
    return *content->text == '\0';
}

TnContent *tn_content_share(const TnContent *content)
{
    TnContent *shared = (TnContent *)content;

    shared->n_sharers++;
    return shared;
}

void tn_content_free(TnContent *content)
{
    if (content == NULL)
        return;
    if (content->n_sharers > 0) {
        content->n_sharers--;
        return;
    }
    for (gsize i = 0; i < content->n_spans; i++) {
        TnSpan *span = &content->spans[i];

        g_free(span->url);
        g_free(span->name);
        g_free(span->value);
        g_free(span->mime);
        g_free(span->ref);
        if (span->bytes != NULL)
            g_bytes_unref(span->bytes);
    }
    g_free(content->spans);
    g_free(content->text);
    g_free(content);
}

/* A span that is shown, in bytes of the text. */
typedef struct {
    gsize begin, end;
    const TnSpan *span;
} Piece;

/* By position; at the same one the longer first, so that it becomes the outer one. */
static int compare_pieces(const void *a, const void *b)
{
    const Piece *left = a, *right = b;
    const gboolean is_quote = left->span->kind == TN_SPAN_QUOTE;

    if (left->begin != right->begin)
        return left->begin < right->begin ? -1 : 1;
    if (left->end != right->end)
        return left->end > right->end ? -1 : 1;
    if (is_quote != (right->span->kind == TN_SPAN_QUOTE))
        return is_quote ? -1 : 1;
    /* Spans lie in one array: the order of the document decides. */
    return left->span < right->span ? -1 : left->span > right->span;
}

/* Byte offset of each cluster up to the last one asked for, and of the end. */
static GArray *cluster_offsets(const char *text, guint64 last)
{
    GArray *offsets = g_array_new(FALSE, FALSE, sizeof(guint32));
    const char *at = text;

    for (guint64 i = 0;; i++) {
        guint32 offset = (guint32)(at - text);

        g_array_append_val(offsets, offset);
        if (*at == '\0' || i == last)
            return offsets;
        at = tn_grapheme_next(at);
    }
}

static gsize offset_at(const GArray *offsets, guint64 index)
{
    return g_array_index(offsets, guint32, MIN(index, offsets->len - 1));
}

/* The spans inside the text that have something to show, clamped and sorted. */
static GArray *sort_spans(const TnContent *content)
{
    GArray *pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
    g_autoptr(GArray) offsets = NULL;
    guint64 last = 0;

    for (gsize i = 0; i < content->n_spans; i++)
        last = MAX(last, (guint64)content->spans[i].at + content->spans[i].length);
    offsets = cluster_offsets(content->text, last);
    for (gsize i = 0; i < content->n_spans; i++) {
        const TnSpan *span = &content->spans[i];
        const Piece piece = {offset_at(offsets, span->at),
                             offset_at(offsets, (guint64)span->at + span->length), span};

        if (!span->is_attachment && (piece.begin < piece.end || tn_span_is_object(span->kind)))
            g_array_append_val(pieces, piece);
    }
    if (pieces->len > 0)
        qsort(pieces->data, pieces->len, sizeof(Piece), compare_pieces);
    return pieces;
}

static GArray *nest_spans(const TnContent *content)
{
    GArray *pieces = sort_spans(content);
    gsize stack[TN_MAX_NESTING];
    guint depth = 0, kept = 0;

    for (guint i = 0; i < pieces->len; i++) {
        const Piece piece = g_array_index(pieces, Piece, i);

        while (depth > 0 && stack[depth - 1] <= piece.begin)
            depth--;
        if (depth == TN_MAX_NESTING || (depth > 0 && stack[depth - 1] < piece.end))
            continue;
        stack[depth++] = piece.end;
        g_array_index(pieces, Piece, kept++) = piece;
    }
    g_array_set_size(pieces, kept);
    return pieces;
}

static void tell_text(const TnVisitor *visitor, const char *text, gsize *at, gsize until,
                      gpointer data)
{
    if (*at < until)
        visitor->text(text + *at, text + until, data);
    *at = until;
}

static void walk_pieces(const char *text, const GArray *pieces, const TnVisitor *visitor,
                        gpointer data)
{
    const Piece *open[TN_MAX_NESTING];
    guint depth = 0, next = 0;
    gsize at = 0, length = strlen(text);

    for (;;) {
        const Piece *piece = next < pieces->len ? &g_array_index(pieces, Piece, next) : NULL;
        gsize until = piece != NULL ? piece->begin : length;

        while (depth > 0 && open[depth - 1]->end <= until) {
            const Piece *last = open[--depth];

            tell_text(visitor, text, &at, last->end, data);
            visitor->close(last->span, text + last->begin, text + last->end, data);
        }
        tell_text(visitor, text, &at, until, data);
        if (piece == NULL)
            return;
        next++;
        visitor->open(piece->span, data);
        if (piece->span->kind != TN_SPAN_BREAK) {
            open[depth++] = piece;
            continue;
        }
        visitor->close(piece->span, text + piece->begin, text + piece->end, data);
        at = piece->end;
        /* Spans inside the character that is gone have nothing to show. */
        while (next < pieces->len && g_array_index(pieces, Piece, next).begin < at)
            next++;
    }
}

void tn_content_walk(const TnContent *content, const TnVisitor *visitor, gpointer data)
{
    gsize at = 0, length = strlen(content->text);

    if (content->n_spans == 0) {
        tell_text(visitor, content->text, &at, length, data);
    } else {
        g_autoptr(GArray) pieces = nest_spans(content);

        walk_pieces(content->text, pieces, visitor, data);
    }
    for (gsize i = 0; i < content->n_spans; i++) {
        const TnSpan *span = &content->spans[i];

        if (!span->is_attachment)
            continue;
        visitor->open(span, data);
        visitor->close(span, content->text + length, content->text + length, data);
    }
}
