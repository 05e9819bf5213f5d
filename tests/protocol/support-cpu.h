/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * support-cpu.h: time that a piece of work took, for tests that bound it: of the processor, since
 * the machine may be busy with other things, and without what sanitizers and valgrind add (they
 * slow this code down up to twenty times).
 */
#ifndef TESTS_SUPPORT_CPU_H
#define TESTS_SUPPORT_CPU_H

#include <glib.h>
#include <time.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CPU_SLOWDOWN 20
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define CPU_SLOWDOWN 20
#endif
#ifndef CPU_SLOWDOWN
#define CPU_SLOWDOWN 1
#endif

static inline gint64 cpu_ms_since(clock_t begin)
{
    gint64 slowdown = CPU_SLOWDOWN;

    if (g_getenv("TESTS_UNDER_VALGRIND") != NULL)
        slowdown = 20;
    return (gint64)(clock() - begin) * 1000 / CLOCKS_PER_SEC / slowdown;
}

#endif
