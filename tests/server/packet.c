/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets as JSON (tests/server). The server decodes strictly: a key that is not in its structures,
 * or a value of another type, makes the whole frame malformed. */
#include "packet.h"

#include <string.h>

#include "acs.h"
#include "clock.h"

typedef enum {
    F_STRING,
    F_INT,
    F_BOOL,
    F_ANY,
    F_MAP,
    F_BYTES,
    F_TIME,
    F_STRINGS,
    F_OBJECT,
    F_LIST
} Kind;

typedef struct Field {
    const char *key;
    Kind kind;
    const struct Field *fields; /* of F_OBJECT, and of the elements of F_LIST */
} Field;

#define END                                                                                        \
    {                                                                                              \
        NULL, F_ANY, NULL                                                                          \
    }

static const Field range[] = {{"low", F_INT, NULL}, {"hi", F_INT, NULL}, END};

static const Field get_opts[] = {{"user", F_STRING, NULL},  {"topic", F_STRING, NULL},
                                 {"ims", F_TIME, NULL},     {"since", F_INT, NULL},
                                 {"before", F_INT, NULL},   {"limit", F_INT, NULL},
                                 {"ranges", F_LIST, range}, END};

#define GET_FIELDS                                                                                 \
    {"what", F_STRING, NULL}, {"desc", F_OBJECT, get_opts}, {"sub", F_OBJECT, get_opts},           \
        {"data", F_OBJECT, get_opts},                                                              \
    {                                                                                              \
        "del", F_OBJECT, get_opts                                                                  \
    }

static const Field get_query[] = {GET_FIELDS, END};

static const Field defacs[] = {{"auth", F_STRING, NULL}, {"anon", F_STRING, NULL}, END};

static const Field set_desc[] = {{"defacs", F_OBJECT, defacs},
                                 {"public", F_ANY, NULL},
                                 {"trusted", F_ANY, NULL},
                                 {"private", F_ANY, NULL},
                                 END};

static const Field set_sub[] = {{"user", F_STRING, NULL}, {"mode", F_STRING, NULL}, END};

static const Field cred[] = {{"meth", F_STRING, NULL},
                             {"val", F_STRING, NULL},
                             {"resp", F_STRING, NULL},
                             {"params", F_MAP, NULL},
                             END};

#define SET_FIELDS                                                                                 \
    {"desc", F_OBJECT, set_desc}, {"sub", F_OBJECT, set_sub}, {"tags", F_STRINGS, NULL},           \
        {"cred", F_OBJECT, cred},                                                                  \
    {                                                                                              \
        "aux", F_MAP, NULL                                                                         \
    }

static const Field set_query[] = {SET_FIELDS, END};

static const Field hi_fields[] = {{"id", F_STRING, NULL},   {"ua", F_STRING, NULL},
                                  {"ver", F_STRING, NULL},  {"dev", F_STRING, NULL},
                                  {"lang", F_STRING, NULL}, {"platf", F_STRING, NULL},
                                  {"bkg", F_BOOL, NULL},    END};

static const Field acc_fields[] = {{"id", F_STRING, NULL},
                                   {"user", F_STRING, NULL},
                                   {"tmpscheme", F_STRING, NULL},
                                   {"tmpsecret", F_BYTES, NULL},
                                   {"status", F_STRING, NULL},
                                   {"authlevel", F_STRING, NULL},
                                   {"scheme", F_STRING, NULL},
                                   {"secret", F_BYTES, NULL},
                                   {"login", F_BOOL, NULL},
                                   {"tags", F_STRINGS, NULL},
                                   {"desc", F_OBJECT, set_desc},
                                   {"cred", F_LIST, cred},
                                   END};

static const Field login_fields[] = {{"id", F_STRING, NULL},
                                     {"scheme", F_STRING, NULL},
                                     {"secret", F_BYTES, NULL},
                                     {"cred", F_LIST, cred},
                                     END};

