/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-actions.c: the account's menu. */
#include "tinode-actions.h"

#include <core.h>
#include <notify.h>
#include <request.h>
#include <string.h>

#include "protocol/tn-query.h"
#include "tinode-find.h"
#include "tinode-group-new.h"
#include "tinode-metrics.h"
#include "tinode-people.h"
#include "tinode-store.h"
#include "tinode-text.h"

#define ME "me"

/* NULL: it is signed out. */
static TinodeAccount *account_of(PurplePluginAction *action)
{
    PurpleConnection *gc = action->context;

    return gc != NULL ? gc->proto_data : NULL;
}

/* Every question of the menu: one line of text, or nothing. */
static void ask(TinodeAccount *ta, const char *primary, const char *secondary, const char *before,
                void (*answered)(void *data, const char *text))
{
    purple_request_input(ta->people, _("Tinode"), primary, secondary, before, FALSE, FALSE, NULL,
                         _("_OK"), G_CALLBACK(answered), _("_Cancel"), NULL, ta->account, NULL,
                         NULL, ta);
}

/* What was asked for is done, or why not. */
static void tell(TinodeAccount *ta, const TnReply *reply, const char *done, const char *not_done)
{
    if (ta->is_closing)
        return;
    if (reply->error == TN_OK)
        purple_notify_info(ta->gc, _("Tinode"), done, NULL);
    else
        purple_notify_error(ta->gc, _("Tinode"), not_done, tinode_request_text(reply->error));
}

/* Name
 * --------------------------------------------------------------------------------------------*/

typedef struct {
    TinodeAccount *ta;
    char *text;
} Wish;

static Wish *wish_new(TinodeAccount *ta, const char *text)
{
    Wish *wish = g_new0(Wish, 1);

    wish->ta = ta;
    wish->text = g_strdup(text);
    return wish;
}

static void wish_free(Wish *wish)
{
    g_free(wish->text);
    g_free(wish);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Wish, wish_free)

static void on_name_set(const TnReply *reply, gpointer data)
{
    g_autoptr(Wish) wish = data;

    if (!wish->ta->is_closing && reply->error == TN_OK)
        purple_connection_set_display_name(wish->ta->gc, wish->text);
    tell(wish->ta, reply, _("Others see your new name now"), _("Your name was not changed"));
}

static void on_name(void *data, const char *text)
{
    TinodeAccount *ta = data;
    g_autofree char *name = g_strstrip(g_strdup(text != NULL ? text : ""));
    const TnSet set = {.fn = name};

    if (name[0] == '\0')
        purple_notify_error(ta->gc, _("Tinode"), _("Your name was not changed"),
                            _("Without a name nobody would know who you are."));
    else
        tn_session_set(ta->session, ME, &set, on_name_set, wish_new(ta, name));
}

static void on_set_name(PurplePluginAction *action)
{
    TinodeAccount *ta = account_of(action);

    if (ta != NULL)
        ask(ta, _("Set your name"), _("This is what others see."),
            purple_connection_get_display_name(ta->gc), on_name);
}

/* Tags
 * --------------------------------------------------------------------------------------------*/

/* The login and confirmed addresses are tags that the server looks after; it refuses a list that
 * lacks one of them. */
static gboolean is_server_tag(const char *tag)
{
    static const char *const prefixes[] = {"basic:", "email:", "tel:"};

    for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_str_has_prefix(tag, prefixes[i]))
            return TRUE;
    return FALSE;
}

static void on_tags_set(const TnReply *reply, gpointer data)
{
    tell(data, reply, _("Your tags were changed"), _("Your tags were not changed"));
}

static void on_tags(void *data, const char *text)
{
    TinodeAccount *ta = data;
    g_auto(GStrv) words = g_strsplit_set(text != NULL ? text : "", " ,\t\r\n", -1);
    g_autoptr(GPtrArray) tags = g_ptr_array_new();
    TnSet set = {0};

    for (char **tag = ta->tags; tag != NULL && *tag != NULL; tag++)
        if (is_server_tag(*tag))
            g_ptr_array_add(tags, *tag);
    for (char **word = words; *word != NULL; word++)
        if (**word != '\0' && !is_server_tag(*word))
            g_ptr_array_add(tags, *word);
    g_ptr_array_add(tags, NULL);
    set.tags = (const char *const *)tags->pdata;
    tn_session_set(ta->session, ME, &set, on_tags_set, ta);
}

