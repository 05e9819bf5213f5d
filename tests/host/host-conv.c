/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Conversations: libpurple's conversation operations turned into events. Layer: tests
 * (purple-host).
 */
#include "host-conv.h"

#include <string.h>

#include "host-focus.h"
#include "host-json.h"
#include "host.h"

static int handle;

static const struct {
    PurpleMessageFlags flag;
    const char *word;
} flag_words[] = {
    {PURPLE_MESSAGE_SEND, "send"},
    {PURPLE_MESSAGE_RECV, "recv"},
    {PURPLE_MESSAGE_SYSTEM, "system"},
    {PURPLE_MESSAGE_AUTO_RESP, "auto-resp"},
    {PURPLE_MESSAGE_ACTIVE_ONLY, "active-only"},
    {PURPLE_MESSAGE_NICK, "nick"},
    {PURPLE_MESSAGE_NO_LOG, "no-log"},
    {PURPLE_MESSAGE_WHISPER, "whisper"},
    {PURPLE_MESSAGE_ERROR, "error"},
    {PURPLE_MESSAGE_DELAYED, "delayed"},
    {PURPLE_MESSAGE_RAW, "raw"},
    {PURPLE_MESSAGE_IMAGES, "images"},
    {PURPLE_MESSAGE_NOTIFY, "notify"},
    {PURPLE_MESSAGE_NO_LINKIFY, "no-linkify"},
    {PURPLE_MESSAGE_INVISIBLE, "invisible"},
    {PURPLE_MESSAGE_REMOTE_SEND, "remote-send"},
};

static const char *const update_words[] = {
    [PURPLE_CONV_UPDATE_ADD] = "add",           [PURPLE_CONV_UPDATE_REMOVE] = "remove",
    [PURPLE_CONV_UPDATE_ACCOUNT] = "account",   [PURPLE_CONV_UPDATE_TYPING] = "typing",
    [PURPLE_CONV_UPDATE_UNSEEN] = "unseen",     [PURPLE_CONV_UPDATE_LOGGING] = "logging",
    [PURPLE_CONV_UPDATE_TOPIC] = "topic",       [PURPLE_CONV_ACCOUNT_ONLINE] = "online",
    [PURPLE_CONV_ACCOUNT_OFFLINE] = "offline",  [PURPLE_CONV_UPDATE_AWAY] = "away",
    [PURPLE_CONV_UPDATE_ICON] = "icon",         [PURPLE_CONV_UPDATE_TITLE] = "title",
    [PURPLE_CONV_UPDATE_CHATLEFT] = "chatleft", [PURPLE_CONV_UPDATE_FEATURES] = "features",
};

char *host_conv_plain(const char *html)
{
    /* Stripping drops line feeds, so they become tags first. */
    g_autofree char *tagged = purple_strdup_withhtml(html != NULL ? html : "");

    return purple_markup_strip_html(tagged);
}

static json_t *words_of(PurpleMessageFlags flags)
{
    json_t *words = json_array();

    for (guint i = 0; i < G_N_ELEMENTS(flag_words); i++)
        if (flags & flag_words[i].flag)
            json_array_append_new(words, json_string(flag_words[i].word));
    return words;
}

/* The pictures that the line names, as a client that draws them finds them at this moment. */
static json_t *pictures_of(const char *html)
{
    json_t *list = json_array();
    const char *p = html;

    while ((p = strstr(p, "<img id=\"")) != NULL) {
        PurpleStoredImage *image;

        p += strlen("<img id=\"");
        image = purple_imgstore_find_by_id(atoi(p));
        if (image != NULL) {
            json_t *picture = json_object();
            g_autofree char *sum = g_compute_checksum_for_data(
                G_CHECKSUM_SHA1, purple_imgstore_get_data(image), purple_imgstore_get_size(image));

            host_set_str(picture, "name", purple_imgstore_get_filename(image));
            host_set_str(picture, "sha1", sum);
            json_array_append_new(list, picture);
        }
    }
    return list;
}

static gboolean is_chat(PurpleConversation *conv)
{
    return purple_conversation_get_type(conv) == PURPLE_CONV_TYPE_CHAT;
}

static json_t *event_in(const char *ev, PurpleConversation *conv)
{
    json_t *event = host_event_for(ev, purple_conversation_get_account(conv));

    host_set_str(event, "name", purple_conversation_get_name(conv));
    if (is_chat(conv))
        host_set_bool(event, "chat", TRUE);
    return event;
}

