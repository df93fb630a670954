/**
 * The table of simulators (tasks.def); one file of models/tasks/simulators each.
 *
 * Most tasks ask for independent trials of some conditions: their simulator says the mean
 * time and the share correct of a person in each, and simulate.c does the rest. A task
 * whose trials depend on the answers (stop rules, levels), or that need more than a time
 * and a share, brings a session function of its own and uses the helpers below.
 */
#ifndef MODELS_TASKS_SIMULATORS_H
#define MODELS_TASKS_SIMULATORS_H

#include "models/stats/exgauss.h"
#include "models/tasks/scorers.h"
#include "models/tasks/simulate.h"

struct adaptive;
struct task_simulator;

/* A session in the making. */
struct task_run {
	const struct task_simulator *simulator;
	const struct task_definition *def;
	const struct task_population *population;
	const struct task_person *person;
	struct rng *rng;
	int count;                 /* value of the simulator's count_parameter */
	double pace;               /* of this session: multiplies mean times */
	int deadline_ms, lead_ms;  /* to answer; from a trial's start to its stimulus */
	struct adaptive *adaptive; /* NULL: difficulty does not follow the person */
	double clock_ms;
	struct trial *trials;
	size_t n, cap;
	enum camp_err err; /* MEMORY once a trial found no room */
};

/* Whose scores are to be known, and how: see task_truths(). */
struct task_truth {
	const struct task_simulator *simulator;
	const struct task_definition *def;
	const struct task_population *population;
	const struct task_person *person;
	int count;
	bool kept; /* with exclusions, else raw */
};

struct task_simulator {
	const struct task_scorer *scorer;
	struct task_population standard;
	const char
		*count_parameter; /* how long a session is; "trials_per_cell" if NULL */

	/*
	 * What the scorer's values would be for endless trials, in its order; NAN where
	 * nothing is known. The counterpart of compute(): the same formulas, of the law
	 * of a person's answers. NULL: nothing is known of any.
	 */
	void (*truth)(const struct task_truth *t, double *out);

	/* A session of the task's own: calls task_run_add() for every trial. */
	void (*session)(struct task_run *run);

	/* The rest is for independent trials; a session function may use it or not. */

	/* Mean time and share correct of a person in a condition, from their effects. */
	double (*mean_rt_ms)(const struct task_condition *c, const double *truth);
	double (*accuracy)(const struct task_condition *c, const double *truth);
	/* The response given, from a condition and whether it is right; NULL: any. */
	int (*respond)(const struct task_definition *def, const struct task_condition *c,
		       bool correct, struct rng *rng);
	/* Where no response is right, in tasks of one response; NULL: nowhere. */
	bool (*withholds)(const struct task_condition *c);
	/* Trials of a condition for `count` of the parameter; NULL: that many. */
	int (*trials_of)(const struct task_definition *def,
			 const struct task_condition *c, int count);
	/* Errors are presses before the stimulus, stored with a time of 0. */
	bool errors_are_early;
	/* How long every trial lasts, for those that the answer does not end. */
	int (*lasts_ms)(const struct task_definition *def);
	/* The person's sd over mean; NULL: as the population's shares have it. */
	double (*cv)(const double *truth);
};

#define TASK(name) extern const struct task_simulator name##_simulator;
#include "models/tasks/tasks.def"
#undef TASK

extern const struct task_simulator *const task_simulators[];
extern const int task_simulators_n;

/** The value of a parameter: its default. */
int task_simulate_parameter(const struct task_definition *def, const char *name,
			    int otherwise);

/* For session functions. */

/** The person's time for a mean of this task, pace included; may be past the deadline. */
double task_run_rt_ms(struct task_run *run, double mean_ms);

/**
 * One trial of a condition by the common rules: time, slips, omissions, flags; correct
 * with that probability. Not added yet, so that it can be changed.
 */
struct trial
task_run_draw(struct task_run *run, int condition, double mean_ms, double accuracy);

/**
 * Adds a trial with its number and onset; the trial lasts until the answer, or the
 * deadline. With adaptive difficulty the outcome goes to models/adaptive, the trial's
 * difficulty being the level that task_run_level() gave.
 */
void task_run_add(struct task_run *run, struct trial trial);

/** The level of the next trial; `otherwise` when difficulty does not follow. */
double task_run_level(struct task_run *run, double otherwise);

/** Where a session stands still: breaks, intervals that no trial counts. */
void task_run_wait(struct task_run *run, double ms);

/** Share that says "signal" of an observer with that d' and criterion. */
double task_share_yes(double d_prime, double criterion, bool signal);

/* For truths of independent trials. */

/** Trials of a condition that a session has. */
int task_truth_trials(const struct task_truth *t, int condition);

/** What a person's times are in a condition: those that enter its scores. */
struct stat_exgauss_part task_truth_times(const struct task_truth *t, int condition);

/** Their mean, sd over mean, mean of f. */
double task_truth_rt(const struct task_truth *t, int condition);
double task_truth_rt_cv(const struct task_truth *t, int condition);

/** Share correct among the trials that count, of a condition, of all. */
double task_truth_accuracy_in(const struct task_truth *t, int condition);
double task_truth_accuracy(const struct task_truth *t, const bool *wanted);
double task_truth_accuracy_all(const struct task_truth *t);

#endif
