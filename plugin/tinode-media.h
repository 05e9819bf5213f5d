/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-media.h: pictures and files in messages.
 *
 *   what came              live                                history (read elsewhere, or old)
 *   ---------------------  ---------------------------------- -------------------------------------
 *   picture in the message shown in its line                   shown in its line
 *   picture on our server  its line at once; fetched if small,  its line
 *                          shown below when it is there
 *   picture, other client  its line                            its line
 *   other file             its line; offered as a transfer     its line
 *   on a foreign host      a link, never asked for              the same
 *
 * The line comes first and is all that receipts and logs know: a picture that is fetched is an
 * extra line of the system's, so nothing is held back or changes places. What is not offered can be
 * had by /download.
 */
#ifndef TINODE_MEDIA_H
#define TINODE_MEDIA_H

#include "tinode-message.h"

G_BEGIN_DECLS

/* Keep what a message carries, within bounds. */
void tinode_media_keep(TinodeMessage *message, const TnData *data);
void tinode_media_release(TinodeMessage *message);
/* message carries what version does, and nothing else. */
void tinode_media_take(TinodeMessage *message, const TinodeMessage *version);

/* HTML of its line with pictures as the client shows them; newly allocated, NULL: nothing but what
 * message->html says. flags gets PURPLE_MESSAGE_IMAGES. tinode_media_shown() after the line was
 * handed on. */
char *tinode_media_html(const TinodeMessage *message, PurpleMessageFlags *flags);
/* The line is there: fetch, offer, remember. */
void tinode_media_shown(TinodeTopic *topic, const TinodeMessage *message, gboolean is_live);

/* Publish a file that lies on the server now, with its line in the conversation. beginning: its
 * first bytes. */
void tinode_media_publish(TinodeTopic *topic, const char *name, const char *ref, guint32 size,
                          const guint8 *beginning, gsize n_beginning);

/* /download: offer the nth newest file of a conversation (from 1 on). NULL, or a sentence that says
 * why not (static). */
const char *tinode_media_download(TinodeTopic *topic, guint nth);

void tinode_media_free(TinodeMedia *media);

G_END_DECLS

#endif
