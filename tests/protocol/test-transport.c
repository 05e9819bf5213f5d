/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-transport.c: the transport over libwebsockets in a loop that is not its own: frames of all
 * sizes both ways, floods, and being closed or freed inside anything that it tells. Each test runs
 * plain and over TLS.
 */
#include "support-client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "protocol/tn-wire.h"

#define FLOOD_FRAMES 100000

typedef struct {
    Peer *peer;
    Client *client;
    gboolean use_tls;
} Fixture;

static char *certs; /* folder */
static char *ca_file;

static int setup_all(void **state)
{
    const char *argv[] = {TEST_DATA_DIR "/../protocol/support-certs.sh", NULL, NULL};
    int status = -1;

    (void)state;
    certs = g_dir_make_tmp("tinode-certs-XXXXXX", NULL);
    argv[1] = certs;
    if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status,
                      NULL) ||
        status != 0)
        return -1;
    ca_file = g_build_filename(certs, "ca.pem", NULL);
    /* The program must do without it; see transport__ignores_http_proxy__of_the_environment. */
    g_setenv("http_proxy", "http://127.0.0.1:9", TRUE);
    return 0;
}

static int teardown_all(void **state)
{
    GDir *dir = g_dir_open(certs, 0, NULL);
    const char *name;

    (void)state;
    end_idle_threads();
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(certs, name, NULL);

        remove(path);
    }
    g_dir_close(dir);
    remove(certs);
    g_free(certs);
    g_free(ca_file);
    return 0;
}

static int setup(void **state, gboolean use_tls)
{
    Fixture *f = g_new0(Fixture, 1);
    g_autofree char *good = g_build_filename(certs, "good.pem", NULL);

    f->use_tls = use_tls;
    f->peer = peer_new("127.0.0.1", use_tls ? good : NULL);
    f->client = client_new();
    f->client->data = f;
    f->peer->user_data = f;
    tn_transport_lws_set_deadline(8000);
    *state = f;
    return 0;
}

static int setup_plain(void **state)
{
    return setup(state, FALSE);
}

static int setup_tls(void **state)
{
    return setup(state, TRUE);
}

static int teardown(void **state)
{
    Fixture *f = *state;

    client_free(f->client);
    peer_free(f->peer);
    settle();
    g_free(f);
    return 0;
}

static void begin(Fixture *f)
{
    client_open(f->client, "127.0.0.1", f->peer->port, f->use_tls, ca_file);
}

static void connect_to_peer(Fixture *f)
{
    guint before = f->client->n_opened;

    begin(f);
    WAIT(f->client->n_opened == before + 1 || f->client->n_closed > 0);
    if (f->client->n_closed > 0)
        fail_msg("%s: %s", tn_cause_name(f->client->cause), f->client->detail);
}

static void transport__asks_for_the_right_url__when_opened(void **state)
{
    Fixture *f = *state;
    g_autofree char *host = g_strdup_printf("Host: 127.0.0.1:%u\r\n", f->peer->port);

    connect_to_peer(f);
    assert_ptr_equal(
        f->peer->request,
        strstr(f->peer->request, "GET /v0/channels?apikey=secret%2Fkey%3D HTTP/1.1\r\n"));
    assert_non_null(strstr(f->peer->request, host));
    assert_null(strstr(f->peer->request, "Sec-WebSocket-Extensions"));
    assert_null(strstr(f->peer->request, "Sec-WebSocket-Protocol"));
}

static void echo(PeerConn *conn, const char *text, gsize length, gpointer user_data)
{
    (void)user_data;
    peer_send(conn, PEER_TEXT | PEER_FIN, text, length);
}

static void check_number(Client *client)
{
    guint64 number = g_ascii_strtoull(client->last->str, NULL, 10);

    assert_int_equal(number, client->n_received);
}

