/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-avatar.c: photos. */
#include "tinode-avatar.h"

#include <buddyicon.h>
#include <debug.h>
#include <imgstore.h>
#include <string.h>

#include "protocol/tn-picture.h"
#include "tinode-fetch.h"

#define MAX_PHOTO (512 * 1024)
/* Cards are told to everybody again and again: what is larger goes up as a file. */
#define MAX_INSIDE (16 * 1024)
/* Which photo of a group its icon is; and which icon the server was given as ours. */
#define SETTING "tinode-photo"

struct _TinodePhoto {
    char *checksum; /* "": there is none */
    char *data;     /* base64; NULL once it is shown */
    char *ref;
    gboolean is_shown, is_fetching;
};

static void photo_free(struct _TinodePhoto *photo)
{
    g_free(photo->checksum);
    g_free(photo->data);
    g_free(photo->ref);
    g_free(photo);
}

void tinode_avatar_forget(TinodeTopic *topic)
{
    g_clear_pointer(&topic->photo, photo_free);
}

gboolean tinode_avatar_told(TinodeTopic *topic, const TnCard *card)
{
    const char *told = card->photo_data != NULL ? card->photo_data : card->photo_ref;
    g_autofree char *checksum =
        told != NULL ? g_compute_checksum_for_string(G_CHECKSUM_SHA1, told, -1) : g_strdup("");
    struct _TinodePhoto *photo = topic->photo;
    gboolean was_fetching, is_news;

    if (photo != NULL && strcmp(photo->checksum, checksum) == 0)
        return FALSE;
    is_news = photo != NULL || checksum[0] != '\0';
    was_fetching = photo != NULL && photo->is_fetching;
    tinode_avatar_forget(topic);
    photo = topic->photo = g_new0(struct _TinodePhoto, 1);
    photo->checksum = g_steal_pointer(&checksum);
    photo->data = g_strdup(card->photo_data);
    photo->ref = card->photo_data == NULL ? g_strdup(card->photo_ref) : NULL;
    photo->is_fetching = was_fetching;
    return is_news;
}

/* What the buddy list shows now: its checksum, NULL if nothing of ours. */
static const char *shown_checksum(const TinodeTopic *topic)
{
    PurpleAccount *account = topic->ta->account;
    PurpleBuddy *buddy;
    PurpleChat *chat;

    if (tinode_topic_is_group(topic)) {
        chat = purple_blist_find_chat(account, topic->name);
        return chat != NULL ? purple_blist_node_get_string((PurpleBlistNode *)chat, SETTING) : NULL;
    }
    buddy = purple_find_buddy(account, topic->name);
    return buddy != NULL ? purple_buddy_icons_get_checksum_for_user(buddy) : NULL;
}

/* bytes: NULL for none. */
static void show_group(TinodeTopic *topic, const guint8 *bytes, gsize length)
{
    PurpleChat *chat = purple_blist_find_chat(topic->ta->account, topic->name);
    PurpleBlistNode *node = (PurpleBlistNode *)chat;

    if (chat == NULL)
        return;
    if (purple_blist_node_get_string(node, SETTING) == NULL &&
        purple_buddy_icons_node_has_custom_icon(node))
        return; /* the user's own choice */
    if (bytes != NULL) {
        purple_buddy_icons_node_set_custom_icon(node, g_memdup2(bytes, length), length);
        purple_blist_node_set_string(node, SETTING, topic->photo->checksum);
    } else if (purple_blist_node_get_string(node, SETTING) != NULL) {
        purple_buddy_icons_node_set_custom_icon(node, NULL, 0);
        purple_blist_node_remove_setting(node, SETTING);
    }
}

static void show(TinodeTopic *topic, const guint8 *bytes, gsize length)
{
    TnPicture picture;

    topic->photo->is_shown = TRUE;
    g_clear_pointer(&topic->photo->data, g_free);
    if (bytes != NULL && !tn_picture_look(bytes, length, &picture))
        return;
    if (tinode_topic_is_group(topic))
        show_group(topic, bytes, length);
    else if (bytes != NULL)
        purple_buddy_icons_set_for_user(topic->ta->account, topic->name, g_memdup2(bytes, length),
                                        length, topic->photo->checksum);
    else if (shown_checksum(topic) != NULL)
        purple_buddy_icons_set_for_user(topic->ta->account, topic->name, NULL, 0, NULL);
}

/* What was being fetched may not be what is told any more. */
typedef struct {
    TinodeTopic *topic;
    char *checksum;
} Wanted;

static void wanted_free(gpointer data)
{
    Wanted *wanted = data;

    g_free(wanted->checksum);
    g_free(wanted);
}

static void on_fetched(TinodeAccount *ta, GBytes *bytes, gpointer data)
{
    Wanted *wanted = data;
    TinodeTopic *topic = wanted->topic;
    gsize length = 0;
    const guint8 *content = bytes != NULL ? g_bytes_get_data(bytes, &length) : NULL;

    (void)ta;
    topic->photo->is_fetching = FALSE;
    if (strcmp(topic->photo->checksum, wanted->checksum) != 0)
        tinode_avatar_update(topic);
    else if (content != NULL)
        show(topic, content, length);
    /* What could not be had is tried again at the next sign-in. */
}

