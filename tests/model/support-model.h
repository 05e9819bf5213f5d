/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One engine beside the oracle, and the rules that must hold whatever comes in. Every input goes
 * through model_enter() / the engine / model_leave(); the first rule that is broken is kept in
 * `failure`, in words.
 *
 * The model looks at the engine from outside: requests, tellings, queries. Only a few rules look
 * inside (places, sums that must agree).
 */
#ifndef SUPPORT_MODEL_H
#define SUPPORT_MODEL_H

#include "support-oracle.h"

typedef enum {
    ASK_ATTACH,
    ASK_DETACH,
    ASK_SNAPSHOT,
    ASK_CURSOR,
} AskKind;

/* A request of the engine's that has no outcome yet. */
typedef struct {
    guint32 id;
    AskKind kind;
    guint channel;
    ReceiptKind cursor;
    guint32 seq;
    gboolean is_void; /* of an earlier link, or of a channel that was forgotten since */
} Ask;

/* What became of a value that was sent in this connection. */
typedef enum {
    SENT_NEVER,
    SENT_ONCE,
    SENT_IN_VAIN, /* refused for now, or not taken: may be sent again */
} Sent;

typedef struct {
    gboolean is_told;
    guint n_calls; /* in this batch */
    ReceiptMessage message;
} Told;

typedef struct {
    /* What the observer was told. */
    ReceiptSyncState state;
    guint unread;
    guint32 cursor[ORACLE_MEMBERS][2];
    guint n_cursor_calls[ORACLE_MEMBERS][2];
    Told messages[ORACLE_IDS];
    guint credits[3]; /* by ReceiptProblem: how often it may be told until the next success */
    /* What the world knows. */
    gboolean is_attached, is_doubtful; /* doubtful: a detach went wrong */
    Sent sent[2][ORACLE_SEQS];
    gboolean has_trouble[2]; /* one of that kind was refused in this connection */
    gboolean is_unasked[2];  /* taken by the server without that, and nobody has asked since */
    guint32 server[2];       /* own cursors that the server has taken */
    gboolean is_open, is_focused, is_muted;
    gint64 focused_ms;
    guint n_holds[2];
} World;

typedef struct Model Model;
struct Model {
    ReceiptEngine *engine;
    ReceiptOptions options;
    Oracle oracle, saved_oracle;
    GBytes *saved;
    gboolean has_switched; /* tells_delivered was another one since the save */
    World worlds[ORACLE_CHANNELS];
    GArray *asks; /* of Ask */
    gint64 now_ms, deadline_ms, lost_ms;
    gint64 quiet_ms; /* from here on no view lingers */
    gboolean is_up, is_app_active;
    gboolean has_new_link; /* at the end: everything starts from a new connection */
    guint touched;         /* the channel of the latest input; ORACLE_CHANNELS: any */
    guint depth;
    guint64 chance;

    /* While an input is worked on. */
    guint n_saves, n_calls;
    gboolean is_inside, was_nested, is_freed;
    gboolean was_batch; /* the input ends one */
    gboolean is_void;   /* the input says nothing (message 0): not even the time is heard */

    /* Inputs of the world that come from inside a call of the engine. */
    guint oblige_percent; /* requests answered at once */
    guint fail_percent;   /* of those */
    int calls_until;      /* then on_call, once; -1 never */
    void (*on_call)(Model *model, gpointer data);
    gpointer on_call_data;

    guint64 n_inputs, n_unknown, n_sent, n_lives;
    GString *log;     /* NULL, or the inputs in words */
    char *failure;    /* NULL while all is well */
    const char *rule; /* which one: the same pointer for the same rule */
};

void model_init(Model *model, guint64 seed, const ReceiptOptions *options);
void model_clear(Model *model);

guint64 model_random(guint64 *state);
guint model_roll(guint64 *state, guint below);

/* Any error, mostly one that passes. */
ReceiptError model_some_error(guint16 chance);

/* An engine call, with what it calls back marked as such. */
#define MODEL_CALL(model, call)                                                                    \
    do {                                                                                           \
        gboolean was_inside = (model)->is_inside;                                                  \
        (model)->is_inside = TRUE;                                                                 \
        call;                                                                                      \
        (model)->is_inside = was_inside;                                                           \
    } while (0)

/* Around every input: the time, then the rules. */
void model_enter(Model *model);
void model_leave(Model *model);
G_GNUC_PRINTF(2, 3) void model_say(Model *model, const char *format, ...);
G_GNUC_PRINTF(3, 4)
void model_fail(Model *model, const char *rule, const char *format, ...);

/* Inputs that the world, the oracle and the engine all have to hear of. */
void model_answer(Model *model, guint index, ReceiptError error);
void model_lost(Model *model, guint channel, ReceiptError error);
void model_network(Model *model, gboolean is_up);
void model_forget(Model *model, guint channel);
void model_succeeded(Model *model, guint channel, ReceiptProblem problem);
void model_view_moved(Model *model);
void model_set_options(Model *model, const ReceiptOptions *options);
void model_begin(Model *model);
void model_end(Model *model);
void model_tick(Model *model);
/* Free the engine, inside a call of it or not, and take up in a new one what was saved. */
void model_free_engine(Model *model);
void model_restart(Model *model);

/* Everything is answered and shown as it should be, time passes, until nothing moves any more; the
 * rules of the end. */
void model_wind_down(Model *model, gboolean has_new_link);

#endif
