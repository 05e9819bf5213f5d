/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-events.c: the session's events. */
#include "tinode-events.h"

#include <debug.h>
#include <server.h>
#include <string.h>

#include "tinode-access.h"
#include "tinode-actions.h"
#include "tinode-buddy.h"
#include "tinode-chat.h"
#include "tinode-credentials.h"
#include "tinode-deletions.h"
#include "tinode-group.h"
#include "tinode-history.h"
#include "tinode-info.h"
#include "tinode-members.h"
#include "tinode-outbox.h"
#include "tinode-reset.h"
#include "tinode-search.h"
#include "tinode-seen.h"
#include "tinode-status.h"
#include "tinode-stranger.h"
#include "tinode-text.h"
#include "tinode-topic.h"

/* A contact that types sends a note every three seconds; the sign goes a little after. */
#define TYPING_SECONDS 5

/* The server tells who is online within moments of the attach, and who went offline after four
 * seconds. */
#define PRESENCE_MS 5000

static ReceiptKind kind_of(gboolean is_read)
{
    return is_read ? RECEIPT_READ : RECEIPT_RECV;
}

static void on_phase(TnSessionState state, gpointer user_data)
{
    static const struct {
        TnSessionState state;
        const char *text;
    } steps[] = {
        {TN_SESSION_CONNECTING, N_("Connecting")},
        {TN_SESSION_HELLO, N_("Greeting the server")},
        {TN_SESSION_LOGIN, N_("Signing in")},
        {TN_SESSION_CONFIRM, N_("Waiting for you")},
        {TN_SESSION_ATTACHING, N_("Fetching contacts")},
    };
    TinodeAccount *ta = user_data;

    if (ta->is_online)
        return; /* resuming: the client was never told that the link was lost */
    for (guint i = 0; i < G_N_ELEMENTS(steps); i++)
        if (steps[i].state == state)
            purple_connection_update_progress(ta->gc, _(steps[i].text), i, G_N_ELEMENTS(steps));
}

/* What was sent without an answer before the link was lost is looked up by the next attach; topics
 * that hold something get attached because their outbox and news hold them. */
static void take_up_topics(TinodeAccount *ta)
{
    GHashTableIter iter;
    TinodeTopic *topic;
    g_autoptr(GPtrArray) topics = g_ptr_array_new();

    g_hash_table_iter_init(&iter, ta->topics);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&topic))
        g_ptr_array_add(topics, topic);
    for (guint i = 0; i < topics->len; i++) {
        topic = topics->pdata[i];
        if (topic->is_subscribed)
            tinode_buddy_update(topic);
        tinode_history_news(topic);
        tinode_stranger_check(topic);
    }
}

static void on_up(const TnServerInfo *info, gpointer user_data)
{
    TinodeAccount *ta = user_data;

    purple_debug_info("tinode", "signed in, server %s %s\n",
                      info->version != NULL ? info->version : "?",
                      info->build != NULL ? info->build : "?");
    if (!tinode_account_ensure_engine(ta)) {
        purple_connection_error_reason(ta->gc, PURPLE_CONNECTION_ERROR_NETWORK_ERROR,
                                       _("The server did not tell who you are."));
        return;
    }
    ta->max_message_size = info->max_message_size;
    ta->max_file_size = info->max_file_size;
    tinode_access_take_up(ta);
    if (!ta->is_online) {
        ta->is_online = TRUE;
        tinode_reset_forget(ta->account);
        purple_connection_set_state(ta->gc, PURPLE_CONNECTED);
    } else {
        tinode_timer_set(ta->presence_timer, tinode_now_ms() + PRESENCE_MS);
    }
    receipt_engine_begin(ta->engine);
    take_up_topics(ta);
    tinode_seen_evaluate(ta->seen);
    receipt_engine_network(ta->engine, tinode_now_ms(), TRUE);
    receipt_engine_end(ta->engine, tinode_now_ms());
    if (!ta->is_closing)
        tinode_status_up(ta);
}

static void on_down(const TnFailure *why, gpointer user_data)
{
    TinodeAccount *ta = user_data;

    purple_debug_warning("tinode", "link lost: %s %d %s\n", tn_cause_name(why->cause), why->code,
                         why->detail != NULL ? why->detail : "");
    tinode_timer_set(ta->presence_timer, -1);
    tinode_buddy_doubt_presence(ta);
    tinode_status_down(ta);
    if (ta->engine != NULL)
        receipt_engine_network(ta->engine, tinode_now_ms(), FALSE);
}

