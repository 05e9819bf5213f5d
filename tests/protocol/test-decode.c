/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-decode.c: frames of the server become packets: the recorded ones whole, and hostile ones
 * harmlessly.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <jansson.h>

#include "protocol/tn-codec.h"
#include "protocol/tn-drafty.h"
#include "support-cpu.h"

#ifndef TEST_DATA_DIR
#define TEST_DATA_DIR "tests/data"
#endif

static TnPacket *decode_bytes(const char *bytes, gsize length, GError **error)
{
    /* In a block of its own size, so that reading beyond it is noticed. */
    g_autofree char *copy = g_malloc(length + 1);

    memcpy(copy, bytes, length);
    copy[length] = '\0';
    return tn_packet_decode(copy, length, error);
}

/* text: JSON with ' for " */
static TnPacket *try_decode(const char *text, GError **error)
{
    g_autofree char *json = g_strdelimit(g_strdup(text), "'", '"');

    return decode_bytes(json, strlen(json), error);
}

static TnPacket *decode(const char *text, TnPacketKind kind)
{
    g_autoptr(GError) error = NULL;
    TnPacket *packet = try_decode(text, &error);

    if (packet == NULL)
        fail_msg("%s: %s", text, error->message);
    assert_int_equal(packet->kind, kind);
    return packet;
}

static void expect_refused(const char *text, TnCodecError code)
{
    g_autoptr(GError) error = NULL;
    TnPacket *packet = try_decode(text, &error);

    if (packet != NULL)
        fail_msg("accepted: %.100s", text);
    assert_true(error != NULL && error->domain == TN_CODEC_ERROR);
    assert_int_equal(error->code, (int)code);
    assert_true(g_utf8_validate(error->message, -1, NULL));
}

/* Recorded frames
 * --------------------------------------------------------------------------------*/

static const char *string_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static guint32 number_of(const json_t *object, const char *key)
{
    return (guint32)json_integer_value(json_object_get(object, key));
}

static void check_string(const char *found, const json_t *object, const char *key)
{
    const char *expected = string_of(object, key);

    if (g_strcmp0(found, expected) != 0)
        fail_msg("%s is %s, not %s", key, found, expected);
}

static void expect_mode(gboolean has, guint bits, const json_t *acs, const char *key)
{
    guint expected = 0;

    assert_int_equal(has, string_of(acs, key) != NULL);
    if (has) {
        assert_true(tn_access_parse(string_of(acs, key), &expected));
        assert_int_equal(bits, expected);
    }
}

static void expect_row(const TnRow *row, const json_t *object, gboolean is_desc)
{
    const json_t *acs = json_object_get(object, "acs");

    if (!is_desc) {
        check_string(row->topic, object, "topic");
        check_string(row->user, object, "user");
    }
    assert_int_equal(row->seq, number_of(object, "seq"));
    assert_int_equal(row->read, number_of(object, "read"));
    assert_int_equal(row->recv, number_of(object, "recv"));
    assert_int_equal(row->clear, number_of(object, "clear"));
    assert_int_equal(row->is_online, json_is_true(json_object_get(object, "online")));
    assert_int_equal(row->is_deleted, json_object_get(object, "deleted") != NULL);
    assert_int_equal(row->is_channel, json_is_true(json_object_get(object, "chan")));
    assert_int_equal(row->card.is_told, json_object_get(object, "public") != NULL);
    check_string(row->card.fn, json_object_get(object, "public"), "fn");
    check_string(row->comment, json_object_get(object, "private"), "comment");
    expect_mode(row->acs.has_want, row->acs.want, acs, "want");
    expect_mode(row->acs.has_given, row->acs.given, acs, "given");
    expect_mode(row->acs.has_mode, row->acs.mode, acs, "mode");
}

