/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-plugin.c: what libpurple learns of the plugin when it looks at it, loads it, unloads it. */
#include "fake.h"

#include <accountopt.h>
#include <string.h>

static void plugin__is_probed__info_is_complete(void **state)
{
    const PurplePluginInfo *info = fake_plugin()->info;

    (void)state;
    assert_int_equal(info->magic, PURPLE_PLUGIN_MAGIC);
    assert_int_equal(info->major_version, 2);
    assert_true(info->minor_version <= 14);
    assert_int_equal(info->type, PURPLE_PLUGIN_PROTOCOL);
    assert_string_equal(info->id, "prpl-tinode");
    assert_string_equal(info->name, "Tinode");
    assert_true(strlen(info->version) > 0);
    assert_true(strlen(info->summary) > 0);
    assert_true(strlen(info->description) > 0);
    assert_null(info->ui_requirement);
    assert_non_null(info->load);
    assert_non_null(info->unload);
}

static void plugin__is_probed__protocol_has_what_libpurple_needs(void **state)
{
    const PurplePluginProtocolInfo *prpl = fake_prpl();

    (void)state;
    assert_int_equal(prpl->struct_size, sizeof *prpl);
    assert_non_null(prpl->list_icon);
    assert_non_null(prpl->status_types);
    assert_non_null(prpl->login);
    assert_non_null(prpl->close);
    assert_non_null(prpl->send_im);
    assert_non_null(prpl->chat_info);
    assert_non_null(prpl->chat_info_defaults);
    assert_non_null(prpl->join_chat);
    assert_non_null(prpl->get_chat_name);
    assert_non_null(prpl->chat_leave);
    assert_non_null(prpl->chat_send);
    assert_string_equal(prpl->list_icon(NULL, NULL), "tinode");
}

/* "key type default", or for lists the choices in their order, the first being the default. */
static char *describe(const PurpleAccountOption *option)
{
    GString *text = g_string_new(option->pref_name);

    switch (option->type) {
    case PURPLE_PREF_STRING:
        g_string_append_printf(text, " string '%s'", option->default_value.string);
        break;
    case PURPLE_PREF_INT:
        g_string_append_printf(text, " int %d", option->default_value.integer);
        break;
    case PURPLE_PREF_BOOLEAN:
        g_string_append(text, option->default_value.boolean ? " bool true" : " bool false");
        break;
    case PURPLE_PREF_STRING_LIST:
        g_string_append(text, " list");
        for (GList *link = option->default_value.list; link != NULL; link = link->next)
            g_string_append_printf(text, " %s", (char *)((PurpleKeyValuePair *)link->data)->value);
        break;
    default:
        g_string_append(text, " other");
    }
    return g_string_free(text, FALSE);
}

static void plugin__is_probed__options_are_those_promised(void **state)
{
    static const char *const promised[] = {
        "server string 'sandbox.tinode.co'",
        "tls list required off",
        "ca-file string ''",
        "api-key string 'AQEAAAABAAD_rAp4DJh05a1HAwFT3A6K'",
        "send-read list seen reply arrival never",
        "send-delivered bool true",
        "seen-after-ms int 1000",
        "attention bool true",
        "sync-limit int 8",
        "sync-background bool false",
        "receipt-lines list auto on off",
        "history int 24",
    };
    guint i = 0;

    (void)state;
    for (GList *link = fake_prpl()->protocol_options; link != NULL; link = link->next, i++) {
        g_autofree char *option = describe(link->data);

        assert_true(i < G_N_ELEMENTS(promised));
        assert_string_equal(option, promised[i]);
        assert_true(strlen(((PurpleAccountOption *)link->data)->text) > 0);
    }
    assert_int_equal(i, G_N_ELEMENTS(promised));
    assert_null(fake_prpl()->user_splits);
}

