/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-media.c: pictures, files and photos, both ways. */
#include "fake-files.h"
#include "fake-server.h"

#include <string.h>

/* As much of a picture as is looked at: 2 by 3. */
static const char png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\2\0\0\0\3\x08\2\0\0\0";
#define PNG_BYTES (sizeof png - 1)

static guint next_seq;

/* The conversation with Bob is open, focused, attached; two messages, read by both. */
static PurpleConversation *begin_as(FakeUi ui)
{
    PurpleAccount *account;

    fake_allow(FAKE_ANY & ~(guint)FAKE_LINE);
    fake_set_ui(ui);
    server_topic(BOB, "Bob", 2, 2);
    account = server_sign_in();
    fake_focus(fake_open(account, BOB));
    server_advance(10000);
    server_ignore("");
    fake_ignore(FAKE_ANY);
    next_seq = 3;
    return scene_bob(account);
}

static PurpleConversation *begin(void)
{
    return begin_as(FAKE_PIDGIN);
}

static char *encode(const void *bytes, gsize length)
{
    return g_base64_encode(bytes, length);
}

/* Bob's message with one object; data: its members. */
static void came(const char *kind, const char *text, const char *data)
{
    g_autofree char *fmt = strcmp(kind, "IM") == 0
                               ? g_strdup_printf("{'at':%zu,'len':1}", strlen(text))
                               : g_strdup("{'at':-1}");

    fake_pushf("{'data':{'topic':'usrBob','from':'usrBob','ts':'2026-01-02T03:04:05.678Z',"
               "'seq':%u,'head':{'mime':'text/x-drafty'},'content':{'txt':'%s ','fmt':[%s],"
               "'ent':[{'tp':'%s','data':{%s}}]}}}",
               next_seq++, text, fmt, kind, data);
    fake_turn();
}

static void came_inside(const char *kind, const char *text, const void *bytes, gsize length)
{
    g_autofree char *val = encode(bytes, length);
    g_autofree char *data = g_strdup_printf("'mime':'image/png','name':'cat.png','val':'%s'", val);

    came(kind, text, data);
}

static void expect_http(const char *line)
{
    g_autofree char *open = fake_http();

    if (line == NULL)
        assert_null(open);
    else
        assert_string_equal(open, line);
}

static void assert_disk(const char *bytes)
{
    assert_int_equal(fake_disk()->len, strlen(bytes));
    assert_memory_equal(fake_disk()->data, bytes, strlen(bytes));
}

/* Receiving ------------------------------------------------------------------------------------ */

static void receive__picture_inside__stands_in_its_line(void **state)
{
    (void)state;
    begin();
    came_inside("IM", "look", png, PNG_BYTES);
    assert_int_equal(fake_pictures_shown(), 1);
    fake_expect(FAKE_LINE, "line usrBob <usrBob> look<br><img id=*", NULL);
}

static void receive__picture_inside__is_a_line_in_other_clients(void **state)
{
    (void)state;
    begin_as(FAKE_FINCH);
    came_inside("IM", "look", png, PNG_BYTES);
    assert_int_equal(fake_pictures_shown(), 0);
    fake_expect(FAKE_LINE, "line usrBob <usrBob> look<br>[Picture: cat.png, 30 bytes] [recv]",
                NULL);
}

static void receive__no_picture_but_called_so__is_a_line(void **state)
{
    (void)state;
    begin();
    came_inside("IM", "look", "<html>", 6);
    came("IM", "broken", "'mime':'image/png','val':'!!!!'");
    assert_int_equal(fake_pictures_shown(), 0);
    fake_expect(FAKE_LINE, "line usrBob <usrBob> look<br>[Picture: cat.png*",
                "line usrBob <usrBob> broken<br>[Picture*", NULL);
}

static void receive__picture_on_the_server__follows_its_line(void **state)
{
    (void)state;
    begin();
    came("IM", "look", "'mime':'image/png','name':'cat.png','ref':'/v0/file/s/x.png','size':9000");
    fake_expect(FAKE_LINE, "line usrBob <usrBob> look<br>[Picture: cat.png*", NULL);
    expect_http("GET /v0/file/s/x.png!");
    fake_http_answer(200, png, PNG_BYTES);
    assert_int_equal(fake_pictures_shown(), 1);
    fake_expect(FAKE_LINE, "line usrBob <usrBob> cat.png<br><img id=*", NULL);
}

