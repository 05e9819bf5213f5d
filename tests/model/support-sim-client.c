/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine, its host and the user of a simulated week; see support-sim.h. */
#include "support-sim.h"

#include <string.h>

#define NAME(channel) sim->topics[channel].name

/* Ports ---------------------------------------------------------------------------------------- */

static void set_deadline(gint64 at_ms, gpointer data)
{
    Sim *sim = data;

    if (at_ms >= 0 && at_ms <= sim->now_ms)
        sim_fail(sim, "a deadline in the past: %" G_GINT64_FORMAT, at_ms);
    sim->deadline_ms = at_ms;
}

static double chance(gpointer data)
{
    return sim_roll(data, 1000000) / 1000000.0;
}

static void ask(Sim *sim, SimRequest request)
{
    for (guint i = 0; i < sim->requests->len; i++) {
        const SimRequest *other = &g_array_index(sim->requests, SimRequest, i);

        if (other->channel == request.channel && other->kind <= 1 && request.kind <= 1)
            sim_fail(sim, "%s: two requests about being attached", NAME(request.channel));
    }
    g_array_append_val(sim->requests, request);
    sim->counts.requests++;
    sim->counts.requests_max = MAX(sim->counts.requests_max, sim->requests->len);
    sim_server_asked(sim, &request);
}

static void attach(guint32 id, const char *channel, gboolean is_focused, gpointer data)
{
    (void)is_focused;
    ask(data, (SimRequest){.id = id, .kind = 0, .channel = sim_index(data, channel)});
}

static void detach(guint32 id, const char *channel, gpointer data)
{
    ask(data, (SimRequest){.id = id, .kind = 1, .channel = sim_index(data, channel)});
}

static void snapshot(guint32 id, const char *channel, gpointer data)
{
    ask(data, (SimRequest){.id = id, .kind = 2, .channel = sim_index(data, channel)});
}

static void send_cursor(guint32 id, const char *channel, ReceiptKind kind, guint32 seq,
                        gpointer data)
{
    Sim *sim = data;
    guint index = sim_index(sim, channel);
    SimView *view = &sim->views[index];
    const SimTopic *topic = &sim->topics[index];

    sim->counts.cursors++;
    if (seq <= view->sent[kind]) {
        sim->counts.repeats++;
        if (!view->may_repeat[kind])
            sim_fail(sim, "%s: %s %u was sent in this connection, up to %u", channel,
                     receipt_kind_name(kind), seq, view->sent[kind]);
    }
    if (kind == RECEIPT_READ && !view->may_tell && seq > topic->published)
        sim_fail(sim, "%s: read %u was not to be told", channel, seq);
    if (kind == RECEIPT_READ && view->may_tell && seq > view->told)
        sim_fail(sim, "%s: read %u was not seen, only up to %u", channel, seq, view->told);
    view->may_repeat[kind] = FALSE;
    view->sent[kind] = MAX(view->sent[kind], seq);
    ask(sim, (SimRequest){id, 3, index, kind, seq});
}

/* a: what there was to fetch. The host's work of a catch-up. */
static void fetched(Sim *sim, const SimEvent *event)
{
    SimView *view = &sim->views[event->channel];

    receipt_engine_handed(sim->engine, sim->now_ms, NAME(event->channel), 1,
                          sim->topics[event->channel].last);
    if (view->is_catching_up)
        receipt_engine_release(sim->engine, sim->now_ms, NAME(event->channel),
                               RECEIPT_HOLD_CATCH_UP);
    view->is_catching_up = FALSE;
    sim_client_check(sim, event->channel);
}

static void sync_changed(const char *channel, ReceiptSyncState state, ReceiptReason reason,
                         gpointer data)
{
    Sim *sim = data;

    (void)reason;
    if (state == RECEIPT_SYNC_ACTIVE)
        sim_at_link(sim, sim_about(sim, 200), fetched, sim_index(sim, channel), 0, 0);
}

static void save(GBytes *state, gpointer data)
{
    Sim *sim = data;

    g_clear_pointer(&sim->saved, g_bytes_unref);
    sim->saved = g_bytes_ref(state);
    sim->counts.saves++;
}

void sim_client_engine(Sim *sim)
{
    static const ReceiptPorts ports = {
        .clock = {set_deadline, chance},
        .transport = {attach, detach, snapshot, send_cursor},
        .observer = {.sync_changed = sync_changed},
        .store = {save},
    };
    ReceiptPorts own = ports;
    ReceiptOptions options;
    g_autoptr(GError) error = NULL;

    receipt_options_init(&options);
    own.user_data = sim;
    sim->deadline_ms = -1;
    sim->life++;
    sim->engine = receipt_engine_new("usrMe", &options, &own);
    if (sim->saved != NULL && !receipt_engine_load(sim->engine, sim->saved, &error))
        sim_fail(sim, "what was saved does not load: %s", error->message);
}

