/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-encode.c: requests to frames. Part of the codec in protocol/; pure. Frames with a secret are
 * put together by hand, in buffers of a known size, so that no copy is left behind in freed memory.
 */
#include "tn-codec.h"

#include <string.h>

#include "tn-content.h"
#include "tn-json.h"

static int append_bytes(const char *bytes, size_t size, void *data)
{
    g_string_append_len(data, bytes, (gssize)size);
    return 0;
}

/* Takes body: {"kind": body}. */
static char *frame(const char *kind, json_t *body)
{
    json_t *root = json_object();
    GString *text = g_string_sized_new(256);

    json_object_set_new(root, kind, body);
    json_dump_callback(root, append_bytes, text, JSON_COMPACT);
    json_decref(root);
    return g_string_free(text, FALSE);
}

static json_t *make_string(const char *text)
{
    g_autofree char *valid = NULL;

    if (g_utf8_validate(text, -1, NULL))
        return json_string(text);
    valid = g_utf8_make_valid(text, -1);
    return json_string(valid);
}

/* Nothing where text is NULL. */
static void put_string(json_t *object, const char *key, const char *text)
{
    if (text != NULL)
        json_object_set_new(object, key, make_string(text));
}

/* Nothing where number is 0, as the server does. */
static void put_number(json_t *object, const char *key, guint32 number)
{
    if (number != 0)
        json_object_set_new(object, key, json_integer(number));
}

static json_t *request(const char *id, const char *topic)
{
    json_t *body = json_object();

    put_string(body, "id", id);
    put_string(body, "topic", topic);
    return body;
}

char *tn_encode_hi(const char *id, const char *version, const char *agent, const char *language)
{
    json_t *body = request(id, NULL);

    put_string(body, "ver", version);
    put_string(body, "ua", agent);
    put_string(body, "lang", language);
    return frame("hi", body);
}

static json_t *make_credential(const TnCredential *credential)
{
    json_t *object = json_object();

    put_string(object, "meth", credential->method);
    put_string(object, "val", credential->value);
    put_string(object, "resp", credential->response);
    return object;
}

static void put_credentials(json_t *body, const TnCredential *credentials, gsize count)
{
    json_t *array;

    if (count == 0)
        return;
    array = json_array();
    for (gsize i = 0; i < count; i++)
        json_array_append_new(array, make_credential(&credentials[i]));
    json_object_set_new(body, "cred", array);
}

/* Takes body, which holds all but the secrets. secret and temporary (NULL for none: a code) are
 * base64 and scheme one of ours: nothing to escape in them. */
static char *secrets_frame(const char *kind, json_t *body, const char *temporary,
                           const char *scheme, const char *secret)
{
    GString *members = g_string_sized_new(256);
    char *text;

    json_dump_callback(body, append_bytes, members, JSON_COMPACT);
    json_decref(body);
    /* {"a":1} -> "a":1, and {} -> nothing */
    g_string_truncate(members, members->len - 1);
    if (members->len > 1)
        g_string_append_c(members, ',');
    text = g_strconcat("{\"", kind, "\":", members->str,
                       temporary != NULL ? "\"tmpscheme\":\"code\",\"tmpsecret\":\"" : "",
                       temporary != NULL ? temporary : "", temporary != NULL ? "\"," : "",
                       "\"scheme\":\"", scheme, "\",\"secret\":\"", secret, "\"}}", NULL);
    tn_secret_free(g_string_free(members, FALSE));
    return text;
}

static char *secret_frame(const char *kind, json_t *body, const char *scheme, const char *secret)
{
    return secrets_frame(kind, body, NULL, scheme, secret);
}

/* "one:two:three" in base64. */
static char *make_secret(const char *one, const char *two, const char *three)
{
    char *plain = g_strconcat(one, ":", two, ":", three, NULL);
    char *secret = g_base64_encode((const guchar *)plain, strlen(plain));

    tn_secret_free(plain);
    return secret;
}

/* Takes body. */
static char *basic_frame(const char *kind, json_t *body, const char *login, const char *password)
{
    gsize length = strlen(login) + 1 + strlen(password);
    char *plain = g_strconcat(login, ":", password, NULL);
    char *secret = g_base64_encode((const guchar *)plain, length);
    char *text = secret_frame(kind, body, "basic", secret);

    tn_secret_free(plain);
    tn_secret_free(secret);
    return text;
}

