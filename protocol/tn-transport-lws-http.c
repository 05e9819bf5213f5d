/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-transport-lws-http.c: HTTP requests over libwebsockets. Part of the transport.
 *
 * Each socket carries the number of its request, and finds it by that number only as long as there
 * is one: what an ended request's socket still says is not heard, and ends it. libwebsockets stops
 * reading by itself each time that there is something to read, until it is asked to: reading in
 * slices is asking later.
 */
#include "tn-transport-lws-http.h"

#include <string.h>
#include <sys/socket.h>

#include "tn-route.h"
#include "tn-transport-lws-internal.h"
#include "tn-transport.h"

#define PIECE_BYTES 16384 /* one TLS record */
#define SLICE_US    5000  /* copying for so long without a turn of the loop is enough */
#define PAUSE_MS    1
#define MAX_TYPE    256
/* libwebsockets has limits on phases that are too short for a slow line; ours strike before. */
#define LWS_PHASE_S 600
#define RELAX_MS    10000
/* What the system's buffers hold at most, and what leaves them in one time of silence on the
 * slowest line that we wait for. */
#define BUFFERED_BYTES (4 * 1024 * 1024)
#define SLOW_BYTES     (480 * 1024)

typedef enum {
    PHASE_ROUTING,
    PHASE_CONNECTING, /* to the answer's head if there is no body to send */
    PHASE_SENDING,
    PHASE_WAITING, /* all is sent */
    PHASE_READING,
    PHASE_ENDED, /* ended() is due */
} Phase;

struct _TnHttp {
    guint id;
    GQueue *list;
    TnHttpEvents events;
    gpointer user_data;
    TnLwsContext *holder;
    TnTarget target;
    char *method;
    GPtrArray *headers; /* name with colon, value, by turns; wiped: there are secrets */
    goffset body_length, body_left;
    gboolean has_body;
    Phase phase;
    TnDialer dialer;
    TnRoute *route;
    TnRelay *relay;
    char **addresses;
    guint next_address;
    struct lws *wsi;
    guint depth;                 /* callbacks of its socket that are on the stack */
    gint64 until_us;             /* this phase of connecting must be over by then */
    gint64 alive_us;             /* when it last went on */
    gint64 end_us;               /* all must be over by then; 0: no limit */
    gint64 attempt_us;           /* when connecting to this address began */
    gint64 slice_us;             /* when a slice began; 0: none has */
    guint deadline, step, pause; /* sources */
    TnCause cause;
    TnError error;
    int code;
    char *detail;
};

static GHashTable *requests; /* number -> TnHttp; NULL while there are none */
static guint last_id;
static guint silence_ms = TN_HTTP_SILENCE_MS;

static void attempt(TnHttp *http);

static TnHttp *find(guint id)
{
    return requests != NULL ? g_hash_table_lookup(requests, GUINT_TO_POINTER(id)) : NULL;
}

static void remove_source(guint *source)
{
    if (*source != 0)
        g_source_remove(*source);
    *source = 0;
}

/* Ends ----------------------------------------------------------------------------------------- */

/* Inside its callback a socket ends by what that returns. */
static void drop_socket(TnHttp *http)
{
    struct lws *wsi = g_steal_pointer(&http->wsi);

    if (wsi != NULL)
        lws_set_opaque_user_data(wsi, NULL);
    if (wsi != NULL && lws_partial_buffered(wsi))
        shutdown(lws_get_socket_fd(wsi), SHUT_RDWR);
    if (wsi != NULL && http->depth == 0)
        lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
    tn_relay_free(g_steal_pointer(&http->relay), FALSE);
    http->slice_us = 0;
}

static void drop_all(TnHttp *http)
{
    drop_socket(http);
    remove_source(&http->deadline);
    remove_source(&http->step);
    remove_source(&http->pause);
    tn_route_cancel(g_steal_pointer(&http->route));
}

