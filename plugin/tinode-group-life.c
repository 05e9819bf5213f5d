/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-group-life.c: what the server tells of a group: invited, renamed, lost. */
#include <string.h>

#include "tinode-chat.h"
#include "tinode-events.h"
#include "tinode-group.h"
#include "tinode-hidden.h"
#include "tinode-members.h"
#include "tinode-text.h"

/* Who did it is told on me only. */
void tinode_group_access_told(TinodeTopic *topic, const char *actor, gboolean is_out, guint gained)
{
    TinodeGroup *group = topic->group;
    const gboolean is_self = g_strcmp0(actor, tinode_account_self(topic->ta)) == 0;

    if (is_out) {
        g_free(group->lost_by);
        group->lost_by = !is_self ? g_strdup(actor) : NULL;
    } else if (!topic->is_subscribed || group->loss != TINODE_LOSS_NONE) {
        g_free(group->invited_by);
        group->invited_by = !is_self ? g_strdup(actor) : NULL;
    } else if (!is_self) {
        tinode_group_accept(topic, actor, gained);
    }
}

void tinode_group_row_came(TinodeTopic *topic)
{
    TinodeGroup *group = topic->group;
    PurpleConversation *conv = tinode_topic_conversation(topic);
    g_autofree char *actor = NULL;

    if (tinode_topic_is_blocked(topic))
        return;
    actor = g_steal_pointer(&group->invited_by);
    if (group->loss == TINODE_LOSS_NONE && actor == NULL)
        return;
    group->loss = TINODE_LOSS_NONE;
    g_clear_pointer(&group->lost_by, g_free);
    if (conv == NULL) {
        if (actor != NULL)
            tinode_chat_invited(topic, actor);
        return;
    }
    if (tinode_chat_ensure_joined(topic) != NULL)
        tinode_group_say(topic, FALSE, _("You are in this group again."));
}

static void tell_note(TinodeTopic *topic, const char *by)
{
    g_autofree char *who = by != NULL ? g_strdup(tinode_members_title(topic, by)) : NULL;
    g_autofree char *text = NULL;

    if (topic->note == NULL)
        text = who != NULL ? g_strdup_printf(_("%s has removed the topic."), who)
                           : g_strdup(_("The topic was removed."));
    else
        text = who != NULL ? g_strdup_printf(_("%s has set the topic: %s"), who, topic->note)
                           : g_strdup_printf(_("The topic is now: %s"), topic->note);
    tinode_group_say(topic, FALSE, text);
}

/* Only the name that all see: our own for it comes with the first attach, and is no news to us. */
static void follow_name(TinodeTopic *topic)
{
    TinodeGroup *group = topic->group;
    g_autofree char *old = g_steal_pointer(&group->told_fn);
    g_autofree char *text = NULL;

    group->told_fn = g_strdup(topic->fn);
    if (old == NULL || topic->fn == NULL || strcmp(old, topic->fn) == 0)
        return;
    text = g_strdup_printf(_("This group is called %s now."), topic->fn);
    tinode_group_say(topic, FALSE, text);
}

void tinode_group_show_card(TinodeTopic *topic, PurpleConversation *conv)
{
    TinodeGroup *group = topic->group;

    purple_conversation_set_title(conv, tinode_topic_title(topic));
    g_free(group->told_fn);
    group->told_fn = g_strdup(topic->fn);
    group->is_card_shown = group->is_card_told;
    g_free(group->shown_note);
    group->shown_note = g_strdup(topic->note);
    if (topic->note != NULL)
        purple_conv_chat_set_topic(PURPLE_CONV_CHAT(conv), NULL, topic->note);
}

void tinode_group_card_changed(TinodeTopic *topic)
{
    TinodeGroup *group = topic->group;
    PurpleConversation *conv = tinode_topic_conversation(topic);
    g_autofree char *by = g_steal_pointer(&group->card_by);
    const gboolean is_first = !group->is_card_shown;

    if (conv == NULL || topic->chat_id == 0)
        return;
    if (strcmp(purple_conversation_get_title(conv), tinode_topic_title(topic)) != 0)
        purple_conversation_set_title(conv, tinode_topic_title(topic));
    follow_name(topic);
    conv = tinode_topic_conversation(topic); /* a handler may have closed it, or signed out */
    if (conv == NULL || topic->chat_id == 0 || topic->ta->is_closing)
        return;
    group->is_card_shown |= group->is_card_told;
    if (g_strcmp0(group->shown_note, topic->note) == 0)
        return;
    g_free(group->shown_note);
    group->shown_note = g_strdup(topic->note);
    purple_conv_chat_set_topic(PURPLE_CONV_CHAT(conv), by, topic->note);
    if (!is_first)
        tell_note(topic, by);
}

/* Losing it
 * -----------------------------------------------------------------------------------------*/

char *tinode_group_loss_text(const TinodeTopic *topic)
{
    const TinodeGroup *group = topic->group;
    const char *by = group->lost_by != NULL ? tinode_members_title(topic, group->lost_by) : NULL;

    switch (group->loss) {
    case TINODE_LOSS_NONE:
        return NULL;
    case TINODE_LOSS_REMOVED:
        return by != NULL ? g_strdup_printf(_("You are out of this group: %s has removed you."), by)
                          : g_strdup(_("You are not in this group any more."));
    case TINODE_LOSS_BANNED:
        return by != NULL ? g_strdup_printf(_("You are out of this group: %s has banned you."), by)
                          : g_strdup(_("You are out of this group: you may not enter it any "
                                       "more."));
    case TINODE_LOSS_LEFT:
        return g_strdup(tn_topic_kind(topic->name) == TN_TOPIC_CHANNEL
                            ? _("You have left this channel.")
                            : _("You have left this group."));
    case TINODE_LOSS_GONE:
        return g_strdup(_("You are not in this group any more: you were removed, it was deleted, "
                          "or you left it on another device."));
    case TINODE_LOSS_DELETED:
        return g_strdup(_("You have deleted this group."));
    }
    return NULL;
}

void tinode_group_gone(TinodeTopic *topic, TinodeLoss loss)
{
    TinodeGroup *group = topic->group;
    g_autofree char *text = NULL;

    if (group->loss != TINODE_LOSS_NONE && !topic->is_subscribed)
        return; /* told by the notice and by the eviction */
    if (loss == TINODE_LOSS_GONE && group->lost_by != NULL)
        loss = TINODE_LOSS_REMOVED;
    if (group->loss == TINODE_LOSS_NONE) {
        group->loss = loss;
        text = tinode_group_loss_text(topic);
        if (topic->chat_id != 0)
            tinode_group_say(topic, FALSE, text);
        else if (loss == TINODE_LOSS_REMOVED)
            tinode_group_say(topic, FALSE, text); /* what vanishes from the list is explained */
    }
    /* Invited again, a window that is still there goes on where it was. */
    group->shown = MAX(group->shown, receipt_engine_handed_up_to(topic->ta->engine, topic->name));
    tinode_hidden_forget(topic);
    tinode_events_forget(topic);
}

void tinode_group_thrown_out(TinodeTopic *topic)
{
    topic->group->loss = TINODE_LOSS_BANNED;
}
