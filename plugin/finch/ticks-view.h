/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ticks-view.h: slots (ticks-slot.h) in a text view of libgnt. */
#ifndef TICKS_VIEW_H
#define TICKS_VIEW_H

#include <gnt.h>
#include <gnttextview.h>

#include "ticks-slot.h"

G_BEGIN_DECLS

/* Colours for the cells. first_pair: where an earlier ticks_view_init() of this process put them,
 * 0 at first; returned: where they are. libgnt cannot give them back. */
int ticks_view_init(int first_pair);
/* Whether the terminal shows more than ASCII. */
gboolean ticks_view_is_ascii(void);
/* Append a slot behind the last message, in front of Finch's typing line. */
void ticks_view_append(GntTextView *view, const char *id, const TicksLayout *layout,
                       const TicksValue *value);
/* Redraw what differs between was and is. FALSE if the slot is not there any more. */
gboolean ticks_view_change(GntTextView *view, const char *id, const TicksLayout *layout,
                           const TicksValue *was, const TicksValue *is);

G_END_DECLS

#endif
