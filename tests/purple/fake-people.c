/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-people.c: what the client does to the buddy list, privacy, information, results of searches.
 */
#include "fake.h"

#include <blist.h>
#include <privacy.h>
#include <server.h>
#include <string.h>

static GHashTable *groups; /* PurpleBuddy -> PurpleGroup */
static PurpleNotifySearchResults *results;
static PurpleConnection *results_of;
static char *notice_text;
static gboolean has_no_windows;

/* The buddy list --------------------------------------------------------------------------------
 */

void fake_people_set_group(PurpleBuddy *buddy, PurpleGroup *group)
{
    if (groups == NULL)
        groups = g_hash_table_new(NULL, NULL);
    g_hash_table_insert(groups, buddy, group);
}

void fake_people_forget(PurpleBuddy *buddy)
{
    if (groups != NULL)
        g_hash_table_remove(groups, buddy);
}

PurpleGroup *purple_buddy_get_group(PurpleBuddy *buddy)
{
    return groups != NULL ? g_hash_table_lookup(groups, buddy) : NULL;
}

const char *purple_group_get_name(PurpleGroup *group)
{
    return group->name;
}

const char *purple_buddy_get_local_buddy_alias(PurpleBuddy *buddy)
{
    return buddy->alias;
}

GSList *purple_find_buddies(PurpleAccount *account, const char *name)
{
    PurpleBuddy *buddy = purple_find_buddy(account, name);

    return buddy != NULL ? g_slist_prepend(NULL, buddy) : NULL;
}

static void set_alias(PurpleBuddy *buddy, const char *alias)
{
    g_free(buddy->alias);
    buddy->alias = g_strdup(alias != NULL && alias[0] != '\0' ? alias : NULL);
}

void purple_serv_got_private_alias(PurpleConnection *gc, const char *who, const char *alias)
{
    PurpleBuddy *buddy = purple_find_buddy(gc->account, who);

    if (buddy == NULL || g_strcmp0(buddy->alias, alias) == 0)
        return;
    set_alias(buddy, alias);
    fake_event(FAKE_LIST, gc->account, "private alias %s %s", who, alias != NULL ? alias : "-");
}

static PurpleBuddy *must_find(PurpleAccount *account, const char *name)
{
    PurpleBuddy *buddy = purple_find_buddy(account, name);

    if (buddy == NULL)
        fake_fail("%s is not on the list", name);
    return buddy;
}

const char *fake_private_alias(PurpleAccount *account, const char *name)
{
    return must_find(account, name)->alias;
}

const char *fake_group(PurpleAccount *account, const char *name)
{
    PurpleGroup *group = purple_buddy_get_group(must_find(account, name));

    return group != NULL ? group->name : NULL;
}

void fake_add(PurpleAccount *account, const char *name, const char *group_name, const char *alias)
{
    PurpleBuddy *buddy = purple_buddy_new(account, name, alias);
    PurpleGroup *group = purple_find_group(group_name);

    if (group == NULL) {
        group = purple_group_new(group_name);
        purple_blist_add_group(group, NULL);
    }
    purple_blist_add_buddy(buddy, NULL, group, NULL);
    fake_prpl()->add_buddy_with_invite(account->gc, buddy, group, NULL);
}

void fake_remove(PurpleAccount *account, const char *name)
{
    PurpleBuddy *buddy = must_find(account, name);

    fake_prpl()->remove_buddy(account->gc, buddy, purple_buddy_get_group(buddy));
    purple_blist_remove_buddy(buddy);
}

void fake_rename(PurpleAccount *account, const char *name, const char *alias)
{
    set_alias(must_find(account, name), alias);
    fake_prpl()->alias_buddy(account->gc, name, alias);
}

void purple_blist_request_add_buddy(PurpleAccount *account, const char *name, const char *group,
                                    const char *alias)
{
    assert_null(group);
    assert_null(alias);
    fake_event(FAKE_LIST, account, "dialog add buddy %s", name);
}

void purple_blist_request_add_chat(PurpleAccount *account, PurpleGroup *group, const char *alias,
                                   const char *name)
{
    assert_null(group);
    fake_event(FAKE_LIST, account, "dialog add chat %s %s", name, alias);
}

/* Privacy ---------------------------------------------------------------------------------------
 */

static GSList *denied(PurpleAccount *account, const char *who)
{
    return g_slist_find_custom(account->deny, who, (GCompareFunc)strcmp);
}

gboolean purple_privacy_deny_add(PurpleAccount *account, const char *who, gboolean is_local)
{
    if (denied(account, who) != NULL)
        return FALSE;
    account->deny = g_slist_append(account->deny, g_strdup(who));
    fake_event(FAKE_LIST, account, "blocked %s", who);
    if (!is_local && account->gc != NULL)
        fake_prpl()->add_deny(account->gc, who);
    return TRUE;
}

gboolean purple_privacy_deny_remove(PurpleAccount *account, const char *who, gboolean is_local)
{
    GSList *link = denied(account, who);

    if (link == NULL)
        return FALSE;
    g_free(link->data);
    account->deny = g_slist_delete_link(account->deny, link);
    fake_event(FAKE_LIST, account, "unblocked %s", who);
    if (!is_local && account->gc != NULL)
        fake_prpl()->rem_deny(account->gc, who);
    return TRUE;
}

void fake_deny(PurpleAccount *account, const char *name, gboolean is_on)
{
    if (is_on)
        purple_privacy_deny_add(account, name, FALSE);
    else
        purple_privacy_deny_remove(account, name, FALSE);
}

/* Windows ---------------------------------------------------------------------------------------
 */

void fake_people_keep_text(const char *text)
{
    g_free(notice_text);
    notice_text = g_strdup(text);
}

