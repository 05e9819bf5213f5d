/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-wire.h: Tinode's packets as plain structs, both ways. No JSON type shows here.
 *
 * Everything that comes in is bounded by the decoder (TN_MAX_*): longer strings are cut at a
 * character, longer lists end, deeper documents are refused. Zero is how the server says absent.
 * Strings in decoded structs are owned by the packet and live as long as it does.
 */
#ifndef TN_WIRE_H
#define TN_WIRE_H

#include <glib.h>

G_BEGIN_DECLS

/* Ceilings on input, with the reason for the number. */
#define TN_MAX_FRAME                                                                               \
    (8 * 1024 * 1024)      /* a {meta sub} may exceed the server's own input limit many            \
                              times; a page of history holds 100 messages */
#define TN_MAX_DEPTH 64    /* documents nest a few levels; a hostile one overflows stacks */
#define TN_MAX_ROWS  20000 /* a server sends at most 1024 rows in one answer */
#define TN_MAX_NAME  64    /* topic and user names have 14 to 26 characters */
#define TN_MAX_TEXT  1024  /* names and comments of people: one line on a screen */

/* Kinds of topics by their name. (Topics) */
typedef enum {
    TN_TOPIC_UNKNOWN,
    TN_TOPIC_ME,
    TN_TOPIC_FND,
    TN_TOPIC_SELF, /* slf: notes to self */
    TN_TOPIC_P2P,  /* usr...: the other user's id */
    TN_TOPIC_GROUP,
    TN_TOPIC_CHANNEL, /* chn...: a channel as its readers see it */
    TN_TOPIC_SYS,
} TnTopicKind;

/* Access mode bits. (Access control) */
typedef enum {
    TN_ACCESS_JOIN = 1 << 0,    /* J */
    TN_ACCESS_READ = 1 << 1,    /* R */
    TN_ACCESS_WRITE = 1 << 2,   /* W */
    TN_ACCESS_PRES = 1 << 3,    /* P: news on me; without it the topic is muted */
    TN_ACCESS_APPROVE = 1 << 4, /* A */
    TN_ACCESS_SHARE = 1 << 5,   /* S */
    TN_ACCESS_DELETE = 1 << 6,  /* D */
    TN_ACCESS_OWNER = 1 << 7,   /* O */
} TnAccess;

/* An acs object. An empty one means "not told". */
typedef struct {
    gboolean has_want, has_given, has_mode;
    guint want, given, mode; /* TnAccess bits; "N" is 0 with has_* set */
} TnAcs;

/* theCard, as far as names go; NULL where absent or cleared. Line breaks and control characters
 * are already removed from names. */
typedef struct {
    gboolean is_told; /* a public object was there, even an empty one */
    const char *fn;
    const char *note;
} TnCard;

/* A contact or a member: a row of {meta sub}, or {meta desc}. Absent never means cleared: merge. */
typedef struct {
    const char *topic; /* row of me or fnd; NULL in member rows */
    const char *user;  /* row of a topic's members; NULL in rows of me */
    gboolean
        is_deleted; /* a "deleted" time was there: the row tells of a subscription that ended */
    gboolean has_online, is_online; /* {online:false} is omitted by the server: has_online only
                                       tells that the key was there */
    guint32 seq, read, recv;        /* 0: absent */
    guint32 clear;                  /* delete transaction id, not a message id */
    TnAcs acs;
    TnCard card;
    gboolean has_comment;
    const char *comment;                /* private.comment: the user's own name for the contact */
    gboolean has_archived, is_archived; /* private.arch */
    guint32 members;                    /* subcnt, rows of groups only; 0: absent */
    gint64 touched_ms, updated_ms, seen_ms; /* Unix ms, 0: absent */
    const char *seen_agent;
    gboolean is_channel; /* desc.chan */
} TnRow;

typedef struct {
    guint32 low,
        high; /* both inclusive (the wire has half-open ranges, a lone low is one message) */
} TnRange;

/* Content of a message. Opaque; see tn-drafty.h for what can be made of it. */
typedef struct _TnContent TnContent;

