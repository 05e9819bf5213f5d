/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-endpoint.c: checking where to connect to before anything is sent there.
 */
#include "tn-endpoint.h"

#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_CA_BYTES                                                                               \
    (4 * 1024 * 1024) /* a bundle of all public CAs has a quarter of a megabyte                    \
                       */
#define MAX_API_KEY  1024
#define MAX_TLS_HOST 127 /* libwebsockets checks the certificate against so much of a name */

static gboolean is_host(const char *host)
{
    if (host == NULL || *host == '\0')
        return FALSE;
    return g_hostname_is_ip_address(host) || strpbrk(host, " \t\r\n:/@?#%[]\\") == NULL;
}

static char *make_authority(const TnTarget *target)
{
    gboolean is_default = target->port == (target->use_tls ? 443 : 80);
    gboolean is_ipv6 = strchr(target->host, ':') != NULL;
    g_autoptr(GString) authority = g_string_new(target->host);

    if (is_ipv6) {
        g_string_prepend_c(authority, '[');
        g_string_append_c(authority, ']');
    }
    if (!is_default)
        g_string_append_printf(authority, ":%u", target->port);
    return g_strdup(authority->str);
}

const char *tn_target_init(TnTarget *target, const TnEndpoint *endpoint)
{
    const char *name = endpoint->host != NULL ? endpoint->host : "";
    const char *key = endpoint->api_key != NULL ? endpoint->api_key : "";
    const char *ca_file = endpoint->ca_file != NULL ? endpoint->ca_file : "";
    g_autofree char *escaped = g_uri_escape_string(key, NULL, FALSE);

    memset(target, 0, sizeof(*target));
    target->port = endpoint->port;
    target->use_tls = endpoint->use_tls;
    target->ca_file = *ca_file != '\0' ? g_strdup(ca_file) : NULL;
    target->path = g_strconcat("/v0/channels?apikey=", escaped, NULL);
    target->host = g_hostname_is_ip_address(name) ? g_strdup(name) : g_hostname_to_ascii(name);
    if (!is_host(target->host))
        return "the host name makes no sense";
    target->authority = make_authority(target);
    if (target->port == 0)
        return "the port is 0";
    /* libwebsockets cuts the name at a colon, or at a length, and would check what is left of it
     * against the certificate: of "::1" nothing is, and any certificate would do. */
    if (target->use_tls &&
        (strchr(target->host, ':') != NULL || strlen(target->authority) > MAX_TLS_HOST))
        return "TLS needs a host name or an IPv4 address to check the certificate against";
    if (strlen(key) > MAX_API_KEY)
        return "the API key is too long";
    return NULL;
}

void tn_target_clear(TnTarget *target)
{
    g_clear_pointer(&target->host, g_free);
    g_clear_pointer(&target->authority, g_free);
    g_clear_pointer(&target->path, g_free);
    g_clear_pointer(&target->ca_file, g_free);
}

gboolean tn_ca_file_look(TnCaFile *ca, const char *path)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    struct stat info;

    memset(ca, 0, sizeof(*ca));
    if (path == NULL)
        return TRUE;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size > MAX_CA_BYTES ||
        !g_file_get_contents(path, &text, &length, NULL) ||
        g_strstr_len(text, (gssize)length, "CERTIFICATE-----") == NULL)
        return FALSE;
    ca->path = g_strdup(path);
    ca->changed = info.st_mtim;
    ca->size = info.st_size;
    ca->inode = info.st_ino;
    return TRUE;
}

gboolean tn_ca_file_is_same(const TnCaFile *one, const TnCaFile *other)
{
    return g_strcmp0(one->path, other->path) == 0 && one->size == other->size &&
           one->inode == other->inode && one->changed.tv_sec == other->changed.tv_sec &&
           one->changed.tv_nsec == other->changed.tv_nsec;
}

void tn_ca_file_clear(TnCaFile *ca)
{
    g_clear_pointer(&ca->path, g_free);
}
