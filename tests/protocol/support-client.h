/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * support-client.h: a transport with everything that it told, and ways to wait for it. Also a
 * resolver that answers as the test says.
 */
#ifndef SUPPORT_CLIENT_H
#define SUPPORT_CLIENT_H

#include "protocol/tn-transport-lws-internal.h"
#include "support-peer.h"

typedef struct _Client Client;

struct _Client {
    TnTransport *transport;
    guint n_opened, n_received, n_closed;
    GString *last; /* the last frame */
    TnCause cause;
    TnError error;
    int code;
    char *detail, *server;
    /* Called inside the events, after counting; may free the transport (and set it to NULL). */
    void (*on_opened)(Client *client);
    void (*on_received)(Client *client);
    void (*on_closed)(Client *client);
    gboolean is_inside; /* a function of the transport is on the stack: no event may come */
    gpointer data;
};

Client *client_new(void);
/* Also lets the loop turn and fails if anything is left of libwebsockets. */
void client_free(Client *client);
/* ca_file may be NULL. */
void client_open(Client *client, const char *host, guint16 port, gboolean use_tls,
                 const char *ca_file);
void client_close(Client *client, gboolean is_orderly);
void client_drop(Client *client); /* free the transport */
gboolean client_send(Client *client, const char *text);

/* Let the loop turn until condition, but not for ever: then the test fails. */
#define WAIT(condition)                                                                            \
    do {                                                                                           \
        WaitLimit limit_;                                                                          \
        wait_begin(&limit_);                                                                       \
        while (!(condition) && !limit_.is_over)                                                    \
            g_main_context_iteration(NULL, TRUE);                                                  \
        wait_end(&limit_, #condition, __FILE__, __LINE__);                                         \
    } while (0)

typedef struct {
    guint source;
    gint64 until_us;
    gboolean is_over;
} WaitLimit;

void wait_begin(WaitLimit *limit);
void wait_end(WaitLimit *limit, const char *condition, const char *file, int line);
/* TRUE under valgrind: no time that a test measures means anything. */
gboolean is_slow_motion(void);
/* Let everything that is ready happen. */
void settle(void);

/* How often the loop has something to do in so many milliseconds; it sleeps in between. */
guint count_turns(guint ms);

/* Open descriptors of this process, and those of them that are sockets. */
guint count_descriptors(void);
guint count_sockets(void);
/* Open descriptors when no socket is left but so many, and no thread is at work on one. */
guint count_rest(guint n_sockets);

/* For a group's teardown: end the threads in which GIO did TLS and looked names up. The leak
 * checker cannot read what GnuTLS keeps in them. */
void end_idle_threads(void);

/* Make fake_resolver_add()'s answers the only names there are. NULL-terminated list of addresses;
 * none: the look-up fails; "hang" as the only one: it never ends by itself. */
void fake_resolver_install(void);
void fake_resolver_add(const char *name, const char *const *addresses);
guint fake_resolver_lookups(void);
void fake_resolver_remove(void);

#endif
