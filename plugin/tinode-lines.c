/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-lines.c: one line per change of the newest own message. */
#include "tinode-lines.h"

#include <core.h>
#include <string.h>

#include "tinode-companion.h"
#include "tinode-text.h"

/* What was last said of a channel's newest message. */
typedef struct {
    char *id;
    ReceiptMessageState state;
} Said;

struct _TinodeLines {
    TinodeAccount *ta;
    GHashTable *said; /* channel -> Said */
};

static void said_free(gpointer data)
{
    Said *said = data;

    g_free(said->id);
    g_free(said);
}

TinodeLines *tinode_lines_new(TinodeAccount *ta)
{
    TinodeLines *lines = g_new0(TinodeLines, 1);

    lines->ta = ta;
    lines->said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, said_free);
    return lines;
}

void tinode_lines_free(TinodeLines *lines)
{
    g_hash_table_destroy(lines->said);
    g_free(lines);
}

static gboolean is_ui(const char *ui)
{
    return g_strcmp0(purple_core_get_ui(), ui) == 0;
}

static gboolean is_asked_for(const TinodeAccount *ta)
{
    return strcmp(purple_account_get_string(ta->account, TINODE_OPTION_RECEIPT_LINES,
                                            TINODE_DEFAULT_RECEIPT_LINES),
                  "on") == 0;
}

/* Unasked only where the client shows such lines: other hosts are unknown. */
static gboolean is_wanted(const TinodeAccount *ta)
{
    const char *choice = purple_account_get_string(ta->account, TINODE_OPTION_RECEIPT_LINES,
                                                   TINODE_DEFAULT_RECEIPT_LINES);

    if (strcmp(choice, "auto") == 0)
        return (is_ui("gtk-gaim") || is_ui("gnt-purple")) && !tinode_companion_is_loaded();
    return is_asked_for(ta);
}

/* A line in a tab that is out of view would mark it as if there were news. Finch marks nothing for
 * such lines, and whoever asked for them hears each. */
static gboolean can_be_said(const TinodeAccount *ta, PurpleConversation *conv)
{
    return purple_conversation_has_focus(conv) ||
           (is_asked_for(ta) && (is_ui("gnt-purple") || is_ui("BitlBee")));
}

/* BitlBee has no lines of the system's in conversations: they are dropped, or shown as if the peer
 * had said them. Its control channel has. */
static void write_line(TinodeTopic *topic, const char *line)
{
    g_autofree char *named = NULL;

    if (!is_ui("BitlBee")) {
        tinode_topic_write_line(topic, line);
        return;
    }
    /* Translators: a conversation, and what happened to the newest message in it. */
    named = g_strdup_printf(_("%s: %s"), tinode_topic_title(topic), line);
    purple_connection_notice(topic->ta->gc, named);
}

static char *line_of(const TinodeTopic *topic, const ReceiptMessage *message)
{
    const gboolean is_read = message->state == RECEIPT_MESSAGE_READ;

    /* In a group of two "all" would be odd. */
    if (!tinode_topic_is_group(topic) || message->members <= 1)
        return g_strdup(is_read ? _("Read.") : _("Delivered."));
    return g_strdup_printf(is_read ? _("Read by all %u.") : _("Delivered to all %u."),
                           message->members);
}

static gboolean is_news(const TinodeLines *lines, const TinodeTopic *topic,
                        const ReceiptMessage *message)
{
    const Said *said = g_hash_table_lookup(lines->said, topic->name);

    if (message->state != RECEIPT_MESSAGE_DELIVERED && message->state != RECEIPT_MESSAGE_READ)
        return FALSE;
    return said == NULL || strcmp(said->id, message->id) != 0 || said->state < message->state;
}

static void say(TinodeLines *lines, TinodeTopic *topic)
{
    PurpleConversation *conv = tinode_topic_conversation(topic);
    g_autofree char *line = NULL;
    ReceiptMessage newest;
    Said *said;

    if (conv == NULL || !is_wanted(lines->ta) || !can_be_said(lines->ta, conv) ||
        !receipt_engine_last_message(lines->ta->engine, topic->name, &newest) ||
        !is_news(lines, topic, &newest))
        return;
    said = g_new0(Said, 1);
    said->id = g_strdup(newest.id);
    said->state = newest.state;
    line = line_of(topic, &newest);
    g_hash_table_insert(lines->said, g_strdup(topic->name), said);
    write_line(topic, line);
}

void tinode_lines_message(TinodeLines *lines, TinodeTopic *topic, const ReceiptMessage *message)
{
    if (is_news(lines, topic, message))
        say(lines, topic);
}

void tinode_lines_focused(TinodeLines *lines, TinodeTopic *topic)
{
    say(lines, topic);
}
