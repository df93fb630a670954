/*
 * Task switching (Rogers & Monsell 1995): what it costs to change the task, and to be
 * ready for either.
 *
 * Times are of correct trials; a kind's time is the mean of its congruent and its
 * incongruent mean, each counting alike. Costs are differences of two such times whose
 * variances are not taken for equal. The condition "first" enters the accuracy only.
 */
#include <stdio.h>

#include "models/tasks/scorers.h"

enum { PURE, REPEAT, SWITCH, KINDS };
enum { CONGRUENT, INCONGRUENT, CONGRUENCIES };

static const char *const kinds[KINDS] = {"pure", "repeat", "switch"};
static const char *const congruencies[CONGRUENCIES] = {"congruent", "incongruent"};

static int
condition_of(const struct task_definition *def, int kind, int congruency)
{
	char name[TASK_LABEL_MAX + 1];

	snprintf(name, sizeof(name), "%s-%s", kinds[kind], congruencies[congruency]);
	return task_condition_named(def, name);
}

static bool
task_switching_fits(const struct task_definition *def)
{
	for (int kind = 0; kind < KINDS; kind++)
		for (int c = 0; c < CONGRUENCIES; c++)
			if (condition_of(def, kind, c) < 0)
				return false;
	return true;
}

static void
task_switching_compute(const struct task_selection *s, struct stat_estimate *out)
{
	struct stat_estimate *rt = out + 3, *accuracy = out + 6;
	struct stat_estimate cell[KINDS][CONGRUENCIES], mixed[CONGRUENCIES];

	accuracy[0] = task_accuracy_all(s);
	for (int kind = 0; kind < KINDS; kind++) {
		bool wanted[TASK_NAMES_MAX] = {false};

		for (int c = 0; c < CONGRUENCIES; c++) {
			int condition = condition_of(s->def, kind, c);

			cell[kind][c] = task_mean_rt(s, condition);
			wanted[condition] = true;
		}
		rt[kind] = stat_average(cell[kind], CONGRUENCIES);
		accuracy[1 + kind] = task_accuracy(s, wanted);
	}
	for (int c = 0; c < CONGRUENCIES; c++) {
		struct stat_estimate both[] = {cell[REPEAT][c], cell[SWITCH][c]};

		mixed[c] = stat_average(both, 2);
	}
	out[0] = stat_difference(rt[SWITCH], rt[REPEAT]);
	out[1] = stat_difference(rt[REPEAT], rt[PURE]);
	out[2] = stat_difference(mixed[INCONGRUENT], mixed[CONGRUENT]);
}

const struct task_scorer task_switching_scorer = {
	.task = "task-switching",
	.version = 1,
	.n_values = 10,
	.values = {{"switch_cost", "ms"},
		   {"mixing_cost", "ms"},
		   {"congruency_effect", "ms"},
		   {"rt_pure", "ms"},
		   {"rt_repeat", "ms"},
		   {"rt_switch", "ms"},
		   {"accuracy", "proportion"},
		   {"accuracy_pure", "proportion"},
		   {"accuracy_repeat", "proportion"},
		   {"accuracy_switch", "proportion"}},
	.fits = task_switching_fits,
	.compute = task_switching_compute,
};
