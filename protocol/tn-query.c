/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tn-query.c: words of people to queries of the server. Part of protocol/; pure. */
#include "tn-query.h"

#include <string.h>

#include "tn-wire.h"

/* A tag has at most 96 characters; a phone number 15 digits, and fewer than 7 are none. */
#define MAX_TAG_CHARS 96
#define MIN_DIGITS    7
#define MAX_DIGITS    15
#define MAX_WORDS     8

/* Of the prefix of a tag: "basic", "email", "alias". */
#define MIN_PREFIX 2
#define MAX_PREFIX 16

static char *lower_trimmed(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *lower = g_utf8_strdown(valid, -1);

    return g_strdup(g_strstrip(lower));
}

/* Only with a country in front: what a bare number means depends on who asks. */
static char *phone_of(const char *text)
{
    g_autoptr(GString) number = g_string_new("tel:+");
    guint digits = 0;

    if (*text++ != '+')
        return NULL;
    for (; *text != '\0'; text++) {
        if (g_ascii_isdigit(*text)) {
            g_string_append_c(number, *text);
            digits++;
        } else if (strchr(" -.()/", *text) == NULL) {
            return NULL;
        }
    }
    if (digits < MIN_DIGITS || digits > MAX_DIGITS)
        return NULL;
    return g_string_free(g_steal_pointer(&number), FALSE);
}

static gboolean is_tag_char(gunichar c)
{
    return g_unichar_isalnum(c) || (c < 128 && c != 0 && strchr("-_+.!?#@", (int)c) != NULL);
}

static gboolean is_tag(const char *text)
{
    glong length = 0;

    for (; *text != '\0'; text = g_utf8_next_char(text), length++)
        if (!is_tag_char(g_utf8_get_char(text)))
            return FALSE;
    return length > 0 && length <= MAX_TAG_CHARS;
}

static char *email_of(const char *text)
{
    const char *at = strchr(text, '@');

    if (at == NULL || at == text || strchr(at + 1, '@') != NULL || strchr(at + 1, '.') == NULL ||
        g_str_has_suffix(text, ".") || at[1] == '.' || !is_tag(text))
        return NULL;
    return g_strconcat("email:", text, NULL);
}

char *tn_query_address(const char *text)
{
    g_autofree char *lower = lower_trimmed(text);
    char *phone = phone_of(lower);

    return phone != NULL ? phone : email_of(lower);
}

/* "alias:bob" is a tag as the server keeps it. */
static gboolean is_prefixed(const char *word)
{
    const gsize length = strcspn(word, ":");

    if (word[length] != ':' || length < MIN_PREFIX || length > MAX_PREFIX ||
        !g_ascii_islower(word[0]))
        return FALSE;
    for (gsize i = 1; i < length; i++)
        if (!g_ascii_isalnum(word[i]) && word[i] != '_')
            return FALSE;
    return is_tag(word + length + 1);
}

/* What can be in no tag is left out of the word: commas and quotes mean something in a query. */
static char *clean(const char *word)
{
    g_autoptr(GString) out = g_string_new(NULL);

    for (; *word != '\0'; word = g_utf8_next_char(word))
        if (is_tag_char(g_utf8_get_char(word)))
            g_string_append_unichar(out, g_utf8_get_char(word));
    return is_tag(out->str) ? g_string_free(g_steal_pointer(&out), FALSE) : NULL;
}

/* One of several words, or a word that says by itself what it is; NULL: nothing. */
static char *tag_of(const char *word)
{
    char *address = tn_query_address(word);

    if (address != NULL)
        return address;
    if (is_prefixed(word))
        return g_strdup(word);
    if (word[0] == '@' && is_tag(word + 1))
        return g_strconcat("alias:", word + 1, NULL);
    return clean(word);
}

static char **words_of(const char *text)
{
    g_auto(GStrv) parts = g_strsplit_set(text, " \t\r\n,", -1);
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);

    for (char **part = parts; *part != NULL && words->len < MAX_WORDS; part++) {
        char *tag = tag_of(*part);

        if (tag != NULL)
            g_ptr_array_add(words, tag);
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_steal(words, NULL);
}

static gboolean is_id(const char *text)
{
    const TnTopicKind kind = tn_topic_kind(text);

    return tn_topic_is_valid(text) &&
           (kind == TN_TOPIC_P2P || kind == TN_TOPIC_GROUP || kind == TN_TOPIC_CHANNEL);
}

TnQueryKind tn_query_kind(const char *words)
{
    g_autofree char *trimmed = g_strstrip(g_strdup(words));
    g_auto(GStrv) queries = NULL;

    if (is_id(trimmed))
        return TN_QUERY_ID;
    queries = tn_query_make(trimmed);
    return queries[0] != NULL ? TN_QUERY_TAGS : TN_QUERY_NOTHING;
}

char **tn_query_make(const char *text)
{
    g_autofree char *lower = lower_trimmed(text);
    g_autofree char *address = tn_query_address(lower); /* a phone number may have blanks */
    g_auto(GStrv) words = address == NULL ? words_of(lower) : NULL;
    g_autoptr(GPtrArray) queries = g_ptr_array_new_with_free_func(g_free);

    if (address != NULL) {
        g_ptr_array_add(queries, g_steal_pointer(&address));
    } else if (g_strv_length(words) == 1 && strchr(words[0], ':') == NULL) {
        g_ptr_array_add(queries, g_strconcat("basic:", words[0], NULL));
        g_ptr_array_add(queries, g_strconcat("alias:", words[0], ",", words[0], NULL));
    } else if (words[0] != NULL) {
        g_ptr_array_add(queries, g_strjoinv(" ", words));
    }
    g_ptr_array_add(queries, NULL);
    return (char **)g_ptr_array_steal(queries, NULL);
}
