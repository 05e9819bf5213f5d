/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-session-internal.h: the inside of a session, shared by its files only:
 *   tn-session.c          life, re-entrancy, deadlines
 *   tn-session-link.c     connecting, losing the link and coming back
 *   tn-session-login.c    signing in, new accounts, and what the user is asked meanwhile
 *   tn-session-topics.c   requests and their answers while UP, attaching and leaving
 *   tn-session-ask.c      what else can be asked
 *   tn-session-frames.c   what comes in, to one of those above
 *
 * Re-entrancy: whatever calls out (events, outcomes) may find the session closed, reopened or freed
 * on return. Entries from outside hold it (session_enter, session_leave), so its memory stays;
 * after each call out the caller asks session_is_same() and ends if it is not. State is changed
 * before anybody is told.
 */
#ifndef TN_SESSION_INTERNAL_H
#define TN_SESSION_INTERNAL_H

#include "tn-backoff.h"
#include "tn-codec.h"
#include "tn-requests.h"
#include "tn-servers.h"
#include "tn-session.h"

G_BEGIN_DECLS

#define TN_PROTOCOL_VERSION "0.25"

/* Names of topics that are to be made begin so. */
#define TN_NEW_GROUP   "new"
#define TN_NEW_CHANNEL "nch"

/* A request without an answer; official clients wait 5 s, a cluster needs up to 2 s to notice. */
#define REQUEST_TIMEOUT_MS 10000
/* After this long a {note} has not been complained about: complaints come at once. */
#define NOTE_SETTLED_MS  2000
#define PHASE_TIMEOUT_MS 20000
/* The transport has its own deadlines (30 s); this one only guards against its silence. */
#define CONNECT_GUARD_MS 35000
/* A link that held this long was a good one: the next loss is a first one again. */
#define LASTING_UP_MS 30000
/* A topic is "locked" while the server loads it, which takes milliseconds. */
#define LOCKED_TRIES  3
#define LOCKED_MIN_MS 100
#define LOCKED_MAX_MS 400

/* What {sub me} brings before the session is up. */
enum {
    ME_CTRL = 1 << 0,
    ME_DESC = 1 << 1,
    ME_ROWS = 1 << 2,
};

/* A failure whose strings are owned. */
typedef struct {
    TnFailure failure;
    char *detail, *server;
} KeptFailure;

struct _TnSession {
    TnTransport *transport;
    TnClock clock;
    TnSessionEvents events;
    gpointer user_data;
    TnSessionLogFunc log;
    gpointer log_data;

    /* TnSessionConfig */
    TnServers *servers; /* NULL: the list makes no sense */
    char *login, *password, *agent, *language, *ca_file, *api_key, *full_name;
    gboolean use_tls;
    gint64 resume_ms;

    guint holds; /* entries under way, and 1 until it is freed */
    gboolean is_freed;
    guint generation; /* changes with every connection and every end of one */
    TnSessionState state;

    char *token; /* of the last login; secret */
    char *user;
    TnServerInfo server_info;
    char *server_version, *server_build;

    /* connecting */
    const TnServer *server; /* of this connection, or of the last */
    guint32 signing_id;     /* of hi, login or {sub me}; 0: none is open */
    gboolean is_token_login;
    gboolean is_new;      /* the account is to be made; FALSE once it is */
    char **required;      /* methods that a new account needs an address of; NULL: none */
    GPtrArray *addresses; /* theirs, as far as they were told, in the same order */
    TnQuestion question;  /* of CONFIRM */
    char *method;         /* asked about last; NULL: nothing was asked */
    gboolean is_coded;    /* a code of that method was sent */
    gboolean is_answered;
    char *answer;     /* secret; NULL while is_answered: declined */
    guint me_missing; /* ME_* */
    guint me_tries;
    gboolean was_up;   /* since open */
    guint first_tries; /* connections since open, while it was never up */
    TnBackoff backoff;
    KeptFailure last;

    /* deadlines, -1: none */
    gint64 connect_at_ms, phase_until_ms, me_again_at_ms, resume_until_ms;
    gint64 told_deadline_ms;
    gint64 up_since_ms;

    TnRequests *requests; /* sent */
    TnLine *line;         /* waiting {sub} and {leave} */
    TnRequest *in_flight; /* the {sub} or {leave} that waits for its ctrl; owned by requests */
    GHashTable *attached; /* topic */
    GHashTable *late;     /* id -> topic: {sub} whose answer came not in time */
    GQueue outcomes;      /* to be told now */
    GQueue deferred;      /* to be told at the next tick */

    guint64 n_resumes, n_malformed;
};

/* tn-session.c */

