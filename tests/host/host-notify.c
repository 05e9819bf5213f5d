/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libpurple's notifications turned into events. Layer: tests (purple-host).
 */
#include "host-notify.h"

#include "host-conv.h"
#include "host-json.h"
#include "host.h"

static json_t *notify_event(PurpleConnection *gc, const char *kind, const char *title,
                            const char *primary, const char *secondary)
{
    json_t *event = host_event_for("notify", gc != NULL ? purple_connection_get_account(gc) : NULL);
    g_autofree char *text = NULL;

    if (primary != NULL && secondary != NULL)
        text = g_strdup_printf("%s\n%s", primary, secondary);
    host_set_str(event, "kind", kind);
    host_set_str(event, "title", title);
    host_set_str(event, "text", text != NULL ? text : primary != NULL ? primary : secondary);
    host_set_str(event, "primary", primary);
    host_set_str(event, "secondary", secondary);
    return event;
}

static void *notify_message(PurpleNotifyMsgType type, const char *title, const char *primary,
                            const char *secondary)
{
    static const char *const kinds[] = {"error", "warning", "info"};

    host_emit(notify_event(NULL, kinds[type], title, primary, secondary));
    return NULL;
}

static void *notify_formatted(const char *title, const char *primary, const char *secondary,
                              const char *html)
{
    json_t *event = notify_event(NULL, "formatted", title, primary, secondary);
    g_autofree char *plain = host_conv_plain(html);

    host_set_str(event, "body", plain);
    host_set_str(event, "html", html);
    host_emit(event);
    return NULL;
}

static void *notify_userinfo(PurpleConnection *gc, const char *who, PurpleNotifyUserInfo *info)
{
    json_t *event = notify_event(gc, "userinfo", who, NULL, NULL);
    char *html = purple_notify_user_info_get_text_with_newline(info, "<br>");
    g_autofree char *plain = host_conv_plain(html);
    json_t *pairs = json_array();

    for (GList *l = purple_notify_user_info_get_entries(info); l != NULL; l = l->next) {
        json_t *pair = json_object();

        host_set_str(pair, "label", purple_notify_user_info_entry_get_label(l->data));
        host_set_str(pair, "value", purple_notify_user_info_entry_get_value(l->data));
        json_array_append_new(pairs, pair);
    }
    host_set_str(event, "text", plain);
    host_set_str(event, "html", html);
    host_set(event, "entries", pairs);
    g_free(html);
    host_emit(event);
    return NULL;
}

static json_t *strings_of(GList *list)
{
    json_t *all = json_array();

    for (GList *l = list; l != NULL; l = l->next)
        json_array_append_new(all, host_string(l->data));
    return all;
}

static const char *button_name(const PurpleNotifySearchButton *button)
{
    static const char *const names[] = {"", "continue", "add", "info", "im", "join", "invite"};

    return button->type == PURPLE_NOTIFY_BUTTON_LABELED ? button->label : names[button->type];
}

static void set_results(json_t *event, PurpleNotifySearchResults *results)
{
    json_t *columns = json_array();
    json_t *rows = json_array();
    json_t *buttons = json_array();

    for (GList *l = results->columns; l != NULL; l = l->next)
        json_array_append_new(columns, host_string(((PurpleNotifySearchColumn *)l->data)->title));
    for (GList *l = results->rows; l != NULL; l = l->next)
        json_array_append_new(rows, strings_of(l->data));
    for (GList *l = results->buttons; l != NULL; l = l->next)
        json_array_append_new(buttons, host_string(button_name(l->data)));
    host_set(event, "columns", columns);
    host_set(event, "rows", rows);
    host_set(event, "buttons", buttons);
}

/* The window that is open; libpurple leaves it to the client. */
static PurpleNotifySearchResults *shown;
static PurpleConnection *shown_by;

static void forget_shown(void)
{
    if (shown != NULL)
        purple_notify_searchresults_free(shown);
    shown = NULL;
}

gboolean host_notify_press(PurpleConnection *gc, const char *name, guint row)
{
    GList *cells = shown != NULL ? g_list_nth_data(shown->rows, row) : NULL;

    if (shown == NULL || shown_by != gc || cells == NULL)
        return FALSE;
    for (GList *l = shown->buttons; l != NULL; l = l->next) {
        PurpleNotifySearchButton *button = l->data;

        if (g_strcmp0(button_name(button), name) != 0)
            continue;
        button->callback(gc, cells, NULL);
        return TRUE;
    }
    return FALSE;
}

void host_notify_uninit(void)
{
    forget_shown();
}

static void *notify_searchresults(PurpleConnection *gc, const char *title, const char *primary,
                                  const char *secondary, PurpleNotifySearchResults *results,
                                  gpointer data G_GNUC_UNUSED)
{
    json_t *event = notify_event(gc, "search", title, primary, secondary);

    set_results(event, results);
    host_emit(event);
    forget_shown();
    shown = results;
    shown_by = gc;
    return NULL;
}

static void notify_new_rows(PurpleConnection *gc, PurpleNotifySearchResults *results,
                            void *data G_GNUC_UNUSED)
{
    json_t *event = notify_event(gc, "search", "", NULL, NULL);

    set_results(event, results);
    host_emit(event);
}

static void *notify_email(PurpleConnection *gc, const char *subject, const char *from,
                          const char *to G_GNUC_UNUSED, const char *url G_GNUC_UNUSED)
{
    host_emit(notify_event(gc, "email", subject, from, NULL));
    return NULL;
}

static void *notify_uri(const char *uri)
{
    host_emit(notify_event(NULL, "uri", "", uri, NULL));
    return NULL;
}

static PurpleNotifyUiOps notify_ops = {
    .notify_message = notify_message,
    .notify_email = notify_email,
    .notify_formatted = notify_formatted,
    .notify_searchresults = notify_searchresults,
    .notify_searchresults_new_rows = notify_new_rows,
    .notify_userinfo = notify_userinfo,
    .notify_uri = notify_uri,
};

/* It has no windows: what is formatted, and results of searches, are not shown at all. */
static PurpleNotifyUiOps bitlbee_ops = {
    .notify_message = notify_message,
    .notify_email = notify_email,
    .notify_userinfo = notify_userinfo,
};

PurpleNotifyUiOps *host_notify_ops(void)
{
    return host.ui == HOST_BITLBEE ? &bitlbee_ops : &notify_ops;
}
