/**
 * What the attention model said of a session: the row of table engagement, written once,
 * and the trials of a session that has none yet.
 */
#ifndef DB_FORECASTS_H
#define DB_FORECASTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/errors.h"
#include "base/trial.h"
#include "base/uuid.h"
#include "db/adapters.h"
#include "db/db.h"
#include "db/eeg.h"

/* Of longer sessions only the last so many trials are kept one by one. */
#define FORECAST_TRIALS_MAX 2048

/* Expected lapse-free trials per 100, with its interval; NAN: not defined. */
struct db_forecast_score {
	double value, low, high;
};

struct db_forecast {
	int trials; /* of the session */
	bool defined;
	int lapses; /* among the last 20; when defined */
	struct db_forecast_score model, linear;
	char version[17]; /* of the model */
	char encoder[16];
	bool personal;            /* with what was learned about the person */
	int64_t computed_unix_ms; /* 0: not stored yet */
	/* Trials first_seq .. first_seq + n - 1, at most FORECAST_TRIALS_MAX. */
	int first_seq, n;
	const float *p, *mu, *sigma, *risk;
	const bool *lapse;
};

/* A session and what there is to say of it. */
struct db_session_forecast {
	struct trial_owner owner;
	bool complete;
	const struct db_forecast *forecast; /* NULL: none stored */
	/*
	 * Without a stored forecast: trials 0 .. n_trials - 1, of a complete session all,
	 * of an open one up to the first that has not arrived. Texts are borrowed.
	 */
	int n_trials;
	const struct trial *trials;
	struct db_eeg eeg;         /* likewise; n = 0: none */
	struct db_adapter adapter; /* likewise, of the person; n = 0: none in use */
};

typedef void db_session_forecast_cb(void *arg, enum camp_err err,
				    const struct db_session_forecast *session);

/** NOT_FOUND. */
CAMP_MUST_CHECK enum camp_err
db_session_forecast(struct db *db, const struct uuid *organisation_id,
		    const struct uuid *participant_id, const struct uuid *session_id,
		    db_session_forecast_cb *cb, void *arg);

/** Stores the forecast of a complete session unless it has one. */
CAMP_MUST_CHECK enum camp_err
db_forecast_put(struct db *db, const struct trial_owner *owner,
		const struct db_forecast *forecast, db_done_cb *cb, void *arg);

struct op;

/** Adds that as a step to an operation of the owner's organisation. Internal to db/. */
void forecast_put_step(struct op *op, const struct trial_owner *owner,
		       const struct db_forecast *forecast);

#endif
