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

/* BitlBee drops system lines, or shows them as said by the peer; other hosts are unknown. Only
 * clients with windows get lines unasked. */
static gboolean shows_system_lines(void)
{
    const char *ui = purple_core_get_ui();

    return g_strcmp0(ui, "gtk-gaim") == 0 || g_strcmp0(ui, "gnt-purple") == 0;
}

static gboolean is_wanted(const TinodeAccount *ta)
{
    const char *choice = purple_account_get_string(ta->account, TINODE_OPTION_RECEIPT_LINES,
                                                   TINODE_DEFAULT_RECEIPT_LINES);

    if (strcmp(choice, "on") == 0)
        return TRUE;
    return strcmp(choice, "auto") == 0 && shows_system_lines() && !tinode_companion_is_loaded();
}

static char *line_of(const TinodeTopic *topic, const ReceiptMessage *message)
{
    const gboolean is_read = message->state == RECEIPT_MESSAGE_READ;

    if (!tinode_topic_is_group(topic))
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

    if (conv == NULL || !purple_conversation_has_focus(conv) || !is_wanted(lines->ta) ||
        !receipt_engine_last_message(lines->ta->engine, topic->name, &newest) ||
        !is_news(lines, topic, &newest))
        return;
    said = g_new0(Said, 1);
    said->id = g_strdup(newest.id);
    said->state = newest.state;
    line = line_of(topic, &newest);
    g_hash_table_insert(lines->said, g_strdup(topic->name), said);
    tinode_topic_write_line(topic, line);
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