static void transport__carries_frames_in_order__both_ways(void **state)
{
    Fixture *f = *state;
    const TnTransportCounters *counters;
    guint64 bytes = 0;

    f->peer->on_text = echo;
    f->client->on_received = check_number;
    connect_to_peer(f);
    for (int i = 1; i <= 1000; i++) {
        g_autofree char *text = g_strdup_printf("%d", i);

        bytes += strlen(text);
        assert_true(client_send(f->client, text));
    }
    WAIT(f->client->n_received == 1000);
    counters = tn_transport_counters(f->client->transport);
    assert_int_equal(counters->connects, 1);
    assert_int_equal(counters->frames_out, 1000);
    assert_int_equal(counters->frames_in, 1000);
    assert_int_equal(counters->bytes_out, bytes);
    assert_int_equal(counters->bytes_in, bytes);
}

static void transport__carries_large_frames__both_ways(void **state)
{
    Fixture *f = *state;
    g_autofree char *text = g_strnfill(3 * 1024 * 1024 + 7, 'x');

    f->peer->on_text = echo;
    connect_to_peer(f);
    memcpy(text + 1000000, "needle", 6);
    assert_true(client_send(f->client, text));
    WAIT(f->client->n_received == 1);
    assert_string_equal(f->client->last->str, text);
}

static void transport__joins_fragments__with_pings_between(void **state)
{
    Fixture *f = *state;
    g_autoptr(GString) whole = g_string_new(NULL);
    GByteArray *wire = g_byte_array_new();
    const gsize size = 1024 * 1024;
    guint pings = 0;

    for (gsize i = 0; i < size; i += 8)
        g_string_append_printf(whole, "%08" G_GSIZE_FORMAT, i);
    for (gsize at = 0; at < size;) {
        gsize piece = MIN(1 + at / 3, size - at);
        int flags = (at == 0 ? PEER_TEXT : PEER_CONTINUATION) | (at + piece == size ? PEER_FIN : 0);

        peer_put_frame(wire, flags, whole->str + at, piece);
        peer_put_frame(wire, PEER_PING | PEER_FIN, "alive?", 6);
        pings++;
        at += piece;
    }
    connect_to_peer(f);
    peer_send_bytes(peer_last(f->peer), wire);
    WAIT(f->client->n_received == 1);
    assert_int_equal(f->client->last->len, size);
    assert_string_equal(f->client->last->str, whole->str);
    /* One pong may answer several pings, the last one always. */
    WAIT(f->peer->n_pongs >= 1);
    assert_true(f->peer->n_pongs <= pings);
}

static void transport__takes_odd_frames__empty_binary_and_nul(void **state)
{
    Fixture *f = *state;

    connect_to_peer(f);
    peer_send(peer_last(f->peer), PEER_TEXT | PEER_FIN, "", 0);
    WAIT(f->client->n_received == 1);
    assert_int_equal(f->client->last->len, 0);

    peer_send(peer_last(f->peer), PEER_BINARY | PEER_FIN, "{}", 2);
    WAIT(f->client->n_received == 2);
    assert_string_equal(f->client->last->str, "{}");

    peer_send(peer_last(f->peer), PEER_TEXT | PEER_FIN, "a\0b", 3);
    WAIT(f->client->n_received == 3);
    assert_int_equal(f->client->last->len, 3);
    assert_memory_equal(f->client->last->str, "a\0b", 4);

    peer_send(peer_last(f->peer), PEER_TEXT, "head", 4);
    peer_send(peer_last(f->peer), PEER_CONTINUATION, "", 0);
    peer_send(peer_last(f->peer), PEER_CONTINUATION, "tail", 4);
    peer_send(peer_last(f->peer), PEER_CONTINUATION | PEER_FIN, "", 0);
    WAIT(f->client->n_received == 4);
    assert_string_equal(f->client->last->str, "headtail");
}

static void transport__takes_a_frame__at_the_ceiling(void **state)
{
    Fixture *f = *state;
    g_autofree char *text = g_strnfill(TN_MAX_FRAME, 'y');

    connect_to_peer(f);
    peer_send(peer_last(f->peer), PEER_TEXT, text, TN_MAX_FRAME / 2);
    peer_send(peer_last(f->peer), PEER_CONTINUATION | PEER_FIN, text, TN_MAX_FRAME / 2);
    WAIT(f->client->n_received == 1);
    assert_int_equal(f->client->last->len, TN_MAX_FRAME);
}