static void receive__picture_that_is_none_large_or_gone__nothing_follows(void **state)
{
    (void)state;
    begin();
    came("IM", "1", "'ref':'/v0/file/s/x.png','size':2000000");
    expect_http(NULL);
    came("IM", "2", "'ref':'https://example.org/x.png'");
    came("IM", "3", "'ref':'//example.org/x.png'");
    came("IM", "4", "'ref':'file:///etc/passwd'");
    expect_http(NULL);
    came("IM", "5", "'ref':'/v0/file/s/x.png'");
    fake_http_answer(404, "", 0);
    came("IM", "6", "'ref':'/v0/file/s/x.png'");
    fake_http_answer(200, "<html>", 6);
    came("IM", "7", "'ref':'/v0/file/s/x.png'");
    fake_http_fail(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    assert_int_equal(fake_pictures_shown(), 0);
    assert_int_equal(fake_count(FAKE_LINE, "*"), 7);
    fake_ignore(FAKE_LINE);
}

static void receive__file__is_offered_and_saved(void **state)
{
    (void)state;
    begin();
    came("EX", "here", "'mime':'a/b','name':'../book<b>.pdf','ref':'/v0/file/s/book','size':11");
    fake_ignore(FAKE_LINE);
    assert_int_equal(fake_xfers(), 1);
    assert_string_equal(fake_xfer()->filename, "book.pdf");
    assert_string_equal(fake_xfer()->who, BOB);
    expect_http(NULL); /* nothing is fetched before the answer */
    fake_xfer_accept(fake_xfer());
    expect_http("GET /v0/file/s/book!");
    fake_http_answer(200, "hello world", 11);
    assert_int_equal(fake_xfers(), 0);
    assert_disk("hello world");
}

static void receive__file_inside__is_saved_without_asking_the_server(void **state)
{
    (void)state;
    begin();
    came_inside("EX", "here", "hello", 5);
    fake_ignore(FAKE_LINE);
    fake_xfer_accept(fake_xfer());
    assert_int_equal(fake_xfers(), 0);
    assert_disk("hello");
}

static void receive__refused_or_cancelled__ends(void **state)
{
    static const char data[] = "'name':'a','ref':'/v0/file/s/a','size':100000";

    (void)state;
    begin();
    came("EX", "1", data);
    fake_xfer_refuse(fake_xfer());
    came("EX", "2", data);
    fake_xfer_accept(fake_xfer());
    purple_xfer_cancel_local(fake_xfer());
    assert_int_equal(fake_xfers() + fake_https(), 0);
    fake_ignore(FAKE_LINE);
}

static void receive__server_or_disk_fails__is_said(void **state)
{
    static const char data[] = "'name':'a','ref':'/v0/file/s/a','size':10";
    static const struct {
        int status;
        const char *sentence;
    } rows[] = {
        {404, "line usrBob <usrBob> The file was not saved: the server does not have it.*"},
        {403, "line usrBob <usrBob> The file was not saved: the server does not let you have it.*"},
        {500, "line usrBob <usrBob> The file was not saved. *"},
    };
    g_autofree char *long_body = g_strnfill(100000, 'x');

    (void)state;
    begin();
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        came("EX", "x", data);
        fake_ignore(FAKE_LINE);
        fake_xfer_accept(fake_xfer());
        fake_http_answer(rows[i].status, "", 0);
        fake_expect(FAKE_LINE, rows[i].sentence, NULL);
    }
    came("EX", "x", data);
    fake_ignore(FAKE_LINE);
    fake_xfer_accept(fake_xfer());
    fake_http_answer(200, long_body, 100000); /* ten bytes were told of */
    fake_turn();
    g_main_context_iteration(NULL, FALSE);
    while (fake_xfers() > 0)
        g_main_context_iteration(NULL, TRUE);
    fake_expect(FAKE_LINE,
                "line usrBob <usrBob> The file was not saved: it is larger than its sender said.*",
                NULL);
    came("EX", "x", data);
    fake_ignore(FAKE_LINE);
    fake_disk_fails(TRUE);
    fake_xfer_refuse(fake_xfer());
    fake_disk_fails(FALSE);
    came("EX", "x", data);
    fake_xfer_accept(fake_xfer());
    fake_disk_fails(TRUE);
    fake_http_answer(200, "hello", 5);
    assert_int_equal(fake_xfers() + fake_https(), 0);
    fake_ignore(FAKE_LINE);
}

static void sign_out(gpointer account)
{
    fake_logout(account);
}

