/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-status.c: visible or not. */
#include "tinode-status.h"

#include <notify.h>
#include <status.h>

#include "protocol/tn-codec.h"
#include "tinode-seen.h"
#include "tinode-text.h"

#define ME "me"

/* While nothing is told of new messages. Slow: it costs a request each time. */
#define POLL_MS 120000

/* Set in the account while we have withdrawn presence: another client may have done it, too, and
 * wants it to stay. */
#define INVISIBLE "tinode-invisible"
/* What it means was said once. */
#define SAID "tinode-invisible-said"

struct _TinodeStatus {
    TinodeAccount *ta;
    TinodeTimer *poll;
    guint want;
    gboolean has_want;
    gboolean is_up;
    gint64 newest_ms; /* of the rows so far, by the server's clock */
};

static gboolean is_invisible(const TinodeAccount *ta)
{
    PurplePresence *presence = purple_account_get_presence(ta->account);
    PurpleStatus *active = purple_presence_get_active_status(presence);

    return purple_status_type_get_primitive(purple_status_get_type(active)) ==
           PURPLE_STATUS_INVISIBLE;
}

static gboolean is_hidden(const TinodeStatus *status)
{
    return status->has_want && (status->want & TN_ACCESS_PRES) == 0;
}

static void schedule(TinodeStatus *status)
{
    tinode_timer_set(status->poll,
                     status->is_up && is_hidden(status) ? tinode_now_ms() + POLL_MS : -1);
}

static void get_rows(TinodeStatus *status)
{
    g_autofree char *since = status->newest_ms > 0 ? tn_time_format(status->newest_ms) : NULL;
    const TnGet get = {.sub = TRUE, .ims = since};

    tn_session_get(status->ta->session, ME, &get, NULL, NULL);
}

static void on_poll(gpointer data)
{
    TinodeStatus *status = data;

    get_rows(status);
    schedule(status);
}

TinodeStatus *tinode_status_new(TinodeAccount *ta)
{
    TinodeStatus *status = g_new0(TinodeStatus, 1);

    status->ta = ta;
    status->poll = tinode_timer_new(on_poll, status);
    return status;
}

void tinode_status_quiet(TinodeStatus *status)
{
    tinode_timer_set(status->poll, -1);
}

void tinode_status_free(TinodeStatus *status)
{
    tinode_timer_free(status->poll);
    g_free(status);
}

guint tinode_status_timers(const TinodeStatus *status)
{
    return tinode_timer_is_armed(status->poll);
}

void tinode_status_mode(TinodeAccount *ta, const TnAcs *acs)
{
    TinodeStatus *status = ta->status;

    if (!acs->has_want)
        return;
    status->want = acs->want;
    status->has_want = TRUE;
    schedule(status);
}

void tinode_status_row(TinodeAccount *ta, const TnRow *row)
{
    ta->status->newest_ms = MAX(ta->status->newest_ms, MAX(row->touched_ms, row->updated_ms));
}

/* Asking the server
 * ------------------------------------------------------------------------------*/

typedef struct {
    TinodeStatus *status;
    guint want;
} Change;

static void on_set(const TnReply *reply, gpointer data)
{
    g_autofree Change *change = data;
    TinodeStatus *status = change->status;
    TinodeAccount *ta = status->ta;

    if (ta->is_closing)
        return;
    if (reply->error != TN_OK) {
        if (reply->error != TN_ERROR_TRANSIENT) /* else it is done when the link is back */
            purple_notify_error(ta->gc, _("Tinode"),
                                _("Whether others see you online was not changed"),
                                tinode_request_text(reply->error));
        return;
    }
    status->want = reply->acs.has_want ? reply->acs.want : change->want;
    schedule(status);
    if (is_hidden(status))
        return;
    purple_account_set_bool(ta->account, INVISIBLE, FALSE);
    get_rows(status); /* what was not told meanwhile */
}

static void hide(TinodeStatus *status, gboolean is_on)
{
    TinodeAccount *ta = status->ta;
    const guint want = is_on ? status->want & ~TN_ACCESS_PRES : status->want | TN_ACCESS_PRES;
    g_autofree char *mode = NULL;
    Change *change;
    TnSet set = {0};

    if (is_on)
        purple_account_set_bool(ta->account, INVISIBLE, TRUE);
    if (!status->has_want || !status->is_up || want == status->want)
        return;
    mode = tn_access_format(want);
    set.sub_mode = mode;
    change = g_new0(Change, 1);
    change->status = status;
    change->want = want;
    tn_session_set(ta->session, ME, &set, on_set, change);
}

static void say_once(TinodeAccount *ta)
{
    if (purple_account_get_bool(ta->account, SAID, FALSE))
        return;
    purple_account_set_bool(ta->account, SAID, TRUE);
    purple_notify_info(ta->gc, _("Tinode"), _("You are invisible"),
                       _("Others see you offline. As long as you are invisible you do not see who "
                         "is online either, and new messages come up to two minutes late. Writing "
                         "and receipts tell others that you are there."));
}

static void apply(TinodeStatus *status)
{
    TinodeAccount *ta = status->ta;

    if (is_invisible(ta)) {
        hide(status, TRUE);
        say_once(ta);
    } else if (purple_account_get_bool(ta->account, INVISIBLE, FALSE)) {
        hide(status, FALSE);
    }
}

void tinode_status_up(TinodeAccount *ta)
{
    ta->status->is_up = TRUE;
    apply(ta->status);
    schedule(ta->status);
}

void tinode_status_down(TinodeAccount *ta)
{
    ta->status->is_up = FALSE;
    schedule(ta->status);
}

/* libpurple's calls
 * -------------------------------------------------------------------------------*/

static GList *add_type(GList *types, PurpleStatusPrimitive primitive, const char *id)
{
    return g_list_append(types, purple_status_type_new(primitive, id, NULL, TRUE));
}

GList *tinode_status_types(PurpleAccount *account)
{
    GList *types = NULL;

    (void)account;
    types = add_type(types, PURPLE_STATUS_AVAILABLE, "available");
    types = add_type(types, PURPLE_STATUS_AWAY, "away");
    types = add_type(types, PURPLE_STATUS_INVISIBLE, "invisible");
    return add_type(types, PURPLE_STATUS_OFFLINE, "offline");
}

void tinode_set_status(PurpleAccount *account, PurpleStatus *status)
{
    TinodeAccount *ta = tinode_account_find(account);

    (void)status;
    if (ta == NULL)
        return;
    tinode_seen_schedule(ta->seen);
    apply(ta->status);
}

void tinode_set_idle(PurpleConnection *gc, int seconds)
{
    TinodeAccount *ta = gc->proto_data;

    (void)seconds;
    if (ta != NULL)
        tinode_seen_schedule(ta->seen);
}
