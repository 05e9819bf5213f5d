/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-transport-lws.c: the transport over libwebsockets 4.1, on the default main context of a loop
 * that somebody else runs.
 *
 * A Link is the transport; it keeps one libwebsockets context for all its connections. Each attempt
 * to connect has a generation, carried by the socket: what an earlier one
 * still says is not heard. Whoever ends a socket either kills it at once (outside its callbacks) or
 * lets its callback return -1 (inside).
 */
#include "tn-transport-lws-context.h"
#include "tn-transport-lws-internal.h"

#include "tn-endpoint.h"
#include "tn-frames.h"
#include "tn-reason.h"
#include "tn-route.h"
#include "tn-transport-lws-http.h"
#include "tn-wire.h"

#include <libwebsockets.h>
#include <string.h>
#include <sys/socket.h>

#define CONNECT_MS       30000 /* open() to opened(), all phases */
#define SLICE_US         5000  /* reading for so long without a turn of the loop is enough */
#define PAUSE_MS         1     /* then everybody else is served */
#define MAX_QUEUE_BYTES  (4 * 1024 * 1024)
#define MAX_QUEUE_FRAMES 4096

typedef enum {
    PHASE_OFF,
    PHASE_ROUTING,    /* the name is looked up, or the host makes the connection */
    PHASE_CONNECTING, /* between two addresses there is no socket */
    PHASE_OPEN,
    PHASE_ENDED, /* closed() is due */
} Phase;

typedef struct {
    TnTransport base;
    TnTransportEvents events;
    gpointer user_data;
    TnTransportCounters counters;
    TnLwsContext *holder;
    GQueue https; /* of TnHttp: requests beside the WebSocket */
    Phase phase;
    guint generation;
    struct lws *wsi;

    TnTarget target;
    TnDialer dialer; /* all NULL: none */
    TnRoute *route;
    TnRelay *relay; /* to what the dialer connected; NULL when connected without it */
    char **addresses;
    guint next_address;
    gint64 until_us;      /* open() must have succeeded by then */
    gint64 attempt_us;    /* when the attempt began */
    gint64 alive_us;      /* last sign of life that counts: opened, or a pong */
    guint deadline, step; /* sources; step is the next thing to do in a turn of its own */
    guint resume, turn;

    TnOutbox outbox;
    TnInbox inbox;
    gint64 slice_us; /* when reading began without a turn of the loop since; 0: not */

    TnCause cause;
    int code; /* HTTP status, or of a close frame */
    char *detail;
} Link;

static void attempt(Link *link);
static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t length);

static guint connect_ms = CONNECT_MS;
/* libwebsockets keeps a pointer to it. Tinode drops who does not answer; we notice by this. */
static lws_retry_bo_t dead_link = {.secs_since_valid_ping = 30, .secs_since_valid_hangup = 45};

const struct lws_protocols tn_lws_protocols[] = {
    {.name = "tinode", .callback = on_event},
    {.name = TN_LWS_HTTP, .callback = tn_lws_http_event},
    {.name = NULL},
};

static guint64 n_pauses;

static void set_failure(Link *link, TnCause cause, int code, const char *detail)
{
    link->cause = cause;
    link->code = code;
    g_free(link->detail);
    link->detail = g_strdup(detail);
}

/* The context that fits the endpoint, made anew only if the old one does not. FALSE: the failure is
 * set. */
static gboolean ensure_context(Link *link)
{
    TnCause cause;
    TnLwsContext *holder =
        tn_lws_context_get(link->holder, link->target.use_tls, link->target.ca_file, &cause);

    if (holder == NULL)
        set_failure(link, cause, 0,
                    cause == TN_CAUSE_TLS_CA_FILE ? "the file is missing or holds no certificate"
                                                  : "libwebsockets made no context");
    if (link->holder != NULL)
        link->holder->owner = NULL;
    tn_lws_context_unref(link->holder);
    link->holder = holder;
    if (holder == NULL)
        return FALSE;
    holder->owner = link;
    return TRUE;
}

/* Ends ----------------------------------------------------------------------------------------- */

static void remove_source(guint *source)
{
    if (*source != 0)
        g_source_remove(*source);
    *source = 0;
}

/* Forget the socket and all that waits for it. Nothing of this generation is heard any more.
 * is_orderly: what libwebsockets has taken over but not sent yet may still leave; it keeps the
 * socket for that, up to five seconds and not longer than its context. */
