/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-message.h: one message on its way from the wire to a line in a conversation. */
#ifndef TINODE_MESSAGE_H
#define TINODE_MESSAGE_H

#include "tinode-topic.h"

G_BEGIN_DECLS

typedef struct {
    guint32 seq;
    char *from;      /* NULL in channels */
    gint64 ts_ms;    /* Unix ms */
    char *html;      /* what people see; empty: nothing to show */
    char *client_id; /* our private key in head, on messages of ours */
    guint32 replace; /* an edit of that message; 0 */
    gboolean is_own;
    gboolean is_call;
    gboolean is_fetched; /* came with history, not live */
    gboolean is_again;   /* handed on before, and not on the screen any more */
    gboolean is_context; /* was read elsewhere before this device first saw the conversation */
    TnContent *content;  /* of a message with pictures or files (tinode-media.h); else NULL */
    gsize weight;        /* bytes that came inside it */
} TinodeMessage;

/* Copies what it needs. */
TinodeMessage *tinode_message_new(TinodeTopic *topic, const TnData *data);
void tinode_message_free(gpointer message);

/* A message of ours that this client sent: settle it (its seq is known now). TRUE: it was one,
 * there is nothing to show. */
gboolean tinode_message_settle_own(TinodeTopic *topic, const TinodeMessage *message);
/* Hand it to libpurple: exactly one line, or none if there is nothing to show or libpurple blocks
 * the sender. Conversations are opened as any protocol does. */
void tinode_message_hand(TinodeTopic *topic, const TinodeMessage *message);

/* While the line of an own message is written, the conversation carries its id. */
void tinode_message_set_id(PurpleConversation *conv, const char *id);

G_END_DECLS

#endif
