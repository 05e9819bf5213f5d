/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-request.c: questions to the person, new accounts, passwords, the account's menu. */
#include "fake-files.h"
#include "fake.h"

#include <request.h>
#include <string.h>

static struct {
    void *handle, *data;
    PurpleRequestInputCb ok, cancel;
    PurpleAccount *account;
} question;

/* Questions -------------------------------------------------------------------------------------
 */

void *purple_request_input(void *handle, const char *title, const char *primary,
                           const char *secondary, const char *default_value, gboolean multiline,
                           gboolean masked, gchar *hint, const char *ok_text, GCallback ok_cb,
                           const char *cancel_text, GCallback cancel_cb, PurpleAccount *account,
                           const char *who, PurpleConversation *conv, void *user_data)
{
    assert_non_null(handle);
    assert_non_null(title);
    assert_non_null(primary);
    assert_non_null(secondary);
    assert_false(multiline);
    assert_false(masked);
    assert_null(hint);
    assert_non_null(ok_text);
    assert_non_null(ok_cb);
    assert_non_null(cancel_text);
    assert_null(who);
    assert_null(conv);
    if (question.handle != NULL)
        fake_fail("two questions are open: %s", primary);
    memset(&question, 0, sizeof question);
    question.handle = handle;
    question.data = user_data;
    question.ok = (PurpleRequestInputCb)ok_cb;
    question.cancel = (PurpleRequestInputCb)cancel_cb;
    question.account = account;
    if (default_value != NULL)
        fake_event(FAKE_NOTIFY, account, "ask %s [%s]", primary, default_value);
    else
        fake_event(FAKE_NOTIFY, account, "ask %s", primary);
    return &question;
}

void purple_request_close_with_handle(void *handle)
{
    fake_form_close(handle);
    fake_xfer_question_closed(handle);
    if (question.handle != handle)
        return;
    question.handle = NULL;
    fake_event(FAKE_NOTIFY, question.account, "question closed");
}

void fake_answer(const char *text)
{
    if (question.handle == NULL)
        fake_fail("no question is open");
    question.handle = NULL; /* the client closes it after the callback, which may ask the next */
    if (text != NULL || question.cancel != NULL)
        (text != NULL ? question.ok : question.cancel)(question.data, (char *)text);
}

gboolean fake_is_asked(void)
{
    return question.handle != NULL || fake_is_form_open();
}

gboolean fake_is_asked_by(const void *handle)
{
    return handle != NULL && question.handle == handle;
}

void fake_request_reset(void)
{
    fake_form_reset();
    memset(&question, 0, sizeof question);
}

/* Accounts --------------------------------------------------------------------------------------
 */

const char *purple_account_get_password(const PurpleAccount *account)
{
    return account->password;
}

void purple_account_set_password(PurpleAccount *account, const char *password)
{
    char *copy = g_strdup(password);

    g_free(account->password);
    account->password = copy;
}

const char *purple_account_get_alias(const PurpleAccount *account)
{
    return account->alias;
}

gboolean purple_account_get_enabled(const PurpleAccount *account, const char *ui)
{
    assert_non_null(ui);
    return g_hash_table_contains(account->ui_settings, ui);
}

void purple_account_set_enabled(PurpleAccount *account, const char *ui, gboolean value)
{
    assert_true(value);
    /* Else libpurple would connect it, while it is connected. */
    if (account->gc != NULL && !account->gc->wants_to_die)
        fake_fail("a connected account is enabled");
    g_hash_table_add(account->ui_settings, g_strdup(ui));
    fake_event(FAKE_STATE, account, "enabled");
    if (account->gc == NULL)
        fake_login(account);
}

static void on_registered(PurpleAccount *account, gboolean is_made, void *data)
{
    assert_ptr_equal(data, account);
    fake_event(FAKE_STATE, account, is_made ? "registered" : "not registered");
}

void fake_register(PurpleAccount *account)
{
    PurpleConnection *gc = g_new0(PurpleConnection, 1);

    assert_null(account->gc);
    account->registration_cb = on_registered;
    account->registration_cb_user_data = account;
    gc->prpl = fake_plugin();
    gc->account = account;
    gc->state = PURPLE_CONNECTING;
    gc->wants_to_die = TRUE;
    account->gc = gc;
    fake_link_login(account);
    fake_prpl()->register_user(account);
    fake_link_login(NULL);
}

/* The menu --------------------------------------------------------------------------------------
 */

PurplePluginAction *purple_plugin_action_new(const char *label,
                                             void (*callback)(PurplePluginAction *))
{
    PurplePluginAction *action = g_new0(PurplePluginAction, 1);

    action->label = g_strdup(label);
    action->callback = callback;
    return action;
}

void purple_account_request_change_password(PurpleAccount *account)
{
    fake_event(FAKE_NOTIFY, account, "dialog change password");
}

char *fake_menu(PurpleAccount *account, const char *label)
{
    GString *labels = g_string_new(NULL);
    GList *actions = fake_plugin()->info->actions(fake_plugin(), account->gc);

    for (GList *link = actions; link != NULL; link = link->next) {
        PurplePluginAction *action = link->data;

        g_string_append_printf(labels, "%s%s", labels->len > 0 ? "|" : "", action->label);
        action->plugin = fake_plugin();
        action->context = account->gc;
        if (g_strcmp0(action->label, label) == 0)
            action->callback(action);
        g_free(action->label);
        g_free(action);
    }
    g_list_free(actions);
    return g_string_free(labels, FALSE);
}

/* libpurple takes the new one for granted before it asks the protocol. */
void fake_change_password(PurpleAccount *account, const char *old_password,
                          const char *new_password)
{
    purple_account_set_password(account, new_password);
    fake_prpl()->change_passwd(account->gc, old_password, new_password);
}
