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

/* Drops all files. */
void files_free(void);

#endif
