/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stored users, conversations, messages (tests/server). */
#include "world.h"

#include <string.h>

#include "clock.h"

#define ID_BYTES   8
#define NULL_VALUE "\xe2\x90\xa1"

static GPtrArray *users;
static GPtrArray *chats;
static GHashTable *chat_names;
static guint group_count;

static void user_free(gpointer data)
{
    User *user = data;

    g_free(user->id);
    g_free(user->login);
    g_free(user->password);
    json_decref(user->public);
    json_decref(user->trusted);
    json_decref(user->private);
    json_decref(user->tags);
    json_decref(user->creds);
    g_free(user->seen_ua);
    g_free(user);
}

static void member_free(gpointer data)
{
    Member *member = data;

    json_decref(member->private);
    g_free(member);
}

static void message_free(gpointer data)
{
    Message *message = data;

    json_decref(message->head);
    json_decref(message->content);
    g_free(message);
}

static void chat_free(gpointer data)
{
    Chat *chat = data;

    g_free(chat->name);
    json_decref(chat->public);
    json_decref(chat->trusted);
    g_ptr_array_free(chat->members, TRUE);
    g_ptr_array_free(chat->messages, TRUE);
    g_array_free(chat->deletions, TRUE);
    g_free(chat);
}

void world_init(void)
{
    users = g_ptr_array_new_with_free_func(user_free);
    chats = g_ptr_array_new_with_free_func(chat_free);
    chat_names = g_hash_table_new(g_str_hash, g_str_equal);
    group_count = 0;
}

void world_free(void)
{
    world_forget_words();
    g_hash_table_destroy(chat_names);
    g_ptr_array_free(chats, TRUE);
    g_ptr_array_free(users, TRUE);
}

GPtrArray *world_users(void)
{
    return users;
}

GPtrArray *world_chats(void)
{
    return chats;
}

static char *base64url(const guint8 *bytes, gsize len)
{
    char *text = g_base64_encode(bytes, len);

    for (char *p = text; *p != '\0'; p++) {
        if (*p == '+')
            *p = '-';
        else if (*p == '/')
            *p = '_';
        else if (*p == '=')
            *p = '\0';
        if (*p == '\0')
            break;
    }
    return text;
}

/* Ids come from a digest of a word, so that they are the same in every run. */
static char *id_of_word(const char *prefix, const char *word)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree char *tail = NULL;
    guint8 digest[32];
    gsize len = sizeof digest;

    g_checksum_update(sum, (const guchar *)prefix, -1);
    g_checksum_update(sum, (const guchar *)word, -1);
    g_checksum_get_digest(sum, digest, &len);
    tail = base64url(digest, ID_BYTES);
    return g_strconcat(prefix, tail, NULL);
}

static gboolean id_bytes(const char *id, guint8 out[ID_BYTES])
{
    char text[13];
    g_autofree guint8 *bytes = NULL;
    gsize len = 0;

    if (strlen(id) != 14 || strspn(id + 3, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                           "0123456789-_") != 11)
        return FALSE;
    g_strlcpy(text, id + 3, sizeof text);
    for (char *p = text; *p != '\0'; p++)
        *p = *p == '-' ? '+' : *p == '_' ? '/' : *p;
    text[11] = '=';
    text[12] = '\0';
    bytes = g_base64_decode(text, &len);
    if (len != ID_BYTES)
        return FALSE;
    memcpy(out, bytes, ID_BYTES);
    return TRUE;
}

gboolean world_is_user_id(const char *id)
{
    guint8 bytes[ID_BYTES];

    return g_str_has_prefix(id, "usr") && id_bytes(id, bytes);
}

char *world_p2p_name(const User *a, const User *b)
{
    guint8 both[2 * ID_BYTES];
    guint8 first[ID_BYTES];
    guint8 second[ID_BYTES];
    g_autofree char *tail = NULL;
    gboolean swap;

    id_bytes(a->id, first);
    id_bytes(b->id, second);
    swap = memcmp(first, second, ID_BYTES) > 0;
    memcpy(both, swap ? second : first, ID_BYTES);
    memcpy(both + ID_BYTES, swap ? first : second, ID_BYTES);
    tail = base64url(both, sizeof both);
    return g_strconcat("p2p", tail, NULL);
}

char *world_self_name(const User *user)
{
    return g_strconcat("slf", user->id + 3, NULL);
}

char *world_group_name(const char *word)
{
    return id_of_word("grp", word);
}

char *world_new_group_name(void)
{
    g_autofree char *word = g_strdup_printf("#%u", ++group_count);

    return id_of_word("grp", word);
}

User *world_add_user(const char *login, const char *password)
{
    User *user = g_new0(User, 1);

    user->login = g_strdup(login);
    user->password = g_strdup(password);
    user->id = id_of_word("usr", login);
    user->tags = json_array();
    user->creds = json_array();
    user->auth = ACS_P2P | ACS_GROUP;
    user->anon = ACS_NONE;
    user->me_want = ACS_ME;
    user->me_given = ACS_ME;
    user->created = clock_stamp_ms();
    user->updated = user->created;
    g_ptr_array_add(users, user);
    return user;
}

User *world_user_by_login(const char *login)
{
    for (guint i = 0; i < users->len; i++) {
        User *user = users->pdata[i];

        if (!user->deleted && strcmp(user->login, login) == 0)
            return user;
    }
    return NULL;
}

