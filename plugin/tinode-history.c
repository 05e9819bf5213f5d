/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-history.c: gathers messages and hands them on in order. */
#include "tinode-history.h"

#include <eventloop.h>

#include "protocol/tn-drafty.h"
#include "tinode-deletions.h"
#include "tinode-group.h"
#include "tinode-message.h"
#include "tinode-outbox.h"
#include "tinode-recall.h"
#include "tinode-seen.h"
#include "tinode-text.h"

/* The server's own maximum for one page. */
#define PAGE 100
/* 5,000 messages: a week away from a busy group. More is told, not fetched. */
#define MAX_PAGES 50
/* A page that did not come is asked for again, while the topic stays attached. */
#define RETRY_MIN_MS 2000
#define RETRY_MAX_MS 60000
/* Handing on draws lines in the client; a slice must not be felt. */
#define SLICE_MS 5

struct _TinodeHistory {
    TinodeTopic *topic;
    GTree *buffer;        /* seq -> TinodeMessage, owned */
    GHashTable *versions; /* "seq author" -> Version of what is in the buffer */
    gboolean is_fetching;
    gboolean has_attach_page; /* the page under way came with an attach: its end is desc_seq */
    gboolean is_news;         /* something new was told while fetching */
    gboolean holds;           /* the engine holds the channel for us */
    guint32 since;            /* lower edge of the fetch, inclusive; 0: only the newest page */
    guint32 floor;            /* nothing below this is missed: paging stops here */
    guint32 until;            /* upper edge, inclusive */
    guint32 lowest;           /* lowest seq that came in this fetch */
    guint32 limit;            /* messages asked for in this page */
    guint pages;
    guint32 settled; /* up to here, what did not come does not exist */
    guint32 context; /* first visit: up to here it was read elsewhere already */
    guint32 again;   /* from here up to the last handed on, messages are shown once more; 0 */
    guint slice;     /* source of the next slice */
    guint retry;     /* source of asking anew after a failure */
    guint retry_ms;
};

/* Edits of a message by its author, while they wait in the buffer. */
typedef struct {
    guint32 newest;
    guint32 shown; /* up to this one the message itself shows it, 0: none */
} Version;

static int compare_seq(gconstpointer a, gconstpointer b, gpointer data)
{
    (void)data;
    return GPOINTER_TO_UINT(a) < GPOINTER_TO_UINT(b) ? -1 : a != b;
}

TinodeHistory *tinode_history_new(TinodeTopic *topic)
{
    TinodeHistory *history = g_new0(TinodeHistory, 1);

    history->topic = topic;
    history->buffer = g_tree_new_full(compare_seq, NULL, NULL, tinode_message_free);
    history->versions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return history;
}

static void stop_retry(TinodeHistory *history)
{
    if (history->retry != 0)
        purple_timeout_remove(history->retry);
    history->retry = 0;
}

void tinode_history_quiet(TinodeTopic *topic)
{
    if (topic->history->slice != 0)
        purple_timeout_remove(topic->history->slice);
    topic->history->slice = 0;
    stop_retry(topic->history);
}

void tinode_history_free(TinodeHistory *history)
{
    if (history->slice != 0)
        purple_timeout_remove(history->slice);
    stop_retry(history);
    g_tree_destroy(history->buffer);
    g_hash_table_destroy(history->versions);
    g_free(history);
}

static guint32 handed_up_to(const TinodeTopic *topic)
{
    return receipt_engine_handed_up_to(topic->ta->engine, topic->name);
}

/* First visit: what this user has read on another device needs no fetching for receipts' sake, but
 * an open conversation shows some of it. */
static void begin_first(TinodeTopic *topic)
{
    TinodeHistory *history = topic->history;
    const guint32 read = receipt_engine_own_cursor(topic->ta->engine, topic->name, RECEIPT_READ);
    PurpleConversation *conv = tinode_topic_conversation(topic);
    const int wanted =
        purple_account_get_int(topic->ta->account, TINODE_OPTION_HISTORY, TINODE_DEFAULT_HISTORY);

    history->floor = read + 1;
    history->context = read;
    if (topic->group != NULL && topic->group->shown > read && conv != NULL &&
        purple_conversation_get_message_history(conv) != NULL) {
        history->settled = MAX(history->settled, topic->group->shown);
        history->floor = history->since = topic->group->shown + 1;
        history->limit = PAGE;
    } else if (conv != NULL && wanted > 0) {
        history->since = 0;
        history->limit = (guint32)MIN(wanted, PAGE);
    } else {
        history->since = read + 1;
        history->limit = PAGE;
    }
}