static void tell_line(const char *ev, PurpleConversation *conv, const char *who, const char *alias,
                      const char *html, PurpleMessageFlags flags, time_t when)
{
    g_autofree char *plain = host_conv_plain(html);
    PurpleAccount *account = purple_conversation_get_account(conv);
    json_t *event = event_in(ev, conv);
    const char *id = purple_conversation_get_data(conv, "tinode-message-id");

    /* libpurple puts the conversation's name where nobody is named. */
    if ((flags & PURPLE_MESSAGE_SEND) && !is_chat(conv) && account != NULL)
        who = purple_account_get_username(account);
    if (strcmp(ev, "line") != 0)
        host_set_str(event, "from", who);
    if (strcmp(ev, "line") != 0 && alias != NULL && g_strcmp0(alias, who) != 0)
        host_set_str(event, "alias", alias);
    host_set_str(event, "text", plain);
    host_set_str(event, "html", html);
    host_set(event, "flags", words_of(flags));
    host_set_int(event, "time", when);
    if (strstr(html, "<img ") != NULL)
        host_set(event, "pictures", pictures_of(html));
    if (id != NULL && (flags & PURPLE_MESSAGE_SEND))
        host_set_str(event, "id", id);
    host_emit(event);
}

/* System text, errors and notices are lines; what somebody said is a message. */
static gboolean is_message(PurpleMessageFlags flags)
{
    return (flags & (PURPLE_MESSAGE_SEND | PURPLE_MESSAGE_RECV)) &&
           !(flags & (PURPLE_MESSAGE_SYSTEM | PURPLE_MESSAGE_ERROR | PURPLE_MESSAGE_NOTIFY));
}

static void conv_write(PurpleConversation *conv, const char *who, const char *alias,
                       const char *html, PurpleMessageFlags flags, time_t when)
{
    tell_line(is_message(flags) ? "message" : "line", conv, who, alias, html, flags, when);
    host_focus()->wrote(conv, flags);
}

/* BitlBee leaves out the echo of what was sent here; all else looks as if `who` had said it. */
static void bitlbee_write_said(PurpleConversation *conv, const char *who, const char *html,
                               PurpleMessageFlags flags, time_t when)
{
    gboolean echo = (flags & PURPLE_MESSAGE_SEND) &&
                    !(flags & (PURPLE_MESSAGE_DELAYED | PURPLE_MESSAGE_REMOTE_SEND));

    tell_line(echo ? "dropped" : "message", conv, who, NULL, html, flags, when);
}

/* And of the other lines it shows those with the SEND flag alone. */
static void bitlbee_write_conv(PurpleConversation *conv, const char *who, const char *alias,
                               const char *html, PurpleMessageFlags flags, time_t when)
{
    tell_line(flags & PURPLE_MESSAGE_SEND ? "message" : "dropped", conv, who, alias, html, flags,
              when);
}

static void conv_create(PurpleConversation *conv)
{
    host_focus()->created(conv);
}

static void conv_destroy(PurpleConversation *conv)
{
    host_focus()->destroyed(conv);
}

static void conv_present(PurpleConversation *conv)
{
    host_focus()->present(conv);
}

static gboolean conv_has_focus(PurpleConversation *conv)
{
    return conv->ui_data != NULL && host_focus()->has_focus(conv);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(purple_conv_chat_cb_get_name((PurpleConvChatBuddy *)a),
                  purple_conv_chat_cb_get_name((PurpleConvChatBuddy *)b));
}

/* Takes `added` and `removed`, either may be NULL. */
static void tell_members(PurpleConversation *conv, json_t *added, json_t *removed)
{
    GList *users = g_list_copy(purple_conv_chat_get_users(PURPLE_CONV_CHAT(conv)));
    json_t *event = event_in("chat-members", conv);
    json_t *members = json_array();
    json_t *aliases = json_object();

    users = g_list_sort(users, compare_names);
    for (GList *l = users; l != NULL; l = l->next) {
        PurpleConvChatBuddy *user = l->data;
        const char *name = purple_conv_chat_cb_get_name(user);

        json_array_append_new(members, host_string(name));
        if (user->alias != NULL && g_utf8_validate(name, -1, NULL))
            host_set_str(aliases, name, user->alias);
    }
    g_list_free(users);
    host_set(event, "members", members);
    host_set(event, "aliases", aliases);
    if (added != NULL)
        host_set(event, "added", added);
    if (removed != NULL)
        host_set(event, "removed", removed);
    host_emit(event);
}

/* Finch shows who is there when it has joined. */
static void write_user_list(PurpleConversation *conv, GList *users)
{
    GString *text = g_string_new("In this chat:");

    for (GList *l = users; l != NULL; l = l->next) {
        PurpleConvChatBuddy *user = l->data;

        g_string_append_printf(text, " %s", user->alias != NULL ? user->alias : user->name);
    }
    purple_conversation_write(conv, NULL, text->str, PURPLE_MESSAGE_SYSTEM, time(NULL));
    g_string_free(text, TRUE);
}

static void chat_add_users(PurpleConversation *conv, GList *users, gboolean new_arrivals)
{
    json_t *added = json_array();

    if (host.ui == HOST_FINCH && !new_arrivals)
        write_user_list(conv, users);
    for (GList *l = users; l != NULL; l = l->next)
        json_array_append_new(added, host_string(purple_conv_chat_cb_get_name(l->data)));
    tell_members(conv, added, NULL);
}

static void chat_rename_user(PurpleConversation *conv, const char *old_name, const char *new_name,
                             const char *new_alias G_GNUC_UNUSED)
{
    tell_members(conv, json_pack("[o]", host_string(new_name)),
                 json_pack("[o]", host_string(old_name)));
}

