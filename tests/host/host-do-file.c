/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands about files and pictures: send-file, cancel-file, picture, set-icon, icon.
 * Layer: tests (purple-host).
 */
#include "host-do.h"
#include "host-json.h"

static char *do_send_file(json_t *in)
{
    char *error = NULL;
    PurpleAccount *account = host_do_online_account(in, &error);
    const char *name = host_in_str(in, "name");
    PurpleConversation *chat;

    if (account == NULL)
        return error;
    chat = purple_find_conversation_with_account(PURPLE_CONV_TYPE_CHAT, name, account);
    if (chat != NULL)
        serv_chat_send_file(purple_account_get_connection(account),
                            purple_conv_chat_get_id(PURPLE_CONV_CHAT(chat)),
                            host_in_str(in, "file"));
    else
        serv_send_file(purple_account_get_connection(account), name, host_in_str(in, "file"));
    return NULL;
}

/* As the button in the window of transfers does. */
static char *do_cancel_file(json_t *in)
{
    char *error = NULL;
    PurpleAccount *account = host_do_account(in, &error);
    PurpleXfer *newest = NULL;

    if (account == NULL)
        return error;
    for (GList *link = purple_xfers_get_all(); link != NULL; link = link->next) {
        PurpleXfer *xfer = link->data;

        if (purple_xfer_get_account(xfer) == account && !purple_xfer_is_completed(xfer) &&
            !purple_xfer_is_canceled(xfer))
            newest = xfer;
    }
    if (newest == NULL)
        return g_strdup("cancel-file: nothing is under way");
    purple_xfer_cancel_local(newest);
    return NULL;
}

static char *read_file(json_t *in, char **bytes, gsize *length)
{
    g_autoptr(GError) error = NULL;

    return g_file_get_contents(host_in_str(in, "file"), bytes, length, &error)
               ? NULL
               : g_strdup(error->message);
}

/* What the client's "insert picture" does before the picture stands in the text. */
static char *do_picture(json_t *in)
{
    g_autofree char *base = g_path_get_basename(host_in_str(in, "file"));
    char *bytes = NULL;
    gsize length = 0;
    char *error = read_file(in, &bytes, &length);
    json_t *event;

    if (error != NULL)
        return error;
    event = host_result(in);
    host_set_int(event, "value", purple_imgstore_add_with_id(bytes, length, base));
    host_emit(event);
    return NULL;
}

static char *do_set_icon(json_t *in)
{
    char *error = NULL;
    PurpleAccount *account = host_do_account(in, &error);
    char *bytes = NULL;
    gsize length = 0;

    if (account == NULL)
        return error;
    if (host_in_str(in, "file") != NULL)
        error = read_file(in, &bytes, &length);
    if (error == NULL)
        purple_buddy_icons_set_account_icon(account, (guchar *)bytes, length);
    return error;
}

static char *do_icon(json_t *in)
{
    char *error = NULL;
    PurpleAccount *account = host_do_account(in, &error);
    const char *name = host_in_str(in, "name");
    PurpleChat *chat = account != NULL ? purple_blist_find_chat(account, name) : NULL;
    PurpleStoredImage *image = NULL;
    PurpleBuddyIcon *icon = NULL;
    gconstpointer bytes = NULL;
    size_t length = 0;
    json_t *event;

    if (account == NULL)
        return error;
    if (chat != NULL) {
        image = purple_buddy_icons_node_find_custom_icon((PurpleBlistNode *)chat);
        bytes = image != NULL ? purple_imgstore_get_data(image) : NULL;
        length = image != NULL ? purple_imgstore_get_size(image) : 0;
    } else {
        icon = purple_buddy_icons_find(account, name);
        bytes = icon != NULL ? purple_buddy_icon_get_data(icon, &length) : NULL;
    }
    event = host_result(in);
    if (bytes != NULL) {
        g_autofree char *sum = g_compute_checksum_for_data(G_CHECKSUM_SHA1, bytes, length);

        host_set_str(event, "value", sum);
    } else {
        host_set_str(event, "value", "");
    }
    if (icon != NULL)
        purple_buddy_icon_unref(icon);
    if (image != NULL)
        purple_imgstore_unref(image);
    host_emit(event);
    return NULL;
}

const HostCommand host_do_file_commands[] = {
    {"send-file", "account:s! name:s! file:s!", do_send_file},
    {"cancel-file", "account:s!", do_cancel_file},
    {"picture", "file:s!", do_picture},
    {"set-icon", "account:s! file:s", do_set_icon},
    {"icon", "account:s! name:s!", do_icon},
    {NULL, NULL, NULL},
};
