/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Faults of single requests that were ordered (tests/server): an error instead of the answer, or no
 * answer at all. */
#ifndef LOOPBACK_FAULT_H
#define LOOPBACK_FAULT_H

#include "session.h"

/* The next `times` requests of a kind (topic as the client names it, who: NULL for any) are
 * answered with this error and not done. FALSE: no such kind of request. */
gboolean fault_add_error(const char *verb, const char *topic, const char *who, int code,
                         const char *text, guint times);

/* The next `times` requests of a kind are done, but what is sent to this session meanwhile is lost;
 * with `echo` only the {data} of its own {pub} still comes. */
gboolean fault_add_silence(const char *verb, const char *topic, const char *who, gboolean echo,
                           guint times);

void fault_clear(void);

/* Used by the session. TRUE: the request was answered with an ordered error. */
gboolean fault_error(Request *request);
void fault_silence(Request *request);

#endif
