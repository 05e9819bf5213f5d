/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Playing the transcripts against a server that somebody else runs (tests/server): people who stand
 * in for alice, bob, carol and dave are made for each file and deleted afterwards, time is real,
 * and what depends on the server's configuration is compared by shape. Included once. */
#ifndef TEST_PLAY_REMOTE_H
#define TEST_PLAY_REMOTE_H

#include "test-play.h"

/* A topic leaves the server's memory so long after its last session. */
#define UNLOAD_MS 5000

/* Files about accounts as Tinode's sample data has them: these people play themselves. */
static const struct {
    const char *file;
    const char *users; /* lower case, space separated */
} as_themselves[] = {
    {"account-refused", "alice"},
    {"me-attach", "alice"},
    {"search", "alice bob"},
};

static const struct {
    const char *login;
    const char *fn;
    const char *comment; /* private, or NULL */
} people[] = {
    {"alice", "Alice Hatter", "some comment 123"},
    {"bob", "Bob Smith", NULL},
    {"carol", "Carol Xmas", NULL},
    {"dave", "Dave Goliathsson", NULL},
};

/* Set by the program from the environment. */
static struct {
    guint16 port;
    json_t *users;    /* role → [login, password] of people who are there; NULL: sample data */
    const char *code; /* that confirms an address */
} remote;

/* The one file of this process. */
static struct {
    char *suffix;
    GHashTable *logins;    /* role → login */
    GHashTable *passwords; /* role → password */
    GPtrArray *made;       /* roles of people to delete */
    GPtrArray *secrets;    /* login:password of accounts that the file itself may have made */
    json_t *hello;         /* params of the answer to {hi} */
} cast;

static void G_GNUC_PRINTF(2, 3) not_applicable(Play *play, const char *format, ...)
{
    va_list args;

    if (play->not_applicable != NULL)
        return;
    va_start(args, format);
    play->not_applicable = g_strdup_vprintf(format, args);
    va_end(args);
}

/* ---- one session apart ---- */

/* Sends a request and waits for its {ctrl}. New reference to that; NULL: none. */
static json_t *ask(Wire *wire, json_t *frame)
{
    g_autofree char *text = as_text(frame);
    g_autofree char *id = g_strdup(text_of(json_object_get(frame, kind_of(frame)), "id"));
    g_autoptr(GPtrArray) wires = g_ptr_array_new();
    gint64 deadline = wire_now_ms() + 2 * WIRE_DEADLINE_MS;

    g_ptr_array_add(wires, wire);
    wire_send(wire, text);
    json_decref(frame);
    while (wire->fd >= 0 && wire_now_ms() < deadline) {
        char *came = g_queue_pop_head(wire->texts);
        json_t *got;
        json_t *ctrl;

        if (came == NULL) {
            wire_pump(wires, deadline);
            continue;
        }
        got = json_loads(came, 0, NULL);
        g_free(came);
        ctrl = json_incref(json_object_get(got, "ctrl"));
        json_decref(got);
        if (ctrl != NULL && g_strcmp0(text_of(ctrl, "id"), id) == 0)
            return ctrl;
        json_decref(ctrl);
    }
    return NULL;
}

static int ask_code(Wire *wire, json_t *frame)
{
    json_t *ctrl = ask(wire, frame);
    int code = (int)json_integer_value(json_object_get(ctrl, "code"));

    json_decref(ctrl);
    return code;
}

static char *coded_secret(const char *login, const char *password)
{
    g_autofree char *secret = g_strconcat(login, ":", password, NULL);

    return g_base64_encode((const guchar *)secret, strlen(secret));
}

static Wire *open_and_greet(json_t **params)
{
    Wire *wire = wire_open(remote.port);
    json_t *ctrl;

    if (wire == NULL)
        return NULL;
    ctrl = ask(wire, json_pack("{s:{s:s, s:s, s:s, s:s}}", "hi", "id", "h1", "ver", "0.25", "ua",
                               "probe/1.0", "lang", "en-US"));
    if (params != NULL)
        *params = json_incref(json_object_get(ctrl, "params"));
    if (json_integer_value(json_object_get(ctrl, "code")) != 201) {
        wire_free(wire);
        wire = NULL;
    }
    json_decref(ctrl);
    return wire;
}

