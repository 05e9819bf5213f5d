/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake-files.c: transfers, pictures and icons of the fake libpurple, in memory. What other parts
 * of it may define, too, is weak here.
 */
#include "fake-files.h"

#include <blist.h>
#include <buddyicon.h>
#include <core.h>
#include <string.h>

#include "fake.h"

/* The disk ------------------------------------------------------------------------------------- */

static GByteArray *disk;
static gboolean is_broken;

void fake_disk_fails(gboolean is_on)
{
    is_broken = is_on;
}

const GByteArray *fake_disk(void)
{
    return disk;
}

void fake_disk_set(const void *bytes, gsize length)
{
    g_byte_array_set_size(disk, 0);
    g_byte_array_append(disk, bytes, (guint)length);
}

/* Transfers ------------------------------------------------------------------------------------ */

static GList *asked; /* whose question is open */
static GList *xfers;

PurpleXfer *fake_xfer(void)
{
    return xfers != NULL ? xfers->data : NULL;
}

guint fake_xfers(void)
{
    return g_list_length(xfers);
}

PurpleXfer *purple_xfer_new(PurpleAccount *account, PurpleXferType type, const char *who)
{
    PurpleXfer *xfer = g_new0(PurpleXfer, 1);

    xfer->ref = 1;
    xfer->type = type;
    xfer->account = account;
    xfer->who = g_strdup(who);
    xfers = g_list_prepend(xfers, xfer);
    return xfer;
}

void purple_xfer_ref(PurpleXfer *xfer)
{
    xfer->ref++;
}

void purple_xfer_unref(PurpleXfer *xfer)
{
    if (xfer->ref == 0)
        fake_fail("a transfer is given back too often");
    if (--xfer->ref > 0)
        return;
    xfers = g_list_remove(xfers, xfer);
    asked = g_list_remove(asked, xfer);
    g_free(xfer->who);
    g_free(xfer->filename);
    g_free(xfer->local_filename);
    g_free(xfer);
}

#define SETTER(name, member)                                                                       \
    void purple_xfer_set_##name##_fnc(PurpleXfer *xfer, void (*func)(PurpleXfer *))                \
    {                                                                                              \
        xfer->ops.member = func;                                                                   \
    }
SETTER(init, init)
SETTER(end, end)
SETTER(cancel_send, cancel_send)
SETTER(cancel_recv, cancel_recv)
SETTER(request_denied, request_denied)

PurpleXferType purple_xfer_get_type(const PurpleXfer *xfer)
{
    return xfer->type;
}

void purple_xfer_set_filename(PurpleXfer *xfer, const char *name)
{
    g_free(xfer->filename);
    xfer->filename = g_strdup(name);
}

const char *purple_xfer_get_local_filename(const PurpleXfer *xfer)
{
    return xfer->local_filename;
}

void purple_xfer_set_size(PurpleXfer *xfer, size_t size)
{
    xfer->size = size;
}

size_t purple_xfer_get_size(const PurpleXfer *xfer)
{
    return xfer->size;
}

void purple_xfer_set_bytes_sent(PurpleXfer *xfer, size_t bytes)
{
    xfer->bytes_sent = bytes;
}

size_t purple_xfer_get_bytes_sent(const PurpleXfer *xfer)
{
    return xfer->bytes_sent;
}

void purple_xfer_update_progress(PurpleXfer *xfer)
{
    (void)xfer;
}

void purple_xfer_set_completed(PurpleXfer *xfer, gboolean is_completed)
{
    xfer->status = is_completed ? PURPLE_XFER_STATUS_DONE : PURPLE_XFER_STATUS_STARTED;
}

static void cancel(PurpleXfer *xfer, PurpleXferStatusType status)
{
    void (*op)(PurpleXfer *) =
        xfer->type == PURPLE_XFER_SEND ? xfer->ops.cancel_send : xfer->ops.cancel_recv;

    if (status == PURPLE_XFER_STATUS_CANCEL_LOCAL)
        fake_xfer_question_closed(xfer);
    xfer->status = status;
    if (op != NULL)
        op(xfer);
    purple_xfer_unref(xfer);
}

void purple_xfer_cancel_local(PurpleXfer *xfer)
{
    cancel(xfer, PURPLE_XFER_STATUS_CANCEL_LOCAL);
}

void purple_xfer_cancel_remote(PurpleXfer *xfer)
{
    cancel(xfer, PURPLE_XFER_STATUS_CANCEL_REMOTE);
}

void purple_xfer_end(PurpleXfer *xfer)
{
    if (xfer->status != PURPLE_XFER_STATUS_DONE)
        fake_fail("a transfer ends that is not complete");
    if (xfer->ops.end != NULL)
        xfer->ops.end(xfer);
    purple_xfer_unref(xfer);
}

void purple_xfer_start(PurpleXfer *xfer, int fd, const char *ip, unsigned int port)
{
    assert_int_equal(fd, -1);
    assert_null(ip);
    assert_int_equal(port, 0);
    xfer->status = PURPLE_XFER_STATUS_STARTED;
    if (is_broken)
        purple_xfer_cancel_local(xfer);
    else if (xfer->type == PURPLE_XFER_RECEIVE)
        g_byte_array_set_size(disk, 0);
}

