/*
 * Attention Network Test (Fan et al. 2002): what a warning, knowing the place and
 * agreeing neighbours save.
 *
 * Times are of correct trials. Every score is a mean of condition means, each counting
 * alike, so that errors in hard conditions do not shift the mixture. Effects are
 * differences of two such means whose variances are not taken for equal.
 */
#include <stdio.h>

#include "models/tasks/scorers.h"

enum { NONE, CENTRE, DOUBLE, SPATIAL, CUES };
enum { NEUTRAL, CONGRUENT, INCONGRUENT, KINDS };

static const char *const cues[CUES] = {"none", "centre", "double", "spatial"};
static const char *const kinds[KINDS] = {"neutral", "congruent", "incongruent"};

static int
condition_of(const struct task_definition *def, int cue, int kind)
{
	char name[TASK_LABEL_MAX + 1];

	snprintf(name, sizeof(name), "%s-%s", cues[cue], kinds[kind]);
	return task_condition_named(def, name);
}

static bool
ant_fits(const struct task_definition *def)
{
	for (int cue = 0; cue < CUES; cue++)
		for (int kind = 0; kind < KINDS; kind++)
			if (condition_of(def, cue, kind) < 0)
				return false;
	return true;
}

static struct stat_estimate
accuracy_of(const struct task_selection *s, int kind)
{
	bool wanted[TASK_NAMES_MAX] = {false};

	for (int cue = 0; cue < CUES; cue++)
		wanted[condition_of(s->def, cue, kind)] = true;
	return task_accuracy(s, wanted);
}

static void
ant_compute(const struct task_selection *s, struct stat_estimate *out)
{
	struct stat_estimate cell[CUES * KINDS], of_kind[CUES];
	struct stat_estimate *rt_cue = out + 4, *rt_kind = rt_cue + CUES;
	struct stat_estimate *accuracy = rt_kind + KINDS;

	for (int cue = 0; cue < CUES; cue++) {
		for (int kind = 0; kind < KINDS; kind++)
			cell[cue * KINDS + kind] =
				task_mean_rt(s, condition_of(s->def, cue, kind));
		rt_cue[cue] = stat_average(cell + cue * KINDS, KINDS);
	}
	accuracy[0] = task_accuracy_all(s);
	for (int kind = 0; kind < KINDS; kind++) {
		for (int cue = 0; cue < CUES; cue++)
			of_kind[cue] = cell[cue * KINDS + kind];
		rt_kind[kind] = stat_average(of_kind, CUES);
		accuracy[1 + kind] = accuracy_of(s, kind);
	}
	out[0] = stat_difference(rt_cue[NONE], rt_cue[DOUBLE]);
	out[1] = stat_difference(rt_cue[CENTRE], rt_cue[SPATIAL]);
	out[2] = stat_difference(rt_kind[INCONGRUENT], rt_kind[CONGRUENT]);
	out[3] = stat_average(cell, CUES * KINDS);
}

const struct task_scorer ant_scorer = {
	.task = "ant",
	.version = 1,
	.n_values = 15,
	.values = {{"alerting", "ms"},
		   {"orienting", "ms"},
		   {"conflict", "ms"},
		   {"rt_mean", "ms"},
		   {"rt_none", "ms"},
		   {"rt_centre", "ms"},
		   {"rt_double", "ms"},
		   {"rt_spatial", "ms"},
		   {"rt_neutral", "ms"},
		   {"rt_congruent", "ms"},
		   {"rt_incongruent", "ms"},
		   {"accuracy", "proportion"},
		   {"accuracy_neutral", "proportion"},
		   {"accuracy_congruent", "proportion"},
		   {"accuracy_incongruent", "proportion"}},
	.fits = ant_fits,
	.compute = ant_compute,
};
