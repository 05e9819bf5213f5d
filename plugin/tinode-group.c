/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-group.c: deeds in groups. */
#include "tinode-group.h"

#include <notify.h>
#include <string.h>

#include "tinode-access.h"
#include "tinode-chat.h"
#include "tinode-events.h"
#include "tinode-members.h"
#include "tinode-search.h"
#include "tinode-text.h"

TinodeGroup *tinode_group_new(void)
{
    TinodeGroup *group = g_new0(TinodeGroup, 1);

    group->announced = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return group;
}

void tinode_group_free(TinodeGroup *group)
{
    if (group == NULL)
        return;
    g_hash_table_destroy(group->announced);
    g_clear_pointer(&group->names, g_hash_table_destroy);
    g_free(group->invited_by);
    g_free(group->card_by);
    g_free(group->shown_note);
    g_free(group->told_fn);
    g_free(group->lost_by);
    g_free(group);
}

void tinode_group_merge(TinodeTopic *topic, const TnRow *row)
{
    if (row->members > 0)
        topic->group->n_members = row->members;
    topic->group->is_card_told |= row->card.is_told;
}

void tinode_group_say(TinodeTopic *topic, gboolean is_error, const char *text)
{
    PurpleConversation *conv = tinode_topic_conversation(topic);

    /* A line is HTML, what a window says is plain: clients escape it themselves. */
    if (conv != NULL && (!tinode_topic_is_group(topic) || topic->chat_id != 0)) {
        g_autofree char *html = g_markup_escape_text(text, -1);

        tinode_topic_write_line(topic, html);
    } else if (is_error) {
        purple_notify_error(topic->ta->gc, _("Tinode"), tinode_topic_title(topic), text);
    } else {
        purple_notify_info(topic->ta->gc, _("Tinode"), tinode_topic_title(topic), text);
    }
}

/* Deeds ---------------------------------------------------------------------------------------- */

typedef struct {
    TinodeTopic *topic;
    TinodeDeed deed;
    char *user, *text;
    char *whom;   /* name of user if nothing else tells it, NULL */
    char *mode;   /* the new mode: of user, or our own */
    guint wanted; /* bits that the user is given */
    gboolean was_attached;
    gboolean is_again; /* the server had detached us meanwhile */
} Deed;

static Deed *deed_new(TinodeTopic *topic, TinodeDeed what, const char *user, const char *text)
{
    Deed *deed = g_new0(Deed, 1);

    deed->topic = topic;
    deed->deed = what;
    deed->user = g_strdup(user);
    deed->text = g_strdup(text);
    return deed;
}

static void deed_free(Deed *deed)
{
    g_free(deed->user);
    g_free(deed->text);
    g_free(deed->whom);
    g_free(deed->mode);
    g_free(deed);
}

static const char *whom_of(const Deed *deed)
{
    const char *title = deed->user != NULL ? tinode_members_title(deed->topic, deed->user) : NULL;

    return deed->whom != NULL && title == deed->user ? deed->whom : title;
}

/* We may have attached for this deed alone. */
static void detach(const Deed *deed)
{
    if (!deed->was_attached)
        tinode_access_leave(deed->topic);
}

static void on_fetched(const TnReply *reply, gpointer data)
{
    Deed *deed = data;

    (void)reply;
    if (!deed->topic->ta->is_closing)
        detach(deed);
    deed_free(deed);
}

/* What we changed ourselves comes back by no event. Takes deed. */
static void fetch(Deed *deed, const TnGet *get)
{
    tn_session_get(deed->topic->ta->session, deed->topic->name, get, on_fetched, deed);
}

static void fetch_members(Deed *deed)
{
    const TnGet get = {.sub = TRUE};

    tinode_members_announce(deed->topic, deed->user, tinode_account_self(deed->topic->ta));
    fetch(deed, &get);
}

