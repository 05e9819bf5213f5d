/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pidgin's windows: all conversations are tabs of one window, one tab is active, the window has the
 * focus or not; closed conversations may be hidden instead. Layer: tests (purple-host).
 */
#include "host-focus.h"

/* Pidgin's own numbers, as they stand in the conversation's data under "unseen-state". */
typedef enum {
    UNSEEN_NONE,
    UNSEEN_EVENT,
    UNSEEN_NO_LOG,
    UNSEEN_TEXT,
    UNSEEN_NICK,
} Unseen;

/* How long a conversation that was closed by hiding lives on. */
#define CLOSE_TIMEOUT_SECONDS (10 * 60)

typedef struct {
    int unseen_count;
    Unseen unseen_state;
    gboolean hidden;
    guint close_timer;
} Tab;

static GList *tabs;                /* PurpleConversation, left to right */
static PurpleConversation *active; /* NULL: there is no window */
static gboolean focused;           /* the window has the toplevel focus */
static gboolean create_hidden;
static int handle;

static Tab *tab_of(PurpleConversation *conv)
{
    return conv->ui_data;
}

static void publish_unseen(PurpleConversation *conv, int count, int state)
{
    purple_conversation_set_data(conv, "unseen-count", GINT_TO_POINTER(count));
    purple_conversation_set_data(conv, "unseen-state", GINT_TO_POINTER(state));
    purple_conversation_update(conv, PURPLE_CONV_UPDATE_UNSEEN);
}

static void set_unseen(PurpleConversation *conv, Unseen state)
{
    Tab *tab = tab_of(conv);

    if (state == UNSEEN_NONE) {
        tab->unseen_count = 0;
        tab->unseen_state = UNSEEN_NONE;
    } else {
        if (state >= UNSEEN_TEXT)
            tab->unseen_count++;
        tab->unseen_state = MAX(tab->unseen_state, state);
    }
    publish_unseen(conv, tab->unseen_count, tab->unseen_state);
}

static Unseen unseen_of(PurpleMessageFlags flags)
{
    if (flags & PURPLE_MESSAGE_NICK)
        return UNSEEN_NICK;
    if (flags & (PURPLE_MESSAGE_SYSTEM | PURPLE_MESSAGE_ERROR))
        return UNSEEN_EVENT;
    if (flags & PURPLE_MESSAGE_NO_LOG)
        return UNSEEN_NO_LOG;
    return UNSEEN_TEXT;
}

static void add_tab(PurpleConversation *conv)
{
    gboolean new_window = tabs == NULL;

    tabs = g_list_append(tabs, conv);
    if (!new_window)
        return;
    active = conv;
    focused = FALSE;
    /* A new window switches to its first page and is then shown: told twice. */
    set_unseen(conv, UNSEEN_NONE);
    set_unseen(conv, UNSEEN_NONE);
}

static void remove_tab(PurpleConversation *conv)
{
    GList *link = g_list_find(tabs, conv);
    PurpleConversation *next = NULL;

    if (link == NULL)
        return;
    if (link->next != NULL)
        next = link->next->data;
    else if (link->prev != NULL)
        next = link->prev->data;
    tabs = g_list_delete_link(tabs, link);
    if (active != conv)
        return;
    active = next;
    if (active == NULL)
        focused = FALSE;
    else
        set_unseen(active, UNSEEN_NONE);
}

static void switch_to(PurpleConversation *conv)
{
    if (active == conv)
        return;
    active = conv;
    set_unseen(conv, UNSEEN_NONE);
    purple_conversation_autoset_title(conv);
}

static gboolean close_timer_over(gpointer data)
{
    PurpleConversation *conv = data;

    tab_of(conv)->close_timer = 0;
    purple_conversation_destroy(conv);
    return G_SOURCE_REMOVE;
}

static void hide(PurpleConversation *conv, gboolean with_timer)
{
    Tab *tab = tab_of(conv);

    tab->hidden = TRUE;
    remove_tab(conv);
    purple_conversation_autoset_title(conv);
    if (!with_timer)
        return;
    tab->close_timer = g_timeout_add_seconds(CLOSE_TIMEOUT_SECONDS, close_timer_over, conv);
    purple_conversation_set_data(conv, "close-timer", GUINT_TO_POINTER(tab->close_timer));
}

static void unhide(PurpleConversation *conv)
{
    Tab *tab = tab_of(conv);

    if (!tab->hidden)
        return;
    /* The client's own count in the tab survives, the published one does not. */
    purple_conversation_set_data(conv, "unseen-count", NULL);
    purple_conversation_set_data(conv, "unseen-state", NULL);
    purple_conversation_set_data(conv, "close-timer", NULL);
    tab->hidden = FALSE;
    g_clear_handle_id(&tab->close_timer, g_source_remove);
    add_tab(conv);
}

static gboolean hides_new(PurpleAccount *account)
{
    const char *pref = purple_prefs_get_string("/pidgin/conversations/im/hide_new");
    PurpleStatus *status = purple_account_get_active_status(account);

    if (g_strcmp0(pref, "always") == 0)
        return TRUE;
    return g_strcmp0(pref, "away") == 0 && !purple_status_is_available(status);
}