static void transport__ends__frame_above_the_ceiling(void **state)
{
    Fixture *f = *state;
    g_autofree char *text = g_strnfill(TN_MAX_FRAME, 'y');

    connect_to_peer(f);
    peer_send(peer_last(f->peer), PEER_TEXT, text, TN_MAX_FRAME);
    peer_send(peer_last(f->peer), PEER_CONTINUATION | PEER_FIN, "z", 1);
    WAIT(f->client->n_closed == 1);
    assert_string_equal(tn_cause_name(f->client->cause), tn_cause_name(TN_CAUSE_TOO_LARGE));
    assert_int_equal(f->client->n_received, 0);
    WAIT(f->peer->n_ended == 1);
}

static void transport__ends_at_once__frame_announced_above_the_ceiling(void **state)
{
    Fixture *f = *state;
    GByteArray *bytes = g_byte_array_new();
    const guint8 head[] = {PEER_TEXT | PEER_FIN, 127, 0, 0, 0, 1, 0, 0, 0, 0, 'a', 'b'};

    /* libwebsockets tells of a frame when a buffer full of it has come. */
    g_byte_array_append(bytes, head, sizeof(head));
    g_byte_array_set_size(bytes, sizeof(head) + 20000);
    memset(bytes->data + sizeof(head), 'c', 20000);
    connect_to_peer(f);
    peer_send_bytes(peer_last(f->peer), bytes);
    WAIT(f->client->n_closed == 1);
    assert_string_equal(tn_cause_name(f->client->cause), tn_cause_name(TN_CAUSE_TOO_LARGE));
}

static void transport__bounds_its_queue__peer_does_not_read(void **state)
{
    Fixture *f = *state;
    g_autofree char *large = g_strnfill(1024 * 1024, 'q');
    guint n = 0;

    assert_false(client_send(f->client, "not open yet"));
    f->peer->is_deaf = TRUE;
    connect_to_peer(f);
    while (client_send(f->client, "small"))
        n++;
    assert_int_equal(n, 4096);
    WAIT(client_send(f->client, "small")); /* some have left */
    client_close(f->client, TRUE);

    connect_to_peer(f);
    for (n = 0; client_send(f->client, large); n++)
        ;
    assert_int_equal(n, 4);
    assert_true(client_send(f->client, "") == FALSE || n == 4);
    client_close(f->client, TRUE); /* does not wait for the peer */
    settle();
    assert_int_equal(f->client->n_closed, 0);
}

static void transport__gives_the_socket_up__close_at_once_with_much_unsent(void **state)
{
    Fixture *f = *state;
    g_autofree char *large = g_strnfill(4 * 1024 * 1024, 'q');
    guint descriptors;

    f->peer->is_deaf = TRUE;
    connect_to_peer(f);
    descriptors = count_descriptors();
    assert_true(client_send(f->client, large));
    WAIT(client_send(f->client, large)); /* libwebsockets has taken the first, the kernel cannot */
    client_close(f->client, FALSE);
    settle();
    assert_int_equal(count_descriptors(), descriptors - 1);
}

static void transport__says_goodbye__orderly_close(void **state)
{
    Fixture *f = *state;

    connect_to_peer(f);
    client_send(f->client, "leave");
    client_send(f->client, "this");
    client_send(f->client, "room");
    client_close(f->client, TRUE);
    assert_false(client_send(f->client, "closed"));
    WAIT(f->peer->n_ended == 1);
    assert_int_equal(f->peer->n_texts, 3);
    assert_int_equal(f->peer->close_code, 1000);
    assert_int_equal(f->client->n_closed, 0);
}

static void transport__says_nothing__close_at_once(void **state)
{
    Fixture *f = *state;

    connect_to_peer(f);
    client_send(f->client, "never mind");
    client_close(f->client, FALSE);
    WAIT(f->peer->n_ended == 1);
    assert_int_equal(f->peer->n_texts, 0);
    assert_int_equal(f->peer->close_code, -1);
    assert_int_equal(f->client->n_closed, 0);
}

/* Floods --------------------------------------------------------------------------------------- */

