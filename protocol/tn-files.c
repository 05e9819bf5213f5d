/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-files.c: uploads and downloads as Tinode wants them, over the transport's HTTP. Part of
 * protocol/; sees no socket.
 */
#include "tn-files.h"

#include <string.h>

#include "tn-codec.h"
#include "tn-ref.h"

#define UPLOAD_PATH   "/v0/file/u/"
#define MAX_REDIRECTS 3
#define MAX_ANSWER    65536 /* of an upload: one {ctrl} */
#define MAX_NAME      200   /* file systems take 255 bytes; a client may add to it */
#define MAX_MIME      100

struct _TnFile {
    TnTransport *transport;
    TnFileEvents events;
    gpointer user_data;
    TnHttp *http;
    guint step;     /* source: the end is due, or the next request */
    TnRef own, ref; /* the server's root; what is asked for now */
    char *ca_file;
    char *api_key, *token; /* secret */
    gboolean is_upload;
    guint n_redirects;
    guint total_ms;
    /* upload */
    GBytes *bytes;
    gssize (*read)(goffset offset, guint8 *buffer, gsize size, gpointer user_data);
    GString *head; /* of the multipart body */
    char *boundary, *tail;
    goffset size, sent; /* of the file; of the whole body */
    /* download */
    goffset limit, told; /* told: -1 unknown */
    goffset got;
    /* the answer */
    int status;
    gboolean is_moved;
    GByteArray *answer; /* of an upload, or of a download without received() */
    TnFailure why;      /* of a file that ended before or without HTTP's end */
    guint depth;        /* events that are being told */
    gboolean is_dead;   /* cancelled by one of them: goes when they are over */
};

static void request(TnFile *file);

static void file_free(TnFile *file)
{
    if (file->http != NULL)
        file->transport->klass->http_cancel(file->transport, file->http);
    if (file->step != 0)
        g_source_remove(file->step);
    tn_ref_clear(&file->own);
    tn_ref_clear(&file->ref);
    tn_secret_free(file->api_key);
    tn_secret_free(file->token);
    g_free(file->ca_file);
    if (file->bytes != NULL)
        g_bytes_unref(file->bytes);
    if (file->head != NULL)
        g_string_free(file->head, TRUE);
    g_free(file->boundary);
    g_free(file->tail);
    g_byte_array_unref(file->answer);
    g_free(file);
}

void tn_file_cancel(TnFile *file)
{
    if (file == NULL)
        return;
    if (file->depth == 0) {
        file_free(file);
        return;
    }
    file->is_dead = TRUE;
    if (file->http != NULL)
        file->transport->klass->http_cancel(file->transport, g_steal_pointer(&file->http));
}

/* Around what may cancel the file. FALSE: it is gone. */
static gboolean leave(TnFile *file)
{
    if (--file->depth > 0 || !file->is_dead)
        return !file->is_dead;
    file_free(file);
    return FALSE;
}

void tn_file_resume(TnFile *file)
{
    if (file->http != NULL)
        file->transport->klass->http_resume(file->transport, file->http);
}

/* Ends ----------------------------------------------------------------------------------------- */

static void tell(TnFile *file, const TnFileResult *result)
{
    void (*ended)(const TnFileResult *, gpointer) = file->events.ended;
    gpointer user_data = file->user_data;

    file_free(file);
    ended(result, user_data);
}

static void fail(TnFile *file, TnError error, TnCause cause, int code, const char *detail)
{
    const TnFailure why = {.error = error, .cause = cause, .code = code, .detail = detail};
    const TnFileResult result = {.why = &why, .size = file->is_upload ? file->sent : file->got};

    tell(file, &result);
}

static gboolean on_fail(gpointer user_data)
{
    TnFile *file = user_data;

    file->step = 0;
    fail(file, file->why.error, file->why.cause, file->why.code, file->why.detail);
    return G_SOURCE_REMOVE;
}

/* From inside HTTP's events, or before there was a request. detail is static. */
static void fail_soon(TnFile *file, TnError error, TnCause cause, int code, const char *detail)
{
    if (file->http != NULL)
        file->transport->klass->http_cancel(file->transport, g_steal_pointer(&file->http));
    file->why = (TnFailure){.error = error, .cause = cause, .code = code, .detail = detail};
    if (file->step == 0)
        file->step = g_timeout_add(0, on_fail, file);
}

