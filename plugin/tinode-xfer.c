/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-xfer.c: file transfers. */
#include "tinode-xfer.h"

#include <glib/gstdio.h>
#include <notify.h>
#include <request.h>
#include <string.h>

#include "protocol/tn-picture.h"
#include "tinode-chat.h"
#include "tinode-file-text.h"
#include "tinode-media.h"
#include "tinode-text.h"

/* Questions that are open at the same time, in one account. */
#define MAX_OFFERS 5
/* A sender may tell the size a little wrong; one that did not tell it gets this. */
#define SIZE_SLACK   (64 * 1024)
#define UNTOLD_BYTES G_GINT64_CONSTANT(1073741824)
#define BEGINNING    4096 /* of a file: enough to tell what it is */
#define REDRAW_MS    200
#define REDRAW_BYTES (64 * 1024)

typedef struct {
    TinodeAccount *ta;
    char *topic; /* its name */
    PurpleXfer *xfer;
    TnFile *file;
    gboolean is_asked; /* the question is open: libpurple holds the transfer for its answer */
    gboolean is_begun;
    gint64 drawn_ms;
    gsize drawn_bytes;
    /* received */
    char *ref;
    GBytes *bytes;
    guint32 told;
    gboolean has_size;
    /* sent */
    goffset offset;
    guint8 beginning[BEGINNING];
    gsize n_beginning;
} Transfer;

void tinode_item_free(gpointer data)
{
    TinodeItem *item = data;

    g_free(item->name);
    g_free(item->from);
    g_free(item->ref);
    if (item->bytes != NULL)
        g_bytes_unref(item->bytes);
    g_free(item);
}

static Transfer *transfer_new(TinodeTopic *topic, PurpleXferType type, const char *who)
{
    Transfer *transfer;
    PurpleXfer *xfer = purple_xfer_new(topic->ta->account, type, who);

    if (xfer == NULL)
        return NULL;
    transfer = g_new0(Transfer, 1);
    transfer->ta = topic->ta;
    transfer->topic = g_strdup(topic->name);
    /* Our own hold: libpurple drops a transfer whose file cannot be read without telling. */
    purple_xfer_ref(xfer);
    transfer->xfer = xfer;
    xfer->data = transfer;
    topic->ta->xfers = g_list_prepend(topic->ta->xfers, transfer);
    return transfer;
}

/* libpurple's object goes on for a while; ours ends here. */
static void forget(PurpleXfer *xfer)
{
    Transfer *transfer = xfer->data;

    if (transfer == NULL)
        return;
    xfer->data = NULL;
    transfer->ta->xfers = g_list_remove(transfer->ta->xfers, transfer);
    tn_file_cancel(transfer->file);
    g_free(transfer->topic);
    g_free(transfer->ref);
    if (transfer->bytes != NULL)
        g_bytes_unref(transfer->bytes);
    g_free(transfer);
    purple_xfer_unref(xfer);
}

/* A file of which half is there is none. */
static void cancel_received(PurpleXfer *xfer)
{
    Transfer *transfer = xfer->data;
    const char *path = purple_xfer_get_local_filename(xfer);

    if (transfer != NULL && transfer->is_begun && path != NULL && xfer->dest_fp != NULL)
        g_unlink(path);
    forget(xfer);
}

static void on_end(PurpleXfer *xfer)
{
    forget(xfer);
}

void tinode_xfers_close(TinodeAccount *ta)
{
    while (ta->xfers != NULL) {
        Transfer *transfer = ta->xfers->data;
        PurpleXfer *xfer = transfer->xfer;
        const gboolean is_asked = transfer->is_asked;

        if (xfer->ref == 1) { /* dropped: nobody but us knows it any more */
            forget(xfer);
            continue;
        }
        /* A question that closes counts as denied in Finch, which ends the transfer. Elsewhere it
         * is gone unanswered; nobody else gives its hold back. */
        purple_xfer_ref(xfer);
        purple_request_close_with_handle(xfer);
        if (!purple_xfer_is_canceled(xfer)) {
            purple_xfer_cancel_local(xfer);
            if (is_asked)
                purple_xfer_unref(xfer);
        }
        purple_xfer_unref(xfer);
    }
}

/* In the conversation, or where there is none in a window of its own; then it ends. A handler of
 * the line may sign out, which ends it before us. */
