/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * support-session.h: a session over the fake transport, and a diary of all that it tells. A test
 * plays the server, lets time pass, and compares the diary; what it does not expect fails it.
 */
#ifndef TESTS_SUPPORT_SESSION_H
#define TESTS_SUPPORT_SESSION_H

#include "support-fake-transport.h"

typedef struct _Fixture Fixture;

struct _Fixture {
    FakeTransport *fake; /* first: the clock's user_data */
    TnSession *session;
    GString *diary;  /* one line for each event and outcome since it was last read */
    GString *traces; /* all lines of the session's log */
    GSList *names;   /* of requests */

    /* Called at the diary line that begins with hook_at; NULL: none. Runs once. */
    const char *hook_at;
    void (*hook)(Fixture *fixture);
};

/* Nothing has been opened. login "alice", password "alice123", servers "one.example". */
Fixture *fixture_new(void);
Fixture *fixture_new_with(const char *servers, const char *login);
/* The account is to be made first. */
Fixture *fixture_new_account(const char *servers, const char *login);
/* A forgotten password in place of signing in. */
Fixture *fixture_new_reset(const char *servers, const TnReset *reset);
void fixture_free(Fixture *fixture);

/* user_data for a request, so that its outcome stands in the diary under this name. */
gpointer fixture_name(Fixture *fixture, const char *name);
/* "name: error code topic seq count" as they are not 0; history as "name history: ...". */
void fixture_done(const TnReply *reply, gpointer user_data);
void fixture_history(const TnReply *reply, gpointer user_data);

/* The diary must read like this, lines joined by "; "; it starts anew. */
void fixture_expect(Fixture *fixture, const char *diary);
/* Whatever the diary says, it starts anew. */
void fixture_forget(Fixture *fixture);

/* Steps of signing in. Each plays the server's part, and expects the client's. */
void fixture_connect(Fixture *fixture); /* open, tick, opened: HELLO */
void fixture_hello(Fixture *fixture);   /* ctrl 201: LOGIN */
void fixture_login(Fixture *fixture);   /* ctrl 200: ATTACHING */
void fixture_me(Fixture *fixture);      /* ctrl 200 and rows: UP */
/* All of them; the diary is empty afterwards. */
void fixture_up(Fixture *fixture);
/* The last three, on a link that comes back. */
void fixture_resume(Fixture *fixture);

/* fake_expect(), and an answer with the id that was sent: code, text, params (may be NULL). */
char *fixture_answer(Fixture *fixture, const char *expected, int code, const char *text,
                     const char *params);
/* An answer to an id. */
void fixture_reply(Fixture *fixture, const char *id, const char *topic, int code, const char *text,
                   const char *params);
/* attach() of a topic without history, answered 200; the diary is empty afterwards. */
void fixture_attached(Fixture *fixture, const char *topic);

#endif
