/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of purple-host: runs it as a child process with its built-in protocol and holds the order
 * of libpurple's events against what was measured in Pidgin, Finch and BitlBee. Layer: tests.
 */
#include <errno.h>
#include <gio/gio.h>
#include <jansson.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* No single step takes longer, even under valgrind. Milliseconds. */
#define DEADLINE_MS 60000

#define LOGIN          "{\"do\":\"login\",\"account\":\"me\",\"protocol\":\"prpl-hosttest\"}"
#define DO(verb, name) "{\"do\":\"" verb "\",\"account\":\"me\",\"name\":\"" name "\"}"
#define SEND(name, text)                                                                           \
    "{\"do\":\"send\",\"account\":\"me\",\"name\":\"" name "\",\"text\":\"" text "\"}"
/* Orders to the built-in protocol. They need the conversation "ctl", which is in no summary. */
#define CTL(text) SEND("ctl", text)

typedef struct {
    GPid pid;
    int in, out;
    GString *read;
    char *dir; /* from the ready event */
} Child;

static char *host_path(void)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = g_path_get_dirname(self);

    return g_build_filename(folder, "..", "purple-host", NULL);
}

static gint64 deadline(void)
{
    return g_get_monotonic_time() + (gint64)DEADLINE_MS * 1000;
}

/* The next line without its end, NULL at the end of the stream. */
static char *next_line(Child *child)
{
    gint64 until = deadline();
    char *newline;

    while ((newline = memchr(child->read->str, '\n', child->read->len)) == NULL) {
        struct pollfd fd = {.fd = child->out, .events = POLLIN};
        char chunk[4096];
        ssize_t got;

        if (poll(&fd, 1, 100) == 0 && g_get_monotonic_time() > until)
            fail_msg("purple-host said nothing more");
        if (!(fd.revents & (POLLIN | POLLHUP)))
            continue;
        got = read(child->out, chunk, sizeof chunk);
        if (got <= 0)
            return NULL;
        g_string_append_len(child->read, chunk, got);
    }
    {
        gsize length = newline - child->read->str;
        char *line = g_strndup(child->read->str, length);

        g_string_erase(child->read, 0, length + 1);
        return line;
    }
}

/* Owned by the caller; NULL at the end of the stream. */
static json_t *next_event(Child *child)
{
    g_autofree char *line = next_line(child);
    json_t *event;

    if (line == NULL)
        return NULL;
    event = json_loads(line, 0, NULL);
    if (event == NULL || !json_is_object(event))
        fail_msg("not a JSON object: %s", line);
    return event;
}

static const char *str(json_t *event, const char *key)
{
    const char *value = json_string_value(json_object_get(event, key));

    return value != NULL ? value : "";
}

static gboolean is(json_t *event, const char *key, const char *value)
{
    return strcmp(str(event, key), value) == 0;
}

static void put(Child *child, const char *line)
{
    g_autofree char *whole = g_strconcat(line, "\n", NULL);
    size_t length = strlen(whole), done = 0;

    while (done < length) {
        ssize_t wrote = write(child->in, whole + done, length - done);

        if (wrote < 0 && errno == EINTR)
            continue;
        assert_true(wrote > 0);
        done += wrote;
    }
}

/* Runs the lines (ended by NULL); all events until they are done, as an array. */
static json_t *run(Child *child, ...) G_GNUC_NULL_TERMINATED;

static json_t *collect(Child *child)
{
    json_t *events = json_array();
    json_t *event;

    put(child, "{\"do\":\"wait-idle\",\"tag\":\"end\"}");
    while ((event = next_event(child)) != NULL) {
        if (is(event, "ev", "result") && is(event, "tag", "end")) {
            json_decref(event);
            return events;
        }
        json_array_append_new(events, event);
    }
    fail_msg("purple-host ended by itself");
    return events;
}

static json_t *run(Child *child, ...)
{
    const char *line;
    va_list lines;

    va_start(lines, child);
    while ((line = va_arg(lines, const char *)) != NULL)
        put(child, line);
    va_end(lines);
    return collect(child);
}

static void run_quietly(Child *child, const char *line)
{
    json_t *events = run(child, line, NULL);
    size_t i;
    json_t *event;

    json_array_foreach (events, i, event)
        if (is(event, "ev", "error"))
            fail_msg("%s: %s", line, str(event, "text"));
    json_decref(events);
}

