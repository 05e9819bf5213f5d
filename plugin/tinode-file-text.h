/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-file-text.h: what people are told of files that were not transferred. */
#ifndef TINODE_FILE_TEXT_H
#define TINODE_FILE_TEXT_H

#include "protocol/tn-error.h"

G_BEGIN_DECLS

/* One sentence. limit: bytes that the server takes in one file; 0: not known. Newly allocated. */
char *tinode_file_failure_text(const TnFailure *why, gboolean is_sent, goffset limit);

G_END_DECLS

#endif
