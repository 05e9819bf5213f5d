/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-topic.c: merging what the server tells of a topic. */
#include "tinode-topic.h"

#include <string.h>

#include "tinode-avatar.h"
#include "tinode-deletions.h"
#include "tinode-group.h"
#include "tinode-history.h"
#include "tinode-media.h"
#include "tinode-members.h"
#include "tinode-outbox.h"
#include "tinode-recall.h"
#include "tinode-text.h"

/* A server may name any number of topics; a person has a few hundred. Beyond this new ones are not
 * taken in, so that memory stays bounded. */
#define MAX_TOPICS 4096
/* A group's member list comes from the wire, too. */
#define MAX_MEMBERS 20000

static void member_free(gpointer data)
{
    TinodeMember *member = data;

    g_free(member->fn);
    g_free(member);
}

static gboolean is_conversation(TnTopicKind kind)
{
    return kind == TN_TOPIC_P2P || kind == TN_TOPIC_GROUP || kind == TN_TOPIC_CHANNEL ||
           kind == TN_TOPIC_SELF;
}

TinodeTopic *tinode_topic_find(TinodeAccount *ta, const char *name)
{
    return name != NULL ? g_hash_table_lookup(ta->topics, name) : NULL;
}

TinodeTopic *tinode_topic_ensure(TinodeAccount *ta, const char *name)
{
    TinodeTopic *topic = tinode_topic_find(ta, name);

    if (topic != NULL)
        return topic;
    if (name == NULL || !tn_topic_is_valid(name) || !is_conversation(tn_topic_kind(name)) ||
        g_hash_table_size(ta->topics) >= MAX_TOPICS)
        return NULL;
    if (g_strcmp0(name, tinode_account_self(ta)) == 0)
        return NULL;
    topic = g_new0(TinodeTopic, 1);
    topic->ta = ta;
    topic->name = g_strdup(name);
    topic->kind = tn_topic_kind(name);
    if (tinode_topic_is_group(topic)) {
        topic->members = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, member_free);
        topic->group = tinode_group_new();
    }
    topic->history = tinode_history_new(topic);
    topic->outbox = tinode_outbox_new(topic);
    g_hash_table_insert(ta->topics, topic->name, topic);
    return topic;
}

void tinode_topic_free(TinodeTopic *topic)
{
    tinode_history_free(topic->history);
    tinode_outbox_free(topic->outbox);
    tinode_deletions_free(topic);
    tinode_recall_free(topic);
    tinode_media_free(topic->media);
    tinode_avatar_forget(topic);
    if (topic->members != NULL)
        g_hash_table_destroy(topic->members);
    tinode_group_free(topic->group);
    g_free(topic->name);
    g_free(topic->fn);
    g_free(topic->comment);
    g_free(topic->note);
    g_free(topic);
}

void tinode_topics_quiet(TinodeAccount *ta)
{
    GHashTableIter iter;
    TinodeTopic *topic;

    g_hash_table_iter_init(&iter, ta->topics);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&topic)) {
        tinode_history_quiet(topic);
        tinode_outbox_quiet(topic);
    }
}

static gboolean replace(char **slot, const char *value)
{
    if (g_strcmp0(*slot, value) == 0)
        return FALSE;
    g_free(*slot);
    *slot = g_strdup(value);
    return TRUE;
}

void tinode_topic_merge_mode(TinodeTopic *topic, const TnAcs *acs)
{
    if (acs->has_want)
        topic->want = acs->want;
    if (acs->has_given)
        topic->given = acs->given;
    if (acs->has_mode)
        topic->mode = acs->mode;
    else if (acs->has_want && acs->has_given)
        topic->mode = acs->want & acs->given;
    topic->has_mode |= acs->has_mode || (acs->has_want && acs->has_given);
    topic->has_wish |= acs->has_want && acs->has_given;
    /* What holds was both wanted and given. */
    topic->want |= topic->mode;
    topic->given |= topic->mode;
}

gboolean tinode_topic_merge(TinodeTopic *topic, const TnRow *row)
{
    gboolean has_changed = FALSE;

    /* Not while we are changing it: the answer tells how it ended. */
    if (!topic->is_access_changing)
        tinode_topic_merge_mode(topic, &row->acs);
    if (row->card.is_told && row->card.fn != NULL && row->card.fn[0] != '\0')
        has_changed |= replace(&topic->fn, row->card.fn);
    if (row->card.is_told) {
        has_changed |= replace(&topic->note, row->card.note);
        has_changed |= tinode_avatar_told(topic, &row->card);
    }
    if (row->has_comment)
        has_changed |= replace(&topic->comment, row->comment);
    if (row->has_archived && topic->is_archived != row->is_archived) {
        topic->is_archived = row->is_archived;
        has_changed = TRUE;
    }
    if (topic->group != NULL)
        tinode_group_merge(topic, row);
    topic->clear_told = MAX(topic->clear_told, row->clear);
    topic->is_presence_told |= row->has_online;
    if (row->has_online && topic->is_online != row->is_online) {
        topic->is_online = row->is_online;
        has_changed = TRUE;
    }
    if (row->seen_ms > topic->seen_ms)
        topic->seen_ms = row->seen_ms;
    return has_changed;
}

