/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-resolver.c: names to numeric addresses through GResolver, which asks in a thread of GLib's.
 *
 * GIO still calls back after a cancel, from a later turn of the loop: too late for code that may be
 * unmapped meanwhile. So each lookup has a context of its own to be called back in. The default
 * loop watches its wake-up descriptor, and a cancel runs it at once.
 */
#include "tn-resolver.h"

#include <gio/gio.h>
#include <glib-unix.h>

/* More are not tried: each one takes its share of the time to connect. */
#define MAX_ADDRESSES 8

struct _TnLookup {
    TnLookupFunc done;
    gpointer user_data;
    GMainContext *context;
    GCancellable *cancellable;
    guint watch;
    gboolean is_over; /* GIO has called back */
};

static void lookup_free(TnLookup *lookup)
{
    if (lookup->watch != 0)
        g_source_remove(lookup->watch);
    g_object_unref(lookup->cancellable);
    g_main_context_unref(lookup->context);
    g_free(lookup);
}

/* The first address leads, then the families take turns: one that is broken costs one attempt. */
static char **order_addresses(GList *found)
{
    GSocketFamily first = g_inet_address_get_family(found->data);
    GPtrArray *ordered = g_ptr_array_new();
    GList *same = found, *other = found;

    while (ordered->len < MAX_ADDRESSES && (same != NULL || other != NULL)) {
        while (same != NULL && g_inet_address_get_family(same->data) != first)
            same = same->next;
        if (same != NULL) {
            g_ptr_array_add(ordered, g_inet_address_to_string(same->data));
            same = same->next;
        }
        while (other != NULL && g_inet_address_get_family(other->data) == first)
            other = other->next;
        if (other != NULL && ordered->len < MAX_ADDRESSES) {
            g_ptr_array_add(ordered, g_inet_address_to_string(other->data));
            other = other->next;
        }
    }
    g_ptr_array_add(ordered, NULL);
    return (char **)g_ptr_array_free(ordered, FALSE);
}

static void on_resolved(GObject *source, GAsyncResult *result, gpointer user_data)
{
    TnLookup *lookup = user_data;
    g_autoptr(GError) error = NULL;
    GList *found = g_resolver_lookup_by_name_finish(G_RESOLVER(source), result, &error);

    lookup->is_over = TRUE;
    if (lookup->done != NULL) {
        g_auto(GStrv) addresses = found != NULL ? order_addresses(found) : NULL;
        TnLookupFunc done = lookup->done;

        /* done may start the next lookup or throw its owner away; a cancel comes too late now. */
        lookup->done = NULL;
        done(addresses, error != NULL ? error->message : "no address", lookup->user_data);
    }
    g_resolver_free_addresses(found);
}

static gboolean on_wakeup(int fd, GIOCondition condition, gpointer user_data)
{
    TnLookup *lookup = user_data;

    (void)fd;
    (void)condition;
    while (g_main_context_iteration(lookup->context, FALSE))
        ;
    if (!lookup->is_over)
        return G_SOURCE_CONTINUE;
    lookup->watch = 0;
    lookup_free(lookup);
    return G_SOURCE_REMOVE;
}

TnLookup *tn_lookup_start(const char *name, TnLookupFunc done, gpointer user_data)
{
    TnLookup *lookup = g_new0(TnLookup, 1);
    g_autoptr(GResolver) resolver = g_resolver_get_default();
    GPollFD wakeup = {.fd = -1};
    int timeout;

    lookup->done = done;
    lookup->user_data = user_data;
    lookup->cancellable = g_cancellable_new();
    lookup->context = g_main_context_new_with_flags(G_MAIN_CONTEXT_FLAGS_OWNERLESS_POLLING);

    /* A context without sources has one descriptor to poll: that which wakes it up. */
    if (g_main_context_acquire(lookup->context)) {
        g_main_context_query(lookup->context, G_MAXINT, &timeout, &wakeup, 1);
        g_main_context_release(lookup->context);
    }
    lookup->watch = g_unix_fd_add(wakeup.fd, G_IO_IN, on_wakeup, lookup);

    g_main_context_push_thread_default(lookup->context);
    g_resolver_lookup_by_name_async(resolver, name, lookup->cancellable, on_resolved, lookup);
    g_main_context_pop_thread_default(lookup->context);
    return lookup;
}

void tn_lookup_cancel(TnLookup *lookup)
{
    if (lookup->done == NULL) /* inside done: on_wakeup releases it */
        return;
    lookup->done = NULL;
    g_cancellable_cancel(lookup->cancellable);
    while (!lookup->is_over && g_main_context_iteration(lookup->context, FALSE))
        ;
    /* A resolver that does not heed the cancel at once is waited for in the background. */
    if (lookup->is_over)
        lookup_free(lookup);
}
