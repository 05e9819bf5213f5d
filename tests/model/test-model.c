/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine against the oracle: random lives with every input there is, a million inputs and more,
 * every rule looked at after each. A life that breaks a rule is shortened and printed.
 *
 * TEST_EVENTS says how many inputs, TEST_SEED repeats a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support-steps.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DEFAULT_EVENTS 400000
#else
#define DEFAULT_EVENTS 1500000
#endif
#define STEPS_PER_LIFE 400
/* A life takes milliseconds; one that takes this long does not end. */
#define LIFE_SECONDS 20

static guint64 number(const char *name, guint64 otherwise)
{
    const char *text = g_getenv(name);

    return text != NULL && *text != '\0' ? g_ascii_strtoull(text, NULL, 0) : otherwise;
}

static char hang_note[128];

/* An engine that spins inside itself can only be named, not shortened. */
static void on_alarm(int number)
{
    (void)number;
    if (write(STDERR_FILENO, hang_note, strlen(hang_note)) < 0)
        _exit(2);
    _exit(1);
}

static char *story_of(Life *life, const char *rule, LifeMeddle meddle)
{
    guint before = life->steps->len, n_runs = life_shrink(life, rule, meddle);
    LifeResult result = life_run(life, TRUE, meddle);
    char *story = g_strdup_printf("%s\n(%u steps of %u left after %u runs)\n%s", result.failure,
                                  life->steps->len, before, n_runs, result.log);

    life_result_clear(&result);
    return story;
}

static void model__random_lives__keep_every_rule(void **state)
{
    guint64 seed = number("TEST_SEED", (guint64)g_get_real_time());
    guint64 n_events = number("TEST_EVENTS", DEFAULT_EVENTS);
    guint64 n_inputs = 0, n_sent = 0, n_engines = 0, n_lives = 0;
    gint64 begin_us = g_get_monotonic_time();
    double seconds;

    (void)state;
    signal(SIGALRM, on_alarm);
    print_message("TEST_SEED=%" G_GUINT64_FORMAT "\n", seed);
    while (n_inputs < n_events) {
        Life *life = life_new(seed + n_lives, STEPS_PER_LIFE);
        LifeResult result;

        g_snprintf(hang_note, sizeof hang_note,
                   "a life that does not end: TEST_SEED=%" G_GUINT64_FORMAT " TEST_EVENTS=1\n",
                   seed + n_lives);
        alarm(LIFE_SECONDS);
        result = life_run(life, FALSE, NULL);
        alarm(0);
        if (result.failure != NULL) {
            g_autofree char *story = story_of(life, result.rule, NULL);

            /* cmocka cuts long messages. */
            fprintf(stderr,
                    "life %" G_GUINT64_FORMAT " of TEST_SEED=%" G_GUINT64_FORMAT
                    ", alone by TEST_SEED=%" G_GUINT64_FORMAT " TEST_EVENTS=1: %s\n%s\n",
                    n_lives, seed, seed + n_lives, result.failure, story);
            life_result_clear(&result);
            life_free(life);
            fail();
        }
        n_inputs += result.n_inputs;
        n_sent += result.n_sent;
        n_engines += result.n_lives;
        n_lives++;
        life_result_clear(&result);
        life_free(life);
    }
    seconds = (double)(g_get_monotonic_time() - begin_us) / G_USEC_PER_SEC;
    print_message("%" G_GUINT64_FORMAT " inputs in %" G_GUINT64_FORMAT
                  " lives of %" G_GUINT64_FORMAT " engines, %" G_GUINT64_FORMAT
                  " cursors sent, %.1f s, %.0f inputs/s\n",
                  n_inputs, n_lives, n_engines, n_sent, seconds, (double)n_inputs / seconds);
}

/* A rule that nobody keeps: it takes two inputs to break, in the right order. */
static void plant(Model *model)
{
    if (model->worlds[0].is_focused && !model->is_up)
        model_fail(model, "planted", "usrA is in view and there is no link");
}

static void model__a_broken_rule__is_shrunk_and_told(void **state)
{
    guint n_shrunk = 0;

    (void)state;
    for (guint64 seed = 1; seed <= 40; seed++) {
        Life *life = life_new(seed, STEPS_PER_LIFE);
        LifeResult result = life_run(life, FALSE, plant);

        if (result.failure != NULL) {
            g_autofree char *story = NULL;

            assert_string_equal(result.rule, "planted");
            story = story_of(life, result.rule, plant);
            assert_true(life->steps->len <= 3);
            assert_non_null(strstr(story, "focused usrA"));
            n_shrunk++;
        }
        life_result_clear(&result);
        life_free(life);
    }
    assert_true(n_shrunk > 0);
}

static void model__a_seed__gives_the_same_life_again(void **state)
{
    (void)state;
    for (guint64 seed = 1; seed <= 5; seed++) {
        Life *life = life_new(seed, STEPS_PER_LIFE), *twin = life_new(seed, STEPS_PER_LIFE);
        LifeResult first = life_run(life, TRUE, NULL), second = life_run(twin, TRUE, NULL);

        assert_string_equal(first.log, second.log);
        life_result_clear(&first);
        life_result_clear(&second);
        life_free(life);
        life_free(twin);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(model__random_lives__keep_every_rule),
        cmocka_unit_test(model__a_broken_rule__is_shrunk_and_told),
        cmocka_unit_test(model__a_seed__gives_the_same_life_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