static void drop_socket(Link *link, gboolean is_orderly)
{
    struct lws *wsi = g_steal_pointer(&link->wsi);

    link->generation++;
    remove_source(&link->deadline);
    remove_source(&link->step);
    remove_source(&link->resume);
    remove_source(&link->turn);
    link->slice_us = 0;
    tn_outbox_clear(&link->outbox);
    tn_inbox_clear(&link->inbox);
    if (wsi != NULL && !is_orderly && lws_partial_buffered(wsi))
        shutdown(lws_get_socket_fd(wsi), SHUT_RDWR);
    /* Inside its own callback it ends by what that returns. */
    if (wsi != NULL && wsi != link->holder->running)
        lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
    tn_relay_free(g_steal_pointer(&link->relay), is_orderly);
}

static void drop_endpoint(Link *link)
{
    tn_route_cancel(g_steal_pointer(&link->route));
    g_clear_pointer(&link->addresses, g_strfreev);
    tn_target_clear(&link->target);
    g_clear_pointer(&link->detail, g_free);
    link->next_address = 0;
    link->cause = TN_CAUSE_NONE;
    link->code = 0;
}

static gboolean tell_closed(gpointer user_data)
{
    Link *link = user_data;
    g_autofree char *detail = g_steal_pointer(&link->detail);
    g_autofree char *server = g_steal_pointer(&link->target.authority);
    TnFailure why = {
        .error = tn_reason_error(link->cause),
        .cause = link->cause,
        .code = link->code,
        .detail = detail,
        .server = server,
    };

    link->step = 0;
    link->phase = PHASE_OFF;
    drop_endpoint(link);
    link->events.closed(&why, link->user_data); /* may free the link */
    return G_SOURCE_REMOVE;
}

/* The connection is over: told in a later turn of the loop. */
static void end(Link *link)
{
    drop_socket(link, FALSE);
    tn_route_cancel(g_steal_pointer(&link->route));
    link->phase = PHASE_ENDED;
    link->step = g_timeout_add(0, tell_closed, link);
}

static gboolean on_step(gpointer user_data)
{
    Link *link = user_data;

    link->step = 0;
    attempt(link);
    return G_SOURCE_REMOVE;
}

/* Of several addresses' failures one that is not a mere refusal says more. */
static void attempt_failed(Link *link, TnCause cause, int code, const char *detail)
{
    gboolean is_about_address =
        cause == TN_CAUSE_REFUSED || cause == TN_CAUSE_TIMEOUT || cause == TN_CAUSE_CLOSED;

    if (!is_about_address || link->cause == TN_CAUSE_NONE || link->cause == TN_CAUSE_REFUSED)
        set_failure(link, cause, code, detail);
    drop_socket(link, FALSE);
    if (is_about_address && link->addresses[link->next_address] != NULL &&
        g_get_monotonic_time() < link->until_us)
        link->step = g_timeout_add(0, on_step, link);
    else
        end(link);
}

/* Connecting ----------------------------------------------------------------------------------- */

static gboolean on_deadline(gpointer user_data)
{
    Link *link = user_data;

    link->deadline = 0;
    attempt_failed(link, TN_CAUSE_TIMEOUT, 0, "connecting took too long");
    return G_SOURCE_REMOVE;
}

static guint left_ms(const Link *link)
{
    return (guint)(MAX(link->until_us - g_get_monotonic_time(), 0) / 1000);
}

/* Try the next address. Never called inside a callback of libwebsockets. */
static void attempt(Link *link)
{
    struct lws_client_connect_info info = {0};
    const char *address = link->addresses[link->next_address];
    guint generation = link->generation;
    struct lws *wsi;

    remove_source(&link->deadline);
    /* The time that is left must be enough for all of them. */
    link->deadline = g_timeout_add(
        left_ms(link) / g_strv_length(link->addresses + link->next_address), on_deadline, link);
    link->next_address++;
    link->attempt_us = g_get_monotonic_time();
    tn_lws_take_certificate_error();
    info.context = link->holder->context;
    info.address = address;
    info.host = link->target.authority;
    info.port = link->target.port;
    info.path = link->target.path;
    info.ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT; /* the URL carries the key */
    if (link->target.use_tls)
        info.ssl_connection |= LCCSCF_USE_SSL;
    info.retry_and_idle_policy = &dead_link;
    info.opaque_user_data = GUINT_TO_POINTER(generation);
    wsi = lws_client_connect_via_info(&info);
    if (generation != link->generation) /* it was told already */
        return;
    if (wsi == NULL) {
        attempt_failed(link, TN_CAUSE_REFUSED, 0, "no connection could be begun");
        return;
    }
    link->wsi = wsi;
    lws_cancel_service(link->holder->context); /* else its limits are not looked at */
}

