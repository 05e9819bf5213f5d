/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-relay.c: the relay between a stream and what connects to it in this process: bytes both
 * ways, every odd ending, and that it rests when there is nothing to do.
 */
#include "protocol/tn-relay.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "support-client.h"

#define FLOOD_BYTES (16 * 1024 * 1024)
#define MUCH        (4 * 1024 * 1024) /* more than all buffers on the way hold */

typedef struct {
    TnRelay *relay;
    int far;   /* the other end of the stream */
    int local; /* what has connected to the relay; -1: nothing */
    guint n_descriptors;
} Ends;

static int connect_to(const char *address)
{
    struct sockaddr_un where = {.sun_family = AF_UNIX};
    gsize length = strlen(address) - 2;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    assert_true(g_str_has_prefix(address, "+@"));
    memcpy(where.sun_path + 1, address + 2, length);
    if (connect(fd, (struct sockaddr *)&where,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length)) == 0)
        return fd;
    close(fd);
    return -1;
}

static int setup_alone(void **state)
{
    Ends *ends = g_new0(Ends, 1);
    int pair[2];

    ends->n_descriptors = count_descriptors();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
        return -1;
    ends->far = pair[1];
    ends->local = -1;
    ends->relay = tn_relay_new(pair[0]);
    *state = ends;
    return ends->relay != NULL ? 0 : -1;
}

static int setup(void **state)
{
    Ends *ends;

    if (setup_alone(state) != 0)
        return -1;
    ends = *state;
    ends->local = connect_to(tn_relay_address(ends->relay));
    settle();
    return ends->local >= 0 ? 0 : -1;
}

