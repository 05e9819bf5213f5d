/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world for one receipt engine: a clock that a test turns, a transport that answers when told to,
 * a store that keeps the last bytes, and a log of everything that the engine said, in order.
 *
 * Lines of the log:
 *   attach CH [focused] | detach CH | snapshot CH | send CH recv|read SEQ
 *   sync CH STATE REASON | message CH ID SEQ STATE DELIVERED/READ/MEMBERS
 *   receipt CH WHO KIND SEQ | unread CH N | problem CH|- PROBLEM CATEGORY | save (if asked for)
 */
#ifndef SUPPORT_WORLD_H
#define SUPPORT_WORLD_H

#include "receipts/receipts.h"

typedef struct World World;
struct World {
    ReceiptEngine *engine;
    ReceiptOptions options;
    gint64 now_ms;
    gint64 deadline_ms;   /* as the engine asked last; -1 none */
    guint n_deadlines;    /* how often it asked */
    double chance;        /* what the engine's dice show */
    gboolean is_obliging; /* every request is granted before the call returns */
    gboolean logs_saves;
    GBytes *saved;
    guint n_saves;
    GPtrArray *log;      /* of char* */
    GPtrArray *requests; /* open ones, of WorldRequest* */
    void (*on_line)(World *world, const char *line, gpointer data); /* after each line */
    gpointer on_line_data;
};

World *world_new(void);
/* With these bytes of an earlier life; NULL for none. */
World *world_new_from(GBytes *saved);
void world_free(World *world);
/* Fresh engine and link up, nothing in the log. */
World *world_new_online(void);
void world_apply_options(World *world);

/* The log so far is exactly these lines (NULL ends), then it is empty. */
void world_expect_at(World *world, const char *file, int line, ...) G_GNUC_NULL_TERMINATED;
#define world_expect(world, ...)    world_expect_at(world, __FILE__, __LINE__, __VA_ARGS__, NULL)
#define world_expect_nothing(world) world_expect_at(world, __FILE__, __LINE__, NULL)
void world_clear_log(World *world);
guint world_count(World *world, const char *prefix);

/* Answer the oldest open request whose log line begins so. Fails the test if there is none. */
void world_answer_at(World *world, const char *file, int line, const char *request,
                     ReceiptError error);
#define world_answer(world, request, error)                                                        \
    world_answer_at(world, __FILE__, __LINE__, request, error)
/* Answer whatever is open, what follows included. */
void world_answer_all(World *world, ReceiptError error);
guint world_n_open(World *world);

/* Let time pass; the engine is called at each of its deadlines. */
void world_pass(World *world, gint64 ms);

/* Short cuts, all at world->now_ms. */
void world_network(World *world, gboolean is_up);
void world_focus(World *world, const char *channel);
void world_unfocus(World *world, const char *channel);
/* Focused, attached, and the list of members came in (read and recv 0 each); log emptied. */
void world_activate(World *world, const char *channel, guint32 last_seq,
                    ...) G_GNUC_NULL_TERMINATED;
void world_snapshot_own(World *world, const char *channel, guint32 last_seq, guint32 recv,
                        guint32 read);
void world_snapshot_member(World *world, const char *channel, const char *member, guint32 recv,
                           guint32 read);
ReceiptSyncState world_state(World *world, const char *channel);
ReceiptMetrics world_metrics(World *world);

#define ME "usrMe"

#endif