/* In the child: a test that fails leaves nothing running. */
static void die_with_parent(gpointer data G_GNUC_UNUSED)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static Child *start(const char *ui, const char *option, const char *value)
{
    g_autofree char *path = host_path();
    const char *argv[] = {path, "--ui", ui, "--with-test-protocol", "--trace", option, value, NULL};
    Child *child = g_new0(Child, 1);
    g_autoptr(GError) error = NULL;
    json_t *ready;

    child->read = g_string_new(NULL);
    if (!g_spawn_async_with_pipes(NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD,
                                  die_with_parent, NULL, &child->pid, &child->in, &child->out, NULL,
                                  &error))
        fail_msg("%s", error->message);
    ready = next_event(child);
    assert_non_null(ready);
    assert_string_equal(str(ready, "ev"), "ready");
    assert_string_equal(str(ready, "ui"), ui);
    child->dir = g_strdup(str(ready, "dir"));
    json_decref(ready);
    return child;
}

/* Signed in, with the conversation that orders go through. */
static Child *start_online(const char *ui)
{
    Child *child = start(ui, NULL, NULL);

    run_quietly(child, LOGIN);
    run_quietly(child, DO("open", "ctl"));
    return child;
}

/* Closes stdin; what still comes is returned, the exit status is checked. */
static json_t *finish(Child *child)
{
    json_t *events = json_array();
    json_t *event;
    int status;

    close(child->in);
    while ((event = next_event(child)) != NULL)
        json_array_append_new(events, event);
    assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    g_spawn_close_pid(child->pid);
    close(child->out);
    g_string_free(child->read, TRUE);
    g_free(child->dir);
    g_free(child);
    return events;
}

static void stop(Child *child)
{
    json_decref(finish(child));
}

static int number(json_t *event, const char *key)
{
    json_t *value = json_object_get(event, key);

    return json_is_true(value) ? 1 : json_integer_value(value);
}

/*
 * One word an event: bob:U4/f0/n1 (updated with type 4, has_focus false, unseen 1), created,
 * deleting/f1, wrote, later/f1 (has_focus a turn of the loop later), message, line, dropped; from
 * the protocol typing, closed, send_im. Other events have none, nor has what concerns ctl.
 */
static char *word_of(json_t *event)
{
    const char *ev = str(event, "ev"), *name = str(event, "name"), *what = str(event, "what");

    if (strcmp(name, "ctl") == 0)
        return NULL;
    if (strcmp(ev, "notify") == 0 && is(event, "title", "wire"))
        return g_strdup("send_im");
    if (strcmp(ev, "notify") == 0 && (is(event, "title", "closed") || is(event, "title", "typing")))
        return g_strdup_printf("%s(%s)", str(event, "title"), str(event, "primary"));
    if (strcmp(ev, "message") == 0 || strcmp(ev, "line") == 0 || strcmp(ev, "dropped") == 0)
        return g_strdup_printf("%s:%s", name, ev);
    if (strcmp(ev, "trace") != 0)
        return NULL;
    if (strcmp(what, "updated") == 0)
        return g_strdup_printf("%s:U%d/f%d/n%d", name, number(event, "type"),
                               number(event, "focus"), number(event, "unseen"));
    if (strcmp(what, "deleting") == 0 || strcmp(what, "later") == 0)
        return g_strdup_printf("%s:%s/f%d", name, what, number(event, "focus"));
    return g_strdup_printf("%s:%s", name, what);
}

/* Takes `events`. */
static void assert_order(json_t *events, const char *expected)
{
    GString *words = g_string_new(NULL);
    size_t i;
    json_t *event;

    json_array_foreach (events, i, event) {
        g_autofree char *word = word_of(event);

        if (word != NULL)
            g_string_append_printf(words, "%s%s", words->len > 0 ? " " : "", word);
    }
    assert_string_equal(words->str, expected);
    g_string_free(words, TRUE);
    json_decref(events);
}

/* The only event named `ev` of `events`, lent. */
static json_t *only(json_t *events, const char *ev)
{
    json_t *found = NULL, *event;
    size_t i;

    json_array_foreach (events, i, event)
        if (is(event, "ev", ev)) {
            if (found != NULL)
                fail_msg("more than one %s", ev);
            found = event;
        }
    if (found == NULL)
        fail_msg("no %s came", ev);
    return found;
}

static gboolean has(json_t *events, const char *ev)
{
    json_t *event;
    size_t i;

    json_array_foreach (events, i, event)
        if (is(event, "ev", ev))
            return TRUE;
    return FALSE;
}

