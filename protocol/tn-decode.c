/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tn-decode.c: frames of the server to packets. Part of the codec in protocol/; pure. Functions
 * follow the shape of the packets, one for each kind and for each object that several kinds share.
 */
#include "tn-codec.h"

#include <string.h>

#include "tn-content.h"
#include "tn-json.h"

/* A packet and what it owns. */
typedef struct {
    TnPacket packet; /* first: the public part */
    GStringChunk *strings;
    char *token;
    char **cred, **required;
    TnRow *desc;
    TnRow *rows;
    TnRange *ranges;
    TnContent *content;
} Packet;

/* Codes, words and comments of the server. */
#define MAX_WORD 64
/* A login token has some 70 characters; longer than this is none. */
#define MAX_TOKEN 4096
#define MAX_CREDS 16

GQuark tn_codec_error_quark(void)
{
    return g_quark_from_static_string("tn-codec-error");
}

void tn_secret_free(char *secret)
{
    if (secret == NULL)
        return;
    explicit_bzero(secret, strlen(secret));
    g_free(secret);
}

void tn_packet_free(TnPacket *packet)
{
    Packet *p = (Packet *)packet;

    if (p == NULL)
        return;
    tn_secret_free(p->token);
    g_strfreev(p->cred);
    g_strfreev(p->required);
    g_free(p->desc);
    g_free(p->rows);
    g_free(p->ranges);
    tn_content_free(p->content);
    g_string_chunk_free(p->strings);
    g_free(p);
}

/* Shared objects ------------------------------------------------------------------------------- */

static gint64 decode_time(const json_t *object, const char *key)
{
    return tn_time_parse(json_string_value(json_object_get(object, key)));
}

static TnAcs decode_acs(const json_t *object)
{
    const json_t *acs = tn_json_object(object, "acs");
    TnAcs out = {0};

    out.has_want = tn_access_parse(json_string_value(json_object_get(acs, "want")), &out.want);
    out.has_given = tn_access_parse(json_string_value(json_object_get(acs, "given")), &out.given);
    out.has_mode = tn_access_parse(json_string_value(json_object_get(acs, "mode")), &out.mode);
    return out;
}

static TnCard decode_card(const json_t *object, GStringChunk *strings)
{
    const json_t *card = tn_json_object(object, "public");
    TnCard out = {0};

    out.is_told = card != NULL || tn_json_is_cleared(object, "public");
    out.fn = tn_json_line(card, "fn", TN_MAX_TEXT, strings);
    out.note = tn_json_line(card, "note", TN_MAX_TEXT, strings);
    return out;
}

static void decode_row(const json_t *object, TnRow *row, GStringChunk *strings)
{
    const json_t *private = tn_json_object(object, "private");
    const json_t *seen = tn_json_object(object, "seen");

    row->topic = tn_json_name(object, "topic", strings);
    row->user = tn_json_name(object, "user", strings);
    row->is_deleted = json_is_string(json_object_get(object, "deleted"));
    row->has_online = json_is_boolean(json_object_get(object, "online"));
    row->is_online = tn_json_bool(object, "online");
    row->seq = tn_json_seq(object, "seq");
    row->read = tn_json_seq(object, "read");
    row->recv = tn_json_seq(object, "recv");
    row->clear = tn_json_seq(object, "clear");
    row->acs = decode_acs(object);
    row->card = decode_card(object, strings);
    row->has_comment =
        json_object_get(private, "comment") != NULL || tn_json_is_cleared(object, "private");
    row->comment = tn_json_line(private, "comment", TN_MAX_TEXT, strings);
    row->has_archived =
        json_is_boolean(json_object_get(private, "arch")) || tn_json_is_cleared(object, "private");
    row->is_archived = tn_json_bool(private, "arch");
    row->members = tn_json_seq(object, "subcnt");
    row->touched_ms = decode_time(object, "touched");
    row->updated_ms = decode_time(object, "updated");
    row->seen_ms = decode_time(seen, "when");
    row->seen_agent = tn_json_line(seen, "ua", TN_MAX_TEXT, strings);
    row->is_channel = tn_json_bool(object, "chan");
}

/* Half-open on the wire, a lone low is one message. Ranges that hold nothing are left out. */
static TnRange *decode_ranges(const json_t *object, gsize *count)
{
    const json_t *array = tn_json_array(object, "delseq");
    gsize length = MIN(json_array_size(array), (gsize)TN_MAX_ROWS);
    TnRange *ranges;

    *count = 0;
    if (length == 0)
        return NULL;
    ranges = g_new(TnRange, length);
    for (gsize i = 0; i < length; i++) {
        const json_t *range = json_array_get(array, i);
        guint32 low = tn_json_seq(range, "low"), high = tn_json_seq(range, "hi");

        if (low == 0 || (high != 0 && high <= low))
            continue;
        ranges[(*count)++] = (TnRange){low, high != 0 ? high - 1 : low};
    }
    return ranges;
}

