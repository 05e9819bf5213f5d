/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-drafty.c: what people see of a message, and that no content can do harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "protocol/tn-codec.h"
#include "protocol/tn-drafty.h"
#include "protocol/tn-grapheme.h"
#include "support-cpu.h"

/* content: JSON as it stands in a frame. */
static TnPacket *packet_with(const char *content)
{
    g_autofree char *frame =
        g_strdup_printf("{\"data\":{\"topic\":\"usrB\",\"seq\":1,\"content\":%s}}", content);
    g_autoptr(GError) error = NULL;
    TnPacket *packet = tn_packet_decode(frame, strlen(frame), &error);

    if (packet == NULL)
        fail_msg("%.200s: %s", content, error->message);
    return packet;
}

typedef struct {
    const char *content; /* ' for " */
    const char *html;
    const char *text; /* NULL: not looked at */
} Row;

static void expect_rows(const Row *rows, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        g_autofree char *content = g_strdelimit(g_strdup(rows[i].content), "'", '"');
        g_autoptr(TnPacket) packet = packet_with(content);
        g_autofree char *html = tn_content_to_html(packet->data.content);
        g_autofree char *text = tn_content_to_text(packet->data.content);

        if (strcmp(html, rows[i].html) != 0)
            fail_msg("%s became %s, not %s", rows[i].content, html, rows[i].html);
        if (rows[i].text != NULL && strcmp(text, rows[i].text) != 0)
            fail_msg("%s became %s, not %s", rows[i].content, text, rows[i].text);
    }
}

/* R34 */
static void drafty__line_breaks__are_three_lines(void **state)
{
    static const Row rows[] = {
        {"'a\\r\\nb\\nc'", "a<br>b<br>c", "a\nb\nc"},
        {"{'txt':'a b c','fmt':[{'at':1,'len':1,'tp':'BR'},{'at':3,'len':1,'tp':'BR'}]}",
         "a<br>b<br>c", "a\nb\nc"},
        {"'a\\rb\\u2028c\\u2029d'", "a<br>b<br>c<br>d", "a\nb\nc\nd"},
        {"{'txt':'a\\nb','fmt':[{'at':1,'len':1,'tp':'BR'}]}", "a<br>b", "a\nb"},
        {"{'txt':'a\\r\\nb','fmt':[{'at':1,'len':1,'tp':'BR'}]}", "a<br>b", "a\nb"},
        {"{'txt':'a\\r\\nb','fmt':[{'at':0,'len':1,'tp':'ST'}]}", "<b>a</b><br>b", "a\nb"},
    };

    (void)state;
    expect_rows(rows, G_N_ELEMENTS(rows));
}

static void drafty__lines__survive_the_way_there_and_back(void **state)
{
    static const char *const texts[] = {"a\nb\nc",
                                        "\n",
                                        "\n\na",
                                        "a\n",
                                        "e\xcc\x81\n\xcc\x81",
                                        "\xf0\x9f\x91\xa9\n\xf0\x9f\x8f\xbd\nx",
                                        "\xd8\x80\nb"};

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(TnContent) content = tn_content_from_text(texts[i]);
        g_autofree char *frame = tn_encode_pub("1", "usrB", NULL, content, FALSE);
        const char *at = strstr(frame, "\"content\":") + strlen("\"content\":");
        g_autofree char *body = g_strndup(at, strlen(at) - 2);
        g_autoptr(TnPacket) packet = packet_with(body);
        g_autofree char *text = tn_content_to_text(packet->data.content);
        g_autofree char *again = tn_content_to_text(content);

        assert_string_equal(text, texts[i]);
        assert_string_equal(again, texts[i]);
    }
}

