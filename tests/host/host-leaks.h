/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What leak checkers need to tell leaks of the plugin from those of libpurple. Layer: tests
 * (purple-host).
 */
#ifndef TESTS_HOST_HOST_LEAKS_H
#define TESTS_HOST_HOST_LEAKS_H

/* Before libpurple starts: plugins stay mapped at the end, so that their leaks have names. */
void host_leaks_init(void);

#endif
