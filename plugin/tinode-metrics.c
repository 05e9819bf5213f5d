/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-metrics.c: the engine's and the link's counters as JSON and as text. */
#include "tinode-metrics.h"

#include "tinode-text.h"

/* Every string in the object is a word of ours and every value a number: nothing to escape. */

static void add_latency(GString *out, const char *name, const ReceiptLatency *latency)
{
    const gint64 values[] = {latency->p50, latency->p95, latency->p99};
    const char *const names[] = {"p50", "p95", "p99"};

    g_string_append_printf(out, "\"%s\":{", name);
    for (guint i = 0; i < G_N_ELEMENTS(values); i++) {
        g_string_append_printf(out, "%s\"%s\":", i > 0 ? "," : "", names[i]);
        if (values[i] < 0)
            g_string_append(out, "null");
        else
            g_string_append_printf(out, "%" G_GINT64_FORMAT, values[i]);
    }
    g_string_append_c(out, '}');
}

static void add_failures(GString *out, const char *name, const guint64 *failed)
{
    gboolean is_first = TRUE;

    g_string_append_printf(out, "\"%s\":{", name);
    for (guint i = RECEIPT_OK + 1; i < RECEIPT_N_ERRORS; i++) {
        if (failed[i] == 0)
            continue;
        g_string_append_printf(out, "%s\"%s\":%" G_GUINT64_FORMAT, is_first ? "" : ",",
                               receipt_error_name(i), failed[i]);
        is_first = FALSE;
    }
    g_string_append_c(out, '}');
}

static void add_count(GString *out, const char *name, guint64 value)
{
    if (out->str[out->len - 1] != '{')
        g_string_append_c(out, ',');
    g_string_append_printf(out, "\"%s\":%" G_GUINT64_FORMAT, name, value);
}

static void add_sync(GString *out, const ReceiptMetrics *m)
{
    g_string_append(out, "\"sync\":{");
    add_count(out, "started_ok", m->started_ok);
    g_string_append_c(out, ',');
    add_failures(out, "started_failed", m->started_failed);
    add_count(out, "stopped_ok", m->stopped_ok);
    g_string_append_c(out, ',');
    add_failures(out, "stopped_failed", m->stopped_failed);
    add_count(out, "active", m->active);
    add_count(out, "active_max", m->active_max);
    add_count(out, "limit", m->limit);
    add_count(out, "evicted", m->evicted);
    g_string_append_c(out, ',');
    add_latency(out, "activation_ms", &m->activation);
    g_string_append(out, "},");
}

static void add_receipts(GString *out, const ReceiptMetrics *m)
{
    g_string_append(out, "\"receipts\":{");
    add_count(out, "applied", m->applied);
    add_count(out, "stale", m->stale);
    add_count(out, "snapshots", m->snapshots);
    add_count(out, "polls", m->polls);
    g_string_append(out, "},\"cursors\":{");
    add_count(out, "sent", m->cursors_sent);
    add_count(out, "coalesced", m->cursors_coalesced);
    add_count(out, "owed", m->cursors_owed);
    add_count(out, "confirmed", m->cursors_confirmed);
    g_string_append_c(out, ',');
    add_latency(out, "ack_ms", &m->ack);
    g_string_append(out, "},\"breaker\":{");
    add_count(out, "trips", m->breaker_trips);
    add_count(out, "open", m->breaker_open);
    g_string_append(out, "},");
}

static void add_link(GString *out, TinodeAccount *ta)
{
    const TnTransportCounters *link = tn_session_counters(ta->session);

    g_string_append(out, "\"link\":{");
    add_count(out, "connects", link->connects);
    add_count(out, "resumes", tn_session_resumes(ta->session));
    add_count(out, "frames_in", link->frames_in);
    add_count(out, "frames_out", link->frames_out);
    add_count(out, "bytes_in", link->bytes_in);
    add_count(out, "bytes_out", link->bytes_out);
    g_string_append(out, "},");
}

char *tinode_metrics_json(TinodeAccount *ta)
{
    GString *out;
    ReceiptMetrics m;

    if (ta->engine == NULL)
        return NULL;
    receipt_engine_metrics(ta->engine, &m);
    out = g_string_new("{");
    add_sync(out, &m);
    add_receipts(out, &m);
    add_link(out, ta);
    g_string_append(out, "\"memory\":{");
    add_count(out, "channels", m.channels);
    add_count(out, "members", m.members);
    add_count(out, "messages", m.messages);
    add_count(out, "bytes", m.bytes);
    g_string_append(out, "},\"timers\":{");
    add_count(out, "armed", tinode_account_timers_armed(ta));
    add_count(out, "fired", m.timers_fired);
    g_string_append(out, "}}");
    return g_string_free(out, FALSE);
}

static char *latency_text(const ReceiptLatency *latency)
{
    if (latency->p50 < 0)
        return g_strdup(_("not measured yet"));
    return g_strdup_printf(_("half within %d ms, 95 of 100 within %d ms"), (int)latency->p50,
                           (int)latency->p95);
}

static guint64 failures(const guint64 *failed)
{
    guint64 sum = 0;

    for (guint i = RECEIPT_OK + 1; i < RECEIPT_N_ERRORS; i++)
        sum += failed[i];
    return sum;
}

char *tinode_metrics_text(TinodeAccount *ta)
{
    const TnTransportCounters *link;
    g_autofree char *activation = NULL;
    g_autofree char *ack = NULL;
    GString *out;
    ReceiptMetrics m;

    if (ta->engine == NULL)
        return NULL;
    receipt_engine_metrics(ta->engine, &m);
    link = tn_session_counters(ta->session);
    activation = latency_text(&m.activation);
    ack = latency_text(&m.ack);
    out = g_string_new(NULL);
    g_string_append_printf(out, _("In sync: %u of at most %u (most so far: %u)"), m.active, m.limit,
                           m.active_max);
    g_string_append_printf(out, _("\nSync started: %u, failed: %u, stopped: %u"),
                           (guint)m.started_ok, (guint)failures(m.started_failed),
                           (guint)m.stopped_ok);
    g_string_append_printf(out, _("\nTime to start: %s"), activation);
    g_string_append_printf(out, _("\nReceipts taken in: %u, already known: %u"), (guint)m.applied,
                           (guint)m.stale);
    g_string_append_printf(out, _("\nReceipts sent: %u, confirmed: %u, still owed: %u"),
                           (guint)m.cursors_sent, (guint)m.cursors_confirmed, m.cursors_owed);
    g_string_append_printf(out, _("\nTime to confirm: %s"), ack);
    g_string_append_printf(out, _("\nConnections: %u, resumed: %u"), (guint)link->connects,
                           (guint)tn_session_resumes(ta->session));
    g_string_append_printf(out, _("\nFrames in: %u, out: %u"), (guint)link->frames_in,
                           (guint)link->frames_out);
    g_string_append_printf(out, _("\nConversations known: %u, members: %u, own messages: %u"),
                           m.channels, m.members, m.messages);
    return g_string_free(out, FALSE);
}
