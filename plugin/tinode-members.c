/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-members.c: the people of a group. */
#include "tinode-members.h"

#include <core.h>
#include <string.h>

#include "tinode-group.h"
#include "tinode-text.h"

/* A member that types sends a note every three seconds; the sign goes a little after. */
#define TYPING_MS 5000
/* Changes that wait for their rows; of more at once nobody is told one by one. */
#define MAX_ANNOUNCED 256
/* Enough of an id to tell two people of one name apart. */
#define TAIL 4

/* Names
 * ---------------------------------------------------------------------------------------------*/

static void count_name(GHashTable *names, const char *name)
{
    char *folded = g_utf8_casefold(name, -1);
    const guint count = GPOINTER_TO_UINT(g_hash_table_lookup(names, folded));

    g_hash_table_insert(names, folded, GUINT_TO_POINTER(count + 1));
}

static GHashTable *names_of(const TinodeTopic *topic)
{
    TinodeGroup *group = topic->group;
    GHashTableIter iter;
    const char *user;

    if (group->names != NULL)
        return group->names;
    group->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_hash_table_iter_init(&iter, topic->members);
    while (g_hash_table_iter_next(&iter, (gpointer *)&user, NULL))
        count_name(group->names, tinode_topic_member_title(topic, user));
    return group->names;
}

void tinode_members_renamed(TinodeTopic *topic)
{
    if (topic->group != NULL)
        g_clear_pointer(&topic->group->names, g_hash_table_destroy);
}

const char *tinode_members_title(const TinodeTopic *topic, const char *user)
{
    static char *shown;
    const char *title = tinode_topic_member_title(topic, user);
    g_autofree char *folded = NULL;

    if (topic->members == NULL || !g_hash_table_contains(topic->members, user))
        return title;
    folded = g_utf8_casefold(title, -1);
    if (GPOINTER_TO_UINT(g_hash_table_lookup(names_of(topic), folded)) < 2 || strlen(user) < TAIL)
        return title;
    g_free(shown);
    shown = g_strdup_printf("%s (%s)", title, user + strlen(user) - TAIL);
    return shown;
}

static gboolean is_same(const char *a, const char *folded)
{
    g_autofree char *other = g_utf8_casefold(a, -1);

    return strcmp(other, folded) == 0;
}

/* One hit is enough, a second one spoils it. */
static void hit(const char **found, const char *user, gboolean *is_ambiguous)
{
    if (*found != NULL && strcmp(*found, user) != 0)
        *is_ambiguous = TRUE;
    *found = user;
}

/* The client's own name for somebody. */
static gboolean is_alias(const TinodeTopic *topic, const char *user, const char *folded)
{
    PurpleBuddy *buddy = purple_find_buddy(topic->ta->account, user);

    return buddy != NULL && is_same(purple_buddy_get_contact_alias(buddy), folded);
}

const char *tinode_members_find(const TinodeTopic *topic, const char *text, gboolean *is_ambiguous)
{
    g_autofree char *folded = g_utf8_casefold(text, -1);
    const char *found = NULL, *user;
    TinodeTopic *contact;
    GHashTableIter iter;

    *is_ambiguous = FALSE;
    if (tn_topic_kind(text) == TN_TOPIC_P2P && tn_topic_is_valid(text))
        return text;
    /* Two members are called so, each is shown with a tail: the bare name is neither's. */
    *is_ambiguous = GPOINTER_TO_UINT(g_hash_table_lookup(names_of(topic), folded)) > 1;
    if (*is_ambiguous)
        return NULL;
    g_hash_table_iter_init(&iter, topic->members);
    while (g_hash_table_iter_next(&iter, (gpointer *)&user, NULL))
        if (is_same(tinode_members_title(topic, user), folded) || is_alias(topic, user, folded))
            hit(&found, user, is_ambiguous);
    if (found != NULL)
        return *is_ambiguous ? NULL : found;
    g_hash_table_iter_init(&iter, topic->ta->topics);
    while (g_hash_table_iter_next(&iter, (gpointer *)&user, (gpointer *)&contact))
        if (contact->kind == TN_TOPIC_P2P &&
            (is_same(tinode_topic_title(contact), folded) || is_alias(topic, user, folded)))
            hit(&found, user, is_ambiguous);
    return *is_ambiguous ? NULL : found;
}

/* The list
 * ------------------------------------------------------------------------------------------*/

static gboolean is_in(const TinodeMember *member)
{
    return !member->has_mode || (member->mode & TN_ACCESS_JOIN) != 0;
}