/* Runs one line and returns what the only `ev` says under `key`. */
static char *ask(Child *child, const char *line, const char *ev, const char *key)
{
    json_t *events = run(child, line, NULL);
    char *text = g_strdup(str(only(events, ev), key));

    json_decref(events);
    return text;
}

static void assert_answer(Child *child, const char *line, const char *ev, const char *key,
                          const char *expected)
{
    g_autofree char *text = ask(child, line, ev, key);

    assert_string_equal(text, expected);
}

/* Pidgin -------------------------------------------------------------------------------------- */

static void pidgin__first_message__opens_a_tab_without_focus(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("pidgin");

    assert_order(run(child, CTL("say bob hi"), NULL),
                 "bob:U5/f0/n0 bob:U11/f0/n0 bob:created bob:message bob:U4/f0/n1 bob:wrote "
                 "bob:later/f0");
    stop(child);
}

static void pidgin__first_conversation__opens_a_window(void **state G_GNUC_UNUSED)
{
    Child *child = start("pidgin", NULL, NULL);

    run_quietly(child, LOGIN);
    assert_order(run(child, DO("open", "bob"), NULL),
                 "bob:U5/f0/n0 bob:U11/f0/n0 bob:U4/f0/n0 bob:U4/f0/n0 bob:created "
                 "bob:later/f0 bob:later/f0");
    stop(child);
}

static void pidgin__window_gets_focus__known_one_turn_later(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("pidgin");

    run_quietly(child, DO("open", "bob"));
    assert_order(run(child, DO("focus", "bob"), NULL), "bob:U4/f0/n0 bob:later/f1");
    assert_order(run(child, "{\"do\":\"blur\"}", NULL), "");
    assert_order(run(child, "{\"do\":\"window\",\"on\":true}", NULL), "bob:U4/f0/n0 bob:later/f1");
    assert_order(run(child, "{\"do\":\"window\",\"on\":false}", NULL), "");
    stop(child);
}

static void pidgin__tab_switch__known_at_once(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("pidgin");

    run_quietly(child, DO("open", "bob"));
    run_quietly(child, DO("open", "carol"));
    run_quietly(child, DO("focus", "carol"));
    assert_order(run(child, DO("focus", "bob"), NULL), "bob:U4/f1/n0 bob:U11/f1/n0 bob:later/f1");
    assert_order(run(child, DO("focus", "bob"), NULL), "");
    stop(child);
}

static void pidgin__open__takes_the_tab_but_not_the_focus(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("pidgin");

    run_quietly(child, DO("open", "bob"));
    run_quietly(child, DO("open", "carol"));
    run_quietly(child, DO("focus", "bob"));
    assert_order(run(child, DO("open", "bob"), NULL), "");
    assert_order(run(child, DO("open", "carol"), NULL),
                 "carol:U4/f0/n0 carol:U11/f0/n0 carol:later/f0");
    assert_order(run(child, "{\"do\":\"window\",\"on\":true}", NULL),
                 "carol:U4/f0/n0 carol:later/f1");
    stop(child);
}

static void pidgin__messages__count_only_unfocused(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("pidgin");

    run_quietly(child, CTL("say bob one"));
    assert_order(run(child, CTL("say bob two"), NULL),
                 "bob:message bob:U4/f0/n2 bob:wrote bob:later/f0");
    run_quietly(child, DO("focus", "bob"));
    assert_order(run(child, CTL("say bob three"), NULL), "bob:message bob:wrote");
    stop(child);
}

static void pidgin__send__tells_unseen_after_the_line(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("pidgin");
    json_t *events, *message;

    run_quietly(child, DO("open", "bob"));
    run_quietly(child, DO("focus", "bob"));
    events = run(child, SEND("bob", "hi"), NULL);
    message = json_incref(only(events, "message"));
    assert_order(events, "send_im bob:message bob:wrote bob:U4/f1/n0 bob:later/f1");
    assert_string_equal(str(message, "id"), "m1");
    assert_string_equal(str(message, "from"), "me");
    assert_string_equal(json_string_value(json_array_get(json_object_get(message, "flags"), 0)),
                        "send");
    json_decref(message);
    stop(child);
}

