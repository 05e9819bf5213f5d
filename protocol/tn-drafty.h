/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-drafty.h: the content of messages, and what people see of it. A bare string or a Drafty
 * document becomes safe HTML (libpurple's subset) or plain text; plain text becomes content.
 * Input is hostile: offsets are clamped, markup escaped, links http(s) only, nesting bounded.
 */
#ifndef TN_DRAFTY_H
#define TN_DRAFTY_H

#include "tn-wire.h"

G_BEGIN_DECLS

/* HTML for libpurple: text escaped, line breaks as <br>. Newly allocated, never NULL. A document
 * that makes no sense shows its text. (Drafty) */
char *tn_content_to_html(const TnContent *content);
/* Plain text with line feeds. Newly allocated, never NULL. */
char *tn_content_to_text(const TnContent *content);
/* TRUE if there is nothing to show at all (null content, an empty document). */
gboolean tn_content_is_empty(const TnContent *content);

/* Content from plain text, UTF-8, line feeds as line breaks: one line is sent as a bare string,
 * several as Drafty with BR, which is what official clients show as lines.
 * Returns: (transfer full); free with tn_content_free(). */
TnContent *tn_content_from_text(const char *text) G_GNUC_WARN_UNUSED_RESULT;
void tn_content_free(TnContent *content);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TnContent, tn_content_free)

G_END_DECLS

#endif