void tinode_topic_merge_acs(TinodeTopic *topic, const char *want, const char *given)
{
    const gboolean is_whole = want != NULL && given != NULL && strchr("+-", *want) == NULL &&
                              strchr("+-", *given) == NULL;

    /* A change says nothing without what it changes. */
    if (!topic->has_mode && !is_whole)
        return;
    if (want != NULL)
        tn_access_apply(want, &topic->want);
    if (given != NULL)
        tn_access_apply(given, &topic->given);
    topic->mode = topic->want & topic->given;
    topic->has_mode = TRUE;
    topic->has_wish |= is_whole;
}

gboolean tinode_topic_merge_member(TinodeTopic *topic, const TnRow *row)
{
    TinodeMember *member;
    gboolean is_new = FALSE;

    if (topic->members == NULL || row->user == NULL)
        return FALSE;
    member = g_hash_table_lookup(topic->members, row->user);
    if (member == NULL) {
        if (g_hash_table_size(topic->members) >= MAX_MEMBERS)
            return FALSE;
        member = g_new0(TinodeMember, 1);
        g_hash_table_insert(topic->members, g_strdup(row->user), member);
        is_new = TRUE;
    }
    if (row->card.is_told && row->card.fn != NULL && row->card.fn[0] != '\0')
        is_new |= replace(&member->fn, row->card.fn);
    if (row->acs.has_given)
        member->given = row->acs.given;
    if (row->acs.has_mode) {
        member->mode = row->acs.mode;
        member->has_mode = TRUE;
    }
    if (row->has_online)
        member->is_online = row->is_online;
    if (is_new)
        tinode_members_renamed(topic);
    return is_new;
}

const char *tinode_topic_title(const TinodeTopic *topic)
{
    if (topic->comment != NULL && topic->comment[0] != '\0')
        return topic->comment;
    if (topic->fn != NULL)
        return topic->fn;
    return topic->kind == TN_TOPIC_SELF ? _("Notes to self") : topic->name;
}

const char *tinode_topic_member_title(const TinodeTopic *topic, const char *user)
{
    TinodeTopic *contact = tinode_topic_find(topic->ta, user);
    TinodeMember *member =
        topic->members != NULL ? g_hash_table_lookup(topic->members, user) : NULL;

    if (contact != NULL && tinode_topic_title(contact) != contact->name)
        return tinode_topic_title(contact);
    if (member != NULL && member->fn != NULL)
        return member->fn;
    return user;
}

gboolean tinode_topic_is_group(const TinodeTopic *topic)
{
    return topic->kind == TN_TOPIC_GROUP || topic->kind == TN_TOPIC_CHANNEL;
}

gboolean tinode_topic_is_blocked(const TinodeTopic *topic)
{
    return topic->has_mode && (topic->mode & TN_ACCESS_JOIN) == 0;
}

gboolean tinode_topic_is_attached(const TinodeTopic *topic)
{
    return tn_session_is_attached(topic->ta->session, topic->name);
}

gboolean tinode_topic_stays_attached(const TinodeTopic *topic)
{
    const ReceiptSyncState state = receipt_engine_sync_state(topic->ta->engine, topic->name, NULL);

    return tinode_topic_is_attached(topic) &&
           (state == RECEIPT_SYNC_STARTING || state == RECEIPT_SYNC_ACTIVE);
}

PurpleConversation *tinode_topic_conversation(const TinodeTopic *topic)
{
    return purple_find_conversation_with_account(
        tinode_topic_is_group(topic) ? PURPLE_CONV_TYPE_CHAT : PURPLE_CONV_TYPE_IM, topic->name,
        topic->ta->account);
}

TinodeTopic *tinode_topic_of_conversation(TinodeAccount *ta, PurpleConversation *conv)
{
    const PurpleConversationType type = purple_conversation_get_type(conv);
    TinodeTopic *topic;

    if (purple_conversation_get_account(conv) != ta->account)
        return NULL;
    topic = tinode_topic_ensure(ta, purple_conversation_get_name(conv));
    if (topic == NULL)
        return NULL;
    return tinode_topic_is_group(topic) == (type == PURPLE_CONV_TYPE_CHAT) ? topic : NULL;
}

void tinode_topic_write_line(TinodeTopic *topic, const char *html)
{
    PurpleConversation *conv = tinode_topic_conversation(topic);

    if (conv != NULL)
        purple_conversation_write(conv, "", html, PURPLE_MESSAGE_SYSTEM | PURPLE_MESSAGE_NO_LOG,
                                  time(NULL));
}
