/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Large files over HTTP (tests/server). */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif
#include "files.h"

#include <string.h>

#include "account.h"
#include "clock.h"
#include "event.h"

#define JSON       "application/json; charset=utf-8"
#define VARY       "Vary: Accept-Encoding\r\n"
#define UPLOAD     FILES_PREFIX "u/"
#define DOWNLOAD   FILES_PREFIX "s/"
#define MAX_STORED (256u << 20)
#define LIFE_MS    3600000

typedef struct {
    GBytes *bytes;
    char *type;
    char *etag;
    gint64 stored_ms;
} File;

static GHashTable *files; /* path → File */
static gsize stored;
static guint last_file;

static void file_free(gpointer data)
{
    File *file = data;

    g_bytes_unref(file->bytes);
    g_free(file->type);
    g_free(file->etag);
    g_free(file);
}

void files_free(void)
{
    g_clear_pointer(&files, g_hash_table_destroy);
    files_set_mode(NULL, NULL);
    stored = 0;
}

static void refuse(Conn *conn, int status, const char *id, const char *text)
{
    http_answer_ctrl(conn, status, JSON, VARY, id, text, NULL, FALSE);
}

void files_refuse_large(Conn *conn)
{
    http_answer_ctrl(conn, 413, JSON, VARY, NULL, "too large", NULL, TRUE);
}

/* Whom the request comes from. NULL: *code and *text say what is wrong. */
static User *authenticate(const HttpRequest *request, int *code, const char **text)
{
    const char *header = g_hash_table_lookup(request->fields, "x-tinode-auth");
    const char *scheme = NULL;
    const char *secret = NULL;
    g_auto(GStrv) words = NULL;
    User *user = NULL;

    *code = 401;
    *text = "authentication required";
    if (header == NULL)
        header = g_hash_table_lookup(request->fields, "authorization");
    if (header != NULL) {
        words = g_strsplit(header, " ", 2);
        scheme = words[0];
        secret = words[0] == NULL ? NULL : words[1];
    } else {
        scheme = g_hash_table_lookup(request->query, "auth");
        secret = g_hash_table_lookup(request->query, "secret");
    }
    if (scheme == NULL || secret == NULL)
        return NULL;
    if (g_ascii_strcasecmp(scheme, "token") == 0)
        user = account_by_token(secret, code);
    else if (g_ascii_strcasecmp(scheme, "basic") == 0)
        user = account_by_password(secret, code);
    if (user == NULL)
        *text = *code == 400 ? "malformed" : "authentication failed";
    return user;
}

/* ---- upload ---- */

typedef struct {
    char *id;
    const guint8 *data;
    gsize len;
    char *type;
} Form;

static char *attribute(const char *head, const char *name)
{
    g_autofree char *start = g_strdup_printf("%s=\"", name);
    const char *at = strstr(head, start);
    const char *end;

    if (at == NULL)
        return NULL;
    at += strlen(start);
    end = strchr(at, '"');
    return end == NULL ? NULL : g_strndup(at, (gsize)(end - at));
}

static void take_part(Form *form, const char *head, const guint8 *data, gsize len)
{
    g_autofree char *name = attribute(head, " name");
    g_autofree char *lower = g_ascii_strdown(head, -1);
    const char *type = strstr(lower, "content-type:");

    if (g_strcmp0(name, "id") == 0 && len < 64) {
        g_free(form->id);
        form->id = g_strndup((const char *)data, len);
    } else if (g_strcmp0(name, "file") == 0) {
        form->data = data;
        form->len = len;
        g_free(form->type);
        form->type = NULL;
        if (type != NULL) {
            type += strlen("content-type:");
            form->type = g_strndup(type, strcspn(type, "\r\n"));
            g_strstrip(form->type);
        }
    }
}

