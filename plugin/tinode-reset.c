/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-reset.c: a forgotten password, from the offer to signing in with a new one. */
#include "tinode-reset.h"

#include <core.h>
#include <notify.h>
#include <request.h>
#include <signals.h>
#include <string.h>

#include "protocol/tn-codec.h"
#include "tinode-account.h"
#include "tinode-text.h"

/* Servers take three codes for each that they have sent; afterwards the right one is wrong, too. */
#define MAX_CODES 3

/* One for each account that was offered it, whose signals and requests it is the handle of. */
typedef struct {
    PurpleAccount *account;
    gboolean is_asking; /* a request is open */
    char *method, *address;
    char *code, *password; /* secret */
    guint n_wrong;         /* codes in a row */
    gboolean is_refused;   /* the last password was */
    TnSession *session;    /* of the step that is under way; NULL: none */
    TinodeTimer *timer;
    gboolean is_sent; /* the step was told to the server */
} Reset;

static GSList *resets;

static void ask_address(Reset *reset, gboolean is_again);
static void ask_all(Reset *reset, const char *primary);
static void begin_step(Reset *reset);

/* Life ----------------------------------------------------------------------------------------- */

static Reset *find(const PurpleAccount *account)
{
    for (GSList *link = resets; link != NULL; link = link->next)
        if (((Reset *)link->data)->account == account)
            return link->data;
    return NULL;
}

static void forget_secrets(Reset *reset)
{
    tn_secret_free(g_steal_pointer(&reset->code));
    tn_secret_free(g_steal_pointer(&reset->password));
}

static void end_step(Reset *reset)
{
    tn_session_free(g_steal_pointer(&reset->session));
    tinode_timer_free(g_steal_pointer(&reset->timer));
}

static void reset_free(Reset *reset)
{
    resets = g_slist_remove(resets, reset);
    purple_signals_disconnect_by_handle(reset);
    if (reset->is_asking)
        purple_request_close_with_handle(reset);
    end_step(reset);
    forget_secrets(reset);
    g_free(reset->method);
    g_free(reset->address);
    g_free(reset);
}

static void on_account_gone(PurpleAccount *account, gpointer data)
{
    Reset *reset = data;

    if (reset->account == account)
        reset_free(reset);
}

static Reset *reset_new(PurpleAccount *account)
{
    Reset *reset = g_new0(Reset, 1);

    reset->account = account;
    resets = g_slist_prepend(resets, reset);
    purple_signal_connect(purple_accounts_get_handle(), "account-destroying", reset,
                          PURPLE_CALLBACK(on_account_gone), reset);
    return reset;
}

/* Nothing is told of reset any more. */
static void give_up(Reset *reset, const char *primary, const char *secondary)
{
    PurpleAccount *account = reset->account;

    reset_free(reset);
    purple_notify_error(account, _("Tinode"), primary, secondary);
}

/* Asking --------------------------------------------------------------------------------------- */

/* All or nothing: BitlBee shows no forms, and who was asked the first question wants the last. */
static gboolean can_ask(void)
{
    const PurpleRequestUiOps *ops = purple_request_get_ui_ops();

    return ops != NULL && ops->request_action != NULL && ops->request_input != NULL &&
           ops->request_fields != NULL;
}

static void on_cancel_text(void *data, const char *text)
{
    Reset *reset = data;

    (void)text;
    reset->is_asking = FALSE;
    reset_free(reset);
}

static void on_cancel_form(void *data, PurpleRequestFields *fields)
{
    (void)fields;
    on_cancel_text(data, NULL);
}

static void ask_text(Reset *reset, const char *primary, const char *secondary,
                     PurpleRequestInputCb answered)
{
    reset->is_asking = TRUE;
    purple_request_input(reset, _("Tinode"), primary, secondary, NULL, FALSE, FALSE, NULL, _("_OK"),
                         G_CALLBACK(answered), _("_Cancel"), G_CALLBACK(on_cancel_text),
                         reset->account, NULL, NULL, reset);
}

/* As servers keep them: an e-mail address in small letters, a phone number as + and digits. FALSE:
 * it is neither. */
