/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz-session.c: libFuzzer entry: a script of what user, network and server do to a session, one
 * step a line. Whatever it is, each request has exactly one outcome, and in the end nothing is
 * left.
 *
 *   o c        the transport opens, closes          {...}      a frame; $ is the id sent last
 *   t123       time passes, ms                      x          close and open
 *   aT ATT lT  attach (urgent), leave topic T       pT nT gT   publish, note, get
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/tn-codec.h"
#include "tests/protocol/support-fake-transport.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

#define MAX_STEPS 400

typedef struct {
    FakeTransport *fake; /* first: the clock's user_data */
    TnSession *session;
    guint n_asked, n_told;
    char id[16]; /* of the last frame that had one */
} Run;

static void on_done(const TnReply *reply, gpointer user_data)
{
    Run *run = user_data;

    MUST(reply->topic != NULL);
    run->n_told++;
}

static void on_history(const TnReply *reply, gpointer user_data)
{
    (void)user_data;
    MUST(reply->topic != NULL);
}

static void read_ids(Run *run)
{
    g_autofree char *frame = NULL;

    while ((frame = fake_take(run->fake)) != NULL) {
        const char *at = strstr(frame, "\"id\":\"");

        if (at != NULL)
            g_strlcpy(run->id, at + 6, MIN(sizeof run->id, strcspn(at + 6, "\"") + 1));
        g_clear_pointer(&frame, g_free);
    }
}

static void ask(Run *run, char what, const char *topic)
{
    const TnGet get = {.desc = TRUE, .sub = TRUE, .data = TRUE};

    if (*topic == '\0' || !g_utf8_validate(topic, -1, NULL))
        return;
    run->n_asked++;
    if (what == 'a' || what == 'A') {
        tn_session_attach(run->session, topic, &get, what == 'A', on_done, on_history, run);
    } else if (what == 'l') {
        tn_session_leave(run->session, topic, FALSE, on_done, run);
    } else if (what == 'g') {
        tn_session_get(run->session, topic, &get, on_done, run);
    } else if (what == 'n') {
        tn_session_note(run->session, topic, "read", 1, on_done, run);
    } else {
        g_autoptr(TnContent) content = tn_content_from_text(topic);

        tn_session_publish(run->session, topic, &(TnPub){.client_id = "k", .content = content},
                           on_done, run);
    }
}

static void receive(Run *run, const char *line)
{
    g_auto(GStrv) parts = g_strsplit(line, "$", 16);
    g_autofree char *frame = g_strjoinv(run->id, parts);

    if (run->fake->is_open)
        fake_receive_bytes(run->fake, frame, strlen(frame));
}

static void step(Run *run, const char *line)
{
    switch (*line) {
    case 'o':
        if (run->fake->is_connecting)
            fake_opened(run->fake);
        break;
    case 'c':
        if (run->fake->is_connecting || run->fake->is_open)
            fake_closed(run->fake, TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
        break;
    case 't':
        fake_advance(run->fake, &run->session,
                     (gint64)(g_ascii_strtoull(line + 1, NULL, 10) % 100000));
        break;
    case 'x':
        tn_session_close(run->session);
        MUST(run->n_told == run->n_asked);
        tn_session_open(run->session);
        break;
    case '{':
        receive(run, line);
        break;
    case 'a':
    case 'A':
    case 'l':
    case 'g':
    case 'n':
    case 'p':
        ask(run, *line, line + 1);
        break;
    default:
        break;
    }
    read_ids(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const TnSessionConfig config = {.servers = "one.example,two.example",
                                    .login = "alice",
                                    .password = "alice123",
                                    .agent = "x",
                                    .resume_ms = 60000};
    const TnSessionEvents events = {0};
    g_autofree char *script = g_strndup((const char *)data, size);
    g_auto(GStrv) lines = g_strsplit(script, "\n", MAX_STEPS);
    Run run = {.fake = fake_transport_new()};

    run.session = tn_session_new(&run.fake->base, &config, &fake_clock, &events, &run);
    tn_session_open(run.session);
    for (char **line = lines; *line != NULL; line++)
        step(&run, *line);
    tn_session_close(run.session);
    MUST(run.n_told == run.n_asked);
    MUST(run.fake->deadline_ms == -1);
    tn_session_free(run.session);
    fake_transport_destroy(run.fake);
    return 0;
}