/* Takes the parts of multipart/form-data. FALSE: it is something else. */
static gboolean read_form(const HttpRequest *request, Form *form)
{
    const char *type = g_hash_table_lookup(request->fields, "content-type");
    const char *at = type == NULL ? NULL : strstr(type, "boundary=");
    const guint8 *data = request->body;
    const guint8 *end = data + request->body_len;
    g_autofree char *mark = NULL;
    gsize mark_len;

    if (at == NULL || !g_str_has_prefix(type, "multipart/form-data"))
        return FALSE;
    at += strlen("boundary=");
    mark = *at == '"' ? g_strdup_printf("--%.*s", (int)strcspn(at + 1, "\""), at + 1)
                      : g_strdup_printf("--%.*s", (int)strcspn(at, "; "), at);
    mark_len = strlen(mark);
    data = memmem(data, request->body_len, mark, mark_len);
    while (data != NULL && (gsize)(end - data) > mark_len + 2 && data[mark_len] == '\r') {
        const guint8 *head = data + mark_len + 2;
        const guint8 *body = memmem(head, (gsize)(end - head), "\r\n\r\n", 4);
        const guint8 *next;
        g_autofree char *head_text = NULL;

        if (body == NULL)
            return FALSE;
        head_text = g_strndup((const char *)head, (gsize)(body - head));
        body += 4;
        next = memmem(body, (gsize)(end - body), mark, mark_len);
        if (next == NULL || next - body < 2)
            return FALSE;
        take_part(form, head_text, body, (gsize)(next - body) - 2);
        data = next;
    }
    return TRUE;
}

static const char *sniff(const Form *form)
{
    static const guint8 png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    if (form->len >= sizeof png && memcmp(form->data, png, sizeof png) == 0)
        return "image/png";
    if (form->len >= 3 && memcmp(form->data, "\xff\xd8\xff", 3) == 0)
        return "image/jpeg";
    if (form->len >= 4 && memcmp(form->data, "GIF8", 4) == 0)
        return "image/gif";
    if (memchr(form->data, '\0', form->len) == NULL)
        return "text/plain";
    return form->type != NULL ? form->type : "application/octet-stream";
}

static const char *extension(const char *type)
{
    return strcmp(type, "image/png") == 0    ? ".png"
           : strcmp(type, "image/jpeg") == 0 ? ".jpg"
           : strcmp(type, "image/gif") == 0  ? ".gif"
           : strcmp(type, "text/plain") == 0 ? ".txt"
                                             : "";
}

static char *odd_mode, *elsewhere;

gboolean files_set_mode(const char *mode, const char *where)
{
    static const char *const modes[] = {"half", "silent", "307", NULL};

    if (mode != NULL && !g_strv_contains(modes, mode))
        return FALSE;
    g_free(odd_mode);
    g_free(elsewhere);
    odd_mode = g_strdup(mode);
    elsewhere = g_strdup(where);
    return TRUE;
}

static gboolean is_odd(const char *mode)
{
    return g_strcmp0(odd_mode, mode) == 0;
}

char *files_look(const char *path, gsize *len)
{
    const File *file = files != NULL ? g_hash_table_lookup(files, path) : NULL;

    if (file == NULL)
        return NULL;
    *len = g_bytes_get_size(file->bytes);
    return g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, file->bytes);
}

/* Its path, owned by the table. */
static const char *keep(const Form *form)
{
    const char *type = sniff(form);
    File *file = g_new0(File, 1);
    g_autofree char *etag = g_compute_checksum_for_data(G_CHECKSUM_SHA256, form->data, form->len);
    char *path = g_strdup_printf("%s%.8s%06u%s", DOWNLOAD, etag, ++last_file, extension(type));

    file->bytes = g_bytes_new(form->data, form->len);
    file->type = g_strdup(type);
    file->etag = g_strdup_printf("\"%.16s\"", etag);
    file->stored_ms = clock_now_ms();
    stored += form->len;
    if (files == NULL)
        files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, file_free);
    g_hash_table_insert(files, path, file);
    return path;
}

char *files_put(const void *bytes, gsize len, const char *type)
{
    const Form form = {.data = bytes, .len = len, .type = (char *)type};

    return g_strdup(keep(&form));
}

