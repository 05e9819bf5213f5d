/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-files.c: files over real sockets: what goes up and comes down, whom the credentials are
 * told, and every way in which a server can fail to play along.
 */
#include "support-client.h"
#include "support-web.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "protocol/tn-files.h"

#define NAME  "tinode.test" /* in the certificate */
#define TOKEN "c2VjcmV0IHRva2Vu"
#define KEY   "secretkey"
#define LARGE (3 * 1024 * 1024 + 17)
#define LIMIT (16 * 1024 * 1024)

typedef struct Fixture {
    Client *client;
    Web *web, *other; /* other: a foreign host */
    gboolean use_tls, uses_dialer;
    guint n_dials;
    TnFile *file;
    /* what is answered: the first page whose key is in the head */
    struct {
        const char *key;
        WebPage page;
    } pages[4];
    guint n_pages;
    GPtrArray *texts; /* to be freed */
    /* what came of it */
    guint n_ended, n_progress;
    goffset done, total;
    gboolean is_ok;
    TnError error;
    TnCause cause;
    int code;
    char *ref;
    GByteArray *got;
    GBytes *bytes;
    /* what the reader does */
    GBytes *source;
    guint n_reads, hold_at, fail_at;
    enum { CANCEL_NEVER, CANCEL_READ, CANCEL_PROGRESS, CANCEL_RECEIVED } cancel_in;
} Fixture;

static char *certs, *ca_file;

static int setup_all(void **state)
{
    const char *argv[] = {TEST_DATA_DIR "/../protocol/support-certs.sh", NULL, NULL};
    const char *here[] = {"127.0.0.1", NULL};
    int status = -1;

    (void)state;
    certs = g_dir_make_tmp("tinode-certs-XXXXXX", NULL);
    argv[1] = certs;
    if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status,
                      NULL) ||
        status != 0)
        return -1;
    ca_file = g_build_filename(certs, "ca.pem", NULL);
    fake_resolver_install();
    fake_resolver_add(NAME, here);
    fake_resolver_add("other.test", here);
    return 0;
}

static int teardown_all(void **state)
{
    GDir *dir = g_dir_open(certs, 0, NULL);
    const char *name;

    (void)state;
    end_idle_threads();
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(certs, name, NULL);

        remove(path);
    }
    g_dir_close(dir);
    remove(certs);
    g_free(certs);
    g_free(ca_file);
    fake_resolver_remove();
    return 0;
}

/* The dialer: to wherever the port says, as a proxy on this machine would. */
struct _TnDial {
    guint source, port;
    TnDialDone done;
    gpointer user_data;
};

static gboolean on_dial(gpointer user_data)
{
    TnDial *dial = user_data;
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons((guint16)dial->port)};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    TnDialDone done = dial->done;
    gpointer data = dial->user_data;

    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&where, sizeof(where)), 0);
    g_free(dial);
    done(fd, NULL, data);
    return G_SOURCE_REMOVE;
}

static gboolean is_needed(const char *host, guint16 port, gpointer data)
{
    (void)host;
    (void)port;
    return ((Fixture *)data)->uses_dialer;
}

static TnDial *dial(const char *host, guint16 port, TnDialDone done, gpointer user_data,
                    gpointer data)
{
    TnDial *self = g_new0(TnDial, 1);

    (void)host;
    ((Fixture *)data)->n_dials++;
    self->port = port;
    self->done = done;
    self->user_data = user_data;
    self->source = g_idle_add(on_dial, self);
    return self;
}

static void cancel_dial(TnDial *self)
{
    g_source_remove(self->source);
    g_free(self);
}

