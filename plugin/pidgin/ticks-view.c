/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ticks-view.c: one text widget. */
#include "ticks-view.h"

#include <glib/gi18n-lib.h>
#include <gtkimhtml.h>
#include <string.h>

#include "ticks-log.h"
#include "ticks-picture.h"

#define VIEW_KEY "tinode-ticks-view"
/* Pidgin looks at the names of all tags while it draws: none may be without. */
#define TAG_COMMON "tinode-tick"
/* A receipt may move thousands of ticks: a little in each turn, below redrawing, above GTK's own
 * laying out of what is not in view. */
#define SLICE_US      4000
#define WORK_PRIORITY (GDK_PRIORITY_REDRAW + 1)

struct _TicksView {
    GtkWidget *imhtml;
    TickBook *book;
    TicksViewPorts ports;
    TickLook wanted, look;
    GtkTextTag *common, *tags[TICK_N_STATES];
    GdkPixbuf *pictures[TICK_N_STATES];
    char *menu_id; /* the tick under the pointer when the context menu was asked for */
    guint work;    /* source */
};

/* Look --------------------------------------------------------------------------------------- */

static guint32 rgb_of(const GdkColor *colour)
{
    return (guint32)(colour->red >> 8) << 16 | (guint32)(colour->green >> 8) << 8 |
           (guint32)(colour->blue >> 8);
}

static guint32 colour_of(const TicksView *view, TickState state)
{
    const GtkStyle *style = gtk_widget_get_style(view->imhtml);

    return tick_colour(state, rgb_of(&style->base[GTK_STATE_NORMAL]), view->look.has_colours);
}

static gboolean font_has_glyphs(GtkWidget *widget)
{
    g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout(widget, TICK_ALL_GLYPHS);

    return pango_layout_get_unknown_glyphs_count(layout) == 0;
}

static guint font_height(GtkWidget *widget)
{
    g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout(widget, "x");
    int height = 0;

    pango_layout_get_pixel_size(layout, NULL, &height);
    return CLAMP(height * 4 / 5, 8, 48);
}

/* Colours, pictures and what the font has, for the widget's style as it is. */
static void measure(TicksView *view)
{
    view->look = view->wanted;
    if (view->look.style == TICK_GLYPHS && !font_has_glyphs(view->imhtml))
        view->look.style = TICK_IMAGES;
    for (guint i = 0; i < TICK_N_STATES; i++) {
        g_autofree char *colour = g_strdup_printf("#%06x", colour_of(view, i));

        g_object_set(view->tags[i], "foreground", colour, NULL);
        g_clear_object(&view->pictures[i]);
        if (view->look.style == TICK_IMAGES) {
            g_autofree char *name = g_strconcat("tick-", tick_state_name(i), NULL);

            view->pictures[i] = ticks_picture(name, font_height(view->imhtml), colour_of(view, i));
        }
        if (view->look.style == TICK_IMAGES && view->pictures[i] == NULL)
            view->look.style = TICK_ASCII;
    }
}

static void on_style_set(GtkWidget *widget, GtkStyle *previous, gpointer data)
{
    TicksView *view = data;
    const TickStyle before = view->look.style;

    (void)widget;
    (void)previous;
    measure(view);
    if (before != view->look.style || view->look.style == TICK_IMAGES)
        tick_book_redraw(view->book);
    ticks_view_work(view);
}

/* Writing ------------------------------------------------------------------------------------ */

static void port_write(GtkTextIter *iter, const char *text, const Tick *tick, gpointer data)
{
    TicksView *view = data;
    GtkTextBuffer *buffer = gtk_text_iter_get_buffer(iter);
    const TickState state = tick->facts.state;
    const int begin = gtk_text_iter_get_offset(iter);
    const char *image = strstr(text, TICK_IMAGE_CHAR);
    GtkTextIter start;

    if (image != NULL && view->pictures[state] != NULL) {
        gtk_text_buffer_insert(buffer, iter, text, (int)(image - text));
        gtk_text_buffer_insert_pixbuf(buffer, iter, view->pictures[state]);
        gtk_text_buffer_insert(buffer, iter, image + strlen(TICK_IMAGE_CHAR), -1);
    } else {
        gtk_text_buffer_insert(buffer, iter, text, -1);
    }
    gtk_text_buffer_get_iter_at_offset(buffer, &start, begin);
    gtk_text_buffer_remove_all_tags(buffer, &start, iter);
    gtk_text_buffer_apply_tag(buffer, view->common, &start, iter);
    gtk_text_buffer_apply_tag(buffer, view->tags[state], &start, iter);
}

