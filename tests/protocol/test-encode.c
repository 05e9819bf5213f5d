/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-encode.c: requests become the frames that the server understands.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "protocol/tn-codec.h"
#include "protocol/tn-drafty.h"

/* Takes frame. expected: JSON with ' for " */
static void expect_frame(char *frame, const char *expected)
{
    g_autofree char *text = g_strdelimit(g_strdup(expected), "'", '"');
    json_t *found = json_loads(frame, JSON_REJECT_DUPLICATES, NULL);
    json_t *wanted = json_loads(text, 0, NULL);

    assert_non_null(wanted);
    if (found == NULL || !json_equal(found, wanted))
        fail_msg("%s is not %s", frame, text);
    json_decref(found);
    json_decref(wanted);
    g_free(frame);
}

static void encode__hi__carries_who_we_are(void **state)
{
    (void)state;
    expect_frame(tn_encode_hi("1", "0.25", "App/1.0 (Linux); lib/1.0", "en-US"),
                 "{'hi':{'id':'1','ver':'0.25','ua':'App/1.0 (Linux); lib/1.0','lang':'en-US'}}");
    expect_frame(tn_encode_hi("1", "0.25", "x", NULL), "{'hi':{'id':'1','ver':'0.25','ua':'x'}}");
}

static void encode__login_basic__is_padded_standard_base64(void **state)
{
    (void)state;
    expect_frame(tn_encode_login_basic("2", "alice", "alice123", NULL),
                 "{'login':{'id':'2','scheme':'basic','secret':'YWxpY2U6YWxpY2UxMjM='}}");
    /* ?> and ?? fall on + and /, where the URL-safe alphabet differs. */
    expect_frame(tn_encode_login_basic(NULL, "a", "?\?>~", NULL),
                 "{'login':{'scheme':'basic','secret':'YTo/Pz5+'}}");
    expect_frame(tn_encode_login_basic("2", "", "", NULL),
                 "{'login':{'id':'2','scheme':'basic','secret':'Og=='}}");
}

static void encode__login_with_a_code__carries_method_and_response(void **state)
{
    const TnCredential code = {.method = "email", .response = "12\"3"};

    (void)state;
    expect_frame(tn_encode_login_basic("2", "a", "b", &code),
                 "{'login':{'id':'2','cred':[{'meth':'email','resp':'12\\\"3'}],"
                 "'scheme':'basic','secret':'YTpi'}}");
    expect_frame(tn_encode_login_token(NULL, "VE9L", &code),
                 "{'login':{'cred':[{'meth':'email','resp':'12\\\"3'}],"
                 "'scheme':'token','secret':'VE9L'}}");
}

static void encode__acc__makes_an_account_or_another_password(void **state)
{
    const TnCredential addresses[] = {{.method = "email", .value = "n@example.com"},
                                      {.method = "tel", .value = "+1"}};

    (void)state;
    expect_frame(tn_encode_acc_new("3", "newbie", "secret1", "N", addresses, 2),
                 "{'acc':{'id':'3','user':'new','scheme':'basic','secret':'bmV3YmllOnNlY3JldDE=',"
                 "'login':true,'desc':{'public':{'fn':'N'}},'cred':["
                 "{'meth':'email','val':'n@example.com'},{'meth':'tel','val':'+1'}]}}");
    expect_frame(tn_encode_acc_new(NULL, "newbie", "secret1", NULL, NULL, 0),
                 "{'acc':{'user':'new','login':true,'scheme':'basic',"
                 "'secret':'bmV3YmllOnNlY3JldDE='}}");
    expect_frame(tn_encode_acc_password("4", "secret2"),
                 "{'acc':{'id':'4','scheme':'basic','secret':'OnNlY3JldDI='}}");
    expect_frame(tn_encode_acc_password(NULL, "secret2"),
                 "{'acc':{'scheme':'basic','secret':'OnNlY3JldDI='}}");
}

static void encode__login_token__cannot_break_out_of_the_frame(void **state)
{
    (void)state;
    expect_frame(tn_encode_login_token("2", "VE9LRU4+/w==", NULL),
                 "{'login':{'id':'2','scheme':'token','secret':'VE9LRU4+/w=='}}");
    expect_frame(tn_encode_login_token("2", "x\"},\"del\":{", NULL),
                 "{'login':{'id':'2','scheme':'token','secret':''}}");
    expect_frame(tn_encode_login_token("a\"b", "", NULL),
                 "{'login':{'id':'a\\\"b','scheme':'token','secret':''}}");
}

