/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-outbox.c: own messages, each exactly once. */
#include "tinode-outbox.h"

#include <eventloop.h>
#include <string.h>

#include "protocol/tn-drafty.h"
#include "tinode-history.h"
#include "tinode-pictures.h"
#include "tinode-store.h"
#include "tinode-text.h"

/* The server answered that it is busy: wait this long, doubling, before trying again. */
#define RETRY_MIN_MS 1000
#define RETRY_MAX_MS 30000

typedef enum { WAITING, IN_FLIGHT, DOUBTFUL, HELD } State;

typedef struct {
    char *id;
    char *html; /* as libpurple gave it: made content of when it is sent */
    State state;
} Entry;

struct _TinodeOutbox {
    TinodeTopic *topic;
    GQueue entries;
    gboolean holds; /* the engine holds the channel for us */
    guint retry_ms;
    guint retry; /* source */
};

static void flush(TinodeTopic *topic);

TinodeOutbox *tinode_outbox_new(TinodeTopic *topic)
{
    TinodeOutbox *outbox = g_new0(TinodeOutbox, 1);

    outbox->topic = topic;
    g_queue_init(&outbox->entries);
    return outbox;
}

static void entry_free(gpointer data)
{
    Entry *entry = data;

    g_free(entry->id);
    g_free(entry->html);
    g_free(entry);
}

void tinode_outbox_quiet(TinodeTopic *topic)
{
    if (topic->outbox->retry != 0)
        purple_timeout_remove(topic->outbox->retry);
    topic->outbox->retry = 0;
}

void tinode_outbox_free(TinodeOutbox *outbox)
{
    if (outbox->retry != 0)
        purple_timeout_remove(outbox->retry);
    g_queue_clear_full(&outbox->entries, entry_free);
    g_free(outbox);
}

static void changed(TinodeTopic *topic)
{
    TinodeAccount *ta = topic->ta;
    TinodeOutbox *outbox = topic->outbox;
    const gboolean wants = !g_queue_is_empty(&outbox->entries);

    tinode_store_texts_changed(ta->store);
    if (wants == outbox->holds)
        return;
    outbox->holds = wants;
    if (wants)
        receipt_engine_hold(ta->engine, tinode_now_ms(), topic->name, RECEIPT_HOLD_CATCH_UP);
    else
        receipt_engine_release(ta->engine, tinode_now_ms(), topic->name, RECEIPT_HOLD_CATCH_UP);
}

static Entry *append(TinodeTopic *topic, const char *id, const char *html, State state)
{
    Entry *entry = g_new0(Entry, 1);

    entry->id = g_strdup(id);
    entry->html = g_strdup(html);
    entry->state = state;
    g_queue_push_tail(&topic->outbox->entries, entry);
    return entry;
}

static void push(TinodeTopic *topic, const char *id, const char *html, State state)
{
    append(topic, id, html, state);
    receipt_engine_message_new(topic->ta->engine, tinode_now_ms(), topic->name, id);
    changed(topic);
    flush(topic);
}

void tinode_outbox_push(TinodeTopic *topic, const char *id, const char *html)
{
    push(topic, id, html, WAITING);
}

void tinode_outbox_push_held(TinodeTopic *topic, const char *id, const char *html)
{
    push(topic, id, html, HELD);
}

static gboolean on_retry(gpointer data)
{
    TinodeTopic *topic = data;

    topic->outbox->retry = 0;
    flush(topic);
    return FALSE;
}

static void retry_later(TinodeTopic *topic)
{
    TinodeOutbox *outbox = topic->outbox;

    if (outbox->retry != 0)
        return;
    outbox->retry_ms = CLAMP(outbox->retry_ms * 2, RETRY_MIN_MS, RETRY_MAX_MS);
    outbox->retry = purple_timeout_add(outbox->retry_ms, on_retry, topic);
}

static void drop_first(TinodeTopic *topic)
{
    entry_free(g_queue_pop_head(&topic->outbox->entries));
    topic->outbox->retry_ms = 0;
}

static void refuse_entry(TinodeTopic *topic, Entry *entry, ReceiptError category,
                         const char *sentence)
{
    g_autofree char *id = g_strdup(entry->id);

    if (g_queue_peek_head(&topic->outbox->entries) == entry) {
        drop_first(topic);
    } else {
        g_queue_remove(&topic->outbox->entries, entry);
        entry_free(entry);
    }
    changed(topic);
    receipt_engine_message_failed(topic->ta->engine, tinode_now_ms(), topic->name, id, category);
    tinode_topic_write_line(topic, sentence);
}

static void refuse_first(TinodeTopic *topic, ReceiptError category)
{
    refuse_entry(topic, g_queue_peek_head(&topic->outbox->entries), category,
                 tinode_refusal_text(category));
}

static Entry *find_held(TinodeTopic *topic, const char *id)
{
    for (GList *link = topic->outbox->entries.head; link != NULL; link = link->next) {
        Entry *entry = link->data;

        if (entry->state == HELD && strcmp(entry->id, id) == 0)
            return entry;
    }
    return NULL;
}

void tinode_outbox_release(TinodeTopic *topic, const char *id, const char *html)
{
    Entry *entry = find_held(topic, id);

    if (entry == NULL)
        return;
    g_free(entry->html);
    entry->html = g_strdup(html);
    entry->state = WAITING;
    changed(topic);
    flush(topic);
}

void tinode_outbox_refuse(TinodeTopic *topic, const char *id, const char *sentence)
{
    Entry *entry = find_held(topic, id);

    if (entry == NULL)
        return;
    refuse_entry(topic, entry, RECEIPT_ERROR_PERMANENT, sentence);
    if (!topic->ta->is_closing)
        flush(topic);
}