static void transfer__ends_while_a_handler_of_its_sentence_signs_out__is_let_go(void **state)
{
    PurpleAccount *account = begin()->account;

    (void)state;
    came("EX", "x", "'name':'a','ref':'/v0/file/s/a','size':10");
    fake_ignore(FAKE_LINE);
    fake_xfer_accept(fake_xfer());
    fake_once_in("wrote-im-msg", sign_out, account);
    fake_http_answer(404, "", 0);
    assert_int_equal(fake_xfers() + fake_https(), 0);
    fake_expect(FAKE_LINE,
                "line usrBob <usrBob> The file was not saved: the server does not have it.*", NULL);
}

static void line__whose_handler_signs_out__is_the_last(void **state)
{
    PurpleAccount *account = begin()->account;

    (void)state;
    fake_once_in("wrote-im-msg", sign_out, account);
    came_inside("EX", "here", "hello", 5);
    assert_int_equal(fake_xfers(), 0);
    assert_int_equal(fake_count(FAKE_LINE, "*"), 1);
    fake_ignore(FAKE_LINE);
}

static void picture__whose_handler_signs_out__is_the_last(void **state)
{
    PurpleAccount *account = begin()->account;

    (void)state;
    came("IM", "1", "'ref':'/v0/file/s/x.png','size':9000");
    came("IM", "2", "'ref':'/v0/file/s/y.png','size':9000");
    came("IM", "3", "'ref':'/v0/file/s/z.png','size':9000");
    fake_ignore(FAKE_LINE);
    fake_once_in("wrote-im-msg", sign_out, account);
    fake_http_answer(200, png, PNG_BYTES);
    assert_int_equal(fake_https(), 0);
    assert_int_equal(fake_pictures_shown(), 1);
    fake_ignore(FAKE_LINE);
}

static void receive__flood_of_files__asks_five_times(void **state)
{
    (void)state;
    begin();
    for (guint i = 0; i < 30; i++)
        came_inside("EX", "x", "hello", 5);
    assert_int_equal(fake_xfers(), 5);
    fake_ignore(FAKE_LINE);
    fake_logout(scene_bob(fake_xfer()->account)->account); /* takes the questions back */
    assert_int_equal(fake_xfers(), 0);
}

static void receive__signed_out_in_finch_while_asked__is_given_back_once(void **state)
{
    (void)state;
    begin();
    fake_set_ui(FAKE_FINCH);
    came_inside("EX", "x", "hello", 5);
    assert_int_equal(fake_xfers(), 1);
    fake_ignore(FAKE_LINE);
    fake_logout(scene_bob(fake_xfer()->account)->account);
    assert_int_equal(fake_xfers(), 0);
}

static void receive__command__offers_an_earlier_file(void **state)
{
    PurpleConversation *conv = begin();
    g_autofree char *error = NULL, *other = NULL;

    (void)state;
    assert_int_equal(fake_command(conv, "download", &error), PURPLE_CMD_RET_FAILED);
    assert_string_equal(error, "There is no such file in this conversation.");
    came("EX", "1", "'name':'a','ref':'/v0/file/s/a','size':10");
    fake_xfer_refuse(fake_xfer());
    came("EX", "2", "'name':'b','ref':'/v0/file/s/b','size':10");
    fake_xfer_refuse(fake_xfer());
    fake_ignore(FAKE_LINE);
    assert_int_equal(fake_command(conv, "download 2", &other), PURPLE_CMD_RET_OK);
    assert_string_equal(fake_xfer()->filename, "a");
    fake_xfer_refuse(fake_xfer());
    assert_int_equal(fake_command(conv, "download x", &other), PURPLE_CMD_RET_FAILED);
    assert_string_equal(other, "Type /download or /download and a number.");
}

/* Sending -------------------------------------------------------------------------------------- */

#define UPLOADED "{\"ctrl\":{\"code\":200,\"params\":{\"url\":\"/v0/file/s/up\"}}}"

static void answer_upload(void)
{
    fake_http_read();
    fake_http_answer(200, UPLOADED, strlen(UPLOADED));
}

