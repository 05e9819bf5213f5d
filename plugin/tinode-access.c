/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-access.c: blocking, muting, archiving, accepting. */
#include "tinode-access.h"

#include <notify.h>
#include <privacy.h>
#include <string.h>

#include "tinode-buddy.h"
#include "tinode-events.h"
#include "tinode-group.h"
#include "tinode-history.h"
#include "tinode-outbox.h"
#include "tinode-text.h"

#define ALL_OF_TWO                                                                                 \
    (TN_ACCESS_JOIN | TN_ACCESS_READ | TN_ACCESS_WRITE | TN_ACCESS_PRES | TN_ACCESS_APPROVE)

gboolean tinode_access_is_unconfirmed(const TinodeTopic *topic)
{
    const guint excess = topic->given & ~topic->want;

    return topic->has_wish && topic->kind == TN_TOPIC_P2P && (topic->given & TN_ACCESS_JOIN) != 0 &&
           (excess & (TN_ACCESS_READ | TN_ACCESS_WRITE)) != 0;
}

gboolean tinode_access_is_blocked(const TinodeTopic *topic)
{
    return topic->has_wish && (topic->want & TN_ACCESS_JOIN) == 0 &&
           !tinode_access_is_unconfirmed(topic);
}

gboolean tinode_access_is_muted(const TinodeTopic *topic)
{
    return topic->has_mode && (topic->mode & TN_ACCESS_PRES) == 0;
}

char *tinode_access_text(guint mode)
{
    static const struct {
        guint bit;
        const char *word;
    } words[] = {
        {TN_ACCESS_READ, N_("read")},     {TN_ACCESS_WRITE, N_("write")},
        {TN_ACCESS_SHARE, N_("invite")},  {TN_ACCESS_APPROVE, N_("administer")},
        {TN_ACCESS_DELETE, N_("delete")}, {TN_ACCESS_OWNER, N_("own")},
    };
    g_autoptr(GPtrArray) list = g_ptr_array_new();

    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
        if ((mode & words[i].bit) != 0)
            g_ptr_array_add(list, (gpointer)_(words[i].word));
    if (list->len == 0)
        return g_strdup(_("nothing"));
    g_ptr_array_add(list, NULL);
    return g_strjoinv(", ", (char **)list->pdata);
}

/* libpurple's list ----------------------------------------------------------------------------- */

static gboolean is_on_list(PurpleAccount *account, const char *who)
{
    for (GSList *link = account->deny; link != NULL; link = link->next)
        if (g_strcmp0(link->data, who) == 0)
            return TRUE;
    return FALSE;
}

static void set_on_list(TinodeTopic *topic, gboolean is_on)
{
    PurpleAccount *account = topic->ta->account;

    if (is_on_list(account, topic->name) == is_on)
        return;
    if (is_on)
        purple_privacy_deny_add(account, topic->name, TRUE);
    else
        purple_privacy_deny_remove(account, topic->name, TRUE);
    tinode_buddy_redraw(topic);
}

void tinode_access_take_up(TinodeAccount *ta)
{
    GHashTableIter iter;
    TinodeTopic *topic;

    /* libpurple's default heeds no list, and empties it when the first one is blocked: on the
     * server, too, if we let it. */
    if (ta->account->perm_deny == PURPLE_PRIVACY_ALLOW_ALL)
        ta->account->perm_deny = PURPLE_PRIVACY_DENY_USERS;
    g_hash_table_iter_init(&iter, ta->topics);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&topic))
        if (topic->is_subscribed)
            tinode_access_follow(topic, FALSE);
}

void tinode_access_follow(TinodeTopic *topic, gboolean is_new)
{
    if (topic->kind != TN_TOPIC_P2P || !topic->has_wish || topic->is_access_changing)
        return;
    if (is_new && is_on_list(topic->ta->account, topic->name) && !tinode_access_is_blocked(topic))
        tinode_access_block(topic, TRUE);
    else
        set_on_list(topic, tinode_access_is_blocked(topic));
}

/* Asking the server ---------------------------------------------------------------------------- */

typedef struct {
    TinodeTopic *topic;
    guint want, old;    /* own wish: the new one, and what to go back to */
    gboolean is_accept; /* the other gets the same rights */
    const char *failed; /* what to say */
    const char *done;   /* NULL: the buddy list shows it */
} Change;

static void tell_mode(TinodeTopic *topic)
{
    receipt_engine_set_muted(topic->ta->engine, tinode_now_ms(), topic->name,
                             tinode_access_is_muted(topic));
    tinode_buddy_redraw(topic);
}

static void set_want(TinodeTopic *topic, guint want)
{
    topic->want = want;
    topic->mode = want & topic->given;
}

