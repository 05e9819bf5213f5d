/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-details.c: who has an own message, in words. */
#include "tinode-details.h"

#include <notify.h>
#include <util.h>

#include "tinode-known.h"
#include "tinode-outbox.h"
#include "tinode-text.h"

/* A tooltip must fit a screen, a window may scroll. */
#define TOOLTIP_NAMES   12
#define WINDOW_NAMES    50
#define NAME_CHARS      60
#define WINDOW_MESSAGES 10
#define BEGINNING_CHARS 60

/* Lists of names ------------------------------------------------------------------------------- */

enum { READ, RECEIVED, WAITING, N_LISTS };

typedef struct {
    TinodeTopic *topic;
    TinodeDetailsStyle style;
    guint max;
    gint64 now_ms;
    GString *names[N_LISTS];
    guint counts[N_LISTS];
} Report;

/* "Bob (12:04)", or the name alone when the moment is not known. */
static void add_name(Report *report, guint list, const char *user, gint64 learnt_ms)
{
    const gboolean is_html = report->style == TINODE_DETAILS_HTML;
    GString *names = report->names[list];
    const char *title = tinode_topic_member_title(report->topic, user);
    g_autofree char *name = NULL;

    if (++report->counts[list] > report->max)
        return;
    if (is_html)
        name = g_markup_escape_text(title, -1);
    else if (g_utf8_strlen(title, -1) <= NAME_CHARS)
        name = g_strdup(title);
    else
        name = g_utf8_substring(title, 0, NAME_CHARS);
    if (!is_html)
        g_string_append(names, "\n  ");
    else if (names->len > 0)
        g_string_append(names, ", ");
    g_string_append(names, name);
    if (learnt_ms >= 0) {
        const gint64 then_ms = g_get_real_time() / 1000 - (report->now_ms - learnt_ms);
        g_autofree char *when = tinode_time_text(then_ms);

        g_string_append_printf(names, " (%s)", when);
    }
}

static void on_member(const char *member, gboolean has_received, gboolean has_read,
                      gint64 received_learnt_ms, gint64 read_learnt_ms, gpointer user_data)
{
    Report *report = user_data;

    if (has_read)
        add_name(report, READ, member, read_learnt_ms);
    else if (has_received)
        add_name(report, RECEIVED, member, received_learnt_ms);
    else
        add_name(report, WAITING, member, -1);
}

static void append_list(GString *out, const Report *report, guint list, const char *title)
{
    const gboolean is_html = report->style == TINODE_DETAILS_HTML;
    const guint count = report->counts[list];

    if (count == 0)
        return;
    g_string_append_printf(out, is_html ? "<br>%s %s" : "\n%s%s", title, report->names[list]->str);
    if (count <= report->max)
        return;
    if (!is_html)
        g_string_append(out, "\n ");
    g_string_append_printf(out, _(" and %u more"), count - report->max);
}

void tinode_details_append_members(GString *out, TinodeTopic *topic, guint32 seq,
                                   TinodeDetailsStyle style, guint max)
{
    Report report = {.topic = topic, .style = style, .max = max, .now_ms = tinode_now_ms()};

    if (seq == 0)
        return;
    for (guint i = 0; i < N_LISTS; i++)
        report.names[i] = g_string_new(NULL);
    receipt_engine_foreach_member(topic->ta->engine, topic->name, seq, on_member, &report);
    /* Translators: names of people follow. */
    append_list(out, &report, READ, _("Read by:"));
    append_list(out, &report, RECEIVED, _("Delivered to:"));
    append_list(out, &report, WAITING, _("Not yet delivered to:"));
    for (guint i = 0; i < N_LISTS; i++)
        g_string_free(report.names[i], TRUE);
}

/* Sentences ------------------------------------------------------------------------------------ */

const char *tinode_details_state(ReceiptMessageState state, gboolean is_last)
{
    switch (state) {
    case RECEIPT_MESSAGE_PENDING:
        return is_last ? _("Your last message waits to be sent.") : _("Waits to be sent.");
    case RECEIPT_MESSAGE_SENT:
        return is_last ? _("Your last message was sent.") : _("Sent.");
    case RECEIPT_MESSAGE_DELIVERED:
        return is_last ? _("Your last message was delivered.") : _("Delivered.");
    case RECEIPT_MESSAGE_READ:
        return is_last ? _("Your last message was read.") : _("Read.");
    case RECEIPT_MESSAGE_FAILED:
        return is_last ? _("Your last message was not sent.") : _("Not sent.");
    }
    return "";
}

