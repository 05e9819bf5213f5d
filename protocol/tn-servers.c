/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-servers.c: parses and walks the list of servers. Part of protocol/; pure.
 */
#include "tn-servers.h"

#include <string.h>

struct _TnServers {
    GPtrArray *list;
    guint next;
};

static void server_free(gpointer data)
{
    TnServer *server = data;

    g_free(server->host);
    g_free(server->label);
    g_free(server);
}

static gboolean is_host_char(char c)
{
    return g_ascii_isalnum(c) || (c & 0x80) != 0 || strchr("-._:%", c) != NULL;
}

static gboolean is_host(const char *host)
{
    if (*host == '\0')
        return FALSE;
    for (; *host != '\0'; host++) {
        if (!is_host_char(*host))
            return FALSE;
    }
    return TRUE;
}

/* port: text after the colon; NULL: the default. */
static TnServer *server_new(const char *host, const char *port, guint16 default_port)
{
    guint64 number = default_port;
    TnServer *server;

    if (!is_host(host) ||
        (port != NULL && !g_ascii_string_to_unsigned(port, 10, 1, 65535, &number, NULL)))
        return NULL;
    server = g_new0(TnServer, 1);
    server->host = g_strdup(host);
    server->port = (guint16)number;
    if (number == default_port)
        server->label = g_strdup(host);
    else if (strchr(host, ':') != NULL)
        server->label = g_strdup_printf("[%s]:%u", host, server->port);
    else
        server->label = g_strdup_printf("%s:%u", host, server->port);
    return server;
}

static TnServer *server_parse(const char *entry, guint16 default_port)
{
    g_autofree char *host = NULL;
    const char *colon = strchr(entry, ':'), *close;

    if (*entry == '[') {
        close = strchr(entry, ']');
        if (close == NULL || (close[1] != '\0' && close[1] != ':'))
            return NULL;
        host = g_strndup(entry + 1, (gsize)(close - entry - 1));
        return server_new(host, close[1] == ':' ? close + 2 : NULL, default_port);
    }
    /* One colon separates a port; more are an IPv6 address without brackets. */
    if (colon == NULL || strchr(colon + 1, ':') != NULL)
        return server_new(entry, NULL, default_port);
    host = g_strndup(entry, (gsize)(colon - entry));
    return server_new(host, colon + 1, default_port);
}

TnServers *tn_servers_parse(const char *list, guint16 default_port)
{
    g_auto(GStrv) entries = g_strsplit(list != NULL ? list : "", ",", -1);
    TnServers *servers = g_new0(TnServers, 1);

    servers->list = g_ptr_array_new_with_free_func(server_free);
    for (char **entry = entries; *entry != NULL; entry++) {
        TnServer *server;

        if (*g_strstrip(*entry) == '\0')
            continue;
        server = server_parse(*entry, default_port);
        if (server == NULL) {
            tn_servers_free(servers);
            return NULL;
        }
        g_ptr_array_add(servers->list, server);
    }
    if (servers->list->len == 0) {
        tn_servers_free(servers);
        return NULL;
    }
    return servers;
}

void tn_servers_free(TnServers *servers)
{
    if (servers == NULL)
        return;
    g_ptr_array_free(servers->list, TRUE);
    g_free(servers);
}

guint tn_servers_count(const TnServers *servers)
{
    return servers->list->len;
}

const TnServer *tn_servers_next(TnServers *servers)
{
    const TnServer *server = g_ptr_array_index(servers->list, servers->next);

    servers->next = (servers->next + 1) % servers->list->len;
    return server;
}
