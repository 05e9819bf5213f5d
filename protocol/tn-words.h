/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-words.h: the few words that stand in messages for what is not text. English here; whoever
 * speaks the user's language sets them once.
 */
#ifndef TN_WORDS_H
#define TN_WORDS_H

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    TN_WORD_PICTURE,
    TN_WORD_AUDIO,
    TN_WORD_VIDEO,
    TN_WORD_FILE,
    TN_WORD_CONTACT,
    TN_WORD_CALL,
    TN_WORD_CALL_ACCEPTED,
    TN_WORD_CALL_FINISHED,
    TN_WORD_CALL_MISSED,
    TN_WORD_CALL_DECLINED,
    TN_WORD_CALL_DISCONNECTED,
    TN_WORD_CALL_BUSY,
    TN_N_WORDS,
} TnWord;

/* words: TN_N_WORDS of them in that order, UTF-8 without markup; must stay. NULL: English. */
void tn_words_set(const char *const *words);
/* Static. */
const char *tn_word(TnWord word);
/* state: of a call as in head.webrtc; NULL or unknown: just a call. */
TnWord tn_word_of_call(const char *state);
/* 0:07, 61:01, 1:01:01 from one hundred minutes on; rounded up to a second. Newly allocated. */
char *tn_duration_to_text(guint32 duration_ms);

G_END_DECLS

#endif