/* R33 */
static void drafty__markup__is_literal(void **state)
{
    static const Row rows[] = {
        {"'<b>hi</b> &amp; <img src=x> it\\u0027s \\\"q\\\"'",
         "&lt;b&gt;hi&lt;/b&gt; &amp;amp; &lt;img src=x&gt; it's &quot;q&quot;",
         "<b>hi</b> &amp; <img src=x> it's \"q\""},
        {"'if (a < b && c > d)'", "if (a &lt; b &amp;&amp; c &gt; d)", "if (a < b && c > d)"},
        {"{'txt':'<i>x','fmt':[{'len':3,'tp':'ST'}]}", "<b>&lt;i&gt;</b>x", "<i>x"},
        {"{'txt':'a','fmt':[{'len':1}],'ent':[{'tp':'LN',"
         "'data':{'url':'https://example.org/?a=1&b=2'}}]}",
         "<a href=\"https://example.org/?a=1&amp;b=2\">a</a>", "a (https://example.org/?a=1&b=2)"},
        {"'a\\u0000b\\u0001c\\u007f\\td'",
         "a\xef\xbf\xbd"
         "bc\td",
         "a\xef\xbf\xbd"
         "bc\td"},
    };

    (void)state;
    expect_rows(rows, G_N_ELEMENTS(rows));
}

static void drafty__styles__become_tags(void **state)
{
    static const Row rows[] = {
        {"{'txt':'abcd','fmt':[{'at':1,'len':2,'tp':'ST'}]}", "a<b>bc</b>d", "abcd"},
        {"{'txt':'abcd','fmt':[{'at':1,'len':2,'tp':'EM'}]}", "a<i>bc</i>d", "abcd"},
        {"{'txt':'abcd','fmt':[{'at':1,'len':2,'tp':'DL'}]}", "a<s>bc</s>d", "abcd"},
        {"{'txt':'abcd','fmt':[{'at':1,'len':2,'tp':'CO'}]}",
         "a<font face=\"monospace\">bc</font>d", "abcd"},
        {"{'txt':'abcd'}", "abcd", "abcd"},
        {"{'txt':'abcd','fmt':[]}", "abcd", "abcd"},
        {"{'txt':'abcd','fmt':[{'len':4,'tp':'QQ'},{'len':4,'tp':'HL'},{'len':4,'tp':'BN'}]}",
         "abcd", "abcd"},
        /* mime is not needed to see what a document is, nor does it make one of a string */
        {"{'txt':' ','fmt':[{'len':1}],'ent':[{'tp':'EX','data':{'name':'x'}}]}", " ", " "},
    };

    (void)state;
    expect_rows(rows, G_N_ELEMENTS(rows));
}

static void drafty__nesting__drops_partial_overlaps(void **state)
{
    static const Row rows[] = {
        {"{'txt':'abcdef','fmt':[{'at':1,'len':2,'tp':'EM'},{'at':0,'len':6,'tp':'ST'}]}",
         "<b>a<i>bc</i>def</b>", NULL},
        {"{'txt':'abcdef','fmt':[{'at':0,'len':3,'tp':'ST'},{'at':2,'len':3,'tp':'EM'}]}",
         "<b>abc</b>def", NULL},
        {"{'txt':'abcdef','fmt':[{'at':0,'len':3,'tp':'ST'},{'at':3,'len':3,'tp':'EM'}]}",
         "<b>abc</b><i>def</i>", NULL},
        {"{'txt':'abc','fmt':[{'at':0,'len':3,'tp':'ST'},{'at':0,'len':3,'tp':'EM'}]}",
         "<b><i>abc</i></b>", NULL},
        {"{'txt':'abcdef','fmt':[{'at':0,'len':3,'tp':'ST'},{'at':2,'len':3,'tp':'EM'},"
         "{'at':4,'len':1,'tp':'DL'}]}",
         "<b>abc</b>d<s>e</s>f", NULL},
        {"{'txt':'a b','fmt':[{'at':0,'len':3,'tp':'ST'},{'at':1,'len':1,'tp':'BR'}]}",
         "<b>a<br>b</b>", "a\nb"},
        {"{'txt':'a b','fmt':[{'at':1,'len':1,'tp':'BR'},{'at':1,'len':1,'tp':'ST'}]}", "a<br>b",
         "a\nb"},
    };

    (void)state;
    expect_rows(rows, G_N_ELEMENTS(rows));
}

