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
    char *from, *text; /* text that begins with { is a document */
    json_t *head;      /* NULL: none */
} Stored;

typedef struct {
    char *name, *fn;
    guint seq;
    gboolean is_attached;
    gboolean keeps;          /* what is deleted: answered, but not done */
    char *mode;              /* ours; NULL: the usual one */
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
/* head: a reference is taken; NULL. */
void server_store_head(const char *name, const char *from, guint seq, const char *text,
                       json_t *head);
void server_remove(Topic *topic, guint low, guint high);
GPtrArray *server_all_topics(void); /* borrowed */
PurpleAccount *server_account(void);

/* fake-server-answers.c */
void server_push_data(const Topic *topic, const Stored *stored);
json_t *server_row(const Topic *topic);

#endif
