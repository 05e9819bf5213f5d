/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tinode-known.c: what was shown lately. */
#include "tinode-known.h"

#include "tinode-text.h"

/* Messages that are longer are not kept as a whole: they can be spoken of, but not passed on. */
#define MAX_HTML (8 * 1024)
/* More versions of one message nobody makes. */
#define MAX_VERSIONS 64
/* In a sentence. */
#define MAX_WORDS 32

typedef struct {
    TinodeKnownMessage message; /* first */
    GTree *channel;             /* where it is, borrowed */
    GList link;                 /* in order */
    gsize bytes;
} Entry;

struct _TinodeKnown {
    GHashTable *channels; /* name -> GTree of seq -> Entry */
    GQueue order;         /* oldest first */
    gsize bytes;
};

static int compare_seq(gconstpointer a, gconstpointer b, gpointer data)
{
    (void)data;
    return GPOINTER_TO_UINT(a) < GPOINTER_TO_UINT(b) ? -1 : a != b;
}

static void clear_text(Entry *entry)
{
    g_clear_pointer(&entry->message.html, g_free);
    g_clear_pointer(&entry->message.line, g_free);
    g_clear_pointer(&entry->message.choices, g_ptr_array_unref);
    g_clear_pointer(&entry->message.extra, g_variant_unref);
}

static void entry_free(gpointer data)
{
    Entry *entry = data;

    clear_text(entry);
    g_free(entry->message.from);
    if (entry->message.versions != NULL)
        g_array_unref(entry->message.versions);
    g_free(entry);
}

static void tree_free(gpointer data)
{
    g_tree_destroy(data);
}

TinodeKnown *tinode_known_new(void)
{
    TinodeKnown *known = g_new0(TinodeKnown, 1);

    known->channels = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, tree_free);
    g_queue_init(&known->order);
    return known;
}

void tinode_known_free(TinodeKnown *known)
{
    g_hash_table_destroy(known->channels);
    g_free(known);
}

static void drop(TinodeKnown *known, Entry *entry)
{
    known->bytes -= entry->bytes;
    g_queue_unlink(&known->order, &entry->link);
    g_tree_remove(entry->channel, GUINT_TO_POINTER(entry->message.seq));
}

static gsize size_of(const TinodeKnownMessage *message)
{
    gsize bytes = sizeof(Entry) + strlen(message->line);

    if (message->html != NULL)
        bytes += strlen(message->html);
    if (message->extra != NULL)
        bytes += g_variant_get_size(message->extra);
    for (guint i = 0; message->choices != NULL && i < message->choices->len; i++) {
        const TnChoice *choice = message->choices->pdata[i];

        bytes += sizeof(TnChoice) + (choice->title != NULL ? strlen(choice->title) : 0) +
                 (choice->name != NULL ? strlen(choice->name) : 0) +
                 (choice->value != NULL ? strlen(choice->value) : 0) +
                 (choice->url != NULL ? strlen(choice->url) : 0);
    }
    return bytes;
}

static void set_text(TinodeKnown *known, Entry *entry, const TinodeKnownMessage *message)
{
    clear_text(entry);
    if (message->html != NULL && strlen(message->html) <= MAX_HTML)
        entry->message.html = g_strdup(message->html);
    entry->message.line = g_strdup(message->line != NULL ? message->line : "");
    entry->message.has_objects = message->has_objects;
    if (message->choices != NULL)
        entry->message.choices = g_ptr_array_ref(message->choices);
    if (message->extra != NULL)
        entry->message.extra = g_variant_ref(message->extra);
    known->bytes -= entry->bytes;
    entry->bytes = size_of(&entry->message);
    known->bytes += entry->bytes;
}

static Entry *find(TinodeKnown *known, const char *channel, guint32 seq)
{
    GTree *tree = g_hash_table_lookup(known->channels, channel);

    return tree != NULL ? g_tree_lookup(tree, GUINT_TO_POINTER(seq)) : NULL;
}

