/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-book.c: marks in a text buffer, with Pidgin's hands played: it writes the line break before
 * each line, anchors its typing line at the end with marks of left gravity, trims from the top and
 * clears. No display is needed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "plugin/pidgin/ticks-book.h"

static GtkTextBuffer *buffer;
static TickBook *book;
static GString *told;
static const TickLook look = {TICK_GLYPHS, TRUE, TRUE};
static int one_owner, other_owner;

static void port_told(const char *what, const char *why, const Tick *tick, gpointer data)
{
    (void)data;
    g_string_append_printf(told, "%s %s%s%s;", what, tick->id, why != NULL ? " " : "",
                           why != NULL ? why : "");
}

static void port_write(GtkTextIter *iter, const char *text, const Tick *tick, gpointer data)
{
    (void)tick;
    (void)data;
    gtk_text_buffer_insert(buffer, iter, text, -1);
}

static void open_book(void)
{
    const TickBookPorts ports = {port_told, port_write, NULL};

    book = tick_book_new(buffer, &ports);
}

static int setup(void **state)
{
    (void)state;
    told = g_string_new(NULL);
    buffer = gtk_text_buffer_new(NULL);
    open_book();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tick_book_free(book);
    g_object_unref(buffer);
    g_string_free(told, TRUE);
    return 0;
}

/* Pidgin's part -------------------------------------------------------------------------------- */

static void append(const char *text)
{
    GtkTextIter end;

    gtk_text_buffer_get_end_iter(buffer, &end);
    gtk_text_buffer_insert(buffer, &end, text, -1);
}

static void typing_line(gboolean is_on)
{
    GtkTextMark *start = gtk_text_buffer_get_mark(buffer, "typing-notification-start");
    GtkTextMark *end = gtk_text_buffer_get_mark(buffer, "typing-notification-end");
    GtkTextIter from, to;

    if (start != NULL) {
        gtk_text_buffer_get_iter_at_mark(buffer, &from, start);
        gtk_text_buffer_get_iter_at_mark(buffer, &to, end);
        gtk_text_buffer_delete_mark(buffer, start);
        gtk_text_buffer_delete_mark(buffer, end);
        gtk_text_buffer_delete(buffer, &from, &to);
    }
    if (!is_on)
        return;
    gtk_text_buffer_get_end_iter(buffer, &from);
    gtk_text_buffer_create_mark(buffer, "typing-notification-start", &from, TRUE);
    gtk_text_buffer_insert(buffer, &from, "\nBob is typing...", -1);
    gtk_text_buffer_get_end_iter(buffer, &to);
    gtk_text_buffer_create_mark(buffer, "typing-notification-end", &to, TRUE);
}

static void line(const char *text)
{
    if (gtk_text_buffer_get_char_count(buffer) > 0)
        append("\n");
    append(text);
}

/* In Pidgin's order: the line, what companions do, then the typing line goes. */
static void own_line(const char *text, const char *id, gpointer owner)
{
    const TickFacts facts = {TICK_SENT, 0, 0, 3};

    line(text);
    tick_book_add(book, id, owner, FALSE, &facts, &look);
    typing_line(FALSE);
}

static void trim(int lines)
{
    GtkTextIter start, end;

    gtk_text_buffer_get_start_iter(buffer, &start);
    gtk_text_buffer_get_iter_at_line(buffer, &end, lines);
    gtk_text_buffer_delete(buffer, &start, &end);
}

static void assert_buffer(const char *want)
{
    GtkTextIter start, end;
    g_autofree char *text = NULL;

    gtk_text_buffer_get_bounds(buffer, &start, &end);
    text = gtk_text_buffer_get_slice(buffer, &start, &end, TRUE);
    g_strdelimit(text, "\n", '|');
    /* The space before a tick does not break; here it is a plain one. */
    for (char *nbsp; (nbsp = strstr(text, "\xc2\xa0")) != NULL;) {
        *nbsp = ' ';
        memmove(nbsp + 1, nbsp + 2, strlen(nbsp + 2) + 1);
    }
    assert_string_equal(text, want);
}

static void assert_told(const char *want)
{
    assert_string_equal(told->str, want);
    g_string_truncate(told, 0);
}

static gboolean update(const char *id, TickState state)
{
    const TickFacts facts = {state, 1, 0, 3};

    const gboolean is_known = tick_book_update(book, id, &facts);

    assert_false(tick_book_work(book, &look, G_USEC_PER_SEC));
    return is_known;
}