typedef struct {
    const char *id; /* NULL: none */
    const char *topic;
    int code;
    const char *text;
    gint64 ts_ms;
    /* params, as far as they are used; 0 or NULL when absent */
    guint32 seq;      /* pub: where it was stored */
    const char *what; /* 204/208: which part of a {get} it ends */
    guint32 count;
    gboolean has_unsub, is_unsub; /* 205 evicted */
    const char *user;             /* login */
    const char *token;            /* login; secret */
    const char *new_topic;        /* 303: params.topic */
    TnAcs acs;
    const char *server_version, *server_build; /* hi */
    guint32 max_message_size, max_subscriber_count, max_file_size;
    const char *const *cred; /* 300: methods to confirm; NULL-terminated or NULL */
    /* hi: methods that a new account must have an address of; 422 to acc: those that it lacked */
    const char *const *required;
} TnCtrl;

typedef struct {
    const char *topic;
    const char *from; /* NULL: absent (channels) */
    gint64 ts_ms;
    guint32 seq;
    const char *mime;         /* head.mime */
    const char *client_id;    /* head[TN_HEAD_ID]: our own private key, on messages of ours */
    guint32 replace;          /* head.replace ":12": an edit of that message; 0: none */
    guint32 reply;            /* head.reply */
    const char *webrtc;       /* head.webrtc: state of a call */
    guint32 webrtc_ms;        /* head.webrtc-duration: how long it was; 0: not told */
    const TnContent *content; /* never NULL; may be empty */
} TnData;

typedef struct {
    const char *id; /* request it answers; NULL if unasked */
    const char *topic;
    const TnRow *desc; /* NULL: absent. desc->topic and user are NULL */
    gboolean has_subs; /* a sub part was there, even an empty one */
    const TnRow *subs; /* n_subs rows */
    gsize n_subs;
    gboolean has_tags, has_cred; /* these parts were there; what they hold is not kept */
    gboolean has_del;
    guint32 del_clear;
    const TnRange *del;
    gsize n_del;
} TnMeta;

/* {pres} what */
typedef enum {
    TN_PRES_UNKNOWN,
    TN_PRES_ON,
    TN_PRES_OFF,
    TN_PRES_UA,
    TN_PRES_MSG,
    TN_PRES_READ,
    TN_PRES_RECV,
    TN_PRES_UPD,
    TN_PRES_ACS,
    TN_PRES_GONE,
    TN_PRES_DEL,
    TN_PRES_TAGS,
    TN_PRES_TERM,
    TN_PRES_AUX,
} TnPresWhat;

typedef struct {
    const char *topic;
    const char *src; /* may be NULL */
    TnPresWhat what;
    guint32 seq;
    guint32 clear;
    const TnRange *del; /* delseq, on attached topics only */
    gsize n_del;
    const char *act; /* who did it; NULL */
    const char *tgt; /* whom it concerns; NULL: ourselves */
    const char *agent;
    /* dacs: full modes or deltas such as "+W-P", as told; NULL if absent */
    const char *want, *given;
} TnPres;

typedef enum {
    TN_INFO_UNKNOWN,
    TN_INFO_RECV,
    TN_INFO_READ,
    TN_INFO_KP,
    TN_INFO_KPA,
    TN_INFO_KPV,
    TN_INFO_CALL,
} TnInfoWhat;

typedef struct {
    const char *topic;
    const char *src; /* the topic meant when topic is "me"; NULL otherwise */
    const char *from;
    TnInfoWhat what;
    guint32 seq;
} TnInfo;

typedef enum {
    TN_PACKET_CTRL,
    TN_PACKET_DATA,
    TN_PACKET_META,
    TN_PACKET_PRES,
    TN_PACKET_INFO,
    TN_PACKET_OTHER, /* well-formed, but of no kind that we know, or the probe's answer 0 */
} TnPacketKind;

typedef struct {
    TnPacketKind kind;
    union {
        TnCtrl ctrl;
        TnData data;
        TnMeta meta;
        TnPres pres;
        TnInfo info;
    };
} TnPacket;

