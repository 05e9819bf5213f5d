/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-group-new.c: new groups and channels. */
#include "tinode-group-new.h"

#include <notify.h>
#include <request.h>
#include <string.h>

#include "tinode-chat.h"
#include "tinode-events.h"
#include "tinode-rights.h"
#include "tinode-text.h"

/* One line on a screen; servers take more. */
#define MAX_CHARACTERS 60

static void tell_failure(TinodeAccount *ta, const char *text)
{
    purple_notify_error(ta->gc, _("Tinode"), _("The group was not created"), text);
}

static void on_detached(const TnReply *reply, gpointer data)
{
    TinodeTopic *topic = data;

    (void)reply;
    if (!topic->ta->is_closing)
        tinode_chat_open(topic);
}

/* Attached by being made; from here on that is the engine's affair, once it is opened. */
static void on_created(const TnReply *reply, gpointer data)
{
    TinodeAccount *ta = data;
    TinodeTopic *topic;

    if (ta->is_closing)
        return;
    if (reply->error != TN_OK) {
        g_autofree char *text = tinode_rights_refused(NULL, TINODE_DEED_CREATE, reply, NULL);

        tell_failure(ta, text);
        return;
    }
    topic = tinode_topic_ensure(ta, reply->topic);
    if (topic == NULL || !tinode_topic_is_group(topic))
        return;
    tinode_topic_merge_mode(topic, &reply->acs);
    tinode_events_fetch_row(ta, topic->name);
    tn_session_leave(ta->session, topic->name, FALSE, on_detached, topic);
}

char *tinode_group_new_make(TinodeAccount *ta, const char *name, const char *about,
                            gboolean is_channel)
{
    g_autofree char *fn = g_strstrip(g_strdup(name != NULL ? name : ""));
    const TnSet set = {.fn = fn, .note = about != NULL && about[0] != '\0' ? about : NULL};

    if (fn[0] == '\0')
        return g_strdup(_("A group needs a name."));
    if (g_utf8_strlen(fn, -1) > MAX_CHARACTERS)
        return g_strdup_printf(_("The name is longer than %d characters."), MAX_CHARACTERS);
    if (!tinode_account_is_up(ta))
        return g_strdup(tinode_request_text(TN_ERROR_TRANSIENT));
    tn_session_create(ta->session, is_channel, &set, on_created, ta);
    return NULL;
}

static void make(TinodeAccount *ta, const char *name, const char *about, gboolean is_channel)
{
    g_autofree char *why = tinode_group_new_make(ta, name, about, is_channel);

    if (why != NULL)
        tell_failure(ta, why);
}

/* Questions
 * ------------------------------------------------------------------------------------------*/

/* Kept by the account: a question that the client closes is not answered. */
typedef struct {
    TinodeAccount *ta;
    char *name;
} Question;

static void question_free(gpointer data)
{
    Question *question = data;

    g_free(question->name);
    g_free(question);
}

static void on_yes(void *data, int action)
{
    Question *question = data;

    (void)action;
    if (!question->ta->is_closing)
        make(question->ta, question->name, NULL, FALSE);
}

static void on_no(void *data, int action)
{
    (void)data;
    (void)action;
}

void tinode_group_new_confirm(TinodeAccount *ta, const char *name)
{
    g_autofree char *primary = g_strdup_printf(_("You are in no group called %s"), name);
    Question *question = g_new0(Question, 1);

    if (ta->questions == NULL)
        ta->questions = g_ptr_array_new_with_free_func(question_free);
    g_ptr_array_add(ta->questions, question);
    question->ta = ta;
    question->name = g_strdup(name);
    purple_request_action(ta->gc, _("Tinode"), primary,
                          _("Shall a new group of this name be created?"), 0, ta->account, NULL,
                          NULL, question, 2, _("_Create"), G_CALLBACK(on_yes), _("_Cancel"),
                          G_CALLBACK(on_no));
}

static void on_form(void *data, PurpleRequestFields *fields)
{
    PurpleConnection *gc = data;
    TinodeAccount *ta = gc->proto_data;

    if (ta != NULL)
        make(ta, purple_request_fields_get_string(fields, "name"),
             purple_request_fields_get_string(fields, "about"),
             purple_request_fields_get_choice(fields, "kind") == 1);
}

static void on_no_form(void *data, PurpleRequestFields *fields)
{
    (void)data;
    (void)fields;
}

void tinode_group_new_ask(TinodeAccount *ta)
{
    PurpleRequestFields *fields = purple_request_fields_new();
    PurpleRequestFieldGroup *group = purple_request_field_group_new(NULL);
    PurpleRequestField *field = purple_request_field_string_new("name", _("_Name"), NULL, FALSE);

    purple_request_field_set_required(field, TRUE);
    purple_request_field_group_add_field(group, field);
    field = purple_request_field_string_new("about", _("_Topic"), NULL, FALSE);
    purple_request_field_group_add_field(group, field);
    field = purple_request_field_choice_new("kind", _("_Kind"), 0);
    purple_request_field_choice_add(field, _("Group: all members write"));
    purple_request_field_choice_add(field, _("Channel: anybody reads, members write"));
    purple_request_field_group_add_field(group, field);
    purple_request_fields_add_group(fields, group);
    purple_request_fields(ta->gc, _("Tinode"), _("New group"), NULL, fields, _("_Create"),
                          G_CALLBACK(on_form), _("_Cancel"), G_CALLBACK(on_no_form), ta->account,
                          NULL, NULL, ta->gc);
}

void tinode_group_new_action(PurplePluginAction *action)
{
    PurpleConnection *gc = action->context;

    if (gc->proto_data != NULL)
        tinode_group_new_ask(gc->proto_data);
}
