/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-storm: a thousand clients lose their server in the same instant and come back, on simulated
 * time: sessions over fake transports, and above each a UI that connects again as Pidgin and Finch
 * do. What arrives at the server in each second must follow from the rules of both, without bursts.
 * With --histogram it prints what arrived instead of testing it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "protocol/tn-backoff.h"

#include "support-fake-transport.h"

#define N_CLIENTS 1000
#define RESUME_MS 60000
/* Pidgin 2.14 and Finch: a first delay at random between these, doubled up to the last. */
#define UI_FIRST_MIN_MS 8000
#define UI_FIRST_MAX_MS 60000
#define UI_CAP_MS       600000

typedef struct _Storm Storm;

typedef struct {
    FakeTransport *fake; /* first: the clock's user_data */
    TnSession *session;
    Storm *storm;
    GRand *rand;
    gint64 ui_at_ms;    /* when the UI connects again; -1: it does not */
    gint64 ui_delay_ms; /* 0: the next is a first one */
    gint64 tried_at_ms; /* the last attempt */
    guint n_tries;      /* while the link was being resumed */
    gboolean is_up;
} Client;

struct _Storm {
    Client clients[N_CLIENTS];
    gint64 began_ms, back_ms; /* the server is away between them */
    gint64 now_ms;
    guint n_up;
    GArray *tries;   /* guint, by second since the loss */
    GArray *tenths;  /* guint, by tenth of a second, the first three seconds */
    GArray *arrived; /* guint, those that got in */
    gint64 last_up_ms;
    gint64 longest_gap_ms; /* between two attempts of a client that resumes */
};

static void count(GArray *counts, gint64 slot)
{
    if (slot >= counts->len)
        g_array_set_size(counts, (guint)slot + 1);
    g_array_index(counts, guint, slot)++;
}

static guint counted(const GArray *counts, guint slot)
{
    return slot < counts->len ? g_array_index(counts, guint, slot) : 0;
}

/* The clock --------------------------------------------------------------------------------------
 */

static gint64 storm_now(gpointer user_data)
{
    return ((Client *)user_data)->storm->now_ms;
}

static void storm_set_deadline(gint64 at_ms, gpointer user_data)
{
    ((Client *)user_data)->fake->deadline_ms = at_ms;
}

static double storm_chance(gpointer user_data)
{
    return g_rand_double(((Client *)user_data)->rand);
}

static const TnClock storm_clock = {storm_now, storm_set_deadline, storm_chance};

/* The UI -----------------------------------------------------------------------------------------
 */

static void on_up(const TnServerInfo *info, gpointer user_data)
{
    Client *client = user_data;
    Storm *storm = client->storm;

    (void)info;
    assert_false(client->is_up);
    client->is_up = TRUE;
    client->ui_delay_ms = 0;
    storm->n_up++;
    if (storm->now_ms >= storm->back_ms) {
        count(storm->arrived, (storm->now_ms - storm->began_ms) / 1000);
        storm->last_up_ms = storm->now_ms;
    }
}

static void on_down(const TnFailure *why, gpointer user_data)
{
    Client *client = user_data;

    (void)why;
    assert_true(client->is_up);
    client->is_up = FALSE;
    client->storm->n_up--;
}

static void on_failed(const TnFailure *why, gpointer user_data)
{
    Client *client = user_data;

    assert_int_equal(why->error, TN_ERROR_TRANSIENT);
    client->ui_delay_ms = client->ui_delay_ms == 0
                              ? g_rand_int_range(client->rand, UI_FIRST_MIN_MS, UI_FIRST_MAX_MS)
                              : MIN(2 * client->ui_delay_ms, UI_CAP_MS);
    client->ui_at_ms = client->storm->now_ms + client->ui_delay_ms;
}

static const TnSessionEvents storm_events = {.up = on_up, .down = on_down, .failed = on_failed};

/* The server -------------------------------------------------------------------------------------
 */

