/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-fetch.c: the queue of small files. */
#include "tinode-fetch.h"

#define AT_ONCE     2
#define MAX_WAITING 5000 /* photos of all contacts that an account can have */
#define TOTAL_MS    60000

typedef struct {
    TinodeFetch *fetch;
    char *ref;
    goffset limit;
    TinodeFetchFunc func;
    gpointer data;
    GDestroyNotify destroy;
    TnFile *file; /* NULL: waits */
} Job;

struct _TinodeFetch {
    TinodeAccount *ta;
    GQueue waiting;
    GList *running;
};

TinodeFetch *tinode_fetch_new(TinodeAccount *ta)
{
    TinodeFetch *fetch = g_new0(TinodeFetch, 1);

    fetch->ta = ta;
    g_queue_init(&fetch->waiting);
    return fetch;
}

static void job_free(gpointer data)
{
    Job *job = data;

    tn_file_cancel(job->file);
    if (job->destroy != NULL)
        job->destroy(job->data);
    g_free(job->ref);
    g_free(job);
}

void tinode_fetch_quiet(TinodeFetch *fetch)
{
    g_queue_clear_full(&fetch->waiting, job_free);
    g_list_free_full(g_steal_pointer(&fetch->running), job_free);
}

void tinode_fetch_free(TinodeFetch *fetch)
{
    tinode_fetch_quiet(fetch);
    g_free(fetch);
}

static void pump(TinodeFetch *fetch);

static void on_ended(const TnFileResult *result, gpointer user_data)
{
    Job *job = user_data;
    TinodeFetch *fetch = job->fetch;
    TinodeAccount *ta = fetch->ta;

    job->file = NULL;
    fetch->running = g_list_remove(fetch->running, job);
    job->func(ta, result->why == NULL ? result->bytes : NULL, job->data);
    job_free(job);
    if (!ta->is_closing)
        pump(fetch);
}

static gboolean begin(Job *job)
{
    static const TnFileEvents events = {.ended = on_ended};
    TinodeFetch *fetch = job->fetch;

    job->file =
        tn_session_download(fetch->ta->session, job->ref, job->limit, TOTAL_MS, &events, job);
    if (job->file != NULL)
        fetch->running = g_list_prepend(fetch->running, job);
    return job->file != NULL;
}

/* Whoever waits for one that cannot even be begun is told, too: they may ask for another. */
static void pump(TinodeFetch *fetch)
{
    while (g_list_length(fetch->running) < AT_ONCE && !fetch->ta->is_closing) {
        Job *job = g_queue_pop_head(&fetch->waiting);

        if (job == NULL)
            return;
        if (begin(job))
            continue;
        job->func(fetch->ta, NULL, job->data);
        job_free(job);
    }
}

gboolean tinode_fetch_add(TinodeFetch *fetch, const char *ref, goffset limit, TinodeFetchFunc func,
                          gpointer data, GDestroyNotify destroy)
{
    Job *job = g_new0(Job, 1);

    *job = (Job){fetch, g_strdup(ref), limit, func, data, destroy, NULL};
    if (!tn_session_is_own_file(fetch->ta->session, ref) ||
        g_queue_get_length(&fetch->waiting) >= MAX_WAITING) {
        job_free(job);
        return FALSE;
    }
    if (g_list_length(fetch->running) >= AT_ONCE || !g_queue_is_empty(&fetch->waiting)) {
        g_queue_push_tail(&fetch->waiting, job); /* the end of another takes it up */
        return TRUE;
    }
    if (begin(job))
        return TRUE;
    job_free(job);
    return FALSE;
}
