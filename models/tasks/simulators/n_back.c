/*
 * N-back: every letter is answered right with a probability that falls with n, from all
 * but lapses to what never pressing gets right. The level held is about that of Eisenberg
 * et al. (2019); times are plausible and no more.
 */
#include <math.h>

#define MATHLIB_STANDALONE 1
#include <Rmath.h>

#include "models/tasks/simulators.h"

enum { THRESHOLD, RT };

#define SLOPE_PER_ITEM 1.5
#define LAPSES 0.02
#define GUESSES 0.7
#define TARGET_SHARE 0.3
#define LETTERS_MAX 1024

static double
mean_rt_ms(const struct task_condition *c, const double *truth)
{
	return truth[RT];
}

static bool
withholds(const struct task_condition *c)
{
	return c->name[0] != 't';
}

static int
lasts_ms(const struct task_definition *def)
{
	return task_simulate_parameter(def, "soa_ms", 3000);
}

static double
right_at(double level, const struct task_person *person)
{
	double z = SLOPE_PER_ITEM * (level - person->truth[THRESHOLD]);

	return GUESSES + (1 - GUESSES - LAPSES) / (1 + exp(z));
}

/* One round: conditions in random order after the first letters. */
static void
play_round(struct task_run *run, int level, int scored)
{
	int target = task_condition_named(run->def, "target"),
	    other = task_condition_named(run->def, "nontarget"),
	    lead = task_condition_named(run->def, "lead"), order[LETTERS_MAX];
	double right = right_at(level, run->person);

	for (int i = 0; i < scored; i++)
		order[i] = i < (int)lround(TARGET_SHARE * scored) ? target : other;
	rng_shuffle(run->rng, order, (uint32_t)scored);
	task_run_wait(run, task_simulate_parameter(run->def, "announce_ms", 2500));
	for (int i = 0; run->err == CAMP_OK && i < level + scored; i++) {
		int condition = i < level ? lead : order[i - level];
		struct trial t =
			task_run_draw(run, condition, run->person->truth[RT], right);

		t.difficulty = (float)level;
		task_run_add(run, t);
	}
}

static int
start_of(const struct task_definition *def)
{
	return task_simulate_parameter(def, "n_start", 2);
}

static void
session(struct task_run *run)
{
	double start = start_of(run->def);
	int scored = (int)fmin(run->def->adaptive.block_trials, LETTERS_MAX);

	for (int i = 0; run->err == CAMP_OK && i < run->count; i++)
		play_round(run, (int)task_run_level(run, start), scored);
}

static void
truth(const struct task_truth *t, double *out)
{
	double right, z;

	out[0] = t->person->truth[THRESHOLD];
	if (!task_simulate_parameter(t->def, "adaptive", 1)) {
		/* All rounds are of one level. A match and any other letter are judged
		 * equally well, so there is no bias. */
		right = right_at(start_of(t->def), t->person);
		z = qnorm(right, 0, 1, 1, 0);
		out[2] = 2 * z;
		out[3] = 0;
		out[4] = right;
		out[5] = 1 - right;
		out[6] = 100 * (2 * right - 1);
	}
	out[7] = task_truth_rt(t, task_condition_named(t->def, "target"));
}

const struct task_simulator n_back_simulator = {
	.scorer = &n_back_scorer,
	.standard = {.effects = {[THRESHOLD] = {"threshold", 2.4, 0.8, false},
				 [RT] = {"rt_target", 650, 80, false}},
		     .sigma_share = 0.14,
		     .tau_share = 0.18,
		     .practice = 0.02,
		     .day_sd = 0.02},
	.count_parameter = "blocks",
	.truth = truth,
	.mean_rt_ms = mean_rt_ms,
	.withholds = withholds,
	.lasts_ms = lasts_ms,
	.session = session,
};
