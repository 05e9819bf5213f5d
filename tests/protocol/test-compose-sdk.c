/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-compose-sdk.c: replies, forwarded messages, forms and answers to them, with what the
 * official SDK makes of them: data/drafty/README.md says how they came about.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gio/gio.h>
#include <jansson.h>

#include "protocol/tn-codec.h"
#include "protocol/tn-drafty.h"

#define FIELD  "\x1f"
#define RECORD "\x1e\n"
/* What was asked for: fewer prove nothing. */
#define MIN_OF_EACH 1000
#define MAX_TOLD    10

static char *read_packed(void)
{
    g_autofree char *path = g_build_filename(TEST_DATA_DIR, "drafty", "composed.gz", NULL);
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

static json_t *load(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, 0, &error);

    if (value == NULL)
        fail_msg("%s: %s", error.text, text);
    return value;
}

static const char *string_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* What the record's content means to us. */
static TnPacket *packet_with(json_t *content)
{
    char *text = json_dumps(content, JSON_COMPACT | JSON_ENCODE_ANY);
    g_autofree char *frame =
        g_strdup_printf("{\"data\":{\"topic\":\"usrB\",\"seq\":1,\"content\":%s}}", text);
    g_autoptr(GError) error = NULL;
    TnPacket *packet = tn_packet_decode(frame, strlen(frame), &error);

    if (packet == NULL)
        fail_msg("%s: %s", text, error->message);
    free(text);
    return packet;
}

