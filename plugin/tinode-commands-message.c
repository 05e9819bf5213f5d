/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-commands-message.c: what can be done with messages after they were written. */
#include "tinode-commands-message.h"

#include <blist.h>
#include <signals.h>
#include <string.h>
#include <util.h>

#include "tinode-buddy.h"
#include "tinode-commands.h"
#include "tinode-deletions.h"
#include "tinode-im.h"
#include "tinode-known.h"
#include "tinode-message.h"
#include "tinode-outbox.h"
#include "tinode-recall.h"
#include "tinode-text.h"

#define NOTES "slf"

/* Finding the message that is meant ------------------------------------------------------------ */

typedef struct {
    gboolean is_any, is_own; /* whose */
    gboolean is_form;
    const char *words; /* folded; NULL: any */
} Wanted;

static gboolean is_wanted(const TinodeKnownMessage *message, gconstpointer data)
{
    const Wanted *wanted = data;
    g_autofree char *line = NULL;

    if ((!wanted->is_any && message->is_own != wanted->is_own) ||
        (wanted->is_form && message->choices == NULL))
        return FALSE;
    if (wanted->words == NULL)
        return TRUE;
    line = g_utf8_casefold(message->line, -1);
    return strstr(line, wanted->words) != NULL;
}

static const char *skip_quote(const char *text)
{
    if (*text == '"')
        return text + 1;
    return g_str_has_prefix(text, "&quot;") ? text + strlen("&quot;") : NULL;
}

/* "words" rest: the words that the message begins with, folded; NULL: none are given. *rest: what
 * follows. */
static char *take_words(const char *html, const char **rest)
{
    const char *begin = skip_quote(html);
    g_autofree char *marked = NULL, *text = NULL;
    g_autoptr(TnContent) content = NULL;

    *rest = html;
    for (const char *p = begin; p != NULL && *p != '\0'; p++) {
        const char *after = skip_quote(p);

        if (after == NULL || p == begin || (*after != '\0' && *after != ' '))
            continue;
        *rest = after + strspn(after, " ");
        marked = g_strndup(begin, (gsize)(p - begin));
        content = tn_content_from_html(marked);
        text = tn_content_to_text(content);
        return g_utf8_casefold(text, -1);
    }
    return NULL;
}

/* The newest message of that kind that holds the words which html begins with, if it does. */
static const TinodeKnownMessage *find(TinodeTopic *topic, Wanted wanted, const char *html,
                                      const char **rest)
{
    g_autofree char *words = take_words(html, rest);

    wanted.words = words;
    return tinode_known_newest(topic->ta->known, topic->name, is_wanted, &wanted);
}

/* It may have been shown before this sign-in: run is called once more when that was looked up.
 * Returns: NULL then, else why. */
static char *look_further(TinodeTopic *topic, TinodeRecallFunc run, char **args, const char *why)
{
    if (tinode_recall_start(topic, run, args))
        return NULL;
    if (!topic->is_recalled && !tinode_topic_is_attached(topic))
        return g_strdup(_("Earlier messages are not at hand yet. Please try again in a moment."));
    return g_strdup(why);
}

static char *nothing_found(TinodeTopic *topic, TinodeRecallFunc run, char **args)
{
    return look_further(topic, run, args, _("There is no such message among the last ones here."));
}

static char *not_sent(int error)
{
    return error == 0 ? NULL : g_strdup(_("You are not signed in."));
}

/* What is typed without a command goes the same way: addresses become links, and other plugins
 * (encryption, filters) may change the text. NULL: it is not to be sent. */
static char *offer(TinodeTopic *topic, const char *html)
{
    void *handle = purple_conversations_get_handle();
    char *text = purple_markup_linkify(html);

    if (tinode_topic_is_group(topic))
        purple_signal_emit(handle, "sending-chat-msg", topic->ta->account, &text,
                           (guint)topic->chat_id);
    else
        purple_signal_emit(handle, "sending-im-msg", topic->ta->account, topic->name, &text);
    if (text != NULL && text[0] != '\0' && !topic->ta->is_closing)
        return text;
    g_free(text);
    return NULL;
}

