/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-metrics.h: what sync costs and does, for tools and for people. */
#ifndef TINODE_METRICS_H
#define TINODE_METRICS_H

#include "tinode-account.h"

G_BEGIN_DECLS

/* One JSON object with sync, receipts, cursors, breaker, link, memory, timers. Latencies that were
 * never measured are null. Newly allocated; NULL before the first sign-in. */
char *tinode_metrics_json(TinodeAccount *ta);
/* The same as lines of text, translated. Newly allocated; NULL before the first sign-in. */
char *tinode_metrics_text(TinodeAccount *ta);

G_END_DECLS

#endif
