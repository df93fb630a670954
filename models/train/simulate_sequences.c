#include "models/train/simulate_sequences.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/stats/rng.h"

#define CONDITIONS_MAX 8
/* Nobody answers faster than this. */
#define RT_MS_MIN 120.0

struct condition {
	const char *name; /* NULL ends the list */
	double weight;    /* share of trials, relative */
	double ms;        /* mean time above the task's base */
	double accuracy;
	bool conflict; /* its cost shrinks after another one */
	bool withhold; /* right is not to respond; its rt is that of the error */
	float parameters[SEQUENCE_PARAMETERS];
};

struct task {
	const char *name;
	double base_ms, between_ms; /* time of an easy trial; from answer to next onset */
	double deadline_ms;
	double effect_sd; /* of a person's multiple of the conditions' costs */
	struct condition conditions[CONDITIONS_MAX + 1];
};

#define NO_PARAMETERS \
	{ \
		NAN, NAN, NAN, NAN \
	}
#define SET_SIZE(n) \
	{ \
		n, NAN, NAN, NAN \
	}
#define LOAD(n) \
	{ \
		NAN, n, NAN, NAN \
	}
#define SOA(ms) \
	{ \
		NAN, NAN, ms, NAN \
	}

/*
 * stroop and visual-search: as in models/tasks/simulators (between Hedge et al. 2018 and
 * Eisenberg et al. 2019; slopes of Wolfe et al. 2010). flanker: 421.6 and 467.2 ms
 * (Hedge et al. 2018). cueing: invalid - valid 33 ms at 80 % validity (Hedge et al.
 * 2018). sart: 11 % no-go digits, commissions of .3 to .45, RT 330 to 400 ms (Robertson
 * et al. 1997, as commonly reported). simon, n-back: round numbers of their literatures.
 */
static const struct task tasks[] = {
	{"stroop",
	 660,
	 1000,
	 3000,
	 0.4,
	 {{"congruent", 1, 0, .97, false, false, NO_PARAMETERS},
	  {"incongruent", 1, 100, .94, true, false, NO_PARAMETERS}}},
	{"visual-search",
	 490,
	 1000,
	 10000,
	 0.25,
	 {{"present-3", 1, 27, .97, false, false, SET_SIZE(3)},
	  {"absent-3", 1, 60, .985, false, false, SET_SIZE(3)},
	  {"present-6", 1, 54, .96, false, false, SET_SIZE(6)},
	  {"absent-6", 1, 120, .98, false, false, SET_SIZE(6)},
	  {"present-12", 1, 108, .94, false, false, SET_SIZE(12)},
	  {"absent-12", 1, 240, .975, false, false, SET_SIZE(12)},
	  {"present-18", 1, 162, .91, false, false, SET_SIZE(18)},
	  {"absent-18", 1, 360, .97, false, false, SET_SIZE(18)}}},
	{"flanker",
	 420,
	 1000,
	 2000,
	 0.4,
	 {{"congruent", 1, 2, .98, false, false, NO_PARAMETERS},
	  {"neutral", 1, 0, .975, false, false, NO_PARAMETERS},
	  {"incongruent", 1, 47, .94, true, false, NO_PARAMETERS}}},
	{"simon",
	 430,
	 1000,
	 2000,
	 0.5,
	 {{"congruent", 3, 0, .985, false, false, NO_PARAMETERS},
	  {"incongruent", 1, 40, .93, true, false, NO_PARAMETERS}}},
	{"cueing",
	 380,
	 1500,
	 1500,
	 0.5,
	 {{"valid", 8, 0, .98, false, false, SOA(400)},
	  {"invalid", 2, 33, .96, false, false, SOA(400)}}},
	{"sart",
	 370,
	 750,
	 1150,
	 0.3,
	 {{"go", 8, 0, .985, false, false, NO_PARAMETERS},
	  {"no-go", 1, -40, .62, false, true, NO_PARAMETERS}}},
	{"n-back",
	 560,
	 2400,
	 2500,
	 0.4,
	 {{"target", 3, 40, .82, false, false, LOAD(2)},
	  {"non-target", 7, 0, .94, false, false, LOAD(2)}}},
};

#define N_TASKS (int)(sizeof(tasks) / sizeof(tasks[0]))