static void drafty__offsets__are_clamped(void **state)
{
    static const Row rows[] = {
        {"{'txt':'abc','fmt':[{'at':1,'len':99,'tp':'ST'}]}", "a<b>bc</b>", "abc"},
        {"{'txt':'abc','fmt':[{'at':3,'len':1,'tp':'ST'}]}", "abc", "abc"},
        {"{'txt':'abc','fmt':[{'at':99,'len':1,'tp':'BR'}]}", "abc", "abc"},
        {"{'txt':'abc','fmt':[{'at':2147483647,'len':2147483647,'tp':'ST'}]}", "abc", "abc"},
        {"{'txt':'abc','fmt':[{'at':-1,'len':1,'tp':'ST'}]}", "abc", "abc"},
        {"{'txt':'abc','fmt':[{'at':0,'len':0,'tp':'ST'}]}", "abc", "abc"},
        {"{'txt':'abc','fmt':[{'at':0,'len':-2,'tp':'ST'}]}", "abc", "abc"},
        {"{'txt':'abc','fmt':[{'at':0.5,'len':1,'tp':'ST'}]}", "abc", "abc"},
        {"{'txt':'abc','fmt':[{'at':1e300,'len':1e300,'tp':'ST'}]}", "abc", "abc"},
        {"{'txt':'abc','fmt':[{'at':99999999999999999999,'len':1,'tp':'ST'}]}", "abc", "abc"},
        /* No text may vanish in a break. */
        {"{'txt':'abc','fmt':[{'at':0,'len':3,'tp':'BR'}]}", "<br>bc", "\nbc"},
        {"{'txt':'','fmt':[{'at':0,'len':1,'tp':'BR'}]}", "", ""},
    };

    (void)state;
    expect_rows(rows, G_N_ELEMENTS(rows));
}

static void drafty__malformed_documents__show_their_text(void **state)
{
    static const Row rows[] = {
        {"{'txt':'abc','fmt':5}", "abc", "abc"},
        {"{'txt':'abc','fmt':[5,null,'x',[],{}]}", "abc", "abc"},
        {"{'txt':'abc','fmt':[{'len':1,'key':0}]}", "abc", "abc"},
        {"{'txt':'abc','fmt':[{'len':1,'key':-1}],'ent':[{'tp':'ST'}]}", "abc", "abc"},
        {"{'txt':'abc','fmt':[{'len':1,'key':7}],'ent':[{'tp':'ST'}]}", "abc", "abc"},
        {"{'txt':'abc','fmt':[{'len':1,'key':'x'}],'ent':[{'tp':'ST'}]}", "abc", "abc"},
        {"{'txt':'abc','fmt':[{'len':1}],'ent':[7]}", "abc", "abc"},
        {"{'txt':'abc','fmt':[{'len':1,'tp':7}],'ent':{}}", "abc", "abc"},
        {"{'txt':['abc']}", "", ""},
        {"{'fmt':[{'len':1,'tp':'ST'}]}", "", ""},
        {"null", "", ""},
        {"7", "", ""},
        {"[]", "", ""},
    };

    (void)state;
    expect_rows(rows, G_N_ELEMENTS(rows));
}

/* R35 */
static void drafty__links__are_http_only(void **state)
{
    static const char *const wrong[] = {
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "file:///etc/passwd",
        "ftp://example.org/",
        "data:text/html,x",
        "https:",
        "https://",
        "http:///x",
        "//example.org/",
        "/v0/file/s/x",
        "https://example.org/\\\"onclick=x",
        "https://exa mple.org/",
        " https://example.org/",
        "https://example.org/\\n",
        "https://example.org/<b>",
        "https://example.org/\\u0000x",
        "example.org",
        "",
    };
    static const char *const right[] = {
        "http://example.org", "HTTPS://EXAMPLE.ORG/", "https://example.org/a?b=c#d",
        "https://user@example.org:8443/'x'", "https://\xc3\xa4.example/\xe2\x82\xac"};

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(wrong) + G_N_ELEMENTS(right); i++) {
        gboolean is_right = i >= G_N_ELEMENTS(wrong);
        const char *url = is_right ? right[i - G_N_ELEMENTS(wrong)] : wrong[i];
        g_autofree char *content =
            g_strdup_printf("{\"txt\":\"abc\",\"fmt\":[{\"len\":3}],"
                            "\"ent\":[{\"tp\":\"LN\",\"data\":{\"url\":\"%s\"}}]}",
                            url);
        g_autoptr(TnPacket) packet = packet_with(content);
        g_autofree char *html = tn_content_to_html(packet->data.content);
        g_autofree char *expected =
            is_right ? g_strdup_printf("<a href=\"%s\">abc</a>", url) : g_strdup("abc");

        assert_string_equal(html, expected);
    }
}

