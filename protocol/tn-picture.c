/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-picture.c: the heads of PNG, JPEG and GIF. Part of protocol/; pure.
 */
#include "tn-picture.h"

#include <gio/gio.h>
#include <string.h>

#define MAX_SIDE   16384
#define MAX_PIXELS (50u * 1000 * 1000)

static guint be16(const guint8 *p)
{
    return (guint)(p[0] << 8 | p[1]);
}

static guint le16(const guint8 *p)
{
    return (guint)(p[1] << 8 | p[0]);
}

static gboolean look_png(const guint8 *bytes, gsize length, TnPicture *picture)
{
    if (length < 24 || memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) != 0 ||
        memcmp(bytes + 12, "IHDR", 4) != 0)
        return FALSE;
    if (be16(bytes + 16) != 0 || be16(bytes + 20) != 0) /* above 65535 */
        return FALSE;
    *picture = (TnPicture){"image/png", "png", be16(bytes + 18), be16(bytes + 22)};
    return TRUE;
}

static gboolean look_gif(const guint8 *bytes, gsize length, TnPicture *picture)
{
    if (length < 10 || (memcmp(bytes, "GIF87a", 6) != 0 && memcmp(bytes, "GIF89a", 6) != 0))
        return FALSE;
    *picture = (TnPicture){"image/gif", "gif", le16(bytes + 6), le16(bytes + 8)};
    return TRUE;
}

/* The size stands in the first frame header; what is before it tells its own length. */
static gboolean look_jpeg(const guint8 *bytes, gsize length, TnPicture *picture)
{
    gsize at = 2;

    if (length < 4 || memcmp(bytes, "\xff\xd8\xff", 3) != 0)
        return FALSE;
    while (at + 9 <= length) {
        const guint marker = bytes[at + 1];

        if (bytes[at] != 0xff)
            return FALSE;
        if (marker == 0xff) { /* filling */
            at++;
            continue;
        }
        if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 &&
            marker != 0xcc) {
            *picture = (TnPicture){"image/jpeg", "jpg", be16(bytes + at + 7), be16(bytes + at + 5)};
            return TRUE;
        }
        if (be16(bytes + at + 2) < 2 || marker == 0xda)
            return FALSE;
        at += 2 + be16(bytes + at + 2);
    }
    return FALSE;
}

gboolean tn_picture_look(const guint8 *bytes, gsize length, TnPicture *picture)
{
    if (!look_png(bytes, length, picture) && !look_jpeg(bytes, length, picture) &&
        !look_gif(bytes, length, picture))
        return FALSE;
    return picture->width > 0 && picture->height > 0 && picture->width <= MAX_SIDE &&
           picture->height <= MAX_SIDE && picture->width * picture->height <= MAX_PIXELS;
}

char *tn_mime_guess(const char *name, const guint8 *bytes, gsize length)
{
    TnPicture picture;
    g_autofree char *type = NULL, *mime = NULL;

    if (bytes != NULL && tn_picture_look(bytes, length, &picture))
        return g_strdup(picture.mime);
    type = g_content_type_guess(name, bytes, length, NULL);
    mime = type != NULL ? g_content_type_get_mime_type(type) : NULL;
    return mime != NULL ? g_steal_pointer(&mime) : g_strdup("application/octet-stream");
}
