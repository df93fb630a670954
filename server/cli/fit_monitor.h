/**
 * Shows a training under way: a bar and lines of validation on stderr, or NDJSON on
 * stdout, and keeps the figures of every validation in a file beside the model.
 *
 * NDJSON, one object a line, told apart by "event":
 *   progress    once a second: phase, step, steps, epoch, loss, trials_per_s,
 *               seconds_left
 *   validation  the same with nll_correct, nll_rt (validation participants, nats a trial)
 *               and best, the lowest sum of the two so far
 * loss is the mean over the steps since the last validation, nats a trial; null before
 * the first step after one. The verbs add events of their own.
 *
 * The file has a line a validation, with no times in it. A resumed training writes the
 * lines that it would have written without the pause; only the first loss after an
 * interrupt between two validations is the mean of fewer steps.
 */
#ifndef SERVER_CLI_FIT_MONITOR_H
#define SERVER_CLI_FIT_MONITOR_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buffer.h"
#include "models/train/fit.h"
#include "server/cli/progress.h"

struct fit_monitor {
	struct progress progress;
	bool json;
	bool resumes;     /* a state file was there: lines of the metrics may stay */
	const char *path; /* of the metrics, borrowed; NULL: none */
	FILE *metrics;
	char why[256]; /* the metrics could not be written; "": they were */
	struct buffer line;
	char phase[32];
	int64_t step, steps; /* of the last report */
	int64_t first_step;  /* of the first report; 0: none yet */
	double valid;        /* the last validation's sum of NLL; NAN: none yet */
	int64_t shown_ms;    /* last line of text or JSON */
};

/** With json nothing goes to stderr. */
void fit_monitor_start(struct fit_monitor *m, const char *verb, const char *path,
		       bool json, bool resumes);
/** A fit_report of models/train/fit.h; arg is the struct. False after an interrupt. */
bool fit_monitor_step(void *arg, const struct fit_progress *progress);
/** Wipes the bar and closes the file; why[] tells whether that went well. */
void fit_monitor_end(struct fit_monitor *m);

#endif
