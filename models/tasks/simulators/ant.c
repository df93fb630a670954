/*
 * Attention networks: what cues and neighbours add to the quickest time, that with a
 * spatial cue and congruent neighbours. Alerting, orienting and conflict as customarily
 * quoted from Fan et al. (2002); a double cue is taken to serve as well as one in the
 * centre, and neutral neighbours as congruent ones. All else is plausible and no more.
 */
#include <string.h>

#include "models/tasks/simulators.h"

enum { RT_MEAN, ALERTING, ORIENTING, CONFLICT, NEUTRAL, CONGRUENT, INCONGRUENT };
enum { CUES = 4, KINDS = 3 };

static const char *const cues[CUES] = {"none", "centre", "double", "spatial"};
static const char *const kinds[KINDS] = {"neutral", "congruent", "incongruent"};

static bool
has_cue(const struct task_condition *c, int cue)
{
	size_t len = strlen(cues[cue]);

	return strncmp(c->name, cues[cue], len) == 0 && c->name[len] == '-';
}

static int
kind_of(const struct task_condition *c)
{
	for (int kind = 0; kind < KINDS; kind++)
		if (strcmp(strchr(c->name, '-') + 1, kinds[kind]) == 0)
			return kind;
	return 0;
}

static double
mean_rt_ms(const struct task_condition *c, const double *truth)
{
	/* All twelve conditions together have the mean RT_MEAN. */
	double mean = truth[RT_MEAN] - (3 * truth[ORIENTING] + truth[ALERTING]) / CUES -
		      truth[CONFLICT] / KINDS;

	if (!has_cue(c, 3))
		mean += truth[ORIENTING];
	if (has_cue(c, 0))
		mean += truth[ALERTING];
	return mean + (kind_of(c) == 2 ? truth[CONFLICT] : 0);
}

static double
accuracy(const struct task_condition *c, const double *truth)
{
	return truth[NEUTRAL + kind_of(c)];
}

static void
truth(const struct task_truth *t, double *out)
{
	double *rt_cue = out + 4, *rt_kind = rt_cue + CUES;
	bool wanted[KINDS][TASK_NAMES_MAX] = {{false}};

	for (int i = 3; i < 4 + CUES + KINDS; i++)
		out[i] = 0;
	for (int i = 0; i < t->def->n_conditions; i++) {
		const struct task_condition *c = &t->def->conditions[i];
		double rt = task_truth_rt(t, i);

		for (int cue = 0; cue < CUES; cue++)
			rt_cue[cue] += has_cue(c, cue) ? rt / KINDS : 0;
		rt_kind[kind_of(c)] += rt / CUES;
		out[3] += rt / (CUES * KINDS);
		wanted[kind_of(c)][i] = true;
	}
	out[0] = rt_cue[0] - rt_cue[2];
	out[1] = rt_cue[1] - rt_cue[3];
	out[2] = rt_kind[2] - rt_kind[1];
	out[11] = task_truth_accuracy_all(t);
	for (int kind = 0; kind < KINDS; kind++)
		out[12 + kind] = task_truth_accuracy(t, wanted[kind]);
}

const struct task_simulator ant_simulator = {
	.scorer = &ant_scorer,
	.standard = {.effects = {[RT_MEAN] = {"rt_mean", 560, 55, false},
				 [ALERTING] = {"alerting", 47, 18, false},
				 [ORIENTING] = {"orienting", 51, 21, false},
				 [CONFLICT] = {"conflict", 84, 25, false},
				 [NEUTRAL] = {"accuracy_neutral", 0.985, 0.5, true},
				 [CONGRUENT] = {"accuracy_congruent", 0.985, 0.5, true},
				 [INCONGRUENT] = {"accuracy_incongruent", 0.95, 0.5,
						  true}},
		     .sigma_share = 0.09,
		     .tau_share = 0.15,
		     .omissions = 0.003,
		     .practice = 0.04,
		     .day_sd = 0.03},
	.truth = truth,
	.mean_rt_ms = mean_rt_ms,
	.accuracy = accuracy,
};
