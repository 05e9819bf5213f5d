/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-drafty.h: the content of messages, and what people see of it. A bare string or a Drafty
 * document becomes safe HTML (libpurple's subset) or plain text; libpurple's HTML or plain text
 * becomes content. Input is hostile: offsets are clamped, markup escaped, links http(s) only,
 * nesting bounded, files lose their paths.
 *
 * What is not text stands on a line of its own, in the words of tn-words.h: pictures, audio, video
 * and files with name, length and size (a link only if the address is an absolute http(s) one),
 * quotes after "> ", buttons as numbered choices, calls, contacts.
 */
#ifndef TN_DRAFTY_H
#define TN_DRAFTY_H

#include "tn-wire.h"

G_BEGIN_DECLS

/* HTML for libpurple: text escaped, line breaks as <br>. Newly allocated, never NULL. A document
 * that makes no sense shows its text. (Drafty) */
char *tn_content_to_html(const TnContent *content);
/* What a message carries beside its text: pictures, audio, video, files. Borrowed. */
typedef enum {
    TN_OBJECT_PICTURE,
    TN_OBJECT_AUDIO,
    TN_OBJECT_VIDEO,
    TN_OBJECT_FILE,
} TnObjectKind;

typedef struct {
    TnObjectKind kind;
    const char *name; /* without path and markup; NULL */
    const char *mime; /* as told: to be doubted; NULL */
    const char *ref;  /* where it lies, not checked; NULL */
    GBytes *bytes;    /* it came inside the message; else NULL */
    guint32 size;     /* as told, or of bytes; 0: not known */
} TnObject;

/* In the order of reading, those that have bytes or a place; at most max. Returns: how many. */
guint tn_content_objects(const TnContent *content, TnObject *objects, guint max);
/* As tn_content_to_html(), but show may give HTML (newly allocated) to stand in the place of an
 * object's line; NULL: the line. */
typedef char *(*TnShowFunc)(const TnObject *object, gpointer user_data);
char *tn_content_to_html_with(const TnContent *content, TnShowFunc show, gpointer user_data);
/* Hold it longer than whoever owns it. Returns: for tn_content_free(). */
TnContent *tn_content_share(const TnContent *content) G_GNUC_WARN_UNUSED_RESULT;

/* Plain text with line feeds. Newly allocated, never NULL. */
char *tn_content_to_text(const TnContent *content);
/* One line of plain text for speaking of a message: without the quotes in it, line breaks as
 * spaces, at most max clusters, the last of them an ellipsis where it goes on (as the official
 * clients cut what they quote). Newly allocated, never NULL. */
char *tn_content_to_line(const TnContent *content, guint max);
/* The same cut of one line of text. Newly allocated. */
char *tn_line_cut(const char *text, guint max);
/* TRUE if it holds more than text, styles and links: pictures, files, buttons and so on. */
gboolean tn_content_has_objects(const TnContent *content);
/* TRUE if there is nothing to show at all (null content, an empty document). */
gboolean tn_content_is_empty(const TnContent *content);
/* A call as one line. state: as in head.webrtc, NULL is fine; duration 0: not told. Newly
 * allocated. */
char *tn_call_to_html(const char *state, guint32 duration_ms);

/* Content from plain text, UTF-8, line feeds as line breaks: one line is sent as a bare string,
 * several as Drafty with BR, which is what official clients show as lines.
 * Returns: (transfer full); free with tn_content_free(). */
TnContent *tn_content_from_text(const char *text) G_GNUC_WARN_UNUSED_RESULT;
/* Content from what libpurple hands to a protocol: tags become styles and links, entities
 * characters, <br> and line feeds breaks; tags that are not known vanish, nested or not, closed or
 * not. The text is never changed: without a style or a break it is a bare string. Where a link is
 * none that may be sent, its address follows its words. html: UTF-8, also broken one.
 * Returns: (transfer full); free with tn_content_free(). */
TnContent *tn_content_from_html(const char *html) G_GNUC_WARN_UNUSED_RESULT;
/* Tags of our own in that HTML, which become objects where they stand:
 *   <img src="data:image/png;base64,..." alt="NAME" width="W" height="H" size="BYTES" type="MIME">
 *   <img src="/v0/file/s/..." ...>   the same, by the place where it lies
 *   <embed ...>                      a file outside the text, with the same attributes
 * Any other src is none. The markup for one, newly allocated: src is what is put there. */
char *tn_object_to_markup(const TnObject *object, const char *src, guint width, guint height);
/* The places that it refers to, NULL-terminated, for TnPub.attachments. NULL: none. g_strfreev().
 */
char **tn_content_attachments(const TnContent *content);
/* Forms: what a button does when it is chosen. */
typedef enum {
    TN_CHOICE_OTHER, /* unknown */
    TN_CHOICE_PUB,   /* an answer is sent */
    TN_CHOICE_URL,   /* an address is opened */
    TN_CHOICE_NOTE,  /* a note, which servers do not pass on */
} TnChoiceAct;

/* More are not looked at. */
#define TN_MAX_CHOICES 64

typedef struct {
    TnChoiceAct act;
    char *title; /* its words */
    char *name;  /* what it is called for the program that asks; NULL: none */
    char *value; /* NULL: none, which means 1 */
    char *url;   /* of URL: http(s); NULL: none that is safe */
} TnChoice;

void tn_choice_free(gpointer choice);
/* The buttons of a document, in the order of the numbers that tn_content_to_html() shows. Returns:
 * (transfer full) (element-type TnChoice); NULL: none. */
GPtrArray *tn_content_choices(const TnContent *content) G_GNUC_WARN_UNUSED_RESULT;
/* The address of a choice (it has one) with the answer as its parameters, under the names that the
 * official client uses. user: own id. Newly allocated. */
char *tn_choice_address(const TnChoice *choice, guint32 seq, const char *user);

/* Content of messages that refer to others, as the official clients make it. Each: (transfer full);
 * content is borrowed. Official clients cut words at TN_QUOTE_MAX clusters. */
#define TN_QUOTE_MAX 64
/* name and user: who wrote what is quoted; words: one line of it. */
TnContent *tn_content_quoting(const char *name, const char *user, const char *words,
                              const TnContent *content) G_GNUC_WARN_UNUSED_RESULT;
/* name and user: who wrote it first. */
TnContent *tn_content_forwarding(const char *name, const char *user,
                                 const TnContent *content) G_GNUC_WARN_UNUSED_RESULT;
/* The answer to message seq, a form: title is what people see. name may be NULL, value too. */
TnContent *tn_content_answering(const char *title, guint32 seq, const char *name,
                                const char *value) G_GNUC_WARN_UNUSED_RESULT;
/* How many bytes it takes in a frame. Needs one encoding. */
gsize tn_content_size(const TnContent *content);
void tn_content_free(TnContent *content);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TnContent, tn_content_free)

G_END_DECLS

#endif
