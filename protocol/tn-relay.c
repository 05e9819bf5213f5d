/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-relay.c: two sockets and a buffer for each direction.
 *
 * A direction reads only when its buffer is empty, so whoever does not take its bytes makes the
 * other one wait, and no descriptor is watched that nothing is wanted of: poll() would report its
 * end over and over. Everything happens in one source of the loop; nobody is called.
 */
#define _GNU_SOURCE /* accept4, struct ucred */

#include "tn-relay.h"

#include <errno.h>
#include <glib-unix.h>
#include <stddef.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BUFFER_BYTES    65536
#define DISCARD_BYTES   (1024 * 1024)
#define NAME_BYTES      16 /* of chance in the name */
#define READABLE        (G_IO_IN | G_IO_HUP | G_IO_ERR)
#define MAX_NAME_LENGTH (2 + 7 + 2 * NAME_BYTES + 1)

enum { LOCAL, REMOTE, N_SIDES };

typedef struct {
    int fd; /* -1: closed */
    gpointer tag;
    GIOCondition watched;
} Side;

/* From the side of the same number to the other one. */
typedef struct {
    guint8 bytes[BUFFER_BYTES];
    gsize begin, end;
    gboolean is_ended; /* nothing more can be read */
    gboolean is_over;  /* nothing more will be written */
} Flow;

struct _TnRelay {
    GSource *source;
    int listener; /* -1 once the local side has come */
    gpointer listener_tag;
    char address[MAX_NAME_LENGTH];
    guint64 n_received;
    Side sides[N_SIDES];
    Flow flows[N_SIDES];
};

typedef struct {
    GSource base; /* first */
    TnRelay *relay;
} RelaySource;

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Copying -------------------------------------------------------------------------------------- */

static gboolean is_passing(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static void flow_read(TnRelay *relay, guint from)
{
    Flow *flow = &relay->flows[from];
    ssize_t n;

    if (flow->begin < flow->end || flow->is_ended || flow->is_over)
        return;
    n = recv(relay->sides[from].fd, flow->bytes, sizeof(flow->bytes), 0);
    if (n > 0) {
        flow->begin = 0;
        flow->end = (gsize)n;
        relay->n_received += from == REMOTE ? (guint64)n : 0;
    } else if (n == 0 || !is_passing(errno)) { /* a reset is an end, too */
        flow->is_ended = TRUE;
    }
}

static void flow_write(TnRelay *relay, guint from)
{
    Flow *flow = &relay->flows[from];
    int to = relay->sides[1 - from].fd;
    ssize_t n;

    while (flow->begin < flow->end && !flow->is_over) {
        n = send(to, flow->bytes + flow->begin, flow->end - flow->begin, MSG_NOSIGNAL);
        if (n >= 0)
            flow->begin += (gsize)n;
        else if (errno == EINTR)
            continue;
        else if (is_passing(errno))
            return;
        else /* nobody takes it any more; what comes the other way may still be read */
            flow->is_over = TRUE;
    }
    if (flow->is_ended && !flow->is_over) {
        flow->is_over = TRUE;
        shutdown(to, SHUT_WR);
    }
}

/* Watching ------------------------------------------------------------------------------------- */

static void watch(TnRelay *relay, Side *side, GIOCondition wanted)
{
    if (side->watched == wanted)
        return;
    if (side->tag != NULL && wanted != 0)
        g_source_modify_unix_fd(relay->source, side->tag, wanted);
    else if (side->tag != NULL)
        g_source_remove_unix_fd(relay->source, g_steal_pointer(&side->tag));
    else
        side->tag = g_source_add_unix_fd(relay->source, side->fd, wanted);
    side->watched = wanted;
}

static void watch_both(TnRelay *relay)
{
    for (guint i = 0; i < N_SIDES; i++) {
        const Flow *out = &relay->flows[i], *in = &relay->flows[1 - i];
        gboolean is_read = out->begin == out->end && !out->is_ended && !out->is_over;
        gboolean is_written = in->begin < in->end && !in->is_over;

        watch(relay, &relay->sides[i], (is_read ? G_IO_IN : 0) | (is_written ? G_IO_OUT : 0));
    }
}

static void finish(TnRelay *relay)
{
    for (guint i = 0; i < N_SIDES; i++) {
        watch(relay, &relay->sides[i], 0);
        close_fd(&relay->sides[i].fd);
    }
}

static void copy(TnRelay *relay)
{
    for (guint from = 0; from < N_SIDES; from++) {
        const Side *side = &relay->sides[from];

        if (side->tag != NULL && (g_source_query_unix_fd(relay->source, side->tag) & READABLE) != 0)
            flow_read(relay, from);
        flow_write(relay, from);
    }
    if (relay->flows[LOCAL].is_over && relay->flows[REMOTE].is_over)
        finish(relay);
    else
        watch_both(relay);
}

/* The local side ------------------------------------------------------------------------------- */

/* Whoever is on this computer can see the name and connect to it. */
static gboolean is_ourselves(int fd)
{
    struct ucred peer = {0};
    socklen_t length = sizeof(peer);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.pid == getpid() &&
           peer.uid == geteuid();
}

static void stop_listening(TnRelay *relay)
{
    if (relay->listener_tag != NULL)
        g_source_remove_unix_fd(relay->source, g_steal_pointer(&relay->listener_tag));
    close_fd(&relay->listener);
}

static void let_in(TnRelay *relay)
{
    int fd = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0 && (is_passing(errno) || errno == ECONNABORTED))
        return;
    if (fd >= 0 && !is_ourselves(fd)) {
        close(fd);
        return;
    }
    stop_listening(relay); /* without a descriptor for it, it would call again and again */
    relay->sides[LOCAL].fd = fd;
    if (fd >= 0)
        watch_both(relay);
}

