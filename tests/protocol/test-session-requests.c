/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-session-requests.c: requests of a session that is up: what waits for what, which answer is
 * whose, and that each has exactly one outcome.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/tn-requests.h"
#include "support-session.h"

static int set_up(void **state)
{
    Fixture *f = fixture_new();

    fixture_up(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_free(*state);
    return 0;
}

static void advance(Fixture *f, gint64 ms)
{
    fake_advance(f->fake, &f->session, ms);
}

static void attach(Fixture *f, const char *topic, const TnGet *get, gboolean is_urgent,
                   const char *name)
{
    tn_session_attach(f->session, topic, get, is_urgent, fixture_done, fixture_history,
                      fixture_name(f, name));
}

static void leave(Fixture *f, const char *topic, const char *name)
{
    tn_session_leave(f->session, topic, FALSE, fixture_done, fixture_name(f, name));
}

static void publish(Fixture *f, const char *topic, const char *text, const char *name)
{
    g_autoptr(TnContent) content = tn_content_from_text(text);

    tn_session_publish(f->session, topic, &(TnPub){.client_id = name, .content = content},
                       fixture_done, fixture_name(f, name));
}

static void note(Fixture *f, const char *topic, guint32 seq, const char *name)
{
    tn_session_note(f->session, topic, "read", seq, fixture_done, fixture_name(f, name));
}

static const TnGet whole_get = {
    .desc = TRUE, .sub = TRUE, .data = TRUE, .del = TRUE, .data_since = 8, .data_limit = 24};
#define WHOLE_GET "{'what':'desc sub data del','data':{'since':8,'limit':24}}"

/* Attaching
 * --------------------------------------------------------------------------------------*/

static void attach__ok__then_history_when_all_came(void **state)
{
    Fixture *f = *state;
    g_autofree char *id = NULL, *meta = NULL;

    attach(f, "usrB", &whole_get, FALSE, "a");
    fixture_expect(f, "");
    assert_false(tn_session_is_attached(f->session, "usrB"));
    id = fixture_answer(f, "{'sub':{'topic':'usrB','get':" WHOLE_GET "}}", 200, "ok", NULL);
    fixture_expect(f, "a: ok 200 usrB");
    assert_true(tn_session_is_attached(f->session, "usrB"));
    meta = g_strdup_printf("{'meta':{'id':'%s','topic':'usrB','desc':{},'sub':[]}}", id);
    fake_receive(f->fake, meta);
    fake_receive(f->fake, "{'data':{'topic':'usrB','seq':9,'content':'y'}}");
    fake_receive(f->fake, "{'data':{'topic':'usrB','seq':8,'content':'x'}}");
    fixture_expect(f, "meta usrB desc sub; data usrB 9; data usrB 8");
    fixture_reply(f, id, "usrB", 208, "delivered", "{'what':'data','count':2}");
    fixture_expect(f, "a history: ok 208 usrB count 2");
    fixture_reply(f, id, "usrB", 204, "no content", "{'what':'del'}");
    fixture_expect(f, "");
    assert_int_equal(f->fake->deadline_ms, -1);
}

static void attach__nothing_to_read__history_is_empty(void **state)
{
    Fixture *f = *state;
    g_autofree char *id = NULL;

    attach(f, "usrB", &(TnGet){.data = TRUE}, FALSE, "a");
    id = fixture_answer(f, "{'sub':{'topic':'usrB','get':{'what':'data'}}}", 200, "ok", NULL);
    fixture_reply(f, id, "usrB", 204, "no content", "{'what':'data'}");
    fixture_expect(f, "a: ok 200 usrB; a history: ok 204 usrB");
}

static void attach__messages_before_the_200__history_comes_after_attached(void **state)
{
    Fixture *f = *state;
    g_autofree char *id = NULL;

    attach(f, "usrB", &(TnGet){.data = TRUE}, FALSE, "a");
    id = fake_expect(f->fake, "{'sub':{'topic':'usrB','get':{'what':'data'}}}");
    fixture_reply(f, id, "usrB", 208, "delivered", "{'what':'data','count':3}");
    fixture_expect(f, "");
    fixture_reply(f, id, "usrB", 200, "ok", NULL);
    fixture_expect(f, "a: ok 200 usrB count 3; a history: ok 200 usrB count 3");
    assert_int_equal(f->fake->deadline_ms, -1);
}

static void attach__already_attached__sends_the_get_on_its_own(void **state)
{
    Fixture *f = *state;
    g_autofree char *id = NULL, *get_id = NULL;

    attach(f, "usrB", &whole_get, FALSE, "a");
    id = fixture_answer(f, "{'sub':{'topic':'usrB','get':" WHOLE_GET "}}", 304,
                        "already subscribed", NULL);
    fixture_expect(f, "a: ok 304 usrB");
    get_id = fake_expect(f->fake, "{'get':{'topic':'usrB','what':'desc sub data del',"
                                  "'data':{'since':8,'limit':24}}}");
    assert_string_not_equal(id, get_id);
    fixture_reply(f, get_id, "usrB", 208, "delivered", "{'what':'data','count':1}");
    fixture_expect(f, "a history: ok 208 usrB count 1");
}

static void attach__already_attached__without_get_sends_nothing_more(void **state)
{
    Fixture *f = *state;

    attach(f, "usrB", NULL, FALSE, "a");
    g_free(fixture_answer(f, "{'sub':{'topic':'usrB'}}", 304, "already subscribed", NULL));
    fixture_expect(f, "a: ok 304 usrB");
    fake_expect_silence(f->fake);
    assert_int_equal(f->fake->deadline_ms, -1);
}

static void attach__refused__tells_the_category_and_no_history(void **state)
{
    static const struct {
        int code;
        const char *text, *params, *diary;
    } rows[] = {
        {403, "permission denied", NULL, "a: forbidden 403 chnX"},
        {404, "topic not found", NULL, "a: gone 404 chnX"},
        {422, "policy violation", NULL, "a: permanent 422 chnX"},
        {500, "internal error", NULL, "a: transient 500 chnX"},
        {503, "service unavailable", NULL, "a: overload 503 chnX"},
        {303, "use other", "{'topic':'grpX'}", "a: redirect 303 grpX"},
    };
    Fixture *f = *state;

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        attach(f, "chnX", &(TnGet){.data = TRUE}, FALSE, "a");
        g_free(fixture_answer(f, "{'sub':{'topic':'chnX','get':{'what':'data'}}}", rows[i].code,
                              rows[i].text, rows[i].params));
        fixture_expect(f, rows[i].diary);
        assert_false(tn_session_is_attached(f->session, "chnX"));
        assert_int_equal(f->fake->deadline_ms, -1);
    }
}

