/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loopback server's orders (tests/server): that it misbehaves as it is told, tells its state,
 * and begins and ends as promised. What it does on its own is held against recordings by
 * test-transcripts.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test-server.h"
#include "test-wire.h"

#define QUIET_MS 150

typedef struct {
    Server server;
    GPtrArray *wires;
    json_t *ids; /* login → id */
    char *flowers;
} World;

/* ---- helpers ---- */

static json_t *tell(World *world, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Gives an order that must succeed. New reference to the answer. */
static json_t *tell(World *world, const char *format, ...)
{
    g_autofree char *inner = NULL;
    g_autofree char *line = NULL;
    json_t *answer;
    va_list args;

    va_start(args, format);
    inner = g_strdup_vprintf(format, args);
    va_end(args);
    line = g_strdup_printf("{\"id\":1,%s}", inner);
    for (char *p = line; *p != '\0'; p++)
        *p = *p == '\'' ? '"' : *p;
    answer = server_order(&world->server, line);
    if (!json_is_object(answer) || json_object_get(answer, "error") != NULL)
        fail_msg("%s: %s", line, json_string_value(json_object_get(answer, "error")));
    return answer;
}

#define ORDER(...) json_decref(tell(world, __VA_ARGS__))

static const char *id_of(World *world, const char *login)
{
    return json_string_value(json_object_get(world->ids, login));
}

static Wire *connect_to(World *world)
{
    Wire *wire = wire_open(world->server.port);

    if (wire != NULL)
        g_ptr_array_add(world->wires, wire);
    return wire;
}

static void say(Wire *wire, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Sends a frame; single quotes stand for double ones. */
static void say(Wire *wire, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    for (char *p = text; *p != '\0'; p++)
        *p = *p == '\'' ? '"' : *p;
    wire_send(wire, text);
}

/* The next frame that came, until the deadline. New reference, NULL: none. */
static json_t *hear_until(World *world, Wire *wire, gint64 deadline)
{
    g_autofree char *text = NULL;

    while (g_queue_is_empty(wire->texts) && wire->fd >= 0 && wire_now_ms() < deadline)
        wire_pump(world->wires, deadline);
    text = g_queue_pop_head(wire->texts);
    return text == NULL ? NULL : json_loads(text, JSON_DECODE_ANY, NULL);
}

/* Part of a frame by its path, "ctrl/code". Borrowed. */
static json_t *part(json_t *frame, const char *path)
{
    g_auto(GStrv) keys = g_strsplit(path, "/", 8);

    for (guint i = 0; keys[i] != NULL; i++)
        frame = json_object_get(frame, keys[i]);
    return frame;
}

static void assert_text(json_t *frame, const char *path, const char *want)
{
    const char *got = json_string_value(part(frame, path));

    if (g_strcmp0(got, want) != 0)
        fail_msg("%s: %s instead of %s", path, got, want);
}

/* Passes over frames until one has this part. New reference; fails if none comes. */
static json_t *hear(World *world, Wire *wire, const char *path)
{
    gint64 deadline = wire_now_ms() + WIRE_DEADLINE_MS;
    json_t *frame;

    while ((frame = hear_until(world, wire, deadline)) != NULL) {
        if (part(frame, path) != NULL)
            return frame;
        json_decref(frame);
    }
    fail_msg("no frame with %s", path);
    return NULL;
}

static json_int_t code_heard(World *world, Wire *wire)
{
    json_t *frame = hear(world, wire, "ctrl/code");
    json_int_t code = json_integer_value(part(frame, "ctrl/code"));

    json_decref(frame);
    return code;
}

static void assert_silence(World *world, Wire *wire)
{
    json_t *frame = hear_until(world, wire, wire_now_ms() + QUIET_MS);

    if (frame != NULL) {
        char *text = json_dumps(frame, JSON_ENCODE_ANY);

        fail_msg("unexpected: %s", text);
    }
    assert_true(wire->fd >= 0);
}

static void assert_ended(World *world, Wire *wire, int code)
{
    gint64 deadline = wire_now_ms() + WIRE_DEADLINE_MS;

    while (wire->fd >= 0 && wire_now_ms() < deadline)
        wire_pump(world->wires, deadline);
    assert_int_equal(wire->fd, -1);
    assert_int_equal(wire->close_code, code);
}

static Wire *log_in(World *world, const char *login)
{
    g_autofree char *secret = g_strdup_printf("%s:%s123", login, login);
    g_autofree char *coded = g_base64_encode((const guchar *)secret, strlen(secret));
    Wire *wire = connect_to(world);

    assert_non_null(wire);
    say(wire, "{'hi':{'id':'h','ver':'0.25','ua':'test/1'}}");
    assert_int_equal(code_heard(world, wire), 201);
    say(wire, "{'login':{'id':'l','scheme':'basic','secret':'%s'}}", coded);
    assert_int_equal(code_heard(world, wire), 200);
    return wire;
}

static Wire *attach(World *world, const char *login, const char *topic)
{
    Wire *wire = log_in(world, login);

    say(wire, "{'sub':{'id':'s','topic':'%s'}}", topic);
    assert_int_equal(code_heard(world, wire), 200);
    wire_settle(world->wires, QUIET_MS / 3);
    g_queue_clear_full(wire->texts, g_free);
    return wire;
}

static int begin_with(void **state, const char *const *options)
{
    World *world = g_new0(World, 1);
    json_t *answer;

    world->wires = g_ptr_array_new_with_free_func(wire_free);
    *state = world;
    if (!server_start(&world->server, options))
        return -1;
    answer = server_order(&world->server, "{\"do\":\"state\"}");
    world->ids = json_incref(part(answer, "state/users"));
    world->flowers = g_strdup(json_string_value(part(answer, "state/groups/flowers")));
    json_decref(answer);
    return 0;
}

static int begin(void **state)
{
    return begin_with(state, NULL);
}

static int end(void **state)
{
    World *world = *state;
    int status;

    g_ptr_array_free(world->wires, TRUE);
    status = server_stop(&world->server);
    json_decref(world->ids);
    g_free(world->flowers);
    g_free(world);
    return status;
}

/* ---- connections ---- */

static void steer__drop__ends_only_that_users_sessions(void **state)
{
    World *world = *state;
    Wire *alice = attach(world, "alice", "me");
    Wire *bob = attach(world, "bob", "me");

    ORDER("'do':'drop','who':'alice'");
    assert_ended(world, alice, 1006);
    say(bob, "{'get':{'id':'1','topic':'me','what':'desc'}}");
    json_decref(hear(world, bob, "meta/desc"));
    ORDER("'do':'drop'");
    assert_ended(world, bob, 1006);
}

static void steer__refuse__nobody_listens_until_time_is_up(void **state)
{
    World *world = *state;
    Wire *alice = attach(world, "alice", "me");

    ORDER("'do':'refuse','for_ms':60000");
    assert_null(connect_to(world));
    assert_silence(world, alice);
    ORDER("'do':'clock','advance_ms':60000");
    assert_non_null(connect_to(world));
    ORDER("'do':'refuse','for_ms':60000,'how':'upgrade'");
    assert_null(connect_to(world));
    ORDER("'do':'clear'");
    assert_non_null(connect_to(world));
}

static void steer__delay__frames_come_so_much_later_and_in_order(void **state)
{
    World *world = *state;
    Wire *alice = attach(world, "alice", "me");
    gint64 start = wire_now_ms();
    json_t *frame;

    ORDER("'do':'delay','ms':200,'who':'alice'");
    ORDER("'do':'frame','to':'alice','frame':{'n':1}");
    ORDER("'do':'delay','ms':0");
    ORDER("'do':'frame','to':'alice','frame':{'n':2}");
    frame = hear(world, alice, "n");
    assert_int_equal(json_integer_value(part(frame, "n")), 1);
    assert_true(wire_now_ms() - start >= 200);
    json_decref(frame);
    frame = hear(world, alice, "n");
    assert_int_equal(json_integer_value(part(frame, "n")), 2);
    json_decref(frame);
}

static void steer__cut__ends_in_the_middle_of_a_frame(void **state)
{
    World *world = *state;
    Wire *alice = attach(world, "alice", "me");

    ORDER("'do':'cut','after_bytes':7,'who':'alice'");
    ORDER("'do':'frame','to':'alice','frame':{'n':1}");
    assert_ended(world, alice, 1006);
    assert_true(g_queue_is_empty(alice->texts));
    assert_int_equal(alice->in->len, 7);
}

static void steer__mute__the_socket_stays_and_nothing_comes(void **state)
{
    World *world = *state;
    Wire *alice = attach(world, "alice", "me");

    ORDER("'do':'mute','who':'alice'");
    say(alice, "{'get':{'id':'1','topic':'me','what':'desc'}}");
    wire_send_frame(alice, 9, "x", 1);
    assert_silence(world, alice);
    ORDER("'do':'mute','who':'alice','on':false");
    say(alice, "{'get':{'id':'2','topic':'me','what':'desc'}}");
    json_decref(hear(world, alice, "meta/desc"));
}

static void steer__handshake__ends_as_ordered_and_then_works(void **state)
{
    static const char *const modes[] = {"close", "half", "200", "301", "403", "503", NULL};
    World *world = *state;
    Wire *wire;

    for (guint i = 0; modes[i] != NULL; i++) {
        ORDER("'do':'handshake','mode':'%s'", modes[i]);
        assert_null(connect_to(world));
        assert_non_null(connect_to(world));
    }
    ORDER("'do':'handshake','mode':'silent-after-101'");
    wire = connect_to(world);
    assert_non_null(wire);
    say(wire, "{'hi':{'id':'1','ver':'0.25'}}");
    assert_silence(world, wire);
}

static void steer__shutdown__tells_everybody_and_comes_back(void **state)
{
    World *world = *state;
    Wire *alice = attach(world, "alice", "me");
    json_t *frame;

    ORDER("'do':'shutdown','for_ms':60000");
    frame = hear(world, alice, "ctrl");
    assert_text(frame, "ctrl/text", "server shutdown");
    json_decref(frame);
    assert_ended(world, alice, 1006);
    assert_null(connect_to(world));
    ORDER("'do':'clock','advance_ms':60000");
    assert_non_null(connect_to(world));
}

/* ---- requests ---- */

static void steer__error__is_answered_and_not_done(void **state)
{
    World *world = *state;
    const char *bob = id_of(world, "bob");
    Wire *alice = attach(world, "alice", bob);
    json_t *frame;

    ORDER("'do':'error','to':'pub','code':503,'times':2,'topic':'%s'", bob);
    for (int i = 0; i < 2; i++) {
        say(alice, "{'pub':{'id':'%d','topic':'%s','content':'x'}}", i, bob);
        assert_int_equal(code_heard(world, alice), 503);
    }
    say(alice, "{'pub':{'id':'2','topic':'%s','content':'x'}}", bob);
    frame = hear(world, alice, "ctrl");
    assert_int_equal(json_integer_value(part(frame, "ctrl/params/seq")), 1);
    json_decref(frame);
    ORDER("'do':'error','to':'note','code':409");
    say(alice, "{'note':{'topic':'%s','what':'read','seq':1}}", bob);
    frame = hear(world, alice, "ctrl");
    assert_null(part(frame, "ctrl/id"));
    assert_text(frame, "ctrl/topic", bob);
    assert_text(frame, "ctrl/text", "must attach first");
    json_decref(frame);
}

static void steer__silence__is_done_and_not_answered(void **state)
{
    World *world = *state;
    const char *bob = id_of(world, "bob");
    Wire *alice = attach(world, "alice", bob);
    json_t *frame;

    ORDER("'do':'silence','to':'pub','times':1");
    say(alice, "{'pub':{'id':'1','topic':'%s','content':'x'}}", bob);
    assert_silence(world, alice);
    ORDER("'do':'silence','to':'pub','times':1,'echo':true");
    say(alice, "{'pub':{'id':'2','topic':'%s','content':'y'}}", bob);
    frame = hear_until(world, alice, wire_now_ms() + WIRE_DEADLINE_MS);
    assert_int_equal(json_integer_value(part(frame, "data/seq")), 2);
    json_decref(frame);
    ORDER("'do':'silence','to':'sub','times':1");
    say(alice, "{'sub':{'id':'3','topic':'me','get':{'what':'desc'}}}");
    assert_silence(world, alice);
    say(alice, "{'sub':{'id':'4','topic':'me'}}");
    assert_int_equal(code_heard(world, alice), 304);
}

static void steer__queue__a_slow_reader_loses_frames(void **state)
{
    World *world = *state;
    Wire *alice = attach(world, "alice", id_of(world, "bob"));
    gboolean attached = FALSE;
    json_t *answer;
    size_t i;
    json_t *name;

    /* Nothing is read meanwhile: the socket fills up, and then the queue. */
    ORDER("'do':'queue','max':10");
    answer =
        tell(world, "'do':'say','as':'bob','to':'alice','times':400,'content':'%0*d'", 20000, 0);
    assert_int_equal(json_integer_value(part(answer, "seq")), 400);
    json_decref(answer);
    answer = tell(world, "'do':'state'");
    json_array_foreach (part(json_array_get(part(answer, "state/sessions"), 0), "attached"), i,
                        name)
        attached |= strcmp(json_string_value(name), id_of(world, "bob")) == 0;
    json_decref(answer);
    assert_false(attached);
    assert_true(alice->fd >= 0);
}

/* ---- frames, users ---- */

static void steer__frame__sends_exactly_this(void **state)
{
    World *world = *state;
    Wire *alice = attach(world, "alice", "me");
    Wire *bob = attach(world, "bob", "me");
    json_t *frame;
    g_autofree char *text = NULL;

    wire_settle(world->wires, QUIET_MS);
    g_queue_clear_full(alice->texts, g_free);
    ORDER("'do':'frame','to':'alice','frame':{'info':{'topic':'me'}}");
    frame = hear(world, alice, "info/topic");
    json_decref(frame);
    ORDER("'do':'frame','to':'alice','raw':'{broken'");
    while (g_queue_is_empty(alice->texts))
        assert_true(wire_pump(world->wires, wire_now_ms() + WIRE_DEADLINE_MS));
    text = g_queue_pop_head(alice->texts);
    assert_string_equal(text, "{broken");
    assert_silence(world, bob);
    ORDER("'do':'flood','to':'bob','frames':1000,'topic':'%s'", id_of(world, "alice"));
    for (int i = 0; i < 1000; i++) {
        frame = hear(world, bob, "info/what");
        json_decref(frame);
    }
}

static void steer__say_and_note__reach_the_clients(void **state)
{
    World *world = *state;
    const char *bob = id_of(world, "bob");
    Wire *attached = attach(world, "alice", bob);
    Wire *on_me = attach(world, "alice", "me");
    json_t *answer = tell(world, "'do':'say','as':'bob','to':'%s','content':{'txt':'hi'}",
                          id_of(world, "alice"));
    json_t *frame;

    assert_int_equal(json_integer_value(part(answer, "seq")), 1);
    json_decref(answer);
    frame = hear(world, attached, "data");
    assert_text(frame, "data/from", bob);
    assert_text(frame, "data/content/txt", "hi");
    json_decref(frame);
    frame = hear(world, on_me, "pres");
    assert_text(frame, "pres/what", "msg");
    json_decref(frame);
    say(attached, "{'pub':{'id':'1','topic':'%s','content':'yes','noecho':true}}", bob);
    assert_int_equal(code_heard(world, attached), 202);
    ORDER("'do':'note','as':'bob','topic':'alice','what':'read','seq':2");
    frame = hear(world, attached, "info");
    assert_text(frame, "info/what", "read");
    assert_int_equal(json_integer_value(part(frame, "info/seq")), 2);
    json_decref(frame);
    frame = hear(world, on_me, "info");
    assert_text(frame, "info/src", bob);
    json_decref(frame);
}

static void steer__say__makes_a_conversation_that_is_new(void **state)
{
    World *world = *state;
    Wire *carol = attach(world, "carol", "me");
    json_t *frame;

    ORDER("'do':'say','as':'bob','to':'carol','content':'hello'");
    frame = hear(world, carol, "pres/dacs");
    assert_text(frame, "pres/what", "acs");
    assert_text(frame, "pres/src", id_of(world, "bob"));
    json_decref(frame);
    frame = hear(world, carol, "pres/seq");
    assert_text(frame, "pres/what", "msg");
    json_decref(frame);
}

static void steer__request__acts_in_a_users_name(void **state)
{
    World *world = *state;
    Wire *bob = attach(world, "bob", world->flowers);
    json_t *answer;
    json_t *frame;

    answer = tell(world,
                  "'do':'request','as':'carol','frame':{'set':{'id':'1','topic':'%s',"
                  "'sub':{'user':'%s','mode':'N'}}}",
                  world->flowers, id_of(world, "bob"));
    assert_text(json_array_get(part(answer, "heard"), 0), "ctrl/params/acs/given", "N");
    json_decref(answer);
    frame = hear(world, bob, "ctrl");
    assert_text(frame, "ctrl/text", "evicted");
    json_decref(frame);
    say(bob, "{'sub':{'id':'1','topic':'%s'}}", world->flowers);
    assert_int_equal(code_heard(world, bob), 403);
}

/* No recording shows this one: one's own key presses do not come back by another session's me. */
static void note__kp__does_not_reach_own_sessions(void **state)
{
    World *world = *state;
    const char *bob = id_of(world, "bob");
    Wire *typing = attach(world, "alice", bob);
    Wire *on_me = attach(world, "alice", "me");
    Wire *peer = attach(world, "bob", "me");

    wire_settle(world->wires, QUIET_MS);
    g_queue_clear_full(on_me->texts, g_free);
    g_queue_clear_full(peer->texts, g_free);
    say(typing, "{'note':{'topic':'%s','what':'kp'}}", bob);
    json_decref(hear(world, peer, "info/src"));
    assert_silence(world, on_me);
}

static void steer__state__tells_who_is_attached_and_all_cursors(void **state)
{
    World *world = *state;
    Wire *carol = attach(world, "carol", world->flowers);
    json_t *answer;
    json_t *topic;
    size_t i;
    gboolean found = FALSE;

    ORDER("'do':'say','as':'bob','to':'flowers','content':'x'");
    json_decref(hear(world, carol, "data"));
    ORDER("'do':'note','as':'carol','topic':'flowers','what':'recv','seq':1");
    answer = tell(world, "'do':'state'");
    assert_text(json_array_get(part(answer, "state/sessions"), 0), "user", "carol");
    assert_string_equal(
        json_string_value(
            json_array_get(part(json_array_get(part(answer, "state/sessions"), 0), "attached"), 0)),
        world->flowers);
    json_array_foreach (part(answer, "state/topics"), i, topic) {
        size_t n;
        json_t *member;

        if (g_strcmp0(json_string_value(part(topic, "room")), world->flowers) != 0)
            continue;
        assert_int_equal(json_array_size(part(topic, "members")), 4);
        json_array_foreach (part(topic, "members"), n, member) {
            const char *user = json_string_value(part(member, "user"));
            json_int_t recv = json_integer_value(part(member, "recv"));

            assert_int_equal(recv, strcmp(user, "carol") == 0 || strcmp(user, "bob") == 0);
            found |= strcmp(user, "carol") == 0 && json_integer_value(part(member, "online")) == 1;
        }
    }
    json_decref(answer);
    assert_true(found);
}

static void steer__nonsense__is_answered_with_an_error(void **state)
{
    static const char *const lines[] = {"{bad",
                                        "[]",
                                        "{}",
                                        "{\"do\":\"bogus\"}",
                                        "{\"do\":\"refuse\"}",
                                        "{\"do\":\"error\",\"to\":\"x\"}",
                                        "{\"do\":\"say\",\"as\":\"nobody\",\"to\":\"alice\"}",
                                        "{\"do\":\"delay\",\"ms\":-1}",
                                        NULL};
    World *world = *state;

    for (guint i = 0; lines[i] != NULL; i++) {
        json_t *answer = server_order(&world->server, lines[i]);

        assert_true(json_is_string(part(answer, "error")));
        json_decref(answer);
    }
}

/* ---- frames of the WebSocket ---- */

static void ws__fragments_and_binary__are_taken_as_one_text(void **state)
{
    World *world = *state;
    Wire *wire = connect_to(world);
    static const char text[] = "{\"hi\":{\"id\":\"1\",\"ver\":\"0.25\"}}";
    static const guint8 first[] = {0x02, 0x80 | 5, 0, 0, 0, 0};
    static const guint8 last[] = {0x80, 0x80 | (sizeof text - 1 - 5), 0, 0, 0, 0};

    assert_non_null(wire);
    wire_write(wire->fd, first, sizeof first);
    wire_write(wire->fd, text, 5);
    wire_send_frame(wire, 9, "ping", 4);
    wire_write(wire->fd, last, sizeof last);
    wire_write(wire->fd, text + 5, sizeof text - 1 - 5);
    assert_int_equal(code_heard(world, wire), 201);
}

static void ws__unmasked__closes_with_1002(void **state)
{
    World *world = *state;
    Wire *wire = connect_to(world);

    assert_non_null(wire);
    wire_write(wire->fd,
               "\x81\x01"
               "1",
               3);
    assert_ended(world, wire, 1002);
}

/* ---- options ---- */

static int begin_with_events(void **state)
{
    static const char *const options[] = {"--events", NULL};

    return begin_with(state, options);
}

static void options__events__tell_what_happens(void **state)
{
    static const char *const names[] = {"connect", "attach", "pub", "leave", "disconnect"};
    World *world = *state;
    const char *bob = id_of(world, "bob");
    Wire *alice = log_in(world, "alice");

    say(alice, "{'sub':{'id':'1','topic':'%s'}}", bob);
    assert_int_equal(code_heard(world, alice), 200);
    say(alice, "{'pub':{'id':'2','topic':'%s','content':'x'}}", bob);
    assert_int_equal(code_heard(world, alice), 202);
    say(alice, "{'leave':{'id':'3','topic':'%s'}}", bob);
    assert_int_equal(code_heard(world, alice), 200);
    wire_end(alice, 1000);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        json_t *line = server_line(&world->server);

        assert_text(line, "ev", names[i]);
        assert_text(line, "who", "alice");
        if (strcmp(names[i], "pub") == 0)
            assert_text(line, "content", "x");
        json_decref(line);
    }
}

static int begin_with_users(void **state)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("loopback-users-XXXXXX", &path, NULL);
    static const char text[] =
        "{\"users\":[{\"login\":\"ann\"},{\"login\":\"ben\",\"password\":\"secret\"}],"
        "\"p2p\":[[\"ann\",\"ben\"]],"
        "\"groups\":[{\"name\":\"flowers\",\"owner\":\"ann\",\"members\":[\"ben\"]}]}";
    const char *const options[] = {"--users", path, NULL};
    int result;

    if (fd < 0 || write(fd, text, sizeof text - 1) != (ssize_t)sizeof text - 1)
        return -1;
    close(fd);
    result = begin_with(state, options);
    unlink(path);
    return result;
}