static gboolean take_address(Reset *reset, const char *text)
{
    g_autofree char *address = g_strstrip(g_strdup(text != NULL ? text : ""));
    const char *at = strchr(address, '@');
    g_autoptr(GString) number = g_string_new(NULL);

    g_clear_pointer(&reset->method, g_free);
    g_clear_pointer(&reset->address, g_free);
    if (!g_utf8_validate(address, -1, NULL))
        return FALSE;
    if (at != NULL) {
        if (at == address || at[1] == '\0' || strpbrk(address, ": \t\r\n<>") != NULL)
            return FALSE;
        reset->method = g_strdup("email");
        reset->address = g_utf8_strdown(address, -1);
        return TRUE;
    }
    for (const char *c = address; *c != '\0'; c++) {
        if (g_ascii_isdigit(*c) || (*c == '+' && number->len == 0))
            g_string_append_c(number, *c);
        else if (strchr(" -./()", *c) == NULL)
            return FALSE;
    }
    if (g_str_has_prefix(number->str, "00"))
        g_string_insert_c(g_string_erase(number, 0, 2), 0, '+');
    if (number->str[0] != '+' || number->len < 2)
        return FALSE;
    reset->method = g_strdup("tel");
    reset->address = g_strdup(number->str);
    return TRUE;
}

static void on_address(void *data, const char *text)
{
    Reset *reset = data;

    reset->is_asking = FALSE;
    if (take_address(reset, text))
        begin_step(reset);
    else
        ask_address(reset, TRUE);
}

static void ask_address(Reset *reset, gboolean is_again)
{
    g_autofree char *secondary =
        g_strdup_printf(_("Type an e-mail address or a phone number that the account %s has on the "
                          "server. A number begins with + and the code of the country."),
                        purple_account_get_username(reset->account));

    ask_text(reset,
             is_again ? _("That is neither an e-mail address nor a phone number.")
                      : _("Where is the code to be sent?"),
             secondary, on_address);
}

static void on_code(void *data, const char *text)
{
    Reset *reset = data;

    reset->is_asking = FALSE;
    reset->code = g_strstrip(g_strdup(text != NULL ? text : ""));
    begin_step(reset);
}

/* The new password is known already. */
static void ask_code_again(Reset *reset)
{
    ask_text(reset, _("That was not the code that the server has sent."),
             _("Please look at it again and type the code."), on_code);
}

static void on_form(void *data, PurpleRequestFields *fields)
{
    const char *code = purple_request_fields_get_string(fields, "code");
    const char *password = purple_request_fields_get_string(fields, "password");
    const char *again = purple_request_fields_get_string(fields, "password-again");
    Reset *reset = data;

    reset->is_asking = FALSE;
    if (g_strcmp0(password, again) != 0) {
        ask_all(reset, _("The two new passwords are not the same."));
    } else if (code == NULL || password == NULL || password[0] == '\0') {
        ask_all(reset, _("The code and the new password are both needed."));
    } else {
        reset->code = g_strstrip(g_strdup(code));
        reset->password = g_strdup(password);
        begin_step(reset);
    }
}

static void add_field(PurpleRequestFieldGroup *group, const char *id, const char *label,
                      gboolean is_masked)
{
    PurpleRequestField *field = purple_request_field_string_new(id, label, NULL, FALSE);

    purple_request_field_string_set_masked(field, is_masked);
    purple_request_field_set_required(field, TRUE);
    purple_request_field_group_add_field(group, field);
}

static void ask_all(Reset *reset, const char *primary)
{
    PurpleRequestFields *fields = purple_request_fields_new();
    PurpleRequestFieldGroup *group = purple_request_field_group_new(NULL);
    g_autofree char *secondary =
        g_strdup_printf(_("Type the code and a new password for the account %s."),
                        purple_account_get_username(reset->account));

    add_field(group, "code", _("Code"), FALSE);
    add_field(group, "password", _("New password"), TRUE);
    add_field(group, "password-again", _("New password (again)"), TRUE);
    purple_request_fields_add_group(fields, group);
    reset->is_asking = TRUE;
    purple_request_fields(reset, _("Tinode"), primary, secondary, fields, _("_OK"),
                          G_CALLBACK(on_form), _("_Cancel"), G_CALLBACK(on_cancel_form),
                          reset->account, NULL, NULL, reset);
}

/* What the server says ------------------------------------------------------------------------- */

static void on_phase(TnSessionState state, gpointer user_data)
{
    Reset *reset = user_data;

    if (state == TN_SESSION_LOGIN)
        reset->is_sent = TRUE;
}

/* Servers say that they have sent a code whether they know the address or not. */
static void code_sent(Reset *reset, gboolean is_earlier)
{
    reset->n_wrong = 0;
    ask_all(reset, is_earlier ? _("A code was sent to that address a while ago. It still counts.")
                   : reset->is_refused
                       ? _("The server does not take this password. It may be too short. Another "
                           "code is on its way.")
                       : _("If that address belongs to an account, a code is on its way to it."));
}

