/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-drafty-sdk.c: thousands of documents and pages of HTML, with what the official SDK makes of
 * them: data/drafty/README.md says how they came about.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <gio/gio.h>

#include "protocol/tn-codec.h"
#include "protocol/tn-content.h"

#define FIELD  "\x1f"
#define RECORD "\x1e\n"
/* What was asked for: fewer prove nothing. */
#define MIN_DOCUMENTS 10000
#define MIN_PAGES     5000
/* Enough to see a pattern in. */
#define MAX_TOLD 10

static char *read_packed(const char *name)
{
    g_autofree char *path = g_build_filename(TEST_DATA_DIR, "drafty", name, NULL);
    g_autoptr(GFile) file = g_file_new_for_path(path);
    g_autoptr(GError) error = NULL;
    g_autoptr(GFileInputStream) packed = g_file_read(file, NULL, &error);
    g_autoptr(GZlibDecompressor) unpack = g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP);
    g_autoptr(GInputStream) plain = NULL;
    g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable();

    if (packed == NULL)
        fail_msg("%s", error->message);
    plain = g_converter_input_stream_new(G_INPUT_STREAM(packed), G_CONVERTER(unpack));
    if (g_output_stream_splice(memory, plain, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, &error) <
        0)
        fail_msg("%s: %s", path, error->message);
    return g_strndup(g_memory_output_stream_get_data(G_MEMORY_OUTPUT_STREAM(memory)),
                     g_memory_output_stream_get_data_size(G_MEMORY_OUTPUT_STREAM(memory)));
}

/* Calls check with both fields of every record; it tells whether they agree. */
static void replay(const char *name, guint min, gboolean (*check)(const char *, const char *))
{
    g_autofree char *all = read_packed(name);
    guint n = 0, wrong = 0;

    for (char *record = all; *record != '\0' && wrong < MAX_TOLD; n++) {
        char *second = strstr(record, FIELD), *end = strstr(record, RECORD);

        assert_true(second != NULL && end != NULL && second < end);
        *second = *end = '\0';
        if (!check(record, second + strlen(FIELD)))
            wrong++;
        record = end + strlen(RECORD);
    }
    if (wrong > 0)
        fail_msg("%u of the first %u records differ", wrong, n);
    assert_true(n >= min);
}

static TnPacket *packet_with(const char *content)
{
    g_autofree char *frame =
        g_strdup_printf("{\"data\":{\"topic\":\"usrB\",\"seq\":1,\"content\":%s}}", content);
    g_autoptr(GError) error = NULL;
    TnPacket *packet = tn_packet_decode(frame, strlen(frame), &error);

    if (packet == NULL)
        fail_msg("%s: %s", content, error->message);
    return packet;
}

/* The normal form of the generator: {TP=name,size,milliseconds,address|inside}. -------------------
 */

static void escape(GString *out, const char *from, const char *to)
{
    for (; from < to; from++) {
        if (strchr("\\{}|", *from) != NULL)
            g_string_append_c(out, '\\');
        g_string_append_c(out, *from);
    }
}

static void escape_string(GString *out, const char *text)
{
    if (text != NULL)
        escape(out, text, text + strlen(text));
}

static void tree_open(const TnSpan *span, gpointer data)
{
    GString *out = data;

    if (span->kind == TN_SPAN_OTHER)
        return;
    g_string_append_printf(out, "{%s=", tn_span_type(span->kind));
    escape_string(out, span->name);
    g_string_append_printf(out, ",%u,%u,", span->size, span->duration_ms);
    escape_string(out, span->url);
    g_string_append_c(out, '|');
}

static void tree_text(const char *from, const char *to, gpointer data)
{
    escape(data, from, to);
}

static void tree_close(const TnSpan *span, const char *from, const char *to, gpointer data)
{
    (void)from;
    (void)to;
    if (span->kind != TN_SPAN_OTHER)
        g_string_append_c(data, '}');
}

static gboolean check_document(const char *content, const char *tree)
{
    static const TnVisitor visitor = {tree_open, tree_text, tree_close};
    g_autoptr(TnPacket) packet = packet_with(content);
    g_autoptr(GString) ours = g_string_new(NULL);

    tn_content_walk(packet->data.content, &visitor, ours);
    if (strcmp(ours->str, tree) == 0)
        return TRUE;
    print_error("%s\n  SDK:  %s\n  ours: %s\n", content, tree, ours->str);
    return FALSE;
}

static void documents__of_every_kind__are_read_as_the_sdk_reads_them(void **state)
{
    (void)state;
    replay("documents.gz", MIN_DOCUMENTS, check_document);
}

/* The lines that people see are the same with and without markup; where there are links, plain text
 * tells their addresses, too. */
static gboolean check_shown(const char *content, const char *tree)
{
    g_autoptr(TnPacket) packet = packet_with(content);
    g_autofree char *html = tn_content_to_html(packet->data.content);
    g_autofree char *text = tn_content_to_text(packet->data.content);
    g_autoptr(TnContent) read = tn_content_from_html(html);
    g_autofree char *again = tn_content_to_text(read);

    (void)tree;
    if (strcmp(text, again) == 0 || strstr(html, "<a ") != NULL)
        return TRUE;
    print_error("%s\n  HTML: %s\n  read: %s\n  text: %s\n", content, html, again, text);
    return FALSE;
}

static void documents__of_every_kind__say_the_same_with_and_without_markup(void **state)
{
    (void)state;
    replay("documents.gz", MIN_DOCUMENTS, check_shown);
}

static char *encode(const TnContent *content)
{
    g_autofree char *frame = tn_encode_pub("1", "usrB", &(TnPub){.content = content}, FALSE);
    const char *at = strstr(frame, "\"content\":") + strlen("\"content\":");

    return g_strndup(at, strlen(at) - strlen("}}"));
}

static gboolean check_page(const char *html, const char *content)
{
    g_autoptr(TnContent) made = tn_content_from_html(html);
    g_autofree char *ours = encode(made), *shown = NULL, *again = NULL;
    g_autoptr(TnContent) from_shown = NULL;

    /* What we show of it is HTML that says the same: control characters are not shown. */
    shown = tn_content_to_html(made);
    from_shown = tn_content_from_html(shown);
    again = encode(from_shown);
    if (strcmp(ours, content) == 0 && strcmp(again, ours) == 0)
        return TRUE;
    print_error("%s\n  wanted: %s\n  ours:   %s\n  again:  %s\n", html, content, ours, again);
    return FALSE;
}

static void html__with_tags_in_any_order__is_what_the_sdk_shows_right(void **state)
{
    (void)state;
    replay("pages.gz", MIN_PAGES, check_page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents__of_every_kind__are_read_as_the_sdk_reads_them),
        cmocka_unit_test(documents__of_every_kind__say_the_same_with_and_without_markup),
        cmocka_unit_test(html__with_tags_in_any_order__is_what_the_sdk_shows_right),
    };

    return cmocka_run_group_tests_name("drafty-sdk", tests, NULL, NULL);
}