char *tn_encode_login_basic(const char *id, const char *login, const char *password,
                            const TnCredential *credential)
{
    json_t *body = request(id, NULL);

    put_credentials(body, credential, credential != NULL ? 1 : 0);
    return basic_frame("login", body, login, password);
}

/* What is no base64 would make the server refuse the whole frame without an id, and could end the
 * string: such a token is sent empty and refused as the wrong one that it is. */
char *tn_encode_login_token(const char *id, const char *token, const TnCredential *credential)
{
    gsize length = strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                 "0123456789+/=");
    json_t *body = request(id, NULL);

    put_credentials(body, credential, credential != NULL ? 1 : 0);
    return secret_frame("login", body, "token", token[length] == '\0' ? token : "");
}

char *tn_encode_acc_new(const char *id, const char *login, const char *password,
                        const char *full_name, const TnCredential *credentials, gsize n_credentials)
{
    json_t *body = request(id, NULL), *desc, *public;

    put_string(body, "user", "new");
    json_object_set_new(body, "login", json_true());
    if (full_name != NULL) {
        desc = json_object();
        public = json_object();
        put_string(public, "fn", full_name);
        json_object_set_new(desc, "public", public);
        json_object_set_new(body, "desc", desc);
    }
    put_credentials(body, credentials, n_credentials);
    return basic_frame("acc", body, login, password);
}

char *tn_encode_acc_password(const char *id, const char *password)
{
    return basic_frame("acc", request(id, NULL), "", password);
}

char *tn_encode_login_reset(const char *id, const char *method, const char *address)
{
    char *secret = make_secret("basic", method, address);
    char *text = secret_frame("login", request(id, NULL), "reset", secret);

    tn_secret_free(secret);
    return text;
}

char *tn_encode_acc_reset(const char *id, const char *method, const char *address, const char *code,
                          const char *password)
{
    char *plain = g_strconcat(":", password, NULL);
    char *secret = g_base64_encode((const guchar *)plain, strlen(plain));
    char *temporary = make_secret(code, method, address);
    char *text = secrets_frame("acc", request(id, NULL), temporary, "basic", secret);

    tn_secret_free(plain);
    tn_secret_free(secret);
    tn_secret_free(temporary);
    return text;
}