static void expect_ctrl(const TnCtrl *ctrl, const json_t *body)
{
    const json_t *params = json_object_get(body, "params"), *required;

    assert_int_equal(ctrl->code, number_of(body, "code"));
    check_string(ctrl->id, body, "id");
    check_string(ctrl->topic, body, "topic");
    check_string(ctrl->text, body, "text");
    check_string(ctrl->what, params, "what");
    check_string(ctrl->user, params, "user");
    check_string(ctrl->token, params, "token");
    check_string(ctrl->new_topic, params, "topic");
    check_string(ctrl->server_version, params, "ver");
    check_string(ctrl->server_build, params, "build");
    assert_int_equal(ctrl->seq, number_of(params, "seq"));
    assert_int_equal(ctrl->count, number_of(params, "count"));
    assert_int_equal(ctrl->max_message_size, number_of(params, "maxMessageSize"));
    assert_int_equal(ctrl->max_subscriber_count, number_of(params, "maxSubscriberCount"));
    assert_int_equal(ctrl->max_file_size, number_of(params, "maxFileUploadSize"));
    assert_int_equal(ctrl->has_unsub, json_object_get(params, "unsub") != NULL);
    assert_int_equal(ctrl->is_unsub, json_is_true(json_object_get(params, "unsub")));
    expect_mode(ctrl->acs.has_mode, ctrl->acs.mode, json_object_get(params, "acs"), "mode");
    assert_int_equal(ctrl->cred != NULL ? g_strv_length((char **)ctrl->cred) : 0,
                     json_array_size(json_object_get(params, "cred")));
    required = json_object_get(json_object_get(params, "reqCred"), "auth");
    if (required == NULL)
        required = json_object_get(params, "creds");
    assert_int_equal(ctrl->required != NULL ? g_strv_length((char **)ctrl->required) : 0,
                     json_array_size(required));
}

static void expect_ranges(const TnRange *ranges, gsize n, const json_t *array)
{
    assert_int_equal(n, json_array_size(array));
    for (gsize i = 0; i < n; i++) {
        const json_t *range = json_array_get(array, i);
        guint32 low = number_of(range, "low"), high = number_of(range, "hi");

        assert_int_equal(ranges[i].low, low);
        assert_int_equal(ranges[i].high, high != 0 ? high - 1 : low);
    }
}

static void expect_meta(const TnMeta *meta, const json_t *body)
{
    const json_t *subs = json_object_get(body, "sub"), *del = json_object_get(body, "del");

    check_string(meta->id, body, "id");
    check_string(meta->topic, body, "topic");
    assert_int_equal(meta->desc != NULL, json_object_get(body, "desc") != NULL);
    if (meta->desc != NULL)
        expect_row(meta->desc, json_object_get(body, "desc"), TRUE);
    assert_int_equal(meta->has_subs, subs != NULL);
    assert_int_equal(meta->n_subs, json_array_size(subs));
    for (gsize i = 0; i < meta->n_subs; i++)
        expect_row(&meta->subs[i], json_array_get(subs, i), FALSE);
    assert_int_equal(meta->has_tags, json_object_get(body, "tags") != NULL);
    assert_int_equal(meta->has_cred, json_object_get(body, "cred") != NULL);
    assert_int_equal(meta->has_del, del != NULL);
    assert_int_equal(meta->del_clear, number_of(del, "clear"));
    expect_ranges(meta->del, meta->n_del, json_object_get(del, "delseq"));
}

static void expect_data(const TnData *data, const json_t *body)
{
    const json_t *content = json_object_get(body, "content"), *head;
    g_autofree char *text = tn_content_to_text(data->content);
    g_autofree char *replace = NULL;

    head = json_object_get(body, "head");
    check_string(data->topic, body, "topic");
    check_string(data->from, body, "from");
    check_string(data->mime, head, "mime");
    assert_int_equal(data->seq, number_of(body, "seq"));
    replace = data->replace != 0 ? g_strdup_printf(":%u", data->replace) : NULL;
    check_string(replace, head, "replace");
    if (json_is_string(content))
        assert_string_equal(text, json_string_value(content));
    else if (json_is_null(content))
        assert_true(tn_content_is_empty(data->content));
    else if (json_object_get(content, "ent") == NULL)
        assert_string_equal(text, string_of(content, "txt"));
    else
        assert_false(tn_content_is_empty(data->content));
}

static void expect_pres(const TnPres *pres, const json_t *body)
{
    check_string(pres->topic, body, "topic");
    check_string(pres->src, body, "src");
    check_string(pres->act, body, "act");
    check_string(pres->tgt, body, "tgt");
    check_string(pres->agent, body, "ua");
    check_string(pres->want, json_object_get(body, "dacs"), "want");
    check_string(pres->given, json_object_get(body, "dacs"), "given");
    assert_int_equal(pres->seq, number_of(body, "seq"));
    assert_int_equal(pres->clear, number_of(body, "clear"));
    assert_int_not_equal(pres->what, TN_PRES_UNKNOWN);
    expect_ranges(pres->del, pres->n_del, json_object_get(body, "delseq"));
}

static void expect_info(const TnInfo *info, const json_t *body)
{
    check_string(info->topic, body, "topic");
    check_string(info->src, body, "src");
    check_string(info->from, body, "from");
    assert_int_equal(info->seq, number_of(body, "seq"));
    assert_int_not_equal(info->what, TN_INFO_UNKNOWN);
}

