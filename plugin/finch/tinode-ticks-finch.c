/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-ticks-finch.c: the companion that draws ticks in Finch. Listens to the public signals of
 * the Tinode protocol plugin (plugin/tinode-signals.h) and to libpurple's; knows nothing else of
 * it.
 */
#include <glib/gi18n-lib.h>
#include <gntplugin.h>
#include <prefs.h>
#include <signals.h>
#include <version.h>

#include "ticks-lines.h"
#include "ticks-row.h"

#define PROTOCOL   "prpl-tinode"
#define MESSAGE_ID "tinode-message-id"

G_MODULE_EXPORT gboolean purple_init_plugin(PurplePlugin *plugin);

/* The protocol plugin, while this one is loaded. */
static PurplePlugin *protocol(void)
{
    PurplePlugin *plugin = purple_plugins_find_with_id(PROTOCOL);

    return plugin != NULL && purple_plugin_is_loaded(plugin) ? plugin : NULL;
}

static gboolean is_ours(PurpleConversation *conv)
{
    PurpleAccount *account = purple_conversation_get_account(conv);

    return account != NULL && g_strcmp0(purple_account_get_protocol_id(account), PROTOCOL) == 0 &&
           purple_conversation_get_ui_ops(conv) != NULL;
}

static void show_row(PurpleConversation *conv)
{
    PurplePlugin *plugin = protocol();
    const char *state = NULL;

    if (!is_ours(conv))
        return;
    if (!purple_prefs_get_bool(TICKS_PREF_SYNC_ROW)) {
        ticks_row_remove(conv);
        return;
    }
    if (plugin != NULL)
        state = purple_plugin_ipc_call(plugin, "sync-state", NULL,
                                       purple_conversation_get_account(conv),
                                       purple_conversation_get_name(conv));
    ticks_row_show(conv, state);
}

static void on_sync(PurpleAccount *account, const char *channel, const char *state,
                    const char *reason, gpointer data)
{
    PurpleConversation *conv =
        purple_find_conversation_with_account(PURPLE_CONV_TYPE_ANY, channel, account);

    (void)state;
    (void)reason;
    (void)data;
    if (conv != NULL)
        show_row(conv);
}

static void on_state(PurpleAccount *account, const char *channel, const char *id, guint seq,
                     const char *state, guint delivered, guint read, guint members, gpointer data)
{
    PurpleConversation *conv =
        purple_find_conversation_with_account(PURPLE_CONV_TYPE_ANY, channel, account);
    const TicksValue value = {ticks_state_of(state), delivered, read, members};

    (void)seq;
    (void)data;
    if (conv != NULL)
        ticks_lines_told(conv, id, &value);
}

/* "wrote-im-msg", "wrote-chat-msg": the line is on the screen. */
static void on_wrote(PurpleAccount *account, const char *who, const char *message,
                     PurpleConversation *conv, PurpleMessageFlags flags, gpointer data)
{
    PurplePlugin *plugin = protocol();
    const char *id = purple_conversation_get_data(conv, MESSAGE_ID);
    const char *state;

    (void)who;
    (void)message;
    (void)data;
    if ((flags & PURPLE_MESSAGE_SEND) == 0 || id == NULL || plugin == NULL || !is_ours(conv))
        return;
    state = purple_plugin_ipc_call(plugin, "message-state", NULL, account,
                                   purple_conversation_get_name(conv), id);
    ticks_lines_written(conv, id, state != NULL ? ticks_state_of(state) : TICKS_PENDING);
}

static void on_created(PurpleConversation *conv, gpointer data)
{
    (void)data;
    show_row(conv);
}

/* Also tells that another conversation of a merged contact has come up. */
static void on_updated(PurpleConversation *conv, PurpleConvUpdateType type, gpointer data)
{
    (void)data;
    if (type == PURPLE_CONV_UPDATE_UNSEEN || type == PURPLE_CONV_UPDATE_ACCOUNT)
        show_row(conv);
}

static void on_cleared(PurpleConversation *conv, gpointer data)
{
    (void)data;
    if (is_ours(conv))
        ticks_lines_forget(conv);
}

static void on_signed(PurpleConnection *gc, gpointer data)
{
    (void)data;
    for (GList *link = purple_get_conversations(); link != NULL; link = link->next)
        if (purple_conversation_get_account(link->data) == purple_connection_get_account(gc))
            show_row(link->data);
}

static void on_pref(const char *name, PurplePrefType type, gconstpointer value, gpointer data)
{
    (void)name;
    (void)type;
    (void)value;
    (void)data;
    for (GList *link = purple_get_conversations(); link != NULL; link = link->next)
        if (is_ours(link->data)) {
            ticks_lines_redraw(link->data);
            show_row(link->data);
        }
}

/* Conversations that are open already: slots of an earlier load are filled again. */
static void take_over(PurplePlugin *plugin)
{
    g_autoptr(GList) open = g_list_copy(purple_get_conversations());

    for (GList *link = open; link != NULL; link = link->next) {
        PurpleConversation *conv = link->data;

        if (g_list_find(purple_get_conversations(), conv) == NULL || !is_ours(conv))
            continue;
        purple_plugin_ipc_call(plugin, "replay-message-states", NULL,
                               purple_conversation_get_account(conv),
                               purple_conversation_get_name(conv));
        show_row(conv);
    }
}

