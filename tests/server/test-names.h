/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names in transcripts (tests/server): what stands for ids, times, tokens in the files, and the
 * real values behind them. Included once by the test that plays the transcripts. */
#ifndef TEST_NAMES_H
#define TEST_NAMES_H

#include <glib.h>
#include <jansson.h>
#include <string.h>

typedef struct {
    GHashTable *real;  /* placeholder → value */
    GHashTable *alias; /* value → placeholder */
    char *token;       /* the last one seen */
    guint groups;
    guint users;
    guint urls;
} Names;

static void names_init(Names *names)
{
    memset(names, 0, sizeof *names);
    names->real = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    names->alias = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

static void names_clear(Names *names)
{
    g_hash_table_destroy(names->real);
    g_hash_table_destroy(names->alias);
    g_free(names->token);
}

static void names_add(Names *names, const char *placeholder, const char *value)
{
    g_hash_table_insert(names->real, g_strdup(placeholder), g_strdup(value));
    g_hash_table_insert(names->alias, g_strdup(value), g_strdup(placeholder));
}

/* A group and its channel get the same number. */
static void names_add_group(Names *names, const char *tail)
{
    g_autofree char *group = g_strconcat("grp", tail, NULL);
    g_autofree char *channel = g_strconcat("chn", tail, NULL);
    g_autofree char *group_alias = g_strdup_printf("grp%u", ++names->groups);
    g_autofree char *channel_alias = g_strdup_printf("chn%u", names->groups);

    names_add(names, group_alias, group);
    names_add(names, channel_alias, channel);
}

static json_t *names_alias_string(Names *names, const char *key, const char *value)
{
    static const char *const times[] = {"ts",      "created", "updated", "touched",
                                        "deleted", "expires", "when",    NULL};
    const char *alias;

    if (key != NULL && g_strv_contains(times, key))
        return json_string("TS");
    if (key != NULL && strcmp(key, "token") == 0) {
        g_free(names->token);
        names->token = g_strdup(value);
        return json_string("TOKEN");
    }
    if (g_hash_table_lookup(names->alias, value) == NULL && strlen(value) == 14) {
        if (g_str_has_prefix(value, "grp") || g_str_has_prefix(value, "chn")) {
            names_add_group(names, value + 3);
        } else if (g_str_has_prefix(value, "usr")) {
            g_autofree char *made = g_strdup_printf("usrNEW%u", ++names->users);

            names_add(names, made, value);
        }
    }
    if (g_hash_table_lookup(names->alias, value) == NULL &&
        g_str_has_prefix(value, "/v0/file/s/")) {
        g_autofree char *made = g_strdup_printf("URL%u", ++names->urls);

        names_add(names, made, value);
    }
    alias = g_hash_table_lookup(names->alias, value);
    return json_string(alias != NULL ? alias : value);
}

static gint names_compare_rows(gconstpointer a, gconstpointer b)
{
    json_t *x = *(json_t *const *)a;
    json_t *y = *(json_t *const *)b;
    const char *left = json_string_value(json_object_get(x, "user"));
    const char *right = json_string_value(json_object_get(y, "user"));

    if (left == NULL || right == NULL) {
        left = json_string_value(json_object_get(x, "topic"));
        right = json_string_value(json_object_get(y, "topic"));
    }
    return g_strcmp0(left, right);
}

/* Rows are a set: both sides get them in one order. */
static void names_sort_rows(json_t *rows)
{
    g_autoptr(GPtrArray) sorted = g_ptr_array_new();
    size_t i;
    json_t *row;

    json_array_foreach (rows, i, row)
        g_ptr_array_add(sorted, json_incref(row));
    g_ptr_array_sort(sorted, names_compare_rows);
    json_array_clear(rows);
    for (guint n = 0; n < sorted->len; n++)
        json_array_append_new(rows, sorted->pdata[n]);
}

/* What came, as the files write it. New reference. */
static json_t *names_to_file(Names *names, const char *key, json_t *value)
{
    json_t *out;
    const char *name;
    json_t *part;
    size_t i;

    if (json_is_string(value))
        return names_alias_string(names, key, json_string_value(value));
    if (json_is_object(value)) {
        out = json_object();
        json_object_foreach (value, name, part)
            json_object_set_new(out, name, names_to_file(names, name, part));
        return out;
    }
    if (json_is_array(value)) {
        out = json_array();
        json_array_foreach (value, i, part)
            json_array_append_new(out, names_to_file(names, key, part));
        return out;
    }
    return json_incref(value);
}

/* Brings a frame into a form in which equal means equal: rows sorted, and without `trusted` in the
 * desc of a p2p topic, which comes and goes on the real server. */
static void names_settle(json_t *frame)
{
    json_t *meta = json_object_get(frame, "meta");
    const char *topic = json_string_value(json_object_get(meta, "topic"));

    if (meta == NULL)
        return;
    names_sort_rows(json_object_get(meta, "sub"));
    if (topic != NULL && g_str_has_prefix(topic, "usr"))
        json_object_del(json_object_get(meta, "desc"), "trusted");
}

/* What a file says, as it is to be sent: `ims` stands for TS there. New reference. */
static json_t *names_from_file(Names *names, const char *key, json_t *value, const char *ims)
{
    json_t *out;
    const char *name;
    json_t *part;
    size_t i;

    if (json_is_string(value)) {
        const char *text = json_string_value(value);
        const char *real = g_hash_table_lookup(names->real, text);

        if (real == NULL && strcmp(text, "TOKEN") == 0)
            real = names->token;
        if (real == NULL && key != NULL && strcmp(key, "ims") == 0)
            real = ims;
        return json_string(real != NULL ? real : text);
    }
    if (json_is_object(value)) {
        out = json_object();
        json_object_foreach (value, name, part)
            json_object_set_new(out, name, names_from_file(names, name, part, ims));
        return out;
    }
    if (json_is_array(value)) {
        out = json_array();
        json_array_foreach (value, i, part)
            json_array_append_new(out, names_from_file(names, key, part, ims));
        return out;
    }
    return json_incref(value);
}

#endif
