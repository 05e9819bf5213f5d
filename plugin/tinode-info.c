/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-info.c: asking for a card, and showing it. */
#include "tinode-info.h"

#include <string.h>

#include "tinode-access.h"
#include "tinode-text.h"

#define ME "me"

/* A window that waits for the server's answer. */
typedef struct {
    TinodeAccount *ta;
    char *who, *topic; /* topic: what was asked for, "me" for oneself */
    PurpleNotifyUserInfo *card;
    gboolean has_card;
} Asked;

struct _TinodeInfo {
    GSList *asked; /* Asked, owned by their requests */
};

TinodeInfo *tinode_info_new(void)
{
    return g_new0(TinodeInfo, 1);
}

static void asked_free(gpointer data)
{
    Asked *asked = data;

    purple_notify_user_info_destroy(asked->card);
    g_free(asked->who);
    g_free(asked->topic);
    g_free(asked);
}

void tinode_info_free(TinodeInfo *info)
{
    g_slist_free_full(info->asked, asked_free);
    g_free(info);
}

/* Receipts
 * ----------------------------------------------------------------------------------------*/

typedef struct {
    gint64 received_ms, read_ms; /* newest, -1 not known */
} Learnt;

static void on_member(const char *member, gboolean has_received, gboolean has_read,
                      gint64 received_learnt_ms, gint64 read_learnt_ms, gpointer user_data)
{
    Learnt *learnt = user_data;

    (void)member;
    (void)has_received;
    (void)has_read;
    learnt->received_ms = MAX(learnt->received_ms, received_learnt_ms);
    learnt->read_ms = MAX(learnt->read_ms, read_learnt_ms);
}

/* word, and the moment if it is known. */
static char *with_time(const char *word, gint64 learnt_ms)
{
    g_autofree char *when = NULL;

    if (learnt_ms < 0)
        return g_strdup(word);
    when = tinode_time_text(g_get_real_time() / 1000 - (tinode_now_ms() - learnt_ms));
    return g_strdup_printf("%s %s", word, when);
}

char *tinode_info_receipt(TinodeTopic *topic)
{
    ReceiptEngine *engine = topic->ta->engine;
    Learnt learnt = {-1, -1};
    ReceiptMessage last;

    if (engine == NULL || !receipt_engine_last_message(engine, topic->name, &last))
        return NULL;
    if (last.seq != 0 && last.seq < receipt_engine_last_seq(engine, topic->name))
        return NULL; /* somebody wrote after it */
    receipt_engine_foreach_member(engine, topic->name, last.seq, on_member, &learnt);
    switch (last.state) {
    case RECEIPT_MESSAGE_PENDING:
        return g_strdup(_("Not yet sent"));
    case RECEIPT_MESSAGE_SENT:
        return g_strdup(_("Sent"));
    case RECEIPT_MESSAGE_DELIVERED:
        return with_time(_("Delivered"), learnt.received_ms);
    case RECEIPT_MESSAGE_READ:
        return with_time(_("Read"), learnt.read_ms);
    case RECEIPT_MESSAGE_FAILED:
        return g_strdup(_("Not sent"));
    }
    return NULL;
}

/* What stands in it
 * -------------------------------------------------------------------------------*/

static void add(PurpleNotifyUserInfo *out, const char *label, const char *value)
{
    if (value != NULL && value[0] != '\0')
        purple_notify_user_info_add_pair_plaintext(out, label, value);
}

void tinode_info_add_state(TinodeTopic *topic, PurpleNotifyUserInfo *out)
{
    const guint unread = receipt_engine_unread(topic->ta->engine, topic->name);
    g_autofree char *receipt = tinode_info_receipt(topic);

    if (unread > 0) {
        g_autofree char *count = g_strdup_printf("%u", unread);

        add(out, _("Unread"), count);
    }
    /* Translators: of the user's own newest message; "Read 12:04" and the like follow. */
    add(out, _("Your last message"), receipt);
    if (!topic->is_online && topic->seen_ms > 0) {
        g_autofree char *when = tinode_time_text(topic->seen_ms);

        add(out, _("Last seen"), when);
    }
    if (tinode_access_is_blocked(topic))
        add(out, _("Blocked"), _("Yes"));
    else if (tinode_access_is_unconfirmed(topic))
        add(out, _("Accepted"), _("Not yet"));
    else if (tinode_access_is_muted(topic))
        add(out, _("Muted"), _("Yes"));
    if (topic->is_archived)
        add(out, _("Archived"), _("Yes"));
}

