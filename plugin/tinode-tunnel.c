/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-tunnel.c: one request, one answer. The far end of a tunnel never speaks first here, so
 * whatever follows the answer's head is not a tunnel's. */
#include "tinode-tunnel.h"

#include <errno.h>
#include <eventloop.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/tn-codec.h"

#define MAX_HEAD 16384

struct _TinodeTunnel {
    int fd;
    guint input;
    char *request; /* with credentials: not for the log */
    gsize sent;
    GString *head;
    TinodeTunnelDone done;
    gpointer data;
};

char *tinode_tunnel_request(const char *host, guint16 port, const char *user, const char *password)
{
    g_autofree char *line = NULL;

    if (user != NULL && user[0] != '\0') {
        char *plain = g_strconcat(user, ":", password != NULL ? password : "", NULL);
        char *coded = g_base64_encode((const guchar *)plain, strlen(plain));

        line = g_strdup_printf("Proxy-Authorization: Basic %s\r\n", coded);
        tn_secret_free(plain);
        tn_secret_free(coded);
    }
    return g_strdup_printf("CONNECT %s:%u HTTP/1.1\r\nHost: %s:%u\r\n%s\r\n", host, port, host,
                           port, line != NULL ? line : "");
}

static void tunnel_free(TinodeTunnel *tunnel)
{
    if (tunnel->input != 0)
        purple_input_remove(tunnel->input);
    if (tunnel->fd >= 0)
        close(tunnel->fd);
    tn_secret_free(tunnel->request);
    g_string_free(tunnel->head, TRUE);
    g_free(tunnel);
}

static void tell(TinodeTunnel *tunnel, int status, const char *problem)
{
    TinodeTunnelDone done = tunnel->done;
    gpointer data = tunnel->data;
    int fd = -1;

    if (problem == NULL) {
        fd = tunnel->fd;
        tunnel->fd = -1;
    }
    tunnel_free(tunnel);
    done(fd, status, problem, data);
}

/* "HTTP/1.1 200 Established": 200; 0 if it is nothing of the kind. */
static int status_of(const char *head)
{
    const char *space = strchr(head, ' ');
    guint64 status = 0;
    g_autofree char *digits = NULL;

    if (!g_str_has_prefix(head, "HTTP/1.") || space == NULL)
        return 0;
    digits = g_strndup(space + 1, 3);
    return g_ascii_string_to_unsigned(digits, 10, 100, 599, &status, NULL) ? (int)status : 0;
}

static void judge(TinodeTunnel *tunnel, gsize head_length)
{
    int status = status_of(tunnel->head->str);

    if (status == 0)
        tell(tunnel, 0, "the proxy's answer is not HTTP");
    else if (status == 407)
        tell(tunnel, status, "the proxy wants another user or password");
    else if (status < 200 || status > 299)
        tell(tunnel, status, "the proxy refuses the tunnel");
    else if (tunnel->head->len > head_length)
        tell(tunnel, status, "the proxy's answer goes on");
    else
        tell(tunnel, status, NULL);
}

static gboolean may_come_later(ssize_t n)
{
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

static void on_readable(gpointer data, int fd, PurpleInputCondition condition)
{
    TinodeTunnel *tunnel = data;
    char piece[1024];
    ssize_t n = recv(fd, piece, sizeof piece, 0);
    const char *end;

    (void)condition;
    if (may_come_later(n))
        return;
    if (n <= 0) {
        tell(tunnel, 0, "the proxy closed the connection");
        return;
    }
    g_string_append_len(tunnel->head, piece, n);
    end = g_strstr_len(tunnel->head->str, (gssize)tunnel->head->len, "\r\n\r\n");
    if (end != NULL)
        judge(tunnel, (gsize)(end - tunnel->head->str) + 4);
    else if (tunnel->head->len > MAX_HEAD)
        tell(tunnel, 0, "the proxy's answer has no end");
}

static void on_writable(gpointer data, int fd, PurpleInputCondition condition)
{
    TinodeTunnel *tunnel = data;
    const char *rest = tunnel->request + tunnel->sent;
    ssize_t n = send(fd, rest, strlen(rest), MSG_NOSIGNAL);

    (void)condition;
    if (may_come_later(n))
        return;
    if (n < 0) {
        tell(tunnel, 0, "the proxy closed the connection");
        return;
    }
    tunnel->sent += (gsize)n;
    if (tunnel->request[tunnel->sent] != '\0')
        return;
    purple_input_remove(tunnel->input);
    tunnel->input = purple_input_add(fd, PURPLE_INPUT_READ, on_readable, tunnel);
}

TinodeTunnel *tinode_tunnel_start(int fd, char *request, TinodeTunnelDone done, gpointer data)
{
    TinodeTunnel *tunnel = g_new0(TinodeTunnel, 1);

    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    tunnel->fd = fd;
    tunnel->request = request;
    tunnel->head = g_string_new(NULL);
    tunnel->done = done;
    tunnel->data = data;
    tunnel->input = purple_input_add(fd, PURPLE_INPUT_WRITE, on_writable, tunnel);
    return tunnel;
}

void tinode_tunnel_cancel(TinodeTunnel *tunnel)
{
    tunnel_free(tunnel);
}