void session_enter(TnSession *session);
/* Brings the deadline up to date; may release the memory. */
void session_leave(TnSession *session);
gboolean session_is_same(const TnSession *session, guint generation);
gint64 session_now(const TnSession *session);
void session_log(TnSession *session, const char *format, ...) G_GNUC_PRINTF(2, 3);
void session_set_state(TnSession *session, TnSessionState state);
/* Calls phase(). FALSE: the session is not what it was. */
gboolean session_tell_phase(TnSession *session);
/* Frees frame. FALSE: the transport did not take it. */
gboolean session_send(TnSession *session, char *frame);
/* Outcomes for the waiters of request, which is freed; is_history: for their history functions. */
void session_settle(TnSession *session, TnRequest *request, const TnReply *reply);
void session_settle_waiters(TnSession *session, const TnRequest *request, const TnReply *reply,
                            gboolean is_history);
/* An outcome at the next tick. done may be NULL. */
void session_defer(TnSession *session, TnReplyFunc done, gpointer user_data, const char *topic,
                   TnError error);
/* Tells queued outcomes. FALSE: the session is not what it was. */
gboolean session_tell_outcomes(TnSession *session);

/* tn-session-link.c */

extern const TnTransportEvents session_transport_events;

void link_open(TnSession *session);
void link_tick(TnSession *session, gint64 now_ms);
/* The end of this connection: back-off, or failed() where that is hopeless or over. */
void link_lose(TnSession *session, const TnFailure *why);
void link_lose_code(TnSession *session, TnCause cause, int code, const char *detail);
/* The end of all: failed(). */
void link_fail(TnSession *session, const TnFailure *why);
/* Answers to hi, login and {sub me}. */
void link_handle_ctrl(TnSession *session, const TnCtrl *ctrl);
/* What follows login. */
void link_attach_me(TnSession *session);
/* For the steps of signing in: an id in text, which is returned; the frame (taken) and the wait for
 * its answer; a refusal, whose category decides between coming back and giving up; nonsense. */
const char *link_new_id(TnSession *session, char *text, gsize size);
void link_begin_phase(TnSession *session, TnSessionState state, char *frame);
void link_refuse(TnSession *session, TnCause cause, const TnCtrl *ctrl, const char *what);
void link_refuse_malformed(TnSession *session, const char *detail);
/* A {meta} was told: it may be the last part of me. */
void link_handle_meta(TnSession *session, const TnMeta *meta);
gint64 link_deadline(const TnSession *session);

/* tn-session-login.c */

/* After hello. */
void login_begin(TnSession *session);
/* required: what hello or a refusal told of new accounts; NULL: nothing. */
void login_keep_required(TnSession *session, const char *const *required);
/* An answer to {login} or {acc}. */
void login_handle(TnSession *session, const TnCtrl *ctrl);
/* CONFIRM: goes on if there is an answer. */
void login_tick(TnSession *session);
/* Nothing was asked yet; addresses of a new account that were told are kept. */
void login_restart(TnSession *session);
void login_clear(TnSession *session);

/* tn-session-topics.c */

/* Everything open gets its outcome queued: TN_ERROR_TRANSIENT, code 0. */
void topics_drop_all(TnSession *session);
/* A {ctrl} with the id of a request. */
void topics_handle_reply(TnSession *session, const TnCtrl *ctrl);
/* A {ctrl} without an id that complains about a topic. */
void topics_handle_complaint(TnSession *session, const TnCtrl *ctrl);
void topics_handle_meta(TnSession *session, const TnMeta *meta);
void topics_handle_data(TnSession *session, const TnData *data);
void topics_detached(TnSession *session, const char *topic);
void topics_tick(TnSession *session, gint64 now_ms);
gint64 topics_deadline(const TnSession *session);

/* For tn-session-ask.c. FALSE: done is deferred with TN_ERROR_TRANSIENT. */
gboolean topics_are_up(TnSession *session, const char *topic, TnReplyFunc done, gpointer user_data);
TnRequest *topics_request(TnSession *session, TnRequestKind kind, const char *topic,
                          TnReplyFunc done, gpointer user_data);
/* Takes request and frame. */
void topics_send(TnSession *session, TnRequest *request, char *frame);
/* Takes request: its frame leaves now, or once the topic's {sub} is answered. */
void topics_send_or_hold(TnSession *session, TnRequest *request);
/* Takes request: its waiters are told at the next tick. */
void topics_defer_all(TnSession *session, TnRequest *request, TnError error);
/* What is next in the line leaves, if nothing is in flight. */
void topics_pump(TnSession *session);

/* tn-session-frames.c */

void frames_received(TnSession *session, const char *text, gsize length);

G_END_DECLS

#endif
