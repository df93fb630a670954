#include "tests/support/score_people.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sums {
	double truth, error, squares, z, z_squares;
	int people, undefined, covered, with_z;
};

static void
add(struct sums *s, const struct task_score_value *v, bool kept, double truth)
{
	double value = kept ? v->value : v->raw_value;
	double se = kept ? v->standard_error : v->raw_standard_error;
	struct stat_interval interval = task_score_interval(v, kept);
	double error = value - truth;

	if (isnan(truth))
		return;
	if (isnan(value)) {
		s->undefined++;
		return;
	}
	s->people++;
	s->truth += truth;
	s->error += error;
	s->squares += error * error;
	/* No interval covers nothing. */
	s->covered += interval.low <= truth && truth <= interval.high;
	if (se > 0) {
		s->with_z++;
		s->z += error / se;
		s->z_squares += error / se * (error / se);
	}
}

static struct score_recovery
recovery_of(const struct sums *s, const char *name, const char *unit)
{
	struct score_recovery r = {.name = name,
				   .unit = unit,
				   .people = s->people,
				   .undefined = s->undefined};
	double n = s->people, mean;

	if (n == 0)
		return r;
	r.truth = s->truth / n;
	r.bias = s->error / n;
	r.bias_error = sqrt((s->squares / n - r.bias * r.bias) / n);
	r.coverage = s->covered / n;
	mean = s->z / s->with_z;
	r.spread = sqrt(s->z_squares / s->with_z - mean * mean);
	return r;
}

/* One person's first session, drawn again until it is usable. */
static enum camp_err
draw(const struct task_definition *def, const struct task_population *population,
     struct rng *rng, struct task_person *person, struct task_score_set *set)
{
	enum camp_err err;

	do {
		struct task_visit visit = {.seed = (uint32_t)rng_next(rng)};
		struct trial *trials = NULL;
		size_t n;

		task_person_draw(person, population, rng);
		err = task_simulate(def, population, person, &visit, rng, &trials, &n);
		if (err == CAMP_OK)
			err = task_score(def, trials, n, set);
		free(trials);
	} while (err == CAMP_OK && !set->usable);
	return err;
}

/*
 * A criterion may be 0 in a person without bias, and shares its unit and both of its
 * terms with d', which is its scale. Every other score is its own.
 */
static void
set_scales(struct score_recovery *r, int n)
{
	for (int i = 0; i < n; i++) {
		r[i].scale = r[i].truth;
		for (int k = 0; strcmp(r[i].name, "criterion") == 0 && k < n; k++)
			if (strcmp(r[k].name, "d_prime") == 0)
				r[i].scale = r[k].truth;
	}
}

int
score_people(const struct task_definition *def, const struct task_simulator *simulator,
	     int people, uint64_t seed, bool kept, struct score_recovery *out)
{
	const struct task_scorer *scorer = simulator->scorer;
	struct task_population population = simulator->standard;
	struct sums sums[TASK_SCORES_MAX] = {0};
	struct task_person person;
	struct task_score_set set;
	struct rng rng;

	/* A day's own pace is no error of a score. */
	population.day_sd = 0;
	rng_seed(&rng, seed, 0);
	for (int i = 0; i < people; i++) {
		double truths[TASK_SCORES_MAX];

		if (draw(def, &population, &rng, &person, &set) != CAMP_OK ||
		    task_truths(def, &population, &person, 0, kept, truths) != CAMP_OK)
			return -1;
		for (int v = 0; v < scorer->n_values; v++)
			add(&sums[v], &set.values[v], kept, truths[v]);
	}
	for (int v = 0; v < scorer->n_values; v++)
		out[v] = recovery_of(&sums[v], scorer->values[v].name,
				     scorer->values[v].unit);
	set_scales(out, scorer->n_values);
	return scorer->n_values;
}

bool
score_people_hold_difficulty(struct task_definition *def)
{
	for (int i = 0; i < def->n_parameters; i++) {
		struct task_parameter *p = &def->parameters[i];

		if (strcmp(p->name, "adaptive") == 0 && p->standard != 0) {
			p->standard = 0;
			return true;
		}
	}
	return false;
}

static double
bias_bar(const struct score_recovery *r)
{
	double bar = 0.02 * fabs(r->scale);

	/* Of a slope, a millisecond over the fifteen items between few and many. */
	if (strcmp(r->unit, "ms/item") == 0)
		return fmax(bar, 1 / 15.0);
	return strcmp(r->unit, "ms") == 0 ? fmax(bar, 1) : bar;
}

bool
score_recovery_is_precise(const struct score_recovery *r)
{
	return r->people == 0 || r->bias_error < bias_bar(r) / 4;
}

bool
score_recovery_bias_meets(const struct score_recovery *r)
{
	return fabs(r->bias) < bias_bar(r);
}

bool
score_recovery_coverage_meets(const struct score_recovery *r)
{
	return r->coverage >= 0.93 && r->coverage <= 0.97;
}
