/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-html.c: makes content of libpurple's HTML and of text. Part of protocol/; pure.
 *
 * The HTML is read as browsers do with scraps of it: every stretch of text has the styles of the
 * tags that are open there. Spans are made of the stretches afterwards, so that they nest whatever
 * the tags did.
 */
#include "tn-content.h"

#include <string.h>

#include "tn-grapheme.h"

#define MAX_TAG_NAME 12
/* Elements that are open at once; what opens inside so many looks as they do. */
#define MAX_OPEN 128

/* From the outermost to the innermost. */
static const TnSpanKind levels[] = {TN_SPAN_LINK, TN_SPAN_STRONG, TN_SPAN_EMPHASIS, TN_SPAN_DELETED,
                                    TN_SPAN_CODE};
#define N_LEVELS G_N_ELEMENTS(levels)

/* A stretch of text that looks the same, up to the next one. marks: by level, 0 is none; for links
 * the number of the address. */
typedef struct {
    gsize begin;
    guint32 marks[N_LEVELS];
} Run;

typedef struct {
    char name[MAX_TAG_NAME];
    guint32 marks[N_LEVELS]; /* what it sets; 0: nothing */
    char *href;              /* of a link, whether it may be sent or not */
    gsize begin;             /* where its text begins */
} Element;

typedef struct {
    GString *text; /* breaks as line feeds */
    GArray *runs;
    GPtrArray *urls;
    GArray *open;         /* elements */
    GArray *objects;      /* spans of pictures and files; they count bytes */
    gboolean must_break;  /* before more text: a block began or ended */
    gboolean is_all_seen; /* nothing hides any more: its end is not there */
    const char *last_end; /* the last > of all */
} Reader;

/* Text ----------------------------------------------------------------------------------------- */

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
 * would not be one cluster it stays a line feed, which always is. Spans count bytes here. */
static void break_lines(char *text, GArray *spans)
{
    gunichar before = 0;

    for (char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        if (*p == '\n') {
            TnSpan span = {.at = (guint32)(p - text), .length = 1, .kind = TN_SPAN_BREAK};

            g_array_append_val(spans, span);
            if (space_stands_alone(before, g_utf8_get_char(p + 1)))
                *p = ' ';
        }
        before = g_utf8_get_char(p);
    }
}

/* Clusters of a text, walked forward once: positions asked for must not fall. */
typedef struct {
    const char *text, *at;
    guint32 index;
} Ruler;

/* The first cluster that begins at the byte or after it. */
static guint32 ruler_index(Ruler *ruler, gsize byte)
{
    while (ruler->at < ruler->text + byte && *ruler->at != '\0') {
        ruler->at = tn_grapheme_next(ruler->at);
        ruler->index++;
    }
    return ruler->index;
}

/* Pictures stand on a space, as official clients write them; where that would not be one cluster,
 * on a line feed, which always is. */
static void place_objects(Reader *reader, GArray *spans)
{
    char *text = reader->text->str;
    Ruler ruler = {text, text, 0};

    for (guint i = 0; i < reader->objects->len; i++) {
        const TnSpan *span = &g_array_index(reader->objects, TnSpan, i);
        const char *before = text + span->at;

        if (!span->is_attachment &&
            !space_stands_alone(span->at > 0 ? g_utf8_get_char(g_utf8_find_prev_char(text, before))
                                             : 0,
                                g_utf8_get_char(before + 1)))
            text[span->at] = '\n';
    }
    for (guint i = 0; i < reader->objects->len; i++) {
        TnSpan span = g_array_index(reader->objects, TnSpan, i);

        span.at = span.is_attachment ? 0 : ruler_index(&ruler, span.at);
        g_array_append_val(spans, span);
    }
    g_array_set_size(reader->objects, 0);
}

/* Spans ---------------------------------------------------------------------------------------- */

static guint level_of(TnSpanKind kind)
{
    guint level = 0;

    while (level < N_LEVELS && levels[level] != kind)
        level++;
    return level;
}

static int compare_spans(const void *a, const void *b)
{
    const TnSpan *left = a, *right = b;

    if (left->at != right->at)
        return left->at < right->at ? -1 : 1;
    if (left->length != right->length)
        return left->length > right->length ? -1 : 1;
    return (int)level_of(left->kind) - (int)level_of(right->kind);
}

