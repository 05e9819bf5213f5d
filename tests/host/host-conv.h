/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Conversations as the client shows them: lines written become `message` and `line` events, chat
 * member lists `chat-members`, typing `typing`; `trace` events tell libpurple's own signals in
 * their order. Layer: tests (purple-host).
 */
#ifndef TESTS_HOST_HOST_CONV_H
#define TESTS_HOST_HOST_CONV_H

#include <purple.h>

/* The operations of the client in `host.ui`; install before libpurple makes a conversation. */
PurpleConversationUiOps *host_conv_ops(void);

/* Connects to libpurple's conversation signals; after purple_core_init(). */
void host_conv_init(void);

/*
 * The text that a person sees of a line of libpurple's HTML: tags gone, entities resolved, <br> and
 * line feeds as line feeds. Newly allocated.
 */
char *host_conv_plain(const char *html);

#endif
