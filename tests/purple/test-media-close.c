/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-media-close.c: the account, the conversation or a handler ends it while files, pictures and
 * photos are on their way, in each phase of each. Under AddressSanitizer this shows what is touched
 * afterwards; the fake fails a test that leaves a transfer, a request or a timer behind.
 */
#include "fake-files.h"
#include "fake-server.h"

#include <string.h>

/* As much of a picture as is looked at: 2 by 3. */
static const char png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\2\0\0\0\3\x08\2\0\0\0";
#define PNG_BYTES (sizeof png - 1)
#define UPLOADED  "{\"ctrl\":{\"code\":200,\"params\":{\"url\":\"/v0/file/s/up\"}}}"

static PurpleAccount *account;

static void begin(void)
{
    fake_allow(FAKE_ANY);
    server_topic(BOB, "Bob", 2, 2);
    account = server_sign_in();
    fake_focus(fake_open(account, BOB));
    server_advance(10000);
    server_ignore("");
    fake_ignore(FAKE_ANY);
}

/* Ends ----------------------------------------------------------------------------------------- */

static void sign_out(void)
{
    if (account->gc != NULL)
        fake_logout(account);
}

static void close_window(void)
{
    if (fake_find(account, BOB) != NULL)
        fake_close(fake_find(account, BOB));
}

static void lose_link(void)
{
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
}

static void cancel_transfer(void)
{
    if (fake_xfer() != NULL && fake_https() == 0)
        fake_xfer_refuse(fake_xfer()); /* a question only */
    else if (fake_xfer() != NULL)
        purple_xfer_cancel_local(fake_xfer());
}

/* Phases --------------------------------------------------------------------------------------- */

static void offered(void)
{
    fake_push("{'data':{'topic':'usrBob','from':'usrBob','ts':'2026-01-02T03:04:05.678Z','seq':3,"
              "'head':{'mime':'text/x-drafty'},'content':{'txt':'x','fmt':[{'at':-1}],'ent':[{'tp':"
              "'EX','data':{'name':'a.bin','ref':'/v0/file/s/a','size':5}}]}}}");
    fake_turn();
    assert_int_equal(fake_xfers(), 1);
}

static void accepted(void)
{
    offered();
    fake_xfer_accept(fake_xfer());
    assert_int_equal(fake_https(), 1);
}

static void being_sent(void)
{
    fake_disk_set("hello world", 11);
    fake_prpl()->send_file(account->gc, BOB, "/nowhere/book.bin");
    assert_int_equal(fake_https(), 1);
}

static void all_sent(void)
{
    being_sent();
    fake_http_read();
}

static void answered(void)
{
    all_sent();
    fake_http_answer(200, UPLOADED, strlen(UPLOADED)); /* the message is on its way */
}

static void picture_going_up(void)
{
    g_autofree guint8 *large = g_malloc0(100000);
    g_autofree char *html = NULL;
    int id;

    memcpy(large, png, PNG_BYTES);
    id = fake_picture(large, 100000, "cat.png");
    html = g_strdup_printf("a <IMG ID=\"%d\"> b", id);
    fake_send(fake_find(account, BOB), html);
    fake_picture_drop(id);
    assert_int_equal(fake_https(), 1);
}

static void picture_all_sent(void)
{
    picture_going_up();
    fake_http_read();
}

static void picture_being_fetched(void)
{
    fake_push("{'data':{'topic':'usrBob','from':'usrBob','ts':'2026-01-02T03:04:05.678Z','seq':3,"
              "'head':{'mime':'text/x-drafty'},'content':{'txt':' ','fmt':[{'at':0,'len':1}],'ent':"
              "[{'tp':'IM','data':{'mime':'image/png','name':'a','ref':'/v0/file/s/a','size':9}}]}}"
              "}");
    fake_turn();
    assert_int_equal(fake_https(), 1);
}