static void chat_remove_users(PurpleConversation *conv, GList *users)
{
    json_t *removed = json_array();

    for (GList *l = users; l != NULL; l = l->next)
        json_array_append_new(removed, host_string(l->data));
    tell_members(conv, NULL, removed);
}

static void chat_update_user(PurpleConversation *conv, const char *user G_GNUC_UNUSED)
{
    tell_members(conv, NULL, NULL);
}

static PurpleConversationUiOps window_ops = {
    .create_conversation = conv_create,
    .destroy_conversation = conv_destroy,
    .write_conv = conv_write,
    .chat_add_users = chat_add_users,
    .chat_rename_user = chat_rename_user,
    .chat_remove_users = chat_remove_users,
    .chat_update_user = chat_update_user,
    .present = conv_present,
    .has_focus = conv_has_focus,
};

static PurpleConversationUiOps bitlbee_ops = {
    .create_conversation = conv_create,
    .destroy_conversation = conv_destroy,
    .write_chat = bitlbee_write_said,
    .write_im = bitlbee_write_said,
    .write_conv = bitlbee_write_conv,
    .chat_add_users = chat_add_users,
    .chat_remove_users = chat_remove_users,
};

PurpleConversationUiOps *host_conv_ops(void)
{
    return host.ui == HOST_BITLBEE ? &bitlbee_ops : &window_ops;
}

static void tell_typing(PurpleAccount *account, const char *who, gpointer state)
{
    json_t *event = host_event_for("typing", account);

    host_set_str(event, "name", who);
    host_set_str(event, "state", state);
    host_emit(event);
}

static void tell_chat_left(PurpleConversation *conv, gpointer data G_GNUC_UNUSED)
{
    if (host.ui == HOST_FINCH)
        purple_conversation_write(conv, NULL, "This chat was left.", PURPLE_MESSAGE_SYSTEM,
                                  time(NULL));
}

static json_t *trace_event(const char *what, PurpleConversation *conv)
{
    json_t *event = event_in("trace", conv);

    host_set_str(event, "what", what);
    host_set_bool(event, "focus", purple_conversation_has_focus(conv));
    host_set_int(event, "unseen",
                 GPOINTER_TO_INT(purple_conversation_get_data(conv, "unseen-count")));
    return event;
}

/* What a handler sees that looks one turn of the loop later. */
static gboolean trace_later(gpointer data)
{
    if (g_list_find(purple_get_conversations(), data) != NULL)
        host_emit(trace_event("later", data));
    return G_SOURCE_REMOVE;
}

static void trace_updated(PurpleConversation *conv, PurpleConvUpdateType type,
                          gpointer data G_GNUC_UNUSED)
{
    json_t *event;

    if (!host.trace)
        return;
    event = trace_event("updated", conv);
    host_set_int(event, "type", type);
    if ((guint)type < G_N_ELEMENTS(update_words))
        host_set_str(event, "word", update_words[type]);
    host_set_int(event, "unseen-state",
                 GPOINTER_TO_INT(purple_conversation_get_data(conv, "unseen-state")));
    host_emit(event);
    if (type == PURPLE_CONV_UPDATE_UNSEEN)
        purple_timeout_add(0, trace_later, conv);
}

static void trace_conv(PurpleConversation *conv, gpointer what)
{
    if (host.trace)
        host_emit(trace_event(what, conv));
}

static void trace_wrote(PurpleAccount *account G_GNUC_UNUSED, const char *who G_GNUC_UNUSED,
                        const char *html G_GNUC_UNUSED, PurpleConversation *conv,
                        PurpleMessageFlags flags, gpointer data G_GNUC_UNUSED)
{
    json_t *event;

    if (!host.trace)
        return;
    event = trace_event("wrote", conv);
    host_set(event, "flags", words_of(flags));
    host_emit(event);
}

static void connect_signal(const char *name, PurpleCallback func, const char *data)
{
    purple_signal_connect(purple_conversations_get_handle(), name, &handle, func, (void *)data);
}

void host_conv_init(void)
{
    connect_signal("buddy-typing", PURPLE_CALLBACK(tell_typing), "typing");
    connect_signal("buddy-typed", PURPLE_CALLBACK(tell_typing), "typed");
    connect_signal("buddy-typing-stopped", PURPLE_CALLBACK(tell_typing), "stopped");
    connect_signal("chat-left", PURPLE_CALLBACK(tell_chat_left), NULL);
    connect_signal("conversation-created", PURPLE_CALLBACK(trace_conv), "created");
    connect_signal("conversation-updated", PURPLE_CALLBACK(trace_updated), NULL);
    connect_signal("deleting-conversation", PURPLE_CALLBACK(trace_conv), "deleting");
    connect_signal("wrote-im-msg", PURPLE_CALLBACK(trace_wrote), NULL);
    connect_signal("wrote-chat-msg", PURPLE_CALLBACK(trace_wrote), NULL);
}
