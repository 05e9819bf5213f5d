/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ticks-row.c: Finch's info widget. */
#include "ticks-row.h"

#include <glib/gi18n-lib.h>
#include <gntconv.h>
#include <gntlabel.h>

#define DATA_KEY "tinode-ticks-row"

const char *ticks_row_text(const char *state)
{
    static const struct {
        const char *state, *text;
    } texts[] = {
        {"idle", N_("Receipts: followed when you look here")},
        {"stopping", N_("Receipts: followed when you look here")},
        {"starting", N_("Receipts: connecting")},
        {"active", N_("Receipts: up to date")},
        {"waiting", N_("Receipts: no answer yet, trying again soon")},
        {"suspended", N_("Receipts: waiting for the connection")},
        {"tripped", N_("Receipts: resting after several failures")},
        {"evicted", N_("Receipts: resting, too many conversations are open")},
    };

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        if (g_strcmp0(state, texts[i].state) == 0)
            return _(texts[i].text);
    return _("Receipts: not signed in");
}

/* Finch keeps the window's size, takes the row from the text and remembers that height for the next
 * window, which would lose a row again: give the row to the window. */
static void set_widget(PurpleConversation *conv, GntWidget *row)
{
    FinchConv *fc = FINCH_CONV(conv);
    int before, after, width, height;

    gnt_widget_get_size(fc->tv, NULL, &before);
    finch_conversation_set_info_widget(conv, row);
    gnt_widget_get_size(fc->tv, NULL, &after);
    if (after == before)
        return;
    gnt_widget_get_size(fc->window, &width, &height);
    gnt_screen_resize_widget(fc->window, width, height + before - after);
}

void ticks_row_show(PurpleConversation *conv, const char *state)
{
    FinchConv *fc = FINCH_CONV(conv);
    const char *text = ticks_row_text(state);

    if (fc == NULL || fc->window == NULL || fc->active_conv != conv ||
        g_strcmp0(g_object_get_data(G_OBJECT(fc->info), DATA_KEY), text) == 0)
        return;
    g_object_set_data_full(G_OBJECT(fc->info), DATA_KEY, g_strdup(text), g_free);
    set_widget(conv, gnt_label_new_with_format(text, GNT_TEXT_FLAG_DIM));
}

void ticks_row_remove(PurpleConversation *conv)
{
    FinchConv *fc = FINCH_CONV(conv);

    if (fc == NULL || fc->window == NULL || g_object_get_data(G_OBJECT(fc->info), DATA_KEY) == NULL)
        return;
    g_object_set_data(G_OBJECT(fc->info), DATA_KEY, NULL);
    set_widget(conv, NULL);
}
