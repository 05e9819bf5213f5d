/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The HTTP side of the server (tests/server): the handshake of the WebSocket with all its refusals,
 * and the endpoints for files (files.h). */
#ifndef LOOPBACK_HTTP_H
#define LOOPBACK_HTTP_H

#include <jansson.h>

#include "conn.h"

#define HTTP_API_KEY "AQEAAAABAAD_rAp4DJh05a1HAwFT3A6K"

typedef struct {
    char *method;
    char *path;         /* without the query */
    GHashTable *query;  /* decoded */
    GHashTable *fields; /* header fields, lower-case names */
    const guint8 *body; /* borrowed from the input */
    gsize body_len;
} HttpRequest;

/* Takes one request off the front of the input, answers it, and says how many bytes it had; 0: it
 * is not complete yet, or the connection is over. */
gsize http_take(Conn *conn, const guint8 *data, gsize len);

/* Sends an answer. `extra` are further header lines, each with its CR LF, or NULL; type may be
 * NULL. With `close` the connection ends after it. */
void http_answer(Conn *conn, int status, const char *type, const char *extra, const void *body,
                 gsize len, gboolean close);

/* The head of the whole, half of the body, and then nothing. */
void http_answer_half(Conn *conn, const char *type, const char *extra, const void *body, gsize len);

/* Sends {"ctrl":…} as the body; params are taken. */
void http_answer_ctrl(Conn *conn, int status, const char *type, const char *extra, const char *id,
                      const char *text, json_t *params, gboolean close);

/* TRUE if the request carries the API key. */
gboolean http_has_key(const HttpRequest *request);

/* Odd endings of the next `times` handshakes (0: until told otherwise; mode NULL: none): "silent",
 * "close", "half", "reset-after-101", "silent-after-101", "200", "301", "403", "503". FALSE:
 * unknown mode. */
gboolean http_set_handshake(const char *mode, guint times);

/* Answers 503 to handshakes for so long (virtual time); 0: no longer. */
void http_refuse_for(gint64 ms);

#endif
