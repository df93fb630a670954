/** The flags of training that camp train and camp tune share. */
#ifndef SERVER_CLI_FIT_FLAGS_H
#define SERVER_CLI_FIT_FLAGS_H

#include <stdbool.h>
#include <stdint.h>

#include "models/train/fit.h"

/* As given; NULL: not. */
struct fit_flags {
	const char *encoder, *components, *epochs, *steps, *width, *layers, *heads,
		*dropout, *rate, *decay, *beta, *batch, *patience, *seed, *threads;
	bool no_eeg;
};

/* clang-format off */
/* What belongs to a training as a whole, and not to what camp tune searches. */
#define FIT_FLAGS(f) \
	{"encoder", "NAME", "transformer, gru, cnn or linear (transformer)", \
	 &(f)->encoder, NULL, NULL}, \
	{"components", "N", "1: one normal of ln RT; 2: and one for slow answers (2)", \
	 &(f)->components, NULL, NULL}, \
	{"epochs", "N", "passes over the training trials, in place of --steps", \
	 &(f)->epochs, NULL, NULL}, \
	{"steps", "N", "steps at most; it stops when validation gains no more", \
	 &(f)->steps, NULL, NULL}, \
	{"batch", "N", "windows of 128 trials a step", &(f)->batch, NULL, NULL}, \
	{"beta", "X", "of beta-NLL, 0 to 1, with --components 1 (0: plain NLL)", \
	 &(f)->beta, NULL, NULL}, \
	{"decay", "X", "decoupled weight decay", &(f)->decay, NULL, NULL}, \
	{"patience", "N", "validations without a gain before it stops; 0: never", \
	 &(f)->patience, NULL, NULL}, \
	{"no-eeg", NULL, "leave the EEG of the data out", NULL, &(f)->no_eeg, NULL}, \
	{"seed", "N", "same data, options, seed and threads: the same bits", \
	 &(f)->seed, NULL, NULL}, \
	{"threads", "N", "of computation", &(f)->threads, NULL, NULL}

#define FIT_SHAPE_FLAGS(f) \
	{"width", "N", "of a hidden row, a multiple of --heads", &(f)->width, NULL, NULL}, \
	{"layers", "N", "of the encoder", &(f)->layers, NULL, NULL}, \
	{"heads", "N", "of attention", &(f)->heads, NULL, NULL}, \
	{"dropout", "P", "share of activations dropped in training", &(f)->dropout, NULL, \
	 NULL}, \
	{"rate", "R", "peak learning rate", &(f)->rate, NULL, NULL}
/* clang-format on */

/**
 * The configuration for this data: defaults, then what was given. CLI_GO_ON, or CLI_USAGE
 * after a sentence. The texts are borrowed from the flags.
 */
int fit_flags_apply(struct fit_config *config, const struct fit_flags *flags,
		    const struct dataset *data, const char *verb);

/* Training participants, of whom every fifth may validate when the split has nobody. */
#define FIT_PARTICIPANTS_MIN 5

/**
 * Counts the participants of each split and refuses data without people for training.
 */
int fit_data_check(const struct dataset *data, int counts[SPLIT_ALL], const char *verb);

/** Too few people for anyone to validate: see models/train/fit_data.h. */
bool fit_nobody_validates(const int counts[SPLIT_ALL]);

#endif