static void port_told(const char *what, const char *why, const Tick *tick, gpointer data)
{
    TicksView *view = data;
    g_autofree char *text = NULL, *line = NULL, *colour = NULL;
    const char *conv;

    if (!ticks_log_is_on())
        return;
    conv = view->ports.name != NULL ? view->ports.name(tick, view->ports.user_data) : NULL;
    if (strcmp(what, "dropped") == 0) {
        ticks_log(what, "conv", conv, "id", tick->id, "why", why);
        return;
    }
    if (ticks_log_is_brief()) {
        ticks_log(what, "id", tick->id, "state", tick_state_name(tick->facts.state));
        return;
    }
    text = tick_book_read(view->book, tick);
    line = tick_book_read_line(view->book, tick);
    colour = g_strdup_printf("#%06x", colour_of(view, tick->facts.state));
    ticks_log(what, "conv", conv, "id", tick->id, "state", tick_state_name(tick->facts.state),
              "text", text, "line", line, "colour", colour);
}

/* Pointing ----------------------------------------------------------------------------------- */

/* Right of a line's end the widget means its last character: only the tick itself counts. */
static const Tick *tick_under(TicksView *view, int window_x, int window_y)
{
    GtkTextView *text = GTK_TEXT_VIEW(view->imhtml);
    GtkTextIter iter;
    GdkRectangle box;
    int x, y, trailing;

    gtk_text_view_window_to_buffer_coords(text, GTK_TEXT_WINDOW_WIDGET, window_x, window_y, &x, &y);
    gtk_text_view_get_iter_at_position(text, &iter, &trailing, x, y);
    if (!gtk_text_iter_has_tag(&iter, view->common))
        return NULL;
    gtk_text_view_get_iter_location(text, &iter, &box);
    if (x < box.x || x > box.x + box.width || y < box.y || y > box.y + box.height)
        return NULL;
    return tick_book_at(view->book, &iter);
}

static gboolean on_query_tooltip(GtkWidget *widget, int x, int y, gboolean is_keyboard,
                                 GtkTooltip *tooltip, gpointer data)
{
    TicksView *view = data;
    const Tick *tick = is_keyboard ? NULL : tick_under(view, x, y);
    g_autofree char *text = tick != NULL ? view->ports.tooltip(tick, view->ports.user_data) : NULL;

    (void)widget;
    if (text == NULL)
        return FALSE;
    gtk_tooltip_set_text(tooltip, text);
    ticks_log("tooltip", "text", text);
    return TRUE;
}

static gboolean on_button(GtkWidget *widget, GdkEventButton *event, gpointer data)
{
    TicksView *view = data;
    const Tick *tick = tick_under(view, (int)event->x, (int)event->y);
    GtkTextBuffer *buffer = gtk_text_view_get_buffer(GTK_TEXT_VIEW(widget));

    if (event->type == GDK_BUTTON_PRESS && event->button == 3) {
        g_free(view->menu_id);
        view->menu_id = tick != NULL ? g_strdup(tick->id) : NULL;
    }
    if (event->type == GDK_BUTTON_RELEASE && event->button == 1 && tick != NULL &&
        !gtk_text_buffer_get_has_selection(buffer))
        view->ports.clicked(tick, view->ports.user_data);
    return FALSE;
}

static void on_menu_item(GtkMenuItem *item, gpointer data)
{
    TicksView *view = data;
    const Tick *tick = view->menu_id != NULL ? tick_book_find(view->book, view->menu_id) : NULL;

    (void)item;
    if (tick != NULL)
        view->ports.clicked(tick, view->ports.user_data);
}

static void on_popup(GtkTextView *text, GtkMenu *menu, gpointer data)
{
    TicksView *view = data;
    GtkWidget *item;

    (void)text;
    if (view->menu_id == NULL || tick_book_find(view->book, view->menu_id) == NULL)
        return;
    item = gtk_separator_menu_item_new();
    gtk_widget_show(item);
    gtk_menu_shell_append(GTK_MENU_SHELL(menu), item);
    item = gtk_menu_item_new_with_mnemonic(_("Message _Receipts…"));
    g_signal_connect(item, "activate", G_CALLBACK(on_menu_item), view);
    gtk_widget_show(item);
    gtk_menu_shell_append(GTK_MENU_SHELL(menu), item);
}

/* Life --------------------------------------------------------------------------------------- */