static const WebPage *find_page(const char *head, gpointer user_data)
{
    static const WebPage nothing = {.head = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n"};
    Fixture *f = user_data;

    for (guint i = 0; i < f->n_pages; i++) {
        if (strstr(head, f->pages[i].key) != NULL)
            return &f->pages[i].page;
    }
    return &nothing;
}

static void serve(Fixture *f, const char *key, WebMode mode, const char *head, GBytes *body)
{
    f->pages[f->n_pages].key = key;
    f->pages[f->n_pages++].page = (WebPage){mode, head, body};
}

static int setup(void **state, gboolean use_tls, gboolean uses_dialer)
{
    Fixture *f = g_new0(Fixture, 1);
    g_autofree char *good = g_build_filename(certs, "good.pem", NULL);
    const TnDialer dialer = {is_needed, dial, cancel_dial, f};
    guint8 *noise = g_malloc(LARGE);

    for (gsize i = 0; i < LARGE; i++)
        noise[i] = (guint8)((i * 2654435761u) >> 13);
    f->source = g_bytes_new_take(noise, LARGE);
    f->use_tls = use_tls;
    f->uses_dialer = uses_dialer;
    f->web = web_new(use_tls ? good : NULL);
    f->other = web_new(NULL);
    f->web->page = f->other->page = find_page;
    f->web->user_data = f->other->user_data = f;
    f->client = client_new();
    tn_transport_lws_set_dialer(f->client->transport, &dialer);
    tn_transport_lws_set_silence(8000);
    f->got = g_byte_array_new();
    f->texts = g_ptr_array_new_with_free_func(g_free);
    *state = f;
    return 0;
}

static int setup_plain(void **state)
{
    return setup(state, FALSE, FALSE);
}

static int setup_tls(void **state)
{
    return setup(state, TRUE, FALSE);
}

static int setup_proxy(void **state)
{
    return setup(state, FALSE, TRUE);
}

static int setup_proxy_tls(void **state)
{
    return setup(state, TRUE, TRUE);
}

static int teardown(void **state)
{
    Fixture *f = *state;

    tn_file_cancel(f->file);
    client_free(f->client);
    web_free(f->web);
    web_free(f->other);
    settle();
    g_byte_array_unref(f->got);
    g_ptr_array_unref(f->texts);
    g_clear_pointer(&f->bytes, g_bytes_unref);
    g_bytes_unref(f->source);
    g_free(f->ref);
    g_free(f);
    tn_transport_lws_set_silence(0);
    return 0;
}

/* Asking --------------------------------------------------------------------------------------- */

static void cancel_it(Fixture *f)
{
    tn_file_cancel(g_steal_pointer(&f->file));
}

static gssize on_read(goffset offset, guint8 *buffer, gsize size, gpointer user_data)
{
    Fixture *f = user_data;

    f->n_reads++;
    if (f->cancel_in == CANCEL_READ) {
        cancel_it(f);
        return 0;
    }
    if (f->n_reads == f->hold_at)
        return 0;
    if (f->n_reads == f->fail_at)
        return -1;
    memcpy(buffer, (const guint8 *)g_bytes_get_data(f->source, NULL) + offset, size);
    return (gssize)size;
}

static void on_progress(goffset done, goffset total, gpointer user_data)
{
    Fixture *f = user_data;

    f->n_progress++;
    f->done = done;
    f->total = total;
    if (f->cancel_in == CANCEL_PROGRESS)
        cancel_it(f);
}

static void on_received(const guint8 *bytes, gsize length, gpointer user_data)
{
    Fixture *f = user_data;

    g_byte_array_append(f->got, bytes, (guint)length);
    if (f->cancel_in == CANCEL_RECEIVED)
        cancel_it(f);
}

static void on_ended(const TnFileResult *result, gpointer user_data)
{
    Fixture *f = user_data;

    f->file = NULL;
    f->n_ended++;
    f->is_ok = result->why == NULL;
    f->error = result->why != NULL ? result->why->error : TN_OK;
    f->cause = result->why != NULL ? result->why->cause : TN_CAUSE_NONE;
    f->code = result->why != NULL ? result->why->code : 0;
    g_free(f->ref);
    f->ref = g_strdup(result->ref);
    g_clear_pointer(&f->bytes, g_bytes_unref);
    f->bytes = result->bytes != NULL ? g_bytes_ref(result->bytes) : NULL;
}

static TnFileServer server_of(const Fixture *f)
{
    return (TnFileServer){.host = NAME,
                          .port = f->web->port,
                          .use_tls = f->use_tls,
                          .ca_file = f->use_tls ? ca_file : NULL,
                          .api_key = KEY,
                          .token = TOKEN};
}

static void upload(Fixture *f, gsize size, gboolean is_read)
{
    static const TnFileEvents events = {on_progress, NULL, on_ended};
    const TnFileServer server = server_of(f);
    g_autoptr(GBytes) part = g_bytes_new_from_bytes(f->source, 0, size);
    const TnUpload what = {.name = "../a \"b\".png",
                           .mime = "image/png",
                           .size = (goffset)size,
                           .bytes = is_read ? NULL : part,
                           .read = is_read ? on_read : NULL};

    f->n_ended = 0;
    f->file = tn_file_upload(f->client->transport, &server, &what, &events, f);
}

static void download(Fixture *f, const char *ref, goffset limit, gboolean is_gathered)
{
    static const TnFileEvents stream = {on_progress, on_received, on_ended};
    static const TnFileEvents whole = {on_progress, NULL, on_ended};
    const TnFileServer server = server_of(f);

    f->n_ended = 0;
    g_byte_array_set_size(f->got, 0);
    f->file = tn_file_download(f->client->transport, &server, ref, limit, 0,
                               is_gathered ? &whole : &stream, f);
}

static void assert_failed(Fixture *f, TnError error, TnCause cause)
{
    WAIT(f->n_ended > 0);
    settle();
    assert_int_equal(f->n_ended, 1);
    assert_false(f->is_ok);
    assert_string_equal(tn_cause_name(f->cause), tn_cause_name(cause));
    assert_string_equal(tn_error_name(f->error), tn_error_name(error));
}

static void assert_done(Fixture *f)
{
    WAIT(f->n_ended > 0);
    if (!f->is_ok)
        fail_msg("%s %s %d", tn_error_name(f->error), tn_cause_name(f->cause), f->code);
}

static GBytes *static_bytes(const char *text)
{
    return g_bytes_new_static(text, strlen(text));
}

static void serve_upload(Fixture *f, const char *json)
{
    GBytes *body = static_bytes(json);

    serve(f, "POST /v0/file/u/", WEB_ANSWER, NULL, body);
}

static void release_pages(Fixture *f)
{
    for (guint i = 0; i < f->n_pages; i++)
        if (f->pages[i].page.body != NULL && f->pages[i].page.body != f->source)
            g_bytes_unref(f->pages[i].page.body);
    f->n_pages = 0;
}

#define DONE_JSON "{\"ctrl\":{\"code\":200,\"params\":{\"url\":\"/v0/file/s/abc.png\"}}}"

/* Upload --------------------------------------------------------------------------------------- */

static const char *attribute_at(const char *head, const char *name)
{
    const char *at = strstr(head, name);

    return at != NULL ? at + strlen(name) : NULL;
}

/* The part between the multipart's head and its tail. */
static void assert_body(const WebRequest *request, GBytes *whole, gsize size)
{
    const char *boundary = attribute_at(request->head, "boundary=");
    g_autofree char *mark = g_strndup(boundary, strcspn(boundary, "\r\n"));
    g_autofree char *begin = g_strdup_printf(
        "--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a b.png\"\r\n"
        "Content-Type: image/png\r\n\r\n",
        mark);
    g_autofree char *tail = g_strdup_printf("\r\n--%s--\r\n", mark);
    const gsize from = strlen(begin);

    assert_int_equal(request->body->len, from + size + strlen(tail));
    assert_memory_equal(request->body->data, begin, from);
    assert_memory_equal(request->body->data + from, g_bytes_get_data(whole, NULL), size);
    assert_memory_equal(request->body->data + from + size, tail, strlen(tail));
}

static void assert_credentials(const char *head, gboolean are_there)
{
    g_autofree char *lower = g_ascii_strdown(head, -1);

    if (are_there) {
        assert_non_null(strstr(lower, "x-tinode-apikey: " KEY "\r\n"));
        assert_non_null(strstr(head, "Token " TOKEN));
    } else {
        assert_null(strstr(lower, "tinode-"));
        assert_null(strstr(head, KEY));
        assert_null(strstr(head, TOKEN));
    }
}

static void upload__from_memory_and_by_reader__arrives_whole(void **state)
{
    Fixture *f = *state;
    static const gsize sizes[] = {0, 1, 16384, 70000, LARGE};

    serve_upload(f, DONE_JSON);
    for (guint i = 0; i < 2 * G_N_ELEMENTS(sizes); i++) {
        const gsize size = sizes[i / 2];

        upload(f, size, i % 2 == 1);
        assert_done(f);
        assert_string_equal(f->ref, "/v0/file/s/abc.png");
        assert_body(web_last(f->web), f->source, size);
        assert_credentials(web_last(f->web)->head, TRUE);
        if (size > 0)
            assert_int_equal(f->done, size);
    }
    assert_int_equal(f->n_dials, f->uses_dialer ? 2 * G_N_ELEMENTS(sizes) : 0);
    release_pages(f);
}

static void upload__reader_has_nothing_yet__waits_until_resumed(void **state)
{
    Fixture *f = *state;

    serve_upload(f, DONE_JSON);
    f->hold_at = 2;
    upload(f, 70000, TRUE);
    WAIT(f->n_reads == 2);
    settle();
    assert_int_equal(f->n_ended, 0);
    assert_int_equal(f->n_reads, 2);
    tn_file_resume(f->file);
    assert_done(f);
    assert_body(web_last(f->web), f->source, 70000);
    release_pages(f);
}

static void upload__reader_gives_up__ends_and_server_has_no_whole_body(void **state)
{
    Fixture *f = *state;

    serve_upload(f, DONE_JSON);
    f->fail_at = 2;
    upload(f, 70000, TRUE);
    assert_failed(f, TN_ERROR_PERMANENT, TN_CAUSE_NONE);
    WAIT(f->web->n_ended == 1);
    assert_true(web_last(f->web)->body->len < 70000);
    release_pages(f);
}

static void upload__answers_that_make_no_sense__are_malformed(void **state)
{
    static const char *const rows[] = {
        "",
        "<html>",
        "{}",
        "{\"ctrl\":{\"code\":200}}",
        "{\"ctrl\":{\"code\":200,\"params\":{\"url\":\"javascript:1\"}}}",
        "{\"ctrl\":{\"code\":200,\"params\":{\"url\":\"//evil.test/x\"}}}",
        "{\"ctrl\":{\"code\":200,\"params\":{\"url\":\"/a b\"}}}",
        "{\"data\":{\"topic\":\"usrAAAAAAAAAAA\",\"seq\":1}}",
    };
    Fixture *f = *state;

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        serve_upload(f, rows[i]);
        upload(f, 100, FALSE);
        assert_failed(f, TN_ERROR_TRANSIENT, TN_CAUSE_MALFORMED);
        release_pages(f);
    }
}

