/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-reason.c: libwebsockets' hints to causes. The texts are those of libwebsockets 4.1.
 */
#include "tn-reason.h"

#include <stdlib.h>
#include <string.h>

/* OpenSSL's numbers, which are part of its interface; libwebsockets prints them. */
enum {
    CERT_NOT_YET_VALID = 9,
    CERT_HAS_EXPIRED = 10,
    CERT_SELF_SIGNED = 18,
    CERT_SELF_SIGNED_IN_CHAIN = 19,
    CERT_NO_LOCAL_ISSUER = 20,
    CERT_NO_FIRST_SIGNATURE = 21,
    CERT_HOSTNAME_MISMATCH = 62,
    CERT_ADDRESS_MISMATCH = 64,
};

static TnCause certificate_cause(int certificate_error)
{
    switch (certificate_error) {
    case CERT_NOT_YET_VALID: /* outside its dates, or our clock is wrong: the same advice */
    case CERT_HAS_EXPIRED:
        return TN_CAUSE_TLS_EXPIRED;
    case CERT_SELF_SIGNED:
        return TN_CAUSE_TLS_SELF_SIGNED;
    case CERT_SELF_SIGNED_IN_CHAIN: /* a root that we do not know came along with the chain */
    case CERT_NO_LOCAL_ISSUER:
    case CERT_NO_FIRST_SIGNATURE:
        return TN_CAUSE_TLS_UNKNOWN_CA;
    case CERT_HOSTNAME_MISMATCH:
    case CERT_ADDRESS_MISMATCH:
        return TN_CAUSE_TLS_WRONG_HOST;
    default:
        return TN_CAUSE_TLS;
    }
}

TnCause tn_reason_cause(const TnEvidence *evidence)
{
    const char *text = evidence->text != NULL ? evidence->text : "";

    if (evidence->certificate_error != 0)
        return certificate_cause(evidence->certificate_error);
    if (g_str_has_prefix(text, "HS:")) /* an HTTP answer came whole */
        return evidence->status == 403 ? TN_CAUSE_API_KEY : TN_CAUSE_NOT_WEBSOCKET;
    if (g_str_has_prefix(text, "problems parsing header"))
        return TN_CAUSE_NOT_WEBSOCKET;
    if (evidence->is_late || g_str_has_prefix(text, "Timed out"))
        return TN_CAUSE_TIMEOUT;
    if (g_str_has_prefix(text, "Unable to connect"))
        return TN_CAUSE_REFUSED;
    if (g_str_has_prefix(text, "connect SSL err") && !evidence->is_silent)
        return evidence->is_unread ? TN_CAUSE_NOT_TLS : TN_CAUSE_TLS;
    return TN_CAUSE_CLOSED;
}

TnError tn_reason_error(TnCause cause)
{
    switch (cause) {
    case TN_CAUSE_NONE:
        return TN_OK;
    case TN_CAUSE_CONFIG:
    case TN_CAUSE_NO_GLUE:
    case TN_CAUSE_TLS_EXPIRED:
    case TN_CAUSE_TLS_SELF_SIGNED:
    case TN_CAUSE_TLS_UNKNOWN_CA:
    case TN_CAUSE_TLS_WRONG_HOST:
    case TN_CAUSE_TLS_CA_FILE:
    case TN_CAUSE_NOT_TLS:
    case TN_CAUSE_API_KEY:
    case TN_CAUSE_PROXY_CONFIG:
        return TN_ERROR_PERMANENT;
    default: /* even a portal or a proxy's error page goes away some time */
        return TN_ERROR_TRANSIENT;
    }
}

int tn_reason_certificate_error(const char *line)
{
    const char *number;

    if (strstr(line, "SSL error: ") == NULL)
        return 0;
    number = strstr(line, ";err=");
    return number != NULL ? atoi(number + strlen(";err=")) : 0;
}

gboolean tn_reason_is_ca_unread(const char *line)
{
    return strstr(line, "Unable to load SSL Client certs") != NULL;
}

char *tn_reason_scrub(const char *line)
{
    static const char key[] = "apikey=";
    GString *clean = g_string_new(NULL);

    while (*line != '\0') {
        if (g_ascii_strncasecmp(line, key, strlen(key)) == 0) {
            g_string_append(clean, "apikey=***");
            line += strlen(key);
            line += strcspn(line, " \t\r\n&\"'<>)");
        } else {
            if (*line != '\n' && *line != '\r')
                g_string_append_c(clean, *line);
            line++;
        }
    }
    return g_string_free(clean, FALSE);
}
