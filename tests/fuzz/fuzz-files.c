/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz-files.c: libFuzzer entry: a script of what a web server does to an upload or a download, one
 * step a line. Whatever it is, the file has one end, key and token stay at home, and no more is
 * asked or taken than what was allowed.
 *
 *   first line: u NAME (upload), d REF (download), D REF (in pieces)
 *   a STATUS LENGTH LOCATION   the head of an answer     b TEXT   a piece of its body
 *   r N   up to N bytes of our body are taken            e   the answer is whole
 *   f   the request fails     t   a turn of the loop     k N   the Nth event from here on cancels
 *   s   our own side resumes
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/tn-files.h"
#include "protocol/tn-ref.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

#define MAX_STEPS    200
#define LIMIT        4096
#define MAX_REQUESTS 4 /* one, and three redirects */
#define UPLOAD       "the bytes of a file"

typedef struct {
    TnTransport base; /* first */
    TnHttpEvents events;
    gpointer user_data;
    gboolean is_open, is_answered; /* the request; its head came */
    gboolean was_tls;
    guint n_requests;
    goffset body_length, body_taken;
    TnFile *file;
    gboolean is_cancelled;
    guint n_ended, cancel_in;
    goffset got;
} Run;

static const TnFileServer server = {"chat.example", 443, TRUE, NULL, "the-key", "the-token"};
static const TnFileServer plain = {"chat.example", 6060, FALSE, NULL, "the-key", "the-token"};

/* The transport ------------------------------------------------------------------------------- */

static void check_header(const TnHttpHeader *header, gboolean is_home)
{
    for (const char *p = header->value; *p != '\0'; p++)
        MUST((guint8)*p >= ' ' && *p != 0x7f);
    if (!is_home)
        MUST(strstr(header->value, "the-key") == NULL &&
             strstr(header->value, "the-token") == NULL);
}

static TnHttp *start(TnTransport *transport, const TnHttpRequest *request,
                     const TnHttpEvents *events, gpointer user_data)
{
    Run *run = (Run *)transport;
    const gboolean is_home =
        strcmp(request->host, "chat.example") == 0 && request->port == (run->was_tls ? 443 : 6060);

    MUST(!run->is_open && ++run->n_requests <= MAX_REQUESTS);
    MUST(run->n_requests > 1 || is_home);
    MUST(request->use_tls || !run->was_tls);
    MUST(request->port > 0 && request->path[0] == '/');
    MUST(strlen(request->path) <= TN_HTTP_MAX_PATH);
    for (const char *p = request->path; *p != '\0'; p++)
        MUST(*p > ' ' && *p < 0x7f);
    for (gsize i = 0; i < request->n_headers; i++)
        check_header(&request->headers[i], is_home);
    run->events = *events;
    run->user_data = user_data;
    run->is_open = TRUE;
    run->is_answered = FALSE;
    run->body_length = request->body_length;
    run->body_taken = 0;
    run->got = 0;
    return (TnHttp *)run;
}

static void cancel(TnTransport *transport, TnHttp *http)
{
    Run *run = (Run *)transport;

    MUST(http == (TnHttp *)run && run->is_open);
    run->is_open = FALSE;
}

static void resume(TnTransport *transport, TnHttp *http)
{
    MUST(http == (TnHttp *)transport);
}

static const TnTransportClass klass = {
    .http_start = start, .http_cancel = cancel, .http_resume = resume};

/* The user of the file ------------------------------------------------------------------------ */

static void maybe_cancel(Run *run)
{
    MUST(run->file != NULL && !run->is_cancelled);
    if (run->cancel_in == 0 || --run->cancel_in > 0)
        return;
    run->is_cancelled = TRUE;
    tn_file_cancel(g_steal_pointer(&run->file));
}

static void on_progress(goffset done, goffset total, gpointer user_data)
{
    MUST(done >= 0 && total >= -1);
    maybe_cancel(user_data);
}

static void on_received(const guint8 *bytes, gsize length, gpointer user_data)
{
    Run *run = user_data;

    run->got += (goffset)length;
    MUST(bytes != NULL && run->got <= LIMIT);
    maybe_cancel(run);
}

static gssize on_read(goffset offset, guint8 *buffer, gsize size, gpointer user_data)
{
    Run *run = user_data;
    const gsize n = MIN(size, strlen(UPLOAD) - (gsize)offset);

    MUST(offset >= 0 && (gsize)offset < strlen(UPLOAD) && n > 0);
    memcpy(buffer, &UPLOAD[offset], n);
    maybe_cancel(run);
    return (gssize)n;
}