typedef struct {
    gint64 last_us, longest_us;
    gint64 last_cpu_us, longest_cpu_us; /* what a busy machine does not spoil */
    guint source;
} Ticker;

static gint64 cpu_us(void)
{
    struct timespec now;

    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now), 0);
    return (gint64)now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static gboolean on_tick(gpointer user_data)
{
    Ticker *ticker = user_data;
    gint64 now = g_get_monotonic_time(), cpu = cpu_us();

    ticker->longest_us = MAX(ticker->longest_us, now - ticker->last_us);
    ticker->longest_cpu_us = MAX(ticker->longest_cpu_us, cpu - ticker->last_cpu_us);
    ticker->last_us = now;
    ticker->last_cpu_us = cpu;
    return G_SOURCE_CONTINUE;
}

/* As urgent as a redraw is to GTK. */
static void ticker_start(Ticker *ticker)
{
    ticker->longest_us = ticker->longest_cpu_us = 0;
    ticker->last_us = g_get_monotonic_time();
    ticker->last_cpu_us = cpu_us();
    ticker->source = g_timeout_add_full(G_PRIORITY_HIGH_IDLE + 20, 1, on_tick, ticker, NULL);
}

static GByteArray *make_flood(guint n)
{
    GByteArray *wire = g_byte_array_new();

    for (guint i = 1; i <= n; i++) {
        char text[16];
        int length = g_snprintf(text, sizeof(text), "%u", i);

        peer_put_frame(wire, PEER_TEXT | PEER_FIN, text, (gsize)length);
    }
    return wire;
}

static void transport__lets_the_loop_turn__in_a_flood(void **state)
{
    Fixture *f = *state;
    GByteArray *wire = make_flood(FLOOD_FRAMES);
    Ticker ticker;
    gint64 began;

    f->client->on_received = check_number;
    connect_to_peer(f);
    ticker_start(&ticker);
    began = g_get_monotonic_time();
    peer_send_bytes(peer_last(f->peer), wire);
    peer_finish(peer_last(f->peer)); /* what was sent before the end must all arrive */
    WAIT(f->client->n_received == FLOOD_FRAMES || f->client->n_closed > 0);
    g_source_remove(ticker.source);
    assert_int_equal(f->client->n_received, FLOOD_FRAMES);
    WAIT(f->client->n_closed == 1);
    print_message("%d frames in %.0f ms, longest time without a turn of the loop %.1f ms\n",
                  FLOOD_FRAMES, (g_get_monotonic_time() - began) / 1e3, ticker.longest_us / 1e3);
    assert_true(is_slow_motion() || ticker.longest_cpu_us < 100 * 1000);
}

static void work_for_a_while(Client *client)
{
    gint64 until = g_get_monotonic_time() + 300;

    check_number(client);
    while (g_get_monotonic_time() < until)
        ;
}

static void transport__pauses_reading__slow_receiver(void **state)
{
    Fixture *f = *state;
    guint64 pauses = tn_transport_lws_pauses();
    Ticker ticker;

    f->client->on_received = work_for_a_while;
    connect_to_peer(f);
    ticker_start(&ticker);
    peer_send_bytes(peer_last(f->peer), make_flood(2000));
    WAIT(f->client->n_received == 2000);
    g_source_remove(ticker.source);
    print_message("longest time without a turn of the loop %.1f ms\n", ticker.longest_us / 1e3);
    assert_true(tn_transport_lws_pauses() > pauses);
    assert_true(is_slow_motion() || ticker.longest_cpu_us < 100 * 1000);
    peer_send(peer_last(f->peer), PEER_PING | PEER_FIN, NULL, 0);
    WAIT(f->peer->n_pongs == 1);
}

static gboolean on_busy(gpointer user_data)
{
    (void)user_data;
    return G_SOURCE_CONTINUE;
}

/* libwebsockets does part of its work from an idle source, which such a program never runs. */
static void transport__delivers_all__program_is_always_busy(void **state)
{
    Fixture *f = *state;
    guint busy = g_timeout_add_full(G_PRIORITY_HIGH_IDLE, 0, on_busy, NULL, NULL);

    f->client->on_received = work_for_a_while;
    connect_to_peer(f);
    peer_send_bytes(peer_last(f->peer), make_flood(1000));
    WAIT(f->client->n_received == 1000);
    g_source_remove(busy);
}

