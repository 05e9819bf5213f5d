/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program behind `make check-server` (tests/server), held against the loopback server, so that
 * it cannot rot: what it finds there, what it leaves behind, and that it notices a server which is
 * wrong. Environment: TINODE_LOOPBACK, as for the other tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <gio/gio.h>

#include "test-server.h"

/* With people who stand in, as themselves, over HTTP, with a socket that ends, with real time. */
#define QUICK                                                                                      \
    "account", "account-refused", "api-key-refused-http", "channel", "credentials", "files",       \
        "frame-too-large", "group-receipts", "login-basic", "login-refused", "login-token",        \
        "me-attach", "me-rows-ims", "presence", "receipts-own-sessions", "search",                 \
        "server-shutdown", "sub-locked"

static char *program;

typedef struct {
    char *out;
    int status;
} Outcome;

static void outcome_clear(Outcome *outcome)
{
    g_clear_pointer(&outcome->out, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Outcome, outcome_clear)

static Outcome conform(guint16 port, const char *const *names)
{
    Outcome outcome = {NULL, -1};
    g_autofree char *server = g_strdup_printf("127.0.0.1:%u", port);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
    g_autoptr(GSubprocess) child = NULL;

    g_ptr_array_add(argv, program);
    g_ptr_array_add(argv, server);
    for (; *names != NULL; names++)
        g_ptr_array_add(argv, (gpointer)*names);
    g_ptr_array_add(argv, NULL);
    g_subprocess_launcher_setenv(launcher, "TEST_DATA_DIR", data_dir, TRUE);
    child = g_subprocess_launcher_spawnv(launcher, (const char *const *)argv->pdata, NULL);
    assert_non_null(child);
    assert_true(g_subprocess_communicate_utf8(child, NULL, NULL, &outcome.out, NULL, NULL));
    outcome.status = g_subprocess_get_exit_status(child);
    return outcome;
}

static guint count_lines(const char *text, const char *word)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint n = 0;

    for (guint i = 0; lines[i] != NULL; i++)
        n += g_str_has_prefix(lines[i], word) ? 1 : 0;
    return n;
}

static json_t *state_of(Server *server)
{
    json_t *answer = server_order(server, "{\"do\":\"state\"}");
    json_t *state = json_incref(json_object_get(answer, "state"));

    json_decref(answer);
    assert_non_null(state);
    return state;
}

static void conform__loopback__holds_and_leaves_nothing_behind(void **state)
{
    static const char *const names[] = {QUICK, NULL};
    static const char *const options[] = {NULL};
    Server server;
    json_t *before;
    json_t *after;

    (void)state;
    assert_true(server_start(&server, options));
    before = state_of(&server);
    {
        g_auto(Outcome) outcome = conform(server.port, names);

        if (outcome.status != 0)
            fail_msg("%s", outcome.out);
        /* Those that a single server without e-mail cannot show. */
        assert_int_equal(count_lines(outcome.out, "not applicable "), 2);
        assert_int_equal(count_lines(outcome.out, "held "), G_N_ELEMENTS(names) - 1 - 2);
    }
    after = state_of(&server);
    assert_true(json_equal(json_object_get(before, "users"), json_object_get(after, "users")));
    assert_true(json_equal(json_object_get(before, "groups"), json_object_get(after, "groups")));
    assert_int_equal(json_array_size(json_object_get(before, "topics")),
                     json_array_size(json_object_get(after, "topics")));
    json_decref(before);
    json_decref(after);
    assert_int_equal(server_stop(&server), 0);
}

/* A server where accounts need an address that is confirmed. */
static void conform__email_required__confirms_the_stand_ins(void **state)
{
    static const char *const names[] = {"credentials", "p2p-attach", "account", NULL};
    static const char *const options[] = {"--require-email", NULL};
    Server server;

    (void)state;
    assert_true(server_start(&server, options));
    {
        g_auto(Outcome) outcome = conform(server.port, names);

        if (outcome.status != 0)
            fail_msg("%s", outcome.out);
        assert_int_equal(count_lines(outcome.out, "held "), 2);
        assert_int_equal(count_lines(outcome.out, "not applicable "), 1);
    }
    assert_int_equal(server_stop(&server), 0);
}

/* The tool must be able to fail. */
static void conform__wrong_server__differs(void **state)
{
    static const char *const names[] = {"login-basic", "login-refused", NULL};
    static const char *const options[] = {NULL};
    Server server;
    json_t *answer;

    (void)state;
    assert_true(server_start(&server, options));
    answer = server_order(&server, "{\"do\":\"error\",\"to\":\"login\",\"code\":500,\"times\":100,"
                                   "\"id\":1}");
    assert_non_null(answer);
    json_decref(answer);
    {
        g_auto(Outcome) outcome = conform(server.port, names);

        assert_int_equal(outcome.status, 1);
        assert_int_equal(count_lines(outcome.out, "held "), 0);
    }
    assert_int_equal(server_stop(&server), 0);
}

static void conform__nobody_there__ends_with_2(void **state)
{
    static const char *const names[] = {NULL};
    static const char *const options[] = {NULL};
    Server server;
    guint16 port;

    (void)state;
    assert_true(server_start(&server, options));
    port = server.port;
    assert_int_equal(server_stop(&server), 0);
    {
        g_auto(Outcome) outcome = conform(port, names);

        assert_int_equal(outcome.status, 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conform__loopback__holds_and_leaves_nothing_behind),
        cmocka_unit_test(conform__email_required__confirms_the_stand_ins),
        cmocka_unit_test(conform__wrong_server__differs),
        cmocka_unit_test(conform__nobody_there__ends_with_2),
    };
    int failed;

    if (find_things()) {
        g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
        g_autofree char *folder = g_path_get_dirname(self);

        program = g_build_filename(folder, "conform", NULL);
    }
    if (program == NULL || !g_file_test(program, G_FILE_TEST_IS_EXECUTABLE)) {
        fprintf(stderr, "test-conform: no loopback server, or no program\n");
        return 1;
    }
    failed = cmocka_run_group_tests_name("conform", tests, NULL, NULL);
    g_free(program);
    forget_things();
    return failed == 0 ? 0 : 1;
}