static void send__file__is_published_when_it_is_there(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    fake_disk_set("hello world", 11);
    fake_prpl()->send_file(conv->account->gc, BOB, "/nowhere/book.bin");
    expect_http("POST /v0/file/u/!");
    fake_sent_nothing();
    answer_upload();
    assert_int_equal(fake_xfers(), 0);
    fake_expect(FAKE_LINE, "line usrBob <usrBob> [File: book.bin, 11 bytes] [send]", NULL);
    assert_non_null(fake_written_id());
    fake_sent("{'pub':{'topic':'usrBob','content':{'ent':[{'tp':'EX','data':{'mime':'text/plain',"
              "'name':'book.bin','ref':'/v0/file/s/up','size':11}}],'fmt':[{'at':-1}]}},"
              "'extra':{'attachments':['/v0/file/s/up']}}");
    assert_string_equal(fake_sent_member("pub.head.x-purple-tinode-id"), fake_written_id());
    fake_drop_frames();
}

static void receive__file_accepted_in_finch__is_not_denied_by_the_dialog_that_closes(void **state)
{
    (void)state;
    begin();
    fake_set_ui(FAKE_FINCH);
    came("EX", "", "'mime':'a/b','name':'a.bin','ref':'/v0/file/s/a.bin','size':5");
    fake_xfer_accept(fake_xfer());
    expect_http("GET /v0/file/s/a.bin!");
    assert_int_equal(fake_xfers(), 1);
    fake_http_answer(200, "hello", 5);
    assert_int_equal(fake_xfers(), 0);
    came_inside("EX", "", "hello", 5);
    fake_xfer_accept(fake_xfer());
    assert_int_equal(fake_xfers(), 0);
    came("EX", "", "'mime':'a/b','name':'b.bin','ref':'/v0/file/s/b.bin','size':5");
    fake_xfer_accept(fake_xfer());
    fake_ignore(FAKE_LINE);
    fake_logout(scene_bob(fake_xfer()->account)->account);
    assert_int_equal(fake_xfers(), 0);
}

static void send__file_chosen_in_finch__is_sent_from_its_folder(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    fake_set_ui(FAKE_FINCH);
    fake_disk_set("hello world", 11);
    fake_prpl()->send_file(conv->account->gc, BOB, NULL);
    assert_int_equal(fake_xfers(), 0);
    fake_pick("book.bin");
    fake_advance(0);
    expect_http("POST /v0/file/u/!");
    assert_int_equal(fake_xfers(), 1);
    assert_string_equal(purple_xfer_get_local_filename(fake_xfer()), "/nowhere/book.bin");
    answer_upload();
    assert_int_equal(fake_xfers(), 0);
    fake_prpl()->send_file(conv->account->gc, BOB, NULL);
    fake_pick("late.bin");
    fake_ignore(FAKE_LINE);
    fake_logout(conv->account);
    fake_advance(1000);
    assert_int_equal(fake_xfers(), 0);
}

static void send__file_that_fails__is_said_and_nothing_is_published(void **state)
{
    PurpleConversation *conv = begin();

    (void)state;
    fake_disk_set("hello world", 11);
    fake_prpl()->send_file(conv->account->gc, BOB, "/nowhere/book.bin");
    fake_http_answer(413, "", 0);
    fake_expect(FAKE_LINE,
                "line usrBob <usrBob> The file was not sent: it is larger than this server takes*",
                NULL);
    fake_prpl()->send_file(conv->account->gc, BOB, "/nowhere/book.bin");
    fake_disk_fails(TRUE);
    fake_http_read();
    assert_int_equal(fake_xfers(), 0);
    if (fake_https() > 0)
        fake_http_fail(TN_ERROR_PERMANENT, TN_CAUSE_NONE);
    fake_prpl()->send_file(conv->account->gc, BOB, "/nowhere/unreadable");
    fake_disk_fails(FALSE);
    fake_logout(conv->account);
    assert_int_equal(fake_xfers(), 0);
    fake_ignore(FAKE_LINE);
}

static int paste(PurpleConversation *conv, const void *bytes, gsize length)
{
    const int id = fake_picture(bytes, length, "cat.png");
    g_autofree char *html = g_strdup_printf("a <IMG ID=\"%d\"> b", id);
    const int result = fake_send(conv, html);

    fake_picture_drop(id);
    fake_ignore(FAKE_LINE);
    return result;
}

static void send__small_picture__goes_inside(void **state)
{
    PurpleConversation *conv = begin();
    g_autofree char *val = encode(png, PNG_BYTES), *wanted = NULL;

    (void)state;
    assert_int_equal(paste(conv, png, PNG_BYTES), 1);
    wanted = g_strdup_printf("{'pub':{'topic':'usrBob','content':{'txt':'a   b',"
                             "'fmt':[{'at':2,'len':1}],'ent':[{'tp':'IM','data':{"
                             "'name':'cat.png','mime':'image/png','width':2,'height':3,"
                             "'size':29,'val':'%s'}}]}}}",
                             val);
    fake_sent(wanted);
    fake_drop_frames();
}

