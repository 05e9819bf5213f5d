/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-search.c: one search after the other. */
#include "tinode-search.h"

#include <string.h>

#include "protocol/tn-query.h"
#include "tinode-text.h"
#include "tinode-topic.h"

#define FND "fnd"

typedef struct {
    TinodeSearch *line;
    char *words;
    char **queries;
    guint next;      /* the query to ask next */
    GPtrArray *hits; /* TinodeHit, owned */
    TinodeFoundFunc found;
    gpointer user_data;
    GDestroyNotify free_data;
} Search;

struct _TinodeSearch {
    TinodeAccount *ta;
    GQueue waiting; /* Search, owned */
    Search *now;    /* under way, owned by its open request */
};

static void hit_free(gpointer data)
{
    TinodeHit *hit = data;

    g_free(hit->name);
    g_free(hit->fn);
    g_free(hit->matched);
    g_free(hit);
}

static void search_free(gpointer data)
{
    Search *search = data;

    if (search->free_data != NULL)
        search->free_data(search->user_data);
    g_free(search->words);
    g_strfreev(search->queries);
    g_ptr_array_unref(search->hits);
    g_free(search);
}

TinodeSearch *tinode_search_new(TinodeAccount *ta)
{
    TinodeSearch *line = g_new0(TinodeSearch, 1);

    line->ta = ta;
    g_queue_init(&line->waiting);
    return line;
}

void tinode_search_free(TinodeSearch *line)
{
    g_queue_clear_full(&line->waiting, search_free);
    g_free(line);
}

static void begin_next(TinodeSearch *line);

static void finish(Search *search, TinodeSearchOutcome outcome)
{
    TinodeSearch *line = search->line;
    TinodeAccount *ta = line->ta;

    line->now = NULL;
    if (!ta->is_closing)
        search->found(ta, outcome, search->hits, search->user_data);
    search_free(search);
    if (!ta->is_closing && line->now == NULL)
        begin_next(line);
}

static TinodeSearchOutcome outcome_of(TnError error)
{
    switch (error) {
    case TN_ERROR_FORBIDDEN:
    case TN_ERROR_PERMANENT:
    case TN_ERROR_GONE:
        return TINODE_SEARCH_REFUSED;
    default:
        return TINODE_SEARCH_OFFLINE;
    }
}

/* TRUE: it has ended. */
static gboolean has_failed(Search *search, const TnReply *reply)
{
    if (reply->error == TN_OK && !search->line->ta->is_closing)
        return FALSE;
    finish(search, outcome_of(reply->error));
    return TRUE;
}

static void ask(Search *search);

static void on_rows(const TnReply *reply, gpointer data)
{
    Search *search = data;

    if (has_failed(search, reply))
        return;
    if (search->queries[search->next] != NULL)
        ask(search);
    else
        finish(search, TINODE_SEARCH_DONE);
}

static void on_query_set(const TnReply *reply, gpointer data)
{
    const TnGet get = {.sub = TRUE};
    Search *search = data;

    if (!has_failed(search, reply))
        tn_session_get(search->line->ta->session, FND, &get, on_rows, search);
}

static void ask(Search *search)
{
    const TnSet set = {.query = search->queries[search->next++]};

    tn_session_set(search->line->ta->session, FND, &set, on_query_set, search);
}

static void on_attached(const TnReply *reply, gpointer data)
{
    Search *search = data;

    if (!has_failed(search, reply))
        ask(search);
}

static void attach(Search *search)
{
    const TnGet nothing = {0};

    tn_session_attach(search->line->ta->session, FND, &nothing, TRUE, on_attached, NULL, search);
}

