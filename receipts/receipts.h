/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * receipts.h: the receipt sync engine's whole public face.
 *
 * Which channels are synced, what has been delivered and read by whom, and what we still owe the
 * server. The engine is a deterministic state machine: same inputs in the same order, same outputs.
 * It knows GLib and nothing else: no libpurple, no network, no JSON, no clock, no chance, no file.
 * The world comes in through four ports (clock, transport, observer, store), all replaced in tests.
 *
 * Time. Every input carries now_ms, milliseconds of any monotonic clock. The engine has at most one
 * deadline, and none at all while there is nothing to do.
 *
 * Outputs come last. Whatever an input causes (requests, observer calls, a save, a new deadline) is
 * queued while the input is worked on and delivered just before the outermost input returns, when
 * the engine is consistent again; only of very many changed messages some may be told later, see
 * ReceiptOptions.slice. A port may therefore call any input, or receipt_engine_free().
 * Every input says "outputs before return" once, here, instead of in each comment below.
 *
 * Names. A channel is a topic as the user names it (usr..., grp..., chn...), a member is a user id.
 * seq is the server's message number, 1 and up; 0 means none. Strings are copied, never kept.
 */
#ifndef RECEIPTS_H
#define RECEIPTS_H

#include <glib.h>

G_BEGIN_DECLS

/* Values -------------------------------------------------------------------------------------- */

/* What a cursor says: everything up to a seq was received by a device, or seen by a person. */
typedef enum {
    RECEIPT_RECV,
    RECEIPT_READ,
} ReceiptKind;

/* How a request ended. A category decides the strategy (see the table in receipt-strategy.h). */
typedef enum {
    RECEIPT_OK,
    RECEIPT_ERROR_TRANSIENT,    /* worth repeating after a while */
    RECEIPT_ERROR_OVERLOAD,     /* the server is busy: send less, later */
    RECEIPT_ERROR_ATTACH_FIRST, /* we thought we were attached and are not */
    RECEIPT_ERROR_REDIRECT,     /* the channel lives under another name */
    RECEIPT_ERROR_AUTH,         /* not signed in any more: nothing will work until we are */
    RECEIPT_ERROR_FORBIDDEN,    /* refused until our permissions change */
    RECEIPT_ERROR_GONE,         /* the channel does not exist any more */
    RECEIPT_ERROR_PERMANENT,    /* refused for good: our fault, repeating is pointless */
    RECEIPT_ERROR_TIMEOUT,      /* no answer in time */
} ReceiptError;

#define RECEIPT_N_ERRORS (RECEIPT_ERROR_TIMEOUT + 1)

/* The life of a channel's sync. The table state x input -> state, action, reason is in
 * receipt-sync.h, and the tests walk it cell by cell. */
typedef enum {
    RECEIPT_SYNC_IDLE,      /* nobody holds it: not attached */
    RECEIPT_SYNC_STARTING,  /* attach asked for, no answer yet */
    RECEIPT_SYNC_ACTIVE,    /* attached: receipts flow */
    RECEIPT_SYNC_STOPPING,  /* detach asked for, no answer yet */
    RECEIPT_SYNC_WAITING,   /* an attach failed: backing off before the next one */
    RECEIPT_SYNC_SUSPENDED, /* link lost: resumed within grace_ms, stopped after */
    RECEIPT_SYNC_TRIPPED,   /* breaker open: receipts by polling, a probe now and then */
    RECEIPT_SYNC_EVICTED,   /* over the limit: receipts by polling until there is room */
} ReceiptSyncState;

#define RECEIPT_N_SYNC_STATES (RECEIPT_SYNC_EVICTED + 1)