/* A picture with so much behind it that it cannot go inside. */
static GBytes *large_picture(void)
{
    guint8 *bytes = g_malloc0(100000);

    memcpy(bytes, png, PNG_BYTES);
    return g_bytes_new_take(bytes, 100000);
}

static void send__large_picture__keeps_its_place_while_it_goes_up(void **state)
{
    PurpleConversation *conv = begin();
    g_autoptr(GBytes) large = large_picture();

    (void)state;
    assert_int_equal(paste(conv, g_bytes_get_data(large, NULL), 100000), 1);
    fake_send(conv, "behind");
    fake_ignore(FAKE_LINE);
    fake_sent_nothing();
    expect_http("POST /v0/file/u/!");
    answer_upload();
    fake_sent("{'pub':{'content':{'txt':'a   b','ent':[{'tp':'IM','data':{'ref':'/v0/file/s/up',"
              "'mime':'image/png','name':'cat.png','width':2,'height':3,'size':100000}}]}},"
              "'extra':{'attachments':['/v0/file/s/up']}}");
    fake_reply("{'ctrl':{'code':202,'text':'accepted','topic':'usrBob','params':{'seq':3}}}");
    fake_sent("{'pub':{'content':'behind'}}");
    fake_drop_frames();
}

static void send__large_picture_fails__message_fails_and_the_next_goes(void **state)
{
    PurpleConversation *conv = begin();
    g_autoptr(GBytes) large = large_picture();
    g_autofree char *states = NULL;

    (void)state;
    paste(conv, g_bytes_get_data(large, NULL), 100000);
    fake_send(conv, "behind");
    fake_ignore(FAKE_LINE);
    fake_http_answer(500, "", 0);
    fake_expect(FAKE_LINE, "line usrBob <usrBob> The file was not sent. *", NULL);
    fake_sent("{'pub':{'content':'behind'}}");
    fake_drop_frames();
}

static void send__signed_out_while_it_goes_up__fails_at_the_next_sign_in(void **state)
{
    PurpleConversation *conv = begin();
    g_autoptr(GBytes) large = large_picture();

    (void)state;
    paste(conv, g_bytes_get_data(large, NULL), 100000);
    assert_int_equal(fake_https(), 1);
    fake_logout(conv->account);
    fake_turn();
    assert_int_equal(fake_https(), 0);
    server_ignore("");
    fake_ignore(FAKE_ANY);
    server_sign_in();
    server_advance(10000);
    fake_expect_one(FAKE_LINE,
                    "line usrBob <usrBob> A message was not sent: its picture had not reached*");
    fake_ignore(FAKE_LINE);
    assert_int_equal(server_count("pub"), 0);
    server_ignore("");
}

/* Photos --------------------------------------------------------------------------------------- */

static void told_photo(const char *photo)
{
    fake_pushf("{'meta':{'topic':'me','sub':[{'topic':'usrBob','public':{'fn':'Bob'%s%s}}]}}",
               photo != NULL ? ",'photo':" : "", photo != NULL ? photo : "");
    fake_turn();
}

static gboolean take_icon(const char *pattern)
{
    g_autofree char *icon = fake_take_icon();

    if (pattern == NULL)
        return icon == NULL;
    return icon != NULL && g_pattern_match_simple(pattern, icon);
}

static void photo__of_a_contact__is_set_once(void **state)
{
    g_autofree char *val = encode(png, PNG_BYTES);
    g_autofree char *inside = g_strdup_printf("{'type':'png','data':'%s'}", val);

    (void)state;
    begin();
    told_photo(NULL);
    assert_true(take_icon(NULL));
    told_photo(inside);
    assert_true(take_icon("usrBob ????????????????????????????????????????"));
    told_photo(inside);
    assert_true(take_icon(NULL));
    told_photo("{'type':'png','ref':'/v0/file/s/photo'}");
    expect_http("GET /v0/file/s/photo!");
    told_photo("{'type':'png','ref':'/v0/file/s/photo'}");
    assert_int_equal(fake_https(), 1);
    fake_http_answer(200, png, PNG_BYTES);
    assert_true(take_icon("usrBob *"));
    told_photo("'\xe2\x90\xa1'");
    assert_true(take_icon("usrBob -"));
    told_photo("{'type':'png','data':'AAAA'}");
    told_photo("{'type':'png','ref':'http://example.org/x'}");
    told_photo("7");
    assert_true(take_icon(NULL));
    expect_http(NULL);
}

