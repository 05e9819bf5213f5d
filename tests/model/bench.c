/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench: what an event costs the engine, by the size of the channel. A receipt ought to cost by the
 * messages that it passes, whatever the number of members and messages; the ratio to the smallest
 * channel says how far that is so. Prints, judges nothing.
 */
#include <stdio.h>
#include <time.h>

#include "receipts/receipts.h"

#define CHANNEL   "grpBench"
#define ENOUGH_US 60000
#define TRIES     5 /* the best counts: what disturbs only ever adds */

typedef struct {
    ReceiptEngine *engine;
    guint n_members, n_messages, n_told;
    gint64 now_ms;
    char (*names)[16];
} Bench;

/* Of this process alone: other programs must not count. */
static gint64 cpu_us(void)
{
    struct timespec used;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (gint64)used.tv_sec * G_USEC_PER_SEC + used.tv_nsec / 1000;
}

static void no_attach(guint32 id, const char *channel, gboolean is_focused, gpointer data)
{
    (void)id, (void)channel, (void)is_focused, (void)data;
}

static void no_request(guint32 id, const char *channel, gpointer data)
{
    (void)id, (void)channel, (void)data;
}

static void no_cursor(guint32 id, const char *channel, ReceiptKind kind, guint32 seq, gpointer data)
{
    (void)id, (void)channel, (void)kind, (void)seq, (void)data;
}

static void count_message(const char *channel, const ReceiptMessage *message, gpointer data)
{
    (void)channel, (void)message;
    ((Bench *)data)->n_told++;
}

static void no_save(GBytes *state, gpointer data)
{
    (void)state, (void)data;
}

static void tell_list(Bench *bench, guint32 last)
{
    g_autofree ReceiptMember *members = g_new0(ReceiptMember, bench->n_members);
    ReceiptSnapshot shot = {
        .last_seq = last, .members = members, .n_members = bench->n_members, .is_complete = TRUE};

    for (guint i = 0; i < bench->n_members; i++)
        members[i] = (ReceiptMember){bench->names[i], 0, 0, TRUE};
    receipt_engine_snapshot(bench->engine, bench->now_ms, CHANNEL, &shot);
}

/* A group with so many members, and as many own messages that nobody has yet. */
static Bench *bench_new(guint n_members, guint n_messages, gboolean has_store)
{
    Bench *bench = g_new0(Bench, 1);
    ReceiptOptions options;
    ReceiptPorts ports = {.transport = {no_attach, no_request, no_request, no_cursor},
                          .observer = {.message_changed = count_message},
                          .user_data = bench};
    char id[16];

    if (has_store)
        ports.store.save = no_save;
    bench->n_members = n_members;
    bench->n_messages = n_messages;
    bench->names = g_malloc0_n(n_members, sizeof *bench->names);
    for (guint i = 0; i < n_members; i++)
        g_snprintf(bench->names[i], sizeof bench->names[i], "usr%06u", i);
    receipt_options_init(&options);
    bench->engine = receipt_engine_new("usrMe", &options, &ports);
    receipt_engine_network(bench->engine, 0, TRUE);
    receipt_engine_begin(bench->engine);
    tell_list(bench, 0);
    for (guint32 seq = 1; seq <= n_messages; seq++) {
        g_snprintf(id, sizeof id, "m%06u", seq);
        receipt_engine_message_stored(bench->engine, 0, CHANNEL, id, seq);
    }
    receipt_engine_end(bench->engine, 0);
    return bench;
}

static void bench_free(Bench *bench)
{
    receipt_engine_free(bench->engine);
    g_free(bench->names);
    g_free(bench);
}

/* Everybody in turn moves on by `pass` messages. Returns: nanoseconds per receipt. */
static double try_receipt(guint n_members, guint n_messages, guint pass)
{
    gint64 used_us = 0;
    guint64 n = 0;

    while (used_us < ENOUGH_US) {
        Bench *bench = bench_new(n_members, n_messages, FALSE);
        gint64 begin_us = cpu_us();

        for (guint32 seq = pass; seq <= n_messages; seq += pass) {
            for (guint i = 0; i < n_members; i++)
                receipt_engine_cursor(bench->engine, 1, CHANNEL, bench->names[i], RECEIPT_READ,
                                      seq);
            n += n_members;
            /* Asking for the time costs more than a receipt. */
            if (seq / pass % 16 == 0 && cpu_us() - begin_us > ENOUGH_US)
                break;
        }
        used_us += cpu_us() - begin_us;
        bench_free(bench);
    }
    return (double)used_us * 1000 / (double)n;
}

typedef void (*Act)(Bench *bench, guint turn);

static void act_stale(Bench *bench, guint turn)
{
    receipt_engine_cursor(bench->engine, 1, CHANNEL, bench->names[turn % 10], RECEIPT_READ, 1);
}

static void act_arrived(Bench *bench, guint turn)
{
    receipt_engine_arrived(bench->engine, 1, CHANNEL, bench->n_messages + 1 + turn, NULL);
}