/* Why the state of a channel changed. receipt_reason_name() gives the word in the public signal. */
typedef enum {
    RECEIPT_REASON_FOCUSED,      /* the conversation has the focus */
    RECEIPT_REASON_OPENED,       /* opened in the background, which is warm by option */
    RECEIPT_REASON_CATCH_UP,     /* news for a conversation that is not in view */
    RECEIPT_REASON_OWED,         /* a cursor waits to be delivered */
    RECEIPT_REASON_WATCH,        /* own messages not yet known read */
    RECEIPT_REASON_ASKED,        /* another plugin asked */
    RECEIPT_REASON_ATTACHED,     /* the server said yes */
    RECEIPT_REASON_CLOSED,       /* the conversation was closed and the linger is over */
    RECEIPT_REASON_UNFOCUSED,    /* not in view any more and the linger is over */
    RECEIPT_REASON_INACTIVE,     /* the user is idle or away and the linger is over */
    RECEIPT_REASON_DONE,         /* the last non-view hold is gone */
    RECEIPT_REASON_DETACHED,     /* the server confirmed the detach */
    RECEIPT_REASON_NETWORK_LOST, /* the link is down */
    RECEIPT_REASON_NETWORK_BACK, /* the link is up again */
    RECEIPT_REASON_MINUTE_OVER,  /* the link was down for grace_ms */
    RECEIPT_REASON_LIMIT,        /* another channel took the place */
    RECEIPT_REASON_ROOM,         /* there is a place again */
    RECEIPT_REASON_ERROR,        /* a request failed; the problem tells the category */
    RECEIPT_REASON_RETRY,        /* the back-off is over */
    RECEIPT_REASON_BREAKER_OPEN, /* failed too often */
    RECEIPT_REASON_PROBE,        /* the one attempt of a half-open breaker */
    RECEIPT_REASON_LOST,         /* the server detached us */
    RECEIPT_REASON_GONE,         /* the channel does not exist, or not for us */
} ReceiptReason;

#define RECEIPT_N_REASONS (RECEIPT_REASON_GONE + 1)

/* The life of an own message. States only move forward; failed goes back to pending by an explicit
 * receipt_engine_message_new() of the same id (the user sends it again), and to sent if the server
 * turns out to have stored it after all. The counts may fall (who leaves is not counted any more).
 * delivered and read need a whole audience: a complete list of members came once, or the only
 * member has the channel's own name (a conversation of two). Until then the counts say how far. */
typedef enum {
    RECEIPT_MESSAGE_PENDING,   /* not yet stored by the server */
    RECEIPT_MESSAGE_SENT,      /* stored: it has a seq */
    RECEIPT_MESSAGE_DELIVERED, /* every member that counts has received it */
    RECEIPT_MESSAGE_READ,      /* every member that counts has read it */
    RECEIPT_MESSAGE_FAILED,    /* refused */
} ReceiptMessageState;

/* One own message as the observer and the queries show it. */
typedef struct {
    const char *id; /* local id; owned by the engine, valid during the call only */
    guint32 seq;    /* 0 until stored */
    ReceiptMessageState state;
    guint delivered; /* members that have received it */
    guint read;      /* members that have read it */
    guint members;   /* members that could read it when it was sent and still can, without us */
} ReceiptMessage;

/* One member in a snapshot. */
typedef struct {
    const char *member;
    guint32 recv; /* as told; the engine raises it to read */
    guint32 read;
    gboolean can_read; /* holds the right to read; without it the member does not count */
} ReceiptMember;

/* What one answer of the server says about a channel. Absent parts are 0 / NULL; absence never
 * lowers anything (rows are merged, never overwritten). */
typedef struct {
    guint32 last_seq; /* newest message that the server has */
    gboolean has_own; /* own_recv and own_read are known, as the server stores them */
    guint32 own_recv;
    guint32 own_read;
    const ReceiptMember *members; /* others; a row about ourselves is ignored */
    gsize n_members;
    gboolean is_complete; /* members lists all: who is missing has left */
} ReceiptSnapshot;

/* Why somebody outside holds a channel. Views are told by opened/focused/... instead. */
typedef enum {
    RECEIPT_HOLD_CATCH_UP,
    RECEIPT_HOLD_ASKED,
} ReceiptHold;

/* What may be worth telling the user. */
typedef enum {
    RECEIPT_PROBLEM_SYNC,    /* the channel cannot be synced; receipts come slowly or not at all */
    RECEIPT_PROBLEM_LOST,    /* the channel is gone: receipts that were owed are dropped */
    RECEIPT_PROBLEM_MESSAGE, /* an own message was refused */
} ReceiptProblem;

/* Ports --------------------------------------------------------------------------------------- */