static void close_in_pause(Client *client)
{
    work_for_a_while(client);
    if (client->n_received == 100) /* 30 ms: reading was paused and resumed */
        client_close(client, FALSE);
}

static void transport__stays_closed__closed_in_a_flood(void **state)
{
    Fixture *f = *state;
    guint64 pauses = tn_transport_lws_pauses();

    f->client->on_received = work_for_a_while;
    connect_to_peer(f);
    peer_send_bytes(peer_last(f->peer), make_flood(5000));
    WAIT(tn_transport_lws_pauses() > pauses);
    client_close(f->client, FALSE); /* while it is paused */
    settle();
    f->client->n_received = 0;

    f->client->on_received = close_in_pause;
    connect_to_peer(f);
    peer_send_bytes(peer_last(f->peer), make_flood(5000));
    WAIT(f->client->n_received == 100);
    settle();
    assert_int_equal(f->client->n_received, 100);
    assert_int_equal(f->client->n_closed, 0);
}

/* Being closed inside events ------------------------------------------------------------------- */

static void do_close(Client *client)
{
    tn_transport_close(client->transport, FALSE);
}

static void do_orderly_close(Client *client)
{
    client_send(client, "bye");
    tn_transport_close(client->transport, TRUE);
}

static void do_free(Client *client)
{
    tn_transport_free(g_steal_pointer(&client->transport));
}

static void do_reopen(Client *client)
{
    Fixture *f = client->data;

    client->on_opened = client->on_received = client->on_closed = NULL;
    tn_transport_close(client->transport, FALSE);
    begin(f);
}

/* Into another context, while the old one is on the stack. */
static void do_reopen_otherwise(Client *client)
{
    Fixture *f = client->data;

    client->on_opened = client->on_received = client->on_closed = NULL;
    tn_transport_close(client->transport, FALSE);
    tn_transport_lws_set_deadline(100); /* a plain server waits for more of a TLS greeting */
    client_open(client, "127.0.0.1", f->peer->port, !f->use_tls, ca_file);
    tn_transport_lws_set_deadline(8000);
}

static void (*const actions[])(Client *) = {
    do_close, do_orderly_close, do_free, do_reopen, do_reopen_otherwise,
};

static void greet(PeerConn *conn, gpointer user_data)
{
    (void)user_data;
    peer_send_text(conn, "hello");
    peer_send_text(conn, "again");
}

static void do_in_event(Fixture *f, void (*action)(Client *), int event)
{
    Client *client = f->client = client_new();

    client->data = f;
    f->peer->on_open = greet;
    f->peer->mode = event == 2 ? PEER_CLOSE_ON_ACCEPT : PEER_WEBSOCKET;
    client->on_opened = event == 0 ? action : NULL;
    client->on_received = event == 1 ? action : NULL;
    client->on_closed = event == 2 ? action : NULL;
    begin(f);
    WAIT((event == 0 && client->n_opened == 1) || (event == 1 && client->n_received == 1) ||
         (event == 2 && client->n_closed == 1));
    if (action == do_reopen && event < 2) {
        WAIT(client->n_opened == 2);
    } else if (action == do_reopen || action == do_reopen_otherwise) {
        WAIT(client->n_closed == (event == 2 ? 2 : 1));
    } else {
        settle();
        assert_int_equal(client->n_opened, event == 2 ? 0 : 1);
        assert_int_equal(client->n_received, event == 1 ? 1 : 0);
        assert_int_equal(client->n_closed, event == 2 ? 1 : 0);
    }
    client_free(client);
    WAIT(f->peer->conns->len == 0);
}

static void transport__survives__being_closed_inside_each_event(void **state)
{
    Fixture *f = *state;
    Client *unused = f->client;

    for (guint a = 0; a < G_N_ELEMENTS(actions); a++) {
        for (int event = 0; event < 3; event++)
            do_in_event(f, actions[a], event);
    }
    f->client = unused;
}

