/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-transport-tls.c: which certificates are let through, and what is told of the others. The
 * causes are told for good: nothing but the user can mend them.
 */
#include "support-client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct {
    Peer *peer;
    Client *client;
} Fixture;

static char *certs; /* folder */

static char *in_certs(const char *name)
{
    return g_build_filename(certs, name, NULL);
}

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
    fake_resolver_install();
    fake_resolver_add("tinode.test", (const char *[]){"127.0.0.1", NULL});
    return 0;
}

static int teardown_all(void **state)
{
    GDir *dir = g_dir_open(certs, 0, NULL);
    const char *name;

    (void)state;
    end_idle_threads();
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = in_certs(name);

        remove(path);
    }
    g_dir_close(dir);
    remove(certs);
    g_free(certs);
    fake_resolver_remove();
    return 0;
}

static int setup(void **state)
{
    Fixture *f = g_new0(Fixture, 1);

    f->client = client_new();
    tn_transport_lws_set_deadline(5000);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    Fixture *f = *state;

    client_free(f->client);
    if (f->peer != NULL)
        peer_free(f->peer);
    settle();
    g_free(f);
    return 0;
}

/* certificate NULL: a plain server. ca: in the folder, or an absolute path. */
static void open_to(Fixture *f, const char *host, const char *certificate, const char *ca)
{
    g_autofree char *server = certificate != NULL ? in_certs(certificate) : NULL;
    g_autofree char *ca_file =
        ca == NULL || *ca == '/' || *ca == '\0' ? g_strdup(ca) : in_certs(ca);

    if (f->peer != NULL)
        peer_free(f->peer);
    f->peer = peer_new("127.0.0.1", server);
    f->client->n_opened = f->client->n_closed = 0;
    client_open(f->client, host, f->peer->port, TRUE, ca_file);
}

static void assert_opens(Fixture *f)
{
    WAIT(f->client->n_opened + f->client->n_closed > 0);
    if (f->client->n_opened == 0)
        fail_msg("%s: %s", tn_cause_name(f->client->cause), f->client->detail);
    client_close(f->client, TRUE);
}

static void assert_refused(Fixture *f, TnCause cause)
{
    WAIT(f->client->n_opened + f->client->n_closed > 0);
    settle();
    assert_string_equal(tn_cause_name(f->client->cause), tn_cause_name(cause));
    assert_string_equal(tn_error_name(f->client->error), tn_error_name(TN_ERROR_PERMANENT));
    assert_int_equal(f->client->n_opened, 0);
    assert_int_equal(f->client->n_closed, 1);
    assert_int_equal(f->peer->n_opened, 0);
}

static void transport__opens__private_ca_in_ca_file(void **state)
{
    open_to(*state, "tinode.test", "good.pem", "ca.pem");
    assert_opens(*state);
}

static void transport__opens__address_named_in_the_certificate(void **state)
{
    open_to(*state, "127.0.0.1", "good.pem", "ca.pem");
    assert_opens(*state);
}

static void transport__opens__self_signed_certificate_as_ca_file(void **state)
{
    open_to(*state, "tinode.test", "self.pem", "self-ca.pem");
    assert_opens(*state);
}

static void transport__tells_unknown_ca__without_ca_file(void **state)
{
    open_to(*state, "tinode.test", "good.pem", NULL);
    assert_refused(*state, TN_CAUSE_TLS_UNKNOWN_CA);
    open_to(*state, "tinode.test", "good.pem", "");
    assert_refused(*state, TN_CAUSE_TLS_UNKNOWN_CA);
}

static void transport__tells_unknown_ca__of_a_stranger(void **state)
{
    open_to(*state, "tinode.test", "unknown.pem", "ca.pem");
    assert_refused(*state, TN_CAUSE_TLS_UNKNOWN_CA);
}

static void transport__tells_wrong_host__name_not_in_certificate(void **state)
{
    open_to(*state, "tinode.test", "other.pem", "ca.pem");
    assert_refused(*state, TN_CAUSE_TLS_WRONG_HOST);
}

static void transport__tells_wrong_host__address_not_in_certificate(void **state)
{
    open_to(*state, "127.0.0.1", "other.pem", "ca.pem");
    assert_refused(*state, TN_CAUSE_TLS_WRONG_HOST);
}

static void transport__tells_expired__certificate_of_yesterday(void **state)
{
    open_to(*state, "tinode.test", "expired.pem", "ca.pem");
    assert_refused(*state, TN_CAUSE_TLS_EXPIRED);
}

static void transport__tells_self_signed__without_ca_file(void **state)
{
    open_to(*state, "tinode.test", "self.pem", NULL);
    assert_refused(*state, TN_CAUSE_TLS_SELF_SIGNED);
}

static void transport__tells_not_tls__plain_server(void **state)
{
    Fixture *f = *state;

    open_to(f, "tinode.test", NULL, "ca.pem");
    f->peer->mode = PEER_GARBAGE; /* as a web server answers what is no HTTP */
    f->peer->answer = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nnot HTTP";
    assert_refused(f, TN_CAUSE_NOT_TLS);
}