static void wipe(gpointer text)
{
    explicit_bzero(text, strlen(text));
    g_free(text);
}

static void http_free(TnHttp *http)
{
    drop_all(http);
    g_queue_remove(http->list, http);
    g_hash_table_remove(requests, GUINT_TO_POINTER(http->id));
    if (g_hash_table_size(requests) == 0)
        g_clear_pointer(&requests, g_hash_table_destroy);
    tn_lws_context_unref(http->holder);
    tn_target_clear(&http->target);
    g_ptr_array_unref(http->headers);
    g_strfreev(http->addresses);
    g_free(http->method);
    g_free(http->detail);
    g_free(http);
}

static gboolean tell_ended(gpointer user_data)
{
    TnHttp *http = user_data;
    void (*ended)(const TnFailure *, gpointer) = http->events.ended;
    gpointer data = http->user_data;
    g_autofree char *detail = g_steal_pointer(&http->detail);
    g_autofree char *server = g_strdup(http->target.authority);
    const TnFailure why = {.error = http->error,
                           .cause = http->cause,
                           .code = http->code,
                           .detail = detail,
                           .server = server};
    const gboolean is_whole = http->error == TN_OK;

    http->step = 0;
    http_free(http);
    ended(is_whole ? NULL : &why, data);
    return G_SOURCE_REMOVE;
}

static void end(TnHttp *http, TnError error, TnCause cause, int code, const char *detail)
{
    g_autofree char *copy = g_strdup(detail);

    drop_all(http);
    http->phase = PHASE_ENDED;
    http->error = error;
    http->cause = cause;
    http->code = code;
    g_free(http->detail);
    http->detail = g_steal_pointer(&copy);
    http->step = g_timeout_add(0, tell_ended, http);
}

static void fail(TnHttp *http, TnCause cause, int code, const char *detail)
{
    end(http, tn_reason_error(cause), cause, code, detail);
}

void tn_lws_http_cancel(TnHttp *http)
{
    http_free(http);
}

void tn_lws_http_cancel_all(GQueue *list)
{
    while (list->head != NULL)
        http_free(list->head->data);
}

/* Time ----------------------------------------------------------------------------------------- */

static gboolean on_deadline(gpointer user_data);

/* When silence has lasted too long. What is sent may still have to leave the buffers of this
 * computer, which says nothing about how far that is. */
static gint64 silent_until(const TnHttp *http)
{
    const gint64 buffered =
        http->phase == PHASE_WAITING ? MIN(http->body_length, BUFFERED_BYTES) : 0;

    return http->alive_us + (gint64)silence_ms * 1000 * (SLOW_BYTES + buffered) / SLOW_BYTES;
}

static void arm_deadline(TnHttp *http)
{
    const gint64 now_us = g_get_monotonic_time();
    gint64 at_us = http->phase <= PHASE_CONNECTING ? http->until_us : silent_until(http);

    if (http->end_us != 0)
        at_us = MIN(at_us, http->end_us);
    remove_source(&http->deadline);
    http->deadline = g_timeout_add((guint)(MAX(at_us - now_us, 0) / 1000) + 1, on_deadline, http);
}

/* Life is only noted while it goes on: looked at when the time would be over. */
static gboolean on_deadline(gpointer user_data)
{
    TnHttp *http = user_data;
    const gint64 now_us = g_get_monotonic_time();
    const gboolean is_over = http->end_us != 0 && now_us >= http->end_us;

    http->deadline = 0;
    if (!is_over && http->phase > PHASE_CONNECTING && now_us < silent_until(http))
        arm_deadline(http);
    else
        fail(http, TN_CAUSE_TIMEOUT, 0,
             is_over ? "the request took too long" : "nothing went on for too long");
    return G_SOURCE_REMOVE;
}

static void enter(TnHttp *http, Phase phase)
{
    http->phase = phase;
    http->alive_us = g_get_monotonic_time();
    arm_deadline(http);
}