/* Content -------------------------------------------------------------------------------------- */

/* Which entity a format means; NULL: none. */
static const json_t *entity_of(const json_t *format, const json_t *entities)
{
    int key = 0;

    if (json_object_get(format, "key") != NULL && !tn_json_int(format, "key", 0, TN_MAX_SEQ, &key))
        return NULL;
    return json_array_get(entities, (gsize)key);
}

/* A name for people: no path, no markup, one line. Newly allocated, NULL: none. */
static char *decode_file_name(const json_t *data)
{
    g_autoptr(GStringChunk) chunk = g_string_chunk_new(64);
    const char *told = tn_json_line(data, "name", TN_MAX_TEXT, chunk), *base;
    g_autoptr(GString) name = NULL;

    if (told == NULL)
        return NULL;
    base = told + strlen(told);
    while (base > told && base[-1] != '/' && base[-1] != '\\')
        base--;
    name = g_string_sized_new(strlen(base));
    for (const char *p = base; *p != '\0'; p++) {
        const char *end = *p == '<' ? strchr(p, '>') : NULL;

        if (end != NULL)
            p = end;
        else if (*p != '<' && *p != '>')
            g_string_append_c(name, *p);
    }
    return *name->str != '\0' ? g_string_free(g_steal_pointer(&name), FALSE) : NULL;
}

static char *decode_line(const json_t *data, const char *key)
{
    g_autoptr(GStringChunk) chunk = g_string_chunk_new(64);

    return g_strdup(tn_json_line(data, key, TN_MAX_TEXT, chunk));
}

/* NULL: nothing that may be a link. */
static char *decode_url(const json_t *data, const char *key)
{
    g_autofree char *url = tn_json_dup(json_object_get(data, key), TN_MAX_URL + 1);

    return tn_url_is_safe(url) ? g_steal_pointer(&url) : NULL;
}

/* In bytes; what is sent inside the message is base64. */
static guint32 decode_size(const json_t *data)
{
    guint32 size = tn_json_limit(data, "size");

    return size > 0 ? size : (guint32)(json_string_length(json_object_get(data, "val")) / 4 * 3);
}

/* The answer to a form goes along for a program; its words are the text. */
static gboolean is_form_answer(const json_t *data)
{
    const char *mime = json_string_value(json_object_get(data, "mime"));

    return g_strcmp0(mime, "text/x-drafty-fr") == 0 || g_strcmp0(mime, "application/json") == 0;
}

static void decode_entity(TnSpan *span, const json_t *data)
{
    switch (span->kind) {
    case TN_SPAN_LINK:
        span->url = decode_url(data, "url");
        if (span->url == NULL)
            span->kind = TN_SPAN_OTHER;
        break;
    case TN_SPAN_FILE:
    case TN_SPAN_PICTURE:
    case TN_SPAN_AUDIO:
    case TN_SPAN_VIDEO:
        if (span->kind == TN_SPAN_FILE && is_form_answer(data)) {
            span->kind = TN_SPAN_OTHER;
            break;
        }
        span->name = decode_file_name(data);
        span->url = decode_url(data, "ref");
        span->size = decode_size(data);
        if (span->kind == TN_SPAN_AUDIO || span->kind == TN_SPAN_VIDEO)
            span->duration_ms = tn_json_limit(data, "duration");
        break;
    case TN_SPAN_BUTTON:
        span->name = decode_line(data, "name");
        if (g_strcmp0(json_string_value(json_object_get(data, "act")), "url") == 0)
            span->url = decode_url(data, "ref");
        break;
    case TN_SPAN_CALL:
        span->name = decode_line(data, "state");
        span->duration_ms = tn_json_limit(data, "duration");
        break;
    case TN_SPAN_CARD:
        span->name = decode_line(data, "fn");
        break;
    default:
        break;
    }
}