static void upload__answer_never_ends__is_given_up(void **state)
{
    Fixture *f = *state;

    serve(f, "POST", WEB_ENDLESS, "HTTP/1.1 200 OK\r\n", g_bytes_ref(f->source));
    upload(f, 100, FALSE);
    assert_failed(f, TN_ERROR_TRANSIENT, TN_CAUSE_MALFORMED);
    f->pages[0].page.body = NULL;
    g_bytes_unref(f->source);
}

/* Download ------------------------------------------------------------------------------------- */

static void download__small_and_large__comes_whole(void **state)
{
    static const gsize sizes[] = {0, 1, 16384, 70000, LARGE};
    Fixture *f = *state;

    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(GBytes) body = g_bytes_new_from_bytes(f->source, 0, sizes[i]);

        f->n_pages = 0;
        serve(f, "GET /v0/file/s/x?asatt=1 ", WEB_ANSWER, NULL, body);
        download(f, "/v0/file/s/x?asatt=1", LIMIT, FALSE);
        assert_done(f);
        assert_int_equal(f->got->len, sizes[i]);
        assert_memory_equal(f->got->data, g_bytes_get_data(f->source, NULL), sizes[i]);
        assert_credentials(web_last(f->web)->head, TRUE);
        if (sizes[i] > 0) {
            assert_int_equal(f->done, sizes[i]);
            assert_int_equal(f->total, sizes[i]);
        }
        download(f, "/v0/file/s/x?asatt=1", LIMIT, TRUE);
        assert_done(f);
        assert_true(g_bytes_equal(f->bytes, body));
    }
    f->n_pages = 0;
}