static void fetch_card(Deed *deed)
{
    const TnGet get = {.desc = TRUE};
    TinodeGroup *group = deed->topic->group;

    g_free(group->card_by);
    group->card_by = g_strdup(tinode_account_self(deed->topic->ta));
    fetch(deed, &get);
}

/* Somebody whose name nobody has told yet comes in under it in a moment. */
static void invited(Deed *deed, const TnReply *reply)
{
    g_autofree char *text = g_strdup_printf(reply->code == 304 ? _("%s is in this group already.")
                                                               : _("%s was invited."),
                                            whom_of(deed));

    if (whom_of(deed) != deed->user || deed->topic->chat_id == 0)
        tinode_group_say(deed->topic, FALSE, text);
    fetch_members(deed);
}

/* A member's own wish can be less than what is granted. */
static void role_changed(Deed *deed, const TnReply *reply)
{
    if (deed->wanted != 0 && reply->acs.has_mode && (reply->acs.mode & deed->wanted) == 0) {
        g_autofree char *text = g_strdup_printf(
            _("%s has been offered that: it counts once it is accepted."), whom_of(deed));

        tinode_group_say(deed->topic, FALSE, text);
    }
    fetch_members(deed);
}

static void succeeded(Deed *deed, const TnReply *reply)
{
    TinodeTopic *topic = deed->topic;
    const TnGet members = {.sub = TRUE};

    switch (deed->deed) {
    case TINODE_DEED_TOPIC:
    case TINODE_DEED_RENAME:
        fetch_card(deed);
        return;
    case TINODE_DEED_INVITE:
        invited(deed, reply);
        return;
    case TINODE_DEED_KICK:
    case TINODE_DEED_BAN:
        fetch_members(deed);
        return;
    case TINODE_DEED_UNBAN: {
        g_autofree char *text =
            g_strdup_printf(_("%s is not banned any more and can be invited."), whom_of(deed));

        tinode_group_say(topic, FALSE, text);
        fetch_members(deed);
        return;
    }
    case TINODE_DEED_ROLE:
        role_changed(deed, reply);
        return;
    case TINODE_DEED_ACCEPT:
        tinode_topic_merge_mode(topic, &reply->acs);
        tinode_members_announce(topic, tinode_account_self(topic->ta), deed->text);
        fetch(deed, &members);
        return;
    case TINODE_DEED_LEAVE:
    case TINODE_DEED_DELETE:
        tinode_group_gone(topic,
                          deed->deed == TINODE_DEED_LEAVE ? TINODE_LOSS_LEFT : TINODE_LOSS_DELETED);
        break;
    default:
        break;
    }
    deed_free(deed);
}

static void perform(Deed *deed);

/* The engine may have let go of the conversation between our look and the request. */
static void on_done(const TnReply *reply, gpointer data)
{
    Deed *deed = data;
    TinodeTopic *topic = deed->topic;
    g_autofree char *text = NULL;

    if (topic->ta->is_closing) {
        deed_free(deed);
        return;
    }
    if (reply->error == TN_OK) {
        succeeded(deed, reply);
        return;
    }
    if (reply->error == TN_ERROR_ATTACH_FIRST && !deed->is_again) {
        deed->is_again = TRUE;
        perform(deed);
        return;
    }
    text = tinode_rights_refused(topic, deed->deed, reply, whom_of(deed));
    tinode_group_say(topic, TRUE, text);
    detach(deed);
    deed_free(deed);
}