/* Logs in. Returns the id; NULL: not let in. Caller frees. */
static char *sign_in(Wire *wire, const char *login, const char *password, gboolean confirm)
{
    g_autofree char *coded = coded_secret(login, password);
    json_t *frame =
        json_pack("{s:{s:s, s:s, s:s}}", "login", "id", "h2", "scheme", "basic", "secret", coded);
    json_t *ctrl;
    char *id = NULL;

    if (confirm)
        json_object_set_new(json_object_get(frame, "login"), "cred",
                            json_pack("[{s:s, s:s}]", "meth", "email", "resp", remote.code));
    ctrl = ask(wire, frame);
    if (json_integer_value(json_object_get(ctrl, "code")) == 200)
        id = g_strdup(text_of(json_object_get(ctrl, "params"), "user"));
    json_decref(ctrl);
    return id;
}

/* ---- people ---- */

static void name_person(Play *play, const char *role, const char *login, const char *password,
                        const char *id)
{
    g_autofree char *upper = g_ascii_strup(role, -1);
    g_autofree char *placeholder = g_strconcat("usr", upper, NULL);
    g_autofree char *tag = g_strconcat("basic:", role, NULL);
    g_autofree char *real_tag = g_strconcat("basic:", login, NULL);

    g_hash_table_insert(cast.logins, g_strdup(role), g_strdup(login));
    g_hash_table_insert(cast.passwords, g_strdup(role), g_strdup(password));
    if (id != NULL)
        names_add(&play->names, placeholder, id);
    if (strcmp(role, login) != 0)
        names_add(&play->names, tag, real_tag);
}

static gboolean is_themselves(const Play *play, const char *role)
{
    for (gsize i = 0; i < G_N_ELEMENTS(as_themselves); i++) {
        if (strcmp(as_themselves[i].file, play->name) == 0) {
            g_auto(GStrv) users = g_strsplit(as_themselves[i].users, " ", -1);

            return g_strv_contains((const char *const *)users, role);
        }
    }
    return FALSE;
}

/* Somebody who was there before. */
static void take_person(Play *play, const char *role)
{
    json_t *own = json_object_get(remote.users, role);
    g_autofree char *usual = g_strconcat(role, "123", NULL);
    const char *login = own == NULL ? role : json_string_value(json_array_get(own, 0));
    const char *password = own == NULL ? usual : json_string_value(json_array_get(own, 1));
    Wire *wire = open_and_greet(NULL);
    g_autofree char *id = wire == NULL ? NULL : sign_in(wire, login, password, FALSE);

    if (id == NULL)
        not_applicable(play, "needs %s of the sample data (password %s)", role, usual);
    else
        name_person(play, role, login, password, id);
    if (wire != NULL)
        wire_free(wire);
}

static gboolean needs_email(void)
{
    json_t *required = json_object_get(json_object_get(cast.hello, "reqCred"), "auth");

    return json_array_size(required) > 0;
}

static gboolean register_person(Wire *wire, guint n, const char *login, const char *password)
{
    g_autofree char *coded = coded_secret(login, password);
    json_t *frame = json_pack("{s:{s:s, s:s, s:s, s:s, s:b, s:{s:{s:s}}}}", "acc", "id", "a1",
                              "user", "new", "scheme", "basic", "secret", coded, "login",
                              !needs_email(), "desc", "public", "fn", people[n].fn);
    json_t *acc = json_object_get(frame, "acc");
    int code;

    if (people[n].comment != NULL)
        json_object_set_new(json_object_get(acc, "desc"), "private",
                            json_pack("{s:s}", "comment", people[n].comment));
    if (needs_email()) {
        g_autofree char *address = g_strconcat(login, "@example.com", NULL);

        json_object_set_new(acc, "cred",
                            json_pack("[{s:s, s:s}]", "meth", "email", "val", address));
    }
    code = ask_code(wire, frame);
    return code == 200 || code == 201 || code == 300;
}

