/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ticks-book.c: marks and what lies between them. */
#include "ticks-book.h"

#include <string.h>

/* Names of marks: those that stay when ticks are taken away are found again by them. */
#define MARK_PREFIX "tinode-tick:"
#define TICK_KEY    "tinode-tick"

struct _TickBook {
    GtkTextBuffer *buffer;
    TickBookPorts ports;
    GHashTable *ticks; /* id -> Tick, owned */
    GQueue waiting;    /* Tick, borrowed */
    gulong deleted;    /* signal handler */
    gboolean is_writing;
};

static void tick_free(gpointer data)
{
    Tick *tick = data;

    g_free(tick->id);
    g_free(tick->text);
    g_free(tick);
}

static void tell(TickBook *book, const char *what, const char *why, const Tick *tick)
{
    if (book->ports.told != NULL)
        book->ports.told(what, why, tick, book->ports.user_data);
}

static void delete_mark(TickBook *book, GtkTextMark **mark)
{
    if (*mark != NULL) {
        g_object_set_data(G_OBJECT(*mark), TICK_KEY, NULL);
        if (!gtk_text_mark_get_deleted(*mark))
            gtk_text_buffer_delete_mark(book->buffer, *mark);
        g_object_unref(*mark);
    }
    *mark = NULL;
}

static void stop_waiting(TickBook *book, Tick *tick)
{
    if (tick->waits != NULL)
        g_queue_delete_link(&book->waiting, tick->waits);
    tick->waits = NULL;
}

static void wait_for_work(TickBook *book, Tick *tick)
{
    if (tick->waits != NULL)
        return;
    g_queue_push_tail(&book->waiting, tick);
    tick->waits = book->waiting.tail;
}

/* The text stays, whatever it is. */
static void forget(TickBook *book, Tick *tick, const char *why)
{
    tell(book, "dropped", why, tick);
    stop_waiting(book, tick);
    delete_mark(book, &tick->start);
    delete_mark(book, &tick->end);
    g_hash_table_remove(book->ticks, tick->id);
}

static void bounds(TickBook *book, const Tick *tick, GtkTextIter *start, GtkTextIter *end)
{
    gtk_text_buffer_get_iter_at_mark(book->buffer, start, tick->start);
    gtk_text_buffer_get_iter_at_mark(book->buffer, end, tick->end);
}

/* All marks of deleted text stand where it was: no walk over the others. */
static void on_deleted(GtkTextBuffer *buffer, GtkTextIter *start, GtkTextIter *end, gpointer data)
{
    TickBook *book = data;
    GSList *marks, *gone = NULL;

    (void)buffer;
    (void)end;
    if (book->is_writing)
        return;
    marks = gtk_text_iter_get_marks(start);
    for (GSList *link = marks; link != NULL; link = link->next) {
        Tick *tick = g_object_get_data(link->data, TICK_KEY);
        GtkTextIter left, right;

        if (tick == NULL || tick->start != link->data ||
            g_hash_table_lookup(book->ticks, tick->id) != tick)
            continue;
        bounds(book, tick, &left, &right);
        if (gtk_text_iter_equal(&left, &right))
            gone = g_slist_prepend(gone, tick);
    }
    g_slist_free(marks);
    for (GSList *link = gone; link != NULL; link = link->next)
        forget(book, link->data, "trimmed");
    g_slist_free(gone);
}

TickBook *tick_book_new(GtkTextBuffer *buffer, const TickBookPorts *ports)
{
    TickBook *book = g_new0(TickBook, 1);

    book->buffer = g_object_ref(buffer);
    book->ports = *ports;
    book->ticks = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, tick_free);
    book->deleted = g_signal_connect_after(buffer, "delete-range", G_CALLBACK(on_deleted), book);
    return book;
}

static void drop_marks(gpointer key, gpointer value, gpointer data)
{
    Tick *tick = value;

    (void)key;
    delete_mark(data, &tick->start);
    delete_mark(data, &tick->end);
}

void tick_book_free(TickBook *book)
{
    g_signal_handler_disconnect(book->buffer, book->deleted);
    g_queue_clear(&book->waiting);
    g_hash_table_foreach(book->ticks, drop_marks, book);
    g_hash_table_destroy(book->ticks);
    g_object_unref(book->buffer);
    g_free(book);
}

static GtkTextMark *make_mark(TickBook *book, const char *name, const GtkTextIter *at, Tick *tick)
{
    GtkTextMark *mark = gtk_text_buffer_create_mark(book->buffer, name, at, TRUE);

    g_object_set_data(G_OBJECT(mark), TICK_KEY, tick);
    return g_object_ref(mark);
}