/* FALSE: no span; its text stands as it is. */
static gboolean decode_span(const json_t *format, const json_t *entities, TnSpan *span)
{
    const char *type = json_string_value(json_object_get(format, "tp"));
    const json_t *data = NULL;
    int at = 0, length = 0;

    if (!json_is_object(format))
        return FALSE;
    /* Numbers that are absent are 0; numbers that make no sense make no span. */
    if ((json_object_get(format, "at") != NULL &&
         !tn_json_int(format, "at", -TN_MAX_SEQ, TN_MAX_SEQ, &at)) ||
        (json_object_get(format, "len") != NULL &&
         !tn_json_int(format, "len", 0, TN_MAX_SEQ, &length)))
        return FALSE;
    if (type == NULL || *type == '\0') {
        const json_t *entity = entity_of(format, entities);

        if (!json_is_object(entity))
            return FALSE;
        type = json_string_value(json_object_get(entity, "tp"));
        data = tn_json_object(entity, "data");
    }
    span->kind = tn_span_kind(type);
    span->is_attachment = at < 0;
    /* Outside the text there is nothing to style. */
    if (span->is_attachment && !tn_span_is_object(span->kind))
        return FALSE;
    decode_entity(span, data);
    if (span->is_attachment && span->kind == TN_SPAN_OTHER)
        return FALSE;
    span->at = (guint32)MAX(at, 0);
    /* A break replaces one character, whatever it claims: no text may vanish in it. */
    span->length = span->kind == TN_SPAN_BREAK ? MIN((guint32)length, 1) : (guint32)length;
    return TRUE;
}

static TnContent *decode_content(const json_t *value)
{
    TnContent *content = g_new0(TnContent, 1);
    const json_t *formats = tn_json_array(value, "fmt"), *entities = tn_json_array(value, "ent");
    json_t *zeros = NULL;
    gsize length;

    content->text =
        tn_json_dup(json_is_object(value) ? json_object_get(value, "txt") : value, TN_MAX_FRAME);
    /* A format of nothing but zeros, for the first entity, may be left out as a whole. */
    if (json_array_size(formats) == 0 && json_array_size(entities) > 0)
        formats = zeros = json_pack("[{}]");
    length = MIN(json_array_size(formats), (gsize)TN_MAX_SPANS);
    content->spans = length > 0 ? g_new0(TnSpan, length) : NULL;
    for (gsize i = 0; i < length; i++) {
        if (decode_span(json_array_get(formats, i), entities, &content->spans[content->n_spans]))
            content->n_spans++;
        else
            content->spans[content->n_spans] = (TnSpan){0};
    }
    json_decref(zeros);
    return content;
}

/* Packets -------------------------------------------------------------------------------------- */

static gboolean refuse(GError **error, const char *lacks)
{
    g_set_error(error, TN_CODEC_ERROR, TN_CODEC_ERROR_MALFORMED, "without a proper %s", lacks);
    return FALSE;
}

static char **decode_words(const json_t *array, gsize max)
{
    gsize length = MIN(json_array_size(array), max), n_words = 0;
    char **words;

    if (array == NULL)
        return NULL;
    words = g_new0(char *, length + 1);
    for (gsize i = 0; i < length; i++) {
        const json_t *word = json_array_get(array, i);

        if (json_is_string(word))
            words[n_words++] = tn_json_dup(word, MAX_WORD);
    }
    return words;
}

static void decode_login_params(Packet *p, json_t *params)
{
    const json_t *token = json_object_get(params, "token");

    p->packet.ctrl.user = tn_json_name(params, "user", p->strings);
    if (json_is_string(token) && json_string_length(token) <= MAX_TOKEN) {
        p->token = tn_json_dup(token, MAX_TOKEN);
        p->packet.ctrl.token = p->token;
    }
    tn_json_wipe(params, "token");
    p->cred = decode_words(tn_json_array(params, "cred"), MAX_CREDS);
    p->packet.ctrl.cred = (const char *const *)p->cred;
    /* Told by level of authentication; ours is "auth". A refused {acc} names them alone. */
    p->required = decode_words(tn_json_array(tn_json_object(params, "reqCred"), "auth"), MAX_CREDS);
    if (p->required == NULL)
        p->required = decode_words(tn_json_array(params, "creds"), MAX_CREDS);
    p->packet.ctrl.required = (const char *const *)p->required;
}