static void download__chunked__comes_whole(void **state)
{
    Fixture *f = *state;
    g_autoptr(GBytes) body = static_bytes("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");

    serve(f, "GET /x ", WEB_ANSWER, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", body);
    download(f, "/x", LIMIT, TRUE);
    assert_done(f);
    assert_int_equal(g_bytes_get_size(f->bytes), 11);
    assert_memory_equal(g_bytes_get_data(f->bytes, NULL), "hello world", 11);
}

static void download__absolute_address_of_the_own_server__is_the_same(void **state)
{
    Fixture *f = *state;
    g_autofree char *ref =
        g_strdup_printf("HTTP%s://TINODE.test:%u/x", f->use_tls ? "s" : "", f->web->port);
    g_autoptr(GBytes) body = static_bytes("hello");

    serve(f, "GET /x ", WEB_ANSWER, NULL, body);
    download(f, ref, LIMIT, FALSE);
    assert_done(f);
    assert_credentials(web_last(f->web)->head, TRUE);
}

static void download__foreign_or_nonsense__asks_nobody(void **state)
{
    Fixture *f = *state;
    g_autofree char *port = g_strdup_printf("http://" NAME ":%u/x", f->other->port);
    g_autofree char *user = g_strdup_printf("http://me@" NAME ":%u/x", f->web->port);
    g_autofree char *scheme = g_strdup_printf("https://" NAME ":%u/x", f->web->port);
    g_autofree char *host = g_strdup_printf("http://other.test:%u/x", f->web->port);
    g_autofree char *tail = g_strdup_printf("http://" NAME ":%u@evil.test/x", f->web->port);
    const char *const rows[] = {
        port,
        user,
        scheme,
        host,
        tail,
        "//other.test/x",
        "x",
        "file:///etc/",
        "",
        "/a b",
        "/a\r\nX: y",
        "/\x7f",
        "javascript:1",
        "http://",
        "http:///x",
        "http://[::1/x",
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        download(f, rows[i], LIMIT, FALSE);
        assert_failed(f, TN_ERROR_FORBIDDEN, TN_CAUSE_CONFIG);
    }
    assert_int_equal(f->web->n_accepted + f->other->n_accepted, 0);
}

static void download__larger_than_the_limit__ends_at_once(void **state)
{
    Fixture *f = *state;

    serve(f, "GET /told", WEB_ENDLESS, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n",
          f->source);
    serve(f, "GET /untold", WEB_ENDLESS, "HTTP/1.1 200 OK\r\n", f->source);
    download(f, "/told", LIMIT, FALSE);
    assert_failed(f, TN_ERROR_PERMANENT, TN_CAUSE_TOO_LARGE);
    assert_int_equal(f->got->len, 0);
    download(f, "/untold", LARGE, FALSE);
    assert_failed(f, TN_ERROR_PERMANENT, TN_CAUSE_TOO_LARGE);
    assert_true(f->got->len <= LARGE);
    f->n_pages = 0;
}

static void download__cut_in_the_middle__is_told(void **state)
{
    Fixture *f = *state;

    serve(f, "GET /x", WEB_CUT, "HTTP/1.1 200 OK\r\nContent-Length: 3145745\r\n", f->source);
    download(f, "/x", LIMIT, FALSE);
    assert_failed(f, TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
    assert_true(f->got->len > 0 && f->got->len < LARGE);
    f->n_pages = 0;
}

static void any__server_falls_silent__deadline_strikes(void **state)
{
    static const WebMode modes[] = {WEB_SILENT, WEB_DEAF, WEB_HANG};
    Fixture *f = *state;

    tn_transport_lws_set_silence(200);
    for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
        f->n_pages = 0;
        serve(f, "", modes[i], "HTTP/1.1 200 OK\r\nContent-Length: 3145745\r\n", f->source);
        if (modes[i] != WEB_HANG) {
            upload(f, LARGE, FALSE);
            assert_failed(f, TN_ERROR_TRANSIENT, TN_CAUSE_TIMEOUT);
        }
        download(f, "/x", LIMIT, FALSE);
        assert_failed(f, TN_ERROR_TRANSIENT, TN_CAUSE_TIMEOUT);
    }
    f->n_pages = 0;
}

/* Refusals and redirects ----------------------------------------------------------------------- */

static void any__status_of_the_server__has_a_category(void **state)
{
    static const struct {
        const char *status;
        TnError error;
        TnCause cause;
    } rows[] = {
        {"400 Bad", TN_ERROR_PERMANENT, TN_CAUSE_SERVER},
        {"401 No", TN_ERROR_AUTH, TN_CAUSE_SERVER},
        {"403 No", TN_ERROR_FORBIDDEN, TN_CAUSE_API_KEY},
        {"404 No", TN_ERROR_GONE, TN_CAUSE_SERVER},
        {"405 No", TN_ERROR_PERMANENT, TN_CAUSE_SERVER},
        {"413 Large", TN_ERROR_PERMANENT, TN_CAUSE_TOO_LARGE},
        {"500 Oh", TN_ERROR_TRANSIENT, TN_CAUSE_SERVER},
        {"503 Busy", TN_ERROR_OVERLOAD, TN_CAUSE_SERVER},
        {"307 No location", TN_ERROR_PERMANENT, TN_CAUSE_SERVER},
        {"304 Same", TN_ERROR_PERMANENT, TN_CAUSE_SERVER},
    };
    Fixture *f = *state;

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *head =
            g_strdup_printf("HTTP/1.1 %s\r\nContent-Length: 5\r\n", rows[i].status);
        g_autoptr(GBytes) body = static_bytes("{\"a\"}");
        const gboolean is_empty = g_str_has_prefix(rows[i].status, "304");

        f->n_pages = 0;
        serve(f, "", WEB_ANSWER, is_empty ? "HTTP/1.1 304 Same\r\nContent-Length: 0\r\n" : head,
              is_empty ? NULL : body);
        upload(f, 100, FALSE);
        assert_failed(f, rows[i].error, rows[i].cause);
        assert_int_equal(f->code, atoi(rows[i].status));
        download(f, "/x", LIMIT, FALSE);
        assert_failed(f, rows[i].error, rows[i].cause);
        assert_int_equal(f->got->len, 0);
    }
    f->n_pages = 0;
}