static void on_route(char **addresses, TnRelay *relay, const TnFailure *why, gpointer user_data)
{
    Link *link = user_data;

    link->route = NULL;
    if (addresses == NULL) {
        set_failure(link, why->cause, why->code, why->detail);
        end(link);
        return;
    }
    link->addresses = addresses;
    link->relay = relay;
    link->phase = PHASE_CONNECTING;
    link->step = g_timeout_add(0, on_step, link);
}

static void link_open(TnTransport *transport, const TnEndpoint *endpoint,
                      const TnTransportEvents *events, gpointer user_data)
{
    Link *link = (Link *)transport;
    const char *wrong;

    g_return_if_fail(link->phase == PHASE_OFF);
    link->events = *events;
    link->user_data = user_data;
    link->until_us = g_get_monotonic_time() + (gint64)connect_ms * 1000;
    wrong = tn_target_init(&link->target, endpoint);
    if (wrong != NULL) {
        set_failure(link, TN_CAUSE_CONFIG, 0, wrong);
        end(link);
    } else if (!tn_lws_pin_glue(&link->detail)) {
        link->cause = TN_CAUSE_NO_GLUE;
        end(link);
    } else if (!ensure_context(link)) {
        end(link);
    } else {
        link->phase = PHASE_ROUTING;
        link->route = tn_route_start(link->target.host, link->target.port, &link->dialer,
                                     left_ms(link), on_route, link);
    }
}

static void on_connect_error(Link *link, struct lws *wsi, const char *text)
{
    gint64 took_us = g_get_monotonic_time() - link->attempt_us;
    TnEvidence evidence = {
        .text = text,
        .status = (int)lws_http_client_http_response(wsi),
        .certificate_error = tn_lws_take_certificate_error(),
        .is_late = took_us > (TN_LWS_LIMIT_S - 1) * G_USEC_PER_SEC,
    };
    TnCause cause;

    tn_lws_look_at_socket(wsi, link->relay, &evidence);
    cause = tn_reason_cause(&evidence);
    attempt_failed(
        link, cause,
        cause == TN_CAUSE_API_KEY || cause == TN_CAUSE_NOT_WEBSOCKET ? evidence.status : 0, text);
}

/* Reading -------------------------------------------------------------------------------------- */

static gboolean on_resume(gpointer user_data)
{
    Link *link = user_data;

    link->resume = 0;
    lws_rx_flow_control(link->wsi, 1);
    return G_SOURCE_REMOVE;
}

/* Runs when nobody else wants to: the loop has turned, the slice is over. */
static gboolean on_turn(gpointer user_data)
{
    Link *link = user_data;

    link->turn = 0;
    link->slice_us = 0;
    return G_SOURCE_REMOVE;
}

/* A flood would keep everything that is less urgent than a socket from being served: a window is
 * redrawn only in a loop that finds nothing to read. */
static void begin_slice(Link *link)
{
    if (link->slice_us != 0)
        return;
    link->slice_us = g_get_monotonic_time();
    if (link->turn == 0)
        link->turn = g_idle_add_full(G_PRIORITY_LOW, on_turn, link, NULL);
}

static void end_slice(Link *link, struct lws *wsi)
{
    if (link->resume != 0 || g_get_monotonic_time() - link->slice_us < SLICE_US)
        return;
    remove_source(&link->turn);
    link->slice_us = 0;
    n_pauses++;
    lws_rx_flow_control(wsi, 0);
    link->resume = g_timeout_add(PAUSE_MS, on_resume, link);
}

/* TRUE unless the link was closed or freed meanwhile. */
static gboolean is_current(const TnLwsContext *holder, guint generation)
{
    const Link *link = holder->owner;

    return link != NULL && link->generation == generation;
}