void tinode_access_reach(TinodeTopic *topic)
{
    const TnGet nothing = {0};

    if (!tinode_topic_is_attached(topic) && !tinode_topic_is_blocked(topic))
        tn_session_attach(topic->ta->session, topic->name, &nothing, TRUE, NULL, NULL, NULL);
}

/* The engine may want it attached by now; nobody else does. */
void tinode_access_leave(TinodeTopic *topic)
{
    if (tinode_topic_is_attached(topic) && !tinode_topic_stays_attached(topic))
        tn_session_leave(topic->ta->session, topic->name, FALSE, NULL, NULL);
}

/* What official clients do, too; where it is not allowed, it stays as it is. */
static void give_same(TinodeTopic *topic)
{
    g_autofree char *mode = tn_access_format(topic->given);
    const TnSet set = {.sub_user = topic->name, .sub_mode = mode};

    tn_session_set(topic->ta->session, topic->name, &set, NULL, NULL);
}

/* It gave up what the server had refused; somebody may be looking at it. */
static void wake_engine(TinodeTopic *topic)
{
    ReceiptEngine *engine = topic->ta->engine;

    receipt_engine_begin(engine);
    receipt_engine_hold(engine, tinode_now_ms(), topic->name, RECEIPT_HOLD_ASKED);
    receipt_engine_release(engine, tinode_now_ms(), topic->name, RECEIPT_HOLD_ASKED);
    receipt_engine_end(engine, tinode_now_ms());
}

/* Where nothing is open the buddy list and its menu show it: no window for that. */
static void say_done(TinodeTopic *topic, const char *text)
{
    if (tinode_topic_conversation(topic) != NULL)
        tinode_group_say(topic, FALSE, text);
}

static void on_changed(const TnReply *reply, gpointer data)
{
    g_autofree Change *change = data;
    TinodeTopic *topic = change->topic;
    TinodeAccount *ta = topic->ta;

    topic->is_access_changing = FALSE;
    if (ta->is_closing)
        return;
    if (reply->error == TN_OK) {
        if (reply->acs.has_want)
            tinode_topic_merge_mode(topic, &reply->acs);
    } else {
        set_want(topic, change->old);
        purple_notify_error(ta->gc, _("Tinode"), change->failed, tinode_request_text(reply->error));
    }
    tinode_access_follow(topic, FALSE);
    tell_mode(topic);
    if (reply->error == TN_OK && change->is_accept)
        give_same(topic);
    if (!tinode_topic_is_blocked(topic))
        wake_engine(topic);
    tinode_access_leave(topic);
    if (reply->error == TN_OK && change->done != NULL)
        say_done(topic, change->done);
    /* How it is now, and what came meanwhile. */
    tinode_events_fetch_row(ta, topic->name);
}

static void send_change(Change *change)
{
    g_autofree char *mode = tn_access_format(change->want);
    const TnSet set = {.sub_mode = mode};

    tn_session_set(change->topic->ta->session, change->topic->name, &set, on_changed, change);
}

static void on_attached(const TnReply *reply, gpointer data)
{
    Change *change = data;
    TinodeTopic *topic = change->topic;

    /* Who is not let in can still turn away. */
    if ((reply->error != TN_OK && reply->error != TN_ERROR_FORBIDDEN) || topic->ta->is_closing) {
        on_changed(reply, change);
        return;
    }
    if (reply->acs.has_want)
        tinode_topic_merge_mode(topic, &reply->acs);
    set_want(topic, change->want);
    send_change(change);
}

/* Our own view of it changes at once: turning away ends with an eviction that comes before the
 * answer. Attaching to what one has turned away would take it back, for a moment. */
static void change_want(TinodeTopic *topic, guint want, gboolean is_accept, const char *failed,
                        const char *done)
{
    const gboolean stays_away = tinode_topic_is_blocked(topic) && (want & TN_ACCESS_JOIN) == 0;
    const TnGet nothing = {0};
    Change *change;

    if (topic->is_access_changing)
        return;
    change = g_new0(Change, 1);
    change->topic = topic;
    change->want = want;
    change->old = topic->want;
    change->is_accept = is_accept;
    change->failed = failed;
    change->done = done;
    topic->is_access_changing = TRUE;
    set_want(topic, want);
    if (stays_away || tinode_topic_stays_attached(topic))
        send_change(change);
    else
        tn_session_attach(topic->ta->session, topic->name, &nothing, TRUE, on_attached, NULL,
                          change);
}

void tinode_access_block(TinodeTopic *topic, gboolean is_on)
{
    const guint lost = TN_ACCESS_JOIN | TN_ACCESS_PRES;

    if (!topic->has_mode || topic->ta->engine == NULL || tinode_access_is_blocked(topic) == is_on)
        return;
    if (!is_on) {
        change_want(topic, topic->want | lost | (topic->given & ALL_OF_TWO), FALSE,
                    _("This contact could not be unblocked"), NULL);
        return;
    }
    tinode_history_give_up(topic);
    change_want(topic, (topic->want | TN_ACCESS_READ | TN_ACCESS_WRITE) & ~lost, FALSE,
                _("This contact could not be blocked"), NULL);
}

