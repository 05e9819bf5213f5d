/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-transport-dialer.c: the transport over streams that its host makes: nothing goes around the
 * dialer, certificates are checked as ever, every phase can end. The dialer of these tests connects
 * to the peer as a proxy would, by an address that the transport does not know.
 */
#include "support-client.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define NAME         "tinode.test" /* in the certificate; nobody resolves it */
#define FLOOD_FRAMES 20000
#define FLOOD_BURST  2000 /* the peer waits for "more" after so many */
#define FLOOD_BYTES  1000

typedef enum {
    DIAL_CONNECT,
    DIAL_FAIL,
    DIAL_HANG,
} DialMode;

struct _TnDial {
    guint source;
    TnDialDone done;
    gpointer user_data;
    struct Fixture *fixture;
};

typedef struct Fixture {
    Peer *peer;
    Client *client;
    gboolean use_tls;
    DialMode mode;
    gboolean is_needed;
    guint n_asked, n_dials, n_cancels;
    char *host;
    guint16 port;
    gsize n_got; /* frames that the peer got */
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
    fake_resolver_install();
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
    fake_resolver_remove();
    return 0;
}

/* The dialer ---------------------------------------------------------------------------------- */

static int connect_to(guint16 port)
{
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&where, sizeof(where)), 0);
    return fd;
}

static gboolean on_dial(gpointer user_data)
{
    TnDial *dial = user_data;
    Fixture *f = dial->fixture;
    const TnFailure why = {.cause = TN_CAUSE_PROXY, .code = 407, .detail = "no"};
    TnDialDone done = dial->done;
    gpointer data = dial->user_data;

    g_free(dial);
    if (f->mode == DIAL_FAIL)
        done(-1, &why, data);
    else
        done(connect_to(f->peer->port), NULL, data);
    return G_SOURCE_REMOVE;
}

static gboolean is_needed(const char *host, guint16 port, gpointer data)
{
    Fixture *f = data;

    f->n_asked++;
    g_free(f->host);
    f->host = g_strdup(host);
    f->port = port;
    return f->is_needed;
}

static TnDial *dial(const char *host, guint16 port, TnDialDone done, gpointer user_data,
                    gpointer data)
{
    Fixture *f = data;
    TnDial *self = g_new0(TnDial, 1);

    assert_string_equal(host, f->host);
    assert_int_equal(port, f->port);
    f->n_dials++;
    self->fixture = f;
    self->done = done;
    self->user_data = user_data;
    if (f->mode != DIAL_HANG)
        self->source = g_idle_add(on_dial, self);
    return self;
}

static void cancel(TnDial *self)
{
    self->fixture->n_cancels++;
    if (self->source != 0)
        g_source_remove(self->source);
    g_free(self);
}

/* Life ----------------------------------------------------------------------------------------- */

static int setup(void **state, gboolean use_tls)
{
    Fixture *f = g_new0(Fixture, 1);
    TnDialer dialer = {is_needed, dial, cancel, f};
    g_autofree char *good = g_build_filename(certs, "good.pem", NULL);

    f->use_tls = use_tls;
    f->is_needed = TRUE;
    f->peer = peer_new("127.0.0.1", use_tls ? good : NULL);
    f->peer->user_data = f;
    f->client = client_new();
    f->client->data = f;
    tn_transport_lws_set_dialer(f->client->transport, &dialer);
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
    g_free(f->host);
    g_free(f);
    return 0;
}

static void begin(Fixture *f)
{
    f->client->n_opened = f->client->n_closed = 0;
    client_open(f->client, NAME, 6060, f->use_tls, ca_file);
}

static void open_it(Fixture *f)
{
    begin(f);
    WAIT(f->client->n_opened + f->client->n_closed > 0);
    if (f->client->n_opened == 0)
        fail_msg("%s: %s", tn_cause_name(f->client->cause), f->client->detail);
}

