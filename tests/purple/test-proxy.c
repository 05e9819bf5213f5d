/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-proxy.c: what the account's proxy setting makes of a connection. */
#include "fake-scene.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REFUSED "*, or not reach the server."

/* Enabled, as far as something is dialed or connected. */
static PurpleAccount *begin(const char *server, PurpleProxyType type, const char *host, int port)
{
    PurpleAccount *account = fake_account("alice");

    fake_allow(FAKE_PROGRESS | FAKE_STATE | FAKE_NOTIFY);
    fake_set_string(account, "server", server);
    fake_proxy(account, type, host, port);
    return account;
}

static void sign_in(PurpleAccount *account)
{
    fake_server_of(account);
    fake_login(account);
    fake_turn();
}

static void expect_failure(PurpleAccount *account, const char *reason, const char *text)
{
    g_autofree char *line = g_strdup_printf("error %s %s", reason, text);

    fake_expect(FAKE_ERROR, line, NULL);
    fake_turn();
    assert_null(account->gc);
    fake_turn();
    assert_int_equal(fake_timers(), 0);
    assert_null(fake_connecting());
}

/* ours: the plugin's end, to be handed over; theirs: the proxy's. */
static void make_stream(int *ours, int *theirs)
{
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    *ours = pair[0];
    *theirs = pair[1];
}

static gboolean is_closed(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

static void proxy__none__connects_by_itself(void **state)
{
    (void)state;
    sign_in(begin("127.0.0.1:6060", PURPLE_PROXY_NONE, NULL, 0));
    assert_string_equal(fake_connecting(), "127.0.0.1:6060");
    assert_int_equal(fake_dials(), 0);
}

static void proxy__each_kind__is_asked_for_the_name_before_anything_connects(void **state)
{
    static const PurpleProxyType kinds[] = {PURPLE_PROXY_SOCKS4, PURPLE_PROXY_SOCKS5,
                                            PURPLE_PROXY_TOR};
    PurpleAccount *account = begin("chat.invalid:6060", PURPLE_PROXY_NONE, NULL, 0);

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        int ours, theirs, stream;

        fake_proxy(account, kinds[i], "127.0.0.1", 1080);
        make_stream(&ours, &theirs);
        sign_in(account);
        assert_string_equal(fake_dialing(), "chat.invalid 6060");
        assert_null(fake_connecting());
        fake_dialed(ours);
        assert_string_equal(fake_connecting(), "chat.invalid:6060");
        stream = fake_take_stream();
        assert_int_equal(stream, ours);
        fake_logout(account);
        fake_turn();
        close(stream);
        close(theirs);
    }
}

static void proxy__does_not_connect__is_a_network_error(void **state)
{
    PurpleAccount *account = begin("chat.invalid:6060", PURPLE_PROXY_SOCKS5, "127.0.0.1", 1080);

    (void)state;
    sign_in(account);
    fake_dialed(-1);
    expect_failure(account, "network-error", REFUSED);
}

static void proxy__libpurple_does_not_begin__is_a_network_error(void **state)
{
    PurpleAccount *account = begin("chat.invalid:6060", PURPLE_PROXY_SOCKS5, "127.0.0.1", 1080);

    (void)state;
    fake_refuse_dials(TRUE);
    fake_server_of(account);
    fake_login(account);
    fake_turn(); /* nothing is told before the turn after */
    expect_failure(account, "network-error", REFUSED);
}

static void proxy__setting_cannot_work__is_told_without_asking_libpurple(void **state)
{
    static const struct {
        const char *server;
        PurpleProxyType type;
        const char *host;
        int port;
    } cases[] = {
        {"chat.invalid:6060", PURPLE_PROXY_SOCKS5, NULL, 1080},
        {"chat.invalid:6060", PURPLE_PROXY_SOCKS5, "", 1080},
        {"chat.invalid:6060", PURPLE_PROXY_HTTP, "127.0.0.1", 0},
        {"chat.invalid:6060", PURPLE_PROXY_TOR, NULL, 0},
        {"[2001:db8::1]:6060", PURPLE_PROXY_SOCKS4, "127.0.0.1", 1080},
    };
    PurpleAccount *account = fake_account("alice");

    (void)state;
    fake_allow(FAKE_PROGRESS | FAKE_STATE | FAKE_NOTIFY);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        fake_set_string(account, "server", cases[i].server);
        fake_proxy(account, cases[i].type, cases[i].host, cases[i].port);
        sign_in(account);
        expect_failure(account, "invalid-settings", "*that cannot reach this address.");
    }
    assert_int_equal(fake_dials(), 0);
}

static void proxy__ipv6_address__has_brackets_for_http_only(void **state)
{
    PurpleAccount *account = begin("[2001:db8::1]:6060", PURPLE_PROXY_HTTP, "127.0.0.1", 3128);

    (void)state;
    sign_in(account);
    assert_string_equal(fake_dialing(), "[2001:db8::1] 80"); /* and 6060 in the tunnel's request */
    fake_logout(account);
    fake_turn();
    fake_proxy(account, PURPLE_PROXY_SOCKS5, "127.0.0.1", 1080);
    sign_in(account);
    assert_string_equal(fake_dialing(), "2001:db8::1 6060");
}