static void pidgin__system_line__marks_but_does_not_count(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("pidgin");

    run_quietly(child, DO("open", "bob"));
    run_quietly(child, DO("open", "carol"));
    run_quietly(child, DO("focus", "carol"));
    assert_order(run(child, CTL("system bob note"), NULL),
                 "bob:line bob:U4/f0/n0 bob:wrote bob:later/f0");
    stop(child);
}

static void pidgin__close__tells_the_next_tab(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("pidgin");

    run_quietly(child, DO("open", "bob"));
    run_quietly(child, DO("open", "carol"));
    run_quietly(child, DO("focus", "bob"));
    assert_order(run(child, DO("close", "bob"), NULL),
                 "typing(bob 0) closed(bob) bob:deleting/f1 carol:U4/f1/n0 carol:later/f1");
    stop(child);
}

static void pidgin__hidden__comes_back_with_a_message(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("pidgin");

    run_quietly(child, "{\"do\":\"pref\",\"name\":\"/pidgin/conversations/im/close_immediately\","
                       "\"value\":false}");
    run_quietly(child, DO("open", "bob"));
    run_quietly(child, DO("focus", "bob"));
    assert_order(run(child, DO("close", "bob"), NULL), "bob:U11/f0/n0");
    assert_order(run(child, CTL("say bob again"), NULL),
                 "bob:message bob:U4/f0/n1 bob:wrote bob:later/f0");
    stop(child);
}

static void pidgin__hide_new__makes_no_tab(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("pidgin");

    run_quietly(child, "{\"do\":\"pref\",\"name\":\"/pidgin/conversations/im/hide_new\","
                       "\"value\":\"always\"}");
    /* The client counts a line in a hidden conversation twice. */
    assert_order(run(child, CTL("say bob hi"), NULL),
                 "bob:U5/f0/n0 bob:U11/f0/n0 bob:created bob:message bob:U4/f0/n1 bob:wrote "
                 "bob:U4/f0/n2 bob:later/f0 bob:later/f0");
    assert_order(run(child, DO("focus", "bob"), NULL),
                 "bob:U4/f0/n0 bob:U11/f0/n0 bob:U4/f0/n0 bob:later/f1 bob:later/f1");
    stop(child);
}

static void pidgin__sent_text__is_html_on_the_wire(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("pidgin");

    run_quietly(child, DO("open", "bob"));
    assert_answer(child, SEND("bob", "a < b && \\\"it's\\\"\\nx"), "notify", "primary",
                  "a &lt; b &amp;&amp; &quot;it's&quot;<br>x");
    assert_answer(child, SEND("bob", "a < b && \\\"it's\\\"\\nx"), "message", "text",
                  "a < b && \"it's\"\nx");
    assert_answer(child,
                  "{\"do\":\"send\",\"account\":\"me\",\"name\":\"bob\",\"html\":true,"
                  "\"text\":\"<b>x</b>\"}",
                  "notify", "primary", "<b>x</b>");
    stop(child);
}

/* Finch --------------------------------------------------------------------------------------- */

static void finch__first_message__counts_without_state(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("finch");

    assert_order(run(child, CTL("say bob hi"), NULL),
                 "bob:U5/f0/n0 bob:U11/f0/n0 bob:created bob:message bob:U4/f0/n1 bob:wrote "
                 "bob:later/f0");
    stop(child);
}

static void finch__focus__known_at_once(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("finch");

    run_quietly(child, CTL("say bob hi"));
    assert_order(run(child, DO("focus", "bob"), NULL), "bob:U4/f1/n0 bob:later/f1");
    assert_order(run(child, "{\"do\":\"blur\"}", NULL), "");
    assert_order(run(child, CTL("say bob more"), NULL),
                 "bob:message bob:U4/f0/n1 bob:wrote bob:later/f0");
    assert_order(run(child, "{\"do\":\"window\",\"on\":true}", NULL), "bob:U4/f1/n0 bob:later/f1");
    stop(child);
}

static void finch__sending_and_system_lines__tell_nothing(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("finch");

    run_quietly(child, DO("open", "bob"));
    assert_order(run(child, SEND("bob", "hi"), NULL), "send_im bob:message bob:wrote");
    assert_order(run(child, CTL("system bob note"), NULL), "bob:line bob:wrote");
    stop(child);
}

static void finch__close__without_focus_then_the_next_window(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("finch");

    run_quietly(child, DO("open", "bob"));
    run_quietly(child, DO("open", "carol"));
    run_quietly(child, DO("focus", "carol"));
    run_quietly(child, DO("focus", "bob"));
    assert_order(run(child, DO("close", "bob"), NULL),
                 "typing(bob 0) closed(bob) bob:deleting/f0 carol:U4/f1/n0 carol:later/f1");
    stop(child);
}

