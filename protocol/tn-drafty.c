/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-drafty.c: shows content as HTML or text. Part of protocol/; pure but for the table of words.
 */
#include "tn-content.h"

#include <string.h>

#include "tn-grapheme.h"
#include "tn-words.h"

/* Bytes of a line that speaks of a message: a cluster may be of any size. */
#define MAX_LINE 4096

/* How a style is written for libpurple: tags that its clients and its logs know. */
static const struct {
    const char *open, *close;
} style_tags[] = {
    [TN_SPAN_STRONG] = {"<b>", "</b>"},
    [TN_SPAN_EMPHASIS] = {"<i>", "</i>"},
    [TN_SPAN_DELETED] = {"<s>", "</s>"},
    [TN_SPAN_CODE] = {"<font face=\"monospace\">", "</font>"},
};

/* What is being written. Quotes, rows, buttons, pictures and so on stand on lines of their own: a
 * line ends only when something follows on the next one. */
typedef struct {
    GString *out;
    gboolean is_html;
    gboolean is_unquoted; /* quotes are left out */
    gboolean is_at_start; /* of a line */
    gboolean must_break;  /* before anything else on this line */
    guint quotes, hidden, objects, links;
    guint choice;    /* number of the last button */
    gsize n_words;   /* grows with everything that can be seen */
    gsize n_before;  /* n_words before those of the last button */
    TnShowFunc show; /* NULL: lines for all objects */
    gpointer show_data;
} Writer;

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

static void put_line_end(Writer *writer)
{
    g_string_append(writer->out, writer->is_html ? "<br>" : "\n");
    writer->is_at_start = TRUE;
    writer->must_break = FALSE;
}

/* Before anything that people see. */
static void begin_output(Writer *writer)
{
    if (writer->must_break)
        put_line_end(writer);
    for (guint i = 0; writer->is_at_start && i < writer->quotes; i++)
        g_string_append(writer->out, writer->is_html ? "&gt; " : "> ");
    writer->is_at_start = FALSE;
}

static void begin_line(Writer *writer)
{
    if (!writer->is_at_start)
        writer->must_break = TRUE;
}

static gboolean is_blank(const char *from, const char *to)
{
    for (; from < to; from = g_utf8_next_char(from)) {
        if (!g_unichar_isspace(g_utf8_get_char(from)))
            return FALSE;
    }
    return TRUE;
}

static void put_char(Writer *writer, const char *from, const char *to)
{
    begin_output(writer);
    if (!is_blank(from, to))
        writer->n_words++;
    for (; from < to; from++) {
        if (writer->is_html)
            write_escaped(writer->out, *from);
        else
            g_string_append_c(writer->out, *from);
    }
}

static void put_string(Writer *writer, const char *text)
{
    put_char(writer, text, text + strlen(text));
}

/* Text between tags. CR LF, CR, LF and the separators of lines and paragraphs are one break;
 * control characters, which have no place in a conversation or its log, are left out. */
static void put_text(Writer *writer, const char *text, const char *end)
{
    /* The line has ended anyway: the space that goes on after a picture is none. */
    while (writer->must_break && text < end && *text == ' ')
        text++;
    while (text < end) {
        const char *next = g_utf8_next_char(text);
        gunichar c = g_utf8_get_char(text);

        if (c == '\r' && next < end && *next == '\n') {
            /* the LF that follows breaks the line */
        } else if (c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029) {
            put_line_end(writer);
        } else if (c == '\t' || !g_unichar_iscntrl(c)) {
            put_char(writer, text, next);
        }
        text = next;
    }
}

/* Links do not nest: the outermost counts. */
static void open_link(Writer *writer, const char *url)
{
    if (writer->links++ > 0 || !writer->is_html)
        return;
    g_string_append(writer->out, "<a href=\"");
    for (const char *p = url; *p != '\0'; p++)
        write_escaped(writer->out, *p);
    g_string_append(writer->out, "\">");
}