/* After whatever happened: how long things are owed, how much there is. */
void sim_client_check(Sim *sim, guint channel)
{
    ReceiptMetrics metrics;

    if (channel == SIM_CHANNELS) {
        for (guint i = 0; i < SIM_CHANNELS; i++)
            sim_client_check(sim, i);
        receipt_engine_metrics(sim->engine, &metrics);
        sim->counts.active_max = MAX(sim->counts.active_max, metrics.active_max);
        sim->counts.bytes_max = MAX(sim->counts.bytes_max, metrics.bytes);
        if (metrics.active > metrics.limit)
            sim_fail(sim, "%u active of %u", metrics.active, metrics.limit);
        return;
    }
    for (guint kind = RECEIPT_RECV; kind <= RECEIPT_READ; kind++) {
        gint64 *since = &sim->views[channel].owed_since[kind];
        gboolean is_owed = receipt_engine_owed(sim->engine, NAME(channel), kind) > 0;

        if (is_owed && *since < 0)
            *since = sim->now_ms;
        if (!is_owed && *since >= 0) {
            sim->counts.longest_owed_ms = MAX(sim->counts.longest_owed_ms, sim->now_ms - *since);
            *since = -1;
        }
    }
}

/* The host ------------------------------------------------------------------------------------- */

static void catch_up(Sim *sim, guint channel)
{
    SimView *view = &sim->views[channel];

    if (view->is_catching_up)
        return;
    view->is_catching_up = TRUE;
    receipt_engine_hold(sim->engine, sim->now_ms, NAME(channel), RECEIPT_HOLD_CATCH_UP);
}

static void see(Sim *sim, const SimEvent *event)
{
    SimView *view = &sim->views[event->channel];
    guint32 up_to = receipt_engine_handed_up_to(sim->engine, NAME(event->channel));

    if (sim->focused != (int)event->channel || !sim->is_awake || up_to <= view->seen)
        return;
    view->seen = up_to;
    if (view->may_tell)
        view->told = up_to;
    receipt_engine_seen(sim->engine, sim->now_ms, NAME(event->channel), up_to, view->may_tell);
    sim_client_check(sim, event->channel);
}

void sim_client_arrived(Sim *sim, guint channel, guint32 seq, const char *author)
{
    receipt_engine_begin(sim->engine);
    receipt_engine_arrived(sim->engine, sim->now_ms, NAME(channel), seq, author);
    if (sim->topics[channel].is_attached &&
        receipt_engine_sync_state(sim->engine, NAME(channel), NULL) == RECEIPT_SYNC_ACTIVE)
        receipt_engine_handed(sim->engine, sim->now_ms, NAME(channel), seq, seq);
    else
        catch_up(sim, channel);
    receipt_engine_end(sim->engine, sim->now_ms);
    if (sim->focused == (int)channel)
        sim_at(sim, 1000 + sim_about(sim, 2000), see, channel, 0, 0);
    sim_client_check(sim, channel);
}

/* Rows of all conversations: what is new, and what the server has of us. */
void sim_client_signed_in(Sim *sim)
{
    receipt_engine_begin(sim->engine);
    receipt_engine_network(sim->engine, sim->now_ms, TRUE);
    for (guint i = 0; i < SIM_CHANNELS; i++) {
        const SimTopic *topic = &sim->topics[i];

        if (topic->last == 0)
            continue;
        receipt_engine_arrived(sim->engine, sim->now_ms, topic->name, topic->last, NULL);
        receipt_engine_cursor(sim->engine, sim->now_ms, topic->name, "usrMe", RECEIPT_RECV,
                              topic->own[RECEIPT_RECV]);
        receipt_engine_cursor(sim->engine, sim->now_ms, topic->name, "usrMe", RECEIPT_READ,
                              topic->own[RECEIPT_READ]);
        if (receipt_engine_handed_up_to(sim->engine, topic->name) < topic->last)
            catch_up(sim, i);
    }
    receipt_engine_end(sim->engine, sim->now_ms);
    for (guint i = 0; i < sim->posts->len; i++) {
        SimPost *post = g_ptr_array_index(sim->posts, i);

        if (!post->is_acked)
            sim_server_post(sim, post);
    }
    sim_client_check(sim, SIM_CHANNELS);
}

/* The user ------------------------------------------------------------------------------------- */