static gboolean decode_ctrl(Packet *p, const json_t *object, GError **error)
{
    TnCtrl *ctrl = &p->packet.ctrl;
    json_t *params = tn_json_object(object, "params");

    decode_login_params(p, params);
    if (!tn_json_int(object, "code", 100, 999, &ctrl->code))
        return refuse(error, "ctrl.code");
    ctrl->id = tn_json_string(object, "id", MAX_WORD, p->strings);
    ctrl->topic = tn_json_name(object, "topic", p->strings);
    ctrl->text = tn_json_line(object, "text", TN_MAX_TEXT, p->strings);
    ctrl->ts_ms = decode_time(object, "ts");
    ctrl->seq = tn_json_seq(params, "seq");
    ctrl->what = tn_json_string(params, "what", MAX_WORD, p->strings);
    ctrl->count = tn_json_seq(params, "count");
    ctrl->has_unsub = json_is_boolean(json_object_get(params, "unsub"));
    ctrl->is_unsub = tn_json_bool(params, "unsub");
    ctrl->new_topic = tn_json_name(params, "topic", p->strings);
    ctrl->acs = decode_acs(params);
    ctrl->server_version = tn_json_line(params, "ver", MAX_WORD, p->strings);
    ctrl->server_build = tn_json_line(params, "build", TN_MAX_TEXT, p->strings);
    ctrl->max_message_size = tn_json_limit(params, "maxMessageSize");
    ctrl->max_subscriber_count = tn_json_limit(params, "maxSubscriberCount");
    ctrl->max_file_size = tn_json_limit(params, "maxFileUploadSize");
    return TRUE;
}

/* ":12" names message 12 of the same topic. */
static guint32 decode_reference(const json_t *head, const char *key)
{
    const char *text = json_string_value(json_object_get(head, key));
    guint64 seq;

    if (text == NULL || *text != ':' ||
        !g_ascii_string_to_unsigned(text + 1, 10, 1, TN_MAX_SEQ, &seq, NULL))
        return 0;
    return (guint32)seq;
}

static gboolean decode_data(Packet *p, const json_t *object, GError **error)
{
    TnData *data = &p->packet.data;
    const json_t *head = tn_json_object(object, "head");

    data->topic = tn_json_name(object, "topic", p->strings);
    data->seq = tn_json_seq(object, "seq");
    if (data->topic == NULL || data->seq == 0)
        return refuse(error, data->topic == NULL ? "data.topic" : "data.seq");
    data->from = tn_json_name(object, "from", p->strings);
    data->ts_ms = decode_time(object, "ts");
    data->mime = tn_json_line(head, "mime", TN_MAX_TEXT, p->strings);
    data->client_id = tn_json_string(head, TN_HEAD_ID, TN_MAX_TEXT, p->strings);
    data->replace = decode_reference(head, "replace");
    data->reply = decode_reference(head, "reply");
    data->webrtc = tn_json_line(head, "webrtc", MAX_WORD, p->strings);
    data->webrtc_ms = tn_json_limit(head, "webrtc-duration");
    p->content = decode_content(json_object_get(object, "content"));
    data->content = p->content;
    return TRUE;
}

static void decode_rows(Packet *p, const json_t *array)
{
    TnMeta *meta = &p->packet.meta;
    gsize length = MIN(json_array_size(array), (gsize)TN_MAX_ROWS);

    meta->has_subs = array != NULL;
    if (length == 0)
        return;
    p->rows = g_new0(TnRow, length);
    for (gsize i = 0; i < length; i++) {
        TnRow *row = &p->rows[meta->n_subs];

        decode_row(json_array_get(array, i), row, p->strings);
        /* A row about nobody says nothing. */
        if (row->topic != NULL || row->user != NULL)
            meta->n_subs++;
        else
            *row = (TnRow){0};
    }
    meta->subs = p->rows;
}

static gboolean decode_meta(Packet *p, const json_t *object, GError **error)
{
    TnMeta *meta = &p->packet.meta;
    const json_t *desc = tn_json_object(object, "desc"), *del = tn_json_object(object, "del");

    meta->topic = tn_json_name(object, "topic", p->strings);
    if (meta->topic == NULL)
        return refuse(error, "meta.topic");
    meta->id = tn_json_string(object, "id", MAX_WORD, p->strings);
    if (desc != NULL) {
        p->desc = g_new0(TnRow, 1);
        decode_row(desc, p->desc, p->strings);
        p->desc->topic = NULL;
        p->desc->user = NULL;
        meta->desc = p->desc;
    }
    decode_rows(p, tn_json_array(object, "sub"));
    meta->has_tags = tn_json_array(object, "tags") != NULL;
    meta->has_cred = tn_json_array(object, "cred") != NULL;
    meta->has_del = del != NULL;
    meta->del_clear = tn_json_seq(del, "clear");
    p->ranges = decode_ranges(del, &meta->n_del);
    meta->del = p->ranges;
    return TRUE;
}

