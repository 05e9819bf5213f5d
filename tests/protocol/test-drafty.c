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
#include "protocol/tn-words.h"
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
        g_autofree char *frame = tn_encode_pub("1", "usrB", &(TnPub){.content = content}, FALSE);
        const char *at = strstr(frame, "\"content\":") + strlen("\"content\":");
        g_autofree char *body = g_strndup(at, strlen(at) - 2);
        g_autoptr(TnPacket) packet = packet_with(body);
        g_autofree char *text = tn_content_to_text(packet->data.content);
        g_autofree char *again = tn_content_to_text(content);

        assert_string_equal(text, texts[i]);
        assert_string_equal(again, texts[i]);
    }
}

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
        {"{'txt':'abcd','fmt':[{'len':4,'tp':'QQ'},{'len':4,'tp':'HL'},{'len':4,'tp':'ZZ'}]}",
         "&gt; abcd", "> abcd"},
        {"{'txt':'abcd','fmt':[{'at':1,'len':2,'tp':'HD'}]}", "ad", "ad"},
        /* mime is not needed to see what a document is, nor does it make one of a string */
        {"{'txt':' ','fmt':[{'len':1}],'ent':[{'tp':'EX','data':{'name':'x'}}]}", "[File: x]",
         "[File: x]"},
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

/* Sizes are written with a space that does not break. */
#define NBSP "\xc2\xa0"

static void drafty__objects__are_lines_of_their_own(void **state)
{
    static const Row rows[] = {
        {"{'txt':' ','fmt':[{'len':1}],'ent':[{'tp':'IM','data':{'mime':'image/png',"
         "'name':'cat.jpg','size':12345,'ref':'/v0/file/s/cat.jpg'}}]}",
         "[Picture: cat.jpg, 12.3" NBSP "kB]", "[Picture: cat.jpg, 12.3" NBSP "kB]"},
        {"{'txt':'see  "
         "there','fmt':[{'at':4,'len':1}],'ent':[{'tp':'IM','data':{'val':'%%%','size':2000}}]}",
         "see <br>[Picture, 2.0" NBSP "kB]<br>there", "see \n[Picture, 2.0" NBSP "kB]\nthere"},
        /* a caption, as official clients send it: the break is not doubled */
        {"{'txt':'  a','fmt':[{'len':1},{'at':1,'len':1,'tp':'BR'}],'ent':[{'tp':'IM'}]}",
         "[Picture]<br>a", "[Picture]\na"},
        {"{'txt':' ','fmt':[{'len':1}],'ent':[{'tp':'AU','data':{'duration':12500,"
         "'ref':'https://example.org/v?a&b'}}]}",
         "[Voice message: <a href=\"https://example.org/v?a&amp;b\">"
         "https://example.org/v?a&amp;b</a>, 0:13]",
         "[Voice message: https://example.org/v?a&b, 0:13]"},
        {"{'ent':[{'tp':'VD','data':{'name':'y.mp4','duration':3600000,'size':5000000,"
         "'ref':'https://example.org/y'}}]}",
         "[Video: <a href=\"https://example.org/y\">y.mp4</a>, 60:00, 5.0" NBSP "MB]",
         "[Video: y.mp4 (https://example.org/y), 60:00, 5.0" NBSP "MB]"},
        {"{'txt':'look','fmt':[{'at':-1,'len':0},{'at':-1,'key':1}],'ent':["
         "{'tp':'EX','data':{'name':'a.txt'}},{'tp':'EX','data':{'name':'b.txt'}}]}",
         "look<br>[File: a.txt]<br>[File: b.txt]", "look\n[File: a.txt]\n[File: b.txt]"},
        {"{'txt':'Yes','fmt':[{'at':-1}],'ent':[{'tp':'EX','data':{'mime':'text/x-drafty-fr',"
         "'val':{'seq':7,'resp':{'yes':1}}}}]}",
         "Yes", "Yes"},
        {"{'txt':' ','fmt':[{'len':1}],'ent':[{'tp':'VC','data':{'state':'finished',"
         "'duration':62000}}]}",
         "[Call ended, 1:02]", "[Call ended, 1:02]"},
        {"{'txt':' ','fmt':[{'len':1,'tp':'VC'}]}", "[Call]", "[Call]"},
        {"{'txt':'@bob: ','fmt':[{'len':4},{'at':5,'len':1,'key':1}],'ent':[{'tp':'MN',"
         "'data':{'val':'usrB'}},{'tp':'TC','data':{'fn':'Carol <c>'}}]}",
         "@bob:<br>[Contact: Carol &lt;c&gt;]", "@bob:\n[Contact: Carol <c>]"},
        /* words under a picture are words */
        {"{'txt':'words','fmt':[{'len':5}],'ent':[{'tp':'IM'}]}", "[Picture]<br>words",
         "[Picture]\nwords"},
    };

    (void)state;
    expect_rows(rows, G_N_ELEMENTS(rows));
}

