/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-ticks-slot.c: what the Finch companion writes behind a message, cell by cell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "plugin/finch/ticks-slot.h"

#define STATES (TICKS_FAILED + 1)

static const TicksValue values[] = {
    {TICKS_NONE, 0, 0, 0},
    {TICKS_PENDING, 0, 0, 0},
    {TICKS_SENT, 0, 0, 0},
    {TICKS_SENT, 2, 1, 3},
    {TICKS_DELIVERED, 3, 1, 3},
    {TICKS_READ, 3, 3, 3},
    {TICKS_FAILED, 0, 0, 0},
    {TICKS_SENT, 12, 3, 99},
    {TICKS_SENT, 999, 998, 999},
    {TICKS_SENT, 1, 1, G_MAXUINT},
    {TICKS_DELIVERED, 7, G_MAXUINT, G_MAXUINT},
};

/* Every layout that there can be. */
static void foreach_layout(void (*check)(const TicksLayout *layout))
{
    for (guint bits = 0; bits < 4; bits++)
        for (guint digits = 0; digits <= TICKS_MAX_DIGITS; digits++) {
            const TicksLayout layout = {(bits & 1) != 0, (bits & 2) != 0, digits};

            check(&layout);
        }
}

static guint columns_of(const char *text)
{
    guint columns = 0;

    for (; *text != '\0'; text = g_utf8_next_char(text))
        columns += g_unichar_iszerowidth(g_utf8_get_char(text)) ? 0
                   : g_unichar_iswide(g_utf8_get_char(text))    ? 2
                                                                : 1;
    return columns;
}

static void check_cells(const TicksLayout *layout)
{
    assert_in_range(ticks_slot_cells(layout), 1, TICKS_MAX_CELLS);
    for (guint i = 0; i < G_N_ELEMENTS(values); i++) {
        guint columns = 0;

        for (guint cell = 0; cell < ticks_slot_cells(layout); cell++) {
            char first[TICKS_CELL_BYTES], text[TICKS_CELL_BYTES];

            ticks_slot_cell(layout, &values[0], cell, first);
            ticks_slot_cell(layout, &values[i], cell, text);
            assert_int_equal(strlen(text), strlen(first));
            assert_int_equal(g_utf8_strlen(text, -1), 1);
            assert_true(g_utf8_validate(text, -1, NULL));
            columns += columns_of(text);
        }
        assert_int_equal(columns, ticks_slot_columns(layout));
    }
}

static void slot__cell__one_character_of_one_length_in_every_state(void **state)
{
    (void)state;
    foreach_layout(check_cells);
}

static void check_states(const TicksLayout *layout)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < STATES; i++) {
        const TicksValue value = {i, 0, 0, 0};

        assert_true(g_hash_table_add(seen, ticks_slot_text(layout, &value)));
    }
}

static void slot__text__states_differ_without_colour(void **state)
{
    (void)state;
    foreach_layout(check_states);
}

static void check_ascii(const TicksLayout *layout)
{
    for (guint i = 0; layout->is_ascii && i < G_N_ELEMENTS(values); i++) {
        g_autofree char *text = ticks_slot_text(layout, &values[i]);

        assert_true(g_str_is_ascii(text));
        assert_int_equal(strlen(text), ticks_slot_cells(layout));
    }
}

static void slot__text__ascii_is_ascii(void **state)
{
    (void)state;
    foreach_layout(check_ascii);
}

/* A coloured state is drawn with its own ink and no other. */
static void slot__ink__each_state_has_one(void **state)
{
    static const TicksInk inks[STATES] = {
        [TICKS_READ] = TICKS_INK_READ,
        [TICKS_FAILED] = TICKS_INK_FAILED,
    };
    const TicksLayout layout = {.has_colour = TRUE};

    (void)state;
    for (guint i = TICKS_PENDING; i < STATES; i++)
        for (guint cell = 0; cell < ticks_slot_cells(&layout); cell++) {
            const TicksValue value = {i, 0, 0, 0}, none = {TICKS_NONE, 0, 0, 0};
            char text[TICKS_CELL_BYTES], blank[TICKS_CELL_BYTES];

            ticks_slot_cell(&layout, &value, cell, text);
            ticks_slot_cell(&layout, &none, cell, blank);
            if (columns_of(text) > 0 && strcmp(text, blank) != 0 && strcmp(text, "\u2007") != 0)
                assert_int_equal(ticks_slot_ink(&layout, cell), inks[i]);
        }
}