static void encode__sub__with_get(void **state)
{
    const TnGet whole = {.desc = TRUE,
                         .sub = TRUE,
                         .data = TRUE,
                         .del = TRUE,
                         .tags = TRUE,
                         .cred = TRUE,
                         .sub_user = "usrB",
                         .sub_topic = "grpF",
                         .ims = "2026-01-02T03:04:05.678Z",
                         .sub_limit = 7,
                         .data_since = 8,
                         .data_before = 20,
                         .data_limit = 24,
                         .del_since = 3};
    const TnGet unasked = {.desc = TRUE, .sub_user = "usrB", .data_since = 8, .del_since = 3};

    (void)state;
    expect_frame(tn_encode_sub("5", "usrB", &whole),
                 "{'sub':{'id':'5','topic':'usrB','get':{'what':'desc sub data del tags cred',"
                 "'sub':{'user':'usrB','topic':'grpF','ims':'2026-01-02T03:04:05.678Z',"
                 "'limit':7},'data':{'since':8,'before':20,'limit':24},'del':{'since':3}}}}");
    expect_frame(tn_encode_sub("5", "usrB", &unasked),
                 "{'sub':{'id':'5','topic':'usrB','get':{'what':'desc'}}}");
    expect_frame(tn_encode_sub("5", "usrB", &(TnGet){0}), "{'sub':{'id':'5','topic':'usrB'}}");
    expect_frame(tn_encode_sub("5", "usrB", NULL), "{'sub':{'id':'5','topic':'usrB'}}");
}

static void encode__leave_get_and_note(void **state)
{
    (void)state;
    expect_frame(tn_encode_leave("6", "grpF", FALSE), "{'leave':{'id':'6','topic':'grpF'}}");
    expect_frame(tn_encode_leave("6", "grpF", TRUE),
                 "{'leave':{'id':'6','topic':'grpF','unsub':true}}");
    expect_frame(tn_encode_get("7", "me", &(TnGet){.sub = TRUE, .sub_topic = "usrB"}),
                 "{'get':{'id':'7','topic':'me','what':'sub','sub':{'topic':'usrB'}}}");
    expect_frame(tn_encode_note("usrB", "read", 2147483647),
                 "{'note':{'topic':'usrB','what':'read','seq':2147483647}}");
    expect_frame(tn_encode_note("usrB", "kp", 0), "{'note':{'topic':'usrB','what':'kp'}}");
}

static void expect_pub(const char *text, const char *content)
{
    g_autoptr(TnContent) made = tn_content_from_text(text);
    g_autofree char *expected =
        g_strdup_printf("{'pub':{'id':'8','topic':'usrB','noecho':true,"
                        "'head':{%s'x-purple-tinode-id':'k1'},'content':%s}}",
                        *content == '{' ? "'mime':'text/x-drafty'," : "", content);

    expect_frame(tn_encode_pub("8", "usrB", &(TnPub){.client_id = "k1", .content = made}, TRUE),
                 expected);
}

static void encode__pub__one_line_is_a_bare_string(void **state)
{
    g_autoptr(TnContent) content = tn_content_from_text("hi");

    (void)state;
    expect_pub("hi", "'hi'");
    expect_pub("", "''");
    expect_pub("a\ttab", "'a\\ttab'");
    expect_pub("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x94\xa7 \xe2\x82\xac", /* no escapes */
               "'\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x94\xa7 \xe2\x82\xac'");
    expect_frame(tn_encode_pub(NULL, "usrB", &(TnPub){.content = content}, FALSE),
                 "{'pub':{'topic':'usrB','content':'hi'}}");
}

static void encode__pub__markup_characters_are_sent_exactly(void **state)
{
    static const char text[] = "if (a < b && c > d) \"it's\" \\ &amp;";
    g_autoptr(TnContent) content = tn_content_from_text(text);
    g_autofree char *frame = tn_encode_pub("8", "usrB", &(TnPub){.content = content}, FALSE);
    json_t *root = json_loads(frame, 0, NULL);

    (void)state;
    assert_string_equal(json_string_value(json_object_get(json_object_get(root, "pub"), "content")),
                        text);
    json_decref(root);
}

