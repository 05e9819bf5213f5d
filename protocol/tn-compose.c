/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-compose.c: content that refers to other messages: quotes, forwarded messages, choices of forms
 * and answers to them, as the official clients make them. Part of protocol/; pure.
 */
#include <string.h>

#include "tn-content.h"
#include "tn-grapheme.h"

gboolean tn_content_has_objects(const TnContent *content)
{
    for (gsize i = 0; content != NULL && i < content->n_spans; i++) {
        if (tn_span_is_object(content->spans[i].kind))
            return TRUE;
    }
    return FALSE;
}

/* Choices ---------------------------------------------------------------------------------------*/

void tn_choice_free(gpointer data)
{
    TnChoice *choice = data;

    if (choice == NULL)
        return;
    g_free(choice->title);
    g_free(choice->name);
    g_free(choice->value);
    g_free(choice->url);
    g_free(choice);
}

typedef struct {
    GPtrArray *choices;
    guint hidden; /* what is not shown has no number */
} Chooser;

static void on_open(const TnSpan *span, gpointer data)
{
    Chooser *chooser = data;
    TnChoice *choice;

    if (span->kind == TN_SPAN_HIDDEN)
        chooser->hidden++;
    if (span->kind != TN_SPAN_BUTTON || chooser->hidden > 0 ||
        chooser->choices->len == TN_MAX_CHOICES)
        return;
    choice = g_new0(TnChoice, 1);
    choice->act = span->act;
    choice->title = g_strdup(span->name != NULL ? span->name : span->url);
    choice->name = g_strdup(span->name);
    choice->value = g_strdup(span->value);
    choice->url = g_strdup(span->url);
    g_ptr_array_add(chooser->choices, choice);
}

static void on_text(const char *from, const char *to, gpointer data)
{
    (void)from;
    (void)to;
    (void)data;
}

/* Buttons do not nest in forms that make sense: the last one opened is the one that closes. */
static void on_close(const TnSpan *span, const char *from, const char *to, gpointer data)
{
    Chooser *chooser = data;
    TnChoice *last;
    g_autofree char *words = NULL;

    if (span->kind == TN_SPAN_HIDDEN)
        chooser->hidden--;
    if (span->kind != TN_SPAN_BUTTON || chooser->hidden > 0 || chooser->choices->len == 0)
        return;
    last = g_ptr_array_index(chooser->choices, chooser->choices->len - 1);
    words = g_strndup(from, (gsize)MIN(to - from, TN_MAX_TEXT));
    g_strstrip(words);
    if (*words == '\0' || g_strcmp0(last->name, span->name) != 0)
        return;
    g_free(last->title);
    last->title = g_utf8_make_valid(words, -1);
}

GPtrArray *tn_content_choices(const TnContent *content)
{
    static const TnVisitor visitor = {on_open, on_text, on_close};
    gboolean has_button = FALSE;
    Chooser chooser = {0};

    for (gsize i = 0; content != NULL && i < content->n_spans; i++)
        has_button |= content->spans[i].kind == TN_SPAN_BUTTON;
    if (!has_button)
        return NULL;
    chooser.choices = g_ptr_array_new_with_free_func(tn_choice_free);
    tn_content_walk(content, &visitor, &chooser);
    if (chooser.choices->len > 0)
        return chooser.choices;
    g_ptr_array_unref(chooser.choices);
    return NULL;
}

char *tn_choice_address(const TnChoice *choice, guint32 seq, const char *user)
{
    g_auto(GStrv) parts = g_strsplit(choice->url, "#", 2);
    GString *out = g_string_new(parts[0]);
    const char *separator = strchr(parts[0], '?') != NULL ? "&" : "?";

    if (choice->name != NULL) {
        g_autofree char *name = g_uri_escape_string(choice->name, NULL, FALSE);
        g_autofree char *value =
            g_uri_escape_string(choice->value != NULL ? choice->value : "1", NULL, FALSE);

        g_string_append_printf(out, "%s%s=%s", separator, name, value);
        separator = "&";
    }
    g_string_append_printf(out, "%sseq=%u&uid=%s", separator, seq, user);
    if (parts[1] != NULL)
        g_string_append_printf(out, "#%s", parts[1]);
    return g_string_free(out, FALSE);
}

/* Content ---------------------------------------------------------------------------------------*/

static guint32 count_clusters(const char *text)
{
    guint32 n = 0;

    for (; *text != '\0'; text = tn_grapheme_next(text))
        n++;
    return n;
}

static TnContent *new_content(char *text, gsize n_spans)
{
    TnContent *content = g_new0(TnContent, 1);

    content->text = text;
    content->spans = g_new0(TnSpan, n_spans);
    content->n_spans = n_spans;
    return content;
}

static TnSpan copy_span(const TnSpan *span, guint32 shift)
{
    return (TnSpan){.at = span->is_attachment ? span->at : span->at + shift,
                    .length = span->length,
                    .kind = span->kind,
                    .is_attachment = span->is_attachment,
                    .url = g_strdup(span->url),
                    .name = g_strdup(span->name),
                    .value = g_strdup(span->value),
                    .mime = g_strdup(span->mime),
                    .ref = g_strdup(span->ref),
                    .bytes = span->bytes != NULL ? g_bytes_ref(span->bytes) : NULL,
                    .width = span->width,
                    .height = span->height,
                    .act = span->act,
                    .seq = span->seq,
                    .size = span->size,
                    .duration_ms = span->duration_ms};
}

/* Head, a mention of user and perhaps more, then content. The first n_head spans are set by the
 * caller. */
static TnContent *put_before(const char *head, gsize n_head, const TnContent *content)
{
    TnContent *out = new_content(g_strconcat(head, content->text, NULL), n_head + content->n_spans);
    const guint32 shift = count_clusters(head);

    for (gsize i = 0; i < content->n_spans; i++)
        out->spans[n_head + i] = copy_span(&content->spans[i], shift);
    return out;
}

static void put_author(TnContent *out, const char *name, const char *user)
{
    const guint32 length = count_clusters(name);

    out->spans[0] = (TnSpan){.length = length, .kind = TN_SPAN_MENTION, .value = g_strdup(user)};
    out->spans[1] = (TnSpan){.at = length, .length = 1, .kind = TN_SPAN_BREAK};
}

TnContent *tn_content_quoting(const char *name, const char *user, const char *words,
                              const TnContent *content)
{
    g_autofree char *head = g_strconcat(name, " ", words, NULL);
    TnContent *out = put_before(head, 3, content);

    put_author(out, name, user);
    out->spans[2] = (TnSpan){.length = count_clusters(head), .kind = TN_SPAN_QUOTE};
    return out;
}

TnContent *tn_content_forwarding(const char *name, const char *user, const TnContent *content)
{
    g_autofree char *arrow = g_strconcat("\u27a6 ", name, NULL);
    g_autofree char *head = g_strconcat(arrow, " ", NULL);
    TnContent *out = put_before(head, 2, content);

    put_author(out, arrow, user);
    return out;
}

TnContent *tn_content_answering(const char *title, guint32 seq, const char *name, const char *value)
{
    TnContent *out = new_content(g_strdup(title), 1);

    out->spans[0] = (TnSpan){.kind = TN_SPAN_ANSWER,
                             .is_attachment = TRUE,
                             .seq = seq,
                             .name = g_strdup(name),
                             .value = g_strdup(value)};
    return out;
}
