/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ticks-log.h: with TINODE_TICKS_LOG=FILE in the environment, a line of JSON for everything that
 * is drawn, for tests that drive the real client. Without it nothing is done.
 *
 *   {"ev":"drawn"|"changed","conv":CHANNEL,"id":ID,"state":WORD,"text":BETWEEN-THE-MARKS,
 *    "line":WHOLE-LINE,"colour":"#rrggbb"}
 *   {"ev":"dropped","conv":CHANNEL,"id":ID,"why":"trimmed"|"given-up"|"closed"|"unloaded"}
 *   {"ev":"sync","conv":CHANNEL,"sign":"none"|"ok"|"limited"|"offline"}
 *   {"ev":"loaded"}  {"ev":"unloaded"}  {"ev":"conversation","conv":NAME}
 *   {"ev":"tooltip","text":TEXT}
 *   {"ev":"stall","ms":N,"busy":N}: the main loop did not turn for so long, 20 ms or more, and how
 *    much of that the process was at work; only with
 *    TINODE_TICKS_LOG_STALLS set, too, and then ticks are told by id and state alone
 */
#ifndef TICKS_LOG_H
#define TICKS_LOG_H

#include <glib.h>

G_BEGIN_DECLS

void ticks_log_open(void);
void ticks_log_close(void);
gboolean ticks_log_is_on(void);
gboolean ticks_log_is_brief(void);
/* The name of the event, then pairs of key and value; a NULL value leaves its pair out. */
#define ticks_log(...)                                                                             \
    ticks_log_words((const char *const[]){__VA_ARGS__},                                            \
                    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))
void ticks_log_words(const char *const *words, gsize n_words);

G_END_DECLS

#endif
