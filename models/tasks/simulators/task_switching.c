/*
 * Task switching: what readiness for either task, a change and a pair whose signs
 * disagree add to the time of blocks with one task. The cost of a change lies about where
 * Rogers & Monsell (1995) have it with 600 ms to prepare; all else is plausible and no
 * more. Trials are shuffled, as no trial here depends on the one before.
 */
#include <string.h>

#include "models/tasks/simulators.h"

enum { RT_PURE, MIXING, SWITCHING, CONGRUENCY, PURE, REPEAT, SWITCH };
enum { FIRST = 3, KINDS = 4 };

static const char *const kinds[KINDS] = {"pure", "repeat", "switch", "first"};

static int
kind_of(const struct task_condition *c)
{
	for (int kind = 0; kind < KINDS; kind++)
		if (strncmp(c->name, kinds[kind], strlen(kinds[kind])) == 0)
			return kind;
	return FIRST;
}

static bool
is_incongruent(const struct task_condition *c)
{
	return strstr(c->name, "-incongruent") != NULL;
}

static double
mean_rt_ms(const struct task_condition *c, const double *truth)
{
	double mean = truth[RT_PURE], half = truth[CONGRUENCY] / 2;
	int kind = kind_of(c);

	if (kind != 0)
		mean += truth[MIXING];
	if (kind >= 2)
		mean += truth[SWITCHING];
	if (kind == FIRST)
		return mean;
	return mean + (is_incongruent(c) ? half : -half);
}

static double
accuracy(const struct task_condition *c, const double *truth)
{
	int kind = kind_of(c);

	return truth[PURE + (kind == FIRST ? 2 : kind)];
}

/* As the player counts: a run of either task, a mixed one, and those tasks again. */
static int
trials_of(const struct task_definition *def, const struct task_condition *c, int count)
{
	int pure = task_simulate_parameter(def, "pure_trials", 48),
	    block = task_simulate_parameter(def, "block_trials", 48);
	int before = (pure + 1) / 2,
	    runs[] = {before, before, count, pure - before, pure - before};
	int n[KINDS] = {0}, seq = 0, kind = kind_of(c);

	for (int run = 0; run < 5; run++) {
		for (int i = 0; i < runs[run]; i++, seq++) {
			if (i == 0 || seq % block == 0)
				n[FIRST]++;
			else
				n[run != 2 ? 0 : i % 2 == 0 ? 2 : 1]++;
		}
	}
	if (kind == FIRST)
		return n[FIRST];
	return is_incongruent(c) ? n[kind] / 2 : n[kind] - n[kind] / 2;
}

static void
truth(const struct task_truth *t, double *out)
{
	double *rt = out + 3, mixed[2] = {0};

	for (int kind = 0; kind < FIRST; kind++) {
		bool wanted[TASK_NAMES_MAX] = {false};

		rt[kind] = 0;
		for (int i = 0; i < t->def->n_conditions; i++) {
			const struct task_condition *c = &t->def->conditions[i];
			double time;

			if (kind_of(c) != kind)
				continue;
			wanted[i] = true;
			time = task_truth_rt(t, i);
			rt[kind] += time / 2;
			mixed[is_incongruent(c)] += kind == 0 ? 0 : time / 2;
		}
		out[7 + kind] = task_truth_accuracy(t, wanted);
	}
	out[0] = rt[2] - rt[1];
	out[1] = rt[1] - rt[0];
	out[2] = mixed[1] - mixed[0];
	out[6] = task_truth_accuracy_all(t);
}

const struct task_simulator task_switching_simulator = {
	.scorer = &task_switching_scorer,
	.standard = {.effects = {[RT_PURE] = {"rt_pure", 620, 70, false},
				 [MIXING] = {"mixing_cost", 60, 30, false},
				 [SWITCHING] = {"switch_cost", 110, 45, false},
				 [CONGRUENCY] = {"congruency_effect", 35, 20, false},
				 [PURE] = {"accuracy_pure", 0.97, 0.5, true},
				 [REPEAT] = {"accuracy_repeat", 0.965, 0.5, true},
				 [SWITCH] = {"accuracy_switch", 0.94, 0.5, true}},
		     .sigma_share = 0.09,
		     .tau_share = 0.16,
		     .omissions = 0.003,
		     .practice = 0.05,
		     .day_sd = 0.03},
	.count_parameter = "mixed_trials",
	.truth = truth,
	.mean_rt_ms = mean_rt_ms,
	.accuracy = accuracy,
	.trials_of = trials_of,
};
