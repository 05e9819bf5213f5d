/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-drafty.c: shows content as HTML or text, and makes content of text. Part of protocol/; pure,
 * knows no JSON: the codec fills tn-content.h.
 */
#include "tn-content.h"

#include <string.h>

#include "tn-grapheme.h"

/* Styles inside styles; deeper ones are left out, their text is shown. */
#define MAX_NESTING 32

/* How a style is written for libpurple: tags that its clients and its logs know. */
static const struct {
    const char *open, *close;
} style_tags[] = {
    [TN_SPAN_STRONG] = {"<b>", "</b>"},  [TN_SPAN_EMPHASIS] = {"<i>", "</i>"},
    [TN_SPAN_DELETED] = {"<s>", "</s>"}, [TN_SPAN_CODE] = {"<font face=\"monospace\">", "</font>"},
    [TN_SPAN_BREAK] = {"", ""},          [TN_SPAN_LINK] = {"", "</a>"},
};

/* A span that is shown, in bytes of the text. */
typedef struct {
    gsize begin, end;
    const TnSpan *span;
} Piece;

typedef struct {
    GString *out;
    gboolean is_html;
} Writer;

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

static void write_escaped(GString *out, char c)
{
    switch (c) {
    case '&':
        g_string_append(out, "&amp;");
        break;
    case '<':
        g_string_append(out, "&lt;");
        break;
    case '>':
        g_string_append(out, "&gt;");
        break;
    case '"':
        g_string_append(out, "&quot;");
        break;
    default:
        g_string_append_c(out, c);
        break;
    }
}

static void write_break(const Writer *writer)
{
    g_string_append(writer->out, writer->is_html ? "<br>" : "\n");
}

/* Text between tags. CR LF, CR, LF and the separators of lines and paragraphs are one break;
 * control characters, which have no place in a conversation or its log, are left out. */
static void write_text(const Writer *writer, const char *text, const char *end)
{
    while (text < end) {
        const char *next = g_utf8_next_char(text);
        gunichar c = g_utf8_get_char(text);

        if (c == '\r' && next < end && *next == '\n') {
            /* the LF that follows breaks the line */
        } else if (c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029) {
            write_break(writer);
        } else if (c == '\t' || !g_unichar_iscntrl(c)) {
            for (const char *p = text; p < next; p++) {
                if (writer->is_html)
                    write_escaped(writer->out, *p);
                else
                    g_string_append_c(writer->out, *p);
            }
        }
        text = next;
    }
}

static void write_open(const Writer *writer, const TnSpan *span)
{
    if (!writer->is_html)
        return;
    if (span->kind != TN_SPAN_LINK) {
        g_string_append(writer->out, style_tags[span->kind].open);
        return;
    }
    g_string_append(writer->out, "<a href=\"");
    for (const char *p = span->url; *p != '\0'; p++)
        write_escaped(writer->out, *p);
    g_string_append(writer->out, "\">");
}

static void write_close(const Writer *writer, const char *text, const Piece *piece)
{
    const TnSpan *span = piece->span;

    if (writer->is_html) {
        g_string_append(writer->out, style_tags[span->kind].close);
    } else if (span->kind == TN_SPAN_LINK &&
               (strlen(span->url) != piece->end - piece->begin ||
                strncmp(span->url, text + piece->begin, piece->end - piece->begin) != 0)) {
        /* Where the words are not the address, plain text must tell both. */
        g_string_append_printf(writer->out, " (%s)", span->url);
    }
}

/* By position; at the same one the longer first, so that it becomes the outer one. */
static int compare_spans(const void *a, const void *b)
{
    const TnSpan *left = *(const TnSpan *const *)a, *right = *(const TnSpan *const *)b;

    if (left->at != right->at)
        return left->at < right->at ? -1 : 1;
    if (left->length != right->length)
        return left->length > right->length ? -1 : 1;
    /* Spans lie in one array: the order of the document decides. */
    return left < right ? -1 : left > right;
}

/* Clusters of a text, walked forward once: positions asked for must not fall. */
typedef struct {
    const char *text, *at;
    guint32 index;
} Ruler;

static gsize ruler_advance(Ruler *ruler, guint32 index)
{
    while (ruler->index < index && *ruler->at != '\0') {
        ruler->at = tn_grapheme_next(ruler->at);
        ruler->index++;
    }
    return (gsize)(ruler->at - ruler->text);
}

/* Byte offset of each cluster, and of the end: what a span's end is looked up in. */
static GArray *cluster_offsets(const char *text, guint32 last)
{
    GArray *offsets = g_array_new(FALSE, FALSE, sizeof(guint32));
    Ruler ruler = {text, text, 0};

    for (guint32 i = 0;; i++) {
        guint32 offset = (guint32)ruler_advance(&ruler, i);

        g_array_append_val(offsets, offset);
        if (*ruler.at == '\0' || i == last)
            return offsets;
    }
}

static gsize offset_at(const GArray *offsets, guint64 index)
{
    return g_array_index(offsets, guint32, MIN(index, offsets->len - 1));
}

/* The spans that are shown, sorted and properly nested: clamped to the text, empty ones and those
 * that partly overlap an earlier one dropped. */