/* What takes no column sticks to the place before it, and a place holds few of them. */
static void slot__cell__few_without_a_column_in_a_row(void **state)
{
    const TicksLayout layout = {.has_colour = TRUE};

    (void)state;
    for (guint i = 0; i < STATES; i++) {
        guint run = 0;

        for (guint cell = 0; cell < ticks_slot_cells(&layout); cell++) {
            const TicksValue value = {i, 0, 0, 0};
            char text[TICKS_CELL_BYTES];

            run = columns_of(ticks_slot_cell(&layout, &value, cell, text)) == 0 ? run + 1 : 0;
            assert_in_range(run, 0, 4);
        }
    }
}

static void check_text(guint digits, TicksValue value, const char *want)
{
    const TicksLayout layout = {.is_ascii = TRUE, .digits = digits};
    g_autofree char *text = ticks_slot_text(&layout, &value);

    assert_string_equal(text, want);
}

static void slot__text__counts_how_far_the_next_state_is(void **state)
{
    (void)state;
    check_text(1, (TicksValue){TICKS_PENDING, 0, 0, 3}, "(..)    ");
    check_text(1, (TicksValue){TICKS_SENT, 0, 0, 3}, "(+)     ");
    check_text(1, (TicksValue){TICKS_DELIVERED, 3, 0, 3}, "(++)    ");
    check_text(1, (TicksValue){TICKS_SENT, 2, 1, 3}, "(+) 2/3 ");
    check_text(1, (TicksValue){TICKS_DELIVERED, 3, 1, 3}, "(++) 1/3");
    check_text(1, (TicksValue){TICKS_READ, 3, 3, 3}, "(**)    ");
    check_text(1, (TicksValue){TICKS_FAILED, 0, 0, 3}, "(x)     ");
    check_text(2, (TicksValue){TICKS_SENT, 2, 1, 34}, "(+) 2/34  ");
    check_text(3, (TicksValue){TICKS_SENT, 998, 1, 999}, "(+) 998/999 ");
}

static void slot__text__no_part_of_a_number(void **state)
{
    (void)state;
    check_text(1, (TicksValue){TICKS_SENT, 12, 1, 13}, "(+)     ");
    check_text(3, (TicksValue){TICKS_SENT, 1000, 1, 10000}, "(+)         ");
    check_text(3, (TicksValue){TICKS_SENT, 12, 1, 1000}, "(+) 12/1000 ");
    check_text(0, (TicksValue){TICKS_SENT, 1, 1, 1}, "(+) ");
}

static void slot__digits__room_for_all_members(void **state)
{
    (void)state;
    assert_int_equal(ticks_slot_digits(0), 1);
    assert_int_equal(ticks_slot_digits(9), 1);
    assert_int_equal(ticks_slot_digits(10), 2);
    assert_int_equal(ticks_slot_digits(99), 2);
    assert_int_equal(ticks_slot_digits(100), 3);
    assert_int_equal(ticks_slot_digits(G_MAXUINT), TICKS_MAX_DIGITS);
}

static void state__of__public_names(void **state)
{
    (void)state;
    assert_int_equal(ticks_state_of("pending"), TICKS_PENDING);
    assert_int_equal(ticks_state_of("sent"), TICKS_SENT);
    assert_int_equal(ticks_state_of("delivered"), TICKS_DELIVERED);
    assert_int_equal(ticks_state_of("read"), TICKS_READ);
    assert_int_equal(ticks_state_of("failed"), TICKS_FAILED);
    assert_int_equal(ticks_state_of("later"), TICKS_NONE);
    assert_int_equal(ticks_state_of(""), TICKS_NONE);
    assert_int_equal(ticks_state_of(NULL), TICKS_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slot__cell__one_character_of_one_length_in_every_state),
        cmocka_unit_test(slot__text__states_differ_without_colour),
        cmocka_unit_test(slot__text__ascii_is_ascii),
        cmocka_unit_test(slot__ink__each_state_has_one),
        cmocka_unit_test(slot__cell__few_without_a_column_in_a_row),
        cmocka_unit_test(slot__text__counts_how_far_the_next_state_is),
        cmocka_unit_test(slot__text__no_part_of_a_number),
        cmocka_unit_test(slot__digits__room_for_all_members),
        cmocka_unit_test(state__of__public_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
