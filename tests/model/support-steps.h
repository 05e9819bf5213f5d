/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random lives of an engine: made of steps that can be run again, shortened and printed. A step
 * holds chance numbers only and gets its meaning from the situation in which it is run, so that any
 * part of a sequence is a sequence.
 */
#ifndef SUPPORT_STEPS_H
#define SUPPORT_STEPS_H

#include "support-model.h"

enum {
    OP_OPENED,
    OP_FOCUSED,
    OP_UNFOCUSED,
    OP_CLOSED,
    OP_APP,
    OP_MUTED,
    OP_HOLD,
    OP_RELEASE,
    OP_HANDED,
    OP_SEEN,
    OP_NEW,
    OP_STORED,
    OP_FAILED,
    OP_MESSAGE_FORGET,
    OP_ARRIVED,
    OP_CURSOR,
    OP_ECHO,
    OP_SNAPSHOT,
    OP_MEMBER,
    OP_DELETED,
    OP_LOST,
    OP_FORGET,
    OP_NETWORK,
    OP_PASS,
    OP_OPTIONS,
    OP_OUTCOME,
    OP_UNKNOWN_OUTCOME,
    OP_BEGIN,
    OP_END,
    OP_RESTART,
    OP_NEST,
    N_OPS,
};

typedef struct {
    guint8 op;
    guint8 channel;
    guint16 a, b, c;
} Step;

typedef struct {
    guint64 seed;          /* of the engine's dice and the world's whims */
    guint profile;         /* options to begin with, how the world is */
    gboolean has_new_link; /* how it ends */
    GArray *steps;         /* of Step */
} Life;

/* One step in the situation as it is; options by the number of a profile. */
void step_run(Model *model, const Step *step);
void step_options(guint profile, ReceiptOptions *options);

Life *life_new(guint64 seed, guint n_steps);
void life_free(Life *life);

typedef struct {
    char *failure; /* NULL if every rule was kept; else owned by the caller */
    const char *rule;
    char *log; /* the inputs in words, if asked for; owned by the caller */
    guint64 n_inputs, n_sent, n_lives;
} LifeResult;

/* meddle: called after each input, to break something on purpose; NULL for honest lives. */
typedef void (*LifeMeddle)(Model *model);
LifeResult life_run(const Life *life, gboolean with_log, LifeMeddle meddle);
void life_result_clear(LifeResult *result);

/* Take steps out as long as the same rule stays broken: by halves, then one by one.
 * Returns: how many runs that took. */
guint life_shrink(Life *life, const char *rule, LifeMeddle meddle);

#endif
