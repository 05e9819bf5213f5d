/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-store.c: two files per account. */
#include "tinode-store.h"

#include <debug.h>
#include <glib/gstdio.h>
#include <notify.h>
#include <string.h>
#include <util.h>

#include "tinode-outbox.h"
#include "tinode-text.h"
#include "tinode-topic.h"

/* The engine's state is about 100 bytes a conversation; far above that it is not ours. */
#define MAX_FILE      (16 * 1024 * 1024)
#define MAX_SET_ASIDE 100

/* Magic, checksum of the rest, (channel, id, html, extra). Format 2 had no extra; 1, which was
 * never released, plain text. */
#define TEXTS_MAGIC   "purple-tinode texts 3"
#define TEXTS_ROWS    "a(sssa{sv})"
#define TEXTS_MAGIC_2 "purple-tinode texts 2"
#define TEXTS_ROWS_2  "a(sss)"

struct _TinodeStore {
    TinodeAccount *ta;
    char *folder;
    char *state_path;
    char *texts_path;
    gboolean is_loading;
    gboolean is_forgotten;
    gboolean has_told; /* that it cannot write */
};

/* Account names come from the user and may hold anything; servers too. */
static char *file_name(const TinodeAccount *ta, const char *ending)
{
    const char *user = purple_account_get_username(ta->account);
    const char *server =
        purple_account_get_string(ta->account, TINODE_OPTION_SERVER, TINODE_DEFAULT_SERVER);
    g_autofree char *both = g_strdup_printf("%s@%s", user, server);
    g_autofree char *safe = g_uri_escape_string(both, "@", TRUE);
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, both, -1);

    /* Long names are cut; the digest keeps them apart. */
    if (strlen(safe) > 100)
        return g_strdup_printf("%.100s-%.16s%s", safe, digest, ending);
    return g_strconcat(safe, ending, NULL);
}

TinodeStore *tinode_store_new(TinodeAccount *ta)
{
    TinodeStore *store = g_new0(TinodeStore, 1);
    g_autofree char *state = file_name(ta, ".state");
    g_autofree char *texts = file_name(ta, ".texts");

    store->ta = ta;
    store->folder = g_build_filename(purple_user_dir(), "tinode", NULL);
    store->state_path = g_build_filename(store->folder, state, NULL);
    store->texts_path = g_build_filename(store->folder, texts, NULL);
    return store;
}

void tinode_store_free(TinodeStore *store)
{
    g_free(store->folder);
    g_free(store->state_path);
    g_free(store->texts_path);
    g_free(store);
}

static void tell_set_aside(TinodeStore *store, const char *path)
{
    const gboolean is_texts = g_str_has_prefix(path, store->texts_path);
    g_autofree char *text = g_strdup_printf(
        is_texts
            ? _("A file with the messages of %s that were still to be sent could not be used and "
                "was set aside as %s. Messages that you wrote without a connection may not have "
                "been sent: look into your conversations, and write them again.")
            : _("A file with the state of %s could not be used and was set aside as %s. Receipts "
                "that were still to be sent may be late; your conversations are not touched."),
        purple_account_get_username(store->ta->account), path);

    purple_notify_warning(store->ta->gc, _("Tinode"), _("Damaged state file"), text);
}

static void set_aside(TinodeStore *store, const char *path, const char *why)
{
    for (guint i = 1; i <= MAX_SET_ASIDE; i++) {
        g_autofree char *aside = g_strdup_printf("%s.damaged-%u", path, i);

        if (g_file_test(aside, G_FILE_TEST_EXISTS))
            continue;
        purple_debug_warning("tinode", "%s: %s; set aside as %s\n", path, why, aside);
        if (g_rename(path, aside) != 0)
            purple_debug_error("tinode", "cannot rename %s: %s\n", path, g_strerror(errno));
        else
            tell_set_aside(store, aside);
        return;
    }
    purple_debug_error("tinode", "%s: %s; too many set aside already\n", path, why);
}

/* NULL: nothing there, or set aside. */
static GBytes *read_file(TinodeStore *store, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *contents = NULL;
    gsize length = 0;
    GStatBuf info;

    if (g_stat(path, &info) != 0)
        return NULL;
    if (info.st_size > MAX_FILE) {
        set_aside(store, path, "too large");
        return NULL;
    }
    if (!g_file_get_contents(path, &contents, &length, &error)) {
        set_aside(store, path, error->message);
        return NULL;
    }
    return g_bytes_new_take(g_steal_pointer(&contents), length);
}

static void tell_cannot_write(TinodeStore *store, const char *why)
{
    purple_debug_error("tinode", "cannot write the state: %s\n", why);
    if (store->has_told)
        return;
    store->has_told = TRUE;
    purple_notify_error(store->ta->gc, _("Tinode"), _("The state of receipts cannot be saved"),
                        _("Please check that there is room on the disk and that your settings "
                          "folder can be written. Until then a crash may repeat or lose "
                          "receipts."));
}

