#include "models/tasks/simulate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/tasks/scorers.h"

/* Nobody is asked to be faster than this on average. */
#define MEAN_RT_MS_MIN 150.0

struct simulator {
	const struct task_scorer *scorer;
	struct task_population standard;
	/* Mean time and share correct of a person in a condition, from their effects. */
	double (*mean_rt_ms)(const struct task_condition *c, const double *truth);
	double (*accuracy)(const struct task_condition *c, const double *truth);
	/* The response given, from a condition and whether it is right. */
	int (*respond)(const struct task_definition *def, const struct task_condition *c,
		       bool correct, struct rng *rng);

	/* The rest is for tasks that need it; NULL: the usual. */

	/* Where no response is right, in tasks of one response; else every trial has one.
	 */
	bool (*withholds)(const struct task_condition *c);
	/* Trials of a condition for `count` of the parameter; else as many as `count`. */
	int (*trials_of)(const struct task_definition *def,
			 const struct task_condition *c, int count);
	/* Errors are presses before the stimulus, stored with a time of 0. */
	bool errors_are_early;
	const char *count_parameter; /* else "trials_per_cell" */
	/* How long every trial lasts, for those that the answer does not end. */
	int (*lasts_ms)(const struct task_definition *def);
	/* The person's sd over mean; else as the population's shares have it. */
	double (*cv)(const double *truth);
};

static int
standard_of(const struct task_definition *def, const char *parameter, int otherwise)
{
	const struct task_parameter *p = task_parameter_find(def, parameter);

	return p ? p->standard : otherwise;
}

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

/* Cueing: mostly valid arrows, and what an invalid one costs. */

enum { CUEING_RT_VALID, CUEING_EFFECT, CUEING_VALID, CUEING_INVALID };

static bool
is_invalid(const struct task_condition *c)
{
	return strcmp(c->name, "invalid") == 0;
}

static double
cueing_mean_rt_ms(const struct task_condition *c, const double *truth)
{
	return truth[CUEING_RT_VALID] + (is_invalid(c) ? truth[CUEING_EFFECT] : 0);
}

static double
cueing_accuracy(const struct task_condition *c, const double *truth)
{
	return truth[is_invalid(c) ? CUEING_INVALID : CUEING_VALID];
}

static int
cueing_trials_of(const struct task_definition *def, const struct task_condition *c,
		 int count)
{
	int valid = (int)lround(count * standard_of(def, "valid_percent", 80) / 100.0);

	return is_invalid(c) ? count - valid : valid;
}

/* Vigilance: one press as fast as possible. */

enum { PVT_RT, PVT_FALSE_STARTS };

static double
pvt_mean_rt_ms(const struct task_condition *c, const double *truth)
{
	return truth[PVT_RT];
}

static double
pvt_accuracy(const struct task_condition *c, const double *truth)
{
	return 1 - truth[PVT_FALSE_STARTS];
}

/* The mean wait, and what the design takes an answer for. */
static double
pvt_trial_ms(const struct task_definition *def)
{
	return (standard_of(def, "foreperiod_min_ms", 1000) +
		standard_of(def, "foreperiod_max_ms", 4000)) /
		       2.0 +
	       300;
}

static int
pvt_trials_of(const struct task_definition *def, const struct task_condition *c,
	      int count)
{
	return (int)lround(1000 * count / pvt_trial_ms(def));
}

/* Sustained attention: presses for all but one of nine digits. */

enum { SART_COMMISSIONS, SART_OMISSIONS, SART_RT, SART_CV };

static bool
is_nogo(const struct task_condition *c)
{
	return strcmp(c->name, "nogo") == 0;
}

static double
sart_mean_rt_ms(const struct task_condition *c, const double *truth)
{
	return truth[SART_RT];
}

static double
sart_accuracy(const struct task_condition *c, const double *truth)
{
	return 1 - truth[is_nogo(c) ? SART_COMMISSIONS : SART_OMISSIONS];
}

