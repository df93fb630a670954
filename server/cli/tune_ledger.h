/**
 * What a search has finished, kept in a file, so that a stopped one goes on: a line that
 * says which search it is, and a line a finished training. A line that was cut off by a
 * crash is written again.
 */
#ifndef SERVER_CLI_TUNE_LEDGER_H
#define SERVER_CLI_TUNE_LEDGER_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/errors.h"

#define TUNE_TRAININGS_MAX 2000

struct tune_training {
	int rung, candidate;
	int64_t steps, best_step;
	/* Validation, nats a trial: of the best step, or of the last when best_step is 0
	 */
	double nll_correct, nll_rt;
	double linear_nll_correct, linear_nll_rt; /* of the same data */
};

struct tune_ledger {
	FILE *file;
	int n;
	struct tune_training trainings[TUNE_TRAININGS_MAX];
};

/**
 * Opens or makes the file; identity is one line without its end. Errors: INVALID (of
 * another search, or no ledger), FAULT; why[] holds one sentence.
 */
CAMP_MUST_CHECK enum camp_err
tune_ledger_open(struct tune_ledger *l, const char *path, const char *identity, char *why,
		 size_t why_size);
/** NULL when it is not finished yet. */
const struct tune_training *
tune_ledger_find(const struct tune_ledger *l, int rung, int candidate);
/** On disk when this returns. Errors: FAULT (also when it is full). */
CAMP_MUST_CHECK enum camp_err
tune_ledger_add(struct tune_ledger *l, const struct tune_training *training);
void tune_ledger_close(struct tune_ledger *l);

#endif