static void plugin__is_loaded__signals_are_those_promised(void **state)
{
    g_autofree char *signals = fake_list_signals();

    (void)state;
    assert_string_equal(signals,
                        "tinode-message-state(account,string,string,uint,string,uint,uint,uint) "
                        "tinode-problem(account,string,string,string) "
                        "tinode-receipt(account,string,string,string,uint) "
                        "tinode-sync-changed(account,string,string,string) "
                        "tinode-unread(account,string,uint)");
}

static void plugin__is_loaded__calls_are_those_promised(void **state)
{
    g_autofree char *calls = fake_list_calls();

    (void)state;
    assert_string_equal(calls, "message-receipts(account,string,string)->string "
                               "message-state(account,string,string)->string "
                               "metrics-json(account)->string "
                               "metrics-text(account)->string "
                               "replay-message-states(account,string)->int "
                               "show-receipts(account,string)->boolean "
                               "start-receipt-sync(account,string)->boolean "
                               "stop-receipt-sync(account,string)->boolean "
                               "sync-state(account,string)->string");
}

static void plugin__is_loaded_and_unloaded_twice__leaves_nothing(void **state)
{
    (void)state;
    for (guint i = 0; i < 2; i++) {
        g_autofree char *before = fake_list_signals();
        g_autofree char *during = NULL;

        assert_string_equal(before, "");
        fake_load();
        during = fake_list_signals();
        assert_true(strlen(during) > 0);
        fake_unload();
    }
    assert_int_equal(fake_timers(), 0);
}

/* Plugins are loaded before libpurple's conversations are there. */
static void
plugin__is_loaded_before_conversations_are_there__needs_none_of_their_signals(void **state)
{
    (void)state;
    fake_conversations_ready(FALSE);
    fake_load();
    fake_conversations_ready(TRUE);
}

static void plugin__calls_without_account__are_refused(void **state)
{
    PurpleAccount *offline = fake_account("alice");

    (void)state;
    assert_null(fake_call("start-receipt-sync", offline, "usrBob"));
    assert_null(fake_call("stop-receipt-sync", offline, "usrBob"));
    assert_null(fake_call("message-state", offline, "usrBob", "1"));
    assert_null(fake_call("sync-state", offline, "usrBob"));
    assert_int_equal(GPOINTER_TO_INT(fake_call("replay-message-states", offline, "usrBob")), -1);
    assert_null(fake_call("message-receipts", offline, "usrBob", "1"));
    assert_null(fake_call("show-receipts", offline, "usrBob"));
    assert_null(fake_call("metrics-json", offline));
    assert_null(fake_call("metrics-text", offline));
    assert_null(fake_call("metrics-json", NULL));
}

static void plugin__is_unloaded_right_after_a_logout__frees_the_account(void **state)
{
    PurpleAccount *account = fake_account("alice");

    (void)state;
    fake_login(account);
    fake_logout(account);
    fake_expect(FAKE_STATE, "disconnected", NULL);
    fake_unload(); /* without a turn of the loop in between */
    assert_int_equal(fake_timers(), 0);
}

int main(void)
{
#define UNLOADED(name) cmocka_unit_test_setup_teardown(name, fake_setup_unloaded, fake_teardown)
    const struct CMUnitTest tests[] = {
        UNLOADED(plugin__is_probed__info_is_complete),
        UNLOADED(plugin__is_probed__protocol_has_what_libpurple_needs),
        UNLOADED(plugin__is_probed__options_are_those_promised),
        FAKE_TEST(plugin__is_loaded__signals_are_those_promised),
        FAKE_TEST(plugin__is_loaded__calls_are_those_promised),
        UNLOADED(plugin__is_loaded_and_unloaded_twice__leaves_nothing),
        UNLOADED(plugin__is_loaded_before_conversations_are_there__needs_none_of_their_signals),
        FAKE_TEST(plugin__calls_without_account__are_refused),
        FAKE_TEST(plugin__is_unloaded_right_after_a_logout__frees_the_account),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