static void expect_packet(const TnPacket *packet, const json_t *frame)
{
    static const char *const keys[] = {"ctrl", "data", "meta", "pres", "info"};
    const json_t *body = json_object_get(frame, keys[packet->kind]);

    assert_non_null(body);
    switch (packet->kind) {
    case TN_PACKET_CTRL:
        expect_ctrl(&packet->ctrl, body);
        break;
    case TN_PACKET_DATA:
        expect_data(&packet->data, body);
        break;
    case TN_PACKET_META:
        expect_meta(&packet->meta, body);
        break;
    case TN_PACKET_PRES:
        expect_pres(&packet->pres, body);
        break;
    case TN_PACKET_INFO:
        expect_info(&packet->info, body);
        break;
    case TN_PACKET_OTHER:
        fail();
        break;
    }
}

/* Returns how many frames of the server the file has. */
static guint check_transcript(const char *path)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    guint n_frames = 0;

    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        json_t *entry = json_loads(*line, 0, NULL), *frame = json_object_get(entry, "frame");
        g_autoptr(GError) error = NULL;
        g_autofree char *bytes = NULL;
        TnPacket *packet;

        if (frame != NULL && strcmp(string_of(entry, "dir"), "<") == 0) {
            bytes = json_dumps(frame, JSON_COMPACT);
            packet = decode_bytes(bytes, strlen(bytes), &error);
            if (packet == NULL)
                fail_msg("%s: %s: %s", path, *line, error->message);
            expect_packet(packet, frame);
            tn_packet_free(packet);
            n_frames++;
        }
        json_decref(entry);
    }
    return n_frames;
}

static void decode__recorded_frames__keep_every_field(void **state)
{
    g_autoptr(GDir) dir = g_dir_open(TEST_DATA_DIR "/transcripts", 0, NULL);
    const char *name;
    guint n_frames = 0, n_files = 0;

    (void)state;
    assert_non_null(dir);
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(TEST_DATA_DIR, "transcripts", name, NULL);

        if (!g_str_has_suffix(name, ".jsonl"))
            continue;
        n_frames += check_transcript(path);
        n_files++;
    }
    print_message("%u frames of %u transcripts\n", n_frames, n_files);
    assert_true(n_files > 0 && n_frames > n_files);
}

/* Kinds
 * ------------------------------------------------------------------------------------------*/

static void decode__ctrl_login__has_user_and_token(void **state)
{
    g_autoptr(TnPacket) packet =
        decode("{'ctrl':{'id':'2','params':{'authlvl':'auth','expires':'2026-01-16T03:04:05Z',"
               "'token':'VE9L','user':'usrA','cred':['email','tel',5]},'code':300,"
               "'text':'validate credentials','ts':'2026-01-02T03:04:05.06Z'}}",
               TN_PACKET_CTRL);

    (void)state;
    assert_string_equal(packet->ctrl.id, "2");
    assert_int_equal(packet->ctrl.code, 300);
    assert_string_equal(packet->ctrl.user, "usrA");
    assert_string_equal(packet->ctrl.token, "VE9L");
    assert_string_equal(packet->ctrl.cred[0], "email");
    assert_string_equal(packet->ctrl.cred[1], "tel");
    assert_null(packet->ctrl.cred[2]);
    assert_int_equal(packet->ctrl.ts_ms, G_GINT64_CONSTANT(1767323045060));
}

static void decode__ctrl__sizes_are_clamped_not_lost(void **state)
{
    g_autoptr(TnPacket) packet =
        decode("{'ctrl':{'code':201,'params':{'maxFileUploadSize':99999999999,"
               "'maxMessageSize':-5,'maxSubscriberCount':1.5}}}",
               TN_PACKET_CTRL);

    (void)state;
    assert_int_equal(packet->ctrl.max_file_size, G_MAXUINT32);
    assert_int_equal(packet->ctrl.max_message_size, 0);
    assert_int_equal(packet->ctrl.max_subscriber_count, 0);
}