/* Connecting ----------------------------------------------------------------------------------- */

static gboolean on_step(gpointer user_data)
{
    TnHttp *http = user_data;

    http->step = 0;
    attempt(http);
    return G_SOURCE_REMOVE;
}

static void attempt_failed(TnHttp *http, TnCause cause, const char *detail)
{
    const gboolean is_about_address =
        cause == TN_CAUSE_REFUSED || cause == TN_CAUSE_TIMEOUT || cause == TN_CAUSE_CLOSED;

    if (is_about_address && http->addresses[http->next_address] != NULL &&
        g_get_monotonic_time() < http->until_us) {
        drop_socket(http);
        http->step = g_timeout_add(0, on_step, http);
    } else {
        fail(http, cause, 0, detail);
    }
}

/* Try the next address. Never called inside a callback of libwebsockets. */
static void attempt(TnHttp *http)
{
    struct lws_client_connect_info info = {0};
    const guint id = http->id;
    struct lws *wsi;

    http->attempt_us = g_get_monotonic_time();
    tn_lws_take_certificate_error();
    info.context = http->holder->context;
    info.address = http->addresses[http->next_address++];
    info.host = http->target.authority;
    info.port = http->target.port;
    info.path = http->target.path;
    info.method = http->method;
    info.local_protocol_name = TN_LWS_HTTP;
    info.alpn = "http/1.1";
    info.ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT;
    if (http->target.use_tls)
        info.ssl_connection |= LCCSCF_USE_SSL;
    info.opaque_user_data = GUINT_TO_POINTER(id);
    wsi = lws_client_connect_via_info(&info);
    http = find(id);
    if (http == NULL || http->phase != PHASE_CONNECTING) /* it was told already */
        return;
    if (wsi == NULL) {
        if (http->step == 0)
            attempt_failed(http, TN_CAUSE_REFUSED, "no connection could be begun");
        return;
    }
    http->wsi = wsi;
    lws_cancel_service(http->holder->context); /* else its limits are not looked at */
}

static void on_route(char **addresses, TnRelay *relay, const TnFailure *why, gpointer user_data)
{
    TnHttp *http = user_data;

    http->route = NULL;
    if (addresses == NULL) {
        fail(http, why->cause, why->code, why->detail);
        return;
    }
    http->addresses = addresses;
    http->relay = relay;
    http->phase = PHASE_CONNECTING;
    http->step = g_timeout_add(0, on_step, http);
}

/* libwebsockets writes what it is given: nothing that ends a line may be in it. */
static gboolean is_line(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((guint8)*text < ' ' || *text == 0x7f)
            return FALSE;
    }
    return TRUE;
}

/* NULL, or what is wrong with it. */
static const char *take_request(TnHttp *http, const TnHttpRequest *request)
{
    const TnEndpoint endpoint = {.host = request->host,
                                 .port = request->port,
                                 .use_tls = request->use_tls,
                                 .ca_file = request->ca_file};
    const char *wrong = tn_target_init(&http->target, &endpoint);

    g_free(http->target.path);
    http->target.path = g_strdup(request->path);
    http->method = g_strdup(request->method);
    for (gsize i = 0; i < request->n_headers; i++) {
        const TnHttpHeader *header = &request->headers[i];

        if (!is_line(header->name) || !is_line(header->value))
            return "a header makes no sense";
        g_ptr_array_add(http->headers, g_strconcat(header->name, ":", NULL));
        g_ptr_array_add(http->headers, g_strdup(header->value));
    }
    if (wrong == NULL &&
        (request->path[0] != '/' || !is_line(request->path) || strchr(request->path, ' ') != NULL ||
         strlen(request->path) > TN_HTTP_MAX_PATH))
        wrong = "the path makes no sense";
    return wrong;
}