/* from, to: the words. Where they are not the address, plain text must tell both. */
static void close_link(Writer *writer, const char *url, const char *from, const char *to)
{
    if (--writer->links > 0)
        return;
    if (writer->is_html) {
        g_string_append(writer->out, "</a>");
    } else if (strlen(url) != (gsize)(to - from) || strncmp(url, from, (gsize)(to - from)) != 0) {
        g_string_append_printf(writer->out, " (%s)", url);
    }
}

static void put_link(Writer *writer, const char *url, const char *words)
{
    open_link(writer, url);
    put_string(writer, words);
    close_link(writer, url, words, words + strlen(words));
}

static TnWord word_of(const TnSpan *span)
{
    switch (span->kind) {
    case TN_SPAN_PICTURE:
        return TN_WORD_PICTURE;
    case TN_SPAN_AUDIO:
        return TN_WORD_AUDIO;
    case TN_SPAN_VIDEO:
        return TN_WORD_VIDEO;
    case TN_SPAN_CARD:
        return TN_WORD_CONTACT;
    case TN_SPAN_CALL:
        return tn_word_of_call(span->name);
    default:
        return TN_WORD_FILE;
    }
}

static TnObject object_of(const TnSpan *span)
{
    static const TnObjectKind kinds[] = {[TN_SPAN_PICTURE - TN_SPAN_PICTURE] = TN_OBJECT_PICTURE,
                                         [TN_SPAN_AUDIO - TN_SPAN_PICTURE] = TN_OBJECT_AUDIO,
                                         [TN_SPAN_VIDEO - TN_SPAN_PICTURE] = TN_OBJECT_VIDEO,
                                         [TN_SPAN_FILE - TN_SPAN_PICTURE] = TN_OBJECT_FILE};

    const gsize inside = span->bytes != NULL ? g_bytes_get_size(span->bytes) : 0;

    return (TnObject){
        .kind = kinds[span->kind - TN_SPAN_PICTURE],
        .name = span->name,
        .mime = span->mime,
        .ref = span->ref,
        .bytes = span->bytes,
        .size = inside > 0 ? (guint32)inside : span->size,
    };
}

/* FALSE: nobody wants to show it in another way. */
static gboolean put_shown(Writer *writer, const TnSpan *span)
{
    const TnObject object = tn_span_is_media(span->kind) ? object_of(span) : (TnObject){0};
    g_autofree char *html = NULL;

    if (writer->show == NULL || !tn_span_is_media(span->kind))
        return FALSE;
    html = writer->show(&object, writer->show_data);
    if (html == NULL)
        return FALSE;
    begin_line(writer);
    begin_output(writer);
    g_string_append(writer->out, html);
    writer->n_words++;
    begin_line(writer);
    return TRUE;
}

/* [Picture: cat.jpg, 12.3 kB], a line of its own. */
static void put_object(Writer *writer, const TnSpan *span)
{
    const char *name = span->kind != TN_SPAN_CALL ? span->name : NULL;

    if (put_shown(writer, span))
        return;
    begin_line(writer);
    put_string(writer, "[");
    put_string(writer, tn_word(word_of(span)));
    if (name != NULL || span->url != NULL)
        put_string(writer, ": ");
    if (span->url != NULL)
        put_link(writer, span->url, name != NULL ? name : span->url);
    else if (name != NULL)
        put_string(writer, name);
    if (span->duration_ms > 0) {
        g_autofree char *duration = tn_duration_to_text(span->duration_ms);

        put_string(writer, ", ");
        put_string(writer, duration);
    }
    if (span->size > 0) {
        g_autofree char *size = g_format_size(span->size);

        put_string(writer, ", ");
        put_string(writer, size);
    }
    put_string(writer, "]");
    begin_line(writer);
}

static void open_button(Writer *writer, const TnSpan *span)
{
    g_autofree char *number = g_strdup_printf("%u. ", ++writer->choice);

    begin_line(writer);
    put_string(writer, number);
    if (span->url != NULL)
        open_link(writer, span->url);
    writer->n_before = writer->n_words;
}

