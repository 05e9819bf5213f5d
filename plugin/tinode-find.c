/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-find.c: searching, as people see it. */
#include "tinode-find.h"

#include <blist.h>
#include <notify.h>
#include <request.h>
#include <server.h>
#include <string.h>

#include "tinode-chat.h"
#include "tinode-text.h"
#include "tinode-topic.h"

/* Lines of text in clients without a window for results. */
#define MAX_LINES 10

/* The column of a row that the buttons need. */
#define ID_COLUMN 1

static const char *id_of(GList *row)
{
    const char *id = g_list_nth_data(row, ID_COLUMN);

    return tn_topic_is_valid(id) ? id : NULL;
}

static gboolean is_person(const char *id)
{
    return tn_topic_kind(id) == TN_TOPIC_P2P;
}

static void join(PurpleConnection *gc, const char *id)
{
    g_autoptr(GHashTable) components = tinode_chat_components(id);

    serv_join_chat(gc, components);
}

static void talk(PurpleConnection *gc, const char *id)
{
    PurpleAccount *account = purple_connection_get_account(gc);
    PurpleConversation *conv =
        purple_find_conversation_with_account(PURPLE_CONV_TYPE_IM, id, account);

    if (conv == NULL)
        conv = purple_conversation_new(PURPLE_CONV_TYPE_IM, account, id);
    purple_conversation_present(conv);
}

/* One button opens either: which one it was is seen by the id. */
static void on_open(PurpleConnection *gc, GList *row, gpointer data)
{
    const char *id = id_of(row);

    (void)data;
    if (id != NULL && is_person(id))
        talk(gc, id);
    else if (id != NULL)
        join(gc, id);
}

static void on_add(PurpleConnection *gc, GList *row, gpointer data)
{
    const char *id = id_of(row);
    const char *name = g_list_nth_data(row, 0);

    (void)data;
    if (id != NULL && is_person(id))
        purple_blist_request_add_buddy(purple_connection_get_account(gc), id, NULL, NULL);
    else if (id != NULL)
        purple_blist_request_add_chat(purple_connection_get_account(gc), NULL, name, id);
}

static void on_info(PurpleConnection *gc, GList *row, gpointer data)
{
    const char *id = id_of(row);

    (void)data;
    if (id != NULL)
        serv_get_info(gc, id);
}

static const char *title_of(const TinodeHit *hit)
{
    return hit->fn != NULL && hit->fn[0] != '\0' ? hit->fn : hit->name;
}

static char *kind_of(const TinodeHit *hit)
{
    if (hit->is_person)
        return g_strdup(_("Person"));
    if (hit->members > 0)
        return g_strdup_printf(ngettext("Group, %u member", "Group, %u members", hit->members),
                               hit->members);
    return g_strdup(tn_topic_kind(hit->name) == TN_TOPIC_CHANNEL ? _("Channel") : _("Group"));
}

/* What a server's own tag holds says by itself what it is: a login, an address, a number. */
static char *matched_text(const TinodeHit *hit)
{
    static const char *const prefixes[] = {"basic:", "email:", "tel:"};
    const char *tag = hit->matched != NULL ? hit->matched : "";

    for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_str_has_prefix(tag, prefixes[i]))
            return g_strdup(tag + strlen(prefixes[i]));
    return g_strdup(tag);
}

static void add_column(PurpleNotifySearchResults *results, const char *title)
{
    purple_notify_searchresults_column_add(results, purple_notify_searchresults_column_new(title));
}

static PurpleNotifySearchResults *results_of(GPtrArray *hits)
{
    PurpleNotifySearchResults *results = purple_notify_searchresults_new();
    gboolean has_people = FALSE, has_groups = FALSE;

    add_column(results, _("Name"));
    add_column(results, _("Id"));
    add_column(results, _("Kind"));
    add_column(results, _("Found by"));
    for (guint i = 0; i < hits->len; i++) {
        const TinodeHit *hit = hits->pdata[i];
        GList *row = NULL;

        row = g_list_append(row, g_strdup(title_of(hit)));
        row = g_list_append(row, g_strdup(hit->name));
        row = g_list_append(row, kind_of(hit));
        row = g_list_append(row, matched_text(hit));
        purple_notify_searchresults_row_add(results, row);
        has_people |= hit->is_person;
        has_groups |= !hit->is_person;
    }
    if (has_people)
        purple_notify_searchresults_button_add(results, PURPLE_NOTIFY_BUTTON_IM, on_open);
    if (has_groups)
        purple_notify_searchresults_button_add(results, PURPLE_NOTIFY_BUTTON_JOIN, on_open);
    purple_notify_searchresults_button_add(results, PURPLE_NOTIFY_BUTTON_ADD, on_add);
    purple_notify_searchresults_button_add(results, PURPLE_NOTIFY_BUTTON_INFO, on_info);
    return results;
}

gboolean tinode_find_show(TinodeAccount *ta, const char *primary, GPtrArray *hits)
{
    PurpleNotifyUiOps *ops = purple_notify_get_ui_ops();

    if (ops == NULL || ops->notify_searchresults == NULL)
        return FALSE;
    purple_notify_searchresults(ta->gc, _("Tinode"), primary, NULL, results_of(hits), NULL, NULL);
    return TRUE;
}

char *tinode_find_lines(GPtrArray *hits)
{
    GString *lines = g_string_new(NULL);

    for (guint i = 0; i < hits->len && i < MAX_LINES; i++) {
        const TinodeHit *hit = hits->pdata[i];

        g_string_append_printf(lines, "%s%s — %s", i > 0 ? "\n" : "", title_of(hit), hit->name);
    }
    if (hits->len > MAX_LINES)
        g_string_append_printf(lines, _(" and %u more"), hits->len - MAX_LINES);
    return g_string_free(lines, FALSE);
}

static void on_found(TinodeAccount *ta, TinodeSearchOutcome outcome, GPtrArray *hits,
                     gpointer user_data)
{
    const char *words = user_data;
    g_autofree char *text = NULL;

    if (outcome != TINODE_SEARCH_DONE || hits->len == 0) {
        text = tinode_search_text(outcome, words);
        purple_notify_info(ta->gc, _("Tinode"), _("Find people and groups"), text);
        return;
    }
    /* Translators: %s is what the user was looking for. */
    text = g_strdup_printf(_("Found for “%s”:"), words);
    if (!tinode_find_show(ta, text, hits)) {
        g_autofree char *lines = tinode_find_lines(hits);

        purple_notify_info(ta->gc, _("Tinode"), text, lines);
    }
}

void tinode_find(TinodeAccount *ta, const char *words)
{
    tinode_search_start(ta, words, on_found, g_strdup(words), g_free);
}

static void on_answer(void *data, const char *text)
{
    TinodeAccount *ta = data;

    if (text != NULL && !ta->is_closing)
        tinode_find(ta, text);
}

void tinode_find_ask(TinodeAccount *ta)
{
    purple_request_input(ta->people, _("Tinode"), _("Find people and groups"),
                         _("Type a login, an e-mail address, a phone number with its country "
                           "(+1…), an id, or the tags of a group. Several words must all fit."),
                         NULL, FALSE, FALSE, NULL, _("_Search"), G_CALLBACK(on_answer),
                         _("_Cancel"), NULL, ta->account, NULL, NULL, ta);
}
