/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-account.c: from login() to close(). */
#include "tinode-account.h"

#include <core.h>
#include <debug.h>
#include <eventloop.h>
#include <string.h>
#include <sys/utsname.h>

#include "protocol/tn-transport-lws.h"
#include "tinode-avatar.h"
#include "tinode-buddy.h"
#include "tinode-companion.h"
#include "tinode-credentials.h"
#include "tinode-events.h"
#include "tinode-fetch.h"
#include "tinode-hidden.h"
#include "tinode-im.h"
#include "tinode-info.h"
#include "tinode-known.h"
#include "tinode-lines.h"
#include "tinode-members.h"
#include "tinode-menu.h"
#include "tinode-people.h"
#include "tinode-pictures.h"
#include "tinode-plugin.h"
#include "tinode-proxy.h"
#include "tinode-receipts.h"
#include "tinode-roomlist.h"
#include "tinode-search.h"
#include "tinode-seen.h"
#include "tinode-status.h"
#include "tinode-store.h"
#include "tinode-text.h"
#include "tinode-topic.h"
#include "tinode-xfer.h"

#define RESUME_MS 60000
/* Own messages that are told in one go, a millisecond or two of work; a client draws in between. */
#define TOLD_AT_ONCE 64

/* Closed accounts that may still be on the call stack: freed in the next turn of the loop, or when
 * the plugin is unloaded. */
static GSList *closed;
static guint reaper;

static gint64 clock_now(gpointer user_data)
{
    (void)user_data;
    return tinode_now_ms();
}

static void clock_deadline(gint64 at_ms, gpointer user_data)
{
    TinodeAccount *ta = user_data;

    tinode_timer_set(ta->session_timer, at_ms);
}

static double clock_chance(gpointer user_data)
{
    (void)user_data;
    return g_random_double();
}

static void on_session_deadline(gpointer data)
{
    TinodeAccount *ta = data;

    tn_session_tick(ta->session);
}

static void on_engine_deadline(gpointer data)
{
    TinodeAccount *ta = data;

    receipt_engine_tick(ta->engine, tinode_now_ms());
}

static const char *text_option(PurpleAccount *account, const char *key, const char *fallback)
{
    const char *value = purple_account_get_string(account, key, fallback);

    return value != NULL && value[0] != '\0' ? value : fallback;
}

static gboolean wants_tls(PurpleAccount *account)
{
    return strcmp(text_option(account, TINODE_OPTION_TLS, TINODE_DEFAULT_TLS), "off") != 0;
}

/* As other clients say it: App/version (system); library/version. */
static char *user_agent(void)
{
    struct utsname system;

    if (uname(&system) != 0)
        g_strlcpy(system.sysname, "unknown", sizeof system.sysname);
    return g_strdup_printf("purple-tinode/%s (%s); libpurple/%s", TINODE_VERSION, system.sysname,
                           purple_core_get_version());
}

/* "en_US.UTF-8" -> "en-US"; NULL for the C locale. */
static char *language(void)
{
    const char *const *names = g_get_language_names();
    g_autofree char *name = g_strdup(names[0]);

    name[strcspn(name, ".@")] = '\0';
    if (strcmp(name, "C") == 0 || name[0] == '\0')
        return NULL;
    g_strdelimit(name, "_", '-');
    return g_steal_pointer(&name);
}

static void on_session_log(const char *line, gpointer user_data)
{
    (void)user_data;
    purple_debug_misc("tinode", "%s\n", line);
}

/* libpurple gives a connection that is there to register no password. */
static const char *password(const TinodeAccount *ta)
{
    const char *of_connection = purple_connection_get_password(ta->gc);

    return of_connection != NULL ? of_connection : purple_account_get_password(ta->account);
}

static const char *full_name(const TinodeAccount *ta)
{
    const char *alias = purple_account_get_alias(ta->account);

    return alias != NULL && alias[0] != '\0' ? alias : purple_account_get_username(ta->account);
}