/* FALSE: it has failed. */
static gboolean find_context(TnHttp *http, TnLwsContext *holder)
{
    g_autofree char *error = NULL;
    TnCause cause;

    if (!tn_lws_pin_glue(&error)) {
        fail(http, TN_CAUSE_NO_GLUE, 0, error);
        return FALSE;
    }
    if (holder != NULL && !http->target.use_tls)
        http->holder = tn_lws_context_ref(holder);
    else
        http->holder =
            tn_lws_context_get(holder, http->target.use_tls, http->target.ca_file, &cause);
    if (http->holder == NULL)
        fail(http, cause, 0, "libwebsockets made no context, or found no certificate");
    return http->holder != NULL;
}

TnHttp *tn_lws_http_start(GQueue *list, TnLwsContext *holder, const TnDialer *dialer,
                          const TnHttpRequest *request, const TnHttpEvents *events,
                          gpointer user_data)
{
    TnHttp *http = g_new0(TnHttp, 1);
    const char *wrong;

    do
        last_id++;
    while (last_id == 0 || find(last_id) != NULL);
    if (requests == NULL)
        requests = g_hash_table_new(NULL, NULL);
    http->id = last_id;
    http->list = list;
    http->events = *events;
    http->user_data = user_data;
    http->dialer = *dialer;
    http->headers = g_ptr_array_new_with_free_func(wipe);
    http->has_body = request->body_length >= 0;
    http->body_length = http->body_left = MAX(request->body_length, 0);
    g_hash_table_insert(requests, GUINT_TO_POINTER(http->id), http);
    g_queue_push_tail(list, http);
    http->until_us = g_get_monotonic_time() + (gint64)silence_ms * 1000;
    if (request->total_ms != 0)
        http->end_us = g_get_monotonic_time() + (gint64)request->total_ms * 1000;
    wrong = take_request(http, request);
    if (wrong != NULL) {
        fail(http, TN_CAUSE_CONFIG, 0, wrong);
    } else if (find_context(http, holder)) {
        http->phase = PHASE_ROUTING;
        arm_deadline(http);
        http->route = tn_route_start(http->target.host, http->target.port, &http->dialer,
                                     silence_ms, on_route, http);
    }
    return http;
}

/* Slices --------------------------------------------------------------------------------------- */

/* A fast line would keep everything that is less urgent than a socket from being served. */
static gboolean on_pause_over(gpointer user_data)
{
    TnHttp *http = user_data;

    http->pause = 0;
    if (http->wsi != NULL)
        lws_callback_on_writable(http->wsi);
    return G_SOURCE_REMOVE;
}

/* TRUE: not now; it goes on by itself. */
static gboolean is_slice_over(TnHttp *http)
{
    const gint64 now_us = g_get_monotonic_time();

    if (http->pause != 0)
        return TRUE;
    if (http->slice_us == 0 || now_us - http->alive_us > SLICE_US) /* it began, or stood still */
        http->slice_us = now_us;
    http->alive_us = now_us;
    if (now_us - http->slice_us < SLICE_US)
        return FALSE;
    http->slice_us = 0;
    http->pause = g_timeout_add(PAUSE_MS, on_pause_over, http);
    return TRUE;
}

/* libwebsockets' callback ---------------------------------------------------------------------- */

static gboolean add_header(struct lws *wsi, const char *name, const char *value, guint8 **at,
                           guint8 *end_of_room)
{
    return lws_add_http_header_by_name(wsi, (const guint8 *)name, (const guint8 *)value,
                                       (int)strlen(value), at, end_of_room) == 0;
}