/* What was open changes from the first level that differs on: all inside it ends there. */
static void change_styles(const Reader *reader, GArray *spans, const guint32 *was,
                          const guint32 *now, guint32 at, guint *open)
{
    guint level = 0;

    while (level < N_LEVELS && was[level] == now[level])
        level++;
    for (; level < N_LEVELS; level++) {
        if (was[level] != 0) {
            TnSpan *span = &g_array_index(spans, TnSpan, open[level]);

            span->length = at - span->at;
        }
        if (now[level] != 0) {
            const TnSpan span = {.at = at, .kind = levels[level]};

            open[level] = spans->len;
            g_array_append_val(spans, span);
            if (span.kind == TN_SPAN_LINK)
                g_array_index(spans, TnSpan, open[level]).url =
                    g_strdup(g_ptr_array_index(reader->urls, now[level] - 1));
        }
    }
}

/* A cluster looks as its first character does: runs begin at the first cluster that they own. */
static void style_runs(const Reader *reader, GArray *spans)
{
    static const guint32 nothing[N_LEVELS] = {0};
    Ruler ruler = {reader->text->str, reader->text->str, 0};
    const guint32 *was = nothing;
    guint open[N_LEVELS] = {0};

    for (guint i = 0; i < reader->runs->len; i++) {
        const Run *run = &g_array_index(reader->runs, Run, i);
        const gboolean is_last = i + 1 == reader->runs->len;
        const guint32 at = ruler_index(&ruler, run->begin);
        const gsize end = is_last ? reader->text->len : run[1].begin;

        /* All of it belongs to a cluster that began before. */
        if (end <= (gsize)(ruler.at - ruler.text))
            continue;
        change_styles(reader, spans, was, run->marks, at, open);
        was = run->marks;
    }
    change_styles(reader, spans, was, nothing, ruler_index(&ruler, reader->text->len), open);
}

static TnContent *make_content(Reader *reader)
{
    TnContent *content = g_new0(TnContent, 1);
    GArray *spans = g_array_new(FALSE, FALSE, sizeof(TnSpan));
    Ruler ruler = {reader->text->str, reader->text->str, 0};

    break_lines(reader->text->str, spans);
    for (guint i = 0; i < spans->len; i++) {
        TnSpan *span = &g_array_index(spans, TnSpan, i);

        span->at = ruler_index(&ruler, span->at);
    }
    place_objects(reader, spans);
    style_runs(reader, spans);
    if (spans->len > 0)
        qsort(spans->data, spans->len, sizeof(TnSpan), compare_spans);
    content->text = g_string_free(g_steal_pointer(&reader->text), FALSE);
    content->n_spans = spans->len;
    content->spans = (TnSpan *)(gpointer)g_array_free(spans, spans->len == 0);
    return content;
}

/* Reading HTML --------------------------------------------------------------------------------- */

/* What comes next looks as the open elements say. */
static void begin_run(Reader *reader)
{
    Run run = {.begin = reader->text->len};

    for (guint i = 0; i < reader->open->len; i++) {
        const Element *element = &g_array_index(reader->open, Element, i);

        for (guint level = 0; level < N_LEVELS; level++) {
            if (element->marks[level] != 0)
                run.marks[level] = element->marks[level];
        }
    }
    g_array_append_val(reader->runs, run);
}

static void append_break(Reader *reader)
{
    reader->must_break = FALSE;
    begin_run(reader);
    g_string_append_c(reader->text, '\n');
}

static void append_text(Reader *reader, const char *text, gsize length)
{
    if (length == 0)
        return;
    if (reader->must_break && reader->text->len > 0 &&
        reader->text->str[reader->text->len - 1] != '\n')
        append_break(reader);
    reader->must_break = FALSE;
    begin_run(reader);
    g_string_append_len(reader->text, text, (gssize)length);
}

/* The character that an entity stands for, as libpurple has it; 0: it is none, & is meant. */
static gunichar read_entity(const char *p, const char **end)
{
    static const struct {
        const char *name;
        gunichar c;
    } names[] = {{"&amp;", '&'},   {"&lt;", '<'},   {"&gt;", '>'},    {"&quot;", '"'},
                 {"&apos;", '\''}, {"&nbsp;", ' '}, {"&copy;", 0xa9}, {"&reg;", 0xae}};
    const gboolean is_hex = p[1] == '#' && (p[2] == 'x' || p[2] == 'X');
    char *rest;
    guint64 c;

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_ascii_strncasecmp(p, names[i].name, strlen(names[i].name)) == 0) {
            *end = p + strlen(names[i].name);
            return names[i].c;
        }
    }
    if (p[1] != '#' || !(is_hex ? g_ascii_isxdigit(p[3]) : g_ascii_isdigit(p[2])))
        return 0;
    c = g_ascii_strtoull(p + (is_hex ? 3 : 2), &rest, is_hex ? 16 : 10);
    if (*rest != ';' || c == 0 || c > 0x10ffff || !g_unichar_validate((gunichar)c))
        return 0;
    *end = rest + 1;
    return (gunichar)c;
}