void sim_client_look(Sim *sim, guint channel)
{
    if (sim->focused >= 0)
        receipt_engine_unfocused(sim->engine, sim->now_ms, NAME(sim->focused));
    sim->focused = (int)channel;
    sim->views[channel].is_open = TRUE;
    receipt_engine_focused(sim->engine, sim->now_ms, NAME(channel));
    sim_at(sim, 500 + sim_about(sim, 2000), see, channel, 0, 0);
    sim_at(sim, 15000, see, channel, 0, 0);
    sim_client_check(sim, SIM_CHANNELS);
}

static void write_message(Sim *sim, guint channel)
{
    SimPost *post = g_new0(SimPost, 1);

    g_snprintf(post->id, sizeof post->id, "s%u", sim->posts->len);
    post->channel = channel;
    g_ptr_array_add(sim->posts, post);
    sim->counts.posts++;
    receipt_engine_message_new(sim->engine, sim->now_ms, NAME(channel), post->id);
    sim_server_post(sim, post);
    sim_client_check(sim, channel);
}

/* What there is to be read first, else anything. */
static guint choose(Sim *sim)
{
    guint channel = sim_roll(sim, SIM_CHANNELS);

    for (guint i = 0; i < SIM_CHANNELS; i++) {
        guint other = (channel + i) % SIM_CHANNELS;

        if (receipt_engine_unread(sim->engine, NAME(other)) > 0)
            return other;
    }
    return channel;
}

static void user_acts(Sim *sim, const SimEvent *event)
{
    guint channel = choose(sim);

    (void)event;
    if (sim->is_calm)
        return;
    sim_at(sim, sim_about(sim, 90000), user_acts, 0, 0, 0);
    if (!sim->is_awake)
        return;
    switch (sim_roll(sim, 12)) {
    case 0: /* looking for a tab */
        sim->counts.flips++;
        for (guint i = 0; i < 8; i++)
            sim_client_look(sim, (channel + i) % SIM_CHANNELS);
        break;
    case 1:
        if (sim->focused >= 0) {
            sim->views[sim->focused].is_open = FALSE;
            receipt_engine_closed(sim->engine, sim->now_ms, NAME(sim->focused));
            sim->focused = -1;
        }
        break;
    case 2:
    case 3:
        if (sim->focused >= 0)
            write_message(sim, (guint)sim->focused);
        break;
    case 4:
        sim->is_awake = FALSE;
        receipt_engine_app_active(sim->engine, sim->now_ms, FALSE);
        break;
    default:
        sim_client_look(sim, channel);
        break;
    }
    sim_client_check(sim, SIM_CHANNELS);
}

/* At night the machine is idle; by day breaks end. */
static void wake(Sim *sim, const SimEvent *event)
{
    gboolean is_awake = sim_is_day(sim);

    (void)event;
    if (sim->is_calm)
        return;
    sim_at(sim, sim_about(sim, 900000), wake, 0, 0, 0);
    if (is_awake == sim->is_awake)
        return;
    sim->is_awake = is_awake;
    receipt_engine_app_active(sim->engine, sim->now_ms, is_awake);
    sim_client_check(sim, SIM_CHANNELS);
}

/* The program is killed, and started again some time later. */
static void restart(Sim *sim, const SimEvent *event)
{
    (void)event;
    if (sim->is_calm)
        return;
    sim_at(sim, sim_about(sim, 6 * 3600000), restart, 0, 0, 0);
    sim->counts.restarts++;
    receipt_engine_free(sim->engine);
    g_array_set_size(sim->requests, 0);
    sim->is_up = FALSE;
    sim->focused = -1;
    sim->is_awake = TRUE;
    for (guint i = 0; i < SIM_CHANNELS; i++) {
        SimView *view = &sim->views[i];

        sim->topics[i].is_attached = FALSE;
        view->is_open = view->is_catching_up = FALSE;
        memset(view->sent, 0, sizeof view->sent);
        memset(view->may_repeat, 0, sizeof view->may_repeat);
    }
    sim_client_engine(sim);
    sim_client_check(sim, SIM_CHANNELS);
    sim_link_up_later(sim, sim_about(sim, 20000));
}

void sim_client_start(Sim *sim)
{
    sim->is_awake = TRUE;
    sim_client_engine(sim);
    sim_at(sim, 60000, user_acts, 0, 0, 0);
    sim_at(sim, 3600000, wake, 0, 0, 0);
    sim_at(sim, sim_about(sim, 6 * 3600000), restart, 0, 0, 0);
}

/* Nobody looks any more. */
void sim_client_calm(Sim *sim)
{
    sim->focused = -1;
    for (guint i = 0; i < SIM_CHANNELS; i++)
        receipt_engine_closed(sim->engine, sim->now_ms, NAME(i));
    sim_client_check(sim, SIM_CHANNELS);
}