/* Handed on before, never seen, and not on the screen any more (the window was closed, the client
 * restarted): an open conversation shows it once more, else it could never be read here. Clients
 * that know no focus have no windows either, and read by answering. */
static guint32 first_to_show_again(TinodeTopic *topic, guint32 handed)
{
    const guint32 first = receipt_engine_first_unread(topic->ta->engine, topic->name);
    PurpleConversation *conv = tinode_topic_conversation(topic);

    if (first == 0 || first > handed || conv == NULL || !tinode_seen_knows_focus(conv) ||
        purple_conversation_get_message_history(conv) != NULL)
        return 0;
    return first;
}

static void begin(TinodeTopic *topic)
{
    TinodeHistory *history = topic->history;
    const guint32 handed = handed_up_to(topic);

    stop_retry(history);
    history->is_fetching = TRUE;
    history->is_news = FALSE;
    history->pages = 1;
    history->lowest = G_MAXUINT32;
    if (handed == 0) {
        begin_first(topic);
        return;
    }
    history->context = 0;
    history->again = first_to_show_again(topic, handed);
    history->floor = history->again > 0 ? history->again : handed + 1;
    history->since = history->floor;
    history->limit = PAGE;
}

void tinode_history_prepare(TinodeTopic *topic, TnGet *get)
{
    TinodeHistory *history = topic->history;

    begin(topic);
    history->has_attach_page = TRUE;
    get->data = TRUE;
    get->data_since = history->since;
    get->data_limit = history->limit;
}

static void stop_fetching(TinodeHistory *history)
{
    history->is_fetching = FALSE;
    history->has_attach_page = FALSE;
}

void tinode_history_attach_failed(TinodeTopic *topic)
{
    stop_fetching(topic->history);
    /* Who asked for this attach may not ask again; what came meanwhile still has to be fetched. */
    topic->history->is_news = FALSE;
    tinode_history_news(topic);
}

static void on_page(const TnReply *reply, gpointer data)
{
    tinode_history_page_done(data, reply);
}

static void get_page(TinodeTopic *topic, guint32 before)
{
    TinodeHistory *history = topic->history;
    TnGet get = {.data = TRUE,
                 .data_since = history->since,
                 .data_before = before,
                 .data_limit = history->limit};

    history->has_attach_page = FALSE;
    tn_session_get(topic->ta->session, topic->name, &get, on_page, topic);
}

static void fetch(TinodeTopic *topic)
{
    begin(topic);
    topic->history->until = receipt_engine_last_seq(topic->ta->engine, topic->name);
    get_page(topic, 0);
}

/* Everything in the gap comes in one or more pages; until then what is above waits. */
static void fetch_gap(TinodeTopic *topic, guint32 before)
{
    begin(topic);
    topic->history->until = before - 1;
    get_page(topic, before);
}

static void release(TinodeTopic *topic)
{
    TinodeHistory *history = topic->history;

    if (!history->holds)
        return;
    history->holds = FALSE;
    receipt_engine_release(topic->ta->engine, tinode_now_ms(), topic->name, RECEIPT_HOLD_CATCH_UP);
}

static TinodeMessage *first_of(GTree *buffer)
{
    GTreeNode *node = g_tree_node_first(buffer);

    return node != NULL ? g_tree_node_value(node) : NULL;
}

static void drop_first(GTree *buffer)
{
    GTreeNode *node = g_tree_node_first(buffer);

    g_tree_remove(buffer, g_tree_node_key(node));
}

static void note_handed(TinodeTopic *topic, guint32 low, guint32 high)
{
    receipt_engine_handed(topic->ta->engine, tinode_now_ms(), topic->name, low, high);
}

/* Everything below the fetch's upper edge has come or does not exist. */
static void settle(TinodeTopic *topic)
{
    TinodeHistory *history = topic->history;
    const guint32 handed = handed_up_to(topic);

    if (history->settled > handed)
        note_handed(topic, handed + 1, history->settled);
    history->context = 0;
    history->again = 0;
    if (history->is_news) {
        history->is_news = FALSE;
        tinode_history_news(topic);
        if (history->is_fetching)
            return;
    }
    release(topic);
}

static void flush(TinodeTopic *topic);

static gboolean on_slice(gpointer data)
{
    TinodeTopic *topic = data;

    topic->history->slice = 0;
    flush(topic);
    return FALSE;
}