static void transport__leaves_nothing__closed_in_each_phase(void **state)
{
    Fixture *f = *state;

    /* After so many turns of the loop it is in all phases once, whatever they are. */
    for (int turns = 0; turns < 40; turns++) {
        begin(f);
        for (int i = 0; i < turns; i++)
            g_main_context_iteration(NULL, FALSE);
        client_close(f->client, turns % 2 == 0);
    }
    settle();
    assert_int_equal(f->client->n_closed, 0);
    WAIT(f->peer->conns->len == 0);
}

static gboolean on_ready(gpointer user_data)
{
    client_drop(user_data);
    return G_SOURCE_REMOVE;
}

static gboolean call_back(GSource *source, GSourceFunc callback, gpointer user_data)
{
    (void)source;
    return callback(user_data);
}

/* GLib has found the socket readable and will tell libwebsockets, whose context is gone by then. */
static void transport__survives__freed_while_there_is_something_to_read(void **state)
{
    static GSourceFuncs functions = {.dispatch = call_back};
    Fixture *f = *state;

    for (int i = 0; i < 10; i++) {
        GSource *source = g_source_new(&functions, sizeof(GSource));

        g_source_set_callback(source, on_ready, f->client, NULL);
        g_source_attach(source, NULL); /* before libwebsockets' sources, of the same priority */
        connect_to_peer(f);
        settle();
        peer_send_text(peer_last(f->peer), "too late");
        g_source_set_ready_time(source, 0);
        WAIT(f->client->transport == NULL);
        g_source_unref(source);
        settle();
        assert_int_equal(f->client->n_received, 0);
        f->client->transport = tn_transport_lws_new();
    }
}

/* Keeping house -------------------------------------------------------------------------------- */

static void transport__keeps_one_context__over_many_connections(void **state)
{
    Fixture *f = *state;
    guint made = tn_transport_lws_contexts_made();
    guint descriptors = 0;

    for (int i = 0; i < 100; i++) {
        connect_to_peer(f);
        if (i % 2 == 0) {
            client_close(f->client, i % 4 == 0);
        } else {
            peer_finish(peer_last(f->peer));
            WAIT(f->client->n_closed == 1);
            f->client->n_closed = 0;
        }
        WAIT(f->peer->conns->len == 0);
        settle();
        if (i == 9)
            descriptors = count_descriptors();
    }
    assert_int_equal(tn_transport_lws_contexts_made(), made + 1);
    WAIT(count_descriptors() <= descriptors);
}

static void transport__leaves_no_descriptor__made_and_freed(void **state)
{
    Fixture *f = *state;
    guint descriptors = 0;

    for (int i = 0; i < 20; i++) {
        connect_to_peer(f);
        client_drop(f->client);
        f->client->transport = tn_transport_lws_new();
        WAIT(f->peer->conns->len == 0);
        settle();
        if (i == 4)
            descriptors = count_descriptors();
    }
    WAIT(count_descriptors() <= descriptors);
}

static void transport__sleeps__when_open_and_idle(void **state)
{
    Fixture *f = *state;
    GMainContext *context = g_main_context_default();
    GPollFD fds[64];
    int priority, timeout = 0;

    connect_to_peer(f);
    settle();
    assert_true(g_main_context_acquire(context));
    g_main_context_prepare(context, &priority);
    g_main_context_query(context, G_MAXINT, &timeout, fds, G_N_ELEMENTS(fds));
    g_main_context_release(context);
    print_message("the next timer is due in %d ms\n", timeout);
    assert_true(timeout == -1 || timeout > 15000);
}

static void transport__ignores_http_proxy__of_the_environment(void **state)
{
    assert_non_null(g_getenv("http_proxy"));
    connect_to_peer(*state);
}

static void collect_line(const char *line, gboolean is_error, gpointer user_data)
{
    (void)is_error;
    g_string_append_printf(user_data, "%s\n", line);
}

