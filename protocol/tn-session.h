/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clang-format off */
/*
 * tn-session.h: one user's session with a Tinode server over any number of connections:
 * hello, login, me, requests with ids, deadlines and outcomes, and coming back after a lost link.
 *
 *   state       input               next        action
 *   ----------  ------------------  ----------  ---------------------------------------------------
 *   OFF         open                CONNECTING  transport open, next server of the list
 *   CONNECTING  opened              HELLO       {hi}
 *   HELLO       ctrl 201            LOGIN       {login}: token if there is one, else basic
 *   HELLO       ctrl 201, new       LOGIN       {acc} with all addresses that the server requires
 *               account             CONFIRM     one of them is not known yet: question(ADDRESS)
 *   HELLO       ctrl 201, reset     LOGIN       {login reset}; with a code {acc} and the new password
 *               of a method that is FAILED      failed(NO_RESET)
 *               not offered
 *   HELLO       ctrl 505            FAILED      failed(VERSION)
 *   LOGIN       ctrl 200            ATTACHING   keep the token in memory, {sub me get desc sub};
 *                                               created() first if it answers {acc}
 *   LOGIN       ctrl 401, token     LOGIN       token forgotten, {login basic}
 *   LOGIN       ctrl 401, basic     FAILED      failed(PASSWORD)
 *   LOGIN       ctrl 300            CONFIRM     question(CODE), is_again if a code was in the login;
 *                                               created() first if it answers {acc}
 *   LOGIN       ctrl 422 to a code  FAILED      failed(CODES): the server takes no more of them
 *   LOGIN       ctrl 403/404        FAILED      failed(SUSPENDED / NO_USER)
 *   LOGIN       ctrl 422 to {acc},  CONFIRM     question(ADDRESS)
 *               addresses missing
 *   LOGIN       another refusal of  FAILED      failed(NAME_TAKEN / NAME / NEW_PASSWORD / ADDRESS /
 *               {acc}                           ADDRESS_TAKEN / NO_REGISTER / ...), never repeated
 *   LOGIN       ctrl 301 or 409 to  OFF         reset()
 *               {login reset}, 2xx
 *               to its {acc}
 *   LOGIN       another refusal of  FAILED      failed(CODE / NEW_PASSWORD / NO_RESET / ADDRESS /
 *               these                           SERVER); {acc} is never repeated
 *   CONFIRM     answer              LOGIN       {acc} with it (or the next question); {login} with
 *                                               the code
 *   CONFIRM     answer NULL         FAILED      failed(CREDENTIAL)
 *   ATTACHING   ctrl 200 + rows     UP          up(), queued requests go out
 *   ATTACHING   1000 rows or more   ATTACHING   {get me sub ims}: all of them by age, page by page,
 *                                               until one brings nothing new
 *   any above   error transient,    BACKOFF     every open request gets its outcome; down() if it
 *               closed, deadline                was UP, a new loss while resuming is not told
 *   UP          term, 502,          BACKOFF     the same; a new connection to the next server, never
 *               205 shutdown                    a second one
 *   UP          205 evicted, no     FAILED      failed(SUSPENDED)
 *               topic
 *   BACKOFF     delay over          CONNECTING  full jitter: up to 2 s at first, the ceiling doubles
 *                                               to a cap; reset by an UP that lasted
 *   BACKOFF     never up since      FAILED      failed() with the cause at once: the host's own
 *               open                            reconnecting takes over; with several servers each
 *                                               is tried once before that, without delay
 *   resuming,   resume_ms over      FAILED      failed() with the last cause; the time does not run
 *   any state                                   while CONFIRM waits for a person
 *   any above   error permanent     FAILED      failed(): a certificate, the API key, a refusal of
 *                                               hi or me that repeating will not change
 *   any         close               OFF         orderly end, outcomes told, no event
 *
 * A transient error is TRANSIENT, OVERLOAD or TIMEOUT, of the transport or of an answer to hi,
 * login or me; {sub me} answered 503 "locked" is repeated on the same connection first. A frame
 * that is malformed counts as such an error until login is done (what answers is no Tinode
 * server); later it is counted and dropped. Phases that the session watches last 20 s at most, but
 * CONFIRM, which waits for a person.
 *
 * A session owns its transport. It has one deadline, told through its clock: requests, phases,
 * back-off; none when signed in and nothing is asked. Events and outcomes come from the transport's
 * callbacks or from tn_session_tick(), never before the function that asked returns.
 * Each connection has a generation: nothing from an earlier one counts.
 */
