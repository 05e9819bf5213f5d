/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-lookup.c: attach to fnd, ask, take the answer, leave. */
#include "tinode-lookup.h"

#include <string.h>

#include "tinode-text.h"

#define FND        "fnd"
#define MAX_LENGTH 64

typedef struct _TinodeLookup TinodeLookup;

struct _TinodeLookup {
    TinodeAccount *ta;
    TinodeLookupFunc func;
    gpointer data;
    GDestroyNotify free_data;
    char *query;
    char *user, *name;
};

static void end(TinodeLookup *lookup, const TnReply *reply)
{
    TinodeAccount *ta = lookup->ta;

    ta->lookup = NULL;
    if (!ta->is_closing) {
        tn_session_leave(ta->session, FND, FALSE, NULL, NULL);
        lookup->func(reply, lookup->user, lookup->name, lookup->data);
    }
    if (lookup->free_data != NULL)
        lookup->free_data(lookup->data);
    g_free(lookup->query);
    g_free(lookup->user);
    g_free(lookup->name);
    g_free(lookup);
}

static void on_got(const TnReply *reply, gpointer data)
{
    end(data, reply);
}

static void on_set(const TnReply *reply, gpointer data)
{
    TinodeLookup *lookup = data;
    const TnGet get = {.sub = TRUE};

    if (reply->error != TN_OK || lookup->ta->is_closing)
        end(lookup, reply);
    else
        tn_session_get(lookup->ta->session, FND, &get, on_got, lookup);
}

static void on_attached(const TnReply *reply, gpointer data)
{
    TinodeLookup *lookup = data;
    const TnSet set = {.query = lookup->query};

    if (reply->error != TN_OK || lookup->ta->is_closing)
        end(lookup, reply);
    else
        tn_session_set(lookup->ta->session, FND, &set, on_set, lookup);
}

/* What the query's own signs would be part of is no login. */
static gboolean is_login(const char *text)
{
    return text[0] != '\0' && strlen(text) <= MAX_LENGTH && strpbrk(text, " ,:\"'()") == NULL &&
           g_utf8_validate(text, -1, NULL);
}

char *tinode_lookup(TinodeAccount *ta, const char *login, TinodeLookupFunc func, gpointer data,
                    GDestroyNotify free_data)
{
    const TnGet nothing = {0};
    const char *why = NULL;
    TinodeLookup *lookup;

    if (!is_login(login))
        why = _("There is nobody of this name in your lists, and it is no login.");
    else if (!tinode_account_is_up(ta))
        why = _("There is no connection at the moment.");
    else if (ta->lookup != NULL)
        why = _("Another search is under way. Please try again in a moment.");
    if (why != NULL) {
        if (free_data != NULL)
            free_data(data);
        return g_strdup(why);
    }
    lookup = g_new0(TinodeLookup, 1);
    lookup->ta = ta;
    lookup->func = func;
    lookup->data = data;
    lookup->free_data = free_data;
    lookup->query = g_strdup_printf("basic:%s", login);
    ta->lookup = lookup;
    tn_session_attach(ta->session, FND, &nothing, TRUE, on_attached, NULL, lookup);
    return NULL;
}

void tinode_lookup_rows(TinodeAccount *ta, const TnMeta *meta)
{
    TinodeLookup *lookup = ta->lookup;

    if (lookup == NULL || lookup->user != NULL)
        return;
    for (gsize i = 0; i < meta->n_subs && lookup->user == NULL; i++) {
        const TnRow *row = &meta->subs[i];
        const char *id = row->topic != NULL ? row->topic : row->user;

        if (id == NULL || tn_topic_kind(id) != TN_TOPIC_P2P || !tn_topic_is_valid(id))
            continue;
        lookup->user = g_strdup(id);
        lookup->name = g_strdup(row->card.fn);
    }
}