static int compare_strings(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The text and the spans, each with its entity instead of a key, sorted: (transfer full). */
static char *normal_form(const json_t *content)
{
    g_autoptr(GPtrArray) spans = g_ptr_array_new_with_free_func(g_free);
    GString *out = g_string_new(json_is_string(content) ? json_string_value(content)
                                                        : string_of(content, "txt"));
    size_t i;
    json_t *format;

    json_array_foreach (json_object_get(content, "fmt"), i, format) {
        json_t *entity = json_array_get(json_object_get(content, "ent"),
                                        (size_t)json_integer_value(json_object_get(format, "key")));
        const char *type = string_of(format, "tp");
        char *data = type == NULL ? json_dumps(entity, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

        g_ptr_array_add(spans,
                        g_strdup_printf("\n%5d %d %s",
                                        (int)json_integer_value(json_object_get(format, "at")),
                                        (int)json_integer_value(json_object_get(format, "len")),
                                        type != NULL ? type : data));
        free(data);
    }
    g_ptr_array_sort(spans, compare_strings);
    for (i = 0; i < spans->len; i++)
        g_string_append(out, spans->pdata[i]);
    return g_string_free(out, FALSE);
}

static json_t *encode(const TnContent *content)
{
    g_autofree char *frame = tn_encode_pub("1", "usrB", &(TnPub){.content = content}, FALSE);
    json_t *root = load(frame);
    json_t *made = json_incref(json_object_get(json_object_get(root, "pub"), "content"));

    json_decref(root);
    return made;
}

static gboolean is_same(const TnContent *ours, const json_t *theirs, const char *record)
{
    json_t *made = encode(ours);
    g_autofree char *one = normal_form(made), *other = normal_form(theirs);
    const gboolean is_equal = strcmp(one, other) == 0;

    if (!is_equal)
        print_error("%s\n SDK: %s\n ours: %s\n", record, other, one);
    json_decref(made);
    return is_equal;
}

static gboolean check_reply(const json_t *asked, const json_t *theirs, const char *record)
{
    g_autoptr(TnPacket) packet = packet_with(json_object_get(asked, "said"));
    g_autofree char *words = tn_content_to_line(packet->data.content, TN_QUOTE_MAX);
    g_autoptr(TnContent) text = tn_content_from_text(string_of(asked, "text"));
    g_autoptr(TnContent) ours =
        tn_content_quoting(string_of(asked, "name"), string_of(asked, "user"), words, text);

    return is_same(ours, theirs, record);
}

/* By way of the HTML that is shown, which is what is kept of a message. */
static gboolean check_forward(const json_t *asked, const json_t *theirs, const char *record)
{
    g_autoptr(TnPacket) packet = packet_with(json_object_get(asked, "said"));
    g_autofree char *html = tn_content_to_html(packet->data.content);
    g_autoptr(TnContent) content = tn_content_from_html(html);
    g_autoptr(TnContent) ours =
        tn_content_forwarding(string_of(asked, "name"), string_of(asked, "user"), content);

    return is_same(ours, theirs, record);
}

static gboolean check_answer(const json_t *asked, const json_t *theirs, const char *record)
{
    g_autoptr(TnContent) ours = tn_content_answering(
        string_of(asked, "title"), (guint32)json_integer_value(json_object_get(asked, "seq")),
        string_of(asked, "name"), string_of(asked, "value"));

    return is_same(ours, theirs, record);
}

static gboolean check_form(const json_t *asked, const json_t *theirs, const char *record)
{
    g_autoptr(TnPacket) packet = packet_with(json_object_get(asked, "form"));
    g_autoptr(GPtrArray) ours = tn_content_choices(packet->data.content);
    gboolean is_equal = ours != NULL && ours->len == json_array_size(theirs);

    for (guint i = 0; is_equal && i < ours->len; i++) {
        const TnChoice *choice = ours->pdata[i];
        const json_t *their = json_array_get(theirs, i);

        is_equal = g_strcmp0(choice->title, string_of(their, "title")) == 0 &&
                   g_strcmp0(choice->name, string_of(their, "name")) == 0 &&
                   g_strcmp0(choice->value, string_of(their, "value")) == 0 &&
                   g_strcmp0(choice->url, string_of(their, "url")) == 0 &&
                   choice->act == (strcmp(string_of(their, "act"), "pub") == 0 ? TN_CHOICE_PUB
                                                                               : TN_CHOICE_URL);
    }
    if (!is_equal)
        print_error("%s\n", record);
    return is_equal;
}

static void replay(const char *kind,
                   gboolean (*check)(const json_t *, const json_t *, const char *))
{
    g_autofree char *all = read_packed();
    guint n = 0, wrong = 0;

    for (char *record = all; *record != '\0' && wrong < MAX_TOLD;) {
        char *second = strstr(record, FIELD), *end = strstr(record, RECORD);
        json_t *asked, *theirs;

        assert_true(second != NULL && end != NULL && second < end);
        *second = *end = '\0';
        asked = load(record);
        theirs = load(second + strlen(FIELD));
        if (strcmp(string_of(asked, "kind"), kind) == 0) {
            n++;
            if (!check(asked, theirs, record))
                wrong++;
        }
        json_decref(asked);
        json_decref(theirs);
        record = end + strlen(RECORD);
    }
    if (wrong > 0)
        fail_msg("%u of the first %u records differ", wrong, n);
    assert_true(n >= MIN_OF_EACH);
}

static void reply__to_anything__is_quoted_as_the_sdk_does(void **state)
{
    (void)state;
    replay("reply", check_reply);
}

static void forward__of_anything__is_what_the_sdk_makes(void **state)
{
    (void)state;
    replay("forward", check_forward);
}

static void form__made_by_the_sdk__has_the_choices_that_were_put_in(void **state)
{
    (void)state;
    replay("form", check_form);
}

static void answer__to_a_form__is_what_the_sdk_makes(void **state)
{
    (void)state;
    replay("answer", check_answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reply__to_anything__is_quoted_as_the_sdk_does),
        cmocka_unit_test(forward__of_anything__is_what_the_sdk_makes),
        cmocka_unit_test(form__made_by_the_sdk__has_the_choices_that_were_put_in),
        cmocka_unit_test(answer__to_a_form__is_what_the_sdk_makes),
    };

    return cmocka_run_group_tests_name("compose-sdk", tests, NULL, NULL);
}
