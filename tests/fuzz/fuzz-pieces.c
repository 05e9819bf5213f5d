/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz-pieces.c: libFuzzer entry for the small readers: the first byte says which. r an address, p
 * a picture, q what somebody types to find people, n the name of a file, m its name (a line) and
 * its beginning. What comes out keeps what their headers promise.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/tn-files.h"
#include "protocol/tn-http.h"
#include "protocol/tn-picture.h"
#include "protocol/tn-query.h"
#include "protocol/tn-ref.h"
#include "protocol/tn-wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static gboolean is_printable(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text <= ' ' || (guint8)*text >= 0x7f)
            return FALSE;
    return TRUE;
}

static void address(const char *text)
{
    const TnRef home = {(char *)"chat.example", 443, TRUE, (char *)"/"};
    const TnFileServer server = {"chat.example", 443, TRUE, NULL, NULL, NULL};
    TnRef ref = {0}, again = {0};
    g_autofree char *whole = NULL;
    gboolean is_ip6;

    if (!tn_ref_resolve(&home, text, &ref)) {
        MUST(ref.host == NULL && ref.path == NULL && !tn_file_is_own(&server, text));
        return;
    }
    MUST(ref.host[0] != '\0' && is_printable(ref.host) && strpbrk(ref.host, "@%/?#[]") == NULL);
    MUST(ref.port > 0 && ref.path[0] == '/' && is_printable(ref.path));
    MUST(strchr(ref.path, '#') == NULL && strlen(ref.path) <= TN_HTTP_MAX_PATH);
    MUST(tn_file_is_own(&server, text) == tn_ref_is_same_origin(&ref, &home));
    MUST(text[0] != '/' || tn_ref_is_same_origin(&ref, &home));
    /* Put together again, it is the same. */
    is_ip6 = strchr(ref.host, ':') != NULL;
    whole = g_strdup_printf("%s://%s%s%s:%u%s", ref.use_tls ? "https" : "http", is_ip6 ? "[" : "",
                            ref.host, is_ip6 ? "]" : "", ref.port, ref.path);
    MUST(tn_ref_resolve(&home, whole, &again));
    MUST(tn_ref_is_same_origin(&ref, &again) && strcmp(ref.path, again.path) == 0);
    tn_ref_clear(&ref);
    tn_ref_clear(&again);
}

static void picture(const guint8 *bytes, gsize length)
{
    /* Exactly so large: what is read behind it shows. */
    g_autofree guint8 *copy = g_memdup2(bytes, length);
    TnPicture seen = {0};

    if (!tn_picture_look(copy, length, &seen))
        return;
    MUST(seen.width > 0 && seen.height > 0 && seen.mime != NULL && seen.extension != NULL);
    MUST((guint64)seen.width * seen.height <= 50u * 1000 * 1000);
}

static void query(const char *text)
{
    const TnQueryKind kind = tn_query_kind(text);
    g_auto(GStrv) queries = tn_query_make(text);
    g_autofree char *place = tn_query_address(text);

    MUST(kind != TN_QUERY_TAGS || queries[0] != NULL);
    MUST(kind != TN_QUERY_NOTHING || queries[0] == NULL);
    for (guint i = 0; queries[i] != NULL; i++) {
        MUST(g_utf8_validate(queries[i], -1, NULL) && queries[i][0] != '\0');
        MUST(strpbrk(queries[i], "\"\\\r\n\t") == NULL);
    }
    if (place != NULL)
        MUST(g_str_has_prefix(place, "email:") || g_str_has_prefix(place, "tel:+"));
}

static void file_name(const char *text)
{
    g_autofree char *name = tn_file_clean_name(text);
    g_autofree char *again = tn_file_clean_name(name);

    MUST(name[0] != '\0' && name[0] != '.' && name[0] != '-' && strlen(name) <= 200);
    MUST(g_utf8_validate(name, -1, NULL) && strpbrk(name, "/\\<>\"&|*?:\r\n\t") == NULL);
    MUST(strcmp(name, again) == 0);
}

static void mime(const char *name, const guint8 *bytes, gsize length)
{
    g_autofree char *guess = tn_mime_guess(name, bytes, length);

    MUST(guess != NULL && guess[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = NULL;

    if (size == 0)
        return 0;
    text = g_strndup((const char *)data + 1, size - 1);
    if (data[0] == 'p') {
        picture(data + 1, size - 1);
    } else if (data[0] == 'r') {
        address(text);
    } else if (data[0] == 'q' && g_utf8_validate(text, -1, NULL)) {
        query(text);
    } else if (data[0] == 'n') {
        file_name(text);
    } else if (data[0] == 'm') {
        char *line = strchr(text, '\n');

        if (line == NULL)
            return 0;
        *line = '\0';
        if (g_utf8_validate(text, -1, NULL))
            mime(text, (const guint8 *)line + 1, strlen(line + 1));
    }
    return 0;
}
