/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-seen.c: focus, attention, dwell. */
#include "tinode-seen.h"

#include <eventloop.h>
#include <idle.h>
#include <signals.h>
#include <string.h>

#include "tinode-buddy.h"
#include "tinode-history.h"
#include "tinode-lines.h"
#include "tinode-message.h"

#define POLL_SECONDS 1
/* Input this long before a message still shows that somebody sits there. */
#define RECENT_INPUT_MS 60000

typedef struct {
    guint32 seq;
    gint64 at_ms;
} Unseen;

typedef struct {
    char *channel;
    gboolean is_focused;
    gboolean exists;         /* found in this evaluation */
    gint64 in_view_since_ms; /* -1 while out of view or nobody is there */
    GQueue unseen;           /* Unseen, ascending */
} View;

struct _TinodeSeen {
    TinodeAccount *ta;
    GHashTable *views; /* channel -> View */
    gboolean is_app_active;
    guint soon; /* source of the scheduled evaluation */
    guint poll;
    TinodeTimer *dwell;
};

static void view_free(gpointer data)
{
    View *view = data;

    g_queue_clear_full(&view->unseen, g_free);
    g_free(view->channel);
    g_free(view);
}

static View *view_ensure(TinodeSeen *seen, const char *channel)
{
    View *view = g_hash_table_lookup(seen->views, channel);

    if (view != NULL)
        return view;
    view = g_new0(View, 1);
    view->channel = g_strdup(channel);
    view->in_view_since_ms = -1;
    g_queue_init(&view->unseen);
    g_hash_table_insert(seen->views, view->channel, view);
    return view;
}

gboolean tinode_seen_knows_focus(PurpleConversation *conv)
{
    PurpleConversationUiOps *ops = purple_conversation_get_ui_ops(conv);

    return ops != NULL && ops->has_focus != NULL;
}

TinodeReadPolicy tinode_seen_policy(const TinodeAccount *ta, PurpleConversation *conv)
{
    const char *policy =
        purple_account_get_string(ta->account, TINODE_OPTION_SEND_READ, TINODE_DEFAULT_SEND_READ);

    if (strcmp(policy, "never") == 0)
        return TINODE_READ_NEVER;
    if (strcmp(policy, "arrival") == 0)
        return TINODE_READ_ARRIVAL;
    if (strcmp(policy, "reply") == 0 || (conv != NULL && !tinode_seen_knows_focus(conv)))
        return TINODE_READ_REPLY;
    return TINODE_READ_SEEN;
}

static gboolean wants_attention(const TinodeAccount *ta)
{
    return purple_account_get_bool(ta->account, TINODE_OPTION_ATTENTION, TRUE);
}

/* Not idle, not away, not invisible, as libpurple knows it. */
static gboolean is_person_there(const TinodeAccount *ta)
{
    PurplePresence *presence = purple_account_get_presence(ta->account);
    PurpleStatus *status = purple_presence_get_active_status(presence);
    PurpleStatusPrimitive primitive =
        purple_status_type_get_primitive(purple_status_get_type(status));

    if (!wants_attention(ta))
        return TRUE;
    return !purple_presence_is_idle(presence) && primitive == PURPLE_STATUS_AVAILABLE;
}

/* When somebody last touched keyboard or mouse; G_MAXINT64 where the client cannot tell. */
static gint64 last_input_ms(const TinodeAccount *ta, gint64 now_ms)
{
    PurpleIdleUiOps *ops = purple_idle_get_ui_ops();

    if (!wants_attention(ta) || ops == NULL || ops->get_time_idle == NULL)
        return G_MAXINT64;
    return now_ms - (gint64)ops->get_time_idle() * 1000;
}

/* Take what has been in view long enough out of the queue; *due_ms becomes the time at which more
 * may be due, if that is sooner. */
static guint32 take_seen(TinodeSeen *seen, View *view, gint64 now_ms, gint64 *due_ms)
{
    const gint64 dwell_ms =
        MAX(0, purple_account_get_int(seen->ta->account, TINODE_OPTION_SEEN_AFTER_MS,
                                      TINODE_DEFAULT_SEEN_AFTER_MS));
    const gint64 input_ms = last_input_ms(seen->ta, now_ms);
    guint32 seq = 0;
    Unseen *first;

    while ((first = g_queue_peek_head(&view->unseen)) != NULL) {
        const gint64 ready_ms = MAX(first->at_ms, view->in_view_since_ms) + dwell_ms;

        /* Nobody touched anything: the poll sees the next input. */
        if (input_ms < first->at_ms - RECENT_INPUT_MS)
            break;
        if (ready_ms > now_ms) {
            *due_ms = *due_ms < 0 ? ready_ms : MIN(*due_ms, ready_ms);
            break;
        }
        seq = first->seq;
        g_free(g_queue_pop_head(&view->unseen));
    }
    return seq;
}

