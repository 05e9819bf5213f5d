/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTTP requests: handshake and refusals (tests/server). */
#include "http.h"

#include <string.h>

#include "clock.h"
#include "files.h"
#include "packet.h"
#include "ws.h"

#define MAX_HEAD   16384
#define MAX_FIELDS 100
#define PLAIN      "text/plain; charset=utf-8"
#define JSON       "application/json; charset=utf-8"
#define CHANNELS   "/v0/channels"

static char *odd_mode;
static guint odd_times;
static gboolean odd_forever;
static gint64 refuse_until_ms;

gboolean http_set_handshake(const char *mode, guint times)
{
    static const char *const modes[] = {
        "silent", "close", "half", "reset-after-101", "silent-after-101", "200", "301",
        "403",    "503",   NULL};

    if (mode != NULL && !g_strv_contains(modes, mode))
        return FALSE;
    g_free(odd_mode);
    odd_mode = g_strdup(mode);
    odd_times = times;
    odd_forever = times == 0;
    return TRUE;
}

void http_refuse_for(gint64 ms)
{
    refuse_until_ms = ms == 0 ? 0 : clock_now_ms() + ms;
}

static const char *reason(int status)
{
    switch (status) {
    case 101:
        return "Switching Protocols";
    case 200:
        return "OK";
    case 301:
        return "Moved Permanently";
    case 304:
        return "Not Modified";
    case 307:
        return "Temporary Redirect";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 411:
        return "Length Required";
    case 413:
        return "Request Entity Too Large";
    case 503:
        return "Service Unavailable";
    default:
        return "Internal Server Error";
    }
}

static void put_answer(Conn *conn, int status, const char *type, const char *extra,
                       const void *body, gsize told, gsize len, gboolean close)
{
    GByteArray *out = g_byte_array_new();
    g_autofree char *date = NULL;
    g_autofree char *head = NULL;
    g_autofree char *type_line =
        type == NULL ? g_strdup("") : g_strdup_printf("Content-Type: %s\r\n", type);
    g_autofree char *length_line =
        status == 304 || (type == NULL && told == 0)
            ? g_strdup("")
            : g_strdup_printf("Content-Length: %" G_GSIZE_FORMAT "\r\n", told);
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autoptr(GBytes) bytes = NULL;

    date = g_date_time_format(now, "%a, %d %b %Y %H:%M:%S GMT");
    head = g_strdup_printf("HTTP/1.1 %d %s\r\n%s%s%sDate: %s\r\n%s\r\n", status, reason(status),
                           type_line, length_line, extra == NULL ? "" : extra, date,
                           close ? "Connection: close\r\n" : "");
    g_byte_array_append(out, (const guint8 *)head, (guint)strlen(head));
    if (len > 0)
        g_byte_array_append(out, body, (guint)len);
    bytes = g_byte_array_free_to_bytes(out);
    conn_write(conn, bytes);
    if (close)
        conn_close(conn, 0);
}

void http_answer(Conn *conn, int status, const char *type, const char *extra, const void *body,
                 gsize len, gboolean close)
{
    put_answer(conn, status, type, extra, body, len, len, close);
}

void http_answer_half(Conn *conn, const char *type, const char *extra, const void *body, gsize len)
{
    put_answer(conn, 200, type, extra, body, len, len / 2, FALSE);
}

void http_answer_ctrl(Conn *conn, int status, const char *type, const char *extra, const char *id,
                      const char *text, json_t *params, gboolean close)
{
    json_t *ctrl = packet_ctrl(id, NULL, status, text, params);
    char *body = json_dumps(ctrl, JSON_COMPACT);

    http_answer(conn, status, type, extra, body, strlen(body), close);
    free(body);
    json_decref(ctrl);
}

static void request_clear(HttpRequest *request)
{
    g_free(request->method);
    g_free(request->path);
    g_clear_pointer(&request->query, g_hash_table_unref);
    g_clear_pointer(&request->fields, g_hash_table_unref);
}

