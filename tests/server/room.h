/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Topics in memory (tests/server): who is attached, with which mode and cursors, and what goes to
 * whom. A room is loaded by the first {sub} and unloaded four seconds after the last session has
 * left. It works on its own copy of modes and cursors ("seats"), which can differ from what is
 * stored (world.h): several oddities of the real server come from that. Wire facts, sections 3,
 * 4, 6. */
#ifndef LOOPBACK_ROOM_H
#define LOOPBACK_ROOM_H

#include "session.h"

#define ROOM_UNLOAD_MS 4000
#define ROOM_UA_MS     5000

/* In place of a mode, for pres_single(): this member is gone, nothing is sent. */
#define ACS_GONE (1u << 16)

typedef enum { ROOM_ME, ROOM_FND, ROOM_P2P, ROOM_GROUP, ROOM_SELF } RoomKind;

typedef struct {
    Session *session;
    User *user;
    gboolean reader;
} Attached;

/* A member as the room knows it. */
typedef struct {
    User *user;
    unsigned want;
    unsigned given;
    int read;
    int recv;
    int clear;
    json_t *private;
    int online;  /* sessions attached */
    gint64 seen; /* p2p: when the peer was last there, as of the loading of the room */
    char *seen_ua;
    gboolean deleted; /* p2p: has left for good; the seat stays */
    gboolean reader;  /* of a channel; the seat goes with the last session */
} Seat;

/* me: what is known of a contact's presence. */
typedef struct {
    gboolean online;
    gboolean enabled;
} Contact;

struct Room {
    RoomKind kind;
    char *name;
    User *user; /* me, fnd */
    Chat *chat; /* the others */
    gboolean loading;
    gboolean announced;   /* the first session has been told of */
    GPtrArray *attached;  /* Attached */
    GPtrArray *seats;     /* Seat, in the order of their coming */
    GHashTable *contacts; /* me: id of a user or name of a group → Contact */
    int subcnt;           /* group: as desc shows it, which is not the truth */
    char *ua;             /* me: the agent last announced */
    char *ua_now;         /* me: the one most recently seen */
    guint unload_timer;
    guint ua_timer;
};

void room_init(void);
void room_shutdown(void);

/* room.c: life */

/* The room of that name, if in memory (even if still loading). */
Room *room_find(const char *name);

/* Loads a room at once, without anybody attached, for steering. NULL: there is no such topic. */
Room *room_load_now(const char *name);

/* Attaches a session at once, making the topic and the subscription if need be. FALSE: refused. */
gboolean room_attach_now(Session *session, const char *topic);

/* A {sub}: takes the request; the answer comes in a later turn of the main loop. */
void room_join(Request *request);

/* A session leaves; with request, a {leave} is answered. */
void room_leave(Room *room, Session *session, Request *request);

/* Takes all sessions of a user off, telling them (but `skip`) with 205. */
void room_evict(Room *room, User *user, gboolean unsub, Session *skip);

/* Forgets a room at once: deleted. Sessions are detached without a word. */
void room_drop(Room *room);

/* The account is going: all its rooms, its contacts told. */
void room_drop_user(User *user);

Seat *room_seat(Room *room, const User *user);
Seat *room_add_seat(Room *room, User *user);
void room_remove_seat(Room *room, const User *user);
unsigned seat_mode(const Seat *seat);
Attached *room_attached(Room *room, const Session *session);

/* TRUE if a session is attached and this name means the channel's side. */
gboolean room_as_reader(const Room *room, const char *topic);

/* Name of the room's topic as this user sees it. Borrowed from user, room, or an interned string.
 */
const char *room_name_for(Room *room, const User *user);

/* This session has just done something: its agent is the current one. */
void room_agent_seen(Session *session);

/* pres.c: news between rooms */

typedef struct {
    const char *act;
    const char *tgt;
    const char *dwant;
    const char *dgiven;
    const char *ua;
    int seq;
    int clear;
    json_t *delseq; /* borrowed */
} News;

typedef struct {
    unsigned in;         /* one of these bits, or 0 */
    const char *single;  /* id of the only user */
    const char *exclude; /* id of a user who is passed over */
} Filter;

/* All of these queue; what was queued goes out with pres_drain(), in order. `skip` may be NULL. */
void pres_online(Room *room, const char *what, const char *src, const News *news,
                 const Filter *filter, Session *skip);
void pres_direct(Room *room, const char *what, const News *news, const char *single, Session *skip);
void pres_offline(Room *room, const char *what, const News *news, const Filter *source,
                  const Filter *target, Session *skip, gboolean offline_only);
void pres_single(Room *room, User *user, unsigned mode, const char *what, const News *news,
                 Session *skip, gboolean offline_only);
void pres_unattached(User *user, const char *src, const char *what, const News *news,
                     Session *skip);
void pres_interested(Room *me, const char *what, const char *ua);
void pres_info(Room *room, const User *from, const char *what, int seq, Session *skip);
void pres_drain(void);
void pres_forget(void);

/* Sends {data} or {info} to the sessions attached, under the name that each knows; `frame` is
 * taken. */
void room_broadcast(Room *room, json_t *frame, Session *skip);

/* subs.c: modes */

/* A user's own subscription, new or changed ({sub}, {set}). TRUE: *acs is the mode to report, or
 * NULL if it did not change; FALSE: refused, and answered. */
gboolean subs_own(Room *room, Request *request, gboolean reader, const char *mode, json_t *private,
                  json_t **acs);

/* {set sub} of an attached session, {set} of an unattached one. */
void subs_set(Room *room, Request *request);
void subs_set_unattached(Request *request);

/* Unsubscribing: {leave unsub}, {del topic} by who is not the owner. */
void subs_leave(Room *room, Request *request);

/* {del topic}, {del sub}. */
void subs_delete_topic(Request *request);
void subs_delete_member(Room *room, Request *request);

/* Tells who has to know about a changed mode. ACS_UNSET as the new mode: gone. */
void subs_tell(Room *room, User *user, User *actor, gboolean reader, unsigned old_want,
               unsigned old_given, unsigned new_want, unsigned new_given, Session *skip);

/* meta.c: {get}, {set desc} */

void meta_get(Room *room, Request *request, json_t *query);
void meta_get_unattached(Request *request);
void meta_set(Room *room, Request *request);

/* post.c: {pub}, {note}, {del msg} */

/* Publishes for a user; request may be NULL (steering). Returns the seq, 0 if refused (and
 * answered). */
int post_publish(Room *room, User *user, Session *session, Request *request, json_t *head,
                 json_t *content, gboolean noecho);

/* A note; `topic` as the sender named it; session may be NULL (steering). */
void post_note(Room *room, User *user, Session *session, const char *topic, const char *what,
               int seq);

void post_delete(Room *room, Request *request);

/* Merges ranges (Deletion, hi 0 for a single id) as the real server does, with its fault: those
 * that nearly touch become one, and a single id right after a range is lost. */
void post_merge_ranges(GArray *ranges);

#endif
