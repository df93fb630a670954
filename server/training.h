/**
 * One training as a child process: `camp train --from-db`, at low priority, so that
 * nothing of it is felt by requests. It writes a line of JSON for each validation.
 *
 * Not thread-safe; everything but training_start() returns at once.
 */
#ifndef SERVER_TRAINING_H
#define SERVER_TRAINING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/errors.h"
#include "base/uuid.h"

struct training;

struct training_options {
	struct uuid run_id;
	const char
		*config_json; /* {"encoder", "steps", "seed", "components", "cohort"} */
	const char *conninfo;
	const char *state_dir; /* its files go to runs/RUN below it */
};

enum training_state {
	TRAINING_RUNS,
	TRAINING_DONE, /* the model's file is there */
	TRAINING_FAILED,
};

/** Errors: INVALID (configuration), FAULT, MEMORY; why says in one sentence. */
CAMP_MUST_CHECK enum camp_err
training_start(struct training **out, const struct training_options *options, char *why,
	       size_t why_size);

/** The next whole line of its output, borrowed until the next call; NULL: none yet. */
const char *training_line(struct training *t);

/** How it goes; after the end why holds the last line that a failed one said. */
enum training_state training_state(struct training *t, char *why, size_t why_size);

/** Asks it to write its state and end; asked ten times, it is killed. */
void training_ask_stop(struct training *t);

/** Its model file; borrowed. */
const char *training_model_path(const struct training *t);

/**
 * Forgets it; one that still runs is killed. keep: its files stay, so that the same run
 * goes on from them when it is started again. NULL-safe.
 */
void training_free(struct training *t, bool keep);

#endif