static void decode__data__reads_what_head_says(void **state)
{
    g_autoptr(TnPacket) packet =
        decode("{'data':{'topic':'grpF','from':'usrB','ts':'2026-01-02T03:04:05Z','seq':21,"
               "'head':{'replace':':12','reply':':3','mime':'text/x-drafty',"
               "'x-purple-tinode-id':'abc','webrtc':'started','other':{'deep':[1]}},"
               "'content':{'txt':'fixed'}}}",
               TN_PACKET_DATA);

    (void)state;
    assert_int_equal(packet->data.replace, 12);
    assert_int_equal(packet->data.reply, 3);
    assert_string_equal(packet->data.mime, "text/x-drafty");
    assert_string_equal(packet->data.client_id, "abc");
    assert_string_equal(packet->data.webrtc, "started");
    assert_int_equal(packet->data.ts_ms, G_GINT64_CONSTANT(1767323045000));
}

static void decode__data__references_that_make_no_sense_are_none(void **state)
{
    static const char *const wrong[] = {"12", ":0", ":-3", ":", ":12x", ":99999999999", "x:12"};

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *text =
            g_strdup_printf("{'data':{'topic':'usrB','seq':1,'head':{'replace':'%s'}}}", wrong[i]);
        g_autoptr(TnPacket) packet = decode(text, TN_PACKET_DATA);

        assert_int_equal(packet->data.replace, 0);
    }
}

static void decode__data__without_content_is_empty(void **state)
{
    static const char *const contents[] = {"",
                                           ",'content':null",
                                           ",'content':''",
                                           ",'content':{}",
                                           ",'content':7",
                                           ",'content':[1]",
                                           ",'content':{'txt':7,'fmt':'x','ent':{}}"};

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(contents); i++) {
        g_autofree char *text = g_strdup_printf("{'data':{'topic':'chnB','seq':1%s}}", contents[i]);
        g_autoptr(TnPacket) packet = decode(text, TN_PACKET_DATA);

        assert_null(packet->data.from);
        assert_true(tn_content_is_empty(packet->data.content));
    }
}

static void decode__ranges__become_inclusive(void **state)
{
    g_autoptr(TnPacket) packet =
        decode("{'meta':{'topic':'usrB','del':{'clear':3,'delseq':[{'low':17,'hi':19},{'low':5},"
               "{'low':9,'hi':9},{'low':9,'hi':3},{'hi':4},{'low':-1},7,{'low':2147483647}]}}}",
               TN_PACKET_META);

    (void)state;
    assert_true(packet->meta.has_del);
    assert_int_equal(packet->meta.del_clear, 3);
    assert_int_equal(packet->meta.n_del, 3);
    assert_int_equal(packet->meta.del[0].low, 17);
    assert_int_equal(packet->meta.del[0].high, 18);
    assert_int_equal(packet->meta.del[1].low, 5);
    assert_int_equal(packet->meta.del[1].high, 5);
    assert_int_equal(packet->meta.del[2].low, 2147483647);
    assert_int_equal(packet->meta.del[2].high, 2147483647);
}

static void decode__card__tells_where_and_how_somebody_is_reached(void **state)
{
    g_autoptr(TnPacket) packet = decode(
        "{'meta':{'topic':'usrA','desc':{'public':{'fn':'A','org':{'fn':'Flowers\\nLtd','title':7},"
        "'comm':[{'des':['home'],'proto':'tel','value':'+15550100'},{'value':'x\\ty'},{'proto':"
        "'email'},null,{'proto':'tel','value':'\xe2\x90\xa1'}]},'trusted':{'verified':true,"
        "'staff':'yes','danger':true},'private':{'arch':true},'subcnt':4}}}",
        TN_PACKET_META);
    const TnRow *row = packet->meta.desc;

    (void)state;
    assert_string_equal(row->card.org, "Flowers Ltd");
    assert_null(row->card.org_title);
    assert_int_equal(row->card.n_comm, 2);
    assert_string_equal(row->card.comm[0].kind, "tel");
    assert_string_equal(row->card.comm[0].value, "+15550100");
    assert_string_equal(row->card.comm[1].kind, "");
    assert_string_equal(row->card.comm[1].value, "x y");
    assert_int_equal(row->trusted, TN_TRUSTED_VERIFIED | TN_TRUSTED_DANGER);
    assert_true(row->has_archived && row->is_archived);
    assert_true(row->has_comment && row->comment == NULL);
    assert_int_equal(row->members, 4);
    assert_null(row->matched);
}