static GArray *nest_spans(const TnContent *content)
{
    GArray *pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
    g_autofree const TnSpan **sorted = g_new(const TnSpan *, content->n_spans);
    g_autoptr(GArray) offsets = NULL;
    gsize stack[MAX_NESTING];
    guint depth = 0;
    guint64 last = 0;

    for (gsize i = 0; i < content->n_spans; i++) {
        sorted[i] = &content->spans[i];
        last = MAX(last, (guint64)sorted[i]->at + sorted[i]->length);
    }
    qsort(sorted, content->n_spans, sizeof *sorted, compare_spans);
    offsets = cluster_offsets(content->text, (guint32)MIN(last, G_MAXUINT32));
    for (gsize i = 0; i < content->n_spans; i++) {
        const TnSpan *span = sorted[i];
        /* A break replaces one character, whatever it claims: no text may vanish in it. */
        guint32 length = span->kind == TN_SPAN_BREAK ? 1 : span->length;
        Piece piece = {offset_at(offsets, span->at), offset_at(offsets, (guint64)span->at + length),
                       span};

        while (depth > 0 && stack[depth - 1] <= piece.begin)
            depth--;
        if (piece.begin == piece.end || depth == MAX_NESTING ||
            (depth > 0 && stack[depth - 1] < piece.end))
            continue;
        stack[depth++] = piece.end;
        g_array_append_val(pieces, piece);
    }
    return pieces;
}

static void write_pieces(const Writer *writer, const TnContent *content)
{
    g_autoptr(GArray) pieces = nest_spans(content);
    const Piece *open[MAX_NESTING];
    guint depth = 0, next = 0;
    gsize at = 0, length = strlen(content->text);

    for (;;) {
        const Piece *piece = next < pieces->len ? &g_array_index(pieces, Piece, next) : NULL;
        gsize until = piece != NULL ? piece->begin : length;

        while (depth > 0 && open[depth - 1]->end <= until) {
            write_text(writer, content->text + at, content->text + open[depth - 1]->end);
            at = open[--depth]->end;
            write_close(writer, content->text, open[depth]);
        }
        write_text(writer, content->text + at, content->text + until);
        at = until;
        if (piece == NULL)
            return;
        next++;
        if (piece->span->kind == TN_SPAN_BREAK) {
            write_break(writer);
            at = piece->end;
            /* Spans inside the character that is gone have nothing to show. */
            while (next < pieces->len && g_array_index(pieces, Piece, next).begin < at)
                next++;
        } else {
            write_open(writer, piece->span);
            open[depth++] = piece;
        }
    }
}

static char *render(const TnContent *content, gboolean is_html)
{
    Writer writer = {g_string_new(NULL), is_html};

    if (content == NULL)
        return g_string_free(writer.out, FALSE);
    if (content->n_spans == 0)
        write_text(&writer, content->text, content->text + strlen(content->text));
    else
        write_pieces(&writer, content);
    return g_string_free(writer.out, FALSE);
}

char *tn_content_to_html(const TnContent *content)
{
    return render(content, TRUE);
}

char *tn_content_to_text(const TnContent *content)
{
    return render(content, FALSE);
}

gboolean tn_content_is_empty(const TnContent *content)
{
    return content == NULL || *content->text == '\0';
}

/* CR LF and CR become LF; what is not UTF-8 becomes U+FFFD. */
static char *normalise_text(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *out = g_string_sized_new(strlen(valid));

    for (const char *p = valid; *p != '\0'; p++) {
        if (*p == '\r') {
            g_string_append_c(out, '\n');
            if (p[1] == '\n')
                p++;
        } else {
            g_string_append_c(out, *p);
        }
    }
    return g_string_free(out, FALSE);
}

/* Whether a space between these two characters is a cluster of its own, and not the base of a
 * combining mark that follows or the end of a sign that binds to what comes next. */
static gboolean space_stands_alone(gunichar before, gunichar after)
{
    char probe[16], *p = probe;
    const char *space, *next;

    if (before != 0)
        p += g_unichar_to_utf8(before, p);
    space = p;
    *p++ = ' ';
    if (after != 0)
        p += g_unichar_to_utf8(after, p);
    *p = '\0';
    next = before != 0 ? tn_grapheme_next(probe) : probe;
    return next == space && tn_grapheme_next(space) == space + 1;
}

/* Each line feed becomes a space that BR replaces, as official clients write it; where a space
 * would not be one cluster it stays a line feed, which always is. */
static TnContent *content_from_lines(const char *lines)
{
    TnContent *content = g_new0(TnContent, 1);
    GString *text = g_string_sized_new(strlen(lines));
    GArray *spans = g_array_new(FALSE, FALSE, sizeof(TnSpan));
    gunichar before = 0;
    Ruler ruler;

    for (const char *p = lines; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p), after = *p == '\n' ? g_utf8_get_char(p + 1) : 0;

        if (c == '\n') {
            /* The byte for now; the cluster once the text is whole. */
            TnSpan span = {(guint32)text->len, 1, TN_SPAN_BREAK, NULL};

            g_array_append_val(spans, span);
            if (space_stands_alone(before, after))
                c = ' ';
        }
        g_string_append_unichar(text, c);
        before = c;
    }
    content->text = g_string_free(text, FALSE);
    ruler = (Ruler){content->text, content->text, 0};
    for (guint i = 0; i < spans->len; i++) {
        TnSpan *span = &g_array_index(spans, TnSpan, i);

        while (ruler.at < content->text + span->at)
            ruler_advance(&ruler, ruler.index + 1);
        span->at = ruler.index;
    }
    content->n_spans = spans->len;
    content->spans = (TnSpan *)(gpointer)g_array_free(spans, FALSE);
    return content;
}

TnContent *tn_content_from_text(const char *text)
{
    g_autofree char *lines = normalise_text(text != NULL ? text : "");
    TnContent *content;

    if (strchr(lines, '\n') != NULL)
        return content_from_lines(lines);
    content = g_new0(TnContent, 1);
    content->text = g_steal_pointer(&lines);
    return content;
}

void tn_content_free(TnContent *content)
{
    if (content == NULL)
        return;
    for (gsize i = 0; i < content->n_spans; i++)
        g_free(content->spans[i].url);
    g_free(content->spans);
    g_free(content->text);
    g_free(content);
}