/* Somebody new, with the card and the permissions that the sample user has. */
static void make_person(Play *play, guint n)
{
    const char *role = people[n].login;
    g_autofree char *login = g_strconcat(role, cast.suffix, NULL);
    g_autofree char *password = g_strconcat(role, "123", NULL);
    g_autofree char *id = NULL;
    Wire *wire = open_and_greet(NULL);
    gboolean made;

    if (wire == NULL) {
        complain(play, "no connection to make %s", login);
        return;
    }
    made = register_person(wire, n, login, password);
    if (made)
        g_ptr_array_add(cast.made, (gpointer)role);
    wire_free(wire);
    wire = made ? open_and_greet(NULL) : NULL;
    id = wire == NULL ? NULL : sign_in(wire, login, password, needs_email());
    if (!made || (id == NULL && needs_email()))
        not_applicable(play, needs_email() ? "new accounts need an e-mail address that is confirmed"
                                           : "the server makes no accounts");
    else if (id == NULL)
        complain(play, "%s cannot log in", login);
    else if (ask_code(wire, json_pack("{s:{s:s, s:s}}", "sub", "id", "m1", "topic", "me")) != 200 ||
             ask_code(wire,
                      json_pack("{s:{s:s, s:s, s:{s:{s:s, s:s}}}}", "set", "id", "m2", "topic",
                                "me", "desc", "defacs", "auth", "JRWPAS", "anon", "N")) >= 300)
        complain(play, "%s cannot be given the usual permissions", login);
    name_person(play, role, login, password, id);
    if (wire != NULL)
        wire_free(wire);
}

static gboolean is_mentioned(Play *play, const char *role)
{
    g_autofree char *upper = g_ascii_strup(role, -1);
    g_autofree char *placeholder = g_strconcat("usr", upper, NULL);
    g_autofree char *header = as_text(play->header);

    if (strstr(header, placeholder) != NULL || is_themselves(play, role))
        return TRUE;
    for (guint i = 0; i < play->lines->len; i++) {
        g_autofree char *line = as_text(play->lines->pdata[i]);

        if (strstr(line, placeholder) != NULL)
            return TRUE;
    }
    return FALSE;
}

static void delete_account(Play *play, const char *login, const char *password, gboolean must)
{
    Wire *wire = open_and_greet(NULL);
    g_autofree char *id = wire == NULL ? NULL : sign_in(wire, login, password, FALSE);
    int code = id == NULL ? 0
                          : ask_code(wire, json_pack("{s:{s:s, s:s, s:b}}", "del", "id", "d1",
                                                     "what", "user", "hard", 1));

    if (wire != NULL)
        wire_free(wire);
    if (!must || code == 200)
        return;
    /* The connection may end before the answer. */
    g_free(id);
    wire = open_and_greet(NULL);
    id = wire == NULL ? NULL : sign_in(wire, login, password, FALSE);
    if (wire == NULL || id != NULL)
        complain(play, "the account %s could not be deleted (%d)", login, code);
    if (wire != NULL)
        wire_free(wire);
}

/* A deleted account leaves its conversations of two behind, as rows that nobody can reach: both
 * sides delete them first. */
static void leave_conversations(Play *play, const char *role)
{
    Wire *wire = open_and_greet(NULL);
    g_autofree char *id = wire == NULL ? NULL
                                       : sign_in(wire, g_hash_table_lookup(cast.logins, role),
                                                 g_hash_table_lookup(cast.passwords, role), FALSE);
    GHashTableIter iter;
    gpointer topic;

    g_hash_table_iter_init(&iter, play->names.alias);
    while (id != NULL && g_hash_table_iter_next(&iter, &topic, NULL))
        if (strcmp(topic, id) != 0 &&
            (g_str_has_prefix(topic, "usr") || g_str_has_prefix(topic, "grp")))
            ask_code(wire, json_pack("{s:{s:s, s:s, s:s, s:b}}", "del", "id", "d0", "what", "topic",
                                     "topic", (const char *)topic, "hard", 1));
    if (wire != NULL)
        wire_free(wire);
}

/* ---- what PlayElsewhere asks for ---- */