static const char *comm_label(const char *kind)
{
    if (strcmp(kind, "tel") == 0)
        return _("Phone");
    if (strcmp(kind, "email") == 0)
        return _("E-mail");
    if (strcmp(kind, "http") == 0)
        return _("Web");
    return _("Reached by");
}

static char *trusted_text(guint trusted)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();

    if ((trusted & TN_TRUSTED_VERIFIED) != 0)
        g_ptr_array_add(words, (gpointer)_("verified"));
    if ((trusted & TN_TRUSTED_STAFF) != 0)
        g_ptr_array_add(words, (gpointer)_("works for this server"));
    if ((trusted & TN_TRUSTED_DANGER) != 0)
        g_ptr_array_add(words, (gpointer)_("dangerous: be careful"));
    if (words->len == 0)
        return NULL;
    g_ptr_array_add(words, NULL);
    return g_strjoinv(", ", (char **)words->pdata);
}

static void add_card(PurpleNotifyUserInfo *out, const TnRow *desc)
{
    const TnCard *card = &desc->card;
    g_autofree char *trusted = trusted_text(desc->trusted);

    add(out, _("Name"), card->fn);
    add(out, _("The server says"), trusted);
    add(out, _("About"), card->note);
    add(out, _("Organisation"), card->org);
    add(out, _("Title"), card->org_title);
    for (gsize i = 0; i < card->n_comm; i++)
        add(out, comm_label(card->comm[i].kind), card->comm[i].value);
}

void tinode_info_take(TinodeAccount *ta, const char *name, const TnRow *desc)
{
    for (GSList *link = ta->info->asked; link != NULL; link = link->next) {
        Asked *asked = link->data;

        if (asked->has_card || strcmp(asked->topic, name) != 0)
            continue;
        add_card(asked->card, desc);
        asked->has_card = TRUE;
    }
}

static void add_topic(Asked *asked, TinodeTopic *topic)
{
    if (topic->comment != NULL)
        add(asked->card, _("Your name for them"), topic->comment);
    add(asked->card, _("Id"), topic->name);
    if (topic->is_subscribed && !tinode_topic_is_group(topic))
        add(asked->card, _("Presence"), topic->is_online ? _("online") : _("offline"));
    tinode_info_add_state(topic, asked->card);
    if (topic->has_mode && topic->is_subscribed && !tinode_topic_is_blocked(topic)) {
        g_autofree char *mine = tinode_access_text(topic->mode);

        /* Translators: "read, write" and the like follow. */
        add(asked->card, _("You may"), mine);
    } else if (!topic->is_subscribed) {
        add(asked->card, _("Contact"), _("No"));
    }
}

static void on_answer(const TnReply *reply, gpointer data)
{
    Asked *asked = data;
    TinodeAccount *ta = asked->ta;
    TinodeTopic *topic = tinode_topic_find(ta, asked->topic);

    ta->info->asked = g_slist_remove(ta->info->asked, asked);
    if (!ta->is_closing && reply->error != TN_OK && (topic == NULL || !topic->is_subscribed)) {
        purple_notify_error(ta->gc, _("Tinode"), _("There is no information"),
                            tinode_request_text(reply->error));
    } else if (!ta->is_closing) {
        /* What the server does not tell now is shown as it was known. */
        if (!asked->has_card && topic != NULL)
            add(asked->card, _("Name"), topic->fn);
        if (topic != NULL)
            add_topic(asked, topic);
        else
            add(asked->card, _("Id"), asked->who);
        purple_notify_userinfo(ta->gc, asked->who, asked->card, NULL, NULL);
    }
    asked_free(asked);
}

void tinode_get_info(PurpleConnection *gc, const char *who)
{
    TinodeAccount *ta = gc->proto_data;
    const TnGet get = {.desc = TRUE};
    gboolean is_self;
    Asked *asked;

    if (ta == NULL || ta->engine == NULL)
        return;
    is_self = g_strcmp0(who, tinode_account_self(ta)) == 0;
    if (!is_self && tinode_topic_ensure(ta, who) == NULL) {
        g_autofree char *text = g_strdup_printf(_("“%s” is no Tinode id."), who);

        purple_notify_error(gc, _("Tinode"), _("There is no information"), text);
        return;
    }
    asked = g_new0(Asked, 1);
    asked->ta = ta;
    asked->who = g_strdup(who);
    asked->topic = g_strdup(is_self ? ME : who);
    asked->card = purple_notify_user_info_new();
    ta->info->asked = g_slist_prepend(ta->info->asked, asked);
    tn_session_get(ta->session, asked->topic, &get, on_answer, asked);
}