/* Marks that are in the buffer, counted where they can be: everywhere. */
static guint count_marks(void)
{
    GtkTextIter iter;
    guint count = 0;

    gtk_text_buffer_get_start_iter(buffer, &iter);
    for (gboolean is_over = FALSE; !is_over; gtk_text_iter_forward_char(&iter)) {
        GSList *marks = gtk_text_iter_get_marks(&iter);

        count += g_slist_length(marks);
        g_slist_free(marks);
        is_over = gtk_text_iter_is_end(&iter);
    }
    return count - 2; /* insert and selection_bound */
}

/* Changing in place ---------------------------------------------------------------------------- */

static void update__states__change_in_place(void **state)
{
    (void)state;
    own_line("one", "1", &one_owner);
    own_line("two", "2", &one_owner);
    assert_buffer("one ✓|two ✓");
    assert_true(update("1", TICK_DELIVERED));
    assert_buffer("one ✓✓|two ✓");
    assert_true(update("2", TICK_FAILED));
    assert_true(update("2", TICK_PENDING));
    assert_buffer("one ✓✓|two …");
    assert_told("drawn 1;drawn 2;changed 1;changed 2;changed 2;");
}

static void update__nothing_new_to_show__touches_nothing(void **state)
{
    (void)state;
    own_line("one", "1", &one_owner);
    assert_true(update("1", TICK_SENT));
    assert_told("drawn 1;");
    assert_true(update("1", TICK_DELIVERED));
    assert_true(update("1", TICK_READ)); /* the same text in another colour */
    assert_told("changed 1;changed 1;");
    assert_false(update("2", TICK_READ));
}

static void update__marks__are_two_per_message_for_ever(void **state)
{
    (void)state;
    own_line("one", "1", &one_owner);
    for (guint i = 0; i < 100; i++)
        update("1", i % TICK_N_STATES);
    assert_int_equal(count_marks(), 2);
    assert_int_equal(tick_book_size(book), 1);
}

static void typing_line__comes_and_goes__ticks_stay_on_their_lines(void **state)
{
    (void)state;
    line("hi");
    typing_line(TRUE);
    own_line("one", "1", &one_owner);
    assert_buffer("hi|one ✓");
    typing_line(TRUE);
    assert_true(update("1", TICK_DELIVERED));
    assert_buffer("hi|one ✓✓|Bob is typing...");
    assert_true(update("1", TICK_SENT));
    typing_line(FALSE);
    assert_buffer("hi|one ✓");
    typing_line(TRUE);
    own_line("two", "2", &one_owner);
    assert_true(update("1", TICK_READ));
    assert_true(update("2", TICK_DELIVERED));
    assert_buffer("hi|one ✓✓|two ✓✓");
}

static void text_after__is_written__stays_outside(void **state)
{
    (void)state;
    own_line("one", "1", &one_owner);
    append(" and more");
    assert_true(update("1", TICK_DELIVERED));
    assert_buffer("one ✓✓ and more");
}

/* Lines that go -------------------------------------------------------------------------------- */

static void trimming__takes_lines__what_is_known_of_them_goes(void **state)
{
    (void)state;
    own_line("one", "1", &one_owner);
    own_line("two", "2", &one_owner);
    line("answer");
    own_line("three", "3", &one_owner);
    g_string_truncate(told, 0);
    trim(2);
    assert_true(strcmp(told->str, "dropped 1 trimmed;dropped 2 trimmed;") == 0 ||
                strcmp(told->str, "dropped 2 trimmed;dropped 1 trimmed;") == 0);
    g_string_truncate(told, 0);
    assert_int_equal(tick_book_size(book), 1);
    assert_int_equal(count_marks(), 2);
    assert_false(update("1", TICK_READ));
    assert_true(update("3", TICK_READ));
    assert_buffer("answer|three ✓✓");
}

static void clear__everything_goes__later_receipts_draw_nothing(void **state)
{
    (void)state;
    own_line("one", "1", &one_owner);
    own_line("two", "2", &one_owner);
    gtk_text_buffer_set_text(buffer, "", 0);
    assert_int_equal(tick_book_size(book), 0);
    assert_int_equal(count_marks(), 0);
    assert_false(update("1", TICK_READ));
    own_line("three", "3", &one_owner);
    assert_false(update("2", TICK_READ));
    assert_buffer("three ✓");
}

static void somebody_else__changes_the_text__the_tick_is_given_up(void **state)
{
    GtkTextIter iter;

    (void)state;
    own_line("one", "1", &one_owner);
    own_line("two", "2", &one_owner);
    gtk_text_buffer_get_iter_at_line_offset(buffer, &iter, 0, 4);
    gtk_text_buffer_insert(buffer, &iter, "!", -1);
    g_string_truncate(told, 0);
    assert_true(update("1", TICK_READ));
    assert_told("dropped 1 given-up;");
    assert_false(update("1", TICK_READ));
    assert_buffer("one !✓|two ✓");
    assert_int_equal(count_marks(), 2);
}

