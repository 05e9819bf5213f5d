/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-json.h: typed, bounded reading of JSON for the codec; inside the codec only. A value of the
 * wrong type or out of range is absent: a peer may store almost anything in a message or a card,
 * and that must not cost us the frame that carries it.
 */
#ifndef TN_JSON_H
#define TN_JSON_H

#include <glib.h>
#include <jansson.h>

G_BEGIN_DECLS

/* Values in one frame. The 1024 rows of the longest answer hold some 20 000; a message at the
 * server's largest limit can hold half of this. jansson may spend 200 bytes on an empty one. */
#define TN_MAX_VALUES (512 * 1024)

/* How the server writes "cleared" (U+2421). */
#define TN_JSON_CLEARED "\xe2\x90\xa1"

/* The longest sequence number; the server counts in 32 bit signed. */
#define TN_MAX_SEQ G_MAXINT32

/* Parse one frame after looking at its size, encoding, depth and number of values, which is when
 * refusing is still cheap. All numbers become reals: an integer of 20 digits, which a peer may
 * store in a message, is then no error, and those that we read are exact up to 2^53. Duplicate
 * keys are no error either, the last one counts. Returns: (transfer full) any JSON value; NULL
 * with error (TN_CODEC_ERROR) set. */
json_t *tn_json_parse(const char *text, gsize length, GError **error);

/* NULL unless the member is there and of that type. object may be NULL. */
json_t *tn_json_object(const json_t *object, const char *key);
json_t *tn_json_array(const json_t *object, const char *key);
gboolean tn_json_bool(const json_t *object, const char *key);
gboolean tn_json_is_cleared(const json_t *object, const char *key);

/* A whole number from 0 to TN_MAX_SEQ; anything else is 0. Not clamped: a clamped cursor would
 * claim what nobody said. */
guint32 tn_json_seq(const json_t *object, const char *key);
/* A size; larger than 32 bits hold is clamped, anything else is 0. */
guint32 tn_json_limit(const json_t *object, const char *key);
/* A whole number from low to high; FALSE: absent, value unchanged. */
gboolean tn_json_int(const json_t *object, const char *key, int low, int high, int *value);

/* Strings are copied into chunk. NULL: absent, empty or cleared. */
/* As it is, but cut to max bytes at a character; NUL shows as U+FFFD. */
const char *tn_json_string(const json_t *object, const char *key, gsize max, GStringChunk *chunk);
/* One line for people: line breaks and tabs become spaces, runs of them one; other control
 * characters and marks that reverse the direction of what follows vanish; trimmed; cut. */
const char *tn_json_line(const json_t *object, const char *key, gsize max, GStringChunk *chunk);
/* An id: letters, digits, - and _, at most TN_MAX_NAME. A longer one is absent: cut it would be
 * somebody else's. */
const char *tn_json_name(const json_t *object, const char *key, GStringChunk *chunk);

/* Newly allocated copy of a JSON string: NUL as U+FFFD, cut to max bytes at a character. */
char *tn_json_dup(const json_t *string, gsize max);

/* Overwrite the string of a member in place before the tree is freed. */
void tn_json_wipe(json_t *object, const char *key);

G_END_DECLS

#endif