static void on_failed(const TnFailure *why, gpointer user_data)
{
    TinodeAccount *ta = user_data;
    g_autofree char *text = tinode_failure_text(why);

    purple_debug_warning("tinode", "cannot connect: %s %d %s\n", tn_cause_name(why->cause),
                         why->code, why->detail != NULL ? why->detail : "");
    if (ta->engine != NULL)
        receipt_engine_network(ta->engine, tinode_now_ms(), FALSE);
    tinode_credentials_close(ta);
    if (ta->is_closing)
        return;
    if (why->cause == TN_CAUSE_PASSWORD && !ta->is_new)
        tinode_reset_offer(ta->account);
    if (ta->is_new)
        tinode_credentials_not_created(ta, why);
    else
        purple_connection_error_reason(ta->gc, tinode_failure_reason(why), text);
}

static void on_data(const TnData *data, gpointer user_data)
{
    TinodeAccount *ta = user_data;
    TinodeTopic *topic = tinode_topic_ensure(ta, data->topic);

    ta->gc->last_received = time(NULL);
    if (topic == NULL || ta->engine == NULL)
        return;
    receipt_engine_begin(ta->engine);
    if (topic->group != NULL && data->from != NULL)
        tinode_members_stopped_typing(topic, data->from);
    receipt_engine_arrived(ta->engine, tinode_now_ms(), topic->name, data->seq, data->from);
    tinode_history_take(topic, data);
    receipt_engine_end(ta->engine, tinode_now_ms());
}

/* {meta} */

static void tell_snapshot(TinodeTopic *topic, const TnRow *row)
{
    const ReceiptSnapshot snapshot = {
        .last_seq = row->seq,
        .has_own = row->read > 0 || row->recv > 0,
        .own_recv = MAX(row->recv, row->read),
        .own_read = row->read,
    };

    receipt_engine_snapshot(topic->ta->engine, tinode_now_ms(), topic->name, &snapshot);
}

/* Without P nothing of the topic is told on me: its receipts have to be asked for. */
static void tell_muted(TinodeTopic *topic)
{
    receipt_engine_set_muted(topic->ta->engine, tinode_now_ms(), topic->name,
                             topic->has_mode && (topic->mode & TN_ACCESS_PRES) == 0);
}

static void on_contact_row(TinodeAccount *ta, const TnRow *row)
{
    TinodeTopic *topic = tinode_topic_ensure(ta, row->topic);
    gboolean is_new;

    if (topic == NULL)
        return;
    if (row->is_deleted) {
        tinode_buddy_remove(topic);
        return;
    }
    is_new = !topic->is_subscribed && ta->is_online;
    topic->is_subscribed = TRUE;
    tinode_topic_merge(topic, row);
    tinode_status_row(ta, row);
    tell_muted(topic);
    tell_snapshot(topic, row);
    /* Before the first up() the whole list is taken up at once. */
    if (ta->is_online) {
        tinode_access_follow(topic, is_new);
        if (topic->group != NULL)
            tinode_group_card_changed(topic);
        if (ta->is_closing) /* by a handler of what it said */
            return;
        tinode_buddy_update(topic);
        tinode_history_news(topic);
        tinode_stranger_check(topic);
        if (topic->group != NULL)
            tinode_group_row_came(topic);
    }
}

static void on_own_card(TinodeAccount *ta, const TnRow *desc)
{
    tinode_status_mode(ta, &desc->acs);
    tinode_info_take(ta, "me", desc);
    if (desc->card.fn != NULL && desc->card.fn[0] != '\0')
        purple_connection_set_display_name(ta->gc, desc->card.fn);
}

/* Without acs (other people's are told to few) the row itself shows that its user may read. */
static gboolean can_read(const TnRow *row)
{
    return !row->acs.has_mode || (row->acs.mode & TN_ACCESS_READ) != 0;
}

