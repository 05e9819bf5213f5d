/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-store.c: what survives a restart, and files that somebody or something has damaged. */
#include "fake-server.h"

#include <glib/gstdio.h>
#include <string.h>
#include <util.h>

static char *path_of(const char *ending)
{
    g_autofree char *name = g_strconcat("alice@127.0.0.1", "%3A", "6060", ending, NULL);

    return g_build_filename(purple_user_dir(), "tinode", name, NULL);
}

/* A session after which there are both files: read cursors, and a text that waits. */
static PurpleAccount *leave_files(void)
{
    PurpleAccount *account;
    g_autofree char *state = path_of(".state");
    g_autofree char *texts = path_of(".texts");

    fake_allow(FAKE_ANY & ~FAKE_NOTIFY);
    server_topic(BOB, "Bob", 2, 2);
    account = server_sign_in();
    fake_focus(fake_open(account, BOB));
    server_advance(1000);
    server_say(BOB, BOB, "three");
    server_advance(3000);
    server_silence("pub lost", 1);
    fake_send(fake_find(account, BOB), "waits");
    server_work();
    assert_true(g_file_test(state, G_FILE_TEST_EXISTS));
    assert_true(g_file_test(texts, G_FILE_TEST_EXISTS));
    return account;
}

static void sign_out(PurpleAccount *account)
{
    fake_logout(account);
    fake_turn();
    server_ignore("");
    fake_ignore(FAKE_ANY & ~FAKE_NOTIFY);
}

static guint mode_of(const char *path)
{
    GStatBuf info;

    assert_int_equal(g_stat(path, &info), 0);
    return info.st_mode & 0777;
}

static void store__files__are_for_the_user_alone(void **state)
{
    g_autofree char *first = NULL, *second = NULL, *folder = NULL;

    (void)state;
    leave_files();
    first = path_of(".state");
    second = path_of(".texts");
    folder = g_path_get_dirname(first);
    assert_int_equal(mode_of(first), 0600);
    assert_int_equal(mode_of(second), 0600);
    assert_int_equal(mode_of(folder), 0700);
}

static void store__text_is_stored_by_the_server__no_copy_is_kept(void **state)
{
    PurpleAccount *account = leave_files();
    g_autofree char *texts = path_of(".texts");

    (void)state;
    sign_out(account);
    assert_true(g_file_test(texts, G_FILE_TEST_EXISTS));
    server_sign_in();
    server_advance(15000);
    server_expect("pub", "pub usrBob waits", NULL);
    assert_false(g_file_test(texts, G_FILE_TEST_EXISTS));
}

static void store__restart__nothing_old_is_shown_and_nothing_is_sent_twice(void **state)
{
    PurpleAccount *account = leave_files();

    (void)state;
    sign_out(account);
    server_sign_in();
    server_advance(15000);
    fake_expect(FAKE_LINE, NULL);
    server_expect("pub", "pub usrBob waits", NULL);
    server_expect("note", NULL);
}

static void store__restart__formatting_waits_with_the_text(void **state)
{
    PurpleAccount *account = leave_files();

    (void)state;
    fake_send(fake_find(account, BOB), "a &lt; <b>b</b>");
    server_work();
    sign_out(account);
    server_sign_in();
    server_advance(15000);
    fake_expect(FAKE_LINE, NULL);
    server_expect("pub", "pub usrBob waits",
                  "pub usrBob {\"fmt\":[{\"at\":4,\"len\":1,\"tp\":\"ST\"}],\"txt\":\"a < b\"}",
                  NULL);
}

/* Killed: nothing is called any more, the files are as after the last change. */
static void store__killed_at_any_moment__files_are_whole(void **state)
{
    PurpleAccount *account = leave_files();
    g_autofree char *first = path_of(".state"), *second = path_of(".texts");
    g_autofree char *state_then = NULL, *texts_then = NULL;
    gsize state_size, texts_size;

    (void)state;
    assert_true(g_file_get_contents(first, &state_then, &state_size, NULL));
    assert_true(g_file_get_contents(second, &texts_then, &texts_size, NULL));
    sign_out(account); /* whatever it writes is undone */
    assert_true(g_file_set_contents(first, state_then, (gssize)state_size, NULL));
    assert_true(g_file_set_contents(second, texts_then, (gssize)texts_size, NULL));
    server_sign_in();
    server_advance(15000);
    fake_expect(FAKE_LINE | FAKE_NOTIFY, NULL);
    server_expect("pub", "pub usrBob waits", NULL);
}

