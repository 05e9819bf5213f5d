/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ticks-pidgin.c: the Pidgin companion of the Tinode protocol plugin: an own message carries its
 * state at its end, and a sign says whether receipts are in sync. It knows the protocol plugin by
 * its public signals, calls and the conversation data "tinode-message-id" only.
 */
#include <glib/gi18n-lib.h>
#include <libintl.h>

#include <conversation.h>
#include <debug.h>
#include <gtkconv.h>
#include <gtkplugin.h>
#include <pidgin.h>
#include <prpl.h>
#include <signals.h>
#include <string.h>
#include <version.h>

#include "ticks-log.h"
#include "ticks-prefs.h"
#include "ticks-sign.h"
#include "ticks-view.h"

#define TICKS_PLUGIN_ID "gtk-tinode-ticks"
#define TINODE_PRPL_ID  "prpl-tinode"
#define MESSAGE_ID      "tinode-message-id"

G_MODULE_EXPORT gboolean purple_init_plugin(PurplePlugin *plugin);

static PurplePlugin *protocol;

/* The last state that was told of a message without a line: the line may be about to be written. */
static struct {
    char *id;
    TickFacts facts;
} early;

/* States are being told again for lines that an earlier run of the companion has marked. */
static gboolean is_replaying;

/* Conversations ------------------------------------------------------------------------------ */

static gboolean is_ours(PurpleConversation *conv)
{
    const PurpleAccount *account = purple_conversation_get_account(conv);

    return account != NULL && PIDGIN_IS_PIDGIN_CONVERSATION(conv) &&
           PIDGIN_CONVERSATION(conv) != NULL &&
           g_strcmp0(purple_account_get_protocol_id(account), TINODE_PRPL_ID) == 0;
}

static gboolean is_group(const PurpleConversation *conv)
{
    return purple_conversation_get_type(conv) == PURPLE_CONV_TYPE_CHAT;
}

static char *port_tooltip(const Tick *tick, gpointer data)
{
    PurpleConversation *conv = tick->owner;
    gboolean ok = FALSE;

    (void)data;
    return purple_plugin_ipc_call(protocol, "message-receipts", &ok,
                                  purple_conversation_get_account(conv),
                                  purple_conversation_get_name(conv), tick->id);
}

static void port_clicked(const Tick *tick, gpointer data)
{
    PurpleConversation *conv = tick->owner;
    gboolean ok = FALSE;

    (void)data;
    purple_plugin_ipc_call(protocol, "show-receipts", &ok, purple_conversation_get_account(conv),
                           purple_conversation_get_name(conv));
}

static const char *port_name(const Tick *tick, gpointer data)
{
    (void)data;
    return purple_conversation_get_name(tick->owner);
}

static TicksView *view_of(PurpleConversation *conv, gboolean is_made)
{
    static const TicksViewPorts ports = {port_tooltip, port_clicked, port_name, NULL};
    TicksView *view;
    TickLook look;

    if (!is_ours(conv) || PIDGIN_CONVERSATION(conv)->imhtml == NULL)
        return NULL;
    view = ticks_view_get(PIDGIN_CONVERSATION(conv)->imhtml, NULL);
    if (view == NULL && is_made) {
        view = ticks_view_get(PIDGIN_CONVERSATION(conv)->imhtml, &ports);
        ticks_prefs_look(&look);
        ticks_view_set_look(view, &look);
    }
    return view;
}

/* Ticks -------------------------------------------------------------------------------------- */

static void on_message_state(PurpleAccount *account, const char *channel, const char *id, guint seq,
                             const char *state, guint delivered, guint read, guint members,
                             gpointer data)
{
    PurpleConversation *conv =
        purple_find_conversation_with_account(PURPLE_CONV_TYPE_ANY, channel, account);
    TicksView *view = conv != NULL ? view_of(conv, is_replaying) : NULL;
    TickFacts facts = {TICK_PENDING, delivered, read, members};
    TickBook *book;

    (void)seq;
    (void)data;
    if (!tick_state_parse(state, &facts.state))
        return;
    if (view != NULL) {
        book = ticks_view_book(view);
        if (tick_book_update(book, id, &facts)) {
            ticks_view_work(view);
            return;
        }
        if (is_replaying &&
            tick_book_restore(book, id, conv, is_group(conv), &facts, ticks_view_look(view)))
            return;
    }
    g_free(early.id);
    early.id = g_strdup(id);
    early.facts = facts;
}