/* Where everybody may write, the right to write is no mark. */
static void judge_moderation(TinodeTopic *topic)
{
    GHashTableIter iter;
    const TinodeMember *member;

    topic->group->is_moderated = FALSE;
    g_hash_table_iter_init(&iter, topic->members);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&member))
        if (member->has_mode && is_in(member) && (member->mode & TN_ACCESS_WRITE) == 0)
            topic->group->is_moderated = TRUE;
}

static PurpleConvChatBuddyFlags flags_of(const TinodeTopic *topic, const TinodeMember *member)
{
    PurpleConvChatBuddyFlags flags =
        member->has_mode ? tinode_rights_flags(member->mode, topic->group->is_moderated)
                         : PURPLE_CBFLAGS_NONE;

    return member->typing_until_ms != 0 ? flags | PURPLE_CBFLAGS_TYPING : flags;
}

/* libpurple shows a buddy by its alias; two buddies can have the same one. */
static void settle_alias(TinodeTopic *topic, PurpleConversation *conv, const char *user)
{
    PurpleConvChatBuddy *shown = purple_conv_chat_cb_find(PURPLE_CONV_CHAT(conv), user);
    PurpleConversationUiOps *ops = purple_conversation_get_ui_ops(conv);
    PurpleBuddy *buddy = purple_find_buddy(topic->ta->account, user);
    const char *alias = tinode_members_title(topic, user);
    const gboolean is_distinct = alias != tinode_topic_member_title(topic, user);

    if (shown == NULL || (buddy != NULL && !is_distinct) || g_strcmp0(shown->alias, alias) == 0)
        return;
    g_free(shown->alias);
    shown->alias = g_strdup(alias);
    if (ops != NULL && ops->chat_update_user != NULL)
        ops->chat_update_user(conv, user);
}

/* BitlBee puts the user into the channel itself, and takes our own id for somebody else's. */
static gboolean is_listed(const TinodeTopic *topic, const char *user)
{
    return g_strcmp0(purple_core_get_ui(), "BitlBee") != 0 ||
           g_strcmp0(user, tinode_account_self(topic->ta)) != 0;
}