static void look_at_lines(Play *play)
{
    json_int_t largest = json_integer_value(json_object_get(cast.hello, "maxMessageSize"));

    if (json_is_true(json_object_get(play->header, "cluster")))
        not_applicable(play, "needs a cluster whose nodes can be stopped");
    if (json_object_get(play->header, "config") != NULL && !needs_email())
        not_applicable(play, "needs a server that wants an e-mail address confirmed");
    for (guint i = 0; i < play->lines->len; i++) {
        json_t *line = play->lines->pdata[i];
        const char *event = text_of(line, "event");

        if (g_strcmp0(event, "server-shutdown") == 0)
            not_applicable(play, "the server would have to be stopped");
        if (g_strcmp0(event, "send-text-frame") == 0 &&
            json_integer_value(json_object_get(line, "bytes")) <= largest)
            not_applicable(play, "the server takes larger frames");
    }
    if (strcmp(play->name, "files") == 0 &&
        json_object_get(cast.hello, "maxFileUploadSize") == NULL)
        not_applicable(play, "the server takes no files");
    if (strcmp(play->name, "account") == 0 && needs_email())
        not_applicable(play, "new accounts need an e-mail address that is confirmed");
}

static void hire(Play *play)
{
    for (guint i = 0; i < G_N_ELEMENTS(people) && is_fine(play); i++) {
        const char *role = people[i].login;

        if (!is_mentioned(play, role))
            continue;
        if (is_themselves(play, role))
            take_person(play, role);
        else
            make_person(play, i);
    }
    /* What they did to come into being is to be forgotten by the server, too. */
    if (is_fine(play) && cast.made->len > 0)
        g_usleep(UNLOAD_MS * 1000);
}

static gboolean remote_begin(Play *play)
{
    g_autofree char *newbie = NULL;
    Wire *wire;

    play->server.port = remote.port;
    cast.suffix = g_strdup_printf("%08x", g_random_int());
    cast.logins = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    cast.passwords = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    cast.made = g_ptr_array_new();
    cast.secrets = g_ptr_array_new_with_free_func(g_free);
    wire = open_and_greet(&cast.hello);
    if (wire == NULL) {
        complain(play, "the server does not answer");
        return FALSE;
    }
    wire_free(wire);
    newbie = g_strconcat("newbie", cast.suffix, NULL);
    name_person(play, "newbie", newbie, "", NULL);
    look_at_lines(play);
    hire(play);
    return is_fine(play);
}

/* Deletes everybody that was made, and with them what they own. */
static void remote_end(Play *play)
{
    gboolean fine = play->trouble->len == 0;

    for (guint i = 0; i < G_N_ELEMENTS(people) && cast.made->len > 0; i++)
        if (g_hash_table_contains(cast.logins, people[i].login))
            leave_conversations(play, people[i].login);
    for (guint i = 0; i < cast.made->len; i++)
        delete_account(play, g_hash_table_lookup(cast.logins, cast.made->pdata[i]),
                       g_hash_table_lookup(cast.passwords, cast.made->pdata[i]), TRUE);
    for (guint i = 0; i < cast.secrets->len && !fine; i++) {
        g_auto(GStrv) parts = g_strsplit(cast.secrets->pdata[i], ":", 2);

        delete_account(play, parts[0], parts[1], FALSE);
    }
    g_free(cast.suffix);
    g_hash_table_destroy(cast.logins);
    g_hash_table_destroy(cast.passwords);
    g_ptr_array_free(cast.made, TRUE);
    g_ptr_array_free(cast.secrets, TRUE);
    json_decref(cast.hello);
}

static void remote_wait(Play *play, gint64 ms)
{
    gint64 end = wire_now_ms() + ms;

    while (wire_now_ms() < end)
        wire_pump(play->wires, end);
}

static char *remote_secret(Play *play, const char *user)
{
    g_autofree char *role = g_ascii_strdown(user + 3, -1);
    const char *login = g_hash_table_lookup(cast.logins, role);
    const char *password = g_hash_table_lookup(cast.passwords, role);

    (void)play;
    return g_strconcat(login == NULL ? role : login, ":", password == NULL ? "" : password, NULL);
}