typedef struct {
    /* The engine wants receipt_engine_tick() at at_ms (same clock as now_ms), or never if -1.
     * Called only when the wish changes. */
    void (*set_deadline)(gint64 at_ms, gpointer user_data);
    /* A number in [0, 1), for jitter. Must not call back. */
    double (*chance)(gpointer user_data);
} ReceiptClock;

/* What the engine asks for. Each call opens one request; the host owes exactly one
 * receipt_engine_outcome() for it, at once or later, the loss of the link included. What the
 * answers say comes in through the other inputs, before or after the outcome. */
typedef struct {
    /* Attach to a channel and ask for its description and members. For a channel one attach or
     * detach is open at a time; attaching what is attached already must do no harm. is_focused asks
     * the host to put it before others in its queue. */
    void (*attach)(guint32 request, const char *channel, gboolean is_focused, gpointer user_data);
    void (*detach)(guint32 request, const char *channel, gpointer user_data);
    /* Ask again for the description and members. For a channel that is not attached (a poll) the
     * host attaches only for as long as the answer takes, the channel's state stays what it is. */
    void (*snapshot)(guint32 request, const char *channel, gpointer user_data);
    /* Tell the server a cursor. OK means handed over without a complaint, not that it arrived: a
     * cursor is owed until the server shows it back. */
    void (*send_cursor)(guint32 request, const char *channel, ReceiptKind kind, guint32 seq,
                        gpointer user_data);
} ReceiptTransport;

typedef struct {
    void (*sync_changed)(const char *channel, ReceiptSyncState state, ReceiptReason reason,
                         gpointer user_data);
    /* State or counts of an own message changed: at most one call per message and batch. The
     * queries are ahead of it while a flood is told in slices (ReceiptOptions.slice). */
    void (*message_changed)(const char *channel, const ReceiptMessage *message, gpointer user_data);
    /* A member's cursor moved forward: at most one call per member, kind and batch. A recv that
     * only follows from a read is not told beside it. */
    void (*receipt_moved)(const char *channel, const char *member, ReceiptKind kind, guint32 seq,
                          gpointer user_data);
    void (*unread_changed)(const char *channel, guint count, gpointer user_data);
    /* channel is NULL when it concerns all. At most one call per channel and problem until
     * success (an attach; for messages: one that is stored). */
    void (*problem)(const char *channel, ReceiptProblem problem, ReceiptError category,
                    gpointer user_data);
} ReceiptObserver;

typedef struct {
    /* The durable state changed: write it so that a kill after this call loses nothing. state is
     * borrowed (ref it to keep it). At most one call per batch. */
    void (*save)(GBytes *state, gpointer user_data);
} ReceiptStore;

typedef struct {
    ReceiptClock clock;
    ReceiptTransport transport;
    ReceiptObserver observer;
    ReceiptStore store;
    gpointer user_data; /* handed to all of them */
} ReceiptPorts;

/* Options; receipt_options_init() gives the defaults written here. */
typedef struct {
    guint limit;                 /* channels starting or active at the same time: 8. Focused goes
                                  * before fetching and delivering (short), before warm, before
                                  * lingering and asked, before watching; then most recently used */
    gboolean is_background_warm; /* opened channels are synced unfocused too: FALSE */
    gboolean tells_delivered;    /* recv cursors are sent at all: TRUE */
    gint64 linger_ms;            /* from out of view to stop: 5000 */
    gint64 grace_ms;             /* the one-minute rule: 60000 */
    gint64 confirm_ms;           /* after a cursor was sent, until the server is asked for it: 5000
                                  * (asked at once before a channel is left) */
    gint64 coalesce_ms;          /* recv cursors of one channel are gathered this long: 100; longer,
                                  * and reads too, while the server complains of overload */
    gint64 backoff_min_ms;       /* 1000 */
    gint64 backoff_max_ms;       /* 60000 */
    gint64 stable_ms;            /* success that lasted this long resets the back-off: 30000 */
    guint breaker_failures;      /* failures in a row that open the breaker: 5 */
    gint64 breaker_open_ms;      /* until the probe: 120000 */
    gint64 poll_ms;              /* fallback: a snapshot per channel this often, give or take a
                                  * quarter: 60000 */
    guint slice;                 /* changes of own messages that are told in one go. Of more, the
                                  * rest of a channel waits: as many again slice_ms later, told as
                                  * they are by then. 0 (no bound): 0 */
    gint64 slice_ms;             /* from one slice of a flood to the next: 5 */
} ReceiptOptions;

