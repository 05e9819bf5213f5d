/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ticks-picture.h: the pictures of ticks and of sync, made from the drawings in icons/ and built
 * into the companion: found wherever it is installed, in any colour, at the size of the text.
 */
#ifndef TICKS_PICTURE_H
#define TICKS_PICTURE_H

#include <gdk-pixbuf/gdk-pixbuf.h>

G_BEGIN_DECLS

/* name: "tick-sent", "sync-ok"...; colour 0xRRGGBB; height in pixels. Newly made; NULL if there is
 * no such picture. */
GdkPixbuf *ticks_picture(const char *name, guint height, guint32 colour);

G_END_DECLS

#endif