static void request(Deed *deed)
{
    TnSession *session = deed->topic->ta->session;
    const char *name = deed->topic->name;
    TnSet set = {0};
    TnDelete deletion = {.what = TN_DELETE_MEMBER, .user = deed->user};

    switch (deed->deed) {
    case TINODE_DEED_KICK:
    case TINODE_DEED_UNBAN:
        tn_session_delete(session, name, &deletion, on_done, deed);
        return;
    case TINODE_DEED_LEAVE:
        if (tinode_topic_is_attached(deed->topic)) {
            tn_session_leave(session, name, TRUE, on_done, deed);
            return;
        }
        G_GNUC_FALLTHROUGH;
    case TINODE_DEED_DELETE:
        deletion.what = TN_DELETE_TOPIC;
        deletion.user = NULL;
        deletion.is_hard = deed->deed == TINODE_DEED_DELETE;
        tn_session_delete(session, name, &deletion, on_done, deed);
        return;
    case TINODE_DEED_TOPIC:
        set.note = deed->text;
        break;
    case TINODE_DEED_RENAME:
        set.fn = deed->text;
        break;
    default: /* somebody's mode, or our own */
        set.sub_user = deed->user;
        set.sub_mode = deed->mode;
        break;
    }
    tn_session_set(session, name, &set, on_done, deed);
}

static void on_attached(const TnReply *reply, gpointer data)
{
    Deed *deed = data;

    if (reply->error == TN_OK && !deed->topic->ta->is_closing)
        request(deed);
    else
        on_done(reply, deed);
}

/* Only leaving and deleting work without being attached. */
static gboolean needs_attach(const Deed *deed)
{
    return deed->deed != TINODE_DEED_LEAVE && deed->deed != TINODE_DEED_DELETE;
}

static void perform(Deed *deed)
{
    TinodeTopic *topic = deed->topic;
    const TnGet nothing = {0};

    deed->was_attached = tinode_topic_stays_attached(topic);
    if (needs_attach(deed) && !deed->was_attached)
        tn_session_attach(topic->ta->session, topic->name, &nothing, TRUE, on_attached, NULL, deed);
    else
        request(deed);
}

/* Takes deed. */
static char *start(Deed *deed)
{
    TinodeTopic *topic = deed->topic;
    const char *why = NULL;

    if (!tinode_account_is_up(topic->ta))
        why = tinode_request_text(TN_ERROR_TRANSIENT);
    else if (needs_attach(deed) && tinode_topic_is_blocked(topic))
        why = tinode_rights_blocked(topic);
    else if (tinode_topic_is_group(topic))
        why = tinode_rights_lacking(topic, deed->deed);
    if (why != NULL) {
        deed_free(deed);
        return g_strdup(why);
    }
    perform(deed);
    return NULL;
}

static gboolean is_banned(const TinodeTopic *topic, const char *user)
{
    const TinodeMember *member = g_hash_table_lookup(topic->members, user);

    return member != NULL && member->has_mode && (member->mode & TN_ACCESS_JOIN) == 0;
}

/* whom: the name of user, if nothing else tells it. */
static char *do_to(TinodeTopic *topic, TinodeDeed what, const char *user, const char *whom,
                   const char *text)
{
    Deed *deed;

    if (topic->group->loss != TINODE_LOSS_NONE)
        return tinode_group_loss_text(topic);
    if (what == TINODE_DEED_INVITE && is_banned(topic, user))
        return g_strdup_printf(_("%s is banned from this group. /unban lifts that."),
                               tinode_members_title(topic, user));
    deed = deed_new(topic, what, user, text);
    deed->whom = g_strdup(whom);
    if (what == TINODE_DEED_BAN)
        deed->mode = tn_access_format(0);
    return start(deed);
}

char *tinode_group_do(TinodeTopic *topic, TinodeDeed what, const char *user, const char *text)
{
    return do_to(topic, what, user, NULL, text);
}

typedef struct {
    TinodeTopic *topic;
    TinodeDeed deed;
    char *name;
} Named;

static void named_free(gpointer data)
{
    Named *named = data;

    g_free(named->name);
    g_free(named);
}

static const TinodeHit *first_person(GPtrArray *hits)
{
    for (guint i = 0; hits != NULL && i < hits->len; i++)
        if (((TinodeHit *)hits->pdata[i])->is_person)
            return hits->pdata[i];
    return NULL;
}

