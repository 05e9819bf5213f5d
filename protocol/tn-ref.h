/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-ref.h: where a file lies: references as they stand in messages and cards, made into what can
 * be asked for, or refused. Pure.
 */
#ifndef TN_REF_H
#define TN_REF_H

#include <glib.h>

G_BEGIN_DECLS

/* An address taken apart. Strings are owned. */
typedef struct {
    char *host; /* lower case ASCII; an IPv6 literal without brackets */
    guint16 port;
    gboolean use_tls;
    char *path; /* with its query, from / on */
} TnRef;

/* text: absolute (http, https), or from / on, then of the host of base. FALSE: nothing that may be
 * asked for (another scheme, a user name or a password in it, other than printable ASCII, too
 * long); ref is not changed. */
gboolean tn_ref_resolve(const TnRef *base, const char *text, TnRef *ref);
void tn_ref_clear(TnRef *ref);
/* The same scheme, host and port. */
gboolean tn_ref_is_same_origin(const TnRef *one, const TnRef *other);

G_END_DECLS

#endif