static Entry *add(TinodeKnown *known, const char *channel, const TinodeKnownMessage *message)
{
    GTree *tree = g_hash_table_lookup(known->channels, channel);
    Entry *entry = g_new0(Entry, 1);

    if (tree == NULL) {
        tree = g_tree_new_full(compare_seq, NULL, NULL, entry_free);
        g_hash_table_insert(known->channels, g_strdup(channel), tree);
    }
    entry->message.seq = message->seq;
    entry->message.ts_ms = message->ts_ms;
    entry->message.from = g_strdup(message->from);
    entry->message.is_own = message->is_own;
    entry->channel = tree;
    entry->link.data = entry;
    g_queue_push_tail_link(&known->order, &entry->link);
    g_tree_insert(tree, GUINT_TO_POINTER(message->seq), entry);
    return entry;
}

void tinode_known_put(TinodeKnown *known, const char *channel, const TinodeKnownMessage *message)
{
    Entry *entry = find(known, channel, message->seq), *oldest;

    if (entry == NULL)
        entry = add(known, channel, message);
    set_text(known, entry, message);
    while ((oldest = g_queue_peek_head(&known->order)) != entry &&
           (known->order.length > TINODE_KNOWN_MAX || known->bytes > TINODE_KNOWN_BYTES))
        drop(known, oldest);
}

void tinode_known_replaced(TinodeKnown *known, const char *channel, guint32 target, guint32 seq)
{
    Entry *entry = find(known, channel, target);

    if (entry == NULL)
        return;
    if (entry->message.versions == NULL)
        entry->message.versions = g_array_new(FALSE, FALSE, sizeof(guint32));
    for (guint i = 0; i < entry->message.versions->len; i++)
        if (g_array_index(entry->message.versions, guint32, i) == seq)
            return;
    if (entry->message.versions->len < MAX_VERSIONS)
        g_array_append_val(entry->message.versions, seq);
}

void tinode_known_forget(TinodeKnown *known, const char *channel, guint32 seq)
{
    Entry *entry = find(known, channel, seq);

    if (entry != NULL)
        drop(known, entry);
}

const TinodeKnownMessage *tinode_known_find(TinodeKnown *known, const char *channel, guint32 seq)
{
    Entry *entry = find(known, channel, seq);

    return entry != NULL ? &entry->message : NULL;
}

const TinodeKnownMessage *tinode_known_newest(TinodeKnown *known, const char *channel,
                                              TinodeKnownFunc is_wanted, gconstpointer data)
{
    GTree *tree = g_hash_table_lookup(known->channels, channel);

    for (GTreeNode *node = tree != NULL ? g_tree_node_last(tree) : NULL; node != NULL;
         node = g_tree_node_previous(node)) {
        const Entry *entry = g_tree_node_value(node);

        if (is_wanted == NULL || is_wanted(&entry->message, data))
            return &entry->message;
    }
    return NULL;
}

GArray *tinode_known_between(TinodeKnown *known, const char *channel, guint32 low, guint32 high)
{
    GTree *tree = g_hash_table_lookup(known->channels, channel);
    GArray *seqs = g_array_new(FALSE, FALSE, sizeof(guint32));

    for (GTreeNode *node = tree != NULL ? g_tree_lower_bound(tree, GUINT_TO_POINTER(low)) : NULL;
         node != NULL; node = g_tree_node_next(node)) {
        const guint32 seq = GPOINTER_TO_UINT(g_tree_node_key(node));

        if (seq > high)
            break;
        g_array_append_val(seqs, seq);
    }
    return seqs;
}

char *tinode_known_words(const TinodeKnownMessage *message)
{
    g_autofree char *line = tn_line_cut(message->line, MAX_WORDS);
    g_autofree char *escaped = g_markup_escape_text(line, -1);

    /* Translators: words of a message. */
    return g_strdup_printf(_("“%s”"), escaped);
}
