/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * support-client.c: see support-client.h.
 */
#include "support-client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define WAIT_MS 8000

static void on_opened(gpointer user_data)
{
    Client *client = user_data;

    assert_false(client->is_inside);
    client->n_opened++;
    if (client->on_opened != NULL)
        client->on_opened(client);
}

static void on_received(const char *text, gsize length, gpointer user_data)
{
    Client *client = user_data;

    assert_false(client->is_inside);
    assert_int_equal(text[length], 0);
    client->n_received++;
    g_string_truncate(client->last, 0);
    g_string_append_len(client->last, text, (gssize)length);
    if (client->on_received != NULL)
        client->on_received(client);
}

static void on_closed(const TnFailure *why, gpointer user_data)
{
    Client *client = user_data;

    assert_false(client->is_inside);
    client->n_closed++;
    client->cause = why->cause;
    client->error = why->error;
    client->code = why->code;
    g_free(client->detail);
    g_free(client->server);
    client->detail = g_strdup(why->detail);
    client->server = g_strdup(why->server);
    if (client->on_closed != NULL)
        client->on_closed(client);
}

Client *client_new(void)
{
    Client *client = g_new0(Client, 1);

    client->transport = tn_transport_lws_new();
    client->last = g_string_new(NULL);
    return client;
}

void client_free(Client *client)
{
    client_drop(client);
    settle();
    g_string_free(client->last, TRUE);
    g_free(client->detail);
    g_free(client->server);
    g_free(client);
    assert_int_equal(tn_transport_lws_contexts(), 0);
}

void client_open(Client *client, const char *host, guint16 port, gboolean use_tls,
                 const char *ca_file)
{
    static const TnTransportEvents events = {
        .opened = on_opened,
        .received = on_received,
        .closed = on_closed,
    };
    TnEndpoint endpoint = {
        .host = host,
        .port = port,
        .use_tls = use_tls,
        .ca_file = ca_file,
        .api_key = "secret/key=",
    };

    client->is_inside = TRUE;
    tn_transport_open(client->transport, &endpoint, &events, client);
    client->is_inside = FALSE;
}

void client_close(Client *client, gboolean is_orderly)
{
    client->is_inside = TRUE;
    tn_transport_close(client->transport, is_orderly);
    client->is_inside = FALSE;
}

void client_drop(Client *client)
{
    client->is_inside = TRUE;
    tn_transport_free(g_steal_pointer(&client->transport));
    client->is_inside = FALSE;
}

gboolean client_send(Client *client, const char *text)
{
    return tn_transport_send(client->transport, text, strlen(text));
}

static gboolean on_limit(gpointer user_data)
{
    WaitLimit *limit = user_data;

    if (g_get_monotonic_time() > limit->until_us)
        limit->is_over = TRUE;
    return G_SOURCE_CONTINUE;
}

gboolean is_slow_motion(void)
{
    const char *preload = g_getenv("LD_PRELOAD");

    return preload != NULL && strstr(preload, "vgpreload") != NULL;
}

void wait_begin(WaitLimit *limit)
{
    limit->is_over = FALSE;
    limit->until_us = g_get_monotonic_time() + (is_slow_motion() ? 10 : 1) * WAIT_MS * 1000;
    /* Not everything that is waited for wakes the loop up. */
    limit->source = g_timeout_add(5, on_limit, limit);
}

void wait_end(WaitLimit *limit, const char *condition, const char *file, int line)
{
    g_source_remove(limit->source);
    if (limit->is_over) {
        print_error("waited in vain: %s\n", condition);
        _fail(file, line);
    }
}

static gboolean on_idle(gpointer user_data)
{
    (*(int *)user_data)++;
    return G_SOURCE_REMOVE;
}

void settle(void)
{
    /* Below everything else: each round all that was ready had its turn. */
    for (int rounds = 0; rounds < 10;) {
        int before = rounds;

        g_idle_add_full(G_PRIORITY_LOW + 100, on_idle, &rounds, NULL);
        while (rounds == before)
            g_main_context_iteration(NULL, TRUE);
    }
}

static gboolean on_end(gpointer user_data)
{
    *(gboolean *)user_data = TRUE;
    return G_SOURCE_REMOVE;
}