static void write_file(TinodeStore *store, const char *path, gconstpointer data, gsize length)
{
    g_autoptr(GError) error = NULL;

    if (g_mkdir_with_parents(store->folder, 0700) != 0) {
        tell_cannot_write(store, g_strerror(errno));
        return;
    }
    /* CONSISTENT without DURABLE: a rename, and no fsync that would hold the client's main loop. */
    if (!g_file_set_contents_full(path, data, (gssize)length, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
                                  &error))
        tell_cannot_write(store, error->message);
}

static void remove_file(TinodeStore *store, const char *path)
{
    if (g_unlink(path) != 0 && errno != ENOENT)
        tell_cannot_write(store, g_strerror(errno));
}

void tinode_store_forget(TinodeStore *store)
{
    store->is_forgotten = TRUE;
    remove_file(store, store->state_path);
    remove_file(store, store->texts_path);
}

void tinode_store_save_state(TinodeStore *store, GBytes *state)
{
    gsize length;
    gconstpointer data = g_bytes_get_data(state, &length);

    if (!store->is_loading && !store->is_forgotten)
        write_file(store, store->state_path, data, length);
}

static char *checksum_of(GVariant *rows)
{
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256, g_variant_get_data(rows),
                                       g_variant_get_size(rows));
}

void tinode_store_texts_changed(TinodeStore *store)
{
    GVariantBuilder builder;
    g_autoptr(GVariant) rows = NULL;
    g_autoptr(GVariant) all = NULL;
    g_autofree char *checksum = NULL;
    GHashTableIter iter;
    TinodeTopic *topic;

    if (store->is_loading || store->is_forgotten)
        return;
    g_variant_builder_init(&builder, G_VARIANT_TYPE(TEXTS_ROWS));
    g_hash_table_iter_init(&iter, store->ta->topics);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&topic))
        tinode_outbox_save(topic, &builder);
    rows = g_variant_ref_sink(g_variant_builder_end(&builder));
    if (g_variant_n_children(rows) == 0) {
        remove_file(store, store->texts_path);
        return;
    }
    checksum = checksum_of(rows);
    all = g_variant_ref_sink(g_variant_new("(ss@" TEXTS_ROWS ")", TEXTS_MAGIC, checksum, rows));
    write_file(store, store->texts_path, g_variant_get_data(all), g_variant_get_size(all));
}

static void load_state(TinodeStore *store)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) state = read_file(store, store->state_path);

    if (state != NULL && !receipt_engine_load(store->ta->engine, state, &error))
        set_aside(store, store->state_path, error->message);
}

static void restore_text(TinodeStore *store, GVariant *row)
{
    const gboolean has_extra = g_variant_n_children(row) == 4;
    g_autoptr(GVariant) extra = has_extra ? g_variant_get_child_value(row, 3) : NULL;
    const char *channel, *id, *html;
    TinodeTopic *topic;

    g_variant_get_child(row, 0, "&s", &channel);
    g_variant_get_child(row, 1, "&s", &id);
    g_variant_get_child(row, 2, "&s", &html);
    topic = tinode_topic_ensure(store->ta, channel);
    if (topic != NULL)
        tinode_outbox_restore(topic, id, html,
                              extra != NULL && g_variant_n_children(extra) > 0 ? extra : NULL);
}

/* FALSE: it is not of this format, or damaged. */
static gboolean restore_texts(TinodeStore *store, GBytes *bytes, const char *type,
                              const char *magic)
{
    g_autoptr(GVariant) all =
        g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(type), bytes, FALSE));
    g_autoptr(GVariant) rows = g_variant_get_child_value(all, 2);
    g_autofree char *checksum = checksum_of(rows);
    const char *told_magic, *told;

    g_variant_get_child(all, 0, "&s", &told_magic);
    g_variant_get_child(all, 1, "&s", &told);
    if (!g_variant_is_normal_form(all) || strcmp(magic, told_magic) != 0 ||
        strcmp(told, checksum) != 0)
        return FALSE;
    for (gsize i = 0; i < g_variant_n_children(rows); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);

        restore_text(store, row);
    }
    return TRUE;
}

static void load_texts(TinodeStore *store)
{
    g_autoptr(GBytes) bytes = read_file(store, store->texts_path);

    if (bytes != NULL && !restore_texts(store, bytes, "(ss" TEXTS_ROWS ")", TEXTS_MAGIC) &&
        !restore_texts(store, bytes, "(ss" TEXTS_ROWS_2 ")", TEXTS_MAGIC_2))
        set_aside(store, store->texts_path, "not a file of texts, or damaged");
}

void tinode_store_load(TinodeStore *store)
{
    store->is_loading = TRUE;
    load_state(store);
    load_texts(store);
    store->is_loading = FALSE;
}