/* By HTTP status; foreign hosts know nothing of our key. */
static void fail_by_status(TnFile *file)
{
    const gboolean is_own = tn_ref_is_same_origin(&file->ref, &file->own);
    TnError error = TN_ERROR_PERMANENT;
    TnCause cause = TN_CAUSE_SERVER;

    switch (file->status) {
    case 401:
        error = TN_ERROR_AUTH;
        break;
    case 403:
        error = TN_ERROR_FORBIDDEN;
        cause = is_own ? TN_CAUSE_API_KEY : TN_CAUSE_SERVER;
        break;
    case 404:
    case 410:
        error = TN_ERROR_GONE;
        break;
    case 413:
        cause = TN_CAUSE_TOO_LARGE;
        break;
    case 503:
        error = TN_ERROR_OVERLOAD;
        break;
    default:
        if (file->status >= 500)
            error = TN_ERROR_TRANSIENT;
        break;
    }
    fail(file, error, cause, file->status, "the server refused");
}

static void uploaded(TnFile *file)
{
    g_autoptr(TnPacket) packet =
        tn_packet_decode((const char *)file->answer->data, file->answer->len, NULL);
    const char *ref = packet != NULL && packet->kind == TN_PACKET_CTRL ? packet->ctrl.url : NULL;
    TnFileResult result = {.ref = ref, .size = file->size};
    TnRef parsed = {0};

    if (ref == NULL || !tn_ref_resolve(&file->ref, ref, &parsed)) {
        fail(file, TN_ERROR_TRANSIENT, TN_CAUSE_MALFORMED, file->status, "no address of the file");
        return;
    }
    tn_ref_clear(&parsed);
    tell(file, &result);
}

static void downloaded(TnFile *file)
{
    g_autoptr(GBytes) bytes = NULL;
    TnFileResult result = {.size = file->got};

    if (file->events.received == NULL) {
        bytes = g_bytes_new(file->answer->data, file->answer->len);
        result.bytes = bytes;
    }
    tell(file, &result);
}

static void on_ended(const TnFailure *why, gpointer user_data)
{
    TnFile *file = user_data;
    const TnFileResult result = {.why = why, .size = file->is_upload ? file->sent : file->got};

    file->http = NULL;
    if (why != NULL)
        tell(file, &result);
    else if (file->is_moved)
        request(file);
    else if (file->status < 200 || file->status > 299)
        fail_by_status(file);
    else if (file->is_upload)
        uploaded(file);
    else
        downloaded(file);
}

/* The answer ----------------------------------------------------------------------------------- */

static gboolean is_redirect(const TnFile *file, int status)
{
    return status == 307 || status == 308 ||
           (!file->is_upload && (status == 301 || status == 302 || status == 303));
}

static void move(TnFile *file, const TnHttpAnswer *answer)
{
    TnRef next = {0};

    if (++file->n_redirects > MAX_REDIRECTS) {
        fail_soon(file, TN_ERROR_PERMANENT, TN_CAUSE_SERVER, answer->status, "too many redirects");
    } else if (!tn_ref_resolve(&file->ref, answer->location, &next)) {
        fail_soon(file, TN_ERROR_PERMANENT, TN_CAUSE_SERVER, answer->status,
                  "a redirect to nowhere");
    } else if (file->ref.use_tls && !next.use_tls) {
        fail_soon(file, TN_ERROR_PERMANENT, TN_CAUSE_SERVER, answer->status,
                  "a redirect from TLS to plain");
        tn_ref_clear(&next);
    } else {
        tn_ref_clear(&file->ref);
        file->ref = next;
        file->is_moved = TRUE;
    }
}

static void on_answered(const TnHttpAnswer *answer, gpointer user_data)
{
    TnFile *file = user_data;

    file->status = answer->status;
    file->told = answer->length;
    if (is_redirect(file, answer->status))
        move(file, answer);
    else if (!file->is_upload && answer->status == 200 && answer->length > file->limit)
        fail_soon(file, TN_ERROR_PERMANENT, TN_CAUSE_TOO_LARGE, 0, "larger than we take");
}

static void gather(TnFile *file, const guint8 *bytes, gsize length)
{
    if (file->answer->len + length > MAX_ANSWER)
        fail_soon(file, TN_ERROR_TRANSIENT, TN_CAUSE_MALFORMED, file->status, "an endless answer");
    else
        g_byte_array_append(file->answer, bytes, (guint)length);
}