static void decode__card__endless_lists_end(void **state)
{
    g_autoptr(GString) json = g_string_new("{'meta':{'topic':'fnd','sub':[{'topic':'usrA',"
                                           "'public':{'comm':[{'value':'a'}");
    g_autoptr(TnPacket) packet = NULL;

    (void)state;
    for (guint i = 0; i < 1000; i++)
        g_string_append(json, ",{'value':'b'}");
    g_string_append(json, "]},'private':['a\\nb'");
    for (guint i = 0; i < 1000; i++)
        g_string_append(json, ",'c'");
    g_string_append(json, "]}],'tags':['t'");
    for (guint i = 0; i < 1000; i++)
        g_string_append(json, ",'u'");
    g_string_append(json, ",7,null]}}");
    packet = decode(json->str, TN_PACKET_META);
    assert_int_equal(packet->meta.subs[0].card.n_comm, TN_MAX_COMM);
    assert_true(g_str_has_prefix(packet->meta.subs[0].matched, "a b c c"));
    assert_int_equal(strlen(packet->meta.subs[0].matched), strlen("a b") + 2 * (TN_MAX_TAGS - 1));
    assert_int_equal(g_strv_length((char **)packet->meta.tags), TN_MAX_TAGS);
    assert_false(packet->meta.subs[0].has_comment);
}

static void decode__rows__tell_absent_from_empty_and_cleared(void **state)
{
    g_autoptr(TnPacket) packet = decode(
        "{'meta':{'topic':'me','sub':["
        "{'topic':'usrA','acs':{},'private':{'comment':'\xe2\x90\xa1','arch':true},'public':{},"
        "'subcnt':3},"
        "{'topic':'usrB','public':{'fn':'\xe2\x90\xa1','note':'n'},'private':'\xe2\x90\xa1',"
        "'online':false},"
        "{'topic':'usrC','acs':{'mode':'N','want':'XYZ'},'public':'\xe2\x90\xa1','private':[]},"
        "{'acs':{}},"
        "{'topic':'usrD','deleted':'2026-01-02T03:04:05Z','seen':{'when':'2026-01-02T03:04:05Z',"
        "'ua':'x'},'touched':'2026-01-02T03:04:05.1Z','updated':'2026-01-02T03:04:05.12Z'}]}}",
        TN_PACKET_META);
    const TnRow *rows = packet->meta.subs;

    (void)state;
    assert_int_equal(packet->meta.n_subs, 4);
    assert_true(rows[0].has_comment && rows[0].comment == NULL);
    assert_true(rows[0].has_archived && rows[0].is_archived);
    assert_int_equal(rows[0].members, 3);
    assert_true(rows[1].has_archived && !rows[1].is_archived);
    assert_false(rows[2].has_archived);
    assert_true(rows[0].card.is_told && rows[0].card.fn == NULL);
    assert_false(rows[0].acs.has_mode || rows[0].acs.has_want || rows[0].acs.has_given);
    assert_false(rows[0].has_online);
    assert_true(rows[1].card.is_told && rows[1].card.fn == NULL);
    assert_string_equal(rows[1].card.note, "n");
    assert_true(rows[1].has_comment && rows[1].comment == NULL);
    assert_true(rows[1].has_online && !rows[1].is_online);
    assert_true(rows[2].card.is_told);
    assert_false(rows[2].has_comment);
    assert_true(rows[2].acs.has_mode && rows[2].acs.mode == 0);
    assert_false(rows[2].acs.has_want);
    assert_string_equal(rows[3].topic, "usrD");
    assert_true(rows[3].is_deleted && !rows[3].card.is_told);
    assert_int_equal(rows[3].seen_ms, G_GINT64_CONSTANT(1767323045000));
    assert_int_equal(rows[3].touched_ms, G_GINT64_CONSTANT(1767323045100));
    assert_int_equal(rows[3].updated_ms, G_GINT64_CONSTANT(1767323045120));
    assert_string_equal(rows[3].seen_agent, "x");
}

static void decode__names__are_one_harmless_line(void **state)
{
    static const struct {
        const char *wire, *fn;
    } rows[] = {
        {"a\\nb<i>", "a b<i>"},
        {"  a \\r\\n\\t b  ", "a b"},
        {"\\u0000a\\u0007b\\u009fc", "\xef\xbf\xbd"
                                     "abc"},
        {"a\\u2028b\\u2029c\\u0085d", "a b c d"},
        {"a\\u202eb\\u2066c", "abc"},
        {"\xe3\x83\xa1\xe3\x82\xab", "\xe3\x83\xa1\xe3\x82\xab"},
        {"#dev ops", "#dev ops"},
        {"", NULL},
        {"\\n\\n", NULL},
        {"\\u2421", NULL},
    };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text =
            g_strdup_printf("{'meta':{'topic':'me','desc':{'public':{'fn':'%s'}}}}", rows[i].wire);
        g_autoptr(TnPacket) packet = decode(text, TN_PACKET_META);

        if (g_strcmp0(packet->meta.desc->card.fn, rows[i].fn) != 0)
            fail_msg("%s became %s", rows[i].wire, packet->meta.desc->card.fn);
    }
}

