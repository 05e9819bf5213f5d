/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-chat.h: groups as chats. Members carry their user id as their name in the chat and a
 * readable alias. Closing a chat window stops sync; it does not leave the group on the server.
 */
#ifndef TINODE_CHAT_H
#define TINODE_CHAT_H

#include <blist.h>

#include "tinode-topic.h"

G_BEGIN_DECLS

/* libpurple's callbacks. */
GList *tinode_chat_info(PurpleConnection *gc);
GHashTable *tinode_chat_info_defaults(PurpleConnection *gc, const char *name);
char *tinode_get_chat_name(GHashTable *components);
void tinode_join_chat(PurpleConnection *gc, GHashTable *components);
void tinode_chat_leave(PurpleConnection *gc, int id);
int tinode_chat_send(PurpleConnection *gc, int id, const char *html, PurpleMessageFlags flags);
PurpleChat *tinode_find_blist_chat(PurpleAccount *account, const char *name);
char *tinode_get_cb_alias(PurpleConnection *gc, int id, const char *who);
char *tinode_get_cb_real_name(PurpleConnection *gc, int id, const char *who);

/* Components of a chat on the buddy list: (transfer full). */
GHashTable *tinode_chat_components(const char *name);
/* The conversation of a group, opened if it was not. NULL if that is impossible now. */
PurpleConversation *tinode_chat_ensure_joined(TinodeTopic *topic);
/* Member rows came: the open chat's list follows. */
void tinode_chat_members_changed(TinodeTopic *topic, const TnMeta *meta);
void tinode_chat_member_presence(TinodeTopic *topic, const char *user, gboolean is_online);
/* Attaching was refused. */
void tinode_chat_join_failed(TinodeTopic *topic);
/* The server has it under another name for us (303): that one is joined instead. */
void tinode_chat_redirected(TinodeTopic *topic, const char *name);
/* The group is gone for us: the chat stays on the screen, left. */
void tinode_chat_gone(TinodeTopic *topic);

G_END_DECLS

#endif