void tinode_actions_tags(TinodeAccount *ta, const char *const *tags)
{
    g_strfreev(ta->tags);
    ta->tags = g_strdupv((char **)tags);
}

static void on_tags_told(const TnReply *reply, gpointer data)
{
    TinodeAccount *ta = data;
    g_autoptr(GString) before = g_string_new(NULL);

    if (ta->is_closing)
        return;
    if (reply->error != TN_OK) {
        tell(ta, reply, NULL, _("Your tags are not known"));
        return;
    }
    for (char **tag = ta->tags; tag != NULL && *tag != NULL; tag++)
        if (!is_server_tag(*tag))
            g_string_append_printf(before, "%s%s", before->len > 0 ? " " : "", *tag);
    ask(ta, _("Set your tags"),
        _("Words by which others can find you, beside your login and your confirmed addresses."),
        before->str, on_tags);
}

static void on_set_tags(PurplePluginAction *action)
{
    TinodeAccount *ta = account_of(action);
    const TnGet get = {.tags = TRUE};

    if (ta == NULL)
        return;
    g_clear_pointer(&ta->tags, g_strfreev); /* none is told as nothing */
    tn_session_get(ta->session, ME, &get, on_tags_told, ta);
}

/* Addresses
 * ---------------------------------------------------------------------------------------*/

static void ask_code(TinodeAccount *ta, gboolean is_again);

static void on_confirmed(const TnReply *reply, gpointer data)
{
    TinodeAccount *ta = data;

    if (!ta->is_closing && reply->code == 406)
        ask_code(ta, TRUE);
    else
        tell(ta, reply, _("Your address is confirmed"), _("Your address is not confirmed"));
}

static void on_code(void *data, const char *text)
{
    TinodeAccount *ta = data;
    g_autofree char *code = g_strstrip(g_strdup(text != NULL ? text : ""));
    const TnCredential credential = {.method = ta->address_method, .response = code};
    const TnSet set = {.credential = &credential};

    tn_session_set(ta->session, ME, &set, on_confirmed, ta);
}

static void ask_code(TinodeAccount *ta, gboolean is_again)
{
    ask(ta, is_again ? _("That was not the code") : _("The server has sent a code to your address"),
        _("Type the code to confirm it."), NULL, on_code);
}

static void on_address_set(const TnReply *reply, gpointer data)
{
    TinodeAccount *ta = data;

    if (!ta->is_closing && reply->error == TN_OK)
        ask_code(ta, FALSE);
    else if (reply->code == 409)
        purple_notify_error(ta->gc, _("Tinode"), _("Your address was not added"),
                            _("Another account has this address already."));
    else
        tell(ta, reply, NULL, _("Your address was not added"));
}

static void on_address(void *data, const char *text)
{
    TinodeAccount *ta = data;
    g_autofree char *tag = tn_query_address(text != NULL ? text : "");
    const char *colon = tag != NULL ? strchr(tag, ':') : NULL;
    TnCredential credential;
    const TnSet set = {.credential = &credential};

    if (colon == NULL) {
        purple_notify_error(ta->gc, _("Tinode"), _("Your address was not added"),
                            _("This is neither an e-mail address nor a phone number with its "
                              "country (+1…)."));
        return;
    }
    ta->address_method = g_str_has_prefix(tag, "tel:") ? "tel" : "email";
    credential = (TnCredential){.method = ta->address_method, .value = colon + 1};
    tn_session_set(ta->session, ME, &set, on_address_set, ta);
}

