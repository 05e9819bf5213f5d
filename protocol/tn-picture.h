/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-picture.h: what bytes are, by looking at them: pictures by their first bytes, never by what
 * somebody calls them. Pure.
 */
#ifndef TN_PICTURE_H
#define TN_PICTURE_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    const char *mime;      /* "image/png", "image/jpeg", "image/gif"; static */
    const char *extension; /* "png", "jpg", "gif"; static */
    guint width, height;
} TnPicture;

/* TRUE for a PNG, JPEG or GIF whose head can be read and that no more than a screenful of
 * megapixels comes out of: a few bytes can claim more than memory holds. */
gboolean tn_picture_look(const guint8 *bytes, gsize length, TnPicture *picture);
/* MIME type of a file by its name and its beginning (may be NULL, 0). Newly allocated, never NULL.
 */
char *tn_mime_guess(const char *name, const guint8 *bytes, gsize length);

G_END_DECLS

#endif