static void add_hit(Search *search, const char *name, const char *fn, const char *matched,
                    guint members)
{
    const TnTopicKind kind = tn_topic_kind(name);
    TinodeHit *hit;

    if (search->hits->len >= TINODE_MAX_HITS || !tn_topic_is_valid(name) ||
        (kind != TN_TOPIC_P2P && kind != TN_TOPIC_GROUP && kind != TN_TOPIC_CHANNEL) ||
        g_strcmp0(name, tinode_account_self(search->line->ta)) == 0)
        return;
    for (guint i = 0; i < search->hits->len; i++)
        if (strcmp(((TinodeHit *)search->hits->pdata[i])->name, name) == 0)
            return;
    hit = g_new0(TinodeHit, 1);
    hit->name = g_strdup(name);
    hit->fn = g_strdup(fn);
    hit->matched = g_strdup(matched);
    hit->members = members;
    hit->is_person = kind == TN_TOPIC_P2P;
    g_ptr_array_add(search->hits, hit);
}

void tinode_search_rows(TinodeAccount *ta, const TnMeta *meta)
{
    Search *search = ta->search->now;

    for (gsize i = 0; search != NULL && i < meta->n_subs; i++) {
        const TnRow *row = &meta->subs[i];

        if (row->topic != NULL)
            add_hit(search, row->topic, row->card.fn, row->matched, row->members);
    }
}

/* A login may look like an id. */
static void on_looked_up(const TnReply *reply, gpointer data)
{
    Search *search = data;
    TinodeAccount *ta = search->line->ta;
    g_autofree char *name = g_strstrip(g_strdup(search->words));
    TinodeTopic *topic = tinode_topic_find(ta, name);

    if (reply->error == TN_OK && topic != NULL && !ta->is_closing) {
        add_hit(search, topic->name, topic->fn, NULL, 0);
        finish(search, TINODE_SEARCH_DONE);
    } else if (ta->is_closing || outcome_of(reply->error) == TINODE_SEARCH_OFFLINE) {
        finish(search, TINODE_SEARCH_OFFLINE);
    } else if (search->queries[0] != NULL) {
        attach(search);
    } else {
        finish(search, TINODE_SEARCH_DONE);
    }
}

static void look_up(Search *search)
{
    const TnGet get = {.desc = TRUE};
    g_autofree char *name = g_strstrip(g_strdup(search->words));

    tn_session_get(search->line->ta->session, name, &get, on_looked_up, search);
}

static void begin_next(TinodeSearch *line)
{
    Search *search = g_queue_pop_head(&line->waiting);

    if (search == NULL) {
        if (tn_session_is_attached(line->ta->session, FND))
            tn_session_leave(line->ta->session, FND, FALSE, NULL, NULL);
        return;
    }
    line->now = search;
    switch (tn_query_kind(search->words)) {
    case TN_QUERY_NOTHING:
        finish(search, TINODE_SEARCH_NOTHING);
        break;
    case TN_QUERY_ID:
        look_up(search);
        break;
    case TN_QUERY_TAGS:
        attach(search);
        break;
    }
}

void tinode_search_start(TinodeAccount *ta, const char *words, TinodeFoundFunc found,
                         gpointer user_data, GDestroyNotify free_data)
{
    Search *search = g_new0(Search, 1);

    search->line = ta->search;
    search->words = g_strdup(words);
    search->queries = tn_query_make(words);
    search->hits = g_ptr_array_new_with_free_func(hit_free);
    search->found = found;
    search->user_data = user_data;
    search->free_data = free_data;
    g_queue_push_tail(&ta->search->waiting, search);
    if (ta->search->now == NULL)
        begin_next(ta->search);
}

char *tinode_search_text(TinodeSearchOutcome outcome, const char *words)
{
    switch (outcome) {
    case TINODE_SEARCH_DONE:
        /* Translators: %s is what the user was looking for. */
        return g_strdup_printf(_("Nobody was found for “%s”. People are found by their whole "
                                 "login, e-mail address or phone number."),
                               words);
    case TINODE_SEARCH_NOTHING:
        return g_strdup_printf(_("“%s” is nothing that can be looked for."), words);
    case TINODE_SEARCH_REFUSED:
        return g_strdup_printf(_("The server does not look for “%s”."), words);
    case TINODE_SEARCH_OFFLINE:
        break;
    }
    return g_strdup(tinode_request_text(TN_ERROR_TRANSIENT));
}
