/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-search.h: finding accounts and groups on the server. Searches wait in line: the topic for
 * it (fnd) is attached while one is under way and left after the last. Ids are looked up instead.
 */
#ifndef TINODE_SEARCH_H
#define TINODE_SEARCH_H

#include "tinode-account.h"

G_BEGIN_DECLS

/* Somebody or something found. All strings are one line. */
typedef struct {
    char *name;    /* usr…, grp… or chn… */
    char *fn;      /* public name; NULL: none */
    char *matched; /* the tags that it was found by; NULL */
    guint members; /* groups; 0: not told */
    gboolean is_person;
} TinodeHit;

typedef enum {
    TINODE_SEARCH_DONE,    /* hits may be empty */
    TINODE_SEARCH_NOTHING, /* nothing in the words that could be looked for */
    TINODE_SEARCH_REFUSED, /* the server does not answer such a search */
    TINODE_SEARCH_OFFLINE, /* no connection, or no answer */
} TinodeSearchOutcome;

/* hits: TinodeHit, at most TINODE_MAX_HITS, borrowed for the call. Not called once the account
 * closes. */
typedef void (*TinodeFoundFunc)(TinodeAccount *ta, TinodeSearchOutcome outcome, GPtrArray *hits,
                                gpointer user_data);

/* What a window shows; who finds more asks for more words. */
#define TINODE_MAX_HITS 100

TinodeSearch *tinode_search_new(TinodeAccount *ta) G_GNUC_WARN_UNUSED_RESULT;
/* After the session: it has told every outcome by then. */
void tinode_search_free(TinodeSearch *search);

/* words: as typed, copied. found is called once, for words without sense before this returns; then,
 * or when the account closes, free_data is. free_data may be NULL. */
void tinode_search_start(TinodeAccount *ta, const char *words, TinodeFoundFunc found,
                         gpointer user_data, GDestroyNotify free_data);
/* Rows of fnd came. */
void tinode_search_rows(TinodeAccount *ta, const TnMeta *meta);

/* Why a search has no hits, as a sentence about the words. Newly allocated. */
char *tinode_search_text(TinodeSearchOutcome outcome, const char *words);

G_END_DECLS

#endif