static void options__users__make_another_world(void **state)
{
    World *world = *state;
    Wire *ann = log_in(world, "ann");
    json_t *frame;

    assert_null(id_of(world, "alice"));
    say(ann, "{'sub':{'id':'1','topic':'me','get':{'what':'sub'}}}");
    frame = hear(world, ann, "meta/sub");
    assert_int_equal(json_array_size(part(frame, "meta/sub")), 2);
    assert_text(json_array_get(part(frame, "meta/sub"), 0), "topic", id_of(world, "ben"));
    assert_text(json_array_get(part(frame, "meta/sub"), 1), "topic", world->flowers);
    json_decref(frame);
}

/* Base64 of text, of which at most two are in use at a time. */
static const char *coded(const char *text)
{
    static char buffers[2][128];
    static guint turn;
    g_autofree char *code = g_base64_encode((const guchar *)text, strlen(text));
    char *buffer = buffers[turn++ % 2];

    g_strlcpy(buffer, code, sizeof buffers[0]);
    return buffer;
}

static json_int_t set_by_code(World *world, Wire *wire, const char *code, const char *password)
{
    g_autofree char *temporary = g_strconcat(code, ":email:bob@example.com", NULL);
    g_autofree char *secret = g_strconcat(":", password, NULL);

    say(wire,
        "{'acc':{'id':'a','tmpscheme':'code','tmpsecret':'%s','scheme':'basic',"
        "'secret':'%s'}}",
        coded(temporary), coded(secret));
    return code_heard(world, wire);
}