static void put_what(const TnGet *get, GString *what)
{
    const struct {
        gboolean is_asked;
        const char *word;
    } parts[] = {
        {get->desc, "desc"}, {get->sub, "sub"},   {get->data, "data"},
        {get->del, "del"},   {get->tags, "tags"}, {get->cred, "cred"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (!parts[i].is_asked)
            continue;
        if (what->len > 0)
            g_string_append_c(what, ' ');
        g_string_append(what, parts[i].word);
    }
}

static void put_part(json_t *body, const char *key, json_t *part)
{
    if (json_object_size(part) > 0)
        json_object_set_new(body, key, part);
    else
        json_decref(part);
}

static void put_get(json_t *body, const TnGet *get)
{
    g_autoptr(GString) what = g_string_new(NULL);
    json_t *sub = json_object(), *data = json_object(), *del = json_object();

    if (get != NULL)
        put_what(get, what);
    if (what->len > 0)
        put_string(body, "what", what->str);
    if (get != NULL && get->sub) {
        put_string(sub, "user", get->sub_user);
        put_string(sub, "topic", get->sub_topic);
        put_string(sub, "ims", get->ims);
        put_number(sub, "limit", get->sub_limit);
    }
    if (get != NULL && get->data) {
        put_number(data, "since", get->data_since);
        put_number(data, "before", get->data_before);
        put_number(data, "limit", get->data_limit);
    }
    if (get != NULL && get->del)
        put_number(del, "since", get->del_since);
    put_part(body, "sub", sub);
    put_part(body, "data", data);
    put_part(body, "del", del);
}

char *tn_encode_sub(const char *id, const char *topic, const TnGet *get)
{
    json_t *body = request(id, topic), *part = json_object();

    put_get(part, get);
    put_part(body, "get", part);
    return frame("sub", body);
}

char *tn_encode_leave(const char *id, const char *topic, gboolean is_unsub)
{
    json_t *body = request(id, topic);

    if (is_unsub)
        json_object_set_new(body, "unsub", json_true());
    return frame("leave", body);
}

char *tn_encode_get(const char *id, const char *topic, const TnGet *get)
{
    json_t *body = request(id, topic);

    put_get(body, get);
    return frame("get", body);
}

/* {"seq": of the form, "resp": {name: value}} */
static json_t *make_answer(const TnSpan *span)
{
    json_t *value = json_object(), *answer = json_object();

    put_number(value, "seq", span->seq);
    if (span->name != NULL)
        json_object_set_new(answer, span->name,
                            span->value != NULL ? make_string(span->value) : json_integer(1));
    json_object_set_new(value, "resp", answer);
    return value;
}

static json_t *make_media(const TnSpan *span)
{
    json_t *data = json_object();

    put_string(data, "mime", span->mime);
    put_string(data, "name", span->name);
    put_string(data, "ref", span->ref);
    if (span->bytes != NULL) {
        gsize length;
        const guint8 *bytes = g_bytes_get_data(span->bytes, &length);
        g_autofree char *text = g_base64_encode(bytes, length);

        put_string(data, "val", text);
    }
    put_number(data, "width", span->width);
    put_number(data, "height", span->height);
    put_number(data, "size", span->size);
    return data;
}

/* NULL: a span of this kind says all by its type. */
static json_t *make_entity(const TnSpan *span)
{
    json_t *data;

    switch (span->kind) {
    case TN_SPAN_LINK:
        data = json_object();
        put_string(data, "url", span->url);
        return data;
    case TN_SPAN_MENTION:
        data = json_object();
        put_string(data, "val", span->value);
        return data;
    case TN_SPAN_ANSWER:
        data = json_object();
        put_string(data, "mime", "text/x-drafty-fr");
        json_object_set_new(data, "val", make_answer(span));
        return data;
    default:
        return tn_span_is_media(span->kind) ? make_media(span) : NULL;
    }
}

static void put_span(const TnSpan *span, json_t *formats, json_t *entities)
{
    json_t *format = json_object(), *data = make_entity(span);

    if (span->is_attachment)
        json_object_set_new(format, "at", json_integer(-1));
    else
        put_number(format, "at", span->at);
    put_number(format, "len", span->length);
    if (data != NULL) {
        json_t *entity = json_object();

        put_number(format, "key", (guint32)json_array_size(entities));
        put_string(entity, "tp", tn_span_type(span->kind));
        json_object_set_new(entity, "data", data);
        json_array_append_new(entities, entity);
    } else {
        put_string(format, "tp", tn_span_type(span->kind));
    }
    json_array_append_new(formats, format);
}

static json_t *make_content(const TnContent *content)
{
    json_t *document, *formats, *entities;

    if (content->n_spans == 0)
        return make_string(content->text);
    document = json_object();
    formats = json_array();
    entities = json_array();
    for (gsize i = 0; i < content->n_spans; i++)
        put_span(&content->spans[i], formats, entities);
    put_string(document, "txt", content->text);
    json_object_set_new(document, "fmt", formats);
    if (json_array_size(entities) > 0)
        json_object_set(document, "ent", entities);
    json_decref(entities);
    return document;
}

gsize tn_content_size(const TnContent *content)
{
    json_t *value = make_content(content);
    gsize size = json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);

    json_decref(value);
    return size;
}

/* Beside the packet, not in it: {"kind": body, "extra": {"attachments": [...]}}. Takes body. */
static char *frame_with_files(const char *kind, json_t *body, const char *const *files)
{
    json_t *root = json_object(), *list, *extra;
    GString *text = g_string_sized_new(256);

    json_object_set_new(root, kind, body);
    if (files != NULL && files[0] != NULL) {
        list = json_array();
        extra = json_object();
        for (; *files != NULL; files++)
            json_array_append_new(list, make_string(*files));
        json_object_set_new(extra, "attachments", list);
        json_object_set_new(root, "extra", extra);
    }
    json_dump_callback(root, append_bytes, text, JSON_COMPACT);
    json_decref(root);
    return g_string_free(text, FALSE);
}

/* How heads name a message of the same topic. */
static void put_message(json_t *head, const char *key, guint32 seq)
{
    char text[16];

    if (seq == 0)
        return;
    g_snprintf(text, sizeof text, ":%u", seq);
    put_string(head, key, text);
}

char *tn_encode_pub(const char *id, const char *topic, const TnPub *pub, gboolean is_noecho)
{
    json_t *body = request(id, topic), *head = json_object();

    if (is_noecho)
        json_object_set_new(body, "noecho", json_true());
    if (pub->content->n_spans > 0)
        put_string(head, "mime", "text/x-drafty");
    put_string(head, TN_HEAD_ID, pub->client_id);
    put_message(head, "replace", pub->replace);
    put_message(head, "reply", pub->reply);
    put_string(head, "forwarded", pub->forwarded);
    put_part(body, "head", head);
    json_object_set_new(body, "content", make_content(pub->content));
    return frame_with_files("pub", body, pub->attachments);
}