static void encode__pub__lines_are_drafty_with_breaks(void **state)
{
    (void)state;
    expect_pub("a\nb\nc", "{'txt':'a b c','fmt':[{'at':1,'len':1,'tp':'BR'},"
                          "{'at':3,'len':1,'tp':'BR'}]}");
    expect_pub("a\r\nb\rc", "{'txt':'a b c','fmt':[{'at':1,'len':1,'tp':'BR'},"
                            "{'at':3,'len':1,'tp':'BR'}]}");
    expect_pub("\na\n\n", "{'txt':' a  ','fmt':[{'len':1,'tp':'BR'},{'at':2,'len':1,'tp':'BR'},"
                          "{'at':3,'len':1,'tp':'BR'}]}");
}

/* Offsets count what people see as one character. */
static void encode__pub__breaks_after_emoji_count_clusters(void **state)
{
    (void)state;
    expect_pub("\xf0\x9f\x91\xa9\xf0\x9f\x8f\xbd\xe2\x80\x8d\xf0\x9f\x94\xa7\nb",
               "{'txt':'\xf0\x9f\x91\xa9\xf0\x9f\x8f\xbd\xe2\x80\x8d\xf0\x9f\x94\xa7 b',"
               "'fmt':[{'at':1,'len':1,'tp':'BR'}]}");
    expect_pub("e\xcc\x81\n\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa\nx",
               "{'txt':'e\xcc\x81 \xf0\x9f\x87\xa9\xf0\x9f\x87\xaa x',"
               "'fmt':[{'at':1,'len':1,'tp':'BR'},{'at':3,'len':1,'tp':'BR'}]}");
    /* A line that begins with a combining mark would swallow the space before it. */
    expect_pub("a\n\xcc\x81z", "{'txt':'a\\n\xcc\x81z','fmt':[{'at':1,'len':1,'tp':'BR'}]}");
    expect_pub("\xd8\x80\nb", "{'txt':'\xd8\x80\\nb','fmt':[{'at':1,'len':1,'tp':'BR'}]}");
}

static void encode__pub__of_an_answer_an_edit_and_files(void **state)
{
    g_autoptr(TnContent) content = tn_content_from_text("x");
    static const char *const files[] = {"/v0/file/s/a.png", NULL};

    (void)state;
    expect_frame(tn_encode_pub("9", "grpF", &(TnPub){.content = content, .replace = 12}, TRUE),
                 "{'pub':{'id':'9','topic':'grpF','noecho':true,'head':{'replace':':12'},"
                 "'content':'x'}}");
    expect_frame(tn_encode_pub("9", "grpF",
                               &(TnPub){.content = content,
                                        .reply = 7,
                                        .forwarded = "grpX:3",
                                        .client_id = "k",
                                        .attachments = files},
                               FALSE),
                 "{'pub':{'id':'9','topic':'grpF','head':{'reply':':7','forwarded':'grpX:3',"
                 "'x-purple-tinode-id':'k'},'content':'x'},"
                 "'extra':{'attachments':['/v0/file/s/a.png']}}");
}

static void encode__set__only_what_changes(void **state)
{
    static const char *const tags[] = {"email:a@example.com", "x", NULL};
    static const char *const no_tags[] = {NULL};
    TnCredential code = {.method = "email", .response = "123456"};
    TnPhoto photo = {.type = "png", .data = "QUJD"}, no_photo = {0};

    (void)state;
    expect_frame(tn_encode_set("1", "me", &(TnSet){0}), "{'set':{'id':'1','topic':'me'}}");
    expect_frame(tn_encode_set("1", "grpF", &(TnSet){.fn = "A \"b\"", .note = ""}),
                 "{'set':{'id':'1','topic':'grpF','desc':{'public':{'fn':'A \\\"b\\\"',"
                 "'note':'\xe2\x90\xa1'}}}}");
    expect_frame(tn_encode_set("1", "me", &(TnSet){.photo = &photo}),
                 "{'set':{'id':'1','topic':'me','desc':{'public':{'photo':{'type':'png',"
                 "'data':'QUJD','ref':'\xe2\x90\xa1'}}}}}");
    expect_frame(tn_encode_set("1", "me", &(TnSet){.photo = &no_photo}),
                 "{'set':{'id':'1','topic':'me','desc':{'public':{'photo':'\xe2\x90\xa1'}}}}");
    expect_frame(tn_encode_set("1", "usrB", &(TnSet){.comment = "Bobby", .has_archived = TRUE}),
                 "{'set':{'id':'1','topic':'usrB','desc':{'private':{'comment':'Bobby',"
                 "'arch':false}}}}");
    expect_frame(tn_encode_set("1", "fnd", &(TnSet){.query = "basic:bob"}),
                 "{'set':{'id':'1','topic':'fnd','desc':{'public':'basic:bob'}}}");
    expect_frame(tn_encode_set("1", "grpF", &(TnSet){.sub_user = "usrB", .sub_mode = "N"}),
                 "{'set':{'id':'1','topic':'grpF','sub':{'user':'usrB','mode':'N'}}}");
    expect_frame(tn_encode_set("1", "me", &(TnSet){.tags = tags, .credential = &code}),
                 "{'set':{'id':'1','topic':'me','tags':['email:a@example.com','x'],"
                 "'cred':{'meth':'email','resp':'123456'}}}");
    expect_frame(tn_encode_set("1", "me", &(TnSet){.tags = no_tags}),
                 "{'set':{'id':'1','topic':'me','tags':[]}}");
    expect_frame(tn_encode_sub_new("1", "new1", &(TnSet){.fn = "T"}),
                 "{'sub':{'id':'1','topic':'new1','set':{'desc':{'public':{'fn':'T'}}}}}");
    expect_frame(tn_encode_sub_new("1", "nch1", &(TnSet){0}), "{'sub':{'id':'1','topic':'nch1'}}");
}