/* Sends it and writes its line, as the client does with what is typed. line: NULL for html. */
static char *send(TinodeTopic *topic, const char *html, GVariant *extra, const char *line)
{
    g_autoptr(GVariant) held = extra != NULL ? g_variant_ref_sink(extra) : NULL;
    g_autofree char *text = offer(topic, html), *id = NULL;
    int error = 0;

    if (text == NULL)
        return NULL;
    id = tinode_send_extra(topic, text, held, &error);

    if (id == NULL)
        return not_sent(error);
    tinode_message_write_own(topic, id, line != NULL ? line : html, 0, time(NULL));
    return NULL;
}

static char *author_of(TinodeTopic *topic, const TinodeKnownMessage *message, const char **user)
{
    *user = message->from != NULL ? message->from : topic->name;
    if (message->is_own) {
        const char *name = purple_connection_get_display_name(topic->ta->gc);

        return g_strdup(name != NULL && name[0] != '\0'
                            ? name
                            : purple_account_get_username(topic->ta->account));
    }
    return g_strdup(message->from != NULL ? tinode_topic_member_title(topic, message->from)
                                          : tinode_topic_title(topic));
}

/* /edit ---------------------------------------------------------------------------------------- */

static char *run_edit(TinodeTopic *topic, char **args);

static char *edit_stored(TinodeTopic *topic, char **args)
{
    const Wanted wanted = {.is_own = TRUE};
    const TinodeKnownMessage *message =
        tinode_known_newest(topic->ta->known, topic->name, is_wanted, &wanted);
    g_autofree char *line = NULL;

    if (message == NULL)
        return look_further(topic, run_edit, args,
                            _("There is no message of yours among the last ones here."));
    line = tinode_message_edit_line(message, args[0]);
    return send(topic, args[0], tinode_outbox_extra_for_edit(message->seq, message->extra), line);
}

static char *run_edit(TinodeTopic *topic, char **args)
{
    gboolean is_waiting;
    const char *pending = tinode_outbox_newest(topic, &is_waiting);
    g_autofree char *line = NULL, *text = NULL;

    if (args[0][0] == '\0')
        return g_strdup(_("Type /edit and the new text of your last message."));
    if (pending == NULL)
        return edit_stored(topic, args);
    if (!is_waiting) {
        line = tinode_message_edit_line(NULL, args[0]);
        return send(topic, args[0], tinode_outbox_extra_for_edit_of_newest(topic), line);
    }
    text = offer(topic, args[0]);
    if (text == NULL)
        return NULL;
    tinode_outbox_edit_newest(topic, text);
    /* Translators: %s is the new text of a message that was not sent yet. */
    line = g_strdup_printf(_("Your message that waits to be sent is now: %s"), args[0]);
    tinode_topic_write_line(topic, line);
    return NULL;
}

/* /delete -------------------------------------------------------------------------------------- */

static char *take_back(TinodeTopic *topic, gboolean is_waiting)
{
    if (!is_waiting)
        return g_strdup(_("Your last message is being sent: please try again in a moment."));
    tinode_outbox_take_back_newest(topic);
    if (!topic->ta->is_closing)
        tinode_topic_write_line(topic, _("Your message that waited to be sent was taken back."));
    return NULL;
}

static char *run_delete(TinodeTopic *topic, char **args)
{
    const Wanted wanted = {.is_own = TRUE};
    const TinodeKnownMessage *message;
    gboolean is_waiting;
    const char *rest;

    if (args[0][0] == '\0' && tinode_outbox_newest(topic, &is_waiting) != NULL)
        return take_back(topic, is_waiting);
    message = find(topic, wanted, args[0], &rest);
    if (*rest != '\0')
        return g_strdup(_("Type /delete for your last message, or /delete \"words\" for another "
                          "one of yours that holds them."));
    if (message == NULL)
        return nothing_found(topic, run_delete, args);
    if (!tinode_topic_is_attached(topic))
        return g_strdup(_("This conversation is not connected now: please try again in a "
                          "moment."));
    tinode_deletions_delete(topic, message);
    return NULL;
}