/* BitlBee ------------------------------------------------------------------------------------- */

static void bitlbee__messages__no_unseen_no_focus(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("bitlbee");

    /* wrote-im-msg belongs to purple_conversation_write, which such a client never comes to. */
    assert_order(run(child, CTL("say bob hi"), DO("focus", "bob"), NULL),
                 "bob:U5/f0/n0 bob:U11/f0/n0 bob:created bob:message");
    assert_order(run(child, SEND("bob", "yo"), NULL), "send_im bob:dropped");
    assert_order(run(child, CTL("system bob note"), NULL), "bob:dropped bob:wrote");
    stop(child);
}

static void bitlbee__conversations__live_until_logout(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("bitlbee");

    run_quietly(child, CTL("say bob hi"));
    assert_answer(child, DO("close", "bob"), "error", "do", "close");
    assert_order(run(child, "{\"do\":\"logout\",\"account\":\"me\"}", NULL), "bob:deleting/f0");
    stop(child);
}

/* All ----------------------------------------------------------------------------------------- */

static void lines__wrong__are_told_and_survived(void **state G_GNUC_UNUSED)
{
    static const char *const wrong[] = {
        "rubbish",
        "[1]",
        "{\"do\":7}",
        "{\"what\":\"login\"}",
        "{\"do\":\"fly\"}",
        "{\"do\":\"login\"}",
        "{\"do\":\"register\",\"account\":\"x\",\"protocol\":\"prpl-hosttest\"}",
        "{\"do\":\"login\",\"account\":7}",
        "{\"do\":\"login\",\"account\":\"x\",\"pasword\":\"y\"}",
        "{\"do\":\"login\",\"account\":\"x\",\"protocol\":\"prpl-none\"}",
        "{\"do\":\"blur\",\"account\":\"me\"}",
        "{\"do\":\"blur\",\"do\":\"blur\"}",
        "{\"do\":\"window\",\"on\":1}",
        "{\"do\":\"focus\",\"account\":\"me\",\"name\":\"nobody\"}",
        "{\"do\":\"focus\",\"account\":\"nobody\",\"name\":\"bob\"}",
        "{\"do\":\"pref\",\"name\":\"/none\",\"value\":1}",
        "{\"do\":\"pref\",\"name\":\"/purple/away/away_when_idle\",\"value\":1}",
        "{\"do\":\"ipc\",\"account\":\"me\",\"call\":\"none\"}",
        "{\"do\":\"ipc\",\"account\":\"me\",\"call\":\"metrics-json\",\"name\":\"x\"}",
        "{\"do\":\"answer\",\"text\":\"x\"}",
        "{\"do\":\"status\",\"account\":\"me\",\"id\":\"none\"}",
        "{\"do\":\"typing\",\"account\":\"me\",\"name\":\"ctl\",\"state\":\"odd\"}",
        "{\"do\":\"input\",\"seconds_ago\":-1}",
        LOGIN,
    };
    Child *child = start_online("pidgin");

    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        json_t *events = run(child, wrong[i], NULL);

        if (json_array_size(events) != 1 || !is(json_array_get(events, 0), "ev", "error"))
            fail_msg("accepted: %s", wrong[i]);
        json_decref(events);
    }
    assert_order(run(child, CTL("say ctl fine"), NULL), "");
    stop(child);
}

static void lines__busy_main_loop__are_run_all_the_same(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("pidgin");

    run_quietly(child, CTL("spin"));
    assert_answer(child, "{\"do\":\"fly\"}", "error", "do", "fly");
    stop(child);
}

static void login__options__checked_before_anything_is_set(void **state G_GNUC_UNUSED)
{
    static const char *const wrong[] = {"{\"none\":1}",         "{\"number\":\"1\"}",
                                        "{\"flag\":1}",         "{\"server\":1}",
                                        "{\"mood\":\"funny\"}", "{\"number\":5,\"none\":1}"};
    Child *child = start("pidgin", NULL, NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *line = g_strdup_printf(
            "{\"do\":\"login\",\"account\":\"me\",\"protocol\":\"prpl-hosttest\",\"options\":%s}",
            wrong[i]);
        json_t *events = run(child, line, NULL);

        assert_int_equal(json_array_size(events), 1);
        only(events, "error");
        json_decref(events);
    }
    assert_answer(child, "{\"do\":\"buddies\",\"account\":\"me\"}", "error", "do", "buddies");
    stop(child);
}