static const Field sub_fields[] = {{"id", F_STRING, NULL},       {"topic", F_STRING, NULL},
                                   {"bkg", F_BOOL, NULL},        {"set", F_OBJECT, set_query},
                                   {"get", F_OBJECT, get_query}, END};

static const Field leave_fields[] = {
    {"id", F_STRING, NULL}, {"topic", F_STRING, NULL}, {"unsub", F_BOOL, NULL}, END};

static const Field pub_fields[] = {{"id", F_STRING, NULL},   {"topic", F_STRING, NULL},
                                   {"noecho", F_BOOL, NULL}, {"head", F_MAP, NULL},
                                   {"content", F_ANY, NULL}, END};

static const Field get_fields[] = {
    {"id", F_STRING, NULL}, {"topic", F_STRING, NULL}, GET_FIELDS, END};

static const Field set_fields[] = {
    {"id", F_STRING, NULL}, {"topic", F_STRING, NULL}, SET_FIELDS, END};

static const Field del_fields[] = {{"id", F_STRING, NULL},   {"topic", F_STRING, NULL},
                                   {"what", F_STRING, NULL}, {"delseq", F_LIST, range},
                                   {"user", F_STRING, NULL}, {"cred", F_OBJECT, cred},
                                   {"hard", F_BOOL, NULL},   END};

static const Field note_fields[] = {{"topic", F_STRING, NULL},
                                    {"what", F_STRING, NULL},
                                    {"seq", F_INT, NULL},
                                    {"unread", F_INT, NULL},
                                    {"event", F_STRING, NULL},
                                    {"payload", F_ANY, NULL},
                                    END};

static const Field extra_fields[] = {
    {"attachments", F_STRINGS, NULL}, {"obo", F_STRING, NULL}, {"authlevel", F_STRING, NULL}, END};

/* In the order in which the server looks for them: the first one wins. */
static const Field verbs[] = {{"pub", F_OBJECT, pub_fields},     {"sub", F_OBJECT, sub_fields},
                              {"leave", F_OBJECT, leave_fields}, {"hi", F_OBJECT, hi_fields},
                              {"login", F_OBJECT, login_fields}, {"get", F_OBJECT, get_fields},
                              {"set", F_OBJECT, set_fields},     {"del", F_OBJECT, del_fields},
                              {"acc", F_OBJECT, acc_fields},     {"note", F_OBJECT, note_fields},
                              {"extra", F_OBJECT, extra_fields}, END};

static gboolean fits(json_t *value, const Field *field);

static gboolean fits_object(json_t *object, const Field *fields)
{
    const char *key;
    json_t *value;

    json_object_foreach (object, key, value) {
        const Field *field = fields;

        while (field->key != NULL && g_ascii_strcasecmp(field->key, key) != 0)
            field++;
        if (field->key == NULL || !fits(value, field))
            return FALSE;
    }
    return TRUE;
}

static gboolean fits_list(json_t *list, const Field *field)
{
    size_t i;
    json_t *value;

    if (!json_is_array(list))
        return FALSE;
    json_array_foreach (list, i, value) {
        if (json_is_null(value))
            continue;
        if (field->kind == F_STRINGS ? !json_is_string(value)
                                     : !json_is_object(value) || !fits_object(value, field->fields))
            return FALSE;
    }
    return TRUE;
}

static gboolean is_base64(const char *text)
{
    gsize len = strlen(text);
    gsize body = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

    return len % 4 == 0 && len - body <= 2 && strspn(text + body, "=") == len - body;
}

static gboolean fits(json_t *value, const Field *field)
{
    gint64 ms;

    if (json_is_null(value))
        return TRUE;
    switch (field->kind) {
    case F_STRING:
        return json_is_string(value);
    case F_INT:
        return json_is_integer(value);
    case F_BOOL:
        return json_is_boolean(value);
    case F_MAP:
        return json_is_object(value);
    case F_BYTES:
        return json_is_string(value) && is_base64(json_string_value(value));
    case F_TIME:
        return json_is_string(value) && clock_parse(json_string_value(value), &ms);
    case F_STRINGS:
    case F_LIST:
        return fits_list(value, field);
    case F_OBJECT:
        return json_is_object(value) && fits_object(value, field->fields);
    case F_ANY:
    default:
        return TRUE;
    }
}