static void encode__del__one_range_a_request(void **state)
{
    TnCredential address = {.method = "tel", .value = "+1"};

    (void)state;
    expect_frame(
        tn_encode_del("1", "grpF",
                      &(TnDelete){.what = TN_DELETE_MESSAGES, .range = {3, 5}, .is_hard = TRUE}),
        "{'del':{'id':'1','topic':'grpF','what':'msg','delseq':[{'low':3,'hi':6}],"
        "'hard':true}}");
    expect_frame(
        tn_encode_del("1", "grpF", &(TnDelete){.what = TN_DELETE_MESSAGES, .range = {3, 3}}),
        "{'del':{'id':'1','topic':'grpF','what':'msg','delseq':[{'low':3}]}}");
    expect_frame(tn_encode_del("1", "grpF", &(TnDelete){.what = TN_DELETE_TOPIC}),
                 "{'del':{'id':'1','topic':'grpF','what':'topic'}}");
    expect_frame(tn_encode_del("1", "grpF", &(TnDelete){.what = TN_DELETE_MEMBER, .user = "usrB"}),
                 "{'del':{'id':'1','topic':'grpF','what':'sub','user':'usrB'}}");
    expect_frame(
        tn_encode_del("1", "me", &(TnDelete){.what = TN_DELETE_CREDENTIAL, .credential = &address}),
        "{'del':{'id':'1','what':'cred','cred':{'meth':'tel','val':'+1'}}}");
    expect_frame(tn_encode_del("1", "me", &(TnDelete){.what = TN_DELETE_ACCOUNT, .is_hard = TRUE}),
                 "{'del':{'id':'1','what':'user','hard':true}}");
}

static void encode__not_utf8__is_repaired(void **state)
{
    (void)state;
    expect_pub("a\xff", "'a\xef\xbf\xbd'");
    expect_frame(tn_encode_hi("1", "0.25", "x\xff", NULL),
                 "{'hi':{'id':'1','ver':'0.25','ua':'x\xef\xbf\xbd'}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encode__hi__carries_who_we_are),
        cmocka_unit_test(encode__login_basic__is_padded_standard_base64),
        cmocka_unit_test(encode__login_with_a_code__carries_method_and_response),
        cmocka_unit_test(encode__acc__makes_an_account_or_another_password),
        cmocka_unit_test(encode__login_token__cannot_break_out_of_the_frame),
        cmocka_unit_test(encode__sub__with_get),
        cmocka_unit_test(encode__leave_get_and_note),
        cmocka_unit_test(encode__pub__one_line_is_a_bare_string),
        cmocka_unit_test(encode__pub__markup_characters_are_sent_exactly),
        cmocka_unit_test(encode__pub__lines_are_drafty_with_breaks),
        cmocka_unit_test(encode__pub__breaks_after_emoji_count_clusters),
        cmocka_unit_test(encode__pub__of_an_answer_an_edit_and_files),
        cmocka_unit_test(encode__set__only_what_changes),
        cmocka_unit_test(encode__del__one_range_a_request),
        cmocka_unit_test(encode__not_utf8__is_repaired),
    };

    return cmocka_run_group_tests_name("encode", tests, NULL, NULL);
}
