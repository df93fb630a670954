#include "models/tasks/simulate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/tasks/scorers.h"

/* Nobody is asked to be faster than this on average. */
#define MEAN_RT_MS_MIN 250.0

struct simulator {
	const struct task_scorer *scorer;
	struct task_population standard;
	/* Mean time and share correct of a person in a condition, from their effects. */
	double (*mean_rt_ms)(const struct task_condition *c, const double *truth);
	double (*accuracy)(const struct task_condition *c, const double *truth);
	/* The response given, from a condition and whether it is right. */
	int (*respond)(const struct task_definition *def, const struct task_condition *c,
		       bool correct, struct rng *rng);
};

/* Stroop */

enum { RT_CONGRUENT, STROOP_EFFECT, ACCURACY_CONGRUENT, ACCURACY_INCONGRUENT };

static bool
is_incongruent(const struct task_condition *c)
{
	return strcmp(c->name, "incongruent") == 0;
}

static double
stroop_mean_rt_ms(const struct task_condition *c, const double *truth)
{
	return truth[RT_CONGRUENT] + (is_incongruent(c) ? truth[STROOP_EFFECT] : 0);
}

static double
stroop_accuracy(const struct task_condition *c, const double *truth)
{
	return truth[is_incongruent(c) ? ACCURACY_INCONGRUENT : ACCURACY_CONGRUENT];
}

/* Every response is as often right as any other, so right and wrong ones look alike. */
static int
any_respond(const struct task_definition *def, const struct task_condition *c,
	    bool correct, struct rng *rng)
{
	return (int)rng_below(rng, (uint32_t)def->n_responses);
}

/* Flanker: the congruent time, what neutral and incongruent neighbours add to it. */

enum {
	FLANKER_RT_CONGRUENT,
	FLANKER_EFFECT,
	FLANKER_INTERFERENCE,
	FLANKER_CONGRUENT,
	FLANKER_NEUTRAL,
	FLANKER_INCONGRUENT
};

static bool
is_neutral(const struct task_condition *c)
{
	return strcmp(c->name, "neutral") == 0;
}

static double
flanker_mean_rt_ms(const struct task_condition *c, const double *truth)
{
	double incongruent = truth[FLANKER_RT_CONGRUENT] + truth[FLANKER_EFFECT];

	if (is_neutral(c))
		return incongruent - truth[FLANKER_INTERFERENCE];
	return is_incongruent(c) ? incongruent : truth[FLANKER_RT_CONGRUENT];
}

static double
flanker_accuracy(const struct task_condition *c, const double *truth)
{
	if (is_neutral(c))
		return truth[FLANKER_NEUTRAL];
	return truth[is_incongruent(c) ? FLANKER_INCONGRUENT : FLANKER_CONGRUENT];
}

/* Visual search */

enum {
	PRESENT_SLOPE,
	PRESENT_INTERCEPT,
	ABSENT_SLOPE,
	ABSENT_INTERCEPT,
	ACCURACY_PRESENT,
	ACCURACY_ABSENT
};

static double
search_mean_rt_ms(const struct task_condition *c, const double *truth)
{
	double slope = truth[c->target ? PRESENT_SLOPE : ABSENT_SLOPE];

	return truth[c->target ? PRESENT_INTERCEPT : ABSENT_INTERCEPT] +
	       slope * c->set_size;
}

static double
search_accuracy(const struct task_condition *c, const double *truth)
{
	return truth[c->target ? ACCURACY_PRESENT : ACCURACY_ABSENT];
}

static int
search_respond(const struct task_definition *def, const struct task_condition *c,
	       bool correct, struct rng *rng)
{
	return c->target == correct ? task_response_code(def, "present", 7)
				    : task_response_code(def, "absent", 6);
}

/*
 * Flanker: the conflict of students in the laboratory (Hedge et al. 2018: 46, sd 21 ms),
 * their times about 30 ms longer on the web. Stroop: the effect lies between a laboratory
 * and a web sample (Hedge et al. 2018: 78, sd 39 ms; Eisenberg et al. 2019: 129, sd 68
 * ms). Visual search: conjunction slopes of about 9 and 20 ms/item (Wolfe et al. 2010).
 * All else is plausible and no more.
 */
