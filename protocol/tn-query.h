/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-query.h: what a person types to find somebody, as the server wants to be asked. Accounts and
 * groups are found by whole tags only, never by names: a login is "basic:bob", an address
 * "email:bob@example.com", a phone number "tel:+15550100"; other tags are words that people have
 * given themselves or their groups. (Fnd and tags) Pure.
 */
#ifndef TN_QUERY_H
#define TN_QUERY_H

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    TN_QUERY_NOTHING, /* nothing in it that could be looked for */
    TN_QUERY_TAGS,    /* ask with tn_query_make() */
    TN_QUERY_ID,      /* an id of the server: look it up */
} TnQueryKind;

/* words: what was typed, UTF-8. */
TnQueryKind tn_query_kind(const char *words);

/* The queries to ask, one after the other, their answers together: (transfer full),
 * NULL-terminated, at least one for TN_QUERY_TAGS, else empty. Several words must all be there. A
 * bare word is a login first, then an alias or a tag. */
char **tn_query_make(const char *words);

/* "bob@example.com" -> "email:bob@example.com", "+1 (555) 01-00" -> "tel:+15550100", in the form
 * in which servers keep them. Newly allocated; NULL: neither. */
char *tn_query_address(const char *text);

G_END_DECLS

#endif
