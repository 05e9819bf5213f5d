/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake.h: a libpurple for unit tests of plugin/. It defines every purple_* and serv_* function
 * that the plugin uses, behaving as libpurple 2.14 does where the plugin can tell the difference,
 * and a transport in memory in place of the one over libwebsockets, so that a test plays both the
 * client and the server. Time stands still until a test moves it; nothing sleeps.
 *
 * Everything that the plugin does to libpurple is recorded as an event: a kind and a line of text.
 * Every frame that it sends is recorded too. What a test did not claim by fake_expect() or
 * fake_sent() fails it, as does anything left over when it ends: timers, signal handlers,
 * connections, commands, calls, signals, data in conversations. So does what libpurple would only
 * mutter about: unknown signals and handles, a wrong count of values, criticals of GLib.
 *
 * JSON is written with ' for ".
 */
#ifndef TESTS_PURPLE_FAKE_H
#define TESTS_PURPLE_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <account.h>
#include <cmds.h>
#include <connection.h>
#include <conversation.h>
#include <notify.h>
#include <plugin.h>
#include <prpl.h>
#include <roomlist.h>

#include "protocol/tn-error.h"

/* Life --------------------------------------------------------------------------------------------
 * For cmocka_unit_test_setup_teardown(). Setup: a fresh user directory, the plugin loaded, no
 * account, ui Pidgin, a person at the keyboard. Teardown: closes conversations, signs everybody
 * out, unloads the plugin, then checks that nothing is left. */

int fake_setup(void **state);
int fake_teardown(void **state);
/* Setup without loading the plugin, for tests of loading itself. */
int fake_setup_unloaded(void **state);

PurplePlugin *fake_plugin(void);
PurplePluginProtocolInfo *fake_prpl(void);
void fake_load(void);
void fake_unload(void);

#define FAKE_TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

/* Events ----------------------------------------------------------------------------------------
 */

typedef enum {
    FAKE_PROGRESS = 1 << 0, /* "progress Signing in" */
    FAKE_STATE = 1 << 1,    /* "connected", "disconnected", "display name Alice" */
    FAKE_ERROR = 1 << 2,    /* "error network-error text" */
    FAKE_LIST = 1 << 3,     /* "buddy usrB", "alias usrB Bob", "chat grpF Flowers", "remove usrB" */
    FAKE_PRESENCE = 1 << 4, /* "presence usrB available" */
    FAKE_CONV = 1 << 5,     /* "created usrB", "deleted usrB", "title", "joined", "left" */
    FAKE_MEMBER = 1 << 6,   /* "member grpF +usrB", "-usrB", "usrB founder" */
    FAKE_LINE = 1 << 7,     /* "line usrB <usrB> hello [recv delayed]" */
    FAKE_TYPING = 1 << 8,   /* "typing usrB", "typing stopped usrB" */
    FAKE_NOTIFY = 1 << 9,   /* "notify warning primary", "ask primary", "question closed" */
    FAKE_SIGNAL = 1 << 10,  /* "tinode-unread usrB 1": the plugin's own, without the account */
    FAKE_STATUS = 1 << 11,  /* "status usrB 1 unread", each time that the list draws it anew */
    FAKE_ANY = (1 << 12) - 1,
} FakeKind;

/* The events of these kinds so far are exactly these lines, in this order; they are claimed. A line
 * may hold one *, which stands for anything. End with NULL. Events of accounts but the first begin
 * with the user name and a colon. */
void fake_expect(guint kinds, ...) G_GNUC_NULL_TERMINATED;
/* The first event of these kinds is this one; it is claimed. */
void fake_expect_next(guint kinds, const char *line);
/* Claim them whatever they are. */
void fake_ignore(guint kinds);
/* Claim one event wherever it stands among the others; fails if there is none. */
void fake_expect_one(guint kinds, const char *line);
/* Appends the text of the lines that begin so, without the beginning's last word and the flags,
 * and claims them. */
void fake_take_lines(const char *beginning, GPtrArray *texts);
/* How many unclaimed events there are. */
guint fake_count(guint kinds, const char *line);
/* The last of them that matches, not claimed: (transfer full); NULL. */
char *fake_last(guint kinds, const char *line);
/* Events of these kinds need not be claimed in this test. */
void fake_allow(guint kinds);