static void half_of_a_tick__is_deleted__given_up(void **state)
{
    GtkTextIter start, end;

    (void)state;
    own_line("one", "1", &one_owner);
    gtk_text_buffer_get_end_iter(buffer, &end);
    start = end;
    gtk_text_iter_backward_char(&start);
    gtk_text_buffer_delete(buffer, &start, &end);
    update("1", TICK_DELIVERED);
    assert_buffer("one ");
    assert_int_equal(tick_book_size(book), 0);
}

/* Owners and the end --------------------------------------------------------------------------- */

static void owner__is_gone__its_ticks_stay_as_they_are(void **state)
{
    (void)state;
    own_line("one", "1", &one_owner);
    own_line("two", "2", &other_owner);
    tick_book_drop_owner(book, &one_owner);
    assert_told("drawn 1;drawn 2;dropped 1 closed;");
    assert_false(update("1", TICK_READ));
    assert_true(update("2", TICK_DELIVERED));
    assert_buffer("one ✓|two ✓✓");
    assert_int_equal(count_marks(), 2);
}

static void remove__of_all__leaves_the_lines_and_finds_them_again(void **state)
{
    const TickFacts facts = {TICK_READ, 1, 1, 1};

    (void)state;
    own_line("one", "1", &one_owner);
    line("answer");
    own_line("two", "2", &one_owner);
    typing_line(TRUE);
    tick_book_remove(book, NULL);
    assert_buffer("one|answer|two|Bob is typing...");
    tick_book_free(book);
    open_book();
    assert_true(tick_book_restore(book, "2", &one_owner, FALSE, &facts, &look));
    assert_true(tick_book_restore(book, "1", &one_owner, FALSE, &facts, &look));
    assert_false(tick_book_restore(book, "1", &one_owner, FALSE, &facts, &look));
    assert_false(tick_book_restore(book, "3", &one_owner, FALSE, &facts, &look));
    assert_buffer("one ✓✓|answer|two ✓✓|Bob is typing...");
    typing_line(FALSE);
    assert_buffer("one ✓✓|answer|two ✓✓");
    assert_true(update("2", TICK_SENT));
    assert_buffer("one ✓✓|answer|two ✓");
    assert_int_equal(count_marks(), 4);
}

static void restore__line_is_gone__draws_nothing(void **state)
{
    const TickFacts facts = {TICK_READ, 1, 1, 1};

    (void)state;
    own_line("one", "1", &one_owner);
    own_line("two", "2", &one_owner);
    own_line("three", "3", &one_owner);
    tick_book_remove(book, NULL);
    trim(2);
    assert_false(tick_book_restore(book, "1", &one_owner, FALSE, &facts, &look));
    assert_false(tick_book_restore(book, "2", &one_owner, FALSE, &facts, &look));
    assert_true(tick_book_restore(book, "3", &one_owner, FALSE, &facts, &look));
    assert_buffer("three ✓✓");
    tick_book_remove(book, NULL);
    gtk_text_buffer_set_text(buffer, "", 0);
    line("new");
    assert_false(tick_book_restore(book, "3", &one_owner, FALSE, &facts, &look));
    assert_buffer("new");
}

static void remove__of_one_owner__leaves_the_others(void **state)
{
    (void)state;
    own_line("one", "1", &one_owner);
    own_line("two", "2", &other_owner);
    tick_book_remove(book, &one_owner);
    assert_buffer("one|two ✓");
}

static void redraw__other_look__changes_every_tick(void **state)
{
    const TickLook words = {TICK_WORDS, TRUE, TRUE};

    (void)state;
    own_line("one", "1", &one_owner);
    own_line("two", "2", &one_owner);
    update("2", TICK_READ);
    tick_book_redraw(book);
    assert_false(tick_book_work(book, &words, G_USEC_PER_SEC));
    assert_buffer("one (sent)|two (read)");
}

static void work__many_changes__come_in_slices_and_each_once(void **state)
{
    const TickFacts read = {TICK_READ, 1, 1, 1}, delivered = {TICK_DELIVERED, 1, 0, 1};
    guint slices = 1, changes = 0;

    (void)state;
    for (guint i = 0; i < 50; i++) {
        g_autofree char *id = g_strdup_printf("%u", i);

        own_line("line", id, &one_owner);
        tick_book_update(book, id, &delivered);
        tick_book_update(book, id, &read);
    }
    g_string_truncate(told, 0);
    while (tick_book_work(book, &look, 0))
        slices++;
    assert_int_equal(slices, 50);
    for (const char *c = told->str; (c = strstr(c, "changed")) != NULL; c++)
        changes++;
    assert_int_equal(changes, 50);
    assert_false(tick_book_work(book, &look, 0));
}

