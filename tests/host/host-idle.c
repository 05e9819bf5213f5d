/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The idle operations. Layer: tests (purple-host).
 */
#include "host-idle.h"

#include "host.h"

static gboolean counting; /* FALSE: somebody is there all the time */
static gint64 last_input; /* g_get_monotonic_time() */

static time_t get_time_idle(void)
{
    return counting ? (g_get_monotonic_time() - last_input) / G_USEC_PER_SEC : 0;
}

static PurpleIdleUiOps idle_ops = {
    .get_time_idle = get_time_idle,
};

PurpleIdleUiOps *host_idle_ops(void)
{
    return host.ui == HOST_BITLBEE ? NULL : &idle_ops;
}

/* libpurple looks when its timer fires, or when somebody changes how idleness is reported. */
static void look_now(void)
{
    purple_prefs_trigger_callback("/purple/away/idle_reporting");
}

void host_idle_present(void)
{
    counting = FALSE;
    look_now();
}

void host_idle_since(int seconds)
{
    counting = TRUE;
    last_input = g_get_monotonic_time() - (gint64)seconds * G_USEC_PER_SEC;
    look_now();
}

int host_idle_enough(void)
{
    return 60 * purple_prefs_get_int("/purple/away/mins_before_away") + 60;
}

void host_idle_touch(void)
{
    if (host.ui == HOST_BITLBEE)
        return;
    if (counting)
        last_input = g_get_monotonic_time();
    purple_idle_touch();
}