/* A button without words has a name or an address. */
static void close_button(Writer *writer, const TnSpan *span, const char *from, const char *to)
{
    if (writer->n_words == writer->n_before) {
        from = span->name != NULL ? span->name : span->url != NULL ? span->url : "";
        to = from + strlen(from);
        put_char(writer, from, to);
    }
    if (span->url != NULL)
        close_link(writer, span->url, from, to);
    begin_line(writer);
}

static void open_style(Writer *writer, TnSpanKind kind)
{
    if (writer->is_html)
        g_string_append(writer->out, style_tags[kind].open);
}

static gboolean is_hidden(const Writer *writer, const TnSpan *span)
{
    return span->kind == TN_SPAN_HIDDEN || (writer->is_unquoted && span->kind == TN_SPAN_QUOTE);
}

static void on_open(const TnSpan *span, gpointer data)
{
    Writer *writer = data;

    if (is_hidden(writer, span))
        writer->hidden++;
    if (writer->hidden > 0)
        return;
    switch (span->kind) {
    case TN_SPAN_STRONG:
    case TN_SPAN_EMPHASIS:
    case TN_SPAN_DELETED:
    case TN_SPAN_CODE:
        open_style(writer, span->kind);
        break;
    case TN_SPAN_BREAK:
        put_line_end(writer);
        break;
    case TN_SPAN_LINK:
        open_link(writer, span->url);
        break;
    case TN_SPAN_QUOTE:
        begin_line(writer);
        writer->quotes++;
        break;
    case TN_SPAN_FORM:
    case TN_SPAN_ROW:
        begin_line(writer);
        break;
    case TN_SPAN_BUTTON:
        open_button(writer, span);
        break;
    case TN_SPAN_PICTURE:
    case TN_SPAN_AUDIO:
    case TN_SPAN_VIDEO:
    case TN_SPAN_FILE:
    case TN_SPAN_CALL:
    case TN_SPAN_CARD:
        put_object(writer, span);
        writer->objects++;
        break;
    default:
        break;
    }
}

static void on_text(const char *from, const char *to, gpointer data)
{
    Writer *writer = data;

    /* The space that a picture stands for; words there are not lost. */
    if (writer->hidden == 0 && !(writer->objects > 0 && is_blank(from, to)))
        put_text(writer, from, to);
}

static void on_close(const TnSpan *span, const char *from, const char *to, gpointer data)
{
    Writer *writer = data;

    if (is_hidden(writer, span))
        writer->hidden--;
    if (writer->hidden > 0 || is_hidden(writer, span))
        return;
    switch (span->kind) {
    case TN_SPAN_STRONG:
    case TN_SPAN_EMPHASIS:
    case TN_SPAN_DELETED:
    case TN_SPAN_CODE:
        if (writer->is_html)
            g_string_append(writer->out, style_tags[span->kind].close);
        break;
    case TN_SPAN_LINK:
        close_link(writer, span->url, from, to);
        break;
    case TN_SPAN_QUOTE:
        writer->quotes--;
        begin_line(writer);
        break;
    case TN_SPAN_FORM:
    case TN_SPAN_ROW:
        begin_line(writer);
        break;
    case TN_SPAN_BUTTON:
        close_button(writer, span, from, to);
        break;
    case TN_SPAN_PICTURE:
    case TN_SPAN_AUDIO:
    case TN_SPAN_VIDEO:
    case TN_SPAN_FILE:
    case TN_SPAN_CALL:
    case TN_SPAN_CARD:
        writer->objects--;
        begin_line(writer);
        break;
    default:
        break;
    }
}

static char *render(const TnContent *content, gboolean is_html, gboolean is_unquoted)
{
    static const TnVisitor visitor = {on_open, on_text, on_close};
    Writer writer = {.out = g_string_new(NULL),
                     .is_html = is_html,
                     .is_unquoted = is_unquoted,
                     .is_at_start = TRUE};

    if (content != NULL)
        tn_content_walk(content, &visitor, &writer);
    return g_string_free(writer.out, FALSE);
}

char *tn_content_to_html(const TnContent *content)
{
    return render(content, TRUE, FALSE);
}

