/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * support-peer.h: a WebSocket server that misbehaves on demand, plain or TLS, in the test's own
 * main loop. Speaks no Tinode: frames are what the test makes of them.
 */
#ifndef SUPPORT_PEER_H
#define SUPPORT_PEER_H

#include <gio/gio.h>

typedef enum {
    PEER_WEBSOCKET,       /* upgrades; then what the test does */
    PEER_CLOSE_ON_ACCEPT, /* before a byte was said */
    PEER_SILENT,          /* accepts, never answers */
    PEER_ANSWER,          /* answers with the text in answer, then closes */
    PEER_RESET,           /* upgrades and resets at once */
    PEER_GARBAGE,         /* sends the text in answer as soon as it has accepted, then closes */
} PeerMode;

enum {
    PEER_CONTINUATION = 0x0,
    PEER_TEXT = 0x1,
    PEER_BINARY = 0x2,
    PEER_CLOSE = 0x8,
    PEER_PING = 0x9,
    PEER_PONG = 0xa,
    PEER_FIN = 0x80, /* to be added */
};

typedef struct _Peer Peer;
typedef struct _PeerConn PeerConn;

struct _Peer {
    PeerMode mode;
    const char *answer;
    gboolean is_frozen; /* frames are not answered, pings neither */
    gboolean is_deaf;   /* nothing is read any more once it is upgraded */
    void (*on_open)(PeerConn *conn, gpointer user_data);
    void (*on_text)(PeerConn *conn, const char *text, gsize length, gpointer user_data);
    gpointer user_data;

    /* what was seen */
    char *request;                       /* the last one's head */
    guint n_accepted, n_opened, n_ended; /* connections */
    guint n_texts, n_pings, n_pongs;
    int close_code; /* of the client's close frame; -1: none came */

    guint16 port;
    GSocketService *service;
    GTlsCertificate *certificate;
    GPtrArray *conns;
};

/* On address (numeric) and a free port. certificate: PEM file with certificate and key; NULL for
 * plain. */
Peer *peer_new(const char *address, const char *certificate);
void peer_free(Peer *peer);

/* The newest connection that is still there; NULL if there is none. */
PeerConn *peer_last(Peer *peer);
/* flags: opcode, with PEER_FIN if it is the last fragment. */
void peer_send(PeerConn *conn, int flags, const void *payload, gsize length);
void peer_send_text(PeerConn *conn, const char *text);
/* Bytes as they are. (transfer full) */
void peer_send_bytes(PeerConn *conn, GByteArray *bytes);
/* Append a frame to bytes. */
void peer_put_frame(GByteArray *bytes, int flags, const void *payload, gsize length);
/* Close once all was written. */
void peer_finish(PeerConn *conn);
/* Break it off: the client reads a reset. */
void peer_reset(PeerConn *conn);

#endif