gboolean purple_xfer_write_file(PurpleXfer *xfer, const guchar *bytes, gsize size)
{
    if (is_broken) {
        purple_xfer_cancel_local(xfer);
        return FALSE;
    }
    g_byte_array_append(disk, bytes, (guint)size);
    xfer->bytes_sent += size;
    return TRUE;
}

gssize purple_xfer_read_file(PurpleXfer *xfer, guchar *buffer, gsize size)
{
    const gsize n = MIN(size, disk->len - xfer->bytes_sent);

    if (is_broken) {
        purple_xfer_cancel_local(xfer);
        return -1;
    }
    memcpy(buffer, disk->data + xfer->bytes_sent, n);
    xfer->bytes_sent += n;
    return (gssize)n;
}

gboolean purple_xfer_is_canceled(const PurpleXfer *xfer)
{
    return xfer->status == PURPLE_XFER_STATUS_CANCEL_LOCAL ||
           xfer->status == PURPLE_XFER_STATUS_CANCEL_REMOTE;
}

/* A question: it holds the transfer until it is answered. */
void purple_xfer_request(PurpleXfer *xfer)
{
    purple_xfer_ref(xfer);
    asked = g_list_prepend(asked, xfer);
}

void fake_xfer_question_closed(const void *handle)
{
    GList *link = g_list_find(asked, handle);

    if (link == NULL)
        return;
    asked = g_list_delete_link(asked, link);
    if (strcmp(purple_core_get_ui(), "gnt-purple") == 0)
        fake_xfer_refuse((PurpleXfer *)handle);
}

void purple_xfer_request_accepted(PurpleXfer *xfer, const char *path)
{
    if (path == NULL)
        fake_fail("a file without a name");
    if (is_broken) { /* libpurple drops it without telling */
        purple_xfer_unref(xfer);
        return;
    }
    g_free(xfer->local_filename);
    xfer->local_filename = g_strdup(path);
    if (xfer->type == PURPLE_XFER_SEND)
        xfer->size = disk->len;
    xfer->status = PURPLE_XFER_STATUS_ACCEPTED;
    xfer->ops.init(xfer);
}

void fake_xfer_accept(PurpleXfer *xfer)
{
    asked = g_list_remove(asked, xfer);
    purple_xfer_request_accepted(xfer, "/nowhere/file");
    purple_xfer_unref(xfer);
}

void fake_xfer_refuse(PurpleXfer *xfer)
{
    asked = g_list_remove(asked, xfer);
    xfer->status = PURPLE_XFER_STATUS_CANCEL_LOCAL;
    if (xfer->ops.request_denied != NULL)
        xfer->ops.request_denied(xfer);
    purple_xfer_unref(xfer);
    purple_xfer_unref(xfer);
}

/* Pictures ------------------------------------------------------------------------------------- */

struct _PurpleStoredImage {
    int id;
    gpointer bytes;
    gsize length;
    char *name;
};

static GList *images;
static int last_image;
static guint n_shown;

static PurpleStoredImage *image_of(int id)
{
    for (GList *link = images; link != NULL; link = link->next)
        if (((PurpleStoredImage *)link->data)->id == id)
            return link->data;
    return NULL;
}

int purple_imgstore_add_with_id(gpointer bytes, size_t length, const char *name)
{
    PurpleStoredImage *image = g_new0(PurpleStoredImage, 1);

    *image = (PurpleStoredImage){++last_image, bytes, length, g_strdup(name)};
    images = g_list_prepend(images, image);
    n_shown++;
    return image->id;
}

PurpleStoredImage *purple_imgstore_find_by_id(int id)
{
    return image_of(id);
}

gconstpointer purple_imgstore_get_data(PurpleStoredImage *image)
{
    return image->bytes;
}

size_t purple_imgstore_get_size(PurpleStoredImage *image)
{
    return image->length;
}

const char *purple_imgstore_get_filename(const PurpleStoredImage *image)
{
    return image->name;
}

void purple_imgstore_unref_by_id(int id)
{
    PurpleStoredImage *image = image_of(id);

    if (image == NULL)
        fake_fail("picture %d is given back, but is not there", id);
    images = g_list_remove(images, image);
    g_free(image->bytes);
    g_free(image->name);
    g_free(image);
}

int fake_picture(const void *bytes, gsize length, const char *name)
{
    guint8 *copy = g_malloc(length);

    memcpy(copy, bytes, length);
    n_shown--;
    return purple_imgstore_add_with_id(copy, length, name);
}

PurpleStoredImage *fake_picture_of(int id)
{
    return image_of(id);
}

void fake_picture_drop(int id)
{
    purple_imgstore_unref_by_id(id);
}

guint fake_pictures_shown(void)
{
    return n_shown;
}

/* Icons of the list ---------------------------------------------------------------------------- */

