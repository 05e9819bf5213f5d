/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-random.c: random sequences of what users, peers, servers and networks
 * do, each from a seed that is told when it fails. Whatever happened, once it
 * is quiet again:
 *   - every message of others was shown in order, and once more at most for each time that its
 * window was closed;
 *   - every message that the user sent, and every edit of one, is stored exactly once, in order, or
 * was refused;
 *   - nothing is told as read that was not in view;
 *   - the server's cursors are what they should be, and no timer is left.
 */
#include "fake-server.h"

#include <stdlib.h>
#include <string.h>

#define N_SEEDS 60
#define STEPS   80

static PurpleAccount *account;
static guint seed;
static guint32 random_state;
static guint n_sent;
static guint n_closed[3];   /* windows of each topic that were closed */
static guint n_here[3];     /* messages sent to each topic since the last sign-in */
static GPtrArray *accepted; /* texts that send_im took, in order */

static const char *const topics[] = {BOB, CAROL, GROUP};

/* xorshift: the same on every machine. */
static guint roll(guint sides)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % sides;
}

static const char *any_topic(void)
{
    return topics[roll(G_N_ELEMENTS(topics))];
}

static const char *peer_of(const char *topic)
{
    return strcmp(topic, GROUP) == 0 ? DAVE : topic;
}

static PurpleConversation *open_any(const char *topic)
{
    PurpleConversation *conv = fake_find(account, topic);

    if (!fake_is_online(account) || (conv != NULL && strcmp(topic, GROUP) != 0))
        return conv;
    if (strcmp(topic, GROUP) != 0)
        return fake_open(account, topic);
    if (conv == NULL || PURPLE_CONV_CHAT(conv)->left)
        fake_join(account, GROUP);
    return fake_find(account, GROUP);
}

static gboolean is_up(void)
{
    return account->gc != NULL && fake_link_is_open();
}

/* Acts
 * -------------------------------------------------------------------------------------------
 */

static void act_say(void)
{
    static guint count;
    g_autofree char *text = g_strdup_printf("said %u", ++count);
    const char *topic = any_topic();

    server_say(topic, topic, text);
}

static void act_phone(void)
{
    server_say(any_topic(), SELF, "from phone");
}

static void act_focus(void)
{
    PurpleConversation *conv = open_any(any_topic());

    if (conv != NULL)
        fake_focus(conv);
}

/* Work takes time: what is long is done in slices. */
static void act_slow(void)
{
    fake_set_cost(roll(2) == 0 ? 0 : roll(3000));
}

static void act_blur(void)
{
    fake_focus(NULL);
}

static void act_window(void)
{
    fake_window(roll(2) == 0);
}

static void act_close(void)
{
    const guint which = roll(G_N_ELEMENTS(topics));
    PurpleConversation *conv = fake_find(account, topics[which]);

    if (conv == NULL)
        return;
    n_closed[which]++;
    fake_close(conv);
}

static void act_send(void)
{
    const guint which = roll(G_N_ELEMENTS(topics));
    PurpleConversation *conv = fake_find(account, topics[which]);
    char *text;

    if (conv == NULL || !fake_is_online(account) ||
        (conv->type == PURPLE_CONV_TYPE_CHAT && PURPLE_CONV_CHAT(conv)->left))
        return;
    text = g_strdup_printf("%s sent %u", conv->name, ++n_sent);
    if (fake_send(conv, text) < 0)
        fail_msg("seed %u: %s was refused", seed, text);
    n_here[which]++;
    g_ptr_array_add(accepted, text);
}

/* The newest message of the user's, whether the server has it or not. An older one would be looked
 * up first. */
static void act_edit(void)
{
    const guint which = roll(G_N_ELEMENTS(topics));
    PurpleConversation *conv = fake_find(account, topics[which]);
    g_autofree char *text = NULL, *command = NULL, *error = NULL, *line = NULL;

    if (conv == NULL || !fake_is_online(account) || n_here[which] == 0 ||
        (conv->type == PURPLE_CONV_TYPE_CHAT && PURPLE_CONV_CHAT(conv)->left))
        return;
    text = g_strdup_printf("%s sent %u", conv->name, ++n_sent);
    command = g_strconcat("edit ", text, NULL);
    if (fake_command(conv, command, &error) != PURPLE_CMD_RET_OK)
        fail_msg("seed %u: %s: %s", seed, command, error);
    line = fake_last(FAKE_LINE, "*");
    if (strstr(line, "Your message that waits") != NULL) {
        for (guint i = accepted->len; i > 0; i--)
            if (g_str_has_prefix(accepted->pdata[i - 1], conv->name)) {
                g_free(accepted->pdata[i - 1]);
                accepted->pdata[i - 1] = g_steal_pointer(&text);
                return;
            }
        fail_msg("seed %u: there is no %s to edit", seed, conv->name);
    }
    g_ptr_array_add(accepted, g_steal_pointer(&text));
}

