/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The own messages of one channel. Layer 2, see receipt-ledger.h. */
#include "receipt-ledger.h"

#include <string.h>

/* What a recount adds up: differences between neighbouring messages. */
typedef struct {
    gint members, delivered, read;
} Delta;

struct _ReceiptLedger {
    GHashTable *by_id;  /* id -> ReceiptOwn, owns them */
    GPtrArray *stored;  /* with a seq, by seq */
    GPtrArray *waiting; /* pending and failed, in the order of sending */
    GPtrArray *touched;
    Delta *deltas; /* while a recount is on */
    gboolean is_whole;
    guint n_unsettled, n_pending, n_settled;
    guint64 edition;
};

static void own_free(gpointer data)
{
    ReceiptOwn *own = data;

    g_ref_string_release(own->id);
    g_free(own);
}

ReceiptLedger *receipt_ledger_new(void)
{
    ReceiptLedger *ledger = g_new0(ReceiptLedger, 1);

    ledger->by_id = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, own_free);
    ledger->stored = g_ptr_array_new();
    ledger->waiting = g_ptr_array_new();
    ledger->touched = g_ptr_array_new();
    return ledger;
}

void receipt_ledger_free(ReceiptLedger *ledger)
{
    if (ledger == NULL)
        return;
    g_ptr_array_unref(ledger->touched);
    g_ptr_array_unref(ledger->waiting);
    g_ptr_array_unref(ledger->stored);
    g_hash_table_destroy(ledger->by_id);
    g_free(ledger->deltas);
    g_free(ledger);
}

static ReceiptOwn *stored_at(ReceiptLedger *ledger, guint index)
{
    return g_ptr_array_index(ledger->stored, index);
}

