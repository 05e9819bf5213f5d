/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server, the link and the other people of a simulated week; see support-sim.h. */
#include "support-sim.h"

#include <string.h>

static void member_name(const SimTopic *topic, guint member, char *name, gsize size)
{
    if (topic->n_members == 1)
        g_strlcpy(name, topic->name, size);
    else
        g_snprintf(name, size, "usr%s-%02u", topic->name + 3, member);
}

/* Requests ------------------------------------------------------------------------------------- */

void sim_server_snapshot(Sim *sim, guint channel)
{
    SimTopic *topic = &sim->topics[channel];
    ReceiptMember members[SIM_MEMBERS];
    char names[SIM_MEMBERS][24];
    ReceiptSnapshot shot = {.last_seq = topic->last,
                            .has_own = TRUE,
                            .own_recv = topic->own[RECEIPT_RECV],
                            .own_read = topic->own[RECEIPT_READ],
                            .members = members,
                            .n_members = topic->n_members,
                            .is_complete = TRUE};

    for (guint i = 0; i < topic->n_members; i++) {
        member_name(topic, i, names[i], sizeof names[i]);
        members[i] = (ReceiptMember){names[i], topic->cursors[i][RECEIPT_RECV],
                                     topic->cursors[i][RECEIPT_READ], TRUE};
    }
    receipt_engine_snapshot(sim->engine, sim->now_ms, topic->name, &shot);
}

static gboolean take_request(Sim *sim, guint32 id, SimRequest *request)
{
    for (guint i = 0; i < sim->requests->len; i++) {
        *request = g_array_index(sim->requests, SimRequest, i);
        if (request->id == id) {
            g_array_remove_index(sim->requests, i);
            return TRUE;
        }
    }
    return FALSE;
}

static void echo(Sim *sim, const SimEvent *event)
{
    const SimTopic *topic = &sim->topics[event->channel];

    receipt_engine_cursor(sim->engine, sim->now_ms, topic->name, "usrMe", event->a,
                          topic->own[event->a]);
    sim_client_check(sim, event->channel);
}

static ReceiptError take_cursor(Sim *sim, const SimRequest *request)
{
    SimTopic *topic = &sim->topics[request->channel];

    if (!topic->is_attached)
        return RECEIPT_ERROR_ATTACH_FIRST;
    /* A note is not answered: whether it was taken is seen only later. */
    if (!sim->is_calm && sim_chance(sim, 5)) {
        sim->counts.lost_notes++;
        return RECEIPT_OK;
    }
    if (request->seq > topic->last)
        sim_fail(sim, "%s: %u was told, the newest is %u", topic->name, request->seq, topic->last);
    topic->own[RECEIPT_RECV] = MAX(topic->own[RECEIPT_RECV], request->seq);
    if (request->cursor == RECEIPT_READ)
        topic->own[RECEIPT_READ] = MAX(topic->own[RECEIPT_READ], request->seq);
    if (sim_chance(sim, 40))
        sim_at_link(sim, sim_about(sim, 200), echo, request->channel, request->cursor, 0);
    return RECEIPT_OK;
}

/* a: request, b: how it ends if the server does not have its own way. */
static void answer(Sim *sim, const SimEvent *event)
{
    SimRequest request;
    ReceiptError error = event->b;
    SimTopic *topic = &sim->topics[event->channel];
    SimView *view = &sim->views[event->channel];

    if (!take_request(sim, event->a, &request))
        return;
    if (error == RECEIPT_OK || error == RECEIPT_ERROR_TIMEOUT) {
        /* What timed out may have been carried out all the same. */
        gboolean is_done = error == RECEIPT_OK || sim_chance(sim, 50);

        if (request.kind == 0 && is_done)
            topic->is_attached = TRUE;
        if (request.kind == 1 && is_done)
            topic->is_attached = FALSE;
        if (error == RECEIPT_OK && (request.kind == 0 || request.kind == 2))
            sim_server_snapshot(sim, event->channel);
        if (error == RECEIPT_OK && request.kind == 3)
            error = take_cursor(sim, &request);
    }
    if (request.kind == 3 && error != RECEIPT_OK)
        view->may_repeat[request.cursor] = TRUE;
    if (error == RECEIPT_ERROR_ATTACH_FIRST) {
        view->may_repeat[0] = view->may_repeat[1] = TRUE;
        topic->is_attached = FALSE;
    }
    sim->counts.refusals += error != RECEIPT_OK;
    sim->counts.overloads += error == RECEIPT_ERROR_OVERLOAD;
    sim->counts.timeouts += error == RECEIPT_ERROR_TIMEOUT;
    receipt_engine_outcome(sim->engine, sim->now_ms, request.id, error);
    sim_client_check(sim, event->channel);
}

