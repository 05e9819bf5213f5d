/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-xfer.h: libpurple's file transfers: what others sent, to disk; files of ours, up and then
 * into a conversation as a message that is published once its file is there.
 */
#ifndef TINODE_XFER_H
#define TINODE_XFER_H

#include <ft.h>

#include "tinode-topic.h"

G_BEGIN_DECLS

/* A file that came with a message: inside it (bytes) or on the server (ref). */
typedef struct {
    char *name; /* fit for a disk */
    char *from; /* who sent it */
    char *ref;
    GBytes *bytes;
    guint32 size; /* as told; 0: not */
} TinodeItem;

void tinode_item_free(gpointer item);

/* Let the user decide, as libpurple does, where it goes. FALSE: it is no file of our server, or
 * too many questions are open. */
gboolean tinode_xfer_offer(TinodeTopic *topic, const TinodeItem *item);
/* The account closes: everything under way ends, for both sides of it. */
void tinode_xfers_close(TinodeAccount *ta);

/* libpurple's callbacks. */
gboolean tinode_can_receive_file(PurpleConnection *gc, const char *who);
void tinode_send_file(PurpleConnection *gc, const char *who, const char *path);
PurpleXfer *tinode_new_xfer(PurpleConnection *gc, const char *who);
gboolean tinode_chat_can_receive_file(PurpleConnection *gc, int id);
void tinode_chat_send_file(PurpleConnection *gc, int id, const char *path);

G_END_DECLS

#endif
