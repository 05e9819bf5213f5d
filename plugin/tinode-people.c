/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-people.c: adding, removing, renaming. */
#include "tinode-people.h"

#include <notify.h>
#include <request.h>
#include <string.h>

#include "tinode-access.h"
#include "tinode-buddy.h"
#include "tinode-events.h"
#include "tinode-find.h"
#include "tinode-text.h"

/* The user's own name for a buddy, as the server had it when it was last heard of. */
#define COMMENT "tinode-comment"

struct _TinodePeople {
    TinodeAccount *ta;
    gboolean has_said_removed; /* what follows is said once a sign-in */
    TinodeTimer *timer;
    void (*later)(TinodeAccount *ta);
};

static void on_later(gpointer data)
{
    TinodePeople *people = data;

    people->later(people->ta);
}

TinodePeople *tinode_people_new(TinodeAccount *ta)
{
    TinodePeople *people = g_new0(TinodePeople, 1);

    people->ta = ta;
    people->timer = tinode_timer_new(on_later, people);
    return people;
}

void tinode_people_quiet(TinodePeople *people)
{
    tinode_timer_set(people->timer, -1);
    purple_request_close_with_handle(people);
}

void tinode_people_free(TinodePeople *people)
{
    tinode_timer_free(people->timer);
    g_free(people);
}

guint tinode_people_timers(const TinodePeople *people)
{
    return tinode_timer_is_armed(people->timer);
}

void tinode_people_later(TinodePeople *people, void (*func)(TinodeAccount *ta))
{
    people->later = func;
    tinode_timer_set(people->timer, tinode_now_ms());
}

/* Names
 * -------------------------------------------------------------------------------------------*/

static void remember_comment(PurpleBuddy *buddy, const char *comment)
{
    if (comment != NULL)
        purple_blist_node_set_string((PurpleBlistNode *)buddy, COMMENT, comment);
    else
        purple_blist_node_remove_setting((PurpleBlistNode *)buddy, COMMENT);
}

void tinode_people_follow_comment(TinodeTopic *topic, PurpleBuddy *buddy)
{
    const char *known = purple_blist_node_get_string((PurpleBlistNode *)buddy, COMMENT);
    const char *local = purple_buddy_get_local_buddy_alias(buddy);
    const char *told = topic->comment != NULL && topic->comment[0] != '\0' ? topic->comment : NULL;
    g_autofree char *old = g_strdup(known);

    if (g_strcmp0(told, old) == 0)
        return;
    remember_comment(buddy, told);
    /* A name that the user gave here and nowhere else stays. */
    if (told != NULL || g_strcmp0(local, old) == 0)
        purple_serv_got_private_alias(topic->ta->gc, topic->name, told);
}

typedef struct {
    TinodeTopic *topic;
    char *comment, *old;
} Naming;

static void naming_free(Naming *naming)
{
    g_free(naming->comment);
    g_free(naming->old);
    g_free(naming);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Naming, naming_free)

static void on_named(const TnReply *reply, gpointer data)
{
    g_autoptr(Naming) naming = data;
    TinodeTopic *topic = naming->topic;
    PurpleBuddy *buddy;

    if (topic->ta->is_closing)
        return;
    tinode_access_leave(topic);
    if (reply->error != TN_OK) {
        if (g_strcmp0(topic->comment, naming->comment) == 0) {
            g_free(topic->comment);
            topic->comment = g_steal_pointer(&naming->old);
        }
        purple_notify_error(topic->ta->gc, _("Tinode"),
                            _("The new name is known on this computer only"),
                            tinode_request_text(reply->error));
        return;
    }
    buddy = purple_find_buddy(topic->ta->account, topic->name);
    if (buddy != NULL)
        remember_comment(buddy, naming->comment[0] != '\0' ? naming->comment : NULL);
    tinode_buddy_update(topic);
}

/* Known here at once: the user may change his mind before the answer. */
static void set_comment(TinodeTopic *topic, const char *comment)
{
    const TnSet set = {.comment = comment};
    Naming *naming = g_new0(Naming, 1);

    naming->topic = topic;
    naming->comment = g_strdup(comment);
    naming->old = g_steal_pointer(&topic->comment);
    topic->comment = g_strdup(comment);
    tinode_access_reach(topic);
    tn_session_set(topic->ta->session, topic->name, &set, on_named, naming);
}

