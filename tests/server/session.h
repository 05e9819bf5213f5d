/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client's session (tests/server): requests come in, are checked and worked off in order, one
 * {sub} or {leave} at a time; answers and news go out. Wire facts, sections 1, 2, 4. */
#ifndef LOOPBACK_SESSION_H
#define LOOPBACK_SESSION_H

#include "conn.h"
#include "packet.h"
#include "world.h"

typedef struct Room Room;

struct Session {
    int refs;
    guint64 sid;
    Conn *conn;  /* NULL once closed */
    User *user;  /* NULL: not signed in */
    int version; /* 0: no {hi} yet */
    char *ua;
    char *lang;
    GHashTable *rooms; /* name of the room → Room, those attached to */
    GQueue *todo;      /* requests that wait */
    gboolean pumping;
    gboolean in_flight; /* a {sub} or {leave} is being worked on */
    gboolean swallow;   /* what is sent now is lost, on order */
    gboolean swallow_data;
    gint64 last_action;
    char *query;   /* of fnd */
    json_t *heard; /* of a ghost: what it was sent; else NULL */
};

/* A request on its way through the server. */
typedef struct {
    Session *session;
    json_t *frame; /* NULL: it was malformed */
    const char *verb;
    json_t *body;      /* borrowed from frame */
    const char *id;    /* "" if there is none; borrowed */
    const char *topic; /* as the client named it, "" if none; borrowed */
    char *room;        /* where that leads */
    gboolean probe;
    gboolean created; /* of a {sub}: it made the topic */
    gboolean newsub;  /* and the subscription */
    gboolean swallow;
    gboolean swallow_data;
} Request;

Session *session_new(Conn *conn);
Session *session_ref(Session *session);
void session_unref(Session *session);

/* A message of the client. */
void session_take(Session *session, const guint8 *text, gsize len);

/* The connection is gone. The session leaves its rooms in the next turn of the main loop, or by
 * session_settle(). */
void session_closed(Session *session);
void session_settle(void);

/* Login of the user, or NULL. */
const char *session_login(const Session *session);

/* Sends a frame; the reference is taken. FALSE: the queue of a slow reader is full, it was lost. */
gboolean session_send(Session *session, json_t *frame);

/* Answers a request with {ctrl}; params are taken. */
void session_reply(Request *request, int code, const char *text, json_t *params);
/* The same under another topic name. */
void session_reply_as(Request *request, const char *topic, int code, const char *text,
                      json_t *params);

/* Does a request, which is taken, now. */
void session_dispatch(Request *request);

Request *request_new(Session *session, json_t *frame, const char *verb, json_t *body);
void request_free(Request *request);

/* Where a topic name leads for this user: NULL if it is refused, and then *code says how. Caller
 * frees. */
char *session_room_name(const User *user, const char *topic, int *code);

/* A {sub} is answered: the next one may go. */
void session_flight_over(Session *session);

/* Signs the session in. */
void session_sign_in(Session *session, User *user);

/* Ends all sessions of a user with {ctrl 205 evicted}; of everybody (user NULL) with "server
 * shutdown". */
void session_evict(const User *user);

/* Calls fn for all open sessions. */
void session_foreach(void (*fn)(Session *session, gpointer data), gpointer data);

#endif
