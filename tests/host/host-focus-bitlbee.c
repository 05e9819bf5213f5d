/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BitlBee has no windows: libpurple's has_focus operation is missing, nothing is ever told about
 * being unseen, and an IM conversation lives until the account signs off. Layer: tests
 * (purple-host).
 */
#include "host-focus.h"

static void nothing(void)
{
}

static void nothing_with(PurpleConversation *conv G_GNUC_UNUSED)
{
}

static void bitlbee_wrote(PurpleConversation *conv G_GNUC_UNUSED,
                          PurpleMessageFlags flags G_GNUC_UNUSED)
{
}

static char *bitlbee_give(PurpleConversation *conv G_GNUC_UNUSED)
{
    return NULL;
}

static char *bitlbee_window(gboolean on G_GNUC_UNUSED)
{
    return NULL;
}

static char *bitlbee_close(PurpleConversation *conv)
{
    if (purple_conversation_get_type(conv) == PURPLE_CONV_TYPE_IM)
        return g_strdup("an IM conversation cannot be closed in BitlBee");
    /* /part */
    purple_conversation_destroy(conv);
    return NULL;
}

const HostFocusOps host_focus_bitlbee = {
    .init = nothing,
    .uninit = nothing,
    .created = nothing_with,
    .destroyed = nothing_with,
    .present = nothing_with,
    .has_focus = NULL,
    .wrote = bitlbee_wrote,
    .sent = nothing_with,
    .open = nothing_with,
    .give = bitlbee_give,
    .blur = nothing,
    .window = bitlbee_window,
    .close = bitlbee_close,
};
