/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One connection (tests/server): bytes in and out of a socket or TLS stream, without blocking, and
 * every way of misbehaving that concerns bytes: late, cut off, muted. HTTP (http.h) speaks first;
 * after the upgrade the WebSocket frames go to a session (session.h). */
#ifndef LOOPBACK_CONN_H
#define LOOPBACK_CONN_H

#include <gio/gio.h>

typedef struct Conn Conn;
typedef struct Session Session;

/* Largest message that a client may send: max_message_size of the shipped configuration. */
#define CONN_MAX_MESSAGE 131072
#define CONN_MAX_UPLOAD  (8 * 1024 * 1024)

/* Takes over an accepted connection; with a certificate it speaks TLS first. */
void conn_accept(GSocketConnection *socket, GTlsCertificate *certificate);

/* Drops all connections at once; nothing is called back. For the end of the program. */
void conn_shutdown(void);

/* The session of an upgraded connection, or NULL. */
Session *conn_session(Conn *conn);

/* Queues bytes as they are. */
void conn_write(Conn *conn, GBytes *bytes);

/* Queues a text frame. */
void conn_send_text(Conn *conn, const char *text, gsize len);

/* Closes once all that is queued has left; `code` sends a close frame first, 0 sends none (the peer
 * sees 1006). */
void conn_close(Conn *conn, unsigned code);

/* Closes at once; what is queued is lost. With `reset` the peer sees a reset instead of an end. */
void conn_abort(Conn *conn, gboolean reset);

/* Stops and resumes reading, for a client that sends faster than requests are worked off. */
void conn_pause(Conn *conn, gboolean pause);

/* From HTTP to WebSocket: what follows are frames of the new session. */
void conn_upgrade(Conn *conn);

/* Frames waiting to be taken by the socket. */
guint conn_queued(const Conn *conn);

/* Calls fn for each open connection. */
void conn_foreach(void (*fn)(Conn *conn, gpointer data), gpointer data);

/* Misbehaviour. `who` is a login, or NULL for everybody; it is looked up when bytes are sent. */
void conn_set_delay(const char *who, guint ms);   /* each frame comes so much later */
void conn_set_mute(const char *who, gboolean on); /* nothing comes, the socket stays */
void conn_set_cut(const char *who, gsize bytes, gboolean reset); /* ends after so many more bytes */
void conn_clear_cut(void);
void conn_set_queue_limit(guint frames); /* 0: none; the real server has 160 */
guint conn_queue_limit(void);

#endif
