/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-pictures.c: pictures in what the user writes. */
#include "tinode-pictures.h"

#include <imgstore.h>
#include <string.h>

#include "protocol/tn-drafty.h"
#include "protocol/tn-picture.h"
#include "tinode-file-text.h"
#include "tinode-outbox.h"
#include "tinode-text.h"

#define MAX_INSIDE   (32 * 1024) /* of one picture */
#define MAX_PICTURES 20          /* of one message; more are left out */
#define ENVELOPE     2048        /* what a frame holds beside text and pictures */
#define LIMIT_UNTOLD (64 * 1024) /* of a frame, where the server did not tell its own */

typedef struct {
    GBytes *bytes;
    char *name, *mime;
    TnPicture picture; /* mime NULL: none that we know */
} Large;

/* A message whose pictures go up one after the other. In html the nth is <img id="n">, from 1. */
typedef struct {
    TinodeAccount *ta;
    char *topic, *id;
    GString *html;
    GPtrArray *large;
    guint next; /* the one under way */
    TnFile *file;
} Upload;

static void large_free(gpointer data)
{
    Large *large = data;

    g_bytes_unref(large->bytes);
    g_free(large->name);
    g_free(large->mime);
    g_free(large);
}

static void upload_free(Upload *upload)
{
    upload->ta->uploads = g_list_remove(upload->ta->uploads, upload);
    tn_file_cancel(upload->file);
    g_free(upload->topic);
    g_free(upload->id);
    g_string_free(upload->html, TRUE);
    g_ptr_array_unref(upload->large);
    g_free(upload);
}

void tinode_pictures_close(TinodeAccount *ta)
{
    while (ta->uploads != NULL)
        upload_free(ta->uploads->data);
}

/* The next <img id="N"> from p on; NULL: there is none. end: after its >. */
static const char *find_tag(const char *p, const char **end, int *id)
{
    for (; (p = strchr(p, '<')) != NULL; p++) {
        const char *close = strchr(p, '>'), *key;

        if (close == NULL)
            return NULL;
        if (g_ascii_strncasecmp(p, "<img", 4) != 0 || !g_ascii_isspace(p[4]))
            continue;
        for (key = p + 4; key < close; key++) {
            if (!g_ascii_isspace(*key) || g_ascii_strncasecmp(key + 1, "id=", 3) != 0)
                continue;
            key += 4;
            key += *key == '"' || *key == '\'';
            *id = (int)CLAMP(g_ascii_strtoll(key, NULL, 10), 0, G_MAXINT);
            *end = close + 1;
            return p;
        }
    }
    return NULL;
}

gboolean tinode_pictures_are_in(const char *html)
{
    const char *end;
    int id;

    return find_tag(html, &end, &id) != NULL;
}

static char *markup_of(const Large *large, const char *src)
{
    const gboolean is_picture = g_str_has_prefix(large->mime, "image/");
    const TnObject object = {.kind = is_picture ? TN_OBJECT_PICTURE : TN_OBJECT_FILE,
                             .name = large->name,
                             .mime = large->mime,
                             .size = (guint32)g_bytes_get_size(large->bytes)};

    return tn_object_to_markup(&object, src, large->picture.width, large->picture.height);
}

static void put_inside(GString *out, const Large *picture)
{
    gsize length;
    const guint8 *bytes = g_bytes_get_data(picture->bytes, &length);
    g_autofree char *base64 = g_base64_encode(bytes, length);
    g_autofree char *src = g_strconcat("data:", picture->mime, ";base64,", base64, NULL);
    g_autofree char *markup = markup_of(picture, src);

    g_string_append(out, markup);
}

static Large *large_new(PurpleStoredImage *image)
{
    const gsize length = purple_imgstore_get_size(image);
    const char *name = purple_imgstore_get_filename(image);
    Large *large = g_new0(Large, 1);
    const guint8 *bytes;

    large->bytes = g_bytes_new(purple_imgstore_get_data(image), length);
    bytes = g_bytes_get_data(large->bytes, NULL);
    if (!tn_picture_look(bytes, length, &large->picture))
        large->picture = (TnPicture){0};
    large->name = name != NULL && name[0] != '\0' ? g_path_get_basename(name) : NULL;
    large->mime = tn_mime_guess(large->name, bytes, MIN(length, 4096));
    if (large->name == NULL)
        large->name = g_strdup_printf(
            "picture.%s", large->picture.extension != NULL ? large->picture.extension : "bin");
    return large;
}