static void transport__tells_closed__server_leaves_during_the_handshake(void **state)
{
    Fixture *f = *state;

    open_to(f, "tinode.test", "good.pem", "ca.pem");
    f->peer->mode = PEER_CLOSE_ON_ACCEPT;
    WAIT(f->client->n_closed == 1);
    assert_string_equal(tn_cause_name(f->client->cause), tn_cause_name(TN_CAUSE_CLOSED));
    assert_string_equal(tn_error_name(f->client->error), tn_error_name(TN_ERROR_TRANSIENT));
}

static void transport__times_out__server_silent_in_the_handshake(void **state)
{
    Fixture *f = *state;

    tn_transport_lws_set_deadline(200);
    open_to(f, "tinode.test", NULL, "ca.pem");
    f->peer->mode = PEER_SILENT;
    WAIT(f->client->n_closed == 1);
    assert_string_equal(tn_cause_name(f->client->cause), tn_cause_name(TN_CAUSE_TIMEOUT));
}

static void transport__tells_ca_file__before_it_connects(void **state)
{
    Fixture *f = *state;
    static const char *const useless[] = {"missing.pem", "empty.pem", "text.pem", "broken.pem",
                                          "good.key",    "/",         "/dev/zero"};
    g_autofree char *empty = in_certs("empty.pem");
    g_autofree char *text = in_certs("text.pem");
    g_autofree char *broken = in_certs("broken.pem");

    assert_true(g_file_set_contents(empty, "", 0, NULL));
    assert_true(g_file_set_contents(text, "just text\n", -1, NULL));
    assert_true(g_file_set_contents(broken,
                                    "-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n"
                                    "-----END CERTIFICATE-----\n",
                                    -1, NULL));
    for (guint i = 0; i < G_N_ELEMENTS(useless); i++) {
        open_to(f, "tinode.test", "good.pem", useless[i]);
        assert_refused(f, TN_CAUSE_TLS_CA_FILE);
        assert_int_equal(f->peer->n_accepted, 0);
    }
}

static void transport__reads_ca_file_anew__when_it_was_mended(void **state)
{
    Fixture *f = *state;
    g_autofree char *mine = in_certs("mine.pem");
    g_autofree char *ca = in_certs("ca.pem");
    g_autofree char *stranger = in_certs("stranger.pem");
    g_autofree char *text = NULL;

    assert_true(g_file_get_contents(stranger, &text, NULL, NULL));
    assert_true(g_file_set_contents(mine, text, -1, NULL));
    open_to(f, "tinode.test", "good.pem", "mine.pem");
    assert_refused(f, TN_CAUSE_TLS_UNKNOWN_CA);
    g_clear_pointer(&text, g_free);
    assert_true(g_file_get_contents(ca, &text, NULL, NULL));
    assert_true(g_file_set_contents(mine, text, -1, NULL));
    open_to(f, "tinode.test", "good.pem", "mine.pem");
    assert_opens(f);
}

static void transport__ignores_ca_file__without_tls(void **state)
{
    Fixture *f = *state;

    f->peer = peer_new("127.0.0.1", NULL);
    client_open(f->client, "127.0.0.1", f->peer->port, FALSE, "/nonexistent/ca.pem");
    assert_opens(f);
}

static void transport__trusts_no_folder__beside_the_working_directory(void **state)
{
    Fixture *f = *state;
    g_autofree char *share = in_certs("share");
    g_autofree char *bin = in_certs("bin");
    g_autofree char *before = g_get_current_dir();
    g_autofree char *command =
        g_strdup_printf("cp '%s/ca.pem' '%s' && openssl rehash '%s'", certs, share, share);
    const char *argv[] = {"/bin/sh", "-c", command, NULL};
    int status = -1;

    assert_int_equal(mkdir(share, 0700), 0);
    assert_int_equal(mkdir(bin, 0700), 0);
    assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL,
                             &status, NULL));
    assert_int_equal(status, 0);
    assert_int_equal(chdir(bin), 0);
    open_to(f, "tinode.test", "good.pem", NULL);
    assert_refused(f, TN_CAUSE_TLS_UNKNOWN_CA);
    assert_int_equal(chdir(before), 0);
    g_clear_pointer(&command, g_free);
    command = g_strdup_printf("rm -r '%s' '%s'", share, bin);
    argv[2] = command;
    assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL,
                             &status, NULL));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(transport__opens__private_ca_in_ca_file),
        TEST(transport__opens__address_named_in_the_certificate),
        TEST(transport__opens__self_signed_certificate_as_ca_file),
        TEST(transport__tells_unknown_ca__without_ca_file),
        TEST(transport__tells_unknown_ca__of_a_stranger),
        TEST(transport__tells_wrong_host__name_not_in_certificate),
        TEST(transport__tells_wrong_host__address_not_in_certificate),
        TEST(transport__tells_expired__certificate_of_yesterday),
        TEST(transport__tells_self_signed__without_ca_file),
        TEST(transport__tells_not_tls__plain_server),
        TEST(transport__tells_closed__server_leaves_during_the_handshake),
        TEST(transport__times_out__server_silent_in_the_handshake),
        TEST(transport__tells_ca_file__before_it_connects),
        TEST(transport__reads_ca_file_anew__when_it_was_mended),
        TEST(transport__ignores_ca_file__without_tls),
        TEST(transport__trusts_no_folder__beside_the_working_directory),
    };

    return cmocka_run_group_tests_name("transport TLS", tests, setup_all, teardown_all);
}
