/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A week in the life of one account, on a virtual clock: some forty conversations, a user who looks
 * at them by day, people who write and read, a link that breaks and a server that is slow, busy,
 * forgetful or gone. Nothing here waits in real time.
 */
#ifndef SUPPORT_SIM_H
#define SUPPORT_SIM_H

#include "receipts/receipts.h"

#define SIM_CHANNELS 40
#define SIM_MEMBERS  12

typedef struct Sim Sim;
typedef struct SimEvent SimEvent;
typedef void (*SimFunc)(Sim *sim, const SimEvent *event);

struct SimEvent {
    gint64 at_ms;
    guint64 order;
    SimFunc run;
    guint channel;
    guint32 a, b;
    guint link; /* of which connection; 0: of none in particular */
    guint life; /* of which engine; 0: of none in particular */
};

/* What the server has of one channel. */
typedef struct {
    char *name;
    guint n_members; /* others */
    guint32 last, own[2], cursors[SIM_MEMBERS][2];
    guint32 published; /* our newest own message: everything up to it counts as read */
    gboolean is_attached;
    gint64 pace_ms; /* between messages of others, by day */
} SimTopic;

/* What the client does with it. */
typedef struct {
    gboolean is_open, is_catching_up, may_tell;
    guint32 told;    /* highest seen that may be told */
    guint32 seen;    /* highest seen */
    guint32 sent[2]; /* highest sent in this connection */
    gboolean may_repeat[2];
    gint64 owed_since[2]; /* -1: nothing owed */
} SimView;

typedef struct {
    guint32 id;
    guint kind; /* 0 attach, 1 detach, 2 snapshot, 3 cursor */
    guint channel;
    ReceiptKind cursor;
    guint32 seq;
} SimRequest;

/* An own message on its way. */
typedef struct {
    char id[16];
    guint channel;
    guint32 seq; /* 0 until the server has it */
    gboolean is_acked;
} SimPost;

typedef struct {
    guint64 events, ticks, outages, drops_by_server, refusals, overloads, timeouts, lost_notes,
        lost_news, restarts, requests, cursors, repeats, arrivals, posts, receipts, saves, flips;
    gint64 longest_owed_ms;
    guint active_max, requests_max;
    gsize bytes_max;
} SimCounts;

struct Sim {
    guint64 seed, chance;
    gint64 now_ms, end_ms;
    gboolean is_calm; /* the end: link and server behave */
    GArray *queue;    /* of SimEvent, a heap */
    guint64 last_order;

    gboolean is_up, is_busy;
    guint link;
    SimTopic topics[SIM_CHANNELS];
    SimView views[SIM_CHANNELS];
    GArray *requests; /* of SimRequest: open */
    GPtrArray *posts; /* of SimPost */

    ReceiptEngine *engine;
    guint life;
    GBytes *saved;
    gint64 deadline_ms;
    int focused; /* -1: none */
    gboolean is_awake;

    SimCounts counts;
    ReceiptMetrics rest; /* when everything has come to rest */
    char *failure;
};

Sim *sim_new(guint64 seed);
void sim_free(Sim *sim);
/* Let the week pass, then let everything come to rest. Returns: FALSE if a rule was broken. */
gboolean sim_run(Sim *sim, gint64 days);

/* Shared by the files of the simulation. */
guint sim_roll(Sim *sim, guint below);
gboolean sim_chance(Sim *sim, guint percent);
gint64 sim_about(Sim *sim, gint64 mean_ms);
void sim_at(Sim *sim, gint64 after_ms, SimFunc run, guint channel, guint32 a, guint32 b);
void sim_at_link(Sim *sim, gint64 after_ms, SimFunc run, guint channel, guint32 a, guint32 b);
G_GNUC_PRINTF(2, 3) void sim_fail(Sim *sim, const char *format, ...);
gboolean sim_is_day(const Sim *sim);
guint sim_index(const Sim *sim, const char *name);

/* support-sim-server.c: the server, the link, the other people. */
void sim_server_start(Sim *sim);
void sim_server_asked(Sim *sim, const SimRequest *request);
void sim_server_snapshot(Sim *sim, guint channel);
void sim_server_post(Sim *sim, SimPost *post);
void sim_server_all_read(Sim *sim);
void sim_link_down(Sim *sim);
void sim_link_up(Sim *sim);
void sim_link_up_later(Sim *sim, gint64 after_ms);

/* support-sim-client.c: the engine, its host, and the user. */
void sim_client_start(Sim *sim);
void sim_client_engine(Sim *sim);
void sim_client_arrived(Sim *sim, guint channel, guint32 seq, const char *author);
void sim_client_signed_in(Sim *sim);
void sim_client_calm(Sim *sim);
void sim_client_look(Sim *sim, guint channel);
void sim_client_check(Sim *sim, guint channel);

#endif