static void decode__long_names__are_cut_at_a_character(void **state)
{
    g_autoptr(GString) name = g_string_new("x"), text = NULL;
    g_autoptr(TnPacket) packet = NULL;

    (void)state;
    while (name->len < 3 * TN_MAX_TEXT)
        g_string_append(name, "\xe3\x83\xa1");
    text = g_string_new(NULL);
    g_string_printf(text, "{'meta':{'topic':'me','desc':{'public':{'fn':'%s'}}}}", name->str);
    packet = decode(text->str, TN_PACKET_META);
    assert_true(g_utf8_validate(packet->meta.desc->card.fn, -1, NULL));
    assert_in_range(strlen(packet->meta.desc->card.fn), TN_MAX_TEXT - 2, TN_MAX_TEXT);
}

static void decode__ids__that_are_none_are_absent(void **state)
{
    g_autofree char *long_id = g_strnfill(TN_MAX_NAME + 1, 'a');
    g_autofree char *text = g_strdup_printf(
        "{'info':{'topic':'usrB','what':'read','src':'a b','from':'%s','seq':3}}", long_id);
    g_autoptr(TnPacket) packet = decode(text, TN_PACKET_INFO);

    (void)state;
    assert_null(packet->info.src);
    assert_null(packet->info.from);
    expect_refused("{'info':{'topic':'usr<b>','what':'read'}}", TN_CODEC_ERROR_MALFORMED);
    expect_refused("{'data':{'topic':'../x','seq':1}}", TN_CODEC_ERROR_MALFORMED);
    expect_refused("{'data':{'topic':'a\\u0000b','seq':1}}", TN_CODEC_ERROR_MALFORMED);
}

static void decode__numbers__out_of_range_are_absent(void **state)
{
    static const struct {
        const char *wire;
        guint32 seq;
    } rows[] = {
        {"0", 0},
        {"1", 1},
        {"2147483647", 2147483647},
        {"2147483648", 0},
        {"4294967297", 0},
        {"-1", 0},
        {"1.5", 0},
        {"12.0", 12},
        {"1e3", 1000},
        {"99999999999999999999999", 0},
        {"'5'", 0},
        {"true", 0},
        {"[5]", 0},
        {"null", 0},
    };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text =
            g_strdup_printf("{'info':{'topic':'usrB','what':'read','seq':%s}}", rows[i].wire);
        g_autoptr(TnPacket) packet = decode(text, TN_PACKET_INFO);

        assert_int_equal(packet->info.seq, rows[i].seq);
    }
}

static void decode__pres__of_newer_servers_is_understood(void **state)
{
    g_autoptr(TnPacket) agent =
        decode("{'pres':{'topic':'me','src':'usrB','what':'on','val':'x/1'}}", TN_PACKET_PRES);
    g_autoptr(TnPacket) react =
        decode("{'pres':{'topic':'me','src':'usrB','what':'react','id2':'y'}}", TN_PACKET_PRES);

    (void)state;
    assert_string_equal(agent->pres.agent, "x/1");
    assert_int_equal(agent->pres.what, TN_PRES_ON);
    assert_int_equal(react->pres.what, TN_PRES_UNKNOWN);
}

static void decode__what_is_no_packet__is_other(void **state)
{
    static const char *const texts[] = {"0", "{}", "[]", "'x'", "null", "{'foo':{}}"};

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        tn_packet_free(decode(texts[i], TN_PACKET_OTHER));
}

static void decode__duplicate_keys__the_last_counts(void **state)
{
    g_autoptr(TnPacket) packet =
        decode("{'info':{'topic':'usrA','topic':'usrB','what':'kp'}}", TN_PACKET_INFO);

    (void)state;
    assert_string_equal(packet->info.topic, "usrB");
}

/* Hostile frames
 * ---------------------------------------------------------------------------------*/