/* What is known of a message whose line was just written. */
static void first_facts(PurpleConversation *conv, const char *id, TickFacts *facts)
{
    gboolean ok = FALSE;
    const char *word;

    *facts = (TickFacts){TICK_PENDING, 0, 0, 0};
    if (g_strcmp0(early.id, id) == 0) {
        *facts = early.facts;
        return;
    }
    word = purple_plugin_ipc_call(protocol, "message-state", &ok,
                                  purple_conversation_get_account(conv),
                                  purple_conversation_get_name(conv), id);
    tick_state_parse(word, &facts->state);
}

static void on_displayed(PurpleAccount *account, const char *who, const char *message,
                         PurpleConversation *conv, PurpleMessageFlags flags, gpointer data)
{
    g_autofree char *id = NULL;
    TickFacts facts;
    TicksView *view;

    (void)account;
    (void)who;
    (void)message;
    (void)data;
    if ((flags & PURPLE_MESSAGE_SEND) == 0 || !is_ours(conv) ||
        (is_group(conv) && !ticks_prefs_in_groups()))
        return;
    id = g_strdup(purple_conversation_get_data(conv, MESSAGE_ID));
    view = id != NULL ? view_of(conv, TRUE) : NULL;
    if (view == NULL)
        return;
    first_facts(conv, id, &facts);
    tick_book_add(ticks_view_book(view), id, conv, is_group(conv), &facts, ticks_view_look(view));
}

/* The sign ----------------------------------------------------------------------------------- */

static void refresh_sign(PurpleConversation *conv)
{
    PidginConversation *window = is_ours(conv) ? PIDGIN_CONVERSATION(conv) : NULL;
    SyncSign sign = SYNC_SIGN_NONE;
    const char *text = NULL;
    gboolean ok = FALSE;

    if (window == NULL || window->infopane_hbox == NULL)
        return;
    if (is_ours(window->active_conv)) {
        const char *word = purple_plugin_ipc_call(
            protocol, "sync-state", &ok, purple_conversation_get_account(window->active_conv),
            purple_conversation_get_name(window->active_conv));

        sign = sync_sign_of(word, &text);
    }
    if (ticks_sign_set(GTK_BOX(window->infopane_hbox), sign, text))
        ticks_log("sync", "conv", purple_conversation_get_name(window->active_conv), "sign",
                  sync_sign_name(sign));
}

static void on_sync_changed(PurpleAccount *account, const char *channel, const char *state,
                            const char *reason, gpointer data)
{
    PurpleConversation *conv =
        purple_find_conversation_with_account(PURPLE_CONV_TYPE_ANY, channel, account);

    (void)state;
    (void)reason;
    (void)data;
    if (conv != NULL)
        refresh_sign(conv);
}

static void on_switched(PurpleConversation *conv, gpointer data)
{
    (void)data;
    /* From another protocol's to ours and back, in a merged contact, too. */
    if (PIDGIN_IS_PIDGIN_CONVERSATION(conv) && PIDGIN_CONVERSATION(conv) != NULL) {
        PidginConversation *window = PIDGIN_CONVERSATION(conv);

        for (GList *link = window->convs; link != NULL; link = link->next)
            if (is_ours(link->data)) {
                refresh_sign(link->data);
                return;
            }
    }
}

static void on_created(PurpleConversation *conv, gpointer data)
{
    (void)data;
    if (!is_ours(conv))
        return;
    ticks_log("conversation", "conv", purple_conversation_get_name(conv));
    refresh_sign(conv);
}

static void on_signed(PurpleConnection *gc, gpointer data)
{
    (void)data;
    for (GList *link = purple_get_conversations(); link != NULL; link = link->next)
        if (purple_conversation_get_account(link->data) == purple_connection_get_account(gc))
            refresh_sign(link->data);
}

/* Coming and going --------------------------------------------------------------------------- */

static void on_deleting(PurpleConversation *conv, gpointer data)
{
    TicksView *view = view_of(conv, FALSE);

    (void)data;
    if (view != NULL)
        tick_book_drop_owner(ticks_view_book(view), conv);
}

static void replay(PurpleConversation *conv)
{
    gboolean ok = FALSE;

    is_replaying = TRUE;
    purple_plugin_ipc_call(protocol, "replay-message-states", &ok,
                           purple_conversation_get_account(conv),
                           purple_conversation_get_name(conv));
    is_replaying = FALSE;
}

/* For every open conversation. */
static void begin_all(void)
{
    g_autoptr(GList) all = g_list_copy(purple_get_conversations());

    for (GList *link = all; link != NULL; link = link->next) {
        if (!is_ours(link->data))
            continue;
        refresh_sign(link->data);
        if (!is_group(link->data) || ticks_prefs_in_groups())
            replay(link->data);
    }
}

