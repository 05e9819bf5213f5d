/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-objects.c: pictures and files in content and cards: what is taken from the wire, what goes
 * out, where things lie, and what bytes are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/tn-codec.h"
#include "protocol/tn-drafty.h"
#include "protocol/tn-picture.h"
#include "protocol/tn-ref.h"

static TnPacket *decode(const char *entity)
{
    g_autofree char *frame = g_strdup_printf(
        "{\"data\":{\"topic\":\"usrAAAAAAAAAAA\",\"seq\":1,\"content\":{\"txt\":\" \","
        "\"fmt\":[{\"len\":1}],\"ent\":[%s]}}}",
        entity);
    TnPacket *packet = tn_packet_decode(frame, strlen(frame), NULL);

    assert_non_null(packet);
    return packet;
}

static void wire__object__has_bytes_and_place_as_told(void **state)
{
    g_autoptr(TnPacket) packet =
        decode("{\"tp\":\"EX\",\"data\":{\"mime\":\"a/b\",\"name\":\"x/y.z\",\"val\":\"aGVsbG8=\","
               "\"ref\":\"/v0/file/s/a?b=c\",\"size\":99}}");
    TnObject object = {0};

    (void)state;
    assert_int_equal(tn_content_objects(packet->data.content, &object, 1), 1);
    assert_int_equal(object.kind, TN_OBJECT_FILE);
    assert_string_equal(object.name, "y.z");
    assert_string_equal(object.mime, "a/b");
    assert_string_equal(object.ref, "/v0/file/s/a?b=c");
    assert_int_equal(g_bytes_get_size(object.bytes), 5);
    assert_memory_equal(g_bytes_get_data(object.bytes, NULL), "hello", 5);
    assert_int_equal(object.size, 5);
}

static void wire__object_without_anything_to_have__is_none(void **state)
{
    static const char *const rows[] = {
        "{\"tp\":\"IM\",\"data\":{}}",
        "{\"tp\":\"IM\"}",
        "{\"tp\":\"IM\",\"data\":{\"val\":\"\"}}",
        "{\"tp\":\"IM\",\"data\":{\"val\":\"abc\"}}",
        "{\"tp\":\"IM\",\"data\":{\"val\":\"ab=c\"}}",
        "{\"tp\":\"IM\",\"data\":{\"val\":\"====\"}}",
        "{\"tp\":\"IM\",\"data\":{\"val\":\"a b=\"}}",
        "{\"tp\":\"IM\",\"data\":{\"val\":7}}",
        "{\"tp\":\"IM\",\"data\":{\"ref\":\"/a b\"}}",
        "{\"tp\":\"IM\",\"data\":{\"ref\":\"/\\u00e4\"}}",
        "{\"tp\":\"IM\",\"data\":{\"ref\":\"/a\\nX: y\"}}",
        "{\"tp\":\"IM\",\"data\":{\"ref\":[]}}",
        "{\"tp\":\"EX\",\"data\":{\"mime\":\"text/x-drafty-fr\",\"val\":\"aGVsbG8=\"}}",
        "{\"tp\":\"LN\",\"data\":{\"url\":\"http://a\",\"ref\":\"/x\"}}",
    };
    TnObject object;

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(TnPacket) packet = decode(rows[i]);

        if (tn_content_objects(packet->data.content, &object, 1) != 0)
            fail_msg("%s", rows[i]);
    }
}

static void wire__hidden_object__is_nobodys_to_have(void **state)
{
    static const char frame[] =
        "{\"data\":{\"topic\":\"usrAAAAAAAAAAA\",\"seq\":1,\"content\":{\"txt\":\"ab\",\"fmt\":["
        "{\"len\":2,\"tp\":\"HD\"},{\"at\":1,\"len\":1}],"
        "\"ent\":[{\"tp\":\"EX\",\"data\":{\"ref\":\"/x\"}}]}}}";
    g_autoptr(TnPacket) packet = tn_packet_decode(frame, strlen(frame), NULL);
    TnObject object;

    (void)state;
    assert_int_equal(tn_content_objects(packet->data.content, &object, 1), 0);
}

static char *show(const TnObject *object, gpointer user_data)
{
    guint *n = user_data;

    (*n)++;
    return object->kind == TN_OBJECT_PICTURE ? g_strdup("<PICTURE>") : NULL;
}

