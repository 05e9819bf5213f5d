/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands about conversations: open, join, focus, blur, window, close, send, typing, command.
 * Layer: tests (purple-host).
 */
#include <string.h>

#include "host-do.h"
#include "host-focus.h"
#include "host-idle.h"
#include "host.h"

static PurpleConversation *find_conv(PurpleAccount *account, const char *name)
{
    PurpleConversation *conv =
        purple_find_conversation_with_account(PURPLE_CONV_TYPE_IM, name, account);

    if (conv == NULL)
        conv = purple_find_conversation_with_account(PURPLE_CONV_TYPE_CHAT, name, account);
    return conv;
}

PurpleConversation *host_do_conv(json_t *in, char **error)
{
    PurpleAccount *account = host_do_account(in, error);
    PurpleConversation *conv;

    if (account == NULL)
        return NULL;
    conv = find_conv(account, host_in_str(in, "name"));
    if (conv == NULL)
        *error = g_strdup_printf("%s: there is no conversation \"%s\"", host_in_str(in, "do"),
                                 host_in_str(in, "name"));
    return conv;
}

static char *do_open(json_t *in)
{
    const char *name = host_in_str(in, "name");
    char *error = NULL;
    PurpleAccount *account = host_do_account(in, &error);
    PurpleConversation *conv;

    if (account == NULL)
        return error;
    /* In BitlBee a query window is the IRC client's affair: libpurple hears of a message. */
    if (host.ui == HOST_BITLBEE)
        return NULL;
    conv = find_conv(account, name);
    if (conv == NULL)
        conv = purple_conversation_new(PURPLE_CONV_TYPE_IM, account, name);
    if (!host_in_bool(in, "background"))
        host_focus()->open(conv);
    return NULL;
}

static GHashTable *components_of(json_t *in, PurpleConnection *gc, PurpleChat *chat)
{
    PurplePluginProtocolInfo *info = PURPLE_PLUGIN_PROTOCOL_INFO(purple_connection_get_prpl(gc));
    GHashTable *components = NULL;
    const char *key;
    json_t *value;

    if (chat != NULL)
        components = g_hash_table_ref(purple_chat_get_components(chat));
    else if (info->chat_info_defaults != NULL)
        components = info->chat_info_defaults(gc, host_in_str(in, "name"));
    if (json_object_get(in, "components") == NULL)
        return components;
    if (components == NULL || chat != NULL) {
        g_clear_pointer(&components, g_hash_table_unref);
        components = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    }
    /* Protocols have their keys in static memory, and free none. */
    json_object_foreach (json_object_get(in, "components"), key, value)
        g_hash_table_replace(components, (gpointer)g_intern_string(key),
                             g_strdup(json_string_value(value)));
    return components;
}

static char *do_join(json_t *in)
{
    const char *name = host_in_str(in, "name");
    char *error = NULL;
    PurpleAccount *account = host_do_online_account(in, &error);
    GHashTable *components;
    PurpleConnection *gc;
    PurpleConversation *conv;

    if (account == NULL)
        return error;
    gc = purple_account_get_connection(account);
    /* A chat that is there already comes to the front; the client asks to join all the same. */
    conv = purple_find_conversation_with_account(PURPLE_CONV_TYPE_CHAT, name, account);
    if (conv != NULL)
        host_focus()->open(conv);
    components = components_of(in, gc, purple_blist_find_chat(account, name));
    if (components == NULL)
        return g_strdup("join: this protocol has no chats");
    serv_join_chat(gc, components);
    g_hash_table_unref(components);
    return NULL;
}

static char *do_focus(json_t *in)
{
    char *error = NULL;
    PurpleConversation *conv = host_do_conv(in, &error);

    return conv != NULL ? host_focus()->give(conv) : error;
}

static char *do_blur(json_t *in G_GNUC_UNUSED)
{
    host_focus()->blur();
    return NULL;
}

static char *do_window(json_t *in)
{
    return host_focus()->window(host_in_bool(in, "on"));
}

static char *do_close(json_t *in)
{
    char *error = NULL;
    PurpleConversation *conv = host_do_conv(in, &error);

    return conv != NULL ? host_focus()->close(conv) : error;
}

/* Pidgin's entry gives HTML with its line ends as tags; the others escape what was typed. */
static char *typed_html(const char *text)
{
    g_autofree char *escaped = purple_markup_escape_text(text, -1);

    return host.ui == HOST_PIDGIN ? purple_strreplace(escaped, "\n", "<br>")
                                  : g_steal_pointer(&escaped);
}

static char *send_in(PurpleConversation *conv, const char *html)
{
    PurpleMessageFlags flags = strstr(html, "<img ") != NULL ? PURPLE_MESSAGE_IMAGES : 0;

    host_idle_touch();
    if (purple_conversation_get_type(conv) == PURPLE_CONV_TYPE_IM)
        purple_conv_im_send_with_flags(PURPLE_CONV_IM(conv), html, flags);
    else
        purple_conv_chat_send_with_flags(PURPLE_CONV_CHAT(conv), html, flags);
    return NULL;
}