static char *decode_entities(const char *text, gsize length)
{
    g_autofree char *copy = g_strndup(text, length);
    GString *out = g_string_sized_new(length);

    for (const char *p = copy; *p != '\0';) {
        gunichar c = *p == '&' ? read_entity(p, &p) : 0;

        if (c != 0)
            g_string_append_unichar(out, c);
        else
            g_string_append_c(out, *p++);
    }
    return g_string_free(out, FALSE);
}

/* The value of an attribute of the tag from < to >; newly allocated, NULL: absent. */
static char *read_attribute(const char *p, const char *end, const char *name)
{
    while (p < end && !g_ascii_isspace(*p))
        p++;
    while (p < end) {
        const char *key, *value;
        gsize key_length, length;

        while (p < end && (g_ascii_isspace(*p) || *p == '/'))
            p++;
        key = p;
        while (p < end && !g_ascii_isspace(*p) && *p != '=')
            p++;
        key_length = (gsize)(p - key);
        while (p < end && g_ascii_isspace(*p))
            p++;
        if (p >= end || *p != '=')
            continue;
        p++;
        while (p < end && g_ascii_isspace(*p))
            p++;
        value = p;
        if (p < end && (*p == '"' || *p == '\'')) {
            const char *quote = memchr(p + 1, *p, (gsize)(end - p - 1));

            value++;
            p = quote != NULL ? quote : end;
            length = (gsize)(p - value);
            p = MIN(p + 1, end);
        } else {
            while (p < end && !g_ascii_isspace(*p))
                p++;
            length = (gsize)(p - value);
        }
        if (key_length == strlen(name) && g_ascii_strncasecmp(key, name, key_length) == 0)
            return decode_entities(value, length);
    }
    return NULL;
}

static void set_mark(Element *element, TnSpanKind kind)
{
    element->marks[level_of(kind)] = 1;
}

/* The style attribute, as far as Drafty knows styles. */
static void read_style(Element *element, const char *style)
{
    g_autofree char *lower = g_ascii_strdown(style, -1);
    g_auto(GStrv) parts = g_strsplit(lower, ";", -1);

    for (char **part = parts; *part != NULL; part++) {
        char *value = strchr(*part, ':');

        if (value == NULL)
            continue;
        *value++ = '\0';
        g_strstrip(*part);
        g_strstrip(value);
        if (strcmp(*part, "font-weight") == 0 &&
            (g_str_has_prefix(value, "bold") || g_ascii_strtoull(value, NULL, 10) >= 600))
            set_mark(element, TN_SPAN_STRONG);
        else if (strcmp(*part, "font-style") == 0 &&
                 (g_str_has_prefix(value, "italic") || g_str_has_prefix(value, "oblique")))
            set_mark(element, TN_SPAN_EMPHASIS);
        else if (g_str_has_prefix(*part, "text-decoration") && strstr(value, "line-through"))
            set_mark(element, TN_SPAN_DELETED);
        else if (strcmp(*part, "font-family") == 0 && strstr(value, "monospace") != NULL)
            set_mark(element, TN_SPAN_CODE);
    }
}

static gboolean is_one_of(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(name, *names) != 0)
        names++;
    return *names != NULL;
}

static gboolean is_block(const char *name)
{
    static const char *const names[] = {"p",  "div",        "ul", "ol",  "li", "table",
                                        "tr", "blockquote", "hr", "h1",  "h2", "h3",
                                        "h4", "h5",         "h6", "pre", NULL};

    return is_one_of(name, names);
}

static void read_link(Reader *reader, Element *element, char *href)
{
    element->href = href;
    element->begin = reader->text->len;
    if (!tn_url_is_safe(href))
        return;
    g_ptr_array_add(reader->urls, g_strdup(href));
    element->marks[level_of(TN_SPAN_LINK)] = reader->urls->len;
}

static guint32 read_number(const char *p, const char *end, const char *name)
{
    g_autofree char *text = read_attribute(p, end, name);
    guint64 number = 0;

    if (text == NULL || !g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT32, &number, NULL))
        return 0;
    return (guint32)number;
}