static void html__shown_by_somebody__stands_in_the_place_of_the_line(void **state)
{
    g_autoptr(TnContent) content = tn_content_from_html(
        "a <img src=\"/p\" alt=\"p.png\"> b<embed src=\"/f\" alt=\"f.pdf\" size=\"10\">");
    guint n = 0;
    g_autofree char *html = tn_content_to_html_with(content, show, &n);
    g_autofree char *plain = tn_content_to_html(content);

    (void)state;
    assert_int_equal(n, 2);
    assert_string_equal(html, "a <br><PICTURE><br>b<br>[File: f.pdf, 10 bytes]");
    assert_string_equal(plain, "a <br>[Picture: p.png]<br>b<br>[File: f.pdf, 10 bytes]");
}

static void content__shared__lives_as_long_as_anybody_wants_it(void **state)
{
    TnContent *content = tn_content_from_html("a <img src=\"/p\">");
    TnContent *shared = tn_content_share(content);
    g_autofree char *text = NULL;

    (void)state;
    tn_content_free(content);
    text = tn_content_to_text(shared);
    assert_string_equal(text, "a \n[Picture]");
    tn_content_free(shared);
}

/* What goes out. */
static char *encode(const char *html)
{
    g_autoptr(TnContent) content = tn_content_from_html(html);
    g_auto(GStrv) files = tn_content_attachments(content);
    const TnPub pub = {.content = content, .attachments = (const char *const *)files};

    return tn_encode_pub(NULL, "t", &pub, FALSE);
}

static void html__markup_of_ours__becomes_objects_in_their_place(void **state)
{
    static const struct {
        const char *html, *frame;
    } rows[] = {
        {"a<img src=\"data:image/png;base64,aGVsbG8=\" alt=\"&lt;b&gt;\" type=\"image/png\" "
         "width=\"2\" height=\"3\">b",
         "\"content\":{\"txt\":\"a b\",\"fmt\":[{\"at\":1,\"len\":1}],\"ent\":[{\"tp\":\"IM\","
         "\"data\":{\"mime\":\"image/png\",\"name\":\"<b>\",\"val\":\"aGVsbG8=\",\"width\":2,"
         "\"height\":3,\"size\":5}}]}}}"},
        {"<b>x<img src='/v0/file/s/a'></b>",
         "\"content\":{\"txt\":\"x \",\"fmt\":[{\"len\":2,\"tp\":\"ST\"},{\"at\":1,\"len\":1}],"
         "\"ent\":[{\"tp\":\"IM\",\"data\":{\"ref\":\"/v0/file/s/a\"}}]}},"
         "\"extra\":{\"attachments\":[\"/v0/file/s/a\"]}}"},
        {"<embed src=\"/a\" size=\"7\">",
         "\"content\":{\"txt\":\"\",\"fmt\":[{\"at\":-1}],\"ent\":[{\"tp\":\"EX\",\"data\":{"
         "\"ref\":\"/a\",\"size\":7}}]}},\"extra\":{\"attachments\":[\"/a\"]}}"},
        {"x<img src=\"http://evil.test/a\"><img src=\"//evil.test\"><img src=\"data:,x\">"
         "<img src=\"data:image/png;base64,!\"><img><img id=\"3\">y",
         "\"content\":\"xy\"}}"},
    };

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *frame = encode(rows[i].html);

        if (!g_str_has_suffix(frame, rows[i].frame))
            fail_msg("%s", frame);
    }
}

/* A mark that binds to the space before it would take the picture's place away. */
static void html__picture_before_a_combining_mark__keeps_a_cluster_of_its_own(void **state)
{
    g_autofree char *frame = encode("a<img src=\"/p\">\xcc\x81z<img src=\"/q\">");

    (void)state;
    assert_non_null(strstr(frame, "\"fmt\":[{\"at\":1,\"len\":1},{\"at\":4,\"len\":1,\"key\":1}]"));
}