/* What stays with a person in all tasks and sessions. */
struct person {
	char name[64];
	double pace;     /* added to ln RT; sd .16 to .21 between people in Stroop data */
	double care;     /* added to the log odds of a right answer */
	double noise;    /* sd of the normal part of ln RT */
	double tail;     /* mean of its exponential part */
	double lapsing;  /* log odds that a lapse begins */
	double drift_sd; /* stationary */
	double slowing;  /* of ln RT after an error */
	double practised; /* gain a doubling of trials */
};

/* What moves from trial to trial of a session. */
struct state {
	double clock_ms, pace, drift;
	double after_error; /* what is left of the slowing */
	bool lapse, after_conflict;
	int done; /* trials of the task in earlier sessions and this one */
};

const char *
simulated_task(int i)
{
	return i >= 0 && i < N_TASKS ? tasks[i].name : NULL;
}

static const struct task *
find_task(const char *name)
{
	for (int i = 0; i < N_TASKS; i++) {
		if (strcmp(tasks[i].name, name) == 0)
			return &tasks[i];
	}
	return NULL;
}

static double
logistic(double x)
{
	return 1 / (1 + exp(-x));
}

static double
log_odds(double p)
{
	return log(p / (1 - p));
}

static void
draw_person(struct person *p, const struct simulated_people *what, int i)
{
	struct rng rng;

	rng_seed(&rng, what->seed, (uint64_t)i);
	snprintf(p->name, sizeof(p->name), "%s%04d", what->prefix ? what->prefix : "sim",
		 i + 1);
	p->pace = 0.16 * rng_normal(&rng);
	/* Slow people err a little less: the usual trade of speed for accuracy. */
	p->care = 0.6 * rng_normal(&rng) + 1.0 * p->pace;
	p->noise = 0.13 * exp(0.2 * rng_normal(&rng));
	p->tail = 0.11 * exp(0.3 * rng_normal(&rng));
	p->lapsing = -3.9 + 0.8 * rng_normal(&rng);
	p->drift_sd = 0.07 * exp(0.3 * rng_normal(&rng));
	p->slowing = 0.12 * exp(0.4 * rng_normal(&rng));
	p->practised = 0.02 * exp(0.3 * rng_normal(&rng));
}

static const struct condition *
draw_condition(const struct task *task, struct rng *rng, int *index)
{
	double total = 0, u;
	int i;

	for (i = 0; task->conditions[i].name; i++)
		total += task->conditions[i].weight;
	u = total * rng_uniform(rng);
	for (i = 0; task->conditions[i + 1].name; i++) {
		u -= task->conditions[i].weight;
		if (u < 0)
			break;
	}
	*index = i;
	return &task->conditions[i];
}

/* The state moves on before a trial. */
static void
advance(struct state *s, const struct person *p, double history, struct rng *rng)
{
	const double keep = 0.93;
	double enters = logistic(p->lapsing + 8 * history * s->drift);

	s->drift =
		keep * s->drift + p->drift_sd * sqrt(1 - keep * keep) * rng_normal(rng);
	/* Lapses last three trials on average; without history they come singly. */
	s->lapse = rng_uniform(rng) < (s->lapse && history > 0 ? 0.67 : enters);
}

static struct sequence_trial
draw_trial(const struct task *task, const struct condition *c, const struct person *p,
	   struct state *s, double effect, double history, struct rng *rng)
{
	double cost = c->ms * effect, mean, ln_rt, rt_ms, odds, uncaring;
	struct sequence_trial t = {.rt_ms = NAN, .onset_ms = s->clock_ms};

