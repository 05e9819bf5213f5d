/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The slow and obvious truth, see support-oracle.h. */
#include "support-oracle.h"

#include <string.h>

const char *const oracle_channel_names[ORACLE_CHANNELS] = {"usrA", "usrB", "usrC", "grpD", "grpE"};
const char *const oracle_member_names[ORACLE_MEMBERS] = {"usrA", "usrB", "usrC", "usrX", "usrY"};
const char *const oracle_ids[ORACLE_IDS] = {"m00", "m01", "m02", "m03", "m04", "m05",
                                            "m06", "m07", "m08", "m09", "m10", "m11"};

static OracleChannel *at(Oracle *oracle, guint channel)
{
    return &oracle->channels[channel];
}

/* What we have -------------------------------------------------------------------------------- */

/* The highest message of the set that base leads to without a gap; deleted ones are no gap. */
static guint32 climb(const OracleChannel *c, const guint8 *set, guint32 base)
{
    guint32 top = base;

    for (guint32 seq = base + 1; seq <= c->last; seq++) {
        if (set[seq])
            top = seq;
        else if (!c->deleted[seq])
            break;
    }
    return top;
}

static guint32 seen_base(const OracleChannel *c)
{
    return MAX(c->own[RECEIPT_READ], c->seen_up_to);
}

static guint32 handed_base(const OracleChannel *c)
{
    if (c->handed_up_to > 0)
        return c->handed_up_to;
    for (guint32 seq = 1; seq <= c->last; seq++) {
        if (c->handed[seq])
            return MIN(c->own[RECEIPT_READ], seq - 1);
    }
    return c->own[RECEIPT_READ];
}

static void follow(OracleChannel *c)
{
    guint32 base = handed_base(c), top = climb(c, c->handed, base);

    if (top > base)
        c->handed_up_to = top;
    base = seen_base(c);
    top = climb(c, c->seen, base);
    if (top > base)
        c->seen_up_to = top;
    /* As long as nothing was handed on, deletions among what was read are of no interest. */
    if (c->handed_up_to == 0)
        memset(c->deleted, 0, seen_base(c) + 1);
}

static guint32 target(const OracleChannel *c, ReceiptKind kind)
{
    if (kind == RECEIPT_RECV)
        return climb(c, c->handed, MAX(c->own[RECEIPT_READ], c->handed_up_to));
    return MIN(seen_base(c), c->tell_up_to);
}

static void merge_own(OracleChannel *c, ReceiptKind kind, guint32 seq)
{
    seq = MIN(seq, c->last);
    c->own[RECEIPT_RECV] = MAX(c->own[RECEIPT_RECV], seq);
    if (kind == RECEIPT_READ)
        c->own[RECEIPT_READ] = MAX(c->own[RECEIPT_READ], seq);
    follow(c);
}

static void publish(OracleChannel *c, guint32 seq)
{
    c->last = MAX(c->last, seq);
    merge_own(c, RECEIPT_READ, seq);
}

void oracle_handed(Oracle *oracle, guint channel, guint32 low, guint32 high)
{
    OracleChannel *c = at(oracle, channel);

    for (guint32 seq = MAX(low, c->handed_up_to + 1); seq <= MIN(high, c->last); seq++)
        c->handed[seq] = TRUE;
    follow(c);
}

void oracle_seen(Oracle *oracle, guint channel, guint32 seq, gboolean tell)
{
    OracleChannel *c = at(oracle, channel);
    guint32 base = seen_base(c), without_gap = target(c, RECEIPT_RECV), top = MIN(seq, base);

    for (guint32 i = base + 1; i <= MIN(seq, c->last); i++) {
        if (!c->handed[i] && i > without_gap)
            continue;
        c->seen[i] = TRUE;
        top = i;
    }
    /* What nobody had been handed by then cannot have been seen, and is not told by this. */
    if (tell)
        c->tell_up_to = MAX(c->tell_up_to, top);
    follow(c);
}

void oracle_deleted(Oracle *oracle, guint channel, guint32 low, guint32 high)
{
    OracleChannel *c = at(oracle, channel);

    for (guint32 seq = MAX(low, 1); seq <= MIN(high, c->last); seq++)
        c->deleted[seq] = TRUE;
    for (guint id = 0; id < ORACLE_IDS; id++) {
        OracleMessage *message = &c->messages[id];

        if (message->is_known && message->seq > 0 && message->seq >= low && message->seq <= high)
            message->is_abandoned = TRUE;
    }
    follow(c);
}

void oracle_refused(Oracle *oracle, guint channel, ReceiptKind kind, guint32 seq)
{
    OracleChannel *c = at(oracle, channel);

    c->refused[kind] = MAX(c->refused[kind], MIN(seq, c->last));
}