void tinode_alias_buddy(PurpleConnection *gc, const char *who, const char *alias)
{
    TinodeAccount *ta = gc->proto_data;
    TinodeTopic *topic = ta != NULL ? tinode_topic_find(ta, who) : NULL;

    if (topic == NULL || !topic->is_subscribed)
        return;
    if (alias == NULL)
        alias = "";
    if (g_strcmp0(topic->comment != NULL ? topic->comment : "", alias) != 0)
        set_comment(topic, alias);
}

/* Adding
 * ------------------------------------------------------------------------------------------*/

typedef struct {
    char *typed; /* the buddy's name as it stands on the list */
    char *group, *alias;
    TinodeTopic *topic; /* once it is known who */
} Adding;

static void adding_free(gpointer data)
{
    Adding *adding = data;

    g_free(adding->typed);
    g_free(adding->group);
    g_free(adding->alias);
    g_free(adding);
}

static void drop_typed(TinodeAccount *ta, const char *typed)
{
    TinodeTopic *topic = tinode_topic_find(ta, typed);
    PurpleBuddy *buddy = purple_find_buddy(ta->account, typed);

    if (buddy != NULL && (topic == NULL || !topic->is_subscribed))
        purple_blist_remove_buddy(buddy);
}

static void tell_not_added(TinodeAccount *ta, const Adding *adding, const char *text)
{
    drop_typed(ta, adding->typed);
    purple_notify_error(ta->gc, _("Tinode"), _("Nobody was added"), text);
}

static void on_subscribed(const TnReply *reply, gpointer data)
{
    Adding *adding = data;
    TinodeTopic *topic = adding->topic;
    TinodeAccount *ta = topic->ta;

    if (ta->is_closing) {
        adding_free(adding);
        return;
    }
    if (reply->error != TN_OK) {
        g_free(adding->typed);
        adding->typed = g_strdup(topic->name);
        tell_not_added(ta, adding, tinode_request_text(reply->error));
        adding_free(adding);
        return;
    }
    topic->is_subscribed = TRUE;
    tinode_topic_merge_mode(topic, &reply->acs);
    if (adding->alias != NULL)
        set_comment(topic, adding->alias);
    else
        tinode_access_leave(topic);
    tinode_events_fetch_row(ta, topic->name);
    adding_free(adding);
}

/* Who was typed as "bob" stands on the list by the id from now on. FALSE: was removed meanwhile. */
static gboolean put_on_list(TinodeTopic *topic, const Adding *adding)
{
    PurpleAccount *account = topic->ta->account;
    PurpleBuddy *typed = purple_find_buddy(account, adding->typed);
    PurpleGroup *group = adding->group != NULL ? purple_find_group(adding->group) : NULL;

    if (typed == NULL)
        return FALSE;
    if (strcmp(adding->typed, topic->name) == 0)
        return TRUE;
    if (purple_find_buddy(account, topic->name) == NULL)
        purple_blist_add_buddy(purple_buddy_new(account, topic->name, adding->alias), NULL, group,
                               NULL);
    purple_blist_remove_buddy(typed);
    return TRUE;
}

/* On the server a contact is a conversation of two: it is there from now on, for both. Attached
 * for a moment, nothing is fetched or said. Attaching to who is blocked would unblock. */
static void take(TinodeAccount *ta, const Adding *adding, const TinodeHit *hit)
{
    TinodeTopic *topic = tinode_topic_ensure(ta, hit->name);
    const TnGet nothing = {0};
    Adding *copy;

    if (topic == NULL || !put_on_list(topic, adding))
        return;
    if (topic->fn == NULL)
        topic->fn = g_strdup(hit->fn);
    tinode_buddy_update(topic);
    if (topic->is_subscribed) {
        if (adding->alias != NULL)
            tinode_alias_buddy(ta->gc, topic->name, adding->alias);
        return;
    }
    copy = g_new0(Adding, 1);
    copy->typed = g_strdup(adding->typed);
    copy->alias = g_strdup(adding->alias);
    copy->topic = topic;
    tn_session_attach(ta->session, topic->name, &nothing, TRUE, on_subscribed, NULL, copy);
}