guint count_turns(guint ms)
{
    gboolean is_over = FALSE;
    guint n_turns = 0;

    g_timeout_add(ms, on_end, &is_over);
    while (!is_over)
        n_turns += g_main_context_iteration(NULL, TRUE) && !is_over;
    return n_turns;
}

static guint count_entries(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    guint n = 0;

    assert_non_null(dir);
    while (g_dir_read_name(dir) != NULL)
        n++;
    return n;
}

guint count_descriptors(void)
{
    return count_entries("/proc/self/fd");
}

guint count_sockets(void)
{
    g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
    const char *name;
    guint n = 0;

    assert_non_null(dir);
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename("/proc/self/fd", name, NULL);
        g_autofree char *what = g_file_read_link(path, NULL);

        n += what != NULL && g_str_has_prefix(what, "socket:") ? 1 : 0;
    }
    return n;
}

guint count_rest(guint n_sockets)
{
    WAIT(count_sockets() == n_sockets);
    end_idle_threads();
    settle();
    return count_descriptors();
}

void end_idle_threads(void)
{
    int limit = g_thread_pool_get_max_unused_threads();

    g_thread_pool_set_max_unused_threads(0);
    /* The main thread and that which starts the pool's threads stay. */
    WAIT(count_entries("/proc/self/task") <= 2);
    g_thread_pool_set_max_unused_threads(limit);
}

/* The resolver --------------------------------------------------------------------------------- */

#define FAKE_TYPE_RESOLVER (fake_resolver_get_type())
G_DECLARE_FINAL_TYPE(FakeResolver, fake_resolver, FAKE, RESOLVER, GResolver)

struct _FakeResolver {
    GResolver parent;
    GHashTable *names; /* to GStrv */
    guint n_lookups;
};

G_DEFINE_TYPE(FakeResolver, fake_resolver, G_TYPE_RESOLVER)

static FakeResolver *fake;
static GResolver *real;

static void free_found(gpointer found)
{
    g_resolver_free_addresses(found);
}

static void on_cancelled(GCancellable *cancellable, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;

    (void)cancellable;
    g_task_return_new_error(task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
}

static void fake_lookup(GResolver *resolver, const char *name, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
    FakeResolver *self = FAKE_RESOLVER(resolver);
    g_autoptr(GTask) task = g_task_new(resolver, cancellable, callback, user_data);
    char **addresses = g_hash_table_lookup(self->names, name);
    GList *found = NULL;

    self->n_lookups++;
    if (addresses == NULL || addresses[0] == NULL) {
        g_task_return_new_error(task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND,
                                "no such name: %s", name);
        return;
    }
    if (strcmp(addresses[0], "hang") == 0) {
        g_signal_connect(cancellable, "cancelled", G_CALLBACK(on_cancelled), g_object_ref(task));
        return;
    }
    for (guint i = 0; addresses[i] != NULL; i++)
        found = g_list_append(found, g_inet_address_new_from_string(addresses[i]));
    g_task_return_pointer(task, found, free_found);
}

static GList *fake_finish(GResolver *resolver, GAsyncResult *result, GError **error)
{
    (void)resolver;
    return g_task_propagate_pointer(G_TASK(result), error);
}

static void fake_resolver_finalize(GObject *object)
{
    g_hash_table_unref(FAKE_RESOLVER(object)->names);
    G_OBJECT_CLASS(fake_resolver_parent_class)->finalize(object);
}

static void fake_resolver_class_init(FakeResolverClass *klass)
{
    G_RESOLVER_CLASS(klass)->lookup_by_name_async = fake_lookup;
    G_RESOLVER_CLASS(klass)->lookup_by_name_finish = fake_finish;
    G_OBJECT_CLASS(klass)->finalize = fake_resolver_finalize;
}

static void fake_resolver_init(FakeResolver *self)
{
    self->names =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_strfreev);
}

void fake_resolver_install(void)
{
    real = g_resolver_get_default();
    fake = g_object_new(FAKE_TYPE_RESOLVER, NULL);
    g_resolver_set_default(G_RESOLVER(fake));
}

void fake_resolver_add(const char *name, const char *const *addresses)
{
    g_hash_table_insert(fake->names, g_strdup(name), g_strdupv((char **)addresses));
}

guint fake_resolver_lookups(void)
{
    return fake->n_lookups;
}

void fake_resolver_remove(void)
{
    g_resolver_set_default(real);
    g_clear_object(&real);
    g_clear_object(&fake);
}