static void proxy__signed_out_while_dialing__asks_no_more(void **state)
{
    PurpleAccount *account = begin("chat.invalid:6060", PURPLE_PROXY_SOCKS5, "127.0.0.1", 1080);

    (void)state;
    sign_in(account);
    assert_non_null(fake_dialing());
    fake_logout(account);
    assert_null(fake_dialing());
    fake_turn();
    assert_int_equal(fake_timers(), 0);
}

static void proxy__setting_changes__counts_at_the_next_connection(void **state)
{
    PurpleAccount *account = scene_sign_in(ROW_BOB);
    int ours, theirs;

    (void)state;
    fake_allow(FAKE_ANY);
    assert_int_equal(fake_dials(), 0);
    fake_proxy(account, PURPLE_PROXY_SOCKS5, "127.0.0.1", 1080);
    fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    fake_advance(10000);
    assert_string_equal(fake_dialing(), "127.0.0.1 6060");
    assert_null(fake_connecting());
    make_stream(&ours, &theirs);
    fake_dialed(ours);
    fake_opened();
    fake_sent("{'hi':{}}");
    close(theirs);
}

/* Tunnels ---------------------------------------------------------------------------------------
 */

typedef struct {
    PurpleAccount *account;
    int theirs;
} Tunnel;

/* libpurple has connected to the proxy and asked it for nothing. */
static Tunnel begin_tunnel_of(PurpleAccount *account)
{
    Tunnel tunnel = {account, -1};
    int ours;

    make_stream(&ours, &tunnel.theirs);
    sign_in(tunnel.account);
    fake_dialed(ours);
    assert_null(fake_connecting());
    fake_turn();
    return tunnel;
}

static Tunnel begin_tunnel(const char *server, const char *user, const char *password)
{
    PurpleAccount *account = begin(server, PURPLE_PROXY_HTTP, "127.0.0.1", 3128);

    fake_proxy_user(account, user, password);
    return begin_tunnel_of(account);
}

static char *take_request(const Tunnel *tunnel)
{
    char text[4096];
    ssize_t n = recv(tunnel->theirs, text, sizeof text - 1, MSG_DONTWAIT);

    assert_true(n > 0);
    text[n] = '\0';
    return g_strdup(text);
}

static void answer(const Tunnel *tunnel, const char *text)
{
    assert_int_equal(send(tunnel->theirs, text, strlen(text), MSG_NOSIGNAL), strlen(text));
    fake_turn();
}

static void tunnel__port_80__is_asked_for_and_handed_over(void **state)
{
    Tunnel tunnel = begin_tunnel("chat.invalid:80", NULL, NULL);
    g_autofree char *request = take_request(&tunnel);
    int stream;

    (void)state;
    assert_string_equal(request,
                        "CONNECT chat.invalid:80 HTTP/1.1\r\nHost: chat.invalid:80\r\n\r\n");
    answer(&tunnel, "HTTP/1.1 200 Connection est");
    assert_null(fake_connecting());
    answer(&tunnel, "ablished\r\nVia: x\r\n\r");
    assert_null(fake_connecting());
    answer(&tunnel, "\n");
    assert_string_equal(fake_connecting(), "chat.invalid:80");
    assert_int_equal(fake_inputs(), 0);
    stream = fake_take_stream();
    assert_true(stream >= 0);
    close(stream);
    close(tunnel.theirs);
}

static void tunnel__any_port__is_asked_for_on_a_bare_stream(void **state)
{
    static const PurpleProxyType kinds[] = {PURPLE_PROXY_HTTP, PURPLE_PROXY_USE_ENVVAR};
    PurpleAccount *account = begin("chat.invalid:6060", PURPLE_PROXY_NONE, NULL, 0);

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autofree char *request = NULL;
        int ours, theirs;

        fake_proxy(account, kinds[i], "127.0.0.1", 3128);
        make_stream(&ours, &theirs);
        sign_in(account);
        assert_string_equal(fake_dialing(), "chat.invalid 80");
        fake_dialed(ours);
        fake_turn();
        request = take_request(&(Tunnel){account, theirs});
        assert_string_equal(
            request, "CONNECT chat.invalid:6060 HTTP/1.1\r\nHost: chat.invalid:6060\r\n\r\n");
        answer(&(Tunnel){account, theirs}, "HTTP/1.0 200 OK\r\n\r\n");
        assert_string_equal(fake_connecting(), "chat.invalid:6060");
        fake_logout(account);
        fake_turn();
        close(theirs);
    }
}

