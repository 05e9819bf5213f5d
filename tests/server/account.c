/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Login, tokens, accounts, credentials (tests/server). */
#include "account.h"

#include <string.h>

#include "clock.h"
#include "reset.h"

#define TOKEN_LEN    50
#define TOKEN_BODY   18
#define TOKEN_LIFE_S 1209600
#define LOGIN_MIN    4
#define LOGIN_MAX    32
#define PASSWORD_MIN 6
#define CODE         RESET_CODE

static gboolean email_required;
static const char token_key[] = "a fixed key: tokens outlive a restart of the loopback server";

void account_require_email(void)
{
    email_required = TRUE;
}

json_t *account_required(void)
{
    return email_required ? json_pack("{s:[s]}", "auth", "email") : json_null();
}

gboolean account_requires(const char *method)
{
    return email_required && strcmp(method, "email") == 0;
}

static void sign_token(const guint8 *body, guint8 out[32])
{
    g_autoptr(GHmac) hmac =
        g_hmac_new(G_CHECKSUM_SHA256, (const guchar *)token_key, sizeof token_key - 1);
    gsize len = 32;

    g_hmac_update(hmac, body, TOKEN_BODY);
    g_hmac_get_digest(hmac, out, &len);
}

/* 11 characters of the id, expiry in seconds, three bytes of nothing, the signature. */
static char *make_token(const User *user, gint64 expires_s)
{
    guint8 token[TOKEN_LEN] = {0};

    memcpy(token, user->id + 3, 11);
    for (int i = 0; i < 4; i++)
        token[11 + i] = (guint8)((guint64)expires_s >> (8 * i));
    sign_token(token, token + TOKEN_BODY);
    return g_base64_encode(token, TOKEN_LEN);
}

static guint8 *decode(const char *text, gsize *len)
{
    g_autoptr(GString) standard = g_string_new(text);

    for (gsize i = 0; i < standard->len; i++)
        standard->str[i] = standard->str[i] == '-'   ? '+'
                           : standard->str[i] == '_' ? '/'
                                                     : standard->str[i];
    while (standard->len % 4 != 0)
        g_string_append_c(standard, '=');
    return g_base64_decode(standard->str, len);
}

User *account_by_token(const char *token, int *code)
{
    gsize len = 0;
    g_autofree guint8 *bytes = decode(token, &len);
    guint8 want[32];
    guint32 expires = 0;
    char id[15];
    User *user;

    *code = 400;
    if (len < TOKEN_LEN)
        return NULL;
    *code = 401;
    sign_token(bytes, want);
    for (int i = 0; i < 4; i++)
        expires |= (guint32)bytes[11 + i] << (8 * i);
    if (len != TOKEN_LEN || memcmp(want, bytes + TOKEN_BODY, sizeof want) != 0 ||
        clock_now_ms() / 1000 > expires)
        return NULL;
    g_snprintf(id, sizeof id, "usr%.11s", (const char *)bytes);
    user = world_user_by_id(id);
    if (user == NULL)
        *code = 404;
    return user;
}

/* Splits login:password. FALSE: there is no colon. Caller frees both. */
static gboolean split_secret(const char *secret, char **login, char **password)
{
    gsize len = 0;
    g_autofree guint8 *bytes = decode(secret == NULL ? "" : secret, &len);
    g_autofree char *text = g_strndup((const char *)bytes, len);
    char *colon = strchr(text, ':');

    *login = *password = NULL;
    if (colon == NULL)
        return FALSE;
    *colon = '\0';
    *login = g_ascii_strdown(text, -1);
    *password = g_strdup(colon + 1);
    return TRUE;
}

User *account_by_password(const char *secret, int *code)
{
    g_autofree char *login = NULL;
    g_autofree char *password = NULL;
    User *user;

    *code = 400;
    if (!split_secret(secret, &login, &password))
        return NULL;
    *code = 401;
    user = world_user_by_login(login);
    return user != NULL && strcmp(user->password, password) == 0 ? user : NULL;
}

/* ---- credentials ---- */

static json_t *find_cred(const User *user, const char *method, gboolean done)
{
    size_t i;
    json_t *cred;

    json_array_foreach (user->creds, i, cred) {
        if (g_strcmp0(packet_string(cred, "meth"), method) == 0 &&
            packet_bool(cred, "done") == done)
            return cred;
    }
    return NULL;
}

