/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-transport-ends.c: the ways in which a connection fails or ends, each told once, with its
 * cause, never from inside a call.
 */
#include "support-client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

typedef struct {
    Peer *peer;
    Client *client;
} Fixture;

static int setup(void **state)
{
    Fixture *f = g_new0(Fixture, 1);

    f->peer = peer_new("127.0.0.1", NULL);
    f->client = client_new();
    tn_transport_lws_set_deadline(5000);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    Fixture *f = *state;

    client_free(f->client);
    peer_free(f->peer);
    g_free(f);
    return 0;
}

static void connect_to_peer(Fixture *f)
{
    client_open(f->client, "127.0.0.1", f->peer->port, FALSE, NULL);
}

static void assert_end(Fixture *f, TnError error, TnCause cause, int code)
{
    WAIT(f->client->n_closed > 0);
    settle();
    assert_int_equal(f->client->n_closed, 1);
    assert_string_equal(tn_cause_name(f->client->cause), tn_cause_name(cause));
    assert_string_equal(tn_error_name(f->client->error), tn_error_name(error));
    assert_int_equal(f->client->code, code);
    assert_false(client_send(f->client, "too late"));
}

static void answer_with(Fixture *f, const char *answer)
{
    f->peer->mode = PEER_ANSWER;
    f->peer->answer = answer;
    connect_to_peer(f);
}

static void transport__tells_closed__server_closes_after_accept(void **state)
{
    Fixture *f = *state;

    f->peer->mode = PEER_CLOSE_ON_ACCEPT;
    connect_to_peer(f);
    assert_end(f, TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED, 0);
    assert_int_equal(f->client->n_opened, 0);
}

static void transport__tells_closed__half_an_http_answer(void **state)
{
    answer_with(*state, "HTTP/1.1 101 Switching Proto");
    assert_end(*state, TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED, 0);
}

static void transport__tells_closed__http_header_cut(void **state)
{
    answer_with(*state, "HTTP/1.1 403 Forbidden\r\nContent-Type: text/pl");
    assert_end(*state, TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED, 0);
}

static void transport__tells_closed__reset_after_upgrade(void **state)
{
    Fixture *f = *state;

    f->peer->mode = PEER_RESET;
    connect_to_peer(f);
    assert_end(f, TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED, 0);
}

static void cut_mid_frame(PeerConn *conn, gpointer user_data)
{
    GByteArray *bytes = g_byte_array_new();

    (void)user_data;
    peer_put_frame(bytes, PEER_TEXT | PEER_FIN, "{\"ctrl\":{}}", 11);
    g_byte_array_set_size(bytes, bytes->len - 4);
    peer_send_bytes(conn, bytes);
    peer_finish(conn);
}

static void transport__tells_closed__cut_mid_frame(void **state)
{
    Fixture *f = *state;

    f->peer->on_open = cut_mid_frame;
    connect_to_peer(f);
    assert_end(f, TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED, 0);
    assert_int_equal(f->client->n_opened, 1);
    assert_int_equal(f->client->n_received, 0);
}

static void transport__tells_api_key__http_403(void **state)
{
    Fixture *f = *state;
    g_autofree char *server = g_strdup_printf("127.0.0.1:%u", f->peer->port);

    answer_with(f, "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\n"
                   "Content-Length: 12\r\n\r\n{\"ctrl\":403}");
    assert_end(f, TN_ERROR_PERMANENT, TN_CAUSE_API_KEY, 403);
    assert_string_equal(f->client->server, server);
    assert_null(strstr(f->client->detail, "secret"));
}

static void transport__tells_not_websocket__http_200(void **state)
{
    answer_with(*state, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                        "Content-Length: 2\r\n\r\nhi");
    assert_end(*state, TN_ERROR_TRANSIENT, TN_CAUSE_NOT_WEBSOCKET, 200);
}

