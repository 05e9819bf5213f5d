/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-im.h: libpurple's callbacks for one-to-one conversations. */
#ifndef TINODE_IM_H
#define TINODE_IM_H

#include "tinode-topic.h"

G_BEGIN_DECLS

/* 1: taken, the client shows the line. 0: refused, told in the conversation. Negative errno:
 * refused, libpurple tells it (-ENOTCONN). */
int tinode_send_im(PurpleConnection *gc, const char *who, const char *html,
                   PurpleMessageFlags flags);
/* Seconds after which libpurple repeats it while the user goes on typing. */
unsigned int tinode_send_typing(PurpleConnection *gc, const char *who, PurpleTypingState state);

/* For chats, too: text becomes a pending message of the topic. Its id, owned by the caller; NULL
 * with *error set to a negative errno if it was refused. */
char *tinode_send(TinodeTopic *topic, const char *html, int *error);
/* The same with what the message is beside its text (tinode-outbox.h); extra is sunk. */
char *tinode_send_extra(TinodeTopic *topic, const char *html, GVariant *extra, int *error);

/* From login until it is freed: own lines carry their id until the client has written them. (In the
 * plugin's load libpurple's conversations are not there yet.) */
void tinode_im_connect(TinodeAccount *ta);
void tinode_im_disconnect(TinodeAccount *ta);

G_END_DECLS

#endif