static const struct simulator simulators[] = {
	{.scorer = &stroop_scorer,
	 .standard = {.effects = {[RT_CONGRUENT] = {"rt_congruent", 660, 80, false},
				  [STROOP_EFFECT] = {"stroop_effect", 100, 40, false},
				  [ACCURACY_CONGRUENT] = {"accuracy_congruent", 0.97, 0.5,
							  true},
				  [ACCURACY_INCONGRUENT] = {"accuracy_incongruent", 0.94,
							    0.5, true}},
		      .sigma_share = 0.09,
		      .tau_share = 0.2,
		      .omissions = 0.003,
		      .practice = 0.05,
		      .day_sd = 0.03},
	 .mean_rt_ms = stroop_mean_rt_ms,
	 .accuracy = stroop_accuracy,
	 .respond = any_respond},
	{.scorer = &flanker_scorer,
	 .standard =
		 {.effects = {[FLANKER_RT_CONGRUENT] = {"rt_congruent", 450, 45, false},
			      [FLANKER_EFFECT] = {"flanker_effect", 46, 21, false},
			      [FLANKER_INTERFERENCE] = {"interference", 38, 18, false},
			      [FLANKER_CONGRUENT] = {"accuracy_congruent", 0.98, 0.5,
						     true},
			      [FLANKER_NEUTRAL] = {"accuracy_neutral", 0.98, 0.5, true},
			      [FLANKER_INCONGRUENT] = {"accuracy_incongruent", 0.94, 0.5,
						       true}},
		  .sigma_share = 0.09,
		  .tau_share = 0.15,
		  .omissions = 0.003,
		  .practice = 0.04,
		  .day_sd = 0.03},
	 .mean_rt_ms = flanker_mean_rt_ms,
	 .accuracy = flanker_accuracy,
	 .respond = any_respond},
	{.scorer = &visual_search_scorer,
	 .standard =
		 {.effects = {[PRESENT_SLOPE] = {"present_slope", 9, 2.5, false},
			      [PRESENT_INTERCEPT] = {"present_intercept", 480, 60, false},
			      [ABSENT_SLOPE] = {"absent_slope", 20, 5, false},
			      [ABSENT_INTERCEPT] = {"absent_intercept", 500, 60, false},
			      [ACCURACY_PRESENT] = {"accuracy_present", 0.94, 0.5, true},
			      [ACCURACY_ABSENT] = {"accuracy_absent", 0.975, 0.5, true}},
		  .sigma_share = 0.1,
		  .tau_share = 0.2,
		  .omissions = 0.002,
		  .practice = 0.05,
		  .day_sd = 0.03},
	 .mean_rt_ms = search_mean_rt_ms,
	 .accuracy = search_accuracy,
	 .respond = search_respond},
};

static const struct simulator *
simulator_find(const char *task)
{
	for (size_t i = 0; i < sizeof(simulators) / sizeof(simulators[0]); i++) {
		if (strcmp(simulators[i].scorer->task, task) == 0)
			return &simulators[i];
	}
	return NULL;
}

enum camp_err
task_population_standard(struct task_population *out, const char *task)
{
	const struct simulator *simulator = simulator_find(task);

	memset(out, 0, sizeof(*out));
	if (!simulator)
		return CAMP_ERR_NOT_FOUND;
	*out = simulator->standard;
	return CAMP_OK;
}

void
task_person_draw(struct task_person *out, const struct task_population *population,
		 struct rng *rng)
{
	memset(out, 0, sizeof(*out));
	for (int i = 0; i < TASK_EFFECTS_MAX && population->effects[i].score; i++) {
		const struct task_effect *e = &population->effects[i];
		double deviation = e->sd * rng_normal(rng);

		if (e->share)
			out->truth[i] =
				1 / (1 + (1 - e->mean) / e->mean * exp(-deviation));
		else
			out->truth[i] = e->mean + deviation;
	}
}

