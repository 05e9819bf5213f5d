/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-deletions.c: messages that are gone. */
#include "tinode-deletions.h"

#include "tinode-text.h"

/* The server's own maximum for one page: of a longer stretch the newest are looked up. */
#define PAGE 100

/* One look at history, or one deletion of ours. */
struct _TinodeDeletion {
    TinodeTopic *topic;
    GArray *seqs;      /* guint32: shown, told to be deleted, did not come so far; ascending */
    guint32 low, high; /* what is asked for */
    char *who;         /* who deleted them; NULL: not known */
    char *words;       /* of our own deletion: what it is about, as HTML; NULL: not ours */
    guint n_open;      /* requests without an outcome */
    TnError error;     /* the worst outcome */
};

static void deletion_free(TinodeDeletion *deletion)
{
    deletion->topic->deletions = g_slist_remove(deletion->topic->deletions, deletion);
    g_array_unref(deletion->seqs);
    g_free(deletion->who);
    g_free(deletion->words);
    g_free(deletion);
}

void tinode_deletions_free(TinodeTopic *topic)
{
    while (topic->deletions != NULL)
        deletion_free(topic->deletions->data);
}

static guint32 seq_at(const TinodeDeletion *deletion, guint i)
{
    return g_array_index(deletion->seqs, guint32, i);
}

gboolean tinode_deletions_came(TinodeTopic *topic, guint32 seq)
{
    gboolean was_asked = FALSE;

    for (GSList *link = topic->deletions; link != NULL; link = link->next) {
        TinodeDeletion *deletion = link->data;

        if (seq < deletion->low || seq > deletion->high)
            continue;
        was_asked = TRUE;
        for (guint i = 0; i < deletion->seqs->len; i++) {
            if (seq_at(deletion, i) != seq)
                continue;
            g_array_remove_index(deletion->seqs, i);
            break;
        }
    }
    return was_asked && seq <= receipt_engine_handed_up_to(topic->ta->engine, topic->name);
}

/* "Bob deleted a message: “words”", "3 messages were deleted." */
static char *line_of(const TinodeDeletion *deletion)
{
    TinodeTopic *topic = deletion->topic;
    const guint n = deletion->seqs->len;
    const TinodeKnownMessage *message =
        tinode_known_find(topic->ta->known, topic->name, seq_at(deletion, 0));
    g_autofree char *words = message != NULL ? tinode_known_words(message) : g_strdup("");
    g_autofree char *name =
        deletion->who != NULL
            ? g_markup_escape_text(tinode_topic_member_title(topic, deletion->who), -1)
            : NULL;

    if (n == 1 && name != NULL)
        /* Translators: a person's name, then words of the message in quotation marks. */
        return g_strdup_printf(_("%s deleted a message: %s"), name, words);
    if (n == 1)
        /* Translators: words of the message in quotation marks. */
        return g_strdup_printf(_("A message was deleted: %s"), words);
    if (name != NULL)
        return g_strdup_printf(ngettext("%s deleted %u message.", "%s deleted %u messages.", n),
                               name, n);
    return g_strdup_printf(ngettext("%u message was deleted.", "%u messages were deleted.", n), n);
}

static void forget(TinodeDeletion *deletion)
{
    TinodeTopic *topic = deletion->topic;

    for (guint i = 0; i < deletion->seqs->len; i++)
        tinode_known_forget(topic->ta->known, topic->name, seq_at(deletion, i));
}

static gboolean holds(const TinodeDeletion *deletion, guint32 seq)
{
    for (guint i = 0; i < deletion->seqs->len; i++)
        if (seq_at(deletion, i) == seq)
            return TRUE;
    return FALSE;
}

/* Our own deletion was looked up: what it came to. */
static void tell_own(TinodeDeletion *deletion)
{
    TinodeTopic *topic = deletion->topic;
    const gboolean is_kept = !holds(deletion, deletion->low);
    g_autofree char *line = NULL;

    /* Translators: words of the message in quotation marks, here and below. */
    if (is_kept)
        line = g_strdup_printf(_("The server keeps this message, it is too old to be deleted: %s"),
                               deletion->words);
    else if (topic->kind == TN_TOPIC_SELF)
        line = g_strdup_printf(_("Deleted: %s"), deletion->words);
    else if ((topic->mode & TN_ACCESS_DELETE) == 0)
        line = g_strdup_printf(_("Deleted for you, the others still have it: %s"), deletion->words);
    else
        line = g_strdup_printf(_("Deleted for everybody: %s"), deletion->words);
    tinode_topic_write_line(topic, line);
    for (guint i = 0; i < deletion->seqs->len && !is_kept && !topic->ta->is_closing; i++)
        receipt_engine_deleted(topic->ta->engine, tinode_now_ms(), topic->name, seq_at(deletion, i),
                               seq_at(deletion, i));
}