static void transport__logs_no_key__whatever_happens(void **state)
{
    Fixture *f = *state;
    g_autoptr(GString) lines = g_string_new(NULL);

    tn_transport_lws_set_log(collect_line, lines);
    f->peer->mode = PEER_ANSWER;
    f->peer->answer = "HTTP/1.1 301 Moved\r\nLocation: x\r\nContent-Length: 0\r\n\r\n";
    begin(f);
    WAIT(f->client->n_closed == 1);
    f->peer->mode = PEER_GARBAGE;
    f->peer->answer = "\x01\x02\x03 not HTTP\r\n\r\n";
    begin(f);
    WAIT(f->client->n_closed == 2);
    tn_transport_lws_set_log(NULL, NULL);
    assert_null(strstr(lines->str, "secret"));
}

static void transport__speaks_ascii__international_name(void **state)
{
    Fixture *f = *state;

    fake_resolver_install();
    fake_resolver_add("xn--bcher-kva.test", (const char *[]){"127.0.0.1", NULL});
    client_open(f->client,
                "b\xc3\xbc"
                "cher.test",
                f->peer->port, FALSE, NULL);
    WAIT(f->client->n_opened + f->client->n_closed == 1);
    fake_resolver_remove();
    if (!f->use_tls)
        assert_non_null(strstr(f->peer->request, "Host: xn--bcher-kva.test:"));
}

static void transport__needs_no_lookup__numeric_address(void **state)
{
    Fixture *f = *state;

    fake_resolver_install();
    connect_to_peer(f);
    assert_int_equal(fake_resolver_lookups(), 0);
    fake_resolver_remove();
}

static void transport__connects__ipv6_literal(void **state)
{
    Fixture *f = *state;
    Peer *peer = peer_new("::1", NULL);
    g_autofree char *host = g_strdup_printf("Host: [::1]:%u\r\n", peer->port);

    client_open(f->client, "::1", peer->port, FALSE, NULL);
    WAIT(f->client->n_opened + f->client->n_closed == 1);
    assert_int_equal(f->client->n_opened, 1);
    assert_non_null(strstr(peer->request, host));
    client_close(f->client, FALSE);
    peer_free(peer);
}

int main(void)
{
#define BOTH(test)                                                                                 \
    {#test " (plain)", test, setup_plain, teardown, NULL},                                         \
    {                                                                                              \
#test " (TLS)", test, setup_tls, teardown, NULL                                            \
    }
    const struct CMUnitTest tests[] = {
        BOTH(transport__asks_for_the_right_url__when_opened),
        BOTH(transport__carries_frames_in_order__both_ways),
        BOTH(transport__carries_large_frames__both_ways),
        BOTH(transport__joins_fragments__with_pings_between),
        BOTH(transport__takes_odd_frames__empty_binary_and_nul),
        BOTH(transport__takes_a_frame__at_the_ceiling),
        BOTH(transport__ends__frame_above_the_ceiling),
        BOTH(transport__ends_at_once__frame_announced_above_the_ceiling),
        BOTH(transport__bounds_its_queue__peer_does_not_read),
        BOTH(transport__gives_the_socket_up__close_at_once_with_much_unsent),
        BOTH(transport__says_goodbye__orderly_close),
        BOTH(transport__says_nothing__close_at_once),
        BOTH(transport__lets_the_loop_turn__in_a_flood),
        BOTH(transport__pauses_reading__slow_receiver),
        BOTH(transport__delivers_all__program_is_always_busy),
        BOTH(transport__stays_closed__closed_in_a_flood),
        BOTH(transport__survives__being_closed_inside_each_event),
        BOTH(transport__survives__freed_while_there_is_something_to_read),
        BOTH(transport__leaves_nothing__closed_in_each_phase),
        BOTH(transport__keeps_one_context__over_many_connections),
        BOTH(transport__leaves_no_descriptor__made_and_freed),
        BOTH(transport__sleeps__when_open_and_idle),
        BOTH(transport__ignores_http_proxy__of_the_environment),
        BOTH(transport__logs_no_key__whatever_happens),
        BOTH(transport__speaks_ascii__international_name),
        BOTH(transport__needs_no_lookup__numeric_address),
        cmocka_unit_test_setup_teardown(transport__connects__ipv6_literal, setup_plain, teardown),
    };

    return cmocka_run_group_tests_name("transport", tests, setup_all, teardown_all);
}
