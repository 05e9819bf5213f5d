/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-commands.c: the register of commands, /receipts, /receipts stats, /search. */
#include "tinode-commands.h"

#include <cmds.h>
#include <string.h>

#include "tinode-commands-chat.h"
#include "tinode-commands-message.h"
#include "tinode-details.h"
#include "tinode-find.h"
#include "tinode-media.h"
#include "tinode-metrics.h"
#include "tinode-text.h"
#include "tinode-topic.h"

/* The names of a large group fill screens; the counts say the rest. */
#define MAX_NAMES 50

/* Most arguments that a command of ours takes. */
#define MAX_ARGS 4

static GArray *registered; /* of PurpleCmdId */

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

static char *run_receipts(TinodeTopic *topic, char **args)
{
    g_autofree char *html = NULL;

    if (args[0][0] == '\0')
        html = status_report(topic);
    else if (strcmp(args[0], "stats") == 0)
        html = stats_report(topic->ta);
    else
        return g_strdup(_("Type /receipts or /receipts stats."));
    tinode_topic_write_line(topic, html);
    return NULL;
}

static char *run_search(TinodeTopic *topic, char **args)
{
    if (args[0][0] == '\0')
        return g_strdup(_("Type /search and what to look for."));
    tinode_find(topic->ta, args[0]);
    return NULL;
}

static char *run_download(TinodeTopic *topic, char **args)
{
    guint64 nth = 1;

    if (args[0][0] != '\0' && !g_ascii_string_to_unsigned(args[0], 10, 1, 1000, &nth, NULL))
        return g_strdup(_("Type /download or /download and a number."));
    return g_strdup(tinode_media_download(topic, (guint)nth));
}

static PurpleCmdRet on_command(PurpleConversation *conv, const gchar *name, gchar **args,
                               gchar **error, void *data)
{
    const TinodeCommand *command = data;
    TinodeAccount *ta = tinode_account_find(purple_conversation_get_account(conv));
    TinodeTopic *topic = ta != NULL ? tinode_topic_of_conversation(ta, conv) : NULL;
    char empty[] = "";
    char *typed[MAX_ARGS + 1] = {NULL};

    (void)name;
    if (topic == NULL || ta->engine == NULL) {
        *error = g_strdup(ta != NULL && ta->engine != NULL
                              ? _("There is nobody behind this conversation.")
                              : _("You are not signed in."));
        return PURPLE_CMD_RET_FAILED;
    }
    for (gsize i = 0; i < MIN(strlen(command->args), MAX_ARGS); i++)
        typed[i] = args != NULL && args[i] != NULL ? g_strstrip(args[i]) : empty;
    *error = command->run(topic, typed);
    return *error == NULL ? PURPLE_CMD_RET_OK : PURPLE_CMD_RET_FAILED;
}

void tinode_commands_add(const TinodeCommand *commands, gsize n_commands)
{
    for (gsize i = 0; i < n_commands; i++) {
        const TinodeCommand *command = &commands[i];
        PurpleCmdFlag flags = PURPLE_CMD_FLAG_PRPL_ONLY | PURPLE_CMD_FLAG_ALLOW_WRONG_ARGS;
        PurpleCmdId id;

        if ((command->where & TINODE_IN_IM) != 0)
            flags |= PURPLE_CMD_FLAG_IM;
        if ((command->where & TINODE_IN_CHAT) != 0)
            flags |= PURPLE_CMD_FLAG_CHAT;
        id = purple_cmd_register(command->name, command->args, PURPLE_CMD_P_PRPL, flags,
                                 TINODE_PRPL_ID, on_command, _(command->help), (void *)command);
        g_array_append_val(registered, id);
    }
}

void tinode_commands_init(void)
{
    static const TinodeCommand commands[] = {
        {"receipts", "w", TINODE_IN_IM | TINODE_IN_CHAT, run_receipts,
         N_("receipts [stats]: who has received and read your last message, and how sync is "
            "doing")},
        {"search", "s", TINODE_IN_IM | TINODE_IN_CHAT, run_search,
         N_("search &lt;words&gt;: find people by login, e-mail address or phone number, and "
            "groups by "
            "their tags")},
        {"download", "w", TINODE_IN_IM | TINODE_IN_CHAT, run_download,
         N_("download [number]: save the newest file of this conversation, or an earlier one")},
    };

    registered = g_array_new(FALSE, FALSE, sizeof(PurpleCmdId));
    tinode_commands_add(commands, G_N_ELEMENTS(commands));
    tinode_commands_message_add();
    tinode_commands_chat_init();
}

void tinode_commands_uninit(void)
{
    for (guint i = 0; i < registered->len; i++)
        purple_cmd_unregister(g_array_index(registered, PurpleCmdId, i));
    g_clear_pointer(&registered, g_array_unref);
}
