/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-ref.c: references taken apart. Part of protocol/; pure.
 */
#include "tn-ref.h"

#include <gio/gio.h>
#include <string.h>

#include "tn-http.h"

static gboolean is_plain(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text <= ' ' || (guint8)*text >= 0x7f || strchr("\"<>\\^`{|}", *text) != NULL)
            return FALSE;
    }
    return TRUE;
}

static gboolean has_scheme(const char *text, const char *scheme)
{
    return g_ascii_strncasecmp(text, scheme, strlen(scheme)) == 0;
}

/* host[:port] of the first length characters. */
static gboolean read_authority(const char *text, gsize length, TnRef *ref)
{
    g_autofree char *copy = g_ascii_strdown(text, (gssize)length);
    char *port = NULL, *host = copy;
    guint64 number = ref->use_tls ? 443 : 80;

    if (*copy == '[') {
        char *end = strchr(copy, ']');

        if (end == NULL || (end[1] != '\0' && end[1] != ':'))
            return FALSE;
        port = end[1] == ':' ? end + 2 : NULL;
        *end = '\0';
        host = copy + 1;
        if (!g_hostname_is_ip_address(host))
            return FALSE;
    } else {
        port = strchr(copy, ':');
        if (port != NULL)
            *port++ = '\0';
    }
    if (*host == '\0' || strpbrk(host, "@%/?#[]") != NULL)
        return FALSE;
    if (port != NULL && *port != '\0' &&
        !g_ascii_string_to_unsigned(port, 10, 1, G_MAXUINT16, &number, NULL))
        return FALSE;
    ref->host = g_strdup(host);
    ref->port = (guint16)number;
    return TRUE;
}

gboolean tn_ref_resolve(const TnRef *base, const char *text, TnRef *ref)
{
    TnRef out = {0};
    gsize length;

    if (text == NULL || !is_plain(text))
        return FALSE;
    if (text[0] == '/' && text[1] != '/') {
        out = (TnRef){g_strdup(base->host), base->port, base->use_tls, NULL};
    } else {
        if (!has_scheme(text, "https://") && !has_scheme(text, "http://"))
            return FALSE;
        out.use_tls = has_scheme(text, "https://");
        text += out.use_tls ? 8 : 7;
        length = strcspn(text, "/?#");
        if (!read_authority(text, length, &out))
            return FALSE;
        text += length;
    }
    length = strcspn(text, "#");
    out.path = g_strdup_printf("%s%.*s", *text == '/' ? "" : "/", (int)MIN(length, 65536), text);
    if (strlen(out.path) > TN_HTTP_MAX_PATH) {
        tn_ref_clear(&out);
        return FALSE;
    }
    *ref = out;
    return TRUE;
}

void tn_ref_clear(TnRef *ref)
{
    g_clear_pointer(&ref->host, g_free);
    g_clear_pointer(&ref->path, g_free);
}

gboolean tn_ref_is_same_origin(const TnRef *one, const TnRef *other)
{
    return one->use_tls == other->use_tls && one->port == other->port &&
           g_ascii_strcasecmp(one->host, other->host) == 0;
}
