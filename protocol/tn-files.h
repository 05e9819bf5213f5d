/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-files.h: the server's files: up and down by HTTP, beside a session's WebSocket. (Large files)
 *
 * Key and token go to the account's own server only, in headers: same scheme, host and port. A
 * redirect is followed three times, never from TLS to plain, and elsewhere without them.
 */
#ifndef TN_FILES_H
#define TN_FILES_H

#include "tn-transport.h"

G_BEGIN_DECLS

/* Whose files, and who asks. Borrowed for the call; what is secret is wiped when the file ends. */
typedef struct {
    const char *host;
    guint16 port;
    gboolean use_tls;
    const char *ca_file, *api_key;
    const char *token; /* of the login, base64 */
} TnFileServer;

typedef struct {
    const char *name; /* for the server's eyes; NULL is fine */
    const char *mime; /* NULL: not known */
    goffset size;     /* exactly so many bytes will come */
    GBytes *bytes;    /* all of it; else read is asked */
    /* The next piece from offset on, which is where the last one ended, or 0 again. 0: not yet,
     * tn_file_resume() tells when; -1: there will be no more. Gets the events' user_data. */
    gssize (*read)(goffset offset, guint8 *buffer, gsize size, gpointer user_data);
} TnUpload;

typedef struct {
    const TnFailure *why; /* NULL: done */
    const char *ref;      /* upload: where it lies now */
    GBytes *bytes;        /* download without received: the whole file */
    goffset size;         /* bytes that came or went */
} TnFileResult;

/* Any but ended may be NULL. All may cancel the file. */
typedef struct {
    /* done of total bytes; total is -1 where the server does not tell. Not more often than data
     * moves. */
    void (*progress)(goffset done, goffset total, gpointer user_data);
    /* Download: a piece of the file. NULL: it is gathered in memory. */
    void (*received)(const guint8 *bytes, gsize length, gpointer user_data);
    /* The end, once, from a later turn of the loop; the file is gone. Borrowed. Not after cancel.
     * Causes beside those of connecting: TOO_LARGE (413, or more than the limit), API_KEY (403),
     * MALFORMED (no answer of a Tinode server), SERVER (other codes, see code); with NONE the
     * reader gave up. */
    void (*ended)(const TnFileResult *result, gpointer user_data);
} TnFileEvents;

typedef struct _TnFile TnFile;

/* Both: NULL if the transport has no such requests. What is wrong otherwise is told by ended().
 * transport must outlive the file; whoever frees it cancels first. */
TnFile *tn_file_upload(TnTransport *transport, const TnFileServer *server, const TnUpload *upload,
                       const TnFileEvents *events, gpointer user_data);
/* ref: of the own server (FORBIDDEN otherwise, nothing is asked). limit: bytes; more than that ends
 * it, told by the length or seen. total_ms: for all of it; 0: no limit but silence. */
TnFile *tn_file_download(TnTransport *transport, const TnFileServer *server, const char *ref,
                         goffset limit, guint total_ms, const TnFileEvents *events,
                         gpointer user_data);
void tn_file_resume(TnFile *file);
void tn_file_cancel(TnFile *file);

/* The reference lies on this server: it may be asked for with our token. */
gboolean tn_file_is_own(const TnFileServer *server, const char *ref);
/* Name for a file on this computer, of what somebody else called it: no path, no leading dot, no
 * control characters and markup, at most so long as file systems take. Newly allocated, never
 * empty. */
char *tn_file_clean_name(const char *name);

G_END_DECLS

#endif
