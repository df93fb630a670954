/** A part of a data set as one of its own, in which the rest leaves no trace. */
#ifndef MODELS_TRAIN_DATASET_PART_H
#define MODELS_TRAIN_DATASET_PART_H

#include "base/errors.h"
#include "models/train/dataset.h"

/**
 * Copies the sequences of all splits but one: names, numbers and the hash are those of a
 * data set that never had the others. *out starts zeroed and comes finished. Errors:
 * MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
dataset_without(struct dataset *out, const struct dataset *data,
		enum dataset_split split);

#endif