static void drafty__quotes_and_forms__are_lines(void **state)
{
    static const Row rows[] = {
        /* a reply, as official clients send it */
        {"{'txt':'Bob how areyou?fine','fmt':[{'len':3},{'at':3,'len':1,'tp':'BR'},"
         "{'len':15,'tp':'QQ'}],'ent':[{'tp':'MN','data':{'val':'usrB'}}]}",
         "&gt; Bob<br>&gt; how areyou?<br>fine", "> Bob\n> how areyou?\nfine"},
        {"{'txt':'ab','fmt':[{'len':2,'tp':'QQ'},{'len':1,'tp':'QQ'},{'len':1,'tp':'ST'}]}",
         "<b>&gt; &gt; a</b><br>&gt; b", "> > a\n> b"},
        {"{'txt':'Coming? Yes No','fmt':[{'len':14,'tp':'FM'},{'at':7,'len':1,'tp':'BR'},"
         "{'at':8,'len':3},{'at':11,'len':1,'tp':'BR'},{'at':12,'len':2,'key':1}],'ent':["
         "{'tp':'BN','data':{'act':'pub','name':'y','val':'1'}},"
         "{'tp':'BN','data':{'act':'url','name':'n','ref':'https://example.org/no'}}]}",
         "Coming?<br>1. Yes<br>2. <a href=\"https://example.org/no\">No</a>",
         "Coming?\n1. Yes\n2. No (https://example.org/no)"},
        {"{'txt':'YesNo','fmt':[{'len':3,'tp':'BN'},{'at':3,'len':2,'tp':'BN'}]}",
         "1. Yes<br>2. No", "1. Yes\n2. No"},
        {"{'txt':' ','fmt':[{'len':1}],'ent':[{'tp':'BN','data':{'name':'go','act':'url',"
         "'ref':'javascript:x'}}]}",
         "1.  go", NULL},
        {"{'txt':'a b','fmt':[{'len':1,'tp':'RW'},{'at':2,'len':1,'tp':'RW'}]}", "a<br>b", "a\nb"},
    };

    (void)state;
    expect_rows(rows, G_N_ELEMENTS(rows));
}

static void drafty__hostile_objects__lose_paths_markup_and_links(void **state)
{
    static const Row rows[] = {
        {"{'txt':'  ','fmt':[{'at':0,'len':1},{'at':1,'len':1,'key':1}],'ent':["
         "{'tp':'IM','data':{'ref':'file:///etc/passwd','val':'%%%'}},"
         "{'tp':'EX','data':{'name':'../../.bashrc<img src=x>','mime':'text/html',"
         "'ref':'https://evil.example/x'}}]}",
         "[Picture]<br>[File: <a href=\"https://evil.example/x\">.bashrc</a>]",
         "[Picture]\n[File: .bashrc (https://evil.example/x)]"},
        {"{'txt':' "
         "','fmt':[{'len':1}],'ent':[{'tp':'EX','data':{'name':'C:\\\\x\\\\a<b.txt\\u202e',"
         "'ref':'//evil.example/x','size':-5}}]}",
         "[File: ab.txt]", "[File: ab.txt]"},
        {"{'txt':' ','fmt':[{'len':1}],'ent':[{'tp':'EX','data':{'name':'a/b/','size':-1,"
         "'duration':'x'}}]}",
         "[File]", "[File]"},
        {"{'txt':'@bob','fmt':[{'len':4}],'ent':[{'tp':'MN','data':{'val':'usrB'}}]}", "@bob",
         "@bob"},
    };

    (void)state;
    expect_rows(rows, G_N_ELEMENTS(rows));
}

