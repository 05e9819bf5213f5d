/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The HTTP exchanges of a transcript (tests/server). Part of test-play.h. */
#ifndef TEST_PLAY_HTTP_H
#define TEST_PLAY_HTTP_H

/* One HTTP exchange on a connection of its own. Returns the whole answer, read until the body is
 * complete or the server ends; NULL: none. *head_len is where the body begins. */
static GByteArray *wire_http(guint16 port, const char *head, const void *body, gsize body_len,
                             gsize *head_len)
{
    gint64 deadline = wire_now_ms() + WIRE_DEADLINE_MS;
    int fd = wire_dial(port);
    g_autoptr(GByteArray) in = g_byte_array_new();
    gsize want = G_MAXSIZE;
    guint8 chunk[16384];
    gssize n;

    *head_len = 0;
    if (fd < 0)
        return NULL;
    wire_write(fd, head, strlen(head));
    wire_write(fd, body, body_len);
    while (in->len < want && (n = wire_read(fd, chunk, sizeof chunk, deadline)) > 0) {
        const char *end;

        g_byte_array_append(in, chunk, (guint)n);
        end = *head_len != 0 ? NULL : g_strstr_len((const char *)in->data, in->len, "\r\n\r\n");
        if (end != NULL) {
            g_autofree char *lower =
                g_ascii_strdown((const char *)in->data, (gssize)(end - (const char *)in->data));
            const char *length = strstr(lower, "content-length:");

            *head_len = (gsize)(end - (const char *)in->data) + 4;
            want = *head_len;
            if (length != NULL)
                want += (gsize)g_ascii_strtoull(length + strlen("content-length:"), NULL, 10);
        }
    }
    close(fd);
    return *head_len == 0 ? NULL : g_steal_pointer(&in);
}

/* The body that a line describes in words. Caller frees. */
static GByteArray *http_body(const char *words)
{
    static const guint8 png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    GByteArray *out = g_byte_array_new();
    g_autoptr(GByteArray) file = g_byte_array_new();
    g_autoptr(GString) head = g_string_new(NULL);
    gboolean text = words != NULL && strstr(words, "note.txt") != NULL;
    guint size = text ? 12 : words != NULL && strstr(words, "9 MiB") != NULL ? 9u << 20 : 70;

    if (words == NULL)
        return out;
    if (text)
        g_byte_array_append(file, (const guint8 *)"hello there\n", 12);
    else
        g_byte_array_append(file, png, sizeof png);
    if (file->len < size) {
        guint from = file->len;

        g_byte_array_set_size(file, size);
        memset(file->data + from, 0, size - from);
    }
    if (strstr(words, "id=77") != NULL || strcmp(words, "same") == 0)
        g_string_append(head,
                        "--BOUNDARY\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n77\r\n");
    g_string_append_printf(head,
                           "--BOUNDARY\r\nContent-Disposition: form-data; name=\"file\"; "
                           "filename=\"%s\"\r\nContent-Type: %s\r\n\r\n",
                           text ? "note.txt" : "pic.png", text ? "text/plain" : "image/png");
    g_byte_array_append(out, (const guint8 *)head->str, (guint)head->len);
    g_byte_array_append(out, file->data, file->len);
    g_byte_array_append(out, (const guint8 *)"\r\n--BOUNDARY--\r\n", 16);
    return out;
}

/* Puts real values for TOKEN, ETAG, URLn into a piece of HTTP. Caller frees. */
static char *http_real(Play *play, const char *text, gboolean bad_token)
{
    g_autoptr(GString) out = g_string_new(text);
    const char *etag = g_hash_table_lookup(play->names.real, "ETAG");
    const char *token = bad_token ? "c2hvcnQ=" : play->names.token;

    if (strcmp(wire_key, WIRE_KEY) != 0)
        g_string_replace(out, WIRE_KEY, wire_key, 0);
    g_string_replace(out, "TOKEN", token == NULL ? "" : token, 0);
    g_string_replace(out, "ETAG", etag == NULL ? "" : etag, 0);
    for (guint n = 3; n > 0; n--) {
        g_autofree char *name = g_strdup_printf("URL%u", n);
        const char *url = g_hash_table_lookup(play->names.real, name);

        g_string_replace(out, name, url == NULL ? "/v0/file/s/nosuch.png" : url, 0);
    }
    return g_strdup(out->str);
}

