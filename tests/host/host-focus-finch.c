/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finch's windows: one for each conversation and one for the buddy list, in a stack; the topmost
 * has the focus. Layer: tests (purple-host). Conversations of one contact are not merged here.
 */
#include "host-focus.h"

typedef struct {
    gboolean window_gone;
} Window;

static GList *stack;   /* top first: PurpleConversation, or &buddy_list */
static int buddy_list; /* stands for the buddy list's window */

static PurpleConversation *top(void)
{
    return stack != NULL && stack->data != &buddy_list ? stack->data : NULL;
}

static void raise_window(gpointer window)
{
    if (stack != NULL && stack->data == window)
        return;
    stack = g_list_prepend(g_list_remove(stack, window), window);
}

static void gained_focus(PurpleConversation *conv)
{
    purple_conversation_set_data(conv, "unseen-count", NULL);
    purple_conversation_update(conv, PURPLE_CONV_UPDATE_UNSEEN);
}

static void finch_init(void)
{
    stack = g_list_prepend(NULL, &buddy_list);
}

static void finch_uninit(void)
{
    g_list_free(stack);
    stack = NULL;
}

static void finch_created(PurpleConversation *conv)
{
    if (conv->ui_data != NULL)
        return;
    conv->ui_data = g_new0(Window, 1);
    /* New windows do not grab the focus. */
    stack = g_list_append(stack, conv);
}

/* Takes the window away; TRUE when it was the topmost. */
static gboolean drop_window(PurpleConversation *conv)
{
    Window *window = conv->ui_data;
    gboolean was_top = top() == conv;

    stack = g_list_remove(stack, conv);
    window->window_gone = TRUE;
    return was_top;
}

static void finch_destroyed(PurpleConversation *conv)
{
    Window *window = conv->ui_data;

    if (window == NULL)
        return;
    if (!window->window_gone && drop_window(conv) && top() != NULL)
        gained_focus(top());
    g_free(window);
    conv->ui_data = NULL;
}

static char *finch_give(PurpleConversation *conv)
{
    if (top() == conv)
        return NULL;
    raise_window(conv);
    gained_focus(conv);
    return NULL;
}

static void finch_present(PurpleConversation *conv)
{
    finch_give(conv);
}

static gboolean finch_has_focus(PurpleConversation *conv)
{
    return top() == conv;
}

static void finch_wrote(PurpleConversation *conv, PurpleMessageFlags flags)
{
    int count;

    if ((flags & PURPLE_MESSAGE_SYSTEM) && !(flags & PURPLE_MESSAGE_NOTIFY))
        return;
    if (!(flags & PURPLE_MESSAGE_RECV) || top() == conv)
        return;
    count = GPOINTER_TO_INT(purple_conversation_get_data(conv, "unseen-count"));
    purple_conversation_set_data(conv, "unseen-count", GINT_TO_POINTER(count + 1));
    purple_conversation_update(conv, PURPLE_CONV_UPDATE_UNSEEN);
}

/* Neither sending nor choosing a new conversation in the buddy list tells libpurple anything. */
static void finch_nothing(PurpleConversation *conv G_GNUC_UNUSED)
{
}

static void finch_blur(void)
{
    raise_window(&buddy_list);
}

static char *finch_window(gboolean on)
{
    if (!on) {
        finch_blur();
        return NULL;
    }
    if (top() != NULL)
        return NULL;
    if (stack == NULL || stack->next == NULL)
        return g_strdup("there is no conversation window");
    return finch_give(stack->next->data);
}

static char *finch_close(PurpleConversation *conv)
{
    /* The window goes first, the conversation with it, and then the next window comes up. */
    gboolean was_top = drop_window(conv);

    purple_conversation_destroy(conv);
    if (was_top && top() != NULL)
        gained_focus(top());
    return NULL;
}

const HostFocusOps host_focus_finch = {
    .init = finch_init,
    .uninit = finch_uninit,
    .created = finch_created,
    .destroyed = finch_destroyed,
    .present = finch_present,
    .has_focus = finch_has_focus,
    .wrote = finch_wrote,
    .sent = finch_nothing,
    .open = finch_nothing,
    .give = finch_give,
    .blur = finch_blur,
    .window = finch_window,
    .close = finch_close,
};
