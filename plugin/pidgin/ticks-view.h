/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ticks-view.h: the ticks of one conversation window's text: colours that follow the theme, the
 * tooltip, clicks and the context menu. GTK and Pidgin's text widget; no libpurple.
 */
#ifndef TICKS_VIEW_H
#define TICKS_VIEW_H

#include <gtk/gtk.h>

#include "ticks-book.h"

G_BEGIN_DECLS

typedef struct _TicksView TicksView;

typedef struct {
    /* Text for the tooltip, newly allocated; NULL for none. Asked when it is shown, never kept. */
    char *(*tooltip)(const Tick *tick, gpointer user_data);
    void (*clicked)(const Tick *tick, gpointer user_data);
    const char *(*name)(const Tick *tick, gpointer user_data); /* for the log */
    gpointer user_data;
} TicksViewPorts;

/* The view of this text widget; made if there is none yet and make is wanted, else NULL. It goes
 * with the widget. */
TicksView *ticks_view_get(GtkWidget *imhtml, const TicksViewPorts *make);
/* Takes every tick away, and whatever else was added to the widget. */
void ticks_view_remove(GtkWidget *imhtml);

TickBook *ticks_view_book(TicksView *view);
/* As wanted, or with pictures where the font has no glyphs. */
const TickLook *ticks_view_look(TicksView *view);
void ticks_view_set_look(TicksView *view, const TickLook *look);
/* Something waits in the book: it is written in the next turns of the main loop, in slices, and the
 * end of the text stays in view if it was. */
void ticks_view_work(TicksView *view);

G_END_DECLS

#endif