static void login__after_failure_and_logout__keeps_the_options(void **state G_GNUC_UNUSED)
{
    Child *child = start("pidgin", NULL, NULL);

    assert_answer(child,
                  "{\"do\":\"login\",\"account\":\"me\",\"protocol\":\"prpl-hosttest\","
                  "\"options\":{\"mood\":\"bad\",\"number\":3,\"flag\":true,\"server\":\"s\"}}",
                  "disconnected", "reason", "network-error");
    /* The stored option makes it fail again. */
    assert_answer(child, "{\"do\":\"login\",\"account\":\"me\"}", "disconnected", "text", "no way");
    assert_answer(child, "{\"do\":\"login\",\"account\":\"me\",\"options\":{\"mood\":\"good\"}}",
                  "connected", "account", "me");
    assert_answer(child, "{\"do\":\"logout\",\"account\":\"me\"}", "disconnected", "reason",
                  "requested");
    assert_answer(child, "{\"do\":\"login\",\"account\":\"me\"}", "connected", "account", "me");
    stop(child);
}

static void drop__chat_open__joined_again_without_created(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("pidgin");
    json_t *events, *event;
    size_t i;

    events = run(child, DO("join", "room"), NULL);
    assert_string_equal(json_string_value(json_array_get(
                            json_object_get(only(events, "chat-members"), "members"), 0)),
                        "bob");
    json_decref(events);
    events = run(child, CTL("drop"), NULL);
    assert_string_equal(str(only(events, "disconnected"), "text"), "cut");
    json_decref(events);
    events = run(child, "{\"do\":\"login\",\"account\":\"me\"}", NULL);
    only(events, "connected");
    assert_true(has(events, "chat-members"));
    json_array_foreach (events, i, event)
        assert_false(is(event, "what", "created"));
    json_decref(events);
    assert_answer(child, SEND("room", "here"), "message", "name", "room");
    stop(child);
}

static void drop__reconnect_option__signs_in_again(void **state G_GNUC_UNUSED)
{
    Child *child = start("finch", "--reconnect", "20");
    json_t *events;

    run_quietly(child, LOGIN);
    run_quietly(child, DO("open", "ctl"));
    events = run(child, CTL("drop"), "{\"do\":\"wait\",\"ev\":\"connected\"}", NULL);
    only(events, "disconnected");
    only(events, "connected");
    assert_false(has(events, "error"));
    json_decref(events);
    /* A fatal error is not retried: the account is disabled. */
    events = run(child, CTL("refuse"), "{\"do\":\"wait\",\"ev\":\"connected\",\"ms\":200}", NULL);
    assert_string_equal(str(only(events, "disconnected"), "reason"), "authentication-failed");
    only(events, "error");
    assert_false(has(events, "connected"));
    json_decref(events);
    stop(child);
}

static void requests__each_kind__answered(void **state G_GNUC_UNUSED)
{
    static const struct {
        const char *kind, *answer, *result;
    } cases[] = {
        {"input", "{\"do\":\"answer\",\"text\":\"1234\"}", "1234"},
        {"input", "{\"do\":\"answer\",\"cancel\":true}", "nothing"},
        {"action", "{\"do\":\"answer\",\"text\":\"Blue\"}", "button 1"},
        {"action", "{\"do\":\"answer\",\"text\":\"0\"}", "button 0"},
        {"choice", "{\"do\":\"answer\",\"text\":\"Two\"}", "button 2"},
        {"fields", "{\"do\":\"answer\",\"text\":\"al\"}", "name al, often 0"},
        {"fields", "{\"do\":\"answer\",\"fields\":{\"name\":\"bo\",\"often\":true}}",
         "name bo, often 1"},
        {"authorize", "{\"do\":\"answer\",\"text\":\"authorize\"}", "authorized"},
        {"authorize", "{\"do\":\"answer\",\"cancel\":true}", "denied"},
    };
    Child *child = start_online("pidgin");

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *order = g_strdup_printf(
            "{\"do\":\"send\",\"account\":\"me\",\"name\":\"ctl\",\"text\":\"ask %s\"}",
            cases[i].kind);

        assert_answer(child, order, "request", "kind", cases[i].kind);
        assert_answer(child, cases[i].answer, "message", "text", cases[i].result);
        /* And then it is closed. */
        assert_answer(child, cases[i].answer, "error", "do", "answer");
    }
    stop(child);
}