/* First writing, at iter. */
static void draw(TickBook *book, Tick *tick, GtkTextIter *iter, const TickLook *look)
{
    g_autofree char *name = g_strconcat(MARK_PREFIX, tick->id, NULL);
    GtkTextMark *stale = gtk_text_buffer_get_mark(book->buffer, name);

    if (stale != NULL)
        gtk_text_buffer_delete_mark(book->buffer, stale);
    g_free(tick->text);
    tick->text = tick_text(&tick->facts, tick->is_group, look);
    tick->written = tick->facts.state;
    tick->start = make_mark(book, name, iter, tick);
    book->is_writing = TRUE;
    book->ports.write(iter, tick->text, tick, book->ports.user_data);
    book->is_writing = FALSE;
    tick->end = make_mark(book, NULL, iter, tick);
    tell(book, "drawn", NULL, tick);
}

static Tick *tick_new(TickBook *book, const char *id, gpointer owner, gboolean is_group,
                      const TickFacts *facts)
{
    Tick *tick = g_new0(Tick, 1);

    tick->id = g_strdup(id);
    tick->owner = owner;
    tick->is_group = is_group;
    tick->facts = *facts;
    g_hash_table_insert(book->ticks, tick->id, tick);
    return tick;
}

void tick_book_add(TickBook *book, const char *id, gpointer owner, gboolean is_group,
                   const TickFacts *facts, const TickLook *look)
{
    Tick *known = g_hash_table_lookup(book->ticks, id);
    GtkTextIter end;

    if (known != NULL)
        forget(book, known, "given-up");
    gtk_text_buffer_get_end_iter(book->buffer, &end);
    draw(book, tick_new(book, id, owner, is_group, facts), &end, look);
}

/* A mark whose line was deleted stands at the beginning of a line, or beside others. */
static gboolean is_place(const GtkTextIter *at)
{
    GSList *marks;
    guint count = 0;

    if (gtk_text_iter_starts_line(at) || !gtk_text_iter_ends_line(at))
        return FALSE;
    marks = gtk_text_iter_get_marks(at);
    for (GSList *link = marks; link != NULL; link = link->next) {
        const char *name = gtk_text_mark_get_name(link->data);

        if (name != NULL && g_str_has_prefix(name, MARK_PREFIX))
            count++;
    }
    g_slist_free(marks);
    return count == 1;
}

/* What others have anchored at the line's end with left gravity (where Pidgin's typing line begins)
 * was passed by the new text; it belongs behind it. */
static void push_marks(TickBook *book, GSList *marks, const GtkTextIter *to)
{
    for (GSList *link = marks; link != NULL; link = link->next) {
        GtkTextMark *mark = link->data;

        if (gtk_text_mark_get_left_gravity(mark) && !gtk_text_mark_get_deleted(mark) &&
            g_object_get_data(G_OBJECT(mark), TICK_KEY) == NULL)
            gtk_text_buffer_move_mark(book->buffer, mark, to);
    }
}

gboolean tick_book_restore(TickBook *book, const char *id, gpointer owner, gboolean is_group,
                           const TickFacts *facts, const TickLook *look)
{
    g_autofree char *name = g_strconcat(MARK_PREFIX, id, NULL);
    GtkTextMark *mark = gtk_text_buffer_get_mark(book->buffer, name);
    GtkTextIter at;
    GSList *marks;

    if (mark == NULL || g_hash_table_contains(book->ticks, id))
        return FALSE;
    gtk_text_buffer_get_iter_at_mark(book->buffer, &at, mark);
    if (!is_place(&at)) {
        gtk_text_buffer_delete_mark(book->buffer, mark);
        return FALSE;
    }
    gtk_text_buffer_delete_mark(book->buffer, mark);
    marks = gtk_text_iter_get_marks(&at);
    draw(book, tick_new(book, id, owner, is_group, facts), &at, look);
    push_marks(book, marks, &at);
    g_slist_free(marks);
    return TRUE;
}

char *tick_book_read(TickBook *book, const Tick *tick)
{
    GtkTextIter start, end;

    bounds(book, tick, &start, &end);
    return gtk_text_iter_get_slice(&start, &end);
}

char *tick_book_read_line(TickBook *book, const Tick *tick)
{
    GtkTextIter start, end;

    bounds(book, tick, &start, &end);
    gtk_text_iter_set_line_offset(&start, 0);
    if (!gtk_text_iter_ends_line(&end))
        gtk_text_iter_forward_to_line_end(&end);
    return gtk_text_iter_get_slice(&start, &end);
}

static gboolean is_untouched(TickBook *book, const Tick *tick)
{
    g_autofree char *found = tick_book_read(book, tick);

    return strcmp(found, tick->text) == 0;
}

