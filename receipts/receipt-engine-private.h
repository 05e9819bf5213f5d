/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the receipt-engine*.c files share. Layer 4, the only one that knows all the others.
 *
 *   receipt-engine.c          life, batches, the one deadline, delivering outputs
 *   receipt-engine-channel.c  channels: finding, holds, telling what changed
 *   receipt-engine-sync.c     who gets a place; requests and their outcomes
 *   receipt-engine-cursor.c   cursors that we owe: sending, confirming
 *   receipt-engine-members.c  members' cursors and the ledger
 *   receipt-engine-inputs.c   the inputs of the public header
 *   receipt-engine-query.c    the queries, metrics, words
 *
 * How one input runs: enter (the clock moves, overdue work is done), the input changes facts and
 * touches channels, leave. The outermost leave settles: touched channels are refreshed (cursors
 * owed, holds, requests), places are given out, until nothing moves any more; then the store, then
 * the outputs one by one, then the deadline. Inputs from inside a port only change facts, and the
 * loop that is delivering settles again after each output.
 */
#ifndef RECEIPT_ENGINE_PRIVATE_H
#define RECEIPT_ENGINE_PRIVATE_H

#include "receipt-audience.h"
#include "receipt-backoff.h"
#include "receipt-breaker.h"
#include "receipt-inbox.h"
#include "receipt-ledger.h"
#include "receipt-metrics.h"
#include "receipt-outputs.h"
#include "receipt-strategy.h"
#include "receipt-sync.h"

G_BEGIN_DECLS

/* An account with more conversations than this is not a person's; what is beyond is ignored. */
#define RECEIPT_CHANNELS_MAX 4096
/* Ids of users, topics and messages are tens of bytes; longer ones are not from our server. */
#define RECEIPT_NAME_MAX 256
/* Focus that moves on sooner than this is somebody looking for a tab. A channel that gets the focus
 * attaches at once if the focus has not moved for this long, else when it has kept it so long. */
#define RECEIPT_FLIP_MS 300
/* Overload: each complaint doubles the window in which cursors are gathered (up to 64 times); each
 * quiet spell of this length halves it again. From the second level on an eighth of the places goes
 * to polling per level. */
#define RECEIPT_LOAD_MAX        6
#define RECEIPT_LOAD_RECOVER_MS 10000

/* Who holds a channel; bits of Channel.holds. */
enum {
    HOLD_FOCUS = 1 << 0,
    HOLD_WARM = 1 << 1, /* open, and the option keeps open channels warm */
    HOLD_LINGER = 1 << 2,
    HOLD_CATCH_UP = 1 << 3,
    HOLD_OWED = 1 << 4, /* a cursor that was not handed over in this connection */
    HOLD_ASKED = 1 << 5,
    HOLD_WATCH = 1 << 6,
    HOLD_VIEW = HOLD_FOCUS | HOLD_WARM,
};

typedef enum {
    REQUEST_ATTACH,
    REQUEST_DETACH,
    REQUEST_SNAPSHOT,
    REQUEST_CURSOR,
} RequestKind;

typedef struct {
    RequestKind kind;
    char *channel; /* a GRefString */
    ReceiptKind cursor;
    guint32 seq;
    gboolean is_void; /* asked on an earlier link: its outcome means nothing any more */
} Request;

/* One of the two cursors that we may owe. "In this connection": forgotten when the link is lost. */
typedef struct {
    guint32 owed;    /* what the server has not shown back; 0 if nothing */
    guint32 sent;    /* highest handed to the transport in this connection */
    guint32 done;    /* highest whose request is over in this connection */
    guint32 unshown; /* sent, not yet shown back: for the metrics */
    guint32 asked;   /* a snapshot was asked for this value in this connection */
    guint32 request; /* the latest, while it is open */
    gint64 sent_ms;
    gint64 due_ms; /* not before */
    guint tries;   /* failures in a row */
} OwedCursor;

/* What a store remembers of a channel, to see whether that changed. */
typedef struct {
    guint32 handed, seen, tell, recv, read;
    guint handed_edition, seen_edition; /* of what lies above gaps */
    guint64 messages_edition;
} Durable;

typedef struct {
    char *name; /* a GRefString */
    ReceiptSyncState state;
    ReceiptReason reason;
    ReceiptWish wish;

    guint is_open : 1;
    guint is_focused : 1;
    guint is_muted : 1;
    guint is_refused : 1;   /* no start before the link is new or somebody acts */
    guint is_gone : 1;      /* refused because the channel is gone */
    guint is_forgotten : 1; /* to be dropped as soon as nothing needs it */
    guint is_watch : 1;
    guint is_unsure : 1;     /* may be attached without our knowing */
    guint was_suspended : 1; /* its next start is a comeback */
    guint is_fresh : 1;      /* members came in since the last attach */
    guint is_detach_asked : 1;
    guint is_confirming : 1; /* was active: what is unshown is asked for before the detach */
    guint is_touched : 1;
    guint is_told : 1;    /* in the list of channels with something to tell */
    guint is_flooded : 1; /* in the list of channels with more to tell than was told in one go */
    guint is_live : 1;    /* in the list of channels with a state, a hold or a time */
    guint problems;       /* bits of ReceiptProblem told since the last success */
    guint n_catch_up, n_asked;
    guint holds;
    ReceiptReason free_reason, view_end;
    guint64 used; /* higher is more recent */

    gint64 focus_due_ms, linger_until_ms, retry_ms, watch_ms, poll_ms; /* -1: none */
    gint64 not_before_ms; /* of the latest back-off: no attach before, whoever asks */
    guint32 sync_request, snapshot_request;
    gint64 attach_asked_ms;
    guint detach_tries;
    ReceiptBackoff backoff;
    ReceiptBreaker breaker;

    OwedCursor out[2]; /* by ReceiptKind */
    ReceiptInbox inbox;
    ReceiptLedger *ledger;     /* NULL until needed */
    ReceiptAudience *audience; /* NULL until needed */
    GPtrArray *moved;          /* ReceiptMemberRow with something to tell; NULL while none */
    guint told_unread;
    Durable durable;
} Channel;

