/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-loopback (tests/server): an in-memory Tinode server on 127.0.0.1 for tests and for trying
 * the plugin out. Orders come in by stdin, one JSON line each; it ends when stdin closes. See
 * README.md. */
#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "account.h"
#include "clock.h"
#include "event.h"
#include "fault.h"
#include "files.h"
#include "listen.h"
#include "room.h"
#include "steer.h"

#define MAX_LINE (16u << 20)
#define FLUSH_MS 50

static GMainLoop *loop;
static GString *input;

static struct {
    int port;
    char *cert;
    char *key;
    char *users;
    gboolean empty;
    gboolean events;
    gboolean require_email;
    double speed;
} options;

static gboolean on_flushed(gpointer data)
{
    (void)data;
    g_main_loop_quit(loop);
    return G_SOURCE_REMOVE;
}

/* The orderly end: clients are told, and what they are told gets a moment to leave. */
static void quit(void)
{
    listen_stop();
    session_evict(NULL);
    g_timeout_add(FLUSH_MS, on_flushed, NULL);
}

static gboolean on_signal(gpointer data)
{
    (void)data;
    quit();
    return G_SOURCE_CONTINUE;
}

static void take_lines(void)
{
    char *end;

    while ((end = memchr(input->str, '\n', input->len)) != NULL) {
        gsize len = (gsize)(end - input->str);
        g_autofree char *line = g_strndup(input->str, len);

        g_string_erase(input, 0, (gssize)len + 1);
        if (*g_strstrip(line) != '\0')
            steer_line(line);
    }
}

static gboolean on_stdin(gint fd, GIOCondition condition, gpointer data)
{
    static char chunk[65536];
    ssize_t n = read(fd, chunk, sizeof chunk);

    (void)condition;
    (void)data;
    if (n > 0 && input->len + (gsize)n <= MAX_LINE) {
        g_string_append_len(input, chunk, n);
        take_lines();
        return G_SOURCE_CONTINUE;
    }
    if (n > 0)
        event_line(json_pack("{s:s}", "error", "line too long"));
    quit();
    return G_SOURCE_REMOVE;
}

static gboolean parse_options(int *argc, char ***argv)
{
    GOptionEntry entries[] = {
        {"port", 0, 0, G_OPTION_ARG_INT, &options.port, "port on 127.0.0.1; 0: a free one", "N"},
        {"tls", 0, 0, G_OPTION_ARG_FILENAME, &options.cert,
         "speak TLS with this certificate and key", "CERT KEY"},
        {"users", 0, 0, G_OPTION_ARG_FILENAME, &options.users, "users and conversations", "FILE"},
        {"empty", 0, 0, G_OPTION_ARG_NONE, &options.empty, "no conversation to begin with", NULL},
        {"events", 0, 0, G_OPTION_ARG_NONE, &options.events, "report what happens on stdout", NULL},
        {"require-email", 0, 0, G_OPTION_ARG_NONE, &options.require_email,
         "new accounts must confirm an address (code 123456)", NULL},
        {"speed", 0, 0, G_OPTION_ARG_DOUBLE, &options.speed,
         "the server's clock runs so much faster", "N"},
        G_OPTION_ENTRY_NULL};
    g_autoptr(GOptionContext) context = g_option_context_new("[KEY]");
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, &error)) {
        fprintf(stderr, "tinode-loopback: %s\n", error->message);
        return FALSE;
    }
    /* --tls takes two words; the option parser takes one, the other is what is left. */
    if (*argc == 2 && options.cert != NULL) {
        options.key = g_strdup((*argv)[1]);
        return TRUE;
    }
    if (*argc != 1 || options.cert != NULL || options.port < 0 || options.port > 65535) {
        fprintf(stderr, "tinode-loopback: bad arguments; see --help\n");
        return FALSE;
    }
    return TRUE;
}

static gboolean fill_world(void)
{
    g_autofree char *problem = NULL;

    if (options.users == NULL) {
        world_fill_default(!options.empty);
        return TRUE;
    }
    if (world_fill_from_file(options.users, &problem))
        return TRUE;
    fprintf(stderr, "tinode-loopback: %s\n", problem);
    return FALSE;
}

static gboolean start(GTlsCertificate **certificate)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *problem = NULL;
    guint16 port;

    if (options.cert != NULL) {
        *certificate = g_tls_certificate_new_from_files(options.cert, options.key, &error);
        if (*certificate == NULL) {
            fprintf(stderr, "tinode-loopback: %s\n", error->message);
            return FALSE;
        }
    }
    if (!fill_world())
        return FALSE;
    port = listen_start((guint16)options.port, *certificate, &problem);
    if (port == 0) {
        fprintf(stderr, "tinode-loopback: %s\n", problem);
        return FALSE;
    }
    event_line(json_pack("{s:i}", "listen", (int)port));
    return TRUE;
}

/* LeakSanitizer of GCC 12 falls over threads that GnuTLS has used: in such a build they end before
 * it looks. GLib keeps idle threads for half a second. */
static void end_threads(gboolean tls)
{
#ifdef __SANITIZE_ADDRESS__
    g_thread_pool_set_max_unused_threads(0);
    if (tls)
        g_usleep(700000);
#else
    (void)tls;
#endif
}

int main(int argc, char **argv)
{
    g_autoptr(GTlsCertificate) certificate = NULL;
    gboolean started;

    options.speed = 1.0;
    if (!parse_options(&argc, &argv))
        return 2;
    signal(SIGPIPE, SIG_IGN);
    clock_init(options.speed);
    world_init();
    room_init();
    loop = g_main_loop_new(NULL, FALSE);
    if (options.events)
        event_enable();
    if (options.require_email)
        account_require_email();
    started = start(&certificate);
    if (started) {
        input = g_string_new(NULL);
        g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, on_stdin, NULL);
        g_unix_signal_add(SIGTERM, on_signal, NULL);
        g_unix_signal_add(SIGINT, on_signal, NULL);
        steer_set_quit(quit);
        g_main_loop_run(loop);
        g_string_free(input, TRUE);
    }
    listen_stop();
    conn_shutdown();
    session_settle();
    room_shutdown();
    fault_clear();
    http_set_handshake(NULL, 0);
    files_free();
    clock_shutdown();
    world_free();
    g_main_loop_unref(loop);
    end_threads(certificate != NULL);
    g_free(options.cert);
    g_free(options.key);
    g_free(options.users);
    return started ? 0 : 1;
}