static void received_im(PurpleAccount *account, const char *sender,
                        const char *message G_GNUC_UNUSED, PurpleConversation *conv,
                        PurpleMessageFlags flags G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
    gboolean hiding = hides_new(account);

    if (conv == NULL && hiding) {
        create_hidden = TRUE;
        purple_conversation_new(PURPLE_CONV_TYPE_IM, account, sender);
        create_hidden = FALSE;
    } else if (conv != NULL && conv->ui_data != NULL && !hiding) {
        unhide(conv);
    }
}

/* A hidden conversation is counted a second time, as the client does. */
static void wrote_hidden(PurpleAccount *account G_GNUC_UNUSED, const char *who G_GNUC_UNUSED,
                         const char *message G_GNUC_UNUSED, PurpleConversation *conv,
                         PurpleMessageFlags flags, gpointer data G_GNUC_UNUSED)
{
    int count, state;
    Unseen unseen = unseen_of(flags);

    if (conv == NULL || conv->ui_data == NULL || !tab_of(conv)->hidden)
        return;
    if (!(flags & (PURPLE_MESSAGE_SEND | PURPLE_MESSAGE_RECV)))
        return;
    count = GPOINTER_TO_INT(purple_conversation_get_data(conv, "unseen-count"));
    state = GPOINTER_TO_INT(purple_conversation_get_data(conv, "unseen-state"));
    publish_unseen(conv, unseen >= UNSEEN_TEXT ? count + 1 : count, MAX(state, (int)unseen));
}

static void pidgin_init(void)
{
    void *conversations = purple_conversations_get_handle();

    purple_signal_connect(conversations, "received-im-msg", &handle, PURPLE_CALLBACK(received_im),
                          NULL);
    purple_signal_connect(conversations, "wrote-im-msg", &handle, PURPLE_CALLBACK(wrote_hidden),
                          NULL);
    purple_signal_connect(conversations, "wrote-chat-msg", &handle, PURPLE_CALLBACK(wrote_hidden),
                          NULL);
}

static void pidgin_uninit(void)
{
    /* libpurple has dropped the signals by itself, and every tab went with its conversation. */
}

static void pidgin_created(PurpleConversation *conv)
{
    Tab *tab;

    /* A chat that is joined again comes here once more, with its tab. */
    if (conv->ui_data != NULL)
        return;
    tab = g_new0(Tab, 1);
    conv->ui_data = tab;
    tab->hidden = create_hidden;
    if (!tab->hidden)
        add_tab(conv);
}

static void pidgin_destroyed(PurpleConversation *conv)
{
    Tab *tab = tab_of(conv);

    /* The conversation's data is gone already, its signals have been told. */
    g_clear_handle_id(&tab->close_timer, g_source_remove);
    remove_tab(conv);
    g_free(tab);
    conv->ui_data = NULL;
}

static void pidgin_present(PurpleConversation *conv)
{
    /* The tab is changed only when the person has pressed something: see pidgin_open(). */
    unhide(conv);
}

static gboolean pidgin_has_focus(PurpleConversation *conv)
{
    return focused && active == conv;
}

static void pidgin_wrote(PurpleConversation *conv, PurpleMessageFlags flags)
{
    if (!(flags & PURPLE_MESSAGE_SEND) && !pidgin_has_focus(conv))
        set_unseen(conv, unseen_of(flags));
}

static void pidgin_sent(PurpleConversation *conv)
{
    set_unseen(conv, UNSEEN_NONE);
}

static void pidgin_open(PurpleConversation *conv)
{
    if (pidgin_has_focus(conv))
        return;
    /* The click was in the buddy list's window, so the focus has left this one. */
    focused = FALSE;
    unhide(conv);
    switch_to(conv);
}

static char *pidgin_give(PurpleConversation *conv)
{
    unhide(conv);
    switch_to(conv);
    if (focused)
        return NULL;
    /* The handler that clears the mark runs before GTK sets the property asked by has_focus. */
    set_unseen(conv, UNSEEN_NONE);
    focused = active == conv;
    return NULL;
}

static void pidgin_blur(void)
{
    focused = FALSE;
}

static char *pidgin_window(gboolean on)
{
    if (!on) {
        focused = FALSE;
        return NULL;
    }
    return active == NULL ? g_strdup("there is no conversation window") : pidgin_give(active);
}

static char *pidgin_close(PurpleConversation *conv)
{
    PurpleChat *chat;

    if (purple_conversation_get_type(conv) == PURPLE_CONV_TYPE_IM) {
        if (!purple_prefs_get_bool("/pidgin/conversations/im/close_immediately")) {
            hide(conv, TRUE);
            return NULL;
        }
    } else {
        chat = purple_blist_find_chat(purple_conversation_get_account(conv),
                                      purple_conversation_get_name(conv));
        if (chat != NULL && purple_blist_node_get_bool((PurpleBlistNode *)chat, "gtk-persistent")) {
            hide(conv, FALSE);
            return NULL;
        }
    }
    purple_conversation_destroy(conv);
    return NULL;
}

const HostFocusOps host_focus_pidgin = {
    .init = pidgin_init,
    .uninit = pidgin_uninit,
    .created = pidgin_created,
    .destroyed = pidgin_destroyed,
    .present = pidgin_present,
    .has_focus = pidgin_has_focus,
    .wrote = pidgin_wrote,
    .sent = pidgin_sent,
    .open = pidgin_open,
    .give = pidgin_give,
    .blur = pidgin_blur,
    .window = pidgin_window,
    .close = pidgin_close,
};