	memcpy(t.parameters, c->parameters, sizeof(t.parameters));
	/* Gratton et al. 1992: conflict costs less after a conflict. */
	if (c->conflict && s->after_conflict)
		cost *= 1 - 0.3 * history;
	mean = fmax(task->base_ms + cost, RT_MS_MIN);
	ln_rt = log(mean) + p->pace + s->pace + history * (s->drift + s->after_error) -
		p->practised * log2(1 + s->done / 50.0);
	ln_rt += p->noise * rng_normal(rng) + p->tail * (rng_exponential(rng) - 1);
	odds = log_odds(c->accuracy) + p->care;
	/* Drawn also when unused, so that one person's numbers stay in step. */
	uncaring = rng_exponential(rng);
	if (s->lapse) {
		ln_rt += 0.35 * uncaring;
		odds -= 1.5;
	}
	t.correct = rng_uniform(rng) < logistic(odds);
	rt_ms = fmax(exp(ln_rt), RT_MS_MIN);
	if (rng_uniform(rng) < (s->lapse ? 0.06 : 0.001) || rt_ms > task->deadline_ms) {
		t.correct = c->withhold;
	} else if (!(c->withhold && t.correct)) {
		t.rt_ms = (float)(round(rt_ms * 10) / 10);
	}
	return t;
}

struct session {
	const struct simulated_people *what;
	const struct task *task;
	const struct person *person;
	double effect; /* the person's multiple of the conditions' costs */
	int number;
};

static enum camp_err
draw_session(const struct session *x, struct rng *rng, simulated_row *sink, void *arg)
{
	const double history = x->what->history;
	struct state s = {.pace = 0.04 * rng_normal(rng),
			  .drift = x->person->drift_sd * rng_normal(rng),
			  .done = x->number * x->what->trials};
	char label[16];
	struct dataset_row row = {.participant = x->person->name,
				  .session = label,
				  .task = x->task->name};
	enum camp_err err = CAMP_OK;

	snprintf(label, sizeof(label), "%d", x->number + 1);
	for (int i = 0; err == CAMP_OK && i < x->what->trials; i++) {
		const struct condition *c;
		bool late;
		int index;

		c = draw_condition(x->task, rng, &index);
		advance(&s, x->person, history, rng);
		row.condition = c->name;
		row.number = i + 1;
		row.trial =
			draw_trial(x->task, c, x->person, &s, x->effect, history, rng);
		late = isnan(row.trial.rt_ms);
		s.clock_ms += (late ? x->task->deadline_ms : row.trial.rt_ms) +
			      x->task->between_ms;
		s.after_conflict = c->conflict;
		s.after_error =
			row.trial.correct ? 0.45 * s.after_error : x->person->slowing;
		s.done++;
		err = sink(arg, &row);
	}
	return err;
}

static enum camp_err
draw_sessions(const struct simulated_people *what, const struct person *person, int i,
	      int number, simulated_row *sink, void *arg)
{
	int n = what->tasks ? what->n_tasks : N_TASKS;
	enum camp_err err = CAMP_OK;

	for (int k = 0; err == CAMP_OK && k < n; k++) {
		struct session x = {.what = what, .person = person, .number = number};
		struct rng rng;

		x.task = what->tasks ? find_task(what->tasks[k]) : &tasks[k];
		/* A stream for each person and task, and one for each of their sessions.
		 */
		rng_seed(&rng, what->seed ^ UINT64_C(0x7461736b),
			 (uint64_t)i * N_TASKS + (uint64_t)(x.task - tasks));
		x.effect = fmax(1 + x.task->effect_sd * rng_normal(&rng), 0);
		rng_seed(&rng, rng_next(&rng), (uint64_t)number);
		err = draw_session(&x, &rng, sink, arg);
	}
	return err;
}

enum camp_err
simulate_rows(const struct simulated_people *what, simulated_row *sink, void *arg)
{
	enum camp_err err = CAMP_OK;

	if (what->people < 1 || what->sessions < 1 || what->trials < 1 ||
	    (what->tasks && what->n_tasks < 1))
		return CAMP_ERR_INVALID;
	for (int k = 0; what->tasks && k < what->n_tasks; k++) {
		if (!find_task(what->tasks[k]))
			return CAMP_ERR_NOT_FOUND;
	}
	for (int i = 0; err == CAMP_OK && i < what->people; i++) {
		struct person person;

		draw_person(&person, what, i);
		for (int s = 0; err == CAMP_OK && s < what->sessions; s++)
			err = draw_sessions(what, &person, i, s, sink, arg);
	}
	return err;
}

static enum camp_err
add_row(void *arg, const struct dataset_row *row)
{
	return dataset_add(arg, row);
}

enum camp_err
simulate_sequences(struct dataset *data, const struct simulated_people *what)
{
	return simulate_rows(what, add_row, data);
}
