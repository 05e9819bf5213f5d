/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-media.c: pictures and files in messages. */
#include "tinode-media.h"

#include <core.h>
#include <imgstore.h>
#include <string.h>

#include "protocol/tn-drafty.h"
#include "protocol/tn-picture.h"
#include "tinode-fetch.h"
#include "tinode-outbox.h"
#include "tinode-text.h"
#include "tinode-xfer.h"

#define MAX_OBJECTS  20                 /* of one message */
#define MAX_PICTURE  (1024 * 1024)      /* fetched unasked, or shown */
#define MAX_KEPT     (16 * 1024 * 1024) /* bytes in messages that wait to be handed on */
#define MAX_ITEMS    20                 /* that /download can still reach, of one conversation */
#define MAX_ITEM     (1024 * 1024)      /* of those: larger ones that came inside are let go */
#define MAX_FETCHING 10                 /* pictures under way, of one conversation */

struct _TinodeMedia {
    GQueue items; /* newest first */
    guint fetching;
    gboolean is_hinted;
};

static gsize kept_bytes; /* of all accounts */

static gsize weigh(const TnContent *content)
{
    TnObject objects[MAX_OBJECTS];
    const guint n = tn_content_objects(content, objects, MAX_OBJECTS);
    gsize bytes = 0;

    for (guint i = 0; i < n; i++)
        bytes += objects[i].bytes != NULL ? g_bytes_get_size(objects[i].bytes) : 0;
    return bytes;
}

void tinode_media_keep(TinodeMessage *message, const TnData *data)
{
    TnObject any;

    if (message->is_call || tn_content_objects(data->content, &any, 1) == 0)
        return;
    message->weight = weigh(data->content);
    if (kept_bytes + message->weight > MAX_KEPT)
        return;
    kept_bytes += message->weight;
    message->content = tn_content_share(data->content);
}

void tinode_media_release(TinodeMessage *message)
{
    if (message->content == NULL)
        return;
    kept_bytes -= message->weight;
    tn_content_free(g_steal_pointer(&message->content));
}

void tinode_media_take(TinodeMessage *message, const TinodeMessage *version)
{
    tinode_media_release(message);
    if (version->content == NULL)
        return;
    message->content = tn_content_share(version->content);
    message->weight = version->weight;
    kept_bytes += message->weight;
}

static TinodeMedia *media_of(TinodeTopic *topic)
{
    if (topic->media == NULL) {
        topic->media = g_new0(TinodeMedia, 1);
        g_queue_init(&topic->media->items);
    }
    return topic->media;
}

void tinode_media_free(TinodeMedia *media)
{
    if (media == NULL)
        return;
    g_queue_clear_full(&media->items, tinode_item_free);
    g_free(media);
}

/* Pictures ------------------------------------------------------------------------------------- */

/* Of the clients that we know, one draws them. */
static gboolean shows_pictures(void)
{
    return g_strcmp0(purple_core_get_ui(), "gtk-gaim") == 0;
}

/* Logs take the ending from the name: it must be the true one. */
static char *picture_name(const char *name, const TnPicture *picture)
{
    g_autofree char *ending = g_strconcat(".", picture->extension, NULL);
    g_autofree char *lower = g_ascii_strdown(name != NULL ? name : "picture", -1);

    return g_strconcat(name != NULL ? name : "picture",
                       g_str_has_suffix(lower, ending) ? NULL : ending, NULL);
}

/* Hand a picture to the client. 0: it is none. To be given back when its line was written. */
static int store_picture(GBytes *bytes, const char *name)
{
    gsize length = 0;
    const guint8 *data = g_bytes_get_data(bytes, &length);
    g_autofree char *file = NULL;
    TnPicture picture;

    if (length > MAX_PICTURE || !tn_picture_look(data, length, &picture))
        return 0;
    file = picture_name(name, &picture);
    return purple_imgstore_add_with_id(g_memdup2(data, length), length, file);
}

static char *show(const TnObject *object, gpointer user_data)
{
    GArray *ids = user_data;
    int id = 0;

    if (object->kind == TN_OBJECT_PICTURE && object->bytes != NULL)
        id = store_picture(object->bytes, object->name);
    if (id == 0)
        return NULL;
    g_array_append_val(ids, id);
    return g_strdup_printf("<img id=\"%d\">", id);
}

/* Of the line that is being written. */
static GArray *shown_ids;

static void release_shown(void)
{
    for (guint i = 0; shown_ids != NULL && i < shown_ids->len; i++)
        purple_imgstore_unref_by_id(g_array_index(shown_ids, int, i));
    g_clear_pointer(&shown_ids, g_array_unref);
}

char *tinode_media_html(const TinodeMessage *message, PurpleMessageFlags *flags)
{
    char *html;

    if (message->content == NULL || !shows_pictures())
        return NULL;
    release_shown();
    shown_ids = g_array_new(FALSE, FALSE, sizeof(int));
    html = tn_content_to_html_with(message->content, show, shown_ids);
    if (shown_ids->len > 0)
        *flags |= PURPLE_MESSAGE_IMAGES;
    return html;
}

typedef struct {
    TinodeTopic *topic;
    char *name;
} Wanted;

static void wanted_free(gpointer data)
{
    Wanted *wanted = data;

    wanted->topic->media->fetching--;
    g_free(wanted->name);
    g_free(wanted);
}