static gboolean plugin_load(PurplePlugin *self)
{
    gpointer conversations = purple_conversations_get_handle();
    gpointer connections = purple_connections_get_handle();
    PurplePlugin *plugin = protocol();

    if (plugin == NULL) {
        self->error = g_strdup(_("The Tinode protocol is not installed."));
        return FALSE;
    }
    /* libgnt cannot give colours back: they are kept for the next load. */
    self->extra = GINT_TO_POINTER(ticks_lines_init(GPOINTER_TO_INT(self->extra)));
    purple_signal_connect(plugin, "tinode-sync-changed", self, PURPLE_CALLBACK(on_sync), NULL);
    purple_signal_connect(plugin, "tinode-message-state", self, PURPLE_CALLBACK(on_state), NULL);
    purple_signal_connect(conversations, "wrote-im-msg", self, PURPLE_CALLBACK(on_wrote), NULL);
    purple_signal_connect(conversations, "wrote-chat-msg", self, PURPLE_CALLBACK(on_wrote), NULL);
    purple_signal_connect(conversations, "conversation-created", self, PURPLE_CALLBACK(on_created),
                          NULL);
    purple_signal_connect(conversations, "conversation-updated", self, PURPLE_CALLBACK(on_updated),
                          NULL);
    purple_signal_connect(conversations, "cleared-message-history", self,
                          PURPLE_CALLBACK(on_cleared), NULL);
    purple_signal_connect(connections, "signed-on", self, PURPLE_CALLBACK(on_signed), NULL);
    purple_signal_connect(connections, "signed-off", self, PURPLE_CALLBACK(on_signed), NULL);
    purple_prefs_connect_callback(self, TICKS_PREFS, on_pref, NULL);
    take_over(plugin);
    return TRUE;
}

static gboolean plugin_unload(PurplePlugin *self)
{
    purple_signals_disconnect_by_handle(self);
    purple_prefs_disconnect_by_handle(self);
    ticks_lines_uninit();
    for (GList *link = purple_get_conversations(); link != NULL; link = link->next)
        if (is_ours(link->data))
            ticks_row_remove(link->data);
    return TRUE;
}

static void add_pref(PurplePluginPrefFrame *frame, const char *name, const char *label)
{
    purple_plugin_pref_frame_add(frame, purple_plugin_pref_new_with_name_and_label(name, label));
}

static PurplePluginPrefFrame *pref_frame(PurplePlugin *self)
{
    PurplePluginPrefFrame *frame = purple_plugin_pref_frame_new();
    PurplePluginPref *symbols = purple_plugin_pref_new_with_name_and_label(
        TICKS_PREF_SYMBOLS, _("Ticks (from the next message on)"));

    (void)self;
    purple_plugin_pref_set_type(symbols, PURPLE_PLUGIN_PREF_CHOICE);
    purple_plugin_pref_add_choice(symbols, _("What the terminal can show"), (gpointer) "auto");
    purple_plugin_pref_add_choice(symbols, "\342\234\223\342\234\223", (gpointer) "ticks");
    purple_plugin_pref_add_choice(symbols, "(++)", (gpointer) "ascii");
    purple_plugin_pref_frame_add(frame, symbols);
    add_pref(frame, TICKS_PREF_COLOURS, _("Colours (from the next message on)"));
    add_pref(frame, TICKS_PREF_CHATS, _("Ticks in groups"));
    add_pref(frame, TICKS_PREF_COUNTS, _("Counts in groups"));
    add_pref(frame, TICKS_PREF_SYNC_ROW, _("A row that tells whether receipts are up to date"));
    return frame;
}

static PurplePluginUiInfo prefs_info = {.get_plugin_pref_frame = pref_frame};

static PurplePluginInfo info = {
    .magic = PURPLE_PLUGIN_MAGIC,
    .major_version = PURPLE_MAJOR_VERSION,
    .minor_version = 10,
    .type = PURPLE_PLUGIN_STANDARD,
    .ui_requirement = (char *)FINCH_PLUGIN_TYPE,
    .priority = PURPLE_PRIORITY_DEFAULT,
    .id = (char *)"gnt-tinode-ticks",
    .name = (char *)"",
    .version = (char *)TINODE_VERSION,
    .summary = (char *)"",
    .author = (char *)"the purple-tinode authors",
    .load = plugin_load,
    .unload = plugin_unload,
    .prefs_info = &prefs_info,
};

gboolean purple_init_plugin(PurplePlugin *plugin)
{
    bindtextdomain(GETTEXT_PACKAGE, TINODE_LOCALE_DIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    info.name = (char *)_("Tinode ticks");
    info.summary = (char *)_("Shows behind your Tinode messages how far they are.");
    info.description =
        (char *)_("Each message that you send with Tinode is followed by its state: "
                  "pending, sent, delivered, read or failed; in groups with counts.");
    plugin->info = &info;
    purple_prefs_add_none("/plugins/gnt");
    purple_prefs_add_none(TICKS_PREFS);
    purple_prefs_add_string(TICKS_PREF_SYMBOLS, "auto");
    purple_prefs_add_bool(TICKS_PREF_COLOURS, TRUE);
    purple_prefs_add_bool(TICKS_PREF_CHATS, TRUE);
    purple_prefs_add_bool(TICKS_PREF_COUNTS, TRUE);
    purple_prefs_add_bool(TICKS_PREF_SYNC_ROW, TRUE);
    return purple_plugin_register(plugin);
}