static void photo_being_fetched(void)
{
    fake_push("{'meta':{'topic':'me','sub':[{'topic':'usrBob','public':{'fn':'Bob','photo':"
              "{'type':'png','ref':'/v0/file/s/p'}}}]}}");
    fake_turn();
    assert_int_equal(fake_https(), 1);
}

static void own_photo_going_up(void)
{
    g_autofree guint8 *large = g_malloc0(100000);
    int id;

    memcpy(large, png, PNG_BYTES);
    id = fake_picture(large, 100000, "me.png");
    fake_prpl()->set_buddy_icon(account->gc, fake_picture_of(id));
    fake_picture_drop(id);
    assert_int_equal(fake_https(), 1);
}

static void own_photo_replaced(void)
{
    const int id = fake_picture(png, PNG_BYTES, "me.png");

    own_photo_going_up();
    fake_prpl()->set_buddy_icon(account->gc, fake_picture_of(id));
    fake_picture_drop(id);
    assert_int_equal(fake_https(), 0);
}

static void (*const phases[])(void) = {offered,
                                       accepted,
                                       being_sent,
                                       all_sent,
                                       answered,
                                       picture_going_up,
                                       picture_all_sent,
                                       picture_being_fetched,
                                       photo_being_fetched,
                                       own_photo_going_up,
                                       own_photo_replaced};

/* What was under way goes on, if it still can. */
static void go_on(void)
{
    while (fake_https() > 0)
        fake_http_answer(200, UPLOADED, strlen(UPLOADED));
    cancel_transfer();
    if (account->gc != NULL)
        fake_logout(account);
    fake_turn();
    fake_take_icon();
    fake_ignore(FAKE_ANY);
    fake_drop_frames();
}

static void in_each_phase(void (*end)(void), void **state)
{
    for (guint i = 0; i < G_N_ELEMENTS(phases); i++) {
        begin();
        phases[i]();
        end();
        fake_turn();
        if (account->gc == NULL) {
            assert_int_equal(fake_https(), 0);
            assert_int_equal(fake_xfers(), 0);
        }
        go_on();
        fake_teardown(state);
        fake_setup(state);
    }
}

static void media__account_closes_in_each_phase__nothing_is_left(void **state)
{
    in_each_phase(sign_out, state);
}

static void media__window_closes_in_each_phase__goes_on(void **state)
{
    in_each_phase(close_window, state);
}

static void media__link_is_lost_in_each_phase__goes_on(void **state)
{
    in_each_phase(lose_link, state);
}

static void media__transfer_is_cancelled_in_each_phase__nothing_is_left(void **state)
{
    in_each_phase(cancel_transfer, state);
}

/* A handler signs out inside what a finished file says --------------------------------------------
 */

static void sign_out_in(gpointer data)
{
    (void)data;
    sign_out();
}

static void media__handler_signs_out_as_a_file_is_published__nothing_is_touched_after(void **state)
{
    (void)state;
    begin();
    all_sent();
    fake_once_in("tinode-message-state", sign_out_in, NULL);
    fake_http_answer(200, UPLOADED, strlen(UPLOADED));
    fake_turn();
    assert_null(account->gc);
    assert_int_equal(fake_xfers(), 0);
    fake_drop_frames();
}

static void media__handler_signs_out_as_a_picture_fails__nothing_is_touched_after(void **state)
{
    (void)state;
    begin();
    picture_going_up();
    fake_once_in("tinode-message-state", sign_out_in, NULL);
    fake_http_fail(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_turn();
    assert_null(account->gc);
    fake_drop_frames();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(media__account_closes_in_each_phase__nothing_is_left),
        FAKE_TEST(media__window_closes_in_each_phase__goes_on),
        FAKE_TEST(media__link_is_lost_in_each_phase__goes_on),
        FAKE_TEST(media__transfer_is_cancelled_in_each_phase__nothing_is_left),
        FAKE_TEST(media__handler_signs_out_as_a_file_is_published__nothing_is_touched_after),
        FAKE_TEST(media__handler_signs_out_as_a_picture_fails__nothing_is_touched_after),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