static int
standard_of(const struct task_definition *def, const char *parameter, int otherwise)
{
	const struct task_parameter *p = task_parameter_find(def, parameter);

	return p ? p->standard : otherwise;
}

/* One trial but for its place; pace multiplies the person's mean time. */
static struct trial
trial_draw(const struct simulator *simulator, const struct task_definition *def,
	   const struct task_population *population, const struct task_person *person,
	   int condition, double pace, double deadline_ms, struct rng *rng)
{
	const struct task_condition *c = &def->conditions[condition];
	double mean = pace * simulator->mean_rt_ms(c, person->truth);
	double rt_ms;
	struct trial t = {.trial = -1,
			  .condition = (int16_t)condition,
			  .response = -1,
			  .flags = person->touch ? TRIAL_TOUCH : 0,
			  .rt_ms = NAN,
			  .difficulty = NAN};

	mean = fmax(mean, MEAN_RT_MS_MIN);
	rt_ms = mean *
		(1 - population->tau_share + population->sigma_share * rng_normal(rng) +
		 population->tau_share * rng_exponential(rng));
	t.correct = rng_uniform(rng) < simulator->accuracy(c, person->truth);
	if (rng_uniform(rng) < population->omissions || rt_ms > deadline_ms) {
		t.correct = false;
		t.flags = TRIAL_TIMEOUT;
		return t;
	}
	t.rt_ms = (float)fmax(rt_ms, 1);
	t.response = (int16_t)simulator->respond(def, c, t.correct, rng);
	return t;
}

/* Each condition trials_per_cell times, in random order; NULL without memory. */
static int *
conditions_shuffled(const struct task_definition *def, size_t n, struct rng *rng)
{
	int *order = malloc(n * sizeof(*order));

	if (!order)
		return NULL;
	for (size_t i = 0; i < n; i++)
		order[i] = (int)(i % (size_t)def->n_conditions);
	rng_shuffle(rng, order, (uint32_t)n);
	return order;
}

enum camp_err
task_simulate(const struct task_definition *def, const struct task_population *population,
	      const struct task_person *person, int session, int trials_per_cell,
	      struct rng *rng, struct trial **out, size_t *n)
{
	const struct simulator *simulator = simulator_find(def->name);
	const struct task_parameter *per_cell =
		task_parameter_find(def, "trials_per_cell");
	int deadline_ms = standard_of(def, "deadline_ms", 10000);
	int lead_ms = standard_of(def, "fixation_ms", 0) + standard_of(def, "gap_ms", 0);
	double clock_ms = 0, pace;
	struct trial *trials;
	size_t count;
	int *order;

	*out = NULL;
	*n = 0;
	if (!simulator)
		return CAMP_ERR_NOT_FOUND;
	if (!simulator->scorer->fits(def) || !per_cell)
		return CAMP_ERR_INVALID;
	if (trials_per_cell == 0)
		trials_per_cell = per_cell->standard;
	if (trials_per_cell < per_cell->min || trials_per_cell > per_cell->max)
		return CAMP_ERR_INVALID;

	count = (size_t)trials_per_cell * (size_t)def->n_conditions;
	order = conditions_shuffled(def, count, rng);
	trials = malloc(count * sizeof(*trials));
	if (!order || !trials) {
		free(order);
		free(trials);
		return CAMP_ERR_MEMORY;
	}
	pace = pow(session + 1, -population->practice) *
	       exp(population->day_sd * rng_normal(rng));
	for (size_t i = 0; i < count; i++) {
		trials[i] = trial_draw(simulator, def, population, person, order[i], pace,
				       deadline_ms, rng);
		trials[i].seq = (int32_t)i;
		clock_ms += lead_ms;
		trials[i].onset_ms = clock_ms;
		clock_ms += isnan(trials[i].rt_ms) ? deadline_ms : trials[i].rt_ms;
	}
	free(order);
	*out = trials;
	*n = count;
	return CAMP_OK;
}