static void take_piece(TnFile *file, const guint8 *bytes, gsize length)
{
    if (file->got + (goffset)length > file->limit) {
        fail_soon(file, TN_ERROR_PERMANENT, TN_CAUSE_TOO_LARGE, 0, "larger than we take");
        return;
    }
    file->got += (goffset)length;
    file->depth++;
    if (file->events.received != NULL)
        file->events.received(bytes, length, file->user_data);
    else
        g_byte_array_append(file->answer, bytes, (guint)length);
    if (!file->is_dead && file->events.progress != NULL)
        file->events.progress(file->got, file->told, file->user_data);
    leave(file);
}

static void on_received(const guint8 *bytes, gsize length, gpointer user_data)
{
    TnFile *file = user_data;

    if (file->is_upload || file->is_moved || file->status < 200 || file->status > 299)
        gather(file, bytes, length);
    else
        take_piece(file, bytes, length);
}

/* The body of an upload ------------------------------------------------------------------------ */

static gssize copy_part(guint8 *buffer, gsize size, const char *text, gsize length, goffset from)
{
    const gsize n = MIN(size, length - (gsize)from);

    memcpy(buffer, text + from, n);
    return (gssize)n;
}

static gssize read_file(TnFile *file, goffset from, guint8 *buffer, gsize size)
{
    size = (gsize)MIN((goffset)size, file->size - from);
    if (file->bytes == NULL)
        return file->read(from, buffer, size, file->user_data);
    memcpy(buffer, (const guint8 *)g_bytes_get_data(file->bytes, NULL) + from, size);
    return (gssize)size;
}

static gssize on_read(guint8 *buffer, gsize size, gpointer user_data)
{
    TnFile *file = user_data;
    const goffset begin = (goffset)file->head->len, end = begin + file->size;
    gssize n;

    file->depth++;
    if (file->sent < begin)
        n = copy_part(buffer, size, file->head->str, file->head->len, file->sent);
    else if (file->sent < end)
        n = read_file(file, file->sent - begin, buffer, size);
    else
        n = copy_part(buffer, size, file->tail, strlen(file->tail), file->sent - end);
    if (n > 0 && !file->is_dead) {
        file->sent += n;
        if (file->events.progress != NULL && file->sent > begin)
            file->events.progress(MIN(file->sent - begin, file->size), file->size, file->user_data);
    }
    return leave(file) ? n : -1;
}

/* Asking --------------------------------------------------------------------------------------- */

static void request(TnFile *file)
{
    static const TnHttpEvents events = {on_read, on_answered, on_received, on_ended};
    const gboolean is_own = tn_ref_is_same_origin(&file->ref, &file->own);
    g_autofree char *auth = g_strconcat("Token ", file->token, NULL);
    g_autofree char *type = NULL;
    TnHttpHeader headers[3];
    TnHttpRequest http = {
        .host = file->ref.host,
        .port = file->ref.port,
        .use_tls = file->ref.use_tls,
        .ca_file = file->ca_file,
        .method = file->is_upload ? "POST" : "GET",
        .path = file->ref.path,
        .headers = headers,
        .body_length = -1,
        .total_ms = file->total_ms,
    };

    if (is_own) {
        headers[http.n_headers++] = (TnHttpHeader){"X-Tinode-APIKey", file->api_key};
        headers[http.n_headers++] = (TnHttpHeader){"X-Tinode-Auth", auth};
    }
    if (file->is_upload) {
        type = g_strconcat("multipart/form-data; boundary=", file->boundary, NULL);
        headers[http.n_headers++] = (TnHttpHeader){"Content-Type", type};
        http.body_length = (goffset)(file->head->len + strlen(file->tail)) + file->size;
    }
    file->sent = file->got = 0;
    file->told = -1;
    file->status = 0;
    file->is_moved = FALSE;
    g_byte_array_set_size(file->answer, 0);
    file->http = file->transport->klass->http_start(file->transport, &http, &events, file);
    explicit_bzero(auth, strlen(auth));
}

static TnFile *file_new(TnTransport *transport, const TnFileServer *server,
                        const TnFileEvents *events, gpointer user_data)
{
    TnFile *file;

    if (transport->klass->http_start == NULL)
        return NULL;
    file = g_new0(TnFile, 1);
    file->transport = transport;
    file->events = *events;
    file->user_data = user_data;
    file->own = (TnRef){g_strdup(server->host), server->port, server->use_tls, g_strdup("/")};
    file->ca_file = g_strdup(server->ca_file);
    file->api_key = g_strdup(server->api_key != NULL ? server->api_key : "");
    file->token = g_strdup(server->token != NULL ? server->token : "");
    file->answer = g_byte_array_new();
    return file;
}

