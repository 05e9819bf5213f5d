/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-requests.h: what has been asked of the server and by whom. Two containers: the table of
 * requests that were sent, found by id and by deadline, and the line in which {sub} and {leave}
 * wait, since a server takes one at a time. Inside protocol/ only; no clock, sends nothing.
 */
#ifndef TN_REQUESTS_H
#define TN_REQUESTS_H

#include "tn-session.h"

G_BEGIN_DECLS

typedef enum {
    TN_REQUEST_SUB,
    TN_REQUEST_LEAVE,
    TN_REQUEST_GET,
    TN_REQUEST_PUB,
    TN_REQUEST_NOTE, /* has an id here, but not on the wire */
    TN_REQUEST_ACC,
    TN_REQUEST_SET,
    TN_REQUEST_DEL,
} TnRequestKind;

/* Parts of an answer to {get}. */
typedef enum {
    TN_PART_DESC = 1 << 0,
    TN_PART_SUB = 1 << 1,
    TN_PART_DATA = 1 << 2,
    TN_PART_DEL = 1 << 3,
    TN_PART_TAGS = 1 << 4,
    TN_PART_CRED = 1 << 5,
} TnParts;

/* Who is to be told. */
typedef struct {
    TnReplyFunc done;
    TnReplyFunc history; /* SUB only */
    gpointer user_data;
} TnWaiter;

typedef struct {
    TnRequestKind kind;
    guint32 id;
    char *topic;
    GArray *waiters; /* TnWaiter; several when requests were merged, none for our own */
    char *frame;     /* made when asked, NULL once sent; SUB: of a new topic only */
    char *secret;    /* ACC: the new password */
    gint64 deadline_ms;
    GSequenceIter *due; /* place in the table; NULL: not sent */

    gboolean is_urgent; /* SUB, LEAVE: where it stands in the line */
    gint64 not_before_ms;
    guint tries;
    gboolean is_unsub; /* LEAVE; DEL: of the topic itself */
    TnGet get;         /* SUB; its strings are owned */
    GQueue held;       /* SUB: requests for the topic that wait for it, owned */

    guint parts;            /* SUB, GET: what has not come yet */
    gboolean ends_at_first; /* GET: unattached, a server answers one part and forgets the rest */
    guint32 count;          /* SUB, GET: messages that came */
} TnRequest;

TnRequest *tn_request_new(TnRequestKind kind, guint32 id, const char *topic);
void tn_request_free(TnRequest *request);
void tn_request_add_waiter(TnRequest *request, TnReplyFunc done, TnReplyFunc history,
                           gpointer user_data);

/* What a get asks for, as TnParts. NULL: nothing. */
guint tn_get_parts(const TnGet *get);
/* into becomes a get that brings what either asked for; more may come, never less. Ranges grow
 * until they cover both; a filter stays only if both have the same. into owns its strings. */
void tn_get_merge(TnGet *into, const TnGet *other);
/* Frees the strings of a get that owns them, and asks for nothing. */
void tn_get_clear(TnGet *get);

/* The table -------------------------------------------------------------------------------------*/

typedef struct _TnRequests TnRequests;

TnRequests *tn_requests_new(void);
void tn_requests_free(TnRequests *table);
/* Never the same twice in the life of a table, over all connections. */
guint32 tn_requests_next_id(TnRequests *table);
/* request: (transfer full). */
void tn_requests_add(TnRequests *table, TnRequest *request, gint64 deadline_ms);
void tn_requests_postpone(TnRequests *table, TnRequest *request, gint64 deadline_ms);
/* Returns: (transfer none); NULL if there is none. id as it came from the server. */
TnRequest *tn_requests_find(const TnRequests *table, const char *id);
/* The request whose deadline comes first; NULL if the table is empty. */
TnRequest *tn_requests_first(const TnRequests *table);
/* The caller owns it now. */
TnRequest *tn_requests_steal(TnRequests *table, TnRequest *request);
/* Those of one kind; topic NULL: of all topics. Order of deadlines. Free the array with
 * g_ptr_array_unref(); the requests stay in the table. */
GPtrArray *tn_requests_select(const TnRequests *table, TnRequestKind kind, const char *topic);
guint tn_requests_size(const TnRequests *table);

/* The line --------------------------------------------------------------------------------------*/

typedef struct _TnLine TnLine;

TnLine *tn_line_new(void);
void tn_line_free(TnLine *line);
/* request: (transfer full). Urgent ones stand before all others, each kind in the order asked. An
 * urgent one takes along what waits for the same topic: requests for one topic keep their order. */
void tn_line_push(TnLine *line, TnRequest *request);
/* Back to the very front. */
void tn_line_push_back(TnLine *line, TnRequest *request);
/* The last one that waits for the topic; NULL. */
TnRequest *tn_line_last(const TnLine *line, const char *topic);
/* The next that may go now. The caller owns it. NULL: none. */
TnRequest *tn_line_take(TnLine *line, gint64 now_ms);
/* The first, whether it may go or not; NULL: the line is empty. The caller owns it. */
TnRequest *tn_line_pop(TnLine *line);
TnRequest *tn_line_steal(TnLine *line, TnRequest *request);
/* When one may go that may not go yet; -1: none. */
gint64 tn_line_wake(const TnLine *line);

G_END_DECLS

#endif