static void on_member_rows(TinodeTopic *topic, const TnMeta *meta)
{
    const char *self = tinode_account_self(topic->ta);
    g_autofree ReceiptMember *members = g_new0(ReceiptMember, meta->n_subs);
    /* Of a topic that is not attached (any more) servers tell the own row alone. */
    ReceiptSnapshot snapshot = {.members = members, .is_complete = tinode_topic_is_attached(topic)};

    for (gsize i = 0; i < meta->n_subs; i++) {
        const TnRow *row = &meta->subs[i];

        if (row->user == NULL || row->is_deleted)
            continue;
        tinode_topic_merge_member(topic, row);
        if (g_strcmp0(row->user, self) == 0) {
            /* As it was before the change that is under way. */
            if (!topic->is_access_changing)
                tinode_topic_merge_mode(topic, &row->acs);
            snapshot.has_own = TRUE;
            snapshot.own_read = row->read;
            snapshot.own_recv = MAX(row->recv, row->read);
            continue;
        }
        members[snapshot.n_members++] = (ReceiptMember){
            .member = row->user,
            .recv = MAX(row->recv, row->read),
            .read = row->read,
            .can_read = can_read(row),
        };
    }
    receipt_engine_snapshot(topic->ta->engine, tinode_now_ms(), topic->name, &snapshot);
    tinode_members_changed(topic, meta, snapshot.is_complete);
}

/* Whose ranges came knows all deletions up to clear; a mere number is asked for by the next attach.
 */
static void on_deleted(TinodeTopic *topic, guint32 clear, const TnRange *ranges, gsize n_ranges,
                       const char *who)
{
    topic->clear_told = MAX(topic->clear_told, clear);
    if (n_ranges > 0)
        topic->clear_known = MAX(topic->clear_known, clear);
    for (gsize i = 0; i < n_ranges; i++)
        receipt_engine_deleted(topic->ta->engine, tinode_now_ms(), topic->name, ranges[i].low,
                               ranges[i].high);
    tinode_deletions_told(topic, ranges, n_ranges, who);
}

static void on_topic_meta(TinodeTopic *topic, const TnMeta *meta)
{
    if (meta->desc != NULL) {
        const gboolean has_changed = tinode_topic_merge(topic, meta->desc);

        topic->desc_seq = MAX(topic->desc_seq, meta->desc->seq);
        tinode_info_take(topic->ta, topic->name, meta->desc);
        if (topic->group != NULL)
            tinode_group_card_changed(topic);
        if (topic->ta->is_closing)
            return;
        if (has_changed && topic->is_subscribed)
            tinode_buddy_update(topic);
        tell_snapshot(topic, meta->desc);
    }
    if (meta->n_subs > 0)
        on_member_rows(topic, meta);
    if (meta->has_del)
        on_deleted(topic, meta->del_clear, meta->del, meta->n_del, NULL);
}

static void on_meta(const TnMeta *meta, gpointer user_data)
{
    TinodeAccount *ta = user_data;
    TinodeTopic *topic;

    ta->gc->last_received = time(NULL);
    if (!tinode_account_ensure_engine(ta))
        return;
    receipt_engine_begin(ta->engine);
    if (tn_topic_kind(meta->topic) == TN_TOPIC_ME) {
        if (meta->desc != NULL)
            on_own_card(ta, meta->desc);
        if (meta->tags != NULL)
            tinode_actions_tags(ta, meta->tags);
        for (gsize i = 0; i < meta->n_subs; i++)
            if (meta->subs[i].topic != NULL)
                on_contact_row(ta, &meta->subs[i]);
    } else if (tn_topic_kind(meta->topic) == TN_TOPIC_FND) {
        tinode_search_rows(ta, meta);
    } else if ((topic = tinode_topic_ensure(ta, meta->topic)) != NULL) {
        on_topic_meta(topic, meta);
    }
    receipt_engine_end(ta->engine, tinode_now_ms());
}

/* {pres} */

void tinode_events_fetch_row(TinodeAccount *ta, const char *name)
{
    const TnGet get = {.sub = TRUE, .sub_topic = name};

    tn_session_get(ta->session, "me", &get, NULL, NULL);
}

static void get_deletions(TinodeTopic *topic)
{
    const TnGet get = {.del = TRUE, .del_since = topic->clear_known + 1};

    tn_session_get(topic->ta->session, topic->name, &get, NULL, NULL);
}

