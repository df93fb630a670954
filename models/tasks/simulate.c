#include "models/tasks/simulate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MATHLIB_STANDALONE 1
#include <Rmath.h>

#include "models/tasks/simulators.h"

/* Nobody is asked to be faster than this on average, or steadier. */
#define MEAN_RT_MS_MIN 150.0
#define CV_MIN 0.02

const struct task_simulator *const task_simulators[] = {
#define TASK(name) &name##_simulator,
#include "models/tasks/tasks.def"
#undef TASK
};
const int task_simulators_n = (int)(sizeof(task_simulators) / sizeof(task_simulators[0]));

static const struct task_simulator *
simulator_find(const char *task)
{
	for (int i = 0; i < task_simulators_n; i++) {
		if (strcmp(task_simulators[i]->scorer->task, task) == 0)
			return task_simulators[i];
	}
	return NULL;
}

int
task_simulate_parameter(const struct task_definition *def, const char *name,
			int otherwise)
{
	const struct task_parameter *p = task_parameter_find(def, name);

	return p ? p->standard : otherwise;
}

enum camp_err
task_population_standard(struct task_population *out, const char *task)
{
	const struct task_simulator *simulator = simulator_find(task);

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

/* ---- the law of a person's times ---- */

static struct stat_exgauss
law_of(const struct task_simulator *simulator, const struct task_population *population,
       const double *truth, double mean_ms)
{
	double sigma = population->sigma_share, tau = population->tau_share;

	mean_ms = fmax(mean_ms, MEAN_RT_MS_MIN);
	if (simulator->cv) {
		double scale = fmax(simulator->cv(truth), CV_MIN) / hypot(sigma, tau);

		sigma *= scale;
		tau *= scale;
	}
	return (struct stat_exgauss){mean_ms * (1 - tau), mean_ms * sigma, mean_ms * tau};
}

double
task_run_rt_ms(struct task_run *run, double mean_ms)
{
	struct stat_exgauss law = law_of(run->simulator, run->population,
					 run->person->truth, run->pace * mean_ms);

	return law.mu + law.sigma * rng_normal(run->rng) +
	       law.tau * rng_exponential(run->rng);
}

double
task_share_yes(double d_prime, double criterion, bool signal)
{
	return pnorm((signal ? 0.5 : -0.5) * d_prime - criterion, 0, 1, 1, 0);
}

/* ---- trials ---- */

static int
respond(struct task_run *run, const struct task_condition *c, bool correct)
{
	const struct task_definition *def = run->def;

	if (run->simulator->respond)
		return run->simulator->respond(def, c, correct, run->rng);
	/* Every one is as often right as any other, so right and wrong look alike. */
	return (int)rng_below(run->rng, (uint32_t)def->n_responses);
}

struct trial
task_run_draw(struct task_run *run, int condition, double mean_ms, double accuracy)
{
	const struct task_simulator *simulator = run->simulator;
	const struct task_condition *c = &run->def->conditions[condition];
	bool withholds = simulator->withholds && simulator->withholds(c), silent;
	double rt_ms = task_run_rt_ms(run, mean_ms);
	struct trial t = {.trial = -1,
			  .condition = (int16_t)condition,
			  .response = -1,
			  .flags = run->person->touch ? TRIAL_TOUCH : 0,
			  .rt_ms = NAN,
			  .difficulty = NAN};

	t.correct = rng_uniform(run->rng) < accuracy;
	silent = rng_uniform(run->rng) < run->population->omissions ||
		 rt_ms > run->deadline_ms;
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
	t.response = (int16_t)respond(run, c, t.correct);
	return t;
}

double
task_run_level(struct task_run *run, double otherwise)
{
	return run->adaptive ? (double)adaptive_next(run->adaptive) : otherwise;
}

void
task_run_wait(struct task_run *run, double ms)
{
	run->clock_ms += ms;
}

void
task_run_add(struct task_run *run, struct trial trial)
{
	bool fixed = run->simulator->lasts_ms != NULL;

	if (run->n == run->cap) {
		size_t cap = run->cap ? 2 * run->cap : 256;
		struct trial *more = realloc(run->trials, cap * sizeof(*more));

		if (!more) {
			run->err = CAMP_ERR_MEMORY;
			return;
		}
		run->trials = more;
		run->cap = cap;
	}
	if (run->adaptive) {
		trial.difficulty = adaptive_next(run->adaptive);
		adaptive_outcome(run->adaptive, trial.difficulty, trial.correct);
	}
	trial.seq = (int32_t)run->n;
	run->clock_ms += run->lead_ms;
	trial.onset_ms = run->clock_ms;
	run->clock_ms +=
		fixed || isnan(trial.rt_ms) ? run->deadline_ms : (double)trial.rt_ms;
	run->trials[run->n++] = trial;
}

static int
trials_of(const struct task_simulator *simulator, const struct task_definition *def,
	  int condition, int count)
{
	return simulator->trials_of
		       ? simulator->trials_of(def, &def->conditions[condition], count)
		       : count;
}

/* Each condition as often as it should be, in random order; NULL without memory. */
static int *
conditions_shuffled(struct task_run *run, size_t n)
{
	int *order = malloc((n + 1) * sizeof(*order));

	if (!order)
		return NULL;
	/* In turn, each until it has its number. */
	for (size_t at = 0, turn = 0; at < n; turn++)
		for (int c = 0; c < run->def->n_conditions; c++)
			if (turn <
			    (size_t)trials_of(run->simulator, run->def, c, run->count))
				order[at++] = c;
	rng_shuffle(run->rng, order, (uint32_t)n);
	return order;
}

static void
independent_session(struct task_run *run)
{
	const struct task_simulator *simulator = run->simulator;
	size_t n = 0;
	int *order;

	for (int c = 0; c < run->def->n_conditions; c++)
		n += (size_t)trials_of(simulator, run->def, c, run->count);
	order = conditions_shuffled(run, n);
	if (!order) {
		run->err = CAMP_ERR_MEMORY;
		return;
	}
	for (size_t i = 0; run->err == CAMP_OK && i < n; i++) {
		const struct task_condition *c = &run->def->conditions[order[i]];

		task_run_add(run,
			     task_run_draw(run, order[i],
					   simulator->mean_rt_ms(c, run->person->truth),
					   simulator->accuracy(c, run->person->truth)));
	}
	free(order);
}

/* ---- a session ---- */

/* The simulator of a definition, and its count with 0 for the standard replaced. */
static enum camp_err
find(const struct task_definition *def, const struct task_simulator **simulator,
     int *count)
{
	const struct task_parameter *p;

	*simulator = simulator_find(def->name);
	if (!*simulator)
		return CAMP_ERR_NOT_FOUND;
	p = task_parameter_find(def, (*simulator)->count_parameter
					     ? (*simulator)->count_parameter
					     : "trials_per_cell");
	if (!(*simulator)->scorer->fits(def) || !p)
		return CAMP_ERR_INVALID;
	if (*count == 0)
		*count = p->standard;
	return *count >= p->min && *count <= p->max ? CAMP_OK : CAMP_ERR_INVALID;
}

static enum camp_err
adaptive_open(struct task_run *run, const struct task_visit *visit)
{
	void *memory;

	if (!run->def->adapts || !task_simulate_parameter(run->def, "adaptive", 1))
		return CAMP_OK;
	memory = malloc(adaptive_size(&run->def->adaptive));
	if (!memory)
		return CAMP_ERR_MEMORY;
	run->adaptive = adaptive_init(memory, &run->def->adaptive);
	adaptive_start(run->adaptive, visit->ability, visit->seed);
	return CAMP_OK;
}

enum camp_err
task_simulate(const struct task_definition *def, const struct task_population *population,
	      const struct task_person *person, const struct task_visit *visit,
	      struct rng *rng, struct trial **out, size_t *n)
{
	struct task_run run = {.def = def,
			       .population = population,
			       .person = person,
			       .rng = rng,
			       .count = visit->count};
	enum camp_err err = find(def, &run.simulator, &run.count);

	*out = NULL;
	*n = 0;
	if (err != CAMP_OK)
		return err;
	err = adaptive_open(&run, visit);
	if (err != CAMP_OK)
		return err;
	run.deadline_ms = run.simulator->lasts_ms
				  ? run.simulator->lasts_ms(def)
				  : task_simulate_parameter(def, "deadline_ms", 10000);
	run.lead_ms = task_simulate_parameter(def, "fixation_ms", 0) +
		      task_simulate_parameter(def, "gap_ms", 0) +
		      (task_simulate_parameter(def, "foreperiod_min_ms", 0) +
		       task_simulate_parameter(def, "foreperiod_max_ms", 0)) /
			      2;
	run.pace = pow(visit->number + 1, -population->practice) *
		   exp(population->day_sd * rng_normal(rng));
	if (run.simulator->session)
		run.simulator->session(&run);
	else
		independent_session(&run);
	free(run.adaptive);
	if (run.err != CAMP_OK) {
		free(run.trials);
		return run.err;
	}
	*out = run.trials;
	*n = run.n;
	return CAMP_OK;
}

/* ---- truths ---- */

enum camp_err
task_truths(const struct task_definition *def, const struct task_population *population,
	    const struct task_person *person, int count, bool kept, double *out)
{
	struct task_truth t = {.def = def,
			       .population = population,
			       .person = person,
			       .count = count,
			       .kept = kept};
	enum camp_err err = find(def, &t.simulator, &t.count);

	if (err != CAMP_OK)
		return err;
	for (int i = 0; i < t.simulator->scorer->n_values; i++)
		out[i] = NAN;
	if (t.simulator->truth)
		t.simulator->truth(&t, out);
	return CAMP_OK;
}

int
task_truth_trials(const struct task_truth *t, int condition)
{
	return trials_of(t->simulator, t->def, condition, t->count);
}

/* What can be answered at all, with the answers that count as too fast left out. */
static struct stat_exgauss_part
answers_of(const struct task_truth *t, int condition)
{
	const struct task_simulator *s = t->simulator;
	const struct task_condition *c = &t->def->conditions[condition];
	struct stat_exgauss law = law_of(s, t->population, t->person->truth,
					 s->mean_rt_ms(c, t->person->truth));
	double fastest = t->def->exclusions.rt_min_ms;

	return stat_exgauss_between(&law,
				    t->kept && !isnan(fastest) ? fastest : -INFINITY,
				    s->lasts_ms ? s->lasts_ms(t->def)
						: task_simulate_parameter(t->def,
									  "deadline_ms",
									  10000));
}

struct stat_exgauss_part
task_truth_times(const struct task_truth *t, int condition)
{
	const struct task_exclusions *e = &t->def->exclusions;
	struct stat_exgauss_part part = answers_of(t, condition);

	if (!t->kept)
		return part;
	if (!isnan(e->rt_max_ms))
		part = stat_exgauss_between(&part.law, part.low,
					    fmin(part.high, e->rt_max_ms));
	return isnan(e->rt_mad) ? part : stat_exgauss_without_outliers(&part, e->rt_mad);
}

static double
identity(double x, const void *arg)
{
	return x;
}

static double
square_about(double x, const void *arg)
{
	const double *centre = arg;

	return (x - *centre) * (x - *centre);
}

double
task_truth_rt(const struct task_truth *t, int condition)
{
	struct stat_exgauss_part part = task_truth_times(t, condition);

	return stat_exgauss_part_mean(&part, identity, NULL);
}

double
task_truth_rt_cv(const struct task_truth *t, int condition)
{
	struct stat_exgauss_part part = task_truth_times(t, condition);
	double mean = stat_exgauss_part_mean(&part, identity, NULL);

	return sqrt(stat_exgauss_part_mean(&part, square_about, &mean)) / mean;
}

/*
 * Where an answer is wanted, it is correct when it is right, in time and not left out.
 * Where none is, withholding is right, and a press too fast does not count.
 */
static void
correct_in(const struct task_truth *t, int condition, double *correct, double *counted)
{
	const struct task_simulator *s = t->simulator;
	const struct task_condition *c = &t->def->conditions[condition];
	struct stat_exgauss_part part = answers_of(t, condition);
	double accuracy = s->accuracy(c, t->person->truth);
	double answered = 1 - t->population->omissions;
	bool withholds = s->withholds && s->withholds(c);
	/* Presses of tasks with one response; answers, right or wrong, of others. */
	double pressed = s->withholds ? (withholds ? 1 - accuracy : accuracy) : 1;

	if (s->errors_are_early)
		pressed = accuracy;
	*counted = 1 - pressed * answered * part.below;
	*correct = withholds ? 1 - pressed * answered * (part.below + part.share)
			     : accuracy * answered * part.share;
}

double
task_truth_accuracy(const struct task_truth *t, const bool *wanted)
{
	double sum = 0, all = 0;

	for (int c = 0; c < t->def->n_conditions; c++) {
		double correct, counted;
		int n = task_truth_trials(t, c);

		if (!wanted[c])
			continue;
		correct_in(t, c, &correct, &counted);
		sum += n * correct;
		all += n * counted;
	}
	return sum / all;
}

double
task_truth_accuracy_in(const struct task_truth *t, int condition)
{
	bool wanted[TASK_NAMES_MAX] = {false};

	wanted[condition] = true;
	return task_truth_accuracy(t, wanted);
}

double
task_truth_accuracy_all(const struct task_truth *t)
{
	bool wanted[TASK_NAMES_MAX];

	for (int i = 0; i < TASK_NAMES_MAX; i++)
		wanted[i] = true;
	return task_truth_accuracy(t, wanted);
}
