/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ordered faults of single requests (tests/server). */
#include "fault.h"

#include <string.h>

#define MAX_FAULTS 1000

typedef struct {
    gboolean silence;
    gboolean echo;
    char *verb;
    char *topic;
    char *who;
    int code;
    char *text;
    guint left;
} Fault;

static GList *faults;

static void fault_free(gpointer data)
{
    Fault *fault = data;

    g_free(fault->verb);
    g_free(fault->topic);
    g_free(fault->who);
    g_free(fault->text);
    g_free(fault);
}

static Fault *add(const char *verb, const char *topic, const char *who, guint times)
{
    static const char *const verbs[] = {"hi",  "login", "acc", "sub",  "leave", "pub",
                                        "get", "set",   "del", "note", NULL};
    Fault *fault;

    if (verb == NULL || !g_strv_contains(verbs, verb) || g_list_length(faults) >= MAX_FAULTS)
        return NULL;
    fault = g_new0(Fault, 1);
    fault->verb = g_strdup(verb);
    fault->topic = g_strdup(topic);
    fault->who = g_strdup(who);
    fault->left = times;
    faults = g_list_append(faults, fault);
    return fault;
}

gboolean fault_add_error(const char *verb, const char *topic, const char *who, int code,
                         const char *text, guint times)
{
    Fault *fault = add(verb, topic, who, times);

    if (fault == NULL)
        return FALSE;
    fault->code = code;
    fault->text = g_strdup(text == NULL ? packet_text(code) : text);
    return TRUE;
}

gboolean fault_add_silence(const char *verb, const char *topic, const char *who, gboolean echo,
                           guint times)
{
    Fault *fault = add(verb, topic, who, times);

    if (fault == NULL)
        return FALSE;
    fault->silence = TRUE;
    fault->echo = echo;
    return TRUE;
}

void fault_clear(void)
{
    g_list_free_full(faults, fault_free);
    faults = NULL;
}

/* Finds a fault for this request and uses it up once. */
static gboolean use(const Request *request, gboolean silence, Fault *copy)
{
    const char *login = session_login(request->session);

    for (GList *link = faults; link != NULL; link = link->next) {
        Fault *fault = link->data;

        if (fault->silence != silence || strcmp(fault->verb, request->verb) != 0 ||
            (fault->topic != NULL && strcmp(fault->topic, request->topic) != 0) ||
            (fault->who != NULL && g_strcmp0(fault->who, login) != 0))
            continue;
        *copy = *fault;
        copy->text = g_strdup(fault->text);
        if (--fault->left == 0) {
            faults = g_list_delete_link(faults, link);
            fault_free(fault);
        }
        return TRUE;
    }
    return FALSE;
}

gboolean fault_error(Request *request)
{
    Fault fault;

    if (!use(request, FALSE, &fault))
        return FALSE;
    session_reply(request, fault.code, fault.text, NULL);
    g_free(fault.text);
    return TRUE;
}

void fault_silence(Request *request)
{
    Fault fault;

    if (!use(request, TRUE, &fault))
        return;
    g_free(fault.text);
    request->swallow = TRUE;
    request->swallow_data = !fault.echo;
}
