/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Holds a server against the recorded frames of tests/data/transcripts and prints what held (tests/
 * server). Each transcript is played in a process of its own, this program again, several at a
 * time. See README.md. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>

#include "test-play-remote.h"

#include "conform-dial.h"

#define AT_ONCE     8
#define JOB_LIMIT_S 120
#define STATUS_NOT  77

typedef struct {
    char *name;
    char *about;
    GPid pid;
    int from;
    int status;
    char *said;
} Job;

static const char help[] =
    "usage: conform HOST:PORT [TRANSCRIPT...]\n"
    "\n"
    "Plays the recorded conversations of a Tinode server against the one at HOST:PORT and prints\n"
    "which came out as recorded. It makes accounts (alice, bob, carol, dave with eight digits\n"
    "after the name) with conversations and groups on that server, and deletes all of them again;\n"
    "alice and bob of Tinode's sample data log in and search for each other, and alice gets a\n"
    "conversation that goes with the account at its other end. Nothing else is touched.\n"
    "\n"
    "Environment: TINODE_API_KEY   another key than that of Tinode's sample configuration\n"
    "             TLS=yes          speak TLS; TINODE_CA_FILE: a PEM of authorities to trust\n"
    "             TINODE_USERS     a file of lines \"NAME LOGIN PASSWORD\": who plays alice and "
    "bob\n"
    "             TINODE_CODE      the code that confirms an address, where one is needed "
    "(123456)\n"
    "             TEST_DATA_DIR    the folder tests/data\n"
    "\n"
    "Ends with 0 if nothing differed.\n";

/* ---- one transcript, in a process of its own ---- */

static int play_one(const char *name)
{
    g_autofree char *why_not = NULL;
    g_autofree char *trouble = NULL;

    alarm(JOB_LIMIT_S);
    trouble = play_file(name, &why_not);
    fputs(*trouble != '\0' || why_not == NULL ? trouble : why_not, stdout);
    return *trouble != '\0' ? 1 : why_not != NULL ? STATUS_NOT : 0;
}

/* ---- all of them ---- */

static gboolean start_job(Job *job, const char *server)
{
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    char *argv[] = {program, (char *)"--play", job->name, (char *)server, NULL};
    g_autoptr(GError) error = NULL;

    if (g_spawn_async_with_pipes(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &job->pid,
                                 NULL, &job->from, NULL, &error))
        return TRUE;
    job->said = g_strdup(error->message);
    job->status = 1;
    return FALSE;
}

static void finish_job(Job *job, int status)
{
    g_autoptr(GString) said = g_string_new(NULL);
    char chunk[4096];
    ssize_t n;

    while ((n = read(job->from, chunk, sizeof chunk)) > 0)
        g_string_append_len(said, chunk, n);
    close(job->from);
    job->status = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    if (!WIFEXITED(status))
        g_string_append(said, "did not come to an end");
    job->said = g_strchomp(g_strdup(said->str));
}

static void play_all(GPtrArray *jobs, const char *server)
{
    guint next = 0;
    guint running = 0;

    while (next < jobs->len || running > 0) {
        int status = 0;
        pid_t pid;

        while (next < jobs->len && running < AT_ONCE)
            running += start_job(jobs->pdata[next++], server) ? 1 : 0;
        if (running == 0)
            continue;
        pid = waitpid(-1, &status, 0);
        for (guint i = 0; i < next; i++) {
            Job *job = jobs->pdata[i];

            if (job->pid == pid && job->said == NULL) {
                finish_job(job, status);
                running--;
            }
        }
    }
}

static char *first_line_about(const char *name)
{
    g_autofree char *path = g_strdup_printf("%s/transcripts/%s.jsonl", data_dir, name);
    g_autofree char *text = NULL;
    json_t *header;
    char *about;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return g_strdup("");
    text[strcspn(text, "\n")] = '\0';
    header = json_loads(text, 0, NULL);
    about = g_strdup(text_of(header, "about"));
    json_decref(header);
    return about == NULL ? g_strdup("") : about;
}

static void job_free(gpointer data)
{
    Job *job = data;

    g_free(job->name);
    g_free(job->about);
    g_free(job->said);
    g_free(job);
}

static gint compare_jobs(gconstpointer a, gconstpointer b)
{
    const Job *x = *(Job *const *)a;
    const Job *y = *(Job *const *)b;

    return strcmp(x->name, y->name);
}