json_t *packet_read(const char *text, gsize len, const char **verb, json_t **body)
{
    json_t *root = json_loadb(text, len, 0, NULL);

    if (!json_is_object(root) || !fits_object(root, verbs)) {
        json_decref(root);
        return NULL;
    }
    for (const Field *field = verbs; strcmp(field->key, "extra") != 0; field++) {
        *body = json_object_get(root, field->key);
        if (json_is_object(*body)) {
            *verb = field->key;
            return root;
        }
    }
    json_decref(root);
    return NULL;
}

json_t *packet_ctrl(const char *id, const char *topic, int code, const char *text, json_t *params)
{
    json_t *ctrl = json_object();

    packet_set_string(ctrl, "id", id);
    packet_set_string(ctrl, "topic", topic);
    if (params != NULL)
        json_object_set_new(ctrl, "params", params);
    json_object_set_new(ctrl, "code", json_integer(code));
    json_object_set_new(ctrl, "text", json_string(text));
    packet_set_time(ctrl, "ts", clock_now_ms());
    return json_pack("{s:o}", "ctrl", ctrl);
}

const char *packet_text(int code)
{
    static const struct {
        int code;
        const char *text;
    } texts[] = {{200, "ok"},
                 {201, "created"},
                 {202, "accepted"},
                 {204, "no content"},
                 {205, "evicted"},
                 {208, "delivered"},
                 {300, "validate credentials"},
                 {301, "auth reset"},
                 {303, "use other"},
                 {304, "not modified"},
                 {400, "malformed"},
                 {401, "authentication required"},
                 {403, "permission denied"},
                 {404, "not found"},
                 {405, "operation or method not allowed"},
                 {406, "invalid response"},
                 {409, "must attach first"},
                 {413, "too large"},
                 {422, "policy violation"},
                 {486, "busy here"},
                 {500, "internal error"},
                 {501, "not implemented"},
                 {502, "cluster unreachable"},
                 {503, "service unavailable"},
                 {505, "version not supported"}};

    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        if (texts[i].code == code)
            return texts[i].text;
    return "";
}

const char *packet_string(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

int packet_int(json_t *object, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(object, key));

    return (int)CLAMP(value, G_MININT32, G_MAXINT32);
}

gboolean packet_bool(json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

void packet_set_int(json_t *object, const char *key, int value)
{
    if (value != 0)
        json_object_set_new(object, key, json_integer(value));
}

void packet_set_bool(json_t *object, const char *key, gboolean value)
{
    if (value)
        json_object_set_new(object, key, json_true());
}

void packet_set_string(json_t *object, const char *key, const char *value)
{
    if (value != NULL && *value != '\0')
        json_object_set_new(object, key, json_string(value));
}

void packet_set(json_t *object, const char *key, json_t *value)
{
    if (value != NULL)
        json_object_set(object, key, value);
}

void packet_set_time(json_t *object, const char *key, gint64 ms)
{
    g_autofree char *text = clock_format(ms);

    json_object_set_new(object, key, json_string(text));
}

json_t *packet_acs(unsigned want, unsigned given)
{
    g_autofree char *want_text = acs_text(want);
    g_autofree char *given_text = acs_text(given);
    g_autofree char *mode_text = acs_text(want & given);

    return json_pack("{s:s, s:s, s:s}", "want", want_text, "given", given_text, "mode", mode_text);
}

json_t *packet_range(int low, int hi)
{
    return hi > low + 1 ? json_pack("{s:i, s:i}", "low", low, "hi", hi)
                        : json_pack("{s:i}", "low", low);
}