static void make_tags(TicksView *view, GtkTextBuffer *buffer)
{
    view->common = gtk_text_buffer_create_tag(buffer, TAG_COMMON, NULL);
    /* Pidgin shows a hand over text whose tag has this. */
    g_object_set_data_full(G_OBJECT(view->common), "cursor", g_strdup(""), NULL);
    for (guint i = 0; i < TICK_N_STATES; i++) {
        g_autofree char *name = g_strconcat(TAG_COMMON, "-", tick_state_name(i), NULL);

        view->tags[i] = gtk_text_buffer_create_tag(buffer, name, NULL);
    }
}

static void view_free(gpointer data)
{
    TicksView *view = data;

    if (view->work != 0)
        g_source_remove(view->work);
    tick_book_free(view->book);
    for (guint i = 0; i < TICK_N_STATES; i++)
        g_clear_object(&view->pictures[i]);
    g_free(view->menu_id);
    g_free(view);
}

TicksView *ticks_view_get(GtkWidget *imhtml, const TicksViewPorts *make)
{
    TicksView *view = g_object_get_data(G_OBJECT(imhtml), VIEW_KEY);
    GtkTextBuffer *buffer = gtk_text_view_get_buffer(GTK_TEXT_VIEW(imhtml));
    TickBookPorts ports = {port_told, port_write, NULL};

    if (view != NULL || make == NULL)
        return view;
    ports.user_data = view = g_new0(TicksView, 1);
    view->imhtml = imhtml;
    view->ports = *make;
    view->wanted = (TickLook){TICK_GLYPHS, TRUE, TRUE};
    view->book = tick_book_new(buffer, &ports);
    make_tags(view, buffer);
    measure(view);
    g_signal_connect(imhtml, "style-set", G_CALLBACK(on_style_set), view);
    g_signal_connect(imhtml, "query-tooltip", G_CALLBACK(on_query_tooltip), view);
    g_signal_connect(imhtml, "button-press-event", G_CALLBACK(on_button), view);
    g_signal_connect(imhtml, "button-release-event", G_CALLBACK(on_button), view);
    g_signal_connect(imhtml, "populate-popup", G_CALLBACK(on_popup), view);
    gtk_widget_set_has_tooltip(imhtml, TRUE);
    g_object_set_data_full(G_OBJECT(imhtml), VIEW_KEY, view, view_free);
    return view;
}

void ticks_view_remove(GtkWidget *imhtml)
{
    TicksView *view = ticks_view_get(imhtml, NULL);
    GtkTextTagTable *table;

    if (view == NULL)
        return;
    table = gtk_text_buffer_get_tag_table(gtk_text_view_get_buffer(GTK_TEXT_VIEW(imhtml)));
    tick_book_remove(view->book, NULL);
    g_signal_handlers_disconnect_matched(imhtml, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL, view);
    gtk_widget_set_has_tooltip(imhtml, FALSE);
    for (guint i = 0; i < TICK_N_STATES; i++)
        gtk_text_tag_table_remove(table, view->tags[i]);
    gtk_text_tag_table_remove(table, view->common);
    g_object_set_data(G_OBJECT(imhtml), VIEW_KEY, NULL);
}

TickBook *ticks_view_book(TicksView *view)
{
    return view->book;
}

const TickLook *ticks_view_look(TicksView *view)
{
    return &view->look;
}

void ticks_view_set_look(TicksView *view, const TickLook *look)
{
    if (memcmp(&view->wanted, look, sizeof *look) == 0)
        return;
    view->wanted = *look;
    measure(view);
    tick_book_redraw(view->book);
    ticks_view_work(view);
}

static gboolean is_at_end(const TicksView *view)
{
    const GtkAdjustment *adjustment = GTK_TEXT_VIEW(view->imhtml)->vadjustment;

    return adjustment != NULL && adjustment->value + adjustment->page_size >= adjustment->upper - 1;
}

static gboolean on_work(gpointer data)
{
    TicksView *view = data;
    const gboolean was_at_end = is_at_end(view);
    const gboolean has_more = tick_book_work(view->book, &view->look, SLICE_US);

    if (was_at_end)
        gtk_imhtml_scroll_to_end(GTK_IMHTML(view->imhtml), FALSE);
    if (!has_more)
        view->work = 0;
    return has_more;
}

void ticks_view_work(TicksView *view)
{
    if (view->work == 0)
        view->work = g_idle_add_full(WORK_PRIORITY, on_work, view, NULL);
}