void oracle_gone(Oracle *oracle, guint channel)
{
    OracleChannel *c = at(oracle, channel);

    for (guint kind = RECEIPT_RECV; kind <= RECEIPT_READ; kind++)
        oracle_refused(oracle, channel, kind, target(c, kind));
    for (guint id = 0; id < ORACLE_IDS; id++) {
        if (c->messages[id].seq > 0)
            c->messages[id].is_abandoned = TRUE;
    }
}

void oracle_forget(Oracle *oracle, guint channel)
{
    memset(at(oracle, channel), 0, sizeof(OracleChannel));
}

guint oracle_unread(const Oracle *oracle, guint channel)
{
    const OracleChannel *c = &oracle->channels[channel];
    guint count = 0;

    for (guint32 seq = seen_base(c) + 1; seq <= c->last; seq++)
        count += !c->deleted[seq] && !c->seen[seq];
    return count;
}

guint32 oracle_first_unread(const Oracle *oracle, guint channel)
{
    const OracleChannel *c = &oracle->channels[channel];

    for (guint32 seq = seen_base(c) + 1; seq <= c->last; seq++) {
        if (!c->deleted[seq] && !c->seen[seq])
            return seq;
    }
    return 0;
}

guint32 oracle_owed(const Oracle *oracle, guint channel, ReceiptKind kind)
{
    const OracleChannel *c = &oracle->channels[channel];
    guint32 seq = target(c, kind);

    if (seq <= c->own[kind] || seq <= c->refused[kind])
        return 0;
    /* A read says recv as well. */
    if (kind == RECEIPT_RECV &&
        (!oracle->tells_delivered || seq <= oracle_owed(oracle, channel, RECEIPT_READ)))
        return 0;
    return seq;
}

/* Members ------------------------------------------------------------------------------------- */

gboolean oracle_is_whole(const Oracle *oracle, guint channel)
{
    const OracleChannel *c = &oracle->channels[channel];

    if (c->has_list)
        return TRUE;
    for (guint i = 0; i < ORACLE_MEMBERS; i++) {
        if (c->members[i].is_known &&
            strcmp(oracle_member_names[i], oracle_channel_names[channel]) == 0)
            return TRUE;
    }
    return FALSE;
}

gboolean oracle_counts(const Oracle *oracle, guint channel, guint member, guint32 seq)
{
    const OracleMember *row = &oracle->channels[channel].members[member];

    return row->is_known && row->can_read && row->since < seq;
}

ReceiptMessage oracle_message(const Oracle *oracle, guint channel, guint id)
{
    const OracleChannel *c = &oracle->channels[channel];
    const OracleMessage *own = &c->messages[id];
    ReceiptMessage message = {oracle_ids[id], own->seq, own->state, 0, 0, 0};

    for (guint i = 0; own->seq > 0 && i < ORACLE_MEMBERS; i++) {
        if (!oracle_counts(oracle, channel, i, own->seq))
            continue;
        message.members++;
        message.delivered += c->members[i].cursor[RECEIPT_RECV] >= own->seq;
        message.read += c->members[i].cursor[RECEIPT_READ] >= own->seq;
    }
    return message;
}

/* States only move forward, and need a whole audience. */
static void advance(Oracle *oracle, guint channel)
{
    OracleChannel *c = at(oracle, channel);

    for (guint id = 0; id < ORACLE_IDS && oracle_is_whole(oracle, channel); id++) {
        OracleMessage *own = &c->messages[id];
        ReceiptMessage counts = oracle_message(oracle, channel, id);

        if (own->seq == 0 || counts.members == 0)
            continue;
        if (counts.read == counts.members)
            own->state = RECEIPT_MESSAGE_READ;
        else if (counts.delivered == counts.members)
            own->state = MAX(own->state, RECEIPT_MESSAGE_DELIVERED);
    }
}

static void raise_cursor(Oracle *oracle, OracleMember *row, ReceiptKind kind, guint32 seq)
{
    for (guint32 i = row->cursor[kind] + 1; i <= seq; i++)
        row->learnt[kind][i] = oracle->now_ms;
    row->cursor[kind] = MAX(row->cursor[kind], seq);
}

static void move(Oracle *oracle, guint channel, OracleMember *row, ReceiptKind kind, guint32 seq)
{
    seq = MIN(seq, at(oracle, channel)->last);
    if (kind == RECEIPT_READ)
        raise_cursor(oracle, row, RECEIPT_READ, seq);
    raise_cursor(oracle, row, RECEIPT_RECV, seq);
}