static void transport__follows_no_redirect__http_301(void **state)
{
    Fixture *f = *state;
    Peer *elsewhere = peer_new("127.0.0.1", NULL);
    g_autofree char *answer = g_strdup_printf("HTTP/1.1 301 Moved Permanently\r\n"
                                              "Location: http://127.0.0.1:%u/\r\n"
                                              "Content-Length: 0\r\n\r\n",
                                              elsewhere->port);

    answer_with(f, answer);
    assert_end(f, TN_ERROR_TRANSIENT, TN_CAUSE_NOT_WEBSOCKET, 301);
    assert_int_equal(elsewhere->n_accepted, 0);
    peer_free(elsewhere);
}

static void transport__tells_not_websocket__http_503(void **state)
{
    answer_with(*state, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
    assert_end(*state, TN_ERROR_TRANSIENT, TN_CAUSE_NOT_WEBSOCKET, 503);
}

static void transport__tells_not_websocket__wrong_accept_key(void **state)
{
    answer_with(*state, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Accept: bm90IHRoaXM=\r\n\r\n");
    assert_end(*state, TN_ERROR_TRANSIENT, TN_CAUSE_NOT_WEBSOCKET, 101);
}

static void transport__fails__garbage_instead_of_http(void **state)
{
    Fixture *f = *state;

    f->peer->mode = PEER_GARBAGE;
    f->peer->answer = "220 mail.example ESMTP ready\r\n\r\n";
    connect_to_peer(f);
    WAIT(f->client->n_closed > 0);
    assert_true(f->client->cause == TN_CAUSE_NOT_WEBSOCKET || f->client->cause == TN_CAUSE_CLOSED);
}

static void transport__takes_large_headers__of_a_proxy(void **state)
{
    g_autoptr(GString) answer = g_string_new("HTTP/1.1 403 Forbidden\r\n");

    for (int i = 0; i < 60; i++)
        g_string_append_printf(answer, "X-Proxy-%02d: %0100d\r\n", i, i);
    g_string_append(answer, "Content-Length: 0\r\n\r\n");
    answer_with(*state, answer->str);
    assert_end(*state, TN_ERROR_PERMANENT, TN_CAUSE_API_KEY, 403);
}

static void transport__times_out__silent_server(void **state)
{
    Fixture *f = *state;
    gint64 began = g_get_monotonic_time();

    tn_transport_lws_set_deadline(200);
    f->peer->mode = PEER_SILENT;
    connect_to_peer(f);
    assert_end(f, TN_ERROR_TRANSIENT, TN_CAUSE_TIMEOUT, 0);
    assert_true(g_get_monotonic_time() - began >= 190 * 1000);
    WAIT(f->peer->n_ended == 1);
}

static void transport__tells_refused__port_without_listener(void **state)
{
    Fixture *f = *state;
    guint16 port = f->peer->port;

    peer_free(f->peer);
    client_open(f->client, "127.0.0.1", port, FALSE, NULL);
    assert_end(f, TN_ERROR_TRANSIENT, TN_CAUSE_REFUSED, 0);
    f->peer = peer_new("127.0.0.1", NULL);
}

static void transport__tells_refused__address_without_route(void **state)
{
    Fixture *f = *state;

    client_open(f->client, "255.255.255.255", 80, FALSE, NULL);
    assert_end(f, TN_ERROR_TRANSIENT, TN_CAUSE_REFUSED, 0);
}

static void transport__tells_dns__unknown_name(void **state)
{
    Fixture *f = *state;

    client_open(f->client, "nonexistent.invalid", f->peer->port, FALSE, NULL);
    assert_end(f, TN_ERROR_TRANSIENT, TN_CAUSE_DNS, 0);
    assert_non_null(f->client->detail);
}

static void transport__times_out__name_server_hangs(void **state)
{
    Fixture *f = *state;

    fake_resolver_install();
    fake_resolver_add("slow.test", (const char *[]){"hang", NULL});
    tn_transport_lws_set_deadline(200);
    client_open(f->client, "slow.test", f->peer->port, FALSE, NULL);
    assert_end(f, TN_ERROR_TRANSIENT, TN_CAUSE_TIMEOUT, 0);
    fake_resolver_remove();
}

static void transport__leaves_nothing__closed_while_resolving(void **state)
{
    Fixture *f = *state;

    fake_resolver_install();
    fake_resolver_add("slow.test", (const char *[]){"hang", NULL});
    client_open(f->client, "slow.test", f->peer->port, FALSE, NULL);
    client_close(f->client, FALSE);
    client_open(f->client, "slow.test", f->peer->port, FALSE, NULL);
    client_drop(f->client);
    fake_resolver_remove();
    settle();
    assert_int_equal(f->client->n_closed, 0);
}

static void transport__leaves_nothing__closed_while_the_real_resolver_works(void **state)
{
    Fixture *f = *state;

    client_open(f->client, "nonexistent.invalid", f->peer->port, FALSE, NULL);
    client_close(f->client, FALSE);
    settle();
    assert_int_equal(f->client->n_closed, 0);
}

static void transport__tries_next_address__first_is_dead(void **state)
{
    Fixture *f = *state;

    fake_resolver_install();
    /* Nobody listens on the peer's port at the first two. */
    fake_resolver_add("two.test", (const char *[]){"127.0.0.2", "::1", "127.0.0.1", NULL});
    client_open(f->client, "two.test", f->peer->port, FALSE, NULL);
    WAIT(f->client->n_opened == 1);
    fake_resolver_remove();
    assert_int_equal(f->client->n_closed, 0);
    assert_non_null(strstr(f->peer->request, "Host: two.test:"));
}

static void transport__tries_next_address__first_is_silent(void **state)
{
    Fixture *f = *state;
    Peer *other = f->peer;
    g_autoptr(GSocket) silent =
        g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
    g_autoptr(GSocketAddress) address =
        g_inet_socket_address_new_from_string("127.0.0.2", other->port);

    assert_true(g_socket_bind(silent, address, TRUE, NULL));
    assert_true(g_socket_listen(silent, NULL));
    fake_resolver_install();
    fake_resolver_add("two.test", (const char *[]){"127.0.0.2", "127.0.0.1", NULL});
    tn_transport_lws_set_deadline(600);
    client_open(f->client, "two.test", other->port, FALSE, NULL);
    WAIT(f->client->n_opened == 1);
    fake_resolver_remove();
    assert_int_equal(f->client->n_closed, 0);
}

static void transport__tells_the_better_cause__of_several_addresses(void **state)
{
    Fixture *f = *state;

    f->peer->mode = PEER_CLOSE_ON_ACCEPT;
    fake_resolver_install();
    fake_resolver_add("two.test", (const char *[]){"127.0.0.1", "127.0.0.2", NULL});
    client_open(f->client, "two.test", f->peer->port, FALSE, NULL);
    assert_end(f, TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED, 0);
    fake_resolver_remove();
}

static void close_1009(PeerConn *conn, const char *text, gsize length, gpointer user_data)
{
    static const guint8 reason[] = {1009 >> 8, 1009 & 0xff};

    (void)text;
    (void)length;
    (void)user_data;
    peer_send(conn, PEER_CLOSE | PEER_FIN, reason, sizeof(reason));
    peer_finish(conn);
}

static void transport__tells_too_large__close_frame_1009(void **state)
{
    Fixture *f = *state;

    f->peer->on_text = close_1009;
    connect_to_peer(f);
    WAIT(f->client->n_opened == 1);
    assert_true(client_send(f->client, "a frame that the server finds too large"));
    assert_end(f, TN_ERROR_TRANSIENT, TN_CAUSE_TOO_LARGE, 1009);
}

static void send_close_1001(PeerConn *conn, gpointer user_data)
{
    static const guint8 reason[] = {1001 >> 8, 1001 & 0xff, 'b', 'y', 'e'};

    (void)user_data;
    peer_send(conn, PEER_CLOSE | PEER_FIN, reason, sizeof(reason));
}

static void transport__tells_closed__close_frame_but_the_socket_stays(void **state)
{
    Fixture *f = *state;

    f->peer->on_open = send_close_1001;
    connect_to_peer(f);
    assert_end(f, TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED, 1001);
}

static void break_the_rules(PeerConn *conn, gpointer user_data)
{
    (void)user_data;
    peer_send(conn, 0x3 | PEER_FIN, "?", 1); /* no such opcode */
}

static void transport__tells_closed__broken_frame(void **state)
{
    Fixture *f = *state;

    f->peer->on_open = break_the_rules;
    connect_to_peer(f);
    assert_end(f, TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED, 0);
}

static void transport__tells_closed__server_leaves_without_a_word(void **state)
{
    Fixture *f = *state;

    connect_to_peer(f);
    WAIT(f->client->n_opened == 1);
    peer_send_text(peer_last(f->peer), "last words");
    peer_finish(peer_last(f->peer));
    assert_end(f, TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED, 0);
    assert_string_equal(f->client->last->str, "last words");
}

static void transport__times_out__peer_is_frozen(void **state)
{
    Fixture *f = *state;

    tn_transport_lws_set_dead_link(1, 2);
    f->peer->is_frozen = TRUE;
    connect_to_peer(f);
    WAIT(f->client->n_opened == 1);
    assert_end(f, TN_ERROR_TRANSIENT, TN_CAUSE_TIMEOUT, 0);
    tn_transport_lws_set_dead_link(0, 0);
}

static void transport__refuses__settings_that_make_no_sense(void **state)
{
    static const struct {
        const char *host;
        guint16 port;
        gboolean use_tls;
    } wrong[] = {
        {"", 80, FALSE},     {"a b", 80, FALSE},    {"http://a", 80, FALSE},
        {"a:80", 80, FALSE}, {"user@a", 80, FALSE}, {"127.0.0.1", 0, FALSE},
        {"::1", 443, TRUE}, /* could not be checked against a certificate */
    };
    Fixture *f = *state;

    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        f->client->n_closed = 0;
        client_open(f->client, wrong[i].host, wrong[i].port, wrong[i].use_tls, NULL);
        assert_end(f, TN_ERROR_PERMANENT, TN_CAUSE_CONFIG, 0);
    }
}

static void transport__tells_no_glue__package_is_missing(void **state)
{
    Fixture *f = *state;

    tn_transport_lws_set_glue("libwebsockets-evlib_missing.so");
    connect_to_peer(f);
    assert_end(f, TN_ERROR_PERMANENT, TN_CAUSE_NO_GLUE, 0);
    assert_non_null(strstr(f->client->detail, "libwebsockets-evlib_missing.so"));
    tn_transport_lws_set_glue(NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(transport__tells_closed__server_closes_after_accept),
        TEST(transport__tells_closed__half_an_http_answer),
        TEST(transport__tells_closed__http_header_cut),
        TEST(transport__tells_closed__reset_after_upgrade),
        TEST(transport__tells_closed__cut_mid_frame),
        TEST(transport__tells_api_key__http_403),
        TEST(transport__tells_not_websocket__http_200),
        TEST(transport__follows_no_redirect__http_301),
        TEST(transport__tells_not_websocket__http_503),
        TEST(transport__tells_not_websocket__wrong_accept_key),
        TEST(transport__fails__garbage_instead_of_http),
        TEST(transport__takes_large_headers__of_a_proxy),
        TEST(transport__times_out__silent_server),
        TEST(transport__tells_refused__port_without_listener),
        TEST(transport__tells_refused__address_without_route),
        TEST(transport__tells_dns__unknown_name),
        TEST(transport__times_out__name_server_hangs),
        TEST(transport__leaves_nothing__closed_while_resolving),
        TEST(transport__leaves_nothing__closed_while_the_real_resolver_works),
        TEST(transport__tries_next_address__first_is_dead),
        TEST(transport__tries_next_address__first_is_silent),
        TEST(transport__tells_the_better_cause__of_several_addresses),
        TEST(transport__tells_too_large__close_frame_1009),
        TEST(transport__tells_closed__close_frame_but_the_socket_stays),
        TEST(transport__tells_closed__broken_frame),
        TEST(transport__tells_closed__server_leaves_without_a_word),
        TEST(transport__times_out__peer_is_frozen),
        TEST(transport__refuses__settings_that_make_no_sense),
        TEST(transport__tells_no_glue__package_is_missing),
    };

    return cmocka_run_group_tests_name("transport ends", tests, NULL, NULL);
}