void sim_server_asked(Sim *sim, const SimRequest *request)
{
    ReceiptError error = RECEIPT_OK;
    gint64 delay_ms = sim_about(sim, 150);

    if (!sim->is_up) {
        sim_fail(sim, "%s is asked without a link", sim->topics[request->channel].name);
        return;
    }
    if (!sim->is_calm) {
        if (sim->is_busy && sim_chance(sim, 50))
            error = RECEIPT_ERROR_OVERLOAD;
        else if (sim_chance(sim, 2))
            error = RECEIPT_ERROR_TRANSIENT;
        else if (sim_chance(sim, 1))
            error = RECEIPT_ERROR_TIMEOUT;
        else if (request->kind == 0 && sim_roll(sim, 1000) < 2)
            error = RECEIPT_ERROR_FORBIDDEN;
        if (sim_chance(sim, 3))
            delay_ms = sim_about(sim, 5000);
    }
    if (error == RECEIPT_ERROR_TIMEOUT)
        delay_ms = 15000;
    sim_at_link(sim, delay_ms, answer, request->channel, request->id, error);
}

/* People --------------------------------------------------------------------------------------- */

/* News reach us attached, or by the way of `me`, where some get lost. */
static gboolean is_heard(Sim *sim, guint channel)
{
    if (!sim->is_up)
        return FALSE;
    if (sim->topics[channel].is_attached || !sim_chance(sim, 5))
        return TRUE;
    sim->counts.lost_news++;
    return FALSE;
}

/* a: member, b: kind. They have everything up to the newest. */
static void member_moves(Sim *sim, const SimEvent *event)
{
    SimTopic *topic = &sim->topics[event->channel];
    guint32 *cursor = topic->cursors[event->a];
    char name[24];

    if (cursor[event->b] >= topic->last)
        return;
    cursor[event->b] = topic->last;
    if (!is_heard(sim, event->channel))
        return;
    sim->counts.receipts++;
    member_name(topic, event->a, name, sizeof name);
    receipt_engine_cursor(sim->engine, sim->now_ms, topic->name, name, event->b, cursor[event->b]);
    sim_client_check(sim, event->channel);
}

static void members_follow(Sim *sim, guint channel)
{
    for (guint i = 0; i < sim->topics[channel].n_members; i++) {
        sim_at(sim, sim_about(sim, 2000), member_moves, channel, i, RECEIPT_RECV);
        if (sim_chance(sim, 70))
            sim_at(sim, sim_about(sim, 600000), member_moves, channel, i, RECEIPT_READ);
    }
}

static void somebody_writes(Sim *sim, const SimEvent *event)
{
    SimTopic *topic = &sim->topics[event->channel];
    guint author = sim_roll(sim, topic->n_members);
    char name[24];

    if (sim->is_calm)
        return;
    sim_at(sim, sim_about(sim, topic->pace_ms), somebody_writes, event->channel, 0, 0);
    if (!sim_is_day(sim) && !sim_chance(sim, 10))
        return;
    topic->last++;
    topic->cursors[author][RECEIPT_RECV] = topic->cursors[author][RECEIPT_READ] = topic->last;
    members_follow(sim, event->channel);
    if (!is_heard(sim, event->channel))
        return;
    sim->counts.arrivals++;
    member_name(topic, author, name, sizeof name);
    sim_client_arrived(sim, event->channel, topic->last, name);
}

void sim_server_all_read(Sim *sim)
{
    for (guint i = 0; i < SIM_CHANNELS; i++) {
        SimTopic *topic = &sim->topics[i];

        for (guint member = 0; member < topic->n_members; member++)
            topic->cursors[member][RECEIPT_RECV] = topic->cursors[member][RECEIPT_READ] =
                topic->last;
    }
}

/* Own messages --------------------------------------------------------------------------------- */

/* a: index of the post. */
static void acknowledge(Sim *sim, const SimEvent *event)
{
    SimPost *post = g_ptr_array_index(sim->posts, event->a);

    if (post->is_acked)
        return;
    post->is_acked = TRUE;
    receipt_engine_message_stored(sim->engine, sim->now_ms, sim->topics[post->channel].name,
                                  post->id, post->seq);
    sim_client_check(sim, post->channel);
}

