/** A session's forecasts and its engagement score in the form that the database stores.
 */
#ifndef SERVER_SESSION_FORECAST_H
#define SERVER_SESSION_FORECAST_H

#include <jansson.h>

#include "base/errors.h"
#include "base/trial.h"
#include "db/forecasts.h"

struct forecaster;
struct forecast_work;
struct task_definition;

/* row points into the rest, so one is not to be copied. */
struct session_forecast {
	struct db_forecast row;
	float *reals;
	bool *lapse;
};

/**
 * Forecasts each of the n >= 1 trials, in order of seq, from those before it, by the
 * model and by its linear baseline. Blocks for about a millisecond a hundred trials.
 * Errors: MEMORY; *out is then empty. To be cleared.
 */
CAMP_MUST_CHECK enum camp_err
session_forecast_fill(struct session_forecast *out, const struct forecaster *f,
		      struct forecast_work *work, const struct task_definition *def,
		      const struct trial *trials, int n);
/** NULL-safe, reusable. */
void session_forecast_clear(struct session_forecast *forecast);

/** The answer of GET sessions/{session}/engagement; NULL: out of memory. */
json_t *session_forecast_json(const struct trial_owner *owner, bool complete,
			      const struct db_forecast *row);
/** The same for a session without trials. */
json_t *session_forecast_none_json(const struct trial_owner *owner, bool complete);

#endif