/* /reply --------------------------------------------------------------------------------------- */

static char *run_reply(TinodeTopic *topic, char **args)
{
    const Wanted wanted = {.is_own = FALSE};
    const char *rest, *user;
    const TinodeKnownMessage *message = find(topic, wanted, args[0], &rest);
    g_autofree char *name = NULL, *words = NULL, *line = NULL;
    GVariantDict extra;

    if (*rest == '\0')
        return g_strdup(_("Type /reply and your answer to the last message, or /reply \"words\" "
                          "and your answer to another one that holds them."));
    if (message == NULL)
        return nothing_found(topic, run_reply, args);
    name = author_of(topic, message, &user);
    words = tinode_known_words(message);
    /* Translators: a person, words of a message in quotation marks, and the answer to it. */
    line = g_strdup_printf(_("To %s %s: %s"), name, words, rest);
    g_variant_dict_init(&extra, NULL);
    g_variant_dict_insert(&extra, TINODE_EXTRA_REPLY, "u", message->seq);
    g_variant_dict_insert(&extra, TINODE_EXTRA_QUOTE, "(sss)", name, user, message->line);
    return send(topic, rest, g_variant_dict_end(&extra), line);
}

/* /save, /forward ------------------------------------------------------------------------------ */

/* What was forwarded before says of whom it was: only the newest author is told. */
static const char *skip_arrow(const char *html)
{
    const char *end = g_str_has_prefix(html, "\u27a6") ? strstr(html, "<br>") : NULL;

    return end != NULL ? end + strlen("<br>") : html;
}

static GVariant *extra_for_forward(TinodeTopic *topic, const TinodeKnownMessage *message)
{
    g_autofree char *name = NULL, *where = g_strdup_printf("%s:%u", topic->name, message->seq);
    const char *user;
    GVariantDict extra;

    name = author_of(topic, message, &user);
    g_variant_dict_init(&extra, NULL);
    g_variant_dict_insert(&extra, TINODE_EXTRA_FORWARDED, "s", where);
    g_variant_dict_insert(&extra, TINODE_EXTRA_AUTHOR, "(ss)", name, user);
    return g_variant_dict_end(&extra);
}

/* Into another conversation, whose line shows it there. */
static char *forward(TinodeTopic *topic, const TinodeKnownMessage *message, TinodeTopic *target)
{
    if (message->has_objects || message->html == NULL)
        return g_strdup(_("Only short texts can be passed on: this message is long, or holds more "
                          "than text."));
    tinode_message_open(target);
    return send(target, skip_arrow(message->html), extra_for_forward(topic, message), NULL);
}

static char *run_save(TinodeTopic *topic, char **args)
{
    const Wanted wanted = {.is_any = TRUE};
    const char *rest;
    const TinodeKnownMessage *message = find(topic, wanted, args[0], &rest);
    TinodeTopic *notes = tinode_topic_ensure(topic->ta, NOTES);
    g_autofree char *line = NULL, *words = NULL, *why = NULL;

    if (*rest != '\0')
        return g_strdup(_("Type /save for the last message, or /save \"words\" for another one "
                          "that holds them."));
    if (message == NULL)
        return nothing_found(topic, run_save, args);
    if (notes == NULL || notes == topic)
        return g_strdup(_("These are your notes already."));
    words = tinode_known_words(message);
    why = forward(topic, message, notes);
    if (why != NULL || topic->ta->is_closing)
        return g_steal_pointer(&why);
    notes->is_subscribed = TRUE;
    tinode_buddy_update(notes);
    /* Translators: words of the message in quotation marks. */
    line = g_strdup_printf(_("Saved in your notes to self: %s"), words);
    tinode_topic_write_line(topic, line);
    return NULL;
}

static gboolean is_name(const char *name, const char *folded)
{
    g_autofree char *other = name != NULL ? g_utf8_casefold(name, -1) : NULL;

    return other != NULL && strcmp(other, folded) == 0;
}