static void on_found(TinodeAccount *ta, TinodeSearchOutcome outcome, GPtrArray *hits, gpointer data)
{
    Named *named = data;
    const TinodeHit *hit = first_person(hits);
    g_autofree char *why = NULL;

    (void)ta;
    if (hit != NULL)
        why = do_to(named->topic, named->deed, hit->name, hit->fn != NULL ? hit->fn : named->name,
                    NULL);
    else if (outcome == TINODE_SEARCH_DONE)
        why = g_strdup_printf(_("There is nobody called %s in your lists or on the server."),
                              named->name);
    else
        why = tinode_search_text(outcome, named->name);
    if (why != NULL)
        tinode_group_say(named->topic, TRUE, why);
}

/* What the query's own signs would be part of is no login. */
static gboolean is_login(const char *text)
{
    return strlen(text) <= TN_MAX_NAME && strpbrk(text, " ,:\"'()") == NULL;
}

/* By login, or by e-mail address or phone number: nothing that others can take, as aliases are. */
static char *look_up(TinodeTopic *topic, TinodeDeed deed, const char *name)
{
    g_autofree char *words = NULL;
    Named *named;

    if (!is_login(name))
        return g_strdup(_("There is nobody of this name in your lists, and it is no login."));
    if (!tinode_account_is_up(topic->ta))
        return g_strdup(tinode_request_text(TN_ERROR_TRANSIENT));
    words = strpbrk(name, "@+") != NULL ? g_strdup(name) : g_strconcat("basic:", name, NULL);
    named = g_new0(Named, 1);
    named->topic = topic;
    named->deed = deed;
    named->name = g_strdup(name);
    tinode_search_start(topic->ta, words, on_found, named, named_free);
    return NULL;
}

char *tinode_group_do_named(TinodeTopic *topic, TinodeDeed deed, const char *name)
{
    const char *lacking = tinode_rights_lacking(topic, deed);
    gboolean is_ambiguous;
    const char *user;

    if (name == NULL || name[0] == '\0')
        return g_strdup(_("Please say who."));
    if (topic->group->loss != TINODE_LOSS_NONE)
        return tinode_group_loss_text(topic);
    if (lacking != NULL)
        return g_strdup(lacking);
    user = tinode_members_find(topic, name, &is_ambiguous);
    if (user != NULL) {
        g_autofree char *copy = g_strdup(user);

        return tinode_group_do(topic, deed, copy, NULL);
    }
    if (is_ambiguous)
        return g_strdup_printf(_("Several people are called %s: please use the name with the "
                                 "letters in brackets, or the id."),
                               name);
    return look_up(topic, deed, name);
}

char *tinode_group_role(TinodeTopic *topic, const char *user, guint add, guint remove)
{
    const TinodeMember *member = g_hash_table_lookup(topic->members, user);
    const char *lacking = tinode_rights_lacking(topic, TINODE_DEED_ROLE);
    Deed *deed;

    if (topic->group->loss != TINODE_LOSS_NONE)
        return tinode_group_loss_text(topic);
    if (lacking != NULL)
        return g_strdup(lacking);
    if (member == NULL || !member->has_mode)
        return g_strdup_printf(_("%s is not a member of this group."),
                               tinode_members_title(topic, user));
    deed = deed_new(topic, TINODE_DEED_ROLE, user, NULL);
    deed->wanted = add & ~member->mode;
    deed->mode = tn_access_format((member->given | add) & ~remove);
    return start(deed);
}

void tinode_group_accept(TinodeTopic *topic, const char *actor, guint gained)
{
    const guint wanted =
        gained & (TN_ACCESS_WRITE | TN_ACCESS_APPROVE | TN_ACCESS_SHARE | TN_ACCESS_DELETE) &
        ~topic->want;
    g_autofree char *why = NULL;
    Deed *deed;

    if (wanted == 0 || !topic->has_mode || tinode_topic_is_blocked(topic))
        return;
    deed = deed_new(topic, TINODE_DEED_ACCEPT, NULL, actor);
    deed->mode = tn_access_format(topic->want | wanted);
    why = start(deed);
}