static void assert_end(Fixture *f, TnCause cause)
{
    WAIT(f->client->n_closed > 0);
    settle();
    assert_int_equal(f->client->n_closed, 1);
    assert_string_equal(tn_cause_name(f->client->cause), tn_cause_name(cause));
}

/* Tests ---------------------------------------------------------------------------------------- */

static void count_text(PeerConn *conn, const char *text, gsize length, gpointer user_data)
{
    (void)conn;
    (void)text;
    (void)length;
    ((Fixture *)user_data)->n_got++;
}

static void dialer__makes_the_connection__name_is_not_resolved_here(void **state)
{
    Fixture *f = *state;
    guint n_lookups = fake_resolver_lookups();

    f->peer->on_text = count_text;
    open_it(f);
    assert_int_equal(f->n_dials, 1);
    assert_string_equal(f->host, NAME);
    assert_int_equal(f->port, 6060);
    assert_int_equal(fake_resolver_lookups(), n_lookups);
    assert_true(client_send(f->client, "there"));
    WAIT(f->n_got == 1);
    peer_send_text(peer_last(f->peer), "and back");
    WAIT(f->client->n_received == 1);
    assert_string_equal(f->client->last->str, "and back");
    if (!f->use_tls)
        assert_non_null(strstr(f->peer->request, "Host: " NAME ":6060"));
    assert_int_equal(f->peer->n_accepted, 1);
}

static void dialer__is_not_used__where_it_is_not_needed(void **state)
{
    Fixture *f = *state;

    f->is_needed = FALSE;
    client_open(f->client, "127.0.0.1", f->peer->port, f->use_tls, ca_file);
    WAIT(f->client->n_opened == 1);
    assert_int_equal(f->n_asked, 1);
    assert_int_equal(f->n_dials, 0);
}

static void dialer__is_asked_anew__at_each_connection(void **state)
{
    Fixture *f = *state;
    guint n_sockets = count_sockets(), before;

    open_it(f);
    client_close(f->client, TRUE);
    WAIT(f->peer->n_ended == f->peer->n_accepted);
    before = count_rest(n_sockets);
    for (guint i = 0; i < 20; i++) {
        open_it(f);
        client_close(f->client, i % 2 == 0);
        WAIT(f->peer->n_ended == f->peer->n_accepted);
        settle();
    }
    assert_int_equal(f->n_dials, 21);
    assert_int_equal(f->peer->n_opened, 21);
    assert_int_equal(count_rest(n_sockets), before);
    assert_int_equal(tn_transport_lws_contexts(), 1);
}

static void dialer__fails__its_cause_is_told_and_nothing_else_is_tried(void **state)
{
    Fixture *f = *state;
    guint n_lookups = fake_resolver_lookups();

    f->mode = DIAL_FAIL;
    client_open(f->client, "127.0.0.1", f->peer->port, f->use_tls, ca_file);
    assert_end(f, TN_CAUSE_PROXY);
    assert_string_equal(tn_error_name(f->client->error), tn_error_name(TN_ERROR_TRANSIENT));
    assert_int_equal(f->client->code, 407);
    assert_string_equal(f->client->detail, "no");
    assert_int_equal(f->peer->n_accepted, 0);
    assert_int_equal(fake_resolver_lookups(), n_lookups);
}

static void dialer__hangs__deadline_strikes_and_cancels(void **state)
{
    Fixture *f = *state;

    f->mode = DIAL_HANG;
    tn_transport_lws_set_deadline(100);
    begin(f);
    assert_end(f, TN_CAUSE_PROXY);
    assert_int_equal(f->n_cancels, 1);
}

static void dialer__server_is_silent__deadline_strikes(void **state)
{
    Fixture *f = *state;

    f->peer->mode = PEER_SILENT;
    tn_transport_lws_set_deadline(300);
    begin(f);
    assert_end(f, TN_CAUSE_TIMEOUT);
    assert_int_equal(f->n_cancels, 0);
}