static int on_append_headers(TnHttp *http, struct lws *wsi, guint8 **at, size_t room)
{
    guint8 *end_of_room = *at + room;

    http->wsi = wsi;
    for (guint i = 0; i < http->headers->len; i += 2) {
        if (!add_header(wsi, http->headers->pdata[i], http->headers->pdata[i + 1], at, end_of_room))
            return -1;
    }
    if (http->has_body) {
        g_autofree char *length = g_strdup_printf("%" G_GOFFSET_FORMAT, http->body_left);

        if (!add_header(wsi, "Content-Length:", length, at, end_of_room))
            return -1;
        enter(http, PHASE_SENDING);
        lws_client_http_body_pending(wsi, 1);
        lws_callback_on_writable(wsi);
    } else {
        enter(http, PHASE_WAITING);
    }
    return 0;
}

/* libwebsockets sets its own limit at some time after the last byte was handed to it. */
static gboolean on_relax(gpointer user_data)
{
    TnHttp *http = user_data;

    if (http->wsi == NULL || http->phase != PHASE_WAITING) {
        http->pause = 0;
        return G_SOURCE_REMOVE;
    }
    lws_set_timeout(http->wsi, PENDING_TIMEOUT_AWAITING_SERVER_RESPONSE, LWS_PHASE_S);
    return G_SOURCE_CONTINUE;
}

static int on_send(TnHttp *http, struct lws *wsi)
{
    guint8 memory[LWS_PRE + PIECE_BYTES];
    guint8 *piece = memory + LWS_PRE;
    const gsize wanted = (gsize)MIN(http->body_left, PIECE_BYTES);
    const guint id = http->id;
    gboolean is_last;
    gssize length = 0;

    if (is_slice_over(http))
        return 0;
    if (wanted > 0)
        length = http->events.read(piece, wanted, http->user_data);
    http = find(id);
    if (http == NULL || http->phase != PHASE_SENDING)
        return -1;
    if (length < 0 || (gsize)length > wanted) {
        end(http, TN_ERROR_PERMANENT, TN_CAUSE_NONE, 0, "there is no more of the body");
        return -1;
    }
    if (length == 0 && wanted > 0)
        return 0; /* until resume */
    http->body_left -= length;
    is_last = http->body_left == 0;
    lws_set_timeout(wsi, PENDING_TIMEOUT_CLIENT_ISSUE_PAYLOAD, LWS_PHASE_S);
    if (length > 0 && lws_write(wsi, piece, (size_t)length,
                                is_last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < (int)length) {
        fail(http, TN_CAUSE_CLOSED, 0, "writing failed");
        return -1;
    }
    if (is_last) {
        lws_client_http_body_pending(wsi, 0);
        enter(http, PHASE_WAITING);
        remove_source(&http->pause);
        http->pause = g_timeout_add(RELAX_MS, on_relax, http);
    }
    lws_callback_on_writable(wsi);
    return 0;
}

void tn_lws_http_resume(TnHttp *http)
{
    if (http->wsi != NULL && http->phase == PHASE_SENDING)
        lws_callback_on_writable(http->wsi);
}

/* Newly allocated; NULL: absent. */
static char *copy_header(struct lws *wsi, enum lws_token_indexes token, int max)
{
    const int length = lws_hdr_total_length(wsi, token);
    g_autofree char *value = NULL;

    if (length <= 0 || length > max)
        return NULL;
    value = g_malloc((gsize)length + 1);
    if (lws_hdr_copy(wsi, value, length + 1, token) != length || !is_line(value))
        return NULL;
    return g_steal_pointer(&value);
}

static int on_answer(TnHttp *http, struct lws *wsi)
{
    g_autofree char *type = copy_header(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, MAX_TYPE);
    g_autofree char *location = copy_header(wsi, WSI_TOKEN_HTTP_LOCATION, 4096);
    g_autofree char *length = copy_header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, 20);
    const guint id = http->id;
    guint64 number;
    TnHttpAnswer answer = {.status = (int)lws_http_client_http_response(wsi),
                           .length = -1,
                           .type = type,
                           .location = location};

    if (length != NULL && g_ascii_string_to_unsigned(length, 10, 0, G_MAXINT64, &number, NULL))
        answer.length = (goffset)number;
    remove_source(&http->pause);
    enter(http, PHASE_READING);
    if (http->events.answered != NULL)
        http->events.answered(&answer, http->user_data);
    http = find(id);
    return http != NULL && http->phase == PHASE_READING ? 0 : -1;
}