static GPtrArray *list_jobs(char **only)
{
    g_autofree char *path = g_build_filename(data_dir, "transcripts", NULL);
    GPtrArray *jobs = g_ptr_array_new_with_free_func(job_free);
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *entry;

    while (dir != NULL && (entry = g_dir_read_name(dir)) != NULL) {
        g_autofree char *name = NULL;
        Job *job;

        if (!g_str_has_suffix(entry, ".jsonl"))
            continue;
        name = g_strndup(entry, strlen(entry) - strlen(".jsonl"));
        if (*only != NULL && !g_strv_contains((const char *const *)only, name))
            continue;
        job = g_new0(Job, 1);
        job->about = first_line_about(name);
        job->name = g_steal_pointer(&name);
        g_ptr_array_add(jobs, job);
    }
    if (dir != NULL)
        g_dir_close(dir);
    g_ptr_array_sort(jobs, compare_jobs);
    return jobs;
}

/* Returns how many differed. */
static guint print_table(GPtrArray *jobs)
{
    guint held = 0;
    guint differed = 0;

    for (guint i = 0; i < jobs->len; i++) {
        const Job *job = jobs->pdata[i];
        const char *word = job->status == 0            ? "held"
                           : job->status == STATUS_NOT ? "not applicable"
                                                       : "DIFFERED";

        held += job->status == 0 ? 1 : 0;
        differed += job->status != 0 && job->status != STATUS_NOT ? 1 : 0;
        printf("%-15s %-30s %s%s\n", word, job->name, job->status == STATUS_NOT ? job->said : "",
               job->status == 0 ? job->about : "");
        if (job->status != 0 && job->status != STATUS_NOT)
            printf("%s\n", job->said);
    }
    printf("\n%u held, %u differed, %u not applicable\n", held, differed,
           jobs->len - held - differed);
    return differed;
}

/* ---- options ---- */

static gboolean read_users(const char *path)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) lines = NULL;

    if (!g_file_get_contents(path, &text, NULL, &error)) {
        fprintf(stderr, "conform: %s\n", error->message);
        return FALSE;
    }
    remote.users = json_object();
    lines = g_strsplit(g_strchomp(text), "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_auto(GStrv) words = g_strsplit(g_strstrip(lines[i]), " ", 3);

        if (g_strv_length(words) == 0)
            continue;
        if (g_strv_length(words) != 3) {
            fprintf(stderr, "conform: %s: line %u is not NAME LOGIN PASSWORD\n", path, i + 1);
            return FALSE;
        }
        json_object_set_new(remote.users, words[0], json_pack("[s, s]", words[1], words[2]));
    }
    return TRUE;
}

static gboolean read_options(const char *server)
{
    const char *colon = strrchr(server, ':');
    const char *users = g_getenv("TINODE_USERS");
    guint64 port = 0;

    if (colon == NULL || !g_ascii_string_to_unsigned(colon + 1, 10, 1, 65535, &port, NULL)) {
        fprintf(stderr, "conform: %s is not HOST:PORT\n", server);
        return FALSE;
    }
    remote.port = (guint16)port;
    remote.code = g_getenv("TINODE_CODE") != NULL ? g_getenv("TINODE_CODE") : "123456";
    dial.host = g_strndup(server, (gsize)(colon - server));
    dial.tls = g_strcmp0(g_getenv("TLS"), "yes") == 0;
    dial.ca_file = g_getenv("TINODE_CA_FILE");
    if (g_getenv("TINODE_API_KEY") != NULL)
        wire_key = g_getenv("TINODE_API_KEY");
    wire_host = server;
    wire_dial = dial_server;
    elsewhere = &play_remote;
    return users == NULL || read_users(users);
}

static gboolean answers(void)
{
    Wire *wire = open_and_greet(NULL);

    if (wire == NULL) {
        fprintf(stderr, "conform: %s does not greet as a Tinode server (TLS? API key?)\n",
                wire_host);
        return FALSE;
    }
    wire_free(wire);
    return TRUE;
}

int main(int argc, char **argv)
{
    gboolean one = argc == 4 && strcmp(argv[1], "--play") == 0;
    int status;

    if (argc < 2 || argv[1][0] == '\0' || (!one && argv[1][0] == '-')) {
        fputs(help, argc == 2 && strcmp(argv[1], "--help") == 0 ? stdout : stderr);
        return argc == 2 && strcmp(argv[1], "--help") == 0 ? 0 : 2;
    }
    signal(SIGPIPE, SIG_IGN);
    find_things();
    if (data_dir == NULL) {
        fprintf(stderr, "conform: no transcripts: set TEST_DATA_DIR\n");
        return 2;
    }
    if (!read_options(one ? argv[3] : argv[1])) {
        status = 2;
    } else if (one) {
        status = play_one(argv[2]);
    } else if (!answers()) {
        status = 2;
    } else {
        g_autoptr(GPtrArray) jobs = list_jobs(argv + 2);

        play_all(jobs, argv[1]);
        status = jobs->len > 0 && print_table(jobs) == 0 ? 0 : 1;
    }
    json_decref(remote.users);
    g_free(dial.host);
    forget_things();
    return status;
}