static void send_reset(World *world, Wire *wire, const char *address, int code)
{
    say(wire, "{'login':{'id':'r','scheme':'reset','secret':'%s'}}", coded(address));
    assert_int_equal(code_heard(world, wire), code);
}

static void reset__code__sets_a_password_once(void **state)
{
    World *world = *state;
    Wire *wire = connect_to(world);

    say(wire, "{'hi':{'id':'h','ver':'0.25','ua':'test/1'}}");
    assert_int_equal(code_heard(world, wire), 201);
    assert_int_equal(set_by_code(world, wire, "123456", "another1"), 401); /* none was sent */
    send_reset(world, wire, "basic:email", 400);
    send_reset(world, wire, "basic:pigeon:bob", 501);
    send_reset(world, wire, "basic:email:nobody@example.com", 301);
    send_reset(world, wire, "basic:email:bob@example.com", 301);
    assert_int_equal(set_by_code(world, wire, "000000", "another1"), 401);
    assert_int_equal(set_by_code(world, wire, "123456", "abc"), 422);
    assert_int_equal(set_by_code(world, wire, "123456", "another1"), 401); /* used up */
    send_reset(world, wire, "basic:email:bob@example.com", 301);
    assert_int_equal(set_by_code(world, wire, "123456", "another1"), 200);
    say(wire, "{'login':{'id':'l','scheme':'basic','secret':'%s'}}", coded("bob:another1"));
    assert_int_equal(code_heard(world, wire), 200);
    assert_int_equal(set_by_code(world, wire, "123456", "another2"), 409);
}