/* How far it is and who has it. With one other person the names say it all. */
static void append_all(GString *out, TinodeTopic *topic, const ReceiptMessage *message,
                       TinodeDetailsStyle style, guint max)
{
    const gboolean is_html = style == TINODE_DETAILS_HTML;
    GString *members = g_string_new(NULL);

    tinode_details_append_members(members, topic, message->seq, style, max);
    if (tinode_topic_is_group(topic) || members->len == 0)
        g_string_append_printf(out, is_html ? "<br>%s" : "\n%s",
                               tinode_details_state(message->state, FALSE));
    g_string_append(out, members->str);
    g_string_free(members, TRUE);
}

char *tinode_details_tooltip(TinodeTopic *topic, const char *id)
{
    ReceiptMessage message;
    GString *out;

    if (!receipt_engine_message(topic->ta->engine, topic->name, id, &message))
        return NULL;
    out = g_string_new(NULL);
    append_all(out, topic, &message, TINODE_DETAILS_PLAIN, TOOLTIP_NAMES);
    g_string_erase(out, 0, 1); /* the first line break */
    return g_string_free(out, FALSE);
}

/* The window ----------------------------------------------------------------------------------- */

/* How it began, as HTML: what the server has is known by its number, the rest is in the outbox.
 * NULL: not known any more. */
static char *beginning_of(TinodeTopic *topic, const ReceiptMessage *message, gint64 *ts_ms)
{
    const TinodeKnownMessage *known =
        message->seq != 0 ? tinode_known_find(topic->ta->known, topic->name, message->seq) : NULL;
    const char *html = known == NULL ? tinode_outbox_text(topic, message->id, ts_ms) : NULL;
    g_autofree char *plain = NULL, *cut = NULL;

    if (known == NULL && html == NULL)
        return NULL;
    if (known != NULL) {
        *ts_ms = known->ts_ms;
        cut = tn_line_cut(known->line, BEGINNING_CHARS);
    } else {
        plain = purple_markup_strip_html(html);
        g_strdelimit(plain, "\r\n\t", ' ');
        cut = tn_line_cut(plain, BEGINNING_CHARS);
    }
    return g_markup_escape_text(cut, -1);
}

static void append_message(GString *out, TinodeTopic *topic, const ReceiptMessage *message)
{
    gint64 ts_ms = 0;
    g_autofree char *beginning = beginning_of(topic, message, &ts_ms);
    g_autofree char *when = ts_ms > 0 ? tinode_time_text(ts_ms) : NULL;

    if (beginning == NULL)
        /* Translators: a message whose text is not known any more; %u is its number. */
        beginning = g_strdup_printf(_("Message no. %u"), message->seq);
    g_string_append_printf(out, "<b>%s</b>", beginning);
    if (when != NULL)
        g_string_append_printf(out, " (%s)", when);
    append_all(out, topic, message, TINODE_DETAILS_HTML, WINDOW_NAMES);
    g_string_append(out, "<br><br>");
}

static void collect_last(const ReceiptMessage *message, gpointer data)
{
    GQueue *last = data;
    ReceiptMessage *copy = g_memdup2(message, sizeof *message);

    g_queue_push_tail(last, copy);
    if (g_queue_get_length(last) > WINDOW_MESSAGES)
        g_free(g_queue_pop_head(last));
}

void tinode_details_show(TinodeTopic *topic)
{
    GQueue last = G_QUEUE_INIT;
    GString *out = g_string_new(NULL);
    g_autofree char *primary = NULL;

    /* The ids stay valid: no input comes in between. */
    receipt_engine_foreach_message(topic->ta->engine, topic->name, collect_last, &last);
    if (g_queue_is_empty(&last))
        g_string_append(out, _("You have not written here since you signed in."));
    for (GList *link = last.tail; link != NULL; link = link->prev)
        append_message(out, topic, link->data);
    g_queue_clear_full(&last, g_free);
    /* Translators: %s is the name of a person or of a group. */
    primary = g_strdup_printf(_("Your last messages to %s"), tinode_topic_title(topic));
    purple_notify_formatted(topic->ta->gc, _("Message Receipts"), primary, NULL, out->str, NULL,
                            NULL);
    g_string_free(out, TRUE);
}