static void tunnel__libpurple_knows_more__is_its_own(void **state)
{
    static const struct {
        const char *user, *variable;
    } cases[] = {{"DOMAIN\\me", NULL}, {NULL, "no_proxy"}, {"me", "NO_PROXY"}};
    PurpleAccount *account = begin("chat.invalid:6060", PURPLE_PROXY_NONE, NULL, 0);

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        int ours, theirs;

        fake_proxy(account, PURPLE_PROXY_HTTP, "127.0.0.1", 3128);
        fake_proxy_user(account, cases[i].user, "secret");
        if (cases[i].variable != NULL)
            g_setenv(cases[i].variable, "elsewhere.invalid:6060", TRUE);
        make_stream(&ours, &theirs);
        sign_in(account);
        if (cases[i].variable != NULL)
            g_unsetenv(cases[i].variable);
        assert_string_equal(fake_dialing(), "chat.invalid 6060");
        fake_dialed(ours);
        assert_string_equal(fake_connecting(), "chat.invalid:6060");
        fake_logout(account);
        fake_turn();
        close(theirs);
    }
}

static void tunnel__user_and_password__are_told(void **state)
{
    Tunnel tunnel = begin_tunnel("[::1]:80", "me", "a:b");
    g_autofree char *request = take_request(&tunnel);

    (void)state;
    assert_string_equal(request, "CONNECT [::1]:80 HTTP/1.1\r\nHost: [::1]:80\r\n"
                                 "Proxy-Authorization: Basic bWU6YTpi\r\n\r\n"); /* me:a:b */
    close(tunnel.theirs);
}

static void tunnel__proxy_makes_none__is_a_network_error(void **state)
{
    static const char *const answers[] = {
        "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: http://portal.invalid/\r\n\r\n",
        "HTTP/1.1 502 Bad Gateway\r\n\r\n<html>",
        "HTTP/1.1 200 OK\r\n\r\n<html>",
        "HTTP/1.1 2\r\n\r\n",
        "HTTP/1.1\r\n\r\n",
        "SSH-2.0 200\r\n\r\n",
        "",
    };
    PurpleAccount *account = begin("chat.invalid:80", PURPLE_PROXY_HTTP, "127.0.0.1", 3128);

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(answers); i++) {
        Tunnel tunnel = begin_tunnel_of(account);
        g_autofree char *request = take_request(&tunnel);

        if (answers[i][0] != '\0') {
            answer(&tunnel, answers[i]);
        } else {
            shutdown(tunnel.theirs, SHUT_RDWR);
            fake_turn();
        }
        expect_failure(tunnel.account, "network-error", REFUSED);
        assert_true(is_closed(tunnel.theirs));
        assert_int_equal(fake_inputs(), 0);
        close(tunnel.theirs);
    }
}

static void tunnel__endless_answer__is_broken_off(void **state)
{
    Tunnel tunnel = begin_tunnel("chat.invalid:80", NULL, NULL);
    g_autofree char *line = g_strnfill(1000, 'x');
    guint n = 0;

    (void)state;
    while (fake_count(FAKE_ERROR, "*") == 0 && n++ < 100)
        answer(&tunnel, line);
    assert_in_range(n, 16, 20);
    expect_failure(tunnel.account, "network-error", REFUSED);
    close(tunnel.theirs);
}

static void tunnel__signed_out_meanwhile__closes_the_stream(void **state)
{
    Tunnel tunnel = begin_tunnel("chat.invalid:80", NULL, NULL);
    g_autofree char *request = take_request(&tunnel);

    (void)state;
    fake_logout(tunnel.account);
    assert_true(is_closed(tunnel.theirs));
    assert_int_equal(fake_inputs(), 0);
    close(tunnel.theirs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(proxy__none__connects_by_itself),
        FAKE_TEST(proxy__each_kind__is_asked_for_the_name_before_anything_connects),
        FAKE_TEST(proxy__does_not_connect__is_a_network_error),
        FAKE_TEST(proxy__libpurple_does_not_begin__is_a_network_error),
        FAKE_TEST(proxy__setting_cannot_work__is_told_without_asking_libpurple),
        FAKE_TEST(proxy__ipv6_address__has_brackets_for_http_only),
        FAKE_TEST(proxy__signed_out_while_dialing__asks_no_more),
        FAKE_TEST(proxy__setting_changes__counts_at_the_next_connection),
        FAKE_TEST(tunnel__port_80__is_asked_for_and_handed_over),
        FAKE_TEST(tunnel__any_port__is_asked_for_on_a_bare_stream),
        FAKE_TEST(tunnel__libpurple_knows_more__is_its_own),
        FAKE_TEST(tunnel__user_and_password__are_told),
        FAKE_TEST(tunnel__proxy_makes_none__is_a_network_error),
        FAKE_TEST(tunnel__endless_answer__is_broken_off),
        FAKE_TEST(tunnel__signed_out_meanwhile__closes_the_stream),
    };

    g_unsetenv("no_proxy");
    g_unsetenv("NO_PROXY");
    return cmocka_run_group_tests_name("proxies", tests, NULL, NULL);
}