/* As the user calls it here or everywhere, or as it calls itself. */
static gboolean is_called(const TinodeTopic *topic, const char *folded)
{
    PurpleAccount *account = topic->ta->account;
    PurpleBuddy *buddy = NULL;
    PurpleChat *chat = NULL;

    if (tinode_topic_is_group(topic))
        chat = purple_blist_find_chat(account, topic->name);
    else
        buddy = purple_find_buddy(account, topic->name);
    return is_name(tinode_topic_title(topic), folded) || is_name(topic->fn, folded) ||
           (buddy != NULL && is_name(purple_buddy_get_alias(buddy), folded)) ||
           (chat != NULL && is_name(purple_chat_get_name(chat), folded));
}

/* The conversation that is called so; NULL: none, or more than one (*is_many). */
static TinodeTopic *topic_called(TinodeAccount *ta, const char *name, gboolean *is_many)
{
    g_autofree char *wanted = g_utf8_casefold(name, -1);
    TinodeTopic *topic, *found = NULL;
    GHashTableIter iter;

    *is_many = FALSE;
    g_hash_table_iter_init(&iter, ta->topics);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&topic)) {
        if (strcmp(topic->name, name) == 0)
            return topic;
        if (!topic->is_subscribed || tinode_topic_is_blocked(topic) || !is_called(topic, wanted))
            continue;
        *is_many = found != NULL;
        found = topic;
    }
    return *is_many ? NULL : found;
}

static char *run_forward(TinodeTopic *topic, char **args)
{
    const Wanted wanted = {.is_any = TRUE};
    const char *rest;
    const TinodeKnownMessage *message = find(topic, wanted, args[0], &rest);
    g_autofree char *name = NULL, *words = NULL, *title = NULL, *line = NULL, *why = NULL;
    g_autoptr(TnContent) typed = tn_content_from_html(rest);
    gboolean is_many;
    TinodeTopic *target;

    name = tn_content_to_text(typed);
    if (*name == '\0')
        return g_strdup(_("Type /forward and a name for the last message, or /forward \"words\" "
                          "and a name for another one that holds them."));
    if (message == NULL)
        return nothing_found(topic, run_forward, args);
    target = topic_called(topic->ta, name, &is_many);
    if (target == NULL)
        return g_strdup(is_many ? _("More than one conversation has this name.")
                                : _("There is no contact or group of this name."));
    words = tinode_known_words(message);
    why = forward(topic, message, target);
    if (why != NULL || topic->ta->is_closing)
        return g_steal_pointer(&why);
    title = g_markup_escape_text(tinode_topic_title(target), -1);
    /* Translators: a person or a group, then words of the message in quotation marks. */
    line = g_strdup_printf(_("Forwarded to %s: %s"), title, words);
    tinode_topic_write_line(topic, line);
    return NULL;
}

/* /answer -------------------------------------------------------------------------------------- */

static void show_address(TinodeTopic *topic, const TnChoice *choice, guint32 seq)
{
    g_autofree char *url = tn_choice_address(choice, seq, tinode_account_self(topic->ta));
    g_autofree char *escaped = g_markup_escape_text(url, -1);
    g_autofree char *link = g_strdup_printf("<a href=\"%s\">%s</a>", escaped, escaped);
    /* Translators: %s is a link. */
    g_autofree char *line = g_strdup_printf(_("To answer, open %s"), link);

    tinode_topic_write_line(topic, line);
}

static char *answer(TinodeTopic *topic, const TinodeKnownMessage *form, const TnChoice *choice)
{
    g_autofree char *title = g_markup_escape_text(choice->title != NULL ? choice->title : "", -1);
    GVariantDict extra;

    switch (choice->act) {
    case TN_CHOICE_PUB:
        g_variant_dict_init(&extra, NULL);
        g_variant_dict_insert(&extra, TINODE_EXTRA_ANSWER, "(uss)", form->seq,
                              choice->name != NULL ? choice->name : "",
                              choice->value != NULL ? choice->value : "");
        return send(topic, title, g_variant_dict_end(&extra), NULL);
    case TN_CHOICE_URL:
        if (choice->url == NULL)
            break;
        show_address(topic, choice, form->seq);
        return NULL;
    case TN_CHOICE_NOTE:
        return g_strdup(_("Servers do not pass this kind of answer on: nothing was sent."));
    case TN_CHOICE_OTHER:
        break;
    }
    return g_strdup(_("It is not known how to answer that: nothing was sent."));
}

