/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leak checking: whole stacks, and the leaks of libpurple itself that are left out. Layer: tests
 * (purple-host).
 */
#include "host-leaks.h"

#include <glib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HOST_WITH_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HOST_WITH_ASAN 1
#endif

#ifdef HOST_WITH_ASAN
/* The runtime looks these up by name. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__lsan_default_options(void);

/* GLib and libpurple have no frame pointers: the quick way ends a stack at their first frame. */
const char *__asan_default_options(void)
{
    return "fast_unwind_on_malloc=0";
}

/*
 * libpurple 2.14 never frees the names of the preferences that it watches itself, the error when
 * there is no system bus, nor the setting "none" that no_proxy stands for. valgrind.supp beside
 * this says the same to valgrind.
 */
const char *__lsan_default_suppressions(void)
{
    return "leak:purple_prefs_connect_callback\n"
           "leak:purple_network_init\n"
           "leak:purple_proxy_connect\n";
}

const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}
#endif

void host_leaks_init(void)
{
    g_setenv("PURPLE_LEAKCHECK_HELP", "1", FALSE);
}