static char *version_key(guint32 seq, const char *from)
{
    return g_strdup_printf("%u %s", seq, from != NULL ? from : "");
}

static void note_version(TinodeHistory *history, const TinodeMessage *message)
{
    g_autofree char *key = version_key(message->replace, message->from);
    Version *version = g_hash_table_lookup(history->versions, key);

    if (version == NULL) {
        version = g_new0(Version, 1);
        g_hash_table_insert(history->versions, g_steal_pointer(&key), version);
    }
    version->newest = MAX(version->newest, message->seq);
}

/* An edit that is in the buffer already takes the place of what nobody has seen: the last text is
 * shown once, where the first one would have been. */
static void take_version(TinodeHistory *history, TinodeMessage *message)
{
    g_autofree char *key = version_key(message->seq, message->from);
    Version *version = g_hash_table_lookup(history->versions, key);
    const TinodeMessage *newest =
        version != NULL ? g_tree_lookup(history->buffer, GUINT_TO_POINTER(version->newest)) : NULL;

    if (newest == NULL)
        return;
    version->shown = newest->seq;
    tinode_message_take_version(message, newest);
}

static gboolean is_shown_by_original(TinodeHistory *history, const TinodeMessage *message)
{
    g_autofree char *key = version_key(message->replace, message->from);
    const Version *version = g_hash_table_lookup(history->versions, key);

    return version != NULL && message->seq <= version->shown;
}

/* One line, or none where the message that it replaces has taken its text. */
static void hand(TinodeTopic *topic, TinodeMessage *message)
{
    TinodeHistory *history = topic->history;

    if (!tinode_message_is_edit(message)) {
        take_version(history, message);
        tinode_message_hand(topic, message);
    } else if (is_shown_by_original(history, message)) {
        tinode_message_take_in(topic, message);
    } else {
        tinode_message_hand(topic, message);
    }
    if (g_tree_nnodes(history->buffer) == 0)
        g_hash_table_remove_all(history->versions);
}

/* FALSE: the first message in the buffer must wait for a gap. */
static gboolean hand_first(TinodeTopic *topic, TinodeMessage *message)
{
    TinodeHistory *history = topic->history;
    const guint32 handed = handed_up_to(topic);
    const guint32 seq = message->seq;

    if (seq <= handed && !message->is_again) {
        drop_first(history->buffer);
        return TRUE;
    }
    if (seq > handed + 1) {
        if (seq > history->settled + 1)
            return FALSE;
        note_handed(topic, handed + 1, seq - 1);
    }
    message->is_context = seq <= history->context;
    g_tree_steal(history->buffer, GUINT_TO_POINTER(seq));
    hand(topic, message);
    note_handed(topic, seq, seq);
    if (!message->is_own && !message->is_context)
        tinode_seen_message(topic->ta->seen, topic, seq);
    tinode_message_free(message);
    return TRUE;
}

static void flush(TinodeTopic *topic)
{
    TinodeHistory *history = topic->history;
    ReceiptEngine *engine = topic->ta->engine;
    const gint64 end_ms = tinode_now_ms() + SLICE_MS;
    TinodeMessage *message;
    guint32 gap = 0;

    if (history->slice != 0 || history->is_fetching || topic->ta->is_closing)
        return;
    receipt_engine_begin(engine);
    while (!topic->ta->is_closing && (message = first_of(history->buffer)) != NULL) {
        if (tinode_now_ms() > end_ms) {
            history->slice = purple_timeout_add(1, on_slice, topic);
            break;
        }
        gap = message->seq;
        if (!hand_first(topic, message))
            break;
        gap = 0;
    }
    if (history->slice == 0 && gap == 0)
        settle(topic);
    receipt_engine_end(engine, tinode_now_ms());
    if (gap != 0 && tinode_topic_is_attached(topic))
        fetch_gap(topic, gap);
}

static gboolean is_gap_open(const TinodeHistory *history, const TnReply *reply)
{
    if (reply->count < history->limit || history->lowest == G_MAXUINT32)
        return FALSE;
    return history->lowest > history->floor;
}

static void tell_bound(TinodeTopic *topic)
{
    TinodeHistory *history = topic->history;
    g_autofree char *text = g_strdup_printf(
        _("%u older messages were not fetched. They stay unread until you read them in "
          "another client."),
        history->lowest - history->floor);

    tinode_topic_write_line(topic, text);
}

static gboolean on_retry(gpointer data)
{
    TinodeTopic *topic = data;

    topic->history->retry = 0;
    if (tinode_topic_is_attached(topic))
        tinode_history_refetch(topic);
    else
        tinode_history_news(topic);
    return FALSE;
}

