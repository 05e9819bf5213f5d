/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-recall.h: a command means a message that is on the screen, or on the server, but was shown
 * before this sign-in: the last page of history is asked for once, what it brings becomes known
 * without being shown, and the command is run again.
 */
#ifndef TINODE_RECALL_H
#define TINODE_RECALL_H

#include "tinode-message.h"

G_BEGIN_DECLS

typedef char *(*TinodeRecallFunc)(TinodeTopic *topic, char **args);

/* args: NULL-terminated, copied. FALSE: it has been asked for, or cannot be now; nothing happens.
 * TRUE: run is called later; what it returns is written into the conversation. */
gboolean tinode_recall_start(TinodeTopic *topic, TinodeRecallFunc run, char **args);
/* History brought a message that was handed on long ago. TRUE: it was asked for here. */
gboolean tinode_recall_take(TinodeTopic *topic, const TnData *data);
/* The account closes. */
void tinode_recall_free(TinodeTopic *topic);

G_END_DECLS

#endif
