/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ticks-lines.c: records of slots. */
#include "ticks-lines.h"

#include <debug.h>
#include <errno.h>
#include <eventloop.h>
#include <gntconv.h>
#include <prefs.h>
#include <stdio.h>
#include <string.h>

#include "ticks-view.h"

#define DATA_KEY "tinode-ticks-finch"

/* Records lie in the text view that they speak of, and go with it. Nothing in them needs code of
 * ours to be freed: the view may outlive this module in memory. */
typedef struct {
    TicksLayout layout;
    TicksValue value;  /* what was told */
    TicksValue screen; /* what is drawn */
    guint number;      /* in the order of the lines */
} Line;

/* Each change costs libgnt a walk through the whole text. With more slots than that in a view
 * changes are drawn later, the newest first, for so long at a time. */
#define MANY     200
#define SLICE_US 20000
#define PAUSE_MS 10

/* What was told last of a message that is not on the screen: of one from another device it comes
 * before its line. */
static struct {
    char *id;
    TicksValue value;
} early;

static FILE *log_file;
static guint last_number;
static guint later; /* the timer of changes that wait, 0 */

/* Names and ids come from others. */
static void write_string(const char *key, const char *text)
{
    fprintf(log_file, ",\"%s\":\"", key);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', log_file);
        if ((guchar)*text < ' ')
            fprintf(log_file, "\\u%04x", (guint)(guchar)*text);
        else
            fputc(*text, log_file);
    }
    fputc('"', log_file);
}

static void note(const char *what, PurpleConversation *conv, const char *id, const Line *line)
{
    if (log_file == NULL)
        return;
    fprintf(log_file, "{\"ev\":\"%s\"", what);
    if (conv != NULL && id != NULL) {
        write_string("conv", purple_conversation_get_name(conv));
        write_string("id", id);
    }
    if (line != NULL) {
        g_autofree char *text = ticks_slot_text(&line->layout, &line->screen);

        write_string("state", ticks_state_name(line->screen.state));
        write_string("text", text);
    }
    fputs("}\n", log_file);
    fflush(log_file);
}

int ticks_lines_init(int first_pair)
{
    const char *path = g_getenv(TICKS_LOG_VARIABLE);

    if (path != NULL && *path != '\0')
        log_file = fopen(path, "ae");
    if (path != NULL && log_file == NULL)
        purple_debug_warning("tinode-ticks", "%s: %s\n", path, g_strerror(errno));
    note("loaded", NULL, NULL, NULL);
    return ticks_view_init(first_pair);
}

static GntTextView *view_of(PurpleConversation *conv)
{
    FinchConv *fc = FINCH_CONV(conv);

    /* While a window is being closed it is gone already. */
    return fc != NULL && fc->window != NULL ? GNT_TEXT_VIEW(fc->tv) : NULL;
}

/* id -> Line; NULL if there is none. Conversations of a merged contact share a view. */
static GHashTable *table_of(PurpleConversation *conv)
{
    GntTextView *view = view_of(conv);

    return view != NULL ? g_object_get_data(G_OBJECT(view), DATA_KEY) : NULL;
}

static gboolean is_chat(PurpleConversation *conv)
{
    return purple_conversation_get_type(conv) == PURPLE_CONV_TYPE_CHAT;
}

static TicksLayout layout_for(PurpleConversation *conv)
{
    const char *symbols = purple_prefs_get_string(TICKS_PREF_SYMBOLS);
    TicksLayout layout = {.has_colour = purple_prefs_get_bool(TICKS_PREF_COLOURS)};

    layout.is_ascii = g_strcmp0(symbols, "ascii") == 0 ||
                      (g_strcmp0(symbols, "ticks") != 0 && ticks_view_is_ascii());
    if (is_chat(conv))
        layout.digits =
            ticks_slot_digits(g_list_length(purple_conv_chat_get_users(PURPLE_CONV_CHAT(conv))));
    return layout;
}

/* What the preferences let be shown of it. */
static TicksValue shown(PurpleConversation *conv, const TicksValue *value)
{
    TicksValue screen = *value;

    if (is_chat(conv) && !purple_prefs_get_bool(TICKS_PREF_CHATS))
        screen.state = TICKS_NONE;
    if (!purple_prefs_get_bool(TICKS_PREF_COUNTS))
        screen.members = 0;
    return screen;
}

/* FALSE if it is not on the screen any more. */
static gboolean draw(PurpleConversation *conv, const char *id, Line *line, const TicksValue *is)
{
    GntTextView *view = view_of(conv);

    if (memcmp(&line->screen, is, sizeof(*is)) == 0)
        return TRUE;
    if (!ticks_view_change(view, id, &line->layout, &line->screen, is)) {
        note("dropped", conv, id, NULL);
        return FALSE;
    }
    line->screen = *is;
    note("changed", conv, id, line);
    return TRUE;
}