/* Life ---------------------------------------------------------------------------------------- */

typedef struct _ReceiptEngine ReceiptEngine;

void receipt_options_init(ReceiptOptions *options);

/* A new engine: link down, application active, no channels, no deadline.
 * self is our own user id (cursors and rows of it are never a peer's). options and ports are
 * copied; ports.user_data must outlive the engine. Returns: (transfer full); no callback fires. */
ReceiptEngine *receipt_engine_new(const char *self, const ReceiptOptions *options,
                                  const ReceiptPorts *ports) G_GNUC_WARN_UNUSED_RESULT;

/* Free it. No port is called any more, open requests are forgotten (a late outcome must not be
 * told). Safe inside a port's call. NULL is ignored. */
void receipt_engine_free(ReceiptEngine *engine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReceiptEngine, receipt_engine_free)

/* Take up what an earlier engine saved. Before any other input. Damaged or foreign bytes give an
 * error and change nothing (the caller sets the file aside); a newer version is an error too.
 * Pending own messages of the store are pending again: list them with receipt_engine_pending().
 * Nothing is told about what was loaded until the next input; then unread counts above 0 are. */
gboolean receipt_engine_load(ReceiptEngine *engine, GBytes *state, GError **error);

/* Error domain of receipt_engine_load(). */
#define RECEIPT_STORE_ERROR (receipt_store_error_quark())
typedef enum {
    RECEIPT_STORE_ERROR_TORN,    /* shorter than it says, or the checksum differs */
    RECEIPT_STORE_ERROR_FOREIGN, /* not ours, or another user's */
    RECEIPT_STORE_ERROR_NEWER,   /* written by a later version */
} ReceiptStoreError;
GQuark receipt_store_error_quark(void);

/* Options may change at any time; what follows from them (limit, warm background) happens now. */
void receipt_engine_set_options(ReceiptEngine *engine, gint64 now_ms,
                                const ReceiptOptions *options);

/* Batches: between begin and end outputs wait, and are merged (one observer call per message, one
 * save). Nests. For slices of a burst. */
void receipt_engine_begin(ReceiptEngine *engine);
void receipt_engine_end(ReceiptEngine *engine, gint64 now_ms);

/* Time passed. Calling it early or late does no harm: overdue work is done once. */
void receipt_engine_tick(ReceiptEngine *engine, gint64 now_ms);

/* The outcome of a request of ours. An unknown or repeated request is ignored (and counted). */
void receipt_engine_outcome(ReceiptEngine *engine, gint64 now_ms, guint32 request,
                            ReceiptError error);

/* What the user does -------------------------------------------------------------------------- */

/* A conversation exists, in the background. Repeats are ignored. */
void receipt_engine_opened(ReceiptEngine *engine, gint64 now_ms, const char *channel);
/* It is in view. Implies opened. More than one may be focused (several windows). It is attached at
 * once if no channel got the focus within the last 300 ms, else when it has kept the focus for
 * 300 ms: flipping through tabs attaches the first and the last, at most. */
void receipt_engine_focused(ReceiptEngine *engine, gint64 now_ms, const char *channel);
void receipt_engine_unfocused(ReceiptEngine *engine, gint64 now_ms, const char *channel);
/* It is gone; sync stops after the linger, unless something else holds the channel. */
void receipt_engine_closed(ReceiptEngine *engine, gint64 now_ms, const char *channel);
/* The user is there at all. Inactive demotes every view to linger. */
void receipt_engine_app_active(ReceiptEngine *engine, gint64 now_ms, gboolean is_active);

/* The server sends no events about this channel beside what comes while attached (muted). Own
 * messages in it that are not yet known read are then polled for while it is not synced. */
void receipt_engine_set_muted(ReceiptEngine *engine, gint64 now_ms, const char *channel,
                              gboolean is_muted);

/* Hold and release a channel for another reason than a view; counted per kind. Releasing what is
 * not held is ignored. */
void receipt_engine_hold(ReceiptEngine *engine, gint64 now_ms, const char *channel,
                         ReceiptHold hold);
