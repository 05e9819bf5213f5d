/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Windows and focus without a display: which conversation a person looks at, and in what order the
 * client played tells libpurple. Layer: tests (purple-host). Nothing here is deferred: the order of
 * the calls into libpurple is the order that was measured in the client (README.md beside this).
 */
#ifndef TESTS_HOST_HOST_FOCUS_H
#define TESTS_HOST_HOST_FOCUS_H

#include <purple.h>

/*
 * What a client does at each occasion. A conversation's ui_data belongs to these functions. All of
 * them may emit `conversation-updated` before they return; `give`, `window` and `close` return NULL
 * or a newly allocated text that says why it is not possible.
 */
typedef struct {
    void (*init)(void);                              /* once, after libpurple has started */
    void (*uninit)(void);                            /* after libpurple has stopped */
    void (*created)(PurpleConversation *conv);       /* ui op create_conversation */
    void (*destroyed)(PurpleConversation *conv);     /* ui op destroy_conversation */
    void (*present)(PurpleConversation *conv);       /* ui op present: not a person's act */
    gboolean (*has_focus)(PurpleConversation *conv); /* ui op; NULL: the client has no focus */
    void (*wrote)(PurpleConversation *conv, PurpleMessageFlags flags); /* a line was shown */
    void (*sent)(PurpleConversation *conv);   /* the person has sent a message */
    void (*open)(PurpleConversation *conv);   /* chosen in the buddy list, not yet focused */
    char *(*give)(PurpleConversation *conv);  /* the person turns to it */
    void (*blur)(void);                       /* the person turns to something else */
    char *(*window)(gboolean on);             /* focus of the window, whatever its tab */
    char *(*close)(PurpleConversation *conv); /* the person closes it */
} HostFocusOps;

/* The table of the client in `host.ui`. Constant. */
const HostFocusOps *host_focus(void);

/* The three tables. */
extern const HostFocusOps host_focus_pidgin;
extern const HostFocusOps host_focus_finch;
extern const HostFocusOps host_focus_bitlbee;

#endif
