#include "server/session_ability.h"

#include <stdlib.h>

#include "models/adaptive/adaptive.h"

static void
replay(struct adaptive *a, const struct db_session_start *start,
       const struct adaptive_trial *trials, size_t n, struct db_ability *out,
       bool *followed)
{
	const struct adaptive_prior prior = {start->ability.location,
					     start->ability.location_sd,
					     start->ability.slope,
					     start->ability.slope_sd};
	struct adaptive_estimate e;

	adaptive_start(a, prior.location_sd > 0 ? &prior : NULL, start->seed);
	*followed = adaptive_replay(a, trials, (long)n) < 0;
	adaptive_estimate(a, &e);
	/*
	 * Rounded where it is made: the browser reads it from JSON of 15 digits, and
	 * starts from the same floats. A posterior on one point of its grid knows no sd
	 * to go on from.
	 */
	if (*followed && e.threshold_sd > 0 && e.location_sd > 0)
		*out = (struct db_ability){.threshold = (float)e.threshold,
					   .threshold_sd = (float)e.threshold_sd,
					   .settles_at = (float)e.settles_at,
					   .location = (float)e.location,
					   .location_sd = (float)e.location_sd,
					   .slope = (float)e.slope,
					   .slope_sd = (float)e.slope_sd};
}

/* The parameter "adaptive" may have turned it off: the design decided instead. */
static bool
adapted(const struct task_definition *def, const struct db_session_start *start)
{
	const struct task_parameter *p = task_parameter_find(def, "adaptive");

	if (start->adaptive_set)
		return start->adaptive;
	return !p || p->standard != 0;
}

enum camp_err
session_ability_fill(struct db_ability *out, bool *followed,
		     const struct task_definition *def,
		     const struct db_session_start *start, const struct trial *trials,
		     size_t n)
{
	struct adaptive_trial *list = NULL;
	void *memory = NULL;
	size_t n_decided = 0;
	enum camp_err err = CAMP_ERR_MEMORY;

	*out = (struct db_ability){0};
	*followed = true;
	if (!def->adapts || !adapted(def, start))
		return CAMP_OK;
	memory = malloc(adaptive_size(&def->adaptive));
	list = calloc(n + 1, sizeof(*list));
	if (memory && list) {
		for (size_t i = 0; i < n; i++) {
			/* Nothing is decided by or for an attention check. */
			if (trials[i].flags & TRIAL_CATCH)
				continue;
			list[n_decided++] = (struct adaptive_trial){trials[i].difficulty,
								    trials[i].correct};
		}
		replay(adaptive_init(memory, &def->adaptive), start, list, n_decided, out,
		       followed);
		err = CAMP_OK;
	}
	free(list);
	free(memory);
	return err;
}
