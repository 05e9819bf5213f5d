/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz-drafty.c: libFuzzer entry: any bytes as the content of a message, as text that a person
 * writes, and as HTML that a client hands over. HTML must be well-formed and hold nothing but the
 * tags that we write; what is written must be read back the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/tn-codec.h"
#include "protocol/tn-drafty.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

/* The content of a {data} frame; NULL if the frame is refused. */
static TnPacket *packet_with(const char *content, gsize length)
{
    g_autoptr(GString) frame = g_string_new("{\"data\":{\"topic\":\"usrB\",\"seq\":1,\"content\":");

    g_string_append_len(frame, content, (gssize)length);
    g_string_append(frame, "}}");
    return tn_packet_decode(frame->str, frame->len, NULL);
}

/* The tag at p, which begins with <: its closing tag, "" if it needs none, and where it ends. */
static const char *match_tag(const char *p, const char **end)
{
    static const char *const tags[][2] = {
        {"<b>", "</b>"},
        {"<i>", "</i>"},
        {"<s>", "</s>"},
        {"<br>", ""},
        {"<font face=\"monospace\">", "</font>"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(tags); i++) {
        if (g_str_has_prefix(p, tags[i][0])) {
            *end = p + strlen(tags[i][0]);
            return tags[i][1];
        }
    }
    MUST(g_ascii_strncasecmp(p, "<a href=\"http", 13) == 0);
    p = strchr(p + 13, '"');
    MUST(p != NULL && p[1] == '>');
    *end = p + 2;
    return "</a>";
}

static void check_html(const char *html)
{
    g_autoptr(GPtrArray) open = g_ptr_array_new();

    MUST(g_utf8_validate(html, -1, NULL));
    while (*html != '\0') {
        const char *end, *closing;

        MUST(*html != '>' && *html != '"' && *html != '\n' && *html != '\r');
        if (*html == '&') {
            MUST(g_str_has_prefix(html, "&amp;") || g_str_has_prefix(html, "&lt;") ||
                 g_str_has_prefix(html, "&gt;") || g_str_has_prefix(html, "&quot;"));
            html = strchr(html, ';') + 1;
        } else if (html[0] == '<' && html[1] == '/') {
            MUST(open->len > 0);
            closing = g_ptr_array_steal_index(open, open->len - 1);
            MUST(g_str_has_prefix(html, closing));
            html += strlen(closing);
        } else if (*html == '<') {
            closing = match_tag(html, &end);
            if (*closing != '\0')
                g_ptr_array_add(open, (gpointer)closing);
            html = end;
        } else {
            html++;
        }
    }
    MUST(open->len == 0);
}

/* What is made of a message to speak of it, to pass it on and to answer it. */
static void check_composed(const TnContent *content)
{
    g_autofree char *line = tn_content_to_line(content, TN_QUOTE_MAX);
    g_autoptr(GPtrArray) choices = tn_content_choices(content);
    g_autoptr(TnContent) quoting = tn_content_quoting("Bob", "usrB", line, content);
    g_autoptr(TnContent) forwarding = tn_content_forwarding("Bob", "usrB", content);
    g_autofree char *one = tn_content_to_html(quoting), *other = tn_content_to_html(forwarding);

    MUST(g_utf8_validate(line, -1, NULL));
    MUST(strchr(line, '\n') == NULL);
    check_html(one);
    check_html(other);
    for (guint i = 0; choices != NULL && i < choices->len; i++) {
        const TnChoice *choice = choices->pdata[i];
        g_autofree char *address =
            choice->url != NULL ? tn_choice_address(choice, 1, "usrA") : NULL;

        MUST(i < TN_MAX_CHOICES);
        MUST(choice->title == NULL || g_utf8_validate(choice->title, -1, NULL));
        MUST(address == NULL || g_ascii_strncasecmp(address, "http", 4) == 0);
    }
}

static char *show(const TnObject *object, gpointer user_data)
{
    (void)user_data;
    return object->kind == TN_OBJECT_PICTURE ? g_strdup("<b></b>") : NULL;
}

/* What is carried beside the text, and that it comes back from the markup for it. */
static void check_objects(const TnContent *content)
{
    TnObject objects[8];
    const guint n = tn_content_objects(content, objects, G_N_ELEMENTS(objects));
    g_autofree char *html = tn_content_to_html_with(content, show, NULL);

    check_html(html);
    for (guint i = 0; i < n; i++) {
        g_autofree char *markup = tn_object_to_markup(&objects[i], "/x", 1, 1);
        g_autoptr(TnContent) again = tn_content_from_html(markup);
        TnObject back;

        MUST(objects[i].bytes != NULL || objects[i].ref != NULL);
        MUST(tn_content_objects(again, &back, 1) == 1);
        MUST(strcmp(back.ref, "/x") == 0);
    }
}

static void check_content(const char *content, gsize length)
{
    TnPacket *packet = packet_with(content, length);

    if (packet != NULL && packet->kind == TN_PACKET_DATA) {
        g_autofree char *html = tn_content_to_html(packet->data.content);
        g_autofree char *text = tn_content_to_text(packet->data.content);

        check_html(html);
        MUST(g_utf8_validate(text, -1, NULL));
        check_composed(packet->data.content);
        if (tn_content_is_empty(packet->data.content))
            MUST(*html == '\0' && *text == '\0');
        check_objects(packet->data.content);
    }
    tn_packet_free(packet);
}

static void check_text(const char *text)
{
    g_autoptr(TnContent) content = tn_content_from_text(text);
    g_autofree char *shown = tn_content_to_text(content), *again = NULL;
    g_autofree char *html = tn_content_to_html(content);
    g_autofree char *frame = tn_encode_pub("1", "usrB", &(TnPub){.content = content}, FALSE);
    const char *body = strstr(frame, "\"content\":") + strlen("\"content\":");
    TnPacket *packet = packet_with(body, strlen(body) - 2);

    check_html(html);
    MUST(packet != NULL && packet->kind == TN_PACKET_DATA);
    again = tn_content_to_text(packet->data.content);
    /* Beyond the spans that are read of one message, spaces stand for breaks. */
    if (strlen(text) < 4096)
        MUST(strcmp(shown, again) == 0);
    tn_packet_free(packet);
}

/* What we show of HTML must say the same when it is read again; control characters, which are not
 * shown, went the first time. */
static void check_markup(const char *html)
{
    g_autoptr(TnContent) content = tn_content_from_html(html), again = NULL, third = NULL;
    g_autofree char *shown = tn_content_to_html(content);
    g_autofree char *shown_again = NULL, *text_again = NULL;
    g_autofree char *shown_third = NULL, *text_third = NULL;

    check_html(shown);
    again = tn_content_from_html(shown);
    shown_again = tn_content_to_html(again);
    text_again = tn_content_to_text(again);
    third = tn_content_from_html(shown_again);
    shown_third = tn_content_to_html(third);
    text_third = tn_content_to_text(third);
    MUST(strcmp(shown_again, shown_third) == 0);
    MUST(strcmp(text_again, text_third) == 0);
}

/* Text is not changed by the way through HTML. */
static void check_escaped(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_auto(GStrv) parts = g_strsplit(valid, "&", -1);
    g_autofree char *ands = g_strjoinv("&amp;", parts);
    g_auto(GStrv) rest = g_strsplit(ands, "<", -1);
    g_autofree char *html = g_strjoinv("&lt;", rest);
    g_autoptr(TnContent) from_html = tn_content_from_html(html);
    g_autoptr(TnContent) from_text = tn_content_from_text(text);
    g_autofree char *one = tn_encode_pub("1", "usrB", &(TnPub){.content = from_html}, FALSE);
    g_autofree char *other = tn_encode_pub("1", "usrB", &(TnPub){.content = from_text}, FALSE);

    MUST(strcmp(one, other) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);

    check_content((const char *)data, size);
    check_text(text);
    check_escaped(text);
    check_markup(text);
    return 0;
}
