/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the world begins (tests/server): the users of Tinode's sample data, or a file of one's own.
 */
#include "world.h"

#include <string.h>

#include "clock.h"

#define MAX_NAMES 100000

static GHashTable *group_words;

static const struct {
    const char *login;
    const char *fn;
    const char *tel;
} sample[] = {
    {"alice", "Alice Hatter", "+17025550001"},
    {"bob", "Bob Smith", "+17025550002"},
    {"carol", "Carol Xmas", "+17025550003"},
    {"dave", "Dave Goliathsson", "+17025550004"},
};

static void add_tag(User *user, const char *prefix, const char *value)
{
    g_autofree char *tag = g_strconcat(prefix, value, NULL);

    json_array_append_new(user->tags, json_string(tag));
}

static void add_sample_user(const char *login, const char *fn, const char *tel)
{
    g_autofree char *password = g_strconcat(login, "123", NULL);
    g_autofree char *email = g_strconcat(login, "@example.com", NULL);
    User *user = world_add_user(login, password);
    char *first = g_strndup(fn, strcspn(fn, " "));

    user->public = json_pack("{s:s}", "fn", fn);
    if (strcmp(login, "alice") == 0) {
        user->trusted = json_pack("{s:b}", "verified", 1);
        user->private = json_pack("{s:s}", "comment", "some comment 123");
    }
    add_tag(user, "", first);
    add_tag(user, "basic:", login);
    add_tag(user, "email:", email);
    add_tag(user, "tel:", tel);
    json_array_append_new(user->creds,
                          json_pack("{s:s, s:s, s:b}", "meth", "email", "val", email, "done", 1));
    json_array_append_new(user->creds,
                          json_pack("{s:s, s:s, s:b}", "meth", "tel", "val", tel, "done", 1));
    g_free(first);
}

static void add_p2p(User *a, User *b)
{
    g_autofree char *name = world_p2p_name(a, b);
    gint64 now = clock_stamp_ms();
    Chat *chat;

    if (world_chat(name) != NULL)
        return;
    chat = world_add_chat(CHAT_P2P, name, now);
    chat->a = a;
    chat->b = b;
    chat_add_member(chat, a, FALSE, (b->auth & ACS_P2P_MAX) | ACS_APPROVE, b->auth, NULL, now);
    chat_add_member(chat, b, FALSE, (b->auth & ACS_P2P_MAX) | ACS_APPROVE,
                    (a->auth & ACS_P2P_MAX) | ACS_APPROVE, NULL, now);
}

static Chat *add_group(const char *word, json_t *public, User *owner)
{
    g_autofree char *name = world_group_name(word);
    gint64 now = clock_stamp_ms();
    Chat *chat = world_add_chat(CHAT_GROUP, name, now);

    chat->owner = owner;
    chat->public = json_incref(public);
    chat_add_member(chat, owner, FALSE, ACS_ALL, ACS_ALL, NULL, now);
    if (group_words == NULL)
        group_words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_insert(group_words, g_strdup(word), g_strdup(name));
    return chat;
}

void world_fill_default(gboolean chats)
{
    User *alice;
    Chat *flowers;
    json_t *public;

    for (guint i = 0; i < G_N_ELEMENTS(sample); i++)
        add_sample_user(sample[i].login, sample[i].fn, sample[i].tel);
    if (!chats)
        return;
    alice = world_user_by_login("alice");
    add_p2p(alice, world_user_by_login("bob"));
    add_p2p(alice, world_user_by_login("carol"));
    add_p2p(alice, world_user_by_login("dave"));
    public = json_pack("{s:s}", "fn", "Flowers");
    flowers = add_group("flowers", public, world_user_by_login("carol"));
    json_decref(public);
    for (guint i = 0; i < G_N_ELEMENTS(sample); i++) {
        User *user = world_user_by_login(sample[i].login);

        if (user != flowers->owner)
            chat_add_member(flowers, user, FALSE, ACS_GROUP, ACS_GROUP, NULL, flowers->created);
    }
}

