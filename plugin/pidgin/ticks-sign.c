/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ticks-sign.c: an image in an event box. */
#include "ticks-sign.h"

#include "ticks-picture.h"

#define SIGN_KEY  "tinode-ticks-sign"
#define VALUE_KEY "tinode-ticks-sign-value"
#define SIZE      16

/* Pidgin's own tooltip of the head is made by pointer motion; it must not come beside ours. */
static gboolean on_motion(GtkWidget *widget, GdkEventMotion *event, gpointer data)
{
    (void)widget;
    (void)event;
    (void)data;
    return TRUE;
}

static void paint(GtkWidget *event_box)
{
    const SyncSign sign = GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(event_box), VALUE_KEY));
    GtkWidget *image = gtk_bin_get_child(GTK_BIN(event_box));
    const GtkStyle *style = gtk_widget_get_style(event_box);
    const GdkColor *back = &style->bg[GTK_STATE_NORMAL];
    const guint32 background = (guint32)(back->red >> 8) << 16 | (guint32)(back->green >> 8) << 8 |
                               (guint32)(back->blue >> 8);
    /* Quiet while all is well, and no alarm when it is not. */
    const guint32 colour = tick_colour(TICK_SENT, background, TRUE);
    g_autofree char *name = g_strconcat("sync-", sync_sign_name(sign), NULL);
    g_autoptr(GdkPixbuf) picture = ticks_picture(name, SIZE, colour);

    if (picture != NULL)
        gtk_image_set_from_pixbuf(GTK_IMAGE(image), picture);
}

static void on_style_set(GtkWidget *widget, GtkStyle *previous, gpointer data)
{
    (void)previous;
    (void)data;
    paint(widget);
}

static GtkWidget *make(GtkBox *box)
{
    GtkWidget *event_box = gtk_event_box_new();
    GtkWidget *image = gtk_image_new();

    gtk_event_box_set_visible_window(GTK_EVENT_BOX(event_box), FALSE);
    gtk_container_add(GTK_CONTAINER(event_box), image);
    gtk_widget_show(image);
    gtk_widget_add_events(event_box, GDK_POINTER_MOTION_MASK);
    gtk_box_pack_end(box, event_box, FALSE, FALSE, 4);
    g_object_set_data(G_OBJECT(box), SIGN_KEY, event_box);
    g_signal_connect(event_box, "motion-notify-event", G_CALLBACK(on_motion), NULL);
    g_signal_connect(event_box, "style-set", G_CALLBACK(on_style_set), NULL);
    return event_box;
}

gboolean ticks_sign_set(GtkBox *box, SyncSign sign, const char *text)
{
    GtkWidget *event_box = g_object_get_data(G_OBJECT(box), SIGN_KEY);
    SyncSign before = SYNC_SIGN_NONE;

    if (event_box == NULL && sign == SYNC_SIGN_NONE)
        return FALSE;
    if (event_box == NULL)
        event_box = make(box);
    else
        before = GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(event_box), VALUE_KEY));
    g_object_set_data(G_OBJECT(event_box), VALUE_KEY, GUINT_TO_POINTER(sign));
    gtk_widget_set_tooltip_text(event_box, text);
    if (sign == SYNC_SIGN_NONE) {
        gtk_widget_hide(event_box);
    } else {
        paint(event_box);
        gtk_widget_show(event_box);
    }
    return before != sign;
}

void ticks_sign_remove(GtkBox *box)
{
    GtkWidget *event_box = g_object_get_data(G_OBJECT(box), SIGN_KEY);

    if (event_box != NULL)
        gtk_widget_destroy(event_box);
    g_object_set_data(G_OBJECT(box), SIGN_KEY, NULL);
}