static void parse_target(HttpRequest *request, const char *target)
{
    const char *mark = strchr(target, '?');

    request->query = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    request->path = mark == NULL ? g_strdup(target) : g_strndup(target, (gsize)(mark - target));
    if (mark == NULL)
        return;
    g_auto(GStrv) pairs = g_strsplit(mark + 1, "&", MAX_FIELDS);

    for (guint i = 0; pairs[i] != NULL; i++) {
        char *equals = strchr(pairs[i], '=');
        char *value;

        if (equals == NULL)
            continue;
        *equals = '\0';
        value = g_uri_unescape_string(equals + 1, NULL);
        g_hash_table_insert(request->query, g_strdup(pairs[i]),
                            value == NULL ? g_strdup("") : value);
    }
}

static gboolean parse_head(HttpRequest *request, const char *head)
{
    g_auto(GStrv) lines = g_strsplit(head, "\r\n", MAX_FIELDS + 2);
    g_auto(GStrv) words = g_strsplit(lines[0] == NULL ? "" : lines[0], " ", 4);

    if (g_strv_length(words) != 3 || !g_str_has_prefix(words[2], "HTTP/1."))
        return FALSE;
    request->method = g_strdup(words[0]);
    parse_target(request, words[1]);
    request->fields = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint i = 1; lines[i] != NULL && i <= MAX_FIELDS; i++) {
        char *colon = strchr(lines[i], ':');

        if (colon == NULL)
            continue;
        *colon = '\0';
        g_hash_table_insert(request->fields, g_ascii_strdown(lines[i], -1),
                            g_strdup(g_strstrip(colon + 1)));
    }
    return TRUE;
}

gboolean http_has_key(const HttpRequest *request)
{
    const char *key = g_hash_table_lookup(request->fields, "x-tinode-apikey");

    if (key == NULL)
        key = g_hash_table_lookup(request->query, "apikey");
    return g_strcmp0(key, HTTP_API_KEY) == 0;
}

static gboolean has_word(const HttpRequest *request, const char *field, const char *word)
{
    const char *value = g_hash_table_lookup(request->fields, field);
    g_autofree char *lower = value == NULL ? NULL : g_ascii_strdown(value, -1);

    return lower != NULL && strstr(lower, word) != NULL;
}

static void send_switch(Conn *conn, const char *key)
{
    g_autofree char *accept = ws_accept_key(key);
    g_autofree char *head = g_strdup_printf("HTTP/1.1 101 Switching Protocols\r\n"
                                            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                                            "Sec-WebSocket-Accept: %s\r\n\r\n",
                                            accept);
    g_autoptr(GBytes) bytes = g_bytes_new(head, strlen(head));

    conn_write(conn, bytes);
}

/* An ending that was ordered. TRUE: this handshake is dealt with. */
static gboolean odd_handshake(Conn *conn, const char *key)
{
    g_autofree char *mode = NULL;
    g_autoptr(GBytes) half = NULL;

    if (odd_mode == NULL)
        return FALSE;
    mode = g_strdup(odd_mode);
    if (!odd_forever && --odd_times == 0)
        g_clear_pointer(&odd_mode, g_free);
    if (strcmp(mode, "close") == 0) {
        conn_abort(conn, FALSE);
    } else if (strcmp(mode, "half") == 0) {
        half = g_bytes_new_static("HTTP/1.1 101 Switching Pro", 26);
        conn_write(conn, half);
        conn_close(conn, 0);
    } else if (strcmp(mode, "reset-after-101") == 0) {
        send_switch(conn, key);
        conn_abort(conn, TRUE);
    } else if (strcmp(mode, "silent-after-101") == 0) {
        send_switch(conn, key);
    } else if (strcmp(mode, "403") == 0) {
        http_answer_ctrl(conn, 403, PLAIN, NULL, NULL, "valid API key required", NULL, TRUE);
    } else if (strcmp(mode, "200") == 0) {
        http_answer(conn, 200, "text/html", NULL, "<html></html>\n", 14, TRUE);
    } else if (strcmp(mode, "301") == 0) {
        http_answer(conn, 301, "text/html", "Location: /elsewhere\r\n", "", 0, TRUE);
    } else if (strcmp(mode, "503") == 0) {
        http_answer(conn, 503, PLAIN, NULL, "busy\n", 5, TRUE);
    }
    /* "silent": no answer at all. */
    return TRUE;
}

