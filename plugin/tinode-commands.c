/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-commands.c: the register of commands, /receipts and /receipts stats. */
#include "tinode-commands.h"

#include <cmds.h>
#include <string.h>

#include "tinode-commands-chat.h"
#include "tinode-metrics.h"
#include "tinode-text.h"
#include "tinode-topic.h"

/* The names of a large group fill screens; the counts say the rest. */
#define MAX_NAMES 50

/* Most arguments that a command of ours takes. */
#define MAX_ARGS 4

static GArray *registered; /* of PurpleCmdId */

/* Who has the last message, as three lists of lines. */
typedef struct {
    TinodeTopic *topic;
    gint64 now_ms;
    GString *read, *received, *waiting;
    guint n_read, n_received, n_waiting;
} Report;

/* "Bob (12:04)", or the name alone when the moment is not known. */
static void add_name(Report *report, GString *list, guint *count, const char *user,
                     gint64 learnt_ms)
{
    g_autofree char *name =
        g_markup_escape_text(tinode_topic_member_title(report->topic, user), -1);

    if (++*count > MAX_NAMES)
        return;
    g_string_append_printf(list, "%s%s", list->len > 0 ? ", " : "", name);
    if (learnt_ms >= 0) {
        const gint64 then_ms = g_get_real_time() / 1000 - (report->now_ms - learnt_ms);
        g_autofree char *when = tinode_time_text(then_ms);

        g_string_append_printf(list, " (%s)", when);
    }
}

static void on_member(const char *member, gboolean has_received, gboolean has_read,
                      gint64 received_learnt_ms, gint64 read_learnt_ms, gpointer user_data)
{
    Report *report = user_data;

    if (has_read)
        add_name(report, report->read, &report->n_read, member, read_learnt_ms);
    else if (has_received)
        add_name(report, report->received, &report->n_received, member, received_learnt_ms);
    else
        add_name(report, report->waiting, &report->n_waiting, member, -1);
}

static void add_list(GString *out, const char *title, GString *list, guint count)
{
    if (count > MAX_NAMES)
        g_string_append_printf(list, _(" and %u more"), count - MAX_NAMES);
    if (count > 0)
        g_string_append_printf(out, "<br>%s %s", title, list->str);
    g_string_free(list, TRUE);
}

static const char *own_state_text(ReceiptMessageState state)
{
    switch (state) {
    case RECEIPT_MESSAGE_PENDING:
        return _("Your last message waits to be sent.");
    case RECEIPT_MESSAGE_SENT:
        return _("Your last message was sent.");
    case RECEIPT_MESSAGE_DELIVERED:
        return _("Your last message was delivered.");
    case RECEIPT_MESSAGE_READ:
        return _("Your last message was read.");
    case RECEIPT_MESSAGE_FAILED:
        return _("Your last message was not sent.");
    }
    return "";
}

static void add_last_message(GString *out, TinodeTopic *topic)
{
    ReceiptEngine *engine = topic->ta->engine;
    Report report = {.topic = topic, .now_ms = tinode_now_ms()};
    ReceiptMessage last;

    g_string_append(out, "<br>");
    if (!receipt_engine_last_message(engine, topic->name, &last)) {
        g_string_append(out, _("You have not written here since you signed in."));
        return;
    }
    g_string_append(out, own_state_text(last.state));
    if (last.seq == 0)
        return;
    report.read = g_string_new(NULL);
    report.received = g_string_new(NULL);
    report.waiting = g_string_new(NULL);
    receipt_engine_foreach_member(engine, topic->name, last.seq, on_member, &report);
    /* Translators: names of people follow. */
    add_list(out, _("Read by:"), report.read, report.n_read);
    add_list(out, _("Delivered to:"), report.received, report.n_received);
    add_list(out, _("Not yet delivered to:"), report.waiting, report.n_waiting);
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
    };

    registered = g_array_new(FALSE, FALSE, sizeof(PurpleCmdId));
    tinode_commands_add(commands, G_N_ELEMENTS(commands));
    tinode_commands_chat_init();
}

void tinode_commands_uninit(void)
{
    for (guint i = 0; i < registered->len; i++)
        purple_cmd_unregister(g_array_index(registered, PurpleCmdId, i));
    g_clear_pointer(&registered, g_array_unref);
}