static void photo__changes_while_it_is_fetched__the_last_counts(void **state)
{
    (void)state;
    begin();
    told_photo("{'ref':'/v0/file/s/one'}");
    told_photo("{'ref':'/v0/file/s/two'}");
    expect_http("GET /v0/file/s/one!");
    fake_http_answer(200, png, PNG_BYTES);
    assert_true(take_icon(NULL));
    expect_http("GET /v0/file/s/two!");
    fake_http_answer(200, png, PNG_BYTES);
    assert_true(take_icon("usrBob *"));
}

static void photo__our_own__is_published_inside_or_as_a_file(void **state)
{
    PurpleConversation *conv = begin();
    PurpleConnection *gc = conv->account->gc;
    g_autoptr(GBytes) large = large_picture();
    g_autofree char *val = encode(png, PNG_BYTES);
    const int small_id = fake_picture(png, PNG_BYTES, "a.png");
    const int large_id = fake_picture(g_bytes_get_data(large, NULL), 100000, "b.png");

    (void)state;
    fake_prpl()->set_buddy_icon(gc, NULL);
    fake_sent_nothing();
    fake_prpl()->set_buddy_icon(gc, fake_picture_of(small_id));
    fake_sent("{'set':{'topic':'me','desc':{'public':{'photo':{'type':'png'}}}}}");
    assert_string_equal(fake_sent_member("set.desc.public.photo.data"), val);
    fake_reply("{'ctrl':{'code':200,'text':'ok','topic':'me'}}");
    fake_prpl()->set_buddy_icon(gc, fake_picture_of(small_id)); /* as at each sign-in */
    fake_sent_nothing();
    fake_prpl()->set_buddy_icon(gc, fake_picture_of(large_id));
    fake_sent_nothing();
    answer_upload();
    fake_sent("{'set':{'topic':'me','desc':{'public':{'photo':{'type':'png',"
              "'ref':'/v0/file/s/up'}}}},'extra':{'attachments':['/v0/file/s/up']}}");
    fake_prpl()->set_buddy_icon(gc, NULL);
    fake_sent("{'set':{'topic':'me','desc':{'public':{'photo':'\xe2\x90\xa1'}}}}");
    fake_picture_drop(small_id);
    fake_picture_drop(large_id);
    fake_drop_frames();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(receive__picture_inside__stands_in_its_line),
        FAKE_TEST(receive__picture_inside__is_a_line_in_other_clients),
        FAKE_TEST(receive__no_picture_but_called_so__is_a_line),
        FAKE_TEST(receive__picture_on_the_server__follows_its_line),
        FAKE_TEST(receive__picture_that_is_none_large_or_gone__nothing_follows),
        FAKE_TEST(receive__file__is_offered_and_saved),
        FAKE_TEST(receive__file_inside__is_saved_without_asking_the_server),
        FAKE_TEST(receive__refused_or_cancelled__ends),
        FAKE_TEST(transfer__ends_while_a_handler_of_its_sentence_signs_out__is_let_go),
        FAKE_TEST(line__whose_handler_signs_out__is_the_last),
        FAKE_TEST(picture__whose_handler_signs_out__is_the_last),
        FAKE_TEST(receive__server_or_disk_fails__is_said),
        FAKE_TEST(receive__flood_of_files__asks_five_times),
        FAKE_TEST(receive__signed_out_in_finch_while_asked__is_given_back_once),
        FAKE_TEST(receive__command__offers_an_earlier_file),
        FAKE_TEST(send__file__is_published_when_it_is_there),
        FAKE_TEST(receive__file_accepted_in_finch__is_not_denied_by_the_dialog_that_closes),
        FAKE_TEST(send__file_chosen_in_finch__is_sent_from_its_folder),
        FAKE_TEST(send__file_that_fails__is_said_and_nothing_is_published),
        FAKE_TEST(send__small_picture__goes_inside),
        FAKE_TEST(send__large_picture__keeps_its_place_while_it_goes_up),
        FAKE_TEST(send__large_picture_fails__message_fails_and_the_next_goes),
        FAKE_TEST(send__signed_out_while_it_goes_up__fails_at_the_next_sign_in),
        FAKE_TEST(photo__of_a_contact__is_set_once),
        FAKE_TEST(photo__changes_while_it_is_fetched__the_last_counts),
        FAKE_TEST(photo__our_own__is_published_inside_or_as_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
