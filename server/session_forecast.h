/** A session's forecasts and its engagement score in the form that the database stores.
 */
#ifndef SERVER_SESSION_FORECAST_H
#define SERVER_SESSION_FORECAST_H

#include <jansson.h>
#include <stdbool.h>

#include "base/errors.h"
#include "base/trial.h"
#include "db/adapters.h"
#include "db/forecasts.h"

struct db_eeg;
struct forecaster;
struct forecast_work;
struct sequence;
struct sequence_epoch;
struct sequence_trial;
struct task_definition;

/* What a forecast is made from, copied so that a worker may read it later. */
struct session_input {
	int n;
	struct trial *trials; /* in order of seq; without their texts */
	int n_epochs;
	struct sequence_epoch *epochs; /* placed among the trials */
	/* What was learned about the person, to forecast with; n = 0: nothing. */
	struct db_adapter adapter;
};

/** Copies n >= 1 trials, the epochs that any of them may see and the adapter. False: out
 * of memory, and *out is empty. */
bool session_input_copy(struct session_input *out, const struct trial *trials, int n,
			const struct db_eeg *eeg, const struct db_adapter *adapter);
/** Reusable. */
void session_input_clear(struct session_input *input);

/* row points into the rest, so one is not to be copied. */
struct session_forecast {
	struct db_forecast row;
	float *reals;
	bool *lapse;
};

/**
 * Forecasts each trial from those before it, by the model and by its linear baseline, and
 * from the epochs before it if the model proved to gain by them. With an adapter of this
 * version of the model, in use, the forecast is the person's own (row.personal). Blocks
 * for about a millisecond a hundred trials.
 * Errors: MEMORY; *out is then empty. To be cleared.
 */
CAMP_MUST_CHECK enum camp_err
session_forecast_fill(struct session_forecast *out, const struct forecaster *f,
		      struct forecast_work *work, const struct task_definition *def,
		      const struct session_input *input);
/** NULL-safe, reusable. */
void session_forecast_clear(struct session_forecast *forecast);

/** The session in the forecaster's numbers; trials[input->n] is filled, and *out borrows
 * it and the input. */
void session_sequence(struct sequence *out, struct sequence_trial *trials,
		      const struct forecaster *f, const struct task_definition *def,
		      const struct session_input *input);

/** The answer of GET sessions/{session}/engagement; NULL: out of memory. */
json_t *session_forecast_json(const struct trial_owner *owner, bool complete,
			      const struct db_forecast *row);
/** The same for a session without trials. */
json_t *session_forecast_none_json(const struct trial_owner *owner, bool complete);

#endif
