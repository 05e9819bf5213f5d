/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-im.c: sending. */
#include "tinode-im.h"

#include <errno.h>
#include <notify.h>
#include <signals.h>

#include "protocol/tn-drafty.h"
#include "tinode-message.h"
#include "tinode-outbox.h"
#include "tinode-pictures.h"
#include "tinode-text.h"

/* Every three seconds, as official clients do: receivers show the sign a little longer. */
#define TYPING_INTERVAL_MS 3000

/* What a frame holds beside the content. */
#define ENVELOPE_BYTES 1024

/* In the conversation, or in a window if there is none. who: as it was given to us. 0: told here,
 * no line is shown. */
static int refuse(TinodeAccount *ta, const char *who, const char *sentence)
{
    if (!purple_conv_present_error(who, ta->account, sentence))
        purple_notify_error(ta->gc, _("Tinode"), _("The message was not sent"), sentence);
    return 0;
}

/* Before the server has let us in nothing can be kept for later. libpurple says nothing to
 * -ENOTCONN, and the text has left the entry by then. */
static int refuse_early(TinodeTopic *topic)
{
    return refuse(topic->ta, topic->name,
                  _("Your message was not sent: you are not signed in yet."));
}

/* A server ends the connection of who sends more. TRUE: it was told, in the conversation. */
static gboolean refuse_too_long(TinodeTopic *topic, const char *html, GVariant *extra)
{
    const guint32 limit = topic->ta->max_message_size;
    g_autoptr(TnContent) content = limit > 0 ? tinode_outbox_content(html, extra) : NULL;
    g_autofree char *size = NULL, *sentence = NULL;

    if (content == NULL || tn_content_size(content) + ENVELOPE_BYTES <= limit)
        return FALSE;
    size = g_format_size_full(limit, G_FORMAT_SIZE_IEC_UNITS);
    /* Translators: %s is a size, as in 128.0 KiB. */
    sentence = g_strdup_printf(
        _("Your message was not sent: it is longer than this server takes (%s)."), size);
    refuse(topic->ta, topic->name, sentence);
    return TRUE;
}

char *tinode_send(TinodeTopic *topic, const char *html, int *error)
{
    return tinode_send_extra(topic, html, NULL, error);
}

char *tinode_send_extra(TinodeTopic *topic, const char *html, GVariant *extra, int *error)
{
    g_autoptr(GVariant) held = extra != NULL ? g_variant_ref_sink(extra) : NULL;
    g_autofree char *id = NULL;

    if (topic->ta->engine == NULL) {
        *error = refuse_early(topic);
        return NULL;
    }
    if (refuse_too_long(topic, html, held)) {
        *error = 0;
        return NULL;
    }
    if (tinode_pictures_are_in(html)) {
        *error = 0;
        return tinode_pictures_send(topic, html, held);
    }
    id = tinode_account_new_id(topic->ta);
    tinode_outbox_push(topic, id, html, held);
    return g_steal_pointer(&id);
}

/* Typed into the client's "new message" dialog: a name, not an id. */
static int refuse_name(TinodeAccount *ta, const char *who)
{
    g_autofree char *text = g_strdup_printf(
        _("“%s” is no Tinode user id. Please open the conversation from the buddy list."), who);

    return refuse(ta, who, text);
}

int tinode_send_im(PurpleConnection *gc, const char *who, const char *html,
                   PurpleMessageFlags flags)
{
    TinodeAccount *ta = gc->proto_data;
    TinodeTopic *topic = ta != NULL ? tinode_topic_ensure(ta, who) : NULL;
    PurpleConversation *conv;
    g_autofree char *id = NULL;
    int error = 0;

    (void)flags;
    if (ta == NULL)
        return -ENOTCONN;
    if (topic == NULL || tinode_topic_is_group(topic))
        return refuse_name(ta, who);
    id = tinode_send(topic, html, &error);
    if (id == NULL)
        return error;
    conv = tinode_topic_conversation(topic);
    if (conv != NULL)
        tinode_message_set_id(conv, id);
    return 1;
}

unsigned int tinode_send_typing(PurpleConnection *gc, const char *who, PurpleTypingState state)
{
    TinodeAccount *ta = gc->proto_data;
    TinodeTopic *topic = ta != NULL ? tinode_topic_find(ta, who) : NULL;
    const gint64 now_ms = tinode_now_ms();

    if (topic == NULL || topic->kind == TN_TOPIC_SELF || state != PURPLE_TYPING ||
        !tinode_topic_is_attached(topic))
        return 0;
    if (topic->typing_sent_ms != 0 && now_ms - topic->typing_sent_ms < TYPING_INTERVAL_MS)
        return 1; /* too early: libpurple asks again in a second */
    topic->typing_sent_ms = now_ms;
    tn_session_typing(ta->session, topic->name);
    return TYPING_INTERVAL_MS / 1000;
}

/* The line is in the window, the companions have seen its id. */
static void on_wrote(PurpleAccount *account, const char *who, const char *text,
                     PurpleConversation *conv, PurpleMessageFlags flags, gpointer data)
{
    TinodeAccount *ta = data;

    (void)who;
    (void)text;
    if (account == ta->account && (flags & PURPLE_MESSAGE_SEND) != 0)
        tinode_message_set_id(conv, NULL);
}

/* A client that wrote no line (a plugin swallowed it) must not leave the id for the next one. */
static void on_sent(PurpleAccount *account, const char *who, const char *text, gpointer data)
{
    TinodeAccount *ta = data;
    PurpleConversation *conv;

    (void)text;
    if (account != ta->account)
        return;
    conv = purple_find_conversation_with_account(PURPLE_CONV_TYPE_IM, who, account);
    if (conv != NULL)
        tinode_message_set_id(conv, NULL);
}

void tinode_im_connect(TinodeAccount *ta)
{
    /* Last: a companion's handler of the same signal must still find the id. */
    purple_signal_connect_priority(purple_conversations_get_handle(), "wrote-im-msg", ta,
                                   PURPLE_CALLBACK(on_wrote), ta, PURPLE_SIGNAL_PRIORITY_HIGHEST);
    purple_signal_connect(purple_conversations_get_handle(), "sent-im-msg", ta,
                          PURPLE_CALLBACK(on_sent), ta);
}

void tinode_im_disconnect(TinodeAccount *ta)
{
    purple_signals_disconnect_by_handle(ta);
}