/* For the fake's own files. */
void fake_event(FakeKind kind, PurpleAccount *account, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Like fail_msg(), but for use in the fake: says where in time it happened. */
void fake_fail(const char *format, ...) G_GNUC_PRINTF(1, 2) G_GNUC_NORETURN;
/* g_strdup() with " for ' */
char *fake_json(const char *text);

/* Time ------------------------------------------------------------------------------------------
 */

/* Fires what is due on the way, in order of time, then of arming. */
void fake_advance(gint64 ms);
/* What is due now: one or more turns of the loop, no time passes. */
void fake_turn(void);
/* Only the next timer, whenever it is due; nothing if there is none. */
void fake_fire_next(void);
gboolean fake_is_due(void);
gint64 fake_now_ms(void);
/* Timers armed now, all of libpurple's. */
guint fake_timers(void);
/* Work takes time: each look at the monotonic clock costs so much; 0 at the beginning. */
void fake_set_cost(gint64 us);
/* The next chance() is this, [0, 1); 0.5 at the beginning. */
void fake_set_chance(double chance);

/* Accounts --------------------------------------------------------------------------------------
 */

/* A new account with the plugin's default options, but server 127.0.0.1:6060 and tls off, so that
 * nothing is warned about. The first one is current; password is "secret". */
PurpleAccount *fake_account(const char *user);
void fake_set_string(PurpleAccount *account, const char *key, const char *value);
void fake_set_int(PurpleAccount *account, const char *key, int value);
void fake_set_bool(PurpleAccount *account, const char *key, gboolean value);
/* What enabling and disabling an account does. */
void fake_login(PurpleAccount *account);
void fake_logout(PurpleAccount *account);
/* The person deletes it. */
void fake_delete_account(PurpleAccount *account);
gboolean fake_is_online(PurpleAccount *account); /* has a connection that is CONNECTED */
/* Sets the status, as the user does: "available", "away". */
void fake_status(PurpleAccount *account, const char *id);
void fake_idle(PurpleAccount *account, gboolean is_idle);
/* The last touch of keyboard or mouse was so long ago and none follows; -1: there is always
 * somebody at the keyboard. */
void fake_input_age(int seconds);
/* A client that cannot tell: no idle ui ops. */
void fake_no_idle_ops(void);
/* libpurple's privacy: messages of this user are blocked; NULL: of nobody. */
void fake_block(const char *user);

/* "Create this new account on the server": the account is not enabled. */
void fake_register(PurpleAccount *account);
/* The person answers the question that is open; NULL: cancels it. */
void fake_answer(const char *text);
gboolean fake_is_asked(void);
gboolean fake_is_asked_by(const void *handle);
/* The person presses the button with this label (without its underscore) of the question that is
 * open. */
void fake_press(const char *label);
/* The fields of the form that is open, as "code|password*": a star where it is masked. (transfer
 * full) */
char *fake_form(void);
/* Fills it in, id and text in turn, and presses OK. */
void fake_fill(const char *id, ...) G_GNUC_NULL_TERMINATED;
/* The same in steps: a field, a choice by its number; then OK or Cancel. */
void fake_fill_in(const char *id, const char *text);
void fake_submit(gboolean is_ok);
void fake_cancel_form(void);
/* A question with buttons or a form is open. */
gboolean fake_is_form_open(void);
/* A client that can show no forms. */
void fake_no_forms(void);
/* The second sentence of the last notice; NULL. Borrowed. */
const char *fake_notice_text(void);
/* A client without a window for results of a search, or for formatted text, as BitlBee is. */
void fake_no_windows(void);
/* A button of the window with results, for a row of it. */
void fake_press_result(PurpleNotifySearchButtonType button, guint row);
/* The account's menu as "first|second": (transfer full); runs the item of that label if not NULL.
 */
char *fake_menu(PurpleAccount *account, const char *label);
/* What libpurple's dialog for it leads to. */
void fake_change_password(PurpleAccount *account, const char *old_password,
                          const char *new_password);

/* The invitation that is open is accepted, or not. */
void fake_accept_invitation(gboolean is_yes);
/* The list of rooms: rooms show as events "room name|field|field"; (transfer full), for
 * purple_roomlist_unref(). */
PurpleRoomlist *fake_rooms(PurpleAccount *account);
void fake_join_room(PurpleRoomlist *list, const char *name);
/* The menu of a buddy or a chat as "first|second": (transfer full); runs that item if not NULL. */
char *fake_node_menu(PurpleAccount *account, const char *name, const char *label);
/* A conversation's own menu, in the same way. */
char *fake_conversation_menu(PurpleConversation *conv, const char *label);

/* The client ------------------------------------------------------------------------------------
 */

typedef enum {
    FAKE_PIDGIN,  /* focus of a window: signal first, has_focus later in the same turn */
    FAKE_FINCH,   /* has_focus first */
    FAKE_BITLBEE, /* no has_focus at all */
} FakeUi;

void fake_set_ui(FakeUi ui);
/* Another plugin with this id is loaded (a companion); NULL: none. */
void fake_set_companion(const char *id);
/* It is installed, but not loaded; it cannot be loaded; the user switches it on or off. */
void fake_install_companion(const char *id);
void fake_break_companion(void);
void fake_switch_companion(gboolean is_on);
gboolean fake_companion_is_loaded(void);
/* The client ends: it says so, then unloads plugins. */
void fake_quit(void);

PurpleConversation *fake_open(PurpleAccount *account, const char *name);
/* The conversation of that name, any kind; NULL. */
PurpleConversation *fake_find(PurpleAccount *account, const char *name);
/* As the client does when its window closes. */
void fake_close(PurpleConversation *conv);
/* Switch to its tab, in the client's order of events. NULL: focus is elsewhere, without a signal.
 */
void fake_focus(PurpleConversation *conv);
/* The client's window gets or loses the focus; the tab stays. */
void fake_window(gboolean is_on);
/* What the user typed and sent, as HTML; the return value of send_im or chat_send. */
int fake_send(PurpleConversation *conv, const char *html);
unsigned int fake_type(PurpleConversation *conv, PurpleTypingState state);
/* A command without its slash. *error is newly allocated. */
PurpleCmdRet fake_command(PurpleConversation *conv, const char *text, char **error);
/* A chat of the buddy list is joined. */
void fake_join(PurpleAccount *account, const char *name);
/* The user names a buddy or a chat differently. */
const char *fake_alias(PurpleAccount *account, const char *name);
/* The user's own name for a buddy; NULL. */
const char *fake_private_alias(PurpleAccount *account, const char *name);
/* The group that a buddy is in; NULL: the client's own. */
const char *fake_group(PurpleAccount *account, const char *name);
/* What the client's dialogs lead to: into the list (the group is made), then to the plugin. */
void fake_add(PurpleAccount *account, const char *name, const char *group, const char *alias);
void fake_remove(PurpleAccount *account, const char *name);
void fake_rename(PurpleAccount *account, const char *name, const char *alias);
/* libpurple's list of blocked people, with the server. */
void fake_deny(PurpleAccount *account, const char *name, gboolean is_on);
/* Current online state of a buddy as the client knows it. */
const char *fake_presence(PurpleAccount *account, const char *name);

/* Other plugins ---------------------------------------------------------------------------------
 */

/* The states in the tinode-message-state signals that are not claimed, joined by spaces; claims
 * them: (transfer full). */
char *fake_message_states(void);
/* Called inside the next emission of this tinode-* signal, or of wrote-im-msg and wrote-chat-msg
 * (before the plugin's own handler), once. */
void fake_once_in(const char *signal, void (*func)(gpointer data), gpointer data);
/* Those that were not called: otherwise they fail the test. */
void fake_forget_onces(void);
/* The TINODE_MESSAGE_ID that the conversation had while the last line was written: what a companion
 * sees. NULL if none. */
const char *fake_written_id(void);
/* "name(account,string,uint)" of all signals, and of all calls "name(account)->string", sorted,
 * joined by spaces: (transfer full). */
char *fake_list_signals(void);
char *fake_list_calls(void);
/* purple_plugin_ipc_call(): the result. Fails the test on an unknown call. */
void *fake_call(const char *command, ...);
/* libpurple's conversation signals are not there, as while plugins are loaded for the first time.
 */
void fake_conversations_ready(gboolean is_ready);

/* The server ------------------------------------------------------------------------------------
 */

/* The account whose link the functions below mean. */
void fake_server_of(PurpleAccount *account);
/* Where the plugin connects to, as "host:port[ tls]"; NULL: it does not. */
const char *fake_connecting(void);
/* The connection is made. */
void fake_opened(void);
/* It ends, or could not be made. */
void fake_closed(TnError error, TnCause cause);
/* The next frame that was sent holds at least this; it is claimed. Its id is remembered. */
void fake_sent(const char *json);
/* No frame was sent that is not claimed. */
void fake_sent_nothing(void);
/* Claims all frames, returns how many hold at least this. */
guint fake_sent_count(const char *json);
/* Claims every frame so far, of links that are gone, too. */
void fake_drop_frames(void);
/* A member of the last frame claimed, as a string: "pub.head.x-purple-tinode-id". Borrowed. */
const char *fake_sent_member(const char *path);
/* The next frame as it is, claimed: (transfer full); NULL. */
char *fake_take_frame(void);
/* A frame comes, as an answer to the last one claimed: gets its id. */
void fake_reply(const char *json);
void fake_push(const char *json);
/* A frame exactly as it stands. */
void fake_push_raw(const char *json);
/* fake_push() with printf formats; ' in arguments becomes ", too. */
void fake_pushf(const char *format, ...) G_GNUC_PRINTF(1, 2);
void fake_replyf(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* The transport takes no more frames. */
void fake_set_full(gboolean is_full);
gboolean fake_link_is_open(void);

/* Proxies ---------------------------------------------------------------------------------------
 * The transport asks for a dialer as the real one does: where one is needed, it dials, and connects
 * once it has the stream. */

/* The account's setting; host NULL and port 0: left out. Until then none. */
void fake_proxy(PurpleAccount *account, PurpleProxyType type, const char *host, int port);
void fake_proxy_user(PurpleAccount *account, const char *user, const char *password);
/* What libpurple is asked to connect to through the proxy, as "host port"; NULL: nothing. */
const char *fake_dialing(void);
/* How often it was asked. */
guint fake_dials(void);
/* It has connected: fd is handed to the plugin; -1: it has not, and says so. */
void fake_dialed(int fd);
/* libpurple does not even begin: its connect function gives NULL. */
void fake_refuse_dials(gboolean is_on);
/* The stream that the transport got from the dialer: (transfer full); -1. */
int fake_take_stream(void);
/* How many descriptors are watched now. Those that are ready are served by fake_turn(). */
guint fake_inputs(void);

/* For the fake's own files ----------------------------------------------------------------------
 */

void fake_time_reset(void);
void fake_time_check(void);
void fake_signals_reset(void);
/* A signal of libpurple's with one pointer. */
void fake_register_signal(void *instance, const char *name);
void fake_companion_reset(void);
void fake_companion_end(void);
void fake_signals_check(void);
void fake_watch_signals(void);
void fake_link_reset(void);
void fake_link_check(void);
void fake_link_login(PurpleAccount *account);
void fake_proxy_reset(void);
void fake_proxy_check(void);
void fake_serve_inputs(void);
void fake_accounts_end(void);
void fake_conversations_end(void);
void fake_lists_end(void);
void fake_lists_check(void);
GList *fake_accounts(void);
gboolean fake_is_blocked(const char *user);
gboolean fake_is_status(PurpleAccount *account, const char *id);
void fake_connection_chat_left(PurpleConnection *gc, PurpleConversation *conv);
const char *fake_normalize(PurpleAccount *account, const char *name);
void fake_set_user_dir(const char *dir);
void fake_debug_reset(void);
void fake_request_reset(void);
void fake_form_reset(void);
void fake_form_check(void);
void fake_form_close(const void *handle);
void fake_people_forget(PurpleBuddy *buddy);
void fake_people_set_group(PurpleBuddy *buddy, PurpleGroup *group);
void fake_people_keep_text(const char *text);
void fake_people_end(void);
void fake_group_reset(void);
void fake_server_reset(void);
/* How many debug lines of this level ("warning", "error") hold text. */
guint fake_debug_count(const char *level, const char *text);

#endif