static void handshake(Conn *conn, const HttpRequest *request)
{
    const char *key = g_hash_table_lookup(request->fields, "sec-websocket-key");

    if (!http_has_key(request)) {
        http_answer_ctrl(conn, 403, PLAIN, NULL, NULL, "valid API key required", NULL, FALSE);
        return;
    }
    if (strcmp(request->method, "GET") != 0) {
        http_answer_ctrl(conn, 405, PLAIN, NULL, NULL, "operation or method not allowed", NULL,
                         FALSE);
        return;
    }
    if (!has_word(request, "connection", "upgrade") || !has_word(request, "upgrade", "websocket") ||
        !has_word(request, "sec-websocket-version", "13") || key == NULL || strlen(key) != 24) {
        http_answer(conn, 400, PLAIN,
                    "Sec-Websocket-Version: 13\r\nX-Content-Type-Options: nosniff\r\n",
                    "Bad Request\n", 12, FALSE);
        return;
    }
    if (clock_now_ms() < refuse_until_ms) {
        http_answer(conn, 503, PLAIN, NULL, "busy\n", 5, TRUE);
        return;
    }
    if (odd_handshake(conn, key))
        return;
    send_switch(conn, key);
    conn_upgrade(conn);
}

static void answer(Conn *conn, const HttpRequest *request)
{
    if (strcmp(request->path, CHANNELS) == 0)
        handshake(conn, request);
    else if (g_str_has_prefix(request->path, FILES_PREFIX))
        files_answer(conn, request);
    else
        http_answer_ctrl(conn, 404, JSON, NULL, NULL, "not found", NULL, FALSE);
}

/* Length of the body; FALSE: refused, and answered. */
static gboolean body_length(Conn *conn, const HttpRequest *request, gsize *len)
{
    const char *text = g_hash_table_lookup(request->fields, "content-length");
    guint64 value = 0;

    if (g_hash_table_contains(request->fields, "transfer-encoding")) {
        http_answer(conn, 411, PLAIN, NULL, "length required\n", 16, TRUE);
        return FALSE;
    }
    if (text != NULL && !g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT, &value, NULL)) {
        http_answer(conn, 400, PLAIN, NULL, "bad length\n", 11, TRUE);
        return FALSE;
    }
    if (value > CONN_MAX_UPLOAD) {
        files_refuse_large(conn);
        return FALSE;
    }
    *len = (gsize)value;
    return TRUE;
}

gsize http_take(Conn *conn, const guint8 *data, gsize len)
{
    const char *end = g_strstr_len((const char *)data, (gssize)MIN(len, MAX_HEAD), "\r\n\r\n");
    g_autofree char *head = NULL;
    HttpRequest request = {0};
    gsize head_len;
    gsize total = 0;

    if (end == NULL) {
        if (len >= MAX_HEAD)
            conn_abort(conn, FALSE);
        return 0;
    }
    head_len = (gsize)(end - (const char *)data) + 4;
    head = g_strndup((const char *)data, head_len - 4);
    if (!parse_head(&request, head)) {
        http_answer(conn, 400, PLAIN, NULL, "bad request\n", 12, TRUE);
    } else if (body_length(conn, &request, &request.body_len) &&
               len - head_len >= request.body_len) {
        request.body = data + head_len;
        answer(conn, &request);
        total = head_len + request.body_len;
    }
    request_clear(&request);
    return total;
}