static void on_ended(const TnFileResult *result, gpointer user_data)
{
    Run *run = user_data;

    MUST(!run->is_cancelled && run->n_ended++ == 0 && !run->is_open);
    MUST(result->bytes == NULL || g_bytes_get_size(result->bytes) <= LIMIT);
    MUST(result->why != NULL || result->ref == NULL || result->ref[0] != '\0');
    MUST(result->why == NULL || result->why->error != TN_OK);
    run->file = NULL;
}

/* The script ---------------------------------------------------------------------------------- */

static void begin(Run *run, const char *line)
{
    TnFileEvents events = {.progress = on_progress, .ended = on_ended};
    const TnFileServer *mine = *line != '\0' && line[1] == 'p' ? &plain : &server;
    const char *rest = *line != '\0' && line[1] != '\0' ? line + 2 : "";

    run->was_tls = mine->use_tls;
    if (*line == 'u') {
        const TnUpload upload = {
            .name = rest, .mime = rest, .size = strlen(UPLOAD), .read = on_read};

        run->file = tn_file_upload(&run->base, mine, &upload, &events, run);
    } else {
        if (*line == 'D')
            events.received = on_received;
        run->file = tn_file_download(&run->base, mine, rest, LIMIT, 0, &events, run);
    }
    MUST(run->file != NULL);
}

static void answer(Run *run, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", 3);
    const guint n = g_strv_length(words);
    const TnHttpAnswer head = {.status =
                                   n > 0 ? (int)(g_ascii_strtoull(words[0], NULL, 10) % 1000) : 0,
                               .length = n > 1 ? MAX(-1, g_ascii_strtoll(words[1], NULL, 10)) : -1,
                               .location = n > 2 ? words[2] : NULL};

    if (!run->is_open || run->is_answered)
        return;
    run->is_answered = TRUE;
    run->events.answered(&head, run->user_data);
}

static void take(Run *run, const char *text)
{
    const gsize room = 1 + (gsize)(g_ascii_strtoull(text, NULL, 10) % 1024);
    g_autofree guint8 *buffer = g_malloc(room); /* exactly: what is written behind it shows */
    gssize n;

    if (!run->is_open || run->body_taken >= run->body_length)
        return;
    n = run->events.read(buffer, room, run->user_data);
    MUST(n >= -1 && n <= (gssize)room && (n != 0 || run->is_cancelled));
    run->body_taken += MAX(n, 0);
    MUST(run->body_taken <= run->body_length);
}

static void end(Run *run, gboolean is_whole)
{
    const TnFailure why = {.error = TN_ERROR_TRANSIENT, .cause = TN_CAUSE_CLOSED};

    if (!run->is_open || (is_whole && !run->is_answered))
        return;
    run->is_open = FALSE;
    run->events.ended(is_whole ? NULL : &why, run->user_data);
}

static void step(Run *run, const char *line)
{
    const char *rest = *line != '\0' && line[1] != '\0' ? line + 2 : "";

    switch (*line) {
    case 'a':
        answer(run, rest);
        break;
    case 'b':
        if (run->is_open && run->is_answered && *rest != '\0')
            run->events.received((const guint8 *)rest, strlen(rest), run->user_data);
        break;
    case 'r':
        take(run, rest);
        break;
    case 'e':
    case 'f':
        end(run, *line == 'e');
        break;
    case 't':
        g_main_context_iteration(NULL, FALSE);
        break;
    case 'k':
        run->cancel_in = (guint)(g_ascii_strtoull(rest, NULL, 10) % 16);
        break;
    case 's':
        if (run->file != NULL)
            tn_file_resume(run->file);
        break;
    default:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *script = g_strndup((const char *)data, size);
    g_auto(GStrv) lines = g_strsplit(script, "\n", MAX_STEPS);
    Run run = {.base = {&klass}};

    begin(&run, lines[0] != NULL ? lines[0] : "");
    for (char **line = lines; *line != NULL && line[1] != NULL; line++)
        step(&run, line[1]);
    end(&run, FALSE);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    MUST(!run.is_open && run.file == NULL && run.n_ended == (run.is_cancelled ? 0 : 1));
    return 0;
}