static char *run_answer(TinodeTopic *topic, char **args)
{
    const Wanted wanted = {.is_own = FALSE, .is_form = TRUE};
    const TinodeKnownMessage *form =
        tinode_known_newest(topic->ta->known, topic->name, is_wanted, &wanted);
    guint64 number;

    if (form == NULL)
        return look_further(topic, run_answer, args,
                            _("There is no question with numbered choices among the last messages "
                              "here."));
    if (!g_ascii_string_to_unsigned(args[0], 10, 1, form->choices->len, &number, NULL))
        return form->choices->len > 1
                   ? g_strdup_printf(_("Type /answer and a number from 1 to %u."),
                                     form->choices->len)
                   : g_strdup(_("There is one choice: type /answer 1."));
    return answer(topic, form, form->choices->pdata[number - 1]);
}

/* The others ----------------------------------------------------------------------------------- */

static char *run_resend(TinodeTopic *topic, char **args)
{
    g_autofree char *line = NULL;
    guint n;

    (void)args;
    n = tinode_outbox_resend(topic);
    if (n == 0)
        return g_strdup(_("No message of yours has failed here since you signed in."));
    if (topic->ta->is_closing)
        return NULL;
    line =
        g_strdup_printf(ngettext("%u message is sent again.", "%u messages are sent again.", n), n);
    tinode_topic_write_line(topic, line);
    return NULL;
}

/* An explicit act: it counts for what was never fetched, and whatever is told else. */
static char *run_seen(TinodeTopic *topic, char **args)
{
    ReceiptEngine *engine = topic->ta->engine;
    const guint32 last = receipt_engine_last_seq(engine, topic->name);

    (void)args;
    if (last == 0)
        return g_strdup(_("There are no messages here."));
    topic->is_history_cut = FALSE;
    receipt_engine_seen(engine, tinode_now_ms(), topic->name, last, TRUE);
    if (!topic->ta->is_closing)
        tinode_topic_write_line(topic, _("All messages here count as read."));
    return NULL;
}

static char *run_react(TinodeTopic *topic, char **args)
{
    (void)topic;
    (void)args;
    return g_strdup(_("This server does not know reactions."));
}

void tinode_commands_message_add(void)
{
    enum { BOTH = TINODE_IN_IM | TINODE_IN_CHAT };
    static const TinodeCommand commands[] = {
        {"edit", "S", BOTH, run_edit, N_("edit &lt;text&gt;: a new text for your last message")},
        {"delete", "S", BOTH, run_delete,
         N_("delete [\"words\"]: delete your last message, or the last one of yours that holds the "
            "words; for everybody, if the server lets you")},
        {"reply", "S", BOTH, run_reply,
         N_("reply [\"words\"] &lt;text&gt;: answer the last message, or the last one that holds "
            "the words, with a quote of it")},
        {"save", "S", BOTH, run_save,
         N_("save [\"words\"]: put the last message, or the last one that holds the words, into "
            "your notes to self")},
        {"forward", "S", BOTH, run_forward,
         N_("forward [\"words\"] &lt;name&gt;: send the last message, or the last one that holds "
            "the "
            "words, to another contact or group")},
        {"answer", "w", BOTH, run_answer,
         N_("answer &lt;number&gt;: choose from the numbered choices of the last question")},
        {"resend", "", BOTH, run_resend, N_("resend: send again what was refused")},
        {"seen", "", BOTH, run_seen,
         N_("seen: everything here counts as read, what was not fetched, too")},
        {"react", "s", BOTH, run_react, N_("react &lt;emoji&gt;: react to the last message")},
    };

    tinode_commands_add(commands, G_N_ELEMENTS(commands));
}
