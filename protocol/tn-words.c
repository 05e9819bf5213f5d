/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-words.c: words and figures for people. Part of protocol/; keeps one pointer, the table of
 * words.
 */
#include "tn-words.h"

static const char *const english[TN_N_WORDS] = {
    [TN_WORD_PICTURE] = "Picture",
    [TN_WORD_AUDIO] = "Voice message",
    [TN_WORD_VIDEO] = "Video",
    [TN_WORD_FILE] = "File",
    [TN_WORD_CONTACT] = "Contact",
    [TN_WORD_CALL] = "Call",
    [TN_WORD_CALL_ACCEPTED] = "Call accepted",
    [TN_WORD_CALL_FINISHED] = "Call ended",
    [TN_WORD_CALL_MISSED] = "Missed call",
    [TN_WORD_CALL_DECLINED] = "Call declined",
    [TN_WORD_CALL_DISCONNECTED] = "Call cut off",
    [TN_WORD_CALL_BUSY] = "Call not taken: busy",
};

static const char *const *current = english;

void tn_words_set(const char *const *words)
{
    current = words != NULL ? words : english;
}

const char *tn_word(TnWord word)
{
    return current[word];
}

TnWord tn_word_of_call(const char *state)
{
    static const struct {
        const char *state;
        TnWord word;
    } states[] = {
        {"accepted", TN_WORD_CALL_ACCEPTED}, {"finished", TN_WORD_CALL_FINISHED},
        {"missed", TN_WORD_CALL_MISSED},     {"declined", TN_WORD_CALL_DECLINED},
        {"busy", TN_WORD_CALL_BUSY},         {"disconnected", TN_WORD_CALL_DISCONNECTED},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(states); i++) {
        if (g_strcmp0(state, states[i].state) == 0)
            return states[i].word;
    }
    return TN_WORD_CALL;
}

char *tn_duration_to_text(guint32 duration_ms)
{
    const guint32 seconds = duration_ms / 1000 + (duration_ms % 1000 != 0);

    if (seconds >= 100 * 60)
        return g_strdup_printf("%u:%02u:%02u", seconds / 3600, seconds / 60 % 60, seconds % 60);
    return g_strdup_printf("%u:%02u", seconds / 60, seconds % 60);
}