static void act_drop(void)
{
    if (is_up())
        fake_closed(TN_ERROR_TRANSIENT, TN_CAUSE_CLOSED);
}

static void act_sign_out(void)
{
    if (account->gc != NULL && roll(3) == 0) {
        fake_logout(account);
        fake_turn();
    }
}

static void act_lose_answers(void)
{
    static const char *const kinds[] = {"pub", "pub lost", "get", "sub", "leave", "sub lost"};

    server_silence(kinds[roll(G_N_ELEMENTS(kinds))], 1);
}

static void act_busy(void)
{
    static const char *const kinds[] = {"pub", "sub", "leave"};

    server_refuse(kinds[roll(G_N_ELEMENTS(kinds))], 503, "service unavailable", 1 + roll(2));
}

static void act_receipt(void)
{
    const char *topic = any_topic();

    server_note(topic, topic, roll(2) == 0 ? "recv" : "read", 1 + roll(20));
}

static void act_idle(void)
{
    if (account->gc != NULL)
        fake_idle(account, roll(2) == 0);
}

static void act_wait(void)
{
    server_pass(1 + roll(4) * roll(4) * 700);
}

static void (*const acts[])(void) = {
    act_say,   act_say,  act_say,  act_phone, act_focus,    act_focus,        act_blur, act_window,
    act_close, act_send, act_send, act_drop,  act_sign_out, act_lose_answers, act_busy, act_receipt,
    act_idle,  act_wait, act_wait, act_wait,  act_wait,     act_slow,         act_edit, act_edit,
};

static void sign_in(void)
{
    memset(n_here, 0, sizeof n_here);
    server_sign_in();
}

/* Comes back from whatever state the account is in. */
static void bring_back(void)
{
    if (account->gc == NULL) {
        sign_in();
        return;
    }
    if (!fake_is_online(account)) {
        fake_logout(account);
        fake_turn();
        sign_in();
        return;
    }
    for (guint i = 0; i < 120 && !fake_link_is_open() && account->gc != NULL; i++) {
        fake_advance(1000);
        if (fake_connecting() != NULL)
            server_resume();
    }
    if (account->gc == NULL)
        sign_in();
}

/* What must hold
 * -----------------------------------------------------------------------------------
 */

/* Unread lines of a window that was closed come again in the next one. Leaves the first of each. */
static void drop_repeats(const char *topic, GPtrArray *shown, guint allowed)
{
    g_autoptr(GHashTable) times = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint i = 0;

    while (i < shown->len) {
        const char *text = shown->pdata[i];
        guint count = GPOINTER_TO_UINT(g_hash_table_lookup(times, text)) + 1;

        if (count > allowed + 1)
            fail_msg("seed %u: %s: '%s' was shown %u times", seed, topic, text, count);
        g_hash_table_insert(times, g_strdup(text), GUINT_TO_POINTER(count));
        if (count > 1)
            g_ptr_array_remove_index(shown, i);
        else
            i++;
    }
}

/* The lines "said N" of one conversation, ascending and complete. */
static void check_lines(const char *topic, GPtrArray *shown)
{
    GPtrArray *stored = server_texts(topic, peer_of(topic));

    for (guint i = 0; i < MAX(shown->len, stored->len); i++) {
        const char *is = i < shown->len ? shown->pdata[i] : "(nothing)";
        const char *should = i < stored->len ? stored->pdata[i] : "(nothing)";

        if (strcmp(is, should) != 0)
            fail_msg("seed %u: %s, line %u of %u/%u: shown '%s', stored '%s'", seed, topic, i,
                     shown->len, stored->len, is, should);
    }
    g_ptr_array_unref(stored);
}

