/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-plugin.c: the plugin's tables for libpurple: what it can do, its account options, and
 * what is set up and taken down with it. Everything else is one call into the file that knows.
 */
#include "tinode-plugin.h"

#include <accountopt.h>
#include <debug.h>
#include <libintl.h>
#include <notify.h>
#include <plugin.h>
#include <prpl.h>
#include <string.h>
#include <version.h>

#include "protocol/tn-transport-lws.h"
#include "tinode-access.h"
#include "tinode-actions.h"
#include "tinode-avatar.h"
#include "tinode-buddy.h"
#include "tinode-chat.h"
#include "tinode-commands.h"
#include "tinode-companion.h"
#include "tinode-credentials.h"
#include "tinode-im.h"
#include "tinode-info.h"
#include "tinode-menu.h"
#include "tinode-people.h"
#include "tinode-reset.h"
#include "tinode-roomlist.h"
#include "tinode-signals.h"
#include "tinode-status.h"
#include "tinode-text.h"
#include "tinode-xfer.h"

G_MODULE_EXPORT gboolean purple_init_plugin(PurplePlugin *plugin);

/* server: host[:port]. A name that only begins like an address of this computer is another one. */
static gboolean is_loopback(const char *server)
{
    const gsize length = strcspn(server, ":");

    if (g_str_has_prefix(server, "[::1]"))
        return server[5] == '\0' || server[5] == ':';
    if (g_str_has_prefix(server, "127."))
        return strspn(server, "0123456789.") == length;
    return length == strlen("localhost") && g_ascii_strncasecmp(server, "localhost", length) == 0;
}

void tinode_plugin_warn_plain(TinodeAccount *ta, gboolean uses_tls)
{
    const char *servers =
        purple_account_get_string(ta->account, TINODE_OPTION_SERVER, TINODE_DEFAULT_SERVER);
    g_auto(GStrv) list = g_strsplit(servers, ",", -1);

    if (uses_tls)
        return;
    for (char **server = list; *server != NULL; server++)
        if (!is_loopback(g_strstrip(*server))) {
            purple_notify_warning(ta->gc, _("Tinode"), _("This connection is not encrypted"),
                                  _("Your password and your messages can be read on the way. "
                                    "Encryption is switched off in the account's settings."));
            return;
        }
}

static void on_lws_log(const char *line, gboolean is_error, gpointer user_data)
{
    (void)user_data;
    if (is_error)
        purple_debug_error("tinode", "libwebsockets: %s\n", line);
    else
        purple_debug_info("tinode", "libwebsockets: %s\n", line);
}

static gboolean plugin_load(PurplePlugin *plugin)
{
    tn_transport_lws_set_log(on_lws_log, NULL);
    tinode_text_init();
    tinode_signals_init(plugin);
    tinode_commands_init();
    tinode_companion_init();
    return TRUE;
}

static gboolean plugin_unload(PurplePlugin *plugin)
{
    (void)plugin;
    tinode_reset_uninit();
    tinode_account_reap();
    tinode_menu_uninit();
    tinode_companion_uninit();
    tinode_commands_uninit();
    tinode_signals_uninit();
    tn_transport_lws_set_log(NULL, NULL);
    return TRUE;
}

static PurplePluginProtocolInfo protocol_info = {
    /* In Pidgin a command with a typing error is not sent to the peer then, as in Finch. */
    .options = OPT_PROTO_CHAT_TOPIC | OPT_PROTO_IM_IMAGE | OPT_PROTO_SLASH_COMMANDS_NATIVE,
    .icon_spec = TINODE_ICON_SPEC,
    .list_icon = tinode_list_icon,
    .status_text = tinode_status_text,
    .tooltip_text = tinode_tooltip_text,
    .status_types = tinode_status_types,
    .chat_info = tinode_chat_info,
    .chat_info_defaults = tinode_chat_info_defaults,
    .login = tinode_account_login,
    .close = tinode_account_close,
    .send_im = tinode_send_im,
    .send_typing = tinode_send_typing,
    .set_status = tinode_set_status,
    .set_idle = tinode_set_idle,
    .join_chat = tinode_join_chat,
    .get_chat_name = tinode_get_chat_name,
    .reject_chat = tinode_reject_chat,
    .chat_invite = tinode_chat_invite,
    .chat_leave = tinode_chat_leave,
    .chat_send = tinode_chat_send,
    .get_cb_real_name = tinode_get_cb_real_name,
    .get_info = tinode_get_info,
    .add_buddy_with_invite = tinode_add_buddy,
    .remove_buddy = tinode_remove_buddy,
    .alias_buddy = tinode_alias_buddy,
    .add_deny = tinode_add_deny,
    .rem_deny = tinode_rem_deny,
    .set_chat_topic = tinode_set_chat_topic,
    .blist_node_menu = tinode_list_menu,
    .roomlist_get_list = tinode_roomlist_get_list,
    .roomlist_cancel = tinode_roomlist_cancel,
    .change_passwd = tinode_change_password,
    .normalize = tinode_normalize,
    .set_buddy_icon = tinode_set_buddy_icon,
    .find_blist_chat = tinode_find_blist_chat,
    .can_receive_file = tinode_can_receive_file,
    .send_file = tinode_send_file,
    .new_xfer = tinode_new_xfer,
    .register_user = tinode_account_register,
    .offline_message = tinode_offline_message,
    .struct_size = sizeof(PurplePluginProtocolInfo),
    .get_cb_alias = tinode_get_cb_alias,
    .chat_can_receive_file = tinode_chat_can_receive_file,
    .chat_send_file = tinode_chat_send_file,
};

