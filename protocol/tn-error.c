/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-error.c: the one table from the server's codes to categories, and names for logs. Part of
 * protocol/; pure.
 */
#include "tn-error.h"

typedef struct {
    int code;
    const char *text; /* NULL: any */
    const char *what; /* request it answers; NULL: any */
    TnError error;
} TnCodeRule;

/* First match wins, so rules with a text or a request stand above the general one of their code. */
static const TnCodeRule code_rules[] = {
    /* Told without a request: the session, or one topic, has ended. */
    {205, "server shutdown", NULL, TN_ERROR_TRANSIENT},
    {205, NULL, NULL, TN_ERROR_FORBIDDEN},
    {300, NULL, NULL, TN_ERROR_CREDENTIAL},
    {301, NULL, NULL, TN_OK},
    {303, NULL, NULL, TN_ERROR_REDIRECT},
    /* already subscribed, not joined, no action, not modified: it is as asked. */
    {304, NULL, NULL, TN_OK},
    {307, NULL, NULL, TN_ERROR_REDIRECT},
    {401, NULL, NULL, TN_ERROR_AUTH},
    {403, "valid API key required", NULL, TN_ERROR_PERMANENT},
    /* Suspended accounts: no change of a topic's permissions will help. */
    {403, NULL, "login", TN_ERROR_AUTH},
    {403, NULL, NULL, TN_ERROR_FORBIDDEN},
    {404, NULL, NULL, TN_ERROR_GONE},
    {406, NULL, NULL, TN_ERROR_CREDENTIAL},
    {408, NULL, NULL, TN_ERROR_TIMEOUT},
    {409, "must attach first", NULL, TN_ERROR_ATTACH_FIRST},
    {409, "already authenticated", NULL, TN_OK},
    {410, NULL, NULL, TN_ERROR_GONE},
    {429, NULL, NULL, TN_ERROR_OVERLOAD},
    {500, NULL, NULL, TN_ERROR_TRANSIENT},
    {501, NULL, NULL, TN_ERROR_PERMANENT},
    {502, NULL, NULL, TN_ERROR_TRANSIENT},
    {503, "locked", NULL, TN_ERROR_TRANSIENT},
    {503, NULL, NULL, TN_ERROR_OVERLOAD},
    {505, NULL, NULL, TN_ERROR_PERMANENT},
};

static gboolean rule_matches(const TnCodeRule *rule, int code, const char *text, const char *what)
{
    return rule->code == code && (rule->text == NULL || g_strcmp0(rule->text, text) == 0) &&
           (rule->what == NULL || g_strcmp0(rule->what, what) == 0);
}

TnError tn_error_from_ctrl(int code, const char *text, const char *what)
{
    for (gsize i = 0; i < G_N_ELEMENTS(code_rules); i++) {
        if (rule_matches(&code_rules[i], code, text, what))
            return code_rules[i].error;
    }
    if (code >= 200 && code < 300)
        return TN_OK;
    if (code >= 500 && code < 600)
        return TN_ERROR_TRANSIENT;
    return TN_ERROR_PERMANENT;
}

const char *tn_error_name(TnError error)
{
    switch (error) {
    case TN_OK:
        return "ok";
    case TN_ERROR_TRANSIENT:
        return "transient";
    case TN_ERROR_OVERLOAD:
        return "overload";
    case TN_ERROR_ATTACH_FIRST:
        return "attach-first";
    case TN_ERROR_REDIRECT:
        return "redirect";
    case TN_ERROR_AUTH:
        return "auth";
    case TN_ERROR_FORBIDDEN:
        return "forbidden";
    case TN_ERROR_GONE:
        return "gone";
    case TN_ERROR_PERMANENT:
        return "permanent";
    case TN_ERROR_TIMEOUT:
        return "timeout";
    case TN_ERROR_CREDENTIAL:
        return "credential";
    }
    return "unknown";
}

const char *tn_cause_name(TnCause cause)
{
    switch (cause) {
    case TN_CAUSE_NONE:
        return "none";
    case TN_CAUSE_CONFIG:
        return "config";
    case TN_CAUSE_NO_GLUE:
        return "no-glue";
    case TN_CAUSE_DNS:
        return "dns";
    case TN_CAUSE_REFUSED:
        return "refused";
    case TN_CAUSE_TIMEOUT:
        return "timeout";
    case TN_CAUSE_CLOSED:
        return "closed";
    case TN_CAUSE_TLS:
        return "tls";
    case TN_CAUSE_TLS_EXPIRED:
        return "tls-expired";
    case TN_CAUSE_TLS_SELF_SIGNED:
        return "tls-self-signed";
    case TN_CAUSE_TLS_UNKNOWN_CA:
        return "tls-unknown-ca";
    case TN_CAUSE_TLS_WRONG_HOST:
        return "tls-wrong-host";
    case TN_CAUSE_TLS_CA_FILE:
        return "tls-ca-file";
    case TN_CAUSE_NOT_TLS:
        return "not-tls";
    case TN_CAUSE_API_KEY:
        return "api-key";
    case TN_CAUSE_NOT_WEBSOCKET:
        return "not-websocket";
    case TN_CAUSE_TOO_LARGE:
        return "too-large";
    case TN_CAUSE_MALFORMED:
        return "malformed";
    case TN_CAUSE_VERSION:
        return "version";
    case TN_CAUSE_PASSWORD:
        return "password";
    case TN_CAUSE_SUSPENDED:
        return "suspended";
    case TN_CAUSE_CREDENTIAL:
        return "credential";
    case TN_CAUSE_NO_USER:
        return "no-user";
    case TN_CAUSE_SHUTDOWN:
        return "shutdown";
    case TN_CAUSE_CODES:
        return "codes";
    case TN_CAUSE_NAME_TAKEN:
        return "name-taken";
    case TN_CAUSE_NAME:
        return "name";
    case TN_CAUSE_NEW_PASSWORD:
        return "new-password";
    case TN_CAUSE_ADDRESS:
        return "address";
    case TN_CAUSE_ADDRESS_TAKEN:
        return "address-taken";
    case TN_CAUSE_NO_REGISTER:
        return "no-register";
    case TN_CAUSE_CODE:
        return "code";
    case TN_CAUSE_NO_RESET:
        return "no-reset";
    case TN_CAUSE_PROXY:
        return "proxy";
    case TN_CAUSE_PROXY_CONFIG:
        return "proxy-config";
    case TN_CAUSE_SERVER:
        return "server";
    }
    return "unknown";
}