static void requests__wrong_answer__leaves_it_open(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("pidgin");

    run_quietly(child, CTL("ask action"));
    assert_answer(child, "{\"do\":\"answer\",\"text\":\"Green\"}", "error", "do", "answer");
    run_quietly(child, CTL("ask fields"));
    assert_answer(child, "{\"do\":\"answer\",\"fields\":{\"often\":true}}", "error", "do",
                  "answer");
    assert_answer(child, "{\"do\":\"answer\",\"fields\":{\"age\":1}}", "error", "do", "answer");
    assert_answer(child, "{\"do\":\"answer\",\"text\":\"al\"}", "message", "text",
                  "name al, often 1");
    assert_answer(child, "{\"do\":\"answer\",\"text\":\"Red\"}", "message", "text", "button 0");
    run_quietly(child, CTL("ask input"));
    assert_answer(child, CTL("ask no-more"), "request-closed", "kind", "input");
    stop(child);
}

static void person__idle__makes_account_idle_and_away(void **state G_GNUC_UNUSED)
{
    static const char idle[] = "{\"do\":\"input\",\"seconds_ago\":3600}";
    Child *child = start_online("pidgin");
    json_t *events = run(child, "{\"do\":\"idle\",\"on\":true}", NULL);

    assert_int_equal(json_array_size(events), 2);
    assert_string_equal(str(json_array_get(events, 0), "primary"), "away");
    assert_string_equal(str(json_array_get(events, 1), "title"), "idle");
    json_decref(events);
    json_decref(run(child, "{\"do\":\"idle\",\"on\":false}", NULL));
    events = run(child, "{\"do\":\"input\",\"seconds_ago\":5}", NULL);
    assert_int_equal(json_array_size(events), 0);
    json_decref(events);
    events = run(child, idle, NULL);
    assert_int_equal(json_array_size(events), 2);
    json_decref(events);
    /* A key is an input. */
    events = run(child, CTL("say ctl x"), NULL);
    assert_true(has(events, "notify"));
    json_decref(events);
    stop(child);
}

static void plugin__calls_and_signals__as_json(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("pidgin");
    json_t *events = run(child, CTL("signal now"), NULL);
    g_autofree char *args =
        json_dumps(json_object_get(only(events, "signal"), "args"), JSON_COMPACT);

    assert_string_equal(args, "[\"me\",\"\",-7]");
    json_decref(events);
    events = run(child, "{\"do\":\"ipc\",\"account\":\"me\",\"call\":\"metrics-json\"}", NULL);
    assert_string_equal(str(json_object_get(only(events, "result"), "value"), "who"), "me");
    json_decref(events);
    assert_answer(child,
                  "{\"do\":\"ipc\",\"account\":\"me\",\"call\":\"message-state\",\"name\":\"bob\","
                  "\"args\":[\"m1\"]}",
                  "result", "value", "read");
    stop(child);
}

static void commands__in_a_conversation__line_or_error(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("pidgin");

    run_quietly(child, DO("open", "bob"));
    assert_answer(child,
                  "{\"do\":\"command\",\"account\":\"me\",\"name\":\"bob\","
                  "\"text\":\"say-here what\"}",
                  "line", "text", "what");
    assert_answer(child,
                  "{\"do\":\"command\",\"account\":\"me\",\"name\":\"bob\","
                  "\"text\":\"say-here fail\"}",
                  "error", "text", "command: as asked");
    assert_answer(child,
                  "{\"do\":\"command\",\"account\":\"me\",\"name\":\"bob\","
                  "\"text\":\"none-such\"}",
                  "error", "do", "command");
    stop(child);
}

static void people__typing_presence_members__told(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("pidgin");

    assert_answer(child, CTL("type bob"), "typing", "state", "typing");
    assert_answer(child, CTL("online bob"), "buddy", "name", "bob");
    assert_answer(child, CTL("notify it"), "notify", "text", "Something\nwent wrong");
    run_quietly(child, DO("open", "bob"));
    assert_answer(child, DO("typing", "bob"), "notify", "primary", "bob 1");
    assert_order(run(child, DO("typing", "bob"), NULL), "");
    run_quietly(child, DO("join", "room"));
    {
        json_t *events = run(child, CTL("enters dave"), NULL);
        g_autofree char *members =
            json_dumps(json_object_get(only(events, "chat-members"), "members"), JSON_COMPACT);

        assert_string_equal(members, "[\"bob\",\"dave\"]");
        json_decref(events);
    }
    stop(child);
}

