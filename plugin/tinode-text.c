/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-text.c: sentences for people. */
#include "tinode-text.h"

#include "protocol/tn-words.h"

/* Cause -> reason for libpurple, sentence for people. NETWORK_ERROR and ENCRYPTION_ERROR let the
 * client try again by itself; the others wait for the user. */
static const struct {
    PurpleConnectionError reason;
    const char *text;
} causes[] = {
    [TN_CAUSE_NONE] = {PURPLE_CONNECTION_ERROR_NETWORK_ERROR, N_("The connection was lost.")},
    [TN_CAUSE_CONFIG] = {PURPLE_CONNECTION_ERROR_INVALID_SETTINGS,
                         N_("The server setting is not a host name with an optional port.")},
    [TN_CAUSE_NO_GLUE] = {PURPLE_CONNECTION_ERROR_OTHER_ERROR,
                          N_("A part is missing on this computer: please install the package "
                             "libwebsockets-evlib-glib.")},
    [TN_CAUSE_DNS] = {PURPLE_CONNECTION_ERROR_NETWORK_ERROR,
                      N_("The name of the server could not be found.")},
    [TN_CAUSE_REFUSED] = {PURPLE_CONNECTION_ERROR_NETWORK_ERROR,
                          N_("The server cannot be reached.")},
    [TN_CAUSE_TIMEOUT] = {PURPLE_CONNECTION_ERROR_NETWORK_ERROR, N_("The server does not answer.")},
    [TN_CAUSE_CLOSED] = {PURPLE_CONNECTION_ERROR_NETWORK_ERROR,
                         N_("The server closed the connection.")},
    [TN_CAUSE_TLS] = {PURPLE_CONNECTION_ERROR_ENCRYPTION_ERROR,
                      N_("A secure connection could not be made.")},
    [TN_CAUSE_TLS_EXPIRED] = {PURPLE_CONNECTION_ERROR_CERT_EXPIRED,
                              N_("The certificate of the server has expired.")},
    [TN_CAUSE_TLS_SELF_SIGNED] = {PURPLE_CONNECTION_ERROR_CERT_SELF_SIGNED,
                                  N_("The server signed its certificate itself. If you trust it, "
                                     "give its certificate as the CA file in the account's "
                                     "settings.")},
    [TN_CAUSE_TLS_UNKNOWN_CA] = {PURPLE_CONNECTION_ERROR_CERT_UNTRUSTED,
                                 N_("The certificate of the server comes from an authority that "
                                    "this computer does not trust.")},
    [TN_CAUSE_TLS_WRONG_HOST] = {PURPLE_CONNECTION_ERROR_CERT_HOSTNAME_MISMATCH,
                                 N_("The certificate of the server is for another name.")},
    [TN_CAUSE_TLS_CA_FILE] = {PURPLE_CONNECTION_ERROR_INVALID_SETTINGS,
                              N_("The CA file in the account's settings cannot be read or holds "
                                 "no certificate.")},
    [TN_CAUSE_NOT_TLS] = {PURPLE_CONNECTION_ERROR_ENCRYPTION_ERROR,
                          N_("The server does not speak TLS on this port.")},
    [TN_CAUSE_API_KEY] = {PURPLE_CONNECTION_ERROR_INVALID_SETTINGS,
                          N_("The server refused the API key in the account's settings.")},
    [TN_CAUSE_NOT_WEBSOCKET] = {PURPLE_CONNECTION_ERROR_NETWORK_ERROR,
                                N_("Something else than a Tinode server answered. A network that "
                                   "wants a sign-in page first does that.")},
    [TN_CAUSE_TOO_LARGE] = {PURPLE_CONNECTION_ERROR_NETWORK_ERROR,
                            N_("A message was larger than the server allows.")},
    [TN_CAUSE_MALFORMED] = {PURPLE_CONNECTION_ERROR_NETWORK_ERROR,
                            N_("The server sent something that is not understood.")},
    [TN_CAUSE_VERSION] = {PURPLE_CONNECTION_ERROR_OTHER_ERROR,
                          N_("The server does not support this version of the protocol.")},
    [TN_CAUSE_PASSWORD] = {PURPLE_CONNECTION_ERROR_AUTHENTICATION_FAILED,
                           N_("The user name or the password is wrong.")},
    [TN_CAUSE_SUSPENDED] = {PURPLE_CONNECTION_ERROR_AUTHENTICATION_FAILED,
                            N_("The server does not let this account in.")},
    [TN_CAUSE_CREDENTIAL] = {PURPLE_CONNECTION_ERROR_OTHER_ERROR,
                             N_("The server wants an address of this account to be confirmed "
                                "first.")},
    [TN_CAUSE_NO_USER] = {PURPLE_CONNECTION_ERROR_INVALID_USERNAME,
                          N_("There is no such user on the server.")},
    [TN_CAUSE_SHUTDOWN] = {PURPLE_CONNECTION_ERROR_NETWORK_ERROR,
                           N_("The server is shutting down.")},
    [TN_CAUSE_CODES] = {PURPLE_CONNECTION_ERROR_OTHER_ERROR,
                        N_("Too many wrong codes: the server takes no more of them for this "
                           "account.")},
    [TN_CAUSE_NAME_TAKEN] = {PURPLE_CONNECTION_ERROR_NAME_IN_USE,
                             N_("Somebody else has this user name already.")},
    [TN_CAUSE_NAME] = {PURPLE_CONNECTION_ERROR_INVALID_USERNAME,
                       N_("The server does not take this user name. It may be too short or too "
                          "long, or hold characters that are not allowed.")},
    [TN_CAUSE_NEW_PASSWORD] = {PURPLE_CONNECTION_ERROR_OTHER_ERROR,
                               N_("The server does not take this password. It may be too short.")},
    [TN_CAUSE_ADDRESS] = {PURPLE_CONNECTION_ERROR_OTHER_ERROR,
                          N_("The server does not take this address.")},
    [TN_CAUSE_ADDRESS_TAKEN] = {PURPLE_CONNECTION_ERROR_OTHER_ERROR,
                                N_("Another account has this address already.")},
    [TN_CAUSE_NO_REGISTER] = {PURPLE_CONNECTION_ERROR_OTHER_ERROR,
                              N_("The server does not let you create an account.")},
    [TN_CAUSE_CODE] = {PURPLE_CONNECTION_ERROR_OTHER_ERROR,
                       N_("That was not the code that the server has sent.")},
    [TN_CAUSE_NO_RESET] = {PURPLE_CONNECTION_ERROR_OTHER_ERROR,
                           N_("The server does not set a new password in this way.")},
    [TN_CAUSE_PROXY] = {PURPLE_CONNECTION_ERROR_NETWORK_ERROR,
                        N_("The proxy did not make the connection. It may be down, refuse its "
                           "user or password, or not reach the server.")},
    [TN_CAUSE_PROXY_CONFIG] = {PURPLE_CONNECTION_ERROR_INVALID_SETTINGS,
                               N_("The proxy in the settings lacks a host or a port, or is of a "
                                  "kind that cannot reach this address.")},
    [TN_CAUSE_SERVER] = {PURPLE_CONNECTION_ERROR_NETWORK_ERROR,
                         N_("The server has a problem of its own.")},
};

