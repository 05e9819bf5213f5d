/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ticks-view.c: cells as tagged text. */
#include "ticks-view.h"

#include <gntcolors.h>
#include <gntutils.h>
#include <string.h>

#define TYPING_TAG "typing" /* Finch's own */
#define PROBE_TAG  "tinode-probe"

/* Neighbours must differ in colour pair or attribute, or libgnt joins them to one segment, which
 * ends where the first cell that changes ends. So every ink is there twice. */
enum { PAIR_PLAIN, PAIR_READ = 2, PAIR_FAILED = 4, PAIRS = 6 };

static int first;

int ticks_view_init(int first_pair)
{
    static const int colours[] = {-1, -1, COLOR_GREEN, COLOR_GREEN, COLOR_RED, COLOR_RED};

    G_STATIC_ASSERT(G_N_ELEMENTS(colours) == PAIRS);
    first = first_pair;
    for (guint i = 0; i < PAIRS && first_pair == 0; i++) {
        const int pair = gnt_color_add_pair(colours[i], -1);

        if (i == 0)
            first = pair;
    }
    return first;
}

gboolean ticks_view_is_ascii(void)
{
    /* The fonts of the Linux console have no ticks. */
    return gnt_ascii_only() || g_str_has_prefix(g_getenv("TERM") ? g_getenv("TERM") : "", "linux");
}

static GntTextFormatFlags flags_of(const TicksLayout *layout, guint cell)
{
    static const int pairs[] = {PAIR_PLAIN, PAIR_READ, PAIR_FAILED};
    const TicksInk ink = ticks_slot_ink(layout, cell);
    /* Not gnt_color_pair(): without colours it would draw our pairs inverted. */
    chtype flags = COLOR_PAIR(first + pairs[ink] + cell % 2);

    if (ink == TICKS_INK_READ)
        flags |= GNT_TEXT_FLAG_BOLD;
    return (GntTextFormatFlags)flags;
}

static char *tag_of(const char *id, guint cell)
{
    return g_strdup_printf("tinode-tick-%u-%s", cell, id);
}

/* Take Finch's typing line away; its text, with the line break in front, or NULL. */
static char *take_typing(GntTextView *view)
{
    const char *text = gnt_text_view_get_text(view);
    const char *last = strrchr(text, '\n');
    g_autofree char *line = g_strdup(last);

    /* As long as it is there it is the last line: Finch takes it away before it writes another. */
    return gnt_text_view_tag_change(view, TYPING_TAG, NULL, TRUE) > 0 ? g_steal_pointer(&line)
                                                                      : NULL;
}

/* libgnt draws the whole view at every change. */
static void hold_drawing(GntTextView *view)
{
    gnt_widget_set_drawing(GNT_WIDGET(view), TRUE);
}

static void release_drawing(GntTextView *view)
{
    gnt_widget_set_drawing(GNT_WIDGET(view), FALSE);
    gnt_widget_draw(GNT_WIDGET(view));
}

/* Finding out by trying is exact, and costs. */
static gboolean probe(GntTextView *view, guint columns)
{
    const TicksLayout layout = {.is_ascii = TRUE};
    const int before = gnt_text_view_get_lines_below(view);
    gboolean is;

    for (guint i = 0; i < columns; i++)
        gnt_text_view_append_text_with_tag(view, " ", flags_of(&layout, i), PROBE_TAG);
    is = gnt_text_view_get_lines_below(view) > before;
    gnt_text_view_tag_change(view, PROBE_TAG, NULL, TRUE);
    return is;
}

/* Would so many columns more begin a new line on the screen? */
static gboolean is_full(GntTextView *view, guint columns)
{
    const char *line = strrchr(gnt_text_view_get_text(view), '\n');
    int width;

    gnt_widget_get_size(GNT_WIDGET(view), &width, NULL);
    /* A line that was not broken at all, in most cases. */
    if (line != NULL && gnt_util_onscreen_width(line + 1, NULL) + (int)columns < width - 1)
        return FALSE;
    return probe(view, columns);
}

/* The space between message and slot; as many that the slot is on one line. */
static void append_gap(GntTextView *view, guint columns)
{
    const int before = gnt_text_view_get_lines_below(view);
    guint spaces = is_full(view, columns + 1) ? columns + 2 : 1;

    while (spaces-- > 0 && gnt_text_view_get_lines_below(view) == before)
        gnt_text_view_append_text_with_flags(view, " ", GNT_TEXT_FLAG_NORMAL);
}

void ticks_view_append(GntTextView *view, const char *id, const TicksLayout *layout,
                       const TicksValue *value)
{
    const int position = gnt_text_view_get_lines_below(view);
    g_autofree char *typing = NULL;

    hold_drawing(view);
    typing = take_typing(view);
    /* libgnt breaks lines as if every cell took a column. */
    append_gap(view, ticks_slot_cells(layout));
    for (guint cell = 0; cell < ticks_slot_cells(layout); cell++) {
        g_autofree char *tag = tag_of(id, cell);
        char text[TICKS_CELL_BYTES];

        gnt_text_view_append_text_with_tag(view, ticks_slot_cell(layout, value, cell, text),
                                           flags_of(layout, cell), tag);
    }
    if (typing != NULL)
        gnt_text_view_append_text_with_tag(view, typing, GNT_TEXT_FLAG_DIM, TYPING_TAG);
    release_drawing(view);
    /* As Finch does: whoever reads further up stays there. */
    if (position <= 1)
        gnt_text_view_scroll(view, 0);
}

gboolean ticks_view_change(GntTextView *view, const char *id, const TicksLayout *layout,
                           const TicksValue *was, const TicksValue *is)
{
    gboolean is_there = TRUE;

    hold_drawing(view);
    for (guint cell = 0; is_there && cell < ticks_slot_cells(layout); cell++) {
        g_autofree char *tag = tag_of(id, cell);
        char before[TICKS_CELL_BYTES], after[TICKS_CELL_BYTES];

        ticks_slot_cell(layout, was, cell, before);
        ticks_slot_cell(layout, is, cell, after);
        if (strcmp(before, after) != 0)
            is_there = gnt_text_view_tag_change(view, tag, after, TRUE) > 0;
    }
    release_drawing(view);
    return is_there;
}