/* FALSE: src is no picture or file that may be sent. */
static gboolean read_source(TnSpan *span, const char *src)
{
    const char *comma;

    if (src[0] == '/' && src[1] != '/' && strlen(src) <= TN_MAX_URL) {
        span->ref = g_strdup(src);
        return TRUE;
    }
    comma = g_ascii_strncasecmp(src, "data:", 5) == 0 ? strchr(src, ',') : NULL;
    if (comma == NULL || comma - src < 12 || strncmp(comma - 7, ";base64", 7) != 0)
        return FALSE;
    span->bytes = tn_bytes_from_base64(comma + 1, strlen(comma + 1));
    span->size = span->bytes != NULL ? (guint32)g_bytes_get_size(span->bytes) : 0;
    return span->bytes != NULL;
}

static void read_object(Reader *reader, gboolean is_picture, const char *tag, const char *end)
{
    g_autofree char *src = read_attribute(tag, end, "src");
    TnSpan span = {0};

    if (src == NULL || !read_source(&span, src))
        return;
    span.mime = read_attribute(tag, end, "type");
    span.name = read_attribute(tag, end, "alt");
    span.width = read_number(tag, end, "width");
    span.height = read_number(tag, end, "height");
    if (span.size == 0)
        span.size = read_number(tag, end, "size");
    span.is_attachment = !is_picture;
    span.kind = is_picture ? TN_SPAN_PICTURE : TN_SPAN_FILE;
    if (is_picture) {
        append_text(reader, " ", 1);
        span.at = (guint32)reader->text->len - 1;
        span.length = 1;
    }
    g_array_append_val(reader->objects, span);
}

static void open_element(Reader *reader, const char *name, const char *tag, const char *end)
{
    static const char *const empty[] = {"br", "hr", "img", "embed", "meta", "input", "link", NULL};
    static const struct {
        const char *name;
        TnSpanKind kind;
    } styles[] = {
        {"b", TN_SPAN_STRONG},    {"strong", TN_SPAN_STRONG}, {"i", TN_SPAN_EMPHASIS},
        {"em", TN_SPAN_EMPHASIS}, {"s", TN_SPAN_DELETED},     {"strike", TN_SPAN_DELETED},
        {"del", TN_SPAN_DELETED}, {"tt", TN_SPAN_CODE},       {"code", TN_SPAN_CODE},
        {"pre", TN_SPAN_CODE},    {"kbd", TN_SPAN_CODE},
    };
    Element element = {0};
    g_autofree char *style = read_attribute(tag, end, "style");
    g_autofree char *face = read_attribute(tag, end, "face");

    if (strcmp(name, "img") == 0 || strcmp(name, "embed") == 0)
        read_object(reader, name[0] == 'i', tag, end);
    if (is_one_of(name, empty) || reader->open->len == MAX_OPEN)
        return;
    g_strlcpy(element.name, name, sizeof element.name);
    for (gsize i = 0; i < G_N_ELEMENTS(styles); i++) {
        if (strcmp(name, styles[i].name) == 0)
            set_mark(&element, styles[i].kind);
    }
    if (style != NULL)
        read_style(&element, style);
    if (strcmp(name, "font") == 0 && face != NULL && g_ascii_strcasecmp(face, "monospace") == 0)
        set_mark(&element, TN_SPAN_CODE);
    if (strcmp(name, "a") == 0) {
        char *href = read_attribute(tag, end, "href");

        if (href != NULL)
            read_link(reader, &element, href);
    }
    g_array_append_val(reader->open, element);
}

/* A link that cannot be one, or that has no words, tells its address. */
static void finish_link(Reader *reader, const Element *element)
{
    const char *words = reader->text->str + element->begin, *href = element->href;
    const gboolean is_mail = g_ascii_strncasecmp(href, "mailto:", 7) == 0;

    if (*words == '\0') {
        append_text(reader, href, strlen(href));
    } else if (!tn_url_is_safe(href) && *href != '\0' && strcmp(words, href) != 0 &&
               !(is_mail && strcmp(words, href + 7) == 0)) {
        g_autofree char *address = g_strdup_printf(" (%s)", href);

        append_text(reader, address, strlen(address));
    }
}

static void close_element(Reader *reader, guint index)
{
    Element element = g_array_index(reader->open, Element, index);

    if (element.href != NULL)
        finish_link(reader, &element);
    g_free(element.href);
    g_array_remove_index(reader->open, index);
}