static void on_add_address(PurplePluginAction *action)
{
    TinodeAccount *ta = account_of(action);

    if (ta != NULL)
        ask(ta, _("Add an e-mail address or a phone number"),
            _("The server sends a code there. Others can find you by it, and it helps when you "
              "forget your password."),
            NULL, on_address);
}

/* The rest
 * ----------------------------------------------------------------------------------------*/

static void on_change_password(PurplePluginAction *action)
{
    PurpleConnection *gc = action->context;

    purple_account_request_change_password(purple_connection_get_account(gc));
}

static void on_find(PurplePluginAction *action)
{
    TinodeAccount *ta = account_of(action);

    if (ta != NULL)
        tinode_find_ask(ta);
}

/* A table wants a font in which columns stand below each other. */
static void on_statistics(PurplePluginAction *action)
{
    TinodeAccount *ta = account_of(action);
    PurpleNotifyUiOps *ops = purple_notify_get_ui_ops();
    g_autofree char *text = ta != NULL && ta->engine != NULL ? tinode_metrics_text(ta) : NULL;
    g_autofree char *escaped = text != NULL ? g_markup_escape_text(text, -1) : NULL;
    g_auto(GStrv) lines = escaped != NULL ? g_strsplit(escaped, "\n", -1) : NULL;
    g_autofree char *joined = lines != NULL ? g_strjoinv("<br>", lines) : NULL;
    g_autofree char *html = NULL;

    if (joined == NULL)
        return;
    if (ops == NULL || ops->notify_formatted == NULL) {
        purple_notify_info(ta->gc, _("Tinode"), _("Sync statistics"), text);
        return;
    }
    /* Finch puts what the text is about and the text into one line. */
    html =
        g_strdup_printf("%s<font face=\"monospace\">%s</font>",
                        g_strcmp0(purple_core_get_ui(), "gnt-purple") == 0 ? "<br>" : "", joined);
    purple_notify_formatted(ta->gc, _("Tinode"), _("Sync statistics"),
                            purple_account_get_username(ta->account), html, NULL, NULL);
}

static void forget(TinodeAccount *ta)
{
    PurpleAccount *account = ta->account;

    tinode_store_forget(ta->store);
    purple_account_disconnect(account);
    purple_account_connect(account);
}

static void on_forget_confirmed(void *data, int action)
{
    TinodeAccount *ta = data;

    (void)action;
    tinode_people_later(ta->people, forget);
}

static void on_forget(PurplePluginAction *action)
{
    TinodeAccount *ta = account_of(action);

    if (ta == NULL)
        return;
    purple_request_action(
        ta->people, _("Tinode"), _("Forget what this computer keeps for this account?"),
        _("Lost are: messages of yours that were not sent yet, receipts that the server was not "
          "told yet, and which messages were shown here already: some are shown once more. "
          "Everything else lies on the server. You are signed out and in again."),
        1, ta->account, NULL, NULL, ta, 2, _("_OK"), G_CALLBACK(on_forget_confirmed), _("_Cancel"),
        NULL);
}

static GList *add(GList *actions, const char *label, void (*func)(PurplePluginAction *))
{
    return g_list_append(actions, purple_plugin_action_new(label, func));
}

GList *tinode_actions(PurplePlugin *plugin, gpointer context)
{
    PurpleConnection *gc = context;
    GList *actions = NULL;

    (void)plugin;
    if (gc == NULL)
        return NULL;
    actions = add(actions, _("Find People and Groups…"), on_find);
    actions = add(actions, _("New Group or Channel…"), tinode_group_new_action);
    actions = add(actions, _("Set Name…"), on_set_name);
    actions = add(actions, _("Set Tags…"), on_set_tags);
    actions = add(actions, _("Add E-Mail or Phone…"), on_add_address);
    /* Who signs in with an id has a token in the place of a password. */
    if (tn_topic_kind(purple_account_get_username(purple_connection_get_account(gc))) !=
        TN_TOPIC_P2P)
        actions = add(actions, _("Change Password…"), on_change_password);
    actions = add(actions, _("Sync Statistics…"), on_statistics);
    return add(actions, _("Forget This Device's Stored State…"), on_forget);
}