static void reset__three_wrong_codes__make_the_right_one_wrong(void **state)
{
    World *world = *state;
    Wire *wire = connect_to(world);

    say(wire, "{'hi':{'id':'h','ver':'0.25','ua':'test/1'}}");
    assert_int_equal(code_heard(world, wire), 201);
    send_reset(world, wire, "basic:email:bob@example.com", 301);
    for (guint i = 0; i < 3; i++)
        assert_int_equal(set_by_code(world, wire, "000000", "another1"), 401);
    assert_int_equal(set_by_code(world, wire, "123456", "another1"), 401);
    send_reset(world, wire, "basic:email:bob@example.com", 409); /* not before it is old */
}

static int begin_with_email(void **state)
{
    static const char *const options[] = {"--require-email", NULL};

    return begin_with(state, options);
}

static void reset__method_is_not_set_up__is_an_error_where_the_address_is_known(void **state)
{
    World *world = *state;
    Wire *wire = connect_to(world);

    say(wire, "{'hi':{'id':'h','ver':'0.25','ua':'test/1'}}");
    assert_int_equal(code_heard(world, wire), 201);
    send_reset(world, wire, "basic:email:bob@example.com", 500);
    send_reset(world, wire, "basic:email:nobody@example.com", 301);
}

static void program__stdin_closed__tells_clients_and_ends(void **state)
{
    World *world = *state;
    Wire *alice = attach(world, "alice", "me");
    json_t *frame;

    assert_int_equal(server_stop(&world->server), 0);
    frame = hear(world, alice, "ctrl");
    assert_int_equal(json_integer_value(part(frame, "ctrl/code")), 205);
    json_decref(frame);
    assert_ended(world, alice, 1006);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(steer__drop__ends_only_that_users_sessions),
        TEST(steer__refuse__nobody_listens_until_time_is_up),
        TEST(steer__delay__frames_come_so_much_later_and_in_order),
        TEST(steer__cut__ends_in_the_middle_of_a_frame),
        TEST(steer__mute__the_socket_stays_and_nothing_comes),
        TEST(steer__handshake__ends_as_ordered_and_then_works),
        TEST(steer__shutdown__tells_everybody_and_comes_back),
        TEST(steer__error__is_answered_and_not_done),
        TEST(steer__silence__is_done_and_not_answered),
        TEST(steer__queue__a_slow_reader_loses_frames),
        TEST(steer__frame__sends_exactly_this),
        TEST(steer__say_and_note__reach_the_clients),
        TEST(steer__say__makes_a_conversation_that_is_new),
        TEST(steer__request__acts_in_a_users_name),
        TEST(note__kp__does_not_reach_own_sessions),
        TEST(steer__state__tells_who_is_attached_and_all_cursors),
        TEST(steer__nonsense__is_answered_with_an_error),
        TEST(ws__fragments_and_binary__are_taken_as_one_text),
        TEST(ws__unmasked__closes_with_1002),
        cmocka_unit_test_setup_teardown(reset__code__sets_a_password_once, begin_with_email, end),
        cmocka_unit_test_setup_teardown(reset__three_wrong_codes__make_the_right_one_wrong,
                                        begin_with_email, end),
        TEST(reset__method_is_not_set_up__is_an_error_where_the_address_is_known),
        TEST(program__stdin_closed__tells_clients_and_ends),
        cmocka_unit_test_setup_teardown(options__events__tell_what_happens, begin_with_events, end),
        cmocka_unit_test_setup_teardown(options__users__make_another_world, begin_with_users, end),
    };
    int failed;

    if (!find_things()) {
        fprintf(stderr, "test-steer: no loopback server, or no test data\n");
        return 1;
    }
    failed = cmocka_run_group_tests_name("steer", tests, NULL, NULL);
    forget_things();
    return failed == 0 ? 0 : 1;
}