static void attach__locked__is_repeated_before_anybody_hears(void **state)
{
    Fixture *f = *state;
    g_autofree char *first = NULL, *second = NULL;

    attach(f, "usrB", NULL, FALSE, "a");
    first = fixture_answer(f, "{'sub':{'topic':'usrB'}}", 503, "locked", NULL);
    fake_expect_silence(f->fake);
    advance(f, 99);
    fake_expect_silence(f->fake);
    advance(f, 1);
    second = fixture_answer(f, "{'sub':{'topic':'usrB'}}", 200, "ok", NULL);
    assert_string_not_equal(first, second);
    fixture_expect(f, "a: ok 200 usrB");
}

static void attach__locked__stays_so_at_most_three_times(void **state)
{
    Fixture *f = *state;

    f->fake->chance = 0.99;
    attach(f, "usrB", NULL, FALSE, "a");
    for (guint i = 0; i < 4; i++) {
        fixture_expect(f, "");
        g_free(fixture_answer(f, "{'sub':{'topic':'usrB'}}", 503, "locked", NULL));
        advance(f, 400);
    }
    fixture_expect(f, "a: transient 503 usrB");
    fake_expect_silence(f->fake);
}

static void attach__locked__lets_others_pass_meanwhile(void **state)
{
    Fixture *f = *state;

    attach(f, "usrB", NULL, FALSE, "b");
    attach(f, "usrC", NULL, FALSE, "c");
    g_free(fixture_answer(f, "{'sub':{'topic':'usrB'}}", 503, "locked", NULL));
    g_free(fixture_answer(f, "{'sub':{'topic':'usrC'}}", 200, "ok", NULL));
    fixture_expect(f, "c: ok 200 usrC");
    advance(f, 100);
    g_free(fixture_answer(f, "{'sub':{'topic':'usrB'}}", 200, "ok", NULL));
    fixture_expect(f, "b: ok 200 usrB");
}

/* The line
 * ---------------------------------------------------------------------------------------*/

static void line__one_at_a_time__urgent_first(void **state)
{
    Fixture *f = *state;

    attach(f, "usrA", NULL, FALSE, "a");
    attach(f, "usrB", NULL, FALSE, "b");
    leave(f, "usrC", "c");
    attach(f, "usrD", NULL, TRUE, "d");
    attach(f, "usrE", NULL, TRUE, "e");
    g_free(fixture_answer(f, "{'sub':{'topic':'usrA'}}", 200, "ok", NULL));
    g_free(fixture_answer(f, "{'sub':{'topic':'usrD'}}", 403, "permission denied", NULL));
    g_free(fixture_answer(f, "{'sub':{'topic':'usrE'}}", 200, "ok", NULL));
    g_free(fixture_answer(f, "{'sub':{'topic':'usrB'}}", 200, "ok", NULL));
    g_free(fixture_answer(f, "{'leave':{'topic':'usrC'}}", 304, "not joined", NULL));
    fixture_expect(f, "a: ok 200 usrA; d: forbidden 403 usrD; e: ok 200 usrE; b: ok 200 usrB; "
                      "c: ok 304 usrC");
    fake_expect_silence(f->fake);
    assert_int_equal(f->fake->deadline_ms, -1);
}

static void line__timeout__lets_the_next_one_go(void **state)
{
    Fixture *f = *state;

    attach(f, "usrA", NULL, FALSE, "a");
    attach(f, "usrB", NULL, FALSE, "b");
    g_free(fake_expect(f->fake, "{'sub':{'topic':'usrA'}}"));
    advance(f, 9999);
    fake_expect_silence(f->fake);
    fixture_expect(f, "");
    advance(f, 1);
    fixture_expect(f, "a: timeout 0 usrA");
    /* Its own ten seconds begin now. */
    advance(f, 9000);
    fixture_expect(f, "");
    g_free(fixture_answer(f, "{'sub':{'topic':'usrB'}}", 200, "ok", NULL));
    fixture_expect(f, "b: ok 200 usrB");
}

static void line__late_answer__does_not_leave_the_topic_attached(void **state)
{
    Fixture *f = *state;
    g_autofree char *id = NULL;

    attach(f, "usrA", NULL, FALSE, "a");
    id = fake_expect(f->fake, "{'sub':{'topic':'usrA'}}");
    advance(f, 10000);
    fixture_expect(f, "a: timeout 0 usrA");
    fixture_reply(f, id, "usrA", 200, "ok", NULL);
    g_free(fixture_answer(f, "{'leave':{'topic':'usrA'}}", 200, "ok", NULL));
    fixture_reply(f, id, "usrA", 200, "ok", NULL);
    fake_expect_silence(f->fake);
}