/* Index of the first stored message above seq. */
static guint first_above(ReceiptLedger *ledger, guint32 seq)
{
    guint low = 0, high = ledger->stored->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;

        if (stored_at(ledger, middle)->seq <= seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void touch(ReceiptLedger *ledger, ReceiptOwn *own)
{
    if (own->is_touched)
        return;
    own->is_touched = TRUE;
    g_ptr_array_add(ledger->touched, own);
}

/* After any change of a stored message's sums: its state, and whether it is settled. Nobody is
 * waited for in a whole audience without members. */
static void consider(ReceiptLedger *ledger, ReceiptOwn *own)
{
    gboolean is_unsettled;

    if (ledger->is_whole && own->members > 0) {
        if (own->read >= own->members)
            own->state = RECEIPT_MESSAGE_READ;
        else if (own->delivered >= own->members && own->state < RECEIPT_MESSAGE_DELIVERED) {
            own->state = RECEIPT_MESSAGE_DELIVERED;
            ledger->edition++;
        }
    }
    is_unsettled = own->state < RECEIPT_MESSAGE_READ && !own->is_abandoned &&
                   !(ledger->is_whole && own->members == 0);
    if (is_unsettled != own->is_unsettled) {
        own->is_unsettled = is_unsettled;
        ledger->n_unsettled += is_unsettled ? 1 : -1;
        ledger->n_settled += is_unsettled ? -1 : 1;
        ledger->edition++;
    }
}

/* Take a message out of every list; the caller drops it from by_id. */
static void unlink_own(ReceiptLedger *ledger, ReceiptOwn *own)
{
    if (own->is_touched)
        g_ptr_array_remove(ledger->touched, own);
    own->is_touched = FALSE;
    if (own->seq > 0) {
        g_ptr_array_remove_index(ledger->stored, first_above(ledger, own->seq) - 1);
        if (own->is_unsettled)
            ledger->n_unsettled--;
        else
            ledger->n_settled--;
    } else {
        g_ptr_array_remove(ledger->waiting, own);
        if (own->state == RECEIPT_MESSAGE_PENDING)
            ledger->n_pending--;
    }
    ledger->edition++;
}

static void drop(ReceiptLedger *ledger, ReceiptOwn *own)
{
    unlink_own(ledger, own);
    g_hash_table_remove(ledger->by_id, own->id);
}

/* Keep the newest settled messages only. One walk for many, so rarely. */
static void prune_settled(ReceiptLedger *ledger)
{
    guint surplus, kept = 0;

    if (ledger->n_settled <= 2 * RECEIPT_OWN_SETTLED_MAX)
        return;
    surplus = ledger->n_settled - RECEIPT_OWN_SETTLED_MAX;
    for (guint i = 0; i < ledger->stored->len; i++) {
        ReceiptOwn *own = stored_at(ledger, i);

        if (surplus > 0 && !own->is_unsettled && !own->is_touched) {
            surplus--;
            ledger->n_settled--;
            g_hash_table_remove(ledger->by_id, own->id);
        } else {
            g_ptr_array_index(ledger->stored, kept++) = own;
        }
    }
    g_ptr_array_set_size(ledger->stored, (gint)kept);
}

/* Room for one more: the oldest settled one goes, else the oldest of all, else the oldest in line
 * (which by then has failed, or will never be told apart from that). */
static void make_room(ReceiptLedger *ledger)
{
    ReceiptOwn *oldest;

    if (g_hash_table_size(ledger->by_id) < RECEIPT_OWN_MAX)
        return;
    oldest = ledger->stored->len > 0 ? stored_at(ledger, 0) : g_ptr_array_index(ledger->waiting, 0);
    for (guint i = 0; ledger->n_settled > 0 && i < ledger->stored->len; i++) {
        if (!stored_at(ledger, i)->is_unsettled) {
            oldest = stored_at(ledger, i);
            break;
        }
    }
    drop(ledger, oldest);
}

ReceiptOwn *receipt_ledger_find(ReceiptLedger *ledger, const char *id)
{
    return g_hash_table_lookup(ledger->by_id, id);
}

static ReceiptOwn *add(ReceiptLedger *ledger, const char *id)
{
    ReceiptOwn *own;

    make_room(ledger);
    own = g_new0(ReceiptOwn, 1);
    own->id = g_ref_string_new(id);
    g_hash_table_insert(ledger->by_id, own->id, own);
    return own;
}

ReceiptOwn *receipt_ledger_new_pending(ReceiptLedger *ledger, const char *id)
{
    ReceiptOwn *own = receipt_ledger_find(ledger, id);

    if (own != NULL && own->state != RECEIPT_MESSAGE_FAILED)
        return NULL;
    if (own != NULL)
        g_ptr_array_remove(ledger->waiting, own);
    else
        own = add(ledger, id);
    own->state = RECEIPT_MESSAGE_PENDING;
    g_ptr_array_add(ledger->waiting, own);
    ledger->n_pending++;
    ledger->edition++;
    touch(ledger, own);
    return own;
}

ReceiptOwn *receipt_ledger_store(ReceiptLedger *ledger, const char *id, guint32 seq)
{
    ReceiptOwn *own = receipt_ledger_find(ledger, id);
    guint index = first_above(ledger, seq);
    ReceiptOwn *holder = index > 0 ? stored_at(ledger, index - 1) : NULL;

    if (own != NULL && own->seq > 0)
        return NULL;
    if (holder != NULL && holder->seq == seq) {
        /* An echo under a name of the server's may have come before the answer that ties it to
         * ours: the id that the user sees wins. */
        if (own == NULL)
            return NULL;
        drop(ledger, holder);
        index--;
    }
    if (own != NULL) {
        g_ptr_array_remove(ledger->waiting, own);
        if (own->state == RECEIPT_MESSAGE_PENDING)
            ledger->n_pending--;
    } else {
        own = add(ledger, id);
        index = first_above(ledger, seq);
    }
    own->seq = seq;
    own->state = RECEIPT_MESSAGE_SENT;
    own->is_unsettled = TRUE;
    ledger->n_unsettled++;
    ledger->edition++;
    g_ptr_array_insert(ledger->stored, (gint)index, own);
    touch(ledger, own);
    return own;
}

void receipt_ledger_set_sums(ReceiptLedger *ledger, ReceiptOwn *own, guint members, guint delivered,
                             guint read)
{
    if (own->members != members || own->delivered != delivered || own->read != read)
        touch(ledger, own);
    own->members = members;
    own->delivered = delivered;
    own->read = read;
    consider(ledger, own);
}

void receipt_ledger_set_state(ReceiptLedger *ledger, ReceiptOwn *own, ReceiptMessageState state)
{
    if (own->seq == 0)
        return;
    if (state <= RECEIPT_MESSAGE_READ)
        own->state = MAX(own->state, state);
    consider(ledger, own);
}

gboolean receipt_ledger_fail(ReceiptLedger *ledger, const char *id)
{
    ReceiptOwn *own = receipt_ledger_find(ledger, id);

    if (own == NULL || own->state != RECEIPT_MESSAGE_PENDING)
        return FALSE;
    own->state = RECEIPT_MESSAGE_FAILED;
    ledger->n_pending--;
    ledger->edition++;
    touch(ledger, own);
    return TRUE;
}

gboolean receipt_ledger_remove(ReceiptLedger *ledger, const char *id)
{
    ReceiptOwn *own = receipt_ledger_find(ledger, id);

    if (own == NULL)
        return FALSE;
    drop(ledger, own);
    return TRUE;
}

void receipt_ledger_abandon(ReceiptLedger *ledger, guint32 low, guint32 high)
{
    for (guint i = low > 0 ? first_above(ledger, low - 1) : 0; i < ledger->stored->len; i++) {
        if (stored_at(ledger, i)->seq > high)
            break;
        stored_at(ledger, i)->is_abandoned = TRUE;
        consider(ledger, stored_at(ledger, i));
    }
}

guint receipt_ledger_pass(ReceiptLedger *ledger, ReceiptKind kind, guint32 after, guint32 up_to)
{
    guint first, index;

    if (after >= up_to)
        return 0;
    first = first_above(ledger, after);
    for (index = first; index < ledger->stored->len; index++) {
        ReceiptOwn *own = stored_at(ledger, index);

        if (own->seq > up_to)
            break;
        if (kind == RECEIPT_READ)
            own->read++;
        else
            own->delivered++;
        consider(ledger, own);
        touch(ledger, own);
    }
    return index - first;
}

void receipt_ledger_join(ReceiptLedger *ledger, guint32 since, guint32 recv, guint32 read, int sign)
{
    for (guint index = first_above(ledger, since); index < ledger->stored->len; index++) {
        ReceiptOwn *own = stored_at(ledger, index);

        own->members += (guint)sign;
        if (own->seq <= recv)
            own->delivered += (guint)sign;
        if (own->seq <= read)
            own->read += (guint)sign;
        consider(ledger, own);
        touch(ledger, own);
    }
}

void receipt_ledger_recount_begin(ReceiptLedger *ledger)
{
    g_free(ledger->deltas);
    ledger->deltas = g_new0(Delta, ledger->stored->len + 1);
}

void receipt_ledger_recount_add(ReceiptLedger *ledger, guint32 since, guint32 recv, guint32 read)
{
    guint first = first_above(ledger, since);

    ledger->deltas[first].members++;
    if (recv > since) {
        ledger->deltas[first].delivered++;
        ledger->deltas[first_above(ledger, recv)].delivered--;
    }
    if (read > since) {
        ledger->deltas[first].read++;
        ledger->deltas[first_above(ledger, read)].read--;
    }
}

void receipt_ledger_recount_end(ReceiptLedger *ledger)
{
    Delta sum = {0, 0, 0};

    for (guint i = 0; i < ledger->stored->len; i++) {
        sum.members += ledger->deltas[i].members;
        sum.delivered += ledger->deltas[i].delivered;
        sum.read += ledger->deltas[i].read;
        receipt_ledger_set_sums(ledger, stored_at(ledger, i), (guint)sum.members,
                                (guint)sum.delivered, (guint)sum.read);
    }
    g_clear_pointer(&ledger->deltas, g_free);
}

void receipt_ledger_set_whole(ReceiptLedger *ledger)
{
    if (ledger->is_whole)
        return;
    ledger->is_whole = TRUE;
    for (guint i = 0; i < ledger->stored->len; i++) {
        consider(ledger, stored_at(ledger, i));
        touch(ledger, stored_at(ledger, i));
    }
}

guint receipt_ledger_take_touched(ReceiptLedger *ledger, guint max, ReceiptOwnFunc func,
                                  gpointer user_data)
{
    const guint n = MIN(max, ledger->touched->len);

    for (guint i = 0; i < n; i++) {
        ReceiptOwn *own = g_ptr_array_index(ledger->touched, i);

        own->is_touched = FALSE;
        func(own, user_data);
    }
    if (n > 0)
        g_ptr_array_remove_range(ledger->touched, 0, n);
    prune_settled(ledger);
    return n;
}

gboolean receipt_ledger_has_touched(ReceiptLedger *ledger)
{
    return ledger->touched->len > 0;
}

void receipt_ledger_foreach(ReceiptLedger *ledger, ReceiptOwnFunc func, gpointer user_data)
{
    for (guint i = 0; i < ledger->stored->len; i++)
        func(stored_at(ledger, i), user_data);
    for (guint i = 0; i < ledger->waiting->len; i++)
        func(g_ptr_array_index(ledger->waiting, i), user_data);
}

void receipt_ledger_foreach_pending(ReceiptLedger *ledger, ReceiptOwnFunc func, gpointer user_data)
{
    for (guint i = 0; i < ledger->waiting->len; i++) {
        ReceiptOwn *own = g_ptr_array_index(ledger->waiting, i);

        if (own->state == RECEIPT_MESSAGE_PENDING)
            func(own, user_data);
    }
}

void receipt_ledger_foreach_unsettled(ReceiptLedger *ledger, guint max, ReceiptOwnFunc func,
                                      gpointer user_data)
{
    guint first = ledger->stored->len;

    for (guint left = MIN(max, ledger->n_unsettled); left > 0; left -= 1) {
        do
            first--;
        while (!stored_at(ledger, first)->is_unsettled);
    }
    for (guint i = first; i < ledger->stored->len; i++) {
        if (stored_at(ledger, i)->is_unsettled)
            func(stored_at(ledger, i), user_data);
    }
}

ReceiptOwn *receipt_ledger_last(ReceiptLedger *ledger)
{
    if (ledger->stored->len > 0)
        return stored_at(ledger, ledger->stored->len - 1);
    for (guint i = ledger->waiting->len; i > 0; i--) {
        ReceiptOwn *own = g_ptr_array_index(ledger->waiting, i - 1);

        if (own->state == RECEIPT_MESSAGE_PENDING)
            return own;
    }
    return NULL;
}

guint receipt_ledger_n_unsettled(ReceiptLedger *ledger)
{
    return ledger->n_unsettled;
}

guint receipt_ledger_n_pending(ReceiptLedger *ledger)
{
    return ledger->n_pending;
}

guint64 receipt_ledger_edition(ReceiptLedger *ledger)
{
    return ledger->edition;
}

guint receipt_ledger_size(ReceiptLedger *ledger)
{
    return g_hash_table_size(ledger->by_id);
}

gsize receipt_ledger_bytes(ReceiptLedger *ledger)
{
    /* A message, its id, its slots in the table and the list. */
    return sizeof *ledger + g_hash_table_size(ledger->by_id) * (sizeof(ReceiptOwn) + 64);
}