char *tinode_failure_text(const TnFailure *why)
{
    const char *text = _(causes[TN_CAUSE_NONE].text);

    if ((guint)why->cause < G_N_ELEMENTS(causes))
        text = _(causes[why->cause].text);
    if (why->server == NULL || why->server[0] == '\0')
        return g_strdup(text);
    /* Translators: a server's name, then a sentence about it. */
    return g_strdup_printf(_("%s: %s"), why->server, text);
}

PurpleConnectionError tinode_failure_reason(const TnFailure *why)
{
    if ((guint)why->cause >= G_N_ELEMENTS(causes))
        return PURPLE_CONNECTION_ERROR_NETWORK_ERROR;
    return causes[why->cause].reason;
}

const char *tinode_refusal_text(ReceiptError category)
{
    switch (category) {
    case RECEIPT_ERROR_FORBIDDEN:
        return _("Your message was not sent: you may not write here.");
    case RECEIPT_ERROR_GONE:
        return _("Your message was not sent: this conversation does not exist any more.");
    default:
        return _("Your message was not sent: the server refused it.");
    }
}

const char *tinode_request_text(TnError error)
{
    switch (error) {
    case TN_ERROR_FORBIDDEN:
        return _("The server does not allow it.");
    case TN_ERROR_GONE:
        return _("The server does not know it any more.");
    case TN_ERROR_TRANSIENT:
        return _(
            "There is no connection to the server, or it has a problem. Please try again later.");
    case TN_ERROR_TIMEOUT:
        return _("The server did not answer. It may have been done all the same.");
    case TN_ERROR_OVERLOAD:
        return _("Too much is waiting to be sent. Please try again later.");
    default:
        return _("The server refused it.");
    }
}