static void dialer__server_closes_at_once__is_told_as_ever(void **state)
{
    Fixture *f = *state;

    f->peer->mode = PEER_CLOSE_ON_ACCEPT;
    begin(f);
    assert_end(f, TN_CAUSE_CLOSED);
}

static void dialer__odd_answers__are_told_as_ever(void **state)
{
    static const struct {
        PeerMode mode;
        const char *answer;
        TnCause cause;
    } rows[] = {
        {PEER_ANSWER, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", TN_CAUSE_API_KEY},
        {PEER_ANSWER, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", TN_CAUSE_NOT_WEBSOCKET},
        {PEER_ANSWER, "HTTP/1.1 302 Found\r\nLocation: http://portal.test/\r\n\r\n",
         TN_CAUSE_NOT_WEBSOCKET},
        {PEER_ANSWER, "HTTP/1.1 101 Switching Proto", TN_CAUSE_CLOSED},
        {PEER_RESET, NULL, TN_CAUSE_CLOSED},
    };
    Fixture *f = *state;

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        f->peer->mode = rows[i].mode;
        f->peer->answer = rows[i].answer;
        begin(f);
        assert_end(f, rows[i].cause);
    }
}

static void dialer__link_is_cut__is_told(void **state)
{
    Fixture *f = *state;

    open_it(f);
    peer_reset(peer_last(f->peer));
    assert_end(f, TN_CAUSE_CLOSED);
    open_it(f);
    peer_finish(peer_last(f->peer));
    assert_end(f, TN_CAUSE_CLOSED);
}

static void dialer__certificate_is_checked__against_the_name(void **state)
{
    Fixture *f = *state;

    client_open(f->client, "other.test", 6060, TRUE, ca_file);
    assert_end(f, TN_CAUSE_TLS_WRONG_HOST);
    f->client->n_closed = 0;
    client_open(f->client, NAME, 6060, TRUE, NULL);
    assert_end(f, TN_CAUSE_TLS_UNKNOWN_CA);
    assert_int_equal(f->client->n_opened, 0);
}

static void dialer__server_speaks_no_tls__is_told(void **state)
{
    Fixture *f = *state;

    f->peer->mode = PEER_GARBAGE;
    f->peer->answer = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nnot HTTP";
    f->use_tls = TRUE;
    begin(f);
    assert_end(f, TN_CAUSE_NOT_TLS);
}

static void dialer__closed_in_each_phase__leaves_nothing(void **state)
{
    Fixture *f = *state;
    guint n_sockets = count_sockets(), before;

    open_it(f);
    client_close(f->client, TRUE);
    WAIT(f->peer->n_ended == f->peer->n_accepted);
    before = count_rest(n_sockets);
    /* Each time one turn of the loop later than before. */
    for (guint turns = 0; turns < 60; turns++) {
        begin(f);
        for (guint i = 0; i < turns; i++)
            g_main_context_iteration(NULL, FALSE);
        client_close(f->client, turns % 2 == 0);
        settle();
        WAIT(f->peer->n_ended == f->peer->n_accepted);
        assert_int_equal(f->client->n_closed, 0);
    }
    assert_int_equal(count_rest(n_sockets), before);
}

static void close_it(Client *client)
{
    client_close(client, TRUE);
}

static void free_it(Client *client)
{
    client_drop(client);
}

static void dialer__closed_or_freed_inside_events__survives(void **state)
{
    Fixture *f = *state;

    f->client->on_opened = close_it;
    open_it(f);
    f->client->on_opened = NULL;
    f->client->on_received = close_it;
    open_it(f);
    peer_send_text(peer_last(f->peer), "close");
    WAIT(f->client->n_received == 1);
    settle();
    open_it(f);
    f->client->on_received = free_it;
    peer_send_text(peer_last(f->peer), "free");
    WAIT(f->client->n_received == 2);
    assert_null(f->client->transport);
}

static void dialer__orderly_close__what_was_queued_leaves(void **state)
{
    Fixture *f = *state;

    f->peer->on_text = count_text;
    open_it(f);
    for (guint i = 0; i < 10; i++)
        assert_true(client_send(f->client, "queued"));
    client_close(f->client, TRUE);
    WAIT(f->peer->n_ended == 1);
    assert_int_equal(f->n_got, 10);
    assert_int_equal(f->peer->close_code, 1000);
}

/* A peer in a process of its own, that the loop here has only the client's work. */

static void flood(PeerConn *conn, gpointer user_data)
{
    g_autofree char *text = g_strnfill(FLOOD_BYTES, 'x');
    GByteArray *bytes = g_byte_array_new();

    (void)user_data;
    for (guint i = 0; i < FLOOD_BURST; i++)
        peer_put_frame(bytes, PEER_TEXT | PEER_FIN, text, FLOOD_BYTES);
    peer_send_bytes(conn, bytes);
}

static void count_flood(PeerConn *conn, const char *text, gsize length, gpointer user_data)
{
    guint *n_got = user_data;

    if (strcmp(text, "more") == 0)
        flood(conn, NULL);
    else if (length == FLOOD_BYTES && ++*n_got == FLOOD_FRAMES)
        peer_send_text(conn, "all");
}

static gboolean on_stdin(gint fd, GIOCondition condition, gpointer user_data)
{
    (void)fd;
    (void)condition;
    *(gboolean *)user_data = TRUE;
    return G_SOURCE_REMOVE;
}

/* The other process: tells its port, and ends when nobody is interested any more. */
static int be_peer(const char *certificate)
{
    Peer *peer = peer_new("127.0.0.1", *certificate != '\0' ? certificate : NULL);
    gboolean is_over = FALSE;
    guint n_got = 0;

    peer->on_open = flood;
    peer->on_text = count_flood;
    peer->user_data = &n_got;
    g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP, on_stdin, &is_over);
    printf("%u\n", peer->port);
    fflush(stdout);
    while (!is_over)
        g_main_context_iteration(NULL, TRUE);
    peer_free(peer);
    return 0;
}