static TnPresWhat pres_what(const char *word)
{
    static const struct {
        const char *word;
        TnPresWhat what;
    } words[] = {
        {"on", TN_PRES_ON},   {"off", TN_PRES_OFF},   {"ua", TN_PRES_UA},
        {"msg", TN_PRES_MSG}, {"read", TN_PRES_READ}, {"recv", TN_PRES_RECV},
        {"upd", TN_PRES_UPD}, {"acs", TN_PRES_ACS},   {"gone", TN_PRES_GONE},
        {"del", TN_PRES_DEL}, {"tags", TN_PRES_TAGS}, {"term", TN_PRES_TERM},
        {"aux", TN_PRES_AUX},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strcmp(word, words[i].word) == 0)
            return words[i].what;
    }
    return TN_PRES_UNKNOWN;
}

static gboolean decode_pres(Packet *p, const json_t *object, GError **error)
{
    TnPres *pres = &p->packet.pres;
    const json_t *dacs = tn_json_object(object, "dacs");
    const char *what = json_string_value(json_object_get(object, "what"));

    pres->topic = tn_json_name(object, "topic", p->strings);
    if (pres->topic == NULL || what == NULL)
        return refuse(error, pres->topic == NULL ? "pres.topic" : "pres.what");
    pres->what = pres_what(what);
    pres->src = tn_json_name(object, "src", p->strings);
    pres->seq = tn_json_seq(object, "seq");
    pres->clear = tn_json_seq(object, "clear");
    p->ranges = decode_ranges(object, &pres->n_del);
    pres->del = p->ranges;
    pres->act = tn_json_name(object, "act", p->strings);
    pres->tgt = tn_json_name(object, "tgt", p->strings);
    /* Servers from 0.26 on write val. */
    pres->agent = tn_json_line(object, "ua", TN_MAX_TEXT, p->strings);
    if (pres->agent == NULL)
        pres->agent = tn_json_line(object, "val", TN_MAX_TEXT, p->strings);
    pres->want = tn_json_string(dacs, "want", MAX_WORD, p->strings);
    pres->given = tn_json_string(dacs, "given", MAX_WORD, p->strings);
    return TRUE;
}

static TnInfoWhat info_what(const char *word)
{
    static const struct {
        const char *word;
        TnInfoWhat what;
    } words[] = {
        {"recv", TN_INFO_RECV}, {"read", TN_INFO_READ}, {"kp", TN_INFO_KP},
        {"kpa", TN_INFO_KPA},   {"kpv", TN_INFO_KPV},   {"call", TN_INFO_CALL},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strcmp(word, words[i].word) == 0)
            return words[i].what;
    }
    return TN_INFO_UNKNOWN;
}

static gboolean decode_info(Packet *p, const json_t *object, GError **error)
{
    TnInfo *info = &p->packet.info;
    const char *what = json_string_value(json_object_get(object, "what"));

    info->topic = tn_json_name(object, "topic", p->strings);
    if (info->topic == NULL || what == NULL)
        return refuse(error, info->topic == NULL ? "info.topic" : "info.what");
    info->what = info_what(what);
    info->src = tn_json_name(object, "src", p->strings);
    info->from = tn_json_name(object, "from", p->strings);
    info->seq = tn_json_seq(object, "seq");
    return TRUE;
}

static const struct {
    const char *key;
    TnPacketKind kind;
    gboolean (*decode)(Packet *p, const json_t *object, GError **error);
} packet_kinds[] = {
    {"ctrl", TN_PACKET_CTRL, decode_ctrl}, {"data", TN_PACKET_DATA, decode_data},
    {"meta", TN_PACKET_META, decode_meta}, {"pres", TN_PACKET_PRES, decode_pres},
    {"info", TN_PACKET_INFO, decode_info},
};

static gboolean decode_packet(Packet *p, const json_t *root, GError **error)
{
    p->packet.kind = TN_PACKET_OTHER;
    for (gsize i = 0; i < G_N_ELEMENTS(packet_kinds); i++) {
        const json_t *body = json_object_get(root, packet_kinds[i].key);

        if (body == NULL)
            continue;
        if (!json_is_object(body))
            return refuse(error, packet_kinds[i].key);
        p->packet.kind = packet_kinds[i].kind;
        return packet_kinds[i].decode(p, body, error);
    }
    return TRUE;
}

TnPacket *tn_packet_decode(const char *text, gsize length, GError **error)
{
    json_t *root = tn_json_parse(text, length, error);
    Packet *p;
    gboolean is_good;

    if (root == NULL)
        return NULL;
    p = g_new0(Packet, 1);
    p->strings = g_string_chunk_new(256);
    is_good = decode_packet(p, root, error);
    json_decref(root);
    if (!is_good) {
        tn_packet_free(&p->packet);
        return NULL;
    }
    return &p->packet;
}
