/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plays the recorded frames of a real Tinode server (tests/data/transcripts) against the loopback
 * server: what it answers must be what was recorded. Each transcript is played in a process of its
 * own, several at a time, because some of the waiting is real; each is one test.
 *
 * Environment: TINODE_LOOPBACK (the program), TEST_DATA_DIR (the folder tests/data); without them
 * both are looked for from where this program lies. Arguments: names of the files to play; none:
 * all. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <glib-unix.h>

#include "test-play.h"

#define AT_ONCE         12
#define PLAY_DEADLINE_S 20
#define MAX_TROUBLE     32768

/* Files that are not played, and why. A file that is neither here nor played fails the test. */
static const struct {
    const char *name;
    const char *why;
} not_played[] = {
    {"cluster-attach-and-recv", "needs three nodes; the loopback server is one"},
    {"cluster-term-and-502", "needs three nodes; the loopback server is one"},
};

typedef struct {
    char *name;
    pid_t pid;
    int from;
    char *trouble;
} Job;

static GPtrArray *jobs; /* Job, sorted by name */

/* In the child: plays, and hands what went wrong to the parent. */
static void G_GNUC_NORETURN be_job(const Job *job, int to)
{
    char *trouble;
    gsize len;

    signal(SIGPIPE, SIG_IGN);
    alarm(PLAY_DEADLINE_S);
    trouble = play_file(job->name, NULL);
    len = MIN(strlen(trouble), MAX_TROUBLE);
    if (write(to, trouble, len) != (ssize_t)len)
        _exit(2);
    _exit(len == 0 ? 0 : 1);
}

static void start_job(Job *job)
{
    int ends[2];

    assert_true(g_unix_open_pipe(ends, FD_CLOEXEC, NULL));
    job->pid = fork();
    if (job->pid == 0)
        be_job(job, ends[1]);
    assert_true(job->pid > 0);
    close(ends[1]);
    job->from = ends[0];
}

static void finish_job(Job *job, int status)
{
    g_autofree char *text = g_malloc0(MAX_TROUBLE + 1);
    gsize len = 0;
    ssize_t n;

    while (len < MAX_TROUBLE && (n = read(job->from, text + len, MAX_TROUBLE - len)) > 0)
        len += (gsize)n;
    close(job->from);
    job->trouble = len == 0 && status != 0
                       ? g_strdup_printf("ended with status %x", (unsigned)status)
                       : g_steal_pointer(&text);
}

static void play_all(void)
{
    guint next = 0;
    guint running = 0;

    while (next < jobs->len || running > 0) {
        int status = 0;
        pid_t pid;

        while (next < jobs->len && running < AT_ONCE) {
            start_job(jobs->pdata[next++]);
            running++;
        }
        pid = waitpid(-1, &status, 0);
        assert_true(pid > 0);
        for (guint i = 0; i < next; i++) {
            Job *job = jobs->pdata[i];

            if (job->pid != pid)
                continue;
            finish_job(job, status);
            running--;
        }
    }
}

/* ---- which files ---- */

static gboolean is_played(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(not_played); i++)
        if (strcmp(not_played[i].name, name) == 0)
            return FALSE;
    return TRUE;
}

static gint compare_jobs(gconstpointer a, gconstpointer b)
{
    const Job *x = *(Job *const *)a;
    const Job *y = *(Job *const *)b;

    return strcmp(x->name, y->name);
}

static void job_free(gpointer data)
{
    Job *job = data;

    g_free(job->name);
    g_free(job->trouble);
    g_free(job);
}

/* Every file of the folder that is not in the table above. */
static void list_jobs(char **only)
{
    g_autofree char *path = g_build_filename(data_dir, "transcripts", NULL);
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *entry;

    jobs = g_ptr_array_new_with_free_func(job_free);
    while (dir != NULL && (entry = g_dir_read_name(dir)) != NULL) {
        g_autofree char *name = NULL;
        Job *job;

        if (!g_str_has_suffix(entry, ".jsonl"))
            continue;
        name = g_strndup(entry, strlen(entry) - strlen(".jsonl"));
        if (only[0] == NULL ? !is_played(name) : !g_strv_contains((const char *const *)only, name))
            continue;
        job = g_new0(Job, 1);
        job->name = g_steal_pointer(&name);
        g_ptr_array_add(jobs, job);
    }
    if (dir != NULL)
        g_dir_close(dir);
    g_ptr_array_sort(jobs, compare_jobs);
}

/* ---- tests ---- */

static void transcript__play__matches_the_recording(void **state)
{
    const Job *job = *state;

    if (job->trouble != NULL && *job->trouble != '\0')
        fail_msg("%s", job->trouble);
    assert_non_null(job->trouble);
}

/* The table above must not outlive its files. */
static void transcript__not_played__is_a_file(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(not_played); i++) {
        g_autofree char *path =
            g_strdup_printf("%s/transcripts/%s.jsonl", data_dir, not_played[i].name);

        if (!g_file_test(path, G_FILE_TEST_EXISTS))
            fail_msg("%s is not there any more (%s)", path, not_played[i].why);
    }
}

static int play_them(void **state)
{
    (void)state;
    play_all();
    return 0;
}

int main(int argc, char **argv)
{
    struct CMUnitTest *tests;
    int failed;

    (void)argc;
    if (!find_things()) {
        fprintf(stderr, "test-transcripts: no loopback server, or no test data\n");
        return 1;
    }
    list_jobs(argv + 1);
    if (jobs->len == 0) {
        fprintf(stderr, "test-transcripts: no transcripts in %s\n", data_dir);
        return 1;
    }
    tests = g_new0(struct CMUnitTest, jobs->len + 1);
    for (guint i = 0; i < jobs->len; i++) {
        Job *job = jobs->pdata[i];

        tests[i].name = job->name;
        tests[i].test_func = transcript__play__matches_the_recording;
        tests[i].initial_state = job;
    }
    tests[jobs->len].name = "transcript__not_played__is_a_file";
    tests[jobs->len].test_func = transcript__not_played__is_a_file;
    failed = _cmocka_run_group_tests("transcripts", tests, jobs->len + 1, play_them, NULL);
    g_free(tests);
    g_ptr_array_free(jobs, TRUE);
    forget_things();
    return failed == 0 ? 0 : 1;
}