static void line__late_answer__of_a_topic_asked_for_again_is_nothing(void **state)
{
    Fixture *f = *state;
    g_autofree char *id = NULL;

    attach(f, "usrA", NULL, FALSE, "a");
    id = fake_expect(f->fake, "{'sub':{'topic':'usrA'}}");
    advance(f, 10000);
    attach(f, "usrA", NULL, FALSE, "again");
    fixture_reply(f, id, "usrA", 200, "ok", NULL);
    g_free(fixture_answer(f, "{'sub':{'topic':'usrA'}}", 304, "already subscribed", NULL));
    fixture_expect(f, "a: timeout 0 usrA; again: ok 304 usrA");
    fake_expect_silence(f->fake);
}

static void line__second_attach_that_waits__joins_the_first(void **state)
{
    Fixture *f = *state;
    g_autofree char *id = NULL;

    attach(f, "usrX", NULL, FALSE, "x");
    attach(f, "usrB", &(TnGet){.data = TRUE, .data_since = 9, .data_limit = 10}, FALSE, "b1");
    attach(f, "usrC", NULL, TRUE, "c");
    attach(f, "usrB", &(TnGet){.sub = TRUE, .data = TRUE, .data_since = 5, .data_limit = 24}, TRUE,
           "b2");
    tn_session_attach(f->session, "usrB", NULL, FALSE, fixture_done, NULL, fixture_name(f, "b3"));
    g_free(fixture_answer(f, "{'sub':{'topic':'usrX'}}", 200, "ok", NULL));
    g_free(fixture_answer(f, "{'sub':{'topic':'usrC'}}", 200, "ok", NULL));
    fixture_expect(f, "x: ok 200 usrX; c: ok 200 usrC");
    id = fixture_answer(f,
                        "{'sub':{'topic':'usrB','get':{'what':'sub data',"
                        "'data':{'since':5,'limit':24}}}}",
                        200, "ok", NULL);
    fixture_expect(f, "b1: ok 200 usrB; b2: ok 200 usrB; b3: ok 200 usrB");
    fixture_reply(f, id, "usrB", 204, "no content", "{'what':'data'}");
    fixture_expect(f, "b1 history: ok 204 usrB; b2 history: ok 204 usrB");
    fake_expect_silence(f->fake);
}

static void line__attach_while_one_is_in_flight__follows_it(void **state)
{
    Fixture *f = *state;

    attach(f, "usrB", NULL, FALSE, "b1");
    attach(f, "usrB", &(TnGet){.sub = TRUE}, FALSE, "b2");
    g_free(fixture_answer(f, "{'sub':{'topic':'usrB'}}", 200, "ok", NULL));
    fixture_expect(f, "b1: ok 200 usrB");
    g_free(fixture_answer(f, "{'sub':{'topic':'usrB','get':{'what':'sub'}}}", 304,
                          "already subscribed", NULL));
    fixture_expect(f, "b2: ok 304 usrB");
    g_free(fake_expect(f->fake, "{'get':{'topic':'usrB','what':'sub'}}"));
}

static void line__leave__withdraws_an_attach_that_waits(void **state)
{
    Fixture *f = *state;

    attach(f, "usrX", NULL, FALSE, "x");
    attach(f, "usrB", NULL, FALSE, "b");
    publish(f, "usrB", "hi", "p");
    leave(f, "usrB", "l");
    fixture_expect(f, "");
    advance(f, 0);
    fixture_expect(f, "p: transient 0 usrB; b: transient 0 usrB; l: ok 0 usrB");
    g_free(fixture_answer(f, "{'sub':{'topic':'usrX'}}", 200, "ok", NULL));
    fixture_expect(f, "x: ok 200 usrX");
    fake_expect_silence(f->fake);
}

static void line__leave_of_an_attached_topic__is_sent_though_an_attach_was_withdrawn(void **state)
{
    Fixture *f = *state;

    fixture_attached(f, "usrB");
    attach(f, "usrX", NULL, FALSE, "x");
    attach(f, "usrB", NULL, FALSE, "b");
    leave(f, "usrB", "l");
    advance(f, 0);
    fixture_expect(f, "b: transient 0 usrB");
    g_free(fixture_answer(f, "{'sub':{'topic':'usrX'}}", 200, "ok", NULL));
    g_free(fixture_answer(f, "{'leave':{'topic':'usrB'}}", 200, "ok", NULL));
    fixture_expect(f, "x: ok 200 usrX; l: ok 200 usrB");
    assert_false(tn_session_is_attached(f->session, "usrB"));
}

static void line__leave_while_the_attach_is_in_flight__follows_it(void **state)
{
    Fixture *f = *state;

    attach(f, "usrB", NULL, FALSE, "b");
    leave(f, "usrB", "l");
    g_free(fixture_answer(f, "{'sub':{'topic':'usrB'}}", 200, "ok", NULL));
    g_free(fixture_answer(f, "{'leave':{'topic':'usrB'}}", 200, "ok", NULL));
    fixture_expect(f, "b: ok 200 usrB; l: ok 200 usrB");
    assert_false(tn_session_is_attached(f->session, "usrB"));
}

static void line__attach_while_the_leave_waits_or_is_in_flight__follows_it(void **state)
{
    Fixture *f = *state;

    fixture_attached(f, "usrB");
    fixture_attached(f, "usrC");
    leave(f, "usrB", "lb");
    attach(f, "usrB", NULL, FALSE, "b");
    leave(f, "usrC", "lc");
    attach(f, "usrD", NULL, FALSE, "d");
    attach(f, "usrC", NULL, TRUE, "c"); /* takes the leave of usrC along */
    g_free(fixture_answer(f, "{'leave':{'topic':'usrB'}}", 200, "ok", NULL));
    g_free(fixture_answer(f, "{'leave':{'topic':'usrC'}}", 200, "ok", NULL));
    g_free(fixture_answer(f, "{'sub':{'topic':'usrC'}}", 200, "ok", NULL));
    g_free(fixture_answer(f, "{'sub':{'topic':'usrB'}}", 200, "ok", NULL));
    g_free(fixture_answer(f, "{'sub':{'topic':'usrD'}}", 200, "ok", NULL));
    fixture_expect(f, "lb: ok 200 usrB; lc: ok 200 usrC; c: ok 200 usrC; b: ok 200 usrB; "
                      "d: ok 200 usrD");
    assert_true(tn_session_is_attached(f->session, "usrB"));
    assert_true(tn_session_is_attached(f->session, "usrC"));
}

