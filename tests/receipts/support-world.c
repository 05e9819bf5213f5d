/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A world for one receipt engine, see support-world.h. */
#include "support-world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

typedef struct {
    guint32 id;
    char *line;
} WorldRequest;

static void request_free(gpointer data)
{
    WorldRequest *request = data;

    g_free(request->line);
    g_free(request);
}

G_GNUC_PRINTF(2, 3) static void say(World *world, const char *format, ...)
{
    va_list args;
    char *line;

    va_start(args, format);
    line = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(world->log, line);
    if (world->on_line != NULL)
        world->on_line(world, line, world->on_line_data);
}

static void ask(World *world, guint32 id, char *line)
{
    WorldRequest *request = g_new0(WorldRequest, 1);

    request->id = id;
    request->line = line;
    g_ptr_array_add(world->requests, request);
    say(world, "%s", line);
    if (world->is_obliging && world->engine != NULL)
        world_answer(world, line, RECEIPT_OK);
}

static void set_deadline(gint64 at_ms, gpointer data)
{
    World *world = data;

    assert_true(at_ms != world->deadline_ms);
    world->deadline_ms = at_ms;
    world->n_deadlines++;
}

static double chance(gpointer data)
{
    return ((World *)data)->chance;
}

static void attach(guint32 id, const char *channel, gboolean is_focused, gpointer data)
{
    ask(data, id, g_strdup_printf("attach %s%s", channel, is_focused ? " focused" : ""));
}

static void detach(guint32 id, const char *channel, gpointer data)
{
    ask(data, id, g_strdup_printf("detach %s", channel));
}

static void snapshot(guint32 id, const char *channel, gpointer data)
{
    ask(data, id, g_strdup_printf("snapshot %s", channel));
}

static void send_cursor(guint32 id, const char *channel, ReceiptKind kind, guint32 seq,
                        gpointer data)
{
    ask(data, id, g_strdup_printf("send %s %s %u", channel, receipt_kind_name(kind), seq));
}

static void sync_changed(const char *channel, ReceiptSyncState state, ReceiptReason reason,
                         gpointer data)
{
    say(data, "sync %s %s %s", channel, receipt_sync_state_name(state),
        receipt_reason_name(reason));
}

static void message_changed(const char *channel, const ReceiptMessage *message, gpointer data)
{
    say(data, "message %s %s %u %s %u/%u/%u", channel, message->id, message->seq,
        receipt_message_state_name(message->state), message->delivered, message->read,
        message->members);
}

static void receipt_moved(const char *channel, const char *member, ReceiptKind kind, guint32 seq,
                          gpointer data)
{
    say(data, "receipt %s %s %s %u", channel, member, receipt_kind_name(kind), seq);
}

static void unread_changed(const char *channel, guint count, gpointer data)
{
    say(data, "unread %s %u", channel, count);
}

static void problem(const char *channel, ReceiptProblem what, ReceiptError category, gpointer data)
{
    static const char *const words[] = {"sync", "lost", "message"};

    say(data, "problem %s %s %s", channel != NULL ? channel : "-", words[what],
        receipt_error_name(category));
}

static void save(GBytes *state, gpointer data)
{
    World *world = data;

    g_clear_pointer(&world->saved, g_bytes_unref);
    world->saved = g_bytes_ref(state);
    world->n_saves++;
    if (world->logs_saves)
        say(world, "save");
}

static const ReceiptPorts ports = {
    .clock = {set_deadline, chance},
    .transport = {attach, detach, snapshot, send_cursor},
    .observer = {sync_changed, message_changed, receipt_moved, unread_changed, problem},
    .store = {save},
};

World *world_new_from(GBytes *saved)
{
    World *world = g_new0(World, 1);
    ReceiptPorts own = ports;

    world->deadline_ms = -1;
    world->chance = 0.5;
    world->now_ms = 1000000;
    world->log = g_ptr_array_new_with_free_func(g_free);
    world->requests = g_ptr_array_new_with_free_func(request_free);
    receipt_options_init(&world->options);
    own.user_data = world;
    world->engine = receipt_engine_new(ME, &world->options, &own);
    if (saved != NULL) {
        g_autoptr(GError) error = NULL;

        if (!receipt_engine_load(world->engine, saved, &error))
            fail_msg("load: %s", error->message);
    }
    return world;
}

World *world_new(void)
{
    return world_new_from(NULL);
}

World *world_new_online(void)
{
    World *world = world_new();

    world_network(world, TRUE);
    world_expect_nothing(world);
    return world;
}

void world_free(World *world)
{
    receipt_engine_free(world->engine);
    g_clear_pointer(&world->saved, g_bytes_unref);
    g_ptr_array_unref(world->log);
    g_ptr_array_unref(world->requests);
    g_free(world);
}

void world_apply_options(World *world)
{
    receipt_engine_set_options(world->engine, world->now_ms, &world->options);
}