/* All in one call: a client draws its list once, and Finch writes a line for each call. */
static void add(TinodeTopic *topic, PurpleConversation *conv, GPtrArray *users, gboolean is_new)
{
    GList *names = NULL, *extras = NULL, *flags = NULL;

    for (guint i = users->len; i > 0; i--) {
        const char *user = users->pdata[i - 1];
        const TinodeMember *member = g_hash_table_lookup(topic->members, user);

        if (!is_listed(topic, user))
            continue;
        names = g_list_prepend(names, (gpointer)user);
        extras = g_list_prepend(extras, NULL);
        flags = g_list_prepend(flags, GINT_TO_POINTER(flags_of(topic, member)));
    }
    if (names != NULL)
        purple_conv_chat_add_users(PURPLE_CONV_CHAT(conv), names, extras, flags, is_new);
    g_list_free(names);
    g_list_free(extras);
    g_list_free(flags);
    for (guint i = 0; i < users->len; i++)
        settle_alias(topic, conv, users->pdata[i]);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void tinode_members_show(TinodeTopic *topic, PurpleConversation *conv)
{
    PurpleConvChat *chat = PURPLE_CONV_CHAT(conv);
    g_autoptr(GPtrArray) users = g_ptr_array_new();
    GHashTableIter iter;
    const TinodeMember *member;
    const char *user;

    judge_moderation(topic);
    g_hash_table_iter_init(&iter, topic->members);
    while (g_hash_table_iter_next(&iter, (gpointer *)&user, (gpointer *)&member))
        if (is_in(member) && !purple_conv_chat_find_user(chat, user))
            g_ptr_array_add(users, (gpointer)user);
    g_ptr_array_sort(users, by_name);
    add(topic, conv, users, FALSE);
}

/* Who did it, NULL if nobody else or unknown. */
static const char *actor_of(const TinodeTopic *topic, const char *user)
{
    const char *actor = g_hash_table_lookup(topic->group->announced, user);

    return actor != NULL && actor[0] != '\0' && strcmp(actor, user) != 0 ? actor : NULL;
}

static void tell_role(TinodeTopic *topic, const char *user, PurpleConvChatBuddyFlags before,
                      PurpleConvChatBuddyFlags now, gboolean could_write, gboolean can_write)
{
    const char *actor = actor_of(topic, user), *format = NULL;
    g_autofree char *name = g_strdup(tinode_members_title(topic, user)), *text = NULL;

    if ((now & ~before & PURPLE_CBFLAGS_FOUNDER) != 0)
        format = _("%s owns this group now.");
    else if ((now & ~before & PURPLE_CBFLAGS_OP) != 0)
        format = _("%s is an operator now.");
    else if ((before & ~now & PURPLE_CBFLAGS_OP) != 0)
        format = _("%s is no operator any more.");
    else if (could_write && !can_write)
        format = _("%s may only read here now.");
    else if (!could_write && can_write)
        format = _("%s may write here now.");
    if (format == NULL)
        return;
    {
        g_auto(GStrv) parts = g_strsplit(format, "%s", 2);
        g_autofree char *sentence = g_strjoinv(name, parts);

        /* Translators: what happened to a member, then who did it. */
        text = actor != NULL ? g_strdup_printf(_("%s (Changed by %s.)"), sentence,
                                               tinode_members_title(topic, actor))
                             : g_strdup(sentence);
    }
    tinode_group_say(topic, FALSE, text);
}

/* Roles as they were shown; writing is shown only where it is a mark. */
static void update_flags(TinodeTopic *topic, PurpleConversation *conv, const char *user,
                         const TinodeMember *member)
{
    PurpleConvChat *chat = PURPLE_CONV_CHAT(conv);
    const PurpleConvChatBuddyFlags before = purple_conv_chat_user_get_flags(chat, user);
    const PurpleConvChatBuddyFlags now = flags_of(topic, member);
    const gboolean is_told = g_hash_table_contains(topic->group->announced, user);

    if (before != now)
        purple_conv_chat_user_set_flags(chat, user, now);
    if (is_told)
        tell_role(topic, user, before, now, member->could_write,
                  (member->mode & TN_ACCESS_WRITE) != 0);
}

static void remove_one(TinodeTopic *topic, PurpleConvChat *chat, const char *user)
{
    const TinodeMember *member = g_hash_table_lookup(topic->members, user);
    const char *actor = actor_of(topic, user);
    g_autofree char *reason = NULL;

    if (actor != NULL)
        reason = g_strdup_printf(member != NULL && !is_in(member)
                                     /* Translators: in brackets, why somebody left. */
                                     ? _("banned by %s")
                                     : _("removed by %s"),
                                 tinode_members_title(topic, actor));
    purple_conv_chat_remove_user(chat, user, reason);
}

/* Who is not told any more is gone from our own list as well; the banned are told. */
static void remove_missing(TinodeTopic *topic, PurpleConversation *conv, GHashTable *told)
{
    PurpleConvChat *chat = PURPLE_CONV_CHAT(conv);
    g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func(g_free);
    guint n_silent = 0;

    for (GList *link = purple_conv_chat_get_users(chat); link != NULL; link = link->next) {
        const char *user = purple_conv_chat_cb_get_name(link->data);

        if (g_hash_table_contains(told, user))
            continue;
        g_ptr_array_add(gone, g_strdup(user));
        n_silent += !g_hash_table_contains(topic->group->announced, user);
    }
    for (guint i = 0; i < gone->len; i++) {
        const char *user = gone->pdata[i];

        if (g_hash_table_contains(topic->group->announced, user))
            remove_one(topic, chat, user);
    }
    if (n_silent == 0)
        return;
    /* Who went while we were away went without a word: libpurple has one for each removal only. */
    purple_conv_chat_clear_users(chat);
}

static void forget_missing(TinodeTopic *topic, GHashTable *told)
{
    GHashTableIter iter;
    const char *user;

    g_hash_table_iter_init(&iter, topic->members);
    while (g_hash_table_iter_next(&iter, (gpointer *)&user, NULL))
        if (!g_hash_table_contains(told, user)) {
            g_hash_table_iter_remove(&iter);
            tinode_members_renamed(topic);
        }
}

/* Names of who goes are still known while their lines are written. */
static void update_list(TinodeTopic *topic, PurpleConversation *conv, GHashTable *told)
{
    PurpleConvChat *chat = PURPLE_CONV_CHAT(conv);
    g_autoptr(GHashTable) in = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) came = g_ptr_array_new();
    const gboolean is_first = purple_conv_chat_get_users(chat) == NULL;
    GHashTableIter iter;
    TinodeMember *member;
    const char *user;

    judge_moderation(topic);
    g_hash_table_iter_init(&iter, topic->members);
    while (g_hash_table_iter_next(&iter, (gpointer *)&user, (gpointer *)&member)) {
        if (!is_in(member) || !g_hash_table_contains(told, user))
            continue;
        g_hash_table_add(in, (gpointer)user);
        if (purple_conv_chat_find_user(chat, user))
            update_flags(topic, conv, user, member);
        else if (!is_first && g_hash_table_contains(topic->group->announced, user))
            g_ptr_array_add(came, (gpointer)user);
    }
    g_ptr_array_sort(came, by_name);
    add(topic, conv, came, TRUE);
    remove_missing(topic, conv, in);
}