static void end_with(Transfer *transfer, const char *sentence, void (*cancel)(PurpleXfer *))
{
    TinodeTopic *topic = tinode_topic_find(transfer->ta, transfer->topic);
    PurpleXfer *xfer = transfer->xfer;

    purple_xfer_ref(xfer);
    if (topic != NULL && tinode_topic_conversation(topic) != NULL)
        tinode_topic_write_line(topic, sentence);
    else
        purple_notify_error(transfer->ta->gc, _("Tinode"), _("A file was not transferred"),
                            sentence);
    if (xfer->data != NULL)
        cancel(xfer);
    purple_xfer_unref(xfer);
}

static void fail(Transfer *transfer, const TnFailure *why, goffset limit)
{
    const gboolean is_sent = purple_xfer_get_type(transfer->xfer) == PURPLE_XFER_SEND;
    g_autofree char *sentence = tinode_file_failure_text(why, is_sent, limit);

    end_with(transfer, sentence, purple_xfer_cancel_remote);
}

/* If a window were drawn with each piece nothing else would happen: each hundredth will do, and on
 * a slow line several times a second. */
static void draw(Transfer *transfer)
{
    const gint64 now_ms = tinode_now_ms();
    const gsize done = purple_xfer_get_bytes_sent(transfer->xfer);
    const gsize step = MAX(purple_xfer_get_size(transfer->xfer) / 100, REDRAW_BYTES);

    if (now_ms - transfer->drawn_ms < REDRAW_MS && done - transfer->drawn_bytes < step)
        return;
    transfer->drawn_ms = now_ms;
    transfer->drawn_bytes = done;
    purple_xfer_update_progress(transfer->xfer);
}

/* FALSE: it is over already (no file could be opened). */
static gboolean start(Transfer *transfer)
{
    PurpleXfer *xfer = transfer->xfer;
    gboolean is_alive;

    transfer->is_asked = FALSE;
    purple_xfer_ref(xfer);
    purple_xfer_start(xfer, -1, NULL, 0);
    is_alive = xfer->data != NULL;
    purple_xfer_unref(xfer);
    if (is_alive)
        transfer->is_begun = TRUE;
    return is_alive;
}

static void complete(Transfer *transfer)
{
    PurpleXfer *xfer = transfer->xfer;

    purple_xfer_set_completed(xfer, TRUE);
    purple_xfer_end(xfer);
}

/* Receiving ------------------------------------------------------------------------------------ */

static void on_received(const guint8 *bytes, gsize length, gpointer user_data)
{
    Transfer *transfer = user_data;

    /* What cannot be written cancels. */
    if (purple_xfer_write_file(transfer->xfer, bytes, length))
        draw(transfer);
}

static void on_progress(goffset done, goffset total, gpointer user_data)
{
    Transfer *transfer = user_data;

    (void)done;
    if (!transfer->has_size && total >= 0)
        purple_xfer_set_size(transfer->xfer, (size_t)total);
    transfer->has_size = TRUE;
}

static void on_download_ended(const TnFileResult *result, gpointer user_data)
{
    Transfer *transfer = user_data;

    transfer->file = NULL;
    if (result->why != NULL)
        fail(transfer, result->why, 0);
    else
        complete(transfer);
}

static void begin_download(Transfer *transfer)
{
    static const TnFileEvents events = {on_progress, on_received, on_download_ended};
    const goffset limit = transfer->told > 0 ? (goffset)transfer->told + SIZE_SLACK : UNTOLD_BYTES;
    const TnFailure offline = {.error = TN_ERROR_TRANSIENT, .cause = TN_CAUSE_CLOSED};

    /* What was told is a guess: the server knows. */
    purple_xfer_set_size(transfer->xfer, 0);
    transfer->file =
        tn_session_download(transfer->ta->session, transfer->ref, limit, 0, &events, transfer);
    if (transfer->file == NULL)
        fail(transfer, &offline, 0);
}

static void init_received(PurpleXfer *xfer)
{
    Transfer *transfer = xfer->data;
    gsize length;
    const guint8 *bytes;

    if (transfer == NULL || !start(transfer))
        return;
    if (transfer->bytes == NULL) {
        begin_download(transfer);
        return;
    }
    bytes = g_bytes_get_data(transfer->bytes, &length);
    purple_xfer_set_size(xfer, length);
    if (length == 0 || purple_xfer_write_file(xfer, bytes, length))
        complete(transfer);
}

