/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-link.c: the transport in memory; the test is the server. */
#include "fake-files.h"
#include "fake.h"

#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "protocol/tn-transport-lws.h"

typedef struct {
    TnTransport base; /* first */
    PurpleAccount *account;
    TnTransportEvents events;
    gpointer user_data;
    TnTransportCounters counters;
    gboolean is_connecting, is_open, is_full;
    char *where;
    GQueue sent; /* char * */
    TnDialer dialer;
    TnDial *dial;
    int stream; /* from the dialer; -1: none */
} Link;

static GList *links;           /* alive, newest first */
static PurpleAccount *signing; /* whose login runs */
static PurpleAccount *server_of;
static json_t *last_sent; /* the last frame claimed */

static void close_stream(Link *link)
{
    if (link->stream >= 0)
        close(link->stream);
    link->stream = -1;
}

static void on_dialed(int fd, const TnFailure *why, gpointer user_data)
{
    Link *link = user_data;

    link->dial = NULL;
    link->stream = fd;
    if (fd >= 0) {
        link->is_connecting = TRUE;
    } else {
        const TnFailure end = {why->cause == TN_CAUSE_PROXY_CONFIG ? TN_ERROR_PERMANENT
                                                                   : TN_ERROR_TRANSIENT,
                               why->cause, why->code, why->detail, NULL};

        link->events.closed(&end, link->user_data);
    }
}

static void link_open(TnTransport *transport, const TnEndpoint *endpoint,
                      const TnTransportEvents *events, gpointer user_data)
{
    Link *link = (Link *)transport;

    if (link->is_connecting || link->is_open || link->dial != NULL)
        fake_fail("a second connection is opened");
    g_free(link->where);
    link->where =
        g_strdup_printf("%s:%u%s", endpoint->host, endpoint->port, endpoint->use_tls ? " tls" : "");
    link->events = *events;
    link->user_data = user_data;
    close_stream(link);
    if (link->dialer.is_needed(endpoint->host, endpoint->port, link->dialer.data))
        link->dial =
            link->dialer.dial(endpoint->host, endpoint->port, on_dialed, link, link->dialer.data);
    else
        link->is_connecting = TRUE;
}

static gboolean link_send(TnTransport *transport, const char *text, gsize length)
{
    Link *link = (Link *)transport;

    assert_int_equal(length, strlen(text));
    if (!link->is_open || link->is_full)
        return FALSE;
    link->counters.frames_out++;
    link->counters.bytes_out += length;
    g_queue_push_tail(&link->sent, g_strdup(text));
    return TRUE;
}

static void link_close(TnTransport *transport, gboolean is_orderly)
{
    Link *link = (Link *)transport;

    (void)is_orderly;
    link->is_connecting = link->is_open = FALSE;
    if (link->dial != NULL)
        link->dialer.cancel(g_steal_pointer(&link->dial));
    close_stream(link);
}

static const TnTransportCounters *link_counters(TnTransport *transport)
{
    return &((Link *)transport)->counters;
}

/* Frames that nobody looked at stay for the check at the end. */
static GQueue orphans = G_QUEUE_INIT;

static void link_free(TnTransport *transport)
{
    Link *link = (Link *)transport;
    char *text;

    link_close(transport, FALSE);
    while ((text = g_queue_pop_head(&link->sent)) != NULL)
        g_queue_push_tail(&orphans, text);
    links = g_list_remove(links, link);
    g_free(link->where);
    g_free(link);
}

TnTransport *tn_transport_lws_new(void)
{
    static const TnTransportClass klass = {.open = link_open,
                                           .send = link_send,
                                           .close = link_close,
                                           .counters = link_counters,
                                           .free = link_free,
                                           .http_start = fake_http_start,
                                           .http_cancel = fake_http_cancel,
                                           .http_resume = fake_http_resume};
    Link *link = g_new0(Link, 1);

    link->base.klass = &klass;
    link->account = signing;
    link->stream = -1;
    g_queue_init(&link->sent);
    links = g_list_prepend(links, link);
    return &link->base;
}

void tn_transport_lws_set_dialer(TnTransport *transport, const TnDialer *dialer)
{
    Link *link = (Link *)transport;

    /* Outside of a login the account's proxy tells whose it is. */
    if (link->account == NULL)
        link->account = dialer->data;
    link->dialer = *dialer;
}

static gboolean has_log;

void tn_transport_lws_set_log(TnLogFunc func, gpointer user_data)
{
    (void)user_data;
    has_log = func != NULL;
}

void fake_link_login(PurpleAccount *account)
{
    signing = account;
    if (account != NULL && server_of == NULL)
        server_of = account;
}

void fake_server_of(PurpleAccount *account)
{
    server_of = account;
}

static Link *find_link(void)
{
    for (GList *each = links; each != NULL; each = each->next)
        if (((Link *)each->data)->account == server_of)
            return each->data;
    return NULL;
}

static Link *current(void)
{
    Link *link = find_link();

    if (link == NULL)
        fake_fail("the account has no link");
    return link;
}

const char *fake_connecting(void)
{
    Link *link = find_link();

    return link != NULL && link->is_connecting ? link->where : NULL;
}

int fake_take_stream(void)
{
    Link *link = find_link();
    int fd = link != NULL ? link->stream : -1;

    if (fd >= 0)
        link->stream = -1;
    return fd;
}

gboolean fake_link_is_open(void)
{
    Link *link = find_link();

    return link != NULL && link->is_open;
}

