/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinode-chat.h: groups as chats. Closing a chat window stops sync; it does not leave the group on
 * the server. Who is in it is in tinode-members.h, what can be done to it in tinode-group.h.
 */
#ifndef TINODE_CHAT_H
#define TINODE_CHAT_H

#include <blist.h>

#include "tinode-topic.h"

G_BEGIN_DECLS

/* The component of a chat that names its topic: on buddy lists, so kept for good. */
#define TINODE_CHAT_COMPONENT "topic"

/* libpurple's callbacks. */
GList *tinode_chat_info(PurpleConnection *gc);
GHashTable *tinode_chat_info_defaults(PurpleConnection *gc, const char *name);
char *tinode_get_chat_name(GHashTable *components);
void tinode_join_chat(PurpleConnection *gc, GHashTable *components);
void tinode_chat_leave(PurpleConnection *gc, int id);
int tinode_chat_send(PurpleConnection *gc, int id, const char *html, PurpleMessageFlags flags);
void tinode_reject_chat(PurpleConnection *gc, GHashTable *components);
void tinode_chat_invite(PurpleConnection *gc, int id, const char *message, const char *who);
void tinode_set_chat_topic(PurpleConnection *gc, int id, const char *text);
PurpleChat *tinode_find_blist_chat(PurpleAccount *account, const char *name);
char *tinode_get_cb_alias(PurpleConnection *gc, int id, const char *who);
char *tinode_get_cb_real_name(PurpleConnection *gc, int id, const char *who);

/* Components of a chat on the buddy list: (transfer full). */
GHashTable *tinode_chat_components(const char *name);
/* The conversation of a group, opened if it was not. NULL if that is impossible now. */
PurpleConversation *tinode_chat_ensure_joined(TinodeTopic *topic);
/* Opened by the user: joined, in front, its members on the way. */
void tinode_chat_open(TinodeTopic *topic);
/* Somebody, a user id, made us a member: the client asks whether to join. */
void tinode_chat_invited(TinodeTopic *topic, const char *actor);
/* Attaching was refused. is_gone: there is no such group. */
void tinode_chat_join_failed(TinodeTopic *topic, gboolean is_gone);
/* The server has it under another name for us (303): that one is joined instead. */
void tinode_chat_redirected(TinodeTopic *topic, const char *name);
/* The group is gone for us: the chat stays on the screen, left. */
void tinode_chat_gone(TinodeTopic *topic);

G_END_DECLS

#endif
