/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Large files over HTTP (tests/server): upload and download, kept in memory. Wire facts, section 7.
 */
#ifndef LOOPBACK_FILES_H
#define LOOPBACK_FILES_H

#include "http.h"

#define FILES_PREFIX "/v0/file/"

/* Answers a request for a path that begins with FILES_PREFIX. */
void files_answer(Conn *conn, const HttpRequest *request);

/* The refusal of an upload that announces too many bytes: 413, and the end of the connection. */
void files_refuse_large(Conn *conn);

/* As if somebody had uploaded it: its path, newly allocated. */
char *files_put(const void *bytes, gsize len, const char *type);
/* SHA-256 and size of a file; NULL if there is none. Newly allocated. */
char *files_look(const char *path, gsize *len);
/* From now on: "half" of a file comes down and then nothing, uploads are never answered
 * ("silent"), or "307" sends uploads to where. NULL: as it should be. FALSE: unknown. */
gboolean files_set_mode(const char *mode, const char *where);

/* Drops all files. */
void files_free(void);

#endif
