/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Access modes as text (tests/server). */
#include "acs.h"

#include <string.h>

static const char letters[] = "JRWPASDO";

gboolean acs_parse(const char *text, unsigned *mode)
{
    unsigned parsed = ACS_NONE;

    if (*text == '\0') {
        *mode = ACS_UNSET;
        return TRUE;
    }
    if (g_ascii_strcasecmp(text, "N") == 0) {
        *mode = ACS_NONE;
        return TRUE;
    }
    for (; *text != '\0'; text++) {
        const char *at = strchr(letters, g_ascii_toupper(*text));

        if (at == NULL)
            return FALSE;
        parsed |= 1u << (at - letters);
    }
    *mode = parsed;
    return TRUE;
}

char *acs_text(unsigned mode)
{
    GString *out = g_string_new(NULL);

    if (mode == ACS_NONE)
        g_string_append_c(out, 'N');
    for (unsigned bit = 0; letters[bit] != '\0'; bit++)
        if ((mode & (1u << bit)) != 0)
            g_string_append_c(out, letters[bit]);
    return g_string_free(out, FALSE);
}

char *acs_delta(unsigned before, unsigned now)
{
    GString *out = g_string_new(NULL);
    unsigned added = ACS_ALL & now & ~before;
    unsigned removed = ACS_ALL & before & ~now;

    if (added != 0) {
        g_autofree char *text = acs_text(added);

        g_string_append_printf(out, "+%s", text);
    }
    if (removed != 0) {
        g_autofree char *text = acs_text(removed);

        g_string_append_printf(out, "-%s", text);
    }
    return g_string_free(out, FALSE);
}
