/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake-scene.h: the steps that most tests begin with, played on the fake: signing in, attaching to
 * a conversation, messages. We are usrAlice; usrBob, usrCarol and usrDave are contacts, grpFlowers
 * is the group of all four.
 */
#ifndef TESTS_PURPLE_FAKE_SCENE_H
#define TESTS_PURPLE_FAKE_SCENE_H

#include "fake.h"

#define SELF  "usrAlice"
#define BOB   "usrBob"
#define CAROL "usrCarol"
#define DAVE  "usrDave"
#define GROUP "grpFlowers"

/* A row of me for a contact whose history is empty, and for one with messages. */
#define ROW_BOB                                                                                    \
    "{'topic':'usrBob','acs':{'want':'JRWPA','given':'JRWPA','mode':'JRWPA'},"                     \
    "'public':{'fn':'Bob'},'online':true}"
#define ROW_GROUP                                                                                  \
    "{'topic':'grpFlowers','acs':{'want':'JRWPS','given':'JRWPS','mode':'JRWPS'},"                 \
    "'public':{'fn':'Flowers'}}"

/* Frame by frame, each checked. user is the own id that the server tells. rows: the elements of the
 * array of contacts, "" for none. What the plugin does to libpurple stays to be claimed. */
void scene_connect(PurpleAccount *account); /* up to the open WebSocket */
void scene_hello(void);
void scene_log_in(const char *user);
void scene_me(const char *rows);
void scene_sign_in_as(PurpleAccount *account, const char *user, const char *rows);
/* As usrAlice, everything claimed but what concerns receipts. Returns the account, made anew. */
PurpleAccount *scene_sign_in(const char *rows);

/* The answer to the {sub} just sent to topic: claims it. desc and subs are the inside of an object
 * and of an array; data is a list of frames as "{...}", newest first, ended by NULL: the server
 * tells their number at the end. subs NULL: 204. */
void scene_attach(const char *topic, const char *desc, const char *subs,
                  ...) G_GNUC_NULL_TERMINATED;
/* The two usual members of a conversation with Bob, with his cursors. */
char *scene_p2p_members(guint own_read, guint bob_recv, guint bob_read);
/* Claims the {leave} of topic and answers it. */
void scene_leave(const char *topic);
/* Bob (or who) writes seq, live. */
void scene_say(const char *topic, const char *from, guint seq, const char *text);
/* Signed in, the conversation with Bob open, focused and attached, history empty up to seq, which
 * both have read. Everything claimed. */
PurpleAccount *scene_with_bob(guint seq);
PurpleConversation *scene_bob(PurpleAccount *account);

#endif
