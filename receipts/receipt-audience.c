/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other members of one channel. Layer 2, see receipt-audience.h. */
#include "receipt-audience.h"

#include <string.h>

struct _ReceiptAudience {
    char *channel;    /* a GRefString */
    GHashTable *rows; /* name -> ReceiptMemberRow */
    gboolean has_list;
    guint stamp;
    guint n_can_read;  /* rows that can read */
    guint32 max_since; /* no row counts from later on */
    guint32 max_recv;  /* no row has received more */
};

static void row_free(gpointer data)
{
    ReceiptMemberRow *row = data;

    g_ref_string_release(row->name);
    g_clear_pointer(&row->steps[RECEIPT_RECV], g_array_unref);
    g_clear_pointer(&row->steps[RECEIPT_READ], g_array_unref);
    g_free(row);
}

ReceiptAudience *receipt_audience_new(const char *channel)
{
    ReceiptAudience *audience = g_new0(ReceiptAudience, 1);

    audience->channel = g_ref_string_new(channel);
    audience->rows = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, row_free);
    return audience;
}

void receipt_audience_free(ReceiptAudience *audience)
{
    if (audience == NULL)
        return;
    g_hash_table_destroy(audience->rows);
    g_ref_string_release(audience->channel);
    g_free(audience);
}

ReceiptMemberRow *receipt_audience_find(ReceiptAudience *audience, const char *member)
{
    return g_hash_table_lookup(audience->rows, member);
}

static gboolean does_not_count(gpointer key, gpointer value, gpointer user_data)
{
    const ReceiptMemberRow *row = value;

    (void)key;
    (void)user_data;
    return !row->can_read && !row->is_touched;
}

ReceiptMemberRow *receipt_audience_ensure(ReceiptAudience *audience, const char *member,
                                          guint32 since, gboolean *is_new)
{
    ReceiptMemberRow *row = g_hash_table_lookup(audience->rows, member);

    if (is_new != NULL)
        *is_new = row == NULL;
    if (row != NULL)
        return row;
    /* Rows of people who left make room first. */
    if (g_hash_table_size(audience->rows) >= RECEIPT_MEMBERS_MAX &&
        g_hash_table_foreach_remove(audience->rows, does_not_count, NULL) == 0)
        return NULL;
    row = g_new0(ReceiptMemberRow, 1);
    row->name = g_ref_string_new(member);
    g_hash_table_insert(audience->rows, row->name, row);
    receipt_audience_set_can_read(audience, row, TRUE, since);
    return row;
}

ReceiptMoved receipt_audience_merge(ReceiptAudience *audience, ReceiptMemberRow *row,
                                    ReceiptKind kind, guint32 seq, guint32 cap)
{
    ReceiptMoved moved = receipt_cursor_merge(&row->cursor, kind, seq, cap);

    audience->max_recv = MAX(audience->max_recv, row->cursor.recv);
    return moved;
}

void receipt_audience_set_can_read(ReceiptAudience *audience, ReceiptMemberRow *row,
                                   gboolean can_read, guint32 since)
{
    if (!row->can_read == !can_read)
        return;
    row->can_read = !!can_read;
    if (!can_read) {
        audience->n_can_read--;
        return;
    }
    audience->n_can_read++;
    row->since = since;
    audience->max_since = MAX(audience->max_since, since);
}

void receipt_audience_tally(ReceiptAudience *audience, guint32 seq, guint *members,
                            guint *delivered, guint *read)
{
    GHashTableIter iter;
    gpointer value;

    *members = audience->n_can_read;
    *delivered = *read = 0;
    if (seq > audience->max_since && seq > audience->max_recv)
        return;
    *members = 0;
    g_hash_table_iter_init(&iter, audience->rows);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const ReceiptMemberRow *row = value;

        if (!receipt_audience_counts(row, seq))
            continue;
        *members += 1;
        *delivered += row->cursor.recv >= seq;
        *read += row->cursor.read >= seq;
    }
}

gboolean receipt_audience_is_whole(ReceiptAudience *audience)
{
    return audience->has_list || g_hash_table_contains(audience->rows, audience->channel);
}

void receipt_audience_set_whole(ReceiptAudience *audience)
{
    audience->has_list = TRUE;
}

void receipt_audience_note_step(ReceiptMemberRow *row, ReceiptKind kind, guint32 seq, gint64 now_ms)
{
    ReceiptStep step = {seq, now_ms};
    GArray *steps = row->steps[kind];

    if (steps == NULL)
        steps = row->steps[kind] = g_array_new(FALSE, FALSE, sizeof(ReceiptStep));
    if (steps->len >= RECEIPT_STEPS_MAX)
        g_array_remove_index(steps, 0);
    g_array_append_val(steps, step);
}

gint64 receipt_audience_learnt_ms(const ReceiptMemberRow *row, ReceiptKind kind, guint32 seq)
{
    const GArray *steps = row->steps[kind];

    if (receipt_cursor_get(&row->cursor, kind) < seq || steps == NULL)
        return -1;
    for (guint i = 0; i < steps->len; i++) {
        const ReceiptStep *step = &g_array_index(steps, ReceiptStep, i);

        if (step->seq < seq)
            continue;
        /* What the oldest of a full list covers may have been covered by one that fell out. */
        if (i == 0 && steps->len >= RECEIPT_STEPS_MAX && step->seq != seq)
            return -1;
        return step->ms;
    }
    return -1;
}

gboolean receipt_audience_counts(const ReceiptMemberRow *row, guint32 seq)
{
    return row->can_read && row->since < seq;
}

guint receipt_audience_next_stamp(ReceiptAudience *audience)
{
    return ++audience->stamp;
}

void receipt_audience_foreach(ReceiptAudience *audience, ReceiptRowFunc func, gpointer user_data)
{
    GHashTableIter iter;
    gpointer row;

    g_hash_table_iter_init(&iter, audience->rows);
    while (g_hash_table_iter_next(&iter, NULL, &row))
        func(row, user_data);
}

static int by_name(gconstpointer a, gconstpointer b)
{
    const ReceiptMemberRow *left = *(ReceiptMemberRow *const *)a;
    const ReceiptMemberRow *right = *(ReceiptMemberRow *const *)b;

    return strcmp(left->name, right->name);
}

GPtrArray *receipt_audience_sorted(ReceiptAudience *audience, guint32 seq)
{
    GPtrArray *sorted = g_ptr_array_new();
    GHashTableIter iter;
    gpointer row;

    g_hash_table_iter_init(&iter, audience->rows);
    while (g_hash_table_iter_next(&iter, NULL, &row)) {
        if (receipt_audience_counts(row, seq))
            g_ptr_array_add(sorted, row);
    }
    g_ptr_array_sort(sorted, by_name);
    return sorted;
}

guint receipt_audience_size(ReceiptAudience *audience)
{
    return g_hash_table_size(audience->rows);
}

gsize receipt_audience_bytes(ReceiptAudience *audience)
{
    /* A row, its name, its slot in the table; steps are few and left out. */
    return sizeof *audience + g_hash_table_size(audience->rows) * (sizeof(ReceiptMemberRow) + 64);
}