typedef struct {
    GPid pid;
    int to, from;
} Other;

static guint16 start_other(Other *other, gboolean use_tls)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    /* The leak checker crashes where threads of a TLS server have been; this is not its subject. */
    g_auto(GStrv) environment =
        g_environ_setenv(g_get_environ(), "ASAN_OPTIONS", "detect_leaks=0", TRUE);
    g_autofree char *good = g_build_filename(certs, "good.pem", NULL);
    char *argv[] = {self, (char *)"--peer", use_tls ? good : (char *)"", NULL};
    char line[16] = "";
    ssize_t n;

    assert_true(g_spawn_async_with_pipes(NULL, argv, environment, G_SPAWN_DO_NOT_REAP_CHILD, NULL,
                                         NULL, &other->pid, &other->to, &other->from, NULL, NULL));
    n = read(other->from, line, sizeof(line) - 1);
    assert_true(n > 0);
    return (guint16)g_ascii_strtoull(line, NULL, 10);
}

static void stop_other(const Other *other)
{
    int status = -1;

    close(other->to);
    close(other->from);
    assert_int_equal(waitpid(other->pid, &status, 0), other->pid);
    assert_int_equal(status, 0);
}

static gboolean on_idle(gpointer user_data)
{
    (*(guint *)user_data)++;
    return G_SOURCE_CONTINUE;
}

static gboolean on_below(gpointer user_data)
{
    (*(guint *)user_data)++;
    return G_SOURCE_REMOVE;
}

static void send_some(Fixture *f, const char *text, guint *n_sent)
{
    while (*n_sent < FLOOD_FRAMES && client_send(f->client, text))
        ++*n_sent;
    g_main_context_iteration(NULL, TRUE);
    assert_int_equal(f->client->n_closed, 0);
}

