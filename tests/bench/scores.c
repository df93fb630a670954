/*
 * Whether every scorer finds what was put in: bias and interval coverage of every score
 * over simulated people. Exits with 1 when a score misses its bar.
 *
 * usage: scores TASKS_DIR PEOPLE [TASK...]
 *
 * CAMP_BENCH_SEED draws other people (2026).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/score_people.h"

#define SEED 2026

static uint64_t seed = SEED;

static struct task_definition *
read_definition(const char *dir, const char *task)
{
	static char text[TASK_JSON_MAX + 1];
	struct task_definition *def = NULL;
	char path[1024], why[256] = "cannot be read";
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s/task.json", dir, task);
	file = fopen(path, "rb");
	if (file) {
		len = fread(text, 1, sizeof(text), file);
		fclose(file);
		if (task_definition_parse(&def, text, len, why, sizeof(why)) == CAMP_OK)
			return def;
	}
	fprintf(stderr, "%s: %s\n", path, why);
	return NULL;
}

static bool
is_of_answers(const struct score_recovery *r)
{
	return strcmp(r->unit, "proportion") == 0 || strcmp(r->unit, "percent") == 0 ||
	       strcmp(r->unit, "z") == 0;
}

static bool
report(const char *task, const struct score_recovery *r, bool kept)
{
	bool bias = score_recovery_bias_meets(r),
	     coverage = score_recovery_coverage_meets(r);

	if (r->people == 0) {
		printf("%-16s %-24s %-5s no truth is known\n", task, r->name,
		       kept ? "kept" : "raw");
		return true;
	}
	printf("%-16s %-24s %-5s %9.4g %9.2g %9.2g %6.2f %% %6.1f %% %6.2f%s%s", task,
	       r->name, kept ? "kept" : "raw", r->truth, r->bias, r->bias_error,
	       100 * r->bias / fabs(r->scale), 100 * r->coverage, r->spread,
	       bias ? "" : "  BIAS", coverage ? "" : "  COVERAGE");
	if (r->undefined > 0)
		printf("  (not defined in %d)", r->undefined);
	printf("\n");
	return bias && coverage;
}

/*
 * Rare events tell little of their share in 2,000 people: where the bias is not known to
 * a quarter of its bar, so many times more people, without the rule of outliers, which is
 * about times alone.
 */
#define MORE 20

static void
sharpen(struct task_definition *def, const struct task_simulator *simulator, int people,
	bool kept, struct score_recovery *results, int n)
{
	struct score_recovery more[TASK_SCORES_MAX];
	double rule = def->exclusions.rt_mad;
	bool needed = false;

	for (int i = 0; i < n; i++)
		needed = needed || (is_of_answers(&results[i]) &&
				    !score_recovery_is_precise(&results[i]));
	if (!needed)
		return;
	def->exclusions.rt_mad = NAN;
	if (score_people(def, simulator, MORE * people, seed, kept, more) == n)
		for (int i = 0; i < n; i++)
			if (is_of_answers(&results[i])) {
				results[i].truth = more[i].truth;
				results[i].scale = more[i].scale;
				results[i].bias = more[i].bias;
				results[i].bias_error = more[i].bias_error;
			}
	def->exclusions.rt_mad = rule;
}

static bool
run_as(struct task_definition *def, const char *name,
       const struct task_simulator *simulator, int people)
{
	struct score_recovery results[TASK_SCORES_MAX];
	bool good = true;

	for (int kept = 0; kept < 2; kept++) {
		int n = score_people(def, simulator, people, seed, kept, results);

		good = good && n >= 0;
		sharpen(def, simulator, people, kept, results, n);
		for (int i = 0; i < n; i++)
			good = report(name, &results[i], kept) && good;
	}
	return good;
}

static bool
run(const char *dir, const struct task_simulator *simulator, int people)
{
	struct task_definition *def = read_definition(dir, simulator->scorer->task);
	bool good = def && run_as(def, def->name, simulator, people);
	char name[TASK_NAME_MAX + 16];

	/* A fixed difficulty has truths that one which follows the person has not. */
	if (def && score_people_hold_difficulty(def)) {
		snprintf(name, sizeof(name), "%s, fixed", def->name);
		good = run_as(def, name, simulator, people) && good;
	}
	task_definition_free(def);
	return good;
}

int
main(int argc, char **argv)
{
	const char *wish = getenv("CAMP_BENCH_SEED");
	bool good = true;

	if (argc < 3)
		return 2;
	if (wish)
		seed = strtoull(wish, NULL, 10);
	printf("%-16s %-24s %-5s %9s %9s %9s %8s %8s %6s\n", "task", "score", "trials",
	       "truth", "bias", "its error", "bias", "covered", "spread");
	for (int i = 0; i < task_simulators_n; i++) {
		bool wanted = argc == 3;

		for (int k = 3; k < argc; k++)
			wanted = wanted ||
				 strcmp(argv[k], task_simulators[i]->scorer->task) == 0;
		if (wanted)
			good = run(argv[1], task_simulators[i], atoi(argv[2])) && good;
		fflush(stdout);
	}
	return good ? 0 : 1;
}
