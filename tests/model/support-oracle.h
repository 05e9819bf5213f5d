/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must be true of channels, members and messages, told the slow and obvious way: plain arrays
 * over a few dozen message numbers, everything counted anew at each question. It knows facts only:
 * no time, no requests, no states of sync. The model holds the engine against it.
 */
#ifndef SUPPORT_ORACLE_H
#define SUPPORT_ORACLE_H

#include "receipts/receipts.h"

#define ORACLE_SEQS     64 /* message numbers are 1..63 */
#define ORACLE_CHANNELS 5
#define ORACLE_MEMBERS  5
#define ORACLE_IDS      12

enum {
    ORACLE_SELF = -1,
    ORACLE_NOBODY = -2,
};

typedef struct {
    gboolean is_known, can_read;
    guint32 since;
    guint32 cursor[2];             /* by ReceiptKind */
    gint64 learnt[2][ORACLE_SEQS]; /* when the cursor came to cover a message */
} OracleMember;

typedef struct {
    gboolean is_known, is_abandoned;
    guint32 seq;
    ReceiptMessageState state;
    guint64 order; /* of sending */
} OracleMessage;

typedef struct {
    guint32 last, own[2], handed_up_to, seen_up_to, tell_up_to, refused[2];
    guint8 handed[ORACLE_SEQS], seen[ORACLE_SEQS], deleted[ORACLE_SEQS];
    gboolean has_list;
    OracleMember members[ORACLE_MEMBERS];
    OracleMessage messages[ORACLE_IDS];
} OracleChannel;

typedef struct {
    gboolean tells_delivered;
    gint64 now_ms;
    guint64 last_order;
    OracleChannel channels[ORACLE_CHANNELS];
} Oracle;

extern const char *const oracle_channel_names[ORACLE_CHANNELS];
extern const char *const oracle_member_names[ORACLE_MEMBERS]; /* sorted */
extern const char *const oracle_ids[ORACLE_IDS];

/* The inputs that change facts, as receipts.h tells them. */
void oracle_handed(Oracle *oracle, guint channel, guint32 low, guint32 high);
void oracle_seen(Oracle *oracle, guint channel, guint32 seq, gboolean tell);
void oracle_message_new(Oracle *oracle, guint channel, guint id);
void oracle_message_stored(Oracle *oracle, guint channel, guint id, guint32 seq);
void oracle_message_failed(Oracle *oracle, guint channel, guint id);
void oracle_message_forget(Oracle *oracle, guint channel, guint id);
void oracle_arrived(Oracle *oracle, guint channel, guint32 seq, int author);
void oracle_cursor(Oracle *oracle, guint channel, int member, ReceiptKind kind, guint32 seq);
void oracle_snapshot(Oracle *oracle, guint channel, const ReceiptSnapshot *snapshot);
void oracle_member(Oracle *oracle, guint channel, int member, gboolean can_read);
void oracle_deleted(Oracle *oracle, guint channel, guint32 low, guint32 high);
void oracle_refused(Oracle *oracle, guint channel, ReceiptKind kind, guint32 seq);
void oracle_gone(Oracle *oracle, guint channel);
void oracle_forget(Oracle *oracle, guint channel);

/* Questions. */
guint oracle_unread(const Oracle *oracle, guint channel);
guint32 oracle_first_unread(const Oracle *oracle, guint channel);
guint32 oracle_owed(const Oracle *oracle, guint channel, ReceiptKind kind);
gboolean oracle_is_whole(const Oracle *oracle, guint channel);
gboolean oracle_counts(const Oracle *oracle, guint channel, guint member, guint32 seq);
ReceiptMessage oracle_message(const Oracle *oracle, guint channel, guint id);
gboolean oracle_is_unsettled(const Oracle *oracle, guint channel, guint id);
guint oracle_n_unsettled(const Oracle *oracle, guint channel);
/* The id of receipt_engine_last_message(); ORACLE_IDS if there is none. */
guint oracle_last_message(const Oracle *oracle, guint channel);
/* Ids that are pending, in the order of sending. Returns: how many. */
guint oracle_pending(const Oracle *oracle, guint channel, guint ids[ORACLE_IDS]);

/* Make it what a restart leaves. */
void oracle_restart(Oracle *oracle);
/* Whether nothing that has to survive differs. saved went through oracle_restart(). */
gboolean oracle_is_safe(const Oracle *oracle, const Oracle *saved, guint channel);

#endif
