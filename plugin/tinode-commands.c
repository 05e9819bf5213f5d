/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-commands.c: /receipts and /receipts stats. */
#include "tinode-commands.h"

#include <cmds.h>
#include <string.h>

#include "tinode-details.h"
#include "tinode-metrics.h"
#include "tinode-text.h"
#include "tinode-topic.h"

/* The names of a large group fill screens; the counts say the rest. */
#define MAX_NAMES 50

static PurpleCmdId receipts_command;

static void add_last_message(GString *out, TinodeTopic *topic)
{
    ReceiptEngine *engine = topic->ta->engine;
    ReceiptMessage last;

    g_string_append(out, "<br>");
    if (!receipt_engine_last_message(engine, topic->name, &last)) {
        g_string_append(out, _("You have not written here since you signed in."));
        return;
    }
    g_string_append(out, tinode_details_state(last.state, TRUE));
    tinode_details_append_members(out, topic, last.seq, TINODE_DETAILS_HTML, MAX_NAMES);
}

static char *status_report(TinodeTopic *topic)
{
    ReceiptReason reason = RECEIPT_REASON_DONE;
    ReceiptSyncState state = receipt_engine_sync_state(topic->ta->engine, topic->name, &reason);
    GString *out = g_string_new(tinode_sync_text(state, reason));

    add_last_message(out, topic);
    return g_string_free(out, FALSE);
}

static char *stats_report(TinodeAccount *ta)
{
    g_autofree char *text = tinode_metrics_text(ta);
    g_autofree char *escaped = g_markup_escape_text(text, -1);
    g_auto(GStrv) lines = g_strsplit(escaped, "\n", -1);

    return g_strjoinv("<br>", lines);
}

static PurpleCmdRet on_receipts(PurpleConversation *conv, const gchar *command, gchar **args,
                                gchar **error, void *data)
{
    TinodeAccount *ta = tinode_account_find(purple_conversation_get_account(conv));
    TinodeTopic *topic = ta != NULL ? tinode_topic_of_conversation(ta, conv) : NULL;
    const char *word = args != NULL ? args[0] : NULL;
    g_autofree char *html = NULL;

    (void)command;
    (void)data;
    if (topic == NULL || ta->engine == NULL) {
        *error = g_strdup(ta != NULL && ta->engine != NULL
                              ? _("There is nobody behind this conversation.")
                              : _("You are not signed in."));
        return PURPLE_CMD_RET_FAILED;
    }
    if (word == NULL || word[0] == '\0') {
        html = status_report(topic);
    } else if (strcmp(word, "stats") == 0) {
        html = stats_report(ta);
    } else {
        *error = g_strdup(_("Type /receipts or /receipts stats."));
        return PURPLE_CMD_RET_FAILED;
    }
    tinode_topic_write_line(topic, html);
    return PURPLE_CMD_RET_OK;
}

void tinode_commands_init(void)
{
    receipts_command = purple_cmd_register(
        "receipts", "w", PURPLE_CMD_P_PRPL,
        PURPLE_CMD_FLAG_IM | PURPLE_CMD_FLAG_CHAT | PURPLE_CMD_FLAG_PRPL_ONLY |
            PURPLE_CMD_FLAG_ALLOW_WRONG_ARGS,
        TINODE_PRPL_ID, on_receipts,
        _("receipts [stats]: who has received and read your last message, and how sync is doing"),
        NULL);
}

void tinode_commands_uninit(void)
{
    purple_cmd_unregister(receipts_command);
}