static void on_published(const TnReply *reply, gpointer data)
{
    TinodeTopic *topic = data;
    TinodeAccount *ta = topic->ta;
    Entry *entry = g_queue_peek_head(&topic->outbox->entries);

    /* Settled meanwhile by its own echo, or given up: the answer says nothing new. */
    if (entry == NULL || entry->state != IN_FLIGHT || ta->is_closing)
        return;
    switch (reply->error) {
    case TN_OK: {
        g_autofree char *id = g_strdup(entry->id);

        drop_first(topic);
        receipt_engine_message_stored(ta->engine, tinode_now_ms(), topic->name, id, reply->seq);
        receipt_engine_handed(ta->engine, tinode_now_ms(), topic->name, reply->seq, reply->seq);
        changed(topic);
        break;
    }
    case TN_ERROR_ATTACH_FIRST:
        entry->state = WAITING;
        receipt_engine_lost(ta->engine, tinode_now_ms(), topic->name, RECEIPT_ERROR_ATTACH_FIRST);
        return;
    case TN_ERROR_FORBIDDEN:
    case TN_ERROR_GONE:
    case TN_ERROR_PERMANENT:
        refuse_first(topic, tinode_receipt_error(reply->error));
        break;
    default:
        entry->state = DOUBTFUL;
        if (reply->code != 0)
            retry_later(topic);
        else
            tinode_history_refetch(topic);
        return;
    }
    flush(topic);
}

static void flush(TinodeTopic *topic)
{
    TinodeOutbox *outbox = topic->outbox;
    Entry *entry = g_queue_peek_head(&outbox->entries);
    g_autoptr(TnContent) content = NULL;
    g_auto(GStrv) files = NULL;
    TnPub pub = {0};

    if (entry == NULL || entry->state == IN_FLIGHT || entry->state == HELD || outbox->retry != 0 ||
        !tinode_account_is_up(topic->ta) || !tinode_topic_is_attached(topic))
        return;
    if (entry->state == DOUBTFUL) {
        tinode_history_refetch(topic);
        return;
    }
    if (tinode_pictures_are_in(entry->html)) { /* of an earlier run, which ended meanwhile */
        refuse_entry(topic, entry, RECEIPT_ERROR_PERMANENT,
                     _("A message was not sent: its picture had not reached the server yet."));
        if (!topic->ta->is_closing)
            flush(topic);
        return;
    }
    entry->state = IN_FLIGHT;
    content = tn_content_from_html(entry->html);
    files = tn_content_attachments(content);
    pub.attachments = (const char *const *)files;
    pub.client_id = entry->id;
    pub.content = content;
    tn_session_publish(topic->ta->session, topic->name, &pub, on_published, topic);
}

void tinode_outbox_attached(TinodeTopic *topic)
{
    /* In doubt: the attach brings history, and that brings us back here. */
    Entry *entry = g_queue_peek_head(&topic->outbox->entries);

    if (entry != NULL && entry->state == WAITING)
        flush(topic);
}

void tinode_outbox_settle(TinodeTopic *topic, const char *id)
{
    TinodeOutbox *outbox = topic->outbox;

    for (GList *link = outbox->entries.head; link != NULL; link = link->next) {
        Entry *entry = link->data;

        if (g_strcmp0(entry->id, id) != 0)
            continue;
        entry_free(entry);
        g_queue_delete_link(&outbox->entries, link);
        changed(topic);
        flush(topic);
        return;
    }
}

static gboolean has_entry(TinodeOutbox *outbox, const char *id)
{
    for (GList *link = outbox->entries.head; link != NULL; link = link->next)
        if (strcmp(((Entry *)link->data)->id, id) == 0)
            return TRUE;
    return FALSE;
}

static void collect(const char *id, gpointer data)
{
    g_ptr_array_add(data, g_strdup(id));
}

/* Pending since an earlier run, not stored by the server, and its text is lost with a damaged file:
 * it will never be sent. */
static void fail_textless(TinodeTopic *topic)
{
    g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);

    receipt_engine_pending(topic->ta->engine, topic->name, collect, ids);
    for (guint i = 0; i < ids->len && !topic->ta->is_closing; i++) {
        if (has_entry(topic->outbox, ids->pdata[i]))
            continue;
        receipt_engine_message_failed(topic->ta->engine, tinode_now_ms(), topic->name,
                                      ids->pdata[i], RECEIPT_ERROR_PERMANENT);
        tinode_topic_write_line(topic, _("A message that waited to be sent was lost: the file with "
                                         "its text is damaged."));
    }
}

void tinode_outbox_looked_up(TinodeTopic *topic)
{
    fail_textless(topic);
    if (topic->ta->is_closing)
        return;
    for (GList *link = topic->outbox->entries.head; link != NULL; link = link->next) {
        Entry *entry = link->data;

        if (entry->state == DOUBTFUL)
            entry->state = WAITING;
    }
    flush(topic);
}

void tinode_outbox_fail_all(TinodeTopic *topic, ReceiptError category)
{
    while (!g_queue_is_empty(&topic->outbox->entries))
        refuse_first(topic, category);
}

void tinode_outbox_save(TinodeTopic *topic, GVariantBuilder *builder)
{
    for (GList *link = topic->outbox->entries.head; link != NULL; link = link->next) {
        Entry *entry = link->data;

        g_variant_builder_add(builder, "(sss)", topic->name, entry->id, entry->html);
    }
}

void tinode_outbox_restore(TinodeTopic *topic, const char *id, const char *html)
{
    append(topic, id, html, DOUBTFUL);
    changed(topic);
}
