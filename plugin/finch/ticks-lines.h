/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ticks-lines.h: which own lines of which conversation carry a slot, and what it says. Records lie
 * with the text, so that switching the companion off and on finds its slots again.
 */
#ifndef TICKS_LINES_H
#define TICKS_LINES_H

#include <conversation.h>

#include "ticks-slot.h"

G_BEGIN_DECLS

#define TICKS_PREFS         "/plugins/gnt/tinode-ticks"
#define TICKS_PREF_SYMBOLS  TICKS_PREFS "/symbols" /* auto, ticks or ascii */
#define TICKS_PREF_COLOURS  TICKS_PREFS "/colours"
#define TICKS_PREF_CHATS    TICKS_PREFS "/chats"
#define TICKS_PREF_COUNTS   TICKS_PREFS "/counts"
#define TICKS_PREF_SYNC_ROW TICKS_PREFS "/sync-row"

/* The environment variable that names a file to which what is drawn is appended, for tests, a line
 * of JSON each:
 *
 *   {"ev":"drawn"|"changed","conv":CHANNEL,"id":ID,"state":WORD,"text":SLOT}
 *   {"ev":"dropped","conv":CHANNEL,"id":ID}: cleared, or not on the screen any more
 *   {"ev":"loaded"}  {"ev":"unloaded"} */
#define TICKS_LOG_VARIABLE "TINODE_TICKS_LOG"

/* first_pair: as ticks_view_init(). */
int ticks_lines_init(int first_pair);
/* Blank every slot and close the log. */
void ticks_lines_uninit(void);

/* An own line has just been written. state: what is known of it now. */
void ticks_lines_written(PurpleConversation *conv, const char *id, TicksState state);
/* What is told of a message, whether it is on the screen or not. */
void ticks_lines_told(PurpleConversation *conv, const char *id, const TicksValue *value);
/* The text is gone: forget. Safe to repeat. */
void ticks_lines_forget(PurpleConversation *conv);
/* A preference has changed. */
void ticks_lines_redraw(PurpleConversation *conv);

G_END_DECLS

#endif