const char *fake_notice_text(void)
{
    return notice_text;
}

void fake_no_windows(void)
{
    has_no_windows = TRUE;
}

static void *a_window(PurpleConnection *gc, const char *title, const char *primary,
                      const char *secondary, PurpleNotifySearchResults *all, gpointer data)
{
    (void)gc;
    (void)title;
    (void)primary;
    (void)secondary;
    (void)all;
    return data;
}

static void *a_text(const char *title, const char *primary, const char *secondary, const char *html)
{
    (void)title;
    (void)primary;
    (void)secondary;
    (void)html;
    return NULL;
}

PurpleNotifyUiOps *purple_notify_get_ui_ops(void)
{
    static PurpleNotifyUiOps all = {.notify_searchresults = a_window, .notify_formatted = a_text};
    static PurpleNotifyUiOps none;

    return has_no_windows ? &none : &all;
}

PurpleNotifyUserInfo *purple_notify_user_info_new(void)
{
    return (PurpleNotifyUserInfo *)g_new0(char, 1);
}

void purple_notify_user_info_destroy(PurpleNotifyUserInfo *info)
{
    g_free(info);
}

void *purple_notify_userinfo(PurpleConnection *gc, const char *who, PurpleNotifyUserInfo *info,
                             PurpleNotifyCloseCallback cb, gpointer data)
{
    assert_non_null(info);
    assert_null(cb);
    assert_null(data);
    fake_event(FAKE_NOTIFY, gc->account, "window %s", who);
    return NULL;
}

void serv_get_info(PurpleConnection *gc, const char *who)
{
    fake_prpl()->get_info(gc, who);
}

void serv_join_chat(PurpleConnection *gc, GHashTable *components)
{
    fake_prpl()->join_chat(gc, components);
}

void purple_account_disconnect(PurpleAccount *account)
{
    fake_logout(account);
}

void purple_account_connect(PurpleAccount *account)
{
    fake_login(account);
}

/* Results of searches ---------------------------------------------------------------------------
 */

static void results_free(void)
{
    if (results == NULL)
        return;
    for (GList *link = results->columns; link != NULL; link = link->next) {
        g_free(((PurpleNotifySearchColumn *)link->data)->title);
        g_free(link->data);
    }
    for (GList *link = results->rows; link != NULL; link = link->next)
        g_list_free_full(link->data, g_free);
    g_list_free(results->columns);
    g_list_free(results->rows);
    g_list_free_full(results->buttons, g_free);
    g_clear_pointer(&results, g_free);
}

PurpleNotifySearchResults *purple_notify_searchresults_new(void)
{
    results_free();
    results = g_new0(PurpleNotifySearchResults, 1);
    return results;
}

PurpleNotifySearchColumn *purple_notify_searchresults_column_new(const char *title)
{
    PurpleNotifySearchColumn *column = g_new0(PurpleNotifySearchColumn, 1);

    column->title = g_strdup(title);
    return column;
}

void purple_notify_searchresults_column_add(PurpleNotifySearchResults *all,
                                            PurpleNotifySearchColumn *column)
{
    all->columns = g_list_append(all->columns, column);
}

void purple_notify_searchresults_row_add(PurpleNotifySearchResults *all, GList *row)
{
    assert_int_equal(g_list_length(row), g_list_length(all->columns));
    all->rows = g_list_append(all->rows, row);
}

void purple_notify_searchresults_button_add(PurpleNotifySearchResults *all,
                                            PurpleNotifySearchButtonType type,
                                            PurpleNotifySearchResultsCallback callback)
{
    PurpleNotifySearchButton *button = g_new0(PurpleNotifySearchButton, 1);

    button->type = type;
    button->callback = callback;
    all->buttons = g_list_append(all->buttons, button);
}

/* "results TITLE: Bob,usrB,Person,bob; ... [add info im]" */
void *purple_notify_searchresults(PurpleConnection *gc, const char *title, const char *primary,
                                  const char *secondary, PurpleNotifySearchResults *all,
                                  PurpleNotifyCloseCallback cb, gpointer data)
{
    static const char *const names[] = {"", "continue", "add", "info", "im", "join", "invite"};
    g_autoptr(GString) text = g_string_new(NULL);

    assert_ptr_equal(all, results);
    assert_non_null(title);
    assert_null(secondary);
    assert_null(cb);
    assert_null(data);
    results_of = gc;
    for (GList *row = all->rows; row != NULL; row = row->next) {
        if (text->len > 0)
            g_string_append(text, "; ");
        for (GList *cell = row->data; cell != NULL; cell = cell->next)
            g_string_append_printf(text, "%s%s", cell == row->data ? "" : ",",
                                   (const char *)cell->data);
    }
    g_string_append(text, " [");
    for (GList *link = all->buttons; link != NULL; link = link->next)
        g_string_append_printf(text, "%s%s", link == all->buttons ? "" : " ",
                               names[((PurpleNotifySearchButton *)link->data)->type]);
    fake_event(FAKE_NOTIFY, gc->account, "results %s %s]", primary, text->str);
    return results;
}

void fake_press_result(PurpleNotifySearchButtonType type, guint row)
{
    assert_non_null(results);
    for (GList *link = results->buttons; link != NULL; link = link->next) {
        PurpleNotifySearchButton *button = link->data;

        if (button->type == type) {
            button->callback(results_of, g_list_nth_data(results->rows, row), NULL);
            return;
        }
    }
    fake_fail("the window has no such button");
}

void fake_people_end(void)
{
    results_free();
    results_of = NULL;
    g_clear_pointer(&groups, g_hash_table_destroy);
    g_clear_pointer(&notice_text, g_free);
    has_no_windows = FALSE;
}