/* Confirms a credential that waits. FALSE: none does, or the code is wrong. */
static gboolean confirm(User *user, const char *method, const char *code)
{
    json_t *cred = method == NULL ? NULL : find_cred(user, method, FALSE);
    g_autofree char *tag = NULL;

    if (cred == NULL || g_strcmp0(code, CODE) != 0)
        return FALSE;
    json_object_set_new(cred, "done", json_true());
    tag = g_strconcat(method, ":", packet_string(cred, "val"), NULL);
    json_array_append_new(user->tags, json_string(tag));
    return TRUE;
}

static void add_cred(User *user, const char *method, const char *value)
{
    json_array_append_new(user->creds, json_pack("{s:s, s:s}", "meth", method, "val", value));
}

static gboolean must_confirm(const User *user)
{
    return email_required && find_cred(user, "email", TRUE) == NULL;
}

void account_set_cred(Room *room, Request *request)
{
    json_t *cred = json_object_get(request->body, "cred");
    const char *method = packet_string(cred, "meth");
    const char *value = packet_string(cred, "val");
    User *user = request->session->user;
    News none = {0};

    if (room->kind != ROOM_ME) {
        session_reply(request, 405, packet_text(405), NULL);
    } else if (method == NULL || (strcmp(method, "email") != 0 && strcmp(method, "tel") != 0)) {
        session_reply(request, 400, "malformed", NULL);
    } else if (packet_string(cred, "resp") != NULL) {
        if (!confirm(user, method, packet_string(cred, "resp"))) {
            session_reply(request, 406, "invalid response", NULL);
            return;
        }
        session_reply(request, 200, "ok", NULL);
        pres_online(room, "tags", NULL, &none, NULL, NULL);
    } else if (value == NULL || *value == '\0') {
        session_reply(request, 400, "malformed", NULL);
    } else {
        add_cred(user, method, value);
        session_reply(request, 200, "ok", NULL);
    }
}

void account_delete_cred(Room *room, Request *request)
{
    json_t *cred = json_object_get(request->body, "cred");
    User *user = request->session->user;

    if (room->kind != ROOM_ME) {
        session_reply(request, 403, "permission denied", NULL);
        return;
    }
    for (size_t i = 0; i < json_array_size(user->creds); i++) {
        json_t *have = json_array_get(user->creds, i);

        if (g_strcmp0(packet_string(have, "meth"), packet_string(cred, "meth")) == 0 &&
            g_strcmp0(packet_string(have, "val"), packet_string(cred, "val")) == 0) {
            json_array_remove(user->creds, i);
            session_reply(request, 200, "ok", NULL);
            return;
        }
    }
    session_reply(request, 304, "no action", NULL);
}

/* ---- login ---- */

/* Signs in, or asks for what is missing; `desc` (taken, or NULL) goes into the answer. */
static void welcome(Request *request, User *user, json_t *desc)
{
    gint64 expires_s = clock_now_ms() / 1000 + TOKEN_LIFE_S;
    g_autofree char *token = make_token(user, expires_s);
    json_t *params =
        json_pack("{s:s, s:s, s:s}", "user", user->id, "authlvl", "auth", "token", token);

    packet_set_time(params, "expires", expires_s * 1000);
    if (desc != NULL)
        json_object_set_new(params, "desc", desc);
    if (must_confirm(user)) {
        json_object_set_new(params, "cred", json_pack("[s]", "email"));
        session_reply(request, 300, "validate credentials", params);
        return;
    }
    session_reply(request, 200, "ok", params);
    session_sign_in(request->session, user);
}

void account_login(Request *request)
{
    const char *scheme = packet_string(request->body, "scheme");
    const char *secret = packet_string(request->body, "secret");
    json_t *creds = json_object_get(request->body, "cred");
    User *user;
    int code = 0;
    size_t i;
    json_t *cred;

    if (g_strcmp0(scheme, "reset") == 0) {
        reset_begin(request);
        return;
    }
    if (request->session->user != NULL) {
        session_reply(request, 409, "already authenticated", NULL);
        return;
    }
    if (g_strcmp0(scheme, "basic") == 0) {
        user = account_by_password(secret, &code);
    } else if (g_strcmp0(scheme, "token") == 0) {
        user = account_by_token(secret == NULL ? "" : secret, &code);
    } else {
        session_reply(request, 401, "unknown authentication scheme", NULL);
        return;
    }
    if (user == NULL) {
        session_reply(request, code,
                      code == 400   ? "malformed"
                      : code == 404 ? "user not found"
                                    : "authentication failed",
                      NULL);
        return;
    }
    json_array_foreach (creds, i, cred)
        confirm(user, packet_string(cred, "meth"), packet_string(cred, "resp"));
    welcome(request, user, NULL);
}

/* ---- accounts ---- */