static gboolean fill_users(json_t *list, char **error)
{
    size_t i;
    json_t *entry;

    json_array_foreach (list, i, entry) {
        const char *login = json_string_value(json_object_get(entry, "login"));
        const char *password = json_string_value(json_object_get(entry, "password"));
        json_t *tags = json_object_get(entry, "tags");
        User *user;

        if (login == NULL || world_user_by_login(login) != NULL) {
            *error = g_strdup_printf("user %u: login missing or used twice", (unsigned)i);
            return FALSE;
        }
        if (password == NULL) {
            g_autofree char *usual = g_strconcat(login, "123", NULL);

            user = world_add_user(login, usual);
        } else {
            user = world_add_user(login, password);
        }
        user->public = json_incref(json_object_get(entry, "public"));
        if (user->public == NULL)
            user->public = json_pack("{s:s}", "fn", login);
        user->trusted = json_incref(json_object_get(entry, "trusted"));
        user->private = json_incref(json_object_get(entry, "private"));
        add_tag(user, "basic:", login);
        for (size_t n = 0; n < json_array_size(tags); n++)
            json_array_append(user->tags, json_array_get(tags, n));
    }
    return TRUE;
}

static gboolean fill_p2p(json_t *list, char **error)
{
    size_t i;
    json_t *entry;

    json_array_foreach (list, i, entry) {
        const char *one = json_string_value(json_array_get(entry, 0));
        const char *other = json_string_value(json_array_get(entry, 1));
        User *a = one == NULL ? NULL : world_user_by_login(one);
        User *b = other == NULL ? NULL : world_user_by_login(other);

        if (a == NULL || b == NULL || a == b) {
            *error = g_strdup_printf("p2p %u: not a pair of known users", (unsigned)i);
            return FALSE;
        }
        add_p2p(a, b);
    }
    return TRUE;
}

static gboolean fill_groups(json_t *list, char **error)
{
    size_t i;
    json_t *entry;

    json_array_foreach (list, i, entry) {
        const char *word = json_string_value(json_object_get(entry, "name"));
        const char *by = json_string_value(json_object_get(entry, "owner"));
        json_t *names = json_object_get(entry, "members");
        json_t *public = json_object_get(entry, "public");
        User *owner = by == NULL ? NULL : world_user_by_login(by);
        Chat *chat;

        if (word == NULL || owner == NULL) {
            *error = g_strdup_printf("group %u: name or owner missing", (unsigned)i);
            return FALSE;
        }
        chat = add_group(word, public, owner);
        if (chat->public == NULL)
            chat->public = json_pack("{s:s}", "fn", word);
        chat->channel = json_is_true(json_object_get(entry, "channel"));
        for (size_t n = 0; n < json_array_size(names); n++) {
            const char *login = json_string_value(json_array_get(names, n));
            User *user = login == NULL ? NULL : world_user_by_login(login);

            if (user == NULL) {
                *error = g_strdup_printf("group %u: unknown member", (unsigned)i);
                return FALSE;
            }
            if (user != owner)
                chat_add_member(chat, user, FALSE, ACS_GROUP, ACS_GROUP, NULL, chat->created);
        }
    }
    return TRUE;
}

gboolean world_fill_from_file(const char *path, char **error)
{
    json_error_t where;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
    gboolean ok;

    if (!json_is_object(root)) {
        *error = g_strdup_printf("%s: line %d: %s", path, where.line, where.text);
        json_decref(root);
        return FALSE;
    }
    if (json_array_size(json_object_get(root, "users")) > MAX_NAMES) {
        *error = g_strdup_printf("%s: more than %d users", path, MAX_NAMES);
        json_decref(root);
        return FALSE;
    }
    ok = fill_users(json_object_get(root, "users"), error) &&
         fill_p2p(json_object_get(root, "p2p"), error) &&
         fill_groups(json_object_get(root, "groups"), error);
    json_decref(root);
    return ok;
}

void world_forget_words(void)
{
    g_clear_pointer(&group_words, g_hash_table_destroy);
}

json_t *world_group_words(void)
{
    json_t *out = json_object();
    GHashTableIter iter;
    gpointer word;
    gpointer name;

    if (group_words == NULL)
        return out;
    g_hash_table_iter_init(&iter, group_words);
    while (g_hash_table_iter_next(&iter, &word, &name))
        json_object_set_new(out, word, json_string(name));
    return out;
}
