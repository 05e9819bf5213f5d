/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-message.c: messages become lines. */
#include "tinode-message.h"

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
    g_free(message->client_id);
    g_free(message);
}

gboolean tinode_message_settle_own(TinodeTopic *topic, const TinodeMessage *message)
{
    ReceiptMessage known;

    if (!message->is_own || message->client_id == NULL ||
        !receipt_engine_message(topic->ta->engine, topic->name, message->client_id, &known))
        return FALSE;
    tinode_outbox_settle(topic, message->client_id);
    receipt_engine_message_stored(topic->ta->engine, tinode_now_ms(), topic->name,
                                  message->client_id, message->seq);
    return TRUE;
}

void tinode_message_set_id(PurpleConversation *conv, const char *id)
{
    g_free(purple_conversation_get_data(conv, TINODE_MESSAGE_ID));
    purple_conversation_set_data(conv, TINODE_MESSAGE_ID, g_strdup(id));
}

static PurpleConversation *ensure_conversation(TinodeTopic *topic)
{
    PurpleConversation *conv = tinode_topic_conversation(topic);

    if (tinode_topic_is_group(topic))
        return tinode_chat_ensure_joined(topic);
    if (conv == NULL)
        conv = purple_conversation_new(PURPLE_CONV_TYPE_IM, topic->ta->account, topic->name);
    return conv;
}

static char *line_of(const TinodeMessage *message, PurpleMessageFlags *flags)
{
    g_autofree char *shown = tinode_media_html(message, flags);
    const char *html = shown != NULL ? shown : message->html;

    /* A call goes on by edits of the message that began it. */
    if (message->replace == 0 || message->is_call)
        return g_strdup(html);
    /* Translators: a message that replaces an earlier one; %s is its new text. */
    return g_strdup_printf(_("Edited: %s"), html);
}

/* Written on another device of ours: it gets a local id, so that it can carry a tick like any own
 * message. What was written before this device knew the conversation is mere context. */
static void hand_own(TinodeTopic *topic, const TinodeMessage *message, const char *html,
                     PurpleMessageFlags flags)
{
    TinodeAccount *ta = topic->ta;
    PurpleConversation *conv =
        message->is_context ? tinode_topic_conversation(topic) : ensure_conversation(topic);
    g_autofree char *id = NULL;

    if (conv == NULL)
        return;
    flags |= PURPLE_MESSAGE_SEND | PURPLE_MESSAGE_REMOTE_SEND;
    if (!message->is_context) {
        id = message->client_id != NULL ? g_strdup(message->client_id) : tinode_account_new_id(ta);
        receipt_engine_message_stored(ta->engine, tinode_now_ms(), topic->name, id, message->seq);
        tinode_message_set_id(conv, id);
    }
    if (tinode_topic_is_group(topic))
        purple_conv_chat_write(PURPLE_CONV_CHAT(conv), message->from, html, flags,
                               message->ts_ms / 1000);
    else
        purple_conv_im_write(PURPLE_CONV_IM(conv), NULL, html, flags, message->ts_ms / 1000);
    conv = tinode_topic_conversation(topic); /* a handler may have closed it */
    if (conv != NULL)
        tinode_message_set_id(conv, NULL);
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
    html = line_of(message, &flags);
    if (message->is_fetched && message->ts_ms < g_get_real_time() / 1000 - FRESH_MS)
        flags |= PURPLE_MESSAGE_DELAYED;
    if (message->is_own)
        hand_own(topic, message, html, flags);
    else
        hand_other(topic, message, html, flags);
    tinode_media_shown(topic, message,
                       !message->is_context && !message->is_again &&
                           (flags & PURPLE_MESSAGE_DELAYED) == 0);
}
