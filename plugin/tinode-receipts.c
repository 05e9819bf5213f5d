/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-receipts.c: the engine's ports. */
#include "tinode-receipts.h"

#include <debug.h>

#include "tinode-access.h"
#include "tinode-buddy.h"
#include "tinode-chat.h"
#include "tinode-events.h"
#include "tinode-group.h"
#include "tinode-history.h"
#include "tinode-lines.h"
#include "tinode-outbox.h"
#include "tinode-signals.h"
#include "tinode-store.h"
#include "tinode-text.h"
#include "tinode-topic.h"

/* Transport: one request of the engine is one request of the session. */

typedef struct {
    TinodeTopic *topic;
    guint32 request;
} Request;

static Request *request_new(TinodeTopic *topic, guint32 id)
{
    Request *request = g_new(Request, 1);

    request->topic = topic;
    request->request = id;
    return request;
}

static void tell_outcome(TinodeAccount *ta, guint32 request, TnError error)
{
    if (!ta->is_closing)
        receipt_engine_outcome(ta->engine, tinode_now_ms(), request, tinode_receipt_error(error));
}

static void on_done(const TnReply *reply, gpointer data)
{
    g_autofree Request *request = data;

    tell_outcome(request->topic->ta, request->request, reply->error);
}

static void on_history(const TnReply *reply, gpointer data)
{
    g_autofree Request *request = data;
    TinodeTopic *topic = request->topic;

    if (!topic->ta->is_closing)
        tinode_history_page_done(topic, reply);
}

static void on_attached(const TnReply *reply, gpointer data)
{
    Request *request = data;
    TinodeTopic *topic = request->topic;
    const guint32 id = request->request;

    if (reply->error != TN_OK)
        g_free(request); /* otherwise on_history() has the last word */
    if (topic->ta->is_closing)
        return;
    if (reply->error != TN_OK)
        tinode_history_attach_failed(topic);
    if (reply->error == TN_ERROR_FORBIDDEN || reply->error == TN_ERROR_GONE)
        tinode_chat_join_failed(topic, reply->error == TN_ERROR_GONE);
    tell_outcome(topic->ta, id, reply->error);
    if (reply->error == TN_ERROR_REDIRECT && !topic->ta->is_closing)
        tinode_chat_redirected(topic, reply->topic);
    if (reply->error == TN_OK && !topic->ta->is_closing) {
        /* Written to for the first time: it is on the server's list from now on. */
        if (!topic->is_subscribed)
            tinode_events_fetch_row(topic->ta, topic->name);
        tinode_outbox_attached(topic);
    }
}

/* Attaching to a chat that the user has blocked would unblock it. Once the account closes (a signal
 * handler may have done that amid this batch) nothing is asked and no outcome is owed any more. */
static TinodeTopic *topic_for(TinodeAccount *ta, guint32 request, const char *channel)
{
    TinodeTopic *topic;

    if (ta->is_closing)
        return NULL;
    topic = tinode_topic_ensure(ta, channel);
    if (topic == NULL) {
        receipt_engine_outcome(ta->engine, tinode_now_ms(), request, RECEIPT_ERROR_PERMANENT);
    } else if (tinode_topic_is_blocked(topic)) {
        receipt_engine_outcome(ta->engine, tinode_now_ms(), request, RECEIPT_ERROR_FORBIDDEN);
        return NULL;
    }
    return topic;
}

static void port_attach(guint32 request, const char *channel, gboolean is_focused,
                        gpointer user_data)
{
    TinodeAccount *ta = user_data;
    TinodeTopic *topic = topic_for(ta, request, channel);
    TnGet get = {.desc = TRUE, .sub = TRUE};

    if (topic == NULL)
        return;
    tinode_history_prepare(topic, &get);
    get.del = topic->clear_told > topic->clear_known;
    get.del_since = topic->clear_known + 1;
    tn_session_attach(ta->session, channel, &get, is_focused, on_attached, on_history,
                      request_new(topic, request));
}

static void port_detach(guint32 request, const char *channel, gpointer user_data)
{
    TinodeAccount *ta = user_data;
    TinodeTopic *topic;

    if (ta->is_closing)
        return;
    topic = tinode_topic_ensure(ta, channel);
    if (topic == NULL) {
        receipt_engine_outcome(ta->engine, tinode_now_ms(), request, RECEIPT_OK);
        return;
    }
    tn_session_leave(ta->session, channel, FALSE, on_done, request_new(topic, request));
}

/* A poll: attached for as long as the answer takes, unless the engine wants it attached by now. */
static void on_polled(const TnReply *reply, gpointer data)
{
    g_autofree Request *request = data;
    TinodeTopic *topic = request->topic;
    TinodeAccount *ta = topic->ta;
    ReceiptSyncState state;

    if (ta->is_closing)
        return;
    state = receipt_engine_sync_state(ta->engine, topic->name, NULL);
    if (reply->error == TN_OK && state != RECEIPT_SYNC_STARTING && state != RECEIPT_SYNC_ACTIVE) {
        tn_session_leave(ta->session, topic->name, FALSE, on_done, g_steal_pointer(&request));
        return;
    }
    tell_outcome(ta, request->request, reply->error);
}