static void set_right(OracleChannel *c, OracleMember *row, gboolean can_read, guint32 since_if_new)
{
    if (row->is_known && row->can_read == can_read)
        return;
    if (can_read)
        row->since = row->is_known ? c->last : since_if_new;
    row->is_known = TRUE;
    row->can_read = can_read;
}

/* Who shows up before all were listed has been there from the beginning. */
static guint32 since_for_new(const Oracle *oracle, guint channel)
{
    return oracle_is_whole(oracle, channel) ? oracle->channels[channel].last : 0;
}

void oracle_cursor(Oracle *oracle, guint channel, int member, ReceiptKind kind, guint32 seq)
{
    OracleChannel *c = at(oracle, channel);

    if (seq == 0)
        return;
    if (member == ORACLE_SELF) {
        merge_own(c, kind, seq);
    } else if (member >= 0) {
        OracleMember *row = &c->members[member];

        if (!row->is_known)
            set_right(c, row, TRUE, since_for_new(oracle, channel));
        move(oracle, channel, row, kind, seq);
    }
    advance(oracle, channel);
}

void oracle_arrived(Oracle *oracle, guint channel, guint32 seq, int author)
{
    OracleChannel *c = at(oracle, channel);

    if (seq == 0)
        return;
    c->last = MAX(c->last, seq);
    if (author == ORACLE_SELF)
        publish(c, seq);
    else
        oracle_cursor(oracle, channel, author, RECEIPT_READ, seq);
}

void oracle_member(Oracle *oracle, guint channel, int member, gboolean can_read)
{
    OracleChannel *c = at(oracle, channel);

    if (member >= 0)
        set_right(c, &c->members[member], can_read, c->last);
    advance(oracle, channel);
}

static OracleMember *find_member(OracleChannel *c, const char *name)
{
    for (guint i = 0; i < ORACLE_MEMBERS; i++) {
        if (strcmp(oracle_member_names[i], name) == 0)
            return &c->members[i];
    }
    return NULL;
}

void oracle_snapshot(Oracle *oracle, guint channel, const ReceiptSnapshot *snapshot)
{
    OracleChannel *c = at(oracle, channel);
    gboolean is_named[ORACLE_MEMBERS] = {FALSE};
    guint32 since;

    c->last = MAX(c->last, snapshot->last_seq);
    if (snapshot->has_own) {
        merge_own(c, RECEIPT_RECV, snapshot->own_recv);
        merge_own(c, RECEIPT_READ, snapshot->own_read);
    }
    since = since_for_new(oracle, channel);
    for (gsize i = 0; i < snapshot->n_members; i++) {
        OracleMember *row = find_member(c, snapshot->members[i].member);

        if (row == NULL)
            continue;
        is_named[row - c->members] = TRUE;
        set_right(c, row, snapshot->members[i].can_read, since);
    }
    for (guint i = 0; snapshot->is_complete && i < ORACLE_MEMBERS; i++) {
        if (c->members[i].is_known && !is_named[i])
            c->members[i].can_read = FALSE;
    }
    for (gsize i = 0; i < snapshot->n_members; i++) {
        OracleMember *row = find_member(c, snapshot->members[i].member);

        if (row == NULL)
            continue;
        move(oracle, channel, row, RECEIPT_RECV, snapshot->members[i].recv);
        move(oracle, channel, row, RECEIPT_READ, snapshot->members[i].read);
    }
    c->has_list |= snapshot->is_complete;
    advance(oracle, channel);
}

/* Own messages -------------------------------------------------------------------------------- */

void oracle_message_new(Oracle *oracle, guint channel, guint id)
{
    OracleMessage *own = &at(oracle, channel)->messages[id];

    if (own->is_known && own->state != RECEIPT_MESSAGE_FAILED)
        return;
    *own = (OracleMessage){TRUE, FALSE, 0, RECEIPT_MESSAGE_PENDING, ++oracle->last_order};
}

void oracle_message_stored(Oracle *oracle, guint channel, guint id, guint32 seq)
{
    OracleChannel *c = at(oracle, channel);
    OracleMessage *own = &c->messages[id];

    if (seq == 0)
        return;
    publish(c, seq);
    oracle_handed(oracle, channel, seq, seq);
    if (own->seq > 0)
        return;
    for (guint other = 0; other < ORACLE_IDS; other++) {
        if (c->messages[other].seq != seq)
            continue;
        /* The id that the user sees wins over one that the server made up. */
        if (!own->is_known)
            return;
        c->messages[other] = (OracleMessage){0};
    }
    own->is_known = TRUE;
    own->seq = seq;
    own->state = RECEIPT_MESSAGE_SENT;
    advance(oracle, channel);
}