static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer user_data)
{
    TnRelay *relay = ((RelaySource *)source)->relay;

    (void)callback;
    (void)user_data;
    if (relay->listener >= 0)
        let_in(relay);
    else
        copy(relay);
    return G_SOURCE_CONTINUE;
}

static gboolean make_name(TnRelay *relay)
{
    guint8 chance[NAME_BYTES];
    GString *name;

    if (getrandom(chance, sizeof(chance), 0) != sizeof(chance))
        return FALSE;
    name = g_string_new("+@tinode-");
    for (guint i = 0; i < sizeof(chance); i++)
        g_string_append_printf(name, "%02x", chance[i]);
    g_strlcpy(relay->address, name->str, sizeof(relay->address));
    g_string_free(name, TRUE);
    return TRUE;
}

static gboolean start_listening(TnRelay *relay)
{
    struct sockaddr_un where = {.sun_family = AF_UNIX};
    gsize length = strlen(relay->address) - 2;

    /* An abstract name begins with a NUL and ends where the address does. */
    memcpy(where.sun_path + 1, relay->address + 2, length);
    relay->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (relay->listener < 0 ||
        bind(relay->listener, (struct sockaddr *)&where,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length)) != 0 ||
        listen(relay->listener, 4) != 0)
        return FALSE;
    relay->listener_tag = g_source_add_unix_fd(relay->source, relay->listener, G_IO_IN);
    return TRUE;
}

/* Life ----------------------------------------------------------------------------------------- */

TnRelay *tn_relay_new(int fd)
{
    static GSourceFuncs funcs = {.dispatch = dispatch};
    TnRelay *relay = g_new0(TnRelay, 1);

    relay->source = g_source_new(&funcs, sizeof(RelaySource));
    ((RelaySource *)relay->source)->relay = relay;
    g_source_set_name(relay->source, "tinode relay");
    relay->listener = relay->sides[LOCAL].fd = -1;
    relay->sides[REMOTE].fd = fd;
    g_source_attach(relay->source, NULL);
    if (g_unix_set_fd_nonblocking(fd, TRUE, NULL) && make_name(relay) && start_listening(relay))
        return relay;
    tn_relay_free(relay, FALSE);
    return NULL;
}

const char *tn_relay_address(const TnRelay *relay)
{
    return relay->address;
}

guint64 tn_relay_received(const TnRelay *relay)
{
    return relay->n_received;
}

/* The loop does not turn here: all that the local side has written is in its socket. */
static void flush(TnRelay *relay)
{
    Flow *out = &relay->flows[LOCAL], *in = &relay->flows[REMOTE];
    gsize discarded = 0;

    flow_write(relay, LOCAL);
    while (out->begin == out->end && !out->is_over) {
        flow_read(relay, LOCAL);
        if (out->begin == out->end && !out->is_ended)
            break;
        flow_write(relay, LOCAL);
    }
    shutdown(relay->sides[REMOTE].fd, SHUT_WR);
    /* What is left unread makes of the close a reset, which overtakes what we have written. */
    for (; discarded < DISCARD_BYTES && !in->is_ended; discarded += in->end) {
        in->begin = in->end = 0;
        in->is_over = FALSE;
        flow_read(relay, REMOTE);
        if (in->end == 0)
            break;
    }
}

void tn_relay_free(TnRelay *relay, gboolean is_orderly)
{
    if (relay == NULL)
        return;
    if (is_orderly && relay->sides[LOCAL].fd >= 0 && relay->sides[REMOTE].fd >= 0)
        flush(relay);
    g_source_destroy(relay->source);
    g_source_unref(relay->source);
    close_fd(&relay->listener);
    close_fd(&relay->sides[LOCAL].fd);
    close_fd(&relay->sides[REMOTE].fd);
    g_free(relay);
}