static void decode__malformed__is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "{",
        "{bad",
        "<html></html>",
        "{'ctrl':{'code':200}",
        "{'ctrl':{'code':200}} x",
        "{'ctrl':5}",
        "{'ctrl':{}}",
        "{'ctrl':{'code':'200'}}",
        "{'ctrl':{'code':12345}}",
        "{'ctrl':{'code':-200}}",
        "{'data':{'topic':'usrB'}}",
        "{'data':{'topic':'usrB','seq':0}}",
        "{'data':{'topic':'usrB','seq':-3}}",
        "{'data':{'seq':3}}",
        "{'data':[]}",
        "{'meta':{}}",
        "{'meta':{'topic':5}}",
        "{'pres':{'topic':'me'}}",
        "{'pres':{'what':'on'}}",
        "{'info':{'topic':'me','what':7}}",
        "{'data':{'topic':'usrB','seq':1,'content':'\xff'}}",
        "{'data':{'topic':'usrB','seq':1,'content':'\xed\xa0\x80'}}",
        "{'data':{'topic':'usrB','seq':1,'content':'\\ud800'}}",
    };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        expect_refused(texts[i], TN_CODEC_ERROR_MALFORMED);
}

static void decode__nul_byte__is_refused(void **state)
{
    static const char frame[] = "{\"info\":{\"topic\":\"me\",\0\"what\":\"kp\"}}";
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_null(decode_bytes(frame, sizeof frame - 1, &error));
    assert_int_equal(error->code, TN_CODEC_ERROR_MALFORMED);
}

static char *repeated(const char *head, const char *part, gsize count, const char *tail)
{
    GString *text = g_string_new(head);

    for (gsize i = 0; i < count; i++)
        g_string_append(text, part);
    return g_string_free(g_string_append(text, tail), FALSE);
}

static void decode__depth__is_bounded_outside_strings_only(void **state)
{
    g_autofree char *deep = repeated("{'data':{'topic':'usrB','seq':1,'content':", "[", 100000, "");
    g_autofree char *limit =
        repeated("{'data':{'topic':'usrB','seq':1,'content':", "[", TN_MAX_DEPTH - 1, "");
    g_autofree char *good =
        repeated("{'data':{'topic':'usrB','seq':1,'content':", "[", TN_MAX_DEPTH - 2, "");
    g_autofree char *good_whole = repeated(good, "]", TN_MAX_DEPTH - 2, "}}");
    g_autofree char *text =
        repeated("{'data':{'topic':'usrB','seq':1,'content':'\\\"", "[{", 1000, "'}}");

    (void)state;
    expect_refused(deep, TN_CODEC_ERROR_LIMIT);
    expect_refused(limit, TN_CODEC_ERROR_LIMIT);
    tn_packet_free(decode(good_whole, TN_PACKET_DATA));
    tn_packet_free(decode(text, TN_PACKET_DATA));
}

static void decode__values__are_bounded(void **state)
{
    g_autofree char *many =
        repeated("{'data':{'topic':'usrB','seq':1,'content':[0", ",0", 1000000, "]}}");

    (void)state;
    expect_refused(many, TN_CODEC_ERROR_LIMIT);
}

static void decode__size__is_bounded(void **state)
{
    g_autofree char *text = g_strnfill(TN_MAX_FRAME + 1, ' ');
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_null(tn_packet_decode(text, TN_MAX_FRAME + 1, &error));
    assert_int_equal(error->code, TN_CODEC_ERROR_LIMIT);
}

static void decode__rows__are_bounded(void **state)
{
    g_autofree char *text = repeated("{'meta':{'topic':'me','sub':[{'topic':'usrA'}",
                                     ",{'topic':'usrB'}", TN_MAX_ROWS + 5, "]}}");
    g_autoptr(TnPacket) packet = decode(text, TN_PACKET_META);

    (void)state;
    assert_int_equal(packet->meta.n_subs, TN_MAX_ROWS);
}

static void decode__thousand_member_rows__take_no_time_to_speak_of(void **state)
{
    g_autofree char *text = repeated(
        "{'meta':{'topic':'grpF','sub':[{'user':'usrA'}",
        ",{'updated':'2026-01-02T03:04:05.678Z','online':true,'acs':{'want':'JRWPS',"
        "'given':'JRWPS','mode':'JRWPS'},'read':1051,'recv':1051,'public':{'fn':'Somebody'},"
        "'user':'usrBBBBBBBBBBB'}",
        1023, "]}}");
    clock_t begin = clock();
    g_autoptr(TnPacket) packet = decode(text, TN_PACKET_META);

    (void)state;
    assert_int_equal(packet->meta.n_subs, 1024);
    assert_true(cpu_ms_since(begin) < 100);
}

