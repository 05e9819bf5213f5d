/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-proxy.c: proxy settings, connections through them, and watched descriptors. The fake never
 * opens a connection of its own: the test is the proxy. */
#include "fake.h"

#include <eventloop.h>
#include <poll.h>
#include <proxy.h>
#include <string.h>
#include <unistd.h>

/* libpurple keeps this one to itself. */
struct _PurpleProxyConnectData {
    void *handle;
    char *where;
    PurpleProxyConnectFunction func;
    gpointer data;
};

typedef struct {
    guint id;
    int fd;
    PurpleInputCondition condition;
    PurpleInputFunction func;
    gpointer data;
} Input;

static GHashTable *settings; /* PurpleAccount -> PurpleProxyInfo */
static PurpleProxyConnectData *request;
static guint n_dials;
static gboolean is_refusing;
static GList *inputs;
static guint last_input;

/* Settings --------------------------------------------------------------------------------------
 */

static void info_free(gpointer data)
{
    PurpleProxyInfo *info = data;

    g_free(info->host);
    g_free(info->username);
    g_free(info->password);
    g_free(info);
}

void fake_proxy(PurpleAccount *account, PurpleProxyType type, const char *host, int port)
{
    PurpleProxyInfo *info = g_new0(PurpleProxyInfo, 1);

    info->type = type;
    info->host = g_strdup(host);
    info->port = port;
    g_hash_table_insert(settings, account, info);
}

void fake_proxy_user(PurpleAccount *account, const char *user, const char *password)
{
    PurpleProxyInfo *info = g_hash_table_lookup(settings, account);

    info->username = g_strdup(user);
    info->password = g_strdup(password);
}

PurpleProxyInfo *purple_proxy_get_setup(PurpleAccount *account)
{
    static PurpleProxyInfo none = {PURPLE_PROXY_NONE, NULL, 0, NULL, NULL};
    PurpleProxyInfo *info = g_hash_table_lookup(settings, account);

    return info != NULL ? info : &none;
}

PurpleProxyType purple_proxy_info_get_type(const PurpleProxyInfo *info)
{
    return info->type;
}

const char *purple_proxy_info_get_host(const PurpleProxyInfo *info)
{
    return info->host;
}

int purple_proxy_info_get_port(const PurpleProxyInfo *info)
{
    return info->port;
}

const char *purple_proxy_info_get_username(const PurpleProxyInfo *info)
{
    return info->username;
}

const char *purple_proxy_info_get_password(const PurpleProxyInfo *info)
{
    return info->password;
}

/* Connections -----------------------------------------------------------------------------------
 */

static void forget_request(void)
{
    g_free(request->where);
    g_free(g_steal_pointer(&request));
}

PurpleProxyConnectData *purple_proxy_connect(void *handle, PurpleAccount *account, const char *host,
                                             int port, PurpleProxyConnectFunction func,
                                             gpointer data)
{
    const PurpleProxyInfo *info = purple_proxy_get_setup(account);

    if (request != NULL)
        fake_fail("a second connection is dialed");
    if (info->type != PURPLE_PROXY_NONE && (info->host == NULL || info->port <= 0))
        fake_fail("libpurple would put up a dialog about invalid proxy settings");
    n_dials++;
    if (is_refusing)
        return NULL;
    request = g_new0(PurpleProxyConnectData, 1);
    request->handle = handle;
    request->where = g_strdup_printf("%s %d", host, port);
    request->func = func;
    request->data = data;
    return request;
}

void purple_proxy_connect_cancel_with_handle(void *handle)
{
    if (request != NULL && request->handle == handle)
        forget_request();
}

const char *fake_dialing(void)
{
    return request != NULL ? request->where : NULL;
}

guint fake_dials(void)
{
    return n_dials;
}

void fake_refuse_dials(gboolean is_on)
{
    is_refusing = is_on;
}

void fake_dialed(int fd)
{
    PurpleProxyConnectData *mine = request;

    if (request == NULL)
        fake_fail("nobody dials");
    mine->func(mine->data, fd, fd < 0 ? "libpurple's reason" : NULL);
    /* Cancelling inside would make libpurple free it twice. */
    if (request != mine)
        fake_fail("the request was cancelled inside its own callback");
    forget_request();
}

/* Descriptors -----------------------------------------------------------------------------------
 */

guint purple_input_add(int fd, PurpleInputCondition condition, PurpleInputFunction func,
                       gpointer data)
{
    Input *input = g_new0(Input, 1);

    input->id = ++last_input;
    input->fd = fd;
    input->condition = condition;
    input->func = func;
    input->data = data;
    inputs = g_list_append(inputs, input);
    return input->id;
}

static Input *find_input(guint id)
{
    for (GList *each = inputs; each != NULL; each = each->next)
        if (((Input *)each->data)->id == id)
            return each->data;
    return NULL;
}

gboolean purple_input_remove(guint id)
{
    Input *input = find_input(id);

    if (input == NULL)
        fake_fail("input %u is removed, but it is not there", id);
    inputs = g_list_remove(inputs, input);
    g_free(input);
    return TRUE;
}

guint fake_inputs(void)
{
    return g_list_length(inputs);
}

/* Each that is ready, once. */
void fake_serve_inputs(void)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint));

    for (GList *each = inputs; each != NULL; each = each->next)
        g_array_append_val(ids, ((Input *)each->data)->id);
    for (guint i = 0; i < ids->len; i++) {
        Input *input = find_input(g_array_index(ids, guint, i));
        struct pollfd poll_fd = {.fd = input != NULL ? input->fd : -1};

        if (input == NULL)
            continue;
        poll_fd.events = (input->condition & PURPLE_INPUT_READ) != 0 ? POLLIN : POLLOUT;
        if (poll(&poll_fd, 1, 0) > 0)
            input->func(input->data, input->fd, input->condition);
    }
}

/* Life ------------------------------------------------------------------------------------------
 */

void fake_proxy_reset(void)
{
    g_clear_pointer(&settings, g_hash_table_unref);
    settings = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, info_free);
    n_dials = 0;
    is_refusing = FALSE;
}

void fake_proxy_check(void)
{
    g_clear_pointer(&settings, g_hash_table_unref);
    if (request != NULL)
        fake_fail("a connection is still dialed: %s", request->where);
    if (inputs != NULL)
        fake_fail("%u descriptors are still watched", g_list_length(inputs));
}