static void on_picture(TinodeAccount *ta, GBytes *bytes, gpointer data)
{
    Wanted *wanted = data;
    TinodeTopic *topic = wanted->topic;
    PurpleConversation *conv = tinode_topic_conversation(topic);
    const int id = bytes != NULL && conv != NULL ? store_picture(bytes, wanted->name) : 0;
    g_autofree char *name = NULL, *html = NULL;

    (void)ta;
    if (id == 0)
        return;
    name = wanted->name != NULL ? g_markup_escape_text(wanted->name, -1) : g_strdup("");
    html = g_strdup_printf("%s%s<img id=\"%d\">", name, name[0] != '\0' ? "<br>" : "", id);
    purple_conversation_write(conv, "", html,
                              PURPLE_MESSAGE_SYSTEM | PURPLE_MESSAGE_NO_LOG | PURPLE_MESSAGE_IMAGES,
                              time(NULL));
    purple_imgstore_unref_by_id(id);
}

static void fetch_picture(TinodeTopic *topic, const TnObject *object)
{
    TinodeMedia *media = media_of(topic);
    Wanted *wanted;

    if (!shows_pictures() || object->ref == NULL || object->size > MAX_PICTURE ||
        media->fetching >= MAX_FETCHING)
        return;
    wanted = g_new0(Wanted, 1);
    wanted->topic = topic;
    wanted->name = g_strdup(object->name);
    media->fetching++; /* as long as there is a wanted one */
    tinode_fetch_add(topic->ta->fetch, object->ref, MAX_PICTURE, on_picture, wanted, wanted_free);
}

/* Files ---------------------------------------------------------------------------------------- */

static TinodeItem *remember(TinodeTopic *topic, const TinodeMessage *message,
                            const TnObject *object)
{
    TinodeMedia *media = media_of(topic);
    TinodeItem *item = g_new0(TinodeItem, 1);

    item->name = tn_file_clean_name(object->name);
    item->from = g_strdup(message->from != NULL ? message->from : topic->name);
    item->ref = g_strdup(object->ref);
    item->bytes = object->bytes != NULL ? g_bytes_ref(object->bytes) : NULL;
    item->size = object->size;
    g_queue_push_head(&media->items, item);
    if (g_queue_get_length(&media->items) > MAX_ITEMS)
        tinode_item_free(g_queue_pop_tail(&media->items));
    return item;
}

/* What came inside a message and is large is not held for a command that may never come. */
static void let_go(TinodeTopic *topic, TinodeItem *item)
{
    TinodeMedia *media = media_of(topic);

    if (item->bytes == NULL || item->ref != NULL || g_bytes_get_size(item->bytes) <= MAX_ITEM)
        return;
    g_queue_remove(&media->items, item);
    tinode_item_free(item);
}

static void hint(TinodeTopic *topic)
{
    TinodeMedia *media = media_of(topic);

    if (media->is_hinted || tinode_topic_conversation(topic) == NULL)
        return;
    media->is_hinted = TRUE;
    tinode_topic_write_line(topic, _("Type /download to save the newest file of this conversation, "
                                     "/download 2 for the one before it, and so on."));
}

void tinode_media_shown(TinodeTopic *topic, const TinodeMessage *message, gboolean is_live)
{
    TnObject objects[MAX_OBJECTS];
    guint n;

    release_shown();
    if (message->content == NULL || topic->ta->is_closing)
        return;
    n = tn_content_objects(message->content, objects, MAX_OBJECTS);
    for (guint i = 0; i < n && !topic->ta->is_closing; i++) {
        const TnObject *object = &objects[i];
        const gboolean is_picture = object->kind == TN_OBJECT_PICTURE;
        TinodeItem *item;
        gboolean is_offered = FALSE;

        if (object->bytes == NULL && !tn_session_is_own_file(topic->ta->session, object->ref))
            continue; /* a link in its line, or nothing */
        item = remember(topic, message, object);
        if (is_picture && is_live && object->bytes == NULL)
            fetch_picture(topic, object);
        else if (!is_picture && is_live && !message->is_own)
            is_offered = tinode_xfer_offer(topic, item);
        if (!is_picture && !is_offered && !message->is_own)
            hint(topic);
        let_go(topic, item);
    }
}

const char *tinode_media_download(TinodeTopic *topic, guint nth)
{
    const TinodeItem *item = g_queue_peek_nth(&media_of(topic)->items, nth - 1);

    if (item == NULL)
        return _("There is no such file in this conversation.");
    if (!tinode_xfer_offer(topic, item))
        return _("Please answer the open questions about other files first.");
    return NULL;
}

/* Sending -------------------------------------------------------------------------------------- */

void tinode_media_publish(TinodeTopic *topic, const char *name, const char *ref, guint32 size,
                          const guint8 *beginning, gsize n_beginning)
{
    g_autofree char *valid = g_utf8_make_valid(name, -1);
    g_autofree char *mime = tn_mime_guess(valid, beginning, n_beginning);
    TnPicture picture = {0};
    const gboolean is_picture = tn_picture_look(beginning, n_beginning, &picture);
    const TnObject object = {.kind = is_picture ? TN_OBJECT_PICTURE : TN_OBJECT_FILE,
                             .name = valid,
                             .mime = mime,
                             .ref = ref,
                             .size = size};
    g_autofree char *markup = tn_object_to_markup(&object, ref, picture.width, picture.height);
    g_autoptr(TnContent) content = tn_content_from_html(markup);
    g_autofree char *html = tn_content_to_html(content);
    g_autofree char *id = tinode_account_new_id(topic->ta);

    tinode_outbox_push(topic, id, markup, NULL);
    if (!topic->ta->is_closing)
        tinode_message_write_own(topic, id, html, 0, time(NULL));
}
