/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake-server.h: a small server behind the fake's transport, for tests that are about more than one
 * frame. It answers what the plugin sends, keeps messages and cursors, and writes down each request
 * as one line:
 *
 *   sub TOPIC WHAT [since N] [before N]     get TOPIC WHAT [since N] [before N]
 *   leave TOPIC      pub TOPIC TEXT         note TOPIC recv N, note TOPIC read N, note TOPIC kp
 *   pub TOPIC TEXT [replace :N] [reply :N] [forwarded WHERE]
 *   del TOPIC LOW-HIGH [hard]
 *
 * We are usrAlice. A topic's members are usrAlice and, for one-to-one topics, the topic's name; for
 * groups usrBob, usrCarol and usrDave.
 */
#ifndef TESTS_PURPLE_FAKE_SERVER_H
#define TESTS_PURPLE_FAKE_SERVER_H

#include "fake-scene.h"

/* A topic that we have, with messages 1..seq that are deleted but for those of server_store(), all
 * read and received by everybody up to read. */
void server_topic(const char *name, const char *fn, guint seq, guint read);
/* A stored message; raises the topic's seq. text is the content; one that begins with { is a
 * document, with ' for ". */
void server_store(const char *topic, const char *from, guint seq, const char *text);
/* One that replaces the message target. */
void server_store_edit(const char *topic, const char *from, guint seq, guint target,
                       const char *text);
/* Our own rights, from the next answer on. */
void server_mode(const char *topic, const char *mode);
/* Deletions are answered and told, but nothing is deleted: the messages are too old. */
void server_keep(const char *topic);
/* All topics have been made: sign in. The first account of the test, made anew unless it exists. */
PurpleAccount *server_sign_in(void);
/* The same after a lost link, or for another login: the link must be connecting by now. */
void server_resume(void);

/* Somebody writes: stored, and told the way that the server does, attached or not. The seq. */
guint server_say(const char *topic, const char *from, const char *text);
guint server_edit(const char *topic, const char *from, guint target, const char *text);
/* A member's receipt: stored and told. what: "recv" or "read". */
void server_note(const char *topic, const char *from, const char *what, guint seq);
/* Bob, or who the topic is, deletes messages low..high for everybody, and that is told. */
void server_delete(const char *topic, guint low, guint high);
gboolean server_is_attached(const char *topic);
guint server_seq(const char *topic);
guint server_cursor(const char *topic, const char *user, const char *what);
/* Texts stored from one sender, ascending: (transfer full). */
GPtrArray *server_texts(const char *topic, const char *from);

/* Answers what was sent so far, and again what that leads to. */
void server_work(void);
/* One timer of the client fires, the next one; the server answers. */
void server_step(void);
/* Time passes; the server answers every 10 ms. */
void server_advance(gint64 ms);

/* The same, but where the link may be down: nobody answers then. */
void server_pass(gint64 ms);
/* No request is refused or left unanswered from now on. */
void server_mend(void);

/* The next n requests of a kind ("sub", "pub", "get", "leave") are answered with this code. */
void server_refuse(const char *kind, int code, const char *text, guint n);
/* The next n are done but not answered ("pub": stored), or neither ("pub lost"). */
void server_silence(const char *kind, guint n);

/* The requests so far that begin with prefix are exactly these; all such are claimed. */
void server_expect(const char *prefix, ...) G_GNUC_NULL_TERMINATED;
void server_ignore(const char *prefix);
guint server_count(const char *prefix);

#endif