TnSession *tinode_account_new_session(PurpleAccount *account, const TnSessionConfig *what,
                                      void (*set_deadline)(gint64 at_ms, gpointer user_data),
                                      const TnSessionEvents *events, gpointer user_data)
{
    g_autofree char *agent = user_agent();
    g_autofree char *lang = language();
    const TnClock clock = {
        .now_ms = clock_now, .set_deadline = set_deadline, .chance = clock_chance};
    TnSessionConfig config = *what;
    TnTransport *transport = tn_transport_lws_new();
    TnSession *session;
    TnDialer dialer;

    config.servers = text_option(account, TINODE_OPTION_SERVER, TINODE_DEFAULT_SERVER);
    config.use_tls = wants_tls(account);
    config.ca_file = text_option(account, TINODE_OPTION_CA_FILE, NULL);
    config.api_key = text_option(account, TINODE_OPTION_API_KEY, TINODE_DEFAULT_API_KEY);
    config.agent = agent;
    config.language = lang;
    tinode_proxy_dialer(account, &dialer);
    tn_transport_lws_set_dialer(transport, &dialer);
    session = tn_session_new(transport, &config, &clock, events, user_data);
    tn_session_set_log(session, on_session_log, NULL);
    return session;
}

static TnSession *new_session(TinodeAccount *ta)
{
    const TnSessionConfig config = {
        .login = purple_account_get_username(ta->account),
        .password = password(ta),
        .is_new = ta->is_new,
        .full_name = full_name(ta),
        .resume_ms = RESUME_MS,
    };

    return tinode_account_new_session(ta->account, &config, clock_deadline, tinode_events(), ta);
}

static void topic_free(gpointer data)
{
    tinode_topic_free(data);
}

static void begin(PurpleAccount *account, gboolean is_new)
{
    TinodeAccount *ta = g_new0(TinodeAccount, 1);

    ta->account = account;
    ta->is_new = is_new;
    ta->gc = purple_account_get_connection(account);
    ta->gc->proto_data = ta;
    /* What Drafty has no word for, clients should not offer. */
    ta->gc->flags |=
        PURPLE_CONNECTION_HTML | PURPLE_CONNECTION_NO_BGCOLOR | PURPLE_CONNECTION_NO_FONTSIZE;
    ta->topics = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, topic_free);
    ta->chats = g_hash_table_new(g_direct_hash, g_direct_equal);
    ta->id_prefix = g_strdup_printf("%08x%08x", g_random_int(), g_random_int());
    ta->session_timer = tinode_timer_new(on_session_deadline, ta);
    ta->engine_timer = tinode_timer_new(on_engine_deadline, ta);
    ta->presence_timer = tinode_timer_new(tinode_buddy_settle_presence, ta);
    ta->typing_timer = tinode_timer_new(tinode_members_typing_over, ta);
    ta->typing = g_ptr_array_new();
    ta->store = tinode_store_new(ta);
    ta->seen = tinode_seen_new(ta);
    ta->lines = tinode_lines_new(ta);
    ta->known = tinode_known_new();
    ta->people = tinode_people_new(ta);
    ta->search = tinode_search_new(ta);
    ta->info = tinode_info_new();
    ta->status = tinode_status_new(ta);
    ta->fetch = tinode_fetch_new(ta);
    tinode_im_connect(ta);
    tinode_hidden_connect(ta);
    ta->session = new_session(ta);
    tinode_plugin_warn_plain(ta, wants_tls(account));
    tn_session_open(ta->session);
}

void tinode_account_login(PurpleAccount *account)
{
    tinode_companion_load();
    tinode_menu_start();
    begin(account, FALSE);
}

void tinode_account_register(PurpleAccount *account)
{
    const char *chosen = purple_account_get_password(account);

    if (chosen == NULL || chosen[0] == '\0')
        purple_connection_error_reason(purple_account_get_connection(account),
                                       PURPLE_CONNECTION_ERROR_OTHER_ERROR,
                                       _("A new account needs a password: please choose one."));
    else
        begin(account, TRUE);
}

static void account_free(gpointer data)
{
    TinodeAccount *ta = data;

    tinode_im_disconnect(ta);
    tinode_fetch_free(ta->fetch);
    tn_session_free(ta->session);
    receipt_engine_free(ta->engine);
    tinode_timer_free(ta->session_timer);
    tinode_timer_free(ta->engine_timer);
    tinode_timer_free(ta->presence_timer);
    tinode_timer_free(ta->typing_timer);
    g_ptr_array_unref(ta->typing);
    g_clear_pointer(&ta->questions, g_ptr_array_unref);
    g_hash_table_destroy(ta->chats);
    g_hash_table_destroy(ta->topics);
    tinode_store_free(ta->store);
    tinode_seen_free(ta->seen);
    tinode_lines_free(ta->lines);
    tinode_known_free(ta->known);
    tinode_people_free(ta->people);
    tinode_search_free(ta->search);
    tinode_info_free(ta->info);
    tinode_status_free(ta->status);
    g_strfreev(ta->tags);
    g_free(ta->id_prefix);
    g_free(ta);
}