static const char *redirect(Fixture *f, const char *status, const char *where)
{
    char *head =
        g_strdup_printf("HTTP/1.1 %s\r\nLocation: %s\r\nContent-Length: 0\r\n", status, where);

    g_ptr_array_add(f->texts, head);
    return head;
}

static void redirect__within_the_server__is_followed_with_credentials(void **state)
{
    Fixture *f = *state;

    serve(f, "POST /v0/file/u/", WEB_ANSWER, redirect(f, "307 There", "/there"), NULL);
    serve(f, "POST /there", WEB_ANSWER, NULL, static_bytes(DONE_JSON));
    upload(f, 70000, TRUE);
    assert_done(f);
    assert_int_equal(f->web->requests->len, 2);
    assert_credentials(web_last(f->web)->head, TRUE);
    assert_body(web_last(f->web), f->source, 70000);
    release_pages(f);
}

static void redirect__to_a_foreign_host__is_followed_without_credentials(void **state)
{
    Fixture *f = *state;
    g_autofree char *there = g_strdup_printf("http://other.test:%u/there?x=1", f->other->port);
    g_autoptr(GBytes) body = static_bytes("hello");

    serve(f, "POST /v0/file/u/", WEB_ANSWER, redirect(f, "307 There", there), NULL);
    serve(f, "POST /there?x=1", WEB_ANSWER, NULL, static_bytes(DONE_JSON));
    upload(f, 70000, FALSE);
    assert_done(f);
    assert_int_equal(f->other->requests->len, 1);
    assert_credentials(web_last(f->other)->head, FALSE);
    assert_body(web_last(f->other), f->source, 70000);
    release_pages(f);
    serve(f, "GET /x", WEB_ANSWER, redirect(f, "302 There", there), NULL);
    serve(f, "GET /there?x=1", WEB_ANSWER, NULL, body);
    download(f, "/x", LIMIT, FALSE);
    assert_done(f);
    assert_int_equal(f->got->len, 5);
    assert_credentials(web_last(f->other)->head, FALSE);
    assert_int_equal(f->n_dials, f->uses_dialer ? 4 : 0);
    f->n_pages = 0;
}

