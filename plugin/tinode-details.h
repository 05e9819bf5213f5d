/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-details.h: who has an own message, and since when, in words for people: for /receipts,
 * for the tooltip of a tick and for the window "Message Receipts". Keeps nothing of its own: what
 * the messages were is in tinode-known.h and tinode-outbox.h.
 */
#ifndef TINODE_DETAILS_H
#define TINODE_DETAILS_H

#include "tinode-topic.h"

G_BEGIN_DECLS

typedef enum {
    TINODE_DETAILS_HTML,  /* "<br>Read by: Bob (12:04), Carol", names escaped */
    TINODE_DETAILS_PLAIN, /* "\nRead by:\n  Bob (12:04)\n  Carol" */
} TinodeDetailsStyle;

/* Append who has message seq, who received it, who has not; at most max names in each list, the
 * rest as "and N more". Nothing for seq 0. */
void tinode_details_append_members(GString *out, TinodeTopic *topic, guint32 seq,
                                   TinodeDetailsStyle style, guint max);
/* The state of an own message as one sentence, translated; last: it is the newest. Static. */
const char *tinode_details_state(ReceiptMessageState state, gboolean is_last);
/* Plain text for a tooltip. Newly allocated; NULL if there is no such message. */
char *tinode_details_tooltip(TinodeTopic *topic, const char *id);
/* Open the window with the last own messages. */
void tinode_details_show(TinodeTopic *topic);

G_END_DECLS

#endif