/* A secret of a file names the usual people. */
static void replace_secret(json_t *body, gboolean account)
{
    const char *coded = text_of(body, "secret");
    gsize len = 0;
    g_autofree guchar *bytes = g_base64_decode(coded == NULL ? "" : coded, &len);
    g_autofree char *plain = g_strndup((const char *)bytes, len);
    g_auto(GStrv) parts = g_strsplit(plain, ":", 2);
    g_autofree char *usual = NULL;
    g_autofree char *made = NULL;
    const char *login;

    if (g_strcmp0(text_of(body, "scheme"), "basic") != 0 || g_strv_length(parts) != 2)
        return;
    login = g_hash_table_lookup(cast.logins, *parts[0] == '\0' ? "newbie" : parts[0]);
    if (login == NULL)
        return;
    if (account)
        g_ptr_array_add(cast.secrets, g_strconcat(login, ":", parts[1], NULL));
    if (*parts[0] == '\0')
        return;
    usual = g_strconcat(parts[0], "123", NULL);
    made = coded_secret(login, strcmp(parts[1], usual) != 0
                                   ? parts[1]
                                   : (const char *)g_hash_table_lookup(cast.passwords, parts[0]));
    json_object_set_new(body, "secret", json_string(made));
}

static json_t *remote_outgoing(Play *play, json_t *frame)
{
    json_t *out = json_deep_copy(frame);

    (void)play;
    json_decref(frame);
    if (json_object_get(out, "acc") != NULL)
        replace_secret(json_object_get(out, "acc"), TRUE);
    if (json_object_get(out, "login") != NULL)
        replace_secret(json_object_get(out, "login"), FALSE);
    return out;
}

static gboolean is_known(Play *play, const char *topic)
{
    return topic == NULL || g_hash_table_lookup(play->names.alias, topic) != NULL;
}

/* People who play themselves have other conversations, too. */
static gboolean remote_concerns(Play *play, json_t *frame)
{
    json_t *body = json_object_get(frame, kind_of(frame));
    json_t *rows = json_object_get(json_object_get(frame, "meta"), "sub");

    if (strcmp(play->name, "me-attach") != 0 || g_strcmp0(text_of(body, "topic"), "me") != 0)
        return TRUE;
    for (size_t i = json_array_size(rows); i-- > 0;)
        if (!is_known(play, text_of(json_array_get(rows, i), "topic")))
            json_array_remove(rows, i);
    return is_known(play, text_of(body, "src"));
}

/* Keys that are not compared: `trusted` cannot be had by a new account, which has been `seen` when
 * it was made; photos and notes on cards are their owners'. */
static void remove_keys(json_t *value)
{
    const char *key;
    json_t *part;
    size_t i;

    if (json_is_object(value)) {
        json_object_del(value, "trusted");
        json_object_del(value, "photo");
        json_object_del(value, "seen");
        json_object_del(value, "note");
        json_object_foreach (value, key, part)
            remove_keys(part);
    }
    json_array_foreach (value, i, part)
        remove_keys(part);
}

/* Of what the server says about itself, the shape. */
static void remote_settle(json_t *frame)
{
    static const char *const about[] = {
        "build",        "maxMessageSize", "maxSubscriberCount", "maxTagCount",
        "maxTagLength", "minTagLength",   "msgDelAge",          "ver"};
    json_t *params = json_object_get(json_object_get(frame, "ctrl"), "params");
    json_t *shape;

    remove_keys(frame);
    if (json_object_get(params, "build") == NULL)
        return;
    shape = json_object();
    for (gsize i = 0; i < G_N_ELEMENTS(about); i++) {
        json_t *value = json_object_get(params, about[i]);

        if (value != NULL)
            json_object_set_new(shape, about[i],
                                json_string(json_is_integer(value) ? "a number" : "a text"));
    }
    json_object_set_new(json_object_get(frame, "ctrl"), "params", shape);
}

static const PlayElsewhere play_remote = {
    .begin = remote_begin,
    .end = remote_end,
    .wait = remote_wait,
    .secret = remote_secret,
    .outgoing = remote_outgoing,
    .concerns = remote_concerns,
    .settle = remote_settle,
};

#endif
