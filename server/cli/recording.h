/**
 * A recording: trials of many people as CSV, checked line by line and grouped by person,
 * session and task, each group in the order of the file.
 *
 * Columns: participant, trial, condition, correct, rt_ms, and session (or phase, or
 * study, the first of these that exists); without any of them a person has one session
 * "1". A task column chooses the task of each row. Other columns are ignored.
 *   participant, session   1..64 of [A-Za-z0-9._-]
 *   trial                  0..TRIAL_NUMBER_MAX, or empty
 *   correct                1, 0, true or false
 *   rt_ms                  0..TRIAL_RT_MS_MAX, or empty for no response
 *   CHANNEL_BAND           EEG (recording_eeg.h): log10 uV^2, or empty
 */
#ifndef SERVER_CLI_RECORDING_H
#define SERVER_CLI_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/errors.h"
#include "base/trial.h"
#include "models/tasks/definition.h"
#include "server/cli/recording_eeg.h"
#include "server/cli/row_text.h"

#define RECORDING_LABEL_MAX 64
#define RECORDING_TASKS_MAX 16

struct recording_trial {
	int32_t trial;     /* -1: none given */
	float rt_ms;       /* NAN: no response */
	uint32_t line;     /* in the file, for messages */
	int16_t condition; /* index into the recording's; after recording_resolve()
			      the definition's code */
	bool correct;
};

struct recording_session {
	char *label;
	int task; /* index into the recording's tasks */
	int32_t n_trials;
	int32_t cap;
	struct recording_trial *trials; /* seq is the place in here */
	float *power;         /* [n_trials][EEG_BANDS][channels]; NULL: no such columns */
	int32_t n_epochs;     /* and these after recording_resolve(), if there is EEG: */
	int32_t *epoch_trial; /* [n_epochs] the trial whose target ends the epoch */
	double *onset_ms;     /* [n_trials] on the session's made-up clock */
};

struct recording_person {
	char *name;
	int n_sessions;
	struct recording_session *sessions;
};

struct recording_name {
	char *name;
	uint64_t rows;
};

struct recording_index;

struct recording {
	int n_people, n_tasks, n_conditions;
	struct recording_person *people;
	struct recording_name tasks[RECORDING_TASKS_MAX];
	struct recording_name *conditions;
	struct recording_eeg eeg;
	uint64_t n_trials, n_sessions;
	uint64_t n_epochs;             /* after recording_resolve() */
	uint64_t other_task_rows;      /* left out because of the task asked for */
	uint64_t bad_rows;             /* left out because of a problem */
	char *session_column;          /* the one used; NULL: none */
	char *ignored_columns;         /* "a, b, c"; NULL: none */
	struct row_problems problems;  /* one sentence a line of the file */
	struct recording_index *index; /* while loading */
};

/**
 * Reads and checks a file ("-": standard input). With a task, rows of other tasks are
 * left out; without one the file needs a task column. Malformed rows are left out and
 * stand in rec->problems. *rec is valid (and to be cleared) whatever is returned; on
 * failure why[0..why_size) holds one sentence. Errors: NOT_FOUND (no such file), INVALID
 * (the file as a whole: header, columns, no rows), FAULT (reading), MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
recording_load(struct recording *rec, const char *path, const char *task, char *why,
	       size_t why_size);

/**
 * Turns the condition names of one task's trials into the codes of its definition. Trials
 * with a name that it lacks become problems and are left out. Then lays out the EEG. Once
 * per task.
 */
CAMP_MUST_CHECK enum camp_err
recording_resolve(struct recording *rec, int task, const struct task_definition *def);

void recording_clear(struct recording *rec);

#endif