/* NULL: nothing stands in the way. */
static char *why_not(const TinodeTopic *topic)
{
    if (!tinode_account_is_up(topic->ta) || topic->ta->engine == NULL)
        return g_strdup(tinode_request_text(TN_ERROR_TRANSIENT));
    if (topic->group != NULL && topic->group->loss != TINODE_LOSS_NONE)
        return tinode_group_loss_text(topic);
    if (tinode_topic_is_blocked(topic))
        return g_strdup(tinode_rights_blocked(topic));
    if (topic->is_access_changing)
        return g_strdup(_("The server has not answered the last change yet."));
    return NULL;
}

char *tinode_access_mute(TinodeTopic *topic, gboolean is_on)
{
    char *why = why_not(topic);

    if (why != NULL)
        return why;
    if (!topic->has_mode)
        return g_strdup(_("The server has not told yet what you may do here."));
    if (tinode_access_is_muted(topic) == is_on)
        return g_strdup(is_on ? _("This conversation is muted already.")
                              : _("This conversation is not muted."));
    if (is_on)
        change_want(topic, topic->want & ~(guint)TN_ACCESS_PRES, FALSE,
                    _("This conversation could not be muted"),
                    _("This conversation is muted: what is new in it shows when you open it. "
                      "/unmute ends that."));
    else
        change_want(topic, topic->want | TN_ACCESS_PRES, FALSE,
                    _("This conversation could not be unmuted"),
                    _("This conversation is not muted any more."));
    return NULL;
}

static void archived(TinodeTopic *topic, gboolean is_on, const TnReply *reply)
{
    if (topic->ta->is_closing)
        return;
    topic->is_access_changing = FALSE;
    tinode_access_follow(topic, FALSE);
    tinode_access_leave(topic);
    if (reply->error != TN_OK) {
        purple_notify_error(topic->ta->gc, _("Tinode"), _("This conversation was not moved"),
                            tinode_request_text(reply->error));
        return;
    }
    topic->is_archived = is_on;
    tinode_buddy_update(topic);
    say_done(topic, is_on ? _("This conversation was put into the archive.")
                          : _("This conversation is out of the archive."));
}

static void on_put_away(const TnReply *reply, gpointer data)
{
    archived(data, TRUE, reply);
}

static void on_taken_out(const TnReply *reply, gpointer data)
{
    archived(data, FALSE, reply);
}

char *tinode_access_archive(TinodeTopic *topic, gboolean is_on)
{
    const TnSet set = {.has_archived = TRUE, .is_archived = is_on};
    char *why = why_not(topic);

    if (why != NULL)
        return why;
    if (topic->is_archived == is_on)
        return g_strdup(is_on ? _("This conversation is in the archive already.")
                              : _("This conversation is not in the archive."));
    topic->is_access_changing = TRUE;
    tinode_access_reach(topic);
    tn_session_set(topic->ta->session, topic->name, &set, is_on ? on_put_away : on_taken_out,
                   topic);
    return NULL;
}

void tinode_access_accept(TinodeTopic *topic)
{
    if (tinode_access_is_unconfirmed(topic))
        change_want(topic, topic->given, TRUE, _("This contact could not be accepted"), NULL);
}

/* libpurple's calls ---------------------------------------------------------------------------- */

/* NULL: told. */
static TinodeTopic *topic_to_block(PurpleConnection *gc, const char *who)
{
    TinodeAccount *ta = gc->proto_data;
    TinodeTopic *topic = ta != NULL ? tinode_topic_ensure(ta, who) : NULL;
    g_autofree char *text = NULL;

    if (ta == NULL || (topic != NULL && topic->kind == TN_TOPIC_P2P))
        return topic;
    /* Translators: %s is what the user typed. */
    text = g_strdup_printf(_("“%s” is no Tinode user id. Please block people from the buddy "
                             "list."),
                           who);
    purple_notify_error(gc, _("Tinode"), _("Nobody was blocked"), text);
    return NULL;
}

void tinode_add_deny(PurpleConnection *gc, const char *who)
{
    TinodeTopic *topic = topic_to_block(gc, who);

    /* Of whom the server has no conversation with us is blocked here, until there is one. */
    if (topic != NULL && topic->is_subscribed)
        tinode_access_block(topic, TRUE);
}

void tinode_rem_deny(PurpleConnection *gc, const char *who)
{
    TinodeAccount *ta = gc->proto_data;
    TinodeTopic *topic = ta != NULL ? tinode_topic_find(ta, who) : NULL;

    if (topic != NULL && topic->is_subscribed)
        tinode_access_block(topic, FALSE);
}
