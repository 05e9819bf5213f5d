/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ticks-slot.c: the cells of a slot. */
#include "ticks-slot.h"

#include <string.h>

#define HIDDEN "\342\200\213" /* U+200B, takes no column */
#define BLANK  "\342\200\207" /* U+2007, as wide as a digit and as long as a tick */

static const char *const names[] = {"none", "pending", "sent", "delivered", "read", "failed"};

/* One character a cell, two cells a state. Read differs from delivered without its colour, too. */
static const char *const marks[][2] = {
    {BLANK, BLANK},                   /* none */
    {"\342\200\246", BLANK},          /* … */
    {"\342\234\223", BLANK},          /* ✓ */
    {"\342\234\223", "\342\234\223"}, /* ✓✓ */
    {"\342\234\224", "\342\234\224"}, /* ✔✔ */
    {"\342\234\227", BLANK},          /* ✗ */
};

static const char *const ascii_marks[] = {"    ", "(..)", "(+) ", "(++)", "(**)", "(x) "};

/* The fields of a coloured slot, in their order. Not more cells that take no column may follow each
 * other than a terminal puts into one place. */
#define FAILED_CELLS 1
#define PLAIN_CELLS  2
#define READ_CELLS   2

TicksState ticks_state_of(const char *name)
{
    for (guint i = TICKS_PENDING; i < G_N_ELEMENTS(names); i++)
        if (g_strcmp0(name, names[i]) == 0)
            return i;
    return TICKS_NONE;
}

guint ticks_slot_digits(guint members)
{
    return members < 10 ? 1 : members < 100 ? 2 : TICKS_MAX_DIGITS;
}

const char *ticks_state_name(TicksState state)
{
    return names[state];
}

static guint mark_cells(const TicksLayout *layout)
{
    if (layout->is_ascii)
        return strlen(ascii_marks[0]);
    return layout->has_colour ? FAILED_CELLS + PLAIN_CELLS + READ_CELLS : PLAIN_CELLS;
}

/* A space, and two numbers with a stroke between. */
static guint count_cells(const TicksLayout *layout)
{
    return layout->digits > 0 ? 2 + 2 * layout->digits : 0;
}

guint ticks_slot_cells(const TicksLayout *layout)
{
    return mark_cells(layout) + count_cells(layout);
}

guint ticks_slot_columns(const TicksLayout *layout)
{
    return (layout->is_ascii ? mark_cells(layout) : PLAIN_CELLS) + count_cells(layout);
}

TicksInk ticks_slot_ink(const TicksLayout *layout, guint cell)
{
    if (layout->is_ascii || !layout->has_colour || cell >= mark_cells(layout))
        return TICKS_INK_PLAIN;
    if (cell < FAILED_CELLS)
        return TICKS_INK_FAILED;
    return cell < FAILED_CELLS + PLAIN_CELLS ? TICKS_INK_PLAIN : TICKS_INK_READ;
}

static const char *coloured_mark(TicksState state, guint cell)
{
    if (cell < FAILED_CELLS)
        return state == TICKS_FAILED ? marks[state][0] : HIDDEN;
    cell -= FAILED_CELLS;
    if (cell < PLAIN_CELLS && state == TICKS_FAILED)
        return cell == 0 ? HIDDEN : marks[state][1]; /* the sign itself stands before it */
    if (cell < PLAIN_CELLS)
        return state == TICKS_READ ? HIDDEN : marks[state][cell];
    return state == TICKS_READ ? marks[state][cell - PLAIN_CELLS] : HIDDEN;
}

/* How far the next state is: those that have it, then those that have read it. Nothing while that
 * is nobody. */
static char count_char(const TicksLayout *layout, const TicksValue *value, guint cell)
{
    const guint count = value->state == TICKS_SENT        ? value->delivered
                        : value->state == TICKS_DELIVERED ? value->read
                                                          : 0;
    g_autofree char *text = NULL;

    if (count == 0 || value->members == 0)
        return ' ';
    /* Behind one tick is a space already. */
    text = g_strdup_printf(value->state == TICKS_SENT ? "%u/%u" : " %u/%u", count, value->members);
    /* More members than there was room for: no number is better than a part of one. */
    if (strlen(text) > count_cells(layout) || cell >= strlen(text))
        return ' ';
    return text[cell];
}

const char *ticks_slot_cell(const TicksLayout *layout, const TicksValue *value, guint cell,
                            char text[TICKS_CELL_BYTES])
{
    const char *mark = NULL;

    if (cell >= mark_cells(layout)) {
        text[0] = count_char(layout, value, cell - mark_cells(layout));
        text[1] = '\0';
        return text;
    }
    if (layout->is_ascii) {
        text[0] = ascii_marks[value->state][cell];
        text[1] = '\0';
        return text;
    }
    mark = layout->has_colour ? coloured_mark(value->state, cell) : marks[value->state][cell];
    g_strlcpy(text, mark, TICKS_CELL_BYTES);
    return text;
}

char *ticks_slot_text(const TicksLayout *layout, const TicksValue *value)
{
    GString *slot = g_string_new(NULL);
    char text[TICKS_CELL_BYTES];

    for (guint cell = 0; cell < ticks_slot_cells(layout); cell++) {
        ticks_slot_cell(layout, value, cell, text);
        if (strcmp(text, HIDDEN) != 0)
            g_string_append(slot, strcmp(text, BLANK) == 0 ? " " : text);
    }
    return g_string_free(slot, FALSE);
}