static void redirect__in_circles_or_to_nowhere__ends(void **state)
{
    Fixture *f = *state;

    serve(f, "GET /loop", WEB_ANSWER, redirect(f, "307 There", "/loop"), NULL);
    serve(f, "GET /bad", WEB_ANSWER, redirect(f, "307 There", "ftp://other.test/"), NULL);
    serve(f, "POST /v0/file/u/", WEB_ANSWER, redirect(f, "302 There", "/there"), NULL);
    download(f, "/loop", LIMIT, FALSE);
    assert_failed(f, TN_ERROR_PERMANENT, TN_CAUSE_SERVER);
    assert_int_equal(f->web->requests->len, 4);
    download(f, "/bad", LIMIT, FALSE);
    assert_failed(f, TN_ERROR_PERMANENT, TN_CAUSE_SERVER);
    upload(f, 100, FALSE); /* a body is repeated for 307 and 308 only */
    assert_failed(f, TN_ERROR_PERMANENT, TN_CAUSE_SERVER);
    f->n_pages = 0;
}

static void redirect__from_tls_to_plain__is_refused(void **state)
{
    Fixture *f = *state;
    g_autofree char *there = g_strdup_printf("http://other.test:%u/there", f->other->port);

    serve(f, "/x", WEB_ANSWER, redirect(f, "307 There", there), NULL);
    download(f, "/x", LIMIT, FALSE);
    assert_failed(f, TN_ERROR_PERMANENT, TN_CAUSE_SERVER);
    assert_int_equal(f->other->n_accepted, 0);
    f->n_pages = 0;
}

/* TLS, ends ------------------------------------------------------------------------------------ */

static void any__certificate__is_checked_as_ever(void **state)
{
    static const TnFileEvents events = {NULL, NULL, on_ended};
    Fixture *f = *state;
    TnFileServer server = server_of(f);

    serve(f, "GET /x", WEB_ANSWER, NULL, f->source);
    server.ca_file = NULL;
    f->file = tn_file_download(f->client->transport, &server, "/x", LIMIT, 0, &events, f);
    assert_failed(f, TN_ERROR_PERMANENT, TN_CAUSE_TLS_UNKNOWN_CA);
    server.ca_file = ca_file;
    server.host = "other.test";
    f->n_ended = 0;
    f->file = tn_file_download(f->client->transport, &server, "/x", LIMIT, 0, &events, f);
    assert_failed(f, TN_ERROR_PERMANENT, TN_CAUSE_TLS_WRONG_HOST);
    assert_int_equal(f->web->requests->len, 0);
    f->n_pages = 0;
}

static void any__nobody_listens__is_told(void **state)
{
    static const TnFileEvents events = {NULL, NULL, on_ended};
    Fixture *f = *state;
    TnFileServer server = server_of(f);

    server.port = 1;
    f->file = tn_file_download(f->client->transport, &server, "/x", LIMIT, 0, &events, f);
    assert_failed(f, TN_ERROR_TRANSIENT, TN_CAUSE_REFUSED);
    server.host = "nowhere.test";
    f->n_ended = 0;
    f->file = tn_file_download(f->client->transport, &server, "/x", LIMIT, 0, &events, f);
    assert_failed(f, TN_ERROR_TRANSIENT, TN_CAUSE_DNS);
}

/* Nobody listens on the server's port at the first two. */
static void any__first_address_is_dead__next_is_tried(void **state)
{
    static const TnFileEvents events = {on_progress, NULL, on_ended};
    Fixture *f = *state;
    TnFileServer server = server_of(f);
    g_autoptr(GBytes) body = static_bytes("hello");
    const TnUpload what = {.size = 5, .bytes = body};

    fake_resolver_add("two.test", (const char *[]){"127.0.0.2", "::1", "127.0.0.1", NULL});
    server.host = "two.test";
    serve(f, "GET /x", WEB_ANSWER, NULL, g_bytes_ref(body));
    f->file = tn_file_download(f->client->transport, &server, "/x", LIMIT, 0, &events, f);
    assert_done(f);
    assert_true(g_bytes_equal(f->bytes, body));
    assert_int_equal(f->web->requests->len, 1);
    serve_upload(f, DONE_JSON);
    f->n_ended = 0;
    f->file = tn_file_upload(f->client->transport, &server, &what, &events, f);
    assert_done(f);
    assert_string_equal(f->ref, "/v0/file/s/abc.png");
    assert_int_equal(f->web->requests->len, 2);
    release_pages(f);
    /* The last one's end is the end. */
    fake_resolver_add("none.test", (const char *[]){"127.0.0.2", "127.0.0.3", NULL});
    server.host = "none.test";
    f->n_ended = 0;
    f->file = tn_file_download(f->client->transport, &server, "/x", LIMIT, 0, &events, f);
    assert_failed(f, TN_ERROR_TRANSIENT, TN_CAUSE_REFUSED);
}

