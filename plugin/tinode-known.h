/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-known.h: what was shown lately: enough to say what an edit or a deletion was about, and
 * what a command means by "the last message". In memory only, one store for each account, bounded:
 * the newest messages of all its conversations, TINODE_KNOWN_MAX of them and TINODE_KNOWN_BYTES of
 * text; the oldest go first.
 */
#ifndef TINODE_KNOWN_H
#define TINODE_KNOWN_H

#include "protocol/tn-drafty.h"
#include "tinode-account.h"

G_BEGIN_DECLS

#define TINODE_KNOWN_MAX   2000
#define TINODE_KNOWN_BYTES (1024 * 1024)

/* Owned by the store; valid until the next call that changes it. */
typedef struct {
    guint32 seq;
    gint64 ts_ms; /* Unix ms, when it was written; 0: not known */
    char *from;   /* NULL in channels */
    gboolean is_own;
    char *html;           /* the newest version; NULL: too long to be kept */
    char *line;           /* its beginning as one line of text */
    gboolean has_objects; /* more than text */
    GPtrArray *choices;   /* of TnChoice; NULL: no form */
    GVariant *extra;      /* own: what it is beside its text (tinode-outbox.h); NULL */
    GArray *versions;     /* guint32: messages that replaced it; NULL: none */
} TinodeKnownMessage;

TinodeKnown *tinode_known_new(void) G_GNUC_WARN_UNUSED_RESULT;
void tinode_known_free(TinodeKnown *known);

/* Remember message seq, or another version of it (what was known of its author, time and versions
 * stays). All is copied but choices and extra, which may be NULL (a reference is taken); versions
 * is not looked at. */
void tinode_known_put(TinodeKnown *known, const char *channel, const TinodeKnownMessage *message);
/* seq replaced the message target. Nothing if target is not known. */
void tinode_known_replaced(TinodeKnown *known, const char *channel, guint32 target, guint32 seq);
void tinode_known_forget(TinodeKnown *known, const char *channel, guint32 seq);
/* NULL: not, or not any more. */
const TinodeKnownMessage *tinode_known_find(TinodeKnown *known, const char *channel, guint32 seq);

/* The newest message that is_wanted; NULL: none. */
typedef gboolean (*TinodeKnownFunc)(const TinodeKnownMessage *message, gconstpointer data);
const TinodeKnownMessage *tinode_known_newest(TinodeKnown *known, const char *channel,
                                              TinodeKnownFunc is_wanted, gconstpointer data);
/* Those from low to high, ascending: (transfer full) (element-type guint32). */
GArray *tinode_known_between(TinodeKnown *known, const char *channel, guint32 low, guint32 high);

/* A few words of a message for use in a sentence, as HTML in quotation marks. Newly allocated. */
char *tinode_known_words(const TinodeKnownMessage *message);

G_END_DECLS

#endif