void receipt_engine_release(ReceiptEngine *engine, gint64 now_ms, const char *channel,
                            ReceiptHold hold);

/* Messages low..high were handed to the user, or hold nothing to show (deleted, edits, unknown
 * content, never existed). recv is owed up to the highest seq below which all was handed on,
 * counting from the server's own read. What lies above the newest known message is ignored: tell
 * receipt_engine_arrived() (or a snapshot) first. Own messages are handed on by message_stored. */
void receipt_engine_handed(ReceiptEngine *engine, gint64 now_ms, const char *channel, guint32 low,
                           guint32 high);
/* A person has seen everything up to seq that was handed on by now; what fills a gap later has to
 * be seen on its own. tell: also owe the server a read; without it only the unread count here
 * falls. Telling later what was seen before is done by a call with tell for the same seq. */
void receipt_engine_seen(ReceiptEngine *engine, gint64 now_ms, const char *channel, guint32 seq,
                         gboolean tell);

/* Own messages -------------------------------------------------------------------------------- */

/* A message is being sent: pending, in the order of calls. id is unique in the channel. */
void receipt_engine_message_new(ReceiptEngine *engine, gint64 now_ms, const char *channel,
                                const char *id);
/* The server stored it as seq. Also for messages written on another device (unknown id: it is
 * added). Own writing marks everything up to seq as read by us, on the server too: no note. */
void receipt_engine_message_stored(ReceiptEngine *engine, gint64 now_ms, const char *channel,
                                   const char *id, guint32 seq);
void receipt_engine_message_failed(ReceiptEngine *engine, gint64 now_ms, const char *channel,
                                   const char *id, ReceiptError category);
/* Drop an own message (deleted, or given up by the user). */
void receipt_engine_message_forget(ReceiptEngine *engine, gint64 now_ms, const char *channel,
                                   const char *id);

/* What the server tells ----------------------------------------------------------------------- */

/* The link is up (signed in, requests can be served), or down. */
void receipt_engine_network(ReceiptEngine *engine, gint64 now_ms, gboolean is_up);
/* The channel has messages up to seq. author is NULL if unknown, and belongs to seq; an author has
 * received and read everything up to seq, ourselves included. Unread grows, unless we wrote it. */
void receipt_engine_arrived(ReceiptEngine *engine, gint64 now_ms, const char *channel, guint32 seq,
                            const char *author);
/* A receipt of a member. Ours (from another device, or an echo) moves our own cursor and confirms
 * what we owed; it is never owed again. Never above what the server has: clamped. */
void receipt_engine_cursor(ReceiptEngine *engine, gint64 now_ms, const char *channel,
                           const char *member, ReceiptKind kind, guint32 seq);
void receipt_engine_snapshot(ReceiptEngine *engine, gint64 now_ms, const char *channel,
                             const ReceiptSnapshot *snapshot);
/* A member came or went, or the right to read changed. Who comes counts for later messages only;
 * who goes no longer holds a tick back. */
void receipt_engine_member(ReceiptEngine *engine, gint64 now_ms, const char *channel,
                           const char *member, gboolean can_read);
/* Messages low..high were deleted: they are not unread and nothing waits for them, own ones
 * included. A deletion alone owes no cursor. */
void receipt_engine_deleted(ReceiptEngine *engine, gint64 now_ms, const char *channel, guint32 low,
                            guint32 high);
/* The server detached us from a channel that we did not leave, or (attach-first) says that it took
 * a cursor from us for unattached: what it has not shown back is sent again. */
void receipt_engine_lost(ReceiptEngine *engine, gint64 now_ms, const char *channel,
                         ReceiptError category);
/* The channel is gone for us: stop, drop what was owed, forget it with its messages, members and
 * outside holds (views that are open stay known, so that a new invitation works: the next news,
 * hold, snapshot or focus starts it again). No problem is told. */
void receipt_engine_forget(ReceiptEngine *engine, gint64 now_ms, const char *channel);

/* Queries (no callbacks, nothing changes) ------------------------------------------------------ */

ReceiptSyncState receipt_engine_sync_state(ReceiptEngine *engine, const char *channel,
                                           ReceiptReason *reason);