/* The HTML with what fits inside; what does not is numbered and appended to large. */
static GString *place(const TinodeTopic *topic, const char *html, GPtrArray *large)
{
    const guint32 limit =
        topic->ta->max_message_size > 0 ? topic->ta->max_message_size : LIMIT_UNTOLD;
    const gint64 text = (gint64)strlen(html) * 2 + ENVELOPE;
    gint64 room = ((gint64)limit - text) / 4 * 3;
    GString *out = g_string_new(NULL);
    const char *tag, *end;
    guint n = 0;
    int id;

    while ((tag = find_tag(html, &end, &id)) != NULL) {
        PurpleStoredImage *image = purple_imgstore_find_by_id(id);

        g_string_append_len(out, html, tag - html);
        html = end;
        if (image == NULL || n++ >= MAX_PICTURES)
            continue;
        g_ptr_array_add(large, large_new(image));
        if (purple_imgstore_get_size(image) <= MAX_INSIDE &&
            (gint64)purple_imgstore_get_size(image) + 512 <= room) {
            room -= (gint64)purple_imgstore_get_size(image) + 512;
            put_inside(out, large->pdata[large->len - 1]);
            g_ptr_array_remove_index(large, large->len - 1);
        } else {
            g_string_append_printf(out, "<img id=\"%u\">", large->len);
        }
    }
    g_string_append(out, html);
    return out;
}

/* Going up ------------------------------------------------------------------------------------- */

static void next(Upload *upload);

static void refuse(Upload *upload, const TnFailure *why)
{
    TinodeTopic *topic = tinode_topic_find(upload->ta, upload->topic);
    g_autofree char *sentence = tinode_file_failure_text(why, TRUE, upload->ta->max_file_size);
    g_autofree char *id = g_strdup(upload->id);

    upload_free(upload);
    if (topic != NULL)
        tinode_outbox_refuse(topic, id, sentence);
}

static void on_ended(const TnFileResult *result, gpointer user_data)
{
    Upload *upload = user_data;
    const Large *large = upload->large->pdata[upload->next];
    g_autofree char *tag = g_strdup_printf("<img id=\"%u\">", upload->next + 1);
    g_autofree char *markup = NULL;
    char *at;

    upload->file = NULL;
    if (result->why != NULL) {
        refuse(upload, result->why);
        return;
    }
    markup = markup_of(large, result->ref);
    at = strstr(upload->html->str, tag);
    if (at != NULL) {
        const gssize where = at - upload->html->str;

        g_string_erase(upload->html, where, (gssize)strlen(tag));
        g_string_insert(upload->html, where, markup);
    }
    upload->next++;
    next(upload);
}

static void next(Upload *upload)
{
    static const TnFileEvents events = {.ended = on_ended};
    const TnFailure offline = {.error = TN_ERROR_TRANSIENT, .cause = TN_CAUSE_CLOSED};
    TinodeTopic *topic = tinode_topic_find(upload->ta, upload->topic);
    const Large *large;
    TnUpload what = {0};

    if (upload->next == upload->large->len) {
        if (topic != NULL)
            tinode_outbox_release(topic, upload->id, upload->html->str);
        upload_free(upload);
        return;
    }
    large = upload->large->pdata[upload->next];
    what.name = large->name;
    what.mime = large->mime;
    what.bytes = large->bytes;
    what.size = (goffset)g_bytes_get_size(large->bytes);
    upload->file = tn_session_upload(upload->ta->session, &what, &events, upload);
    if (upload->file == NULL)
        refuse(upload, &offline);
}

/* TRUE: told. */
static gboolean refuse_too_large(TinodeTopic *topic, GPtrArray *large)
{
    const guint32 limit = topic->ta->max_file_size;

    for (guint i = 0; i < large->len && limit > 0; i++) {
        const TnFailure why = {.error = TN_ERROR_PERMANENT, .cause = TN_CAUSE_TOO_LARGE};
        g_autofree char *sentence = NULL;

        if (g_bytes_get_size(((Large *)large->pdata[i])->bytes) <= limit)
            continue;
        sentence = tinode_file_failure_text(&why, TRUE, limit);
        tinode_topic_write_line(topic, sentence);
        return TRUE;
    }
    return FALSE;
}

char *tinode_pictures_send(TinodeTopic *topic, const char *html, GVariant *extra)
{
    TinodeAccount *ta = topic->ta;
    g_autoptr(GPtrArray) large = g_ptr_array_new_with_free_func(large_free);
    GString *placed = place(topic, html, large);
    g_autofree char *id = NULL;
    Upload *upload;

    if (refuse_too_large(topic, large)) {
        g_string_free(placed, TRUE);
        return NULL;
    }
    id = tinode_account_new_id(ta);
    if (large->len == 0) {
        tinode_outbox_push(topic, id, placed->str, extra);
        g_string_free(placed, TRUE);
        return g_steal_pointer(&id);
    }
    tinode_outbox_push_held(topic, id, placed->str, extra);
    upload = g_new0(Upload, 1);
    upload->ta = ta;
    upload->topic = g_strdup(topic->name);
    upload->id = g_strdup(id);
    upload->html = placed;
    upload->large = g_steal_pointer(&large);
    ta->uploads = g_list_prepend(ta->uploads, upload);
    next(upload);
    return g_steal_pointer(&id);
}