static void drop(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int teardown(void **state)
{
    Ends *ends = *state;
    guint before = ends->n_descriptors;

    tn_relay_free(ends->relay, FALSE);
    drop(&ends->far);
    drop(&ends->local);
    g_free(ends);
    return count_descriptors() == before ? 0 : -1;
}

static void put(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* What is there to be read, as text; "<end>" after the end, "<reset>". */
static char *get(int fd)
{
    char bytes[256];
    ssize_t n;

    settle();
    n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (n > 0)
        return g_strndup(bytes, (gsize)n);
    if (n == 0)
        return g_strdup("<end>");
    return g_strdup(errno == EAGAIN ? "" : "<reset>");
}

static void assert_gets(int fd, const char *text)
{
    g_autofree char *got = get(fd);

    assert_string_equal(got, text);
}

/* Nothing in the loop is ready over and over. */
static void assert_rests(void)
{
    settle();
    assert_in_range(count_turns(50), 0, 3);
}

static void relay__copies__both_ways(void **state)
{
    Ends *ends = *state;

    put(ends->local, "there");
    assert_gets(ends->far, "there");
    put(ends->far, "and back");
    assert_gets(ends->local, "and back");
    assert_int_equal(tn_relay_received(ends->relay), strlen("and back"));
    assert_rests();
}

static void relay__keeps__what_came_before_anybody_connected(void **state)
{
    Ends *ends = *state;

    put(ends->far, "early");
    assert_rests();
    ends->local = connect_to(tn_relay_address(ends->relay));
    assert_gets(ends->local, "early");
}

static void relay__lets_in__one_and_no_more(void **state)
{
    Ends *ends = *state;

    assert_int_equal(connect_to(tn_relay_address(ends->relay)), -1);
}

static void relay__turns_away__another_process(void **state)
{
    Ends *ends = *state;
    int status = -1;
    pid_t child = fork();

    if (child == 0) {
        int fd = connect_to(tn_relay_address(ends->relay));
        char byte;

        if (fd >= 0)
            send(fd, "stolen", 6, MSG_NOSIGNAL);
        /* The listener's queue takes it; it must be closed without an answer. */
        if (fd >= 0) {
            struct pollfd entry = {.fd = fd, .events = POLLIN};

            if (poll(&entry, 1, 5000) == 1)
                _exit(recv(fd, &byte, 1, MSG_DONTWAIT) > 0 ? 8 : 7);
        }
        _exit(9);
    }
    WAIT(waitpid(child, &status, WNOHANG) == child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_gets(ends->far, "");
    ends->local = connect_to(tn_relay_address(ends->relay));
    assert_true(ends->local >= 0);
    put(ends->local, "mine");
    assert_gets(ends->far, "mine");
}

static void relay__has_names__that_do_not_repeat(void **state)
{
    Ends *ends = *state;
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    (void)ends;
    for (guint i = 0; i < 100; i++) {
        int pair[2];
        TnRelay *relay;

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        relay = tn_relay_new(pair[0]);
        assert_true(g_hash_table_add(seen, g_strdup(tn_relay_address(relay))));
        tn_relay_free(relay, i % 2 == 0);
        close(pair[1]);
    }
}

static void relay__passes_on__half_close_of_each_side(void **state)
{
    Ends *ends = *state;

    put(ends->far, "last");
    shutdown(ends->far, SHUT_WR);
    assert_gets(ends->local, "last");
    assert_gets(ends->local, "<end>");
    assert_rests();
    put(ends->local, "still heard");
    assert_gets(ends->far, "still heard");
    shutdown(ends->local, SHUT_WR);
    assert_gets(ends->far, "<end>");
    assert_rests();
}

static void relay__ends__stream_is_closed(void **state)
{
    Ends *ends = *state;

    put(ends->far, "last");
    drop(&ends->far);
    assert_gets(ends->local, "last");
    assert_gets(ends->local, "<end>");
    put(ends->local, "to nobody");
    assert_rests();
}

static void relay__ends__local_side_is_closed(void **state)
{
    Ends *ends = *state;

    put(ends->local, "last");
    drop(&ends->local);
    assert_gets(ends->far, "last");
    assert_gets(ends->far, "<end>");
    send(ends->far, "to nobody", 9, MSG_NOSIGNAL);
    assert_rests();
}

static void relay__rests__stream_is_closed_before_anybody_connected(void **state)
{
    Ends *ends = *state;

    drop(&ends->far);
    assert_rests();
    ends->local = connect_to(tn_relay_address(ends->relay));
    assert_gets(ends->local, "<end>");
    assert_rests();
}

static gsize fill(int fd)
{
    static const char bytes[4096];
    gsize total = 0;

    for (;;) {
        ssize_t n = send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n <= 0 && total > 0) {
            settle();
            n = send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL | MSG_DONTWAIT);
        }
        if (n <= 0 || total > MUCH)
            return total;
        total += (gsize)n;
    }
}

static gsize empty(int fd)
{
    static char bytes[65536];
    gsize total = 0;

    for (;;) {
        ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

        if (n <= 0) {
            settle();
            n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        }
        if (n <= 0)
            return total;
        total += (gsize)n;
    }
}

static void relay__makes_the_writer_wait__reader_does_not_read(void **state)
{
    Ends *ends = *state;
    int fds[][2] = {{ends->far, ends->local}, {ends->local, ends->far}};

    for (guint i = 0; i < G_N_ELEMENTS(fds); i++) {
        gsize sent = fill(fds[i][0]);

        assert_true(sent < MUCH);
        assert_rests();
        assert_int_equal(empty(fds[i][1]), sent);
    }
}

static void relay__rests__writer_is_gone_and_the_reader_does_not_read(void **state)
{
    Ends *ends = *state;
    gsize sent = fill(ends->far);

    drop(&ends->far);
    assert_rests();
    assert_int_equal(empty(ends->local), sent);
    assert_gets(ends->local, "<end>");
}

static void relay__rests__reader_is_gone_and_much_is_left(void **state)
{
    Ends *ends = *state;

    fill(ends->far);
    drop(&ends->local);
    assert_rests();
    assert_gets(ends->far, "<reset>");
}

static void relay__carries_floods__both_ways_at_once(void **state)
{
    Ends *ends = *state;
    static guint8 out[32768], in[65536];
    gsize sent[2] = {0}, got[2] = {0};
    int fds[2] = {ends->local, ends->far};
    guint64 sum_out = 0, sum_in = 0;

    for (gsize i = 0; i < sizeof(out); i++)
        out[i] = (guint8)(i * 31 + i / 256);
    while (got[0] < FLOOD_BYTES || got[1] < FLOOD_BYTES) {
        for (guint i = 0; i < 2; i++) {
            ssize_t n = 0;

            if (sent[i] < FLOOD_BYTES)
                n = send(fds[i], out + sent[i] % sizeof(out), sizeof(out) - sent[i] % sizeof(out),
                         MSG_DONTWAIT | MSG_NOSIGNAL);
            for (ssize_t k = 0; k < n; k++)
                sum_out += out[(sent[i] + (gsize)k) % sizeof(out)] * ((sent[i] + (gsize)k) % 251);
            sent[i] += n > 0 ? (gsize)n : 0;
            n = recv(fds[i], in, sizeof(in), MSG_DONTWAIT);
            for (ssize_t k = 0; k < n; k++)
                sum_in += in[k] * ((got[i] + (gsize)k) % 251);
            got[i] += n > 0 ? (gsize)n : 0;
        }
        g_main_context_iteration(NULL, FALSE);
    }
    assert_int_equal(got[0], sent[1]);
    assert_int_equal(got[1], sent[0]);
    assert_true(sum_in == sum_out);
    assert_rests();
}

static void relay__freed_orderly__what_was_written_leaves(void **state)
{
    Ends *ends = *state;

    put(ends->far, "unread");
    settle();
    put(ends->far, "unread, too");
    put(ends->local, "good");
    put(ends->local, "bye");
    drop(&ends->local);
    tn_relay_free(g_steal_pointer(&ends->relay), TRUE);
    assert_gets(ends->far, "goodbye");
    assert_gets(ends->far, "<end>");
}

static void relay__freed_orderly__does_not_wait_for_a_stuck_stream(void **state)
{
    Ends *ends = *state;
    gint64 began_us = g_get_monotonic_time();

    fill(ends->local);
    fill(ends->far);
    tn_relay_free(g_steal_pointer(&ends->relay), TRUE);
    assert_true(g_get_monotonic_time() - began_us < 5 * G_USEC_PER_SEC);
}

static void relay__freed_at_once__says_nothing_more(void **state)
{
    Ends *ends = *state;

    put(ends->local, "unsaid");
    tn_relay_free(g_steal_pointer(&ends->relay), FALSE);
    assert_gets(ends->far, "<end>");
}

static void relay__gives_up__no_descriptor_is_left(void **state)
{
    Ends *ends = *state;
    struct rlimit before, none;
    int pair[2];

    (void)ends;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 3;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_null(tn_relay_new(pair[0]));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_gets(pair[1], "<end>");
    close(pair[1]);
}

static void relay__rests__no_descriptor_for_who_connects(void **state)
{
    Ends *ends = *state;
    struct rlimit before, none;

    /* valgrind plays the limit itself: it accepts, and closes. */
    if (g_getenv("TESTS_UNDER_VALGRIND") != NULL)
        skip();
    ends->local = connect_to(tn_relay_address(ends->relay));
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 3;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_rests();
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_gets(ends->local, "<reset>");
}

/* So that the loop has what it needs before descriptors are counted. */
static int setup_all(void **state)
{
    (void)state;
    settle();
    return 0;
}

int main(void)
{
#define JOINED(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define ALONE(name)  cmocka_unit_test_setup_teardown(name, setup_alone, teardown)
    const struct CMUnitTest tests[] = {
        JOINED(relay__copies__both_ways),
        ALONE(relay__keeps__what_came_before_anybody_connected),
        JOINED(relay__lets_in__one_and_no_more),
        ALONE(relay__turns_away__another_process),
        ALONE(relay__has_names__that_do_not_repeat),
        JOINED(relay__passes_on__half_close_of_each_side),
        JOINED(relay__ends__stream_is_closed),
        JOINED(relay__ends__local_side_is_closed),
        ALONE(relay__rests__stream_is_closed_before_anybody_connected),
        JOINED(relay__makes_the_writer_wait__reader_does_not_read),
        JOINED(relay__rests__writer_is_gone_and_the_reader_does_not_read),
        JOINED(relay__rests__reader_is_gone_and_much_is_left),
        JOINED(relay__carries_floods__both_ways_at_once),
        JOINED(relay__freed_orderly__what_was_written_leaves),
        JOINED(relay__freed_orderly__does_not_wait_for_a_stuck_stream),
        JOINED(relay__freed_at_once__says_nothing_more),
        ALONE(relay__gives_up__no_descriptor_is_left),
        ALONE(relay__rests__no_descriptor_for_who_connects),
    };

    return cmocka_run_group_tests_name("relay", tests, setup_all, NULL);
}
