/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * support-fake-transport.h: a transport in memory and a clock that stands still, for tests of the
 * session. The test plays the server: it opens, sends, closes, and lets time pass. The fake checks
 * that the session keeps the rules of the port (one connection at a time, sends only when open).
 */
#ifndef TESTS_SUPPORT_FAKE_TRANSPORT_H
#define TESTS_SUPPORT_FAKE_TRANSPORT_H

#include "protocol/tn-session.h"

typedef struct {
    TnTransport base; /* first */
    TnTransportEvents events;
    gpointer user_data;
    TnTransportCounters counters;
    gboolean is_connecting, is_open, is_freed;
    gboolean is_full;               /* send() refuses */
    gboolean was_orderly;           /* the last close() */
    GPtrArray *sent;                /* char *, what has not been looked at yet */
    char *host, *api_key, *ca_file; /* of the last open() */
    guint16 port;
    gboolean use_tls;

    gint64 now_ms;
    gint64 deadline_ms; /* -1: none */
    guint n_deadlines;  /* how often it was set */
    double chance;
} FakeTransport;

FakeTransport *fake_transport_new(void);
/* After the session is gone; fails the test if it did not free its transport. */
void fake_transport_destroy(FakeTransport *fake);

/* The clock. user_data of the session must begin with a FakeTransport pointer. */
extern const TnClock fake_clock;

/* What the server and the network do. Each fails the test if it cannot happen now. */
void fake_opened(FakeTransport *fake);
/* text: JSON with ' for " */
void fake_receive(FakeTransport *fake, const char *text);
void fake_receive_bytes(FakeTransport *fake, const char *bytes, gsize length);
void fake_closed(FakeTransport *fake, TnError error, TnCause cause);

/* Time passes; the session is told at each of its deadlines, exactly then. */
void fake_advance(FakeTransport *fake, TnSession **session, gint64 ms);

/* The next frame that was sent must equal this JSON (' for ") but for its id, which is returned:
 * (transfer full), "" if there was none. */
char *fake_expect(FakeTransport *fake, const char *json);
/* The next frame, as it is: (transfer full); NULL. */
char *fake_take(FakeTransport *fake);
/* Nothing (more) was sent. */
void fake_expect_silence(const FakeTransport *fake);

#endif