/* What an earlier version left: rows without what is beside the text. */
static void store__file_of_the_earlier_format__is_read(void **state)
{
    PurpleAccount *account = leave_files();
    g_autofree char *texts = path_of(".texts");
    GVariant *rows = g_variant_new_parsed("[('usrBob', 'f-1', 'of <b>old</b>')]");
    g_autoptr(GVariant) held = g_variant_ref_sink(rows);
    g_autofree char *sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, g_variant_get_data(held),
                                                       g_variant_get_size(held));
    g_autoptr(GVariant) all =
        g_variant_ref_sink(g_variant_new("(ss@a(sss))", "purple-tinode texts 2", sum, held));

    (void)state;
    sign_out(account);
    assert_true(
        g_file_set_contents(texts, g_variant_get_data(all), (gssize)g_variant_get_size(all), NULL));
    server_sign_in();
    server_advance(15000);
    fake_expect(FAKE_NOTIFY, NULL);
    assert_int_equal(server_count("pub usrBob {\"fmt\":[{\"at\":3,\"len\":3,\"tp\":\"ST\"}],"
                                  "\"txt\":\"of old\"}"),
                     1);
}

/* Damage -----------------------------------------------------------------------------------------
 */

static void damage(const char *path, guint how)
{
    g_autofree char *contents = NULL;
    gsize length;

    assert_true(g_file_get_contents(path, &contents, &length, NULL));
    switch (how) {
    case 0: /* torn in the middle */
        length /= 2;
        break;
    case 1: /* emptied */
        length = 0;
        break;
    case 2: /* one bit */
        contents[length / 2] ^= 0x10;
        break;
    case 3: /* somebody else's */
        memset(contents, 'x', length);
        break;
    default: /* cut by one byte */
        length--;
        break;
    }
    assert_true(g_file_set_contents(path, contents, (gssize)length, NULL));
}

/* Set aside byte for byte, told once, and signing in goes on. */
static void set_aside(const char *ending, guint how)
{
    PurpleAccount *account = leave_files();
    g_autofree char *path = path_of(ending);
    g_autofree char *aside = g_strconcat(path, ".damaged-1", NULL);
    g_autofree char *before = NULL, *after = NULL;
    gsize before_length, after_length;

    sign_out(account);
    damage(path, how);
    assert_true(g_file_get_contents(path, &before, &before_length, NULL));
    server_sign_in();
    assert_true(fake_is_online(account));
    fake_expect(FAKE_NOTIFY, "notify warning Damaged state file", NULL);
    assert_non_null(strstr(fake_notice_text(), strcmp(ending, ".texts") == 0
                                                   ? "Messages that you wrote without a connection"
                                                   : "Receipts that were still to be sent"));
    assert_true(g_file_get_contents(aside, &after, &after_length, NULL));
    assert_int_equal(after_length, before_length);
    assert_memory_equal(after, before, before_length);
    assert_true(fake_debug_count("warning", "set aside") >= 1);
}

#define DAMAGE(name, ending, how)                                                                  \
    static void store__##name##__is_set_aside_with_a_warning(void **state)                         \
    {                                                                                              \
        (void)state;                                                                               \
        set_aside(ending, how);                                                                    \
    }

DAMAGE(torn_state, ".state", 0)
DAMAGE(empty_state, ".state", 1)
DAMAGE(flipped_state, ".state", 2)
DAMAGE(foreign_state, ".state", 3)
DAMAGE(cut_state, ".state", 4)
DAMAGE(torn_texts, ".texts", 0)
DAMAGE(empty_texts, ".texts", 1)
DAMAGE(flipped_texts, ".texts", 2)
DAMAGE(foreign_texts, ".texts", 3)
DAMAGE(cut_texts, ".texts", 4)

/* Any bit of the file of texts: never taken in, never lost. */
static void store__any_bit_of_texts__is_noticed(void **state)
{
    PurpleAccount *account = leave_files();
    g_autofree char *path = path_of(".texts");
    g_autofree char *contents = NULL;
    gsize length;

    (void)state;
    sign_out(account);
    assert_true(g_file_get_contents(path, &contents, &length, NULL));
    for (gsize i = 0; i < length; i += 3) {
        g_autofree char *aside = NULL;

        contents[i] ^= 1 << (i % 8);
        assert_true(g_file_set_contents(path, contents, (gssize)length, NULL));
        contents[i] ^= 1 << (i % 8);
        server_sign_in();
        server_advance(100);
        server_expect("pub", NULL);
        sign_out(account);
        fake_expect(FAKE_NOTIFY, "notify warning Damaged state file", NULL);
        aside = g_strconcat(path, ".damaged-1", NULL);
        assert_int_equal(g_remove(aside), 0);
    }
}

