/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ticks-picture.c: pictures from the resource, coloured and scaled. */
#include "ticks-picture.h"

/* The sizes that the Makefile draws; others are scaled down from the next larger one. */
static const guint sizes[] = {10, 11, 12, 13, 14, 15, 16, 18, 20, 24, 32, 48};

/* The drawings are masks: their alpha counts, the colour comes from here. */
static void paint(GdkPixbuf *pixbuf, guint32 colour)
{
    guchar *pixels = gdk_pixbuf_get_pixels(pixbuf);
    const int stride = gdk_pixbuf_get_rowstride(pixbuf);

    if (gdk_pixbuf_get_n_channels(pixbuf) != 4)
        return;
    for (int y = 0; y < gdk_pixbuf_get_height(pixbuf); y++)
        for (int x = 0; x < gdk_pixbuf_get_width(pixbuf); x++) {
            guchar *pixel = pixels + y * stride + x * 4;

            pixel[0] = colour >> 16 & 0xff;
            pixel[1] = colour >> 8 & 0xff;
            pixel[2] = colour & 0xff;
        }
}

GdkPixbuf *ticks_picture(const char *name, guint height, guint32 colour)
{
    guint size = sizes[G_N_ELEMENTS(sizes) - 1];
    g_autofree char *path = NULL;
    g_autoptr(GdkPixbuf) drawn = NULL;
    GdkPixbuf *scaled;
    int width;

    for (guint i = G_N_ELEMENTS(sizes); i-- > 0;)
        if (sizes[i] >= height)
            size = sizes[i];
    path = g_strdup_printf("/im/tinode/ticks/%u/%s.png", size, name);
    drawn = gdk_pixbuf_new_from_resource(path, NULL);
    if (drawn == NULL)
        return NULL;
    width = gdk_pixbuf_get_width(drawn) * (int)height / gdk_pixbuf_get_height(drawn);
    scaled =
        gdk_pixbuf_scale_simple(drawn, MAX(width, 1), MAX((int)height, 1), GDK_INTERP_BILINEAR);
    if (scaled != NULL)
        paint(scaled, colour);
    return scaled;
}
