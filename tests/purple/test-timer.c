/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-timer.c: the one timer of the plugin: tinode-timer.h. */
#include "fake.h"

#include "plugin/tinode-timer.h"

static void on_timer(gpointer data)
{
    ++*(guint *)data;
}

/* The clock goes on while a deadline is being set: it must not slip past and wait for weeks. */
static void timer__deadline_comes_while_it_is_set__fires_at_once(void **state)
{
    guint n_fired = 0;
    TinodeTimer *timer = tinode_timer_new(on_timer, &n_fired);

    (void)state;
    fake_set_cost(1000);
    for (guint i = 0; i < 10; i++) {
        tinode_timer_set(timer, tinode_now_ms() + i);
        fake_advance(100);
        assert_int_equal(n_fired, i + 1);
        assert_false(tinode_timer_is_armed(timer));
    }
    tinode_timer_free(timer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(timer__deadline_comes_while_it_is_set__fires_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