void oracle_message_failed(Oracle *oracle, guint channel, guint id)
{
    OracleMessage *own = &at(oracle, channel)->messages[id];

    if (own->is_known && own->state == RECEIPT_MESSAGE_PENDING)
        own->state = RECEIPT_MESSAGE_FAILED;
}

void oracle_message_forget(Oracle *oracle, guint channel, guint id)
{
    at(oracle, channel)->messages[id] = (OracleMessage){0};
}

gboolean oracle_is_unsettled(const Oracle *oracle, guint channel, guint id)
{
    const OracleMessage *own = &oracle->channels[channel].messages[id];

    return own->seq > 0 && own->state != RECEIPT_MESSAGE_READ && !own->is_abandoned &&
           !(oracle_is_whole(oracle, channel) && oracle_message(oracle, channel, id).members == 0);
}

guint oracle_n_unsettled(const Oracle *oracle, guint channel)
{
    guint count = 0;

    for (guint id = 0; id < ORACLE_IDS; id++)
        count += oracle_is_unsettled(oracle, channel, id);
    return count;
}

static gboolean is_pending(const OracleMessage *own)
{
    return own->is_known && own->state == RECEIPT_MESSAGE_PENDING;
}

guint oracle_last_message(const Oracle *oracle, guint channel)
{
    const OracleMessage *messages = oracle->channels[channel].messages;
    guint best = ORACLE_IDS;

    for (guint id = 0; id < ORACLE_IDS; id++) {
        if (messages[id].seq > 0 && (best == ORACLE_IDS || messages[id].seq > messages[best].seq))
            best = id;
    }
    for (guint id = 0; id < ORACLE_IDS && (best == ORACLE_IDS || messages[best].seq == 0); id++) {
        if (is_pending(&messages[id]) &&
            (best == ORACLE_IDS || messages[id].order > messages[best].order))
            best = id;
    }
    return best;
}

guint oracle_pending(const Oracle *oracle, guint channel, guint ids[ORACLE_IDS])
{
    const OracleMessage *messages = oracle->channels[channel].messages;
    guint count = 0;

    for (guint id = 0; id < ORACLE_IDS; id++) {
        guint place = count;

        if (!is_pending(&messages[id]))
            continue;
        for (; place > 0 && messages[ids[place - 1]].order > messages[id].order; place--)
            ids[place] = ids[place - 1];
        ids[place] = id;
        count++;
    }
    return count;
}

/* Restarts ------------------------------------------------------------------------------------ */

static gboolean is_worth_saving(const Oracle *oracle, guint channel)
{
    const OracleChannel *c = &oracle->channels[channel];
    guint ids[ORACLE_IDS];

    return c->handed_up_to > 0 || c->seen_up_to > 0 ||
           memchr(c->handed, TRUE, sizeof c->handed) != NULL ||
           oracle_n_unsettled(oracle, channel) > 0 || oracle_pending(oracle, channel, ids) > 0;
}

void oracle_restart(Oracle *oracle)
{
    for (guint channel = 0; channel < ORACLE_CHANNELS; channel++) {
        OracleChannel *c = at(oracle, channel);

        if (!is_worth_saving(oracle, channel)) {
            oracle_forget(oracle, channel);
            continue;
        }
        for (guint id = 0; id < ORACLE_IDS; id++) {
            if (!is_pending(&c->messages[id]) && !oracle_is_unsettled(oracle, channel, id))
                c->messages[id] = (OracleMessage){0};
        }
        c->has_list = FALSE;
        memset(c->members, 0, sizeof c->members);
    }
}

gboolean oracle_is_safe(const Oracle *oracle, const Oracle *saved, guint channel)
{
    const OracleChannel *c = &oracle->channels[channel], *s = &saved->channels[channel];

    if (c->handed_up_to != s->handed_up_to || c->seen_up_to != s->seen_up_to)
        return FALSE;
    /* What lies above gaps would else be shown a second time. */
    for (guint32 seq = c->handed_up_to + 1; seq < ORACLE_SEQS; seq++) {
        if (c->handed[seq] != s->handed[seq])
            return FALSE;
    }
    for (guint kind = RECEIPT_RECV; kind <= RECEIPT_READ; kind++) {
        if (oracle_owed(oracle, channel, kind) != oracle_owed(saved, channel, kind))
            return FALSE;
    }
    for (guint id = 0; id < ORACLE_IDS; id++) {
        const OracleMessage *own = &c->messages[id], *kept = &s->messages[id];
        gboolean has_to_survive = is_pending(own) || oracle_is_unsettled(oracle, channel, id);

        if (has_to_survive != kept->is_known)
            return FALSE;
        if (has_to_survive && (own->seq != kept->seq || own->state != kept->state ||
                               (own->seq == 0 && own->order != kept->order)))
            return FALSE;
    }
    return TRUE;
}
