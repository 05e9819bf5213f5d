/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the receipt engine costs: per cursor event, list and message, for 10, 1,000 and 10,000
 * members and own messages. Prints a table; run it without sanitizers. No thresholds: machines
 * differ, the shape should not (a move costs what it passes, whatever the size of the channel).
 */
#include <stdio.h>

#include "receipts/receipts.h"

#define CHANNEL "grpBench"
#define MOVES   20000

typedef struct {
    guint n_told;
    gsize saved_bytes;
    guint n_saves;
} Sink;

static void on_message(const char *channel, const ReceiptMessage *message, gpointer data)
{
    (void)channel;
    (void)message;
    ((Sink *)data)->n_told++;
}

static void on_receipt(const char *channel, const char *member, ReceiptKind kind, guint32 seq,
                       gpointer data)
{
    (void)channel;
    (void)member;
    (void)kind;
    (void)seq;
    ((Sink *)data)->n_told++;
}

static void on_save(GBytes *state, gpointer data)
{
    Sink *sink = data;

    sink->saved_bytes = g_bytes_get_size(state);
    sink->n_saves++;
}

static double since_us(gint64 start_us, guint n)
{
    return (double)(g_get_monotonic_time() - start_us) / MAX(n, 1);
}

static void store_messages(ReceiptEngine *engine, guint n)
{
    receipt_engine_begin(engine);
    for (guint32 seq = 1; seq <= n; seq++) {
        char id[16];

        g_snprintf(id, sizeof id, "m%u", seq);
        receipt_engine_message_stored(engine, 1, CHANNEL, id, seq);
    }
    receipt_engine_end(engine, 1);
}

static void run(guint n_members, guint n_messages)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autofree ReceiptMember *rows = g_new0(ReceiptMember, n_members);
    g_autofree guint32 *cursors = g_new0(guint32, n_members);
    ReceiptSnapshot list = {.members = rows, .n_members = n_members, .is_complete = TRUE};
    Sink sink = {0, 0, 0};
    ReceiptPorts ports = {.user_data = &sink};
    ReceiptOptions options;
    ReceiptEngine *engine;
    ReceiptMetrics metrics;
    double list_us, again_us, store_us, move_us, stale_us;
    gint64 start;
    guint moved = 0, saves;

    ports.observer.message_changed = on_message;
    ports.observer.receipt_moved = on_receipt;
    ports.store.save = on_save;
    receipt_options_init(&options);
    engine = receipt_engine_new("usrMe", &options, &ports);
    for (guint i = 0; i < n_members; i++) {
        g_ptr_array_add(names, g_strdup_printf("usr%u", i));
        rows[i] = (ReceiptMember){g_ptr_array_index(names, i), 0, 0, TRUE};
    }
    start = g_get_monotonic_time();
    receipt_engine_snapshot(engine, 1, CHANNEL, &list);
    list_us = since_us(start, n_members);
    start = g_get_monotonic_time();
    store_messages(engine, n_messages);
    store_us = since_us(start, n_messages);

    saves = sink.n_saves;
    start = g_get_monotonic_time();
    for (guint i = 0; i < MOVES; i++) {
        guint who = i % n_members;

        if (cursors[who] >= n_messages)
            continue;
        receipt_engine_cursor(engine, 2, CHANNEL, rows[who].member, RECEIPT_RECV, ++cursors[who]);
        moved++;
    }
    move_us = since_us(start, moved);
    saves = sink.n_saves - saves;
    start = g_get_monotonic_time();
    for (guint i = 0; i < MOVES; i++)
        receipt_engine_cursor(engine, 2, CHANNEL, rows[i % n_members].member, RECEIPT_RECV, 1);
    stale_us = since_us(start, MOVES);
    start = g_get_monotonic_time();
    receipt_engine_snapshot(engine, 3, CHANNEL, &list);
    again_us = since_us(start, n_members);
    receipt_engine_metrics(engine, &metrics);
    printf("%8u %8u %10.2f %8u %8.2f %10.2f %10.2f %10.2f %10" G_GSIZE_FORMAT " %8" G_GSIZE_FORMAT
           "\n",
           n_members, n_messages, move_us, saves, stale_us, list_us, again_us, store_us,
           metrics.bytes, sink.saved_bytes);
    receipt_engine_free(engine);
}

int main(void)
{
    static const guint sizes[] = {10, 1000, 10000};

    printf("%8s %8s %10s %8s %8s %10s %10s %10s %10s %8s\n", "members", "messages", "us/move",
           "saves", "us/stale", "us/row", "us/row 2nd", "us/stored", "bytes", "on disk");
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        for (guint j = 0; j < G_N_ELEMENTS(sizes); j++)
            run(sizes[i], sizes[j]);
    }
    return 0;
}