/* clang-format on */
#ifndef TN_SESSION_H
#define TN_SESSION_H

#include "tn-drafty.h"
#include "tn-files.h"
#include "tn-transport.h"
#include "tn-wire.h"

G_BEGIN_DECLS

typedef struct _TnSession TnSession;

typedef enum {
    TN_SESSION_OFF,
    TN_SESSION_CONNECTING,
    TN_SESSION_HELLO,
    TN_SESSION_LOGIN,
    TN_SESSION_CONFIRM,
    TN_SESSION_ATTACHING,
    TN_SESSION_UP,
    TN_SESSION_BACKOFF,
    TN_SESSION_FAILED,
} TnSessionState;

/* A forgotten password. The server sends a code to an address of the account; with that code the
 * new password is set, on any connection. */
typedef struct {
    const char *method, *address; /* "email" or "tel", and what the server knows it as */
    const char *code;             /* NULL: have one sent */
    const char *password;         /* the new one; NULL without a code */
} TnReset;

/* All strings are copied; passwords and the code are wiped when the session is freed. */
typedef struct {
    const char *servers; /* host[:port][,host[:port]...], IPv6 in brackets; tried in turn */
    gboolean use_tls;    /* default port 443 with, 80 without */
    const char *ca_file;
    const char *api_key;
    const char *login; /* name for basic; a usr... id means that password is a token */
    const char *password;
    const char *agent;     /* "App/1.0 (Linux); lib/1.0" */
    const char *language;  /* "en-US"; NULL for none */
    gboolean is_new;       /* make the account first, signed in at once; then as if it was FALSE */
    const char *full_name; /* of a new account; NULL for none */
    gint64 resume_ms;      /* how long a lost link is resumed before failed(): 60000 */
    const TnReset *reset;  /* in place of signing in, login is not used: one step of it, then it is
                            * OFF; NULL: sign in */
} TnSessionConfig;

typedef struct {
    gint64 (*now_ms)(gpointer user_data);                   /* monotonic, above 0 */
    void (*set_deadline)(gint64 at_ms, gpointer user_data); /* -1: none; only on change */
    double (*chance)(gpointer user_data);                   /* [0, 1) */
} TnClock;

typedef struct {
    const char *version, *build;
    guint32 max_message_size, max_subscriber_count, max_file_size;
    const char *user; /* own id */
} TnServerInfo;

/* What the server wants to know of the user before it signs in. */
typedef enum {
    TN_QUESTION_ADDRESS, /* of a new account: an address of that method */
    TN_QUESTION_CODE,    /* the code that was sent to the account's address of that method */
} TnQuestion;

/* Packets are borrowed for the call. Any event may call any function below, tn_session_free too.
 * Any of them may be NULL. Events of packets come while ATTACHING (rows and presence) and UP. */
typedef struct {
    /* A phase of connecting began (CONNECTING, HELLO, LOGIN, ATTACHING): for progress. */
    void (*phase)(TnSessionState state, gpointer user_data);
    /* Signed in and attached to me; the rows of me were told by meta() before. After a lost link
     * again: nothing is attached, all topics are to be attached anew. */
    void (*up)(const TnServerInfo *info, gpointer user_data);
    /* The link is lost and being resumed. All requests had their outcome. */
    void (*down)(const TnFailure *why, gpointer user_data);
    /* It will not come back by itself. */
    void (*failed)(const TnFailure *why, gpointer user_data);
    void (*data)(const TnData *data, gpointer user_data);
    void (*meta)(const TnMeta *meta, gpointer user_data);
    void (*pres)(const TnPres *pres, gpointer user_data);
    void (*info)(const TnInfo *info, gpointer user_data);
    /* The server detached us from a topic without our asking ({ctrl 205} with a topic). */
    void (*evicted)(const char *topic, gboolean is_unsub, gpointer user_data);
    /* CONFIRM: goes on by tn_session_answer(), however long that takes. method: "email", "tel", or
     * another word of the server. is_again: the last answer was wrong. An earlier question that was
     * not answered (the link was lost meanwhile) is void. NULL: failed(CREDENTIAL). */
    void (*question)(TnQuestion question, const char *method, gboolean is_again,
                     gpointer user_data);
    /* The new account exists now, whatever becomes of this session. */
    void (*created)(gpointer user_data);
    /* What TnReset asks for is done; the session is OFF. That a code was sent is not certain: the
     * server says so of unknown addresses too. is_earlier: one was sent before and still counts, no
     * other is sent while it does. */
    void (*reset)(gboolean is_earlier, gpointer user_data);
} TnSessionEvents;

