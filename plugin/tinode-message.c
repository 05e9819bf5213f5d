/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-message.c: messages become lines. */
#include "tinode-message.h"

#include <core.h>
#include <server.h>

#include "protocol/tn-drafty.h"
#include "tinode-chat.h"
#include "tinode-media.h"
#include "tinode-outbox.h"
#include "tinode-signals.h"
#include "tinode-text.h"

/* A fetched message younger than this counts as having just arrived. */
#define FRESH_MS 60000

TinodeMessage *tinode_message_new(TinodeTopic *topic, const TnData *data)
{
    TinodeMessage *message = g_new0(TinodeMessage, 1);

    message->seq = data->seq;
    message->from = g_strdup(data->from);
    message->ts_ms = data->ts_ms;
    message->is_call = data->webrtc != NULL;
    message->html = message->is_call ? tn_call_to_html(data->webrtc, data->webrtc_ms)
                                     : tn_content_to_html(data->content);
    message->line = tn_content_to_line(data->content, TN_QUOTE_MAX);
    message->choices = tn_content_choices(data->content);
    message->has_objects = message->is_call || tn_content_has_objects(data->content);
    message->client_id = g_strdup(data->client_id);
    message->replace = data->replace;
    message->is_own = g_strcmp0(data->from, tinode_account_self(topic->ta)) == 0;
    tinode_media_keep(message, data);
    return message;
}

void tinode_message_free(gpointer data)
{
    TinodeMessage *message = data;

    if (message == NULL)
        return;
    tinode_media_release(message);
    g_free(message->from);
    g_free(message->html);
    g_free(message->line);
    if (message->choices != NULL)
        g_ptr_array_unref(message->choices);
    g_free(message->client_id);
    g_free(message);
}

gboolean tinode_message_settle_own(TinodeTopic *topic, const TinodeMessage *message)
{
    ReceiptMessage known;

    if (!message->is_own || message->client_id == NULL ||
        !receipt_engine_message(topic->ta->engine, topic->name, message->client_id, &known))
        return FALSE;
    tinode_outbox_settle(topic, message->client_id, message->seq);
    receipt_engine_message_stored(topic->ta->engine, tinode_now_ms(), topic->name,
                                  message->client_id, message->seq);
    return TRUE;
}

void tinode_message_set_id(PurpleConversation *conv, const char *id)
{
    g_free(purple_conversation_get_data(conv, TINODE_MESSAGE_ID));
    purple_conversation_set_data(conv, TINODE_MESSAGE_ID, g_strdup(id));
}

PurpleConversation *tinode_message_open(TinodeTopic *topic)
{
    PurpleConversation *conv = tinode_topic_conversation(topic);

    if (tinode_topic_is_group(topic))
        return tinode_chat_ensure_joined(topic);
    if (conv == NULL)
        conv = purple_conversation_new(PURPLE_CONV_TYPE_IM, topic->ta->account, topic->name);
    return conv;
}

gboolean tinode_message_is_edit(const TinodeMessage *message)
{
    return message->replace > 0 && message->replace < message->seq;
}

void tinode_message_take_version(TinodeMessage *message, const TinodeMessage *version)
{
    g_free(message->html);
    g_free(message->line);
    if (message->choices != NULL)
        g_ptr_array_unref(message->choices);
    message->html = g_strdup(version->html);
    message->line = g_strdup(version->line);
    message->choices = version->choices != NULL ? g_ptr_array_ref(version->choices) : NULL;
    message->has_objects = version->has_objects;
    tinode_media_take(message, version);
    message->is_edited = !version->is_call;
}

char *tinode_message_edit_line(const TinodeKnownMessage *original, const char *html)
{
    g_autofree char *words =
        original != NULL && original->line[0] != '\0' ? tinode_known_words(original) : NULL;

    if (words == NULL)
        /* Translators: a message that replaces an earlier one; %s is its new text. */
        return g_strdup_printf(_("Edited: %s"), html);
    /* Translators: the same, first the beginning of its old text in quotation marks. */
    return g_strdup_printf(_("Edited %s: %s"), words, html);
}

/* In clients without commands nobody can answer that way. */
static gboolean has_commands(void)
{
    return g_strcmp0(purple_core_get_ui(), "BitlBee") != 0;
}

static gboolean can_be_answered(const TinodeMessage *message)
{
    if (message->choices == NULL || message->is_own || !has_commands())
        return FALSE;
    for (guint i = 0; i < message->choices->len; i++) {
        const TnChoice *choice = message->choices->pdata[i];

        if (choice->act == TN_CHOICE_PUB || choice->act == TN_CHOICE_URL)
            return TRUE;
    }
    return FALSE;
}

/* The message that this one is a new version of, if it is known and by the same author. */
static const TinodeKnownMessage *original_of(TinodeTopic *topic, const TinodeMessage *message,
                                             gboolean *is_forged)
{
    const TinodeKnownMessage *original =
        tinode_known_find(topic->ta->known, topic->name, message->replace);

    *is_forged = original != NULL && g_strcmp0(original->from, message->from) != 0;
    return *is_forged ? NULL : original;
}

/* flags: what media need is added. */
static char *line_of(TinodeTopic *topic, const TinodeMessage *message, PurpleMessageFlags *flags)
{
    g_autofree char *shown = tinode_media_html(message, flags);
    const char *html = shown != NULL ? shown : message->html;
    const TinodeKnownMessage *original;
    gboolean is_forged;

    /* A call goes on by edits of the message that began it. */
    if (message->is_call)
        return g_strdup(html);
    if (message->is_edited)
        /* Translators: the text of a message that was edited before anybody saw it. */
        return g_strdup_printf(_("%s (edited)"), html);
    if (can_be_answered(message))
        /* Translators: /answer is what is to be typed. */
        return g_strdup_printf("%s<br>%s", html, _("(Choose with /answer and the number.)"));
    if (!tinode_message_is_edit(message))
        return g_strdup(html);
    original = original_of(topic, message, &is_forged);
    return is_forged ? g_strdup(html) : tinode_message_edit_line(original, html);
}