static void check_sent(const char *topic)
{
    GPtrArray *stored = server_texts(topic, SELF);
    guint at = 0;

    for (guint i = 0; i < accepted->len; i++) {
        const char *text = accepted->pdata[i];

        if (!g_str_has_prefix(text, topic))
            continue;
        while (at < stored->len && strcmp(stored->pdata[at], "from phone") == 0)
            at++;
        if (at >= stored->len || strcmp(stored->pdata[at], text) != 0)
            fail_msg("seed %u: %s: '%s' should be stored next, but '%s' is", seed, topic, text,
                     at < stored->len ? (char *)stored->pdata[at] : "nothing");
        at++;
    }
    while (at < stored->len && strcmp(stored->pdata[at], "from phone") == 0)
        at++;
    if (at < stored->len)
        fail_msg("seed %u: %s: '%s' is stored twice", seed, topic, (char *)stored->pdata[at]);
    g_ptr_array_unref(stored);
}

static void collect(GPtrArray *shown, const char *topic)
{
    g_autofree char *frame = g_strdup_printf("line %s <%s> said ", topic, peer_of(topic));

    fake_take_lines(frame, shown);
}

static void run(void)
{
    GPtrArray *shown[G_N_ELEMENTS(topics)];

    random_state = seed * 2654435761u + 1;
    n_sent = 0;
    memset(n_closed, 0, sizeof n_closed);
    memset(n_here, 0, sizeof n_here);
    accepted = g_ptr_array_new_with_free_func(g_free);
    fake_allow(FAKE_ANY);
    for (guint i = 0; i < G_N_ELEMENTS(topics); i++) {
        shown[i] = g_ptr_array_new_with_free_func(g_free);
        server_topic(topics[i], topics[i] + 3, 0, 0);
    }
    account = server_sign_in();
    /* What was read elsewhere before the first visit is not shown here; so visit
     * first. */
    for (guint i = 0; i < G_N_ELEMENTS(topics); i++)
        server_say(topics[i], peer_of(topics[i]), "said first");
    server_advance(20000);
    for (guint i = 0; i < STEPS; i++) {
        acts[roll(G_N_ELEMENTS(acts))]();
        server_pass(roll(3) == 0 ? roll(300) : 0);
        if (roll(6) == 0)
            bring_back();
    }
    server_mend();
    for (guint i = 0; i < 3; i++) {
        bring_back();
        server_advance(70000);
    }
    for (guint i = 0; i < G_N_ELEMENTS(topics); i++) {
        collect(shown[i], topics[i]);
        drop_repeats(topics[i], shown[i], n_closed[i]);
        check_lines(topics[i], shown[i]);
        check_sent(topics[i]);
        g_ptr_array_unref(shown[i]);
    }
    fake_idle(account, FALSE);
    for (guint i = 0; i < G_N_ELEMENTS(topics); i++) {
        /* What came into a window that was closed unseen is not on any screen; one
         * more is. */
        server_say(topics[i], peer_of(topics[i]), "said last");
        server_advance(1000);
        fake_focus(open_any(topics[i]));
        fake_window(TRUE);
        server_advance(15000);
        if (server_cursor(topics[i], SELF, "read") != server_seq(topics[i]))
            fail_msg("seed %u: %s: read %u of %u", seed, topics[i],
                     server_cursor(topics[i], SELF, "read"), server_seq(topics[i]));
    }
    fake_focus(NULL);
    server_advance(120000);
    if (fake_timers() != 0)
        fail_msg("seed %u: %u timers are armed", seed, fake_timers());
    for (guint i = 0; i < G_N_ELEMENTS(topics); i++)
        if (server_is_attached(topics[i]))
            fail_msg("seed %u: %s is still attached", seed, topics[i]);
    g_ptr_array_unref(accepted);
}

static void random__many_seeds__all_is_well_in_the_end(void **state)
{
    /* SEED=n runs that one alone, SEEDS=n the first n. */
    const char *only = g_getenv("SEED"), *many = g_getenv("SEEDS");
    const guint first = only != NULL ? (guint)atoi(only) : 1;
    const guint last = only != NULL ? first : many != NULL ? (guint)atoi(many) : N_SEEDS;

    for (seed = first; seed <= last; seed++) {
        if (seed > first) {
            fake_teardown(state);
            fake_setup(state);
        }
        run();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(random__many_seeds__all_is_well_in_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