static void fetch(TinodeTopic *topic)
{
    Wanted *wanted;

    if (topic->photo->is_fetching)
        return;
    wanted = g_new0(Wanted, 1);
    wanted->topic = topic;
    wanted->checksum = g_strdup(topic->photo->checksum);
    topic->photo->is_fetching = tinode_fetch_add(topic->ta->fetch, topic->photo->ref, MAX_PHOTO,
                                                 on_fetched, wanted, wanted_free);
    if (!topic->photo->is_fetching)
        topic->photo->is_shown = TRUE; /* it never will be */
}

void tinode_avatar_update(TinodeTopic *topic)
{
    struct _TinodePhoto *photo = topic->photo;
    g_autofree guchar *bytes = NULL;
    gsize length = 0;

    if (photo == NULL || photo->is_shown)
        return;
    if (g_strcmp0(shown_checksum(topic), photo->checksum) == 0) {
        photo->is_shown = TRUE;
        g_clear_pointer(&photo->data, g_free);
    } else if (photo->data != NULL) {
        bytes = g_base64_decode(photo->data, &length);
        show(topic, bytes, length);
    } else if (photo->ref != NULL) {
        fetch(topic);
    } else {
        show(topic, NULL, 0);
    }
}

/* Our own -------------------------------------------------------------------------------------- */

/* What did not get there is tried again at the next sign-in. */
static void on_set(const TnReply *reply, gpointer data)
{
    TinodeAccount *ta = data;

    if (reply->error == TN_OK)
        return;
    purple_debug_warning("tinode", "own photo not set: %d\n", reply->code);
    purple_account_set_string(ta->account, SETTING, NULL);
}

static void publish(TinodeAccount *ta, const TnPhoto *photo)
{
    const char *files[] = {photo->ref, NULL};
    const TnSet set = {.photo = photo, .attachments = photo->ref != NULL ? files : NULL};

    tn_session_set(ta->session, "me", &set, on_set, ta);
}

static void on_uploaded(const TnFileResult *result, gpointer user_data)
{
    TinodeAccount *ta = user_data;
    const TnPhoto photo = {.type = ta->photo_type, .ref = result->ref};

    ta->photo = NULL;
    if (result->why == NULL)
        publish(ta, &photo);
    else
        purple_account_set_string(ta->account, SETTING, NULL);
}

static void upload(TinodeAccount *ta, const guint8 *bytes, gsize length, const TnPicture *picture)
{
    static const TnFileEvents events = {.ended = on_uploaded};
    g_autoptr(GBytes) copy = g_bytes_new(bytes, length);
    g_autofree char *name = g_strconcat("photo.", picture->extension, NULL);
    const TnUpload what = {
        .name = name, .mime = picture->mime, .size = (goffset)length, .bytes = copy};

    ta->photo_type = picture->mime + strlen("image/");
    ta->photo = tn_session_upload(ta->session, &what, &events, ta);
    if (ta->photo == NULL)
        purple_account_set_string(ta->account, SETTING, NULL);
}

static void publish_bytes(TinodeAccount *ta, const guint8 *bytes, gsize length)
{
    g_autofree char *data = NULL;
    TnPicture picture;
    TnPhoto photo = {0};

    if (!tn_picture_look(bytes, length, &picture))
        return;
    if (length > MAX_INSIDE) {
        upload(ta, bytes, length, &picture);
        return;
    }
    data = g_base64_encode(bytes, length);
    photo.type = picture.mime + strlen("image/");
    photo.data = data;
    publish(ta, &photo);
}

/* Also called at each sign-in, with what was chosen some time ago. */
void tinode_set_buddy_icon(PurpleConnection *gc, PurpleStoredImage *image)
{
    TinodeAccount *ta = gc->proto_data;
    const TnPhoto none = {0};
    g_autofree char *checksum = NULL;
    const char *known;

    if (ta == NULL || !tinode_account_is_up(ta))
        return;
    known = purple_account_get_string(ta->account, SETTING, NULL);
    if (image != NULL)
        checksum = g_compute_checksum_for_data(G_CHECKSUM_SHA1, purple_imgstore_get_data(image),
                                               purple_imgstore_get_size(image));
    if (g_strcmp0(known, checksum) == 0)
        return;
    tinode_avatar_close(ta);
    purple_account_set_string(ta->account, SETTING, checksum);
    if (image == NULL)
        publish(ta, &none);
    else
        publish_bytes(ta, purple_imgstore_get_data(image), purple_imgstore_get_size(image));
}

void tinode_avatar_close(TinodeAccount *ta)
{
    if (ta->photo == NULL)
        return;
    tn_file_cancel(g_steal_pointer(&ta->photo));
    purple_account_set_string(ta->account, SETTING, NULL);
}