/* Not in one batch: what failed is told before it is forgotten. */
void tinode_events_forget(TinodeTopic *topic)
{
    tinode_history_give_up(topic);
    tinode_outbox_fail_all(topic, RECEIPT_ERROR_GONE);
    if (topic->ta->is_closing)
        return;
    receipt_engine_forget(topic->ta->engine, tinode_now_ms(), topic->name);
    if (topic->ta->is_closing)
        return;
    tinode_chat_gone(topic);
    tinode_buddy_remove(topic);
}

static void on_gone(TinodeTopic *topic, TinodeLoss loss)
{
    if (topic->group != NULL)
        tinode_group_gone(topic, loss);
    else
        tinode_events_forget(topic);
}

static void on_news(TinodeTopic *topic, const TnPres *pres)
{
    TinodeAccount *ta = topic->ta;
    /* Without act it was written by ourselves, on another device. */
    const char *author = pres->act != NULL ? pres->act : tinode_account_self(ta);

    /* A running conversation may not have heard yet that it was turned away. */
    if (tinode_access_is_blocked(topic))
        return;
    receipt_engine_arrived(ta->engine, tinode_now_ms(), topic->name, pres->seq, author);
    /* Attaching to what nothing is known of could accept somebody new: the row comes first. */
    if (!topic->is_subscribed)
        tinode_events_fetch_row(ta, topic->name);
    else
        tinode_history_news(topic);
}

/* What {pres acs} says of ourselves: are we out? A change tells what goes, a whole mode what stays.
 */
static gboolean shuts_out(const char *access)
{
    const char *minus = access != NULL ? strchr(access, '-') : NULL;

    if (access == NULL)
        return FALSE;
    if (minus != NULL || access[0] == '+')
        return minus != NULL && strchr(minus, 'J') != NULL;
    return strchr(access, 'J') == NULL;
}

/* Of a whole mode that is told, what is new is not known to be so. */
static guint gained(const char *given)
{
    g_autofree char *plus = NULL;
    guint bits = 0;

    if (given == NULL || strchr(given, '+') == NULL)
        return 0;
    plus = g_strdup(strchr(given, '+'));
    plus[strcspn(plus, "-")] = '\0';
    return tn_access_apply(plus, &bits) ? bits : 0;
}

static void on_own_access(TinodeTopic *topic, const TnPres *pres)
{
    if (topic->group != NULL)
        tinode_group_access_told(topic, pres->act, shuts_out(pres->given) || shuts_out(pres->want),
                                 gained(pres->given));
}

static void on_access_changed(TinodeTopic *topic, const TnPres *pres)
{
    if (pres->tgt == NULL)
        on_own_access(topic, pres);
    if (pres->tgt == NULL && !topic->is_access_changing)
        tinode_topic_merge_acs(topic, pres->want, pres->given);
    tell_muted(topic);
    tinode_events_fetch_row(topic->ta, topic->name);
}

static void on_pres_me(TinodeTopic *topic, const TnPres *pres)
{
    const TnGet card = {.desc = TRUE};
    TinodeAccount *ta = topic->ta;

    switch (pres->what) {
    case TN_PRES_ON:
    case TN_PRES_OFF:
        tinode_buddy_presence(topic, pres->what == TN_PRES_ON);
        break;
    case TN_PRES_MSG:
        on_news(topic, pres);
        break;
    case TN_PRES_READ:
    case TN_PRES_RECV:
        receipt_engine_cursor(ta->engine, tinode_now_ms(), topic->name, tinode_account_self(ta),
                              kind_of(pres->what == TN_PRES_READ), pres->seq);
        break;
    case TN_PRES_ACS:
        on_access_changed(topic, pres);
        break;
    case TN_PRES_DEL:
        on_deleted(topic, pres->clear, pres->del, pres->n_del, pres->act);
        if (tinode_topic_is_attached(topic))
            get_deletions(topic);
        break;
    case TN_PRES_UPD:
        tinode_events_fetch_row(ta, topic->name);
        /* Some servers tell the user's own name for a contact in no row. */
        if (topic->kind == TN_TOPIC_P2P && topic->is_subscribed)
            tn_session_get(ta->session, topic->name, &card, NULL, NULL);
        break;
    default:
        break;
    }
}

