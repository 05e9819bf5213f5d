/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-recall.c: the last page of history, for commands. */
#include "tinode-recall.h"

/* The server's own maximum for one page. */
#define PAGE 100

struct _TinodeRecall {
    TinodeRecallFunc run;
    char **args;
    GTree *messages; /* seq -> TinodeMessage: history comes newest first */
};

static int compare_seq(gconstpointer a, gconstpointer b, gpointer data)
{
    (void)data;
    return GPOINTER_TO_UINT(a) < GPOINTER_TO_UINT(b) ? -1 : a != b;
}

static void recall_free(TinodeRecall *recall)
{
    g_strfreev(recall->args);
    g_tree_destroy(recall->messages);
    g_free(recall);
}

void tinode_recall_free(TinodeTopic *topic)
{
    g_clear_pointer(&topic->recall, recall_free);
}

gboolean tinode_recall_take(TinodeTopic *topic, const TnData *data)
{
    if (topic->recall == NULL ||
        data->seq > receipt_engine_handed_up_to(topic->ta->engine, topic->name))
        return FALSE;
    g_tree_replace(topic->recall->messages, GUINT_TO_POINTER(data->seq),
                   tinode_message_new(topic, data));
    return TRUE;
}

static gboolean know(gpointer key, gpointer value, gpointer data)
{
    (void)key;
    tinode_message_know(data, value);
    return FALSE;
}

static void on_page(const TnReply *reply, gpointer data)
{
    TinodeTopic *topic = data;
    TinodeRecall *recall = g_steal_pointer(&topic->recall);
    g_autofree char *why = NULL;

    if (recall == NULL)
        return;
    if (!topic->ta->is_closing) {
        topic->is_recalled = TRUE; /* not again from inside */
        g_tree_foreach(recall->messages, know, topic);
        why = recall->run(topic, recall->args);
        topic->is_recalled = reply->error == TN_OK;
        if (why != NULL && !topic->ta->is_closing)
            tinode_topic_write_line(topic, why);
    }
    recall_free(recall);
}

gboolean tinode_recall_start(TinodeTopic *topic, TinodeRecallFunc run, char **args)
{
    const TnGet get = {.data = TRUE, .data_limit = PAGE};

    if (topic->is_recalled || topic->recall != NULL || !tinode_topic_is_attached(topic))
        return FALSE;
    topic->recall = g_new0(TinodeRecall, 1);
    topic->recall->run = run;
    topic->recall->args = g_strdupv(args);
    topic->recall->messages = g_tree_new_full(compare_seq, NULL, NULL, tinode_message_free);
    tn_session_get(topic->ta->session, topic->name, &get, on_page, topic);
    return TRUE;
}