static void line__locked_leave__is_not_overtaken_by_an_attach(void **state)
{
    Fixture *f = *state;

    fixture_attached(f, "usrB");
    leave(f, "usrB", "l");
    attach(f, "usrB", NULL, FALSE, "b");
    attach(f, "usrC", NULL, FALSE, "c");
    g_free(fixture_answer(f, "{'leave':{'topic':'usrB'}}", 503, "locked", NULL));
    g_free(fixture_answer(f, "{'sub':{'topic':'usrC'}}", 200, "ok", NULL));
    fake_expect_silence(f->fake);
    advance(f, 100);
    g_free(fixture_answer(f, "{'leave':{'topic':'usrB'}}", 200, "ok", NULL));
    g_free(fixture_answer(f, "{'sub':{'topic':'usrB'}}", 200, "ok", NULL));
    fixture_expect(f, "c: ok 200 usrC; l: ok 200 usrB; b: ok 200 usrB");
    assert_true(tn_session_is_attached(f->session, "usrB"));
}

static void line__two_leaves_that_wait__are_one(void **state)
{
    Fixture *f = *state;

    attach(f, "usrX", NULL, FALSE, "x");
    leave(f, "grpB", "l1");
    tn_session_leave(f->session, "grpB", TRUE, fixture_done, fixture_name(f, "l2"));
    g_free(fixture_answer(f, "{'sub':{'topic':'usrX'}}", 200, "ok", NULL));
    g_free(fixture_answer(f, "{'leave':{'topic':'grpB','unsub':true}}", 409, "must attach first",
                          NULL));
    fixture_expect(f, "x: ok 200 usrX; l1: attach-first 409 grpB; l2: attach-first 409 grpB");
    fake_expect_silence(f->fake);
}

/* What waits for a {sub}
 * -------------------------------------------------------------------------*/

static void held__pub_get_and_note__leave_in_order_after_the_200(void **state)
{
    Fixture *f = *state;
    g_autofree char *sub = NULL, *pub = NULL, *get = NULL, *meta = NULL;

    attach(f, "usrB", NULL, FALSE, "b");
    publish(f, "usrB", "hi", "p");
    tn_session_get(f->session, "usrB", &(TnGet){.desc = TRUE, .sub = TRUE}, fixture_done,
                   fixture_name(f, "g"));
    note(f, "usrB", 7, "n");
    tn_session_typing(f->session, "usrB"); /* not attached yet: dropped */
    sub = fake_expect(f->fake, "{'sub':{'topic':'usrB'}}");
    fake_expect_silence(f->fake);
    fixture_reply(f, sub, "usrB", 200, "ok", NULL);
    pub = fake_expect(f->fake, "{'pub':{'topic':'usrB','noecho':true,"
                               "'head':{'x-purple-tinode-id':'p'},'content':'hi'}}");
    get = fake_expect(f->fake, "{'get':{'topic':'usrB','what':'desc sub'}}");
    g_free(fake_expect(f->fake, "{'note':{'topic':'usrB','what':'read','seq':7}}"));
    fixture_reply(f, pub, "usrB", 202, "accepted", "{'seq':13}");
    meta = g_strdup_printf("{'meta':{'id':'%s','topic':'usrB','desc':{}}}", get);
    fake_receive(f->fake, meta);
    fixture_expect(f, "b: ok 200 usrB; p: ok 202 usrB seq 13; meta usrB desc");
    fixture_reply(f, get, "usrB", 204, "no content", "{'what':'sub'}");
    fixture_expect(f, "g: ok 204 usrB");
    advance(f, 2000);
    fixture_expect(f, "n: ok 0 usrB");
}

static void held__others__do_not_wait(void **state)
{
    Fixture *f = *state;

    fixture_attached(f, "usrC");
    attach(f, "usrB", NULL, FALSE, "b");
    g_free(fake_expect(f->fake, "{'sub':{'topic':'usrB'}}"));
    note(f, "usrC", 3, "n");
    tn_session_typing(f->session, "usrC");
    g_free(fake_expect(f->fake, "{'note':{'topic':'usrC','what':'read','seq':3}}"));
    g_free(fake_expect(f->fake, "{'note':{'topic':'usrC','what':'kp'}}"));
    tn_session_close(f->session);
    fixture_expect(f, "n: transient 0 usrC; b: transient 0 usrB");
}

static void held__sub_refused__gives_them_its_error(void **state)
{
    Fixture *f = *state;

    attach(f, "grpB", NULL, FALSE, "b");
    publish(f, "grpB", "hi", "p");
    note(f, "grpB", 7, "n");
    g_free(fixture_answer(f, "{'sub':{'topic':'grpB'}}", 403, "permission denied", NULL));
    fixture_expect(f, "p: forbidden 403 grpB; n: forbidden 403 grpB; b: forbidden 403 grpB");
    fake_expect_silence(f->fake);
}

static void held__sub_without_an_answer__they_were_not_sent(void **state)
{
    Fixture *f = *state;

    attach(f, "usrB", NULL, FALSE, "b");
    publish(f, "usrB", "hi", "p");
    g_free(fake_expect(f->fake, "{'sub':{'topic':'usrB'}}"));
    advance(f, 10000);
    /* A publish that timed out may be stored; this one certainly is not. */
    fixture_expect(f, "p: transient 0 usrB; b: timeout 0 usrB");
}