static void password_set(Reset *reset)
{
    PurpleAccount *account = reset->account;
    char *password = g_steal_pointer(&reset->password);
    gboolean is_free = purple_account_get_connection(account) == NULL;

    reset_free(reset);
    purple_account_set_password(account, password);
    tn_secret_free(password);
    purple_notify_info(account, _("Tinode"), _("Your password was changed"),
                       is_free ? _("The account signs in with the new one now.")
                               : _("The new one counts from the next sign-in on."));
    if (is_free)
        purple_account_set_enabled(account, purple_core_get_ui(), TRUE);
}

static void on_reset(gboolean is_earlier, gpointer user_data)
{
    Reset *reset = user_data;

    end_step(reset);
    if (reset->code == NULL)
        code_sent(reset, is_earlier);
    else
        password_set(reset);
}

static void code_refused(Reset *reset)
{
    tn_secret_free(g_steal_pointer(&reset->code));
    if (++reset->n_wrong < MAX_CODES)
        ask_code_again(reset);
    else
        give_up(reset, _("Your password was not changed"),
                _("Too many wrong codes. The server sends another one only after a while."));
}

/* The code is used up. */
static void password_refused(Reset *reset)
{
    forget_secrets(reset);
    reset->is_refused = TRUE;
    begin_step(reset);
}

static void on_failed(const TnFailure *why, gpointer user_data)
{
    Reset *reset = user_data;
    g_autofree char *text = tinode_failure_text(why);

    if (reset->code != NULL && why->cause == TN_CAUSE_CODE) {
        end_step(reset);
        code_refused(reset);
    } else if (reset->code != NULL && why->cause == TN_CAUSE_NEW_PASSWORD) {
        end_step(reset);
        password_refused(reset);
    } else if (reset->code != NULL && reset->is_sent && why->code == 0) {
        give_up(reset, _("It is not known whether your password was changed"),
                _("The server did not answer. Either the old or the new password is right now."));
    } else {
        give_up(reset, _("Your password was not changed"), text);
    }
}

/* Steps ---------------------------------------------------------------------------------------- */

static void set_deadline(gint64 at_ms, gpointer user_data)
{
    Reset *reset = user_data;

    tinode_timer_set(reset->timer, at_ms);
}

static void on_deadline(gpointer data)
{
    Reset *reset = data;

    tn_session_tick(reset->session);
}

/* Without a code one is sent, with it the password is set. */
static void begin_step(Reset *reset)
{
    static const TnSessionEvents events = {
        .phase = on_phase, .failed = on_failed, .reset = on_reset};
    const TnReset step = {reset->method, reset->address, reset->code, reset->password};
    const TnSessionConfig what = {.reset = &step};

    reset->is_sent = FALSE;
    reset->timer = tinode_timer_new(on_deadline, reset);
    reset->session =
        tinode_account_new_session(reset->account, &what, set_deadline, &events, reset);
    tn_session_open(reset->session);
}

/* The offer ------------------------------------------------------------------------------------ */

static void on_accept(void *data, int action)
{
    Reset *reset = data;

    (void)action;
    reset->is_asking = FALSE;
    ask_address(reset, FALSE);
}

/* Kept: it is not offered again. */
static void on_decline(void *data, int action)
{
    Reset *reset = data;

    (void)action;
    reset->is_asking = FALSE;
}

void tinode_reset_offer(PurpleAccount *account)
{
    const char *user = purple_account_get_username(account);
    g_autofree char *primary = NULL;
    Reset *reset;

    if (!can_ask() || tn_topic_kind(user) == TN_TOPIC_P2P || find(account) != NULL)
        return;
    reset = reset_new(account);
    reset->is_asking = TRUE;
    primary = g_strdup_printf(_("The password of %s was not accepted."), user);
    purple_request_action(reset, _("Tinode"), primary,
                          _("If you have forgotten it you can set a new one: the server sends a "
                            "code to an e-mail address or a phone number of the account."),
                          PURPLE_DEFAULT_ACTION_NONE, account, NULL, NULL, reset, 2,
                          _("Set a _New Password…"), G_CALLBACK(on_accept), _("_Cancel"),
                          G_CALLBACK(on_decline));
}

void tinode_reset_forget(PurpleAccount *account)
{
    Reset *reset = find(account);

    if (reset != NULL)
        reset_free(reset);
}

void tinode_reset_uninit(void)
{
    while (resets != NULL)
        reset_free(resets->data);
}