/* The outcome of one request. Exactly one per request. */
typedef struct {
    TnError error;
    int code;          /* 0: no answer (timeout, link lost) */
    const char *text;  /* server's English text, may be NULL; not for people */
    const char *topic; /* as asked, or its new name */
    guint32 seq;       /* publish: where it was stored */
    guint32 count;     /* get data: how many messages came */
    TnAcs acs;         /* attach, set: the own mode, or that of whom it was set; may be empty */
} TnReply;

typedef void (*TnReplyFunc)(const TnReply *reply, gpointer user_data);

/* transport: (transfer full). config, clock, events are copied. Nothing happens before open. */
TnSession *tn_session_new(TnTransport *transport, const TnSessionConfig *config,
                          const TnClock *clock, const TnSessionEvents *events,
                          gpointer user_data) G_GNUC_WARN_UNUSED_RESULT;
/* Closes, tells nothing any more (open requests get no outcome) but that no deadline is left, wipes
 * secrets. Safe in events and outcomes. */
void tn_session_free(TnSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TnSession, tn_session_free)

/* From OFF or FAILED; else nothing. Connecting begins at the next tick. A list of servers that
 * makes no sense becomes failed(CONFIG). */
void tn_session_open(TnSession *session);
/* Orderly: open requests get TN_ERROR_TRANSIENT before return, then silence. A token that was
 * learnt is kept for the next open. */
void tn_session_close(TnSession *session);
/* Call at the deadline. Early or late does no harm. */
void tn_session_tick(TnSession *session);

/* The answer to question(); copied. NULL: the user does not want to, which becomes
 * failed(CREDENTIAL). Nothing outside CONFIRM. */
void tn_session_answer(TnSession *session, const char *answer);

TnSessionState tn_session_state(const TnSession *session);
/* Own id; NULL before the first login. */
const char *tn_session_user(const TnSession *session);
/* The password that the next login takes; as long as it is not changed. */
const char *tn_session_password(const TnSession *session);
gboolean tn_session_is_attached(const TnSession *session, const char *topic);
const TnTransportCounters *tn_session_counters(const TnSession *session);
/* Lost links that came back. */
guint64 tn_session_resumes(const TnSession *session);
/* Frames that could not be understood and were dropped. */
guint64 tn_session_malformed(const TnSession *session);

/* One line for each step, frame and outcome: kind, id, topic, code; never content, names of people
 * or secrets. func is called inside any function and must call none of this session. NULL: none. */
typedef void (*TnSessionLogFunc)(const char *line, gpointer user_data);
void tn_session_set_log(TnSession *session, TnSessionLogFunc func, gpointer user_data);

/* Requests. While not UP they fail with TN_ERROR_TRANSIENT (from the next tick), and when the
 * transport's queue is full with TN_ERROR_OVERLOAD, or the frame is larger than the server takes
 * with TN_ERROR_PERMANENT (the same). done may be NULL. Every request has a deadline, 10 s from
 * when it is sent: TN_ERROR_TIMEOUT. What waits for another one (in line, or for its topic's {sub})
 * needs none, the one in front has it. {pub}, {get} and {note} wait while a {sub} of their topic is
 * under way, else they would overtake it; if it is refused or withdrawn they get its error without
 * having been sent (TN_ERROR_TRANSIENT where it timed out). */