/* TRUE: login and password will do; otherwise it is answered. */
static gboolean fit_for_account(Request *request, const char *secret, char **login, char **password)
{
    if (!split_secret(secret, login, password)) {
        session_reply(request, 400, "malformed", json_pack("{s:s}", "what", "auth"));
        return FALSE;
    }
    if (strlen(*login) < LOGIN_MIN || strlen(*login) > LOGIN_MAX) {
        session_reply(request, 422, "policy violation", json_pack("{s:s}", "what", "auth"));
        return FALSE;
    }
    if (world_user_by_login(*login) != NULL) {
        session_reply(request, 409, "duplicate credential", json_pack("{s:s}", "what", "auth"));
        return FALSE;
    }
    if (strlen(*password) < PASSWORD_MIN) {
        session_reply(request, 422, "policy violation", NULL);
        return FALSE;
    }
    return TRUE;
}

static json_t *account_desc(const User *user)
{
    g_autofree char *auth = acs_text(user->auth);
    g_autofree char *anon = acs_text(user->anon);
    json_t *desc = json_pack("{s:{s:s, s:s}}", "defacs", "auth", auth, "anon", anon);

    packet_set_time(desc, "created", user->created);
    packet_set_time(desc, "updated", user->updated);
    packet_set(desc, "public", user->public);
    return desc;
}

static void create(Request *request)
{
    json_t *body = request->body;
    json_t *desc = json_object_get(body, "desc");
    json_t *creds = json_object_get(body, "cred");
    gboolean sign_in = packet_bool(body, "login");
    g_autofree char *login = NULL;
    g_autofree char *password = NULL;
    User *user;

    if (sign_in && request->session->user != NULL) {
        session_reply(request, 409, "already authenticated", NULL);
        return;
    }
    if (g_strcmp0(packet_string(body, "scheme"), "basic") != 0) {
        session_reply(request, 400, "malformed", NULL);
        return;
    }
    if (!fit_for_account(request, packet_string(body, "secret"), &login, &password))
        return;
    if (email_required && json_array_size(creds) == 0) {
        session_reply(request, 422, "policy violation", json_pack("{s:[s]}", "creds", "email"));
        return;
    }
    user = world_add_user(login, password);
    user->auth = ACS_P2P_MAX | ACS_GROUP;
    world_merge(NULL, json_object_get(desc, "public"), &user->public);
    world_merge(NULL, json_object_get(desc, "private"), &user->private);
    json_array_append_new(user->tags, json_sprintf("basic:%s", login));
    for (size_t i = 0; i < json_array_size(creds); i++) {
        json_t *cred = json_array_get(creds, i);

        if (packet_string(cred, "meth") != NULL && packet_string(cred, "val") != NULL)
            add_cred(user, packet_string(cred, "meth"), packet_string(cred, "val"));
    }
    if (sign_in) {
        welcome(request, user, account_desc(user));
        return;
    }
    session_reply(request, 201, "created",
                  json_pack("{s:s, s:s, s:o}", "user", user->id, "authlvl", "auth", "desc",
                            account_desc(user)));
}

void account_acc(Request *request)
{
    const char *whom = packet_string(request->body, "user");
    User *user = request->session->user;
    g_autofree char *login = NULL;
    g_autofree char *password = NULL;

    if (whom != NULL && g_str_has_prefix(whom, "new")) {
        create(request);
        return;
    }
    if (packet_string(request->body, "tmpscheme") != NULL) {
        user = reset_user(request);
        if (user == NULL)
            return;
    }
    if (user == NULL) {
        session_reply(request, 401, "authentication required", NULL);
        return;
    }
    if (whom != NULL && *whom != '\0' && strcmp(whom, user->id) != 0) {
        session_reply(request, 403, "permission denied", NULL);
        return;
    }
    if (g_strcmp0(packet_string(request->body, "scheme"), "basic") != 0 ||
        !split_secret(packet_string(request->body, "secret"), &login, &password)) {
        session_reply(request, 400, "malformed", json_pack("{s:s}", "what", "auth"));
        return;
    }
    if (strlen(password) < PASSWORD_MIN) {
        session_reply(request, 422, "policy violation", NULL);
        return;
    }
    g_free(user->password);
    user->password = g_steal_pointer(&password);
    session_reply(request, 200, "ok", json_null());
}

void account_delete_user(Request *request)
{
    User *user = request->session->user;
    const char *whom = packet_string(request->body, "user");

    if (whom != NULL && *whom != '\0' && strcmp(whom, user->id) != 0) {
        session_reply(request, 403, "permission denied", NULL);
        return;
    }
    session_reply(request, 200, "ok", NULL);
    room_drop_user(user);
    session_evict(user);
    world_delete_user(user);
}