/* JSON null changes nothing: this character stands for "no value any more". */
#define CLEARED "\xe2\x90\xa1"

static void put_or_clear(json_t *object, const char *key, const char *text)
{
    put_string(object, key, text != NULL && *text == '\0' ? CLEARED : text);
}

static void put_photo(json_t *public, const TnPhoto *photo)
{
    json_t *object;

    if (photo == NULL)
        return;
    if (photo->data == NULL && photo->ref == NULL) {
        put_string(public, "photo", CLEARED);
        return;
    }
    object = json_object();
    put_string(object, "type", photo->type);
    /* Cards are merged key by key: the one that is not there any more must be cleared. */
    put_string(object, "data", photo->data != NULL ? photo->data : CLEARED);
    put_string(object, "ref", photo->ref != NULL ? photo->ref : CLEARED);
    json_object_set_new(public, "photo", object);
}

static json_t *make_set(const TnSet *set)
{
    json_t *part = json_object(), *desc = json_object(), *public = json_object(),
           *private = json_object(), *sub = json_object(), *tags;

    put_or_clear(public, "fn", set->fn);
    put_or_clear(public, "note", set->note);
    put_photo(public, set->photo);
    put_or_clear(private, "comment", set->comment);
    if (set->has_archived)
        json_object_set_new(private, "arch", json_boolean(set->is_archived));
    if (set->query != NULL) {
        json_decref(public);
        json_object_set_new(desc, "public",
                            make_string(*set->query != '\0' ? set->query : CLEARED));
    } else {
        put_part(desc, "public", public);
    }
    put_part(desc, "private", private);
    put_part(part, "desc", desc);
    put_string(sub, "user", set->sub_user);
    put_string(sub, "mode", set->sub_mode);
    put_part(part, "sub", sub);
    if (set->tags != NULL) {
        tags = json_array();
        for (const char *const *tag = set->tags; *tag != NULL; tag++)
            json_array_append_new(tags, make_string(*tag));
        json_object_set_new(part, "tags", tags);
    }
    if (set->credential != NULL)
        json_object_set_new(part, "cred", make_credential(set->credential));
    return part;
}

char *tn_encode_set(const char *id, const char *topic, const TnSet *set)
{
    json_t *body = request(id, topic), *part = make_set(set);

    json_object_update(body, part);
    json_decref(part);
    return frame_with_files("set", body, set->attachments);
}

char *tn_encode_sub_new(const char *id, const char *topic, const TnSet *set)
{
    json_t *body = request(id, topic);

    put_part(body, "set", make_set(set));
    return frame_with_files("sub", body, set->attachments);
}

/* A lone low is one message; else half-open. */
static json_t *make_ranges(const TnRange *range)
{
    json_t *list = json_array(), *object = json_object();

    put_number(object, "low", range->low);
    if (range->high > range->low)
        put_number(object, "hi", range->high + 1);
    json_array_append_new(list, object);
    return list;
}

char *tn_encode_del(const char *id, const char *topic, const TnDelete *what)
{
    static const char *const words[] = {[TN_DELETE_MESSAGES] = "msg",
                                        [TN_DELETE_TOPIC] = "topic",
                                        [TN_DELETE_MEMBER] = "sub",
                                        [TN_DELETE_CREDENTIAL] = "cred",
                                        [TN_DELETE_ACCOUNT] = "user"};
    gboolean has_topic = what->what <= TN_DELETE_MEMBER;
    json_t *body = request(id, has_topic ? topic : NULL);

    put_string(body, "what", words[what->what]);
    if (what->what == TN_DELETE_MESSAGES)
        json_object_set_new(body, "delseq", make_ranges(&what->range));
    if (what->what == TN_DELETE_MEMBER)
        put_string(body, "user", what->user);
    if (what->what == TN_DELETE_CREDENTIAL)
        json_object_set_new(body, "cred", make_credential(what->credential));
    if (what->is_hard)
        json_object_set_new(body, "hard", json_true());
    return frame("del", body);
}

char *tn_encode_note(const char *topic, const char *what, guint32 seq)
{
    json_t *body = request(NULL, topic);

    put_string(body, "what", what);
    put_number(body, "seq", seq);
    return frame("note", body);
}
