/**
 * Trials for training and evaluation from CSV files, plain or gzip, and the flags that
 * name them.
 *
 * Columns: participant, trial, condition, correct, rt_ms; session (or phase, or study,
 * the first of these that exists; without any, "1"); task (without it the flag --task, or
 * a name made from the file's); optional: set_size, load, soa_ms, difficulty, onset_ms
 * numbers <channel>_<band>   log10 uV^2 just before the trial: a channel of the 10-20
 * system and delta, theta, alpha, beta or gamma Other columns are ignored. Names are any
 * text of 1 to 128 bytes without control characters. correct is 1, 0, true or false (also
 * True, TRUE); an empty number, NA and NaN are none. A response time outside 100..10000
 * ms counts as none. No task or condition needs a definition.
 */
#ifndef SERVER_CLI_DATASET_FILE_H
#define SERVER_CLI_DATASET_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "models/train/dataset.h"
#include "server/cli/row_text.h"
#include "server/config.h"

#define DATASET_NAME_MAX 128
#define DATASET_RT_MS_MIN 100.0
#define DATASET_RT_MS_MAX 10000.0

/* What was found in one file. */
struct dataset_file_notes {
	uint64_t rows;                   /* added */
	uint64_t other_task_rows;        /* left out because of the task asked for */
	uint64_t rt_missing;             /* response times outside the limits */
	uint64_t epochs;                 /* rows with EEG */
	char task[DATASET_NAME_MAX + 1]; /* made from the file's name; "": not needed */
	struct row_problems problems;    /* malformed lines, which were left out */
};

/**
 * Adds a file ("-": standard input) to *data. Malformed lines are left out and noted.
 * *notes is overwritten and to be cleared with row_problems_clear(&notes->problems)
 * whatever is returned; on failure why[] holds one sentence. Errors: NOT_FOUND, INVALID
 * (header), FAULT (reading), MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
dataset_file_add(struct dataset *data, const char *path, const char *task,
		 struct dataset_file_notes *notes, char *why, size_t why_size);

/* What `--data FILE... [--task NAME] [--skip-bad]` said; borrowed from argv. */
struct dataset_flags {
	struct config_values files;
	const char *task;
	bool skip_bad;
};

/* The rows of a verb's table of flags. */
/* clang-format off */
#define DATASET_FLAGS(f) \
	{"data", "FILE...", "CSV files of trials, plain or .gz", NULL, NULL, &(f)->files}, \
	{"task", "NAME", \
	 "the task of files without such a column; of others, the rows to take", \
	 &(f)->task, NULL, NULL}, \
	{"skip-bad", NULL, "leave malformed lines out instead of stopping", NULL, \
	 &(f)->skip_bad, NULL}
/* clang-format on */

/**
 * Reads all files into *data, which it finishes, and says on stderr what was left out or
 * made up. CLI_GO_ON, or an exit status after a sentence. *data starts zeroed and is to
 * be cleared whatever is returned.
 */
int dataset_flags_load(struct dataset *data, const struct dataset_flags *flags,
		       const char *verb);

#endif