/* Get, pub, note
 * ---------------------------------------------------------------------------------*/

static void get__parts__end_it_when_all_came(void **state)
{
    Fixture *f = *state;
    g_autofree char *id = NULL, *meta = NULL;

    fixture_attached(f, "usrB");
    tn_session_get(
        f->session, "usrB",
        &(TnGet){.desc = TRUE, .sub = TRUE, .data = TRUE, .del = TRUE, .tags = TRUE, .cred = TRUE},
        fixture_done, fixture_name(f, "g"));
    id = fake_expect(f->fake, "{'get':{'topic':'usrB','what':'desc sub data del tags cred'}}");
    meta = g_strdup_printf("{'meta':{'id':'%s','topic':'usrB','desc':{},'sub':[],'del':{},"
                           "'tags':['a']}}",
                           id);
    fake_receive(f->fake, meta);
    fixture_reply(f, id, "usrB", 208, "delivered", "{'what':'data','count':5}");
    fixture_expect(f, "meta usrB desc sub");
    fixture_reply(f, id, "usrB", 204, "no content", "{'what':'creds'}");
    fixture_expect(f, "g: ok 204 usrB count 5");
}

static void get__unattached__is_over_with_the_one_part_that_comes(void **state)
{
    Fixture *f = *state;
    g_autofree char *id = NULL, *meta = NULL;

    tn_session_get(f->session, "usrB", &(TnGet){.desc = TRUE, .sub = TRUE}, fixture_done,
                   fixture_name(f, "g"));
    id = fake_expect(f->fake, "{'get':{'topic':'usrB','what':'desc sub'}}");
    meta = g_strdup_printf("{'meta':{'id':'%s','topic':'usrB','sub':[{'user':'usrA'}]}}", id);
    fake_receive(f->fake, meta);
    fixture_expect(f, "meta usrB sub; g: ok 200 usrB");
}

static void get__refused__tells_the_category(void **state)
{
    Fixture *f = *state;

    tn_session_get(f->session, "usrB", &(TnGet){.data = TRUE}, fixture_done, fixture_name(f, "g"));
    g_free(fixture_answer(f, "{'get':{'topic':'usrB','what':'data'}}", 403, "permission denied",
                          NULL));
    fixture_expect(f, "g: forbidden 403 usrB");
}

static void get__nothing__is_done_without_asking(void **state)
{
    Fixture *f = *state;

    tn_session_get(f->session, "usrB", &(TnGet){0}, fixture_done, fixture_name(f, "g"));
    fake_expect_silence(f->fake);
    fixture_expect(f, "");
    advance(f, 0);
    fixture_expect(f, "g: ok 0 usrB");
}

static void get__long_history__lives_as_long_as_messages_come(void **state)
{
    Fixture *f = *state;

    fixture_attached(f, "usrB");
    tn_session_get(f->session, "usrB", &(TnGet){.data = TRUE}, fixture_done, fixture_name(f, "g"));
    g_free(fake_expect(f->fake, "{'get':{'topic':'usrB','what':'data'}}"));
    for (guint i = 0; i < 3; i++) {
        advance(f, 9000);
        fake_receive(f->fake, "{'data':{'topic':'usrB','seq':1,'content':'x'}}");
    }
    fixture_expect(f, "data usrB 1; data usrB 1; data usrB 1");
    advance(f, 9999);
    fixture_expect(f, "");
    advance(f, 1);
    fixture_expect(f, "g: timeout 0 usrB");
}

static void pub__answers__have_their_categories(void **state)
{
    static const struct {
        int code;
        const char *text, *diary;
    } rows[] = {
        {403, "permission denied", "p: forbidden 403 usrB"},
        {409, "must attach first", "p: attach-first 409 usrB"},
        {500, "internal error", "p: transient 500 usrB"},
        {503, "locked", "p: transient 503 usrB"},
        {503, "service unavailable", "p: overload 503 usrB"},
    };
    Fixture *f = *state;

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        publish(f, "usrB", "a\nb", "p");
        g_free(fixture_answer(f,
                              "{'pub':{'topic':'usrB','noecho':true,'head':{'mime':"
                              "'text/x-drafty','x-purple-tinode-id':'p'},'content':{'txt':'a b',"
                              "'fmt':[{'at':1,'len':1,'tp':'BR'}]}}}",
                              rows[i].code, rows[i].text, NULL));
        fixture_expect(f, rows[i].diary);
    }
}

static void pub__without_an_answer__times_out(void **state)
{
    Fixture *f = *state;
    g_autofree char *id = NULL;

    publish(f, "usrB", "hi", "p");
    id = fake_expect(f->fake, "{'pub':{'topic':'usrB','noecho':true,"
                              "'head':{'x-purple-tinode-id':'p'},'content':'hi'}}");
    advance(f, 10000);
    fixture_expect(f, "p: timeout 0 usrB");
    /* Too late; told once is told. */
    fixture_reply(f, id, "usrB", 202, "accepted", "{'seq':3}");
    fixture_expect(f, "");
}

static void pub__refused_as_unattached__corrects_what_we_believe(void **state)
{
    Fixture *f = *state;

    fixture_attached(f, "grpB");
    publish(f, "grpB", "hi", "p");
    g_free(fixture_answer(f,
                          "{'pub':{'topic':'grpB','noecho':true,"
                          "'head':{'x-purple-tinode-id':'p'},'content':'hi'}}",
                          409, "must attach first", NULL));
    fixture_expect(f, "p: attach-first 409 grpB");
    assert_false(tn_session_is_attached(f->session, "grpB"));
}