static void stdin__closed__ends_in_order_and_cleans_up(void **state G_GNUC_UNUSED)
{
    Child *child = start_online("pidgin");
    g_autofree char *dir = g_strdup(child->dir);
    json_t *events;

    assert_true(g_file_test(dir, G_FILE_TEST_IS_DIR));
    /* The last line has no end, and is run all the same. */
    assert_true(write(child->in, "{\"do\":\"fly\"}", strlen("{\"do\":\"fly\"}")) > 0);
    events = finish(child);
    only(events, "error");
    assert_string_equal(str(only(events, "disconnected"), "reason"), "requested");
    json_decref(events);
    assert_false(g_file_test(dir, G_FILE_TEST_EXISTS));
}

static void dir__given__is_kept_and_holds_the_account(void **state G_GNUC_UNUSED)
{
    g_autofree char *dir = g_dir_make_tmp("test-host-XXXXXX", NULL);
    g_autofree char *accounts = g_build_filename(dir, "accounts.xml", NULL);
    g_autofree char *text = NULL;
    const char *remove[] = {"rm", "-r", dir, NULL};
    Child *child = start("pidgin", "--dir", dir);

    run_quietly(child, "{\"do\":\"login\",\"account\":\"me\",\"protocol\":\"prpl-hosttest\","
                       "\"options\":{\"number\":42}}");
    stop(child);
    assert_true(g_file_get_contents(accounts, &text, NULL, NULL));
    assert_non_null(strstr(text, "prpl-hosttest"));
    assert_non_null(strstr(text, "42"));
    assert_true(g_spawn_sync(NULL, (char **)remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                             NULL, NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pidgin__first_message__opens_a_tab_without_focus),
        cmocka_unit_test(pidgin__first_conversation__opens_a_window),
        cmocka_unit_test(pidgin__window_gets_focus__known_one_turn_later),
        cmocka_unit_test(pidgin__tab_switch__known_at_once),
        cmocka_unit_test(pidgin__open__takes_the_tab_but_not_the_focus),
        cmocka_unit_test(pidgin__messages__count_only_unfocused),
        cmocka_unit_test(pidgin__send__tells_unseen_after_the_line),
        cmocka_unit_test(pidgin__system_line__marks_but_does_not_count),
        cmocka_unit_test(pidgin__close__tells_the_next_tab),
        cmocka_unit_test(pidgin__hidden__comes_back_with_a_message),
        cmocka_unit_test(pidgin__hide_new__makes_no_tab),
        cmocka_unit_test(pidgin__sent_text__is_html_on_the_wire),
        cmocka_unit_test(finch__first_message__counts_without_state),
        cmocka_unit_test(finch__focus__known_at_once),
        cmocka_unit_test(finch__sending_and_system_lines__tell_nothing),
        cmocka_unit_test(finch__close__without_focus_then_the_next_window),
        cmocka_unit_test(bitlbee__messages__no_unseen_no_focus),
        cmocka_unit_test(bitlbee__conversations__live_until_logout),
        cmocka_unit_test(lines__wrong__are_told_and_survived),
        cmocka_unit_test(lines__busy_main_loop__are_run_all_the_same),
        cmocka_unit_test(login__options__checked_before_anything_is_set),
        cmocka_unit_test(login__after_failure_and_logout__keeps_the_options),
        cmocka_unit_test(drop__chat_open__joined_again_without_created),
        cmocka_unit_test(drop__reconnect_option__signs_in_again),
        cmocka_unit_test(requests__each_kind__answered),
        cmocka_unit_test(requests__wrong_answer__leaves_it_open),
        cmocka_unit_test(person__idle__makes_account_idle_and_away),
        cmocka_unit_test(plugin__calls_and_signals__as_json),
        cmocka_unit_test(commands__in_a_conversation__line_or_error),
        cmocka_unit_test(people__typing_presence_members__told),
        cmocka_unit_test(stdin__closed__ends_in_order_and_cleans_up),
        cmocka_unit_test(dir__given__is_kept_and_holds_the_account),
    };

    return cmocka_run_group_tests_name("purple-host", tests, NULL, NULL);
}