void tinode_account_reap(void)
{
    if (reaper != 0)
        purple_timeout_remove(reaper);
    reaper = 0;
    g_slist_free_full(g_steal_pointer(&closed), account_free);
}

static gboolean on_reap(gpointer data)
{
    (void)data;
    reaper = 0;
    tinode_account_reap();
    return FALSE;
}

/* close() can come from deep inside one of our own calls (a handler of a signal signs out): quiet
 * everything now, free it when the stack has unwound. Only then our handlers go, too: libpurple,
 * which may be on its way to the next of them, would walk freed memory. */
void tinode_account_close(PurpleConnection *gc)
{
    TinodeAccount *ta = gc->proto_data;

    if (ta == NULL)
        return;
    gc->proto_data = NULL;
    ta->is_closing = TRUE;
    tinode_credentials_close(ta);
    tinode_people_quiet(ta->people);
    tinode_status_quiet(ta->status);
    tinode_xfers_close(ta);
    tinode_pictures_close(ta);
    tinode_avatar_close(ta);
    tinode_fetch_quiet(ta->fetch);
    tinode_roomlist_quiet(ta);
    tinode_seen_quiet(ta->seen);
    tn_session_close(ta->session);
    tinode_timer_set(ta->session_timer, -1);
    tinode_timer_set(ta->engine_timer, -1);
    tinode_timer_set(ta->presence_timer, -1);
    tinode_timer_set(ta->typing_timer, -1);
    tinode_topics_quiet(ta);
    closed = g_slist_prepend(closed, ta);
    if (reaper == 0)
        reaper = purple_timeout_add(0, on_reap, NULL);
}

TinodeAccount *tinode_account_find(PurpleAccount *account)
{
    PurpleConnection *gc = account != NULL ? purple_account_get_connection(account) : NULL;

    if (gc == NULL || g_strcmp0(purple_account_get_protocol_id(account), TINODE_PRPL_ID) != 0)
        return NULL;
    return gc->proto_data;
}

const char *tinode_account_self(const TinodeAccount *ta)
{
    return tn_session_user(ta->session);
}

gboolean tinode_account_is_up(const TinodeAccount *ta)
{
    return !ta->is_closing && tn_session_state(ta->session) == TN_SESSION_UP;
}

char *tinode_account_new_id(TinodeAccount *ta)
{
    return g_strdup_printf("%s-%" G_GUINT64_FORMAT, ta->id_prefix, ++ta->last_message);
}

guint tinode_account_timers_armed(const TinodeAccount *ta)
{
    return tinode_timer_is_armed(ta->session_timer) + tinode_timer_is_armed(ta->engine_timer) +
           tinode_timer_is_armed(ta->presence_timer) + tinode_timer_is_armed(ta->typing_timer) +
           tinode_seen_timers(ta->seen) + tinode_people_timers(ta->people) +
           tinode_status_timers(ta->status);
}

void tinode_account_engine_options(const TinodeAccount *ta, ReceiptOptions *options)
{
    receipt_options_init(options);
    options->limit = (guint)CLAMP(
        purple_account_get_int(ta->account, TINODE_OPTION_SYNC_LIMIT, TINODE_DEFAULT_SYNC_LIMIT), 1,
        1000);
    options->is_background_warm =
        purple_account_get_bool(ta->account, TINODE_OPTION_SYNC_BACKGROUND, FALSE);
    options->tells_delivered =
        purple_account_get_bool(ta->account, TINODE_OPTION_SEND_DELIVERED, TRUE);
    options->grace_ms = RESUME_MS;
    options->slice = TOLD_AT_ONCE;
}

gboolean tinode_account_ensure_engine(TinodeAccount *ta)
{
    const char *self = tinode_account_self(ta);
    ReceiptOptions options;
    ReceiptPorts ports;

    if (ta->engine != NULL || ta->is_closing)
        return ta->engine != NULL;
    if (self == NULL)
        return FALSE;
    tinode_account_engine_options(ta, &options);
    tinode_receipts_ports(ta, &ports);
    ta->engine = receipt_engine_new(self, &options, &ports);
    tinode_store_load(ta->store);
    return TRUE;
}
