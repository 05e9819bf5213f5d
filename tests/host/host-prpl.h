/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A protocol without a server, for the tests of purple-host itself. It is there only with
 * --with-test-protocol. What one writes to the buddy "ctl" steers it; see README.md. Layer: tests.
 */
#ifndef TESTS_HOST_HOST_PRPL_H
#define TESTS_HOST_HOST_PRPL_H

#define HOST_PRPL_ID "prpl-hosttest"

/* Registers the protocol with libpurple; once, after purple_core_init(). */
void host_prpl_register(void);

#endif