void fake_opened(void)
{
    Link *link = current();

    if (!link->is_connecting)
        fake_fail("nobody connects");
    link->is_connecting = FALSE;
    link->is_open = TRUE;
    link->counters.connects++;
    link->events.opened(link->user_data);
}

void fake_closed(TnError error, TnCause cause)
{
    const TnFailure why = {error, cause, 0, "closed by the test", NULL};
    Link *link = current();

    if (!link->is_connecting && !link->is_open)
        fake_fail("there is no connection that could end");
    link->is_connecting = link->is_open = FALSE;
    link->events.closed(&why, link->user_data);
}

void fake_set_full(gboolean is_full)
{
    current()->is_full = is_full;
}

/* Frames out ------------------------------------------------------------------------------------
 */

static json_t *parse(const char *text)
{
    g_autofree char *json = fake_json(text);
    json_error_t error;
    json_t *value = json_loads(json, JSON_DECODE_ANY, &error);

    if (value == NULL)
        fake_fail("the test's JSON is wrong: %s: %s", error.text, json);
    return value;
}

/* Objects may hold more than asked; the word "none" says that a member must not be there. */
static gboolean holds(json_t *value, json_t *wanted)
{
    const char *key;
    json_t *member;

    if (!json_is_object(wanted))
        return json_equal(value, wanted);
    if (!json_is_object(value))
        return FALSE;
    json_object_foreach (wanted, key, member) {
        json_t *found = json_object_get(value, key);

        if (json_is_string(member) && strcmp(json_string_value(member), "none") == 0) {
            if (found != NULL)
                return FALSE;
        } else if (found == NULL || !holds(found, member)) {
            return FALSE;
        }
    }
    return TRUE;
}

static void claim(json_t *frame)
{
    json_decref(last_sent);
    last_sent = frame;
}

void fake_sent(const char *json)
{
    Link *link = current();
    g_autofree char *text = g_queue_pop_head(&link->sent);
    json_t *wanted = parse(json), *frame;
    gboolean is_it;

    if (text == NULL)
        fake_fail("nothing was sent, expected %s", json);
    frame = json_loads(text, 0, NULL);
    is_it = holds(frame, wanted);
    json_decref(wanted);
    claim(frame);
    if (!is_it)
        fake_fail("sent %s, expected %s", text, json);
}

void fake_sent_nothing(void)
{
    Link *link = find_link();

    if (link != NULL && link->sent.length > 0)
        fake_fail("unexpected frame %s", (char *)g_queue_peek_head(&link->sent));
}

guint fake_sent_count(const char *json)
{
    Link *link = current();
    json_t *wanted = parse(json);
    guint count = 0;
    char *text;

    while ((text = g_queue_pop_head(&link->sent)) != NULL) {
        json_t *frame = json_loads(text, 0, NULL);

        count += holds(frame, wanted);
        claim(frame);
        g_free(text);
    }
    json_decref(wanted);
    return count;
}

char *fake_take_frame(void)
{
    Link *link = find_link();

    return link != NULL ? g_queue_pop_head(&link->sent) : NULL;
}

void fake_drop_frames(void)
{
    for (GList *each = links; each != NULL; each = each->next)
        g_queue_clear_full(&((Link *)each->data)->sent, g_free);
    g_queue_clear_full(&orphans, g_free);
}

const char *fake_sent_member(const char *path)
{
    g_auto(GStrv) keys = g_strsplit(path, ".", -1);
    json_t *value = last_sent;

    for (char **key = keys; *key != NULL; key++)
        value = json_object_get(value, *key);
    if (!json_is_string(value))
        fake_fail("the last frame has no %s", path);
    return json_string_value(value);
}

/* Frames in -------------------------------------------------------------------------------------
 */

static void receive(const char *text)
{
    Link *link = current();

    if (!link->is_open)
        fake_fail("a frame comes on a link that is not open: %s", text);
    link->counters.frames_in++;
    link->counters.bytes_in += strlen(text);
    link->events.received(text, strlen(text), link->user_data);
}

void fake_push(const char *json)
{
    g_autofree char *text = fake_json(json);

    receive(text);
}

void fake_push_raw(const char *json)
{
    receive(json);
}

void fake_pushf(const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    fake_push(text);
}

void fake_reply(const char *json)
{
    json_t *frame = parse(json);
    json_t *body = json_object_iter_value(json_object_iter(frame));
    json_t *sent = last_sent != NULL ? json_object_iter_value(json_object_iter(last_sent)) : NULL;
    json_t *id = json_object_get(sent, "id");
    char *text;

    if (id == NULL)
        fake_fail("the last frame wants no answer");
    json_object_set(body, "id", id);
    text = json_dumps(frame, JSON_COMPACT);
    json_decref(frame);
    /* The session may end the test's patience by fake_fail(): text is freed by a copy of GLib's. */
    {
        g_autofree char *copy = g_strdup(text);

        free(text);
        receive(copy);
    }
}

void fake_replyf(const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    fake_reply(text);
}

/* Life ------------------------------------------------------------------------------------------
 */

void fake_link_reset(void)
{
    signing = server_of = NULL;
    claim(NULL);
    g_queue_clear_full(&orphans, g_free);
}

void fake_link_check(void)
{
    g_autofree char *frame = g_queue_pop_head(&orphans);

    fake_link_reset();
    if (links != NULL)
        fake_fail("%u transports were not freed", g_list_length(links));
    if (has_log)
        fake_fail("the transport's log was not taken back");
    if (frame != NULL)
        fake_fail("a frame that the test did not claim: %s", frame);
}
