/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-error.c: codes of the server become the right categories.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "protocol/tn-error.h"

static void error__from_ctrl__follows_the_servers_table(void **state)
{
    static const struct {
        int code;
        const char *text, *what;
        TnError error;
    } rows[] = {
        {200, "ok", "sub", TN_OK},
        {201, "created", "hi", TN_OK},
        {202, "accepted", "pub", TN_OK},
        {204, "no content", "get", TN_OK},
        {208, "delivered", "get", TN_OK},
        {205, "evicted", NULL, TN_ERROR_FORBIDDEN},
        {205, "server shutdown", NULL, TN_ERROR_TRANSIENT},
        {300, "validate credentials", "login", TN_ERROR_CREDENTIAL},
        {300, "validate credentials", "acc", TN_ERROR_CREDENTIAL},
        {300, "challenge", "login", TN_ERROR_CREDENTIAL},
        {301, "auth reset", "login", TN_OK},
        {303, "use other", "sub", TN_ERROR_REDIRECT},
        {304, "already subscribed", "sub", TN_OK},
        {304, "not joined", "leave", TN_OK},
        {304, "no action", "del", TN_OK},
        {304, "not modified", "set", TN_OK},
        {307, "temporary redirect", NULL, TN_ERROR_REDIRECT},
        {400, "malformed", NULL, TN_ERROR_PERMANENT},
        {400, "malformed", "acc", TN_ERROR_PERMANENT},
        {400, "malformed", "sub", TN_ERROR_PERMANENT},
        {401, "authentication failed", "login", TN_ERROR_AUTH},
        {401, "authentication required", "sub", TN_ERROR_AUTH},
        {401, "unknown authentication scheme", "login", TN_ERROR_AUTH},
        {403, "permission denied", "sub", TN_ERROR_FORBIDDEN},
        {403, "permission denied", "pub", TN_ERROR_FORBIDDEN},
        {403, "permission denied", "get", TN_ERROR_FORBIDDEN},
        {403, "permission denied", "set", TN_ERROR_FORBIDDEN},
        {403, "permission denied", "del", TN_ERROR_FORBIDDEN},
        {403, "permission denied", "leave", TN_ERROR_FORBIDDEN},
        {403, "permission denied", "acc", TN_ERROR_FORBIDDEN},
        {403, "permission denied", "login", TN_ERROR_AUTH},
        {403, "valid API key required", NULL, TN_ERROR_PERMANENT},
        {404, "topic not found", "sub", TN_ERROR_GONE},
        {404, "user not found", "login", TN_ERROR_GONE},
        {404, "user not found", "acc", TN_ERROR_GONE},
        {404, "not found", "get", TN_ERROR_GONE},
        {404, "not found", "set", TN_ERROR_GONE},
        {405, "operation or method not allowed", "get", TN_ERROR_PERMANENT},
        {406, "invalid response", "set", TN_ERROR_CREDENTIAL},
        {409, "must attach first", "pub", TN_ERROR_ATTACH_FIRST},
        {409, "must attach first", NULL, TN_ERROR_ATTACH_FIRST},
        {409, "must attach first", "del", TN_ERROR_ATTACH_FIRST},
        {409, "must attach first", "leave", TN_ERROR_ATTACH_FIRST},
        {409, "duplicate credential", "set", TN_ERROR_PERMANENT},
        {409, "command out of sequence", "hi", TN_ERROR_PERMANENT},
        {409, "already authenticated", "login", TN_OK},
        {409, "duplicate credential", "acc", TN_ERROR_PERMANENT},
        {409, NULL, "pub", TN_ERROR_PERMANENT},
        {413, "too large", NULL, TN_ERROR_PERMANENT},
        {422, "policy violation", "sub", TN_ERROR_PERMANENT},
        {422, "policy violation", "acc", TN_ERROR_PERMANENT},
        {422, "policy violation", "login", TN_ERROR_PERMANENT},
        {486, "busy here", "pub", TN_ERROR_PERMANENT},
        {500, "internal error", "pub", TN_ERROR_TRANSIENT},
        {501, "not implemented", "acc", TN_ERROR_PERMANENT},
        {502, "cluster unreachable", "sub", TN_ERROR_TRANSIENT},
        {502, "cluster unreachable", NULL, TN_ERROR_TRANSIENT},
        {502, "cluster unreachable", "hi", TN_ERROR_TRANSIENT},
        {503, "locked", "sub", TN_ERROR_TRANSIENT},
        {503, "locked", "pub", TN_ERROR_TRANSIENT},
        {503, "locked", "leave", TN_ERROR_TRANSIENT},
        {503, "service unavailable", "pub", TN_ERROR_OVERLOAD},
        {503, NULL, NULL, TN_ERROR_OVERLOAD},
        {505, "version not supported", "hi", TN_ERROR_PERMANENT},
    };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        TnError error = tn_error_from_ctrl(rows[i].code, rows[i].text, rows[i].what);

        if (error != rows[i].error)
            fail_msg("%d %s to %s is %s, not %s", rows[i].code, rows[i].text, rows[i].what,
                     tn_error_name(error), tn_error_name(rows[i].error));
    }
}

static void error__from_ctrl__has_an_answer_for_every_code(void **state)
{
    (void)state;
    for (int code = -1; code < 1100; code++) {
        TnError error = tn_error_from_ctrl(code, "never heard of", "sub");

        assert_in_range(error, TN_OK, TN_ERROR_CREDENTIAL);
        if (code < 200 || code >= 600)
            assert_int_equal(error, TN_ERROR_PERMANENT);
    }
}

static void error__names__are_distinct_and_known(void **state)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    (void)state;
    for (int i = TN_OK; i <= TN_ERROR_CREDENTIAL; i++) {
        assert_string_not_equal(tn_error_name((TnError)i), "unknown");
        assert_true(g_hash_table_add(seen, (gpointer)tn_error_name((TnError)i)));
    }
    g_hash_table_remove_all(seen);
    for (int i = TN_CAUSE_NONE; i <= TN_CAUSE_SERVER; i++) {
        assert_string_not_equal(tn_cause_name((TnCause)i), "unknown");
        assert_true(g_hash_table_add(seen, (gpointer)tn_cause_name((TnCause)i)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error__from_ctrl__follows_the_servers_table),
        cmocka_unit_test(error__from_ctrl__has_an_answer_for_every_code),
        cmocka_unit_test(error__names__are_distinct_and_known),
    };

    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