/* Requests --------------------------------------------------------------------------------------
 */

/* The private key in head that ties a message of ours to its local id, across crashes. */
#define TN_HEAD_ID "x-purple-tinode-id"

/* {get}, also inside {sub}. Nothing set: no get. */
typedef struct {
    gboolean desc, sub, data, del, tags, cred;
    const char *sub_user;  /* only this member's row */
    const char *sub_topic; /* on me: only this contact's row */
    const char *ims;       /* on me: rows changed since, see tn_time_format() */
    guint32 sub_limit;     /* rows; 0: the server's (1024) */
    guint32 data_since;    /* inclusive; 0: none */
    guint32 data_before;   /* exclusive; 0: none */
    guint32 data_limit;    /* 0: the server's */
    guint32 del_since;
} TnGet;

/* A picture of a user or a group: in the card itself (data, base64), or a file of the server. */
typedef struct {
    const char *type; /* without "image/": "jpeg", "png" */
    const char *data, *ref;
} TnPhoto;

/* {set}, and what a new topic begins with. NULL, FALSE, 0: left as it is; an empty string clears.
 */
typedef struct {
    const char *fn, *note;              /* public */
    const TnPhoto *photo;               /* public; neither data nor ref: cleared */
    const char *query;                  /* fnd only: its whole public is what to look for */
    const char *comment;                /* private: the user's own name for it */
    gboolean has_archived, is_archived; /* private.arch */
    const char *sub_user;               /* whose mode; NULL: one's own */
    const char *sub_mode;    /* a full mode as of tn_access_format(); deltas are refused */
    const char *const *tags; /* all of them, NULL-terminated */
    const struct _TnCredential *credential;
    const char *const *attachments; /* files that the photo refers to */
} TnSet;

/* {del}: messages (one range a request: servers merge near ones wrongly), a topic (for those who do
 * not own it: unsubscribing), a member, or the account of the user who is signed in. */
typedef enum {
    TN_DELETE_MESSAGES,
    TN_DELETE_TOPIC,
    TN_DELETE_MEMBER,
    TN_DELETE_CREDENTIAL,
    TN_DELETE_ACCOUNT,
} TnDeleteWhat;

typedef struct {
    TnDeleteWhat what;
    TnRange range;                          /* MESSAGES */
    const char *user;                       /* MEMBER */
    const struct _TnCredential *credential; /* CREDENTIAL: method and value */
    gboolean is_hard; /* for everybody; without the right to, servers delete for us alone */
} TnDelete;

/* {pub}. */
typedef struct {
    const char *client_id;          /* head[TN_HEAD_ID]; NULL for none */
    const TnContent *content;       /* decides mime */
    guint32 replace;                /* the message that this one is a new version of; 0: none */
    guint32 reply;                  /* the message that this one answers; 0: none */
    const char *forwarded;          /* "grpX:12"; NULL */
    const char *const *attachments; /* files on the server that the content refers to; NULL */
} TnPub;

/* An address of the user that the server knows: with value in a new account, with response (the
 * code that was sent to it) in a login. */
typedef struct _TnCredential {
    const char *method; /* "email", "tel" */
    const char *value, *response;
} TnCredential;

/* Names and modes ------------------------------------------------------------------------------ */

TnTopicKind tn_topic_kind(const char *topic);
/* The name of an existing topic, as it may stand in a packet: known prefix, URL-safe base64 tail,
 * at most TN_MAX_NAME. */
gboolean tn_topic_is_valid(const char *topic);
/* "JRWP" -> bits. FALSE: not a mode. "N" gives 0. */
gboolean tn_access_parse(const char *mode, guint *bits);
/* Apply "JRW" (replaces) or a delta "+W-P" to bits. FALSE: malformed, bits unchanged. */
gboolean tn_access_apply(const char *delta, guint *bits);
/* Newly allocated; "N" for none. */
char *tn_access_format(guint bits);

G_END_DECLS

#endif