/* Answers the frame that was sent: template with one %s for its id, ' for ". */
static void answer(Client *client, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void answer(Client *client, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    fake_receive(client->fake, text);
}

static char *id_of_frame(Client *client)
{
    g_autofree char *text = fake_take(client->fake);
    json_t *frame;
    char *id;

    assert_non_null(text);
    frame = json_loads(text, 0, NULL);
    id = g_strdup(
        json_string_value(json_object_get(json_object_iter_value(json_object_iter(frame)), "id")));
    json_decref(frame);
    return id;
}

static void let_in(Client *client)
{
    g_autofree char *hi = NULL, *login = NULL, *sub = NULL;

    fake_opened(client->fake);
    hi = id_of_frame(client);
    answer(client,
           "{'ctrl':{'id':'%s','code':201,'text':'created','ts':'2026-01-02T03:04:05Z',"
           "'params':{'ver':'0.25','build':'x','maxMessageSize':131072}}}",
           hi);
    login = id_of_frame(client);
    answer(client,
           "{'ctrl':{'id':'%s','code':200,'text':'ok','ts':'2026-01-02T03:04:05Z',"
           "'params':{'user':'usrALICE','token':'VE9LRU4='}}}",
           login);
    sub = id_of_frame(client);
    answer(client,
           "{'ctrl':{'id':'%s','topic':'me','code':200,'text':'ok','ts':'2026-01-02T03:04:05Z'}}",
           sub);
    answer(client, "{'meta':{'id':'%s','topic':'me','desc':{'public':{'fn':'Alice'}}}}", sub);
    answer(client,
           "{'ctrl':{'id':'%s','topic':'me','code':204,'text':'no content',"
           "'ts':'2026-01-02T03:04:05Z','params':{'what':'sub'}}}",
           sub);
    assert_true(client->is_up);
}

static void note_try(Client *client)
{
    Storm *storm = client->storm;
    gint64 since_ms = storm->now_ms - storm->began_ms;

    count(storm->tries, since_ms / 1000);
    if (since_ms < 3000)
        count(storm->tenths, since_ms / 100);
    if (since_ms <= RESUME_MS) {
        storm->longest_gap_ms = MAX(storm->longest_gap_ms, storm->now_ms - client->tried_at_ms);
        client->n_tries++;
    }
    client->tried_at_ms = storm->now_ms;
}

/* One client's turn. The fake fails the test if it had a connection already. */
static void turn(Client *client)
{
    Storm *storm = client->storm;

    if (client->ui_at_ms >= 0 && client->ui_at_ms <= storm->now_ms) {
        client->ui_at_ms = -1;
        tn_session_open(client->session);
    }
    client->fake->now_ms = storm->now_ms;
    fake_advance(client->fake, &client->session, 0);
    if (!client->fake->is_connecting)
        return;
    if (storm->began_ms >= 0)
        note_try(client);
    if (storm->now_ms < storm->back_ms && storm->began_ms >= 0)
        fake_closed(client->fake, TN_ERROR_TRANSIENT, TN_CAUSE_REFUSED);
    else
        let_in(client);
}

/* The world --------------------------------------------------------------------------------------
 */

static void client_init(Client *client, Storm *storm, guint32 seed)
{
    static const TnSessionConfig config = {
        .servers = "one.example",
        .use_tls = TRUE,
        .api_key = "KEY",
        .login = "alice",
        .password = "alice123",
        .agent = "Test/1.0",
        .resume_ms = RESUME_MS,
    };

    client->storm = storm;
    client->rand = g_rand_new_with_seed(seed);
    client->ui_at_ms = -1;
    client->fake = fake_transport_new();
    client->session =
        tn_session_new(&client->fake->base, &config, &storm_clock, &storm_events, client);
    tn_session_open(client->session);
}

/* All are up, then the server is away for so long. */
static Storm *storm_new(guint32 seed, gint64 away_ms)
{
    Storm *storm = g_new0(Storm, 1);

    storm->now_ms = 1000000;
    storm->began_ms = -1;
    storm->tries = g_array_new(FALSE, TRUE, sizeof(guint));
    storm->tenths = g_array_new(FALSE, TRUE, sizeof(guint));
    storm->arrived = g_array_new(FALSE, TRUE, sizeof(guint));
    storm->back_ms = G_MAXINT64;
    for (guint i = 0; i < N_CLIENTS; i++) {
        client_init(&storm->clients[i], storm, seed * N_CLIENTS + i);
        turn(&storm->clients[i]);
    }
    assert_int_equal(storm->n_up, N_CLIENTS);
    storm->now_ms += 3600000;
    storm->began_ms = storm->now_ms;
    storm->back_ms = storm->now_ms + away_ms;
    for (guint i = 0; i < N_CLIENTS; i++) {
        storm->clients[i].tried_at_ms = storm->now_ms;
        fake_closed(storm->clients[i].fake, TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    }
    assert_int_equal(storm->n_up, 0);
    return storm;
}

static void storm_free(Storm *storm)
{
    for (guint i = 0; i < N_CLIENTS; i++) {
        Client *client = &storm->clients[i];

        tn_session_free(client->session);
        fake_transport_destroy(client->fake);
        g_rand_free(client->rand);
    }
    g_array_free(storm->tries, TRUE);
    g_array_free(storm->tenths, TRUE);
    g_array_free(storm->arrived, TRUE);
    g_free(storm);
}

static gint64 due_at(const Client *client)
{
    gint64 at_ms = client->fake->deadline_ms;

    if (client->ui_at_ms >= 0 && (at_ms < 0 || client->ui_at_ms < at_ms))
        at_ms = client->ui_at_ms;
    return at_ms;
}

/* Until all are back. */
static void storm_run(Storm *storm)
{
    while (storm->n_up < N_CLIENTS) {
        gint64 next_ms = G_MAXINT64;

        for (guint i = 0; i < N_CLIENTS; i++) {
            gint64 at_ms = due_at(&storm->clients[i]);

            if (at_ms >= 0)
                next_ms = MIN(next_ms, at_ms);
        }
        assert_true(next_ms < G_MAXINT64); /* nobody is forgotten */
        storm->now_ms = MAX(storm->now_ms, next_ms);
        for (guint i = 0; i < N_CLIENTS; i++) {
            gint64 at_ms = due_at(&storm->clients[i]);

            if (at_ms >= 0 && at_ms <= storm->now_ms)
                turn(&storm->clients[i]);
        }
    }
}

static guint peak(const GArray *counts, guint from, guint to)
{
    guint most = 0;

    for (guint i = from; i < to; i++)
        most = MAX(most, counted(counts, i));
    return most;
}

static double mean(const GArray *counts, guint from, guint to)
{
    guint sum = 0;

    for (guint i = from; i < to; i++)
        sum += counted(counts, i);
    return (double)sum / (to - from);
}

/* Tests ------------------------------------------------------------------------------------------
 */

/* A bin of so many at the mean holds more than this once in a billion bins (normal; generous). */
static double bound(double expected)
{
    double root = 1;

    while (root * root < expected)
        root += 0.1;
    return expected + 6 * root + 6;
}

static void storm__five_minutes_away__comes_back_without_bursts(void **state)
{
    Storm *storm = storm_new(1, 300000);
    /* With the ceiling reached a client tries once in a mean delay; no second may hold much more
     * than all of them do in one. */
    double steady = N_CLIENTS * 2000.0 / (TN_BACKOFF_MIN_MS + TN_BACKOFF_CAP_MS);

    (void)state;
    storm_run(storm);
    /* The first delay is spread over its time, and the second one over a longer one. */
    assert_true(peak(storm->tenths, 0, 5) <= bound(N_CLIENTS * 100.0 / TN_BACKOFF_FIRST_MS));
    assert_true(peak(storm->tries, 0, 60) <= N_CLIENTS * 3 / 4);
    /* Later ones: at most what a second of the delay's own spread can hold. */
    assert_true(peak(storm->tries, 30, 60) <= bound(steady));
    assert_true(mean(storm->tries, 30, 60) > steady / 2);
    for (guint i = 0; i < N_CLIENTS; i++) {
        assert_true(storm->clients[i].n_tries >= RESUME_MS / TN_BACKOFF_CAP_MS);
        assert_true(storm->clients[i].n_tries <= RESUME_MS / TN_BACKOFF_MIN_MS);
    }
    assert_true(storm->longest_gap_ms <= TN_BACKOFF_CAP_MS);
    /* All gave up in one instant; the UIs spread them. */
    assert_true(peak(storm->tries, 61, 300) <=
                bound(N_CLIENTS * 1000.0 / (UI_FIRST_MAX_MS - UI_FIRST_MIN_MS)));
    /* The server is back: nobody waited for that moment. */
    assert_true(peak(storm->arrived, 300, storm->arrived->len) <=
                bound(N_CLIENTS * 1000.0 / (UI_FIRST_MAX_MS - UI_FIRST_MIN_MS) / 2));
    assert_true(storm->last_up_ms - storm->back_ms <= UI_CAP_MS);
    storm_free(storm);
}

/* A server that was restarted: everybody is back by himself, and not all in one second. */
static void storm__restart__comes_back_within_the_cap(void **state)
{
    Storm *storm = storm_new(2, 20000);

    (void)state;
    storm_run(storm);
    assert_true(storm->last_up_ms - storm->back_ms <= TN_BACKOFF_CAP_MS);
    assert_true(peak(storm->arrived, 20, storm->arrived->len) <= bound(N_CLIENTS / 7.0));
    storm_free(storm);
}

/* The same seconds from other seeds: the test would notice clients that share their chance. */
static void storm__chance__is_each_clients_own(void **state)
{
    Storm *storm = storm_new(3, 5000);
    g_autoptr(GHashTable) moments = g_hash_table_new(g_int64_hash, g_int64_equal);

    (void)state;
    storm_run(storm);
    for (guint i = 0; i < N_CLIENTS; i++)
        g_hash_table_add(moments, &storm->clients[i].tried_at_ms);
    assert_true(g_hash_table_size(moments) > N_CLIENTS / 2);
    storm_free(storm);
}

static void bar(guint n, guint scale)
{
    for (guint i = 0; i < (n + scale - 1) / scale; i++)
        putchar('#');
    putchar('\n');
}

static void print(gint64 away_ms, guint step_s)
{
    Storm *storm = storm_new(1, away_ms);

    storm_run(storm);
    printf("%d clients lose a server that is away for %d s: connections it sees\n", N_CLIENTS,
           (int)(away_ms / 1000));
    printf("%8s %10s %10s %10s\n", "second", "in all", "worst 1 s", "let in");
    for (guint from = 0; from < storm->tries->len; from += step_s) {
        guint in = 0, all = 0;

        for (guint s = from; s < from + step_s; s++) {
            in += counted(storm->arrived, s);
            all += counted(storm->tries, s);
        }
        printf("%8u %10u %10u %10u  ", from, all, peak(storm->tries, from, from + step_s), in);
        bar(all, 25 * step_s);
    }
    printf("the last one is back %.1f s after the server\n\n",
           (double)(storm->last_up_ms - storm->back_ms) / 1000);
    storm_free(storm);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(storm__five_minutes_away__comes_back_without_bursts),
        cmocka_unit_test(storm__restart__comes_back_within_the_cap),
        cmocka_unit_test(storm__chance__is_each_clients_own),
    };

    if (argc == 2 && strcmp(argv[1], "--histogram") == 0) {
        print(20000, 1);
        print(300000, 15);
        return 0;
    }
    return cmocka_run_group_tests_name("storm", tests, NULL, NULL);
}
