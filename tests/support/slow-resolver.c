/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A name server that takes its time, for programs that preload this (tests): names below slow.test
 * resolve to 127.0.0.1, those below gone.test to nothing, both after SLOW_RESOLVER_MS
 * milliseconds in the thread that asks. All other names are the real resolver's. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef int (*Lookup)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

static int ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), tail = strlen(end);

    return length >= tail && strcmp(name + length - tail, end) == 0;
}

static void take_time(void)
{
    const char *value = getenv("SLOW_RESOLVER_MS");
    long ms = value != NULL ? atol(value) : 0;
    struct timespec left = {ms / 1000, ms % 1000 * 1000000L};

    while (nanosleep(&left, &left) != 0)
        ;
}

__attribute__((visibility("default"))) int getaddrinfo(const char *node, const char *service,
                                                       const struct addrinfo *hints,
                                                       struct addrinfo **result)
{
    Lookup lookup = (Lookup)dlsym(RTLD_NEXT, "getaddrinfo");

    if (node != NULL && ends_with(node, "slow.test")) {
        take_time();
        node = "127.0.0.1";
    } else if (node != NULL && ends_with(node, "gone.test")) {
        take_time();
        return EAI_NONAME;
    }
    return lookup(node, service, hints, result);
}
