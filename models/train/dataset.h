/**
 * Trials in memory for training and evaluation: sequences, the names of their tasks and
 * conditions, and the split by participant.
 *
 * Tasks and conditions (pairs of task and name) are numbered from 1 in order of
 * appearance; 0 is "unknown" and never appears here. A model has its own numbers:
 * forecaster_task().
 */
#ifndef MODELS_TRAIN_DATASET_H
#define MODELS_TRAIN_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "models/engagement/sequence.h"

enum dataset_split { SPLIT_TEST, SPLIT_VALIDATION, SPLIT_TRAIN, SPLIT_ALL };

/** FNV-1a-64 of the UTF-8 id, mod 100: below 20 test, 20..29 validation, rest training.
 */
enum dataset_split dataset_split_of(const char *participant);

struct dataset_condition {
	char *name;
	int task;
};

struct dataset_sequence {
	int participant; /* index into participants */
	char *session;
	enum dataset_split split;
	struct sequence s; /* owns its arrays */
};

struct dataset {
	int n_participants, n_tasks, n_conditions, n_sequences;
	char **participants;
	char **tasks;                         /* [1..n_tasks] */
	struct dataset_condition *conditions; /* [1..n_conditions] */
	struct dataset_sequence *sequences;   /* in order of first appearance */
	int64_t n_trials;
	uint64_t hash; /* FNV-1a-64 over all rows as added, for the model's metadata */
	const char *parameter_names[SEQUENCE_PARAMETERS];
	struct dataset_index *index; /* until dataset_finish() */
};

/* One row, as a file or the database gives it; text is borrowed. */
struct dataset_row {
	const char *participant, *session, *task, *condition;
	int32_t number; /* of the trial, as the source counts; -1: none given */
	struct sequence_trial trial; /* its condition number is filled in */
	/* One epoch that ends before this trial and began after the one before; NULL:
	 * none. */
	const struct sequence_epoch *epoch;
};

/** Appends to its sequence, a new one at its first row. rt_ms is kept as given. *data
 * starts zeroed. Errors: MEMORY. */
CAMP_MUST_CHECK enum camp_err
dataset_add(struct dataset *data, const struct dataset_row *row);

/**
 * Ends adding; to be called before the sequences are read. A sequence whose trials all
 * have different numbers is brought into their order, any other stays in the order of its
 * rows, as its numbers start again in every block. Errors: MEMORY.
 */
CAMP_MUST_CHECK enum camp_err dataset_finish(struct dataset *data);

/** Valid at any time, and for a zeroed one. */
void dataset_clear(struct dataset *data);

#endif