static void act_handed(Bench *bench, guint turn)
{
    guint32 seq = bench->n_messages + 1 + turn;

    receipt_engine_begin(bench->engine);
    receipt_engine_arrived(bench->engine, 1, CHANNEL, seq, NULL);
    receipt_engine_handed(bench->engine, 1, CHANNEL, seq, seq);
    receipt_engine_seen(bench->engine, 1, CHANNEL, seq, TRUE);
    receipt_engine_end(bench->engine, 1);
}

static void act_stored(Bench *bench, guint turn)
{
    char id[16];

    g_snprintf(id, sizeof id, "n%06u", turn);
    receipt_engine_message_stored(bench->engine, 1, CHANNEL, id, bench->n_messages + 1 + turn);
}

static void act_list(Bench *bench, guint turn)
{
    (void)turn;
    tell_list(bench, bench->n_messages);
}

static void act_leave(Bench *bench, guint turn)
{
    receipt_engine_member(bench->engine, 1, CHANNEL, bench->names[turn], FALSE);
}

static void act_tick(Bench *bench, guint turn)
{
    (void)turn;
    receipt_engine_tick(bench->engine, 1);
}

static void act_metrics(Bench *bench, guint turn)
{
    ReceiptMetrics metrics;

    (void)turn;
    receipt_engine_metrics(bench->engine, &metrics);
}

/* In as many channels as it takes; nobody leaves twice. Returns: nanoseconds per act. */
static double try_act(guint n_members, guint n_messages, gboolean has_store, Act act)
{
    guint n_turns = act == act_leave ? MIN(n_members, 5000) : 5000;
    gint64 used_us = 0;
    guint64 n = 0;

    while (used_us < ENOUGH_US && n < 5000) {
        Bench *bench = bench_new(n_members, n_messages, has_store);
        gint64 begin_us = cpu_us();

        for (guint turn = 0; turn < n_turns; turn++) {
            act(bench, turn);
            n++;
            if (turn % 64 == 63 && cpu_us() - begin_us > ENOUGH_US)
                break;
        }
        used_us += cpu_us() - begin_us;
        bench_free(bench);
    }
    return (double)used_us * 1000 / (double)n;
}

static double cost_of_receipt(guint n_members, guint n_messages, guint pass)
{
    double best = try_receipt(n_members, n_messages, pass);

    for (guint i = 1; i < TRIES; i++)
        best = MIN(best, try_receipt(n_members, n_messages, pass));
    return best;
}

static double cost_of(guint n_members, guint n_messages, gboolean has_store, Act act)
{
    double best = try_act(n_members, n_messages, has_store, act);

    for (guint i = 1; i < TRIES; i++)
        best = MIN(best, try_act(n_members, n_messages, has_store, act));
    return best;
}

static const guint sizes[] = {10, 1000, 10000};

static void table_of_receipts(guint pass)
{
    double least = 0;

    printf("\nns per receipt that passes %u message%s (ratio to the smallest channel)\n"
           "    members  \\  messages",
           pass, pass == 1 ? "" : "s");
    for (guint j = 0; j < G_N_ELEMENTS(sizes); j++)
        printf("%18u", sizes[j]);
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        printf("\n    %7u             ", sizes[i]);
        for (guint j = 0; j < G_N_ELEMENTS(sizes); j++) {
            double cost = cost_of_receipt(sizes[i], sizes[j], pass);

            if (least == 0)
                least = cost;
            printf("%10.0f (%4.1fx)", cost, cost / least);
            fflush(stdout);
        }
    }
    printf("\n");
}

int main(void)
{
    static const struct {
        const char *name;
        gboolean has_store;
        Act act;
    } acts[] = {
        {"a receipt that is stale", FALSE, act_stale},
        {"a message of somebody's", FALSE, act_arrived},
        {"the same, handed on and seen", FALSE, act_handed},
        {"the same, saved", TRUE, act_handed},
        {"an own message stored", FALSE, act_stored},
        {"the same, saved", TRUE, act_stored},
        {"a list of all members", FALSE, act_list},
        {"a member that leaves", FALSE, act_leave},
        {"a tick with nothing to do", FALSE, act_tick},
        {"the metrics read", FALSE, act_metrics},
    };

    table_of_receipts(1);
    table_of_receipts(10);
    printf("\nns per event, in a channel of as many members and own messages\n%34s", "");
    for (guint j = 0; j < G_N_ELEMENTS(sizes); j++)
        printf("%18u", sizes[j]);
    for (guint i = 0; i < G_N_ELEMENTS(acts); i++) {
        double least = 0;

        printf("\n    %-30s", acts[i].name);
        for (guint j = 0; j < G_N_ELEMENTS(sizes); j++) {
            double cost = cost_of(sizes[j], sizes[j], acts[i].has_store, acts[i].act);

            if (j == 0)
                least = cost;
            printf("%10.0f (%4.1fx)", cost, cost / least);
            fflush(stdout);
        }
    }
    printf("\n");
    return 0;
}