static void markup__of_an_object__is_read_back(void **state)
{
    const TnObject object = {
        .kind = TN_OBJECT_PICTURE, .name = "\"<&>'.png", .mime = "image/png", .size = 12};
    g_autofree char *markup = tn_object_to_markup(&object, "/p?a=\"", 1, 2);
    g_autoptr(TnContent) content = tn_content_from_html(markup);
    TnObject back = {0};

    (void)state;
    assert_int_equal(tn_content_objects(content, &back, 1), 1);
    assert_string_equal(back.name, object.name);
    assert_string_equal(back.mime, object.mime);
    assert_string_equal(back.ref, "/p?a=\"");
    assert_int_equal(back.size, 12);
}

/* Cards ---------------------------------------------------------------------------------------- */

static void card__photo__is_taken_as_told_or_not_at_all(void **state)
{
    static const struct {
        const char *photo, *data, *ref;
    } rows[] = {
        {"{\"type\":\"png\",\"data\":\"aGVsbG8=\",\"ref\":\"\xe2\x90\xa1\"}", "aGVsbG8=", NULL},
        {"{\"type\":\"png\",\"data\":\"\xe2\x90\xa1\",\"ref\":\"/v0/file/s/a\"}", NULL,
         "/v0/file/s/a"},
        {"\"\xe2\x90\xa1\"", NULL, NULL},
        {"7", NULL, NULL},
        {"{\"data\":7,\"ref\":{}}", NULL, NULL},
        {"{}", NULL, NULL},
    };
    g_autofree char *endless = g_strnfill(TN_MAX_PHOTO + 4, 'A');
    g_autofree char *large = g_strdup_printf("{\"data\":\"%s\"}", endless);

    (void)state;
    for (guint i = 0; i <= G_N_ELEMENTS(rows); i++) {
        const gboolean is_last = i == G_N_ELEMENTS(rows);
        g_autofree char *frame = g_strdup_printf(
            "{\"meta\":{\"topic\":\"me\",\"desc\":{\"public\":{\"fn\":\"A\",\"photo\":%s}}}}",
            is_last ? large : rows[i].photo);
        g_autoptr(TnPacket) packet = tn_packet_decode(frame, strlen(frame), NULL);
        const TnCard *card = &packet->meta.desc->card;

        assert_true(g_strcmp0(card->photo_data, is_last ? NULL : rows[i].data) == 0);
        assert_true(g_strcmp0(card->photo_ref, is_last ? NULL : rows[i].ref) == 0);
    }
}

/* Places and bytes ----------------------------------------------------------------------------- */

static void ref__of_all_kinds__is_resolved_or_refused(void **state)
{
    const TnRef base = {(char *)"own.test", 6060, FALSE, (char *)"/"};
    static const struct {
        const char *text, *host;
        guint16 port;
        gboolean use_tls;
        const char *path;
    } rows[] = {
        {"/a?b#c", "own.test", 6060, FALSE, "/a?b"},
        {"http://Own.Test:6060/x", "own.test", 6060, FALSE, "/x"},
        {"https://o.test", "o.test", 443, TRUE, "/"},
        {"http://o.test?q", "o.test", 80, FALSE, "/?q"},
        {"https://[::1]:8443/x", "::1", 8443, TRUE, "/x"},
        {"//o.test/x", NULL, 0, 0, NULL},
        {"x", NULL, 0, 0, NULL},
        {"", NULL, 0, 0, NULL},
        {"ftp://o.test/", NULL, 0, 0, NULL},
        {"http://", NULL, 0, 0, NULL},
        {"http://a@o.test/", NULL, 0, 0, NULL},
        {"http://o.test:0/", NULL, 0, 0, NULL},
        {"http://o.test:99999/", NULL, 0, 0, NULL},
        {"http://o.test:1x/", NULL, 0, 0, NULL},
        {"http://[::1/x", NULL, 0, 0, NULL},
        {"http://[o.test]/x", NULL, 0, 0, NULL},
        {"http://o.test\\@p.test/", NULL, 0, 0, NULL},
        {"/\t", NULL, 0, 0, NULL},
        {"/\xc3\xa4", NULL, 0, 0, NULL},
        {NULL, NULL, 0, 0, NULL},
    };
    g_autofree char *endless = g_strnfill(5000, '/');
    TnRef ref = {0};

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        const gboolean is_good = tn_ref_resolve(&base, rows[i].text, &ref);

        if (is_good != (rows[i].host != NULL))
            fail_msg("%s", rows[i].text);
        if (!is_good)
            continue;
        assert_string_equal(ref.host, rows[i].host);
        assert_string_equal(ref.path, rows[i].path);
        assert_int_equal(ref.port, rows[i].port);
        assert_int_equal(ref.use_tls, rows[i].use_tls);
        assert_int_equal(tn_ref_is_same_origin(&base, &ref), i < 2);
        tn_ref_clear(&ref);
    }
    endless[1] = 'x';
    assert_false(tn_ref_resolve(&base, endless, &ref));
}