static char *send_offline(json_t *in, PurpleConversation *conv)
{
    if (host.ui == HOST_FINCH && conv != NULL) {
        purple_conversation_write(conv, "", "Not sent: the account is not signed on.",
                                  PURPLE_MESSAGE_ERROR | PURPLE_MESSAGE_NO_LOG, time(NULL));
        return NULL;
    }
    return g_strdup_printf("send: \"%s\" is not connected", host_in_str(in, "account"));
}

static char *do_send(json_t *in)
{
    const char *text = host_in_str(in, "text");
    char *error = NULL;
    PurpleAccount *account = host_do_account(in, &error);
    PurpleConversation *conv;
    g_autofree char *html = NULL;

    if (account == NULL)
        return error;
    conv = find_conv(account, host_in_str(in, "name"));
    if (!purple_account_is_connected(account))
        return send_offline(in, conv);
    /* BitlBee makes the conversation when there is something to say. */
    if (conv == NULL && host.ui == HOST_BITLBEE)
        conv = purple_conversation_new(PURPLE_CONV_TYPE_IM, account, host_in_str(in, "name"));
    if (conv == NULL)
        return host_do_conv(in, &error) == NULL ? error : NULL;
    if (purple_conversation_get_type(conv) == PURPLE_CONV_TYPE_CHAT &&
        purple_conv_chat_has_left(PURPLE_CONV_CHAT(conv)))
        return g_strdup("send: this chat was left");
    html = host_in_bool(in, "html") ? g_strdup(text) : typed_html(text);
    send_in(conv, html);
    /* Sending may have ended it. */
    conv = find_conv(account, host_in_str(in, "name"));
    if (conv != NULL)
        host_focus()->sent(conv);
    return NULL;
}

static void key_pressed(PurpleConversation *conv)
{
    PurpleConvIm *im = PURPLE_CONV_IM(conv);
    gboolean first = purple_conv_im_get_send_typed_timeout(im) == 0;
    time_t again = purple_conv_im_get_type_again(im);

    purple_conv_im_stop_send_typed_timeout(im);
    purple_conv_im_start_send_typed_timeout(im);
    if (first || (again != 0 && time(NULL) > again))
        purple_conv_im_set_type_again(im, serv_send_typing(purple_conversation_get_gc(conv),
                                                           purple_conversation_get_name(conv),
                                                           PURPLE_TYPING));
}

static char *do_typing(json_t *in)
{
    const char *state = host_in_str(in, "state");
    char *error = NULL;
    PurpleAccount *account = host_do_online_account(in, &error);
    PurpleConnection *gc;
    PurpleConversation *conv;

    if (account == NULL)
        return error;
    if (state != NULL && strcmp(state, "typing") != 0 && strcmp(state, "stopped") != 0)
        return g_strdup("typing: \"state\" is typing or stopped");
    gc = purple_account_get_connection(account);
    host_idle_touch();
    if (host.ui == HOST_BITLBEE) {
        serv_send_typing(gc, host_in_str(in, "name"),
                         g_strcmp0(state, "stopped") == 0 ? PURPLE_NOT_TYPING : PURPLE_TYPING);
        return NULL;
    }
    conv = host_do_conv(in, &error);
    if (conv == NULL)
        return error;
    if (purple_conversation_get_type(conv) != PURPLE_CONV_TYPE_IM ||
        !purple_prefs_get_bool("/purple/conversations/im/send_typing"))
        return NULL;
    if (g_strcmp0(state, "stopped") != 0) {
        key_pressed(conv);
    } else {
        purple_conv_im_stop_send_typed_timeout(PURPLE_CONV_IM(conv));
        serv_send_typing(gc, purple_conversation_get_name(conv), PURPLE_NOT_TYPING);
    }
    return NULL;
}

static char *do_command(json_t *in)
{
    static const char *const failures[] = {
        [PURPLE_CMD_STATUS_NOT_FOUND] = "there is no such command",
        [PURPLE_CMD_STATUS_WRONG_ARGS] = "wrong arguments",
        [PURPLE_CMD_STATUS_WRONG_PRPL] = "not a command of this protocol",
        [PURPLE_CMD_STATUS_WRONG_TYPE] = "not a command of this kind of conversation",
    };
    const char *text = host_in_str(in, "text");
    char *error = NULL;
    PurpleConversation *conv = host_do_conv(in, &error);
    g_autofree char *markup = NULL, *why = NULL;
    PurpleCmdStatus status;

    if (conv == NULL)
        return error;
    if (text[0] == '/')
        text++;
    host_idle_touch();
    markup = g_markup_escape_text(text, -1);
    status = purple_cmd_do_command(conv, text, markup, &why);
    if (status == PURPLE_CMD_STATUS_OK)
        return NULL;
    if (status == PURPLE_CMD_STATUS_FAILED)
        return g_strdup_printf("command: %s", why != NULL ? why : "it failed");
    return g_strdup_printf("command: %s", failures[status]);
}

const HostCommand host_do_conv_commands[] = {
    {"open", "account:s! name:s! background:b", do_open},
    {"join", "account:s! name:s! components:o", do_join},
    {"focus", "account:s! name:s!", do_focus},
    {"blur", "", do_blur},
    {"window", "on:b!", do_window},
    {"close", "account:s! name:s!", do_close},
    {"send", "account:s! name:s! text:s! html:b", do_send},
    {"typing", "account:s! name:s! state:s", do_typing},
    {"command", "account:s! name:s! text:s!", do_command},
    {NULL, NULL, NULL},
};
