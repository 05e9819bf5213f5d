/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ticks-book.h: where in one text buffer the tick of which message stands. Knows GtkTextBuffer and
 * nothing of libpurple or Pidgin.
 *
 * A tick lies between two marks of left gravity, so that text written behind it stays outside. A
 * tick is changed by writing the new text before the old one and deleting the old: what others have
 * anchored at its end (Pidgin's typing line) stays behind it. Text between the marks that is not
 * what was written last means that somebody else has been there: the tick is given up, nothing is
 * touched. When its line is deleted, the marks fall together and the tick is forgotten. A change
 * costs a look-up, whatever the size of the buffer; many changes at once are worked off in slices
 * by whoever calls tick_book_work().
 */
#ifndef TICKS_BOOK_H
#define TICKS_BOOK_H

#include <gtk/gtk.h>

#include "ticks-model.h"

G_BEGIN_DECLS

typedef struct _TickBook TickBook;

/* One message. Owned by the book. */
typedef struct {
    char *id;
    gpointer owner; /* the conversation that it was written in; a key, never looked into */
    gboolean is_group;
    TickFacts facts;
    char *text; /* what was written last, NULL while nothing is drawn */
    GtkTextMark *start, *end;
    TickState written; /* the state that the text was written for */
    gboolean is_stale; /* to be written anew whatever it says */
    GList *waits;      /* in the queue of what is to be written anew */
} Tick;

typedef struct {
    /* A tick was "drawn", "changed" or "dropped"; why: "trimmed", "given-up", "closed",
     * "unloaded", or NULL. tick is still whole. */
    void (*told)(const char *what, const char *why, const Tick *tick, gpointer user_data);
    /* Write the tick's text at iter, which then stands behind it. */
    void (*write)(GtkTextIter *iter, const char *text, const Tick *tick, gpointer user_data);
    gpointer user_data;
} TickBookPorts;

/* A reference on buffer is held. */
TickBook *tick_book_new(GtkTextBuffer *buffer, const TickBookPorts *ports);
/* Forgets all; the text stays as it is. */
void tick_book_free(TickBook *book);

/* The line that ends where the buffer ends is of message id: draw its tick. An id that is there
 * already moves here. */
void tick_book_add(TickBook *book, const char *id, gpointer owner, gboolean is_group,
                   const TickFacts *facts, const TickLook *look);
/* Take up a tick again that tick_book_remove_all() of an earlier book took away. FALSE: its line is
 * not there any more, or never was. */
gboolean tick_book_restore(TickBook *book, const char *id, gpointer owner, gboolean is_group,
                           const TickFacts *facts, const TickLook *look);
/* It is further now: written anew by the next tick_book_work(). FALSE: no such message. */
gboolean tick_book_update(TickBook *book, const char *id, const TickFacts *facts);
/* Everything is to be written anew, for another look. */
void tick_book_redraw(TickBook *book);
/* Write what waits, for about so long. TRUE: there is more. */
gboolean tick_book_work(TickBook *book, const TickLook *look, gint64 slice_us);
/* The conversation is gone: forget its messages, the text stays. */
void tick_book_drop_owner(TickBook *book, gpointer owner);
/* Take away every tick of this owner (NULL: of all) and nothing else. A mark without text stays at
 * each place. */
void tick_book_remove(TickBook *book, gpointer owner);

const Tick *tick_book_find(TickBook *book, const char *id);
/* The tick that iter stands in or right before; NULL. */
const Tick *tick_book_at(TickBook *book, const GtkTextIter *iter);
guint tick_book_size(TickBook *book);
/* The text between the marks as it is in the buffer, newly allocated; and the whole line. */
char *tick_book_read(TickBook *book, const Tick *tick);
char *tick_book_read_line(TickBook *book, const Tick *tick);

G_END_DECLS

#endif