static void on_looked_up(const TnReply *reply, gpointer data)
{
    TinodeDeletion *deletion = data;
    TinodeTopic *topic = deletion->topic;

    (void)reply;
    if (!topic->ta->is_closing) {
        if (deletion->words != NULL) {
            tell_own(deletion);
        } else if (deletion->seqs->len > 0) {
            g_autofree char *line = line_of(deletion);

            tinode_topic_write_line(topic, line);
        }
        forget(deletion);
    }
    deletion_free(deletion);
}

static void look_up(TinodeDeletion *deletion)
{
    TinodeTopic *topic = deletion->topic;
    const TnGet get = {.data = TRUE,
                       .data_since = deletion->low,
                       .data_before = deletion->high + 1,
                       .data_limit = PAGE};

    tn_session_get(topic->ta->session, topic->name, &get, on_looked_up, deletion);
}

static TinodeDeletion *deletion_new(TinodeTopic *topic)
{
    TinodeDeletion *deletion = g_new0(TinodeDeletion, 1);

    deletion->topic = topic;
    deletion->seqs = g_array_new(FALSE, FALSE, sizeof(guint32));
    topic->deletions = g_slist_prepend(topic->deletions, deletion);
    return deletion;
}

static gboolean is_looked_up(const TinodeTopic *topic, guint32 seq)
{
    for (GSList *link = topic->deletions; link != NULL; link = link->next)
        if (holds(link->data, seq))
            return TRUE;
    return FALSE;
}

void tinode_deletions_told(TinodeTopic *topic, const TnRange *ranges, gsize n_ranges,
                           const char *who)
{
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(guint32));
    TinodeDeletion *deletion;

    for (gsize i = 0; i < n_ranges; i++) {
        g_autoptr(GArray) seqs =
            tinode_known_between(topic->ta->known, topic->name, ranges[i].low, ranges[i].high);

        for (guint k = 0; k < seqs->len; k++)
            if (!is_looked_up(topic, g_array_index(seqs, guint32, k)))
                g_array_append_val(all, g_array_index(seqs, guint32, k));
    }
    if (all->len == 0)
        return;
    deletion = deletion_new(topic);
    if (g_strcmp0(who, tinode_account_self(topic->ta)) != 0)
        deletion->who = g_strdup(who);
    deletion->low = G_MAXUINT32;
    for (guint i = 0; i < all->len; i++) {
        const guint32 seq = g_array_index(all, guint32, i);

        deletion->low = MIN(deletion->low, seq);
        deletion->high = MAX(deletion->high, seq);
        g_array_append_val(deletion->seqs, seq);
    }
    look_up(deletion);
}

/* Deleting ------------------------------------------------------------------------------------- */

static void on_deleted(const TnReply *reply, gpointer data)
{
    TinodeDeletion *deletion = data;
    TinodeTopic *topic = deletion->topic;

    if (reply->error != TN_OK)
        deletion->error = reply->error;
    if (--deletion->n_open > 0)
        return;
    if (topic->ta->is_closing) {
        deletion_free(deletion);
        return;
    }
    if (deletion->error != TN_OK) {
        tinode_topic_write_line(topic, deletion->error == TN_ERROR_FORBIDDEN
                                           ? _("The message was not deleted: the server does not "
                                               "let you.")
                                           : _("The message was not deleted: please try again."));
        deletion_free(deletion);
        return;
    }
    for (guint i = 0; i < deletion->seqs->len; i++)
        receipt_engine_deleted(topic->ta->engine, tinode_now_ms(), topic->name, seq_at(deletion, i),
                               seq_at(deletion, i));
    if (topic->ta->is_closing) {
        deletion_free(deletion);
        return;
    }
    deletion->low = deletion->high = seq_at(deletion, deletion->seqs->len - 1);
    look_up(deletion);
}

/* One message a request: servers merge stretches that nearly touch, and delete what is between. */
void tinode_deletions_delete(TinodeTopic *topic, const TinodeKnownMessage *message)
{
    TinodeDeletion *deletion = deletion_new(topic);
    const guint n_versions = message->versions != NULL ? message->versions->len : 0;

    deletion->words = tinode_known_words(message);
    for (guint i = 0; i < n_versions; i++)
        g_array_append_val(deletion->seqs, g_array_index(message->versions, guint32, i));
    g_array_append_val(deletion->seqs, message->seq);
    deletion->n_open = deletion->seqs->len;
    for (guint i = 0; i < deletion->seqs->len; i++) {
        const TnRange one = {seq_at(deletion, i), seq_at(deletion, i)};
        const TnDelete order = {.what = TN_DELETE_MESSAGES, .range = one, .is_hard = TRUE};

        tn_session_delete(topic->ta->session, topic->name, &order, on_deleted, deletion);
    }
}