static void store__damaged_again__earlier_ones_stay(void **state)
{
    PurpleAccount *account = leave_files();
    g_autofree char *path = path_of(".state");

    (void)state;
    for (guint i = 1; i <= 3; i++) {
        g_autofree char *aside = g_strdup_printf("%s.damaged-%u", path, i);

        sign_out(account);
        damage(path, 3);
        server_sign_in();
        server_advance(2000);
        server_say(BOB, BOB, "more");
        server_advance(2000);
        fake_expect(FAKE_NOTIFY, "notify warning Damaged state file", NULL);
        assert_true(g_file_test(aside, G_FILE_TEST_EXISTS));
    }
}

/* A folder that cannot be made: a file stands in its place (permissions do not stop root). */
static void store__folder_cannot_be_written__is_told_once_and_all_goes_on(void **state)
{
    g_autofree char *folder = g_build_filename(purple_user_dir(), "tinode", NULL);
    PurpleAccount *account;

    (void)state;
    fake_allow(FAKE_ANY & ~FAKE_NOTIFY);
    assert_true(g_file_set_contents(folder, "", 0, NULL));
    server_topic(BOB, "Bob", 2, 2);
    account = server_sign_in();
    fake_focus(fake_open(account, BOB));
    for (guint i = 0; i < 5; i++) {
        server_say(BOB, BOB, "more");
        server_advance(3000);
    }
    fake_send(fake_find(account, BOB), "hello");
    server_advance(1000);
    assert_int_equal(server_count("pub usrBob hello"), 1);
    assert_int_equal(fake_count(FAKE_LINE, "line usrBob <usrBob> more [recv]"), 5);
    fake_expect(FAKE_NOTIFY, "notify error The state of receipts cannot be saved", NULL);
}

static void store__two_accounts__have_files_of_their_own(void **state)
{
    PurpleAccount *second;
    g_autofree char *odd = g_strnfill(200, '/');

    (void)state;
    leave_files();
    second = fake_account(odd); /* a name that is no file name */
    scene_sign_in_as(second, CAROL, ROW_BOB);
    fake_open(second, BOB);
    fake_turn();
    fake_send(fake_find(second, BOB), "waits, too");
    fake_drop_frames();
    {
        g_autofree char *folder = g_build_filename(purple_user_dir(), "tinode", NULL);
        GDir *dir = g_dir_open(folder, 0, NULL);
        guint count = 0;

        assert_non_null(dir);
        while (g_dir_read_name(dir) != NULL)
            count++;
        g_dir_close(dir);
        assert_int_equal(count, 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(store__files__are_for_the_user_alone),
        FAKE_TEST(store__text_is_stored_by_the_server__no_copy_is_kept),
        FAKE_TEST(store__restart__formatting_waits_with_the_text),
        FAKE_TEST(store__restart__nothing_old_is_shown_and_nothing_is_sent_twice),
        FAKE_TEST(store__killed_at_any_moment__files_are_whole),
        FAKE_TEST(store__torn_state__is_set_aside_with_a_warning),
        FAKE_TEST(store__empty_state__is_set_aside_with_a_warning),
        FAKE_TEST(store__flipped_state__is_set_aside_with_a_warning),
        FAKE_TEST(store__foreign_state__is_set_aside_with_a_warning),
        FAKE_TEST(store__cut_state__is_set_aside_with_a_warning),
        FAKE_TEST(store__torn_texts__is_set_aside_with_a_warning),
        FAKE_TEST(store__empty_texts__is_set_aside_with_a_warning),
        FAKE_TEST(store__flipped_texts__is_set_aside_with_a_warning),
        FAKE_TEST(store__foreign_texts__is_set_aside_with_a_warning),
        FAKE_TEST(store__cut_texts__is_set_aside_with_a_warning),
        FAKE_TEST(store__file_of_the_earlier_format__is_read),
        FAKE_TEST(store__any_bit_of_texts__is_noticed),
        FAKE_TEST(store__damaged_again__earlier_ones_stay),
        FAKE_TEST(store__folder_cannot_be_written__is_told_once_and_all_goes_on),
        FAKE_TEST(store__two_accounts__have_files_of_their_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
