/**
 * A data set as training reads it: the vocabulary of the training people, sequences in
 * its numbers, and the windows of the training and validation people.
 */
#ifndef MODELS_TRAIN_FIT_DATA_H
#define MODELS_TRAIN_FIT_DATA_H

#include "base/errors.h"
#include "models/engagement/vocabulary.h"
#include "models/train/dataset.h"

struct fit_window {
	int sequence;    /* index into sequences */
	int first, last; /* trials first .. last - 1 */
};

struct fit_data {
	int n_sequences;
	struct sequence *sequences; /* trials are copies with the vocabulary's numbers */
	int *participant;           /* [n_sequences] */
	int n_windows;
	struct fit_window *windows; /* of the training people */
	int n_validation;
	int *validation; /* sequences */
	int64_t n_train_trials, n_validation_trials;
	bool any_epochs;
};

/**
 * Adds the tasks and conditions that the training participants of the data have, with
 * their figures; those that the vocabulary knows already keep theirs.
 */
CAMP_MUST_CHECK enum camp_err
fit_vocabulary(struct vocabulary *v, const struct dataset *data);

/**
 * Sequences and windows. Where the split leaves no validation participants, every fifth
 * training participant validates instead; where there are fewer than five, nobody does.
 */
CAMP_MUST_CHECK enum camp_err
fit_data_make(struct fit_data *d, const struct dataset *data, const struct vocabulary *v);
void fit_data_clear(struct fit_data *d);

#endif