/* As the newest version of what it replaces. */
void tinode_message_know(TinodeTopic *topic, const TinodeMessage *message)
{
    TinodeKnownMessage known = {.seq = message->seq,
                                .ts_ms = message->ts_ms,
                                .from = message->from,
                                .is_own = message->is_own,
                                .html = message->html,
                                .line = message->line,
                                .has_objects = message->has_objects,
                                .choices = message->choices};
    gboolean is_forged = FALSE;

    /* Who wrote an unknown message is only claimed by an edit, unless it is ours. */
    if (tinode_message_is_edit(message) &&
        (original_of(topic, message, &is_forged) != NULL || (message->is_own && !is_forged)))
        known.seq = message->replace;
    tinode_known_put(topic->ta->known, topic->name, &known);
    if (known.seq != message->seq)
        tinode_known_replaced(topic->ta->known, topic->name, known.seq, message->seq);
}

void tinode_message_take_in(TinodeTopic *topic, const TinodeMessage *version)
{
    tinode_known_replaced(topic->ta->known, topic->name, version->replace, version->seq);
}

void tinode_message_know_own(TinodeTopic *topic, guint32 seq, guint32 replace, const char *html,
                             GVariant *extra, gint64 ts_ms)
{
    g_autoptr(TnContent) content = tn_content_from_html(html);
    g_autofree char *line = tn_content_to_line(content, TN_QUOTE_MAX);
    const TinodeKnownMessage known = {.seq = replace != 0 ? replace : seq,
                                      .ts_ms = ts_ms,
                                      .from = (char *)tinode_account_self(topic->ta),
                                      .is_own = TRUE,
                                      .html = (char *)html,
                                      .line = line,
                                      .extra = extra};

    tinode_known_put(topic->ta->known, topic->name, &known);
    if (replace != 0)
        tinode_known_replaced(topic->ta->known, topic->name, replace, seq);
}

void tinode_message_write_own(TinodeTopic *topic, const char *id, const char *html,
                              PurpleMessageFlags flags, time_t when)
{
    PurpleConversation *conv = tinode_topic_conversation(topic);

    if (conv == NULL)
        return;
    flags |= PURPLE_MESSAGE_SEND;
    tinode_message_set_id(conv, id);
    if (tinode_topic_is_group(topic))
        purple_conv_chat_write(PURPLE_CONV_CHAT(conv), tinode_account_self(topic->ta), html, flags,
                               when);
    else
        /* BitlBee looks up whose conversation it is by this name; all others show our own. */
        purple_conv_im_write(PURPLE_CONV_IM(conv), topic->name, html, flags, when);
    conv = tinode_topic_conversation(topic); /* a handler may have closed it */
    if (conv != NULL)
        tinode_message_set_id(conv, NULL);
}

/* Written on another device of ours: it gets a local id, so that it can carry a tick like any own
 * message. What was written before this device knew the conversation is mere context. */
static void hand_own(TinodeTopic *topic, const TinodeMessage *message, const char *html,
                     PurpleMessageFlags flags)
{
    TinodeAccount *ta = topic->ta;
    PurpleConversation *conv =
        message->is_context ? tinode_topic_conversation(topic) : tinode_message_open(topic);
    g_autofree char *id = NULL;

    if (conv == NULL)
        return;
    if (!message->is_context) {
        id = message->client_id != NULL ? g_strdup(message->client_id) : tinode_account_new_id(ta);
        receipt_engine_message_stored(ta->engine, tinode_now_ms(), topic->name, id, message->seq);
    }
    tinode_message_write_own(topic, id, html, flags | PURPLE_MESSAGE_REMOTE_SEND,
                             message->ts_ms / 1000);
}

static void hand_other(TinodeTopic *topic, const TinodeMessage *message, const char *html,
                       PurpleMessageFlags flags)
{
    PurpleConnection *gc = topic->ta->gc;
    PurpleConversation *conv = tinode_topic_conversation(topic);
    const char *from = message->from != NULL ? message->from : topic->name;
    const time_t when = message->ts_ms / 1000;

    flags |= PURPLE_MESSAGE_RECV;
    if (message->is_context) {
        if (conv != NULL)
            purple_conversation_write(conv, from, html, flags, when);
    } else if (tinode_topic_is_group(topic)) {
        if (tinode_chat_ensure_joined(topic) != NULL)
            serv_got_chat_in(gc, topic->chat_id, from, flags, html, when);
    } else {
        serv_got_im(gc, topic->name, html, flags, when);
    }
}

void tinode_message_hand(TinodeTopic *topic, const TinodeMessage *message)
{
    g_autofree char *html = NULL;
    PurpleMessageFlags flags = 0;

    if (message->html[0] == '\0')
        return;
    html = line_of(topic, message, &flags);
    if (message->is_fetched && message->ts_ms < g_get_real_time() / 1000 - FRESH_MS)
        flags |= PURPLE_MESSAGE_DELAYED;
    tinode_message_know(topic, message);
    if (message->is_own)
        hand_own(topic, message, html, flags);
    else
        hand_other(topic, message, html, flags);
    tinode_media_shown(topic, message,
                       !message->is_context && !message->is_again &&
                           (flags & PURPLE_MESSAGE_DELAYED) == 0);
}