static void evaluate_view(TinodeSeen *seen, View *view, gint64 now_ms, gint64 *due_ms)
{
    TinodeTopic *topic = tinode_topic_find(seen->ta, view->channel);
    PurpleConversation *conv = topic != NULL ? tinode_topic_conversation(topic) : NULL;
    guint32 seq;

    if (!view->is_focused || !seen->is_app_active) {
        view->in_view_since_ms = -1;
        return;
    }
    if (view->in_view_since_ms < 0)
        view->in_view_since_ms = now_ms;
    seq = take_seen(seen, view, now_ms, due_ms);
    if (seq > 0)
        receipt_engine_seen(seen->ta->engine, now_ms, view->channel, seq,
                            tinode_seen_policy(seen->ta, conv) == TINODE_READ_SEEN &&
                                !(topic != NULL && topic->is_history_cut));
}

static void add_unseen(View *view, guint32 seq)
{
    Unseen *unseen = g_new0(Unseen, 1);

    unseen->seq = seq;
    unseen->at_ms = tinode_now_ms();
    g_queue_push_tail(&view->unseen, unseen);
}

/* A conversation outlives a sign-out: what was handed on before and not seen is still on the
 * screen, and can be seen now. */
static View *view_of_conversation(TinodeSeen *seen, TinodeTopic *topic, PurpleConversation *conv)
{
    View *view = g_hash_table_lookup(seen->views, topic->name);
    ReceiptEngine *engine = seen->ta->engine;

    if (view != NULL)
        return view;
    view = view_ensure(seen, topic->name);
    tinode_buddy_redraw(topic);
    if (purple_conversation_get_message_history(conv) != NULL &&
        receipt_engine_unread(engine, topic->name) > 0 &&
        receipt_engine_handed_up_to(engine, topic->name) > 0)
        add_unseen(view, receipt_engine_handed_up_to(engine, topic->name));
    tinode_history_opened(topic);
    return view;
}

static void update_conversation(TinodeSeen *seen, PurpleConversation *conv, gint64 now_ms)
{
    TinodeTopic *topic = tinode_topic_of_conversation(seen->ta, conv);
    const gboolean is_focused =
        tinode_seen_knows_focus(conv) && purple_conversation_has_focus(conv);
    View *view;

    if (topic == NULL)
        return;
    view = view_of_conversation(seen, topic, conv);
    view->exists = TRUE;
    receipt_engine_opened(seen->ta->engine, now_ms, topic->name);
    if (is_focused == view->is_focused)
        return;
    view->is_focused = is_focused;
    if (is_focused) {
        receipt_engine_focused(seen->ta->engine, now_ms, topic->name);
        tinode_lines_focused(seen->ta->lines, topic);
    } else {
        receipt_engine_unfocused(seen->ta->engine, now_ms, topic->name);
    }
}

static gboolean on_poll(gpointer data)
{
    tinode_seen_evaluate(data);
    return TRUE;
}

static void arm_poll(TinodeSeen *seen, gboolean is_wanted)
{
    if (is_wanted && seen->poll == 0) {
        seen->poll = purple_timeout_add_seconds(POLL_SECONDS, on_poll, seen);
    } else if (!is_wanted && seen->poll != 0) {
        purple_timeout_remove(seen->poll);
        seen->poll = 0;
    }
}

static gboolean view_is_gone(gpointer key, gpointer value, gpointer data)
{
    TinodeSeen *seen = data;
    View *view = value;

    (void)key;
    if (view->exists)
        return FALSE;
    receipt_engine_closed(seen->ta->engine, tinode_now_ms(), view->channel);
    return TRUE;
}

void tinode_seen_evaluate(TinodeSeen *seen)
{
    TinodeAccount *ta = seen->ta;
    const gint64 now_ms = tinode_now_ms();
    const gboolean is_active = is_person_there(ta);
    gboolean has_focus = FALSE;
    gint64 due_ms = -1;
    GHashTableIter iter;
    View *view;

    if (ta->engine == NULL || ta->is_closing)
        return;
    receipt_engine_begin(ta->engine);
    if (is_active != seen->is_app_active) {
        seen->is_app_active = is_active;
        receipt_engine_app_active(ta->engine, now_ms, is_active);
    }
    g_hash_table_iter_init(&iter, seen->views);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&view))
        view->exists = FALSE;
    for (GList *link = purple_get_conversations(); link != NULL && !ta->is_closing;
         link = link->next)
        if (purple_conversation_get_account(link->data) == ta->account)
            update_conversation(seen, link->data, now_ms);
    g_hash_table_foreach_remove(seen->views, view_is_gone, seen);
    g_hash_table_iter_init(&iter, seen->views);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&view)) {
        evaluate_view(seen, view, now_ms, &due_ms);
        has_focus |= view->is_focused;
    }
    if (!ta->is_closing) {
        arm_poll(seen, has_focus);
        tinode_timer_set(seen->dwell, due_ms);
    }
    receipt_engine_end(ta->engine, now_ms); /* last: signal handlers may close the account */
}