static void close_named(Reader *reader, const char *name)
{
    for (guint i = reader->open->len; i > 0; i--) {
        if (strcmp(g_array_index(reader->open, Element, i - 1).name, name) == 0) {
            close_element(reader, i - 1);
            return;
        }
    }
}

/* The > that ends the tag at p; NULL: it is no tag, < is meant. */
static const char *tag_end(const char *p)
{
    char quote = '\0';

    if (g_str_has_prefix(p, "<!--")) {
        const char *end = strstr(p + 4, "-->");

        return end != NULL ? end + 2 : NULL;
    }
    if (!g_ascii_isalpha(p[1]) && p[1] != '!' && p[1] != '?' &&
        !(p[1] == '/' && g_ascii_isalpha(p[2])))
        return NULL;
    for (; *p != '\0'; p++) {
        if (quote != '\0')
            quote = *p == quote ? '\0' : quote;
        else if ((*p == '"' || *p == '\'') && p[-1] == '=')
            quote = *p;
        else if (*p == '>')
            return p;
    }
    return NULL;
}

/* What a browser would not show. Returns: where it ends. */
static const char *skip_unseen(Reader *reader, const char *name, const char *end)
{
    g_autofree char *closing = g_strdup_printf("</%s", name);

    for (const char *p = end; *p != '\0'; p++) {
        if (g_ascii_strncasecmp(p, closing, strlen(closing)) == 0)
            return p - 1;
    }
    reader->is_all_seen = TRUE;
    return end;
}

/* Returns: the > that ends it, or what it hides. */
static const char *read_tag(Reader *reader, const char *tag, const char *end)
{
    static const char *const unseen[] = {"script", "style", "title", NULL};
    const gboolean is_closing = tag[1] == '/';
    char name[MAX_TAG_NAME];
    gsize length = 0;

    for (const char *p = tag + 1 + is_closing; g_ascii_isalnum(*p); p++) {
        if (length < sizeof name - 1)
            name[length++] = g_ascii_tolower(*p);
    }
    name[length] = '\0';
    if (strcmp(name, "br") == 0)
        append_break(reader);
    else if (is_block(name))
        reader->must_break = TRUE;
    if (is_closing) {
        close_named(reader, name);
        return end;
    }
    open_element(reader, name, tag + 1, end);
    return !reader->is_all_seen && is_one_of(name, unseen) ? skip_unseen(reader, name, end) : end;
}

static void read_html(Reader *reader, const char *html)
{
    const char *p = html, *begin = html;

    reader->last_end = strrchr(html, '>');
    while (*p != '\0') {
        const char *end = NULL;
        gunichar c = *p == '&' ? read_entity(p, &end) : 0;

        if (*p == '<' && p < reader->last_end)
            end = tag_end(p);
        if (end == NULL && *p != '\n') {
            p++;
            continue;
        }
        append_text(reader, begin, (gsize)(p - begin));
        if (*p == '\n' || c == '\n' || c == '\r') {
            append_break(reader);
        } else if (c != 0) {
            char utf8[6];

            append_text(reader, utf8, (gsize)g_unichar_to_utf8(c, utf8));
        } else {
            end = read_tag(reader, p, end) + 1;
        }
        p = begin = *p == '\n' ? p + 1 : end;
    }
    append_text(reader, begin, (gsize)(p - begin));
}

static TnContent *read_content(const char *text, void (*read)(Reader *, const char *))
{
    g_autofree char *lines = normalise_text(text != NULL ? text : "");
    Reader reader = {
        .text = g_string_sized_new(strlen(lines)),
        .runs = g_array_new(FALSE, FALSE, sizeof(Run)),
        .urls = g_ptr_array_new_with_free_func(g_free),
        .open = g_array_new(FALSE, FALSE, sizeof(Element)),
        .objects = g_array_new(FALSE, FALSE, sizeof(TnSpan)),
    };
    TnContent *content;

    read(&reader, lines);
    while (reader.open->len > 0)
        close_element(&reader, reader.open->len - 1);
    content = make_content(&reader);
    g_array_unref(reader.runs);
    g_ptr_array_unref(reader.urls);
    g_array_unref(reader.open);
    g_array_unref(reader.objects);
    return content;
}

static void read_text(Reader *reader, const char *text)
{
    g_string_append(reader->text, text);
}

TnContent *tn_content_from_html(const char *html)
{
    return read_content(html, read_html);
}

TnContent *tn_content_from_text(const char *text)
{
    return read_content(text, read_text);
}