static void call__states__are_said_in_words(void **state)
{
    static const struct {
        const char *state;
        guint32 duration_ms;
        const char *line;
    } rows[] = {
        {"started", 0, "[Call]"},
        {"accepted", 0, "[Call accepted]"},
        {"missed", 0, "[Missed call]"},
        {"finished", 6000000, "[Call ended, 1:40:00]"},
        {"declined", 0, "[Call declined]"},
        {"disconnected", 1, "[Call cut off, 0:01]"},
        {"busy", 0, "[Call not taken: busy]"},
        {"<b>", 0, "[Call]"},
        {NULL, 0, "[Call]"},
    };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *line = tn_call_to_html(rows[i].state, rows[i].duration_ms);

        assert_string_equal(line, rows[i].line);
    }
}

static void words__once_set__stand_in_messages(void **state)
{
    static const char *words[TN_N_WORDS];
    g_autofree char *ours = NULL, *english = NULL;

    (void)state;
    for (guint i = 0; i < TN_N_WORDS; i++)
        words[i] = "Wort";
    tn_words_set(words);
    ours = tn_call_to_html("missed", 0);
    tn_words_set(NULL);
    english = tn_call_to_html("missed", 0);
    assert_string_equal(ours, "[Wort]");
    assert_string_equal(english, "[Missed call]");
}

static char *content_of(const char *html)
{
    g_autoptr(TnContent) content = tn_content_from_html(html);
    g_autofree char *frame = tn_encode_pub("1", "usrB", &(TnPub){.content = content}, FALSE);
    const char *at = strstr(frame, "\"content\":") + strlen("\"content\":");

    assert_int_equal(tn_content_size(content), strlen(at) - strlen("}}"));
    return g_strndup(at, strlen(at) - strlen("}}"));
}

