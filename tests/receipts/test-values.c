/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Back-off, breaker, strategies, latencies, words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "receipts/receipt-backoff.h"
#include "receipts/receipt-breaker.h"
#include "receipts/receipt-metrics.h"
#include "receipts/receipt-strategy.h"

static void backoff_delay__doubles__up_to_the_cap_with_full_jitter(void **state)
{
    ReceiptBackoff backoff = RECEIPT_BACKOFF_INIT;
    static const gint64 ceilings[] = {1000, 2000, 4000, 8000, 10000, 10000};

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(ceilings); i++) {
        assert_false(receipt_backoff_fail(&backoff, 0, 30000));
        assert_int_equal(receipt_backoff_delay(&backoff, 1000, 10000, 0.0), 1);
        assert_int_equal(receipt_backoff_delay(&backoff, 1000, 10000, 0.5), ceilings[i] / 2);
        assert_true(receipt_backoff_delay(&backoff, 1000, 10000, 0.999999) < ceilings[i]);
    }
    for (guint i = 0; i < 1000; i++)
        receipt_backoff_fail(&backoff, 0, 30000);
    assert_int_equal(receipt_backoff_delay(&backoff, 1000, 60000, 0.5), 30000);
}

static void backoff_fail__starts_anew__after_success_that_lasted(void **state)
{
    ReceiptBackoff backoff = RECEIPT_BACKOFF_INIT;

    (void)state;
    receipt_backoff_fail(&backoff, 0, 100);
    receipt_backoff_fail(&backoff, 0, 100);
    receipt_backoff_succeed(&backoff, 1000);
    assert_false(receipt_backoff_fail(&backoff, 1099, 100));
    assert_int_equal(backoff.attempt, 3);
    receipt_backoff_succeed(&backoff, 2000);
    /* Repeated success is the same success. */
    receipt_backoff_succeed(&backoff, 2099);
    assert_true(receipt_backoff_fail(&backoff, 2100, 100));
    assert_int_equal(backoff.attempt, 1);
    receipt_backoff_reset(&backoff);
    assert_int_equal(backoff.attempt, 0);
}

static void breaker__opens_probes_and_closes__as_told(void **state)
{
    ReceiptBreaker breaker;

    (void)state;
    receipt_breaker_reset(&breaker);
    assert_false(receipt_breaker_fail(&breaker, 0, FALSE, 3, 1000));
    assert_false(receipt_breaker_fail(&breaker, 0, FALSE, 3, 1000));
    assert_true(receipt_breaker_fail(&breaker, 50, FALSE, 3, 1000));
    assert_true(breaker.is_open);
    assert_int_equal(breaker.probe_ms, 1050);
    /* The probe fails: open again at once. */
    assert_true(receipt_breaker_fail(&breaker, 1050, FALSE, 3, 1000));
    assert_int_equal(breaker.probe_ms, 2050);
    receipt_breaker_succeed(&breaker);
    assert_false(breaker.is_open);
    /* It did not last. */
    assert_true(receipt_breaker_fail(&breaker, 2100, FALSE, 3, 1000));
    receipt_breaker_succeed(&breaker);
    assert_false(receipt_breaker_fail(&breaker, 9000, TRUE, 3, 1000));
    assert_int_equal(breaker.failures, 1);
}

static void strategy__has_an_answer__to_every_category(void **state)
{
    (void)state;
    for (guint error = RECEIPT_OK + 1; error < RECEIPT_N_ERRORS; error++) {
        const ReceiptStrategy *strategy = receipt_strategy_for(error);

        assert_int_not_equal(strategy->attach, RECEIPT_REMEDY_NONE);
        assert_int_not_equal(strategy->cursor, RECEIPT_REMEDY_NONE);
        assert_int_not_equal(strategy->lost, RECEIPT_REMEDY_NONE);
        /* What is tried again counts for the breaker, what is not is told. */
        assert_int_equal(strategy->attach == RECEIPT_REMEDY_RETRY, strategy->counts);
        assert_int_not_equal(strategy->counts, strategy->is_problem);
    }
    assert_int_equal(receipt_strategy_for(RECEIPT_OK)->attach, RECEIPT_REMEDY_NONE);
    assert_ptr_equal(receipt_strategy_for(RECEIPT_N_ERRORS + 7),
                     receipt_strategy_for(RECEIPT_ERROR_TRANSIENT));
}

static void samples__give_nearest_rank__of_the_newest(void **state)
{
    ReceiptSamples samples = {0};
    ReceiptLatency latency;

    (void)state;
    receipt_samples_read(&samples, &latency);
    assert_int_equal(latency.p50, -1);
    for (gint64 ms = 100; ms >= 1; ms--)
        receipt_samples_add(&samples, ms);
    receipt_samples_read(&samples, &latency);
    assert_int_equal(latency.p50, 50);
    assert_int_equal(latency.p95, 95);
    assert_int_equal(latency.p99, 99);
    for (guint i = 0; i < RECEIPT_SAMPLES; i++)
        receipt_samples_add(&samples, -5);
    receipt_samples_add(&samples, 7);
    receipt_samples_read(&samples, &latency);
    assert_int_equal(latency.p50, 0);
    assert_int_equal(latency.p99, 0);
    assert_int_equal(samples.n, RECEIPT_SAMPLES);
}

static void words__are_there__for_every_value(void **state)
{
    (void)state;
    assert_string_equal(receipt_kind_name(RECEIPT_READ), "read");
    assert_string_equal(receipt_error_name(RECEIPT_ERROR_TIMEOUT), "timeout");
    assert_string_equal(receipt_sync_state_name(RECEIPT_SYNC_EVICTED), "evicted");
    assert_string_equal(receipt_reason_name(RECEIPT_REASON_FOCUSED), "focused");
    assert_string_equal(receipt_reason_name(RECEIPT_REASON_DETACHED), "detached");
    assert_string_equal(receipt_reason_name(RECEIPT_REASON_PROBE), "probe");
    assert_string_equal(receipt_reason_name(RECEIPT_REASON_GONE), "gone");
    assert_string_equal(receipt_message_state_name(RECEIPT_MESSAGE_FAILED), "failed");
    assert_string_equal(receipt_reason_name(RECEIPT_N_REASONS), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backoff_delay__doubles__up_to_the_cap_with_full_jitter),
        cmocka_unit_test(backoff_fail__starts_anew__after_success_that_lasted),
        cmocka_unit_test(breaker__opens_probes_and_closes__as_told),
        cmocka_unit_test(strategy__has_an_answer__to_every_category),
        cmocka_unit_test(samples__give_nearest_rank__of_the_newest),
        cmocka_unit_test(words__are_there__for_every_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