struct _ReceiptEngine {
    char *self;
    ReceiptOptions options;
    ReceiptPorts ports;
    gint64 now_ms;

    GHashTable *by_name; /* name -> Channel, owns them */
    GPtrArray *all;      /* in the order of first mention */
    GPtrArray *live, *touched, *told, *flooded;
    GHashTable *requests; /* id -> Request */
    guint32 last_request;
    guint64 last_used;

    gboolean is_up, is_app_active;
    gint64 lost_ms;        /* since when the link is down, while the minute runs; -1 otherwise */
    gint64 focus_moved_ms; /* when a channel last got the focus; -1 never */
    guint load;
    gint64 load_ms;
    guint problems;      /* told for all channels */
    gint64 slice_due_ms; /* when the flooded channels go on; -1 while there are none */
    guint slice_left;    /* what may still be told in this go */

    ReceiptOutputs outputs;
    guint depth;
    gboolean is_delivering, is_dead;
    gboolean needs_schedule, needs_times, needs_save;
    gint64 next_ms; /* when work is due, as last computed; -1 never */
    gint64 told_deadline_ms;

    ReceiptMetrics metrics; /* the plain counters only */
    ReceiptSamples activation, ack;
    guint n_active;
};

/* receipt-engine.c */
void engine_enter(ReceiptEngine *engine, gint64 now_ms);
void engine_leave(ReceiptEngine *engine);
double engine_chance(ReceiptEngine *engine);
guint engine_load_now(ReceiptEngine *engine);
void engine_load_up(ReceiptEngine *engine);
void engine_minute_over(ReceiptEngine *engine);

/* receipt-engine-channel.c */
Channel *channel_find(ReceiptEngine *engine, const char *name);
Channel *channel_ensure(ReceiptEngine *engine, const char *name);
void channel_free(gpointer data);
void channel_drop(ReceiptEngine *engine, Channel *channel);
void channel_touch(ReceiptEngine *engine, Channel *channel);
void channel_use(ReceiptEngine *engine, Channel *channel);
gboolean name_is_good(const char *name);
ReceiptLedger *channel_ledger(Channel *channel);
ReceiptAudience *channel_audience(Channel *channel);
guint channel_unsettled(Channel *channel);
void channel_refresh_holds(ReceiptEngine *engine, Channel *channel);
int channel_rank(const Channel *channel);
ReceiptReason channel_hold_reason(const Channel *channel);
gboolean channel_is_quiet(ReceiptEngine *engine, Channel *channel);
gint64 channel_next_ms(ReceiptEngine *engine, Channel *channel);
void channel_tell(ReceiptEngine *engine, Channel *channel);
void channel_problem(ReceiptEngine *engine, Channel *channel, ReceiptProblem problem,
                     ReceiptError error);
gboolean channel_is_worth_saving(Channel *channel);
Durable channel_durable(Channel *channel);
int channel_compare(gconstpointer a, gconstpointer b);

/* receipt-engine-sync.c */
guint32 request_new(ReceiptEngine *engine, RequestKind kind, Channel *channel,
                    ReceiptOutputKind output, ReceiptOutput **out);
void request_free(gpointer data);
void sync_feed(ReceiptEngine *engine, Channel *channel, ReceiptSyncInput input);
void sync_schedule(ReceiptEngine *engine);
void sync_refresh(ReceiptEngine *engine, Channel *channel);
void sync_due(ReceiptEngine *engine, Channel *channel);
void sync_lost(ReceiptEngine *engine, Channel *channel, ReceiptError error);
void sync_gone(ReceiptEngine *engine, Channel *channel);
void sync_link_lost(ReceiptEngine *engine, Channel *channel);
void sync_forget_memory(Channel *channel);
void sync_ask_snapshot(ReceiptEngine *engine, Channel *channel);
gboolean sync_needs_poll(ReceiptEngine *engine, Channel *channel);

/* receipt-engine-cursor.c */
void cursor_refresh_owed(ReceiptEngine *engine, Channel *channel);
void cursor_refresh_sending(ReceiptEngine *engine, Channel *channel);
gboolean cursor_is_unhanded(const Channel *channel);
gboolean cursor_is_unshown(const Channel *channel);
gboolean cursor_is_in_flight(const Channel *channel);
gboolean cursor_was_asked(const Channel *channel);
void cursor_mark_asked(Channel *channel);
void cursor_outcome(ReceiptEngine *engine, Channel *channel, guint32 id, const Request *request,
                    ReceiptError error);
void cursor_forget_connection(Channel *channel);
void cursor_send_again(Channel *channel);
void cursor_unsend(ReceiptEngine *engine, Channel *channel, ReceiptKind kind, guint32 id);
void cursor_drop_owed(ReceiptEngine *engine, Channel *channel);
void cursor_published(Channel *channel, guint32 seq);
gint64 cursor_next_ms(ReceiptEngine *engine, Channel *channel);

/* receipt-engine-members.c */
void members_cursor(ReceiptEngine *engine, Channel *channel, const char *member, ReceiptKind kind,
                    guint32 seq);
void members_snapshot(ReceiptEngine *engine, Channel *channel, const ReceiptSnapshot *snapshot);
void members_right(ReceiptEngine *engine, Channel *channel, const char *member, gboolean can_read);
void members_tally(Channel *channel, ReceiptOwn *own);

G_END_DECLS

#endif
