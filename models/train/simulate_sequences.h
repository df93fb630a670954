/**
 * Simulated participants for the attention model: trials with a history worth learning,
 * the same for the same seed. For tests, and as part of the default model's training
 * data.
 *
 * models/tasks/simulate.h makes sessions of independent trials from published effects, so
 * that a scorer can be held against them. Here trials depend on those before: a person's
 * pace drifts slowly, attention lapses for some trials on end, errors slow the next
 * answers, and a conflict is smaller after a conflict. On the log scale, trial t takes
 *
 *   ln RT = ln base + condition + trait + session - practice + drift_t + after errors
 *           + lapse_t Exp(slow) + noise (normal + exponential)
 *
 * with drift_t autoregressive and lapse_t a two-state Markov chain, more likely to begin
 * when the drift is slow. Lapses also bring errors and omissions. The effects of
 * conditions are those reported (simulate_sequences.c names where); everything about
 * history is plausible and no more.
 */
#ifndef MODELS_TRAIN_SIMULATE_SEQUENCES_H
#define MODELS_TRAIN_SIMULATE_SEQUENCES_H

#include <stdint.h>

#include "base/errors.h"
#include "models/train/dataset.h"

struct simulated_people {
	int people;
	int sessions; /* of each task and person; labels "1", "2", ... */
	int trials;   /* of each session */
	uint64_t seed;
	const char *prefix;       /* names are PREFIX0001, ...; NULL: "sim" */
	const char *const *tasks; /* names; NULL: all */
	int n_tasks;
	double history; /* multiplies all that links trials: 1 usual, 0 none */
};

/* Takes one row; anything but CAMP_OK ends the simulation, which returns it. */
typedef enum camp_err simulated_row(void *arg, const struct dataset_row *row);

/**
 * Makes the rows, person by person, session by session, task by task. A person is the
 * same whatever other tasks are simulated. rt_ms are multiples of 0.1 ms, so that a CSV
 * file holds them exactly. Errors: NOT_FOUND (a task that is not simulated), INVALID (a
 * count below 1), and the sink's.
 */
CAMP_MUST_CHECK enum camp_err
simulate_rows(const struct simulated_people *what, simulated_row *sink, void *arg);

/** The same into a data set, which the caller finishes. */
CAMP_MUST_CHECK enum camp_err
simulate_sequences(struct dataset *data, const struct simulated_people *what);

/** Name of a simulated task, NULL beyond the last. */
const char *simulated_task(int i);

#endif
