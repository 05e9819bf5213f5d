/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ticks-model.c: states, texts, colours. */
#include "ticks-model.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define NBSP "\xc2\xa0"

static const char *const state_names[TICK_N_STATES] = {"pending", "sent", "delivered", "read",
                                                       "failed"};

gboolean tick_state_parse(const char *word, TickState *state)
{
    for (guint i = 0; i < TICK_N_STATES; i++)
        if (g_strcmp0(word, state_names[i]) == 0) {
            *state = i;
            return TRUE;
        }
    return FALSE;
}

const char *tick_state_name(TickState state)
{
    return state_names[state];
}

static const char *symbol(TickState state, const TickLook *look)
{
    static const char *const glyphs[TICK_N_STATES] = {"…", "✓", "✓✓", "✓✓", "✗"};
    static const char *const ascii[TICK_N_STATES] = {"(..)", "(+)", "(++)", "(**)", "(x)"};
    static const char *const words[TICK_N_STATES] = {
        /* Translators: these words stand at the end of a message that the user has written. */
        N_("sending"), N_("sent"), N_("delivered"), N_("read"), N_("not sent")};

    switch (look->style) {
    case TICK_WORDS:
        return _(words[state]);
    case TICK_ASCII:
        return ascii[state];
    case TICK_IMAGES:
        return TICK_IMAGE_CHAR;
    case TICK_GLYPHS:
        break;
    }
    /* What the colour said is said by the shape. */
    return state == TICK_READ && !look->has_colours ? "✔✔" : glyphs[state];
}

char *tick_text(const TickFacts *facts, gboolean is_group, const TickLook *look)
{
    const char *sign = symbol(facts->state, look);
    guint count = 0;

    if (facts->state == TICK_SENT)
        count = facts->delivered;
    else if (facts->state == TICK_DELIVERED)
        count = facts->read;
    if (!is_group || !look->has_counts || count == 0 || count >= facts->members)
        return look->style == TICK_WORDS ? g_strdup_printf(NBSP "(%s)", sign)
                                         : g_strconcat(NBSP, sign, NULL);
    if (look->style == TICK_WORDS)
        return g_strdup_printf(NBSP "(%s" NBSP "%u/%u)", sign, count, facts->members);
    return g_strdup_printf(NBSP "%s" NBSP "%u/%u", sign, count, facts->members);
}

/* Of 0..255, as the eye weighs it. */
static guint brightness(guint32 colour)
{
    return (299 * (colour >> 16 & 0xff) + 587 * (colour >> 8 & 0xff) + 114 * (colour & 0xff)) /
           1000;
}

guint32 tick_colour(TickState state, guint32 background, gboolean has_colours)
{
    const gboolean is_dark = brightness(background) < 128;

    if (has_colours && state == TICK_READ)
        return is_dark ? 0x5eb5ff : 0x0b6bcb;
    if (has_colours && state == TICK_FAILED)
        return is_dark ? 0xff7b72 : 0xc01c28;
    return is_dark ? 0xa6a9ad : 0x6f7378;
}

/* Starting and stopping last for a blink: a sign for them would flicker. */
SyncSign sync_sign_of(const char *word, const char **text)
{
    static const struct {
        const char *word;
        SyncSign sign;
        const char *text;
    } signs[] = {
        {"active", SYNC_SIGN_OK, N_("Receipts: in sync.")},
        {"waiting", SYNC_SIGN_LIMITED, N_("Receipts: not in sync, trying again soon.")},
        {"tripped", SYNC_SIGN_LIMITED,
         N_("Receipts: the server has a problem here, they come late.")},
        {"evicted", SYNC_SIGN_LIMITED,
         N_("Receipts: too many conversations are in sync, they come late here.")},
        {"suspended", SYNC_SIGN_OFFLINE, N_("Receipts: offline.")},
    };

    *text = NULL;
    if (word == NULL) {
        *text = _("Receipts: offline.");
        return SYNC_SIGN_OFFLINE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(signs); i++)
        if (strcmp(word, signs[i].word) == 0) {
            *text = _(signs[i].text);
            return signs[i].sign;
        }
    return SYNC_SIGN_NONE;
}

const char *sync_sign_name(SyncSign sign)
{
    static const char *const names[] = {"none", "ok", "limited", "offline"};

    return names[sign];
}