static void end_all(void)
{
    for (GList *link = purple_get_conversations(); link != NULL; link = link->next) {
        PidginConversation *window =
            is_ours(link->data) ? PIDGIN_CONVERSATION((PurpleConversation *)link->data) : NULL;

        if (window == NULL)
            continue;
        ticks_view_remove(window->imhtml);
        ticks_sign_remove(GTK_BOX(window->infopane_hbox));
    }
}

static void on_prefs_changed(void)
{
    TickLook look;

    ticks_prefs_look(&look);
    for (GList *link = purple_get_conversations(); link != NULL; link = link->next) {
        PurpleConversation *conv = link->data;
        TicksView *view = view_of(conv, FALSE);

        if (view == NULL)
            continue;
        ticks_view_set_look(view, &look);
        if (is_group(conv) && !ticks_prefs_in_groups())
            tick_book_remove(ticks_view_book(view), conv);
        else
            replay(conv);
    }
}

static void connect_all(PurplePlugin *plugin)
{
    void *conversations = purple_conversations_get_handle();
    void *windows = pidgin_conversations_get_handle();
    void *connections = purple_connections_get_handle();

    purple_signal_connect(protocol, "tinode-message-state", plugin,
                          PURPLE_CALLBACK(on_message_state), NULL);
    purple_signal_connect(protocol, "tinode-sync-changed", plugin, PURPLE_CALLBACK(on_sync_changed),
                          NULL);
    purple_signal_connect(windows, "displayed-im-msg", plugin, PURPLE_CALLBACK(on_displayed), NULL);
    purple_signal_connect(windows, "displayed-chat-msg", plugin, PURPLE_CALLBACK(on_displayed),
                          NULL);
    purple_signal_connect(windows, "conversation-switched", plugin, PURPLE_CALLBACK(on_switched),
                          NULL);
    purple_signal_connect(conversations, "conversation-created", plugin,
                          PURPLE_CALLBACK(on_created), NULL);
    purple_signal_connect(conversations, "deleting-conversation", plugin,
                          PURPLE_CALLBACK(on_deleting), NULL);
    purple_signal_connect(connections, "signed-on", plugin, PURPLE_CALLBACK(on_signed), NULL);
    purple_signal_connect(connections, "signed-off", plugin, PURPLE_CALLBACK(on_signed), NULL);
    ticks_prefs_watch(plugin, on_prefs_changed);
}

static gboolean plugin_load(PurplePlugin *plugin)
{
    protocol = purple_find_prpl(TINODE_PRPL_ID);
    if (protocol == NULL)
        return FALSE;
    ticks_log_open();
    connect_all(plugin);
    begin_all();
    return TRUE;
}

static gboolean plugin_unload(PurplePlugin *plugin)
{
    ticks_prefs_unwatch(plugin);
    purple_signals_disconnect_by_handle(plugin);
    end_all();
    g_clear_pointer(&early.id, g_free);
    ticks_log_close();
    protocol = NULL;
    return TRUE;
}

static PurplePluginUiInfo ui_info = {.get_plugin_pref_frame = ticks_prefs_frame};

static PurplePluginInfo plugin_info = {
    .magic = PURPLE_PLUGIN_MAGIC,
    .major_version = PURPLE_MAJOR_VERSION,
    .minor_version = 14,
    .type = PURPLE_PLUGIN_STANDARD,
    .ui_requirement = (char *)PIDGIN_PLUGIN_TYPE,
    .priority = PURPLE_PRIORITY_DEFAULT,
    .id = (char *)TICKS_PLUGIN_ID,
    .version = (char *)TINODE_VERSION,
    .homepage = (char *)"https://github.com/tinode/chat",
    .load = plugin_load,
    .unload = plugin_unload,
    .prefs_info = &ui_info,
};

/* libpurple's entry point; the only symbol that is exported. */
gboolean purple_init_plugin(PurplePlugin *plugin)
{
    bindtextdomain(GETTEXT_PACKAGE, TINODE_LOCALE_DIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    plugin_info.name = (char *)_("Tinode Ticks");
    plugin_info.summary = (char *)_("Shows at the end of your messages how far they are");
    plugin_info.description =
        (char *)_("One tick: sent. Two ticks: delivered. Two coloured ticks: read. In groups with "
                  "the number of people. Point at a tick to see who and when.");
    plugin_info.dependencies = g_list_append(NULL, (gpointer)TINODE_PRPL_ID);
    ticks_prefs_init();
    plugin->info = &plugin_info;
    return purple_plugin_register(plugin);
}