char *tn_content_to_html_with(const TnContent *content, TnShowFunc show, gpointer user_data)
{
    static const TnVisitor visitor = {on_open, on_text, on_close};
    Writer writer = {.out = g_string_new(NULL),
                     .is_html = TRUE,
                     .is_at_start = TRUE,
                     .show = show,
                     .show_data = user_data};

    tn_content_walk(content, &visitor, &writer);
    return g_string_free(writer.out, FALSE);
}

/* Objects that can be had: what is hidden is nobody's to see. */
typedef struct {
    TnObject *objects;
    guint n, max, hidden;
} Collector;

static void collect_open(const TnSpan *span, gpointer data)
{
    Collector *collector = data;

    if (span->kind == TN_SPAN_HIDDEN)
        collector->hidden++;
    if (collector->hidden == 0 && tn_span_is_media(span->kind) && collector->n < collector->max &&
        (span->bytes != NULL || span->ref != NULL))
        collector->objects[collector->n++] = object_of(span);
}

static void collect_text(const char *from, const char *to, gpointer data)
{
    (void)from;
    (void)to;
    (void)data;
}

static void collect_close(const TnSpan *span, const char *from, const char *to, gpointer data)
{
    (void)from;
    (void)to;
    if (span->kind == TN_SPAN_HIDDEN)
        ((Collector *)data)->hidden--;
}

guint tn_content_objects(const TnContent *content, TnObject *objects, guint max)
{
    static const TnVisitor visitor = {collect_open, collect_text, collect_close};
    Collector collector = {objects, 0, max, 0};

    tn_content_walk(content, &visitor, &collector);
    return collector.n;
}

static void put_attribute(GString *out, const char *name, const char *value)
{
    if (value == NULL)
        return;
    g_string_append_printf(out, " %s=\"", name);
    for (; *value != '\0'; value++)
        write_escaped(out, *value);
    g_string_append_c(out, '"');
}

static void put_count(GString *out, const char *name, guint number)
{
    if (number > 0)
        g_string_append_printf(out, " %s=\"%u\"", name, number);
}

char *tn_object_to_markup(const TnObject *object, const char *src, guint width, guint height)
{
    GString *out = g_string_new(object->kind == TN_OBJECT_PICTURE ? "<img" : "<embed");

    put_attribute(out, "src", src);
    put_attribute(out, "alt", object->name);
    put_attribute(out, "type", object->mime);
    put_count(out, "width", width);
    put_count(out, "height", height);
    put_count(out, "size", object->size);
    g_string_append_c(out, '>');
    return g_string_free(out, FALSE);
}

char **tn_content_attachments(const TnContent *content)
{
    g_autoptr(GPtrArray) refs = g_ptr_array_new_with_free_func(g_free);

    for (gsize i = 0; i < content->n_spans; i++)
        if (content->spans[i].ref != NULL)
            g_ptr_array_add(refs, g_strdup(content->spans[i].ref));
    if (refs->len == 0)
        return NULL;
    g_ptr_array_add(refs, NULL);
    return (char **)g_ptr_array_steal(refs, NULL);
}

char *tn_content_to_text(const TnContent *content)
{
    return render(content, FALSE, FALSE);
}

char *tn_line_cut(const char *text, guint max)
{
    const char *end = text, *next;

    for (guint n = 1; *end != '\0'; n++, end = next) {
        next = tn_grapheme_next(end);
        if (n >= max || next - text > MAX_LINE)
            return g_strdup_printf("%.*s\u2026", (int)(end - text), text);
    }
    return g_strdup(text);
}

char *tn_content_to_line(const TnContent *content, guint max)
{
    g_autofree char *text = render(content, FALSE, TRUE);

    return tn_line_cut(g_strdelimit(text, "\n", ' '), max);
}

char *tn_call_to_html(const char *state, guint32 duration_ms)
{
    TnSpan call = {.kind = TN_SPAN_CALL,
                   .is_attachment = TRUE,
                   .name = (char *)state,
                   .duration_ms = duration_ms};
    const TnContent content = {(char *)"", &call, 1, 0};

    return render(&content, TRUE, FALSE);
}