static int
sart_trials_of(const struct task_definition *def, const struct task_condition *c,
	       int count)
{
	return is_nogo(c) ? count : 8 * count;
}

static int
sart_lasts_ms(const struct task_definition *def)
{
	return standard_of(def, "digit_ms", 250) + standard_of(def, "mask_ms", 900);
}

static double
sart_cv(const double *truth)
{
	return truth[SART_CV];
}

/*
 * Flanker: the conflict of students in the laboratory (Hedge et al. 2018: 46, sd 21 ms),
 * their times about 30 ms longer on the web. Stroop: the effect lies between a laboratory
 * and a web sample (Hedge et al. 2018: 78, sd 39 ms; Eisenberg et al. 2019: 129, sd 68
 * ms). Visual search: conjunction slopes of about 9 and 20 ms/item (Wolfe et al. 2010).
 * Cueing: 33, sd 25.5 ms (Hedge et al. 2018). Sustained attention: customary ranges
 * (tasks/sart/reference.json). All else is plausible and no more.
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
	{.scorer = &cueing_scorer,
	 .standard = {.effects = {[CUEING_RT_VALID] = {"rt_valid", 480, 50, false},
				  [CUEING_EFFECT] = {"validity_effect", 33, 25.5, false},
				  [CUEING_VALID] = {"accuracy_valid", 0.97, 0.5, true},
				  [CUEING_INVALID] = {"accuracy_invalid", 0.95, 0.5,
						      true}},
		      .sigma_share = 0.09,
		      .tau_share = 0.15,
		      .omissions = 0.003,
		      .practice = 0.03,
		      .day_sd = 0.03},
	 .mean_rt_ms = cueing_mean_rt_ms,
	 .accuracy = cueing_accuracy,
	 .respond = any_respond,
	 .trials_of = cueing_trials_of,
	 .count_parameter = "trials"},
	{.scorer = &pvt_scorer,
	 .standard = {.effects = {[PVT_RT] = {"rt_mean", 300, 30, false},
				  [PVT_FALSE_STARTS] = {"false_start_rate", 0.02, 0.7,
							true}},
		      .sigma_share = 0.08,
		      .tau_share = 0.15,
		      .omissions = 0.002,
		      .practice = 0.01,
		      .day_sd = 0.04},
	 .mean_rt_ms = pvt_mean_rt_ms,
	 .accuracy = pvt_accuracy,
	 .respond = any_respond,
	 .trials_of = pvt_trials_of,
	 .count_parameter = "duration_s",
	 .errors_are_early = true},
	{.scorer = &sart_scorer,
	 .standard = {.effects = {[SART_COMMISSIONS] = {"commission_rate", 0.37, 0.7,
							true},
				  [SART_OMISSIONS] = {"omission_rate", 0.02, 0.6, true},
				  [SART_RT] = {"rt_go", 365, 40, false},
				  [SART_CV] = {"rt_cv", 0.24, 0.03, false}},
		      .sigma_share = 0.15,
		      .tau_share = 0.15,
		      .practice = 0.02,
		      .day_sd = 0.03},
	 .mean_rt_ms = sart_mean_rt_ms,
	 .accuracy = sart_accuracy,
	 .respond = any_respond,
	 .withholds = is_nogo,
	 .trials_of = sart_trials_of,
	 .count_parameter = "trials_per_digit",
	 .lasts_ms = sart_lasts_ms,
	 .cv = sart_cv},
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

/* One trial but for its place; pace multiplies the person's mean time. */
static struct trial
trial_draw(const struct simulator *simulator, const struct task_definition *def,
	   const struct task_population *population, const struct task_person *person,
	   int condition, double pace, double deadline_ms, struct rng *rng)
{
	const struct task_condition *c = &def->conditions[condition];
	double mean = pace * simulator->mean_rt_ms(c, person->truth);
	double sigma = population->sigma_share, tau = population->tau_share, rt_ms;
	bool withholds = simulator->withholds && simulator->withholds(c), silent;
	struct trial t = {.trial = -1,
			  .condition = (int16_t)condition,
			  .response = -1,
			  .flags = person->touch ? TRIAL_TOUCH : 0,
			  .rt_ms = NAN,
			  .difficulty = NAN};

	mean = fmax(mean, MEAN_RT_MS_MIN);
	if (simulator->cv) {
		double scale =
			fmax(simulator->cv(person->truth), 0.02) / hypot(sigma, tau);

		sigma *= scale;
		tau *= scale;
	}
	rt_ms = mean * (1 - tau + sigma * rng_normal(rng) + tau * rng_exponential(rng));
	t.correct = rng_uniform(rng) < simulator->accuracy(c, person->truth);
	silent = rng_uniform(rng) < population->omissions || rt_ms > deadline_ms;
	if (simulator->withholds && withholds == t.correct)
		silent = true;
	if (silent) {
		t.correct = withholds;
		t.flags = withholds ? 0 : TRIAL_TIMEOUT;
		return t;
	}
	t.rt_ms = (float)fmax(rt_ms, 1);
	if (simulator->errors_are_early && !t.correct)
		t.rt_ms = 0;
	t.response = (int16_t)simulator->respond(def, c, t.correct, rng);
	return t;
}