/* What somebody calls a file adds no line to a head. */
static void upload__name_and_type_of_several_lines__add_none(void **state)
{
    static const TnFileEvents events = {on_progress, NULL, on_ended};
    Fixture *f = *state;
    const TnFileServer server = server_of(f);
    g_autoptr(GBytes) body = static_bytes("hello");
    const TnUpload what = {.name = "a\r\nX-Evil: 1\\\"b\x7f.png",
                           .mime = "text/html\r\nX-Evil: 1",
                           .size = 5,
                           .bytes = body};
    g_autofree char *sent = NULL;

    serve_upload(f, DONE_JSON);
    f->file = tn_file_upload(f->client->transport, &server, &what, &events, f);
    assert_done(f);
    sent = g_strndup((const char *)web_last(f->web)->body->data, web_last(f->web)->body->len);
    assert_null(strstr(sent, "X-Evil"));
    assert_non_null(strstr(sent, "filename=\"b.png\"\r\nContent-Type: "
                                 "application/octet-stream\r\n\r\nhello\r\n"));
    assert_null(strstr(web_last(f->web)->head, "X-Evil"));
    release_pages(f);
}

static void any__secret_with_a_line_end__is_never_sent(void **state)
{
    static const TnFileEvents events = {NULL, NULL, on_ended};
    Fixture *f = *state;
    TnFileServer server = server_of(f);

    server.token = "abc\r\nX-Evil: 1";
    f->file = tn_file_download(f->client->transport, &server, "/x", LIMIT, 0, &events, f);
    assert_failed(f, TN_ERROR_PERMANENT, TN_CAUSE_CONFIG);
    assert_int_equal(f->web->requests->len, 0);
}

static void any__cancelled_in_each_phase__leaves_nothing(void **state)
{
    Fixture *f = *state;
    guint before;

    serve_upload(f, DONE_JSON);
    serve(f, "GET /x", WEB_ANSWER, NULL, f->source);
    upload(f, 100, FALSE);
    assert_done(f);
    WAIT(f->web->n_ended == f->web->n_accepted);
    settle();
    before = count_descriptors();
    /* Each time one turn of the loop later than before. */
    for (guint turns = 0; turns < 60; turns++) {
        if (turns % 2 == 0)
            upload(f, LARGE, TRUE);
        else
            download(f, "/x", LIMIT, FALSE);
        for (guint i = 0; i < turns; i++)
            g_main_context_iteration(NULL, FALSE);
        cancel_it(f);
        f->n_ended = 0;
        settle();
        WAIT(f->web->n_ended == f->web->n_accepted);
        assert_int_equal(f->n_ended, 0);
    }
    WAIT(count_descriptors() <= before);
    g_bytes_unref(f->pages[0].page.body);
    f->n_pages = 0;
}

static void any__cancelled_inside_events__survives(void **state)
{
    Fixture *f = *state;

    serve_upload(f, DONE_JSON);
    serve(f, "GET /x", WEB_ANSWER, NULL, f->source);
    for (guint where = CANCEL_READ; where <= CANCEL_RECEIVED; where++) {
        f->cancel_in = where;
        if (where != CANCEL_RECEIVED) {
            upload(f, LARGE, TRUE);
            WAIT(f->file == NULL);
        }
        if (where != CANCEL_READ) {
            download(f, "/x", LIMIT, FALSE);
            WAIT(f->file == NULL);
        }
        settle();
        assert_int_equal(f->n_ended, 0);
    }
    WAIT(f->web->n_ended == f->web->n_accepted);
    g_bytes_unref(f->pages[0].page.body);
    f->n_pages = 0;
}

static void any__transport_freed_under_way__is_silent(void **state)
{
    Fixture *f = *state;

    serve(f, "", WEB_SILENT, NULL, NULL);
    download(f, "/x", LIMIT, FALSE);
    WAIT(f->web->requests->len == 1);
    cancel_it(f);
    client_drop(f->client);
    settle();
    assert_int_equal(f->n_ended, 0);
    assert_int_equal(tn_transport_lws_contexts(), 0);
    f->n_pages = 0;
}

static gboolean on_tick(gpointer user_data)
{
    (*(guint *)user_data)++;
    return G_SOURCE_CONTINUE;
}

