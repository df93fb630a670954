/*
 * Digits in noise: a logistic curve of triplets understood over the signal-to-noise
 * ratio. Its place is plausible for synthetic voices in babble and no more; it rises by
 * 20 % a dB in the middle, as for triplets in steady noise (Smits et al. 2013,
 * approximate).
 */
#include <math.h>

#include "models/tasks/simulators.h"

enum { THRESHOLD };

#define SLOPE_PER_DB 0.8
#define LAPSES 0.02
#define TYPING_MS 2600.0

static double
right_at(double level, const struct task_person *person)
{
	double z = SLOPE_PER_DB * (level - person->truth[THRESHOLD]);

	return (1 - LAPSES) / (1 + exp(-z));
}

/* The level where it does not follow the person. */
static double
level_of(const struct task_definition *def)
{
	return task_simulate_parameter(def, "snr_db", 0);
}

static void
session(struct task_run *run)
{
	int triplet = task_condition_named(run->def, "triplet");

	for (int i = 0; run->err == CAMP_OK && i < run->count; i++) {
		double level = task_run_level(run, level_of(run->def));
		struct trial t = task_run_draw(run, triplet, TYPING_MS,
					       right_at(level, run->person));

		if (t.response >= 0)
			t.response =
				(int16_t)(t.correct ? task_response_code(run->def,
									 "right", 5)
						    : task_response_code(run->def,
									 "wrong", 5));
		t.difficulty = (float)level;
		task_run_add(run, t);
	}
}

/* Half right, lapses included, is a little above the middle of the curve. */
static void
truth(const struct task_truth *t, double *out)
{
	double middle = t->person->truth[THRESHOLD];

	if (!task_simulate_parameter(t->def, "adaptive", 1)) {
		out[2] = right_at(level_of(t->def), t->person);
		return;
	}
	out[0] = middle + log(0.5 / (0.5 - LAPSES)) / SLOPE_PER_DB;
	out[1] = middle;
}

const struct task_simulator speech_in_noise_simulator = {
	.scorer = &speech_in_noise_scorer,
	.standard = {.effects = {[THRESHOLD] = {"threshold", -7, 1.5, false}},
		     .sigma_share = 0.15,
		     .tau_share = 0.15,
		     .practice = 0.02,
		     .day_sd = 0.03},
	.count_parameter = "trials",
	.truth = truth,
	.session = session,
};