static void note__complaint_without_id__is_for_the_notes_of_that_topic(void **state)
{
    Fixture *f = *state;

    fixture_attached(f, "usrB");
    note(f, "usrB", 5, "b1");
    note(f, "usrC", 5, "c");
    tn_session_note(f->session, "usrB", "recv", 6, fixture_done, fixture_name(f, "b2"));
    g_free(fake_take(f->fake));
    g_free(fake_take(f->fake));
    g_free(fake_expect(f->fake, "{'note':{'topic':'usrB','what':'recv','seq':6}}"));
    fake_receive(f->fake, "{'ctrl':{'topic':'usrB','code':409,'text':'must attach first'}}");
    fixture_expect(f, "b1: attach-first 409 usrB; b2: attach-first 409 usrB");
    assert_false(tn_session_is_attached(f->session, "usrB"));
    fake_receive(f->fake, "{'ctrl':{'topic':'usrC','code':503,'text':'service unavailable'}}");
    fixture_expect(f, "c: overload 503 usrC");
    note(f, "usrC", 6, "late");
    advance(f, 1999);
    fixture_expect(f, "");
    advance(f, 1);
    fixture_expect(f, "late: ok 0 usrC");
    fake_receive(f->fake, "{'ctrl':{'topic':'usrC','code':409,'text':'must attach first'}}");
    fixture_expect(f, "");
}

static void cluster_unreachable__ends_the_link_and_every_request_once(void **state)
{
    Fixture *f = *state;

    fixture_attached(f, "usrC");
    attach(f, "usrB", NULL, FALSE, "b");
    publish(f, "usrB", "hi", "held");
    publish(f, "usrC", "hi", "c");
    note(f, "usrC", 4, "n");
    g_free(fake_expect(f->fake, "{'sub':{'topic':'usrB'}}"));
    g_free(fixture_answer(f,
                          "{'pub':{'topic':'usrC','noecho':true,"
                          "'head':{'x-purple-tinode-id':'c'},'content':'hi'}}",
                          502, "cluster unreachable", NULL));
    fixture_expect(f, "c: transient 502 usrC; n: transient 0 usrC; held: transient 0 usrB; "
                      "b: transient 0 usrB; down transient server 502 one.example");
}

static void transport_full__is_overload_from_the_next_tick(void **state)
{
    Fixture *f = *state;

    f->fake->is_full = TRUE;
    attach(f, "usrB", NULL, FALSE, "b");
    leave(f, "usrC", "l");
    publish(f, "usrD", "hi", "p");
    note(f, "usrD", 1, "n");
    fixture_expect(f, "");
    advance(f, 0);
    fixture_expect(f, "b: overload 0 usrB; l: overload 0 usrC; p: overload 0 usrD; "
                      "n: overload 0 usrD");
    f->fake->is_full = FALSE;
    attach(f, "usrB", NULL, FALSE, "b");
    g_free(fixture_answer(f, "{'sub':{'topic':'usrB'}}", 200, "ok", NULL));
    fixture_expect(f, "b: ok 200 usrB");
}

