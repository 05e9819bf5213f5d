/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-json.c: typed, bounded reading of JSON over jansson. Part of the codec in protocol/.
 */
#include "tn-json.h"

#include <string.h>

#include "tn-codec.h"

/* One pass over the bytes, before anything is allocated: how deep, and how many values at most. */
static gboolean check_shape(const char *text, gsize length, GError **error)
{
    gsize depth = 0, values = 1;
    gboolean is_string = FALSE;

    for (gsize i = 0; i < length; i++) {
        char c = text[i];

        if (is_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                is_string = FALSE;
            continue;
        }
        if (c == '"') {
            is_string = TRUE;
        } else if (c == '[' || c == '{') {
            depth++;
            values++;
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        } else if (c == ',') {
            values++;
        }
        if (depth > TN_MAX_DEPTH || values > TN_MAX_VALUES) {
            g_set_error(error, TN_CODEC_ERROR, TN_CODEC_ERROR_LIMIT, "too %s",
                        depth > TN_MAX_DEPTH ? "deep" : "many values");
            return FALSE;
        }
    }
    return TRUE;
}

json_t *tn_json_parse(const char *text, gsize length, GError **error)
{
    json_error_t why;
    json_t *value;

    if (length > TN_MAX_FRAME) {
        g_set_error(error, TN_CODEC_ERROR, TN_CODEC_ERROR_LIMIT,
                    "frame of %" G_GSIZE_FORMAT " bytes", length);
        return NULL;
    }
    if (!g_utf8_validate_len(text, length, NULL)) {
        g_set_error(error, TN_CODEC_ERROR, TN_CODEC_ERROR_MALFORMED, "not UTF-8");
        return NULL;
    }
    if (!check_shape(text, length, error))
        return NULL;
    value =
        json_loadb(text, length, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL, &why);
    if (value == NULL) {
        /* why.text quotes the input, which may be anything: only the place is told. */
        g_set_error(error, TN_CODEC_ERROR, TN_CODEC_ERROR_MALFORMED, "not JSON at byte %d",
                    why.position);
    }
    return value;
}

json_t *tn_json_object(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    return json_is_object(value) ? value : NULL;
}

json_t *tn_json_array(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    return json_is_array(value) ? value : NULL;
}

gboolean tn_json_bool(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

gboolean tn_json_is_cleared(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return g_strcmp0(text, TN_JSON_CLEARED) == 0;
}

/* Up to here reals hold every whole number. */
#define EXACT_MAX 9007199254740992.0

static gboolean whole_number(const json_t *object, const char *key, double *number)
{
    json_t *value = json_object_get(object, key);

    if (!json_is_number(value))
        return FALSE;
    *number = json_number_value(value);
    /* Beyond it they hold nothing but whole numbers. */
    if (*number >= EXACT_MAX)
        return TRUE;
    return *number > -EXACT_MAX && *number == (double)(gint64)*number;
}

guint32 tn_json_seq(const json_t *object, const char *key)
{
    double number;

    if (!whole_number(object, key, &number) || number < 0 || number > TN_MAX_SEQ)
        return 0;
    return (guint32)number;
}

guint32 tn_json_limit(const json_t *object, const char *key)
{
    double number;

    if (!whole_number(object, key, &number) || number < 0)
        return 0;
    return number >= G_MAXUINT32 ? G_MAXUINT32 : (guint32)number;
}

gboolean tn_json_int(const json_t *object, const char *key, int low, int high, int *value)
{
    double number;

    if (!whole_number(object, key, &number) || number < low || number > high)
        return FALSE;
    *value = (int)number;
    return TRUE;
}

/* Where to cut text of length bytes so that at most max are left and no character is halved. */
static gsize cut_length(const char *text, gsize length, gsize max)
{
    if (length <= max)
        return length;
    while (max > 0 && (text[max] & 0xc0) == 0x80)
        max--;
    return max;
}

char *tn_json_dup(const json_t *string, gsize max)
{
    const char *text = json_string_value(string);
    gsize length = json_string_length(string);
    GString *copy;

    if (text == NULL)
        return g_strdup("");
    if (memchr(text, '\0', length) == NULL)
        return g_strndup(text, cut_length(text, length, max));
    copy = g_string_sized_new(length);
    for (gsize i = 0; i < length; i++) {
        if (text[i] == '\0')
            g_string_append(copy, "\xef\xbf\xbd");
        else
            g_string_append_c(copy, text[i]);
    }
    g_string_truncate(copy, cut_length(copy->str, copy->len, max));
    return g_string_free(copy, FALSE);
}

const char *tn_json_string(const json_t *object, const char *key, gsize max, GStringChunk *chunk)
{
    json_t *value = json_object_get(object, key);
    g_autofree char *copy = NULL;

    if (!json_is_string(value) || json_string_length(value) == 0 ||
        strcmp(json_string_value(value), TN_JSON_CLEARED) == 0)
        return NULL;
    copy = tn_json_dup(value, max);
    return *copy != '\0' ? g_string_chunk_insert(chunk, copy) : NULL;
}

static gboolean is_direction_mark(gunichar c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static gboolean is_line_space(gunichar c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0x2028 || c == 0x2029;
}

const char *tn_json_line(const json_t *object, const char *key, gsize max, GStringChunk *chunk)
{
    json_t *value = json_object_get(object, key);
    g_autofree char *text = NULL;
    g_autoptr(GString) line = NULL;
    gboolean is_space = FALSE;

    if (!json_is_string(value) || tn_json_is_cleared(object, key))
        return NULL;
    /* What is cut off anyway need not be looked at; markers that vanish cost three bytes each. */
    text = tn_json_dup(value, 4 * max);
    line = g_string_sized_new(MIN(strlen(text), max) + 1);
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);

        if (is_line_space(c)) {
            is_space = TRUE;
            continue;
        }
        if (g_unichar_iscntrl(c) || is_direction_mark(c))
            continue;
        if (is_space && line->len > 0)
            g_string_append_c(line, ' ');
        is_space = FALSE;
        g_string_append_unichar(line, c);
    }
    g_string_truncate(line, cut_length(line->str, line->len, max));
    return line->len > 0 ? g_string_chunk_insert(chunk, line->str) : NULL;
}

const char *tn_json_name(const json_t *object, const char *key, GStringChunk *chunk)
{
    json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);
    gsize length = json_string_length(value);

    if (text == NULL || length == 0 || length > TN_MAX_NAME)
        return NULL;
    for (gsize i = 0; i < length; i++) {
        if (!g_ascii_isalnum(text[i]) && text[i] != '-' && text[i] != '_')
            return NULL;
    }
    return g_string_chunk_insert(chunk, text);
}

void tn_json_wipe(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    if (json_is_string(value))
        explicit_bzero((char *)json_string_value(value), json_string_length(value));
}