static int
trials_of(const struct simulator *simulator, const struct task_definition *def,
	  int condition, int count)
{
	return simulator->trials_of
		       ? simulator->trials_of(def, &def->conditions[condition], count)
		       : count;
}

/* Each condition as often as it should be, in random order; NULL without memory. */
static int *
conditions_shuffled(const struct simulator *simulator, const struct task_definition *def,
		    int count, size_t n, struct rng *rng)
{
	int *order = malloc((n + 1) * sizeof(*order));

	if (!order)
		return NULL;
	/* In turn, each until it has its number. */
	for (size_t at = 0, turn = 0; at < n; turn++)
		for (int c = 0; c < def->n_conditions; c++)
			if (turn < (size_t)trials_of(simulator, def, c, count))
				order[at++] = c;
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
		simulator ? task_parameter_find(def, simulator->count_parameter
							     ? simulator->count_parameter
							     : "trials_per_cell")
			  : NULL;
	int deadline_ms = standard_of(def, "deadline_ms", 10000);
	int lead_ms = standard_of(def, "fixation_ms", 0) + standard_of(def, "gap_ms", 0) +
		      (standard_of(def, "foreperiod_min_ms", 0) +
		       standard_of(def, "foreperiod_max_ms", 0)) /
			      2;
	double clock_ms = 0, pace, took_ms;
	bool fixed;
	struct trial *trials;
	size_t count = 0;
	int *order;

	*out = NULL;
	*n = 0;
	if (!simulator)
		return CAMP_ERR_NOT_FOUND;
	if (!simulator->scorer->fits(def) || !per_cell)
		return CAMP_ERR_INVALID;
	fixed = simulator->lasts_ms != NULL;
	if (fixed)
		deadline_ms = simulator->lasts_ms(def);
	if (trials_per_cell == 0)
		trials_per_cell = per_cell->standard;
	if (trials_per_cell < per_cell->min || trials_per_cell > per_cell->max)
		return CAMP_ERR_INVALID;

	for (int c = 0; c < def->n_conditions; c++)
		count += (size_t)trials_of(simulator, def, c, trials_per_cell);
	order = conditions_shuffled(simulator, def, trials_per_cell, count, rng);
	trials = malloc((count + 1) * sizeof(*trials));
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
		took_ms = fixed || isnan(trials[i].rt_ms) ? deadline_ms : trials[i].rt_ms;
		clock_ms += took_ms;
	}
	free(order);
	*out = trials;
	*n = count;
	return CAMP_OK;
}
