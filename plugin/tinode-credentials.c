/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-credentials.c: codes, new accounts, another password. */
#include "tinode-credentials.h"

#include <core.h>
#include <notify.h>
#include <request.h>
#include <string.h>

#include "protocol/tn-codec.h"
#include "tinode-group-new.h"
#include "tinode-text.h"

/* Questions
 * --------------------------------------------------------------------------------------*/

/* The three ways to say it: e-mail, phone, and a method that only the server knows. */
typedef struct {
    const char *email, *tel, *other;
} Sentence;

static const Sentence code_sentences[] = {
    {N_("The server has sent a code to the e-mail address of this account."),
     N_("The server has sent a code to the phone number of this account."),
     /* Translators: %s is the server's word for a kind of address. */
     N_("The server wants a code that confirms this account (%s).")},
    {N_("That was not the code that the server has sent to the e-mail address of this account."),
     N_("That was not the code that the server has sent to the phone number of this account."),
     N_("That was not the code that confirms this account (%s).")},
};

static const Sentence address_sentence = {
    N_("The server wants an e-mail address for a new account."),
    N_("The server wants a phone number for a new account."),
    /* Translators: %s is the server's word for a kind of address. */
    N_("The server wants one more address for a new account (%s)."),
};

static char *say(const Sentence *sentence, const char *method)
{
    g_auto(GStrv) parts = NULL;

    if (strcmp(method, "email") == 0)
        return g_strdup(_(sentence->email));
    if (strcmp(method, "tel") == 0)
        return g_strdup(_(sentence->tel));
    parts = g_strsplit(_(sentence->other), "%s", 2);
    return g_strjoinv(method, parts);
}

static void on_answer(void *data, const char *text)
{
    TinodeAccount *ta = data;
    g_autofree char *answer = g_strstrip(g_strdup(text != NULL ? text : ""));

    ta->is_asking = FALSE;
    tn_session_answer(ta->session, answer);
}

static void on_cancel(void *data, const char *text)
{
    TinodeAccount *ta = data;

    (void)text;
    ta->is_asking = FALSE;
    tn_session_answer(ta->session, NULL);
}

void tinode_credentials_ask(TnQuestion question, const char *method, gboolean is_again,
                            gpointer user_data)
{
    TinodeAccount *ta = user_data;
    const gboolean is_code = question == TN_QUESTION_CODE;
    g_autofree char *primary =
        say(is_code ? &code_sentences[is_again ? 1 : 0] : &address_sentence, method);
    g_autofree char *secondary =
        g_strdup_printf(is_code ? _("Type the code to sign in as %s.")
                                : _("The server sends a code there to confirm the account %s."),
                        purple_account_get_username(ta->account));

    tinode_credentials_close(ta);
    ta->is_asking = TRUE;
    purple_request_input(ta, _("Tinode"), primary, secondary, NULL, FALSE, FALSE, NULL, _("_OK"),
                         G_CALLBACK(on_answer), _("_Cancel"), G_CALLBACK(on_cancel), ta->account,
                         NULL, NULL, ta);
}

void tinode_credentials_close(TinodeAccount *ta)
{
    if (!ta->is_asking)
        return;
    ta->is_asking = FALSE;
    purple_request_close_with_handle(ta);
}

/* New accounts
 * -----------------------------------------------------------------------------------*/

static void tell_registered(TinodeAccount *ta, gboolean is_made)
{
    if (ta->account->registration_cb != NULL)
        ta->account->registration_cb(ta->account, is_made, ta->account->registration_cb_user_data);
}

/* From here on it is an account like any other: used in this client, and signed in again when the
 * connection is lost. libpurple had marked the connection as one that is not to come back; while it
 * is marked, enabling the account does not try to connect it. */
void tinode_credentials_created(gpointer user_data)
{
    TinodeAccount *ta = user_data;
    const char *ui = purple_core_get_ui();

    ta->is_new = FALSE;
    if (!purple_account_get_enabled(ta->account, ui))
        purple_account_set_enabled(ta->account, ui, TRUE);
    ta->gc->wants_to_die = FALSE;
    tell_registered(ta, TRUE);
}

void tinode_credentials_not_created(TinodeAccount *ta, const TnFailure *why)
{
    PurpleConnectionError reason = tinode_failure_reason(why);
    g_autofree char *text = tinode_failure_text(why);

    if (!purple_connection_error_is_fatal(reason))
        reason = PURPLE_CONNECTION_ERROR_OTHER_ERROR;
    purple_connection_error_reason(ta->gc, reason, text);
    tell_registered(ta, FALSE);
}

/* Another password
 * -------------------------------------------------------------------------------*/

typedef struct {
    TinodeAccount *ta;
    char *password;
} Change;

static void change_free(Change *change)
{
    tn_secret_free(change->password);
    g_free(change);
}

/* libpurple keeps the new password before it asks us to change it. */
static void keep_old(TinodeAccount *ta)
{
    purple_account_set_password(ta->account, tn_session_password(ta->session));
}

static void tell_unchanged(TinodeAccount *ta, const char *text)
{
    keep_old(ta);
    purple_notify_error(ta->gc, _("Tinode"), _("Your password was not changed"), text);
}

static void on_changed(const TnReply *reply, gpointer user_data)
{
    Change *change = user_data;
    TinodeAccount *ta = change->ta;

    if (reply->error == TN_OK) {
        purple_account_set_password(ta->account, change->password);
        purple_notify_info(ta->gc, _("Tinode"), _("Your password was changed"),
                           _("The new one counts from the next sign-in on."));
    } else if (reply->code == 422) {
        tell_unchanged(ta, _("The server does not take this password. It may be too short."));
    } else if (reply->code != 0) {
        tell_unchanged(ta, tinode_request_text(TN_ERROR_PERMANENT));
    } else if (reply->error == TN_ERROR_OVERLOAD) {
        tell_unchanged(ta, tinode_request_text(TN_ERROR_OVERLOAD));
    } else {
        keep_old(ta);
        purple_notify_error(ta->gc, _("Tinode"),
                            _("It is not known whether your password was changed"),
                            _("The server did not answer. Either the old or the new password is "
                              "right now."));
    }
    change_free(change);
}

void tinode_change_password(PurpleConnection *gc, const char *old_password,
                            const char *new_password)
{
    TinodeAccount *ta = gc->proto_data;
    Change *change;

    if (ta == NULL)
        return;
    if (new_password == NULL || new_password[0] == '\0') {
        tell_unchanged(ta, _("The new password is empty."));
    } else if (g_strcmp0(tn_session_password(ta->session), old_password) != 0) {
        /* The server would not mind. */
        tell_unchanged(ta, _("The old password is not the one that you signed in with."));
    } else if (!tinode_account_is_up(ta)) {
        tell_unchanged(ta, tinode_request_text(TN_ERROR_TRANSIENT));
    } else {
        change = g_new0(Change, 1);
        change->ta = ta;
        change->password = g_strdup(new_password);
        tn_session_change_password(ta->session, new_password, on_changed, change);
    }
}