static void port_snapshot(guint32 request, const char *channel, gpointer user_data)
{
    TinodeAccount *ta = user_data;
    TinodeTopic *topic = topic_for(ta, request, channel);
    const TnGet get = {.desc = TRUE, .sub = TRUE};

    if (topic == NULL)
        return;
    if (tinode_topic_is_attached(topic))
        tn_session_get(ta->session, channel, &get, on_done, request_new(topic, request));
    else
        tn_session_attach(ta->session, channel, &get, FALSE, on_polled, NULL,
                          request_new(topic, request));
}

static void port_send_cursor(guint32 request, const char *channel, ReceiptKind kind, guint32 seq,
                             gpointer user_data)
{
    TinodeAccount *ta = user_data;
    TinodeTopic *topic = topic_for(ta, request, channel);

    if (topic != NULL)
        tn_session_note(ta->session, channel, receipt_kind_name(kind), seq, on_done,
                        request_new(topic, request));
}

/* Observer: silent once the account closes, libpurple may have freed it by then. */

static void observe_sync(const char *channel, ReceiptSyncState state, ReceiptReason reason,
                         gpointer user_data)
{
    TinodeAccount *ta = user_data;

    if (ta->is_closing)
        return;
    purple_debug_info("tinode", "sync of %s: %s (%s)\n", channel, receipt_sync_state_name(state),
                      receipt_reason_name(reason));
    tinode_signals_sync(ta->account, channel, state, reason);
}

static void observe_message(const char *channel, const ReceiptMessage *message, gpointer user_data)
{
    TinodeAccount *ta = user_data;
    TinodeTopic *topic = tinode_topic_find(ta, channel);

    if (ta->is_closing)
        return;
    tinode_signals_message(ta->account, channel, message);
    if (topic != NULL && !ta->is_closing)
        tinode_lines_message(ta->lines, topic, message);
    /* The list says how far the newest message is, while no window does. */
    if (topic != NULL && !ta->is_closing && message->state >= RECEIPT_MESSAGE_DELIVERED &&
        tinode_topic_conversation(topic) == NULL)
        tinode_buddy_redraw(topic);
}

static void observe_receipt(const char *channel, const char *member, ReceiptKind kind, guint32 seq,
                            gpointer user_data)
{
    TinodeAccount *ta = user_data;

    if (!ta->is_closing)
        tinode_signals_receipt(ta->account, channel, member, kind, seq);
}

static void observe_unread(const char *channel, guint count, gpointer user_data)
{
    TinodeAccount *ta = user_data;
    TinodeTopic *topic = tinode_topic_find(ta, channel);

    if (topic != NULL)
        tinode_buddy_redraw(topic);
    if (!ta->is_closing)
        tinode_signals_unread(ta->account, channel, count);
}

static void observe_problem(const char *channel, ReceiptProblem problem, ReceiptError category,
                            gpointer user_data)
{
    TinodeAccount *ta = user_data;
    TinodeTopic *topic = channel != NULL ? tinode_topic_find(ta, channel) : NULL;
    g_autofree char *text = NULL;

    if (ta->is_closing)
        return;
    if (topic != NULL && topic->group != NULL && problem != RECEIPT_PROBLEM_MESSAGE)
        text = tinode_group_loss_text(topic); /* it knows who did it */
    purple_debug_warning("tinode", "problem %d in %s: %s\n", problem,
                         channel != NULL ? channel : "general", receipt_error_name(category));
    /* Who has blocked a conversation knows why it is not in sync. */
    if (topic != NULL && tinode_topic_is_blocked(topic) && text == NULL &&
        (problem == RECEIPT_PROBLEM_SYNC ||
         (problem == RECEIPT_PROBLEM_LOST && tinode_access_is_blocked(topic))))
        return;
    if (text == NULL)
        text = g_strdup(tinode_problem_text(problem, category));
    /* A refused message has its sentence from the outbox already. */
    if (topic != NULL && problem != RECEIPT_PROBLEM_MESSAGE) {
        g_autofree char *html = g_markup_escape_text(text, -1);

        tinode_topic_write_line(topic, html);
    }
    tinode_signals_problem(ta->account, channel != NULL ? channel : "",
                           receipt_error_name(category), text);
}

/* Store and clock */

static void store_save(GBytes *state, gpointer user_data)
{
    TinodeAccount *ta = user_data;

    tinode_store_save_state(ta->store, state);
}

static void clock_deadline(gint64 at_ms, gpointer user_data)
{
    TinodeAccount *ta = user_data;

    if (!ta->is_closing)
        tinode_timer_set(ta->engine_timer, at_ms);
}

static double clock_chance(gpointer user_data)
{
    (void)user_data;
    return g_random_double();
}

void tinode_receipts_ports(TinodeAccount *ta, ReceiptPorts *ports)
{
    *ports = (ReceiptPorts){
        .clock = {.set_deadline = clock_deadline, .chance = clock_chance},
        .transport = {.attach = port_attach,
                      .detach = port_detach,
                      .snapshot = port_snapshot,
                      .send_cursor = port_send_cursor},
        .observer = {.sync_changed = observe_sync,
                     .message_changed = observe_message,
                     .receipt_moved = observe_receipt,
                     .unread_changed = observe_unread,
                     .problem = observe_problem},
        .store = {.save = store_save},
        .user_data = ta,
    };
}