static void on_dwell(gpointer data)
{
    tinode_seen_evaluate(data);
}

static gboolean on_soon(gpointer data)
{
    TinodeSeen *seen = data;

    seen->soon = 0;
    tinode_seen_evaluate(seen);
    return FALSE;
}

void tinode_seen_schedule(TinodeSeen *seen)
{
    if (seen->soon == 0 && !seen->ta->is_closing)
        seen->soon = purple_timeout_add(0, on_soon, seen);
}

void tinode_seen_message(TinodeSeen *seen, TinodeTopic *topic, guint32 seq)
{
    TinodeAccount *ta = seen->ta;
    if (tinode_seen_policy(ta, tinode_topic_conversation(topic)) == TINODE_READ_ARRIVAL) {
        receipt_engine_seen(ta->engine, tinode_now_ms(), topic->name, seq, !topic->is_history_cut);
        return;
    }
    add_unseen(view_ensure(seen, topic->name), seq);
    tinode_seen_schedule(seen);
}

static void on_conversation(PurpleConversation *conv, gpointer data)
{
    TinodeSeen *seen = data;

    if (purple_conversation_get_account(conv) == seen->ta->account)
        tinode_seen_schedule(seen);
}

/* A hint for a conversation that is in view already: the focus was away since the last poll and
 * came back. That was a break. */
static void note_break(TinodeSeen *seen, PurpleConversation *conv)
{
    TinodeTopic *topic = tinode_topic_of_conversation(seen->ta, conv);
    View *view = topic != NULL ? g_hash_table_lookup(seen->views, topic->name) : NULL;

    if (view != NULL)
        view->in_view_since_ms = -1;
}

static void on_updated(PurpleConversation *conv, PurpleConvUpdateType type, gpointer data)
{
    const TinodeSeen *seen = data;

    if (seen->ta->is_closing)
        return;
    if (type == PURPLE_CONV_UPDATE_UNSEEN)
        note_break(data, conv);
    if (type == PURPLE_CONV_UPDATE_UNSEEN || type == PURPLE_CONV_UPDATE_TITLE)
        on_conversation(conv, data);
}

/* Gone for good when this returns: act now, ask the conversation nothing. */
static void on_deleting(PurpleConversation *conv, gpointer data)
{
    TinodeSeen *seen = data;
    TinodeAccount *ta = seen->ta;
    TinodeTopic *topic;

    if (ta->is_closing || purple_conversation_get_account(conv) != ta->account)
        return;
    topic = tinode_topic_of_conversation(ta, conv);
    tinode_message_set_id(conv, NULL);
    if (topic == NULL || !g_hash_table_remove(seen->views, topic->name))
        return;
    tinode_seen_schedule(seen);
    tinode_buddy_redraw(topic);
    if (ta->engine != NULL)
        receipt_engine_closed(ta->engine, tinode_now_ms(), topic->name);
}

TinodeSeen *tinode_seen_new(TinodeAccount *ta)
{
    TinodeSeen *seen = g_new0(TinodeSeen, 1);
    void *conversations = purple_conversations_get_handle();

    seen->ta = ta;
    seen->is_app_active = TRUE;
    seen->views = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, view_free);
    seen->dwell = tinode_timer_new(on_dwell, seen);
    purple_signal_connect(conversations, "conversation-created", seen,
                          PURPLE_CALLBACK(on_conversation), seen);
    purple_signal_connect(conversations, "conversation-updated", seen, PURPLE_CALLBACK(on_updated),
                          seen);
    purple_signal_connect(conversations, "deleting-conversation", seen,
                          PURPLE_CALLBACK(on_deleting), seen);
    return seen;
}

void tinode_seen_quiet(TinodeSeen *seen)
{
    if (seen->soon != 0)
        purple_timeout_remove(seen->soon);
    seen->soon = 0;
    arm_poll(seen, FALSE);
    tinode_timer_set(seen->dwell, -1);
}

void tinode_seen_free(TinodeSeen *seen)
{
    tinode_seen_quiet(seen);
    purple_signals_disconnect_by_handle(seen);
    tinode_timer_free(seen->dwell);
    g_hash_table_destroy(seen->views);
    g_free(seen);
}

guint tinode_seen_timers(const TinodeSeen *seen)
{
    return (seen->soon != 0) + (seen->poll != 0) + tinode_timer_is_armed(seen->dwell);
}