/* Nothing else would ask again. */
static void retry_later(TinodeTopic *topic)
{
    TinodeHistory *history = topic->history;

    if (topic->ta->is_closing || history->retry != 0)
        return;
    history->retry_ms = CLAMP(history->retry_ms * 2, RETRY_MIN_MS, RETRY_MAX_MS);
    history->retry = purple_timeout_add(history->retry_ms, on_retry, topic);
}

void tinode_history_page_done(TinodeTopic *topic, const TnReply *reply)
{
    TinodeHistory *history = topic->history;
    gboolean is_cut = FALSE;

    if (!history->is_fetching)
        return;
    if (history->has_attach_page)
        history->until = topic->desc_seq;
    if (reply->error != TN_OK && reply->error != TN_ERROR_FORBIDDEN) {
        stop_fetching(history);
        retry_later(topic);
        return;
    }
    history->retry_ms = 0;
    if (reply->error == TN_OK && is_gap_open(history, reply)) {
        if (history->pages < MAX_PAGES) {
            history->pages++;
            history->since = history->floor;
            history->limit = PAGE;
            get_page(topic, history->lowest);
            return;
        }
        is_cut = topic->is_history_cut = TRUE;
    }
    history->is_fetching = FALSE;
    history->has_attach_page = FALSE;
    history->settled = MAX(history->settled, history->until);
    flush(topic);
    if (is_cut) /* the conversation may have been opened by that */
        tell_bound(topic);
    tinode_outbox_looked_up(topic);
}

void tinode_history_take(TinodeTopic *topic, const TnData *data)
{
    TinodeHistory *history = topic->history;
    TinodeMessage *message;

    if (data->seq == 0)
        return;
    if (tinode_deletions_came(topic, data->seq) && history->again == 0)
        return;
    if (history->again == 0 && tinode_recall_take(topic, data))
        return;
    history->lowest = MIN(history->lowest, data->seq);
    message = tinode_message_new(topic, data);
    if (tinode_message_settle_own(topic, message)) {
        note_handed(topic, data->seq, data->seq);
        tinode_message_free(message);
        if (!history->is_fetching)
            flush(topic);
        return;
    }
    message->is_again =
        history->again > 0 && data->seq >= history->again && data->seq <= handed_up_to(topic);
    if ((data->seq <= handed_up_to(topic) && !message->is_again) ||
        g_tree_lookup(history->buffer, GUINT_TO_POINTER(data->seq)) != NULL) {
        tinode_message_free(message);
        return;
    }
    message->is_fetched = history->is_fetching;
    g_tree_insert(history->buffer, GUINT_TO_POINTER(data->seq), message);
    if (tinode_message_is_edit(message))
        note_version(history, message);
    if (!history->is_fetching)
        flush(topic);
}

void tinode_history_visit(TinodeTopic *topic)
{
    TinodeHistory *history = topic->history;

    if (history->holds || tinode_topic_is_attached(topic) || tinode_topic_is_blocked(topic))
        return;
    history->holds = TRUE;
    receipt_engine_hold(topic->ta->engine, tinode_now_ms(), topic->name, RECEIPT_HOLD_CATCH_UP);
}

void tinode_history_news(TinodeTopic *topic)
{
    TinodeHistory *history = topic->history;
    ReceiptEngine *engine = topic->ta->engine;
    const guint32 known =
        MAX(handed_up_to(topic), handed_up_to(topic) == 0
                                     ? receipt_engine_own_cursor(engine, topic->name, RECEIPT_READ)
                                     : 0);

    if (tinode_topic_is_blocked(topic) || receipt_engine_last_seq(engine, topic->name) <= known)
        return;
    if (history->is_fetching) {
        history->is_news = TRUE;
    } else if (tinode_topic_is_attached(topic)) {
        fetch(topic);
    } else {
        tinode_history_visit(topic);
    }
}

void tinode_history_refetch(TinodeTopic *topic)
{
    if (!topic->history->is_fetching && tinode_topic_is_attached(topic))
        fetch(topic);
}

void tinode_history_opened(TinodeTopic *topic)
{
    if (first_to_show_again(topic, handed_up_to(topic)) > 0)
        tinode_history_refetch(topic);
}

void tinode_history_give_up(TinodeTopic *topic)
{
    stop_fetching(topic->history);
    topic->history->is_news = FALSE;
    release(topic);
}
