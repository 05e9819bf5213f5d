/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-group-ask.c: sure? */
#include "tinode-group-ask.h"

#include <request.h>

#include "tinode-group.h"
#include "tinode-text.h"

/* Topics last as long as the connection, which closes its questions when it ends. */
static void perform(TinodeTopic *topic, TinodeDeed deed)
{
    g_autofree char *why = tinode_group_do(topic, deed, NULL, NULL);

    if (why != NULL)
        tinode_group_say(topic, TRUE, why);
}

static void on_leave(void *topic, int action)
{
    (void)action;
    perform(topic, TINODE_DEED_LEAVE);
}

static void on_delete(void *topic, int action)
{
    (void)action;
    perform(topic, TINODE_DEED_DELETE);
}

static void on_no(void *topic, int action)
{
    (void)topic;
    (void)action;
}

void tinode_group_ask(TinodeTopic *topic, TinodeDeed deed)
{
    const gboolean is_delete = deed == TINODE_DEED_DELETE;
    g_autofree char *primary =
        g_strdup_printf(is_delete ? _("Delete %s?") : _("Leave %s?"), tinode_topic_title(topic));

    purple_request_action(
        topic->ta->gc, _("Tinode"), primary,
        is_delete ? _("The group and all its messages go for everybody.")
                  : _("You get no more messages from it. Closing its window does not leave it."),
        1, topic->ta->account, NULL, NULL, topic, 2, is_delete ? _("_Delete") : _("_Leave"),
        is_delete ? G_CALLBACK(on_delete) : G_CALLBACK(on_leave), _("_Cancel"), G_CALLBACK(on_no));
}