User *world_user_by_id(const char *id)
{
    for (guint i = 0; i < users->len; i++) {
        User *user = users->pdata[i];

        if (!user->deleted && strcmp(user->id, id) == 0)
            return user;
    }
    return NULL;
}

void world_delete_user(User *user)
{
    gint64 now = clock_stamp_ms();

    user->deleted = TRUE;
    for (guint i = chats->len; i-- > 0;) {
        Chat *chat = chats->pdata[i];

        if (chat->a == user || chat->b == user || chat->owner == user) {
            world_delete_chat(chat);
            continue;
        }
        chat_remove_member(chat, user, FALSE, now);
        chat_remove_member(chat, user, TRUE, now);
    }
}

Chat *world_chat(const char *name)
{
    return g_hash_table_lookup(chat_names, name);
}

Chat *world_add_chat(ChatKind kind, const char *name, gint64 now)
{
    Chat *chat = g_new0(Chat, 1);

    chat->kind = kind;
    chat->name = g_strdup(name);
    chat->auth = kind == CHAT_GROUP ? ACS_GROUP : ACS_NONE;
    chat->created = now;
    chat->updated = now;
    chat->touched = now;
    chat->members = g_ptr_array_new_with_free_func(member_free);
    chat->messages = g_ptr_array_new_with_free_func(message_free);
    chat->deletions = g_array_new(FALSE, FALSE, sizeof(Deletion));
    g_ptr_array_add(chats, chat);
    g_hash_table_insert(chat_names, chat->name, chat);
    return chat;
}

void world_delete_chat(Chat *chat)
{
    g_hash_table_remove(chat_names, chat->name);
    g_ptr_array_remove(chats, chat);
}

Member *chat_member(Chat *chat, const User *user, gboolean reader, gboolean deleted_too)
{
    for (guint i = 0; i < chat->members->len; i++) {
        Member *member = chat->members->pdata[i];

        if (member->user == user && member->reader == reader &&
            (member->deleted == 0 || deleted_too))
            return member;
    }
    return NULL;
}

Member *chat_add_member(Chat *chat, User *user, gboolean reader, unsigned want, unsigned given,
                        json_t *private, gint64 now)
{
    Member *member = chat_member(chat, user, reader, TRUE);

    if (member == NULL) {
        member = g_new0(Member, 1);
        g_ptr_array_add(chat->members, member);
    }
    member->chat = chat;
    member->user = user;
    member->reader = reader;
    member->want = want;
    member->given = given;
    member->read = member->recv = member->clear = 0;
    json_decref(member->private);
    member->private = json_incref(private);
    member->updated = now;
    member->deleted = 0;
    if (chat->kind == CHAT_GROUP && !reader)
        chat->subcnt++;
    return member;
}

gboolean chat_remove_member(Chat *chat, User *user, gboolean reader, gint64 now)
{
    Member *member = chat_member(chat, user, reader, FALSE);

    if (member == NULL)
        return FALSE;
    member->deleted = now;
    member->updated = now;
    if (chat->kind == CHAT_GROUP && !reader)
        chat->subcnt--;
    for (guint i = chat->deletions->len; i-- > 0 && !reader;)
        if (g_array_index(chat->deletions, Deletion, i).who == user)
            g_array_remove_index(chat->deletions, i);
    return TRUE;
}

guint chat_count(const Chat *chat)
{
    guint count = 0;

    for (guint i = 0; i < chat->members->len; i++) {
        const Member *member = chat->members->pdata[i];

        if (member->deleted == 0 && !member->reader)
            count++;
    }
    return count;
}

User *chat_peer(const Chat *chat, const User *user)
{
    return chat->a == user ? chat->b : chat->a;
}

Message *chat_post(Chat *chat, User *from, json_t *head, json_t *content, gint64 now)
{
    Message *message = g_new0(Message, 1);

    message->seq = ++chat->seq;
    message->from = from;
    message->ts = now;
    message->head = json_incref(head);
    message->content = content == NULL ? json_null() : json_incref(content);
    chat->touched = now;
    g_ptr_array_add(chat->messages, message);
    return message;
}

gboolean chat_visible(const Chat *chat, const Message *message, const User *user)
{
    if (message->deleted)
        return FALSE;
    for (guint i = 0; i < chat->deletions->len; i++) {
        const Deletion *del = &g_array_index(chat->deletions, Deletion, i);

        if (del->who == user && message->seq >= del->low && message->seq < del->hi)
            return FALSE;
    }
    return TRUE;
}

static gboolean is_null_value(json_t *value)
{
    return json_is_string(value) && strcmp(json_string_value(value), NULL_VALUE) == 0;
}

gboolean world_merge(json_t *old, json_t *patch, json_t **out)
{
    const char *key;
    json_t *value;
    gboolean changed = FALSE;
    json_t *merged;

    *out = json_incref(old);
    if (patch == NULL || json_is_null(patch))
        return FALSE;
    if (is_null_value(patch)) {
        json_decref(*out);
        *out = NULL;
        return old != NULL;
    }
    if (!json_is_object(patch) || !json_is_object(old)) {
        json_decref(*out);
        *out = json_incref(patch);
        return old == NULL || !json_equal(old, patch);
    }
    merged = json_deep_copy(old);
    json_object_foreach (patch, key, value) {
        if (is_null_value(value))
            changed |= json_object_del(merged, key) == 0;
        else if (!json_is_null(value) && !json_equal(json_object_get(merged, key), value))
            changed |= json_object_set(merged, key, value) == 0;
    }
    json_decref(*out);
    *out = merged;
    return changed;
}