void tinode_members_changed(TinodeTopic *topic, const TnMeta *meta, gboolean is_complete)
{
    PurpleConversation *conv = topic->chat_id != 0 ? tinode_topic_conversation(topic) : NULL;
    g_autoptr(GHashTable) told = NULL;
    GHashTableIter iter;
    TinodeMember *member;
    const char *user;

    if (topic->members == NULL || !is_complete)
        return;
    told = g_hash_table_new(g_str_hash, g_str_equal);
    for (gsize i = 0; i < meta->n_subs; i++)
        if (meta->subs[i].user != NULL && !meta->subs[i].is_deleted)
            g_hash_table_add(told, (gpointer)meta->subs[i].user);
    if (conv != NULL)
        update_list(topic, conv, told);
    forget_missing(topic, told);
    if (conv != NULL)
        tinode_members_show(topic, conv);
    g_hash_table_remove_all(topic->group->announced);
    g_hash_table_iter_init(&iter, topic->members);
    while (g_hash_table_iter_next(&iter, (gpointer *)&user, (gpointer *)&member)) {
        member->could_write = (member->mode & TN_ACCESS_WRITE) != 0;
        if (conv != NULL)
            settle_alias(topic, conv, user);
    }
}

void tinode_members_announce(TinodeTopic *topic, const char *user, const char *actor)
{
    if (topic->group != NULL && user != NULL &&
        g_hash_table_size(topic->group->announced) < MAX_ANNOUNCED)
        g_hash_table_replace(topic->group->announced, g_strdup(user),
                             g_strdup(actor != NULL ? actor : ""));
}

void tinode_members_presence(TinodeTopic *topic, const char *user, gboolean is_online)
{
    TinodeMember *member =
        topic->members != NULL && user != NULL ? g_hash_table_lookup(topic->members, user) : NULL;

    if (member == NULL)
        return;
    member->is_online = is_online;
    if (!is_online)
        tinode_members_stopped_typing(topic, user);
}

/* Typing
 * --------------------------------------------------------------------------------------------*/

static void show_typing(TinodeTopic *topic, const char *user, const TinodeMember *member)
{
    PurpleConversation *conv = topic->chat_id != 0 ? tinode_topic_conversation(topic) : NULL;

    if (conv != NULL && purple_conv_chat_find_user(PURPLE_CONV_CHAT(conv), user))
        purple_conv_chat_user_set_flags(PURPLE_CONV_CHAT(conv), user, flags_of(topic, member));
}

void tinode_members_typing(TinodeTopic *topic, const char *user)
{
    TinodeAccount *ta = topic->ta;
    TinodeMember *member = g_hash_table_lookup(topic->members, user);

    if (member == NULL || topic->chat_id == 0)
        return;
    member->typing_until_ms = tinode_now_ms() + TYPING_MS;
    if (!g_ptr_array_find(ta->typing, topic, NULL))
        g_ptr_array_add(ta->typing, topic);
    show_typing(topic, user, member);
    if (!tinode_timer_is_armed(ta->typing_timer))
        tinode_timer_set(ta->typing_timer, member->typing_until_ms);
}

void tinode_members_stopped_typing(TinodeTopic *topic, const char *user)
{
    TinodeMember *member =
        topic->members != NULL ? g_hash_table_lookup(topic->members, user) : NULL;

    if (member == NULL || member->typing_until_ms == 0)
        return;
    member->typing_until_ms = 0;
    show_typing(topic, user, member);
}

/* When the next one of this topic is due; -1: nobody types. */
static gint64 end_typing(TinodeTopic *topic, gint64 now_ms)
{
    GHashTableIter iter;
    TinodeMember *member;
    const char *user;
    gint64 next_ms = -1;

    g_hash_table_iter_init(&iter, topic->members);
    while (g_hash_table_iter_next(&iter, (gpointer *)&user, (gpointer *)&member)) {
        if (member->typing_until_ms == 0)
            continue;
        if (member->typing_until_ms > now_ms) {
            next_ms = next_ms < 0 ? member->typing_until_ms : MIN(next_ms, member->typing_until_ms);
            continue;
        }
        member->typing_until_ms = 0;
        show_typing(topic, user, member);
    }
    return next_ms;
}

void tinode_members_typing_over(gpointer data)
{
    TinodeAccount *ta = data;
    const gint64 now_ms = tinode_now_ms();
    gint64 next_ms = -1;

    for (guint i = 0; i < ta->typing->len;) {
        const gint64 due_ms = end_typing(ta->typing->pdata[i], now_ms);

        if (due_ms < 0) {
            g_ptr_array_remove_index_fast(ta->typing, i);
            continue;
        }
        next_ms = next_ms < 0 ? due_ms : MIN(next_ms, due_ms);
        i++;
    }
    tinode_timer_set(ta->typing_timer, next_ms);
}
