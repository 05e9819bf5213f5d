/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * support-fake-transport.c: the transport in memory of support-fake-transport.h.
 */
#include "support-fake-transport.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static FakeTransport *fake_of(TnTransport *transport)
{
    return (FakeTransport *)transport;
}

static void fake_open(TnTransport *transport, const TnEndpoint *endpoint,
                      const TnTransportEvents *events, gpointer user_data)
{
    FakeTransport *fake = fake_of(transport);

    assert_false(fake->is_connecting || fake->is_open);
    g_free(fake->host);
    g_free(fake->api_key);
    g_free(fake->ca_file);
    fake->host = g_strdup(endpoint->host);
    fake->api_key = g_strdup(endpoint->api_key);
    fake->ca_file = g_strdup(endpoint->ca_file);
    fake->port = endpoint->port;
    fake->use_tls = endpoint->use_tls;
    fake->events = *events;
    fake->user_data = user_data;
    fake->is_connecting = TRUE;
}

static gboolean fake_send(TnTransport *transport, const char *text, gsize length)
{
    FakeTransport *fake = fake_of(transport);

    assert_int_equal(length, strlen(text));
    if (!fake->is_open || fake->is_full)
        return FALSE;
    fake->counters.frames_out++;
    g_ptr_array_add(fake->sent, g_strdup(text));
    return TRUE;
}

static void fake_close(TnTransport *transport, gboolean is_orderly)
{
    FakeTransport *fake = fake_of(transport);

    fake->is_connecting = fake->is_open = FALSE;
    fake->was_orderly = is_orderly;
    g_ptr_array_set_size(fake->sent, 0);
}

static const TnTransportCounters *fake_counters(TnTransport *transport)
{
    return &fake_of(transport)->counters;
}

static void fake_free(TnTransport *transport)
{
    fake_close(transport, FALSE);
    fake_of(transport)->is_freed = TRUE;
}

static const TnTransportClass fake_class = {.open = fake_open,
                                            .send = fake_send,
                                            .close = fake_close,
                                            .counters = fake_counters,
                                            .free = fake_free};

FakeTransport *fake_transport_new(void)
{
    FakeTransport *fake = g_new0(FakeTransport, 1);

    fake->base.klass = &fake_class;
    fake->sent = g_ptr_array_new_with_free_func(g_free);
    fake->now_ms = 1000000;
    fake->deadline_ms = -1;
    return fake;
}

void fake_transport_destroy(FakeTransport *fake)
{
    assert_true(fake->is_freed);
    assert_int_equal(fake->deadline_ms, -1);
    g_ptr_array_free(fake->sent, TRUE);
    g_free(fake->host);
    g_free(fake->api_key);
    g_free(fake->ca_file);
    g_free(fake);
}

static gint64 clock_now(gpointer user_data)
{
    return (*(FakeTransport **)user_data)->now_ms;
}

static void clock_set_deadline(gint64 at_ms, gpointer user_data)
{
    FakeTransport *fake = *(FakeTransport **)user_data;

    fake->deadline_ms = at_ms;
    fake->n_deadlines++;
}

static double clock_chance(gpointer user_data)
{
    return (*(FakeTransport **)user_data)->chance;
}

const TnClock fake_clock = {clock_now, clock_set_deadline, clock_chance};

void fake_opened(FakeTransport *fake)
{
    assert_true(fake->is_connecting);
    fake->is_connecting = FALSE;
    fake->is_open = TRUE;
    fake->counters.connects++;
    fake->events.opened(fake->user_data);
}

void fake_receive_bytes(FakeTransport *fake, const char *bytes, gsize length)
{
    g_autofree char *copy = g_malloc(length + 1);

    assert_true(fake->is_open);
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    fake->counters.frames_in++;
    fake->events.received(copy, length, fake->user_data);
}

void fake_receive(FakeTransport *fake, const char *text)
{
    g_autofree char *json = g_strdelimit(g_strdup(text), "'", '"');

    fake_receive_bytes(fake, json, strlen(json));
}

void fake_closed(FakeTransport *fake, TnError error, TnCause cause)
{
    TnFailure why = {error, cause, 0, "closed by the test", NULL};

    assert_true(fake->is_connecting || fake->is_open);
    fake->is_connecting = fake->is_open = FALSE;
    fake->events.closed(&why, fake->user_data);
}

void fake_advance(FakeTransport *fake, TnSession **session, gint64 ms)
{
    gint64 until_ms = fake->now_ms + ms;
    guint n_ticks = 0;

    while (*session != NULL && fake->deadline_ms >= 0 && fake->deadline_ms <= until_ms) {
        /* A deadline that does not move would spin a real loop. */
        assert_true(++n_ticks < 10000);
        fake->now_ms = MAX(fake->now_ms, fake->deadline_ms);
        fake->deadline_ms = -1; /* as a timer that has fired: it is for the session to set anew */
        tn_session_tick(*session);
    }
    fake->now_ms = until_ms;
}

char *fake_take(FakeTransport *fake)
{
    return fake->sent->len > 0 ? g_ptr_array_steal_index(fake->sent, 0) : NULL;
}

char *fake_expect(FakeTransport *fake, const char *json)
{
    g_autofree char *expected_text = g_strdelimit(g_strdup(json), "'", '"');
    g_autofree char *text = fake_take(fake);
    json_t *expected = json_loads(expected_text, 0, NULL), *sent, *body, *id;
    char *found;

    assert_non_null(expected);
    if (text == NULL)
        fail_msg("nothing was sent, expected %s", expected_text);
    sent = json_loads(text, 0, NULL);
    assert_non_null(sent);
    body = json_object_iter_value(json_object_iter(sent));
    id = json_object_get(body, "id");
    found = g_strdup(json_is_string(id) ? json_string_value(id) : "");
    json_object_del(body, "id");
    if (!json_equal(sent, expected))
        fail_msg("sent %s, expected %s", text, expected_text);
    json_decref(sent);
    json_decref(expected);
    return found;
}

void fake_expect_silence(const FakeTransport *fake)
{
    if (fake->sent->len > 0)
        fail_msg("unexpected frame %s", (char *)g_ptr_array_index(fake->sent, 0));
}