static void on_denied(PurpleXfer *xfer)
{
    Transfer *transfer = xfer->data;

    if (transfer != NULL)
        transfer->is_asked = FALSE;
    forget(xfer);
}

static guint open_offers(TinodeAccount *ta)
{
    guint n = 0;

    for (GList *link = ta->xfers; link != NULL; link = link->next)
        n += ((Transfer *)link->data)->is_asked;
    return n;
}

gboolean tinode_xfer_offer(TinodeTopic *topic, const TinodeItem *item)
{
    TinodeAccount *ta = topic->ta;
    Transfer *transfer;

    if (open_offers(ta) >= MAX_OFFERS ||
        (item->bytes == NULL && !tn_session_is_own_file(ta->session, item->ref)))
        return FALSE;
    transfer = transfer_new(topic, PURPLE_XFER_RECEIVE, item->from);
    if (transfer == NULL)
        return FALSE;
    transfer->ref = g_strdup(item->ref);
    transfer->bytes = item->bytes != NULL ? g_bytes_ref(item->bytes) : NULL;
    transfer->told = item->size;
    purple_xfer_set_init_fnc(transfer->xfer, init_received);
    purple_xfer_set_end_fnc(transfer->xfer, on_end);
    purple_xfer_set_cancel_recv_fnc(transfer->xfer, cancel_received);
    purple_xfer_set_request_denied_fnc(transfer->xfer, on_denied);
    purple_xfer_set_filename(transfer->xfer, item->name);
    purple_xfer_set_size(transfer->xfer,
                         item->bytes != NULL ? g_bytes_get_size(item->bytes) : item->size);
    transfer->is_asked = TRUE;
    purple_xfer_request(transfer->xfer);
    return TRUE;
}

/* Sending -------------------------------------------------------------------------------------- */

/* From the beginning again: a server may send us elsewhere with the same file. */
static gboolean rewind_to(Transfer *transfer, goffset offset)
{
    if (offset == transfer->offset)
        return TRUE;
    if (transfer->xfer->dest_fp == NULL || fseek(transfer->xfer->dest_fp, (long)offset, SEEK_SET))
        return FALSE;
    transfer->offset = offset;
    purple_xfer_set_bytes_sent(transfer->xfer, (size_t)offset);
    return TRUE;
}

static gssize on_read(goffset offset, guint8 *buffer, gsize size, gpointer user_data)
{
    Transfer *transfer = user_data;
    PurpleXfer *xfer = transfer->xfer;
    gssize n;

    if (!rewind_to(transfer, offset))
        return -1;
    n = purple_xfer_read_file(xfer, buffer, size);
    if (n < 0) /* it has cancelled */
        return -1;
    if (n == 0) /* of a file on disk: it has become shorter */
        return xfer->dest_fp != NULL ? -1 : 0;
    if (offset < BEGINNING) {
        const gsize k = MIN((gsize)n, BEGINNING - (gsize)offset);

        memcpy(transfer->beginning + offset, buffer, k);
        transfer->n_beginning = MAX(transfer->n_beginning, (gsize)offset + k);
    }
    transfer->offset += n;
    return n;
}

static void on_sent(goffset done, goffset total, gpointer user_data)
{
    (void)done;
    (void)total;
    draw(user_data);
}

static void on_upload_ended(const TnFileResult *result, gpointer user_data)
{
    Transfer *transfer = user_data;
    TinodeTopic *topic = tinode_topic_find(transfer->ta, transfer->topic);
    PurpleXfer *xfer = transfer->xfer;
    g_autofree char *base = NULL;

    transfer->file = NULL;
    if (result->why != NULL || topic == NULL) {
        const TnFailure gone = {.error = TN_ERROR_GONE};

        fail(transfer, result->why != NULL ? result->why : &gone, transfer->ta->max_file_size);
        return;
    }
    base = g_path_get_basename(purple_xfer_get_local_filename(xfer));
    purple_xfer_ref(xfer);
    tinode_media_publish(topic, base, result->ref, (guint32)MIN(result->size, G_MAXINT32),
                         transfer->beginning, transfer->n_beginning);
    if (xfer->data != NULL) /* a handler of the line may have signed out */
        complete(xfer->data);
    purple_xfer_unref(xfer);
}