static void let_choose(TinodeAccount *ta, const Adding *adding, GPtrArray *people)
{
    g_autofree char *lines = NULL;

    drop_typed(ta, adding->typed);
    if (tinode_find_show(ta, _("Several people fit. Please choose whom to add:"), people))
        return;
    lines = tinode_find_lines(people);
    purple_notify_info(ta->gc, _("Tinode"), _("Several people fit. Please add one by the id:"),
                       lines);
}

static void on_found(TinodeAccount *ta, TinodeSearchOutcome outcome, GPtrArray *hits,
                     gpointer user_data)
{
    const Adding *adding = user_data;
    g_autoptr(GPtrArray) people = g_ptr_array_new();
    g_autofree char *text = NULL;

    for (guint i = 0; i < hits->len; i++)
        if (((TinodeHit *)hits->pdata[i])->is_person)
            g_ptr_array_add(people, hits->pdata[i]);
    if (outcome == TINODE_SEARCH_DONE && people->len == 1) {
        take(ta, adding, people->pdata[0]);
    } else if (outcome == TINODE_SEARCH_DONE && people->len > 1) {
        let_choose(ta, adding, people);
    } else {
        text = tinode_search_text(outcome, adding->typed);
        tell_not_added(ta, adding, text);
    }
}

void tinode_add_buddy(PurpleConnection *gc, PurpleBuddy *buddy, PurpleGroup *group,
                      const char *message)
{
    TinodeAccount *ta = gc->proto_data;
    const char *alias = purple_buddy_get_local_buddy_alias(buddy);
    Adding *adding;

    (void)message;
    if (ta == NULL)
        return;
    adding = g_new0(Adding, 1);
    adding->typed = g_strdup(purple_buddy_get_name(buddy));
    adding->group = g_strdup(group != NULL ? purple_group_get_name(group) : NULL);
    adding->alias = alias != NULL && alias[0] != '\0' ? g_strdup(alias) : NULL;
    tinode_search_start(ta, adding->typed, on_found, adding, adding_free);
}

/* Removing
 * ----------------------------------------------------------------------------------------*/

static void say_removed(TinodeTopic *topic)
{
    TinodePeople *people = topic->ta->people;
    g_autofree char *primary = NULL;

    if (people->has_said_removed)
        return;
    people->has_said_removed = TRUE;
    /* Translators: %s is the name of a person. */
    primary = g_strdup_printf(_("%s was removed"), tinode_topic_title(topic));
    purple_notify_info(topic->ta->gc, _("Tinode"), primary,
                       _("The contact and the conversation are gone from your other devices, too. "
                         "The other side keeps the conversation, and can write to you again. Who "
                         "must not do that has to be blocked instead."));
}

static void on_deleted(const TnReply *reply, gpointer data)
{
    TinodeTopic *topic = data;

    if (topic->ta->is_closing)
        return;
    if (reply->error == TN_OK || reply->error == TN_ERROR_GONE) {
        tinode_events_forget(topic);
        return;
    }
    /* It is there still. */
    topic->is_subscribed = TRUE;
    tinode_buddy_update(topic);
    purple_notify_error(topic->ta->gc, _("Tinode"), _("This contact could not be removed"),
                        tinode_request_text(reply->error));
}

static void on_removed(const TnReply *reply, gpointer data)
{
    if (!((TinodeTopic *)data)->ta->is_closing && reply->error == TN_OK)
        say_removed(data);
    on_deleted(reply, data);
}

static void delete_topic(TinodeTopic *topic, TnReplyFunc done)
{
    const TnDelete request = {.what = TN_DELETE_TOPIC};

    topic->is_subscribed = FALSE;
    tn_session_delete(topic->ta->session, topic->name, &request, done, topic);
}

void tinode_people_forget(TinodeTopic *topic)
{
    if (topic->is_subscribed)
        delete_topic(topic, on_deleted);
}

void tinode_remove_buddy(PurpleConnection *gc, PurpleBuddy *buddy, PurpleGroup *group)
{
    TinodeAccount *ta = gc->proto_data;
    TinodeTopic *topic = ta != NULL ? tinode_topic_find(ta, purple_buddy_get_name(buddy)) : NULL;
    GSList *same;
    guint count;

    (void)group;
    if (topic == NULL || !topic->is_subscribed)
        return;
    /* The same person may stand in two groups of the list. */
    same = purple_find_buddies(ta->account, topic->name);
    count = g_slist_length(same);
    g_slist_free(same);
    if (count <= 1)
        delete_topic(topic, on_removed);
}
