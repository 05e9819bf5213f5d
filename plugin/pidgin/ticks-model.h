/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ticks-model.h: what a tick looks like: from the state of a message and its counts to the text
 * and the colour, and from the state of sync to its sign. GLib only: no toolkit, no libpurple.
 *
 *   state      glyphs  words      ASCII   count in a group, while it is neither 0 nor all
 *   ---------  ------  ---------  ------  ------------------------------------------------
 *   pending    …       sending    (..)
 *   sent       ✓       sent       (+)     delivered/members: how far it is to the second tick
 *   delivered  ✓✓      delivered  (++)    read/members: how far it is to the colour
 *   read       ✓✓      read       (**)    (✔✔ where colours are switched off)
 *   failed     ✗       not sent   (x)
 */
#ifndef TICKS_MODEL_H
#define TICKS_MODEL_H

#include <glib.h>

G_BEGIN_DECLS

typedef enum { TICK_PENDING, TICK_SENT, TICK_DELIVERED, TICK_READ, TICK_FAILED } TickState;
#define TICK_N_STATES (TICK_FAILED + 1)

typedef enum { TICK_GLYPHS, TICK_IMAGES, TICK_WORDS, TICK_ASCII } TickStyle;

/* How far an own message is, as the protocol plugin tells it. */
typedef struct {
    TickState state;
    guint delivered, read, members;
} TickFacts;

/* What the user wants. */
typedef struct {
    TickStyle style;
    gboolean has_colours;
    gboolean has_counts;
} TickLook;

/* FALSE: the word is no state. */
gboolean tick_state_parse(const char *word, TickState *state);
const char *tick_state_name(TickState state);

/* The text of a tick, newly allocated; begins with a space that does not break. With images the
 * object replacement character stands for the picture. */
char *tick_text(const TickFacts *facts, gboolean is_group, const TickLook *look);
/* Every glyph that tick_text() may need, to ask a font for them. */
#define TICK_ALL_GLYPHS "…✓✔✗"
#define TICK_IMAGE_CHAR "\xef\xbf\xbc"

/* 0xRRGGBB for a state on a background of this colour, readable on light and on dark. */
guint32 tick_colour(TickState state, guint32 background, gboolean has_colours);

/* The sign beside a conversation. */
typedef enum { SYNC_SIGN_NONE, SYNC_SIGN_OK, SYNC_SIGN_LIMITED, SYNC_SIGN_OFFLINE } SyncSign;
/* word: a sync state; NULL: not signed in. *text: a sentence for the tooltip, translated, static;
 * NULL with SYNC_SIGN_NONE. */
SyncSign sync_sign_of(const char *word, const char **text);
const char *sync_sign_name(SyncSign sign);

G_END_DECLS

#endif