static void store(Conn *conn, const Form *form)
{
    const char *path = keep(form);
    g_autofree char *expires = clock_format(clock_now_ms() + LIFE_MS);

    expires[strlen(expires) - 1] = '\0';
    http_answer_ctrl(conn, 200, JSON, VARY, form->id, "ok",
                     json_pack("{s:s, s:s}", "url", path, "expires", expires), FALSE);
}

static void redirect(Conn *conn)
{
    g_autofree char *extra = g_strdup_printf("Location: %s\r\n", elsewhere);

    http_answer(conn, 307, "text/plain", extra, "", 0, FALSE);
}

static void upload(Conn *conn, const HttpRequest *request)
{
    Form form = {0};
    int code;
    const char *text;
    gboolean readable = read_form(request, &form);
    gboolean newcomer = g_strcmp0(g_hash_table_lookup(request->query, "topic"), "newacc") == 0;

    if (authenticate(request, &code, &text) == NULL && !newcomer)
        refuse(conn, code, form.id, text);
    else if (is_odd("silent"))
        event_say("upload", NULL, NULL, NULL, "silent", 0);
    else if (is_odd("307"))
        redirect(conn);
    else if (!readable || form.data == NULL)
        refuse(conn, 400, form.id, "malformed");
    else if (form.len > CONN_MAX_UPLOAD || stored + form.len > MAX_STORED)
        files_refuse_large(conn);
    else
        store(conn, &form);
    g_free(form.id);
    g_free(form.type);
}

/* ---- download ---- */

static gboolean is_attachment(const HttpRequest *request, const File *file)
{
    return g_hash_table_contains(request->query, "asatt") ||
           g_str_has_prefix(file->type, "text/") || g_str_has_prefix(file->type, "application/") ||
           strstr(file->type, "xml") != NULL;
}

static void download(Conn *conn, const HttpRequest *request)
{
    File *file = files == NULL ? NULL : g_hash_table_lookup(files, request->path);
    g_autoptr(GDateTime) when = NULL;
    g_autofree char *date = NULL;
    g_autofree char *extra = NULL;
    const char *match = g_hash_table_lookup(request->fields, "if-none-match");
    gsize len;
    const void *data;

    if (strcmp(request->method, "HEAD") == 0) {
        http_answer(conn, 200, NULL, VARY, NULL, 0, FALSE);
        return;
    }
    if (file == NULL) {
        refuse(conn, 404, NULL, "not found");
        return;
    }
    when = g_date_time_new_from_unix_utc(file->stored_ms / 1000);
    date = g_date_time_format(when, "%a, %d %b %Y %H:%M:%S GMT");
    extra = g_strdup_printf("Cache-Control: max-age=86400\r\nEtag: %s\r\nLast-Modified: %s\r\n%s",
                            file->etag, date, VARY);
    if (g_strcmp0(match, file->etag) == 0) {
        http_answer(conn, 304, NULL, extra, NULL, 0, FALSE);
        return;
    }
    data = g_bytes_get_data(file->bytes, &len);
    g_autofree char *all = g_strconcat(
        extra, "Accept-Ranges: bytes\r\n",
        is_attachment(request, file) ? "Content-Disposition: attachment\r\n" : "", NULL);

    if (is_odd("half"))
        http_answer_half(conn, file->type, all, data, len);
    else
        http_answer(conn, 200, file->type, all, data, len, FALSE);
}

void files_answer(Conn *conn, const HttpRequest *request)
{
    gboolean up = g_str_has_prefix(request->path, UPLOAD);
    gboolean get = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
    gboolean post = strcmp(request->method, "POST") == 0 || strcmp(request->method, "PUT") == 0;
    int code;
    const char *text;

    if (!http_has_key(request))
        refuse(conn, 403, NULL, "valid API key required");
    else if (up && post)
        upload(conn, request);
    else if (up || !get)
        refuse(conn, 405, NULL, packet_text(405));
    else if (authenticate(request, &code, &text) == NULL)
        refuse(conn, code, NULL, text);
    else
        download(conn, request);
}