static void any__waiting__wakes_nobody(void **state)
{
    Fixture *f = *state;
    gint64 until_us;
    guint n_turns = 0, n_ticks = 0, tick;

    serve(f, "", WEB_HANG, "HTTP/1.1 200 OK\r\nContent-Length: 3145745\r\n", f->source);
    tick = g_timeout_add(1, on_tick, &n_ticks);
    download(f, "/x", LIMIT, FALSE);
    WAIT(f->got->len == LARGE / 2);
    g_source_remove(tick);
    settle();
    until_us = g_get_monotonic_time() + 100000;
    while (g_get_monotonic_time() < until_us) {
        n_turns += g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
    assert_in_range(n_turns, 0, 20);
    cancel_it(f);
    f->n_pages = 0;
}

/* The WebSocket's life is another one. */
static void any__websocket_beside__neither_minds_the_other(void **state)
{
    Fixture *f = *state;
    g_autofree char *good = g_build_filename(certs, "good.pem", NULL);
    Peer *peer = peer_new("127.0.0.1", f->use_tls ? good : NULL);

    serve(f, "GET /x", WEB_ANSWER, NULL, f->source);
    client_open(f->client, NAME, peer->port, f->use_tls, f->use_tls ? ca_file : NULL);
    WAIT(f->client->n_opened == 1);
    download(f, "/x", LIMIT, FALSE);
    peer_send_text(peer_last(peer), "one");
    assert_done(f);
    WAIT(f->client->n_received == 1);
    assert_int_equal(tn_transport_lws_contexts(), 1);
    download(f, "/x", LIMIT, FALSE);
    client_close(f->client, TRUE);
    assert_done(f);
    assert_int_equal(f->got->len, LARGE);
    peer_free(peer);
    f->n_pages = 0;
}

static void name__of_a_file__is_made_harmless(void **state)
{
    static const struct {
        const char *told, *name;
    } rows[] = {
        {"cat.jpg", "cat.jpg"},
        {"../../.bashrc<img src=x>", "bashrcimg src=x"},
        {"C:\\Windows\\a.exe", "a.exe"},
        {"a\nb\tc\x01.txt", "abc.txt"},
        {"photo\xe2\x80\xaegpj.exe", "photogpj.exe"},
        {"", "file"},
        {"...", "file"},
        {"/", "file"},
        {"\xff\xfe", "file"},
        {"K\xc3\xa4se.pdf", "K\xc3\xa4se.pdf"},
        {" -rf", "rf"},
        {"*-rf", "rf"},
        {"\xe2\x80\xae -.bashrc", "bashrc"},
        {"<>\"|*?:", "file"},
        {"a. ", "a."},
        {NULL, "file"},
    };
    g_autofree char *endless = g_strnfill(5000, 'x');
    g_autofree char *cut = tn_file_clean_name(endless);

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *name = tn_file_clean_name(rows[i].told);

        assert_string_equal(name, rows[i].name);
    }
    assert_in_range(strlen(cut), 100, 250);
}

int main(void)
{
#define ONE(test, how)                                                                             \
    {                                                                                              \
#test " (" #how ")", test, setup_##how, teardown, NULL                                     \
    }
#define ALL(test) ONE(test, plain), ONE(test, tls), ONE(test, proxy), ONE(test, proxy_tls)
    const struct CMUnitTest tests[] = {
        ALL(upload__from_memory_and_by_reader__arrives_whole),
        ONE(upload__reader_has_nothing_yet__waits_until_resumed, plain),
        ONE(upload__reader_has_nothing_yet__waits_until_resumed, tls),
        ONE(upload__reader_gives_up__ends_and_server_has_no_whole_body, plain),
        ONE(upload__answers_that_make_no_sense__are_malformed, plain),
        ONE(upload__answer_never_ends__is_given_up, plain),
        ONE(upload__answer_never_ends__is_given_up, tls),
        ALL(download__small_and_large__comes_whole),
        ONE(download__chunked__comes_whole, plain),
        ONE(download__chunked__comes_whole, tls),
        ONE(download__absolute_address_of_the_own_server__is_the_same, plain),
        ONE(download__absolute_address_of_the_own_server__is_the_same, tls),
        ONE(download__foreign_or_nonsense__asks_nobody, plain),
        ONE(download__larger_than_the_limit__ends_at_once, plain),
        ONE(download__larger_than_the_limit__ends_at_once, tls),
        ALL(download__cut_in_the_middle__is_told),
        ONE(any__server_falls_silent__deadline_strikes, plain),
        ONE(any__server_falls_silent__deadline_strikes, tls),
        ONE(any__server_falls_silent__deadline_strikes, proxy),
        ONE(any__status_of_the_server__has_a_category, plain),
        ONE(redirect__within_the_server__is_followed_with_credentials, plain),
        ONE(redirect__within_the_server__is_followed_with_credentials, tls),
        ONE(redirect__to_a_foreign_host__is_followed_without_credentials, plain),
        ONE(redirect__to_a_foreign_host__is_followed_without_credentials, proxy),
        ONE(redirect__in_circles_or_to_nowhere__ends, plain),
        ONE(redirect__from_tls_to_plain__is_refused, tls),
        ONE(any__certificate__is_checked_as_ever, tls),
        ONE(any__certificate__is_checked_as_ever, proxy_tls),
        ONE(any__nobody_listens__is_told, plain),
        ONE(any__first_address_is_dead__next_is_tried, plain),
        ONE(upload__name_and_type_of_several_lines__add_none, plain),
        ONE(any__secret_with_a_line_end__is_never_sent, plain),
        ALL(any__cancelled_in_each_phase__leaves_nothing),
        ALL(any__cancelled_inside_events__survives),
        ONE(any__transport_freed_under_way__is_silent, plain),
        ONE(any__transport_freed_under_way__is_silent, tls),
        ONE(any__waiting__wakes_nobody, plain),
        ONE(any__waiting__wakes_nobody, tls),
        ONE(any__websocket_beside__neither_minds_the_other, plain),
        ONE(any__websocket_beside__neither_minds_the_other, tls),
        cmocka_unit_test(name__of_a_file__is_made_harmless),
    };

    return cmocka_run_group_tests_name("files", tests, setup_all, teardown_all);
}
