/** A model of random weights in a file, and random sequences, for tests of its use. */
#ifndef TESTS_UNIT_MODELS_ENGAGEMENT_RANDOM_MODEL_H
#define TESTS_UNIT_MODELS_ENGAGEMENT_RANDOM_MODEL_H

#include <stdint.h>

#include "models/engagement/forecaster.h"
#include "models/engagement/model.h"

#define RANDOM_TASKS 2
#define RANDOM_CONDITIONS 3 /* of each task */

/** Tasks "a", "b" with conditions "x", "y", "z"; all weights normal with sd 0.3. */
void
random_model_write(const char *path, const struct model_config *config, uint64_t seed);
struct forecaster *random_forecaster(const struct model_config *config, uint64_t seed);

/** n trials of task 1, conditions 0 (unknown) .. 3; free() trials and epochs. */
struct sequence random_sequence(int n, bool epochs, uint64_t seed);
void random_sequence_clear(struct sequence *s);

#endif