static gboolean refuse_too_large(Transfer *transfer)
{
    const guint32 limit = transfer->ta->max_file_size;
    const TnFailure why = {.error = TN_ERROR_PERMANENT, .cause = TN_CAUSE_TOO_LARGE};
    g_autofree char *sentence = NULL;

    if (limit == 0 || purple_xfer_get_size(transfer->xfer) <= limit)
        return FALSE;
    sentence = tinode_file_failure_text(&why, TRUE, limit);
    end_with(transfer, sentence, purple_xfer_cancel_local);
    return TRUE;
}

static void init_sent(PurpleXfer *xfer)
{
    static const TnFileEvents events = {.progress = on_sent, .ended = on_upload_ended};
    const TnFailure offline = {.error = TN_ERROR_TRANSIENT, .cause = TN_CAUSE_CLOSED};
    Transfer *transfer = xfer->data;
    g_autofree char *base = NULL, *mime = NULL;
    TnUpload upload = {.read = on_read};

    if (transfer == NULL || refuse_too_large(transfer) || !start(transfer))
        return;
    base = g_path_get_basename(purple_xfer_get_local_filename(xfer));
    mime = tn_mime_guess(base, NULL, 0);
    upload.name = base;
    upload.mime = mime;
    upload.size = (goffset)purple_xfer_get_size(xfer);
    transfer->file = tn_session_upload(transfer->ta->session, &upload, &events, transfer);
    if (transfer->file == NULL)
        fail(transfer, &offline, 0);
}

static PurpleXfer *new_sent(TinodeTopic *topic)
{
    Transfer *transfer = transfer_new(topic, PURPLE_XFER_SEND, topic->name);

    if (transfer == NULL)
        return NULL;
    purple_xfer_set_init_fnc(transfer->xfer, init_sent);
    purple_xfer_set_end_fnc(transfer->xfer, on_end);
    purple_xfer_set_cancel_send_fnc(transfer->xfer, forget);
    return transfer->xfer;
}

static void send_file(TinodeTopic *topic, const char *path)
{
    PurpleXfer *xfer = new_sent(topic);

    if (xfer == NULL)
        return;
    if (path != NULL) {
        purple_xfer_request_accepted(xfer, path);
    } else {
        ((Transfer *)xfer->data)->is_asked = TRUE;
        purple_xfer_request(xfer);
    }
}

static TinodeTopic *writable_topic(PurpleConnection *gc, const char *name)
{
    TinodeAccount *ta = gc->proto_data;
    TinodeTopic *topic = ta != NULL && ta->engine != NULL ? tinode_topic_ensure(ta, name) : NULL;

    if (topic == NULL || (topic->has_mode && (topic->mode & TN_ACCESS_WRITE) == 0))
        return NULL;
    return topic;
}

gboolean tinode_can_receive_file(PurpleConnection *gc, const char *who)
{
    return writable_topic(gc, who) != NULL;
}

PurpleXfer *tinode_new_xfer(PurpleConnection *gc, const char *who)
{
    TinodeTopic *topic = writable_topic(gc, who);

    return topic != NULL ? new_sent(topic) : NULL;
}

void tinode_send_file(PurpleConnection *gc, const char *who, const char *path)
{
    TinodeTopic *topic = writable_topic(gc, who);

    if (topic != NULL)
        send_file(topic, path);
}

static TinodeTopic *topic_of_chat(PurpleConnection *gc, int id)
{
    TinodeAccount *ta = gc->proto_data;
    TinodeTopic *topic = ta != NULL ? g_hash_table_lookup(ta->chats, GINT_TO_POINTER(id)) : NULL;

    return topic != NULL ? writable_topic(gc, topic->name) : NULL;
}

gboolean tinode_chat_can_receive_file(PurpleConnection *gc, int id)
{
    return topic_of_chat(gc, id) != NULL;
}

void tinode_chat_send_file(PurpleConnection *gc, int id, const char *path)
{
    TinodeTopic *topic = topic_of_chat(gc, id);

    if (topic != NULL)
        send_file(topic, path);
}