static void compare_fields(Play *play, json_t *fields, const char *head)
{
    const char *name;
    json_t *value;

    json_object_foreach (fields, name, value) {
        g_autofree char *mark = g_strdup_printf("\r\n%s: ", name);
        g_autofree char *lower = g_ascii_strdown(mark, -1);
        g_autofree char *all = g_ascii_strdown(head, -1);
        const char *at = strstr(all, lower);
        g_autofree char *got = NULL;
        const char *want = json_string_value(value);

        if (at != NULL) {
            at = head + (at - all) + strlen(mark);
            got = g_strndup(at, strcspn(at, "\r"));
        }
        if (got != NULL && strcmp(want, "ETAG") == 0)
            names_add(&play->names, "ETAG", got);
        else if (got == NULL || (strcmp(want, "TS") != 0 && strcmp(want, got) != 0))
            complain(play, "header %s: recorded %s, came %s", name, want,
                     got == NULL ? "none" : got);
    }
}

static void compare_answer(Play *play, json_t *want, const GByteArray *answer, gsize head_len)
{
    g_autofree char *head = g_strndup((const char *)answer->data, head_len);
    json_t *body = json_object_get(want, "body");
    int status = (int)g_ascii_strtoll(head + strlen("HTTP/1.1 "), NULL, 10);
    gsize len = answer->len - head_len;

    if (status != json_integer_value(json_object_get(want, "status")))
        complain(play, "status %d", status);
    compare_fields(play, json_object_get(want, "headers"), head);
    if (json_object_get(body, "bytes") != NULL) {
        if ((json_int_t)len != json_integer_value(json_object_get(body, "bytes")))
            complain(play, "a body of %u bytes", (unsigned)len);
    } else {
        json_t *got = json_loadb((const char *)answer->data + head_len, len, 0, NULL);
        json_t *named = got == NULL ? json_null() : names_to_file(&play->names, NULL, got);
        g_autofree char *a = as_text(body);
        g_autofree char *b = as_text(named);

        if (strcmp(a, b) != 0)
            complain(play, "body\n  recorded %s\n  came     %s", a, b);
        json_decref(named);
        json_decref(got);
    }
}

/* A request and, in the next line, its answer. */
static void play_http(Play *play, json_t *asked, json_t *answered)
{
    json_t *request = json_object_get(asked, "http");
    json_t *want = json_object_get(answered, "http");
    /* The only 400 among files is that of a token which is too short. */
    gboolean bad_token = json_integer_value(json_object_get(want, "status")) == 400;
    g_autofree char *path = http_real(play, text_of(request, "path"), FALSE);
    g_autoptr(GString) head = g_string_new(NULL);
    g_autoptr(GByteArray) body = http_body(text_of(request, "body"));
    g_autoptr(GByteArray) answer = NULL;
    gsize head_len;
    const char *name;
    json_t *value;

    g_string_printf(head, "%s %s HTTP/1.1\r\nHost: %s\r\n", text_of(request, "method"), path,
                    wire_host);
    json_object_foreach (json_object_get(request, "headers"), name, value) {
        g_autofree char *real = http_real(play, json_string_value(value), bad_token);

        g_string_append_printf(head, "%s: %s\r\n", name, real);
    }
    g_string_append_printf(head, "Content-Length: %u\r\n\r\n", body->len);
    answer = wire_http(play->server.port, head->str, body->data, body->len, &head_len);
    if (answer == NULL)
        complain(play, "no answer");
    else
        compare_answer(play, want, answer, head_len);
}

#endif