/* FALSE: no such message. out->id stays valid until the next input. */
gboolean receipt_engine_message(ReceiptEngine *engine, const char *channel, const char *id,
                                ReceiptMessage *out);
/* The newest own message that has a seq, else the newest pending one. */
gboolean receipt_engine_last_message(ReceiptEngine *engine, const char *channel,
                                     ReceiptMessage *out);
guint receipt_engine_unread(ReceiptEngine *engine, const char *channel);
/* The lowest unread message; 0 if there is none. */
guint32 receipt_engine_first_unread(ReceiptEngine *engine, const char *channel);
/* Highest seq below which everything was handed to the user; 0 if nothing ever was. Fetch what is
 * above. It does not jump when own writing, or another device, moves the server's read. */
guint32 receipt_engine_handed_up_to(ReceiptEngine *engine, const char *channel);
/* Newest message that the server is known to have. */
guint32 receipt_engine_last_seq(ReceiptEngine *engine, const char *channel);
/* Own cursor as the server is known to store it. */
guint32 receipt_engine_own_cursor(ReceiptEngine *engine, const char *channel, ReceiptKind kind);
/* Cursor not yet shown back by the server; 0 if nothing is owed. A recv that an owed read says too
 * is not owed. */
guint32 receipt_engine_owed(ReceiptEngine *engine, const char *channel, ReceiptKind kind);

/* Who has a message: called once per member that counts for seq, in the order of their names.
 * The times are the now_ms at which it was learnt, -1 if not, or if before this engine. */
typedef void (*ReceiptMemberFunc)(const char *member, gboolean has_received, gboolean has_read,
                                  gint64 received_learnt_ms, gint64 read_learnt_ms,
                                  gpointer user_data);
void receipt_engine_foreach_member(ReceiptEngine *engine, const char *channel, guint32 seq,
                                   ReceiptMemberFunc func, gpointer user_data);
/* Channels known to the engine, and own messages pending in one, oldest first. */
typedef void (*ReceiptNameFunc)(const char *name, gpointer user_data);
void receipt_engine_foreach_channel(ReceiptEngine *engine, ReceiptNameFunc func,
                                    gpointer user_data);
void receipt_engine_pending(ReceiptEngine *engine, const char *channel, ReceiptNameFunc func,
                            gpointer user_data);

/* Own messages that are still known: those with a seq by seq, then those in line (pending, failed)
 * in the order of sending. func must not call inputs; message->id is borrowed. */
typedef void (*ReceiptMessageFunc)(const ReceiptMessage *message, gpointer user_data);
void receipt_engine_foreach_message(ReceiptEngine *engine, const char *channel,
                                    ReceiptMessageFunc func, gpointer user_data);

/* Metrics ------------------------------------------------------------------------------------- */

typedef struct {
    gint64 p50, p95, p99; /* ms; -1 while nothing was measured */
} ReceiptLatency;

typedef struct {
    guint64 started_ok, started_failed[RECEIPT_N_ERRORS];
    guint64 stopped_ok, stopped_failed[RECEIPT_N_ERRORS];
    guint active, active_max, limit;
    guint64 evicted;
    ReceiptLatency activation;
    guint64 applied, stale, snapshots, polls;
    guint64 cursors_sent, cursors_coalesced, cursors_confirmed;
    guint cursors_owed;
    ReceiptLatency ack;
    guint64 breaker_trips;
    guint breaker_open;
    guint channels, members, messages;
    gsize bytes;              /* memory held by the engine, estimated */
    guint timers_armed;       /* 0 or 1: the engine's deadline */
    guint64 timers_fired;     /* ticks that had something to do */
    guint64 outcomes_unknown; /* outcomes of requests that are not, or no longer, ours */
} ReceiptMetrics;

void receipt_engine_metrics(ReceiptEngine *engine, ReceiptMetrics *out);

/* Stable English words for signals, logs and tests (not for people). */
const char *receipt_kind_name(ReceiptKind kind);
const char *receipt_error_name(ReceiptError error);
const char *receipt_sync_state_name(ReceiptSyncState state);
const char *receipt_reason_name(ReceiptReason reason);
const char *receipt_message_state_name(ReceiptMessageState state);

G_END_DECLS

#endif