static void decode__every_prefix_of_a_frame__is_harmless(void **state)
{
    static const char frame[] =
        "{\"data\":{\"topic\":\"usrB\",\"from\":\"usrB\",\"ts\":\"2026-01-02T03:04:05Z\","
        "\"seq\":2,\"head\":{\"mime\":\"text/x-drafty\"},\"content\":{\"txt\":\"\xf0\x9f\x91\xa9\","
        "\"fmt\":[{\"at\":0,\"len\":1,\"tp\":\"ST\"}]}}}";

    (void)state;
    for (gsize length = 0; length < sizeof frame; length++) {
        g_autoptr(GError) error = NULL;
        TnPacket *packet = decode_bytes(frame, length, &error);

        assert_int_equal(packet != NULL, length == sizeof frame - 1);
        tn_packet_free(packet);
    }
}

/* Times
 * ------------------------------------------------------------------------------------------*/

static void time__parse__takes_what_the_server_writes(void **state)
{
    static const struct {
        const char *text;
        gint64 ms;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:01.5Z", 1500},
        {"2026-01-02T03:04:05Z", G_GINT64_CONSTANT(1767323045000)},
        {"2026-01-02T03:04:05.6Z", G_GINT64_CONSTANT(1767323045600)},
        {"2026-01-02T03:04:05.67Z", G_GINT64_CONSTANT(1767323045670)},
        {"2026-01-02T03:04:05.678Z", G_GINT64_CONSTANT(1767323045678)},
        {"2026-01-02T03:04:05.678999Z", G_GINT64_CONSTANT(1767323045678)},
        {"2024-02-29T23:59:59.999Z", G_GINT64_CONSTANT(1709251199999)},
    };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_int_equal(tn_time_parse(rows[i].text), rows[i].ms);
}

static void time__parse__refuses_the_rest(void **state)
{
    static const char *const wrong[] = {
        NULL,
        "",
        "TS",
        "2026-01-02",
        "2026-01-02T03:04:05",
        "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05+00:00",
        "2026-13-02T03:04:05Z",
        "2026-02-29T03:04:05Z",
        "2026-01-00T03:04:05Z",
        "2026-01-02T24:04:05Z",
        "2026-01-02T03:60:05Z",
        "2026-01-02T03:04:61Z",
        "2026-01-02T03:04:05Zx",
        "1969-12-31T23:59:59Z",
        " 2026-01-02T03:04:05Z",
        "0000-00-00T00:00:00Z",
    };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
        assert_int_equal(tn_time_parse(wrong[i]), 0);
}

static void time__format__is_the_way_back(void **state)
{
    (void)state;
    for (gint64 ms = 1; ms < G_GINT64_CONSTANT(4102444800000); ms += G_GINT64_CONSTANT(86399999)) {
        g_autofree char *text = tn_time_format(ms);

        assert_int_equal(tn_time_parse(text), ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode__recorded_frames__keep_every_field),
        cmocka_unit_test(decode__ctrl_login__has_user_and_token),
        cmocka_unit_test(decode__ctrl__sizes_are_clamped_not_lost),
        cmocka_unit_test(decode__data__reads_what_head_says),
        cmocka_unit_test(decode__data__references_that_make_no_sense_are_none),
        cmocka_unit_test(decode__data__without_content_is_empty),
        cmocka_unit_test(decode__ranges__become_inclusive),
        cmocka_unit_test(decode__card__tells_where_and_how_somebody_is_reached),
        cmocka_unit_test(decode__card__endless_lists_end),
        cmocka_unit_test(decode__rows__tell_absent_from_empty_and_cleared),
        cmocka_unit_test(decode__names__are_one_harmless_line),
        cmocka_unit_test(decode__long_names__are_cut_at_a_character),
        cmocka_unit_test(decode__ids__that_are_none_are_absent),
        cmocka_unit_test(decode__numbers__out_of_range_are_absent),
        cmocka_unit_test(decode__pres__of_newer_servers_is_understood),
        cmocka_unit_test(decode__what_is_no_packet__is_other),
        cmocka_unit_test(decode__duplicate_keys__the_last_counts),
        cmocka_unit_test(decode__malformed__is_refused),
        cmocka_unit_test(decode__nul_byte__is_refused),
        cmocka_unit_test(decode__depth__is_bounded_outside_strings_only),
        cmocka_unit_test(decode__values__are_bounded),
        cmocka_unit_test(decode__size__is_bounded),
        cmocka_unit_test(decode__rows__are_bounded),
        cmocka_unit_test(decode__thousand_member_rows__take_no_time_to_speak_of),
        cmocka_unit_test(decode__every_prefix_of_a_frame__is_harmless),
        cmocka_unit_test(time__parse__takes_what_the_server_writes),
        cmocka_unit_test(time__parse__refuses_the_rest),
        cmocka_unit_test(time__format__is_the_way_back),
    };

    return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