static void drafty__other_entities__show_their_text_only(void **state)
{
    static const Row rows[] = {
        {"{'txt':'x y','fmt':[{'at':0,'len':1},{'at':2,'len':1,'key':1}],'ent':["
         "{'tp':'IM','data':{'ref':'file:///etc/passwd','val':'%%%'}},"
         "{'tp':'EX','data':{'name':'../../.bashrc<img src=x>','mime':'text/html',"
         "'ref':'https://evil.example/x'}}]}",
         "x y", "x y"},
        {"{'txt':'@bob','fmt':[{'len':4}],'ent':[{'tp':'MN','data':{'val':'usrB'}}]}", "@bob",
         "@bob"},
    };

    (void)state;
    expect_rows(rows, G_N_ELEMENTS(rows));
}

static void drafty__ten_thousand_spans__take_no_time_and_no_stack(void **state)
{
    g_autoptr(GString) content = g_string_new("{\"txt\":\"");
    g_autoptr(TnPacket) packet = NULL;
    g_autofree char *html = NULL;
    clock_t begin;

    (void)state;
    for (guint i = 0; i < 20000; i++)
        g_string_append_c(content, 'a');
    g_string_append(content, "\",\"fmt\":[");
    for (guint i = 0; i < 10000; i++)
        g_string_append_printf(content, "%s{\"at\":%u,\"len\":%u,\"tp\":\"ST\"}", i > 0 ? "," : "",
                               i, 20000 - 2 * i);
    g_string_append(content, "]}");
    begin = clock();
    packet = packet_with(content->str);
    html = tn_content_to_html(packet->data.content);
    assert_true(cpu_ms_since(begin) < 50);
    assert_true(g_str_has_prefix(html, "<b>a<b>a"));
    assert_true(g_str_has_suffix(html, "a</b>a</b>"));
}

/* R32 */
static void drafty__emoji__before_a_link_is_one_character(void **state)
{
    static const Row rows[] = {
        {"{'txt':'\xf0\x9f\x91\xa9\xf0\x9f\x8f\xbd\xe2\x80\x8d\xf0\x9f\x94\xa7 see "
         "https://example.org/a','fmt':[{'at':6,'len':21}],"
         "'ent':[{'tp':'LN','data':{'url':'https://example.org/a'}}]}",
         "\xf0\x9f\x91\xa9\xf0\x9f\x8f\xbd\xe2\x80\x8d\xf0\x9f\x94\xa7 see "
         "<a href=\"https://example.org/a\">https://example.org/a</a>",
         "\xf0\x9f\x91\xa9\xf0\x9f\x8f\xbd\xe2\x80\x8d\xf0\x9f\x94\xa7 see "
         "https://example.org/a"},
        /* two flags */
        {"{'txt':'\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa\xf0\x9f\x87\xab\xf0\x9f\x87\xb7x',"
         "'fmt':[{'at':2,'len':1,'tp':'ST'}]}",
         "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa\xf0\x9f\x87\xab\xf0\x9f\x87\xb7<b>x</b>", NULL},
        /* Hangul as jamo, as a syllable, and as both */
        {"{'txt':'\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xabx\xed\x95\x9cx\xed\x95\x98\xe1\x86\xabx',"
         "'fmt':[{'at':1,'len':1,'tp':'ST'},{'at':3,'len':1,'tp':'ST'},"
         "{'at':5,'len':1,'tp':'ST'}]}",
         "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab<b>x</b>\xed\x95\x9c<b>x</b>"
         "\xed\x95\x98\xe1\x86\xab<b>x</b>",
         NULL},
        /* e and a combining acute; CR LF */
        {"{'txt':'e\xcc\x81x\\r\\ny','fmt':[{'at':1,'len':1,'tp':'ST'},"
         "{'at':3,'len':1,'tp':'EM'}]}",
         "e\xcc\x81<b>x</b><br><i>y</i>", NULL},
    };

    (void)state;
    expect_rows(rows, G_N_ELEMENTS(rows));
}