static int on_receive(Link *link, struct lws *wsi, const void *piece, size_t length)
{
    TnLwsContext *holder = link->holder;
    guint generation = link->generation;
    GByteArray *frame;

    begin_slice(link);
    if (!tn_inbox_append(&link->inbox, piece, length, lws_remaining_packet_payload(wsi))) {
        set_failure(link, TN_CAUSE_TOO_LARGE, 0, "a frame is larger than we take");
        end(link);
        return -1;
    }
    if (lws_is_final_fragment(wsi)) {
        frame = tn_inbox_take(&link->inbox);
        link->counters.frames_in++;
        link->counters.bytes_in += frame->len;
        link->events.received((const char *)frame->data, frame->len, link->user_data);
        if (!is_current(holder, generation)) {
            explicit_bzero(frame->data, frame->len);
            g_byte_array_unref(frame);
            return -1;
        }
        tn_inbox_give_back(&link->inbox, frame);
    }
    end_slice(link, wsi);
    return 0;
}

/* Writing -------------------------------------------------------------------------------------- */

/* FALSE: the socket is broken. */
static gboolean write_one(Link *link, struct lws *wsi)
{
    gsize length = 0;
    guint8 *text = tn_outbox_peek(&link->outbox, &length);
    int written;

    if (text == NULL)
        return TRUE;
    written = lws_write(wsi, text, length, LWS_WRITE_TEXT);
    if (written < (int)length)
        return FALSE;
    link->counters.frames_out++;
    link->counters.bytes_out += length;
    tn_outbox_pop(&link->outbox);
    return TRUE;
}

static int on_writable(Link *link, struct lws *wsi)
{
    if (!write_one(link, wsi)) {
        set_failure(link, TN_CAUSE_CLOSED, 0, "writing failed");
        end(link);
        return -1;
    }
    if (!tn_outbox_is_empty(&link->outbox))
        lws_callback_on_writable(wsi);
    return 0;
}

/* What the socket takes at once, and a close frame after it. libwebsockets' own way to send one
 * needs further turns of the loop, so it is put together here. */
static void say_goodbye(Link *link)
{
    guint8 memory[LWS_PRE + 8] = {0};
    guint8 *frame = memory + LWS_PRE;
    guint32 mask = g_random_int();

    while (!tn_outbox_is_empty(&link->outbox)) {
        if (lws_send_pipe_choked(link->wsi) || !write_one(link, link->wsi))
            return;
    }
    if (lws_send_pipe_choked(link->wsi))
        return;
    frame[0] = 0x88;     /* a whole close frame */
    frame[1] = 0x80 | 2; /* masked, two bytes long */
    memcpy(frame + 2, &mask, sizeof(mask));
    frame[6] = frame[2] ^ (LWS_CLOSE_STATUS_NORMAL >> 8);
    frame[7] = frame[3] ^ (LWS_CLOSE_STATUS_NORMAL & 0xff);
    lws_write(link->wsi, frame, 8, LWS_WRITE_RAW);
}

/* libwebsockets' callback ---------------------------------------------------------------------- */

static int on_established(Link *link)
{
    TnLwsContext *holder = link->holder;
    guint generation = link->generation;

    remove_source(&link->deadline);
    set_failure(link, TN_CAUSE_NONE, 0, NULL);
    link->phase = PHASE_OPEN;
    link->alive_us = g_get_monotonic_time();
    link->counters.connects++;
    link->events.opened(link->user_data);
    return is_current(holder, generation) ? 0 : -1;
}

static void on_peer_close(Link *link, const guint8 *reason, size_t length)
{
    int code = length >= 2 ? reason[0] << 8 | reason[1] : 0;

    set_failure(link,
                code == LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE ? TN_CAUSE_TOO_LARGE : TN_CAUSE_CLOSED,
                code, "the server sent a close frame");
}

static void on_closed(Link *link)
{
    gint64 quiet_us = g_get_monotonic_time() - link->alive_us;
    gint64 limit_us = (gint64)dead_link.secs_since_valid_hangup * G_USEC_PER_SEC;

    if (link->cause == TN_CAUSE_NONE && quiet_us > limit_us - G_USEC_PER_SEC / 2)
        set_failure(link, TN_CAUSE_TIMEOUT, 0, "no answer to our ping");
    else if (link->cause == TN_CAUSE_NONE)
        set_failure(link, TN_CAUSE_CLOSED, 0, "the connection ended");
    end(link);
}

static int dispatch(Link *link, struct lws *wsi, enum lws_callback_reasons reason, void *in,
                    size_t length)
{
    switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        link->wsi = wsi;
        return on_established(link);
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return on_receive(link, wsi, in, length);
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return on_writable(link, wsi);
    case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
        link->alive_us = g_get_monotonic_time();
        return 0;
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        on_peer_close(link, in, length);
        return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR: {
        g_autofree char *text = in != NULL ? g_strndup(in, length) : NULL;

        on_connect_error(link, wsi, text);
        return 0;
    }
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP: /* accepted, then silence */
        on_connect_error(link, wsi, "closed before the upgrade");
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
        on_closed(link);
        return 0;
    default:
        return 0;
    }
}

