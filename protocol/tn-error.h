/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-error.h: one road for errors. Everything that can go wrong on the wire becomes a category
 * (what to do about it) and a cause (what to tell a person). Lowest layer of protocol/; pure.
 */
#ifndef TN_ERROR_H
#define TN_ERROR_H

#include <glib.h>

G_BEGIN_DECLS

/* What to do about it. */
typedef enum {
    TN_OK,
    TN_ERROR_TRANSIENT,    /* repeat after a while, perhaps on another connection */
    TN_ERROR_OVERLOAD,     /* the server is busy: repeat later, send less */
    TN_ERROR_ATTACH_FIRST, /* not attached to the topic: attach, then repeat */
    TN_ERROR_REDIRECT,     /* the topic has another name */
    TN_ERROR_AUTH,         /* not signed in, or not with these credentials */
    TN_ERROR_FORBIDDEN,    /* refused until permissions change */
    TN_ERROR_GONE,         /* no such topic, user or message */
    TN_ERROR_PERMANENT,    /* refused for good; repeating the same is pointless */
    TN_ERROR_TIMEOUT,      /* no answer in time: whether it was done is unknown */
    TN_ERROR_CREDENTIAL,   /* signed in once the user confirms an address (code 300) */
} TnError;

/* Why a connection could not be made, or ended. plugin/ has one translated sentence for each. */
typedef enum {
    TN_CAUSE_NONE,
    TN_CAUSE_CONFIG,  /* the server setting cannot be understood */
    TN_CAUSE_NO_GLUE, /* libwebsockets-evlib-glib is not installed */
    TN_CAUSE_DNS,     /* the name cannot be resolved */
    TN_CAUSE_REFUSED, /* nobody listens, or no route */
    TN_CAUSE_TIMEOUT, /* a phase of connecting took too long, or the link went dead */
    TN_CAUSE_CLOSED,  /* the other side closed the connection */
    TN_CAUSE_TLS,     /* TLS failed without a reason that we know */
    TN_CAUSE_TLS_EXPIRED,
    TN_CAUSE_TLS_SELF_SIGNED,
    TN_CAUSE_TLS_UNKNOWN_CA,
    TN_CAUSE_TLS_WRONG_HOST,
    TN_CAUSE_TLS_CA_FILE,   /* the user's CA file is missing or holds no certificate */
    TN_CAUSE_NOT_TLS,       /* a port that does not speak TLS */
    TN_CAUSE_API_KEY,       /* HTTP 403: the API key was refused */
    TN_CAUSE_NOT_WEBSOCKET, /* an HTTP answer other than an upgrade: a portal, a proxy, a wrong path
                             */
    TN_CAUSE_TOO_LARGE,     /* a frame above a limit, ours or the server's (close 1009) */
    TN_CAUSE_MALFORMED,     /* the server sent what is not the protocol */
    TN_CAUSE_VERSION,       /* the server does not speak our version (505) */
    TN_CAUSE_PASSWORD,      /* 401 at login */
    TN_CAUSE_SUSPENDED,     /* 403 at login, or the account was thrown out */
    TN_CAUSE_CREDENTIAL,    /* 300: an address must be confirmed */
    TN_CAUSE_NO_USER,       /* 404 at login */
    TN_CAUSE_SHUTDOWN,      /* the server said that it is shutting down */
    TN_CAUSE_CODES,         /* 422 to a code that confirms an address: too many wrong ones */
    TN_CAUSE_NAME_TAKEN,    /* new account: somebody else has that login */
    TN_CAUSE_NAME,          /* new account: too short or long a login, or not made of letters */
    TN_CAUSE_NEW_PASSWORD,  /* new account: too short a password */
    TN_CAUSE_ADDRESS,       /* new account: the address is none that the server takes */
    TN_CAUSE_ADDRESS_TAKEN, /* new account: the address belongs to another one */
    TN_CAUSE_NO_REGISTER,   /* the server makes no accounts for people */
    TN_CAUSE_CODE,          /* forgotten password: not the code that was sent, or no longer */
    TN_CAUSE_NO_RESET,      /* the server sets no new password this way */
    TN_CAUSE_PROXY,         /* the proxy cannot be reached, refuses, or does not reach the server */
    TN_CAUSE_PROXY_CONFIG,  /* the proxy setting is not complete, or cannot do what is asked */
    TN_CAUSE_SERVER,        /* another code of the server, see code and text */
} TnCause;

/* A failure whole. Strings are borrowed, valid during the call that shows it. */
typedef struct {
    TnError error;
    TnCause cause;
    int code;           /* ctrl code or HTTP status, 0 if there was none */
    const char *detail; /* for the debug log only: no secrets, not translated; may be NULL */
    const char *server; /* host[:port] it happened with; may be NULL */
} TnFailure;

/* The category of a {ctrl}: code and text both matter (409 and 503 differ only by text).
 * what: the packet it answers ("sub", "pub", "login", ...), NULL for an id-less one.
 * Codes 200..299 except 205 and the 304 that mean "already so" are TN_OK. Pure.
 * (The server's table of codes.) */
TnError tn_error_from_ctrl(int code, const char *text, const char *what);

/* Stable English words for logs and tests. */
const char *tn_error_name(TnError error);
const char *tn_cause_name(TnCause cause);

G_END_DECLS

#endif