static char *join(GPtrArray *lines)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < lines->len; i++)
        g_string_append_printf(text, "    %s\n", (char *)g_ptr_array_index(lines, i));
    return g_string_free(text, FALSE);
}

void world_expect_at(World *world, const char *file, int line, ...)
{
    g_autoptr(GPtrArray) expected = g_ptr_array_new();
    g_autofree char *is = NULL;
    g_autofree char *ought = NULL;
    va_list args;
    char *one;

    va_start(args, line);
    while ((one = va_arg(args, char *)) != NULL)
        g_ptr_array_add(expected, one);
    va_end(args);
    is = join(world->log);
    ought = join(expected);
    if (strcmp(is, ought) != 0) {
        print_error("%s:%d: expected\n%s  but got\n%s", file, line, ought, is);
        _fail(file, line);
    }
    world_clear_log(world);
}

void world_clear_log(World *world)
{
    g_ptr_array_set_size(world->log, 0);
}

guint world_count(World *world, const char *prefix)
{
    guint count = 0;

    for (guint i = 0; i < world->log->len; i++)
        count += g_str_has_prefix(g_ptr_array_index(world->log, i), prefix);
    return count;
}

void world_answer_at(World *world, const char *file, int line, const char *prefix,
                     ReceiptError error)
{
    for (guint i = 0; i < world->requests->len; i++) {
        WorldRequest *request = g_ptr_array_index(world->requests, i);
        guint32 id = request->id;

        if (!g_str_has_prefix(request->line, prefix))
            continue;
        g_ptr_array_remove_index(world->requests, i);
        receipt_engine_outcome(world->engine, world->now_ms, id, error);
        return;
    }
    print_error("%s:%d: no open request '%s'\n", file, line, prefix);
    _fail(file, line);
}

void world_answer_all(World *world, ReceiptError error)
{
    while (world->requests->len > 0)
        world_answer(world, "", error);
}

guint world_n_open(World *world)
{
    return world->requests->len;
}

void world_pass(World *world, gint64 ms)
{
    gint64 end_ms = world->now_ms + ms;
    guint turns = 0;

    while (world->deadline_ms >= 0 && world->deadline_ms <= end_ms) {
        world->now_ms = MAX(world->now_ms, world->deadline_ms);
        receipt_engine_tick(world->engine, world->now_ms);
        /* A deadline that does not move on would spin a real program. */
        if (++turns > 100000)
            fail_msg("the deadline stands at %" G_GINT64_FORMAT, world->deadline_ms);
    }
    world->now_ms = end_ms;
}

void world_network(World *world, gboolean is_up)
{
    receipt_engine_network(world->engine, world->now_ms, is_up);
}

void world_focus(World *world, const char *channel)
{
    receipt_engine_focused(world->engine, world->now_ms, channel);
}

void world_unfocus(World *world, const char *channel)
{
    receipt_engine_unfocused(world->engine, world->now_ms, channel);
}

void world_activate(World *world, const char *channel, guint32 last_seq, ...)
{
    g_autoptr(GArray) members = g_array_new(FALSE, FALSE, sizeof(ReceiptMember));
    ReceiptSnapshot shot = {.last_seq = last_seq, .is_complete = TRUE};
    const char *name;
    va_list args;

    va_start(args, last_seq);
    while ((name = va_arg(args, const char *)) != NULL) {
        ReceiptMember member = {name, 0, 0, TRUE};

        g_array_append_val(members, member);
    }
    va_end(args);
    shot.members = (const ReceiptMember *)(gpointer)members->data;
    shot.n_members = members->len;
    world_focus(world, channel);
    receipt_engine_snapshot(world->engine, world->now_ms, channel, &shot);
    world_answer(world, "attach", RECEIPT_OK);
    assert_int_equal(world_state(world, channel), RECEIPT_SYNC_ACTIVE);
    world_clear_log(world);
}

void world_snapshot_own(World *world, const char *channel, guint32 last_seq, guint32 recv,
                        guint32 read)
{
    ReceiptSnapshot shot = {
        .last_seq = last_seq, .has_own = TRUE, .own_recv = recv, .own_read = read};

    receipt_engine_snapshot(world->engine, world->now_ms, channel, &shot);
}

void world_snapshot_member(World *world, const char *channel, const char *member, guint32 recv,
                           guint32 read)
{
    ReceiptMember row = {member, recv, read, TRUE};
    ReceiptSnapshot shot = {.members = &row, .n_members = 1};

    receipt_engine_snapshot(world->engine, world->now_ms, channel, &shot);
}

ReceiptSyncState world_state(World *world, const char *channel)
{
    return receipt_engine_sync_state(world->engine, channel, NULL);
}

ReceiptMetrics world_metrics(World *world)
{
    ReceiptMetrics metrics;

    receipt_engine_metrics(world->engine, &metrics);
    return metrics;
}