void ticks_lines_written(PurpleConversation *conv, const char *id, TicksState state)
{
    GntTextView *view = view_of(conv);
    GHashTable *table = table_of(conv);
    Line *line = NULL;

    if (view == NULL || (is_chat(conv) && !purple_prefs_get_bool(TICKS_PREF_CHATS)))
        return;
    if (table == NULL) {
        table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        g_object_set_data_full(G_OBJECT(view), DATA_KEY, table, (GDestroyNotify)g_hash_table_unref);
    }
    line = g_hash_table_lookup(table, id);
    if (line == NULL) { /* a line that is written again says the same as the first */
        line = g_new0(Line, 1);
        line->layout = layout_for(conv);
        line->number = ++last_number;
        line->value.state = state;
        if (g_strcmp0(early.id, id) == 0)
            line->value = early.value;
        line->screen = shown(conv, &line->value);
        g_hash_table_insert(table, g_strdup(id), line);
    }
    ticks_view_append(view, id, &line->layout, &line->screen);
    note("drawn", conv, id, line);
}

static gint newest_first(gconstpointer a, gconstpointer b, gpointer table)
{
    const Line *one = g_hash_table_lookup(table, a);
    const Line *other = g_hash_table_lookup(table, b);

    return one->number > other->number ? -1 : one->number < other->number;
}

static gboolean differs(PurpleConversation *conv, const Line *line)
{
    const TicksValue screen = shown(conv, &line->value);

    return memcmp(&line->screen, &screen, sizeof(screen)) != 0;
}

/* FALSE if time was over before everything was drawn. */
static gboolean catch_up(PurpleConversation *conv, gint64 end_us)
{
    GHashTable *table = table_of(conv);
    g_autoptr(GList) waiting = NULL;
    GHashTableIter iter;
    gpointer id, line;

    if (table == NULL)
        return TRUE;
    g_hash_table_iter_init(&iter, table);
    while (g_hash_table_iter_next(&iter, &id, &line))
        if (differs(conv, line))
            waiting = g_list_prepend(waiting, id);
    waiting = g_list_sort_with_data(waiting, newest_first, table);
    for (GList *link = waiting; link != NULL; link = link->next) {
        TicksValue screen;

        if (g_get_monotonic_time() > end_us)
            return FALSE;
        line = g_hash_table_lookup(table, link->data);
        screen = shown(conv, &((Line *)line)->value);
        if (!draw(conv, link->data, line, &screen))
            g_hash_table_remove(table, link->data);
    }
    return TRUE;
}

static gboolean on_later(gpointer data)
{
    const gint64 end_us = g_get_monotonic_time() + SLICE_US;

    (void)data;
    for (GList *link = purple_get_conversations(); link != NULL; link = link->next)
        if (!catch_up(link->data, end_us))
            return TRUE;
    later = 0;
    return FALSE;
}

void ticks_lines_told(PurpleConversation *conv, const char *id, const TicksValue *value)
{
    GHashTable *table = table_of(conv);
    Line *line = table != NULL ? g_hash_table_lookup(table, id) : NULL;
    TicksValue screen;

    if (line == NULL) {
        g_free(early.id);
        early.id = g_strdup(id);
        early.value = *value;
        return;
    }
    line->value = *value;
    if (g_hash_table_size(table) > MANY) {
        if (later == 0)
            later = purple_timeout_add(PAUSE_MS, on_later, NULL);
        return;
    }
    screen = shown(conv, value);
    if (!draw(conv, id, line, &screen))
        g_hash_table_remove(table, id);
}

void ticks_lines_forget(PurpleConversation *conv)
{
    GHashTable *table = table_of(conv);
    GHashTableIter iter;
    gpointer id;

    if (table == NULL)
        return;
    g_hash_table_iter_init(&iter, table);
    while (g_hash_table_iter_next(&iter, &id, NULL))
        note("dropped", conv, id, NULL);
    g_object_set_data(G_OBJECT(view_of(conv)), DATA_KEY, NULL);
}

static void redraw(PurpleConversation *conv, gboolean is_blank)
{
    GHashTable *table = table_of(conv);
    GHashTableIter iter;
    gpointer id, data;

    if (table == NULL)
        return;
    g_hash_table_iter_init(&iter, table);
    while (g_hash_table_iter_next(&iter, &id, &data)) {
        Line *line = data;
        const TicksValue none = {.state = TICKS_NONE};
        const TicksValue screen = is_blank ? none : shown(conv, &line->value);

        if (!draw(conv, id, line, &screen))
            g_hash_table_iter_remove(&iter);
    }
}

void ticks_lines_redraw(PurpleConversation *conv)
{
    redraw(conv, FALSE);
}

void ticks_lines_uninit(void)
{
    if (later != 0)
        purple_timeout_remove(later);
    later = 0;
    for (GList *link = purple_get_conversations(); link != NULL; link = link->next)
        redraw(link->data, TRUE);
    g_clear_pointer(&early.id, g_free);
    note("unloaded", NULL, NULL, NULL);
    g_clear_pointer(&log_file, fclose);
}
