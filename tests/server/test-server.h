/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loopback server as a child of a test (tests/server): start, order about, stop. Included once
 * by a test program. */
#ifndef TEST_SERVER_H
#define TEST_SERVER_H

#include <glib.h>
#include <jansson.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERVER_DEADLINE_MS 5000

typedef struct {
    GPid pid; /* 0: not started */
    int to;
    int from;
    guint16 port;
} Server;

static char *data_dir; /* tests/data */
static char *loopback; /* the program */

/* Looks for a path in a folder and those above it. Caller frees; NULL: nowhere. */
static char *find_above(const char *folder, const char *path)
{
    g_autofree char *at = g_canonicalize_filename(folder, NULL);

    while (strcmp(at, "/") != 0) {
        g_autofree char *candidate = g_build_filename(at, path, NULL);
        char *up;

        if (g_file_test(candidate, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&candidate);
        up = g_path_get_dirname(at);
        g_free(at);
        at = up;
    }
    return NULL;
}

/* Sets data_dir and loopback: from TEST_DATA_DIR and TINODE_LOOPBACK, or from where the test lies.
 */
static gboolean find_things(void)
{
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = g_path_get_dirname(program == NULL ? "." : program);

    data_dir = g_strdup(g_getenv("TEST_DATA_DIR"));
    loopback = g_strdup(g_getenv("TINODE_LOOPBACK"));
    if (data_dir == NULL)
        data_dir = find_above(folder, "tests/data");
    if (data_dir == NULL)
        data_dir = find_above(".", "tests/data");
    if (loopback == NULL)
        loopback = find_above(folder, "tinode-loopback");
    return data_dir != NULL && loopback != NULL;
}

static void forget_things(void)
{
    g_free(data_dir);
    g_free(loopback);
}

/* Reads one line of the server. New reference, NULL: none in time, or no JSON. */
static json_t *server_line(Server *server)
{
    gint64 deadline = g_get_monotonic_time() / 1000 + SERVER_DEADLINE_MS;
    g_autoptr(GString) line = g_string_new(NULL);
    struct pollfd entry = {.fd = server->from, .events = POLLIN};
    char byte;

    for (;;) {
        gint64 left = deadline - g_get_monotonic_time() / 1000;

        if (left <= 0 || poll(&entry, 1, (int)left) <= 0 || read(server->from, &byte, 1) != 1)
            return NULL;
        if (byte == '\n')
            return json_loads(line->str, 0, NULL);
        g_string_append_c(line, byte);
    }
}

/* Sends an order and reads the answer to it. New reference, NULL: none. */
static json_t *server_order(Server *server, const char *order)
{
    if (write(server->to, order, strlen(order)) != (ssize_t)strlen(order) ||
        write(server->to, "\n", 1) != 1)
        return NULL;
    return server_line(server);
}

/* Starts the program; `options` (NULL-terminated) follow its name. FALSE: it does not listen. */
static gboolean server_start(Server *server, const char *const *options)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    json_t *first;

    memset(server, 0, sizeof *server);
    g_ptr_array_add(argv, loopback);
    for (; options != NULL && *options != NULL; options++)
        g_ptr_array_add(argv, (gpointer)*options);
    g_ptr_array_add(argv, NULL);
    if (!g_spawn_async_with_pipes(NULL, (char **)argv->pdata, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL,
                                  NULL, &server->pid, &server->to, &server->from, NULL, NULL))
        return FALSE;
    first = server_line(server);
    server->port = (guint16)json_integer_value(json_object_get(first, "listen"));
    json_decref(first);
    return server->port != 0;
}

/* Closes its stdin and waits for the end. Returns the wait status, 0 if all was well. */
static int server_stop(Server *server)
{
    int status = 0;

    if (server->pid == 0)
        return 0;
    close(server->to);
    if (waitpid(server->pid, &status, 0) != server->pid)
        status = -1;
    close(server->from);
    server->pid = 0;
    return status;
}

#endif
