/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-outbox.c: own messages, each exactly once. */
#include "tinode-outbox.h"

#include <eventloop.h>
#include <string.h>

#include "protocol/tn-drafty.h"
#include "tinode-history.h"
#include "tinode-message.h"
#include "tinode-pictures.h"
#include "tinode-store.h"
#include "tinode-text.h"

/* The server answered that it is busy: wait this long, doubling, before trying again. */
#define RETRY_MIN_MS 1000
#define RETRY_MAX_MS 30000

/* Refused messages that are kept for another try. */
#define MAX_FAILED 32

typedef enum { WAITING, IN_FLIGHT, DOUBTFUL, HELD } State;

typedef struct {
    char *id;
    char *html;      /* as libpurple gave it: made content of when it is sent */
    gint64 ts_ms;    /* Unix, when it was written; 0: in an earlier run */
    GVariant *extra; /* a{sv}, TINODE_EXTRA_*; NULL: nothing */
    State state;
} Entry;

struct _TinodeOutbox {
    TinodeTopic *topic;
    GQueue entries;
    GQueue failed;  /* refused, newest last: the user may send them again */
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
    g_queue_init(&outbox->failed);
    return outbox;
}

static void entry_free(gpointer data)
{
    Entry *entry = data;

    g_free(entry->id);
    g_free(entry->html);
    if (entry->extra != NULL)
        g_variant_unref(entry->extra);
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
    g_queue_clear_full(&outbox->failed, entry_free);
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

static Entry *append(TinodeTopic *topic, const char *id, const char *html, GVariant *extra,
                     State state)
{
    Entry *entry = g_new0(Entry, 1);

    entry->id = g_strdup(id);
    entry->html = g_strdup(html);
    entry->extra = extra != NULL ? g_variant_ref_sink(extra) : NULL;
    entry->state = state;
    g_queue_push_tail(&topic->outbox->entries, entry);
    return entry;
}

static void push(TinodeTopic *topic, const char *id, const char *html, GVariant *extra, State state)
{
    append(topic, id, html, extra, state)->ts_ms = g_get_real_time() / 1000;
    receipt_engine_message_new(topic->ta->engine, tinode_now_ms(), topic->name, id);
    changed(topic);
    flush(topic);
}

void tinode_outbox_push(TinodeTopic *topic, const char *id, const char *html, GVariant *extra)
{
    push(topic, id, html, extra, WAITING);
}

void tinode_outbox_push_held(TinodeTopic *topic, const char *id, const char *html, GVariant *extra)
{
    push(topic, id, html, extra, HELD);
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

static guint32 extra_number(GVariant *extra, const char *key)
{
    guint32 number = 0;

    if (extra != NULL)
        g_variant_lookup(extra, key, "u", &number);
    return number;
}

static gboolean is_edit_of(const Entry *entry, const char *id)
{
    const char *target;

    return entry->extra != NULL &&
           g_variant_lookup(entry->extra, TINODE_EXTRA_REPLACE_ID, "&s", &target) &&
           strcmp(target, id) == 0;
}

/* Edits that waited for the number of what they replace. */
static void resolve_edits(TinodeTopic *topic, const char *id, guint32 seq)
{
    for (GList *link = topic->outbox->entries.head; link != NULL; link = link->next) {
        Entry *entry = link->data;
        GVariantDict extra;

        if (!is_edit_of(entry, id))
            continue;
        g_variant_dict_init(&extra, entry->extra);
        g_variant_dict_remove(&extra, TINODE_EXTRA_REPLACE_ID);
        g_variant_dict_insert(&extra, TINODE_EXTRA_REPLACE, "u", seq);
        g_variant_unref(entry->extra);
        entry->extra = g_variant_ref_sink(g_variant_dict_end(&extra));
    }
}

/* The server has it. */
static void note_stored(TinodeTopic *topic, const Entry *entry, guint32 seq)
{
    resolve_edits(topic, entry->id, seq);
    tinode_message_know_own(topic, seq, extra_number(entry->extra, TINODE_EXTRA_REPLACE),
                            entry->html, entry->extra, entry->ts_ms);
}

/* Kept, so that it can be sent again; not where there is nothing left to send it to. */
static void keep_failed(TinodeOutbox *outbox, Entry *entry, ReceiptError category)
{
    if (category == RECEIPT_ERROR_GONE) {
        entry_free(entry);
        return;
    }
    g_queue_push_tail(&outbox->failed, entry);
    if (outbox->failed.length > MAX_FAILED)
        entry_free(g_queue_pop_head(&outbox->failed));
}

static char *refusal_line(ReceiptError category)
{
    const char *why = tinode_refusal_text(category);

    if (category == RECEIPT_ERROR_GONE)
        return g_strdup(why);
    /* Translators: %s is a whole sentence; /resend is what is to be typed. */
    return g_strdup_printf(_("%s To try again, type /resend."), why);
}

/* can_repeat: it is kept for another try. */
static void refuse_entry(TinodeTopic *topic, Entry *entry, ReceiptError category,
                         gboolean can_repeat, const char *sentence)
{
    g_autofree char *id = g_strdup(entry->id);

    if (g_queue_peek_head(&topic->outbox->entries) == entry)
        topic->outbox->retry_ms = 0;
    g_queue_remove(&topic->outbox->entries, entry);
    if (can_repeat)
        keep_failed(topic->outbox, entry, category);
    else
        entry_free(entry);
    changed(topic);
    receipt_engine_message_failed(topic->ta->engine, tinode_now_ms(), topic->name, id, category);
    tinode_topic_write_line(topic, sentence);
}

static void refuse_first(TinodeTopic *topic, ReceiptError category)
{
    g_autofree char *line = refusal_line(category);

    refuse_entry(topic, g_queue_peek_head(&topic->outbox->entries), category, TRUE, line);
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

/* Its pictures are gone: there is nothing to send again. */
void tinode_outbox_refuse(TinodeTopic *topic, const char *id, const char *sentence)
{
    Entry *entry = find_held(topic, id);

    if (entry == NULL)
        return;
    refuse_entry(topic, entry, RECEIPT_ERROR_PERMANENT, FALSE, sentence);
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

        note_stored(topic, entry, reply->seq);
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
    const char *id;
    g_auto(GStrv) files = NULL;
    TnPub pub = {0};

    if (entry == NULL || entry->state == IN_FLIGHT || entry->state == HELD || outbox->retry != 0 ||
        !tinode_account_is_up(topic->ta) || !tinode_topic_is_attached(topic))
        return;
    if (entry->state == DOUBTFUL) {
        tinode_history_refetch(topic);
        return;
    }
    /* What it replaces was refused, or is not known any more. */
    if (entry->extra != NULL &&
        g_variant_lookup(entry->extra, TINODE_EXTRA_REPLACE_ID, "&s", &id)) {
        refuse_first(topic, RECEIPT_ERROR_PERMANENT);
        if (!topic->ta->is_closing)
            flush(topic);
        return;
    }
    if (tinode_pictures_are_in(entry->html)) { /* of an earlier run, which ended meanwhile */
        refuse_entry(topic, entry, RECEIPT_ERROR_PERMANENT, FALSE,
                     _("A message was not sent: its picture had not reached the server yet."));
        if (!topic->ta->is_closing)
            flush(topic);
        return;
    }
    entry->state = IN_FLIGHT;
    content = tinode_outbox_content(entry->html, entry->extra);
    files = tn_content_attachments(content);
    pub.attachments = (const char *const *)files;
    pub.client_id = entry->id;
    pub.content = content;
    pub.replace = extra_number(entry->extra, TINODE_EXTRA_REPLACE);
    pub.reply = extra_number(entry->extra, TINODE_EXTRA_REPLY);
    if (entry->extra != NULL)
        g_variant_lookup(entry->extra, TINODE_EXTRA_FORWARDED, "&s", &pub.forwarded);
    tn_session_publish(topic->ta->session, topic->name, &pub, on_published, topic);
}

void tinode_outbox_attached(TinodeTopic *topic)
{
    /* In doubt: the attach brings history, and that brings us back here. */
    Entry *entry = g_queue_peek_head(&topic->outbox->entries);

    if (entry != NULL && entry->state == WAITING)
        flush(topic);
}

void tinode_outbox_settle(TinodeTopic *topic, const char *id, guint32 seq)
{
    TinodeOutbox *outbox = topic->outbox;

    for (GList *link = outbox->entries.head; link != NULL; link = link->next) {
        Entry *entry = link->data;

        if (g_strcmp0(entry->id, id) != 0)
            continue;
        note_stored(topic, entry, seq);
        entry_free(entry);
        g_queue_delete_link(&outbox->entries, link);
        changed(topic);
        flush(topic);
        return;
    }
}

static Entry *find_in(GQueue *queue, const char *id)
{
    for (GList *link = queue->head; link != NULL; link = link->next)
        if (strcmp(((Entry *)link->data)->id, id) == 0)
            return link->data;
    return NULL;
}

const char *tinode_outbox_text(TinodeTopic *topic, const char *id, gint64 *ts_ms)
{
    const Entry *entry = find_in(&topic->outbox->entries, id);

    if (entry == NULL)
        entry = find_in(&topic->outbox->failed, id);
    *ts_ms = entry != NULL ? entry->ts_ms : 0;
    return entry != NULL ? entry->html : NULL;
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
        if (find_in(&topic->outbox->entries, ids->pdata[i]) != NULL)
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
        GVariant *extra = entry->extra != NULL ? entry->extra : g_variant_new("a{sv}", NULL);

        g_variant_builder_add(builder, "(sss@a{sv})", topic->name, entry->id, entry->html, extra);
    }
}

void tinode_outbox_restore(TinodeTopic *topic, const char *id, const char *html, GVariant *extra)
{
    append(topic, id, html, extra, DOUBTFUL);
    changed(topic);
}

/* What the user does with what was written ------------------------------------------------------
 */

/* The newest text of the user's own; answers to forms and forwarded messages are none. */
static Entry *newest_text(TinodeOutbox *outbox)
{
    for (GList *link = outbox->entries.tail; link != NULL; link = link->prev) {
        Entry *entry = link->data;

        if (entry->extra == NULL ||
            (!g_variant_lookup(entry->extra, TINODE_EXTRA_ANSWER, "(uss)", NULL, NULL, NULL) &&
             !g_variant_lookup(entry->extra, TINODE_EXTRA_FORWARDED, "s", NULL)))
            return entry;
    }
    return NULL;
}

const char *tinode_outbox_newest(TinodeTopic *topic, gboolean *is_waiting)
{
    Entry *entry = newest_text(topic->outbox);

    *is_waiting = entry != NULL && entry->state == WAITING;
    return entry != NULL ? entry->html : NULL;
}

void tinode_outbox_edit_newest(TinodeTopic *topic, const char *html)
{
    Entry *entry = newest_text(topic->outbox);

    g_return_if_fail(entry != NULL && entry->state == WAITING);
    g_free(entry->html);
    entry->html = g_strdup(html);
    changed(topic);
}

/* What a message answers its later versions answer, too. */
static void copy_reply(GVariant *from, GVariantDict *to)
{
    static const char *const keys[] = {TINODE_EXTRA_REPLY, TINODE_EXTRA_QUOTE};

    for (guint i = 0; from != NULL && i < G_N_ELEMENTS(keys); i++) {
        g_autoptr(GVariant) value = g_variant_lookup_value(from, keys[i], NULL);

        if (value != NULL)
            g_variant_dict_insert_value(to, keys[i], value);
    }
}

GVariant *tinode_outbox_extra_for_edit(guint32 seq, GVariant *of)
{
    GVariantDict extra;

    g_variant_dict_init(&extra, NULL);
    copy_reply(of, &extra);
    g_variant_dict_insert(&extra, TINODE_EXTRA_REPLACE, "u", seq);
    return g_variant_dict_end(&extra);
}

GVariant *tinode_outbox_extra_for_edit_of_newest(TinodeTopic *topic)
{
    Entry *entry = newest_text(topic->outbox);
    const char *id;
    GVariantDict extra;
    guint32 seq;

    g_return_val_if_fail(entry != NULL, NULL);
    seq = extra_number(entry->extra, TINODE_EXTRA_REPLACE);
    if (seq != 0)
        return tinode_outbox_extra_for_edit(seq, entry->extra);
    g_variant_dict_init(&extra, NULL);
    copy_reply(entry->extra, &extra);
    if (entry->extra == NULL || !g_variant_lookup(entry->extra, TINODE_EXTRA_REPLACE_ID, "&s", &id))
        id = entry->id;
    g_variant_dict_insert(&extra, TINODE_EXTRA_REPLACE_ID, "s", id);
    return g_variant_dict_end(&extra);
}

void tinode_outbox_take_back_newest(TinodeTopic *topic)
{
    Entry *entry = newest_text(topic->outbox);

    g_return_if_fail(entry != NULL && entry->state == WAITING);
    receipt_engine_message_forget(topic->ta->engine, tinode_now_ms(), topic->name, entry->id);
    g_queue_remove(&topic->outbox->entries, entry);
    entry_free(entry);
    changed(topic);
}

guint tinode_outbox_resend(TinodeTopic *topic)
{
    TinodeOutbox *outbox = topic->outbox;
    const guint n = outbox->failed.length;
    Entry *entry;

    receipt_engine_begin(topic->ta->engine);
    while ((entry = g_queue_pop_head(&outbox->failed)) != NULL) {
        entry->state = WAITING;
        g_queue_push_tail(&outbox->entries, entry);
        receipt_engine_message_new(topic->ta->engine, tinode_now_ms(), topic->name, entry->id);
    }
    if (n > 0)
        changed(topic);
    receipt_engine_end(topic->ta->engine, tinode_now_ms());
    if (!topic->ta->is_closing)
        flush(topic);
    return n;
}

TnContent *tinode_outbox_content(const char *html, GVariant *extra)
{
    g_autoptr(TnContent) content = tn_content_from_html(html);
    const char *first, *second, *third;
    guint32 seq;

    if (extra == NULL)
        return g_steal_pointer(&content);
    if (g_variant_lookup(extra, TINODE_EXTRA_QUOTE, "(&s&s&s)", &first, &second, &third))
        return tn_content_quoting(first, second, third, content);
    if (g_variant_lookup(extra, TINODE_EXTRA_AUTHOR, "(&s&s)", &first, &second))
        return tn_content_forwarding(first, second, content);
    if (g_variant_lookup(extra, TINODE_EXTRA_ANSWER, "(u&s&s)", &seq, &first, &second)) {
        g_autofree char *title = tn_content_to_text(content);

        return tn_content_answering(title, seq, first[0] != '\0' ? first : NULL,
                                    second[0] != '\0' ? second : NULL);
    }
    return g_steal_pointer(&content);
}