#define BYTES(text) (const guint8 *)(text), sizeof(text) - 1

static void picture__by_its_first_bytes__is_told(void **state)
{
    static const struct {
        const guint8 *bytes;
        gsize length;
        const char *mime; /* NULL: none */
        guint width, height;
    } rows[] = {
        {BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\0\3"), "image/png", 256, 3},
        {BYTES("GIF89a\x10\x00\x20\x00"), "image/gif", 16, 32},
        {BYTES("\xff\xd8\xff\xe0\0\4ab\xff\xc0\0\x0b\x08\0\2\0\5\1"), "image/jpeg", 5, 2},
        {BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\3"), NULL, 0, 0},
        {BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x3f\xff\0\0\x3f\xff"), NULL, 0, 0},
        {BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xff\xff\xff\0\0\0\1"), NULL, 0, 0},
        {BYTES("\x89PNG\r\n\x1a\n"), NULL, 0, 0},
        {BYTES("GIF89a\x10"), NULL, 0, 0},
        {BYTES("\xff\xd8\xff\xe0\0\0ab\xff\xc0"), NULL, 0, 0},
        {BYTES("\xff\xd8\xff\xe0\xff\xff"), NULL, 0, 0},
        {BYTES("\xff\xd8\xff\xda\0\4ab\xff\xc0\0\x0b\x08\0\2\0\5\1"), NULL, 0, 0},
        {BYTES("RIFF\0\0\0\0WEBPVP8 "), NULL, 0, 0},
        {BYTES("<svg>"), NULL, 0, 0},
        {BYTES(""), NULL, 0, 0},
    };

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        TnPicture picture = {0};
        /* Nothing behind it may be looked at. */
        g_autofree guint8 *copy = g_malloc(rows[i].length + 1);

        memcpy(copy, rows[i].bytes, rows[i].length);
        copy = g_realloc(copy, MAX(rows[i].length, 1));
        if (tn_picture_look(copy, rows[i].length, &picture) != (rows[i].mime != NULL))
            fail_msg("row %u", i);
        if (rows[i].mime == NULL)
            continue;
        assert_string_equal(picture.mime, rows[i].mime);
        assert_int_equal(picture.width, rows[i].width);
        assert_int_equal(picture.height, rows[i].height);
    }
}

static void picture__every_beginning_of_a_good_one__never_reads_beyond(void **state)
{
    static const char jpeg[] =
        "\xff\xd8\xff\xff\xe0\0\4ab\xff\xc4\0\3x\xff\xc0\0\x0b\x08\0\2\0\5\1";
    TnPicture picture;

    (void)state;
    for (gsize length = 0; length < sizeof jpeg; length++) {
        g_autofree guint8 *copy = g_malloc(MAX(length, 1));

        memcpy(copy, jpeg, length);
        tn_picture_look(copy, length, &picture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wire__object__has_bytes_and_place_as_told),
        cmocka_unit_test(wire__object_without_anything_to_have__is_none),
        cmocka_unit_test(wire__hidden_object__is_nobodys_to_have),
        cmocka_unit_test(html__shown_by_somebody__stands_in_the_place_of_the_line),
        cmocka_unit_test(content__shared__lives_as_long_as_anybody_wants_it),
        cmocka_unit_test(html__markup_of_ours__becomes_objects_in_their_place),
        cmocka_unit_test(html__picture_before_a_combining_mark__keeps_a_cluster_of_its_own),
        cmocka_unit_test(markup__of_an_object__is_read_back),
        cmocka_unit_test(card__photo__is_taken_as_told_or_not_at_all),
        cmocka_unit_test(ref__of_all_kinds__is_resolved_or_refused),
        cmocka_unit_test(picture__by_its_first_bytes__is_told),
        cmocka_unit_test(picture__every_beginning_of_a_good_one__never_reads_beyond),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