/* What stands in the head of a part, between quotes. */
static void append_quoted(GString *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            g_string_append_printf(out, "%%%02X", (guint)*text);
        else if ((guint8)*text >= ' ' && *text != 0x7f)
            g_string_append_c(out, *text);
    }
}

static gboolean is_mime(const char *mime)
{
    return mime != NULL && strlen(mime) <= MAX_MIME && strchr(mime, '/') != NULL &&
           strspn(mime, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                        "!#$&^_.+-/") == strlen(mime);
}

static void make_body(TnFile *file, const TnUpload *upload)
{
    g_autofree char *name = tn_file_clean_name(upload->name);

    /* No file holds what is drawn only now. */
    file->boundary = g_strdup_printf("----tinode%08x%08x%08x%08x", g_random_int(), g_random_int(),
                                     g_random_int(), g_random_int());
    file->head = g_string_new("--");
    g_string_append_printf(file->head,
                           "%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"",
                           file->boundary);
    append_quoted(file->head, name);
    g_string_append_printf(file->head, "\"\r\nContent-Type: %s\r\n\r\n",
                           is_mime(upload->mime) ? upload->mime : "application/octet-stream");
    file->tail = g_strdup_printf("\r\n--%s--\r\n", file->boundary);
}

TnFile *tn_file_upload(TnTransport *transport, const TnFileServer *server, const TnUpload *upload,
                       const TnFileEvents *events, gpointer user_data)
{
    TnFile *file = file_new(transport, server, events, user_data);

    if (file == NULL)
        return NULL;
    file->is_upload = TRUE;
    file->size = upload->size;
    file->bytes = upload->bytes != NULL ? g_bytes_ref(upload->bytes) : NULL;
    file->read = upload->read;
    make_body(file, upload);
    if (tn_ref_resolve(&file->own, UPLOAD_PATH, &file->ref))
        request(file);
    return file;
}

TnFile *tn_file_download(TnTransport *transport, const TnFileServer *server, const char *ref,
                         goffset limit, guint total_ms, const TnFileEvents *events,
                         gpointer user_data)
{
    TnFile *file = file_new(transport, server, events, user_data);

    if (file == NULL)
        return NULL;
    file->limit = limit;
    file->total_ms = total_ms;
    if (!tn_ref_resolve(&file->own, ref, &file->ref) ||
        !tn_ref_is_same_origin(&file->own, &file->ref))
        fail_soon(file, TN_ERROR_FORBIDDEN, TN_CAUSE_CONFIG, 0, "not a file of this server");
    else
        request(file);
    return file;
}

gboolean tn_file_is_own(const TnFileServer *server, const char *ref)
{
    const TnRef own = {(char *)server->host, server->port, server->use_tls, NULL};
    TnRef parsed = {0};
    gboolean is_own;

    if (!tn_ref_resolve(&own, ref, &parsed))
        return FALSE;
    is_own = tn_ref_is_same_origin(&own, &parsed);
    tn_ref_clear(&parsed);
    return is_own;
}

/* Marks that turn the direction of what follows hide an extension. */
static gboolean is_fit_for_name(gunichar c)
{
    return !g_unichar_iscntrl(c) && c != '<' && c != '>' && c != '"' && c != '&' && c != '|' &&
           c != '*' && c != '?' && c != ':' && g_unichar_type(c) != G_UNICODE_FORMAT &&
           c != 0x2028 && c != 0x2029 && c != 0xfffd;
}

char *tn_file_clean_name(const char *name)
{
    g_autofree char *valid = g_utf8_make_valid(name != NULL ? name : "", -1);
    g_autoptr(GString) out = g_string_new(NULL);
    const char *p = valid + strlen(valid);

    while (p > valid && p[-1] != '/' && p[-1] != '\\')
        p--;
    for (; *p != '\0'; p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);

        if (out->len + 4 > MAX_NAME)
            break;
        /* What is dropped must not uncover one of these as the first. */
        if (is_fit_for_name(c) && (out->len > 0 || (c != '.' && c != ' ' && c != '-')))
            g_string_append_unichar(out, c);
    }
    g_strchomp(out->str);
    return g_strdup(out->str[0] != '\0' ? out->str : "file");
}