static PurplePluginInfo plugin_info = {
    .magic = PURPLE_PLUGIN_MAGIC,
    .major_version = PURPLE_MAJOR_VERSION,
    .minor_version = 14,
    .type = PURPLE_PLUGIN_PROTOCOL,
    .priority = PURPLE_PRIORITY_DEFAULT,
    .id = (char *)TINODE_PRPL_ID,
    .name = (char *)"Tinode",
    .version = (char *)TINODE_VERSION,
    .homepage = (char *)"https://github.com/tinode/chat",
    .load = plugin_load,
    .unload = plugin_unload,
    .extra_info = &protocol_info,
    .actions = tinode_actions,
};

static void add_option(PurpleAccountOption *option)
{
    protocol_info.protocol_options = g_list_append(protocol_info.protocol_options, option);
}

/* A list option; its first choice is the default, as libpurple has it. */
static void add_choice(const char *text, const char *key, const char *const *choices)
{
    GList *list = NULL;

    for (guint i = 0; choices[i] != NULL; i += 2) {
        PurpleKeyValuePair *pair = g_new0(PurpleKeyValuePair, 1);

        pair->key = g_strdup(_(choices[i]));
        pair->value = g_strdup(choices[i + 1]);
        list = g_list_append(list, pair);
    }
    add_option(purple_account_option_list_new(text, key, list));
}

static const char *const tls_choices[] = {N_("Required"), "required", N_("Off (not encrypted)"),
                                          "off", NULL};

static const char *const read_choices[] = {N_("When I have seen a message"),
                                           "seen",
                                           N_("When I answer"),
                                           "reply",
                                           N_("When a message arrives"),
                                           "arrival",
                                           N_("Never (answering tells it all the same)"),
                                           "never",
                                           NULL};

static const char *const line_choices[] = {
    N_("Where no ticks are drawn"), "auto", N_("Always"), "on", N_("Never"), "off", NULL};

static void add_options(void)
{
    add_option(purple_account_option_string_new(_("Server (host:port, several with commas)"),
                                                TINODE_OPTION_SERVER, TINODE_DEFAULT_SERVER));
    add_choice(_("Encryption"), TINODE_OPTION_TLS, tls_choices);
    add_option(purple_account_option_string_new(_("File of a private certificate authority"),
                                                TINODE_OPTION_CA_FILE, ""));
    add_option(purple_account_option_string_new(_("API key"), TINODE_OPTION_API_KEY,
                                                TINODE_DEFAULT_API_KEY));
    add_choice(_("Tell others that I have read"), TINODE_OPTION_SEND_READ, read_choices);
    add_option(purple_account_option_bool_new(_("Tell others that I have received"),
                                              TINODE_OPTION_SEND_DELIVERED, TRUE));
    add_option(purple_account_option_int_new(_("Milliseconds in view until seen"),
                                             TINODE_OPTION_SEEN_AFTER_MS,
                                             TINODE_DEFAULT_SEEN_AFTER_MS));
    add_option(purple_account_option_bool_new(_("Nothing is seen while I am idle or away"),
                                              TINODE_OPTION_ATTENTION, TRUE));
    add_option(purple_account_option_int_new(_("Conversations in sync at the same time"),
                                             TINODE_OPTION_SYNC_LIMIT, TINODE_DEFAULT_SYNC_LIMIT));
    add_option(purple_account_option_bool_new(_("Keep background tabs in sync"),
                                              TINODE_OPTION_SYNC_BACKGROUND, FALSE));
    add_choice(_("A line of text for receipts"), TINODE_OPTION_RECEIPT_LINES, line_choices);
    add_option(purple_account_option_int_new(_("Earlier messages shown in a new conversation"),
                                             TINODE_OPTION_HISTORY, TINODE_DEFAULT_HISTORY));
}

static void init_plugin(void)
{
    bindtextdomain(GETTEXT_PACKAGE, TINODE_LOCALE_DIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    plugin_info.summary = (char *)_("Tinode protocol, with delivery and read receipts");
    plugin_info.description =
        (char *)_("Chat on Tinode servers. Shows who has received and read your messages, and "
                  "tells others that you have read theirs only when you have seen them.");
    add_options();
}

/* libpurple's entry point; the only symbol that is exported. */
gboolean purple_init_plugin(PurplePlugin *plugin)
{
    plugin->info = &plugin_info;
    init_plugin();
    return purple_plugin_register(plugin);
}