/* Whatever comes, others at the priority of sockets have their turns; and whenever all of it is
 * taken in, those below have theirs, where clients draw. */
static void dialer__floods__both_ways_and_the_loop_turns(void **state)
{
    Fixture *f = *state;
    g_autofree char *text = g_strnfill(FLOOD_BYTES, 'x');
    static guint n_beside, n_below; /* a source may outlive a test that fails */
    guint n_sent = 0, beside;
    guint16 port = f->peer->port;
    Other other;

    f->peer->port = start_other(&other, f->use_tls);
    open_it(f);
    n_beside = 0;
    beside = g_timeout_add(1, on_idle, &n_beside);
    for (guint n = FLOOD_BURST; n <= FLOOD_FRAMES; n += FLOOD_BURST) {
        while (f->client->n_received < n)
            send_some(f, text, &n_sent);
        n_below = 0;
        g_idle_add_full(G_PRIORITY_LOW, on_below, &n_below, NULL);
        WAIT(n_below > 0);
        while (n < FLOOD_FRAMES && !client_send(f->client, "more"))
            g_main_context_iteration(NULL, TRUE);
    }
    while (f->client->n_received < FLOOD_FRAMES + 1)
        send_some(f, text, &n_sent);
    g_source_remove(beside);
    assert_true(n_beside > 0);
    f->peer->port = port;
    stop_other(&other);
}

static void dialer__idle__wakes_nobody(void **state)
{
    Fixture *f = *state;

    open_it(f);
    settle();
    assert_in_range(count_turns(100), 0, 3);
}

int main(int argc, char **argv)
{
#define PLAIN(test)                                                                                \
    {                                                                                              \
#test " (plain)", test, setup_plain, teardown, NULL                                        \
    }
#define TLS(test)                                                                                  \
    {                                                                                              \
#test " (TLS)", test, setup_tls, teardown, NULL                                            \
    }
    const struct CMUnitTest tests[] = {
        PLAIN(dialer__makes_the_connection__name_is_not_resolved_here),
        TLS(dialer__makes_the_connection__name_is_not_resolved_here),
        PLAIN(dialer__is_not_used__where_it_is_not_needed),
        TLS(dialer__is_not_used__where_it_is_not_needed),
        PLAIN(dialer__is_asked_anew__at_each_connection),
        TLS(dialer__is_asked_anew__at_each_connection),
        PLAIN(dialer__fails__its_cause_is_told_and_nothing_else_is_tried),
        PLAIN(dialer__hangs__deadline_strikes_and_cancels),
        PLAIN(dialer__server_is_silent__deadline_strikes),
        PLAIN(dialer__server_closes_at_once__is_told_as_ever),
        TLS(dialer__server_closes_at_once__is_told_as_ever),
        PLAIN(dialer__odd_answers__are_told_as_ever),
        PLAIN(dialer__link_is_cut__is_told),
        TLS(dialer__link_is_cut__is_told),
        TLS(dialer__certificate_is_checked__against_the_name),
        PLAIN(dialer__server_speaks_no_tls__is_told),
        PLAIN(dialer__closed_in_each_phase__leaves_nothing),
        TLS(dialer__closed_in_each_phase__leaves_nothing),
        PLAIN(dialer__closed_or_freed_inside_events__survives),
        TLS(dialer__closed_or_freed_inside_events__survives),
        PLAIN(dialer__orderly_close__what_was_queued_leaves),
        TLS(dialer__orderly_close__what_was_queued_leaves),
        PLAIN(dialer__floods__both_ways_and_the_loop_turns),
        TLS(dialer__floods__both_ways_and_the_loop_turns),
        PLAIN(dialer__idle__wakes_nobody),
        TLS(dialer__idle__wakes_nobody),
    };

    if (argc == 3 && strcmp(argv[1], "--peer") == 0)
        return be_peer(argv[2]);
    return cmocka_run_group_tests_name("transport through a dialer", tests, setup_all,
                                       teardown_all);
}
