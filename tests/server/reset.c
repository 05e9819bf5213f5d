/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Forgotten passwords (tests/server). Wire facts, section 2. */
#include "reset.h"

#include <string.h>

#include "account.h"
#include "clock.h"

#define MAX_RETRIES 3
#define LIFE_MS     900000

typedef struct {
    char *user; /* id */
    guint wrong;
    gint64 sent_ms;
} Code;

static GHashTable *codes; /* "email:a@example.com" → Code */

static void code_free(gpointer data)
{
    Code *code = data;

    g_free(code->user);
    g_free(code);
}

static gboolean is_old(gpointer key, gpointer value, gpointer data)
{
    (void)key;
    (void)data;
    return ((Code *)value)->sent_ms + LIFE_MS < clock_now_ms();
}

/* FALSE: there is one already, and no other is sent. */
static gboolean add_code(const char *method, const char *value, const User *user)
{
    g_autofree char *address = g_strconcat(method, ":", value, NULL);
    Code *code;

    if (codes == NULL)
        codes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, code_free);
    g_hash_table_foreach_remove(codes, is_old, NULL);
    if (g_hash_table_contains(codes, address))
        return FALSE;
    code = g_new0(Code, 1);
    code->user = g_strdup(user->id);
    code->sent_ms = clock_now_ms();
    g_hash_table_insert(codes, g_steal_pointer(&address), code);
    return TRUE;
}

/* The text behind a secret. Caller frees. */
static char *decode(const char *secret)
{
    gsize len = 0;
    g_autofree guint8 *bytes = g_base64_decode(secret == NULL ? "" : secret, &len);

    return g_strndup((const char *)bytes, len);
}

/* Only confirmed addresses are anybody's. */
static User *find_user(const char *method, const char *value)
{
    GPtrArray *users = world_users();

    for (guint i = 0; i < users->len; i++) {
        User *user = users->pdata[i];
        size_t n;
        json_t *cred;

        if (user->deleted)
            continue;
        json_array_foreach (user->creds, n, cred) {
            if (g_strcmp0(packet_string(cred, "meth"), method) == 0 &&
                g_strcmp0(packet_string(cred, "val"), value) == 0 && packet_bool(cred, "done"))
                return user;
        }
    }
    return NULL;
}

void reset_begin(Request *request)
{
    g_autofree char *text = decode(packet_string(request->body, "secret"));
    g_auto(GStrv) parts = g_strsplit(text, ":", -1);
    User *user;

    if (g_strv_length(parts) < 3) {
        session_reply(request, 400, "malformed", NULL);
        return;
    }
    if (strcmp(parts[0], "basic") != 0 ||
        (strcmp(parts[1], "email") != 0 && strcmp(parts[1], "tel") != 0)) {
        session_reply(request, 501, "not implemented", NULL);
        return;
    }
    user = find_user(parts[1], parts[2]);
    if (user != NULL && !account_requires(parts[1])) {
        /* The real one ends here, with a panic: nothing was set up that could send. */
        session_reply(request, 500, "internal error", NULL);
        return;
    }
    if (user != NULL && !add_code(parts[1], parts[2], user)) {
        session_reply(request, 409, "duplicate credential", NULL);
        return;
    }
    /* Nobody is told which addresses there are. */
    session_reply(request, 301, "auth reset", NULL);
}

/* NULL: the code is wrong, there is none, or there were too many wrong ones. */
static User *use_code(const char *secret)
{
    const char *address = strchr(secret, ':');
    Code *code;
    User *user;

    if (address == NULL || codes == NULL)
        return NULL;
    code = g_hash_table_lookup(codes, address + 1);
    if (code == NULL || code->wrong >= MAX_RETRIES)
        return NULL;
    if (strncmp(secret, RESET_CODE ":", strlen(RESET_CODE ":")) != 0) {
        code->wrong++;
        return NULL;
    }
    user = world_user_by_id(code->user);
    g_hash_table_remove(codes, address + 1);
    return user;
}

User *reset_user(Request *request)
{
    g_autofree char *secret = decode(packet_string(request->body, "tmpsecret"));
    User *user;

    if (request->session->user != NULL) {
        session_reply(request, 409, "already authenticated", NULL);
        return NULL;
    }
    if (g_strcmp0(packet_string(request->body, "tmpscheme"), "code") != 0) {
        session_reply(request, 401, "unknown authentication scheme", NULL);
        return NULL;
    }
    user = use_code(secret);
    if (user == NULL)
        session_reply(request, strchr(secret, ':') == NULL ? 400 : 401,
                      strchr(secret, ':') == NULL ? "malformed" : "authentication failed",
                      json_pack("{s:s}", "what", "auth"));
    return user;
}