static void receive(Sim *sim, const SimEvent *event)
{
    SimPost *post = g_ptr_array_index(sim->posts, event->a);
    SimTopic *topic = &sim->topics[post->channel];

    if (post->seq == 0) {
        post->seq = topic->published = ++topic->last;
        topic->own[RECEIPT_RECV] = topic->own[RECEIPT_READ] = post->seq;
        members_follow(sim, post->channel);
    }
    sim_at_link(sim, sim_about(sim, 100), acknowledge, post->channel, event->a, 0);
}

void sim_server_post(Sim *sim, SimPost *post)
{
    guint index;

    if (sim->is_up && g_ptr_array_find(sim->posts, post, &index))
        sim_at_link(sim, sim_about(sim, 100), receive, post->channel, index, 0);
}

/* The link ------------------------------------------------------------------------------------- */

static void rise(Sim *sim, const SimEvent *event)
{
    (void)event;
    sim_link_up(sim);
}

void sim_link_up_later(Sim *sim, gint64 after_ms)
{
    sim_at(sim, after_ms, rise, 0, 0, 0);
}

static void fall(Sim *sim, const SimEvent *event)
{
    static const gint64 means_ms[] = {4000, 4000, 30000, 90000, 600000, 7200000};
    gint64 away_ms = sim_about(sim, means_ms[sim_roll(sim, G_N_ELEMENTS(means_ms))]);

    (void)event;
    if (sim->is_calm)
        return;
    sim->counts.outages++;
    sim_link_down(sim);
    sim_link_up_later(sim, away_ms);
}

void sim_link_down(Sim *sim)
{
    if (!sim->is_up)
        return;
    sim->is_up = FALSE;
    for (guint i = 0; i < SIM_CHANNELS; i++) {
        sim->topics[i].is_attached = FALSE;
        memset(sim->views[i].sent, 0, sizeof sim->views[i].sent);
        memset(sim->views[i].may_repeat, 0, sizeof sim->views[i].may_repeat);
    }
    receipt_engine_network(sim->engine, sim->now_ms, FALSE);
    while (sim->requests->len > 0) {
        guint32 id = g_array_index(sim->requests, SimRequest, 0).id;

        g_array_remove_index(sim->requests, 0);
        receipt_engine_outcome(sim->engine, sim->now_ms, id, RECEIPT_ERROR_TRANSIENT);
    }
    sim_client_check(sim, SIM_CHANNELS);
}

void sim_link_up(Sim *sim)
{
    if (sim->is_up)
        return;
    sim->is_up = TRUE;
    sim->link++;
    sim_client_signed_in(sim);
    if (!sim->is_calm)
        sim_at_link(sim, sim_about(sim, 5400000), fall, 0, 0, 0);
}

/* The server has its bad hours, and throws us out of channels. */
static void mood(Sim *sim, const SimEvent *event)
{
    (void)event;
    if (sim->is_calm) {
        sim->is_busy = FALSE;
        return;
    }
    sim->is_busy = !sim->is_busy;
    sim_at(sim, sim_about(sim, sim->is_busy ? 300000 : 14400000), mood, 0, 0, 0);
}

static void throw_out(Sim *sim, const SimEvent *event)
{
    guint channel = sim_roll(sim, SIM_CHANNELS);
    gboolean is_attach_first = sim_chance(sim, 50);

    (void)event;
    if (sim->is_calm)
        return;
    sim_at(sim, sim_about(sim, 1200000), throw_out, 0, 0, 0);
    for (guint i = 0; i < SIM_CHANNELS && !sim->topics[channel].is_attached; i++)
        channel = (channel + 1) % SIM_CHANNELS;
    if (!sim->is_up || !sim->topics[channel].is_attached)
        return;
    sim->counts.drops_by_server++;
    sim->topics[channel].is_attached = FALSE;
    if (is_attach_first)
        sim->views[channel].may_repeat[0] = sim->views[channel].may_repeat[1] = TRUE;
    receipt_engine_lost(sim->engine, sim->now_ms, sim->topics[channel].name,
                        is_attach_first ? RECEIPT_ERROR_ATTACH_FIRST : RECEIPT_ERROR_TRANSIENT);
    sim_client_check(sim, channel);
}

void sim_server_start(Sim *sim)
{
    for (guint i = 0; i < SIM_CHANNELS; i++)
        sim_at(sim, sim_about(sim, sim->topics[i].pace_ms), somebody_writes, i, 0, 0);
    sim_at(sim, 14400000, mood, 0, 0, 0);
    sim_at(sim, 60000, throw_out, 0, 0, 0);
    sim_link_up(sim);
}