const char *tinode_problem_text(ReceiptProblem problem, ReceiptError category)
{
    switch (problem) {
    case RECEIPT_PROBLEM_LOST:
        return _("You are not in this conversation any more.");
    case RECEIPT_PROBLEM_MESSAGE:
        return tinode_refusal_text(category);
    case RECEIPT_PROBLEM_SYNC:
        break;
    }
    if (category == RECEIPT_ERROR_FORBIDDEN)
        return _("The server does not let you into this conversation.");
    return _("Receipts in this conversation come late: the server has a problem with it.");
}

const char *tinode_sync_text(ReceiptSyncState state, ReceiptReason reason)
{
    switch (state) {
    case RECEIPT_SYNC_IDLE:
        return reason == RECEIPT_REASON_GONE
                   ? _("Receipts: not in sync, the conversation is gone.")
                   : _("Receipts: not in sync while the conversation is not in view.");
    case RECEIPT_SYNC_STARTING:
        return _("Receipts: starting to sync.");
    case RECEIPT_SYNC_ACTIVE:
        return _("Receipts: in sync.");
    case RECEIPT_SYNC_STOPPING:
        return _("Receipts: stopping.");
    case RECEIPT_SYNC_WAITING:
        return _("Receipts: not in sync, trying again soon.");
    case RECEIPT_SYNC_SUSPENDED:
        return _("Receipts: offline.");
    case RECEIPT_SYNC_TRIPPED:
        return _("Receipts: the server has a problem here, they come late.");
    case RECEIPT_SYNC_EVICTED:
        return _("Receipts: too many conversations are in sync, they come late here.");
    }
    return "";
}

ReceiptError tinode_receipt_error(TnError error)
{
    static const ReceiptError map[] = {
        [TN_OK] = RECEIPT_OK,
        [TN_ERROR_TRANSIENT] = RECEIPT_ERROR_TRANSIENT,
        [TN_ERROR_OVERLOAD] = RECEIPT_ERROR_OVERLOAD,
        [TN_ERROR_ATTACH_FIRST] = RECEIPT_ERROR_ATTACH_FIRST,
        [TN_ERROR_REDIRECT] = RECEIPT_ERROR_REDIRECT,
        [TN_ERROR_AUTH] = RECEIPT_ERROR_AUTH,
        [TN_ERROR_FORBIDDEN] = RECEIPT_ERROR_FORBIDDEN,
        [TN_ERROR_GONE] = RECEIPT_ERROR_GONE,
        [TN_ERROR_PERMANENT] = RECEIPT_ERROR_PERMANENT,
        [TN_ERROR_TIMEOUT] = RECEIPT_ERROR_TIMEOUT,
        [TN_ERROR_CREDENTIAL] = RECEIPT_ERROR_AUTH,
    };

    return (guint)error < G_N_ELEMENTS(map) ? map[error] : RECEIPT_ERROR_TRANSIENT;
}

void tinode_text_init(void)
{
    static const char *const english[TN_N_WORDS] = {
        /* Translators: these stand in brackets for what is no text, as in
         * [Picture: cat.jpg, 12.3 kB]. */
        [TN_WORD_PICTURE] = N_("Picture"),
        [TN_WORD_AUDIO] = N_("Voice message"),
        [TN_WORD_VIDEO] = N_("Video"),
        [TN_WORD_FILE] = N_("File"),
        [TN_WORD_CONTACT] = N_("Contact"),
        [TN_WORD_CALL] = N_("Call"),
        [TN_WORD_CALL_ACCEPTED] = N_("Call accepted"),
        [TN_WORD_CALL_FINISHED] = N_("Call ended"),
        [TN_WORD_CALL_MISSED] = N_("Missed call"),
        [TN_WORD_CALL_DECLINED] = N_("Call declined"),
        [TN_WORD_CALL_DISCONNECTED] = N_("Call cut off"),
        [TN_WORD_CALL_BUSY] = N_("Call not taken: busy"),
    };
    static const char *words[TN_N_WORDS];

    for (guint i = 0; i < TN_N_WORDS; i++)
        words[i] = _(english[i]);
    tn_words_set(words);
}

char *tinode_time_text(gint64 unix_ms)
{
    g_autoptr(GDateTime) then = g_date_time_new_from_unix_local(unix_ms / 1000);
    g_autoptr(GDateTime) now = g_date_time_new_now_local();

    if (then == NULL)
        return g_strdup("");
    if (g_date_time_get_day_of_year(then) == g_date_time_get_day_of_year(now) &&
        g_date_time_get_year(then) == g_date_time_get_year(now))
        return g_date_time_format(then, "%H:%M");
    return g_date_time_format(then, "%x %H:%M");
}
