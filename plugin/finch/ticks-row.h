/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ticks-row.h: one quiet row below the text of a conversation: how its receipts are kept up. */
#ifndef TICKS_ROW_H
#define TICKS_ROW_H

#include <conversation.h>

G_BEGIN_DECLS

/* state: the public name of a sync state; NULL: not signed in. Nothing happens if the row says so
 * already. */
void ticks_row_show(PurpleConversation *conv, const char *state);
void ticks_row_remove(PurpleConversation *conv);
/* The sentence of a state, translated; never NULL. */
const char *ticks_row_text(const char *state);

G_END_DECLS

#endif
