/*
 * Attentional blink: customary shares, about half of the second targets seen at lags 2
 * and 3 and nearly all by 8 (tasks/attentional-blink/reference.json). Each session has
 * the default lags; the two answers of a trial are independent.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/tasks/simulators.h"

#define LAGS 8

enum { FIRST, LAG_1, EARLY, LAG_5, LATE, FALSE_ALARMS };

/* A second or so for a question that nobody is asked to hurry. */
#define ANSWER_MS 900

/* 0: without an X. */
static int
lag_of(const struct task_condition *c)
{
	return strncmp(c->name, "lag-", 4) == 0 ? atoi(c->name + 4) : 0;
}

/* Share that reports an X. */
static double
seen(int lag, const double *truth)
{
	static const int effect[] = {FALSE_ALARMS, LAG_1, EARLY, EARLY, LAG_5,
				     LAG_5,        LAG_5, LATE,  LATE};

	return truth[effect[lag]];
}

static int
trials_of(const struct task_definition *def, const struct task_condition *c, int count)
{
	int lag = lag_of(c);

	if (lag == 0)
		return task_simulate_parameter(def, "absent_trials", 36);
	/* 4 and 6 are not asked for by default. */
	return lag == 4 || lag == 6 ? 0 : count;
}

static struct trial
draw(struct task_run *run, int condition)
{
	const double *truth = run->person->truth;
	int lag = lag_of(&run->def->conditions[condition]);
	bool first = rng_uniform(run->rng) < truth[FIRST];
	bool second = rng_uniform(run->rng) < seen(lag, truth);
	/* The common rules decide on omissions; what was answered is known here. */
	struct trial t =
		task_run_draw(run, condition, ANSWER_MS, first && second == (lag > 0));
	char name[TASK_LABEL_MAX + 1];

	if (isnan(t.rt_ms))
		return t;
	snprintf(name, sizeof(name), "t1-%s-%s", first ? "right" : "wrong",
		 second ? "x" : "none");
	t.response = (int16_t)task_response_code(run->def, name, strlen(name));
	return t;
}

static void
session(struct task_run *run)
{
	int order[TASK_NAMES_MAX * 60 + 240];
	size_t n = 0;

	for (int c = 0; c < run->def->n_conditions; c++) {
		int times = trials_of(run->def, &run->def->conditions[c], run->count);

		for (int i = 0; i < times && n < sizeof(order) / sizeof(order[0]); i++)
			order[n++] = c;
	}
	rng_shuffle(run->rng, order, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		task_run_add(run, draw(run, order[i]));
		/* The letters before and after the first target. */
		task_run_wait(run, 1800);
	}
}

static void
truth(const struct task_truth *t, double *out)
{
	const double *p = t->person->truth;

	out[0] = 100 * (p[LATE] - p[EARLY]);
	out[1] = 100 * (p[LAG_1] - p[EARLY]);
	out[2] = p[FIRST] * (1 - t->population->omissions);
	for (int lag = 1; lag <= LAGS; lag++)
		out[2 + lag] = lag == 4 || lag == 6 ? NAN : seen(lag, p);
	out[3 + LAGS] = p[FALSE_ALARMS];
}

const struct task_simulator attentional_blink_simulator = {
	.scorer = &attentional_blink_scorer,
	.standard = {.effects = {[FIRST] = {"t1_accuracy", 0.87, 0.5, true},
				 [LAG_1] = {"t2_lag_1", 0.78, 0.6, true},
				 [EARLY] = {"t2_lag_2", 0.56, 0.6, true},
				 [LAG_5] = {"t2_lag_5", 0.74, 0.6, true},
				 [LATE] = {"t2_lag_8", 0.87, 0.5, true},
				 [FALSE_ALARMS] = {"false_alarm_rate", 0.08, 0.6, true}},
		     .sigma_share = 0.15,
		     .tau_share = 0.3,
		     .omissions = 0.002,
		     .practice = 0.05,
		     .day_sd = 0.03},
	.count_parameter = "trials_per_lag",
	.truth = truth,
	.session = session,
	.trials_of = trials_of,
};
