/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Access modes (tests/server): the letters JRWPASDO as bits. See "Permissions and blocking" of the
 * wire facts: the effective mode is want & given. */
#ifndef LOOPBACK_ACS_H
#define LOOPBACK_ACS_H

#include <glib.h>

enum {
    ACS_JOIN = 1 << 0,
    ACS_READ = 1 << 1,
    ACS_WRITE = 1 << 2,
    ACS_PRES = 1 << 3,
    ACS_APPROVE = 1 << 4,
    ACS_SHARE = 1 << 5,
    ACS_DELETE = 1 << 6,
    ACS_OWNER = 1 << 7,
    ACS_UNSET = 1 << 8 /* no mode at all: not told, or no subscription */
};

#define ACS_NONE    0u
#define ACS_ALL     0xffu
#define ACS_ME      ((unsigned)(ACS_JOIN | ACS_PRES | ACS_SHARE))
#define ACS_GROUP   ((unsigned)(ACS_JOIN | ACS_READ | ACS_WRITE | ACS_PRES | ACS_SHARE))
#define ACS_P2P     ((unsigned)(ACS_JOIN | ACS_READ | ACS_WRITE | ACS_PRES | ACS_APPROVE))
#define ACS_P2P_MAX (ACS_P2P | ACS_DELETE)
#define ACS_SELF    ((unsigned)(ACS_JOIN | ACS_READ | ACS_WRITE | ACS_DELETE | ACS_OWNER))
#define ACS_READER  ((unsigned)(ACS_JOIN | ACS_READ | ACS_PRES))
#define ACS_ADMINS  ((unsigned)(ACS_OWNER | ACS_APPROVE))
#define ACS_SHARERS (ACS_ADMINS | ACS_SHARE)

/* Reads a mode; "" gives ACS_UNSET, "N" gives ACS_NONE. FALSE for any other letter (deltas too). */
gboolean acs_parse(const char *text, unsigned *mode);

/* The letters, "N" for none, "" for ACS_UNSET. Caller frees. */
char *acs_text(unsigned mode);

/* What changed from `before` to `now`, as "+W-P"; "" if nothing did. Caller frees. */
char *acs_delta(unsigned before, unsigned now);

#endif