static GHashTable *icons; /* who -> checksum */
static GQueue *icon_events;

void purple_buddy_icons_set_for_user(PurpleAccount *account, const char *who, void *bytes,
                                     size_t length, const char *checksum)
{
    (void)account;
    (void)length;
    g_free(bytes);
    if (checksum != NULL)
        g_hash_table_insert(icons, g_strdup(who), g_strdup(checksum));
    else
        g_hash_table_remove(icons, who);
    g_queue_push_tail(icon_events,
                      g_strdup_printf("%s %s", who, checksum != NULL ? checksum : "-"));
}

const char *purple_buddy_icons_get_checksum_for_user(PurpleBuddy *buddy)
{
    return g_hash_table_lookup(icons, buddy->name);
}

gboolean purple_buddy_icons_node_has_custom_icon(PurpleBlistNode *node)
{
    g_autofree char *key = g_strdup_printf("%p", (void *)node);

    return g_hash_table_contains(icons, key);
}

PurpleStoredImage *purple_buddy_icons_node_set_custom_icon(PurpleBlistNode *node, guchar *bytes,
                                                           size_t length)
{
    char *key = g_strdup_printf("%p", (void *)node);

    (void)length;
    g_queue_push_tail(icon_events, g_strdup(bytes != NULL ? "chat set" : "chat -"));
    if (bytes != NULL) {
        g_hash_table_insert(icons, key, g_strdup("custom"));
    } else {
        g_hash_table_remove(icons, key);
        g_free(key);
    }
    g_free(bytes);
    return NULL;
}

char *fake_take_icon(void)
{
    return g_queue_pop_head(icon_events);
}

/* HTTP ----------------------------------------------------------------------------------------- */

struct _TnHttp {
    char *line;
    TnHttpEvents events;
    gpointer user_data;
};

static GList *https;

TnHttp *fake_http_start(TnTransport *transport, const TnHttpRequest *request,
                        const TnHttpEvents *events, gpointer user_data)
{
    TnHttp *http = g_new0(TnHttp, 1);
    gboolean has_token = FALSE;

    (void)transport;
    for (gsize i = 0; i < request->n_headers; i++)
        has_token |= strcmp(request->headers[i].name, "X-Tinode-Auth") == 0;
    http->line = g_strdup_printf("%s %s%s", request->method, request->path, has_token ? "!" : "");
    http->events = *events;
    http->user_data = user_data;
    https = g_list_append(https, http);
    return http;
}

static void http_free(TnHttp *http)
{
    https = g_list_remove(https, http);
    g_free(http->line);
    g_free(http);
}

void fake_http_cancel(TnTransport *transport, TnHttp *http)
{
    (void)transport;
    if (g_list_find(https, http) == NULL)
        fake_fail("a request is cancelled that is over");
    http_free(http);
}

void fake_http_resume(TnTransport *transport, TnHttp *http)
{
    (void)transport;
    (void)http;
}

char *fake_http(void)
{
    return https != NULL ? g_strdup(((TnHttp *)https->data)->line) : NULL;
}

guint fake_https(void)
{
    return g_list_length(https);
}

static TnHttp *oldest(void)
{
    if (https == NULL)
        fake_fail("there is no HTTP request");
    return https->data;
}

void fake_http_read(void)
{
    TnHttp *http = oldest();
    guint8 buffer[1000];

    while (g_list_find(https, http) != NULL &&
           http->events.read(buffer, sizeof buffer, http->user_data) > 0)
        ;
}

static void end(TnHttp *http, const TnFailure *why)
{
    const TnHttpEvents events = http->events;
    gpointer user_data = http->user_data;

    http_free(http);
    events.ended(why, user_data);
}

void fake_http_answer(int status, const void *body, gsize length)
{
    TnHttp *http = oldest();
    const TnHttpAnswer answer = {.status = status, .length = (goffset)length};

    http->events.answered(&answer, http->user_data);
    for (gsize at = 0; at < length && g_list_find(https, http) != NULL; at += 1000)
        http->events.received((const guint8 *)body + at, MIN(length - at, 1000), http->user_data);
    if (g_list_find(https, http) != NULL)
        end(http, NULL);
}

void fake_http_fail(TnError error, TnCause cause)
{
    const TnFailure why = {.error = error, .cause = cause};

    end(oldest(), &why);
}

/* Life ----------------------------------------------------------------------------------------- */

void fake_files_reset(void)
{
    disk = g_byte_array_new();
    icons = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    icon_events = g_queue_new();
    is_broken = FALSE;
    n_shown = 0;
}

void fake_files_check(void)
{
    g_byte_array_unref(disk);
    g_hash_table_destroy(icons);
    g_queue_free_full(icon_events, g_free);
    if (xfers != NULL)
        fake_fail("%u transfers are left", g_list_length(xfers));
    if (images != NULL)
        fake_fail("%u pictures are left", g_list_length(images));
    if (https != NULL)
        fake_fail("%u HTTP requests are left", g_list_length(https));
}
