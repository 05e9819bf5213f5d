/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake-server-internal.h: what fake-server.c (its state, and what happens) and
 * fake-server-answers.c (requests and answers) share.
 */
#ifndef TESTS_PURPLE_FAKE_SERVER_INTERNAL_H
#define TESTS_PURPLE_FAKE_SERVER_INTERNAL_H

#include "fake-server.h"

#include <jansson.h>

typedef struct {
    guint seq;
    char *from, *text, *id;
} Stored;

typedef struct {
    char *name, *fn;
    guint seq;
    gboolean is_attached;
    guint clear;             /* number of the last deletion */
    GArray *deleted;         /* low, high, low, high..., both inclusive */
    GHashTable *recv, *read; /* user -> seq */
    GTree *messages;         /* seq -> Stored */
} Topic;

typedef struct {
    char *kind;
    int code; /* 0: silent; -1: lost */
    char *text;
    guint n;
} Fault;

/* fake-server.c */
Topic *server_find(const char *name);
gboolean server_is_group(const Topic *topic);
guint server_members(const Topic *topic, const char **members); /* room for four */
guint server_cursor_of(GHashTable *cursors, const char *user);
void server_raise(GHashTable *cursors, const char *user, guint seq);
void server_log(char *line); /* takes it */
/* The next fault for a kind of request, NULL: none. It is used up. */
gboolean server_take_fault(const char *kind, int *code, char **text);
GPtrArray *server_all_topics(void); /* borrowed */
PurpleAccount *server_account(void);

/* fake-server-answers.c */
void server_push_data(const Topic *topic, const Stored *stored);
json_t *server_row(const Topic *topic);

#endif