static void on_pres_topic(TinodeTopic *topic, const TnPres *pres)
{
    const TnGet members = {.sub = TRUE};
    const TnGet card = {.desc = TRUE};

    switch (pres->what) {
    case TN_PRES_ON:
    case TN_PRES_OFF:
        tinode_members_presence(topic, pres->src, pres->what == TN_PRES_ON);
        break;
    case TN_PRES_ACS:
        if (pres->src == NULL && pres->tgt == NULL)
            on_own_access(topic, pres);
        tinode_members_announce(topic,
                                pres->src != NULL   ? pres->src
                                : pres->tgt != NULL ? pres->tgt
                                                    : tinode_account_self(topic->ta),
                                pres->act);
        tn_session_get(topic->ta->session, topic->name, &members, NULL, NULL);
        break;
    case TN_PRES_UPD:
        tn_session_get(topic->ta->session, topic->name, pres->src == NULL ? &card : &members, NULL,
                       NULL);
        break;
    case TN_PRES_DEL:
        on_deleted(topic, pres->clear, pres->del, pres->n_del,
                   pres->act != NULL ? pres->act : pres->src);
        break;
    default:
        break;
    }
}

static void on_pres(const TnPres *pres, gpointer user_data)
{
    TinodeAccount *ta = user_data;
    const gboolean is_me = tn_topic_kind(pres->topic) == TN_TOPIC_ME;
    TinodeTopic *topic;

    ta->gc->last_received = time(NULL);
    if (ta->engine == NULL)
        return;
    if (is_me && (pres->src == NULL || tn_topic_kind(pres->src) == TN_TOPIC_ME))
        return;
    topic = tinode_topic_ensure(ta, is_me ? pres->src : pres->topic);
    if (topic == NULL)
        return;
    if (is_me && pres->what == TN_PRES_GONE) {
        on_gone(topic, TINODE_LOSS_GONE);
        return;
    }
    receipt_engine_begin(ta->engine);
    if (is_me)
        on_pres_me(topic, pres);
    else
        on_pres_topic(topic, pres);
    receipt_engine_end(ta->engine, tinode_now_ms());
}

/* {info} */

static void on_typing(TinodeTopic *topic, const char *from)
{
    if (topic->group != NULL)
        tinode_members_typing(topic, from);
    else if (g_strcmp0(from, topic->name) == 0)
        serv_got_typing(topic->ta->gc, topic->name, TYPING_SECONDS, PURPLE_TYPING);
}

static void on_info(const TnInfo *info, gpointer user_data)
{
    TinodeAccount *ta = user_data;
    const char *channel = info->src != NULL ? info->src : info->topic;
    TinodeTopic *topic = tinode_topic_ensure(ta, channel);

    ta->gc->last_received = time(NULL);
    if (topic == NULL || ta->engine == NULL || info->from == NULL)
        return;
    switch (info->what) {
    case TN_INFO_RECV:
    case TN_INFO_READ:
        receipt_engine_cursor(ta->engine, tinode_now_ms(), topic->name, info->from,
                              kind_of(info->what == TN_INFO_READ), info->seq);
        break;
    case TN_INFO_KP:
        on_typing(topic, info->from);
        break;
    default:
        break;
    }
}

static void on_evicted(const char *name, gboolean is_unsub, gpointer user_data)
{
    TinodeAccount *ta = user_data;
    TinodeTopic *topic = tinode_topic_ensure(ta, name);

    if (topic == NULL || ta->engine == NULL)
        return;
    if (is_unsub) {
        on_gone(topic, TINODE_LOSS_GONE);
        return;
    }
    if (topic->group != NULL)
        tinode_group_thrown_out(topic);
    tinode_history_give_up(topic);
    receipt_engine_lost(ta->engine, tinode_now_ms(), topic->name, RECEIPT_ERROR_FORBIDDEN);
    tinode_chat_gone(topic);
}

const TnSessionEvents *tinode_events(void)
{
    static const TnSessionEvents events = {
        .phase = on_phase,
        .up = on_up,
        .down = on_down,
        .failed = on_failed,
        .data = on_data,
        .meta = on_meta,
        .pres = on_pres,
        .info = on_info,
        .evicted = on_evicted,
        .question = tinode_credentials_ask,
        .created = tinode_credentials_created,
    };

    return &events;
}