/* {sub}. One {sub} or {leave} is in flight at a time; waiting ones go is_urgent first, else in the
 * order asked, but those of one topic never overtake each other. attached: ctrl 200, or 304 (then
 * the get is sent on its own); 503 "locked" is repeated three times first. If get asks for data,
 * history tells when all of it came: once, after attached told TN_OK, else never; NULL if not
 * wanted. Its deadline starts anew with every message.
 * While one attach of a topic waits, another joins it: one {sub}, whose get covers both, and each
 * is told. While one is in flight the next follows it. An attach that waits is withdrawn by
 * tn_session_leave() of the same topic (outcome TN_ERROR_TRANSIENT, code 0). */
void tn_session_attach(TnSession *session, const char *topic, const TnGet *get, gboolean is_urgent,
                       TnReplyFunc attached, TnReplyFunc history, gpointer user_data);
/* {leave}; 304 (not attached) is TN_OK. Where it has withdrawn all that there was of the topic
 * nothing is sent: TN_OK, code 0. An attach asked for while it waits or is in flight follows it. */
void tn_session_leave(TnSession *session, const char *topic, gboolean is_unsub, TnReplyFunc done,
                      gpointer user_data);
/* {get}; done when the last part asked for came (meta, 204, 208), after the events of its parts. Of
 * a topic that is not attached the server answers one part only, which ends it. */
void tn_session_get(TnSession *session, const char *topic, const TnGet *get, TnReplyFunc done,
                    gpointer user_data);
/* {pub} with noecho (servers may still echo: client_id tells our own). pub is borrowed. While
 * the topic's {sub} is under way it waits for that, else it would overtake it. */
void tn_session_publish(TnSession *session, const char *topic, const TnPub *pub, TnReplyFunc done,
                        gpointer user_data);
/* {set}; set is borrowed. "Not modified" is TN_OK. Of a topic that is not attached only the private
 * part and the own mode can be set; anything else is TN_ERROR_ATTACH_FIRST or FORBIDDEN. Waits as
 * {pub} does. Changes that this session makes itself come back by no event. (Topics) */
void tn_session_set(TnSession *session, const char *topic, const TnSet *set, TnReplyFunc done,
                    gpointer user_data);
/* {del}; what is borrowed. MESSAGES and MEMBER need to be attached; TOPIC does not, and detaches.
 * topic is "me" where it does not matter. That messages were deleted is no proof: servers answer
 * 200 also where they have kept them. (Messages, Topics) */
void tn_session_delete(TnSession *session, const char *topic, const TnDelete *what,
                       TnReplyFunc done, gpointer user_data);
/* {sub} to a topic that does not exist yet: a group, or a channel whose readers see it as chn...
 * The own user is its owner and attached; the reply's topic is its name. (Topics) */
void tn_session_create(TnSession *session, gboolean is_channel, const TnSet *set, TnReplyFunc done,
                       gpointer user_data);
/* {note} recv or read. Has no answer on the wire: TN_OK when nothing complained for 2 s; an id-less
 * 409 or 503 for the topic meanwhile gives TN_ERROR_ATTACH_FIRST or TN_ERROR_OVERLOAD to the notes
 * of that topic that are open. */
void tn_session_note(TnSession *session, const char *topic, const char *what, guint32 seq,
                     TnReplyFunc done, gpointer user_data);
/* {acc}: another password for the own account, from the next login on. After TN_ERROR_TIMEOUT the
 * old or the new one is right. */
void tn_session_change_password(TnSession *session, const char *password, TnReplyFunc done,
                                gpointer user_data);
/* {note kp}: typing; fire and forget, dropped unless attached. */
void tn_session_typing(TnSession *session, const char *topic);

/* Files (tn-files.h), from and to the server of the last connection, with the token of the last
 * login; they go on when the link is lost. NULL: not signed in yet. To be cancelled before the
 * session is freed. */
TnFile *tn_session_upload(TnSession *session, const TnUpload *upload, const TnFileEvents *events,
                          gpointer user_data);
TnFile *tn_session_download(TnSession *session, const char *ref, goffset limit, guint total_ms,
                            const TnFileEvents *events, gpointer user_data);
/* Where such a file may come from. ref may be NULL. */
gboolean tn_session_is_own_file(const TnSession *session, const char *ref);

const char *tn_session_state_name(TnSessionState state);

G_END_DECLS

#endif
