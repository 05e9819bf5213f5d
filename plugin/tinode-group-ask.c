/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-group-ask.c: sure? */
#include "tinode-group-ask.h"

#include <request.h>

#include "tinode-group.h"
#include "tinode-text.h"

/* The connection may end while the question is open; the client closes it then, or answers late. */
typedef struct {
    PurpleConnection *gc;
    char *name;
    TinodeDeed deed;
} Question;

static void question_free(Question *question)
{
    g_free(question->name);
    g_free(question);
}

static void on_yes(void *data, int action)
{
    Question *question = data;
    TinodeAccount *ta = question->gc->proto_data;
    TinodeTopic *topic = ta != NULL ? tinode_topic_find(ta, question->name) : NULL;
    g_autofree char *why = NULL;

    (void)action;
    if (topic != NULL)
        why = tinode_group_do(topic, question->deed, NULL, NULL);
    if (why != NULL)
        tinode_group_say(topic, TRUE, why);
    question_free(question);
}

static void on_no(void *data, int action)
{
    (void)action;
    question_free(data);
}

void tinode_group_ask(TinodeTopic *topic, TinodeDeed deed)
{
    const gboolean is_delete = deed == TINODE_DEED_DELETE;
    g_autofree char *title = g_markup_escape_text(tinode_topic_title(topic), -1);
    g_autofree char *primary = g_strdup_printf(is_delete ? _("Delete %s?") : _("Leave %s?"), title);
    Question *question = g_new0(Question, 1);

    question->gc = topic->ta->gc;
    question->name = g_strdup(topic->name);
    question->deed = deed;
    purple_request_action(
        topic->ta->gc, _("Tinode"), primary,
        is_delete ? _("The group and all its messages go for everybody.")
                  : _("You get no more messages from it. Closing its window does not leave it."),
        1, topic->ta->account, NULL, NULL, question, 2, is_delete ? _("_Delete") : _("_Leave"),
        G_CALLBACK(on_yes), _("_Cancel"), G_CALLBACK(on_no));
}