static void html__from_clients__becomes_content(void **state)
{
    static const struct {
        const char *html, *content; /* ' for " in content */
    } rows[] = {
        {"", "''"},
        {"plain", "'plain'"},
        {"a  b\t c ", "'a  b\\t c '"},
        {"a &lt; b &amp;&amp; c &gt; d &#65;&#x42;", "'a < b && c > d AB'"},
        {"a < b & c > d &foo; &#xd800; &#0; &#99999999;",
         "'a < b & c > d &foo; &#xd800; &#0; &#99999999;'"},
        {"x <3 <- 5 <", "'x <3 <- 5 <'"},
        {"<u>a</u><font size=\"5\">b</font><span>c</span><blink>d</blink>", "'abcd'"},
        {"<b>a</b>b", "{'txt':'ab','fmt':[{'len':1,'tp':'ST'}]}"},
        {"<B>a<I>b</B>c</I>d",
         "{'txt':'abcd','fmt':[{'len':2,'tp':'ST'},{'at':1,'len':1,'tp':'EM'},"
         "{'at':2,'len':1,'tp':'EM'}]}"},
        {"<b>a", "{'txt':'a','fmt':[{'len':1,'tp':'ST'}]}"},
        {"a</b></i>", "'a'"},
        {"<b></b><i> </i>", "{'txt':' ','fmt':[{'len':1,'tp':'EM'}]}"},
        {"<span style='font-weight: bold; text-decoration: line-through'>a</span>",
         "{'txt':'a','fmt':[{'len':1,'tp':'ST'},{'len':1,'tp':'DL'}]}"},
        {"<font face=\"monospace\">a</font><font face=\"Sans\">b</font>",
         "{'txt':'ab','fmt':[{'len':1,'tp':'CO'}]}"},
        {"<a href=\"https://example.org/?a&amp;b\">x</a>",
         "{'txt':'x','fmt':[{'len':1}],'ent':[{'tp':'LN','data':{"
         "'url':'https://example.org/?a&b'}}]}"},
        {"<a href=\"https://example.org/\"></a>",
         "{'txt':'https://example.org/','fmt':[{'len':20}],'ent':[{'tp':'LN','data':{"
         "'url':'https://example.org/'}}]}"},
        {"<a href=\"mailto:b@example.org\">b@example.org</a>", "'b@example.org'"},
        {"<a href=\"ftp://example.org/\">files</a>", "'files (ftp://example.org/)'"},
        {"<a href='javascript:alert(1)'>x</a><a>y</a><a href=''>z</a>",
         "'x (javascript:alert(1))yz'"},
        {"a<br>b\r\nc\rd", "{'txt':'a b c d','fmt':[{'at':1,'len':1,'tp':'BR'},"
                           "{'at':3,'len':1,'tp':'BR'},{'at':5,'len':1,'tp':'BR'}]}"},
        {"<p>a</p><p>b</p><hr>", "{'txt':'a b','fmt':[{'at':1,'len':1,'tp':'BR'}]}"},
        {"a<img src=\"x>y\" alt='z'>b<!-- <b> -->c<style>x</style><script>y</script>d", "'abcd'"},
        {"a<style>b", "'ab'"},
        {"<b><", "{'txt':'<','fmt':[{'len':1,'tp':'ST'}]}"},
        /* a mark looks as the letter that it stands on */
        {"<b>e</b><i>\xcc\x81x</i>",
         "{'txt':'e\xcc\x81x','fmt':[{'len':1,'tp':'ST'},{'at':1,'len':1,'tp':'EM'}]}"},
        {"\xf0\x9f\x91\xa9\xf0\x9f\x8f\xbd\xe2\x80\x8d\xf0\x9f\x94\xa7 <b>x</b>\xff",
         "{'txt':'\xf0\x9f\x91\xa9\xf0\x9f\x8f\xbd\xe2\x80\x8d\xf0\x9f\x94\xa7 x\xef\xbf\xbd',"
         "'fmt':[{'at':2,'len':1,'tp':'ST'}]}"},
    };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *content = content_of(rows[i].html);
        g_autofree char *expected = g_strdelimit(g_strdup(rows[i].content), "'", '"');

        if (strcmp(content, expected) != 0)
            fail_msg("%s became %s, not %s", rows[i].html, content, expected);
    }
}

/* What might be looked for again and again to the end of the text. */
static void html__two_hundred_kilobytes_of_anything__takes_no_time(void **state)
{
    static const char *const scraps[] = {"<a",     "<a href=\"", "<b>x",        "<!--",
                                         "&",      "&#",         "<title>",     "</b>",
                                         "<b></i", "x<br>y",     "<a href='x'>"};

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(scraps); i++) {
        g_autoptr(GString) html = g_string_new(NULL);
        g_autoptr(TnContent) content = NULL;
        clock_t begin;

        while (html->len < 200 * 1024)
            g_string_append(html, scraps[i]);
        g_string_append_c(html, '>');
        begin = clock();
        content = tn_content_from_html(html->str);
        if (cpu_ms_since(begin) >= 200)
            fail_msg("%s takes %u ms", scraps[i], (guint)cpu_ms_since(begin));
    }
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
        cmocka_unit_test(drafty__objects__are_lines_of_their_own),
        cmocka_unit_test(drafty__quotes_and_forms__are_lines),
        cmocka_unit_test(drafty__hostile_objects__lose_paths_markup_and_links),
        cmocka_unit_test(call__states__are_said_in_words),
        cmocka_unit_test(words__once_set__stand_in_messages),
        cmocka_unit_test(html__from_clients__becomes_content),
        cmocka_unit_test(html__two_hundred_kilobytes_of_anything__takes_no_time),
        cmocka_unit_test(drafty__ten_thousand_spans__take_no_time_and_no_stack),
        cmocka_unit_test(drafty__emoji__before_a_link_is_one_character),
        cmocka_unit_test(grapheme__next__follows_the_rules),
        cmocka_unit_test(drafty__empty__is_told),
    };

    return cmocka_run_group_tests_name("drafty", tests, NULL, NULL);
}