static void work__line_goes_while_it_waits__is_not_touched(void **state)
{
    const TickFacts read = {TICK_READ, 1, 1, 1};

    (void)state;
    own_line("one", "1", &one_owner);
    own_line("two", "2", &one_owner);
    tick_book_update(book, "1", &read);
    tick_book_update(book, "2", &read);
    trim(1);
    assert_false(tick_book_work(book, &look, G_USEC_PER_SEC));
    assert_buffer("two ✓✓");
    tick_book_update(book, "2", &(TickFacts){TICK_SENT, 0, 0, 1});
    tick_book_drop_owner(book, &one_owner);
    assert_false(tick_book_work(book, &look, G_USEC_PER_SEC));
    assert_buffer("two ✓✓");
}

static void add__known_id__moves_to_the_new_line(void **state)
{
    (void)state;
    own_line("one", "1", &one_owner);
    own_line("one again", "1", &one_owner);
    assert_true(update("1", TICK_READ));
    assert_buffer("one ✓|one again ✓✓");
    assert_int_equal(tick_book_size(book), 1);
}

static void at__inside_and_outside_of_ticks__finds_its_message(void **state)
{
    GtkTextIter iter;

    (void)state;
    own_line("one", "1", &one_owner);
    own_line("two", "2", &one_owner);
    update("2", TICK_READ);
    for (int offset = 0; offset < 5; offset++) {
        const Tick *tick;

        gtk_text_buffer_get_iter_at_line_offset(buffer, &iter, 1, offset);
        tick = tick_book_at(book, &iter);
        if (offset < 3)
            assert_null(tick);
        else
            assert_string_equal(tick->id, "2");
    }
    gtk_text_buffer_get_iter_at_line_offset(buffer, &iter, 0, 4);
    assert_string_equal(tick_book_at(book, &iter)->id, "1");
}

/* A change may not cost what the buffer holds: a hundred times the lines, about the same time. */
static gint64 cost_us(guint lines)
{
    gint64 begin, best = G_MAXINT64;

    gtk_text_buffer_set_text(buffer, "", 0);
    for (guint i = 0; i < lines; i++) {
        g_autofree char *id = g_strdup_printf("%u", i);

        own_line("a line of some length, as people write them", id, &one_owner);
    }
    for (guint round = 0; round < 5; round++) {
        begin = g_get_monotonic_time();
        for (guint i = 0; i < 100; i++) {
            g_autofree char *id = g_strdup_printf("%u", i * lines / 100);

            update(id, round % 2 == 0 ? TICK_READ : TICK_PENDING);
        }
        best = MIN(best, g_get_monotonic_time() - begin);
    }
    return best;
}

static void update__hundred_times_the_lines__costs_about_the_same(void **state)
{
    const gint64 few = cost_us(100), many = cost_us(10000);

    (void)state;
    print_message("100 changes: %u us in 100 lines, %u us in 10000\n", (guint)few, (guint)many);
    assert_true(many < 8 * few + 2000);
}

int main(void)
{
#define BOOK_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        BOOK_TEST(update__states__change_in_place),
        BOOK_TEST(update__nothing_new_to_show__touches_nothing),
        BOOK_TEST(update__marks__are_two_per_message_for_ever),
        BOOK_TEST(typing_line__comes_and_goes__ticks_stay_on_their_lines),
        BOOK_TEST(text_after__is_written__stays_outside),
        BOOK_TEST(trimming__takes_lines__what_is_known_of_them_goes),
        BOOK_TEST(clear__everything_goes__later_receipts_draw_nothing),
        BOOK_TEST(somebody_else__changes_the_text__the_tick_is_given_up),
        BOOK_TEST(half_of_a_tick__is_deleted__given_up),
        BOOK_TEST(owner__is_gone__its_ticks_stay_as_they_are),
        BOOK_TEST(remove__of_all__leaves_the_lines_and_finds_them_again),
        BOOK_TEST(restore__line_is_gone__draws_nothing),
        BOOK_TEST(remove__of_one_owner__leaves_the_others),
        BOOK_TEST(redraw__other_look__changes_every_tick),
        BOOK_TEST(work__many_changes__come_in_slices_and_each_once),
        BOOK_TEST(work__line_goes_while_it_waits__is_not_touched),
        BOOK_TEST(add__known_id__moves_to_the_new_line),
        BOOK_TEST(at__inside_and_outside_of_ticks__finds_its_message),
        BOOK_TEST(update__hundred_times_the_lines__costs_about_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
