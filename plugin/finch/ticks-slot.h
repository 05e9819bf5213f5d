/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ticks-slot.h: what stands behind an own message in Finch, as text. Knows GLib only.
 *
 * libgnt can replace tagged text, but neither its colour nor where the line was broken: what grows
 * is cut off, and tagged text that was broken in two is drawn twice. So a slot is a row of cells. A
 * cell is one character with a tag of its own, which can never be broken, and every text that a
 * cell can hold has the same number of bytes. A slot has the same number of columns in every state.
 *
 * A colour belongs to a cell for ever. For colours by state a slot has a field of cells for each
 * colour, of which one at a time is seen; the others hold characters that take no column.
 */
#ifndef TICKS_SLOT_H
#define TICKS_SLOT_H

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    TICKS_NONE, /* nothing is shown, the place is kept */
    TICKS_PENDING,
    TICKS_SENT,
    TICKS_DELIVERED,
    TICKS_READ,
    TICKS_FAILED
} TicksState;

typedef enum { TICKS_INK_PLAIN, TICKS_INK_READ, TICKS_INK_FAILED } TicksInk;

/* How a slot is laid out; never changes once it is on the screen. */
typedef struct {
    gboolean is_ascii;
    gboolean has_colour;
    guint digits; /* of each number of the count, 0: no count; at most TICKS_MAX_DIGITS */
} TicksLayout;

/* What it says. */
typedef struct {
    TicksState state;
    guint delivered, read, members;
} TicksValue;

#define TICKS_MAX_DIGITS 3
#define TICKS_MAX_CELLS  16
#define TICKS_CELL_BYTES 4 /* with the closing 0 */

/* The state by its public name; TICKS_NONE for NULL and words that are unknown. */
TicksState ticks_state_of(const char *name);
/* "none" for TICKS_NONE. */
const char *ticks_state_name(TicksState state);
/* Enough digits for so many members, at most TICKS_MAX_DIGITS. */
guint ticks_slot_digits(guint members);

/* At most TICKS_MAX_CELLS. */
guint ticks_slot_cells(const TicksLayout *layout);
/* On screen, in any state. */
guint ticks_slot_columns(const TicksLayout *layout);
TicksInk ticks_slot_ink(const TicksLayout *layout, guint cell);
/* The text of one cell, written to text and returned. */
const char *ticks_slot_cell(const TicksLayout *layout, const TicksValue *value, guint cell,
                            char text[TICKS_CELL_BYTES]);
/* The slot as people see it, without what takes no column; newly allocated. */
char *ticks_slot_text(const TicksLayout *layout, const TicksValue *value);

G_END_DECLS

#endif