static void rewrite(TickBook *book, Tick *tick, char *text)
{
    GtkTextIter start, end;

    g_free(tick->text);
    tick->text = text;
    book->is_writing = TRUE;
    gtk_text_buffer_get_iter_at_mark(book->buffer, &start, tick->start);
    book->ports.write(&start, tick->text, tick, book->ports.user_data);
    gtk_text_buffer_get_iter_at_mark(book->buffer, &end, tick->end);
    gtk_text_buffer_delete(book->buffer, &start, &end);
    book->is_writing = FALSE;
    tell(book, "changed", NULL, tick);
}

gboolean tick_book_update(TickBook *book, const char *id, const TickFacts *facts)
{
    Tick *tick = g_hash_table_lookup(book->ticks, id);

    if (tick == NULL)
        return FALSE;
    if (memcmp(&tick->facts, facts, sizeof *facts) == 0)
        return TRUE;
    tick->facts = *facts;
    wait_for_work(book, tick);
    return TRUE;
}

void tick_book_redraw(TickBook *book)
{
    GHashTableIter iter;
    Tick *tick;

    g_hash_table_iter_init(&iter, book->ticks);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&tick)) {
        tick->is_stale = TRUE;
        wait_for_work(book, tick);
    }
}

gboolean tick_book_work(TickBook *book, const TickLook *look, gint64 slice_us)
{
    const gint64 end_us = g_get_monotonic_time() + slice_us;
    Tick *tick;

    while ((tick = g_queue_peek_head(&book->waiting)) != NULL) {
        g_autofree char *text = tick_text(&tick->facts, tick->is_group, look);
        const gboolean is_same =
            !tick->is_stale && tick->written == tick->facts.state && strcmp(text, tick->text) == 0;

        stop_waiting(book, tick);
        tick->is_stale = FALSE;
        tick->written = tick->facts.state;
        if (!is_same && is_untouched(book, tick))
            rewrite(book, tick, g_steal_pointer(&text));
        else if (!is_same)
            forget(book, tick, "given-up");
        if (g_get_monotonic_time() >= end_us)
            break;
    }
    return !g_queue_is_empty(&book->waiting);
}

void tick_book_drop_owner(TickBook *book, gpointer owner)
{
    g_autoptr(GList) all = g_hash_table_get_values(book->ticks);

    for (GList *link = all; link != NULL; link = link->next)
        if (((Tick *)link->data)->owner == owner)
            forget(book, link->data, "closed");
}

/* The start mark stays where the tick was: restore() finds the place by its name. */
static void take_away(TickBook *book, Tick *tick)
{
    GtkTextIter start, end;

    if (!is_untouched(book, tick)) {
        forget(book, tick, "given-up");
        return;
    }
    tell(book, "dropped", "unloaded", tick);
    stop_waiting(book, tick);
    bounds(book, tick, &start, &end);
    book->is_writing = TRUE;
    gtk_text_buffer_delete(book->buffer, &start, &end);
    book->is_writing = FALSE;
    delete_mark(book, &tick->end);
    g_object_set_data(G_OBJECT(tick->start), TICK_KEY, NULL);
    g_clear_object(&tick->start);
    g_hash_table_remove(book->ticks, tick->id);
}

void tick_book_remove(TickBook *book, gpointer owner)
{
    g_autoptr(GList) all = g_hash_table_get_values(book->ticks);

    for (GList *link = all; link != NULL; link = link->next)
        if (owner == NULL || ((Tick *)link->data)->owner == owner)
            take_away(book, link->data);
}

const Tick *tick_book_find(TickBook *book, const char *id)
{
    return g_hash_table_lookup(book->ticks, id);
}

/* Ticks end lines: the nearest marks are on this line. */
const Tick *tick_book_at(TickBook *book, const GtkTextIter *iter)
{
    GtkTextIter at = *iter;

    for (;;) {
        g_autoptr(GSList) marks = gtk_text_iter_get_marks(&at);

        for (GSList *link = marks; link != NULL; link = link->next) {
            Tick *tick = g_object_get_data(link->data, TICK_KEY);
            GtkTextIter start, end;

            if (tick == NULL || tick->start != link->data ||
                g_hash_table_lookup(book->ticks, tick->id) != tick)
                continue;
            bounds(book, tick, &start, &end);
            if (gtk_text_iter_in_range(iter, &start, &end))
                return tick;
        }
        /* A tick is a few characters long. */
        if (gtk_text_iter_starts_line(&at) ||
            gtk_text_iter_get_offset(iter) - gtk_text_iter_get_offset(&at) > 40)
            return NULL;
        gtk_text_iter_backward_char(&at);
    }
}

guint tick_book_size(TickBook *book)
{
    return g_hash_table_size(book->ticks);
}