static void answers_of_an_earlier_connection__count_for_nothing(void **state)
{
    Fixture *f = *state;
    g_autofree char *old = NULL, *fresh = NULL;

    publish(f, "usrB", "hi", "old");
    old = fake_expect(f->fake, "{'pub':{'topic':'usrB','noecho':true,"
                               "'head':{'x-purple-tinode-id':'old'},'content':'hi'}}");
    fake_closed(f->fake, TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fixture_expect(f, "old: transient 0 usrB; down transient closed 0 one.example");
    advance(f, 0);
    fixture_forget(f);
    fixture_resume(f);
    publish(f, "usrB", "hi", "new");
    fresh = fake_expect(f->fake, "{'pub':{'topic':'usrB','noecho':true,"
                                 "'head':{'x-purple-tinode-id':'new'},'content':'hi'}}");
    assert_string_not_equal(old, fresh);
    fixture_reply(f, old, "usrB", 202, "accepted", "{'seq':3}");
    fixture_expect(f, "");
    fixture_reply(f, fresh, "usrB", 202, "accepted", "{'seq':4}");
    fixture_expect(f, "new: ok 202 usrB seq 4");
}

/* Chance decides what is asked and what the server does with it; each request has one outcome. */
static void anything__in_any_order__has_exactly_one_outcome(void **state)
{
    static const char *const topics[] = {"usrA", "usrB", "grpC", "me"};
    static const char *const unasked[] = {
        "{'ctrl':{'topic':'usrA','code':409,'text':'must attach first'}}",
        "{'ctrl':{'topic':'usrB','code':503,'text':'service unavailable'}}",
        "{'ctrl':{'topic':'grpC','code':205,'text':'evicted','params':{'unsub':false}}}",
        "{'pres':{'topic':'me','src':'grpC','what':'gone'}}",
        "{'pres':{'topic':'me','src':'usrA','what':'term'}}",
        "{'ctrl':{'code':205,'text':'server shutdown'}}",
        "{'ctrl':{'id':'7','code':502,'text':'cluster unreachable'}}",
        "{'ctrl':{'id':'5','code':208,'text':'delivered','params':{'what':'data','count':1}}}",
        "{'data':{'topic':'usrA','seq':3,'content':'x'}}",
    };

    (void)state;
    for (guint32 seed = 1; seed <= 200; seed++) {
        Fixture *f = fixture_new();
        g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
        guint n_asked = 0, n_told = 0;

        fixture_up(f);
        for (guint step = 0; step < 120; step++) {
            const char *topic = topics[g_rand_int_range(rand, 0, G_N_ELEMENTS(topics))];
            g_autofree char *frame = NULL;

            f->fake->chance = g_rand_double(rand);
            switch (g_rand_int_range(rand, 0, 13)) {
            case 12:
                if (tn_session_state(f->session) == TN_SESSION_UP)
                    fake_receive(f->fake,
                                 unasked[g_rand_int_range(rand, 0, G_N_ELEMENTS(unasked))]);
                break;
            case 0:
                attach(f, topic, NULL, g_rand_boolean(rand), "#"), n_asked++;
                break;
            case 1:
                leave(f, topic, "#"), n_asked++;
                break;
            case 2:
                publish(f, topic, "x", "#"), n_asked++;
                break;
            case 3:
                note(f, topic, 1, "#"), n_asked++;
                break;
            case 4:
                tn_session_get(f->session, topic, &(TnGet){.sub = TRUE}, fixture_done,
                               fixture_name(f, "#"));
                n_asked++;
                break;
            case 5:
                advance(f, g_rand_int_range(rand, 0, 4000));
                break;
            case 6:
                if (g_rand_int_range(rand, 0, 8) == 0 &&
                    (f->fake->is_open || f->fake->is_connecting))
                    fake_closed(f->fake, TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
                break;
            case 7:
                if (f->fake->is_connecting)
                    fake_opened(f->fake);
                break;
            default:
                frame = f->fake->is_open ? fake_take(f->fake) : NULL;
                if (frame != NULL && strstr(frame, "\"id\":\"") != NULL) {
                    static const struct {
                        int code;
                        const char *text;
                    } answers[] = {{200, "ok"},
                                   {200, "ok"},
                                   {304, "no action"},
                                   {403, "no"},
                                   {409, "must attach first"},
                                   {503, "locked"},
                                   {503, "service unavailable"},
                                   {202, "accepted"}};
                    guint pick = (guint)g_rand_int_range(rand, 0, G_N_ELEMENTS(answers));
                    const char *at = strstr(frame, "\"id\":\"") + 6;
                    g_autofree char *id = g_strndup(at, strcspn(at, "\""));

                    if (tn_session_state(f->session) != TN_SESSION_UP)
                        pick = 0;
                    fixture_reply(f, id, NULL, answers[pick].code, answers[pick].text,
                                  strstr(frame, "\"login\"") ? "{'user':'usrALICE'}" : NULL);
                    if (f->fake->is_open && strstr(frame, "\"topic\":\"me\"") != NULL) {
                        g_autofree char *meta = g_strdup_printf(
                            "{'meta':{'id':'%s','topic':'me','desc':{},'sub':[]}}", id);

                        fake_receive(f->fake, meta);
                    }
                }
            }
        }
        if (g_rand_boolean(rand))
            advance(f, 300000);
        tn_session_close(f->session);
        for (const char *at = f->diary->str; (at = strstr(at, "#: ")) != NULL; at += 3)
            n_told++;
        assert_int_equal(n_told, n_asked);
        fixture_forget(f);
        fixture_free(f);
    }
}

/* The containers --------------------------------------------------------------------------------*/

static void requests__get_merge__covers_both(void **state)
{
    TnGet into = {0};

    (void)state;
    tn_get_merge(&into, &(TnGet){.sub = TRUE,
                                 .sub_user = "usrB",
                                 .data = TRUE,
                                 .data_since = 5,
                                 .data_before = 9,
                                 .data_limit = 3});
    assert_string_equal(into.sub_user, "usrB");
    assert_int_equal(into.data_since, 5);
    tn_get_merge(&into, &(TnGet){.sub = TRUE,
                                 .sub_user = "usrB",
                                 .data = TRUE,
                                 .data_since = 7,
                                 .data_before = 12,
                                 .data_limit = 2});
    assert_string_equal(into.sub_user, "usrB");
    assert_int_equal(into.data_since, 5);
    assert_int_equal(into.data_before, 12);
    assert_int_equal(into.data_limit, 3);
    tn_get_merge(
        &into,
        &(TnGet){.sub = TRUE, .sub_user = "usrC", .data = TRUE, .del = TRUE, .del_since = 4});
    assert_null(into.sub_user);
    assert_int_equal(into.data_since, 0);
    assert_int_equal(into.data_before, 0);
    assert_int_equal(into.data_limit, 0);
    assert_int_equal(into.del_since, 4);
    /* A filter that was given up does not come back. */
    tn_get_merge(&into, &(TnGet){.sub = TRUE, .sub_user = "usrC"});
    assert_null(into.sub_user);
    tn_get_clear(&into);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* Changes ---------------------------------------------------------------------------------------*/

static void set__waits_for_the_sub__and_tells_the_mode(void **state)
{
    Fixture *f = *state;
    g_autofree char *sub = NULL;

    attach(f, "grpF", NULL, FALSE, "a");
    sub = fake_expect(f->fake, "{'sub':{'topic':'grpF'}}");
    tn_session_set(f->session, "grpF", &(TnSet){.sub_user = "usrB", .sub_mode = "JRP"},
                   fixture_done, fixture_name(f, "s"));
    fake_expect_silence(f->fake);
    fixture_reply(f, sub, "grpF", 200, "ok", NULL);
    fixture_expect(f, "a: ok 200 grpF");
    g_free(fixture_answer(f, "{'set':{'topic':'grpF','sub':{'user':'usrB','mode':'JRP'}}}", 304,
                          "not modified", NULL));
    fixture_expect(f, "s: ok 304 grpF");
    tn_session_set(f->session, "grpF", &(TnSet){.fn = "x"}, fixture_done, fixture_name(f, "t"));
    g_free(fixture_answer(f, "{'set':{'topic':'grpF','desc':{'public':{'fn':'x'}}}}", 403,
                          "permission denied", NULL));
    fixture_expect(f, "t: forbidden 403 grpF");
    assert_int_equal(f->fake->deadline_ms, -1);
}

static void set__not_answered__is_in_doubt(void **state)
{
    Fixture *f = *state;

    tn_session_set(f->session, "me", &(TnSet){.fn = "x"}, fixture_done, fixture_name(f, "s"));
    g_free(fake_expect(f->fake, "{'set':{'topic':'me','desc':{'public':{'fn':'x'}}}}"));
    advance(f, 10000);
    fixture_expect(f, "s: timeout 0 me");
}

static void delete__topic__is_detached_by_it(void **state)
{
    Fixture *f = *state;

    fixture_attached(f, "grpF");
    tn_session_delete(f->session, "grpF", &(TnDelete){.what = TN_DELETE_MESSAGES, .range = {3, 3}},
                      fixture_done, fixture_name(f, "m"));
    g_free(fixture_answer(f, "{'del':{'topic':'grpF','what':'msg','delseq':[{'low':3}]}}", 200,
                          "ok", NULL));
    fixture_expect(f, "m: ok 200 grpF");
    assert_true(tn_session_is_attached(f->session, "grpF"));
    tn_session_delete(f->session, "grpF", &(TnDelete){.what = TN_DELETE_TOPIC}, fixture_done,
                      fixture_name(f, "d"));
    g_free(fixture_answer(f, "{'del':{'topic':'grpF','what':'topic'}}", 200, "ok", NULL));
    fixture_expect(f, "d: ok 200 grpF");
    assert_false(tn_session_is_attached(f->session, "grpF"));
}

static void create__group__gets_its_name_from_the_server(void **state)
{
    Fixture *f = *state;
    g_autofree char *id = NULL, *frame = NULL;

    tn_session_create(f->session, FALSE, &(TnSet){.fn = "T"}, fixture_done, fixture_name(f, "c"));
    id = fake_expect(f->fake, "{'sub':{'topic':'new4','set':{'desc':{'public':{'fn':'T'}}}}}");
    fixture_reply(f, id, "grpNew", 200, "ok", "{'tmpname':'new4','acs':{'mode':'JRWPASDO'}}");
    fixture_expect(f, "c: ok 200 grpNew");
    assert_true(tn_session_is_attached(f->session, "grpNew"));
    assert_false(tn_session_is_attached(f->session, "new4"));
}

static void create__refused__nothing_is_attached(void **state)
{
    Fixture *f = *state;
    g_autofree char *id = NULL;

    tn_session_create(f->session, TRUE, &(TnSet){0}, fixture_done, fixture_name(f, "c"));
    id = fake_expect(f->fake, "{'sub':{'topic':'nch4'}}");
    fixture_reply(f, id, "nch4", 503, "locked", NULL);
    fixture_expect(f, "c: transient 503 nch4");
    fake_expect_silence(f->fake);
    assert_false(tn_session_is_attached(f->session, "nch4"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(attach__ok__then_history_when_all_came),
        TEST(attach__nothing_to_read__history_is_empty),
        TEST(attach__messages_before_the_200__history_comes_after_attached),
        TEST(attach__already_attached__sends_the_get_on_its_own),
        TEST(attach__already_attached__without_get_sends_nothing_more),
        TEST(attach__refused__tells_the_category_and_no_history),
        TEST(attach__locked__is_repeated_before_anybody_hears),
        TEST(attach__locked__stays_so_at_most_three_times),
        TEST(attach__locked__lets_others_pass_meanwhile),
        TEST(line__one_at_a_time__urgent_first),
        TEST(line__timeout__lets_the_next_one_go),
        TEST(line__late_answer__does_not_leave_the_topic_attached),
        TEST(line__late_answer__of_a_topic_asked_for_again_is_nothing),
        TEST(line__second_attach_that_waits__joins_the_first),
        TEST(line__attach_while_one_is_in_flight__follows_it),
        TEST(line__leave__withdraws_an_attach_that_waits),
        TEST(line__leave_of_an_attached_topic__is_sent_though_an_attach_was_withdrawn),
        TEST(line__leave_while_the_attach_is_in_flight__follows_it),
        TEST(line__attach_while_the_leave_waits_or_is_in_flight__follows_it),
        TEST(line__locked_leave__is_not_overtaken_by_an_attach),
        TEST(line__two_leaves_that_wait__are_one),
        TEST(held__pub_get_and_note__leave_in_order_after_the_200),
        TEST(held__others__do_not_wait),
        TEST(held__sub_refused__gives_them_its_error),
        TEST(held__sub_without_an_answer__they_were_not_sent),
        TEST(get__parts__end_it_when_all_came),
        TEST(get__unattached__is_over_with_the_one_part_that_comes),
        TEST(get__refused__tells_the_category),
        TEST(get__nothing__is_done_without_asking),
        TEST(get__long_history__lives_as_long_as_messages_come),
        TEST(pub__answers__have_their_categories),
        TEST(pub__without_an_answer__times_out),
        TEST(pub__refused_as_unattached__corrects_what_we_believe),
        TEST(note__complaint_without_id__is_for_the_notes_of_that_topic),
        TEST(cluster_unreachable__ends_the_link_and_every_request_once),
        TEST(transport_full__is_overload_from_the_next_tick),
        TEST(answers_of_an_earlier_connection__count_for_nothing),
        TEST(set__waits_for_the_sub__and_tells_the_mode),
        TEST(set__not_answered__is_in_doubt),
        TEST(delete__topic__is_detached_by_it),
        TEST(create__group__gets_its_name_from_the_server),
        TEST(create__refused__nothing_is_attached),
        cmocka_unit_test(anything__in_any_order__has_exactly_one_outcome),
        cmocka_unit_test(requests__get_merge__covers_both),
    };

    return cmocka_run_group_tests_name("session-requests", tests, NULL, NULL);
}