/* The examples of the standard's rules; \xc3\xb7 (the division sign) marks each boundary. */
static void grapheme__next__follows_the_rules(void **state)
{
    static const char mark[] = "\xc3\xb7";
    static const char *const rows[] = {
        "a\xc3\xb7"
        "b",
        "\r\n\xc3\xb7"
        "a",
        "\n\xc3\xb7\r",
        "a\xcc\x88\xc3\xb7"
        "b",
        " \xe2\x80\x8d\xc3\xb7\xd9\x86", /* ZWJ joins only pictures */
        "\xd9\x86\xe2\x80\x8d\xc3\xb7 ",
        "\xe1\x84\x80\xe1\x84\x80",                     /* L L */
        "\xea\xb0\x80\xe1\x86\xa8\xc3\xb7\xe1\x84\x80", /* LV T, L */
        "\xea\xb0\x81\xe1\x86\xa8\xc3\xb7\xe1\x84\x80", /* LVT T, L */
        "\xf0\x9f\x87\xa6\xf0\x9f\x87\xa7\xc3\xb7\xf0\x9f\x87\xa8\xc3\xb7"
        "b", /* RI */
        "\xf0\x9f\x87\xa6\xe2\x80\x8d\xc3\xb7\xf0\x9f\x87\xa7",
        "\xf0\x9f\x91\xb6\xf0\x9f\x8f\xbf\xc3\xb7\xf0\x9f\x91\xb6", /* skin tone */
        "\xf0\x9f\x9b\x91\xe2\x80\x8d\xf0\x9f\x9b\x91",             /* picture ZWJ picture */
        "a\xe2\x80\x8d\xc3\xb7\xf0\x9f\x9b\x91",
        "\xe2\x98\x86\xe2\x80\x8d\xc3\xb7\xe2\x98\x86", /* not a picture */
        "a\xe0\xa4\x83\xc3\xb7"
        "b", /* spacing mark */
        "\xd8\x80"
        "a\xc3\xb7"
        "b",                                                        /* prepend */
        "\xe0\xb8\x81\xe0\xb8\xb3",                                 /* sara am */
        "\xe0\xa4\x95\xe0\xa5\x8d\xe0\xa4\xa4\xc3\xb7\xe0\xa4\x95", /* conjunct */
        "1\xef\xb8\x8f\xe2\x83\xa3\xc3\xb7"
        "2",                                                                         /* keycap */
        "\xf0\x9f\x8f\xb4\xf3\xa0\x81\xa7\xf3\xa0\x81\xa2\xf3\xa0\x81\xbf\xc3\xb7x", /* tags */
    };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(GStrv) clusters = g_strsplit(rows[i], mark, -1);
        g_autofree char *text = g_strjoinv("", clusters);
        const char *at = text;

        for (char **cluster = clusters; *cluster != NULL; cluster++) {
            const char *next = tn_grapheme_next(at);

            if ((gsize)(next - at) != strlen(*cluster))
                fail_msg("row %u: a cluster of %u bytes, not %u", (guint)i, (guint)(next - at),
                         (guint)strlen(*cluster));
            at = next;
        }
        assert_int_equal(*at, '\0');
    }
}

static void drafty__empty__is_told(void **state)
{
    g_autoptr(TnPacket) null = packet_with("null");
    g_autoptr(TnPacket) space = packet_with("\" \"");
    g_autofree char *html = tn_content_to_html(NULL);

    (void)state;
    assert_true(tn_content_is_empty(NULL));
    assert_true(tn_content_is_empty(null->data.content));
    assert_false(tn_content_is_empty(space->data.content));
    assert_string_equal(html, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drafty__line_breaks__are_three_lines),
        cmocka_unit_test(drafty__lines__survive_the_way_there_and_back),
        cmocka_unit_test(drafty__markup__is_literal),
        cmocka_unit_test(drafty__styles__become_tags),
        cmocka_unit_test(drafty__nesting__drops_partial_overlaps),
        cmocka_unit_test(drafty__offsets__are_clamped),
        cmocka_unit_test(drafty__malformed_documents__show_their_text),
        cmocka_unit_test(drafty__links__are_http_only),
        cmocka_unit_test(drafty__other_entities__show_their_text_only),
        cmocka_unit_test(drafty__ten_thousand_spans__take_no_time_and_no_stack),
        cmocka_unit_test(drafty__emoji__before_a_link_is_one_character),
        cmocka_unit_test(grapheme__next__follows_the_rules),
        cmocka_unit_test(drafty__empty__is_told),
    };

    return cmocka_run_group_tests_name("drafty", tests, NULL, NULL);
}
