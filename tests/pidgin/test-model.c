/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-model.c: what a tick looks like. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>

#include "plugin/pidgin/ticks-model.h"

#define NBSP "\xc2\xa0"

static const TickLook glyphs = {TICK_GLYPHS, TRUE, TRUE};

static void assert_text(TickFacts facts, gboolean is_group, TickLook look, const char *want)
{
    g_autofree char *text = tick_text(&facts, is_group, &look);

    assert_string_equal(text, want);
}

static void state__words_of_the_signal__are_known_and_others_not(void **state)
{
    TickState found;

    (void)state;
    for (guint i = 0; i < TICK_N_STATES; i++) {
        assert_true(tick_state_parse(tick_state_name(i), &found));
        assert_int_equal(found, i);
    }
    assert_false(tick_state_parse("seen", &found));
    assert_false(tick_state_parse("", &found));
    assert_false(tick_state_parse(NULL, &found));
}

static void text__one_to_one__is_the_sign_alone(void **state)
{
    static const char *const want[TICK_N_STATES] = {NBSP "…", NBSP "✓", NBSP "✓✓", NBSP "✓✓",
                                                    NBSP "✗"};

    (void)state;
    for (guint i = 0; i < TICK_N_STATES; i++)
        assert_text((TickFacts){i, 1, 1, 3}, FALSE, glyphs, want[i]);
}

static void text__group__counts_towards_the_next_state(void **state)
{
    (void)state;
    assert_text((TickFacts){TICK_SENT, 0, 0, 5}, TRUE, glyphs, NBSP "✓");
    assert_text((TickFacts){TICK_SENT, 3, 2, 5}, TRUE, glyphs, NBSP "✓" NBSP "3/5");
    assert_text((TickFacts){TICK_DELIVERED, 5, 0, 5}, TRUE, glyphs, NBSP "✓✓");
    assert_text((TickFacts){TICK_DELIVERED, 5, 3, 5}, TRUE, glyphs, NBSP "✓✓" NBSP "3/5");
    assert_text((TickFacts){TICK_READ, 5, 5, 5}, TRUE, glyphs, NBSP "✓✓");
    assert_text((TickFacts){TICK_PENDING, 0, 0, 0}, TRUE, glyphs, NBSP "…");
    assert_text((TickFacts){TICK_FAILED, 0, 0, 5}, TRUE, glyphs, NBSP "✗");
}

static void text__counts_switched_off__are_not_there(void **state)
{
    (void)state;
    assert_text((TickFacts){TICK_SENT, 3, 2, 5}, TRUE, (TickLook){TICK_GLYPHS, TRUE, FALSE},
                NBSP "✓");
}

static void text__no_colours__read_differs_by_its_shape(void **state)
{
    (void)state;
    assert_text((TickFacts){TICK_READ, 1, 1, 1}, FALSE, (TickLook){TICK_GLYPHS, FALSE, TRUE},
                NBSP "✔✔");
    assert_text((TickFacts){TICK_DELIVERED, 1, 0, 1}, FALSE, (TickLook){TICK_GLYPHS, FALSE, TRUE},
                NBSP "✓✓");
}

static void text__other_styles__say_the_same(void **state)
{
    const TickFacts facts = {TICK_DELIVERED, 5, 3, 5};

    (void)state;
    assert_text(facts, TRUE, (TickLook){TICK_ASCII, TRUE, TRUE}, NBSP "(++)" NBSP "3/5");
    assert_text(facts, TRUE, (TickLook){TICK_WORDS, TRUE, TRUE}, NBSP "(delivered" NBSP "3/5)");
    assert_text(facts, FALSE, (TickLook){TICK_WORDS, TRUE, TRUE}, NBSP "(delivered)");
    assert_text(facts, TRUE, (TickLook){TICK_IMAGES, TRUE, TRUE}, NBSP TICK_IMAGE_CHAR NBSP "3/5");
}

static double channel(guint32 colour, guint shift)
{
    const double value = (double)(colour >> shift & 0xff) / 255;

    return value <= 0.03928 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

static double luminance(guint32 colour)
{
    return 0.2126 * channel(colour, 16) + 0.7152 * channel(colour, 8) + 0.0722 * channel(colour, 0);
}

static void colour__any_background__stands_out(void **state)
{
    static const guint32 backgrounds[] = {0xffffff, 0xf6f5f4, 0x000000, 0x1e1e1e, 0x2b2b2b};

    (void)state;
    for (guint i = 0; i < TICK_N_STATES; i++)
        for (guint b = 0; b < G_N_ELEMENTS(backgrounds); b++) {
            const double one = luminance(tick_colour(i, backgrounds[b], TRUE)) + 0.05;
            const double other = luminance(backgrounds[b]) + 0.05;

            assert_true(MAX(one, other) / MIN(one, other) > 3.0);
        }
}

static void colour__read__differs_from_delivered_only_with_colours(void **state)
{
    (void)state;
    for (guint32 background = 0; background <= 0xffffff; background += 0xffffff) {
        assert_int_not_equal(tick_colour(TICK_READ, background, TRUE),
                             tick_colour(TICK_DELIVERED, background, TRUE));
        assert_int_equal(tick_colour(TICK_READ, background, FALSE),
                         tick_colour(TICK_DELIVERED, background, FALSE));
    }
}

static void sign__every_state_of_sync__has_a_sign_and_a_sentence(void **state)
{
    static const struct {
        const char *word;
        SyncSign sign;
    } all[] = {{"active", SYNC_SIGN_OK},       {"starting", SYNC_SIGN_NONE},
               {"waiting", SYNC_SIGN_LIMITED}, {"tripped", SYNC_SIGN_LIMITED},
               {"evicted", SYNC_SIGN_LIMITED}, {"suspended", SYNC_SIGN_OFFLINE},
               {NULL, SYNC_SIGN_OFFLINE},      {"idle", SYNC_SIGN_NONE},
               {"stopping", SYNC_SIGN_NONE},   {"something new", SYNC_SIGN_NONE}};

    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(all); i++) {
        const char *text = "left over";

        assert_int_equal(sync_sign_of(all[i].word, &text), all[i].sign);
        if (all[i].sign == SYNC_SIGN_NONE)
            assert_null(text);
        else
            assert_true(g_str_has_prefix(text, "Receipts: "));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state__words_of_the_signal__are_known_and_others_not),
        cmocka_unit_test(text__one_to_one__is_the_sign_alone),
        cmocka_unit_test(text__group__counts_towards_the_next_state),
        cmocka_unit_test(text__counts_switched_off__are_not_there),
        cmocka_unit_test(text__no_colours__read_differs_by_its_shape),
        cmocka_unit_test(text__other_styles__say_the_same),
        cmocka_unit_test(colour__any_background__stands_out),
        cmocka_unit_test(colour__read__differs_from_delivered_only_with_colours),
        cmocka_unit_test(sign__every_state_of_sync__has_a_sign_and_a_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