/* Asks for what there is: on_piece() is called inside. */
static int on_readable(TnHttp *http, struct lws *wsi)
{
    char memory[LWS_PRE + PIECE_BYTES];
    char *buffer = memory + LWS_PRE;
    int room = PIECE_BYTES;

    if (http->phase != PHASE_READING || is_slice_over(http))
        return 0;
    return lws_http_client_read(wsi, &buffer, &room) < 0 ? -1 : 0;
}

static int on_piece(TnHttp *http, const guint8 *bytes, gsize length)
{
    const guint id = http->id;

    if (http->phase == PHASE_READING && length > 0 && http->events.received != NULL)
        http->events.received(bytes, length, http->user_data);
    http = find(id);
    return http != NULL && http->phase == PHASE_READING ? 0 : -1;
}

static int on_complete(TnHttp *http)
{
    if (http->phase == PHASE_READING)
        end(http, TN_OK, TN_CAUSE_NONE, 0, NULL);
    return -1; /* nothing else is asked on this connection */
}

static void on_connect_error(TnHttp *http, struct lws *wsi, const char *text)
{
    const gint64 took_us = g_get_monotonic_time() -
                           (http->phase == PHASE_CONNECTING ? http->attempt_us : http->alive_us);
    TnEvidence evidence = {
        .text = text,
        .certificate_error = tn_lws_take_certificate_error(),
        .is_late = took_us > (TN_LWS_LIMIT_S - 1) * G_USEC_PER_SEC,
    };

    tn_lws_look_at_socket(wsi, http->relay, &evidence);
    if (http->phase == PHASE_CONNECTING)
        attempt_failed(http, tn_reason_cause(&evidence), text);
    else
        fail(http, evidence.is_late ? TN_CAUSE_TIMEOUT : TN_CAUSE_CLOSED, 0, text);
}

static int dispatch(TnHttp *http, struct lws *wsi, enum lws_callback_reasons reason, void *in,
                    size_t length)
{
    switch (reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        return on_append_headers(http, wsi, in, length);
    case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE:
        return http->phase == PHASE_SENDING ? on_send(http, wsi) : on_readable(http, wsi);
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
        return on_answer(http, wsi);
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
        return on_readable(http, wsi);
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
        return on_piece(http, in, length);
    case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
        return on_complete(http);
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR: {
        g_autofree char *text = in != NULL ? g_strndup(in, length) : NULL;

        on_connect_error(http, wsi, text);
        return 0;
    }
    default:
        on_connect_error(http, wsi, "the connection ended");
        return 0;
    }
}

static gboolean is_handled(enum lws_callback_reasons reason)
{
    switch (reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
    case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE:
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
    case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
        return TRUE;
    default:
        return FALSE;
    }
}

int tn_lws_http_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                      size_t length)
{
    TnLwsContext *holder;
    struct lws *outer;
    TnHttp *http;
    guint id;
    int result;

    (void)user;
    if (!is_handled(reason))
        return 0;
    id = GPOINTER_TO_UINT(lws_get_opaque_user_data(wsi));
    http = find(id);
    if (http == NULL || http->phase == PHASE_ENDED)
        return -1;
    holder = tn_lws_context_ref(http->holder);
    outer = holder->running;
    holder->running = wsi;
    http->depth++;
    result = dispatch(http, wsi, reason, in, length);
    http = find(id);
    if (http != NULL)
        http->depth--;
    tn_lws_context_unref(holder);
    holder->running = outer;
    return result;
}

void tn_transport_lws_set_silence(guint ms)
{
    silence_ms = ms != 0 ? ms : TN_HTTP_SILENCE_MS;
}