static gboolean is_handled(enum lws_callback_reasons reason)
{
    switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
    case LWS_CALLBACK_CLIENT_RECEIVE:
    case LWS_CALLBACK_CLIENT_WRITEABLE:
    case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
    case LWS_CALLBACK_CLIENT_CLOSED:
        return TRUE;
    default: /* among them some without a socket of ours */
        return FALSE;
    }
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t length)
{
    TnLwsContext *holder;
    struct lws *outer;
    int result;

    (void)user;
    if (!is_handled(reason))
        return 0;
    holder = lws_context_user(lws_get_context(wsi));
    if (!is_current(holder, GPOINTER_TO_UINT(lws_get_opaque_user_data(wsi))))
        return -1;
    outer = holder->running;
    holder->running = wsi;
    result = dispatch(holder->owner, wsi, reason, in, length);
    holder->running = outer;
    return result;
}

/* The port ------------------------------------------------------------------------------------- */

static gboolean link_send(TnTransport *transport, const char *text, gsize length)
{
    Link *link = (Link *)transport;

    if (link->phase != PHASE_OPEN || !tn_outbox_push(&link->outbox, text, length))
        return FALSE;
    lws_callback_on_writable(link->wsi);
    return TRUE;
}

static void link_close(TnTransport *transport, gboolean is_orderly)
{
    Link *link = (Link *)transport;

    if (link->phase == PHASE_OFF)
        return;
    if (is_orderly && link->phase == PHASE_OPEN)
        say_goodbye(link);
    drop_socket(link, is_orderly);
    drop_endpoint(link);
    link->phase = PHASE_OFF;
}

static const TnTransportCounters *link_counters(TnTransport *transport)
{
    return &((Link *)transport)->counters;
}

static void link_free(TnTransport *transport)
{
    Link *link = (Link *)transport;

    link_close(transport, FALSE);
    tn_lws_http_cancel_all(&link->https);
    if (link->holder != NULL)
        link->holder->owner = NULL;
    tn_lws_context_unref(link->holder);
    g_free(link);
}

/* Beside the WebSocket, whatever becomes of that: in the same context where that does. */
static TnHttp *link_http_start(TnTransport *transport, const TnHttpRequest *request,
                               const TnHttpEvents *events, gpointer user_data)
{
    Link *link = (Link *)transport;

    return tn_lws_http_start(&link->https, link->holder, &link->dialer, request, events, user_data);
}

static void link_http_cancel(TnTransport *transport, TnHttp *http)
{
    (void)transport;
    tn_lws_http_cancel(http);
}

static void link_http_resume(TnTransport *transport, TnHttp *http)
{
    (void)transport;
    tn_lws_http_resume(http);
}

TnTransport *tn_transport_lws_new(void)
{
    static const TnTransportClass klass = {
        .open = link_open,
        .send = link_send,
        .close = link_close,
        .counters = link_counters,
        .free = link_free,
        .http_start = link_http_start,
        .http_cancel = link_http_cancel,
        .http_resume = link_http_resume,
    };
    Link *link = g_new0(Link, 1);

    link->base.klass = &klass;
    g_queue_init(&link->https);
    tn_outbox_init(&link->outbox, LWS_PRE, MAX_QUEUE_BYTES, MAX_QUEUE_FRAMES);
    tn_inbox_init(&link->inbox, TN_MAX_FRAME);
    return &link->base;
}

void tn_transport_lws_set_dialer(TnTransport *transport, const TnDialer *dialer)
{
    ((Link *)transport)->dialer = *dialer;
}

void tn_transport_lws_set_deadline(guint total_ms)
{
    connect_ms = total_ms != 0 ? total_ms : CONNECT_MS;
}

void tn_transport_lws_set_dead_link(guint16 ping_s, guint16 hangup_s)
{
    dead_link.secs_since_valid_ping = ping_s != 0 ? ping_s : 30;
    dead_link.secs_since_valid_hangup = hangup_s != 0 ? hangup_s : 45;
}

guint64 tn_transport_lws_pauses(void)
{
    return n_pauses;
}
