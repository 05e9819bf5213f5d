/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-stranger.c: accept, ignore, block. */
#include "tinode-stranger.h"

#include <request.h>

#include "tinode-access.h"
#include "tinode-people.h"
#include "tinode-text.h"

static void on_accept(void *data, int action)
{
    (void)action;
    tinode_access_accept(data);
}

static void on_ignore(void *data, int action)
{
    (void)action;
    tinode_people_forget(data);
}

static void on_block(void *data, int action)
{
    (void)action;
    tinode_access_block(data, TRUE);
}

void tinode_stranger_check(TinodeTopic *topic)
{
    TinodeAccount *ta = topic->ta;
    g_autofree char *primary = NULL;

    if (!ta->is_online || ta->is_closing || topic->is_asked_about ||
        !tinode_access_is_unconfirmed(topic))
        return;
    topic->is_asked_about = TRUE;
    /* Translators: %s is the name of a person. */
    primary = g_strdup_printf(_("%s wants to write to you"), tinode_topic_title(topic));
    purple_request_action(ta->people, _("Tinode"), primary,
                          _("Accept to read it, or ignore it: then the conversation is deleted "
                            "for you. Who is blocked cannot reach you any more."),
                          0, ta->account, topic->name, NULL, topic, 3, _("_Accept"),
                          G_CALLBACK(on_accept), _("_Ignore"), G_CALLBACK(on_ignore), _("_Block"),
                          G_CALLBACK(on_block));
}
