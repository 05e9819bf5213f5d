/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-grapheme.h: where user-perceived characters begin (UAX #29, extended grapheme clusters),
 * which is the unit of Drafty's offsets. Inside protocol/ only; pure.
 */
#ifndef TN_GRAPHEME_H
#define TN_GRAPHEME_H

#include <glib.h>

G_BEGIN_DECLS

/* The start of the next cluster. text: valid UTF-8, NUL-terminated, not at its end. Looks at one
 * cluster only, so that walking a text is linear. */
const char *tn_grapheme_next(const char *text);

G_END_DECLS

#endif
